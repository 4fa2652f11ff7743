//! `view-data`: rows of a table as a dump will write them.

use anyhow::Context as _;
use comfy_table::CellAlignment;
use serde_json::{Map, Number, Value};

use super::options::DataOptions;
use super::{Action, Field, open, show};
use crate::error::Error;
use crate::manual;

/// How NULL is shown in a table.
const NULL: &str = "NULL";

/// What stands before the title of a masked column.
const MASKED: &str = "* ";

type Values = Vec<Option<String>>;

/// A column of what is shown.
struct Column<'a> {
    title: String,
    field: &'a Field,
    values: Values,
}

/// Runs `view-data`.
pub fn data(options: &DataOptions) -> anyhow::Result<()> {
    let (session, fields) = open(&options.view)?;
    let name = format!("{}.{}", options.schema, options.table);
    let fields: Vec<Field> =
        fields.into_iter().filter(|field| field.schema == options.schema && field.table == options.table).collect();
    let first = fields.first().ok_or_else(|| {
        Error::View(format!(
            "there is no table \"{name}\" whose rows are dumped\n\
             HINT: Names are case-sensitive and stand without quotes. Of partitioned tables the partitions hold the rows."
        ))
    })?;
    if first.action == Action::Excluded {
        return Err(Error::View(format!("the dictionary excludes table \"{name}\"")).into());
    }
    let (limit, offset) = (options.limit.to_string(), options.offset.to_string());
    let arguments = [
        Some(first.relation.as_str()),
        Some(&options.view.dictionary_json),
        Some(&limit),
        Some(&offset),
        Some(if options.before_after { "true" } else { "false" }),
        options.view.rule_search_path.as_deref(),
    ];
    let rows = session
        .query(include_str!("../../sql/preview.sql"), &arguments)
        .with_context(|| format!("cannot read table \"{name}\""))?;
    let (mut after, mut before): (Vec<Values>, Vec<Values>) = (Vec::new(), Vec::new());
    for row in 0..rows.len() {
        after.push(serde_json::from_str(&rows.text(row, 0))?);
        if rows.get(row, 1).is_some() {
            before.push(serde_json::from_str(&rows.text(row, 1))?);
        }
    }
    if options.before_after && before.is_empty() && !after.is_empty() {
        log::warn!("table \"{name}\" has a raw_sql, whose rows were nothing before");
    }
    let mut columns = Vec::new();
    for (index, field) in fields.iter().enumerate() {
        let values = |rows: &[Values]| rows.iter().map(|row| row.get(index).cloned().flatten()).collect();
        if field.action != Action::Masked {
            columns.push(Column { title: field.name.clone(), field, values: values(&after) });
            continue;
        }
        if options.before_after && before.len() == after.len() {
            columns.push(Column { title: field.name.clone(), field, values: values(&before) });
        }
        columns.push(Column { title: format!("{MASKED}{}", field.name), field, values: values(&after) });
    }
    let text = if options.view.json { as_json(&columns)? } else { as_table(columns, after.len()) };
    manual::print(text.as_bytes())
}

/// An object of columns.
fn as_json(columns: &[Column<'_>]) -> anyhow::Result<String> {
    let mut object = Map::new();
    for column in columns {
        let values = column.values.iter().map(|value| json_value(value.as_deref(), &column.field.kind));
        object.insert(column.title.clone(), values.collect());
    }
    show::json(&Value::Object(object))
}

fn as_table(columns: Vec<Column<'_>>, rows: usize) -> String {
    let (titles, values): (Vec<String>, Vec<Values>) =
        columns.into_iter().map(|column| (column.title, column.values)).unzip();
    let cell = |values: &Values, row: usize| match values.get(row) {
        Some(Some(value)) => value.clone(),
        _ => NULL.to_owned(),
    };
    let rows = (0..rows).map(|row| values.iter().map(|values| cell(values, row)).collect::<Vec<_>>());
    show::table(titles, rows, CellAlignment::Center)
}

/// Whole and floating-point numbers and truth values as JSON has them; all else as text, also what JSON has no number for.
fn json_value(value: Option<&str>, kind: &str) -> Value {
    let Some(text) = value else { return Value::Null };
    let number = match kind {
        "smallint" | "integer" | "bigint" | "oid" => text.parse::<i64>().ok().map(Number::from),
        "real" | "double precision" => text.parse::<f64>().ok().and_then(Number::from_f64),
        "boolean" => return Value::Bool(text == "t"),
        _ => None,
    };
    number.map_or_else(|| Value::String(text.to_owned()), Value::Number)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn values_become_what_json_has_for_them() {
        for (value, kind, expected) in [
            (Some("7"), "integer", json!(7)),
            (Some("-9223372036854775808"), "bigint", json!(i64::MIN)),
            (Some("1.5"), "double precision", json!(1.5)),
            (Some("NaN"), "real", json!("NaN")),
            (Some("1.50"), "numeric(10,2)", json!("1.50")),
            (Some("t"), "boolean", json!(true)),
            (Some("7"), "text", json!("7")),
            (None, "integer", Value::Null),
        ] {
            assert_eq!(json_value(value, kind), expected, "{value:?} {kind}");
        }
    }
}
