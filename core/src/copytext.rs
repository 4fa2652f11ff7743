//! The text format of COPY.

/// How many bytes are looked at together: a vector register of every 64-bit processor.
const BLOCK: usize = 16;

/// Appends `value` as COPY writes it in the text format with its defaults: a tab between columns, `\N` for NULL.
///
/// A backslash, and the control characters that have a letter (`\b \t \n \v \f \r`), get a backslash; every other byte stays
/// as it is (`CopyAttributeOutText` in `src/backend/commands/copyto.c`). The bytes must be in an encoding in which no byte
/// of a multi-byte character is below 0x80; all server encodings are.
#[inline]
pub fn escape_into(value: &[u8], out: &mut Vec<u8>) {
    let clean = clean_prefix(value);
    out.extend_from_slice(&value[..clean]);
    if clean < value.len() {
        escape_rest(&value[clean..], out);
    }
}

/// The values of one row of COPY text, without its newline; None stands for NULL. The other way round of [`escape_into`]: a
/// backslash before a letter stands for a control character, before anything else for that. A table without columns has an
/// empty row.
pub fn split_row(row: &[u8]) -> impl Iterator<Item = Option<Vec<u8>>> {
    row.split(|byte| *byte == b'\t').map(|field| (field != b"\\N").then(|| unescape(field)))
}

fn unescape(field: &[u8]) -> Vec<u8> {
    let mut value = Vec::with_capacity(field.len());
    let mut bytes = field.iter();
    while let Some(&byte) = bytes.next() {
        if byte != b'\\' {
            value.push(byte);
            continue;
        }
        value.push(match bytes.next() {
            Some(b'b') => 0x08,
            Some(b't') => b'\t',
            Some(b'n') => b'\n',
            Some(b'v') => 0x0B,
            Some(b'f') => 0x0C,
            Some(b'r') => b'\r',
            Some(&other) => other,
            None => b'\\',
        });
    }
    value
}

/// Escapes what `out` holds from `start` on, as [`escape_into`] would have written it.
#[inline]
pub fn escape_from(start: usize, out: &mut Vec<u8>) {
    let clean = clean_prefix(out.get(start..).unwrap_or_default());
    if start + clean < out.len() {
        let rest = out.split_off(start + clean);
        escape_rest(&rest, out);
    }
}

/// Takes back the escapes of a text in which a backslash alone was escaped, as jsonb has it.
pub fn halve_backslashes(text: &mut Vec<u8>) {
    let Some(first) = memchr::memchr(b'\\', text) else { return };
    let mut kept = first;
    let mut at = first;
    while let Some(byte) = text.get(at).copied() {
        if let Some(place) = text.get_mut(kept) {
            *place = byte;
        }
        kept += 1;
        at += if byte == b'\\' { 2 } else { 1 };
    }
    text.truncate(kept);
}

#[cold]
fn escape_rest(mut value: &[u8], out: &mut Vec<u8>) {
    while let [byte, rest @ ..] = value {
        let escaped = match byte {
            0x08 => b'b',
            b'\t' => b't',
            b'\n' => b'n',
            0x0B => b'v',
            0x0C => b'f',
            b'\r' => b'r',
            other => *other,
        };
        out.extend_from_slice(&[b'\\', escaped]);
        let clean = clean_prefix(rest);
        out.extend_from_slice(&rest[..clean]);
        value = &rest[clean..];
    }
}

/// How many bytes stand before the first one that needs a backslash.
///
/// What does not fill a block or a word is covered by a last one that overlaps the one before, so that values of 8 to 100
/// bytes, as most are, take a few steps and no loop over bytes.
#[inline]
fn clean_prefix(value: &[u8]) -> usize {
    if let Some(last) = value.last_chunk::<BLOCK>() {
        let (blocks, _) = value.as_chunks::<BLOCK>();
        for (index, block) in blocks.iter().enumerate() {
            if has_special(block) {
                return index * BLOCK + first_special(block);
            }
        }
        return if has_special(last) { value.len() - BLOCK + first_special(last) } else { value.len() };
    }
    if let (Some(first), Some(last)) = (value.first_chunk::<8>(), value.last_chunk::<8>()) {
        return match (special(u64::from_le_bytes(*first)), special(u64::from_le_bytes(*last))) {
            (0, 0) => value.len(),
            (0, hits) => value.len() - 8 + first_hit(hits),
            (hits, _) => first_hit(hits),
        };
    }
    value.iter().position(|byte| is_special(*byte)).unwrap_or(value.len())
}

/// Whether [`is_special`] holds for any byte. Every byte is looked at, whatever was found before, and the test is written
/// as arithmetic: of that the compiler makes vector instructions.
#[inline]
fn has_special(block: &[u8; BLOCK]) -> bool {
    block.iter().fold(0, |found, byte| found | u8::from(byte.wrapping_sub(0x08) < 6) | u8::from(*byte == b'\\')) != 0
}

#[cold]
fn first_special(block: &[u8; BLOCK]) -> usize {
    block.iter().position(|byte| is_special(*byte)).unwrap_or(BLOCK)
}

/// The index of the first byte that is marked in the result of [`special`].
const fn first_hit(hits: u64) -> usize {
    (hits.trailing_zeros() / 8) as usize
}

/// Whether COPY writes a backslash before this byte. The six control characters stand next to each other, 0x08 to 0x0D.
const fn is_special(byte: u8) -> bool {
    matches!(byte, 0x08..=0x0D | b'\\')
}

/// The highest bit of every byte for which [`is_special`] holds. No carry goes from one byte to the next, because the
/// highest bits are taken out before adding.
const fn special(word: u64) -> u64 {
    const ONES: u64 = u64::MAX / 255;
    const HIGH: u64 = ONES * 0x80;
    let low = word & !HIGH;
    let from_8 = low + ONES * (0x80 - 0x08);
    let from_14 = low + ONES * (0x80 - 0x0E);
    let not_backslash = (low ^ (ONES * b'\\' as u64)) + ONES * 0x7F;
    ((from_8 & !from_14) | !not_backslash) & !word & HIGH
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn escape(value: &[u8]) -> Vec<u8> {
        let mut out = Vec::new();
        escape_into(value, &mut out);
        out
    }

    /// The loop of `CopyAttributeOutText`, a byte at a time.
    fn escape_slowly(value: &[u8]) -> Vec<u8> {
        let mut out = Vec::new();
        for byte in value {
            match byte {
                0x08 => out.extend(b"\\b"),
                0x09 => out.extend(b"\\t"),
                0x0A => out.extend(b"\\n"),
                0x0B => out.extend(b"\\v"),
                0x0C => out.extend(b"\\f"),
                0x0D => out.extend(b"\\r"),
                0x5C => out.extend(b"\\\\"),
                other => out.push(*other),
            }
        }
        out
    }

    proptest! {
        #[test]
        fn a_row_splits_into_the_values_that_it_was_made_of(
            values in proptest::collection::vec(proptest::option::of(proptest::collection::vec(0..=255_u8, 0..40)), 1..6),
        ) {
            let fields: Vec<Vec<u8>> =
                values.iter().map(|value| value.as_deref().map_or(b"\\N".to_vec(), escape)).collect();
            prop_assert_eq!(split_row(&fields.join(&b'\t')).collect::<Vec<_>>(), values);
        }
    }

    #[test]
    fn ascii_comes_out_as_postgresql_writes_it() {
        let value: Vec<u8> = (1..=127).collect();
        // What COPY of a PostgreSQL 15 server wrote for chr(1) to chr(127).
        let mut expected = b"\x01\x02\x03\x04\x05\x06\x07\\b\\t\\n\\v\\f\\r".to_vec();
        expected.extend(0x0E..=0x5B);
        expected.extend(b"\\\\");
        expected.extend(0x5D..=0x7F);
        assert_eq!(escape(&value), expected);
    }

    #[test]
    fn every_byte_is_treated_alike_at_every_place_of_a_word() {
        for length in 0..40 {
            for place in 0..length {
                for byte in 0..=255 {
                    let mut value = vec![b'a'; length];
                    value[place] = byte;
                    assert_eq!(escape(&value), escape_slowly(&value), "byte {byte} at {place} of {length}");
                }
            }
        }
    }

    #[test]
    fn what_is_escaped_in_place_is_the_same_as_what_is_escaped_on_the_way() {
        for value in ["", "plain", "a\tb", "\\", "long enough for a block, and then\na second line \\."] {
            let mut out = b"1\t".to_vec();
            out.extend_from_slice(value.as_bytes());
            escape_from(2, &mut out);
            assert_eq!(out, [b"1\t".to_vec(), escape(value.as_bytes())].concat());
        }
    }

    #[test]
    fn what_out_holds_already_stays() {
        let mut out = b"1\t".to_vec();
        escape_into(b"a\tb", &mut out);
        assert_eq!(out, b"1\ta\\tb");
    }

    proptest! {
        #[test]
        fn words_and_bytes_give_the_same(
            value in prop::collection::vec(prop_oneof![any::<u8>(), 7_u8..15, Just(b'\\'), Just(0xDC), Just(0x8A)], 0..200)
        ) {
            prop_assert_eq!(escape(&value), escape_slowly(&value));
        }
    }

    #[test]
    fn backslashes_are_halved_as_they_were_doubled() {
        for text in ["", "a", "\\", "\\\\\\", "a\\\"b\\\\c\\", "é\\é"] {
            let mut doubled = text.replace('\\', "\\\\").into_bytes();
            halve_backslashes(&mut doubled);
            assert_eq!(String::from_utf8(doubled).expect("UTF-8"), text);
        }
    }
}
