use std::collections::HashMap;

use super::data::data_rank;
use super::{Archive, ArchiveError, Entry, Section};

/// What of the large objects goes into the archive.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LargeObjects {
    /// The objects and their content.
    Keep,
    /// The objects, their owners, comments and grants, without content.
    Empty,
}

/// A file that belongs to an added entry. Names are without the suffix of a compression (`.gz`, `.lz4`, `.zst`): data
/// files have one where the archive is compressed, the lists of data files (`blobs*.toc`) never have.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DataFile {
    /// Its name in the folder of the archive that it comes from.
    pub from: String,
    /// Its name in the folder of this archive.
    pub to: String,
}

/// The OIDs of the objects that an entry stands for.
fn large_object_oids(entry: &Entry) -> Result<Vec<u32>, ArchiveError> {
    if entry.is("BLOB") {
        return Ok(vec![entry.catalog_id.object]);
    }
    if !entry.is("BLOB METADATA") {
        return Ok(Vec::new());
    }
    // One OID a line.
    let text = std::str::from_utf8(entry.definition.as_deref().unwrap_or_default()).unwrap_or("?");
    text.lines().map(|line| line.parse().map_err(|_| ArchiveError::BadLargeObjectList(entry.name()))).collect()
}

impl Entry {
    /// Whether the entry is a large object, or a comment, grant or security label of one. Up to version 1.15 each object has
    /// a BLOB entry in the pre-data section, and one BLOBS entry has all the data; from 1.16 on there are pairs of BLOB
    /// METADATA and BLOBS entries, both in the data section, each for up to 1000 objects of one owner and one ACL.
    pub fn is_large_object(&self) -> bool {
        let starts_with = |prefix: &[u8]| self.tag.as_deref().is_some_and(|tag| tag.starts_with(prefix));
        match self.desc.as_deref() {
            Some(b"BLOB" | b"BLOB METADATA" | b"BLOBS") => true,
            Some(b"ACL" | b"COMMENT" | b"SECURITY LABEL") => {
                starts_with(b"LARGE OBJECT ") || starts_with(b"LARGE OBJECTS ")
            }
            _ => false,
        }
    }

    /// The OIDs of the large objects that the entry makes: none for those of other kinds.
    ///
    /// # Errors
    /// The list is damaged.
    pub fn large_object_oids(&self) -> Result<Vec<u32>, ArchiveError> {
        large_object_oids(self)
    }
}

impl Archive {
    /// Takes the large objects over from another archive of the same snapshot (`pg_dump -Fd -b -N '*'`), in place of those
    /// that this archive has. All else in the other archive is passed over. Gives the files to move: none when the objects
    /// are to be empty.
    ///
    /// # Errors
    /// The archives' versions differ, or a list of large objects is damaged. Nothing is changed then.
    pub fn add_large_objects(&mut self, from: &Archive, mode: LargeObjects) -> Result<Vec<DataFile>, ArchiveError> {
        if self.header.version() != from.header.version() {
            return Err(ArchiveError::VersionMismatch(self.header.version(), from.header.version()));
        }
        let wanted = |entry: &&Entry| entry.is_large_object() && !(mode == LargeObjects::Empty && entry.is("BLOBS"));
        let mut taken: Vec<Entry> = from.entries.iter().filter(wanted).cloned().collect();
        let mut files = Vec::new();
        if mode == LargeObjects::Keep {
            for entry in &taken {
                for oid in large_object_oids(entry)? {
                    let name = format!("blob_{oid}.dat");
                    files.push(DataFile { from: name.clone(), to: name });
                }
            }
        }

        self.remove_large_objects();
        let mut next_id = self.next_dump_id();
        let mut new_ids: HashMap<i32, i32> = HashMap::new();
        let mut new_id = |old: i32| {
            *new_ids.entry(old).or_insert_with(|| {
                next_id = next_id.saturating_add(1);
                next_id - 1
            })
        };
        for entry in &mut taken {
            entry.dump_id = new_id(entry.dump_id);
        }
        for entry in &mut taken {
            // Also those that are not there: pg_dump names the number of the boundary before the post-data section.
            for id in &mut entry.dependencies {
                *id = new_id(*id);
            }
            if entry.is("BLOBS") {
                let from = String::from_utf8_lossy(entry.file_name.as_deref().unwrap_or_default()).into_owned();
                let to = if from == "blobs.toc" { from.clone() } else { format!("blobs_{}.toc", entry.dump_id) };
                entry.file_name = Some(to.clone().into_bytes());
                files.push(DataFile { from, to });
            }
        }

        // Each run keeps its order, so that comments and grants stay behind their objects.
        let first_data = taken.iter().position(|entry| entry.section == Section::Data).unwrap_or(taken.len());
        let data = taken.split_off(first_data);
        let place = |belongs_after: &dyn Fn(&Entry) -> bool| {
            self.entries.iter().position(belongs_after).unwrap_or(self.entries.len())
        };
        let data_place = place(&|entry| {
            entry.section == Section::PostData || entry.section == Section::Data && data_rank(entry) > 3
        });
        let pre_data_place = place(&|entry| matches!(entry.section, Section::Data | Section::PostData));
        self.entries.splice(data_place..data_place, data);
        self.entries.splice(pre_data_place..pre_data_place, taken);
        Ok(files)
    }

    /// Takes all large objects out, with their comments, grants and security labels. Gives how many objects there were.
    pub fn remove_large_objects(&mut self) -> usize {
        let mut objects = 0;
        self.entries.retain(|entry| {
            if entry.is("BLOB") {
                objects += 1;
            } else if entry.is("BLOB METADATA") {
                objects +=
                    entry.definition.as_deref().unwrap_or_default().split_inclusive(|&byte| byte == b'\n').count();
            }
            !entry.is_large_object()
        });
        objects
    }
}
