//! Passwords, keys and tokens: formats that their makers publish, and randomness.

/// What a secret is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Secret {
    PasswordHash,
    Jwt,
    ApiKey,
    PrivateKey,
}

/// Prefixes of keys with the least number of characters behind them and the characters that may follow, as the services document them.
const KEYS: &[(&str, usize, Alphabet)] = &[
    ("AKIA", 16, Alphabet::Base32), // Amazon access key
    ("ASIA", 16, Alphabet::Base32), // Amazon temporary access key
    ("ghp_", 36, Alphabet::Base62), // GitHub tokens
    ("gho_", 36, Alphabet::Base62),
    ("ghu_", 36, Alphabet::Base62),
    ("ghs_", 36, Alphabet::Base62),
    ("ghr_", 36, Alphabet::Base62),
    ("github_pat_", 40, Alphabet::Word),
    ("glpat-", 20, Alphabet::Word), // GitLab
    ("xoxb-", 20, Alphabet::Word),  // Slack
    ("xoxp-", 20, Alphabet::Word),
    ("xoxa-", 20, Alphabet::Word),
    ("xoxs-", 20, Alphabet::Word),
    ("sk_live_", 16, Alphabet::Base62), // Stripe
    ("rk_live_", 16, Alphabet::Base62),
    ("sk_test_", 16, Alphabet::Base62),
    ("whsec_", 24, Alphabet::Word),
    ("AIza", 35, Alphabet::Word), // Google
    ("ya29.", 20, Alphabet::Word),
    ("GOCSPX-", 24, Alphabet::Word),
    ("SG.", 40, Alphabet::Dotted), // SendGrid
    ("sk-ant-", 30, Alphabet::Word),
    ("sk-proj-", 30, Alphabet::Word),
    ("npm_", 36, Alphabet::Base62),
    ("pypi-", 40, Alphabet::Word),
    ("dop_v1_", 40, Alphabet::Base62),        // DigitalOcean
    ("shpat_", 32, Alphabet::Base62),         // Shopify
    ("hvs.", 24, Alphabet::Word),             // Vault
    ("AccountKey=", 40, Alphabet::Base64),    // Azure storage
    ("EAACEdEose0cBA", 10, Alphabet::Base62), // Facebook
    ("t1.", 60, Alphabet::Dotted),            // Yandex Cloud
    ("y0_", 40, Alphabet::Word),
];

/// The characters of a key behind its prefix.
#[derive(Clone, Copy)]
enum Alphabet {
    Base32,
    Base62,
    Base64,
    /// Letters, digits, dash, underscore.
    Word,
    /// As `Word`, and dots.
    Dotted,
}

impl Alphabet {
    fn has(self, c: u8) -> bool {
        match self {
            Alphabet::Base32 => c.is_ascii_uppercase() || matches!(c, b'2'..=b'7' | b'0' | b'1' | b'8' | b'9'),
            Alphabet::Base62 => c.is_ascii_alphanumeric(),
            Alphabet::Base64 => c.is_ascii_alphanumeric() || matches!(c, b'+' | b'/' | b'='),
            Alphabet::Word => c.is_ascii_alphanumeric() || matches!(c, b'-' | b'_'),
            Alphabet::Dotted => c.is_ascii_alphanumeric() || matches!(c, b'-' | b'_' | b'.'),
        }
    }
}

/// How the beginnings of secrets look, for a search of all at once in a text. The place in the list is that of [`at_mark`].
pub(super) fn marks() -> impl Iterator<Item = &'static str> {
    KEYS.iter().map(|(prefix, ..)| *prefix).chain(OTHER_MARKS)
}

const OTHER_MARKS: [&str; 9] =
    ["eyJ", "-----BEGIN ", "$2a$", "$2b$", "$2y$", "$argon2", "SCRAM-SHA-", "pbkdf2_", "{SSHA"];

/// The secret that begins at the start of a text with the given mark, and its length.
pub(super) fn at_mark(text: &str, mark: usize) -> Option<(Secret, usize)> {
    if let Some((prefix, least, alphabet)) = KEYS.get(mark) {
        let rest = text.get(prefix.len()..)?;
        let length = rest.bytes().take_while(|c| alphabet.has(*c)).count();
        // A word of a text goes on after the prefix in letters alone.
        let key = rest.get(..length)?;
        let is_random = key.bytes().any(|c| c.is_ascii_digit()) && key.bytes().any(|c| c.is_ascii_alphabetic());
        return (length >= *least && is_random).then_some((Secret::ApiKey, prefix.len() + length));
    }
    let token = text.split(|c: char| c.is_whitespace() || matches!(c, '"' | '\'' | ',' | ';' | '<' | '>')).next()?;
    if token.starts_with("eyJ") {
        let length = token.bytes().take_while(|c| Alphabet::Dotted.has(*c)).count();
        return is_jwt(token.get(..length)?).then_some((Secret::Jwt, length));
    }
    if let Some(rest) = text.strip_prefix("-----BEGIN ") {
        let title = rest.split("-----").next()?;
        if !title.ends_with("PRIVATE KEY") && !title.ends_with("PRIVATE KEY BLOCK") {
            return None;
        }
        let end = text.find("-----END ").and_then(|at| Some(at + text.get(at..)?.rfind("-----")? + 5));
        return Some((Secret::PrivateKey, end.unwrap_or(text.len())));
    }
    is_password_hash(token).then_some((Secret::PasswordHash, token.len()))
}

/// The same for a text that is to be masked: a token that is cut off, encrypted or followed by the full stop of a sentence is one too, and a hash
/// ends where its characters do.
pub(super) fn loosely_at_mark(text: &str, mark: usize) -> Option<(Secret, usize)> {
    if text.starts_with("eyJ") {
        let token = text.bytes().take_while(|c| Alphabet::Dotted.has(*c)).count();
        let token = text.get(..token)?.trim_end_matches('.');
        return (token.len() >= SHORTEST_TOKEN).then_some((Secret::Jwt, token.len()));
    }
    if text.starts_with("$2") {
        let hash = text.get(..BCRYPT)?;
        let is_one =
            hash.bytes().all(|c| Alphabet::Base64.has(c) || matches!(c, b'$' | b'.')) && is_password_hash(hash);
        return is_one.then_some((Secret::PasswordHash, BCRYPT));
    }
    let (secret, length) = at_mark(text, mark)?;
    // What closes a quotation or a sentence is no character of a hash.
    let is_hash = secret == Secret::PasswordHash;
    let length =
        if is_hash { text.get(..length)?.trim_end_matches([')', ']', '}', '.', '!', '?', ':']).len() } else { length };
    Some((secret, length))
}

/// The base64 of the shortest header that there is, `{"alg":"none"}`.
const SHORTEST_TOKEN: usize = 19;

/// The characters of a hash of bcrypt.
const BCRYPT: usize = 60;

/// A JSON web token (RFC 7519): header and payload are base64 of JSON objects, so that both begin with `eyJ`.
pub(super) fn is_jwt(text: &str) -> bool {
    let mut parts = text.split('.');
    let (Some(header), Some(payload), Some(signature)) = (parts.next(), parts.next(), parts.next()) else {
        return false;
    };
    header.starts_with("eyJ")
        && payload.starts_with("eyJ")
        && header.len() >= 10
        && payload.len() >= 8
        && text.bytes().all(|c| Alphabet::Dotted.has(c) || c == b'=')
        && (signature.len() >= 16 || signature.is_empty())
        && parts.next().is_none()
}

/// A hash that a program for passwords made: modular crypt format (`$2b$..`, `$argon2id$..`, `$6$..`, `$scrypt$..`), Django,
/// LDAP, SCRAM and MD5 of PostgreSQL.
pub(super) fn is_password_hash(text: &str) -> bool {
    if let Some(rest) = text.strip_prefix('$') {
        let Some((scheme, rest)) = rest.split_once('$') else { return false };
        let least = match scheme {
            "2a" | "2b" | "2y" | "2x" => return rest.len() == 56 && rest.as_bytes().get(2) == Some(&b'$'),
            "argon2i" | "argon2d" | "argon2id" => 30,
            "1" | "apr1" => 24,
            "5" | "6" | "y" | "7" | "gy" => 40,
            "scrypt" | "s0" | "pbkdf2" | "pbkdf2-sha256" | "pbkdf2-sha512" => 30,
            "P" | "H" => 20,
            _ => return false,
        };
        return rest.len() >= least && !rest.contains(' ');
    }
    let long = |prefix: &str, least: usize| {
        text.strip_prefix(prefix).is_some_and(|rest| rest.len() >= least && !rest.contains(' '))
    };
    (long("pbkdf2_sha", 40) && text.matches('$').count() >= 3)
        || long("$P$", 20)
        || long("{SSHA}", 24)
        || long("{SSHA512}", 60)
        || long("{SSHA256}", 40)
        || (long("SCRAM-SHA-256$", 60) && text.contains(':'))
        || (text.len() == 35 && text.strip_prefix("md5").is_some_and(|hex| hex.bytes().all(|c| c.is_ascii_hexdigit())))
        || (text.starts_with("sha1$") && text.matches('$').count() == 2 && text.len() > 45)
}

/// Hexadecimal digits of the length of a hash: MD5, SHA-1, SHA-224, SHA-256, SHA-384, SHA-512. Not a number, not a UUID.
pub(super) fn is_hex_digest(text: &str) -> bool {
    let text = text.strip_prefix("0x").or_else(|| text.strip_prefix("\\x")).unwrap_or(text);
    let is_hex = || text.bytes().all(|c| c.is_ascii_hexdigit());
    let has_both = || text.bytes().any(|c| c.is_ascii_alphabetic()) && text.bytes().any(|c| c.is_ascii_digit());
    let has_one_case =
        || !(text.bytes().any(|c| c.is_ascii_uppercase()) && text.bytes().any(|c| c.is_ascii_lowercase()));
    matches!(text.len(), 32 | 40 | 56 | 64 | 96 | 128) && is_hex() && has_both() && has_one_case()
}

/// Random characters: long enough, of an alphabet of keys, with as much entropy as random characters have, and with as many
/// changes between kinds of characters, which words and numbers with separators do not have.
pub(super) fn is_token(text: &str) -> bool {
    let bytes = text.as_bytes();
    if !(20..=512).contains(&bytes.len()) || is_uuid(text) {
        return false;
    }
    let (mut upper, mut lower, mut digits, mut other, mut changes) = (0u32, 0u32, 0u32, 0u32, 0u32);
    let mut counts = [0u16; 128];
    let mut last = 0;
    for &c in bytes {
        let kind = match c {
            b'A'..=b'Z' => {
                upper += 1;
                1
            }
            b'a'..=b'z' => {
                lower += 1;
                2
            }
            b'0'..=b'9' => {
                digits += 1;
                3
            }
            b'-' | b'_' | b'+' | b'/' | b'=' | b'.' | b'~' => {
                other += 1;
                4
            }
            _ => return false,
        };
        changes += u32::from(kind != last && last != 0);
        last = kind;
        if let Some(count) = counts.get_mut(usize::from(c)) {
            *count += 1;
        }
    }
    let length = bytes.len() as f64;
    // A path, a slug, a file name, a version with words: separators between words.
    if digits == 0 || upper + lower == 0 || f64::from(other) > length / 8.0 {
        return false;
    }
    // Words and numbers with separators: random characters mix letters and digits within a part.
    let mixed_parts = text
        .split(['-', '_', '+', '/', '=', '.', '~'])
        .filter(|part| part.bytes().any(|c| c.is_ascii_digit()) && part.bytes().any(|c| c.is_ascii_alphabetic()));
    if mixed_parts.map(str::len).sum::<usize>() * 2 < bytes.len() {
        return false;
    }
    let entropy: f64 = counts
        .iter()
        .filter(|count| **count > 0)
        .map(|count| {
            let share = f64::from(*count) / length;
            -share * share.log2()
        })
        .sum();
    let is_hex = bytes.iter().all(u8::is_ascii_hexdigit);
    let mixed = upper > 0 && lower > 0;
    if is_hex {
        return bytes.len() >= 24 && entropy >= 3.0 && f64::from(changes) > length / 5.0 && !is_hex_digest(text);
    }
    entropy >= 3.5 && f64::from(changes) >= length / if mixed { 4.0 } else { 5.0 }
}

/// Eight, four, four, four and twelve hexadecimal digits with dashes.
pub(super) fn is_uuid(text: &str) -> bool {
    text.len() == 36
        && text.bytes().enumerate().all(|(i, c)| match i {
            8 | 13 | 18 | 23 => c == b'-',
            _ => c.is_ascii_hexdigit(),
        })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn secret(text: &str) -> Option<(Secret, usize)> {
        marks().position(|mark| text.starts_with(mark)).and_then(|mark| at_mark(text, mark))
    }

    // Put together here, so that programs that look for secrets in repositories find none.
    fn key(prefix: &str, body: &str) -> String {
        format!("{prefix}{body}")
    }

    #[test]
    fn keys_of_services_are_known_by_their_prefixes() {
        for text in [
            key("AKIA", "IOSFODNN7EXAMPLE"),
            key("ghp_", "16C7e42F292c6912E7710c838347Ae178B4a"),
            key("xoxb-", "123456789012-abcdefghijkl"),
            key("sk_live_", "4eC39HqLyjWDarjtT1zdp7dc"),
            key("AIza", "SyDaGmWKa4JsXZ-HjGw7ISLn_3namBGewQe"),
        ] {
            assert_eq!(secret(&text), Some((Secret::ApiKey, text.len())), "{text}");
        }
        assert_eq!(secret("ghp_is a prefix"), None);
        assert_eq!(secret("AKIAPRODUCTSANDSERVICES"), None, "letters alone are a word");
    }

    #[test]
    fn hashes_of_passwords_are_known_by_their_formats() {
        for text in [
            "$2b$12$EixZaYVK1fsbw1ZfbX3OXePaWxn96p36WQoeG6Lruj3vjPGga31lW",
            "$argon2id$v=19$m=65536,t=3,p=4$c29tZXNhbHQ$RdescudvJCsgt3ub+b6dWRWJTmaaJObG",
            "$6$rounds=5000$usesomesillystri$D4IrlXatmP7rx3P3InaxBeoomnAihCKREY4",
            "pbkdf2_sha256$260000$c2FsdHNhbHQ$kO4lpZ9vRnW5nqMZQp2dJm8yF8zTQH3v",
            "{SSHA}0c1blHGDqW6h5fXSl9iqK6y5h8c9bMTV",
        ] {
            assert!(is_password_hash(text), "{text}");
        }
        assert!(
            !is_password_hash("$19.99") && !is_password_hash("$1$short") && !is_password_hash("price $5$ each, really")
        );
    }

    #[test]
    fn a_json_web_token_has_three_parts_of_which_two_are_json() {
        let token = "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxMjM0NTY3ODkwIn0.dozjgNryP4J3jVmNHl0w5N_XgL0n3I9PlFUP0THsR8U";
        assert!(is_jwt(token));
        assert_eq!(secret(token), Some((Secret::Jwt, token.len())));
        assert!(!is_jwt("eyJhbGciOiJIUzI1NiJ9.plain.text") && !is_jwt("eyJhbGciOiJIUzI1NiJ9"));
    }

    #[test]
    fn identifiers_words_and_paths_are_not_tokens() {
        assert!(is_token("x7Gk29Lm0QpZ4tVb8RnY1s") && is_token("dGhpcyBpcyBhIHRlc3Q1MjM0NTY3ODkw"));
        for text in [
            "123e4567-e89b-12d3-a456-426614174000",
            "internationalization-and-localization",
            "src/components/Button/index.tsx",
            "2024-01-15T10:20:30.123456+03:00",
            "00000000000000000000000001",
            "MODEL-X-2000-EXTENDED-EDITION",
            "ORDER_2024_00001234_PENDING",
        ] {
            assert!(!is_token(text), "{text}");
        }
    }

    #[test]
    fn hashes_are_told_from_identifiers() {
        assert!(is_hex_digest("d41d8cd98f00b204e9800998ecf8427e"));
        assert!(is_hex_digest("2fd4e1c67a2d28fced849ee1bb76e7391b93eb12"));
        assert!(!is_hex_digest("12345678901234567890123456789012") && !is_hex_digest("d41d8cd98f00b204"));
        assert!(!is_hex_digest("123e4567-e89b-12d3-a456-426614174000"));
    }
}
