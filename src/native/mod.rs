//! Rules that are a call of one of our functions on a column and constants, recognised in the analysed expression, whatever
//! their spelling. The row writer runs them on the bytes of the row, with the code that the functions run. So it does with what
//! rules often have around such a call: `CASE` with a simple condition, `left`, `lower`, `||`, casts between numbers.
//!
//! What is recognised must give exactly what PostgreSQL gives. Whatever is not surely so stays with the executor.

mod argument;
mod condition;
mod formula;

pub use argument::{is_stored_as_text, our_function};

use crate::any::{AnyArray, FloatArray};
use crate::datum::{self, ScalarKind, varlena_bytes};
use crate::key;
use crate::mask::structured::Structured;
use crate::rule::{Target, is_a, items};
use argument::{
    Argument, any_text_mask, argument, cast_argument, constant, constant_argument, float, input, interval, is_textual,
    library_mask, library_scalar, own_column, relabelled, scalar_mask, type_of, written_type,
};
use condition::condition;
use formula::{bytes, formula, integer, masked, uuid, written};
use pg_anon_core::mask::formula::{Condition, Fitted, Form, Formula};
use pg_anon_core::mask::key::{Domain, FamilyKey};
use pg_anon_core::mask::modifier::Modifier;
use pg_anon_core::mask::native::{PseudoScalar, ScalarMask, TextMask, Written};
use pg_anon_core::mask::random::{self, Weights};
use pg_anon_core::mask::shift::Shift;
use pg_anon_core::mask::{MaskError, library};
use pgrx::pg_sys;
use rand::CryptoRng;

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

fn scalar_method(name: &str, arguments: &[Argument], type_oid: pg_sys::Oid) -> Result<Option<Method>, MaskError> {
    let Some(kind) = ScalarKind::of_type(type_oid) else { return Ok(None) };
    let found = match scalar_mask(name, arguments) {
        None => library_scalar(name, arguments)?,
        found => found,
    };
    let takes = |mask: &ScalarMask| mask.takes(kind.scalar(pg_sys::Datum::null()));
    Ok(found.filter(|(mask, _)| takes(mask)).map(|(mask, column)| Method::Scalar(mask, column, kind)))
}
