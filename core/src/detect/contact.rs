//! E-mail addresses and URLs with credentials.

/// Whether a text is an e-mail address: a local part of the usual characters, and a domain name with a top level of letters
/// (RFC 5321, without quoted local parts and addresses in brackets, which nobody has).
pub(super) fn email(text: &str) -> bool {
    let Some((local, domain)) = text.rsplit_once('@') else { return false };
    is_local(local) && is_domain(domain)
}

fn is_local(local: &str) -> bool {
    (1..=64).contains(&local.len())
        && !local.starts_with('.')
        && !local.ends_with('.')
        // Not by `contains`, which makes a searcher first.
        && !local.as_bytes().windows(2).any(|pair| pair == b"..")
        && local.bytes().all(is_local_byte)
}

/// A byte of a local part; bytes of letters outside ASCII are (RFC 6531).
pub(super) fn is_local_byte(c: u8) -> bool {
    LOCAL[usize::from(c)]
}

/// Which bytes are those of a local part.
const LOCAL: [bool; 256] = {
    let mut is_one = [false; 256];
    let mut c = 0;
    while c < 256 {
        is_one[c] = (c as u8).is_ascii_alphanumeric() || c >= 0x80;
        c += 1;
    }
    let mut signs = b"!#$%&'*+-/=?^_`{|}~.".as_slice();
    while let [sign, rest @ ..] = signs {
        is_one[*sign as usize] = true;
        signs = rest;
    }
    is_one
};

/// A byte of a domain name.
pub(super) fn is_domain_byte(c: u8) -> bool {
    c.is_ascii_alphanumeric() || c >= 0x80 || matches!(c, b'-' | b'.')
}

fn is_domain(domain: &str) -> bool {
    if domain.len() > 255 {
        return false;
    }
    // Where the present label begins; the last one is the top level.
    let mut start = 0;
    for (at, c) in domain.bytes().enumerate() {
        if c == b'.' {
            if !is_label(domain.as_bytes().get(start..at).unwrap_or_default()) {
                return false;
            }
            start = at + 1;
        } else if !is_domain_byte(c) {
            return false;
        }
    }
    let top = domain.get(start..).unwrap_or_default();
    // Files called `icon@2x.png` are not addresses.
    let is_file = matches!(top, "png" | "jpg" | "jpeg" | "gif" | "svg" | "webp" | "css" | "js");
    let is_top = || match top.is_ascii() {
        true => top.len() >= 2 && top.bytes().all(|c| c.is_ascii_alphabetic()),
        false => top.chars().count() >= 2 && top.chars().all(char::is_alphabetic),
    };
    start > 0 && is_label(top.as_bytes()) && !is_file && (is_top() || top.starts_with("xn--"))
}

/// Whether bytes of a domain name are a label.
fn is_label(label: &[u8]) -> bool {
    (1..=63).contains(&label.len()) && label.first() != Some(&b'-') && label.last() != Some(&b'-')
}

/// The user and the password of a URL: `scheme://user:password@host`. Gives the place of `user:password` in the text.
pub(super) fn url_credentials(text: &str) -> Option<std::ops::Range<usize>> {
    for (scheme_end, _) in text.match_indices("://") {
        let start = scheme_end + 3;
        let has_scheme = text.as_bytes().get(scheme_end.wrapping_sub(1)).is_some_and(u8::is_ascii_alphanumeric);
        let authority = text.get(start..)?.split(['/', '?', '#', ' ', '"', '\'', '<', '>', '\n', '\t']).next()?;
        if let Some((credentials, host)) = authority.rsplit_once('@')
            && let Some((user, password)) = credentials.split_once(':')
            && has_scheme
            && !host.is_empty()
            && !password.is_empty()
            // placeholders of documentation and of variables
            && !password.starts_with(['$', '{', '<', '*'])
            && user.len() <= 128
        {
            return Some(start..start + credentials.len());
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_of_many_alphabets_are_taken() {
        for text in [
            "a@b.de",
            "first.last+tag@sub.example.co.uk",
            "o'brien@example.com",
            "почта@пример.рф",
            "jürgen@müller.de",
            "x_y-z@xn--e1afmkfd.xn--p1ai",
        ] {
            assert!(email(text), "{text}");
        }
        for text in [
            "a@b",
            "@b.de",
            "a@.de",
            "a..b@c.de",
            "a b@c.de",
            "icon@2x.png",
            "a@b.c",
            "a@b.12",
            "@decorator",
            "a@-b.de",
            "a@b-.de",
            "a@b..de",
            "a@b.de.",
            "a@b_c.de",
            "a@b.d-e",
            &format!("a@{}.de", "b".repeat(64)),
        ] {
            assert!(!email(text), "{text}");
        }
        assert!(email(&format!("a@{}.de", "b".repeat(63))));
    }

    #[test]
    fn only_a_url_with_a_password_has_credentials() {
        let text = "see postgres://app:s3cret@db.local:5432/shop now";
        assert_eq!(&text[url_credentials(text).unwrap()], "app:s3cret");
        for text in [
            "https://example.com/@user:x",
            "https://user@example.com",
            "mailto:a:b@c.de",
            "https://u:${PASS}@h",
            "://a:b@c",
        ] {
            assert_eq!(url_credentials(text), None, "{text}");
        }
    }
}
