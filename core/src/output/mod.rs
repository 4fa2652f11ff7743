//! Values as PostgreSQL's output functions write them, from the form in which the server holds them.
//!
//! The text is what `COPY ... TO` writes in the text format under the settings of pg_dump: `DateStyle` ISO,
//! `IntervalStyle` postgres, `extra_float_digits` above 0, `bytea_output` hex. Where a text can hold a byte that COPY
//! escapes it is written escaped. Numbers within a value are in the byte order of the machine, as on the server.
//!
//! Every function appends to `out`. One that fails leaves `out` as it was: the caller can then fall back to the type's
//! output function, which also raises PostgreSQL's own error for a value that is broken.

mod bytes;
mod datetime;
pub(crate) mod digits;
mod float;
mod jsonb;
mod network;
mod numeric;

pub use bytes::{boolean, bytea, hex_digits, name, text, uuid};
pub use datetime::{date, infinite_interval, interval, time, timestamp, timestamptz, timetz};
pub use digits::{int2, int4, int8, oid};
pub use float::{float4, float8};
pub use jsonb::jsonb;
pub use network::{inet, macaddr, macaddr8};
pub use numeric::numeric;

/// Why a value was not written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum OutputError {
    /// The bytes are not laid out as PostgreSQL 14 to 18 store the type.
    #[error("the bytes of the value are not laid out as expected")]
    UnknownLayout,
    /// The value is nested more deeply than is written here.
    #[error("the value is nested too deeply")]
    TooDeep,
    /// There is no memory for the text, or it is longer than the gigabyte that PostgreSQL allows.
    #[error("the text of the value is too long")]
    TooLong,
}

/// Appends the first `length` bytes of `buffer`. A copy of fixed size is a few instructions, one of any size is a call.
#[inline(always)]
fn push<const N: usize>(buffer: [u8; N], length: usize, out: &mut Vec<u8>) {
    let end = out.len() + length;
    out.extend_from_slice(&buffer);
    out.truncate(end);
}
