//! Choosing the entries of an archive that belong to some of its tables.
//!
//! What an entry needs is what pg_dump has written down as its dependencies (`BuildArchiveDependencies` in
//! `pg_dump.c`), put right where those say less or more than that (see [`Graph`]). Objects are told apart by the numbers of
//! their entries and by catalog ids, never by name; only the texts of functions, whose dependencies the server does not
//! record, are searched for names.

use std::collections::{HashMap, HashSet};

use super::graph::{Graph, is_table};
use super::{Archive, CatalogId, Entry};

/// Which tables are chosen.
#[derive(Debug, Clone, Copy)]
pub struct Choice<'a> {
    /// OIDs of the tables whose rows are wanted; also of partitioned and foreign tables.
    pub tables: &'a HashSet<u32>,
    /// Whether only what belongs to these tables is wanted; else all that can be without the other tables.
    pub only: bool,
    /// Objects that cannot be without a table that has no entry: pg_dump names no dependencies on what it does not dump.
    pub broken: &'a HashSet<CatalogId>,
    /// OIDs of the sequences that belong to a table that has no entry.
    pub owned_sequences: &'a HashSet<u32>,
}

/// The entries that belong to chosen tables.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Selection {
    /// The dump ids of the entries that stay.
    pub kept: HashSet<i32>,
    /// OIDs of the tables that were not chosen and stay without rows: chosen ones cannot be made without them.
    pub structure_only: HashSet<u32>,
    /// The foreign keys of tables that stay to tables whose rows do not, as [`Entry::name`] names them.
    pub foreign_keys: Vec<String>,
    /// What else cannot be without a table left out, though it does not belong to one: views, functions, triggers, policies
    /// and so on, as [`Entry::name`] names them.
    pub dependents: Vec<String>,
}

/// Kinds that say something about another entry, or give it its content, and go where that goes.
const ANNOTATIONS: [&str; 7] =
    ["ACL", "COMMENT", "SECURITY LABEL", "CHECK CONSTRAINT", "SEQUENCE SET", "SEQUENCE OWNED BY", "USER MAPPING"];

/// Kinds that go with a type: without them its values cannot be compared, indexed or cast as they could.
const OF_TYPES: [&str; 5] = ["CAST", "OPERATOR", "OPERATOR CLASS", "OPERATOR FAMILY", "TRANSFORM"];

const TYPES: [&str; 3] = ["TYPE", "DOMAIN", "SHELL TYPE"];

/// Kinds that stay whatever is chosen. Extensions among them: that an exclusion constraint needs one is not in its
/// dependencies, and neither is what a function calls.
const ALWAYS: [&str; 6] = ["ENCODING", "STDSTRINGS", "SEARCHPATH", "DATABASE", "DATABASE PROPERTIES", "EXTENSION"];

/// Kinds whose text may name what it needs, beyond the dependencies.
const WITH_BODY: [&str; 4] = ["FUNCTION", "PROCEDURE", "AGGREGATE", "CONSTRAINT"];

/// Kinds that such a text may name.
const NAMEABLE: [&str; 8] =
    ["FUNCTION", "PROCEDURE", "AGGREGATE", "SEQUENCE", "TYPE", "DOMAIN", "VIEW", "OPERATOR CLASS"];

/// Kinds of which nobody has to be told that they are left out: they say nothing without what they belong to.
const UNTOLD: [&str; 15] = [
    "ACL",
    "COMMENT",
    "SECURITY LABEL",
    "TABLE",
    "FOREIGN TABLE",
    "TABLE DATA",
    "TABLE ATTACH",
    "INDEX ATTACH",
    "ROW SECURITY",
    "PUBLICATION TABLE",
    "MATERIALIZED VIEW DATA",
    "STATISTICS DATA",
    "SEQUENCE",
    "SEQUENCE SET",
    "SEQUENCE OWNED BY",
];

/// A table of an archive, by the names that it is meant by.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NamedTable<'a> {
    /// OID of the table.
    pub oid: u32,
    /// Whether it is a partitioned table.
    pub is_partitioned: bool,
    /// Schema and name, bare: its own, then those of its partitioned parents, nearest first.
    pub names: Vec<(&'a [u8], &'a [u8])>,
}

fn is_any(entry: &Entry, kinds: &[&str]) -> bool {
    kinds.iter().any(|kind| entry.is(kind))
}

impl Archive {
    /// The tables that can be chosen: ordinary, partitioned and foreign ones, and those of extensions that have data.
    pub fn tables(&self) -> Vec<NamedTable<'_>> {
        let graph = Graph::new(&self.entries);
        let is_table_or_data = |entry: &Entry| is_table(entry) || entry.is("TABLE DATA");
        let mut known = HashSet::new();
        let mut tables = Vec::new();
        for position in graph.positions(is_table).chain(graph.positions(is_table_or_data)) {
            let Some(entry) = graph.entry(position) else { continue };
            if !known.insert(entry.catalog_id.object) {
                continue;
            }
            let parents = graph.partitioned_parents(position);
            let parents = parents.into_iter().filter_map(|parent| graph.entry(parent));
            tables.push(NamedTable {
                oid: entry.catalog_id.object,
                is_partitioned: graph.is_partitioned(position),
                names: std::iter::once(entry).chain(parents).map(name_of).collect(),
            });
        }
        tables
    }

    /// Finds out what belongs to chosen tables.
    ///
    /// Tables that a chosen one cannot be made without (partitioned and INHERITS parents, a table whose row type is a
    /// column's) stay without rows. Everything that cannot be without the other tables is left out: views, functions,
    /// triggers and whatever else refers to them, and foreign keys also to tables that stay without rows.
    ///
    /// With [`Choice::only`] nothing stays but the tables, what hangs on them alone, and what these need: schemas, types
    /// with their operators and casts, functions, sequences, publications. Extensions stay all.
    pub fn select(&self, choice: Choice<'_>) -> Selection {
        let graph = Graph::new(&self.entries);
        let wanted = |entry: &Entry| choice.tables.contains(&entry.catalog_id.object);
        let chosen: Vec<usize> = graph.positions(|entry| is_table(entry) && wanted(entry)).collect();
        let needed = graph.closure(chosen.iter().copied(), |position| graph.needs_of_table(position));
        let structure_only: HashSet<usize> = needed
            .iter()
            .copied()
            .filter(|&position| graph.entry(position).is_some_and(|entry| is_table(entry) && !wanted(entry)))
            .collect();

        let gone = self.gone(&graph, choice, &structure_only);
        let kept = match choice.only {
            true => only_what_belongs(&graph, &gone),
            false => all_but_unused_sequences(&graph, &gone, choice.owned_sequences),
        };

        let mut selection = Selection::default();
        let tables = graph.positions(is_table).filter(|position| kept.contains(position));
        let near = graph.closure(tables, |position| graph.dependents(position));
        for (position, entry) in self.entries.iter().enumerate() {
            if kept.contains(&position) {
                selection.kept.insert(entry.dump_id);
                if structure_only.contains(&position) {
                    selection.structure_only.insert(entry.catalog_id.object);
                }
                continue;
            }
            let owner_is_gone = graph.owner(position).is_some_and(|owner| gone.contains(&owner));
            let is_view_rule = entry.is("RULE") && entry.tag.as_deref().is_some_and(|tag| tag.ends_with(b" _RETURN"));
            if !gone.contains(&position) || owner_is_gone || is_any(entry, &UNTOLD) || is_view_rule {
                continue;
            }
            if entry.is("FK CONSTRAINT") {
                selection.foreign_keys.push(entry.name());
            } else if !choice.only || near.contains(&position) {
                selection.dependents.push(entry.name());
            }
        }
        selection
    }

    /// Takes out all entries that do not stay.
    pub fn keep(&mut self, selection: &Selection) {
        self.entries.retain(|entry| selection.kept.contains(&entry.dump_id));
    }

    /// The entries of tables left out, and of all that cannot be without them.
    fn gone(&self, graph: &Graph<'_>, choice: Choice<'_>, structure_only: &HashSet<usize>) -> HashSet<usize> {
        let wanted = |oid: u32| choice.tables.contains(&oid);
        let mut first = Vec::new();
        for (position, entry) in self.entries.iter().enumerate() {
            let oid = entry.catalog_id.object;
            let is_gone = if is_table(entry) {
                !wanted(oid) && !structure_only.contains(&position)
            } else if entry.is("TABLE DATA") {
                !wanted(oid)
            } else if entry.is("FK CONSTRAINT") {
                let owner = graph.owner(position);
                let has_no_rows = |table: &usize| structure_only.contains(table) && !graph.is_partitioned(*table);
                choice.broken.contains(&entry.catalog_id)
                    || graph.needs(position).any(|table| Some(table) != owner && has_no_rows(&table))
            } else {
                oid != 0 && !entry.is("SEQUENCE") && choice.broken.contains(&entry.catalog_id)
            };
            if is_gone {
                first.push(position);
            }
        }
        let is_chosen =
            |position: usize| graph.entry(position).is_some_and(|e| is_table(e) && wanted(e.catalog_id.object));
        graph.closure(first, |position| {
            graph.needed_by(position).filter(|&dependent| !is_chosen(dependent)).collect::<Vec<_>>()
        })
    }
}

fn name_of(entry: &Entry) -> (&[u8], &[u8]) {
    (entry.namespace.as_deref().unwrap_or_default(), entry.tag.as_deref().unwrap_or_default())
}

/// All entries but those that are gone, and but sequences of tables left out that nothing uses any more.
fn all_but_unused_sequences(graph: &Graph<'_>, gone: &HashSet<usize>, owned: &HashSet<u32>) -> HashSet<usize> {
    let mut kept: HashSet<usize> = graph.positions(|_| true).filter(|position| !gone.contains(position)).collect();
    let unused: Vec<usize> = graph
        .positions(|entry| entry.is("SEQUENCE"))
        .filter(|position| kept.contains(position))
        .filter(|&position| {
            let lost_owner = graph.owner_of_sequence(position).any(|table| gone.contains(&table))
                || graph.entry(position).is_some_and(|entry| owned.contains(&entry.catalog_id.object));
            let is_use = |user: &usize| {
                kept.contains(user) && graph.entry(*user).is_some_and(|entry| !is_any(entry, &ANNOTATIONS))
            };
            lost_owner && !graph.needed_by(position).any(|user| is_use(&user))
        })
        .collect();
    for position in graph.closure(unused, |position| graph.needed_by(position).collect::<Vec<_>>()) {
        kept.remove(&position);
    }
    kept
}

/// The tables that are not gone, what hangs on them, and what that needs.
fn only_what_belongs(graph: &Graph<'_>, gone: &HashSet<usize>) -> HashSet<usize> {
    let is_there = |position: &usize| !gone.contains(position);
    let tables = graph.positions(|entry| is_table(entry) || entry.is("TABLE DATA")).filter(is_there);
    let anchored =
        graph.closure(tables, |position| graph.dependents(position).into_iter().filter(is_there).collect::<Vec<_>>());
    let always = graph.positions(|entry| is_any(entry, &ALWAYS)).filter(is_there);
    let first: Vec<usize> = anchored.into_iter().chain(always).collect();
    let names = Names::new(graph, gone);
    let mut kept = graph.closure(first, |position| {
        let mut next: Vec<usize> = graph.needs(position).collect();
        let Some(entry) = graph.entry(position) else { return next };
        let is_type = is_any(entry, &TYPES);
        next.extend(graph.needed_by(position).filter(is_there).filter(|&dependent| {
            graph
                .entry(dependent)
                .is_some_and(|dependent| is_any(dependent, &ANNOTATIONS) || is_type && is_any(dependent, &OF_TYPES))
        }));
        if is_any(entry, &WITH_BODY) {
            next.extend(names.mentioned_in(entry.definition.as_deref().unwrap_or_default()));
        }
        next.extend(entry.namespace.as_deref().and_then(|schema| graph.schema(schema)));
        next
    });
    // Grants on a schema that initdb has made depend on no entry.
    let schemas: HashSet<Vec<u8>> = kept
        .iter()
        .filter_map(|&position| graph.entry(position)?.namespace.as_deref())
        .map(|schema| [b"SCHEMA ", schema].concat())
        .collect();
    let of_schemas: Vec<usize> = graph
        .positions(|entry| is_any(entry, &ANNOTATIONS) && entry.tag.as_ref().is_some_and(|tag| schemas.contains(tag)))
        .filter(is_there)
        .collect();
    kept.extend(of_schemas);
    kept
}

/// Entries by their names, for what texts mention.
struct Names<'a>(HashMap<&'a [u8], Vec<usize>>);

impl<'a> Names<'a> {
    fn new(graph: &Graph<'a>, gone: &HashSet<usize>) -> Names<'a> {
        let mut names: HashMap<&[u8], Vec<usize>> = HashMap::new();
        for position in graph.positions(|entry| is_any(entry, &NAMEABLE)).filter(|position| !gone.contains(position)) {
            let Some(tag) = graph.entry(position).and_then(|entry| entry.tag.as_deref()) else { continue };
            // A function's tag has its arguments.
            let name = tag.split(|&byte| byte == b'(').next().unwrap_or_default();
            // Of a name that is quoted, the first word does: at worst something stays that need not.
            if let Some(word) = words(name).next() {
                names.entry(word).or_default().push(position);
            }
        }
        Names(names)
    }

    /// The entries that a text may mean. Unquoted words mean their lower case.
    fn mentioned_in(&self, text: &[u8]) -> Vec<usize> {
        let mut found = Vec::new();
        for word in words(text) {
            found.extend(self.0.get(word).into_iter().flatten());
            let lower = word.to_ascii_lowercase();
            if lower != word {
                found.extend(self.0.get(lower.as_slice()).into_iter().flatten());
            }
        }
        found
    }
}

/// The words of a text: letters, digits and what else identifiers have.
fn words(text: &[u8]) -> impl Iterator<Item = &[u8]> {
    let is_word = |byte: &u8| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'$' | 0x80..);
    text.split(move |byte| !is_word(byte)).filter(|word| !word.is_empty())
}
