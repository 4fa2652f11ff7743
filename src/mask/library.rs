//! Calls of masks that the library makes from a name and constants: the mask of the last call is kept, because a query calls
//! a function with the same constants for every row.

use super::rng;
use crate::datum::{TextArg, WrittenText, to_utf8};
use crate::error::mask_error;
use crate::key;
use pg_anon_core::mask::MaskError;
use pg_anon_core::mask::library;
use pg_anon_core::mask::native::TextMask;
use pg_anon_core::mask::registry::Argument;
use pgrx::pg_sys::panic::ErrorReport;
use std::cell::RefCell;
use std::thread::LocalKey;

/// A constant argument of a call.
pub enum Value<'a> {
    /// text, in the server's encoding.
    Text(&'a [u8]),
    /// integer and bigint.
    Integer(i64),
}

impl<'a> From<&TextArg<'a>> for Value<'a> {
    fn from(argument: &TextArg<'a>) -> Self {
        Value::Text(argument.bytes())
    }
}

impl From<&i32> for Value<'_> {
    fn from(argument: &i32) -> Self {
        Value::Integer((*argument).into())
    }
}

impl From<&i64> for Value<'_> {
    fn from(argument: &i64) -> Self {
        Value::Integer(*argument)
    }
}

impl Value<'_> {
    fn is(&self, argument: &Argument) -> bool {
        match (self, argument) {
            (Value::Text(bytes), Argument::Text(text)) => text.as_bytes() == *bytes,
            (Value::Integer(number), Argument::Integer(other)) => number == other,
            _ => false,
        }
    }

    fn argument(&self) -> Argument {
        match self {
            Value::Text(bytes) => Argument::Text(String::from_utf8_lossy(&to_utf8(bytes)).into_owned()),
            Value::Integer(number) => Argument::Integer(*number),
        }
    }
}

/// The mask of a function's last call, with the constants it was made from and the key's number.
pub type Cached = Option<(Vec<Argument>, u64, TextMask)>;

/// What the mask of a function gives for a value. Errors: those of the mask.
pub fn run(
    cached: &'static LocalKey<RefCell<Cached>>,
    function: &str,
    value: &[u8],
    arguments: &[Value],
) -> Result<WrittenText, ErrorReport> {
    let written = cached.with_borrow_mut(|cached| {
        let is_same = cached.as_ref().is_some_and(|(constants, number, _)| {
            *number == key::number()
                && constants.len() == arguments.len()
                && constants.iter().zip(arguments).all(|(constant, argument)| argument.is(constant))
        });
        if !is_same {
            let constants: Vec<Argument> = arguments.iter().map(Value::argument).collect();
            let mask = key::with(|key| library::text_mask(function, &constants, key));
            let mask = mask.unwrap_or_else(|| unreachable!("{function} is in the library with these arguments"))?;
            *cached = Some((constants, key::number(), mask));
        }
        let Some((_, _, mask)) = cached else { unreachable!("it has just been made") };
        WrittenText::new(|out| mask.write(value, &mut rng(), out))
    });
    written.map_err(|e: MaskError| mask_error(e).into())
}
