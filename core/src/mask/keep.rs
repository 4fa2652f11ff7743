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

/// Appends the initials of a name, each with a dot: `Anna Maria O'Neill` gives `A. M. O.`; what is between them is not kept. A name
/// that is an initial already, `A.`, stays: that says no more than every name with this initial becomes. Where one character is a
/// syllable or a word, it may be the whole family name (`李小龙`), and a star stands for it.
pub fn name(value: &[u8], out: &mut Vec<u8>) {
    let text = String::from_utf8_lossy(value);
    let mut is_first = true;
    for word in text.split(|c: char| c.is_whitespace() || c == ',') {
        let Some(initial) = word.chars().find(|c| c.is_alphabetic()) else { continue };
        if !is_first {
            out.push(b' ');
        }
        is_first = false;
        if is_syllable(initial) {
            out.push(STAR);
        } else {
            for letter in initial.to_uppercase() {
                out.extend_from_slice(letter.encode_utf8(&mut [0; chars::LONGEST]).as_bytes());
            }
        }
        out.push(b'.');
    }
}

/// Whether a character is more than a letter: ideographs, kana, Bopomofo, Hangul, Yi and what Unicode has for texts with them.
fn is_syllable(character: char) -> bool {
    matches!(u32::from(character),
        0x1100..=0x11FF | 0x2E80..=0xA4CF | 0xA960..=0xA97F | 0xAC00..=0xD7FF | 0xF900..=0xFAFF | 0xFF66..=0xFFDC | 0x1AFF0..=0x1B2FF
        | 0x20000..=0x3FFFF)
}

/// Schemes that say where a host is to be asked. Others may be anything that stands before `://`.
#[rustfmt::skip]
const SCHEMES: [&str; 44] = [
    "https", "http", "ftp", "ftps", "sftp", "ssh", "ws", "wss", "ldap", "ldaps", "smb", "nfs", "git", "svn", "rsync", "telnet",
    "rtsp", "rtmp", "irc", "ircs", "imap", "imaps", "pop3", "smtp", "smtps", "nntp", "amqp", "amqps", "mqtt", "mqtts", "redis",
    "rediss", "postgresql", "postgres", "mysql", "mariadb", "sqlserver", "mongodb", "mongodb+srv", "clickhouse", "kafka", "nats",
    "vnc", "rdp",
];

/// Appends the scheme and the host of a URL, without user, password, port, path, query and fragment:
/// `https://ann:secret@shop.example/orders?id=7#top` gives `https://shop.example/`. What has no known scheme and no host keeps
/// nothing, nor does what may have a slash in the user's name or password: the result is `***`.
pub fn url(value: &[u8], out: &mut Vec<u8>) {
    match scheme_and_host(value.trim_ascii()) {
        Some((scheme, host)) => {
            out.extend_from_slice(scheme.as_bytes());
            out.extend_from_slice(b"://");
            out.extend_from_slice(host);
            out.push(b'/');
        }
        None => out.extend_from_slice(b"***"),
    }
}

fn scheme_and_host(url: &[u8]) -> Option<(&'static str, &[u8])> {
    let (scheme, rest) = url.split_at_checked(memchr(b':', url)?)?;
    let scheme = SCHEMES.iter().find(|known| known.as_bytes().eq_ignore_ascii_case(scheme))?;
    let rest = rest.strip_prefix(b"://")?;
    let end = rest.iter().position(|byte| matches!(byte, b'/' | b'?' | b'#' | b'\\')).unwrap_or(rest.len());
    let (authority, path) = rest.split_at_checked(end)?;
    // A user's name and password stand before the last at sign.
    let user = authority.iter().rposition(|byte| *byte == b'@');
    let (host, port) = host_and_port(authority.get(user.map_or(0, |at| at + 1)..)?)?;
    let has_dot = host.contains(&b'.') || host.starts_with(b"[");
    // `ann:7/x@shop.example` may be the host ann, or a user whose password has a slash, which is to be written as %2F (RFC 3986, 3.2).
    let may_be_user = user.is_none() && path.contains(&b'@') && (port.is_some() || !has_dot);
    let is_host = !host.is_empty() && host.iter().all(|byte| !byte.is_ascii_whitespace() && !byte.is_ascii_control());
    (is_host && !may_be_user).then_some((scheme, host))
}

/// A host and the digits of a port behind it; None where what stands there is no port.
fn host_and_port(text: &[u8]) -> Option<(&[u8], Option<&[u8]>)> {
    let end = match text.first() {
        Some(b'[') => memchr(b']', text)? + 1,
        _ => memchr(b':', text).unwrap_or(text.len()),
    };
    match text.split_at_checked(end)? {
        (host, []) => Some((host, None)),
        (host, [b':', port @ ..]) => port.iter().all(u8::is_ascii_digit).then_some((host, Some(port))),
        _ => None,
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

/// A coordinate in degrees, to so many decimals: with 2 about a kilometre of latitude. The decimals are those of the shortest text
/// that stands for the number, as PostgreSQL writes it: `0.29` keeps both of its digits, though the number is a little less. Towards
/// zero, so that it never leaves the range of coordinates; never `-0`.
pub fn coordinate(value: f64, decimals: u8) -> f64 {
    if !value.is_finite() {
        return value;
    }
    let decimals = decimals.min(15);
    let size = cut(value.abs(), decimals);
    // The sum of 0 and -0 is 0.
    (if value < 0.0 { -size } else { size }) + 0.0
}

/// A number that is not negative, cut after so many decimals of its shortest text.
fn cut(size: f64, decimals: u8) -> f64 {
    let step = 10_u64.pow(decimals.into()) as f64;
    let scaled = size * step;
    // So far numbers of decimal steps and steps are exact, and their quotient is the nearest number to the decimal fraction.
    if scaled >= (1_u64 << 50) as f64 {
        return cut_text(size, decimals);
    }
    if scaled.round() / step == size {
        // The text has no more decimals than that.
        return size;
    }
    // The product may have been rounded up to the next step.
    let whole = scaled.trunc();
    if whole / step > size { (whole - 1.0) / step } else { whole / step }
}

fn cut_text(size: f64, decimals: u8) -> f64 {
    let text = size.to_string();
    let end = text.find('.').map_or(text.len(), |point| text.len().min(point + 1 + usize::from(decimals)));
    // What begins a number's text is a number.
    text.get(..end).and_then(|text| text.parse().ok()).unwrap_or(0.0)
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
            ("A.", "A."),
            ("", ""),
            ("42", ""),
        ] {
            assert_eq!(written(name, value), masked);
        }
    }

    /// `李小龙` gave `李.`, which is the whole family name.
    #[test]
    fn a_name_of_ideographs_or_syllables_keeps_no_character() {
        for (value, masked) in [
            ("李小龙", "*."),
            ("𠮷野 太郎", "*. *."),
            ("김민준", "*."),
            ("たなか", "*."),
            ("ﾀﾅｶ タロウ", "*. *."),
            ("Bruce 李", "B. *."),
            ("ถาวร", "ถ."),
        ] {
            assert_eq!(written(name, value), masked);
        }
    }

    /// `https://ann:pa/ss@host/x` gave `https://ann/`.
    #[test]
    fn a_url_with_a_slash_in_its_password_does_not_show_its_user() {
        for value in [
            "https://ann:pa/ss@host/x",
            "https://ann:pa?ss@host/x",
            "https://ann:pa#ss@host/x",
            "https://ann:pa\\ss@host/x",
            "https://ann:12/ss@host/x",
            "https://ann.lee:12/ss@host/x",
            "https://ann/ss@host/x",
            "https://[ann/ss@host/x",
            "https://[::1]ann:/x",
            "https://ann:secret",
        ] {
            assert_eq!(written(url, value), "***", "{value}");
        }
        assert_eq!(written(url, "https://shop.example/@ann"), "https://shop.example/");
        assert_eq!(written(url, "https://a/b:c@shop.example:80/@ann?x=@"), "***");
        assert_eq!(written(url, "https://ann:x@shop.example:80/@ann?x=@"), "https://shop.example/");
    }

    /// `secretsecret://x` gave `secretsecret://x/`.
    #[test]
    fn a_word_that_is_no_scheme_is_not_kept() {
        assert_eq!(written(url, "secretsecret://x"), "***");
        assert_eq!(written(url, "://x"), "***");
        assert_eq!(written(url, "HTTPS://shop.example"), "https://shop.example/");
        assert_eq!(written(url, "mongodb+srv://u:p@db.example/d"), "mongodb+srv://db.example/");
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
        assert!(coordinate(f64::NAN, 2).is_nan());
    }

    /// `0.29` gave `0.28`, as did 1,145 others of the 18,000 numbers of two decimals, because 0.29 * 100 is a little less than 29.
    #[test]
    fn a_coordinate_of_no_more_decimals_stays_what_it_is() {
        for number in -18_000_i32..=18_000 {
            let value: f64 = format!("{}.{:02}", number / 100, number.abs() % 100).parse().unwrap();
            assert_eq!(coordinate(value, 2), value);
            assert_eq!(coordinate(value, 5), value);
        }
        assert_eq!([0.29, 1.15, 8.29, 4.35, -0.29].map(|v| coordinate(v, 2)), [0.29, 1.15, 8.29, 4.35, -0.29]);
        let just_less = f64::from_bits(8.29_f64.to_bits() - 1);
        assert_eq!([0.299, just_less, -1.1599999].map(|v| coordinate(v, 2)), [0.29, 8.28, -1.15]);
    }

    /// `-0.004` gave `-0`.
    #[test]
    fn a_small_coordinate_is_zero_without_a_sign() {
        for value in [-0.004, -0.0, 0.0, -1e-300, 0.009] {
            assert_eq!(coordinate(value, 2).to_string(), "0");
        }
        assert_eq!(coordinate(-0.9, 0).to_string(), "0");
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
        fn a_coordinate_is_what_its_text_is_when_it_is_cut(value in -180.0..180.0_f64, step in 0_i64..4, decimals in 0_u8..16) {
            // The number, one with few decimals, and those next to that.
            let few: f64 = format!("{value:.*}", usize::from(decimals)).parse().unwrap();
            let next = f64::from_bits(few.to_bits().wrapping_add_signed(step - 2));
            for value in [value, few, next, value * 1e9] {
                let wanted = cut_text(value.abs(), decimals);
                prop_assert_eq!(coordinate(value, decimals), if value < 0.0 { -wanted } else { wanted }, "{}", value);
            }
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
