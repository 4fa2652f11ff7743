//! Values of composite types, masked field by field.

use crate::datum::{to_c_string, to_string};
use crate::error::{error, mask_error, reported};
use crate::settings;
use pg_anon_core::mask::structured::Rules;
use pgrx::pg_sys::panic::ErrorReport;
use pgrx::prelude::*;
use pgrx::{PgTupleDesc, pg_sys};
use rand::CryptoRng;
use serde_json::{Map, Value};
use std::ffi::CStr;
use std::panic::AssertUnwindSafe;

/// A value as text.
///
/// # Safety
/// `datum` is a value of the type.
pub unsafe fn text_of(datum: pg_sys::Datum, type_oid: pg_sys::Oid) -> String {
    // SAFETY: the output function of the type, as the catalogs have it, gives a C string.
    unsafe {
        let (mut output, mut is_varlena) = (pg_sys::InvalidOid, false);
        pg_sys::getTypeOutputInfo(type_oid, &raw mut output, &raw mut is_varlena);
        to_string(CStr::from_ptr(pg_sys::OidOutputFunctionCall(output, datum)).to_bytes())
    }
}

/// The value that a text says, None: NULL. Raises PostgreSQL's errors when the type does not take it.
///
/// # Safety
/// The type exists, and the modifier is one of it.
pub unsafe fn value_of(text: Option<&str>, type_oid: pg_sys::Oid, modifier: i32) -> pg_sys::Datum {
    let text = text.map(to_c_string);
    // SAFETY: the input function of the type, as the catalogs have it; it takes NULL for NULL where it is not strict.
    unsafe {
        let (mut input, mut parameter) = (pg_sys::InvalidOid, pg_sys::InvalidOid);
        pg_sys::getTypeInputInfo(type_oid, &raw mut input, &raw mut parameter);
        let pointer = text.as_ref().map_or(std::ptr::null_mut(), |text| text.as_ptr().cast_mut());
        pg_sys::OidInputFunctionCall(input, pointer, parameter, modifier)
    }
}

/// The fields of a value: an object of their texts, of objects for fields of composite types, and of JSON.
struct Fields {
    descriptor: PgTupleDesc<'static>,
    values: Vec<pg_sys::Datum>,
    nulls: Vec<bool>,
}

impl Fields {
    /// # Safety
    /// `datum` is a value of a composite type.
    unsafe fn new(datum: pg_sys::Datum) -> Self {
        // SAFETY: a composite value is a HeapTupleHeader that says its type (htup_details.h); the tuple is only read by
        // heap_deform_tuple, as record_out does it, and the descriptor is a counted reference that is given back when it is
        // dropped.
        unsafe {
            let header = pg_sys::pg_detoast_datum(datum.cast_mut_ptr()).cast::<pg_sys::HeapTupleHeaderData>();
            let type_oid = (*header).t_choice.t_datum.datum_typeid;
            let modifier = (*header).t_choice.t_datum.datum_typmod;
            let descriptor = PgTupleDesc::from_pg(pg_sys::lookup_rowtype_tupdesc(type_oid, modifier));
            let mut tuple = pg_sys::HeapTupleData {
                t_len: pgrx::varsize(header.cast()) as u32,
                t_data: header,
                ..Default::default()
            };
            let count = descriptor.len();
            let (mut values, mut nulls) = (vec![pg_sys::Datum::null(); count], vec![true; count]);
            pg_sys::heap_deform_tuple(&raw mut tuple, descriptor.as_ptr(), values.as_mut_ptr(), nulls.as_mut_ptr());
            Fields { descriptor, values, nulls }
        }
    }

    /// The number, the name and the types of each field that is not dropped.
    fn attributes(&self) -> Vec<(usize, String, pg_sys::Oid, i32)> {
        let attributes = self.descriptor.iter().enumerate().filter(|(_, attribute)| !attribute.is_dropped());
        attributes.map(|(n, a)| (n, to_string(a.name().as_bytes()), a.type_oid().value(), a.atttypmod)).collect()
    }

    /// An object of the fields that `is_named` says.
    ///
    /// # Safety
    /// The values are of the types of the fields.
    unsafe fn object(&self, is_named: &dyn Fn(&str) -> bool) -> Map<String, Value> {
        let mut object = Map::new();
        for (n, name, type_oid, _) in self.attributes() {
            if !is_named(&name) {
                continue;
            }
            // SAFETY: as the caller vouches.
            let value = unsafe {
                match pg_sys::getBaseType(type_oid) {
                    _ if self.nulls[n] => Value::Null,
                    base if pg_sys::type_is_rowtype(base) => {
                        Value::Object(Fields::new(self.values[n]).object(&|_| true))
                    }
                    base @ (pg_sys::JSONOID | pg_sys::JSONBOID) => {
                        let text = text_of(self.values[n], base);
                        serde_json::from_str(&text).unwrap_or(Value::String(text))
                    }
                    base => Value::String(text_of(self.values[n], base)),
                }
            };
            object.insert(name, value);
        }
        object
    }

    /// The value with the fields that have become others.
    ///
    /// # Safety
    /// As for `object`.
    unsafe fn changed(
        mut self,
        old: &Map<String, Value>,
        new: &Map<String, Value>,
    ) -> Result<pg_sys::Datum, ErrorReport> {
        for (n, name, type_oid, modifier) in self.attributes() {
            let Some(before) = old.get(&name) else { continue };
            let Some(after) = new.get(&name) else { return Err(not_fields()) };
            if before == after {
                continue;
            }
            // A domain's constraint is not run within a dump, where it would have the rights of whoever dumps.
            let mut modifier = modifier;
            // SAFETY: catalog look-ups; the value is of the field's type.
            unsafe {
                let base = pg_sys::getBaseTypeAndTypmod(type_oid, &raw mut modifier);
                let wanted = if settings::is_dumping() { base } else { type_oid };
                let is_json = matches!(base, pg_sys::JSONOID | pg_sys::JSONBOID);
                let is_row = pg_sys::type_is_rowtype(base);
                let text = match (before, after) {
                    (Value::Object(before), Value::Object(after)) if is_row => {
                        self.values[n] = Fields::new(self.values[n]).changed(before, after)?;
                        continue;
                    }
                    // NULL that is set, not JSON's null within a document.
                    (_, Value::Null) => None,
                    (_, other) if is_json => Some(other.to_string()),
                    (_, Value::String(text)) => Some(text.clone()),
                    (_, other) => Some(other.to_string()),
                };
                let read = || Ok(value_of(text.as_deref(), wanted, modifier));
                self.values[n] = PgTryBuilder::new(AssertUnwindSafe(read))
                    .catch_others(Err)
                    .execute()
                    .map_err(|caught| unfit(&name, caught))?;
                self.nulls[n] = text.is_none();
            }
        }
        // SAFETY: as many values and flags as the descriptor has fields.
        unsafe {
            let tuple =
                pg_sys::heap_form_tuple(self.descriptor.as_ptr(), self.values.as_mut_ptr(), self.nulls.as_mut_ptr());
            Ok(pg_sys::HeapTupleHeaderGetDatum((*tuple).t_data))
        }
    }
}

fn not_fields() -> ErrorReport {
    let code = PgSqlErrorCode::ERRCODE_INVALID_PARAMETER_VALUE;
    error(code, "a rule for a composite type names fields, such as $.email or $.*")
        .set_hint("Name the fields whose values are to be masked.")
        .into()
}

/// PostgreSQL's error for a text that a field does not take, without the text.
fn unfit(field: &str, caught: pg_sys::panic::CaughtError) -> ErrorReport {
    if crate::error::is_interrupt(&caught) {
        caught.rethrow();
    }
    let code = reported(caught).sql_error_code();
    error(code, format!("the rule for field \"{field}\" gives a value that its type does not take"))
        .set_hint("Take a mask whose results are of the field's type.")
        .into()
}

/// A value of a composite type with the fields masked that rules name.
///
/// # Safety
/// `datum` is a value of a composite type.
pub unsafe fn mask<R: CryptoRng + ?Sized>(
    datum: pg_sys::Datum,
    rules: &Rules,
    rng: &mut R,
) -> Result<pg_sys::Datum, ErrorReport> {
    // SAFETY: as the caller vouches.
    unsafe {
        let fields = Fields::new(datum);
        let attributes = fields.attributes();
        let names: Vec<&str> = attributes.iter().map(|(_, name, ..)| name.as_str()).collect();
        if let Some(unknown) = rules.unknown(&names) {
            let code = PgSqlErrorCode::ERRCODE_UNDEFINED_COLUMN;
            let message = format!("the composite type has no field \"{unknown}\" that a rule names");
            return Err(error(code, message).set_hint(format!("Its fields are: {}.", names.join(", "))).into());
        }
        let old = fields.object(&|name| rules.name(name));
        let document = Value::Object(old).to_string();
        let masked = rules.apply(&document, rng).map_err(mask_error)?;
        let read = |text: &str| serde_json::from_str::<Value>(text).ok();
        match (read(&document), read(&masked)) {
            (Some(Value::Object(old)), Some(Value::Object(new))) => fields.changed(&old, &new),
            _ => Err(not_fields()),
        }
    }
}
