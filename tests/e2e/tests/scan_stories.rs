//! The scan for sensitive columns: what it finds is what a dump then masks, and nothing it says or logs holds a value.

use std::fs;

use pg_anon_e2e::{archive_text, server, temp_dir};

/// The sensitive dictionary of a scan, as a file has it.
const DICTIONARY: &str = "SELECT jsonb_build_object('dictionary', jsonb_agg(jsonb_build_object(
        'schema', schema_name, 'table', table_name, 'fields', fields) ORDER BY schema_name, table_name))
    FROM (SELECT schema_name, table_name, jsonb_object_agg(column_name, rule) AS fields
          FROM anon_funcs.scan(scan_mode => 'full') WHERE verdict = 'sensitive' GROUP BY 1, 2) AS tables";

#[test]
fn what_a_scan_without_any_dictionary_finds_is_all_that_a_dump_must_mask() {
    let source = server().create_database("UTF8");
    source.load_chinook();
    source.sql("CREATE EXTENSION pg_anon");
    let found = source.sql(
        "SELECT table_name, string_agg(column_name, ' ' ORDER BY column_name) FROM anon_funcs.scan() \
         WHERE verdict = 'sensitive' GROUP BY 1 ORDER BY 1",
    );
    assert_eq!(
        found,
        "artist|name\n\
         customer|address city email fax first_name last_name phone postal_code\n\
         employee|address birth_date city email fax first_name last_name phone postal_code\n\
         invoice|billing_address billing_city billing_postal_code\n\
         track|composer"
    );

    let dir = temp_dir();
    let (file, archive) = (dir.path().join("found.json"), dir.path().join("masked"));
    fs::write(&file, source.sql(DICTIONARY)).unwrap();
    let arguments =
        ["--prepared-sens-dict-file".as_ref(), file.as_os_str(), "--output-dir".as_ref(), archive.as_os_str()];
    source.pg_anon("dump", arguments).expect_success();
    let target = server().create_database("UTF8");
    target.pg_restore(&archive, ["-j2"]).expect_success();
    assert_eq!(target.sql("SELECT count(*) FROM customer"), "59");

    let personal = source.rows(
        "SELECT DISTINCT value FROM (SELECT unnest(ARRAY[email, phone, fax, address]) FROM customer
         UNION ALL SELECT unnest(ARRAY[email, phone, fax, address]) FROM employee
         UNION ALL SELECT billing_address FROM invoice) AS personal (value) WHERE value IS NOT NULL",
    );
    assert!(personal.len() > 200);
    let text = archive_text(&archive);
    let left: Vec<_> = personal.iter().filter(|value| text.contains(value.as_str())).collect();
    assert!(left.is_empty(), "the archive holds {left:?}");
}

#[test]
fn a_second_scan_with_the_first_ones_dictionary_looks_only_at_what_is_new() {
    let database = server().create_database("UTF8");
    database.sql("CREATE EXTENSION pg_anon");
    database.sql(
        "CREATE TABLE people (id integer PRIMARY KEY, email text); INSERT INTO people VALUES (1, 'a@example.com')",
    );
    database.sql(&format!(
        "CREATE TABLE public.dictionaries AS {}",
        DICTIONARY.replacen("SELECT ", "SELECT 1 AS scan, ", 1)
    ));
    database.sql("ALTER TABLE people ADD COLUMN phone text; UPDATE people SET phone = '+7 912 345 67 89'");
    let second = database.sql(
        "SELECT column_name, verdict, found_by, values_seen FROM anon_funcs.scan(NULL, \
         (SELECT jsonb_build_object FROM dictionaries)) WHERE table_name = 'people' ORDER BY column_name",
    );
    assert_eq!(second, "email|sensitive|prepared|0\nid|not_sensitive|none|1\nphone|sensitive|phone|1");
}

#[test]
fn no_value_gets_into_the_log_at_its_most_talkative_level() {
    let database = server().create_database("UTF8");
    database.sql("CREATE EXTENSION pg_anon");
    database.sql(
        "CREATE TABLE secrets AS SELECT 'marker' || i || '@zq.example' AS a, 'markername' || i AS b FROM generate_series(1, 50) AS i",
    );
    database.sql(
        "CREATE FUNCTION fails(value text, s text, t text, c text) RETURNS boolean LANGUAGE plpgsql AS \
         $$ BEGIN RAISE EXCEPTION 'the value is %', value; END $$",
    );
    let talkative =
        "SET log_min_messages = debug5; SET log_error_verbosity = verbose; SET log_parameter_max_length_on_error = -1;";
    let found =
        database.sql(&format!("{talkative} SELECT count(*) FROM anon_funcs.scan() WHERE verdict = 'sensitive'"));
    assert!(found.ends_with('1'), "{found}");
    let refused = database.psql(&format!(
        "{talkative} SELECT * FROM anon_funcs.scan('{{\"data_func\": {{\"text\": [{{\"scan_func\": \"public.fails\", \"anon_func\": \"x\"}}]}}}}')"
    ));
    assert!(refused.is_err(), "the function fails");
    let log = server().log();
    assert!(log.contains("anon_funcs.scan"), "the log is the one that is looked at");
    let told: Vec<_> = log.lines().filter(|line| line.contains("marker1@") || line.contains("markername1")).collect();
    assert!(told.is_empty(), "{told:?}");
}

#[test]
fn a_database_of_another_encoding_is_read_in_its_own() {
    let database = server().create_database("LATIN1");
    database.sql("CREATE EXTENSION pg_anon");
    database.sql(
        "CREATE TABLE t AS SELECT (ARRAY['J' || chr(252) || 'rgen', 'Ren' || chr(233), 'Jos' || chr(233), 'Zo' || chr(235), 'Anna', 'Olga', \
         'Marta', 'Paul', 'Irina', 'Peter'])[i % 10 + 1] AS c FROM generate_series(1, 60) AS i",
    );
    assert_eq!(database.sql("SELECT found_by, values_seen FROM anon_funcs.scan()"), "first_name|60");
}
