use std::collections::HashSet;

use super::{Archive, Entry};

/// What [`Archive::remove_extension`] took out, and what will miss it. Names as [`Entry::name`] gives them.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct RemovedExtension {
    /// The entries taken out.
    pub removed: Vec<String>,
    /// Entries left in that depend on one of them: restoring them fails where the extension is not installed.
    pub dependents: Vec<String>,
    /// Entries left in whose definition names the schema without a recorded dependency, such as function bodies: restoring
    /// them may work, running them does not.
    pub mentions: Vec<String>,
}

/// Kinds of entries that say something about an object which has an entry of its own, or belongs to an extension.
fn is_attachment(entry: &Entry) -> bool {
    ["ACL", "COMMENT", "SECURITY LABEL", "POLICY", "ROW SECURITY"].iter().any(|desc| entry.is(desc))
}

impl Archive {
    /// Takes the owners out of all entries, so that a restore sets none.
    pub fn remove_owners(&mut self) {
        for entry in &mut self.entries {
            entry.owner = Some(Vec::new());
        }
    }

    /// Takes out the event triggers with these OIDs, with their comments and security labels. pg_dump writes them also when
    /// the schema of their function is left out.
    pub fn remove_event_triggers(&mut self, oids: &[u32]) {
        let is_gone = |entry: &Entry| entry.is("EVENT TRIGGER") && oids.contains(&entry.catalog_id.object);
        let gone: HashSet<i32> =
            self.entries.iter().filter(|entry| is_gone(entry)).map(|entry| entry.dump_id).collect();
        self.entries.retain(|entry| {
            let hangs_on_one = is_attachment(entry) && entry.dependencies.iter().any(|id| gone.contains(id));
            !gone.contains(&entry.dump_id) && !hangs_on_one
        });
    }

    /// Takes out an extension with its comment and with the grants on its members, and its schema with comment, grants and
    /// security label; the schema only when nothing else in the archive lives in it. Names are bare.
    pub fn remove_extension(&mut self, extension: &str, schema: &str) -> RemovedExtension {
        let mut report = RemovedExtension::default();
        let present: HashSet<i32> = self.entries.iter().map(|entry| entry.dump_id).collect();
        let named =
            |entry: &Entry, desc: &str, tag: &str| entry.is(desc) && entry.tag.as_deref() == Some(tag.as_bytes());
        let in_schema = |entry: &Entry| entry.namespace.as_deref() == Some(schema.as_bytes());
        // Members have no entries, so what hangs on them depends on a number that is not there.
        let on_member = |entry: &Entry| {
            in_schema(entry) && is_attachment(entry) && !entry.dependencies.iter().any(|id| present.contains(id))
        };

        let mut gone: HashSet<i32> = HashSet::new();
        if let Some(entry) = self.entries.iter().find(|entry| named(entry, "EXTENSION", extension)) {
            gone.insert(entry.dump_id);
            gone.extend(self.entries.iter().filter(|entry| on_member(entry)).map(|entry| entry.dump_id));
        }
        let is_empty = !self.entries.iter().any(|entry| in_schema(entry) && !gone.contains(&entry.dump_id));
        if let Some(entry) = self.entries.iter().find(|entry| named(entry, "SCHEMA", schema))
            && !gone.is_empty()
            && is_empty
        {
            gone.insert(entry.dump_id);
        }
        let attached: Vec<i32> = self
            .entries
            .iter()
            .filter(|entry| is_attachment(entry) && entry.dependencies.first().is_some_and(|id| gone.contains(id)))
            .map(|entry| entry.dump_id)
            .collect();
        gone.extend(attached);

        self.entries.retain(|entry| {
            let is_gone = gone.contains(&entry.dump_id);
            if is_gone {
                report.removed.push(entry.name());
            } else if entry.dependencies.iter().any(|id| gone.contains(id)) {
                report.dependents.push(entry.name());
            } else if !gone.is_empty()
                && !entry.is("COMMENT")
                && entry.definition.as_deref().is_some_and(|definition| names_schema(definition, schema.as_bytes()))
            {
                report.mentions.push(entry.name());
            }
            !is_gone
        });
        report
    }
}

/// Whether `schema.` or `"schema".` stands in the text, in whatever case.
fn names_schema(text: &[u8], schema: &[u8]) -> bool {
    let is_name = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'_' || byte == b'$' || byte >= 0x80;
    if schema.is_empty() {
        return false;
    }
    text.windows(schema.len()).enumerate().any(|(at, window)| {
        let before = at.checked_sub(1).and_then(|before| text.get(before));
        let after = text.get(at + schema.len()..).unwrap_or_default();
        let after = after.strip_prefix(b"\"").unwrap_or(after).trim_ascii_start();
        window.eq_ignore_ascii_case(schema) && !before.is_some_and(|&byte| is_name(byte)) && after.starts_with(b".")
    })
}
