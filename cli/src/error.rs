//! What a user can cause, each with its remedy. Context (which table, which file) is added on the way up by `anyhow`.

use std::fmt;

use crate::text::visible;

/// An error with a meaning of its own; [`Error::Usage`] gives exit status 2, all others 1.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The command line cannot be done as it is.
    #[error("{0}")]
    Usage(String),
    /// A signal asked to stop.
    #[error("{0}")]
    Interrupted(String),
    /// Another part of the same run failed; that one's error is reported.
    #[error("stopped because another part of the dump failed")]
    Stopped,
    /// The server refused or the connection broke.
    #[error("{0}")]
    Server(ServerError),
    /// libpq could not connect.
    #[error("{0}")]
    Connect(String),
    /// The extension is not in the database.
    #[error(
        "the extension pg_anon is not installed in database \"{database}\"\n\
         HINT: Run `pg_anon init`, or in psql as the owner of the database: CREATE EXTENSION pg_anon;"
    )]
    NoExtension {
        /// Name of the database.
        database: String,
    },
    /// The functions of the Python tool stand where the extension belongs.
    #[error(
        "the schema anon_funcs of database \"{database}\" was made by the Python tool pg_anon 1.x, and the extension needs its name\n\
         HINT: Remove or rename it first: DROP SCHEMA anon_funcs CASCADE; or ALTER SCHEMA anon_funcs RENAME TO anon_funcs_1;"
    )]
    PythonFunctions {
        /// Name of the database.
        database: String,
    },
    /// `check_dictionary` found errors, which were printed before.
    #[error("the database cannot be dumped with this dictionary: {0}, told above")]
    Dictionary(String),
    /// Tables whose rows could not be read in a validation, which were named before.
    #[error("{0} cannot be dumped with this dictionary, told above")]
    Validation(String),
    /// Sensitive columns that no prepared dictionary has, which were printed before.
    #[error("{0}")]
    NewColumns(String),
    /// The file of `--config` cannot be used.
    #[error("{0}")]
    Config(String),
    /// The run's record cannot be kept.
    #[error("{0}")]
    Record(String),
    /// No pg_dump or pg_restore fits.
    #[error("{0}")]
    Program(String),
    /// An outer program failed.
    #[error("{program} failed ({status})\n{messages}")]
    ProgramFailed {
        /// Its name.
        program: &'static str,
        /// How it ended.
        status: String,
        /// What it said.
        messages: String,
    },
    /// The tables cannot be locked, so that they could change while they are read.
    #[error("{0}")]
    Tables(String),
    /// The output folder cannot be used.
    #[error("{0}")]
    OutputDir(String),
    /// The dump to restore is not a whole dump.
    #[error("{0}")]
    InputDir(String),
    /// What is to be shown is not there, or not so much of it.
    #[error("{0}")]
    View(String),
    /// The target of a restore cannot be used.
    #[error("{0}")]
    Target(String),
}

/// What the server said, when it is the server's error.
pub fn server_error(error: &anyhow::Error) -> Option<&ServerError> {
    match error.downcast_ref() {
        Some(Error::Server(error)) => Some(error),
        _ => None,
    }
}

/// The same when it refused a statement, and the connection did not break.
pub fn refusal(error: &anyhow::Error) -> Option<&ServerError> {
    server_error(error).filter(|error| !error.sqlstate.is_empty())
}

/// An error of the server's without values (see [`ServerError::without_values`]), any other as it is. What was said of it on
/// its way stays with it; `downcast` alone would lose that.
pub fn without_values(error: anyhow::Error) -> anyhow::Error {
    let Some(own) = server_error(&error) else { return error };
    let own = Error::Server(own.clone().without_values());
    let added: Vec<String> = error.chain().take_while(|cause| !cause.is::<Error>()).map(ToString::to_string).collect();
    added.into_iter().rev().fold(own.into(), anyhow::Error::context)
}

/// Adds to the error of a run that was stopped what state things are in. Any other error stays as it is.
pub fn when_interrupted(error: anyhow::Error, state: impl FnOnce() -> String) -> anyhow::Error {
    match error.downcast_ref() {
        Some(Error::Interrupted(reason)) => Error::Interrupted(format!("{reason}; {}", state())).into(),
        _ => error,
    }
}

/// An error as the server reported it. Its context is left out, because it may quote data.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ServerError {
    /// The SQLSTATE, empty when the connection broke.
    pub sqlstate: String,
    /// The primary message.
    pub message: String,
    /// The detail.
    pub detail: Option<String>,
    /// The hint.
    pub hint: Option<String>,
    /// The constraint that is violated, when it is PostgreSQL itself that names it.
    pub constraint: Option<Box<str>>,
    /// Whether the extension pg_anon raised it, and not PostgreSQL or a function of the user's.
    pub by_extension: bool,
}

impl ServerError {
    /// Leaves out what may quote a value of a row: the detail, and everything between the first and the last double
    /// quote. For errors of classes 22 (data exception), 23 (constraint violation) and P0 (raised by PL/pgSQL) of
    /// statements that read rows; others speak of the database's objects and keep their words, and so do errors that
    /// the extension raised itself, which name the column and never the value. The constraint keeps its name.
    pub fn without_values(mut self) -> ServerError {
        if self.by_extension || !["22", "23", "P0"].iter().any(|class| self.sqlstate.starts_with(class)) {
            return self;
        }
        if let Some(first) = self.message.find('"') {
            let last = self.message.rfind('"').filter(|last| *last > first);
            let after = last.map_or(String::new(), |last| self.message.split_off(last + 1));
            self.message.truncate(first);
            self.message.push_str("\"...\"");
            self.message.push_str(&after);
        }
        if let Some(constraint) = self.constraint.take() {
            self.message.push_str(&format!(", constraint \"{constraint}\""));
        }
        self.detail = None;
        self
    }
}

impl fmt::Display for ServerError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // Names in it may hold anything.
        f.write_str(&visible(&self.message))?;
        if !self.sqlstate.is_empty() {
            write!(f, " (SQLSTATE {})", self.sqlstate)?;
        }
        if let Some(detail) = &self.detail {
            // Of several lines only the first begins at the margin, where messages begin.
            let lines: Vec<_> = detail.lines().map(visible).collect();
            write!(f, "\nDETAIL: {}", lines.join("\n    "))?;
        }
        if let Some(hint) = &self.hint {
            write!(f, "\nHINT: {}", visible(hint))?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn error(sqlstate: &str, message: &str) -> ServerError {
        ServerError {
            sqlstate: sqlstate.into(),
            message: message.into(),
            detail: Some("Key (a)=(b)".into()),
            hint: None,
            constraint: None,
            by_extension: false,
        }
    }

    #[test]
    fn a_value_in_a_data_exception_is_not_shown() {
        let shown = error("22P02", "invalid input syntax for type integer: \"Jane Doe\"").without_values().to_string();
        assert_eq!(shown, "invalid input syntax for type integer: \"...\" (SQLSTATE 22P02)");
    }

    #[test]
    fn a_value_with_quotes_or_an_unclosed_quote_is_not_shown() {
        let shown = error("22007", "invalid input syntax for type date: \"Jane\"Doe\"").without_values().message;
        assert_eq!(shown, "invalid input syntax for type date: \"...\"");
        assert_eq!(error("22003", "value \"Jane").without_values().message, "value \"...\"");
    }

    #[test]
    fn names_in_an_error_cannot_steer_the_terminal() {
        let shown =
            ServerError { detail: Some("a\r\nb\u{1b}".into()), ..error("42P01", "no \"x\u{1b}[2J\ny\"") }.to_string();
        assert_eq!(shown, "no \"x\\u{1b}[2J\\ny\" (SQLSTATE 42P01)\nDETAIL: a\n    b\\u{1b}");
    }

    #[test]
    fn what_was_added_to_an_error_stays_when_its_value_is_left_out() {
        use anyhow::Context as _;

        let failed: Result<(), _> = Err(Error::Server(error("22P02", "invalid input: \"Jane Doe\"")));
        let shown = without_values(failed.context("table a").context("no rows were replaced").unwrap_err());
        assert_eq!(format!("{shown:#}"), "no rows were replaced: table a: invalid input: \"...\" (SQLSTATE 22P02)");
        assert_eq!(refusal(&shown).map(|error| error.sqlstate.as_str()), Some("22P02"));
        let other = without_values(anyhow::Error::from(Error::Stopped).context("table a"));
        assert!(matches!(other.downcast_ref(), Some(Error::Stopped)) && other.to_string() == "table a");
    }

    #[test]
    fn what_was_added_to_an_error_was_lost_when_it_was_asked_whether_the_run_was_stopped() {
        let failed = anyhow::Error::from(Error::Target("it gets 2 rows".into())).context("table a");
        assert_eq!(format!("{:#}", when_interrupted(failed, || "half is loaded".into())), "table a: it gets 2 rows");
        let stopped = anyhow::Error::from(Error::Interrupted("stopped".into())).context("table a");
        assert_eq!(when_interrupted(stopped, || "half is loaded".into()).to_string(), "stopped; half is loaded");
    }

    #[test]
    fn a_broken_connection_is_no_refusal() {
        let broken = anyhow::Error::from(Error::Server(error("", "server closed the connection")));
        assert!(server_error(&broken).is_some() && refusal(&broken).is_none());
    }

    #[test]
    fn the_words_around_a_value_stay() {
        let shown = error("22003", "value \"99999999999\" is out of range for type integer").without_values().message;
        assert_eq!(shown, "value \"...\" is out of range for type integer");
    }

    #[test]
    fn a_violated_constraint_is_named_without_the_row() {
        let violated = ServerError {
            constraint: Some("good".into()),
            ..error("23514", "new row for relation \"parted\" violates check constraint \"good\"")
        };
        let shown = violated.without_values().to_string();
        assert_eq!(shown, "new row for relation \"...\", constraint \"good\" (SQLSTATE 23514)");
    }

    #[test]
    fn the_extension_s_own_errors_keep_their_words() {
        let own =
            ServerError { by_extension: true, ..error("22001", "the rule of column \"email\" gives too long a value") };
        assert_eq!(own.clone().without_values(), own);
    }

    #[test]
    fn an_error_about_an_object_keeps_its_words() {
        let shown = error("42501", "permission denied for table \"orders\"").without_values();
        assert_eq!(shown.message, "permission denied for table \"orders\"");
        assert!(shown.detail.is_some());
    }
}
