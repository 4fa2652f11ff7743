//! The record of a run: its options, status, log and dictionaries in a folder of its own below
//! `pg_anon_runs/YEAR/MONTH/DAY`, laid out as the Python tool does. Files are for their owner only.

mod dictionaries;
mod options;

use std::fs::DirBuilder;
use std::io::Write as _;
use std::os::unix::fs::DirBuilderExt as _;
use std::path::{Path, PathBuf, absolute};
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use clap::ArgMatches;
use serde::Serialize as _;
use serde_json::{Value, json};

use crate::error::Error;
use crate::logging;
use dictionaries::Dictionaries;

pub use options::is_option_of_python_tool;

/// The environment variable that names the folder of `pg_anon_runs`, and has every run recorded.
const HOME: &str = "PG_ANON_HOME";

/// The longest name of a file that Linux takes, in bytes.
const LONGEST_NAME: usize = 255;

/// The record of this run, until it is ended.
static CURRENT: Mutex<Option<Record>> = Mutex::new(None);

struct Record {
    folder: PathBuf,
    mode: String,
    started: SystemTime,
    clock: Instant,
    /// When `--save-dicts` is given.
    dictionaries: Option<Dictionaries>,
}

/// Ends the record as failed when this goes out of scope and nobody has ended it: after a panic.
pub struct EndAtPanic;

impl Drop for EndAtPanic {
    fn drop(&mut self) {
        end(false);
    }
}

/// Begins the record of the run with these arguments, if it is to be recorded.
pub fn begin(command: &clap::Command, matches: &ArgMatches) -> Result<(), Error> {
    let Some((mode, matches)) = matches.subcommand() else { return Ok(()) };
    let Some(command) = command.find_subcommand(mode) else { return Ok(()) };
    // Only modes have it.
    let Ok(id) = matches.try_get_raw("internal_operation_id") else { return Ok(()) };
    let id = id.into_iter().flatten().next().map(|id| id.to_string_lossy().into_owned()).unwrap_or_default();
    let home = std::env::var_os(HOME).filter(|home| !home.is_empty());
    let saves = matches.try_get_one::<bool>("save_dicts").ok().flatten() == Some(&true);
    if id.is_empty() && home.is_none() && !saves {
        return Ok(());
    }
    let id = if id.is_empty() { uuid::Uuid::new_v4().to_string() } else { id };
    check_id(&id)?;
    let home = home.map_or_else(|| PathBuf::from("."), PathBuf::from);
    let home = absolute(&home).unwrap_or(home);
    let day = jiff::Zoned::now();
    let folder = home
        .join("pg_anon_runs")
        .join(day.year().to_string())
        .join(day.month().to_string())
        .join(day.day().to_string())
        .join(&id);
    let logs = folder.join("logs");
    create_folder(&logs)?;
    // That of an earlier run with the same name.
    match std::fs::remove_file(folder.join("run_status.json")) {
        Err(error) if error.kind() != std::io::ErrorKind::NotFound => return Err(cannot_keep(&folder, &error)),
        _ => {}
    }
    write_json(&folder, "run_options.json", &options::options(mode, command, matches, &id, &folder))?;
    logging::log_to_file(&logs.join("logs.log")).map_err(|error| cannot_keep(&logs, &error))?;
    logging::to_file_only(&format!("============> Started pg_anon (v {}) in mode: {mode}", env!("CARGO_PKG_VERSION")));
    log::debug!("this run is recorded in {}", folder.display());
    let mut record =
        Record { folder, mode: mode.to_owned(), started: SystemTime::now(), clock: Instant::now(), dictionaries: None };
    let saved = if saves { Dictionaries::save(matches, &record.folder).map(Some) } else { Ok(None) };
    let mut current = CURRENT.lock().unwrap_or_else(PoisonError::into_inner);
    let saved = saved.map(|saved| record.dictionaries = saved);
    *current = Some(record);
    saved
}

/// Ends the record. Nothing happens when there is none, or it was ended before.
pub fn end(done: bool) {
    let Some(record) = CURRENT.lock().unwrap_or_else(PoisonError::into_inner).take() else { return };
    let code = if done { "done" } else { "fail" };
    logging::to_file_only(&format!(
        "<============ Finished pg_anon in mode: {}, result_code = {code}, elapsed: {:.2} sec",
        record.mode,
        record.clock.elapsed().as_secs_f64()
    ));
    let ended = record.started + record.clock.elapsed();
    let status = json!({"result_code": code, "started": epoch(record.started), "ended": epoch(ended)});
    let saved = record.dictionaries.as_ref().map_or(Ok(()), |dictionaries| dictionaries.end(&record.folder));
    if let Err(error) = saved.and(write_json(&record.folder, "run_status.json", &status)) {
        // What the run did is done all the same.
        log::warn!("{error}");
    }
}

/// Seconds since 1970.
fn epoch(time: SystemTime) -> f64 {
    time.duration_since(UNIX_EPOCH).unwrap_or(Duration::ZERO).as_secs_f64()
}

/// Fails unless the name stays within the folder of the day.
fn check_id(id: &str) -> Result<(), Error> {
    if id.starts_with('.') || id.contains(['/', '\\']) || id.chars().any(char::is_control) || id.len() > LONGEST_NAME {
        return Err(Error::Usage(format!(
            "--internal-operation-id: \"{}\" cannot be the name of a folder: it begins with a dot, holds a slash or a \
             control character, or is too long",
            crate::text::visible(id)
        )));
    }
    Ok(())
}

/// Creates a folder, and those above it that are not there, for their owner only.
fn create_folder(folder: &Path) -> Result<(), Error> {
    DirBuilder::new().recursive(true).mode(0o700).create(folder).map_err(|error| cannot_keep(folder, &error))
}

fn cannot_keep(path: &Path, error: &std::io::Error) -> Error {
    Error::Record(format!("cannot keep the run's record: {}: {error}", path.display()))
}

/// Writes a file in one step, so that nobody ever reads half of it, and over whatever has its name: a link is replaced,
/// not followed.
fn write_file(folder: &Path, name: &str, content: &[u8]) -> Result<(), Error> {
    let write = || -> std::io::Result<()> {
        // For its owner only, as tempfile makes files.
        let mut file = tempfile::NamedTempFile::new_in(folder)?;
        file.write_all(content)?;
        file.persist(folder.join(name))?;
        Ok(())
    };
    write().map_err(|error| cannot_keep(&folder.join(name), &error))
}

fn write_json(folder: &Path, name: &str, value: &Value) -> Result<(), Error> {
    let mut text = Vec::new();
    let formatter = serde_json::ser::PrettyFormatter::with_indent(b"    ");
    value
        .serialize(&mut serde_json::Serializer::with_formatter(&mut text, formatter))
        .map_err(|error| cannot_keep(&folder.join(name), &error.into()))?;
    write_file(folder, name, &text)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_that_leads_elsewhere_is_refused() {
        let long = "x".repeat(256);
        for id in [".", "..", "../x", "/etc", "a/b", "a\\b", ".hidden", "a\nb", "a\0b", &long] {
            assert!(matches!(check_id(id), Err(Error::Usage(_))), "{id:?}");
        }
        for id in ["1", "nightly 2026-11-20", "8a5e1f0c-0d1e-4a6e-9f1c-2b5d7c3e4f60", "Größe", "a..b"] {
            assert!(check_id(id).is_ok(), "{id}");
        }
    }

    #[test]
    fn a_link_in_the_place_of_a_file_is_replaced_and_not_followed() {
        let folder = tempfile::tempdir().unwrap();
        let other = folder.path().join("other");
        std::fs::write(&other, "precious").unwrap();
        std::os::unix::fs::symlink(&other, folder.path().join("file")).unwrap();
        write_file(folder.path(), "file", b"x").unwrap();
        assert_eq!(std::fs::read(&other).unwrap(), b"precious");
        assert_eq!(std::fs::read(folder.path().join("file")).unwrap(), b"x");
    }
}
