//! How each kind of realistic value is put together.

use std::sync::LazyLock;

use fake::locales::{Data, EN};
use rand::CryptoRng;

use super::locale::{Gender, LOCALES, List, Locale};
use super::pattern;
use crate::hex;
use crate::mask::random::{Batch, below, push_number};

/// How browsers present themselves.
pub(super) const USER_AGENTS: List = EN::INTERNET_USER_AGENT;

/// Random characters that end an e-mail address, of 32: they keep addresses apart where the names do not.
pub(super) const EMAIL_SUFFIX: usize = 6;

/// Random characters that end a user name.
pub(super) const USER_SUFFIX: usize = 5;

/// Random characters that end a URL.
pub(super) const URL_SUFFIX: usize = 8;

/// Words of a URL.
pub(super) const URL_WORDS: List = EN::LOREM_WORD;

/// What URLs begin with.
pub(super) const URL_HEAD: &str = "https://www.example.com/";

/// The houses of a street have the numbers from 1 to this.
pub(super) const HOUSES: u64 = 199;

/// Crockford's base 32 in lower case, which leaves out i, l, o and u.
const BASE32: &[u8; 32] = b"0123456789abcdefghjkmnpqrstvwxyz";

/// Letters, digits and signs of passwords, without those that look alike and without what must be quoted somewhere.
pub(super) const PASSWORD: [&[u8]; 4] =
    [b"abcdefghijkmnpqrstuvwxyz", b"ABCDEFGHJKLMNPQRSTUVWXYZ", b"23456789", b"!*+-="];

/// Passwords of so many characters or more have characters of each kind. Half of those that are drawn with so many do.
pub(super) const MIXED_PASSWORD: usize = 8;

/// First and last names that have only letters of ASCII, in lower case: for addresses.
static ASCII_FIRST: LazyLock<Vec<String>> = LazyLock::new(|| ascii(EN::NAME_FIRST_NAME));
static ASCII_LAST: LazyLock<Vec<String>> = LazyLock::new(|| ascii(EN::NAME_LAST_NAME));

fn ascii(names: List) -> Vec<String> {
    names
        .iter()
        .filter(|name| name.bytes().all(|byte| byte.is_ascii_alphabetic()))
        .map(|name| name.to_ascii_lowercase())
        .collect()
}

/// The first and the last names of addresses.
pub(super) fn ascii_names() -> [&'static [String]; 2] {
    [&ASCII_FIRST, &ASCII_LAST]
}

fn push(text: &str, out: &mut Vec<u8>) {
    out.extend_from_slice(text.as_bytes());
}

/// Appends a word of a list. Some words of the lists have white space around them ("Ricci\t").
pub(super) fn word<R: CryptoRng + ?Sized>(list: List, rng: &mut R, out: &mut Vec<u8>) {
    let chosen = pattern::choose(list, rng).unwrap_or_default();
    let is_bare = |end: Option<&u8>| end.is_some_and(|byte| byte.is_ascii_graphic());
    let has_space = !(is_bare(chosen.as_bytes().first()) && is_bare(chosen.as_bytes().last()));
    push(if has_space { chosen.trim() } else { chosen }, out);
}

/// Appends a template with its `{Names}` replaced; `part` appends what a name stands for.
pub(super) fn template(template: &str, out: &mut Vec<u8>, mut part: impl FnMut(&str, &mut Vec<u8>)) {
    let mut rest = template;
    while let Some((before, after)) = rest.split_once('{') {
        push(before, out);
        let (name, after) = after.split_once('}').unwrap_or((after, ""));
        part(name, out);
        rest = after;
    }
    push(rest, out);
}

/// Men's and women's names are drawn as often as each other.
fn gender_of<R: CryptoRng + ?Sized>(locale: Locale, gender: Gender, rng: &mut R) -> Gender {
    match gender {
        Gender::Any if locale.womens_first_names.is_none() => Gender::Any,
        Gender::Any if below(2, rng) == 0 => Gender::Female,
        Gender::Any => Gender::Male,
        given => given,
    }
}

pub(super) fn first_names(locale: Locale, gender: Gender) -> List {
    match (gender, locale.womens_first_names) {
        (Gender::Female, Some(names)) => names,
        _ => locale.first_names,
    }
}

pub(super) fn last_names(locale: Locale, gender: Gender) -> List {
    match (gender, locale.womens_last_names) {
        (Gender::Female, Some(names)) => names,
        _ => locale.last_names,
    }
}

pub(super) fn first_name<R: CryptoRng + ?Sized>(locale: Locale, gender: Gender, rng: &mut R, out: &mut Vec<u8>) {
    let gender = gender_of(locale, gender, rng);
    word(first_names(locale, gender), rng, out);
}

pub(super) fn last_name<R: CryptoRng + ?Sized>(locale: Locale, gender: Gender, rng: &mut R, out: &mut Vec<u8>) {
    let gender = gender_of(locale, gender, rng);
    word(last_names(locale, gender), rng, out);
}

pub(super) fn full_name<R: CryptoRng + ?Sized>(locale: Locale, gender: Gender, rng: &mut R, out: &mut Vec<u8>) {
    let gender = gender_of(locale, gender, rng);
    // Most locales have this template, which need not be read for every name.
    if locale.name_template == "{FirstName} {LastName}" {
        word(first_names(locale, gender), rng, out);
        out.push(b' ');
        return word(last_names(locale, gender), rng, out);
    }
    template(locale.name_template, out, |name, out| match name {
        "FirstName" => word(first_names(locale, gender), rng, out),
        _ => word(last_names(locale, gender), rng, out),
    });
}

/// A name of a list of our own.
fn ascii_name<'a, R: CryptoRng + ?Sized>(names: &'a [String], rng: &mut R) -> &'a str {
    names.get(below(names.len().max(1) as u64, rng) as usize).map_or("", String::as_str)
}

fn base32<R: CryptoRng + ?Sized>(count: usize, rng: &mut R, out: &mut Vec<u8>) {
    let mut draw = 0;
    for place in 0..count {
        // Five bits a character; twelve characters a draw.
        if place % 12 == 0 {
            draw = rng.next_u64();
        }
        out.push(BASE32[(draw & 31) as usize]);
        draw >>= 5;
    }
}

pub(super) fn email<R: CryptoRng + ?Sized>(domain: &str, rng: &mut R, out: &mut Vec<u8>) {
    push(ascii_name(&ASCII_FIRST, rng), out);
    out.push(b'.');
    push(ascii_name(&ASCII_LAST, rng), out);
    out.push(b'.');
    base32(EMAIL_SUFFIX, rng, out);
    out.push(b'@');
    push(domain, out);
}

pub(super) fn user_name<R: CryptoRng + ?Sized>(rng: &mut R, out: &mut Vec<u8>) {
    push(ascii_name(&ASCII_FIRST, rng), out);
    push(ascii_name(&ASCII_LAST, rng), out);
    out.push(b'_');
    base32(USER_SUFFIX, rng, out);
}

/// All characters of [`PASSWORD`], each with its kind as a bit.
static PASSWORD_CHARACTERS: LazyLock<Vec<(u8, u8)>> = LazyLock::new(|| {
    let kinds = PASSWORD.iter().enumerate();
    kinds.flat_map(|(kind, characters)| characters.iter().map(move |character| (*character, 1 << kind))).collect()
});

/// A password that has characters of each kind, as forms ask for, when it is long enough for that.
pub(super) fn password<R: CryptoRng + ?Sized>(length: usize, rng: &mut R, out: &mut Vec<u8>) {
    let start = out.len();
    let all = &**PASSWORD_CHARACTERS;
    let mut numbers = Batch::new(rng);
    out.reserve(length);
    loop {
        let mut kinds = 0;
        for _ in 0..length {
            let (character, kind) = all.get(numbers.below(all.len() as u32)).copied().unwrap_or_default();
            out.push(character);
            kinds |= kind;
        }
        if length < MIXED_PASSWORD || kinds == (1 << PASSWORD.len()) - 1 {
            return;
        }
        out.truncate(start);
    }
}

pub(super) fn company<R: CryptoRng + ?Sized>(locale: Locale, rng: &mut R, out: &mut Vec<u8>) {
    let chosen = pattern::choose(locale.company_templates, rng).unwrap_or_default();
    template(chosen, out, |name, out| word(company_words(locale, name), rng, out));
}

/// What stands for a name in a template of companies.
pub(super) fn company_words(locale: Locale, name: &str) -> List {
    match name {
        "Suffix" => locale.company_suffixes,
        _ => locale.last_names,
    }
}

pub(super) fn job<R: CryptoRng + ?Sized>(locale: Locale, rng: &mut R, out: &mut Vec<u8>) {
    template(locale.job_template, out, |name, out| word(job_words(locale, name), rng, out));
}

/// What stands for a name in the template of jobs.
pub(super) fn job_words(locale: Locale, name: &str) -> List {
    match name {
        "Seniority" => locale.seniorities,
        "Field" => locale.fields,
        _ => locale.positions,
    }
}

pub(super) fn street<R: CryptoRng + ?Sized>(locale: Locale, rng: &mut R, out: &mut Vec<u8>) {
    template(locale.address_template, out, |name, out| match (name, locale.streets) {
        ("Street", Some(streets)) => word(streets, rng, out),
        ("Street", None) => {
            template(locale.street_template, out, |name, out| word(street_words(locale, name), rng, out));
        }
        _ => push_number(1 + below(HOUSES, rng), 1, out),
    });
}

/// What stands for a name in the template of streets.
pub(super) fn street_words(locale: Locale, name: &str) -> List {
    match name {
        "StreetSuffix" => locale.street_suffixes,
        _ => locale.last_names,
    }
}

pub(super) fn city<R: CryptoRng + ?Sized>(locale: Locale, rng: &mut R, out: &mut Vec<u8>) {
    match locale.cities {
        Some(cities) => word(cities, rng, out),
        None => template(locale.city_template, out, |name, out| word(city_words(locale, name), rng, out)),
    }
}

/// What stands for a name in the template of cities.
pub(super) fn city_words(locale: Locale, name: &str) -> List {
    match name {
        "CitySuffix" => locale.city_suffixes,
        _ => locale.last_names,
    }
}

/// Appends a UUID as PostgreSQL writes it.
pub(in crate::mask) fn push_uuid(bytes: [u8; 16], out: &mut Vec<u8>) {
    for (part, range) in [0..4, 4..6, 6..8, 8..10, 10..16].into_iter().enumerate() {
        if part > 0 {
            out.push(b'-');
        }
        hex::push(&bytes[range], out);
    }
}

/// RFC 9562, 5.4.
pub(super) fn uuid<R: CryptoRng + ?Sized>(rng: &mut R, out: &mut Vec<u8>) {
    let mut bytes = [0; 16];
    rng.fill_bytes(&mut bytes);
    bytes[6] = bytes[6] & 0x0F | 0x40;
    bytes[8] = bytes[8] & 0x3F | 0x80;
    push_uuid(bytes, out);
}

pub(super) fn ip4<R: CryptoRng + ?Sized>(rng: &mut R, out: &mut Vec<u8>) {
    let [a, b, c, ..] = rng.next_u64().to_le_bytes();
    push("10", out);
    for byte in [a, b, c] {
        out.push(b'.');
        push_number(byte.into(), 1, out);
    }
}

/// As PostgreSQL writes it, so that it stays what it is in a column of type inet.
pub(super) fn ip6<R: CryptoRng + ?Sized>(rng: &mut R, out: &mut Vec<u8>) {
    let (high, low) = (rng.next_u64() & 0xFFFF_FFFF, rng.next_u64());
    let bits = 0x2001_0db8_u128 << 96 | u128::from(high) << 64 | u128::from(low);
    push(&std::net::Ipv6Addr::from_bits(bits).to_string(), out);
}

pub(super) fn mac<R: CryptoRng + ?Sized>(rng: &mut R, out: &mut Vec<u8>) {
    let mut bytes = rng.next_u64().to_le_bytes();
    // The second bit says: locally administered; the first: of one device.
    bytes[0] = bytes[0] & 0xFC | 0x02;
    for (place, byte) in bytes[..6].iter().enumerate() {
        if place > 0 {
            out.push(b':');
        }
        hex::push(&[*byte], out);
    }
}

pub(super) fn url<R: CryptoRng + ?Sized>(rng: &mut R, out: &mut Vec<u8>) {
    push(URL_HEAD, out);
    word(URL_WORDS, rng, out);
    out.push(b'/');
    base32(URL_SUFFIX, rng, out);
}

pub(super) fn colour<R: CryptoRng + ?Sized>(rng: &mut R, out: &mut Vec<u8>) {
    out.push(b'#');
    hex::push(&rng.next_u64().to_le_bytes()[..3], out);
}

/// Whether words of a language have spaces between them.
pub(super) fn is_spaced(locale: Locale) -> bool {
    locale.name_template.contains(' ')
}

/// A word as it begins a sentence.
pub(super) fn capital(word: &str) -> String {
    let mut letters = word.chars();
    let first: String = letters.next().into_iter().flat_map(char::to_uppercase).collect();
    first + letters.as_str()
}

/// The fewest words of a sentence in a paragraph.
pub(super) const FEWEST_WORDS: usize = 4;

/// How many numbers of words such a sentence may have, from the fewest on.
pub(super) const WORD_COUNTS: u32 = 9;

/// A word as it stands in a sentence. Sixteen bytes are copied at once, of which those behind the word are taken back: that is three
/// times as fast as a copy of just so many bytes as there are.
struct Padded {
    text: [u8; PADDED],
    length: usize,
    /// A word that is longer.
    long: Option<Box<[u8]>>,
}

const PADDED: usize = 16;

impl Padded {
    fn new(word: &[u8]) -> Self {
        let mut text = [0; PADDED];
        let long = match text.get_mut(..word.len()) {
            Some(place) => {
                place.copy_from_slice(word);
                None
            }
            None => Some(word.into()),
        };
        Self { text, length: word.len(), long }
    }

    #[inline(always)]
    fn write(&self, out: &mut Vec<u8>) {
        if let Some(word) = &self.long {
            return out.extend_from_slice(word);
        }
        let start = out.len();
        out.extend_from_slice(&self.text);
        out.truncate(start + self.length);
    }
}

/// The words of a language as they stand in sentences.
struct SentenceWords {
    locale: Locale,
    is_spaced: bool,
    count: usize,
    /// As they begin a text.
    first: Vec<Padded>,
    /// As they go on with a sentence, with the space before them where one belongs there; and behind all of these once more, as they
    /// begin another sentence, with the end of the one before.
    next: Vec<Padded>,
}

impl SentenceWords {
    fn of(locale: Locale) -> Self {
        let is_spaced = is_spaced(locale);
        let (space, end) = if is_spaced { (" ", ". ") } else { ("", "。") };
        let within = locale.words.iter().map(|word| format!("{space}{word}"));
        let another = locale.words.iter().map(|word| format!("{end}{}", capital(word)));
        Self {
            locale,
            is_spaced,
            count: locale.words.len(),
            first: locale.words.iter().map(|word| Padded::new(capital(word).as_bytes())).collect(),
            next: within.chain(another).map(|word| Padded::new(word.as_bytes())).collect(),
        }
    }

    /// Appends a sentence, or what goes on with a text: a sentence begins at every word whose bit is set.
    #[inline(always)]
    fn push<R: CryptoRng + ?Sized>(&self, words: usize, mut starts: u64, numbers: &mut Batch<R>, out: &mut Vec<u8>) {
        let bound = self.count.max(1) as u32;
        out.reserve(PADDED * (words + 1));
        for _ in 0..words {
            // Without a branch, which the processor would guess wrong at every sentence.
            let place = numbers.below(bound) + self.count * (starts & 1) as usize;
            starts >>= 1;
            if let Some(word) = self.next.get(place) {
                word.write(out);
            }
        }
    }

    fn push_first<R: CryptoRng + ?Sized>(&self, numbers: &mut Batch<R>, out: &mut Vec<u8>) {
        if let Some(word) = self.first.get(numbers.below(self.count.max(1) as u32)) {
            word.write(out);
        }
    }

    fn push_end(&self, out: &mut Vec<u8>) {
        push(if self.is_spaced { "." } else { "。" }, out);
    }
}

static SENTENCE_WORDS: LazyLock<Vec<SentenceWords>> = LazyLock::new(|| LOCALES.iter().map(SentenceWords::of).collect());

fn sentence_words(locale: Locale) -> &'static SentenceWords {
    let found = SENTENCE_WORDS.iter().find(|words| std::ptr::eq(words.locale, locale));
    found.unwrap_or_else(|| unreachable!("a locale is one of LOCALES"))
}

pub(super) fn sentence<R: CryptoRng + ?Sized>(locale: Locale, words: usize, rng: &mut R, out: &mut Vec<u8>) {
    let (mut numbers, known) = (Batch::new(rng), sentence_words(locale));
    known.push_first(&mut numbers, out);
    known.push(words.saturating_sub(1), 0, &mut numbers, out);
    known.push_end(out);
}

/// So many sentences are written in one go: their words are no more than the bits of a u64.
const TOGETHER: usize = 5;

pub(super) fn paragraph<R: CryptoRng + ?Sized>(locale: Locale, sentences: usize, rng: &mut R, out: &mut Vec<u8>) {
    let (mut numbers, known) = (Batch::new(rng), sentence_words(locale));
    let mut done = 0;
    while done < sentences {
        let (mut starts, mut words) = (0_u64, 0);
        for _ in done..sentences.min(done + TOGETHER) {
            starts |= 1 << words;
            words += FEWEST_WORDS + numbers.below(WORD_COUNTS);
        }
        if done == 0 {
            known.push_first(&mut numbers, out);
            (starts, words) = (starts >> 1, words - 1);
        }
        known.push(words, starts, &mut numbers, out);
        done += TOGETHER;
    }
    known.push_end(out);
}

#[cfg(test)]
mod tests {
    use super::*;

    fn written(words: &[Padded]) -> Vec<String> {
        let text = |word: &Padded| {
            let mut out = Vec::new();
            word.write(&mut out);
            String::from_utf8(out).unwrap()
        };
        words.iter().map(text).collect()
    }

    #[test]
    fn padded_words_are_those_of_the_lists() {
        for locale in &LOCALES {
            let known = sentence_words(locale);
            let space = if is_spaced(locale) { " " } else { "" };
            let next: Vec<String> = locale.words.iter().map(|word| format!("{space}{word}")).collect();
            let (within, another) = known.next.split_at(known.count);
            assert_eq!(written(within), next, "{}", locale.name);
            let ends: Vec<String> = written(&known.first).iter().map(|word| format!(".{space}{word}")).collect();
            let another: Vec<String> = written(another).iter().map(|word| word.replace('。', ".")).collect();
            assert_eq!(another, ends, "{}", locale.name);
            for (first, word) in written(&known.first).iter().zip(locale.words) {
                assert_eq!(first.to_lowercase(), word.to_lowercase());
                assert!(first.chars().next().is_some_and(|letter| !letter.is_lowercase()), "{first}");
            }
        }
        let long = "a word of more than sixteen letters";
        assert_eq!(written(&[Padded::new(long.as_bytes())]), [long]);
    }
}
