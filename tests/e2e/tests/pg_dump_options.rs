//! pg_dump's own options: those that dumps take over, and those that are handed on by --pg-dump-options or refused.

use std::ffi::OsStr;
use std::path::{Path, PathBuf};

use pg_anon_e2e::{
    Database, Output, Transaction, archive_text, assert_same_dump, dictionary, pg_anon, run, server, temp_dir,
    wait_until,
};

/// A dictionary without rules.
fn no_rules(dir: &Path) -> PathBuf {
    let file = dir.join("nothing.json");
    std::fs::write(&file, "{}").expect("a dictionary is written");
    file
}

fn dump(source: &Database<'_>, mode: &str, dictionary: &Path, archive: &Path, options: &[&str]) -> Output {
    let fixed: [&OsStr; 4] =
        ["--prepared-sens-dict-file".as_ref(), dictionary.as_ref(), "--output-dir".as_ref(), archive.as_ref()];
    source.pg_anon(mode, fixed.into_iter().chain(options.iter().map(OsStr::new)))
}

/// The arguments that connect to a database as this role, which all but one test leave to the superuser.
fn dump_as(source: &Database<'_>, role: &str, dictionary: &Path, archive: &Path, options: &[&str]) -> Output {
    let mut arguments: Vec<String> = vec!["dump".into()];
    arguments.extend(source.connection_options());
    let user = arguments.iter().position(|argument| argument == "postgres").expect("an option names the user");
    arguments[user] = role.to_owned();
    arguments.extend(["--prepared-sens-dict-file".into(), dictionary.display().to_string()]);
    arguments.extend(["--output-dir".into(), archive.display().to_string()]);
    arguments.extend(options.iter().map(|&option| option.to_owned()));
    pg_anon(arguments)
}

fn script(archive: &Path) -> String {
    run(server().program("pg_restore").args(["-f", "-"]).arg(archive), b"").expect_success().stdout
}

#[test]
fn harmless_options_of_pg_dump_take_effect_in_every_way_to_write_them() {
    let source = server().create_database("UTF8");
    source.sql(
        "CREATE EXTENSION pg_anon; CREATE TABLE t (id integer, name text);
         CREATE PUBLICATION p FOR TABLE t; COMMENT ON TABLE t IS 'a comment'; ALTER TABLE t SET (fillfactor = 90);
         INSERT INTO t VALUES (1, 'x')",
    );
    let dir = temp_dir();
    let rules = no_rules(dir.path());
    let with = |name: &str, options: &[&str]| {
        let archive = dir.path().join(name);
        dump(&source, "dump", &rules, &archive, options).expect_success();
        script(&archive)
    };
    let plain = with("plain", &[]);
    for object in ["CREATE PUBLICATION p", "a comment", "CREATE TABLE public.t"] {
        assert!(plain.contains(object), "{object} in {plain}");
    }
    for (name, options) in [
        ("joined", &["--pg-dump-options=--no-publications --no-comments"][..]),
        ("apart", &["--pg-dump-options", "--no-publications --no-comments"]),
        ("twice", &["--pg-dump-options", "--no-publications", "--pg-dump-options", "--no-comm"]),
        ("ours", &["--pg-dump-options=--no-pub", "--no-comments"]),
    ] {
        let script = with(name, options);
        assert!(!script.contains("PUBLICATION") && !script.contains("a comment"), "{name}: {script}");
        assert!(script.contains("CREATE TABLE public.t"), "{name}: {script}");
    }
    let quoted = with("quoted", &["--pg-dump-options=--quote-all-identifiers"]);
    assert!(quoted.contains("CREATE TABLE \"public\".\"t\""), "{quoted}");
    let target = server().create_database("UTF8");
    assert_eq!(target.pg_restore(&dir.path().join("quoted"), [""; 0]).expect_success().stderr, "");
    assert_same_dump(&target.full_dump(), &source.full_dump());
    with("empty", &["--pg-dump-options="]);
}

#[test]
fn options_that_would_lead_the_dump_elsewhere_or_change_it_are_refused_before_anything_is_done() {
    let source = server().create_database("UTF8");
    source.sql("CREATE EXTENSION pg_anon; CREATE TABLE t AS SELECT 'Secret' AS name");
    let dir = temp_dir();
    let rules = no_rules(dir.path());
    let elsewhere = dir.path().join("elsewhere").display().to_string();
    for (options, named) in [
        (format!("--file={elsewhere}"), "--file"),
        (format!("--fil={elsewhere}"), "--file"),
        (format!("-xf{elsewhere}"), "--file"),
        ("-xFp".to_owned(), "--format"),
        ("--inserts".to_owned(), "--inserts"),
        ("--section=data".to_owned(), "--section"),
        ("-b".to_owned(), "--large-objects"),
        ("--include-foreign-data=*".to_owned(), "--include-foreign-data"),
        ("-d postgresql://ann:hush@db/x".to_owned(), "--dbname"),
        ("postgres".to_owned(), "--db-name"),
    ] {
        let archive = dir.path().join("dump");
        let output = dump(&source, "dump", &rules, &archive, &[&format!("--pg-dump-options={options}")]).expect_code(2);
        assert!(output.stderr.contains("--pg-dump-options") && output.stderr.contains(named), "{options}: {output}");
        assert!(!output.stderr.contains("hush"), "{output}");
        assert!(!archive.exists() && !Path::new(&elsewhere).exists(), "{options}");
    }
}

#[test]
fn passwords_stay_out_when_all_identifiers_are_quoted() {
    let source = server().create_database("UTF8");
    source.sql(
        "CREATE EXTENSION pg_anon; CREATE FOREIGN DATA WRAPPER w; CREATE SERVER s FOREIGN DATA WRAPPER w;
         CREATE USER MAPPING FOR postgres SERVER s OPTIONS (user 'ann', password 'Hush-1', \"Odd Key\" 'Hush-2');
         CREATE SUBSCRIPTION sub CONNECTION 'host=x user=y password=Hush-3' PUBLICATION p
             WITH (connect = false, slot_name = NONE)",
    );
    let dir = temp_dir();
    let archive = dir.path().join("dump");
    let options = ["--pg-dump-options=--quote-all-identifiers --disable-dollar-quoting"];
    let output = dump(&source, "dump", &no_rules(dir.path()), &archive, &options).expect_success();
    assert!(output.stderr.contains("password"), "{output}");
    let text = archive_text(&archive);
    assert!(text.contains("\"password\" ''") && !text.contains("Hush"), "{text}");
    source.sql("ALTER SUBSCRIPTION sub DISABLE; DROP SUBSCRIPTION sub");
}

#[test]
fn owners_are_kept_unless_told_and_then_plain_pg_restore_sets_none() {
    let source = server().create_database("UTF8");
    source.load_shop();
    let dir = temp_dir();
    let owners = "SELECT DISTINCT relowner::regrole FROM pg_class WHERE relnamespace = 'public'::regnamespace";
    for (name, options, expected) in [
        ("kept", &[][..], 2),
        ("left-out", &["--no-owner"], 1),
        ("short", &["-O"], 1),
        ("of pg_dump", &["--pg-dump-options=-O"], 1),
    ] {
        let archive = dir.path().join(name);
        dump(&source, "dump", &dictionary("shop.py"), &archive, options).expect_success();
        assert_eq!(script(&archive).contains("OWNER TO"), expected == 2, "{name}");
        let target = server().create_database("UTF8");
        assert_eq!(target.pg_restore(&archive, ["-j2"]).expect_success().stderr, "", "{name}");
        assert_eq!(target.rows(owners).len(), expected, "{name}");
        assert_eq!(target.sql("SELECT has_table_privilege('shop_reader', 'customer', 'SELECT')"), "t", "{name}");
    }
}

#[test]
fn a_dump_has_the_rights_of_the_role_that_it_is_to_take_on_and_no_others() {
    let source = server().create_database("UTF8");
    let (reader, login) = (server().create_role("NOLOGIN"), server().create_role("LOGIN NOINHERIT"));
    source.sql(&format!(
        "CREATE EXTENSION pg_anon; CREATE TABLE t AS SELECT n AS id FROM generate_series(1, 10) AS n;
         GRANT {reader} TO {login}; GRANT SELECT ON t TO {reader}"
    ));
    let dir = temp_dir();
    let rules = no_rules(dir.path());
    let archive = dir.path().join("dump");
    let output = dump_as(&source, &login, &rules, &archive, &[]).expect_code(1);
    assert!(output.stderr.contains("public.t") || output.stderr.contains("table t"), "{output}");
    for (name, options) in [
        ("ours", vec![format!("--role={reader}")]),
        ("pg_dump's", vec![format!("--pg-dump-options=--role={reader}")]),
        ("both", vec![format!("--role={reader}"), format!("--pg-dump-options=--role {reader}")]),
    ] {
        let archive = dir.path().join(name);
        let options: Vec<&str> = options.iter().map(String::as_str).collect();
        dump_as(&source, &login, &rules, &archive, &options).expect_success();
        let target = server().create_database("UTF8");
        target.pg_restore(&archive, [""; 0]).expect_success();
        assert_eq!(target.sql("SELECT count(*) FROM t"), "10", "{name}");
    }
    // Less than the superuser's own: what the role may not read stops the dump.
    source.sql("CREATE TABLE hidden (id integer)");
    let output = dump(&source, "dump", &rules, &archive, &["--role", &reader]).expect_code(1);
    assert!(output.stderr.contains("hidden"), "{output}");
    let output = dump(&source, "dump", &rules, &archive, &["--role=no such role"]).expect_code(1);
    assert!(output.stderr.contains("--role") && output.stderr.contains("no such role"), "{output}");
    let options = [&format!("--role={reader}"), "--pg-dump-options=--role=postgres"];
    dump(&source, "dump", &rules, &archive, &options).expect_code(2);
}

#[test]
fn a_table_that_somebody_has_for_himself_is_waited_for_as_long_as_told() {
    let source = server().create_database("UTF8");
    source.sql("CREATE EXTENSION pg_anon; CREATE TABLE held (id integer)");
    let dir = temp_dir();
    let rules = no_rules(dir.path());
    let transaction = Transaction::begin(&source, "LOCK TABLE held");
    let held = "SELECT count(*) FROM pg_locks WHERE granted AND relation = 'held'::regclass";
    wait_until("the table is held", || source.sql(held) == "1");
    for (mode, option) in [
        ("dump", "--lock-wait-timeout=100"),
        ("dump", "--lock-wait-timeout=1200ms"),
        ("sync-data-dump", "--pg-dump-options=--lock-wait-timeout=100"),
        ("sync-struct-dump", "--lock-wait-timeout=100ms"),
    ] {
        let archive = dir.path().join("dump");
        let output = dump(&source, mode, &rules, &archive, &[option]).expect_code(1);
        assert!(output.stderr.contains("held"), "{mode} {option}: {output}");
        assert!(!archive.exists(), "{mode} {option}");
    }
    for wrong in ["--lock-wait-timeout=soon", "--lock-wait-timeout=-5"] {
        let output = dump(&source, "dump", &rules, &dir.path().join("dump"), &[wrong]).expect_code(2);
        assert!(output.stderr.contains("--lock-wait-timeout"), "{output}");
    }
    transaction.commit();
    dump(&source, "dump", &rules, &dir.path().join("dump"), &["--lock-wait-timeout=60s"]).expect_success();
}

#[test]
fn an_option_that_this_pg_dump_does_not_know_is_named() {
    let source = server().create_database("UTF8");
    source.sql("CREATE EXTENSION pg_anon; CREATE TABLE t (id integer)");
    let dir = temp_dir();
    let options = ["--pg-dump-options=--no-policies"];
    let output = dump(&source, "dump", &no_rules(dir.path()), &dir.path().join("dump"), &options).expect_code(1);
    assert!(output.stderr.contains("unrecognized option '--no-policies'"), "{output}");
}
