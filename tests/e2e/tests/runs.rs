//! The record of a run: when it is kept, what is in it, and what must not be.

use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::process::Command;

use pg_anon_e2e::{
    Database, Gate, Output, Running, Server, dictionary, pg_anon_command, run, server, temp_dir, wait_until,
};
use serde_json::Value;

/// pg_anon in a folder of its own, connected to a database.
fn pg_anon_in(folder: &Path, database: &Database<'_>, mode: &str, arguments: &[&str]) -> Command {
    let mut command = pg_anon_command([mode]);
    command.args(database.connection_options()).args(arguments).current_dir(folder);
    command
}

fn shop() -> Database<'static> {
    let database = server().create_database("UTF8");
    database.load_shop();
    database
}

/// The folders of all recorded runs, below the folder of `pg_anon_runs`.
fn runs(home: &Path) -> Vec<PathBuf> {
    let mut folders = vec![home.join("pg_anon_runs")];
    // Year, month, day, run.
    for _ in 0..4 {
        folders = folders.iter().flat_map(|folder| entries(folder)).collect();
    }
    folders
}

fn entries(folder: &Path) -> Vec<PathBuf> {
    let Ok(entries) = std::fs::read_dir(folder) else { return Vec::new() };
    let mut paths: Vec<PathBuf> = entries.map(|entry| entry.unwrap().path()).collect();
    paths.sort();
    paths
}

/// All files below a folder, and the folders.
fn tree(folder: &Path) -> Vec<PathBuf> {
    let mut all = vec![folder.to_owned()];
    for path in entries(folder) {
        if path.is_dir() { all.extend(tree(&path)) } else { all.push(path) }
    }
    all
}

#[track_caller]
fn only_run(home: &Path) -> PathBuf {
    let mut runs = runs(home);
    assert_eq!(runs.len(), 1, "{runs:?}");
    runs.remove(0)
}

#[track_caller]
fn json(folder: &Path, name: &str) -> Value {
    let text = std::fs::read_to_string(folder.join(name)).unwrap_or_else(|error| panic!("{name}: {error}"));
    serde_json::from_str(&text).unwrap_or_else(|error| panic!("{name}: {error}\n{text}"))
}

fn log(folder: &Path) -> String {
    std::fs::read_to_string(folder.join("logs/logs.log")).expect("there is a log")
}

#[track_caller]
fn assert_status(folder: &Path, code: &str) {
    let status = json(folder, "run_status.json");
    assert_eq!(status["result_code"], code);
    let (started, ended) = (status["started"].as_f64().unwrap(), status["ended"].as_f64().unwrap());
    let now = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap().as_secs_f64();
    // A day back: a clock may be set while a test runs, but not to 1970.
    assert!(started <= ended && ended > now - 86_400.0 && ended < now + 86_400.0, "{status}");
    let text = log(folder);
    let last = text.lines().last().unwrap_or_default();
    assert!(last.contains("<============ Finished pg_anon in mode: "), "{text}");
    assert!(last.contains(&format!("result_code = {code}, elapsed: ")) && last.ends_with(" sec"), "{text}");
}

fn dictionary_option() -> String {
    format!("--prepared-sens-dict-file={}", dictionary("shop.py").display())
}

#[test]
fn nothing_is_recorded_unless_that_is_asked_for() {
    let (shop, folder) = (shop(), temp_dir());
    let arguments = [dictionary_option(), "--output-dir=out".to_owned()];
    let arguments = arguments.each_ref().map(String::as_str);
    run(&mut pg_anon_in(folder.path(), &shop, "dump", &arguments), b"").expect_success();
    run(pg_anon_in(folder.path(), &shop, "init", &[]).env("PG_ANON_HOME", ""), b"").expect_success();
    assert_eq!(entries(folder.path()), [folder.path().join("out")]);
}

#[test]
fn init_dump_and_restore_are_recorded_below_pg_anon_home() {
    let (shop, folder, home) = (shop(), temp_dir(), temp_dir());
    let target = server().create_database("UTF8");
    let home = home.path().join("made/for/it");
    let recorded = |database: &Database<'_>, mode: &str, arguments: &[&str]| {
        let before = runs(&home);
        let output = run(pg_anon_in(folder.path(), database, mode, arguments).env("PG_ANON_HOME", &home), b"");
        output.expect_success();
        let new: Vec<_> = runs(&home).into_iter().filter(|run| !before.contains(run)).collect();
        assert_eq!(new.len(), 1, "{mode}: {new:?}");
        assert_status(&new[0], "done");
        assert_eq!(json(&new[0], "run_options.json")["mode"], mode);
        new[0].clone()
    };
    recorded(&shop, "init", &[]);
    let dump = recorded(&shop, "dump", &[&dictionary_option(), "--output-dir=out", "-j2"]);
    recorded(&target, "restore", &["--input-dir=out"]);

    // Year/month/day/ID, without leading zeros.
    let day = dump.parent().unwrap().strip_prefix(home.join("pg_anon_runs")).unwrap();
    let numbers: Vec<&str> = day.iter().map(|part| part.to_str().unwrap()).collect();
    assert!(numbers.len() == 3 && numbers.iter().all(|number| !number.starts_with('0')), "{numbers:?}");
    let id = dump.file_name().unwrap().to_str().unwrap();
    assert!(id.len() == 36 && id.as_bytes()[14] == b'4', "a random UUID: {id}");

    let options = json(&dump, "run_options.json");
    assert_eq!(options["internal_operation_id"], id);
    assert_eq!(options["run_dir"], dump.to_str().unwrap());
    assert_eq!(options["db_name"], shop.name());
    assert_eq!(options["db_user"], "postgres");
    assert_eq!(options["db_connections_per_process"], 2);
    assert_eq!(options["prepared_sens_dict_files"][0], dictionary("shop.py").to_str().unwrap());
    assert_eq!(options["save_dicts"], false);
    assert_eq!(entries(&dump), ["logs", "run_options.json", "run_status.json"].map(|name| dump.join(name)));
    assert_eq!(entries(&folder.path().join("pg_anon_runs")), Vec::<PathBuf>::new(), "not in the current folder");
    for path in tree(&home) {
        let mode = path.metadata().unwrap().permissions().mode() & 0o777;
        assert_eq!(mode, if path.is_dir() { 0o700 } else { 0o600 }, "{}", path.display());
    }
}

#[test]
fn the_log_says_what_stderr_says_in_the_form_of_the_python_tool() {
    let (shop, folder) = (shop(), temp_dir());
    let arguments = [dictionary_option(), "--output-dir=out".into(), "--debug".into()];
    let arguments = arguments.each_ref().map(String::as_str);
    let mut command = pg_anon_in(folder.path(), &shop, "dump", &arguments);
    let output = run(command.env("PG_ANON_HOME", folder.path()), b"").expect_success();
    let text = log(&only_run(folder.path()));
    let in_log: Vec<&str> = text.lines().filter_map(|line| line.split(" - ").nth(2)).collect();
    let on_stderr: Vec<&str> = output.stderr.lines().filter_map(|line| line.get(32..)).collect();
    assert_eq!(in_log.first(), Some(&"============> Started pg_anon (v 2.0.0) in mode: dump"), "{text}");
    let version = shop.sql("SHOW server_version");
    let version = format!("Target DB version: {}", version.split(' ').next().unwrap_or_default());
    let of_the_log_alone =
        |line: &str| line.contains("=====") || line == version || line.starts_with("pg_dump path: /");
    assert_eq!(in_log.iter().filter(|line| of_the_log_alone(line)).count(), 4, "{text}");
    let messages: Vec<&str> = in_log.iter().copied().filter(|line| !of_the_log_alone(line)).collect();
    assert!(messages.len() > 10 && messages.iter().any(|message| message.starts_with("running ")), "{text}");
    for message in messages {
        let first = message.split(" - ").next().unwrap_or_default();
        assert!(on_stderr.iter().any(|line| line.contains(first)), "{message}\n{output}");
    }
    // The forms of both: 2026-11-20 14:35:21,776 -     INFO - message.
    assert!(text.lines().any(|line| line.get(23..37) == Some(" -     INFO - ")), "{text}");
    assert!(text.lines().any(|line| line.get(23..37) == Some(" -    DEBUG - ")), "{text}");
    assert!(output.stdout.starts_with("Dumped ") && !text.contains("Dumped "), "results go to stdout alone");
    assert!(!output.stderr.contains("=====") && !output.stderr.contains("pg_dump path"), "{output}");
}

#[test]
fn messages_below_the_level_are_not_in_the_log() {
    let (shop, folder) = (shop(), temp_dir());
    let mut command = pg_anon_in(folder.path(), &shop, "init", &["--verbose=error"]);
    run(command.env("PG_ANON_HOME", folder.path()), b"").expect_success();
    assert_eq!(log(&only_run(folder.path())), "");
}

#[test]
fn a_run_that_fails_is_recorded_with_the_reason() {
    let (shop, folder) = (shop(), temp_dir());
    std::fs::write(
        folder.path().join("bad.py"),
        "{'dictionary': [{'schema': 'public', 'table': 'gone', 'fields': {}}]}",
    )
    .unwrap();
    let arguments = ["--prepared-sens-dict-file=bad.py", "--save-dicts", "--internal-operation-id=failing"];
    let output = run(&mut pg_anon_in(folder.path(), &shop, "dump", &arguments), b"").expect_code(1);
    let record = only_run(folder.path());
    assert_eq!(record.file_name().unwrap(), "failing");
    assert_status(&record, "fail");
    let text = log(&record);
    let reason = output.stderr.lines().last().unwrap().strip_prefix("pg_anon: error: ").unwrap();
    assert!(text.contains(&format!(" -    ERROR - {reason}\n")), "{text}\n{output}");
    // Also what was saved.
    assert!(json(&record, "saved_dicts_info.json")["prepared_sens_dict_files"][0]["content"].is_string());
    assert!(record.join("input/bad.py").is_file());
}

#[test]
fn a_wrong_use_is_recorded_as_a_failure_when_the_mode_is_known() {
    let (shop, folder) = (shop(), temp_dir());
    let mut command = pg_anon_in(folder.path(), &shop, "init", &["--db-passfile=/no/such/file"]);
    run(command.env("PG_ANON_HOME", folder.path()), b"").expect_code(2);
    assert_status(&only_run(folder.path()), "fail");
}

#[test]
fn a_run_that_a_signal_stops_is_recorded_as_a_failure() {
    let (shop, folder) = (shop(), temp_dir());
    let rule = format!(
        "{{'dictionary': [{{'schema': 'public', 'table': 'customer', 'fields': {{'name': \"{}\"}}}}]}}",
        Gate::RULE
    );
    std::fs::write(folder.path().join("wait.py"), rule).unwrap();
    for signal in ["INT", "TERM", "HUP"] {
        let gate = Gate::close(&shop);
        let id = format!("--internal-operation-id={signal}");
        let arguments = ["--prepared-sens-dict-file=wait.py", &id];
        let running = Running::start(&mut pg_anon_in(folder.path(), &shop, "dump", &arguments));
        wait_until("the dump waits", || gate.waiting() > 0);
        running.signal(signal);
        running.wait().expect_code(1);
        let record = runs(folder.path()).into_iter().find(|run| run.ends_with(signal)).expect("a record");
        assert_status(&record, "fail");
        assert!(log(&record).contains("stopped by a signal"), "{signal}");
        gate.open();
    }
}

#[test]
fn a_run_that_ends_at_once_at_the_third_signal_is_recorded_as_a_failure() {
    let (shop, folder) = (shop(), temp_dir());
    let real = server().program("pg_dump").get_program().to_owned();
    let (program, begun) = (folder.path().join("slow_pg_dump"), folder.path().join("begun"));
    // It does not end when it is asked to, which the end of the program waits for.
    let script = format!(
        "#!/bin/sh\nif [ \"$1\" = --version ]; then exec '{}' --version; fi\n\
         trap '' TERM INT HUP\ntouch '{}'\nexec sleep 20\n",
        real.display(),
        begun.display()
    );
    std::fs::write(&program, script).unwrap();
    std::fs::set_permissions(&program, std::fs::Permissions::from_mode(0o755)).unwrap();
    let arguments = [dictionary_option(), "--pg-dump=./slow_pg_dump".into(), "--internal-operation-id=slow".into()];
    let arguments = arguments.each_ref().map(String::as_str);
    let running = Running::start(&mut pg_anon_in(folder.path(), &shop, "dump", &arguments));
    wait_until("pg_dump runs", || begun.exists());
    for signal in ["TERM", "INT", "HUP"] {
        running.signal(signal);
    }
    running.wait().expect_code(1);
    assert_status(&only_run(folder.path()), "fail");
}

#[test]
fn saved_dictionaries_are_copies_of_those_that_were_read() {
    let (shop, folder) = (shop(), temp_dir());
    let target = server().create_database("UTF8");
    std::fs::create_dir_all(folder.path().join("other")).unwrap();
    std::fs::copy(dictionary("shop.py"), folder.path().join("shop.py")).unwrap();
    std::fs::write(folder.path().join("other/shop.py"), "{'dictionary': []}  # größer").unwrap();
    let arguments = ["--prepared-sens-dict-file=shop.py,other/shop.py", "--save-dicts", "--internal-operation-id=dump"];
    run(&mut pg_anon_in(folder.path(), &shop, "dump", &arguments), b"").expect_success();
    let record = only_run(folder.path());
    let info = json(&record, "saved_dicts_info.json");
    let keys: Vec<&String> = info.as_object().unwrap().keys().collect();
    let expected = [
        "meta_dict_files",
        "output_sens_dict_file",
        "output_no_sens_dict_file",
        "prepared_sens_dict_files",
        "prepared_no_sens_dict_files",
        "partial_tables_dict_files",
        "partial_tables_exclude_dict_files",
    ];
    let in_file = std::fs::read_to_string(record.join("saved_dicts_info.json")).unwrap();
    let mut places: Vec<usize> = expected.iter().map(|key| in_file.find(&format!("\"{key}\"")).unwrap()).collect();
    assert_eq!(keys.len(), expected.len());
    assert!(places.is_sorted(), "the keys are in the Python tool's order: {in_file}");
    places.dedup();
    assert_eq!(info["meta_dict_files"], Value::Null);
    assert_eq!(info["prepared_no_sens_dict_files"], Value::Null);
    let saved = info["prepared_sens_dict_files"].as_array().unwrap();
    assert_eq!(saved.len(), 2);
    assert_eq!(saved[0]["name"], "shop.py");
    assert_eq!(saved[0]["content"], std::fs::read_to_string(folder.path().join("shop.py")).unwrap());
    assert_eq!(saved[1]["content"], "{'dictionary': []}  # größer");
    // Two files of the same name are two copies.
    let copies = ["input/shop.py", "input/2-shop.py"].map(|name| std::fs::read(record.join(name)).unwrap());
    assert_eq!(copies[0], std::fs::read(folder.path().join("shop.py")).unwrap());
    assert_eq!(copies[1], std::fs::read(folder.path().join("other/shop.py")).unwrap());

    // A restore without tables dictionaries has none to save.
    let arguments = ["--input-dir=shop", "--save-dicts", "--internal-operation-id=restore"];
    run(&mut pg_anon_in(folder.path(), &target, "restore", &arguments), b"").expect_success();
    let restore = runs(folder.path()).into_iter().find(|run| run.ends_with("restore")).expect("a record");
    assert_eq!(json(&restore, "saved_dicts_info.json")["prepared_sens_dict_files"], Value::Null);
    assert!(!restore.join("input").exists());
}

#[test]
fn a_dictionary_that_cannot_be_read_is_null_among_the_saved_ones() {
    let (shop, folder) = (shop(), temp_dir());
    let arguments = ["--prepared-sens-dict-file=gone.py", "--save-dicts"];
    run(&mut pg_anon_in(folder.path(), &shop, "dump", &arguments), b"").expect_code(1);
    let info = json(&only_run(folder.path()), "saved_dicts_info.json");
    assert_eq!(info["prepared_sens_dict_files"], serde_json::json!([null]));
}

#[test]
fn no_file_of_a_record_holds_a_password() {
    let server = Server::start_on_network();
    let database = server.create_database("UTF8");
    database.load_shop();
    database.sql("CREATE ROLE ann LOGIN SUPERUSER PASSWORD 'hush-hush'");
    let (name, port) = (database.name(), server.port());
    let uri = format!("postgresql://ann:hush-hush@127.0.0.1:{port}/{name}");
    let conninfo = format!("host=127.0.0.1 port={port} dbname={name} user=ann password='hush-hush'");
    let options = ["-h", "127.0.0.1", "-p", port, "-U", "ann", "-d", name];
    let with_option = [&options[..], &["--db-user-password", "hush-hush"]].concat();
    let folder = temp_dir();
    let dictionary = dictionary_option();
    for (number, connection) in [&["-d", &uri][..], &["-d", &conninfo], &with_option, &options].into_iter().enumerate()
    {
        let id = format!("--internal-operation-id={number}");
        let output_dir = format!("--output-dir=out{number}");
        let mut command = pg_anon_command(["dump", "--debug", &id, &dictionary, &output_dir]);
        command.args(connection).current_dir(folder.path());
        if connection == options {
            command.env("PGPASSWORD", "hush-hush");
        }
        run(&mut command, b"").expect_success();
        // A refused one as well: the server's name is wrong, and all of it is in the message.
        let wrong = format!("--internal-operation-id={number}-fails");
        let mut command = pg_anon_command(["init", "-w", "--debug", &wrong, "-d", "x=y password=hush-hush"]);
        run(command.current_dir(folder.path()), b"").expect_code(2);
    }
    let records = runs(folder.path());
    assert_eq!(records.len(), 8);
    for path in records.iter().flat_map(|record| tree(record)).filter(|path| path.is_file()) {
        let content = std::fs::read_to_string(&path).unwrap();
        assert!(!content.contains("hush"), "{}: {content}", path.display());
    }
    let options = json(&records[0], "run_options.json");
    assert_eq!(options["db_host"], "127.0.0.1");
    assert_eq!(options["db_name"], name);
    assert_eq!(options["db_user"], "ann");
}

#[test]
fn no_file_of_a_record_holds_a_value_of_a_row() {
    let (database, folder) = (server().create_database("UTF8"), temp_dir());
    database.sql(
        "CREATE EXTENSION pg_anon;
         CREATE TABLE person (id int, name text);
         INSERT INTO person VALUES (1, 'Jane Roe'), (2, 'John Doe')",
    );
    let dictionary =
        "{'dictionary': [{'schema': 'public', 'table': 'person', 'fields': {'id': 'name::int', 'name': \"'x'\"}}]}";
    std::fs::write(folder.path().join("shop.py"), dictionary).unwrap();
    let arguments = ["--prepared-sens-dict-file=shop.py", "--save-dicts", "--debug"];
    let output: Output = run(&mut pg_anon_in(folder.path(), &database, "dump", &arguments), b"").expect_code(1);
    assert!(output.stderr.contains("22P02"), "{output}");
    for path in tree(&only_run(folder.path())).iter().filter(|path| path.is_file()) {
        let content = std::fs::read_to_string(path).unwrap();
        assert!(!content.contains("Jane") && !content.contains("John"), "{}: {content}", path.display());
    }
}

#[test]
fn a_name_of_a_run_that_leads_out_of_its_folder_is_refused() {
    let (shop, folder) = (shop(), temp_dir());
    for id in ["..", "../../../../../elsewhere", "/tmp/elsewhere", ".", "a/b"] {
        let option = format!("--internal-operation-id={id}");
        let output = run(&mut pg_anon_in(folder.path(), &shop, "init", &[&option]), b"").expect_code(2);
        assert!(output.stderr.contains("--internal-operation-id"), "{output}");
    }
    assert_eq!(entries(folder.path()), Vec::<PathBuf>::new());
}

#[test]
fn a_name_that_is_used_again_on_a_day_has_the_later_run_and_one_log() {
    let (shop, folder) = (shop(), temp_dir());
    let arguments = ["--internal-operation-id=same"];
    run(&mut pg_anon_in(folder.path(), &shop, "init", &arguments), b"").expect_success();
    let again = ["--internal-operation-id=same", "--db-passfile=/no/such/file"];
    run(&mut pg_anon_in(folder.path(), &shop, "init", &again), b"").expect_code(2);
    let record = only_run(folder.path());
    assert_status(&record, "fail");
    assert_eq!(log(&record).matches("Started pg_anon").count(), 2);
}

#[test]
fn a_record_that_cannot_be_kept_stops_the_run_before_it_does_anything() {
    let (database, folder) = (server().create_database("UTF8"), temp_dir());
    std::fs::write(folder.path().join("pg_anon_runs"), "in the way").unwrap();
    let mut command = pg_anon_in(folder.path(), &database, "init", &["--internal-operation-id=x"]);
    let output = run(&mut command, b"").expect_code(1);
    assert!(output.stderr.contains("cannot keep the run's record: "), "{output}");
    assert_eq!(database.sql("SELECT count(*) FROM pg_extension WHERE extname = 'pg_anon'"), "0");
}
