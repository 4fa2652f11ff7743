//! Where characters begin and end: the one place that cuts text.
//!
//! A character is one valid UTF-8 sequence, or one byte that belongs to none. The first byte of a valid sequence cannot
//! stand inside another one, so going forwards and going backwards find the same characters.

/// How many bytes a character has at most.
pub const LONGEST: usize = 4;

/// The length in bytes of the first character of `text`, 0 for an empty text.
pub fn first_len(text: &[u8]) -> usize {
    let wanted = match text.first() {
        None => return 0,
        Some(0xC2..=0xDF) => return if matches!(text.get(1), Some(0x80..=0xBF)) { 2 } else { 1 },
        Some(0xE0..=0xEF) => 3,
        Some(0xF0..=0xF4) => 4,
        Some(_) => return 1,
    };
    match text.get(..wanted) {
        Some(bytes) if std::str::from_utf8(bytes).is_ok() => wanted,
        _ => 1,
    }
}

/// The length in bytes of the last character of `text`, 0 for an empty text.
pub fn last_len(text: &[u8]) -> usize {
    match text.last() {
        None => return 0,
        Some(0x80..=0xBF) => (),
        Some(_) => return 1,
    }
    for len in 2..=4.min(text.len()) {
        let from = text.len() - len;
        if first_len(&text[from..]) == len {
            return len;
        }
    }
    1
}

/// Splits `text` after its first `count` characters; the second part is empty when there are no more than those.
pub fn split_first(text: &[u8], count: usize) -> (&[u8], &[u8]) {
    let mut end = 0;
    for _ in 0..count {
        match first_len(&text[end..]) {
            0 => break,
            len => end += len,
        }
    }
    text.split_at(end)
}

/// Splits `text` before its last `count` characters; the first part is empty when there are no more than those.
pub fn split_last(text: &[u8], count: usize) -> (&[u8], &[u8]) {
    let mut start = text.len();
    for _ in 0..count {
        match last_len(&text[..start]) {
            0 => break,
            len => start -= len,
        }
    }
    text.split_at(start)
}

/// How many characters `text` has.
pub fn count(text: &[u8]) -> usize {
    let mut rest = text;
    let mut count = 0;
    while !rest.is_empty() {
        rest = &rest[first_len(rest)..];
        count += 1;
    }
    count
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn characters(text: &[u8]) -> Vec<&[u8]> {
        let mut rest = text;
        let mut characters = Vec::new();
        while !rest.is_empty() {
            let (first, after) = rest.split_at(first_len(rest));
            characters.push(first);
            rest = after;
        }
        characters
    }

    proptest! {
        #[test]
        fn valid_text_is_cut_as_rust_cuts_it(text in any::<String>(), at in 0_usize..20) {
            let byte = text.char_indices().nth(at).map_or(text.len(), |(byte, _)| byte);
            prop_assert_eq!(split_first(text.as_bytes(), at), text.as_bytes().split_at(byte));
            prop_assert_eq!(count(text.as_bytes()), text.chars().count());
        }

        #[test]
        fn both_directions_find_the_same_characters_in_any_bytes(
            text in prop::collection::vec(prop_oneof![
                any::<u8>(), 0x80_u8..0xC0, Just(0xC3), Just(0xE2), Just(0xF0), Just(0xED), Just(0x9F)
            ], 0..24)
        ) {
            let forwards = characters(&text);
            let mut rest = &text[..];
            let mut backwards = Vec::new();
            while !rest.is_empty() {
                let (before, last) = rest.split_at(rest.len() - last_len(rest));
                backwards.push(last);
                rest = before;
            }
            backwards.reverse();
            prop_assert_eq!(&forwards, &backwards);
            for (at, _) in forwards.iter().enumerate() {
                prop_assert_eq!(split_first(&text, at), split_last(&text, forwards.len() - at));
            }
        }
    }

    #[test]
    fn an_invalid_byte_is_one_character() {
        assert_eq!(count(b"\xff\xfe\xc3"), 3);
        // A surrogate, an overlong form and a cut sequence are no UTF-8.
        assert_eq!(count(b"\xed\xa0\x80"), 3);
        assert_eq!(count(b"\xc0\xaf"), 2);
        assert_eq!(count(b"\xe2\x82"), 2);
        assert_eq!(count("€".as_bytes()), 1);
    }
}
