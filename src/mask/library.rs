//! Calls of masks that the library makes from a name and constants: the mask of the last call is kept, because a query calls
//! a function with the same constants for every row.

use super::{RNG, rng};
use crate::datum::{
    Date, IntervalArg, NumericArg, TextArg, Timestamp, TimestampTz, WrittenNumeric, WrittenText, to_utf8,
};
use crate::error::mask_error;
use crate::key;
use pg_anon_core::mask::MaskError;
use pg_anon_core::mask::date::Interval;
use pg_anon_core::mask::key::Key;
use pg_anon_core::mask::library;
use pg_anon_core::mask::native::{PseudoScalar, Scalar, ScalarMask, TextMask};
use pg_anon_core::mask::registry::Argument;
use pgrx::pg_sys::panic::ErrorReport;
use std::cell::RefCell;
use std::thread::LocalKey;

/// A constant argument of a call.
pub enum Value<'a> {
    /// text, in the server's encoding.
    Text(&'a [u8]),
    /// smallint, integer and bigint.
    Integer(i64),
    /// double precision.
    Float(f64),
    /// interval.
    Interval(Interval),
    /// date.
    Date(i32),
    /// timestamp and timestamptz.
    Timestamp(i64),
    /// numeric, as text.
    Decimal(&'a str),
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

impl From<&i16> for Value<'_> {
    fn from(argument: &i16) -> Self {
        Value::Integer((*argument).into())
    }
}

impl From<&f64> for Value<'_> {
    fn from(argument: &f64) -> Self {
        Value::Float(*argument)
    }
}

impl From<&IntervalArg> for Value<'_> {
    fn from(argument: &IntervalArg) -> Self {
        Value::Interval(argument.0)
    }
}

impl<'a> From<&'a NumericArg> for Value<'a> {
    fn from(argument: &'a NumericArg) -> Self {
        Value::Decimal(&argument.0)
    }
}

impl From<&Date> for Value<'_> {
    fn from(argument: &Date) -> Self {
        Value::Date(argument.0)
    }
}

impl From<&Timestamp> for Value<'_> {
    fn from(argument: &Timestamp) -> Self {
        Value::Timestamp(argument.0)
    }
}

impl From<&TimestampTz> for Value<'_> {
    fn from(argument: &TimestampTz) -> Self {
        Value::Timestamp(argument.0)
    }
}

impl Value<'_> {
    fn is(&self, argument: &Argument) -> bool {
        match (self, argument) {
            (Value::Text(bytes), Argument::Text(text)) => text.as_bytes() == *bytes,
            (Value::Integer(number), Argument::Integer(other)) => number == other,
            (Value::Float(number), Argument::Float(other)) => number.to_bits() == other.to_bits(),
            (Value::Interval(span), Argument::Interval(other)) => span == other,
            (Value::Date(day), Argument::Date(other)) => day == other,
            (Value::Timestamp(time), Argument::Timestamp(other)) => time == other,
            (Value::Decimal(text), Argument::Decimal(other)) => text == other,
            _ => false,
        }
    }

    fn argument(&self) -> Argument {
        match self {
            Value::Text(bytes) => Argument::Text(String::from_utf8_lossy(&to_utf8(bytes)).into_owned()),
            Value::Integer(number) => Argument::Integer(*number),
            Value::Float(number) => Argument::Float(*number),
            Value::Interval(span) => Argument::Interval(*span),
            Value::Date(day) => Argument::Date(*day),
            Value::Timestamp(time) => Argument::Timestamp(*time),
            Value::Decimal(text) => Argument::Decimal((*text).to_owned()),
        }
    }
}

/// The mask of a function's last call, with the constants it was made from and the key's number.
pub struct Kept<M> {
    constants: Vec<Argument>,
    key: u64,
    mask: M,
}

/// The kept text mask of a function.
pub type Cached = Option<Kept<TextMask>>;

/// The kept mask of numbers, times or UUIDs of a function.
pub type CachedScalar = Option<Kept<ScalarMask>>;

/// The kept mask of a function that gives a number or a time for a text.
pub type CachedPseudo = Option<Kept<PseudoScalar>>;

/// How `library` makes a mask.
pub type Make<M> = fn(&str, &[Argument], Option<&Key>) -> Option<Result<M, MaskError>>;

/// The kept mask, or a new one where constants or key are others.
fn mask<'a, M>(
    kept: &'a mut Option<Kept<M>>,
    function: &str,
    arguments: &[Value],
    make: Make<M>,
) -> Result<&'a M, MaskError> {
    let is_same = kept.as_ref().is_some_and(|kept| {
        kept.key == key::number()
            && kept.constants.len() == arguments.len()
            && kept.constants.iter().zip(arguments).all(|(constant, argument)| argument.is(constant))
    });
    if !is_same {
        let constants: Vec<Argument> = arguments.iter().map(Value::argument).collect();
        let mask = key::with(|key| make(function, &constants, key));
        let mask = mask.unwrap_or_else(|| unreachable!("{function} is in the library with these arguments"))?;
        *kept = Some(Kept { constants, key: key::number(), mask });
    }
    match kept {
        Some(kept) => Ok(&kept.mask),
        None => unreachable!("it has just been made"),
    }
}

/// What the mask of a function gives for a value. Errors: those of the mask.
pub fn run(
    cached: &'static LocalKey<RefCell<Cached>>,
    function: &str,
    value: &[u8],
    arguments: &[Value],
) -> Result<WrittenText, ErrorReport> {
    let written = cached.with_borrow_mut(|kept| {
        let mask = mask(kept, function, arguments, library::text_mask)?;
        // Masks draw up to dozens of numbers: the generator is looked up once for all.
        WrittenText::new(|out| RNG.with_borrow_mut(|rng| mask.write(value, rng, out)))
    });
    written.map_err(|e: MaskError| mask_error(e).into())
}

/// The same for a number, a time or a UUID.
pub fn run_scalar(
    cached: &'static LocalKey<RefCell<CachedScalar>>,
    function: &str,
    value: Scalar,
    arguments: &[Value],
) -> Result<Scalar, ErrorReport> {
    let masked =
        cached.with_borrow_mut(|kept| mask(kept, function, arguments, library::scalar_mask)?.apply(value, &mut rng()));
    let masked = masked.map_err(mask_error)?;
    Ok(masked.unwrap_or_else(|| unreachable!("{function} takes the kind of its argument")))
}

/// The same for a number or a time that is drawn for a text; `of` is any value of the kind.
pub fn run_pseudo(
    cached: &'static LocalKey<RefCell<CachedPseudo>>,
    function: &str,
    value: &[u8],
    of: Scalar,
    arguments: &[Value],
) -> Result<Scalar, ErrorReport> {
    let drawn =
        cached.with_borrow_mut(|kept| mask(kept, function, arguments, library::pseudo_scalar)?.apply(value, of));
    Ok(drawn.map_err(mask_error)?.unwrap_or_else(|| unreachable!("{function} draws values of its kind")))
}

/// What a text mask gives for a number, a date or a time.
pub fn run_on_scalar(
    cached: &'static LocalKey<RefCell<Cached>>,
    function: &str,
    value: Scalar,
    arguments: &[Value],
) -> Result<WrittenText, ErrorReport> {
    let written = cached.with_borrow_mut(|kept| {
        let mask = mask(kept, function, arguments, library::text_mask)?;
        WrittenText::new(|out| mask.write_scalar(value, out).map(drop))
    });
    written.map_err(|e: MaskError| mask_error(e).into())
}

/// The number that a mask writes.
pub fn run_decimal(
    cached: &'static LocalKey<RefCell<Cached>>,
    function: &str,
    value: &[u8],
    arguments: &[Value],
) -> Result<WrittenNumeric, ErrorReport> {
    let mut out = Vec::new();
    cached
        .with_borrow_mut(|kept| mask(kept, function, arguments, library::text_mask)?.write(value, &mut rng(), &mut out))
        .map_err(mask_error)?;
    Ok(WrittenNumeric::new(out))
}
