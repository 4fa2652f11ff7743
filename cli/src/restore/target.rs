//! What the target of a restore must be like.

use pg_anon_core::metadata::Metadata;

use crate::config::RestoreOptions;
use crate::connection::{Session, Settings, Stop};
use crate::error::Error;
use crate::pgcmd::{self, Kind, Program};
use crate::progress::some_names;
use crate::restore::SHOWN;
use crate::text::visible;

/// Connects to the target, as the role that restores.
pub fn connect(options: &RestoreOptions, stop: &Stop) -> anyhow::Result<Session> {
    prepared(Session::open_asking(&mut options.connection.clone(), stop.clone())?)
}

/// Connects once more.
pub fn reconnect(settings: &Settings, stop: &Stop) -> anyhow::Result<Session> {
    prepared(Session::open(settings, stop.clone())?)
}

fn prepared(session: Session) -> anyhow::Result<Session> {
    // A dump reads no views. Materialised views do, and functions of CHECK constraints may.
    let allow_views = "SELECT pg_catalog.set_config(s.name, '', false) FROM pg_catalog.pg_settings AS s \
                       WHERE s.name = 'restrict_nonsystem_relation_kind'";
    session.query(allow_views, &[])?;
    // As pg_restore does: a column of type xml may hold what is no whole document, whatever the database takes by default.
    session.execute("SET xmloption = content")?;
    Ok(session)
}

/// Fails unless the server is not older than the dump's; gives a pg_restore that can read the dump.
pub fn check_versions(session: &Session, metadata: &Metadata, options: &RestoreOptions) -> anyhow::Result<Program> {
    let major = |key: &str, version: &str| {
        pgcmd::major(version).ok_or_else(|| Error::InputDir(format!("metadata.json has no usable {key}")))
    };
    let server = session.server_version() / 10_000;
    let dumped = major("pg_version", &metadata.pg_version)?;
    if server < dumped && !options.disable_checks {
        return Err(Error::Target(format!(
            "the dump is of PostgreSQL {}, and the server is PostgreSQL {}, which is older\n\
             HINT: --disable-checks tries nevertheless.",
            metadata.pg_version,
            session.parameter("server_version")
        ))
        .into());
    }
    let dumped_by = major("pg_dump_version", &metadata.pg_dump_version)?;
    let least = if options.disable_checks { 0 } else { dumped_by };
    Program::find(Kind::Restore, &options.pg_restore, server, least, server.max(dumped_by))
}

/// Fails when anything stands in the database besides what initdb and extensions put there.
pub fn check_empty(session: &Session) -> anyhow::Result<()> {
    let rows = session.query(include_str!("../../sql/user_objects.sql"), &[])?;
    if rows.len() == 0 {
        return Ok(());
    }
    let names: Vec<String> =
        (0..rows.len()).map(|row| format!("{} {}", rows.text(row, 0), visible(&rows.text(row, 1)))).collect();
    Err(Error::Target(format!(
        "database \"{}\" is not empty: it has {}\n\
         HINT: Restore into a new database: createdb --template=template0 NAME. Or replace what is there: --clean-db drops \
         what the dump has, --drop-db makes the database anew.",
        session.database(),
        some_names(&names, SHOWN)
    ))
    .into())
}
