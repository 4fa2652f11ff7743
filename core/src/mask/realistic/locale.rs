//! The words that realistic values are made of, by language.
//!
//! They are those of the crate `fake` (MIT or Apache-2.0), which has them from the Ruby and JavaScript libraries Faker and
//! from public lists; Russian, which it does not have, is in [`super::russian`].

use std::fmt;

use fake::locales::{
    AR_SA, CY_GB, DE_DE, Data, EN, FA_IR, FR_FR, IT_IT, JA_JP, NL_NL, PT_BR, PT_PT, TR_TR, ZH_CN, ZH_TW,
};

use super::russian::RUSSIAN;
use crate::mask::{MaskError, MaskErrorKind};

/// Words in no order that matters, except that a value's pseudonym is found by its place: a list that changes, changes the
/// pseudonyms made of it.
pub type List = &'static [&'static str];

/// A language with its lists. A reference to one of [`LOCALES`].
pub type Locale = &'static Lists;

/// The words of a language. Its `Debug` is its name.
pub struct Lists {
    /// The name of the locale.
    pub name: &'static str,
    /// First names, or those of men where there is a list of women's as well.
    pub first_names: List,
    /// First names of women, where they are listed apart.
    pub womens_first_names: Option<List>,
    /// Last names, or those of men.
    pub last_names: List,
    /// Last names of women, where they have another form; in the order of `last_names`.
    pub womens_last_names: Option<List>,
    /// How a full name is written.
    pub name_template: &'static str,
    /// Cities, where there is a list of them; otherwise they are made up by `city_template`.
    pub cities: Option<List>,
    pub(super) city_suffixes: List,
    pub(super) city_template: &'static str,
    /// Streets, where there is a list of them; otherwise they are made up by `street_template`.
    pub(super) streets: Option<List>,
    pub(super) street_suffixes: List,
    pub(super) street_template: &'static str,
    /// What a street and a number of a house make.
    pub(super) address_template: &'static str,
    pub(super) countries: List,
    pub(super) company_suffixes: List,
    pub(super) company_templates: List,
    pub(super) seniorities: List,
    pub(super) fields: List,
    pub(super) positions: List,
    pub(super) job_template: &'static str,
    pub(super) words: List,
}

impl fmt::Debug for Lists {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name)
    }
}

impl PartialEq for Lists {
    fn eq(&self, other: &Self) -> bool {
        self.name == other.name
    }
}

const fn lists<L: Data>(name: &'static str, address_template: &'static str) -> Lists {
    Lists {
        name,
        first_names: L::NAME_FIRST_NAME,
        womens_first_names: None,
        last_names: L::NAME_LAST_NAME,
        womens_last_names: None,
        name_template: L::NAME_TPL,
        cities: None,
        city_suffixes: L::ADDRESS_CITY_SUFFIX,
        city_template: L::ADDRESS_CITY_TPL,
        streets: None,
        street_suffixes: L::ADDRESS_STREET_SUFFIX,
        street_template: L::ADDRESS_STREET_TPL,
        address_template,
        // Some locales have two or three names alone: there they are those of English.
        countries: if L::ADDRESS_COUNTRY.len() < 50 { EN::ADDRESS_COUNTRY } else { L::ADDRESS_COUNTRY },
        company_suffixes: L::COMPANY_SUFFIX,
        company_templates: L::COMPANY_NAME_TPLS,
        seniorities: L::JOB_SENIORITY,
        fields: L::JOB_FIELD,
        positions: L::JOB_POSITION,
        job_template: L::JOB_TITLE_TPL,
        words: L::LOREM_WORD,
    }
}

/// Whether the encodings of Western Europe have all letters of a word: none is beyond U+00FF, which begins with 0xC3 in UTF-8.
const fn is_western(word: &str) -> bool {
    let bytes = word.as_bytes();
    let mut at = 0;
    while at < bytes.len() {
        if bytes[at] > 0xC3 {
            return false;
        }
        at += 1;
    }
    true
}

const fn count_western(words: List) -> usize {
    let (mut count, mut at) = (0, 0);
    while at < words.len() {
        count += is_western(words[at]) as usize;
        at += 1;
    }
    count
}

/// The words of a list that a database in LATIN1 takes; the others would stop a dump of it at the row that gets them.
const fn western<const COUNT: usize>(words: List) -> [&'static str; COUNT] {
    let mut found = [""; COUNT];
    let (mut place, mut at) = (0, 0);
    while at < words.len() {
        if is_western(words[at]) {
            found[place] = words[at];
            place += 1;
        }
        at += 1;
    }
    found
}

/// German names without the few that are Czech, Croatian or Turkish.
static GERMAN_FIRST_NAMES: [&str; count_western(DE_DE::NAME_FIRST_NAME)] = western(DE_DE::NAME_FIRST_NAME);
static GERMAN_LAST_NAMES: [&str; count_western(DE_DE::NAME_LAST_NAME)] = western(DE_DE::NAME_LAST_NAME);

const NUMBER_FIRST: &str = "{Number} {Street}";
const NUMBER_LAST: &str = "{Street} {Number}";

/// All locales.
pub static LOCALES: [Lists; 15] = [
    lists::<AR_SA>("ar_SA", NUMBER_FIRST),
    lists::<CY_GB>("cy_GB", NUMBER_FIRST),
    Lists { first_names: &GERMAN_FIRST_NAMES, last_names: &GERMAN_LAST_NAMES, ..lists::<DE_DE>("de_DE", NUMBER_LAST) },
    lists::<EN>("en", NUMBER_FIRST),
    lists::<FA_IR>("fa_IR", NUMBER_LAST),
    lists::<FR_FR>("fr_FR", NUMBER_FIRST),
    lists::<IT_IT>("it_IT", NUMBER_LAST),
    lists::<JA_JP>("ja_JP", NUMBER_LAST),
    lists::<NL_NL>("nl_NL", NUMBER_LAST),
    lists::<PT_BR>("pt_BR", "{Street}, {Number}"),
    lists::<PT_PT>("pt_PT", "{Street}, {Number}"),
    RUSSIAN,
    lists::<TR_TR>("tr_TR", NUMBER_LAST),
    lists::<ZH_CN>("zh_CN", "{Street}{Number}号"),
    lists::<ZH_TW>("zh_TW", NUMBER_LAST),
];

/// The locale with a name such as `en`, `pt_BR` or `pt-br`. A language alone means the first of its locales, and a country
/// that has no lists of its own gets those of its language: `de_AT` those of `de_DE`.
///
/// # Errors
/// [`MaskErrorKind::InvalidParameter`] when the language has no lists.
pub fn locale(name: &str) -> Result<Locale, MaskError> {
    let equal = |a: &str, b: &str| {
        a.len() == b.len()
            && a.bytes().zip(b.bytes()).all(|(a, b)| a.eq_ignore_ascii_case(&b) || (a == b'-' && b == b'_'))
    };
    let language = name.split(['_', '-', '.']).next().unwrap_or_default();
    LOCALES
        .iter()
        .find(|lists| equal(name, lists.name))
        .or_else(|| LOCALES.iter().find(|lists| equal(language, lists.name.split('_').next().unwrap_or_default())))
        .ok_or_else(|| {
            let names: Vec<&str> = LOCALES.iter().map(|lists| lists.name).collect();
            MaskError::new(
                MaskErrorKind::InvalidParameter,
                "there are no names and words for this locale",
                format!("Use one of {}.", names.join(", ")),
            )
        })
}

/// Whose first and last names are drawn.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Gender {
    /// Anybody's.
    Any,
    /// Women's.
    Female,
    /// Men's.
    Male,
}

impl Gender {
    /// Reads `f`, `female`, `m`, `male`; an empty text means anybody.
    ///
    /// # Errors
    /// [`MaskErrorKind::InvalidParameter`] for another text, and where the locale does not list names by gender.
    pub fn new(name: &str, locale: Locale) -> Result<Self, MaskError> {
        let gender = match name.to_ascii_lowercase().as_str() {
            "" => return Ok(Self::Any),
            "f" | "female" => Self::Female,
            "m" | "male" => Self::Male,
            _ => {
                return Err(MaskError::new(
                    MaskErrorKind::InvalidParameter,
                    "unknown gender",
                    "Use 'female', 'male' or '' for both.",
                ));
            }
        };
        if locale.womens_first_names.is_none() {
            let with: Vec<&str> =
                LOCALES.iter().filter(|lists| lists.womens_first_names.is_some()).map(|lists| lists.name).collect();
            return Err(MaskError::new(
                MaskErrorKind::InvalidParameter,
                format!("the names of locale {} are not listed by gender", locale.name),
                format!("Leave the gender out, or use one of these locales: {}.", with.join(", ")),
            ));
        }
        Ok(gender)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_locale_is_found_by_its_name_or_its_language() {
        for (given, found) in [
            ("EN-us", "en"),
            ("pt-br", "pt_BR"),
            ("de", "de_DE"),
            ("de_AT", "de_DE"),
            ("pt", "pt_BR"),
            ("pt_PT.UTF-8", "pt_BR"),
            ("ru", "ru_RU"),
        ] {
            assert_eq!(locale(given).unwrap().first_names, locale(found).unwrap().first_names, "{given}");
        }
        assert!(locale("xx").is_err());
        assert!(locale("").is_err());
    }

    #[test]
    fn a_database_in_latin1_takes_all_words_of_western_europe() {
        for name in ["en", "de", "fr", "it", "nl", "pt_BR", "pt_PT"] {
            let of = locale(name).unwrap();
            let lists = [of.first_names, of.last_names, of.city_suffixes, of.street_suffixes, of.countries, of.words];
            let more = [of.company_suffixes, of.seniorities, of.fields, of.positions];
            for word in lists.iter().chain(&more).copied().flatten() {
                assert!(word.chars().all(|c| u32::from(c) < 0x100), "{name} {word}");
            }
        }
        assert!(locale("de").unwrap().first_names.len() + 2 == DE_DE::NAME_FIRST_NAME.len());
    }

    #[test]
    fn every_list_has_words_and_none_is_empty() {
        for lists in &LOCALES {
            for list in [
                lists.first_names,
                lists.last_names,
                lists.city_suffixes,
                lists.street_suffixes,
                lists.countries,
                lists.company_suffixes,
                lists.company_templates,
                lists.seniorities,
                lists.fields,
                lists.positions,
                lists.words,
            ] {
                assert!(!list.is_empty(), "{}", lists.name);
            }
            for name in lists.first_names.iter().chain(lists.last_names) {
                assert!(!name.trim().is_empty(), "{}", lists.name);
            }
            if let Some(womens) = lists.womens_last_names {
                assert_eq!(womens.len(), lists.last_names.len(), "{}", lists.name);
            }
        }
    }

    #[test]
    fn a_gender_is_refused_where_names_are_not_listed_by_it() {
        assert_eq!(Gender::new("Female", locale("ru").unwrap()), Ok(Gender::Female));
        assert_eq!(Gender::new("", locale("de").unwrap()), Ok(Gender::Any));
        assert!(Gender::new("female", locale("de").unwrap()).is_err());
        assert!(Gender::new("other", locale("ru").unwrap()).is_err());
    }
}
