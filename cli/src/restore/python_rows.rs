//! The rows of a dump of the Python tool's, loaded over several connections.

use std::sync::mpsc;

use pg_anon_core::archive::Entry;

use crate::error::{Error, without_values};
use crate::interrupt;
use crate::progress::{Counters, Progress, count};
use crate::queue::Queue;
use crate::restore::load::{Loaded, Loader, table_name};
use crate::restore::python_dump::PythonDump;
use crate::restore::target;
use crate::text::visible;

/// Loads the rows of those of the chosen entries that `which` takes, and adds what did not load.
pub fn load(
    loader: &Loader<'_>,
    python: &PythonDump,
    which: impl Fn(&Entry) -> bool,
    loaded: &mut Loaded,
) -> anyhow::Result<()> {
    let entries: Vec<&Entry> =
        loader.chosen.table_data().filter(|entry| which(entry) && python.has_rows(entry)).collect();
    if entries.is_empty() {
        return Ok(());
    }
    log::info!("loading {}", count(entries.len() as u64, "table"));
    let settings = loader.session.settings()?;
    let mut progress = Progress::new(entries.len() as u64, entries.iter().map(|entry| python.size(entry)).sum());
    let counters = Counters::default();
    let threads = loader.options.connections.min(entries.len());
    let queue = Queue::new(entries, |entry| python.size(entry));
    let (sender, receiver) = mpsc::channel();
    let work = || -> anyhow::Result<()> {
        let session = target::reconnect(&settings, loader.stop)?;
        while let Some(entry) = queue.next() {
            let problem = match python.load(entry, &session, &counters) {
                Ok(()) => None,
                Err(error) => Some(of_this_table(error)?),
            };
            drop(sender.send((entry, problem)));
        }
        Ok(())
    };
    std::thread::scope(|scope| {
        let workers: Vec<_> = (0..threads)
            .map(|_| {
                scope.spawn(|| {
                    // The reason is told; the others, who stop because of it, have none of their own.
                    work().inspect_err(|_| loader.stop.set())
                })
            })
            .collect();
        while !workers.iter().all(|worker| worker.is_finished()) {
            if let Ok((entry, problem)) = receiver.recv_timeout(interrupt::INTERVAL) {
                loaded.end_of(entry, problem);
            }
            progress.show(&counters);
        }
        for (entry, problem) in receiver.try_iter() {
            loaded.end_of(entry, problem);
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

/// Why the rows of one table could not be loaded. Fails with an error that concerns all of them.
fn of_this_table(error: anyhow::Error) -> anyhow::Result<String> {
    let is_of_table = match error.downcast_ref() {
        Some(Error::Server(error)) => !error.sqlstate.is_empty() && !error.sqlstate.starts_with("57"),
        Some(Error::Target(_) | Error::InputDir(_)) => true,
        _ => false,
    };
    if is_of_table { Ok(format!("{:#}", without_values(error))) } else { Err(error) }
}

impl Loaded {
    /// A table's rows are loaded, or not for this reason.
    fn end_of(&mut self, entry: &Entry, problem: Option<String>) {
        self.ended(entry.dump_id, problem.is_none());
        if let Some(problem) = problem {
            self.errors.push(format!("TABLE DATA {}: {problem}", visible(&table_name(entry))));
        }
    }
}
