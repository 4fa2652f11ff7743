//! From the name and the constant arguments of a masking function to the mask: what a call in a rule, in `mask_jsonb` and in
//! SQL has in common.

use super::key::{Domain, FamilyKey, Key};
use super::native::TextMask;
use super::realistic::Realistic;
use super::registry::Argument;
use super::{MaskError, MaskErrorKind};

/// The text mask of a function of the families that this module knows. `arguments` are the constants behind the value, which
/// is the first argument of every function that reads one. None: no such function, or arguments that are not constant or of
/// another type.
///
/// # Errors
/// [`MaskErrorKind::InvalidParameter`] for arguments that make no sense, [`MaskErrorKind::NoKey`] when the function needs the
/// key and there is none.
pub fn text_mask(function: &str, arguments: &[Argument], key: Option<&Key>) -> Option<Result<TextMask, MaskError>> {
    if let Some(kind) = function.strip_prefix("random_") {
        return Some(Realistic::new(kind, arguments)?.map(TextMask::Realistic));
    }
    if let Some(kind) = function.strip_prefix("pseudo_") {
        return Some(Realistic::new(kind, arguments)?.and_then(|kind| {
            let key = family(key, kind.domain())?;
            Ok(TextMask::Pseudonym(kind, key))
        }));
    }
    None
}

/// The key of a family.
///
/// # Errors
/// [`MaskErrorKind::NoKey`] when there is none.
pub fn family(key: Option<&Key>, domain: Domain) -> Result<FamilyKey, MaskError> {
    key.map(|key| key.family(domain).clone()).ok_or_else(no_key)
}

/// What is wrong when a mask needs the key and it is not set.
pub fn no_key() -> MaskError {
    MaskError::new(
        MaskErrorKind::NoKey,
        "the key of the masks is not set",
        "Give pg_anon the key by --key-file or PG_ANON_KEY; in psql: SELECT set_config('pg_anon.key', :'key', false). \
         pg_anon key new makes one.",
    )
}
