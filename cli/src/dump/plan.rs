//! What the server plans to dump: tables, sequences, extensions.

use std::borrow::Cow;
use std::collections::BTreeMap;

use anyhow::Context as _;
use pg_anon_core::archive::{Archive, ExtensionMember, Selection};
use pg_anon_core::metadata::{Extension, SequenceValue};

use super::choice::Choice;
use super::objects::{Objects, objects};
use crate::config::{Content, DumpOptions, Stage};
use crate::connection::Session;
use crate::init::EXTENSION;
use crate::text::visible;

/// A table as the server plans it.
#[derive(Debug, Clone)]
pub(super) struct Table {
    pub(super) oid: u32,
    /// Qualified and quoted.
    pub(super) sql_name: String,
    pub(super) schema: String,
    pub(super) name: String,
    pub(super) excluded: bool,
    pub(super) masked_columns: u64,
    /// The rule that applies, as the server names it. Empty: none.
    pub(super) rule_source: String,
    pub(super) copy_statement: Vec<u8>,
    /// The root of the partitions, when the rows are loaded through it.
    pub(super) load_root: Option<Vec<u8>>,
    pub(super) estimated_rows: u64,
    pub(super) estimated_bytes: u64,
    /// When it can be read in ranges of blocks.
    pub(super) blocks: Option<u32>,
    pub(super) total_size: i64,
    pub(super) extension_member: Option<ExtensionMember>,
}

impl Table {
    /// The rule that applies, for messages.
    pub(super) fn rule(&self) -> &str {
        if self.rule_source.is_empty() { "no rule" } else { &self.rule_source }
    }

    /// The qualified name, for messages.
    pub(super) fn shown_name(&self) -> Cow<'_, str> {
        visible(&self.sql_name)
    }
}

/// A sequence with its value.
#[derive(Debug, Clone)]
pub(super) struct Sequence {
    pub(super) oid: u32,
    pub(super) value: SequenceValue,
    pub(super) setval_statement: Vec<u8>,
    pub(super) extension_member: Option<ExtensionMember>,
}

/// What `metadata.json` tells of the structure. Nothing of it is needed to copy data.
#[derive(Debug, Default)]
pub(super) struct Description {
    pub(super) extensions: BTreeMap<String, Extension>,
    pub(super) objects: Objects,
}

/// All that the server told before data is moved.
#[derive(Debug)]
pub(super) struct Plan {
    pub(super) tables: Vec<Table>,
    /// Those of a dump of data, once it is known which the structure has.
    pub(super) sequences: Vec<Sequence>,
    /// What belongs to the tables that were chosen, when not all were.
    pub(super) selection: Option<Selection>,
    /// Foreign keys that are there before the data is loaded, in a dump of all between configuration tables of extensions
    /// alone: the referencing table, the referenced one.
    pub(super) references: Vec<(u32, u32)>,
    /// What [`describe`] reads, once it has been asked.
    pub(super) description: Description,
    pub(super) database_size: i64,
    pub(super) large_objects: u64,
}

impl Plan {
    /// The tables whose data is dumped.
    pub(super) fn data(&self) -> impl Iterator<Item = &Table> {
        self.tables.iter().filter(|table| !table.excluded)
    }
}

/// The parameters of the server's functions that take a dictionary.
pub(super) fn arguments<'a>(options: &'a DumpOptions, choice: &'a Choice) -> [Option<&'a str>; 7] {
    let truth = |yes: bool| Some(if yes { "true" } else { "false" });
    [
        Some(&options.dictionary_json),
        truth(options.allow_unmatched_rules),
        options.rule_search_path.as_deref(),
        truth(options.strict),
        options.non_sensitive_json.as_deref(),
        choice.include_json.as_deref(),
        choice.exclude_json.as_deref(),
    ]
}

/// `SELECT pg_catalog.setval('s.name', 5, true);` with another value.
fn with_value(statement: &[u8], old: i64, new: i64) -> anyhow::Result<Vec<u8>> {
    let old = format!(", {old}, ");
    let at =
        memchr::memmem::rfind(statement, old.as_bytes()).context("the server gave another statement for a sequence")?;
    let after = statement.get(at + old.len()..).unwrap_or_default();
    Ok([statement.get(..at).unwrap_or_default(), format!(", {new}, ").as_bytes(), after].concat())
}

/// Asks the server what to dump.
pub(super) fn plan(session: &Session, options: &DumpOptions, choice: &Choice) -> anyhow::Result<Plan> {
    let excluded_schemas = &choice.excluded_schemas;
    let rows = session
        .query(include_str!("../../sql/plan.sql"), &arguments(options, choice))
        .context("cannot plan the dump")?;
    let mut tables = Vec::with_capacity(rows.len());
    for row in 0..rows.len() {
        let excluded = match &*rows.text(row, 4) {
            "masked" | "plain" => false,
            "excluded" => true,
            action => anyhow::bail!("the server plans \"{action}\" for {}, which is not known", rows.text(row, 1)),
        };
        // Without its structure there is no place for a table's data.
        let oid = rows.number(row, 0)?;
        let excluded =
            excluded || choice.leaves_out(oid) || excluded_schemas.iter().any(|schema| *schema == rows.text(row, 2));
        tables.push(Table {
            oid,
            sql_name: rows.text(row, 1).into_owned(),
            schema: rows.text(row, 2).into_owned(),
            name: rows.text(row, 3).into_owned(),
            excluded,
            masked_columns: rows.number(row, 5)?,
            rule_source: rows.text(row, 6).into_owned(),
            copy_statement: if excluded { Vec::new() } else { rows.bytes(row, 7)? },
            estimated_rows: rows.number(row, 8)?,
            estimated_bytes: rows.number(row, 9)?,
            load_root: rows.get(row, 16).map(|_| rows.bytes(row, 16)).transpose()?,
            blocks: rows.get(row, 15).map(|_| rows.number(row, 15)).transpose()?,
            total_size: rows.number(row, 11)?,
            extension_member: match rows.get(row, 10) {
                None => None,
                Some(_) => Some(ExtensionMember {
                    schema: rows.bytes(row, 12)?,
                    name: rows.bytes(row, 13)?,
                    owner: Some(rows.bytes(row, 14)?),
                }),
            },
        });
    }
    // pg_dump's own order of data entries.
    tables.sort_by(|a, b| (&a.schema, &a.name).cmp(&(&b.schema, &b.name)));

    let all = if options.content == Content::Data { "true" } else { "false" };
    let rows = session.query(include_str!("../../sql/references.sql"), &[Some(all)])?;
    let references = (0..rows.len()).map(|row| Ok((rows.number(row, 0)?, rows.number(row, 1)?)));
    let references = references.collect::<anyhow::Result<_>>()?;
    let rows = session.query(include_str!("../../sql/database.sql"), &[])?;
    Ok(Plan {
        tables,
        sequences: Vec::new(),
        selection: None,
        references,
        description: Description::default(),
        database_size: rows.number(0, 0)?,
        large_objects: rows.number(0, 1)?,
    })
}

/// Asks the server what `metadata.json` tells of the structure.
pub(super) fn describe(session: &Session, choice: &Choice) -> anyhow::Result<Description> {
    let excluded_schemas = &choice.excluded_schemas;
    let rows = session.query(include_str!("../../sql/extensions.sql"), &[])?;
    let extensions = (0..rows.len())
        .map(|row| Extension {
            name: rows.text(row, 0).into_owned(),
            schema: rows.text(row, 1).into_owned(),
            version: rows.text(row, 2).into_owned(),
            relocatable: rows.is_true(row, 3),
            is_excluded_by_schema: excluded_schemas.iter().any(|schema| *schema == rows.text(row, 1)),
        })
        // The target needs nothing of ours.
        .filter(|extension| extension.name != EXTENSION)
        .map(|extension| (extension.name.clone(), extension))
        .collect();
    Ok(Description { extensions, objects: objects(session, excluded_schemas)? })
}

/// Asks the server for the values of sequences: of all, or of those that this archive has.
pub(super) fn sequences(
    session: &Session,
    options: &DumpOptions,
    choice: &Choice,
    archive: Option<&Archive>,
) -> anyhow::Result<Vec<Sequence>> {
    let only = match archive {
        None => None,
        Some(archive) => {
            let mut oids: Vec<String> = archive.sequence_entries().map(|sequence| sequence.oid.to_string()).collect();
            if choice.has_extensions {
                let rows = session.query(include_str!("../../sql/extension_sequences.sql"), &[])?;
                oids.extend((0..rows.len()).map(|row| rows.text(row, 0).into_owned()));
            }
            Some(format!("{{{}}}", oids.join(",")))
        }
    };
    let rows = session
        .query(include_str!("../../sql/sequences.sql"), &[only.as_deref()])
        .context("cannot read the sequences")?;
    let mut sequences = Vec::with_capacity(rows.len());
    for row in 0..rows.len() {
        let (mut value, mut setval_statement) = (rows.number(row, 4)?, rows.bytes(row, 6)?);
        // Of a few rows the keys are few; a value below its minimum no sequence takes.
        let greatest = i64::from(Stage::LIMIT).max(rows.number(row, 11)?);
        if options.stage.is_some() && value > greatest {
            setval_statement = with_value(&setval_statement, value, greatest)?;
            value = greatest;
        }
        sequences.push(Sequence {
            oid: rows.number(row, 0)?,
            value: SequenceValue {
                is_excluded: choice.excluded_schemas.iter().any(|schema| *schema == rows.text(row, 1)),
                schema: rows.text(row, 1).into_owned(),
                table: rows.get(row, 3).map(|name| String::from_utf8_lossy(name).into_owned()),
                seq_name: rows.text(row, 2).into_owned(),
                value,
                is_called: Some(rows.is_true(row, 5)),
            },
            setval_statement,
            extension_member: match rows.is_true(row, 7) {
                false => None,
                true => Some(ExtensionMember {
                    schema: rows.bytes(row, 8)?,
                    name: rows.bytes(row, 9)?,
                    owner: Some(rows.bytes(row, 10)?),
                }),
            },
        });
    }
    sequences.sort_by(|a, b| (&a.value.schema, &a.value.seq_name).cmp(&(&b.value.schema, &b.value.seq_name)));
    Ok(sequences)
}
