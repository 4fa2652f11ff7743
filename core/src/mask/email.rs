//! The mask of an e-mail address.

use memchr::{memchr, memrchr};

use super::chars;

const STARS: &[u8] = b"******";

/// The longest label that the domain name system has (RFC 1035, 2.3.4).
const LONGEST_LABEL: usize = 63;

/// Appends the masked form of an e-mail address: `example@gmail.com` becomes `ex******@gm******.com`.
///
/// It is made of two characters of the local part, `******@`, as many characters of the domain as the top-level domain
/// has, less one, `******.`, and the top-level domain. Any text is taken, and a part that would be shown whole is not
/// shown at all:
/// - a local part of two characters or fewer;
/// - a domain that, without its top-level domain, is not longer than what would be shown of it;
/// - what follows the last dot, when it cannot be a top-level domain (letters, digits and hyphens with at least one
///   non-digit, at most 63 bytes): then nothing of the domain is shown, and the result ends in `@******`;
/// - a text without `@`: the result is `******@******`.
///
/// White space around the address is dropped. With several `@` the local part ends at the first and the domain begins
/// after the last, so that no more is shown whichever of them is meant.
pub fn partial_email(value: &[u8], out: &mut Vec<u8>) {
    let value = value.trim_ascii();
    let (local, domain) = match (memchr(b'@', value), memrchr(b'@', value)) {
        (Some(first), Some(last)) => (&value[..first], &value[last + 1..]),
        _ => (&[][..], &[][..]),
    };
    let top_level = memrchr(b'.', domain)
        .map(|dot| (&domain[..dot], &domain[dot + 1..]))
        .filter(|(_, top_level)| is_top_level(top_level));

    out.reserve(32);
    out.extend_from_slice(part_of(local, 2));
    out.extend_from_slice(STARS);
    out.push(b'@');
    match top_level {
        Some((host, top_level)) => {
            out.extend_from_slice(part_of(host, chars::count(top_level) - 1));
            out.extend_from_slice(STARS);
            out.push(b'.');
            out.extend_from_slice(top_level);
        }
        None => out.extend_from_slice(STARS),
    }
}

/// The first `count` characters, or nothing when that would be all.
fn part_of(text: &[u8], count: usize) -> &[u8] {
    match chars::split_first(text, count) {
        (_, []) => &[],
        (first, _) => first,
    }
}

fn is_top_level(label: &[u8]) -> bool {
    (1..=LONGEST_LABEL).contains(&label.len())
        && label.iter().all(|byte| byte.is_ascii_alphanumeric() || *byte == b'-' || !byte.is_ascii())
        && !label.iter().all(u8::is_ascii_digit)
}
