//! The masks: what replaces a sensitive value.
//!
//! Every function here is pure: bytes or numbers in, bytes or numbers out, random numbers from the generator that the
//! caller hands over. Functions that make text append it to `out` and allocate nothing else; they leave `out` as it was
//! when they fail.
//!
//! Text is `&[u8]` in UTF-8 and is cut at characters. A byte that is not part of valid UTF-8 counts as one character, so
//! that a database without an encoding (SQL_ASCII) is no special case.

pub mod chars;
pub mod date;
pub mod decimal;
pub mod draw;
pub mod email;
mod error;
pub mod formula;
pub mod fpe;
pub mod generalise;
pub mod hash;
pub mod interrupt;
pub mod keep;
pub mod key;
pub mod library;
pub mod modifier;
pub mod native;
pub mod number;
pub mod permute;
pub mod random;
pub mod realistic;
pub mod redact;
pub mod registry;
mod rows;
pub mod scramble;
pub mod shift;
pub mod structured;
pub mod text;
pub mod xml;

pub use error::{MaskError, MaskErrorKind};
