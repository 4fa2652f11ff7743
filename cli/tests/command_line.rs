//! The binary as a whole, without a server: exit status, what goes to which stream, and that passwords stay secret.

use std::path::Path;
use std::process::{Command, Output};

fn pg_anon(arguments: &[&str]) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_pg_anon"));
    for (name, _) in std::env::vars_os().filter(|(name, _)| name.to_string_lossy().starts_with("PG")) {
        command.env_remove(name);
    }
    command.args(arguments).output().unwrap()
}

fn stderr(output: &Output) -> String {
    String::from_utf8(output.stderr.clone()).unwrap()
}

/// Arguments that connect to a folder where no server is.
fn nowhere(folder: &Path) -> [String; 4] {
    [format!("--db-host={}", folder.display()), "--db-name=x".into(), "--db-user=y".into(), "--db-port=1".into()]
}

#[test]
fn help_and_version_are_results() {
    for arguments in [&["--help"][..], &["dump", "--help"], &["--version"], &["restore", "--version"]] {
        let output = pg_anon(arguments);
        assert_eq!(output.status.code(), Some(0), "{arguments:?}");
        assert!(!output.stdout.is_empty() && output.stderr.is_empty(), "{arguments:?}");
    }
}

#[test]
fn wrong_usage_is_exit_status_2() {
    for arguments in [
        &[][..],
        &["frobnicate"],
        &["dump"],
        &["dump", "--no-such-option"],
        &["dump", "--prepared-sens-dict-file="],
        &["restore"],
        &["init", "--db-passfile", "/no/such/file"],
        &["init", "-d", "x=y=z='"],
    ] {
        let output = pg_anon(arguments);
        assert_eq!(output.status.code(), Some(2), "{arguments:?}: {}", stderr(&output));
        assert!(output.stdout.is_empty(), "{arguments:?}");
    }
}

#[test]
fn a_server_that_is_not_there_is_exit_status_1_and_leaves_no_folder() {
    let folder = tempfile::tempdir().unwrap();
    let dictionary = folder.path().join("shop.py");
    std::fs::write(&dictionary, "{}").unwrap();
    let out = folder.path().join("out");
    let connection = nowhere(folder.path());
    let mut arguments = vec!["dump", "--prepared-sens-dict-file", dictionary.to_str().unwrap()];
    arguments.extend(["--output-dir", out.to_str().unwrap()]);
    arguments.extend(connection.iter().map(String::as_str));
    let output = pg_anon(&arguments);
    assert_eq!(output.status.code(), Some(1));
    assert!(stderr(&output).contains("connection to server"), "{}", stderr(&output));
    let left: Vec<_> = std::fs::read_dir(folder.path()).unwrap().map(|entry| entry.unwrap().file_name()).collect();
    assert_eq!(left, ["shop.py"]);
}

#[test]
fn no_message_shows_a_password_however_much_is_said() {
    let folder = tempfile::tempdir().unwrap();
    let host = folder.path().display();
    for database in [
        format!("host={host} password=hush1 dbname=x"),
        format!("postgresql://ann:hush1@/x?host={host}"),
        "dbname=x password=hu sh1".to_owned(),
        "postgresql://ann:hush1@db:port/x".to_owned(),
        "postgresql://ann:hush1@[db/x".to_owned(),
    ] {
        let output = Command::new(env!("CARGO_BIN_EXE_pg_anon"))
            .args(["init", "--debug", "-w", "-d", &database])
            .env("RUST_LOG", "trace")
            .output()
            .unwrap();
        assert_ne!(output.status.code(), Some(0));
        assert!(!stderr(&output).contains("sh1"), "{}", stderr(&output));
    }
}

#[test]
fn a_dictionary_that_is_no_literal_is_told_with_line_and_column() {
    let folder = tempfile::tempdir().unwrap();
    let dictionary = folder.path().join("shop.py");
    std::fs::write(&dictionary, "{\n 'dictionary': [}").unwrap();
    let output = pg_anon(&["dump", "--prepared-sens-dict-file", dictionary.to_str().unwrap()]);
    assert_eq!(output.status.code(), Some(1));
    assert!(stderr(&output).contains("shop.py: line 2"), "{}", stderr(&output));
}

#[test]
fn what_is_no_dump_of_ours_is_not_restored() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().to_str().unwrap();
    let output = pg_anon(&["restore", "--input-dir", path]);
    assert_eq!(output.status.code(), Some(1));
    assert!(stderr(&output).contains("metadata.json"), "{}", stderr(&output));
    std::fs::write(folder.path().join("metadata.json"), r#"{"created": "", "pg_version": "15.20", "files": {}}"#)
        .unwrap();
    let output = pg_anon(&["restore", "--input-dir", path]);
    assert_eq!(output.status.code(), Some(1));
    assert!(stderr(&output).contains("has no structure"), "{}", stderr(&output));
    std::fs::write(folder.path().join("metadata.json"), r#"{"created": "", "pg_version": "15.20", "format": "tape"}"#)
        .unwrap();
    let output = pg_anon(&["restore", "--input-dir", path]);
    assert_eq!(output.status.code(), Some(1));
    assert!(stderr(&output).contains("format \"tape\", which this version does not know"), "{}", stderr(&output));
}

#[test]
fn completions_and_manual_pages_name_the_commands() {
    for shell in ["bash", "zsh", "fish"] {
        let output = pg_anon(&["completions", shell]);
        let script = String::from_utf8(output.stdout).unwrap();
        assert!(script.contains("prepared-sens-dict-file"), "{shell}");
    }
    let folder = tempfile::tempdir().unwrap();
    assert!(pg_anon(&["man", "--output-dir", folder.path().to_str().unwrap()]).status.success());
    for page in ["pg_anon.1", "pg_anon-dump.1", "pg_anon-restore.1", "pg_anon-init.1"] {
        assert!(folder.path().join(page).is_file(), "{page}");
    }
    let page = String::from_utf8(pg_anon(&["man"]).stdout).unwrap();
    assert!(page.starts_with(".ie") && page.contains("restore"), "{page}");
}
