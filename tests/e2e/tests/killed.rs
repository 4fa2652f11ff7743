//! A dump that is killed, or whose server is: nothing half done is left under its name, and the dump that was there before is.

use std::collections::BTreeMap;
use std::ffi::OsStr;
use std::path::{Path, PathBuf};
use std::time::Duration;

use pg_anon_e2e::{
    Database, Gate, Output, Running, Server, Transaction, pg_anon_command, server, temp_dir, wait_until,
};
use sha2::{Digest as _, Sha256};

/// Where a dump is held.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Moment {
    /// It waits for a table that somebody has for himself.
    Locking,
    /// pg_dump is about to begin with the structure.
    Structure,
    /// Two connections are reading rows.
    Rows,
    /// pg_dump is about to begin with the large objects.
    LargeObjects,
}

const MOMENTS: [Moment; 4] = [Moment::Locking, Moment::Structure, Moment::Rows, Moment::LargeObjects];

/// What holds a dump.
enum Obstacle<'a> {
    Transaction(Transaction),
    Gate(Gate<'a>),
    /// A pg_dump that waits for this file.
    File(PathBuf),
}

impl Obstacle<'_> {
    fn remove(self) {
        match self {
            Obstacle::Transaction(transaction) => transaction.commit(),
            Obstacle::Gate(gate) => gate.open(),
            Obstacle::File(file) => std::fs::write(file, "").expect("a file is written"),
        }
    }
}

/// A database with rows and a large object, and a folder with an older dump of it.
struct Scene<'a> {
    source: Database<'a>,
    dir: tempfile::TempDir,
    older: BTreeMap<String, Vec<u8>>,
}

/// The files of a folder with their content.
fn content(folder: &Path) -> BTreeMap<String, Vec<u8>> {
    let entries = std::fs::read_dir(folder).unwrap_or_else(|error| panic!("{}: {error}", folder.display()));
    entries
        .map(|entry| {
            let entry = entry.expect("an entry of the folder");
            let name = entry.file_name().into_string().expect("a name in UTF-8");
            (name, std::fs::read(entry.path()).expect("a file can be read"))
        })
        .collect()
}

/// Asserts that a folder holds all files of a dump, whole, and nothing else.
fn assert_is_whole(folder: &Path) {
    let mut files = content(folder);
    let metadata = files.remove("metadata.json").expect("metadata.json is there");
    let metadata: serde_json::Value = serde_json::from_slice(&metadata).expect("it is JSON");
    for list in ["files", "archive_files"] {
        for (name, file) in metadata[list].as_object().expect("a list of files") {
            let content = files.remove(name).unwrap_or_else(|| panic!("{name} is missing"));
            let sum: String = Sha256::digest(&content).iter().map(|byte| format!("{byte:02x}")).collect();
            assert_eq!(file["sha256"], sum, "{name}");
        }
    }
    assert_eq!(files.keys().collect::<Vec<_>>(), [""; 0]);
}

impl<'a> Scene<'a> {
    fn new(server: &'a Server) -> Scene<'a> {
        let source = server.create_database("UTF8");
        source.sql(
            "CREATE EXTENSION pg_anon;
             CREATE TABLE first (id integer, value text); CREATE TABLE second (id integer, value text);
             -- Large enough to be worth two connections.
             INSERT INTO first SELECT n, repeat(md5(n::text), 32) FROM generate_series(1, 1000) AS n;
             INSERT INTO second SELECT * FROM first;
             SELECT lo_from_bytea(0, 'large')",
        );
        let dir = temp_dir();
        let rules = |name: &str, rule: &str| {
            let text = format!(
                r#"{{"dictionary": [{{"schema": "public", "table_mask": "^(first|second)$", "fields": {{"value": "{rule}"}}}}]}}"#
            );
            std::fs::write(dir.path().join(name), text).expect("a dictionary is written");
        };
        rules("plain.py", "'masked'");
        rules("gate.py", &format!("CASE WHEN id = 500 THEN {} ELSE 'masked' END", Gate::RULE));
        let mut scene = Scene { source, dir, older: BTreeMap::new() };
        scene.dump("plain.py", &[""; 0]).wait().expect_success();
        scene.older = content(&scene.archive());
        scene
    }

    fn archive(&self) -> PathBuf {
        self.dir.path().join("dump")
    }

    fn dump<S: AsRef<OsStr>>(&self, dictionary: &str, options: &[S]) -> Running {
        let mut command = pg_anon_command(["dump"]);
        command.args(self.source.connection_options()).arg("--prepared-sens-dict-file");
        command.arg(self.dir.path().join(dictionary)).args(["-j2", "--large-objects=keep", "--clear-output-dir"]);
        Running::start(command.arg("--output-dir").arg(self.archive()).args(options))
    }

    /// Starts a dump and waits until it is held at this moment.
    fn held(&self, moment: Moment) -> (Running, Obstacle<'_>) {
        match moment {
            Moment::Locking => {
                let transaction = Transaction::begin(&self.source, "LOCK TABLE second");
                wait_until("a table is locked", || {
                    self.source.sql("SELECT count(*) FROM pg_locks WHERE mode = 'AccessExclusiveLock' AND granted AND relation = 'second'::regclass") == "1"
                });
                let dump = self.dump("plain.py", &[""; 0]);
                wait_until("the dump waits for it", || dump.stderr().contains("waiting for"));
                (dump, Obstacle::Transaction(transaction))
            }
            Moment::Rows => {
                let gate = Gate::close(&self.source);
                let dump = self.dump("gate.py", &[""; 0]);
                wait_until("two connections wait at the gate", || gate.waiting() == 2);
                (dump, Obstacle::Gate(gate))
            }
            Moment::Structure => self.held_pg_dump("--section=post-data"),
            Moment::LargeObjects => self.held_pg_dump("--blobs"),
        }
    }

    /// Starts a dump whose pg_dump waits when it is called with this option.
    fn held_pg_dump(&self, option: &str) -> (Running, Obstacle<'_>) {
        let program = self.dir.path().join("pg_dump");
        let (begun, go) = (self.dir.path().join("begun"), self.dir.path().join("go"));
        let script = format!(
            "#!/bin/sh\ncase \"$*\" in *{option}*)\n: >'{}'\nwhile [ -d '{}' ] && [ ! -e '{}' ]; do sleep 0.02; done\nesac\nexec '{}' \"$@\"\n",
            begun.display(),
            self.dir.path().display(),
            go.display(),
            self.source.server().program("pg_dump").get_program().to_string_lossy()
        );
        std::fs::write(&program, script).expect("a script is written");
        std::fs::set_permissions(&program, std::os::unix::fs::PermissionsExt::from_mode(0o755))
            .expect("it is a program");
        let dump = self.dump("plain.py", &[OsStr::new("--pg-dump"), program.as_os_str()]);
        wait_until("pg_dump has been called", || begun.exists());
        (dump, Obstacle::File(go))
    }

    fn assert_older_dump_is_untouched(&self) {
        assert!(content(&self.archive()) == self.older, "the older dump is as it was");
    }

    /// Asserts that no folder is left beside the dump.
    fn assert_no_staging_folder(&self) {
        assert_eq!(self.staging_folders(), [""; 0]);
    }

    fn staging_folders(&self) -> Vec<String> {
        let entries = std::fs::read_dir(self.dir.path()).expect("the folder can be read");
        let names = entries.map(|entry| entry.expect("an entry").file_name().to_string_lossy().into_owned());
        names.filter(|name| name.starts_with('.')).collect()
    }

    /// Waits until the server has no connection of ours any more.
    fn wait_for_the_connections_to_end(&self) {
        wait_until("our connections have ended", || {
            self.source.sql(
                "SELECT count(*) FROM pg_stat_activity
                 WHERE datname = current_database() AND application_name IN ('pg_anon', 'pg_dump')",
            ) == "0"
        });
    }

    /// Asserts that a dump works, and cleans up what an earlier one has left.
    fn assert_next_dump_works(&self) {
        self.dump("plain.py", &[""; 0]).wait().expect_success();
        assert_is_whole(&self.archive());
        self.assert_no_staging_folder();
    }
}

fn assert_stopped(output: Output) {
    let output = output.expect_code(1);
    assert!(output.stderr.ends_with("pg_anon: error: stopped by a signal\n"), "{output}");
    assert_eq!(output.stdout, "");
}

#[test]
fn a_dump_that_is_interrupted_leaves_nothing_and_the_older_dump_untouched() {
    for moment in MOMENTS {
        for signal in ["INT", "TERM"] {
            println!("{moment:?}, {signal}");
            let scene = Scene::new(server());
            let (dump, obstacle) = scene.held(moment);
            dump.signal(signal);
            assert_stopped(dump.wait());
            scene.assert_older_dump_is_untouched();
            scene.assert_no_staging_folder();
            scene.wait_for_the_connections_to_end();
            drop(obstacle);
        }
    }
}

#[test]
fn a_dump_that_is_killed_leaves_the_older_dump_and_the_next_one_cleans_up() {
    for moment in MOMENTS {
        println!("{moment:?}");
        let scene = Scene::new(server());
        let (dump, obstacle) = scene.held(moment);
        dump.signal("KILL");
        assert_eq!(dump.wait().code(), None);
        scene.assert_older_dump_is_untouched();
        assert_eq!(scene.staging_folders().len(), usize::from(moment != Moment::Locking));
        obstacle.remove();
        scene.assert_next_dump_works();
    }
}

#[test]
fn a_first_dump_that_is_killed_leaves_no_folder_under_its_name() {
    for signal in ["INT", "KILL"] {
        let scene = Scene::new(server());
        std::fs::remove_dir_all(scene.archive()).expect("a folder is removed");
        let (dump, obstacle) = scene.held(Moment::Rows);
        assert!(!scene.archive().exists());
        dump.signal(signal);
        dump.wait();
        assert!(!scene.archive().exists());
        obstacle.remove();
        scene.assert_next_dump_works();
    }
}

#[test]
fn whenever_a_dump_is_killed_there_is_a_whole_dump_under_its_name() {
    let scene = Scene::new(server());
    for step in 0..24 {
        let dump = scene.dump("plain.py", &[""; 0]);
        std::thread::sleep(Duration::from_millis(step * 25));
        let signal = if step % 3 == 0 { "INT" } else { "KILL" };
        // It may be done already.
        std::process::Command::new("kill").arg(format!("-{signal}")).arg(dump.pid().to_string()).output().ok();
        let output = dump.wait();
        assert!(output.succeeded() || output.code() != Some(0), "{output}");
        assert_is_whole(&scene.archive());
        if output.code() == Some(1) {
            assert_stopped(output);
        }
    }
    scene.assert_next_dump_works();
}

/// The processes of the server's connections that a condition on pg_stat_activity holds for.
fn backends(source: &Database<'_>, condition: &str) -> Vec<String> {
    source.rows(&format!("SELECT pid FROM pg_stat_activity WHERE datname = current_database() AND {condition}"))
}

#[test]
fn a_connection_that_is_terminated_stops_the_dump_and_is_told() {
    for (which, condition, expected) in [
        ("a worker", "wait_event = 'advisory' AND query LIKE '%dump_rows%'", "table public."),
        (
            "the one that holds the snapshot",
            "application_name = 'pg_anon' AND state = 'idle in transaction'",
            "the connection that holds the snapshot broke",
        ),
    ] {
        println!("{which}");
        let scene = Scene::new(server());
        let (dump, obstacle) = scene.held(Moment::Rows);
        wait_until("pg_dump is done", || backends(&scene.source, "application_name = 'pg_dump'").is_empty());
        let found = backends(&scene.source, condition);
        assert!(!found.is_empty(), "{which} is found");
        scene.source.sql(&format!("SELECT pg_terminate_backend({})", found[0]));
        let output = dump.wait().expect_code(1);
        assert!(output.stderr.contains(expected), "{output}");
        assert!(output.stderr.contains("terminating connection due to administrator command"), "{output}");
        scene.assert_older_dump_is_untouched();
        scene.assert_no_staging_folder();
        scene.wait_for_the_connections_to_end();
        obstacle.remove();
        scene.assert_next_dump_works();
    }
}

#[test]
fn a_pg_dump_that_fails_or_is_killed_stops_the_dump_and_is_told() {
    let scene = Scene::new(server());
    for (ending, expected) in [
        ("echo 'pg_dump: error: no luck today' >&2; exit 3", "no luck today"),
        ("kill -9 $$", "signal: 9"),
        ("exit 0", "toc.dat"),
    ] {
        let program = scene.dir.path().join("failing_pg_dump");
        let real = server().program("pg_dump");
        let script = format!(
            "#!/bin/sh\n[ \"$1\" = --version ] && exec '{}' --version\n{ending}\n",
            real.get_program().to_string_lossy()
        );
        std::fs::write(&program, script).expect("a script is written");
        std::fs::set_permissions(&program, std::os::unix::fs::PermissionsExt::from_mode(0o755))
            .expect("it is a program");
        let output = scene.dump("plain.py", &[OsStr::new("--pg-dump"), program.as_os_str()]).wait().expect_code(1);
        assert!(output.stderr.contains(expected), "{output}");
        scene.assert_older_dump_is_untouched();
        scene.assert_no_staging_folder();
    }
}

#[test]
fn a_server_that_stops_at_once_stops_the_dump() {
    let server = Server::start(&[]);
    for moment in [Moment::Rows, Moment::Locking] {
        println!("{moment:?}");
        let scene = Scene::new(&server);
        let (dump, obstacle) = scene.held(moment);
        server.stop("immediate");
        let output = dump.wait().expect_code(1);
        // It may be pg_dump that tells it, on lines of its own.
        let last = output.stderr.rfind("pg_anon: error: ").and_then(|at| output.stderr.get(at..));
        let last = last.unwrap_or_else(|| panic!("the error is told: {output}"));
        assert!(
            ["terminating connection", "server closed the connection", "Connection reset", "crash of another"]
                .iter()
                .any(|words| last.contains(words)),
            "{output}"
        );
        scene.assert_older_dump_is_untouched();
        scene.assert_no_staging_folder();
        drop(obstacle);
        server.restart();
        scene.assert_next_dump_works();
    }
}

#[test]
fn a_full_disk_is_told_and_leaves_nothing() {
    // A limit on the size of files is to us what a full disk is.
    let scene = Scene::new(server());
    scene.source.sql("INSERT INTO first SELECT n, md5(n::text) FROM generate_series(1, 20000) AS n");
    let mut command = std::process::Command::new("/bin/bash");
    let dump = pg_anon_command(["dump"]);
    command.args(["-c", "trap '' XFSZ; ulimit -f 100; exec \"$@\"", "limited"]).arg(dump.get_program());
    for (name, value) in dump.get_envs() {
        match value {
            Some(value) => command.env(name, value),
            None => command.env_remove(name),
        };
    }
    command.args(["dump", "-Z0"]).args(scene.source.connection_options()).arg("--prepared-sens-dict-file");
    command.arg(scene.dir.path().join("plain.py")).arg("--clear-output-dir");
    command.arg("--output-dir").arg(scene.archive());
    let output = Running::start(&mut command).wait().expect_code(1);
    assert!(output.stderr.contains("table public.first") && output.stderr.contains("File too large"), "{output}");
    scene.assert_older_dump_is_untouched();
    scene.assert_no_staging_folder();
}

#[test]
fn a_restore_that_is_interrupted_says_that_a_part_is_there() {
    let source = server().create_database("UTF8");
    source.sql(&format!(
        "CREATE EXTENSION pg_anon; CREATE TABLE gate (id integer CHECK ({} IS NOT NULL)); INSERT INTO gate VALUES (1)",
        Gate::RULE
    ));
    let dir = temp_dir();
    std::fs::write(dir.path().join("empty.py"), "{}").expect("a dictionary is written");
    let archive = dir.path().join("dump");
    let arguments = ["--prepared-sens-dict-file".into(), dir.path().join("empty.py"), "--output-dir".into(), archive];
    source.pg_anon("dump", &arguments).expect_success();

    let target = server().create_database("UTF8");
    let gate = Gate::close(&target);
    let mut command = pg_anon_command(["restore"]);
    command.args(target.connection_options()).arg("--input-dir").arg(&arguments[3]);
    let restore = Running::start(&mut command);
    wait_until("the restore waits at the gate", || gate.waiting() == 1);
    restore.signal("INT");
    let output = restore.wait().expect_code(1);
    assert!(output.stderr.contains("holds a part of the dump"), "{output}");
    wait_until("our connections have ended", || {
        backends(&target, "application_name IN ('pg_anon', 'pg_restore')").is_empty()
    });
}
