//! How far a run is: a bar on a terminal, a plain line now and then elsewhere.

use std::io::{self, IsTerminal as _};
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use indicatif::{HumanBytes, HumanCount, ProgressBar, ProgressStyle};
use log::Level;

use crate::logging;

/// How often a plain line is written where there is no terminal.
const LINE_INTERVAL: Duration = Duration::from_secs(10);

/// The share of a table's estimate that its rows can fill before it is done: estimates are often too low.
const SHARE_BEFORE_END: f64 = 0.98;

/// What has been done, counted by all workers.
#[derive(Debug, Default)]
pub struct Counters {
    tables: AtomicU64,
    rows: AtomicU64,
    bytes: AtomicU64,
    /// Of the estimated bytes of all tables.
    done: AtomicU64,
}

/// The part of one table in the counters.
#[derive(Debug)]
pub struct Part<'a> {
    counters: &'a Counters,
    estimated_rows: u64,
    weight: u64,
    counted_rows: u64,
    counted_bytes: u64,
    counted_weight: u64,
}

impl Counters {
    /// Begins a table of so many estimated rows and bytes.
    pub fn begin(&self, estimated_rows: u64, weight: u64) -> Part<'_> {
        Part { counters: self, estimated_rows, weight, counted_rows: 0, counted_bytes: 0, counted_weight: 0 }
    }
}

impl Part<'_> {
    /// Counts more COPY text; `rows` are those of the table so far.
    pub fn advance(&mut self, rows: u64, bytes: usize) {
        self.counters.rows.fetch_add(rows - self.counted_rows, Ordering::Relaxed);
        self.counters.bytes.fetch_add(bytes as u64, Ordering::Relaxed);
        self.counted_rows = rows;
        self.counted_bytes += bytes as u64;
        let share = (rows as f64 / self.estimated_rows.max(1) as f64).min(SHARE_BEFORE_END);
        self.weigh((share * self.weight as f64) as u64);
    }

    /// The part is done, and perhaps the table with it.
    pub fn finish(mut self, completes_table: bool) {
        self.weigh(self.weight);
        self.counters.tables.fetch_add(u64::from(completes_table), Ordering::Relaxed);
    }

    /// The part is given up, and will be done anew.
    pub fn undo(self) {
        self.counters.rows.fetch_sub(self.counted_rows, Ordering::Relaxed);
        self.counters.bytes.fetch_sub(self.counted_bytes, Ordering::Relaxed);
        self.counters.done.fetch_sub(self.counted_weight, Ordering::Relaxed);
    }

    fn weigh(&mut self, weight: u64) {
        self.counters.done.fetch_add(weight - self.counted_weight, Ordering::Relaxed);
        self.counted_weight = weight;
    }
}

/// Shows how far a run is.
pub struct Progress {
    bar: Option<ProgressBar>,
    tables: u64,
    /// What the tables are called: a check counts files.
    noun: &'static str,
    started: Instant,
    last_line: Instant,
}

impl Progress {
    /// Begins to show a run over so many tables and estimated bytes.
    pub fn new(tables: u64, weight: u64) -> Progress {
        let bar = (io::stderr().is_terminal() && log::log_enabled!(Level::Info)).then(|| {
            let bar = ProgressBar::new(weight.max(1));
            if let Ok(style) = ProgressStyle::with_template("{bar:20} {percent:>3}%  {msg}, {eta} left") {
                bar.set_style(style);
            }
            bar
        });
        logging::set_bar(bar.clone());
        let now = Instant::now();
        Progress { bar, tables, noun: "tables", started: now, last_line: now }
    }

    /// The same over something else than tables.
    pub fn of(mut self, noun: &'static str) -> Progress {
        self.noun = noun;
        self
    }

    /// Shows what the counters say now.
    pub fn show(&mut self, counters: &Counters) {
        let plain_line = self.bar.is_none() && self.last_line.elapsed() >= LINE_INTERVAL;
        if self.bar.is_none() && !plain_line {
            return;
        }
        let done = HumanCount(counters.tables.load(Ordering::Relaxed));
        let mut message = format!("{done} of {} {}", HumanCount(self.tables), self.noun);
        let bytes = counters.bytes.load(Ordering::Relaxed);
        // pg_restore tells nothing of rows and bytes.
        if bytes > 0 {
            let rate = (bytes as f64 / self.started.elapsed().as_secs_f64().max(0.1)) as u64;
            let rows = counters.rows.load(Ordering::Relaxed);
            message.push_str(&format!(", {} rows, {}, {}/s", HumanCount(rows), HumanBytes(bytes), HumanBytes(rate)));
        }
        match &self.bar {
            Some(bar) => {
                bar.set_message(message);
                bar.set_position(counters.done.load(Ordering::Relaxed));
            }
            None => {
                log::info!("{message}");
                self.last_line = Instant::now();
            }
        }
    }
}

impl Drop for Progress {
    fn drop(&mut self) {
        logging::set_bar(None);
        if let Some(bar) = &self.bar {
            bar.finish_and_clear();
        }
    }
}

/// `1 table`, `2 tables`.
pub fn count(number: u64, noun: &str) -> String {
    format!("{} {noun}{}", HumanCount(number), if number == 1 { "" } else { "s" })
}

/// Some names and how many more there are: `a, b, c and 4 more`.
pub fn some_names(names: &[String], at_most: usize) -> String {
    let shown = names.iter().take(at_most).cloned().collect::<Vec<_>>().join(", ");
    match names.len().saturating_sub(at_most) {
        0 => shown,
        more => format!("{shown} and {more} more"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_table_counts_its_whole_weight_at_its_end_however_wrong_the_estimate() {
        let counters = Counters::default();
        for (estimated, rows) in [(10, 1000), (1000, 10), (0, 5), (5, 0)] {
            let before = counters.done.load(Ordering::Relaxed);
            let mut part = counters.begin(estimated, 100);
            part.advance(rows / 2, 1);
            part.advance(rows, 1);
            assert!(counters.done.load(Ordering::Relaxed) - before < 100);
            part.finish(true);
            assert_eq!(counters.done.load(Ordering::Relaxed) - before, 100);
        }
        assert_eq!(counters.rows.load(Ordering::Relaxed), 1015);
        assert_eq!(counters.tables.load(Ordering::Relaxed), 4);
    }

    #[test]
    fn long_lists_of_names_are_cut() {
        let names: Vec<String> = ["a", "b", "c"].map(String::from).into();
        assert_eq!(some_names(&names, 3), "a, b, c");
        assert_eq!(some_names(&names, 2), "a, b and 1 more");
    }
}
