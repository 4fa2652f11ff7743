//! Messages on stderr: one line each with time and level, above the progress bar while there is one. The same go to the
//! log of a run that is recorded.

use std::io::{self, Write};
use std::path::Path;
use std::sync::{Mutex, PoisonError};

use indicatif::ProgressBar;
use log::{Level, LevelFilter, Log, Metadata, Record};

use crate::args::{MessageArgs, Verbosity};
use crate::error::Error;
use crate::log_file::LogFile;
use crate::text::visible_lines;

/// The bar that is drawn now, to be taken off the screen while a message is written.
static BAR: Mutex<Option<ProgressBar>> = Mutex::new(None);

/// The log of the run, when it is recorded.
static FILE: Mutex<Option<LogFile>> = Mutex::new(None);

/// stderr that does not write into the progress bar.
struct Stderr;

impl Write for Stderr {
    fn write(&mut self, message: &[u8]) -> io::Result<usize> {
        let bar = BAR.lock().map(|bar| bar.clone()).unwrap_or_default();
        match bar {
            Some(bar) => bar.suspend(|| io::stderr().write_all(message))?,
            None => io::stderr().write_all(message)?,
        }
        Ok(message.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        io::stderr().flush()
    }
}

/// Starts logging. Only our own messages are let through: libpq's binding traces connection strings with passwords.
/// No more than `most` are written, whatever is asked for.
pub fn start(messages: &MessageArgs, most: LevelFilter) {
    let level = match messages.verbose {
        _ if messages.debug => LevelFilter::Debug,
        Verbosity::Debug => LevelFilter::Debug,
        Verbosity::Info => LevelFilter::Info,
        Verbosity::Error => LevelFilter::Error,
    }
    .min(most);
    let stderr = env_logger::Builder::new()
        .filter_level(LevelFilter::Off)
        .filter_module("pg_anon", level)
        .format(|out, record| {
            let now = jiff::Zoned::now().strftime("%Y-%m-%d %H:%M:%S%.3f").to_string();
            let message = record.args().to_string();
            writeln!(out, "{now} {:<7} {}", record.level().as_str(), visible_lines(&message))
        })
        .write_style(env_logger::WriteStyle::Never)
        .target(env_logger::Target::Pipe(Box::new(Stderr)))
        .build();
    log::set_max_level(stderr.filter());
    let started = log::set_boxed_logger(Box::new(Messages(stderr)));
    debug_assert!(started.is_ok(), "logging is started once");
}

/// Both places of messages.
struct Messages(env_logger::Logger);

impl Log for Messages {
    fn enabled(&self, metadata: &Metadata<'_>) -> bool {
        self.0.enabled(metadata)
    }

    fn log(&self, record: &Record<'_>) {
        if self.0.matches(record) {
            self.0.log(record);
            write_to_file(record.level(), &record.args().to_string());
        }
    }

    fn flush(&self) {
        self.0.flush();
    }
}

/// Writes all further messages to this file as well.
pub fn log_to_file(path: &Path) -> io::Result<()> {
    let log = LogFile::open(path)?;
    *FILE.lock().unwrap_or_else(PoisonError::into_inner) = Some(log);
    Ok(())
}

fn write_to_file(level: Level, message: &str) {
    if let Some(log) = FILE.lock().unwrap_or_else(PoisonError::into_inner).as_mut() {
        // A disk that is full is told of by the run itself, if it writes to it.
        let _ = log.write(level, message);
    }
}

/// Writes a message of level info to the run's log alone.
pub fn to_file_only(message: &str) {
    if log::log_enabled!(Level::Info) {
        write_to_file(Level::Info, message);
    }
}

/// Draws messages above this bar from now on, or on a plain stderr again.
pub fn set_bar(bar: Option<ProgressBar>) {
    if let Ok(mut current) = BAR.lock() {
        *current = bar;
    }
}

/// Says on stderr why the run failed, whatever the level of messages.
pub fn report(error: &anyhow::Error) {
    let message = match error.downcast_ref() {
        // What was being done is not what went wrong.
        Some(interrupted @ Error::Interrupted(_)) => interrupted.to_string(),
        _ => error.chain().map(ToString::to_string).collect::<Vec<_>>().join(": "),
    };
    write_to_file(Level::Error, message.trim_end());
    // Nothing is left to be done when stderr itself is closed.
    let _ = writeln!(io::stderr(), "pg_anon: error: {}", visible_lines(message.trim_end()));
}
