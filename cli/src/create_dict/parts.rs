//! Reading the tables over several connections, largest first and large ones in parts. What comes back are counts.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::mpsc;

use anyhow::Context as _;

use super::hand_over_dictionaries;
use crate::args::ScanMode;
use crate::config::CreateDictOptions;
use crate::connection::{Session, Settings, Stop};
use crate::error::{self, Error, server_error};
use crate::interrupt;
use crate::lock;
use crate::progress::{Counters, Progress};
use crate::queue::{self, Part, Queue, TableSize};
use crate::text::visible;

/// The least size of a part of a table, in bytes: each costs a statement, and looks for itself until a column is decided.
const LEAST_PART: std::num::NonZeroU64 = std::num::NonZeroU64::new(32 << 20).unwrap();

/// How long a connection waits for a table that others want for themselves, before the table is put aside.
const LOCK_PATIENCE: &str = "10s";

/// A table whose values must be looked at.
#[derive(Debug)]
pub(super) struct Table {
    pub(super) oid: u32,
    /// Qualified and quoted.
    pub(super) sql_name: String,
    rows: u64,
    /// When it can be read in ranges of blocks.
    blocks: Option<u32>,
    bytes: u64,
}

/// Asks the server what to read. The session has the dictionaries.
pub(super) fn plan(session: &Session) -> anyhow::Result<Vec<Table>> {
    let rows = session.query(include_str!("../../sql/scan_plan.sql"), &[]).context("cannot plan the scan")?;
    let table = |row| {
        Ok(Table {
            oid: rows.number(row, 0)?,
            sql_name: rows.text(row, 1).into_owned(),
            rows: rows.number(row, 2)?,
            blocks: rows.get(row, 3).map(|_| rows.number(row, 3)).transpose()?,
            bytes: rows.get(row, 4).map(|_| rows.number(row, 4)).transpose()?.unwrap_or_default(),
        })
    };
    (0..rows.len()).map(table).collect()
}

/// What happens while tables are read.
enum Event {
    /// What a part has shown. None: others want its table for themselves, and the part is put aside.
    Read(Part, Option<String>),
    /// A connection cannot go on.
    Failed(anyhow::Error),
    /// A connection has nothing more to do.
    Ended,
}

/// Tells that a worker has ended, also when it panics.
struct TellEnd(mpsc::Sender<Event>);

impl Drop for TellEnd {
    fn drop(&mut self) {
        // Nobody listens any more when the scan has failed.
        let _ = self.0.send(Event::Ended);
    }
}

/// Reads all tables. Gives what they have shown as a JSON array, in the order of the tables and their parts.
pub(super) fn read(
    session: &Session,
    stop: &Stop,
    options: &CreateDictOptions,
    snapshot: &str,
    tables: &[Table],
) -> anyhow::Result<String> {
    let sizes: Vec<TableSize> =
        tables.iter().map(|table| TableSize { bytes: wanted_bytes(table, options), blocks: table.blocks }).collect();
    let least = (options.mode == ScanMode::Full).then_some(LEAST_PART);
    let parts = queue::split(&sizes, options.connections, least);
    let mut left: Vec<usize> = vec![0; tables.len()];
    for part in &parts {
        left[part.table] += 1;
    }
    let workers = queue::useful_connections(&parts, options.connections);
    let mut progress = Progress::new(tables.len() as u64, sizes.iter().map(|size| size.bytes.max(1)).sum());
    let worker = Worker {
        settings: &session.settings()?,
        stop,
        options,
        snapshot,
        tables,
        left: &left.into_iter().map(AtomicUsize::new).collect::<Vec<_>>(),
        queue: &Queue::new(parts, |part| part.bytes),
        counters: &Counters::default(),
    };
    let mut shown = Vec::new();
    let mut put_aside = Vec::new();
    let mut failure: Option<anyhow::Error> = None;
    let (sender, events) = mpsc::channel();
    std::thread::scope(|scope| {
        for _ in 0..workers {
            let (worker, sender) = (&worker, TellEnd(sender.clone()));
            scope.spawn(move || {
                if let Err(error) = worker.run(&sender.0) {
                    let _ = sender.0.send(Event::Failed(error));
                }
            });
        }
        let mut reading = workers;
        while reading > 0 {
            match events.recv_timeout(interrupt::INTERVAL) {
                Ok(Event::Read(part, Some(counts))) => shown.push((part, counts)),
                Ok(Event::Read(part, None)) => put_aside.push(part),
                Ok(Event::Failed(error)) => note_failure(&mut failure, error),
                Ok(Event::Ended) => reading -= 1,
                Err(_) => {}
            }
            if let Err(error) = interrupt::check() {
                failure = Some(error.into());
            }
            if failure.is_none()
                && let Err(error) = session.check_alive()
            {
                failure = Some(error.context("the connection that holds the snapshot broke"));
            }
            if failure.is_some() {
                stop.set();
            }
            progress.show(worker.counters);
        }
    });
    if let Some(failure) = failure {
        return Err(failure);
    }
    // This connection holds the locks, and gets them again at once.
    for part in put_aside {
        let counts = worker.read(session, part)?;
        progress.show(worker.counters);
        shown.push((part, counts));
    }
    drop(progress);
    shown.sort_by_key(|(part, _)| (part.table, part.number));
    let shown: Vec<&str> = shown.iter().map(|(_, counts)| counts.as_str()).collect();
    Ok(format!("[{}]", shown.join(",")))
}

/// About how many bytes of a table are read.
fn wanted_bytes(table: &Table, options: &CreateDictOptions) -> u64 {
    let wanted = u64::try_from(options.sample_rows).unwrap_or_default();
    if options.mode == ScanMode::Full || table.rows <= wanted {
        return table.bytes;
    }
    (table.bytes as f64 * (wanted as f64 / table.rows as f64)) as u64
}

/// Keeps the first failure that tells something: that another part stopped the run does not.
fn note_failure(failure: &mut Option<anyhow::Error>, error: anyhow::Error) {
    let says_nothing = |error: &anyhow::Error| matches!(error.downcast_ref(), Some(Error::Stopped));
    if failure.as_ref().is_none_or(says_nothing) {
        *failure = Some(error);
    }
}

/// One of the connections that read tables.
struct Worker<'a> {
    settings: &'a Settings,
    stop: &'a Stop,
    options: &'a CreateDictOptions,
    snapshot: &'a str,
    tables: &'a [Table],
    /// Parts of each table that are not done.
    left: &'a [AtomicUsize],
    queue: &'a Queue<Part>,
    counters: &'a Counters,
}

impl Worker<'_> {
    /// Reads tables until none is left.
    fn run(&self, events: &mpsc::Sender<Event>) -> anyhow::Result<()> {
        let session = Session::open(self.settings, self.stop.clone())
            .with_context(|| format!("cannot open {} connections (-j)", self.options.connections))?;
        hand_over_dictionaries(&session, self.options)?;
        // Whoever waits to have a table for himself waits for the connection that holds all locks, and we would wait for him.
        session.execute(&format!("SET lock_timeout = '{LOCK_PATIENCE}'"))?;
        self.begin(&session)?;
        while let Some(part) = self.queue.next() {
            let counts = match self.read(&session, part) {
                Ok(counts) => Some(counts),
                Err(error) if lock::is_not_available(&error) => {
                    session.execute("ROLLBACK")?;
                    self.begin(&session)?;
                    None
                }
                Err(error) => return Err(error),
            };
            if events.send(Event::Read(part, counts)).is_err() {
                return Ok(());
            }
        }
        Ok(())
    }

    /// Begins a transaction that sees the scan's snapshot.
    fn begin(&self, session: &Session) -> anyhow::Result<()> {
        session.execute("BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY")?;
        session.execute(&format!("SET TRANSACTION SNAPSHOT {}", session.literal(self.snapshot)?))
    }

    /// Lets the server look at a table, or at a part of it.
    fn read(&self, session: &Session, part: Part) -> anyhow::Result<String> {
        let table = self.tables.get(part.table).context("there is no such table")?;
        let counted = self.counters.begin(table.rows, part.bytes.max(1));
        let mode = match self.options.mode {
            ScanMode::Partial => "partial",
            ScanMode::Full => "full",
            ScanMode::Names => "names",
        };
        let number = |block: Option<u32>| block.map(|block| block.to_string());
        let (oid, rows) = (table.oid.to_string(), self.options.sample_rows.to_string());
        let (first, end) = (number(part.first_block), number(part.end_block));
        let arguments = [Some(oid.as_str()), Some(mode), Some(&rows), first.as_deref(), end.as_deref()];
        let read = session.query(include_str!("../../sql/scan_part.sql"), &arguments);
        let read = read.map_err(|error| without_values(table, error))?;
        let is_last = self.left.get(part.table).is_none_or(|left| left.fetch_sub(1, Ordering::Relaxed) == 1);
        counted.finish(is_last);
        log::debug!("{}: part {} is read", visible(&table.sql_name), part.number + 1);
        Ok(read.text(0, 0).into_owned())
    }
}

/// An error while values were read, with the table's name: a value must not get into a message.
fn without_values(table: &Table, error: anyhow::Error) -> anyhow::Error {
    let is_nameless = server_error(&error).is_some_and(|error| !error.message.contains(&table.sql_name));
    let error = error::without_values(error);
    if is_nameless { error.context(format!("table {}", visible(&table.sql_name))) } else { error }
}
