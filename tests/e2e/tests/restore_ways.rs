//! One archive, restored in every way that pg_restore has, and by `pg_anon restore`, which is more careful.

use std::ffi::OsStr;
use std::io::Read as _;
use std::path::{Path, PathBuf};
use std::sync::OnceLock;

use pg_anon_e2e::{Database, Output, assert_same_dump, dictionary, pg_anon, run, server, temp_dir};

/// The archive of a shop with its large objects, and a database restored from it by plain pg_restore.
struct Shop {
    archive: PathBuf,
    /// Structure and data of the restored database.
    dump: String,
    source: Database<'static>,
}

fn shop() -> &'static Shop {
    static SHOP: OnceLock<Shop> = OnceLock::new();
    SHOP.get_or_init(|| {
        let source = server().create_database("UTF8");
        source.load_shop();
        let archive = server().shared_dir().join("shop");
        dump(&source, &archive, &["--large-objects=keep"]);
        let target = server().create_database("UTF8");
        assert_eq!(pg_restore(&target, &archive, &[]).stderr, "");
        Shop { dump: target.full_dump(), archive, source }
    })
}

/// Dumps a shop with its dictionary.
fn dump(source: &Database<'_>, archive: &Path, options: &[&str]) {
    let dictionary = dictionary("shop.py");
    let fixed: [&OsStr; 4] =
        ["--prepared-sens-dict-file".as_ref(), dictionary.as_ref(), "--output-dir".as_ref(), archive.as_ref()];
    source.pg_anon("dump", fixed.into_iter().chain(options.iter().map(OsStr::new))).expect_success();
}

#[track_caller]
fn pg_restore(target: &Database<'_>, archive: &Path, options: &[&str]) -> Output {
    target.pg_restore(archive, options).expect_success()
}

/// Runs `pg_anon restore` as the superuser.
fn restore(target: &Database<'_>, archive: &Path, options: &[&str]) -> Output {
    let fixed: [&OsStr; 2] = ["--input-dir".as_ref(), archive.as_ref()];
    target.pg_anon("restore", fixed.into_iter().chain(options.iter().map(OsStr::new)))
}

/// The table of contents as pg_restore shows it, without comments.
fn list(archive: &Path) -> Vec<String> {
    let list = run(server().program("pg_restore").arg("-l").arg(archive), b"").expect_success().stdout;
    list.lines().filter(|line| !line.starts_with(';')).map(str::to_owned).collect()
}

fn count(database: &Database<'_>, what: &str) -> String {
    database.sql(&format!("SELECT count(*) FROM {what}"))
}

#[test]
fn the_list_has_the_entries_of_a_dump_by_pg_dump() {
    let dir = temp_dir();
    let plain = dir.path().join("plain");
    shop().source.pg_dump(["-Fd".as_ref(), "-f".as_ref(), plain.as_os_str()]).expect_success();
    let entries = |archive: &Path| {
        // `3592; 826 17400 TABLE public customer postgres`: the numbers may differ.
        let mut entries: Vec<_> =
            list(archive).iter().map(|line| line.splitn(4, ' ').nth(3).unwrap_or_default().to_owned()).collect();
        entries.retain(|entry| !entry.contains("pg_anon") && !entry.contains("anon_funcs"));
        entries.sort();
        entries
    };
    let (ours, expected) = (entries(&shop().archive), entries(&plain));
    assert!(expected.contains(&"TABLE DATA public customer shop_owner".to_owned()), "{expected:?}");
    assert_eq!(ours, expected);
}

#[test]
fn what_plain_pg_restore_makes_is_the_shop_with_other_names() {
    let shop = shop();
    let target = server().create_database("UTF8");
    pg_restore(&target, &shop.archive, &[]);
    assert_same_dump(&target.schema_dump(), &shop.source.schema_dump());
    for table in ["stock.product", "orders", "order_line", "department", "event", "best_customer", "order_total"] {
        let rows = format!("SELECT * FROM {table} ORDER BY 1, 2");
        assert_eq!(target.sql(&rows), shop.source.sql(&rows), "{table}");
    }
    assert_eq!(count(&target, "customer WHERE name LIKE '%Secret%' OR email LIKE '%secret%' OR note <> ''"), "0");
    assert_eq!(count(&target, "customer"), "2000");
    assert_eq!(target.sql("SELECT last_value, is_called FROM invoice_number"), "5005|t");
    assert_eq!(target.sql("SELECT convert_from(lo_get(4711), 'UTF8')"), "content of a large object");
}

#[test]
fn whole_restores_of_every_kind_give_the_same_database() {
    let shop = shop();
    for options in [&["-j4"][..], &["-1"], &["-1", "--no-publications"], &["--exit-on-error", "-v"]] {
        let target = server().create_database("UTF8");
        pg_restore(&target, &shop.archive, options);
        assert_same_dump(&target.full_dump(), &shop.dump);
    }
}

#[test]
fn the_three_sections_one_after_the_other_give_the_same_database() {
    let target = server().create_database("UTF8");
    for section in ["pre-data", "data", "post-data"] {
        let output = pg_restore(&target, &shop().archive, &[&format!("--section={section}"), "-j2"]);
        assert_eq!(output.stderr, "");
    }
    assert_same_dump(&target.full_dump(), &shop().dump);
}

#[test]
fn a_script_through_psql_gives_the_same_database() {
    let script =
        run(server().program("pg_restore").args(["-f", "-"]).arg(&shop().archive), b"").expect_success().stdout;
    let target = server().create_database("UTF8");
    let mut psql = server().program("psql");
    psql.args(["-Xq", "-v", "ON_ERROR_STOP=1", "-d", target.name()]);
    let output = run(&mut psql, script.as_bytes()).expect_success();
    assert_eq!(output.stderr, "");
    assert_same_dump(&target.full_dump(), &shop().dump);
}

#[test]
fn data_alone_goes_into_a_structure_that_is_there_already_round_triggers_and_circles() {
    let target = server().create_database("UTF8");
    pg_restore(&target, &shop().archive, &["--schema-only"]);
    let output = pg_restore(&target, &shop().archive, &["--data-only", "--disable-triggers"]);
    assert_eq!(output.stderr, "");
    assert_same_dump(&target.full_dump(), &shop().dump);
}

#[test]
fn a_second_restore_cleans_up_the_first() {
    let dir = temp_dir();
    let plain = dir.path().join("plain");
    shop().source.pg_dump(["-Fd".as_ref(), "-f".as_ref(), plain.as_os_str()]).expect_success();
    let (target, expected) = (server().create_database("UTF8"), server().create_database("UTF8"));
    for _ in 0..2 {
        let output = target.pg_restore(&shop().archive, ["--clean", "--if-exists"]);
        // pg_restore itself cannot drop the primary keys of partitions, which go with those of their parents.
        assert_eq!(output.stderr, expected.pg_restore(&plain, ["--clean", "--if-exists"]).stderr);
    }
    assert_same_dump(&target.full_dump(), &shop().dump);
}

#[test]
fn one_table_is_restored_alone() {
    let target = server().create_database("UTF8");
    target.sql("CREATE DOMAIN public.email AS text");
    pg_restore(&target, &shop().archive, &["-t", "customer"]);
    assert_eq!(count(&target, "customer"), "2000");
    assert_eq!(
        target.rows(
            "SELECT relname FROM pg_class WHERE relkind IN ('r', 'p', 'v', 'm')
                            AND relnamespace = 'public'::regnamespace"
        ),
        ["customer"]
    );
    // The parts of a partitioned table have data of their own.
    let target = server().create_database("UTF8");
    pg_restore(&target, &shop().archive, &["-t", "order_line_1", "-t", "order_line_2"]);
    assert_eq!(count(&target, "order_line_1"), "1998");
    assert_eq!(count(&target, "order_line_2"), "4002");
}

#[test]
fn one_schema_is_restored_alone() {
    let target = server().create_database("UTF8");
    target.sql("CREATE SCHEMA stock");
    pg_restore(&target, &shop().archive, &["-n", "stock"]);
    assert_eq!(count(&target, "stock.product JOIN stock.warehouse ON warehouse = warehouse.id"), "200");
    assert_eq!(count(&target, "pg_class WHERE relnamespace = 'public'::regnamespace"), "0");
    assert_eq!(target.sql("SELECT nextval('stock.product_id_seq')"), "201");
}

#[test]
fn a_list_with_entries_struck_out_is_obeyed() {
    let dir = temp_dir();
    let file = dir.path().join("list");
    let entries: Vec<_> =
        list(&shop().archive).into_iter().filter(|line| !line.contains("TABLE DATA public event")).collect();
    std::fs::write(&file, entries.join("\n")).expect("a list is written");
    let target = server().create_database("UTF8");
    pg_restore(&target, &shop().archive, &["-L", file.to_str().expect("a path in UTF-8")]);
    assert_eq!(count(&target, "event"), "0");
    assert_eq!(count(&target, "orders"), "3000");
}

#[test]
fn our_own_restore_gives_the_same_database_without_owners_and_with_statistics() {
    for jobs in ["-j1", "-j3"] {
        let target = server().create_database("UTF8");
        let output = restore(&target, &shop().archive, &[jobs]).expect_success();
        assert!(output.stdout.contains("9 tables") && output.stdout.contains(target.name()), "{output}");
        let without_owner = |dump: &str| {
            let lines = dump.lines().filter(|line| !line.contains(" OWNER TO ") && !line.starts_with("-- "));
            // Privileges are granted by the owner, whoever that is.
            lines.filter(|line| !line.contains("shop_owner")).map(|line| format!("{line}\n")).collect::<String>()
        };
        assert_same_dump(&without_owner(&target.full_dump()), &without_owner(&shop().dump));
        let owners = "SELECT DISTINCT relowner::regrole FROM pg_class WHERE relnamespace = 'public'::regnamespace";
        assert_eq!(target.sql(owners), "postgres");
        assert_eq!(shop().source.rows(owners).len(), 2);
        let without_statistics = "SELECT relname FROM pg_class WHERE relkind IN ('r', 'p', 'm') AND reltuples < 0
                                  AND relnamespace IN ('public'::regnamespace, 'stock'::regnamespace)";
        assert_eq!(target.sql(without_statistics), "");
        assert_eq!(count(&target, "pg_stats WHERE tablename IN ('customer', 'order_line', 'order_line_2')"), "15");
    }
}

#[test]
fn the_owner_of_a_database_restores_without_being_superuser() {
    let target = server().create_database("UTF8");
    let role = server().create_role("LOGIN");
    target.sql(&format!("ALTER DATABASE {} OWNER TO {role}", target.name()));
    let mut arguments = vec!["restore".to_owned()];
    arguments.extend(target.connection_options());
    arguments.extend(["-U".to_owned(), role.clone(), "--input-dir".to_owned(), shop().archive.display().to_string()]);
    // The last -U counts in libpq's programs; ours takes one.
    let user = arguments.iter().position(|argument| argument == "postgres").expect("an option names the user");
    arguments.drain(user - 1..=user);
    pg_anon(&arguments).expect_success();
    assert_eq!(count(&target, "customer"), "2000");
    assert_eq!(target.sql("SELECT relowner::regrole FROM pg_class WHERE relname = 'customer'"), role);
    assert_eq!(count(&target, "pg_stats WHERE tablename = 'customer'"), "7");
    assert_eq!(target.sql("SELECT has_table_privilege('shop_reader', 'customer', 'SELECT')"), "t");
}

#[test]
fn a_database_that_is_not_empty_is_refused_and_left_alone() {
    for (object, name) in [
        ("CREATE TABLE \"left over\" (id integer)", "\"left over\""),
        ("CREATE FUNCTION left_over() RETURNS int LANGUAGE sql AS 'SELECT 1'", "left_over()"),
        ("CREATE SCHEMA left_over", "left_over"),
        ("CREATE TYPE left_over AS ENUM ()", "left_over"),
        ("CREATE SEQUENCE left_over", "left_over"),
        ("SELECT lo_create(815)", "815"),
    ] {
        let target = server().create_database("UTF8");
        target.sql(object);
        let before = target.full_dump();
        let output = restore(&target, &shop().archive, &[]).expect_code(1);
        assert!(output.stderr.contains("not empty") && output.stderr.contains(name), "{object}: {output}");
        assert_same_dump(&target.full_dump(), &before);
    }
}

/// A copy of the archive that a test may damage.
fn copy(dir: &Path) -> PathBuf {
    let copy = dir.join("copy");
    std::fs::create_dir(&copy).expect("a folder is made");
    for entry in std::fs::read_dir(&shop().archive).expect("the archive is there") {
        let entry = entry.expect("an entry of the archive");
        std::fs::copy(entry.path(), copy.join(entry.file_name())).expect("a file is copied");
    }
    copy
}

/// Where the first member of a file of several gzip members ends.
fn first_member(content: &[u8]) -> usize {
    let mut reader = flate2::bufread::GzDecoder::new(content);
    std::io::copy(&mut reader, &mut std::io::sink()).expect("a member of gzip");
    let mut rest = reader.into_inner();
    let mut left = Vec::new();
    rest.read_to_end(&mut left).expect("bytes in memory can be read");
    content.len() - left.len()
}

/// The data file of a table.
fn data_file(table: &str) -> String {
    let metadata = std::fs::read(shop().archive.join("metadata.json")).expect("metadata.json is there");
    let metadata: serde_json::Value = serde_json::from_slice(&metadata).expect("it is JSON");
    let files = metadata["files"].as_object().expect("it lists the files");
    let (name, _) = files.iter().find(|(_, file)| file["table"] == table).expect("the table has a file");
    name.clone()
}

#[test]
fn a_damaged_dump_is_refused_before_anything_is_restored_and_the_file_is_named() {
    type Damage = fn(&mut Vec<u8>);
    let flip: Damage = |content| {
        let middle = content.len() / 2;
        content[middle] ^= 0x10;
    };
    let flip_first: Damage = |content| content[0] ^= 1;
    let cut: Damage = |content| content.truncate(content.len() - 1);
    let empty: Damage = Vec::clear;
    let between_members: Damage = |content| {
        let end = first_member(content);
        assert!(end < content.len(), "the file has several members");
        content.truncate(end);
    };
    let longer: Damage = |content| content.push(0);
    let event = data_file("event");
    let customer = data_file("customer");
    let blob = "blob_4711.dat.gz".to_owned();
    let target = server().create_database("UTF8");
    let refused = |archive: &Path, names: &[&str]| {
        let output = restore(&target, archive, &[]).expect_code(1);
        for name in names {
            assert!(output.stderr.contains(name), "{name} is named: {output}");
        }
        assert_eq!(count(&target, "pg_class WHERE relnamespace = 'public'::regnamespace"), "0", "{names:?}");
    };

    for (name, damage) in [
        (&event, flip),
        (&event, cut),
        (&event, empty),
        (&event, between_members),
        (&event, longer),
        (&customer, flip_first),
        (&blob, flip),
        (&"toc.dat".to_owned(), flip),
        (&"toc.dat".to_owned(), cut),
        (&"blobs.toc".to_owned(), flip),
    ] {
        let dir = temp_dir();
        let archive = copy(dir.path());
        let mut content = std::fs::read(archive.join(name)).expect("the file is there");
        damage(&mut content);
        std::fs::write(archive.join(name), content).expect("the file is damaged");
        refused(&archive, &[name]);
    }

    for name in [&event, &blob, &"toc.dat".to_owned(), &"metadata.json".to_owned()] {
        let dir = temp_dir();
        let archive = copy(dir.path());
        std::fs::remove_file(archive.join(name)).expect("the file is there");
        refused(&archive, &[name]);
    }

    let dir = temp_dir();
    let archive = copy(dir.path());
    std::fs::rename(archive.join(&event), archive.join("x")).expect("a file is renamed");
    std::fs::rename(archive.join(&customer), archive.join(&event)).expect("a file is renamed");
    std::fs::rename(archive.join("x"), archive.join(&customer)).expect("a file is renamed");
    refused(&archive, &[&event, &customer]);

    // pg_restore would take it in place of the file whose sum is checked.
    let dir = temp_dir();
    let archive = copy(dir.path());
    let hidden = event.strip_suffix(".gz").expect("a compressed file");
    std::fs::write(archive.join(hidden), "\\.\n\n\n").expect("a file is written");
    refused(&archive, &[hidden]);

    for garbage in ["", "{}", "[1]", "{\"files\": 7}"] {
        let dir = temp_dir();
        let archive = copy(dir.path());
        std::fs::write(archive.join("metadata.json"), garbage).expect("a file is written");
        refused(&archive, &["metadata.json"]);
    }
    refused(Path::new("/nonexistent/dump"), &["/nonexistent/dump"]);

    restore(&target, &shop().archive, &[]).expect_success();
    assert_eq!(count(&target, "event"), "30000");
}

#[test]
fn grants_to_a_role_that_is_not_there_are_told_and_can_be_left_out() {
    let role = server().create_role("NOLOGIN");
    let source = server().create_database("UTF8");
    source.sql(&format!(
        "CREATE EXTENSION pg_anon; CREATE TABLE granted AS SELECT 1 AS id; GRANT SELECT ON granted TO {role}"
    ));
    let dir = temp_dir();
    let dictionary = dir.path().join("empty.json");
    std::fs::write(&dictionary, "{}").expect("a dictionary is written");
    let archive = dir.path().join("dump");
    let dumped = |archive: &Path, more: &[&str]| {
        let fixed: [&OsStr; 4] =
            ["--prepared-sens-dict-file".as_ref(), dictionary.as_ref(), "--output-dir".as_ref(), archive.as_ref()];
        source.pg_anon("dump", fixed.into_iter().chain(more.iter().map(OsStr::new))).expect_success();
    };
    dumped(&archive, &[]);
    let without = dir.path().join("without");
    dumped(&without, &["--ignore-privileges"]);
    source.sql(&format!("REVOKE SELECT ON granted FROM {role}; DROP ROLE {role}"));

    let target = server().create_database("UTF8");
    let output = restore(&target, &archive, &[]).expect_code(1);
    assert!(output.stderr.contains("1 entry of the dump did not load"), "{output}");
    assert!(output.stderr.contains("TABLE granted") && output.stderr.contains(&role), "{output}");
    assert!(output.stderr.contains("--ignore-privileges"), "{output}");
    assert_eq!(count(&target, "granted"), "1", "the rest is there");

    for (archive, options) in [(&archive, &["--ignore-privileges"][..]), (&without, &[])] {
        let target = server().create_database("UTF8");
        restore(&target, archive, options).expect_success();
        assert_eq!(count(&target, "granted"), "1");
    }
}

#[test]
fn rows_and_keys_that_do_not_load_are_told_without_their_values() {
    let source = server().create_database("UTF8");
    source.sql(
        "CREATE EXTENSION pg_anon;
         CREATE TABLE parent (id integer PRIMARY KEY, name text UNIQUE);
         CREATE TABLE child (id integer PRIMARY KEY, parent integer REFERENCES parent);
         CREATE TABLE checked (id integer, value text CHECK (length(value) > 5));
         INSERT INTO parent SELECT n, 'Secret-' || n FROM generate_series(1, 10) AS n;
         INSERT INTO child SELECT n, n FROM generate_series(1, 10) AS n;
         INSERT INTO checked VALUES (1, 'Secret-1'), (2, 'Secret-2')",
    );
    let dir = temp_dir();
    let dictionary = dir.path().join("rules.json");
    // Rules of which the check cannot know that the restore will fail.
    std::fs::write(
        &dictionary,
        r#"{"dictionary": [{"schema": "public", "table": "child", "fields": {"parent": "parent + 987654"}},
                           {"schema": "public", "table": "parent", "fields": {"name": "left('Masked-Twice' || name, 12)"}},
                           {"schema": "public", "table": "checked", "fields": {"value": "left('Msk' || value, 3)"}}]}"#,
    )
    .expect("a dictionary is written");
    let archive = dir.path().join("dump");
    let arguments: [&OsStr; 4] =
        ["--prepared-sens-dict-file".as_ref(), dictionary.as_ref(), "--output-dir".as_ref(), archive.as_ref()];
    source.pg_anon("dump", arguments).expect_success();
    let target = server().create_database("UTF8");
    let output = restore(&target, &archive, &["--debug"]).expect_code(1);
    for named in ["3 entries", "checked", "parent_name_key", "child_parent_fkey"] {
        assert!(output.stderr.contains(named), "{named} is named: {output}");
    }
    for value in ["Secret", "Masked-Twice", "Msk", "987655", "987656"] {
        assert!(!output.stderr.contains(value), "{value} is shown: {output}");
    }
    assert_eq!(count(&target, "child"), "10", "the rest is there");
}

#[test]
fn rows_with_a_masked_partition_key_get_into_the_partition_that_they_belong_to() {
    let source = server().create_database("UTF8");
    source.sql(
        "CREATE EXTENSION pg_anon;
         CREATE TABLE birth (born date NOT NULL, id integer) PARTITION BY RANGE (born);
         CREATE TABLE birth_1 PARTITION OF birth FOR VALUES FROM ('1990-01-01') TO ('2000-01-01');
         CREATE TABLE birth_2 PARTITION OF birth FOR VALUES FROM ('2000-01-01') TO ('2010-01-01');
         CREATE TABLE birth_3 PARTITION OF birth FOR VALUES FROM ('2010-01-01') TO ('2030-01-01');
         INSERT INTO birth SELECT date '1990-01-01' + n, n FROM generate_series(0, 7000, 7) AS n",
    );
    let dir = temp_dir();
    let (rules, archive) = (dir.path().join("rules.json"), dir.path().join("archive"));
    std::fs::write(
        &rules,
        r#"{"dictionary": [{"schema": "public", "table": "birth", "fields": {"born": "born + interval '10 years'"}}]}"#,
    )
    .expect("a dictionary is written");
    let options =
        ["--prepared-sens-dict-file".as_ref(), rules.as_os_str(), "--output-dir".as_ref(), archive.as_os_str()];
    source.pg_anon("dump", options).expect_success();
    let expected = source.sql("SELECT count(*) FROM birth_1");
    let moved = "SELECT (SELECT count(*) FROM birth_1), (SELECT count(*) FROM birth_2), (SELECT count(*) FROM birth)";
    let expected = format!("0|{expected}|1001");
    let target = server().create_database("UTF8");
    pg_restore(&target, &archive, &["-j2"]);
    assert_eq!(target.sql(moved), expected);
    let target = server().create_database("UTF8");
    restore(&target, &archive, &["-j", "2"]).expect_success();
    assert_eq!(target.sql(moved), expected);
    // Again, in place of the rows that are there; but one partition alone would take the rows of the others away.
    let data = |options: &[&str]| {
        let fixed: [&OsStr; 2] = ["--input-dir".as_ref(), archive.as_ref()];
        target.pg_anon("sync-data-restore", fixed.into_iter().chain(options.iter().map(OsStr::new)))
    };
    data(&["--clean-db"]).expect_success();
    assert_eq!(target.sql(moved), expected);
    let list = dir.path().join("list.json");
    std::fs::write(&list, r#"{"tables": [{"schema": "public", "table": "birth_1"}]}"#).expect("a list is written");
    let output = data(&["--clean-db", "--partial-tables-dict-file", list.to_str().expect("UTF-8")]).expect_code(1);
    assert!(output.stderr.contains("not all of its partitions were chosen"), "{output}");
    assert_eq!(target.sql(moved), expected);
}
