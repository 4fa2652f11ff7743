//! The tables of a restore: which of them the target has, and how many rows each must have.

use std::collections::{BTreeMap, BTreeSet};

use pg_anon_core::archive::Entry;
use pg_anon_core::metadata::Metadata;

use crate::connection::Session;
use crate::error::Error;
use crate::progress::some_names;
use crate::restore::SHOWN;
use crate::restore::list::{Chosen, data_file};
use crate::restore::names::Names;
use crate::text::visible;

/// A table that the target has.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Table {
    /// Its OID.
    pub oid: String,
    /// Its name as SQL takes it.
    pub name: String,
    /// The OID of the partitioned table at the top; of any other table its own.
    pub root_oid: String,
    /// That one's name as SQL takes it.
    pub root: String,
    /// Its `relkind`.
    pub kind: String,
    /// Whether the session's role is an owner of the root.
    pub is_owned: bool,
    /// Of a table of an extension: the condition (`WHERE ...` or nothing) of the rows that are not the extension's own, which
    /// are those that are dumped.
    pub condition: Option<String>,
}

/// A table with data in the dump.
#[derive(Debug, Clone)]
pub struct Source {
    /// Schema and name, bare.
    pub name: (String, String),
    /// Its data entries.
    pub dump_ids: Vec<i32>,
    /// How many rows the dump has.
    pub rows: u64,
    /// Length of its data files.
    pub bytes: u64,
    /// Whether its rows are loaded through the partitioned table at the top, which may give them to another leaf.
    pub by_root: bool,
}

/// The tables whose rows are among the chosen entries, by name.
pub fn sources(chosen: &Chosen<'_>, metadata: &Metadata, names: &Names<'_>) -> anyhow::Result<Vec<Source>> {
    let mut sources: BTreeMap<(String, String), Source> = BTreeMap::new();
    for entry in chosen.table_data() {
        let name = (names.optional(&entry.namespace)?, names.optional(&entry.tag)?);
        let source = sources.entry(name.clone()).or_insert_with(|| Source {
            name,
            dump_ids: Vec::new(),
            rows: 0,
            bytes: 0,
            by_root: false,
        });
        source.dump_ids.push(entry.dump_id);
        source.rows += rows(entry, metadata);
        source.bytes +=
            file_name(entry, metadata).and_then(|name| metadata.files.get(&name)?.bytes).unwrap_or_default();
        source.by_root |=
            entry.definition.as_deref().is_some_and(|text| text.starts_with(b"-- load via partition root "));
    }
    Ok(sources.into_values().collect())
}

/// The rows of an entry, as `metadata.json` tells them.
pub fn rows(entry: &Entry, metadata: &Metadata) -> u64 {
    file_name(entry, metadata).and_then(|name| metadata.files.get(&name)).map_or(0, |file| file.rows)
}

/// The name of an entry's data file in the folder.
pub fn file_name(entry: &Entry, metadata: &Metadata) -> Option<String> {
    let bare = data_file(entry)?;
    ["", ".gz", ".lz4", ".zst"]
        .iter()
        .map(|suffix| format!("{bare}{suffix}"))
        .find(|name| metadata.files.contains_key(name) || metadata.archive_files.contains_key(name))
}

/// What the target has under these names (schema and table), in their order.
pub fn look_up(session: &Session, names: &[(String, String)]) -> anyhow::Result<Vec<Option<Table>>> {
    let list = serde_json::to_string(names)?;
    let rows = session.query(include_str!("../../sql/restored_tables.sql"), &[Some(&list)])?;
    let table = |row| {
        rows.get(row, 0)?;
        let text = |column| rows.text(row, column).into_owned();
        Some(Table {
            oid: text(0),
            name: text(1),
            root_oid: text(2),
            root: text(3),
            kind: text(4),
            is_owned: rows.is_true(row, 5),
            condition: rows.get(row, 6).map(|_| text(6)),
        })
    };
    Ok((0..rows.len()).map(table).collect())
}

/// The same, and all of them must be there.
pub fn look_up_all(session: &Session, names: &[(String, String)]) -> anyhow::Result<Vec<Table>> {
    let found = look_up(session, names)?;
    let missing: Vec<String> = names
        .iter()
        .zip(&found)
        .filter(|(_, table)| table.is_none())
        .map(|((schema, table), _)| visible(&format!("{schema}.{table}")).into_owned())
        .collect();
    if missing.is_empty() {
        return Ok(found.into_iter().flatten().collect());
    }
    Err(Error::Target(format!(
        "database \"{}\" does not have the tables {}, which the dump has rows of\n\
         HINT: sync-struct-restore makes the structure.",
        session.database(),
        some_names(&missing, SHOWN)
    ))
    .into())
}

/// The tables and materialised views that the chosen entries make or fill, by schema and name.
pub fn restored(chosen: &Chosen<'_>, names: &Names<'_>) -> anyhow::Result<BTreeSet<(String, String)>> {
    let wanted = |entry: &&Entry| {
        ["TABLE", "TABLE DATA", "MATERIALIZED VIEW", "MATERIALIZED VIEW DATA"].iter().any(|kind| entry.is(kind))
    };
    chosen
        .entries()
        .filter(wanted)
        .map(|entry| Ok((names.optional(&entry.namespace)?, names.optional(&entry.tag)?)))
        .collect()
}
