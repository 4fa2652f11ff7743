//! The check digits that some countries have within the number of a bank account, behind those of the IBAN.
//!
//! Where they are and how they are made: European Committee for Banking Standards, Register of European Account Numbers (TR 201), and
//! Oracle, Bank Account Validation by Country,
//! <https://docs.oracle.com/en/cloud/saas/financials/24c/faipp/bank-account-validation-by-country-hungary-to-norway.html>. Germany, the
//! United Kingdom, Ireland, Denmark and Sweden have others from bank to bank, so that a bank that does not exist has none; the bank
//! code of zeros of Poland ends with its check digit.

use super::ids::{italian_check, luhn_check, luhn_is_valid};

/// Puts the national check digits into what follows the first four characters of an IBAN, where the country has some; false: there
/// are none for this number.
pub(super) fn complete(country: &str, account: &mut [u8]) -> bool {
    done(country, account).is_some()
}

/// How many of the numbers of a country that a pattern has are completed, as a share.
pub(super) fn share(country: &str) -> f64 {
    match country {
        "CZ" | "NL" | "SK" => 10.0 / 11.0,
        // Counted: 91,031 of a million.
        "NO" => 0.091_031,
        _ => 1.0,
    }
}

fn done(country: &str, account: &mut [u8]) -> Option<()> {
    match country {
        // The number of bank and account by 97; 97 for 0.
        "BE" => {
            let rest = mod_97(account.get(..10)?);
            put(account, 10, if rest == 0 { 97 } else { rest })
        }
        // Código cuenta cliente: one digit over bank and branch, one over the account.
        "ES" => {
            let one = spanish(account.get(..8)?);
            let two = spanish(account.get(10..)?);
            put(account, 8, one * 10 + two)
        }
        // The six digits of the prefix and the ten of the account, each weighted, are divisible by 11 (Česká národní banka,
        // vyhláška č. 169/2011 Sb., příloha; Slovakia has kept it).
        "CZ" | "SK" => {
            put_digit(account, 9, eleven(weighted(account.get(4..9)?, &[10, 5, 8, 4, 2]))?)?;
            put_digit(account, 19, eleven(weighted(account.get(10..19)?, &[6, 3, 7, 9, 10, 5, 8, 4, 2]))?)
        }
        // 7, 3, 1 from the right, without the bank.
        "EE" => {
            let digits = account.get(2..15)?.iter().rev();
            let sum: u64 = digits.zip([7, 3, 1].iter().cycle()).map(|(digit, weight)| value(*digit) * weight).sum();
            put_digit(account, 15, (10 - sum % 10) % 10)
        }
        "FI" => put_digit(account, 13, value(luhn_check(account.get(..13)?))),
        // Clé RIB: the whole number is divisible by 97.
        "FR" => put(account, 21, 97 - mod_97(account.get(..21)?) * 100 % 97),
        // 9, 7, 3, 1: one digit for bank and branch, one for the account (Magyar Nemzeti Bank, decree 35/2017. (XII. 14.)).
        "HU" => {
            put_digit(account, 7, hungarian(account.get(..7)?))?;
            put_digit(account, 23, hungarian(account.get(8..23)?))
        }
        // CIN: a letter, made like that of the tax code.
        "IT" => {
            let letter = italian_check(account.get(1..)?);
            *account.first_mut()? = letter;
            Some(())
        }
        // Elfproef, over ten digits.
        "NL" => put_digit(account, 13, eleven(weighted(account.get(4..13)?, &[10, 9, 8, 7, 6, 5, 4, 3, 2]))?),
        // Behind zeros in the place of a bank stand accounts of the postal bank of old, of seven digits with a check digit by Luhn
        // (python-stdnum, stdnum.no.kontonr). Both are right with some other digits before them.
        "NO" if account.starts_with(b"0000") => {
            norwegian(account)?;
            // One of eleven is: another one is drawn until it is, so that each comes as often as the others.
            luhn_is_valid(account.get(4..)?).then_some(())
        }
        "NO" => norwegian(account),
        // NIB of Portugal and the account number of Serbia: ISO 7064, MOD 97-10.
        "PT" => put(account, 19, 98 - mod_97(account.get(..19)?) * 100 % 97),
        "RS" => put(account, 16, 98 - mod_97(account.get(..16)?) * 100 % 97),
        _ => Some(()),
    }
}

fn value(digit: u8) -> u64 {
    u64::from(digit.wrapping_sub(b'0'))
}

fn mod_97(digits: &[u8]) -> u64 {
    digits.iter().fold(0, |rest, digit| (rest * 10 + value(*digit)) % 97)
}

fn weighted(digits: &[u8], weights: &[u64]) -> u64 {
    digits.iter().zip(weights).map(|(digit, weight)| value(*digit) * weight).sum()
}

/// What a sum lacks to be divisible by 11; None for 10, which is no digit.
fn eleven(sum: u64) -> Option<u64> {
    Some((11 - sum % 11) % 11).filter(|check| *check < 10)
}

fn spanish(digits: &[u8]) -> u64 {
    const WEIGHTS: [u64; 10] = [1, 2, 4, 8, 5, 10, 9, 7, 3, 6];
    // Bank and branch have eight digits, as if two zeros stood before them.
    let weights = WEIGHTS.get(WEIGHTS.len().saturating_sub(digits.len())..).unwrap_or_default();
    match 11 - weighted(digits, weights) % 11 {
        10 => 1,
        11 => 0,
        digit => digit,
    }
}

fn norwegian(account: &mut [u8]) -> Option<()> {
    put_digit(account, 10, eleven(weighted(account.get(..10)?, &[5, 4, 3, 2, 7, 6, 5, 4, 3, 2]))?)
}

fn hungarian(digits: &[u8]) -> u64 {
    let sum: u64 = digits.iter().zip([9, 7, 3, 1].iter().cycle()).map(|(digit, weight)| value(*digit) * weight).sum();
    (10 - sum % 10) % 10
}

fn put_digit(account: &mut [u8], place: usize, digit: u64) -> Option<()> {
    *account.get_mut(place)? = b'0' + (digit % 10) as u8;
    Some(())
}

fn put(account: &mut [u8], place: usize, two_digits: u64) -> Option<()> {
    put_digit(account, place, two_digits / 10)?;
    put_digit(account, place + 1, two_digits)
}

#[cfg(test)]
mod tests {
    use super::super::country::COUNTRIES;
    use super::super::ids::{iban_is_valid, write_iban};
    use super::*;

    /// Belgian, Spanish and Norwegian accounts passed the check of the IBAN and failed that of the country.
    #[test]
    fn accounts_of_published_examples_have_the_national_check_digits_that_are_computed() {
        // ISO 13616 registry, and the banks' own examples; with the places of the national check digits.
        for (iban, places) in [
            ("BE68539007547034", 14..16),
            ("CZ6508000000192000145399", 23..24),
            ("CZ9455000000001011038930", 23..24),
            ("EE382200221020145685", 19..20),
            ("ES9121000418450200051332", 12..14),
            ("FI2112345600000785", 17..18),
            ("FR7630006000011234567890189", 25..27),
            ("HU42117730161111101800000000", 11..12),
            ("HU42117730161111101800000000", 27..28),
            ("IT60X0542811101000000123456", 4..5),
            ("NL91ABNA0417164300", 17..18),
            ("NO9386011117947", 14..15),
            ("PT50000201231234567890154", 23..25),
            ("RS35260005601001611379", 20..22),
            ("SK3112000000198742637541", 23..24),
        ] {
            let mut account = iban.as_bytes().to_vec();
            account[places].fill(b'0');
            assert!(complete(&iban[..2], &mut account[4..]), "{iban}");
            assert_eq!(String::from_utf8(account).unwrap(), iban);
        }
    }

    #[test]
    fn accounts_that_are_drawn_keep_their_national_check_digits() {
        for country in COUNTRIES {
            let Some(pattern) = country.iban else { continue };
            for _ in 0..200 {
                let mut iban = Vec::new();
                write_iban(country.code, pattern, &mut rand::rng(), &mut iban);
                assert!(iban_is_valid(&iban));
                let mut again = iban.clone();
                assert!(complete(country.code, &mut again[4..]) && again == iban, "{}", country.code);
            }
        }
    }

    #[test]
    fn of_the_numbers_of_a_pattern_the_share_is_completed() {
        let stays = |number: &u32| {
            let drawn = format!("0000{number:06}");
            let mut account = format!("{drawn}0").into_bytes();
            complete("NO", &mut account) && account.starts_with(drawn.as_bytes())
        };
        // A twentieth of a million.
        let norwegian = (0..1_000_000).step_by(20).filter(stays).count();
        assert!((norwegian as f64 * 20.0 / 1e6 - share("NO")).abs() < 0.005, "{norwegian}");
        let dutch = (0..11_000).filter(|number| complete("NL", &mut format!("TEST{number:09}0").into_bytes())).count();
        assert_eq!(dutch as f64, share("NL") * 11_000.0);
    }

    #[test]
    fn an_account_without_a_check_digit_is_told_and_one_that_is_too_short_too() {
        let without = |texts: &dyn Fn(u32) -> String| {
            (0..1_000).filter(|number| !complete("NO", &mut texts(*number).into_bytes())).count()
        };
        // Of eleven sums one lacks 10 to be divisible by 11.
        assert!((60..120).contains(&without(&|number| format!("8601000{number:03}0"))));
        assert!((850..960).contains(&without(&|number| format!("000000{number:03}00"))));
        assert!(!complete("NO", &mut []) && !complete("BE", &mut [b'1'; 3]) && complete("DE", &mut []));
    }
}
