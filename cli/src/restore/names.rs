//! Names and statements of an archive, which are in its own encoding, as text for the server.

use pg_anon_core::archive::Archive;

use crate::connection::Session;
use crate::error::Error;

/// Reads the text of an archive.
pub struct Names<'a> {
    /// A session with the server.
    pub session: &'a Session,
    /// The archive's encoding, as PostgreSQL names it.
    pub encoding: String,
}

impl<'a> Names<'a> {
    /// For the text of this archive.
    pub fn new(session: &'a Session, archive: &Archive) -> Names<'a> {
        let definition = archive.entries.iter().find(|entry| entry.is("ENCODING"));
        let definition = definition.and_then(|entry| entry.definition.as_deref()).unwrap_or_default();
        // SET client_encoding = 'UTF8';
        let encoding = String::from_utf8_lossy(definition).split('\'').nth(1).unwrap_or("UTF8").to_owned();
        Names { session, encoding }
    }

    /// A text of the archive.
    pub fn text(&self, bytes: &[u8]) -> anyhow::Result<String> {
        if !bytes.is_ascii() && self.encoding != "UTF8" && self.encoding != "SQL_ASCII" {
            let hex: String = bytes.iter().map(|byte| format!("{byte:02x}")).collect();
            let parameters = [Some(hex.as_str()), Some(self.encoding.as_str())];
            let convert = "SELECT pg_catalog.convert_from(pg_catalog.decode($1::text, 'hex'), $2::pg_catalog.name)";
            return Ok(self.session.query(convert, &parameters)?.text(0, 0).into_owned());
        }
        let text = std::str::from_utf8(bytes);
        Ok(text
            .map_err(|_| Error::InputDir("a name in the dump is not UTF-8, and in no other encoding".into()))?
            .to_owned())
    }

    /// The same of what may be missing.
    pub fn optional(&self, bytes: &Option<Vec<u8>>) -> anyhow::Result<String> {
        self.text(bytes.as_deref().unwrap_or_default())
    }
}

/// A name as SQL takes it literally.
pub fn quoted(name: &str) -> String {
    format!("\"{}\"", name.replace('"', "\"\""))
}
