//! `pg_anon create-dict`: the server looks at the values, over several connections on one snapshot, and says what each
//! column is; the dictionaries of it are written here. No value ever comes here.

mod output;
mod parts;

use std::cell::RefCell;
use std::collections::HashSet;
use std::time::Instant;

use anyhow::Context as _;
use indicatif::HumanCount;

use self::output::{Found, OutputFile, Verdict};
use self::parts::Table;
use crate::args::ScanMode;
use crate::config::CreateDictOptions;
use crate::connection::{Session, Stop};
use crate::error::Error;
use crate::free_connections;
use crate::init;
use crate::interrupt;
use crate::lock::{Locked, Wanted};
use crate::manual;
use crate::progress::count;
use crate::text::visible;

/// Scans a database.
pub fn run(options: &CreateDictOptions) -> anyhow::Result<()> {
    let started = Instant::now();
    let stop = Stop::default();
    let session = Session::open_asking(&mut options.connection.clone(), stop.clone())?;
    init::check_installed(&session)?;
    log::info!("PostgreSQL {}", session.parameter("server_version"));
    hand_over_dictionaries(&session, options)?;
    let parallel = if options.mode == ScanMode::Names { 0 } else { options.connections };
    free_connections::check(&session, parallel, 0)?;
    // What cannot be written is told before anything is read.
    let sensitive = OutputFile::new(&options.output_sensitive)?;
    let non_sensitive = options.output_non_sensitive.as_deref().map(OutputFile::new).transpose()?;

    let (locked, tables) = lock(&session, options)?;
    let shown = parts::read(&session, &stop, options, &locked.snapshot, &tables)?;
    let verdicts = verdicts(&session, &shown)?;
    session.execute("COMMIT").context("the connection that holds the snapshot broke")?;
    interrupt::check()?;
    if verdicts.is_empty() {
        log::warn!(
            "create-dict: No objects for scan! There is no column that the rules of the meta-dictionary let through, and \
             no file was written"
        );
        return Ok(());
    }

    let found = Found::new(&verdicts, &options.prepared)?;
    sensitive.publish(&found.sensitive(&options.prepared))?;
    if let Some(file) = non_sensitive {
        file.publish(&found.non_sensitive())?;
    }
    let new = found.new_columns();
    manual::print(report(&new).as_bytes())?;
    log::info!(
        "{} read in {:.1} s; {} sensitive, {} of them new; {} not sensitive; written to {}",
        count(tables.len() as u64, "table"),
        started.elapsed().as_secs_f64(),
        count(found.sensitive_columns(), "column"),
        HumanCount(new.len() as u64),
        HumanCount(found.non_sensitive_columns()),
        options.output_sensitive.display()
    );
    if options.fail_on_new && !new.is_empty() {
        return Err(Error::NewColumns(format!(
            "{} sensitive and in no prepared dictionary (--fail-on-new)\n\
             HINT: Look at {}, and keep what is right in the dictionaries that you give with --prepared-sens-dict-file and \
             --prepared-no-sens-dict-file.",
            match new.len() {
                1 => "1 column is".to_owned(),
                more => format!("{} columns are", HumanCount(more as u64)),
            },
            options.output_sensitive.display()
        ))
        .into());
    }
    Ok(())
}

/// Hands the dictionaries over once, and not in each statement, where they would be seen in the server's lists and logs: words
/// that a meta-dictionary looks for are data.
fn hand_over_dictionaries(session: &Session, options: &CreateDictOptions) -> anyhow::Result<()> {
    session.query(
        "SELECT pg_catalog.set_config('pg_anon.meta_dictionary', $1, false), \
         pg_catalog.set_config('pg_anon.dictionary', $2, false)",
        &[Some(&options.meta_json), Some(&options.prepared_json)],
    )?;
    Ok(())
}

/// Begins a transaction in which the tables are locked whose values must be looked at, and gives these.
fn lock(session: &Session, options: &CreateDictOptions) -> anyhow::Result<(Locked, Vec<Table>)> {
    // What is asked last is asked within the snapshot.
    let planned = RefCell::new(Vec::new());
    let choose = || -> anyhow::Result<Wanted> {
        let tables = match options.mode {
            ScanMode::Names => Vec::new(),
            ScanMode::Partial | ScanMode::Full => parts::plan(session)?,
        };
        let oids: HashSet<u32> = tables.iter().map(|table| table.oid).collect();
        planned.replace(tables);
        Ok(Box::new(move |oid, _| oids.contains(&oid)))
    };
    let locked = Locked::begin(session, choose, None)?;
    let tables = planned.into_inner();
    if let Some(table) = tables.iter().find(|table| !locked.has(table.oid)) {
        return Err(Error::Tables(format!(
            "table {} cannot be locked\nHINT: The right SELECT on all its columns is not enough: grant it on the table.",
            visible(&table.sql_name)
        ))
        .into());
    }
    Ok((locked, tables))
}

/// Asks the server what each column is.
fn verdicts(session: &Session, shown: &str) -> anyhow::Result<Vec<Verdict>> {
    let rows = session
        .query(include_str!("../../sql/scan_verdicts.sql"), &[Some(shown)])
        .context("cannot judge the columns")?;
    let text = |row, column| rows.text(row, column).into_owned();
    let verdict = |row| {
        Ok(Verdict {
            table: rows.number(row, 0)?,
            parent: rows.get(row, 1).map(|_| rows.number(row, 1)).transpose()?,
            schema: text(row, 2),
            table_name: text(row, 3),
            column: text(row, 4),
            sql_name: text(row, 5),
            rule: rows.is_true(row, 6).then(|| text(row, 7)),
            found_by: text(row, 8),
            reason: text(row, 9),
            confidence: rows.number(row, 10)?,
        })
    };
    (0..rows.len()).map(verdict).collect()
}

/// A line for each column: its name, what found it, how sure that is, and why.
fn report(columns: &[&Verdict]) -> String {
    let width = |text: fn(&Verdict) -> &str| {
        columns.iter().map(|column| visible(text(column)).chars().count()).max().unwrap_or_default()
    };
    let (names, detectors) = (width(|column| &column.sql_name), width(|column| &column.found_by));
    let mut report = String::new();
    for column in columns {
        report.push_str(&format!(
            "{:names$}  {:detectors$}  {:.2}  {}\n",
            visible(&column.sql_name),
            visible(&column.found_by),
            column.confidence,
            visible(&column.reason)
        ));
    }
    report
}
