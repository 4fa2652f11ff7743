//! What a type's modifier makes of a value that is assigned to a column: the length of a text, the digits of a number. The
//! text is that of the type's output function.

use super::chars;

/// The modifier of a type whose values a mask writes as text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Modifier {
    /// There is none, or the type does not mind it.
    None,
    /// varchar(n): at most so many characters.
    Varchar(usize),
    /// char(n): exactly so many characters, filled up with blanks.
    Char(usize),
    /// numeric(p, s): at most so many digits before the point (negative: so many zeros behind it), and rounded to so many
    /// behind it (negative: before it).
    Numeric {
        /// Digits before the point.
        whole: i32,
        /// Digits behind it.
        scale: i32,
    },
}

/// A time, in microseconds, that is rounded to a multiple of `unit` as a type with a precision does it: to the nearest, and halves
/// away from zero (`AdjustTimestampForTypmod` and `AdjustTimeForTypmod`). Infinite times stay.
#[inline]
pub fn round_time(micros: i64, unit: i64) -> i64 {
    match micros {
        i64::MIN | i64::MAX => micros,
        0.. => (micros + unit / 2) / unit * unit,
        _ => -((unit / 2 - micros) / unit * unit),
    }
}

/// The unit, in microseconds, to which a time with so many digits behind the second is rounded. None: it keeps all.
pub fn time_unit(digits: i32) -> Option<i64> {
    (0..6).contains(&digits).then(|| 10_i64.pow(6 - digits.unsigned_abs()))
}

/// Why a value does not fit.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Misfit {
    /// A text has more characters than the type takes: SQLSTATE 22001.
    TooLong,
    /// A number has more digits than the type takes: SQLSTATE 22003.
    OutOfRange,
}

impl Modifier {
    /// Fits what `out` holds from `start` on, as an assignment does it: blanks that are too many are cut, other characters are
    /// not.
    ///
    /// # Errors
    /// When the value does not fit; `out` is then of no use.
    #[inline]
    pub fn fit(self, start: usize, out: &mut Vec<u8>) -> Result<(), Misfit> {
        match self {
            Self::None => Ok(()),
            // No character is shorter than a byte.
            Self::Varchar(most) if out.len() - start <= most => Ok(()),
            Self::Varchar(most) => cut(start, most, out),
            Self::Char(most) => {
                let count = chars::count(out.get(start..).unwrap_or_default());
                if count > most {
                    return cut(start, most, out);
                }
                out.resize(out.len() + most - count, b' ');
                Ok(())
            }
            Self::Numeric { whole, scale } => round(start, whole, scale, out),
        }
    }
}

/// Cuts a text to so many characters, when only blanks are too many.
#[cold]
fn cut(start: usize, most: usize, out: &mut Vec<u8>) -> Result<(), Misfit> {
    let (kept, rest) = chars::split_first(out.get(start..).unwrap_or_default(), most);
    if rest.iter().any(|byte| *byte != b' ') {
        return Err(Misfit::TooLong);
    }
    let end = start + kept.len();
    out.truncate(end);
    Ok(())
}

/// Rounds a number half away from zero, as `apply_typmod` (numeric.c) does.
fn round(start: usize, whole: i32, scale: i32, out: &mut Vec<u8>) -> Result<(), Misfit> {
    let text = out.get(start..).unwrap_or_default();
    match text {
        b"NaN" => return Ok(()),
        b"Infinity" | b"-Infinity" => return Err(Misfit::OutOfRange),
        _ => (),
    }
    let (negative, digits) = match text.split_first() {
        Some((b'-', digits)) => (true, digits),
        _ => (false, text),
    };
    let point = digits.iter().position(|byte| *byte == b'.').unwrap_or(digits.len());
    // The digits without the point; the value is that number times ten to the power of point - length.
    let mut number: Vec<u8> = digits.iter().copied().filter(|byte| *byte != b'.').collect();
    // How many digits stay: those before the point, and so many behind it.
    let kept = point as i64 + i64::from(scale);
    let mut before = point as i64;
    match usize::try_from(kept) {
        // The number is less than a tenth of the last digit that stays.
        Err(_) => {
            number = vec![b'0'];
            before = 1 - i64::from(scale);
        }
        Ok(kept) if kept < number.len() => {
            let up = number.get(kept).is_some_and(|digit| *digit >= b'5');
            number.truncate(kept);
            if up {
                let nines = number.iter().rev().take_while(|digit| **digit == b'9').count();
                let last = number.len() - nines;
                for digit in number.iter_mut().skip(last) {
                    *digit = b'0';
                }
                match last.checked_sub(1).and_then(|last| number.get_mut(last)) {
                    Some(digit) => *digit += 1,
                    None => {
                        number.insert(0, b'1');
                        before += 1;
                    }
                }
            }
            if number.is_empty() {
                number.push(b'0');
                before += 1;
            }
        }
        Ok(kept) => number.resize(kept, b'0'),
    }
    // Zeros in the place of the digits before the point that were rounded away.
    let before = usize::try_from(before).unwrap_or(0);
    if number.len() < before {
        number.resize(before, b'0');
    }
    let first = number.iter().position(|digit| *digit != b'0');
    if first.is_some_and(|first| before as i64 - first as i64 > i64::from(whole)) {
        return Err(Misfit::OutOfRange);
    }
    out.truncate(start);
    if negative && first.is_some() {
        out.push(b'-');
    }
    let (left, right) = number.split_at_checked(before).unwrap_or((&number, &[]));
    let left = left.get(left.iter().position(|digit| *digit != b'0').unwrap_or(left.len())..).unwrap_or_default();
    out.extend_from_slice(if left.is_empty() { b"0" } else { left });
    if scale > 0 {
        out.push(b'.');
        out.extend_from_slice(right);
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn fitted(modifier: Modifier, text: &str) -> Result<String, Misfit> {
        let mut out = b"before".to_vec();
        out.extend_from_slice(text.as_bytes());
        modifier.fit(6, &mut out)?;
        let text = String::from_utf8(out).expect("UTF-8");
        Ok(text.strip_prefix("before").expect("what was there stays").to_owned())
    }

    #[test]
    fn a_text_is_cut_of_blanks_alone() {
        let varchar = Modifier::Varchar(3);
        for (text, result) in [
            ("", Ok("")),
            ("äöü", Ok("äöü")),
            ("äö   ", Ok("äö ")),
            ("abcd", Err(Misfit::TooLong)),
            ("abc d", Err(Misfit::TooLong)),
        ] {
            assert_eq!(fitted(varchar, text).as_deref(), result.as_ref().map(|text| *text), "{text}");
        }
        for (text, result) in
            [("", Ok("   ")), ("ä", Ok("ä  ")), ("äö      ", Ok("äö ")), ("abcd", Err(Misfit::TooLong))]
        {
            assert_eq!(fitted(Modifier::Char(3), text).as_deref(), result.as_ref().map(|text| *text), "{text}");
        }
        assert_eq!(fitted(Modifier::None, "abcd ").as_deref(), Ok("abcd "));
    }

    #[test]
    fn a_time_is_rounded_as_postgresql_rounds_it() {
        // Each is what `SELECT x::timestamp(p)` gives.
        for (digits, micros, result) in [
            (0, 1_500_000, 2_000_000),
            (0, 1_499_999, 1_000_000),
            (0, -1_500_000, -2_000_000),
            (0, -1_499_999, -1_000_000),
            (3, 1_000_499, 1_000_000),
            (3, 1_000_500, 1_001_000),
            (5, -5, -10),
            (0, i64::MAX, i64::MAX),
            (0, i64::MIN, i64::MIN),
        ] {
            assert_eq!(round_time(micros, time_unit(digits).unwrap()), result, "{micros} to {digits}");
        }
        assert_eq!((time_unit(6), time_unit(-1)), (None, None));
    }

    #[test]
    fn a_number_is_rounded_as_postgresql_rounds_it() {
        // Each is what `SELECT x::numeric(p, s)` gives, with p = whole + scale.
        for (whole, scale, text, result) in [
            (4, 2, "1.005", Ok("1.01")),
            (4, 2, "1.0049999", Ok("1.00")),
            (4, 2, "-1.005", Ok("-1.01")),
            (4, 2, "7", Ok("7.00")),
            (4, 2, "-0.004", Ok("0.00")),
            (4, 2, "-0.005", Ok("-0.01")),
            (4, 2, "0", Ok("0.00")),
            (4, 2, "9999.994", Ok("9999.99")),
            (4, 2, "9999.995", Err(Misfit::OutOfRange)),
            (4, 2, "10000", Err(Misfit::OutOfRange)),
            (4, 2, "NaN", Ok("NaN")),
            (4, 2, "Infinity", Err(Misfit::OutOfRange)),
            (5, 0, "12.5", Ok("13")),
            (5, 0, "99.5", Ok("100")),
            (5, 0, "0.4", Ok("0")),
            (5, 0, "0.5", Ok("1")),
            (2, 0, "99.5", Err(Misfit::OutOfRange)),
            // numeric(2, -3) and numeric(3, 5), since version 15.
            (5, -3, "12345", Ok("12000")),
            (5, -3, "99499", Ok("99000")),
            (5, -3, "99500", Err(Misfit::OutOfRange)),
            (5, -3, "499", Ok("0")),
            (5, -3, "500", Ok("1000")),
            (5, -3, "-500", Ok("-1000")),
            (5, -3, "5", Ok("0")),
            (-2, 5, "0.001234", Ok("0.00123")),
            (-2, 5, "0.00999", Ok("0.00999")),
            (-2, 5, "0.01", Err(Misfit::OutOfRange)),
            (-2, 5, "0", Ok("0.00000")),
        ] {
            let modifier = Modifier::Numeric { whole, scale };
            assert_eq!(fitted(modifier, text).as_deref(), result.as_ref().map(|text| *text), "{text} {whole} {scale}");
        }
    }
}
