//! Whether somebody has decided of every column that is dumped whether it is sensitive.

use std::collections::{HashMap, HashSet};

use super::list;
use crate::dictionary::NonSensitive;
use crate::plan::{Action, Problem, Severity, Table, TablePlan};

/// The columns that neither a rule masks nor the list of non-sensitive columns names, and names of the list that are not there.
/// What the list says of a partitioned table it says of its partitions.
pub fn check_decided(tables: &[Table], plans: &[&TablePlan], list_of: Option<&NonSensitive>) -> Vec<Problem> {
    let mut problems = Vec::new();
    let by_oid: HashMap<u32, &Table> = tables.iter().map(|table| (table.oid, table)).collect();
    for plan in plans.iter().filter(|plan| plan.action == Action::Data && plan.raw_sql.is_none()) {
        let parents = by_oid.get(&plan.oid).map(|table| table.ancestors.as_slice()).unwrap_or_default();
        let is_listed = |column: &str| {
            list_of.is_some_and(|list| {
                list.has(&plan.schema, &plan.name, column)
                    || parents.iter().any(|parent| list.has(&parent.schema, &parent.name, column))
            })
        };
        let undecided: Vec<&str> = plan
            .columns
            .iter()
            .filter(|column| column.rule.is_none() && !is_listed(&column.name))
            .map(|column| column.sql_name.as_str())
            .collect();
        if undecided.is_empty() {
            continue;
        }
        let (noun, verb) = if undecided.len() == 1 { ("column", "is") } else { ("columns", "are") };
        problems.push(Problem {
            severity: Severity::Error,
            code: "undecided_column",
            object: plan.sql_name.clone(),
            message: format!(
                "{noun} {} of table {} {verb} in no dictionary, neither as sensitive nor as not",
                list(&undecided),
                plan.sql_name
            ),
            hint: Some(
                "Give each a rule, or name it in a non-sensitive dictionary (--prepared-no-sens-dict-file), or dump without \
                 --strict."
                    .to_owned(),
            ),
        });
    }
    if let Some(list) = list_of {
        unmatched(tables, list, &mut problems);
    }
    problems
}

/// What a list of non-sensitive columns names that is not there.
fn unmatched(tables: &[Table], list: &NonSensitive, problems: &mut Vec<Problem>) {
    let by_name: HashMap<(&str, &str), &Table> =
        tables.iter().map(|table| ((table.schema.as_str(), table.name.as_str()), table)).collect();
    for (schema, name, columns) in list.tables() {
        let mut problem = |message: String| {
            problems.push(Problem {
                severity: Severity::Warning,
                code: "unmatched_non_sensitive",
                object: format!("{schema}.{name}"),
                message,
                hint: Some("Names are case-sensitive and stand without quotes. Scan the database again.".to_owned()),
            });
        };
        let Some(table) = by_name.get(&(schema, name)) else {
            problem(format!("the non-sensitive dictionary names the table {schema}.{name}, which is not there"));
            continue;
        };
        let existing: HashSet<&str> = table.columns.iter().map(|column| column.name.as_str()).collect();
        for column in columns.iter().filter(|column| !existing.contains(column.as_str())) {
            problem(format!(
                "the non-sensitive dictionary names the column {column:?}, which {} has not",
                table.sql_name
            ));
        }
    }
}
