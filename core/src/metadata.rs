//! `metadata.json`: what lies beside the archive's own files and says what is in them.
//!
//! The keys are those of the Python tool's file, so that its readers keep working; what it does not have is added.
//! Holds no rule text, no salt and no value of a table; sequence values are the exception, as they are in the Python tool's.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

/// Why a `metadata.json` could not be read.
#[derive(Debug, thiserror::Error)]
#[error("metadata.json is damaged: {0}")]
pub struct MetadataError(#[from] serde_json::Error);

/// The content of `metadata.json`. Absent keys read as their defaults; unknown keys are skipped.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct Metadata {
    /// When the dump was made, `dd/mm/YYYY HH:MM:SS` in local time.
    pub created: String,
    /// Version of the server, such as `15.20`.
    pub pg_version: String,
    /// Version of pg_dump, such as `15.20`.
    pub pg_dump_version: String,
    /// Version of pg_anon that made the dump. Empty for the Python tool's.
    pub pg_anon_version: String,
    /// `directory`: a pg_dump directory archive. Empty for the Python tool's own layout.
    pub format: String,
    /// Absolute path of each sensitive dictionary, and the SHA-256 of its content in hex.
    pub dictionary_content_hash: BTreeMap<String, String>,
    /// The sensitive dictionaries as given on the command line, joined by commas.
    pub prepared_sens_dict_files: String,
    /// Whether every query was cut to 100 rows, data only.
    pub dbg_stage_2_validate_data: bool,
    /// Whether every query was cut to 100 rows, with the structure before the data.
    pub dbg_stage_3_validate_full: bool,
    /// Last values of sequences, by `schema.sequence`.
    pub seq_lastvals: BTreeMap<String, SequenceValue>,
    /// The tables' data files, by file name.
    pub files: BTreeMap<String, TableFile>,
    /// Sum of `pg_total_relation_size` of the dumped tables, in bytes.
    pub total_tables_size: i64,
    /// Rows in all data files.
    pub total_rows: i64,
    /// `pg_database_size`, in bytes.
    pub db_size: i64,
    /// The extensions of the database, by name.
    pub extensions: BTreeMap<String, Extension>,
    /// All other files of the archive (`toc.dat`, large objects), by file name.
    pub archive_files: BTreeMap<String, ArchiveFile>,
}

/// The state of a sequence.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct SequenceValue {
    /// Schema of the sequence.
    pub schema: String,
    /// Name of the table that owns it, if one does.
    pub table: Option<String>,
    /// Name of the sequence.
    pub seq_name: String,
    /// Its `last_value`.
    pub value: i64,
    /// Whether `last_value` was given out already. The Python tool does not say.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub is_called: Option<bool>,
    /// Whether its schema was left out of the dump.
    pub is_excluded: bool,
}

/// The data file of a table.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct TableFile {
    /// Schema of the table.
    pub schema: String,
    /// Name of the table.
    pub table: String,
    /// Number of rows. A string in the file.
    #[serde(with = "number_as_text")]
    pub rows: u64,
    /// Length of the file in bytes. The Python tool does not say.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub bytes: Option<u64>,
    /// SHA-256 of the file in hex. The Python tool does not say.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub sha256: Option<String>,
}

/// A file of the archive that holds no table's rows.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct ArchiveFile {
    /// Length of the file in bytes.
    pub bytes: u64,
    /// SHA-256 of the file in hex.
    pub sha256: String,
}

/// An extension of the dumped database.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct Extension {
    /// Schema in which its objects are.
    pub schema: String,
    /// Its name.
    pub name: String,
    /// Its version.
    pub version: String,
    /// Whether its schema can be changed.
    pub relocatable: bool,
    /// Whether its schema was left out of the dump.
    pub is_excluded_by_schema: bool,
}

impl Metadata {
    /// Reads a `metadata.json`, ours or the Python tool's.
    ///
    /// # Errors
    /// The text is not JSON, or a key has a value of another type.
    pub fn from_json(text: &[u8]) -> Result<Metadata, MetadataError> {
        Ok(serde_json::from_slice(text)?)
    }

    /// The file's text: JSON, indented by four, with a line feed at its end.
    pub fn to_json(&self) -> Vec<u8> {
        unimplemented!()
    }
}

mod number_as_text {
    use serde::de::Error;
    use serde::{Deserialize, Deserializer, Serializer};

    pub(super) fn serialize<S: Serializer>(number: &u64, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(number)
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<u64, D::Error> {
        #[derive(Deserialize)]
        #[serde(untagged)]
        enum Rows {
            Text(String),
            Number(u64),
        }
        match Rows::deserialize(deserializer)? {
            Rows::Number(number) => Ok(number),
            Rows::Text(text) => text.parse().map_err(|_| D::Error::custom("a number of rows is not a number")),
        }
    }
}
