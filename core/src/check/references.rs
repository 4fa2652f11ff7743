//! Foreign keys and groups of consistent columns: whether what refers to a masked value still does, and what is to be alike is
//! masked alike.

use std::collections::{BTreeSet, HashMap};

use super::{Distinct, Expression, ForeignKey, Input, Server, Spelling, column_name, list};
use crate::dictionary::ColumnName;
use crate::plan::{Action, Problem, Severity, Table, TablePlan};

pub(super) fn check(input: &Input<'_>, server: &mut dyn Server, problems: &mut Vec<Problem>) {
    let schema = Schema::new(input);
    for key in input.foreign_keys {
        if let Some(problem) = schema.check(key, server) {
            // What keeps a column from taking over a rule has been said.
            if !input.known.contains(&problem.object) {
                problems.push(problem);
            }
        }
    }
    for group in input.consistent {
        problems.extend(schema.check_group(group));
    }
}

/// The tables, to be found by number and by partitioned parent.
struct Schema<'a> {
    input: &'a Input<'a>,
    tables: HashMap<u32, &'a Table>,
    plans: HashMap<u32, &'a TablePlan>,
    /// The partitions of a partitioned table, of all levels.
    partitions: HashMap<(&'a str, &'a str), Vec<u32>>,
}

/// How a column is masked on one side of a foreign key.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
enum Form {
    /// Not at all.
    Clear,
    /// By a function of the value.
    Function(String),
    /// With one and the same value.
    Constant(String),
    /// With NULL, which refers to nothing.
    Null,
    /// By something that is sure to give other values than the original ones.
    Other,
    /// By something of which nothing is known: a sub-select that looks up a key, a small range of numbers, `raw_sql`.
    Unknown,
}

impl<'a> Schema<'a> {
    fn new(input: &'a Input<'a>) -> Self {
        let mut partitions: HashMap<(&str, &str), Vec<u32>> = HashMap::new();
        for table in input.tables.iter().filter(|table| table.kind == 'r') {
            for parent in &table.ancestors {
                partitions.entry((&parent.schema, &parent.name)).or_default().push(table.oid);
            }
        }
        Schema {
            input,
            tables: input.tables.iter().map(|table| (table.oid, table)).collect(),
            plans: input.plans.iter().map(|plan| (plan.oid, *plan)).collect(),
            partitions,
        }
    }

    /// The tables that hold the rows of one, as far as they are dumped.
    fn dumped(&self, table: &Table) -> Vec<&'a TablePlan> {
        let oids = match table.kind {
            'p' => self.partitions.get(&(table.schema.as_str(), table.name.as_str())).cloned().unwrap_or_default(),
            _ => vec![table.oid],
        };
        let plans = oids.iter().filter_map(|oid| self.plans.get(oid).copied());
        plans.filter(|plan| plan.action == Action::Data).collect()
    }

    /// How a column is masked in some tables.
    fn forms(&self, plans: &[&TablePlan], column: &str) -> BTreeSet<Form> {
        plans.iter().map(|plan| self.form(plan, column)).collect()
    }

    fn form(&self, plan: &TablePlan, name: &str) -> Form {
        if plan.raw_sql.is_some() {
            return Form::Unknown;
        }
        // A generated column is computed again: from what, is not looked into.
        let Some(column) = plan.columns.iter().find(|column| column.name == name) else { return Form::Unknown };
        let Some(rule) = self.input.rules.get(&(plan.oid, column.number)) else {
            return if column.rule.is_some() { Form::Unknown } else { Form::Clear };
        };
        let expression = &rule.expression;
        if expression.is_null_constant() {
            return Form::Null;
        }
        if matches!(expression, Expression::Column { number, .. } if *number == column.number) {
            return Form::Clear;
        }
        // Between columns of different types casts stand around the function that was taken over.
        let taken_over = column.taken_over.as_ref().map(|taken| taken.form.clone());
        match taken_over.or_else(|| expression.form(column.number)) {
            Some(form) if matches!(expression, Expression::Constant { .. }) => Form::Constant(form),
            Some(form) => Form::Function(form),
            _ => match rule.distinct() {
                Distinct::Hashed(..) => Form::Other,
                Distinct::Drawn(many) if many > 1e6 => Form::Other,
                _ => Form::Unknown,
            },
        }
    }

    fn check(&self, key: &ForeignKey, server: &mut dyn Server) -> Option<Problem> {
        let (table, referenced) = (*self.tables.get(&key.table)?, *self.tables.get(&key.referenced)?);
        let (from, to) = (self.dumped(table), self.dumped(referenced));
        // What is not dumped on one side is not a matter of masks.
        if from.is_empty() || to.is_empty() {
            return None;
        }
        // What is wrong with a rule, such as that it needs a key that is not set, has been said; right, it may be the same on both
        // sides.
        let sides = key.columns.iter().map(|column| (&from, column));
        let sides = sides.chain(key.referenced_columns.iter().map(|column| (&to, column)));
        if sides.into_iter().any(|(plans, column)| plans.iter().any(|plan| self.is_invalid(plan, column))) {
            return None;
        }
        let mut wrong: Vec<&str> = Vec::new();
        let mut by_text = None;
        let mut certain = false;
        for (column, other) in key.columns.iter().zip(&key.referenced_columns) {
            let (mine, theirs) = (self.forms(&from, column), self.forms(&to, other));
            if mine.iter().all(|form| *form == Form::Null) {
                // A row with a NULL in its key refers to nothing.
                return None;
            }
            let mine: BTreeSet<Form> = mine.into_iter().filter(|form| *form != Form::Null).collect();
            let is_function = |form: &Form| matches!(form, Form::Clear | Form::Function(_) | Form::Constant(_));
            if mine == theirs && mine.len() == 1 && mine.iter().all(is_function) {
                let spelling = self.spelling(&from, column).or_else(|| self.spelling(&to, other));
                by_text = by_text.or(spelling.map(|spelling| (column.as_str(), spelling)));
                continue;
            }
            wrong.push(column);
            // Both sides are known, and agree nowhere.
            let is_known = |form: &Form| !matches!(form, Form::Unknown | Form::Constant(_));
            let is_other = mine.contains(&Form::Other) || theirs.contains(&Form::Other);
            let is_ours = self.is_ours(&from, column) && self.is_ours(&to, other);
            certain |= mine.iter().chain(&theirs).all(is_known) && is_ours && (is_other || mine.is_disjoint(&theirs));
        }
        if wrong.is_empty() {
            return by_text.and_then(|(column, spelling)| self.by_text(key, table, referenced, column, spelling));
        }
        let refers = |plan: &&&TablePlan| plan.condition.is_none() && server.has_values(plan.oid, &key.columns);
        let has_rows = certain && from.iter().find(refers).is_some();
        let severity = if has_rows { Severity::Error } else { Severity::Warning };
        let verb = if has_rows { "refer" } else { "may refer" };
        let columns = list(&wrong);
        let object = format!("foreign key {} of table {}", key.name, table.sql_name);
        let message = format!(
            "{object}: its rows {verb} to rows that are not there in {}, because {columns} {} not masked by the same \
             function of the value on both sides",
            referenced.sql_name,
            if wrong.len() == 1 { "is" } else { "are" },
        );
        Some(Problem {
            severity,
            code: "foreign_key",
            object,
            message,
            hint: Some(
                "Give the columns of both tables the same rule, one that depends on the value alone, such as \
                 anon_funcs.digest(value, salt, 'sha256'), or mask neither. A referencing column without a rule takes over \
                 that of the referenced one."
                    .to_owned(),
            ),
        })
    }

    /// The ways of writing a value of a column that its rule goes by, where there are several.
    fn spelling(&self, plans: &[&TablePlan], name: &str) -> Option<Spelling> {
        let columns = plans.iter().flat_map(|plan| plan.columns.iter().map(|column| (plan.oid, column)));
        let rules =
            columns.filter(|(_, c)| c.name == name).filter_map(|(oid, c)| self.input.rules.get(&(oid, c.number)));
        rules.map(|rule| rule.expression.spelling()).find(|spelling| *spelling != Spelling::One)
    }

    /// What may be wrong where both sides are masked by one function of the text.
    fn by_text(
        &self,
        key: &ForeignKey,
        table: &Table,
        referenced: &Table,
        column: &str,
        spelling: Spelling,
    ) -> Option<Problem> {
        let (how, instead) = spelling.told(column)?;
        let object = format!("foreign key {} of table {}", key.name, table.sql_name);
        let message = format!(
            "{object}: its rows may refer to rows that are not there in {}, because the rule of {column} goes by the text of a \
             value, and equal values may be written {how}",
            referenced.sql_name
        );
        let hint = format!("Give both sides a rule over {instead}.");
        Some(Problem { severity: Severity::Warning, code: "foreign_key", object, message, hint: Some(hint) })
    }

    /// Whether a column has a rule that is none.
    fn is_invalid(&self, plan: &TablePlan, name: &str) -> bool {
        plan.columns.iter().filter(|column| column.name == name && column.rule.is_some()).any(|column| {
            !self.input.rules.contains_key(&(plan.oid, column.number))
                && self.input.known.contains(&column_name(plan, column))
        })
    }

    /// Whether the columns of a group are masked by one function of the value.
    fn check_group(&self, group: &[ColumnName]) -> Option<Problem> {
        let mut forms = BTreeSet::new();
        let mut is_opaque = false;
        let mut names = Vec::new();
        for name in group {
            let table = self.tables.values().find(|table| table.schema == name.schema && table.name == name.table);
            let Some(table) = table else { continue };
            let Some(column) = table.columns.iter().find(|column| column.name == name.column) else { continue };
            let plans = self.dumped(table);
            for plan in &plans {
                let planned = plan.columns.iter().find(|planned| planned.name == column.name);
                // What keeps the column from taking over a rule has been said.
                if planned.is_some_and(|column| self.input.known.contains(&column_name(plan, column))) {
                    return None;
                }
            }
            is_opaque |= plans.iter().any(|plan| plan.raw_sql.is_some());
            forms.extend(self.forms(&plans, &name.column));
            names.push(format!("{}.{}", table.sql_name, column.sql_name));
        }
        // That others are not there has been said.
        if names.len() < 2 {
            return None;
        }
        let names = list(&names.iter().map(String::as_str).collect::<Vec<_>>());
        let (severity, code, message, hint) = match forms.first() {
            // Nothing of it is dumped.
            None => return None,
            Some(Form::Clear) if forms.len() == 1 => (
                Severity::Warning,
                "consistent_without_rule",
                "none of them has a rule; all are dumped in clear",
                "Give one of them a rule; the others take it over.",
            ),
            Some(Form::Function(_) | Form::Constant(_) | Form::Null) if forms.len() == 1 => return None,
            Some(_) => (
                if is_opaque { Severity::Warning } else { Severity::Error },
                "consistent",
                "they are not masked by the same function of the value",
                "Give one of them a rule that depends on the value alone; those without a rule take it over.",
            ),
        };
        let object = format!("consistent columns {names}");
        let message = format!("{object}: {message}");
        Some(Problem { severity, code, object, message, hint: Some(hint.to_owned()) })
    }

    /// Whether all rules of a column, where it has one, call functions of which it is known that they change the value.
    fn is_ours(&self, plans: &[&TablePlan], name: &str) -> bool {
        plans.iter().all(|plan| {
            let column = plan.columns.iter().find(|column| column.name == name);
            let rule = column.and_then(|column| self.input.rules.get(&(plan.oid, column.number)));
            rule.is_none_or(|rule| rule.expression.is_ours())
        })
    }
}
