//! What others do while a dump runs: structure and data are of one moment, or the dump stops and says why.

use std::path::{Path, PathBuf};
use std::process::{Child, Stdio};
use std::time::{Duration, Instant};

use pg_anon_e2e::{Database, Output, pg_anon_command, server, temp_dir};

/// Long enough for any step of a dump of these small tables.
const PATIENCE: Duration = Duration::from_secs(30);

/// A dump that is held in the middle: its rule for table `gate` waits for an advisory lock that this holds.
struct HeldDump<'a> {
    source: &'a Database<'a>,
    archive: PathBuf,
    child: Child,
    gate: Child,
    _dir: tempfile::TempDir,
}

/// Number of the advisory lock.
const GATE: &str = "4711";

fn wait_until(what: &str, mut is_so: impl FnMut() -> bool) {
    let deadline = Instant::now() + PATIENCE;
    while !is_so() {
        assert!(Instant::now() < deadline, "{what}: not within {} s", PATIENCE.as_secs());
        std::thread::sleep(Duration::from_millis(20));
    }
}

fn write(path: &Path, text: &str) {
    std::fs::write(path, text).expect("a file is written");
}

impl HeldDump<'_> {
    /// Starts a dump by one connection and waits until that has begun to read the table `gate`, the largest one, and pg_dump
    /// has gone. So the structure is written, and every other table is still to be read.
    fn start<'a>(source: &'a Database<'a>, options: &[&str]) -> HeldDump<'a> {
        source.sql(
            "CREATE TABLE gate (id integer, filler text);
             INSERT INTO gate SELECT n, repeat('x', 1000) FROM generate_series(1, 1000) AS n;
             CREATE EXTENSION pg_anon;
             ANALYZE",
        );
        let mut gate = source.server().program("psql");
        gate.args(["-XAtq", "-d", source.name()]).stdin(Stdio::piped()).stdout(Stdio::null());
        let mut gate = gate.spawn().expect("psql starts");
        {
            use std::io::Write as _;
            let stdin = gate.stdin.as_mut().expect("standard input is piped");
            writeln!(stdin, "SELECT pg_advisory_lock({GATE});").expect("psql reads");
        }
        wait_until("the gate is closed", || {
            source.sql("SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND database = (SELECT oid FROM pg_database WHERE datname = current_database()) AND granted") == "1"
        });
        let dir = temp_dir();
        let dictionary = dir.path().join("gate.py");
        write(
            &dictionary,
            &format!(
                r#"{{"dictionary": [{{"schema": "public", "table": "gate", "fields": {{
                    "filler": "CASE WHEN id = 1 THEN pg_advisory_lock({GATE})::text ELSE 'x' END"}}}}]}}"#
            ),
        );
        let archive = dir.path().join("dump");
        let mut command = pg_anon_command(["dump"]);
        command.args(source.connection_options()).args(["-j1", "--prepared-sens-dict-file"]).arg(&dictionary);
        command.arg("--output-dir").arg(&archive).args(options);
        let child =
            command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().expect("pg_anon starts");
        wait_until("the dump waits at the gate, and pg_dump is done", || {
            source.sql("SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND database = (SELECT oid FROM pg_database WHERE datname = current_database()) AND NOT granted") == "1"
                && source.sql("SELECT count(*) FROM pg_stat_activity WHERE application_name = 'pg_dump'") == "0"
        });
        HeldDump { source, archive, child, gate, _dir: dir }
    }

    /// Opens the gate and waits for the end of the dump.
    fn release(mut self) -> (Output, PathBuf, tempfile::TempDir) {
        drop(self.gate.stdin.take());
        self.gate.wait().expect("psql ends");
        let started = Instant::now();
        while self.child.try_wait().expect("the dump can be waited for").is_none() {
            if started.elapsed() > PATIENCE {
                let locks = self.source.sql("SELECT pid, wait_event_type, state, left(query, 100) FROM pg_stat_activity WHERE datname = current_database()");
                self.child.kill().ok();
                panic!("the dump hangs:\n{locks}");
            }
            std::thread::sleep(Duration::from_millis(20));
        }
        let output = self.child.wait_with_output().expect("the dump has ended");
        let output = Output {
            command: "pg_anon dump".to_owned(),
            status: output.status,
            stdout: String::from_utf8_lossy(&output.stdout).into_owned(),
            stderr: String::from_utf8_lossy(&output.stderr).into_owned(),
        };
        (output, self.archive, self._dir)
    }
}

/// Runs `change` while a dump is held, and restores the dump.
fn restored_after(source: &Database<'_>, change: impl FnOnce(&Database<'_>)) -> Database<'static> {
    let dump = HeldDump::start(source, &[]);
    change(source);
    let (output, archive, _dir) = dump.release();
    output.expect_success();
    let target = server().create_database("UTF8");
    let restore = target.pg_restore(&archive, [""; 0]).expect_success();
    assert_eq!(restore.stderr, "");
    target
}

#[test]
fn rows_written_while_a_dump_runs_are_not_in_it() {
    let source = server().create_database("UTF8");
    source.sql(
        "CREATE TABLE parent (id integer PRIMARY KEY, value text);
         CREATE TABLE child (id integer PRIMARY KEY, parent integer REFERENCES parent);
         INSERT INTO parent SELECT n, 'before' FROM generate_series(1, 100) AS n;
         INSERT INTO child SELECT n, n FROM generate_series(1, 100) AS n",
    );
    let rows = "SELECT * FROM parent FULL JOIN child ON child.parent = parent.id ORDER BY 1";
    let before = source.sql(rows);
    let target = restored_after(&source, |source| {
        source.sql(
            "DELETE FROM child WHERE id <= 50; DELETE FROM parent WHERE id <= 50;
             UPDATE parent SET value = 'after', id = id + 1000 WHERE id > 90 AND id NOT IN (SELECT parent FROM child);
             UPDATE parent SET value = 'after' WHERE id > 60;
             INSERT INTO parent VALUES (200, 'after'); INSERT INTO child VALUES (200, 200);
             CREATE TABLE new (id integer); INSERT INTO new VALUES (1);
             VACUUM parent",
        );
    });
    assert_eq!(target.sql(rows), before);
    assert_eq!(target.sql("SELECT to_regclass('new') IS NULL"), "t");
}

/// Statements that need a table for themselves must wait for the end of the dump: a table that is emptied or written anew is
/// empty to everybody who looks at it by an older snapshot.
#[test]
fn tables_that_are_not_read_yet_cannot_be_emptied_or_changed_while_a_dump_runs() {
    let source = server().create_database("UTF8");
    let changes = [
        "TRUNCATE t0",
        "ALTER TABLE t1 ALTER COLUMN id TYPE bigint",
        "ALTER TABLE t2 DROP COLUMN value",
        "DROP TABLE t3",
        "CLUSTER t4 USING t4_pkey",
        "VACUUM FULL t5",
        "ALTER TABLE t6 RENAME TO t6_new",
        "ALTER TABLE t7 ADD COLUMN more integer DEFAULT random()::integer",
    ];
    for number in 0..changes.len() {
        source.sql(&format!(
            "CREATE TABLE t{number} (id integer PRIMARY KEY, value text);
             INSERT INTO t{number} SELECT n, 'value' FROM generate_series(1, 100) AS n"
        ));
    }
    let target = restored_after(&source, |source| {
        for change in changes {
            let refused =
                source.psql(&format!("SET lock_timeout = '200ms'; {change}")).expect_err("the dump reads the table");
            assert_eq!(refused.sqlstate, "55P03", "{change}: {refused}");
        }
    });
    for (number, change) in changes.iter().enumerate() {
        assert_eq!(target.sql(&format!("SELECT count(*), count(value) FROM t{number}")), "100|100", "{change}");
    }
}

/// A statement that waits for a table lets nobody else have it, not even for reading.
#[test]
fn a_dump_does_not_hang_on_statements_that_wait_for_it() {
    let source = server().create_database("UTF8");
    source.sql("CREATE TABLE small (id integer); INSERT INTO small SELECT generate_series(1, 100)");
    let dump = HeldDump::start(&source, &[]);
    let mut truncate = source.server().program("psql");
    truncate.args(["-XAtq", "-d", source.name(), "-c", "TRUNCATE small"]);
    let mut truncate = truncate.stdin(Stdio::null()).stdout(Stdio::null()).spawn().expect("psql starts");
    wait_until("TRUNCATE waits", || {
        source.sql("SELECT count(*) FROM pg_stat_activity WHERE query LIKE 'TRUNCATE%' AND wait_event_type = 'Lock'")
            == "1"
    });
    let (output, archive, _dir) = dump.release();
    truncate.wait().expect("psql ends");
    assert_eq!(source.sql("SELECT count(*) FROM small"), "0", "TRUNCATE has got its turn");
    if output.succeeded() {
        let target = server().create_database("UTF8");
        target.pg_restore(&archive, [""; 0]).expect_success();
        assert_eq!(target.sql("SELECT count(*) FROM small"), "100");
    } else {
        let output = output.expect_code(1);
        assert!(output.stderr.contains("small"), "the table is named: {output}");
        assert!(!archive.exists());
    }
}
