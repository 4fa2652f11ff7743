//! pg_dump and pg_restore: finding one that fits, its command line, and running it. They connect just as we do, and no
//! password is ever on their command line.

use std::ffi::OsString;
use std::io::{BufRead as _, BufReader, Write as _};
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdout, Command, Stdio};
use std::sync::mpsc;
use std::time::Duration;

use anyhow::Context as _;
use rustix::io::Errno;
use rustix::process::{Pid, Signal, WaitId, WaitIdOptions, kill_process, waitid};

use crate::compress::Compression;
use crate::config::{ProgramPlace, ProgramSearch};
use crate::connection::{ProgramSettings, Stop, conninfo};
use crate::error::Error;
use crate::interrupt;
use crate::key;
use crate::logging;

/// How long a program that was asked to end may take to cancel its statements.
const END_PATIENCE: Duration = Duration::from_secs(3);

/// How long pg_dump waits for the tables' locks. We hold them already, so that it waits only behind somebody who waits for us.
const LOCK_PATIENCE: Duration = Duration::from_secs(5);

/// Whether pg_dump says that it waited too long for locks (it sets the timeout of statements for that).
pub fn is_lock_timeout(messages: &str) -> bool {
    messages.contains("LOCK TABLE ") && messages.contains("canceling statement due to statement timeout")
}

/// Which of the two programs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// pg_dump.
    Dump,
    /// pg_restore.
    Restore,
}

impl Kind {
    /// The program's name.
    pub fn name(self) -> &'static str {
        match self {
            Kind::Dump => "pg_dump",
            Kind::Restore => "pg_restore",
        }
    }

    /// The option that names it.
    pub fn option(self) -> &'static str {
        match self {
            Kind::Dump => "--pg-dump",
            Kind::Restore => "--pg-restore",
        }
    }
}

/// A program that was found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Program {
    kind: Kind,
    path: PathBuf,
    /// Its version, such as `15.20`.
    pub version: String,
    /// Its major version, such as 15.
    pub major: i32,
}

/// The version in what `pg_dump --version` prints: `pg_dump (PostgreSQL) 15.20 (Debian 15.20-0+deb12u1)`.
fn parse_version(kind: Kind, output: &str) -> Option<(String, i32)> {
    let rest = output.trim().strip_prefix(kind.name())?;
    let version = rest.split_once(") ")?.1.split_whitespace().next()?;
    Some((version.to_owned(), major(version)?))
}

/// The major version of a version's text: 15 of `15.20`, 19 of `19beta1`.
pub fn major(version: &str) -> Option<i32> {
    let digits = version.split(|character: char| !character.is_ascii_digit()).next()?;
    digits.parse().ok()
}

/// Which of several major versions to take: of those from `least` on the lowest that is not below `preferred`, else the
/// highest. The first one of equals.
fn choose(majors: &[i32], least: i32, preferred: i32) -> Option<usize> {
    let fitting = || majors.iter().enumerate().filter(|(_, major)| **major >= least);
    let at_least_preferred = fitting().filter(|(_, major)| **major >= preferred).min_by_key(|(_, major)| **major);
    let best = at_least_preferred.or_else(|| fitting().rev().max_by_key(|(_, major)| **major));
    best.map(|(index, _)| index)
}

impl Program {
    /// Finds a program of major version `least` or newer, if possible `preferred`, for a server of major version `server`.
    pub fn find(
        kind: Kind,
        search: &ProgramSearch,
        server: i32,
        least: i32,
        preferred: i32,
    ) -> anyhow::Result<Program> {
        let program = Program::look_for(kind, &search.for_server(kind, server)?, least, preferred)?;
        logging::to_file_only(&format!("{} path: {}", kind.name(), program.path.display()));
        Ok(program)
    }

    fn look_for(kind: Kind, place: &ProgramPlace, least: i32, preferred: i32) -> anyhow::Result<Program> {
        let name = kind.name();
        match place {
            ProgramPlace::File { path, by } => {
                let program = Program::ask(kind, path).map_err(|reason| {
                    Error::Program(format!("{by}: {} is not a usable {name}: {reason}", path.display()))
                })?;
                if program.major < least {
                    return Err(Error::Program(format!(
                        "{} is {name} {}, and PostgreSQL {least} or newer is needed\n\
                         HINT: Install the package postgresql-client-{least}, or name another file with {}.",
                        path.display(),
                        program.version,
                        kind.option()
                    ))
                    .into());
                }
                Ok(program)
            }
            ProgramPlace::Path(folders) => {
                let mut found: Vec<Program> = Vec::new();
                let installed: Vec<PathBuf> = installations().into_iter().map(|folder| folder.join("bin")).collect();
                // Debian's /usr/bin/pg_dump takes a while to choose among the installed versions: it is asked only when
                // they do not have the right one.
                for folders in [installed.as_slice(), folders] {
                    for path in folders.iter().map(|folder| folder.join(name)).filter(|path| path.is_file()) {
                        match Program::ask(kind, &path) {
                            Ok(program) => found.push(program),
                            Err(reason) => log::debug!("{} is passed over: {reason}", path.display()),
                        }
                    }
                    if found.iter().any(|program| program.major == preferred.max(least)) {
                        break;
                    }
                }
                let majors: Vec<i32> = found.iter().map(|program| program.major).collect();
                if let Some(index) = choose(&majors, least, preferred) {
                    return Ok(found.swap_remove(index));
                }
                let found = match majors.iter().max() {
                    Some(newest) => format!("the newest one found is of PostgreSQL {newest}"),
                    None => "none was found".to_owned(),
                };
                Err(Error::Program(format!(
                    "{name} of PostgreSQL {least} or newer is needed, and {found}\n\
                     HINT: Install the package postgresql-client-{least}, or name the file with {}.",
                    kind.option()
                ))
                .into())
            }
        }
    }

    fn ask(kind: Kind, path: &Path) -> Result<Program, String> {
        if !path.is_file() {
            return Err("there is no such file".to_owned());
        }
        let output = Command::new(path)
            .arg("--version")
            .env_remove(key::VARIABLE)
            .env("LC_ALL", "C")
            .stdin(Stdio::null())
            .output()
            .map_err(|error| error.to_string())?;
        let (version, major) = parse_version(kind, &String::from_utf8_lossy(&output.stdout))
            .ok_or_else(|| format!("it does not say a version of {}", kind.name()))?;
        Ok(Program { kind, path: path.to_owned(), version, major })
    }

    /// Where it is.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Starts it with these arguments and with the settings to connect, hands each line that it says to `line`, and calls
    /// `at_end` once [`Running::ended`] tells its end.
    pub fn start(
        &self,
        arguments: &[OsString],
        settings: &ProgramSettings,
        line: impl FnMut(String) + Send + 'static,
        at_end: impl FnOnce() + Send + 'static,
    ) -> anyhow::Result<Running> {
        self.launch(arguments, settings, Stdio::null(), line, at_end)
    }

    /// Fails unless it takes these options, tried on the list of an archive.
    pub fn check_options(&self, options: &[String], folder: &Path, stop: &Stop) -> anyhow::Result<()> {
        if options.is_empty() {
            return Ok(());
        }
        let mut arguments: Vec<OsString> = options.iter().map(OsString::from).collect();
        arguments.extend(["--format=directory".into(), "--list".into(), folder.into()]);
        let (line, errors) = collect_errors(self.kind);
        let ended = self.start(&arguments, &ProgramSettings::default(), line, || {})?.wait(stop)?;
        if ended.success {
            return Ok(());
        }
        let errors: Vec<String> = errors.try_iter().filter(|error| !error.starts_with("hint: ")).collect();
        let (name, version) = (self.kind.name(), &self.version);
        Err(Error::Usage(format!("{name} {version} does not take these options: {}", errors.join("\n"))).into())
    }

    /// Starts it without a connection, and gives what it writes to stdout.
    pub fn start_writing(
        &self,
        arguments: &[OsString],
        line: impl FnMut(String) + Send + 'static,
    ) -> anyhow::Result<(Running, ChildStdout)> {
        let mut running = self.launch(arguments, &ProgramSettings::default(), Stdio::piped(), line, || {})?;
        let output = running.child.stdout.take().context("the program's output is not there")?;
        Ok((running, output))
    }

    fn launch(
        &self,
        arguments: &[OsString],
        settings: &ProgramSettings,
        output: Stdio,
        mut line: impl FnMut(String) + Send + 'static,
        at_end: impl FnOnce() + Send + 'static,
    ) -> anyhow::Result<Running> {
        let shown = arguments.iter().map(|argument| argument.to_string_lossy()).collect::<Vec<_>>();
        let shown = shlex::try_join(shown.iter().map(AsRef::as_ref)).unwrap_or_else(|_| shown.join(" "));
        log::debug!("running {} {shown}", self.path.display());
        let secrets = secrets_file(settings)?;
        let mut command = Command::new(&self.path);
        command
            .args(arguments)
            .env_remove(key::VARIABLE)
            .env_remove("PGSERVICE")
            .env_remove("PGSERVICEFILE")
            .envs(&settings.environment)
            .env("LC_ALL", "C")
            .stdin(Stdio::null())
            .stdout(output)
            .stderr(Stdio::piped());
        if let Some(file) = &secrets {
            command.env("PGSERVICEFILE", file.path()).env("PGSERVICE", SECRETS_SERVICE);
        }
        let mut child = command.spawn().with_context(|| format!("cannot run {}", self.path.display()))?;
        let messages = child.stderr.take().context("the program's messages are not there")?;
        let pid = i32::try_from(child.id()).ok().and_then(Pid::from_raw);
        let (sender, at_rest) = mpsc::channel();
        std::thread::spawn(move || {
            let mut messages = BufReader::new(messages);
            let mut bytes = Vec::new();
            while matches!(messages.read_until(b'\n', &mut bytes), Ok(1..)) {
                line(String::from_utf8_lossy(&bytes).trim_end().to_owned());
                bytes.clear();
            }
            if let Some(pid) = pid {
                // Its number stays its own until it is waited for by its `Child`.
                let options = WaitIdOptions::EXITED | WaitIdOptions::NOWAIT;
                while matches!(waitid(WaitId::Pid(pid), options), Err(Errno::INTR)) {}
            }
            let _ = sender.send(());
            at_end();
        });
        Ok(Running { child, at_rest, _secrets: secrets })
    }
}

/// The folders of installed versions, Debian's and Red Hat's way.
fn installations() -> Vec<PathBuf> {
    let mut folders = Vec::new();
    for (parent, prefix) in [("/usr/lib/postgresql", ""), ("/usr", "pgsql-")] {
        let Ok(entries) = std::fs::read_dir(parent) else { continue };
        let names = entries.filter_map(|entry| entry.ok()?.file_name().into_string().ok());
        let versions = names.filter_map(|name| name.strip_prefix(prefix)?.parse::<i32>().ok());
        folders.extend(versions.map(|version| Path::new(parent).join(format!("{prefix}{version}"))));
    }
    folders
}

/// The section of the service file made by [`secrets_file`].
const SECRETS_SERVICE: &str = "pg_anon";

/// Secrets that libpq takes from no environment variable (the password of a TLS key) go by a service file, which only
/// its owner can read and which is removed at the end.
fn secrets_file(settings: &ProgramSettings) -> anyhow::Result<Option<tempfile::NamedTempFile>> {
    if settings.secret.is_empty() {
        return Ok(None);
    }
    let mut content = format!("[{SECRETS_SERVICE}]\n");
    for (keyword, value) in &settings.secret {
        if value.contains(['\n', '\r']) {
            return Err(Error::Usage(format!("{keyword} holds a line break, which cannot be handed to pg_dump")).into());
        }
        content.push_str(&format!("{keyword}={value}\n"));
    }
    // tempfile makes files that only their owner can read.
    let mut file = tempfile::NamedTempFile::new().context("cannot create a temporary file")?;
    file.write_all(content.as_bytes()).context("cannot write a temporary file")?;
    Ok(Some(file))
}

/// A program that runs. It is asked to end, so that it cancels its statements, when this goes out of scope.
pub struct Running {
    child: Child,
    /// Tells, or is closed, when it has ended and all that it said was handed over.
    at_rest: mpsc::Receiver<()>,
    _secrets: Option<tempfile::NamedTempFile>,
}

/// How a program ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Ended {
    /// Whether with exit status 0.
    pub success: bool,
    /// How, in words.
    pub status: String,
}

impl Running {
    /// How it ended. None: it still runs.
    pub fn ended(&mut self) -> anyhow::Result<Option<Ended>> {
        self.ended_within(Duration::ZERO)
    }

    /// How it ended, as soon as it does. None: it still runs after this time.
    pub fn ended_within(&mut self, time: Duration) -> anyhow::Result<Option<Ended>> {
        // What it said last is to be there before its end is told.
        if let Err(mpsc::RecvTimeoutError::Timeout) = self.at_rest.recv_timeout(time) {
            return Ok(None);
        }
        let status = self.child.wait().context("cannot wait for the program")?;
        Ok(Some(Ended { success: status.success(), status: status.to_string() }))
    }

    /// Waits until it ends.
    pub fn wait(&mut self, stop: &Stop) -> anyhow::Result<Ended> {
        loop {
            let ended = self.ended_within(interrupt::INTERVAL)?;
            stop.check()?;
            if let Some(ended) = ended {
                return Ok(ended);
            }
        }
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        if let Ok(None) = self.child.try_wait() {
            if let Ok(pid) = i32::try_from(self.child.id())
                && let Some(pid) = Pid::from_raw(pid)
            {
                let _ = kill_process(pid, Signal::TERM);
            }
            let _ = self.at_rest.recv_timeout(END_PATIENCE);
            let _ = self.child.kill();
            let _ = self.child.wait();
        }
    }
}

/// What pg_dump is asked for.
#[derive(Clone)]
pub struct DumpCommand<'a> {
    /// Its major version.
    pub major: i32,
    /// Folder to write to.
    pub folder: &'a Path,
    /// Name of the exported snapshot. None: a snapshot of its own, and it waits for the tables' locks as long as it takes.
    pub snapshot: Option<&'a str>,
    /// The database's own encoding.
    pub encoding: &'a str,
    /// How data files are compressed.
    pub compress: Compression,
    /// The options that choose objects, such as `--exclude-schema`, with exact patterns.
    pub objects: &'a [OsString],
    /// Whether grants are left out.
    pub no_privileges: bool,
    /// Whether comments are left out.
    pub no_comments: bool,
    /// The role that it takes on.
    pub role: Option<&'a str>,
    /// How long it waits for a table's lock. None: for ever, unless a snapshot is given.
    pub lock_wait: Option<Duration>,
    /// Further arguments.
    pub more: &'a [String],
    /// Whether it says all that it does.
    pub verbose: bool,
    /// Values that have no environment variable.
    pub settings: &'a ProgramSettings,
}

impl DumpCommand<'_> {
    fn common(&self) -> Vec<OsString> {
        let mut arguments: Vec<OsString> = vec![
            "--format=directory".into(),
            "--no-password".into(),
            "--no-sync".into(),
            self.compress.pg_dump_option().into(),
            format!("--encoding={}", self.encoding).into(),
        ];
        if let Some(snapshot) = self.snapshot {
            arguments.push(format!("--snapshot={snapshot}").into());
        }
        let mut file = OsString::from("--file=");
        file.push(self.folder);
        arguments.push(file);
        if self.no_privileges {
            arguments.push("--no-privileges".into());
        }
        if self.no_comments {
            arguments.push("--no-comments".into());
        }
        if self.major >= 18 {
            // They hold values of columns.
            arguments.push("--no-statistics".into());
        }
        if let Some(role) = self.role {
            arguments.push(format!("--role={role}").into());
        }
        arguments.extend(self.more.iter().map(Into::into));
        if self.verbose {
            arguments.push("--verbose".into());
        }
        arguments
    }

    fn target(&self) -> OsString {
        let values = self.settings.open.iter().map(|(keyword, value)| (keyword.as_str(), value.as_str()));
        format!("--dbname={}", conninfo(values)).into()
    }

    /// The arguments for the structure: all of it, or only what the data belongs to. Both sections come from one call: only
    /// then are the numbers of the entries, with gaps for the data, those of a whole dump.
    pub fn structure(&self, whole: bool) -> Vec<OsString> {
        let mut arguments = self.common();
        arguments.push("--section=pre-data".into());
        if whole {
            arguments.push("--section=post-data".into());
        }
        // Whoever has a table may be waiting for the connection that holds the snapshot: then this would wait for ever.
        let wait = self.lock_wait.into_iter().chain(self.snapshot.map(|_| LOCK_PATIENCE)).min();
        if let Some(wait) = wait {
            arguments.push(format!("--lock-wait-timeout={}", wait.as_millis()).into());
        }
        // The name changed in PostgreSQL 16.
        arguments.push(if self.major >= 16 { "--no-large-objects" } else { "--no-blobs" }.into());
        arguments.extend_from_slice(self.objects);
        arguments.push(self.target());
        arguments
    }

    /// The arguments for the large objects alone. Up to PostgreSQL 16 the objects without their content are in the
    /// section before the data; later ones have no way to leave the content out.
    pub fn large_objects(&self, content: bool) -> Vec<OsString> {
        let mut arguments = self.common();
        if !content && self.major <= 16 {
            arguments.push("--section=pre-data".into());
        }
        arguments.push(if self.major >= 16 { "--large-objects" } else { "--blobs" }.into());
        arguments.push("--exclude-schema=*".into());
        arguments.push(self.target());
        arguments
    }
}

/// What pg_restore is asked for.
#[derive(Clone)]
pub struct RestoreCommand<'a> {
    /// Folder of the archive.
    pub folder: &'a Path,
    /// File with the list of the entries to restore.
    pub list: &'a Path,
    /// How many connections restore at the same time.
    pub jobs: usize,
    /// Whether grants are left out.
    pub no_privileges: bool,
    /// Whether comments are left out.
    pub no_comments: bool,
    /// The role that restores. None: who connects.
    pub role: Option<&'a str>,
    /// Further options.
    pub further: &'a [String],
    /// How to connect.
    pub settings: &'a ProgramSettings,
}

impl RestoreCommand<'_> {
    /// The arguments.
    pub fn arguments(&self) -> Vec<OsString> {
        let mut arguments: Vec<OsString> = vec![
            "--format=directory".into(),
            "--no-password".into(),
            // Its messages tell how far it is.
            "--verbose".into(),
            "--no-owner".into(),
            format!("--jobs={}", self.jobs).into(),
        ];
        if self.no_privileges {
            arguments.push("--no-privileges".into());
        }
        if self.no_comments {
            arguments.push("--no-comments".into());
        }
        if let Some(role) = self.role {
            arguments.push(format!("--role={role}").into());
        }
        let mut option = OsString::from("--use-list=");
        option.push(self.list);
        arguments.push(option);
        arguments.extend(self.further.iter().map(OsString::from));
        let values = self.settings.open.iter().map(|(keyword, value)| (keyword.as_str(), value.as_str()));
        arguments.push(format!("--dbname={}", conninfo(values)).into());
        arguments.push(self.folder.into());
        arguments
    }
}

/// What a line of pg_restore's stderr says, and whether it says that it is an error. Several processes write there, each a line
/// in pieces: its name, a space, "error: ", and then the words with the line's end, which stay together. So the words may
/// stand behind the beginnings of other processes' lines, or without a beginning of their own.
pub fn restore_message(line: &str) -> (&str, bool) {
    let (mut rest, mut is_error) = (line, false);
    loop {
        if let Some(more) = rest.strip_prefix("error: ") {
            (rest, is_error) = (more, true);
        } else if let Some(more) = rest.strip_prefix("pg_restore:").or_else(|| rest.strip_prefix(' ')) {
            rest = more;
        } else {
            return (rest, is_error);
        }
    }
}

/// The errors among pg_restore's messages, without what may quote a row: details, contexts and statements.
#[derive(Debug, Default)]
pub struct RestoreErrors {
    errors: Vec<String>,
    /// The entry that the next error is about, as pg_restore names it: `TABLE DATA public t`.
    entry: Option<String>,
    /// Whether lines that follow belong to an error that is shown.
    shown: bool,
}

impl RestoreErrors {
    /// Takes the next line.
    pub fn line(&mut self, line: &str) {
        let (message, is_error) = restore_message(line);
        // What stands behind "error: " when that went to another process's line.
        let is_of_server = ["could not execute query: ERROR: ", "COPY failed for table "]
            .iter()
            .any(|words| message.starts_with(words));
        if let Some(entry) = message.strip_prefix("from TOC entry ") {
            // `3592; 826 17400 DEFAULT ACL ...`: the numbers tell nothing.
            self.entry = entry.splitn(4, ' ').nth(3).map(str::to_owned);
            self.shown = false;
        } else if is_error || is_of_server {
            let error = without_value(message);
            self.errors.push(match self.entry.take() {
                Some(entry) => format!("{entry}: {error}"),
                None => error,
            });
            self.shown = true;
        } else if line.starts_with("pg_restore:") {
            self.shown = false;
        } else if self.shown
            && (line.starts_with("HINT:") || line.starts_with("ERROR:"))
            && let Some(last) = self.errors.last_mut()
        {
            last.push('\n');
            last.push_str(line);
        }
    }

    /// The errors so far.
    pub fn into_messages(self) -> Vec<String> {
        self.errors
    }
}

/// Cuts off the value in `invalid input syntax for type integer: "Jane"`.
fn without_value(message: &str) -> String {
    match message.find(": \"") {
        Some(at) => format!("{}: \"...\"", message.get(..at).unwrap_or_default()),
        None => message.to_owned(),
    }
}

/// What getopt says of an option that the program does not know, or that lacks a value: `/usr/bin/pg_dump: unrecognized
/// option '--x'`. The program's own messages begin with its bare name.
fn refused_option<'a>(name: &str, line: &'a str) -> Option<&'a str> {
    let (path, words) = line.split_once(": ")?;
    (path.starts_with('/') && Path::new(path).file_name()? == name && words.contains("option")).then_some(words)
}

/// Logs what a program says, line by line, and keeps its errors for the end.
pub fn collect_errors(kind: Kind) -> (impl FnMut(String) + Send + 'static, mpsc::Receiver<String>) {
    let (sender, receiver) = mpsc::channel();
    let name = kind.name();
    let line = move |line: String| {
        let refused = refused_option(name, &line).map(|words| format!("error: {words}"));
        let text = line.strip_prefix(name).and_then(|rest| rest.strip_prefix(": ")).unwrap_or(&line);
        let text = refused.as_deref().unwrap_or(text);
        if text.starts_with("warning: ") {
            log::warn!("{name}: {text}");
        } else {
            log::debug!("{name}: {text}");
        }
        if text.starts_with("error: ") || text.starts_with("detail: ") || text.starts_with("hint: ") {
            let _ = sender.send(text.to_owned());
        }
    };
    (line, receiver)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn settings() -> ProgramSettings {
        ProgramSettings {
            environment: [("PGHOST".into(), "db".into()), ("PGPASSWORD".into(), "hush".into())].into(),
            open: [("dbname".into(), "my 'shop'".into())].into(),
            secret: [("sslpassword".into(), "hush2".into())].into(),
        }
    }

    fn command<'a>(settings: &'a ProgramSettings, objects: &'a [OsString], major: i32) -> DumpCommand<'a> {
        DumpCommand {
            major,
            folder: Path::new("/tmp/x y"),
            snapshot: Some("00000003-0000001B-1"),
            encoding: "LATIN1",
            compress: Compression::default(),
            objects,
            no_privileges: false,
            no_comments: false,
            role: None,
            lock_wait: None,
            more: &[],
            verbose: false,
            settings,
        }
    }

    fn text(arguments: Vec<OsString>) -> Vec<String> {
        arguments.into_iter().map(|argument| argument.into_string().unwrap()).collect()
    }

    #[test]
    fn errors_of_several_processes_are_found_in_lines_that_are_mixed() {
        let mut errors = RestoreErrors::default();
        for line in [
            "pg_restore: pg_restore: error: could not execute query: ERROR:  relation \"a\" is not there",
            "error: could not execute query: ERROR:  insert or update on table \"b\"",
            "DETAIL:  Key (name)=(Jane) is not present.",
            "pg_restore:pg_restore:  error: error: could not execute query: ERROR:  x",
            "COPY failed for table \"c\": ERROR:  invalid input syntax for type integer: \"Jane\"",
            "pg_restore: warning: errors ignored on restore: 4",
        ] {
            errors.line(line);
        }
        let messages = errors.into_messages();
        assert_eq!(messages.len(), 4, "{messages:?}");
        assert!(
            messages.iter().all(|message| message.contains("ERROR:  ") && !message.contains("Jane")),
            "{messages:?}"
        );
    }

    #[test]
    fn the_structure_is_both_sections_without_large_objects_in_the_snapshot() {
        let settings = settings();
        let arguments = text(command(&settings, &["--exclude-schema=\"a\"\"b.*\"".into()], 15).structure(true));
        for expected in [
            "--format=directory",
            "--section=pre-data",
            "--section=post-data",
            "--no-blobs",
            "--snapshot=00000003-0000001B-1",
            "--encoding=LATIN1",
            "--file=/tmp/x y",
            "--exclude-schema=\"a\"\"b.*\"",
            "--dbname=dbname='my \\'shop\\''",
        ] {
            assert!(arguments.iter().any(|argument| argument == expected), "{expected} in {arguments:?}");
        }
        assert!(text(command(&settings, &[], 17).structure(true)).contains(&"--no-large-objects".to_owned()));
    }

    #[test]
    fn no_password_is_on_a_command_line() {
        let settings = settings();
        let mut all = text(command(&settings, &[], 15).structure(true));
        all.extend(text(command(&settings, &[], 16).large_objects(true)));
        all.extend(text(restore_command(&settings).arguments()));
        assert!(!all.join(" ").contains("hush"), "{all:?}");
    }

    #[test]
    fn a_secret_without_an_environment_variable_goes_by_a_file_of_its_owner() {
        use std::os::unix::fs::PermissionsExt as _;
        let file = secrets_file(&settings()).unwrap().unwrap();
        assert_eq!(std::fs::read_to_string(file.path()).unwrap(), "[pg_anon]\nsslpassword=hush2\n");
        assert_eq!(std::fs::metadata(file.path()).unwrap().permissions().mode() & 0o777, 0o600);
        assert!(secrets_file(&ProgramSettings::default()).unwrap().is_none());
    }

    fn restore_command(settings: &ProgramSettings) -> RestoreCommand<'_> {
        RestoreCommand {
            folder: Path::new("/d"),
            list: Path::new("/l"),
            jobs: 3,
            no_privileges: false,
            no_comments: false,
            role: None,
            further: &[],
            settings,
        }
    }

    #[test]
    fn pg_restore_keeps_no_owner_and_takes_grants_unless_told() {
        let settings = settings();
        let mut command = restore_command(&settings);
        let arguments = text(command.arguments());
        assert!(arguments.contains(&"--no-owner".to_owned()) && arguments.contains(&"--jobs=3".to_owned()));
        assert!(!arguments.contains(&"--no-privileges".to_owned()));
        assert_eq!(arguments.last().unwrap(), "/d");
        let further = ["--no-tablespaces".to_owned()];
        (command.no_privileges, command.role, command.further) = (true, Some("ann b"), &further);
        let arguments = text(command.arguments());
        for expected in ["--no-privileges", "--role=ann b", "--no-tablespaces"] {
            assert!(arguments.iter().any(|argument| argument == expected), "{expected} in {arguments:?}");
        }
    }

    #[test]
    fn versions_are_compared_as_numbers() {
        let version = |output| parse_version(Kind::Dump, output);
        assert_eq!(version("pg_dump (PostgreSQL) 9.6.24"), Some(("9.6.24".into(), 9)));
        assert_eq!(version("pg_dump (PostgreSQL) 15.20 (Debian 15.20-0+deb12u1)"), Some(("15.20".into(), 15)));
        assert_eq!(version("pg_dump (PostgreSQL) 19beta1"), Some(("19beta1".into(), 19)));
        assert_eq!(version("pg_restore (PostgreSQL) 15.20"), None);
        assert_eq!(version("GNU ls 9"), None);
    }

    #[test]
    fn the_program_of_the_wanted_version_or_the_next_newer_one_is_chosen() {
        assert_eq!(choose(&[14, 17, 15, 16], 15, 15), Some(2));
        assert_eq!(choose(&[14, 18, 17], 15, 15), Some(2));
        assert_eq!(choose(&[9, 14], 15, 15), None);
        assert_eq!(choose(&[15, 16, 16], 15, 17), Some(1));
        assert_eq!(choose(&[], 15, 15), None);
    }

    #[test]
    fn a_file_that_is_not_the_program_is_refused() {
        let error = Program::find(Kind::Dump, &ProgramSearch::Explicit("/bin/ls".into()), 15, 15, 15).unwrap_err();
        assert!(error.to_string().contains("/bin/ls"), "{error}");
        let error = Program::find(Kind::Dump, &ProgramSearch::Explicit("/no/pg_dump".into()), 15, 15, 15).unwrap_err();
        assert!(error.to_string().contains("there is no such file"), "{error}");
    }

    #[test]
    fn errors_of_pg_restore_come_without_rows() {
        let mut errors = RestoreErrors::default();
        for line in [
            "pg_restore: processing data for table \"public.t\"",
            "pg_restore: error: COPY failed for table \"t\": ERROR:  invalid input syntax for type integer: \"Jane\"",
            "CONTEXT:  COPY t, line 1, column a: \"Jane\"",
            "pg_restore: while PROCESSING TOC:",
            "pg_restore: from TOC entry 3301; 2606 16481 FK CONSTRAINT a a_b_fkey postgres",
            "pg_restore: error: could not execute query: ERROR:  insert or update on table \"a\" violates a key",
            "DETAIL:  Key (name)=(Jane) is not present.",
            "HINT:  Try again.",
            "Command was: ALTER TABLE ...",
            "pg_restore: warning: errors ignored on restore: 2",
        ] {
            errors.line(line);
        }
        let messages = errors.into_messages();
        assert_eq!(messages.len(), 2);
        assert!(!messages.join("").contains("Jane"), "{messages:?}");
        assert!(messages[1].starts_with("FK CONSTRAINT a a_b_fkey postgres: could not"), "{messages:?}");
        assert!(messages[1].ends_with("HINT:  Try again."), "{messages:?}");
    }
}
