//! `pg_anon init`: the extension in the database; and the check that it is there.

use anyhow::Context as _;

use crate::config::InitOptions;
use crate::connection::{Session, Stop};
use crate::error::Error;
use crate::manual;

/// Name of the extension.
pub const EXTENSION: &str = "pg_anon";
/// Its schema.
pub const SCHEMA: &str = "anon_funcs";

/// What a database has of the extension.
struct State {
    /// Version of the installed extension.
    installed: Option<String>,
    /// Version that the server could install.
    available: Option<String>,
    /// Whether the schema holds functions that are not the extension's: those of the Python tool.
    foreign_functions: bool,
}

fn state(session: &Session) -> anyhow::Result<State> {
    let rows = session.query(include_str!("../sql/extension.sql"), &[]).context("cannot look for the extension")?;
    let text = |column| rows.get(0, column).map(|text| String::from_utf8_lossy(text).into_owned());
    Ok(State { installed: text(0), available: text(2), foreign_functions: rows.is_true(0, 3) })
}

/// Fails unless the extension is installed.
pub fn check_installed(session: &Session) -> anyhow::Result<()> {
    // Which versions could be installed is in files of the server's: they are read only where there is something to say of it.
    let installed = session
        .query("SELECT e.extversion FROM pg_catalog.pg_extension AS e WHERE e.extname = $1", &[Some(EXTENSION)])
        .context("cannot look for the extension")?;
    if installed.len() > 0 {
        return Ok(());
    }
    let state = state(session)?;
    match state.installed {
        Some(_) => Ok(()),
        None if state.foreign_functions => Err(Error::PythonFunctions { database: session.database() }.into()),
        None => Err(Error::NoExtension { database: session.database() }.into()),
    }
}

/// Runs `pg_anon init`.
pub fn run(options: &InitOptions) -> anyhow::Result<()> {
    let session = Session::open_asking(&mut options.connection.clone(), Stop::default())?;
    let before = state(&session)?;
    let database = session.database();
    if before.installed.is_none() && before.foreign_functions {
        return Err(Error::PythonFunctions { database }.into());
    }
    let done = match (before.installed, before.available) {
        (None, None) => {
            return Err(Error::Target(format!(
                "the server of database \"{database}\" does not have the extension pg_anon\n\
                 HINT: Install it on the server's machine: `make install` in pg_anon's sources."
            ))
            .into());
        }
        (None, Some(_)) => {
            session.execute("CREATE EXTENSION IF NOT EXISTS pg_anon").context("cannot create the extension")?;
            "installed"
        }
        (Some(installed), Some(available)) if installed != available => {
            session.execute("ALTER EXTENSION pg_anon UPDATE").context("cannot update the extension")?;
            "updated"
        }
        (Some(_), _) => "already installed",
    };
    let version = state(&session)?.installed.unwrap_or_default();
    manual::print(format!("Extension pg_anon {version} {done} in database {database}\n").as_bytes())
}
