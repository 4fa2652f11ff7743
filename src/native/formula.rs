//! Formulas: what rules put around a mask and within it, of text and of whole numbers.

use super::argument::{
    Argument, any_text_mask, argument, cast_argument, column_of, constant, int, is_stored_as_text, library_scalar,
    our_function, own_column, relabelled, scalar_mask, text, type_of, written_type,
};
use super::{Method, pseudo};
use crate::datum::{ScalarKind, varlena_bytes};
use crate::rule::{is_a, items};
use pg_anon_core::mask::MaskError;
use pg_anon_core::mask::formula::{Form, Formula, Integer};
use pg_anon_core::mask::native::{TextMask, Written};
use pg_anon_core::mask::realistic::Realistic;
use pgrx::pg_sys;

/// An expression of a text as a formula.
///
/// # Safety
/// As for `method`.
pub(super) unsafe fn formula(node: *mut pg_sys::Node) -> Result<Option<Formula>, MaskError> {
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
pub(super) unsafe fn masked(call: &pg_sys::FuncExpr, result: pg_sys::Oid) -> Result<Option<Formula>, MaskError> {
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
pub(super) unsafe fn integer(node: *mut pg_sys::Node) -> Result<Option<Ranged>, MaskError> {
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
pub(super) unsafe fn uuid(node: *mut pg_sys::Node) -> Result<Option<Formula>, MaskError> {
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
pub(super) unsafe fn written(node: *mut pg_sys::Node, type_oid: pg_sys::Oid) -> Result<Option<Formula>, MaskError> {
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
pub(super) unsafe fn bytes(node: *mut pg_sys::Node) -> Result<Option<Formula>, MaskError> {
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
