//! Dumps that the Python tool pg_anon 1.x made: two archives of structure in custom format, and a gzip file in COPY's binary
//! format for each table.
//!
//! The two archives are put together to one in directory format, with entries for the rows of the tables and the values of the
//! sequences, as a dump of ours has them. So everything that a restore does with an archive is done with this one too; only the
//! rows go another way: by COPY over our own connections, unpacked on the way, with no copy on the disk.

use std::collections::{BTreeMap, HashMap, HashSet};
use std::fs;
use std::io::Read as _;
use std::path::{Path, PathBuf};

use anyhow::Context as _;
use pg_anon_core::archive::{Archive, CatalogId, Compression, Entry, ExtensionMember, Section, SequenceSet, TableData};
use pg_anon_core::metadata::{Metadata, SequenceValue, TableFile};

use crate::connection::Session;
use crate::error::{Error, refusal};
use crate::files;
use crate::progress::{count, some_names};
use crate::restore::SHOWN;
use crate::restore::names::quoted;
use crate::text::visible;
use crate::unpack::Unpacker;
use crate::verify;
use crate::verify::python::{POST_DATA, PRE_DATA, Unreadable, read_structure};

/// How much of a COPY goes to the server at once.
const PIECE: usize = 64 << 10;

/// The schema of the tool's own functions, which no target needs.
const FUNCTIONS: &str = "anon_funcs";

/// Kinds of entries that pg_dump leaves out when it is given tables, and that the tool keeps as SQL then.
const NEEDED_KINDS: [&str; 8] =
    ["TYPE", "SHELL TYPE", "DOMAIN", "FUNCTION", "PROCEDURE", "CAST", "OPERATOR", "AGGREGATE"];

/// Schemas that every database has.
const SYSTEM_SCHEMAS: [&str; 3] = ["public", "pg_catalog", "information_schema"];

/// SQLSTATEs of making what is there already: object, function, schema, relation.
const DUPLICATES: [&str; 4] = ["42710", "42723", "42P06", "42P07"];

/// A dump of the Python tool's, in the form of one of ours.
#[derive(Debug)]
pub struct PythonDump {
    input_dir: PathBuf,
    /// The tool's own `metadata.json`.
    original: Metadata,
    /// Whether there is structure in it.
    has_structure: bool,
    /// The structure; entries for rows and for sequences are added to it.
    archive: Archive,
    /// The same as `original`, with the data files under the names that the entries have for them.
    metadata: Metadata,
    /// A folder with the archive's table of contents, for pg_restore.
    folder: tempfile::TempDir,
    /// The data files, by the number of their entries.
    files: HashMap<i32, (String, TableFile)>,
    /// The entries that go before the data.
    before: HashSet<i32>,
    /// SQL that makes what the tables need and the archive does not have.
    needed: Vec<String>,
}

impl PythonDump {
    /// Reads the archives of a dump and puts them together. [`PythonDump::add_data`] is to follow.
    ///
    /// # Errors
    /// An archive cannot be read.
    pub fn open(input_dir: &Path, metadata: &Metadata) -> anyhow::Result<PythonDump> {
        let read = |name: &str| -> anyhow::Result<Option<Archive>> {
            if !input_dir.join(name).is_file() {
                return Ok(None);
            }
            read_structure(input_dir, name).map(Some).map_err(|unreadable| {
                Error::InputDir(match unreadable {
                    Unreadable::TooOld => format!(
                        "{name} was written by pg_dump 11 or older, which this version cannot restore\n\
                         HINT: Restore it with the Python tool, or dump anew."
                    ),
                    Unreadable::Because(problem) => format!("{name}: {problem}"),
                })
                .into()
            })
        };
        let (mut archive, mut before) = match (read(PRE_DATA)?, read(POST_DATA)?) {
            (Some(pre_data), post_data) => {
                let before = pre_data.entries.iter().map(|entry| entry.dump_id).collect();
                let archive = match post_data {
                    Some(post_data) => Archive::join_sections(pre_data, post_data),
                    None => pre_data,
                };
                (archive, before)
            }
            (None, Some(_)) => {
                return Err(Error::InputDir(format!("{PRE_DATA} is missing in {}", input_dir.display())).into());
            }
            (None, None) => (Archive::without_entries(), HashSet::new()),
        };
        archive.header.set_compression(Compression::None)?;
        let has_structure = !archive.entries.is_empty();
        leave_out_functions(&mut archive);
        leave_out_excluded(&mut archive, metadata);
        refresh_views(&mut archive);
        let needed = if has_structure { complete(&mut archive, &mut before, metadata) } else { Vec::new() };
        Ok(PythonDump {
            input_dir: input_dir.to_owned(),
            original: metadata.clone(),
            has_structure,
            archive,
            metadata: metadata.clone(),
            folder: tempfile::tempdir().context("cannot create a temporary folder")?,
            files: HashMap::new(),
            before,
            needed,
        })
    }

    /// The mode of the tool that made the dump, as far as its files tell.
    pub fn mode(&self) -> &'static str {
        match (self.has_structure, self.original.files.is_empty()) {
            (false, _) => "sync-data-dump",
            (true, true) => "sync-struct-dump",
            (true, false) => "dump",
        }
    }

    /// Adds entries for the rows of the tables and the values of the sequences. Tables of extensions are left out: the tool
    /// dumps them whole, with the rows that CREATE EXTENSION makes, and does not tell which of them are others.
    pub fn add_data(&mut self, session: &Session) -> anyhow::Result<()> {
        let tables = relations(&self.archive, "TABLE");
        let mut sources = Vec::new();
        let mut left_out = Vec::new();
        for (name, file) in &self.original.files {
            let is_extension_s = match self.has_structure {
                true => !tables.contains_key(&(file.schema.clone().into_bytes(), file.table.clone().into_bytes())),
                false => Target::find(session, file)?.is_some_and(|target| target.is_extension_s),
            };
            if is_extension_s {
                left_out.push(visible(&format!("{}.{}", file.schema, file.table)).into_owned());
            } else {
                sources.push((name.clone(), file.clone()));
            }
        }
        if !left_out.is_empty() {
            log::warn!(
                "the rows of tables that belong to extensions are not restored, because the dump does not tell the \
                 extensions' own from others: {}",
                some_names(&left_out, SHOWN)
            );
        }
        let data = sources.iter().enumerate().map(|(number, (_, file))| {
            let (oid, extension_member) = member(&tables, number, &file.schema, &file.table);
            let name = format!("{}.{}", quoted(&file.schema), quoted(&file.table));
            let copy_statement = format!("COPY {name} FROM stdin;\n").into_bytes();
            TableData { oid, copy_statement, load_root: None, parts: 1, extension_member }
        });
        let ids = self.archive.add_all_table_data(data.collect())?;
        self.metadata.mode = self.mode().to_owned();
        self.metadata.files.clear();
        for (id, (name, mut file)) in ids.into_iter().flatten().zip(sources) {
            file.bytes = fs::metadata(self.input_dir.join(&name)).ok().map(|metadata| metadata.len());
            self.metadata.files.insert(format!("{id}.dat"), file.clone());
            self.files.insert(id, (name, file));
        }
        let sequences = relations(&self.archive, "SEQUENCE");
        let values = self.original.seq_lastvals.values().filter(|value| !value.is_excluded).enumerate();
        let values = values.map(|(number, value)| {
            let (oid, extension_member) = member(&sequences, number, &value.schema, &value.seq_name);
            SequenceSet { oid, setval_statement: setval(value).into_bytes(), extension_member }
        });
        self.archive.add_all_sequence_sets(values.collect())?;
        let mut written = self.archive.clone();
        written.entries.retain(|entry| !self.has_rows(entry));
        files::write(&self.folder.path().join("toc.dat"), &written.write())?;
        Ok(())
    }

    /// The whole as an archive of ours would be.
    pub fn archive(&self) -> &Archive {
        &self.archive
    }

    /// The same for `metadata.json`.
    pub fn metadata(&self) -> &Metadata {
        &self.metadata
    }

    /// A folder with an archive of all but the rows, for pg_restore.
    pub fn folder(&self) -> &Path {
        self.folder.path()
    }

    /// Fails unless all files are whole, as far as can be told.
    pub fn check_files(&self, threads: usize) -> anyhow::Result<()> {
        log::info!("checking the files");
        let mut findings = verify::python::check(&self.input_dir, &self.original, threads)?;
        findings.problems.extend(verify::total_rows(&self.original));
        Ok(findings.refuse(&self.input_dir)?)
    }

    /// Whether an entry is restored before the rows are loaded.
    pub fn is_before(&self, entry: &Entry) -> bool {
        self.before.contains(&entry.dump_id)
    }

    /// Whether an entry must be there before [`PythonDump::make_needed`] runs.
    pub fn is_ground(&self, entry: &Entry) -> bool {
        self.is_before(entry) && (entry.is("SCHEMA") || entry.is("EXTENSION"))
    }

    /// Whether [`PythonDump::copy`] loads the entry's rows.
    pub fn has_rows(&self, entry: &Entry) -> bool {
        self.files.contains_key(&entry.dump_id)
    }

    /// Makes types, functions and the like that the tables need and the archive does not have. What fails is tried again
    /// after the others, as long as that helps.
    pub fn make_needed(&self, session: &Session) -> anyhow::Result<()> {
        if self.needed.is_empty() {
            return Ok(());
        }
        session.execute_all("SET check_function_bodies = off; SET search_path = \"$user\", public")?;
        let mut left: Vec<&String> = self.needed.iter().collect();
        loop {
            let before = left.len();
            let mut failed = Vec::new();
            let mut message = String::new();
            for statement in left {
                let Err(error) = session.execute_all(statement) else { continue };
                let Some(refusal) = refusal(&error) else { return Err(error) };
                if !DUPLICATES.contains(&refusal.sqlstate.as_str()) {
                    message = refusal.to_string();
                    failed.push(statement);
                }
            }
            if failed.is_empty() {
                break;
            }
            if failed.len() == before {
                return Err(Error::Target(format!(
                    "{} in the partial_dump_* lists of metadata.json cannot be run: {message}",
                    count(before as u64, "statement")
                ))
                .into());
            }
            left = failed;
        }
        session.execute_all("RESET check_function_bodies; SET search_path = ''")
    }

    /// Copies the rows of an entry into its table. Gives their number.
    pub fn copy(&self, entry: &Entry, session: &Session, mut each: impl FnMut(usize)) -> anyhow::Result<u64> {
        let (name, file) = self.files.get(&entry.dump_id).context("the entry has no data file")?;
        let target = Target::find(session, file)?;
        let Target { table, columns, .. } = target.ok_or_else(|| Error::Target("the table is not there".to_owned()))?;
        let mut unpacker = Unpacker::open(&self.input_dir.join(name))?;
        session.copy_in(&format!("COPY {table}{columns} FROM STDIN (FORMAT binary)"), |piece| {
            piece.resize(PIECE, 0);
            let read = unpacker.read(piece);
            let read = read.map_err(|error| Error::InputDir(format!("{name} {}", unpacker.explain(&error))))?;
            piece.truncate(read);
            each(read);
            Ok(())
        })
    }
}

/// A table of the target.
struct Target {
    /// Its name as SQL takes it.
    table: String,
    /// The list of its columns that are not generated, as COPY takes it.
    columns: String,
    is_extension_s: bool,
}

impl Target {
    fn find(session: &Session, file: &TableFile) -> anyhow::Result<Option<Target>> {
        let names = [Some(file.schema.as_str()), Some(file.table.as_str())];
        let rows = session.query(include_str!("../../sql/load_target.sql"), &names)?;
        if rows.len() == 0 {
            return Ok(None);
        }
        let columns = match rows.get(0, 1) {
            Some(columns) => format!(" ({})", String::from_utf8_lossy(columns)),
            None => String::new(),
        };
        Ok(Some(Target { table: rows.text(0, 0).into_owned(), columns, is_extension_s: rows.is_true(0, 2) }))
    }
}

/// The OIDs of an archive's relations of this kind, by schema and name. The tool has pg_dump write UTF-8.
fn relations(archive: &Archive, kind: &str) -> BTreeMap<(Vec<u8>, Vec<u8>), u32> {
    let entries = archive.entries.iter().filter(|entry| entry.is(kind));
    entries
        .map(|entry| {
            let name = (entry.namespace.clone().unwrap_or_default(), entry.tag.clone().unwrap_or_default());
            (name, entry.catalog_id.object)
        })
        .collect()
}

/// How an entry for the data of a relation finds it: by its OID, or, when the archive does not have it, by name and some
/// number that no OID of the archive is.
fn member(
    relations: &BTreeMap<(Vec<u8>, Vec<u8>), u32>,
    number: usize,
    schema: &str,
    name: &str,
) -> (u32, Option<ExtensionMember>) {
    let (schema, name) = (schema.as_bytes().to_vec(), name.as_bytes().to_vec());
    match relations.get(&(schema.clone(), name.clone())) {
        Some(oid) => (*oid, None),
        None => {
            let oid = u32::MAX.saturating_sub(u32::try_from(number).unwrap_or(u32::MAX));
            (oid, Some(ExtensionMember { schema, name, owner: None }))
        }
    }
}

/// A string as SQL takes it literally, whatever `standard_conforming_strings` says.
fn literal(text: &str) -> String {
    let text = text.replace('\'', "''");
    match text.contains('\\') {
        true => format!("E'{}'", text.replace('\\', "\\\\")),
        false => format!("'{text}'"),
    }
}

/// The statement that sets a sequence. The tool does not keep whether the value was given out already. Taking it for given out
/// may leave one value unused, where the other way would give one twice.
fn setval(value: &SequenceValue) -> String {
    let name = literal(&format!("{}.{}", quoted(&value.schema), quoted(&value.seq_name)));
    format!("SELECT pg_catalog.setval({name}, {}, {});\n", value.value, value.is_called.unwrap_or(true))
}

/// Leaves out the schema of the tool's functions with all that is in it, unless something else needs it.
fn leave_out_functions(archive: &mut Archive) {
    let is_own = |entry: &Entry| {
        let own = |name: &Option<Vec<u8>>| name.as_deref() == Some(FUNCTIONS.as_bytes());
        own(&entry.namespace)
            || entry.is("SCHEMA") && own(&entry.tag)
            || is_about(entry, &format!("SCHEMA {FUNCTIONS}"))
    };
    let own: HashSet<i32> = archive.entries.iter().filter(|entry| is_own(entry)).map(|entry| entry.dump_id).collect();
    let is_needed = archive.entries.iter().any(|entry| {
        let is_table = entry.is("TABLE") && is_own(entry);
        is_table || !is_own(entry) && entry.dependencies.iter().any(|id| own.contains(id))
    });
    if is_needed {
        log::warn!("the schema {FUNCTIONS} of the dump is restored, because other objects of the dump need it");
    } else {
        archive.entries.retain(|entry| !own.contains(&entry.dump_id));
    }
}

/// Whether an entry is a comment, grants or a security label of this object.
fn is_about(entry: &Entry, object: &str) -> bool {
    let is_attached = ["ACL", "COMMENT", "SECURITY LABEL"].iter().any(|kind| entry.is(kind));
    is_attached && entry.tag.as_deref() == Some(object.as_bytes())
}

/// Leaves out what `metadata.json` says is excluded, and what hangs on it.
fn leave_out_excluded(archive: &mut Archive, metadata: &Metadata) {
    let names = |entry: &Entry, schema: &str, tag: &str| {
        entry.namespace.as_deref() == Some(schema.as_bytes()) && entry.tag.as_deref() == Some(tag.as_bytes())
    };
    let is_excluded = |entry: &Entry| {
        let view = entry.is("VIEW") || entry.is("MATERIALIZED VIEW");
        let index = entry.is("INDEX") || entry.is("INDEX ATTACH");
        view && metadata.views.values().any(|view| view.is_excluded && names(entry, &view.view_schema, &view.view_name))
            || index
                && metadata
                    .indexes
                    .values()
                    .any(|index| index.is_excluded && names(entry, &index.schema, &index.index_name))
            || entry.is("FK CONSTRAINT")
                && metadata.constraints.values().any(|key| {
                    let tag = format!("{} {}", key.table_name_from, key.constraint_name);
                    key.is_excluded && names(entry, &key.table_schema_from, &tag)
                })
            || entry.is("EVENT TRIGGER")
                && metadata.excluded_event_triggers.iter().any(|name| entry.tag.as_deref() == Some(name.as_bytes()))
    };
    let mut gone: HashSet<i32> =
        archive.entries.iter().filter(|entry| is_excluded(entry)).map(|entry| entry.dump_id).collect();
    if gone.is_empty() {
        return;
    }
    loop {
        let before = gone.len();
        let hanging = archive.entries.iter().filter(|entry| entry.dependencies.iter().any(|id| gone.contains(id)));
        gone.extend(hanging.map(|entry| entry.dump_id).collect::<Vec<_>>());
        if gone.len() == before {
            break;
        }
    }
    archive.entries.retain(|entry| {
        let is_gone = gone.contains(&entry.dump_id);
        if is_gone {
            log::debug!("{} is left out: metadata.json says so", visible(&entry.name()));
        }
        !is_gone
    });
}

/// Has the materialised views filled at the end, one after the other, as an archive with data does. The tool leaves them
/// empty.
fn refresh_views(archive: &mut Archive) {
    let views: Vec<Entry> = archive.entries.iter().filter(|entry| entry.is("MATERIALIZED VIEW")).cloned().collect();
    let mut before = None;
    for view in views {
        let text = |bytes: &Option<Vec<u8>>| String::from_utf8_lossy(bytes.as_deref().unwrap_or_default()).into_owned();
        let name = format!("{}.{}", quoted(&text(&view.namespace)), quoted(&text(&view.tag)));
        let dump_id = archive.next_dump_id();
        archive.entries.push(Entry {
            dump_id,
            catalog_id: CatalogId { table: 0, ..view.catalog_id },
            desc: Some(b"MATERIALIZED VIEW DATA".to_vec()),
            section: Section::PostData,
            definition: Some(format!("REFRESH MATERIALIZED VIEW {name};\n\n").into_bytes()),
            drop_statement: None,
            dependencies: [view.dump_id].into_iter().chain(before).collect(),
            ..view
        });
        before = Some(dump_id);
    }
}

/// Adds what a dump of some tables does not have in its archive: schemas and extensions as entries. Gives the SQL of what
/// else the tables need.
fn complete(archive: &mut Archive, before: &mut HashSet<i32>, metadata: &Metadata) -> Vec<String> {
    let has = |archive: &Archive, kind: &str, name: &str| {
        archive.entries.iter().any(|entry| entry.is(kind) && entry.tag.as_deref() == Some(name.as_bytes()))
    };
    let is_partial = !metadata.partial_dump_schemas.is_empty();
    let extensions: Vec<_> = metadata
        .extensions
        .values()
        .filter(|extension| is_partial && !extension.is_excluded_by_schema)
        .filter(|extension| extension.name != "plpgsql" && extension.schema != FUNCTIONS)
        .filter(|extension| !has(archive, "EXTENSION", &extension.name))
        .collect();
    let mut schemas: Vec<&String> =
        metadata.partial_dump_schemas.iter().chain(extensions.iter().map(|extension| &extension.schema)).collect();
    schemas.sort();
    schemas.dedup();
    schemas.retain(|schema| {
        !SYSTEM_SCHEMAS.contains(&schema.as_str()) && schema.as_str() != FUNCTIONS && !has(archive, "SCHEMA", schema)
    });
    let mut added = Vec::new();
    for schema in schemas {
        added.push(("SCHEMA", schema, format!("CREATE SCHEMA IF NOT EXISTS {};\n", quoted(schema))));
    }
    for extension in extensions {
        let (name, schema) = (quoted(&extension.name), quoted(&extension.schema));
        let sql = format!("CREATE EXTENSION IF NOT EXISTS {name} WITH SCHEMA {schema};\n");
        added.push(("EXTENSION", &extension.name, sql));
    }
    let preamble =
        |entry: &Entry| ["ENCODING", "STDSTRINGS", "SEARCHPATH", "DATABASE"].iter().any(|kind| entry.is(kind));
    let at = archive.entries.iter().position(|entry| !preamble(entry)).unwrap_or(archive.entries.len());
    for (kind, name, definition) in added.into_iter().rev() {
        let dump_id = archive.next_dump_id();
        before.insert(dump_id);
        archive.entries.insert(at, entry(dump_id, kind, name, definition));
    }
    // pg_dump's own definitions are truer, where it has them.
    if archive.entries.iter().any(|entry| NEEDED_KINDS.iter().any(|kind| entry.is(kind))) {
        return Vec::new();
    }
    let lists = [
        &metadata.partial_dump_types,
        &metadata.partial_dump_domains,
        &metadata.partial_dump_ranges,
        &metadata.partial_dump_functions,
        &metadata.partial_dump_casts,
        &metadata.partial_dump_operators,
        &metadata.partial_dump_aggregates,
    ];
    lists.into_iter().flatten().cloned().collect()
}

/// An entry of the section before the data.
fn entry(dump_id: i32, kind: &str, name: &str, definition: String) -> Entry {
    Entry {
        dump_id,
        had_dumper: false,
        catalog_id: CatalogId::default(),
        tag: Some(name.into()),
        desc: Some(kind.into()),
        section: Section::PreData,
        definition: Some(definition.into_bytes()),
        drop_statement: Some(format!("DROP {kind} IF EXISTS {};\n", quoted(name)).into_bytes()),
        copy_statement: None,
        namespace: None,
        tablespace: None,
        table_access_method: None,
        relkind: 0,
        owner: None,
        with_oids: Some(b"false".to_vec()),
        dependencies: Vec::new(),
        file_name: Some(Vec::new()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_sequence_goes_on_behind_the_value_that_the_tool_kept() {
        let value =
            SequenceValue { schema: "a\"b".into(), seq_name: "it's \\ s".into(), value: 7, ..SequenceValue::default() };
        assert_eq!(setval(&value), "SELECT pg_catalog.setval(E'\"a\"\"b\".\"it''s \\\\ s\"', 7, true);\n");
        let value =
            SequenceValue { schema: "public".into(), seq_name: "s".into(), value: -1, ..SequenceValue::default() };
        assert_eq!(setval(&value), "SELECT pg_catalog.setval('\"public\".\"s\"', -1, true);\n");
    }
}
