//! Numbers, dates and places for a text, noise within bounds, ranges and weighted choices.

use pg_anon_core::mask::MaskErrorKind;
use pg_anon_core::mask::date::{FIRST_DATE, FIRST_TIMESTAMP, Interval, LAST_DATE, LAST_TIMESTAMP};
use pg_anon_core::mask::generalise::{RangeOf, Unit};
use pg_anon_core::mask::key::Key;
use pg_anon_core::mask::library::{pseudo_scalar, scalar_mask, text_mask};
use pg_anon_core::mask::native::{Scalar, TextMask};
use pg_anon_core::mask::number::compare;
use pg_anon_core::mask::random::Weights;
use pg_anon_core::mask::registry::Argument::{self, Date, Decimal, Float, Integer, Timestamp};
use proptest::prelude::*;
use std::cmp::Ordering;
use std::collections::HashSet;

fn key(text: &str) -> Key {
    Key::new(text.as_bytes()).unwrap()
}

const ONE: &str = "one-key-of-thirty-two-characters-";
const OTHER: &str = "other-key-of-thirty-two-characters";

fn days(days: i32) -> Argument {
    Argument::Interval(Interval { months: 0, days, micros: 0 })
}

/// Every function that draws for a text, with its arguments, and any value of its kind.
fn drawn() -> Vec<(&'static str, Vec<Argument>, Scalar)> {
    let all = |kind: Scalar, arguments: Vec<Argument>| (arguments, kind);
    let unlimited = [Float(f64::NEG_INFINITY), Float(f64::INFINITY)];
    [
        ("pseudo_number", all(Scalar::Int4(0), vec![Integer(1), Integer(1_000)])),
        ("pseudo_number_bigint", all(Scalar::Int8(0), vec![Integer(i64::MIN), Integer(i64::MAX)])),
        ("pseudo_number_float", all(Scalar::Float8(0.0), vec![Float(-1.0), Float(1.0)])),
        (
            "pseudo_normal_number",
            all(
                Scalar::Int4(0),
                vec![Integer(1_000), Integer(500), Integer(i32::MIN.into()), Integer(i32::MAX.into())],
            ),
        ),
        (
            "pseudo_normal_number_float",
            all(Scalar::Float8(0.0), [vec![Float(0.0), Float(1.0)], unlimited.to_vec()].concat()),
        ),
        ("pseudo_day", all(Scalar::Date(0), vec![Date(-10_000), Date(10_000)])),
        ("pseudo_timestamp", all(Scalar::Timestamp(0), vec![Timestamp(FIRST_TIMESTAMP), Timestamp(LAST_TIMESTAMP)])),
        ("pseudo_timestamptz", all(Scalar::Timestamp(0), vec![Timestamp(0), Timestamp(1_000_000_000)])),
        ("pseudo_normal_day", all(Scalar::Date(0), vec![Date(0), days(1_000), Date(i32::MIN), Date(i32::MAX)])),
        (
            "pseudo_normal_timestamp",
            all(Scalar::Timestamp(0), vec![Timestamp(0), days(10), Timestamp(i64::MIN), Timestamp(i64::MAX)]),
        ),
        ("pseudo_latitude", all(Scalar::Float8(0.0), vec![Float(-90.0), Float(90.0)])),
        ("pseudo_longitude", all(Scalar::Float8(0.0), vec![Float(-180.0), Float(180.0)])),
    ]
    .into_iter()
    .map(|(name, (arguments, kind))| (name, arguments, kind))
    .collect()
}

#[test]
fn what_is_drawn_for_a_text_is_the_same_under_one_key_and_another_under_another() {
    for (name, arguments, of) in drawn() {
        let [one, other] = [ONE, OTHER].map(|text| pseudo_scalar(name, &arguments, Some(&key(text))).unwrap().unwrap());
        let mut results = HashSet::new();
        let mut differ = 0;
        for number in 0..200 {
            let text = format!("é{number}");
            let result = one.apply(text.as_bytes(), of).unwrap().unwrap();
            assert_eq!(one.apply(text.as_bytes(), of), Ok(Some(result)), "{name}");
            differ += u32::from(other.apply(text.as_bytes(), of).unwrap() != Some(result));
            results.insert(format!("{result:?}"));
        }
        assert!(differ > 190 && results.len() > 150, "{name}: {differ} differ, {} results", results.len());
        assert!(one.apply(b"", of).unwrap().is_some() && one.apply(&vec![b'x'; 1 << 20], of).unwrap().is_some());
        let error = pseudo_scalar(name, &arguments, None).unwrap().unwrap_err();
        assert_eq!(error.kind, MaskErrorKind::NoKey, "{name}");
    }
}

#[test]
fn a_number_or_date_that_stands_as_text_is_never_drawn_for_itself() {
    let key = key(ONE);
    let few = pseudo_scalar("pseudo_number", &[Integer(1), Integer(3)], Some(&key)).unwrap().unwrap();
    for value in 1..=3 {
        assert_ne!(few.apply(value.to_string().as_bytes(), Scalar::Int4(0)), Ok(Some(Scalar::Int4(value))));
    }
    let day = pseudo_scalar("pseudo_day", &[Date(0), Date(1)], Some(&key)).unwrap().unwrap();
    assert_eq!(day.apply(b"2000-01-01", Scalar::Date(0)), Ok(Some(Scalar::Date(1))));
    assert_eq!(day.apply(b"2000-01-02", Scalar::Date(0)), Ok(Some(Scalar::Date(0))));
    let decimal = text_mask("pseudo_number_numeric", &[Decimal("0.0".into()), Decimal("0.1".into())], Some(&key));
    let mut out = Vec::new();
    decimal.unwrap().unwrap().write(b"0.1", &mut rand::rng(), &mut out).unwrap();
    assert_eq!(out, b"0.0");
    // There is no other one.
    let only = pseudo_scalar("pseudo_number", &[Integer(7), Integer(7)], Some(&key)).unwrap().unwrap();
    assert_eq!(only.apply(b"7", Scalar::Int4(0)), Ok(Some(Scalar::Int4(7))));
}

/// Noise within bounds of every kind: the function, how much, and the value.
fn bounded(number: i32) -> Vec<(&'static str, Argument, Scalar, [Argument; 2])> {
    let integers = [Integer(90), Integer(120)];
    vec![
        ("noise_smallint", Float(0.5), Scalar::Int2(number as i16), integers.clone()),
        ("noise_int", Float(0.5), Scalar::Int4(number), integers.clone()),
        ("noise_bigint", Float(0.5), Scalar::Int8(number.into()), integers),
        ("noise_float", Float(0.5), Scalar::Float8(number.into()), [Float(90.0), Float(120.0)]),
        ("dnoise_date", days(50), Scalar::Date(number), [Date(90), Date(120)]),
        ("dnoise_timestamp", days(50), Scalar::Timestamp(number.into()), [Timestamp(90), Timestamp(120)]),
    ]
}

fn size(value: Scalar) -> f64 {
    match value {
        Scalar::Int2(v) => v.into(),
        Scalar::Int4(v) | Scalar::Date(v) => v.into(),
        Scalar::Int8(v) | Scalar::Timestamp(v) => v as f64,
        Scalar::Float8(v) => v,
        other => panic!("{other:?}"),
    }
}

#[test]
fn noise_stays_within_its_bounds_and_fills_them() {
    let key = key(ONE);
    for (name, much, value, [low, high]) in bounded(100) {
        let arguments = [much, low, high];
        let mask = scalar_mask(name, &arguments, None).unwrap().unwrap();
        assert!(mask.takes(value) && mask.reads_value());
        let results: Vec<f64> =
            (0..3_000).map(|_| size(mask.apply(value, &mut rand::rng()).unwrap().unwrap())).collect();
        let [least, most] = [f64::min, f64::max].map(|pick| results.iter().copied().reduce(pick).unwrap());
        assert!(least >= 90.0 && most <= 120.0, "{name}: {least} {most}");
        // A timestamp's noise of days hardly ever meets thirty microseconds.
        assert!(name == "dnoise_timestamp" || (least < 91.0 && most > 119.0), "{name}: {least} {most}");
        let keyed = name.replacen("noise", "noise_within", 1);
        let keyed = scalar_mask(&format!("pseudo_{keyed}"), &arguments, Some(&key)).unwrap().unwrap();
        let result = keyed.apply(value, &mut rand::rng()).unwrap();
        assert_eq!(keyed.apply(value, &mut rand::rng()).unwrap(), result, "{name}");
        assert!((90.0..=120.0).contains(&size(result.unwrap())));
        let [much, low, high] = arguments;
        let error = scalar_mask(name, &[much, high, low], None).unwrap().unwrap_err();
        assert_eq!(error.kind, MaskErrorKind::InvalidParameter);
    }
    for (far, nearest) in [(-32_000, 90.0), (32_000, 120.0)] {
        for (name, much, value, [low, high]) in bounded(far) {
            let mask = scalar_mask(name, &[much, low, high], None).unwrap().unwrap();
            let result = size(mask.apply(value, &mut rand::rng()).unwrap().unwrap());
            assert!(
                result == nearest || name == "dnoise_timestamp" && [90.0, 120.0].contains(&result),
                "{name}: {result}"
            );
        }
    }
}

#[test]
fn bounds_of_a_type_that_does_not_hold_them_are_refused() {
    let few = scalar_mask("random_number", &[Integer(0), Integer(1 << 40)], None).unwrap().unwrap();
    let error = (0..100).find_map(|_| few.apply(Scalar::Int4(0), &mut rand::rng()).err()).unwrap();
    assert_eq!(error.kind, MaskErrorKind::OutOfRange);
    assert!(scalar_mask("noise_smallint", &[Float(0.5), Integer(0), Integer(40_000)], None).is_none());
}

fn decimal_noise(name: &str, value: &str, arguments: &[Argument]) -> String {
    let mut out = b"kept ".to_vec();
    let mask = text_mask(name, arguments, Some(&key(ONE))).unwrap().unwrap();
    mask.write(value.as_bytes(), &mut rand::rng(), &mut out).unwrap();
    String::from_utf8(out).unwrap().strip_prefix("kept ").unwrap().to_owned()
}

#[test]
fn decimal_noise_keeps_sign_and_scale_and_its_bounds() {
    for value in ["1234.50", "-0.001", "99999999999999999999.9", "0.00", "7"] {
        for _ in 0..200 {
            let result = decimal_noise("noise_numeric", value, &[Float(1.0)]);
            let scale = |text: &str| text.split_once('.').map_or(0, |(_, part)| part.len());
            assert_eq!(scale(&result), scale(value), "{value} {result}");
            assert!(!result.starts_with('-') || value.starts_with('-'), "{value} {result}");
        }
        let keyed = decimal_noise("pseudo_noise_numeric", value, &[Float(0.5)]);
        assert_eq!(keyed, decimal_noise("pseudo_noise_numeric", value, &[Float(0.5)]));
    }
    let within = [Float(0.5), Decimal("90.5".into()), Decimal("120".into())];
    for _ in 0..500 {
        let result = decimal_noise("noise_numeric", "100.00", &within);
        assert!((90.5..=120.0).contains(&result.parse::<f64>().unwrap()), "{result}");
    }
    assert_eq!(decimal_noise("noise_numeric", "1000.00", &within), "120.00");
    assert_eq!(decimal_noise("noise_numeric", "1000", &within), "120");
    assert_eq!(decimal_noise("pseudo_noise_within_numeric", "-1000.00", &within), "90.50");
    assert_eq!(decimal_noise("noise_numeric", "NaN", &within), "NaN");
    let mask = text_mask("noise_numeric", &[Float(0.5)], None).unwrap().unwrap();
    let error = mask.write(b"secret", &mut rand::rng(), &mut Vec::new()).unwrap_err();
    assert!(!format!("{error:?}").contains("secret"));
}

#[test]
fn choices_come_as_often_as_their_weights_say() {
    let weights = Weights::new([5.0, 0.0, 3.0, 2.0].map(Some)).unwrap();
    let mut counts = [0; 4];
    for _ in 0..10_000 {
        counts[weights.index(4, &mut rand::rng()).unwrap()] += 1;
    }
    assert!((4_700..5_300).contains(&counts[0]) && counts[1] == 0, "{counts:?}");
    assert!((2_700..3_300).contains(&counts[2]) && (1_750..2_250).contains(&counts[3]), "{counts:?}");
    assert!(weights.index(3, &mut rand::rng()).is_err());
    for wrong in [
        vec![],
        vec![Some(0.0)],
        vec![Some(1.0), None],
        vec![Some(-1.0), Some(2.0)],
        vec![Some(f64::NAN)],
        vec![Some(f64::MAX); 2],
    ] {
        assert!(Weights::new(wrong.clone()).is_err(), "{wrong:?}");
    }
}

fn range(unit: &str, value: Scalar, of: RangeOf) -> String {
    let mut out = Vec::new();
    assert_eq!(TextMask::DateRange(unit.parse().unwrap(), of).write_scalar(value, &mut out), Ok(true));
    String::from_utf8(out).unwrap()
}

#[test]
fn ranges_of_dates_go_from_one_beginning_to_the_next() {
    // 2004-02-29 14:35.
    let day = 1_520;
    for (unit, wanted) in [
        ("day", "[2004-02-29,2004-03-01)"),
        ("week", "[2004-02-23,2004-03-01)"),
        ("month", "[2004-02-01,2004-03-01)"),
        ("quarter", "[2004-01-01,2004-04-01)"),
        ("year", "[2004-01-01,2005-01-01)"),
        ("decade", "[2000-01-01,2010-01-01)"),
    ] {
        assert_eq!(range(unit, Scalar::Date(day), RangeOf::Date), wanted);
    }
    let time = (i64::from(day) * 24 + 14) * 3_600_000_000 + 35 * 60_000_000;
    assert_eq!(
        range("hour", Scalar::Timestamp(time), RangeOf::Timestamp),
        r#"["2004-02-29 14:00:00","2004-02-29 15:00:00")"#
    );
    assert_eq!(
        range("month", Scalar::Timestamp(time), RangeOf::TimestampTz),
        r#"["2004-02-01 00:00:00+00","2004-03-01 00:00:00+00")"#
    );
    assert_eq!(range("year", Scalar::Date(i32::MAX), RangeOf::Date), "[infinity,infinity]");
    assert_eq!(range("year", Scalar::Timestamp(i64::MIN), RangeOf::Timestamp), "[-infinity,-infinity]");
    let mut out = Vec::new();
    assert_eq!(TextMask::DateRange(Unit::Day, RangeOf::Date).write_scalar(Scalar::Int4(1), &mut out), Ok(false));
    assert!(out.is_empty());
}

proptest! {
    #[test]
    fn any_date_has_a_range(day in FIRST_DATE..=LAST_DATE, time in FIRST_TIMESTAMP..=LAST_TIMESTAMP) {
        for unit in ["hour", "day", "week", "month", "quarter", "year", "decade"] {
            prop_assert!(range(unit, Scalar::Date(day), RangeOf::Date).ends_with(')'));
            prop_assert!(range(unit, Scalar::Timestamp(time), RangeOf::TimestampTz).ends_with(')'));
        }
    }

    #[test]
    fn decimals_compare_as_numbers(a in -10_000_i64..10_000, b in -10_000_i64..10_000, zeros in 0_usize..4) {
        let text = |n: i64, zeros: usize| {
            let sign = if n < 0 { "-" } else { "" };
            format!("{sign}{}{}.{:02}{}", "0".repeat(zeros), n.abs() / 100, n.abs() % 100, "0".repeat(zeros))
        };
        prop_assert_eq!(compare(text(a, zeros).as_bytes(), text(b, 0).as_bytes()), a.cmp(&b));
        prop_assert_eq!(compare(b"-Infinity", text(a, 0).as_bytes()), Ordering::Less);
        prop_assert_eq!(compare(b"NaN", b"Infinity"), Ordering::Greater);
    }
}
