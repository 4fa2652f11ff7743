//! A script with the Python tool's documented command lines runs unchanged: `scripts/python_tool.sh`, section by section.

use std::path::Path;
use std::process::Command;
use std::sync::OnceLock;

use pg_anon_e2e::{Database, Output, Server, clean_command, dictionary, pg_anon_command, run, temp_dir};

/// A server that asks for a password, as scripts for the Python tool give one on the command line.
fn server() -> &'static Server {
    static SERVER: OnceLock<Server> = OnceLock::new();
    SERVER.get_or_init(|| {
        let server = Server::start_on_network();
        let roles = "CREATE ROLE anon_test_user LOGIN SUPERUSER PASSWORD 'mYy5RexGsZ'";
        server.psql("postgres", "postgres", roles).expect("a role is made");
        server
    })
}

/// A database of the music shop, and one for what is restored.
fn databases() -> (Database<'static>, Database<'static>) {
    let (source, target) = (server().create_database("UTF8"), server().create_database("UTF8"));
    source.load_chinook();
    (source, target)
}

/// Runs a section of the script in a folder with dictionaries.
fn script(section: &str, folder: &Path, source: &Database<'_>, target: &Database<'_>) -> Output {
    let file = |name: &str, content: &str| std::fs::write(folder.join(name), content).expect("a file is written");
    std::fs::copy(dictionary("chinook.py"), folder.join("sens_dict.py")).expect("the dictionary is copied");
    file("include_tables.py", "{'tables': [{'schema': 'public', 'table_mask': '^(invoice|customer|employee)'}]}");
    file("exclude_tables.py", "{'tables': [{'schema': 'public', 'table': 'invoice_line'}]}");
    let [dump, restore] =
        ["pg_dump", "pg_restore"].map(|name| server().program(name).get_program().to_string_lossy().into_owned());
    file("config.yml", &format!("pg-utils-versions:\n  default:\n    pg_dump: {dump}\n    pg_restore: {restore}\n"));

    // The programs that the script calls by name.
    let bin = folder.join("bin");
    std::fs::create_dir_all(&bin).expect("a folder is made");
    for program in [pg_anon_command([""; 0]), server().program("psql")] {
        let path = Path::new(program.get_program());
        let link = bin.join(path.file_name().expect("a program has a name"));
        std::os::unix::fs::symlink(path, link).expect("a link is made");
    }
    let path = format!("{}:{}", bin.display(), std::env::var("PATH").unwrap_or_default());

    let mut command: Command = clean_command(concat!(env!("CARGO_MANIFEST_DIR"), "/scripts/python_tool.sh"));
    command.arg(section).current_dir(folder).env("PATH", path);
    command.env("DB_HOST", "127.0.0.1").env("DB_PORT", server().port());
    command.env("DB_USER", "anon_test_user").env("DB_PASSWORD", "mYy5RexGsZ");
    command.env("SOURCE_DB", source.name()).env("TARGET_DB", target.name());
    command.env("PGHOST", server().socket_dir()).env("PGPORT", server().port()).env("PGUSER", "postgres");
    run(&mut command, b"").expect_success()
}

fn count(database: &Database<'_>, table: &str) -> u64 {
    database.sql(&format!("SELECT count(*) FROM {table}")).parse().expect("a number")
}

/// All rows are there, and the people are masked.
#[track_caller]
fn assert_masked_copy(source: &Database<'_>, target: &Database<'_>) {
    for table in source.rows("SELECT tablename FROM pg_tables WHERE schemaname = 'public' ORDER BY 1") {
        assert_eq!(count(target, &table), count(source, &table), "{table}");
    }
    assert_eq!(target.sql("SELECT count(*) FROM customer WHERE email NOT LIKE '%@example.com'"), "0");
    let names = "SELECT last_name FROM employee ORDER BY employee_id";
    assert!(target.rows(names).iter().all(|name| !source.rows(names).contains(name)));
    let titles = "SELECT title FROM album ORDER BY album_id";
    assert_eq!(target.sql(titles), source.sql(titles));
}

#[test]
fn the_quick_start_runs_unchanged() {
    let (folder, (source, target)) = (temp_dir(), databases());
    let output = script("quick_start", folder.path(), &source, &target);
    assert!(output.stdout.starts_with("pg_anon 2."), "{output}");
    assert!(output.stderr.contains(" DEBUG "), "the restore says all that it does: {output}");
    assert_masked_copy(&source, &target);
    assert!(!output.stderr.contains("mYy5RexGsZ") && !output.stdout.contains("mYy5RexGsZ"));
}

#[test]
fn the_structure_once_and_the_data_every_night_run_unchanged() {
    let (folder, (source, target)) = (temp_dir(), databases());
    source.sql("CREATE EXTENSION pg_anon");
    script("synchronise", folder.path(), &source, &target);
    assert_masked_copy(&source, &target);
    // What the structure had before is still there: the data did not make it anew.
    assert_eq!(target.sql("SELECT count(*) FROM pg_constraint WHERE contype = 'f' AND NOT convalidated"), "0");
    assert_eq!(
        target.sql("SELECT count(*) FROM pg_constraint WHERE contype = 'f'"),
        source.sql("SELECT count(*) FROM pg_constraint WHERE contype = 'f'")
    );
    let nights: Vec<_> = walk(&folder.path().join("pg_anon_runs"), 4);
    assert_eq!(nights.len(), 2, "{nights:?}");
    for night in nights {
        assert!(night.join("saved_dicts_info.json").is_file() && night.join("input/sens_dict.py").is_file());
    }
}

#[test]
fn a_target_that_is_made_anew_runs_unchanged() {
    let (folder, (source, target)) = (temp_dir(), databases());
    source.sql("CREATE EXTENSION pg_anon");
    target.load_chinook();
    script("again", folder.path(), &source, &target);
    assert_masked_copy(&source, &target);
}

#[test]
fn a_part_of_the_tables_runs_unchanged() {
    let (folder, (source, target)) = (temp_dir(), databases());
    source.sql("CREATE EXTENSION pg_anon");
    script("partial", folder.path(), &source, &target);
    let tables = "SELECT tablename FROM pg_tables WHERE schemaname = 'public' ORDER BY 1";
    assert_eq!(target.rows(tables), ["customer", "employee", "invoice"]);
    for table in target.rows(tables) {
        assert_eq!(count(&target, &table), count(&source, &table), "{table}");
    }
}

#[test]
fn the_validation_of_a_dictionary_runs_unchanged() {
    let (folder, (source, target)) = (temp_dir(), databases());
    source.sql("CREATE EXTENSION pg_anon");
    script("validate", folder.path(), &source, &target);
    assert!(!folder.path().join("sens_dict").exists(), "stage 1 writes nothing");
    // 100 rows of each table, or as many as there are.
    for table in source.rows("SELECT tablename FROM pg_tables WHERE schemaname = 'public' ORDER BY 1") {
        assert_eq!(count(&target, &table), count(&source, &table).min(100), "{table}");
    }
}

/// The folders this many levels below one.
fn walk(folder: &Path, levels: u32) -> Vec<std::path::PathBuf> {
    let mut folders = vec![folder.to_owned()];
    for _ in 0..levels {
        let entries = folders.iter().filter_map(|folder| std::fs::read_dir(folder).ok()).flatten();
        folders = entries.map(|entry| entry.expect("an entry").path()).collect();
    }
    folders
}
