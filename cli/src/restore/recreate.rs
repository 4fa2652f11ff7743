//! `--drop-db`: the database made anew, with all that belongs to the database itself.
//!
//! The new one is made under another name first. When that fails, or the old one cannot be dropped, the old one is as it was.

use crate::connection::{Session, Settings, Stop};
use crate::error::{Error, refusal};
use crate::progress::some_names;
use crate::restore::SHOWN;
use crate::restore::names::quoted;
use crate::restore::target;
use crate::text::visible;

/// Settings whose value is a list of names, each quoted when it has to be.
const LISTS: [&str; 7] = [
    "local_preload_libraries",
    "search_path",
    "session_preload_libraries",
    "shared_preload_libraries",
    "temp_tablespaces",
    "unix_socket_directories",
    "createrole_self_grant",
];

/// A database, as it is to be made anew.
#[derive(Debug)]
pub struct Database {
    name: String,
    /// `OWNER ... ENCODING ...`: the options of CREATE DATABASE.
    options: String,
    is_template: bool,
    /// The name, as SQL takes it, under which it is made.
    new: String,
    /// What follows on CREATE DATABASE.
    statements: Vec<String>,
}

impl Database {
    /// Reads what belongs to the database of a session, and checks that its role may drop and make it. `force`: also one
    /// that new databases are made from, or that programs connect to by themselves.
    pub fn read(session: &Session, force: bool) -> anyhow::Result<Database> {
        let name = session.query("SELECT pg_catalog.current_database()", &[])?.text(0, 0).into_owned();
        let facts = session.query(include_str!("../../sql/database_facts.sql"), &[])?;
        let reason = match name.as_str() {
            _ if facts.is_true(0, 9) => "is a template, which new databases are made from",
            "template1" => "is what new databases are made from",
            "postgres" => "is what programs connect to before other databases are there",
            _ => "",
        };
        if !reason.is_empty() && !force {
            return Err(Error::Target(format!(
                "--drop-db does not replace database \"{}\", because it {reason}\n\
                 HINT: Name the database to restore into: -d. If it is this one, add --force.",
                session.database()
            ))
            .into());
        }
        let literal = |text: &str| session.literal(text);
        if !facts.is_true(0, 12) || !facts.is_true(0, 13) {
            return Err(Error::Target(format!(
                "--drop-db drops and makes database \"{}\", and that needs its owner, with the right to create databases",
                session.database()
            ))
            .into());
        }
        // Neither DROP DATABASE nor its FORCE takes them along.
        let subscriptions = session.query(include_str!("../../sql/subscriptions.sql"), &[])?;
        if subscriptions.len() > 0 {
            let all: Vec<_> =
                (0..subscriptions.len()).map(|row| visible(&subscriptions.text(row, 0)).into_owned()).collect();
            return Err(Error::Target(format!(
                "--drop-db cannot drop database \"{}\", because it has subscriptions: {}\n\
                 HINT: Drop them first with DROP SUBSCRIPTION. Nothing has been changed.",
                session.database(),
                some_names(&all, SHOWN)
            ))
            .into());
        }
        let mut options = format!(
            "OWNER {} ENCODING {} LC_COLLATE {} LC_CTYPE {}",
            quoted(&facts.text(0, 0)),
            literal(&facts.text(0, 1))?,
            literal(&facts.text(0, 2))?,
            literal(&facts.text(0, 3))?,
        );
        if facts.get(0, 7).is_some() {
            options.push_str(&format!(" TABLESPACE {}", quoted(&facts.text(0, 7))));
        }
        options.push_str(&match &*facts.text(0, 4) {
            "i" => format!(" LOCALE_PROVIDER icu ICU_LOCALE {}", literal(&facts.text(0, 5))?),
            "b" => format!(" LOCALE_PROVIDER builtin BUILTIN_LOCALE {}", literal(&facts.text(0, 5))?),
            "c" => " LOCALE_PROVIDER libc".to_owned(),
            // Before PostgreSQL 15.
            _ => String::new(),
        });
        if let Some(rules) = facts.get(0, 6).map(|_| facts.text(0, 6)) {
            options.push_str(&format!(" ICU_RULES {}", literal(&rules)?));
        }

        let new = quoted(&format!("pg_anon_new_{}", uuid::Uuid::new_v4().simple()));
        let mut statements = Vec::new();
        if facts.is_true(0, 11) {
            // What a new database grants by itself.
            statements.push(format!("REVOKE ALL ON DATABASE {new} FROM PUBLIC"));
            statements.push(format!("REVOKE ALL ON DATABASE {new} FROM {}", quoted(&facts.text(0, 0))));
            let grants = session.query(include_str!("../../sql/database_grants.sql"), &[])?;
            for row in 0..grants.len() {
                let to = grants.get(row, 0).map_or("PUBLIC".into(), |_| grants.text(row, 0));
                let option = if grants.is_true(row, 2) { " WITH GRANT OPTION" } else { "" };
                statements.push(format!("GRANT {} ON DATABASE {new} TO {to}{option}", grants.text(row, 1)));
            }
        }
        let settings = session.query(include_str!("../../sql/database_settings.sql"), &[])?;
        for row in 0..settings.len() {
            let setting = settings.text(row, 1);
            let Some((setting, value)) = setting.split_once('=') else { continue };
            let value = match LISTS.contains(&setting) {
                true => list(value).iter().map(|name| literal(name)).collect::<anyhow::Result<Vec<_>>>()?.join(", "),
                false => literal(value)?,
            };
            let of = settings.get(row, 0).map_or_else(
                || format!("ALTER DATABASE {new}"),
                |_| format!("ALTER ROLE {} IN DATABASE {new}", settings.text(row, 0)),
            );
            statements.push(format!("{of} SET {} TO {value}", dotted(setting)));
        }
        if let Some(comment) = facts.get(0, 10).map(|_| facts.text(0, 10)) {
            statements.push(format!("COMMENT ON DATABASE {new} IS {}", literal(&comment)?));
        }
        let limit = facts.number::<i32>(0, 8)?;
        if limit != -1 {
            statements.push(format!("ALTER DATABASE {new} CONNECTION LIMIT {limit}"));
        }
        let is_template = facts.is_true(0, 9);
        if is_template {
            statements.push(format!("ALTER DATABASE {new} IS_TEMPLATE true"));
        }
        Ok(Database { name, options, is_template, new, statements })
    }

    /// Drops the database and makes it anew. `settings` are those of the session that [`Database::read`] had, which is
    /// closed by now.
    pub fn recreate(&self, settings: &Settings, force: bool, stop: &Stop) -> anyhow::Result<()> {
        let elsewhere = if self.name == "postgres" { "template1" } else { "postgres" };
        // A signal halfway would leave the new database under its other name, and no old one.
        stop.check()?;
        let session = target::reconnect(&settings.with_database(elsewhere), &Stop::deaf())?;
        let old = quoted(&self.name);
        let shown = visible(&self.name).into_owned();
        let new = &self.new;
        log::info!("making database \"{shown}\" anew");
        session.execute(&format!("CREATE DATABASE {new} TEMPLATE template0 {}", self.options))?;
        let swap = || -> anyhow::Result<()> {
            for statement in &self.statements {
                if let Err(error) = session.execute(statement) {
                    return Err(error.context(format!("database \"{shown}\" cannot be made as it is")));
                }
            }
            if self.is_template {
                session.execute(&format!("ALTER DATABASE {old} IS_TEMPLATE false"))?;
            }
            let option = if force { " WITH (FORCE)" } else { "" };
            session.execute(&format!("DROP DATABASE {old}{option}")).map_err(|error| match refusal(&error) {
                Some(used) if used.sqlstate == "55006" => Error::Target(format!(
                    "database \"{shown}\" is not dropped, because others use it: {}\nHINT: --force ends their sessions.",
                    used.detail.as_deref().unwrap_or(&used.message)
                ))
                .into(),
                _ => error,
            })
        };
        if let Err(error) = swap() {
            let undone = (|| -> anyhow::Result<()> {
                if self.is_template {
                    session.execute(&format!("ALTER DATABASE {new} IS_TEMPLATE false"))?;
                    session.execute(&format!("ALTER DATABASE {old} IS_TEMPLATE true"))?;
                }
                session.execute(&format!("DROP DATABASE {new}"))
            })();
            if let Err(undone) = undone {
                log::warn!("database {new} is left: {undone:#}");
            }
            return Err(error);
        }
        session.execute(&format!("ALTER DATABASE {new} RENAME TO {old}"))
    }
}

/// A setting's name, which may have a class in front, as SQL takes it.
fn dotted(name: &str) -> String {
    name.split('.').map(quoted).collect::<Vec<_>>().join(".")
}

/// The names of a list as the server keeps it: `"$user", public`.
fn list(value: &str) -> Vec<String> {
    let mut names = Vec::new();
    let mut rest = value.trim_start();
    while !rest.is_empty() {
        let mut name = String::new();
        if let Some(inner) = rest.strip_prefix('"') {
            rest = inner;
            while let Some(at) = rest.find('"') {
                name.push_str(rest.get(..at).unwrap_or_default());
                rest = rest.get(at + 1..).unwrap_or_default();
                match rest.strip_prefix('"') {
                    Some(more) => {
                        name.push('"');
                        rest = more;
                    }
                    None => break,
                }
            }
            rest = rest.trim_start().strip_prefix(',').unwrap_or_default();
        } else {
            let (first, more) = rest.split_once(',').unwrap_or((rest, ""));
            name.push_str(first.trim_end());
            rest = more;
        }
        names.push(name);
        rest = rest.trim_start();
    }
    names
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_list_of_names_is_read_as_the_server_keeps_it() {
        assert_eq!(list("\"$user\", public"), ["$user", "public"]);
        assert_eq!(list("\"a\"\"b, c\",d , \"\""), ["a\"b, c", "d", ""]);
        assert!(list("").is_empty());
    }

    #[test]
    fn a_setting_with_a_class_is_quoted_in_its_parts() {
        assert_eq!(dotted("my app.key"), "\"my app\".\"key\"");
    }
}
