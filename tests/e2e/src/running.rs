//! Programs that run while a test does something else.

use std::io::Write as _;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use crate::{Database, Output, describe, run};

/// Long enough for any one step of a test on a machine that is busy.
const PATIENCE: Duration = Duration::from_secs(60);

/// Waits until something is so.
///
/// # Panics
/// When it has not become so after a minute.
#[track_caller]
pub fn wait_until(what: &str, mut is_so: impl FnMut() -> bool) {
    let deadline = Instant::now() + PATIENCE;
    while !is_so() {
        assert!(Instant::now() < deadline, "{what}: not within {} s", PATIENCE.as_secs());
        std::thread::sleep(Duration::from_millis(10));
    }
}

/// A program that runs. What it prints is kept. It is killed when the value is dropped.
#[derive(Debug)]
pub struct Running {
    child: Child,
    command: String,
    output: tempfile::TempDir,
}

impl Running {
    /// Starts a program with nothing on standard input.
    ///
    /// # Panics
    /// When it cannot be started.
    pub fn start(command: &mut Command) -> Running {
        let output = crate::temp_dir();
        // Not pipes, which fill up when nobody reads.
        let file = |name: &str| std::fs::File::create(output.path().join(name)).expect("a file is made");
        let described = describe(command);
        let child = command
            .stdin(Stdio::null())
            .stdout(file("stdout"))
            .stderr(file("stderr"))
            .spawn()
            .unwrap_or_else(|error| panic!("cannot start {described}: {error}"));
        Running { child, command: described, output }
    }

    /// The number of the process.
    pub fn pid(&self) -> u32 {
        self.child.id()
    }

    /// Whether the program still runs.
    pub fn is_running(&mut self) -> bool {
        matches!(self.child.try_wait(), Ok(None))
    }

    /// What has been printed on standard error so far.
    pub fn stderr(&self) -> String {
        self.read("stderr")
    }

    /// Sends a signal: `INT`, `TERM`, `KILL`, ...
    ///
    /// # Panics
    /// When that is refused, as it is when the program has ended.
    pub fn signal(&self, name: &str) {
        run(Command::new("kill").arg(format!("-{name}")).arg(self.pid().to_string()), b"").expect_success();
    }

    /// Waits for the end of the program.
    ///
    /// # Panics
    /// When it has not ended after a minute.
    pub fn wait(mut self) -> Output {
        let deadline = Instant::now() + PATIENCE;
        while self.is_running() {
            assert!(Instant::now() < deadline, "{} hangs, and has said: {}", self.command, self.stderr());
            std::thread::sleep(Duration::from_millis(10));
        }
        Output {
            command: self.command.clone(),
            status: self.child.wait().expect("the program has ended"),
            stdout: self.read("stdout"),
            stderr: self.stderr(),
        }
    }

    fn read(&self, name: &str) -> String {
        String::from_utf8_lossy(&std::fs::read(self.output.path().join(name)).unwrap_or_default()).into_owned()
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        self.child.kill().ok();
        self.child.wait().ok();
    }
}

/// A transaction of somebody else's, which holds its locks until it is ended.
#[derive(Debug)]
pub struct Transaction {
    psql: Child,
}

impl Transaction {
    /// Begins a transaction in a database and runs SQL in it. Gives no sign of when it has run.
    ///
    /// # Panics
    /// When psql cannot be started.
    pub fn begin(database: &Database<'_>, sql: &str) -> Transaction {
        let mut psql = database.server().program("psql");
        psql.args(["-XAtq", "-d", database.name()]).stdin(Stdio::piped()).stdout(Stdio::null()).stderr(Stdio::null());
        let mut psql = psql.spawn().expect("psql starts");
        let stdin = psql.stdin.as_mut().expect("standard input is piped");
        writeln!(stdin, "BEGIN; {sql};").expect("psql reads");
        Transaction { psql }
    }

    /// Commits, and waits until that is done.
    ///
    /// # Panics
    /// When psql is gone.
    pub fn commit(mut self) {
        let mut stdin = self.psql.stdin.take().expect("standard input is piped");
        writeln!(stdin, "COMMIT;").expect("psql reads");
        drop(stdin);
        self.psql.wait().expect("psql ends");
    }
}

impl Drop for Transaction {
    fn drop(&mut self) {
        self.psql.kill().ok();
        self.psql.wait().ok();
    }
}

/// An advisory lock in the way of whoever evaluates [`Gate::RULE`].
#[derive(Debug)]
pub struct Gate<'a> {
    database: &'a Database<'a>,
    transaction: Transaction,
}

impl<'a> Gate<'a> {
    /// An expression of type text that waits at the gate.
    pub const RULE: &'static str = "pg_advisory_xact_lock_shared(4711)::text";

    /// Closes the gate.
    ///
    /// # Panics
    /// When the server refuses.
    pub fn close(database: &'a Database<'a>) -> Gate<'a> {
        let transaction = Transaction::begin(database, "SELECT pg_advisory_xact_lock(4711)");
        let gate = Gate { database, transaction };
        wait_until("the gate is closed", || gate.count("granted") == 1);
        gate
    }

    /// How many connections wait at the gate.
    pub fn waiting(&self) -> usize {
        self.count("NOT granted")
    }

    /// Lets everybody through.
    pub fn open(self) {
        self.transaction.commit();
    }

    fn count(&self, which: &str) -> usize {
        self.database
            .sql(&format!(
                "SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND {which}
                 AND database = (SELECT oid FROM pg_database WHERE datname = current_database())"
            ))
            .parse()
            .expect("a number")
    }
}
