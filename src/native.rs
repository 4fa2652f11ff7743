//! Rules that are a plain call of one of our functions on a column and constants, recognised in the analysed expression,
//! whatever their spelling. The row writer runs them on the bytes of the row, with the code that the functions run.

use crate::any::{AnyArray, FloatArray};
use crate::datum::{self, ScalarKind, varlena_bytes};
use crate::key;
use crate::rule::{Target, is_a, items};
use pg_anon_core::mask::hash::Algorithm;
use pg_anon_core::mask::key::{Domain, FamilyKey};
use pg_anon_core::mask::native::{PseudoScalar, ScalarMask, TextMask, Written};
use pg_anon_core::mask::number::Ratio;
use pg_anon_core::mask::random::{self, Weights};
use pg_anon_core::mask::{MaskError, library, registry};
use pgrx::pg_catalog::pg_proc::PgProc;
use pgrx::pg_sys;
use rand::CryptoRng;

/// What gives the value of a masked column.
#[derive(Clone)]
pub enum Method {
    /// A text mask over the column with this number (0: over none), whose values are read so.
    Text(TextMask, i16, Input),
    /// A mask of a number, a date or a time over the column with this number (0: over none).
    Scalar(ScalarMask, i16, ScalarKind),
    /// What is drawn for the text in the column with this number.
    Pseudo(PseudoScalar, i16, ScalarKind),
    /// One of several values, None for NULL.
    Choice(Choice, i16, Vec<Option<pg_sys::Datum>>),
    /// The same value for every row, None for NULL.
    Constant(Option<pg_sys::Datum>),
}

/// How one of several values is chosen.
#[derive(Clone)]
pub struct Choice {
    /// How often each comes; None: all as often as each other.
    pub weights: Option<Weights>,
    /// The key, where the value of a column decides.
    pub key: Option<FamilyKey>,
}

impl Choice {
    /// The index of one of so many values, for the text of a column. Errors: for weights of another number.
    pub fn index<R: CryptoRng>(&self, count: usize, value: &[u8], rng: &mut R) -> Result<Option<usize>, MaskError> {
        match &self.key {
            Some(key) => self.drawn(count, &mut key.stream(value)),
            None => self.drawn(count, rng),
        }
    }

    fn drawn<R: CryptoRng>(&self, count: usize, rng: &mut R) -> Result<Option<usize>, MaskError> {
        match &self.weights {
            Some(weights) => weights.index(count, rng).map(Some),
            None => Ok(random::index(count, rng)),
        }
    }
}

/// What a text mask reads.
#[derive(Clone, Copy)]
pub enum Input {
    /// The bytes of a text.
    Text,
    /// A number, a date or a time.
    Scalar(ScalarKind),
    /// The text of a numeric.
    Numeric,
}

/// An argument of a call.
enum Argument {
    /// A column's number and type.
    Column(i16, pg_sys::Oid),
    Constant {
        value: pg_sys::Datum,
        type_oid: pg_sys::Oid,
    },
}

/// How an expression can be run without PostgreSQL's executor; None when it cannot. `fitted` is the expression with the
/// cast to the column's length. Errors: those of a mask, for its constants and the key; PostgreSQL's are raised, when a
/// constant expression cannot be evaluated or is too long.
///
/// # Safety
/// `node` is an analysed expression of the target's type over the one table of its query, in which it is variable 1.
pub unsafe fn recognise(
    node: *mut pg_sys::Node,
    fitted: *mut pg_sys::Node,
    target: &Target,
) -> Result<Option<Method>, MaskError> {
    // SAFETY: constants are folded in a copy of the tree, as the planner does it; every node is looked into by its tag.
    unsafe {
        let fitted = relabelled(pg_sys::eval_const_expressions(std::ptr::null_mut(), fitted));
        if is_a(fitted, pg_sys::NodeTag::T_Const) {
            let constant = &*fitted.cast::<pg_sys::Const>();
            return Ok(Some(Method::Constant((!constant.constisnull).then_some(constant.constvalue))));
        }
        let mut node = relabelled(pg_sys::eval_const_expressions(std::ptr::null_mut(), node));
        let mut is_text = matches!(target.type_oid, pg_sys::TEXTOID | pg_sys::VARCHAROID);
        // A cast of text to a type whose values the mask writes as the type does changes nothing in COPY's text.
        let mut written_as = None;
        if is_a(node, pg_sys::NodeTag::T_CoerceViaIO) && target.type_modifier < 0 {
            node = relabelled((*node.cast::<pg_sys::CoerceViaIO>()).arg.cast());
            written_as = written_type(target.type_oid);
            is_text = written_as.is_some();
        }
        if !is_a(node, pg_sys::NodeTag::T_FuncExpr) {
            return Ok(None);
        }
        let call = &*node.cast::<pg_sys::FuncExpr>();
        let Some(name) = our_function(call.funcid) else { return Ok(None) };
        let Some(arguments) = items(call.args).map(|a| argument(a)).collect::<Option<Vec<Argument>>>() else {
            return Ok(None);
        };
        if matches!(name.as_str(), "random_in" | "random_in_weighted" | "pick" | "pick_weighted") {
            let is_whole = pg_sys::getBaseType(call.funcresulttype) == target.type_oid && target.type_modifier < 0;
            return if is_whole && written_as.is_none() { choice(&name, &arguments) } else { Ok(None) };
        }
        if is_text && call.funcresulttype == pg_sys::TEXTOID && datum::is_utf8() {
            let found = match text_mask(&name, &arguments) {
                // What is wrong with an argument of the first functions is found when there is a row to mask.
                None if !FIRST_FUNCTIONS.contains(&&*name) => library_mask(&name, &arguments)?,
                found => found,
            };
            let fits = |mask: &TextMask| written_as.is_none() || mask.writes() == written_as;
            let Some((mask, column)) = found.filter(|(mask, _)| fits(mask)) else { return Ok(None) };
            return Ok(input(&mask, arguments.first()).map(|input| Method::Text(mask, column, input)));
        }
        if target.type_oid == pg_sys::NUMERICOID
            && call.funcresulttype == pg_sys::NUMERICOID
            && target.type_modifier < 0
            && datum::is_utf8()
        {
            let found = library_mask(&name, &arguments)?.filter(|(mask, _)| mask.writes() == Some(Written::Numeric));
            let Some((mask, column)) = found else { return Ok(None) };
            return Ok(input(&mask, arguments.first()).map(|input| Method::Text(mask, column, input)));
        }
        // A precision is for PostgreSQL to round to.
        if pg_sys::getBaseType(call.funcresulttype) == target.type_oid && target.type_modifier < 0 {
            return scalar_method(&name, &arguments, target.type_oid);
        }
        Ok(None)
    }
}

/// A choice among the elements of a constant array.
///
/// # Safety
/// The constants are of their types.
unsafe fn choice(name: &str, arguments: &[Argument]) -> Result<Option<Method>, MaskError> {
    let is_keyed = name.starts_with("pick");
    let (array, column, weights) = match (is_keyed, arguments) {
        (false, [array]) => (array, 0, None),
        (false, [array, weights]) => (array, 0, Some(weights)),
        (true, [array, Argument::Column(number, _)]) => (array, *number, None),
        (true, [array, Argument::Column(number, _), weights]) => (array, *number, Some(weights)),
        _ => return Ok(None),
    };
    // The text of a column is hashed as it is in UTF-8.
    if is_keyed && !datum::is_utf8() {
        return Ok(None);
    }
    let weights = match weights {
        None => None,
        Some(weights) => match constant(weights, pg_sys::FLOAT8ARRAYOID) {
            // SAFETY: an array of float8.
            Some(weights) => Some(Weights::new(unsafe { FloatArray::numbers_of(weights) })?),
            None => return Ok(None),
        },
    };
    let Argument::Constant { value, .. } = array else { return Ok(None) };
    // SAFETY: the first argument of these functions is an array.
    let elements = unsafe { AnyArray::elements_of(*value) };
    let key = if is_keyed { Some(key::with(|key| library::family(key, Domain::Pick))?) } else { None };
    let choice = Choice { weights, key };
    if choice.weights.is_some() {
        // One of another number is an error before the first row.
        choice.index(elements.len(), b"", &mut rand::rng())?;
    }
    Ok(Some(Method::Choice(choice, column, elements)))
}

/// How a text mask reads the column that is the first argument of its call; None: it does not read its type.
fn input(mask: &TextMask, first: Option<&Argument>) -> Option<Input> {
    let Some(Argument::Column(_, type_oid)) = first else { return Some(Input::Text) };
    // SAFETY: a catalog look-up.
    let base = unsafe { pg_sys::getBaseType(*type_oid) };
    if mask.reads_scalar() {
        return ScalarKind::of_type(base).map(Input::Scalar);
    }
    match (mask.reads_decimal(), base) {
        (true, pg_sys::NUMERICOID) => Some(Input::Numeric),
        (true, _) | (false, pg_sys::NUMERICOID) => None,
        (false, _) => Some(Input::Text),
    }
}

/// The functions of `text_mask`.
const FIRST_FUNCTIONS: [&str; 8] =
    ["partial", "partial_email", "digest", "random_hash", "random_string", "random_zip", "random_inn", "random_phone"];

fn scalar_method(name: &str, arguments: &[Argument], type_oid: pg_sys::Oid) -> Result<Option<Method>, MaskError> {
    let Some(kind) = ScalarKind::of_type(type_oid) else { return Ok(None) };
    if name.starts_with("pseudo_")
        && let Some((number, constants)) = split(arguments).filter(|(number, _)| *number > 0)
        && datum::is_utf8()
        && let Some(drawn) = key::with(|key| library::pseudo_scalar(name, &constants, key)).transpose()?
    {
        let takes = drawn.draw.takes(kind.scalar(pg_sys::Datum::null()));
        return Ok(takes.then_some(Method::Pseudo(drawn, number, kind)));
    }
    let found = match scalar_mask(name, arguments) {
        None => library_scalar(name, arguments)?,
        found => found,
    };
    let takes = |mask: &ScalarMask| mask.takes(kind.scalar(pg_sys::Datum::null()));
    Ok(found.filter(|(mask, _)| takes(mask)).map(|(mask, column)| Method::Scalar(mask, column, kind)))
}

/// The type whose text form a mask may write.
fn written_type(type_oid: pg_sys::Oid) -> Option<Written> {
    match type_oid {
        pg_sys::UUIDOID => Some(Written::Uuid),
        pg_sys::INETOID => Some(Written::Inet),
        pg_sys::MACADDROID => Some(Written::Macaddr),
        _ => None,
    }
}

/// A text mask of the library: over the column that is the first argument, or over none.
fn library_mask(name: &str, arguments: &[Argument]) -> Result<Option<(TextMask, i16)>, MaskError> {
    let Some((number, constants)) = split(arguments) else { return Ok(None) };
    let mask = key::with(|key| library::text_mask(name, &constants, key)).transpose()?;
    Ok(mask.filter(|mask| mask.reads_value() == (number > 0)).map(|mask| (mask, number)))
}

/// The same for numbers, times and UUIDs.
fn library_scalar(name: &str, arguments: &[Argument]) -> Result<Option<(ScalarMask, i16)>, MaskError> {
    let Some((number, constants)) = split(arguments) else { return Ok(None) };
    let mask = key::with(|key| library::scalar_mask(name, &constants, key)).transpose()?;
    Ok(mask.filter(|mask| mask.reads_value() == (number > 0)).map(|mask| (mask, number)))
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
fn constant_argument(argument: &Argument) -> Option<registry::Argument> {
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
unsafe fn relabelled(mut node: *mut pg_sys::Node) -> *mut pg_sys::Node {
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
unsafe fn argument(node: *mut pg_sys::Node) -> Option<Argument> {
    // SAFETY: looked into by its tag.
    unsafe {
        let node = relabelled(node);
        if is_a(node, pg_sys::NodeTag::T_Var) {
            let variable = &*node.cast::<pg_sys::Var>();
            return (variable.varno as u32 == 1 && variable.varlevelsup == 0 && variable.varattno > 0)
                .then_some(Argument::Column(variable.varattno, variable.vartype));
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

fn scalar_mask(name: &str, arguments: &[Argument]) -> Option<(ScalarMask, i16)> {
    Some(match (name, arguments) {
        ("noise", [value, ratio]) => (ScalarMask::Noise(Ratio::new(float(ratio)?).ok()?), column(value)?),
        ("dnoise", [value, span]) => (ScalarMask::DateNoise(interval(span)?), column(value)?),
        ("random_int_between", [start, stop]) => (ScalarMask::Between(int(start)?.into(), int(stop)?.into()), 0),
        ("random_bigint_between", [start, stop]) => (ScalarMask::Between(bigint(start)?, bigint(stop)?), 0),
        _ => return None,
    })
}

fn column(argument: &Argument) -> Option<i16> {
    match argument {
        Argument::Column(number, _) => Some(*number),
        Argument::Constant { .. } => None,
    }
}

fn constant(argument: &Argument, of_type: pg_sys::Oid) -> Option<pg_sys::Datum> {
    match argument {
        Argument::Constant { value, type_oid } if *type_oid == of_type => Some(*value),
        _ => None,
    }
}

fn smallint(argument: &Argument) -> Option<i16> {
    constant(argument, pg_sys::INT2OID).map(|d| d.value() as i16)
}

fn int(argument: &Argument) -> Option<i32> {
    constant(argument, pg_sys::INT4OID).map(|d| d.value() as i32)
}

fn bigint(argument: &Argument) -> Option<i64> {
    constant(argument, pg_sys::INT8OID).map(|d| d.value() as i64)
}

fn float(argument: &Argument) -> Option<f64> {
    constant(argument, pg_sys::FLOAT8OID).map(|d| f64::from_bits(d.value() as u64))
}

fn interval(argument: &Argument) -> Option<pg_anon_core::mask::date::Interval> {
    // SAFETY: a constant of type interval is a pointer to one.
    constant(argument, pg_sys::INTERVALOID).map(|d| datum::interval(unsafe { &*d.cast_mut_ptr() }))
}

fn timestamp(argument: &Argument) -> Option<i64> {
    let found = constant(argument, pg_sys::TIMESTAMPTZOID).or_else(|| constant(argument, pg_sys::TIMESTAMPOID));
    found.map(|d| d.value() as i64)
}

fn numeric(argument: &Argument) -> Option<String> {
    // SAFETY: a constant of type numeric is one.
    constant(argument, pg_sys::NUMERICOID).map(|d| unsafe { datum::numeric_text(d) })
}

fn text(argument: &Argument) -> Option<Vec<u8>> {
    // SAFETY: a constant of type text is a varlena; the bytes are copied at once.
    constant(argument, pg_sys::TEXTOID).map(|d| unsafe { varlena_bytes(d) }.to_vec())
}

fn hash(argument: &Argument) -> Option<Algorithm> {
    String::from_utf8(text(argument)?).ok()?.parse().ok()
}
