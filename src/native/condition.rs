//! Conditions of `CASE` and `keep_if`.

use super::argument::{column_of, own_column, relabelled, type_of};
use crate::any::AnyArray;
use crate::datum::{self, varlena_bytes};
use crate::rule::{is_a, items};
use pg_anon_core::mask::formula::{Comparison, Condition, Form};
use pgrx::pg_sys;
use std::ffi::CStr;

/// What decides a CASE; None: that is for PostgreSQL.
///
/// # Safety
/// As for `method`.
pub(super) unsafe fn condition(node: *mut pg_sys::Node) -> Option<Condition> {
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
