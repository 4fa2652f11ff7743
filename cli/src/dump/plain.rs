//! A dump as an SQL script. pg_restore makes it from the archive's table of contents; where it writes the data of a table,
//! which is only a mark there, the rows come from the server. So nothing of the data touches the disk, and the script is
//! what pg_restore would make of the whole archive.

use std::ffi::OsString;
use std::io::{BufRead as _, BufReader, Write as _};
use std::path::Path;
use std::time::Instant;

use anyhow::Context as _;
use pg_anon_core::archive::Archive;

use super::choice::Choice;
use super::plan::{Plan, Table, describe};
use super::script::Script;
use super::summary::{Done, summary};
use super::worker::{Rows, hand_over_dictionary};
use super::{Connected, Dump, STRUCTURE};
use crate::config::{DumpOptions, ProgramSearch, ScriptOptions};
use crate::copy::{END_OF_DATA, Framing};
use crate::error::Error;
use crate::files;
use crate::interrupt;
use crate::lock::Locked;
use crate::pgcmd::{self, Kind, Program};
use crate::progress::{Counters, Progress, count};
use crate::text::visible;

/// Dumps to a script.
pub(super) fn run(options: &DumpOptions, script: &ScriptOptions) -> anyhow::Result<()> {
    let started = Instant::now();
    let mut out = Script::open(script)?;
    let written = match write(options, &mut out) {
        Ok(written) => written,
        Err(error) => {
            out.break_off();
            return Err(error);
        }
    };
    let bytes = out.finish()?;
    let place = script.file.as_ref().map_or("stdout".to_owned(), |file| file.to_string_lossy().into_owned());
    let done = Done { place, rows: written.rows, bytes, compress: script.compress };
    // Stdout is for the script alone. As with an archive, the level of messages does not hide what was left out.
    let summary = summary(&written.plan, &written.choice, &done, options, started.elapsed());
    std::io::stderr().write_all(summary.as_bytes()).context("cannot write the summary")
}

/// What was dumped.
struct Written {
    plan: Plan,
    choice: Choice,
    rows: u64,
}

fn write(options: &DumpOptions, out: &mut Script) -> anyhow::Result<Written> {
    let connected = Connected::new(options, 0)?;
    let program = find_pg_restore(&connected)?;
    let locked = connected.lock(options)?;
    let choice = Choice::new(&connected.session, options)?;
    // Outlives the programs that read and write there.
    let folder = tempfile::Builder::new().prefix("pg_anon-").tempdir().context("cannot create a temporary folder")?;
    let dump = connected.dump_to(options, choice, folder.path().to_owned());
    let (plan, blobs) = match &locked {
        Some(locked) => dump.write_structure_of(locked)?,
        None => (dump.write_structure()?, None),
    };
    let tables: Vec<&Table> = plan.data().filter(|_| options.content.has_data()).collect();
    let assembled = dump.archive(&plan, &vec![1; tables.len()], blobs)?;
    let marks = Marks::new();
    for (number, ids) in assembled.ids.iter().enumerate() {
        let id = ids.first().context("a table has no data entry")?;
        let content = [marks.line(number).as_bytes(), END_OF_DATA].concat();
        files::write(&folder.path().join(format!("{id}.dat")), &content)?;
    }
    files::write(&folder.path().join("toc.dat"), &assembled.archive.write())?;
    let rows = dump.write_script(&program, folder.path(), &tables, &marks, out)?;
    Ok(Written { plan, choice: dump.choice, rows })
}

/// A pg_restore that reads what pg_dump writes: the one beside it, if there is one.
fn find_pg_restore(connected: &Connected) -> anyhow::Result<Program> {
    let pg_dump = &connected.program;
    let beside = pg_dump.path().parent().map(|folder| folder.join(Kind::Restore.name())).filter(|path| path.is_file());
    let search = match beside {
        Some(path) => ProgramSearch::Explicit(path),
        None => ProgramSearch::Path(std::env::split_paths(&std::env::var_os("PATH").unwrap_or_default()).collect()),
    };
    Program::find(Kind::Restore, &search, pg_dump.major, pg_dump.major, pg_dump.major)
        .context("a plain dump needs pg_restore")
}

/// Lines that stand where the rows of a table belong. Nobody can know them beforehand, so that no text of the database's is
/// taken for one.
struct Marks(String);

impl Marks {
    fn new() -> Marks {
        Marks(format!("pg_anon-rows-{}-", uuid::Uuid::new_v4()))
    }

    fn line(&self, table: usize) -> String {
        format!("{}{table}\n", self.0)
    }

    /// The number of the table whose rows belong where this line stands.
    fn table(&self, line: &[u8]) -> Option<usize> {
        let number = line.strip_prefix(self.0.as_bytes())?.strip_suffix(b"\n")?;
        std::str::from_utf8(number).ok()?.parse().ok()
    }
}

impl Dump<'_> {
    /// Lets pg_dump write the structure, and the large objects, while it is planned which data is dumped.
    fn write_structure_of(&self, locked: &Locked) -> anyhow::Result<(Plan, Option<Archive>)> {
        let whole = self.has_all_structure();
        let mut structure =
            self.start_pg_dump(STRUCTURE, Some(&locked.snapshot), |command| command.structure(whole), || {})?;
        let mut plan = self.plan_data(locked)?;
        plan.description = describe(&self.session, &self.choice)?;
        let ended = structure.running.wait(&self.stop)?;
        structure.check(&ended).map_err(|error| self.explain(error))?;
        self.cut_structure(&mut plan)?;
        let blobs = self.large_objects(&plan, &locked.snapshot)?;
        Ok((plan, blobs))
    }

    /// Hands pg_restore's script on, with the rows of each table in place of its mark. Gives the number of rows.
    fn write_script(
        &self,
        program: &Program,
        folder: &Path,
        tables: &[&Table],
        marks: &Marks,
        out: &mut Script,
    ) -> anyhow::Result<u64> {
        let mut arguments: Vec<OsString> = vec!["--format=directory".into(), "--file=-".into()];
        if self.options.no_owner {
            arguments.push("--no-owner".into());
        }
        arguments.push(folder.into());
        let (line, errors) = pgcmd::collect_errors(Kind::Restore);
        let (mut running, output) = program.start_writing(&arguments, line)?;
        let mut output = BufReader::new(output);
        let weight = tables.iter().map(|table| table.estimated_bytes.max(1)).sum();
        let mut progress = Progress::new(tables.len() as u64, weight);
        let counters = Counters::default();
        if !tables.is_empty() {
            hand_over_dictionary(&self.session, self.options)?;
        }
        let (mut copied, mut rows) = (0, 0);
        // Statements are handed on when all of them are there, so that a script never breaks off within one.
        let mut statements = Vec::new();
        loop {
            let line_start = statements.len();
            if output.read_until(b'\n', &mut statements).context("cannot read pg_restore's script")? == 0 {
                break;
            }
            let line = statements.get(line_start..).unwrap_or_default();
            let Some(table) = marks.table(line).and_then(|number| tables.get(number)) else { continue };
            statements.truncate(line_start);
            out.statements_before_rows(&statements)?;
            statements.clear();
            rows += self
                .copy_rows(table, &counters, &mut progress, out)
                .map_err(|error| Rows::without_values(table, error))?;
            copied += 1;
        }
        let ended = running.wait(&self.stop)?;
        if !ended.success {
            let messages = errors.try_iter().collect::<Vec<_>>().join("\n");
            let program = Kind::Restore.name();
            return Err(Error::ProgramFailed { program, status: ended.status, messages }.into());
        }
        drop(progress);
        anyhow::ensure!(copied == tables.len(), "pg_restore's script has not all tables");
        if self.options.content.has_data() {
            self.session.execute("COMMIT").context("the connection that holds the snapshot broke")?;
        }
        interrupt::check()?;
        out.statements(&statements)?;
        Ok(rows)
    }

    /// Copies the rows of a table to the script.
    fn copy_rows(
        &self,
        table: &Table,
        counters: &Counters,
        progress: &mut Progress,
        out: &mut Script,
    ) -> anyhow::Result<u64> {
        let mut counted = counters.begin(table.estimated_rows, table.estimated_bytes.max(1));
        let mut framing = Framing::new();
        let mut rows = 0;
        let statement = Rows {
            table,
            options: self.options,
            choice: &self.choice,
            first_block: None,
            end_block: None,
            gzip_level: None,
        }
        .statement(&self.session)?;
        let copied = self.session.copy_out(&statement, |message| {
            framing.push(message, |_, text| {
                rows += memchr::memchr_iter(b'\n', text).count() as u64;
                out.rows(text)
            })?;
            counted.advance(rows, message.len());
            progress.show(counters);
            Ok(())
        });
        copied?;
        framing.finish()?;
        counted.finish(true);
        log::debug!("{}: {}, by {}", table.shown_name(), count(rows, "row"), visible(table.rule()));
        Ok(rows)
    }
}
