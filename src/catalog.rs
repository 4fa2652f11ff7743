//! What planning must know of the database, read through SPI. The queries are files that run in psql as well.
//! They run under `Settings::for_rules`, so that every name and operator in them is PostgreSQL's own.

use std::collections::HashMap;

use crate::datum::{Text as ServerText, TextArg};
use crate::error::{Report, error, raise};
use crate::query::{self, Expected};
use crate::settings::Settings;
use pg_anon_core::check::literals::Text;
use pg_anon_core::check::{Constraints, ForeignKey};
use pg_anon_core::plan::{Table, TableKey, TableName};
use pg_anon_core::scan::{ForeignKey as ForeignColumn, ScanColumn, ScanTable, join_keys};
use pgrx::datum::DatumWithOid;
use pgrx::prelude::*;
use pgrx::spi::SpiClient;

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

/// The first columns of a query, whose type is text, of every row.
fn answer<const N: usize>(query: &str, arguments: &[DatumWithOid]) -> Vec<[String; N]> {
    let _settings = Settings::for_catalogs();
    let read = |client: &SpiClient| {
        let rows = client.select(query, None, arguments)?;
        let mut read = Vec::with_capacity(rows.len());
        for row in rows {
            let mut texts = [const { String::new() }; N];
            for (number, text) in texts.iter_mut().enumerate() {
                *text = row.get::<TextArg>(number + 1)?.map(|t| t.string()).unwrap_or_default();
            }
            read.push(texts);
        }
        Ok(read)
    };
    Spi::connect(read)
        .unwrap_or_else(|e: spi::Error| raise(error(PgSqlErrorCode::ERRCODE_INTERNAL_ERROR, e.to_string())))
}

/// The first column of a query, whose type is text, of every row.
pub fn texts(query: &str, arguments: &[DatumWithOid]) -> Vec<String> {
    answer(query, arguments).into_iter().map(|[text]| text).collect()
}

fn parsed<T: serde::de::DeserializeOwned>(document: &str) -> T {
    serde_json::from_str(document).unwrap_or_else(|e| {
        raise(error(PgSqlErrorCode::ERRCODE_INTERNAL_ERROR, format!("unexpected answer of a catalog query: {e}")))
    })
}

fn documents<T: serde::de::DeserializeOwned>(query: &str, arguments: &[DatumWithOid]) -> Vec<T> {
    texts(query, arguments).iter().map(|document| parsed(document)).collect()
}

/// What `table_parents.sql` says of a table.
#[derive(serde::Deserialize)]
struct Parents {
    oid: u32,
    ancestors: Vec<TableName>,
    load_root: Option<String>,
    root: Option<String>,
    partition_key: Vec<String>,
    inherits: Vec<TableName>,
}

/// What `table_keys.sql` says of a table.
#[derive(serde::Deserialize)]
struct Keys {
    oid: u32,
    foreign_keys: Vec<TableKey>,
}

/// The tables that can be dumped, and those that rules may name; `only`: none but these.
pub fn tables(only: Option<Vec<pg_sys::Oid>>) -> Vec<Table> {
    let (mut tables, mut children, mut referring) = (Vec::new(), Vec::new(), Vec::new());
    for [document, has_parents, has_keys] in answer(include_str!("../sql/tables.sql"), &[only.into()]) {
        let table: Table = parsed(&document);
        if has_parents == "true" {
            children.push(pg_sys::Oid::from(table.oid));
        }
        if has_keys == "true" {
            referring.push(pg_sys::Oid::from(table.oid));
        }
        tables.push(table);
    }
    let mut parents = HashMap::new();
    if !children.is_empty() {
        let known: Vec<Parents> = documents(include_str!("../sql/table_parents.sql"), &[children.into()]);
        parents.extend(known.into_iter().map(|parents| (parents.oid, parents)));
    }
    let mut keys = HashMap::new();
    if !referring.is_empty() {
        let known: Vec<Keys> = documents(include_str!("../sql/table_keys.sql"), &[referring.into()]);
        keys.extend(known.into_iter().map(|keys| (keys.oid, keys.foreign_keys)));
    }
    for table in &mut tables {
        if let Some(known) = parents.remove(&table.oid) {
            table.ancestors = known.ancestors;
            table.load_root = known.load_root;
            table.root = known.root;
            table.partition_key = known.partition_key;
            table.inherits = known.inherits;
        }
        table.foreign_keys = keys.remove(&table.oid).unwrap_or_default();
    }
    tables
}

/// The OIDs of tables that are given by schema and name, of those that there are.
pub fn oids_of(names: &[(String, String)]) -> Vec<pg_sys::Oid> {
    let (schemas, tables): (Vec<ServerText>, Vec<ServerText>) =
        names.iter().map(|(schema, table)| (schema.as_str().into(), table.as_str().into())).unzip();
    let query = "SELECT c.oid::text FROM unnest($1, $2) AS wanted (schema, name) \
                 JOIN pg_namespace n ON n.nspname = wanted.schema \
                 JOIN pg_class c ON c.relnamespace = n.oid AND c.relname = wanted.name";
    read_oids(&texts(query, &[schemas.into(), tables.into()]))
}

/// The OIDs of the partitions of partitioned tables, of all levels.
pub fn partitions_of(tables: Vec<pg_sys::Oid>) -> Vec<pg_sys::Oid> {
    // Not pg_partition_tree(), which locks them.
    let query = "WITH RECURSIVE part (oid) AS (
                     SELECT i.inhrelid FROM pg_inherits i WHERE i.inhparent = ANY ($1)
                     UNION
                     SELECT i.inhrelid FROM part JOIN pg_inherits i ON i.inhparent = part.oid
                 )
                 SELECT oid::text FROM part";
    read_oids(&texts(query, &[tables.into()]))
}

fn read_oids(oids: &[String]) -> Vec<pg_sys::Oid> {
    oids.iter().filter_map(|oid| oid.parse::<u32>().ok()).map(pg_sys::Oid::from).collect()
}

/// A table's size.
#[derive(serde::Deserialize)]
struct Size {
    oid: u32,
    bytes: i64,
    blocks: Option<i64>,
}

/// Adds the sizes of those tables that are dumped: asking for them locks a table.
pub fn add_sizes(tables: &mut [Table], dumped: &[u32]) {
    let oids: Vec<pg_sys::Oid> = dumped.iter().map(|oid| pg_sys::Oid::from(*oid)).collect();
    let sizes: HashMap<u32, Size> = documents(include_str!("../sql/sizes.sql"), &[oids.into()])
        .into_iter()
        .map(|size: Size| (size.oid, size))
        .collect();
    for table in tables {
        if let Some(size) = sizes.get(&table.oid) {
            (table.bytes, table.blocks) = (size.bytes, size.blocks);
        }
    }
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

/// What `scan_types.sql` says of a type with a modifier.
#[derive(serde::Deserialize)]
struct ScanType {
    r#type: u32,
    modifier: i32,
    type_name: String,
    base_type: String,
    plain_type: String,
    base_kind: String,
    is_array: bool,
    length: Option<u32>,
    digits: Option<u32>,
    not_null: bool,
}

/// What `scan_keys.sql` says of a table.
#[derive(serde::Deserialize)]
struct ScanKeys {
    table: u32,
    unique: Vec<i16>,
    /// Column, table that it refers to, column of that.
    refers: Vec<(i16, u32, i16)>,
}

/// The tables that can be scanned, with their columns; `only`: none but these. Without `sizes` their blocks are not known.
pub fn scan_tables(only: Option<Vec<pg_sys::Oid>>, sizes: bool) -> Vec<ScanTable> {
    let mut tables: Vec<ScanTable> = documents(include_str!("../sql/scan_tables.sql"), &[only.into(), sizes.into()]);
    let oids: Vec<pg_sys::Oid> = tables.iter().map(|table| table.oid.into()).collect();
    let columns = scan_columns(&oids);
    let mut types: Vec<(u32, i32)> = columns.iter().map(|(_, modifier, column)| (column.type_oid, *modifier)).collect();
    types.sort_unstable();
    types.dedup();
    let (type_oids, modifiers): (Vec<pg_sys::Oid>, Vec<i32>) =
        types.into_iter().map(|(t, m)| (pg_sys::Oid::from(t), m)).unzip();
    let types: Vec<ScanType> = documents(include_str!("../sql/scan_types.sql"), &[type_oids.into(), modifiers.into()]);
    let types: HashMap<(u32, i32), ScanType> = types.into_iter().map(|t| ((t.r#type, t.modifier), t)).collect();
    let mut by_table: HashMap<u32, Vec<ScanColumn>> = HashMap::with_capacity(tables.len());
    for (table, modifier, mut column) in columns {
        if let Some(known) = types.get(&(column.type_oid, modifier)) {
            column.type_name.clone_from(&known.type_name);
            column.base_type.clone_from(&known.base_type);
            column.plain_type.clone_from(&known.plain_type);
            column.base_kind.clone_from(&known.base_kind);
            column.is_array = known.is_array;
            column.length = known.length;
            column.digits = known.digits;
            column.not_null |= known.not_null;
            by_table.entry(table).or_default().push(column);
        }
    }
    let keys: Vec<ScanKeys> = documents(include_str!("../sql/scan_keys.sql"), &[oids.into()]);
    for keys in &keys {
        for (number, table, other) in &keys.refers {
            if let Some(column) = column_of(&mut by_table, keys.table, *number) {
                column.refers_to.push(ForeignColumn { table: *table, column: *other });
            }
            if let Some(column) = column_of(&mut by_table, *table, *other) {
                column.referenced = true;
            }
        }
        for number in &keys.unique {
            if let Some(column) = column_of(&mut by_table, keys.table, *number) {
                column.unique = true;
            }
        }
    }
    for table in &mut tables {
        table.columns = by_table.remove(&table.oid).unwrap_or_default();
    }
    join_keys(&mut tables);
    tables
}

fn column_of(tables: &mut HashMap<u32, Vec<ScanColumn>>, table: u32, number: i16) -> Option<&mut ScanColumn> {
    tables.get_mut(&table)?.iter_mut().find(|column| column.number == number)
}

/// The columns of tables, each with its table and the modifier of its type.
fn scan_columns(tables: &[pg_sys::Oid]) -> Vec<(u32, i32, ScanColumn)> {
    let read = |client: &SpiClient| {
        let rows = client.select(include_str!("../sql/scan_columns.sql"), None, &[tables.to_vec().into()])?;
        let mut columns = Vec::with_capacity(rows.len());
        for row in rows {
            let name = row.get::<TextArg>(3)?.map(|name| name.string()).unwrap_or_default();
            columns.push((
                row.get::<pg_sys::Oid>(1)?.map_or(0, u32::from),
                row.get::<i32>(5)?.unwrap_or(-1),
                ScanColumn {
                    number: row.get::<i16>(2)?.unwrap_or(0),
                    name,
                    type_oid: row.get::<pg_sys::Oid>(4)?.map_or(0, u32::from),
                    not_null: row.get::<bool>(6)?.unwrap_or(false),
                    generated: row.get::<bool>(7)?.unwrap_or(false),
                    ..ScanColumn::default()
                },
            ));
        }
        Ok(columns)
    };
    Spi::connect(read)
        .unwrap_or_else(|e: spi::Error| raise(error(PgSqlErrorCode::ERRCODE_INTERNAL_ERROR, e.to_string())))
}

/// The partitioned tables above a partition.
pub fn ancestors(relation: pg_sys::Oid) -> Vec<pg_sys::Oid> {
    let query = "SELECT relid::oid::text FROM pg_partition_ancestors($1) AS up (relid) WHERE relid <> $1";
    let oids = texts(query, &[relation.into()]);
    oids.iter().filter_map(|oid| oid.parse::<u32>().ok()).map(pg_sys::Oid::from).collect()
}

/// The sequences that can be dumped; `only`: none but these.
pub fn sequences(only: Option<Vec<pg_sys::Oid>>) -> Vec<Sequence> {
    documents(include_str!("../sql/sequences.sql"), &[only.into()])
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
