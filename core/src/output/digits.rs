//! Integers, and decimal digits eight at a time.
//!
//! Several digits are found at once in the lanes of one integer. A division by 10 or 100 is a multiplication by a rounded
//! reciprocal and a shift, exact for the few values that a lane can have.

use super::push;

/// `'0'` in every byte.
const ZEROS: u64 = 0x3030_3030_3030_3030;

/// Appends an int2.
#[inline]
pub fn int2(value: i16, out: &mut Vec<u8>) {
    int4(value.into(), out);
}

/// Appends an int4.
#[inline]
pub fn int4(value: i32, out: &mut Vec<u8>) {
    if value < 0 {
        out.push(b'-');
    }
    oid(value.unsigned_abs(), out);
}

/// Appends an int8.
#[inline]
pub fn int8(value: i64, out: &mut Vec<u8>) {
    if value < 0 {
        out.push(b'-');
    }
    unsigned(value.unsigned_abs(), out);
}

/// Appends an oid.
#[inline]
pub fn oid(value: u32, out: &mut Vec<u8>) {
    if value < 100_000_000 {
        up_to_eight(value, out);
    } else {
        // Ten digits at most: two before the last eight.
        up_to_eight(value / 100_000_000, out);
        out.extend_from_slice(&eight(value % 100_000_000));
    }
}

/// Appends a number without leading zeros.
#[inline]
pub(super) fn unsigned(value: u64, out: &mut Vec<u8>) {
    const EIGHT: u64 = 100_000_000;
    if value < EIGHT {
        return up_to_eight(value as u32, out);
    }
    let (high, low) = (value / EIGHT, (value % EIGHT) as u32);
    if high < EIGHT {
        up_to_eight(high as u32, out);
    } else {
        // Twenty digits at most: four before the last sixteen.
        up_to_eight((high / EIGHT) as u32, out);
        out.extend_from_slice(&eight((high % EIGHT) as u32));
    }
    out.extend_from_slice(&eight(low));
}

/// Appends a number below 100,000,000 without leading zeros.
#[inline(always)]
pub(super) fn up_to_eight(value: u32, out: &mut Vec<u8>) {
    let digits = lanes_of_eight(value);
    // The last digit is written also when it is zero.
    let skip = (digits | 1 << 63).trailing_zeros() / 8;
    push(((digits | ZEROS) >> (8 * skip)).to_le_bytes(), 8 - skip as usize, out);
}

/// Appends a number below 10,000 without leading zeros.
#[inline(always)]
pub(super) fn up_to_four(value: u32, out: &mut Vec<u8>) {
    let digits = lanes_of_four(value);
    let skip = (digits | 1 << 31).trailing_zeros() / 8;
    push(((digits | ZEROS as u32) >> (8 * skip)).to_le_bytes(), 4 - skip as usize, out);
}

/// The eight digits of a number below 100,000,000, leading zeros included.
#[inline(always)]
pub(crate) const fn eight(value: u32) -> [u8; 8] {
    (lanes_of_eight(value) | ZEROS).to_le_bytes()
}

/// The four digits of a number below 10,000, leading zeros included.
#[inline(always)]
pub(super) const fn four(value: u32) -> [u8; 4] {
    (lanes_of_four(value) | ZEROS as u32).to_le_bytes()
}

/// The two digits of a number below 100, leading zero included.
#[inline(always)]
pub(super) const fn two(value: u32) -> [u8; 2] {
    let tens = (value * 103) >> 10;
    [b'0' + tens as u8, b'0' + (value - 10 * tens) as u8]
}

/// The digits of a number below 10,000 as numbers, the first in the lowest byte.
#[inline(always)]
const fn lanes_of_four(value: u32) -> u32 {
    let hundreds = (value * 10_486) >> 20;
    let pairs = hundreds | (value - 100 * hundreds) << 16;
    let tens = (pairs * 103) >> 10 & 0x000F_000F;
    tens | (pairs - 10 * tens) << 8
}

/// The digits of a number below 100,000,000 as numbers, the first in the lowest byte.
#[inline(always)]
pub(super) const fn lanes_of_eight(value: u32) -> u64 {
    let fours = (value / 10_000) as u64 | ((value % 10_000) as u64) << 32;
    let hundreds = (fours * 10_486) >> 20 & 0x0000_007F_0000_007F;
    lanes_of_pairs::<0x000F_000F_000F_000F>(hundreds | (fours - 100 * hundreds) << 16)
}

/// The two digits of each of several numbers below 100, as numbers: the first in the byte where the number stood, the
/// second in the byte above. `TENS` has `0xF` in the lowest bits of every such byte; they are two bytes apart or more.
#[inline(always)]
pub(super) const fn lanes_of_pairs<const TENS: u64>(pairs: u64) -> u64 {
    // A product has 14 bits at most, so none reaches the next number; what the shift brings down from it is masked.
    let tens = (pairs * 103) >> 10 & TENS;
    tens | (pairs - 10 * tens) << 8
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn written<T>(value: T, write: fn(T, &mut Vec<u8>)) -> String {
        let mut out = b"before ".to_vec();
        write(value, &mut out);
        String::from_utf8(out).expect("UTF-8").strip_prefix("before ").expect("what was there stays").to_owned()
    }

    #[test]
    fn every_pair_and_every_four_digits_are_right() {
        for value in 0..100 {
            assert_eq!(two(value), *format!("{value:02}").as_bytes());
        }
        for value in 0..10_000 {
            assert_eq!(written(value, up_to_four), value.to_string());
            assert_eq!(four(value), *format!("{value:04}").as_bytes());
            assert_eq!(eight(value), *format!("{value:08}").as_bytes());
            assert_eq!(eight(value * 10_000), *format!("{value:04}0000").as_bytes());
        }
    }

    #[test]
    fn integers_at_every_change_of_length_are_right() {
        for power in 0..20 {
            for difference in [-1_i128, 0, 1] {
                let value = 10_i128.pow(power) + difference;
                for value in [value, -value] {
                    if let Ok(value) = i64::try_from(value) {
                        assert_eq!(written(value, int8), value.to_string());
                    }
                    if let Ok(value) = u32::try_from(value) {
                        assert_eq!(written(value, oid), value.to_string());
                    }
                    if let Ok(value) = i32::try_from(value) {
                        assert_eq!(written(value, int4), value.to_string());
                    }
                }
            }
        }
        assert_eq!(written(i64::MIN, int8), i64::MIN.to_string());
        assert_eq!(written(i64::MAX, int8), i64::MAX.to_string());
        assert_eq!(written(i32::MIN, int4), i32::MIN.to_string());
        assert_eq!(written(u32::MAX, oid), u32::MAX.to_string());
        assert_eq!(written(u64::MAX, unsigned), u64::MAX.to_string());
        for value in i16::MIN..=i16::MAX {
            assert_eq!(written(value, int2), value.to_string());
        }
    }

    proptest! {
        #[test]
        fn integers_of_every_length_are_right(value: u64, shift in 0..64_u32) {
            let value = value >> shift;
            prop_assert_eq!(written(value, unsigned), value.to_string());
            prop_assert_eq!(written(value.cast_signed(), int8), value.cast_signed().to_string());
            prop_assert_eq!(written(value as i32, int4), (value as i32).to_string());
            prop_assert_eq!(written(value as u32, oid), (value as u32).to_string());
        }
    }
}
