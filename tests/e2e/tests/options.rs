//! The command line over a real server: the forms that scripts for the Python tool use, and the options that all modes have.
//! Each test sees what the option does.

use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};

use pg_anon_e2e::{Database, Output, Server, dictionary, pg_anon, pg_anon_command, run, server, temp_dir};

fn shop() -> Database<'static> {
    let database = server().create_database("UTF8");
    database.load_shop();
    database
}

/// Runs pg_anon with these words, and behind them with the connection in the Python tool's options.
fn tool(folder: &Path, database: &Database<'_>, words: &str) -> Output {
    let mut command = pg_anon_command(words.split_whitespace());
    command.arg(format!("--db-host={}", database.server().socket_dir().display()));
    command.args(["--db-port", database.server().port(), "--db-user=postgres", "--db-name", database.name()]);
    run(command.current_dir(folder), b"")
}

/// A program that notes that it was called, and then is another one.
fn noting_program(folder: &Path, name: &str, real: &str) -> PathBuf {
    let (program, note) = (folder.join(name), folder.join(format!("{name}.called")));
    let script = format!("#!/bin/sh\n[ \"$1\" = --version ] || touch '{}'\nexec '{real}' \"$@\"\n", note.display());
    std::fs::write(&program, script).unwrap();
    std::fs::set_permissions(&program, std::fs::Permissions::from_mode(0o755)).unwrap();
    program
}

/// Whether a [`noting_program`] has been called since this was asked last.
fn was_called(program: &Path) -> bool {
    std::fs::remove_file(format!("{}.called", program.display())).is_ok()
}

fn real(name: &str) -> String {
    server().program(name).get_program().to_str().unwrap().to_owned()
}

/// The major version of the tests' server.
fn major() -> u32 {
    let number: u32 = server().psql("postgres", "postgres", "SHOW server_version_num").unwrap().parse().unwrap();
    number / 10_000
}

#[test]
fn a_script_with_modes_as_options_and_abbreviations_dumps_and_restores() {
    let (shop, folder) = (shop(), temp_dir());
    let target = server().create_database("UTF8");
    std::fs::copy(dictionary("shop.py"), folder.path().join("shop.py")).unwrap();
    tool(folder.path(), &shop, "--mode=init").expect_success();
    tool(folder.path(), &shop, "--db-conn 2 --mode dump --prepared-sens shop.py --out full --proc 2").expect_success();
    tool(folder.path(), &target, "--input=full --mode restore --db-conn=2").expect_success();
    assert_eq!(target.sql("SELECT count(*) FROM customer"), shop.sql("SELECT count(*) FROM customer"));
    assert_ne!(target.sql("SELECT min(name) FROM customer"), shop.sql("SELECT min(name) FROM customer"));
}

#[test]
fn a_mode_that_is_not_known_is_a_usage_error_on_stderr() {
    for arguments in [&["--mode", "fly", "--db-host=x"][..], &["fly"], &["--mode"], &["dump", "--db", "x"]] {
        let output = pg_anon(arguments).expect_code(2);
        assert!(output.stdout.is_empty() && output.stderr.starts_with("error: "), "{output}");
    }
}

#[test]
fn the_version_is_printed_before_anything_else_is_looked_at() {
    let folder = temp_dir();
    let mut command = pg_anon_command(["--mode=dump", "--no-such-option", "--version", "--input-dir"]);
    let output = run(command.current_dir(folder.path()).env("PG_ANON_HOME", folder.path()), b"").expect_success();
    assert_eq!((output.stdout.as_str(), output.stderr.as_str()), ("pg_anon 2.0.0\n", ""));
    assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 0, "no run, no record");
}

#[test]
fn a_suffix_names_every_connection_that_a_run_makes() {
    let server = Server::start(&["log_statement = 'all'", "log_line_prefix = 'app=%a|'"]);
    let (source, target) = (server.create_database("UTF8"), server.create_database("UTF8"));
    source.load_shop();
    let folder = temp_dir();
    let dictionary = dictionary("shop.py");
    let begin = server.log().len();
    let options = format!("dump --prepared-sens-dict-file={} --output-dir=out", dictionary.display());
    tool(folder.path(), &source, &format!("{options} --application-name-suffix nightly")).expect_success();
    tool(folder.path(), &target, "restore --input-dir=out --application-name-suffix=nightly").expect_success();
    let log = server.log();
    let mut names: Vec<&str> =
        log[begin..].lines().filter_map(|line| Some(line.strip_prefix("app=")?.split_once('|')?.0)).collect();
    // pg_dump's and pg_restore's own statements are among them.
    assert!(log[begin..].contains("app=pg_anon_nightly|LOG:  statement: LOCK TABLE"), "{log}");
    assert!(log[begin..].contains("app=pg_anon_nightly|LOG:  statement: COPY public.customer"), "{log}");
    names.sort_unstable();
    names.dedup();
    names.retain(|name| !name.is_empty() && *name != "[unknown]");
    assert_eq!(names, ["pg_anon_nightly"]);

    // Without it each program has its own name.
    let begin = server.log().len();
    tool(folder.path(), &source, &format!("{options} --clear-output-dir")).expect_success();
    let log = server.log();
    assert!(log[begin..].contains("app=pg_anon|") && log[begin..].contains("app=pg_dump|"), "{log}");
}

#[test]
fn the_configuration_names_the_programs_for_the_server_s_version() {
    let (shop, folder) = (shop(), temp_dir());
    std::fs::copy(dictionary("shop.py"), folder.path().join("shop.py")).unwrap();
    let listed = ["pg_dump", "pg_restore"].map(|name| noting_program(folder.path(), name, &real(name)));
    let other = noting_program(folder.path(), "other_pg_dump", &real("pg_dump"));
    let config = |text: String| std::fs::write(folder.path().join("tools.yml"), text).unwrap();
    let [dump, restore] = listed.each_ref().map(|program| program.display());
    let entry = format!("{{pg_dump: {dump}, pg_restore: {restore}}}");
    let nowhere = "{pg_dump: /nowhere/pg_dump, pg_restore: /nowhere/pg_restore}";
    let dumping = "dump --prepared-sens-dict-file=shop.py --clear-output-dir --config=tools.yml";

    config(format!("pg-utils-versions:\n  {}: {entry}\n  default: {nowhere}\n", major()));
    tool(folder.path(), &shop, dumping).expect_success();
    assert!(was_called(&listed[0]), "the dump's");
    let target = server().create_database("UTF8");
    tool(folder.path(), &target, "restore --input-dir=shop --config tools.yml").expect_success();
    assert!(was_called(&listed[1]), "the restore's");

    // An option is nearer to the run than the file.
    tool(folder.path(), &shop, &format!("{dumping} --pg-dump={}", other.display())).expect_success();
    assert!(was_called(&other) && !was_called(&listed[0]));
    let target = server().create_database("UTF8");
    let restoring = format!("restore --input-dir=shop --config=tools.yml --pg-restore={}", real("pg_restore"));
    tool(folder.path(), &target, &restoring).expect_success();
    assert!(!was_called(&listed[1]));

    config(format!("pg-utils-versions:\n  7: {nowhere}\n  default: {entry}\n"));
    tool(folder.path(), &shop, dumping).expect_success();
    assert!(was_called(&listed[0]), "the default's");

    config(format!("pg-utils-versions:\n  7: {nowhere}\n"));
    tool(folder.path(), &shop, dumping).expect_success();
    assert!(!was_called(&listed[0]), "the usual one");
}

#[test]
fn a_configuration_that_cannot_be_used_stops_the_run_and_says_why() {
    let (shop, folder) = (shop(), temp_dir());
    std::fs::copy(dictionary("shop.py"), folder.path().join("shop.py")).unwrap();
    let major = major();
    for (name, content, code, expected) in [
        ("tools.json", "{}".to_owned(), 2, "must end in .yml or .yaml"),
        ("tools.yml", "pg-utils-versions: [".to_owned(), 1, "tools.yml: line 1"),
        ("tools.yml", "something: else".to_owned(), 1, "there is no section pg-utils-versions"),
        ("tools.yml", format!("pg-utils-versions:\n  {major}: {{pg_dump: x}}"), 1, "pg_restore is missing"),
        (
            "tools.yml",
            format!("pg-utils-versions:\n  {major}: {{pg_dump: /bin/ls, pg_restore: /bin/ls}}"),
            1,
            "/bin/ls is not a usable pg_dump",
        ),
    ] {
        std::fs::write(folder.path().join(name), content).unwrap();
        let words = format!("dump --prepared-sens-dict-file=shop.py --config={name}");
        let output = tool(folder.path(), &shop, &words).expect_code(code);
        assert!(output.stderr.contains(expected) && output.stderr.contains(name), "{output}");
        assert!(!folder.path().join("shop").exists());
    }
    // Of the errors in the file itself init tells too.
    std::fs::write(folder.path().join("tools.yml"), "pg-utils-versions: 3").unwrap();
    tool(folder.path(), &shop, "init --config=tools.yml").expect_code(1);
    tool(folder.path(), &shop, "init --config=gone.yml").expect_code(1);
    tool(folder.path(), &shop, "init --config=").expect_success();
}

#[test]
fn fewer_compressing_threads_than_connections_give_the_same_dump() {
    let (shop, folder) = (shop(), temp_dir());
    std::fs::copy(dictionary("shop.py"), folder.path().join("shop.py")).unwrap();
    // Functions of the value alone, so that two dumps are equal.
    std::fs::write(
        folder.path().join("shop.py"),
        "{'dictionary': [{'schema': 'public', 'table': 'customer', 'fields': {'name': 'md5(name)'}}]}",
    )
    .unwrap();
    let mut restored = Vec::new();
    for (output, processes) in [("one", "--processes 1"), ("all", "--processes=1000"), ("default", "")] {
        let words = format!("dump --prepared-sens-dict-file=shop.py --output-dir={output} -j4 {processes}");
        let said = tool(folder.path(), &shop, &format!("{words} --debug")).expect_success().stderr;
        assert_eq!(said.contains("at most 1 of 4 connections compress at the same time"), output == "one", "{said}");
        let target = server().create_database("UTF8");
        tool(folder.path(), &target, &format!("restore --input-dir={output}")).expect_success();
        restored.push(target.full_dump());
    }
    assert!(restored[0] == restored[2] && restored[1] == restored[2]);
    tool(folder.path(), &shop, "dump --prepared-sens-dict-file=shop.py --processes=0").expect_code(2);
}

#[test]
fn connections_for_each_process_are_the_connections_that_copy() {
    let server = Server::start(&["log_connections = on", "log_line_prefix = 'app=%a|'"]);
    let source = server.create_database("UTF8");
    source.load_shop();
    let folder = temp_dir();
    let connections = |count: usize| {
        let begin = server.log().len();
        let words = format!(
            "dump --prepared-sens-dict-file={} --output-dir=out{count} --split-size=0 --db-connections-per-process={count}",
            dictionary("shop.py").display()
        );
        tool(folder.path(), &source, &words).expect_success();
        server.log()[begin..].matches("application_name=pg_anon\n").count()
    };
    // One more holds the snapshot.
    let (one, three) = (connections(1), connections(3));
    assert_eq!(three - one, 2, "{one} and {three}");
}

#[test]
fn messages_are_those_of_the_level_that_is_asked_for() {
    let (shop, folder) = (shop(), temp_dir());
    std::fs::copy(dictionary("shop.py"), folder.path().join("shop.py")).unwrap();
    let said = |option: &str| {
        let words = format!("dump --prepared-sens-dict-file=shop.py --clear-output-dir {option}");
        tool(folder.path(), &shop, &words).expect_success().stderr
    };
    assert_eq!(said("--verbose=error"), "");
    for option in ["", "--verbose info"] {
        let text = said(option);
        assert!(text.contains(" INFO ") && text.contains(" WARN ") && !text.contains(" DEBUG "), "{text}");
    }
    for option in ["--verbose=debug", "--debug", "--debug --verbose=error"] {
        let text = said(option);
        assert!(text.contains(" DEBUG ") && text.contains("running "), "{text}");
    }
    tool(folder.path(), &shop, "init --verbose=chatty").expect_code(2);
}

#[test]
fn the_data_is_compressed_as_asked_for_and_plain_pg_restore_reads_it() {
    let (shop, folder) = (shop(), temp_dir());
    std::fs::write(
        folder.path().join("shop.py"),
        "{'dictionary': [{'schema': 'public', 'table': 'customer', 'fields': {'name': 'md5(name)'}}]}",
    )
    .unwrap();
    let mut restored = Vec::new();
    let mut dumped = |name: &str, option: &str, suffix: &str| -> u64 {
        let words = format!("dump --prepared-sens-dict-file=shop.py --output-dir={name} {option}");
        tool(folder.path(), &shop, &words).expect_success();
        let archive = folder.path().join(name);
        let files = std::fs::read_dir(&archive).unwrap().map(|entry| entry.unwrap().path());
        let data: Vec<_> = files.filter(|file| file.display().to_string().contains(".dat")).collect();
        let data: Vec<_> = data.iter().filter(|file| !file.ends_with("toc.dat")).collect();
        assert!(data.len() > 5 && data.iter().all(|file| file.display().to_string().ends_with(suffix)), "{data:?}");
        let target = server().create_database("UTF8");
        target.pg_restore(&archive, ["-j2"]).expect_success();
        restored.push(target.full_dump());
        data.iter().map(|file| file.metadata().unwrap().len()).sum()
    };
    let plain = dumped("plain", "-Z0", ".dat");
    let fast = dumped("fast", "--compress=gzip:1", ".dat.gz");
    let small = dumped("small", "-Z 9", ".dat.gz");
    assert_eq!(dumped("none", "-Znone", ".dat"), plain);
    assert!(small < fast && fast < plain, "{small}, {fast} and {plain} bytes");
    for other in &restored[1..] {
        pg_anon_e2e::assert_same_dump(other, &restored[0]);
    }
}

#[test]
fn rules_call_functions_of_the_schemas_that_are_named_and_of_no_others() {
    let (shop, folder) = (shop(), temp_dir());
    shop.sql("CREATE SCHEMA own; CREATE FUNCTION own.mask(text) RETURNS text LANGUAGE sql IMMUTABLE AS $$ SELECT 'masked' $$");
    std::fs::write(
        folder.path().join("own.py"),
        "{'dictionary': [{'schema': 'public', 'table': 'customer', 'fields': {'name': 'mask(name)'}}]}",
    )
    .unwrap();
    let words = "dump --prepared-sens-dict-file=own.py --output-dir=own";
    let refused = tool(folder.path(), &shop, words).expect_code(1);
    assert!(refused.stderr.contains("function mask(text) does not exist"), "{refused}");
    assert!(refused.stderr.contains("--rule-search-path") || refused.stderr.contains("rule_search_path"), "{refused}");
    tool(folder.path(), &shop, &format!("{words} --rule-search-path=own")).expect_success();
    let target = server().create_database("UTF8");
    tool(folder.path(), &target, "restore --input-dir=own").expect_success();
    assert_eq!(target.sql("SELECT DISTINCT name FROM customer"), "masked");
}
