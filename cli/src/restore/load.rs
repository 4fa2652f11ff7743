//! Running pg_restore.

use std::sync::{Arc, Mutex};

use pg_anon_core::metadata::Metadata;

use crate::config::RestoreOptions;
use crate::connection::{Session, Stop};
use crate::error::Error;
use crate::interrupt;
use crate::pgcmd::{self, Kind, Program, RestoreErrors};
use crate::progress::{Counters, Progress};
use crate::restore::SHOWN;

/// What a newer pg_restore sets that an older server does not know; it goes on without.
const HARMLESS: &str = "unrecognized configuration parameter \"transaction_timeout\"";

/// Runs pg_restore. Gives its errors.
pub fn run(
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

/// Says what did not load.
pub fn not_loaded(errors: &[String], ignore_privileges: bool) -> String {
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
