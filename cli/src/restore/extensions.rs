//! Extensions of a dump: all of them must be there to be installed, if possible in the version that the source had.

use std::collections::{BTreeMap, BTreeSet};

use pg_anon_core::metadata::Metadata;

use crate::connection::Session;
use crate::error::Error;
use crate::progress::some_names;
use crate::restore::SHOWN;
use crate::restore::list::Chosen;
use crate::restore::names::{Names, quoted};
use crate::text::visible;

/// One extension of the dump that the target does not have yet.
#[derive(Debug)]
struct Missing {
    /// The version to install. None: the server's default, which pg_restore takes.
    version: Option<String>,
    /// The schema it had.
    schema: Option<String>,
    requires: Vec<String>,
}

/// The extensions that a restore installs.
#[derive(Debug)]
pub struct Extensions(BTreeMap<String, Missing>);

impl Extensions {
    /// Looks for the extensions among the chosen entries. `anew`: those that the target has are gone when they are
    /// installed.
    ///
    /// # Errors
    /// One is not available on the server.
    pub fn check(
        session: &Session,
        chosen: &Chosen<'_>,
        names: &Names<'_>,
        metadata: &Metadata,
        anew: bool,
    ) -> anyhow::Result<Extensions> {
        let wanted: Vec<String> = chosen
            .entries()
            .filter(|entry| entry.is("EXTENSION"))
            .map(|entry| names.optional(&entry.tag))
            .collect::<anyhow::Result<_>>()?;
        let rows = session.query(include_str!("../../sql/extensions.sql"), &[])?;
        let installed: BTreeMap<String, String> =
            (0..rows.len()).map(|row| (rows.text(row, 0).into_owned(), rows.text(row, 2).into_owned())).collect();
        let list = serde_json::to_string(&wanted)?;
        let rows = session.query(include_str!("../../sql/available_extensions.sql"), &[Some(&list)])?;
        let mut extensions = BTreeMap::new();
        let mut unavailable = Vec::new();
        for name in wanted {
            let source = metadata.extensions.get(&name);
            let version = source.map(|extension| extension.version.as_str()).filter(|version| !version.is_empty());
            let shown = visible(&name).into_owned();
            if let Some(there) = installed.get(&name).filter(|_| !anew) {
                if let Some(version) = version.filter(|version| version != there) {
                    log::warn!("extension {shown} is there in version {there}, and the dump had {version}");
                }
                continue;
            }
            let of_name: Vec<usize> = (0..rows.len()).filter(|row| rows.text(*row, 0) == name).collect();
            let Some(default) = of_name.iter().copied().find(|row| rows.is_true(*row, 3)).or(of_name.first().copied())
            else {
                unavailable.push(shown);
                continue;
            };
            let same = of_name.iter().copied().find(|row| Some(&*rows.text(*row, 1)) == version);
            if let (None, Some(version)) = (same, version) {
                let default = rows.text(default, 2);
                log::warn!(
                    "extension {shown} is installed in version {default}: the server does not have {version}, which the dump had"
                );
            }
            let version = same.filter(|row| *row != default).map(|row| rows.text(row, 1).into_owned());
            let requires = serde_json::from_str(&rows.text(same.unwrap_or(default), 4)).unwrap_or_default();
            let schema = source.map(|extension| extension.schema.clone()).filter(|schema| !schema.is_empty());
            extensions.insert(name, Missing { version, schema, requires });
        }
        if unavailable.is_empty() {
            return Ok(Extensions(extensions));
        }
        Err(Error::Target(format!(
            "the server does not have the extensions {}, which the dump needs\n\
             HINT: Install their packages on the server.",
            some_names(&unavailable, SHOWN)
        ))
        .into())
    }

    /// Installs those that pg_restore would install in another version than the source's, and leaves out of the chosen
    /// entries the schemas that are made for them.
    pub fn install(&self, session: &Session, chosen: &mut Chosen<'_>, names: &Names<'_>) -> anyhow::Result<()> {
        let mut done = BTreeSet::new();
        for (name, _) in self.0.iter().filter(|(_, extension)| extension.version.is_some()) {
            self.install_one(name, session, chosen, names, &mut done)?;
        }
        Ok(())
    }

    fn install_one<'a>(
        &'a self,
        name: &'a str,
        session: &Session,
        chosen: &mut Chosen<'_>,
        names: &Names<'_>,
        done: &mut BTreeSet<&'a str>,
    ) -> anyhow::Result<()> {
        let Some(extension) = self.0.get(name) else { return Ok(()) };
        if !done.insert(name) {
            return Ok(());
        }
        for required in &extension.requires {
            self.install_one(required, session, chosen, names, done)?;
        }
        let mut statement = format!("CREATE EXTENSION IF NOT EXISTS {}", quoted(name));
        if let Some(schema) = &extension.schema {
            let mut made = None;
            for entry in chosen.entries().filter(|entry| entry.is("SCHEMA")) {
                if names.optional(&entry.tag)? == *schema {
                    made = Some(entry);
                }
            }
            if let Some(entry) = made {
                session.execute(&format!("CREATE SCHEMA IF NOT EXISTS {}", quoted(schema)))?;
                chosen.leave_out("it is made for an extension", |other| {
                    other.dump_id == entry.dump_id && schema != "public"
                });
            }
            statement.push_str(&format!(" SCHEMA {}", quoted(schema)));
        }
        if let Some(version) = &extension.version {
            statement.push_str(&format!(" VERSION {}", quoted(version)));
        }
        log::debug!("{statement}");
        session
            .execute(&statement)
            .map_err(|error| error.context(format!("extension {} cannot be installed", visible(name))))
    }
}
