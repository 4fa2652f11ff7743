use super::{Archive, ArchiveError};

/// What of the large objects goes into the archive.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LargeObjects {
    /// The objects and their content.
    Keep,
    /// The objects, their owners, comments and grants, without content.
    Empty,
}

/// A file that belongs to an added entry. Names are without the suffix of a compression (`.gz`, `.lz4`, `.zst`), which data
/// files have and the lists (`blobs*.toc`) have not.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DataFile {
    /// Its name in the folder of the archive that it comes from.
    pub from: String,
    /// Its name in the folder of this archive.
    pub to: String,
}

impl Archive {
    /// Takes the large objects over from an archive that holds nothing else (`pg_dump -Fd -b -N '*'`), in place of those that
    /// this archive has. Gives the files to move: none when they are to be empty.
    ///
    /// # Errors
    /// The archives' versions differ, or the other one holds entries of another kind.
    pub fn add_large_objects(&mut self, from: &Archive, mode: LargeObjects) -> Result<Vec<DataFile>, ArchiveError> {
        let _ = (from, mode);
        unimplemented!()
    }

    /// Takes all large objects out, with their comments, grants and security labels. Gives how many objects there were.
    pub fn remove_large_objects(&mut self) -> usize {
        unimplemented!()
    }
}
