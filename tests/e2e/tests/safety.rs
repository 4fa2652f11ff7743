//! What must not get out: rows that cannot be masked, values in messages, passwords anywhere, files of others.

use std::ffi::OsStr;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::process::Command;

use pg_anon_e2e::{
    Database, Gate, Output, Running, Server, archive_text, dictionary, pg_anon, pg_anon_command, run, server, temp_dir,
    wait_until,
};

fn write(path: &Path, text: &str) {
    std::fs::write(path, text).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
}

/// Writes a program.
fn script(path: &Path, text: &str) {
    write(path, text);
    std::fs::set_permissions(path, std::fs::Permissions::from_mode(0o755)).expect("it is a program");
}

/// A dictionary of one rule for a column of table `person`.
fn rule(column: &str, expression: &str) -> String {
    serde_json::json!({"dictionary": [{"schema": "public", "table": "person", "fields": {column: expression}}]})
        .to_string()
}

/// A database of secrets, with a role that may read it all and is no superuser.
struct Secrets<'a> {
    database: Database<'a>,
    role: String,
    dir: tempfile::TempDir,
}

impl Secrets<'_> {
    fn new() -> Secrets<'static> {
        let database = server().create_database("UTF8");
        let role = server().create_role("LOGIN IN ROLE pg_read_all_data");
        database.sql(
            "CREATE EXTENSION pg_anon;
             CREATE TABLE person (id integer PRIMARY KEY, name text NOT NULL, code varchar(5), born date, number integer);
             INSERT INTO person SELECT n, 'Secret-Name-' || n, 'ab', '2000-01-01', 1 FROM generate_series(1, 100) AS n;
             CREATE FUNCTION tell(text) RETURNS text LANGUAGE plpgsql AS $$ BEGIN
                 RAISE NOTICE 'note %', $1; RAISE WARNING 'note %', $1; RETURN 'x';
             END $$;
             CREATE FUNCTION leak(text, state text) RETURNS text LANGUAGE plpgsql AS $$ BEGIN
                 RAISE EXCEPTION USING ERRCODE = state, MESSAGE = $1, DETAIL = $1, HINT = $1, COLUMN = $1, TABLE = $1;
             END $$",
        );
        Secrets { database, role, dir: temp_dir() }
    }

    fn archive(&self) -> PathBuf {
        self.dir.path().join("dump")
    }

    /// Dumps with all that can be said.
    fn dump(&self, dictionary: &str, options: &[&str]) -> Output {
        write(&self.dir.path().join("rules"), dictionary);
        let mut command = pg_anon_command(["dump", "--debug", "--prepared-sens-dict-file"]);
        command.arg(self.dir.path().join("rules")).arg("--output-dir").arg(self.archive());
        command.env("PGHOST", self.database.server().socket_dir()).env("PGPORT", self.database.server().port());
        command.env("PGDATABASE", self.database.name()).env("PGUSER", &self.role);
        let output = run(command.args(options), b"");
        assert!(!output.stdout.contains("Secret") && !output.stderr.contains("Secret"), "a value is shown: {output}");
        output
    }

    /// Asserts that a dump is refused with these words, and that nothing is left of it.
    #[track_caller]
    fn refused(&self, dictionary: &str, options: &[&str], words: &[&str]) {
        let output = self.dump(dictionary, options).expect_code(1);
        for word in words {
            assert!(output.stderr.contains(word), "{word:?} is said about {dictionary}: {output}");
        }
        assert_eq!(output.stdout, "");
        let left: Vec<_> =
            std::fs::read_dir(self.dir.path()).expect("a folder").flatten().map(|e| e.file_name()).collect();
        assert_eq!(left, ["rules"], "{dictionary}");
    }
}

#[test]
fn a_table_that_may_not_be_read_stops_the_dump() {
    let secrets = Secrets::new();
    let role = server().create_role("LOGIN");
    secrets.database.sql(&format!(
        "CREATE TABLE hidden AS SELECT 'Secret' AS value; CREATE TABLE seen AS SELECT 1 AS id; GRANT SELECT ON seen, person TO {role}"
    ));
    let limited = Secrets { role, ..secrets };
    limited.refused("{}", &[], &["public.hidden", "pg_read_all_data"]);
    // Not even without its rows: pg_dump could not lock it.
    let exclude = r#"{"dictionary_exclude": [{"schema": "public", "table": "hidden"}]}"#;
    limited.refused(exclude, &[], &["hidden"]);
    // A right to some columns only, or to all of them but not to the table.
    limited.database.sql(&format!("GRANT SELECT (value) ON hidden TO {}", limited.role));
    limited.refused("{}", &[], &["public.hidden"]);
    limited.database.sql(&format!("GRANT SELECT ON hidden TO {}", limited.role));
    limited.dump("{}", &[]).expect_success();
}

#[test]
fn a_sequence_that_may_not_be_read_stops_the_dump() {
    let secrets = Secrets::new();
    let role = server().create_role("LOGIN");
    secrets.database.sql(&format!("CREATE SEQUENCE hidden; GRANT SELECT ON person TO {role}"));
    Secrets { role, ..secrets }.refused("{}", &[], &["public.hidden"]);
}

#[test]
fn a_table_whose_rows_are_hidden_by_policies_stops_the_dump() {
    let secrets = Secrets::new();
    secrets.database.sql("ALTER TABLE person ENABLE ROW LEVEL SECURITY; CREATE POLICY few ON person USING (id < 10)");
    secrets.refused("{}", &[], &["public.person", "row"]);
    secrets.database.sql(&format!("ALTER ROLE {} BYPASSRLS", secrets.role));
    let output = secrets.dump(&rule("name", "'masked'"), &[]).expect_success();
    assert!(output.stdout.contains("100 rows"), "{output}");
}

#[test]
fn rules_that_are_not_one_expression_are_refused_and_nothing_of_them_runs() {
    let secrets = Secrets::new();
    secrets.database.sql("CREATE TABLE victim (id integer); CREATE SEQUENCE used");
    for (expression, position) in [
        ("1) , (select 2", 2),
        ("1; drop table victim", 3),
        ("1 from pg_authid", 8),
        ("1 /*", 3),
        ("1 -- the rest", 3),
        ("'abc", 1),
        ("$$abc", 1),
        ("\"abc", 1),
        ("1, 2", 4),
        ("(select 1", 10),
        ("1 union select 2", 16),
        ("1 limit 0", 9),
        ("1 as name", 1),
        ("name || 1) from person -- ", 10),
        ("1) from person; select nextval('used'); select (1", 2),
        ("'x') , pg_sleep(1", 4),
        ("select 1", 1),
        ("$1", 1),
        ("no_such_column", 1),
        ("no_such_function(name)", 1),
    ] {
        let at = format!("at character {position}\n");
        secrets.refused(&rule("name", expression), &[], &["column name of table public.person", &at]);
        let raw = serde_json::json!({"dictionary": [{"schema": "public", "table": "person", "fields": {"name": "'x'"}, "sql_condition": expression}]});
        if !["select 1", "1 as name"].contains(&expression) {
            secrets.refused(&raw.to_string(), &[], &["public.person"]);
        }
    }
    assert_eq!(secrets.database.sql("SELECT to_regclass('victim') IS NOT NULL, is_called FROM used"), "t|f");
}

#[test]
fn a_rule_that_fails_names_its_table_and_column_and_no_value() {
    let secrets = Secrets::new();
    for (column, expression, words) in [
        ("name", "name::integer::text", "22P02"),
        ("name", "(1 / (id - 50))::text", "division by zero"),
        ("name", "NULLIF(name, 'Secret-Name-50')", "NULL"),
        ("name", "public.leak(name, 'P0001')", "P0001"),
        ("name", "public.leak(name, '42P01')", "42P01"),
        ("name", "public.leak(name, 'XX000')", "XX000"),
        ("name", "public.leak(name, '55P03')", "55P03"),
        ("name", "public.leak(name, '57014')", "57014"),
        ("name", "xmlparse(document name)::text", "2200M"),
        ("name", "(name::json)::text", "22P02"),
        ("code", "name", "22001"),
        ("born", "name", "22007"),
        ("number", "name", "22P02"),
        ("number", "id::bigint * 1000000000", "22003"),
    ] {
        let place = format!("column {column} of table public.person");
        secrets.refused(&rule(column, expression), &[], &[&place, words]);
    }
    let condition = |condition: &str| {
        serde_json::json!({"dictionary": [{"schema": "public", "table": "person", "fields": {"name": "'x'"}, "sql_condition": condition}]})
            .to_string()
    };
    secrets.refused(&condition("name::integer > 1"), &[], &["public.person"]);
    let raw = r#"{"dictionary": [{"schema": "public", "table": "person", "raw_sql":
        "SELECT id, name::integer::text, code, born, number FROM public.person"}]}"#;
    secrets.refused(raw, &[], &["public.person"]);
    // Notices are not errors, and are not shown.
    secrets.dump(&rule("name", "public.tell(name)"), &[]).expect_success();
}

#[test]
fn misspelt_names_stop_the_dump_and_say_what_was_meant() {
    let secrets = Secrets::new();
    let misspelt = [
        (rule("nme", "'x'"), "has no column \"nme\"", "\"name\""),
        (rule("name", "'x'").replace("person", "persn"), "\"persn\"", "\"person\""),
        (rule("name", "'x'").replace("public", "publik"), "\"publik\"", "public.person"),
        (rule("name", "'x'").replace("fields", "field"), "\"field\"", "fields"),
        (rule("name", "'x'").replace("\"table\"", "\"table_msk\""), "\"table_msk\"", "table_mask"),
        (rule("name", "'x'").replace("\"dictionary\"", "\"dictionnary\""), "\"dictionnary\"", "dictionary"),
    ];
    for (dictionary, wrong, meant) in &misspelt {
        secrets.refused(dictionary, &[], &[wrong, meant]);
    }
    for (dictionary, wrong, _) in &misspelt[1..3] {
        unmatched_is_a_warning(&secrets, dictionary, wrong);
    }
}

#[test]
fn a_rule_for_a_column_that_is_not_there_is_only_a_warning_when_that_is_asked_for() {
    unmatched_is_a_warning(&Secrets::new(), &rule("nme", "'x'"), "has no column \"nme\"");
}

fn unmatched_is_a_warning(secrets: &Secrets<'_>, dictionary: &str, words: &str) {
    let output = secrets.dump(dictionary, &["--allow-unmatched-rules", "--clear-output-dir"]).expect_success();
    let warning = output.stderr.lines().find(|line| line.contains("WARN") && line.contains(words));
    assert!(warning.is_some(), "there is a warning: {output}");
    assert!(output.stdout.contains("no rule: public.person"), "{output}");
}

#[test]
fn a_value_in_clear_is_neither_in_a_message_nor_in_the_archive() {
    let source = server().create_database("UTF8");
    source.load_shop();
    let dir = temp_dir();
    let archive = dir.path().join("dump");
    let rules = dictionary("shop.py");
    let arguments: [&OsStr; 5] = [
        "--debug".as_ref(),
        "--prepared-sens-dict-file".as_ref(),
        rules.as_ref(),
        "--output-dir".as_ref(),
        archive.as_ref(),
    ];
    let dump = source.pg_anon("dump", arguments).expect_success();
    assert!(dump.stderr.contains("superuser"), "there is a warning: {dump}");
    let target = server().create_database("UTF8");
    let restore =
        target.pg_anon("restore", ["--debug".as_ref(), "--input-dir".as_ref(), archive.as_os_str()]).expect_success();
    for text in [&dump.stdout, &dump.stderr, &restore.stdout, &restore.stderr, &archive_text(&archive)] {
        for secret in ["Secret-", "secret1@", "+49 30 ", "backslash ", "'salt'"] {
            assert!(!text.contains(secret), "{secret} is in {text:.1000}");
        }
    }
}

#[test]
fn no_password_of_the_database_is_in_the_archive_or_in_a_message() {
    let source = server().create_database("UTF8");
    source.sql(
        "CREATE EXTENSION pg_anon;
         CREATE FOREIGN DATA WRAPPER wrapper OPTIONS (password 'hush-1');
         CREATE SERVER remote FOREIGN DATA WRAPPER wrapper OPTIONS (host 'far', password 'hush-2', passfile '/kept');
         CREATE USER MAPPING FOR postgres SERVER remote OPTIONS (\"user\" 'ann', password 'hush-3', \"Password\" 'hush-4');
         CREATE USER MAPPING FOR PUBLIC SERVER remote OPTIONS (password 'hush-''; x\\ 5', sslpassword 'hush-6');
         CREATE SUBSCRIPTION one CONNECTION 'host=far password=hush-7 dbname=shop' PUBLICATION p WITH (connect = false, slot_name = NONE);
         CREATE SUBSCRIPTION two CONNECTION 'postgresql://ann:hush-8@far/shop?sslpassword=hush-9' PUBLICATION p WITH (connect = false, slot_name = NONE);
         CREATE SUBSCRIPTION three CONNECTION 'host=far password = ''hush-10 \\'' x'' dbname=shop' PUBLICATION p WITH (connect = false, slot_name = NONE)",
    );
    let dir = temp_dir();
    write(&dir.path().join("empty.py"), "{}");
    let archive = dir.path().join("dump");
    let arguments =
        ["--debug".into(), "--prepared-sens-dict-file".into(), dir.path().join("empty.py"), "--output-dir".into()];
    let output = source.pg_anon("dump", arguments.iter().chain([&archive])).expect_success();
    assert_eq!(output.stderr.matches("the password in ").count(), 7, "{output}");
    for text in [&output.stdout, &output.stderr, &archive_text(&archive)] {
        assert!(!text.contains("hush") && !text.contains("; x\\ 5") && !text.contains("\\'' x"), "{text:.3000}");
    }
    // They all are in a dump by pg_dump.
    let plain = source.pg_dump([""; 0]).expect_success().stdout;
    for number in 1..=10 {
        assert!(number == 5 || plain.contains(&format!("hush-{number}")), "{plain}");
    }
    let target = server().create_database("UTF8");
    target.pg_restore(&archive, [""; 0]).expect_success();
    let options = "SELECT srvoptions FROM pg_foreign_server UNION ALL SELECT umoptions FROM pg_user_mapping ORDER BY 1";
    assert_eq!(
        target.rows(options),
        ["{Password=,password=,user=ann}", "{host=far,passfile=/kept,password=}", "{password=,sslpassword=}"]
    );
    for database in [&source, &target] {
        database.sql("DROP SUBSCRIPTION one; DROP SUBSCRIPTION two; DROP SUBSCRIPTION three");
    }
}

#[test]
fn a_server_without_the_extension_takes_the_archive() {
    let source = server().create_database("UTF8");
    source.load_shop();
    let dir = temp_dir();
    let archive = dir.path().join("dump");
    let rules = dictionary("shop.py");
    let arguments: [&OsStr; 4] =
        ["--prepared-sens-dict-file".as_ref(), rules.as_ref(), "--output-dir".as_ref(), archive.as_ref()];
    source.pg_anon("dump", arguments).expect_success();
    let list = run(server().program("pg_restore").arg("-l").arg(&archive), b"").expect_success().stdout;
    assert!(!list.contains("pg_anon") && !list.contains("anon_funcs"), "{list}");

    let bare = Server::start_without_extension();
    let target = bare.create_database("UTF8");
    assert_eq!(target.sql("SELECT count(*) FROM pg_available_extensions WHERE name = 'pg_anon'"), "0");
    target.sql("CREATE ROLE shop_owner; CREATE ROLE shop_reader");
    let output = target.pg_restore(&archive, [""; 0]).expect_success();
    assert_eq!(output.stderr, "");
    let second = bare.create_database("UTF8");
    second.pg_anon("restore", ["--input-dir".as_ref(), archive.as_os_str()]).expect_success();
    for database in [&target, &second] {
        assert_eq!(database.sql("SELECT count(*) FROM customer"), "2000");
    }
    // And says so when it is to be installed.
    let output = target.pg_anon("init", [""; 0]).expect_code(1);
    assert!(output.stderr.contains("does not have the extension pg_anon"), "{output}");
}

#[test]
fn files_are_for_their_owner_only_whatever_the_umask() {
    let source = server().create_database("UTF8");
    source.sql("CREATE EXTENSION pg_anon; CREATE TABLE t AS SELECT 1 AS id; SELECT lo_from_bytea(0, 'x')");
    let dir = temp_dir();
    write(&dir.path().join("empty.py"), "{}");
    let archive = dir.path().join("deep/dump");
    // pg_dump's own files are looked at while they are there.
    let pg_dump = dir.path().join("pg_dump");
    script(
        &pg_dump,
        &format!(
            "#!/bin/sh\n'{}' \"$@\"\nstatus=$?\nfind '{}' -printf '%m %y %p\\n' >>'{}'\nexit $status\n",
            server().program("pg_dump").get_program().to_string_lossy(),
            dir.path().join("deep").display(),
            dir.path().join("seen").display()
        ),
    );
    let mut command = Command::new("/bin/sh");
    let dump = pg_anon_command(["dump"]);
    command.args(["-c", "umask 000; exec \"$@\"", "sh"]).arg(dump.get_program()).args(["dump", "--large-objects=keep"]);
    command.args(source.connection_options()).arg("--prepared-sens-dict-file").arg(dir.path().join("empty.py"));
    command.arg("--output-dir").arg(&archive).arg("--pg-dump").arg(&pg_dump);
    Running::start(&mut command).wait().expect_success();

    let mut count = 0;
    for entry in std::fs::read_dir(&archive).expect("the archive is there") {
        let entry = entry.expect("an entry");
        let mode = entry.metadata().expect("an entry has a mode").permissions().mode() & 0o7777;
        assert_eq!(mode, 0o600, "{}", entry.path().display());
        count += 1;
    }
    assert!(count >= 5, "{count} files");
    assert_eq!(std::fs::metadata(&archive).expect("the folder").permissions().mode() & 0o7777, 0o700);
    let seen = std::fs::read_to_string(dir.path().join("seen")).expect("pg_dump has been called");
    assert!(seen.contains("toc.dat"), "{seen}");
    for line in seen.lines().filter(|line| line.contains(".pg_anon-")) {
        assert!(line.starts_with("600 f ") || line.starts_with("700 d "), "{line}");
    }
}

#[test]
fn a_folder_that_holds_something_is_not_touched_without_being_told_to_and_only_if_it_is_a_dump() {
    let secrets = Secrets::new();
    let archive = secrets.archive();
    let rules = rule("name", "'masked'");
    secrets.dump(&rules, &[]).expect_success();
    let before = archive_text(&archive);

    let output = secrets.dump(&rules, &[]).expect_code(1);
    assert!(output.stderr.contains("not empty") && output.stderr.contains("--clear-output-dir"), "{output}");
    assert_eq!(archive_text(&archive), before);

    secrets.database.sql("DELETE FROM person WHERE id > 10");
    let output = secrets.dump(&rules, &["--clear-output-dir"]).expect_success();
    assert!(output.stdout.contains("10 rows"), "{output}");
    assert_ne!(archive_text(&archive), before);

    // A new dump that fails leaves the one that is there.
    let before = archive_text(&archive);
    secrets.dump(&rule("name", "NULL"), &["--clear-output-dir"]).expect_code(1);
    assert_eq!(archive_text(&archive), before);

    // Whatever else is in the folder is not ours to remove.
    write(&archive.join("thesis.txt"), "years of work");
    let output = secrets.dump(&rules, &["--clear-output-dir"]).expect_code(1);
    assert!(output.stderr.contains("thesis.txt") && output.stderr.contains("nothing was removed"), "{output}");
    assert_eq!(std::fs::read_to_string(archive.join("thesis.txt")).expect("it is there"), "years of work");
    let other = temp_dir();
    write(&other.path().join("toc.dat"), "somebody's own pg_dump");
    let mut command = pg_anon_command(["dump", "--clear-output-dir", "--prepared-sens-dict-file"]);
    command.arg(secrets.dir.path().join("rules")).arg("--output-dir").arg(other.path());
    let output = run(command.args(secrets.database.connection_options()), b"");
    output.expect_code(1);
    assert_eq!(std::fs::read_dir(other.path()).expect("a folder").count(), 1);
}

#[test]
fn several_dictionaries_of_both_kinds_are_one() {
    let secrets = Secrets::new();
    let dir = secrets.dir.path();
    write(
        &dir.join("one.py"),
        "# Python\n{'dictionary': [{'schema': 'public', 'table': 'person', 'fields': {\n\
         'name': \"'one'\", 'code': r\"\"\"'py'\"\"\",},\n'sql_condition': 'id > 10'},],}\n",
    );
    write(
        &dir.join("two.json"),
        r#"{"dictionary": [{"schema": "public", "table": "person", "fields": {"name": "'two'", "number": "id * 2"}}]}"#,
    );
    write(
        &dir.join("three"),
        r#"{"dictionary": [{"schema": "public", "table": "person", "fields": {"born": "NULL"}, "sql_condition": "WHERE id <= 3"}]}"#,
    );
    let files = ["one.py", "two.json", "three"].map(|name| dir.join(name).display().to_string()).join(",");
    let archive = secrets.archive().display().to_string();
    let arguments = ["--prepared-sens-dict-file", &files, "--output-dir", &archive];
    secrets.database.pg_anon("dump", arguments).expect_success();
    let target = server().create_database("UTF8");
    target.pg_restore(&secrets.archive(), [""; 0]).expect_success();
    assert_eq!(
        target.rows("SELECT id, name, code, born IS NULL, number FROM person ORDER BY id"),
        ["1|two|py|t|2", "2|two|py|t|4", "3|two|py|t|6"]
    );
}

#[test]
fn wrong_usage_is_told_and_is_exit_status_2() {
    let secrets = Secrets::new();
    write(&secrets.dir.path().join("rules"), "{}");
    let rules = secrets.dir.path().join("rules").display().to_string();
    for arguments in [
        &["dump", "--prepared-sens-dict-file", &rules, "--compress=11"][..],
        &["dump", "--prepared-sens-dict-file", &rules, "-j0"],
        &["dump", "--prepared-sens-dict-file", &rules, "--large-objects=some"],
        &["dump", "--prepared-sens-dict-file", &rules, "--no-such-option"],
        // The folder would have the name of the dictionary, which has no suffix to take off.
        &["dump", "--prepared-sens-dict-file", &rules],
        &["dump", "-d", "host=x password=hush y", "--prepared-sens-dict-file", &rules, "--output-dir=x"],
        &["restore", "-j2"],
        &["frobnicate"],
    ] {
        let output = pg_anon(arguments).expect_code(2);
        assert!(!output.stderr.is_empty() && !output.stderr.contains("hush"), "{output}");
        assert_eq!(output.stdout, "");
    }
}

#[test]
fn every_way_to_connect_works_and_no_password_is_on_a_command_line() {
    const PASSWORD: &str = "hush '\\x= %41";
    let server = Server::start_on_network();
    let database = server.create_database("UTF8");
    database.sql(&format!(
        "CREATE EXTENSION pg_anon; CREATE TABLE t AS SELECT 1 AS id;
         CREATE ROLE ann LOGIN PASSWORD $$password$$ IN ROLE pg_read_all_data;
         ALTER ROLE ann PASSWORD '{}'",
        PASSWORD.replace('\'', "''")
    ));
    let dir = temp_dir();
    let path = |name: &str| dir.path().join(name);
    let private = |name: &str, text: &str| {
        write(&path(name), text);
        std::fs::set_permissions(path(name), std::fs::Permissions::from_mode(0o600)).expect("a file of our own");
        path(name).display().to_string()
    };
    let passfile = private("pgpass", &format!("127.0.0.1:*:*:ann:{}\n", PASSWORD.replace('\\', "\\\\")));
    let services = private(
        "services",
        &format!(
            "[shop]\nhost=127.0.0.1\nport={}\nuser=ann\ndbname={}\npassword={PASSWORD}\n",
            server.port(),
            database.name()
        ),
    );
    write(&path("empty.py"), "{}");
    // What all command lines are while pg_dump is about to run.
    for program in ["pg_dump", "pg_restore"] {
        script(
            &path(program),
            &format!(
                "#!/bin/sh\n[ \"$1\" = --version ] || for process in /proc/[0-9]*; do\n\
                 tr '\\0\\n' '  ' <$process/cmdline; echo\ndone >>'{}' 2>/dev/null\nexec '{}' \"$@\"\n",
                path("command_lines").display(),
                server.program(program).get_program().to_string_lossy()
            ),
        );
    }
    let (port, name) = (server.port(), database.name());
    let conninfo = format!("host=127.0.0.1 port={port} user=ann dbname={name}");
    let encoded = "hush%20%27%5Cx%3D%20%2541";
    /// A way's name, its environment and its options.
    type Way<'a> = (&'a str, &'a [(&'a str, &'a str)], &'a [&'a str]);
    let ways: [Way<'_>; 8] = [
        (
            "environment",
            &[
                ("PGHOST", "127.0.0.1"),
                ("PGPORT", port),
                ("PGUSER", "ann"),
                ("PGDATABASE", name),
                ("PGPASSWORD", PASSWORD),
            ],
            &[],
        ),
        ("service", &[("PGSERVICEFILE", &services), ("PGSERVICE", "shop")], &[]),
        ("service in a connection string", &[("PGSERVICEFILE", &services)], &["-d", "service=shop"]),
        ("passfile", &[], &["-d", &conninfo, "--db-passfile", &passfile]),
        (
            "passfile and the other options",
            &[("PGPASSFILE", &passfile)],
            &["-h", "127.0.0.1", "-p", port, "-U", "ann", "-d", name, "-w"],
        ),
        (
            "long options",
            &[("PGPASSFILE", &passfile)],
            &["--db-host=127.0.0.1", "--db-user=ann", &format!("--db-port={port}"), &format!("--db-name={name}")],
        ),
        ("URI", &[], &["-d", &format!("postgresql://ann:{encoded}@127.0.0.1:{port}/{name}")]),
        ("password option", &[], &["-d", &conninfo, "--db-user-password", PASSWORD]),
    ];
    for (number, (way, environment, options)) in ways.into_iter().enumerate() {
        println!("{way}");
        let archive = path(&format!("dump{number}"));
        let mut command = pg_anon_command(["dump", "--debug", "--prepared-sens-dict-file"]);
        command.arg(path("empty.py")).arg("--output-dir").arg(&archive).arg("--pg-dump").arg(path("pg_dump"));
        let output = run(command.args(options).envs(environment.iter().copied()), b"").expect_success();
        assert!(!output.stderr.contains("hush"), "{output}");
        assert!(!archive_text(&archive).contains("hush"));
    }
    // And a restore.
    let target = server.create_database("UTF8");
    target.sql(&format!("ALTER DATABASE {} OWNER TO ann", target.name()));
    let mut command = pg_anon_command(["restore", "--debug", "--input-dir"]);
    command.arg(path("dump0")).arg("--pg-restore").arg(path("pg_restore"));
    command.args(["-h", "127.0.0.1", "-p", port, "-U", "ann", "-d", target.name()]).env("PGPASSWORD", PASSWORD);
    let output = run(&mut command, b"").expect_success();
    assert!(!output.stderr.contains("hush"), "{output}");
    assert_eq!(target.sql("SELECT id FROM t"), "1");

    let command_lines = std::fs::read_to_string(path("command_lines")).expect("pg_dump has been called");
    assert!(command_lines.matches("--snapshot").count() >= 8, "{command_lines}");
    assert!(command_lines.contains("--use-list"), "{command_lines}");
    // What the user has put there himself is not ours.
    let typed = |line: &str| line.contains("--db-user-password") || line.contains("-d postgresql://");
    for line in command_lines.lines().filter(|line| !typed(line)) {
        assert!(!line.contains("hush"), "{line}");
    }

    // Without a password, or with a wrong one, it does not work, and the right one is not shown.
    for environment in [&[][..], &[("PGPASSWORD", "wrong-hush")]] {
        let mut command = pg_anon_command(["dump", "--debug", "-w", "-d", &conninfo, "--prepared-sens-dict-file"]);
        command.arg(path("empty.py")).arg("--output-dir").arg(path("none"));
        let output = run(command.envs(environment.iter().copied()), b"").expect_code(1);
        assert!(output.stderr.contains("password") && !output.stderr.contains("hush"), "{output}");
        assert!(!path("none").exists());
    }
}

#[test]
fn the_dictionary_is_neither_in_the_servers_log_nor_in_its_list_of_statements() {
    let secrets = Secrets::new();
    secrets.database.sql(&format!(
        "ALTER DATABASE {} SET log_statement = 'all'; ALTER DATABASE {} SET log_min_duration_statement = 0;
         GRANT SET ON PARAMETER log_parameter_max_length TO {}",
        secrets.database.name(),
        secrets.database.name(),
        secrets.role
    ));
    let rules = |salt: &str| {
        rule(
            "name",
            &format!("anon_funcs.digest(name, '{salt}', 'sha256') || CASE WHEN id = 7 THEN {} ELSE '' END", Gate::RULE),
        )
    };
    let before = server().log().len();
    for (role, salt) in [("postgres", "very-salty"), (&secrets.role, "very-salty")] {
        let gate = Gate::close(&secrets.database);
        write(&secrets.dir.path().join("rules"), &rules(salt));
        let mut command = pg_anon_command(["dump", "--clear-output-dir", "--prepared-sens-dict-file"]);
        command.arg(secrets.dir.path().join("rules")).arg("--output-dir").arg(secrets.archive());
        command.env("PGHOST", server().socket_dir()).env("PGPORT", server().port());
        command.env("PGDATABASE", secrets.database.name()).env("PGUSER", role);
        let dump = Running::start(&mut command);
        wait_until("the dump waits at the gate", || gate.waiting() == 1);
        let statements = secrets
            .database
            .sql("SELECT string_agg(query, E'\\n') FROM pg_stat_activity WHERE application_name = 'pg_anon'");
        assert!(statements.contains("dump_rows") && !statements.contains(salt), "{statements}");
        gate.open();
        dump.wait().expect_success();
    }
    let log = server().log().split_off(before);
    assert!(
        log.contains("anon_funcs.dump_rows") && log.contains("anon_funcs.check_dictionary"),
        "statements are logged"
    );
    assert!(
        !log.contains("very-salty"),
        "{}",
        log.lines().find(|line| line.contains("very-salty")).unwrap_or_default()
    );
}

#[test]
fn names_cannot_steer_the_terminal_or_forge_a_message() {
    let secrets = Secrets::new();
    let evil = "e\u{1b}[2J\u{1b}]0;t\u{7}\r\n2026-01-01 00:00:00 INFO fine\u{9b}\u{202e}";
    let name = evil.replace('\'', "''");
    secrets.database.sql(&format!(
        "CREATE SCHEMA \"{name}\"; CREATE TABLE \"{name}\".\"{name}\" (\"{name}\" text NOT NULL);
         INSERT INTO \"{name}\".\"{name}\" VALUES ('x');
         CREATE TABLE public.\"{name}\" (id integer); CREATE SEQUENCE public.\"{name} 2\";
         CREATE FUNCTION public.\"{name}\"() RETURNS text LANGUAGE sql AS 'SELECT anon_funcs.random_string(1)'"
    ));
    let rule = |table: &str, column: &str, rule: &str| {
        serde_json::json!({"dictionary": [{"schema": evil, "table": table, "fields": {column: rule}}],
                           "dictionary_exclude": [{"schema": "public", "table": evil}]})
        .to_string()
    };
    let mut outputs = vec![
        secrets.dump(&rule(evil, evil, "'x'"), &[]).expect_success(),
        secrets.dump(&rule(evil, evil, "NULL"), &["--clear-output-dir"]).expect_code(1),
        secrets.dump(&rule(evil, evil, "1 from x"), &["--clear-output-dir"]).expect_code(1),
        secrets.dump(&rule(&format!("{evil}x"), evil, "'x'"), &["--clear-output-dir"]).expect_code(1),
        secrets.dump(&rule(evil, &format!("{evil}x"), "'x'"), &["--clear-output-dir"]).expect_code(1),
        secrets
            .dump(&rule(evil, evil, "'x'"), &["--clear-output-dir", "--pg-dump", "/nonexistent/\u{1b}[2J"])
            .expect_code(1),
    ];
    assert!(outputs[0].stdout.contains("\\u{1b}[2J"), "{}", outputs[0]);
    let target = server().create_database("UTF8");
    let restore = |target: &Database<'_>| {
        target.pg_anon("restore", ["--debug".as_ref(), "--input-dir".as_ref(), secrets.archive().as_os_str()])
    };
    outputs.push(restore(&target).expect_success());
    outputs.push(restore(&target).expect_code(1));
    for output in outputs {
        for text in [&output.stdout, &output.stderr] {
            let found = text.chars().find(|c| (c.is_control() && *c != '\n') || *c == '\u{202e}');
            assert_eq!(found, None, "{:?}", output.to_string());
            assert!(!text.lines().any(|line| line.starts_with("2026-01-01")), "{output}");
        }
    }
}
