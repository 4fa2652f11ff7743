//! What the command line of `view-fields` and `view-data` means.

use std::path::PathBuf;

use pg_anon_core::dictionary::{Dictionary, TableList};
use serde_json::{Map, Value, json};

use super::orm::Names;
use crate::args::{ViewArgs, ViewDataArgs, ViewFieldsArgs};
use crate::config::{connection, program_config, read_dictionaries};
use crate::connection::Settings;
use crate::error::Error;
use crate::key;
use crate::password::Secret;

/// Options of both.
#[derive(Debug)]
pub struct ViewOptions {
    /// Where to connect to.
    pub(super) connection: Settings,
    /// The merged dictionary as JSON, for the server.
    pub(super) dictionary_json: String,
    /// Each file as it was named, with the patterns of its rules.
    pub(super) files: Vec<(String, Vec<String>)>,
    /// Schemas that rules find functions in, besides ours.
    pub(super) rule_search_path: Option<String>,
    /// The key of masks that need one.
    pub(super) key: Option<Secret>,
    /// Whether JSON is printed.
    pub(super) json: bool,
}

impl ViewOptions {
    fn new(args: ViewArgs, key: Option<Secret>) -> anyhow::Result<ViewOptions> {
        program_config(args.run.config)?;
        if args.prepared_sens_dict_file.iter().all(|file| file.as_os_str().is_empty()) {
            return Err(Error::Usage("--prepared-sens-dict-file names no file".into()).into());
        }
        let values = read_dictionaries(&args.prepared_sens_dict_file)?;
        let merged = Dictionary::merge(values.iter().map(|(name, value)| (name.as_str(), value)))?;
        let mut files = Vec::with_capacity(values.len());
        for (name, value) in &values {
            let alone = Dictionary::merge([(name.as_str(), value)])?;
            files.push((name.clone(), alone.rules().iter().map(|rule| rule.pattern.to_string()).collect()));
        }
        Ok(ViewOptions {
            connection: connection(args.connection)?.with_role(args.role.filter(|role| !role.is_empty())),
            dictionary_json: merged.to_value().to_string(),
            files,
            rule_search_path: args.rule_search_path.filter(|path| !path.trim().is_empty()),
            key,
            json: args.json,
        })
    }

    /// The first file with a rule of this pattern.
    pub(super) fn file_of(&self, pattern: &str) -> Option<&str> {
        let has = |(_, patterns): &&(String, Vec<String>)| patterns.iter().any(|known| known == pattern);
        self.files.iter().find(has).map(|(name, _)| name.as_str())
    }
}

/// Options of `view-fields`.
#[derive(Debug)]
pub struct FieldsOptions {
    pub(super) view: ViewOptions,
    /// Whether only masked columns are shown.
    pub(super) only_sensitive: bool,
    /// How many columns are shown at most.
    pub(super) count: Option<usize>,
    /// Which tables are shown.
    pub(super) tables: TableList,
    /// The names that an application has.
    pub(super) names: Names,
}

impl FieldsOptions {
    /// Validates the options and reads the files.
    pub fn new(args: ViewFieldsArgs) -> anyhow::Result<FieldsOptions> {
        let names = given_path(args.orm_dict_file).map(|file| Names::read(&file)).transpose()?.unwrap_or_default();
        let count = args.fields_count.map(|count| positive("--fields-count", count)).transpose()?;
        Ok(FieldsOptions {
            view: ViewOptions::new(args.view, key::read(None)?)?,
            only_sensitive: args.view_only_sensitive_fields,
            count: count.map(|count| usize::try_from(count).unwrap_or(usize::MAX)),
            tables: tables([
                ("schema", "schema_mask", args.schema_name, args.schema_mask),
                ("table", "table_mask", args.table_name, args.table_mask),
            ])?,
            names,
        })
    }
}

/// One rule of a tables dictionary from the options that say which tables are shown; a side that nothing is said of stands for
/// everything.
fn tables(sides: [(&str, &str, Option<String>, Option<String>); 2]) -> anyhow::Result<TableList> {
    let mut rule = Map::new();
    for (exact, mask, name, regex) in sides {
        let (name, regex) = (name.filter(|name| !name.is_empty()), regex.filter(|regex| !regex.is_empty()));
        if name.is_none() && regex.is_none() {
            rule.insert(mask.to_owned(), json!("*"));
        }
        rule.extend(name.map(|name| (exact.to_owned(), Value::String(name))));
        rule.extend(regex.map(|regex| (mask.to_owned(), Value::String(regex))));
    }
    Ok(TableList::merge([("the command line", &json!({ "tables": [rule] }))])?)
}

/// Options of `view-data`.
#[derive(Debug)]
pub struct DataOptions {
    pub(super) view: ViewOptions,
    pub(super) schema: String,
    pub(super) table: String,
    pub(super) limit: i64,
    pub(super) offset: i64,
    /// Whether what the table holds is shown as well.
    pub(super) before_after: bool,
}

impl DataOptions {
    /// Validates the options and reads the files.
    pub fn new(args: ViewDataArgs) -> anyhow::Result<DataOptions> {
        let limit = positive("--limit", args.limit)?;
        if args.offset < 0 {
            return Err(Error::View(format!("--offset {} is less than 0", args.offset)).into());
        }
        Ok(DataOptions {
            view: ViewOptions::new(args.view, key::read(args.key_file)?)?,
            schema: args.schema_name,
            table: args.table_name,
            limit,
            offset: args.offset,
            before_after: args.before_after,
        })
    }
}

fn positive(option: &str, number: i64) -> Result<i64, Error> {
    if number < 1 { Err(Error::View(format!("{option} {number} is less than 1"))) } else { Ok(number) }
}

fn given_path(path: Option<PathBuf>) -> Option<PathBuf> {
    path.filter(|path| !path.as_os_str().is_empty())
}
