//! Looking before a dump: `view-fields` and `view-data` show what the dump then does.

use std::path::{Path, PathBuf};

use pg_anon_e2e::{Database, Output, server, temp_dir};
use serde_json::{Value, json};

const SHOP: &str = r#"
CREATE SCHEMA shop;
CREATE TABLE shop.person (id int PRIMARY KEY, mail text, vip boolean, balance numeric(8,2), weight float8, note text);
INSERT INTO shop.person VALUES (2, 'bob@example.com', false, 2.50, 1.5, E'two\nlines\t\\'), (1, 'ann@example.com', true, NULL, NULL, 'x'),
  (3, 'eve@example.com', NULL, 0, 'NaN', '日本');
CREATE TABLE shop.visit (day date NOT NULL, who text) PARTITION BY RANGE (day);
CREATE TABLE shop.visit_old PARTITION OF shop.visit FOR VALUES FROM ('2000-01-01') TO ('2020-01-01');
CREATE TABLE shop.visit_new PARTITION OF shop.visit FOR VALUES FROM ('2020-01-01') TO ('2040-01-01');
INSERT INTO shop.visit VALUES ('2010-01-01', 'ann'), ('2030-01-01', 'bob');
CREATE TABLE shop."Odd ""Name" ("a b" int, "é;--" text);
CREATE TABLE public.scrap (x int);
"#;

const FIRST: &str = r#"{"dictionary": [
    {"schema": "shop", "table": "person", "fields": {"mail": "anon_funcs.digest(mail, 'salt', 'md5')"}, "sql_condition": "WHERE id < 3"},
    {"schema": "elsewhere", "table": "t", "fields": {"a": "NULL"}}],
  "dictionary_exclude": [{"schema": "public", "table": "scrap"}, {"schema": "shop", "table": "visit_old"}]}"#;
const SECOND: &str = r#"{"dictionary": [
    {"schema": "shop", "table": "person", "fields": {"note": "'gone'"}},
    {"schema": "shop", "table": "visit", "fields": {"who": "anon_funcs.digest(who, 'salt', 'md5')"}}]}"#;

/// Writes both dictionaries. Gives what stands behind `--prepared-sens-dict-file`.
fn dictionaries(dir: &Path) -> String {
    let write = |name: &str, text: &str| -> PathBuf {
        let file = dir.join(name);
        std::fs::write(&file, text).expect("a dictionary is written");
        file
    };
    format!("{},{}", write("first.json", FIRST).display(), write("second.json", SECOND).display())
}

fn shop() -> Database<'static> {
    let database = server().create_database("UTF8");
    database.sql(&format!("CREATE EXTENSION pg_anon; {SHOP}"));
    database
}

fn view(database: &Database<'_>, mode: &str, files: &str, options: &[&str]) -> Output {
    database.pg_anon(mode, ["--prepared-sens-dict-file", files].iter().chain(options))
}

fn view_json(database: &Database<'_>, mode: &str, files: &str, options: &[&str]) -> Value {
    let output = view(database, mode, files, &[options, &["--json"]].concat()).expect_success();
    assert_eq!(output.stdout.matches('\n').count(), 1, "JSON is one line: {output}");
    serde_json::from_str(&output.stdout).expect("JSON")
}

#[test]
fn the_columns_are_shown_with_their_rules_and_the_files_these_come_from() {
    let (database, dir) = (shop(), temp_dir());
    let files = dictionaries(dir.path());
    let shown = view_json(&database, "view-fields", &files, &["--schema-name", "shop"]);
    let (first, second) = files.split_once(',').expect("two files");
    let field = |table: &str, name: &str, kind: &str, file: &str, rule: &str| json!({"schema": "shop", "table": table, "field": name, "type": kind, "dict_file_name": file, "rule": rule});
    let none = "---";
    assert_eq!(
        shown,
        json!([
            field("Odd \"Name", "a b", "integer", none, none),
            field("Odd \"Name", "é;--", "text", none, none),
            field("person", "id", "integer", none, none),
            field("person", "mail", "text", first, "anon_funcs.digest(mail, 'salt', 'md5')"),
            field("person", "vip", "boolean", none, none),
            field("person", "balance", "numeric(8,2)", none, none),
            field("person", "weight", "double precision", none, none),
            // The first file has the rule of the table; the second adds a column to it.
            field("person", "note", "text", first, "'gone'"),
            field("visit_new", "day", "date", none, none),
            field("visit_new", "who", "text", second, "anon_funcs.digest(who, 'salt', 'md5')"),
        ])
    );
    // What speaks of other databases is warned about, with nothing else on stderr.
    let output = view(&database, "view-fields", &files, &["--verbose=debug"]).expect_success();
    assert!(output.stderr.contains("no table matches the rule schema \"elsewhere\""), "{output}");
    assert!(output.stderr.lines().all(|line| line.contains(" WARN ") || line.contains("HINT")), "{output}");
    assert!(!output.stdout.contains("scrap") && !output.stdout.contains("visit_old"), "{output}");
}

#[test]
fn the_columns_are_drawn_as_a_table_and_can_be_chosen() {
    let (database, dir) = (shop(), temp_dir());
    let files = dictionaries(dir.path());
    let orm = dir.path().join("orm.json");
    std::fs::write(
        &orm,
        r#"[{"schema": "SHOP", "table_name": "visit_new", "table_alias": "Visit", "fields": {"WHO": "guest"}}]"#,
    )
    .expect("a file is written");
    let second = files.split_once(',').expect("two files").1.to_owned();
    let options = ["--table-mask", "^visit", "--orm-dict-file", orm.to_str().expect("UTF-8")];
    let output = view(&database, "--mode=view-fields", &second, &options).expect_success();
    let line = "─".repeat(second.chars().count() + 2);
    let rule = "anon_funcs.digest(who, 'salt', 'md5')";
    let pad = |text: &str| format!("{text}{}", " ".repeat(second.chars().count() - text.chars().count()));
    let rule_pad = |text: &str| format!("{text}{}", " ".repeat(rule.len() - text.len()));
    let rule_line = "─".repeat(rule.len() + 2);
    let dashes = format!("────────┬───────────┬───────┬──────┬{line}┬{rule_line}");
    let old = |name: &str, kind: &str, file: &str, rule: &str| {
        format!("│ shop   │ visit_old │ {name} │ {kind} │ {} │ {} │\n", pad(file), rule_pad(rule))
    };
    let new = |name: &str, kind: &str, file: &str, rule: &str| {
        format!("│ shop   │ Visit     │ {name} │ {kind} │ {} │ {} │\n", pad(file), rule_pad(rule))
    };
    let expected = [
        format!("┌{dashes}┐\n"),
        format!("│ schema │ table     │ field │ type │ {} │ {} │\n", pad("dict_file_name"), rule_pad("rule")),
        format!("├{}┤\n", dashes.replace('┬', "┼")),
        new("day  ", "date", "---", "---"),
        new("guest", "text", &second, rule),
        old("day  ", "date", "---", "---"),
        old("who  ", "text", &second, rule),
        format!("└{}┘\n", dashes.replace('┬', "┴")),
    ]
    .concat();
    assert_eq!(output.stdout, expected, "{}", output.stdout);

    let names = |options: &[&str]| -> Vec<String> {
        let shown = view_json(&database, "view-fields", &files, options);
        let shown = shown.as_array().expect("a list");
        shown.iter().map(|f| format!("{}.{}", f["table"], f["field"]).replace('"', "")).collect()
    };
    assert_eq!(names(&["--view-only-sensitive-fields"]), ["person.mail", "person.note", "visit_new.who"]);
    assert_eq!(names(&["--view-only-sensitive-fields", "--fields-count=2"]), ["person.mail", "person.note"]);
    assert_eq!(names(&["--schema-mask=^sh", "--table-name", "visit_new"]), ["visit_new.day", "visit_new.who"]);
    assert_eq!(names(&["--schema-name=nowhere"]), [""; 0]);
    for count in ["0", "-1"] {
        let output = view(&database, "view-fields", &files, &["--fields-count", count]).expect_code(1);
        assert!(output.stderr.contains("is less than 1"), "{output}");
    }
    let orm = orm.with_file_name("missing.json");
    view(&database, "view-fields", &files, &["--orm-dict-file", orm.to_str().expect("UTF-8")]).expect_code(1);
}

#[test]
fn more_than_a_thousand_columns_come_with_a_hint() {
    let database = server().create_database("UTF8");
    let columns: Vec<String> = (0..1001).map(|n| format!("c{n} int")).collect();
    database.sql(&format!("CREATE EXTENSION pg_anon; CREATE TABLE wide ({})", columns.join(", ")));
    let dir = temp_dir();
    let file = dir.path().join("none.json");
    std::fs::write(&file, "{}").expect("a dictionary is written");
    let file = file.to_str().expect("UTF-8");
    let last = |options: &[&str]| {
        let output = view(&database, "view-fields", file, options).expect_success();
        output.stdout.lines().last().unwrap_or_default().to_owned()
    };
    assert_eq!(
        last(&[]),
        "1001 fields shown. Use --fields-count to limit the output, or --json for machine-readable output."
    );
    assert!(last(&["--fields-count=1001"]).starts_with('└'));
    assert!(last(&["--json"]).starts_with('['));
}

#[test]
fn the_rows_shown_are_those_that_the_dump_writes() {
    let (database, dir) = (shop(), temp_dir());
    let files = dictionaries(dir.path());
    let of_person = ["--schema-name=shop", "--table-name=person"];
    let shown = view_json(&database, "view-data", &files, &of_person);
    // Hashes are the server's own.
    let hashes = database.rows("SELECT md5(mail || 'salt') FROM shop.person WHERE id < 3 ORDER BY id");
    assert_eq!(
        shown,
        json!({"id": [1, 2], "* mail": hashes, "vip": [true, false], "balance": [null, "2.50"], "weight": [null, 1.5],
               "* note": ["gone", "gone"]})
    );
    // What the dump holds, when it is restored.
    let archive = dir.path().join("dump");
    let to = archive.to_str().expect("UTF-8");
    view(&database, "dump", &files, &["--allow-unmatched-rules", "--output-dir", to]).expect_success();
    let target = server().create_database("UTF8");
    target.pg_restore(&archive, [""; 0]).expect_success();
    let restored = target.sql(
        "SELECT json_build_object('id', json_agg(id), '* mail', json_agg(mail), 'vip', json_agg(vip), \
         'balance', json_agg(balance::text), 'weight', json_agg(weight), '* note', json_agg(note)) \
         FROM (SELECT * FROM shop.person ORDER BY id) AS p",
    );
    assert_eq!(shown, serde_json::from_str::<Value>(&restored).expect("JSON"));
    let of_visit = view_json(&database, "view-data", &files, &["--schema-name=shop", "--table-name=visit_new"]);
    let who = target.sql("SELECT who FROM shop.visit");
    assert_eq!(of_visit, json!({"day": ["2030-01-01"], "* who": [who]}));
}

#[test]
fn rows_are_drawn_as_a_table_with_what_they_were_before() {
    let (database, dir) = (shop(), temp_dir());
    let files = dictionaries(dir.path());
    let of_person = ["--schema-name=shop", "--table-name=person", "--limit=1", "--offset=1"];
    let output = view(&database, "--mode=view-data", &files, &of_person).expect_success();
    let hash = database.sql("SELECT md5(mail || 'salt') FROM shop.person WHERE id = 2");
    assert_eq!(
        output.stdout,
        format!(
            "┌────┬──────────────────────────────────┬─────┬─────────┬────────┬────────┐\n\
             │ id │              * mail              │ vip │ balance │ weight │ * note │\n\
             ├────┼──────────────────────────────────┼─────┼─────────┼────────┼────────┤\n\
             │  2 │ {hash} │  f  │   2.50  │   1.5  │  gone  │\n\
             └────┴──────────────────────────────────┴─────┴─────────┴────────┴────────┘\n"
        )
    );
    let both = view_json(&database, "view-data", &files, &[&of_person[..], &["--before-after"]].concat());
    assert_eq!(
        both,
        json!({"id": [2], "mail": ["bob@example.com"], "* mail": [hash], "vip": [false], "balance": ["2.50"], "weight": [1.5],
               "note": ["two\nlines\t\\"], "* note": ["gone"]})
    );
    // Nothing is left of what is behind the last row.
    let beyond =
        view_json(&database, "view-data", &files, &["--schema-name=shop", "--table-name=person", "--offset=9"]);
    assert_eq!(beyond["* mail"], json!([]));
}

#[test]
fn what_cannot_be_shown_is_named() {
    let (database, dir) = (shop(), temp_dir());
    let files = dictionaries(dir.path());
    for (options, code, message) in [
        (&["--schema-name=public", "--table-name=scrap"][..], 1, "the dictionary excludes table \"public.scrap\""),
        (&["--schema-name=shop", "--table-name=nowhere"], 1, "there is no table \"shop.nowhere\""),
        (&["--schema-name=shop", "--table-name=person", "--limit=0"], 1, "--limit 0 is less than 1"),
        (&["--schema-name=shop", "--table-name=person", "--limit=-1"], 1, "--limit -1 is less than 1"),
        (&["--schema-name=shop", "--table-name=person", "--offset=-1"], 1, "--offset -1 is less than 0"),
        (&["--schema-name=shop", "--table-name=person", "--limit=many"], 2, "invalid value 'many'"),
        (&["--schema-name=shop"], 2, "--table-name"),
    ] {
        let output = view(&database, "view-data", &files, options).expect_code(code);
        assert!(output.stderr.contains(message) && output.stdout.is_empty(), "{output}");
    }
    let bad = dir.path().join("bad.json");
    std::fs::write(&bad, FIRST.replace("anon_funcs.digest(mail", "no_such_function(mail")).expect("a file is written");
    for (mode, options) in [("view-fields", &[][..]), ("view-data", &["--schema-name=shop", "--table-name=person"])] {
        let output = view(&database, mode, bad.to_str().expect("UTF-8"), options).expect_code(1);
        assert!(output.stderr.contains("no_such_function") && output.stdout.is_empty(), "{output}");
    }
}

#[test]
fn who_may_read_one_table_alone_sees_its_rows_and_all_rules() {
    let (database, dir) = (shop(), temp_dir());
    let files = dictionaries(dir.path());
    let role = server().create_role("LOGIN");
    database.sql(&format!("GRANT USAGE ON SCHEMA shop TO {role}; GRANT SELECT ON shop.visit_new TO {role}"));
    let as_role = ["--schema-name=shop", "--table-name=visit_new", "--json", "-U", &role];
    let output = view(&database, "view-data", &files, &as_role).expect_success();
    assert!(output.stdout.contains("\"* who\""), "{output}");
    let output = view(&database, "view-fields", &files, &["--json", "-U", &role]).expect_success();
    assert!(
        output.stdout.contains("\"mail\"") && output.stderr.contains("permission denied for table shop.person"),
        "{output}"
    );
    let options = ["--schema-name=shop", "--table-name=person", "-U", &role];
    let output = view(&database, "view-data", &files, &options).expect_code(1);
    assert!(output.stdout.is_empty() && output.stderr.contains("permission denied"), "{output}");
}
