//! Names of persons and addresses, by lists of frequent names and of words of addresses. `lists/README.md` names their sources.

use std::collections::HashSet;
use std::hash::{BuildHasherDefault, Hasher};
use std::sync::LazyLock;

use fake::locales::{DE_DE, Data, EN, FR_FR, IT_IT, NL_NL, PT_BR, PT_PT, TR_TR};

/// What a word is in the lists.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) struct Word {
    pub first: bool,
    pub last: bool,
}

/// FNV-1a: the words are short, and the lists are ours, so nobody can make them collide.
#[derive(Clone)]
pub(super) struct Fnv(u64);

impl Default for Fnv {
    fn default() -> Fnv {
        Fnv(0xcbf2_9ce4_8422_2325)
    }
}

impl Hasher for Fnv {
    fn write(&mut self, bytes: &[u8]) {
        for byte in bytes {
            self.0 = (self.0 ^ u64::from(*byte)).wrapping_mul(0x0100_0000_01b3);
        }
    }

    fn finish(&self) -> u64 {
        self.0
    }
}

type Words = HashSet<Box<str>, BuildHasherDefault<Fnv>>;

/// The lists, in lower case and without diacritics.
pub(super) struct Lists {
    first: Words,
    last: Words,
}

/// The lists, made at their first use.
pub(super) static LISTS: LazyLock<Lists> = LazyLock::new(Lists::new);

impl Lists {
    fn new() -> Lists {
        let everyday: HashSet<&str> = include_str!("lists/everyday.txt").lines().collect();
        let mut lists = Lists { first: Words::default(), last: Words::default() };
        for names in [
            EN::NAME_FIRST_NAME,
            FR_FR::NAME_FIRST_NAME,
            DE_DE::NAME_FIRST_NAME,
            IT_IT::NAME_FIRST_NAME,
            PT_BR::NAME_FIRST_NAME,
            PT_PT::NAME_FIRST_NAME,
            NL_NL::NAME_FIRST_NAME,
            TR_TR::NAME_FIRST_NAME,
        ] {
            lists.first.extend(names.iter().map(|name| fold(name).into_boxed_str()));
        }
        for names in [
            EN::NAME_LAST_NAME,
            FR_FR::NAME_LAST_NAME,
            DE_DE::NAME_LAST_NAME,
            IT_IT::NAME_LAST_NAME,
            PT_BR::NAME_LAST_NAME,
            PT_PT::NAME_LAST_NAME,
            NL_NL::NAME_LAST_NAME,
            TR_TR::NAME_LAST_NAME,
        ] {
            lists.last.extend(names.iter().map(|name| fold(name).into_boxed_str()));
        }
        lists.first.extend(include_str!("lists/first_es.txt").lines().map(|name| fold(name).into_boxed_str()));
        lists.last.extend(include_str!("lists/last_es.txt").lines().map(|name| fold(name).into_boxed_str()));
        for name in include_str!("lists/first_ru.txt").lines() {
            lists.first.insert(fold(name).into_boxed_str());
            lists.first.insert(latin(name).into_boxed_str());
        }
        for name in include_str!("lists/last_ru.txt").lines() {
            for form in russian_last_names(name) {
                lists.last.insert(fold(&form).into_boxed_str());
                lists.last.insert(latin(&form).into_boxed_str());
            }
        }
        lists.first.retain(|name| name.chars().count() > 1 && !everyday.contains(&**name));
        lists.last.retain(|name| name.chars().count() > 2 && !everyday.contains(&**name));
        lists
    }

    /// What a word is, of letters alone.
    pub(super) fn word(&self, word: &str) -> Word {
        if word.is_ascii() {
            return folded_ascii(word, |word| Word {
                first: self.first.contains(word),
                last: self.last.contains(word),
            })
            .unwrap_or_default();
        }
        let folded = fold(word);
        let first = self.first.contains(&*folded) || is_patronymic(&folded);
        Word { first, last: self.last.contains(&*folded) || is_russian_last_name(&folded) }
    }
}

/// A Russian last name in the masculine and the feminine form.
fn russian_last_names(name: &str) -> Vec<String> {
    let mut forms = vec![name.to_owned()];
    if name.ends_with("ов")
        || name.ends_with("ев")
        || name.ends_with("ёв")
        || name.ends_with("ин")
        || name.ends_with("ын")
    {
        forms.push(format!("{name}а"));
    }
    forms
}

/// Ивановна, Петрович: nothing else ends like this.
fn is_patronymic(word: &str) -> bool {
    let long = word.chars().count() >= 6;
    long && ["ович", "евич", "овна", "евна", "ична"].iter().any(|ending| word.ends_with(ending))
}

/// Endings that most Russian and Ukrainian last names have, and few other words.
fn is_russian_last_name(word: &str) -> bool {
    const ENDINGS: [&str; 9] = ["ова", "ева", "ёва", "енко", "ский", "ская", "цкий", "цкая", "швили"];
    let long = word.chars().count() >= 6;
    long && ENDINGS.iter().any(|ending| word.ends_with(ending)) && !is_adjective(word)
}

/// -ский is the end of adjectives too: английский, городской.
fn is_adjective(word: &str) -> bool {
    const STEMS: [&str; 12] = [
        "русск",
        "английск",
        "немецк",
        "французск",
        "испанск",
        "китайск",
        "московск",
        "российск",
        "детск",
        "женск",
        "мужск",
        "городск",
    ];
    STEMS.iter().any(|stem| word.starts_with(stem))
}

/// What `look` gives for an ASCII word in lower case, without an allocation. None: the word is too long for a name.
fn folded_ascii<R>(word: &str, look: impl FnOnce(&str) -> R) -> Option<R> {
    let mut buffer = [0u8; 40];
    let buffer = buffer.get_mut(..word.len())?;
    buffer.copy_from_slice(word.as_bytes());
    buffer.make_ascii_lowercase();
    std::str::from_utf8(buffer).ok().map(look)
}

/// Lower case without diacritics; ё is е.
pub(super) fn fold(text: &str) -> String {
    let mut folded = String::with_capacity(text.len());
    for c in text.chars().flat_map(char::to_lowercase) {
        folded.push_str(match c {
            'á' | 'à' | 'â' | 'ã' | 'å' | 'ā' | 'ă' | 'ą' | 'ä' => "a",
            'é' | 'è' | 'ê' | 'ë' | 'ē' | 'ę' | 'ě' => "e",
            'í' | 'ì' | 'î' | 'ï' | 'ī' | 'ı' => "i",
            'ó' | 'ò' | 'ô' | 'õ' | 'ø' | 'ō' | 'ö' => "o",
            'ú' | 'ù' | 'û' | 'ū' | 'ů' | 'ü' => "u",
            'ç' | 'ć' | 'č' => "c",
            'ñ' | 'ń' | 'ň' => "n",
            'š' | 'ś' | 'ş' | 'ș' => "s",
            'ž' | 'ź' | 'ż' => "z",
            'ý' | 'ÿ' => "y",
            'ğ' => "g",
            'ł' => "l",
            'ř' => "r",
            'ť' | 'ț' => "t",
            'ď' | 'đ' => "d",
            'ß' => "ss",
            'æ' => "ae",
            'œ' => "oe",
            'ё' => "е",
            '\u{300}'..='\u{36f}' => "",
            _ => {
                folded.push(c);
                continue;
            }
        });
    }
    folded
}

/// Cyrillic in Latin letters by ICAO 9303, as passports have it.
fn latin(text: &str) -> String {
    let mut latin = String::with_capacity(text.len());
    for c in text.chars() {
        latin.push_str(match c {
            'а' => "a",
            'б' => "b",
            'в' => "v",
            'г' => "g",
            'д' => "d",
            'е' | 'ё' | 'э' => "e",
            'ж' => "zh",
            'з' => "z",
            'и' | 'й' => "i",
            'к' => "k",
            'л' => "l",
            'м' => "m",
            'н' => "n",
            'о' => "o",
            'п' => "p",
            'р' => "r",
            'с' => "s",
            'т' => "t",
            'у' => "u",
            'ф' => "f",
            'х' => "kh",
            'ц' => "ts",
            'ч' => "ch",
            'ш' => "sh",
            'щ' => "shch",
            'ъ' => "ie",
            'ы' => "y",
            'ь' => "",
            'ю' => "iu",
            'я' => "ia",
            other => {
                latin.push(other);
                continue;
            }
        });
    }
    latin
}

/// What a short text of words is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Name {
    First,
    Last,
    /// A first and a last name; or a first name, with a patronymic or an initial.
    Full,
}

/// Whether a text of letters, spaces, apostrophes, dashes, dots and commas is the name of a person.
pub(super) fn name(text: &str) -> Option<(Name, Word)> {
    let mut words = [""; 6];
    let mut count = 0;
    for word in text.split([' ', ',']).filter(|word| !word.is_empty()) {
        *words.get_mut(count)? = word;
        count += 1;
    }
    let words = words.get(..count)?;
    if let [word] = words {
        let found = compound(word);
        return match found {
            Word { first: true, .. } => Some((Name::First, found)),
            Word { last: true, .. } => Some((Name::Last, found)),
            _ => None,
        };
    }
    const TITLES: [&str; 14] =
        ["mr", "mrs", "ms", "dr", "prof", "herr", "frau", "mme", "sr", "sra", "dott", "sig", "m", "jr"];
    const PARTICLES: [&str; 14] =
        ["von", "van", "de", "der", "den", "la", "del", "di", "da", "dos", "du", "le", "el", "bin"];
    let (mut first, mut last, mut capital, mut initials, mut others) = (0, 0, 0, 0, 0);
    for word in words {
        let bare = word.trim_end_matches('.');
        let is_any = |list: &[&str]| list.iter().any(|known| known.eq_ignore_ascii_case(bare));
        if bare.len() <= 4 && (is_any(&TITLES) || is_any(&PARTICLES)) {
            continue;
        }
        if word.ends_with('.') && bare.split('.').all(|initial| initial.chars().count() == 1) {
            initials += 1;
            continue;
        }
        let found = compound(bare);
        first += usize::from(found.first);
        last += usize::from(found.last);
        let is_capital = bare.chars().next().is_some_and(char::is_uppercase);
        capital += usize::from(is_capital);
        others += usize::from(!found.first && !found.last && !is_capital);
    }
    if others > 0 {
        return None;
    }
    let named = first + last;
    let is_full = match (first, last) {
        (1.., 1..) if named >= 2 => true,
        // A name that is not in the lists beside one that is, both with a capital.
        (1.., 0) => (2..=4).contains(&capital),
        (0, 1..) => initials > 0,
        _ => false,
    };
    is_full.then_some((Name::Full, Word { first: first > 0, last: last > 0 }))
}

/// A word, which may be two with a dash: Anne-Marie, Müller-Schmidt, O'Neill.
fn compound(word: &str) -> Word {
    let found = LISTS.word(word);
    if found.first || found.last || !word.contains('-') {
        return found;
    }
    word.split('-').map(|part| LISTS.word(part)).fold(Word { first: true, last: true }, |all, part| Word {
        first: all.first && part.first,
        last: all.last && part.last,
    })
}

/// Words of addresses, with a dot or without.
const STREET_WORDS: &[&str] = &[
    "street",
    "st",
    "avenue",
    "ave",
    "road",
    "rd",
    "boulevard",
    "blvd",
    "lane",
    "ln",
    "drive",
    "dr",
    "court",
    "ct",
    "square",
    "terrace",
    "highway",
    "hwy",
    "parkway",
    "pkwy",
    "crescent",
    "suite",
    "apt",
    "apartment",
    "close",
    "gardens",
    "strasse",
    "str",
    "allee",
    "platz",
    "weg",
    "gasse",
    "ring",
    "ufer",
    "damm",
    "rue",
    "impasse",
    "quai",
    "chemin",
    "cours",
    "faubourg",
    "calle",
    "avenida",
    "avda",
    "plaza",
    "paseo",
    "carrera",
    "carretera",
    "camino",
    "rua",
    "travessa",
    "alameda",
    "praca",
    "largo",
    "rodovia",
    "estrada",
    "via",
    "viale",
    "piazza",
    "corso",
    "vicolo",
    "ул",
    "улица",
    "пр",
    "проспект",
    "пер",
    "переулок",
    "шоссе",
    "наб",
    "набережная",
    "бульвар",
    "б-р",
    "пл",
    "площадь",
    "проезд",
    "тупик",
    "пр-т",
    "пр-кт",
    "мкр",
    "кв",
    "straat",
    "laan",
    "ulica",
    "ul",
];

/// Ends of German and Dutch words that are names of streets.
const STREET_ENDINGS: [&str; 8] = ["strasse", "str", "allee", "platz", "weg", "gasse", "straat", "laan"];

static STREETS: LazyLock<HashSet<&'static str, BuildHasherDefault<Fnv>>> =
    LazyLock::new(|| STREET_WORDS.iter().copied().collect());

fn is_street_word(word: &str) -> bool {
    let is_end = |ending: &&str| word.len() > ending.len() + 2 && word.ends_with(ending);
    STREETS.contains(word) || (word.len() > 6 && STREET_ENDINGS.iter().any(is_end))
}

/// Whether a text of few words is a street with a number: a word of addresses, and a number of at most five digits beside other words.
pub(super) fn street_address(text: &str) -> bool {
    if !(6..=160).contains(&text.len()) {
        return false;
    }
    let (mut street, mut number, mut words) = (false, false, 0);
    for word in text.split([' ', ',', '\n', '\t']).filter(|word| !word.is_empty()) {
        words += 1;
        if words > 16 {
            return false;
        }
        let bare = word.trim_matches(['.', ';', '(', ')', '#', '№']);
        let digits = bare.bytes().filter(u8::is_ascii_digit).count();
        let starts_with_digit = bare.bytes().next().is_some_and(|c| c.is_ascii_digit());
        // 12, 12a, 12/3, 12-14, д.12
        if digits > 0 {
            number |=
                (1..=5).contains(&digits) && (starts_with_digit || bare.contains('.')) && bare.chars().count() <= 8;
            if !bare.contains('.') {
                continue;
            }
        }
        if street {
            continue;
        }
        // ул.Ленина
        let bare = bare.split_once('.').map_or(bare, |(before, _)| before);
        street = match bare.is_ascii() {
            true => folded_ascii(bare, is_street_word).unwrap_or(false),
            false => is_street_word(&fold(bare)),
        };
    }
    street && number && words >= 2
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_known_in_many_languages_and_spellings() {
        for text in [
            "Anna Schmidt",
            "Schmidt, Anna",
            "Иванов Иван Иванович",
            "Петрова А. С.",
            "Ivanov Aleksandr",
            "José García López",
            "Jean-Pierre Martin",
            "Dr. Hans Müller",
            "João da Silva",
            "Giulia Ferrari",
            "Анна-Мария Соколова",
        ] {
            assert_eq!(name(text).map(|found| found.0), Some(Name::Full), "{text}");
        }
        assert_eq!(name("Olga").map(|found| found.0), Some(Name::First));
        assert_eq!(name("Ольга").map(|found| found.0), Some(Name::First));
        assert_eq!(name("Кузнецова").map(|found| found.0), Some(Name::Last));
        assert_eq!(name("Kuznetsov").map(|found| found.0), Some(Name::Last));
        for text in ["Green Tea", "in stock", "pending", "April", "New York", "Английский язык", "", "a b c d e f g"]
        {
            assert_eq!(name(text), None, "{text}");
        }
    }

    #[test]
    fn streets_are_known_in_many_languages() {
        for text in [
            "12 Baker Street",
            "221B Baker St.",
            "ул. Ленина, д. 12, кв. 3",
            "Hauptstraße 5",
            "Berliner Str. 12a",
            "12 rue de la Paix",
            "Calle Mayor 3",
            "Rua Augusta, 1500",
            "Via Roma 10",
            "пр-т Мира, 5",
            "г. Москва, ул.Тверская, 7",
            "1600 Pennsylvania Avenue NW",
        ] {
            assert!(street_address(text), "{text}");
        }
        for text in ["Main menu 5", "order 12345678 for street", "street food", "12 items", "версия 2"] {
            assert!(!street_address(text), "{text}");
        }
    }
}
