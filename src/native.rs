//! Rules that are a call of one of our functions on a column and constants, recognised in the analysed expression, whatever
//! their spelling. The row writer runs them on the bytes of the row, with the code that the functions run. So it does with what
//! rules often have around such a call: `CASE` with a simple condition, `left`, `lower`, `||`, casts between numbers.
//!
//! What is recognised must give exactly what PostgreSQL gives. Whatever is not surely so stays with the executor.

use crate::any::{AnyArray, FloatArray};
use crate::datum::{self, ScalarKind, varlena_bytes};
use crate::key;
use crate::mask::structured::Structured;
use crate::rule::{Target, is_a, items};
use pg_anon_core::mask::formula::{Comparison, Condition, Fitted, Form, Formula, Integer};
use pg_anon_core::mask::hash::Algorithm;
use pg_anon_core::mask::key::{Domain, FamilyKey};
use pg_anon_core::mask::modifier::Modifier;
use pg_anon_core::mask::native::{PseudoScalar, ScalarMask, TextMask, Written};
use pg_anon_core::mask::number::Ratio;
use pg_anon_core::mask::random::{self, Weights};
use pg_anon_core::mask::realistic::Realistic;
use pg_anon_core::mask::shift::Shift;
use pg_anon_core::mask::{MaskError, library, registry};
use pgrx::pg_catalog::pg_proc::PgProc;
use pgrx::pg_sys;
use rand::CryptoRng;
use std::ffi::CStr;

/// What gives the value of a masked column.
#[derive(Clone)]
pub enum Method {
    /// A text mask over the column with this number (0: over none), whose values are read so.
    Text(TextMask, i16, Input, Modifier),
    /// A mask of a number, a date or a time over the column with this number (0: over none).
    Scalar(ScalarMask, i16, ScalarKind),
    /// What is drawn for a text.
    Pseudo(PseudoScalar, Formula, ScalarKind),
    /// One of several values, None for NULL.
    Choice(Choice, i16, Vec<Option<pg_sys::Datum>>),
    /// The same value for every row, None for NULL.
    Constant(Option<pg_sys::Datum>),
    /// The column with this number, as it is.
    Column(i16),
    /// A formula, whose columns are known by their numbers.
    Formula(Fitted),
    /// A date or a time that is shifted.
    Shift(Box<Shifted>),
    /// A mask of the parts of the column with this number.
    Structured(Box<Structured>, i16),
    /// The first whose condition holds, or the last.
    Case {
        /// Conditions, and what they stand before.
        arms: Vec<(Condition, Method)>,
        /// What is taken when none holds.
        otherwise: Box<Method>,
        /// All are computed, whichever is taken, as arguments of a function are: what is wrong with one is found.
        all: bool,
    },
    /// NULL for a share of the rows.
    NullIf(f64, Box<Method>),
}

/// A date or a time that is shifted by so much as all of a person are.
#[derive(Clone)]
pub struct Shifted {
    /// The shift.
    pub shift: Shift,
    /// The number of the column that is shifted.
    pub column: i16,
    /// Its kind.
    pub kind: ScalarKind,
    /// The key of the person.
    pub person: Formula,
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
    /// A text in the server's encoding, as what is written is to be.
    Converted,
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
        let node = relabelled(pg_sys::eval_const_expressions(std::ptr::null_mut(), node));
        let Some(modifier) = modifier(target) else { return Ok(None) };
        // A rule that is nothing but a column is no mask.
        if is_a(node, pg_sys::NodeTag::T_Var) {
            return Ok(None);
        }
        match method(node, modifier, target) {
            // Whether a part of a rule is ever computed is for the rows to say; so the executor finds what is wrong with it.
            Err(_) if !is_call_of_ours(node) => Ok(None),
            found => found,
        }
    }
}

/// Whether an expression is a call of one of our functions, or a conversion of what that gives.
///
/// # Safety
/// `node` is an analysed expression.
unsafe fn is_call_of_ours(node: *mut pg_sys::Node) -> bool {
    // SAFETY: every node is looked into by its tag.
    unsafe {
        let node = match is_a(node, pg_sys::NodeTag::T_CoerceViaIO) {
            true => relabelled((*node.cast::<pg_sys::CoerceViaIO>()).arg.cast()),
            false => node,
        };
        if !is_a(node, pg_sys::NodeTag::T_FuncExpr) {
            return false;
        }
        let name = our_function((*node.cast::<pg_sys::FuncExpr>()).funcid);
        name.is_some_and(|name| !matches!(name.as_str(), "keep_if" | "null_if_random"))
    }
}

/// What the target's modifier does; None: that is for PostgreSQL to say.
fn modifier(target: &Target) -> Option<Modifier> {
    let Ok(modifier) = u32::try_from(target.type_modifier) else { return Some(Modifier::None) };
    // Times are rounded when they are written: `ValueWriter::for_column`.
    if matches!(target.type_oid, pg_sys::TIMESTAMPOID | pg_sys::TIMESTAMPTZOID | pg_sys::TIMEOID | pg_sys::TIMETZOID) {
        return Some(Modifier::None);
    }
    // All three have a header of four in their modifiers.
    let modifier = modifier.checked_sub(4)?;
    match target.type_oid {
        pg_sys::VARCHAROID | pg_sys::VARCHARARRAYOID => Some(Modifier::Varchar(modifier as usize)),
        pg_sys::BPCHAROID => Some(Modifier::Char(modifier as usize)),
        // The scale has a sign since version 15 (numeric.c, make_numeric_typmod); before that it is never so great that it
        // would be taken for one.
        pg_sys::NUMERICOID => {
            let precision = (modifier >> 16 & 0xffff) as i32;
            let scale = ((modifier & 0x7ff) as i32 ^ 1024) - 1024;
            Some(Modifier::Numeric { whole: precision - scale, scale })
        }
        _ => None,
    }
}

fn is_textual(type_oid: pg_sys::Oid) -> bool {
    matches!(type_oid, pg_sys::TEXTOID | pg_sys::VARCHAROID | pg_sys::BPCHAROID) || is_stored_as_text(type_oid)
}

/// Whether the values of a type are those of text, and written so, as citext's are: its output function is that of text, and a
/// cast to text does nothing.
fn is_stored_as_text(type_oid: pg_sys::Oid) -> bool {
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

/// As `recognise`, for a part that gives a value of the target's type, or a text for a type of text.
///
/// # Safety
/// `node` is an analysed expression whose constants are folded.
unsafe fn method(node: *mut pg_sys::Node, modifier: Modifier, target: &Target) -> Result<Option<Method>, MaskError> {
    use pg_sys::NodeTag::*;
    // SAFETY: every node is looked into by its tag.
    unsafe {
        let node = relabelled(node);
        match (*node).type_ {
            T_Const => Ok(nested_constant(&*node.cast::<pg_sys::Const>(), modifier, target)),
            T_Var => Ok(nested_column(&*node.cast::<pg_sys::Var>(), modifier, target)),
            T_CaseExpr => case(&*node.cast::<pg_sys::CaseExpr>(), modifier, target),
            _ => match over_case(node) {
                Some(case_of_casts) => case(&*case_of_casts, modifier, target),
                None => call_or_formula(node, modifier, target),
            },
        }
    }
}

/// # Safety
/// The constant is of its type.
unsafe fn nested_constant(constant: &pg_sys::Const, modifier: Modifier, target: &Target) -> Option<Method> {
    if constant.constisnull {
        return Some(Method::Constant(None));
    }
    let is_textual = is_textual(target.type_oid) && matches!(constant.consttype, pg_sys::TEXTOID | pg_sys::VARCHAROID);
    if is_textual && datum::is_utf8() {
        // SAFETY: a constant of type text is a varlena; the bytes are copied at once.
        let text = unsafe { varlena_bytes(constant.constvalue) }.to_vec();
        return Some(Method::Formula(Fitted::new(Formula::Constant(text), modifier)));
    }
    if constant.consttype != target.type_oid {
        return None;
    }
    match modifier {
        Modifier::None => Some(Method::Constant(Some(constant.constvalue))),
        Modifier::Numeric { .. } => {
            // SAFETY: a constant of type numeric is one.
            let text = unsafe { datum::numeric_text(constant.constvalue) };
            Some(Method::Formula(Fitted::new(Formula::Constant(text.into_bytes()), modifier)))
        }
        Modifier::Varchar(_) | Modifier::Char(_) => None,
    }
}

/// # Safety
/// The variable is one of an analysed expression.
unsafe fn nested_column(variable: &pg_sys::Var, modifier: Modifier, target: &Target) -> Option<Method> {
    let number = own_column(variable)?;
    let mut own_modifier = variable.vartypmod;
    // SAFETY: a catalog look-up.
    let base = unsafe { pg_sys::getBaseTypeAndTypmod(variable.vartype, &raw mut own_modifier) };
    let both_text = [base, target.type_oid].iter().all(|oid| matches!(*oid, pg_sys::TEXTOID | pg_sys::VARCHAROID));
    if (base == target.type_oid || both_text)
        && (modifier == Modifier::None || (base == target.type_oid && own_modifier == target.type_modifier))
    {
        return Some(Method::Column(number));
    }
    (both_text && datum::is_utf8())
        .then(|| Method::Formula(Fitted::new(Formula::Column(number as usize, Form::Text), modifier)))
}

/// The number of a column of the one table.
fn own_column(variable: &pg_sys::Var) -> Option<i16> {
    (variable.varno as u32 == 1 && variable.varlevelsup == 0 && variable.varattno > 0).then_some(variable.varattno)
}

/// # Safety
/// As for `method`.
unsafe fn case(case: &pg_sys::CaseExpr, modifier: Modifier, target: &Target) -> Result<Option<Method>, MaskError> {
    let mut arms = Vec::new();
    // SAFETY: the parts of a CASE.
    unsafe {
        for branch in items::<pg_sys::CaseWhen>(case.args) {
            let when = match case.arg.is_null() {
                true => (*branch).expr.cast(),
                false => with_value((*branch).expr.cast(), case.arg.cast()),
            };
            let Some(condition) = condition(when) else { return Ok(None) };
            let Some(method) = method((*branch).result.cast(), modifier, target)? else { return Ok(None) };
            arms.push((condition, method));
        }
        if case.defresult.is_null() {
            return Ok(Some(Method::Case { arms, otherwise: Box::new(Method::Constant(None)), all: false }));
        }
        let otherwise = method(case.defresult.cast(), modifier, target)?;
        Ok(otherwise.map(|otherwise| Method::Case { arms, otherwise: Box::new(otherwise), all: false }))
    }
}

/// What a branch of `CASE value WHEN ..` compares, with the value in its place.
///
/// # Safety
/// As for `method`.
unsafe fn with_value(comparison: *mut pg_sys::Node, value: *mut pg_sys::Node) -> *mut pg_sys::Node {
    // SAFETY: every node is looked into by its tag; the copy is the caller's own.
    unsafe {
        let copy = pg_sys::copyObjectImpl(comparison.cast()).cast::<pg_sys::Node>();
        if is_a(copy, pg_sys::NodeTag::T_OpExpr) {
            let arguments = (*copy.cast::<pg_sys::OpExpr>()).args;
            for at in 0..(*arguments).length as usize {
                let argument = &mut *(*arguments).elements.add(at);
                if is_a(relabelled(argument.ptr_value.cast()), pg_sys::NodeTag::T_CaseTestExpr) {
                    argument.ptr_value = value.cast();
                }
            }
        }
        copy
    }
}

/// A cast of a CASE as a CASE of casts: the same, because casts of NULL are NULL and casts look at nothing but their value.
///
/// # Safety
/// As for `method`.
unsafe fn over_case(node: *mut pg_sys::Node) -> Option<*mut pg_sys::CaseExpr> {
    // SAFETY: every node is looked into by its tag; copies are the caller's own.
    unsafe {
        let inner = cast_argument(node)?;
        let inner = relabelled(inner);
        if !is_a(inner, pg_sys::NodeTag::T_CaseExpr) {
            return None;
        }
        let case = pg_sys::copyObjectImpl(inner.cast()).cast::<pg_sys::CaseExpr>();
        let cast = |value: *mut pg_sys::Expr| -> Option<*mut pg_sys::Expr> {
            let cast = pg_sys::copyObjectImpl(node.cast()).cast::<pg_sys::Node>();
            if is_a(cast, pg_sys::NodeTag::T_CoerceViaIO) {
                (*cast.cast::<pg_sys::CoerceViaIO>()).arg = value;
            } else {
                let arguments = (*cast.cast::<pg_sys::FuncExpr>()).args;
                (*(*arguments).elements).ptr_value = value.cast();
            }
            // What raises an error is for a row to find, whose branch it is in.
            let is_constant = is_a(value.cast(), pg_sys::NodeTag::T_Const);
            if !is_constant {
                return Some(cast.cast());
            }
            (*value.cast::<pg_sys::Const>())
                .constisnull
                .then(|| pg_sys::eval_const_expressions(std::ptr::null_mut(), cast).cast())
        };
        for branch in items::<pg_sys::CaseWhen>((*case).args) {
            (*branch).result = cast((*branch).result)?;
        }
        if !(*case).defresult.is_null() {
            (*case).defresult = cast((*case).defresult)?;
        }
        Some(case)
    }
}

/// The argument of a cast by PostgreSQL's own functions that take one value.
///
/// # Safety
/// As for `method`.
unsafe fn cast_argument(node: *mut pg_sys::Node) -> Option<*mut pg_sys::Node> {
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
unsafe fn call_or_formula(
    node: *mut pg_sys::Node,
    modifier: Modifier,
    target: &Target,
) -> Result<Option<Method>, MaskError> {
    // SAFETY: as the caller vouches.
    unsafe {
        if let Some(found) = call(node, modifier, target)? {
            return Ok(Some(found));
        }
        if let Some(found) = structured(node, modifier, target)? {
            return Ok(Some(found));
        }
        if !datum::is_utf8() {
            return Ok(None);
        }
        let found = match target.type_oid {
            oid if is_textual(oid) => formula(node)?,
            pg_sys::INT2OID | pg_sys::INT4OID | pg_sys::INT8OID if type_of(node) == target.type_oid => {
                integer(node)?.map(|(formula, _)| formula)
            }
            pg_sys::NUMERICOID if is_a(node, pg_sys::NodeTag::T_FuncExpr) && type_of(node) == pg_sys::NUMERICOID => {
                match cast_argument(node) {
                    Some(number) => integer(number)?.map(|(formula, _)| formula),
                    None => masked(&*node.cast::<pg_sys::FuncExpr>(), pg_sys::NUMERICOID)?,
                }
            }
            pg_sys::UUIDOID => uuid(node)?,
            pg_sys::BYTEAOID => bytes(node)?,
            pg_sys::INETOID | pg_sys::MACADDROID => written(node, target.type_oid)?,
            _ => None,
        };
        Ok(found.map(|formula| Method::Formula(Fitted::new(formula, modifier))))
    }
}

/// # Safety
/// As for `method`.
unsafe fn type_of(node: *mut pg_sys::Node) -> pg_sys::Oid {
    // SAFETY: as the caller vouches.
    unsafe { pg_sys::getBaseType(pg_sys::exprType(node)) }
}

/// A call of one of our functions on a column and constants, or of one that chooses between such.
///
/// # Safety
/// As for `method`.
unsafe fn call(node: *mut pg_sys::Node, modifier: Modifier, target: &Target) -> Result<Option<Method>, MaskError> {
    // SAFETY: every node is looked into by its tag.
    unsafe {
        let mut node = node;
        let mut is_text = is_textual(target.type_oid);
        // A cast of text to a type whose values the mask writes as the type does changes nothing in COPY's text.
        let mut written_as = None;
        if is_a(node, pg_sys::NodeTag::T_CoerceViaIO) && modifier == Modifier::None {
            written_as = written_type(target.type_oid);
            if written_as.is_none() {
                return Ok(None);
            }
            node = relabelled((*node.cast::<pg_sys::CoerceViaIO>()).arg.cast());
            is_text = true;
        }
        if !is_a(node, pg_sys::NodeTag::T_FuncExpr) {
            return Ok(None);
        }
        let call = &*node.cast::<pg_sys::FuncExpr>();
        let Some(name) = our_function(call.funcid) else { return Ok(None) };
        let is_whole = pg_sys::getBaseType(call.funcresulttype) == target.type_oid && written_as.is_none();
        let parts: Vec<*mut pg_sys::Node> = items(call.args).collect();
        match (name.as_str(), &parts[..]) {
            ("keep_if", [decides, kept, other]) => {
                let Some(condition) = condition(*decides) else { return Ok(None) };
                let Some(kept) = method(*kept, modifier, target)? else { return Ok(None) };
                let Some(other) = method(*other, modifier, target)? else { return Ok(None) };
                let arms = vec![(condition, kept)];
                return Ok(Some(Method::Case { arms, otherwise: Box::new(other), all: true }));
            }
            ("null_if_random", [value, share]) => {
                // One that is none is found when there is a row to mask.
                let share = argument(*share).and_then(|share| float(&share)).filter(|s| (0.0..=1.0).contains(s));
                let (Some(share), true) = (share, type_of(*value) == target.type_oid || is_text) else {
                    return Ok(None);
                };
                let value = method(*value, modifier, target)?;
                return Ok(value.map(|value| Method::NullIf(share, Box::new(value))));
            }
            ("shift_date" | "shift_timestamp" | "shift_timestamptz", [value, person, longest]) => {
                return if is_whole && modifier == Modifier::None && type_of(*value) == target.type_oid {
                    shift(*value, *person, *longest)
                } else {
                    Ok(None)
                };
            }
            _ => (),
        }
        if is_whole && modifier == Modifier::None && name.starts_with("pseudo_") {
            let found = pseudo(&name, &parts, target.type_oid)?;
            if found.is_some() {
                return Ok(found);
            }
        }
        let Some(arguments) = parts.iter().map(|a| argument(*a)).collect::<Option<Vec<Argument>>>() else {
            return Ok(None);
        };
        if matches!(name.as_str(), "random_in" | "random_in_weighted" | "pick" | "pick_weighted") {
            return if is_whole && modifier == Modifier::None { choice(&name, &arguments) } else { Ok(None) };
        }
        // Without an encoding PostgreSQL counts bytes where masks count characters.
        let is_counted_alike = datum::is_utf8() || datum::is_converted() || modifier == Modifier::None;
        if is_text && call.funcresulttype == pg_sys::TEXTOID && is_counted_alike {
            let found = any_text_mask(&name, &arguments)?;
            let fits = |mask: &TextMask| written_as.is_none() || mask.writes() == written_as;
            let Some((mask, column)) = found.filter(|(mask, _)| fits(mask)) else { return Ok(None) };
            return Ok(input(&mask, arguments.first()).map(|input| Method::Text(mask, column, input, modifier)));
        }
        if target.type_oid == pg_sys::NUMERICOID && call.funcresulttype == pg_sys::NUMERICOID {
            let found = library_mask(&name, &arguments)?.filter(|(mask, _)| mask.writes() == Some(Written::Numeric));
            let Some((mask, column)) = found else { return Ok(None) };
            return Ok(input(&mask, arguments.first()).map(|input| Method::Text(mask, column, input, modifier)));
        }
        // A precision is for PostgreSQL to round to.
        if is_whole && modifier == Modifier::None {
            return scalar_method(&name, &arguments, target.type_oid);
        }
        Ok(None)
    }
}

/// What is drawn for a text of another type.
///
/// # Safety
/// As for `method`.
unsafe fn pseudo(name: &str, parts: &[*mut pg_sys::Node], type_oid: pg_sys::Oid) -> Result<Option<Method>, MaskError> {
    let (Some(kind), [value, constants @ ..], true) = (ScalarKind::of_type(type_oid), parts, datum::is_utf8()) else {
        return Ok(None);
    };
    // SAFETY: as the caller vouches.
    unsafe {
        let constants = constants.iter().map(|part| argument(*part).and_then(|part| constant_argument(&part)));
        let Some(constants) = constants.collect::<Option<Vec<_>>>() else { return Ok(None) };
        // Another function of the family gives noise, and reads no text.
        if type_of(*value) != pg_sys::TEXTOID {
            return Ok(None);
        }
        let Some(value) = formula(*value)?.filter(|value| !matches!(value, Formula::Constant(_))) else {
            return Ok(None);
        };
        let Some(drawn) = key::with(|key| library::pseudo_scalar(name, &constants, key)).transpose()? else {
            return Ok(None);
        };
        let takes = drawn.draw.takes(kind.scalar(pg_sys::Datum::null()));
        Ok(takes.then_some(Method::Pseudo(drawn, value, kind)))
    }
}

/// A text mask over a column, or over none.
fn any_text_mask(name: &str, arguments: &[Argument]) -> Result<Option<(TextMask, i16)>, MaskError> {
    match text_mask(name, arguments) {
        // What is wrong with an argument of the first functions is found when there is a row to mask.
        None if !FIRST_FUNCTIONS.contains(&name) => library_mask(name, arguments),
        found => Ok(found),
    }
}

/// # Safety
/// As for `method`.
unsafe fn shift(
    value: *mut pg_sys::Node,
    person: *mut pg_sys::Node,
    longest: *mut pg_sys::Node,
) -> Result<Option<Method>, MaskError> {
    // SAFETY: as the caller vouches.
    unsafe {
        let (Some(Argument::Column(column, type_oid)), Some(longest)) = (argument(value), argument(longest)) else {
            return Ok(None);
        };
        let Some(longest) = interval(&longest) else { return Ok(None) };
        let Some(kind) = ScalarKind::of_type(pg_sys::getBaseType(type_oid)) else { return Ok(None) };
        let Some(person) = formula(person)?.filter(|_| datum::is_utf8()) else { return Ok(None) };
        let shift = Shift::new(longest, key::with(|key| library::family(key, Domain::Shift))?)?;
        Ok(Some(Method::Shift(Box::new(Shifted { shift, column, kind, person }))))
    }
}

/// A mask of the parts of a column.
///
/// # Safety
/// As for `method`.
unsafe fn structured(
    node: *mut pg_sys::Node,
    modifier: Modifier,
    target: &Target,
) -> Result<Option<Method>, MaskError> {
    // SAFETY: every node is looked into by its tag.
    unsafe {
        let mut node = as_array(node);
        let mut is_cast = false;
        if is_a(node, pg_sys::NodeTag::T_CoerceViaIO)
            && modifier == Modifier::None
            && matches!(target.type_oid, pg_sys::JSONOID | pg_sys::TEXTOID | pg_sys::VARCHAROID)
        {
            node = (*node.cast::<pg_sys::CoerceViaIO>()).arg.cast();
            is_cast = true;
        }
        if !is_a(node, pg_sys::NodeTag::T_FuncExpr) {
            return Ok(None);
        }
        let call = &*node.cast::<pg_sys::FuncExpr>();
        let Some(name) = our_function(call.funcid).filter(|name| (name == "mask_jsonb") || !is_cast) else {
            return Ok(None);
        };
        let mut parts = items::<pg_sys::Node>(call.args);
        let (Some(mut value), Some(rules), None) = (parts.next(), parts.next(), parts.next()) else {
            return Ok(None);
        };
        value = as_array(value);
        let mut reads_text = false;
        if name == "mask_jsonb" && is_a(value, pg_sys::NodeTag::T_CoerceViaIO) {
            value = (*value.cast::<pg_sys::CoerceViaIO>()).arg.cast();
            reads_text = true;
        }
        let (Some(Argument::Column(column, type_oid)), Some(rules)) = (argument(value), argument(rules)) else {
            return Ok(None);
        };
        let Some(rules) = constant(&rules, pg_sys::JSONBOID) else { return Ok(None) };
        let base = pg_sys::getBaseType(type_oid);
        let fits = datum::is_utf8()
            && match name.as_str() {
                "mask_jsonb" => {
                    (is_cast || target.type_oid == pg_sys::JSONBOID)
                        && match reads_text {
                            true => matches!(base, pg_sys::JSONOID | pg_sys::TEXTOID | pg_sys::VARCHAROID),
                            false => base == pg_sys::JSONBOID,
                        }
                }
                "mask_array" => [base, target.type_oid]
                    .iter()
                    .all(|oid| matches!(*oid, pg_sys::TEXTARRAYOID | pg_sys::VARCHARARRAYOID)),
                _ => base == target.type_oid && modifier == Modifier::None,
            };
        if !fits {
            return Ok(None);
        }
        let found = Structured::new(&name, rules, base, reads_text, modifier)?;
        Ok(found.map(|mask| Method::Structured(Box::new(mask), column)))
    }
}

/// What a cast between arrays of text and varchar stands before: such a cast changes nothing.
///
/// # Safety
/// As for `method`.
unsafe fn as_array(node: *mut pg_sys::Node) -> *mut pg_sys::Node {
    // SAFETY: every node is looked into by its tag.
    unsafe {
        let node = relabelled(node);
        if !is_a(node, pg_sys::NodeTag::T_ArrayCoerceExpr) {
            return node;
        }
        let cast = &*node.cast::<pg_sys::ArrayCoerceExpr>();
        let element = relabelled(cast.elemexpr.cast());
        if is_a(element, pg_sys::NodeTag::T_CaseTestExpr) { relabelled(cast.arg.cast()) } else { node }
    }
}

/// An expression of a text as a formula.
///
/// # Safety
/// As for `method`.
unsafe fn formula(node: *mut pg_sys::Node) -> Result<Option<Formula>, MaskError> {
    use pg_sys::NodeTag::*;
    // SAFETY: every node is looked into by its tag; constants are of their types.
    unsafe {
        let node = relabelled(node);
        Ok(match (*node).type_ {
            T_Var => {
                let variable = &*node.cast::<pg_sys::Var>();
                own_column(variable)
                    .filter(|_| is_stored_as_text(pg_sys::getBaseType(variable.vartype)))
                    .map(|number| Formula::Column(number as usize, Form::Text))
            }
            T_Const => {
                let constant = &*node.cast::<pg_sys::Const>();
                let is_text = matches!(constant.consttype, pg_sys::TEXTOID | pg_sys::VARCHAROID);
                (is_text && !constant.constisnull)
                    .then(|| Formula::Constant(varlena_bytes(constant.constvalue).to_vec()))
            }
            T_OpExpr => {
                let call = &*node.cast::<pg_sys::OpExpr>();
                match pg_sys::get_opcode(call.opno).to_u32() {
                    pg_sys::F_TEXTCAT => joined(call.args)?,
                    _ => None,
                }
            }
            T_FuncExpr => formula_of_call(&*node.cast::<pg_sys::FuncExpr>())?,
            T_CoerceViaIO => {
                let cast = &*node.cast::<pg_sys::CoerceViaIO>();
                if !matches!(cast.resulttype, pg_sys::TEXTOID | pg_sys::VARCHAROID) {
                    return Ok(None);
                }
                let inner = relabelled(cast.arg.cast());
                match (*inner).type_ {
                    T_Var => {
                        let types = [
                            pg_sys::INT2OID,
                            pg_sys::INT4OID,
                            pg_sys::INT8OID,
                            pg_sys::NUMERICOID,
                            pg_sys::UUIDOID,
                            pg_sys::DATEOID,
                            pg_sys::MACADDROID,
                        ];
                        column_of(inner, &types).map(|(number, base)| {
                            Formula::Column(
                                number,
                                match base {
                                    pg_sys::INT2OID => Form::Int2,
                                    pg_sys::INT4OID => Form::Int4,
                                    pg_sys::INT8OID => Form::Int8,
                                    pg_sys::NUMERICOID => Form::Numeric,
                                    pg_sys::DATEOID => Form::Date,
                                    pg_sys::MACADDROID => Form::Macaddr,
                                    _ => Form::Uuid,
                                },
                            )
                        })
                    }
                    _ => match integer(inner)? {
                        Some((formula, _)) => Some(formula),
                        None => drawn_text(inner)?,
                    },
                }
            }
            _ => None,
        })
    }
}

/// A whole number or a date that is drawn for a text, as text itself.
///
/// # Safety
/// As for `method`.
unsafe fn drawn_text(node: *mut pg_sys::Node) -> Result<Option<Formula>, MaskError> {
    // SAFETY: every node is looked into by its tag.
    unsafe {
        if !is_a(node, pg_sys::NodeTag::T_FuncExpr) {
            return Ok(None);
        }
        let call = &*node.cast::<pg_sys::FuncExpr>();
        let is_plain = range_of(call.funcresulttype).is_some() || call.funcresulttype == pg_sys::DATEOID;
        let Some(name) = our_function(call.funcid).filter(|name| is_plain && name.starts_with("pseudo_")) else {
            return Ok(None);
        };
        let parts: Vec<*mut pg_sys::Node> = items(call.args).collect();
        Ok(match pseudo(&name, &parts, call.funcresulttype)? {
            Some(Method::Pseudo(drawn, value, kind)) => {
                Some(Formula::Pseudo(Box::new(drawn), kind.scalar(pg_sys::Datum::null()), Box::new(value)))
            }
            _ => None,
        })
    }
}

/// # Safety
/// The arguments are those of a call of textcat.
unsafe fn joined(arguments: *mut pg_sys::List) -> Result<Option<Formula>, MaskError> {
    let mut parts = Vec::new();
    // SAFETY: as the caller vouches.
    for part in unsafe { items::<pg_sys::Node>(arguments) } {
        // SAFETY: as above.
        match unsafe { formula(part) }? {
            Some(part) => parts.push(part),
            None => return Ok(None),
        }
    }
    Ok(Some(Formula::Joined(parts)))
}

/// # Safety
/// As for `method`.
unsafe fn formula_of_call(call: &pg_sys::FuncExpr) -> Result<Option<Formula>, MaskError> {
    // SAFETY: the arguments of a call are expressions.
    unsafe {
        let parts: Vec<*mut pg_sys::Node> = items(call.args).collect();
        let number_at = |at: usize| parts.get(at).and_then(|part| argument(*part)).and_then(|number| int(&number));
        match (call.funcid.to_u32(), &parts[..]) {
            (pg_sys::F_TEXTCAT, _) => return joined(call.args),
            (pg_sys::F_LEFT, [text, _]) => {
                let Some(count) = number_at(1).and_then(|count| usize::try_from(count).ok()) else { return Ok(None) };
                return Ok(formula(*text)?.map(|inner| Formula::First(Box::new(inner), count)));
            }
            // The cast to varchar(n) cuts what is too long when it is written down: its third argument.
            (pg_sys::F_VARCHAR_VARCHAR_INT4_BOOL, [text, _, explicit]) => {
                let explicit =
                    argument(*explicit).and_then(|e| constant(&e, pg_sys::BOOLOID)).is_some_and(|d| d.value() != 0);
                let length = number_at(1).and_then(|modifier| usize::try_from(modifier.checked_sub(4)?).ok());
                let (Some(length), true) = (length, explicit) else { return Ok(None) };
                return Ok(formula(*text)?.map(|inner| Formula::First(Box::new(inner), length)));
            }
            (pg_sys::F_TEXT_BPCHAR, [value]) => {
                let column = column_of(relabelled(*value), &[pg_sys::BPCHAROID]);
                return Ok(column.map(|(number, _)| Formula::Column(number, Form::Trimmed)));
            }
            (pg_sys::F_TEXT_INET, [value]) => {
                let column = column_of(relabelled(*value), &[pg_sys::INETOID, pg_sys::CIDROID]);
                return Ok(column.map(|(number, _)| Formula::Column(number, Form::Network)));
            }
            (function @ (pg_sys::F_LOWER_TEXT | pg_sys::F_UPPER_TEXT), [text]) => {
                let Some(inner) = formula(*text)?.filter(Formula::is_alphanumeric) else { return Ok(None) };
                if !folds_as_ascii(function, call.inputcollid) {
                    return Ok(None);
                }
                let inner = Box::new(inner);
                return Ok(Some(match function {
                    pg_sys::F_LOWER_TEXT => Formula::Lower(inner),
                    _ => Formula::Upper(inner),
                }));
            }
            (pg_sys::F_ENCODE, [value, format]) if is_hex(*format) => {
                let column = column_of(relabelled(*value), &[pg_sys::BYTEAOID]);
                return Ok(column.map(|(number, _)| Formula::Column(number, Form::Hex)));
            }
            _ => (),
        }
        masked(call, pg_sys::TEXTOID)
    }
}

/// A call of one of our functions that masks a text, whatever that is made of, and whose mask writes its result as this type does.
///
/// # Safety
/// As for `method`.
unsafe fn masked(call: &pg_sys::FuncExpr, result: pg_sys::Oid) -> Result<Option<Formula>, MaskError> {
    // SAFETY: the arguments of a call are expressions.
    unsafe {
        let Some(name) = our_function(call.funcid).filter(|_| call.funcresulttype == result) else {
            return Ok(None);
        };
        let parts: Vec<*mut pg_sys::Node> = items(call.args).collect();
        let arguments: Vec<Option<Argument>> = parts.iter().map(|part| argument(*part)).collect();
        let all_constant = arguments.iter().all(|a| matches!(a, Some(Argument::Constant { .. })));
        let inner = match parts.first() {
            Some(first) if !all_constant => match formula(*first)? {
                Some(inner) => Some(Box::new(inner)),
                None => return Ok(None),
            },
            _ => None,
        };
        // The mask of a text, whatever that is made of.
        let arguments = arguments.into_iter().enumerate().map(|(at, argument)| match (at, &inner) {
            (0, Some(_)) => Some(Argument::Column(1, pg_sys::TEXTOID)),
            _ => argument.filter(|argument| matches!(argument, Argument::Constant { .. })),
        });
        let Some(arguments) = arguments.collect::<Option<Vec<_>>>() else { return Ok(None) };
        let found = match any_text_mask(&name, &arguments) {
            // What is wrong with a value that is drawn anew is found when a row needs it.
            Err(_) if inner.is_none() => return Ok(None),
            found => found?,
        };
        let Some((mask, _)) = found else { return Ok(None) };
        let is_text_mask = !mask.reads_scalar() && !mask.reads_decimal();
        let is_result = result == pg_sys::TEXTOID || mask.writes() == Some(Written::Numeric);
        if !is_text_mask || !is_result || mask.reads_value() != inner.is_some() {
            return Ok(None);
        }
        let mask = Box::new(mask);
        Ok(Some(match inner {
            Some(inner) => Formula::Masked(mask, inner),
            None => Formula::Drawn(mask),
        }))
    }
}

/// Whether an argument is the constant text `hex`.
///
/// # Safety
/// As for `method`.
unsafe fn is_hex(node: *mut pg_sys::Node) -> bool {
    // SAFETY: as the caller vouches.
    unsafe { argument(node) }.and_then(|format| text(&format)).is_some_and(|format| format == b"hex")
}

/// Whether a collation makes small letters, or capitals, of ASCII as all the world does; Turkish does not. Each letter is tried
/// alone: in ASCII none of them goes by the others.
fn folds_as_ascii(function: u32, collation: pg_sys::Oid) -> bool {
    const LETTERS: &str = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";
    let expected = match function {
        pg_sys::F_LOWER_TEXT => LETTERS.to_ascii_lowercase(),
        _ => LETTERS.to_ascii_uppercase(),
    };
    if collation == pg_sys::InvalidOid {
        return false;
    }
    LETTERS.char_indices().zip(expected.chars()).all(|((at, _), expected)| {
        let letter = pgrx::IntoDatum::into_datum(&LETTERS[at..=at]).expect("a text is not NULL");
        // SAFETY: both functions take a text and give one.
        let folded =
            unsafe { varlena_bytes(pg_sys::OidFunctionCall1Coll(pg_sys::Oid::from(function), collation, letter)) };
        folded == expected.to_string().as_bytes()
    })
}

/// The number and the type of a column, when that is one of some types, or a domain over one.
///
/// # Safety
/// As for `method`.
unsafe fn column_of(node: *mut pg_sys::Node, types: &[pg_sys::Oid]) -> Option<(usize, pg_sys::Oid)> {
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

/// The numbers that a type takes.
fn range_of(type_oid: pg_sys::Oid) -> Option<(i64, i64)> {
    match type_oid {
        pg_sys::INT2OID => Some((i16::MIN.into(), i16::MAX.into())),
        pg_sys::INT4OID => Some((i32::MIN.into(), i32::MAX.into())),
        pg_sys::INT8OID => Some((i64::MIN, i64::MAX)),
        _ => None,
    }
}

/// A formula of a whole number, and the range in which that surely lies.
type Ranged = (Formula, (i64, i64));

/// A whole number as a formula.
///
/// # Safety
/// As for `method`.
unsafe fn integer(node: *mut pg_sys::Node) -> Result<Option<Ranged>, MaskError> {
    // SAFETY: every node is looked into by its tag.
    unsafe {
        let node = relabelled(node);
        if !is_a(node, pg_sys::NodeTag::T_FuncExpr) {
            return Ok(None);
        }
        let call = &*node.cast::<pg_sys::FuncExpr>();
        let Some(range) = range_of(call.funcresulttype) else { return Ok(None) };
        if call.funcid.to_u32() == pg_sys::F_INT8_BIT {
            return bits(call);
        }
        if let Some(inner) = cast_argument(node) {
            return Ok(integer(inner)?.and_then(|(formula, (least, greatest))| {
                let narrow = (least.max(range.0), greatest.min(range.1));
                match formula {
                    Formula::Integer(mut integer) => {
                        integer.range = narrow;
                        Some((Formula::Integer(integer), narrow))
                    }
                    formula => (narrow == (least, greatest)).then_some((formula, narrow)),
                }
            }));
        }
        let (Some(name), Some(kind)) = (our_function(call.funcid), ScalarKind::of_type(call.funcresulttype)) else {
            return Ok(None);
        };
        let parts: Vec<*mut pg_sys::Node> = items(call.args).collect();
        let mut arguments: Vec<Option<Argument>> = parts.iter().map(|part| argument(*part)).collect();
        let types = [pg_sys::INT2OID, pg_sys::INT4OID, pg_sys::INT8OID];
        // The first may be a number of another width.
        let column = parts.first().and_then(|first| {
            let inner = cast_argument(*first).filter(|_| type_of(*first) == call.funcresulttype);
            column_of(relabelled(inner.unwrap_or(*first)), &types)
        });
        if let (Some((number, _)), Some(first)) = (column, arguments.first_mut()) {
            *first = Some(Argument::Column(number as i16, call.funcresulttype));
        }
        let Some(arguments) = arguments.into_iter().collect::<Option<Vec<_>>>() else { return Ok(None) };
        let found = match scalar_mask(&name, &arguments) {
            None => library_scalar(&name, &arguments)?,
            found => found,
        };
        let of = kind.scalar(pg_sys::Datum::null());
        let Some((mask, _)) = found.filter(|(mask, _)| mask.takes(of) && mask.reads_value() == column.is_some()) else {
            return Ok(None);
        };
        let argument = column.map(|(number, base)| {
            let form = match base {
                pg_sys::INT2OID => Form::Int2,
                pg_sys::INT4OID => Form::Int4,
                _ => Form::Int8,
            };
            (number, form)
        });
        Ok(Some((Formula::Integer(Box::new(Integer { mask, of, argument, range })), range)))
    }
}

/// `('x' || hexadecimal digits)::bit(n)::bigint`, where n is as many bits as the digits have.
///
/// # Safety
/// The call is one of bittoint8.
unsafe fn bits(call: &pg_sys::FuncExpr) -> Result<Option<Ranged>, MaskError> {
    // SAFETY: every node is looked into by its tag.
    unsafe {
        let Some(sized) = items::<pg_sys::Node>(call.args).next().filter(|n| is_a(*n, pg_sys::NodeTag::T_FuncExpr))
        else {
            return Ok(None);
        };
        let sized = &*sized.cast::<pg_sys::FuncExpr>();
        let parts: Vec<*mut pg_sys::Node> = items(sized.args).collect();
        let [value, length, ..] = parts[..] else { return Ok(None) };
        if sized.funcid.to_u32() != pg_sys::F_BIT_BIT_INT4_BOOL || !is_a(value, pg_sys::NodeTag::T_CoerceViaIO) {
            return Ok(None);
        }
        let cast = &*value.cast::<pg_sys::CoerceViaIO>();
        let Some(length) = argument(length).and_then(|length| int(&length)) else { return Ok(None) };
        if cast.resulttype != pg_sys::BITOID {
            return Ok(None);
        }
        let Some(Formula::Joined(parts)) = formula(cast.arg.cast())? else { return Ok(None) };
        let mut parts = parts.into_iter();
        let (Some(Formula::Constant(mark)), Some(digits), None) = (parts.next(), parts.next(), parts.next()) else {
            return Ok(None);
        };
        let count = digits.hex_digits().filter(|count| (1..=15).contains(count) && mark == b"x");
        let Some(count) = count.filter(|count| usize::try_from(length).ok() == Some(count * 4)) else {
            return Ok(None);
        };
        Ok(Some((Formula::Number(Box::new(digits)), (0, (1 << (4 * count)) - 1))))
    }
}

/// # Safety
/// As for `method`.
unsafe fn uuid(node: *mut pg_sys::Node) -> Result<Option<Formula>, MaskError> {
    // SAFETY: every node is looked into by its tag.
    unsafe {
        if is_a(node, pg_sys::NodeTag::T_FuncExpr) {
            let is_random = (*node.cast::<pg_sys::FuncExpr>()).funcid.to_u32() == pg_sys::F_GEN_RANDOM_UUID;
            return Ok(is_random.then(|| Formula::Drawn(Box::new(TextMask::Realistic(Realistic::Uuid)))));
        }
        if !is_a(node, pg_sys::NodeTag::T_CoerceViaIO) || type_of(node) != pg_sys::UUIDOID {
            return Ok(None);
        }
        if let Some(found) = written(node, pg_sys::UUIDOID)? {
            return Ok(Some(found));
        }
        let inner = formula((*node.cast::<pg_sys::CoerceViaIO>()).arg.cast())?;
        Ok(inner.filter(|inner| inner.hex_digits() == Some(32)).map(|inner| Formula::Uuid(Box::new(inner))))
    }
}

/// A cast of a mask's text to a type that writes its values just as the mask does: it changes nothing.
///
/// # Safety
/// As for `method`.
unsafe fn written(node: *mut pg_sys::Node, type_oid: pg_sys::Oid) -> Result<Option<Formula>, MaskError> {
    // SAFETY: every node is looked into by its tag.
    unsafe {
        if !is_a(node, pg_sys::NodeTag::T_CoerceViaIO) || type_of(node) != type_oid {
            return Ok(None);
        }
        let inner = formula((*node.cast::<pg_sys::CoerceViaIO>()).arg.cast())?;
        Ok(inner.filter(|inner| match inner {
            Formula::Drawn(mask) | Formula::Masked(mask, _) => {
                mask.writes().is_some_and(|of| written_type(type_oid) == Some(of))
            }
            _ => false,
        }))
    }
}

/// `decode(hexadecimal digits, 'hex')`.
///
/// # Safety
/// As for `method`.
unsafe fn bytes(node: *mut pg_sys::Node) -> Result<Option<Formula>, MaskError> {
    // SAFETY: every node is looked into by its tag.
    unsafe {
        if !is_a(node, pg_sys::NodeTag::T_FuncExpr) {
            return Ok(None);
        }
        let call = &*node.cast::<pg_sys::FuncExpr>();
        let parts: Vec<*mut pg_sys::Node> = items(call.args).collect();
        let [digits, format] = parts[..] else { return Ok(None) };
        if call.funcid.to_u32() != pg_sys::F_DECODE || !is_hex(format) {
            return Ok(None);
        }
        let digits = formula(digits)?.filter(|digits| digits.hex_digits().is_some_and(|count| count % 2 == 0));
        Ok(digits.map(|digits| Formula::Joined(vec![Formula::Constant(b"\\x".to_vec()), digits])))
    }
}

/// What decides a CASE; None: that is for PostgreSQL.
///
/// # Safety
/// As for `method`.
unsafe fn condition(node: *mut pg_sys::Node) -> Option<Condition> {
    use pg_sys::NodeTag::*;
    // SAFETY: every node is looked into by its tag.
    unsafe {
        let node = relabelled(node);
        match (*node).type_ {
            T_Const => {
                let constant = &*node.cast::<pg_sys::Const>();
                (constant.consttype == pg_sys::BOOLOID).then(|| {
                    Condition::Constant((!constant.constisnull).then(|| constant.constvalue.value() as u8 != 0))
                })
            }
            T_Var => column_of(node, &[pg_sys::BOOLOID]).map(|(number, _)| Condition::Boolean(number)),
            T_NullTest => {
                let test = &*node.cast::<pg_sys::NullTest>();
                let tested = relabelled(test.arg.cast());
                // A row is NULL when all its fields are.
                if test.argisrow || !is_a(tested, T_Var) {
                    return None;
                }
                let is_null = Condition::IsNull(usize::try_from(own_column(&*tested.cast::<pg_sys::Var>())?).ok()?);
                Some(match test.nulltesttype {
                    pg_sys::NullTestType::IS_NULL => is_null,
                    _ => Condition::Not(Box::new(is_null)),
                })
            }
            T_BoolExpr => {
                let test = &*node.cast::<pg_sys::BoolExpr>();
                let mut parts =
                    items::<pg_sys::Node>(test.args).map(|part| condition(part)).collect::<Option<Vec<_>>>()?;
                match test.boolop {
                    pg_sys::BoolExprType::AND_EXPR => Some(Condition::All(parts)),
                    pg_sys::BoolExprType::OR_EXPR => Some(Condition::Any(parts)),
                    _ => parts.pop().map(|part| Condition::Not(Box::new(part))),
                }
            }
            T_BooleanTest => {
                use pg_sys::BoolTestType::*;
                let test = &*node.cast::<pg_sys::BooleanTest>();
                let (wanted, is_not) = match test.booltesttype {
                    IS_TRUE => (Some(true), false),
                    IS_NOT_TRUE => (Some(true), true),
                    IS_FALSE => (Some(false), false),
                    IS_NOT_FALSE => (Some(false), true),
                    IS_UNKNOWN => (None, false),
                    _ => (None, true),
                };
                let is = Condition::Is(Box::new(condition(test.arg.cast())?), wanted);
                Some(if is_not { Condition::Not(Box::new(is)) } else { is })
            }
            T_OpExpr => {
                let test = &*node.cast::<pg_sys::OpExpr>();
                let parts: Vec<*mut pg_sys::Node> = items(test.args).collect();
                let [left, right] = parts[..] else { return None };
                comparison(pg_sys::get_opcode(test.opno), test.inputcollid, relabelled(left), relabelled(right))
            }
            T_ScalarArrayOpExpr => {
                // column IN (..), or NOT IN (..)
                let test = &*node.cast::<pg_sys::ScalarArrayOpExpr>();
                let parts: Vec<*mut pg_sys::Node> = items(test.args).collect();
                let [left, right] = parts[..] else { return None };
                let right = relabelled(right);
                if !is_a(right, T_Const) || (*right.cast::<pg_sys::Const>()).constisnull {
                    return None;
                }
                let array = &*right.cast::<pg_sys::Const>();
                let type_oid = pg_sys::get_element_type(array.consttype);
                let function = pg_sys::get_opcode(test.opno);
                let tests = AnyArray::elements_of(array.constvalue).into_iter().map(|element| match element {
                    // A comparison with NULL.
                    None => Some(Condition::Constant(None)),
                    Some(value) => compare(function, test.inputcollid, relabelled(left), value, type_oid, false),
                });
                let tests = tests.collect::<Option<Vec<_>>>()?;
                Some(if test.useOr { Condition::Any(tests) } else { Condition::All(tests) })
            }
            _ => None,
        }
    }
}

/// # Safety
/// As for `method`; the function is one of two arguments.
unsafe fn comparison(
    function: pg_sys::Oid,
    collation: pg_sys::Oid,
    left: *mut pg_sys::Node,
    right: *mut pg_sys::Node,
) -> Option<Condition> {
    // SAFETY: every node is looked into by its tag.
    unsafe {
        let (column, constant, turned) =
            match (is_a(left, pg_sys::NodeTag::T_Const), is_a(right, pg_sys::NodeTag::T_Const)) {
                (false, true) => (left, &*right.cast::<pg_sys::Const>(), false),
                (true, false) => (right, &*left.cast::<pg_sys::Const>(), true),
                _ => return None,
            };
        if constant.constisnull {
            return None;
        }
        compare(function, collation, column, constant.constvalue, constant.consttype, turned)
    }
}

/// A comparison of a column with a constant, where PostgreSQL's function comes down to comparing numbers or bytes.
///
/// # Safety
/// As for `comparison`; the value is of the type.
unsafe fn compare(
    function: pg_sys::Oid,
    collation: pg_sys::Oid,
    column: *mut pg_sys::Node,
    value: pg_sys::Datum,
    type_oid: pg_sys::Oid,
    turned: bool,
) -> Option<Condition> {
    // SAFETY: catalog look-ups of a function that the analysis has found; the value is read by its type.
    unsafe {
        if function.to_u32() >= pg_sys::FirstNormalObjectId {
            return None;
        }
        if matches!(function.to_u32(), pg_sys::F_TEXTEQ | pg_sys::F_TEXTNE) {
            // Where a collation is deterministic, texts are equal when their bytes are.
            if collation == pg_sys::InvalidOid || !pg_sys::get_collation_isdeterministic(collation) {
                return None;
            }
            let (number, _) = column_of(column, &[pg_sys::TEXTOID, pg_sys::VARCHAROID])?;
            if !matches!(type_oid, pg_sys::TEXTOID | pg_sys::VARCHAROID) {
                return None;
            }
            let is_text = Condition::IsText(number, varlena_bytes(value).to_vec());
            return Some(match function.to_u32() {
                pg_sys::F_TEXTEQ => is_text,
                _ => Condition::Not(Box::new(is_text)),
            });
        }
        let name = pg_sys::get_func_name(function);
        if name.is_null() {
            return None;
        }
        let name = CStr::from_ptr(name).to_str().ok()?;
        // int4eq, int48lt, date_ge, enum_ne.
        let (types, operator) = name.split_at_checked(name.len().checked_sub(2)?)?;
        let is_enum = types == "enum_";
        let is_known = matches!(
            types,
            "int2"
                | "int4"
                | "int8"
                | "int24"
                | "int28"
                | "int42"
                | "int48"
                | "int82"
                | "int84"
                | "date_"
                | "time_"
                | "timestamp_"
                | "timestamptz_"
                | "numeric_"
        );
        let comparison = match operator {
            "eq" => Comparison::Equal,
            "ne" => Comparison::NotEqual,
            // The order of an enum is not that of its numbers.
            _ if is_enum || !is_known => return None,
            "lt" => Comparison::Less,
            "le" => Comparison::LessOrEqual,
            "gt" => Comparison::Greater,
            "ge" => Comparison::GreaterOrEqual,
            _ => return None,
        };
        let (number, form) = if is_enum {
            if !is_a(column, pg_sys::NodeTag::T_Var) || !pg_sys::type_is_enum(type_of(column)) {
                return None;
            }
            (usize::try_from(own_column(&*column.cast::<pg_sys::Var>())?).ok()?, Form::Int4)
        } else if is_known {
            let types = [
                pg_sys::INT2OID,
                pg_sys::INT4OID,
                pg_sys::INT8OID,
                pg_sys::DATEOID,
                pg_sys::TIMEOID,
                pg_sys::TIMESTAMPOID,
                pg_sys::TIMESTAMPTZOID,
                pg_sys::NUMERICOID,
            ];
            let (number, base) = column_of(column, &types)?;
            if base == pg_sys::NUMERICOID {
                let comparison = if turned { comparison.turned() } else { comparison };
                let is_numeric = type_oid == pg_sys::NUMERICOID;
                let text = is_numeric.then(|| datum::numeric_text(value).into_bytes());
                return text.map(|text| Condition::CompareNumeric(number, comparison, text));
            }
            let form = match base {
                pg_sys::INT2OID => Form::Int2,
                pg_sys::INT4OID | pg_sys::DATEOID => Form::Int4,
                _ => Form::Int8,
            };
            (number, form)
        } else {
            return None;
        };
        let constant = match type_oid {
            pg_sys::INT2OID => i64::from(value.value() as i16),
            pg_sys::INT4OID | pg_sys::DATEOID => i64::from(value.value() as i32),
            pg_sys::INT8OID | pg_sys::TIMEOID | pg_sys::TIMESTAMPOID | pg_sys::TIMESTAMPTZOID => value.value() as i64,
            oid if is_enum && pg_sys::type_is_enum(oid) => i64::from(value.value() as i32),
            _ => return None,
        };
        Some(Condition::Compare(number, form, if turned { comparison.turned() } else { comparison }, constant))
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

fn scalar_method(name: &str, arguments: &[Argument], type_oid: pg_sys::Oid) -> Result<Option<Method>, MaskError> {
    let Some(kind) = ScalarKind::of_type(type_oid) else { return Ok(None) };
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
    // What stands first may be the value that is masked, and not what says how: with that the executor deals.
    if is_value_constant(name, number, &constants) {
        return Ok(None);
    }
    let mask = key::with(|key| library::text_mask(name, &constants, key)).transpose()?;
    Ok(mask.filter(|mask| mask.reads_value() == (number > 0)).map(|mask| (mask, number)))
}

/// The same for numbers, times and UUIDs.
fn library_scalar(name: &str, arguments: &[Argument]) -> Result<Option<(ScalarMask, i16)>, MaskError> {
    let Some((number, constants)) = split(arguments) else { return Ok(None) };
    if is_value_constant(name, number, &constants) {
        return Ok(None);
    }
    let mask = key::with(|key| library::scalar_mask(name, &constants, key)).transpose()?;
    Ok(mask.filter(|mask| mask.reads_value() == (number > 0)).map(|mask| (mask, number)))
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

fn scalar_mask(name: &str, arguments: &[Argument]) -> Option<(ScalarMask, i16)> {
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

/// A text, in UTF-8.
fn text(argument: &Argument) -> Option<Vec<u8>> {
    // SAFETY: a constant of type text is a varlena; the bytes are copied at once.
    constant(argument, pg_sys::TEXTOID).map(|d| datum::to_utf8(unsafe { varlena_bytes(d) }).into_owned())
}

fn hash(argument: &Argument) -> Option<Algorithm> {
    String::from_utf8(text(argument)?).ok()?.parse().ok()
}
