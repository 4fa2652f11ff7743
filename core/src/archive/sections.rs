use std::collections::{HashMap, HashSet};

use super::sql::{Kind, Sql};
use super::{Archive, Entry, Section, Version};

/// What every archive begins with, whatever it holds.
const PREAMBLE: [&str; 4] = ["ENCODING", "STDSTRINGS", "SEARCHPATH", "DATABASE"];

/// Kinds of entries that other entries mean when they name a relation.
const RELATIONS: [&str; 5] = ["TABLE", "VIEW", "MATERIALIZED VIEW", "FOREIGN TABLE", "SEQUENCE"];

impl Archive {
    /// Puts an archive of the section before the data and one of the section after it together, as two runs of pg_dump on
    /// one database write them.
    ///
    /// pg_dump records a dependency only on what is in the same archive. So each entry after the data is made to depend on the
    /// relations before it that its definition names: a parallel pg_restore then sees which tables two entries both lock.
    pub fn join_sections(mut pre_data: Archive, post_data: Archive) -> Archive {
        let mut added: Vec<Entry> = post_data.entries;
        added.retain(|entry| !PREAMBLE.iter().any(|kind| entry.is(kind)));
        let present: HashSet<i32> = pre_data.entries.iter().map(|entry| entry.dump_id).collect();
        // The database may have changed between the two runs, and the numbers with it.
        if added.iter().any(|entry| present.contains(&entry.dump_id)) {
            let offset = pre_data.next_dump_id();
            for entry in &mut added {
                entry.dump_id = entry.dump_id.saturating_add(offset);
                entry.dependencies.iter_mut().for_each(|id| *id = id.saturating_add(offset));
            }
        }
        let own: HashSet<i32> = added.iter().map(|entry| entry.dump_id).collect();
        let relations: HashMap<(&[u8], &[u8]), i32> = pre_data
            .entries
            .iter()
            .filter(|entry| RELATIONS.iter().any(|kind| entry.is(kind)))
            .map(|entry| {
                let (schema, name) = (entry.namespace.as_deref(), entry.tag.as_deref());
                ((schema.unwrap_or_default(), name.unwrap_or_default()), entry.dump_id)
            })
            .collect();
        for entry in &mut added {
            entry.dependencies.retain(|id| own.contains(id));
            if entry.section == Section::PostData {
                let named = named_relations(entry, &relations);
                entry.dependencies.extend(named);
            }
        }
        pre_data.entries.extend(added);
        pre_data
    }

    /// An archive without entries, of the oldest version, for data that comes without structure.
    pub fn without_entries() -> Archive {
        Archive { header: super::Header::empty(Version::V1_14), entries: Vec::new() }
    }
}

/// The entries of the relations that an entry's definition names, each once.
fn named_relations(entry: &Entry, relations: &HashMap<(&[u8], &[u8]), i32>) -> Vec<i32> {
    let definition = entry.definition.as_deref().unwrap_or_default();
    // What the tokenizer does not take can hold no more than what pg_restore waits for anyway: locks.
    let Ok(sql) = Sql::tokenize(definition, true) else { return Vec::new() };
    let is_name =
        |index: usize| sql.tokens.get(index).is_some_and(|token| matches!(token.kind, Kind::Word | Kind::QuotedName));
    let mut ids = Vec::new();
    for dot in (1..sql.tokens.len()).filter(|&index| sql.is_symbol(index, b'.')) {
        if !is_name(dot - 1) || !is_name(dot + 1) {
            continue;
        }
        let (Some(schema), Some(name)) = (sql.name(dot - 1), sql.name(dot + 1)) else { continue };
        if let Some(&id) = relations.get(&(schema.as_slice(), name.as_slice()))
            && !ids.contains(&id)
        {
            ids.push(id);
        }
    }
    ids
}
