//! What planning must know of the database, read through SPI. The queries are files that run in psql as well.
//! They run under `Settings::for_rules`, so that every name and operator in them is PostgreSQL's own.

use crate::datum::TextArg;
use crate::error::{Report, error, raise};
use crate::query::{self, Expected};
use crate::settings::Settings;
use pg_anon_core::check::literals::Text;
use pg_anon_core::check::{Constraints, ForeignKey};
use pg_anon_core::plan::Table;
use pg_anon_core::scan::ScanTable;
use pgrx::datum::DatumWithOid;
use pgrx::prelude::*;

/// A sequence whose value is dumped.
#[derive(serde::Deserialize)]
pub struct Sequence {
    /// Its oid.
    pub oid: u32,
    /// Its name, schema-qualified and quoted.
    pub sql_name: String,
    /// Whether the user may read its value.
    pub readable: bool,
}

/// The first column of a query, whose type is text, of every row.
pub fn texts(query: &str, arguments: &[DatumWithOid]) -> Vec<String> {
    let _settings = Settings::for_catalogs();
    Spi::connect(|client| {
        let rows = client.select(query, None, arguments)?;
        rows.map(|row| Ok(row.get::<TextArg>(1)?.map(|t| t.string()).unwrap_or_default())).collect::<spi::Result<_>>()
    })
    .unwrap_or_else(|e: spi::Error| raise(error(PgSqlErrorCode::ERRCODE_INTERNAL_ERROR, e.to_string())))
}

fn documents<T: serde::de::DeserializeOwned>(query: &str, arguments: &[DatumWithOid]) -> Vec<T> {
    let parse = |document: String| {
        serde_json::from_str(&document).unwrap_or_else(|e| {
            raise(error(PgSqlErrorCode::ERRCODE_INTERNAL_ERROR, format!("unexpected answer of a catalog query: {e}")))
        })
    };
    texts(query, arguments).into_iter().map(parse).collect()
}

/// The tables that can be dumped, and those that rules may name; `only`: none but this one.
pub fn tables(only: Option<pg_sys::Oid>) -> Vec<Table> {
    let only = only.map(|oid| vec![oid]);
    documents(include_str!("../sql/tables.sql"), &[only.into()])
}

/// What the rows of some tables must obey.
pub fn constraints(tables: Vec<pg_sys::Oid>) -> Vec<Constraints> {
    documents(include_str!("../sql/constraints.sql"), &[tables.into()])
}

/// The foreign keys in which some tables, or the partitioned tables that they are parts of, are an end.
pub fn foreign_keys(tables: Vec<pg_sys::Oid>) -> Vec<ForeignKey> {
    documents(include_str!("../sql/foreign_keys.sql"), &[tables.into()])
}

/// The texts of the structure that concern some columns, each given by its table and its number, and those of functions.
pub fn texts_of_structure(tables: Vec<pg_sys::Oid>, columns: Vec<i16>) -> Vec<Text> {
    documents(include_str!("../sql/texts.sql"), &[tables.into(), columns.into()])
}

/// The tables that can be scanned; `only`: none but these.
pub fn scan_tables(only: Option<Vec<pg_sys::Oid>>) -> Vec<ScanTable> {
    documents(include_str!("../sql/scan_tables.sql"), &[only.into()])
}

/// The partitioned tables above a partition.
pub fn ancestors(relation: pg_sys::Oid) -> Vec<pg_sys::Oid> {
    let query = "SELECT relid::oid::text FROM pg_partition_ancestors($1) AS up (relid) WHERE relid <> $1";
    let oids = texts(query, &[relation.into()]);
    oids.iter().filter_map(|oid| oid.parse::<u32>().ok()).map(pg_sys::Oid::from).collect()
}

/// The sequences that can be dumped.
pub fn sequences() -> Vec<Sequence> {
    documents(include_str!("../sql/sequences.sql"), &[])
}

/// The last value of a sequence, and whether it has been given out. Errors: 55000 when its name means another one by now.
pub fn sequence_state(sequence: &Sequence) -> Result<(i64, bool), Report> {
    let oid = pg_sys::Oid::from(sequence.oid);
    // SAFETY: takes a lock that the transaction keeps.
    unsafe { pg_sys::LockRelationOid(oid, pg_sys::AccessShareLock as i32) };
    let expected = Expected {
        relation: Some((oid, pg_sys::RELKIND_SEQUENCE)),
        types: vec![Some(pg_sys::INT8OID), Some(pg_sys::BOOLOID)],
    };
    // The name comes quoted from the server.
    let select = format!("SELECT last_value, is_called FROM {}", sequence.sql_name);
    let checked = query::check(&select, &format!("sequence {}", sequence.sql_name), &expected)?;
    let row = query::one_row(&checked)?;
    Ok((row[0].value() as i64, row[1].value() as u8 != 0))
}

/// Refuses to go on when somebody has put objects of his own into this extension's schema. Errors: 42501.
pub fn check_schema() {
    let foreign = texts(include_str!("../sql/foreign_objects.sql"), &[]);
    if !foreign.is_empty() {
        raise(
            error(
                PgSqlErrorCode::ERRCODE_INSUFFICIENT_PRIVILEGE,
                format!(
                    "schema anon_funcs holds what does not belong to the extension pg_anon: {}",
                    foreign.join(", ")
                ),
            )
            .set_hint(
                "Rules could call it instead of the extension's functions. Move it to a schema of its own (ALTER ... \
                 SET SCHEMA) and name that schema in rules.",
            ),
        );
    }
}
