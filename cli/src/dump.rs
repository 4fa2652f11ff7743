//! `pg_anon dump`: structure by pg_dump, masked data by the server's `dump_rows`, both from one snapshot, put together to
//! one archive.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::ffi::OsString;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::mpsc;
use std::time::{Duration, Instant};

use anyhow::Context as _;
use indicatif::{HumanBytes, HumanCount};
use pg_anon_core::archive::{Archive, ExtensionMember, LargeObjects, SequenceSet, TableData};
use pg_anon_core::metadata::{ArchiveFile, Extension, Metadata, SequenceValue, TableFile};

use crate::args::LargeObjectMode;
use crate::config::DumpOptions;
use crate::connection::{ProgramSettings, Session, Settings, Stop};
use crate::copy::{DataFile, Framing, Written};
use crate::error::Error;
use crate::files;
use crate::init::{self, EXTENSION, SCHEMA};
use crate::interrupt;
use crate::lock::{self, Locked};
use crate::manual;
use crate::pgcmd::{self, DumpCommand, Ended, Kind, Program, Running};
use crate::progress::{Counters, Progress, count, some_names};
use crate::queue::{self, Part, Queue, TableSize};
use crate::staging::{Staging, Target};
use crate::text::visible;

/// Folders in the staging folder for pg_dump, which wants one to itself.
const STRUCTURE: &str = "structure";
const LARGE_OBJECTS: &str = "large_objects";

/// How long the workers, which know the table, may take to tell of a server that is gone before the connection that
/// holds the snapshot does.
const BROKEN_PATIENCE: Duration = Duration::from_secs(2);

/// How long a rule that reads other tables waits for one that somebody has for himself, before its table is put aside.
const RULE_LOCK_PATIENCE: &str = "10s";

/// How many names the summary shows in a row.
const NAMES_SHOWN: usize = 20;

/// A table as the server plans it.
#[derive(Debug, Clone)]
struct Table {
    oid: u32,
    /// Qualified and quoted.
    sql_name: String,
    schema: String,
    name: String,
    excluded: bool,
    masked_columns: u64,
    /// The rule that applies, as the server names it. Empty: none.
    rule_source: String,
    copy_statement: Vec<u8>,
    /// The root of the partitions, when the rows are loaded through it.
    load_root: Option<Vec<u8>>,
    estimated_rows: u64,
    estimated_bytes: u64,
    /// When it can be read in ranges of blocks.
    blocks: Option<u32>,
    total_size: i64,
    extension_member: Option<ExtensionMember>,
}

impl Table {
    /// The rule that applies, for messages.
    fn rule(&self) -> &str {
        if self.rule_source.is_empty() { "no rule" } else { &self.rule_source }
    }

    /// The qualified name, for messages.
    fn shown_name(&self) -> Cow<'_, str> {
        visible(&self.sql_name)
    }
}

/// A sequence with its value.
#[derive(Debug, Clone)]
struct Sequence {
    oid: u32,
    value: SequenceValue,
    setval_statement: Vec<u8>,
    extension_member: Option<ExtensionMember>,
}

/// All that the server told before data is moved.
#[derive(Debug)]
struct Plan {
    tables: Vec<Table>,
    sequences: Vec<Sequence>,
    extensions: BTreeMap<String, Extension>,
    /// Foreign keys between configuration tables of extensions: the referencing table, the referenced one.
    references: Vec<(u32, u32)>,
    database_size: i64,
    large_objects: u64,
}

/// Runs `pg_anon dump`.
pub fn run(options: &DumpOptions) -> anyhow::Result<()> {
    let started = Instant::now();
    let target = Target::new(&options.output_dir, options.clear_output_dir)?;
    // pg_dump's files are to be for their owner only, as ours are.
    rustix::process::umask(rustix::fs::Mode::RWXG | rustix::fs::Mode::RWXO);
    let stop = Stop::default();
    let session = Session::open_asking(&mut options.connection.clone(), stop.clone())?;
    init::check_installed(&session)?;
    if session.is_superuser() {
        log::warn!(
            "connected as a superuser: rules, and functions and types that table owners made, run with all rights \
             (use a role with pg_read_all_data instead)"
        );
    }
    let server = session.server_version() / 10_000;
    // A newer one than the server's for a compression that only newer archives have.
    let program = Program::find(Kind::Dump, &options.pg_dump, server, server.max(options.compress.since()))?;
    if program.major < options.compress.since() {
        return Err(Error::Usage(format!(
            "--compress={} needs pg_dump {} or newer, and {} is pg_dump {}\n\
             HINT: Name a newer one with --pg-dump (pg_restore has to be as new then), or use --compress=gzip.",
            options.compress.method(),
            options.compress.since(),
            program.path().display(),
            program.version
        ))
        .into());
    }
    log::info!("PostgreSQL {}, {} {}", session.parameter("server_version"), program.path().display(), program.version);

    let excluded_schemas = excluded_schemas(&session, options)?;
    let locked = Locked::begin(&session, |schema| excluded_schemas.iter().any(|excluded| excluded == schema))?;
    let staging = target.stage()?;
    let snapshot = locked.snapshot.clone();
    let dump = Dump { options, stop, session, program, snapshot, excluded_schemas, staging };

    // pg_dump takes longest where little is to be copied, so it begins before it is known what that is.
    let (sender, events) = mpsc::channel();
    let at_end = sender.clone();
    let structure =
        dump.start_pg_dump(STRUCTURE, |command| command.structure(), move || drop(at_end.send(Event::StructureEnded)))?;
    check_dictionary(&dump.session, options)?;
    let plan = plan(&dump.session, options, &dump.excluded_schemas)?;
    check_locked(&plan, &locked)?;
    log::info!(
        "{} to dump, {} of them masked",
        count(plan.data().count() as u64, "table"),
        HumanCount(plan.data().filter(|table| table.masked_columns > 0).count() as u64)
    );
    if plan.large_objects > 0 && options.large_objects == LargeObjectMode::Skip {
        log::warn!(
            "{} not dumped, because large objects cannot be masked (--large-objects=keep dumps them as they are)",
            count(plan.large_objects, "large object")
        );
    }

    let written = dump.copy_tables(&plan, structure, &sender, &events)?;
    let blobs = dump.large_objects(&plan)?;
    // The transaction that holds the snapshot has to live until everything is read.
    dump.session.execute("COMMIT").context("the connection that holds the snapshot broke")?;
    let metadata = dump.assemble(&plan, &written, blobs)?;
    interrupt::check()?;
    let Dump { staging, excluded_schemas, .. } = dump;
    let folder = staging.publish()?;
    let summary = summary(&plan, &excluded_schemas, &metadata, &folder, options, started.elapsed());
    manual::print(summary.as_bytes())
}

/// Says all that is wrong with the dictionary. Errors stop the dump.
fn check_dictionary(session: &Session, options: &DumpOptions) -> anyhow::Result<()> {
    let problems =
        session.query(include_str!("../sql/check.sql"), &arguments(options)).context("cannot check the dictionary")?;
    let mut errors = 0;
    for row in 0..problems.len() {
        let (object, message) = (problems.text(row, 2), problems.text(row, 3));
        let mut message = match message.contains(&*object) {
            true => visible(&message).into_owned(),
            false => format!("{}: {}", visible(&object), visible(&message)),
        };
        let hint = problems.text(row, 4);
        if !hint.is_empty() {
            message.push_str(&format!("\nHINT: {}", visible(&hint)));
        }
        if problems.text(row, 0) == "error" {
            errors += 1;
            log::error!("{message}");
        } else {
            log::warn!("{message}");
        }
    }
    if errors > 0 { Err(Error::Dictionary(count(errors, "error")).into()) } else { Ok(()) }
}

/// The parameters of the server's functions that take a dictionary.
fn arguments(options: &DumpOptions) -> [Option<&str>; 3] {
    [
        Some(&options.dictionary_json),
        Some(if options.allow_unmatched_rules { "true" } else { "false" }),
        options.rule_search_path.as_deref(),
    ]
}

/// The schemas that are left out altogether.
fn excluded_schemas(session: &Session, options: &DumpOptions) -> anyhow::Result<Vec<String>> {
    let rows = session.query(include_str!("../sql/schemas.sql"), &[])?;
    let schemas: Vec<String> = (0..rows.len()).map(|row| rows.text(row, 0).into_owned()).collect();
    Ok(options.dictionary.excluded_schemas(&schemas)?)
}

/// Fails unless each table whose data is dumped is locked.
fn check_locked(plan: &Plan, locked: &Locked) -> Result<(), Error> {
    match plan.data().find(|table| !locked.has(table.oid)) {
        None => Ok(()),
        Some(table) => Err(Error::Tables(format!(
            "table {} cannot be locked\nHINT: The right SELECT on all its columns is not enough: grant it on the table.",
            table.shown_name()
        ))),
    }
}

/// Asks the server what to dump.
fn plan(session: &Session, options: &DumpOptions, excluded_schemas: &[String]) -> anyhow::Result<Plan> {
    let rows = session.query(include_str!("../sql/plan.sql"), &arguments(options)).context("cannot plan the dump")?;
    let mut tables = Vec::with_capacity(rows.len());
    for row in 0..rows.len() {
        let excluded = match &*rows.text(row, 4) {
            "masked" | "plain" => false,
            "excluded" => true,
            action => anyhow::bail!("the server plans \"{action}\" for {}, which is not known", rows.text(row, 1)),
        };
        // Without its structure there is no place for a table's data.
        let excluded = excluded || excluded_schemas.iter().any(|schema| *schema == rows.text(row, 2));
        tables.push(Table {
            oid: rows.number(row, 0)?,
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

    let rows = session.query(include_str!("../sql/sequences.sql"), &[]).context("cannot read the sequences")?;
    let mut sequences = Vec::with_capacity(rows.len());
    for row in 0..rows.len() {
        sequences.push(Sequence {
            oid: rows.number(row, 0)?,
            value: SequenceValue {
                is_excluded: excluded_schemas.iter().any(|schema| *schema == rows.text(row, 1)),
                schema: rows.text(row, 1).into_owned(),
                table: rows.get(row, 3).map(|name| String::from_utf8_lossy(name).into_owned()),
                seq_name: rows.text(row, 2).into_owned(),
                value: rows.number(row, 4)?,
                is_called: Some(rows.is_true(row, 5)),
            },
            setval_statement: rows.bytes(row, 6)?,
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

    let rows = session.query(include_str!("../sql/extensions.sql"), &[])?;
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
    let rows = session.query(include_str!("../sql/references.sql"), &[])?;
    let references = (0..rows.len()).map(|row| Ok((rows.number(row, 0)?, rows.number(row, 1)?)));
    let references = references.collect::<anyhow::Result<_>>()?;
    let rows = session.query(include_str!("../sql/database.sql"), &[])?;
    Ok(Plan {
        tables,
        sequences,
        extensions,
        references,
        database_size: rows.number(0, 0)?,
        large_objects: rows.number(0, 1)?,
    })
}

impl Plan {
    /// The tables whose data is dumped.
    fn data(&self) -> impl Iterator<Item = &Table> {
        self.tables.iter().filter(|table| !table.excluded)
    }
}

/// A program that runs, and the errors that it says.
struct Pending {
    running: Running,
    errors: mpsc::Receiver<String>,
}

impl Pending {
    /// Fails when the program did.
    fn check(&self, ended: &Ended) -> Result<(), Error> {
        if ended.success {
            return Ok(());
        }
        let messages = self.errors.try_iter().collect::<Vec<_>>().join("\n");
        Err(Error::ProgramFailed { program: Kind::Dump.name(), status: ended.status.clone(), messages })
    }
}

/// What happens while tables are copied.
enum Event {
    /// A part of a table is in its data file. None: others want the table for themselves, and the part is put aside.
    Copied(Part, Option<Written>),
    /// A connection cannot go on.
    Failed(anyhow::Error),
    /// A connection has nothing more to do.
    WorkerEnded,
    /// pg_dump, which writes the structure, has ended.
    StructureEnded,
}

/// Tells that a worker has ended, also when it panics.
struct TellEnd(mpsc::Sender<Event>);

impl Drop for TellEnd {
    fn drop(&mut self) {
        // Nobody listens any more when the dump has failed.
        let _ = self.0.send(Event::WorkerEnded);
    }
}

/// A dump, and what it has of the server and the disk.
struct Dump<'a> {
    options: &'a DumpOptions,
    stop: Stop,
    /// Holds the snapshot.
    session: Session,
    program: Program,
    snapshot: String,
    /// Schemas that are left out altogether.
    excluded_schemas: Vec<String>,
    staging: Staging,
}

impl Dump<'_> {
    /// Starts pg_dump into a folder within the staging folder, and calls `at_end` when it has ended.
    fn start_pg_dump(
        &self,
        folder: &str,
        arguments: impl FnOnce(&DumpCommand<'_>) -> Vec<OsString>,
        at_end: impl FnOnce() + Send + 'static,
    ) -> anyhow::Result<Pending> {
        let settings: ProgramSettings = self.session.program_settings()?;
        let encoding = self.session.parameter("server_encoding");
        let command = DumpCommand {
            major: self.program.major,
            folder: &self.staging.path().join(folder),
            snapshot: &self.snapshot,
            encoding: &encoding,
            compress: self.options.compress,
            exclude_schemas: &self.excluded_schemas,
            no_privileges: self.options.ignore_privileges,
            verbose: log::log_enabled!(log::Level::Debug),
            settings: &settings,
        };
        let (line, errors) = pgcmd::collect_errors(Kind::Dump);
        let running = self.program.start(&arguments(&command), &settings, line, at_end)?;
        Ok(Pending { running, errors })
    }

    /// Copies all tables, large ones in parts, over several connections while pg_dump writes the structure. Gives what was
    /// written for each part of each table of the plan that has data, in its order.
    fn copy_tables(
        &self,
        plan: &Plan,
        mut structure: Pending,
        sender: &mpsc::Sender<Event>,
        events: &mpsc::Receiver<Event>,
    ) -> anyhow::Result<Vec<Vec<Written>>> {
        let tables: Vec<&Table> = plan.data().collect();
        let weight = tables.iter().map(|table| table.estimated_bytes.max(1)).sum();
        let mut progress = Progress::new(tables.len() as u64, weight);
        let counters = Counters::default();
        let sizes: Vec<TableSize> =
            tables.iter().map(|table| TableSize { bytes: table.estimated_bytes, blocks: table.blocks }).collect();
        let parts = queue::split(&sizes, self.options.connections, self.options.split_size);
        let mut written: Vec<Vec<Option<Written>>> = vec![Vec::new(); tables.len()];
        for part in &parts {
            written[part.table].push(None);
        }
        let left: Vec<AtomicUsize> = written.iter().map(|parts| AtomicUsize::new(parts.len())).collect();
        let workers = queue::useful_connections(&parts, self.options.connections);
        let queue = Queue::new(parts, |part| part.bytes);
        let settings = self.session.settings()?;
        let worker = Worker {
            settings: &settings,
            stop: &self.stop,
            snapshot: &self.snapshot,
            options: self.options,
            tables: &tables,
            left: &left,
            queue: &queue,
            counters: &counters,
            folder: self.staging.path(),
        };
        let mut put_aside = Vec::new();
        let mut failure: Option<anyhow::Error> = None;
        let mut broken: Option<(Instant, anyhow::Error)> = None;

        std::thread::scope(|scope| {
            for _ in 0..workers {
                let (worker, sender) = (&worker, TellEnd(sender.clone()));
                scope.spawn(move || {
                    if let Err(error) = worker.run(&sender.0) {
                        let _ = sender.0.send(Event::Failed(error));
                    }
                });
            }
            let mut structure_done = false;
            let mut copying = workers;
            while copying > 0 || !structure_done {
                match events.recv_timeout(interrupt::INTERVAL) {
                    Ok(Event::Copied(part, Some(file))) => keep(&mut written, part, file),
                    Ok(Event::Copied(part, None)) => put_aside.push(part),
                    Ok(Event::Failed(error)) => note_failure(&mut failure, error),
                    Ok(Event::WorkerEnded) => copying = copying.saturating_sub(1),
                    Ok(Event::StructureEnded) | Err(_) => {}
                }
                if let Err(error) = interrupt::check() {
                    failure = Some(error.into());
                }
                if !structure_done && failure.is_none() {
                    match structure.running.ended() {
                        Ok(None) => {}
                        Ok(Some(ended)) => {
                            structure_done = true;
                            if let Err(error) = structure.check(&ended) {
                                note_failure(&mut failure, self.explain(error));
                            }
                        }
                        Err(error) => note_failure(&mut failure, error),
                    }
                }
                if broken.is_none()
                    && let Err(error) = self.session.check_alive()
                {
                    broken = Some((Instant::now(), error.context("the connection that holds the snapshot broke")));
                }
                if broken.as_ref().is_some_and(|(since, _)| since.elapsed() > BROKEN_PATIENCE || copying == 0)
                    && let Some((_, error)) = broken.take()
                {
                    note_failure(&mut failure, error);
                    structure_done = true;
                }
                if failure.is_some() {
                    self.stop.set();
                    structure_done = true;
                }
                progress.show(&counters);
            }
        });
        if let Some(failure) = failure {
            return Err(failure);
        }
        if !put_aside.is_empty() {
            worker.hand_over_dictionary(&self.session)?;
        }
        for part in put_aside {
            progress.show(&counters);
            if let Some(file) = worker.copy_or_put_aside(&self.session, part, Wait::Holder)? {
                keep(&mut written, part, file);
            }
        }
        drop(progress);
        let whole = written.into_iter().map(|parts| parts.into_iter().collect::<Option<_>>());
        whole.collect::<Option<_>>().context("a table was not copied, and nobody said why")
    }

    /// Says, when pg_dump could not lock the tables in time, who stands in its way.
    fn explain(&self, error: Error) -> anyhow::Error {
        match &error {
            Error::ProgramFailed { messages, .. } if pgcmd::is_lock_timeout(messages) => {}
            _ => return error.into(),
        }
        log::debug!("{error}");
        let blockers = lock::blockers(&self.session).unwrap_or_else(|_| "tables".to_owned());
        Error::Tables(format!(
            "pg_dump could not lock {blockers}\n\
             HINT: A statement that waits until this dump is done keeps pg_dump waiting for it. Cancel the statement, or \
             let it finish, and dump again."
        ))
        .into()
    }

    /// Fetches the large objects that are kept. Gives the archive that holds them.
    fn large_objects(&self, plan: &Plan) -> anyhow::Result<Option<Archive>> {
        let content = match self.options.large_objects {
            LargeObjectMode::Skip => return Ok(None),
            _ if plan.large_objects == 0 => return Ok(None),
            LargeObjectMode::Keep => true,
            LargeObjectMode::Empty => false,
        };
        let mut pending = self.start_pg_dump(LARGE_OBJECTS, |command| command.large_objects(content), || {})?;
        let ended = pending.running.wait(&self.stop)?;
        pending.check(&ended).context("cannot dump the large objects")?;
        Ok(Some(read_archive(&self.staging.path().join(LARGE_OBJECTS))?))
    }

    /// Adds the data to the table of contents, names the data files, and writes `toc.dat` and `metadata.json`.
    fn assemble(&self, plan: &Plan, written: &[Vec<Written>], blobs: Option<Archive>) -> anyhow::Result<Metadata> {
        let folder = self.staging.path();
        let structure = folder.join(STRUCTURE);
        let mut archive = read_archive(&structure)?;
        let mut archive_files = BTreeMap::new();

        archive.header.set_compression(self.options.compress.in_header())?;
        // An extension's schema of its own goes with the extension.
        let removed = archive.remove_extension(EXTENSION, SCHEMA);
        for name in removed.dependents.iter().chain(&removed.mentions) {
            let name = visible(name);
            log::warn!("{name} uses the extension pg_anon, which is left out of the dump: restoring it may fail");
        }
        for name in archive.remove_passwords()? {
            log::warn!("the password in {} is left out of the dump", visible(&name));
        }
        match blobs {
            None => drop(archive.remove_large_objects()),
            Some(blobs) => {
                let mode = match self.options.large_objects {
                    LargeObjectMode::Keep => LargeObjects::Keep,
                    _ => LargeObjects::Empty,
                };
                for file in archive.add_large_objects(&blobs, mode)? {
                    let (name, measured) = self.take_over(&file.from, &file.to)?;
                    archive_files.insert(name, measured);
                }
                remove_folder(&folder.join(LARGE_OBJECTS))?;
            }
        }
        let tables: Vec<&Table> = plan.data().collect();
        let data = tables.iter().zip(written).map(|(table, parts)| TableData {
            oid: table.oid,
            copy_statement: table.copy_statement.clone(),
            load_root: table.load_root.clone(),
            parts: parts.len(),
            extension_member: table.extension_member.clone(),
        });
        let ids = archive.add_all_table_data(data.collect())?;
        let sequences = plan.sequences.iter().filter(|sequence| !sequence.value.is_excluded);
        let sequences = sequences.map(|sequence| SequenceSet {
            oid: sequence.oid,
            setval_statement: sequence.setval_statement.clone(),
            extension_member: sequence.extension_member.clone(),
        });
        archive.add_all_sequence_sets(sequences.collect())?;
        archive.order_table_data(&plan.references);

        let mut table_files = BTreeMap::new();
        for ((table, ids), parts) in tables.iter().zip(&ids).zip(written) {
            for (number, (id, written)) in ids.iter().zip(parts).enumerate() {
                let name = format!("{id}.dat{}", self.options.compress.suffix());
                fs::rename(data_path(folder, table, number), folder.join(&name))
                    .with_context(|| format!("cannot name {name}"))?;
                table_files.insert(
                    name,
                    TableFile {
                        schema: table.schema.clone(),
                        table: table.name.clone(),
                        rows: written.rows,
                        bytes: Some(written.file.bytes),
                        sha256: Some(written.file.sha256.clone()),
                    },
                );
            }
        }
        remove_folder(&structure)?;
        archive_files.insert("toc.dat".to_owned(), files::write(&folder.join("toc.dat"), &archive.write())?);

        let metadata = Metadata {
            created: jiff::Zoned::now().strftime("%d/%m/%Y %H:%M:%S").to_string(),
            pg_version: version_number(&self.session.parameter("server_version")),
            pg_dump_version: self.program.version.clone(),
            pg_anon_version: env!("CARGO_PKG_VERSION").to_owned(),
            format: "directory".to_owned(),
            dictionary_content_hash: self.options.dictionary_hashes.clone(),
            prepared_sens_dict_files: self.options.dictionary_files.clone(),
            seq_lastvals: plan
                .sequences
                .iter()
                .map(|sequence| {
                    (format!("{}.{}", sequence.value.schema, sequence.value.seq_name), sequence.value.clone())
                })
                .collect(),
            total_tables_size: tables.iter().map(|table| table.total_size).sum(),
            total_rows: i64::try_from(written.iter().flatten().map(|part| part.rows).sum::<u64>()).unwrap_or(i64::MAX),
            files: table_files,
            db_size: plan.database_size,
            extensions: plan.extensions.clone(),
            archive_files,
            ..Metadata::default()
        };
        files::write(&folder.join("metadata.json"), &metadata.to_json()?)?;
        Ok(metadata)
    }

    /// Moves a file of the large objects' archive, which may have the suffix of a compression, into the dump.
    fn take_over(&self, from: &str, to: &str) -> anyhow::Result<(String, ArchiveFile)> {
        let source = self.staging.path().join(LARGE_OBJECTS);
        let suffix = [self.options.compress.suffix(), ""]
            .into_iter()
            .find(|suffix| source.join(format!("{from}{suffix}")).is_file())
            .with_context(|| format!("pg_dump did not write {from}"))?;
        let name = format!("{to}{suffix}");
        let path = self.staging.path().join(&name);
        fs::rename(source.join(format!("{from}{suffix}")), &path).with_context(|| format!("cannot name {name}"))?;
        fs::File::open(&path).and_then(|file| file.sync_all()).with_context(|| format!("cannot sync {name}"))?;
        let measured = files::measure(&path, |_| Ok(interrupt::check()?))?;
        Ok((name, measured))
    }
}

/// Keeps the first failure that tells something: that another part stopped the run does not.
fn note_failure(failure: &mut Option<anyhow::Error>, error: anyhow::Error) {
    let says_nothing = |error: &anyhow::Error| matches!(error.downcast_ref(), Some(Error::Stopped));
    if failure.as_ref().is_none_or(says_nothing) {
        *failure = Some(error);
    } else {
        log::debug!("also: {error:#}");
    }
}

/// `15.20` of `15.20 (Debian 15.20-0+deb12u1)`.
fn version_number(version: &str) -> String {
    version.split_whitespace().next().unwrap_or_default().to_owned()
}

fn read_archive(folder: &Path) -> anyhow::Result<Archive> {
    let path = folder.join("toc.dat");
    let content = fs::read(&path).with_context(|| format!("cannot read {}", path.display()))?;
    Archive::read(&content).with_context(|| format!("cannot read {}", path.display()))
}

fn remove_folder(folder: &Path) -> anyhow::Result<()> {
    fs::remove_dir_all(folder).with_context(|| format!("cannot remove {}", folder.display()))
}

/// The name of a data file until its number in the archive is known.
fn data_path(folder: &Path, table: &Table, part: usize) -> PathBuf {
    folder.join(format!("table-{}-{part}", table.oid))
}

/// One of the connections that copy tables.
struct Worker<'a> {
    settings: &'a Settings,
    stop: &'a Stop,
    snapshot: &'a str,
    options: &'a DumpOptions,
    tables: &'a [&'a Table],
    /// Parts of each table that are not done.
    left: &'a [AtomicUsize],
    queue: &'a Queue<Part>,
    counters: &'a Counters,
    folder: &'a Path,
}

/// What a connection does when a table that it is to read cannot be locked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Wait {
    /// It gives up: whoever has the table may himself be waiting for the connection that holds all locks.
    Never,
    /// It waits. For the connection that holds the table's lock already: it gets it again at once, whoever waits.
    Holder,
}

fn keep(written: &mut [Vec<Option<Written>>], part: Part, file: Written) {
    if let Some(slot) = written.get_mut(part.table).and_then(|parts| parts.get_mut(part.number)) {
        *slot = Some(file);
    }
}

impl Worker<'_> {
    /// Copies tables until none is left.
    fn run(&self, events: &mpsc::Sender<Event>) -> anyhow::Result<()> {
        let session = Session::open(self.settings, self.stop.clone())
            .with_context(|| format!("cannot open {} connections (-j)", self.options.connections))?;
        self.hand_over_dictionary(&session)?;
        // A rule may read tables that others have for themselves, or wait to have.
        session.execute(&format!("SET lock_timeout = '{RULE_LOCK_PATIENCE}'"))?;
        self.begin(&session)?;
        while let Some(part) = self.queue.next() {
            let written = self.copy_or_put_aside(&session, part, Wait::Never)?;
            if written.is_none() {
                session.execute("ROLLBACK")?;
                self.begin(&session)?;
            }
            if events.send(Event::Copied(part, written)).is_err() {
                return Ok(());
            }
        }
        Ok(())
    }

    /// Hands the dictionary over once, and not in each statement, where it would be seen in the server's lists and logs.
    fn hand_over_dictionary(&self, session: &Session) -> anyhow::Result<()> {
        session.query(
            "SELECT pg_catalog.set_config('pg_anon.dictionary', $1, false)",
            &[Some(&self.options.dictionary_json)],
        )?;
        Ok(())
    }

    /// Begins a transaction that sees the dump's snapshot.
    fn begin(&self, session: &Session) -> anyhow::Result<()> {
        session.execute("BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY")?;
        session.execute(&format!("SET TRANSACTION SNAPSHOT {}", session.literal(self.snapshot)?))
    }

    /// Copies a table, or a part of it, to its data file. None: the table was not to be had, nothing is left of the part,
    /// and the transaction has failed.
    fn copy_or_put_aside(&self, session: &Session, part: Part, wait: Wait) -> anyhow::Result<Option<Written>> {
        let table = self.tables.get(part.table).context("there is no such table")?;
        match self.copy(session, table, part, wait) {
            Ok(written) => {
                log::debug!("{}: {}, by {}", table.shown_name(), count(written.rows, "row"), visible(table.rule()));
                Ok(Some(written))
            }
            Err(error) if wait == Wait::Never && lock::is_not_available(&error) => {
                log::debug!("{} is put aside: others want it for themselves", table.shown_name());
                let path = data_path(self.folder, table, part.number);
                fs::remove_file(&path).with_context(|| format!("cannot remove {}", path.display()))?;
                Ok(None)
            }
            Err(error) => {
                let named = format!("table {}", table.shown_name());
                Err(match error.downcast::<Error>() {
                    // A value must not get into a message, nor the table twice.
                    Ok(Error::Server(error)) if error.message.contains(&table.sql_name) => {
                        anyhow::Error::new(Error::Server(error.without_values()))
                    }
                    Ok(Error::Server(error)) => {
                        anyhow::Error::new(Error::Server(error.without_values())).context(named)
                    }
                    Ok(error) => anyhow::Error::new(error).context(named),
                    Err(error) => error.context(named),
                })
            }
        }
    }

    /// Copies a table, or a part of it, to its data file.
    fn copy(&self, session: &Session, table: &Table, part: Part, wait: Wait) -> anyhow::Result<Written> {
        let mut file = DataFile::create(&data_path(self.folder, table, part.number), self.options.compress)?;
        let share = part.bytes as f64 / table.estimated_bytes.max(1) as f64;
        let mut counted = self.counters.begin((table.estimated_rows as f64 * share) as u64, part.bytes.max(1));
        let block = |number: Option<u32>| number.map_or("NULL".to_owned(), |number| number.to_string());
        let search_path = match &self.options.rule_search_path {
            Some(path) => session.literal(path)?,
            None => "NULL".to_owned(),
        };
        let mut framing = Framing::new();
        // In the select list the rows stream; in FROM the server would store them all first.
        let mut statements = format!(
            "COPY (SELECT anon_funcs.dump_rows('{}'::pg_catalog.regclass, \
             pg_catalog.current_setting('pg_anon.dictionary')::pg_catalog.jsonb, {}, {}, {search_path}, {})) \
             TO STDOUT (FORMAT binary)",
            table.oid,
            block(part.first_block),
            block(part.end_block),
            self.options.allow_unmatched_rules
        );
        if wait == Wait::Never {
            statements.insert_str(0, &format!("LOCK TABLE ONLY {} IN ACCESS SHARE MODE NOWAIT; ", table.sql_name));
        }
        let copied = session.copy_out(&statements, |message| {
            framing.push(message, |text| file.write(text))?;
            counted.advance(file.rows(), message.len());
            Ok(())
        });
        if let Err(error) = copied {
            counted.undo();
            return Err(error);
        }
        framing.finish()?;
        let written = file.finish().context("cannot write the data file")?;
        let is_last = self.left.get(part.table).is_none_or(|left| left.fetch_sub(1, Ordering::Relaxed) == 1);
        counted.finish(is_last);
        Ok(written)
    }
}

/// What was dumped, and what of it was not masked.
fn summary(
    plan: &Plan,
    excluded_schemas: &[String],
    metadata: &Metadata,
    folder: &Path,
    options: &DumpOptions,
    elapsed: Duration,
) -> String {
    let masked = plan.data().filter(|table| table.masked_columns > 0).count();
    let columns: u64 = plan.data().map(|table| table.masked_columns).sum();
    let bytes: u64 = metadata.files.values().filter_map(|file| file.bytes).sum::<u64>()
        + metadata.archive_files.values().map(|file| file.bytes).sum::<u64>();
    let names = |tables: &mut dyn Iterator<Item = &Table>| {
        tables.map(|table| table.shown_name().into_owned()).collect::<Vec<_>>()
    };
    let plain = names(&mut plan.data().filter(|table| table.masked_columns == 0));
    let excluded =
        names(&mut plan.tables.iter().filter(|table| table.excluded && !excluded_schemas.contains(&table.schema)));
    let mut text = format!(
        "Dumped {} to {}\n  {}, {}, {}, {:.1} s\n  masked: {} of {}\n",
        count(metadata.table_count() as u64, "table"),
        visible(&folder.to_string_lossy()),
        count(u64::try_from(metadata.total_rows).unwrap_or_default(), "row"),
        HumanBytes(bytes),
        options.compress,
        elapsed.as_secs_f64(),
        count(columns, "column"),
        count(masked as u64, "table"),
    );
    if !plain.is_empty() {
        text.push_str(&format!("  as they are, no rule: {}\n", some_names(&plain, NAMES_SHOWN)));
    }
    if !excluded.is_empty() {
        text.push_str(&format!("  structure only, excluded: {}\n", some_names(&excluded, NAMES_SHOWN)));
    }
    if !excluded_schemas.is_empty() {
        let schemas: Vec<_> = excluded_schemas.iter().map(|schema| visible(schema).into_owned()).collect();
        text.push_str(&format!("  left out, schemas: {}\n", some_names(&schemas, NAMES_SHOWN)));
    }
    if plan.large_objects > 0 {
        let fate = match options.large_objects {
            LargeObjectMode::Keep => "as they are",
            LargeObjectMode::Empty => "without content",
            LargeObjectMode::Skip => "not dumped",
        };
        text.push_str(&format!("  large objects: {} {fate}\n", HumanCount(plan.large_objects)));
    }
    text
}
