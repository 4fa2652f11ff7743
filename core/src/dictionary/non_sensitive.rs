//! Columns that are known not to be sensitive.

use std::collections::{HashMap, HashSet};

use serde_json::{Map, Value};

use super::DictionaryError;
use super::model::{entries, kind, object, sections, text};

/// The section of a file.
const SECTION: &str = "no_sens_dictionary";

/// The non-sensitive dictionaries of one run, merged: the columns that somebody has looked at and found harmless.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct NonSensitive {
    /// Schema, table and columns, in the order of the files.
    tables: Vec<(String, String, Vec<String>)>,
    by_name: HashMap<(String, String), HashSet<String>>,
}

impl NonSensitive {
    /// Checks files and joins their `no_sens_dictionary`. The names are for messages. A file without data is passed over.
    pub fn merge<'a>(files: impl IntoIterator<Item = (&'a str, &'a Value)>) -> Result<NonSensitive, DictionaryError> {
        let mut merged = NonSensitive::default();
        for (file, value) in files {
            let Some(sections) = sections(file, value, &[SECTION])? else { continue };
            for (place, entry) in entries(file, sections, SECTION)? {
                let map = object(&place, entry, &["schema", "table", "fields"])?;
                let name = |key: &str| match text(&place, map, key)? {
                    Some(name) if !name.is_empty() => Ok(name.to_owned()),
                    _ => Err(place.error(format!("{key} is missing"))),
                };
                let (schema, table) = (name("schema")?, name("table")?);
                let fields = match map.get("fields") {
                    Some(Value::Array(fields)) => fields.iter().map(|field| match field {
                        Value::String(field) => Ok(field.clone()),
                        other => Err(place.error(format!("fields must be a list of columns; one is {}", kind(other)))),
                    }),
                    Some(other) => {
                        return Err(place.error(format!("fields must be a list of columns, not {}", kind(other))));
                    }
                    None => return Err(place.error("fields is missing")),
                };
                let fields = fields.collect::<Result<Vec<String>, DictionaryError>>()?;
                merged.by_name.entry((schema.clone(), table.clone())).or_default().extend(fields.iter().cloned());
                merged.tables.push((schema, table, fields));
            }
        }
        Ok(merged)
    }

    /// The list in the syntax of a file. Merging this value alone gives the same list.
    pub fn to_value(&self) -> Value {
        let entry = |(schema, table, fields): &(String, String, Vec<String>)| {
            let mut map = Map::new();
            map.insert("schema".to_owned(), schema.as_str().into());
            map.insert("table".to_owned(), table.as_str().into());
            map.insert("fields".to_owned(), fields.iter().map(|field| Value::from(field.as_str())).collect());
            Value::Object(map)
        };
        let mut sections = Map::new();
        sections.insert(SECTION.to_owned(), self.tables.iter().map(entry).collect());
        Value::Object(sections)
    }

    /// Whether the column of the table, by its own name, is listed.
    pub fn has(&self, schema: &str, table: &str, column: &str) -> bool {
        // A key of borrowed names would need a type of its own.
        self.by_name.get(&(schema.to_owned(), table.to_owned())).is_some_and(|columns| columns.contains(column))
    }

    /// The tables that are listed, with their columns.
    pub fn tables(&self) -> impl Iterator<Item = (&str, &str, &[String])> {
        self.tables.iter().map(|(schema, table, columns)| (schema.as_str(), table.as_str(), columns.as_slice()))
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn files_are_joined_and_names_are_exact() {
        let a = json!({"no_sens_dictionary": [{"schema": "s", "table": "t", "fields": ["a", "B"]}]});
        let b = json!({"no_sens_dictionary": [{"schema": "s", "table": "t", "fields": ["c"]}], "field": {"rules": []}});
        let list = NonSensitive::merge([("a", &a), ("none", &json!({})), ("b", &b)]).unwrap();
        for column in ["a", "B", "c"] {
            assert!(list.has("s", "t", column));
        }
        assert!(!list.has("s", "t", "b") && !list.has("s", "T", "a") && !list.has("x", "t", "a"));
        assert_eq!(NonSensitive::merge([("again", &list.to_value())]).unwrap(), list);
    }

    #[test]
    fn what_is_no_list_of_columns_is_refused() {
        for (entry, message) in [
            (json!({"schema": "s", "table": "t"}), "fields is missing"),
            (json!({"schema": "s", "fields": []}), "table is missing"),
            (json!({"schema": "s", "table": "t", "fields": {"a": "x"}}), "not a dictionary"),
            (json!({"schema": "s", "table": "t", "fields": [1]}), "one is a number"),
            (json!({"schema": "s", "table_mask": "t", "fields": []}), "unknown key \"table_mask\""),
        ] {
            let value = json!({"no_sens_dictionary": [entry]});
            let error = NonSensitive::merge([("file", &value)]).unwrap_err().to_string();
            assert!(error.contains(message) && error.starts_with("file: no_sens_dictionary, entry 1"), "{error}");
        }
        let other = json!({"dictionary": []});
        assert!(NonSensitive::merge([("file", &other)]).unwrap_err().to_string().contains("another kind"));
    }
}
