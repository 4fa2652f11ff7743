//! National ids, cards and bank accounts with the check digits that forms ask for, and the tests for them.

use rand::CryptoRng;

use super::{bban, pattern};
use crate::mask::random::{below, push_number};
use crate::mask::{MaskError, MaskErrorKind};

/// A kind of national id.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum IdKind {
    /// United States: social security number, `AAA-GG-SSSS`.
    Ssn,
    /// Russia: taxpayer number of a person, 12 digits.
    Inn,
    /// Russia: taxpayer number of an organisation, 10 digits.
    Inn10,
    /// Russia: number of the pension insurance, 11 digits.
    Snils,
    /// France: number of the social security, 15 digits.
    Nir,
    /// Spain: number of the identity document, 8 digits and a letter.
    Dni,
    /// Spain: number of a foreigner, X, Y or Z, 7 digits and a letter.
    Nie,
    /// Italy: tax code, 16 characters.
    CodiceFiscale,
    /// Brazil: taxpayer number of a person, 11 digits.
    Cpf,
    /// Brazil: taxpayer number of an organisation, 14 digits.
    Cnpj,
    /// The Netherlands: number of a citizen, 9 digits.
    Bsn,
    /// Poland: number of the population register, 11 digits.
    Pesel,
    /// Germany: tax number, 11 digits.
    SteuerId,
}

impl IdKind {
    /// All kinds.
    pub const ALL: [Self; 13] = [
        Self::Ssn,
        Self::Inn,
        Self::Inn10,
        Self::Snils,
        Self::Nir,
        Self::Dni,
        Self::Nie,
        Self::CodiceFiscale,
        Self::Cpf,
        Self::Cnpj,
        Self::Bsn,
        Self::Pesel,
        Self::SteuerId,
    ];

    /// The name, in lower case.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Ssn => "ssn",
            Self::Inn => "inn",
            Self::Inn10 => "inn10",
            Self::Snils => "snils",
            Self::Nir => "nir",
            Self::Dni => "dni",
            Self::Nie => "nie",
            Self::CodiceFiscale => "codice_fiscale",
            Self::Cpf => "cpf",
            Self::Cnpj => "cnpj",
            Self::Bsn => "bsn",
            Self::Pesel => "pesel",
            Self::SteuerId => "steuer_id",
        }
    }

    /// How many characters it has.
    pub const fn length(self) -> u64 {
        match self {
            Self::Dni | Self::Nie | Self::Bsn => 9,
            Self::Inn10 => 10,
            Self::Ssn | Self::Snils | Self::Cpf | Self::Pesel | Self::SteuerId => 11,
            Self::Inn => 12,
            Self::Cnpj => 14,
            Self::Nir => 15,
            Self::CodiceFiscale => 16,
        }
    }

    /// Of how many equally likely ids two would be equal as often as two that are drawn.
    pub const fn count(self) -> f64 {
        match self {
            Self::Ssn => 898.0 * 99.0 * 9999.0,
            Self::Inn => 9e9,
            Self::Inn10 | Self::Snils | Self::Cpf => 9e8,
            Self::Nir => 2.0 * 100.0 * 12.0 * 95.0 * 999.0 * 999.0,
            Self::Dni => 1e8,
            Self::Nie => 3e7,
            Self::CodiceFiscale => 7_529_536.0 * 100.0 * 12.0 * 56.0 * 10.0 * 999.0,
            Self::Cnpj => 9e7,
            // One of eleven has no check digit.
            Self::Bsn => 9e7 * 10.0 / 11.0,
            Self::Pesel => 100.0 * 336.0 * 1e4,
            // Eight places for the digit that comes twice, and 9! orders of the others behind each first digit. One of nine first
            // digits, 1, comes twice as often, because those with 0 become it: (8 + 2 * 2) / 10 / 10 of the pairs have the same.
            Self::SteuerId => 8.0 * 362_880.0 / 0.12,
        }
    }

    /// Reads a name, in upper or lower case.
    ///
    /// # Errors
    /// [`MaskErrorKind::InvalidParameter`] for another name.
    pub fn new(name: &str) -> Result<Self, MaskError> {
        Self::ALL.into_iter().find(|kind| kind.name().eq_ignore_ascii_case(name)).ok_or_else(|| {
            MaskError::new(
                MaskErrorKind::InvalidParameter,
                "unknown kind of national id",
                format!("Use one of {}.", Self::ALL.map(Self::name).join(", ")),
            )
        })
    }

    /// Appends a random id that is valid.
    pub fn write<R: CryptoRng + ?Sized>(self, rng: &mut R, out: &mut Vec<u8>) {
        let start = out.len();
        loop {
            match self {
                Self::Ssn => pattern::write("###-##-####", rng, out),
                Self::Inn => pattern::write("%#########", rng, out),
                Self::Inn10 | Self::Snils | Self::Cpf => pattern::write("%########", rng, out),
                Self::Dni => pattern::write("########", rng, out),
                Self::Nie => {
                    out.push(b"XYZ"[below(3, rng) as usize]);
                    pattern::write("#######", rng, out);
                }
                Self::Cnpj => pattern::write("%#######0001", rng, out),
                Self::Bsn => pattern::write("%#######", rng, out),
                Self::SteuerId => steuer_id(rng, out),
                Self::Pesel => {
                    push_number(below(100, rng), 2, out);
                    push_number(1 + below(12, rng), 2, out);
                    push_number(1 + below(28, rng), 2, out);
                    push_number(below(10_000, rng), 4, out);
                }
                Self::Nir => {
                    push_number(1 + below(2, rng), 1, out);
                    push_number(below(100, rng), 2, out);
                    push_number(1 + below(12, rng), 2, out);
                    push_number(1 + below(95, rng), 2, out);
                    push_number(1 + below(999, rng), 3, out);
                    push_number(1 + below(999, rng), 3, out);
                }
                Self::CodiceFiscale => {
                    // Consonants first, as real ones have them.
                    for _ in 0..6 {
                        out.push(b"BCDFGLMNPRSTVZ"[below(14, rng) as usize]);
                    }
                    push_number(below(100, rng), 2, out);
                    out.push(b"ABCDEHLMPRST"[below(12, rng) as usize]);
                    push_number(1 + below(28, rng) + 40 * below(2, rng), 2, out);
                    out.push(b"ABCDEFGHIL"[below(10, rng) as usize]);
                    push_number(1 + below(999, rng), 3, out);
                }
            }
            if self.complete(start, out) && self.is_valid(&out[start..]) {
                return;
            }
            out.truncate(start);
        }
    }

    /// Appends the check characters to what has been written from `start`; false when there are none for it.
    fn complete(self, start: usize, out: &mut Vec<u8>) -> bool {
        let check = |out: &[u8]| self.check(&out[start..]);
        match self {
            Self::Ssn | Self::SteuerId => return true,
            // Two check digits, the second over the first as well.
            Self::Inn | Self::Cpf | Self::Cnpj => {
                for _ in 0..2 {
                    match check(out) {
                        Some(digit) => out.push(digit),
                        None => return false,
                    }
                }
            }
            Self::Snils | Self::Nir => {
                let digits = &out[start..];
                let number = digits.iter().fold(0_u64, |n, d| n * 10 + u64::from(d - b'0'));
                let two = if self == Self::Nir { 97 - number % 97 } else { snils_check(digits) };
                push_number(two, 2, out);
            }
            _ => match check(out) {
                Some(character) => out.push(character),
                None => return false,
            },
        }
        true
    }

    /// The check character that follows what is given.
    fn check(self, given: &[u8]) -> Option<u8> {
        let weighted = |weights: &[u64]| given.iter().zip(weights).map(|(d, w)| u64::from(d - b'0') * w).sum::<u64>();
        let digit = |number: u64| b'0' + number as u8;
        Some(match self {
            Self::Inn if given.len() == 10 => digit(weighted(&[7, 2, 4, 10, 3, 5, 9, 4, 6, 8]) % 11 % 10),
            Self::Inn => digit(weighted(&[3, 7, 2, 4, 10, 3, 5, 9, 4, 6, 8]) % 11 % 10),
            Self::Inn10 => digit(weighted(&[2, 4, 10, 3, 5, 9, 4, 6, 8]) % 11 % 10),
            Self::Cpf if given.len() == 9 => digit(mod_11(weighted(&[10, 9, 8, 7, 6, 5, 4, 3, 2]))),
            Self::Cpf => digit(mod_11(weighted(&[11, 10, 9, 8, 7, 6, 5, 4, 3, 2]))),
            Self::Cnpj if given.len() == 12 => digit(mod_11(weighted(&[5, 4, 3, 2, 9, 8, 7, 6, 5, 4, 3, 2]))),
            Self::Cnpj => digit(mod_11(weighted(&[6, 5, 4, 3, 2, 9, 8, 7, 6, 5, 4, 3, 2]))),
            Self::Bsn => match weighted(&[9, 8, 7, 6, 5, 4, 3, 2]) % 11 {
                10 => return None,
                rest => digit(rest),
            },
            Self::Pesel => digit((10 - weighted(&[1, 3, 7, 9, 1, 3, 7, 9, 1, 3]) % 10) % 10),
            Self::Dni | Self::Nie => {
                let number = given.iter().fold(0_u64, |n, b| {
                    let digit = if b.is_ascii_digit() { b - b'0' } else { b - b'X' };
                    n * 10 + u64::from(digit)
                });
                b"TRWAGMYFPDXBNJZSQVHLCKE"[(number % 23) as usize]
            }
            Self::CodiceFiscale => italian_check(given),
            Self::Ssn | Self::Snils | Self::Nir | Self::SteuerId => return None,
        })
    }

    /// Whether a text is an id of this kind with the right check digits.
    pub fn is_valid(self, text: &[u8]) -> bool {
        if text.len() as u64 != self.length() {
            return false;
        }
        let digits = text.iter().all(u8::is_ascii_digit);
        let with_last = |checks: usize| {
            let mut made = text[..text.len() - checks].to_vec();
            self.complete(0, &mut made) && made == text
        };
        match self {
            Self::Ssn => {
                pattern::fits("###-##-####", text)
                    && !matches!(&text[..3], b"000" | b"666" | [b'9', ..])
                    && &text[4..6] != b"00"
                    && &text[7..] != b"0000"
            }
            Self::Inn => digits && with_last(2),
            // Numbers of one repeated digit have right check digits, and are refused everywhere.
            Self::Cpf | Self::Cnpj => digits && with_last(2) && text.iter().any(|d| *d != text[0]),
            Self::Snils => digits && with_last(2),
            Self::Nir => digits && with_last(2),
            Self::Inn10 | Self::Pesel => digits && with_last(1),
            Self::Bsn => digits && with_last(1),
            Self::Dni => text[..8].iter().all(u8::is_ascii_digit) && with_last(1),
            Self::Nie => matches!(text[0], b'X'..=b'Z') && text[1..8].iter().all(u8::is_ascii_digit) && with_last(1),
            Self::CodiceFiscale => pattern::fits("@@@@@@##@##@###@", text) && with_last(1),
            Self::SteuerId => {
                digits && text[0] != b'0' && iso_7064_mod_11_10(&text[..10]) == u64::from(text[10] - b'0')
            }
        }
    }
}

/// The letter of Italian tax codes and bank accounts over capital letters and digits (Decreto ministeriale 23 dicembre 1976, n. 13813).
pub(super) fn italian_check(given: &[u8]) -> u8 {
    // The places are counted from 1; those with an odd number have values of their own.
    const ODD: [u8; 26] =
        [1, 0, 5, 7, 9, 13, 15, 17, 19, 21, 2, 4, 18, 20, 11, 3, 6, 8, 12, 14, 16, 10, 22, 25, 24, 23];
    let values = given.iter().enumerate().map(|(place, byte)| {
        let value = if byte.is_ascii_digit() { byte - b'0' } else { byte.wrapping_sub(b'A') };
        u64::from(if place % 2 == 0 { ODD.get(usize::from(value)).copied().unwrap_or(0) } else { value })
    });
    b'A' + (values.sum::<u64>() % 26) as u8
}

/// 11 less the rest, and 0 where that has two digits.
fn mod_11(sum: u64) -> u64 {
    match sum % 11 {
        0 | 1 => 0,
        rest => 11 - rest,
    }
}

fn snils_check(digits: &[u8]) -> u64 {
    let sum: u64 = digits.iter().zip((1..=9).rev()).map(|(d, w)| u64::from(d - b'0') * w).sum();
    sum % 101 % 100
}

/// ISO 7064, MOD 11,10: the check digit of a German tax number.
fn iso_7064_mod_11_10(digits: &[u8]) -> u64 {
    let product = digits.iter().fold(10_u64, |product, digit| {
        let sum = (u64::from(digit - b'0') + product) % 10;
        2 * (if sum == 0 { 10 } else { sum }) % 11
    });
    (11 - product) % 10
}

/// A German tax number: among its first ten digits one comes twice and one is missing.
fn steuer_id<R: CryptoRng + ?Sized>(rng: &mut R, out: &mut Vec<u8>) {
    let mut digits = *b"0123456789";
    for last in (1..10).rev() {
        digits.swap(last, below(last as u64 + 1, rng) as usize);
    }
    // The first digit takes the place of another one, not of its neighbours, so that it never comes twice in a row.
    let place = 2 + below(8, rng) as usize;
    digits[place] = digits[0];
    if digits[0] == b'0' {
        // None begins with 0: all digits go up by one.
        for digit in &mut digits {
            *digit = b'0' + (*digit - b'0' + 1) % 10;
        }
    }
    let check = iso_7064_mod_11_10(&digits);
    out.extend_from_slice(&digits);
    push_number(check, 1, out);
}

/// A network of payment cards. Numbers begin as the networks' and processors' published test cards do.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Network {
    name: &'static str,
    prefix: &'static str,
    length: usize,
}

const NETWORKS: [Network; 6] = [
    Network { name: "visa", prefix: "400000", length: 16 },
    Network { name: "mastercard", prefix: "555555", length: 16 },
    Network { name: "amex", prefix: "378282", length: 15 },
    Network { name: "mir", prefix: "220000", length: 16 },
    Network { name: "discover", prefix: "601111", length: 16 },
    Network { name: "jcb", prefix: "353011", length: 16 },
];

impl Network {
    /// Reads a name, in upper or lower case.
    ///
    /// # Errors
    /// [`MaskErrorKind::InvalidParameter`] for another name.
    pub fn new(name: &str) -> Result<Self, MaskError> {
        NETWORKS.into_iter().find(|network| network.name.eq_ignore_ascii_case(name)).ok_or_else(|| {
            MaskError::new(
                MaskErrorKind::InvalidParameter,
                "unknown card network",
                format!("Use one of {}.", NETWORKS.map(|network| network.name).join(", ")),
            )
        })
    }

    /// How many digits a number has.
    pub fn length(self) -> u64 {
        self.length as u64
    }

    /// How many numbers are drawn.
    pub fn count(self) -> f64 {
        10_f64.powi((self.length - self.prefix.len() - 1) as i32)
    }

    /// Appends a random number with its check digit.
    pub fn write<R: CryptoRng + ?Sized>(self, rng: &mut R, out: &mut Vec<u8>) {
        let start = out.len();
        out.extend_from_slice(self.prefix.as_bytes());
        pattern::write(&"##########"[..self.length - self.prefix.len() - 1], rng, out);
        out.push(luhn_check(&out[start..]));
    }
}

/// The check digit that follows digits (ISO/IEC 7812-1, annex B).
pub fn luhn_check(digits: &[u8]) -> u8 {
    let sum: u32 = digits
        .iter()
        .rev()
        .enumerate()
        .map(|(place, digit)| {
            let digit = u32::from(digit - b'0');
            match place % 2 {
                0 => digit * 2 / 10 + digit * 2 % 10,
                _ => digit,
            }
        })
        .sum();
    b'0' + ((10 - sum % 10) % 10) as u8
}

/// Whether digits end with their check digit.
pub fn luhn_is_valid(digits: &[u8]) -> bool {
    match digits.split_last() {
        Some((check, digits)) if digits.iter().all(u8::is_ascii_digit) => luhn_check(digits) == *check,
        _ => false,
    }
}

/// Appends a random IBAN of a country with the pattern of its accounts, in which the places of national check digits are any.
pub fn write_iban<R: CryptoRng + ?Sized>(country: &str, account: &str, rng: &mut R, out: &mut Vec<u8>) {
    let start = out.len();
    loop {
        out.extend_from_slice(country.as_bytes());
        out.extend_from_slice(b"00");
        pattern::write(account, rng, out);
        // Of eleven numbers one has no check digit in some countries.
        if out.get_mut(start + 4..).is_some_and(|account| bban::complete(country, account)) {
            break;
        }
        out.truncate(start);
    }
    let check = 98 - iban_rest(&out[start..]).unwrap_or(0);
    out[start + 2] = b'0' + (check / 10) as u8;
    out[start + 3] = b'0' + (check % 10) as u8;
}

/// The rest of an IBAN's number by 97 (ISO 13616, with ISO 7064 MOD 97-10); None for a text that has no number.
fn iban_rest(text: &[u8]) -> Option<u32> {
    let (head, account) = text.split_at_checked(4)?;
    // The rest is taken only where the number grows long.
    let number = account.iter().chain(head).try_fold(0_u64, |number, byte| {
        let number = if number < 1 << 56 { number } else { number % 97 };
        Some(match byte {
            b'0'..=b'9' => number * 10 + u64::from(byte - b'0'),
            b'A'..=b'Z' => number * 100 + u64::from(byte - b'A') + 10,
            _ => return None,
        })
    })?;
    Some((number % 97) as u32)
}

/// Whether a text, without spaces, is an IBAN with the right check digits.
pub fn iban_is_valid(text: &[u8]) -> bool {
    (15..=34).contains(&text.len()) && iban_rest(text) == Some(1)
}

#[cfg(test)]
mod tests {
    use super::super::country::COUNTRIES;
    use super::*;

    #[test]
    fn known_ids_are_valid() {
        use IdKind::*;
        // Published examples of each kind.
        for (kind, id) in [
            (Ssn, "078-05-1120"),
            (Inn, "500100732259"),
            (Inn10, "7707083893"),
            (Snils, "11223344595"),
            (Nir, "255081416802538"),
            (Dni, "12345678Z"),
            (Nie, "X1234567L"),
            (CodiceFiscale, "RSSMRA85T10A562S"),
            (Cpf, "52998224725"),
            (Cnpj, "11222333000181"),
            (Bsn, "111222333"),
            (Pesel, "44051401359"),
            (SteuerId, "86095742719"),
        ] {
            assert!(kind.is_valid(id.as_bytes()), "{kind:?}");
            let mut wrong = id.as_bytes().to_vec();
            let last = wrong.len() - 1;
            wrong[last] = match wrong[last] {
                b'9' => b'0',
                b'Z' => b'A',
                other => other + 1,
            };
            assert!(kind == Ssn || !kind.is_valid(&wrong), "{kind:?}");
            assert!(!kind.is_valid(&wrong[1..]) && !kind.is_valid(b""), "{kind:?}");
        }
        assert!(!Ssn.is_valid(b"666-12-3456") && !Ssn.is_valid(b"912-12-3456") && !Ssn.is_valid(b"123-00-3456"));
        assert!(!Cpf.is_valid(b"11111111111"));
    }

    #[test]
    fn ids_that_are_drawn_are_valid() {
        for kind in IdKind::ALL {
            assert_eq!(IdKind::new(kind.name()), Ok(kind));
            for _ in 0..500 {
                let mut out = b"before".to_vec();
                kind.write(&mut rand::rng(), &mut out);
                assert!(kind.is_valid(&out[6..]), "{kind:?} {}", String::from_utf8_lossy(&out));
            }
        }
        assert!(IdKind::new("nothing").is_err());
    }

    #[test]
    fn cards_that_are_drawn_have_their_check_digit() {
        assert!(luhn_is_valid(b"4111111111111111") && !luhn_is_valid(b"4111111111111112") && !luhn_is_valid(b""));
        for network in NETWORKS {
            for _ in 0..500 {
                let mut out = Vec::new();
                Network::new(network.name).unwrap().write(&mut rand::rng(), &mut out);
                assert!(luhn_is_valid(&out) && out.len() as u64 == network.length());
            }
        }
        assert!(Network::new("diners").is_err());
    }

    #[test]
    fn bank_accounts_that_are_drawn_have_their_check_digits() {
        assert!(iban_is_valid(b"DE89370400440532013000") && iban_is_valid(b"GB82WEST12345698765432"));
        assert!(
            !iban_is_valid(b"DE89370400440532013001")
                && !iban_is_valid(b"DE")
                && !iban_is_valid("DÉ89370400440532013".as_bytes())
        );
        for country in COUNTRIES {
            let Some(account) = country.iban else { continue };
            for _ in 0..200 {
                let mut out = Vec::new();
                write_iban(country.code, account, &mut rand::rng(), &mut out);
                assert!(iban_is_valid(&out), "{}", country.code);
            }
        }
    }
}
