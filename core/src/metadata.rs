//! `metadata.json`: what lies beside the archive's own files and says what is in them.
//!
//! The keys are those of the Python tool's file, so that its readers keep working; what it does not have is added.
//! Holds no rule text, no salt and no value of a table; sequence values are the exception, as they are in the Python tool's.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

/// Why a `metadata.json` could not be read or written.
#[derive(Debug, thiserror::Error)]
#[error("metadata.json: {0}")]
pub struct MetadataError(serde_json::Error);

// Not derived: the error would be its own source as well, and be told twice.
impl From<serde_json::Error> for MetadataError {
    fn from(error: serde_json::Error) -> MetadataError {
        MetadataError(error)
    }
}

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
    /// What was dumped: `dump` (all), `sync-struct-dump` (structure) or `sync-data-dump` (data). Empty for the Python tool's.
    pub mode: String,
    /// Absolute path of each sensitive dictionary, and the SHA-256 of its content in hex.
    pub dictionary_content_hash: BTreeMap<String, String>,
    /// The sensitive dictionaries as given on the command line, joined by commas.
    pub prepared_sens_dict_files: String,
    /// Whether every query was cut to 100 rows, data only.
    pub dbg_stage_2_validate_data: bool,
    /// Whether every query was cut to 100 rows, with the structure before the data.
    pub dbg_stage_3_validate_full: bool,
    /// Last values of sequences, by `schema.sequence`.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub seq_lastvals: BTreeMap<String, SequenceValue>,
    /// Views and materialised views, by name; by `schema.view` where several have the same name.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub views: BTreeMap<String, View>,
    /// Indexes, by name; by `schema.index` where several have the same name.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub indexes: BTreeMap<String, Index>,
    /// Foreign keys, by name; by `schema.table.constraint` where several have the same name.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub constraints: BTreeMap<String, ForeignKey>,
    /// Event triggers that were left out, because their function is in a schema that was.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub excluded_event_triggers: Vec<String>,
    /// Schemas of a dump of some tables. Those of the `partial_dump_*` keys that follow are the Python tool's alone: SQL
    /// that makes what the chosen tables need and pg_dump leaves out when it is given tables.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub partial_dump_schemas: Vec<String>,
    /// `CREATE TYPE` statements.
    #[serde(skip_serializing)]
    pub partial_dump_types: Vec<String>,
    /// `CREATE DOMAIN` statements.
    #[serde(skip_serializing)]
    pub partial_dump_domains: Vec<String>,
    /// `CREATE TYPE ... AS RANGE` statements.
    #[serde(skip_serializing)]
    pub partial_dump_ranges: Vec<String>,
    /// `CREATE FUNCTION` and `CREATE PROCEDURE` statements.
    #[serde(skip_serializing)]
    pub partial_dump_functions: Vec<String>,
    /// `CREATE CAST` statements.
    #[serde(skip_serializing)]
    pub partial_dump_casts: Vec<String>,
    /// `CREATE OPERATOR` statements.
    #[serde(skip_serializing)]
    pub partial_dump_operators: Vec<String>,
    /// `CREATE AGGREGATE` statements.
    #[serde(skip_serializing)]
    pub partial_dump_aggregates: Vec<String>,
    /// The tables' data files, by file name.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub files: BTreeMap<String, TableFile>,
    /// Sum of `pg_total_relation_size` of the dumped tables, in bytes.
    #[serde(deserialize_with = "number_as_text::deserialize")]
    pub total_tables_size: i64,
    /// Rows in all data files.
    #[serde(deserialize_with = "number_as_text::deserialize")]
    pub total_rows: i64,
    /// `pg_database_size`, in bytes.
    #[serde(deserialize_with = "number_as_text::deserialize")]
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

/// A view.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct View {
    /// Schema of the view.
    pub view_schema: String,
    /// Name of the view.
    pub view_name: String,
    /// `view` or `materialized_view`.
    pub view_type: String,
    /// Schema of a table that it reads.
    pub table_schema: Option<String>,
    /// Name of that table.
    pub table_name: Option<String>,
    /// Whether it is not to be restored.
    pub is_excluded: bool,
}

/// An index.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct Index {
    /// Schema of the index and of its table.
    pub schema: String,
    /// Name of its table.
    pub table: String,
    /// Name of the index.
    pub index_name: String,
    /// Whether it is not to be restored.
    pub is_excluded: bool,
    /// Schema of the index of a partitioned table that it is a part of.
    pub parent_index_schema: Option<String>,
    /// Name of that index.
    pub parent_index_name: Option<String>,
}

/// A foreign key.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct ForeignKey {
    /// Schema of the referencing table.
    pub table_schema_from: String,
    /// Name of the referencing table.
    pub table_name_from: String,
    /// Name of the constraint, which other tables may have too.
    pub constraint_name: String,
    /// Schema of the referenced table.
    pub table_schema_to: String,
    /// Name of the referenced table.
    pub table_name_to: String,
    /// Whether it is not to be restored.
    pub is_excluded: bool,
    /// `relkind` of the referenced table: `r`, or `p` for a partitioned one.
    pub referenced_relkind: String,
    /// `relkind` of the referencing table.
    pub referrer_relkind: String,
    /// Schema and name of the partitions that hold the rows of a referenced table that is partitioned.
    pub referenced_partition_leaves: Option<Vec<(String, String)>>,
    /// Schema and name of the partitions that hold the rows of a referencing table that is partitioned.
    pub referrer_partition_leaves: Option<Vec<(String, String)>>,
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
    /// The number of tables that have data files; a large table may have several.
    pub fn table_count(&self) -> usize {
        self.files.values().map(|file| (&file.schema, &file.table)).collect::<std::collections::BTreeSet<_>>().len()
    }

    /// Reads a `metadata.json`, ours or the Python tool's.
    ///
    /// # Errors
    /// The text is not JSON, or a key has a value of another type.
    pub fn from_json(text: &[u8]) -> Result<Metadata, MetadataError> {
        let mut value: serde_json::Value = serde_json::from_slice(text)?;
        // serde would take an array for the fields in their order.
        if !value.is_object() {
            return Err(MetadataError(serde::de::Error::custom("it is not a JSON object")));
        }
        remove_nulls(&mut value);
        Ok(serde_json::from_value(value)?)
    }

    /// The file's text: JSON, indented by four, with a line feed at its end.
    ///
    /// # Errors
    /// None that can happen with what a [`Metadata`] holds; the serializer's interface has one.
    pub fn to_json(&self) -> Result<Vec<u8>, MetadataError> {
        let mut text = Vec::new();
        let formatter = serde_json::ser::PrettyFormatter::with_indent(b"    ");
        self.serialize(&mut serde_json::Serializer::with_formatter(&mut text, formatter))?;
        text.push(b'\n');
        Ok(text)
    }
}

/// The Python tool takes an absent key and null for the same.
fn remove_nulls(value: &mut serde_json::Value) {
    match value {
        serde_json::Value::Object(map) => {
            map.retain(|_, value| !value.is_null());
            map.values_mut().for_each(remove_nulls);
        }
        serde_json::Value::Array(values) => values.iter_mut().for_each(remove_nulls),
        _ => {}
    }
}

/// Numbers that the Python tool writes as text, or may.
mod number_as_text {
    use std::str::FromStr;

    use serde::de::Error;
    use serde::{Deserialize, Deserializer, Serializer};

    #[derive(Deserialize)]
    #[serde(untagged)]
    enum TextOr<T> {
        Text(String),
        Number(T),
    }

    pub(super) fn serialize<S: Serializer>(number: &u64, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(number)
    }

    pub(super) fn deserialize<'de, D, T>(deserializer: D) -> Result<T, D::Error>
    where
        D: Deserializer<'de>,
        T: Deserialize<'de> + FromStr,
    {
        match TextOr::deserialize(deserializer)? {
            TextOr::Number(number) => Ok(number),
            TextOr::Text(text) => text.parse().map_err(|_| D::Error::custom("a number was expected")),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_of_the_python_tool_is_read() {
        let text = br#"{
            "created": "01/02/2025 03:04:05", "pg_version": "15.20", "pg_dump_version": "15.20",
            "dictionary_content_hash": {"/d.py": "ab"}, "prepared_sens_dict_files": "d.py,e.py",
            "dbg_stage_2_validate_data": false, "dbg_stage_3_validate_full": false,
            "seq_lastvals": {"public.s": {"schema": "public", "table": "t", "seq_name": "s", "value": 5, "is_excluded": false}},
            "views": {"v": {"view_schema": "public"}}, "indexes": {},
            "constraints": {"c": {"referenced_partition_leaves": null}},
            "files": {"ff.bin.gz": {"schema": "public", "table": "t", "rows": "12"}},
            "total_tables_size": "8192", "total_rows": 12, "db_size": 9000000000,
            "extensions": {"plpgsql": {"schema": "pg_catalog", "name": "plpgsql", "version": "1.0", "relocatable": false,
                "is_excluded_by_schema": false}},
            "partial_dump_schemas": null, "partial_dump_types": ["CREATE TYPE a AS ENUM ()"], "something_new": [1, {"a": null}]
        }"#;
        let metadata = Metadata::from_json(text).expect("read");
        assert_eq!(metadata.files["ff.bin.gz"].rows, 12);
        assert_eq!(metadata.files["ff.bin.gz"].sha256, None);
        assert_eq!((metadata.total_tables_size, metadata.total_rows, metadata.db_size), (8192, 12, 9_000_000_000));
        assert_eq!(metadata.seq_lastvals["public.s"].is_called, None);
        assert!(metadata.partial_dump_schemas.is_empty());
        assert_eq!(metadata.partial_dump_types, ["CREATE TYPE a AS ENUM ()"]);
        assert_eq!(metadata.extensions["plpgsql"].version, "1.0");
        assert_eq!((metadata.pg_anon_version.as_str(), metadata.format.as_str()), ("", ""));
    }

    #[test]
    fn what_is_written_is_read_back_the_same() {
        let mut metadata = Metadata { format: "directory".to_owned(), total_rows: 3, ..Metadata::default() };
        let sha256 = Some("00ff".to_owned());
        let file =
            TableFile { schema: "a\"b".to_owned(), table: "t".to_owned(), rows: u64::MAX, bytes: Some(7), sha256 };
        metadata.files.insert("12.dat.gz".to_owned(), file);
        metadata.archive_files.insert("toc.dat".to_owned(), ArchiveFile { bytes: 1, sha256: "aa".to_owned() });
        let sequence = SequenceValue { value: -3, is_called: Some(true), ..SequenceValue::default() };
        metadata.seq_lastvals.insert("public.s".to_owned(), sequence);
        let text = metadata.to_json().expect("written");
        assert_eq!(Metadata::from_json(&text).expect("read"), metadata);
        let text = String::from_utf8(text).expect("UTF-8");
        assert!(text.starts_with("{\n    \"created\": \"\",\n"), "{text}");
        assert!(text.contains("\"rows\": \"18446744073709551615\""), "{text}");
        assert!(text.ends_with("}\n"));
    }

    #[test]
    fn a_number_of_rows_that_is_none_is_an_error() {
        for rows in ["\"many\"", "-1", "{}", "1.5"] {
            let text = format!("{{\"files\": {{\"x\": {{\"rows\": {rows}}}}}}}");
            assert!(Metadata::from_json(text.as_bytes()).is_err(), "{rows}");
        }
        assert!(Metadata::from_json(b"[]").is_err());
        assert!(Metadata::from_json(b"").is_err());
    }
}
