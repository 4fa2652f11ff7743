//! A database made to go wrong, dumped with an empty dictionary and restored by plain pg_restore: all of it must come back.

use std::path::{Path, PathBuf};
use std::sync::OnceLock;

use pg_anon_e2e::{Database, assert_same_dump, normalise_dump, run, server, temp_dir};

fn data(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("data").join(name)
}

/// Gives the server's installation the extension that the database wants.
fn install_extension() {
    static INSTALLED: OnceLock<()> = OnceLock::new();
    INSTALLED.get_or_init(|| {
        let share = run(server().program("pg_config").arg("--sharedir"), b"").expect_success().stdout;
        for file in ["hostile_extension.control", "hostile_extension--1.0.sql"] {
            std::fs::copy(data(file), Path::new(share.trim_end()).join("extension").join(file))
                .expect("a file is copied");
        }
    });
}

fn hostile_database(encoding: &str) -> Database<'static> {
    install_extension();
    let database = server().create_database(encoding);
    let script = std::fs::read_to_string(data("hostile.sql")).expect("hostile.sql can be read");
    database.sql(&script);
    database
}

/// Dumps with a dictionary that says nothing, and gives the folder.
fn dump(source: &Database<'_>, dir: &Path, options: &[&str]) -> PathBuf {
    source.sql("CREATE EXTENSION IF NOT EXISTS pg_anon");
    let dictionary = dir.join("empty.py");
    std::fs::write(&dictionary, "{}").expect("a dictionary is written");
    let archive = dir.join("dump");
    let options = options.iter().map(Into::into);
    let fixed = [
        "--prepared-sens-dict-file".into(),
        dictionary.into_os_string(),
        "--output-dir".into(),
        archive.clone().into(),
    ];
    source.pg_anon("dump", fixed.into_iter().chain(options)).expect_success();
    archive
}

fn restored(archive: &Path, encoding: &str, options: &[&str]) -> Database<'static> {
    let target = server().create_database(encoding);
    let restore = target.pg_restore(archive, options).expect_success();
    assert_eq!(restore.stderr, "", "pg_restore has nothing to complain of");
    target
}

/// A dump in the database's own encoding, so that bytes are compared and not what a conversion makes of them.
fn dump_without_large_objects(database: &Database<'_>) -> String {
    normalise_dump(&database.pg_dump(["--no-blobs"]).expect_success().stdout)
}

fn comes_back_whole(encoding: &str, more: &str) {
    let source = hostile_database(encoding);
    source.sql(more);
    let dir = temp_dir();
    let archive = dump(&source, dir.path(), &["-j3"]);
    let target = restored(&archive, encoding, &[]);
    assert_same_dump(&dump_without_large_objects(&target), &dump_without_large_objects(&source));
    assert_eq!(target.sql("SELECT count(*) FROM pg_largeobject_metadata"), "0", "large objects are left out");
}

#[test]
fn a_hostile_utf8_database_comes_back_whole() {
    comes_back_whole(
        "UTF8",
        r#"CREATE SCHEMA "Ω Привет 日本 🐘";
           CREATE TABLE "Ω Привет 日本 🐘"."👩 é⃝" ("ﷺ" text, U&"\202Eright to left" integer);
           INSERT INTO "Ω Привет 日本 🐘"."👩 é⃝" VALUES (U&'\+01F418\200B\FEFF\FFFD', 1);
           CREATE SEQUENCE "Ω Привет 日本 🐘"."序列 🐘";
           SELECT nextval('"Ω Привет 日本 🐘"."序列 🐘"');"#,
    );
}

#[test]
fn a_hostile_latin1_database_comes_back_whole() {
    // Every character that the encoding has, in values and in a name.
    comes_back_whole(
        "LATIN1",
        "DO $do$ BEGIN
             EXECUTE format('CREATE TABLE public.%I (%I text)', (SELECT string_agg(chr(n), '') FROM generate_series(160, 222) AS n),
                            (SELECT string_agg(chr(n), '') FROM generate_series(193, 255) AS n));
             EXECUTE format('INSERT INTO public.%I VALUES (%L)', (SELECT string_agg(chr(n), '') FROM generate_series(160, 222) AS n),
                            (SELECT string_agg(chr(n), '') FROM generate_series(1, 255) AS n));
         END $do$",
    );
}

#[test]
fn a_hostile_sql_ascii_database_comes_back_whole_with_bytes_that_are_no_utf8() {
    comes_back_whole(
        "SQL_ASCII",
        r"CREATE TABLE public.bytes (id integer, value text, rest varchar(3));
          INSERT INTO public.bytes VALUES (1, E'\xff\xfe\x80\xc3', E'\xe9\xe8\xe7'), (2, E'\xc3\xa9\xf0\x9f', E'\x80');",
    );
}

#[test]
fn names_of_a_sql_ascii_database_that_are_no_utf8_come_back_or_stop_the_dump() {
    let source = server().create_database("SQL_ASCII");
    source.sql(
        r"CREATE EXTENSION pg_anon;
          DO $do$ BEGIN
              EXECUTE format('CREATE TABLE public.%I (%I text)', E'latin \xe9', E'column \xe8');
              EXECUTE format('INSERT INTO public.%I VALUES (%L)', E'latin \xe9', E'\xe7');
          END $do$",
    );
    let dir = temp_dir();
    let dictionary = dir.path().join("empty.py");
    std::fs::write(&dictionary, "{}").expect("a dictionary is written");
    let archive = dir.path().join("dump");
    let output = source.pg_anon(
        "dump",
        ["--prepared-sens-dict-file".as_ref(), dictionary.as_os_str(), "--output-dir".as_ref(), archive.as_os_str()],
    );
    if output.succeeded() {
        let target = restored(&archive, "SQL_ASCII", &[]);
        let rows = |database: &Database<'_>| {
            database.sql(r"SELECT encode(relname::text::bytea, 'hex') FROM pg_class WHERE relname LIKE 'latin%'")
        };
        assert_eq!(rows(&target), rows(&source));
        assert_same_dump(&dump_without_large_objects(&target), &dump_without_large_objects(&source));
    } else {
        let output = output.expect_code(1);
        assert!(output.stderr.contains("latin"), "the table is named: {output}");
        assert!(!archive.exists());
    }
}

#[test]
fn large_objects_are_kept_when_that_is_asked_for() {
    let source = hostile_database("UTF8");
    let dir = temp_dir();
    let archive = dump(&source, dir.path(), &["--large-objects=keep"]);
    let target = restored(&archive, "UTF8", &[]);
    assert_same_dump(&target.full_dump(), &source.full_dump());
    let content = "SELECT loid, pageno, md5(data) FROM pg_largeobject ORDER BY 1, 2";
    assert_eq!(target.sql(content), source.sql(content));
}

#[test]
fn large_objects_are_emptied_when_that_is_asked_for() {
    let source = hostile_database("UTF8");
    let dir = temp_dir();
    let archive = dump(&source, dir.path(), &["--large-objects=empty"]);
    let target = restored(&archive, "UTF8", &[]);
    assert_same_dump(&dump_without_large_objects(&target), &dump_without_large_objects(&source));
    let objects = "SELECT m.oid, m.lomowner::regrole, m.lomacl, obj_description(m.oid, 'pg_largeobject') \
                   FROM pg_largeobject_metadata AS m ORDER BY 1";
    assert_eq!(target.sql(objects), source.sql(objects));
    assert_eq!(target.sql(objects).lines().count(), 3);
    assert_eq!(target.sql("SELECT count(*) FROM pg_largeobject"), "0");
}

#[test]
fn a_table_partitioned_by_the_hash_of_an_enum_keeps_its_rows() {
    // The labels get other numbers in the new database, so the rows belong to other partitions there.
    let source = server().create_database("UTF8");
    source.sql(
        "CREATE TYPE mood AS ENUM ('sad', 'ok', 'happy', 'glad', 'mad', 'wild');
         CREATE TABLE hashed (mood mood, n integer) PARTITION BY HASH (mood);
         CREATE TABLE hashed_0 PARTITION OF hashed FOR VALUES WITH (MODULUS 3, REMAINDER 0) PARTITION BY LIST (n);
         CREATE TABLE hashed_0_rest PARTITION OF hashed_0 DEFAULT;
         CREATE TABLE hashed_1 PARTITION OF hashed FOR VALUES WITH (MODULUS 3, REMAINDER 1);
         CREATE TABLE hashed_2 PARTITION OF hashed FOR VALUES WITH (MODULUS 3, REMAINDER 2);
         INSERT INTO hashed SELECT (enum_range(NULL::mood))[n % 6 + 1], n FROM generate_series(1, 60) AS n",
    );
    let dir = temp_dir();
    let archive = dump(&source, dir.path(), &[]);
    for (index, options) in [&[][..], &["-j4"]].into_iter().enumerate() {
        // Types made before give the labels other numbers, whichever the first try had.
        let target = server().create_database("UTF8");
        target.sql(&format!(
            "CREATE TYPE other AS ENUM ({})",
            (0..=index).map(|n| format!("'{n}'")).collect::<Vec<_>>().join(", ")
        ));
        let restore = target.pg_restore(&archive, options).expect_success();
        assert_eq!(restore.stderr, "");
        let rows = "SELECT mood, n FROM hashed ORDER BY 1, 2";
        assert_eq!(target.sql(rows), source.sql(rows));
    }
}

#[test]
fn an_extensions_rows_are_restored_in_parallel_too() {
    install_extension();
    let source = server().create_database("UTF8");
    source.sql(
        "CREATE EXTENSION hostile_extension;
         INSERT INTO hostile_extension.settings SELECT n, repeat(md5(n::text), 50), false FROM generate_series(1, 2000) AS n;
         INSERT INTO hostile_extension.log (setting, entry) VALUES ('1', 'one'), ('2000', 'two')",
    );
    let dir = temp_dir();
    let archive = dump(&source, dir.path(), &[]);
    let target = restored(&archive, "UTF8", &["-j4"]);
    for table in ["settings", "log"] {
        let rows = format!("SELECT * FROM hostile_extension.{table} ORDER BY 1");
        assert_eq!(target.sql(&rows), source.sql(&rows), "{table}");
    }
}

#[test]
fn a_dump_of_nothing_restores_to_nothing() {
    let source = server().create_database("UTF8");
    let dir = temp_dir();
    let archive = dump(&source, dir.path(), &[]);
    let target = restored(&archive, "UTF8", &[]);
    assert_same_dump(&target.full_dump(), &source.full_dump());
}
