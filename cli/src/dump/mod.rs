//! `pg_anon dump`, `sync-struct-dump` and `sync-data-dump`: structure by pg_dump, masked data by the server's `dump_rows`,
//! both from one snapshot, put together to one archive.

mod assemble;
mod choice;
mod objects;
mod plain;
mod plan;
mod script;
mod summary;
mod tables;
mod validate;
mod worker;

use std::ffi::OsString;
use std::panic::resume_unwind;
use std::path::PathBuf;
use std::sync::mpsc;
use std::time::Instant;

use anyhow::Context as _;
use indicatif::HumanCount;
use pg_anon_core::archive::Archive;
use pg_anon_core::metadata::Metadata;

use self::assemble::read_archive;
use self::choice::Choice;
use self::plan::{Plan, arguments, describe, plan, sequences};
use self::summary::{Done, summary};
use self::tables::Event;
use crate::args::LargeObjectMode;
use crate::config::{DumpOptions, Stage};
use crate::connection::{ProgramSettings, Rows, Session, Stop};
use crate::error::Error;
use crate::free_connections;
use crate::init;
use crate::interrupt;
use crate::key;
use crate::lock::{self, Locked, Patience};
use crate::manual;
use crate::pgcmd::{self, DumpCommand, Ended, Kind, Program, Running};
use crate::progress::count;
use crate::queue;
use crate::staging::Target;
use crate::text::visible;

/// Folders in the staging folder for pg_dump, which wants one to itself.
const STRUCTURE: &str = "structure";
const LARGE_OBJECTS: &str = "large_objects";

/// Runs a dump.
pub fn run(options: &DumpOptions) -> anyhow::Result<()> {
    if options.stage == Some(Stage::Dictionary) {
        let session = Session::open_asking(&mut options.connection.clone(), Stop::default())?;
        init::check_installed(&session)?;
        return validate::validate(&session, options);
    }
    match &options.script {
        None => archive(options),
        Some(script) => plain::run(options, script),
    }
}

/// Dumps to an archive.
fn archive(options: &DumpOptions) -> anyhow::Result<()> {
    let started = Instant::now();
    let target = Target::new(&options.output_dir, options.clear_output_dir)?;
    let connected = Connected::new(options, if options.content.has_data() { options.connections } else { 0 })?;
    let locked = connected.lock(options)?;
    let choice = Choice::new(&connected.session, options)?;
    // Outlives the programs that write there.
    let staging = target.stage()?;
    let dump = connected.dump_to(options, choice, staging.path().to_owned());
    let (plan, metadata) = match &locked {
        Some(locked) => dump.dump_data(locked)?,
        None => dump.dump_structure()?,
    };
    interrupt::check()?;
    let folder = staging.publish()?;
    let done = Done {
        place: folder.to_string_lossy().into_owned(),
        rows: u64::try_from(metadata.total_rows).unwrap_or_default(),
        bytes: metadata.files.values().filter_map(|file| file.bytes).sum::<u64>()
            + metadata.archive_files.values().map(|file| file.bytes).sum::<u64>(),
        compress: options.compress,
    };
    let summary = summary(&plan, &dump.choice, &done, options, started.elapsed());
    manual::print(summary.as_bytes())
}

/// A connection that is ready to dump, and pg_dump.
struct Connected {
    stop: Stop,
    session: Session,
    program: Program,
    lock_patience: Option<Patience>,
}

impl Connected {
    /// Connects and finds pg_dump. Fails when the server has no room for `parallel` connections more, and pg_dump's.
    fn new(options: &DumpOptions, parallel: usize) -> anyhow::Result<Connected> {
        // pg_dump's files are to be for their owner only, as ours are.
        rustix::process::umask(rustix::fs::Mode::RWXG | rustix::fs::Mode::RWXO);
        let stop = Stop::default();
        let session = Session::open_asking(&mut options.connection.clone(), stop.clone())?;
        let server = session.server_version() / 10_000;
        let (program, ready) = std::thread::scope(|scope| {
            // A newer one than the server's for a compression that only newer archives have. Programs take a while to tell their
            // version.
            let preferred = server.max(options.compress.since());
            let program = scope.spawn(move || Program::find(Kind::Dump, &options.pg_dump, server, server, preferred));
            // One connection more is pg_dump's.
            let ready = init::check_installed(&session)
                .and_then(|()| key::hand_over(&session, options.key.as_ref()))
                .and_then(|()| free_connections::check(&session, parallel, 1));
            (program.join().unwrap_or_else(|panic| resume_unwind(panic)), ready)
        });
        ready?;
        if options.content.has_data() && options.dictionary.rules().is_empty() {
            log::warn!("the dictionary ({}) has no rule: all data is dumped as it is", options.dictionary_files);
        }
        if session.is_superuser() {
            log::warn!(
                "connected as a superuser: rules, and functions and types that table owners made, run with all rights \
             (use a role with pg_read_all_data instead)"
            );
        }
        let program = program?;
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
        log::info!(
            "PostgreSQL {}, {} {}",
            session.parameter("server_version"),
            program.path().display(),
            program.version
        );

        let lock_patience = match &options.lock_wait_timeout {
            Some(timeout) => Patience::parse(&session, timeout)?,
            None => None,
        };
        Ok(Connected { stop, session, program, lock_patience })
    }

    /// Begins a transaction, in which the tables are locked whose data is dumped.
    fn lock(&self, options: &DumpOptions) -> anyhow::Result<Option<Locked>> {
        if !options.content.has_data() {
            self.session.execute("BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY")?;
            return Ok(None);
        }
        let choose = || choice::wanted(&self.session, options);
        Ok(Some(Locked::begin(&self.session, choose, self.lock_patience.as_ref())?))
    }

    /// A dump that works in this folder.
    fn dump_to(self, options: &DumpOptions, choice: Choice, folder: PathBuf) -> Dump<'_> {
        let Connected { stop, session, program, lock_patience } = self;
        Dump { options, stop, session, program, lock_patience, choice, folder }
    }
}

/// Says all that is wrong with the dictionary. Errors stop the dump.
fn check_dictionary(session: &Session, options: &DumpOptions, choice: &Choice) -> anyhow::Result<()> {
    let problems = session
        .query(include_str!("../../sql/check.sql"), &arguments(options, choice))
        .context("cannot check the dictionary")?;
    tell_problems(&problems)
}

/// Says what `check_dictionary` has found; fails when there are errors.
pub fn tell_problems(problems: &Rows) -> anyhow::Result<()> {
    tell_problems_but(problems, &[])
}

/// The same; errors with these codes are only warned about.
pub fn tell_problems_but(problems: &Rows, lenient: &[&str]) -> anyhow::Result<()> {
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
        if problems.text(row, 0) == "error" && !lenient.contains(&&*problems.text(row, 1)) {
            errors += 1;
            log::error!("{message}");
        } else {
            log::warn!("{message}");
        }
    }
    if errors > 0 { Err(Error::Dictionary(count(errors, "error")).into()) } else { Ok(()) }
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

/// A dump, and what it has of the server and the disk.
struct Dump<'a> {
    options: &'a DumpOptions,
    stop: Stop,
    /// Holds the snapshot.
    session: Session,
    program: Program,
    /// How long a table's lock is waited for. None: for ever.
    lock_patience: Option<Patience>,
    choice: Choice,
    /// Where files are put together.
    folder: PathBuf,
}

impl Dump<'_> {
    /// Dumps the data, and the structure from the same snapshot.
    fn dump_data(&self, locked: &Locked) -> anyhow::Result<(Plan, Metadata)> {
        // pg_dump takes longest where little is to be copied, so it begins before it is known what that is.
        let (sender, events) = mpsc::channel();
        let at_end = sender.clone();
        let structure = self.start_pg_dump(
            STRUCTURE,
            Some(&locked.snapshot),
            |command| command.structure(self.has_all_structure()),
            move || drop(at_end.send(Event::StructureEnded)),
        )?;
        let (mut plan, sessions) = self.plan_and_connect(locked)?;
        let written = self.copy_tables(&mut plan, sessions, &locked.snapshot, structure, &sender, &events)?;
        self.cut_structure(&mut plan)?;
        let blobs = self.large_objects(&plan, &locked.snapshot)?;
        // The transaction that holds the snapshot has to live until everything is read.
        self.session.execute("COMMIT").context("the connection that holds the snapshot broke")?;
        let metadata = self.assemble(&plan, &written, blobs)?;
        Ok((plan, metadata))
    }

    /// Plans, and opens meanwhile the connections that are needed however little there is to copy: their beginning takes the
    /// server about as long as the plan.
    fn plan_and_connect(&self, locked: &Locked) -> anyhow::Result<(Plan, Vec<Session>)> {
        let settings = self.session.settings()?;
        let (stop, options) = (&self.stop, self.options);
        let (plan, sessions) = std::thread::scope(|scope| {
            let open = || worker::open(&settings, stop, &locked.snapshot, options);
            let opening: Vec<_> =
                (0..queue::LEAST_CONNECTIONS.min(options.connections)).map(|_| scope.spawn(open)).collect();
            let plan = self.plan_data(locked);
            if plan.is_err() {
                stop.set();
            }
            let opened = opening.into_iter().map(|thread| thread.join().unwrap_or_else(|panic| resume_unwind(panic)));
            (plan, opened.collect::<anyhow::Result<Vec<Session>>>())
        });
        // What is wrong with the plan is told before what is wrong with the connections, which it may have stopped.
        Ok((plan?, sessions?))
    }

    /// Whether the structure is dumped with what comes behind the data. That is not for a few rows: foreign keys would find
    /// theirs missing.
    fn has_all_structure(&self) -> bool {
        self.options.content.has_structure() && self.options.stage.is_none()
    }

    /// Checks the dictionary, and asks the server which data to dump.
    fn plan_data(&self, locked: &Locked) -> anyhow::Result<Plan> {
        let options = self.options;
        check_dictionary(&self.session, options, &self.choice)?;
        let plan = plan(&self.session, options, &self.choice)?;
        check_locked(&plan, locked)?;
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
        Ok(plan)
    }

    /// Dumps the structure alone.
    fn dump_structure(&self) -> anyhow::Result<(Plan, Metadata)> {
        let plan = self.write_structure()?;
        let metadata = self.assemble(&plan, &[], None)?;
        Ok((plan, metadata))
    }

    /// Checks the dictionary, and lets pg_dump write the structure. It has a snapshot and locks of its own, for which it
    /// waits: nobody waits for us.
    fn write_structure(&self) -> anyhow::Result<Plan> {
        if self.options.large_objects != LargeObjectMode::Skip {
            log::warn!("large objects are data: a dump of the structure alone has none");
        }
        // Rules are looked at in their tables.
        if let Some(patience) = &self.lock_patience {
            self.session.execute(&format!("SET LOCAL lock_timeout = '{}ms'", patience.time().as_millis()))?;
        }
        let planned = check_dictionary(&self.session, self.options, &self.choice)
            .and_then(|()| plan(&self.session, self.options, &self.choice));
        let mut plan = match (planned, &self.lock_patience) {
            (Err(error), Some(patience)) if lock::is_not_available(&error) => {
                self.session.execute("ROLLBACK")?;
                return Err(patience.exhausted(&lock::blockers(&self.session)?).into());
            }
            (planned, _) => planned?,
        };
        plan.description = describe(&self.session, &self.choice)?;
        self.session.execute("COMMIT")?;
        let mut pending = self.start_pg_dump(STRUCTURE, None, |command| command.structure(true), || {})?;
        let ended = pending.running.wait(&self.stop)?;
        pending.check(&ended)?;
        self.cut_structure(&mut plan)?;
        Ok(plan)
    }

    /// Cuts what pg_dump has written of the structure down to the tables that were chosen, and asks for the values of the
    /// sequences that are left.
    fn cut_structure(&self, plan: &mut Plan) -> anyhow::Result<()> {
        let folder = self.folder.join(STRUCTURE);
        let mut archive = read_archive(&folder)?;
        plan.selection = self.choice.apply(&mut archive);
        if plan.selection.is_some() {
            plan.description.objects.keep(&archive, self.has_all_structure());
            std::fs::write(folder.join("toc.dat"), archive.write()).context("cannot write toc.dat")?;
        }
        if self.options.content.has_data() {
            let only = plan.selection.is_some().then_some(&archive);
            plan.sequences = sequences(&self.session, self.options, &self.choice, only)?;
        }
        Ok(())
    }

    /// Starts pg_dump into a folder within the staging folder, and calls `at_end` when it has ended.
    fn start_pg_dump(
        &self,
        folder: &str,
        snapshot: Option<&str>,
        arguments: impl FnOnce(&DumpCommand<'_>) -> Vec<OsString>,
        at_end: impl FnOnce() + Send + 'static,
    ) -> anyhow::Result<Pending> {
        let settings: ProgramSettings = self.session.program_settings()?;
        let encoding = self.session.parameter("server_encoding");
        let command = DumpCommand {
            major: self.program.major,
            folder: &self.folder.join(folder),
            snapshot,
            encoding: &encoding,
            compress: self.options.compress,
            objects: &self.choice.arguments,
            no_privileges: self.options.ignore_privileges,
            no_comments: self.options.no_comments,
            role: self.session.role(),
            lock_wait: self.lock_patience.as_ref().map(Patience::time),
            more: &self.options.pg_dump_arguments,
            verbose: log::log_enabled!(log::Level::Debug),
            settings: &settings,
        };
        let (line, errors) = pgcmd::collect_errors(Kind::Dump);
        let running = self.program.start(&arguments(&command), &settings, line, at_end)?;
        Ok(Pending { running, errors })
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
    fn large_objects(&self, plan: &Plan, snapshot: &str) -> anyhow::Result<Option<Archive>> {
        let content = match self.options.large_objects {
            LargeObjectMode::Skip => return Ok(None),
            _ if plan.large_objects == 0 => return Ok(None),
            LargeObjectMode::Keep => true,
            LargeObjectMode::Empty => false,
        };
        let mut pending =
            self.start_pg_dump(LARGE_OBJECTS, Some(snapshot), |command| command.large_objects(content), || {})?;
        let ended = pending.running.wait(&self.stop)?;
        pending.check(&ended).context("cannot dump the large objects")?;
        Ok(Some(read_archive(&self.folder.join(LARGE_OBJECTS))?))
    }
}
