//! What the target of a restore must be like.

use pg_anon_core::metadata::Metadata;

use crate::config::RestoreOptions;
use crate::connection::Session;
use crate::error::Error;
use crate::pgcmd::{self, Kind, Program};
use crate::progress::some_names;
use crate::restore::SHOWN;
use crate::text::visible;

/// Fails unless the server is not older than the dump's; gives a pg_restore that can read the dump.
pub fn check_versions(session: &Session, metadata: &Metadata, options: &RestoreOptions) -> anyhow::Result<Program> {
    let major = |key: &str, version: &str| {
        pgcmd::major(version).ok_or_else(|| Error::InputDir(format!("metadata.json has no usable {key}")))
    };
    let server = session.server_version() / 10_000;
    let dumped = major("pg_version", &metadata.pg_version)?;
    if server < dumped {
        return Err(Error::Target(format!(
            "the dump is of PostgreSQL {}, and the server is PostgreSQL {}, which is older",
            metadata.pg_version,
            session.parameter("server_version")
        ))
        .into());
    }
    let dumped_by = major("pg_dump_version", &metadata.pg_dump_version)?;
    Program::find(Kind::Restore, &options.pg_restore, server, dumped_by, server)
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
         HINT: Restore into a new database: createdb --template=template0 NAME",
        session.database(),
        some_names(&names, SHOWN)
    ))
    .into())
}
