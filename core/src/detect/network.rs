//! Addresses of the network, and what browsers say of themselves.

use std::net::Ipv6Addr;

/// What a text of the form of an IP address is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Ip {
    /// An address that nothing else looks like.
    Address,
    /// Four small numbers: an address or a version.
    MaybeVersion,
}

/// Whether a text is an IPv4 address, with or without the length of a prefix or a port.
pub(super) fn ipv4(text: &[u8]) -> Option<Ip> {
    let (address, suffix) = match text.iter().position(|c| matches!(c, b'/' | b':')) {
        Some(at) => (&text[..at], Some((text[at], &text[at + 1..]))),
        None => (text, None),
    };
    let mut parts = 0;
    let mut largest = 0;
    for part in address.split(|c| *c == b'.') {
        let value = octet(part)?;
        largest = largest.max(value);
        parts += 1;
        if parts == 1 && value == 0 && address != b"0.0.0.0" {
            return None;
        }
    }
    if parts != 4 {
        return None;
    }
    let is_sure = match suffix {
        None => largest >= 100,
        Some((b'/', length)) => decimal(length, 2).is_some_and(|length| length <= 32),
        Some((_, port)) => decimal(port, 5).is_some_and(|port| port > 0),
    };
    match (is_sure, suffix) {
        (true, _) => Some(Ip::Address),
        (false, None) => Some(Ip::MaybeVersion),
        (false, Some(_)) => None,
    }
}

fn octet(part: &[u8]) -> Option<u32> {
    let has_leading_zero = part.len() > 1 && part.first() == Some(&b'0');
    decimal(part, 3).filter(|value| *value <= 255 && !has_leading_zero)
}

fn decimal(digits: &[u8], longest: usize) -> Option<u32> {
    let fits = !digits.is_empty() && digits.len() <= longest && digits.iter().all(u8::is_ascii_digit);
    fits.then(|| digits.iter().fold(0, |value, c| value * 10 + u32::from(c - b'0')))
}

/// Whether a text is an IPv6 address, with or without the length of a prefix or a zone.
pub(super) fn ipv6(text: &str) -> bool {
    let address = match text.split_once('/') {
        Some((address, length)) if decimal(length.as_bytes(), 3).is_some_and(|length| length <= 128) => address,
        Some(_) => return false,
        None => text,
    };
    let address = address.split_once('%').map_or(address, |(address, _)| address);
    // `::` and `1::` are addresses, and too short to be told from other text. Times have two colons and no letter.
    address.len() >= 6 && address.parse::<Ipv6Addr>().is_ok()
}

/// Whether a text is a hardware address: six or eight bytes in pairs with colons or dashes, or in fours with dots (Cisco).
pub(super) fn mac(text: &[u8]) -> bool {
    let groups = |separator: u8, digits: usize| {
        let mut parts = 0;
        let is_hex = text.split(|c| *c == separator).all(|part| {
            parts += 1;
            part.len() == digits && part.iter().all(u8::is_ascii_hexdigit)
        });
        if is_hex { parts } else { 0 }
    };
    match text.len() {
        17 => groups(b':', 2) == 6 || groups(b'-', 2) == 6,
        23 => groups(b':', 2) == 8 || groups(b'-', 2) == 8,
        14 => groups(b'.', 4) == 3,
        _ => false,
    }
}

/// Whether a text is what a browser or a robot says of itself: product and version, then comments.
pub(super) fn user_agent(text: &str) -> bool {
    const BROWSERS: [&str; 4] = ["Mozilla/", "Opera/", "Dalvik/", "AppleWebKit/"];
    const CLIENTS: [&str; 8] =
        ["okhttp/", "curl/", "PostmanRuntime/", "python-requests/", "CFNetwork/", "Wget/", "Go-http-client/", "Java/"];
    if BROWSERS.iter().any(|browser| text.starts_with(browser)) {
        return true;
    }
    CLIENTS.iter().any(|client| text.contains(client)) && text.bytes().any(|c| c.is_ascii_digit())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn versions_are_not_taken_for_addresses() {
        assert_eq!(ipv4(b"192.168.1.10"), Some(Ip::Address));
        assert_eq!(ipv4(b"10.0.0.0/8"), Some(Ip::Address));
        assert_eq!(ipv4(b"10.0.0.1:8080"), Some(Ip::Address));
        assert_eq!(ipv4(b"10.4.2.1"), Some(Ip::MaybeVersion));
        for other in ["1.2.3", "1.2.3.4.5", "256.1.1.1", "01.2.3.4", "0.1.2.3", "1.2.3.x", "192.168.1.1/33", ""] {
            assert_eq!(ipv4(other.as_bytes()), None, "{other}");
        }
    }

    #[test]
    fn times_are_not_taken_for_addresses() {
        assert!(
            ipv6("2001:db8::ff00:42:8329") && ipv6("fe80::1%eth0") && ipv6("2001:db8::/32") && ipv6("::ffff:10.1.2.3")
        );
        assert!(!ipv6("12:30:45") && !ipv6("::1") && !ipv6("ab:cd") && !ipv6("2001:db8::/129"));
        assert!(mac(b"00:1B:44:11:3A:B7") && mac(b"00-1b-44-11-3a-b7") && mac(b"001b.4411.3ab7"));
        assert!(!mac(b"00:1B:44:11:3A") && !mac(b"00:1B-44:11:3A:B7") && !mac(b"00:1G:44:11:3A:B7"));
    }

    #[test]
    fn browsers_are_known_by_how_they_begin() {
        assert!(user_agent("Mozilla/5.0 (X11; Linux x86_64; rv:120.0) Gecko/20100101 Firefox/120.0"));
        assert!(user_agent("okhttp/4.9.3") && user_agent("MyApp/1.0 CFNetwork/1390 Darwin/22.0.0"));
        assert!(!user_agent("Mozilla is a browser") && !user_agent("text/html"));
    }
}
