//! Scrambled text: every letter and digit becomes another one, everything else stays where it is.

use rand::CryptoRng;

use super::MaskError;
use super::chars;
use super::interrupt::Watch;
use super::key::FamilyKey;
use super::random::below;

/// Characters that stand for each other. Letters in an alphabet of which this knows nothing become Latin ones.
const RANGES: &[(char, char)] = &[
    ('0', '9'),
    ('A', 'Z'),
    ('a', 'z'),
    // Greek without its gap and the final sigma, Cyrillic, Armenian, Hebrew, Arabic.
    ('Α', 'Ρ'),
    ('α', 'ρ'),
    ('А', 'Я'),
    ('а', 'я'),
    ('Ա', 'Ֆ'),
    ('ա', 'ֆ'),
    ('א', 'ת'),
    ('ا', 'غ'),
    ('٠', '٩'),
    // Devanagari, Thai, Georgian.
    ('क', 'ह'),
    ('०', '९'),
    ('ก', 'ฮ'),
    ('ა', 'ჰ'),
    // Kana, ideographs, Hangul.
    ('あ', 'ん'),
    ('ア', 'ン'),
    ('一', '龥'),
    ('가', '힣'),
];

/// Appends `value` with each letter and digit replaced by one of the same script and case, depending on the key, the whole
/// value and the place; the same value always gives the same text. Signs, spaces and symbols stay as they are.
///
/// # Errors
/// [`Interrupted`](super::MaskErrorKind::Interrupted) when it is to stop.
pub fn scramble(value: &[u8], key: &FamilyKey, out: &mut Vec<u8>) -> Result<(), MaskError> {
    let start = out.len();
    let mut stream = key.stream(value);
    // A short text may become itself: then it is drawn again, unless nothing in it can change.
    for _ in 0..32 {
        out.truncate(start);
        if !draw(value, &mut stream, out)? || out.get(start..) != Some(value) {
            break;
        }
    }
    Ok(())
}

/// Whether there was a character to replace.
fn draw<R: CryptoRng + ?Sized>(value: &[u8], rng: &mut R, out: &mut Vec<u8>) -> Result<bool, MaskError> {
    let mut replaced = false;
    let mut watch = Watch::new();
    let mut rest = value;
    out.reserve(value.len());
    while !rest.is_empty() {
        let (bytes, after) = rest.split_at(chars::first_len(rest));
        rest = after;
        watch.pass(bytes.len())?;
        let Some(character) = std::str::from_utf8(bytes).ok().and_then(|text| text.chars().next()) else {
            // A byte of an unknown encoding may be a letter.
            out.push(b'a' + below(26, rng) as u8);
            replaced = true;
            continue;
        };
        let range = RANGES.iter().find(|(first, last)| (first..=last).contains(&&character));
        let (first, last) = match range {
            Some(range) => *range,
            None if !character.is_alphanumeric() => {
                out.extend_from_slice(bytes);
                continue;
            }
            None if character.is_uppercase() => ('A', 'Z'),
            None if character.is_numeric() => ('0', '9'),
            None => ('a', 'z'),
        };
        let new = u32::from(first) + below(u64::from(u32::from(last) - u32::from(first)) + 1, rng) as u32;
        out.extend_from_slice(char::from_u32(new).unwrap_or(first).encode_utf8(&mut [0; 4]).as_bytes());
        replaced = true;
    }
    Ok(replaced)
}

#[cfg(test)]
mod tests {
    use super::super::key::{Domain, Key};
    use super::*;
    use proptest::prelude::*;

    fn written(value: &[u8]) -> Vec<u8> {
        let key = Key::new(b"one-key-of-thirty-two-characters-").unwrap();
        let mut out = Vec::new();
        scramble(value, key.family(Domain::Scramble), &mut out).unwrap();
        out
    }

    fn shape(text: &str) -> String {
        text.chars()
            .map(|c| match c {
                c if c.is_numeric() => '9',
                c if c.is_uppercase() => 'X',
                c if c.is_alphabetic() => 'x',
                c => c,
            })
            .collect()
    }

    #[test]
    fn case_digits_and_signs_stay_in_place() {
        for text in
            ["AB-1234 x/7", "Анна Петрова, 12.05.1980", "O'Neill & Söhne GmbH", "Ωμέγα", "日本国 東京都 1-2", "ÀÉÎ ßþ"]
        {
            let masked = String::from_utf8(written(text.as_bytes())).unwrap();
            assert_eq!(shape(&masked), shape(text), "{masked}");
            assert_ne!(masked, text);
        }
    }

    #[test]
    fn a_text_of_one_letter_is_never_itself() {
        for byte in (b'0'..=b'9').chain(b'a'..=b'z').chain(b'A'..=b'Z') {
            assert_ne!(written(&[byte]), [byte]);
        }
        assert_eq!(written(b"--- ..."), b"--- ...");
        assert_eq!(written(b""), b"");
    }

    proptest! {
        #[test]
        fn characters_keep_their_number_and_places(value in any::<String>()) {
            let masked = String::from_utf8(written(value.as_bytes())).unwrap();
            prop_assert_eq!(masked.chars().count(), value.chars().count());
            for (old, new) in value.chars().zip(masked.chars()) {
                prop_assert_eq!(old.is_alphanumeric(), new.is_alphanumeric());
                prop_assert!(old.is_alphanumeric() || old == new);
            }
            prop_assert_eq!(written(value.as_bytes()), masked.as_bytes());
        }

        #[test]
        fn any_bytes_are_taken(value in prop::collection::vec(any::<u8>(), 0..40)) {
            prop_assert_eq!(chars::count(&written(&value)), chars::count(&value));
        }
    }
}
