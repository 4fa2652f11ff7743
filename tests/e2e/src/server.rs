//! A server that lives as long as the test program, and the databases in it.

use std::ffi::OsStr;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::OnceLock;
use std::sync::atomic::{AtomicU32, Ordering};

use crate::{Failure, Output, clean_command, from_environment, normalise_dump, pg_anon, run};

/// `tests/lib/cluster.sh` gives every cluster this port unless told otherwise.
const PORT: u16 = 5499;

/// A PostgreSQL server of its own, on a socket in a folder of its own.
///
/// It is stopped, and its folder removed, when the value is dropped or the test program ends, however it ends: a guard
/// process waits for the end of a pipe that only this process holds.
#[derive(Debug)]
pub struct Server {
    dir: PathBuf,
    bin: PathBuf,
    port: String,
    /// An installation that goes with the server.
    _installation: Option<tempfile::TempDir>,
    guard: Child,
    databases: AtomicU32,
}

/// The server that all tests of this program share. Each test makes databases of its own in it.
///
/// # Panics
/// When it cannot be started, or the tests were not started by `make test-e2e`.
pub fn server() -> &'static Server {
    static SERVER: OnceLock<Server> = OnceLock::new();
    SERVER.get_or_init(|| Server::start(&[]))
}

fn cluster_script() -> Command {
    Command::new(concat!(env!("CARGO_MANIFEST_DIR"), "/../lib/cluster.sh"))
}

impl Server {
    /// Starts a server for a test that stops or reconfigures it. `settings` are lines of postgresql.conf, for instance
    /// `listen_addresses = 'localhost'`.
    ///
    /// # Panics
    /// When it cannot be started, or the tests were not started by `make test-e2e`.
    pub fn start(settings: &[&str]) -> Server {
        Server::start_installed(from_environment("PG_ANON_STAGE_BIN"), None, PORT, settings)
    }

    /// Starts a server that listens on 127.0.0.1 as well, on a port of its own, and asks for a password there.
    ///
    /// # Panics
    /// When it cannot be started, or the tests were not started by `make test-e2e`.
    pub fn start_on_network() -> Server {
        let free = std::net::TcpListener::bind(("127.0.0.1", 0)).and_then(|listener| listener.local_addr());
        let port = free.expect("a port is free").port();
        let settings = [format!("port = {port}"), "listen_addresses = '127.0.0.1'".to_owned()];
        let settings = settings.each_ref().map(String::as_str);
        let server = Server::start_installed(from_environment("PG_ANON_STAGE_BIN"), None, port, &settings);
        server.run_sql(
            "postgres",
            "DO $$ BEGIN
                 EXECUTE format($f$COPY (VALUES ('local all all trust'), ('host all all 127.0.0.1/32 scram-sha-256')) TO %L$f$,
                                current_setting('hba_file'));
             END $$;
             SELECT pg_reload_conf()",
        );
        server
    }

    /// Starts a server whose installation does not have the extension pg_anon.
    ///
    /// # Panics
    /// When it cannot be started, or the tests were not started by `make test-e2e`.
    pub fn start_without_extension() -> Server {
        let installation = crate::temp_dir();
        std::fs::set_permissions(installation.path(), std::os::unix::fs::PermissionsExt::from_mode(0o755))
            .expect("the server's user may read the folder");
        let mut stage = Command::new(concat!(env!("CARGO_MANIFEST_DIR"), "/../lib/stage.sh"));
        stage.arg(installation.path().join("pg")).arg(from_environment("PG_ANON_STAGE_BIN").join("pg_config"));
        let bin = run(&mut stage, b"").expect_success().stdout;
        Server::start_installed(PathBuf::from(bin.trim_end()), Some(installation), PORT, &[])
    }

    fn start_installed(bin: PathBuf, installation: Option<tempfile::TempDir>, port: u16, settings: &[&str]) -> Server {
        let dir = crate::temp_dir().keep();
        // Before the start, so that a start that is cut short leaves nothing either. It holds standard output open until
        // all is removed: whoever reads this program's output to its end knows that nothing is left running.
        let guard = cluster_script()
            .arg("guard")
            .arg(&dir)
            .stdin(Stdio::piped())
            .spawn()
            .expect("tests/lib/cluster.sh can be started");
        let server = Server {
            dir,
            bin,
            port: port.to_string(),
            _installation: installation,
            guard,
            databases: AtomicU32::new(0),
        };
        run(cluster_script().arg("start").arg(&server.dir).arg(&server.bin).args(settings), b"").expect_success();
        server
    }

    /// The folder of the server's socket: what `-h` takes.
    pub fn socket_dir(&self) -> PathBuf {
        self.dir.join("socket")
    }

    /// A folder for files that several tests share. It is removed with the server.
    ///
    /// # Panics
    /// When it cannot be made.
    pub fn shared_dir(&self) -> PathBuf {
        let dir = self.dir.join("shared");
        std::fs::create_dir_all(&dir).expect("a folder is made");
        dir
    }

    /// The server's port: what `-p` takes. On the network it is used only by a server that was told to listen.
    pub fn port(&self) -> &str {
        &self.port
    }

    /// The folder of the server's data.
    pub fn data_dir(&self) -> PathBuf {
        self.dir.join("data")
    }

    /// What the server has logged so far.
    pub fn log(&self) -> String {
        String::from_utf8_lossy(&std::fs::read(self.dir.join("log")).unwrap_or_default()).into_owned()
    }

    /// Stops the server; `mode` is pg_ctl's: smart, fast, immediate.
    ///
    /// # Panics
    /// When it does not stop.
    pub fn stop(&self, mode: &str) {
        run(cluster_script().arg("stop").arg(&self.dir).arg(mode), b"").expect_success();
    }

    /// Starts the server again after [`Server::stop`].
    ///
    /// # Panics
    /// When it does not start.
    pub fn restart(&self) {
        run(cluster_script().arg("restart").arg(&self.dir), b"").expect_success();
    }

    /// The options that connect to the server, without the database: `-h`, `-p` and `-U postgres`.
    pub fn connection_options(&self) -> Vec<String> {
        let host = self.socket_dir().display().to_string();
        ["-h", &host, "-p", &self.port, "-U", "postgres"].map(str::to_owned).to_vec()
    }

    /// One of PostgreSQL's programs, connected to the server by its environment as the superuser postgres.
    pub fn program(&self, name: &str) -> Command {
        let mut command = clean_command(self.bin.join(name));
        command.env("PGHOST", self.socket_dir()).env("PGPORT", &self.port).env("PGUSER", "postgres");
        command
    }

    /// Makes a database of this encoding (`UTF8`, `LATIN1`, ...) and of a name that no other test has.
    ///
    /// # Panics
    /// When the server refuses.
    pub fn create_database(&self, encoding: &str) -> Database<'_> {
        let name = format!("test_{}", self.databases.fetch_add(1, Ordering::Relaxed));
        let database = Database { server: self, name };
        self.run_sql(
            "postgres",
            &format!("CREATE DATABASE {} TEMPLATE template0 LOCALE 'C' ENCODING '{encoding}'", database.name),
        );
        database
    }

    /// Makes a role with these attributes (`LOGIN`, `LOGIN CREATEDB`, ...) and a name that no other test has, and gives the
    /// name.
    ///
    /// # Panics
    /// When the server refuses.
    pub fn create_role(&self, attributes: &str) -> String {
        let name = format!("role_{}", self.databases.fetch_add(1, Ordering::Relaxed));
        self.run_sql("postgres", &format!("CREATE ROLE {name} {attributes}"));
        name
    }

    fn run_sql(&self, database: &str, sql: &str) -> String {
        self.psql("postgres", database, sql).unwrap_or_else(|failure| panic!("{failure}"))
    }

    /// Runs SQL as `role` and gives the rows: no titles, columns separated by `|`, the last newline removed. Stops at the
    /// first error.
    ///
    /// # Errors
    /// What the server or psql said.
    pub fn psql(&self, role: &str, database: &str, sql: &str) -> Result<String, Failure> {
        let mut command = self.program("psql");
        command.args(["-XAtq", "-v", "ON_ERROR_STOP=1", "-v", "VERBOSITY=verbose", "-d", database, "-U", role]);
        command.env("PGCLIENTENCODING", "UTF8").env("PGAPPNAME", "psql");
        let output = run(&mut command, sql.as_bytes());
        if output.succeeded() {
            let mut rows = output.stdout;
            rows.truncate(rows.strip_suffix('\n').map_or(rows.len(), str::len));
            Ok(rows)
        } else {
            Err(Failure { sqlstate: sqlstate(&output.stderr), message: output.stderr })
        }
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        // The end of its standard input is what the guard waits for.
        drop(self.guard.stdin.take());
        self.guard.wait().ok();
    }
}

/// The first SQLSTATE in what psql prints with VERBOSITY=verbose: `ERROR:  42P01: relation ...`.
fn sqlstate(stderr: &str) -> String {
    let states = ["ERROR:  ", "FATAL:  "].iter().filter_map(|severity| {
        let (_, rest) = stderr.split_once(severity)?;
        let state = rest.split_once(':')?.0;
        (state.len() == 5 && state.bytes().all(|byte| byte.is_ascii_alphanumeric())).then(|| state.to_owned())
    });
    states.into_iter().next().unwrap_or_default()
}

/// A database of one test. It goes with its server.
#[derive(Debug)]
pub struct Database<'a> {
    server: &'a Server,
    name: String,
}

impl Database<'_> {
    /// Its name.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Its server.
    pub fn server(&self) -> &Server {
        self.server
    }

    /// Runs SQL as the superuser; see [`Server::psql`].
    ///
    /// # Errors
    /// What the server or psql said.
    pub fn psql(&self, sql: &str) -> Result<String, Failure> {
        self.psql_as("postgres", sql)
    }

    /// Runs SQL as this role; see [`Server::psql`].
    ///
    /// # Errors
    /// What the server or psql said.
    pub fn psql_as(&self, role: &str, sql: &str) -> Result<String, Failure> {
        self.server.psql(role, &self.name, sql)
    }

    /// Runs SQL as the superuser, gives the rows.
    ///
    /// # Panics
    /// When the server refuses.
    #[track_caller]
    pub fn sql(&self, sql: &str) -> String {
        self.psql(sql).unwrap_or_else(|failure| panic!("{failure}\n{sql}"))
    }

    /// Runs SQL as the superuser, gives the rows as a list.
    ///
    /// # Panics
    /// When the server refuses.
    #[track_caller]
    pub fn rows(&self, sql: &str) -> Vec<String> {
        self.sql(sql).lines().map(str::to_owned).collect()
    }

    /// The options that connect to the database: `-h`, `-p`, `-U postgres` and `-d`.
    pub fn connection_options(&self) -> Vec<String> {
        let mut options = self.server.connection_options();
        options.extend(["-d".to_owned(), self.name.clone()]);
        options
    }

    /// Runs a subcommand of pg_anon, connected to this database as the superuser.
    ///
    /// # Panics
    /// When `PG_ANON_BIN` is not set.
    pub fn pg_anon<S: AsRef<OsStr>>(&self, subcommand: &str, arguments: impl IntoIterator<Item = S>) -> Output {
        let mut all: Vec<std::ffi::OsString> = vec![subcommand.into()];
        all.extend(self.connection_options().into_iter().map(Into::into));
        all.extend(arguments.into_iter().map(|argument| argument.as_ref().to_owned()));
        pg_anon(all)
    }

    /// Runs pg_dump on the database.
    pub fn pg_dump<S: AsRef<OsStr>>(&self, arguments: impl IntoIterator<Item = S>) -> Output {
        run(self.server.program("pg_dump").arg("-d").arg(&self.name).args(arguments), b"")
    }

    /// Runs pg_restore of an archive into the database.
    pub fn pg_restore<S: AsRef<OsStr>>(&self, archive: &Path, arguments: impl IntoIterator<Item = S>) -> Output {
        run(self.server.program("pg_restore").arg("-d").arg(&self.name).args(arguments).arg(archive), b"")
    }

    /// The database's structure as pg_dump writes it, in the form of [`normalise_dump`].
    ///
    /// # Panics
    /// When pg_dump fails.
    #[track_caller]
    pub fn schema_dump(&self) -> String {
        normalise_dump(&self.pg_dump(["--schema-only", "--encoding=UTF8"]).expect_success().stdout)
    }

    /// Structure and data as pg_dump writes them, in the form of [`normalise_dump`]: equal for two databases that hold the
    /// same.
    ///
    /// # Panics
    /// When pg_dump fails.
    #[track_caller]
    pub fn full_dump(&self) -> String {
        normalise_dump(&self.pg_dump(["--encoding=UTF8"]).expect_success().stdout)
    }

    /// Fills the database with a shop: 2,000 customers, 3,000 orders, partitions, a view, a trigger, a large object, and all
    /// that comes with them. `tests/e2e/dictionaries/shop.py` masks it.
    ///
    /// # Panics
    /// When the server refuses.
    pub fn load_shop(&self) {
        for role in ["shop_owner", "shop_reader"] {
            // Several tests may make it at the same time.
            self.sql(&format!(
                "DO $$ BEGIN CREATE ROLE {role}; EXCEPTION WHEN duplicate_object OR unique_violation THEN NULL; END $$"
            ));
        }
        let script = concat!(env!("CARGO_MANIFEST_DIR"), "/data/shop.sql");
        self.sql(&std::fs::read_to_string(script).expect("data/shop.sql can be read"));
        self.sql("CREATE EXTENSION pg_anon");
    }

    /// Fills the database with the Chinook sample: a music shop with 11 tables, 59 customers, 8 employees.
    ///
    /// # Panics
    /// When the server refuses.
    pub fn load_chinook(&self) {
        let script = std::fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/../data/chinook.sql"))
            .expect("tests/data/chinook.sql can be read");
        // The script makes and chooses a database of its own before the first table.
        let tables = script.find("CREATE TABLE").expect("the script makes tables");
        self.sql(&script[tables..]);
    }
}

#[cfg(test)]
mod tests {
    use super::sqlstate;

    #[test]
    fn the_sqlstate_is_the_one_of_the_first_error() {
        let stderr =
            "psql:<stdin>:1: NOTICE:  00000: x: y\npsql:<stdin>:2: ERROR:  42P01: relation \"a: b\" is not there\n";
        assert_eq!(sqlstate(stderr), "42P01");
    }

    #[test]
    fn an_error_of_psql_itself_has_no_sqlstate() {
        assert_eq!(sqlstate("psql: error: could not connect"), "");
        assert_eq!(sqlstate("psql: error: FATAL:  database \"x\" does not exist"), "");
    }
}
