//! Keyed masks that keep shape or uniqueness, and keyed hashes, as SQL sees them.
//! Errors of all: 55000 when there is no key, 22023 for an argument that makes no sense.

use super::library::{Cached, CachedScalar, Value, run, run_scalar};
use crate::datum::{TextArg, WrittenText};
use pg_anon_core::mask::native::Scalar;
use pgrx::Uuid;
use pgrx::pg_sys::panic::ErrorReport;
use pgrx::prelude::*;
use std::cell::RefCell;

/// A mask of text.
macro_rules! keyed_text {
    ($name:ident $(, $argument:ident: $type:ident = $default:tt)*) => {
        #[pg_extern(stable, strict, parallel_safe)]
        fn $name(value: TextArg $(, $argument: default!($type, $default))*) -> Result<WrittenText, ErrorReport> {
            thread_local!(static CACHED: RefCell<Cached> = const { RefCell::new(None) });
            run(&CACHED, stringify!($name), &value.utf8(), &[$(Value::from(&$argument)),*])
        }
    };
}

keyed_text!(fpe_digits);
keyed_text!(fpe_text, alphabet: TextArg = "'0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz'");
keyed_text!(scramble);
keyed_text!(redact_keyed);
keyed_text!(hmac, algorithm: TextArg = "'sha256'", length: i32 = "0");
keyed_text!(hmac_base32, length: i32 = "16");

/// A permutation of integers. Errors: 22003 for a value outside the bounds.
macro_rules! permute {
    ($name:ident, $type:ty, $scalar:ident) => {
        #[pg_extern(name = "permute_int", stable, strict, parallel_safe)]
        fn $name(value: $type, low: $type, high: $type) -> Result<$type, ErrorReport> {
            thread_local!(static CACHED: RefCell<CachedScalar> = const { RefCell::new(None) });
            let bounds = [Value::Integer(low.into()), Value::Integer(high.into())];
            match run_scalar(&CACHED, stringify!($name), Scalar::$scalar(value), &bounds)? {
                Scalar::$scalar(masked) => Ok(masked),
                _ => unreachable!("a mask keeps the kind"),
            }
        }
    };
}

permute!(permute_smallint, i16, Int2);
permute!(permute_int, i32, Int4);
permute!(permute_bigint, i64, Int8);

/// Another UUID of the same version.
#[pg_extern(stable, strict, parallel_safe)]
fn permute_uuid(value: Uuid) -> Result<Uuid, ErrorReport> {
    thread_local!(static CACHED: RefCell<CachedScalar> = const { RefCell::new(None) });
    match run_scalar(&CACHED, "permute_uuid", Scalar::Uuid(*value.as_bytes()), &[])? {
        Scalar::Uuid(masked) => Ok(Uuid::from_bytes(masked)),
        _ => unreachable!("a mask keeps the kind"),
    }
}
