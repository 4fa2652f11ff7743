//! Masks that keep a part of a value or make it coarser, and noise and shifts that depend on the value, as SQL sees them.
//! Errors of all: 22023 for an argument that makes no sense, 55000 when there is no key.

use super::library::{Cached, CachedScalar, Value, run, run_decimal, run_on_scalar, run_scalar};
use super::written;
use crate::datum::{Date, IntervalArg, NumericArg, TextArg, Timestamp, TimestampTz, WrittenNumeric, WrittenText};
use crate::error::mask_error;
use crate::key;
use pg_anon_core::mask::generalise;
use pg_anon_core::mask::key::Domain;
use pg_anon_core::mask::native::Scalar;
use pg_anon_core::mask::{library, shift::Shift};
use pgrx::pg_sys::panic::ErrorReport;
use pgrx::prelude::*;
use std::cell::RefCell;

/// A mask of text.
macro_rules! text {
    ($name:ident $(, $argument:ident: $type:ident = $default:tt)*) => {
        #[pg_extern(immutable, strict, parallel_safe)]
        fn $name(value: TextArg $(, $argument: default!($type, $default))*) -> Result<WrittenText, ErrorReport> {
            thread_local!(static CACHED: RefCell<Cached> = const { RefCell::new(None) });
            run(&CACHED, stringify!($name), &value.utf8(), &[$(Value::from(&$argument)),*])
        }
    };
}

text!(partial_card);
text!(partial_phone);
text!(partial_iban);
text!(partial_name);
text!(partial_url);
text!(redact);
text!(partial_ip, bits: i32 = "24", bits6: i32 = "48");
text!(generalise_ip, bits: i32 = "24", bits6: i32 = "48");

/// The value by a mapping.
#[pg_extern(immutable, strict, parallel_safe)]
fn generalise_text(
    value: TextArg,
    mapping: TextArg,
    otherwise: default!(TextArg, "''"),
) -> Result<WrittenText, ErrorReport> {
    thread_local!(static CACHED: RefCell<Cached> = const { RefCell::new(None) });
    run(&CACHED, "generalise_text", &value.utf8(), &[Value::from(&mapping), Value::from(&otherwise)])
}

/// A mask of a number, a date or a time, for one type.
macro_rules! scalar {
    ($name:ident, $sql:literal, $volatility:ident, $type:ty, $kind:ident, |$old:ident| $number:expr, |$new:ident| $result:expr,
     $argument:ident: $argument_type:ty) => {
        #[pg_extern(name = $sql, $volatility, strict, parallel_safe)]
        fn $name(value: $type, $argument: $argument_type) -> Result<$type, ErrorReport> {
            thread_local!(static CACHED: RefCell<CachedScalar> = const { RefCell::new(None) });
            let $old = value;
            match run_scalar(&CACHED, stringify!($name), Scalar::$kind($number), &[Value::from(&$argument)])? {
                Scalar::$kind($new) => Ok($result),
                _ => unreachable!("a mask keeps the kind"),
            }
        }
    };
}

scalar!(generalise_number_smallint, "generalise_number", immutable, i16, Int2, |v| v, |v| v, step: i16);
scalar!(generalise_number, "generalise_number", immutable, i32, Int4, |v| v, |v| v, step: i32);
scalar!(generalise_number_bigint, "generalise_number", immutable, i64, Int8, |v| v, |v| v, step: i64);
scalar!(generalise_number_float, "generalise_number", immutable, f64, Float8, |v| v, |v| v, step: f64);
scalar!(generalise_date, "generalise_date", immutable, Date, Date, |v| v.0, |v| Date(v), unit: TextArg);
scalar!(generalise_timestamp, "generalise_date", immutable, Timestamp, Timestamp, |v| v.0, |v| Timestamp(v), unit: TextArg);
scalar!(generalise_timestamptz, "generalise_date", immutable, TimestampTz, Timestamp, |v| v.0, |v| TimestampTz(v), unit: TextArg);
scalar!(pseudo_noise_smallint, "pseudo_noise", stable, i16, Int2, |v| v, |v| v, ratio: f64);
scalar!(pseudo_noise, "pseudo_noise", stable, i32, Int4, |v| v, |v| v, ratio: f64);
scalar!(pseudo_noise_bigint, "pseudo_noise", stable, i64, Int8, |v| v, |v| v, ratio: f64);
scalar!(pseudo_noise_float, "pseudo_noise", stable, f64, Float8, |v| v, |v| v, ratio: f64);
scalar!(pseudo_dnoise, "pseudo_dnoise", stable, Date, Date, |v| v.0, |v| Date(v), noise_range: IntervalArg);
scalar!(pseudo_dnoise_timestamp, "pseudo_dnoise", stable, Timestamp, Timestamp, |v| v.0, |v| Timestamp(v), noise_range: IntervalArg);
scalar!(pseudo_dnoise_timestamptz, "pseudo_dnoise", stable, TimestampTz, Timestamp, |v| v.0, |v| TimestampTz(v), noise_range: IntervalArg);

/// A coordinate in degrees to so many decimals.
#[pg_extern(immutable, strict, parallel_safe)]
fn partial_coordinate(value: f64, decimals: default!(i32, "2")) -> Result<f64, ErrorReport> {
    thread_local!(static CACHED: RefCell<CachedScalar> = const { RefCell::new(None) });
    match run_scalar(&CACHED, "partial_coordinate", Scalar::Float8(value), &[Value::from(&decimals)])? {
        Scalar::Float8(cut) => Ok(cut),
        _ => unreachable!("a mask keeps the kind"),
    }
}

/// The greatest multiple of the step that is not above the value.
#[pg_extern(name = "generalise_number", immutable, strict, parallel_safe)]
fn generalise_number_numeric(value: NumericArg, step: NumericArg) -> Result<WrittenNumeric, ErrorReport> {
    thread_local!(static CACHED: RefCell<Cached> = const { RefCell::new(None) });
    run_decimal(&CACHED, "generalise_number_numeric", value.0.as_bytes(), &[Value::from(&step)])
}

/// The range in which a value of one type lies, as text.
macro_rules! range {
    ($name:ident, $type:ty, $kind:ident, |$value:ident| $scalar:expr, $argument:ident: $argument_type:ty) => {
        #[pg_extern(name = "generalise_range", immutable, strict, parallel_safe)]
        fn $name(value: $type, $argument: $argument_type) -> Result<WrittenText, ErrorReport> {
            thread_local!(static CACHED: RefCell<Cached> = const { RefCell::new(None) });
            let $value = value;
            run_on_scalar(&CACHED, stringify!($name), Scalar::$kind($scalar), &[Value::from(&$argument)])
        }
    };
}

range!(generalise_range_int, i32, Int4, |v| v, step: i32);
range!(generalise_range, i64, Int8, |v| v, step: i64);
range!(generalise_date_range, Date, Date, |v| v.0, unit: TextArg);
range!(generalise_timestamp_range, Timestamp, Timestamp, |v| v.0, unit: TextArg);
range!(generalise_timestamptz_range, TimestampTz, Timestamp, |v| v.0, unit: TextArg);

/// The same for numeric.
#[pg_extern(name = "generalise_range", immutable, strict, parallel_safe)]
fn generalise_range_numeric(value: NumericArg, step: NumericArg) -> Result<WrittenText, ErrorReport> {
    thread_local!(static CACHED: RefCell<Cached> = const { RefCell::new(None) });
    run(&CACHED, "generalise_range_numeric", value.0.as_bytes(), &[Value::from(&step)])
}

/// The band of years in which an age lies.
#[pg_extern(immutable, strict, parallel_safe)]
fn generalise_age(
    birth: Date,
    width: default!(i32, "10"),
    as_of: default!(Date, "current_date"),
) -> Result<WrittenText, ErrorReport> {
    written(|out| generalise::age_band(birth.0, width, as_of.0, out))
}

/// The shift of a longest span under the key.
fn shift(longest: IntervalArg) -> Result<Shift, ErrorReport> {
    thread_local!(static KEPT: RefCell<Option<(u64, IntervalArg, Shift)>> = const { RefCell::new(None) });
    KEPT.with_borrow_mut(|kept| match kept {
        Some((number, span, shift)) if *number == key::number() && span.0 == longest.0 => Ok(shift.clone()),
        _ => {
            let family = key::with(|key| library::family(key, Domain::Shift)).map_err(mask_error)?;
            let shift = Shift::new(longest.0, family).map_err(mask_error)?;
            *kept = Some((key::number(), longest, shift.clone()));
            Ok(shift)
        }
    })
}

/// A date shifted as all dates of a person are.
#[pg_extern(stable, strict, parallel_safe)]
fn shift_date(value: Date, person: TextArg, longest: IntervalArg) -> Result<Date, ErrorReport> {
    Ok(Date(shift(longest)?.date(value.0, &person.utf8())))
}

/// A time shifted as all dates of a person are.
#[pg_extern(name = "shift_date", stable, strict, parallel_safe)]
fn shift_timestamp(value: Timestamp, person: TextArg, longest: IntervalArg) -> Result<Timestamp, ErrorReport> {
    Ok(Timestamp(shift(longest)?.timestamp(value.0, &person.utf8())))
}

/// A time shifted as all dates of a person are.
#[pg_extern(name = "shift_date", stable, strict, parallel_safe)]
fn shift_timestamptz(value: TimestampTz, person: TextArg, longest: IntervalArg) -> Result<TimestampTz, ErrorReport> {
    Ok(TimestampTz(shift(longest)?.timestamp(value.0, &person.utf8())))
}
