//! Numbers, dates and places in a range or normally distributed.
//!
//! They are made of random numbers alone, as realistic values are: drawn anew for each row, or from the
//! [stream](super::key::Stream) of a value. What is computed is the same on every machine: logarithm, cosine and arcsine are
//! those of the crate `libm`.

use rand::CryptoRng;

use super::random::{fraction, up_to, up_to_wide};
use super::{MaskError, MaskErrorKind};

/// So often a normally distributed number is drawn again that lies out of bounds; after that the nearest bound is taken.
const DRAWS: usize = 64;

fn wrong(message: &'static str, hint: &'static str) -> MaskError {
    MaskError::new(MaskErrorKind::InvalidParameter, message, hint)
}

fn upside_down() -> MaskError {
    wrong("the lowest value to draw is above the highest", "Give the lowest first, then the highest.")
}

fn bad_deviation() -> MaskError {
    wrong(
        "the standard deviation must be finite and not negative",
        "Two thirds of the results lie within it to either side of the mean.",
    )
}

/// A normally distributed number of mean 0 and deviation 1 (G. Box and M. Muller, 1958).
fn standard_normal<R: CryptoRng + ?Sized>(rng: &mut R) -> f64 {
    // Above zero, of which there is no logarithm.
    let radius = (-2.0 * libm::log(1.0 - fraction(rng))).sqrt();
    radius * libm::cos(std::f64::consts::TAU * fraction(rng))
}

/// The first of some draws that is within bounds.
fn within<T: PartialOrd + Copy>(low: T, high: T, mut draw: impl FnMut() -> T) -> T {
    let mut drawn = draw();
    for _ in 1..DRAWS {
        if low <= drawn && drawn <= high {
            return drawn;
        }
        drawn = draw();
    }
    if drawn < low {
        low
    } else if drawn > high {
        high
    } else {
        drawn
    }
}

/// Whole numbers, days or microseconds. Both bounds can come.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Whole {
    low: i64,
    high: i64,
    normal: Option<Normal>,
}

#[derive(Debug, Clone, Copy, PartialEq)]
struct Normal {
    mean: i64,
    deviation: f64,
}

impl Whole {
    /// Each number from `low` to `high` as likely as the others.
    ///
    /// # Errors
    /// [`MaskErrorKind::InvalidParameter`] when `low` is above `high`.
    pub fn uniform(low: i64, high: i64) -> Result<Self, MaskError> {
        if low <= high { Ok(Self { low, high, normal: None }) } else { Err(upside_down()) }
    }

    /// Numbers from `low` to `high`, normally distributed.
    ///
    /// # Errors
    /// [`MaskErrorKind::InvalidParameter`] when `low` is above `high`, or the deviation is negative or not finite.
    pub fn normal(mean: i64, deviation: f64, low: i64, high: i64) -> Result<Self, MaskError> {
        if !(deviation.is_finite() && deviation >= 0.0) {
            return Err(bad_deviation());
        }
        Ok(Self { normal: Some(Normal { mean, deviation }), ..Self::uniform(low, high)? })
    }

    /// The least and the greatest number that can come.
    pub const fn bounds(&self) -> (i64, i64) {
        (self.low, self.high)
    }

    /// One of the numbers.
    pub fn draw<R: CryptoRng + ?Sized>(&self, rng: &mut R) -> i64 {
        match self.normal {
            None => self.low.wrapping_add_unsigned(up_to(self.high.abs_diff(self.low), rng)),
            Some(Normal { mean, deviation }) => within(self.low, self.high, || {
                // Casts of floating-point numbers saturate.
                mean.saturating_add((deviation * standard_normal(rng)).round_ties_even() as i64)
            }),
        }
    }
}

/// Numbers with a fraction.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Real {
    /// From a lowest to a highest one.
    Uniform(f64, f64),
    /// Normally distributed, within bounds, which may be infinite.
    Normal {
        /// The mean.
        mean: f64,
        /// The standard deviation.
        deviation: f64,
        /// The least result.
        low: f64,
        /// The greatest result.
        high: f64,
    },
    /// A latitude in degrees between a southern and a northern one, each place on the globe as likely as the others.
    Latitude(f64, f64),
    /// A longitude in degrees from a western one eastwards to another.
    Longitude(f64, f64),
}

impl Real {
    /// Numbers from `low` to `high`.
    ///
    /// # Errors
    /// [`MaskErrorKind::InvalidParameter`] when `low` is above `high`, or one of them is not finite.
    pub fn uniform(low: f64, high: f64) -> Result<Self, MaskError> {
        if !(low.is_finite() && high.is_finite()) {
            return Err(wrong("a number cannot be drawn between bounds that are not finite", "Give finite bounds."));
        }
        if low <= high { Ok(Self::Uniform(low, high)) } else { Err(upside_down()) }
    }

    /// Normally distributed numbers from `low` to `high`, which may be infinite.
    ///
    /// # Errors
    /// [`MaskErrorKind::InvalidParameter`] for a mean or a deviation that is not finite, a negative deviation, and for bounds
    /// that are no numbers or the wrong way round.
    pub fn normal(mean: f64, deviation: f64, low: f64, high: f64) -> Result<Self, MaskError> {
        if !mean.is_finite() {
            return Err(wrong("the mean must be finite", "Give the middle of the results."));
        }
        if !(deviation.is_finite() && deviation >= 0.0) {
            return Err(bad_deviation());
        }
        if low <= high { Ok(Self::Normal { mean, deviation, low, high }) } else { Err(upside_down()) }
    }

    /// Latitudes.
    ///
    /// # Errors
    /// [`MaskErrorKind::InvalidParameter`] for what is not from -90 to 90, or the wrong way round.
    pub fn latitude(south: f64, north: f64) -> Result<Self, MaskError> {
        let is_one = |degrees: f64| (-90.0..=90.0).contains(&degrees);
        if !is_one(south) || !is_one(north) {
            return Err(wrong("a latitude is from -90 to 90 degrees", "Give the southern bound, then the northern."));
        }
        if south <= north { Ok(Self::Latitude(south, north)) } else { Err(upside_down()) }
    }

    /// Longitudes; the western bound may be above the eastern, where the way crosses the 180th meridian.
    ///
    /// # Errors
    /// [`MaskErrorKind::InvalidParameter`] for what is not from -180 to 180.
    pub fn longitude(west: f64, east: f64) -> Result<Self, MaskError> {
        let is_one = |degrees: f64| (-180.0..=180.0).contains(&degrees);
        if is_one(west) && is_one(east) {
            Ok(Self::Longitude(west, east))
        } else {
            Err(wrong("a longitude is from -180 to 180 degrees", "Give the western bound, then the eastern."))
        }
    }

    /// One of the numbers. Coordinates have six decimals at most: a tenth of a metre.
    pub fn draw<R: CryptoRng + ?Sized>(&self, rng: &mut R) -> f64 {
        match *self {
            Self::Uniform(low, high) => {
                let share = fraction(rng);
                // Not the difference of both, which may be infinite.
                (low * (1.0 - share) + high * share).clamp(low, high)
            }
            Self::Normal { mean, deviation, low, high } => {
                within(low.max(f64::MIN), high.min(f64::MAX), || mean + deviation * standard_normal(rng))
            }
            Self::Latitude(south, north) => {
                let sine = |degrees: f64| libm::sin(degrees.to_radians());
                let share = fraction(rng);
                let drawn = libm::asin((sine(south) * (1.0 - share) + sine(north) * share).clamp(-1.0, 1.0));
                degrees(drawn.to_degrees()).clamp(south, north)
            }
            Self::Longitude(west, east) => {
                let width = if west <= east { east - west } else { east - west + 360.0 };
                let drawn = degrees(west + width * fraction(rng));
                if drawn > 180.0 { degrees(drawn - 360.0) } else { drawn }
            }
        }
    }
}

/// To six decimals.
fn degrees(degrees: f64) -> f64 {
    (degrees * 1e6).round_ties_even() / 1e6
}

/// Decimal numbers of one scale.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Decimals {
    /// Digits behind the point.
    scale: usize,
    /// The least and the greatest number, in units of the last digit.
    low: i128,
    high: i128,
    /// Mean and deviation in the same units.
    normal: Option<(i128, f64)>,
}

/// The most digits of a bound: a number of units then has room in 128 bits.
const DIGITS: usize = 36;

/// The greatest number of so many digits.
const LIMIT: i128 = 10_i128.pow(DIGITS as u32) - 1;

/// A decimal number as PostgreSQL writes it: its digits as a whole number, and how many of them stand behind the point.
fn decimal(text: &str) -> Result<(i128, usize), MaskError> {
    let (whole, part) = text.split_once('.').unwrap_or((text, ""));
    let digits = format!("{whole}{part}");
    if matches!(text, "NaN" | "Infinity" | "-Infinity") {
        return Err(wrong("a number cannot be drawn between bounds that are not finite", "Give finite bounds."));
    }
    if digits.len() > DIGITS + 1 {
        return Err(too_long());
    }
    digits.parse().map(|number| (number, part.len())).map_err(|_| {
        MaskError::new(MaskErrorKind::InvalidText, "the text is not a numeric value", "Give a decimal number.")
    })
}

fn too_long() -> MaskError {
    wrong("a number to draw has more than 36 digits", "Give bounds of fewer digits.")
}

/// Decimal numbers in units of the last digit of the one that has most behind the point.
fn units<const N: usize>(texts: [&str; N]) -> Result<([i128; N], usize), MaskError> {
    let mut numbers = [(0, 0); N];
    for (number, text) in numbers.iter_mut().zip(texts) {
        *number = decimal(text)?;
    }
    let scale = numbers.iter().map(|(_, scale)| *scale).max().unwrap_or(0);
    let mut units = [0; N];
    for (unit, (number, own)) in units.iter_mut().zip(numbers) {
        let factor = 10_i128.checked_pow((scale - own) as u32);
        *unit = factor
            .and_then(|factor| number.checked_mul(factor))
            .filter(|unit| unit.abs() <= LIMIT)
            .ok_or_else(too_long)?;
    }
    Ok((units, scale))
}

impl Decimals {
    /// Numbers from `low` to `high`, both included, with as many digits behind the point as the one that has more.
    ///
    /// # Errors
    /// [`MaskErrorKind::InvalidParameter`] when `low` is above `high`, or one has more than 36 digits or is not finite.
    pub fn uniform(low: &str, high: &str) -> Result<Self, MaskError> {
        let ([low, high], scale) = units([low, high])?;
        if low <= high { Ok(Self { scale, low, high, normal: None }) } else { Err(upside_down()) }
    }

    /// Normally distributed numbers, with as many digits behind the point as the mean or the deviation. The bounds may be
    /// infinite.
    ///
    /// # Errors
    /// As for [`Self::uniform`]; for a negative deviation.
    pub fn normal(mean: &str, deviation: &str, low: &str, high: &str) -> Result<Self, MaskError> {
        let finite = |bound, infinite| if bound == infinite { "0" } else { bound };
        let ([mean, deviation, mut least, mut most], scale) =
            units([mean, deviation, finite(low, "-Infinity"), finite(high, "Infinity")])?;
        if low == "-Infinity" {
            least = -LIMIT;
        }
        if high == "Infinity" {
            most = LIMIT;
        }
        if deviation < 0 {
            return Err(bad_deviation());
        }
        if least > most {
            return Err(upside_down());
        }
        Ok(Self { scale, low: least, high: most, normal: Some((mean, deviation as f64)) })
    }

    /// Appends one of the numbers as PostgreSQL writes it.
    pub fn write<R: CryptoRng + ?Sized>(&self, rng: &mut R, out: &mut Vec<u8>) {
        let drawn = match self.normal {
            None => self.low.wrapping_add_unsigned(up_to_wide(self.high.abs_diff(self.low), rng)),
            Some((mean, deviation)) => within(self.low, self.high, || {
                mean.saturating_add((deviation * standard_normal(rng)).round_ties_even() as i128)
            }),
        };
        if drawn < 0 {
            out.push(b'-');
        }
        // The digits of u128::MAX.
        let mut text = [b'0'; 40];
        let (mut rest, mut first) = (drawn.unsigned_abs(), text.len());
        while (rest > 0 || text.len() - first <= self.scale) && first > 0 {
            first -= 1;
            text[first] = b'0' + (rest % 10) as u8;
            rest /= 10;
        }
        let (whole, part) = text[first..].split_at(text.len() - first - self.scale);
        out.extend_from_slice(whole);
        if self.scale > 0 {
            out.push(b'.');
            out.extend_from_slice(part);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// Mean and standard deviation.
    fn moments(numbers: &[f64]) -> (f64, f64) {
        let count = numbers.len() as f64;
        let mean = numbers.iter().sum::<f64>() / count;
        (mean, (numbers.iter().map(|n| (n - mean).powi(2)).sum::<f64>() / count).sqrt())
    }

    fn drawn(count: usize, mut draw: impl FnMut() -> f64) -> Vec<f64> {
        (0..count).map(|_| draw()).collect()
    }

    fn written(decimals: &Decimals) -> String {
        let mut out = Vec::new();
        decimals.write(&mut rand::rng(), &mut out);
        String::from_utf8(out).unwrap()
    }

    #[test]
    fn every_number_of_a_range_comes_both_bounds_included() {
        let range = Whole::uniform(-2, 3).unwrap();
        let mut counts = [0; 6];
        for _ in 0..6_000 {
            counts[(range.draw(&mut rand::rng()) + 2) as usize] += 1;
        }
        assert!(counts.iter().all(|count| (800..1_200).contains(count)), "{counts:?}");
        let decimals = Decimals::uniform("-0.2", "0.30").unwrap();
        let seen: std::collections::BTreeSet<String> = (0..3_000).map(|_| written(&decimals)).collect();
        assert_eq!(seen.len(), 51);
        assert!(["-0.20", "-0.01", "0.00", "0.07", "0.30"].iter().all(|text| seen.contains(*text)), "{seen:?}");
        assert_eq!(Whole::uniform(7, 7).unwrap().draw(&mut rand::rng()), 7);
        assert_eq!(written(&Decimals::uniform("7", "7").unwrap()), "7");
    }

    #[test]
    fn normal_numbers_have_their_mean_and_deviation_and_stay_within_bounds() {
        let rng = &mut rand::rng();
        let whole = Whole::normal(1_000, 100.0, i64::MIN, i64::MAX).unwrap();
        let real = Real::normal(1_000.0, 100.0, f64::NEG_INFINITY, f64::INFINITY).unwrap();
        let decimals = Decimals::normal("1000.00", "100", "-Infinity", "Infinity").unwrap();
        for numbers in [
            drawn(20_000, || whole.draw(rng) as f64),
            drawn(20_000, || real.draw(&mut rand::rng())),
            drawn(20_000, || written(&decimals).parse().unwrap()),
        ] {
            let (mean, deviation) = moments(&numbers);
            assert!((mean - 1_000.0).abs() < 5.0 && (deviation - 100.0).abs() < 5.0, "{mean} {deviation}");
            let near = numbers.iter().filter(|n| (900.0..=1_100.0).contains(*n)).count();
            assert!((13_200..14_100).contains(&near), "{near}");
        }
        let bounded = Whole::normal(0, 10.0, 0, 5).unwrap();
        assert!((0..1_000).all(|_| (0..=5).contains(&bounded.draw(&mut rand::rng()))));
        // Bounds that are never drawn.
        assert_eq!(Whole::normal(0, 1.0, 1_000, 2_000).unwrap().draw(&mut rand::rng()), 1_000);
        assert_eq!(Real::normal(0.0, 1.0, -9.0, -8.0).unwrap().draw(&mut rand::rng()), -8.0);
        assert_eq!(Whole::normal(5, 0.0, i64::MIN, i64::MAX).unwrap().draw(&mut rand::rng()), 5);
    }

    #[test]
    fn coordinates_are_spread_over_the_globe() {
        let latitude = Real::latitude(-90.0, 90.0).unwrap();
        let numbers = drawn(20_000, || latitude.draw(&mut rand::rng()));
        // Half of the globe lies within 30 degrees of the equator.
        let near = numbers.iter().filter(|n| n.abs() <= 30.0).count();
        assert!((9_600..10_400).contains(&near), "{near}");
        let (berlin, fiji) = (Real::longitude(13.1, 13.7).unwrap(), Real::longitude(177.0, -178.0).unwrap());
        for _ in 0..2_000 {
            assert!((13.1..=13.7).contains(&berlin.draw(&mut rand::rng())));
            let east = fiji.draw(&mut rand::rng());
            assert!((177.0..=180.0).contains(&east) || (-180.0..=-178.0).contains(&east), "{east}");
            assert_eq!((east * 1e6).round() / 1e6, east);
        }
    }

    #[test]
    fn bounds_that_make_no_sense_are_errors() {
        assert!(Whole::uniform(1, 0).is_err() && Whole::normal(0, -1.0, 0, 1).is_err());
        assert!(Whole::normal(0, f64::NAN, 0, 1).is_err() && Real::normal(0.0, 1.0, f64::NAN, 1.0).is_err());
        assert!(Real::uniform(0.0, f64::INFINITY).is_err() && Real::uniform(f64::NAN, 1.0).is_err());
        assert!(Real::latitude(-91.0, 0.0).is_err() && Real::latitude(1.0, 0.0).is_err());
        assert!(Real::longitude(0.0, 181.0).is_err() && Real::normal(f64::NAN, 1.0, 0.0, 1.0).is_err());
        for (low, high) in [("1", "0"), ("NaN", "1"), ("0", "Infinity"), ("x", "1"), (&*"9".repeat(40), "1")] {
            assert!(Decimals::uniform(low, high).is_err(), "{low}");
        }
        assert!(Decimals::uniform("0.00000000000000000000", "12345678901234567890").is_err());
        assert!(Decimals::normal("1", "-1", "-Infinity", "Infinity").is_err());
        assert!(Decimals::normal("1", "1", "5", "4").is_err());
    }

    proptest! {
        #[test]
        fn results_are_within_bounds(a in any::<i64>(), b in any::<i64>(), x in any::<f64>(), y in any::<f64>(), deviation in 0.0..1e300) {
            let (low, high) = (a.min(b), a.max(b));
            let whole = Whole::uniform(low, high).unwrap().draw(&mut rand::rng());
            let normal = Whole::normal(a, deviation, low, high).unwrap().draw(&mut rand::rng());
            prop_assert!((low..=high).contains(&whole) && (low..=high).contains(&normal));
            let decimals = Decimals::uniform(&format!("{}.5", i128::from(low) - 1), &(i128::from(high) + 1).to_string()).unwrap();
            let text = written(&decimals);
            prop_assert!(text.rsplit_once('.').is_some_and(|(_, part)| part.len() == 1), "{}", text);
            if x.is_finite() && y.is_finite() {
                let real = Real::uniform(x.min(y), x.max(y)).unwrap().draw(&mut rand::rng());
                prop_assert!((x.min(y)..=x.max(y)).contains(&real));
                prop_assert!(Real::normal(x, deviation, f64::NEG_INFINITY, f64::INFINITY).unwrap().draw(&mut rand::rng()).is_finite());
            }
        }
    }
}
