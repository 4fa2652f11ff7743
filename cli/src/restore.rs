//! `pg_anon restore`: every file checked against its sum, pg_restore into an empty database, statistics.

use std::fs;
use std::io::Write as _;
use std::path::Path;
use std::sync::{Arc, Mutex};
use std::time::Instant;

use anyhow::Context as _;
use indicatif::HumanBytes;
use pg_anon_core::archive::Archive;
use pg_anon_core::metadata::Metadata;

use crate::config::RestoreOptions;
use crate::connection::{Session, Stop};
use crate::error::Error;
use crate::interrupt;
use crate::manual;
use crate::pgcmd::{self, Kind, Program, RestoreErrors};
use crate::progress::{Counters, Progress, count, some_names};
use crate::text::visible;
use crate::verify::{check_contents, check_files};

/// How many of pg_restore's errors, and of the objects that stand in the way, are shown.
const SHOWN: usize = 10;

/// What a newer pg_restore sets that an older server does not know; it goes on without.
const HARMLESS: &str = "unrecognized configuration parameter \"transaction_timeout\"";

/// Runs `pg_anon restore`.
pub fn run(options: &RestoreOptions) -> anyhow::Result<()> {
    let started = Instant::now();
    let folder = &options.input_dir;
    let metadata = read_metadata(folder)?;
    let stop = Stop::default();
    let session = Session::open_asking(&mut options.connection.clone(), stop.clone())?;
    let program = check_versions(&session, &metadata, options)?;
    check_empty(&session)?;
    log::info!("checking the files' sums");
    check_files(folder, &metadata, options.connections)?;
    let content = fs::read(folder.join("toc.dat")).context("cannot read toc.dat")?;
    let archive = Archive::read(&content).context("cannot read toc.dat")?;
    check_contents(&archive, &metadata)?;

    let list = entry_list(&session, &archive)?;
    log::info!(
        "{} {}, {} into database {}",
        program.path().display(),
        program.version,
        folder.display(),
        session.database()
    );
    let errors = restore(&session, &program, &metadata, &list, options, &stop)?;
    if !errors.is_empty() {
        return Err(Error::Target(not_loaded(&errors, options.ignore_privileges)).into());
    }
    analyze(&session)?;
    let bytes = metadata.files.values().filter_map(|file| file.bytes).sum();
    let summary = format!(
        "Restored {} into database {}\n  {}, {}, {:.1} s\n",
        count(metadata.table_count() as u64, "table"),
        session.database(),
        count(u64::try_from(metadata.total_rows).unwrap_or_default(), "row"),
        HumanBytes(bytes),
        started.elapsed().as_secs_f64()
    );
    manual::print(summary.as_bytes())
}

/// Says what did not load.
fn not_loaded(errors: &[String], ignore_privileges: bool) -> String {
    let entries = if errors.len() == 1 { "entry" } else { "entries" };
    let mut text = format!("{} {entries} of the dump did not load; the database holds the rest", errors.len());
    for error in errors.iter().take(SHOWN) {
        text.push_str(&format!("\n{error}"));
    }
    if errors.len() > SHOWN {
        text.push_str(&format!("\nand {} more (--debug shows all that is done)", errors.len() - SHOWN));
    }
    if !ignore_privileges && errors.iter().any(|error| error.contains(" ACL ") || error.starts_with("ACL ")) {
        text.push_str("\nHINT: --ignore-privileges leaves out grants, which need the roles that they name.");
    }
    text
}

/// Reads `metadata.json` and refuses what is no dump of ours.
fn read_metadata(folder: &Path) -> anyhow::Result<Metadata> {
    if !folder.is_dir() {
        return Err(Error::InputDir(format!("there is no folder {}", folder.display())).into());
    }
    let content = fs::read(folder.join("metadata.json")).map_err(|error| {
        Error::InputDir(format!(
            "{} is not a dump of pg_anon: metadata.json cannot be read ({error})\n\
             HINT: Archives of pg_dump itself are restored by pg_restore.",
            folder.display()
        ))
    })?;
    let metadata = Metadata::from_json(&content)?;
    if metadata.pg_version.is_empty() {
        let message = format!("{} is not a dump of pg_anon: metadata.json tells no version", folder.display());
        return Err(Error::InputDir(message).into());
    }
    if metadata.format != "directory" {
        return Err(Error::InputDir(format!(
            "{} was dumped by the Python tool pg_anon 1.x, which this version cannot restore\n\
             HINT: Restore it with that tool.",
            folder.display()
        ))
        .into());
    }
    Ok(metadata)
}

/// Fails unless the server is not older than the dump's; gives a pg_restore that can read the dump.
fn check_versions(session: &Session, metadata: &Metadata, options: &RestoreOptions) -> anyhow::Result<Program> {
    let major = |key: &str, version: &str| {
        pgcmd::major(version).ok_or_else(|| Error::InputDir(format!("metadata.json has no usable {key}")))
    };
    let server = session.server_version() / 10_000;
    let dumped = major("pg_version", &metadata.pg_version)?;
    if server < dumped {
        return Err(Error::Target(format!(
            "the dump is of PostgreSQL {}, and the server is PostgreSQL {}, which is older",
            metadata.pg_version,
            session.parameter("server_version")
        ))
        .into());
    }
    Program::find(Kind::Restore, &options.pg_restore, major("pg_dump_version", &metadata.pg_dump_version)?, server)
}

/// Fails when anything stands in the database besides what initdb and extensions put there.
fn check_empty(session: &Session) -> anyhow::Result<()> {
    let rows = session.query(include_str!("../sql/user_objects.sql"), &[])?;
    if rows.len() == 0 {
        return Ok(());
    }
    let names: Vec<String> =
        (0..rows.len()).map(|row| format!("{} {}", rows.text(row, 0), visible(&rows.text(row, 1)))).collect();
    Err(Error::Target(format!(
        "database \"{}\" is not empty: it has {}\n\
         HINT: Restore into a new database: createdb --template=template0 NAME",
        session.database(),
        some_names(&names, SHOWN)
    ))
    .into())
}

/// The list of the entries to restore, as pg_restore reads it: all but those of extensions that are there already and
/// belong to somebody else, whose comments we may not set.
fn entry_list(session: &Session, archive: &Archive) -> anyhow::Result<tempfile::NamedTempFile> {
    let rows = session.query(include_str!("../sql/extensions.sql"), &[])?;
    let foreign: Vec<String> =
        (0..rows.len()).filter(|row| !rows.is_true(*row, 4)).map(|row| rows.text(row, 0).into_owned()).collect();
    let mut list = String::new();
    for entry in &archive.entries {
        let tag = String::from_utf8_lossy(entry.tag.as_deref().unwrap_or_default());
        let skipped = foreign.iter().any(|name| {
            (entry.is("EXTENSION") && tag == *name) || (entry.is("COMMENT") && tag == format!("EXTENSION {name}"))
        });
        if skipped {
            log::debug!("{} is left as it is", visible(&entry.name()));
        } else {
            list.push_str(&format!("{};\n", entry.dump_id));
        }
    }
    let mut file = tempfile::NamedTempFile::new().context("cannot create a temporary file")?;
    file.write_all(list.as_bytes()).context("cannot write a temporary file")?;
    Ok(file)
}

/// Runs pg_restore. Gives its errors.
fn restore(
    session: &Session,
    program: &Program,
    metadata: &Metadata,
    list: &tempfile::NamedTempFile,
    options: &RestoreOptions,
    stop: &Stop,
) -> anyhow::Result<Vec<String>> {
    let settings = session.program_settings()?;
    let arguments = pgcmd::restore_arguments(
        &settings,
        &options.input_dir,
        list.path(),
        options.connections,
        options.ignore_privileges,
    );
    let errors = Arc::new(Mutex::new(RestoreErrors::default()));
    let counters = Arc::new(Counters::default());
    let mut progress = Progress::new(metadata.files.len() as u64, metadata.files.len() as u64);
    let line = {
        let (errors, counters) = (errors.clone(), counters.clone());
        // A single connection does not tell when it is done with a table.
        let done: fn(&str) -> bool = match options.connections {
            1 => |line| line.starts_with("pg_restore: processing data for table "),
            _ => |line| line.starts_with("pg_restore: finished item ") && line.contains(" TABLE DATA "),
        };
        move |line: String| {
            if done(&line) {
                counters.begin(0, 1).finish(true);
            }
            if let Ok(mut errors) = errors.lock() {
                errors.line(&line);
            }
            // Other lines, and what an error says behind its first words, may quote rows.
            if line.starts_with("pg_restore: ") && !line.starts_with("pg_restore: error: ") {
                log::debug!("{line}");
            }
        }
    };
    let mut running = program.start(&arguments, &settings, line, || {})?;
    let ended = loop {
        if let Some(ended) = running.ended_within(interrupt::INTERVAL / 2)? {
            break ended;
        }
        stop.check().map_err(|error| match error {
            Error::Interrupted(reason) => {
                Error::Interrupted(format!("{reason}; database \"{}\" holds a part of the dump", session.database()))
            }
            error => error,
        })?;
        progress.show(&counters);
    };
    drop(running);
    drop(progress);
    interrupt::check()?;
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

/// Collects statistics, so that the planner is right from the first query on. A table that fails is only warned about:
/// its rows are there.
fn analyze(session: &Session) -> anyhow::Result<()> {
    let tables = session.query(include_str!("../sql/analyze.sql"), &[])?;
    log::info!("analysing {}", count(tables.len() as u64, "table"));
    for row in 0..tables.len() {
        let table = tables.text(row, 0);
        if let Err(error) = session.execute(&format!("ANALYZE {table}")) {
            match error.downcast::<Error>() {
                Ok(Error::Server(error)) if !error.sqlstate.is_empty() => {
                    log::warn!("cannot analyse {}: {}", visible(&table), error.without_values());
                }
                Ok(error) => return Err(error.into()),
                Err(error) => return Err(error),
            }
        }
    }
    Ok(())
}
