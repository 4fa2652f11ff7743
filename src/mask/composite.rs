//! Values of composite types, masked field by field: the fields that rules name become members of a JSON document, and those
//! that are others in the masked one are read back. JSON stands in it as it is, so that nothing of it depends on who reads it.

use crate::datum::{to_c_string, to_string};
use crate::error::{error, mask_error, reported};
use crate::{expression, key, native, rule, settings};
use pg_anon_core::mask::MaskError;
use pg_anon_core::mask::structured::{Rules, Shape};
use pgrx::pg_sys::panic::ErrorReport;
use pgrx::prelude::*;
use pgrx::{PgTupleDesc, pg_sys};
use rand::CryptoRng;
use serde_json::Value;
use serde_json::value::RawValue;
use std::collections::HashMap;
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

/// The fields of a value.
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

    /// What paths may lead to.
    ///
    /// # Safety
    /// The values are of the types of the fields.
    unsafe fn shape(&self) -> Shape {
        let field = |(n, name, type_oid, _): (usize, String, pg_sys::Oid, i32)| {
            // SAFETY: as the caller vouches.
            (name, unsafe { shape_of(type_oid, (!self.nulls[n]).then_some(self.values[n])) })
        };
        Shape::Row(self.attributes().into_iter().map(field).collect())
    }

    /// A JSON object of the fields that `is_named` says: of their texts, of objects for fields of composite types, and of JSON
    /// to the letter.
    ///
    /// # Safety
    /// The values are of the types of the fields.
    unsafe fn object(&self, is_named: &dyn Fn(&str) -> bool) -> String {
        let mut members = Vec::new();
        for (n, name, type_oid, _) in self.attributes() {
            if !is_named(&name) {
                continue;
            }
            // SAFETY: as the caller vouches.
            let value = unsafe {
                match pg_sys::getBaseType(type_oid) {
                    _ if self.nulls[n] => "null".to_owned(),
                    base if pg_sys::type_is_rowtype(base) => Fields::new(self.values[n]).object(&|_| true),
                    base @ (pg_sys::JSONOID | pg_sys::JSONBOID) => text_of(self.values[n], base),
                    base => Value::String(text_of(self.values[n], base)).to_string(),
                }
            };
            members.push(format!("{}:{value}", Value::String(name)));
        }
        format!("{{{}}}", members.join(","))
    }

    /// The value with the fields that have become others. `old` is what `object` gave.
    ///
    /// # Safety
    /// As for `object`.
    unsafe fn changed(mut self, old: &str, new: &str) -> Result<pg_sys::Datum, ErrorReport> {
        let (Some(old), Some(new)) = (members(old), members(new)) else { return Err(not_fields()) };
        for (n, name, type_oid, modifier) in self.attributes() {
            let Some(before) = old.get(&name).map(|value| value.get()) else { continue };
            let Some(after) = new.get(&name).map(|value| value.get()) else { return Err(not_fields()) };
            if before == after {
                continue;
            }
            // SAFETY: catalog look-ups; the value is of the field's type.
            unsafe {
                let base = pg_sys::getBaseType(type_oid);
                if pg_sys::type_is_rowtype(base) && before.starts_with('{') && after.starts_with('{') {
                    self.values[n] = Fields::new(self.values[n]).changed(before, after)?;
                    continue;
                }
                let text = match after {
                    // NULL that is set, not JSON's null within a document.
                    "null" => None,
                    json if matches!(base, pg_sys::JSONOID | pg_sys::JSONBOID) => Some(json.to_owned()),
                    text if text.starts_with('"') => Some(serde_json::from_str(text).map_err(|_| not_fields())?),
                    other => Some(other.to_owned()),
                };
                // A domain's constraint is not run within a dump, where it would have the rights of whoever dumps.
                let (mut wanted, mut modifier) = (type_oid, modifier);
                if settings::is_dumping() {
                    (wanted, modifier) = rule::base_type(type_oid, modifier);
                    if text.is_some() && rule::holds_domain(wanted) {
                        return Err(holds_domain(&name, type_oid));
                    }
                }
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

/// What paths may lead to in values of a type; None: NULL, or no value is at hand.
///
/// # Safety
/// `value` is of the type.
unsafe fn shape_of(type_oid: pg_sys::Oid, value: Option<pg_sys::Datum>) -> Shape {
    // SAFETY: catalog look-ups; the descriptor is a counted reference that is given back when it is dropped.
    unsafe {
        let base = pg_sys::getBaseType(type_oid);
        match (base, value) {
            (pg_sys::JSONOID | pg_sys::JSONBOID, _) => return Shape::Document,
            // Only the value says its type, and where there is none, a path passes nothing by.
            (pg_sys::RECORDOID, Some(value)) => return Fields::new(value).shape(),
            (pg_sys::RECORDOID, None) => return Shape::Document,
            _ => (),
        }
        if pg_sys::type_is_rowtype(base) {
            let descriptor = PgTupleDesc::from_pg(pg_sys::lookup_rowtype_tupdesc(base, -1));
            let fields = descriptor.iter().filter(|attribute| !attribute.is_dropped());
            let field = |a: &pg_sys::FormData_pg_attribute| {
                (to_string(a.name().as_bytes()), shape_of(a.type_oid().value(), None))
            };
            return Shape::Row(fields.map(field).collect());
        }
        let element = pg_sys::get_element_type(base);
        if element != pg_sys::InvalidOid {
            return match shape_of(element, None) {
                Shape::Scalar => Shape::Scalars,
                _ => Shape::Opaque,
            };
        }
        let (mut category, mut is_preferred) = (0, false);
        pg_sys::get_type_category_preferred(base, &raw mut category, &raw mut is_preferred);
        let has_parts = match category as u8 {
            pg_sys::TYPCATEGORY_ARRAY | pg_sys::TYPCATEGORY_RANGE | pg_sys::TYPCATEGORY_PSEUDOTYPE => true,
            // hstore is one of an extension's.
            pg_sys::TYPCATEGORY_USER => base == pg_sys::XMLOID || base.to_u32() >= pg_sys::FirstNormalObjectId,
            _ => false,
        };
        if has_parts { Shape::Opaque } else { Shape::Scalar }
    }
}

/// The members of a JSON object, each as it is written.
fn members(object: &str) -> Option<HashMap<String, &RawValue>> {
    serde_json::from_str(object).ok()
}

/// What is wrong with the paths of a call of `mask_composite` with constant rules, so that it is said before there is a row,
/// whose errors are told without their words. What cannot be seen yet is left to the call itself.
///
/// # Safety
/// `node` is an analysed expression.
pub unsafe fn check_call(mut node: *mut pg_sys::Node) -> Result<(), MaskError> {
    // SAFETY: every node is looked into by its tag; the constant is of its type.
    unsafe {
        while rule::is_a(node, pg_sys::NodeTag::T_RelabelType) {
            node = (*node.cast::<pg_sys::RelabelType>()).arg.cast();
        }
        if !rule::is_a(node, pg_sys::NodeTag::T_FuncExpr) {
            return Ok(());
        }
        let call = &*node.cast::<pg_sys::FuncExpr>();
        if native::our_function(call.funcid).as_deref() != Some("mask_composite") {
            return Ok(());
        }
        let mut arguments = rule::items::<pg_sys::Node>(call.args);
        let (Some(value), Some(rules)) = (arguments.next(), arguments.next()) else { return Ok(()) };
        let type_oid = pg_sys::getBaseType(pg_sys::exprType(value));
        if !rule::is_a(rules, pg_sys::NodeTag::T_Const)
            || type_oid == pg_sys::RECORDOID
            || !pg_sys::type_is_rowtype(type_oid)
        {
            return Ok(());
        }
        let rules = &*rules.cast::<pg_sys::Const>();
        if rules.constisnull {
            return Ok(());
        }
        let text = text_of(rules.constvalue, rules.consttype);
        match key::with(|key| Rules::new(&text, key)) {
            Ok(rules) => rules.check(&shape_of(type_oid, None)),
            Err(_) => Ok(()),
        }
    }
}

fn holds_domain(field: &str, type_oid: pg_sys::Oid) -> ErrorReport {
    let code = PgSqlErrorCode::ERRCODE_FEATURE_NOT_SUPPORTED;
    let type_name = expression::type_name(type_oid);
    let message = format!(
        "the rule for field \"{field}\" gives text for the type {type_name}, which holds a domain: the domain's constraint would \
         run with your rights"
    );
    error(code, message)
        .set_hint("Set the field to null, or, where it is of a composite type, name its fields in the path.")
        .into()
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
        rules.check(&fields.shape()).map_err(mask_error)?;
        let document = fields.object(&|name| rules.name(name));
        let masked = rules.apply(&document, rng).map_err(mask_error)?;
        fields.changed(&document, &masked)
    }
}
