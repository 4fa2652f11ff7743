//! `sync-data-restore`: the rows of a dump put into tables that are there, in one transaction. Whoever fails or is stopped
//! leaves the database as it was.
//!
//! It works for an owner of the tables who is not superuser, and so without `session_replication_role`: foreign keys among
//! the tables are dropped and made again at the end, which checks them as well; triggers are switched off and on.

use std::collections::{BTreeSet, HashSet};
use std::fs;
use std::io::Read as _;

use anyhow::Context as _;
use pg_anon_core::archive::Entry;
use pg_anon_core::metadata::Metadata;

use crate::config::{Replace, RestoreOptions};
use crate::connection::Session;
use crate::error::{Error, without_values};
use crate::progress::{Counters, Progress, count, some_names};
use crate::restore::SHOWN;
use crate::restore::custom_checks;
use crate::restore::list::{Chosen, data_file};
use crate::restore::load::table_name;
use crate::restore::names::Names;
use crate::restore::python_dump::PythonDump;
use crate::restore::rows::Rows;
use crate::restore::sequences;
use crate::restore::tables::{Source, Table};
use crate::restore::with_state;
use crate::text::visible;
use crate::unpack::Unpacker;

/// How much of a large object goes to the server at once.
const OBJECT_PIECE: usize = 256 << 10;

/// What may help when a row breaks a CHECK.
const CUSTOM_CHECKS: &str =
    "--drop-custom-check-constr loads without CHECK constraints that call functions of the database's own.";

/// What is loaded, and into what.
pub struct Load<'a> {
    pub session: &'a Session,
    pub chosen: &'a Chosen<'a>,
    pub metadata: &'a Metadata,
    /// The dump, when the Python tool made it.
    pub python: Option<&'a PythonDump>,
    pub names: &'a Names<'a>,
    pub options: &'a RestoreOptions,
    /// The tables with data in the dump, and those of the target, in the same order.
    pub sources: &'a [Source],
    pub tables: &'a [Table],
}

/// A foreign key that was dropped.
struct ForeignKey {
    table: String,
    name: String,
    definition: String,
    comment: Option<String>,
}

impl Load<'_> {
    /// Fails when the role does not own the tables.
    pub fn check(&self) -> anyhow::Result<()> {
        let shown = |table: &&Table| visible(&table.name).into_owned();
        let others: Vec<String> =
            self.tables.iter().filter(|table| !table.is_owned).map(|table| shown(&table)).collect();
        if !others.is_empty() {
            return Err(Error::Target(format!(
                "loading rows needs the owner of the tables, and these belong to others: {}",
                some_names(&others, SHOWN)
            ))
            .into());
        }
        Ok(())
    }

    /// Fails when the tables hold rows.
    fn check_empty(&self) -> anyhow::Result<()> {
        let mut filled = Vec::new();
        for (source, table) in self.sources.iter().zip(self.tables) {
            let condition = table.condition.as_deref().unwrap_or_default();
            let (only, name) = if source.by_root { ("", &table.root) } else { ("ONLY ", &table.name) };
            if self.session.query(&format!("SELECT FROM {only}{name} {condition} LIMIT 1"), &[])?.len() > 0 {
                filled.push(visible(name).into_owned());
            }
        }
        filled.dedup();
        if filled.is_empty() {
            return Ok(());
        }
        Err(Error::Target(format!(
            "tables of the dump hold rows in database \"{}\": {}\n\
             HINT: --clean-db replaces the rows of the tables in the dump.",
            self.session.database(),
            some_names(&filled, SHOWN)
        ))
        .into())
    }

    /// Loads it all, or nothing.
    pub fn run(&self) -> anyhow::Result<()> {
        self.session.execute("BEGIN")?;
        let database = self.session.database();
        self.in_transaction().map_err(|error| {
            // The connection may be gone, and then so is the transaction.
            drop(self.session.execute("ROLLBACK"));
            with_state(error, &format!("no rows were replaced or added: database \"{database}\" has those it had"))
        })?;
        self.session.execute("COMMIT").map_err(|error| {
            let state = match error.downcast_ref() {
                Some(Error::Server(error)) if !error.sqlstate.is_empty() => "has the rows that it had",
                _ => "has either all rows of the dump or those that it had: COMMIT was not answered",
            };
            with_state(error, &format!("database \"{database}\" {state}"))
        })
    }

    fn in_transaction(&self) -> anyhow::Result<()> {
        let session = self.session;
        if let Some(time) = &self.options.lock_timeout {
            session.query("SELECT pg_catalog.set_config('lock_timeout', $1::text, true)", &[Some(time)])?;
        }
        let oids = sequences::oids(self.tables);
        let keys = self.drop_foreign_keys(&oids)?;
        let triggers = session.query(include_str!("../../sql/loaded_triggers.sql"), &[Some(&oids)])?;
        for row in 0..triggers.len() {
            session.execute(&triggers.text(row, 0))?;
        }
        let forced = session.query(include_str!("../../sql/forced_row_security.sql"), &[Some(&oids)])?;
        for row in 0..forced.len() {
            session.execute(&format!("ALTER TABLE {} NO FORCE ROW LEVEL SECURITY", forced.text(row, 0)))?;
        }
        let mut checks = custom_checks::Dropped::default();
        if self.options.drop_custom_checks {
            custom_checks::drop_all(session, self.tables, &mut checks)?;
        }
        match self.options.replace {
            Replace::Nothing => self.check_empty()?,
            _ => self.truncate()?,
        }
        self.load_tables()?;
        self.load_large_objects()?;
        checks.put_back(session, true)?;
        self.put_back_foreign_keys(&keys)?;
        for row in 0..forced.len() {
            session.execute(&format!("ALTER TABLE {} FORCE ROW LEVEL SECURITY", forced.text(row, 0)))?;
        }
        for row in 0..triggers.len() {
            session.execute(&triggers.text(row, 1))?;
        }
        self.refresh_views(&oids)?;
        // What would fail at the end fails now: the values of sequences do not come back with the transaction.
        session.execute("SET CONSTRAINTS ALL IMMEDIATE")?;
        for entry in self.chosen.entries().filter(|entry| entry.is("SEQUENCE SET")) {
            let statement = self.names.optional(&entry.definition)?;
            session.execute(&statement).map_err(|error| error.context(visible(&entry.name()).into_owned()))?;
        }
        if self.options.sequences_by_values {
            sequences::set_by_values(session, self.tables)?;
        }
        Ok(())
    }

    fn drop_foreign_keys(&self, oids: &str) -> anyhow::Result<Vec<ForeignKey>> {
        let rows = self.session.query(include_str!("../../sql/replaced_foreign_keys.sql"), &[Some(oids)])?;
        let mut keys = Vec::new();
        let mut outside = Vec::new();
        for row in 0..rows.len() {
            let text = |column| rows.text(row, column).into_owned();
            if rows.is_true(row, 4) {
                let comment = rows.get(row, 3).map(|_| text(3));
                keys.push(ForeignKey { table: text(0), name: text(1), definition: text(2), comment });
            } else {
                outside.push(format!("{} of {}", visible(&text(1)), visible(&text(0))));
            }
        }
        if self.options.replace == Replace::Objects && !outside.is_empty() {
            return Err(Error::Target(format!(
                "foreign keys of tables that are not chosen or not in the dump refer to tables whose rows are to be \
                 replaced: {}\n\
                 HINT: Drop them first, or choose or dump those tables as well.",
                some_names(&outside, SHOWN)
            ))
            .into());
        }
        for ForeignKey { table, name, .. } in &keys {
            self.session.execute(&format!("ALTER TABLE {table} DROP CONSTRAINT {name}"))?;
        }
        Ok(keys)
    }

    fn put_back_foreign_keys(&self, keys: &[ForeignKey]) -> anyhow::Result<()> {
        if self.metadata.dbg_stage_2_validate_data {
            return keys.iter().try_for_each(|key| self.put_back_as_far_as_rows_are_there(key));
        }
        for ForeignKey { table, name, definition, comment } in keys {
            let added = self.session.execute(&format!("ALTER TABLE {table} ADD CONSTRAINT {name} {definition}"));
            added
                .map_err(without_values)
                .with_context(|| format!("foreign key {} of {}", visible(name), visible(table)))?;
            if let Some(comment) = comment {
                let comment = self.session.literal(comment)?;
                self.session.execute(&format!("COMMENT ON CONSTRAINT {name} ON {table} IS {comment}"))?;
            }
        }
        Ok(())
    }

    /// Makes a foreign key again over some rows of each table, which may refer to rows that are not among them: then it is not
    /// valid for the rows that are there. Partitioned tables cannot have such a key, and lose it.
    fn put_back_as_far_as_rows_are_there(&self, key: &ForeignKey) -> anyhow::Result<()> {
        let ForeignKey { table, name, definition, comment } = key;
        let (shown_name, shown_table) = (visible(name), visible(table));
        for (suffix, warning) in [("", ""), (" NOT VALID", "is NOT VALID now")] {
            self.session.execute("SAVEPOINT foreign_key")?;
            let added =
                self.session.execute(&format!("ALTER TABLE {table} ADD CONSTRAINT {name} {definition}{suffix}"));
            if added.is_err() {
                // Fails when it was the connection that failed.
                self.session.execute("ROLLBACK TO SAVEPOINT foreign_key")?;
                continue;
            }
            if !warning.is_empty() {
                log::warn!(
                    "foreign key {shown_name} of {shown_table} {warning}: the rows of a validation refer to others that \
                     are not among them"
                );
            }
            if let Some(comment) = comment {
                let comment = self.session.literal(comment)?;
                self.session.execute(&format!("COMMENT ON CONSTRAINT {name} ON {table} IS {comment}"))?;
            }
            return Ok(());
        }
        log::warn!(
            "foreign key {shown_name} of {shown_table} is dropped: the rows of a validation refer to others that are not \
             among them"
        );
        Ok(())
    }

    /// Empties all tables with one statement, after the foreign keys among them are gone. An extension keeps its own rows.
    fn truncate(&self) -> anyhow::Result<()> {
        self.check_partitions()?;
        let mut list = Vec::new();
        for (source, table) in self.sources.iter().zip(self.tables) {
            match &table.condition {
                Some(condition) => self.session.execute(&format!("DELETE FROM ONLY {} {condition}", table.name))?,
                None if source.by_root => list.push(table.root.clone()),
                None => list.push(format!("ONLY {}", table.name)),
            }
        }
        list.sort();
        list.dedup();
        if list.is_empty() { Ok(()) } else { self.session.execute(&format!("TRUNCATE {}", list.join(", "))) }
    }

    /// Fails when rows are loaded through a partitioned table that has other partitions than the chosen ones: those would lose
    /// their rows.
    fn check_partitions(&self) -> anyhow::Result<()> {
        let by_root = self.sources.iter().zip(self.tables).filter(|(source, _)| source.by_root);
        let roots: BTreeSet<&str> = by_root.map(|(_, table)| table.root.as_str()).collect();
        for root in roots {
            let chosen = self.tables.iter().filter(|table| table.root == root).count();
            let leaves = "SELECT FROM pg_catalog.pg_partition_tree($1::pg_catalog.regclass) WHERE isleaf";
            if self.session.query(leaves, &[Some(root)])?.len() > chosen {
                return Err(Error::Target(format!(
                    "rows go into the partitions of table {root} by their masked keys, and not all of its partitions were chosen\n\
                     HINT: Choose the partitioned table."
                ))
                .into());
            }
        }
        Ok(())
    }

    fn load_tables(&self) -> anyhow::Result<()> {
        let entries: Vec<&Entry> = self.chosen.table_data().collect();
        log::info!("loading {} in one transaction", count(self.sources.len() as u64, "table"));
        let folder = &self.options.input_dir;
        let rows = entries
            .into_iter()
            .map(|entry| Rows::of(entry, folder, self.metadata, self.python, self.names))
            .collect::<anyhow::Result<Vec<_>>>()?;
        let counters = Counters::default();
        let mut progress = Progress::new(rows.len() as u64, rows.iter().map(|rows| rows.bytes).sum());
        let mut wrong = Vec::new();
        for rows in rows {
            let mut part = counters.begin(rows.rows, rows.bytes);
            let table = visible(&table_name(rows.entry)).into_owned();
            let taken = rows
                .copy(self.session, |piece| {
                    part.advance(0, piece);
                    progress.show(&counters);
                })
                .map_err(|error| {
                    let mut error = without_values(error);
                    if let Some(Error::Server(refusal)) = error.downcast_mut()
                        && refusal.sqlstate == "23514"
                        && !self.options.drop_custom_checks
                    {
                        refusal.hint.get_or_insert_with(|| CUSTOM_CHECKS.to_owned());
                    }
                    error.context(format!("table {table}"))
                })?;
            part.advance(taken, 0);
            part.finish(true);
            if taken != rows.rows {
                wrong.push(format!("{table} got {} instead of {}", count(taken, "row"), rows.rows));
            }
        }
        if wrong.is_empty() {
            return Ok(());
        }
        let text = format!("tables do not get the rows that metadata.json tells: {}", some_names(&wrong, SHOWN));
        Err(Error::Target(text).into())
    }

    /// Fills the materialised views that show the tables, but not those that the source had not filled, as far as the dump
    /// tells.
    fn refresh_views(&self, oids: &str) -> anyhow::Result<()> {
        let mut filled = HashSet::new();
        for entry in self.chosen.entries().filter(|entry| entry.is("MATERIALIZED VIEW DATA")) {
            filled.insert((self.names.optional(&entry.namespace)?, self.names.optional(&entry.tag)?));
        }
        let views = self.session.query(include_str!("../../sql/dependent_views.sql"), &[Some(oids)])?;
        for row in 0..views.len() {
            let name = (views.text(row, 1).into_owned(), views.text(row, 2).into_owned());
            if views.is_true(row, 3) || filled.is_empty() || filled.contains(&name) {
                let view = views.text(row, 0);
                log::debug!("refreshing {}", visible(&view));
                let refreshed = self.session.execute(&format!("REFRESH MATERIALIZED VIEW {view}"));
                refreshed.map_err(|error| {
                    error.context(format!("materialised view {} cannot be refreshed", visible(&view)))
                })?;
            }
        }
        Ok(())
    }

    /// Makes the large objects of the dump, in place of those of the same number.
    fn load_large_objects(&self) -> anyhow::Result<()> {
        let mut oids = Vec::new();
        for entry in self.chosen.entries() {
            oids.extend(entry.large_object_oids()?.iter().map(u32::to_string));
        }
        if oids.is_empty() {
            return Ok(());
        }
        log::info!("loading {}", count(oids.len() as u64, "large object"));
        let oids = format!("{{{}}}", oids.join(","));
        if self.options.replace == Replace::Objects {
            let unlink = "SELECT pg_catalog.lo_unlink(l.oid) FROM pg_catalog.pg_largeobject_metadata AS l \
                          WHERE l.oid = ANY ($1::pg_catalog.oid[])";
            self.session.query(unlink, &[Some(&oids)])?;
        }
        let create = "SELECT pg_catalog.lo_create(o.oid) FROM pg_catalog.unnest($1::pg_catalog.oid[]) AS o (oid)";
        self.session.query(create, &[Some(&oids)])?;
        for entry in self.chosen.entries() {
            if entry.is("BLOBS")
                && let Some(list) = data_file(entry)
            {
                let list = fs::read_to_string(self.options.input_dir.join(&list))
                    .with_context(|| format!("cannot read {list}"))?;
                for line in list.lines() {
                    let (oid, file) = line.split_once(' ').context("the list of large objects is damaged")?;
                    self.load_large_object(oid, file)?;
                }
            }
            let wanted = entry.is_large_object()
                && (entry.is("ACL") && !self.options.ignore_privileges
                    || entry.is("COMMENT") && !self.options.no_comments);
            if wanted {
                self.session.execute_all(&self.names.optional(&entry.definition)?)?;
            }
        }
        Ok(())
    }

    fn load_large_object(&self, oid: &str, file: &str) -> anyhow::Result<()> {
        let found = ["", ".gz", ".lz4", ".zst"].iter().map(|suffix| format!("{file}{suffix}"));
        let name = found.into_iter().find(|name| self.metadata.archive_files.contains_key(name));
        let name = name.with_context(|| format!("metadata.json does not know {file}"))?;
        let mut file = Unpacker::open(&self.options.input_dir.join(&name))?;
        let mut offset = 0_u64;
        loop {
            let mut piece = Vec::new();
            (&mut file)
                .take(OBJECT_PIECE as u64)
                .read_to_end(&mut piece)
                .with_context(|| format!("cannot read {name}"))?;
            if piece.is_empty() {
                return Ok(());
            }
            let hex: String = piece.iter().map(|byte| format!("{byte:02x}")).collect();
            let put =
                "SELECT pg_catalog.lo_put($1::pg_catalog.oid, $2::pg_catalog.int8, pg_catalog.decode($3::text, 'hex'))";
            self.session.query(put, &[Some(oid), Some(&offset.to_string()), Some(&hex)])?;
            offset += piece.len() as u64;
        }
    }
}
