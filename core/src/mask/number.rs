//! Noise on numbers.
//!
//! `value * (1 - r)`, where `r` is uniform between `-ratio` and `ratio`. A result that the type cannot hold is replaced by
//! `value * (1 + r)`, and when it cannot hold that either, by the nearest number that it can hold. Integers, and numerics
//! to their scale, are rounded to the nearest; a small integer under a small ratio therefore often stays what it is.
//!
//! Zero has no size to take a share of. It becomes a number from 0 to `ratio`, never below 0, because a column with a zero
//! in it often has a constraint against negative numbers. It is rounded up or down at random by the fraction it has, so that
//! an integer zero becomes 1 once in `2 / ratio` times. A masked zero thus does not say that the original was zero.
//!
//! NaN and the infinities stay what they are.

use std::cmp::Ordering;

use rand::CryptoRng;

use super::random::{fraction, up_to, up_to_wide};
use super::{MaskError, MaskErrorKind};

/// The most digits that a numeric can have before the decimal point.
pub const NUMERIC_WHOLE_DIGITS: usize = 131_072;

/// How far noise goes: a finite share of the value, not negative.
#[derive(Debug, Clone, Copy, PartialEq, PartialOrd)]
pub struct Ratio(f64);

impl Ratio {
    /// Checks a ratio.
    ///
    /// # Errors
    /// [`MaskErrorKind::InvalidParameter`] when it is negative, infinite or not a number.
    pub fn new(ratio: f64) -> Result<Self, MaskError> {
        if ratio.is_finite() && ratio >= 0.0 {
            Ok(Self(ratio))
        } else {
            Err(MaskError::new(
                MaskErrorKind::InvalidParameter,
                "the ratio of noise must be a finite number that is not negative",
                "Give a share of the value, such as 0.1 for up to ten per cent up or down.",
            ))
        }
    }

    /// The ratio as it was given.
    pub const fn get(self) -> f64 {
        self.0
    }

    /// A number of [-ratio, ratio).
    fn draw<R: CryptoRng + ?Sized>(self, rng: &mut R) -> f64 {
        self.0 * (2.0 * fraction(rng) - 1.0)
    }

    /// A number of [0, ratio).
    fn draw_positive<R: CryptoRng + ?Sized>(self, rng: &mut R) -> f64 {
        self.0 * fraction(rng)
    }
}

/// Noise on a `smallint`.
pub fn noise_i16<R: CryptoRng + ?Sized>(value: i16, ratio: Ratio, rng: &mut R) -> i16 {
    noise_integer(value.into(), i16::MIN.into(), i16::MAX.into(), ratio, rng) as i16
}

/// Noise on an `integer`.
pub fn noise_i32<R: CryptoRng + ?Sized>(value: i32, ratio: Ratio, rng: &mut R) -> i32 {
    noise_integer(value.into(), i32::MIN.into(), i32::MAX.into(), ratio, rng) as i32
}

/// Noise on a `bigint`, or on what is stored as one (`money`).
pub fn noise_i64<R: CryptoRng + ?Sized>(value: i64, ratio: Ratio, rng: &mut R) -> i64 {
    noise_integer(value, i64::MIN, i64::MAX, ratio, rng)
}

/// Above this, a step is drawn as an integer: a factor has 53 bits and would leave the low digits of a long number as
/// they are.
const LONG_STEP: f64 = (1_u64 << 32) as f64;

/// Noise within `min..=max`, which must hold `value`.
fn noise_integer<R: CryptoRng + ?Sized>(value: i64, min: i64, max: i64, ratio: Ratio, rng: &mut R) -> i64 {
    if value == 0 {
        // Casts of floating-point numbers saturate.
        return (ratio.draw_positive(rng) + fraction(rng)).floor().min(max as f64) as i64;
    }
    let longest = value as f64 * ratio.get();
    let step = if longest.abs() < LONG_STEP {
        i128::from((value as f64 * ratio.draw(rng)).round_ties_even() as i64)
    } else {
        // A quarter of the range of i128 keeps the sums below from overflowing and is far outside every type.
        let longest = (longest.abs() as i128).min(i128::MAX / 4);
        up_to_wide(2 * longest.unsigned_abs(), rng).cast_signed() - longest
    };
    let range = i128::from(min)..=i128::from(max);
    let down = i128::from(value) - step;
    let up = i128::from(value) + step;
    let result = if !range.contains(&down) && range.contains(&up) { up } else { down };
    result.clamp(*range.start(), *range.end()) as i64
}

/// Noise on a `real`.
pub fn noise_f32<R: CryptoRng + ?Sized>(value: f32, ratio: Ratio, rng: &mut R) -> f32 {
    if !value.is_finite() {
        return value;
    }
    if value == 0.0 {
        return (ratio.draw_positive(rng) as f32).min(f32::MAX);
    }
    let share = ratio.draw(rng);
    let down = (f64::from(value) * (1.0 - share)) as f32;
    let up = (f64::from(value) * (1.0 + share)) as f32;
    let result = if !down.is_finite() && up.is_finite() { up } else { down };
    result.clamp(f32::MIN, f32::MAX)
}

/// Noise on a `double precision`.
pub fn noise_f64<R: CryptoRng + ?Sized>(value: f64, ratio: Ratio, rng: &mut R) -> f64 {
    if !value.is_finite() {
        return value;
    }
    if value == 0.0 {
        return ratio.draw_positive(rng);
    }
    let share = ratio.draw(rng);
    let down = value * (1.0 - share);
    let up = value * (1.0 + share);
    let result = if !down.is_finite() && up.is_finite() { up } else { down };
    result.clamp(f64::MIN, f64::MAX)
}

/// Noise on a `numeric`, as decimal text (`-123.4500`, `NaN`, `Infinity`): appends the result with the scale of `value`.
///
/// `whole_digits` is how many digits the result may have before the decimal point: precision less scale of the column
/// when they are known, [`NUMERIC_WHOLE_DIGITS`] otherwise.
///
/// The product is exact: all digits of the value times a factor of about 15 decimal places.
///
/// # Errors
/// [`MaskErrorKind::InvalidText`] when `value` is not what PostgreSQL writes for a numeric.
pub fn noise_numeric<R: CryptoRng + ?Sized>(
    value: &[u8],
    whole_digits: usize,
    ratio: Ratio,
    rng: &mut R,
    out: &mut Vec<u8>,
) -> Result<(), MaskError> {
    if matches!(value, b"NaN" | b"Infinity" | b"-Infinity") {
        out.extend_from_slice(value);
        return Ok(());
    }
    let decimal = Decimal::parse(value).ok_or_else(not_a_number)?;
    let start = out.len();
    if decimal.is_zero() {
        let factor = Factor::new(ratio.draw_positive(rng));
        let rounding = up_to(factor.one() - 1, rng);
        // The digits after the point are zeros already.
        let one = Decimal { negative: false, whole: b"1", ..decimal };
        if !one.multiply(&factor, rounding, whole_digits, out) {
            out.truncate(start);
            push_largest(false, whole_digits, decimal.part.len(), out);
        }
        return Ok(());
    }
    let share = ratio.draw(rng);
    for factor in [1.0 - share, 1.0 + share] {
        let signed = Decimal { negative: decimal.negative != (factor < 0.0), ..decimal };
        let factor = Factor::new(factor.abs());
        if signed.multiply(&factor, factor.one() / 2, whole_digits, out) {
            return Ok(());
        }
        out.truncate(start);
    }
    push_largest(decimal.negative != (share > 1.0), whole_digits, decimal.part.len(), out);
    Ok(())
}

/// What is wrong with a text that is no number.
pub(super) fn not_a_number() -> MaskError {
    MaskError::new(
        MaskErrorKind::InvalidText,
        "the text is not a numeric value",
        "Give a decimal number without exponent, NaN, Infinity or -Infinity.",
    )
}

/// Compares two numerics, given as text: the infinities are beyond all numbers, and NaN is beyond all of them.
pub fn compare(one: &[u8], other: &[u8]) -> Ordering {
    let rank = |text: &[u8]| match text {
        b"-Infinity" => 0,
        b"Infinity" => 2,
        b"NaN" => 3,
        _ => 1,
    };
    let by_rank = rank(one).cmp(&rank(other));
    let (Some(a), Some(b)) = (Decimal::parse(one), Decimal::parse(other)) else { return by_rank };
    let sign = |number: &Decimal| match number {
        zero if zero.is_zero() => 0,
        Decimal { negative: true, .. } => -1,
        _ => 1,
    };
    let size = |number: &Decimal<'_>, to: &Decimal<'_>| {
        let zeros = number.whole.iter().take_while(|digit| **digit == b'0').count();
        let whole = number.whole.get(zeros..).unwrap_or_default().to_vec();
        let mut part = number.part.to_vec();
        part.resize(number.part.len().max(to.part.len()), b'0');
        (whole.len(), whole, part)
    };
    sign(&a).cmp(&sign(&b)).then_with(|| {
        let by_size = size(&a, &b).cmp(&size(&b, &a));
        if a.negative { by_size.reverse() } else { by_size }
    })
}

/// The text of a number without the zeros at the end that do not change it: 3 for 3.00, to which it is equal.
pub fn without_zeros(text: &[u8]) -> &[u8] {
    if !text.contains(&b'.') {
        return text;
    }
    let zeros = text.iter().rev().take_while(|digit| **digit == b'0').count();
    let text = text.split_at_checked(text.len() - zeros).map_or(text, |(kept, _)| kept);
    text.strip_suffix(b".").unwrap_or(text)
}

/// Appends the largest number of that many digits, or the smallest.
fn push_largest(negative: bool, whole_digits: usize, scale: usize, out: &mut Vec<u8>) {
    if negative && whole_digits + scale > 0 {
        out.push(b'-');
    }
    match whole_digits {
        0 => out.push(b'0'),
        _ => out.resize(out.len() + whole_digits, b'9'),
    }
    if scale > 0 {
        out.push(b'.');
        out.resize(out.len() + scale, b'9');
    }
}

/// `significand / 10^shift`, where the significand has at most 19 digits.
struct Factor {
    significand: u64,
    shift: i32,
}

impl Factor {
    const DIGITS: usize = 19;

    /// Takes a number that is finite and not negative.
    fn new(factor: f64) -> Self {
        let mut shift = 15;
        let mut scaled = factor * 1e15;
        while scaled >= 1e19 {
            shift -= 1;
            scaled = factor * 10_f64.powi(shift);
        }
        Self { significand: scaled as u64, shift }
    }

    /// What stands for 1 in the digits that the shift cuts off.
    fn one(&self) -> u64 {
        10_u64.pow(self.shift.max(0).unsigned_abs())
    }
}

/// The digits of a decimal number: before the point and after it.
#[derive(Clone, Copy)]
pub(super) struct Decimal<'a> {
    pub(super) negative: bool,
    pub(super) whole: &'a [u8],
    pub(super) part: &'a [u8],
}

/// As many digits as fit in 64 bits with room for a product in 128.
const CHUNK: usize = 18;

/// 10 to the power of [`CHUNK`].
const CHUNK_BASE: u64 = 1_000_000_000_000_000_000;

impl<'a> Decimal<'a> {
    /// Reads what PostgreSQL writes for a number that is one.
    pub(super) fn parse(text: &'a [u8]) -> Option<Self> {
        let (negative, digits) = match text.strip_prefix(b"-") {
            Some(digits) => (true, digits),
            None => (false, text),
        };
        let (whole, part) = match memchr::memchr(b'.', digits) {
            Some(point) => (&digits[..point], &digits[point + 1..]),
            None => (digits, &[][..]),
        };
        let all_digits = whole.iter().chain(part).all(u8::is_ascii_digit);
        (all_digits && whole.len() + part.len() > 0).then_some(Self { negative, whole, part })
    }

    pub(super) fn is_zero(&self) -> bool {
        self.whole.iter().chain(self.part).all(|digit| *digit == b'0')
    }

    /// Appends the product with `factor`, cut to the scale after adding `rounding` to the digits that are cut off. False
    /// when it has more than `whole_digits` digits before the point; then what it appended is of no use.
    fn multiply(&self, factor: &Factor, rounding: u64, whole_digits: usize, out: &mut Vec<u8>) -> bool {
        let scale = self.part.len();
        let start = out.len();
        // Leading zeros make room for the digits of the factor, and for a carry.
        out.resize(start + Factor::DIGITS + 1, b'0');
        out.extend_from_slice(self.whole);
        out.extend_from_slice(self.part);
        let mut carry = u128::from(rounding);
        for chunk in out[start..].rchunks_mut(CHUNK) {
            let number = chunk.iter().fold(0_u64, |number, digit| number * 10 + u64::from(digit - b'0'));
            let product = u128::from(number) * u128::from(factor.significand) + carry;
            // Nothing is carried out of the first chunk: the room for the factor is there for that.
            carry = if chunk.len() == CHUNK { product / u128::from(CHUNK_BASE) } else { 0 };
            // What is left is below 10^18, so the low 64 bits have all of it.
            let mut low = (product as u64).wrapping_sub((carry as u64).wrapping_mul(CHUNK_BASE));
            for digit in chunk.iter_mut().rev() {
                *digit = b'0' + (low % 10) as u8;
                low /= 10;
            }
        }
        match usize::try_from(factor.shift) {
            Ok(cut) => out.truncate(out.len().saturating_sub(cut).max(start)),
            Err(_) => out.resize(out.len() + factor.shift.unsigned_abs() as usize, b'0'),
        }

        // At least the room for the factor less what was cut off stands before the point.
        let point = out.len() - scale;
        let zero = out[start..].iter().all(|digit| *digit == b'0');
        let leading = out[start..point].iter().take_while(|digit| **digit == b'0').count();
        if point - start - leading > whole_digits {
            return false;
        }
        if scale > 0 {
            out.insert(point, b'.');
        }
        // One digit stays before the point, and the sign takes the place of the digit before it.
        let mut first = start + leading.min(point - start - 1);
        if self.negative && !zero {
            if first > start {
                first -= 1;
                out[first] = b'-';
            } else {
                out.insert(first, b'-');
            }
        }
        out.drain(start..first);
        true
    }
}
