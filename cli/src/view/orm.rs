//! `--orm-dict-file`: the names that an application has for tables and columns.

use std::collections::HashMap;
use std::path::Path;

use anyhow::Context as _;
use serde::Deserialize;

use crate::error::Error;

/// One table of the file. What else is in it, such as a comment, is passed over.
#[derive(Debug, Deserialize)]
struct Entry {
    schema: String,
    table_name: String,
    #[serde(default)]
    table_alias: Option<String>,
    #[serde(default)]
    fields: Option<HashMap<String, Option<String>>>,
}

#[derive(Debug, Default)]
struct Table {
    alias: Option<String>,
    fields: HashMap<String, String>,
}

/// Names by the lower-case names of schema, table and column.
#[derive(Debug, Default)]
pub(super) struct Names(HashMap<(String, String), Table>);

impl Names {
    /// Reads the file: a JSON list of `{"schema", "table_name", "table_alias", "fields": {"column": "alias"}}`.
    pub(super) fn read(file: &Path) -> anyhow::Result<Names> {
        let text = std::fs::read(file).with_context(|| format!("cannot read {}", file.display()))?;
        let text = text.strip_prefix(b"\xef\xbb\xbf").unwrap_or(&text);
        let entries: Vec<Entry> = serde_json::from_slice(text).map_err(|error| {
            Error::View(format!(
                "{} is not a list of tables with their names: {error}\n\
                 HINT: [{{\"schema\": \"public\", \"table_name\": \"users\", \"table_alias\": \"User\", \"fields\": \
                 {{\"mail\": \"email\"}}}}]",
                file.display()
            ))
        })?;
        let mut tables: HashMap<(String, String), Table> = HashMap::new();
        for entry in entries {
            let table = tables.entry((entry.schema.to_lowercase(), entry.table_name.to_lowercase())).or_default();
            // An empty name keeps the one that the database has.
            table.alias = entry.table_alias.filter(|alias| !alias.is_empty());
            let aliases = entry.fields.unwrap_or_default().into_iter();
            table.fields.extend(
                aliases
                    .filter_map(|(name, alias)| Some((name.to_lowercase(), alias.filter(|alias| !alias.is_empty())?))),
            );
        }
        Ok(Names(tables))
    }

    /// The names to show for a table and a column of it.
    pub(super) fn of<'a>(&'a self, schema: &str, table: &'a str, column: &'a str) -> (&'a str, &'a str) {
        match self.0.get(&(schema.to_lowercase(), table.to_lowercase())) {
            None => (table, column),
            Some(found) => (
                found.alias.as_deref().unwrap_or(table),
                found.fields.get(&column.to_lowercase()).map_or(column, String::as_str),
            ),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names(text: &str) -> anyhow::Result<Names> {
        let file = tempfile::NamedTempFile::new().unwrap();
        std::fs::write(file.path(), text).unwrap();
        Names::read(file.path())
    }

    #[test]
    fn names_are_found_whatever_their_case_and_empty_ones_are_passed_over() {
        let names = names(
            "\u{feff}[{\"schema\": \"Public\", \"table_name\": \"USERS\", \"table_alias\": \"User\", \"comment\": 1, \
             \"fields\": {\"Mail\": \"email\", \"id\": \"\", \"x\": null}}, \
             {\"schema\": \"s\", \"table_name\": \"t\", \"table_alias\": \"\"}]",
        )
        .unwrap();
        assert_eq!(names.of("public", "users", "mail"), ("User", "email"));
        assert_eq!(names.of("public", "users", "id"), ("User", "id"));
        assert_eq!(names.of("other", "users", "mail"), ("users", "mail"));
        assert_eq!(names.of("s", "t", "c"), ("t", "c"));
    }

    #[test]
    fn a_file_that_is_no_such_list_is_refused() {
        for text in ["", "{}", "[1]", "[{\"schema\": \"s\"}]", "[{\"schema\": \"s\", \"table_name\": 1}]"] {
            assert!(names(text).unwrap_err().to_string().contains("is not a list of tables"), "{text}");
        }
    }
}
