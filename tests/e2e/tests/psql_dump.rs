//! A dump with nothing but psql: `anon_funcs.dump` piped from one psql into another.

use pg_anon_e2e::{Database, Output, assert_same_dump, normalise_dump, run, server};

const STRUCTURE: &str = r#"
CREATE SCHEMA "a ""b';--";
CREATE TYPE mood AS ENUM ('so so', 'a,b\');
CREATE TABLE "a ""b';--"."Odd "" \. name" ("select" int, "tab	new
line" text, "é\n" varchar(30));
CREATE TABLE z_parent (id int PRIMARY KEY, mail text);
CREATE TABLE a_child (id serial PRIMARY KEY, parent int NOT NULL REFERENCES z_parent, boss int REFERENCES a_child);
CREATE TABLE b_part (id int NOT NULL, parent int REFERENCES z_parent) PARTITION BY LIST (id);
CREATE TABLE b_part_1 PARTITION OF b_part FOR VALUES IN (1);
CREATE TABLE b_part_2 PARTITION OF b_part DEFAULT;
CREATE TABLE circle_a (id int PRIMARY KEY, b int);
CREATE TABLE circle_b (id int PRIMARY KEY, a int REFERENCES circle_a);
ALTER TABLE circle_a ADD FOREIGN KEY (b) REFERENCES circle_b DEFERRABLE;
CREATE TABLE all_types (id int GENERATED ALWAYS AS IDENTITY (START 40), n numeric, f float8, b bytea, j jsonb, a text[], t timestamptz, i interval,
  m mood, r int4range, c char(5), twice int GENERATED ALWAYS AS (40 * 2) STORED);
CREATE TABLE nothing ();
CREATE TABLE "text" ("text" text);
CREATE SEQUENCE free;
"#;

const ROWS: &str = r#"
INSERT INTO "a ""b';--"."Odd "" \. name" VALUES (1, E'two\nlines\r\n\\.\n\ttab\\N', '\N'), (2, NULL, ''), (NULL, '\.', E'\\.\n');
INSERT INTO z_parent SELECT n, 'p' || n || '@example.com' FROM generate_series(1, 5000) AS n;
INSERT INTO a_child (parent, boss) VALUES (3, 2), (1, NULL);
INSERT INTO b_part VALUES (1, 5), (2, NULL), (7, 1);
BEGIN; SET CONSTRAINTS ALL DEFERRED; INSERT INTO circle_a VALUES (1, 1); INSERT INTO circle_b VALUES (1, 1); COMMIT;
INSERT INTO all_types (n, f, b, j, a, t, i, m, r, c) VALUES (1.50, 'NaN', '\x00ff0a5c', '{"a": "b\n"}', '{"x y","\\",NULL}', now(), '1 mon -2 days', 'a,b\',
  '[1,5)', 'ab'), (NULL, 1e-300, '', 'null', '{}', 'infinity', '0', 'so so', 'empty', '');
INSERT INTO nothing SELECT FROM generate_series(1, 3);
-- Lines longer than what is read at once, and one that is fetched in pieces.
INSERT INTO "text" SELECT repeat(E'x\\\n', n) FROM unnest('{1, 21000, 70000, 2}'::int[]) AS n;
INSERT INTO "text" SELECT string_agg(md5(n::text), E'\n') FROM generate_series(1, 60000) AS n;
SELECT setval('free', 77), nextval('free');
"#;

/// The script as psql prints it.
fn script(source: &Database<'_>, arguments: &str, options: &[&str]) -> Output {
    let mut psql = server().program("psql");
    psql.args(["-XAtq", "-d", source.name()]).args(options);
    psql.args(["-c", &format!("SELECT anon_funcs.dump({arguments})")]);
    run(&mut psql, b"")
}

fn load(target: &Database<'_>, script: &str) -> Output {
    let mut psql = server().program("psql");
    psql.args(["-Xq", "-d", target.name()]);
    run(&mut psql, script.as_bytes())
}

fn source() -> Database<'static> {
    let source = server().create_database("UTF8");
    source.sql(STRUCTURE);
    source.sql(ROWS);
    source.sql("CREATE EXTENSION pg_anon");
    source
}

fn target() -> Database<'static> {
    let target = server().create_database("UTF8");
    target.sql(STRUCTURE);
    target
}

fn data(database: &Database<'_>) -> String {
    normalise_dump(&database.pg_dump(["--data-only", "--exclude-schema=anon_funcs"]).expect_success().stdout)
}

#[test]
fn a_script_from_psql_goes_through_psql_and_loses_nothing() {
    let source = source();
    for options in [&[][..], &["-v", "FETCH_COUNT=3"]] {
        let target = target();
        let script = script(&source, r#"'{"dictionary": []}'"#, options).expect_success();
        assert_eq!(script.stderr, "");
        let loaded = load(&target, &script.stdout).expect_success();
        assert_eq!(loaded.stderr, "");
        assert_same_dump(&data(&target), &data(&source));
    }
}

#[test]
fn masks_exclusions_and_lists_hold_in_a_script() {
    let source = source();
    let dictionary = r#"'{"dictionary": [{"schema": "public", "table": "z_parent", "fields": {"mail": "''m'' || id"}, "sql_condition": "id <= 3"},
        {"schema": "public", "table_mask": "^text$", "fields": {"text": "''gone''"}}],
        "dictionary_exclude": [{"schema": "public", "table_mask": "^(b_part|circle)"}]}'"#;
    let all = script(&source, dictionary, &[]).expect_success().stdout;
    assert!(!all.contains("example.com") && !all.contains("circle") && !all.contains("b_part"), "{all}");
    let target = target();
    assert_eq!(load(&target, &all).expect_success().stderr, "");
    assert_eq!(target.rows("SELECT mail FROM z_parent ORDER BY id"), ["m1", "m2", "m3"]);
    assert_eq!(target.sql("SELECT count(*) FROM text WHERE text = 'gone'"), "5");
    assert_eq!(target.sql("SELECT nextval('free')"), "79");

    // One table, and the partitions of one, with the sequences that are theirs.
    let of_child = script(&source, r#"'{"dictionary": []}', 'a_child'"#, &[]).expect_success().stdout;
    let statements = |script: &str, start: &str| -> Vec<String> {
        script.lines().filter(|line| line.starts_with(start)).map(str::to_owned).collect()
    };
    assert_eq!(statements(&of_child, "COPY"), ["COPY public.a_child (id, parent, boss) FROM stdin;"]);
    assert_eq!(
        statements(&of_child, "SELECT pg_catalog.setval"),
        ["SELECT pg_catalog.setval('public.a_child_id_seq', 2, true);"]
    );
    let of_part = script(&source, r#"'{"dictionary": []}', 'b_part'"#, &[]).expect_success().stdout;
    assert_eq!(
        statements(&of_part, "COPY"),
        ["COPY public.b_part_1 (id, parent) FROM stdin;", "COPY public.b_part_2 (id, parent) FROM stdin;"]
    );
}

#[test]
fn nothing_comes_before_an_error_in_the_dictionary_and_a_broken_script_loads_nothing() {
    let source = source();
    for (arguments, message) in [
        (
            r#"'{"dictionary": [{"schema": "public", "table": "z_parent", "fields": {"mail": "no_such()"}}]}'"#,
            "no_such",
        ),
        (
            r#"'{"dictionary": [{"schema": "public", "table": "nowhere", "fields": {"mail": "NULL"}}]}'"#,
            "no table matches",
        ),
        (
            r#"'{"dictionary_exclude": [{"schema": "public", "table": "z_parent"}]}', 'z_parent'"#,
            "has no rows that are dumped",
        ),
        (r#"'{"dictionary": []}', 'pg_class'"#, "has no rows that are dumped"),
        ("NULL", "the dictionary is NULL"),
    ] {
        for options in [&[][..], &["-v", "FETCH_COUNT=1"]] {
            let output = script(&source, arguments, options);
            assert!(!output.succeeded() && output.stdout.is_empty() && output.stderr.contains(message), "{output}");
        }
    }
    // A rule that fails on a row in the middle.
    let fails = r#"'{"dictionary": [{"schema": "public", "table": "z_parent", "fields": {"mail": "(1 / (id - 4990))::text"}}]}'"#;
    let broken = script(&source, fails, &["-v", "FETCH_COUNT=1"]);
    assert!(!broken.succeeded() && broken.stdout.contains("COPY") && !broken.stderr.contains("example"), "{broken}");
    let target = target();
    load(&target, &broken.stdout);
    assert_eq!(target.sql("SELECT (SELECT count(*) FROM z_parent) + (SELECT count(*) FROM circle_a)"), "0");
    // What stands behind a COPY that fails is not taken for statements.
    let whole = script(&source, r#"'{"dictionary": []}'"#, &[]).expect_success().stdout;
    target.sql("DROP TABLE nothing");
    let output = load(&target, &whole);
    assert!(!output.succeeded() && output.stderr.lines().count() <= 3, "{output}");
    assert_eq!(target.sql("SELECT count(*) FROM z_parent"), "0");
}
