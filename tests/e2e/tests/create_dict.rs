//! Dictionaries that a scan makes: a dump takes them at once, and a second scan looks only at what is new.

use std::path::{Path, PathBuf};

use pg_anon_e2e::{
    Database, Output, Running, Transaction, archive_text, pg_anon_command, server, temp_dir, wait_until,
};
use serde_json::{Value, json};

/// A database, and a folder for dictionaries.
struct Story {
    database: Database<'static>,
    dir: tempfile::TempDir,
}

impl Story {
    fn new(sql: &str) -> Story {
        let database = server().create_database("UTF8");
        database.sql(sql);
        Story { database, dir: temp_dir() }
    }

    fn shop() -> Story {
        let database = server().create_database("UTF8");
        database.load_shop();
        Story { database, dir: temp_dir() }
    }

    fn path(&self, name: &str) -> PathBuf {
        self.dir.path().join(name)
    }

    /// The option with a file of this folder.
    fn file(&self, option: &str, name: &str) -> String {
        format!("--{option}={}", self.path(name).display())
    }

    fn write(&self, name: &str, text: &str) {
        std::fs::write(self.path(name), text).expect("a dictionary is written");
    }

    /// create-dict with both outputs, NAME.json and NAME-no.json.
    fn scan(&self, name: &str, options: &[String]) -> Output {
        let mut arguments = vec![
            self.file("output-sens-dict-file", &format!("{name}.json")),
            self.file("output-no-sens-dict-file", &format!("{name}-no.json")),
        ];
        arguments.extend_from_slice(options);
        self.database.pg_anon("create-dict", arguments)
    }

    /// The options of the dictionaries that a scan before has made.
    fn prepared(&self, name: &str) -> Vec<String> {
        vec![
            self.file("prepared-sens-dict-file", &format!("{name}.json")),
            self.file("prepared-no-sens-dict-file", &format!("{name}-no.json")),
        ]
    }

    fn json(&self, name: &str) -> Value {
        serde_json::from_str(&text(&self.path(name))).expect("JSON")
    }

    /// The rule of a column.
    fn rule(&self, name: &str, table: &str, column: &str) -> Option<String> {
        let found = self.json(name);
        let entry = found["dictionary"].as_array()?.iter().find(|entry| entry["table"] == table)?;
        Some(entry["fields"].get(column)?.as_str()?.to_owned())
    }
}

fn text(path: &Path) -> String {
    std::fs::read_to_string(path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

/// A dictionary without the salt of its scan.
fn without_salt(text: &str) -> String {
    let mut result = String::new();
    let mut rest = text;
    while let Some(at) = rest.find(|c: char| c.is_ascii_hexdigit()) {
        let (before, from) = rest.split_at(at);
        let length = from.find(|c: char| !c.is_ascii_hexdigit()).unwrap_or(from.len());
        result.push_str(before);
        result.push_str(if length == 32 { "SALT" } else { &from[..length] });
        rest = &from[length..];
    }
    result + rest
}

/// What the tool's users keep most: values that nobody may see.
const SECRETS: [&str; 3] = ["secret1234@shop.example", "Secret-Staff-7", "+49 30 101234"];

#[test]
fn a_dump_with_what_a_scan_finds_holds_no_original_value() {
    let story = Story::shop();
    let output = story.scan("found", &["--debug".to_owned()]).expect_success();
    let email = output.stdout.lines().find(|line| line.starts_with("public.customer.email ")).expect("e-mail is found");
    let words: Vec<&str> = email.split_whitespace().collect();
    assert_eq!(words[1], "email");
    assert!(words[2].parse::<f64>().expect("a confidence") > 0.9 && words.len() > 3, "{email}");
    for secret in SECRETS {
        assert!(!format!("{output}").contains(secret) && !server().log().contains(secret), "{secret} is shown");
    }

    let archive = story.path("archive");
    let options = [story.file("prepared-sens-dict-file", "found.json"), story.file("output-dir", "archive")];
    story.database.pg_anon("dump", options).expect_success();
    let masked = archive_text(&archive);
    assert!(!masked.contains("@shop.example") && !masked.contains("+49 30 10"), "the archive holds original values");
    let target = server().create_database("UTF8");
    target.pg_restore(&archive, [""; 0]).expect_success();
    assert_eq!(target.sql("SELECT count(*) FROM customer WHERE email LIKE '%@example.com'"), "2000");
}

#[test]
fn both_dictionaries_of_a_scan_pass_strict() {
    let story = Story::new("CREATE EXTENSION pg_anon");
    story.database.load_chinook();
    story.scan("found", &[]).expect_success();
    let strict = |options: &[String]| {
        let options = [options, &["--strict".to_owned(), story.file("output-dir", "archive")]].concat();
        story.database.pg_anon("dump", options)
    };
    // One alone leaves columns undecided.
    strict(&story.prepared("found")[..1]).expect_code(1);
    strict(&story.prepared("found")).expect_success();
    assert!(!archive_text(&story.path("archive")).contains("luisg@embraer.com.br"), "an original address is left");
}

#[test]
fn a_second_scan_says_what_is_new_and_only_that() {
    let story = Story::shop();
    story.scan("first", &[]).expect_success();
    let follow = |name: &str| {
        let mut options = story.prepared("first");
        options.push("--fail-on-new".to_owned());
        story.scan(name, &options)
    };
    let output = follow("second").expect_success();
    assert_eq!(output.stdout, "");
    assert!(output.stderr.contains("0 of them new") && output.stderr.contains("0 tables read"), "{output}");
    for name in ["", "-no"] {
        let (first, second) = (format!("first{name}.json"), format!("second{name}.json"));
        assert_eq!(text(&story.path(&second)), text(&story.path(&first)));
    }

    story.database.sql(
        "ALTER TABLE staff ADD COLUMN contact text, ADD COLUMN desk integer;
         UPDATE staff SET contact = 'new' || id || '@shop.example', desk = id",
    );
    let output = follow("third").expect_code(1);
    assert_eq!(output.stdout.lines().count(), 1, "{output}");
    assert!(output.stdout.starts_with("public.staff.contact  email  "), "{output}");
    assert!(output.stderr.contains("1 column is sensitive and in no prepared dictionary"), "{output}");
    assert!(!format!("{output}").contains("new7@shop"), "{output}");
    // What is old stays word by word, and the new columns are decided.
    assert_eq!(story.rule("third.json", "customer", "email"), story.rule("first.json", "customer", "email"));
    assert!(story.rule("third.json", "staff", "contact").is_some());
    assert!(story.rule("third.json", "staff", "desk").is_none());
    let mut options = story.prepared("third");
    options.push("--fail-on-new".to_owned());
    story.scan("fourth", &options).expect_success();
}

#[test]
fn the_same_database_gives_the_same_files_over_any_number_of_connections() {
    let story = Story::new(
        "CREATE EXTENSION pg_anon;
         CREATE TABLE people (id integer PRIMARY KEY, email text UNIQUE, note text, other text);
         INSERT INTO people SELECT n, 'a' || n || '@shop.example', CASE n WHEN 150000 THEN 'ask b@shop.example' ELSE 'none' END,
             repeat(chr(97 + n % 26), 200) FROM generate_series(1, 200000) AS n;
         CREATE TABLE letters (people integer REFERENCES people, sender text REFERENCES people (email));
         INSERT INTO letters SELECT n, 'a' || n || '@shop.example' FROM generate_series(1, 100) AS n;
         ANALYZE",
    );
    assert!(story.database.sql("SELECT pg_relation_size('people') / (32 << 20)").parse::<u32>().expect("a number") > 0);
    let mut files = Vec::new();
    for (name, connections) in [("one", "1"), ("four", "4"), ("again", "4")] {
        let options = ["--scan-mode=full", "-j", connections].map(str::to_owned);
        let output = story.scan(name, &options).expect_success();
        let written = ["", "-no"].map(|part| without_salt(&text(&story.path(&format!("{name}{part}.json")))));
        files.push((output.stdout, written));
    }
    // How many values were looked at until a column was decided is another number over other parts.
    assert_eq!(files[0].1, files[1].1);
    assert_eq!(files[1], files[2]);
    assert!(story.rule("one.json", "people", "note").is_some(), "a single value among 200,000 is found");
    assert!(story.rule("one.json", "people", "other").is_none());
    // Both sides of a foreign key have the same rule.
    let (email, sender) = (story.rule("one.json", "people", "email"), story.rule("one.json", "letters", "sender"));
    assert_eq!(sender.expect("a rule"), email.expect("a rule").replace("email", "sender"));

    let output = story.scan("sample", &["--scan-partial-rows=100".to_owned()]).expect_success();
    assert!(output.stdout.contains("public.people.email"), "{output}");
    story.scan("names", &["--scan-mode=names".to_owned()]).expect_success();
    assert!(story.rule("names.json", "people", "email").is_some());
    assert!(story.rule("names.json", "people", "note").is_none());
}

#[test]
fn meta_dictionaries_and_dictionaries_of_the_python_tool_are_taken() {
    let story = Story::shop();
    story.database.sql(
        "CREATE SCHEMA checks;
         CREATE FUNCTION checks.is_staff(value text, s text, t text, c text) RETURNS boolean LANGUAGE sql AS
             $$ SELECT value LIKE 'Secret-Staff-%' $$",
    );
    story.write(
        "meta.py",
        r#"{
            # comments, raw strings and trailing commas, as Python has them
            "field": {"rules": ["^fio", "^born$"], "constants": ["phone"]},
            "data_regex": {"rules": [r"""^[\w.]+@shop\.example$"""]},
            "data_func": {"text": [{"scan_func": "checks.is_staff", "anon_func": "'staff'", "n_count": 20}]},
            "skip_rules": [{"schema": "stock", "table_mask": "*"}],
            "sens_pg_types": ["text", "varchar", "date", "jsonb"],
            "funcs": {"text": "anon_funcs.digest(\"%s\", 'pepper', 'md5')", "default": "NULL"},
        }"#,
    );
    story.write(
        "known.py",
        r#"{"no_sens_dictionary": [{"schema": "public", "table": "customer", "fields": ["born"]}]}"#,
    );
    story.write(
        "prepared.py",
        r#"{"dictionary": [{"schema_mask": "^pub", "table": "customer", "fields": {"name": "'nobody'"}, "sql_condition": "WHERE id > 5"}],
            "dictionary_exclude": [{"schema": "public", "table": "event"}]}"#,
    );
    let options = [
        "--mode=create-dict".to_owned(),
        "--processes=4".to_owned(),
        "--scan-mode=full".to_owned(),
        story.file("meta-dict-file", "meta.py"),
        story.file("prepared-no-sens-dict-file", "known.py"),
        story.file("prepared-sens-dict-file", "prepared.py"),
    ];
    story.scan("found", &options[1..]).expect_success();
    assert_eq!(
        story.json("found.json"),
        json!({
            "dictionary": [
                {"schema": "public", "table": "customer", "fields": {
                    "born": "NULL", "email": "anon_funcs.digest(\"email\", 'pepper', 'md5')", "name": "'nobody'", "phone": "NULL",
                }, "sql_condition": "WHERE id > 5"},
                {"schema": "public", "table": "staff", "fields": {"name": "'staff'"}},
            ],
            "dictionary_exclude": [{"schema": "public", "table": "event"}],
        })
    );
    let no_sens = story.json("found-no.json");
    let tables: Vec<&str> =
        no_sens["no_sens_dictionary"].as_array().expect("a list").iter().filter_map(|t| t["table"].as_str()).collect();
    // What is skipped is in neither, and nobody has looked at what is excluded.
    assert_eq!(tables, ["customer", "department", "order_line", "orders", "staff"]);
    // Indented by four as the Python tool does.
    assert!(text(&story.path("found.json")).starts_with("{\n    \"dictionary\": [\n        {\n            \"schema\""));

    // The form of old scripts.
    let mut command = pg_anon_command(story.database.connection_options());
    command.args(&options).arg(story.file("output-sens-dict-file", "old/form.json"));
    pg_anon_e2e::run(&mut command, b"").expect_success();
    assert_eq!(text(&story.path("old/form.json")), text(&story.path("found.json")));
}

#[test]
fn a_database_with_nothing_to_scan_is_no_failure_and_no_file_is_written() {
    let story = Story::new("CREATE EXTENSION pg_anon; CREATE TABLE t (email text)");
    story.write("meta.py", "{'include_rules': [{'schema': 'nowhere'}]}");
    let output = story.scan("found", &[story.file("meta-dict-file", "meta.py")]).expect_success();
    assert!(output.stderr.contains("create-dict: No objects for scan!"), "{output}");
    let names: Vec<_> =
        std::fs::read_dir(story.dir.path()).expect("a folder").map(|e| e.unwrap().file_name()).collect();
    assert_eq!(names, ["meta.py"]);
}

#[test]
fn a_scan_that_fails_leaves_the_files_that_were_there_and_tells_no_value() {
    let story = Story::new(
        "CREATE EXTENSION pg_anon; CREATE TABLE people AS SELECT 'Secret-Name' AS name, 'x' AS email;
         CREATE SCHEMA checks;
         CREATE FUNCTION checks.fails(value text, s text, t text, c text) RETURNS boolean LANGUAGE plpgsql AS
             $$ BEGIN RAISE EXCEPTION 'the value is %', value; END $$",
    );
    story.write("meta.py", "{'data_func': {'text': [{'scan_func': 'checks.fails', 'anon_func': 'NULL'}]}}");
    story.write("found.json", "older");
    let output = story.scan("found", &[story.file("meta-dict-file", "meta.py"), "--debug".to_owned()]).expect_code(1);
    assert!(output.stderr.contains("people"), "{output}");
    assert!(!format!("{output}").contains("Secret-Name"), "{output}");
    assert_eq!(text(&story.path("found.json")), "older");
    assert_eq!(std::fs::read_dir(story.dir.path()).expect("a folder").count(), 2);

    let role = server().create_role("LOGIN");
    let output = story
        .database
        .pg_anon("create-dict", [story.file("output-sens-dict-file", "found.json"), "-U".to_owned(), role]);
    let output = output.expect_code(1);
    assert!(output.stderr.contains("permission denied for table public.people"), "{output}");
    for options in
        [vec![story.file("meta-dict-file", "missing.py")], vec!["--output-no-sens-dict-file=/dev/stdout/x".to_owned()]]
    {
        story.scan("found", &options).expect_code(1);
    }
    for options in [
        vec![story.file("output-no-sens-dict-file", "found.json")],
        vec![format!("--output-no-sens-dict-file={}", story.dir.path().display())],
        vec!["--scan-partial-rows=0".to_owned()],
        vec!["--scan-mode=half".to_owned()],
    ] {
        story.scan("found", &options).expect_code(2);
    }
    assert_eq!(text(&story.path("found.json")), "older");
}

#[test]
fn a_table_that_somebody_wants_to_change_does_not_stop_a_scan() {
    let story = Story::new(
        "CREATE EXTENSION pg_anon; CREATE TABLE people AS SELECT 'a' || n || '@shop.example' AS contact FROM generate_series(1, 50) AS n",
    );
    let holder = Transaction::begin(&story.database, "LOCK TABLE people IN ACCESS EXCLUSIVE MODE");
    let locks = |what: &str| {
        story.database.sql(&format!("SELECT count(*) FROM pg_locks WHERE relation = 'people'::regclass AND {what}"))
    };
    wait_until("the table is locked", || locks("granted") == "1");
    let mut arguments = vec!["create-dict".to_owned(), story.file("output-sens-dict-file", "found.json")];
    arguments.extend(story.database.connection_options());
    let running = Running::start(&mut pg_anon_command(&arguments));
    wait_until("the scan waits for it", || locks("NOT granted") == "1");
    holder.commit();
    let output = running.wait().expect_success();
    assert!(output.stdout.contains("public.people.contact  email"), "{output}");
}

#[test]
fn partitions_stand_in_the_dictionaries_with_their_parent() {
    let story = Story::new(
        "CREATE EXTENSION pg_anon;
         CREATE TABLE log (id integer, message text) PARTITION BY RANGE (id);
         CREATE TABLE log_1 PARTITION OF log FOR VALUES FROM (0) TO (100);
         CREATE TABLE log_2 PARTITION OF log FOR VALUES FROM (100) TO (200);
         INSERT INTO log SELECT n, CASE n WHEN 150 THEN 'ask a@shop.example' ELSE 'ok' END FROM generate_series(0, 199) AS n",
    );
    story.scan("first", &[]).expect_success();
    let tables = |value: &Value, section: &str| value[section].as_array().map(|tables| tables.len());
    assert_eq!(tables(&story.json("first.json"), "dictionary"), Some(1));
    assert_eq!(tables(&story.json("first-no.json"), "no_sens_dictionary"), Some(1));
    // Partitions come and go.
    story.database.sql(
        "DROP TABLE log_1; CREATE TABLE log_3 PARTITION OF log FOR VALUES FROM (200) TO (300);
         INSERT INTO log VALUES (250, 'ask b@shop.example')",
    );
    let mut options = story.prepared("first");
    options.push("--fail-on-new".to_owned());
    story.scan("second", &options).expect_success();
    let mut options = story.prepared("first");
    options.extend(["--strict".to_owned(), story.file("output-dir", "archive")]);
    story.database.pg_anon("dump", &options).expect_success();
    assert!(!archive_text(&story.path("archive")).contains("@shop.example"));
}

#[test]
fn a_recorded_scan_keeps_its_dictionaries() {
    let story = Story::new("CREATE EXTENSION pg_anon; CREATE TABLE people (email text)");
    story.write("meta.py", "{'field': {'constants': ['email']}}");
    let mut arguments =
        vec!["create-dict".to_owned(), "--save-dicts".to_owned(), "--internal-operation-id=one".to_owned()];
    arguments.extend([story.file("meta-dict-file", "meta.py"), story.file("output-sens-dict-file", "found.json")]);
    arguments.extend(story.database.connection_options());
    let mut command = pg_anon_command(&arguments);
    pg_anon_e2e::run(command.current_dir(story.dir.path()), b"").expect_success();
    let mut folder = story.path("pg_anon_runs");
    while !folder.join("run_status.json").exists() {
        folder = std::fs::read_dir(&folder).expect("a folder").next().expect("an entry").unwrap().path();
    }
    let saved: Value = serde_json::from_str(&text(&folder.join("saved_dicts_info.json"))).expect("JSON");
    assert_eq!(saved["meta_dict_files"][0]["name"], "meta.py");
    assert_eq!(saved["output_sens_dict_file"]["content"], text(&story.path("found.json")));
    assert_eq!(text(&folder.join("output/found.json")), text(&story.path("found.json")));
    let options: Value = serde_json::from_str(&text(&folder.join("run_options.json"))).expect("JSON");
    assert_eq!((&options["mode"], &options["scan_mode"]), (&json!("create-dict"), &json!("partial")));
}

/// Columns of all kinds that a rule must fit.
const VARIED: &str = r#"
    CREATE EXTENSION pg_anon; CREATE EXTENSION hstore; CREATE EXTENSION citext;
    CREATE DOMAIN mail_address AS varchar(40) CHECK (VALUE LIKE '%@%');
    CREATE DOMAIN tax_number AS numeric(12,0);
    CREATE TABLE people (
        id integer PRIMARY KEY,
        email mail_address NOT NULL UNIQUE,
        second_email varchar(20) CHECK (second_email LIKE '%@%'),
        login citext NOT NULL,
        first_name varchar(8),
        last_name char(12) NOT NULL,
        full_name text CHECK (length(full_name) > 2),
        phone varchar(11) UNIQUE,
        mobile bigint,
        inn tax_number UNIQUE,
        cpf numeric(11,0),
        passport_no varchar(6),
        card_number varchar(19) NOT NULL,
        iban varchar(22),
        ssn char(11),
        born date NOT NULL,
        birth_date timestamptz,
        latitude double precision,
        longitude numeric(9,6),
        ip_address inet UNIQUE,
        mac_address macaddr8,
        session_token uuid NOT NULL UNIQUE,
        password_hash bytea,
        api_key varchar(20),
        emails text[],
        phones varchar(20)[] NOT NULL CHECK (cardinality(phones) > 0),
        profile jsonb NOT NULL CHECK (profile ? 'contact'),
        settings json,
        extra hstore,
        home_location point,
        initial text GENERATED ALWAYS AS (left(first_name, 1)) STORED,
        "E-Mail ""work""" text,
        note text,
        UNIQUE (last_name, id)
    );
    CREATE UNIQUE INDEX ON people (lower(login));
    INSERT INTO people (id, email, second_email, login, first_name, last_name, full_name, phone, mobile, inn, cpf, passport_no, card_number, iban, ssn,
        born, birth_date, latitude, longitude, ip_address, mac_address, session_token, password_hash, api_key, emails, phones, profile, settings, extra,
        home_location, "E-Mail ""work""", note)
    SELECT n, 'first' || n || '@secret.example', 's' || n || '@secret.exam', 'Login' || n || '@secret.example', 'Zofia' || n, 'Zyx' || n, 'Zofia' || n || ' Zyx',
        (79120000000 + n * 7919)::text, 79130000000 + n * 7919, 500000000000 + n * 7919 % 500, 10000000000 + n * 7919 % 500, 'AB' || 1000 + n, '4111111111111111', 'DE89370400440532013000', '123-45-6789',
        date '1970-01-01' + n, timestamptz '1970-01-01 12:00+00' + n * interval '1 day', 52.53 + n / 1000.0, 13.4 + n / 1000.0, '192.0.2.0'::inet + n,
        '08:00:2b:01:02:03:04:05', md5(n::text)::uuid, decode(md5('p' || n), 'hex'), 'AKIAIOSFODNN7EXAM' || n % 10,
        ARRAY['list' || n || '@secret.example', NULL], ARRAY['+49 30 99' || 1000 + n],
        jsonb_build_object('contact', jsonb_build_object('e-mail', 'doc' || n || '@secret.example', 'first_name', 'Zofia' || n), 'size', 'XL', 'n', n, 'ok', true),
        json_build_object('recovery', 'conf' || n || '@secret.example', 'theme', 'dark'), hstore('mail', 'hst' || n || '@secret.example'),
        point(52.53, 13.4), 'work' || n || '@secret.example', 'ask note' || n || '@secret.example'
    FROM generate_series(1, 500) AS n;
    -- Narrower than what it refers to, and wider.
    CREATE TABLE accounts (owner varchar(60) REFERENCES people (email), phone text REFERENCES people (phone), people integer REFERENCES people);
    INSERT INTO accounts SELECT email, phone, id FROM people;
    CREATE TABLE cards (card_number bigint PRIMARY KEY);
    INSERT INTO cards SELECT 1000 + n * 37 % 50 FROM generate_series(1, 50) AS n;
    CREATE TABLE payments (card_number integer REFERENCES cards, amount numeric(10,2));
    INSERT INTO payments SELECT card_number, 5 FROM cards;
    CREATE TABLE subscribers (email text, born date) PARTITION BY HASH (email);
    CREATE TABLE subscribers_0 PARTITION OF subscribers FOR VALUES WITH (MODULUS 2, REMAINDER 0);
    CREATE TABLE subscribers_1 PARTITION OF subscribers FOR VALUES WITH (MODULUS 2, REMAINDER 1);
    INSERT INTO subscribers SELECT email, born FROM people;
    CREATE TABLE births (birth_date date NOT NULL, child_name text) PARTITION BY RANGE (birth_date);
    CREATE TABLE births_70 PARTITION OF births FOR VALUES FROM ('1970-01-01') TO ('1971-01-01');
    CREATE TABLE births_71 PARTITION OF births FOR VALUES FROM ('1971-01-01') TO ('1972-01-01');
    CREATE TABLE births_other PARTITION OF births DEFAULT;
    INSERT INTO births SELECT born, full_name FROM people;
    CREATE TABLE empty_ones (email varchar(5) PRIMARY KEY, phone smallint NOT NULL, ip_address cidr NOT NULL);
    ANALYZE;
"#;

#[test]
fn a_dictionary_fits_columns_of_all_kinds_without_a_key() {
    let story = Story::new(VARIED);
    story.scan("found", &[]).expect_success();
    let dictionary = text(&story.path("found.json"));
    let problems = story.database.rows(&format!(
        "SELECT severity, code, object, message FROM anon_funcs.check_dictionary($dictionary${dictionary}$dictionary$) \
         WHERE severity = 'error' OR code NOT IN ('check_constraint', 'domain_constraint', 'partition_key', 'structure_shows_data')"
    ));
    assert_eq!(problems, [""; 0], "{dictionary}");
    let archive = story.path("archive");
    let options = [story.prepared("found"), vec![story.file("output-dir", "archive")]].concat();
    story.database.pg_anon("dump", &options).expect_success();
    let masked = archive_text(&archive);
    // A latitude begins a column; a random time of day may have such seconds.
    for secret in [
        "secret.exam",
        "Zofia",
        "Zyx",
        "+49 30 99",
        "411111111111",
        "DE8937040044",
        "AKIAIOSF",
        "\t192.0.2.",
        "\t52.53",
        "(52.53",
    ] {
        assert!(!masked.contains(secret), "{secret} is left: {dictionary}");
    }
    let target = server().create_database("UTF8");
    target.sql("CREATE EXTENSION hstore; CREATE EXTENSION citext");
    target.pg_restore(&archive, ["-j2"]).expect_success();
    assert_eq!(
        target.sql(
            "SELECT count(DISTINCT email), count(*) FILTER (WHERE profile ->> 'size' = 'XL' AND profile -> 'ok' = 'true' AND (profile ->> 'n')::int > 0 \
             AND profile #>> '{contact,e-mail}' LIKE '%@example.com'), count(*) FILTER (WHERE emails[1] LIKE '%@example.com' AND emails[2] IS NULL) FROM people"
        ),
        "500|500|500"
    );
    assert_eq!(target.sql("SELECT count(*) FROM payments JOIN cards USING (card_number)"), "50");
    assert_eq!(
        target.sql("SELECT count(*) FROM births WHERE extract(year FROM birth_date) = 1970"),
        target.sql("SELECT count(*) FROM births_70")
    );
    for table in ["accounts", "subscribers", "births"] {
        assert_eq!(target.sql(&format!("SELECT count(*) FROM {table}")), "500");
    }
}

#[test]
fn rules_for_what_is_sensitive_by_its_name_alone_fit_every_type() {
    let types = [
        "smallint",
        "integer",
        "bigint",
        "numeric",
        "numeric(12,0)",
        "numeric(4,2)",
        "numeric(3,3)",
        "real",
        "double precision",
        "money",
        "text",
        "varchar",
        "varchar(3)",
        "char(5)",
        "\"char\"",
        "name",
        "citext",
        "xml",
        "boolean",
        "date",
        "time",
        "timetz",
        "timestamp",
        "timestamptz",
        "interval",
        "uuid",
        "inet",
        "cidr",
        "macaddr",
        "macaddr8",
        "bytea",
        "json",
        "jsonb",
        "hstore",
        "point",
        "mood",
        "feeling",
        "bit(7)",
        "bit varying(9)",
        "tsvector",
        "tsquery",
        "int4range",
        "int4multirange",
        "text[]",
        "varchar(4)[]",
        "integer[]",
        "mood[]",
        "jsonb[]",
        "tag[]",
        "tag",
    ];
    let columns = |constraint: &str| -> String {
        let column = |(n, name): (usize, &&str)| format!("c{n} {name} {constraint}");
        types.iter().enumerate().map(column).collect::<Vec<_>>().join(", ")
    };
    let values = "1, 2, 3, 4.5, 123456789012, 12.34, 0.123, 1.5, 2.5, 3, 'a', 'b', 'ccc', 'ddd', 'e', 'f', 'g', '<a/>', true, '2000-01-01', '12:00', '12:00+00',
        '2000-01-01', '2000-01-01', '1 day', '00000000-0000-0000-0000-000000000001', '192.0.2.1', '192.0.2.0/24', '08:00:2b:01:02:03', '08:00:2b:01:02:03:04:05',
        'x', '{\"a\": 1}', '{\"a\": 1}', 'a=>1', '(1,2)', 'ok', 'ok', '1010101', '101', 'a', 'a', '[1,5)', '{[1,5)}', '{a}', '{b}', '{1}', '{ok}', '{\"{}\"}', '{c}', 'd'";
    let story = Story::new(&format!(
        "CREATE EXTENSION pg_anon; CREATE EXTENSION hstore; CREATE EXTENSION citext;
         CREATE TYPE mood AS ENUM ('ok', 'so so'); CREATE DOMAIN feeling AS mood; CREATE DOMAIN tag AS varchar(10);
         CREATE TABLE strict ({}); INSERT INTO strict VALUES ({values});
         CREATE TABLE loose ({}); INSERT INTO loose VALUES ({values}); INSERT INTO loose DEFAULT VALUES",
        columns("NOT NULL"),
        columns("")
    ));
    story.write("meta.py", "{'field': {'rules': ['^c']}}");
    story.scan("found", &[story.file("meta-dict-file", "meta.py")]).expect_success();
    let options = [story.file("prepared-sens-dict-file", "found.json"), story.file("output-dir", "archive")];
    story.database.pg_anon("dump", options).expect_success();
    let target = server().create_database("UTF8");
    target.sql("CREATE EXTENSION hstore; CREATE EXTENSION citext");
    target.pg_restore(&story.path("archive"), [""; 0]).expect_success();
    let nulls = |table: &str| {
        target.sql(&format!("SELECT string_agg(key, ' ' ORDER BY key) FROM {table}, jsonb_each_text(to_jsonb({table})) WHERE value IS NULL"))
    };
    assert_eq!(nulls("strict"), "");
    assert_eq!(target.sql("SELECT count(*) FROM loose"), "2");
}

#[test]
fn a_key_is_wanted_only_where_hashes_would_collide() {
    let story = Story::new(
        "CREATE EXTENSION pg_anon;
         CREATE TABLE people (ssn integer PRIMARY KEY, national_id varchar(8) UNIQUE);
         INSERT INTO people SELECT 123000000 + n, 'ID' || n FROM generate_series(100001, 140000) AS n;
         CREATE TABLE files (ssn bigint REFERENCES people);
         INSERT INTO files SELECT ssn FROM people; ANALYZE",
    );
    story.scan("found", &[]).expect_success();
    let rule = |table: &str, column: &str| story.rule("found.json", table, column).expect("a rule");
    assert!(rule("people", "ssn").contains("permute_int") && rule("files", "ssn").contains("permute_int"));
    assert!(rule("people", "national_id").contains("digest"));
    let mut options = vec![story.file("prepared-sens-dict-file", "found.json"), story.file("output-dir", "archive")];
    let output = story.database.pg_anon("dump", &options).expect_code(1);
    assert!(output.stderr.contains("pg_anon key new"), "{output}");
    story.write("key", "0123456789abcdef0123456789abcdef0123456789abcdef");
    options.push(story.file("key-file", "key"));
    story.database.pg_anon("dump", &options).expect_success();
    let target = server().create_database("UTF8");
    target.pg_restore(&story.path("archive"), [""; 0]).expect_success();
    assert_eq!(target.sql("SELECT count(*) FROM people JOIN files USING (ssn)"), "40000");
}
