use super::{Archive, ArchiveError};

/// A table or sequence that belongs to an extension: it has no entry of its own in an archive, so what its data entry
/// needs must come from elsewhere.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ExtensionMember {
    /// Schema, bare.
    pub schema: Vec<u8>,
    /// Name, bare.
    pub name: Vec<u8>,
    /// Role that owns it, bare. Used by `pg_restore --use-set-session-authorization` only.
    pub owner: Option<Vec<u8>>,
}

/// What [`Archive::add_table_data`] needs to know. Text is in the encoding of the archive.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TableData {
    /// OID of the table.
    pub oid: u32,
    /// The COPY statement as pg_dump writes it: `COPY public.t (a, b) FROM stdin;\n`. For a table without columns there are
    /// two spaces before `FROM`.
    pub copy_statement: Vec<u8>,
    /// For a configuration table of an extension: which table it is.
    pub extension_member: Option<ExtensionMember>,
}

/// The entry of a table or of a sequence.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RelationEntry<'a> {
    /// OID of the relation.
    pub oid: u32,
    /// Number of its entry.
    pub dump_id: i32,
    /// Schema, bare.
    pub schema: &'a [u8],
    /// Name, bare.
    pub name: &'a [u8],
    /// Role that owns it, bare.
    pub owner: Option<&'a [u8]>,
}

impl Archive {
    /// The entries of kind TABLE: ordinary and partitioned tables, but not those of extensions.
    pub fn table_entries(&self) -> impl Iterator<Item = RelationEntry<'_>> {
        self.relation_entries("TABLE")
    }

    /// The entries of kind SEQUENCE.
    pub fn sequence_entries(&self) -> impl Iterator<Item = RelationEntry<'_>> {
        self.relation_entries("SEQUENCE")
    }

    fn relation_entries(&self, kind: &'static str) -> impl Iterator<Item = RelationEntry<'_>> {
        self.entries.iter().filter(move |entry| entry.is(kind)).map(|entry| RelationEntry {
            oid: entry.catalog_id.object,
            dump_id: entry.dump_id,
            schema: entry.namespace.as_deref().unwrap_or_default(),
            name: entry.tag.as_deref().unwrap_or_default(),
            owner: entry.owner.as_deref(),
        })
    }

    /// Adds the TABLE DATA entry of a table, as pg_dump writes it. Gives its dump id; its data file is `<dump id>.dat`, plus
    /// the suffix of its compression.
    ///
    /// # Errors
    /// The archive has no TABLE entry for the OID, and [`TableData::extension_member`] is not given; or has data for it.
    pub fn add_table_data(&mut self, data: TableData) -> Result<i32, ArchiveError> {
        let _ = data;
        unimplemented!()
    }

    /// [`Archive::add_table_data`] for many tables at once, in time proportional to the archive. Gives the dump ids in the
    /// order of `tables`. Changes nothing when it fails.
    ///
    /// # Errors
    /// As [`Archive::add_table_data`].
    pub fn add_all_table_data(&mut self, tables: Vec<TableData>) -> Result<Vec<i32>, ArchiveError> {
        let _ = tables;
        unimplemented!()
    }

    /// Adds the SEQUENCE SET entry of a sequence, as pg_dump writes it.
    ///
    /// # Errors
    /// The archive has no SEQUENCE entry for the OID.
    pub fn add_sequence_set(&mut self, oid: u32, setval_statement: impl AsRef<[u8]>) -> Result<(), ArchiveError> {
        let _ = (oid, setval_statement.as_ref());
        unimplemented!()
    }

    /// Adds the SEQUENCE SET entry of a sequence that an extension has registered as configuration.
    pub fn add_extension_sequence_set(&mut self, sequence: &ExtensionMember, setval_statement: impl AsRef<[u8]>) {
        let _ = (sequence, setval_statement.as_ref());
        unimplemented!()
    }
}
