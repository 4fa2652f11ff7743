//! Where characters begin and end: the one place that cuts text.
//!
//! A character is one valid UTF-8 sequence, or one byte that belongs to none. The first byte of a valid sequence cannot
//! stand inside another one, so going forwards and going backwards find the same characters.

/// The length in bytes of the first character of `text`, 0 for an empty text.
pub fn first_len(text: &[u8]) -> usize {
    let wanted = match text.first() {
        None => return 0,
        Some(0xC2..=0xDF) => 2,
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
