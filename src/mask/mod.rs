//! The masking functions as SQL sees them. What they do is in `pg_anon_core::mask`; their SQL comments are in
//! `sql/comments.sql`. All are STRICT: NULL stays NULL.

pub mod composite;
mod drawn;
mod keyed;
pub mod library;
mod parts;
mod polymorphic;
mod realistic;
pub mod structured;

use crate::datum::{TextArg, TimestampTz, WrittenText};
use crate::error::mask_error;
use pg_anon_core::mask::hash::Algorithm;
use pg_anon_core::mask::{MaskError, email, hash, random, text};
use pgrx::pg_sys::panic::ErrorReport;
use pgrx::prelude::*;
use rand::rngs::StdRng;
use rand::{TryCryptoRng, TryRng};
use std::cell::RefCell;
use std::convert::Infallible;

thread_local! {
    static RNG: RefCell<StdRng> = RefCell::new(rand::make_rng());
}

/// Draws from the backend's generator. `rand::rng()` would count its users at every call.
struct BackendRng;

impl TryRng for BackendRng {
    type Error = Infallible;

    #[inline]
    fn try_next_u32(&mut self) -> Result<u32, Infallible> {
        RNG.with_borrow_mut(|rng| rng.try_next_u32())
    }

    #[inline]
    fn try_next_u64(&mut self) -> Result<u64, Infallible> {
        RNG.with_borrow_mut(|rng| rng.try_next_u64())
    }

    fn try_fill_bytes(&mut self, bytes: &mut [u8]) -> Result<(), Infallible> {
        RNG.with_borrow_mut(|rng| rng.try_fill_bytes(bytes))
    }
}

impl TryCryptoRng for BackendRng {}

/// A cryptographically secure generator, seeded by the operating system, of this backend alone.
fn rng() -> impl rand::CryptoRng {
    BackendRng
}

/// The text that a mask writes.
fn written(mask: impl FnOnce(&mut Vec<u8>) -> Result<(), MaskError>) -> Result<WrittenText, ErrorReport> {
    WrittenText::new(mask).map_err(|e| mask_error(e).into())
}

fn algorithm(name: &TextArg) -> Result<Algorithm, ErrorReport> {
    // A name that is not UTF-8 is no algorithm's.
    std::str::from_utf8(&name.utf8()).unwrap_or_default().parse().map_err(|e| mask_error(e).into())
}

/// The first `prefix` characters of `ov`, the padding, the last `suffix` characters; never all of `ov`.
/// Errors: 22023 for a negative count.
#[pg_extern(immutable, strict, parallel_safe)]
fn partial(ov: TextArg, prefix: i32, padding: TextArg, suffix: i32) -> Result<WrittenText, ErrorReport> {
    written(|out| text::partial(&ov.utf8(), prefix, &padding.utf8(), suffix, out))
}

/// The beginnings of an e-mail address's parts and its top-level domain; takes any text.
#[pg_extern(immutable, strict, parallel_safe)]
fn partial_email(ov: TextArg) -> Result<WrittenText, ErrorReport> {
    written(|out| {
        email::partial_email(&ov.utf8(), out);
        Ok(())
    })
}

/// The hash of `seed` followed by `salt`, in hexadecimal digits. Errors: 22023 for an unknown algorithm.
#[pg_extern(immutable, strict, parallel_safe)]
fn digest(seed: TextArg, salt: TextArg, algorithm: TextArg) -> Result<WrittenText, ErrorReport> {
    let algorithm = self::algorithm(&algorithm)?;
    written(|out| {
        hash::digest(&seed.utf8(), &salt.utf8(), algorithm, out);
        Ok(())
    })
}

/// The hash of `seed` with a salt drawn anew. Errors: 22023 for an unknown algorithm.
#[pg_extern(volatile, strict, parallel_safe)]
fn random_hash(seed: TextArg, algorithm: TextArg) -> Result<WrittenText, ErrorReport> {
    let algorithm = self::algorithm(&algorithm)?;
    written(|out| {
        hash::random_hash(&seed.utf8(), algorithm, &mut rng(), out);
        Ok(())
    })
}

/// `l` random characters of A-Z and 0-9. Errors: 22023 for a negative length, 54000 for one above PostgreSQL's limit.
#[pg_extern(volatile, strict, parallel_safe)]
fn random_string(l: i32) -> Result<WrittenText, ErrorReport> {
    written(|out| random::string(l, &mut rng(), out))
}

/// Six random digits.
#[pg_extern(volatile, strict, parallel_safe)]
fn random_zip() -> Result<WrittenText, ErrorReport> {
    written(|out| {
        random::zip(&mut rng(), out);
        Ok(())
    })
}

/// Eight random digits.
#[pg_extern(volatile, strict, parallel_safe)]
fn random_inn() -> Result<WrittenText, ErrorReport> {
    written(|out| {
        random::inn(&mut rng(), out);
        Ok(())
    })
}

/// The prefix and a random number of nine digits.
#[pg_extern(volatile, strict, parallel_safe)]
fn random_phone(phone_prefix: default!(TextArg, "'0'")) -> Result<WrittenText, ErrorReport> {
    written(|out| {
        random::phone(&phone_prefix.utf8(), &mut rng(), out);
        Ok(())
    })
}

/// A time between the two. Errors: 22023 for infinity.
#[pg_extern(volatile, strict, parallel_safe)]
fn random_date_between(date_start: TimestampTz, date_end: TimestampTz) -> Result<TimestampTz, ErrorReport> {
    random::timestamp_between(date_start.0, date_end.0, &mut rng()).map(TimestampTz).map_err(|e| mask_error(e).into())
}

/// A time between 1900-01-01 and now.
#[pg_extern(volatile, strict, parallel_safe)]
fn random_date() -> Result<TimestampTz, ErrorReport> {
    // SAFETY: reads the clock.
    let now = unsafe { pg_sys::GetCurrentTimestamp() };
    random::timestamp(now, &mut rng()).map(TimestampTz).map_err(|e| mask_error(e).into())
}

/// A number from `int_start` up to, and without, `int_stop`.
#[pg_extern(volatile, strict, parallel_safe)]
fn random_int_between(int_start: i32, int_stop: i32) -> i32 {
    random::int_between(int_start, int_stop, &mut rng())
}

/// A number from `int_start` up to, and without, `int_stop`.
#[pg_extern(volatile, strict, parallel_safe)]
fn random_bigint_between(int_start: i64, int_stop: i64) -> i64 {
    random::bigint_between(int_start, int_stop, &mut rng())
}

/// The number that up to eight hexadecimal digits stand for, as a signed integer. Errors: 22P02, 22003.
#[pg_extern(immutable, strict, parallel_safe)]
fn hex_to_int(hexval: TextArg) -> Result<i32, ErrorReport> {
    hash::hex_to_int(&hexval.utf8()).map_err(|e| mask_error(e).into())
}
