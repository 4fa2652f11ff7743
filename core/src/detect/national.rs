//! National identity, tax and insurance numbers, by their published rules. Digits are values, not characters.

use super::checksum::{all_same, number, weighted};

/// Social security number of the United States, by the rules of the Social Security Administration: no area 000, 666 or
/// above 899, no group 00, no serial number 0000.
pub(super) fn us_ssn(digits: &[u8]) -> bool {
    let [a, b, c, d, e, f, g, h, i] = *digits else { return false };
    let area = number(&[a, b, c]);
    area != 0 && area != 666 && area < 900 && (d, e) != (0, 0) && (f, g, h, i) != (0, 0, 0, 0) && !all_same(digits)
}

/// Taxpayer number of Russia: ten digits for a company, twelve for a person (order of the Federal Tax Service, with one
/// and two check digits). The first two are the region, the next two the office.
pub(super) fn ru_inn(digits: &[u8]) -> bool {
    const COMPANY: [u32; 9] = [2, 4, 10, 3, 5, 9, 4, 6, 8];
    const PERSON: [u32; 10] = [7, 2, 4, 10, 3, 5, 9, 4, 6, 8];
    const PERSON_2: [u32; 11] = [3, 7, 2, 4, 10, 3, 5, 9, 4, 6, 8];
    let check = |weights: &[u32]| weighted(digits, weights) % 11 % 10;
    let is_check = |at: usize, weights: &[u32]| digits.get(at).is_some_and(|&digit| u32::from(digit) == check(weights));
    let region = digits.get(..2).map_or(0, number);
    region != 0
        && match digits.len() {
            10 => is_check(9, &COMPANY),
            12 => is_check(10, &PERSON) && is_check(11, &PERSON_2),
            _ => false,
        }
}

/// Insurance number of Russia: nine digits and a checksum of two, for numbers above 001-001-998 (Pension Fund).
pub(super) fn ru_snils(digits: &[u8]) -> bool {
    const WEIGHTS: [u32; 9] = [9, 8, 7, 6, 5, 4, 3, 2, 1];
    let (Some(body), Some(check)) = (digits.get(..9), digits.get(9..)) else { return false };
    if check.len() != 2 || number(body) <= 1_001_998 {
        return false;
    }
    let sum = weighted(body, &WEIGHTS) % 101 % 100;
    number(check) == u64::from(sum)
}

/// Social security number of France: sex, year, month, department (2A and 2B in Corsica), commune, order, and a key of two
/// digits, 97 less the remainder by 97 (INSEE). `text` has no separators.
pub(super) fn fr_nir(text: &[u8]) -> bool {
    if text.len() != 15 || !matches!(text.first(), Some(b'1'..=b'4' | b'7' | b'8')) {
        return false;
    }
    let mut value = 0u64;
    let mut key = 0u64;
    for (i, &c) in text.iter().enumerate() {
        let digit = match c {
            b'0'..=b'9' => u64::from(c - b'0'),
            // The letters count as 0, and 2A is then 2,000,000 less than 20, 2B than 19.
            b'A' | b'B' | b'a' | b'b' if i == 6 && text.get(5) == Some(&b'2') => 0,
            _ => return false,
        };
        if i < 13 {
            value = value * 10 + digit;
        } else {
            key = key * 10 + digit;
        }
    }
    let offset = match text.get(6) {
        Some(b'A' | b'a') => 1_000_000,
        Some(b'B' | b'b') => 2_000_000,
        _ => 0,
    };
    let month = text.get(3..5).map_or(0, |m| u32::from(m[0] & 15) * 10 + u32::from(m[1] & 15));
    let is_month = matches!(month, 1..=12 | 20..=42 | 50..=99);
    is_month && (1..=97).contains(&key) && key == 97 - (value - offset) % 97
}

/// Identity number of Spain: eight digits and a letter (DNI), or X, Y, Z, seven digits and a letter (NIE). The letter is the
/// remainder by 23 (Ministry of the Interior). `text` has no separators.
pub(super) fn es_dni(text: &[u8]) -> bool {
    const LETTERS: &[u8; 23] = b"TRWAGMYFPDXBNJZSQVHLCKE";
    let [first, rest @ .., letter] = text else { return false };
    if rest.len() != 7 || !rest.iter().all(u8::is_ascii_digit) {
        return false;
    }
    let first = match first.to_ascii_uppercase() {
        c @ b'0'..=b'9' => u32::from(c - b'0'),
        c @ b'X'..=b'Z' => u32::from(c - b'X'),
        _ => return false,
    };
    let value = rest.iter().fold(first, |value, &c| value * 10 + u32::from(c - b'0'));
    value != 0 && LETTERS.get((value % 23) as usize) == Some(&letter.to_ascii_uppercase())
}

/// Tax code of Italy: sixteen characters, the last a checksum over the others (decree of 12 March 1974). Digits may be
/// replaced by letters where two people would have the same code.
pub(super) fn it_codice_fiscale(text: &[u8]) -> bool {
    /// What a character at an odd place counts, of 0-9 and then A-Z; digits count as the letters A to J.
    const ODD: [u32; 26] =
        [1, 0, 5, 7, 9, 13, 15, 17, 19, 21, 2, 4, 18, 20, 11, 3, 6, 8, 12, 14, 16, 10, 22, 25, 24, 23];
    const IS_DIGIT: [bool; 15] =
        [false, false, false, false, false, false, true, true, false, true, true, false, true, true, true];
    if text.len() != 16 {
        return false;
    }
    let mut sum = 0;
    for (i, c) in text.iter().map(u8::to_ascii_uppercase).enumerate() {
        let value = match c {
            b'A'..=b'Z' => u32::from(c - b'A'),
            b'0'..=b'9' => u32::from(c - b'0'),
            _ => return false,
        };
        let Some(&digit) = IS_DIGIT.get(i) else { return c.is_ascii_uppercase() && value == sum % 26 };
        let fits = match (digit, c) {
            (false, b'A'..=b'Z') | (true, b'0'..=b'9') => true,
            // the letters that stand for digits 0 to 9
            (true, b'L'..=b'N' | b'P'..=b'V') => true,
            _ => false,
        };
        // the letters of the months
        if !fits || (i == 8 && !matches!(c, b'A'..=b'E' | b'H' | b'L' | b'M' | b'P' | b'R'..=b'T')) {
            return false;
        }
        sum += if i % 2 == 0 { ODD.get(value as usize).copied().unwrap_or_default() } else { value };
    }
    false
}

fn brazil_digit(digits: &[u8], weights: &[u32]) -> u8 {
    match weighted(digits, weights) % 11 {
        0 | 1 => 0,
        remainder => (11 - remainder) as u8,
    }
}

/// Taxpayer number of a person in Brazil: eleven digits, the last two are checksums (Receita Federal).
pub(super) fn br_cpf(digits: &[u8]) -> bool {
    const WEIGHTS: [u32; 10] = [11, 10, 9, 8, 7, 6, 5, 4, 3, 2];
    digits.len() == 11
        && !all_same(digits)
        && digits.get(9) == Some(&brazil_digit(&digits[..9], &WEIGHTS[1..]))
        && digits.get(10) == Some(&brazil_digit(&digits[..10], &WEIGHTS))
}

/// Taxpayer number of a company in Brazil: fourteen digits, the last two are checksums (Receita Federal).
pub(super) fn br_cnpj(digits: &[u8]) -> bool {
    const WEIGHTS: [u32; 13] = [6, 5, 4, 3, 2, 9, 8, 7, 6, 5, 4, 3, 2];
    digits.len() == 14
        && !all_same(digits)
        && digits.get(12) == Some(&brazil_digit(&digits[..12], &WEIGHTS[1..]))
        && digits.get(13) == Some(&brazil_digit(&digits[..13], &WEIGHTS))
}

#[cfg(test)]
mod tests {
    use super::super::checksum::Digits;
    use super::*;

    fn with(check: fn(&[u8]) -> bool, text: &str) -> bool {
        check(Digits::of(text.as_bytes()).unwrap().as_slice())
    }

    #[test]
    fn published_numbers_are_taken_and_wrong_ones_refused() {
        assert!(with(us_ssn, "123-45-6789"));
        for wrong in ["000-45-6789", "666-45-6789", "900-45-6789", "123-00-6789", "123-45-0000", "12345678"] {
            assert!(!with(us_ssn, wrong), "{wrong}");
        }
        assert!(with(ru_inn, "7707083893") && with(ru_inn, "500100732259"));
        assert!(!with(ru_inn, "7707083894") && !with(ru_inn, "500100732258") && !with(ru_inn, "0000000000"));
        assert!(with(ru_snils, "112-233-445 95") && with(ru_snils, "087-654-303 00"));
        assert!(!with(ru_snils, "112-233-445 96") && !with(ru_snils, "000-000-000 00"));
        assert!(with(br_cpf, "529.982.247-25") && !with(br_cpf, "529.982.247-26") && !with(br_cpf, "111.111.111-11"));
        assert!(with(br_cnpj, "11.222.333/0001-81") && !with(br_cnpj, "11.222.333/0001-82"));
    }

    #[test]
    fn codes_with_letters_are_checked_whatever_their_case() {
        assert!(fr_nir(b"255081416802538") && !fr_nir(b"255081416802539") && !fr_nir(b"955081416802538"));
        assert!(es_dni(b"12345678Z") && es_dni(b"x1234567l") && !es_dni(b"12345678A") && !es_dni(b"1234567Z"));
        assert!(it_codice_fiscale(b"RSSMRA85T10A562S") && it_codice_fiscale(b"rssmra85t10a562s"));
        assert!(!it_codice_fiscale(b"RSSMRA85T10A562T") && !it_codice_fiscale(b"RSSMRA85Z10A562S"));
    }

    #[test]
    fn corsican_departments_count_as_the_rules_say() {
        // 2A: the number with 0 in place of the letter, less 1,000,000
        let body = 1_840_620_004_001_u64 - 1_000_000;
        let key = 97 - body % 97;
        assert!(fr_nir(format!("184062A004001{key:02}").as_bytes()));
        assert!(!fr_nir(format!("184062A004001{:02}", (key + 1) % 97).as_bytes()));
    }
}
