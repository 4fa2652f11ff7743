use super::{Archive, ArchiveError};

impl Archive {
    /// Takes the passwords out of user mappings, servers, foreign-data wrappers, foreign tables, subscriptions and
    /// database settings. Gives the names of the entries that were changed.
    ///
    /// # Errors
    /// The text of an entry is not what pg_dump is known to write, so that a password might stay in it.
    pub fn remove_passwords(&mut self) -> Result<Vec<String>, ArchiveError> {
        unimplemented!()
    }
}
