//! How long the values of a kind are, and how often two of them are equal: told by the lists, templates and patterns that they are
//! made of, so that it cannot differ from them.

use std::collections::HashMap;
use std::sync::{LazyLock, Mutex, PoisonError};

use super::locale::{Gender, List, Locale};
use super::make;
use super::pattern::{self, Patterns};
use crate::mask::registry::Length;

/// What is known of a text that is drawn.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Size {
    /// The fewest characters.
    shortest: u64,
    /// The most characters.
    longest: u64,
    /// The chance that two texts drawn are equal: the sum of the squares of the chances of all texts.
    equal: f64,
}

impl Size {
    /// A text that is always the same, with so many characters.
    pub(super) const fn fixed(characters: u64) -> Self {
        Self { shortest: characters, longest: characters, equal: 1.0 }
    }

    /// So many texts that are equally likely.
    pub(super) fn uniform(shortest: u64, longest: u64, texts: f64) -> Self {
        Self { shortest, longest, equal: 1.0 / texts }
    }

    /// This text with another one behind it, drawn independently. Where texts of both can be put together in two ways to the same
    /// whole, which they hardly ever can, they are equal a little more often than is said.
    pub(super) fn then(self, next: Self) -> Self {
        Self {
            shortest: self.shortest.saturating_add(next.shortest),
            longest: self.longest.saturating_add(next.longest),
            equal: self.equal * next.equal,
        }
    }

    /// So many texts like this one behind each other, drawn independently.
    fn times(self, count: usize) -> Self {
        let many = count as u64;
        Self {
            shortest: self.shortest.saturating_mul(many),
            longest: self.longest.saturating_mul(many),
            equal: self.equal.powi(i32::try_from(count).unwrap_or(i32::MAX)),
        }
    }

    /// One of some, each as often as the others, of which no two have a text in common.
    fn one_of(sizes: &[Self]) -> Self {
        let count = sizes.len() as f64;
        Self {
            shortest: sizes.iter().map(|size| size.shortest).min().unwrap_or(0),
            longest: sizes.iter().map(|size| size.longest).max().unwrap_or(0),
            equal: sizes.iter().map(|size| size.equal).sum::<f64>() / (count * count),
        }
    }

    /// How many characters a text has.
    pub(super) fn length(self) -> Length {
        Length { shortest: self.shortest, longest: Some(self.longest) }
    }

    /// Of how many equally likely texts two would be equal as often.
    pub(super) fn count(self) -> f64 {
        1.0 / self.equal
    }
}

fn characters(text: &str) -> u64 {
    text.chars().count() as u64
}

/// How often each word comes in some.
fn occurrences<'a>(words: impl Iterator<Item = &'a str>) -> HashMap<&'a str, f64> {
    let mut occurrences = HashMap::new();
    words.for_each(|word| *occurrences.entry(word).or_default() += 1.0);
    occurrences
}

/// The chance that a word of one list is that of another one.
fn equal(one: List, other: List) -> f64 {
    let counted = occurrences(one.iter().map(|word| word.trim()));
    let pairs: f64 = other.iter().filter_map(|word| counted.get(word.trim())).sum();
    pairs / (one.len() as f64 * other.len() as f64)
}

fn of_words<'a>(words: impl Iterator<Item = &'a str> + Clone) -> Size {
    let lengths = || words.clone().map(characters);
    let counted = occurrences(words.clone());
    let all: f64 = counted.values().sum();
    Size {
        shortest: lengths().min().unwrap_or(0),
        longest: lengths().max().unwrap_or(0),
        equal: counted.values().map(|times| times * times).sum::<f64>() / (all * all),
    }
}

/// What is known of a list, found out once: lists have thousands of words, and a dictionary may ask for one again and again. A list
/// is read in one way alone.
fn once(list: List, find_out: fn(List) -> Size) -> Size {
    static KNOWN: LazyLock<Mutex<HashMap<(usize, usize), Size>>> = LazyLock::new(Mutex::default);
    // A list lives for ever, so that another one is never in its place.
    let place = (list.as_ptr() as usize, list.len());
    let mut known = KNOWN.lock().unwrap_or_else(PoisonError::into_inner);
    *known.entry(place).or_insert_with(|| find_out(list))
}

/// A word of a list.
pub(super) fn word(list: List) -> Size {
    once(list, |list| of_words(list.iter().map(|word| word.trim())))
}

/// A text of several patterns, each as likely as the others.
pub(super) fn of_patterns(patterns: &Patterns) -> Size {
    let texts: f64 = patterns.texts.iter().map(|pattern| pattern::count(pattern)).sum();
    Size { equal: 1.0 / texts, ..of_words(patterns.texts.iter().copied()) }
}

/// A text of a template; `part` says what stands for a name in braces.
fn of_template(template: &str, mut part: impl FnMut(&str) -> Size) -> Size {
    let (mut whole, mut around) = (Size::fixed(0), Vec::new());
    make::template(template, &mut around, |name, _| whole = whole.then(part(name)));
    whole.then(Size::fixed(String::from_utf8_lossy(&around).chars().count() as u64))
}

/// Words of several lists, of which each part has one for each gender.
fn of_names(locale: Locale, gender: Gender, parts: &[fn(Locale, Gender) -> List]) -> Size {
    let of = |gender: Gender| parts.iter().fold(Size::fixed(0), |whole, list| whole.then(word(list(locale, gender))));
    if gender != Gender::Any || locale.womens_first_names.is_none() {
        return of(gender);
    }
    let (hers, his) = (of(Gender::Female), of(Gender::Male));
    // Some names are those of women and of men.
    let both: f64 = parts.iter().map(|list| equal(list(locale, Gender::Female), list(locale, Gender::Male))).product();
    let one = Size::one_of(&[hers, his]);
    Size { equal: one.equal + both / 2.0, ..one }
}

pub(super) fn first_name(locale: Locale, gender: Gender) -> Size {
    of_names(locale, gender, &[make::first_names])
}

pub(super) fn last_name(locale: Locale, gender: Gender) -> Size {
    of_names(locale, gender, &[make::last_names])
}

pub(super) fn full_name(locale: Locale, gender: Gender) -> Size {
    of_template(locale.name_template, |_| Size::fixed(0)).then(of_names(
        locale,
        gender,
        &[make::first_names, make::last_names],
    ))
}

pub(super) fn company(locale: Locale) -> Size {
    let of = |template: &str| of_template(template, |name| word(make::company_words(locale, name)));
    let sizes: Vec<Size> = locale.company_templates.iter().map(|template| of(template)).collect();
    Size::one_of(&sizes)
}

pub(super) fn job(locale: Locale) -> Size {
    of_template(locale.job_template, |name| word(make::job_words(locale, name)))
}

pub(super) fn street(locale: Locale) -> Size {
    let street = || match locale.streets {
        Some(streets) => word(streets),
        None => of_template(locale.street_template, |name| word(make::street_words(locale, name))),
    };
    of_template(locale.address_template, |name| match name {
        "Street" => street(),
        _ => Size::uniform(1, make::HOUSES.to_string().len() as u64, make::HOUSES as f64),
    })
}

pub(super) fn city(locale: Locale) -> Size {
    match locale.cities {
        Some(cities) => word(cities),
        None => of_template(locale.city_template, |name| word(make::city_words(locale, name))),
    }
}

/// So many random characters of 32.
fn base32(characters: usize) -> Size {
    Size::uniform(1, 1, 32.0).times(characters)
}

/// A first and a last name in an address.
fn ascii_names() -> Size {
    static NAMES: LazyLock<Size> = LazyLock::new(|| {
        let [first, last] = make::ascii_names();
        of_words(first.iter().map(String::as_str)).then(of_words(last.iter().map(String::as_str)))
    });
    *NAMES
}

pub(super) fn email(domain: &str) -> Size {
    // Two dots and an @.
    ascii_names().then(base32(make::EMAIL_SUFFIX)).then(Size::fixed(3 + characters(domain)))
}

pub(super) fn user_name() -> Size {
    ascii_names().then(base32(make::USER_SUFFIX)).then(Size::fixed(1))
}

pub(super) fn url() -> Size {
    word(make::URL_WORDS).then(base32(make::URL_SUFFIX)).then(Size::fixed(make::URL_HEAD.len() as u64 + 1))
}

pub(super) fn password(length: usize) -> Size {
    let all: usize = make::PASSWORD.iter().map(|kind| kind.len()).sum();
    let power = |base: f64| base.powi(i32::try_from(length).unwrap_or(i32::MAX));
    // The share of those that have characters of all kinds: all, less those that lack one, and those that lack two once more...
    let share: f64 = (0_u32..1 << make::PASSWORD.len())
        .map(|lacking| {
            let kinds = make::PASSWORD.iter().enumerate();
            let gone: usize = kinds.filter(|(kind, _)| lacking >> kind & 1 == 1).map(|(_, kind)| kind.len()).sum();
            let sign = if lacking.count_ones() % 2 == 0 { 1.0 } else { -1.0 };
            sign * power((all - gone) as f64 / all as f64)
        })
        .sum();
    let share = if length < make::MIXED_PASSWORD { 1.0 } else { share };
    Size::uniform(length as u64, length as u64, power(all as f64) * share)
}

/// Sentences of a language.
struct Sentences {
    /// A word that begins one.
    first: Size,
    /// A word within one, with the space before it where the language has one.
    next: Size,
    space: Size,
}

impl Sentences {
    fn of(locale: Locale) -> Self {
        let capitals: Vec<String> = locale.words.iter().map(|word| make::capital(word)).collect();
        let space = Size::fixed(u64::from(make::is_spaced(locale)));
        Self {
            first: of_words(capitals.iter().map(String::as_str)),
            next: space.then(of_words(locale.words.iter().copied())),
            space,
        }
    }

    /// So many words and the end of the sentence.
    fn of_words(&self, words: usize) -> Size {
        self.first.then(self.next.times(words.saturating_sub(1))).then(Size::fixed(1))
    }
}

pub(super) fn sentence(locale: Locale, words: usize) -> Size {
    Sentences::of(locale).of_words(words)
}

pub(super) fn paragraph(locale: Locale, sentences: usize) -> Size {
    let known = Sentences::of(locale);
    let lengths = make::FEWEST_WORDS..make::FEWEST_WORDS + make::WORD_COUNTS as usize;
    let of_lengths: Vec<Size> = lengths.map(|words| known.of_words(words)).collect();
    let one = Size::one_of(&of_lengths);
    one.then(known.space.then(one).times(sentences.saturating_sub(1)))
}
