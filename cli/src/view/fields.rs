//! `view-fields`: the columns of a database, and what a dump will do with each.

use comfy_table::CellAlignment;
use serde_json::{Value, json};

use super::options::FieldsOptions;
use super::{Action, Field, NOTHING, open, show};
use crate::manual;

/// From so many columns on it is told how to see fewer.
const MANY: usize = 1000;

/// The names of what is shown of a column.
const TITLES: [&str; 6] = ["schema", "table", "field", "type", "dict_file_name", "rule"];

/// Runs `view-fields`.
pub fn fields(options: &FieldsOptions) -> anyhow::Result<()> {
    let (_session, fields) = open(&options.view)?;
    let mut rows = Vec::new();
    for field in fields.iter().filter(|field| field.action != Action::Excluded) {
        let is_wanted = !options.only_sensitive || field.action == Action::Masked;
        if is_wanted && options.tables.matches(&field.schema, &field.table)? {
            rows.push(row(field, options));
        }
    }
    rows.truncate(options.count.unwrap_or(usize::MAX));
    if options.view.json {
        let object = |row: [String; 6]| {
            Value::Object(TITLES.iter().map(|t| (*t).to_owned()).zip(row.map(Value::String)).collect())
        };
        return manual::print(show::json(&json!(rows.into_iter().map(object).collect::<Vec<_>>()))?.as_bytes());
    }
    let count = rows.len();
    let mut text = show::table(TITLES.map(str::to_owned), rows, CellAlignment::Left);
    if count > MANY && options.count.is_none() {
        text.push_str(&format!(
            "{count} fields shown. Use --fields-count to limit the output, or --json for machine-readable output.\n"
        ));
    }
    manual::print(text.as_bytes())
}

fn row(field: &Field, options: &FieldsOptions) -> [String; 6] {
    let (table, name) = options.names.of(&field.schema, &field.table, &field.name);
    let file = match &field.rule {
        Some(_) => field.pattern.as_deref().and_then(|pattern| options.view.file_of(pattern)),
        None => None,
    };
    let rule = field.rule.as_deref().unwrap_or(NOTHING);
    [&field.schema, table, name, &field.kind, file.unwrap_or(NOTHING), rule].map(str::to_owned)
}
