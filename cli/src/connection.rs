//! Connections to the server through libpq: what a connection is made from, statements, and COPY to the client.
//! Whatever waits here gives up when a signal comes or another part of the run fails, and cancels its statement.

use std::borrow::Cow;
use std::cell::RefCell;
use std::collections::BTreeMap;
use std::io;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc;
use std::time::Duration;

use anyhow::Context as _;
use libpq::result::ErrorField;
use libpq::{Connection, Format, PQResult, Status};
use mio::unix::SourceFd;

use crate::error::{Error, ServerError};
use crate::interrupt;
use crate::logging;
use crate::password;
use crate::text::visible;

/// PostgreSQL's own source files that say which constraint a row violates: CHECK, domains, foreign keys, unique indexes
/// and exclusions, met by a row or while the constraint is made.
const NAMES_CONSTRAINTS: [&str; 9] = [
    "execMain.c",
    "execExprInterp.c",
    "domains.c",
    "ri_triggers.c",
    "nbtinsert.c",
    "tuplesort.c",
    "tuplesortvariants.c",
    "execIndexing.c",
    "tablecmds.c",
];

/// A stop sign that the parts of one run share.
#[derive(Debug, Clone, Default)]
pub struct Stop {
    is_set: Arc<AtomicBool>,
    /// Whether signals are passed over.
    is_deaf: bool,
}

impl Stop {
    /// For what is to come to its end, also after a signal.
    pub fn deaf() -> Stop {
        Stop { is_deaf: true, ..Stop::default() }
    }

    /// Makes all parts of the run give up.
    pub fn set(&self) {
        self.is_set.store(true, Ordering::SeqCst);
    }

    /// Whether to give up, for this reason or a signal.
    pub fn check(&self) -> Result<(), Error> {
        if !self.is_deaf {
            interrupt::check()?;
        }
        if self.is_set.load(Ordering::SeqCst) { Err(Error::Stopped) } else { Ok(()) }
    }
}

/// When a password is asked for on the terminal.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Prompt {
    /// When the server wants one and none is known.
    IfNeeded,
    /// Before connecting.
    Always,
    /// Never.
    Never,
}

/// What a connection is made from: libpq's keywords and values, only those that were given. libpq adds its environment
/// variables, service file and password file to them.
#[derive(Clone)]
pub struct Settings {
    values: BTreeMap<String, String>,
    prompt: Prompt,
    role: Option<String>,
}

/// Keywords whose values nobody may see.
fn is_secret(keyword: &str) -> bool {
    matches!(keyword, "password" | "sslpassword" | "oauth_client_secret" | "scram_client_key" | "scram_server_key")
}

impl Settings {
    /// Settings with these values, without the empty ones.
    pub fn new(values: impl IntoIterator<Item = (String, String)>, prompt: Prompt) -> Settings {
        Settings { values: values.into_iter().filter(|(_, value)| !value.is_empty()).collect(), prompt, role: None }
    }

    /// The same, with a role that the session takes on.
    pub fn with_role(self, role: Option<String>) -> Settings {
        Settings { role, ..self }
    }

    /// Whether a name is a connection string or a URI, by libpq's own rule.
    pub fn is_conninfo(name: &str) -> bool {
        name.starts_with("postgresql://") || name.starts_with("postgres://") || name.contains('=')
    }

    /// Adds what a connection string or URI says, in place of what is there.
    pub fn add_conninfo(&mut self, conninfo: &str) -> Result<(), Error> {
        let options = libpq::connection::Info::from(conninfo).map_err(|_| {
            // libpq's own message quotes the part it stumbled over, which may be the password.
            Error::Usage("the connection string or URI given as the database name cannot be read".into())
        })?;
        self.values.extend(options.into_iter().filter_map(|option| Some((option.keyword, option.val?))));
        Ok(())
    }

    /// The same with further startup options, behind those that are there.
    pub fn with_options(&self, options: &str) -> Settings {
        let mut settings = self.clone();
        let all = settings.values.entry("options".into()).or_default();
        *all = format!("{all} {options}").trim_start().to_owned();
        settings
    }

    /// The same for another database of the server.
    pub fn with_database(&self, name: &str) -> Settings {
        let mut settings = self.clone();
        settings.values.insert("dbname".into(), name.into());
        settings
    }

    /// The value of a keyword, when it was given.
    pub fn get(&self, keyword: &str) -> Option<&str> {
        self.values.get(keyword).map(String::as_str)
    }

    /// The settings as a connection string.
    fn conninfo(&self) -> String {
        conninfo(self.values.iter().map(|(keyword, value)| (keyword.as_str(), value.as_str())))
    }
}

impl std::fmt::Debug for Settings {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_map()
            .entries(self.values.iter().map(|(key, value)| (key, if is_secret(key) { "..." } else { value })))
            .finish()
    }
}

/// Writes a connection string, each value quoted.
pub fn conninfo<'a>(values: impl IntoIterator<Item = (&'a str, &'a str)>) -> String {
    let mut text = String::new();
    for (keyword, value) in values {
        if !text.is_empty() {
            text.push(' ');
        }
        text.push_str(keyword);
        text.push_str("='");
        for character in value.chars() {
            if matches!(character, '\'' | '\\') {
                text.push('\\');
            }
            text.push(character);
        }
        text.push('\'');
    }
    text
}

/// What outer programs need to connect just as a [`Session`] did, and to the very same server.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct ProgramSettings {
    /// Environment variables.
    pub environment: BTreeMap<String, String>,
    /// Values that have no environment variable and may be seen by others: the database's name among them.
    pub open: BTreeMap<String, String>,
    /// Values that have no environment variable and must not be seen.
    pub secret: BTreeMap<String, String>,
}

/// The rows of a result, as text.
pub struct Rows(PQResult);

impl Rows {
    /// How many rows there are.
    pub fn len(&self) -> usize {
        self.0.ntuples()
    }

    /// A field. None: NULL.
    pub fn get(&self, row: usize, column: usize) -> Option<&[u8]> {
        if row < self.0.ntuples() && column < self.0.nfields() { self.0.value(row, column) } else { None }
    }

    /// A field as text, empty when NULL. Bytes that are no UTF-8, which an SQL_ASCII database may hold, are replaced.
    pub fn text(&self, row: usize, column: usize) -> Cow<'_, str> {
        String::from_utf8_lossy(self.get(row, column).unwrap_or_default())
    }

    /// A field as a number.
    pub fn number<T: std::str::FromStr>(&self, row: usize, column: usize) -> anyhow::Result<T> {
        let text = self.text(row, column);
        text.parse().ok().with_context(|| format!("the server gave \"{text}\" where a number belongs"))
    }

    /// Whether a boolean field is true.
    pub fn is_true(&self, row: usize, column: usize) -> bool {
        self.get(row, column) == Some(b"t")
    }

    /// The OIDs of the columns' types. Of a domain it is the type that it is made of.
    pub fn column_types(&self) -> Vec<u32> {
        (0..self.0.nfields()).map(|column| self.0.field_type(column)).collect()
    }

    /// The bytes of a bytea field, which comes in hex.
    pub fn bytes(&self, row: usize, column: usize) -> anyhow::Result<Vec<u8>> {
        let text = self.get(row, column).unwrap_or_default();
        let digits = text.strip_prefix(b"\\x").context("the server gave a bytea that is not in hex")?;
        let digit = |byte: u8| (byte as char).to_digit(16).map(|digit| digit as u8);
        let bytes = digits.chunks(2).map(|pair| match pair {
            [high, low] => Some(digit(*high)? << 4 | digit(*low)?),
            _ => None,
        });
        bytes.collect::<Option<_>>().context("the server gave a bytea that is not in hex")
    }
}

/// One connection.
pub struct Session {
    connection: Connection,
    poll: RefCell<mio::Poll>,
    socket: i32,
    stop: Stop,
    /// Whether the role that logged in is superuser.
    is_superuser: bool,
    /// The role that it has taken on.
    role: Option<String>,
}

impl Session {
    /// Connects. Blocks no signal: libpq's own connecting, with its time-outs and several hosts, runs in a thread that
    /// is left behind when a signal comes.
    pub fn open(settings: &Settings, stop: Stop) -> anyhow::Result<Session> {
        let conninfo = settings.conninfo();
        let (sender, receiver) = mpsc::channel();
        std::thread::spawn(move || sender.send(Connection::new(&conninfo)));
        let connection = loop {
            match receiver.recv_timeout(interrupt::INTERVAL) {
                Ok(connection) => break connection,
                Err(mpsc::RecvTimeoutError::Timeout) => stop.check()?,
                Err(mpsc::RecvTimeoutError::Disconnected) => anyhow::bail!("the connecting thread ended early"),
            }
        };
        let connection = connection.map_err(|error| Error::Connect(error.to_string().trim_end().to_owned()))?;
        let socket = connection.socket()?;
        let poll = mio::Poll::new().context("cannot watch the connection")?;
        poll.registry()
            .register(&mut SourceFd(&socket), mio::Token(0), mio::Interest::READABLE)
            .context("cannot watch the connection")?;
        let is_superuser = connection.parameter_status("is_superuser").ok().as_deref() == Some("on");
        let role = settings.role.clone();
        let session = Session { connection, poll: RefCell::new(poll), socket, stop, is_superuser, role };
        if let Some(role) = &session.role {
            let statement = format!("SET ROLE \"{}\"", role.replace('"', "\"\""));
            session.execute(&statement).context("cannot take on the role (--role)")?;
        }
        session.prepare().context("cannot set up the session")?;
        Ok(session)
    }

    /// Connects as [`Session::open`] does, asking for a password as the settings say. A password that was typed is put
    /// into the settings, so that further connections and outer programs have it.
    pub fn open_asking(settings: &mut Settings, stop: Stop) -> anyhow::Result<Session> {
        let session = Session::ask_and_open(settings, stop)?;
        let version = session.parameter("server_version");
        let version = version.split_whitespace().next().unwrap_or_default();
        logging::to_file_only(&format!("Target DB version: {version}"));
        Ok(session)
    }

    fn ask_and_open(settings: &mut Settings, stop: Stop) -> anyhow::Result<Session> {
        if settings.prompt == Prompt::Always {
            let password = password::ask("Password: ")?.ok_or_else(|| {
                Error::Usage("--password was given, and there is no terminal to ask for the password on".into())
            })?;
            settings.values.insert("password".into(), password.expose().to_owned());
        }
        let error = match Session::open(settings, stop.clone()) {
            Ok(session) => return Ok(session),
            Err(error) => error,
        };
        // libpq has no translations here (no locale is set), so that its English is what comes.
        let wanted =
            matches!(error.downcast_ref(), Some(Error::Connect(message)) if message.contains("no password supplied"));
        if !wanted || settings.prompt != Prompt::IfNeeded {
            return Err(error);
        }
        let Some(password) = password::ask("Password: ")? else { return Err(error) };
        settings.values.insert("password".into(), password.expose().to_owned());
        Session::open(settings, stop)
    }

    /// Sets what pg_dump sets in its sessions, so that the data comes out as pg_dump would write it and nothing the
    /// role or database has set stands in the way.
    fn prepare(&self) -> anyhow::Result<()> {
        // In an SQL_ASCII database any bytes may come, and a conversion would refuse those that are no UTF-8.
        let ascii = self.parameter("server_encoding") == "SQL_ASCII";
        self.query(include_str!("../sql/session.sql"), &[Some(if ascii { "SQL_ASCII" } else { "UTF8" })])?;
        // The dictionary is a parameter of statements, and its salts should not be in the server's log.
        let may_set = match self.server_version() {
            150_000.. => "pg_catalog.has_parameter_privilege('log_parameter_max_length', 'SET')",
            _ => "pg_catalog.current_setting('is_superuser')::pg_catalog.bool",
        };
        self.query(
            &format!("SELECT pg_catalog.set_config('log_parameter_max_length', '0', false) WHERE {may_set}"),
            &[],
        )?;
        Ok(())
    }

    /// Runs one statement with text parameters and gives its rows.
    pub fn query(&self, statement: &str, parameters: &[Option<&str>]) -> anyhow::Result<Rows> {
        let values: Vec<Option<Vec<u8>>> =
            parameters.iter().map(|value| value.map(|value| [value.as_bytes(), b"\0"].concat())).collect();
        let values: Vec<Option<&[u8]>> = values.iter().map(Option::as_deref).collect();
        self.connection
            .send_query_params(statement, &[], &values, &[], Format::Text)
            .map_err(|error| self.broken(&error))?;
        let result = self.result().inspect_err(|_| self.drain())?.context("the server gave no result")?;
        while self.result()?.is_some() {}
        Ok(Rows(result))
    }

    /// Runs one statement that takes no parameters and gives no rows.
    pub fn execute(&self, statement: &str) -> anyhow::Result<()> {
        self.query(statement, &[]).map(drop)
    }

    /// Runs several statements that take no parameters and give no rows.
    pub fn execute_all(&self, statements: &str) -> anyhow::Result<()> {
        self.connection.send_query(statements).map_err(|error| self.broken(&error))?;
        while self.result().inspect_err(|_| self.drain())?.is_some() {}
        Ok(())
    }

    /// Runs statements of which the last one is a `COPY ... TO STDOUT`, and hands over what comes, message by message.
    /// They go to the server at once, and none runs after one that failed. When the sink fails, the session cannot be used
    /// any more.
    pub fn copy_out(&self, statements: &str, mut sink: impl FnMut(&[u8]) -> anyhow::Result<()>) -> anyhow::Result<()> {
        self.connection.send_query(statements).map_err(|error| self.broken(&error))?;
        loop {
            let result = self.result().inspect_err(|_| self.drain())?.context("the server did not begin a COPY")?;
            if result.status() == Status::CopyOut {
                break;
            }
        }
        loop {
            match self.connection.copy_data(true) {
                Ok(message) => {
                    if let Err(error) = sink(&message) {
                        self.cancel();
                        return Err(error);
                    }
                }
                Err(libpq::errors::Error::Backend(state)) if state == "COPY still in progress" => self.wait()?,
                // Done, or broken: which of them the result says.
                Err(_) => break,
            }
        }
        while let Some(result) = self.result().inspect_err(|_| self.drain())? {
            anyhow::ensure!(result.status() != Status::CopyOut, "the connection broke during a COPY");
        }
        Ok(())
    }

    /// Runs a `COPY ... FROM STDIN` with what `source` gives, piece by piece, until it gives an empty piece. Gives the number
    /// of rows. When the source fails, the statement does.
    pub fn copy_in(
        &self,
        statement: &str,
        mut source: impl FnMut(&mut Vec<u8>) -> anyhow::Result<()>,
    ) -> anyhow::Result<u64> {
        self.connection.send_query(statement).map_err(|error| self.broken(&error))?;
        let begun = self.result().inspect_err(|_| self.drain())?.context("the server did not begin a COPY")?;
        anyhow::ensure!(begun.status() == Status::CopyIn, "the server did not begin a COPY");
        let mut piece = Vec::new();
        let fed = loop {
            piece.clear();
            if let Err(error) = self.stop.check().map_err(Into::into).and_then(|()| source(&mut piece)) {
                break Err(error);
            }
            // A server that has refused a row takes no more: why, its result says.
            if piece.is_empty() || self.connection.put_copy_data(&piece).is_err() {
                break Ok(());
            }
        };
        let _ = self.connection.put_copy_end(fed.as_ref().err().map(|_| "stopped by the client"));
        let mut rows = 0;
        let ended = loop {
            match self.result() {
                Ok(Some(result)) => rows = result.cmd_tuples().unwrap_or(0) as u64,
                Ok(None) => break Ok(rows),
                Err(error) => {
                    self.drain();
                    break Err(error);
                }
            }
        };
        fed.and(ended)
    }

    /// The next result of the statement that runs. An error of the server's is an error.
    fn result(&self) -> anyhow::Result<Option<PQResult>> {
        while self.connection.is_busy() {
            self.wait()?;
        }
        let Some(result) = self.connection.result() else { return Ok(None) };
        match result.status() {
            Status::FatalError | Status::BadResponse | Status::NonFatalError => {
                // Another part of the run has most likely cancelled it: its reason counts, not the cancelling.
                self.stop.check()?;
                Err(Error::Server(self.server_error(&result)).into())
            }
            _ => Ok(Some(result)),
        }
    }

    /// Takes what is left of a statement that failed, so that the next one can run.
    fn drain(&self) {
        if self.stop.check().is_ok() {
            while self.connection.result().is_some() {}
        }
    }

    /// Waits until something comes from the server, and takes it in. After a stop sign the statement is cancelled.
    fn wait(&self) -> anyhow::Result<()> {
        self.stop.check().inspect_err(|_| self.cancel())?;
        self.wait_for(interrupt::INTERVAL)?;
        if let Err(error) = self.connection.consume_input() {
            // The server's last words, if it had time for them, are in the result.
            if let Some(result) = self.connection.result()
                && result.status() == Status::FatalError
            {
                return Err(Error::Server(self.server_error(&result)).into());
            }
            return Err(self.broken(&error));
        }
        Ok(())
    }

    /// Waits until there is something to read, at most this long.
    fn wait_for(&self, time: Duration) -> anyhow::Result<()> {
        let mut poll = self.poll.borrow_mut();
        // The poll tells of changes only, and libpq need not have read all there was: asking anew tells what is there.
        poll.registry()
            .reregister(&mut SourceFd(&self.socket), mio::Token(0), mio::Interest::READABLE)
            .context("cannot watch the connection")?;
        match poll.poll(&mut mio::Events::with_capacity(1), Some(time)) {
            Err(error) if error.kind() != io::ErrorKind::Interrupted => {
                Err(error).context("cannot watch the connection")
            }
            _ => Ok(()),
        }
    }

    /// Asks the server to give up the statement that runs. The session is not used afterwards.
    fn cancel(&self) {
        if let Err(error) = self.connection.cancel().request() {
            log::debug!("cannot cancel the statement of backend {}: {error}", self.connection.backend_pid());
        }
    }

    /// Fails when the server has closed the connection, or the server is gone, while no statement runs.
    pub fn check_alive(&self) -> anyhow::Result<()> {
        match self.connection.consume_input() {
            Ok(()) if self.connection.status() == libpq::connection::Status::Ok => Ok(()),
            Ok(()) => Err(self.broken(&libpq::errors::Error::Unknow)),
            Err(error) => {
                // Makes libpq read, and write to stderr, the server's last words, which come without having been asked.
                self.connection.is_busy();
                Err(self.broken(&error))
            }
        }
    }

    /// The error of a connection that broke.
    fn broken(&self, error: &libpq::errors::Error) -> anyhow::Error {
        let message = match self.connection.error_message().map(str::trim) {
            Some(message) if !message.is_empty() => message.to_owned(),
            _ => error.to_string(),
        };
        // libpq breaks its lines for a terminal of its own.
        let message = message.split_whitespace().collect::<Vec<_>>().join(" ");
        Error::Server(ServerError { message, ..ServerError::default() }).into()
    }

    fn server_error(&self, result: &PQResult) -> ServerError {
        let field = |field| result.error_field(field).ok().flatten().map(str::to_owned);
        match field(ErrorField::MessagePrimary) {
            Some(message) => ServerError {
                sqlstate: field(ErrorField::Sqlstate).unwrap_or_default(),
                message,
                detail: field(ErrorField::MessageDetail),
                hint: field(ErrorField::MessageHint),
                // A function may raise an error with any text as the name.
                constraint: field(ErrorField::ConstraintName)
                    .filter(|_| field(ErrorField::SourceFile).is_some_and(|file| NAMES_CONSTRAINTS.contains(&&*file)))
                    .map(Into::into),
                by_extension: field(ErrorField::SourceFile).is_some_and(|file| file.ends_with(".rs")),
            },
            // libpq's own words, or bytes that are no UTF-8.
            None => {
                let message = result.error_message().ok().flatten().unwrap_or_else(|| "unknown error".to_owned());
                let message = message.split_whitespace().collect::<Vec<_>>().join(" ");
                ServerError { message, ..ServerError::default() }
            }
        }
    }

    /// What the server reports of itself, empty when it does not report it.
    pub fn parameter(&self, name: &str) -> String {
        self.connection.parameter_status(name).unwrap_or_default()
    }

    /// The server's version as a number: 150020 is 15.20.
    pub fn server_version(&self) -> i32 {
        self.connection.server_version()
    }

    /// The name of the database, for messages.
    pub fn database(&self) -> String {
        visible(&self.connection.db().unwrap_or_default()).into_owned()
    }

    /// Whether the server is on this machine: the connection goes by a socket in a folder.
    pub fn is_local(&self) -> bool {
        self.connection.host().is_ok_and(|host| host.starts_with('/'))
    }

    /// Whether the role that logged in is superuser: what runs in the session can have all its rights, also when another
    /// role was taken on.
    pub fn is_superuser(&self) -> bool {
        self.is_superuser
    }

    /// The role that the session has taken on.
    pub fn role(&self) -> Option<&str> {
        self.role.as_deref()
    }

    /// A string as an SQL literal.
    pub fn literal(&self, text: &str) -> anyhow::Result<String> {
        let quoted = self.connection.escape_literal(text).map_err(|error| self.broken(&error))?;
        Ok(String::from_utf8_lossy(quoted.as_ref()).into_owned())
    }

    /// All settings that this connection was made with, from every source, and the one server it reached of the several
    /// that a list of hosts or a name with several addresses may stand for: a snapshot is known to that server only.
    fn resolved(&self) -> anyhow::Result<Vec<libpq::connection::Info>> {
        let mut options: Vec<_> = self.connection.info()?.into_values().collect();
        let host = self.connection.host().unwrap_or_default();
        let address = self.connection.hostaddr().unwrap_or_default();
        let port = self.connection.port().unwrap_or_default();
        for option in &mut options {
            match option.keyword.as_str() {
                "host" => option.val = Some(host.clone()),
                "hostaddr" => option.val = Some(address.clone()),
                "port" => option.val = Some(port.clone()),
                // Already worked into the other settings.
                "service" | "servicefile" => option.val = None,
                _ => {}
            }
        }
        options.retain(|option| option.val.as_deref().is_some_and(|value| !value.is_empty()));
        Ok(options)
    }

    /// The settings of further connections to the very same server.
    pub fn settings(&self) -> anyhow::Result<Settings> {
        let values = self.resolved()?.into_iter().filter_map(|option| Some((option.keyword, option.val?)));
        Ok(Settings::new(values, Prompt::Never).with_role(self.role.clone()))
    }

    /// The same for outer programs.
    pub fn program_settings(&self) -> anyhow::Result<ProgramSettings> {
        let mut settings = ProgramSettings::default();
        for option in self.resolved()? {
            let Some(value) = option.val else { continue };
            match option.envvar {
                _ if option.keyword == "dbname" => settings.open.insert(option.keyword, value),
                // Unless the user names the connections, pg_dump and pg_restore name themselves.
                _ if option.keyword == "fallback_application_name" => None,
                Some(variable) => settings.environment.insert(variable, value),
                None if is_secret(&option.keyword) => settings.secret.insert(option.keyword, value),
                None => settings.open.insert(option.keyword, value),
            };
        }
        Ok(settings)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn settings(conninfo: &str) -> Settings {
        let mut settings = Settings::new([("host".into(), "from-flag".into())], Prompt::Never);
        settings.add_conninfo(conninfo).unwrap();
        settings
    }

    #[test]
    fn a_database_name_is_told_from_a_connection_string_as_libpq_does() {
        assert!(Settings::is_conninfo("host=a dbname=b"));
        assert!(Settings::is_conninfo("postgresql://a/b"));
        assert!(!Settings::is_conninfo("my shop"));
    }

    #[test]
    fn what_a_uri_says_wins_over_the_options() {
        let settings = settings("postgresql://ann:hush@db:5433/shop?sslmode=require");
        assert_eq!(settings.get("host"), Some("db"));
        assert_eq!(settings.get("port"), Some("5433"));
        assert_eq!(settings.get("password"), Some("hush"));
        assert_eq!(settings.get("sslmode"), Some("require"));
    }

    #[test]
    fn an_unreadable_connection_string_is_a_usage_error_that_does_not_quote_it() {
        let mut settings = Settings::new([], Prompt::Never);
        let error = settings.add_conninfo("dbname=x password=hu sh").unwrap_err();
        assert!(matches!(error, Error::Usage(_)));
        assert!(!error.to_string().contains("sh\""), "{error}");
    }

    #[test]
    fn debug_output_shows_no_password() {
        let settings = settings("host=a password=hush sslpassword=hush2");
        assert!(!format!("{settings:?}").contains("hush"));
    }

    #[test]
    fn values_are_quoted_in_a_connection_string() {
        let text = conninfo([("dbname", "a 'b' \\c"), ("user", "x")]);
        assert_eq!(text, "dbname='a \\'b\\' \\\\c' user='x'");
        let mut settings = Settings::new([], Prompt::Never);
        settings.add_conninfo(&text).unwrap();
        assert_eq!(settings.get("dbname"), Some("a 'b' \\c"));
    }
}
