//! `--clean-db`: what the dump has is dropped from the target and made anew, and nothing else is touched.

use std::path::{Path, PathBuf};

use pg_anon_e2e::{Database, Gate, Output, Running, assert_same_dump, pg_anon_command, server, temp_dir, wait_until};

/// Dumps with an empty dictionary.
#[track_caller]
fn dump(source: &Database<'_>, dir: &Path, name: &str, options: &[&str]) -> PathBuf {
    let dictionary = dir.join("empty.py");
    std::fs::write(&dictionary, "{}").expect("a dictionary is written");
    let archive = dir.join(name);
    let fixed = [
        "--prepared-sens-dict-file".as_ref(),
        dictionary.as_os_str(),
        "--output-dir".as_ref(),
        archive.as_os_str(),
        "--allow-unmatched-rules".as_ref(),
    ];
    source.pg_anon("dump", fixed.into_iter().chain(options.iter().map(AsRef::as_ref))).expect_success();
    archive
}

fn restore(target: &Database<'_>, archive: &Path, options: &[&str]) -> Output {
    run(target, "restore", archive, options)
}

fn run(target: &Database<'_>, mode: &str, archive: &Path, options: &[&str]) -> Output {
    let fixed = ["--input-dir".as_ref(), archive.as_os_str()];
    target.pg_anon(mode, fixed.into_iter().chain(options.iter().map(AsRef::as_ref)))
}

fn source(sql: &str) -> Database<'static> {
    let source = server().create_database("UTF8");
    source.sql("CREATE EXTENSION pg_anon");
    source.sql(sql);
    source
}

/// What cannot be dropped in one order: tables that refer to each other, a function of a table's row type that the table's
/// default and CHECK call, a trigger whose function reads the table's type, views on views, partitions of partitions with a
/// primary key, inheritance, an identity, a free sequence, a domain and an enum, an operator class of one's own.
const KNOTTED: &str = r#"
    CREATE SCHEMA "Sales Dept";
    CREATE TYPE "Sales Dept".mood AS ENUM ('sad', 'happy');
    CREATE DOMAIN "Sales Dept".email AS text CHECK (VALUE LIKE '%@%');
    CREATE TABLE a (id integer PRIMARY KEY, b integer, m "Sales Dept".mood, e "Sales Dept".email);
    CREATE TABLE b (id integer PRIMARY KEY, a integer REFERENCES a);
    ALTER TABLE a ADD FOREIGN KEY (b) REFERENCES b;
    CREATE FUNCTION weight(a) RETURNS integer LANGUAGE sql IMMUTABLE AS 'SELECT $1.id';
    CREATE FUNCTION next_b() RETURNS integer LANGUAGE plpgsql AS 'DECLARE r a; BEGIN RETURN 7; END';
    CREATE FUNCTION all_a() RETURNS SETOF a BEGIN ATOMIC SELECT * FROM a; END;
    ALTER TABLE a ADD CONSTRAINT heavy CHECK (weight(a) > 0);
    CREATE FUNCTION seen() RETURNS trigger LANGUAGE plpgsql AS 'DECLARE r a; BEGIN RETURN NEW; END';
    CREATE TRIGGER seen BEFORE INSERT ON b FOR EACH ROW EXECUTE FUNCTION seen();
    CREATE VIEW v1 AS SELECT * FROM a; CREATE VIEW v2 AS SELECT * FROM v1, b AS bb (b_id, b_a);
    CREATE MATERIALIZED VIEW mv AS SELECT id FROM v1; CREATE UNIQUE INDEX ON mv (id);
    CREATE TABLE p (id integer, y integer, PRIMARY KEY (y, id)) PARTITION BY LIST (y);
    CREATE TABLE p1 PARTITION OF p FOR VALUES IN (1) PARTITION BY RANGE (id);
    CREATE TABLE p1a PARTITION OF p1 FOR VALUES FROM (0) TO (100);
    CREATE TABLE p2 PARTITION OF p DEFAULT;
    CREATE TABLE c (p_y integer, p_id integer, FOREIGN KEY (p_y, p_id) REFERENCES p);
    CREATE TABLE parent (id integer GENERATED ALWAYS AS IDENTITY); CREATE TABLE child (more text) INHERITS (parent);
    CREATE SEQUENCE free START 7;
    CREATE TABLE "Sales Dept"."with ""quotes"".and dots" (id serial, at integer DEFAULT nextval('free'));
    CREATE POLICY mine ON a USING (id > 0); ALTER TABLE a ENABLE ROW LEVEL SECURITY;
    CREATE FUNCTION lower_than(integer, integer) RETURNS boolean LANGUAGE sql IMMUTABLE AS 'SELECT $1 < $2';
    CREATE OPERATOR <<< (LEFTARG = integer, RIGHTARG = integer, FUNCTION = lower_than);
    CREATE AGGREGATE total (integer) (SFUNC = int4pl, STYPE = integer, INITCOND = '0');
    CREATE PUBLICATION changes FOR TABLE a;
    CREATE STATISTICS together ON id, b FROM a;
    COMMENT ON TABLE a IS 'A'; GRANT SELECT ON a TO PUBLIC;
    INSERT INTO a VALUES (1, NULL, 'sad', 'x@y'); INSERT INTO b VALUES (1, 1); UPDATE a SET b = 1;
    INSERT INTO p VALUES (1, 1), (2, 2); INSERT INTO c VALUES (1, 1); INSERT INTO child VALUES (1, 'x');
    INSERT INTO "Sales Dept"."with ""quotes"".and dots" DEFAULT VALUES; REFRESH MATERIALIZED VIEW mv;
    SELECT lo_from_bytea(4711, 'content');"#;

#[test]
fn objects_that_depend_on_each_other_in_circles_are_dropped_and_made_anew() {
    let source = source(KNOTTED);
    let dir = temp_dir();
    let archive = dump(&source, dir.path(), "dump", &["--large-objects=keep"]);
    let target = server().create_database("UTF8");
    // Also when nothing of it is there.
    restore(&target, &archive, &["--clean-db"]).expect_success();
    let first = target.full_dump();
    assert_same_dump(&first, &source.full_dump());
    target
        .sql("INSERT INTO b VALUES (2, 1); DELETE FROM c; ALTER TABLE a ADD COLUMN more text; DROP FUNCTION next_b()");
    for jobs in ["-j1", "-j4"] {
        restore(&target, &archive, &["--clean-db", jobs]).expect_success();
        assert_same_dump(&target.full_dump(), &first);
    }
    run(&target, "sync-struct-restore", &archive, &["--clean-db"]).expect_success();
    assert_eq!(target.sql("SELECT (SELECT count(*) FROM a) + (SELECT count(*) FROM p)"), "0");
}

#[test]
fn a_shop_is_replaced_by_the_owner_of_the_database() {
    let source = server().create_database("UTF8");
    source.load_shop();
    let dir = temp_dir();
    let archive = dump(&source, dir.path(), "dump", &[]);
    let role = server().create_role("LOGIN");
    let target = server().create_database("UTF8");
    target.sql(&format!("ALTER DATABASE {} OWNER TO {role}", target.name()));
    let uri = format!("postgresql://{role}@/{}", target.name());
    let mut first = None;
    for options in [&[][..], &["--clean-db"]] {
        let mut command = pg_anon_command(["restore", "-d", &uri]);
        command.args(&server().connection_options()[..4]).arg("--input-dir").arg(&archive).args(options);
        pg_anon_e2e::run(&mut command, b"").expect_success();
        let dump = target.full_dump();
        assert_same_dump(&dump, first.get_or_insert(dump.clone()));
    }
}

#[test]
fn tables_that_the_dump_does_not_have_are_named_and_nothing_is_dropped() {
    let source = source(
        "CREATE TABLE a (id integer); INSERT INTO a VALUES (1); CREATE TABLE parted (id integer) PARTITION BY LIST (id)",
    );
    let dir = temp_dir();
    let archive = dump(&source, dir.path(), "dump", &[]);
    let target = server().create_database("UTF8");
    restore(&target, &archive, &[]).expect_success();
    target.sql("CREATE SCHEMA s; CREATE TABLE s.\"Mine\" (id integer); INSERT INTO a VALUES (2)");
    let before = target.full_dump();
    let output = restore(&target, &archive, &["--clean-db"]).expect_code(1);
    assert!(output.stderr.contains("not in the dump: s.Mine"), "{output}");
    assert_same_dump(&target.full_dump(), &before);
    // The structure alone leaves them.
    run(&target, "sync-struct-restore", &archive, &["--clean-db"]).expect_success();
    assert_eq!(target.sql("SELECT count(*) FROM a"), "0");
    assert_eq!(target.sql("SELECT count(*) FROM s.\"Mine\""), "0");
    // A partition belongs to its table.
    target.sql("DROP SCHEMA s CASCADE; CREATE TABLE parted_1 PARTITION OF parted FOR VALUES IN (1)");
    restore(&target, &archive, &["--clean-db"]).expect_success();
    assert_eq!(target.sql("SELECT to_regclass('parted_1') IS NULL, (SELECT count(*) FROM a)"), "t|1");
}

#[test]
fn what_others_built_on_the_dumps_objects_is_named_and_nothing_is_dropped() {
    let source = source(
        "CREATE TABLE a (id integer PRIMARY KEY); CREATE FUNCTION f() RETURNS integer LANGUAGE sql AS 'SELECT 1'",
    );
    let dir = temp_dir();
    let archive = dump(&source, dir.path(), "dump", &[]);
    for (sql, named) in [
        ("CREATE VIEW report AS SELECT id FROM a", "view report depends on table a"),
        ("CREATE VIEW one AS SELECT f()", "view one depends on function f()"),
        ("CREATE FUNCTION g(a) RETURNS integer LANGUAGE sql AS 'SELECT 1'", "function g(a) depends on type a"),
    ] {
        let target = server().create_database("UTF8");
        restore(&target, &archive, &[]).expect_success();
        target.sql(sql);
        let before = target.full_dump();
        let output = restore(&target, &archive, &["--clean-db"]).expect_code(1);
        assert!(output.stderr.replace("public.", "").contains(named), "{named}: {output}");
        assert_same_dump(&target.full_dump(), &before);
    }
}

#[test]
fn what_depends_on_a_chosen_table_is_told_on_lines_of_its_own_and_as_not_chosen() {
    let source = source(
        "CREATE TABLE a (id integer PRIMARY KEY); CREATE TABLE b (id integer CONSTRAINT to_a REFERENCES a);
         CREATE VIEW v1 AS SELECT id FROM a; CREATE VIEW v2 AS SELECT id FROM a",
    );
    let dir = temp_dir();
    let archive = dump(&source, dir.path(), "dump", &[]);
    let list = dir.path().join("list.py");
    std::fs::write(&list, r#"{"tables": [{"schema": "public", "table": "a"}]}"#).expect("written");
    let partial = format!("--partial-tables-dict-file={}", list.display());
    let target = server().create_database("UTF8");
    restore(&target, &archive, &[]).expect_success();
    let output = run(&target, "sync-data-restore", &archive, &["--clean-db", &partial]).expect_code(1);
    assert!(output.stderr.contains("not chosen or not in the dump") && output.stderr.contains("to_a of"), "{output}");
    target.sql("CREATE VIEW w1 AS SELECT id FROM a; CREATE VIEW w2 AS SELECT id FROM a");
    let output = run(&target, "sync-struct-restore", &archive, &["--clean-db", &partial]).expect_code(1);
    assert!(output.stderr.contains("not chosen or not in the dump"), "{output}");
    assert!(output.stderr.contains("\n    ") && !output.stderr.contains("\\n"), "{output}");
}

#[test]
fn a_schema_that_holds_more_than_the_dump_stays() {
    let source = source(
        "CREATE SCHEMA s; CREATE TABLE s.a (id integer); INSERT INTO s.a VALUES (1); COMMENT ON SCHEMA s IS 'x'",
    );
    let dir = temp_dir();
    let archive = dump(&source, dir.path(), "dump", &[]);
    let target = server().create_database("UTF8");
    restore(&target, &archive, &[]).expect_success();
    target.sql("CREATE FUNCTION s.mine() RETURNS integer LANGUAGE sql AS 'SELECT 1'; DELETE FROM s.a");
    restore(&target, &archive, &["--clean-db"]).expect_success();
    assert_eq!(target.sql("SELECT s.mine(), count(*) FROM s.a"), "1|1");
}

#[test]
fn a_damaged_dump_drops_nothing() {
    let source = source("CREATE TABLE a (id integer); INSERT INTO a SELECT generate_series(1, 1000)");
    let dir = temp_dir();
    let archive = dump(&source, dir.path(), "dump", &[]);
    let target = server().create_database("UTF8");
    restore(&target, &archive, &[]).expect_success();
    let before = target.full_dump();
    let file = std::fs::read_dir(&archive).expect("the archive is there").map(|entry| entry.expect("an entry").path());
    let file =
        file.into_iter().find(|file| file.extension().is_some_and(|suffix| suffix == "gz")).expect("a data file");
    let mut content = std::fs::read(&file).expect("it can be read");
    let middle = content.len() / 2;
    content[middle] ^= 1;
    std::fs::write(&file, content).expect("it can be written");
    restore(&target, &archive, &["--clean-db"]).expect_code(1);
    assert_same_dump(&target.full_dump(), &before);
}

#[test]
fn an_interrupted_restore_says_what_is_loaded_and_is_run_again() {
    let source = source(&format!(
        "CREATE TABLE done (id integer PRIMARY KEY); INSERT INTO done SELECT generate_series(1, 1000);
         CREATE TABLE gate (id integer CHECK ({} IS NOT NULL)); INSERT INTO gate VALUES (1);",
        Gate::RULE
    ));
    let dir = temp_dir();
    let archive = dump(&source, dir.path(), "dump", &[]);
    for jobs in ["-j1", "-j2"] {
        let target = server().create_database("UTF8");
        let gate = Gate::close(&target);
        let mut command = pg_anon_command(["restore", jobs, "--debug"]);
        command.args(target.connection_options()).arg("--input-dir").arg(&archive);
        let running = Running::start(&mut command);
        wait_until("the restore waits at the gate", || gate.waiting() == 1);
        wait_until("the other table is loaded", || {
            running.stderr().lines().any(|line| line.contains("TABLE DATA public.done is loaded"))
        });
        running.signal("INT");
        let output = running.wait().expect_code(1);
        assert!(output.stderr.contains("the rows of 1 of 2 tables, and not those of public.gate"), "{output}");
        assert!(output.stderr.contains("--clean-db"), "{output}");
        gate.open();
        restore(&target, &archive, &["--clean-db"]).expect_success();
        assert_eq!(target.sql("SELECT (SELECT count(*) FROM done), (SELECT count(*) FROM gate)"), "1000|1");
    }
}

#[test]
fn a_signal_leaves_no_check_constraint_dropped_and_says_what_rows_are_there() {
    let source = source(&format!(
        "CREATE FUNCTION fine(integer) RETURNS boolean LANGUAGE sql AS 'SELECT $1 > 0';
         CREATE TABLE gate (id integer CHECK ({} IS NOT NULL), CONSTRAINT custom CHECK (fine(id))); INSERT INTO gate VALUES (1);",
        Gate::RULE
    ));
    let dir = temp_dir();
    let archive = dump(&source, dir.path(), "dump", &[]);
    let target = server().create_database("UTF8");
    let custom = "SELECT convalidated FROM pg_constraint WHERE conname = 'custom'";
    for (mode, words, is_valid) in [
        ("restore", "holds a part of the dump", "f"),
        ("sync-data-restore", "no rows were replaced or added: database", "t"),
    ] {
        let gate = Gate::close(&target);
        let mut command = pg_anon_command([mode, "--clean-db", "--drop-custom-check-constr"]);
        command.args(target.connection_options()).arg("--input-dir").arg(&archive);
        let running = Running::start(&mut command);
        wait_until("the restore waits at the gate", || gate.waiting() == 1);
        running.signal("INT");
        let output = running.wait().expect_code(1);
        assert!(output.stderr.contains("stopped by a signal") && output.stderr.contains(words), "{output}");
        assert_eq!(target.sql(custom), is_valid, "{output}");
        assert_eq!(output.stderr.contains("constraint custom of public.gate is back as NOT VALID"), is_valid == "f");
        gate.open();
        restore(&target, &archive, &["--clean-db"]).expect_success();
        assert_eq!(target.sql(custom), "t");
    }
}

#[test]
fn a_table_that_somebody_holds_is_waited_for_no_longer_than_is_said() {
    let source = source("CREATE TABLE a (id integer); INSERT INTO a VALUES (1)");
    let dir = temp_dir();
    let archive = dump(&source, dir.path(), "dump", &[]);
    let target = server().create_database("UTF8");
    restore(&target, &archive, &[]).expect_success();
    let holder = pg_anon_e2e::Transaction::begin(&target, "LOCK TABLE a IN ACCESS SHARE MODE");
    let locks = "SELECT count(*) FROM pg_locks WHERE relation = 'a'::regclass AND granted";
    wait_until("the table is held", || target.sql(locks) == "1");
    for mode in ["restore", "sync-data-restore"] {
        let output = run(&target, mode, &archive, &["--clean-db", "--lock-wait-timeout=100ms"]).expect_code(1);
        assert!(output.stderr.contains("lock timeout"), "{output}");
        assert_eq!(target.sql("SELECT count(*) FROM a"), "1");
    }
    drop(holder);
}

#[test]
fn a_subscription_was_in_the_way_of_its_own_dump_for_ever() {
    let create =
        "CREATE SUBSCRIPTION NAME CONNECTION 'dbname=nowhere' PUBLICATION p WITH (connect = false, slot_name = NONE)";
    let source = source("CREATE TABLE a (id integer); INSERT INTO a VALUES (1), (2)");
    source.sql(&create.replace("NAME", "\"clean sub\""));
    let dir = temp_dir();
    let archive = dump(&source, dir.path(), "subscription", &[]);
    let target = server().create_database("UTF8");
    restore(&target, &archive, &[]).expect_success();
    let subscriptions = "SELECT subname, subslotname FROM pg_subscription JOIN pg_database AS d ON d.oid = subdbid \
                         WHERE datname = current_database()";
    assert_eq!(target.sql(subscriptions), "clean sub|");
    restore(&target, &archive, &["--clean-db"]).expect_success();
    assert_eq!(target.sql(subscriptions), "clean sub|");

    target.sql("ALTER SUBSCRIPTION \"clean sub\" SET (slot_name = 'far'); INSERT INTO a VALUES (3)");
    let output = restore(&target, &archive, &["--clean-db"]).expect_code(1);
    assert!(output.stderr.contains("cannot drop subscription \"clean sub\", because it has a"), "{output}");
    let output = restore(&target, &archive, &["--drop-db", "--force"]).expect_code(1);
    assert!(output.stderr.contains("because it has subscriptions: clean sub\n"), "{output}");
    assert_eq!(target.sql("SELECT count(*) FROM a"), "3");
    for database in [&source, &target] {
        database.sql("ALTER SUBSCRIPTION \"clean sub\" SET (slot_name = NONE)");
        database.sql("DROP SUBSCRIPTION \"clean sub\"");
    }
}
