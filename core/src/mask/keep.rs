//! Masks that keep a part of a value of a known kind: the part that says least about whose it is.
//!
//! Every one takes any text. What is not of the kind keeps nothing: its letters and digits become stars.

use std::net::{IpAddr, Ipv6Addr};

use memchr::memchr;

use super::chars;
use super::random::push_number;

const STAR: u8 = b'*';

/// Appends the text with its letters and digits, or bytes of unknown encoding, as stars.
fn hide_all(value: &[u8], out: &mut Vec<u8>) {
    hide(value, out, |_| true);
}

/// Appends the text with a star for every letter or digit whose number among them, from 0, is to be hidden.
fn hide(value: &[u8], out: &mut Vec<u8>, is_hidden: impl Fn(usize) -> bool) {
    let mut number = 0;
    if value.is_ascii() {
        // Most values, for which nothing is decoded.
        out.reserve(value.len());
        out.extend(value.iter().map(|byte| {
            let is_counted = byte.is_ascii_alphanumeric();
            let shown = if is_counted && is_hidden(number) { STAR } else { *byte };
            number += usize::from(is_counted);
            shown
        }));
        return;
    }
    let mut rest = value;
    while !rest.is_empty() {
        let (bytes, after) = rest.split_at(chars::first_len(rest));
        rest = after;
        let character = std::str::from_utf8(bytes).ok().and_then(|text| text.chars().next());
        if character.is_none_or(char::is_alphanumeric) {
            if is_hidden(number) {
                out.push(STAR);
            } else {
                out.extend_from_slice(bytes);
            }
            number += 1;
        } else {
            out.extend_from_slice(bytes);
        }
    }
}

fn letters_and_digits(value: &[u8]) -> usize {
    if value.is_ascii() {
        return value.iter().filter(|byte| byte.is_ascii_alphanumeric()).count();
    }
    String::from_utf8_lossy(value).chars().filter(|c| c.is_alphanumeric() || *c == char::REPLACEMENT_CHARACTER).count()
}

/// Appends a card's number with its last four digits, which receipts show: `4111 1111 1111 1111` gives
/// `**** **** **** 1111`. A text that has not 12 to 19 digits, or has letters, keeps nothing (ISO/IEC 7812-1).
pub fn card(value: &[u8], out: &mut Vec<u8>) {
    let digits = value.iter().filter(|byte| byte.is_ascii_digit()).count();
    if (12..=19).contains(&digits) && digits == letters_and_digits(value) {
        hide(value, out, |number| number + 4 < digits);
    } else {
        hide_all(value, out);
    }
}

/// Appends a telephone number with its country or area and its last two digits: the first digits that stand before a space
/// or sign after a plus, or else the first three, are kept. Of fewer than seven digits nothing is kept.
pub fn phone(value: &[u8], out: &mut Vec<u8>) {
    let digits = value.iter().filter(|byte| byte.is_ascii_digit()).count();
    if digits < 7 || digits != letters_and_digits(value) {
        return hide_all(value, out);
    }
    let trimmed = value.trim_ascii_start();
    let first = match trimmed.strip_prefix(b"+") {
        // The codes of countries have one to three digits (ITU-T E.164); without a separator the first two are shown.
        Some(rest) => match rest.iter().take_while(|byte| byte.is_ascii_digit()).count() {
            written @ 1..=3 => written,
            _ => 2,
        },
        None => 3,
    };
    hide(value, out, |number| number >= first && number + 2 < digits);
}

/// Appends an IBAN with its country and its last four characters: `DE89 3704 0044 0532 0130 00` gives
/// `DE** **** **** **** **30 00`. What does not begin with two letters and two digits, or has not 15 to 34 letters and
/// digits, keeps nothing.
pub fn iban(value: &[u8], out: &mut Vec<u8>) {
    let length = letters_and_digits(value);
    let is_iban = (15..=34).contains(&length)
        && matches!(value.trim_ascii_start(), [a, b, c, d, ..]
            if a.is_ascii_alphabetic() && b.is_ascii_alphabetic() && c.is_ascii_digit() && d.is_ascii_digit());
    if is_iban {
        hide(value, out, |number| number >= 2 && number + 4 < length);
    } else {
        hide_all(value, out);
    }
}

/// Appends the initials of a name, each with a dot: `Anna Maria O'Neill` gives `A. M. O.`; what is between them is not kept.
pub fn name(value: &[u8], out: &mut Vec<u8>) {
    let text = String::from_utf8_lossy(value);
    let mut is_first = true;
    for word in text.split(|c: char| c.is_whitespace() || c == ',') {
        let Some(initial) = word.chars().find(|c| c.is_alphabetic()) else { continue };
        if !is_first {
            out.push(b' ');
        }
        is_first = false;
        for letter in initial.to_uppercase() {
            out.extend_from_slice(letter.encode_utf8(&mut [0; 4]).as_bytes());
        }
        out.push(b'.');
    }
}

/// Appends the scheme and the host of a URL, without user, password, port, path, query and fragment:
/// `https://ann:secret@shop.example/orders?id=7#top` gives `https://shop.example/`. What has no scheme and host keeps
/// nothing: the result is `***`.
pub fn url(value: &[u8], out: &mut Vec<u8>) {
    let value = value.trim_ascii();
    let parts = memchr(b':', value).and_then(|colon| {
        let (scheme, rest) = value.split_at_checked(colon)?;
        let rest = rest.strip_prefix(b"://")?;
        let end = rest.iter().position(|byte| matches!(byte, b'/' | b'?' | b'#' | b'\\')).unwrap_or(rest.len());
        // A user's name and password stand before the last at sign.
        let (_, host) =
            rest.split_at_checked(rest[..end].iter().rposition(|byte| *byte == b'@').map_or(0, |at| at + 1))?;
        let host = host.get(..end - (rest.len() - host.len()))?;
        let host = match (host.first(), memchr(b']', host)) {
            (Some(b'['), Some(end)) => host.get(..=end)?,
            _ => host.split(|byte| *byte == b':').next()?,
        };
        let is_scheme = scheme.first()?.is_ascii_alphabetic()
            && scheme.iter().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'+' | b'-' | b'.'));
        let is_host =
            !host.is_empty() && host.iter().all(|byte| !byte.is_ascii_whitespace() && !byte.is_ascii_control());
        (is_scheme && is_host).then_some((scheme, host))
    });
    match parts {
        Some((scheme, host)) => {
            out.extend_from_slice(scheme);
            out.extend_from_slice(b"://");
            out.extend_from_slice(host);
            out.push(b'/');
        }
        None => out.extend_from_slice(b"***"),
    }
}

/// Appends the network of an internet address with so many bits for each version: `192.168.17.5` with 24 gives
/// `192.168.17.0`. What is no address keeps nothing: the result is `0.0.0.0`.
pub fn ip(value: &[u8], bits4: u8, bits6: u8, out: &mut Vec<u8>) {
    match address(value) {
        // A network's own length may follow.
        Some((address, _)) => push_first_bits(address, bits4, bits6, out),
        None => out.extend_from_slice(b"0.0.0.0"),
    }
}

/// Appends the network of an internet address with so many bits for each version, as PostgreSQL writes a cidr:
/// `192.168.17.5` with 24 gives `192.168.17.0/24`. A network that is larger than that stays as large. What is no address
/// keeps nothing: the result is `0.0.0.0/0`.
pub fn network(value: &[u8], bits4: u8, bits6: u8, out: &mut Vec<u8>) {
    let found = address(value).and_then(|(address, own)| {
        let (most, wanted) = if address.is_ipv6() { (128, bits6) } else { (32, bits4) };
        let own = match own {
            Some(own) => own.parse::<u8>().ok().filter(|own| *own <= most)?,
            None => most,
        };
        Some((address, own.min(wanted)))
    });
    let Some((address, bits)) = found else { return out.extend_from_slice(b"0.0.0.0/0") };
    push_first_bits(address, bits, bits, out);
    out.push(b'/');
    push_number(bits.into(), 1, out);
}

/// An internet address, and what stands behind a slash.
fn address(value: &[u8]) -> Option<(IpAddr, Option<&str>)> {
    let text = std::str::from_utf8(value.trim_ascii()).ok()?;
    let (address, bits) = match text.split_once('/') {
        Some((address, bits)) => (address, Some(bits)),
        None => (text, None),
    };
    Some((address.parse().ok()?, bits))
}

/// Appends an address with its first bits, the others zero.
fn push_first_bits(address: IpAddr, bits4: u8, bits6: u8, out: &mut Vec<u8>) {
    match address {
        IpAddr::V4(address) => {
            let kept = u32::MAX.checked_shl(32 - u32::from(bits4.min(32))).unwrap_or(0);
            for (place, byte) in (address.to_bits() & kept).to_be_bytes().into_iter().enumerate() {
                if place > 0 {
                    out.push(b'.');
                }
                push_number(byte.into(), 1, out);
            }
        }
        IpAddr::V6(address) => {
            let kept = u128::MAX.checked_shl(128 - u32::from(bits6.min(128))).unwrap_or(0);
            let network = Ipv6Addr::from_bits(address.to_bits() & kept);
            out.extend_from_slice(network.to_string().as_bytes());
        }
    }
}

/// A coordinate in degrees, to so many decimals: with 2 about a kilometre of latitude. Towards zero, so that it never leaves
/// the range of coordinates.
pub fn coordinate(value: f64, decimals: u8) -> f64 {
    let step = 10_f64.powi(decimals.min(15).into());
    let cut = (value * step).trunc() / step;
    if value.is_finite() { cut } else { value }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn written(mask: impl Fn(&[u8], &mut Vec<u8>), value: &str) -> String {
        let mut out = Vec::new();
        mask(value.as_bytes(), &mut out);
        String::from_utf8(out).unwrap()
    }

    #[test]
    fn an_address_becomes_its_network() {
        for (value, network) in [
            ("192.168.17.5", "192.168.17.0/24"),
            (" 10.1.2.3/32 ", "10.1.2.0/24"),
            ("10.1.2.3/8", "10.0.0.0/8"),
            ("2001:db8:1:2::7", "2001:db8:1::/48"),
            ("2001:db8:1:2::7/128", "2001:db8:1::/48"),
            ("::", "::/48"),
            ("10.1.2.3/33", "0.0.0.0/0"),
            ("10.1.2.3/", "0.0.0.0/0"),
            ("10.1.2.300", "0.0.0.0/0"),
            ("é", "0.0.0.0/0"),
            ("", "0.0.0.0/0"),
        ] {
            assert_eq!(written(|value, out| super::network(value, 24, 48, out), value), network);
        }
        assert_eq!(written(|value, out| super::network(value, 0, 128, out), "255.1.1.1"), "0.0.0.0/0");
        assert_eq!(written(|value, out| super::network(value, 32, 128, out), "255.1.1.1"), "255.1.1.1/32");
    }

    #[test]
    fn a_card_keeps_its_last_four_digits() {
        for (value, masked) in [
            ("4111 1111 1111 1234", "**** **** **** 1234"),
            ("378282246310005", "***********0005"),
            ("4111-1111-1111-1234 ", "****-****-****-1234 "),
            ("12345678901", "***********"),
            ("41111111111112345678", "********************"),
            ("card 4111111111111234", "**** ****************"),
            ("", ""),
        ] {
            assert_eq!(written(card, value), masked);
        }
    }

    #[test]
    fn a_telephone_number_keeps_where_it_is_and_two_digits() {
        for (value, masked) in [
            ("+49 170 1234567", "+49 *** *****67"),
            ("+491701234567", "+49********67"),
            ("(030) 123 45 67", "(030) *** ** 67"),
            ("+1-555-234-5678", "+1-***-***-**78"),
            ("112", "***"),
            ("call Ann 1234567", "**** *** *******"),
        ] {
            assert_eq!(written(phone, value), masked);
        }
    }

    #[test]
    fn an_iban_keeps_its_country_and_its_end() {
        for (value, masked) in [
            ("DE89370400440532013000", "DE****************3000"),
            ("DE89 3704 0044 0532 0130 00", "DE** **** **** **** **30 00"),
            ("12345678901234567", "*****************"),
            ("DE89", "****"),
        ] {
            assert_eq!(written(iban, value), masked);
        }
    }

    #[test]
    fn a_name_keeps_its_initials() {
        for (value, masked) in [
            ("Anna Maria O'Neill", "A. M. O."),
            ("жуков иван", "Ж. И."),
            ("  Ann ", "A."),
            ("Neill,Ann", "N. A."),
            ("ßen 42", "SS."),
            ("日本 太郎", "日. 太."),
            ("", ""),
            ("42", ""),
        ] {
            assert_eq!(written(name, value), masked);
        }
    }

    #[test]
    fn a_url_keeps_its_scheme_and_host() {
        for (value, masked) in [
            ("https://ann:secret@shop.example/orders?id=7#top", "https://shop.example/"),
            ("https://shop.example", "https://shop.example/"),
            ("http://shop.example:8080?token=x", "http://shop.example/"),
            ("postgresql://u:p@[2001:db8::1]:5432/d", "postgresql://[2001:db8::1]/"),
            ("https://a@b@shop.example/", "https://shop.example/"),
            ("https://shop.example/path@name", "https://shop.example/"),
            ("mailto:ann@shop.example", "***"),
            ("shop.example/orders", "***"),
            ("https:///path", "***"),
            ("", "***"),
        ] {
            assert_eq!(written(url, value), masked);
        }
    }

    #[test]
    fn an_address_keeps_its_network() {
        for (value, masked) in [
            ("192.168.17.5", "192.168.17.0"),
            ("192.168.17.5/32", "192.168.17.0"),
            ("2001:db8:1:2:3:4:5:6", "2001:db8:1::"),
            ("999.1.1.1", "0.0.0.0"),
            ("", "0.0.0.0"),
        ] {
            assert_eq!(written(|value, out| ip(value, 24, 48, out), value), masked);
        }
        assert_eq!(written(|value, out| ip(value, 0, 0, out), "255.1.2.3"), "0.0.0.0");
        assert_eq!(written(|value, out| ip(value, 32, 128, out), "255.1.2.3"), "255.1.2.3");
    }

    #[test]
    fn a_coordinate_is_cut_towards_zero() {
        assert_eq!([52.520008, -13.404954, 90.0, -180.0].map(|v| coordinate(v, 2)), [52.52, -13.4, 90.0, -180.0]);
        assert_eq!(coordinate(f64::INFINITY, 2), f64::INFINITY);
        assert_eq!(coordinate(-0.001, 2), 0.0);
    }

    proptest! {
        #[test]
        fn stars_keep_the_length_and_no_more_is_shown_than_said(value in any::<String>()) {
            type Mask = fn(&[u8], &mut Vec<u8>);
            for (mask, most) in [(card as Mask, 4), (phone as Mask, 5), (iban as Mask, 6)] {
                let masked = written(mask, &value);
                prop_assert_eq!(masked.chars().count(), value.chars().count());
                prop_assert!(masked.chars().filter(|c| c.is_alphanumeric()).count() <= most);
            }
        }

        #[test]
        fn any_bytes_are_taken(value in prop::collection::vec(any::<u8>(), 0..40)) {
            for mask in [card, phone, iban, name, url] as [fn(&[u8], &mut Vec<u8>); 5] {
                mask(&value, &mut Vec::new());
            }
            ip(&value, 8, 8, &mut Vec::new());
        }

        #[test]
        fn numbers_are_hidden_whatever_their_separators(digits in "[0-9]{12,19}", separator in "[ .-]{0,2}") {
            let value: Vec<String> = digits.as_bytes().chunks(4).map(|c| String::from_utf8_lossy(c).into_owned()).collect();
            let masked = written(card, &value.join(&separator));
            let shown: String = masked.chars().filter(char::is_ascii_digit).collect();
            prop_assert_eq!(&shown[..], &digits[digits.len() - 4..]);
        }
    }
}
