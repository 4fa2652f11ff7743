//! The dictionaries that a scan makes, and their files.

use std::collections::hash_map::Entry;
use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::io::Write as _;
use std::path::{Path, PathBuf};

use anyhow::Context as _;
use pg_anon_core::dictionary::{Dictionary, MaskError, TableRule};
use serde::Serialize as _;
use serde_json::{Map, Value, json};
use tempfile::NamedTempFile;

use crate::files;

/// What the server says of a column.
#[derive(Debug, Clone, Default)]
pub(super) struct Verdict {
    /// The OID of its table.
    pub(super) table: u32,
    /// The OID of the partitioned table that the table is a partition of.
    pub(super) parent: Option<u32>,
    pub(super) schema: String,
    pub(super) table_name: String,
    pub(super) column: String,
    /// With schema and table, quoted.
    pub(super) sql_name: String,
    /// The rule of a sensitive column. None: it is not sensitive.
    pub(super) rule: Option<String>,
    /// What decided.
    pub(super) found_by: String,
    /// Why.
    pub(super) reason: String,
    /// From 0 to 1.
    pub(super) confidence: f64,
}

impl Verdict {
    /// Whether it is sensitive and no prepared dictionary says so.
    fn is_new(&self) -> bool {
        self.rule.is_some() && self.found_by != "prepared"
    }
}

/// What a dictionary says of a table besides its name.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
struct Rules {
    fields: BTreeMap<String, String>,
    sql_condition: Option<String>,
    raw_sql: Option<String>,
}

/// A table with the verdicts on its columns.
#[derive(Debug)]
struct Table<'a> {
    parent: Option<u32>,
    /// A prepared dictionary leaves out its rows, or gives them by a query of its own: nothing is to be decided.
    is_decided: bool,
    rules: Rules,
    non_sensitive: BTreeSet<&'a str>,
    new: Vec<&'a Verdict>,
}

/// All that was found.
#[derive(Debug)]
pub(super) struct Found<'a> {
    tables: HashMap<u32, Table<'a>>,
    /// In the order of the dictionaries: schema, name and OID.
    order: BTreeSet<(&'a str, &'a str, u32)>,
}

impl<'a> Found<'a> {
    /// Orders verdicts by table. What the prepared dictionary says of rows is kept: its conditions and queries.
    /// The error is a mask that took too many steps.
    pub(super) fn new(verdicts: &'a [Verdict], prepared: &Dictionary) -> Result<Found<'a>, MaskError> {
        let schemas: BTreeSet<&String> = verdicts.iter().map(|verdict| &verdict.schema).collect();
        let schemas: Vec<String> = schemas.into_iter().cloned().collect();
        let left_out: BTreeSet<String> = prepared.excluded_schemas(&schemas)?.into_iter().collect();
        let names: HashMap<u32, (&str, &str, Option<u32>)> =
            verdicts.iter().map(|v| (v.table, (v.schema.as_str(), v.table_name.as_str(), v.parent))).collect();
        let mut found = Found { tables: HashMap::new(), order: BTreeSet::new() };
        for verdict in verdicts {
            let table = match found.tables.entry(verdict.table) {
                Entry::Occupied(occupied) => occupied.into_mut(),
                Entry::Vacant(vacant) => {
                    found.order.insert((&verdict.schema, &verdict.table_name, verdict.table));
                    let mut table = Table {
                        parent: verdict.parent,
                        is_decided: verdict.found_by == "excluded" || left_out.contains(&verdict.schema),
                        rules: Rules::default(),
                        non_sensitive: BTreeSet::new(),
                        new: Vec::new(),
                    };
                    if let Some(rule) = prepared_rule(prepared, &names, verdict.table)?.filter(|_| !table.is_decided) {
                        table.is_decided = rule.raw_sql.is_some();
                        table.rules.sql_condition.clone_from(&rule.sql_condition);
                        table.rules.raw_sql.clone_from(&rule.raw_sql);
                    }
                    vacant.insert(table)
                }
            };
            if verdict.found_by == "excluded" {
                table.is_decided = true;
                // A generated column before it.
                table.non_sensitive.clear();
            }
            if table.is_decided {
                continue;
            }
            match &verdict.rule {
                Some(rule) => {
                    table.rules.fields.insert(verdict.column.clone(), rule.clone());
                }
                None => {
                    table.non_sensitive.insert(&verdict.column);
                }
            }
            if verdict.is_new() {
                table.new.push(verdict);
            }
        }
        Ok(found)
    }

    /// The tables that a table is a partition of, the nearest first.
    fn parents<'s>(&'s self, table: &'s Table<'a>) -> impl Iterator<Item = &'s Table<'a>> {
        std::iter::successors(Some(table), |table| self.tables.get(&table.parent?)).skip(1)
    }

    /// Tables in the order of the dictionaries.
    fn ordered(&self) -> impl Iterator<Item = (&'a str, &'a str, &Table<'a>)> {
        self.order.iter().filter_map(|(schema, name, oid)| Some((*schema, *name, self.tables.get(oid)?)))
    }

    /// The sensitive dictionary. A partition has the rules of its parent: it stands there only when it has others, so that a
    /// partition that goes leaves nothing behind that a dump would stumble over.
    pub(super) fn sensitive(&self, prepared: &Dictionary) -> Value {
        let nothing = Rules::default();
        let mut dictionary = Vec::new();
        for (schema, name, table) in self.ordered() {
            if table.is_decided && table.rules.raw_sql.is_none() {
                continue;
            }
            let inherited = self.parents(table).next().map_or(&nothing, |parent| &parent.rules);
            if table.rules == *inherited {
                continue;
            }
            let mut entry = Map::new();
            entry.insert("schema".to_owned(), json!(schema));
            entry.insert("table".to_owned(), json!(name));
            match &table.rules.raw_sql {
                Some(raw_sql) => {
                    entry.insert("raw_sql".to_owned(), json!(raw_sql));
                }
                None => {
                    entry.insert("fields".to_owned(), json!(table.rules.fields));
                    if let Some(condition) = &table.rules.sql_condition {
                        entry.insert("sql_condition".to_owned(), json!(condition));
                    }
                }
            }
            dictionary.push(Value::Object(entry));
        }
        let mut sections = Map::new();
        sections.insert("dictionary".to_owned(), Value::Array(dictionary));
        for section in ["dictionary_exclude", "consistent", "validate_tables"] {
            if let Some(patterns) = prepared.to_value().get(section).filter(|patterns| **patterns != json!([])) {
                sections.insert(section.to_owned(), patterns.clone());
            }
        }
        Value::Object(sections)
    }

    /// The non-sensitive dictionary. What it says of a partitioned table it says of its partitions.
    pub(super) fn non_sensitive(&self) -> Value {
        let mut tables = Vec::new();
        for (schema, table_name, table) in self.ordered() {
            let is_said = |column: &str| self.parents(table).any(|parent| parent.non_sensitive.contains(column));
            let fields: Vec<&str> = table.non_sensitive.iter().copied().filter(|column| !is_said(column)).collect();
            if !fields.is_empty() {
                tables.push(json!({"schema": schema, "table": table_name, "fields": fields}));
            }
        }
        json!({"no_sens_dictionary": tables})
    }

    /// The sensitive columns that no prepared dictionary has, without those of partitions of whose parent the same is said.
    pub(super) fn new_columns(&self) -> Vec<&'a Verdict> {
        let mut columns = Vec::new();
        for (_, _, table) in self.ordered() {
            let is_said = |column: &str| {
                self.parents(table).any(|parent| parent.new.iter().any(|verdict| verdict.column == column))
            };
            columns.extend(table.new.iter().copied().filter(|verdict| !is_said(&verdict.column)));
        }
        columns
    }

    /// How many columns are sensitive, partitions' ones counted with their parent's.
    pub(super) fn sensitive_columns(&self) -> u64 {
        self.roots().map(|table| table.rules.fields.len() as u64).sum()
    }

    /// How many columns are not sensitive, partitions' ones counted with their parent's.
    pub(super) fn non_sensitive_columns(&self) -> u64 {
        self.roots().map(|table| table.non_sensitive.len() as u64).sum()
    }

    fn roots(&self) -> impl Iterator<Item = &Table<'a>> {
        self.tables.values().filter(|table| table.parent.is_none())
    }
}

/// The rule of the prepared dictionary for a table: its own, or that of the nearest table that it is a partition of.
fn prepared_rule<'p>(
    prepared: &'p Dictionary,
    names: &HashMap<u32, (&str, &str, Option<u32>)>,
    table: u32,
) -> Result<Option<&'p TableRule>, MaskError> {
    let mut next = Some(table);
    while let Some((schema, name, parent)) = next.and_then(|oid| names.get(&oid)) {
        if let Some(rule) = prepared.find(schema, name)? {
            return Ok(Some(rule));
        }
        next = *parent;
    }
    Ok(None)
}

/// A file that gets its name when it is whole. One that was there stays until then.
pub(super) struct OutputFile {
    file: NamedTempFile,
    path: PathBuf,
}

impl OutputFile {
    /// Begins a file for its owner only, since salts are in it, and makes its folder.
    pub(super) fn new(path: &Path) -> anyhow::Result<OutputFile> {
        let folder = path.parent().unwrap_or(Path::new("/"));
        let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
        let make = || {
            std::fs::create_dir_all(folder)?;
            tempfile::Builder::new().prefix(&format!(".{name}.pg_anon-")).tempfile_in(folder)
        };
        let file = make().with_context(|| format!("cannot write {}", path.display()))?;
        Ok(OutputFile { file, path: path.to_owned() })
    }

    /// Writes a dictionary in the form of the Python tool, and gives the file its name.
    pub(super) fn publish(mut self, dictionary: &Value) -> anyhow::Result<()> {
        let mut text = Vec::new();
        let formatter = serde_json::ser::PrettyFormatter::with_indent(b"    ");
        dictionary.serialize(&mut serde_json::Serializer::with_formatter(&mut text, formatter))?;
        text.push(b'\n');
        let path = self.path;
        let write = || {
            self.file.write_all(&text)?;
            self.file.as_file().sync_all()?;
            self.file.persist(&path).map_err(|error| error.error)
        };
        write().with_context(|| format!("cannot write {}", path.display()))?;
        files::sync_folder(path.parent().unwrap_or(Path::new("/")))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn verdict(table: u32, parent: Option<u32>, column: &str, rule: Option<&str>, found_by: &str) -> Verdict {
        Verdict {
            table,
            parent,
            schema: "s".to_owned(),
            table_name: format!("t{table}"),
            column: column.to_owned(),
            rule: rule.map(str::to_owned),
            found_by: found_by.to_owned(),
            ..Verdict::default()
        }
    }

    fn prepared(value: Value) -> Dictionary {
        Dictionary::merge([("prepared", &value)]).unwrap()
    }

    #[test]
    fn tables_and_columns_are_sorted_whatever_the_order_of_the_verdicts() {
        let verdicts = [
            verdict(2, None, "b", Some("NULL"), "email"),
            verdict(2, None, "a", Some("''"), "prepared"),
            verdict(1, None, "z", None, "none"),
            verdict(1, None, "y", None, "type"),
        ];
        let nothing = Dictionary::default();
        let found = Found::new(&verdicts, &nothing).unwrap();
        let text = found.sensitive(&nothing).to_string();
        assert_eq!(text, r#"{"dictionary":[{"schema":"s","table":"t2","fields":{"a":"''","b":"NULL"}}]}"#);
        let text = found.non_sensitive().to_string();
        assert_eq!(text, r#"{"no_sens_dictionary":[{"schema":"s","table":"t1","fields":["y","z"]}]}"#);
        let new: Vec<&str> = found.new_columns().iter().map(|verdict| verdict.column.as_str()).collect();
        assert_eq!(new, ["b"]);
    }

    #[test]
    fn a_partition_stands_in_the_dictionaries_only_when_it_is_not_like_its_parent() {
        let verdicts = [
            verdict(1, None, "a", Some("NULL"), "email"),
            verdict(1, None, "b", None, "none"),
            verdict(2, Some(1), "a", Some("NULL"), "email"),
            verdict(2, Some(1), "b", None, "none"),
            verdict(3, Some(1), "a", Some("''"), "prepared"),
            verdict(3, Some(1), "b", Some("''"), "prepared"),
        ];
        let nothing = Dictionary::default();
        let found = Found::new(&verdicts, &nothing).unwrap();
        let tables = |value: &Value, section: &str| -> Vec<String> {
            value[section].as_array().unwrap().iter().map(|entry| entry["table"].to_string()).collect()
        };
        assert_eq!(tables(&found.sensitive(&nothing), "dictionary"), ["\"t1\"", "\"t3\""]);
        assert_eq!(tables(&found.non_sensitive(), "no_sens_dictionary"), ["\"t1\""]);
        assert_eq!(found.new_columns().len(), 1);
        assert_eq!((found.sensitive_columns(), found.non_sensitive_columns()), (1, 1));
    }

    #[test]
    fn what_a_prepared_dictionary_says_of_rows_and_of_consistent_columns_is_kept() {
        let column = |table: &str| json!({"schema": "s", "table": table, "column": "a"});
        let group = json!([column("t1"), column("t2")]);
        let prepared = prepared(json!({
            "dictionary": [
                {"schema_mask": "*", "table": "t1", "fields": {"a": "NULL"}, "sql_condition": "a > 1"},
                {"schema": "s", "table": "t2", "raw_sql": "SELECT 1"},
            ],
            "dictionary_exclude": [{"schema": "s", "table": "t3"}],
            "consistent": [group],
        }));
        let verdicts = [
            verdict(1, None, "a", Some("NULL"), "prepared"),
            verdict(2, None, "a", Some("NULL"), "email"),
            verdict(3, None, "computed", None, "generated"),
            verdict(3, None, "a", None, "excluded"),
        ];
        let found = Found::new(&verdicts, &prepared).unwrap();
        assert_eq!(
            found.sensitive(&prepared),
            json!({
                "dictionary": [
                    {"schema": "s", "table": "t1", "fields": {"a": "NULL"}, "sql_condition": "a > 1"},
                    {"schema": "s", "table": "t2", "raw_sql": "SELECT 1"},
                ],
                "dictionary_exclude": [{"schema": "s", "table": "t3"}],
                "consistent": [group],
            })
        );
        // Nobody has looked at what is left out: it is in neither dictionary.
        assert_eq!(found.non_sensitive(), json!({"no_sens_dictionary": []}));
        assert!(found.new_columns().is_empty());
    }

    #[test]
    fn an_excluded_schema_is_not_brought_back_by_an_exact_name() {
        let prepared = prepared(json!({
            "dictionary": [{"schema_mask": "*", "table": "t1", "fields": {"a": "NULL"}}],
            "dictionary_exclude": [{"schema": "s", "table_mask": "*"}],
        }));
        let verdicts = [verdict(1, None, "a", Some("NULL"), "prepared")];
        let found = Found::new(&verdicts, &prepared).unwrap();
        assert_eq!(found.sensitive(&prepared)["dictionary"], json!([]));
    }

    #[test]
    fn a_file_is_for_its_owner_only_and_replaces_the_one_before_when_it_is_whole() {
        use std::os::unix::fs::PermissionsExt as _;
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("new/found.json");
        std::fs::create_dir(path.parent().unwrap()).unwrap();
        std::fs::write(&path, "older").unwrap();
        drop(OutputFile::new(&path).unwrap());
        assert_eq!(std::fs::read_to_string(&path).unwrap(), "older");
        OutputFile::new(&path).unwrap().publish(&json!({"dictionary": []})).unwrap();
        assert_eq!(std::fs::read_to_string(&path).unwrap(), "{\n    \"dictionary\": []\n}\n");
        assert_eq!(std::fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
        assert_eq!(std::fs::read_dir(path.parent().unwrap()).unwrap().count(), 1);
    }
}
