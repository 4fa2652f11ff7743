//! What others do while a dump runs: structure and data are of one moment, or the dump stops and says why.

use std::path::{Path, PathBuf};

use pg_anon_e2e::{Database, Gate, Output, Running, Transaction, pg_anon_command, server, temp_dir, wait_until};

/// A dump that is held in the middle: its rule for table `gate` waits at a gate.
struct HeldDump<'a> {
    archive: PathBuf,
    dump: Running,
    gate: Gate<'a>,
    _dir: tempfile::TempDir,
}

fn write(path: &Path, text: &str) {
    std::fs::write(path, text).expect("a file is written");
}

/// Starts a dump by one connection.
fn start_dump(source: &Database<'_>, dir: &Path, dictionary: &str, options: &[&str]) -> Running {
    write(&dir.join("rules.py"), dictionary);
    let mut command = pg_anon_command(["dump"]);
    command.args(source.connection_options()).args(["-j1", "--prepared-sens-dict-file"]).arg(dir.join("rules.py"));
    Running::start(command.arg("--output-dir").arg(dir.join("dump")).args(options))
}

/// How many statements that begin so wait for a lock.
fn waiting(source: &Database<'_>, statement: &str) -> usize {
    source
        .sql(&format!(
            "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'
             AND query LIKE '%{statement}%' AND pid <> pg_backend_pid()"
        ))
        .parse()
        .expect("a number")
}

/// Restores a dump into a new database.
fn restored(archive: &Path) -> Database<'static> {
    let target = server().create_database("UTF8");
    let restore = target.pg_restore(archive, [""; 0]).expect_success();
    assert_eq!(restore.stderr, "");
    target
}

impl HeldDump<'_> {
    /// Starts a dump by one connection and waits until that has begun to read the table `gate`, the largest one, and pg_dump
    /// has gone. So the structure is written, and every other table is still to be read.
    fn start<'a>(source: &'a Database<'a>, more_rules: &str) -> HeldDump<'a> {
        source.sql(
            "CREATE TABLE gate (id integer, filler text);
             INSERT INTO gate SELECT n, repeat('x', 1000) FROM generate_series(1, 1000) AS n;
             CREATE EXTENSION pg_anon;
             ANALYZE",
        );
        let gate = Gate::close(source);
        let dir = temp_dir();
        let dictionary = format!(
            r#"{{"dictionary": [{{"schema": "public", "table": "gate", "fields": {{
                "filler": "CASE WHEN id = 1 THEN {} ELSE 'x' END"}}}}{more_rules}]}}"#,
            Gate::RULE
        );
        let dump = start_dump(source, dir.path(), &dictionary, &[]);
        wait_until("the dump waits at the gate, and pg_dump is done", || {
            gate.waiting() == 1
                && source.sql(
                    "SELECT count(*) FROM pg_stat_activity
                     WHERE application_name = 'pg_dump' AND datname = current_database()",
                ) == "0"
        });
        HeldDump { archive: dir.path().join("dump"), dump, gate, _dir: dir }
    }

    /// Opens the gate and waits for the end of the dump.
    fn release(self) -> (Output, PathBuf, tempfile::TempDir) {
        self.gate.open();
        (self.dump.wait(), self.archive, self._dir)
    }
}

/// Runs `change` while a dump is held, and restores the dump.
fn restored_after(source: &Database<'_>, change: impl FnOnce(&Database<'_>)) -> Database<'static> {
    let dump = HeldDump::start(source, "");
    change(source);
    let (output, archive, _dir) = dump.release();
    output.expect_success();
    restored(&archive)
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
    let dump = HeldDump::start(&source, "");
    let truncate = Running::start(source.server().program("psql").args(["-Xd", source.name(), "-c", "TRUNCATE small"]));
    wait_until("TRUNCATE waits", || waiting(&source, "TRUNCATE") == 1);
    let (output, archive, _dir) = dump.release();
    truncate.wait().expect_success();
    assert_eq!(source.sql("SELECT count(*) FROM small"), "0", "TRUNCATE has got its turn");
    output.expect_success();
    assert_eq!(restored(&archive).sql("SELECT count(*) FROM small"), "100");
}

/// The rule's own table is free, and the one that it looks something up in is waited for.
#[test]
fn a_dump_does_not_hang_on_a_statement_that_waits_for_a_table_that_a_rule_reads() {
    let source = server().create_database("UTF8");
    // Of tables of one size the first by name is read first: the rule's, before the other.
    source.sql(
        "CREATE TABLE people (id integer, name text); INSERT INTO people VALUES (1, 'Jane'), (2, 'John');
         CREATE TABLE substitutes (id integer, name text); INSERT INTO substitutes VALUES (1, 'Ann'), (2, 'Bob')",
    );
    let dump = HeldDump::start(
        &source,
        r#", {"schema": "public", "table": "people", "fields": {
            "name": "(SELECT s.name FROM public.substitutes AS s WHERE s.id = people.id)"}}"#,
    );
    let mut psql = source.server().program("psql");
    let truncate = Running::start(psql.args(["-Xd", source.name(), "-c", "TRUNCATE substitutes"]));
    wait_until("TRUNCATE waits", || waiting(&source, "TRUNCATE") == 1);
    let (output, archive, _dir) = dump.release();
    output.expect_success();
    truncate.wait().expect_success();
    let target = restored(&archive);
    assert_eq!(target.sql("SELECT id, name FROM people ORDER BY 1"), "1|Ann\n2|Bob");
    assert_eq!(target.sql("SELECT count(*) FROM substitutes"), "2");
}

#[test]
fn a_dump_waits_for_who_has_a_table_for_himself_and_dumps_what_he_leaves() {
    let source = server().create_database("UTF8");
    source.sql(
        "CREATE TABLE taken (id integer); INSERT INTO taken VALUES (1);
         CREATE TABLE replaced AS SELECT 1 AS id; CREATE TABLE renamed AS SELECT 5 AS id;
         CREATE TABLE dropped (id integer); CREATE EXTENSION pg_anon",
    );
    let change = Transaction::begin(
        &source,
        "TRUNCATE taken; INSERT INTO taken VALUES (2), (3); DROP TABLE dropped, replaced; CREATE TABLE added AS SELECT 4 AS id;
         CREATE TABLE replaced AS SELECT 6 AS id; ALTER TABLE renamed RENAME TO other",
    );
    wait_until("the tables are taken", || {
        source
            .sql("SELECT count(*) FROM pg_locks WHERE mode = 'AccessExclusiveLock' AND relation = 'dropped'::regclass")
            == "1"
    });
    let dir = temp_dir();
    let dump = start_dump(&source, dir.path(), "{}", &[]);
    wait_until("the dump says what it waits for", || dump.stderr().contains("public.taken"));
    change.commit();
    dump.wait().expect_success();
    let target = restored(&dir.path().join("dump"));
    assert_eq!(target.rows("SELECT id FROM taken ORDER BY 1"), ["2", "3"]);
    assert_eq!(target.sql("SELECT added.id, other.id, replaced.id FROM added, other, replaced"), "4|5|6");
    assert_eq!(target.sql("SELECT to_regclass('dropped') IS NULL"), "t");
}

#[test]
fn a_dump_that_waits_for_a_table_can_be_stopped() {
    let source = server().create_database("UTF8");
    source.sql("CREATE TABLE taken (id integer); CREATE EXTENSION pg_anon");
    let _change = Transaction::begin(&source, "LOCK TABLE taken");
    let dir = temp_dir();
    wait_until("the table is taken", || {
        source.sql("SELECT count(*) FROM pg_locks WHERE mode = 'AccessExclusiveLock' AND relation = 'taken'::regclass")
            == "1"
    });
    let dump = start_dump(&source, dir.path(), "{}", &[]);
    wait_until("the dump says what it waits for", || dump.stderr().contains("public.taken"));
    wait_until("the dump waits", || waiting(&source, "LOCK TABLE ONLY") == 1);
    dump.signal("INT");
    let output = dump.wait().expect_code(1);
    assert!(output.stderr.contains("stopped by a signal"), "{output}");
    wait_until("the server has stopped waiting", || waiting(&source, "LOCK TABLE ONLY") == 0);
}

/// pg_dump locks the tables for itself, and would wait for ever behind a statement that waits for the dump.
#[test]
fn a_statement_that_comes_before_pg_dump_stops_the_dump_and_is_named() {
    let source = server().create_database("UTF8");
    source.sql("CREATE TABLE wanted (id integer); CREATE EXTENSION pg_anon");
    let dir = temp_dir();
    // A pg_dump that begins when it is told to.
    let pg_dump = dir.path().join("late_pg_dump");
    write(
        &pg_dump,
        &format!(
            "#!/bin/sh\n[ \"$1\" = --version ] || while [ ! -e '{0}/go' ]; do sleep 0.02; done\nexec '{1}' \"$@\"\n",
            dir.path().display(),
            source.server().program("pg_dump").get_program().to_string_lossy()
        ),
    );
    std::fs::set_permissions(&pg_dump, std::os::unix::fs::PermissionsExt::from_mode(0o755)).expect("it is a program");
    let dump = start_dump(&source, dir.path(), "{}", &["--pg-dump", pg_dump.to_str().expect("a path in UTF-8")]);
    wait_until("the dump has locked the table", || {
        source.sql("SELECT count(*) > 0 FROM pg_locks WHERE mode = 'AccessShareLock' AND relation = 'wanted'::regclass")
            == "t"
    });
    let mut psql = source.server().program("psql");
    let truncate = Running::start(psql.args(["-Xd", source.name(), "-c", "TRUNCATE wanted"]));
    wait_until("TRUNCATE waits", || waiting(&source, "TRUNCATE") == 1);
    let process = source.sql("SELECT pid FROM pg_locks WHERE NOT granted AND relation = 'wanted'::regclass");
    write(&dir.path().join("go"), "");
    let output = dump.wait().expect_code(1);
    assert!(output.stderr.contains(&format!("table public.wanted (process {process})")), "{output}");
    assert!(output.stderr.contains("HINT: "), "{output}");
    assert!(!dir.path().join("dump").exists());
    truncate.wait().expect_success();
}
