//! Copying all tables over several connections, while pg_dump writes the structure.

use std::collections::HashSet;
use std::sync::atomic::AtomicUsize;
use std::sync::mpsc;
use std::time::{Duration, Instant};

use anyhow::Context as _;

use super::plan::{Description, Plan, Table, describe};
use super::worker::{Wait, Worker, hand_over_dictionary};
use super::{Dump, Pending};
use crate::connection::Session;
use crate::copy::{Finished, Written};
use crate::error::Error;
use crate::interrupt;
use crate::progress::{Counters, Progress};
use crate::queue::{self, Part, Queue, TableSize};

/// How long the workers, which know the table, may take to tell of a server that is gone before the connection that
/// holds the snapshot does.
const BROKEN_PATIENCE: Duration = Duration::from_secs(2);

/// What happens while tables are copied.
pub(super) enum Event {
    /// A part of a table is in its data file, on the disk.
    Copied(Part, Written),
    /// Others want the table for themselves, and the part is put aside.
    PutAside(Part),
    /// A thread cannot go on.
    Failed(anyhow::Error),
    /// A thread, which copied tables or wrote files to the disk, has ended.
    ThreadEnded,
    /// pg_dump, which writes the structure, has ended.
    StructureEnded,
}

/// How many files may wait for the disk: each is an open file.
const UNSYNCED: usize = 16;

/// Tells that a thread has ended, also when it panics.
struct TellEnd(mpsc::Sender<Event>);

impl Drop for TellEnd {
    fn drop(&mut self) {
        // Nobody listens any more when the dump has failed.
        let _ = self.0.send(Event::ThreadEnded);
    }
}

impl Dump<'_> {
    /// Copies all tables, large ones in parts, over several connections while pg_dump writes the structure. Gives what was
    /// written for each part of each table of the plan that has data, in its order. `sessions` are connections that are open
    /// already. Meanwhile the plan gets its description.
    pub(super) fn copy_tables(
        &self,
        plan: &mut Plan,
        sessions: Vec<Session>,
        snapshot: &str,
        mut structure: Pending,
        sender: &mpsc::Sender<Event>,
        events: &mpsc::Receiver<Event>,
    ) -> anyhow::Result<Vec<Vec<Written>>> {
        let tables: Vec<&Table> = plan.data().collect();
        let weight = tables.iter().map(|table| table.estimated_bytes.max(1)).sum();
        let mut progress = Progress::new(tables.len() as u64, weight);
        let counters = Counters::default();
        // A row may reference one that comes later only when a single statement loads both.
        let is_whole = |(from, to): &&(u32, u32)| from == to;
        let whole: HashSet<u32> = plan.references.iter().filter(is_whole).map(|(table, _)| *table).collect();
        let size = |table: &&Table| TableSize {
            bytes: table.estimated_bytes,
            blocks: table.blocks.filter(|_| !whole.contains(&table.oid)),
        };
        let sizes: Vec<TableSize> = tables.iter().map(size).collect();
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
            snapshot,
            options: self.options,
            choice: &self.choice,
            tables: &tables,
            left: &left,
            queue: &queue,
            counters: &counters,
            folder: &self.folder,
        };
        let mut description = Description::default();
        let mut put_aside = Vec::new();
        let mut failure: Option<anyhow::Error> = None;
        let mut broken: Option<(Instant, anyhow::Error)> = None;

        std::thread::scope(|scope| {
            // While one file gets to the disk, its connection copies the next.
            let (finished, to_sync) = mpsc::sync_channel::<(Part, Finished)>(UNSYNCED);
            let syncer = TellEnd(sender.clone());
            scope.spawn(move || {
                for (part, file) in to_sync {
                    let event = match sync(file) {
                        Ok(written) => Event::Copied(part, written),
                        Err(error) => Event::Failed(error),
                    };
                    let _ = syncer.0.send(event);
                }
            });
            let mut sessions = sessions.into_iter();
            for _ in 0..workers {
                let (worker, finished, sender) = (&worker, finished.clone(), TellEnd(sender.clone()));
                let session = sessions.next();
                scope.spawn(move || {
                    if let Err(error) = worker.run(session, &finished, &sender.0) {
                        let _ = sender.0.send(Event::Failed(error));
                    }
                });
            }
            drop((finished, sessions));
            match describe(&self.session, &self.choice) {
                Ok(described) => description = described,
                Err(error) => note_failure(&mut failure, error),
            }
            let mut structure_done = false;
            let mut running = workers + 1;
            while running > 0 || !structure_done {
                match events.recv_timeout(interrupt::INTERVAL) {
                    Ok(Event::Copied(part, file)) => keep(&mut written, part, file),
                    Ok(Event::PutAside(part)) => put_aside.push(part),
                    Ok(Event::Failed(error)) => note_failure(&mut failure, error),
                    Ok(Event::ThreadEnded) => running = running.saturating_sub(1),
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
                if broken.as_ref().is_some_and(|(since, _)| since.elapsed() > BROKEN_PATIENCE || running == 0)
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
            hand_over_dictionary(&self.session, self.options)?;
        }
        for part in put_aside {
            progress.show(&counters);
            if let Some(file) = worker.copy_or_put_aside(&self.session, part, Wait::Holder)? {
                keep(&mut written, part, sync(file)?);
            }
        }
        drop(progress);
        plan.description = description;
        let whole = written.into_iter().map(|parts| parts.into_iter().collect::<Option<_>>());
        whole.collect::<Option<_>>().context("a table was not copied, and nobody said why")
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

fn sync(file: Finished) -> anyhow::Result<Written> {
    file.sync().context("cannot write the data file")
}

fn keep(written: &mut [Vec<Option<Written>>], part: Part, file: Written) {
    if let Some(slot) = written.get_mut(part.table).and_then(|parts| parts.get_mut(part.number)) {
        *slot = Some(file);
    }
}
