//! Structure and data dumped apart: sync-struct-dump and sync-data-dump, and what plain pg_restore makes of both.

use std::ffi::OsStr;
use std::path::Path;

use pg_anon_e2e::{
    Database, Output, Running, Server, Transaction, archive_text, assert_same_dump, dictionary, pg_anon,
    pg_anon_command, run, server, temp_dir, wait_until,
};
use serde_json::Value;

/// Runs a dump with the shop's dictionary.
fn dump(source: &Database<'_>, mode: &str, archive: &Path, options: &[&str]) -> Output {
    dump_by(source, mode, &dictionary("shop.py"), archive, options)
}

fn dump_by(source: &Database<'_>, mode: &str, dictionary: &Path, archive: &Path, options: &[&str]) -> Output {
    let fixed: [&OsStr; 4] =
        ["--prepared-sens-dict-file".as_ref(), dictionary.as_ref(), "--output-dir".as_ref(), archive.as_ref()];
    source.pg_anon(mode, fixed.into_iter().chain(options.iter().map(OsStr::new)))
}

/// The kinds of the archive's entries, each once.
fn kinds(archive: &Path) -> Vec<String> {
    let mut kinds: Vec<String> = entries(archive).into_iter().map(|entry| entry.0).collect();
    kinds.sort();
    kinds.dedup();
    kinds
}

/// Kind and name of the entries, in their order.
fn entries(archive: &Path) -> Vec<(String, String)> {
    let list = run(server().program("pg_restore").arg("-l").arg(archive), b"").expect_success().stdout;
    let entry = |line: &str| {
        // `3592; 826 17400 TABLE DATA public customer postgres`
        let words: Vec<&str> = line.split(' ').skip(3).collect();
        let kind = words.iter().take_while(|word| word.chars().all(|c| c.is_ascii_uppercase())).count();
        let name = words[kind..].iter().rev().skip(1).rev().copied().collect::<Vec<_>>().join(".");
        (words[..kind].join(" "), name)
    };
    list.lines().filter(|line| !line.starts_with(';')).map(entry).collect()
}

fn metadata(archive: &Path) -> Value {
    let content = std::fs::read(archive.join("metadata.json")).expect("metadata.json is there");
    serde_json::from_slice(&content).expect("it is JSON")
}

fn count(database: &Database<'_>, what: &str) -> String {
    database.sql(&format!("SELECT count(*) FROM {what}"))
}

#[test]
fn a_dump_of_the_structure_has_all_but_the_data() {
    let source = server().create_database("UTF8");
    source.load_shop();
    let dir = temp_dir();
    let archive = dir.path().join("structure");
    let output = dump(&source, "sync-struct-dump", &archive, &[]).expect_success();
    assert!(output.stdout.contains("Dumped the structure of 9 tables"), "{output}");
    let data = ["TABLE DATA", "SEQUENCE SET", "BLOB", "BLOBS", "MATERIALIZED VIEW DATA"];
    assert!(kinds(&archive).iter().all(|kind| !data.contains(&kind.as_str())), "{:?}", kinds(&archive));
    let text = archive_text(&archive);
    assert!(!text.contains("Secret-Name") && !text.contains("content of a large object"));

    let target = server().create_database("UTF8");
    assert_eq!(target.pg_restore(&archive, [""; 0]).expect_success().stderr, "");
    assert_same_dump(&target.schema_dump(), &source.schema_dump());
    assert_eq!(count(&target, "customer"), "0");

    let metadata = metadata(&archive);
    for key in [
        "created",
        "pg_version",
        "pg_dump_version",
        "dictionary_content_hash",
        "prepared_sens_dict_files",
        "dbg_stage_2_validate_data",
        "dbg_stage_3_validate_full",
    ] {
        assert!(!metadata[key].is_null(), "{key}: {metadata}");
    }
    assert_eq!(metadata["mode"], "sync-struct-dump");
    assert!(metadata["files"].is_null() && metadata["seq_lastvals"].is_null(), "{metadata}");
    assert!(!archive.join("dumped_tables.py").exists());
}

#[test]
fn a_dump_of_the_data_has_rows_and_sequence_values_alone() {
    let source = server().create_database("UTF8");
    source.load_shop();
    let dir = temp_dir();
    let archive = dir.path().join("data");
    let output = dump(&source, "sync-data-dump", &archive, &["-j2"]).expect_success();
    assert!(output.stdout.contains("Dumped the data of 9 tables"), "{output}");
    assert!(output.stderr.contains("foreign keys go in a circle"), "{output}");
    assert_eq!(kinds(&archive), ["SEQUENCE SET", "TABLE DATA"]);
    assert_eq!(metadata(&archive)["mode"], "sync-data-dump");
    assert_eq!(metadata(&archive)["files"].as_object().map(|files| files.len()), Some(9));
    assert!(!archive_text(&archive).contains("Secret-Name"));

    // The rows, in the order and with the entries of pg_dump's own dump of the data.
    let plain = dir.path().join("plain");
    source.pg_dump(["-a".as_ref(), "-Fd".as_ref(), "-f".as_ref(), plain.as_os_str()]).expect_success();
    let sorted = |mut entries: Vec<(String, String)>| {
        entries.retain(|entry| !entry.0.starts_with("BLOB"));
        entries.sort();
        entries
    };
    assert_eq!(sorted(entries(&archive)), sorted(entries(&plain)));

    let target = server().create_database("UTF8");
    let structure = dir.path().join("structure");
    dump(&source, "sync-struct-dump", &structure, &[]).expect_success();
    target.pg_restore(&structure, [""; 0]).expect_success();
    let output = target.pg_restore(&archive, ["--data-only", "--disable-triggers"]).expect_success();
    assert_eq!(output.stderr, "");
    assert_eq!(count(&target, "customer"), "2000");
    assert_eq!(count(&target, "orders"), "3000");
    assert_eq!(count(&target, "customer WHERE name LIKE '%Secret%'"), "0");
    assert_eq!(target.sql("SELECT last_value, is_called FROM invoice_number"), "5005|t");
    target.sql("REFRESH MATERIALIZED VIEW best_customer");

    // Both apart make what one dump of all makes.
    let whole = dir.path().join("whole");
    dump(&source, "dump", &whole, &[]).expect_success();
    assert_eq!(metadata(&whole)["mode"], "dump");
    let at_once = server().create_database("UTF8");
    at_once.pg_restore(&whole, [""; 0]).expect_success();
    for database in [&target, &at_once] {
        // Random in each dump.
        database.sql("UPDATE customer SET phone = ''; UPDATE staff SET name = ''");
    }
    assert_same_dump(&target.full_dump(), &at_once.full_dump());
}

#[test]
fn the_data_of_referenced_tables_comes_first_so_that_foreign_keys_need_not_be_switched_off() {
    let source = server().create_database("UTF8");
    source.sql(
        "CREATE EXTENSION pg_anon;
         CREATE TABLE z_top (id integer PRIMARY KEY);
         CREATE TABLE m_middle (id integer PRIMARY KEY, top integer REFERENCES z_top, up integer REFERENCES m_middle);
         CREATE TABLE a_bottom (middle integer REFERENCES m_middle, top integer REFERENCES z_top);
         CREATE TABLE y_parts (id integer PRIMARY KEY) PARTITION BY RANGE (id);
         CREATE TABLE y_parts_1 PARTITION OF y_parts FOR VALUES FROM (MINVALUE) TO (500);
         CREATE TABLE y_parts_2 PARTITION OF y_parts FOR VALUES FROM (500) TO (MAXVALUE);
         CREATE TABLE b_refers (part integer REFERENCES y_parts) PARTITION BY LIST (part);
         CREATE TABLE b_refers_1 PARTITION OF b_refers DEFAULT;
         INSERT INTO z_top SELECT generate_series(1, 1000);
         -- Each row refers to one that is far behind it.
         INSERT INTO m_middle SELECT n, n, 100001 - n FROM generate_series(1, 1000) AS n
             UNION ALL SELECT n, NULL, NULL FROM generate_series(99000, 100001) AS n;
         INSERT INTO m_middle SELECT n, NULL, 300003 - n FROM generate_series(100002, 200001) AS n;
         INSERT INTO a_bottom SELECT n, n FROM generate_series(1, 1000) AS n;
         INSERT INTO y_parts SELECT generate_series(1, 1000);
         INSERT INTO b_refers SELECT generate_series(1, 1000);
         ANALYZE",
    );
    let role = server().create_role("LOGIN");
    let dir = temp_dir();
    let rules = dir.path().join("nothing.json");
    std::fs::write(&rules, "{}").expect("a dictionary is written");
    let (structure, data) = (dir.path().join("structure"), dir.path().join("data"));
    dump_by(&source, "sync-struct-dump", &rules, &structure, &[]).expect_success();
    // Parts of the least size: what refers to itself stays whole nevertheless.
    let output = dump_by(&source, "sync-data-dump", &rules, &data, &["--split-size=1", "-j4"]).expect_success();
    assert!(!output.stderr.contains("circle"), "{output}");
    assert_eq!(metadata(&data)["files"].as_object().map(|files| files.len()), Some(6), "{}", metadata(&data));

    for jobs in ["-j1", "-j4"] {
        let target = server().create_database("UTF8");
        target.sql(&format!("GRANT ALL ON SCHEMA public TO {role}"));
        // Its owner is no superuser, and cannot switch off the triggers of foreign keys.
        let as_role = ["-U", &role, "--no-owner"];
        target.pg_restore(&structure, as_role).expect_success();
        let output = target.pg_restore(&data, as_role.into_iter().chain([jobs, "--exit-on-error"])).expect_success();
        assert_eq!(output.stderr, "");
        let tables = ["z_top", "m_middle", "a_bottom", "y_parts", "b_refers"];
        for table in tables {
            assert_eq!(count(&target, table), count(&source, table), "{table}, {jobs}");
        }
    }
}

#[test]
fn the_list_of_dumped_tables_is_a_tables_dictionary_and_belongs_to_the_dump() {
    let source = server().create_database("UTF8");
    source.sql(
        "CREATE EXTENSION pg_anon; CREATE SCHEMA \"Größe\"; CREATE TABLE \"Größe\".\"it's \\ \"\"x\"\"\" (id integer);
         CREATE TABLE left_out (id integer); CREATE TABLE plain (id integer)",
    );
    let dir = temp_dir();
    let rules = dir.path().join("rules.json");
    std::fs::write(&rules, r#"{"dictionary_exclude": [{"schema": "public", "table": "left_out"}]}"#).expect("written");
    let archive = dir.path().join("dump");
    for mode in ["dump", "sync-data-dump"] {
        dump_by(&source, mode, &rules, &archive, &["--clear-output-dir"]).expect_success();
        let list = std::fs::read(archive.join("dumped_tables.py")).expect("the list is there");
        let list: Value = serde_json::from_slice(&list).expect("this Python literal is JSON too");
        let names: Vec<_> = list["tables"].as_array().expect("a list").iter().map(|table| &table["table"]).collect();
        assert_eq!(names, ["it's \\ \"x\"", "plain"]);
        assert_eq!(list["tables"][0]["schema"], "Größe");
        let file = &metadata(&archive)["archive_files"]["dumped_tables.py"];
        assert_eq!(file["bytes"].as_u64(), std::fs::metadata(archive.join("dumped_tables.py")).ok().map(|f| f.len()));
    }
    // A mode replaces what another one left.
    dump_by(&source, "sync-struct-dump", &rules, &archive, &["--clear-output-dir"]).expect_success();
    assert!(!archive.join("dumped_tables.py").exists());
}

#[test]
fn a_dump_of_the_structure_checks_the_dictionary_and_leaves_out_its_schemas() {
    let source = server().create_database("UTF8");
    source.sql(
        "CREATE EXTENSION pg_anon; CREATE SCHEMA gone; CREATE TABLE gone.t (id integer); CREATE TABLE stays (a text)",
    );
    let dir = temp_dir();
    let rules = dir.path().join("rules.json");
    let archive = dir.path().join("dump");
    std::fs::write(&rules, r#"{"dictionary": [{"schema": "public", "table": "stays", "fields": {"b": "''"}}]}"#)
        .expect("a dictionary is written");
    let output = dump_by(&source, "sync-struct-dump", &rules, &archive, &[]).expect_code(1);
    assert!(output.stderr.contains("stays"), "{output}");
    assert!(!archive.exists());
    std::fs::write(&rules, r#"{"dictionary_exclude": [{"schema": "gone", "table_mask": "*"}]}"#).expect("written");
    let output = dump_by(&source, "sync-struct-dump", &rules, &archive, &[]).expect_success();
    assert!(output.stdout.contains("left out, schemas: gone"), "{output}");
    let names: Vec<_> = entries(&archive).into_iter().filter(|entry| entry.0 == "TABLE").map(|entry| entry.1).collect();
    assert_eq!(names, ["public.stays"]);
}

#[test]
fn a_dump_of_the_structure_waits_for_a_table_that_somebody_has_for_himself() {
    let source = server().create_database("UTF8");
    source.sql("CREATE EXTENSION pg_anon; CREATE TABLE held (id integer)");
    let dir = temp_dir();
    let rules = dir.path().join("nothing.json");
    std::fs::write(&rules, "{}").expect("a dictionary is written");
    let archive = dir.path().join("dump");
    let transaction = Transaction::begin(&source, "LOCK TABLE held");
    wait_until("the table is held", || count(&source, "pg_locks WHERE relation = 'held'::regclass") == "1");
    let mut arguments = vec!["sync-struct-dump".to_owned()];
    arguments.extend(source.connection_options());
    arguments.extend(["--prepared-sens-dict-file".to_owned(), rules.display().to_string()]);
    arguments.extend(["--output-dir".to_owned(), archive.display().to_string()]);
    let running = Running::start(&mut pg_anon_command(&arguments));
    wait_until("pg_dump waits", || count(&source, "pg_locks WHERE NOT granted AND relation = 'held'::regclass") == "1");
    transaction.commit();
    running.wait().expect_success();
    assert!(archive.join("toc.dat").exists());
}

#[test]
fn views_indexes_and_foreign_keys_are_listed_with_their_schemas_for_scripts_that_mark_them() {
    let source = server().create_database("UTF8");
    source.sql(
        "CREATE EXTENSION pg_anon; CREATE SCHEMA a; CREATE SCHEMA b; CREATE SCHEMA gone;
         CREATE TABLE a.t (id integer PRIMARY KEY, up integer CONSTRAINT up REFERENCES a.t);
         CREATE TABLE b.t (id integer PRIMARY KEY, up integer CONSTRAINT up REFERENCES a.t);
         CREATE TABLE b.p (id integer PRIMARY KEY, t integer CONSTRAINT to_t REFERENCES b.t) PARTITION BY RANGE (id);
         CREATE TABLE b.p_1 PARTITION OF b.p DEFAULT;
         CREATE VIEW a.shown AS SELECT id FROM a.t;
         CREATE VIEW b.shown AS SELECT 1 AS one;
         CREATE MATERIALIZED VIEW b.kept AS SELECT id FROM b.t;
         CREATE VIEW gone.v AS SELECT 1 AS one;
         CREATE FUNCTION gone.f() RETURNS event_trigger LANGUAGE plpgsql AS 'BEGIN END';
         CREATE EVENT TRIGGER dead ON ddl_command_end EXECUTE FUNCTION gone.f();
         COMMENT ON EVENT TRIGGER dead IS 'its function is not dumped';
         CREATE FUNCTION a.f() RETURNS event_trigger LANGUAGE plpgsql AS 'BEGIN END';
         CREATE EVENT TRIGGER alive ON ddl_command_end EXECUTE FUNCTION a.f()",
    );
    let dir = temp_dir();
    let rules = dir.path().join("rules.json");
    std::fs::write(&rules, r#"{"dictionary_exclude": [{"schema": "gone", "table_mask": "*"}]}"#).expect("written");
    let archive = dir.path().join("dump");
    dump_by(&source, "dump", &rules, &archive, &[]).expect_success();
    let metadata = metadata(&archive);
    let keys = |name: &str| -> Vec<String> {
        metadata[name].as_object().expect("an object").keys().map(String::to_owned).collect()
    };
    assert_eq!(keys("views"), ["a.shown", "b.shown", "kept"]);
    assert_eq!(
        metadata["views"]["a.shown"],
        serde_json::json!({"view_schema": "a", "view_name": "shown", "view_type": "view", "table_schema": "a",
                           "table_name": "t", "is_excluded": false})
    );
    assert_eq!(metadata["views"]["kept"]["view_type"], "materialized_view");
    assert_eq!(keys("indexes"), ["a.t_pkey", "b.t_pkey", "p_1_pkey", "p_pkey"]);
    assert_eq!(
        metadata["indexes"]["p_1_pkey"],
        serde_json::json!({"schema": "b", "table": "p_1", "index_name": "p_1_pkey", "is_excluded": false,
                           "parent_index_schema": "b", "parent_index_name": "p_pkey"})
    );
    assert_eq!(keys("constraints"), ["a.t.up", "b.t.up", "to_t"]);
    assert_eq!(
        metadata["constraints"]["to_t"],
        serde_json::json!({"table_schema_from": "b", "table_name_from": "p", "constraint_name": "to_t",
                           "table_schema_to": "b", "table_name_to": "t", "is_excluded": false,
                           "referenced_relkind": "r", "referrer_relkind": "p", "referenced_partition_leaves": null,
                           "referrer_partition_leaves": [["b", "p_1"]]})
    );
    assert_eq!(metadata["excluded_event_triggers"], serde_json::json!(["dead"]));
    let target = server().create_database("UTF8");
    assert_eq!(target.pg_restore(&archive, [""; 0]).expect_success().stderr, "");
    assert_eq!(target.sql("SELECT string_agg(evtname, ' ') FROM pg_event_trigger"), "alive");
}

#[test]
fn too_few_free_connections_are_told_with_numbers_before_anything_is_done() {
    let server = Server::start(&["max_connections = 12", "superuser_reserved_connections = 3"]);
    let source = server.create_database("UTF8");
    let role = server.create_role("LOGIN CONNECTION LIMIT 4");
    source.sql(&format!("CREATE EXTENSION pg_anon; CREATE TABLE t (id integer); GRANT SELECT ON t TO {role}"));
    let dir = temp_dir();
    let rules = dir.path().join("nothing.json");
    std::fs::write(&rules, "{}").expect("a dictionary is written");
    let archive = dir.path().join("dump");
    let dump = |user: &str, mode: &str, jobs: &str| {
        let mut arguments: Vec<String> = vec![mode.into()];
        arguments.extend(source.connection_options());
        let at = arguments.iter().position(|argument| argument == "postgres").expect("an option names the user");
        arguments[at] = user.to_owned();
        arguments.extend(["--prepared-sens-dict-file".into(), rules.display().to_string(), jobs.into()]);
        arguments.extend(["--output-dir".into(), archive.display().to_string(), "--clear-output-dir".into()]);
        pg_anon(arguments)
    };
    // The limit of the role: the first connection is one of four, pg_dump has another.
    let output = dump(&role, "dump", "-j4").expect_code(1);
    assert!(
        output.stderr.contains("5 more connections are needed") && output.stderr.contains("room for 3"),
        "{output}"
    );
    assert!(output.stderr.contains(&role) && output.stderr.contains("-j 2"), "{output}");
    assert!(!archive.exists());
    dump(&role, "dump", "-j2").expect_success();
    // The limit of the database, and none for a superuser.
    source.sql(&format!("ALTER ROLE {role} CONNECTION LIMIT -1; ALTER DATABASE {} CONNECTION LIMIT 2", source.name()));
    let output = dump(&role, "dump", "-j1").expect_code(1);
    assert!(output.stderr.contains(source.name()) && output.stderr.contains("room for 1"), "{output}");
    dump(&role, "sync-struct-dump", "-j9").expect_success();
    dump("postgres", "dump", "-j2").expect_success();
    // The server's, of which three are the superuser's.
    source.sql(&format!("ALTER DATABASE {} CONNECTION LIMIT -1", source.name()));
    let output = dump(&role, "dump", "-j8").expect_code(1);
    assert!(output.stderr.contains("9 more") && output.stderr.contains("room for 8"), "{output}");
    assert!(output.stderr.contains("max_connections"), "{output}");
    dump("postgres", "dump", "-j8").expect_success();
    dump("postgres", "dump", "-j11").expect_code(1);
}
