//! Numbers, dates and places in a range or normally distributed, and noise within bounds, as SQL sees them.
//! Errors of all: 22023 for an argument that makes no sense, 55000 when there is no key.

use super::library::{Cached, CachedPseudo, CachedScalar, Value, run_decimal, run_pseudo, run_scalar};
use crate::datum::{Date, IntervalArg, NumericArg, TextArg, Timestamp, TimestampTz, WrittenNumeric};
use pg_anon_core::mask::native::Scalar;
use pgrx::pg_sys::panic::ErrorReport;
use pgrx::prelude::*;
use std::cell::RefCell;

/// Both functions of a kind, for one type: `random_` draws anew, `pseudo_` draws for a text under the key. `$make` makes a
/// value of the type of a number.
macro_rules! drawn {
    ($random:ident, $pseudo:ident, $random_sql:literal, $pseudo_sql:literal, $result:ty, $kind:ident, $make:expr,
     $($argument:ident: $type:ident),*; $($optional:ident: $optional_type:ident = $default:tt),*) => {
        #[pg_extern(name = $random_sql, volatile, strict, parallel_safe)]
        fn $random(
            $($argument: $type,)* $($optional: default!($optional_type, $default)),*
        ) -> Result<$result, ErrorReport> {
            thread_local!(static CACHED: RefCell<CachedScalar> = const { RefCell::new(None) });
            let of = Scalar::$kind(Default::default());
            match run_scalar(&CACHED, stringify!($random), of, &[$(Value::from(&$argument),)* $(Value::from(&$optional)),*])? {
                Scalar::$kind(drawn) => Ok($make(drawn)),
                _ => unreachable!("a mask keeps the kind"),
            }
        }

        #[pg_extern(name = $pseudo_sql, stable, strict, parallel_safe)]
        fn $pseudo(
            value: TextArg, $($argument: $type,)* $($optional: default!($optional_type, $default)),*
        ) -> Result<$result, ErrorReport> {
            thread_local!(static CACHED: RefCell<CachedPseudo> = const { RefCell::new(None) });
            let of = Scalar::$kind(Default::default());
            match run_pseudo(&CACHED, stringify!($pseudo), &value.utf8(), of, &[$(Value::from(&$argument),)* $(Value::from(&$optional)),*])? {
                Scalar::$kind(drawn) => Ok($make(drawn)),
                _ => unreachable!("a mask keeps the kind"),
            }
        }
    };
}

#[rustfmt::skip]
mod functions {
    use super::*;

    drawn!(random_number, pseudo_number, "random_number", "pseudo_number", i32, Int4, i32::from, low: i32, high: i32;);
    drawn!(random_number_bigint, pseudo_number_bigint, "random_number", "pseudo_number", i64, Int8, i64::from, low: i64, high: i64;);
    drawn!(random_number_float, pseudo_number_float, "random_number", "pseudo_number", f64, Float8, f64::from, low: f64, high: f64;);
    drawn!(random_normal_number, pseudo_normal_number, "random_normal_number", "pseudo_normal_number", i32, Int4, i32::from,
        mean: i32, deviation: i32; low: i32 = "-2147483648", high: i32 = "2147483647");
    drawn!(random_normal_number_bigint, pseudo_normal_number_bigint, "random_normal_number", "pseudo_normal_number", i64, Int8, i64::from,
        mean: i64, deviation: i64; low: i64 = "-9223372036854775808", high: i64 = "9223372036854775807");
    drawn!(random_normal_number_float, pseudo_normal_number_float, "random_normal_number", "pseudo_normal_number", f64, Float8, f64::from,
        mean: f64, deviation: f64; low: f64 = "'-Infinity'", high: f64 = "'Infinity'");
    drawn!(random_day, pseudo_day, "random_date", "pseudo_date", Date, Date, Date, first: Date, last: Date;);
    drawn!(random_timestamp, pseudo_timestamp, "random_date", "pseudo_date", Timestamp, Timestamp, Timestamp,
        first: Timestamp, last: Timestamp;);
    drawn!(random_timestamptz, pseudo_timestamptz, "random_date", "pseudo_date", TimestampTz, Timestamp, TimestampTz,
        first: TimestampTz, last: TimestampTz;);
    drawn!(random_normal_day, pseudo_normal_day, "random_normal_date", "pseudo_normal_date", Date, Date, Date,
        mean: Date, deviation: IntervalArg; first: Date = "'-infinity'", last: Date = "'infinity'");
    drawn!(random_normal_timestamp, pseudo_normal_timestamp, "random_normal_date", "pseudo_normal_date", Timestamp, Timestamp, Timestamp,
        mean: Timestamp, deviation: IntervalArg; first: Timestamp = "'-infinity'", last: Timestamp = "'infinity'");
    drawn!(random_normal_timestamptz, pseudo_normal_timestamptz, "random_normal_date", "pseudo_normal_date", TimestampTz, Timestamp, TimestampTz,
        mean: TimestampTz, deviation: IntervalArg; first: TimestampTz = "'-infinity'", last: TimestampTz = "'infinity'");
    drawn!(random_latitude, pseudo_latitude, "random_latitude", "pseudo_latitude", f64, Float8, f64::from, ; south: f64 = "-90", north: f64 = "90");
    drawn!(random_longitude, pseudo_longitude, "random_longitude", "pseudo_longitude", f64, Float8, f64::from, ; west: f64 = "-180", east: f64 = "180");
}

/// The same for numeric.
macro_rules! drawn_numeric {
    ($random:ident, $pseudo:ident, $random_sql:literal, $pseudo_sql:literal,
     $($argument:ident: $type:ident),*; $($optional:ident: $optional_type:ident = $default:tt),*) => {
        #[pg_extern(name = $random_sql, volatile, strict, parallel_safe)]
        fn $random(
            $($argument: $type,)* $($optional: default!($optional_type, $default)),*
        ) -> Result<WrittenNumeric, ErrorReport> {
            thread_local!(static CACHED: RefCell<Cached> = const { RefCell::new(None) });
            run_decimal(&CACHED, stringify!($random), b"", &[$(Value::from(&$argument),)* $(Value::from(&$optional)),*])
        }

        #[pg_extern(name = $pseudo_sql, stable, strict, parallel_safe)]
        fn $pseudo(
            value: TextArg, $($argument: $type,)* $($optional: default!($optional_type, $default)),*
        ) -> Result<WrittenNumeric, ErrorReport> {
            thread_local!(static CACHED: RefCell<Cached> = const { RefCell::new(None) });
            run_decimal(&CACHED, stringify!($pseudo), &value.utf8(), &[$(Value::from(&$argument),)* $(Value::from(&$optional)),*])
        }
    };
}

drawn_numeric!(random_number_numeric, pseudo_number_numeric, "random_number", "pseudo_number", low: NumericArg, high: NumericArg;);
drawn_numeric!(random_normal_number_numeric, pseudo_normal_number_numeric, "random_normal_number", "pseudo_normal_number",
    mean: NumericArg, deviation: NumericArg; low: NumericArg = "'-Infinity'", high: NumericArg = "'Infinity'");

/// Noise within bounds, for one type.
macro_rules! noise_within {
    ($name:ident, $sql:literal, $volatility:ident, $type:ty, $kind:ident, |$old:ident| $number:expr, $make:expr, $much:ident: $much_type:ty) => {
        #[pg_extern(name = $sql, $volatility, strict, parallel_safe)]
        fn $name(value: $type, $much: $much_type, low: $type, high: $type) -> Result<$type, ErrorReport> {
            thread_local!(static CACHED: RefCell<CachedScalar> = const { RefCell::new(None) });
            let $old = value;
            let arguments = [Value::from(&$much), Value::from(&low), Value::from(&high)];
            match run_scalar(&CACHED, stringify!($name), Scalar::$kind($number), &arguments)? {
                Scalar::$kind(masked) => Ok($make(masked)),
                _ => unreachable!("a mask keeps the kind"),
            }
        }
    };
}

#[rustfmt::skip]
mod noise {
    use super::*;

    noise_within!(noise_smallint, "noise", volatile, i16, Int2, |v| v, i16::from, ratio: f64);
    noise_within!(noise_int, "noise", volatile, i32, Int4, |v| v, i32::from, ratio: f64);
    noise_within!(noise_bigint, "noise", volatile, i64, Int8, |v| v, i64::from, ratio: f64);
    noise_within!(noise_float, "noise", volatile, f64, Float8, |v| v, f64::from, ratio: f64);
    noise_within!(pseudo_noise_within_smallint, "pseudo_noise", stable, i16, Int2, |v| v, i16::from, ratio: f64);
    noise_within!(pseudo_noise_within_int, "pseudo_noise", stable, i32, Int4, |v| v, i32::from, ratio: f64);
    noise_within!(pseudo_noise_within_bigint, "pseudo_noise", stable, i64, Int8, |v| v, i64::from, ratio: f64);
    noise_within!(pseudo_noise_within_float, "pseudo_noise", stable, f64, Float8, |v| v, f64::from, ratio: f64);
    noise_within!(dnoise_date, "dnoise", volatile, Date, Date, |v| v.0, Date, noise_range: IntervalArg);
    noise_within!(dnoise_timestamp, "dnoise", volatile, Timestamp, Timestamp, |v| v.0, Timestamp, noise_range: IntervalArg);
    noise_within!(dnoise_timestamptz, "dnoise", volatile, TimestampTz, Timestamp, |v| v.0, TimestampTz, noise_range: IntervalArg);
    noise_within!(pseudo_dnoise_within_date, "pseudo_dnoise", stable, Date, Date, |v| v.0, Date, noise_range: IntervalArg);
    noise_within!(pseudo_dnoise_within_timestamp, "pseudo_dnoise", stable, Timestamp, Timestamp, |v| v.0, Timestamp, noise_range: IntervalArg);
    noise_within!(pseudo_dnoise_within_timestamptz, "pseudo_dnoise", stable, TimestampTz, Timestamp, |v| v.0, TimestampTz, noise_range: IntervalArg);
}

/// Noise on a numeric, which keeps its scale.
#[pg_extern(name = "pseudo_noise", stable, strict, parallel_safe)]
fn pseudo_noise_numeric(value: NumericArg, ratio: f64) -> Result<WrittenNumeric, ErrorReport> {
    thread_local!(static CACHED: RefCell<Cached> = const { RefCell::new(None) });
    run_decimal(&CACHED, "pseudo_noise_numeric", value.0.as_bytes(), &[Value::from(&ratio)])
}

macro_rules! numeric_noise_within {
    ($name:ident, $sql:literal, $volatility:ident) => {
        #[pg_extern(name = $sql, $volatility, strict, parallel_safe)]
        fn $name(value: NumericArg, ratio: f64, low: NumericArg, high: NumericArg) -> Result<WrittenNumeric, ErrorReport> {
            thread_local!(static CACHED: RefCell<Cached> = const { RefCell::new(None) });
            let arguments = [Value::from(&ratio), Value::from(&low), Value::from(&high)];
            run_decimal(&CACHED, stringify!($name), value.0.as_bytes(), &arguments)
        }
    };
}

numeric_noise_within!(noise_numeric, "noise", volatile);
numeric_noise_within!(pseudo_noise_within_numeric, "pseudo_noise", stable);
