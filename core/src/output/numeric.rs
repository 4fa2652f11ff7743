//! numeric, from the form in which it is stored (`src/backend/utils/adt/numeric.c`, `struct NumericData`).

use super::OutputError;
use super::digits::{four, up_to_four};

/// Both bits set: neither of the two below.
const SPECIAL: u16 = 0xC000;
/// The weight and the scale are in the header; otherwise the weight follows it.
const SHORT: u16 = 0x8000;
const NEGATIVE: u16 = 0x4000;
const NAN: u16 = 0xC000;
const INFINITY: u16 = 0xD000;
const NEGATIVE_INFINITY: u16 = 0xF000;

const SHORT_NEGATIVE: u16 = 0x2000;
const SHORT_SCALE_SHIFT: u16 = 7;
const SHORT_SCALE: u16 = 0x3F;
const SHORT_WEIGHT_NEGATIVE: u16 = 0x40;
const SHORT_WEIGHT: u16 = 0x3F;
const LONG_SCALE: u16 = 0x3FFF;

/// What a digit, of base 10,000, is below.
const BASE: u16 = 10_000;

/// Appends a numeric as `numeric_out` does. `payload` is the value without the length word of a varlena, decompressed.
///
/// # Errors
/// [`OutputError::UnknownLayout`] when the header or a digit is none that PostgreSQL writes.
#[inline]
pub fn numeric(payload: &[u8], out: &mut Vec<u8>) -> Result<(), OutputError> {
    Stored::read(payload)?.write(out)
}

/// A numeric as it is stored.
pub(super) struct Stored<'a> {
    header: u16,
    /// Digits behind the point that are shown.
    scale: u16,
    /// The power of 10,000 of the first digit.
    weight: i32,
    digits: &'a [[u8; 2]],
}

impl<'a> Stored<'a> {
    #[inline(always)]
    pub(super) fn read(payload: &'a [u8]) -> Result<Self, OutputError> {
        let (words, []) = payload.as_chunks::<2>() else { return Err(OutputError::UnknownLayout) };
        let [header, rest @ ..] = words else { return Err(OutputError::UnknownLayout) };
        let header = u16::from_ne_bytes(*header);
        if header & SHORT == 0 {
            let [weight, digits @ ..] = rest else { return Err(OutputError::UnknownLayout) };
            let weight = i16::from_ne_bytes(*weight).into();
            return Ok(Self { header, scale: header & LONG_SCALE, weight, digits });
        }
        let sign = if header & SHORT_WEIGHT_NEGATIVE == 0 { 0 } else { !i32::from(SHORT_WEIGHT) };
        let weight = sign | i32::from(header & SHORT_WEIGHT);
        Ok(Self { header, scale: header >> SHORT_SCALE_SHIFT & SHORT_SCALE, weight, digits: rest })
    }

    /// The digits of base 10,000 before the point, also those that are not stored because they are zero.
    #[inline(always)]
    fn whole(&self) -> usize {
        usize::try_from(self.weight + 1).unwrap_or(0)
    }

    /// How many bytes writing takes at most, those included that are cut off in the end.
    pub(super) fn longest(&self) -> usize {
        16 + 4 * self.whole() + usize::from(self.scale)
    }

    #[inline(always)]
    pub(super) fn write(&self, out: &mut Vec<u8>) -> Result<(), OutputError> {
        if self.header & SPECIAL == SPECIAL {
            out.extend_from_slice(match self.header {
                NAN => b"NaN",
                INFINITY => b"Infinity",
                NEGATIVE_INFINITY => b"-Infinity",
                _ => return Err(OutputError::UnknownLayout),
            });
            return Ok(());
        }
        let start = out.len();
        let negative = if self.header & SHORT == 0 { NEGATIVE } else { SHORT_NEGATIVE };
        if self.header & negative != 0 {
            out.push(b'-');
        }
        let written = whole_part(self.digits, self.whole(), out).and_then(|()| {
            if self.scale == 0 { Some(()) } else { fraction(self.digits, self.weight, self.scale, out) }
        });
        if written.is_none() {
            out.truncate(start);
        }
        written.ok_or(OutputError::UnknownLayout)
    }
}

/// A digit of base 10,000; None when it is larger.
#[inline(always)]
fn digit(bytes: [u8; 2]) -> Option<u32> {
    let digit = u16::from_ne_bytes(bytes);
    if digit < BASE { Some(digit.into()) } else { None }
}

/// Writes `count` digits of base 10,000, missing ones as zeros, without leading zeros, but at least one.
#[inline(always)]
fn whole_part(digits: &[[u8; 2]], count: usize, out: &mut Vec<u8>) -> Option<()> {
    let stored = digits.get(..count).unwrap_or(digits);
    let [first, rest @ ..] = stored else {
        out.push(b'0');
        // A zero is stored with weight 0; this is what numeric_out would make of another.
        push_zeros(4 * count.saturating_sub(1), out);
        return Some(());
    };
    up_to_four(digit(*first)?, out);
    for bytes in rest {
        out.extend_from_slice(&four(digit(*bytes)?));
    }
    push_zeros(4 * (count - stored.len()), out);
    Some(())
}

/// Writes the point and `scale` decimal digits behind it.
#[inline(always)]
fn fraction(digits: &[[u8; 2]], weight: i32, scale: u16, out: &mut Vec<u8>) -> Option<()> {
    let scale = usize::from(scale);
    out.push(b'.');
    let end = out.len() + scale;
    let stored = match usize::try_from(weight + 1) {
        Ok(whole) => digits.get(whole..).unwrap_or(&[]),
        Err(_) => {
            // Digits of value zero between the point and the first that is stored.
            let zeros = 4 * (weight + 1).unsigned_abs() as usize;
            push_zeros(zeros.min(scale), out);
            digits
        }
    };
    for bytes in stored {
        if out.len() >= end {
            break;
        }
        out.extend_from_slice(&four(digit(*bytes)?));
    }
    out.truncate(end);
    push_zeros(end - out.len(), out);
    Some(())
}

/// Appends zeros; most often there are none.
#[inline(always)]
fn push_zeros(count: usize, out: &mut Vec<u8>) {
    if count > 0 {
        out.resize(out.len() + count, b'0');
    }
}
