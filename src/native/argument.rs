//! Columns and constants as arguments of calls, and the masks that our functions are with such arguments.

use super::Input;
use crate::datum::{self, ScalarKind, varlena_bytes};
use crate::key;
use crate::mask::library::Make;
use crate::rule::{is_a, items};
use pg_anon_core::mask::hash::Algorithm;
use pg_anon_core::mask::native::{ScalarMask, TextMask, Written};
use pg_anon_core::mask::number::Ratio;
use pg_anon_core::mask::{MaskError, library, random, registry};
use pgrx::pg_catalog::pg_proc::PgProc;
use pgrx::pg_sys;

/// An argument of a call.
pub(super) enum Argument {
    /// A column's number and type.
    Column(i16, pg_sys::Oid),
    Constant {
        value: pg_sys::Datum,
        type_oid: pg_sys::Oid,
    },
}

pub(super) fn is_textual(type_oid: pg_sys::Oid) -> bool {
    matches!(type_oid, pg_sys::TEXTOID | pg_sys::VARCHAROID | pg_sys::BPCHAROID) || is_stored_as_text(type_oid)
}

/// Whether the values of a type are those of text, and written so, as citext's are: its output function is that of text, and a
/// cast to text does nothing.
pub fn is_stored_as_text(type_oid: pg_sys::Oid) -> bool {
    // PostgreSQL's own types are known by their numbers.
    if type_oid.to_u32() < pg_sys::FirstNormalObjectId {
        return matches!(type_oid, pg_sys::TEXTOID | pg_sys::VARCHAROID);
    }
    /// The language internal (pg_language.dat).
    const INTERNAL: u32 = 12;
    // SAFETY: catalog look-ups.
    let function = unsafe {
        let (mut function, mut is_varlena) = (pg_sys::InvalidOid, false);
        if !pg_sys::IsBinaryCoercible(type_oid, pg_sys::TEXTOID) {
            return false;
        }
        pg_sys::getTypeOutputInfo(type_oid, &raw mut function, &raw mut is_varlena);
        function
    };
    PgProc::new(function).is_some_and(|f| f.prolang() == pg_sys::Oid::from(INTERNAL) && f.prosrc() == "textout")
}

/// The number of a column of the one table.
pub(super) fn own_column(variable: &pg_sys::Var) -> Option<i16> {
    (variable.varno as u32 == 1 && variable.varlevelsup == 0 && variable.varattno > 0).then_some(variable.varattno)
}

/// The argument of a cast by PostgreSQL's own functions that take one value.
///
/// # Safety
/// As for `method`.
pub(super) unsafe fn cast_argument(node: *mut pg_sys::Node) -> Option<*mut pg_sys::Node> {
    // SAFETY: every node is looked into by its tag.
    unsafe {
        if is_a(node, pg_sys::NodeTag::T_CoerceViaIO) {
            return Some((*node.cast::<pg_sys::CoerceViaIO>()).arg.cast());
        }
        if !is_a(node, pg_sys::NodeTag::T_FuncExpr) {
            return None;
        }
        let call = &*node.cast::<pg_sys::FuncExpr>();
        let is_cast = matches!(
            call.funcid.to_u32(),
            pg_sys::F_INT2_INT4
                | pg_sys::F_INT2_INT8
                | pg_sys::F_INT4_INT2
                | pg_sys::F_INT4_INT8
                | pg_sys::F_INT8_INT2
                | pg_sys::F_INT8_INT4
                | pg_sys::F_NUMERIC_INT2
                | pg_sys::F_NUMERIC_INT4
                | pg_sys::F_NUMERIC_INT8
        );
        if is_cast { items::<pg_sys::Node>(call.args).next() } else { None }
    }
}

/// # Safety
/// As for `method`.
pub(super) unsafe fn type_of(node: *mut pg_sys::Node) -> pg_sys::Oid {
    // SAFETY: as the caller vouches.
    unsafe { pg_sys::getBaseType(pg_sys::exprType(node)) }
}

/// A text mask over a column, or over none.
pub(super) fn any_text_mask(name: &str, arguments: &[Argument]) -> Result<Option<(TextMask, i16)>, MaskError> {
    match text_mask(name, arguments) {
        // What is wrong with an argument of the first functions is found when there is a row to mask.
        None if !FIRST_FUNCTIONS.contains(&name) => library_mask(name, arguments),
        found => Ok(found),
    }
}

/// The number and the type of a column, when that is one of some types, or a domain over one.
///
/// # Safety
/// As for `method`.
pub(super) unsafe fn column_of(node: *mut pg_sys::Node, types: &[pg_sys::Oid]) -> Option<(usize, pg_sys::Oid)> {
    // SAFETY: every node is looked into by its tag; a catalog look-up.
    unsafe {
        if !is_a(node, pg_sys::NodeTag::T_Var) {
            return None;
        }
        let variable = &*node.cast::<pg_sys::Var>();
        let number = usize::try_from(own_column(variable)?).ok()?;
        let base = pg_sys::getBaseType(variable.vartype);
        types.contains(&base).then_some((number, base))
    }
}

/// How a text mask reads the column that is the first argument of its call; None: it does not read its type.
pub(super) fn input(mask: &TextMask, first: Option<&Argument>) -> Option<Input> {
    let text = if datum::is_converted() { Input::Converted } else { Input::Text };
    let Some(Argument::Column(_, type_oid)) = first else { return Some(text) };
    // SAFETY: a catalog look-up.
    let base = unsafe { pg_sys::getBaseType(*type_oid) };
    if mask.reads_scalar() {
        return ScalarKind::of_type(base).map(Input::Scalar);
    }
    match (mask.reads_decimal(), base) {
        (true, pg_sys::NUMERICOID) => Some(Input::Numeric),
        (true, _) | (false, pg_sys::NUMERICOID) => None,
        (false, _) => Some(text),
    }
}

/// The functions of `text_mask`.
const FIRST_FUNCTIONS: [&str; 8] =
    ["partial", "partial_email", "digest", "random_hash", "random_string", "random_zip", "random_inn", "random_phone"];

/// The type whose text form a mask may write.
pub(super) fn written_type(type_oid: pg_sys::Oid) -> Option<Written> {
    match type_oid {
        pg_sys::UUIDOID => Some(Written::Uuid),
        pg_sys::INETOID => Some(Written::Inet),
        pg_sys::MACADDROID => Some(Written::Macaddr),
        _ => None,
    }
}

/// A text mask of the library: over the column that is the first argument, or over none.
pub(super) fn library_mask(name: &str, arguments: &[Argument]) -> Result<Option<(TextMask, i16)>, MaskError> {
    of_library(name, arguments, library::text_mask, TextMask::reads_value)
}

/// The same for numbers, times and UUIDs.
pub(super) fn library_scalar(name: &str, arguments: &[Argument]) -> Result<Option<(ScalarMask, i16)>, MaskError> {
    of_library(name, arguments, library::scalar_mask, ScalarMask::reads_value)
}

fn of_library<M>(
    name: &str,
    arguments: &[Argument],
    make: Make<M>,
    reads_value: fn(&M) -> bool,
) -> Result<Option<(M, i16)>, MaskError> {
    let Some((number, constants)) = split(arguments) else { return Ok(None) };
    // What stands first may be the value that is masked, and not what says how: with that the executor deals.
    if is_value_constant(name, number, &constants) {
        return Ok(None);
    }
    let mask = key::with(|key| make(name, &constants, key)).transpose()?;
    Ok(mask.filter(|mask| reads_value(mask) == (number > 0)).map(|mask| (mask, number)))
}

/// Whether a function that masks a value has a constant in the place of that: only what is drawn anew has none.
fn is_value_constant(name: &str, column: i16, constants: &[registry::Argument]) -> bool {
    column == 0 && !constants.is_empty() && !name.starts_with("random_")
}

/// The column that is the first argument (0: none is), and the constants behind it. None: another one is not constant.
fn split(arguments: &[Argument]) -> Option<(i16, Vec<registry::Argument>)> {
    let (number, constants) = match arguments {
        [Argument::Column(number, _), constants @ ..] => (*number, constants),
        constants => (0, constants),
    };
    Some((number, constants.iter().map(constant_argument).collect::<Option<Vec<_>>>()?))
}

/// A constant as the library takes it.
pub(super) fn constant_argument(argument: &Argument) -> Option<registry::Argument> {
    text(argument)
        .and_then(|text| String::from_utf8(text).ok())
        .map(registry::Argument::Text)
        .or_else(|| smallint(argument).map(|number| registry::Argument::Integer(number.into())))
        .or_else(|| int(argument).map(|number| registry::Argument::Integer(number.into())))
        .or_else(|| bigint(argument).map(registry::Argument::Integer))
        .or_else(|| float(argument).map(registry::Argument::Float))
        .or_else(|| interval(argument).map(registry::Argument::Interval))
        .or_else(|| constant(argument, pg_sys::DATEOID).map(|d| registry::Argument::Date(d.value() as i32)))
        .or_else(|| timestamp(argument).map(registry::Argument::Timestamp))
        .or_else(|| numeric(argument).map(registry::Argument::Decimal))
}

/// The language C (pg_language.dat).
const C_LANGUAGE: u32 = 13;

/// The name of a function of this extension. Only superusers can make functions in C, so one of that language that is
/// bound to the symbol of our function is ours, with the arguments that ours has.
pub fn our_function(function: pg_sys::Oid) -> Option<String> {
    let function = PgProc::new(function)?;
    let is_ours = function.prolang() == pg_sys::Oid::from(C_LANGUAGE)
        && function.probin().is_some_and(|library| library.ends_with("pg_anon"));
    is_ours.then(|| function.prosrc().strip_suffix("_wrapper").map(str::to_owned)).flatten()
}

/// What a cast between text and varchar stands before: such a cast changes nothing.
///
/// # Safety
/// `node` is an analysed expression.
pub(super) unsafe fn relabelled(mut node: *mut pg_sys::Node) -> *mut pg_sys::Node {
    // SAFETY: looked into by its tag.
    unsafe {
        while is_a(node, pg_sys::NodeTag::T_RelabelType) {
            node = (*node.cast::<pg_sys::RelabelType>()).arg.cast();
        }
    }
    node
}

/// # Safety
/// `node` is an analysed expression whose constants are folded.
pub(super) unsafe fn argument(node: *mut pg_sys::Node) -> Option<Argument> {
    // SAFETY: looked into by its tag.
    unsafe {
        let node = relabelled(node);
        if is_a(node, pg_sys::NodeTag::T_Var) {
            let variable = &*node.cast::<pg_sys::Var>();
            return own_column(variable).map(|number| Argument::Column(number, variable.vartype));
        }
        if is_a(node, pg_sys::NodeTag::T_SQLValueFunction) {
            // The day of a transaction does not change.
            let is_day =
                (*node.cast::<pg_sys::SQLValueFunction>()).op == pg_sys::SQLValueFunctionOp::SVFOP_CURRENT_DATE;
            return is_day.then(|| Argument::Constant {
                value: pg_sys::Datum::from(pg_sys::GetSQLCurrentDate()),
                type_oid: pg_sys::DATEOID,
            });
        }
        if is_a(node, pg_sys::NodeTag::T_Const) {
            let constant = &*node.cast::<pg_sys::Const>();
            // A NULL argument makes the result NULL; such a rule is left to the executor.
            return (!constant.constisnull)
                .then_some(Argument::Constant { value: constant.constvalue, type_oid: constant.consttype });
        }
        None
    }
}

fn text_mask(name: &str, arguments: &[Argument]) -> Option<(TextMask, i16)> {
    Some(match (name, arguments) {
        ("partial", [value, prefix, padding, suffix]) => {
            let mask = TextMask::Partial { prefix: int(prefix)?, padding: text(padding)?, suffix: int(suffix)? };
            (mask, column(value)?)
        }
        ("partial_email", [value]) => (TextMask::PartialEmail, column(value)?),
        ("digest", [value, salt, algorithm]) => {
            (TextMask::Digest { salt: text(salt)?, algorithm: hash(algorithm)? }, column(value)?)
        }
        ("random_hash", [value, algorithm]) => (TextMask::RandomHash(hash(algorithm)?), column(value)?),
        ("random_string", [length]) => (TextMask::RandomString(int(length)?), 0),
        ("random_zip", []) => (TextMask::RandomZip, 0),
        ("random_inn", []) => (TextMask::RandomInn, 0),
        ("random_phone", [prefix]) => (TextMask::RandomPhone(text(prefix)?), 0),
        _ => return None,
    })
}

pub(super) fn scalar_mask(name: &str, arguments: &[Argument]) -> Option<(ScalarMask, i16)> {
    Some(match (name, arguments) {
        ("noise", [value, ratio]) => (ScalarMask::Noise(Ratio::new(float(ratio)?).ok()?), column(value)?),
        ("dnoise", [value, span]) => (ScalarMask::DateNoise(interval(span)?), column(value)?),
        ("random_int_between", [start, stop]) => (ScalarMask::Between(int(start)?.into(), int(stop)?.into()), 0),
        ("random_bigint_between", [start, stop]) => (ScalarMask::Between(bigint(start)?, bigint(stop)?), 0),
        ("random_date", []) => (ScalarMask::TimesBetween(random::YEAR_1900, now()), 0),
        _ => return None,
    })
}

/// The time when the rows begin to be read, up to which `random_date` draws.
fn now() -> i64 {
    // SAFETY: reads the clock.
    unsafe { pg_sys::GetCurrentTimestamp() }
}

pub(super) fn column(argument: &Argument) -> Option<i16> {
    match argument {
        Argument::Column(number, _) => Some(*number),
        Argument::Constant { .. } => None,
    }
}

pub(super) fn constant(argument: &Argument, of_type: pg_sys::Oid) -> Option<pg_sys::Datum> {
    match argument {
        Argument::Constant { value, type_oid } if *type_oid == of_type => Some(*value),
        _ => None,
    }
}

fn smallint(argument: &Argument) -> Option<i16> {
    constant(argument, pg_sys::INT2OID).map(|d| d.value() as i16)
}

pub(super) fn int(argument: &Argument) -> Option<i32> {
    constant(argument, pg_sys::INT4OID).map(|d| d.value() as i32)
}

pub(super) fn bigint(argument: &Argument) -> Option<i64> {
    constant(argument, pg_sys::INT8OID).map(|d| d.value() as i64)
}

pub(super) fn float(argument: &Argument) -> Option<f64> {
    constant(argument, pg_sys::FLOAT8OID).map(|d| f64::from_bits(d.value() as u64))
}

pub(super) fn interval(argument: &Argument) -> Option<pg_anon_core::mask::date::Interval> {
    // SAFETY: a constant of type interval is a pointer to one.
    constant(argument, pg_sys::INTERVALOID).map(|d| datum::interval(unsafe { &*d.cast_mut_ptr() }))
}

fn timestamp(argument: &Argument) -> Option<i64> {
    let found = constant(argument, pg_sys::TIMESTAMPTZOID).or_else(|| constant(argument, pg_sys::TIMESTAMPOID));
    found.map(|d| d.value() as i64)
}

pub(super) fn numeric(argument: &Argument) -> Option<String> {
    // SAFETY: a constant of type numeric is one.
    constant(argument, pg_sys::NUMERICOID).map(|d| unsafe { datum::numeric_text(d) })
}

/// A text, in UTF-8.
pub(super) fn text(argument: &Argument) -> Option<Vec<u8>> {
    // SAFETY: a constant of type text is a varlena; the bytes are copied at once.
    constant(argument, pg_sys::TEXTOID).map(|d| datum::to_utf8(unsafe { varlena_bytes(d) }).into_owned())
}

fn hash(argument: &Argument) -> Option<Algorithm> {
    String::from_utf8(text(argument)?).ok()?.parse().ok()
}
