//! Which entries of an archive are restored.

use std::io::Write as _;

use anyhow::Context as _;
use pg_anon_core::archive::Archive;

use crate::connection::Session;
use crate::text::visible;

/// The list of the entries to restore, as pg_restore reads it: all but those of extensions that are there already and
/// belong to somebody else, whose comments we may not set.
pub fn entry_list(session: &Session, archive: &Archive) -> anyhow::Result<tempfile::NamedTempFile> {
    let rows = session.query(include_str!("../../sql/extensions.sql"), &[])?;
    let foreign: Vec<String> =
        (0..rows.len()).filter(|row| !rows.is_true(*row, 4)).map(|row| rows.text(row, 0).into_owned()).collect();
    let mut list = String::new();
    for entry in &archive.entries {
        let tag = String::from_utf8_lossy(entry.tag.as_deref().unwrap_or_default());
        let skipped = foreign.iter().any(|name| {
            (entry.is("EXTENSION") && tag == *name) || (entry.is("COMMENT") && tag == format!("EXTENSION {name}"))
        });
        if skipped {
            log::debug!("{} is left as it is", visible(&entry.name()));
        } else {
            list.push_str(&format!("{};\n", entry.dump_id));
        }
    }
    let mut file = tempfile::NamedTempFile::new().context("cannot create a temporary file")?;
    file.write_all(list.as_bytes()).context("cannot write a temporary file")?;
    Ok(file)
}
