//! Masks of documents and arrays, and choices, as SQL sees them.
//! Errors of all: 22023 for an argument that makes no sense, 55000 when there is no key and a mask needs it.

use super::composite;
use super::polymorphic::{base_type, same_type, wrong_type};
use super::rng;
use crate::any::{AnyArray, AnyValue, Compatible, FloatArray, first_argument_type};
use crate::datum::{self, Json, JsonArg, TextArg, Xml, XmlArg, varlena_bytes};
use crate::error::{error, mask_error};
use crate::key;
use crate::value_writer::ValueWriter;
use pg_anon_core::mask::key::{Domain, Key};
use pg_anon_core::mask::modifier::{Misfit, Modifier};
use pg_anon_core::mask::random::Weights;
use pg_anon_core::mask::structured::{Action, Rules, push_array_element};
use pg_anon_core::mask::xml::XmlRules;
use pg_anon_core::mask::{MaskError, library, random};
use pg_anon_core::{copytext, output};
use pgrx::IntoDatum;
use pgrx::pg_sys::panic::ErrorReport;
use pgrx::prelude::*;
use rand::CryptoRng;
use std::cell::RefCell;
use std::ffi::CStr;
use std::thread::LocalKey;

/// Rules that were read last, with their text and the key's number.
type Kept<T> = RefCell<Option<(String, u64, T)>>;

/// Does something with rules, which are read again only when they or the key are others.
fn with_rules<T, R>(
    kept: &'static LocalKey<Kept<T>>,
    rules: &JsonArg,
    new: fn(&str, Option<&Key>) -> Result<T, MaskError>,
    action: impl FnOnce(&T) -> R,
) -> Result<R, ErrorReport> {
    kept.with_borrow_mut(|kept| {
        if !kept.as_ref().is_some_and(|(text, number, _)| *text == rules.0 && *number == key::number()) {
            let made = key::with(|key| new(&rules.0, key)).map_err(mask_error)?;
            *kept = Some((rules.0.clone(), key::number(), made));
        }
        let Some((_, _, rules)) = kept else { unreachable!("they have just been made") };
        Ok(action(rules))
    })
}

/// The document with the values masked that rules name.
#[pg_extern(volatile, strict, parallel_safe)]
fn mask_jsonb(doc: JsonArg, rules: JsonArg) -> Result<Json, ErrorReport> {
    thread_local!(static KEPT: Kept<Rules> = const { RefCell::new(None) });
    let masked = with_rules(&KEPT, &rules, Rules::new, |rules| rules.apply(&doc.0, &mut rng()))?;
    Ok(Json(masked.map_err(mask_error)?))
}

/// The document with the texts and attributes masked that rules name.
#[pg_extern(volatile, strict, parallel_safe)]
fn mask_xml(doc: XmlArg, rules: JsonArg) -> Result<Xml, ErrorReport> {
    thread_local!(static KEPT: Kept<XmlRules> = const { RefCell::new(None) });
    let document = doc.string();
    let masked = with_rules(&KEPT, &rules, XmlRules::new, |rules| rules.apply(&document, &mut rng()))?;
    Ok(Xml(masked.map_err(mask_error)?))
}

/// The hstore with the values masked that rules name. The type is found by its name and its extension, which need not be there
/// when this one is made. Errors: 42804 for another type.
#[pg_extern(volatile, strict, parallel_safe)]
fn mask_hstore(value: AnyValue, rules: JsonArg, fcinfo: pg_sys::FunctionCallInfo) -> Result<AnyValue, ErrorReport> {
    thread_local!(static KEPT: Kept<Rules> = const { RefCell::new(None) });
    // SAFETY: nothing is held yet that is to be dropped but text.
    let type_oid = unsafe { first_argument_type(fcinfo) };
    let base = base_type(type_oid);
    if !is_hstore(base) {
        return Err(wrong_type("mask_hstore", type_oid, "Use it on values of the extension hstore.").into());
    }
    // SAFETY: output and input function of the type, as the catalogs have them.
    unsafe {
        let text = composite::text_of(value.0, base);
        let masked = with_rules(&KEPT, &rules, Rules::new, |rules| rules.apply_to_hstore(&text, &mut rng()))?;
        let masked = composite::value_of(Some(&masked.map_err(mask_error)?), base, -1);
        Ok(same_type(type_oid, base, masked))
    }
}

/// Whether a type is hstore, whatever schema it is in. Others of the extension are what somebody has added to it: only a
/// superuser makes base types.
fn is_hstore(type_oid: pg_sys::Oid) -> bool {
    // SAFETY: catalog look-ups, which give palloc'd C strings, or NULL for an extension that is gone.
    unsafe {
        let extension = pg_sys::getExtensionOfObject(pg_sys::TypeRelationId, type_oid);
        if extension == pg_sys::InvalidOid {
            return false;
        }
        let name = pg_sys::get_extension_name(extension);
        if name.is_null()
            || CStr::from_ptr(name) != c"hstore"
            || pg_sys::get_typtype(type_oid) as u8 != pg_sys::TYPTYPE_BASE
        {
            return false;
        }
        let entry = pg_sys::typeidType(type_oid);
        let is_named = CStr::from_ptr(pg_sys::typeTypeName(entry)) == c"hstore";
        pg_sys::ReleaseSysCache(entry);
        is_named
    }
}

/// The value of a composite type with the fields masked that rules name. Errors: 42804 for another type; those of a field's type
/// for what it does not take.
#[pg_extern(volatile, strict, parallel_safe)]
fn mask_composite(value: AnyValue, rules: JsonArg, fcinfo: pg_sys::FunctionCallInfo) -> Result<AnyValue, ErrorReport> {
    thread_local!(static KEPT: Kept<Rules> = const { RefCell::new(None) });
    // SAFETY: nothing is held yet that is to be dropped but text.
    let type_oid = unsafe { first_argument_type(fcinfo) };
    let base = base_type(type_oid);
    // SAFETY: a catalog look-up; the value is of the type.
    unsafe {
        if !pg_sys::type_is_rowtype(base) {
            return Err(wrong_type("mask_composite", type_oid, "Use it on values of composite types.").into());
        }
        let masked = with_rules(&KEPT, &rules, Rules::new, |rules| composite::mask(value.0, rules, &mut rng()))?;
        Ok(same_type(type_oid, base, masked?))
    }
}

/// A mask of what has parts, with its constant rules: what the functions of this module do, for the row writer.
#[derive(Clone)]
pub enum Structured {
    /// `mask_jsonb`.
    Jsonb {
        /// Its rules.
        rules: Rules,
        /// The value is JSON as text, to be cast to jsonb first.
        reads_text: bool,
    },
    /// `mask_array`, with what becomes of the elements by the array's modifier.
    Array(Action, Modifier),
    /// `mask_hstore`, with the type, which has no fixed number.
    Hstore(Rules, pg_sys::Oid),
    /// `mask_xml`.
    Xml(XmlRules),
    /// `mask_composite`.
    Composite(Rules),
}

/// Why a value could not be masked.
pub enum Fault {
    /// The mask's error.
    Mask(MaskError),
    /// An element does not fit the array's type.
    Misfit(Misfit),
    /// Another error.
    Other(ErrorReport),
}

impl From<MaskError> for Fault {
    fn from(e: MaskError) -> Self {
        Fault::Mask(e)
    }
}

impl Structured {
    /// The mask of the function with a name for values of the type `base`. None: it is none of these, or has rules that are
    /// better left to it. Errors: those of the rules.
    ///
    /// # Safety
    /// `rules` is a jsonb.
    pub unsafe fn new(
        name: &str,
        rules: pg_sys::Datum,
        base: pg_sys::Oid,
        reads_text: bool,
        modifier: Modifier,
    ) -> Result<Option<Self>, MaskError> {
        // SAFETY: as the caller vouches.
        let text = unsafe { composite::text_of(rules, pg_sys::JSONBOID) };
        let rules = || key::with(|key| Rules::new(&text, key));
        Ok(Some(match name {
            "mask_jsonb" => {
                let rules = rules()?;
                if rules.set_no_jsonb() {
                    return Ok(None);
                }
                let as_jsonb = |json: &str| {
                    // SAFETY: jsonb's own input and output.
                    unsafe {
                        composite::text_of(composite::value_of(Some(json), pg_sys::JSONBOID, -1), pg_sys::JSONBOID)
                    }
                };
                Self::Jsonb { rules: rules.with_set(as_jsonb), reads_text }
            }
            "mask_array" => {
                let Ok(rule) = serde_json::from_str(&text) else { return Ok(None) };
                Self::Array(key::with(|key| Action::new(&rule, key))?, modifier)
            }
            "mask_hstore" if is_hstore(base) => Self::Hstore(rules()?, base),
            "mask_xml" if base == pg_sys::XMLOID => Self::Xml(key::with(|key| XmlRules::new(&text, key))?),
            // SAFETY: a catalog look-up.
            "mask_composite" if unsafe { pg_sys::type_is_rowtype(base) } => Self::Composite(rules()?),
            _ => return Ok(None),
        }))
    }

    /// Appends the masked value as COPY text; `writer` is that of the value's type, and `buffer` is for what is written in
    /// between. Raises PostgreSQL's errors when the type does not take the result.
    ///
    /// # Safety
    /// `value` is of the type that the mask was made for, in a database of UTF-8.
    pub unsafe fn write<R: CryptoRng + ?Sized>(
        &self,
        value: pg_sys::Datum,
        writer: &ValueWriter,
        rng: &mut R,
        buffer: &mut Vec<u8>,
        out: &mut Vec<u8>,
    ) -> Result<(), Fault> {
        buffer.clear();
        // SAFETY: as the caller vouches; what is made of texts is of the type whose input function has read it.
        unsafe {
            match self {
                Self::Jsonb { rules, reads_text } => {
                    let document = match reads_text {
                        true => {
                            let text = String::from_utf8_lossy(varlena_bytes(value));
                            composite::value_of(Some(&text), pg_sys::JSONBOID, -1)
                        }
                        false => value,
                    };
                    if output::jsonb(varlena_bytes(document), buffer).is_ok() {
                        // Of what COPY escapes the text has backslashes alone.
                        copytext::halve_backslashes(buffer);
                    } else {
                        buffer.extend_from_slice(composite::text_of(document, pg_sys::JSONBOID).as_bytes());
                    }
                    let masked = rules.apply_to_jsonb(&String::from_utf8_lossy(buffer), rng)?;
                    let text = match masked.is_canonical {
                        true => masked.text,
                        false => {
                            let masked = composite::value_of(Some(&masked.text), pg_sys::JSONBOID, -1);
                            composite::text_of(masked, pg_sys::JSONBOID)
                        }
                    };
                    copytext::escape_into(text.as_bytes(), out);
                }
                Self::Array(action, modifier) => {
                    let start = out.len();
                    out.push(b'{');
                    for (index, element) in AnyArray::elements_of(value).into_iter().enumerate() {
                        if index > 0 {
                            out.push(b',');
                        }
                        buffer.clear();
                        let masked = match element {
                            Some(element) => action.write(varlena_bytes(element), rng, buffer)?,
                            None => false,
                        };
                        if masked {
                            modifier.fit(0, buffer).map_err(Fault::Misfit)?;
                        }
                        push_array_element(masked.then_some(buffer.as_slice()), out);
                    }
                    out.push(b'}');
                    copytext::escape_from(start, out);
                }
                Self::Hstore(rules, type_oid) => {
                    let masked = rules.apply_to_hstore(&composite::text_of(value, *type_oid), rng)?;
                    let new = composite::value_of(Some(&masked), *type_oid, -1);
                    // An error of the writer jumps over this frame: nothing may be left to be dropped.
                    drop(masked);
                    writer.write(new, out);
                }
                Self::Xml(rules) => {
                    let masked = rules.apply(&datum::to_string(varlena_bytes(value)), rng)?;
                    // xml_out changes nothing but a declaration, and a line feed where there is none.
                    if masked.starts_with('<') && !masked.starts_with("<?xml") {
                        copytext::escape_into(masked.as_bytes(), out);
                    } else {
                        let new = masked.as_bytes().into_datum().expect("a slice is not NULL");
                        // As above.
                        drop(masked);
                        writer.write(new, out);
                    }
                }
                Self::Composite(rules) => {
                    let masked = composite::mask(value, rules, rng).map_err(Fault::Other)?;
                    writer.write(masked, out);
                }
            }
        }
        Ok(())
    }
}

/// The array with every element masked by one rule.
#[pg_extern(volatile, strict, parallel_safe)]
fn mask_array(value: Vec<Option<String>>, rule: JsonArg) -> Result<Vec<Option<String>>, ErrorReport> {
    let rule = serde_json::from_str(&rule.0).map_err(|_| {
        let code = PgSqlErrorCode::ERRCODE_INVALID_PARAMETER_VALUE;
        error(code, "the rule is no JSON").set_hint("Give such as \"pseudo_email\".")
    })?;
    let action = key::with(|key| Action::new(&rule, key)).map_err(mask_error)?;
    let masked = value.into_iter().map(|element| match element {
        Some(text) => action.text(&text, &mut rng()),
        None => Ok(None),
    });
    Ok(masked.collect::<Result<_, _>>().map_err(mask_error)?)
}

/// An element of an array, the same for the same value and key.
#[pg_extern(stable, strict, parallel_safe)]
fn pick(a: AnyArray, value: TextArg) -> Result<Option<AnyValue>, ErrorReport> {
    let tag = key::with(|key| library::family(key, Domain::Pick)).map_err(mask_error)?;
    let text = value.utf8();
    let mut stream = tag.stream(&text);
    Ok(a.element(|count| random::index(count, &mut stream)))
}

/// Does something with weights, which are read again only when they are others.
fn with_weights<R>(
    weights: FloatArray,
    action: impl FnOnce(&Weights) -> Result<R, MaskError>,
) -> Result<R, ErrorReport> {
    thread_local!(static KEPT: RefCell<Option<(Vec<u8>, Weights)>> = const { RefCell::new(None) });
    KEPT.with_borrow_mut(|kept| {
        if kept.as_ref().is_none_or(|(bytes, _)| bytes != weights.bytes()) {
            *kept = Some((weights.bytes().to_vec(), Weights::new(weights.numbers())?));
        }
        let Some((_, weights)) = kept else { unreachable!("they have just been made") };
        action(weights)
    })
    .map_err(|e: MaskError| mask_error(e).into())
}

/// An element of an array by an index, which may be an error.
fn weighted(a: AnyArray, index: impl FnOnce(usize) -> Result<usize, MaskError>) -> Result<Option<AnyValue>, MaskError> {
    let mut wrong = None;
    let element = a.element(|count| index(count).map_err(|e| wrong = Some(e)).ok());
    wrong.map_or(Ok(element), Err)
}

/// A random element of an array, each as often as its weight says. Errors: 22023 for weights that make no sense.
#[pg_extern(name = "random_in", volatile, strict, parallel_safe)]
fn random_in_weighted(a: AnyArray, weights: FloatArray) -> Result<Option<AnyValue>, ErrorReport> {
    with_weights(weights, |weights| weighted(a, |count| weights.index(count, &mut rng())))
}

/// The same for the same value and key.
#[pg_extern(name = "pick", stable, strict, parallel_safe)]
fn pick_weighted(a: AnyArray, value: TextArg, weights: FloatArray) -> Result<Option<AnyValue>, ErrorReport> {
    let tag = key::with(|key| library::family(key, Domain::Pick)).map_err(mask_error)?;
    let text = value.utf8();
    with_weights(weights, |weights| weighted(a, |count| weights.index(count, &mut tag.stream(&text))))
}

/// The first value where the condition is true, otherwise the second.
#[pg_extern(immutable, parallel_safe)]
fn keep_if(condition: Option<bool>, value: Option<Compatible>, otherwise: Option<Compatible>) -> Option<Compatible> {
    if condition == Some(true) { value } else { otherwise }
}

/// NULL for a random share of the rows. Errors: 22023 for a share that is not from 0 to 1.
#[pg_extern(volatile, strict, parallel_safe)]
fn null_if_random(value: AnyValue, share: f64) -> Result<Option<AnyValue>, ErrorReport> {
    if !(0.0..=1.0).contains(&share) {
        let code = PgSqlErrorCode::ERRCODE_INVALID_PARAMETER_VALUE;
        return Err(error(code, "a share must be from 0 to 1").set_hint("Give 0.1 for ten per cent.").into());
    }
    Ok((random::fraction(&mut rng()) >= share).then_some(value))
}
