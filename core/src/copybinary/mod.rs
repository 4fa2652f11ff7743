//! The binary format of COPY ("Binary Format" in PostgreSQL's documentation of COPY).

mod count;
mod encode;
mod value;

pub use count::{BinaryCopyError, RowCounter};
pub use encode::{Encoder, NotEncoded};
pub use value::ValueType;

/// Signature of the format.
const SIGNATURE: &[u8; 11] = b"PGCOPY\n\xff\r\n\0";
