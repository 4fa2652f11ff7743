//! Masks whose result has the type of their argument.

use super::rng;
use crate::datum::{IntervalArg, ScalarKind, interval, scalar, to_string};
use crate::error::{Report, error, mask_error};
use crate::settings;
use pg_anon_core::mask::native::ScalarMask;
use pg_anon_core::mask::number::{NUMERIC_WHOLE_DIGITS, Ratio};
use pg_anon_core::mask::{date, number, random};
use pgrx::pg_sys::panic::ErrorReport;
use pgrx::prelude::*;
use pgrx::{AnyArray, AnyElement, FromDatum};

/// A result of the argument's type. PostgreSQL does not look at a domain's length and constraints again when a function gives
/// the type that it got, so that is done here; but not within a dump, where a constraint of the table's owner would run with
/// the rights of whoever dumps, and where rules give values of a domain's base type.
fn same_type(value: &AnyElement, datum: pg_sys::Datum) -> AnyElement {
    // SAFETY: each caller makes the datum of the argument's base type, and not NULL.
    unsafe {
        let datum = if settings::is_dumping() || base_type(value) == value.oid() {
            datum
        } else {
            into_domain(datum, base_type(value), value.oid())
        };
        AnyElement::from_polymorphic_datum(datum, false, value.oid()).expect("not NULL")
    }
}

/// A value of a domain's base type as one of the domain, by way of its text. Raises PostgreSQL's errors when the domain does
/// not take it.
///
/// # Safety
/// `datum` is a value of the type `base`.
unsafe fn into_domain(datum: pg_sys::Datum, base: pg_sys::Oid, domain: pg_sys::Oid) -> pg_sys::Datum {
    // SAFETY: the output function of the one type and the input function of the other, as the catalogs have them.
    unsafe {
        let (mut output, mut is_varlena) = (pg_sys::InvalidOid, false);
        pg_sys::getTypeOutputInfo(base, &raw mut output, &raw mut is_varlena);
        let text = pg_sys::OidOutputFunctionCall(output, datum);
        let (mut input, mut parameter) = (pg_sys::InvalidOid, pg_sys::InvalidOid);
        pg_sys::getTypeInputInfo(domain, &raw mut input, &raw mut parameter);
        pg_sys::OidInputFunctionCall(input, text, parameter, -1)
    }
}

fn base_type(value: &AnyElement) -> pg_sys::Oid {
    // SAFETY: a catalog look-up; a type that is no domain is given back as it is.
    unsafe { pg_sys::getBaseType(value.oid()) }
}

fn wrong_type(function: &str, value: &AnyElement, hint: &str) -> Report {
    // SAFETY: gives a palloc'd C string.
    let name = unsafe { to_string(std::ffi::CStr::from_ptr(pg_sys::format_type_be(value.oid())).to_bytes()) };
    error(PgSqlErrorCode::ERRCODE_DATATYPE_MISMATCH, format!("{function} does not work on type {name}")).set_hint(hint)
}

/// The value times 1 - r, r uniform between -ratio and ratio; within the type's range. Any numeric type.
/// Errors: 22023 for a ratio that is negative, infinite or not a number; 42804 for another type.
#[pg_extern(volatile, strict, parallel_safe)]
fn noise(noise_value: AnyElement, ratio: f64) -> Result<AnyElement, ErrorReport> {
    let ratio = Ratio::new(ratio).map_err(mask_error)?;
    let result = match base_type(&noise_value) {
        pg_sys::NUMERICOID => noise_numeric(noise_value.datum(), ratio)?,
        base => scalar_mask(ScalarMask::Noise(ratio), base, &noise_value)
            .ok_or_else(|| wrong_type("noise", &noise_value, "Use it on numbers; dnoise is for dates and times."))?,
    };
    Ok(same_type(&noise_value, result))
}

/// None: the mask does not work on the type.
fn scalar_mask(mask: ScalarMask, base_type: pg_sys::Oid, value: &AnyElement) -> Option<pg_sys::Datum> {
    let value = ScalarKind::of_type(base_type)?.scalar(value.datum());
    mask.apply(value, &mut rng()).map(scalar)
}

fn noise_numeric(value: pg_sys::Datum, ratio: Ratio) -> Result<pg_sys::Datum, ErrorReport> {
    // SAFETY: numeric's output function takes a numeric and gives a C string; its input function takes that form, an
    // unused oid and no type modifier.
    unsafe {
        let text = pg_sys::OidOutputFunctionCall(pg_sys::Oid::from(pg_sys::F_NUMERIC_OUT), value);
        let mut out = Vec::new();
        let digits = std::ffi::CStr::from_ptr(text).to_bytes();
        number::noise_numeric(digits, NUMERIC_WHOLE_DIGITS, ratio, &mut rng(), &mut out).map_err(mask_error)?;
        out.push(0);
        Ok(pg_sys::OidInputFunctionCall(
            pg_sys::Oid::from(pg_sys::F_NUMERIC_IN),
            out.as_mut_ptr().cast(),
            pg_sys::InvalidOid,
            -1,
        ))
    }
}

/// A value uniform between `noise_value` - `noise_range` and `noise_value` + `noise_range`; within the type's range.
/// Any date or time type. Errors: 42804 for another type.
#[pg_extern(volatile, strict, parallel_safe)]
fn dnoise(noise_value: AnyElement, noise_range: IntervalArg) -> Result<AnyElement, ErrorReport> {
    let (datum, range) = (noise_value.datum(), noise_range.0);
    let result = match base_type(&noise_value) {
        pg_sys::TIMEOID => pg_sys::Datum::from(date::noise_time(datum.value() as i64, range, &mut rng())),
        pg_sys::TIMETZOID => {
            // SAFETY: timetz is passed by reference; the new value is palloc'd.
            unsafe {
                let old = &*datum.cast_mut_ptr::<pg_sys::TimeTzADT>();
                let new = pg_sys::palloc(size_of::<pg_sys::TimeTzADT>()).cast::<pg_sys::TimeTzADT>();
                (*new).time = date::noise_time(old.time, range, &mut rng());
                (*new).zone = old.zone;
                pg_sys::Datum::from(new)
            }
        }
        pg_sys::INTERVALOID => {
            // SAFETY: interval is passed by reference; the new value is palloc'd.
            unsafe {
                let old = interval(&*datum.cast_mut_ptr::<pg_sys::Interval>());
                let value = date::noise_interval(old, range, &mut rng());
                let new = pg_sys::palloc(size_of::<pg_sys::Interval>()).cast::<pg_sys::Interval>();
                (*new).month = value.months;
                (*new).day = value.days;
                (*new).time = value.micros;
                pg_sys::Datum::from(new)
            }
        }
        base => scalar_mask(ScalarMask::DateNoise(range), base, &noise_value)
            .ok_or_else(|| wrong_type("dnoise", &noise_value, "Use it on dates and times; noise is for numbers."))?,
    };
    Ok(same_type(&noise_value, result))
}

/// A random element of an array of any number of dimensions; NULL when it has none.
#[pg_extern(volatile, strict, parallel_safe)]
fn random_in(a: AnyArray) -> Option<AnyElement> {
    // SAFETY: the argument is an array, which deconstruct_array (arrayfuncs.c) takes apart by its element type.
    unsafe {
        let array = pg_sys::pg_detoast_datum(a.datum().cast_mut_ptr()).cast::<pg_sys::ArrayType>();
        let element = (*array).elemtype;
        let (mut length, mut by_value, mut align) = (0i16, false, 0i8);
        pg_sys::get_typlenbyvalalign(element, &raw mut length, &raw mut by_value, &raw mut align);
        let (mut values, mut nulls, mut count) = (std::ptr::null_mut(), std::ptr::null_mut(), 0i32);
        pg_sys::deconstruct_array(
            array,
            element,
            i32::from(length),
            by_value,
            align,
            &raw mut values,
            &raw mut nulls,
            &raw mut count,
        );
        let index = random::index(usize::try_from(count).unwrap_or(0), &mut rng())?;
        AnyElement::from_polymorphic_datum(*values.add(index), *nulls.add(index), element)
    }
}
