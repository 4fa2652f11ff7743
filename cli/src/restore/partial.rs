//! A part of a dump: the tables that lists choose, and what `metadata.json` marks as not to be restored.

use std::collections::HashSet;

use indicatif::HumanCount;
use pg_anon_core::archive::{self, Archive, Entry};
use pg_anon_core::metadata::Metadata;

use crate::config::RestoreOptions;
use crate::progress::{count, some_names};
use crate::restore::SHOWN;
use crate::restore::list::Chosen;
use crate::restore::names::Names;
use crate::tables::left_out;
use crate::text::visible;

/// Leaves out of the entries what is not to be restored. Gives lines of the summary: what somebody should know of.
pub fn choose(
    chosen: &mut Chosen<'_>,
    options: &RestoreOptions,
    metadata: &Metadata,
    names: &Names<'_>,
) -> anyhow::Result<String> {
    let archive = chosen.archive();
    let marked = marked(archive, metadata, names)?;
    let sequences = &marked.sequences;
    chosen.leave_out("metadata.json says so", |entry| sequences.contains(&entry.dump_id));
    if !options.lists.is_some() && marked.entries.is_empty() {
        return Ok(String::new());
    }
    let tables = archive.tables();
    let mut named = Vec::with_capacity(tables.len());
    for table in &tables {
        let texts = table.names.iter().map(|(schema, name)| Ok((names.text(schema)?, names.text(name)?)));
        named.push(texts.collect::<anyhow::Result<Vec<(String, String)>>>()?);
    }
    let mut summary = String::new();
    let wanted = match options.lists.is_some() {
        true => {
            let names = named.iter().map(|names| names.iter().map(|(schema, table)| (schema.as_str(), table.as_str())));
            let dump = format!("the dump {}", options.input_dir.display());
            let is_part = !metadata.partial_dump_schemas.is_empty();
            let wanted = options.lists.choose(names.clone(), &dump, is_part)?;
            options.lists.warn_of_vain_patterns(names, &dump, is_part)?;
            let counted = || tables.iter().zip(&wanted).filter(|(table, _)| !table.is_partitioned);
            summary.push_str(&format!(
                "  chosen: {} of {}\n",
                HumanCount(counted().filter(|(_, wanted)| **wanted).count() as u64),
                count(counted().count() as u64, "table")
            ));
            wanted
        }
        false => vec![true; tables.len()],
    };
    let oids: HashSet<u32> =
        tables.iter().zip(wanted).filter(|(_, wanted)| *wanted).map(|(table, _)| table.oid).collect();
    let broken = marked.entries.iter().map(|entry| entry.catalog_id).collect();
    let selection = archive.select(archive::Choice {
        tables: &oids,
        only: options.lists.include.is_some(),
        broken: &broken,
        owned_sequences: &HashSet::new(),
    });
    chosen.leave_out("it does not belong to what was chosen", |entry| !selection.kept.contains(&entry.dump_id));
    if options.content.has_structure() {
        let without_rows = tables
            .iter()
            .zip(&named)
            .filter(|(table, _)| !table.is_partitioned && selection.structure_only.contains(&table.oid));
        let names = without_rows.filter_map(|(_, names)| names.first());
        let names: Vec<_> = names.map(|(schema, table)| visible(&format!("{schema}.{table}")).into_owned()).collect();
        if !names.is_empty() {
            summary.push_str(&format!("  structure only, others need it: {}\n", some_names(&names, SHOWN)));
        }
    }
    summary.push_str(&left_out(&selection));
    Ok(summary)
}

/// What `metadata.json` marks.
#[derive(Default)]
struct Marked<'a> {
    /// Objects that are not to be restored.
    entries: Vec<&'a Entry>,
    /// The dump ids of values of sequences that are not to be set.
    sequences: HashSet<i32>,
}

/// Finds the entries of the views, indexes, foreign keys, event triggers and sequences whose `is_excluded` somebody has
/// set. The keys of the file are for people: schema and name of each object are in its value.
fn marked<'a>(archive: &'a Archive, metadata: &Metadata, names: &Names<'_>) -> anyhow::Result<Marked<'a>> {
    type Name = (String, String);
    let owned = |schema: &str, name: &str| (schema.to_owned(), name.to_owned());
    let views: HashSet<Name> = metadata
        .views
        .values()
        .filter(|view| view.is_excluded)
        .map(|view| owned(&view.view_schema, &view.view_name))
        .collect();
    let excluded = metadata.indexes.values().filter(|index| index.is_excluded);
    let indexes: HashSet<Name> = excluded.clone().map(|index| owned(&index.schema, &index.index_name)).collect();
    let constraints: HashSet<Name> =
        excluded.map(|index| owned(&index.schema, &format!("{} {}", index.table, index.index_name))).collect();
    let foreign_keys: HashSet<Name> = metadata
        .constraints
        .values()
        .filter(|key| key.is_excluded)
        .map(|key| owned(&key.table_schema_from, &format!("{} {}", key.table_name_from, key.constraint_name)))
        .collect();
    let sequences: HashSet<Name> = metadata
        .seq_lastvals
        .values()
        .filter(|sequence| sequence.is_excluded)
        .map(|sequence| owned(&sequence.schema, &sequence.seq_name))
        .collect();
    let event_triggers: HashSet<Name> = metadata.excluded_event_triggers.iter().map(|name| owned("", name)).collect();
    let kinds = [
        (["VIEW", "MATERIALIZED VIEW"], &views),
        (["INDEX", "INDEX"], &indexes),
        (["CONSTRAINT", "CONSTRAINT"], &constraints),
        (["FK CONSTRAINT", "FK CONSTRAINT"], &foreign_keys),
        (["EVENT TRIGGER", "EVENT TRIGGER"], &event_triggers),
        (["SEQUENCE SET", "SEQUENCE SET"], &sequences),
    ];
    let mut marked = Marked::default();
    if kinds.iter().all(|(_, names)| names.is_empty()) {
        return Ok(marked);
    }
    for entry in &archive.entries {
        for (kinds, wanted) in &kinds {
            if wanted.is_empty()
                || !kinds.iter().any(|kind| entry.is(kind))
                || !wanted.contains(&(names.optional(&entry.namespace)?, names.optional(&entry.tag)?))
            {
                continue;
            }
            if entry.is("SEQUENCE SET") {
                marked.sequences.insert(entry.dump_id);
            } else {
                marked.entries.push(entry);
            }
        }
    }
    Ok(marked)
}
