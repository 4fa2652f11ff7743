//! Structure and data restored apart: sync-struct-restore and sync-data-restore, of whole dumps and of dumps of one or the
//! other, and a target whose rows are replaced every night.

use std::ffi::OsStr;
use std::path::{Path, PathBuf};

use pg_anon_e2e::{Database, Output, assert_same_dump, dictionary, pg_anon, server, temp_dir};

/// Runs a dump with the shop's dictionary.
#[track_caller]
fn dump(source: &Database<'_>, mode: &str, archive: &Path, options: &[&str]) {
    dump_by(source, mode, &dictionary("shop.py"), archive, options);
}

#[track_caller]
fn dump_by(source: &Database<'_>, mode: &str, dictionary: &Path, archive: &Path, options: &[&str]) {
    let fixed: [&OsStr; 4] =
        ["--prepared-sens-dict-file".as_ref(), dictionary.as_ref(), "--output-dir".as_ref(), archive.as_ref()];
    source.pg_anon(mode, fixed.into_iter().chain(options.iter().map(OsStr::new))).expect_success();
}

fn restore(target: &Database<'_>, mode: &str, archive: &Path, options: &[&str]) -> Output {
    let fixed: [&OsStr; 2] = ["--input-dir".as_ref(), archive.as_ref()];
    target.pg_anon(mode, fixed.into_iter().chain(options.iter().map(OsStr::new)))
}

/// The same as another role.
fn restore_as(role: &str, target: &Database<'_>, mode: &str, archive: &Path, options: &[&str]) -> Output {
    let connection = target.server().connection_options();
    let mut arguments: Vec<String> = vec![mode.into()];
    // Host and port, without the user.
    arguments.extend_from_slice(&connection[..4]);
    arguments.extend(["-U", role, "-d", target.name(), "--input-dir"].map(str::to_owned));
    arguments.push(archive.display().to_string());
    arguments.extend(options.iter().map(|option| (*option).to_owned()));
    pg_anon(arguments)
}

/// A database whose owner is this role, so that it may make schemas.
fn database_of(role: &str) -> Database<'static> {
    let target = server().create_database("UTF8");
    target.sql(&format!("ALTER DATABASE {} OWNER TO {role}", target.name()));
    target
}

fn empty_dictionary(dir: &Path) -> PathBuf {
    let file = dir.join("empty.py");
    std::fs::write(&file, "{}").expect("a dictionary is written");
    file
}

fn count(database: &Database<'_>, what: &str) -> String {
    database.sql(&format!("SELECT count(*) FROM {what}"))
}

fn set_metadata(archive: &Path, set: impl FnOnce(&mut serde_json::Value)) {
    let file = archive.join("metadata.json");
    let mut metadata = serde_json::from_slice(&std::fs::read(&file).expect("it can be read")).expect("it is JSON");
    set(&mut metadata);
    std::fs::write(file, metadata.to_string()).expect("it can be written");
}

#[test]
fn structure_and_then_data_of_a_whole_dump_is_the_whole() {
    let source = server().create_database("UTF8");
    source.load_shop();
    let dir = temp_dir();
    let archive = dir.path().join("dump");
    dump(&source, "dump", &archive, &["--large-objects=keep", "--split-size=1", "-j3"]);
    let whole = server().create_database("UTF8");
    restore(&whole, "restore", &archive, &["-j3"]).expect_success();

    let apart = server().create_database("UTF8");
    restore(&apart, "sync-struct-restore", &archive, &["-j3"]).expect_success();
    assert_same_dump(&apart.schema_dump(), &whole.schema_dump());
    assert_eq!(count(&apart, "customer"), "0");
    assert_eq!(count(&apart, "pg_largeobject_metadata"), "0");
    assert_eq!(apart.sql("SELECT is_called FROM invoice_number"), "f");
    // The trigger of one table refuses all rows, and tables refer to each other.
    let output = restore(&apart, "sync-data-restore", &archive, &[]).expect_success();
    assert!(output.stdout.contains("Restored 9 tables"), "{output}");
    assert_same_dump(&apart.full_dump(), &whole.full_dump());
    assert_eq!(apart.sql("SELECT convert_from(lo_get(4711), 'UTF8')"), "content of a large object");
    assert_eq!(count(&apart, "pg_stats WHERE tablename = 'customer'"), "7", "it is analysed");
}

#[test]
fn restore_does_not_replace_rows_by_a_structure_alone() {
    let source = server().create_database("UTF8");
    source.load_shop();
    let dir = temp_dir();
    let structure = dir.path().join("structure");
    dump(&source, "sync-struct-dump", &structure, &[]);
    let before = source.full_dump();
    for replace in ["--clean-db", "--drop-db"] {
        let output = restore(&source, "restore", &structure, &[replace]).expect_code(1);
        assert!(output.stderr.contains("no data") && output.stderr.contains("sync-struct-restore"), "{output}");
        assert_same_dump(&source.full_dump(), &before);
    }
    // Nothing can be lost in an empty one.
    let target = server().create_database("UTF8");
    restore(&target, "restore", &structure, &[]).expect_success();
    restore(&target, "sync-struct-restore", &structure, &["--clean-db"]).expect_success();
}

#[test]
fn a_dump_of_the_structure_and_one_of_the_data_make_the_whole() {
    let source = server().create_database("UTF8");
    source.load_shop();
    let dir = temp_dir();
    let (structure, data) = (dir.path().join("structure"), dir.path().join("data"));
    dump(&source, "sync-struct-dump", &structure, &[]);
    dump(&source, "sync-data-dump", &data, &[]);
    let target = server().create_database("UTF8");
    // An archive that has less than is asked for says so.
    let output = restore(&target, "restore", &data, &[]).expect_code(1);
    assert!(output.stderr.contains("no structure") && output.stderr.contains("sync-data-restore"), "{output}");
    let output = restore(&target, "sync-struct-restore", &data, &[]).expect_code(1);
    assert!(output.stderr.contains("no structure"), "{output}");
    let output = restore(&target, "sync-data-restore", &structure, &[]).expect_code(1);
    assert!(output.stderr.contains("no data"), "{output}");
    let output = restore(&target, "sync-data-restore", &data, &[]).expect_code(1);
    assert!(output.stderr.contains("public.customer") && output.stderr.contains("sync-struct-restore"), "{output}");

    restore(&target, "sync-struct-restore", &structure, &[]).expect_success();
    restore(&target, "sync-data-restore", &data, &[]).expect_success();
    for table in ["stock.product", "orders", "order_line", "department", "event", "best_customer", "order_total"] {
        let rows = format!("SELECT * FROM {table} ORDER BY 1, 2");
        assert_eq!(target.sql(&rows), source.sql(&rows), "{table}");
    }
    assert_eq!(count(&target, "customer WHERE name LIKE '%Secret%'"), "0");
    let output = restore(&target, "sync-data-restore", &data, &[]).expect_code(1);
    assert!(output.stderr.contains("hold rows") && output.stderr.contains("--clean-db"), "{output}");
    assert_eq!(count(&target, "customer"), "2000");
    restore(&target, "sync-data-restore", &data, &["--clean-db"]).expect_success();
    assert_eq!(count(&target, "customer"), "2000");
}

/// Tables that refer to each other in a circle and to themselves, partitions on both sides of a foreign key, a trigger that
/// refuses rows and one that fires for everybody, row security that holds for owners, a materialised view on a view.
const NIGHTLY: &str = "
    CREATE TABLE team (id integer PRIMARY KEY, name text NOT NULL, head integer);
    CREATE TABLE person (
        id integer GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
        team integer NOT NULL REFERENCES team,
        boss integer REFERENCES person,
        name text NOT NULL,
        initial text GENERATED ALWAYS AS (left(name, 1)) STORED
    );
    ALTER TABLE team ADD CONSTRAINT head_of_team FOREIGN KEY (head) REFERENCES person DEFERRABLE INITIALLY DEFERRED;
    COMMENT ON CONSTRAINT head_of_team ON team IS 'Who leads.';
    CREATE TABLE work (id integer, year integer, person integer REFERENCES person, PRIMARY KEY (year, id)) PARTITION BY LIST (year);
    CREATE TABLE work_2025 PARTITION OF work FOR VALUES IN (2025);
    CREATE TABLE work_2026 PARTITION OF work FOR VALUES IN (2026);
    CREATE TABLE note (id serial PRIMARY KEY, year integer, work integer, body text, FOREIGN KEY (year, work) REFERENCES work (year, id));
    CREATE INDEX ON note (body);
    CREATE TABLE secret (id integer PRIMARY KEY, body text);
    ALTER TABLE secret ENABLE ROW LEVEL SECURITY;
    ALTER TABLE secret FORCE ROW LEVEL SECURITY;
    CREATE VIEW people AS SELECT t.name AS team, p.name FROM person p JOIN team t ON t.id = p.team;
    CREATE MATERIALIZED VIEW team_size AS SELECT team, count(*) AS size FROM people GROUP BY team;
    CREATE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE EXCEPTION 'not by hand'; END $$;
    CREATE TRIGGER refuse BEFORE INSERT ON note FOR EACH ROW EXECUTE FUNCTION refuse();
    CREATE TRIGGER refuse_work BEFORE INSERT ON work FOR EACH ROW EXECUTE FUNCTION refuse();
    CREATE TRIGGER always BEFORE INSERT OR TRUNCATE ON secret FOR EACH STATEMENT EXECUTE FUNCTION refuse();";

/// The rows of the first night, put in before the triggers are on.
const FIRST_NIGHT: &str = "
    ALTER TABLE note DISABLE TRIGGER USER; ALTER TABLE work DISABLE TRIGGER USER; ALTER TABLE secret DISABLE TRIGGER USER;
    BEGIN;
    INSERT INTO team SELECT n, 'team ' || n, n FROM generate_series(1, 5) AS n;
    INSERT INTO person (team, boss, name) SELECT n % 5 + 1, nullif(n / 2, 0), 'Secret-' || n FROM generate_series(1, 100) AS n;
    COMMIT;
    INSERT INTO work SELECT n, 2025 + n % 2, n % 100 + 1 FROM generate_series(1, 500) AS n;
    INSERT INTO note (year, work, body) SELECT 2025 + n % 2, n, md5(n::text) FROM generate_series(1, 500) AS n;
    INSERT INTO secret SELECT n, 'Secret' FROM generate_series(1, 10) AS n;
    REFRESH MATERIALIZED VIEW team_size;
    ALTER TABLE note ENABLE TRIGGER USER; ALTER TABLE work ENABLE TRIGGER USER; ALTER TABLE secret ENABLE ALWAYS TRIGGER always;";

const MASK_NAMES: &str = r#"{"dictionary": [{"schema": "public", "table": "person", "fields": {"name": "md5(name)"}},
                                            {"schema": "public", "table": "secret", "fields": {"body": "'***'"}}]}"#;

#[test]
fn a_target_is_refreshed_every_night_by_an_owner_and_by_a_superuser() {
    let source = server().create_database("UTF8");
    source.sql("CREATE EXTENSION pg_anon");
    source.sql(NIGHTLY);
    source.sql(FIRST_NIGHT);
    let dir = temp_dir();
    let dictionary = dir.path().join("names.json");
    std::fs::write(&dictionary, MASK_NAMES).expect("a dictionary is written");
    let dumped = |name: &str, mode: &str| {
        let archive = dir.path().join(name);
        dump_by(&source, mode, &dictionary, &archive, &[]);
        archive
    };
    let structure = dumped("structure", "sync-struct-dump");
    let first = dumped("first", "sync-data-dump");
    source.sql(
        "ALTER TABLE note DISABLE TRIGGER USER; ALTER TABLE work DISABLE TRIGGER USER;
         DELETE FROM note WHERE id > 100; DELETE FROM work WHERE id > 100;
         UPDATE person SET name = 'Secret-again-' || id; UPDATE team SET head = head + 5;
         INSERT INTO person (team, boss, name) SELECT 1, 1, 'Secret-new-' || n FROM generate_series(1, 50) AS n;
         INSERT INTO work VALUES (10001, 2026, 101);
         ALTER TABLE note ENABLE TRIGGER USER; ALTER TABLE work ENABLE TRIGGER USER;
         REFRESH MATERIALIZED VIEW team_size",
    );
    let second = dumped("second", "sync-data-dump");
    // A night on which somebody masks one side of a foreign key only.
    std::fs::write(
        &dictionary,
        r#"{"dictionary": [{"schema": "public", "table": "work", "fields": {"person": "person + 987654"}}]}"#,
    )
    .expect("a dictionary is written");
    let broken = dumped("broken", "sync-data-dump");

    let owner = server().create_role("LOGIN");
    for role in [owner.as_str(), "postgres"] {
        let target = database_of(role);
        restore_as(role, &target, "sync-struct-restore", &structure, &[]).expect_success();
        let before = target.schema_dump();
        let indexes =
            "SELECT oid FROM pg_class WHERE relkind IN ('i', 'I') AND relnamespace = 'public'::regnamespace ORDER BY 1";
        let made = target.sql(indexes);
        restore_as(role, &target, "sync-data-restore", &first, &[]).expect_success();
        assert_eq!(target.sql("SELECT count(*) FROM person WHERE name LIKE 'Secret%'"), "0");
        assert_eq!(count(&target, "work"), "500");

        restore_as(role, &target, "sync-data-restore", &second, &["--clean-db"]).expect_success();
        for (table, columns) in [
            ("team", "*"),
            ("person", "id, team, boss, md5(name)"),
            ("work_2025", "*"),
            ("work_2026", "*"),
            ("note", "*"),
            ("team_size", "*"),
        ] {
            let masked = format!("SELECT {columns} FROM {table} ORDER BY 1, 2");
            let there = format!("SELECT {} FROM {table} ORDER BY 1, 2", columns.replace("md5(name)", "name"));
            assert_eq!(target.sql(&there), source.sql(&masked), "{table} by {role}");
        }
        assert_eq!(target.sql("SELECT DISTINCT body FROM secret"), "***");
        assert_eq!(target.sql("SELECT nextval('person_id_seq'), nextval('note_id_seq')"), "151|501");
        assert_same_dump(&target.schema_dump(), &before);
        assert_eq!(target.sql(indexes), made, "the indexes stay");
        assert_eq!(count(&target, "pg_constraint WHERE contype = 'f' AND NOT convalidated"), "0");
        let error = target.psql("INSERT INTO note (body) VALUES ('x')").expect_err("the trigger is on");
        assert!(error.message.contains("not by hand"), "{error}");

        let rows = target.full_dump();
        let output = restore_as(role, &target, "sync-data-restore", &broken, &["--clean-db"]).expect_code(1);
        assert!(
            output.stderr.contains("work_person_fkey") && output.stderr.contains("no rows were replaced"),
            "{output}"
        );
        assert!(!output.stderr.contains("9876"), "{output}");
        // All but the two values taken from the sequences.
        assert_same_dump(&target.full_dump(), &rows);
    }
}

#[test]
fn rows_that_tables_outside_the_dump_refer_to_are_not_replaced() {
    let source = server().create_database("UTF8");
    source
        .sql("CREATE EXTENSION pg_anon; CREATE TABLE item (id integer PRIMARY KEY); INSERT INTO item VALUES (1), (2)");
    let dir = temp_dir();
    let archive = dir.path().join("dump");
    dump_by(&source, "dump", &empty_dictionary(dir.path()), &archive, &[]);
    let target = server().create_database("UTF8");
    restore(&target, "restore", &archive, &[]).expect_success();
    target.sql(
        "CREATE TABLE \"Rating\" (item integer CONSTRAINT of_item REFERENCES item); INSERT INTO \"Rating\" VALUES (2)",
    );
    let before = target.full_dump();
    let output = restore(&target, "sync-data-restore", &archive, &["--clean-db"]).expect_code(1);
    assert!(output.stderr.contains("of_item of public.\"Rating\""), "{output}");
    assert_same_dump(&target.full_dump(), &before);
}

#[test]
fn rows_in_another_encoding_than_the_targets_are_replaced() {
    let source = server().create_database("LATIN1");
    source.sql(
        "CREATE EXTENSION pg_anon;
         CREATE TABLE \"Größe\" (id integer PRIMARY KEY, \"Länge\" text);
         INSERT INTO \"Größe\" VALUES (1, 'für Übergrößen'), (2, NULL), (3, '\\N')",
    );
    let dir = temp_dir();
    let archive = dir.path().join("dump");
    dump_by(&source, "dump", &empty_dictionary(dir.path()), &archive, &["-Z0"]);
    let target = server().create_database("UTF8");
    restore(&target, "restore", &archive, &[]).expect_success();
    let rows = "SELECT * FROM \"Größe\" ORDER BY 1";
    assert_eq!(target.sql(rows), source.sql(rows));
    target.sql("UPDATE \"Größe\" SET \"Länge\" = 'x'");
    restore(&target, "sync-data-restore", &archive, &["--clean-db"]).expect_success();
    assert_eq!(target.sql(rows), source.sql(rows));
}

#[test]
fn the_dumps_of_checks_are_restored_without_what_they_lack() {
    let source = server().create_database("UTF8");
    source.load_shop();
    let dir = temp_dir();
    let archive = dir.path().join("dump");
    dump(&source, "dump", &archive, &[]);
    set_metadata(&archive, |metadata| metadata["dbg_stage_3_validate_full"] = true.into());
    let target = server().create_database("UTF8");
    restore(&target, "restore", &archive, &[]).expect_success();
    assert_eq!(count(&target, "customer"), "2000");
    assert_eq!(count(&target, "pg_index WHERE indrelid = 'customer'::regclass"), "0", "no index");
    assert_eq!(count(&target, "pg_stats WHERE tablename = 'customer'"), "0", "no statistics");

    set_metadata(&archive, |metadata| {
        metadata["dbg_stage_3_validate_full"] = false.into();
        metadata["dbg_stage_2_validate_data"] = true.into();
    });
    target.sql("TRUNCATE customer, orders, order_line, stock.product, stock.warehouse, staff, department, event");
    restore(&target, "restore", &archive, &[]).expect_success();
    assert_eq!(count(&target, "customer"), "2000");
    assert_eq!(count(&target, "pg_index WHERE indrelid = 'customer'::regclass"), "0", "the structure is as it was");
}

#[test]
fn rows_that_policies_hide_from_the_owner_himself_were_not_counted_and_set_no_sequence() {
    let source = server().create_database("UTF8");
    source.sql(
        "CREATE EXTENSION pg_anon;
         CREATE TABLE guarded (id serial PRIMARY KEY, who text) PARTITION BY RANGE (id);
         CREATE TABLE guarded_1 PARTITION OF guarded DEFAULT;
         CREATE TABLE \"Al\"\"one\" (id serial PRIMARY KEY, who text);
         INSERT INTO guarded (who) VALUES ('ann'), ('bob'); INSERT INTO \"Al\"\"one\" VALUES (7, 'ann');
         ALTER TABLE guarded ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
         ALTER TABLE guarded_1 ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
         ALTER TABLE \"Al\"\"one\" ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
         CREATE POLICY own ON guarded USING (who = current_user)",
    );
    let dir = temp_dir();
    let archive = dir.path().join("dump");
    dump_by(&source, "dump", &empty_dictionary(dir.path()), &archive, &[]);
    let owner = server().create_role("LOGIN");
    let target = database_of(&owner);
    let forced = "SELECT count(*) FROM pg_class WHERE relforcerowsecurity AND relrowsecurity";
    let next = "SELECT nextval('guarded_id_seq'), nextval(pg_get_serial_sequence('\"Al\"\"one\"', 'id'))";
    for (mode, options) in [
        ("restore", &["--seq-init-by-max-value"][..]),
        ("sync-data-restore", &["--seq-init-by-max-value", "--clean-db"]),
    ] {
        let output = restore_as(&owner, &target, mode, &archive, options).expect_success();
        assert!(!output.stderr.contains("WARN"), "{output}");
        assert_eq!([target.sql(forced), target.sql(next)], ["3", "3|8"], "{mode}");
    }
    set_metadata(&archive, |metadata| {
        for file in metadata["files"].as_object_mut().expect("files").values_mut() {
            if file["table"] == "guarded_1" {
                file["rows"] = "3".into();
            }
        }
    });
    // COPY counts the rows, and where pg_restore loads them they are counted afterwards.
    for (options, expected) in [
        (&["--clean-db"][..], "TABLE DATA public.guarded_1: it gets 2 rows instead of 3"),
        (&["--clean-db", "--pg-restore-options=-e"], "public.guarded_1 has 2 rows instead of 3"),
    ] {
        let output = restore_as(&owner, &target, "restore", &archive, options).expect_code(1);
        assert!(output.stderr.contains(expected), "{output}");
        assert_eq!(target.sql(forced), "3");
    }
}

#[test]
fn rows_that_are_missing_after_a_restore_are_told_by_table() {
    let source = server().create_database("UTF8");
    source.load_shop();
    let dir = temp_dir();
    let archive = dir.path().join("dump");
    dump(&source, "dump", &archive, &[]);
    set_metadata(&archive, |metadata| {
        for file in metadata["files"].as_object_mut().expect("files").values_mut() {
            if file["table"] == "orders" {
                file["rows"] = "3001".into();
            }
        }
    });
    let target = server().create_database("UTF8");
    let output = restore(&target, "restore", &archive, &["--pg-restore-options=-e"]).expect_code(1);
    assert!(output.stderr.contains("public.orders has 3,000 rows instead of 3001"), "{output}");
    let output = restore(&target, "restore", &archive, &["--clean-db"]).expect_code(1);
    for named in ["TABLE DATA public.orders: it gets 3,000 rows instead of 3001", "and not those of public.orders"] {
        assert!(output.stderr.contains(named), "{output}");
    }
    let output = restore(&target, "sync-data-restore", &archive, &["--clean-db"]).expect_code(1);
    assert!(output.stderr.contains("public.orders got 3,000 rows instead of 3001"), "{output}");
}
