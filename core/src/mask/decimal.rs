//! Coarser decimal numbers, of any length: numerics, and the numbers of documents.

use num_bigint::{BigInt, Sign};

use super::number::{Decimal, NUMERIC_WHOLE_DIGITS};
use super::{MaskError, MaskErrorKind, generalise};

/// So many digits, and the sum of two such numbers, fit in 128 bits with a sign.
const SHORT: usize = 37;

/// The step of a decimal number: above zero, and finite.
#[derive(Debug, Clone, PartialEq)]
pub struct DecimalStep {
    /// Its digits, without the point.
    digits: BigInt,
    /// The same, where they are few.
    short: Option<i128>,
    /// How many of them stand behind the point, as they do in every result.
    scale: usize,
}

impl DecimalStep {
    /// Checks a step, which is given as PostgreSQL writes a numeric.
    ///
    /// # Errors
    /// [`MaskErrorKind::InvalidParameter`] when it is not above zero and finite.
    pub fn new(step: &str) -> Result<Self, MaskError> {
        let Some(step) = Decimal::parse(step.as_bytes()).filter(|step| !step.negative && !step.is_zero()) else {
            return Err(generalise::no_step());
        };
        let digits = [step.whole, step.part].concat();
        Ok(Self { short: short(&digits), digits: number(&digits, false), scale: step.part.len() })
    }

    /// Appends the greatest multiple of the step that is not above a value, with the digits behind the point that the step has. What
    /// is no number or infinite stays.
    ///
    /// # Errors
    /// [`MaskErrorKind::InvalidText`] when the value is not what PostgreSQL writes for a numeric;
    /// [`MaskErrorKind::OutOfRange`] when the result has more digits than a numeric.
    pub fn down(&self, value: &[u8], out: &mut Vec<u8>) -> Result<(), MaskError> {
        match self.multiple(value)? {
            None => out.extend_from_slice(value),
            Some(Multiple::Short(low)) => self.push(&Shown::of(low), out)?,
            Some(Multiple::Long(low)) => self.push(&Shown::of_long(&low), out)?,
        }
        Ok(())
    }

    /// Appends the range from that multiple up to, but without, the next, as PostgreSQL writes ranges: `[1.50,2.00)`. What is no
    /// number or infinite is the only one of its range.
    ///
    /// # Errors
    /// As for [`Self::down`].
    pub fn range(&self, value: &[u8], out: &mut Vec<u8>) -> Result<(), MaskError> {
        let (low, high) = match self.multiple(value)? {
            None => {
                for part in [&b"["[..], value, b",", value, b"]"] {
                    out.extend_from_slice(part);
                }
                return Ok(());
            }
            // Only steps that are short give a short multiple.
            Some(Multiple::Short(low)) => (Shown::of(low), Shown::of(low + self.short.unwrap_or_default())),
            Some(Multiple::Long(low)) => (Shown::of_long(&low), Shown::of_long(&(low + &self.digits))),
        };
        out.push(b'[');
        self.push(&low, out)?;
        out.push(b',');
        self.push(&high, out)?;
        out.push(b')');
        Ok(())
    }

    /// The greatest multiple that is not above a value, as a whole number of units of the step's last digit. None: the value is no
    /// number or infinite.
    fn multiple(&self, value: &[u8]) -> Result<Option<Multiple>, MaskError> {
        if matches!(value, b"NaN" | b"Infinity" | b"-Infinity") {
            return Ok(None);
        }
        let value = Decimal::parse(value).ok_or_else(super::number::not_a_number)?;
        // Multiples have no digits behind those of the step: what the value has there makes it at most a unit less.
        let (part, cut) = value.part.split_at_checked(self.scale).unwrap_or((value.part, &[]));
        let is_cut = cut.iter().any(|digit| *digit != b'0');
        let mut digits = [value.whole, part].concat();
        digits.resize(value.whole.len() + self.scale, b'0');
        if let (Some(step), Some(size)) = (self.short, short(&digits)) {
            let units = if value.negative { -size - i128::from(is_cut) } else { size };
            return Ok(Some(Multiple::Short(units - units.rem_euclid(step))));
        }
        let mut units = number(&digits, value.negative);
        if value.negative && is_cut {
            units -= 1;
        }
        let mut rest = &units % &self.digits;
        if rest.sign() == Sign::Minus {
            rest += &self.digits;
        }
        Ok(Some(Multiple::Long(units - rest)))
    }

    /// Appends a number of units.
    fn push(&self, Shown { negative, digits }: &Shown, out: &mut Vec<u8>) -> Result<(), MaskError> {
        let whole = digits.len().saturating_sub(self.scale);
        if whole > NUMERIC_WHOLE_DIGITS {
            return Err(MaskError::new(
                MaskErrorKind::OutOfRange,
                "the coarser number has more digits than a numeric can have",
                "Give a smaller step.",
            ));
        }
        if *negative {
            out.push(b'-');
        }
        let (before, behind) = digits.as_bytes().split_at_checked(whole).unwrap_or_default();
        out.extend_from_slice(if before.is_empty() { b"0" } else { before });
        if self.scale > 0 {
            out.push(b'.');
            out.resize(out.len() + self.scale - behind.len(), b'0');
            out.extend_from_slice(behind);
        }
        Ok(())
    }
}

/// A multiple of a step, in units of its last digit.
enum Multiple {
    Short(i128),
    Long(BigInt),
}

/// The digits of a number of units.
struct Shown {
    negative: bool,
    digits: String,
}

impl Shown {
    fn of(units: i128) -> Self {
        Self { negative: units < 0, digits: units.unsigned_abs().to_string() }
    }

    fn of_long(units: &BigInt) -> Self {
        Self { negative: units.sign() == Sign::Minus, digits: units.magnitude().to_string() }
    }
}

/// The number that some digits say, where they are few.
fn short(digits: &[u8]) -> Option<i128> {
    let first = digits.iter().position(|digit| *digit != b'0').unwrap_or(digits.len());
    let digits = digits.get(first..).filter(|digits| digits.len() <= SHORT)?;
    Some(digits.iter().fold(0, |number, digit| number * 10 + i128::from(digit - b'0')))
}

/// The number that some digits say.
fn number(digits: &[u8], negative: bool) -> BigInt {
    let size = BigInt::parse_bytes(digits, 10).unwrap_or_default();
    if negative { -size } else { size }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn down(value: &str, step: &str) -> String {
        let mut out = b">".to_vec();
        DecimalStep::new(step).unwrap().down(value.as_bytes(), &mut out).unwrap();
        String::from_utf8(out).unwrap()
    }

    #[test]
    fn a_decimal_number_goes_down_to_its_step() {
        for (value, step, result) in [
            ("1234.56", "100", ">1200"),
            ("1234.56", "0.5", ">1234.5"),
            ("1234.56", "0.50", ">1234.50"),
            ("-0.01", "100", ">-100"),
            ("-0.01", "0.01", ">-0.01"),
            ("-0.011", "0.01", ">-0.02"),
            ("0", "0.25", ">0.00"),
            ("0.2", "0.25", ">0.00"),
            ("-7", "7", ">-7"),
            ("0.07", "0.03", ">0.06"),
            ("NaN", "3", ">NaN"),
            ("-Infinity", "3", ">-Infinity"),
            (
                "123456789012345678901234567890123456789012345678901234567890.5",
                "1000",
                ">123456789012345678901234567890123456789012345678901234567000",
            ),
            (
                "-123456789012345678901234567890123456789012345678901234567890.5",
                "1000",
                ">-123456789012345678901234567890123456789012345678901234568000",
            ),
            ("5", "100000000000000000000000000000000000000000000000000", ">0"),
            (
                "-9999999999999999999999999999999999999",
                "9999999999999999999999999999999999999",
                ">-9999999999999999999999999999999999999",
            ),
            (
                "-9999999999999999999999999999999999999",
                "9999999999999999999999999999999999998",
                ">-19999999999999999999999999999999999996",
            ),
        ] {
            assert_eq!(down(value, step), result, "{value} by {step}");
        }
        for step in ["0", "-1", "NaN", "Infinity", "0.00", "", "x"] {
            assert!(DecimalStep::new(step).is_err(), "{step}");
        }
        let mut out = Vec::new();
        assert!(DecimalStep::new("1").unwrap().down(b"1e5", &mut out).is_err());
        assert!(out.is_empty());
    }

    // PostgreSQL's own division rounds: floor(2.99999999999999999999 / 3) * 3 is 3.
    #[test]
    fn a_number_just_below_a_multiple_stays_below_it() {
        assert_eq!(down("2.99999999999999999999", "3"), ">0");
        assert_eq!(down("-3.00000000000000000001", "3"), ">-6");
    }

    #[test]
    fn a_range_of_decimals_ends_at_the_next_step() {
        let range = |value: &str, step: &str| {
            let mut out = Vec::new();
            DecimalStep::new(step).unwrap().range(value.as_bytes(), &mut out).unwrap();
            String::from_utf8(out).unwrap()
        };
        assert_eq!(range("1.74", "0.25"), "[1.50,1.75)");
        assert_eq!(range("-1", "10"), "[-10,0)");
        assert_eq!(range("NaN", "10"), "[NaN,NaN]");
        assert_eq!(range("Infinity", "10"), "[Infinity,Infinity]");
    }

    #[test]
    fn a_number_that_a_numeric_does_not_hold_is_refused() {
        let most = "9".repeat(NUMERIC_WHOLE_DIGITS);
        let mut out = Vec::new();
        let step = DecimalStep::new("10").unwrap();
        assert!(step.down(format!("-{most}").as_bytes(), &mut out).is_err_and(|e| e.kind == MaskErrorKind::OutOfRange));
        assert!(step.down(most.as_bytes(), &mut out).is_ok());
    }

    proptest! {
        #[test]
        fn long_and_short_numbers_are_reckoned_alike(
            value in any::<i64>(), step in 1..i64::MAX, scale in 0_usize..12, own in 0_usize..12
        ) {
            let text = |number: i64, scale: usize| {
                let digits = format!("{:0>width$}", number.unsigned_abs(), width = scale + 1);
                let (whole, part) = digits.split_at(digits.len() - scale);
                format!("{}{whole}{}{part}", if number < 0 { "-" } else { "" }, if scale > 0 { "." } else { "" })
            };
            let (value, step) = (text(value, own), DecimalStep::new(&text(step, scale)).unwrap());
            let long = DecimalStep { short: None, ..step.clone() };
            let (mut one, mut other) = (Vec::new(), Vec::new());
            step.down(value.as_bytes(), &mut one).unwrap();
            long.down(value.as_bytes(), &mut other).unwrap();
            prop_assert_eq!(&one, &other);
            // Not above the value, and less than a step below it.
            prop_assert!(super::super::number::compare(&one, value.as_bytes()).is_le());
            let mut range = Vec::new();
            step.range(value.as_bytes(), &mut range).unwrap();
            let range = String::from_utf8(range).unwrap();
            let high = range.trim_end_matches(')').split_once(',').unwrap().1.to_owned();
            prop_assert!(super::super::number::compare(value.as_bytes(), high.as_bytes()).is_lt());
            // What is coarse stays so.
            let mut again = Vec::new();
            step.down(&one, &mut again).unwrap();
            prop_assert_eq!(one, again);
        }
    }
}
