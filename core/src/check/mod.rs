//! What will be wrong with the rows that a dictionary gives: for each masked column, whether its table can take the values.
//!
//! An error is what makes the restore fail, or the dump stop, for certain; what may is a warning. Nothing here talks to a
//! server: what only that can tell is asked through [`Server`].

mod cut;
mod decided;
mod expression;
mod facts;
mod indexes;
pub mod literals;
mod references;
mod spelling;
mod values;

use std::collections::{HashMap, HashSet};

pub use decided::check_decided;
pub use expression::{CONVERSION, Call, Distinct, Expression, Null, builtin_name};
pub use facts::{
    CheckConstraint, Constraints, DomainConstraint, Fit, ForeignKey, Index, PartitionKey, Rule, Rules, Server,
};
pub use spelling::Spelling;

use crate::dictionary::ColumnName;
use crate::plan::{Action, ColumnPlan, Problem, Severity, Table, TablePlan};

/// More expected collisions than this are a certainty: the chance of none is below one in a thousand million.
const CERTAIN: f64 = 20.0;

/// Fewer expected collisions than this are nothing to speak of.
const IMPROBABLE: f64 = 1e-3;

/// The most rows of a block of 8 kB (MaxHeapTuplesPerPage).
const ROWS_PER_BLOCK: f64 = 291.0;

/// All that the check looks at.
pub struct Input<'a> {
    /// The tables of the database, partitioned ones too.
    pub tables: &'a [Table],
    /// The plans of the ordinary tables.
    pub plans: &'a [&'a TablePlan],
    /// The rules of the masked columns.
    pub rules: &'a Rules,
    /// What the tables with rules must obey.
    pub constraints: &'a [Constraints],
    /// The foreign keys of the tables with rules.
    pub foreign_keys: &'a [ForeignKey],
    /// The columns that are to be masked alike, in groups.
    pub consistent: &'a [Vec<ColumnName>],
    /// The objects of which something wrong is known already.
    pub known: &'a HashSet<String>,
}

/// What is wrong, or may be, with the values of the rules.
pub fn check(input: &Input<'_>, server: &mut dyn Server) -> Vec<Problem> {
    let constraints: HashMap<u32, &Constraints> = input.constraints.iter().map(|c| (c.oid, c)).collect();
    let none = Constraints::default();
    let mut problems = Vec::new();
    for plan in input.plans.iter().filter(|plan| plan.action == Action::Data) {
        let masked: Vec<Masked<'_>> = plan
            .columns
            .iter()
            .filter_map(|column| Some(Masked { column, rule: input.rules.get(&(plan.oid, column.number))? }))
            .collect();
        if masked.is_empty() {
            continue;
        }
        let table = MaskedTable { plan, masked, constraints: constraints.get(&plan.oid).copied().unwrap_or(&none) };
        values::check(&table, server, &mut problems);
        indexes::check(&table, server, &mut problems);
    }
    references::check(input, server, &mut problems);
    problems
}

/// A masked column with its rule.
struct Masked<'a> {
    column: &'a ColumnPlan,
    rule: &'a Rule,
}

impl Masked<'_> {
    /// The constant that every row gets; nothing when the rule is none.
    fn is_constant(&self) -> bool {
        matches!(self.rule.expression, Expression::Constant { .. })
    }
}

/// A table with masked columns.
struct MaskedTable<'a> {
    plan: &'a TablePlan,
    masked: Vec<Masked<'a>>,
    constraints: &'a Constraints,
}

impl<'a> MaskedTable<'a> {
    fn masked(&self, number: i16) -> Option<&Masked<'a>> {
        self.masked.iter().find(|masked| masked.column.number == number)
    }

    /// Whether nobody has counted its rows: it was never analysed.
    fn is_unknown(&self) -> bool {
        self.plan.rows == 0 && self.plan.blocks.is_none_or(|blocks| blocks > 0)
    }

    /// How many rows it has, as far as is known; where it is not known, how many there can be.
    fn rows(&self) -> f64 {
        match self.plan.blocks {
            Some(blocks) if self.is_unknown() => blocks as f64 * ROWS_PER_BLOCK,
            _ => self.plan.rows as f64,
        }
    }

    /// `column x of table t`
    fn column_name(&self, column: &ColumnPlan) -> String {
        column_name(self.plan, column)
    }

    /// A problem of a column.
    fn problem(
        &self,
        severity: Severity,
        code: &'static str,
        column: &ColumnPlan,
        message: String,
        hint: &str,
    ) -> Problem {
        let message = format!("rule for {}: {message}", self.column_name(column));
        Problem { severity, code, object: self.column_name(column), message, hint: Some(hint.to_owned()) }
    }
}

/// How messages name a column.
pub(crate) fn column_name(plan: &TablePlan, column: &ColumnPlan) -> String {
    format!("column {} of table {}", column.sql_name, plan.sql_name)
}

/// `a, b and c`
fn list(names: &[&str]) -> String {
    match names {
        [] => String::new(),
        [one] => (*one).to_owned(),
        [first @ .., last] => format!("{} and {last}", first.join(", ")),
    }
}
