//! Dictionaries that are validated before they are used: all that is wrong at once, dumps of some rows, and `--strict`.

use std::path::PathBuf;

use pg_anon_e2e::{Database, Output, archive_text, server, temp_dir};

/// A database of people and their orders, and a folder for dictionaries and dumps.
struct Shop {
    database: Database<'static>,
    dir: tempfile::TempDir,
}

impl Shop {
    fn new() -> Shop {
        let database = server().create_database("UTF8");
        database.sql(
            "CREATE EXTENSION pg_anon;
             CREATE TABLE person (id serial PRIMARY KEY, mail varchar(40) NOT NULL UNIQUE, note text);
             CREATE TABLE orders (id serial PRIMARY KEY, person integer NOT NULL REFERENCES person, amount integer);
             CREATE INDEX ON orders (person);
             CREATE SEQUENCE far MINVALUE 1000 START 5000;
             INSERT INTO person (mail, note) SELECT 'Secret-' || n || '@example.com', 'note ' || n FROM generate_series(1, 500) AS n;
             INSERT INTO orders (person, amount) SELECT 501 - n, n FROM generate_series(1, 500) AS n;
             SELECT nextval('far');",
        );
        Shop { database, dir: temp_dir() }
    }

    /// Writes a file into the folder.
    fn file(&self, name: &str, content: &serde_json::Value) -> String {
        let path = self.dir.path().join(name);
        std::fs::write(&path, content.to_string()).expect("a file is written");
        path.display().to_string()
    }

    fn archive(&self) -> PathBuf {
        self.dir.path().join("dump")
    }

    fn dump(&self, dictionary: &serde_json::Value, options: &[&str]) -> Output {
        self.run("dump", dictionary, options)
    }

    fn run(&self, command: &str, dictionary: &serde_json::Value, options: &[&str]) -> Output {
        let dictionary = self.file("dictionary.json", dictionary);
        let output_dir = self.archive().display().to_string();
        let mut arguments = vec!["--prepared-sens-dict-file", &dictionary, "--output-dir", &output_dir];
        arguments.extend(options);
        let output = self.database.pg_anon(command, arguments);
        assert!(!output.stderr.contains("Secret") && !output.stdout.contains("Secret"), "a value is shown: {output}");
        output
    }

    fn metadata(&self) -> serde_json::Value {
        let text = std::fs::read_to_string(self.archive().join("metadata.json")).expect("metadata.json is there");
        serde_json::from_str(&text).expect("JSON")
    }
}

fn rules(person: serde_json::Value) -> serde_json::Value {
    serde_json::json!({"dictionary": [{"schema": "public", "table": "person", "fields": person}]})
}

/// Rules that fit.
fn right() -> serde_json::Value {
    rules(
        serde_json::json!({"mail": "left(anon_funcs.digest(mail, 'salt', 'sha256'), 20) || '@example.com'", "note": "NULL"}),
    )
}

#[test]
fn a_dump_says_all_that_is_wrong_with_the_values_of_rules_and_writes_nothing() {
    let shop = Shop::new();
    let dictionary = rules(serde_json::json!({
        "id": "anon_funcs.random_int_between(1, 100)", "mail": "anon_funcs.digest(mail, 'salt', 'sha256')"
    }));
    let output = shop.dump(&dictionary, &[]).expect_code(1);
    for words in [
        "rule for column mail of table public.person: its values have 64 characters, the column takes 40",
        "rule for column id of table public.person: it gives 99 different values only",
        "foreign key orders_person_fkey of table public.orders: column person of table public.orders cannot take over the rule",
        "3 errors, told above",
    ] {
        assert!(output.stderr.contains(words), "{words:?} is said: {output}");
    }
    assert!(!shop.archive().exists());
}

#[test]
fn what_may_go_wrong_is_a_warning_and_an_error_when_strict() {
    let shop = Shop::new();
    let dictionary = rules(serde_json::json!({"mail": "anon_funcs.partial_email(mail)", "id": "id", "note": "note"}));
    let dictionary = serde_json::json!({"dictionary": [
        dictionary["dictionary"][0], {"schema": "public", "table": "orders", "fields": {"id": "id", "person": "person", "amount": "1"}}
    ]});
    let output = shop.dump(&dictionary, &[]).expect_success();
    assert!(output.stderr.contains("unique index person_mail_key takes no duplicates"), "{output}");
    let output = shop.dump(&dictionary, &["--strict", "--clear-output-dir"]).expect_code(1);
    assert!(output.stderr.contains("1 error, told above"), "{output}");
}

#[test]
fn a_column_that_no_dictionary_decides_stops_a_strict_dump_and_is_named() {
    let shop = Shop::new();
    let output = shop.dump(&right(), &["--strict"]).expect_code(1);
    assert!(output.stderr.contains("column id of table public.person is in no dictionary"), "{output}");
    assert!(
        output.stderr.contains("columns id, person and amount of table public.orders are in no dictionary"),
        "{output}"
    );
    assert!(!shop.archive().exists());
    let first = shop.file(
        "first.json",
        &serde_json::json!({"no_sens_dictionary": [{"schema": "public", "table": "person", "fields": ["id"]}]}),
    );
    let second = shop.file(
        "second.json",
        &serde_json::json!({"no_sens_dictionary": [
            {"schema": "public", "table": "orders", "fields": ["id", "person", "amount"]}]}),
    );
    let both = format!("{first},{second}");
    shop.dump(&right(), &["--strict", "--prepared-no-sens-dict-file", &both]).expect_success();
    // A new column is one that nobody has looked at.
    shop.database.sql("ALTER TABLE orders ADD COLUMN gift_for text");
    let options = ["--strict", "--prepared-no-sens-dict-file", &both, "--clear-output-dir"];
    let output = shop.dump(&right(), &options).expect_code(1);
    assert!(output.stderr.contains("column gift_for of table public.orders is in no dictionary"), "{output}");
}

#[test]
fn stage_1_names_every_table_whose_rows_cannot_be_read_and_writes_nothing() {
    let shop = Shop::new();
    shop.database.sql(
        "CREATE FUNCTION fails(text) RETURNS text LANGUAGE plpgsql AS $$ BEGIN RAISE EXCEPTION '%', $1; END $$;
         CREATE TABLE third (id integer); INSERT INTO third VALUES (1)",
    );
    let dictionary = serde_json::json!({"dictionary": [
        {"schema": "public", "table": "person", "fields": {"note": "public.fails(mail)"}},
        {"schema": "public", "table": "orders", "raw_sql": "SELECT id, person, amount / (id - id) FROM public.orders"},
    ]});
    let output = shop.dump(&dictionary, &["--dbg-stage-1-validate-dict"]).expect_code(1);
    assert!(output.stderr.contains("rule for column note of table public.person failed"), "{output}");
    assert!(output.stderr.contains("table public.orders failed: division by zero"), "{output}");
    assert!(output.stderr.contains("2 of 3 tables cannot be dumped with this dictionary, told above"), "{output}");
    assert!(!shop.archive().exists());

    let output = shop.dump(&right(), &["--dbg-stage-1-validate-dict"]).expect_success();
    assert!(output.stdout.contains("nothing was written"), "{output}");
    // 100 of each of the two large tables, and the one row of the third.
    assert!(output.stdout.contains("3 tables, 201 rows"), "{output}");
    assert!(!shop.archive().exists());
    // What is wrong with the dictionary itself is said as by a dump.
    let output = shop.dump(&rules(serde_json::json!({"nosuch": "1"})), &["--dbg-stage-1-validate-dict"]).expect_code(1);
    assert!(output.stderr.contains("has no column \"nosuch\""), "{output}");
}

#[test]
fn stage_2_dumps_a_hundred_rows_of_each_table_for_a_database_that_has_the_structure() {
    let shop = Shop::new();
    shop.dump(&right(), &["--dbg-stage-2-validate-data"]).expect_success();
    let metadata = shop.metadata();
    assert_eq!(metadata["dbg_stage_2_validate_data"], true);
    assert_eq!(metadata["dbg_stage_3_validate_full"], false);
    assert_eq!(metadata["total_rows"], 200);
    assert_eq!(metadata["seq_lastvals"]["public.person_id_seq"]["value"], 100);
    // A sequence takes no value below its least.
    assert_eq!(metadata["seq_lastvals"]["public.far"]["value"], 1000);
    assert!(!archive_text(&shop.archive()).contains("Secret"));
    // A target with the structure of the source, keys included.
    let target = server().create_database("UTF8");
    target.sql(&shop.database.pg_dump(["--schema-only"]).expect_success().stdout);
    let archive = shop.archive().display().to_string();
    let output = target.pg_anon("restore", ["--input-dir", &archive]).expect_success();
    assert_eq!(target.sql("SELECT count(*), count(note) FROM public.person"), "100|0");
    // The first hundred orders are of people who are not among the first hundred.
    assert!(output.stderr.contains("foreign key orders_person_fkey of public.orders is NOT VALID now"), "{output}");
    assert_eq!(target.sql("SELECT convalidated FROM pg_constraint WHERE conname = 'orders_person_fkey'"), "f");
    // Structure without keys, as somebody may have prepared it, and PostgreSQL's own program.
    let target = server().create_database("UTF8");
    target.sql(
        "CREATE TABLE person (id serial, mail varchar(40), note text); CREATE TABLE orders (id serial, person integer, amount integer);
         CREATE SEQUENCE far MINVALUE 1000",
    );
    target.pg_restore(&shop.archive(), ["--data-only"]).expect_success();
    assert_eq!(target.sql("SELECT count(*), count(note) FROM person"), "100|0");
    assert_eq!(target.sql("SELECT count(*) FROM orders"), "100");
    assert_eq!(target.sql("SELECT last_value FROM person_id_seq"), "100");
}

#[test]
fn stage_3_dumps_a_hundred_rows_with_the_structure_that_they_need_and_no_keys() {
    let shop = Shop::new();
    shop.dump(&right(), &["--dbg-stage-3-validate-full"]).expect_success();
    let metadata = shop.metadata();
    assert_eq!(metadata["dbg_stage_3_validate_full"], true);
    assert_eq!(metadata["total_rows"], 200);
    let target = server().create_database("UTF8");
    let archive = shop.archive().display().to_string();
    target.pg_anon("restore", ["--input-dir", &archive]).expect_success();
    assert_eq!(target.sql("SELECT count(*), count(note) FROM person"), "100|0");
    assert_eq!(target.sql("SELECT count(*) FROM orders"), "100");
    assert_eq!(target.sql("SELECT last_value FROM person_id_seq"), "100");
    // The first hundred orders are of people who are not among the first hundred.
    assert_eq!(target.sql("SELECT count(*) FROM pg_constraint WHERE connamespace = 'public'::regnamespace"), "0");
}

#[test]
fn stages_exclude_each_other_and_modes_that_read_no_rows() {
    let shop = Shop::new();
    let stages = ["--dbg-stage-1-validate-dict", "--dbg-stage-2-validate-data"];
    shop.dump(&right(), &stages).expect_code(2);
    shop.run("sync-struct-dump", &right(), &stages[..1]).expect_code(2);
    shop.run("sync-data-dump", &right(), &["--dbg-stage-3-validate-full"]).expect_code(2);
    assert!(!shop.archive().exists());
}

#[test]
fn a_dictionary_without_rules_is_warned_about() {
    let shop = Shop::new();
    let nothing = serde_json::json!({"dictionary": []});
    let output = shop.dump(&nothing, &[]).expect_success();
    assert!(output.stderr.contains("has no rule: all data is dumped as it is"), "{output}");
}
