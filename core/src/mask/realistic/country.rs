//! What depends on a country: telephone numbers, postal codes, bank accounts.

use crate::mask::{MaskError, MaskErrorKind};

/// A country's patterns, in the notation of [`super::pattern`].
#[derive(Debug, PartialEq)]
pub struct Country {
    /// ISO 3166-1 alpha-2.
    pub code: &'static str,
    /// Telephone numbers in the form of E.164. Those of `US` and `CA` are in an area code that nobody has (555); elsewhere no
    /// range is free, so that a number may be somebody's.
    pub phones: &'static [&'static str],
    /// Postal codes; the first characters are kept to what the country uses.
    pub postcodes: &'static [&'static str],
    /// What follows the country and the check digits of an IBAN (ISO 13616 registry). The bank is none: its code is zeros or
    /// `TEST`, so that no account is anybody's. National check digits within the account are not computed.
    pub iban: Option<&'static str>,
}

macro_rules! country {
    ($code:literal, $phones:expr, $postcodes:expr, $iban:expr) => {
        Country { code: $code, phones: &$phones, postcodes: &$postcodes, iban: $iban }
    };
}

/// The countries.
#[rustfmt::skip]
pub static COUNTRIES: &[Country] = &[
    country!("AE", ["+97150%######", "+97155%######"], ["#####"], Some("000################")),
    country!("AR", ["+54911%#######", "+549351%######"], ["%###"], None),
    country!("AT", ["+43660%######", "+43676%######", "+431%######"], ["%###"], Some("00000###########")),
    country!("AU", ["+614########", "+612%#######"], ["2###", "3###", "4###", "5###", "6###", "7###"], None),
    country!("BE", ["+3247#######", "+322%######"], ["%###"], Some("000#########")),
    country!("BG", ["+35988%######", "+35987%######"], ["%###"], Some("TEST##############")),
    country!("BR", ["+55119%#######", "+55219%#######"], ["0%###-###", "%####-###"], Some("00000000###############C1")),
    country!("BY", ["+37529%######", "+37533%######"], ["2#####"], Some("TEST####################")),
    country!("CA", ["+1555^######"], ["K%~ %~%", "M%~ %~%", "H%~ %~%", "V%~ %~%", "T%~ %~%"], None),
    country!("CH", ["+4176%######", "+4179%######", "+4144%######"], ["%###"], Some("00000############")),
    country!("CL", ["+569%#######", "+562%#######"], ["%######"], None),
    country!("CN", ["+86138########", "+86139########", "+86150########"], ["%#####"], None),
    country!("CZ", ["+420602######", "+420777######", "+4202%#######"], ["%## ##"], Some("0000################")),
    country!("DE", ["+4915%########", "+4916%#######", "+4930%#######"], ["0%###", "%####"], Some("00000000##########")),
    country!("DK", ["+452#######", "+453#######"], ["%###"], Some("0000##########")),
    country!("EE", ["+3725%######"], ["%####"], Some("0000000#########")),
    country!("ES", ["+346########", "+3491%######"], ["0%###", "1####", "2####", "3####", "4####"], Some("00000000############")),
    country!("FI", ["+35840%######", "+35850%######"], ["0%###", "%####"], Some("000000########")),
    country!("FR", ["+336########", "+337########", "+331########"], ["0%###", "1####", "2####", "3####", "4####", "5####", "6####", "7####", "8####"], Some("0000000000#############")),
    country!("GB", ["+447#########", "+4420%#######"], ["SW%# %AA", "M% %BD", "B%# %QT", "LS%# %HG", "NE%# %PL"], Some("TEST000000########")),
    country!("GR", ["+30694#######", "+30697#######"], ["%## ##"], Some("0000000################")),
    country!("HU", ["+3620%######", "+3630%######"], ["%###"], Some("0000000#################")),
    country!("IE", ["+35385%######", "+35387%######"], ["D%# @%##", "T%# @%##"], Some("TEST000000########")),
    country!("IL", ["+97250%######", "+97254%######"], ["%######"], Some("000################")),
    country!("IN", ["+919#########", "+918#########"], ["%#####"], None),
    country!("IT", ["+393%#########", "+3906%#######"], ["0%###", "%####"], Some("X0000000000############")),
    country!("JP", ["+8190%#######", "+8180%#######", "+8170%#######"], ["%##-####"], None),
    country!("KR", ["+8210%#######"], ["0%###", "%####"], None),
    country!("KZ", ["+7701%######", "+7777%######"], ["0#####"], Some("000#############")),
    country!("LT", ["+3706#######"], ["LT-%####"], Some("00000###########")),
    country!("LV", ["+3712#######"], ["LV-%###"], Some("TEST#############")),
    country!("MX", ["+5255%#######", "+5233%#######"], ["0%###", "%####"], None),
    country!("NL", ["+316%#######", "+3120%######"], ["%### @@"], Some("TEST##########")),
    country!("NO", ["+474#######", "+479#######"], ["0%##", "%###"], Some("0000#######")),
    country!("NZ", ["+6421%######", "+6427%######"], ["0%##", "%###"], None),
    country!("PL", ["+485########", "+486########"], ["0#-%##", "%#-###"], Some("00000000################")),
    country!("PT", ["+3519########", "+35121%######"], ["%###-###"], Some("00000000#############")),
    country!("RO", ["+407########"], ["%#####"], Some("TEST################")),
    country!("RS", ["+38163%######", "+38164%######"], ["%####"], Some("000###############")),
    country!("RU", ["+79%########", "+7495%######", "+7812%######"], ["1#####", "3#####", "4#####", "6#####"], Some("000000000####################")),
    country!("SE", ["+4670%######", "+4673%######"], ["%## ##"], Some("000#################")),
    country!("SG", ["+658#######", "+659#######"], ["%#####"], None),
    country!("SK", ["+421902######", "+421915######"], ["0## ##", "8## ##", "9## ##"], Some("0000################")),
    country!("TR", ["+90532#######", "+90542#######", "+90212#######"], ["0%###", "%####"], Some("000000################")),
    country!("UA", ["+38050%######", "+38067%######"], ["0%###", "%####"], Some("000000###################")),
    country!("US", ["+1555^######"], ["0%###", "%####"], None),
    country!("ZA", ["+2782%######", "+2783%######"], ["%###"], None),
];

/// The country with a code of ISO 3166-1, in upper or lower case.
///
/// # Errors
/// [`MaskErrorKind::InvalidParameter`] when nothing is known of it.
pub fn country(code: &str) -> Result<&'static Country, MaskError> {
    COUNTRIES.iter().find(|country| country.code.eq_ignore_ascii_case(code)).ok_or_else(|| {
        let codes: Vec<&str> = COUNTRIES.iter().map(|country| country.code).collect();
        MaskError::new(
            MaskErrorKind::InvalidParameter,
            "nothing is known of this country",
            format!("Give a code of two letters, one of {}.", codes.join(", ")),
        )
    })
}

/// The same, for bank accounts.
///
/// # Errors
/// Those of [`country`], and the same where the country has no IBAN.
pub fn country_with_iban(code: &str) -> Result<(&'static str, &'static str), MaskError> {
    let found = country(code)?;
    found.iban.map(|iban| (found.code, iban)).ok_or_else(|| {
        let codes: Vec<&str> = COUNTRIES.iter().filter(|c| c.iban.is_some()).map(|c| c.code).collect();
        MaskError::new(
            MaskErrorKind::InvalidParameter,
            format!("bank accounts in {} have no IBAN", found.code),
            format!("Give one of {}.", codes.join(", ")),
        )
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The lengths of the ISO 13616 registry.
    #[test]
    fn every_iban_has_the_length_of_its_country() {
        for (code, length) in [
            ("AE", 23),
            ("AT", 20),
            ("BE", 16),
            ("BG", 22),
            ("BR", 29),
            ("BY", 28),
            ("CH", 21),
            ("CZ", 24),
            ("DE", 22),
            ("DK", 18),
            ("EE", 20),
            ("ES", 24),
            ("FI", 18),
            ("FR", 27),
            ("GB", 22),
            ("GR", 27),
            ("HU", 28),
            ("IE", 22),
            ("IL", 23),
            ("IT", 27),
            ("KZ", 20),
            ("LT", 20),
            ("LV", 21),
            ("NL", 18),
            ("NO", 15),
            ("PL", 28),
            ("PT", 25),
            ("RO", 24),
            ("RS", 22),
            ("RU", 33),
            ("SE", 24),
            ("SK", 24),
            ("TR", 26),
            ("UA", 29),
        ] {
            let (_, iban) = country_with_iban(code).unwrap();
            assert_eq!(iban.len() + 4, length, "{code}");
        }
        assert!(COUNTRIES.iter().filter(|c| c.iban.is_some()).count() == 34);
        assert!(country_with_iban("US").is_err());
    }

    #[test]
    fn a_telephone_number_is_one_of_e164() {
        for country in COUNTRIES {
            assert!(!country.phones.is_empty() && !country.postcodes.is_empty(), "{}", country.code);
            for phone in country.phones {
                assert!(phone.starts_with('+') && (9..=16).contains(&phone.len()), "{phone}");
            }
        }
    }

    #[test]
    fn an_unknown_country_is_an_error() {
        assert_eq!(country("de").unwrap().code, "DE");
        assert!(country("XX").is_err());
        assert!(country("").is_err());
    }
}
