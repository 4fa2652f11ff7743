//! A rule for a primary key alone: all that refers to it follows, and the dump restores with every foreign key valid.

use std::fs;
use std::path::Path;

use pg_anon_e2e::{Database, server, temp_dir};

/// Chains, composite keys, a table that refers to itself, partitions, and columns of other types than those they refer to.
const TABLES: &str = "
    CREATE EXTENSION pg_anon;
    CREATE TABLE person (tenant int, id int, boss int, email text NOT NULL UNIQUE,
        PRIMARY KEY (tenant, id), FOREIGN KEY (tenant, boss) REFERENCES person);
    CREATE TABLE account (tenant int, person bigint, opened date, PRIMARY KEY (tenant, person),
        FOREIGN KEY (tenant, person) REFERENCES person);
    CREATE TABLE login (id int, tenant int, account bigint, mail varchar(80) REFERENCES person (email),
        FOREIGN KEY (tenant, account) REFERENCES account) PARTITION BY HASH (id);
    CREATE TABLE login_0 PARTITION OF login FOR VALUES WITH (MODULUS 2, REMAINDER 0);
    CREATE TABLE login_1 PARTITION OF login FOR VALUES WITH (MODULUS 2, REMAINDER 1);
    CREATE TABLE letter (id int PRIMARY KEY, to_whom text);
    INSERT INTO person SELECT 1 + n % 3, n, NULL, 'person' || n || '@shop.example' FROM generate_series(1, 3000) n;
    UPDATE person SET boss = id - 3 WHERE id > 30;
    INSERT INTO account SELECT tenant, id, '2020-01-01' FROM person WHERE id % 2 = 0;
    INSERT INTO login SELECT row_number() OVER (), tenant, person, 'person' || person || '@shop.example'
        FROM account, generate_series(1, 3);
    INSERT INTO letter SELECT n, 'person' || n || '@shop.example' FROM generate_series(1, 3000) n;
    ANALYZE";

const RULES: &str = r#"{
    "dictionary": [{"schema": "public", "table": "person", "fields": {
        "id": "permute_int(id, 1, 100000)", "email": "pseudo_email(email)"}}],
    "consistent": [[{"schema": "public", "table": "person", "column": "email"},
                    {"schema": "public", "table": "letter", "column": "to_whom"}]]}"#;

const KEY: &str = "a-key-of-forty-characters-for-the-tests!";

/// What must be the same before and after.
const QUESTIONS: [&str; 6] = [
    "SELECT count(*), count(DISTINCT id), count(DISTINCT email) FROM person",
    "SELECT count(*) FROM person p JOIN person b ON (b.tenant, b.id) = (p.tenant, p.boss)",
    "SELECT count(*) FROM person p JOIN account a ON (a.tenant, a.person) = (p.tenant, p.id)",
    "SELECT count(*) FROM login l JOIN account a ON (a.tenant, a.person) = (l.tenant, l.account) JOIN person p ON p.email = l.mail",
    "SELECT count(*) FROM letter l JOIN person p ON p.email = l.to_whom",
    "SELECT count(*) FILTER (WHERE convalidated), count(*) FROM pg_constraint WHERE contype = 'f'",
];

/// No value of a masked column is as it was: rows of the target that have an original e-mail address, or the key of a person
/// beside that person's tenant and boss.
const ADDRESSES: &str = "SELECT count(*) FROM (SELECT email FROM person UNION ALL SELECT mail FROM login
    UNION ALL SELECT to_whom FROM letter) AS all_of_them (address) WHERE address ~ '^person[0-9]+@shop'";

fn source() -> Database<'static> {
    let database = server().create_database("UTF8");
    database.sql(TABLES);
    database
}

fn dump(source: &Database<'_>, rules: &Path, to: &Path, more: &[&str]) -> pg_anon_e2e::Output {
    let mut command = pg_anon_e2e::pg_anon_command(["dump", "-j2", "--prepared-sens-dict-file"]);
    command.arg(rules).arg("--output-dir").arg(to).args(more).args(source.connection_options());
    command.env("PG_ANON_KEY", KEY);
    pg_anon_e2e::run(&mut command, b"")
}

#[test]
fn a_rule_for_a_primary_key_alone_restores_with_all_foreign_keys_valid() {
    let source = source();
    let dir = temp_dir();
    let rules = dir.path().join("rules.json");
    fs::write(&rules, RULES).expect("the rules are written");
    dump(&source, &rules, &dir.path().join("dump"), &["--split-size=0"]).expect_success();
    let target = server().create_database("UTF8");
    let restore = target.pg_restore(&dir.path().join("dump"), ["-j2"]).expect_success();
    assert_eq!(restore.stderr, "", "no foreign key is broken");
    for question in QUESTIONS {
        assert_eq!(target.sql(question), source.sql(question), "{question}");
    }
    assert_eq!(source.sql(ADDRESSES), "10500");
    assert_eq!(target.sql(ADDRESSES), "0");
    let boss = "SELECT DISTINCT id - boss FROM person WHERE boss IS NOT NULL";
    assert_eq!(source.sql(boss), "3");
    assert!(target.rows(boss).len() > 1000, "the keys are masked on both sides");
    // The same in one script for psql.
    let script =
        source.psql(&format!("SELECT set_config('pg_anon.key', '{KEY}', false); SELECT anon_funcs.dump('{RULES}')"));
    let script = script.unwrap_or_else(|e| panic!("{e:?}"));
    let letters = target.rows("SELECT to_whom FROM letter ORDER BY id LIMIT 20");
    assert!(letters.iter().all(|address| script.contains(&format!("\t{address}\n"))));
    assert!(!script.contains("@shop"));
}

#[test]
fn partitions_by_a_key_that_takes_a_rule_over_restore_into_the_right_ones() {
    for (by, first, second) in [
        ("HASH", "WITH (MODULUS 2, REMAINDER 0)", "WITH (MODULUS 2, REMAINDER 1)"),
        ("RANGE", "FROM (0) TO (500)", "FROM (500) TO (1001)"),
    ] {
        let source = server().create_database("UTF8");
        source.sql(&format!(
            "CREATE EXTENSION pg_anon;
            CREATE TABLE cust (id int PRIMARY KEY);
            CREATE TABLE ord (n int, cust int REFERENCES cust) PARTITION BY {by} (cust);
            CREATE TABLE ord_0 PARTITION OF ord FOR VALUES {first};
            CREATE TABLE ord_1 PARTITION OF ord FOR VALUES {second};
            INSERT INTO cust SELECT generate_series(1, 1000);
            INSERT INTO ord SELECT n, 1 + n % 1000 FROM generate_series(1, 2000) n;
            ANALYZE"
        ));
        let dir = temp_dir();
        let rules = dir.path().join("rules.json");
        let text =
            r#"{"dictionary": [{"schema": "public", "table": "cust", "fields": {"id": "permute_int(id, 1, 1000)"}}]}"#;
        fs::write(&rules, text).expect("the rules are written");
        dump(&source, &rules, &dir.path().join("dump"), &[]).expect_success();
        let target = server().create_database("UTF8");
        let restore = target.pg_restore(&dir.path().join("dump"), ["-j2"]).expect_success();
        assert_eq!(restore.stderr, "", "no partition and no foreign key refuses a row ({by})");
        let rows = "SELECT count(*), count(DISTINCT cust) FROM ord JOIN cust ON cust.id = ord.cust";
        assert_eq!(target.sql(rows), source.sql(rows), "{by}");
        let moved = "SELECT string_agg(n || ' ' || tableoid::regclass, ',' ORDER BY n) FROM ord";
        assert_ne!(target.sql(moved), source.sql(moved), "rows belong to other partitions ({by})");
    }
}

#[test]
fn a_dump_stops_where_a_rule_of_a_referenced_column_cannot_be_taken_over() {
    let source = source();
    let dir = temp_dir();
    let rules = dir.path().join("rules.json");
    fs::write(&rules, RULES.replace("pseudo_email(email)", "random_email()")).expect("the rules are written");
    let output = dump(&source, &rules, &dir.path().join("dump"), &[]).expect_code(1);
    assert!(output.stderr.contains("which is not a function of the value alone"), "{output}");
    assert!(!dir.path().join("dump").exists());
}

#[test]
fn view_fields_shows_where_a_rule_was_taken_from() {
    let source = source();
    let dir = temp_dir();
    let rules = dir.path().join("rules.json");
    fs::write(&rules, RULES).expect("the rules are written");
    let mut command = pg_anon_e2e::pg_anon_command(["view-fields", "--json", "--prepared-sens-dict-file"]);
    command.arg(&rules).args(source.connection_options()).env("PG_ANON_KEY", KEY);
    let shown = pg_anon_e2e::run(&mut command, b"").expect_success().stdout;
    assert!(shown.contains("permute_int((account)::integer, 1, 100000)"), "{shown}");
}
