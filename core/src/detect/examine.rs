//! One value: which detectors it satisfies.

use super::checksum::Digits;
use super::network::Ip;
use super::person::Name;
use super::phone::Form;
use super::shape::Shape;
use super::{Certainty, Detector, Set, contact, date, national, network, payment, person, phone, secret, text};

/// What a value satisfies.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Hits {
    /// The whole value is of this kind, by form or checksum.
    pub whole: Set,
    /// The whole value may be of this kind, as many others may: only with the name of the column.
    pub weak: Set,
    /// The value contains what other data never looks like.
    pub inside: Set,
    /// The value contains what other data may look like.
    pub inside_likely: Set,
    /// Nothing that could be of anybody: empty, or a word for nothing.
    pub blank: bool,
    /// Digits alone, and the number when it has at most 18.
    pub number: Option<u64>,
    /// A phone number in a form of digits alone that few other numbers have.
    pub strict_phone: bool,
}

/// Values longer than this are free text.
const LONGEST_WHOLE: usize = 512;

/// Words that stand for no value.
const PLACEHOLDERS: [&str; 14] =
    ["-", "--", "n/a", "na", "none", "null", "unknown", "?", ".", "0", "нет", "не указано", "k.a.", "s/n"];

fn is_placeholder(value: &str) -> bool {
    PLACEHOLDERS.iter().any(|word| word.len() == value.len() && value.eq_ignore_ascii_case(word))
        || (!value.is_ascii() && PLACEHOLDERS.contains(&value.to_lowercase().as_str()))
}

/// Looks at values.
#[derive(Debug, Clone, Copy)]
pub struct Examiner {
    enabled: Set,
}

impl Examiner {
    /// An examiner with these detectors.
    pub fn new(enabled: Set) -> Examiner {
        Examiner { enabled }
    }

    /// The detectors that are on.
    pub fn enabled(&self) -> Set {
        self.enabled
    }

    /// Looks at one value.
    pub fn examine(&self, value: &str) -> Hits {
        let value = value.trim_ascii();
        let mut hits = Hits::default();
        if value.len() <= 24 && (value.is_empty() || is_placeholder(value)) {
            hits.blank = true;
            return hits;
        }
        let shape = Shape::of(value.as_bytes());
        if value.len() <= LONGEST_WHOLE {
            whole(value, &shape, &mut hits);
        }
        let has_words = shape.spaces() > 0 || value.len() > 24;
        if hits.whole.is_empty() && (has_words || shape.at() > 0) {
            text::find_unordered(value, &shape, &mut |found| match found.certainty {
                Certainty::Sure => hits.inside.insert(found.detector),
                Certainty::Likely | Certainty::Weak => hits.inside_likely.insert(found.detector),
            });
        }
        hits.whole = hits.whole.and(self.enabled);
        hits.weak = hits.weak.and(self.enabled);
        hits.inside = hits.inside.and(self.enabled);
        hits.inside_likely = hits.inside_likely.and(self.enabled);
        hits
    }
}

fn whole(value: &str, shape: &Shape, hits: &mut Hits) {
    if shape.at() > 0 {
        if shape.dots() > 0 && shape.spaces() == 0 && contact::email(value) {
            hits.whole.insert(Detector::Email);
            return;
        }
        if shape.colons() > 1 && shape.spaces() == 0 && contact::url_credentials(value).is_some() {
            hits.whole.insert(Detector::UrlCredentials);
            return;
        }
    }
    if shape.letters() == 0 {
        if shape.digits() > 0 {
            number(value, shape, hits);
        }
        return;
    }
    if shape.spaces() == 0 {
        one_word(value, shape, hits);
        if !hits.whole.is_empty() {
            return;
        }
    }
    words(value, shape, hits);
}

/// Digits and punctuation.
fn number(value: &str, shape: &Shape, hits: &mut Hits) {
    let bytes = value.as_bytes();
    let count = shape.digits() as usize;
    let only_digits = count == bytes.len();
    if shape.dots() == 3
        && let Some(ip) = network::ipv4(bytes)
    {
        match ip {
            Ip::Address => hits.whole.insert(Detector::IpAddress),
            Ip::MaybeVersion => hits.weak.insert(Detector::IpAddress),
        }
        return;
    }
    if count >= 4 && !only_digits && bytes.len() <= 32 && date::year(bytes).is_some_and(date::is_birth_year) {
        hits.weak.insert(Detector::BirthDate);
        return;
    }
    if shape.dots() > 0 && shape.parens() <= 2 && coordinates(value, shape, hits) {
        return;
    }
    if count < 7 || shape.others() > 0 || bytes.len() > 40 {
        if only_digits && count <= 18 {
            hits.number = Digits::of(bytes).map(|digits| super::checksum::number(digits.as_slice()));
        }
        return;
    }
    if let Some(digits) = Digits::of(bytes) {
        ids(bytes, digits.as_slice(), shape, only_digits, hits);
        if only_digits && count <= 18 {
            hits.number = Some(super::checksum::number(digits.as_slice()));
        }
    }
    match phone::phone(value) {
        Some(Form::International) => hits.whole.insert(Detector::Phone),
        // A number that has a checksum of another kind, with the separators of that kind, is no phone number.
        Some(Form::National) if hits.whole.is_empty() => hits.whole.insert(Detector::Phone),
        Some(Form::Bare) => {
            hits.weak.insert(Detector::Phone);
            hits.strict_phone = phone::is_strict_bare(value);
        }
        _ => {}
    }
}

/// Numbers with checksums, by their length and their separators.
fn ids(value: &[u8], digits: &[u8], shape: &Shape, only_digits: bool, hits: &mut Hits) {
    let dashes = shape.dashes();
    let plain = |separators: u32| shape.plus() == 0 && shape.parens() == 0 && (only_digits || separators > 0);
    match digits.len() {
        9 if national::us_ssn(digits) => {
            if value.len() == 11 && value.get(3) == Some(&b'-') && value.get(6) == Some(&b'-') {
                hits.whole.insert(Detector::UsSsn);
            } else if only_digits {
                hits.weak.insert(Detector::UsSsn);
            }
        }
        10 | 12 if only_digits && national::ru_inn(digits) => {
            // One digit of ten would be right by chance.
            if digits.len() == 12 { hits.whole.insert(Detector::RuInn) } else { hits.weak.insert(Detector::RuInn) }
        }
        11 if plain(dashes) => {
            if national::ru_snils(digits) && (only_digits || dashes >= 2) && shape.dots() == 0 {
                hits.whole.insert(Detector::RuSnils);
            }
            if national::br_cpf(digits) && (only_digits || (shape.dots() == 2 && dashes == 1)) {
                hits.whole.insert(Detector::BrCpf);
            }
        }
        14 if (only_digits || shape.slashes() == 1) && national::br_cnpj(digits) => hits.whole.insert(Detector::BrCnpj),
        15 if plain(shape.spaces()) => {
            let mut text = [0; 15];
            for (place, digit) in text.iter_mut().zip(digits) {
                *place = digit + b'0';
            }
            if national::fr_nir(&text) {
                hits.whole.insert(Detector::FrNir);
            }
        }
        _ => {}
    }
    if (12..=19).contains(&digits.len())
        && plain(dashes + shape.spaces())
        && shape.dots() == 0
        && shape.slashes() == 0
        && payment::card(digits)
    {
        hits.whole.insert(Detector::PaymentCard);
    }
}

/// Two numbers of degrees with a comma or a space between them, or one.
fn coordinates(value: &str, shape: &Shape, hits: &mut Hits) -> bool {
    let trimmed = value.trim_start_matches('(').trim_end_matches(')');
    let degrees = |text: &str, most: f64| {
        let text = text.trim();
        let decimals = text.split_once('.').map_or(0, |(_, decimals)| decimals.len());
        (3..=17).contains(&decimals) && text.parse::<f64>().is_ok_and(|degrees| degrees.abs() <= most)
    };
    if shape.dots() == 2
        && let Some((first, second)) = trimmed.split_once([',', ' ', ';'])
        && ((degrees(first, 90.0) && degrees(second, 180.0)) || (degrees(first, 180.0) && degrees(second, 90.0)))
    {
        hits.whole.insert(Detector::Coordinates);
        return true;
    }
    if shape.dots() == 1 && degrees(trimmed, 180.0) {
        hits.weak.insert(Detector::Coordinates);
        return true;
    }
    false
}

/// A word with letters and no spaces.
fn one_word(value: &str, shape: &Shape, hits: &mut Hits) {
    let bytes = value.as_bytes();
    let length = bytes.len();
    let alphanumeric = shape.digits() + shape.upper() + shape.lower();
    if length == 9 && shape.digits() >= 7 && national::es_dni(bytes) {
        hits.whole.insert(Detector::EsDni);
        return;
    }
    if (10..=11).contains(&length) && shape.dashes() > 0 && shape.digits() >= 7 {
        let packed: Vec<u8> = bytes.iter().copied().filter(u8::is_ascii_alphanumeric).collect();
        if national::es_dni(&packed) {
            hits.whole.insert(Detector::EsDni);
            return;
        }
    }
    if alphanumeric as usize == length {
        match length {
            16 if national::it_codice_fiscale(bytes) => return hits.whole.insert(Detector::ItCodiceFiscale),
            15 if shape.digits() == 14 && national::fr_nir(bytes) => return hits.whole.insert(Detector::FrNir),
            15..=34 if bytes.first().is_some_and(u8::is_ascii_alphabetic) && payment::iban(bytes) => {
                return hits.whole.insert(Detector::Iban);
            }
            _ => {}
        }
    }
    if length == 17 || length == 23 || length == 14 {
        let separators = shape.colons() + shape.dashes() + shape.dots();
        if (separators == 5 || separators == 7 || separators == 2) && network::mac(bytes) {
            return hits.whole.insert(Detector::MacAddress);
        }
    }
    if shape.colons() >= 2 && network::ipv6(value) {
        return hits.whole.insert(Detector::IpAddress);
    }
    if length >= 20 {
        long_word(value, shape, hits);
    } else if shape.slashes() > 0 && network::user_agent(value) {
        hits.whole.insert(Detector::UserAgent);
    }
}

fn long_word(value: &str, shape: &Shape, hits: &mut Hits) {
    if secret::is_uuid(value) {
        return;
    }
    if value.starts_with("eyJ") && secret::is_jwt(value) {
        return hits.whole.insert(Detector::Jwt);
    }
    if secret::is_password_hash(value) {
        return hits.whole.insert(Detector::PasswordHash);
    }
    if secret::is_hex_digest(value) {
        return hits.weak.insert(Detector::HexDigest);
    }
    if shape.digits() > 0 && shape.others() == 0 || shape.high() == 0 {
        let mut key = false;
        text_secret(value, &mut key, hits);
        if !key && secret::is_token(value) {
            hits.whole.insert(Detector::Token);
        }
    }
}

/// A key of a service that is the whole word.
fn text_secret(value: &str, found: &mut bool, hits: &mut Hits) {
    let mark = secret::marks().position(|mark| value.starts_with(mark));
    if let Some((secret::Secret::ApiKey, length)) = mark.and_then(|mark| secret::at_mark(value, mark))
        && length == value.len()
    {
        *found = true;
        hits.whole.insert(Detector::ApiKey);
    }
}

/// Words with spaces, or one of letters.
fn words(value: &str, shape: &Shape, hits: &mut Hits) {
    if shape.digits() == 0 {
        let is_plain =
            shape.others() + shape.at() + shape.slashes() + shape.colons() + shape.underscores() + shape.plus() == 0;
        if is_plain && (2..=100).contains(&value.len()) && shape.spaces() <= 6 && shape.dots() <= 4 {
            match person::name(value) {
                Some((Name::Full, _)) => hits.whole.insert(Detector::FullName),
                Some((Name::First | Name::Last, word)) => {
                    if word.first {
                        hits.whole.insert(Detector::FirstName);
                    }
                    if word.last {
                        hits.whole.insert(Detector::LastName);
                    }
                }
                None => {}
            }
        }
        if value.len() >= 64 && value.contains("-----BEGIN ") {
            private_key(value, hits);
        }
        return;
    }
    if shape.spaces() > 0 {
        let bytes = value.as_bytes();
        if (18..=42).contains(&bytes.len()) && bytes.get(4) == Some(&b' ') && payment::iban(bytes) {
            return hits.whole.insert(Detector::Iban);
        }
        if (18..=21).contains(&bytes.len()) && shape.letters() <= 1 {
            let packed: Vec<u8> = bytes.iter().copied().filter(u8::is_ascii_alphanumeric).collect();
            if national::fr_nir(&packed) {
                return hits.whole.insert(Detector::FrNir);
            }
        }
        if shape.slashes() > 0 && network::user_agent(value) {
            return hits.whole.insert(Detector::UserAgent);
        }
        if value.starts_with("POINT") || value.starts_with("SRID=") {
            return hits.whole.insert(Detector::Coordinates);
        }
        if value.starts_with("-----BEGIN ") {
            return private_key(value, hits);
        }
        if shape.letters() <= 12 && shape.digits() >= 7 && phone::phone(value).is_some_and(|form| form != Form::Bare) {
            return hits.whole.insert(Detector::Phone);
        }
        if person::street_address(value) {
            hits.whole.insert(Detector::StreetAddress);
        }
    } else if shape.dots() + shape.commas() > 0 && person::street_address(value) {
        hits.whole.insert(Detector::StreetAddress);
    }
}

fn private_key(value: &str, hits: &mut Hits) {
    let mark = secret::marks().position(|mark| mark == "-----BEGIN ");
    let start = value.find("-----BEGIN ");
    if let (Some(mark), Some(start)) = (mark, start)
        && value.get(start..).is_some_and(|key| secret::at_mark(key, mark).is_some())
    {
        hits.whole.insert(Detector::PrivateKey);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn hits(value: &str) -> Hits {
        Examiner::new(Set::all()).examine(value)
    }

    fn whole(value: &str) -> Vec<Detector> {
        hits(value).whole.iter().collect()
    }

    #[test]
    fn whole_values_are_known_by_their_kind() {
        use Detector::*;
        for (value, detector) in [
            ("ivan@example.com", Email),
            ("+7 (912) 345-67-89", Phone),
            ("8 (495) 123-45-67 доб. 12", Phone),
            ("Ольга", FirstName),
            ("Иванов Иван Иванович", FullName),
            ("ул. Ленина, д. 5", StreetAddress),
            ("4111 1111 1111 1111", PaymentCard),
            ("DE89 3704 0044 0532 0130 00", Iban),
            ("DE89370400440532013000", Iban),
            ("192.168.10.7", IpAddress),
            ("2001:db8::ff00:42:8329", IpAddress),
            ("00:1B:44:11:3A:B7", MacAddress),
            ("123-45-6789", UsSsn),
            ("500100732259", RuInn),
            ("112-233-445 95", RuSnils),
            ("2 55 08 14 168 025 38", FrNir),
            ("12345678Z", EsDni),
            ("RSSMRA85T10A562S", ItCodiceFiscale),
            ("529.982.247-25", BrCpf),
            ("11.222.333/0001-81", BrCnpj),
            ("55.7558, 37.6173", Coordinates),
            ("$2b$12$EixZaYVK1fsbw1ZfbX3OXePaWxn96p36WQoeG6Lruj3vjPGga31lW", PasswordHash),
            ("x7Gk29Lm0QpZ4tVb8RnY1s", Token),
            ("postgres://app:pw@db/x", UrlCredentials),
            ("Mozilla/5.0 (X11; Linux x86_64)", UserAgent),
        ] {
            assert!(whole(value).contains(&detector), "{value}: {:?}", hits(value));
        }
    }

    #[test]
    fn harmless_values_are_of_no_kind() {
        for value in [
            "pending",
            "2024-01-15",
            "ORD-2024-000123",
            "1.2.3",
            "123e4567-e89b-12d3-a456-426614174000",
            "blue",
            "12.50",
            "10 pcs",
            "https://example.com/a",
            "Wireless Mouse",
            "1700000000",
            "en-US",
            "{\"a\": 1}",
        ] {
            let hits = hits(value);
            assert!(
                hits.whole.is_empty() && hits.inside.is_empty() && hits.inside_likely.is_empty(),
                "{value}: {hits:?}"
            );
        }
        for value in ["", "  ", "-", "N/A", "не указано"] {
            assert!(hits(value).blank, "{value}");
        }
    }

    #[test]
    fn data_inside_text_is_told_from_a_value_of_that_kind() {
        let hits = hits("Please call me at +7 912 345-67-89, ivan@example.com");
        assert!(hits.whole.is_empty());
        assert_eq!(hits.inside, Set::of(&[Detector::Email, Detector::Phone]));
    }

    #[test]
    fn a_detector_that_is_off_finds_nothing() {
        let mut enabled = Set::all();
        enabled.remove(Detector::Email);
        assert!(Examiner::new(enabled).examine("ivan@example.com").whole.is_empty());
    }
}
