//! Shifts of dates that are the same for all dates of one person, so that the time between them stays.

use super::date::{DAY, FIRST_DATE, FIRST_TIMESTAMP, Interval, LAST_DATE, LAST_TIMESTAMP};
use super::key::FamilyKey;
use super::random::below;
use super::{MaskError, MaskErrorKind};

/// How far dates are shifted under a key: whole days, so that the time of day stays.
#[derive(Debug, Clone, PartialEq)]
pub struct Shift {
    key: FamilyKey,
    days: i64,
}

impl Shift {
    /// A shift of up to so much to either side. A month counts 30 days.
    ///
    /// # Errors
    /// [`MaskErrorKind::InvalidParameter`] for less than a day or more than a hundred thousand.
    pub fn new(longest: Interval, key: FamilyKey) -> Result<Self, MaskError> {
        let days = i64::from(longest.months) * 30 + i64::from(longest.days) + longest.micros / DAY;
        if (1..=100_000).contains(&days) {
            Ok(Self { key, days })
        } else {
            Err(MaskError::new(
                MaskErrorKind::InvalidParameter,
                "the longest shift must be from 1 day to 100000 days",
                "Give an interval such as '90 days'.",
            ))
        }
    }

    /// The days by which the dates of a person are shifted: never none.
    pub fn days(&self, person: &[u8]) -> i64 {
        let number = below(2 * self.days.unsigned_abs(), &mut self.key.stream(person)).cast_signed() - self.days;
        if number >= 0 { number + 1 } else { number }
    }

    /// A date, in days since 2000-01-01. Infinite dates stay; others stay within the range of the type.
    pub fn date(&self, value: i32, person: &[u8]) -> i32 {
        match value {
            i32::MIN | i32::MAX => value,
            _ => (i64::from(value) + self.days(person)).clamp(FIRST_DATE.into(), LAST_DATE.into()) as i32,
        }
    }

    /// A time, in microseconds since 2000-01-01. Infinite times stay; others stay within the range of the type.
    pub fn timestamp(&self, value: i64, person: &[u8]) -> i64 {
        match value {
            i64::MIN | i64::MAX => value,
            _ => value.saturating_add(self.days(person) * DAY).clamp(FIRST_TIMESTAMP, LAST_TIMESTAMP),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::key::{Domain, Key};
    use super::*;

    fn shift(days: i32) -> Result<Shift, MaskError> {
        let key = Key::new(b"one-key-of-thirty-two-characters-").unwrap();
        Shift::new(Interval { months: 0, days, micros: 0 }, key.family(Domain::Shift).clone())
    }

    #[test]
    fn the_dates_of_a_person_keep_their_distance() {
        let shift = shift(30).unwrap();
        for person in 0..500 {
            let person = person.to_string();
            let moved = [0, 10, 400].map(|day| shift.date(day, person.as_bytes()));
            assert_eq!([moved[1] - moved[0], moved[2] - moved[1]], [10, 390]);
            assert!(moved[0] != 0 && moved[0].abs() <= 30);
            assert_eq!(shift.timestamp(5 * DAY + 7, person.as_bytes()) - i64::from(moved[0]) * DAY, 5 * DAY + 7);
        }
    }

    #[test]
    fn every_shift_comes_and_none_is_no_shift() {
        let shift = shift(3).unwrap();
        let mut counts = [0; 7];
        for person in 0..7_000 {
            counts[(shift.days(person.to_string().as_bytes()) + 3) as usize] += 1;
        }
        assert_eq!(counts[3], 0);
        assert!(counts.iter().enumerate().all(|(day, count)| day == 3 || (1_000..1_350).contains(count)), "{counts:?}");
    }

    #[test]
    fn the_ends_of_time_stay_within_it() {
        let shift = shift(100_000).unwrap();
        for person in ["a", "b", "c", "d"] {
            let person = person.as_bytes();
            assert!((FIRST_DATE..=LAST_DATE).contains(&shift.date(FIRST_DATE, person)));
            assert!((FIRST_DATE..=LAST_DATE).contains(&shift.date(LAST_DATE, person)));
            assert!((FIRST_TIMESTAMP..=LAST_TIMESTAMP).contains(&shift.timestamp(LAST_TIMESTAMP, person)));
            assert_eq!(shift.date(i32::MAX, person), i32::MAX);
            assert_eq!(shift.timestamp(i64::MIN, person), i64::MIN);
        }
        assert!(
            super::tests::shift(0).is_err()
                && super::tests::shift(-1).is_err()
                && super::tests::shift(100_001).is_err()
        );
    }
}
