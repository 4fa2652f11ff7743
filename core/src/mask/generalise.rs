//! Coarser values: what is left is right, and says less.

use std::collections::BTreeMap;
use std::str::FromStr;

use super::date::{DAY, FIRST_DATE, FIRST_TIMESTAMP, LAST_DATE, LAST_TIMESTAMP, civil_from_day, day_from_civil};
use super::{MaskError, MaskErrorKind};
use crate::output;

/// The step of a whole number: at least 1.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Step(i64);

impl Step {
    /// Checks a step.
    ///
    /// # Errors
    /// [`MaskErrorKind::InvalidParameter`] when it is not positive.
    pub fn new(step: i64) -> Result<Self, MaskError> {
        if step > 0 { Ok(Self(step)) } else { Err(no_step()) }
    }

    /// The greatest multiple of the step that is not above `value`; `least` where that is below `least`.
    pub fn down(self, value: i64, least: i64) -> i64 {
        let multiple = i128::from(value.div_euclid(self.0)) * i128::from(self.0);
        i64::try_from(multiple).unwrap_or(least).max(least)
    }

    /// Appends the range from that multiple up to, but without, the next, as PostgreSQL writes ranges: `[30,40)`. It begins at
    /// `least` where the multiple is below that, and has no end where the next is above `most`, so that a range type of the same
    /// numbers takes it.
    pub fn range(self, value: i64, least: i64, most: i64, out: &mut Vec<u8>) {
        let low = i128::from(value.div_euclid(self.0)) * i128::from(self.0);
        let (low, high) = (low.max(least.into()), low + i128::from(self.0));
        let high = if high > most.into() { String::new() } else { high.to_string() };
        out.extend_from_slice(format!("[{low},{high})").as_bytes());
    }
}

/// What is wrong with a step that is none.
pub(super) fn no_step() -> MaskError {
    MaskError::new(
        MaskErrorKind::InvalidParameter,
        "the step of a coarser number must be above zero",
        "Give such as 10.",
    )
}

/// The step of a number with a fraction: above zero, and finite.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct FloatStep(f64);

impl FloatStep {
    /// Checks a step.
    ///
    /// # Errors
    /// [`MaskErrorKind::InvalidParameter`] when it is not above zero and finite.
    pub fn new(step: f64) -> Result<Self, MaskError> {
        if step > 0.0 && step.is_finite() { Ok(Self(step)) } else { Err(no_step()) }
    }

    /// The greatest multiple of the step that is not above `value`. What is no number or infinite stays.
    pub fn down(self, value: f64) -> f64 {
        let multiple = (value / self.0).floor() * self.0;
        if value.is_finite() && multiple.is_finite() { multiple } else { value }
    }
}

/// A span of the calendar, or of the day.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Unit {
    /// 60 minutes of a clock.
    Hour,
    /// A day.
    Day,
    /// A week from Monday (ISO 8601).
    Week,
    /// A month.
    Month,
    /// Three months.
    Quarter,
    /// A year.
    Year,
    /// Ten years, the first of which ends in 0.
    Decade,
}

impl FromStr for Unit {
    type Err = MaskError;

    /// Reads a name, in upper or lower case.
    fn from_str(name: &str) -> Result<Self, MaskError> {
        Ok(match name.to_ascii_lowercase().as_str() {
            "hour" => Self::Hour,
            "day" => Self::Day,
            "week" => Self::Week,
            "month" => Self::Month,
            "quarter" => Self::Quarter,
            "year" => Self::Year,
            "decade" => Self::Decade,
            _ => {
                return Err(MaskError::new(
                    MaskErrorKind::InvalidParameter,
                    "unknown unit of time",
                    "Use one of hour, day, week, month, quarter, year, decade.",
                ));
            }
        })
    }
}

impl Unit {
    /// The first day of the span in which a day (since 2000-01-01) lies.
    fn first_day(self, day: i64) -> i64 {
        let (year, month, _) = civil_from_day(day);
        match self {
            Self::Hour | Self::Day => day,
            // 2000-01-03 was a Monday.
            Self::Week => day - (day - 2).rem_euclid(7),
            Self::Month => day_from_civil(year, month, 1),
            Self::Quarter => day_from_civil(year, (month - 1) / 3 * 3 + 1, 1),
            Self::Year => day_from_civil(year, 1, 1),
            Self::Decade => day_from_civil(year.div_euclid(10) * 10, 1, 1),
        }
    }

    /// The first day of the span in which a date (days since 2000-01-01) lies. Infinite dates stay.
    pub fn date(self, value: i32) -> i32 {
        if matches!(value, i32::MIN | i32::MAX) {
            return value;
        }
        // Earlier than the value, and not below the first date.
        self.first_day(value.into()).max(FIRST_DATE.into()) as i32
    }

    /// The beginning of the span in which a time (microseconds since 2000-01-01) lies, in UTC. Infinite times stay.
    pub fn timestamp(self, value: i64) -> i64 {
        match (self, value) {
            (_, i64::MIN | i64::MAX) => value,
            (Self::Hour, _) => value.div_euclid(HOUR) * HOUR,
            _ => (self.first_day(value.div_euclid(DAY)) * DAY).max(FIRST_TIMESTAMP),
        }
    }
}

/// What a range of dates is written of.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RangeOf {
    /// Dates, for daterange.
    Date,
    /// Times without a zone, for tsrange.
    Timestamp,
    /// Times with a zone, in UTC, for tstzrange.
    TimestampTz,
}

impl Unit {
    /// Appends the range from the beginning of the span in which a day (since 2000-01-01) lies up to, but without, that of the
    /// next, as PostgreSQL writes ranges. An infinite value is the only one of its range.
    pub fn date_range(self, value: i32, out: &mut Vec<u8>) {
        let first = self.date(value);
        out.push(b'[');
        output::date(first, out);
        out.push(b',');
        if matches!(value, i32::MIN | i32::MAX) {
            output::date(first, out);
            out.push(b']');
            return;
        }
        // Behind the last date there is no end.
        if let Some(next) = i32::try_from(self.next_day(self.first_day(value.into()))).ok().filter(|n| *n <= LAST_DATE)
        {
            output::date(next, out);
        }
        out.push(b')');
    }

    /// The same for a time (microseconds since 2000-01-01).
    pub fn timestamp_range(self, value: i64, of: RangeOf, out: &mut Vec<u8>) {
        let write = |micros: i64, out: &mut Vec<u8>| match (of, micros) {
            (_, i64::MIN | i64::MAX) => output::timestamp(micros, out),
            (RangeOf::TimestampTz, _) => {
                out.push(b'"');
                output::timestamptz(micros, 0, out);
                out.push(b'"');
            }
            _ => {
                out.push(b'"');
                output::timestamp(micros, out);
                out.push(b'"');
            }
        };
        let first = self.timestamp(value);
        out.push(b'[');
        write(first, out);
        out.push(b',');
        if matches!(value, i64::MIN | i64::MAX) {
            write(first, out);
            out.push(b']');
            return;
        }
        let next = match self {
            Self::Hour => first.saturating_add(HOUR),
            _ => self.next_day(self.first_day(value.div_euclid(DAY))).saturating_mul(DAY),
        };
        if next <= LAST_TIMESTAMP {
            write(next, out);
        }
        out.push(b')');
    }

    /// The first day of the span behind the one that begins on a day.
    fn next_day(self, first: i64) -> i64 {
        // Within the next span, whatever it is.
        let days = match self {
            Self::Hour | Self::Day => 1,
            Self::Week => 7,
            Self::Month => 31,
            Self::Quarter => 92,
            Self::Year => 366,
            Self::Decade => 3_660,
        };
        self.first_day(first + days)
    }
}

const HOUR: i64 = DAY / 24;

/// Appends the band of years in which an age lies, such as `30-39` for a width of 10. Days are counted from 2000-01-01. Birth
/// after `today`, or an infinite date, gives an empty text.
///
/// # Errors
/// [`MaskErrorKind::InvalidParameter`] when the width is not above zero.
pub fn age_band(birth: i32, width: i32, today: i32, out: &mut Vec<u8>) -> Result<(), MaskError> {
    let width = i64::from(width);
    if width <= 0 {
        return Err(no_step());
    }
    if matches!(birth, i32::MIN | i32::MAX) || matches!(today, i32::MIN | i32::MAX) || birth > today {
        return Ok(());
    }
    let (born, now) = (civil_from_day(birth.into()), civil_from_day(today.into()));
    let age = now.0 - born.0 - i64::from((now.1, now.2) < (born.1, born.2));
    let low = age.div_euclid(width) * width;
    out.extend_from_slice(format!("{low}-{}", low + width - 1).as_bytes());
    Ok(())
}

/// A mapping of texts to coarser ones, with what all others become.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Mapping {
    texts: BTreeMap<Vec<u8>, Vec<u8>>,
    otherwise: Vec<u8>,
}

impl Mapping {
    /// Reads a JSON object of strings: `{"Berlin": "East", "Bonn": "West"}`.
    ///
    /// # Errors
    /// [`MaskErrorKind::InvalidParameter`] when it is none.
    pub fn new(json: &str, otherwise: &str) -> Result<Self, MaskError> {
        let texts: BTreeMap<String, String> = serde_json::from_str(json).map_err(|_| {
            MaskError::new(
                MaskErrorKind::InvalidParameter,
                "the mapping is no JSON object of strings",
                "Give such as {\"Berlin\": \"East\", \"Bonn\": \"West\"}.",
            )
        })?;
        let texts = texts.into_iter().map(|(from, to)| (from.into_bytes(), to.into_bytes())).collect();
        Ok(Self { texts, otherwise: otherwise.as_bytes().to_vec() })
    }

    /// Appends what a text becomes.
    pub fn write(&self, value: &[u8], out: &mut Vec<u8>) {
        out.extend_from_slice(self.texts.get(value).unwrap_or(&self.otherwise));
    }

    /// The characters of the longest text that can come.
    pub fn longest(&self) -> usize {
        let texts = self.texts.values().chain([&self.otherwise]);
        texts.map(|text| super::chars::count(text)).max().unwrap_or(0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn a_number_goes_down_to_its_step() {
        let step = Step::new(10).unwrap();
        assert_eq!([-11, -10, -1, 0, 9, 10, 19].map(|v| step.down(v, i64::MIN)), [-20, -10, -10, 0, 0, 10, 10]);
        assert_eq!(step.down(i64::MIN, i64::MIN), i64::MIN);
        assert_eq!(step.down(-32_767, -32_768), -32_768);
        assert!(Step::new(0).is_err() && Step::new(-1).is_err());
        assert_eq!(FloatStep::new(0.5).unwrap().down(1.7), 1.5);
        assert!(FloatStep::new(f64::NAN).is_err() && FloatStep::new(f64::INFINITY).is_err());
        assert!(FloatStep::new(0.5).unwrap().down(f64::NAN).is_nan());
        let mut out = Vec::new();
        step.range(-1, i64::MIN, i64::MAX, &mut out);
        assert_eq!(out, b"[-10,0)");
    }

    #[test]
    fn a_range_at_the_end_of_its_type_stays_within_it() {
        let step = Step::new(10).unwrap();
        let mut out = Vec::new();
        step.range(i64::MAX, i64::MIN, i64::MAX, &mut out);
        step.range(-2_147_483_648, i32::MIN.into(), i32::MAX.into(), &mut out);
        step.range(2_147_483_647, i32::MIN.into(), i32::MAX.into(), &mut out);
        Unit::Year.date_range(LAST_DATE, &mut out);
        Unit::Decade.timestamp_range(LAST_TIMESTAMP, RangeOf::Timestamp, &mut out);
        let ranges = "[9223372036854775800,)[-2147483648,-2147483640)[2147483640,)[5874897-01-01,)\
                      [\"294270-01-01 00:00:00\",)";
        assert_eq!(String::from_utf8(out).unwrap(), ranges);
    }

    #[test]
    fn a_date_goes_back_to_the_beginning_of_its_unit() {
        let day = |year, month, day| day_from_civil(year, month, day) as i32;
        let of = |unit: &str, date| unit.parse::<Unit>().unwrap().date(date);
        let date = day(2023, 11, 20);
        assert_eq!(of("month", date), day(2023, 11, 1));
        assert_eq!(of("quarter", date), day(2023, 10, 1));
        assert_eq!(of("Year", date), day(2023, 1, 1));
        assert_eq!(of("decade", date), day(2020, 1, 1));
        // A Monday.
        assert_eq!(of("week", date), date);
        assert_eq!(of("week", date - 1), date - 7);
        assert_eq!(of("year", i32::MAX), i32::MAX);
        assert_eq!(of("decade", FIRST_DATE), FIRST_DATE);
        assert!("fortnight".parse::<Unit>().is_err());
        assert_eq!(Unit::Hour.timestamp(DAY + 1), DAY);
        assert_eq!(Unit::Hour.timestamp(-1), -DAY / 24);
    }

    #[test]
    fn an_age_is_counted_in_birthdays() {
        let band = |birth: (i64, i64, i64), today: (i64, i64, i64), width| {
            let mut out = Vec::new();
            let day = |(y, m, d)| day_from_civil(y, m, d) as i32;
            age_band(day(birth), width, day(today), &mut out).map(|()| String::from_utf8(out).unwrap())
        };
        assert_eq!(band((1983, 11, 21), (2023, 11, 20), 10).unwrap(), "30-39");
        assert_eq!(band((1983, 11, 20), (2023, 11, 20), 10).unwrap(), "40-49");
        assert_eq!(band((2023, 11, 21), (2023, 11, 20), 10).unwrap(), "");
        assert_eq!(band((2023, 11, 20), (2023, 11, 20), 18).unwrap(), "0-17");
        assert!(band((2000, 1, 1), (2023, 11, 20), 0).is_err());
    }

    #[test]
    fn what_is_not_in_a_mapping_is_not_shown() {
        let mapping = Mapping::new(r#"{"Berlin": "East", "Bonn": "Wést"}"#, "?").unwrap();
        let written = |value: &str| {
            let mut out = Vec::new();
            mapping.write(value.as_bytes(), &mut out);
            String::from_utf8(out).unwrap()
        };
        assert_eq!([written("Berlin"), written("Bonn"), written("berlin")], ["East", "Wést", "?"]);
        assert_eq!(mapping.longest(), 4);
        for json in ["", "[]", "{\"a\": 1}", "x"] {
            assert!(Mapping::new(json, "").is_err());
        }
    }

    proptest! {
        #[test]
        fn a_coarser_value_is_not_above_the_value_and_stays_what_it_is(
            value in any::<i64>(), step in 1..i64::MAX, date in FIRST_DATE..super::super::date::LAST_DATE
        ) {
            let down = Step::new(step).unwrap().down(value, i64::MIN);
            prop_assert!(down <= value);
            for unit in [Unit::Day, Unit::Week, Unit::Month, Unit::Quarter, Unit::Year, Unit::Decade] {
                let coarse = unit.date(date);
                prop_assert!(coarse <= date && date - coarse < 3_660);
                prop_assert!(coarse == FIRST_DATE || unit.date(coarse) == coarse);
            }
        }
    }
}
