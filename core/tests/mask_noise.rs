//! Noise on numbers, dates and times.

use pg_anon_core::mask::date::{self, DAY, FIRST_DATE, FIRST_TIMESTAMP, Interval, LAST_DATE, LAST_TIMESTAMP};
use pg_anon_core::mask::number::{self, NUMERIC_WHOLE_DIGITS, Ratio};
use pg_anon_core::mask::{MaskError, MaskErrorKind};
use proptest::prelude::*;
use rand::SeedableRng;
use rand::rngs::StdRng;
use std::collections::HashSet;

fn generator(seed: u64) -> StdRng {
    StdRng::seed_from_u64(seed)
}

fn ratio(ratio: f64) -> Ratio {
    Ratio::new(ratio).unwrap()
}

fn numeric_within(value: &str, whole_digits: usize, share: f64, rng: &mut StdRng) -> Result<String, MaskError> {
    let mut out = b"kept ".to_vec();
    let result = number::noise_numeric(value.as_bytes(), whole_digits, ratio(share), rng, &mut out);
    let text = String::from_utf8(out).unwrap().strip_prefix("kept ").unwrap().to_owned();
    result.map(|()| text)
}

fn numeric(value: &str, share: f64, rng: &mut StdRng) -> String {
    numeric_within(value, NUMERIC_WHOLE_DIGITS, share, rng).unwrap()
}

/// Draws 2,000 times and gives the least and the greatest.
fn spread<T: PartialOrd + Copy>(mut draw: impl FnMut() -> T) -> (T, T) {
    let first = draw();
    (0..2000).map(|_| draw()).fold((first, first), |(least, greatest), value| {
        (if value < least { value } else { least }, if value > greatest { value } else { greatest })
    })
}

#[test]
fn a_ratio_must_be_finite_and_not_negative() {
    for share in [-0.1, f64::NAN, f64::INFINITY, f64::NEG_INFINITY] {
        let error = Ratio::new(share).unwrap_err();
        assert_eq!(error.kind, MaskErrorKind::InvalidParameter);
        assert!(error.hint.is_some());
    }
    assert_eq!(ratio(0.5).get(), 0.5);
}

#[test]
fn noise_fills_the_range_around_the_value() {
    let mut rng = generator(1);
    assert_eq!(spread(|| number::noise_i16(100, ratio(0.1), &mut rng)), (90, 110));
    assert_eq!(spread(|| number::noise_i32(-100, ratio(0.1), &mut rng)), (-110, -90));
    assert_eq!(spread(|| number::noise_i64(100, ratio(0.1), &mut rng)), (90, 110));
    let (least, greatest) = spread(|| number::noise_f64(1000.0, ratio(0.1), &mut rng));
    assert!((900.0..901.0).contains(&least) && (1099.0..=1100.0).contains(&greatest));
    let (least, greatest) = spread(|| number::noise_f32(1000.0, ratio(0.1), &mut rng));
    assert!((900.0..901.0).contains(&least) && (1099.0..=1100.0).contains(&greatest));
    let (least, greatest) = spread(|| numeric("1000.00", 0.1, &mut rng).parse::<f64>().unwrap());
    assert!((900.0..901.0).contains(&least) && (1099.0..=1100.0).contains(&greatest));
}

#[test]
fn noise_does_not_leave_zero_at_zero() {
    let mut rng = generator(2);
    assert_eq!(spread(|| number::noise_i16(0, ratio(0.5), &mut rng)), (0, 1));
    assert_eq!(spread(|| number::noise_i32(0, ratio(0.1), &mut rng)), (0, 1));
    assert_eq!(spread(|| number::noise_i64(0, ratio(5.0), &mut rng)), (0, 5));
    let ones: i32 = (0..10_000).map(|_| number::noise_i32(0, ratio(0.5), &mut rng)).sum();
    assert!((2_300..2_700).contains(&ones), "an integer zero becomes 1 once in four times: {ones}");
    let (least, greatest) = spread(|| number::noise_f64(0.0, ratio(0.1), &mut rng));
    assert!((0.0..0.001).contains(&least) && greatest > 0.099 && greatest < 0.1);
    let (least, greatest) = spread(|| number::noise_f32(-0.0, ratio(0.1), &mut rng));
    assert!((0.0..0.001).contains(&least) && greatest > 0.099 && greatest <= 0.1);
    let seen: HashSet<String> = (0..2000).map(|_| numeric("0.00", 0.05, &mut rng)).collect();
    let expected = ["0.00", "0.01", "0.02", "0.03", "0.04", "0.05"].map(String::from);
    assert_eq!(seen, HashSet::from(expected));
    let seen: HashSet<String> = (0..2000).map(|_| numeric("0", 0.5, &mut rng)).collect();
    assert_eq!(seen, HashSet::from(["0", "1"].map(String::from)));
}

#[test]
fn no_ratio_is_no_noise() {
    let mut rng = generator(3);
    let none = ratio(0.0);
    for value in [i64::MIN, -5, 0, 7, i64::MAX] {
        assert_eq!(number::noise_i64(value, none, &mut rng), value);
    }
    assert_eq!(number::noise_f64(0.1, none, &mut rng), 0.1);
    for value in ["0", "0.000", "-12.50", "99999999999999999999999999.999999999999999999999"] {
        assert_eq!(numeric(value, 0.0, &mut rng), value);
    }
}

#[test]
fn what_is_no_number_or_infinite_stays() {
    let mut rng = generator(4);
    assert!(number::noise_f64(f64::NAN, ratio(0.1), &mut rng).is_nan());
    assert_eq!(number::noise_f64(f64::NEG_INFINITY, ratio(0.1), &mut rng), f64::NEG_INFINITY);
    assert!(number::noise_f32(f32::NAN, ratio(0.1), &mut rng).is_nan());
    assert_eq!(number::noise_f32(f32::INFINITY, ratio(0.1), &mut rng), f32::INFINITY);
    for value in ["NaN", "Infinity", "-Infinity"] {
        assert_eq!(numeric(value, 0.1, &mut rng), value);
    }
}

#[test]
fn noise_that_leaves_the_type_goes_the_other_way() {
    let mut rng = generator(5);
    let (least, greatest) = spread(|| number::noise_i16(i16::MAX, ratio(0.1), &mut rng));
    assert!((29_490..29_600).contains(&least) && greatest > 32_700);
    let (least, greatest) = spread(|| number::noise_i32(i32::MIN, ratio(0.1), &mut rng));
    assert!(least < -2_147_000_000 && (-1_933_000_000..=-1_932_735_283).contains(&greatest));
    let (least, greatest) = spread(|| number::noise_f64(f64::MAX, ratio(0.1), &mut rng));
    assert!(least < f64::MAX * 0.901 && greatest.is_finite());
    let (least, greatest) = spread(|| number::noise_f32(f32::MAX, ratio(0.1), &mut rng));
    assert!(least < f32::MAX * 0.901 && greatest.is_finite());
    for _ in 0..500 {
        let text = numeric_within("999.99", 3, 0.1, &mut rng).unwrap();
        assert!((899.99..=999.99).contains(&text.parse::<f64>().unwrap()), "{text}");
    }
}

#[test]
fn noise_that_no_way_keeps_in_the_type_stops_at_its_end() {
    let mut rng = generator(6);
    let seen: HashSet<i16> = (0..200).map(|_| number::noise_i16(30_000, ratio(1e300), &mut rng)).collect();
    assert_eq!(seen, HashSet::from([i16::MIN, i16::MAX]));
    let seen: HashSet<i64> = (0..200).map(|_| number::noise_i64(1, ratio(f64::MAX), &mut rng)).collect();
    assert_eq!(seen, HashSet::from([i64::MIN, i64::MAX]));
    let seen: HashSet<String> = (0..200).map(|_| numeric_within("-9.90", 2, 1e300, &mut rng).unwrap()).collect();
    assert_eq!(seen, HashSet::from(["99.99", "-99.99"].map(String::from)));
    assert_eq!(numeric_within("0", 2, 1e300, &mut rng).unwrap(), "99");
    assert_eq!(numeric_within("0.5", 0, 1e300, &mut rng).unwrap().trim_start_matches('-'), "0.9");
}

#[test]
fn the_low_digits_of_a_long_number_get_noise_too() {
    let mut rng = generator(7);
    let seen: HashSet<i64> =
        (0..5000).map(|_| number::noise_i64(8_000_000_000_000_000_000, ratio(0.1), &mut rng) & 127).collect();
    assert_eq!(seen.len(), 128);
}

#[test]
fn a_numeric_keeps_its_scale_and_reads_as_postgresql_writes() {
    let mut rng = generator(8);
    for (value, scale) in [("5", 0), ("-0.05", 2), ("0.000001", 6), ("12345678901234567890.5", 1), ("1.0000", 4)] {
        for _ in 0..300 {
            let text = numeric(value, 1.5, &mut rng);
            let digits = text.strip_prefix('-').unwrap_or(&text);
            let (whole, part) = digits.split_once('.').unwrap_or((digits, ""));
            assert_eq!(part.len(), scale, "{text}");
            assert!(!whole.is_empty() && (whole == "0" || !whole.starts_with('0')), "{text}");
            assert!(!text.starts_with('-') || digits.contains(|digit: char| ('1'..='9').contains(&digit)), "{text}");
            assert!(digits.chars().all(|digit| digit.is_ascii_digit() || digit == '.'), "{text}");
        }
    }
}

#[test]
fn noise_takes_the_largest_numerics() {
    let mut rng = generator(9);
    let value = format!("{}.{}", "9".repeat(NUMERIC_WHOLE_DIGITS), "9".repeat(16_383));
    for _ in 0..4 {
        let text = numeric(&value, 0.1, &mut rng);
        let (whole, part) = text.split_once('.').unwrap();
        assert_eq!((whole.len(), part.len()), (NUMERIC_WHOLE_DIGITS, 16_383));
        assert!(whole >= "89");
    }
    let value = format!("0.{}", "0".repeat(16_383));
    assert!(numeric(&value, 0.1, &mut rng).starts_with("0.0"));
}

#[test]
fn text_that_is_no_numeric_is_refused_without_showing_it() {
    for value in ["", "-", ".", "1e5", "12,5", "1.2.3", "--1", "+1", "secret", " 1", "0x10", "1_000"] {
        let error = numeric_within(value, NUMERIC_WHOLE_DIGITS, 0.1, &mut generator(10)).unwrap_err();
        assert_eq!(error.kind, MaskErrorKind::InvalidText, "{value}");
        assert_eq!(error.to_string(), "the text is not a numeric value");
    }
}

const fn interval(months: i32, days: i32, micros: i64) -> Interval {
    Interval { months, days, micros }
}

#[test]
fn noise_on_a_date_gives_every_day_of_the_range() {
    let mut rng = generator(11);
    let seen: HashSet<i32> = (0..2000).map(|_| date::noise_date(8_000, interval(0, 10, 0), &mut rng)).collect();
    assert_eq!(seen, (7_990..=8_010).collect());
    // 2024-03-31 less and plus a month: 2024-02-29 and 2024-04-30.
    assert_eq!(spread(|| date::noise_date(8_856, interval(1, 0, 0), &mut rng)), (8_825, 8_886));
    // Half a day reaches into the day before.
    assert_eq!(spread(|| date::noise_date(0, interval(0, 0, DAY / 2), &mut rng)), (-1, 0));
    assert_eq!(spread(|| date::noise_date(0, interval(0, -10, 0), &mut rng)), (-10, 10));
}

#[test]
fn noise_on_a_timestamp_fills_the_range() {
    let mut rng = generator(12);
    let (least, greatest) = spread(|| date::noise_timestamp(1_000, interval(0, 1, 0), &mut rng));
    assert!(((1_000 - DAY)..(1_000 - DAY * 99 / 100)).contains(&least));
    assert!(((1_000 + DAY * 99 / 100)..=(1_000 + DAY)).contains(&greatest));
    assert_eq!(spread(|| date::noise_timestamp(-5, interval(0, 0, 2), &mut rng)), (-7, -3));
}

#[test]
fn noise_on_dates_at_the_end_of_the_range_stays_in_it() {
    let mut rng = generator(13);
    let year = interval(12, 0, 0);
    let (least, greatest) = spread(|| date::noise_date(LAST_DATE, year, &mut rng));
    assert!(least >= LAST_DATE - 365 && greatest <= LAST_DATE && least < greatest);
    let (least, greatest) = spread(|| date::noise_date(FIRST_DATE, year, &mut rng));
    assert!(least >= FIRST_DATE && greatest <= FIRST_DATE + 366 && least < greatest);
    let (least, greatest) = spread(|| date::noise_timestamp(LAST_TIMESTAMP, year, &mut rng));
    assert!(least >= LAST_TIMESTAMP - 366 * DAY && greatest <= LAST_TIMESTAMP && least < greatest);
    let (least, greatest) = spread(|| date::noise_timestamp(FIRST_TIMESTAMP, year, &mut rng));
    assert!(least >= FIRST_TIMESTAMP && greatest <= FIRST_TIMESTAMP + 366 * DAY && least < greatest);
}

#[test]
fn infinite_dates_and_intervals_stay() {
    let mut rng = generator(14);
    for value in [i32::MIN, i32::MAX] {
        assert_eq!(date::noise_date(value, interval(0, 10, 0), &mut rng), value);
    }
    for value in [i64::MIN, i64::MAX] {
        assert_eq!(date::noise_timestamp(value, interval(0, 10, 0), &mut rng), value);
    }
    for value in [Interval::INFINITY, Interval::NEG_INFINITY] {
        assert_eq!(date::noise_interval(value, interval(0, 10, 0), &mut rng), value);
    }
}

#[test]
fn an_empty_interval_is_no_noise() {
    let mut rng = generator(15);
    let none = Interval::default();
    assert_eq!(date::noise_date(5, none, &mut rng), 5);
    assert_eq!(date::noise_timestamp(-5, none, &mut rng), -5);
    assert_eq!(date::noise_time(DAY, none, &mut rng), DAY);
    assert_eq!(date::noise_interval(interval(1, -2, 3), none, &mut rng), interval(1, -2, 3));
}

#[test]
fn noise_on_a_time_wraps_at_midnight() {
    let mut rng = generator(16);
    const HOUR: i64 = DAY / 24;
    let mut late = false;
    let mut early = false;
    for _ in 0..500 {
        let time = date::noise_time(HOUR / 2, interval(0, 0, HOUR), &mut rng);
        late |= time >= 23 * HOUR + HOUR / 2;
        early |= time < HOUR;
        assert!((0..=HOUR * 3 / 2).contains(&time) || (23 * HOUR + HOUR / 2..DAY).contains(&time));
    }
    assert!(late && early);
}

#[test]
fn noise_of_days_on_a_time_gives_any_time() {
    let mut rng = generator(17);
    for noise in [interval(0, 1, 0), interval(1, 0, 0), interval(0, 0, -DAY / 2)] {
        let (least, greatest) = spread(|| date::noise_time(0, noise, &mut rng));
        assert!((0..DAY / 100).contains(&least) && (DAY * 99 / 100..DAY).contains(&greatest));
    }
}

#[test]
fn noise_on_an_interval_uses_the_units_of_the_noise() {
    let mut rng = generator(18);
    let value = interval(3, 4, 5);
    for _ in 0..500 {
        let result = date::noise_interval(value, interval(0, 0, DAY * 2), &mut rng);
        assert_eq!((result.months, result.days), (3, 4));
        assert!((result.micros - 5).abs() <= DAY * 2);
        let result = date::noise_interval(value, interval(0, 50, 0), &mut rng);
        assert_eq!(result.months, 3);
        assert!((result.days - 4).abs() <= 50 && (result.micros - 5).abs() < DAY);
        let result = date::noise_interval(value, interval(12, 0, 0), &mut rng);
        assert!((result.months - 3).abs() <= 12 && (result.days - 4).abs() < 30);
    }
}

fn any_interval() -> impl Strategy<Value = Interval> {
    let field = prop_oneof![Just(0), -100..100_i32, any::<i32>(), Just(i32::MIN), Just(i32::MAX)];
    let micros = prop_oneof![Just(0), -DAY..DAY, any::<i64>(), Just(i64::MIN), Just(i64::MAX)];
    (field.clone(), field, micros).prop_map(|(months, days, micros)| Interval { months, days, micros })
}

fn any_ratio() -> impl Strategy<Value = Ratio> {
    prop_oneof![0.0..1.0, 0.0..1e20, 0.0..f64::MAX, Just(f64::MAX), Just(f64::MIN_POSITIVE), Just(0.0)]
        .prop_map(|share| Ratio::new(share).unwrap())
}

proptest! {
    #[test]
    fn noise_stays_within_its_ratio(value in any::<i64>(), share in 0.0..1.0, seed in any::<u64>()) {
        let mut rng = generator(seed);
        let share = ratio(share);
        // Half a unit of rounding, and the rounding of the product to 53 bits.
        let far = |value: f64| value.abs() * share.get() * (1.0 + 1e-9) + 0.5;
        let noisy = number::noise_i64(value, share, &mut rng);
        prop_assume!(value != 0);
        prop_assert!((i128::from(noisy) - i128::from(value)).unsigned_abs() as f64 <= far(value as f64));
        prop_assert!(noisy == 0 || noisy.signum() == value.signum());
        let small = (value as i32).max(1);
        prop_assert!(f64::from(number::noise_i32(small, share, &mut rng).abs_diff(small)) <= far(f64::from(small)));
        let decimal = format!("{}.{:02}", value / 100, (value % 100).abs());
        let noisy: f64 = numeric(&decimal, share.get(), &mut rng).parse().unwrap();
        let exact: f64 = decimal.parse().unwrap();
        prop_assert!((noisy - exact).abs() <= exact.abs() * (share.get() + 1e-9) + 0.01);
    }

    #[test]
    fn noise_takes_every_number_and_ratio(
        value in any::<i64>(), double in any::<f64>(), share in any_ratio(), seed in any::<u64>()
    ) {
        let mut rng = generator(seed);
        number::noise_i16(value as i16, share, &mut rng);
        number::noise_i32(value as i32, share, &mut rng);
        number::noise_i64(value, share, &mut rng);
        prop_assert_eq!(number::noise_f64(double, share, &mut rng).is_finite(), double.is_finite());
        let single = double as f32;
        prop_assert_eq!(number::noise_f32(single, share, &mut rng).is_finite(), single.is_finite());
    }

    #[test]
    fn noise_takes_every_numeric(
        value in "-?[0-9]{1,60}(\\.[0-9]{0,60})?", share in any_ratio(), limit in 0..400_usize, seed in any::<u64>()
    ) {
        let mut rng = generator(seed);
        let text = numeric_within(&value, limit, share.get(), &mut rng).unwrap();
        let scale = value.split_once('.').map_or(0, |(_, part)| part.len());
        let digits = text.strip_prefix('-').unwrap_or(&text);
        let (whole, part) = digits.split_once('.').unwrap_or((digits, ""));
        prop_assert_eq!(part.len(), scale);
        prop_assert!(whole == "0" || (whole.len() <= limit && !whole.starts_with('0')), "{}", whole);
        prop_assert!(digits.bytes().all(|digit| digit.is_ascii_digit() || digit == b'.'));
    }

    #[test]
    fn noise_takes_any_bytes_for_a_numeric(value in any::<Vec<u8>>(), seed in any::<u64>()) {
        let mut out = b"kept".to_vec();
        if number::noise_numeric(&value, 10, ratio(0.1), &mut generator(seed), &mut out).is_err() {
            prop_assert_eq!(out, b"kept");
        }
    }

    #[test]
    fn noise_takes_every_date_and_interval(value in any::<i64>(), noise in any_interval(), seed in any::<u64>()) {
        let mut rng = generator(seed);
        let day = value as i32;
        let result = date::noise_date(day, noise, &mut rng);
        prop_assert!((FIRST_DATE..=LAST_DATE).contains(&result) || matches!(day, i32::MIN | i32::MAX));
        let result = date::noise_timestamp(value, noise, &mut rng);
        prop_assert!((FIRST_TIMESTAMP..=LAST_TIMESTAMP).contains(&result) || matches!(value, i64::MIN | i64::MAX));
        let time = value.rem_euclid(DAY + 1);
        prop_assert!((0..=DAY).contains(&date::noise_time(time, noise, &mut rng)));
        date::noise_time(value, noise, &mut rng);
        date::noise_interval(noise, noise, &mut rng);
        date::noise_interval(interval(day, day, value), noise, &mut rng);
    }
}
