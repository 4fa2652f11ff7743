//! Pseudonyms under a key, from the key file to the restored database.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use pg_anon_e2e::{Database, Output, pg_anon, pg_anon_command, run, server, temp_dir};

const RULES: &str = r#"{"dictionary": [
    {"schema": "public", "table": "customer", "fields": {
        "id": "permute_int(id, 1, 100000)",
        "name": "pseudo_full_name(name)",
        "email": "pseudo_email(email)",
        "card": "fpe_digits(card)",
        "token": "permute_uuid(token)"}},
    {"schema": "public", "table": "purchase", "fields": {
        "customer_id": "permute_int(customer_id, 1, 100000)",
        "receipt_to": "pseudo_email(receipt_to)",
        "note": "scramble(note)"}}]}"#;

fn source() -> Database<'static> {
    let database = server().create_database("UTF8");
    database.sql(
        "CREATE EXTENSION pg_anon;
         CREATE TABLE customer (id int PRIMARY KEY, name text, email text UNIQUE NOT NULL, card varchar(19) UNIQUE, token uuid UNIQUE);
         CREATE TABLE purchase (id int PRIMARY KEY, customer_id int NOT NULL REFERENCES customer, receipt_to text REFERENCES customer (email), note text);
         INSERT INTO customer SELECT n, 'Person ' || n, 'person' || n || '@shop.example', to_char(4111111100000000 + n, 'FM0000 0000 0000 0000'), md5(n::text)::uuid
             FROM generate_series(1, 3000) n;
         INSERT INTO purchase SELECT n, 1 + n * 7 % 3000, 'person' || 1 + n * 11 % 3000 || '@shop.example', 'Call Ann, 030 1234' FROM generate_series(1, 9000) n;
         ANALYZE",
    );
    database
}

fn dump(source: &Database<'_>, dir: &Path, name: &str, key: Option<&Path>, variable: Option<&str>) -> Output {
    let rules = dir.join("rules.json");
    fs::write(&rules, RULES).expect("the rules are written");
    let mut command = pg_anon_command(["dump", "-j2", "--debug", "--split-size=0", "--prepared-sens-dict-file"]);
    command.arg(rules).arg("--output-dir").arg(dir.join(name)).args(source.connection_options());
    if let Some(key) = key {
        command.arg("--key-file").arg(key);
    }
    if let Some(variable) = variable {
        command.env("PG_ANON_KEY", variable);
    }
    run(&mut command, b"")
}

/// The data files of a dump by name, unpacked.
fn data(dump: &Path) -> BTreeMap<String, Vec<u8>> {
    let files = fs::read_dir(dump).expect("the dump").map(|entry| entry.expect("an entry").path());
    files
        .filter(|path| path.to_string_lossy().ends_with(".dat.gz"))
        .map(|path| {
            let mut text = Vec::new();
            let file = fs::File::open(&path).expect("a data file");
            std::io::Read::read_to_end(&mut flate2::read::MultiGzDecoder::new(file), &mut text).expect("gzip");
            (path.file_name().expect("a name").to_string_lossy().into_owned(), text)
        })
        .collect()
}

fn restored(dump: &Path) -> Database<'static> {
    let target = server().create_database("UTF8");
    target.pg_restore(dump, [""; 0]).expect_success();
    target
}

#[test]
fn pseudonyms_join_stay_unique_and_come_back_under_the_same_key_alone() {
    let source = source();
    let dir = temp_dir();
    let [key, other] = ["key", "other"].map(|name| dir.path().join(name));
    for path in [&key, &other] {
        pg_anon(["key", "new", "--output-file", &path.to_string_lossy()]).expect_success();
    }
    let text = fs::read_to_string(&key).expect("the key").trim().to_owned();
    dump(&source, dir.path(), "one", Some(&key), None).expect_success();
    dump(&source, dir.path(), "two", None, Some(&text)).expect_success();
    dump(&source, dir.path(), "three", Some(&other), Some(&text)).expect_success();

    // The same key: byte for byte the same; another: not one masked value of the first in the other.
    assert_eq!(data(&dir.path().join("one")), data(&dir.path().join("two")));
    let [first, third] = ["one", "three"].map(|name| restored(&dir.path().join(name)));
    for column in ["name", "email", "card", "token"] {
        let list = format!("SELECT {column} FROM customer ORDER BY 1");
        let [of_first, of_third, original] =
            [&first, &third, &source].map(|database| database.rows(&list).into_iter().collect::<Vec<_>>());
        let of_third: std::collections::HashSet<_> = of_third.into_iter().collect();
        let common = of_first.iter().filter(|value| of_third.contains(*value)).count();
        // Some names are as frequent as names are; all else has nothing in common.
        assert!(common <= if column == "name" { 60 } else { 0 }, "{common} of {column}");
        assert!(!of_first.iter().any(|value| original.contains(value)), "{column} shows an original");
    }

    // Joins give what they gave, foreign keys and unique constraints were made by the restore, counts are the same.
    for question in [
        "SELECT count(*), count(DISTINCT id), count(DISTINCT email), count(DISTINCT card), count(DISTINCT token) FROM customer",
        "SELECT count(*) FROM customer c JOIN purchase p ON p.customer_id = c.id",
        "SELECT count(*) FROM customer c JOIN purchase p ON p.receipt_to = c.email",
        "SELECT array_agg(n ORDER BY n) FROM (SELECT count(*) AS n FROM customer c JOIN purchase p ON p.receipt_to = c.email GROUP BY c.id) AS counts",
        "SELECT count(*) FROM pg_constraint WHERE contype IN ('f', 'u', 'p') AND conrelid::regclass::text IN ('customer', 'purchase')",
    ] {
        assert_eq!(first.sql(question), source.sql(question), "{question}");
    }
    assert_eq!(
        first.sql(
            "SELECT count(*) FROM customer WHERE email !~ '^[a-z.0-9]+@example.com$' OR card !~ '^(\\d{4} ){3}\\d{4}$'"
        ),
        "0"
    );
}

#[test]
fn the_key_is_in_no_file_no_message_and_no_log() {
    let source = source();
    let dir = temp_dir();
    let key = dir.path().join("key");
    pg_anon(["key", "new", "--output-file", &key.to_string_lossy()]).expect_success();
    let text = fs::read_to_string(&key).expect("the key").trim().to_owned();
    // The server logs all that it is told, also parameters, and who dumps may not have it otherwise.
    let role = source.server().create_role("LOGIN");
    let name = source.name();
    source.sql(&format!("GRANT pg_read_all_data TO {role}"));
    for setting in ["log_statement = 'all'", "log_min_duration_statement = 0", "log_parameter_max_length_on_error = -1"]
    {
        source.sql(&format!("ALTER DATABASE {name} SET {setting}"));
    }
    for (user, folder) in [("postgres", "one"), (role.as_str(), "two")] {
        let mut command = pg_anon_command(["dump", "-j2", "--debug", "--prepared-sens-dict-file"]);
        let rules = dir.path().join("rules.json");
        fs::write(&rules, RULES).expect("the rules are written");
        command.arg(&rules).arg("--output-dir").arg(dir.path().join(folder)).arg("--key-file").arg(&key);
        let options = source.connection_options().into_iter();
        command.args(options.map(|option| if option == "postgres" { user.to_owned() } else { option }));
        // With the record of the run.
        command.env("PG_ANON_HOME", dir.path().join("home"));
        let output = run(&mut command, b"").expect_success();
        assert!(!output.to_string().contains(&text));
    }
    let found = files_with(dir.path(), &text);
    assert_eq!(found, [key], "the key is in its own file alone");
    let log = source.server().log();
    assert!(
        log.contains("anon_funcs.take_key") && log.contains("parameters: $1 = "),
        "statements are logged with parameters"
    );
    assert!(!log.contains(&text), "the key itself is not");
    // Nor is it under the random bytes of the pad, whose hexadecimal digits would be twice as many.
    let hex: String = text.bytes().map(|byte| format!("{byte:02x}")).collect();
    assert!(!log.contains(&hex));
}

/// The files below a folder that hold a text, unpacked where they are packed.
fn files_with(folder: &Path, text: &str) -> Vec<std::path::PathBuf> {
    let mut found = Vec::new();
    for entry in fs::read_dir(folder).expect("a folder").map(|entry| entry.expect("an entry").path()) {
        if entry.is_dir() {
            found.extend(files_with(&entry, text));
            continue;
        }
        let mut bytes = fs::read(&entry).expect("a file");
        if entry.extension().is_some_and(|extension| extension == "gz") {
            let packed = std::mem::take(&mut bytes);
            std::io::Read::read_to_end(&mut flate2::read::MultiGzDecoder::new(&packed[..]), &mut bytes).expect("gzip");
        }
        if bytes.windows(text.len()).any(|window| window == text.as_bytes()) {
            found.push(entry);
        }
    }
    found
}

#[test]
fn a_dump_without_the_key_stops_and_says_what_to_do() {
    let source = source();
    let dir = temp_dir();
    let output = dump(&source, dir.path(), "dump", None, None).expect_code(1);
    assert!(output.stderr.contains("the key of the masks is not set"), "{output}");
    assert!(output.stderr.contains("--key-file"), "{output}");
    assert!(!dir.path().join("dump").exists());
    // What is no key is found before anything is connected to, and not shown.
    let output = dump(&source, dir.path(), "dump", None, Some("hush hush")).expect_code(2);
    assert!(output.stderr.contains("PG_ANON_KEY") && !output.stderr.contains("hush"), "{output}");
}

#[test]
fn a_new_key_is_printed_or_kept_from_others() {
    let printed = pg_anon(["key", "new"]).expect_success().stdout;
    assert!(printed.trim_end().len() == 64 && printed.trim_end().bytes().all(|byte| byte.is_ascii_hexdigit()));
    assert_ne!(printed, pg_anon(["key", "new"]).expect_success().stdout);
    let dir = temp_dir();
    let path = dir.path().join("key").to_string_lossy().into_owned();
    pg_anon(["key", "new", "--output-file", &path]).expect_success();
    let before = fs::read(&path).expect("the key");
    pg_anon(["key", "new", "--output-file", &path]).expect_code(1);
    assert_eq!(fs::read(&path).expect("the key"), before);
}

#[test]
fn the_first_stage_of_validation_has_the_key_too() {
    let source = source();
    let dir = temp_dir();
    let key = dir.path().join("key");
    pg_anon(["key", "new", "--output-file", &key.to_string_lossy()]).expect_success();
    let dictionary = dir.path().join("rules.json");
    fs::write(&dictionary, RULES).expect("a dictionary is written");
    let arguments: [&std::ffi::OsStr; 5] = [
        "--prepared-sens-dict-file".as_ref(),
        dictionary.as_ref(),
        "--key-file".as_ref(),
        key.as_ref(),
        "--dbg-stage-1-validate-dict".as_ref(),
    ];
    source.pg_anon("dump", arguments).expect_success();
}
