//! Personal data and secrets inside free text, as evidence of what a column holds.

use std::sync::LazyLock;

use aho_corasick::{AhoCorasick, MatchKind};

use super::checksum::Digits;
use super::network::Ip;
use super::phone::Form;
use super::secret::{self, Secret};
use super::shape::Shape;
use super::{Certainty, Detector, contact, national, network, payment, phone};

/// A place in a text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Found {
    /// What it is.
    pub detector: Detector,
    /// How sure that is.
    pub certainty: Certainty,
    /// Its first byte.
    pub start: usize,
    /// The byte behind its last.
    pub end: usize,
}

/// The beginnings of secrets, searched for all at once.
static MARKS: LazyLock<Option<AhoCorasick>> =
    LazyLock::new(|| AhoCorasick::builder().match_kind(MatchKind::LeftmostFirst).build(secret::marks()).ok());

/// Calls `each` for every place of what other data hardly looks like, in any order and with overlaps: what a column is judged by. What
/// stands in the midst of something else, as in an address of the web, is no evidence; to mask a text is for
/// [`find`](super::loose::find), which takes all that may be personal.
pub(super) fn find_unordered(text: &str, shape: &Shape, each: &mut impl FnMut(Found)) {
    search(text, Signs::from(shape), each);
}

/// Which kinds of places a text may have, by the characters that all of a kind have.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Signs {
    addresses: bool,
    /// With a password.
    urls: bool,
    numbers: bool,
    codes: bool,
    /// Hardware addresses among the codes.
    macs: bool,
}

/// The fewest digits of a number or a code.
const FEWEST_DIGITS: u32 = 6;

impl From<&Shape> for Signs {
    fn from(shape: &Shape) -> Signs {
        let addresses = shape.at() > 0;
        let numbers = shape.digits() >= FEWEST_DIGITS;
        let codes = numbers && shape.upper() + shape.lower() > 0;
        Signs {
            addresses,
            urls: addresses && shape.colons() > 1 && shape.slashes() > 1,
            numbers,
            codes,
            macs: codes && shape.colons() >= 5,
        }
    }
}

fn search(text: &str, signs: Signs, each: &mut impl FnMut(Found)) {
    if signs.addresses {
        emails(text, each);
    }
    if signs.urls {
        urls(text, each);
    }
    if text.len() >= 20 {
        secrets(text, secret::at_mark, each);
    }
    if signs.numbers {
        numbers(text, each);
    }
    if signs.codes {
        codes(text, signs.macs, each);
    }
}

pub(super) fn emails(text: &str, each: &mut impl FnMut(Found)) {
    let bytes = text.as_bytes();
    for at in memchr::memchr_iter(b'@', bytes) {
        let (before, behind) = (bytes.get(..at).unwrap_or_default(), bytes.get(at + 1..).unwrap_or_default());
        let mut start = at - before.iter().rev().take(64).take_while(|c| contact::is_local_byte(**c)).count();
        let mut end = at + 1 + behind.iter().take(255).take_while(|c| contact::is_domain_byte(**c)).count();
        // Punctuation of the sentence does not belong to the address.
        while bytes.get(start).is_some_and(|c| b".'=/-{*".contains(c)) {
            start += 1;
        }
        while end > at && bytes.get(end - 1).is_some_and(|c| matches!(c, b'.' | b'-')) {
            end -= 1;
        }
        if text.get(start..end).is_some_and(contact::email) {
            each(Found { detector: Detector::Email, certainty: Certainty::Sure, start, end });
        }
    }
}

pub(super) fn urls(text: &str, each: &mut impl FnMut(Found)) {
    let mut from = 0;
    while let Some(place) = text.get(from..).and_then(contact::url_credentials) {
        let (start, end) = (from + place.start, from + place.end);
        each(Found { detector: Detector::UrlCredentials, certainty: Certainty::Sure, start, end });
        from = end;
    }
}

/// `at_mark` says what begins with a mark of [`secret::marks`], and how long it is.
pub(super) fn secrets(
    text: &str,
    mut at_mark: impl FnMut(&str, usize) -> Option<(Secret, usize)>,
    each: &mut impl FnMut(Found),
) {
    let Some(marks) = &*MARKS else { return };
    for mark in marks.find_iter(text) {
        let start = mark.start();
        let inside_word =
            start.checked_sub(1).and_then(|at| text.as_bytes().get(at)).is_some_and(u8::is_ascii_alphanumeric);
        if inside_word {
            continue;
        }
        let Some((secret, length)) = text.get(start..).and_then(|rest| at_mark(rest, mark.pattern().as_usize())) else {
            continue;
        };
        let detector = match secret {
            Secret::PasswordHash => Detector::PasswordHash,
            Secret::Jwt => Detector::Jwt,
            Secret::ApiKey => Detector::ApiKey,
            Secret::PrivateKey => Detector::PrivateKey,
        };
        each(Found { detector, certainty: Certainty::Sure, start, end: start + length });
    }
}

/// The place of the first byte from `at` on for which a condition holds; where there is none, the end. Sixteen bytes are looked
/// at together, which the compiler does without a loop.
#[inline(always)]
fn next(bytes: &[u8], mut at: usize, holds: impl Fn(u8) -> bool) -> usize {
    while let Some(chunk) = bytes.get(at..).and_then(<[u8]>::first_chunk::<16>) {
        if chunk.iter().fold(false, |any, byte| any | holds(*byte)) {
            break;
        }
        at += 16;
    }
    at + bytes.get(at..).unwrap_or_default().iter().take_while(|byte| !holds(**byte)).count()
}

/// The longest text of a number: a phone number with brackets and an extension.
const LONGEST_NUMBER: usize = 32;

/// Runs of digits and separators: phones, cards, ids, IPv4.
fn numbers(text: &str, each: &mut impl FnMut(Found)) {
    let bytes = text.as_bytes();
    let begins = |c: u8| c.is_ascii_digit() | (c == b'+') | (c == b'(');
    let mut at = next(bytes, 0, begins);
    while let Some(&c) = bytes.get(at) {
        let previous = at.checked_sub(1).and_then(|before| bytes.get(before)).copied().unwrap_or(b' ');
        let can_begin = begins(c)
            && !previous.is_ascii_alphanumeric()
            && previous < 0x80
            && !matches!(previous, b'.' | b'-' | b'_' | b'/' | b'#' | b'=' | b'$' | b'+');
        if !can_begin {
            at = next(bytes, at + 1, begins);
            continue;
        }
        let rest = bytes.get(at..).unwrap_or_default();
        let run = rest
            .iter()
            .take(LONGEST_NUMBER)
            .take_while(|c| c.is_ascii_digit() || matches!(c, b' ' | b'-' | b'.' | b'/' | b'(' | b')' | b'+'))
            .count();
        let mut end = at + run;
        // A number does not end within a word or a longer number.
        let cut = bytes.get(end).is_some_and(|c| c.is_ascii_alphanumeric() || *c == b'_') && run > 0;
        if cut {
            end =
                bytes.get(at..end).and_then(|run| run.iter().rposition(|c| *c == b' ')).map_or(at, |space| at + space);
        }
        let mut found = None;
        while end > at {
            end -= bytes.get(at..end).map_or(0, |run| run.iter().rev().take_while(|c| !c.is_ascii_digit()).count());
            let Some(candidate) = text.get(at..end).filter(|candidate| candidate.len() >= 7) else { break };
            found = number(candidate);
            if found.is_some() {
                break;
            }
            let Some(space) = candidate.rfind(' ') else { break };
            end = at + space;
        }
        match found {
            Some((detector, certainty)) => {
                each(Found { detector, certainty, start: at, end });
                at = end;
            }
            None => {
                // On behind this group of digits.
                let group = rest.iter().take_while(|c| c.is_ascii_digit()).count();
                at = next(bytes, at + group.max(1), begins);
            }
        }
    }
}

/// What a number of a text is.
fn number(text: &str) -> Option<(Detector, Certainty)> {
    let bytes = text.as_bytes();
    let matches_form = |form: &[u8]| {
        bytes.len() == form.len()
            && bytes.iter().zip(form).all(|(c, f)| if *f == b'0' { c.is_ascii_digit() } else { c == f })
    };
    // All others begin with a digit.
    if bytes.first().is_none_or(|c| !c.is_ascii_digit()) {
        return phone_number(text);
    }
    if network::ipv4(bytes) == Some(Ip::Address) {
        return Some((Detector::IpAddress, Certainty::Likely));
    }
    let digits = Digits::of(bytes)?;
    let digits = digits.as_slice();
    let sure = |detector, holds: bool| holds.then_some((detector, Certainty::Sure));
    if matches_form(b"000-00-0000") {
        return national::us_ssn(digits).then_some((Detector::UsSsn, Certainty::Likely));
    }
    if matches_form(b"000.000.000-00") {
        return sure(Detector::BrCpf, national::br_cpf(digits));
    }
    if matches_form(b"00.000.000/0000-00") {
        return sure(Detector::BrCnpj, national::br_cnpj(digits));
    }
    if matches_form(b"000-000-000 00") || matches_form(b"000-000-000-00") {
        return sure(Detector::RuSnils, national::ru_snils(digits));
    }
    let in_fours = matches_form(b"0000 0000 0000 0000")
        || matches_form(b"0000-0000-0000-0000")
        || matches_form(b"0000 000000 00000");
    if (13..=19).contains(&digits.len()) && (in_fours || digits.len() == bytes.len()) && payment::card(digits) {
        return Some((Detector::PaymentCard, if in_fours { Certainty::Sure } else { Certainty::Likely }));
    }
    phone_number(text)
}

fn phone_number(text: &str) -> Option<(Detector, Certainty)> {
    match phone::phone(text)? {
        Form::International => Some((Detector::Phone, Certainty::Sure)),
        Form::National => Some((Detector::Phone, Certainty::Likely)),
        Form::Bare => None,
    }
}

/// Words of letters and digits: account numbers, tax codes, identity numbers, hardware addresses.
fn codes(text: &str, may_be_mac: bool, each: &mut impl FnMut(Found)) {
    let bytes = text.as_bytes();
    let is_word = |c: &u8| c.is_ascii_alphanumeric();
    let mut at = 0;
    // All of them have digits in their first word, but for hardware addresses.
    while at < bytes.len() {
        let rest = bytes.get(at..).unwrap_or_default();
        if may_be_mac {
            let Some(skip) = rest.iter().position(is_word) else { return };
            at += skip;
        } else {
            let digit = next(bytes, at, |c| c.is_ascii_digit());
            let before = bytes.get(at..digit).unwrap_or_default();
            at = digit - before.iter().rev().take_while(|c| is_word(c)).count();
        }
        let rest = bytes.get(at..).unwrap_or_default();
        let length = rest.iter().take_while(|c| is_word(c)).count();
        let word = rest.get(..length).unwrap_or_default();
        let previous = at.checked_sub(1).and_then(|before| bytes.get(before)).copied().unwrap_or(b' ');
        if previous >= 0x80 || previous == b'_' {
            at += length;
            continue;
        }
        let mut found = None;
        match word {
            [a, b, c, d, ..]
                if a.is_ascii_alphabetic() && b.is_ascii_alphabetic() && c.is_ascii_digit() && d.is_ascii_digit() =>
            {
                if let Some(long) = iban(rest) {
                    found = Some((Detector::Iban, long));
                }
            }
            _ if length == 16 && national::it_codice_fiscale(word) => {
                found = Some((Detector::ItCodiceFiscale, length));
            }
            _ if length == 9 && national::es_dni(word) => {
                found = Some((Detector::EsDni, length));
            }
            _ if length == 2
                && may_be_mac
                && rest.get(..17).is_some_and(network::mac)
                && !rest.get(17).is_some_and(is_word) =>
            {
                found = Some((Detector::MacAddress, 17));
            }
            _ => {}
        }
        if let Some((detector, long)) = found {
            each(Found { detector, certainty: Certainty::Sure, start: at, end: at + long });
            at += long;
        } else {
            at += length;
        }
    }
}

/// The length of the international account number at the start of a text, written in one or in groups of four.
fn iban(text: &[u8]) -> Option<usize> {
    let country = [*text.first()?, *text.get(1)?];
    let mut left = payment::iban_length(country)?;
    let mut end = 0;
    while left > 0 {
        let c = text.get(end)?;
        match c {
            b' ' if end > 0 && text.get(end - 1) != Some(&b' ') => {}
            c if c.is_ascii_alphanumeric() => left -= 1,
            _ => return None,
        }
        end += 1;
    }
    let ends = !text.get(end).is_some_and(u8::is_ascii_alphanumeric);
    (ends && payment::iban(text.get(..end)?)).then_some(end)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(text: &str) -> Vec<(Detector, &str)> {
        let mut places = Vec::new();
        find_unordered(text, &Shape::of(text.as_bytes()), &mut |found| places.push(found));
        places.sort_by_key(|found| found.start);
        let mut end = 0;
        places.retain(|found| {
            let is_next = found.start >= end;
            end = end.max(found.end);
            is_next
        });
        places.iter().map(|found| (found.detector, &text[found.start..found.end])).collect()
    }

    #[test]
    fn personal_data_is_found_where_it_stands_in_a_sentence() {
        assert_eq!(
            found(
                "Call Ivan at +7 (912) 345-67-89 or write to ivan.p@example.com. Card 4111 1111 1111 1111, IBAN DE89 3704 0044 0532 0130 00!"
            ),
            [
                (Detector::Phone, "+7 (912) 345-67-89"),
                (Detector::Email, "ivan.p@example.com"),
                (Detector::PaymentCard, "4111 1111 1111 1111"),
                (Detector::Iban, "DE89 3704 0044 0532 0130 00"),
            ]
        );
        assert_eq!(
            found("Звоните 8 (495) 123-45-67, СНИЛС 112-233-445 95"),
            [(Detector::Phone, "8 (495) 123-45-67"), (Detector::RuSnils, "112-233-445 95")]
        );
        assert_eq!(
            found("login from 192.168.10.77 by postgres://app:pw@db/x, SSN 123-45-6789"),
            [
                (Detector::IpAddress, "192.168.10.77"),
                (Detector::UrlCredentials, "app:pw"),
                (Detector::UsSsn, "123-45-6789")
            ]
        );
        assert_eq!(
            found("DNI 12345678Z, CPF 529.982.247-25; cf RSSMRA85T10A562S"),
            [
                (Detector::EsDni, "12345678Z"),
                (Detector::BrCpf, "529.982.247-25"),
                (Detector::ItCodiceFiscale, "RSSMRA85T10A562S")
            ]
        );
        assert_eq!(found("two: a@b.de,c@d.de"), [(Detector::Email, "a@b.de"), (Detector::Email, "c@d.de")]);
        assert_eq!(found("device 00:1B:44:11:3A:B7 seen"), [(Detector::MacAddress, "00:1B:44:11:3A:B7")]);
    }

    #[test]
    fn harmless_numbers_of_a_text_are_left_alone() {
        for text in [
            "version 10.4.2.1 of 2024-01-15 10:20:30",
            "order 2024-000123 of 12.05.2023, total 1 234 567.89",
            "ISBN 978-3-16-148410-0",
            "icon@2x.png, @Override, a @ b",
            "uuid 123e4567-e89b-12d3-a456-426614174000",
            "id=123456789012, ref #4111",
            "1.2.3.4.5 and 1700000000",
        ] {
            assert_eq!(found(text), [], "{text}");
        }
    }

    #[test]
    fn any_text_is_borne() {
        for text in [
            "",
            "+",
            "(",
            "@",
            "a@",
            "@b.de",
            "://",
            "a://:@",
            "((((((((",
            "+++7 912",
            "é1234567é",
            "1é2é3é4é5é6é7",
            "DE89",
            "eyJ",
            "$2b$",
            "-----BEGIN ",
            "\u{1f600}+7 912 345 67 89\u{1f600}",
        ] {
            let shape = Shape::of(text.as_bytes());
            find_unordered(text, &shape, &mut |found| assert!(text.get(found.start..found.end).is_some()));
        }
    }
}
