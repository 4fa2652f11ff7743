//! The text format of COPY.

/// How many bytes are looked at together.
const WORD: usize = size_of::<u64>();

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
fn clean_prefix(value: &[u8]) -> usize {
    let (words, rest) = value.as_chunks::<WORD>();
    for (index, word) in words.iter().enumerate() {
        let hits = special(u64::from_le_bytes(*word));
        if hits != 0 {
            return index * WORD + hits.trailing_zeros() as usize / 8;
        }
    }
    let start = value.len() - rest.len();
    rest.iter().position(|byte| is_special(*byte)).map_or(value.len(), |index| start + index)
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
}
