//! `pg_anon restore`: every file checked against its sum, pg_restore into an empty database, rows counted, statistics; and
//! its kin for the structure or the data alone.

mod clean;
mod custom_checks;
mod data;
mod extensions;
mod finish;
mod indexes;
mod list;
mod load;
mod names;
mod partial;
pub mod passed_options;
mod python_dump;
mod recreate;
mod rows;
mod sequences;
mod space;
mod tables;
mod target;
mod text_file;

use std::fs;
use std::time::Instant;

use anyhow::Context as _;
use indicatif::HumanBytes;
use pg_anon_core::archive::{Archive, Entry, Section};
use pg_anon_core::metadata::Metadata;

use crate::config::{Content, Replace, RestoreOptions};
use crate::connection::{Session, Stop};
use crate::error::{Error, when_interrupted};
use crate::interrupt;
use crate::manual;
use crate::pgcmd::Program;
use crate::progress::{count, some_names};
use crate::verify::{Layout, check_contents, check_files, read_metadata};

use extensions::Extensions;
use finish::Finish;
use indexes::Indexes;
use list::Chosen;
use load::{LoadSettings, Loaded, Loader};
use names::Names;
use python_dump::PythonDump;

/// How many of pg_restore's errors, and of the objects that stand in the way, are shown.
const SHOWN: usize = 10;

/// Runs `pg_anon restore`, `sync-struct-restore` or `sync-data-restore`.
pub fn run(options: &RestoreOptions) -> anyhow::Result<()> {
    let started = Instant::now();
    let folder = &options.input_dir;
    let (mut metadata, layout) = read_metadata(folder)?;
    let mut python = match layout {
        Layout::Archive => None,
        Layout::Python => Some(PythonDump::open(folder, &metadata)?),
    };
    if let Some(python) = &python {
        metadata.mode = python.mode().to_owned();
    }
    let content = content(options, &metadata)?;
    let stop = Stop::default();
    let session = target::connect(options, &stop)?;
    if let Some(python) = &mut python {
        python.add_data(&session)?;
        metadata = python.metadata().clone();
    }
    let restore = Restore { options, metadata: &metadata, python: python.as_ref(), content, stop };
    let (database, rows) = match content {
        Content::Data => restore.data(session)?,
        _ => restore.structure(session)?,
    };
    let mut summary = match content {
        Content::Structure => format!("Restored the structure of the dump into database {database}\n  "),
        _ => format!(
            "Restored {} into database {database}\n  {}, {}, ",
            count(rows.tables as u64, "table"),
            count(rows.rows, "row"),
            HumanBytes(rows.bytes),
        ),
    };
    summary.push_str(&format!("{:.1} s\n{}", started.elapsed().as_secs_f64(), rows.left_out));
    manual::print(summary.as_bytes())
}

/// Adds to an error what state the database is in. Of a run that was stopped only what an [`Error::Interrupted`] says itself
/// is shown.
fn with_state(error: anyhow::Error, state: &str) -> anyhow::Error {
    match error.downcast_ref() {
        Some(Error::Interrupted(_)) => when_interrupted(error, || state.to_owned()),
        _ => error.context(state.to_owned()),
    }
}

/// The same of a database in which all is loaded, when the run was stopped afterwards.
fn all_is_loaded(session: &Session) -> impl Fn(anyhow::Error) -> anyhow::Error {
    let database = session.database();
    move |error| {
        when_interrupted(error, || {
            let left = "not all rows were counted, sequences set by their columns, or tables analysed";
            format!("database \"{database}\" holds all of the dump; {left}")
        })
    }
}

/// What was restored, for the summary.
struct Restored {
    tables: usize,
    rows: u64,
    /// Length of the data files.
    bytes: u64,
    /// Lines of the summary: what was chosen, and what was left out for that.
    left_out: String,
}

impl Restored {
    fn of(sources: &[tables::Source], left_out: String) -> Restored {
        let bytes = sources.iter().map(|source| source.bytes).sum();
        Restored { tables: sources.len(), rows: sources.iter().map(|source| source.rows).sum(), bytes, left_out }
    }
}

/// What of the dump is restored: what is asked for, as far as the dump has it.
fn content(options: &RestoreOptions, metadata: &Metadata) -> anyhow::Result<Content> {
    let refuse = |has: &str, hint: &str| {
        let folder = options.input_dir.display();
        Err(Error::InputDir(format!("the dump {folder} has {has}\nHINT: {hint}")).into())
    };
    match (options.content, metadata.mode.as_str()) {
        // Rows of a check: the structure of the target is there.
        (Content::All, _) if metadata.dbg_stage_2_validate_data => Ok(Content::Data),
        (Content::Structure, _) if metadata.dbg_stage_2_validate_data => {
            refuse("no structure", "Use sync-data-restore.")
        }
        (Content::All, "sync-data-dump") => {
            refuse("no structure", "sync-data-restore loads it into a database that has one.")
        }
        (Content::Structure, "sync-data-dump") => refuse("no structure", "Use sync-data-restore."),
        (Content::Data, "sync-struct-dump") => refuse("no data", "Use sync-struct-restore."),
        // The rows that are there would go, and none would come.
        (Content::All, "sync-struct-dump") if options.replace != Replace::Nothing => refuse(
            "no data, and the rows that the database has would be lost",
            "sync-struct-restore replaces the structure.",
        ),
        (Content::All, "sync-struct-dump") => Ok(Content::Structure),
        (content, _) => Ok(content),
    }
}

/// One restore.
struct Restore<'a> {
    options: &'a RestoreOptions,
    metadata: &'a Metadata,
    /// The dump, when the Python tool made it.
    python: Option<&'a PythonDump>,
    content: Content,
    stop: Stop,
}

impl Restore<'_> {
    /// Reads the table of contents.
    fn read_archive(&self) -> anyhow::Result<Archive> {
        if let Some(python) = self.python {
            return Ok(python.archive().clone());
        }
        let content = fs::read(self.options.input_dir.join("toc.dat")).context("cannot read toc.dat")?;
        Archive::read(&content).context("cannot read toc.dat")
    }

    /// Fails unless each file is the one that was dumped.
    fn check_files(&self, archive: &Archive) -> anyhow::Result<()> {
        if let Some(python) = self.python {
            return python.check_files(self.options.connections);
        }
        log::info!("checking the files' sums");
        check_files(&self.options.input_dir, self.metadata, self.options.connections)?;
        check_contents(archive, self.metadata)
    }

    /// A further session of the same kind.
    fn open(&self, session: &Session) -> anyhow::Result<impl Fn() -> anyhow::Result<Session> + Sync> {
        let (settings, stop) = (session.settings()?, self.stop.clone());
        Ok(move || target::reconnect(&settings, &stop))
    }

    /// Restores the structure, and the data if it is to be restored too. Nothing is changed before all checks have passed.
    fn structure(&self, mut session: Session) -> anyhow::Result<(String, Restored)> {
        let (options, metadata) = (self.options, self.metadata);
        let program = target::check_versions(&session, metadata, options)?;
        let archive = self.read_archive()?;
        let mut chosen = Chosen::new(&archive, self.content);
        if metadata.dbg_stage_3_validate_full {
            let late = list::after_data(&archive);
            chosen.leave_out("100 rows of each table need no indexes", |entry| late.contains(&entry.dump_id));
        }
        let names = Names::new(&session, &archive);
        let of_dump = tables::restored(&chosen, &names)?;
        let left_out = partial::choose(&mut chosen, options, metadata, &names)?;
        let database = match options.replace {
            Replace::Nothing => {
                target::check_empty(&session)?;
                None
            }
            Replace::Objects if self.content == Content::All => {
                clean::check_extra_tables(&session, &of_dump)?;
                None
            }
            Replace::Objects => None,
            Replace::Database { force } => Some(recreate::Database::read(&session, force)?),
        };
        // What a part of the dump needs is not known.
        if self.content.has_data() && !options.disable_checks && !options.lists.is_some() {
            space::check(&session, metadata, options.replace != Replace::Nothing)?;
        }
        let extensions = Extensions::check(&session, &chosen, &names, metadata, database.is_some())?;
        self.check_files(&archive)?;
        let folder = self.python.map_or(&*options.input_dir, PythonDump::folder);
        program.check_options(&options.pg_restore_options, folder, &self.stop).context("--pg-restore-options")?;

        if let (Some(database), Replace::Database { force }) = (database, options.replace) {
            let settings = session.settings()?;
            drop(names);
            drop(session);
            database.recreate(&settings, force, &self.stop)?;
            session = target::reconnect(&settings, &self.stop)?;
        }
        let names = Names::new(&session, &archive);
        if options.replace == Replace::Objects {
            clean::drop_objects(&session, &mut chosen, &names, options)?;
        }
        extensions.install(&session, &mut chosen, &names)?;
        chosen.leave_out_foreign_extensions(&session)?;
        log::info!(
            "{} {}, {} into database {}",
            program.path().display(),
            program.version,
            options.input_dir.display(),
            session.database()
        );
        self.load(&session, &program, &chosen)?;
        let restored = self.finish(&session, &chosen, &names, left_out).map_err(all_is_loaded(&session))?;
        Ok((session.database(), restored))
    }

    /// Runs pg_restore.
    fn load(&self, session: &Session, program: &Program, chosen: &Chosen<'_>) -> anyhow::Result<()> {
        let loader = Loader {
            session,
            program,
            settings: &LoadSettings::of(session, self.options.connections, &self.stop)?,
            chosen,
            early: list::before_data(chosen.archive()),
            loaded_here: rows::loaded_here(chosen, self.options, self.python),
            metadata: self.metadata,
            options: self.options,
            python: self.python,
            stop: &self.stop,
        };
        let mut loaded = Loaded::default();
        let names = Names::new(session, chosen.archive());
        let mut dropped = custom_checks::Dropped::default();
        let result = self.load_in_order(&loader, &mut loaded, &names, &mut dropped);
        let put_back = match interrupt::check() {
            Ok(()) => dropped.put_back(session, false),
            Err(error) => Err(error.into()),
        };
        if put_back.is_err() && !dropped.is_empty() {
            dropped.put_back_unchecked(|| target::reconnect(&session.settings()?, &Stop::deaf()));
        }
        let result = result.and(put_back).and_then(|()| loader.flush());
        result.map_err(|error| loader.with_loaded(&loaded, error))?;
        if loaded.errors.is_empty() { Ok(()) } else { Err(Error::Target(loader.not_loaded(&loaded)).into()) }
    }

    /// Runs pg_restore over the parts of the dump, one after the other.
    fn load_in_order(
        &self,
        loader: &Loader<'_>,
        loaded: &mut Loaded,
        names: &Names<'_>,
        dropped: &mut custom_checks::Dropped,
    ) -> anyhow::Result<()> {
        let (session, chosen) = (loader.session, loader.chosen);
        let is_early = |entry: &Entry| loader.early.contains(&entry.dump_id);
        let without_checks = self.options.drop_custom_checks && self.content.has_data();
        if without_checks {
            loader.run(is_early, loaded)?;
            let names: Vec<_> = tables::restored(chosen, names)?.into_iter().collect();
            let tables: Vec<_> = tables::look_up(session, &names)?.into_iter().flatten().collect();
            custom_checks::drop_all(session, &tables, dropped)?;
        }
        let is_left = |entry: &Entry| !without_checks || !is_early(entry);
        let indexes = self.indexes(chosen, names)?;
        if indexes.is_empty() {
            return loader.run(is_left, loaded);
        }
        // Other data has no part in these indexes, and goes with the rest: a run of pg_restore less.
        let is_data = |entry: &Entry| match loader.loaded_here.is_empty() {
            true => entry.section == Section::Data,
            false => loader.has_rows(entry),
        };
        loader.run(|entry| is_left(entry) && (is_early(entry) || is_data(entry)), loaded)?;
        if loader.is_over(loaded) {
            return Ok(());
        }
        let settings = &loader.settings.own;
        let made = indexes.make(session, || target::reconnect(settings, &self.stop), self.options.connections)?;
        loader.run(|entry| !is_early(entry) && !is_data(entry) && !made.contains(&entry.dump_id), loaded)
    }

    /// The indexes that are not left to pg_restore.
    fn indexes(&self, chosen: &Chosen<'_>, names: &Names<'_>) -> anyhow::Result<Indexes> {
        if self.python.is_some() || self.options.connections < 2 || !self.content.has_data() {
            return Ok(Indexes::default());
        }
        let bytes = |entry: &Entry| {
            let file = tables::file_name(entry, self.metadata).and_then(|name| self.metadata.files.get(&name));
            file.and_then(|file| file.bytes).unwrap_or_default()
        };
        Indexes::of(chosen, names, bytes)
    }

    /// Sets sequences, counts rows and collects statistics.
    fn finish(
        &self,
        session: &Session,
        chosen: &Chosen<'_>,
        names: &Names<'_>,
        left_out: String,
    ) -> anyhow::Result<Restored> {
        let sources = tables::sources(chosen, self.metadata, names)?;
        if !self.content.has_data() {
            return Ok(Restored::of(&sources, left_out));
        }
        let source_names: Vec<_> = sources.iter().map(|source| source.name.clone()).collect();
        let tables = tables::look_up_all(session, &source_names)?;
        if self.options.sequences_by_values {
            session.execute("BEGIN")?;
            sequences::set_by_values(session, &tables)?;
            session.execute("COMMIT")?;
        }
        let mut finish = Finish::default();
        finish.count(&sources, &tables, &rows::loaded_here(chosen, self.options, self.python));
        if !self.metadata.dbg_stage_3_validate_full {
            let all: Vec<_> = tables::restored(chosen, names)?.into_iter().collect();
            let all: Vec<_> = tables::look_up(session, &all)?.into_iter().flatten().collect();
            finish.analyze(&all, (&sources, &tables));
        }
        let wrong = finish.run(self.open(session)?, self.options.connections)?;
        if wrong.is_empty() {
            return Ok(Restored::of(&sources, left_out));
        }
        Err(Error::Target(format!(
            "database \"{}\" does not hold the rows that metadata.json tells: {}",
            session.database(),
            some_names(&wrong, SHOWN)
        ))
        .into())
    }

    /// Loads the data alone.
    fn data(&self, session: Session) -> anyhow::Result<(String, Restored)> {
        let archive = self.read_archive()?;
        let mut chosen = Chosen::new(&archive, Content::Data);
        let names = Names::new(&session, &archive);
        let left_out = partial::choose(&mut chosen, self.options, self.metadata, &names)?;
        let sources = tables::sources(&chosen, self.metadata, &names)?;
        let source_names: Vec<_> = sources.iter().map(|source| source.name.clone()).collect();
        let tables = tables::look_up_all(&session, &source_names)?;
        let load = data::Load {
            session: &session,
            chosen: &chosen,
            metadata: self.metadata,
            python: self.python,
            names: &names,
            options: self.options,
            sources: &sources,
            tables: &tables,
        };
        load.check()?;
        if !self.options.disable_checks && !self.options.lists.is_some() {
            space::check(&session, self.metadata, self.options.replace != Replace::Nothing)?;
        }
        self.check_files(&archive)?;
        load.run()?;
        if !self.metadata.dbg_stage_2_validate_data {
            let mut finish = Finish::default();
            finish.analyze(&tables, (&sources, &tables));
            finish.run(self.open(&session)?, self.options.connections).map_err(all_is_loaded(&session))?;
        }
        Ok((session.database(), Restored::of(&sources, left_out)))
    }
}
