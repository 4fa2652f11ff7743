//! `pg_anon dump`: structure by pg_dump, masked data by the server's `dump_rows`, both from one snapshot, put together to
//! one archive.

use std::collections::BTreeMap;
use std::ffi::OsString;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::mpsc;
use std::time::{Duration, Instant};

use anyhow::Context as _;
use indicatif::{HumanBytes, HumanCount};
use pg_anon_core::archive::{Archive, Compression, ExtensionMember, LargeObjects, SequenceSet, TableData};
use pg_anon_core::metadata::{ArchiveFile, Extension, Metadata, SequenceValue, TableFile};

use crate::args::LargeObjectMode;
use crate::config::DumpOptions;
use crate::connection::{ProgramSettings, Session, Settings, Stop};
use crate::copy::{self, DataFile, Framing, Written};
use crate::error::Error;
use crate::files;
use crate::init::{self, EXTENSION, SCHEMA};
use crate::interrupt;
use crate::manual;
use crate::pgcmd::{self, DumpCommand, Ended, Kind, Program, Running};
use crate::progress::{Counters, Progress, count, some_names};
use crate::queue::{self, Part, Queue, TableSize};
use crate::staging::{Staging, Target};

/// Folders in the staging folder for pg_dump, which wants one to itself.
const STRUCTURE: &str = "structure";
const LARGE_OBJECTS: &str = "large_objects";

/// How long the workers, which know the table, may take to tell of a server that is gone before the connection that
/// holds the snapshot does.
const BROKEN_PATIENCE: Duration = Duration::from_secs(2);

/// How many names the summary shows in a row.
const NAMES_SHOWN: usize = 20;

/// A table as the server plans it.
#[derive(Debug, Clone)]
struct Table {
    oid: u32,
    /// Qualified and quoted, for messages.
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
    /// Schemas that are left out altogether.
    excluded_schemas: Vec<String>,
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
    let program = Program::find(Kind::Dump, &options.pg_dump, server, server)?;
    log::info!("PostgreSQL {}, {} {}", session.parameter("server_version"), program.path().display(), program.version);

    session.execute("BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY")?;
    let snapshot = session.query("SELECT pg_catalog.pg_export_snapshot()", &[])?.text(0, 0).into_owned();
    check_dictionary(&session, options)?;
    let plan = plan(&session, options)?;
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

    let staging = target.stage()?;
    let dump = Dump { options, stop, session, program, snapshot, staging, plan };
    let structure = dump.start_pg_dump(STRUCTURE, |command| command.structure())?;
    let written = dump.copy_tables(structure)?;
    let blobs = dump.large_objects()?;
    // The transaction that holds the snapshot has to live until everything is read.
    dump.session.execute("COMMIT").context("the connection that holds the snapshot broke")?;
    let metadata = dump.assemble(&written, blobs)?;
    interrupt::check()?;
    let Dump { staging, plan, .. } = dump;
    let folder = staging.publish()?;
    manual::print(summary(&plan, &metadata, &folder, options, started.elapsed()).as_bytes())
}

/// Says all that is wrong with the dictionary. Errors stop the dump.
fn check_dictionary(session: &Session, options: &DumpOptions) -> anyhow::Result<()> {
    let problems =
        session.query(include_str!("../sql/check.sql"), &arguments(options)).context("cannot check the dictionary")?;
    let mut errors = 0;
    for row in 0..problems.len() {
        let (object, message) = (problems.text(row, 2), problems.text(row, 3));
        let mut message =
            if message.contains(&*object) { message.into_owned() } else { format!("{object}: {message}") };
        let hint = problems.text(row, 4);
        if !hint.is_empty() {
            message.push_str(&format!("\nHINT: {hint}"));
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

/// Asks the server what to dump.
fn plan(session: &Session, options: &DumpOptions) -> anyhow::Result<Plan> {
    let rows = session.query(include_str!("../sql/schemas.sql"), &[])?;
    let schemas: Vec<String> = (0..rows.len()).map(|row| rows.text(row, 0).into_owned()).collect();
    let excluded_schemas = options.dictionary.excluded_schemas(&schemas)?;

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
        excluded_schemas,
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

/// A dump whose plan is made.
struct Dump<'a> {
    options: &'a DumpOptions,
    stop: Stop,
    /// Holds the snapshot.
    session: Session,
    program: Program,
    snapshot: String,
    staging: Staging,
    plan: Plan,
}

impl Dump<'_> {
    /// Starts pg_dump into a folder within the staging folder.
    fn start_pg_dump(
        &self,
        folder: &str,
        arguments: impl FnOnce(&DumpCommand<'_>) -> Vec<OsString>,
    ) -> anyhow::Result<Pending> {
        let settings: ProgramSettings = self.session.program_settings()?;
        let encoding = self.session.parameter("server_encoding");
        let command = DumpCommand {
            major: self.program.major,
            folder: &self.staging.path().join(folder),
            snapshot: &self.snapshot,
            encoding: &encoding,
            compress: self.options.compress,
            exclude_schemas: &self.plan.excluded_schemas,
            no_privileges: self.options.ignore_privileges,
            verbose: log::log_enabled!(log::Level::Debug),
            settings: &settings,
        };
        let (line, errors) = pgcmd::collect_errors(Kind::Dump);
        let running = self.program.start(&arguments(&command), &settings, line)?;
        Ok(Pending { running, errors })
    }

    /// Copies all tables, large ones in parts, over several connections while pg_dump writes the structure. Gives what was
    /// written for each part of each table of the plan that has data, in its order.
    fn copy_tables(&self, mut structure: Pending) -> anyhow::Result<Vec<Vec<Written>>> {
        let tables: Vec<&Table> = self.plan.data().collect();
        let weight = tables.iter().map(|table| table.estimated_bytes.max(1)).sum();
        let mut progress = Progress::new(tables.len() as u64, weight);
        let counters = Counters::default();
        let sizes: Vec<TableSize> =
            tables.iter().map(|table| TableSize { bytes: table.estimated_bytes, blocks: table.blocks }).collect();
        let parts = queue::split(&sizes, self.options.connections);
        let mut written: Vec<Vec<Option<Written>>> = vec![Vec::new(); tables.len()];
        for part in &parts {
            written[part.table].push(None);
        }
        let left: Vec<AtomicUsize> = written.iter().map(|parts| AtomicUsize::new(parts.len())).collect();
        let workers = self.options.connections.min(parts.len());
        let queue = Queue::new(parts, |part| part.bytes);
        let settings = self.session.settings()?;
        let mut failure: Option<anyhow::Error> = None;
        let mut broken: Option<(Instant, anyhow::Error)> = None;

        std::thread::scope(|scope| {
            let (sender, receiver) = mpsc::channel();
            for _ in 0..workers {
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
                let sender = sender.clone();
                scope.spawn(move || {
                    if let Err(error) = worker.run(&sender) {
                        // The receiver is there until all senders are gone.
                        let _ = sender.send(Err(error));
                    }
                });
            }
            drop(sender);
            let mut structure_done = false;
            let mut copying = true;
            while copying || !structure_done {
                match receiver.recv_timeout(interrupt::INTERVAL) {
                    Ok(Ok((part, file))) => {
                        if let Some(slot) = written.get_mut(part.table).and_then(|parts| parts.get_mut(part.number)) {
                            *slot = Some(file);
                        }
                    }
                    Ok(Err(error)) => note_failure(&mut failure, error),
                    Err(mpsc::RecvTimeoutError::Timeout) => {}
                    Err(mpsc::RecvTimeoutError::Disconnected) => {
                        copying = false;
                        std::thread::sleep(interrupt::INTERVAL / 10);
                    }
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
                                note_failure(&mut failure, error.into());
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
                if broken.as_ref().is_some_and(|(since, _)| since.elapsed() > BROKEN_PATIENCE || !copying)
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
        drop(progress);
        if let Some(failure) = failure {
            return Err(failure);
        }
        let whole = written.into_iter().map(|parts| parts.into_iter().collect::<Option<_>>());
        whole.collect::<Option<_>>().context("a table was not copied, and nobody said why")
    }

    /// Fetches the large objects that are kept. Gives the archive that holds them.
    fn large_objects(&self) -> anyhow::Result<Option<Archive>> {
        let content = match self.options.large_objects {
            LargeObjectMode::Skip => return Ok(None),
            _ if self.plan.large_objects == 0 => return Ok(None),
            LargeObjectMode::Keep => true,
            LargeObjectMode::Empty => false,
        };
        let mut pending = self.start_pg_dump(LARGE_OBJECTS, |command| command.large_objects(content))?;
        let ended = pending.running.wait(&self.stop)?;
        pending.check(&ended).context("cannot dump the large objects")?;
        Ok(Some(read_archive(&self.staging.path().join(LARGE_OBJECTS))?))
    }

    /// Adds the data to the table of contents, names the data files, and writes `toc.dat` and `metadata.json`.
    fn assemble(&self, written: &[Vec<Written>], blobs: Option<Archive>) -> anyhow::Result<Metadata> {
        let folder = self.staging.path();
        let structure = folder.join(STRUCTURE);
        let mut archive = read_archive(&structure)?;
        let mut archive_files = BTreeMap::new();

        let compression = match self.options.compress {
            0 => Compression::None,
            level => Compression::Gzip { level: i32::try_from(level).unwrap_or(-1) },
        };
        archive.header.set_compression(compression)?;
        // An extension's schema of its own goes with the extension.
        let removed = archive.remove_extension(EXTENSION, SCHEMA);
        for name in removed.dependents.iter().chain(&removed.mentions) {
            log::warn!("{name} uses the extension pg_anon, which is left out of the dump: restoring it may fail");
        }
        for name in archive.remove_passwords()? {
            log::warn!("the password in {name} is left out of the dump");
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
        let tables: Vec<&Table> = self.plan.data().collect();
        let data = tables.iter().zip(written).map(|(table, parts)| TableData {
            oid: table.oid,
            copy_statement: table.copy_statement.clone(),
            load_root: table.load_root.clone(),
            parts: parts.len(),
            extension_member: table.extension_member.clone(),
        });
        let ids = archive.add_all_table_data(data.collect())?;
        let sequences = self.plan.sequences.iter().filter(|sequence| !sequence.value.is_excluded);
        let sequences = sequences.map(|sequence| SequenceSet {
            oid: sequence.oid,
            setval_statement: sequence.setval_statement.clone(),
            extension_member: sequence.extension_member.clone(),
        });
        archive.add_all_sequence_sets(sequences.collect())?;
        archive.order_table_data(&self.plan.references);

        let mut table_files = BTreeMap::new();
        for ((table, ids), parts) in tables.iter().zip(&ids).zip(written) {
            for (number, (id, written)) in ids.iter().zip(parts).enumerate() {
                let name = format!("{id}.dat{}", copy::suffix(self.options.compress));
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
            seq_lastvals: self
                .plan
                .sequences
                .iter()
                .map(|sequence| {
                    (format!("{}.{}", sequence.value.schema, sequence.value.seq_name), sequence.value.clone())
                })
                .collect(),
            total_tables_size: tables.iter().map(|table| table.total_size).sum(),
            total_rows: i64::try_from(written.iter().flatten().map(|part| part.rows).sum::<u64>()).unwrap_or(i64::MAX),
            files: table_files,
            db_size: self.plan.database_size,
            extensions: self.plan.extensions.clone(),
            archive_files,
            ..Metadata::default()
        };
        files::write(&folder.join("metadata.json"), &metadata.to_json()?)?;
        Ok(metadata)
    }

    /// Moves a file of the large objects' archive, which may have the suffix of a compression, into the dump.
    fn take_over(&self, from: &str, to: &str) -> anyhow::Result<(String, ArchiveFile)> {
        let source = self.staging.path().join(LARGE_OBJECTS);
        let suffix = [".gz", ""]
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

/// A part of a table, and its data file.
type Copied = (Part, Written);

impl Worker<'_> {
    /// Copies tables until none is left.
    fn run(&self, results: &mpsc::Sender<anyhow::Result<Copied>>) -> anyhow::Result<()> {
        let session = Session::open(self.settings, self.stop.clone())
            .with_context(|| format!("cannot open {} connections (-j)", self.options.connections))?;
        session.execute("BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY")?;
        session.execute(&format!("SET TRANSACTION SNAPSHOT {}", session.literal(self.snapshot)?))?;
        // Handed over once, and not in each statement, where it would be seen in the server's lists and logs.
        session.query(
            "SELECT pg_catalog.set_config('pg_anon.dictionary', $1, false)",
            &[Some(&self.options.dictionary_json)],
        )?;
        let search_path = match &self.options.rule_search_path {
            Some(path) => session.literal(path)?,
            None => "NULL".to_owned(),
        };
        while let Some(part) = self.queue.next() {
            let Some(table) = self.tables.get(part.table) else { continue };
            let written = self.copy(&session, table, part, &search_path).map_err(|error| {
                let named = format!("table {}", table.sql_name);
                match error.downcast::<Error>() {
                    // A value must not get into a message, nor the table twice.
                    Ok(Error::Server(error)) if error.message.contains(&table.sql_name) => {
                        anyhow::Error::new(Error::Server(error.without_values()))
                    }
                    Ok(Error::Server(error)) => {
                        anyhow::Error::new(Error::Server(error.without_values())).context(named)
                    }
                    Ok(error) => anyhow::Error::new(error).context(named),
                    Err(error) => error.context(named),
                }
            })?;
            log::debug!("{}: {}, by {}", table.sql_name, count(written.rows, "row"), table.rule());
            if results.send(Ok((part, written))).is_err() {
                return Ok(());
            }
        }
        Ok(())
    }

    /// Copies a table, or a part of it, to its data file.
    fn copy(&self, session: &Session, table: &Table, part: Part, search_path: &str) -> anyhow::Result<Written> {
        let mut file = DataFile::create(&data_path(self.folder, table, part.number), self.options.compress)?;
        let share = part.bytes as f64 / table.estimated_bytes.max(1) as f64;
        let mut counted = self.counters.begin((table.estimated_rows as f64 * share) as u64, part.bytes.max(1));
        let block = |number: Option<u32>| number.map_or("NULL".to_owned(), |number| number.to_string());
        let mut framing = Framing::new();
        // In the select list the rows stream; in FROM the server would store them all first.
        let statement = format!(
            "COPY (SELECT anon_funcs.dump_rows('{}'::pg_catalog.regclass, \
             pg_catalog.current_setting('pg_anon.dictionary')::pg_catalog.jsonb, {}, {}, {search_path})) \
             TO STDOUT (FORMAT binary)",
            table.oid,
            block(part.first_block),
            block(part.end_block)
        );
        session.copy_out(&statement, |message| {
            framing.push(message, |text| file.write(text))?;
            counted.advance(file.rows(), message.len());
            Ok(())
        })?;
        framing.finish()?;
        let written = file.finish().context("cannot write the data file")?;
        let is_last = self.left.get(part.table).is_none_or(|left| left.fetch_sub(1, Ordering::Relaxed) == 1);
        counted.finish(is_last);
        Ok(written)
    }
}

/// What was dumped, and what of it was not masked.
fn summary(plan: &Plan, metadata: &Metadata, folder: &Path, options: &DumpOptions, elapsed: Duration) -> String {
    let masked = plan.data().filter(|table| table.masked_columns > 0).count();
    let columns: u64 = plan.data().map(|table| table.masked_columns).sum();
    let bytes: u64 = metadata.files.values().filter_map(|file| file.bytes).sum::<u64>()
        + metadata.archive_files.values().map(|file| file.bytes).sum::<u64>();
    let names =
        |tables: &mut dyn Iterator<Item = &Table>| tables.map(|table| table.sql_name.clone()).collect::<Vec<_>>();
    let plain = names(&mut plan.data().filter(|table| table.masked_columns == 0));
    let excluded =
        names(&mut plan.tables.iter().filter(|table| table.excluded && !plan.excluded_schemas.contains(&table.schema)));
    let mut text = format!(
        "Dumped {} to {}\n  {}, {}, {}, {:.1} s\n  masked: {} of {}\n",
        count(metadata.table_count() as u64, "table"),
        folder.display(),
        count(u64::try_from(metadata.total_rows).unwrap_or_default(), "row"),
        HumanBytes(bytes),
        match options.compress {
            0 => "not compressed".to_owned(),
            level => format!("gzip level {level}"),
        },
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
    if !plan.excluded_schemas.is_empty() {
        text.push_str(&format!("  left out, schemas: {}\n", some_names(&plan.excluded_schemas, NAMES_SHOWN)));
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
