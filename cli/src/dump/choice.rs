//! Which tables are dumped, and what cannot be without the others.

use std::collections::{BTreeSet, HashMap, HashSet};
use std::ffi::OsString;
use std::os::unix::ffi::OsStringExt as _;

use anyhow::Context as _;
use pg_anon_core::archive::{self, Archive, CatalogId, Selection};
use pg_anon_core::dictionary::TableList;
use pg_anon_core::name_pattern::{NamePattern, exact_pattern, exact_relation_patterns};
use serde_json::{Value, json};

use crate::config::DumpOptions;
use crate::connection::Session;
use crate::error::Error;
use crate::lock::Wanted;
use crate::progress::some_names;
use crate::text::visible;

/// How many names a message shows.
const NAMES_SHOWN: usize = 10;

/// The OID of the catalog `pg_class`, which never changes.
const PG_CLASS: u32 = 1259;

/// A table that may be chosen.
struct Candidate {
    oid: u32,
    /// Its own schema and name, then those of its partitioned parents, nearest first.
    names: Vec<(String, String)>,
    shown_name: String,
    kind: String,
    /// Schema and name in the encoding of the database.
    encoded: (Vec<u8>, Vec<u8>),
    /// Whether an extension makes it.
    is_member: bool,
}

impl Candidate {
    fn schema(&self) -> &str {
        self.names.first().map_or("", |(schema, _)| schema)
    }
}

/// A relation that a pattern matches, with its schema and name in the encoding of the database.
struct Relation {
    oid: u32,
    schema: Vec<u8>,
    name: Vec<u8>,
}

/// The tables that are dumped.
#[derive(Debug, Default)]
pub(super) struct Choice {
    /// Whether all are, and nothing has to be looked at.
    pub(super) is_all: bool,
    /// Whether the user has chosen.
    pub(super) is_partial: bool,
    /// OIDs of those whose rows are dumped, unless the dictionary excludes them.
    chosen: HashSet<u32>,
    /// How many there are to choose from, partitioned tables not counted.
    pub(super) candidates: u64,
    /// How many of these were chosen.
    pub(super) chosen_candidates: u64,
    /// Schemas that are left out altogether.
    pub(super) excluded_schemas: Vec<String>,
    /// The tables dictionaries, for the server: what is to be dumped, and what is not.
    pub(super) include_json: Option<String>,
    pub(super) exclude_json: Option<String>,
    /// Further arguments of pg_dump.
    pub(super) arguments: Vec<OsString>,
    /// Whether extensions are dumped with their configuration.
    pub(super) has_extensions: bool,
    /// Whether only what belongs to the chosen tables is dumped.
    only: bool,
    left_out: HashSet<u32>,
    broken: HashSet<CatalogId>,
    owned_sequences: HashSet<u32>,
}

/// What was chosen before it is known what depends on it.
struct Draft {
    candidates: Vec<Candidate>,
    chosen: Vec<bool>,
    excluded_schemas: Vec<String>,
    /// What `-t`, `-n` and `-T` match.
    tables: Option<Vec<Relation>>,
    table_oids: HashSet<u32>,
    schemas: Option<BTreeSet<String>>,
    exclude_tables: Vec<Relation>,
    exclude_oids: HashSet<u32>,
    /// Whether any of these options was given.
    is_by_pattern: bool,
}

impl Draft {
    fn new(session: &Session, options: &DumpOptions) -> anyhow::Result<Draft> {
        let patterns = &options.patterns;
        let rows = session.query(include_str!("../../sql/candidates.sql"), &[]).context("cannot list the tables")?;
        let mut candidates = Vec::with_capacity(rows.len());
        for row in 0..rows.len() {
            let mut names = vec![(rows.text(row, 1).into_owned(), rows.text(row, 2).into_owned())];
            let parents: Vec<(String, String)> =
                serde_json::from_str(&rows.text(row, 5)).context("the server gave no list of parents")?;
            names.extend(parents);
            candidates.push(Candidate {
                oid: rows.number(row, 0)?,
                names,
                shown_name: visible(&rows.text(row, 3)).into_owned(),
                kind: rows.text(row, 4).into_owned(),
                encoded: (rows.bytes(row, 6)?, rows.bytes(row, 7)?),
                is_member: rows.is_true(row, 8),
            });
        }

        let mut excluded_schemas = excluded_schemas(session, options)?;
        let (mut tables, mut schemas) = (None, None);
        if !patterns.tables.is_empty() {
            let found = relations(session, &patterns.tables)?;
            if found.is_empty() {
                return Err(no_match("--table", &patterns.tables, "table").into());
            }
            tables = Some(found);
        } else {
            // pg_dump passes these over where there is a -t.
            excluded_schemas.extend(matching_schemas(session, &patterns.exclude_schemas)?);
            excluded_schemas.sort();
            excluded_schemas.dedup();
            if !patterns.schemas.is_empty() {
                let found = matching_schemas(session, &patterns.schemas)?;
                if found.is_empty() {
                    return Err(no_match("--schema", &patterns.schemas, "schema").into());
                }
                schemas = Some(found);
            }
        }
        let exclude_tables = relations(session, &patterns.exclude_tables)?;

        let oids = |relations: &[Relation]| relations.iter().map(|relation| relation.oid).collect();
        let mut draft = Draft {
            candidates,
            chosen: Vec::new(),
            excluded_schemas,
            table_oids: oids(tables.as_deref().unwrap_or_default()),
            tables,
            schemas,
            exclude_oids: oids(&exclude_tables),
            exclude_tables,
            is_by_pattern: patterns.is_some(),
        };
        let names = |candidate: &Candidate| -> Vec<(String, String)> { candidate.names.clone() };
        let by_list = if options.lists.is_some() {
            let names: Vec<Vec<(String, String)>> = draft.candidates.iter().map(names).collect();
            let names = names.iter().map(|names| names.iter().map(|(s, t)| (s.as_str(), t.as_str())));
            options.lists.choose(names, &format!("database \"{}\"", session.database()), false)?
        } else {
            vec![true; draft.candidates.len()]
        };
        draft.chosen = draft.candidates.iter().zip(by_list).map(|(table, chosen)| chosen && draft.has(table)).collect();
        if options.lists.is_some() && !draft.chosen.contains(&true) || !draft.leaves_schemas() {
            return Err(Error::Tables("no table is left to dump".into()).into());
        }
        Ok(draft)
    }

    /// Whether a schema is left of those that `-n` names, or of all without it, and a table where these have any. Without a
    /// schema to name pg_dump would be told of no white list, and dump the others.
    fn leaves_schemas(&self) -> bool {
        let is_excluded = |schema: &str| self.excluded_schemas.iter().any(|excluded| excluded == schema);
        let is_named = |table: &Candidate| self.schemas.as_ref().is_none_or(|named| named.contains(table.schema()));
        match &self.tables {
            // It depends on what else they name whether anything is left.
            Some(_) => true,
            None if self.schemas.as_ref().is_some_and(|named| named.iter().all(|schema| is_excluded(schema))) => false,
            None => !self.is_by_pattern || self.chosen.contains(&true) || !self.candidates.iter().any(is_named),
        }
    }

    /// Whether anything is left of what `-t` names: a table with rows, or one without them where only the structure is
    /// dumped, or a view or sequence that can be without the tables left out.
    fn leaves_relations(&self, broken: &HashSet<CatalogId>, owned: &HashSet<u32>, has_data: bool) -> bool {
        let tables: HashMap<u32, bool> = (self.candidates.iter().zip(&self.chosen))
            .map(|(table, chosen)| (table.oid, *chosen && (table.kind != "p" || !has_data)))
            .collect();
        let is_broken = |oid| broken.contains(&CatalogId { table: PG_CLASS, object: oid }) || owned.contains(&oid);
        self.tables.as_ref().is_none_or(|named| {
            named.iter().any(|relation| tables.get(&relation.oid).copied().unwrap_or_else(|| !is_broken(relation.oid)))
        })
    }

    /// Says which partitioned tables of `-T` have partitions that are dumped all the same.
    fn warn_of_partitions(&self) {
        let excluded =
            self.candidates.iter().filter(|table| table.kind == "p" && self.exclude_oids.contains(&table.oid));
        let parents: HashSet<&(String, String)> = (self.candidates.iter().zip(&self.chosen))
            .filter(|(table, chosen)| **chosen && table.kind != "p")
            .flat_map(|(table, _)| table.names.iter().skip(1))
            .collect();
        let excluded = excluded.filter(|table| table.names.first().is_some_and(|name| parents.contains(name)));
        let names: Vec<_> = excluded.map(|table| table.shown_name.clone()).collect();
        if !names.is_empty() {
            log::warn!(
                "--exclude-table names partitioned tables whose partitions are dumped: {}\n\
                 HINT: Name the partitions as well, or put the table on a list of --partial-tables-exclude-dict-file.",
                some_names(&names, NAMES_SHOWN)
            );
        }
    }

    /// Whether the schema's exclusion and the patterns let a table through.
    fn has(&self, table: &Candidate) -> bool {
        self.is_asked_for(table) && !self.exclude_oids.contains(&table.oid)
    }

    /// The same without `-T`.
    fn is_asked_for(&self, table: &Candidate) -> bool {
        let schema = table.schema();
        if self.excluded_schemas.iter().any(|excluded| excluded == schema) {
            return false;
        }
        match (&self.tables, &self.schemas) {
            (Some(_), _) => self.table_oids.contains(&table.oid),
            (None, Some(schemas)) => schemas.contains(schema),
            (None, None) => true,
        }
    }
}

/// The OIDs of the tables that may be locked and read, as far as is known before the snapshot.
pub(super) fn wanted(session: &Session, options: &DumpOptions) -> anyhow::Result<Wanted> {
    if !is_partial(options) {
        let excluded = excluded_schemas(session, options)?;
        return Ok(Box::new(move |_, schema| !excluded.iter().any(|excluded| excluded == schema)));
    }
    let draft = Draft::new(session, options)?;
    let pairs = draft.candidates.iter().zip(&draft.chosen);
    let wanted: HashSet<u32> = pairs.filter(|(_, chosen)| **chosen).map(|(table, _)| table.oid).collect();
    Ok(Box::new(move |oid, _| wanted.contains(&oid)))
}

/// Whether the user has chosen tables, schemas or other objects.
fn is_partial(options: &DumpOptions) -> bool {
    options.lists.is_some() || options.patterns.is_some()
}

/// The schemas that the dictionary leaves out altogether.
fn excluded_schemas(session: &Session, options: &DumpOptions) -> anyhow::Result<Vec<String>> {
    let rows = session.query(include_str!("../../sql/schemas.sql"), &[])?;
    let schemas: Vec<String> = (0..rows.len()).map(|row| rows.text(row, 0).into_owned()).collect();
    Ok(options.dictionary.excluded_schemas(&schemas)?)
}

impl Choice {
    /// Finds out what is dumped. Within the transaction whose snapshot counts.
    pub(super) fn new(session: &Session, options: &DumpOptions) -> anyhow::Result<Choice> {
        if !is_partial(options) && excluded_schemas(session, options)?.is_empty() {
            return Ok(Choice { is_all: true, ..Choice::default() });
        }
        let draft = Draft::new(session, options)?;
        warn_of_vain_patterns(session, options)?;
        draft.warn_of_partitions();
        let only = options.lists.include.is_some();
        let pairs = || draft.candidates.iter().zip(draft.chosen.iter().copied());
        let counted = |table: &Candidate| table.kind != "p";
        let mut choice = Choice {
            is_partial: is_partial(options),
            is_all: draft.chosen.iter().all(|chosen| *chosen) && !only && !options.patterns.is_some(),
            chosen: pairs().filter(|(_, chosen)| *chosen).map(|(table, _)| table.oid).collect(),
            candidates: pairs().filter(|(table, _)| counted(table)).count() as u64,
            chosen_candidates: pairs().filter(|(table, chosen)| *chosen && counted(table)).count() as u64,
            excluded_schemas: draft.excluded_schemas.clone(),
            include_json: options.lists.include.as_ref().map(|list| list.to_value().to_string()),
            exclude_json: exclude_json(options.lists.exclude.as_ref(), &draft),
            has_extensions: !only && !options.patterns.name_some(),
            only,
            ..Choice::default()
        };
        let option = |name: &str, pattern: Vec<u8>| OsString::from_vec([name.as_bytes(), &pattern].concat());
        let schemas = session.query(include_str!("../../sql/schemas.sql"), &[])?;
        for row in 0..schemas.len() {
            let name = schemas.text(row, 0);
            if choice.excluded_schemas.iter().any(|excluded| *excluded == name) {
                choice.arguments.push(option("--exclude-schema=", exact_pattern(&schemas.bytes(row, 1)?)));
            } else if draft.schemas.as_ref().is_some_and(|wanted| wanted.contains(&*name)) {
                choice.arguments.push(option("--schema=", exact_pattern(&schemas.bytes(row, 1)?)));
            }
        }
        if choice.is_all {
            return Ok(choice);
        }

        // What chosen tables cannot be made without comes along without its rows, where pg_dump can be made to write it.
        let needed = relation_set(session, include_str!("../../sql/needed_tables.sql"), &[&choice.chosen])?;
        let mut missing = Vec::new();
        let mut without_rows = HashSet::new();
        let mut left_out = HashSet::new();
        let mut arguments = Vec::new();
        for (table, _) in pairs().filter(|(table, chosen)| !chosen && !table.is_member) {
            let is_written = match options.patterns.name_some() {
                true => draft.has(table),
                false => draft.is_asked_for(table),
            };
            if needed.contains(&table.oid) && is_written {
                without_rows.insert(table.oid);
                continue;
            }
            if needed.contains(&table.oid) {
                missing.push(table.shown_name.clone());
            }
            left_out.insert(table.oid);
            if draft.is_asked_for(table) {
                arguments.push((table.encoded.0.as_slice(), table.encoded.1.as_slice()));
            }
        }
        // Views and sequences have no other way to be left out.
        let tables: HashSet<u32> = draft.candidates.iter().map(|table| table.oid).collect();
        for relation in draft.exclude_tables.iter().filter(|relation| !tables.contains(&relation.oid)) {
            left_out.insert(relation.oid);
            arguments.push((&relation.schema, &relation.name));
        }
        if !missing.is_empty() {
            log::warn!(
                "tables that are dumped cannot be made without others, which are left out: {}",
                some_names(&missing, NAMES_SHOWN)
            );
        }
        let patterns = exact_relation_patterns(arguments);
        choice.arguments.extend(patterns.into_iter().map(|pattern| option("--exclude-table=", pattern)));
        if let Some(tables) = &draft.tables {
            let tables = tables.iter().map(|relation| (relation.schema.as_slice(), relation.name.as_slice()));
            let patterns = exact_relation_patterns(tables);
            choice.arguments.extend(patterns.into_iter().map(|pattern| option("--table=", pattern)));
        }

        let stay: HashSet<u32> = choice.chosen.union(&without_rows).copied().collect();
        let rows = session
            .query(include_str!("../../sql/dependents.sql"), &[Some(&array(&left_out)), Some(&array(&stay))])
            .context("cannot find what depends on the tables left out")?;
        for row in 0..rows.len() {
            choice.broken.insert(CatalogId { table: rows.number(row, 0)?, object: rows.number(row, 1)? });
        }
        choice.owned_sequences = relation_set(session, include_str!("../../sql/owned_sequences.sql"), &[&left_out])?;
        if !draft.leaves_relations(&choice.broken, &choice.owned_sequences, options.content.has_data()) {
            return Err(Error::Tables(
                "no table is left to dump\n\
                 HINT: --table takes nothing that goes with what it names: name the tables that a view or a sequence needs as \
                 well, and the partitions of a partitioned table."
                    .into(),
            )
            .into());
        }
        choice.left_out = left_out;
        Ok(choice)
    }

    /// Whether a table's rows are to be dumped, unless the dictionary excludes them.
    pub(super) fn chooses(&self, table: u32) -> bool {
        self.is_all || self.chosen.contains(&table)
    }

    /// Whether a table has no place in the dump at all, not even for its structure.
    pub(super) fn leaves_out(&self, table: u32) -> bool {
        self.left_out.contains(&table)
    }

    /// Takes out of what pg_dump has written what does not belong to the chosen tables. Gives what was left out that
    /// somebody should know of; nothing where all tables are dumped.
    pub(super) fn apply(&self, archive: &mut Archive) -> Option<Selection> {
        if self.is_all {
            return None;
        }
        let selection = archive.select(archive::Choice {
            tables: &self.chosen,
            only: self.only,
            broken: &self.broken,
            owned_sequences: &self.owned_sequences,
        });
        archive.keep(&selection);
        Some(selection)
    }

    /// The tables dictionary that makes `dump_rows` take a table which the dictionary of rules excludes: the list of tables
    /// that are wanted wins. Nothing when there is no such list.
    pub(super) fn include_for(&self, schema: &str, table: &str) -> Option<String> {
        self.only.then(|| json!({ "tables": [{ "schema": schema, "table": table }] }).to_string())
    }
}

/// The list of tables that are left out, and, by their exact names, those that patterns leave out.
fn exclude_json(list: Option<&TableList>, draft: &Draft) -> Option<String> {
    let mut entries = match list.map(TableList::to_value) {
        Some(Value::Object(mut sections)) => match sections.remove("tables") {
            Some(Value::Array(entries)) => entries,
            _ => Vec::new(),
        },
        _ => Vec::new(),
    };
    // A partitioned table would stand for its partitions.
    let left_out = draft.candidates.iter().filter(|table| table.kind == "r" && !draft.has(table));
    let names = left_out.filter_map(|table| table.names.first());
    entries.extend(names.map(|(schema, table)| json!({ "schema": schema, "table": table })));
    (!entries.is_empty()).then(|| json!({ "tables": entries }).to_string())
}

/// Says which patterns match nothing. pg_dump passes those of schemas over where there is a `-t`.
fn warn_of_vain_patterns(session: &Session, options: &DumpOptions) -> anyhow::Result<()> {
    let patterns = &options.patterns;
    let warn = |option: &str, pattern: &NamePattern, noun: &str| {
        log::warn!("{}", no_match(option, std::slice::from_ref(pattern), noun));
    };
    for (option, patterns) in [("--table", &patterns.tables), ("--exclude-table", &patterns.exclude_tables)] {
        for pattern in patterns {
            if relations(session, std::slice::from_ref(pattern))?.is_empty() {
                warn(option, pattern, "table, view or sequence");
            }
        }
    }
    if !patterns.tables.is_empty() {
        return Ok(());
    }
    for (option, patterns) in [("--schema", &patterns.schemas), ("--exclude-schema", &patterns.exclude_schemas)] {
        for pattern in patterns {
            if matching_schemas(session, std::slice::from_ref(pattern))?.is_empty() {
                warn(option, pattern, "schema");
            }
        }
    }
    Ok(())
}

fn no_match(option: &str, patterns: &[NamePattern], noun: &str) -> Error {
    let patterns: Vec<_> = patterns.iter().map(|pattern| visible(&pattern.pattern).into_owned()).collect();
    Error::Tables(format!("{option} matches no {noun}: {}", some_names(&patterns, NAMES_SHOWN)))
}

/// The relations that any of these patterns matches, seen with the search path that the user's own sessions have.
fn relations(session: &Session, patterns: &[NamePattern]) -> anyhow::Result<Vec<Relation>> {
    if patterns.is_empty() {
        return Ok(Vec::new());
    }
    let search_path = session.query("SELECT pg_catalog.current_setting('search_path')", &[])?;
    session.execute("RESET search_path")?;
    let found = matching_relations(session, patterns);
    let restored =
        session.query("SELECT pg_catalog.set_config('search_path', $1, false)", &[Some(&search_path.text(0, 0))]);
    let found = found?;
    restored?;
    Ok(found)
}

fn matching_relations(session: &Session, patterns: &[NamePattern]) -> anyhow::Result<Vec<Relation>> {
    let mut found: Vec<Relation> = Vec::new();
    let mut known = HashSet::new();
    for pattern in patterns {
        if let Some(database) = &pattern.database
            && *database != session.database()
        {
            let pattern = visible(&pattern.pattern);
            return Err(Error::Usage(format!("{pattern} names another database than the one that is dumped")).into());
        }
        let arguments = [pattern.schema.as_deref(), Some(pattern.name.as_str())];
        let rows = session
            .query(include_str!("../../sql/matching_relations.sql"), &arguments)
            .with_context(|| format!("cannot look for {}", visible(&pattern.pattern)))?;
        for row in 0..rows.len() {
            let oid = rows.number(row, 0)?;
            if known.insert(oid) {
                found.push(Relation { oid, schema: rows.bytes(row, 1)?, name: rows.bytes(row, 2)? });
            }
        }
    }
    Ok(found)
}

fn matching_schemas(session: &Session, patterns: &[NamePattern]) -> anyhow::Result<BTreeSet<String>> {
    let mut found = BTreeSet::new();
    for pattern in patterns {
        let rows = session
            .query(include_str!("../../sql/matching_schemas.sql"), &[Some(&pattern.name)])
            .with_context(|| format!("cannot look for {}", visible(&pattern.pattern)))?;
        found.extend((0..rows.len()).map(|row| rows.text(row, 0).into_owned()));
    }
    Ok(found)
}

/// The OIDs that a query gives for sets of OIDs.
fn relation_set(session: &Session, query: &str, sets: &[&HashSet<u32>]) -> anyhow::Result<HashSet<u32>> {
    let sets: Vec<String> = sets.iter().map(|set| array(set)).collect();
    let sets: Vec<Option<&str>> = sets.iter().map(|set| Some(set.as_str())).collect();
    let rows = session.query(query, &sets).context("cannot find what the tables need")?;
    (0..rows.len()).map(|row| rows.number(row, 0)).collect()
}

/// The text of an array of OIDs.
fn array(oids: &HashSet<u32>) -> String {
    let oids: Vec<String> = oids.iter().map(ToString::to_string).collect();
    format!("{{{}}}", oids.join(","))
}
