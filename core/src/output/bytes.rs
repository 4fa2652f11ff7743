//! boolean, uuid, bytea, and what is text already.

use crate::copytext;
use crate::mask::hash::HEX_PAIRS;

/// Appends a boolean.
#[inline]
pub fn boolean(value: bool, out: &mut Vec<u8>) {
    out.push(if value { b't' } else { b'f' });
}

/// Appends the bytes of a text, a varchar, a char(n), a json or an xml, escaped for COPY.
#[inline]
pub fn text(value: &[u8], out: &mut Vec<u8>) {
    copytext::escape_into(value, out);
}

/// Appends a name, escaped for COPY: the bytes before the first zero byte.
#[inline]
pub fn name(value: &[u8; 64], out: &mut Vec<u8>) {
    let length = memchr::memchr(0, value).unwrap_or(value.len());
    copytext::escape_into(value.get(..length).unwrap_or(value), out);
}

/// Appends a uuid.
#[inline]
pub fn uuid(value: &[u8; 16], out: &mut Vec<u8>) {
    let digits = hex(value);
    let mut text = [b'-'; 36];
    for (place, part) in [(0, 0..8), (9, 8..12), (14, 12..16), (19, 16..20), (24, 20..32)] {
        text[place..place + part.len()].copy_from_slice(&digits.as_flattened()[part]);
    }
    out.extend_from_slice(&text);
}

/// Appends a bytea in hexadecimal form, its backslash escaped for COPY. The text is twice as long as the value: for a large
/// one the caller should have made room.
#[inline]
pub fn bytea(value: &[u8], out: &mut Vec<u8>) {
    out.reserve(3 + 2 * value.len());
    out.extend_from_slice(br"\\x");
    let (blocks, rest) = value.as_chunks::<16>();
    for block in blocks {
        out.extend_from_slice(hex(block).as_flattened());
    }
    for byte in rest {
        out.extend_from_slice(&HEX_PAIRS[usize::from(*byte)]);
    }
}

/// The hexadecimal digits of sixteen bytes, found by arithmetic: of that the compiler makes vector instructions.
#[inline(always)]
fn hex(bytes: &[u8; 16]) -> [[u8; 2]; 16] {
    let digit = |half: u8| half + b'0' + u8::from(half > 9) * (b'a' - b'0' - 10);
    bytes.map(|byte| [digit(byte >> 4), digit(byte & 15)])
}
