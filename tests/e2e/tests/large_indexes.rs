//! Indexes of large tables, which are made over several connections and not by pg_restore: the result is the same.

use std::path::{Path, PathBuf};

use pg_anon_e2e::{Database, Output, assert_same_dump, server, temp_dir};

/// More than 4 MiB of data that does not compress well; keys and indexes of all kinds, some of which are pg_restore's.
const TABLES: &str = r#"
    CREATE SCHEMA "Odd.""schema";
    CREATE TABLE "Odd.""schema"."big ""table" (
        id integer NOT NULL, "Key; x" text NOT NULL, word text, other text, PRIMARY KEY (id, "Key; x"));
    CREATE TABLE big (id integer CONSTRAINT "the UNIQUE key" PRIMARY KEY, word text NOT NULL, other text NOT NULL, before integer REFERENCES big);
    INSERT INTO big SELECT n, md5(n::text) || md5((-n)::text), md5((n * 3)::text), nullif(n / 2, 0) FROM generate_series(1, 90000) AS n;
    INSERT INTO "Odd.""schema"."big ""table" SELECT id, 'k' || id, word, other FROM big;
    CREATE UNIQUE INDEX ON big (word); CREATE INDEX ON big (upper(other)) WHERE id > 7; CREATE INDEX ON big USING hash (other);
    ALTER TABLE big ADD UNIQUE (other, id) DEFERRABLE; ALTER TABLE big ADD CONSTRAINT with_more UNIQUE (id) INCLUDE (word);
    ALTER TABLE big ADD CONSTRAINT words UNIQUE (other, word);
    CREATE INDEX "idx; 1" ON "Odd.""schema"."big ""table" (word); ALTER TABLE "Odd.""schema"."big ""table" ADD UNIQUE (word);
    ALTER TABLE big CLUSTER ON with_more; ALTER TABLE big REPLICA IDENTITY USING INDEX words;
    COMMENT ON INDEX words IS 'Words.'; COMMENT ON CONSTRAINT words ON big IS 'All words.';
    CREATE TABLE parted (id integer, word text, PRIMARY KEY (id)) PARTITION BY RANGE (id);
    CREATE TABLE parted_1 PARTITION OF parted FOR VALUES FROM (0) TO (1000000);
    CREATE INDEX ON parted (word);
    INSERT INTO parted SELECT id, word || other FROM big;
    CREATE TABLE refers (id integer REFERENCES big, parted integer REFERENCES parted);
    INSERT INTO refers SELECT n, n FROM generate_series(1, 100) AS n;
    REVOKE ALL ON big FROM CURRENT_USER; GRANT SELECT ON big TO PUBLIC;
"#;

fn dump(source: &Database<'_>, dir: &Path, dictionary: &str) -> PathBuf {
    let file = dir.join("dictionary.json");
    std::fs::write(&file, dictionary).expect("a dictionary is written");
    let archive = dir.join("dump");
    let options =
        ["--prepared-sens-dict-file".as_ref(), file.as_os_str(), "--output-dir".as_ref(), archive.as_os_str()];
    source.pg_anon("dump", options.into_iter().chain(["--split-size=1".as_ref()])).expect_success();
    archive
}

fn restore(target: &Database<'_>, archive: &Path, options: &[&str]) -> Output {
    let fixed = ["--input-dir".as_ref(), archive.as_os_str(), "--debug".as_ref()];
    target.pg_anon("restore", fixed.into_iter().chain(options.iter().map(AsRef::as_ref)))
}

#[test]
fn indexes_made_at_the_same_time_are_those_that_pg_restore_makes() {
    let source = server().create_database("UTF8");
    source.sql("CREATE EXTENSION pg_anon");
    source.sql(TABLES);
    let dir = temp_dir();
    let archive = dump(&source, dir.path(), "{}");
    let plain = server().create_database("UTF8");
    plain.pg_restore(&archive, ["-j2", "--no-owner"]).expect_success();
    let made = |output: &Output, name: &str| {
        output.stderr.lines().any(|line| line.contains("launching item") && line.contains(name))
    };
    for options in [&["-j3"][..], &["-j2", "--clean-db", "--drop-custom-check-constr"], &["-j1", "--clean-db"]] {
        let target = server().create_database("UTF8");
        if options.contains(&"--clean-db") {
            restore(&target, &archive, &["-j2"]).expect_success();
        }
        let output = restore(&target, &archive, options).expect_success();
        assert_eq!(output.stderr.contains("indexes of large tables"), !options.contains(&"-j1"), "{output}");
        if options == ["-j3"] {
            assert!(
                !made(&output, "INDEX big_word_idx") && !made(&output, "CONSTRAINT parted_1 parted_1_pkey"),
                "{output}"
            );
            assert!(made(&output, "with_more"), "what has more to it is left to pg_restore: {output}");
        }
        assert_same_dump(&target.full_dump(), &plain.full_dump());
        let valid = "SELECT count(*) FROM pg_index WHERE NOT indisvalid";
        assert_eq!(target.sql(valid), "0");
    }
}

#[test]
fn a_key_that_the_rows_break_is_told_as_pg_restore_tells_it() {
    let source = server().create_database("UTF8");
    source.sql("CREATE EXTENSION pg_anon");
    source.sql(TABLES);
    let dir = temp_dir();
    let archive = dump(
        &source,
        dir.path(),
        r#"{"dictionary": [{"schema": "public", "table": "big", "fields": {"word": "left(word, 2)", "other": "left(other, 1)"}}]}"#,
    );
    let target = server().create_database("UTF8");
    let output = restore(&target, &archive, &["-j2", "--verbose=info"]).expect_code(1);
    for name in ["big_word_idx", "words"] {
        assert!(output.stderr.contains(name), "{name}: {output}");
    }
    assert_eq!(target.sql("SELECT count(*) FROM pg_constraint WHERE conname = 'the UNIQUE key'"), "1");
    assert_eq!(target.sql("SELECT count(*) FROM pg_class WHERE relname = 'words'"), "0");
}
