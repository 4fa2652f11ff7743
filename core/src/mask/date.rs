//! Noise on dates and times.
//!
//! A result is uniform between `value - interval` and `value + interval`. Both ends are reckoned as PostgreSQL adds an
//! interval: first the months (a day that the month does not have becomes its last), then the days, then the
//! microseconds. Ends outside the range of the type are moved to the end of that range. Infinite values stay infinite.
//!
//! A `timestamp with time zone` is reckoned in UTC, so that the result does not depend on the session.

use rand::CryptoRng;

use super::random::{up_to, up_to_wide};

/// The microseconds of a day.
pub const DAY: i64 = 86_400_000_000;

/// The first date PostgreSQL stores, 4714-11-24 BC, in days since 2000-01-01 (`DATETIME_MIN_JULIAN`).
pub const FIRST_DATE: i32 = -2_451_545;

/// The last date PostgreSQL stores, 5874897-12-31, in days since 2000-01-01 (`DATE_END_JULIAN` less one).
pub const LAST_DATE: i32 = 2_145_031_948;

/// The first timestamp PostgreSQL stores, in microseconds since 2000-01-01 (`MIN_TIMESTAMP`).
pub const FIRST_TIMESTAMP: i64 = -211_813_488_000_000_000;

/// The last timestamp PostgreSQL stores, 294276-12-31 23:59:59.999999 (`END_TIMESTAMP` less one).
pub const LAST_TIMESTAMP: i64 = 9_223_371_331_200_000_000 - 1;

/// An interval with the three fields that PostgreSQL stores, each with a sign of its own.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub struct Interval {
    /// Months, twelve a year.
    pub months: i32,
    /// Days.
    pub days: i32,
    /// Microseconds.
    pub micros: i64,
}

impl Interval {
    /// The infinite interval, which PostgreSQL has since version 17.
    pub const INFINITY: Self = Self { months: i32::MAX, days: i32::MAX, micros: i64::MAX };

    /// The negative infinite interval.
    pub const NEG_INFINITY: Self = Self { months: i32::MIN, days: i32::MIN, micros: i64::MIN };

    /// The length in microseconds, at 30 days a month as PostgreSQL compares intervals.
    pub(super) fn length(self) -> i128 {
        (i128::from(self.months) * 30 + i128::from(self.days)) * i128::from(DAY) + i128::from(self.micros)
    }
}

/// Noise on a `date`, in days since 2000-01-01. Both ends are cast to a date, which drops the time of day.
pub fn noise_date<R: CryptoRng + ?Sized>(value: i32, interval: Interval, rng: &mut R) -> i32 {
    if matches!(value, i32::MIN | i32::MAX) {
        return value;
    }
    // A date begins at midnight, so that only the microseconds of the interval can move it within a day.
    let time = |sign: i64| (sign * (interval.micros % DAY)).div_euclid(DAY) + sign * (interval.micros / DAY);
    let [minus, plus] = end_days(value.into(), interval);
    let [minus, plus] = [minus + time(-1), plus + time(1)].map(|day| day.clamp(FIRST_DATE.into(), LAST_DATE.into()));
    let (first, last) = (minus.min(plus), minus.max(plus));
    (first + up_to(last.abs_diff(first), rng).cast_signed()) as i32
}

/// Noise on a `timestamp` or a `timestamp with time zone`, in microseconds since 2000-01-01.
pub fn noise_timestamp<R: CryptoRng + ?Sized>(value: i64, interval: Interval, rng: &mut R) -> i64 {
    if matches!(value, i64::MIN | i64::MAX) {
        return value;
    }
    let (first, last) = ends(value.div_euclid(DAY), value.rem_euclid(DAY), interval);
    let [first, last] = [first, last].map(|end| end.clamp(FIRST_TIMESTAMP.into(), LAST_TIMESTAMP.into()) as i64);
    first.wrapping_add_unsigned(up_to(last.abs_diff(first), rng))
}

/// Noise on a `time`, or on the time of a `time with time zone`, in microseconds since midnight. It wraps at midnight, as
/// PostgreSQL's own addition does. Unlike there, months and days count, as 30 days and 24 hours: an interval of half a day
/// or more gives any time of day.
pub fn noise_time<R: CryptoRng + ?Sized>(value: i64, interval: Interval, rng: &mut R) -> i64 {
    let length = interval.length().unsigned_abs();
    if length == 0 {
        return value;
    }
    if length >= u128::from(DAY.unsigned_abs()) / 2 {
        return up_to(DAY.unsigned_abs() - 1, rng).cast_signed();
    }
    // Less than half a day.
    let length = length as i64;
    let offset = up_to(2 * length.unsigned_abs(), rng).cast_signed() - length;
    (value.rem_euclid(DAY) + offset).rem_euclid(DAY)
}

/// Noise on an `interval`. What is added is given in the units that the interval of the noise itself has: for `1 year`
/// months, days and time, for `90 days` days and time, for `36:00` only time. Infinite intervals stay infinite; a field that
/// overflows stops at the end of its range.
pub fn noise_interval<R: CryptoRng + ?Sized>(value: Interval, interval: Interval, rng: &mut R) -> Interval {
    if matches!(value, Interval::INFINITY | Interval::NEG_INFINITY) {
        return value;
    }
    let length = interval.length().unsigned_abs();
    let mut offset = up_to_wide(2 * length, rng).cast_signed() - length.cast_signed();
    let mut months = 0;
    let mut days = 0;
    if interval.months != 0 {
        let month = 30 * i128::from(DAY);
        months = offset / month;
        offset %= month;
    }
    if interval.months != 0 || interval.days != 0 {
        days = offset / i128::from(DAY);
        offset %= i128::from(DAY);
    }
    // All three fields at their ends would be an infinite interval.
    let months = (i128::from(value.months) + months).clamp((i32::MIN + 1).into(), (i32::MAX - 1).into());
    let days = (i128::from(value.days) + days).clamp(i32::MIN.into(), i32::MAX.into());
    let micros = (i128::from(value.micros) + offset).clamp(i64::MIN.into(), i64::MAX.into());
    Interval { months: months as i32, days: days as i32, micros: micros as i64 }
}

/// `value - interval` and `value + interval` in microseconds since 2000-01-01, the earlier first. The value is given as a
/// day and the microseconds of that day.
fn ends(day: i64, micros: i64, interval: Interval) -> (i128, i128) {
    let [minus, plus] = end_days(day, interval);
    let end = |day: i64, time: i128| i128::from(day) * i128::from(DAY) + i128::from(micros) + time;
    let time = i128::from(interval.micros);
    let (minus, plus) = (end(minus, -time), end(plus, time));
    (minus.min(plus), minus.max(plus))
}

/// The day less and plus the months and days of an interval, in days since 2000-01-01. The day of the month is kept, or
/// becomes the last one.
fn end_days(day: i64, interval: Interval) -> [i64; 2] {
    let days = i64::from(interval.days);
    if interval.months == 0 {
        return [day - days, day + days];
    }
    let (year, month, day_of_month) = civil_from_day(day);
    let months = year * 12 + (month - 1);
    let shifted = |shift: i64| {
        let months = months + shift;
        let (year, month) = (months.div_euclid(12), months.rem_euclid(12) + 1);
        day_from_civil(year, month, day_of_month.min(days_of_month(year, month)))
    };
    let shift = i64::from(interval.months);
    [shifted(-shift) - days, shifted(shift) + days]
}

/// 2000-03-01, from which the two functions below count, in days since 2000-01-01.
const MARCH_2000: i64 = 60;

/// The days of 400 years, after which the calendar repeats itself.
const ERA: i64 = 146_097;

/// The date of a day, by H. Hinnant, "chrono-Compatible Low-Level Date Algorithms": years begin in March, so that the leap
/// day is the last of its year.
pub(super) fn civil_from_day(day: i64) -> (i64, i64, i64) {
    let day = day - MARCH_2000;
    let era = day.div_euclid(ERA);
    let day_of_era = day.rem_euclid(ERA);
    let year_of_era = (day_of_era - day_of_era / 1_460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
    let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let month = (5 * day_of_year + 2) / 153;
    let day_of_month = day_of_year - (153 * month + 2) / 5 + 1;
    let month = if month < 10 { month + 3 } else { month - 9 };
    (2000 + era * 400 + year_of_era + i64::from(month <= 2), month, day_of_month)
}

/// The reverse of [`civil_from_day`].
pub(super) fn day_from_civil(year: i64, month: i64, day_of_month: i64) -> i64 {
    let year = year - 2000 - i64::from(month <= 2);
    let era = year.div_euclid(400);
    let year_of_era = year.rem_euclid(400);
    let month = if month > 2 { month - 3 } else { month + 9 };
    let day_of_year = (153 * month + 2) / 5 + day_of_month - 1;
    let day_of_era = year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year;
    era * ERA + day_of_era + MARCH_2000
}

fn days_of_month(year: i64, month: i64) -> i64 {
    match month {
        2 if year % 4 == 0 && (year % 100 != 0 || year % 400 == 0) => 29,
        2 => 28,
        4 | 6 | 9 | 11 => 30,
        _ => 31,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const fn interval(months: i32, days: i32, micros: i64) -> Interval {
        Interval { months, days, micros }
    }

    #[test]
    fn ends_are_what_postgresql_gives_for_minus_and_plus() {
        const HOUR: i64 = 3_600_000_000;
        // timestamp, interval, timestamp - interval, timestamp + interval: from a PostgreSQL 15 server.
        let rows = [
            (765_203_696_789_000, interval(1, 0, 0), 762_525_296_789_000, 767_795_696_789_000),
            (733_536_000_000_000, interval(1, 0, 0), 730_857_600_000_000, 736_128_000_000_000),
            (762_480_000_000_000, interval(12, 0, 0), 730_857_600_000_000, 794_016_000_000_000),
            (-1, interval(3, 10, HOUR), -8_816_400_000_001, 8_729_999_999_999),
            (-63_111_312_000_000_000, interval(13, 0, 0), -63_145_526_400_000_000, -63_077_270_400_000_000),
            (-3_150_662_400_000_000, interval(48, 1, 0), -3_276_979_200_000_000, -3_024_432_000_000_000),
            (9_223_368_652_800_000_000, interval(0, 1, 0), 9_223_368_566_400_000_000, 9_223_368_739_200_000_000),
            (2_592_000_000_000, interval(1, -1, 0), 0, 5_011_200_000_000),
            (3_160_771_200_000_001, interval(1200, 0, 0), 5_011_200_000_001, 6_316_444_800_000_001),
        ];
        for (value, noise, minus, plus) in rows {
            let (day, micros) = (i64::div_euclid(value, DAY), i64::rem_euclid(value, DAY));
            let (first, last) = (i128::min(minus, plus), i128::max(minus, plus));
            assert_eq!(ends(day, micros, noise), (first, last), "{value} {noise:?}");
        }
    }

    #[test]
    fn known_days_have_their_dates() {
        for (day, date) in [
            (0, (2000, 1, 1)),
            (59, (2000, 2, 29)),
            (60, (2000, 3, 1)),
            (-1, (1999, 12, 31)),
            (-36_524, (1900, 1, 1)),
            (i64::from(FIRST_DATE), (-4713, 11, 24)),
            (i64::from(LAST_DATE), (5_874_897, 12, 31)),
        ] {
            assert_eq!(civil_from_day(day), date);
            let (year, month, day_of_month) = date;
            assert_eq!(day_from_civil(year, month, day_of_month), day);
        }
    }

    proptest! {
        #[test]
        fn a_day_follows_from_its_date(day in -100_000_000_000_i64..100_000_000_000) {
            let (year, month, day_of_month) = civil_from_day(day);
            prop_assert!((1..=days_of_month(year, month)).contains(&day_of_month));
            prop_assert_eq!(day_from_civil(year, month, day_of_month), day);
        }
    }
}
