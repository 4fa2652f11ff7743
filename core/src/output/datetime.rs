//! Dates, times and intervals, in the form of `DateStyle` ISO and `IntervalStyle` postgres
//! (`src/backend/utils/adt/datetime.c`, `EncodeDateTime`, `EncodeTimeOnly`, `EncodeInterval`).

use super::digits::{eight, four, int4, lanes_of_eight, lanes_of_pairs, two, unsigned, up_to_eight};
use super::push;
use crate::mask::date::{DAY, Interval};

const SECOND: u64 = 1_000_000;

/// `HH:MM:SS.ffffff`, and what the last digits of the fraction, which are zeros, take besides.
const TIME: usize = 17;

/// Appends a date, given in days since 2000-01-01; the least and the greatest integer are the infinite dates.
#[inline]
pub fn date(days: i32, out: &mut Vec<u8>) {
    let (year, month, day) = match days {
        i32::MIN => return out.extend_from_slice(b"-infinity"),
        i32::MAX => return out.extend_from_slice(b"infinity"),
        _ => civil(days.into()),
    };
    if (1..=9999).contains(&year) {
        out.extend_from_slice(&short_date(year, month, day));
    } else {
        long_date(year, month, day, out);
        era(year, out);
    }
}

/// Appends a time of day, given in microseconds since midnight.
#[inline]
pub fn time(micros: i64, out: &mut Vec<u8>) {
    let (text, length) = time_text(micros.cast_unsigned());
    push(text, length, out);
}

/// Appends a time of day with a time zone, given as it is stored: in seconds west of Greenwich.
#[inline]
pub fn timetz(micros: i64, seconds_west: i32, out: &mut Vec<u8>) {
    time(micros, out);
    zone(seconds_west.wrapping_neg(), out);
}

/// Appends a timestamp without time zone, given in microseconds since 2000-01-01; the least and the greatest integer are
/// the infinite timestamps.
#[inline]
pub fn timestamp(micros: i64, out: &mut Vec<u8>) {
    match micros {
        i64::MIN => out.extend_from_slice(b"-infinity"),
        i64::MAX => out.extend_from_slice(b"infinity"),
        _ => {
            let year = date_and_time(micros, out);
            era(year, out);
        }
    }
}

/// Appends a timestamp with time zone, given in microseconds since 2000-01-01 UTC, as the local time of the zone in which
/// it is shown. `offset_seconds_east` is what the clocks there are ahead of UTC at that time; it does not matter for the
/// infinite timestamps.
#[inline]
pub fn timestamptz(micros: i64, offset_seconds_east: i32, out: &mut Vec<u8>) {
    match micros {
        i64::MIN => out.extend_from_slice(b"-infinity"),
        i64::MAX => out.extend_from_slice(b"infinity"),
        _ => {
            let local = micros.wrapping_add(i64::from(offset_seconds_east) * SECOND as i64);
            let year = date_and_time(local, out);
            zone(offset_seconds_east, out);
            era(year, out);
        }
    }
}

/// Appends an interval, each field with its sign. All bit patterns are finite here, as they are up to PostgreSQL 16; for
/// later versions see [`infinite_interval`].
pub fn interval(value: Interval, out: &mut Vec<u8>) {
    let mut fields = Fields { first: true, last_negative: false };
    fields.write(value.months / 12, b" year", out);
    fields.write(value.months % 12, b" mon", out);
    fields.write(value.days, b" day", out);
    if value.micros == 0 && !fields.first {
        return;
    }
    if !fields.first {
        out.push(b' ');
    }
    if value.micros < 0 {
        out.push(b'-');
    } else if fields.last_negative {
        out.push(b'+');
    }
    let micros = value.micros.unsigned_abs();
    let hours = micros / (3600 * SECOND);
    // At least two digits of hours; there can be ten.
    if hours >= 100 {
        unsigned(hours / 100, out);
    }
    let (text, length) = time_text(micros - hours / 100 * (360_000 * SECOND));
    push(text, length, out);
}

/// Appends one of the two infinite intervals that PostgreSQL has since version 17. False, and nothing is written, if the
/// interval is finite: [`interval`] writes it.
#[inline]
pub fn infinite_interval(value: Interval, out: &mut Vec<u8>) -> bool {
    out.extend_from_slice(match value {
        Interval::INFINITY => b"infinity",
        Interval::NEG_INFINITY => b"-infinity",
        _ => return false,
    });
    true
}

/// Which fields of an interval have been written.
struct Fields {
    first: bool,
    last_negative: bool,
}

impl Fields {
    fn write(&mut self, value: i32, unit: &[u8], out: &mut Vec<u8>) {
        if value == 0 {
            return;
        }
        if !self.first {
            out.push(b' ');
        }
        if self.last_negative && value > 0 {
            out.push(b'+');
        }
        int4(value, out);
        out.extend_from_slice(unit);
        if value != 1 {
            out.push(b's');
        }
        self.first = false;
        self.last_negative = value < 0;
    }
}

/// Writes `YYYY-MM-DD HH:MM:SS.ffffff` without the era, and gives the year.
#[inline(always)]
fn date_and_time(micros: i64, out: &mut Vec<u8>) -> i64 {
    let (days, micros) = (micros.div_euclid(DAY), micros.rem_euclid(DAY));
    let (year, month, day) = civil(days);
    let (time, time_length) = time_text(micros.cast_unsigned());
    if (1..=9999).contains(&year) {
        let mut text = [0; 11 + TIME];
        let (date_part, time_part) = text.split_at_mut(11);
        date_part[..10].copy_from_slice(&short_date(year, month, day));
        date_part[10] = b' ';
        time_part.copy_from_slice(&time);
        push(text, 11 + time_length, out);
    } else {
        long_date(year, month, day, out);
        out.push(b' ');
        push(time, time_length, out);
    }
    year
}

/// A date in the years 1 to 9999.
#[inline(always)]
fn short_date(year: i64, month: u32, day: u32) -> [u8; 10] {
    /// The numbers of century, year and month stand at the bytes 0, 2 and 5.
    const TENS: u64 = 0x0F | 0x0F << 16 | 0x0F << 40;
    const ZEROS_AND_DASHES: u64 = u64::from_le_bytes(*b"0000-00-");
    let year = year as u64;
    let century = year / 100;
    let pairs = century | (year - 100 * century) << 16 | u64::from(month) << 40;
    let mut text = [0; 10];
    text[..8].copy_from_slice(&(lanes_of_pairs::<TENS>(pairs) | ZEROS_AND_DASHES).to_le_bytes());
    text[8..].copy_from_slice(&two(day));
    text
}

/// A date in any year. Years before 1 are counted from 1 BC on, which [`era`] says behind the time.
#[cold]
fn long_date(year: i64, month: u32, day: u32, out: &mut Vec<u8>) {
    let year = if year > 0 { year } else { 1 - year }.cast_unsigned() as u32;
    if year < 10_000 {
        out.extend_from_slice(&four(year));
    } else {
        up_to_eight(year, out);
    }
    for part in [month, day] {
        out.push(b'-');
        out.extend_from_slice(&two(part));
    }
}

#[inline(always)]
fn era(year: i64, out: &mut Vec<u8>) {
    if year <= 0 {
        out.extend_from_slice(b" BC");
    }
}

/// `HH:MM:SS` and the fraction without zeros at its end, and the length of that.
#[inline(always)]
fn time_text(micros: u64) -> ([u8; TIME], usize) {
    let mut text = [0; TIME];
    let seconds = micros / SECOND;
    let fraction = (micros - seconds * SECOND) as u32;
    text[..8].copy_from_slice(&clock(seconds as u32));
    if fraction == 0 {
        return (text, 8);
    }
    text[8] = b'.';
    let digits = fraction * 100;
    text[9..].copy_from_slice(&eight(digits));
    (text, TIME - lanes_of_eight(digits).leading_zeros() as usize / 8)
}

/// Seconds as `HH:MM:SS`.
#[inline(always)]
fn clock(seconds: u32) -> [u8; 8] {
    /// The numbers of hour, minute and second stand at the bytes 0, 3 and 6.
    const TENS: u64 = 0x0F | 0x0F << 24 | 0x0F << 48;
    const ZEROS_AND_COLONS: u64 = u64::from_le_bytes(*b"00:00:00");
    let minutes = seconds / 60;
    let hours = minutes / 60;
    // More than two digits of hours do not occur; none of them may touch the minutes.
    let pairs =
        u64::from(hours % 100) | u64::from(minutes - 60 * hours) << 24 | u64::from(seconds - 60 * minutes) << 48;
    (lanes_of_pairs::<TENS>(pairs) | ZEROS_AND_COLONS).to_le_bytes()
}

/// The offset of a time zone: hours, and minutes and seconds where they are not zero.
#[inline(always)]
fn zone(seconds_east: i32, out: &mut Vec<u8>) {
    let mut text = [0; 9];
    text[0] = if seconds_east < 0 { b'-' } else { b'+' };
    let seconds = seconds_east.unsigned_abs();
    text[1..].copy_from_slice(&clock(seconds));
    let length = if !seconds.is_multiple_of(60) {
        9
    } else if !seconds.is_multiple_of(3600) {
        6
    } else {
        3
    };
    push(text, length, out);
}

/// Year, month and day of a day counted from 2000-01-01, in the Gregorian calendar, with a year 0 before the year 1.
///
/// The algorithm is that of Neri and Schneider, "Euclidean affine functions and their application to calendar algorithms"
/// (2023), with years that begin in March. For any date of PostgreSQL.
#[inline(always)]
fn civil(days: i64) -> (i64, u32, u32) {
    /// Days from 0000-03-01 to 2000-01-01.
    const EPOCH: i64 = 730_425;
    /// Cycles of 400 years that are added so that no date is negative.
    const CYCLES: i64 = 15_000;
    const CYCLE_DAYS: i64 = 146_097;
    let quarters = 4 * (days + EPOCH + CYCLES * CYCLE_DAYS).cast_unsigned() + 3;
    let century = quarters / CYCLE_DAYS.cast_unsigned();
    let day_of_century = (quarters % CYCLE_DAYS.cast_unsigned()) as u32 / 4;
    let product = 2_939_745 * u64::from(4 * day_of_century + 3);
    let year_of_century = product >> 32;
    let day_of_year = product as u32 / 2_939_745 / 4;
    let month_and_day = 2_141 * day_of_year + 197_913;
    let month = month_and_day >> 16;
    let day = (month_and_day & 0xFFFF) / 2_141 + 1;
    let year = (100 * century + year_of_century).cast_signed() - 400 * CYCLES;
    // January and February end the year that began in March.
    if day_of_year >= 306 { (year + 1, month - 12, day) } else { (year, month, day) }
}
