//! From the plan of a table to the SELECT that reads it and the columns that are written.
//!
//! The SELECT reads the columns as they are, and the row writer evaluates the rules over each row. Only what needs a
//! query of its own (a sub-select, the whole row, a system column, `raw_sql`) becomes part of the SELECT.

use crate::datum;
use crate::error::{Report, error, problem_report};
use crate::expression;
use crate::native::Method;
use crate::query::{self, Checked, Expected};
use crate::row_writer::{self, OutputColumn, Source};
use crate::rule::{self, Expression, Target};
use pg_anon_core::check;
use pg_anon_core::plan::{ColumnPlan, Page, TablePlan};
use pgrx::prelude::*;
use pgrx::{PgRelation, PgTupleDesc};

/// The first block of a part of a table, and the one behind its last; None: the table's own first and last.
pub type Blocks = [Option<u32>; 2];

/// A SELECT, ready to be opened, and what is made of its columns.
pub struct Prepared {
    /// The query.
    pub select: Checked,
    /// How many columns it has.
    pub width: usize,
    /// The columns that are written.
    pub columns: Vec<OutputColumn>,
    /// SQL of the dictionary runs over the rows.
    pub runs_sql: bool,
}

/// How messages name a column.
pub fn column_name(table: &TablePlan, column: &ColumnPlan) -> String {
    format!("column {} of table {}", column.sql_name, table.sql_name)
}

/// A column's type as the relation has it now, under our lock.
struct ColumnType {
    declared: pg_sys::Oid,
    base: pg_sys::Oid,
    modifier: i32,
    collation: pg_sys::Oid,
}

impl ColumnType {
    /// The column as what a rule gives values for.
    fn target<'a>(&self, table: &TablePlan, name: &'a str) -> Target<'a> {
        Target { name, relation: table.oid.into(), type_oid: self.base, type_modifier: self.modifier }
    }

    /// What the type takes beside what its name says.
    fn fit(&self) -> check::Fit {
        let characters = match self.base {
            pg_sys::VARCHAROID | pg_sys::BPCHAROID => u64::try_from(self.modifier - 4).ok(),
            _ => None,
        };
        // numeric(p, s) (numeric.c, make_numeric_typmod; the scale has a sign since 15).
        let numeric = (self.base == pg_sys::NUMERICOID && self.modifier >= 4).then(|| {
            let modifier = self.modifier - 4;
            ((modifier >> 16) & 0xffff, ((modifier & 0x7ff) ^ 1024) - 1024)
        });
        let range = match self.base {
            pg_sys::INT2OID => Some((i16::MIN.into(), i16::MAX.into())),
            pg_sys::INT4OID => Some((i32::MIN.into(), i32::MAX.into())),
            pg_sys::INT8OID => Some((i64::MIN.into(), i64::MAX.into())),
            // p - s digits before the point.
            pg_sys::NUMERICOID => numeric.and_then(|(precision, scale)| {
                let digits = (precision - scale).clamp(0, 38);
                10_i128.checked_pow(digits as u32).map(|limit| (1 - limit, limit - 1))
            }),
            _ => None,
        };
        // timestamp(p): digits of a second.
        let step = match (self.base, u32::try_from(self.modifier)) {
            (pg_sys::TIMESTAMPOID | pg_sys::TIMESTAMPTZOID, Ok(digits @ 0..=6)) => Some(10_u32.pow(6 - digits)),
            _ => None,
        };
        let spelling = expression::spelling(self.base, self.modifier, self.collation);
        let folds_case = matches!(spelling, check::Spelling::Cases | check::Spelling::Collated);
        let scale = numeric.map(|(_, scale)| scale.try_into().unwrap_or(0));
        check::Fit { characters, range, step, scale, folds_case }
    }
}

/// Locks the table against changes of its structure and gives the types of its columns.
/// Errors: 42P01 when it is gone, 55000 when it is not what the plan was made for.
fn lock(table: &TablePlan) -> Result<Vec<ColumnType>, Report> {
    let changed = || {
        error(
            PgSqlErrorCode::ERRCODE_OBJECT_NOT_IN_PREREQUISITE_STATE,
            format!("table {} was changed while the dump began", table.sql_name),
        )
        .set_hint("Run the dump again.")
    };
    let oid = pg_sys::Oid::from(table.oid);
    // SAFETY: takes a lock that the transaction keeps, then looks at what is under it.
    let kind = unsafe {
        pg_sys::LockRelationOid(oid, pg_sys::AccessShareLock as i32);
        pg_sys::get_rel_relkind(oid)
    };
    if kind as u8 != pg_sys::RELKIND_RELATION {
        return Err(changed());
    }
    // SAFETY: the relation exists and is locked.
    let relation = unsafe { PgRelation::open(oid) };
    let descriptor: PgTupleDesc = relation.tuple_desc();
    let mut types = Vec::with_capacity(table.columns.len());
    for column in &table.columns {
        let index = usize::try_from(column.number - 1).map_err(|_| changed())?;
        let attribute = descriptor.get(index).ok_or_else(changed)?;
        // SAFETY: a NameData is a C string.
        let name = unsafe { std::ffi::CStr::from_ptr(attribute.attname.data.as_ptr()) };
        if attribute.attisdropped || datum::to_string(name.to_bytes()) != column.name {
            return Err(changed());
        }
        let (base, modifier) = rule::base_type(attribute.atttypid, attribute.atttypmod);
        types.push(ColumnType { declared: attribute.atttypid, base, modifier, collation: attribute.attcollation });
    }
    Ok(types)
}

/// Checks and analyses the rule of one column.
fn analyse(table: &TablePlan, index: usize, types: &[ColumnType]) -> Result<rule::Expression, Report> {
    let column = &table.columns[index];
    let name = column_name(table, column);
    rule::check_expression(column.rule.as_deref().unwrap_or_default(), &format!("rule for {name}"))?;
    let Some(query) = table.rule_select(column) else { unreachable!("only columns with a rule are analysed") };
    let start = query.from_dictionary.map_or(0, |r| r.start);
    rule::analyse(&query.text, start, &types[index].target(table, &name))
}

/// Checks the rule of the column with this index in `table.columns`, and says how it will be run: `native` on the bytes
/// of the row, `sql` by PostgreSQL's executor, or `constant`, once; and what is known of its values.
/// Errors: those of `rule`.
pub fn check_column(table: &TablePlan, index: usize) -> Result<(&'static str, check::Rule), Report> {
    let types = lock(table)?;
    let analysed = analyse(table, index, &types)?;
    let method = match analysed.method {
        Some(Method::Constant(_)) => "constant",
        Some(_) => "native",
        None => "sql",
    };
    let not_null = |number: i16| table.columns.iter().any(|column| column.number == number && column.not_null);
    let expression = match analysed.needs_select {
        true => expression::unknown(),
        // SAFETY: the expression has just been analysed over this table.
        false => unsafe { expression::describe(analysed.unfitted, table.columns[index].number, &not_null) },
    };
    Ok((method, check::Rule { expression, fit: types[index].fit() }))
}

/// Locks the table against changes of its structure. Errors: 42P01 when it is gone, 55000 when it is not what the plan was made
/// for.
pub fn lock_table(table: &TablePlan) -> Result<(), Report> {
    lock(table).map(drop)
}

/// Checks what a table's rule says beside its columns: the condition, `raw_sql`, and that all of it is one query.
/// Errors: those of `rule`.
pub fn check_table(table: &TablePlan) -> Result<(), Report> {
    let prepared = prepare(table, [None, None], &Page::default())?;
    let plan = row_writer::protect(&table.sql_name, None, prepared.runs_sql, || prepared.select.plan())?;
    prepared.select.check_rights(plan, &format!("rule for table {}", table.sql_name))
}

/// Makes the SELECT and the columns; `blocks` limits it to a part of the table, `page` to some of
/// its rows. What it allocates belongs to the current
/// memory context. Errors: those of `rule`; 0A000 for a part of a table with `raw_sql`.
pub fn prepare(table: &TablePlan, blocks: Blocks, page: &Page) -> Result<Prepared, Report> {
    let types = lock(table)?;
    if table.raw_sql.is_some() {
        return prepare_raw(table, &types, blocks, page);
    }
    if let Some(condition) = &table.condition {
        rule::check_expression(condition, &format!("sql_condition for table {}", table.sql_name))?;
    }
    // The attribute number of each column of the SELECT; NULL rules read further (generated) columns.
    let mut read: Vec<i16> = table.columns.iter().map(|c| c.number).collect();
    let mut expressions = Vec::with_capacity(table.columns.len());
    for (index, column) in table.columns.iter().enumerate() {
        let expression = match column.rule {
            Some(_) => Some(analyse(table, index, &types)?),
            None => None,
        };
        if let Some(e) = expression.as_ref().filter(|e| !e.needs_select) {
            // SAFETY: the expression has just been analysed over this table.
            for number in unsafe { rule::columns_read(e.node) } {
                if !read.contains(&number) {
                    read.push(number);
                }
            }
        }
        expressions.push(expression);
    }
    let mut extra: Vec<String> =
        read[table.columns.len()..].iter().map(|number| attribute_name(table, *number)).collect();
    let mut extra_types = vec![None; extra.len()];
    let mut columns = Vec::with_capacity(table.columns.len());
    for ((index, column), expression) in table.columns.iter().enumerate().zip(expressions) {
        let masked = expression.is_some();
        let source = match expression {
            None => Source::Plain(index),
            Some(e) if e.needs_select => {
                let position = table.columns.len() + extra.len();
                extra.push(rule_expression(column));
                extra_types.push(Some(types[index].base));
                fitted(table, index, &types[index], position)?
            }
            Some(Expression { method: Some(method), .. }) => native_source(method, &read),
            // SAFETY: as above.
            Some(e) => Source::Expression(unsafe { rule::over_row(e.node, &read) }),
        };
        columns.push(output(column, &types[index], source, masked));
    }
    let select = table.select(&extra, blocks[0], blocks[1], page).map_err(|p| problem_report(&p))?.text;
    let mut expected: Vec<Option<pg_sys::Oid>> = types.iter().map(|t| Some(t.declared)).collect();
    expected.extend(extra_types);
    let expected = Expected { relation: Some((table.oid.into(), pg_sys::RELKIND_RELATION)), types: expected };
    let what = match table.condition {
        Some(_) => format!("sql_condition for table {}", table.sql_name),
        None => format!("table {}", table.sql_name),
    };
    let select = query::check(&select, &what, &expected)?;
    let runs_sql = table.condition.is_some()
        || expected.types.len() > read.len()
        || columns.iter().any(|c| matches!(c.source, Source::Expression(_)));
    Ok(Prepared { select, width: expected.types.len(), columns, runs_sql })
}

impl Prepared {
    /// Writes the values behind the columns once more, as the table holds them, each in the order of the plan. Only for a table
    /// whose rows are read from itself: a `raw_sql` has nothing that its rows were before.
    pub fn with_originals(mut self, table: &TablePlan) -> Result<Self, Report> {
        for (index, kind) in lock(table)?.iter().enumerate() {
            // The SELECT reads the columns as they are, in this order, before anything else.
            self.columns.push(output(&table.columns[index], kind, Source::Plain(index), false));
        }
        Ok(self)
    }
}

fn prepare_raw(table: &TablePlan, types: &[ColumnType], blocks: Blocks, page: &Page) -> Result<Prepared, Report> {
    let what = format!("raw_sql for table {}", table.sql_name);
    let values = rule::check_query(table.raw_sql.as_deref().unwrap_or_default(), table.columns.len(), &what)?;
    let mut columns = Vec::with_capacity(table.columns.len());
    for ((index, column), value) in table.columns.iter().enumerate().zip(values) {
        let name = column_name(table, column);
        let target = types[index].target(table, &name);
        // SAFETY: the value is an expression of the query that has just been analysed.
        unsafe { rule::check_no_domain(value, &target, &format!("raw_sql for {name}"))? };
        let source = fitted(table, index, &types[index], index)?;
        columns.push(output(column, &types[index], source, true));
    }
    let select = table.select(&[], blocks[0], blocks[1], page).map_err(|p| problem_report(&p))?.text;
    let expected = Expected { relation: None, types: types.iter().map(|t| Some(t.base)).collect() };
    let select = query::check(&select, &what, &expected)?;
    Ok(Prepared { select, width: table.columns.len(), columns, runs_sql: true })
}

/// What gives a column's value without the executor, from a row that holds the attributes `read`.
fn native_source(method: Method, read: &[i16]) -> Source {
    let found = |number: i16| read.iter().position(|n| *n == number).filter(|_| number > 0);
    // Every column that a rule reads is among those of the SELECT.
    let place = |number: i16| found(number).unwrap_or_else(|| unreachable!("the rule reads column {number}"));
    let places = |number: usize| place(number as i16);
    let boxed = |method: Method| Box::new(native_source(method, read));
    match method {
        Method::Constant(value) => Source::Constant(value),
        Method::Column(number) => Source::Plain(place(number)),
        Method::Text(mask, number, input, modifier) => Source::Text { mask, position: found(number), input, modifier },
        Method::Choice(choice, number, elements) => Source::Choice { choice, position: found(number), elements },
        Method::Pseudo(drawn, mut value, kind) => {
            value.renumber(&places);
            Source::Pseudo { drawn, value, kind }
        }
        Method::Scalar(mask, number, kind) => Source::Scalar { mask, position: found(number), kind },
        Method::Formula(mut fitted) => {
            fitted.formula.renumber(&places);
            Source::Formula(fitted)
        }
        Method::Shift(mut shifted) => {
            shifted.person.renumber(&places);
            let position = place(shifted.column);
            Source::Shift { shifted, position }
        }
        Method::Structured(mask, number) => Source::Structured { mask, position: place(number) },
        Method::Case { arms, otherwise, all } => {
            let arms = arms.into_iter().map(|(mut condition, method)| {
                condition.renumber(&places);
                (condition, native_source(method, read))
            });
            Source::Case { arms: arms.collect(), otherwise: boxed(*otherwise), all }
        }
        Method::NullIf(share, method) => Source::NullIf(share, boxed(*method)),
    }
}

/// For a value that the SELECT gives: what makes it fit the column's length, where it has one.
fn fitted(table: &TablePlan, index: usize, column: &ColumnType, position: usize) -> Result<Source, Report> {
    let name = column_name(table, &table.columns[index]);
    let target = column.target(table, &name);
    if column.modifier < 0 {
        return Ok(Source::Plain(position));
    }
    // SAFETY: the variable stands for a column of the SELECT, whose value has been cast to the base type.
    unsafe {
        let number = position as i16 + 1;
        let variable = pg_sys::makeVar(1, number, column.base, -1, column.collation, 0);
        rule::with_length(variable.cast(), &target, &format!("rule for {name}")).map(Source::Expression)
    }
}

fn output(column: &ColumnPlan, kind: &ColumnType, source: Source, masked: bool) -> OutputColumn {
    // What the table holds has been limited when it was stored.
    let type_modifier = if masked { kind.modifier } else { -1 };
    let (type_oid, not_null) = (kind.base, column.not_null);
    OutputColumn { sql_name: column.sql_name.clone(), source, masked, not_null, type_oid, type_modifier }
}

/// A rule as a column of the SELECT, on lines of its own so that a comment in it ends there.
fn rule_expression(column: &ColumnPlan) -> String {
    format!("(\n{}\n)::{}", column.rule.as_deref().unwrap_or_default(), column.type_name)
}

/// The quoted name of a column that is not among those of the plan: a generated one.
fn attribute_name(table: &TablePlan, number: i16) -> String {
    // SAFETY: gives palloc'd C strings for a column that the analysis has found.
    unsafe {
        let name = pg_sys::get_attname(pg_sys::Oid::from(table.oid), number, false);
        datum::to_string(std::ffi::CStr::from_ptr(pg_sys::quote_identifier(name)).to_bytes())
    }
}
