use super::{Compression, Version};

/// Why an archive could not be read or changed. Never holds a data value or a password.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ArchiveError {
    /// The file does not begin as an archive does.
    #[error("this is not the table of contents of a pg_dump archive: it does not begin with \"PGDMP\"")]
    NotAnArchive,
    /// An archive version that is not known.
    #[error(
        "archive version {major}.{minor} is not supported: versions 1.14, 1.15 and 1.16 are (pg_dump of PostgreSQL 12 to 18)"
    )]
    UnsupportedVersion {
        /// First number of the version.
        major: u8,
        /// Second number of the version.
        minor: u8,
    },
    /// Not the directory format.
    #[error("archive format {0} is not supported: only directory archives (pg_dump -Fd) are")]
    UnsupportedFormat(u8),
    /// Not the custom format.
    #[error("archive format {0} is another one than pg_dump -Fc writes")]
    NotCustomFormat(u8),
    /// Bytes are missing at the end.
    #[error("the archive's table of contents is cut short: {what} at byte {offset} reaches beyond its end")]
    Truncated {
        /// Where the part begins that is cut.
        offset: usize,
        /// Which part it is.
        what: &'static str,
    },
    /// A field holds what pg_dump never writes.
    #[error("the archive's table of contents is damaged at byte {offset}: {what}")]
    Damaged {
        /// Where the field begins.
        offset: usize,
        /// What is wrong with it.
        what: &'static str,
    },
    /// A relation has no entry, so its data cannot be added.
    #[error("the archive has no {kind} entry for the relation with OID {oid}")]
    NoSuchEntry {
        /// TABLE or SEQUENCE.
        kind: &'static str,
        /// OID of the relation.
        oid: u32,
    },
    /// Data was added twice.
    #[error("the archive already has data for {entry}")]
    DuplicateData {
        /// Kind and name of the entry.
        entry: String,
    },
    /// The SQL text of an entry that may hold passwords is not what pg_dump is known to write.
    #[error("cannot tell where the passwords are in the definition of {entry}: {what}")]
    NotUnderstood {
        /// Kind and name of the entry.
        entry: String,
        /// Which part is not understood.
        what: &'static str,
    },
    /// The archive is in an encoding in which quotes cannot be found byte by byte.
    #[error(
        "passwords cannot be removed from an archive in encoding {0}: run pg_dump with the database's own encoding"
    )]
    UnsafeEncoding(String),
    /// An archive of this version cannot say that it is compressed so.
    #[error("an archive of version {version} cannot be compressed with {compression}")]
    CompressionUnavailable {
        /// What was asked for.
        compression: Compression,
        /// Version of the archive.
        version: Version,
    },
    /// Two archives that should come from the same pg_dump do not.
    #[error("the archives have different versions: {0} and {1}")]
    VersionMismatch(Version, Version),
    /// The list of OIDs in a BLOB METADATA entry is not one.
    #[error("the list of large objects in {0} is damaged")]
    BadLargeObjectList(String),
}
