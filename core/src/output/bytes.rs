//! boolean, uuid, bytea, and what is text already.

use crate::copytext;
use crate::hex;

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
    let digits = hex::sixteen(value);
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
    hex_digits(value, out);
}

/// Appends a part of a bytea that is not its beginning.
pub fn hex_digits(part: &[u8], out: &mut Vec<u8>) {
    hex::push(part, out);
}
