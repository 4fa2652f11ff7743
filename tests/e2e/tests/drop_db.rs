//! `--drop-db`: the database made anew with all that belongs to the database itself, and not before all checks have passed.

use std::path::{Path, PathBuf};

use pg_anon_e2e::{Database, Output, Server, Transaction, assert_same_dump, pg_anon, server, temp_dir, wait_until};

#[track_caller]
fn dump(source: &Database<'_>, dir: &Path) -> PathBuf {
    let dictionary = dir.join("empty.py");
    std::fs::write(&dictionary, "{}").expect("a dictionary is written");
    let archive = dir.join("dump");
    let options =
        ["--prepared-sens-dict-file".as_ref(), dictionary.as_os_str(), "--output-dir".as_ref(), archive.as_os_str()];
    source.pg_anon("dump", options).expect_success();
    archive
}

fn restore(target: &Database<'_>, archive: &Path, options: &[&str]) -> Output {
    let fixed = ["--input-dir".as_ref(), archive.as_os_str()];
    target.pg_anon("restore", fixed.into_iter().chain(options.iter().map(AsRef::as_ref)))
}

fn source(server: &Server) -> Database<'_> {
    let source = server.create_database("UTF8");
    source.sql("CREATE EXTENSION pg_anon; CREATE TABLE a (id integer PRIMARY KEY); INSERT INTO a VALUES (1), (2)");
    source
}

/// All that PostgreSQL keeps of a database itself, but for its OID and what comes with time.
const FACTS: &str = "
    SELECT to_jsonb(d) - 'oid' - 'datfrozenxid' - 'datminmxid' - 'datcollversion' - 'datlastsysoid' - 'datacl' - 'dattablespace',
           (SELECT array_agg(a::text ORDER BY a::text) FROM unnest(datacl) AS a),
           (SELECT spcname FROM pg_tablespace AS t WHERE t.oid = dattablespace),
           pg_get_userbyid(datdba),
           shobj_description(oid, 'pg_database'),
           (SELECT array_agg(setrole::regrole || ' ' || setconfig::text ORDER BY 1) FROM pg_db_role_setting WHERE setdatabase = d.oid)
    FROM pg_database AS d WHERE datname = current_database()";

#[test]
fn what_belongs_to_the_database_itself_is_kept() {
    let server = Server::start(&[]);
    let (owner, reader) = (server.create_role("NOLOGIN"), server.create_role("LOGIN"));
    let source = source(&server);
    let dir = temp_dir();
    let archive = dump(&source, dir.path());
    let admin = server.create_database("UTF8");
    let space = format!("space_{owner}");
    admin.sql("ALTER SYSTEM SET allow_in_place_tablespaces = on; SELECT pg_reload_conf()");
    wait_until("the setting holds", || admin.sql("SHOW allow_in_place_tablespaces") == "on");
    admin.sql(&format!("CREATE TABLESPACE {space} LOCATION ''"));
    for options in [
        format!("ENCODING 'UTF8' LOCALE 'C' LOCALE_PROVIDER icu ICU_LOCALE 'de-AT' TABLESPACE {space}"),
        "ENCODING 'SQL_ASCII' LOCALE 'C'".to_owned(),
        "ENCODING 'UTF8' LC_COLLATE 'C' LC_CTYPE 'C.UTF-8'".to_owned(),
    ] {
        let target = server.create_database("UTF8");
        let name = target.name();
        admin.sql(&format!("DROP DATABASE {name}"));
        admin.sql(&format!("CREATE DATABASE {name} TEMPLATE template0 {options}"));
        for sql in [
            format!("ALTER DATABASE {name} OWNER TO {owner}"),
            format!("ALTER DATABASE {name} CONNECTION LIMIT 11"),
            format!("ALTER DATABASE {name} SET search_path TO \"$user\", \"a \"\"b\"\", c\", public"),
            format!("ALTER DATABASE {name} SET work_mem TO '5MB'"),
            format!("ALTER DATABASE {name} SET \"my.app\" TO 'it''s = \\ {{}}'"),
            format!("ALTER ROLE {reader} IN DATABASE {name} SET statement_timeout TO '7s'"),
            format!("REVOKE ALL ON DATABASE {name} FROM PUBLIC"),
            format!("GRANT CONNECT, TEMPORARY ON DATABASE {name} TO {reader} WITH GRANT OPTION"),
            format!("COMMENT ON DATABASE {name} IS 'What it''s for.'"),
            format!("ALTER DATABASE {name} IS_TEMPLATE true"),
        ] {
            admin.sql(&sql);
        }
        target.sql("CREATE TABLE public.old (id integer)");
        let before = target.sql(FACTS);
        let oid = target.sql("SELECT oid FROM pg_database WHERE datname = current_database()");
        restore(&target, &archive, &["--drop-db", "--force"]).expect_success();
        assert_eq!(target.sql(FACTS), before, "{options}");
        assert_ne!(target.sql("SELECT oid FROM pg_database WHERE datname = current_database()"), oid);
        assert_eq!(target.sql("SELECT to_regclass('public.old') IS NULL, (SELECT count(*) FROM public.a)"), "t|2");
        let others = "SELECT count(*) FROM pg_database WHERE datname LIKE 'pg_anon_new%'";
        assert_eq!(admin.sql(others), "0");
    }
}

#[test]
fn a_database_that_others_use_is_dropped_only_when_that_is_asked_for() {
    let server = Server::start(&[]);
    let source = source(&server);
    let dir = temp_dir();
    let archive = dump(&source, dir.path());
    let target = server.create_database("UTF8");
    target.sql("CREATE TABLE old (id integer)");
    let before = target.full_dump();
    let other = Transaction::begin(&target, "SELECT 1");
    let sessions =
        "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()";
    wait_until("somebody is connected", || target.sql(sessions) == "1");
    let output = restore(&target, &archive, &["--drop-db"]).expect_code(1);
    assert!(output.stderr.contains("1 other session") && output.stderr.contains("--force"), "{output}");
    assert_same_dump(&target.full_dump(), &before);
    assert_eq!(target.sql("SELECT count(*) FROM pg_database WHERE datname LIKE 'pg_anon_new%'"), "0");
    restore(&target, &archive, &["--drop-db", "--force"]).expect_success();
    assert_eq!(target.sql("SELECT count(*) FROM a"), "2");
    drop(other);
}

#[test]
fn nothing_is_dropped_before_all_checks_have_passed() {
    let source = source(server());
    let dir = temp_dir();
    let archive = dump(&source, dir.path());
    let target = server().create_database("UTF8");
    target.sql("CREATE TABLE old (id integer)");
    let before = target.full_dump();
    let metadata = std::fs::read_to_string(archive.join("metadata.json")).expect("it can be read");
    let refused = |options: &[&str], words: &str| {
        let output = restore(&target, &archive, &[&["--drop-db"], options].concat()).expect_code(1);
        assert!(output.stderr.contains(words), "{words}: {output}");
        assert_same_dump(&target.full_dump(), &before);
    };
    refused(&["--pg-restore", "/bin/ls"], "/bin/ls");
    for (from, to, words) in [
        ("\"pg_version\": \"15", "\"pg_version\": \"99", "which is older"),
        ("\"total_tables_size\": ", "\"total_tables_size\": 9999999999999", "free"),
        ("\"sha256\": \"", "\"sha256\": \"00", "damaged"),
    ] {
        let changed = metadata.replace(from, to);
        assert_ne!(changed, metadata);
        std::fs::write(archive.join("metadata.json"), changed).expect("it can be written");
        refused(&[], words);
    }
    std::fs::write(archive.join("metadata.json"), &metadata).expect("it can be written");

    let stranger = server().create_role("LOGIN CREATEDB");
    let owner = server().create_role("LOGIN");
    target.sql(&format!("ALTER DATABASE {} OWNER TO {owner}", target.name()));
    for role in [stranger, owner] {
        let mut arguments: Vec<String> = vec!["restore".into()];
        arguments.extend_from_slice(&server().connection_options()[..4]);
        arguments.extend(["-U", &role, "-d", target.name(), "--drop-db", "--input-dir"].map(str::to_owned));
        arguments.push(archive.display().to_string());
        let output = pg_anon(arguments).expect_code(1);
        assert!(output.stderr.contains("needs its owner"), "{output}");
        assert_same_dump(&target.full_dump(), &before);
    }
}

#[test]
fn nothing_is_dropped_before_pg_restore_has_taken_its_options() {
    let source = source(server());
    let dir = temp_dir();
    let archive = dump(&source, dir.path());
    let target = server().create_database("UTF8");
    target.sql("CREATE TABLE a (id integer); INSERT INTO a VALUES (7)");
    let before = target.full_dump();
    for replace in ["--drop-db", "--clean-db"] {
        // Newer versions of pg_restore know them.
        for option in ["--no-policies", "--transaction-size=5"] {
            let output = restore(&target, &archive, &[replace, "--pg-restore-options", option]).expect_code(2);
            let name = option.split('=').next().unwrap_or_default();
            assert!(output.stderr.contains(&format!("unrecognized option '{name}")), "{output}");
            assert!(output.stderr.contains("pg_restore 15"), "{output}");
            assert_same_dump(&target.full_dump(), &before);
        }
    }
}

#[test]
fn a_template_and_the_database_postgres_are_replaced_only_by_force() {
    let server = Server::start(&[]);
    let source = source(&server);
    let dir = temp_dir();
    let archive = dump(&source, dir.path());
    let template = server.create_database("UTF8");
    template.sql(&format!("ALTER DATABASE {} IS_TEMPLATE true", template.name()));
    for name in ["template1", "postgres", template.name()] {
        let psql = |sql: &str| server.psql("postgres", name, sql).expect("it runs");
        let oid = psql("SELECT oid FROM pg_database WHERE datname = current_database()");
        let run = |options: &[&str]| {
            let mut arguments: Vec<String> = vec!["restore".into()];
            arguments.extend(server.connection_options());
            arguments.extend(["-d", name, "--drop-db", "--input-dir"].map(str::to_owned));
            arguments.push(archive.display().to_string());
            arguments.extend(options.iter().map(|option| (*option).to_owned()));
            pg_anon(arguments)
        };
        let output = run(&[]).expect_code(1);
        assert!(output.stderr.contains(&format!("does not replace database \"{name}\"")), "{output}");
        assert_eq!(psql("SELECT oid FROM pg_database WHERE datname = current_database()"), oid);
        run(&["--force"]).expect_success();
        assert_eq!(psql("SELECT count(*) FROM public.a"), "2");
    }
}

#[test]
fn an_owner_who_may_create_databases_replaces_his_own() {
    let source = source(server());
    let dir = temp_dir();
    let archive = dump(&source, dir.path());
    let owner = server().create_role("LOGIN CREATEDB");
    let target = server().create_database("UTF8");
    target.sql(&format!("ALTER DATABASE {} OWNER TO {owner}", target.name()));
    target.sql("CREATE TABLE old (id integer)");
    let mut arguments: Vec<String> = vec!["restore".into()];
    arguments.extend_from_slice(&server().connection_options()[..4]);
    arguments.extend(["-U", &owner, "-d", target.name(), "--drop-db", "--input-dir"].map(str::to_owned));
    arguments.push(archive.display().to_string());
    pg_anon(arguments).expect_success();
    assert_eq!(
        target.sql("SELECT count(*), (SELECT relowner::regrole FROM pg_class WHERE relname = 'a') FROM a"),
        format!("2|{owner}")
    );
}

#[test]
fn dropping_and_cleaning_and_dropping_for_the_data_alone_are_wrong_usage() {
    let target = server().create_database("UTF8");
    let dir = temp_dir();
    restore(&target, dir.path(), &["--drop-db", "--clean-db"]).expect_code(2);
    restore(&target, dir.path(), &["--force"]).expect_code(2);
    let output = target.pg_anon("sync-data-restore", ["--input-dir", "/x", "--drop-db"]).expect_code(2);
    assert!(output.stderr.contains("--clean-db"), "{output}");
}
