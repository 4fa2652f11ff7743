//! After the data is loaded: the rows of tables counted, where loading them did not do that, and the planner's statistics, over
//! several connections.

use std::collections::{BTreeMap, HashSet};
use std::sync::Mutex;

use crate::connection::Session;
use crate::error::refusal;
use crate::progress::count;
use crate::queue::Queue;
use crate::restore::tables::{Source, Table};
use crate::text::visible;

/// One statement of the many.
enum Work {
    /// Count the rows of a table: its name, `ONLY` of it or all leaves, and what they must be.
    Count { table: String, only: bool, condition: String, rows: u64 },
    /// Analyse a table; how long its data files are.
    Analyze { table: String, bytes: u64 },
}

/// What to do at the end of a restore.
#[derive(Default)]
pub struct Finish {
    work: Vec<Work>,
}

impl Finish {
    /// Has the rows of these tables counted, but for those of which all data entries are among `counted` already. Tables that
    /// are loaded through a partitioned table may have rows in another leaf than they came from: then all leaves are counted
    /// together.
    pub fn count(&mut self, sources: &[Source], tables: &[Table], counted: &HashSet<i32>) {
        let is_counted = |source: &Source| source.dump_ids.iter().all(|id| counted.contains(id));
        let all = || sources.iter().zip(tables);
        let left: HashSet<&str> =
            all().filter(|(source, _)| !is_counted(source)).map(|(_, table)| table.root.as_str()).collect();
        let all = || all().filter(|(_, table)| left.contains(table.root.as_str()));
        let mut roots: BTreeMap<&str, (bool, u64)> = BTreeMap::new();
        for (source, table) in all() {
            let root = roots.entry(&table.root).or_default();
            *root = (root.0 || source.by_root, root.1 + source.rows);
        }
        for (source, table) in all() {
            if roots.get(table.root.as_str()).is_some_and(|(by_root, _)| !by_root) {
                let condition = table.condition.clone().unwrap_or_default();
                self.work.push(Work::Count { table: table.name.clone(), only: true, condition, rows: source.rows });
            }
        }
        let by_root = roots.iter().filter(|(_, (by_root, _))| *by_root);
        self.work.extend(by_root.map(|(root, (_, rows))| Work::Count {
            table: (*root).to_owned(),
            only: false,
            condition: String::new(),
            rows: *rows,
        }));
    }

    /// Has statistics collected of these tables, so that the planner is right from the first query on; of partitions with
    /// their parent. Only an owner can do that. `loaded` are the tables with rows, and where these come from.
    pub fn analyze(&mut self, tables: &[Table], loaded: (&[Source], &[Table])) {
        let mut bytes: BTreeMap<&str, u64> = BTreeMap::new();
        for (source, table) in loaded.0.iter().zip(loaded.1) {
            *bytes.entry(&table.root).or_default() += source.bytes;
        }
        let mut roots: Vec<&str> = tables
            .iter()
            .filter(|table| table.is_owned && table.kind != "f")
            .map(|table| table.root.as_str())
            .collect();
        roots.sort_unstable();
        roots.dedup();
        self.work.extend(roots.into_iter().map(|table| Work::Analyze {
            table: table.to_owned(),
            bytes: bytes.get(table).copied().unwrap_or_default(),
        }));
    }

    /// Does it all. Gives what is wrong with the rows.
    pub fn run(
        self,
        open: impl Fn() -> anyhow::Result<Session> + Sync,
        connections: usize,
    ) -> anyhow::Result<Vec<String>> {
        if self.work.is_empty() {
            return Ok(Vec::new());
        }
        let counted = self.work.iter().filter(|work| matches!(work, Work::Count { .. })).count();
        let analysed = self.work.len() - counted;
        let parts =
            [("counting the rows of", counted), ("analysing", analysed)].into_iter().filter(|(_, tables)| *tables > 0);
        let parts: Vec<_> = parts.map(|(doing, tables)| format!("{doing} {}", count(tables as u64, "table"))).collect();
        log::info!("{}", parts.join(", "));
        let queue = Queue::new(self.work, |work| match work {
            // Counts come first.
            Work::Count { rows, .. } => rows.saturating_add(u64::MAX / 2),
            Work::Analyze { bytes, .. } => *bytes,
        });
        let wrong = Mutex::new(Vec::new());
        let work = || -> anyhow::Result<()> {
            let mut session = None;
            while let Some(work) = queue.next() {
                let session = match &session {
                    Some(session) => session,
                    None => session.insert(open()?),
                };
                if let Some(message) = work.run(session)?
                    && let Ok(mut wrong) = wrong.lock()
                {
                    wrong.push(message);
                }
            }
            Ok(())
        };
        let threads = connections.min(queue.len()).max(1);
        std::thread::scope(|scope| -> anyhow::Result<()> {
            let workers: Vec<_> = (0..threads).map(|_| scope.spawn(work)).collect();
            for worker in workers {
                worker.join().map_err(|_| anyhow::anyhow!("counting rows failed"))??;
            }
            Ok(())
        })?;
        let mut wrong = wrong.into_inner().unwrap_or_default();
        wrong.sort();
        Ok(wrong)
    }
}

/// Counts rows of a table. Row security that holds for its owner too does not let him: for the count it is lifted, in a
/// transaction that is rolled back.
fn count_rows(session: &Session, table: &str, from: &str) -> anyhow::Result<u64> {
    let count = || session.query(&format!("SELECT pg_catalog.count(*) FROM {from}"), &[])?.number(0, 0);
    match count() {
        Err(error) if refusal(&error).is_some_and(|error| error.sqlstate == "42501") => {
            session.execute("BEGIN")?;
            let lifted = session.execute(&format!("ALTER TABLE {table} NO FORCE ROW LEVEL SECURITY"));
            let counted = lifted.and_then(|()| count());
            session.execute("ROLLBACK")?;
            // Why it cannot be counted the first error says.
            counted.map_err(|_| error)
        }
        counted => counted,
    }
}

impl Work {
    /// Gives what is wrong. A table that cannot be analysed or counted is only warned about: its rows are there.
    fn run(&self, session: &Session) -> anyhow::Result<Option<String>> {
        let (doing, table, result) = match self {
            Work::Count { table, only, condition, rows } => {
                let only = if *only { "ONLY " } else { "" };
                match count_rows(session, table, &format!("{only}{table} {condition}")) {
                    Ok(counted) if counted == *rows => return Ok(None),
                    Ok(counted) => {
                        return Ok(Some(format!("{} has {} instead of {rows}", visible(table), count(counted, "row"))));
                    }
                    Err(error) => ("count the rows of", table, Err(error)),
                }
            }
            Work::Analyze { table, .. } => ("analyse", table, session.execute(&format!("ANALYZE {table}"))),
        };
        if let Err(error) = result {
            let Some(refusal) = refusal(&error) else { return Err(error) };
            log::warn!("cannot {doing} {}: {}", visible(table), refusal.clone().without_values());
        }
        Ok(None)
    }
}
