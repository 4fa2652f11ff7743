//! What the words before a number say of it, where its digits alone say nothing.

use std::collections::HashMap;
use std::sync::LazyLock;

use super::Detector;

/// A kind of number with the words that stand before it, and with the numbers of digits that it has.
pub(super) struct Hint {
    pub detector: Detector,
    words: &'static [&'static str],
    /// Words that also stand directly before a number in scripts that have no spaces.
    joined: &'static [&'static str],
    digits: &'static [std::ops::RangeInclusive<usize>],
}

const HINTS: &[Hint] = &[
    Hint {
        detector: Detector::Phone,
        words: &[
            "tel",
            "tél",
            "phone",
            "telephone",
            "téléphone",
            "telefon",
            "telefono",
            "teléfono",
            "telefone",
            "telef",
            "tlf",
            "tfno",
            "fon",
            "ph",
            "mobile",
            "mobil",
            "móvil",
            "movil",
            "mob",
            "cell",
            "cel",
            "celular",
            "cellulare",
            "handy",
            "portable",
            "fax",
            "whatsapp",
            "viber",
            "sms",
            "тел",
            "телефон",
            "телефону",
            "телефона",
            "телефоном",
            "тлф",
            "моб",
            "мобильный",
            "мобильного",
            "сот",
            "сотовый",
            "факс",
            "звоните",
            "позвоните",
            "перезвоните",
            "звонить",
        ],
        joined: &["电话", "電話", "手机", "手機", "携帯", "전화", "휴대폰"],
        digits: &[6..=15],
    },
    Hint { detector: Detector::UsSsn, words: &["ssn", "security"], joined: &[], digits: &[9..=9] },
    Hint { detector: Detector::RuInn, words: &["инн", "inn"], joined: &[], digits: &[10..=10, 12..=12] },
    Hint { detector: Detector::RuSnils, words: &["снилс", "snils"], joined: &[], digits: &[11..=11] },
    Hint { detector: Detector::BrCpf, words: &["cpf"], joined: &[], digits: &[11..=11] },
    Hint { detector: Detector::BrCnpj, words: &["cnpj"], joined: &[], digits: &[14..=14] },
    Hint { detector: Detector::FrNir, words: &["nir", "sécu", "sociale"], joined: &[], digits: &[13..=13, 15..=15] },
    Hint {
        detector: Detector::PaymentCard,
        words: &[
            "card",
            "pan",
            "cc",
            "carte",
            "karte",
            "karten",
            "kreditkarte",
            "kreditkarten",
            "kartennummer",
            "tarjeta",
            "cartão",
            "cartao",
            "carta",
            "visa",
            "mastercard",
            "maestro",
            "amex",
            "карта",
            "карты",
            "карте",
            "карту",
            "картой",
        ],
        joined: &["卡号", "卡號", "卡", "カード"],
        digits: &[12..=19],
    },
    Hint {
        detector: Detector::Passport,
        words: &["passport", "passeport", "reisepass", "pasaporte", "passaporto", "passaporte", "паспорт", "паспорта"],
        joined: &["护照", "護照"],
        digits: &[6..=10],
    },
];

/// What may stand between the word and its number, or at the word's end.
const FILLERS: [&str; 19] = [
    "number",
    "numbers",
    "numero",
    "número",
    "numéro",
    "nummer",
    "num",
    "nr",
    "no",
    "номер",
    "номеру",
    "id",
    "is",
    "код",
    "号码",
    "號碼",
    "番号",
    "번호",
    "号",
];

/// The most words between a kind and its number.
const MOST_FILLERS: usize = 2;

/// The most bytes of a word, and of what stands between two.
const LONGEST_WORD: usize = 40;
const LONGEST_GAP: usize = 12;

impl Hint {
    /// Whether a number of the kind may have so many digits.
    pub fn fits(&self, digits: usize) -> bool {
        self.digits.iter().any(|range| range.contains(&digits))
    }
}

/// What the words before a number say that it is: those at the end of a text.
pub(super) fn before(text: &str) -> Option<&'static Hint> {
    let mut rest = text;
    for _ in 0..=MOST_FILLERS {
        let (before, word) = last_word(rest)?;
        match lookup(word)? {
            Word::Kind(hint) => return Some(hint),
            Word::Filler => rest = before,
        }
    }
    None
}

/// Whether the word before a number says that it is a version or a place in a document.
pub(super) fn is_version(text: &str) -> bool {
    const WORDS: [&str; 14] = [
        "v",
        "ver",
        "version",
        "versions",
        "release",
        "build",
        "section",
        "chapter",
        "paragraph",
        "версия",
        "версии",
        "раздел",
        "пункт",
        "глава",
    ];
    last_word(text).is_some_and(|(_, word)| WORDS.contains(&word.to_lowercase().as_str()))
}

/// What a word before a number is.
#[derive(Clone, Copy)]
enum Word {
    Kind(&'static Hint),
    Filler,
}

/// The words that are known.
struct Words {
    all: HashMap<&'static str, Word>,
    /// For each first byte the lengths of the words that begin with it, as bits: nearly all other words are told by these.
    lengths: [u64; 256],
}

static WORDS: LazyLock<Words> = LazyLock::new(|| {
    let kinds = HINTS.iter().flat_map(|hint| hint.words.iter().map(move |word| (*word, Word::Kind(hint))));
    let all: HashMap<_, _> = FILLERS.iter().map(|word| (*word, Word::Filler)).chain(kinds).collect();
    let mut lengths = [0; 256];
    for word in all.keys() {
        if let Some(place) = word.bytes().next().and_then(|first| lengths.get_mut(usize::from(first))) {
            *place |= 1 << word.len();
        }
    }
    Words { all, lengths }
});

impl Words {
    #[inline]
    fn get(&self, word: &str) -> Option<Word> {
        let lengths = self.lengths.get(usize::from(*word.as_bytes().first()?))?;
        if lengths.checked_shr(word.len() as u32)? & 1 == 0 {
            return None;
        }
        self.all.get(word).copied()
    }
}

/// What a word is, whatever its case.
fn lookup(word: &str) -> Option<Word> {
    if word.is_ascii() {
        let mut buffer = [0; LONGEST_WORD];
        let lower = buffer.get_mut(..word.len())?;
        lower.copy_from_slice(word.as_bytes());
        lower.make_ascii_lowercase();
        let lower = std::str::from_utf8(lower).ok()?;
        // `phoneNumber`, `cardno`, `Telefonnummer`
        let shorter =
            || ["number", "nummer", "numero", "num", "nr", "no"].iter().find_map(|end| lower.strip_suffix(end));
        return WORDS.get(lower).or_else(|| WORDS.get(shorter()?));
    }
    let lower = word.to_lowercase();
    // `电话号码`
    let shorter = FILLERS.iter().find_map(|filler| lower.strip_suffix(filler));
    let mut words = [Some(lower.as_str()), shorter].into_iter().flatten();
    words.clone().find_map(|word| WORDS.get(word)).or_else(|| {
        let ends = |word: &str, hint: &Hint| hint.joined.iter().any(|joined| word.ends_with(joined));
        words.find_map(|word| HINTS.iter().find(|hint| ends(word, hint))).map(Word::Kind)
    })
}

/// The last word of a text, and what stands before it. None: the text ends with the end of a sentence or of a line, or with too much of
/// something else.
fn last_word(text: &str) -> Option<(&str, &str)> {
    let bytes = text.as_bytes();
    let is_between =
        |c: &&u8| c.is_ascii() && !c.is_ascii_alphanumeric() && !matches!(**c, b'\n' | b';' | b',' | b'!' | b'?');
    let gap = bytes.iter().rev().take(LONGEST_GAP + 1).take_while(is_between).count();
    let end = bytes.len() - gap;
    let before = bytes.get(..end)?;
    let length = before.iter().rev().take(LONGEST_WORD + 1).take_while(|c| c.is_ascii_alphabetic()).count();
    let start = end - length;
    if before.get(..start).and_then(<[u8]>::last).is_some_and(|c| !c.is_ascii()) {
        return last_word_of_any_script(text);
    }
    if gap > LONGEST_GAP || length == 0 || length > LONGEST_WORD {
        return None;
    }
    Some((text.get(..start)?, text.get(start..end)?))
}

/// The same where it is not of ASCII alone.
fn last_word_of_any_script(text: &str) -> Option<(&str, &str)> {
    let is_letter = |c: char| c.is_alphabetic();
    let end = text.trim_end_matches(|c: char| !c.is_alphanumeric() && !matches!(c, '\n' | ';' | ',' | '!' | '?'));
    if text.len() - end.len() > LONGEST_GAP || !end.ends_with(is_letter) {
        return None;
    }
    let (start, _) = end.char_indices().rev().take(LONGEST_WORD + 1).take_while(|(_, c)| is_letter(*c)).last()?;
    let (before, word) = end.split_at_checked(start)?;
    (word.len() <= LONGEST_WORD).then_some((before, word))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_words_before_a_number_say_what_it_is() {
        for (text, digits, detector) in [
            ("Tel.: ", 8, Detector::Phone),
            ("тел. ", 11, Detector::Phone),
            ("\"phoneNumber\": \"", 10, Detector::Phone),
            ("phone_number=", 10, Detector::Phone),
            ("my phone number is ", 7, Detector::Phone),
            ("请拨打电话号码：", 8, Detector::Phone),
            ("social security no. ", 9, Detector::UsSsn),
            ("ИНН ", 10, Detector::RuInn),
            ("card no. ", 16, Detector::PaymentCard),
            ("паспорт № ", 10, Detector::Passport),
        ] {
            let hint = before(text).unwrap();
            assert!(hint.detector == detector && hint.fits(digits), "{text}");
        }
    }

    #[test]
    fn other_words_say_nothing() {
        for (text, digits) in [
            ("order ", 10),
            ("hotel ", 8),
            ("tel, ", 8),
            ("tel\n", 8),
            ("phone ", 4),
            ("ssn ", 4),
            ("", 8),
            ("12", 8),
            ("no ", 8),
            ("tel in the order with the ", 8),
            ("inn ", 8),
        ] {
            assert!(!before(text).is_some_and(|hint| hint.fits(digits)), "{text}");
        }
    }

    #[test]
    fn versions_are_told_from_addresses_by_the_word() {
        assert!(is_version("see version ") && is_version("v") && is_version("версии ") && !is_version("from "));
    }
}
