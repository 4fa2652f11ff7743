//! How `pg_anon restore` loads rows: in COPY's binary format where it can put them into it, as text else. What is in the target
//! afterwards is the same.

use std::path::{Path, PathBuf};

use pg_anon_e2e::{Database, Output, server, temp_dir};

/// Tables whose files are long enough to be worth the binary format, because nothing in them compresses well. Their names say how
/// they are loaded.
const TABLES: &str = r#"
    CREATE TYPE mood AS ENUM ('sad', 'so ''so''', 'Größe');
    CREATE DOMAIN share AS numeric(9,4) CHECK (VALUE IS NULL OR VALUE BETWEEN -10000 AND 10000);
    CREATE DOMAIN mood_of_day AS mood CHECK (VALUE <> 'sad');
    CREATE FUNCTION pg_temp.drawn(n int, texts text[]) RETURNS text LANGUAGE sql AS $$ SELECT texts[1 + n % cardinality(texts)] $$;
    CREATE TABLE "binary; of ""all""" AS
    SELECT n AS "Key (x)", n % 3 = 0 AS a_bool, (n * 7919 % 65536 - 32768)::smallint AS an_int2,
        (n::bigint * 2654435761 % 4294967296 - 2147483648)::integer AS an_int4,
        CASE n % 4 WHEN 0 THEN 9223372036854775807 WHEN 1 THEN -9223372036854775808 WHEN 2 THEN 0 ELSE n::bigint * 1000003 END AS an_int8,
        (n::bigint * 2654435761 % 4294967296)::oid AS an_oid,
        pg_temp.drawn(n, '{0,-0,1e-45,3.4028235e+38,NaN,Infinity,-Infinity,1.1754944e-38,16777217,0.1,-123.456}')::real AS a_real,
        CASE n % 2 WHEN 0 THEN pg_temp.drawn(n / 2, '{0,-0,5e-324,1.7976931348623157e+308,NaN,Infinity,-Infinity,2.2250738585072014e-308,9007199254740993,0.1,1e+23}')::float8
            ELSE sin(n) * 10.0 ^ (n % 300 - 150) END AS a_double,
        CASE n % 3 WHEN 0 THEN pg_temp.drawn(n / 3, '{0,0.00,-0.0001,10000,100000000.0001,99999999999999999999999999999999999999.999,1e-300,1e+300,0.00000001,9999.9999,-12345678.90}')::numeric
            ELSE (n * 1000003.0 / 7919) END AS a_numeric,
        (n * 31 % 1000000 / 100.0)::numeric(12,3) AS a_price,
        md5(n::text) AS a_text, left(md5((n * 3)::text), n % 20)::varchar(20) AS a_varchar, left(md5(n::text), n % 5)::char(5) AS a_char,
        left(md5(n::text), 12)::name AS a_name,
        pg_temp.drawn(n, ARRAY['', E'\\', E'\\N', E'\\.', E'tab\there', E'line\nbreak\r', E'\b\f\v\x01\x7f', 'Ünïcödé 🐘', E'\\\\x', 'end\'])
            AS an_escape,
        json_build_object('n', n, 'text', E'a"b\\c\nd')::text::json AS a_json, jsonb_build_object('n', n, E'k\t', ARRAY[n, null]) AS a_jsonb,
        CASE n % 3 WHEN 0 THEN ''::bytea ELSE decode(md5(n::text), 'hex') || '\x00ff5c'::bytea END AS a_bytea, md5(n::text)::uuid AS a_uuid,
        CASE n % 50 WHEN 0 THEN 'infinity' WHEN 1 THEN '-infinity' WHEN 2 THEN '0001-01-01' WHEN 3 THEN '9999-12-31' ELSE date '1900-02-28' + n END AS a_date,
        CASE n % 50 WHEN 0 THEN '24:00' ELSE time '00:00' + n * interval '3.141592 seconds' END AS a_time,
        CASE n % 50 WHEN 0 THEN 'infinity' WHEN 1 THEN '-infinity' WHEN 2 THEN '0001-01-01' WHEN 3 THEN '9999-12-31 23:59:59.999999'
            ELSE timestamp '1890-03-01' + n * interval '1 day 3.5 hours 7.000001 seconds' END AS a_timestamp,
        (timestamp '2001-01-01' + n * interval '1.2345 seconds')::timestamp(3) AS a_rounded,
        CASE n % 50 WHEN 0 THEN 'infinity' WHEN 1 THEN '-infinity' WHEN 2 THEN '9999-12-31 20:59:59.999999+00'
            ELSE timestamptz '1880-03-01 00:00+00' + n * interval '1 day 3.5 hours 7.01 seconds' END AS a_timestamptz,
        pg_temp.drawn(n, '{sad,so ''so'',Größe}')::mood AS an_enum, (n % 10000 + 0.5)::share AS a_domain,
        'Größe'::mood_of_day AS a_domain_of_an_enum, NULL::text AS a_null
    FROM generate_series(1, 12000) AS n;
    UPDATE "binary; of ""all""" SET an_int2 = NULL, a_real = NULL, a_numeric = NULL, a_bytea = NULL, a_timestamptz = NULL, a_domain = NULL WHERE "Key (x)" % 7 = 0;
    CREATE TABLE binary_parted (n int, word text) PARTITION BY HASH (n);
    CREATE TABLE binary_part_0 PARTITION OF binary_parted FOR VALUES WITH (MODULUS 2, REMAINDER 0);
    CREATE TABLE binary_part_1 PARTITION OF binary_parted FOR VALUES WITH (MODULUS 2, REMAINDER 1);
    INSERT INTO binary_parted SELECT n, md5(n::text) || md5((-n)::text) FROM generate_series(1, 30000) AS n;
    CREATE TABLE binary_generated (n int GENERATED ALWAYS AS IDENTITY, word text, twice text GENERATED ALWAYS AS (word || word) STORED, gone int);
    ALTER TABLE binary_generated DROP COLUMN gone;
    INSERT INTO binary_generated (word) SELECT word FROM binary_parted ORDER BY n;
    CREATE TABLE text_before_christ AS SELECT n, word, CASE n WHEN 29999 THEN date '0044-03-15 BC' ELSE date '2000-01-01' + n END AS day FROM binary_parted;
    CREATE TABLE binary_nan AS SELECT n, word, CASE n % 4 WHEN 0 THEN numeric 'NaN' WHEN 1 THEN 'Infinity' WHEN 2 THEN '-Infinity' ELSE n END AS amount FROM binary_parted;
    CREATE TABLE text_wide AS SELECT n, word, CASE n WHEN 29999 THEN repeat('0123456789', 500000) END AS more FROM binary_parted;
    CREATE TABLE text_interval AS SELECT n, word, n * interval '1 day 2 seconds' AS span FROM binary_parted;
    CREATE TABLE text_array AS SELECT n, ARRAY[word, NULL] AS words FROM binary_parted;
    CREATE TABLE text_small AS SELECT n, word FROM binary_parted LIMIT 5;
    CREATE TABLE text_without_columns ();
    INSERT INTO text_without_columns SELECT FROM generate_series(1, 3);
"#;

/// All rows of the tables, one line a table.
const ALL: &str = r#"
    SELECT format('SELECT %L, count(*), md5(string_agg(t::text, E''\n'' ORDER BY t::text)) FROM ONLY %s AS t', c.oid::regclass, c.oid::regclass)
    FROM pg_class AS c WHERE c.relkind = 'r' AND c.relnamespace = 'public'::regnamespace ORDER BY c.relname"#;

fn dump(source: &Database<'_>, dir: &Path, dictionary: &str) -> PathBuf {
    let file = dir.join("dictionary.json");
    std::fs::write(&file, dictionary).expect("a dictionary is written");
    let archive = dir.join("dump");
    let options =
        ["--prepared-sens-dict-file".as_ref(), file.as_os_str(), "--output-dir".as_ref(), archive.as_os_str()];
    source.pg_anon("dump", options).expect_success();
    archive
}

fn restore(target: &Database<'_>, subcommand: &str, archive: &Path, options: &[&str]) -> Output {
    let fixed = ["--input-dir".as_ref(), archive.as_os_str(), "--debug".as_ref()];
    target.pg_anon(subcommand, fixed.into_iter().chain(options.iter().map(AsRef::as_ref)))
}

/// The rows of all tables, written in the same way.
fn rows(database: &Database<'_>) -> Vec<String> {
    let statements = database.rows(ALL);
    statements
        .iter()
        .map(|statement| {
            database
                .sql(&format!("SET timezone = 'UTC'; SET datestyle = 'ISO'; SET extra_float_digits = 1; {statement}"))
        })
        .collect()
}

/// The statements that loaded rows, as the server logs them.
fn copies(database: &Database<'_>) -> Vec<String> {
    let log = server().log();
    let of_database = format!("[{}] LOG:", database.name());
    log.lines()
        .filter(|line| line.contains(&of_database))
        .filter_map(|line| Some(line.split_once("statement: COPY ")?.1.to_owned()))
        .collect()
}

/// A database whose statements are in the log, with settings that change how values are written and read.
fn target() -> Database<'static> {
    let target = server().create_database("UTF8");
    let name = target.name();
    target.sql(&format!(
        "ALTER DATABASE {name} SET log_statement = 'all'; ALTER DATABASE {name} SET datestyle = 'SQL, DMY';
         ALTER DATABASE {name} SET timezone = 'Asia/Kathmandu'; ALTER DATABASE {name} SET extra_float_digits = 0"
    ));
    target
}

fn source(encoding: &str, tables: &str) -> Database<'static> {
    let source = server().create_database(encoding);
    // Its offsets of long ago have seconds.
    source.sql(&format!("ALTER DATABASE {} SET timezone = 'Europe/Amsterdam'", source.name()));
    source.sql("CREATE EXTENSION pg_anon");
    source.sql(tables);
    source
}

#[test]
fn values_of_all_types_are_the_same_after_a_restore_in_the_binary_format() {
    server().psql("postgres", "postgres", "ALTER SYSTEM SET log_line_prefix = '[%d] '").expect("a setting");
    server().psql("postgres", "postgres", "SELECT pg_reload_conf()").expect("a setting");
    let source = source("UTF8", TABLES);
    let expected = rows(&source);
    assert_eq!(expected.len(), 11, "{expected:?}");
    let dir = temp_dir();
    let archive = dump(&source, dir.path(), "{}");
    for (subcommand, options) in
        [("restore", &["-j3"][..]), ("restore", &["-j1", "--clean-db"]), ("sync-data-restore", &["--clean-db"])]
    {
        let target = target();
        if options.contains(&"--clean-db") {
            target.pg_restore(&archive, ["-j2"]).expect_success();
        }
        let before = copies(&target).len();
        let output = restore(&target, subcommand, &archive, options).expect_success();
        assert_eq!(rows(&target), expected, "{subcommand} {options:?}: {output}");
        let copies: Vec<String> = copies(&target).split_off(before);
        for table in ["\"binary; of \"\"all\"\"\" ", "binary_generated ", "binary_nan "] {
            let tried: Vec<_> = copies.iter().filter(|copy| copy.contains(table)).collect();
            assert!(matches!(tried[..], [copy] if copy.ends_with("(FORMAT binary)")), "{table}: {tried:?}");
        }
        let leaves: Vec<_> = copies.iter().filter(|copy| copy.contains("binary_part")).collect();
        assert!(leaves.len() == 2 && leaves.iter().all(|copy| copy.ends_with("(FORMAT binary)")), "{leaves:?}");
        for table in ["text_before_christ", "text_wide"] {
            let tried: Vec<_> = copies.iter().filter(|copy| copy.contains(table)).collect();
            assert!(
                matches!(tried[..], [first, second] if first.ends_with("(FORMAT binary)") && second.ends_with("(ENCODING 'UTF8')")),
                "{table}: {tried:?}"
            );
            assert!(output.stderr.contains("goes on as text: "), "{output}");
            // What was loaded before is not loaded again.
            let size = format!("SELECT pg_relation_size('{table}')");
            let [before, after] =
                [&source, &target].map(|database| database.sql(&size).parse::<u64>().expect("a size"));
            assert!(after <= before + before / 10, "{table} takes {after} bytes instead of {before}");
        }
        for table in ["text_interval", "text_array", "text_small", "text_without_columns"] {
            let tried: Vec<_> = copies.iter().filter(|copy| copy.contains(table)).collect();
            assert!(matches!(tried[..], [copy] if copy.ends_with("(ENCODING 'UTF8')")), "{table}: {tried:?}");
        }
        // Nothing is counted afterwards that COPY has counted.
        assert!(!output.stderr.contains("counting the rows"), "{output}");
    }
}

#[test]
fn text_in_the_encoding_of_the_target_is_converted_in_the_binary_format_too() {
    let source = source(
        "LATIN1",
        "CREATE TABLE words AS SELECT n, 'Größe ' || md5(n::text) || chr(161 + n % 90) AS word FROM generate_series(1, 30000) AS n",
    );
    let expected = rows(&source);
    let dir = temp_dir();
    let archive = dump(&source, dir.path(), "{}");
    let target = server().create_database("LATIN1");
    restore(&target, "restore", &archive, &[]).expect_success();
    assert_eq!(rows(&target), expected);
    // What has no place in the target's encoding is an error in both formats, and named without its value.
    let wide = self::source(
        "UTF8",
        "CREATE TABLE words AS SELECT n, md5(n::text) || CASE n WHEN 29000 THEN '🐘' ELSE '' END AS word FROM generate_series(1, 30000) AS n",
    );
    let dir = temp_dir();
    let archive = dump(&wide, dir.path(), "{}");
    let target = server().create_database("LATIN1");
    let output = restore(&target, "restore", &archive, &[]).expect_code(1);
    assert!(output.stderr.contains("TABLE DATA public.words") && output.stderr.contains("22P05"), "{output}");
    assert_eq!(target.sql("SELECT count(*) FROM words"), "0");
}

#[test]
fn a_row_that_the_target_refuses_is_told_as_of_text_and_the_other_tables_are_there() {
    let source = source(
        "UTF8",
        "CREATE TABLE checked AS SELECT n, md5(n::text) AS word FROM generate_series(1, 30000) AS n;
         ALTER TABLE checked ADD CONSTRAINT shape CHECK (word NOT LIKE 'Masked%');
         CREATE TABLE other AS SELECT * FROM checked; CREATE UNIQUE INDEX ON other (n)",
    );
    let dir = temp_dir();
    let archive = dump(
        &source,
        dir.path(),
        r#"{"dictionary": [{"schema": "public", "table": "checked", "fields": {"word": "CASE WHEN n = 29000 THEN 'Masked-Twice' ELSE word END"}}]}"#,
    );
    let target = server().create_database("UTF8");
    let output = restore(&target, "restore", &archive, &["-j2"]).expect_code(1);
    for named in ["1 entry", "TABLE DATA public.checked", "\"shape\"", "not those of public.checked"] {
        assert!(output.stderr.contains(named), "{named} is named: {output}");
    }
    assert!(!output.stderr.contains("Masked-Twice"), "{output}");
    assert_eq!(target.sql("SELECT (SELECT count(*) FROM checked), (SELECT count(*) FROM other)"), "0|30000");
    let output = restore(&target, "sync-data-restore", &archive, &["--clean-db"]).expect_code(1);
    assert!(output.stderr.contains("no rows were replaced") && output.stderr.contains("\"shape\""), "{output}");
    assert_eq!(target.sql("SELECT count(*) FROM other"), "30000");
}

#[test]
fn one_transaction_and_an_end_at_the_first_error_stay_pg_restore_s() {
    let source =
        source("UTF8", "CREATE TABLE words AS SELECT n, md5(n::text) AS word FROM generate_series(1, 30000) AS n");
    let expected = rows(&source);
    let dir = temp_dir();
    let archive = dump(&source, dir.path(), "{}");
    for options in ["--pg-restore-options=--single-transaction", "--pg-restore-options=--exit-on-error"] {
        let target = server().create_database("UTF8");
        let output = restore(&target, "restore", &archive, &["-j1", options]).expect_success();
        assert_eq!(rows(&target), expected);
        assert!(output.stderr.contains("counting the rows") && !output.stderr.contains("loading the rows"), "{output}");
    }
}

#[test]
fn xml_that_is_no_document_is_loaded_where_the_database_takes_documents_by_default() {
    let source = source(
        "UTF8",
        "CREATE TABLE papers (id int, paper xml);
         INSERT INTO papers VALUES (1, 'only text'), (2, '<a/><b/>'), (3, '<a/>')",
    );
    let expected = rows(&source);
    let dir = temp_dir();
    let archive = dump(&source, dir.path(), "{}");
    let target = server().create_database("UTF8");
    target.sql(&format!("ALTER DATABASE {} SET xmloption = 'document'", target.name()));
    restore(&target, "restore", &archive, &[]).expect_success();
    assert_eq!(rows(&target), expected);
    restore(&target, "sync-data-restore", &archive, &["--clean-db"]).expect_success();
    assert_eq!(rows(&target), expected);
}
