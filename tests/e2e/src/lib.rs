//! What the end-to-end tests stand on: a private server for each test program, databases in it, and the programs that a
//! user would run, with nothing of the caller's PostgreSQL environment.
//!
//! `make test-e2e` gives the two paths that this needs: `PG_ANON_STAGE_BIN`, the programs of a PostgreSQL installation that
//! has the extension, and `PG_ANON_BIN`, the binary pg_anon.

mod archive;
mod normalise;
mod python_dump;
mod running;
mod server;

use std::ffi::OsStr;
use std::fmt;
use std::io::Write;
use std::path::PathBuf;
use std::process::{Command, ExitStatus, Stdio};

pub use archive::archive_text;
pub use normalise::{assert_same_dump, normalise_dump};
pub use python_dump::{PythonMode, python_dump};
pub use running::{Gate, Running, Transaction, wait_until};
pub use server::{Database, Server, server};

/// What a program printed, and how it ended.
#[derive(Debug, Clone)]
pub struct Output {
    /// The program's name and arguments, for messages.
    pub command: String,
    /// How it ended.
    pub status: ExitStatus,
    /// Standard output; bytes that are not UTF-8 are replaced.
    pub stdout: String,
    /// Standard error; bytes that are not UTF-8 are replaced.
    pub stderr: String,
}

impl Output {
    /// Whether the exit status is 0.
    pub fn succeeded(&self) -> bool {
        self.status.success()
    }

    /// The exit status; `None` when a signal ended the program.
    pub fn code(&self) -> Option<i32> {
        self.status.code()
    }

    /// The output of a program that must have succeeded.
    ///
    /// # Panics
    /// With all that it printed when it has not.
    #[track_caller]
    pub fn expect_success(self) -> Output {
        assert!(self.succeeded(), "this should have succeeded: {self}");
        self
    }

    /// The output of a program that must have failed with this exit status.
    ///
    /// # Panics
    /// With all that it printed when it has not.
    #[track_caller]
    pub fn expect_code(self, code: i32) -> Output {
        assert_eq!(self.code(), Some(code), "the exit status is another one: {self}");
        self
    }
}

impl fmt::Display for Output {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} ({})\n{}{}", self.command, self.status, self.stdout, self.stderr)
    }
}

/// SQL that the server refused, or psql.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Failure {
    /// The SQLSTATE of the first error; empty when it was not the server that failed.
    pub sqlstate: String,
    /// All that psql printed on standard error.
    pub message: String,
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}

impl std::error::Error for Failure {}

/// Runs a command to its end with `input` on standard input, and keeps what it prints.
///
/// # Panics
/// When the program cannot be started.
pub fn run(command: &mut Command, input: &[u8]) -> Output {
    let described = describe(command);
    let mut child = command
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap_or_else(|error| panic!("cannot start {described}: {error}"));
    let mut stdin = child.stdin.take().expect("standard input is piped");
    let output = std::thread::scope(|scope| {
        // A program may end without reading all: what it said counts, not the broken pipe.
        scope.spawn(move || stdin.write_all(input).ok());
        child.wait_with_output()
    })
    .unwrap_or_else(|error| panic!("cannot wait for {described}: {error}"));
    Output {
        command: described,
        status: output.status,
        stdout: String::from_utf8_lossy(&output.stdout).into_owned(),
        stderr: String::from_utf8_lossy(&output.stderr).into_owned(),
    }
}

/// A command with nothing of the caller's PostgreSQL settings: no `PG*` variable, no passfile, no service file, no psqlrc.
pub fn clean_command(program: impl AsRef<OsStr>) -> Command {
    let mut command = Command::new(program);
    for (name, _) in std::env::vars_os() {
        if name.to_string_lossy().starts_with("PG") {
            command.env_remove(name);
        }
    }
    command.env("LC_ALL", "C.UTF-8").env("HOME", "/nonexistent");
    command
}

/// The binary pg_anon with these arguments, to be run, or spawned and killed.
///
/// # Panics
/// When `PG_ANON_BIN` is not set.
pub fn pg_anon_command<S: AsRef<OsStr>>(arguments: impl IntoIterator<Item = S>) -> Command {
    let mut command = clean_command(from_environment("PG_ANON_BIN"));
    command.args(arguments);
    command
}

/// Runs the binary pg_anon with these arguments and nothing on standard input.
///
/// # Panics
/// When `PG_ANON_BIN` is not set.
pub fn pg_anon<S: AsRef<OsStr>>(arguments: impl IntoIterator<Item = S>) -> Output {
    run(&mut pg_anon_command(arguments), b"")
}

/// A new folder for one test, removed when the value is dropped.
///
/// # Panics
/// When the folder cannot be made.
pub fn temp_dir() -> tempfile::TempDir {
    tempfile::Builder::new().prefix("pg_anon-e2e-").tempdir().expect("a temporary folder")
}

/// A dictionary that is kept in `tests/e2e/dictionaries`.
pub fn dictionary(name: &str) -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("dictionaries").join(name)
}

fn describe(command: &Command) -> String {
    let words = std::iter::once(command.get_program()).chain(command.get_args());
    words.map(|word| word.to_string_lossy().into_owned()).collect::<Vec<_>>().join(" ")
}

fn from_environment(name: &str) -> PathBuf {
    let path = std::env::var_os(name).unwrap_or_else(|| {
        panic!("{name} is not set. These tests need what was built and staged: run `make test-e2e`")
    });
    PathBuf::from(path)
}
