//! Phone numbers of several countries: how they are written, and which numbers there are.

/// How sure a text is a phone number.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Form {
    /// With `+` and the code of a country, and as many digits as numbers of that country have.
    International,
    /// With the separators that a country writes.
    National,
    /// Digits alone, which an order number may have as well.
    Bare,
}

/// Country codes with the least and the greatest number of digits behind them (ITU-T E.164 and the numbering plans of the
/// countries); for the others, [`OTHER_CODES`], any number of digits that E.164 allows.
const COUNTRIES: &[(&str, u8, u8)] = &[
    ("1", 10, 10),
    ("7", 10, 10),
    ("20", 8, 10),
    ("27", 9, 9),
    ("30", 10, 10),
    ("31", 9, 9),
    ("32", 8, 9),
    ("33", 9, 9),
    ("34", 9, 9),
    ("36", 8, 9),
    ("39", 6, 11),
    ("40", 9, 9),
    ("41", 9, 9),
    ("43", 7, 13),
    ("44", 9, 10),
    ("45", 8, 8),
    ("46", 7, 10),
    ("47", 8, 8),
    ("48", 9, 9),
    ("49", 7, 12),
    ("51", 8, 9),
    ("52", 10, 11),
    ("54", 10, 11),
    ("55", 10, 11),
    ("56", 9, 9),
    ("57", 8, 10),
    ("58", 10, 10),
    ("60", 8, 10),
    ("61", 9, 9),
    ("62", 8, 12),
    ("63", 8, 10),
    ("64", 8, 10),
    ("65", 8, 8),
    ("66", 8, 9),
    ("81", 9, 10),
    ("82", 8, 11),
    ("84", 9, 10),
    ("86", 10, 11),
    ("90", 10, 10),
    ("91", 10, 10),
    ("92", 9, 10),
    ("98", 10, 10),
    ("351", 9, 9),
    ("352", 6, 11),
    ("353", 7, 10),
    ("354", 7, 9),
    ("358", 6, 12),
    ("359", 7, 9),
    ("370", 8, 8),
    ("371", 8, 8),
    ("372", 7, 8),
    ("373", 8, 8),
    ("374", 8, 8),
    ("375", 9, 9),
    ("380", 9, 9),
    ("381", 8, 9),
    ("385", 8, 9),
    ("386", 8, 8),
    ("387", 8, 8),
    ("420", 9, 9),
    ("421", 9, 9),
    ("852", 8, 8),
    ("971", 8, 9),
    ("972", 8, 9),
    ("992", 9, 9),
    ("993", 8, 8),
    ("994", 9, 9),
    ("995", 9, 9),
    ("996", 9, 9),
    ("998", 9, 9),
];

/// The first digits of the other codes of three digits.
const OTHER_CODES: [&str; 14] = ["21", "22", "23", "24", "25", "26", "29", "35", "37", "38", "50", "59", "67", "96"];

/// For each three digits the place in [`COUNTRIES`] of the code that they begin with, counted from 1; 0: none does. No code begins
/// with another.
const BY_DIGITS: [u8; 1000] = {
    let mut places = [0; 1000];
    let mut place = 0;
    while place < COUNTRIES.len() {
        let code = COUNTRIES[place].0.as_bytes();
        // The first of the numbers of three digits that begin with the code, and how many there are.
        let (mut first, mut count, mut digit) = (0, 1000, 0);
        while digit < code.len() {
            count /= 10;
            first += (code[digit] - b'0') as usize * count;
            digit += 1;
        }
        let mut number = first;
        while number < first + count {
            places[number] = place as u8 + 1;
            number += 1;
        }
        place += 1;
    }
    places
};

/// The country whose code digits begin with.
fn country(digits: &str) -> Option<&'static (&'static str, u8, u8)> {
    let first = digits.as_bytes().first_chunk::<3>()?;
    let number = first.iter().fold(0, |number, digit| 10 * number + usize::from(digit.wrapping_sub(b'0')));
    COUNTRIES.get(usize::from(*BY_DIGITS.get(number)?).checked_sub(1)?)
}

/// Whether digits behind a `+` are a number of some country.
pub(super) fn is_international(digits: &str) -> bool {
    if !(8..=15).contains(&digits.len()) || digits.starts_with('0') {
        return false;
    }
    match country(digits) {
        Some((code, least, most)) => {
            let rest = &digits[code.len()..];
            let fits = (usize::from(*least)..=usize::from(*most)).contains(&rest.len());
            fits && (*code != "1" || is_north_american(rest))
        }
        None => OTHER_CODES.iter().any(|code| digits.starts_with(code)),
    }
}

/// Ten digits of the North American plan: neither the area nor the exchange begins with 0 or 1, nor ends the area with 11.
fn is_north_american(digits: &str) -> bool {
    let bytes = digits.as_bytes();
    digits.len() == 10
        && matches!(bytes.first(), Some(b'2'..=b'9'))
        && matches!(bytes.get(3), Some(b'2'..=b'9'))
        && bytes.get(1..3) != Some(b"11")
}

/// Whether a text is a phone number, and how sure. An extension may follow: `ext. 12`, `x12`, `доб. 12`.
pub(super) fn phone(text: &str) -> Option<Form> {
    let text = without_extension(text.trim());
    let (plus, body) = match text.strip_prefix('+') {
        Some(body) => (true, body),
        None => (false, text.strip_prefix("tel:").unwrap_or(text)),
    };
    let (plus, body) = if let Some(rest) = body.strip_prefix('+') { (true, rest) } else { (plus, body) };
    let mut buffer = [0u8; 20];
    let mut count = 0;
    // The lengths of the groups of digits between separators.
    let mut groups = [0u8; 8];
    let mut group = 0;
    let mut last = b' ';
    let mut parens = 0;
    for &c in body.as_bytes() {
        match c {
            b'0'..=b'9' => {
                *buffer.get_mut(count)? = c;
                count += 1;
                *groups.get_mut(group)? += 1;
            }
            b' ' | b'-' | b'.' | b'/' | b'(' | b')' => {
                parens += usize::from(c == b'(');
                // Two separators follow each other only around brackets and spaces.
                if matches!(last, b'-' | b'.' | b'/') && !matches!(c, b' ' | b'(') {
                    return None;
                }
                group += usize::from(groups.get(group).is_some_and(|length| *length > 0));
            }
            _ => return None,
        }
        last = c;
    }
    let digits = std::str::from_utf8(buffer.get(..count)?).ok()?;
    let used = groups.iter().take_while(|length| **length > 0).count();
    let groups = groups.get(..used)?;
    if parens > 1 || digits.len() < 7 || is_monotonous(digits) {
        return None;
    }
    if plus {
        return is_international(digits).then_some(Form::International);
    }
    if groups.len() == 1 && parens == 0 {
        return is_bare(digits).then_some(Form::Bare);
    }
    is_national_form(digits, groups, parens == 1).then_some(Form::National)
}

/// Whether digits in groups of these lengths are a number as some country writes it.
pub(super) fn is_national_form(digits: &str, groups: &[u8], area_in_brackets: bool) -> bool {
    !is_monotonous(digits) && is_national(digits, groups, area_in_brackets) && !looks_like_date(groups)
}

fn without_extension(text: &str) -> &str {
    // To look for seven marks takes longer than all the rest, and most numbers have none.
    if !text.bytes().any(|c| c == b',' || c.is_ascii_alphabetic() || c >= 0x80) {
        return text;
    }
    for mark in [" ext", " x", " доб", " Durchwahl", " poste", " ramal", ","] {
        if let Some((number, extension)) = text.split_once(mark)
            && extension.chars().any(|c| c.is_ascii_digit())
            && extension.chars().filter(|c| c.is_ascii_digit()).count() <= 6
            && extension.trim_start_matches(|c: char| !c.is_ascii_digit()).chars().all(|c| c.is_ascii_digit())
            && extension.len() <= 12
        {
            return number;
        }
    }
    text
}

/// Zeros or the same digit throughout: nobody's number.
fn is_monotonous(digits: &str) -> bool {
    let bytes = digits.as_bytes();
    let first = bytes.first();
    bytes.iter().skip(digits.len().saturating_sub(7)).all(|c| Some(c) == first) || bytes.iter().all(|c| *c == b'0')
}

/// `2024-01-15` and `15.01.2024`, also with a time of hours and minutes behind.
pub(super) fn looks_like_date(groups: &[u8]) -> bool {
    matches!(groups, [4, 2, 2, ..] | [2, 2, 4, ..] | [1, 2, 4, ..] | [2, 1, 4, ..] | [4, 1, 2, ..] | [4, 2, 1, ..])
}

/// Digits that a country writes in such groups.
fn is_national(digits: &str, groups: &[u8], area_in_brackets: bool) -> bool {
    let trunk = |digit: char| digits.strip_prefix(digit).unwrap_or_default();
    match digits.len() {
        // North America: (212) 555-0123, 212-555-0123, 1-212-555-0123
        10 if matches!(groups, [3, 3, 4]) => is_north_american(digits),
        11 if matches!(groups, [1, 3, 3, 4]) && digits.starts_with('1') => is_north_american(trunk('1')),
        // Russia, Kazakhstan: 8 (495) 123-45-67, 7 912 345 67 89
        11 if digits.starts_with(['7', '8']) => {
            matches!(
                groups,
                [1, 3, 3, 2, 2] | [1, 3, 3, 4] | [1, 3, 7] | [1, 4, 2, 2, 2] | [1, 4, 3, 3] | [4, 3, 2, 2] | [1, 5, 5]
            ) && matches!(digits.as_bytes().get(1), Some(b'3' | b'4' | b'7'..=b'9'))
        }
        10 if matches!(groups, [3, 3, 2, 2]) => {
            matches!(digits.as_bytes().first(), Some(b'3' | b'4' | b'7'..=b'9' | b'0'))
        }
        // France: 06 12 34 56 78
        10 if matches!(groups, [2, 2, 2, 2, 2]) => digits.starts_with('0') && !digits.starts_with("00"),
        // Brazil: (11) 91234-5678, 11 3123-4567
        10 | 11 if matches!(groups, [2, 4, 4] | [2, 5, 4] | [2, 8] | [2, 9]) && !digits.starts_with('0') => {
            digits.len() == 10 || digits.as_bytes().get(2) == Some(&b'9')
        }
        // Spain, Portugal: 612 34 56 78, 912 345 678
        9 if matches!(groups, [3, 2, 2, 2] | [3, 3, 3] | [2, 3, 4] | [2, 3, 2, 2]) => {
            matches!(digits.as_bytes().first(), Some(b'2' | b'6'..=b'9'))
        }
        // Germany, Austria, Britain, Italy, the Netherlands...: an area code with a trunk zero
        9..=13 if digits.starts_with('0') && !digits.starts_with("00") => {
            let area = groups.first().copied().unwrap_or_default();
            (2..=6).contains(&area) && groups.len() <= 5 && !matches!(groups, [3, 3, 3])
        }
        // 00 and the code of a country
        10..=17 if digits.starts_with("00") => is_international(&digits[2..]),
        // any other with the area in brackets
        8..=12 => area_in_brackets && groups.len() >= 2 && groups.iter().all(|length| *length <= 8),
        _ => false,
    }
}

/// Digits alone that may be a phone number.
fn is_bare(digits: &str) -> bool {
    let byte = |at: usize| digits.as_bytes().get(at).copied().unwrap_or_default();
    match digits.len() {
        9 => matches!(byte(0), b'6' | b'7' | b'9'),
        10 if byte(0) == b'0' => matches!(byte(1), b'1'..=b'9'),
        10 => is_north_american(digits) || byte(0) == b'9' || (byte(2) >= b'2' && byte(2) <= b'5' && byte(0) != b'0'),
        11 if byte(0) == b'1' && is_north_american(&digits[1..]) => true,
        11 => match byte(0) {
            b'7' | b'8' => matches!(byte(1), b'3' | b'4' | b'7'..=b'9'),
            b'0' => matches!(byte(1), b'1'..=b'9'),
            _ => byte(2) == b'9' || is_international(digits),
        },
        12..=13 if digits.starts_with("00") => is_international(&digits[2..]),
        12 => digits.starts_with('0') || is_international(digits),
        13 => digits.starts_with("55") && is_international(digits),
        14..=15 => digits.starts_with("00") && is_international(&digits[2..]),
        _ => false,
    }
}

/// Whether bare digits are a number that few other numbers look like: a mobile of Russia or of North America. For columns in
/// which all values are.
pub(super) fn is_strict_bare(digits: &str) -> bool {
    match digits.len() {
        10 => is_north_american(digits),
        11 => {
            digits.starts_with("79")
                || digits.starts_with("89")
                || (digits.starts_with('1') && is_north_american(&digits[1..]))
        }
        12 => ["380", "375", "491", "447", "336", "337", "346"].iter().any(|code| digits.starts_with(code)),
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_country_is_found_by_the_first_digits() {
        for number in 0..1000 {
            let digits = format!("{number:03}");
            let known = COUNTRIES.iter().find(|(code, ..)| digits.starts_with(code));
            assert_eq!(country(&digits), known, "{digits}");
        }
        assert_eq!(country("12"), None);
    }

    #[test]
    fn numbers_with_the_code_of_a_country_are_sure() {
        for text in [
            "+1 212 555 0123",
            "+7 (912) 345-67-89",
            "+49 30 123456",
            "+33 6 12 34 56 78",
            "+34 612 345 678",
            "+351 912 345 678",
            "+55 11 91234-5678",
            "+44 20 7946 0958",
            "+380501234567",
            "+86 138 1234 5678",
            "+12125550123 x12",
        ] {
            assert_eq!(phone(text), Some(Form::International), "{text}");
        }
        for text in ["+1 112 555 0123", "+0123456789", "+33 12", "+7", "+0300", "+1 2", "+100", "+999999999999"] {
            assert_eq!(phone(text), None, "{text}");
        }
    }

    #[test]
    fn the_numbers_that_masks_draw_are_known_in_every_country() {
        for country in crate::mask::realistic::country::COUNTRIES {
            for _ in 0..200 {
                let mut number = Vec::new();
                country.phones.write(&mut rand::rng(), &mut number);
                let number = String::from_utf8(number).unwrap();
                assert_eq!(phone(&number), Some(Form::International), "{}: {number}", country.code);
            }
        }
    }

    #[test]
    fn national_numbers_are_known_by_their_groups() {
        for text in [
            "(212) 555-0123",
            "212-555-0123",
            "212.555.0123",
            "1-212-555-0123",
            "8 (495) 123-45-67",
            "8-912-345-67-89",
            "06 12 34 56 78",
            "030 1234567",
            "0171/1234567",
            "089-123456-78",
            "612 34 56 78",
            "912 345 678",
            "(11) 91234-5678",
            "11 3123-4567",
            "020 7946 0958",
            "0049 30 123456",
        ] {
            assert_eq!(phone(text), Some(Form::National), "{text}");
        }
    }

    #[test]
    fn dates_orders_and_articles_are_not_phone_numbers() {
        for text in [
            "2024-01-15",
            "15.01.2024",
            "2024-01-15 10",
            "2024-000-1234",
            "100-2345-678",
            "1234-5678-9012",
            "12-34",
            "1.234.567",
            "000-000-0000",
            "978-3-16-148410-0",
            "12345",
            "1234567",
            "2024/11/000123",
            "10.10.2020 12",
        ] {
            assert!(!matches!(phone(text), Some(Form::International | Form::National)), "{text}: {:?}", phone(text));
        }
        assert_eq!(phone("2125550123"), Some(Form::Bare));
        assert_eq!(phone("1700000000"), None, "seconds since 1970");
        assert_eq!(phone("1700000000000"), None, "milliseconds since 1970");
    }
}
