//! inet, cidr, macaddr and macaddr8 (`src/backend/utils/adt/network.c`, `src/port/inet_net_ntop.c`).

use super::digits::up_to_four;
use super::{OutputError, push};
use crate::hex;

/// Appends an inet, or a cidr, which shows its netmask always. `payload` is the value without the header of a varlena: the
/// address family, the bits of the netmask, and an address of 4 or 16 bytes (`inet_struct`).
///
/// # Errors
/// [`OutputError::UnknownLayout`] when the family is unknown, or length or netmask do not go with it.
#[inline]
pub fn inet(payload: &[u8], is_cidr: bool, out: &mut Vec<u8>) -> Result<(), OutputError> {
    /// `PGSQL_AF_INET` and `PGSQL_AF_INET6`.
    const V4: u8 = 2;
    const V6: u8 = 3;
    let (bits, most_bits) = match payload {
        [V4, bits @ 0..=32, address @ ..] => {
            ipv4(address.try_into().map_err(|_| OutputError::UnknownLayout)?, out);
            (*bits, 32)
        }
        [V6, bits @ 0..=128, address @ ..] => {
            ipv6(address.try_into().map_err(|_| OutputError::UnknownLayout)?, out);
            (*bits, 128)
        }
        _ => return Err(OutputError::UnknownLayout),
    };
    if bits < most_bits || is_cidr {
        out.push(b'/');
        up_to_four(bits.into(), out);
    }
    Ok(())
}

/// Appends a macaddr.
#[inline]
pub fn macaddr(value: &[u8; 6], out: &mut Vec<u8>) {
    out.extend_from_slice(&colons::<6, 17>(value));
}

/// Appends a macaddr8.
#[inline]
pub fn macaddr8(value: &[u8; 8], out: &mut Vec<u8>) {
    out.extend_from_slice(&colons::<8, 23>(value));
}

fn colons<const BYTES: usize, const LENGTH: usize>(value: &[u8; BYTES]) -> [u8; LENGTH] {
    let mut text = [b':'; LENGTH];
    for (place, byte) in text.chunks_mut(3).zip(value) {
        for (digit, text) in place.iter_mut().zip(hex::PAIRS[usize::from(*byte)]) {
            *digit = text;
        }
    }
    text
}

fn ipv4(address: [u8; 4], out: &mut Vec<u8>) {
    for (index, byte) in address.into_iter().enumerate() {
        if index > 0 {
            out.push(b'.');
        }
        up_to_four(byte.into(), out);
    }
}

/// The first of the longest runs of two or more zero words is left out. The last two words are written as an IPv4 address
/// where they are all that is not zero, or stand behind `::ffff:`.
fn ipv6(address: [u8; 16], out: &mut Vec<u8>) {
    let (words, _) = address.as_chunks::<2>();
    let (mut skip, mut longest, mut run) = (0, 1, 0);
    for (index, word) in words.iter().enumerate() {
        run = if *word == [0, 0] { run + 1 } else { 0 };
        if run > longest {
            (skip, longest) = (index + 1 - run, run);
        }
    }
    let skipped = if longest > 1 { skip..skip + longest } else { 8..8 };
    let [.., a, b, c, d] = address;
    let embeds_ipv4 = skipped == (0..6) || (skipped == (0..5) && words.get(5) == Some(&[0xFF, 0xFF]));
    for (index, word) in words.iter().enumerate() {
        if skipped.contains(&index) {
            if index == skipped.start {
                out.push(b':');
            }
            continue;
        }
        if index > 0 {
            out.push(b':');
        }
        if index == 6 && embeds_ipv4 {
            return ipv4([a, b, c, d], out);
        }
        hex_word(*word, out);
    }
    if skipped.start < 8 && skipped.end == 8 {
        out.push(b':');
    }
}

/// Writes a word without leading zeros.
fn hex_word(word: [u8; 2], out: &mut Vec<u8>) {
    let [high, low] = word.map(|byte| hex::PAIRS[usize::from(byte)]);
    let digits = u32::from_le_bytes([high[0], high[1], low[0], low[1]]);
    let skip = u16::from_be_bytes(word).leading_zeros().min(12) / 4;
    push((digits >> (8 * skip)).to_le_bytes(), 4 - skip as usize, out);
}
