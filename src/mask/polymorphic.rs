//! Masks whose result has the type of their argument.

use super::rng;
use crate::any::{AnyArray, AnyValue, first_argument_type};
use crate::datum::{IntervalArg, ScalarKind, WrittenNumeric, numeric_text, scalar, to_string};
use crate::error::{Report, error, mask_error};
use crate::settings;
use pg_anon_core::mask::native::ScalarMask;
use pg_anon_core::mask::number::{NUMERIC_WHOLE_DIGITS, Ratio};
use pg_anon_core::mask::{number, random};
use pgrx::pg_sys::panic::ErrorReport;
use pgrx::prelude::*;

/// A result of the argument's type. PostgreSQL does not look at a domain's length and constraints again when a function gives
/// the type that it got, so that is done here; but not within a dump, where a constraint of the table's owner would run with
/// the rights of whoever dumps, and where rules give values of a domain's base type.
pub fn same_type(type_oid: pg_sys::Oid, base: pg_sys::Oid, datum: pg_sys::Datum) -> AnyValue {
    if base == type_oid || settings::is_dumping() {
        return AnyValue(datum);
    }
    // SAFETY: each caller makes the datum of the argument's base type, and not NULL.
    AnyValue(unsafe { into_domain(datum, base, type_oid) })
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

/// A domain's base type; another type itself.
pub fn base_type(type_oid: pg_sys::Oid) -> pg_sys::Oid {
    // A type of the server's own is no domain.
    if ScalarKind::of_type(type_oid).is_some() {
        return type_oid;
    }
    // SAFETY: a catalog look-up; a type that is no domain is given back as it is.
    unsafe { pg_sys::getBaseType(type_oid) }
}

pub fn wrong_type(function: &str, type_oid: pg_sys::Oid, hint: &str) -> Report {
    // SAFETY: gives a palloc'd C string.
    let name = unsafe { to_string(std::ffi::CStr::from_ptr(pg_sys::format_type_be(type_oid)).to_bytes()) };
    error(PgSqlErrorCode::ERRCODE_DATATYPE_MISMATCH, format!("{function} does not work on type {name}")).set_hint(hint)
}

/// The value times 1 - r, r uniform between -ratio and ratio; within the type's range. Any numeric type.
/// Errors: 22023 for a ratio that is negative, infinite or not a number; 42804 for another type.
#[pg_extern(volatile, strict, parallel_safe)]
fn noise(noise_value: AnyValue, ratio: f64, fcinfo: pg_sys::FunctionCallInfo) -> Result<AnyValue, ErrorReport> {
    // SAFETY: nothing is held yet that is to be dropped.
    let type_oid = unsafe { first_argument_type(fcinfo) };
    let ratio = Ratio::new(ratio).map_err(mask_error)?;
    let base = base_type(type_oid);
    let result = match base {
        pg_sys::NUMERICOID => noise_numeric(noise_value.0, ratio)?,
        base => scalar_mask(&ScalarMask::Noise(ratio), base, noise_value)?
            .ok_or_else(|| wrong_type("noise", type_oid, "Use it on numbers; dnoise is for dates and times."))?,
    };
    Ok(same_type(type_oid, base, result))
}

/// None: the mask does not work on the type.
fn scalar_mask(mask: &ScalarMask, base_type: pg_sys::Oid, value: AnyValue) -> Result<Option<pg_sys::Datum>, Report> {
    let Some(kind) = ScalarKind::of_type(base_type) else { return Ok(None) };
    let masked = mask.apply(kind.scalar(value.0), &mut rng()).map_err(mask_error)?;
    Ok(masked.map(scalar))
}

fn noise_numeric(value: pg_sys::Datum, ratio: Ratio) -> Result<pg_sys::Datum, ErrorReport> {
    // SAFETY: the caller has found it to be a numeric.
    let text = unsafe { numeric_text(value) };
    let mut out = Vec::new();
    number::noise_numeric(text.as_bytes(), NUMERIC_WHOLE_DIGITS, ratio, &mut rng(), &mut out).map_err(mask_error)?;
    Ok(WrittenNumeric::new(out).0)
}

/// A value uniform between `noise_value` - `noise_range` and `noise_value` + `noise_range`; within the type's range.
/// Any date or time type. Errors: 42804 for another type.
#[pg_extern(volatile, strict, parallel_safe)]
fn dnoise(
    noise_value: AnyValue,
    noise_range: IntervalArg,
    fcinfo: pg_sys::FunctionCallInfo,
) -> Result<AnyValue, ErrorReport> {
    // SAFETY: nothing is held yet that is to be dropped.
    let type_oid = unsafe { first_argument_type(fcinfo) };
    let base = base_type(type_oid);
    let result = scalar_mask(&ScalarMask::DateNoise(noise_range.0), base, noise_value)?
        .ok_or_else(|| wrong_type("dnoise", type_oid, "Use it on dates and times; noise is for numbers."))?;
    Ok(same_type(type_oid, base, result))
}

/// A random element of an array of any number of dimensions; NULL when it has none.
#[pg_extern(volatile, strict, parallel_safe)]
fn random_in(a: AnyArray) -> Option<AnyValue> {
    a.element(|count| random::index(count, &mut rng()))
}
