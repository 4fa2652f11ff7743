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
