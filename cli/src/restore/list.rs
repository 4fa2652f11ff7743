//! Which entries of an archive are restored.

use std::collections::HashSet;
use std::io::Write as _;

use anyhow::Context as _;
use pg_anon_core::archive::{Archive, Entry, Section};

use crate::config::Content;
use crate::connection::Session;
use crate::text::visible;

/// The entries of an archive that a restore is about.
pub struct Chosen<'a> {
    archive: &'a Archive,
    ids: HashSet<i32>,
}

impl<'a> Chosen<'a> {
    /// All entries of this content. The structure has no large objects: they are data.
    pub fn new(archive: &'a Archive, content: Content) -> Chosen<'a> {
        let of_content = |entry: &&Entry| match content {
            Content::All => true,
            Content::Structure => !is_data(entry),
            Content::Data => is_data(entry),
        };
        Chosen { archive, ids: archive.entries.iter().filter(of_content).map(|entry| entry.dump_id).collect() }
    }

    /// The archive.
    pub fn archive(&self) -> &'a Archive {
        self.archive
    }

    /// Leaves out some more. `why` says it in the messages of `--debug`.
    pub fn leave_out(&mut self, why: &str, which: impl Fn(&Entry) -> bool) {
        for entry in &self.archive.entries {
            if which(entry) && self.ids.remove(&entry.dump_id) {
                log::debug!("{} is left out: {why}", visible(&entry.name()));
            }
        }
    }

    /// Leaves out the entries of extensions that are there already and belong to somebody else, whose comments we may not
    /// set.
    pub fn leave_out_foreign_extensions(&mut self, session: &Session) -> anyhow::Result<()> {
        let rows = session.query(include_str!("../../sql/extensions.sql"), &[])?;
        let foreign: HashSet<String> =
            (0..rows.len()).filter(|row| !rows.is_true(*row, 4)).map(|row| rows.text(row, 0).into_owned()).collect();
        self.leave_out("the extension is there and belongs to another role", |entry| {
            let tag = String::from_utf8_lossy(entry.tag.as_deref().unwrap_or_default());
            let comment = || entry.is("COMMENT").then(|| tag.strip_prefix("EXTENSION ")).flatten();
            (entry.is("EXTENSION") && foreign.contains(&*tag)) || comment().is_some_and(|name| foreign.contains(name))
        });
        Ok(())
    }

    /// The entries, in the archive's order.
    pub fn entries(&self) -> impl DoubleEndedIterator<Item = &'a Entry> {
        self.archive.entries.iter().filter(|entry| self.ids.contains(&entry.dump_id))
    }

    /// The entries with rows of tables.
    pub fn table_data(&self) -> impl DoubleEndedIterator<Item = &'a Entry> {
        self.entries().filter(|entry| entry.is("TABLE DATA") && data_file(entry).is_some())
    }

    /// A list of those of the entries that `which` takes, as pg_restore reads it.
    pub fn file(&self, which: impl Fn(&Entry) -> bool) -> anyhow::Result<tempfile::NamedTempFile> {
        let list: String =
            self.entries().filter(|entry| which(entry)).map(|entry| format!("{};\n", entry.dump_id)).collect();
        let mut file = tempfile::NamedTempFile::new().context("cannot create a temporary file")?;
        file.write_all(list.as_bytes()).context("cannot write a temporary file")?;
        Ok(file)
    }
}

/// The entries that go before the data. Comments belong to the section of what they are about; grants come last, because they
/// may take rights from the owner, who loads the data.
pub fn before_data(archive: &Archive) -> HashSet<i32> {
    let is_early = |entry: &&Entry| entry.section == Section::PreData;
    let early: HashSet<i32> = archive.entries.iter().filter(is_early).map(|entry| entry.dump_id).collect();
    let with_early = |entry: &&Entry| entry.is("COMMENT") && entry.dependencies.iter().all(|id| early.contains(id));
    let comments: Vec<i32> = archive.entries.iter().filter(with_early).map(|entry| entry.dump_id).collect();
    early.into_iter().chain(comments).collect()
}

/// The entries that go after the data, and comments on them.
pub fn after_data(archive: &Archive) -> HashSet<i32> {
    let is_late = |entry: &&Entry| entry.section == Section::PostData;
    let late: HashSet<i32> = archive.entries.iter().filter(is_late).map(|entry| entry.dump_id).collect();
    let with_late =
        |entry: &&Entry| entry.section == Section::None && entry.dependencies.iter().any(|id| late.contains(id));
    let comments: Vec<i32> = archive.entries.iter().filter(with_late).map(|entry| entry.dump_id).collect();
    late.into_iter().chain(comments).collect()
}

/// Whether the entry is data and not structure.
pub fn is_data(entry: &Entry) -> bool {
    entry.section == Section::Data || entry.is("MATERIALIZED VIEW DATA") || entry.is_large_object()
}

/// The name of an entry's data file, without the suffix of its compression.
pub fn data_file(entry: &Entry) -> Option<String> {
    let name = entry.file_name.as_deref().filter(|name| !name.is_empty())?;
    Some(String::from_utf8_lossy(name).into_owned())
}
