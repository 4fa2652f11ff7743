//! A part of a database: tables dictionaries and pg_dump's patterns, at dump and at restore.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::sync::OnceLock;

use pg_anon_e2e::{
    Database, Output, Transaction, archive_text, normalise_dump, pg_anon, run, server, temp_dir, wait_until,
};

const DICTIONARY: &str = r#"{"dictionary": [{"schema": "a", "table": "customer", "fields": {"name": "md5(id::text)"}}],
 "dictionary_exclude": [{"schema": "a", "table": "log"}]}"#;
const ODD: &str = r#""Łódź ""x"".*"."Größe.""a"" $1*""#;

/// A database with [`data/partial.sql`](../data/partial.sql), and the extension.
fn source() -> &'static Database<'static> {
    static SOURCE: OnceLock<Database<'static>> = OnceLock::new();
    SOURCE.get_or_init(|| fill("UTF8"))
}

fn fill(encoding: &str) -> Database<'static> {
    let database = server().create_database(encoding);
    let script = concat!(env!("CARGO_MANIFEST_DIR"), "/data/partial.sql");
    database.sql(&std::fs::read_to_string(script).expect("data/partial.sql can be read"));
    database.sql("CREATE EXTENSION pg_anon");
    database
}

/// A folder with a dictionary and tables dictionaries.
struct Folder(tempfile::TempDir);

impl Folder {
    fn new() -> Folder {
        let folder = Folder(temp_dir());
        std::fs::write(folder.path("sens.py"), DICTIONARY).expect("written");
        folder
    }

    fn path(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }

    /// Writes a tables dictionary of patterns, each `key value, key value`.
    fn list(&self, name: &str, patterns: &[&[(&str, &str)]]) -> String {
        let tables: Vec<_> = patterns
            .iter()
            .map(|keys| serde_json::Value::Object(keys.iter().map(|(k, v)| ((*k).to_owned(), (*v).into())).collect()))
            .collect();
        let path = self.path(name);
        std::fs::write(&path, serde_json::json!({ "tables": tables }).to_string()).expect("written");
        path.display().to_string()
    }

    /// A tables dictionary of exact names.
    fn names(&self, name: &str, tables: &[(&str, &str)]) -> String {
        let patterns: Vec<_> = tables.iter().map(|(schema, table)| [("schema", *schema), ("table", *table)]).collect();
        self.list(name, &patterns.iter().map(|pattern| &pattern[..]).collect::<Vec<_>>())
    }

    fn dump(&self, mode: &str, source: &Database<'_>, options: &[&str]) -> Output {
        self.dump_as("postgres", mode, source, options)
    }

    fn dump_as(&self, role: &str, mode: &str, source: &Database<'_>, options: &[&str]) -> Output {
        let (dictionary, dump) = (self.path("sens.py").display().to_string(), self.path("dump").display().to_string());
        let connection =
            source.connection_options().into_iter().map(|o| if o == "postgres" { role.to_owned() } else { o });
        let fixed = ["--prepared-sens-dict-file", &dictionary, "--output-dir", &dump, "--clear-output-dir"];
        let options = fixed.iter().chain(options).map(|option| (*option).to_owned());
        pg_anon(std::iter::once(mode.to_owned()).chain(connection).chain(options))
    }

    /// Dumps and restores. Gives the target, what the dump said at its end, and what the restore did.
    fn through(&self, options: &[&str]) -> (Database<'static>, String) {
        let said = self.dump("dump", source(), options).expect_success().stdout;
        (self.restore(&[]).0, said)
    }

    fn restore(&self, options: &[&str]) -> (Database<'static>, String) {
        let target = server().create_database("UTF8");
        let dump = self.path("dump").display().to_string();
        let output = target.pg_anon("restore", ["--input-dir", &dump].iter().chain(options)).expect_success();
        (target, output.stdout)
    }
}

/// All tables that have rows or could have, with their counts.
fn counts(database: &Database<'_>) -> BTreeSet<String> {
    let tables = database.rows(
        "SELECT oid::regclass FROM pg_class WHERE relkind = 'r' AND relnamespace::regnamespace::text !~ '^(pg_|inf)'",
    );
    tables
        .iter()
        .map(|table| format!("{table}: {}", database.sql(&format!("SELECT count(*) FROM ONLY {table}"))))
        .collect()
}

/// The structure of one table as pg_dump writes it, with all that is its own.
fn structure(database: &Database<'_>, table: &str) -> String {
    let dump = database.pg_dump(["--schema-only", "--encoding=UTF8", "--table", table]).expect_success().stdout;
    normalise_dump(&dump)
}

/// The same without entries of this kind.
fn without(dump: &str, kind: &str) -> String {
    let entries = dump.split("--\n-- ").filter(|entry| !entry.lines().next().unwrap_or_default().contains(kind));
    entries.collect::<Vec<_>>().join("--\n-- ")
}

fn entries(archive: &Path) -> String {
    run(server().program("pg_restore").arg("-l").arg(archive), b"").expect_success().stdout
}

#[track_caller]
fn assert_counts(database: &Database<'_>, expected: &[&str]) {
    assert_eq!(counts(database), expected.iter().map(|line| (*line).to_owned()).collect());
}

#[test]
fn a_white_list_takes_the_tables_that_it_names_with_all_that_is_theirs() {
    let folder = Folder::new();
    let list = folder.names("list.py", &[("a", "customer"), ("a", "orders"), ("a", "room")]);
    let (target, said) = folder.through(&["--partial-tables-dict-file", &list]);
    assert_counts(&target, &["a.customer: 20", "a.orders: 20", "a.room: 2"]);
    for table in ["a.customer", "a.orders", "a.room", "a.names", "b.both", "b.counted", "a.grouped"] {
        assert_eq!(structure(&target, table), structure(source(), table), "{table}");
    }
    assert!(said.contains("chosen: 3 of "), "{said}");
    assert!(!said.contains("left out"), "{said}");
    // Types, what hangs on them, what functions call, sequences with their values, membership of publications.
    assert_eq!(target.sql("SELECT 'ok'::types.mood::int, b.how_many(), b.of_row(o) FROM a.orders o LIMIT 1"), "1|20|1");
    assert_eq!(target.sql("SELECT last_value, is_called FROM a.customer_id_seq"), "21|t");
    assert_eq!(target.sql("SELECT last_value FROM a.free"), "119");
    assert_eq!(target.sql("SELECT n FROM b.counted"), "20");
    assert_eq!(
        target
            .rows("SELECT schemaname || '.' || tablename FROM pg_publication_tables WHERE pubname = 'pub' ORDER BY 1"),
        ["a.customer", "a.orders"]
    );
    assert_eq!(target.sql("SELECT obj_description('types'::regnamespace)"), "of all kinds");
    assert!(target.sql("SELECT nspacl FROM pg_namespace WHERE nspname = 'a'").contains("=U/"));
    assert_eq!(target.sql("SELECT count(*) FROM a.customer WHERE name LIKE 'Secret%'"), "0");
    // And nothing else.
    assert_eq!(target.sql("SELECT to_regtype('types.unused') IS NULL, to_regclass('a.log') IS NULL"), "t|t");
}

#[test]
fn a_black_list_leaves_out_its_tables_and_what_cannot_be_without_them_and_says_so() {
    let folder = Folder::new();
    let list = folder.list("list.py", &[&[("schema", "a"), ("table_mask", "^(customer|part_1)$")]]);
    let (target, said) = folder.through(&["--partial-tables-exclude-dict-file", &list]);
    assert_counts(
        &target,
        &[
            "a.orders: 20",
            "a.orders_items: 20",
            "b.orders: 5",
            "a.log: 0",
            "a.room: 2",
            "b.part_2_x: 8",
            "a.to_part: 20",
            "a.parent: 1",
            "a.child: 1",
            "\"Łódź \"\"x\"\".*\".\"Größe.\"\"a\"\" $1*\": 1",
            "\"Łódź \"\"x\"\".*\".\"Größe\": 2",
        ],
    );
    for (kind, name) in [
        ("foreign keys", "a.orders orders_customer_fkey"),
        ("foreign keys", "a.to_part to_part_id_at_fkey"),
        ("needs tables", "VIEW a.names"),
        ("needs tables", "VIEW a.grouped"),
        ("needs tables", "VIEW b.both"),
        ("needs tables", "MATERIALIZED VIEW b.counted"),
        ("needs tables", "FUNCTION b.how_many()"),
        ("needs tables", "POLICY a.orders by_customer"),
    ] {
        let line = said.lines().find(|line| line.contains(kind)).unwrap_or_else(|| panic!("no {kind} in {said}"));
        assert!(line.contains(name), "{name} in {line}");
    }
    assert!(!said.contains("by_note") && !said.contains("customer_pkey") && !said.contains("b.of_row"), "{said}");
    // The sequence belongs to a column that is gone, but another table draws from it.
    assert_eq!(target.sql("SELECT last_value FROM a.customer_id_seq"), "21");
    assert_eq!(
        without(&structure(&target, "a.orders"), "orders_customer_fkey"),
        without(&without(&structure(source(), "a.orders"), "orders_customer_fkey"), "by_customer")
    );
    assert!(target.sql("SELECT to_regtype('types.unused')") == "types.unused", "all else stays");
}

#[test]
fn names_are_not_prefixes_and_schemas_are_told_apart() {
    let folder = Folder::new();
    let list = folder.names("list.py", &[("b", "orders")]);
    let (target, said) = folder.through(&["--partial-tables-dict-file", &list]);
    assert_counts(&target, &["b.orders: 5"]);
    assert!(said.contains("chosen: 1 of "), "{said}");
    let list = folder.names("list.py", &[("a", "orders")]);
    let (target, said) = folder.through(&["--partial-tables-dict-file", &list]);
    assert_counts(&target, &["a.orders: 20"]);
    assert!(said.contains("foreign keys to tables left out: a.orders orders_customer_fkey\n"), "{said}");
    assert!(said.contains("POLICY a.orders by_customer"), "{said}");
    let (policies, row_security) = (
        target.rows("SELECT polname FROM pg_policy ORDER BY 1"),
        target.sql("SELECT relrowsecurity FROM pg_class WHERE oid = 'a.orders'::regclass"),
    );
    assert_eq!((policies, row_security.as_str()), (vec!["by_note".to_owned()], "t"));
}

#[test]
fn names_with_quotes_dots_wildcards_and_other_letters_are_taken_as_they_are() {
    let folder = Folder::new();
    let schema = "Łódź \"x\".*";
    let list = folder.names("list.py", &[(schema, "Größe.\"a\" $1*")]);
    let (target, _) = folder.through(&["--partial-tables-dict-file", &list]);
    assert_counts(&target, &[&format!("{ODD}: 1")]);
    let (target, _) = folder.through(&["--partial-tables-exclude-dict-file", &list]);
    assert!(!counts(&target).iter().any(|line| line.contains("$1*")));
    assert!(counts(&target).contains("\"Łódź \"\"x\"\".*\".\"Größe\": 2"));
}

#[test]
fn names_are_found_in_a_database_of_another_encoding() {
    let database = server().create_database("LATIN1");
    database.sql(
        "CREATE SCHEMA \"Größe\"; CREATE SCHEMA weg; CREATE SCHEMA \"Übel\"; CREATE TABLE \"Größe\".\"Maß\" (id int);
         CREATE TABLE \"Größe\".\"Straße\" (id int); CREATE TABLE \"Übel\".t (id int); CREATE EXTENSION pg_anon;
         INSERT INTO \"Größe\".\"Maß\" VALUES (1); INSERT INTO \"Größe\".\"Maß\" VALUES (2)",
    );
    let folder = Folder::new();
    std::fs::write(folder.path("sens.py"), r#"{"dictionary_exclude": [{"schema": "Übel", "table_mask": "*"}]}"#)
        .unwrap();
    let list = folder.names("list.py", &[("Größe", "Straße")]);
    // Not readable, so it must not be asked for.
    let options = ["--partial-tables-exclude-dict-file", &list];
    let role = server().create_role("LOGIN");
    database.sql(&format!("GRANT USAGE ON SCHEMA \"Größe\" TO {role}; GRANT SELECT ON \"Größe\".\"Maß\" TO {role}"));
    folder.dump_as(&role, "dump", &database, &options).expect_success();
    let list = entries(&folder.path("dump"));
    assert_eq!(list.matches(" 1259 ").count(), 1, "one table: {list}");
    assert!(!list.contains("bel"), "a schema that the dictionary leaves out: {list}");
    assert_eq!(folder.restore(&[]).0.sql("SELECT count(*) FROM \"Größe\".\"Maß\""), "2");
}

#[test]
fn both_lists_masks_and_several_files_are_merged_and_the_black_list_wins() {
    let folder = Folder::new();
    let white = [
        folder.list("w1.py", &[&[("schema_mask", "^a$"), ("table_mask", "^(orders|log|part)")]]),
        folder.names("w2.py", &[("a", "customer")]),
    ];
    let black = [folder.names("b1.py", &[("a", "orders_items")]), folder.names("b2.py", &[("a", "part_1")])];
    let options =
        ["--partial-tables-dict-file", &white.join(","), "--partial-tables-exclude-dict-file", &black.join(",")];
    let (target, said) = folder.through(&options);
    // A list of the tables that are wanted wins over the dictionary, which excludes a.log. A partitioned table stands for
    // its partitions.
    assert_counts(&target, &["a.customer: 20", "a.orders: 20", "a.log: 1", "b.part_2_x: 8"]);
    assert!(said.contains("chosen: 4 of "), "{said}");
    assert_eq!(target.sql("SELECT count(*) FROM a.part"), "8");
    assert_eq!(target.sql("SELECT count(*) FROM pg_constraint WHERE contype = 'f'"), "1");
}

#[test]
fn tables_that_others_cannot_be_made_without_come_without_rows() {
    let folder = Folder::new();
    let list = folder.names("list.py", &[("a", "child"), ("b", "part_2_x")]);
    let (target, said) = folder.through(&["--partial-tables-dict-file", &list]);
    assert_counts(&target, &["a.child: 1", "a.parent: 0", "b.part_2_x: 8"]);
    assert!(said.contains("structure only, others need it: a.parent\n"), "{said}");
    assert_eq!(target.sql("SELECT count(*) FROM a.parent"), "1");
    for table in ["a.child", "a.parent", "a.part", "a.part_2", "b.part_2_x"] {
        assert_eq!(structure(&target, table), structure(source(), table), "{table}");
    }
    folder.dump("dump", source(), &[]).expect_success();
    let (target, said) = folder.restore(&["--partial-tables-dict-file", &list]);
    assert_counts(&target, &["a.child: 1", "a.parent: 0", "b.part_2_x: 8"]);
    assert!(said.contains("structure only, others need it: a.parent\n"), "a restore did not say it: {said}");
}

#[test]
fn a_list_that_matches_nothing_is_an_error_and_nothing_is_written() {
    let folder = Folder::new();
    let wrong = folder.names("wrong.py", &[("a", "Orders"), ("public", "customer")]);
    let orders = folder.names("orders.py", &[("a", "orders")]);
    let empty = folder.list("empty.py", &[]);
    for (options, said) in [
        (&["--partial-tables-dict-file", &wrong][..], "--partial-tables-dict-file matches no table of database"),
        (&["--partial-tables-exclude-dict-file", &wrong], "--partial-tables-exclude-dict-file matches no table"),
        (
            &["--partial-tables-dict-file", &orders, "--partial-tables-exclude-dict-file", &orders],
            "the tables dictionaries leave no table",
        ),
        (&["-t", "a.nothing", "-t", "none"], "--table matches no table: a.nothing, none"),
        (&["-n", "nowhere*"], "--schema matches no schema: nowhere*"),
    ] {
        for mode in ["dump", "sync-struct-dump", "sync-data-dump"] {
            let output = folder.dump(mode, source(), options).expect_code(1);
            assert!(output.stderr.contains(said), "{output}");
        }
    }
    for (options, said) in [
        (["--partial-tables-dict-file", &empty], "--partial-tables-dict-file names no table"),
        (["-t", "a.b.c.d"], "--table: \"a.b.c.d\" has too many dots"),
        (["-t", "other.a.orders"], "names another database"),
    ] {
        let output = folder.dump("dump", source(), &options).expect_code(2);
        assert!(output.stderr.contains(said), "{output}");
    }
    assert!(!folder.path("dump").exists());
    // No table is left out by an empty black list.
    folder.dump("dump", source(), &["--partial-tables-exclude-dict-file", &empty]).expect_success();
    assert!(folder.path("dump").exists());
}

#[test]
fn patterns_that_leave_no_table_are_an_error_and_never_let_all_else_through() {
    let folder = Folder::new();
    for patterns in [
        &["-n", "a", "-N", "a"][..],
        &["-n", "types", "-N", "types"],
        &["-n", "b", "-T", "b.*"],
        &["-N", "*"],
        &["-t", "a.orders", "-T", "a.orders"],
        &["-t", "a.names"],
        &["-t", "b.counted", "-t", "a.customer_id_seq"],
    ] {
        for mode in ["dump", "sync-struct-dump", "sync-data-dump"] {
            let output = folder.dump(mode, source(), patterns).expect_code(1);
            assert!(output.stderr.contains("no table is left to dump"), "{patterns:?} {output}");
        }
    }
    let output = folder.dump("dump", source(), &["-t", "a.part"]).expect_code(1);
    assert!(output.stderr.contains("the partitions of a partitioned table"), "{output}");
    let wrong = folder.path("sens.py");
    std::fs::write(wrong, r#"{"dictionary_exclude": [{"schema": "b", "table_mask": "*"}]}"#).expect("written");
    folder.dump("dump", source(), &["-n", "b"]).expect_code(1);
    assert!(!folder.path("dump").exists());
    // What needs no table, and a structure that has no rows, is dumped.
    for (mode, name, entry) in
        [("dump", "a.free", "SEQUENCE SET a free postgres"), ("sync-struct-dump", "a.part", "TABLE a part postgres")]
    {
        folder.dump(mode, source(), &["-t", name]).expect_success();
        assert!(names(&folder.path("dump")).contains(entry), "{name}");
    }
}

#[test]
fn a_mistyped_pattern_that_is_to_leave_something_out_is_warned_about() {
    let folder = Folder::new();
    let patterns = ["-T", "a.custmer", "-T", "a.log", "-N", "nope", "-T", "a.part"];
    let output = folder.dump("dump", source(), &patterns).expect_success();
    for said in [
        "--exclude-table matches no table, view or sequence: a.custmer",
        "--exclude-schema matches no schema: nope",
        "--exclude-table names partitioned tables whose partitions are dumped: a.part\n",
    ] {
        assert_eq!(output.stderr.matches(said).count(), 1, "{said}: {output}");
    }
    assert!(!output.stderr.contains("a.log"), "{output}");
    let output = folder.dump("dump", source(), &["-T", "*.*part_*", "-T", "a.part"]).expect_success();
    assert!(!output.stderr.contains("--exclude-"), "{output}");
}

#[test]
fn whoever_may_not_read_a_table_can_dump_the_others_and_locks_none_but_them() {
    let source = fill("UTF8");
    let role = server().create_role("LOGIN");
    source.sql(&format!(
        "GRANT USAGE ON SCHEMA a, types TO {role}; GRANT SELECT ON a.orders, a.customer TO {role};
         REVOKE ALL ON a.log, a.room FROM PUBLIC; REVOKE SELECT ON a.customer FROM PUBLIC;
         GRANT SELECT ON a.free, a.customer_id_seq, a.orders_id_seq TO {role}; ALTER TABLE a.orders OWNER TO {role}"
    ));
    let folder = Folder::new();
    // Somebody has a table for himself that is left out: nobody waits for him.
    let other = Transaction::begin(&source, "LOCK TABLE a.log, b.orders");
    wait_until("the tables are locked", || {
        source.sql("SELECT count(*) FROM pg_locks WHERE mode = 'AccessExclusiveLock' AND relation = 'a.log'::regclass")
            == "1"
    });
    let list = folder.names("list.py", &[("a", "orders"), ("a", "customer")]);
    for mode in ["dump", "sync-struct-dump", "sync-data-dump"] {
        folder.dump_as(&role, mode, &source, &["--partial-tables-dict-file", &list]).expect_success();
    }
    drop(other);
    folder.dump_as(&role, "dump", &source, &["--partial-tables-dict-file", &list]).expect_success();
    let (target, _) = folder.restore(&[]);
    assert_counts(&target, &["a.customer: 20", "a.orders: 20"]);
    assert!(!archive_text(&folder.path("dump")).contains("Secret-"));
}

#[test]
fn the_structure_and_the_data_alone_are_partial_too() {
    let folder = Folder::new();
    let list = folder.names("list.py", &[("a", "orders"), ("a", "customer")]);
    let white = ["--partial-tables-dict-file", &list];
    folder.dump("sync-struct-dump", source(), &white).expect_success();
    let target = server().create_database("UTF8");
    target.pg_restore(&folder.path("dump"), ["--exit-on-error"]).expect_success();
    assert_counts(&target, &["a.customer: 0", "a.orders: 0"]);
    assert_eq!(structure(&target, "a.orders"), structure(source(), "a.orders"));
    folder.dump("sync-data-dump", source(), &white).expect_success();
    let output = target.pg_restore(&folder.path("dump"), ["--exit-on-error", "--data-only"]).expect_success();
    assert_eq!(output.stderr, "");
    assert_counts(&target, &["a.customer: 20", "a.orders: 20"]);
    // What was dumped is itself a tables dictionary.
    let dumped = folder.path("dump").join("dumped_tables.py").display().to_string();
    let again = Folder::new();
    again.dump("dump", source(), &["--partial-tables-dict-file", &dumped]).expect_success();
    assert_counts(&again.restore(&[]).0, &["a.customer: 20", "a.orders: 20"]);
}

/// The entries of an archive as pg_restore names them, without numbers and owners.
fn names(archive: &Path) -> BTreeSet<String> {
    let list = entries(archive);
    let entries = list.lines().filter(|line| !line.starts_with(';'));
    entries.map(|line| line.splitn(4, ' ').nth(3).unwrap_or_default().to_owned()).collect()
}

#[test]
fn patterns_choose_what_pg_dump_chooses() {
    let folder = Folder::new();
    std::fs::write(folder.path("sens.py"), r#"{"dictionary": []}"#).expect("written");
    let plain = folder.path("plain").display().to_string();
    for patterns in [
        &["-t", "a.orders", "-t", "a.customer"][..],
        &["-t", "a.*o*", "-t", "a.part*", "-t", "b.part*", "-T", "*.orders_items", "-t", "b.\"orders\""],
        &[
            "-t",
            "\"Łódź \"\"x\"\".*\".*",
            "-t",
            "b.counted",
            "-t",
            "a.names",
            "-t",
            "a.customer",
            "-t",
            "a.orders",
            "-t",
            "b.both",
        ],
        &["-n", "types", "-N", "nothing"],
        &["-n", "a", "-n", "b", "-n", "types"],
        &["-N", "\"Ł*", "-T", "b.counted"],
        // Another -t makes these say nothing.
        &["-t", "a.log", "-n", "b", "-N", "a"],
    ] {
        folder.dump("dump", source(), patterns).expect_success();
        source().pg_dump(["-Fd", "-f", &plain].iter().chain(patterns)).expect_success();
        let ours = names(&folder.path("dump"));
        let mut theirs = names(Path::new(&plain));
        theirs.retain(|name| !name.contains("pg_anon") && !name.contains("anon_funcs"));
        assert_eq!(ours, theirs, "{patterns:?}");
        std::fs::remove_dir_all(&plain).expect("removed");
    }
}

#[test]
fn a_pattern_without_a_schema_means_what_the_search_path_shows() {
    let folder = Folder::new();
    let output = folder.dump("dump", source(), &["-t", "orders"]).expect_code(1);
    assert!(output.stderr.contains("--table matches no table: orders"), "{output}");
    let name = source().name();
    let source = fill("UTF8");
    source.sql(&format!("ALTER DATABASE {} SET search_path = b, a", source.name()));
    assert_ne!(name, source.name());
    folder.dump("dump", &source, &["-t", "orders"]).expect_success();
    assert!(names(&folder.path("dump")).contains("TABLE DATA b orders postgres"));
    assert!(!names(&folder.path("dump")).contains("TABLE DATA a orders postgres"));
}

#[test]
fn what_refers_to_tables_that_patterns_leave_out_is_left_out_and_named() {
    let folder = Folder::new();
    let said = folder.dump("dump", source(), &["-T", "a.customer", "-T", "a.part"]).expect_success().stdout;
    assert!(said.contains("a.orders orders_customer_fkey") && said.contains("VIEW b.both"), "{said}");
    // The partitions were not named.
    assert!(
        said.contains("structure only, others need it: ")
            || names(&folder.path("dump")).contains("TABLE a part postgres")
    );
    let (target, _) = folder.restore(&[]);
    assert_eq!(target.sql("SELECT count(*) FROM a.part"), "20");
    assert_eq!(target.sql("SELECT to_regclass('a.customer') IS NULL"), "t");
    let said = folder.dump("dump", source(), &["-n", "b"]).expect_success().stdout;
    assert!(said.contains("VIEW b.both") && said.contains("FUNCTION b.how_many()"), "{said}");
}

#[test]
fn a_part_of_a_whole_dump_is_restored() {
    let folder = Folder::new();
    folder.dump("dump", source(), &[]).expect_success();
    let white = folder.names("white.py", &[("a", "orders"), ("a", "customer"), ("a", "part")]);
    let black = folder.names("black.py", &[("a", "part_1")]);
    let (target, said) = folder.restore(&["--partial-tables-dict-file", &white]);
    assert_counts(&target, &["a.customer: 20", "a.orders: 20", "a.part_1: 12", "b.part_2_x: 8"]);
    assert!(said.contains("chosen: 4 of "), "{said}");
    for table in ["a.customer", "a.orders", "a.part", "a.part_1", "b.part_2_x", "a.names", "b.both", "b.counted"] {
        assert_eq!(structure(&target, table), structure(source(), table), "{table}");
    }
    assert_eq!(target.sql("SELECT to_regtype('types.unused') IS NULL"), "t");
    let options = ["--partial-tables-dict-file", &white, "--partial-tables-exclude-dict-file", &black];
    let (target, _) = folder.restore(&options);
    assert_counts(&target, &["a.customer: 20", "a.orders: 20", "b.part_2_x: 8"]);
    let (target, said) = folder.restore(&["--partial-tables-exclude-dict-file", &black]);
    assert!(said.contains("foreign keys to tables left out: a.to_part to_part_id_at_fkey\n"), "{said}");
    assert_eq!(target.sql("SELECT count(*) FROM a.part"), "8");
    assert_eq!(target.sql("SELECT to_regtype('types.unused')"), "types.unused");
    let wrong = folder.names("wrong.py", &[("a", "order")]);
    let half = folder.names("half.py", &[("a", "orders"), ("a", "order")]);
    let dump = folder.path("dump").display().to_string();
    for list in ["--partial-tables-dict-file", "--partial-tables-exclude-dict-file"] {
        let target = server().create_database("UTF8");
        let output = target.pg_anon("restore", ["--input-dir", &dump, list, &half]).expect_success();
        let told = output
            .stderr
            .lines()
            .any(|line| line.contains(list) && line.ends_with("matches schema \"a\", table \"order\""));
        assert!(told, "a mistyped entry was passed over in silence: {output}");
    }
    let target = server().create_database("UTF8");
    for mode in ["restore", "sync-struct-restore", "sync-data-restore"] {
        let options = ["--input-dir", &dump, "--partial-tables-dict-file", &wrong];
        let output = target.pg_anon(mode, options).expect_code(1);
        assert!(output.stderr.contains("--partial-tables-dict-file matches no table of the dump"), "{output}");
    }
    assert_eq!(counts(&target).len(), 0);
}

#[test]
fn a_part_of_the_rows_is_renewed_in_a_structure_that_is_there() {
    let folder = Folder::new();
    folder.dump("dump", source(), &[]).expect_success();
    let target = server().create_database("UTF8");
    let dump = folder.path("dump").display().to_string();
    let list = folder.names("list.py", &[("a", "orders"), ("a", "customer")]);
    let options = ["--input-dir", &dump, "--partial-tables-dict-file", &list];
    target.pg_anon("sync-struct-restore", options).expect_success();
    assert_counts(&target, &["a.customer: 0", "a.orders: 0"]);
    target.pg_anon("sync-data-restore", options).expect_success();
    assert_counts(&target, &["a.customer: 20", "a.orders: 20"]);
    target.sql("DELETE FROM a.orders WHERE id > 5");
    let list = folder.names("list.py", &[("a", "orders")]);
    let options = ["--input-dir", &dump, "--partial-tables-dict-file", &list, "--clean-db"];
    target.pg_anon("sync-data-restore", options).expect_success();
    assert_counts(&target, &["a.customer: 20", "a.orders: 20"]);
}

#[test]
fn what_a_script_has_marked_in_the_metadata_is_not_restored() {
    let folder = Folder::new();
    let source = fill("UTF8");
    // The same name twice: only one of the two is meant.
    source.sql(
        "CREATE INDEX orders_note ON a.orders (note); CREATE INDEX orders_note ON b.orders (self);
                CREATE VIEW b.names AS SELECT id FROM b.orders; CREATE SEQUENCE b.free START 7",
    );
    folder.dump("dump", &source, &[]).expect_success();
    let path = folder.path("dump").join("metadata.json");
    let mut metadata: serde_json::Value = serde_json::from_slice(&std::fs::read(&path).unwrap()).unwrap();
    let mut mark = |section: &str, is_meant: &dyn Fn(&serde_json::Value) -> bool| {
        let values = metadata[section].as_object_mut().expect("an object").values_mut();
        let found: Vec<_> = values.filter(|value| is_meant(value)).collect();
        assert_eq!(found.len(), 1, "{section}");
        found.into_iter().for_each(|value| value["is_excluded"] = true.into());
    };
    mark("views", &|view| view["view_schema"] == "a" && view["view_name"] == "names");
    mark("indexes", &|index| index["schema"] == "a" && index["index_name"] == "orders_note");
    mark("constraints", &|key| key["constraint_name"] == "orders_items_orders_fkey");
    mark("seq_lastvals", &|sequence| sequence["schema"] == "a" && sequence["seq_name"] == "free");
    std::fs::write(&path, metadata.to_string()).unwrap();
    let (target, said) = folder.restore(&[]);
    // b.both reads a.names.
    assert_eq!(
        target.rows(
            "SELECT oid::regclass::text FROM pg_class WHERE relkind IN ('v', 'm') AND relnamespace IN
        ('a'::regnamespace, 'b'::regnamespace) ORDER BY 1"
        ),
        ["a.grouped", "b.names"]
    );
    assert!(said.contains("VIEW b.both"), "{said}");
    assert_eq!(target.sql("SELECT to_regclass('a.orders_note') IS NULL, to_regclass('b.orders_note') IS NULL"), "t|f");
    assert_eq!(target.sql("SELECT count(*) FROM pg_constraint WHERE conname = 'orders_items_orders_fkey'"), "0");
    assert_eq!(target.sql("SELECT f.last_value, g.last_value FROM a.free f, b.free g"), "100|7");
}
