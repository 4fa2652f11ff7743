//! Running pg_restore.

use std::collections::{BTreeMap, HashSet};
use std::path::Path;
use std::sync::{Arc, Mutex};

use pg_anon_core::archive::Entry;
use pg_anon_core::metadata::Metadata;

use crate::config::RestoreOptions;
use crate::connection::{ProgramSettings, Session, Settings, Stop};
use crate::error::{Error, when_interrupted};
use crate::interrupt;
use crate::pgcmd::{self, Kind, Program, RestoreErrors};
use crate::progress::{Counters, Progress, count, some_names};
use crate::restore::SHOWN;
use crate::restore::list::Chosen;
use crate::restore::python_dump::PythonDump;
use crate::restore::rows;
use crate::text::visible;

/// What a newer pg_restore sets that an older server does not know; it goes on without.
const HARMLESS: &str = "unrecognized configuration parameter \"transaction_timeout\"";

/// Which data entries pg_restore is done with, as its messages tell.
#[derive(Debug, Default)]
struct Followed {
    /// Whether a single connection loads.
    is_single: bool,
    /// The data entries in the order in which a single connection loads them, and how many it has begun.
    order: Vec<i32>,
    begun: usize,
    /// The one that a single connection is loading.
    current: Option<i32>,
    done: HashSet<i32>,
    failed: HashSet<i32>,
}

impl Followed {
    /// Takes a line. Gives how many entries it ends.
    fn line(&mut self, line: &str) -> u64 {
        let message = match line.strip_prefix("pg_restore: ") {
            Some(message) if self.is_single => message,
            None if self.is_single => return 0,
            _ => pgcmd::restore_message(line).0,
        };
        let id = |text: &str| text.split([' ', ';']).next().and_then(|id| id.parse::<i32>().ok());
        let before = self.done.len();
        if let Some(rest) = message.strip_prefix("from TOC entry ") {
            self.failed.extend(id(rest));
        } else if self.is_single && message.starts_with("error: ") {
            // A single connection names the entry only when its section begins.
            self.failed.extend(self.current.take());
        } else if let Some(rest) = message.strip_prefix("finished item ") {
            // Several connections tell it.
            if rest.split(' ').nth(1) == Some("TABLE") && rest.split(' ').nth(2) == Some("DATA") {
                self.done.extend(id(rest));
            }
        } else if !self.is_single {
            // Lines of several connections stand in any order.
        } else if message.starts_with("processing data for table ") {
            self.done.extend(self.current.take());
            self.current = self.order.get(self.begun).copied();
            self.begun += 1;
        } else if ["creating ", "executing ", "setting "].iter().any(|begins| message.starts_with(begins)) {
            self.done.extend(self.current.take());
        }
        (self.done.len() - before) as u64
    }

    /// Whether the entry's rows are all in the database.
    fn is_loaded(&self, entry: &Entry) -> bool {
        self.done.contains(&entry.dump_id) && !self.failed.contains(&entry.dump_id)
    }
}

/// What failed with an entry, because it was in one transaction with it.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
enum Undone {
    /// Nothing.
    #[default]
    Nothing,
    /// Some entries before it, nobody says which: `--transaction-size`.
    Some,
    /// The whole run of pg_restore: `--single-transaction`.
    Run,
}

impl Undone {
    /// What a run with these options undoes when it fails.
    fn by(options: &[String]) -> Undone {
        if has(options, &["-1", "--single-transaction"]) {
            Undone::Run
        } else if has(options, &["--transaction-size"]) {
            Undone::Some
        } else {
            Undone::Nothing
        }
    }
}

/// Whether pg_restore is to end at the first error, or to make one transaction of several entries.
pub fn ends_at_an_error(options: &RestoreOptions) -> bool {
    let ends = ["-e", "--exit-on-error", "-1", "--single-transaction", "--transaction-size"];
    has(&options.pg_restore_options, &ends)
}

/// Whether any of the words begins with one of these.
fn has(words: &[String], beginnings: &[&str]) -> bool {
    words.iter().any(|word| beginnings.iter().any(|beginning| word.starts_with(beginning)))
}

/// What a run of pg_restore gave, or several.
#[derive(Debug, Default)]
pub struct Loaded {
    /// What did not load.
    pub errors: Vec<String>,
    /// What became of transactions that hold more than one entry, when one of them failed.
    undone: Undone,
    followed: Arc<Mutex<Followed>>,
}

impl Loaded {
    /// The rows of an entry are loaded, or not.
    pub fn ended(&mut self, dump_id: i32, is_loaded: bool) {
        if let Ok(mut followed) = self.followed.lock() {
            followed.done.insert(dump_id);
            if !is_loaded {
                followed.failed.insert(dump_id);
            }
        }
    }
}

/// How those connect that load: like us, but their many transactions do not wait for the disk, and sorts for indexes get
/// more memory.
pub struct LoadSettings {
    /// For connections of our own.
    pub own: Settings,
    /// For pg_restore's.
    program: ProgramSettings,
}

impl LoadSettings {
    /// Those for so many connections to the server of this session.
    pub fn of(session: &Session, connections: usize, stop: &Stop) -> anyhow::Result<LoadSettings> {
        let connections = connections.to_string();
        let options = session.query(include_str!("../../sql/load_settings.sql"), &[Some(&connections)])?;
        let options = options.text(0, 0);
        let settings = session.settings()?.with_options(&options);
        // A connection pool may refuse startup options.
        match Session::open(&settings, stop.clone()) {
            Ok(loading) => Ok(LoadSettings { program: loading.program_settings()?, own: settings }),
            Err(error) => {
                stop.check()?;
                log::debug!("loading without {options}: {error:#}");
                Ok(LoadSettings { program: session.program_settings()?, own: session.settings()? })
            }
        }
    }
}

/// What loading needs.
pub struct Loader<'a> {
    pub session: &'a Session,
    pub program: &'a Program,
    pub settings: &'a LoadSettings,
    pub chosen: &'a Chosen<'a>,
    /// The entries that go before the data.
    pub early: HashSet<i32>,
    /// The entries whose rows are loaded here, and not by pg_restore.
    pub loaded_here: HashSet<i32>,
    pub metadata: &'a Metadata,
    pub options: &'a RestoreOptions,
    /// The dump, when the Python tool made it.
    pub python: Option<&'a PythonDump>,
    pub stop: &'a Stop,
}

impl Loader<'_> {
    /// Whether the entry's rows are loaded here.
    pub fn has_rows(&self, entry: &Entry) -> bool {
        self.loaded_here.contains(&entry.dump_id)
    }

    /// Restores those of the chosen entries that `which` takes, and adds what did not load.
    pub fn run(&self, which: impl Fn(&Entry) -> bool, loaded: &mut Loaded) -> anyhow::Result<()> {
        let any = |of: &dyn Fn(&Entry) -> bool| self.chosen.entries().any(|entry| which(entry) && of(entry));
        let is_before = |entry: &Entry| match self.python {
            Some(python) => python.is_before(entry),
            None => self.early.contains(&entry.dump_id),
        };
        if self.python.is_none() && !any(&|entry| self.has_rows(entry)) {
            return self.pg_restore(which, loaded);
        }
        if let Some(python) = self.python
            && any(&is_before)
        {
            self.pg_restore(|entry| which(entry) && python.is_ground(entry), loaded)?;
            python.make_needed(self.session)?;
        }
        let is_ground = |entry: &Entry| self.python.is_some_and(|python| python.is_ground(entry));
        self.pg_restore(|entry| which(entry) && is_before(entry) && !is_ground(entry), loaded)?;
        rows::load(self, &which, loaded)?;
        self.pg_restore(|entry| which(entry) && !is_before(entry) && !self.has_rows(entry), loaded)
    }

    /// Runs pg_restore over those of the chosen entries that `which` takes, and adds its errors.
    fn pg_restore(&self, which: impl Fn(&Entry) -> bool, loaded: &mut Loaded) -> anyhow::Result<()> {
        if self.is_over(loaded) || !self.chosen.entries().any(&which) {
            return Ok(());
        }
        let list = self.chosen.file(&which)?;
        let data: Vec<i32> = self.chosen.table_data().filter(|entry| which(entry)).map(|entry| entry.dump_id).collect();
        if let Ok(mut followed) = loaded.followed.lock() {
            followed.order.clone_from(&data);
            followed.begun = 0;
            followed.is_single = self.options.connections == 1;
        }
        let result = self.run_list(list.path(), data.len() as u64, &loaded.followed);
        if result.as_ref().map_or(true, |errors| !errors.is_empty()) {
            loaded.undone = Undone::by(&self.options.pg_restore_options);
        }
        match result {
            Ok(errors) => loaded.errors.extend(errors),
            // What did not load before must not be forgotten for a program that does not say why it failed.
            Err(error)
                if !loaded.errors.is_empty() && matches!(error.downcast_ref(), Some(Error::ProgramFailed { .. })) =>
            {
                loaded.errors.push(format!("{error:#}"));
            }
            Err(error) => return Err(error),
        }
        Ok(())
    }

    /// Whether something failed, and pg_restore was told to go on with nothing then.
    pub fn is_over(&self, loaded: &Loaded) -> bool {
        !loaded.errors.is_empty() && ends_at_an_error(self.options)
    }

    /// Adds to the error of a restore that did not come to its end what is loaded. Of a run that was stopped only what an
    /// [`Error::Interrupted`] says itself is shown.
    pub fn with_loaded(&self, loaded: &Loaded, error: anyhow::Error) -> anyhow::Error {
        let state = format!("\"{}\" {}", self.session.database(), self.what_is_loaded(loaded));
        match error.downcast_ref() {
            Some(Error::Interrupted(_)) => when_interrupted(error, || format!("database {state}")),
            _ => Error::Target(format!("{error:#}\nDatabase {state}")).into(),
        }
    }

    /// Waits until all that was loaded is on the server's disk, as far as the server does that at all.
    pub fn flush(&self) -> anyhow::Result<()> {
        // A commit that has written something of its own waits for all before it.
        self.session.execute("SELECT pg_catalog.pg_logical_emit_message(true, 'pg_anon', '')")
    }

    fn run_list(&self, list: &Path, entries: u64, followed: &Arc<Mutex<Followed>>) -> anyhow::Result<Vec<String>> {
        let settings = &self.settings.program;
        let arguments = pgcmd::RestoreCommand {
            folder: self.python.map_or(&self.options.input_dir, PythonDump::folder),
            list,
            jobs: self.options.connections,
            no_privileges: self.options.ignore_privileges,
            no_comments: self.options.no_comments,
            role: self.session.role(),
            further: &self.options.pg_restore_options,
            settings,
        }
        .arguments();
        let errors = Arc::new(Mutex::new(RestoreErrors::default()));
        let counters = Arc::new(Counters::default());
        let mut progress = Progress::new(entries, entries);
        let line = {
            let (errors, counters, followed) = (errors.clone(), counters.clone(), followed.clone());
            move |line: String| {
                let ended = followed.lock().map_or(0, |mut followed| followed.line(&line));
                (0..ended).for_each(|_| counters.begin(0, 1).finish(true));
                if let Ok(mut errors) = errors.lock() {
                    errors.line(&line);
                }
                // Other lines, and what an error says behind its first words, may quote rows.
                let (message, is_error) = pgcmd::restore_message(&line);
                if line.starts_with("pg_restore:") && !is_error && !message.contains("ERROR:") {
                    log::debug!("{line}");
                }
            }
        };
        let mut running = self.program.start(&arguments, settings, line, || {})?;
        let ended = loop {
            if let Some(ended) = running.ended_within(interrupt::INTERVAL / 2)? {
                break ended;
            }
            self.stop.check()?;
            progress.show(&counters);
        };
        drop(running);
        drop(progress);
        interrupt::check()?;
        if let Ok(mut followed) = followed.lock()
            && ended.success
        {
            let last = followed.current.take();
            followed.done.extend(last);
        }
        let errors = errors.lock().map(|mut errors| std::mem::take(&mut *errors)).unwrap_or_default().into_messages();
        let (harmless, errors): (Vec<_>, Vec<_>) = errors.into_iter().partition(|error| error.contains(HARMLESS));
        if !ended.success && errors.is_empty() && harmless.is_empty() {
            return Err(Error::ProgramFailed {
                program: Kind::Restore.name(),
                status: ended.status,
                messages: "it did not say why".to_owned(),
            }
            .into());
        }
        Ok(errors)
    }

    /// Says which tables hold their rows and which do not, after a restore that did not come to its end.
    fn what_is_loaded(&self, loaded: &Loaded) -> String {
        let state = match loaded.undone {
            Undone::Run if self.options.drop_custom_checks => {
                "nothing of the dump but the structure up to the data: the rest was one transaction".to_owned()
            }
            Undone::Run => "nothing of the dump: it was one transaction".to_owned(),
            Undone::Some => {
                "a part of the dump, and which rows is not known: a transaction held several entries".to_owned()
            }
            Undone::Nothing => format!("a part of the dump: {}", self.loaded_rows(loaded)),
        };
        format!("holds {state}\nHINT: Run it again with --clean-db, which drops what is there of the dump.")
    }

    fn loaded_rows(&self, loaded: &Loaded) -> String {
        let mut tables: BTreeMap<String, bool> = BTreeMap::new();
        if let Ok(followed) = loaded.followed.lock() {
            for entry in self.chosen.table_data() {
                let whole = tables.entry(table_name(entry)).or_insert(true);
                *whole &= followed.is_loaded(entry);
            }
        }
        let missing: Vec<String> =
            tables.iter().filter(|(_, whole)| !**whole).map(|(name, _)| visible(name).into_owned()).collect();
        let all = count(tables.len() as u64, "table");
        match missing.len() {
            _ if tables.is_empty() => "the structure, of which some may be missing".to_owned(),
            0 => format!("the rows of all {all}; indexes, constraints and other objects may be missing"),
            without => format!(
                "the rows of {} of {all}, and not those of {}",
                tables.len() - without,
                some_names(&missing, SHOWN)
            ),
        }
    }

    /// Says what did not load.
    pub fn not_loaded(&self, loaded: &Loaded) -> String {
        let errors = &loaded.errors;
        let entries = if errors.len() == 1 { "entry" } else { "entries" };
        let mut text = format!("{} {entries} of the dump did not load", errors.len());
        for error in errors.iter().take(SHOWN) {
            text.push_str(&format!("\n{error}"));
        }
        if errors.len() > SHOWN {
            text.push_str(&format!("\nand {} more (--debug shows all that is done)", errors.len() - SHOWN));
        }
        if !self.options.ignore_privileges
            && errors.iter().any(|error| error.contains(" ACL ") || error.starts_with("ACL "))
        {
            text.push_str("\nHINT: --ignore-privileges leaves out grants, which need the roles that they name.");
        }
        text.push_str(&format!("\nDatabase \"{}\" {}", self.session.database(), self.what_is_loaded(loaded)));
        text
    }
}

/// The name of a data entry's table, for messages.
pub fn table_name(entry: &Entry) -> String {
    let text = |bytes: &Option<Vec<u8>>| String::from_utf8_lossy(bytes.as_deref().unwrap_or_default()).into_owned();
    format!("{}.{}", text(&entry.namespace), text(&entry.tag))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn followed(is_single: bool, lines: &[&str]) -> Followed {
        let mut followed = Followed { is_single, order: vec![7, 8, 9], ..Followed::default() };
        for line in lines {
            followed.line(line);
        }
        followed
    }

    #[test]
    fn one_connection_has_loaded_a_table_when_it_goes_on_to_something_else() {
        let followed = followed(
            true,
            &[
                "pg_restore: processing data for table \"public.a\"",
                "pg_restore: processing data for table \"public.b\"",
                "pg_restore: while PROCESSING TOC:",
                "pg_restore: from TOC entry 8; 0 16391 TABLE DATA b postgres",
                "pg_restore: error: COPY failed for table \"b\": ERROR:  x",
                "pg_restore: processing data for table \"public.c\"",
            ],
        );
        assert_eq!((followed.done, followed.failed, followed.current), ([7].into(), [8].into(), Some(9)));
    }

    #[test]
    fn several_connections_say_what_they_have_finished_and_what_failed() {
        let followed = followed(
            false,
            &[
                "pg_restore: launching item 8 TABLE DATA TABLE DATA",
                "pg_restore: processing data for table \"public.b\"",
                "pg_restore: from TOC entry 8; 0 16391 TABLE DATA b postgres",
                "pg_restore: error: COPY failed for table \"b\": ERROR:  x",
                "pg_restore: finished item 8 TABLE DATA b",
                "pg_restore: finished item 9 TABLE DATA c",
                "pg_restore: finished item 10 INDEX c_idx",
            ],
        );
        assert!(followed.done.contains(&9) && followed.failed.contains(&8) && !followed.done.contains(&10));
    }

    #[test]
    fn a_table_is_loaded_also_when_the_lines_of_several_processes_are_mixed() {
        let followed = followed(
            false,
            &[
                "pg_restore:pg_restore:  finished item 7 TABLE DATA a",
                "processing data for table \"public.b\"",
                "pg_restore: pg_restore: error: from TOC entry 8; 0 16391 TABLE DATA b postgres",
                "COPY failed for table \"b\": ERROR:  x",
                "finished item 9 TABLE DATA c",
                "pg_restore: finished item 8 TABLE DATA b",
            ],
        );
        assert_eq!((followed.done, followed.failed), ([7, 8, 9].into(), [8].into()));
    }
}
