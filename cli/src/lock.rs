//! The tables' locks, and the snapshot. A table that is emptied or written anew after the snapshot was taken looks empty
//! to whoever reads it by that snapshot. So all tables are locked first; LOCK TABLE itself takes no snapshot.

use std::collections::BTreeSet;
use std::time::{Duration, Instant};

use anyhow::Context as _;

use crate::connection::{Rows, Session};
use crate::error::{Error, server_error};
use crate::progress::some_names;
use crate::text::visible;

/// How often the locking starts again because tables were made, dropped or renamed meanwhile.
const ATTEMPTS: u32 = 5;

/// How many tables one statement locks.
const BATCH: usize = 500;

/// How long a lock is waited for before a message tells so.
const QUIET_WAIT: Duration = Duration::from_secs(1);

/// How many names a message shows.
const NAMES_SHOWN: usize = 5;

/// A transaction in which every table is locked that its snapshot shows.
#[derive(Debug)]
pub struct Locked {
    /// Name of the exported snapshot.
    pub snapshot: String,
    tables: BTreeSet<u32>,
}

/// Tells by its OID and its schema whether a table is wanted.
pub type Wanted = Box<dyn Fn(u32, &str) -> bool>;

/// How long a table's lock is waited for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Patience {
    setting: String,
    time: Duration,
}

impl Patience {
    /// Reads a time as the server's setting `lock_timeout` takes it: milliseconds, or with a unit. None: for ever.
    pub fn parse(session: &Session, setting: &str) -> anyhow::Result<Option<Patience>> {
        let set = session.query("SELECT pg_catalog.set_config('lock_timeout', $1, false)", &[Some(setting)]);
        if let Err(error) = set {
            return Err(match server_error(&error) {
                Some(error) => Error::Usage(format!("--lock-wait-timeout: {}", error.message)).into(),
                None => error,
            });
        }
        let read = "SELECT s.setting FROM pg_catalog.pg_settings AS s WHERE s.name = 'lock_timeout'";
        let time = Duration::from_millis(session.query(read, &[])?.number(0, 0)?);
        session.execute("SET lock_timeout = 0")?;
        Ok((!time.is_zero()).then(|| Patience { setting: setting.to_owned(), time }))
    }

    /// The error of a wait that was too long.
    pub fn exhausted(&self, blockers: &str) -> Error {
        Error::Tables(format!(
            "the tables could not be locked within {} (--lock-wait-timeout): {blockers}",
            visible(&self.setting)
        ))
    }

    /// The same as a length of time.
    pub fn time(&self) -> Duration {
        self.time
    }
}

/// How one attempt ended.
enum Attempt {
    Locked(Locked),
    /// Somebody has a table for himself.
    Held,
    /// A table is not what it was when the list was made.
    Changed(String),
}

impl Locked {
    /// Begins a transaction, locks in it all tables that may be read and are wanted, and takes the snapshot. The session must
    /// be in no transaction. Waits while somebody has a table for himself, as long as `patience` says. `choose` looks at the
    /// tables anew each time, and gives what tells by OID and schema whether one is wanted.
    pub fn begin(
        session: &Session,
        choose: impl Fn() -> anyhow::Result<Wanted>,
        patience: Option<&Patience>,
    ) -> anyhow::Result<Locked> {
        let started = Instant::now();
        let mut timeout = patience.map_or(QUIET_WAIT, |patience| patience.time.min(QUIET_WAIT));
        let mut changes = 0;
        loop {
            match attempt(session, &choose, timeout) {
                Ok(Attempt::Locked(locked)) => return Ok(locked),
                Ok(Attempt::Held) => {
                    session.execute("ROLLBACK")?;
                    let blockers = blockers(session)?;
                    timeout = match patience {
                        None => Duration::ZERO,
                        Some(patience) => {
                            let left = patience.time.saturating_sub(started.elapsed());
                            if left.as_millis() == 0 {
                                return Err(patience.exhausted(&blockers).into());
                            }
                            left
                        }
                    };
                    log::info!("waiting for {blockers}");
                }
                Ok(Attempt::Changed(what)) => {
                    session.execute("ROLLBACK")?;
                    changes += 1;
                    if changes == ATTEMPTS {
                        return Err(Error::Tables(format!(
                            "the tables cannot be locked: {what}\n\
                             HINT: Dump when nobody makes, drops or renames tables."
                        ))
                        .into());
                    }
                    log::debug!("locking the tables again: {what}");
                }
                Err(error) => return Err(error),
            }
        }
    }

    /// Whether a table is locked.
    pub fn has(&self, oid: u32) -> bool {
        self.tables.contains(&oid)
    }
}

fn attempt(
    session: &Session,
    choose: &impl Fn() -> anyhow::Result<Wanted>,
    timeout: Duration,
) -> anyhow::Result<Attempt> {
    let list = || session.query(include_str!("../sql/lockable.sql"), &[]).context("cannot list the tables");
    let wanted = |rows: &Rows| -> anyhow::Result<Vec<usize>> {
        let is_wanted = choose()?;
        let oids = (0..rows.len()).map(|row| Ok((row, rows.number(row, 0)?)));
        let oids = oids.collect::<anyhow::Result<Vec<_>>>()?.into_iter();
        Ok(oids.filter(|(row, oid)| is_wanted(*oid, &rows.text(*row, 1))).map(|(row, _)| row).collect())
    };

    let rows = list()?;
    let mut names = Vec::with_capacity(rows.len());
    for row in wanted(&rows)? {
        let name = rows.get(row, 2).unwrap_or_default();
        names.push(std::str::from_utf8(name).map_err(|_| {
            // A statement that names the table could not be sent.
            Error::Tables(format!("the name of table {} is not UTF-8", visible(&rows.text(row, 2))))
        })?);
    }
    session.execute("BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY")?;
    session.execute(&format!("SET LOCAL lock_timeout = '{}ms'", timeout.as_millis()))?;
    for names in names.chunks(BATCH) {
        let names: Vec<_> = names.iter().map(|name| format!("ONLY {name}")).collect();
        if let Err(error) = session.execute(&format!("LOCK TABLE {} IN ACCESS SHARE MODE", names.join(", "))) {
            return match server_error(&error).map(|error| (error.sqlstate.as_str(), error)) {
                Some(("55P03", _)) => Ok(Attempt::Held),
                // No such table or schema, not a table any more, not for us any more, deadlock.
                Some(("42P01" | "3F000" | "42809" | "42501" | "40P01", error)) => {
                    Ok(Attempt::Changed(error.to_string()))
                }
                _ => Err(error.context("cannot lock the tables")),
            };
        }
    }
    session.execute("SET LOCAL lock_timeout = 0")?;

    let snapshot = session.query("SELECT pg_catalog.pg_export_snapshot()", &[])?.text(0, 0).into_owned();
    let rows = list()?;
    let mut tables = BTreeSet::new();
    for row in wanted(&rows)? {
        if !rows.is_true(row, 3) {
            let name = rows.text(row, 2);
            return Ok(Attempt::Changed(format!("{} was made, changed or dropped meanwhile", visible(&name))));
        }
        tables.insert(rows.number(row, 0)?);
    }
    Ok(Attempt::Locked(Locked { snapshot, tables }))
}

/// Names the tables that others have for themselves, or wait to have, and their processes.
pub fn blockers(session: &Session) -> anyhow::Result<String> {
    let rows = session.query(include_str!("../sql/blockers.sql"), &[])?;
    let names: Vec<_> = (0..rows.len())
        .map(|row| format!("table {} (process {})", visible(&rows.text(row, 0)), rows.text(row, 1)))
        .collect();
    Ok(match names.len() {
        0 => "a table that somebody has locked".to_owned(),
        _ => format!("what others have locked or want to lock: {}", some_names(&names, NAMES_SHOWN)),
    })
}

/// Whether a lock was not to be had at once, or in the time that was set.
pub fn is_not_available(error: &anyhow::Error) -> bool {
    server_error(error).is_some_and(|error| error.sqlstate == "55P03")
}
