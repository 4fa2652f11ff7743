//! The connections that copy tables, each on the dump's snapshot, table by table to data files.

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::mpsc;

use anyhow::Context as _;

use super::choice::Choice;
use super::plan::Table;
use super::tables::Event;
use crate::config::{DumpOptions, Stage};
use crate::connection::{Session, Settings, Stop};
use crate::copy::{DataFile, Finished, Framing};
use crate::error::{self, server_error};
use crate::key;
use crate::lock;
use crate::progress::{Counters, count};
use crate::queue::{Part, Queue};
use crate::text::visible;

/// How long a rule that reads other tables waits for one that somebody has for himself, before its table is put aside.
const RULE_LOCK_PATIENCE: &str = "10s";

/// The name of a data file until its number in the archive is known.
pub(super) fn data_path(folder: &Path, table: &Table, part: usize) -> PathBuf {
    folder.join(format!("table-{}-{part}", table.oid))
}

/// Hands the dictionary over once, and not in each statement, where it would be seen in the server's lists and logs.
pub(super) fn hand_over_dictionary(session: &Session, options: &DumpOptions) -> anyhow::Result<()> {
    session
        .query("SELECT pg_catalog.set_config('pg_anon.dictionary', $1, false)", &[Some(&options.dictionary_json)])?;
    Ok(())
}

/// Opens a connection that copies tables: one that sees the dump's snapshot, and has the dictionary and the key.
pub(super) fn open(settings: &Settings, stop: &Stop, snapshot: &str, options: &DumpOptions) -> anyhow::Result<Session> {
    let session = Session::open(settings, stop.clone())
        .with_context(|| format!("cannot open {} connections (-j)", options.connections))?;
    hand_over_dictionary(&session, options)?;
    key::hand_over(&session, options.key.as_ref())?;
    // A rule may read tables that others have for themselves, or wait to have.
    session.execute(&format!("SET lock_timeout = '{RULE_LOCK_PATIENCE}'"))?;
    begin(&session, snapshot)?;
    Ok(session)
}

/// Begins a transaction that sees the dump's snapshot.
fn begin(session: &Session, snapshot: &str) -> anyhow::Result<()> {
    session.execute("BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY")?;
    session.execute(&format!("SET TRANSACTION SNAPSHOT {}", session.literal(snapshot)?))
}

/// The rows of a table, or of a part of it, from a session that has the dictionary.
pub(super) struct Rows<'a> {
    pub(super) table: &'a Table,
    pub(super) options: &'a DumpOptions,
    pub(super) choice: &'a Choice,
    pub(super) first_block: Option<u32>,
    pub(super) end_block: Option<u32>,
    /// The level at which the server compresses them, when it does.
    pub(super) gzip_level: Option<u8>,
}

impl Rows<'_> {
    /// The statement that gives them. In the select list they stream; in FROM the server would store them all first.
    pub(super) fn statement(&self, session: &Session) -> anyhow::Result<String> {
        let number = |number: Option<u32>| number.map_or("NULL".to_owned(), |number| number.to_string());
        let search_path = match &self.options.rule_search_path {
            Some(path) => session.literal(path)?,
            None => "NULL".to_owned(),
        };
        let include = match self.choice.include_for(&self.table.schema, &self.table.name) {
            Some(list) => format!("{}::pg_catalog.jsonb", session.literal(&list)?),
            None => "NULL".to_owned(),
        };
        Ok(format!(
            "COPY (SELECT anon_funcs.dump_rows('{}'::pg_catalog.regclass, \
             pg_catalog.current_setting('pg_anon.dictionary')::pg_catalog.jsonb, {}, {}, {search_path}, {}, \
             row_limit => {}, gzip_level => {}, include => {include})) TO STDOUT (FORMAT binary)",
            self.table.oid,
            number(self.first_block),
            number(self.end_block),
            self.options.allow_unmatched_rules,
            number(self.options.stage.map(|_| Stage::LIMIT)),
            number(self.gzip_level.map(u32::from)),
        ))
    }

    /// An error while they were read, with the table's name: a value must not get into a message, nor the table twice.
    pub(super) fn without_values(table: &Table, error: anyhow::Error) -> anyhow::Error {
        let named = format!("table {}", table.shown_name());
        let is_named = server_error(&error).is_some_and(|error| error.message.contains(&table.sql_name));
        let error = error::without_values(error);
        if is_named { error } else { error.context(named) }
    }
}

/// One of the connections that copy tables.
pub(super) struct Worker<'a> {
    pub(super) settings: &'a Settings,
    pub(super) stop: &'a Stop,
    pub(super) snapshot: &'a str,
    pub(super) options: &'a DumpOptions,
    pub(super) choice: &'a Choice,
    pub(super) tables: &'a [&'a Table],
    /// Parts of each table that are not done.
    pub(super) left: &'a [AtomicUsize],
    pub(super) queue: &'a Queue<Part>,
    pub(super) counters: &'a Counters,
    pub(super) folder: &'a Path,
}

/// What a connection does when a table that it is to read cannot be locked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Wait {
    /// It gives up: whoever has the table may himself be waiting for the connection that holds all locks.
    Never,
    /// It waits. For the connection that holds the table's lock already: it gets it again at once, whoever waits.
    Holder,
}

impl Worker<'_> {
    /// Copies tables until none is left, over a connection that is open already, or a new one. Hands files over that only have
    /// to get to the disk.
    pub(super) fn run(
        &self,
        session: Option<Session>,
        finished: &mpsc::SyncSender<(Part, Finished)>,
        events: &mpsc::Sender<Event>,
    ) -> anyhow::Result<()> {
        let session = match session {
            Some(session) => session,
            None => open(self.settings, self.stop, self.snapshot, self.options)?,
        };
        while let Some(part) = self.queue.next() {
            let sent = match self.copy_or_put_aside(&session, part, Wait::Never)? {
                Some(file) => finished.send((part, file)).is_ok(),
                None => {
                    session.execute("ROLLBACK")?;
                    begin(&session, self.snapshot)?;
                    events.send(Event::PutAside(part)).is_ok()
                }
            };
            // Nobody listens any more when the dump has failed.
            if !sent {
                break;
            }
        }
        Ok(())
    }

    /// Copies a table, or a part of it, to its data file. None: the table was not to be had, nothing is left of the part,
    /// and the transaction has failed.
    pub(super) fn copy_or_put_aside(
        &self,
        session: &Session,
        part: Part,
        wait: Wait,
    ) -> anyhow::Result<Option<Finished>> {
        let table = self.tables.get(part.table).context("there is no such table")?;
        match self.copy(session, table, part, wait) {
            Ok(file) => {
                log::debug!("{}: {}, by {}", table.shown_name(), count(file.rows(), "row"), visible(table.rule()));
                Ok(Some(file))
            }
            Err(error) if wait == Wait::Never && lock::is_not_available(&error) => {
                log::debug!("{} is put aside: others want it for themselves", table.shown_name());
                let path = data_path(self.folder, table, part.number);
                fs::remove_file(&path).with_context(|| format!("cannot remove {}", path.display()))?;
                Ok(None)
            }
            Err(error) => Err(Rows::without_values(table, error)),
        }
    }

    /// Copies a table, or a part of it, to its data file.
    fn copy(&self, session: &Session, table: &Table, part: Part, wait: Wait) -> anyhow::Result<Finished> {
        let path = data_path(self.folder, table, part.number);
        let mut file = DataFile::create(&path, self.options.compress, self.options.turns.clone())?;
        let share = part.bytes as f64 / table.estimated_bytes.max(1) as f64;
        let mut counted = self.counters.begin((table.estimated_rows as f64 * share) as u64, part.bytes.max(1));
        let mut framing = Framing::new();
        let (first_block, end_block) = (part.first_block, part.end_block);
        let gzip_level = self.options.compress.server_level();
        let mut statements =
            Rows { table, options: self.options, choice: self.choice, first_block, end_block, gzip_level }
                .statement(session)?;
        if wait == Wait::Never {
            statements.insert_str(0, &format!("LOCK TABLE ONLY {} IN ACCESS SHARE MODE NOWAIT; ", table.sql_name));
        }
        let copied = session.copy_out(&statements, |message| {
            framing.push(message, |place, bytes| file.write_field(place, bytes))?;
            counted.advance(file.rows(), message.len());
            Ok(())
        });
        if let Err(error) = copied {
            counted.undo();
            return Err(error);
        }
        framing.finish()?;
        let finished = file.finish().context("cannot write the data file")?;
        let is_last = self.left.get(part.table).is_none_or(|left| left.fetch_sub(1, Ordering::Relaxed) == 1);
        counted.finish(is_last);
        Ok(finished)
    }
}
