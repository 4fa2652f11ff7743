//! Payment cards and bank accounts.

use super::checksum::{luhn, mod97, number};

/// Whether digits are the number of a payment card: the range of an issuer, its lengths, and Luhn's checksum.
/// Ranges as the networks publish them: Visa, Mastercard, American Express, Discover, JCB, Diners Club, UnionPay, Maestro, Mir.
pub(super) fn card(digits: &[u8]) -> bool {
    let Some(prefix) = digits.get(..4).map(number) else { return false };
    let lengths = match prefix {
        4000..=4999 => &[16, 13, 19][..],
        2200..=2204 => &[16, 17, 18, 19],
        2221..=2720 | 5100..=5599 => &[16],
        3400..=3499 | 3700..=3799 => &[15],
        3000..=3059 | 3600..=3699 | 3800..=3999 => &[14, 16, 19],
        3528..=3589 => &[16, 17, 18, 19],
        6011 | 6440..=6599 | 6200..=6299 => &[16, 17, 18, 19],
        5018 | 5020 | 5038 | 5893 | 6304 | 6759 | 6761..=6763 => &[12, 13, 14, 15, 16, 17, 18, 19],
        _ => return false,
    };
    lengths.contains(&digits.len()) && luhn(digits) && digits.iter().skip(4).any(|digit| *digit != 0)
}

/// Countries with the lengths of their numbers (SWIFT, IBAN registry, release 99).
const COUNTRIES: &[(&[u8; 2], u8)] = &[
    (b"AD", 24),
    (b"AE", 23),
    (b"AL", 28),
    (b"AT", 20),
    (b"AZ", 28),
    (b"BA", 20),
    (b"BE", 16),
    (b"BG", 22),
    (b"BH", 22),
    (b"BI", 27),
    (b"BR", 29),
    (b"BY", 28),
    (b"CH", 21),
    (b"CR", 22),
    (b"CY", 28),
    (b"CZ", 24),
    (b"DE", 22),
    (b"DJ", 27),
    (b"DK", 18),
    (b"DO", 28),
    (b"EE", 20),
    (b"EG", 29),
    (b"ES", 24),
    (b"FI", 18),
    (b"FK", 18),
    (b"FO", 18),
    (b"FR", 27),
    (b"GB", 22),
    (b"GE", 22),
    (b"GI", 23),
    (b"GL", 18),
    (b"GR", 27),
    (b"GT", 28),
    (b"HN", 28),
    (b"HR", 21),
    (b"HU", 28),
    (b"IE", 22),
    (b"IL", 23),
    (b"IQ", 23),
    (b"IS", 26),
    (b"IT", 27),
    (b"JO", 30),
    (b"KW", 30),
    (b"KZ", 20),
    (b"LB", 28),
    (b"LC", 32),
    (b"LI", 21),
    (b"LT", 20),
    (b"LU", 20),
    (b"LV", 21),
    (b"LY", 25),
    (b"MC", 27),
    (b"MD", 24),
    (b"ME", 22),
    (b"MK", 19),
    (b"MN", 20),
    (b"MR", 27),
    (b"MT", 31),
    (b"MU", 30),
    (b"NI", 28),
    (b"NL", 18),
    (b"NO", 15),
    (b"OM", 23),
    (b"PK", 24),
    (b"PL", 28),
    (b"PS", 29),
    (b"PT", 25),
    (b"QA", 29),
    (b"RO", 24),
    (b"RS", 22),
    (b"RU", 33),
    (b"SA", 24),
    (b"SC", 31),
    (b"SD", 18),
    (b"SE", 24),
    (b"SI", 19),
    (b"SK", 24),
    (b"SM", 27),
    (b"SO", 23),
    (b"ST", 25),
    (b"SV", 28),
    (b"TL", 23),
    (b"TN", 24),
    (b"TR", 26),
    (b"UA", 29),
    (b"VA", 22),
    (b"VG", 24),
    (b"XK", 20),
    (b"YE", 30),
];

/// The length of the international account numbers of a country.
pub(super) fn iban_length(country: [u8; 2]) -> Option<usize> {
    let country = country.map(|c| c.to_ascii_uppercase());
    COUNTRIES.binary_search_by(|(code, _)| (*code).cmp(&country)).ok().map(|at| usize::from(COUNTRIES[at].1))
}

/// Whether a text is an international account number: country, its length, and the checksum (ISO 13616). Single spaces between
/// characters are allowed.
pub(super) fn iban(text: &[u8]) -> bool {
    let mut packed = [0; 34];
    let mut length = 0;
    for &c in text.iter().filter(|c| **c != b' ') {
        let Some(place) = packed.get_mut(length) else { return false };
        *place = c;
        length += 1;
    }
    let packed = &packed[..length];
    let [a, b, c, d, rest @ ..] = packed else { return false };
    c.is_ascii_digit()
        && d.is_ascii_digit()
        && iban_length([*a, *b]) == Some(length)
        && mod97(rest.iter().chain(&[*a, *b, *c, *d]).copied()) == Some(1)
}

#[cfg(test)]
mod tests {
    use super::super::checksum::Digits;
    use super::*;

    fn is_card(text: &str) -> bool {
        card(Digits::of(text.as_bytes()).unwrap().as_slice())
    }

    #[test]
    fn test_numbers_of_the_networks_are_cards() {
        for number in [
            "4111111111111111",
            "5555555555554444",
            "378282246310005",
            "6011111111111117",
            "30569309025904",
            "3530111333300000",
            "2200000000000053",
            "2223003122003222",
            "6200000000000005",
        ] {
            assert!(is_card(number), "{number}");
        }
        for number in
            ["4111111111111112", "1234567812345670", "9111111111111111", "411111111111111", "4000000000000000"]
        {
            assert!(!is_card(number), "{number}");
        }
    }

    #[test]
    fn the_countries_are_in_order_for_the_search() {
        assert!(COUNTRIES.windows(2).all(|pair| pair[0].0 < pair[1].0));
    }

    #[test]
    fn account_numbers_of_the_registry_are_taken_with_spaces_and_without() {
        for number in [
            "GB82 WEST 1234 5698 7654 32",
            "DE89370400440532013000",
            "FR1420041010050500013M02606",
            "es9121000418450200051332",
            "RU0304452522540817810538091310419",
        ] {
            assert!(iban(number.as_bytes()), "{number}");
        }
        for number in ["GB82 WEST 1234 5698 7654 33", "DE8937040044053201300", "XX89370400440532013000", "GB", ""] {
            assert!(!iban(number.as_bytes()), "{number}");
        }
    }
}
