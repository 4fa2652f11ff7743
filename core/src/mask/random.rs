//! Random values that do not depend on the original: strings, digits, numbers, times.
//!
//! All are uniform, without the bias of a modulo or of rounding. Several characters are cut from one 64-bit draw: the
//! draw is read as a binary fraction, of which repeated multiplication gives one digit after another, and the few draws
//! that would favour some results are thrown away (Brackett-Rozinsky and Lemire, "Batched Ranged Random Integer
//! Generation", 2024; for one number it is Lemire, "Fast Random Integer Generation in an Interval", 2019).

use rand::CryptoRng;

use super::{MaskError, MaskErrorKind};
use crate::output::digits::eight;

/// The longest text PostgreSQL stores: `MaxAllocSize` less the four bytes of the header.
pub const LONGEST_TEXT: usize = 0x3fff_ffff - 4;

const ALPHANUMERIC: &[u8; 36] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789";

/// How many characters of [`ALPHANUMERIC`] one draw gives: with 11, one draw in 900 is thrown away; with 12, one in 4.
const BATCH: usize = 11;

/// A number below `bound`, which must not be 0.
pub(super) fn below<R: CryptoRng + ?Sized>(bound: u64, rng: &mut R) -> u64 {
    debug_assert_ne!(bound, 0);
    loop {
        let product = u128::from(rng.next_u64()) * u128::from(bound);
        let (number, fraction) = ((product >> 64) as u64, product as u64);
        // The remainder costs a division, so it is taken only where the fraction is small enough to matter.
        if fraction >= bound || fraction >= bound.wrapping_neg() % bound {
            return number;
        }
    }
}

/// Small numbers, several of which are made of one draw, because a draw from the stream of a value is dear: the fraction that is
/// left of it is nearly uniform, to one part in 2^22 or better: enough for words and passwords, of which nobody sees so many.
pub(super) struct Batch<'a, R: ?Sized> {
    rng: &'a mut R,
    draw: u64,
    /// The product of the bounds of the numbers that were made of it.
    used: u64,
}

impl<'a, R: CryptoRng + ?Sized> Batch<'a, R> {
    pub(super) fn new(rng: &'a mut R) -> Self {
        Self { rng, draw: 0, used: u64::MAX }
    }

    /// A number below `bound`, which must not be 0.
    #[inline(always)]
    pub(super) fn below(&mut self, bound: u32) -> usize {
        self.used = self.used.saturating_mul(bound.into());
        if self.used > 1 << 42 {
            self.draw = self.rng.next_u64();
            self.used = bound.into();
        }
        let product = u128::from(self.draw) * u128::from(bound);
        self.draw = product as u64;
        (product >> 64) as usize
    }
}

/// A number from 0 to `last`, both included.
pub(super) fn up_to<R: CryptoRng + ?Sized>(last: u64, rng: &mut R) -> u64 {
    match last.checked_add(1) {
        Some(bound) => below(bound, rng),
        None => rng.next_u64(),
    }
}

/// A number from 0 to `last`, both included, for spans that 64 bits do not hold.
pub(super) fn up_to_wide<R: CryptoRng + ?Sized>(last: u128, rng: &mut R) -> u128 {
    if let Ok(last) = u64::try_from(last) {
        return up_to(last, rng).into();
    }
    let mask = u128::MAX >> last.leading_zeros();
    loop {
        let number = (u128::from(rng.next_u64()) << 64 | u128::from(rng.next_u64())) & mask;
        if number <= last {
            return number;
        }
    }
}

/// A number of [0, 1) with 53 random bits.
pub fn fraction<R: CryptoRng + ?Sized>(rng: &mut R) -> f64 {
    const STEP: f64 = 1.0 / (1_u64 << 53) as f64;
    (rng.next_u64() >> 11) as f64 * STEP
}

/// Fills `text` with random characters of `A-Z0-9`.
pub(super) fn fill_alphanumeric<R: CryptoRng + ?Sized>(text: &mut [u8], rng: &mut R) {
    for batch in text.chunks_mut(BATCH) {
        // One draw has 36^length results that must be equally likely.
        let results = 36_u64.pow(batch.len() as u32);
        loop {
            let mut draw = rng.next_u64();
            for character in batch.iter_mut() {
                let product = u128::from(draw) * 36;
                *character = ALPHANUMERIC[(product >> 64) as usize];
                draw = product as u64;
            }
            if draw >= results || draw >= results.wrapping_neg() % results {
                break;
            }
        }
    }
}

/// Appends `length` random characters of `A-Z0-9`.
///
/// # Errors
/// - [`MaskErrorKind::InvalidParameter`] when `length` is negative;
/// - [`MaskErrorKind::ProgramLimit`] when PostgreSQL cannot store a text of that length ([`LONGEST_TEXT`]);
/// - [`MaskErrorKind::OutOfMemory`] when there is no memory for it.
pub fn string<R: CryptoRng + ?Sized>(length: i32, rng: &mut R, out: &mut Vec<u8>) -> Result<(), MaskError> {
    let length = usize::try_from(length).map_err(|_| {
        MaskError::new(
            MaskErrorKind::InvalidParameter,
            "the length of a random string must not be negative",
            "Give how many characters the string shall have.",
        )
    })?;
    if length > LONGEST_TEXT {
        return Err(MaskError::new(
            MaskErrorKind::ProgramLimit,
            "the random string is longer than PostgreSQL can store",
            format!("The longest text has {LONGEST_TEXT} bytes."),
        ));
    }
    let start = out.len();
    out.try_reserve(length).map_err(|_| {
        MaskError::new(
            MaskErrorKind::OutOfMemory,
            "there is not enough memory for the random string",
            "Ask for a shorter string.",
        )
    })?;
    out.resize(start + length, 0);
    fill_alphanumeric(&mut out[start..], rng);
    Ok(())
}

/// Appends a random postal code: six digits, each uniform.
pub fn zip<R: CryptoRng + ?Sized>(rng: &mut R, out: &mut Vec<u8>) {
    out.extend_from_slice(&eight(below(1_000_000, rng) as u32)[2..]);
}

/// Appends a random taxpayer number: eight digits, each uniform.
pub fn inn<R: CryptoRng + ?Sized>(rng: &mut R, out: &mut Vec<u8>) {
    out.extend_from_slice(&eight(below(100_000_000, rng) as u32));
}

/// Appends `prefix` and a random number of nine digits, the first of which is not 0.
pub fn phone<R: CryptoRng + ?Sized>(prefix: &[u8], rng: &mut R, out: &mut Vec<u8>) {
    let number = (100_000_000 + below(900_000_000, rng)) as u32;
    out.reserve(prefix.len() + 9);
    out.extend_from_slice(prefix);
    out.push(b'0' + (number / 100_000_000) as u8);
    out.extend_from_slice(&eight(number % 100_000_000));
}

/// Appends a number with at least so many digits.
pub(super) fn push_number(mut number: u64, digits: usize, out: &mut Vec<u8>) {
    // The digits of u64::MAX.
    let mut text = [b'0'; 20];
    let mut first = text.len();
    while number > 0 || text.len() - first < digits.min(text.len()) {
        first -= 1;
        text[first] = b'0' + (number % 10) as u8;
        number /= 10;
    }
    out.extend_from_slice(&text[first..]);
}

/// A random integer from `start` towards `stop`: `start` can come, `stop` cannot. The arguments may come in either
/// order, so `int_between(5, 1)` gives 2 to 5; equal arguments give that number.
pub fn int_between<R: CryptoRng + ?Sized>(start: i32, stop: i32, rng: &mut R) -> i32 {
    // The result lies between two numbers of the type.
    bigint_between(start.into(), stop.into(), rng) as i32
}

/// As [`int_between`], for 64-bit integers.
pub fn bigint_between<R: CryptoRng + ?Sized>(start: i64, stop: i64, rng: &mut R) -> i64 {
    if start == stop {
        return start;
    }
    let step = below(start.abs_diff(stop), rng);
    if start < stop { start.wrapping_add_unsigned(step) } else { start.wrapping_sub_unsigned(step) }
}

/// A random timestamp from `start` towards `stop`, in microseconds since 2000-01-01 00:00:00 UTC. `start` can come,
/// `stop` cannot, unless they are equal; the arguments may come in either order.
///
/// # Errors
/// [`MaskErrorKind::InvalidParameter`] when one of them is infinite.
pub fn timestamp_between<R: CryptoRng + ?Sized>(start: i64, stop: i64, rng: &mut R) -> Result<i64, MaskError> {
    for argument in [start, stop] {
        if matches!(argument, i64::MIN | i64::MAX) {
            return Err(MaskError::new(
                MaskErrorKind::InvalidParameter,
                "a random date cannot lie between infinite dates",
                "Give a finite first and last date.",
            ));
        }
    }
    Ok(bigint_between(start, stop, rng))
}

/// 1900-01-01 00:00:00 UTC in microseconds since 2000-01-01: 36,524 days earlier.
pub const YEAR_1900: i64 = -36_524 * 86_400_000_000;

/// A random timestamp between 1900-01-01 00:00:00 UTC and `now`, in microseconds since 2000-01-01 00:00:00 UTC.
///
/// # Errors
/// [`MaskErrorKind::InvalidParameter`] when `now` is infinite.
pub fn timestamp<R: CryptoRng + ?Sized>(now: i64, rng: &mut R) -> Result<i64, MaskError> {
    timestamp_between(YEAR_1900, now, rng)
}

/// How often each of several elements is to come.
#[derive(Debug, Clone, PartialEq)]
pub struct Weights {
    /// The sum of the weights up to each element.
    sums: Vec<f64>,
}

impl Weights {
    /// Takes a weight for each element; NULL is none.
    ///
    /// # Errors
    /// [`MaskErrorKind::InvalidParameter`] when one is negative, missing or not finite, or all are zero.
    pub fn new(weights: impl IntoIterator<Item = Option<f64>>) -> Result<Self, MaskError> {
        let mut sum = 0.0;
        let sums: Option<Vec<f64>> = weights
            .into_iter()
            .map(|weight| {
                sum += weight.filter(|weight| *weight >= 0.0)?;
                Some(sum)
            })
            .collect();
        match sums {
            Some(sums) if sum > 0.0 && sum.is_finite() => Ok(Self { sums }),
            _ => Err(MaskError::new(
                MaskErrorKind::InvalidParameter,
                "the weights of a choice must be finite, not negative, and not all zero",
                "Give one for each element, such as ARRAY[5, 3, 1].",
            )),
        }
    }

    /// The index of one of `count` elements, each as often as its weight says.
    ///
    /// # Errors
    /// [`MaskErrorKind::InvalidParameter`] when there is not one weight for each element.
    pub fn index<R: CryptoRng + ?Sized>(&self, count: usize, rng: &mut R) -> Result<usize, MaskError> {
        if count != self.sums.len() {
            return Err(MaskError::new(
                MaskErrorKind::InvalidParameter,
                "a choice has not as many weights as elements",
                "Give one weight for each element.",
            ));
        }
        let sum = self.sums.last().copied().unwrap_or_default();
        let at = fraction(rng) * sum;
        // Rounding may give the sum itself; an element without weight is never the first that is above.
        let found = self.sums.partition_point(|sum| *sum <= at);
        Ok(if found < count { found } else { self.sums.partition_point(|before| *before < sum) })
    }
}

/// The index of a random one of `count` elements, `None` when there are none.
pub fn index<R: CryptoRng + ?Sized>(count: usize, rng: &mut R) -> Option<usize> {
    // An index below a usize is a usize.
    (count > 0).then(|| below(count as u64, rng) as usize)
}
