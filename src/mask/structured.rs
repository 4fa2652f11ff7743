//! Masks of documents and arrays, and choices, as SQL sees them.
//! Errors of all: 22023 for an argument that makes no sense, 55000 when there is no key and a mask needs it.

use super::rng;
use crate::any::{AnyArray, AnyValue};
use crate::datum::{Json, JsonArg, TextArg};
use crate::error::{error, mask_error};
use crate::key;
use pg_anon_core::mask::key::Domain;
use pg_anon_core::mask::structured::{Action, Rules};
use pg_anon_core::mask::{library, random};
use pgrx::pg_sys::panic::ErrorReport;
use pgrx::prelude::*;
use std::cell::RefCell;

/// The document with the values masked that rules name.
#[pg_extern(volatile, strict, parallel_safe)]
fn mask_jsonb(doc: JsonArg, rules: JsonArg) -> Result<Json, ErrorReport> {
    thread_local!(static KEPT: RefCell<Option<(String, u64, Rules)>> = const { RefCell::new(None) });
    KEPT.with_borrow_mut(|kept| {
        if !kept.as_ref().is_some_and(|(text, number, _)| *text == rules.0 && *number == key::number()) {
            let made = key::with(|key| Rules::new(&rules.0, key)).map_err(mask_error)?;
            *kept = Some((rules.0.clone(), key::number(), made));
        }
        let Some((_, _, rules)) = kept else { unreachable!("they have just been made") };
        Ok(Json(rules.apply(&doc.0, &mut rng()).map_err(mask_error)?))
    })
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

/// NULL for a random share of the rows. Errors: 22023 for a share that is not from 0 to 1.
#[pg_extern(volatile, strict, parallel_safe)]
fn null_if_random(value: AnyValue, share: f64) -> Result<Option<AnyValue>, ErrorReport> {
    if !(0.0..=1.0).contains(&share) {
        let code = PgSqlErrorCode::ERRCODE_INVALID_PARAMETER_VALUE;
        return Err(error(code, "a share must be from 0 to 1").set_hint("Give 0.1 for ten per cent.").into());
    }
    Ok((random::fraction(&mut rng()) >= share).then_some(value))
}
