//! Plain dumps: SQL scripts to a file or to stdout, for psql.

use std::ffi::OsStr;
use std::io::Read as _;
use std::path::{Path, PathBuf};

use pg_anon_e2e::{
    Database, Gate, Output, Running, assert_same_dump, dictionary, normalise_dump, pg_anon_command, run, server,
    temp_dir, wait_until,
};

fn dump(source: &Database<'_>, mode: &str, dictionary: &Path, options: &[&str]) -> Output {
    let fixed: [&OsStr; 2] = ["--prepared-sens-dict-file".as_ref(), dictionary.as_ref()];
    source.pg_anon(mode, fixed.into_iter().chain(options.iter().map(OsStr::new)))
}

/// A dictionary of this text.
fn rules(dir: &Path, text: &str) -> PathBuf {
    let file = dir.join("rules.json");
    std::fs::write(&file, text).expect("a dictionary is written");
    file
}

/// What psql makes of a script, without being told to stop at errors.
fn psql(target: &Database<'_>, script: &str) -> Output {
    let mut psql = server().program("psql");
    psql.args(["-Xq", "-d", target.name()]);
    run(&mut psql, script.as_bytes())
}

fn count(database: &Database<'_>, what: &str) -> String {
    database.sql(&format!("SELECT count(*) FROM {what}"))
}

#[test]
fn a_script_without_rules_is_the_one_that_pg_dump_writes() {
    let source = server().create_database("UTF8");
    source.load_shop();
    let dir = temp_dir();
    let no_rules = rules(dir.path(), "{}");
    for (ours, pg_dump_s) in [
        (&["--format=plain", "--large-objects=keep"][..], &[][..]),
        (&["-Fp", "--large-objects=keep", "-O", "-x", "--no-comments"], &["-O", "-x", "--no-comments"]),
    ] {
        let output = dump(&source, "dump", &no_rules, ours).expect_success();
        assert!(output.stderr.contains("Dumped 9 tables to stdout"), "{output}");
        let expected = source.pg_dump(pg_dump_s).expect_success().stdout;
        // Not even the order of the rows differs, but for the extension.
        assert_same_dump(&normalise_dump(&output.stdout), &normalise_dump(&expected));
    }
    for (mode, options, pg_dump_s) in [
        ("sync-struct-dump", &["-Fp"][..], &["--schema-only"][..]),
        ("sync-data-dump", &["-Fp", "--large-objects=keep"], &["--data-only"]),
    ] {
        let output = dump(&source, mode, &no_rules, options).expect_success();
        let expected = source.pg_dump(pg_dump_s).expect_success().stdout;
        let sorted = |dump: &str| {
            // pg_dump takes another order where foreign keys go in a circle.
            let dump = normalise_dump(dump);
            let mut entries: Vec<String> = dump.split("\n--\n-- ").map(|entry| entry.trim_end().to_owned()).collect();
            entries.sort();
            entries.join("\n--\n-- ").replace("\n--\n-- PostgreSQL database dump complete\n--", "")
        };
        assert_same_dump(&sorted(&output.stdout), &sorted(&expected));
    }
}

#[test]
fn a_masked_script_goes_through_psql_and_makes_what_the_archive_makes() {
    let source = server().create_database("UTF8");
    source.load_shop();
    let dir = temp_dir();
    let shop = dictionary("shop.py");
    let archive = dir.path().join("archive");
    dump(&source, "dump", &shop, &["--output-dir", archive.to_str().expect("UTF-8")]).expect_success();
    let expected = server().create_database("UTF8");
    expected.pg_restore(&archive, [""; 0]).expect_success();
    let file = dir.path().join("shop.sql");
    dump(&source, "dump", &shop, &["-Fp", "--file", file.to_str().expect("UTF-8")]).expect_success();
    let from_stdout = dump(&source, "dump", &shop, &["--format", "p", "-f", "-"]).expect_success().stdout;
    for script in [std::fs::read_to_string(&file).expect("the script is there"), from_stdout] {
        assert!(!script.contains("Secret-") && !script.contains("pg_anon-rows"), "something was left in the script");
        let target = server().create_database("UTF8");
        assert_eq!(psql(&target, &script).expect_success().stderr, "");
        for database in [&expected, &target] {
            // Random in each dump.
            database.sql("UPDATE customer SET phone = ''; UPDATE staff SET name = ''");
        }
        assert_same_dump(&target.full_dump(), &expected.full_dump());
    }
    let mode = std::os::unix::fs::PermissionsExt::mode(&std::fs::metadata(&file).expect("a file").permissions());
    assert_eq!(mode & 0o777, 0o600);
}

#[test]
fn a_script_that_breaks_off_fails_in_psql_and_leaves_no_rows_of_the_broken_table() {
    let source = server().create_database("UTF8");
    source.sql(
        "CREATE EXTENSION pg_anon;
         CREATE TABLE a_whole AS SELECT n AS id, 'Secret-' || n AS name FROM generate_series(1, 100) AS n;
         CREATE TABLE b_breaks AS SELECT n AS id, 'Secret-' || n AS name FROM generate_series(1, 200000) AS n",
    );
    let dir = temp_dir();
    let breaking = rules(
        dir.path(),
        r#"{"dictionary": [{"schema": "public", "table": "a_whole", "fields": {"name": "''"}},
                           {"schema": "public", "table": "b_breaks", "fields": {"name": "(1 / (id - 199999))::text"}}]}"#,
    );
    let output = dump(&source, "dump", &breaking, &["-Fp"]).expect_code(1);
    assert!(output.stderr.contains("b_breaks"), "{output}");
    assert!(output.stdout.len() > 100_000 && !output.stdout.contains("Secret"), "rows went out before the error came");
    let target = server().create_database("UTF8");
    let loaded = psql(&target, &output.stdout);
    assert_eq!(loaded.code(), Some(3), "{loaded}");
    assert!(loaded.stderr.contains("this dump is not whole"), "{loaded}");
    assert_eq!(count(&target, "a_whole"), "100");
    assert_eq!(count(&target, "b_breaks"), "0");

    // In one transaction nothing is left at all.
    let target = server().create_database("UTF8");
    let mut single = server().program("psql");
    single.args(["-Xq", "-1", "-d", target.name()]);
    assert_eq!(run(&mut single, output.stdout.as_bytes()).code(), Some(3));
    assert_eq!(count(&target, "pg_class WHERE relnamespace = 'public'::regnamespace"), "0");

    // Also before the first row.
    let wrong = rules(dir.path(), r#"{"dictionary": [{"schema": "public", "table": "none", "fields": {"a": "b"}}]}"#);
    let output = dump(&source, "dump", &wrong, &["-Fp"]).expect_code(1);
    assert_eq!(psql(&target, &output.stdout).code(), Some(3));

    // A file that was there stays, and nothing else is left.
    let folder = dir.path().join("scripts");
    std::fs::create_dir(&folder).expect("a folder is made");
    let file = folder.join("dump.sql");
    std::fs::write(&file, "older").expect("a file is written");
    let breaking = rules(
        dir.path(),
        r#"{"dictionary": [{"schema": "public", "table": "b_breaks", "fields": {"name": "(1 / (id - 199999))::text"}}]}"#,
    );
    dump(&source, "dump", &breaking, &["-Fp", "-f", file.to_str().expect("UTF-8")]).expect_code(1);
    assert_eq!(std::fs::read_to_string(&file).expect("the file is there"), "older");
    assert_eq!(std::fs::read_dir(&folder).expect("a folder").count(), 1);
    let no_rules = rules(dir.path(), "{}");
    dump(&source, "dump", &no_rules, &["-Fp", "-f", file.to_str().expect("UTF-8")]).expect_success();
    assert!(std::fs::read_to_string(&file).expect("the file is there").contains("COPY public.b_breaks"));
}

#[test]
fn a_script_that_a_signal_stops_fails_in_psql() {
    let source = server().create_database("UTF8");
    source.sql("CREATE EXTENSION pg_anon; CREATE TABLE t AS SELECT 1 AS id, 'x' AS name");
    let dir = temp_dir();
    let rule = serde_json::json!({"dictionary": [{"schema": "public", "table": "t", "fields": {"name": Gate::RULE}}]});
    let dictionary = rules(dir.path(), &rule.to_string());
    let gate = Gate::close(&source);
    let mut arguments = vec!["dump".to_owned(), "-Fp".to_owned()];
    arguments.extend(source.connection_options());
    arguments.extend(["--prepared-sens-dict-file".to_owned(), dictionary.display().to_string()]);
    let running = Running::start(&mut pg_anon_command(&arguments));
    wait_until("the dump waits at the gate", || gate.waiting() == 1);
    running.signal("TERM");
    let output = running.wait().expect_code(1);
    gate.open();
    let target = server().create_database("UTF8");
    assert_eq!(psql(&target, &output.stdout).code(), Some(3), "{output}");
    assert_eq!(count(&target, "t"), "0");
}

#[test]
fn what_a_script_has_and_has_not_is_told_even_when_only_errors_are() {
    let source = server().create_database("UTF8");
    source.sql("CREATE EXTENSION pg_anon; CREATE SCHEMA gone; CREATE TABLE gone.t (id integer); CREATE TABLE kept ()");
    let dir = temp_dir();
    let no_rules = rules(dir.path(), "{}");
    let output = dump(&source, "dump", &no_rules, &["-Fp", "-N", "gone", "--verbose=error"]).expect_success();
    assert!(output.stderr.contains("Dumped 1 table to stdout"), "{output}");
    assert!(output.stderr.contains("left out, schemas: gone") && !output.stderr.contains("WARN"), "{output}");
}

#[test]
fn a_script_is_compressed_when_that_is_asked_for() {
    let source = server().create_database("UTF8");
    source.sql("CREATE EXTENSION pg_anon; CREATE TABLE t AS SELECT generate_series(1, 1000) AS id");
    let dir = temp_dir();
    let no_rules = rules(dir.path(), "{}");
    let file = dir.path().join("dump.sql.gz");
    dump(&source, "dump", &no_rules, &["-Fp", "-Z9", "-f", file.to_str().expect("UTF-8")]).expect_success();
    let mut script = String::new();
    let compressed = std::fs::File::open(&file).expect("the script is there");
    flate2::read::MultiGzDecoder::new(compressed).read_to_string(&mut script).expect("it is of gzip");
    let target = server().create_database("UTF8");
    assert_eq!(psql(&target, &script).expect_success().stderr, "");
    assert_eq!(count(&target, "t"), "1000");
}

#[test]
fn options_that_do_not_go_with_the_format_are_refused() {
    let source = server().create_database("UTF8");
    source.sql("CREATE EXTENSION pg_anon");
    let dir = temp_dir();
    let no_rules = rules(dir.path(), "{}");
    let folder = dir.path().join("dump").display().to_string();
    for (options, named) in [
        (&["--format=c"][..], "directory and plain"),
        (&["-Ft"], "directory and plain"),
        (&["--format=sql"], "directory (d) and plain (p)"),
        (&["-Fp", "--output-dir", &folder], "--file"),
        (&["-Fp", "--clear-output-dir"], "--file"),
        (&["-Fd", "-f", "-"], "--format=plain"),
        (&["-Fp", "--compress=server-gzip"], "for archives"),
        (&["-f", &folder, "--output-dir", &folder], "both"),
    ] {
        let output = dump(&source, "dump", &no_rules, options).expect_code(2);
        assert!(output.stderr.contains(named), "{options:?}: {output}");
    }
    let output = dump(&source, "dump", &no_rules, &["-Fp", "-f", dir.path().to_str().expect("UTF-8")]).expect_code(1);
    assert!(output.stderr.contains("is a folder"), "{output}");
    // As in pg_dump, the file of a directory dump is its folder.
    dump(&source, "dump", &no_rules, &["-Fd", "-f", &folder]).expect_success();
    assert!(Path::new(&folder).join("toc.dat").exists());
}
