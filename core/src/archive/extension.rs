use super::Archive;

/// What [`Archive::remove_extension`] took out, and what will miss it. Names as [`super::Entry::name`] gives them.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct RemovedExtension {
    /// The entries taken out.
    pub removed: Vec<String>,
    /// Entries left in that depend on one of them: restoring them fails where the extension is not installed.
    pub dependents: Vec<String>,
    /// Entries left in whose definition names the schema without a recorded dependency, such as function bodies.
    pub mentions: Vec<String>,
}

impl Archive {
    /// Takes out the extension with its comment, the grants on its members, and its schema with comment, grants and security
    /// label, the schema only when nothing else in the archive lives in it.
    pub fn remove_extension(&mut self, extension: &str, schema: &str) -> RemovedExtension {
        let _ = (extension, schema);
        unimplemented!()
    }
}
