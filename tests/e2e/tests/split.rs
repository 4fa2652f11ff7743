//! Tables large enough to be copied in parts, each of which is an entry of its own in the archive: however the archive is
//! restored, each row comes back once, and what needs all rows of a table is made when they are there.

use std::path::{Path, PathBuf};
use std::sync::OnceLock;

use pg_anon_e2e::{Database, pg_anon, run, server, temp_dir};
use serde_json::Value;

/// Foreign keys between split tables, one on a masked column and one to its own table; rows in TOAST; partitions; rows that
/// were updated, so that there are dead ones between them; a table that is too small to be split.
const TABLES: &str = "
    CREATE TABLE customer (id integer PRIMARY KEY, email text NOT NULL UNIQUE, name text NOT NULL);
    CREATE TABLE purchase (
        id integer PRIMARY KEY,
        customer_email text NOT NULL REFERENCES customer (email),
        previous integer REFERENCES purchase (id),
        note text
    );
    CREATE INDEX ON purchase (customer_email);
    CREATE TABLE document (id integer PRIMARY KEY, purchase_id integer NOT NULL REFERENCES purchase (id), body text NOT NULL);
    ALTER TABLE document ALTER body SET STORAGE EXTERNAL;
    CREATE TABLE event (id integer NOT NULL, year integer NOT NULL, payload text, PRIMARY KEY (year, id)) PARTITION BY LIST (year);
    CREATE TABLE event_2023 PARTITION OF event FOR VALUES IN (2023);
    CREATE TABLE event_2024 PARTITION OF event FOR VALUES IN (2024);
    CREATE TABLE event_rest PARTITION OF event DEFAULT;
    CREATE INDEX ON event (payload);
    CREATE TABLE kind (id integer PRIMARY KEY, name text);
    CREATE MATERIALIZED VIEW busy AS SELECT customer_email, count(*) FROM purchase GROUP BY 1 HAVING count(*) > 1;

    INSERT INTO customer SELECT n, 'somebody' || n || '@example.com', repeat(md5(n::text), 4) FROM generate_series(1, 15000) AS n;
    INSERT INTO purchase
        SELECT n, 'somebody' || 1 + n * 7919 % 15000 || '@example.com', nullif(n / 2, 0), repeat(md5(n::text), 3)
        FROM generate_series(1, 25000) AS n;
    UPDATE purchase SET note = note || '!' WHERE id % 10 = 0;
    DELETE FROM purchase WHERE id > 24000;
    INSERT INTO document
        SELECT n, n, (SELECT string_agg(md5(n::text || m), '') FROM generate_series(1, 300) AS m) FROM generate_series(1, 400) AS n;
    INSERT INTO event
        SELECT n, CASE WHEN n % 50 = 0 THEN 1999 ELSE 2023 + n % 2 END, repeat(md5(n::text), 5) FROM generate_series(1, 30000) AS n;
    INSERT INTO kind SELECT n, 'kind ' || n FROM generate_series(1, 10) AS n;
    REFRESH MATERIALIZED VIEW busy;
    ANALYZE";

/// The referenced column and the one that references it get the same values.
const DICTIONARY: &str = r#"{"dictionary": [
    {"schema": "public", "table": "customer", "fields": {"email": "anon_funcs.digest(email, 'salt', 'sha256')"}},
    {"schema": "public", "table": "purchase", "fields": {"customer_email": "anon_funcs.digest(customer_email, 'salt', 'sha256')"}}
]}"#;

/// Each table, and its columns as they come out of the source masked.
const MASKED: [(&str, &str); 7] = [
    ("customer", "id, anon_funcs.digest(email, 'salt', 'sha256') AS email, name"),
    ("purchase", "id, anon_funcs.digest(customer_email, 'salt', 'sha256') AS customer_email, previous, note"),
    ("document", "*"),
    ("event_2023", "*"),
    ("event_2024", "*"),
    ("event_rest", "*"),
    ("kind", "*"),
];

/// The tables that are larger than a megabyte.
const SPLIT: [&str; 5] = ["customer", "purchase", "document", "event_2023", "event_2024"];

fn source() -> &'static Database<'static> {
    static SOURCE: OnceLock<Database<'static>> = OnceLock::new();
    SOURCE.get_or_init(|| {
        let source = server().create_database("UTF8");
        source.sql("CREATE EXTENSION pg_anon");
        source.sql(TABLES);
        source
    })
}

/// Dumps in parts of a megabyte.
fn dump(source: &Database<'_>, dir: &Path, dictionary: &str, options: &[&str]) -> PathBuf {
    let file = dir.join("dictionary.json");
    std::fs::write(&file, dictionary).expect("a dictionary is written");
    let archive = dir.join("dump");
    let fixed = ["--prepared-sens-dict-file".as_ref(), file.as_os_str(), "--output-dir".as_ref(), archive.as_os_str()];
    // Of an option that is given twice the last one counts.
    let options = ["--split-size=1", "-j4"].iter().chain(options).map(AsRef::as_ref);
    source.pg_anon("dump", fixed.into_iter().chain(options)).expect_success();
    archive
}

/// How many rows a table has, and a sum over them that tells rows that are missing, twice there or changed.
fn content(database: &Database<'_>, table: &str, columns: &str) -> String {
    database.sql(&format!(
        "SELECT count(*), md5(string_agg(md5(t::text), '' ORDER BY md5(t::text))) FROM (SELECT {columns} FROM ONLY {table}) AS t"
    ))
}

#[track_caller]
fn every_row_is_there_once(target: &Database<'_>) {
    for (table, columns) in MASKED {
        assert_eq!(content(target, table, "*"), content(source(), table, columns), "{table}");
    }
}

#[track_caller]
fn all_is_there_and_valid(target: &Database<'_>) {
    every_row_is_there_once(target);
    let indexes = "SELECT count(*) FROM pg_index AS i JOIN pg_class AS c ON c.oid = indexrelid
                   WHERE c.relnamespace = 'public'::regnamespace AND indisvalid AND indisready";
    assert_eq!(target.sql(indexes), source().sql(indexes));
    let constraints = "SELECT conrelid::regclass::text, conname, convalidated FROM pg_constraint
                       WHERE connamespace = 'public'::regnamespace AND conrelid <> 0 ORDER BY 1, 2";
    assert_eq!(target.sql(constraints), source().sql(constraints));
    // Whatever the catalog says of them.
    let orphans = "SELECT (SELECT count(*) FROM purchase WHERE customer_email NOT IN (SELECT email FROM customer))
                       + (SELECT count(*) FROM purchase WHERE previous NOT IN (SELECT id FROM purchase))
                       + (SELECT count(*) FROM document WHERE purchase_id NOT IN (SELECT id FROM purchase))";
    assert_eq!(target.sql(orphans), "0");
    // An index that was built too early lacks rows, and amcheck tells.
    let damaged = "CREATE EXTENSION IF NOT EXISTS amcheck;
                   SELECT count(bt_index_check(c.oid, true)) FROM pg_index AS i JOIN pg_class AS c ON c.oid = indexrelid
                   WHERE c.relnamespace = 'public'::regnamespace AND c.relkind = 'i'";
    target.sql(damaged);
    assert_eq!(content(target, "busy", "count"), content(source(), "busy", "count"), "the materialised view is filled");
}

#[track_caller]
fn restore(target: &Database<'_>, archive: &Path, options: &[&str]) {
    let restore = target.pg_restore(archive, options).expect_success();
    assert_eq!(restore.stderr, "", "pg_restore has nothing to complain of");
}

#[test]
fn metadata_tells_the_rows_of_each_part_and_their_sum_is_the_table() {
    let dir = temp_dir();
    let archive = dump(source(), dir.path(), DICTIONARY, &[]);
    let metadata: Value =
        serde_json::from_slice(&std::fs::read(archive.join("metadata.json")).expect("it can be read")).expect("JSON");
    let files = metadata["files"].as_object().expect("files");
    let mut total = 0;
    for (table, _) in MASKED {
        let parts: Vec<u64> = files
            .values()
            .filter(|file| file["table"] == table)
            .map(|file| file["rows"].as_str().and_then(|rows| rows.parse().ok()).expect("a number of rows"))
            .collect();
        assert_eq!(parts.len() > 1, SPLIT.contains(&table), "{table} is in {} parts", parts.len());
        let rows: u64 = source().sql(&format!("SELECT count(*) FROM {table}")).parse().expect("a number");
        assert_eq!(parts.iter().sum::<u64>(), rows, "{table}");
        total += rows;
    }
    assert_eq!(metadata["total_rows"], total);
    let list = run(server().program("pg_restore").arg("-l").arg(&archive), b"").expect_success().stdout;
    assert!(list.matches(" TABLE DATA public purchase ").count() > 1, "{list}");
}

#[test]
fn a_parallel_restore_loads_every_row_once_and_builds_on_all_of_them() {
    let dir = temp_dir();
    let archive = dump(source(), dir.path(), DICTIONARY, &[]);
    // What goes wrong here goes wrong by the order in which connections become free.
    for jobs in ["-j4", "-j4", "-j2", "-j8"] {
        let target = server().create_database("UTF8");
        restore(&target, &archive, &[jobs]);
        all_is_there_and_valid(&target);
    }
}

#[test]
fn a_serial_restore_and_one_in_a_single_transaction_are_whole() {
    let dir = temp_dir();
    let archive = dump(source(), dir.path(), DICTIONARY, &["--compress=none"]);
    for options in [&["-j1"][..], &["--single-transaction"]] {
        let target = server().create_database("UTF8");
        restore(&target, &archive, options);
        all_is_there_and_valid(&target);
    }
}

#[test]
fn pg_anon_restores_the_parts_over_several_connections() {
    let dir = temp_dir();
    let archive = dump(source(), dir.path(), DICTIONARY, &["--compress=gzip:9"]);
    let target = server().create_database("UTF8");
    target.pg_anon("restore", ["--input-dir".as_ref(), archive.as_os_str(), "-j4".as_ref()]).expect_success();
    all_is_there_and_valid(&target);
}

#[test]
fn data_that_the_server_compresses_is_whole() {
    let dir = temp_dir();
    let there = dump(source(), dir.path(), DICTIONARY, &["--compress=server-gzip", "-j2"]);
    pg_anon(["verify".as_ref(), there.as_os_str()]).expect_success();
    let target = server().create_database("UTF8");
    restore(&target, &there, &["-j2"]);
    all_is_there_and_valid(&target);
}

#[test]
fn the_script_that_pg_restore_writes_is_whole() {
    let dir = temp_dir();
    let archive = dump(source(), dir.path(), DICTIONARY, &[]);
    let script = run(server().program("pg_restore").args(["-f", "-"]).arg(&archive), b"").expect_success().stdout;
    let target = server().create_database("UTF8");
    target.sql(&script);
    all_is_there_and_valid(&target);
}

#[test]
fn sections_can_be_restored_one_by_one() {
    let dir = temp_dir();
    let archive = dump(source(), dir.path(), DICTIONARY, &[]);
    for jobs in ["-j1", "-j4"] {
        let target = server().create_database("UTF8");
        restore(&target, &archive, &["--section=pre-data", jobs]);
        restore(&target, &archive, &["--section=data", jobs]);
        every_row_is_there_once(&target);
        restore(&target, &archive, &["--section=post-data", jobs]);
        all_is_there_and_valid(&target);
    }
}

#[test]
fn data_alone_loads_into_a_structure_that_is_there() {
    // Over several connections, pg_restore switches a table's triggers on when one part is loaded and another is not.
    for (split, jobs) in [("--split-size=1", &["-j1"][..]), ("--split-size=0", &["-j1", "-j4", "-j4"])] {
        let dir = temp_dir();
        let archive = dump(source(), dir.path(), DICTIONARY, &[split]);
        for jobs in jobs {
            let target = server().create_database("UTF8");
            restore(&target, &archive, &["--schema-only"]);
            restore(&target, &archive, &["--data-only", "--disable-triggers", jobs]);
            target.sql("REFRESH MATERIALIZED VIEW busy");
            all_is_there_and_valid(&target);
        }
    }
}

#[test]
fn one_table_alone_comes_with_all_its_parts() {
    let dir = temp_dir();
    let archive = dump(source(), dir.path(), DICTIONARY, &[]);
    for (table, columns) in MASKED.into_iter().filter(|(table, _)| SPLIT.contains(table)) {
        for jobs in ["-j1", "-j4"] {
            let target = server().create_database("UTF8");
            restore(&target, &archive, &["-t", table, jobs]);
            assert_eq!(content(&target, table, "*"), content(source(), table, columns), "{table} {jobs}");
        }
    }
}

#[test]
fn a_configuration_table_of_an_extension_may_be_in_parts() {
    let share = run(server().program("pg_config").arg("--sharedir"), b"").expect_success().stdout;
    let folder = Path::new(share.trim_end()).join("extension");
    std::fs::write(folder.join("split_test.control"), "default_version = '1.0'\nrelocatable = true\n")
        .expect("written");
    std::fs::write(
        folder.join("split_test--1.0.sql"),
        "CREATE TABLE setting (id integer PRIMARY KEY, value text);
         SELECT pg_catalog.pg_extension_config_dump('setting', '');",
    )
    .expect("written");
    let source = server().create_database("UTF8");
    source.sql(
        "CREATE EXTENSION pg_anon;
         CREATE EXTENSION split_test;
         INSERT INTO setting SELECT n, repeat(md5(n::text), 5) FROM generate_series(1, 15000) AS n",
    );
    let dir = temp_dir();
    let archive = dump(&source, dir.path(), "{}", &[]);
    let list = run(server().program("pg_restore").arg("-l").arg(&archive), b"").expect_success().stdout;
    assert!(list.matches(" TABLE DATA public setting ").count() > 1, "{list}");
    for jobs in ["-j1", "-j4", "-j4"] {
        let target = server().create_database("UTF8");
        restore(&target, &archive, &[jobs]);
        assert_eq!(content(&target, "setting", "*"), content(&source, "setting", "*"));
    }
}

#[test]
fn a_compression_that_the_pg_dump_at_hand_does_not_have_is_refused_before_anything_is_written() {
    let version = run(server().program("pg_dump").arg("--version"), b"").expect_success().stdout;
    let version =
        version.trim_start_matches("pg_dump (PostgreSQL) ").split(['.', ' ', '\n']).next().unwrap_or_default();
    if version.parse::<u32>().expect("a version") >= 16 {
        return;
    }
    let source = server().create_database("UTF8");
    source.sql("CREATE EXTENSION pg_anon");
    let dir = temp_dir();
    let dictionary = dir.path().join("dictionary.json");
    std::fs::write(&dictionary, "{}").expect("a dictionary is written");
    let archive = dir.path().join("dump");
    let pg_dump = server().program("pg_dump").get_program().to_owned();
    for method in ["zstd", "lz4:3"] {
        let output = source.pg_anon(
            "dump",
            [
                "--prepared-sens-dict-file".as_ref(),
                dictionary.as_os_str(),
                "--output-dir".as_ref(),
                archive.as_os_str(),
                "--compress".as_ref(),
                method.as_ref(),
                "--pg-dump".as_ref(),
                pg_dump.as_os_str(),
            ],
        );
        let output = output.expect_code(2);
        for expected in [version, "16", &pg_dump.to_string_lossy()] {
            assert!(output.stderr.contains(expected), "{expected} is named: {output}");
        }
        assert_eq!(std::fs::read_dir(dir.path()).expect("a folder").count(), 1, "nothing but the dictionary");
    }
}
