//! The analysed expression of a rule as `pg_anon_core::check` reads it.

use crate::datum::{self, varlena_bytes};
use crate::native;
use crate::rule::{self, is_a, items};
use pg_anon_core::check::{CONVERSION, Call, Expression, Spelling, builtin_name};
use pg_anon_core::mask::registry::{self, Argument, Length};
use pgrx::pg_catalog::pg_proc::PgProc;
use pgrx::prelude::*;
use std::collections::BTreeSet;
use std::ffi::CStr;

/// Translates an analysed expression; `not_null` says of a column whether it takes no NULL, and `own` is the column that the
/// rule is for. Raises what PostgreSQL raises when constants of the expression cannot be computed.
///
/// # Safety
/// `node` is an analysed expression over the one table of its query, in which it is variable 1.
pub unsafe fn describe(node: *mut pg_sys::Node, own: i16, not_null: &dyn Fn(i16) -> bool) -> Expression {
    // SAFETY: constants are folded in a copy of the tree, as the planner does it.
    unsafe { Describer { own, not_null }.node(pg_sys::eval_const_expressions(std::ptr::null_mut(), node)) }
}

/// What is said of an expression with sub-selects, the whole row or system columns: nothing, but that it may be NULL.
pub fn unknown() -> Expression {
    Expression::Other { image: String::new(), columns: BTreeSet::new(), volatile: true, gives_null: true }
}

struct Describer<'a> {
    own: i16,
    not_null: &'a dyn Fn(i16) -> bool,
}

impl Describer<'_> {
    /// # Safety
    /// `node` is a part of the expression that `describe` was given.
    unsafe fn node(&self, node: *mut pg_sys::Node) -> Expression {
        use pg_sys::NodeTag::*;
        // SAFETY: every node is looked into by its tag.
        unsafe {
            if node.is_null() {
                return unknown();
            }
            match (*node).type_ {
                T_RelabelType => self.node((*node.cast::<pg_sys::RelabelType>()).arg.cast()),
                T_CollateExpr => self.node((*node.cast::<pg_sys::CollateExpr>()).arg.cast()),
                T_Var => self.column(&*node.cast::<pg_sys::Var>()).unwrap_or_else(|| self.other(node)),
                T_Const => constant(&*node.cast::<pg_sys::Const>(), node),
                T_FuncExpr => {
                    let call = &*node.cast::<pg_sys::FuncExpr>();
                    self.call(call.funcid, call.args, call.funcresulttype)
                }
                T_OpExpr => {
                    let call = &*node.cast::<pg_sys::OpExpr>();
                    self.call(pg_sys::get_opcode(call.opno), call.args, call.opresulttype)
                }
                T_CoerceViaIO => {
                    let conversion = &*node.cast::<pg_sys::CoerceViaIO>();
                    Expression::Call(Call {
                        name: CONVERSION.to_owned(),
                        ours: None,
                        builtin: true,
                        volatile: false,
                        strict: true,
                        family: family(conversion.resulttype),
                        arguments: vec![self.node(conversion.arg.cast())],
                    })
                }
                T_CoalesceExpr => {
                    let parts = items((*node.cast::<pg_sys::CoalesceExpr>()).args);
                    Expression::Coalesce(parts.map(|part| self.node(part)).collect())
                }
                T_CaseExpr => self.case(&*node.cast::<pg_sys::CaseExpr>(), node),
                _ => self.other(node),
            }
        }
    }

    /// # Safety
    /// As for `node`.
    unsafe fn column(&self, variable: &pg_sys::Var) -> Option<Expression> {
        if variable.varno as u32 != 1 || variable.varlevelsup != 0 || variable.varattno <= 0 {
            return None;
        }
        // What is over a domain is over the type below it.
        let mut modifier = variable.vartypmod;
        // SAFETY: a catalog look-up; the modifier is the domain's where the type is one.
        let base = unsafe { pg_sys::getBaseTypeAndTypmod(variable.vartype, &raw mut modifier) };
        // varchar(n) and char(n): a header of four in the modifier.
        let longest = match base {
            pg_sys::VARCHAROID | pg_sys::BPCHAROID => u64::try_from(modifier - 4).ok(),
            _ => None,
        };
        Some(Expression::Column {
            number: variable.varattno,
            family: family(base),
            not_null: (self.not_null)(variable.varattno),
            length: longest.map(|longest| Length { shortest: 0, longest: Some(longest) }),
            spelling: spelling(base, modifier, variable.varcollid),
        })
    }

    /// # Safety
    /// As for `node`.
    unsafe fn call(&self, function: pg_sys::Oid, arguments: *mut pg_sys::List, result: pg_sys::Oid) -> Expression {
        // SAFETY: the arguments of a call are expressions; catalog look-ups of a function that the analysis has found.
        unsafe {
            let arguments: Vec<Expression> = items(arguments).map(|a| self.node(a)).collect();
            let name = pg_sys::get_func_name(function);
            let name = if name.is_null() { String::new() } else { datum::to_string(CStr::from_ptr(name).to_bytes()) };
            let builtin = pg_sys::get_func_namespace(function) == pg_sys::Oid::from(pg_sys::PG_CATALOG_NAMESPACE);
            let ours = native::our_function(function).and_then(|_| {
                let types: Vec<String> = PgProc::new(function)?.proargtypes().into_iter().map(type_name).collect();
                registry::find(&name, &types)
            });
            let name = match builtin {
                true => builtin_name(name),
                false if ours.is_some() => name,
                false => format!("{} {name}", function.to_u32()),
            };
            Expression::Call(Call {
                name,
                ours,
                builtin,
                volatile: pg_sys::func_volatile(function) as u8 == pg_sys::PROVOLATILE_VOLATILE,
                strict: pg_sys::func_strict(function),
                family: family(result),
                arguments,
            })
        }
    }

    /// # Safety
    /// As for `node`.
    unsafe fn case(&self, case: &pg_sys::CaseExpr, node: *mut pg_sys::Node) -> Expression {
        // SAFETY: as above.
        unsafe {
            let mut results = Vec::new();
            let mut falls_through = true;
            for branch in items::<pg_sys::CaseWhen>(case.args) {
                match self.is_decided((*branch).expr.cast()) {
                    Some(false) => continue,
                    Some(true) => {
                        results.push(self.node((*branch).result.cast()));
                        falls_through = false;
                        break;
                    }
                    None => results.push(self.node((*branch).result.cast())),
                }
            }
            if falls_through {
                results.push(self.node(case.defresult.cast()));
            }
            Expression::Case {
                results,
                image: self.image(node),
                columns: self.columns(node),
                volatile: pg_sys::contain_volatile_functions(node),
            }
        }
    }

    /// What a test for NULL gives where the column takes none.
    ///
    /// # Safety
    /// As for `node`.
    unsafe fn is_decided(&self, condition: *mut pg_sys::Node) -> Option<bool> {
        // SAFETY: looked into by its tag.
        unsafe {
            if !is_a(condition, pg_sys::NodeTag::T_NullTest) {
                return None;
            }
            let test = &*condition.cast::<pg_sys::NullTest>();
            match self.node(test.arg.cast()) {
                Expression::Column { not_null: true, .. } => {
                    Some(test.nulltesttype == pg_sys::NullTestType::IS_NOT_NULL)
                }
                _ => None,
            }
        }
    }

    /// # Safety
    /// As for `node`.
    unsafe fn other(&self, node: *mut pg_sys::Node) -> Expression {
        // SAFETY: as above.
        unsafe {
            Expression::Other {
                image: self.image(node),
                columns: self.columns(node),
                volatile: pg_sys::contain_volatile_functions(node),
                gives_null: is_a(node, pg_sys::NodeTag::T_NullIfExpr),
            }
        }
    }

    /// # Safety
    /// As for `node`.
    unsafe fn columns(&self, node: *mut pg_sys::Node) -> BTreeSet<i16> {
        // SAFETY: as above.
        unsafe { rule::columns_read(node) }.into_iter().collect()
    }

    /// The tree as PostgreSQL writes it, with the own column as the first of all, and without places in the text. Empty when
    /// it reads other columns: then it is compared with nothing.
    ///
    /// # Safety
    /// As for `node`.
    unsafe fn image(&self, node: *mut pg_sys::Node) -> String {
        // SAFETY: the tree reads no column that is not in the list.
        unsafe {
            if self.columns(node).iter().any(|column| *column != self.own) {
                return String::new();
            }
            image(rule::over_row(node, &[self.own]))
        }
    }
}

/// # Safety
/// `node` is valid.
unsafe fn image(node: *mut pg_sys::Node) -> String {
    // SAFETY: nodeToString gives a palloc'd C string.
    let text = unsafe { datum::to_string(CStr::from_ptr(pg_sys::nodeToString(node.cast())).to_bytes()) };
    let mut image = String::with_capacity(text.len());
    let mut words = text.split(' ');
    while let Some(word) = words.next() {
        if matches!(word, ":location" | ":varattnosyn" | ":varnosyn" | ":varnullingrels") {
            // Its value; the brace that may follow it is part of the shape.
            image.extend(words.next().unwrap_or_default().chars().filter(|c| *c == '}'));
        } else {
            image.push_str(word);
        }
        image.push(' ');
    }
    image
}

/// # Safety
/// `node` is the constant.
unsafe fn constant(constant: &pg_sys::Const, node: *mut pg_sys::Node) -> Expression {
    // SAFETY: a constant's value is of its type.
    unsafe {
        let value = (!constant.constisnull).then(|| argument(constant));
        let image = match &value {
            Some(Argument::Integer(number)) => format!("{number}"),
            Some(Argument::Text(text)) => format!("{text:?}"),
            _ => image(node),
        };
        Expression::Constant { value, image }
    }
}

/// # Safety
/// The constant is not NULL.
unsafe fn argument(constant: &pg_sys::Const) -> Argument {
    let value = constant.constvalue;
    match constant.consttype {
        pg_sys::INT2OID => Argument::Integer(i64::from(value.value() as i16)),
        pg_sys::INT4OID => Argument::Integer(i64::from(value.value() as i32)),
        pg_sys::INT8OID => Argument::Integer(value.value() as i64),
        pg_sys::FLOAT8OID => Argument::Float(f64::from_bits(value.value() as u64)),
        pg_sys::TIMESTAMPTZOID | pg_sys::TIMESTAMPOID => Argument::Timestamp(value.value() as i64),
        pg_sys::DATEOID => Argument::Date(value.value() as i32),
        // SAFETY: a numeric.
        pg_sys::NUMERICOID => Argument::Decimal(unsafe { datum::numeric_text(value) }),
        // SAFETY: values of these types are varlenas of text.
        pg_sys::TEXTOID | pg_sys::VARCHAROID => Argument::Text(unsafe { datum::to_string(varlena_bytes(value)) }),
        // SAFETY: a type with an element type that is not of a fixed length is an array.
        other => unsafe { array(other, value) }.unwrap_or(Argument::Constant),
    }
}

/// # Safety
/// `value` is of the type `of_type`.
unsafe fn array(of_type: pg_sys::Oid, value: pg_sys::Datum) -> Option<Argument> {
    // SAFETY: only true arrays are looked into; detoasting gives a flat copy (arrayfuncs.c).
    unsafe {
        if pg_sys::get_element_type(of_type) == pg_sys::InvalidOid {
            return None;
        }
        let array = pg_sys::pg_detoast_datum(value.cast_mut_ptr()).cast::<pg_sys::ArrayType>();
        let dimensions = array.add(1).cast::<i32>();
        let elements = pg_sys::ArrayGetNItems((*array).ndim, dimensions);
        Some(Argument::Array {
            elements: usize::try_from(elements).unwrap_or(0),
            has_null: pg_sys::array_contains_nulls(array),
        })
    }
}

/// In which ways one value of a type, which is no domain, may be written.
pub fn spelling(type_oid: pg_sys::Oid, modifier: i32, collation: pg_sys::Oid) -> Spelling {
    match type_oid {
        pg_sys::NUMERICOID if modifier < 0 => return Spelling::Zeros,
        pg_sys::INTERVALOID => return Spelling::Units,
        _ => (),
    }
    // SAFETY: catalog look-ups; an entry of the type cache lives as long as the session.
    unsafe {
        if collation != pg_sys::InvalidOid && !pg_sys::get_collation_isdeterministic(collation) {
            return Spelling::Collated;
        }
        if type_oid.to_u32() < pg_sys::FirstNormalObjectId || !native::is_stored_as_text(type_oid) {
            return Spelling::One;
        }
        // A text with an equality of its own.
        let entry = &*pg_sys::lookup_type_cache(type_oid, pg_sys::TYPECACHE_EQ_OPR as i32);
        match pg_sys::get_opcode(entry.eq_opr).to_u32() {
            pg_sys::F_TEXTEQ => Spelling::One,
            _ => Spelling::Cases,
        }
    }
}

/// One name for the types that write the same values in the same way.
fn family(type_oid: pg_sys::Oid) -> String {
    match type_oid {
        pg_sys::INT2OID | pg_sys::INT4OID | pg_sys::INT8OID => "integer".to_owned(),
        pg_sys::TEXTOID | pg_sys::VARCHAROID => "text".to_owned(),
        other => type_name(other),
    }
}

/// A type's name for messages and for the registry.
pub fn type_name(type_oid: pg_sys::Oid) -> String {
    // SAFETY: gives a palloc'd C string.
    unsafe { datum::to_string(CStr::from_ptr(pg_sys::format_type_be(type_oid)).to_bytes()) }
}
