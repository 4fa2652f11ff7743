//! The SQL functions that find sensitive columns. What they give are counts, names and rules, and never a value.

mod reader;

use crate::catalog;
use crate::datum::{JsonArg, Relation, Text, TextArg};
use crate::error::{Report, error};
use crate::settings::{self, Settings};
use pg_anon_core::dictionary::{Dictionary, MaskError};
use pg_anon_core::scan::{ColumnScan, MetaDictionary, Prepared, ScanColumn, ScanTable, Scanner, Verdict};
use pgrx::pg_sys::panic::ErrorReport;
use pgrx::prelude::*;
use reader::Sample;
use std::collections::{BTreeMap, HashMap};

/// What has been looked at in a part of a table, as it goes from one connection to another.
#[derive(serde::Serialize, serde::Deserialize)]
struct Part {
    relation: u32,
    columns: BTreeMap<i16, ColumnScan>,
}

/// How much is read of each table.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Mode {
    /// Every row.
    Full,
    /// A sample of so many rows.
    Partial(u64),
    /// Nothing: names decide.
    Names,
}

impl Mode {
    /// Errors: 22023.
    fn new(mode: Option<TextArg>, rows: Option<i64>) -> Result<Mode, Report> {
        let refused = |message: String, hint: &str| {
            Err(error(PgSqlErrorCode::ERRCODE_INVALID_PARAMETER_VALUE, message).set_hint(hint))
        };
        match mode.map(|mode| mode.string()).as_deref() {
            Some("full") => Ok(Mode::Full),
            Some("names") => Ok(Mode::Names),
            None | Some("partial") => match rows.unwrap_or(10_000) {
                rows @ 1.. => Ok(Mode::Partial(rows as u64)),
                _ => refused("scan_rows is less than 1".to_owned(), "Give the number of rows of each table's sample."),
            },
            Some(other) => {
                refused(format!("there is no scan mode \"{other}\""), "The modes are full, partial and names.")
            }
        }
    }
}

/// A JSON argument as a dictionary; NULL is an empty one. Errors: 22P02, 22023.
fn parse(name: &str, json: Option<JsonArg>) -> Result<serde_json::Value, Report> {
    let Some(json) = json else { return Ok(serde_json::Value::Null) };
    let value: serde_json::Value = serde_json::from_str(&json.0).map_err(|e| {
        error(PgSqlErrorCode::ERRCODE_INVALID_TEXT_REPRESENTATION, format!("the argument {name} is not JSON: {e}"))
    })?;
    if !value.is_object() {
        let message = format!("the argument {name} is not a JSON object");
        return Err(error(PgSqlErrorCode::ERRCODE_INVALID_PARAMETER_VALUE, message)
            .set_hint("Give a dictionary, or NULL for none."));
    }
    Ok(value)
}

/// Errors: 22P02 and 22023 for what is not a dictionary.
fn scanner(meta: Option<JsonArg>, sensitive: Option<JsonArg>, salt: Option<TextArg>) -> Result<Scanner, Report> {
    let invalid = |e: pg_anon_core::dictionary::DictionaryError| {
        error(PgSqlErrorCode::ERRCODE_INVALID_PARAMETER_VALUE, e.to_string())
    };
    let (meta, sensitive) = (parse("meta", meta)?, parse("sensitive", sensitive)?);
    let meta = MetaDictionary::merge([("meta", &meta)]).map_err(invalid)?;
    let sensitive = Dictionary::merge([("sensitive", &sensitive)]).map_err(invalid)?;
    let salt = salt.map_or_else(|| format!("{:032x}", rand::random::<u128>()), |salt| salt.string());
    Ok(Scanner::new(meta, sensitive, &salt))
}

fn mask_error(e: MaskError) -> Report {
    error(PgSqlErrorCode::ERRCODE_INVALID_PARAMETER_VALUE, e.to_string())
}

/// A table with the columns whose values must be looked at.
struct Work<'a> {
    table: &'a ScanTable,
    columns: Vec<&'a ScanColumn>,
}

/// What must be read: every table with a column that is not decided without its values. Errors: 42501 for all tables among them that
/// the user may not read, or of which row security would hide rows.
fn work<'a>(scanner: &Scanner, tables: &'a [ScanTable]) -> Result<Vec<Work<'a>>, Report> {
    let by_oid: HashMap<u32, &ScanTable> = tables.iter().map(|table| (table.oid, table)).collect();
    let mut all = Vec::new();
    let mut refused = Vec::new();
    for table in tables.iter().filter(|table| table.kind == "r") {
        let ancestors: Vec<&ScanTable> = table.ancestors.iter().filter_map(|oid| by_oid.get(oid).copied()).collect();
        let mut columns = Vec::new();
        for column in &table.columns {
            if scanner.prepare(table, &ancestors, column).map_err(mask_error)? == Prepared::Undecided {
                columns.push(column);
            }
        }
        if columns.is_empty() {
            continue;
        }
        if !table.readable {
            refused.push(format!("permission denied for table {}", table.sql_name));
        } else if table.row_security {
            refused.push(format!("row security hides rows of table {}", table.sql_name));
        }
        all.push(Work { table, columns });
    }
    if scanner.meta().runs_sql() && !all.is_empty() {
        catalog::check_schema();
    }
    let Some(first) = refused.first() else { return Ok(all) };
    let report = error(PgSqlErrorCode::ERRCODE_INSUFFICIENT_PRIVILEGE, first.clone()).set_hint(
        "What cannot be read cannot be judged. Scan as a role with pg_read_all_data and BYPASSRLS, or leave the table out with \
         skip_rules.",
    );
    Err(if refused.len() > 1 { report.set_detail(refused.join("\n")) } else { report })
}

type VerdictRow = (
    name!(relation, Relation),
    name!(schema_name, Text),
    name!(table_name, Text),
    name!(column_name, Text),
    name!(column_type, Text),
    name!(verdict, Text),
    name!(rule, Option<Text>),
    name!(found_by, Text),
    name!(reason, Text),
    name!(confidence, f64),
    name!(values_seen, i64),
    name!(values_matched, i64),
);

/// The verdicts as rows, in the order of schema, table and column, made one by one as they are asked for: a database may have a
/// hundred thousand columns.
fn rows(tables: Vec<ScanTable>, verdicts: Vec<Verdict>) -> impl Iterator<Item = VerdictRow> {
    let count = |count: u64| i64::try_from(count).unwrap_or(i64::MAX);
    // Verdicts come in the order of the tables and their columns.
    let (mut table_at, mut column_at) = (0, 0);
    verdicts.into_iter().map_while(move |v| {
        loop {
            let table = tables.get(table_at)?;
            let Some(column) = table.columns.get(column_at) else {
                (table_at, column_at) = (table_at + 1, 0);
                continue;
            };
            column_at += 1;
            if (table.oid, column.number) == (v.table, v.column) {
                return Some((
                    Relation(v.table.into()),
                    table.schema.as_str().into(),
                    table.name.as_str().into(),
                    column.name.as_str().into(),
                    column.type_name.as_str().into(),
                    if v.sensitive { "sensitive" } else { "not_sensitive" }.into(),
                    v.rule.map(Text::from),
                    v.found_by.into(),
                    v.reason.into(),
                    (v.confidence * 100.0).round() / 100.0,
                    count(v.values),
                    count(v.matched),
                ));
            }
        }
    })
}

/// Settings under which values are read: those of rules, and every scan of a table in the order of its blocks.
fn reading() -> Settings {
    let settings = Settings::for_rules(None);
    settings::set("synchronize_seqscans", "off");
    settings
}

/// What is sensitive in this database, one row a column, with the rule that masks it.
/// Errors: 22P02 and 22023 for arguments; 42501 when the user may not read a table; those of functions and conditions of the
/// meta-dictionary.
#[pg_extern(volatile, parallel_unsafe)]
#[allow(clippy::type_complexity)]
fn scan(
    meta: default!(Option<JsonArg>, "NULL"),
    sensitive: default!(Option<JsonArg>, "NULL"),
    scan_mode: default!(Option<TextArg>, "'partial'"),
    scan_rows: default!(Option<i64>, "10000"),
    seed: default!(Option<i64>, "0"),
    salt: default!(Option<TextArg>, "NULL"),
) -> Result<
    TableIterator<
        'static,
        (
            name!(relation, Relation),
            name!(schema_name, Text),
            name!(table_name, Text),
            name!(column_name, Text),
            name!(column_type, Text),
            name!(verdict, Text),
            name!(rule, Option<Text>),
            name!(found_by, Text),
            name!(reason, Text),
            name!(confidence, f64),
            name!(values_seen, i64),
            name!(values_matched, i64),
        ),
    >,
    ErrorReport,
> {
    let mode = Mode::new(scan_mode, scan_rows)?;
    let scanner = scanner(meta, sensitive, salt)?;
    let _settings = reading();
    let tables = catalog::scan_tables(None, mode != Mode::Names);
    let mut scans = HashMap::new();
    if mode != Mode::Names {
        for Work { table, columns } in work(&scanner, &tables)? {
            let sample = Sample { rows: sample_rows(mode), seed: seed.unwrap_or(0), blocks: [None, None] };
            for (number, scan) in reader::read(&scanner, table, &columns, &sample)? {
                scans.insert((table.oid, number), scan);
            }
        }
    }
    let verdicts = scanner.verdicts(&tables, &scans).map_err(mask_error)?;
    Ok(TableIterator::new(rows(tables, verdicts)))
}

fn sample_rows(mode: Mode) -> Option<u64> {
    match mode {
        Mode::Partial(rows) => Some(rows),
        Mode::Full | Mode::Names => None,
    }
}

/// The tables that a scan must read, the largest first: for a client that reads them over several connections.
/// Errors: as for `scan`.
#[pg_extern(volatile, parallel_unsafe)]
#[allow(clippy::type_complexity)]
fn scan_plan(
    meta: default!(Option<JsonArg>, "NULL"),
    sensitive: default!(Option<JsonArg>, "NULL"),
) -> Result<
    TableIterator<
        'static,
        (
            name!(relation, Relation),
            name!(schema_name, Text),
            name!(table_name, Text),
            name!(columns, Vec<Text>),
            name!(estimated_rows, i64),
            name!(blocks, Option<i64>),
        ),
    >,
    ErrorReport,
> {
    let scanner = scanner(meta, sensitive, None)?;
    let _settings = reading();
    let tables = catalog::scan_tables(None, true);
    let mut work = work(&scanner, &tables)?;
    work.sort_by_key(|work| std::cmp::Reverse((work.table.blocks, work.table.rows)));
    let rows: Vec<_> = work
        .into_iter()
        .map(|Work { table, columns }| {
            (
                Relation(table.oid.into()),
                Text::from(table.schema.as_str()),
                Text::from(table.name.as_str()),
                columns.iter().map(|column| Text::from(column.name.as_str())).collect::<Vec<_>>(),
                table.rows,
                table.blocks,
            )
        })
        .collect();
    Ok(TableIterator::new(rows))
}

/// What a part of one table shows, for `scan_verdicts`: counts alone. The part is the blocks from `first_block` up to, but without,
/// `end_block`. Errors: as for `scan`; 42809 for what is no table that can be scanned.
#[pg_extern(volatile, parallel_unsafe)]
#[allow(clippy::too_many_arguments)]
fn scan_part(
    relation: Option<Relation>,
    meta: default!(Option<JsonArg>, "NULL"),
    sensitive: default!(Option<JsonArg>, "NULL"),
    scan_mode: default!(Option<TextArg>, "'partial'"),
    scan_rows: default!(Option<i64>, "10000"),
    seed: default!(Option<i64>, "0"),
    first_block: default!(Option<i64>, "NULL"),
    end_block: default!(Option<i64>, "NULL"),
) -> Result<Option<Text>, ErrorReport> {
    let relation =
        relation.ok_or_else(|| error(PgSqlErrorCode::ERRCODE_NULL_VALUE_NOT_ALLOWED, "the relation is NULL"))?;
    let mode = Mode::new(scan_mode, scan_rows)?;
    let scanner = scanner(meta, sensitive, None)?;
    let blocks =
        [crate::dump::block_number("first_block", first_block)?, crate::dump::block_number("end_block", end_block)?];
    let _settings = reading();
    // Ancestors say what is decided.
    let mut only = vec![relation.0];
    only.extend(catalog::ancestors(relation.0));
    let tables = catalog::scan_tables(Some(only), true);
    let is_table = tables.iter().any(|table| table.oid == u32::from(relation.0) && table.kind == "r");
    if !is_table {
        return Err(error(
            PgSqlErrorCode::ERRCODE_WRONG_OBJECT_TYPE,
            format!("{} is not a table whose rows can be scanned", relation.name()),
        )
        .into());
    }
    let mut part = Part { relation: relation.0.into(), columns: BTreeMap::new() };
    let mine = |work: &Work| work.table.oid == part.relation && mode != Mode::Names;
    if let Some(Work { table, columns }) = work(&scanner, &tables)?.into_iter().find(mine) {
        let sample = Sample { rows: sample_rows(mode), seed: seed.unwrap_or(0), blocks };
        part.columns.extend(reader::read(&scanner, table, &columns, &sample)?);
    }
    let json = serde_json::to_string(&part)
        .map_err(|e| error(PgSqlErrorCode::ERRCODE_INTERNAL_ERROR, format!("counts cannot be written: {e}")))?;
    Ok(Some(json.into()))
}

/// The verdicts over all parts, as `scan` gives them. `parts` is a JSON array of what `scan_part` gave.
/// Errors: as for `scan`; 22023 for what is no such array.
#[pg_extern(volatile, parallel_unsafe)]
#[allow(clippy::type_complexity)]
fn scan_verdicts(
    parts: Option<JsonArg>,
    meta: default!(Option<JsonArg>, "NULL"),
    sensitive: default!(Option<JsonArg>, "NULL"),
    salt: default!(Option<TextArg>, "NULL"),
) -> Result<
    TableIterator<
        'static,
        (
            name!(relation, Relation),
            name!(schema_name, Text),
            name!(table_name, Text),
            name!(column_name, Text),
            name!(column_type, Text),
            name!(verdict, Text),
            name!(rule, Option<Text>),
            name!(found_by, Text),
            name!(reason, Text),
            name!(confidence, f64),
            name!(values_seen, i64),
            name!(values_matched, i64),
        ),
    >,
    ErrorReport,
> {
    let scanner = scanner(meta, sensitive, salt)?;
    let _settings = reading();
    let parts: Vec<Part> = serde_json::from_str(parts.as_ref().map_or("[]", |json| &json.0)).map_err(|e| {
        let message = format!("the argument parts is not an array of what scan_part gives: {e}");
        error(PgSqlErrorCode::ERRCODE_INVALID_PARAMETER_VALUE, message)
    })?;
    // How many rows a table has says whether hashes keep them apart; where none was read, the estimates have to do.
    let tables = catalog::scan_tables(None, !parts.is_empty());
    let mut scans: HashMap<(u32, i16), ColumnScan> = HashMap::new();
    for part in parts {
        for (number, scan) in part.columns {
            let key = (part.relation, number);
            match scans.get_mut(&key) {
                Some(known) => known.merge(&scan),
                None => {
                    scans.insert(key, scan);
                }
            }
        }
    }
    let verdicts = scanner.verdicts(&tables, &scans).map_err(mask_error)?;
    Ok(TableIterator::new(rows(tables, verdicts)))
}
