//! The rows of tables, loaded over several connections: each data file in a transaction of its own.
//!
//! pg_restore could load our data files as well. Here the server takes them in larger pieces, the parts of one table come over
//! several connections as they do from pg_dump's different tables, and COPY's own count of the rows is compared with
//! `metadata.json`, so that they need not be counted afterwards.

use std::collections::HashSet;
use std::path::Path;
use std::sync::mpsc;

use anyhow::Context as _;
use pg_anon_core::archive::Entry;
use pg_anon_core::metadata::Metadata;

use crate::config::RestoreOptions;
use crate::connection::Session;
use crate::error::{Error, without_values};
use crate::interrupt;
use crate::progress::{Counters, Progress, count};
use crate::queue::Queue;
use crate::restore::list::Chosen;
use crate::restore::load::{self, Loaded, Loader, table_name};
use crate::restore::names::Names;
use crate::restore::python_dump::PythonDump;
use crate::restore::tables;
use crate::restore::target;
use crate::restore::text_file::{self, TextFile};
use crate::text::visible;

/// From which length of its file on a table is worth the question which types its columns have.
const WORTH_ENCODING: u64 = 256 << 10;

/// The data entries whose rows are loaded here: all, but
/// - what must wait for the rows of another table (configuration tables of extensions that refer to each other): pg_restore
///   goes by dependencies,
/// - when pg_restore is to end at the first error, or to make one transaction of several entries.
pub fn loaded_here(chosen: &Chosen<'_>, options: &RestoreOptions, python: Option<&PythonDump>) -> HashSet<i32> {
    if let Some(python) = python {
        return chosen.table_data().filter(|entry| python.has_rows(entry)).map(|entry| entry.dump_id).collect();
    }
    if load::ends_at_an_error(options) {
        return HashSet::new();
    }
    let data: HashSet<i32> = chosen.table_data().map(|entry| entry.dump_id).collect();
    let waits = |entry: &&Entry| entry.dependencies.iter().any(|id| data.contains(id));
    chosen.table_data().filter(|entry| !waits(entry)).map(|entry| entry.dump_id).collect()
}

/// The rows of a data entry.
pub struct Rows<'a> {
    /// The entry.
    pub entry: &'a Entry,
    /// How many they are, as `metadata.json` tells.
    pub rows: u64,
    /// Length of their file.
    pub bytes: u64,
    source: Source<'a>,
}

/// Where rows come from.
enum Source<'a> {
    /// A file of COPY text.
    Text(TextFile<'a>),
    /// A file of the Python tool's.
    Python(&'a PythonDump),
}

impl<'a> Rows<'a> {
    /// Those of this entry.
    ///
    /// # Errors
    /// The entry has no data file, or no COPY statement.
    pub fn of(
        entry: &'a Entry,
        folder: &'a Path,
        metadata: &'a Metadata,
        python: Option<&'a PythonDump>,
        names: &Names<'_>,
    ) -> anyhow::Result<Rows<'a>> {
        let name = tables::file_name(entry, metadata).context("the data file is not there")?;
        let file = metadata.files.get(&name);
        let source = match python {
            Some(python) => Source::Python(python),
            None => {
                let statement = names.optional(&entry.copy_statement)?;
                let (table, columns) = text_file::target(&statement)
                    .with_context(|| format!("toc.dat has no COPY statement for {}", visible(&entry.name())))?;
                Source::Text(TextFile {
                    path: folder.join(&name),
                    name,
                    sha256: file.and_then(|file| file.sha256.as_deref()),
                    encoding: names.encoding.clone(),
                    table: table.to_owned(),
                    columns: columns.to_owned(),
                })
            }
        };
        let rows = file.map_or(0, |file| file.rows);
        Ok(Rows { entry, rows, bytes: file.and_then(|file| file.bytes).unwrap_or_default(), source })
    }

    /// Copies them into their table, and gives how many the server took. To be run in a transaction. `each` gets the length
    /// of each piece of text.
    ///
    /// # Errors
    /// The server refuses a row, or the file cannot be read or is not the one that was checked.
    pub fn copy(&self, session: &Session, mut each: impl FnMut(usize)) -> anyhow::Result<u64> {
        let file = match &self.source {
            Source::Text(file) => file,
            Source::Python(python) => return python.copy(self.entry, session, each),
        };
        if self.bytes < WORTH_ENCODING {
            return file.copy(session, each);
        }
        session.execute("SAVEPOINT encoded")?;
        let copied = match file.types(session) {
            Ok(Some(types)) => file.copy_encoded(session, types, &mut each).map(Some),
            Ok(None) => Ok(None),
            Err(error) => Err(error),
        };
        match copied {
            Ok(rows) => {
                session.execute("RELEASE SAVEPOINT encoded")?;
                if let Some(rows) = rows {
                    return Ok(rows);
                }
            }
            Err(error) => {
                // Whether the server refuses the text as well it says of the text, as it says it to pg_restore.
                let reason = of_this_table(error)?;
                log::debug!("{} is loaded as text: {}", visible(&self.entry.name()), visible(&reason));
                session.execute("ROLLBACK TO SAVEPOINT encoded")?;
            }
        }
        file.copy(session, each)
    }

    /// Loads them, all or none.
    fn load(&self, session: &Session, counters: &Counters) -> anyhow::Result<()> {
        let mut progress = counters.begin(self.rows, self.bytes);
        session.execute("BEGIN")?;
        // How many rows a piece has the server tells at the end.
        let loaded = self.copy(session, |bytes| progress.advance(0, bytes)).and_then(|rows| {
            if rows != self.rows {
                return Err(Error::Target(format!("it gets {} instead of {}", count(rows, "row"), self.rows)).into());
            }
            session.execute("COMMIT")
        });
        match loaded {
            Ok(()) => {
                progress.advance(self.rows, 0);
                progress.finish(true);
                Ok(())
            }
            Err(error) => {
                progress.undo();
                // Of a connection that broke there is nothing left to undo.
                let _ = session.execute("ROLLBACK");
                Err(error)
            }
        }
    }
}

/// Loads the rows of those of the chosen entries that `which` takes, as far as they are loaded here, and adds what did not
/// load.
pub fn load(loader: &Loader<'_>, which: impl Fn(&Entry) -> bool, loaded: &mut Loaded) -> anyhow::Result<()> {
    let names = Names::new(loader.session, loader.chosen.archive());
    let rows = loader
        .chosen
        .table_data()
        .filter(|entry| which(entry) && loader.has_rows(entry))
        .map(|entry| Rows::of(entry, &loader.options.input_dir, loader.metadata, loader.python, &names))
        .collect::<anyhow::Result<Vec<_>>>()?;
    if rows.is_empty() {
        return Ok(());
    }
    log::info!("loading the rows of {}", count(rows.len() as u64, "file"));
    let (settings, stop) = (&loader.settings.own, loader.stop);
    let mut progress = Progress::new(rows.len() as u64, rows.iter().map(|rows| rows.bytes).sum());
    let counters = Counters::default();
    let threads = loader.options.connections.min(rows.len());
    let queue = Queue::new(rows, |rows| rows.bytes);
    let (sender, receiver) = mpsc::channel();
    let work = |sender: mpsc::Sender<_>| -> anyhow::Result<()> {
        let session = target::reconnect(settings, stop)?;
        while let Some(rows) = queue.next() {
            let problem = match rows.load(&session, &counters) {
                Ok(()) => None,
                Err(error) => Some(of_this_table(error)?),
            };
            drop(sender.send((rows.entry, problem)));
        }
        Ok(())
    };
    std::thread::scope(|scope| {
        let workers: Vec<_> = (0..threads)
            .map(|_| {
                let sender = sender.clone();
                let work = &work;
                scope.spawn(move || {
                    // The reason is told; the others, who stop because of it, have none of their own.
                    work(sender).inspect_err(|_| stop.set())
                })
            })
            .collect();
        drop(sender);
        loop {
            match receiver.recv_timeout(interrupt::INTERVAL) {
                Ok((entry, problem)) => loaded.end_of(entry, problem),
                Err(mpsc::RecvTimeoutError::Timeout) => {}
                // All workers have ended.
                Err(mpsc::RecvTimeoutError::Disconnected) => break,
            }
            progress.show(&counters);
        }
        let ended = workers
            .into_iter()
            .map(|worker| worker.join().unwrap_or_else(|_| Err(anyhow::anyhow!("loading rows failed"))));
        let failures: Vec<anyhow::Error> = ended.filter_map(Result::err).collect();
        let is_stopped = |error: &anyhow::Error| matches!(error.downcast_ref(), Some(Error::Stopped));
        let first = failures.iter().position(|error| !is_stopped(error)).unwrap_or(0);
        match failures.into_iter().nth(first) {
            Some(error) => Err(error),
            None => Ok(()),
        }
    })
}

/// Why the rows of one file could not be loaded. Fails with an error that concerns all of them.
fn of_this_table(error: anyhow::Error) -> anyhow::Result<String> {
    let is_of_table = match error.downcast_ref() {
        Some(Error::Server(error)) => !error.sqlstate.is_empty() && !error.sqlstate.starts_with("57"),
        Some(Error::Target(_) | Error::InputDir(_)) => true,
        _ => false,
    };
    if is_of_table { Ok(format!("{:#}", without_values(error))) } else { Err(error) }
}

impl Loaded {
    /// The rows of an entry are loaded, or not for this reason.
    fn end_of(&mut self, entry: &Entry, problem: Option<String>) {
        self.ended(entry.dump_id, problem.is_none());
        match problem {
            None => log::debug!("{} is loaded", visible(&entry.name())),
            Some(problem) => self.errors.push(format!("TABLE DATA {}: {problem}", visible(&table_name(entry)))),
        }
    }
}
