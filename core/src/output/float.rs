//! float4 and float8: the shortest digits that read back as the same number.
//!
//! Which digits, and where PostgreSQL goes over to an exponent, is in `src/common/d2s.c` and `f2s.c`. It differs from other
//! writers of shortest digits in one point: a decimal that lies exactly half-way between two floating-point numbers is not
//! taken, even where reading would round it to the right one (`acceptBounds`).

use std::ops::RangeInclusive;

use super::digits::{int8, unsigned, up_to_four};

/// From here on a float8 is written with an exponent, and so is what is below [`SMALLEST_FIXED`].
const FIRST_EXPONENT_8: f64 = 1e15;
/// From here on a float4 is written with an exponent.
const FIRST_EXPONENT_4: f32 = 1e6;
/// The smallest number that is written without an exponent.
const SMALLEST_FIXED: f64 = 1e-4;

/// Appends a float8.
#[inline]
pub fn float8(value: f64, out: &mut Vec<u8>) {
    let size = value.abs();
    if size < FIRST_EXPONENT_8 {
        let whole = value as i64;
        if whole as f64 == value && (whole != 0 || value.is_sign_positive()) {
            return int8(whole, out);
        }
        if size >= SMALLEST_FIXED {
            return out.extend_from_slice(zmij::Buffer::new().format_finite(value).as_bytes());
        }
    }
    let bits = value.to_bits();
    let fraction = bits & ((1 << f64::FRACTION) - 1);
    // The exponent of the last bit; the numbers for which it is used are not subnormal.
    let unit = (bits >> f64::FRACTION & 0x7FF) as i32 - (f64::MAX_EXP - 1) - f64::FRACTION as i32;
    special(value, zmij::Buffer::new().format(size), Neighbours { unit, power_of_2: fraction == 0 }, out);
}

/// Appends a float4.
#[inline]
pub fn float4(value: f32, out: &mut Vec<u8>) {
    let size = value.abs();
    if size < FIRST_EXPONENT_4 {
        let whole = value as i32;
        if whole as f32 == value && (whole != 0 || value.is_sign_positive()) {
            return int8(whole.into(), out);
        }
        if size >= SMALLEST_FIXED as f32 {
            return out.extend_from_slice(zmij::Buffer::new().format_finite(value).as_bytes());
        }
    }
    let bits = value.to_bits();
    let fraction = bits & ((1 << f32::FRACTION) - 1);
    let unit = (bits >> f32::FRACTION & 0xFF) as i32 - (f32::MAX_EXP - 1) - f32::FRACTION as i32;
    special(value, zmij::Buffer::new().format(size), Neighbours { unit, power_of_2: fraction == 0 }, out);
}

/// A floating-point type, for what is seldom needed.
trait Float: Copy + PartialEq + std::str::FromStr {
    /// One digit before the point, `digits - 1` behind it, and an exponent.
    fn to_rounded_text(self, digits: usize) -> String;
    /// The shortest digits, with an exponent.
    fn to_shortest_text(self) -> String;
    fn is_negative(self) -> bool;
    fn size(self) -> Self;
    fn is_finite(self) -> bool;
    fn is_nan(self) -> bool;
    /// Digits that always suffice.
    const DIGITS: usize;
    /// Bits of the fraction.
    const FRACTION: u32;
}

macro_rules! float {
    ($float:ty, $digits:literal) => {
        impl Float for $float {
            fn to_rounded_text(self, digits: usize) -> String {
                format!("{self:.*e}", digits.saturating_sub(1))
            }
            fn to_shortest_text(self) -> String {
                format!("{self:e}")
            }
            fn is_negative(self) -> bool {
                self.is_sign_negative()
            }
            fn size(self) -> Self {
                self.abs()
            }
            fn is_finite(self) -> bool {
                self.is_finite()
            }
            fn is_nan(self) -> bool {
                self.is_nan()
            }
            const DIGITS: usize = $digits;
            const FRACTION: u32 = <$float>::MANTISSA_DIGITS - 1;
        }
    };
}

float!(f64, 17);
float!(f32, 9);

/// Writes what is neither a number of common size nor a whole one: `shortest` is the text of its absolute value.
#[inline(never)]
fn special<F: Float>(value: F, shortest: &str, neighbours: Neighbours, out: &mut Vec<u8>) {
    if value.is_nan() {
        return out.extend_from_slice(b"NaN");
    }
    if value.is_negative() {
        out.push(b'-');
    }
    if !value.is_finite() {
        return out.extend_from_slice(b"Infinity");
    }
    if !neighbours.power_of_2 && !HALF_WAY_UNITS.contains(&neighbours.unit) {
        match shortest.as_bytes() {
            [.., b'e', _, _, _] | [.., b'e', _, _, _, _] => return out.extend_from_slice(shortest.as_bytes()),
            // At least two digits of the exponent.
            [digits @ .., b'e', sign, digit] => {
                out.extend_from_slice(digits);
                return out.extend_from_slice(&[b'e', *sign, b'0', *digit]);
            }
            _ => {}
        }
    }
    let mut decimal = Decimal::read(shortest.as_bytes());
    if decimal.digits == 0 {
        return out.push(b'0');
    }
    if neighbours.power_of_2 {
        // zmij does not look for the shortest digits where the neighbour below is nearer than the one above; the standard
        // library does, but rounds up where it lies half-way between two decimals.
        decimal = Decimal::read(value.size().to_shortest_text().as_bytes());
    }
    if neighbours.power_of_2 || neighbours.half_way(decimal) {
        decimal = inside(value.size(), decimal.length(), neighbours).unwrap_or(decimal);
    }
    decimal.write(out);
}

/// The [units](Neighbours::unit) of numbers that a half-way point of few digits can have as a neighbour. It is at least 2,
/// being an odd multiple of half a unit and of 10; and a number below 10^17 that is multiplied by 10 to the 23rd, for no
/// higher power of 5 is below 2^54, has no more than 56 + 23 factors of 2.
const HALF_WAY_UNITS: RangeInclusive<i32> = 2..=80;

/// How the neighbours of a number lie.
#[derive(Clone, Copy)]
struct Neighbours {
    /// The number is a multiple of 2 to this power, and the neighbour above is that far away.
    unit: i32,
    /// The neighbour below is only half as far away.
    power_of_2: bool,
}

impl Neighbours {
    /// Whether a decimal that reads back as the number, and has fewer digits than it, is half-way to a neighbour.
    ///
    /// It is if it is an odd multiple of half the distance, which the count of its factors of 2 says when it is a whole
    /// number. A half-way point that is not whole has more digits than the number, and so has the nearer one below a power
    /// of 2: 2^54 - 1 and 2^25 - 1, of which they are multiples by powers of 2, cannot be divided by 5.
    fn half_way(self, decimal: Decimal) -> bool {
        decimal.exponent > 0 && decimal.digits.trailing_zeros() as i32 + decimal.exponent == self.unit - 1
    }
}

/// The shortest decimal of `length` digits or more that reads back as `value`, is not half-way to a neighbour, and is the
/// nearest of those; the even one where it lies half-way between two.
#[cold]
fn inside<F: Float>(value: F, length: usize, neighbours: Neighbours) -> Option<Decimal> {
    (length..=F::DIGITS).find_map(|length| {
        let rounded = Decimal::read(value.to_rounded_text(length).as_bytes());
        let exponent = rounded.exponent - (length - rounded.length()) as i32;
        let digits = rounded.digits * 10_u64.pow((length - rounded.length()) as u32);
        // Where the neighbour below is nearer than the one above, the decimal on the far side can be the one inside.
        [digits, digits + 1, digits - 1]
            .map(|digits| Decimal { digits, exponent })
            .into_iter()
            .find(|decimal| {
                let stripped = decimal.stripped();
                let text = format!("{}e{}", stripped.digits, stripped.exponent);
                text.parse::<F>().is_ok_and(|read| read == value) && !neighbours.half_way(stripped)
            })
            .map(Decimal::stripped)
    })
}

/// `digits * 10 ^ exponent`; the last digit is not 0, unless it is the only one.
#[derive(Clone, Copy)]
struct Decimal {
    digits: u64,
    exponent: i32,
}

impl Decimal {
    /// Reads digits with or without a point and an exponent, without a sign. At most 17 of the digits count.
    fn read(text: &[u8]) -> Self {
        let (mut digits, mut exponent, mut behind_point) = (0_u64, 0, false);
        let mut bytes = text.iter();
        for byte in bytes.by_ref() {
            match byte {
                b'0'..=b'9' => {
                    digits = digits.wrapping_mul(10).wrapping_add(u64::from(byte - b'0'));
                    exponent -= i32::from(behind_point);
                }
                b'.' => behind_point = true,
                _ => break,
            }
        }
        let (mut power, mut negative) = (0, false);
        for byte in bytes {
            match byte {
                b'0'..=b'9' => power = power * 10 + i32::from(byte - b'0'),
                sign => negative = *sign == b'-',
            }
        }
        Self { digits, exponent: exponent + if negative { -power } else { power } }.stripped()
    }

    fn stripped(mut self) -> Self {
        while self.digits != 0 && self.digits.is_multiple_of(10) {
            self.digits /= 10;
            self.exponent += 1;
        }
        self
    }

    fn length(self) -> usize {
        self.digits.checked_ilog10().unwrap_or(0) as usize + 1
    }

    fn write(self, out: &mut Vec<u8>) {
        let start = out.len();
        unsigned(self.digits, out);
        let length = out.len() - start;
        let exponent = self.exponent + length as i32 - 1;
        if length > 1 {
            out.insert(start + 1, b'.');
        }
        out.extend_from_slice(if exponent < 0 { b"e-" } else { b"e+" });
        let exponent = exponent.unsigned_abs();
        if exponent < 10 {
            out.push(b'0');
        }
        up_to_four(exponent, out);
    }
}
