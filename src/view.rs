//! The SQL functions that show beforehand what a dump will do: to the columns, and to some rows of a table.

use crate::catalog;
use crate::datum::{self, JsonArg, Relation, ServerText, Text, TextArg};
use crate::dump::{self, Request};
use crate::error::{Report, error, problem_report, raise};
use crate::row_writer::RowWriter;
use crate::select;
use crate::settings::{self, Settings};
use pg_anon_core::copytext;
use pg_anon_core::plan::{Action, Page, Severity, TablePlan};
use pgrx::pg_sys::panic::ErrorReport;
use pgrx::prelude::*;
use std::collections::HashMap;

/// What a dump will do with each column, in the order of schema, table and column. Columns that are generated are not dumped
/// and not listed. What is odd about the dictionary comes as warnings.
/// Errors: those of `dump_plan`; only warned about are tables that the user may not read, because no row is looked at, and a rule
/// that matches nothing, unless `allow_unmatched_rules` is false.
#[pg_extern(volatile, parallel_unsafe)]
#[allow(clippy::type_complexity)]
fn fields(
    dictionary: Option<JsonArg>,
    include: default!(Option<JsonArg>, "NULL"),
    exclude: default!(Option<JsonArg>, "NULL"),
    allow_unmatched_rules: default!(Option<bool>, "true"),
    rule_search_path: default!(Option<TextArg>, "NULL"),
    strict: default!(Option<bool>, "false"),
    non_sensitive: default!(Option<JsonArg>, "NULL"),
) -> Result<
    TableIterator<
        'static,
        (
            name!(relation, Relation),
            name!(schema_name, Text),
            name!(table_name, Text),
            name!(column_name, Text),
            name!(column_type, Text),
            name!(action, Text),
            name!(masked_by, Option<Text>),
            name!(rule, Option<Text>),
            name!(rule_source, Option<Text>),
            name!(rule_pattern, Option<Text>),
            name!(through, Option<Text>),
            name!(sql_condition, Option<Text>),
        ),
    >,
    ErrorReport,
> {
    let _settings = Settings::for_rules(rule_search_path.map(|path| path.string()).as_deref());
    let request = Request::new(dictionary, include, exclude, Some(allow_unmatched_rules.unwrap_or(true)))?
        .strictly(strict, non_sensitive)?;
    let mut plan = request.plan(false);
    for problem in plan.problems.iter_mut().filter(|problem| matches!(problem.code, "not_readable" | "row_security")) {
        problem.severity = Severity::Warning;
    }
    dump::stop_on_errors(&plan.problems)?;
    for problem in plan.problems.iter().filter(|problem| problem.severity == Severity::Warning) {
        ErrorReport::from(problem_report(problem)).report(PgLogLevel::WARNING);
    }
    let mut tables = plan.tables;
    tables.sort_by(|(a, _), (b, _)| (&a.schema, &a.name).cmp(&(&b.schema, &b.name)));
    let mut rows = Vec::new();
    for (table, methods) in &tables {
        let numbers = dump::masked_columns(table).filter(|_| table.action == Action::Data).map(|(_, c)| c.number);
        let methods: HashMap<i16, &str> = numbers.zip(methods.iter().copied()).collect();
        let some = |text: &Option<String>| text.as_deref().map(Text::from);
        for column in &table.columns {
            let masked_by = methods.get(&column.number).copied();
            let rule = table.raw_sql.as_deref().or(column.rule.as_deref()).filter(|_| table.action == Action::Data);
            let action = match (table.action, rule) {
                (Action::Excluded, _) => "excluded",
                (Action::Data, Some(_)) => "masked",
                (Action::Data, None) => "plain",
            };
            let taken_over = column.taken_over.as_ref();
            rows.push((
                Relation(table.oid.into()),
                table.schema.as_str().into(),
                table.name.as_str().into(),
                column.name.as_str().into(),
                column_type(table, column.number).into(),
                action.into(),
                masked_by.map(Text::from),
                rule.map(Text::from),
                some(&taken_over.map(|taken| taken.source.clone()).or_else(|| table.source.clone())),
                some(&taken_over.map(|taken| taken.pattern.clone()).or_else(|| table.pattern.clone())),
                some(&table.through),
                table.condition.as_deref().filter(|_| table.action == Action::Data).map(Text::from),
            ));
        }
    }
    Ok(TableIterator::new(rows))
}

/// A column's type with its modifier, as `\d` shows it; types that are not PostgreSQL's own with their schema.
fn column_type(table: &TablePlan, number: i16) -> String {
    let (mut type_oid, mut modifier, mut collation) = (pg_sys::InvalidOid, -1, pg_sys::InvalidOid);
    // SAFETY: a catalog look-up, which raises an error when the column is gone; format_type gives a palloc'd C string.
    unsafe {
        let relation = pg_sys::Oid::from(table.oid);
        pg_sys::get_atttypetypmodcoll(relation, number, &raw mut type_oid, &raw mut modifier, &raw mut collation);
        let text = pg_sys::format_type_with_typemod(type_oid, modifier);
        datum::to_string(std::ffi::CStr::from_ptr(text).to_bytes())
    }
}

/// Some masked rows of a table, as a dump would write them: by the primary key when there is one, else as they are stored.
/// With `before_after` the values that the table holds come beside them; they are NULL for a table with `raw_sql`, which has
/// none. Errors: those of `dump_rows`; 22023 for a negative limit or offset.
#[pg_extern(volatile, parallel_unsafe)]
#[allow(clippy::type_complexity, clippy::too_many_arguments)]
fn preview(
    relation: Option<Relation>,
    dictionary: Option<JsonArg>,
    row_limit: default!(Option<i64>, "100"),
    row_offset: default!(Option<i64>, "0"),
    before_after: default!(Option<bool>, "false"),
    rule_search_path: default!(Option<TextArg>, "NULL"),
    allow_unmatched_rules: default!(Option<bool>, "true"),
    fcinfo: pg_sys::FunctionCallInfo,
) -> Result<
    TableIterator<
        'static,
        (
            name!(row_number, i64),
            name!(column_names, Vec<Text>),
            name!(masked, Vec<bool>),
            name!(row_values, Vec<Option<ServerText>>),
            name!(original_values, Option<Vec<Option<ServerText>>>),
        ),
    >,
    ErrorReport,
> {
    let relation =
        relation.ok_or_else(|| error(PgSqlErrorCode::ERRCODE_NULL_VALUE_NOT_ALLOWED, "the relation is NULL"))?;
    let dictionary = dump::read_dictionary(dictionary)?;
    let limit = row_limit.map(|limit| count("row_limit", limit)).transpose()?;
    let offset = count("row_offset", row_offset.unwrap_or(0))?;
    let rule_search_path = rule_search_path.map(|path| path.string());
    let settings = Settings::for_rules(rule_search_path.as_deref());
    let table = dump::plan_relation(relation, &dictionary, None, allow_unmatched_rules.unwrap_or(true))?;
    let page = Page { order_by: order(&table), offset, limit };
    let with_originals = before_after.unwrap_or(false) && table.raw_sql.is_none();
    let mut prepared = select::prepare(&table, [None, None], &page)?;
    if with_originals {
        prepared = prepared.with_originals(&table)?;
    }
    // The order is one that an index has: who looks at a few rows never waits for a sort of all.
    for name in ["enable_sort", "enable_incremental_sort"] {
        settings::set(name, "off");
    }
    let mut lines = Lines { writer: RowWriter::open(prepared, &table.sql_name, fcinfo)?, text: Vec::new(), read: 0 };
    drop(settings);
    let names: Vec<String> = table.columns.iter().map(|column| column.name.clone()).collect();
    let masked: Vec<bool> =
        table.columns.iter().map(|column| column.rule.is_some() || table.raw_sql.is_some()).collect();
    let mut row_number = i64::try_from(offset).unwrap_or(i64::MAX);
    Ok(TableIterator::new(std::iter::from_fn(move || {
        let _settings = Settings::for_rules(rule_search_path.as_deref());
        let row = lines.next().unwrap_or_else(|report| raise(report))?;
        let mut values: Vec<Option<ServerText>> =
            copytext::split_row(&row).take(names.len() * 2).map(|value| value.map(ServerText)).collect();
        // The row of a table without columns is empty, and splits into one value.
        values.truncate(names.len() * if with_originals { 2 } else { 1 });
        let originals = with_originals.then(|| values.split_off(names.len()));
        row_number = row_number.saturating_add(1);
        Some((row_number, names.iter().map(|name| name.as_str().into()).collect(), masked.clone(), values, originals))
    })))
}

fn count(name: &str, number: i64) -> Result<u64, Report> {
    u64::try_from(number).map_err(|_| {
        error(PgSqlErrorCode::ERRCODE_INVALID_PARAMETER_VALUE, format!("{name} is negative"))
            .set_hint("Give a number of rows.")
    })
}

/// The columns of the primary key, qualified, so that nothing else in the SELECT can have the name.
fn order(table: &TablePlan) -> Vec<String> {
    let columns = catalog::texts(include_str!("../sql/primary_key.sql"), &[pg_sys::Oid::from(table.oid).into()]);
    columns.into_iter().map(|column| format!("{}.{column}", table.sql_name)).collect()
}

/// The rows of a stream of COPY text.
struct Lines {
    writer: RowWriter,
    text: Vec<u8>,
    /// How much of the text has been given.
    read: usize,
}

impl Lines {
    /// The next row, without its newline; None at the end.
    fn next(&mut self) -> Result<Option<Vec<u8>>, Report> {
        let mut searched = self.read;
        loop {
            if let Some(length) = memchr::memchr(b'\n', &self.text[searched..]) {
                let row = self.text[self.read..searched + length].to_vec();
                self.read = searched + length + 1;
                return Ok(Some(row));
            }
            self.text.drain(..self.read);
            self.read = 0;
            searched = self.text.len();
            match self.writer.next_chunk()? {
                Some(chunk) => self.text.extend_from_slice(&chunk),
                None => return Ok(None),
            }
        }
    }
}
