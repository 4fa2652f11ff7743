//! What depends on a country: telephone numbers, postal codes, bank accounts.

use super::pattern::{Patterns, running_counts};
use crate::mask::{MaskError, MaskErrorKind};

/// A country's patterns, in the notation of [`super::pattern`].
#[derive(Debug, PartialEq)]
pub struct Country {
    /// ISO 3166-1 alpha-2.
    pub code: &'static str,
    /// Telephone numbers in the form of E.164 that the country's numbering plan has. Those of `AU`, `CA`, `DE`, `FR`, `GB`, `SE` and
    /// `US` are of ranges that the regulator keeps free for films and examples, so that they are nobody's. Elsewhere a number may
    /// be somebody's: no other of these countries keeps a range that forms take (the Irish one, 020 91x xxxx, is refused by
    /// libphonenumber).
    pub phones: Patterns,
    /// Postal codes; the first characters are kept to what the country uses.
    pub postcodes: Patterns,
    /// What follows the country and the check digits of an IBAN (ISO 13616 registry). The bank is none: its code is zeros or
    /// `TEST`, so that no account is anybody's. National check digits, which the account is completed with (`bban::complete`),
    /// are zeros here, or X for a letter.
    pub iban: Option<&'static str>,
}

macro_rules! country {
    ($code:literal, $phones:expr, $postcodes:expr, $iban:expr) => {
        Country {
            code: $code,
            phones: Patterns { texts: &$phones, up_to: &running_counts(&$phones) },
            postcodes: Patterns { texts: &$postcodes, up_to: &running_counts(&$postcodes) },
            iban: $iban,
        }
    };
}

/// The numbers 555-0100 to 555-0199 of area codes, which the administrator of the North American Numbering Plan keeps for films and
/// advertising since 1994: <https://en.wikipedia.org/wiki/555_(telephone_number)>.
macro_rules! north_american {
    ($($area:literal),*) => { [$(concat!("+1", $area, "55501##")),*] };
}

/// Area codes of the United States in service: NANPA, <https://nanpa.com/area-codes>. Those that were opened after 2019 are left
/// out, because forms with an older list take them for wrong.
#[rustfmt::skip]
const US_PHONES: [&str; 320] = north_american![
    201, 202, 203, 205, 206, 207, 208, 209, 210, 212, 213, 214, 215, 216, 217, 218, 219, 220, 223, 224, 225, 228, 229,
    231, 234, 239, 240, 248, 251, 252, 253, 254, 256, 260, 262, 267, 269, 270, 272, 276, 279, 281, 283, 301, 302, 303,
    304, 305, 307, 308, 309, 310, 312, 313, 314, 315, 316, 317, 318, 319, 320, 321, 323, 325, 330, 331, 332, 334, 336,
    337, 339, 346, 347, 351, 352, 360, 361, 364, 380, 385, 386, 401, 402, 404, 405, 406, 407, 408, 409, 410, 412, 413,
    414, 415, 417, 419, 423, 424, 425, 430, 432, 434, 435, 440, 442, 443, 445, 458, 463, 469, 470, 475, 478, 479, 480,
    484, 501, 502, 503, 504, 505, 507, 508, 509, 510, 512, 513, 515, 516, 517, 518, 520, 530, 531, 534, 539, 540, 541,
    551, 559, 561, 562, 563, 564, 567, 570, 571, 573, 574, 575, 580, 585, 586, 601, 602, 603, 605, 606, 607, 608, 609,
    610, 612, 614, 615, 616, 617, 618, 619, 620, 623, 626, 628, 629, 630, 631, 636, 640, 641, 646, 650, 651, 657, 660,
    661, 662, 667, 669, 678, 680, 681, 682, 701, 702, 703, 704, 706, 707, 708, 712, 713, 714, 715, 716, 717, 718, 719,
    720, 724, 725, 726, 727, 731, 732, 734, 737, 740, 743, 747, 754, 757, 760, 762, 763, 765, 769, 770, 772, 773, 774,
    775, 779, 781, 785, 786, 801, 802, 803, 804, 805, 806, 808, 810, 812, 813, 814, 815, 816, 817, 818, 820, 828, 830,
    831, 832, 838, 843, 845, 847, 848, 850, 854, 856, 857, 858, 859, 860, 862, 863, 864, 865, 870, 872, 878, 901, 903,
    904, 906, 907, 908, 909, 910, 912, 913, 914, 915, 916, 917, 918, 919, 920, 925, 928, 929, 930, 931, 934, 936, 937,
    938, 940, 941, 947, 949, 951, 952, 954, 956, 959, 970, 971, 972, 973, 978, 979, 980, 984, 985, 986, 989
];

/// Area codes of Canada in service, in the same way: Canadian Numbering Administrator, <https://cnac.ca>.
#[rustfmt::skip]
const CA_PHONES: [&str; 39] = north_american![
    204, 226, 236, 249, 250, 289, 306, 343, 365, 403, 416, 418, 431, 437, 438, 450, 506, 514, 519, 548, 579, 581, 587,
    604, 613, 639, 647, 705, 709, 778, 780, 782, 807, 819, 825, 867, 873, 902, 905
];

/// Ofcom, <https://www.ofcom.org.uk/phones-and-broadband/phone-numbers/numbers-for-drama>: a thousand numbers each of Leeds,
/// Sheffield, Leicester, Bristol, Reading, Birmingham, Edinburgh, Glasgow, Liverpool, Manchester, Tyneside, London and Cardiff.
/// Left out is what libphonenumber calls invalid: Nottingham, 01632 960xxx (no area) and 07700 900xxx (mobile).
#[rustfmt::skip]
const GB_PHONES: [&str; 13] = [
    "+441134960###", "+441144960###", "+441164960###", "+441174960###", "+441184960###", "+441214960###", "+441314960###",
    "+441414960###", "+441514960###", "+441614960###", "+441914980###", "+442079460###", "+442920180###",
];

/// Bundesnetzagentur, Mitteilung 148/2021 (Amtsblatt 7/2021), "Drama Numbers": Berlin, Frankfurt, Hamburg, Köln, München and two
/// blocks of mobile numbers. Ten single mobile numbers of the list are left out.
#[rustfmt::skip]
const DE_PHONES: [&str; 7] = [
    "+493023125###", "+496990009###", "+494066969###", "+492214710###", "+498999998###", "+4917139200##", "+49176040690##",
];

/// ARCEP, décision 2018-0881, 2.5.12: numbers for audiovisual works,
/// <https://www.legifrance.gouv.fr/jorf/article_jo/JORFARTI000037263033>.
/// Left out are the mobile ones (06 39 98), which libphonenumber calls invalid.
const FR_PHONES: [&str; 5] = ["+3319900####", "+3326191####", "+3335301####", "+3346571####", "+3353649####"];

/// ACMA, "Phone numbers for use in TV shows, films and creative works": (02), (03), (07) and (08) with 5550 xxxx and 7010 xxxx.
/// Left out are some single mobile numbers.
#[rustfmt::skip]
const AU_PHONES: [&str; 8] = [
    "+6125550####", "+6135550####", "+6175550####", "+6185550####", "+6127010####", "+6137010####", "+6177010####", "+6187010####",
];

/// PTS, "Telefonnummer för användning i böcker och filmer": Göteborg, Malmö, Stockholm, Kiruna and mobile numbers, of which
/// 070-174 06 05 to 09 are left out. There are no more than these, so that many people share one.
const SE_PHONES: [&str; 5] = ["+463139006##", "+464062804##", "+468465004##", "+469803192##", "+467017406%#"];

/// The countries.
#[rustfmt::skip]
pub static COUNTRIES: &[Country] = &[
    country!("AE", ["+97150%######", "+97155%######"], ["#####"], Some("000################")),
    country!("AR", ["+549112#######", "+549113#######", "+549114#######", "+549115#######", "+549116#######", "+549351^######"], ["%###"], None),
    country!("AT", ["+43660%######", "+43676%######", "+431^######"], ["%###"], Some("00000###########")),
    country!("AU", AU_PHONES, ["2###", "3###", "4###", "5###", "6###", "7###"], None),
    country!("BE", ["+3247#######", "+3225######", "+3226######", "+3227######"], ["%###"], Some("000#######00")),
    country!("BG", ["+35988%######", "+35987%######"], ["%###"], Some("TEST##############")),
    country!("BR", ["+55119%#######", "+55219%#######"], ["0%###-###", "%####-###"], Some("00000000###############C1")),
    country!("BY", ["+37529%######", "+37533%######"], ["2#####"], Some("TEST####################")),
    country!("CA", CA_PHONES, ["K%~ %~%", "M%~ %~%", "H%~ %~%", "V%~ %~%", "T%~ %~%"], None),
    country!("CH", ["+4176%######", "+4179%######", "+4144%######"], ["%###"], Some("00000############")),
    country!("CL", ["+5694#######", "+5695#######", "+5698#######", "+5622#######"], ["%######"], None),
    country!("CN", ["+86138########", "+86139########", "+86150########"], ["%#####"], None),
    country!("CZ", ["+420602######", "+420777######", "+4202%#######"], ["%## ##"], Some("0000000000#########0")),
    country!("DE", DE_PHONES, ["0%###", "%####"], Some("00000000##########")),
    country!("DK", ["+4520%#####", "+4521%#####", "+4530%#####", "+4531%#####", "+4540%#####", "+4550%#####"], ["%###"], Some("0000##########")),
    country!("EE", ["+3725%######"], ["%####"], Some("0000000########0")),
    country!("ES", ["+346########", "+3491%######"], ["0%###", "1####", "2####", "3####", "4####"], Some("0000000000##########")),
    country!("FI", ["+35840%######", "+35850%######"], ["0%###", "%####"], Some("000000#######0")),
    country!("FR", FR_PHONES, ["0%###", "1####", "2####", "3####", "4####", "5####", "6####", "7####", "8####"], Some("0000000000###########00")),
    country!("GB", GB_PHONES, ["SW%# %AA", "M% %BD", "B%# %QT", "LS%# %HG", "NE%# %PL"], Some("TEST000000########")),
    country!("GR", ["+30694#######", "+30697#######"], ["%## ##"], Some("0000000################")),
    country!("HU", ["+3620%######", "+3630%######"], ["%###"], Some("00000000###############0")),
    country!("IE", ["+35385%######", "+35387%######"], ["D%# @%##", "T%# @%##"], Some("TEST000000########")),
    country!("IL", ["+97250^######", "+97252^######", "+97254^######"], ["%######"], Some("000################")),
    country!("IN", ["+919#########", "+918#########"], ["%#####"], None),
    country!("IT", ["+3932########", "+3933########", "+3934########", "+3938########", "+39065#######", "+39067#######", "+39068#######"], ["0%###", "%####"], Some("X0000000000############")),
    country!("JP", ["+8190%#######", "+8180%#######", "+8170%#######"], ["%##-####"], None),
    country!("KR", ["+82102#######", "+82103#######", "+82104#######", "+82107#######", "+82108#######", "+82109#######"], ["0%###", "%####"], None),
    country!("KZ", ["+7701%######", "+7777%######"], ["0#####"], Some("000#############")),
    country!("LT", ["+3706#######"], ["LT-%####"], Some("00000###########")),
    country!("LV", ["+37125######", "+37126######", "+37128######", "+37129######"], ["LV-%###"], Some("TEST#############")),
    country!("MX", ["+5255%#######", "+5233%#######"], ["0%###", "%####"], None),
    country!("NL", ["+3161#######", "+3162#######", "+3163#######", "+3164#######", "+3165#######", "+3120%######"], ["%### @@"], Some("TEST#########0")),
    country!("NO", ["+4740######", "+4741######", "+4746######", "+4747######", "+4748######", "+479#######"], ["0%##", "%###"], Some("0000######0")),
    country!("NZ", ["+6421%######", "+6427%######"], ["0%##", "%###"], None),
    country!("PL", ["+485########", "+486########"], ["0#-%##", "%#-###"], Some("00000000################")),
    country!("PT", ["+35191#######", "+35192#######", "+35193#######", "+35196#######", "+35121%######"], ["%###-###"], Some("00000000###########00")),
    country!("RO", ["+4072#######", "+4073#######", "+4074#######", "+4075#######", "+4076#######", "+4077#######"], ["%#####"], Some("TEST################")),
    country!("RS", ["+38163%######", "+38164%######"], ["%####"], Some("000#############00")),
    country!("RU", ["+79%########", "+7495%######", "+7812%######"], ["1#####", "3#####", "4#####", "6#####"], Some("000000000####################")),
    country!("SE", SE_PHONES, ["%## ##"], Some("000#################")),
    country!("SG", ["+658%######", "+6590######", "+6591######", "+6592######", "+6596######", "+6597######", "+6598######"], ["%#####"], None),
    country!("SK", ["+421902######", "+421915######"], ["0## ##", "8## ##", "9## ##"], Some("0000000000#########0")),
    country!("TR", ["+90532#######", "+90542#######", "+90212#######"], ["0%###", "%####"], Some("000000################")),
    country!("UA", ["+38050%######", "+38067%######"], ["0%###", "%####"], Some("000000###################")),
    country!("US", US_PHONES, ["0%###", "%####"], None),
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
    use super::super::pattern::overlap;
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
            assert!(!country.phones.texts.is_empty() && !country.postcodes.texts.is_empty(), "{}", country.code);
            for phone in country.phones.texts {
                assert!(phone.starts_with('+') && (9..=16).contains(&phone.len()), "{phone}");
            }
        }
    }

    /// A text of two patterns would be drawn twice as often as the others, and be counted twice.
    #[test]
    fn patterns_of_a_country_have_no_text_in_common() {
        for country in COUNTRIES {
            for patterns in [&country.phones, &country.postcodes] {
                assert_eq!(patterns.up_to.len(), patterns.texts.len());
                for (place, one) in patterns.texts.iter().enumerate() {
                    let others = patterns.texts.iter().skip(place + 1);
                    for other in others {
                        assert!(!overlap(one, other), "{}: {one} and {other}", country.code);
                    }
                }
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
