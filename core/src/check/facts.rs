//! What the check must know of the database beside what planning knows, as the queries in `sql/` give it.

use std::collections::HashMap;

use serde::Deserialize;

use super::{Distinct, Expression};

/// What the rows of a table must obey (`sql/constraints.sql`).
#[derive(Debug, Clone, Default, Deserialize)]
pub struct Constraints {
    /// The table's OID.
    pub oid: u32,
    /// Its CHECK constraints, inherited ones too.
    pub checks: Vec<CheckConstraint>,
    /// The constraints of the domains of its columns.
    pub domains: Vec<DomainConstraint>,
    /// Its indexes.
    pub indexes: Vec<Index>,
    /// The keys of its partitioned parents, nearest first.
    pub partition_keys: Vec<PartitionKey>,
    /// What the rows of a partition have in common, as SQL.
    pub partition_constraint: Option<String>,
    /// Whether it takes the rows that no other partition does.
    pub default_partition: bool,
}

/// A CHECK constraint.
#[derive(Debug, Clone, Deserialize)]
pub struct CheckConstraint {
    /// Its name, quoted where it needs it.
    pub name: String,
    /// The columns that it reads; nothing for a condition that reads none.
    pub columns: Option<Vec<i16>>,
    /// Its condition as SQL.
    pub expression: String,
}

/// A CHECK constraint of a column's domain.
#[derive(Debug, Clone, Deserialize)]
pub struct DomainConstraint {
    /// The column's number.
    pub column: i16,
    /// The domain, quoted.
    pub domain: String,
    /// The constraint's name, quoted where it needs it.
    pub name: String,
    /// Its condition as SQL, about `VALUE`.
    pub expression: String,
}

/// An index.
#[derive(Debug, Clone, Deserialize)]
pub struct Index {
    /// Its name, quoted where it needs it.
    pub name: String,
    /// Whether it takes no duplicates.
    pub unique: bool,
    /// Whether NULL is no duplicate of NULL.
    pub nulls_distinct: bool,
    /// Whether it is that of an exclusion constraint.
    pub exclusion: bool,
    /// Its key columns; 0 stands for an expression.
    pub keys: Vec<i16>,
    /// Whether it is a B-tree.
    pub btree: bool,
    /// The condition of a partial index, as SQL.
    pub predicate: Option<String>,
    /// The columns that the condition reads.
    pub predicate_columns: Vec<i16>,
    /// The columns that its expressions read.
    pub expression_columns: Vec<i16>,
    /// Whether its expressions give no error, whatever the values are.
    pub total: bool,
    /// Whether its expressions only make letters of one case, or cut blanks off.
    pub folding: bool,
}

/// The key by which a parent's rows are spread over its partitions.
#[derive(Debug, Clone, Deserialize)]
pub struct PartitionKey {
    /// The parent, quoted.
    pub parent: String,
    /// `h` for hash, `l` for list, `r` for range.
    pub strategy: char,
    /// Whether there is a partition for the rows that belong to no other.
    #[serde(default)]
    pub has_default: bool,
    /// The names of the columns that the key reads, unquoted.
    pub columns: Vec<String>,
}

/// A foreign key (`sql/foreign_keys.sql`).
#[derive(Debug, Clone, Deserialize)]
pub struct ForeignKey {
    /// Its name, quoted where it needs it.
    pub name: String,
    /// The referencing table.
    pub table: u32,
    /// Its columns, unquoted.
    pub columns: Vec<String>,
    /// The referenced table.
    pub referenced: u32,
    /// Its columns, in the same order.
    pub referenced_columns: Vec<String>,
}

/// What a column's type takes, beside what its name says.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Fit {
    /// At most so many characters: varchar(n), char(n).
    pub characters: Option<u64>,
    /// The least and the greatest whole number.
    pub range: Option<(i128, i128)>,
    /// So many microseconds become one: those of timestamp(p).
    pub step: Option<u32>,
    /// So many digits behind the point: numeric(p, s).
    pub scale: Option<u32>,
    /// Letters of both cases are the same to it: citext, some collations.
    pub folds_case: bool,
}

/// The rule of a column, analysed.
#[derive(Debug, Clone)]
pub struct Rule {
    /// What it computes.
    pub expression: Expression,
    /// What its column takes.
    pub fit: Fit,
}

impl Rule {
    /// How the values that the column gets for different rows differ: those of the expression, rounded to the column's precision.
    pub fn distinct(&self) -> Distinct {
        let distinct = match self.expression.distinct() {
            Distinct::By(_) if self.fit.folds_case && self.expression.mixes_cases() => Distinct::Unknown,
            distinct => distinct,
        };
        if let Some(step) = self.fit.step.filter(|_| self.expression.is_of_microseconds()) {
            return distinct.in_steps(step.into());
        }
        match (distinct, self.fit.scale) {
            (Distinct::Drawn(many), Some(scale)) if self.expression.is_fraction() => {
                Distinct::Drawn(many.min(10_f64.powi(i32::try_from(scale).unwrap_or(i32::MAX))))
            }
            (distinct, _) => distinct,
        }
    }
}

/// The analysed rules by table and column. The columns of a `raw_sql` have none.
pub type Rules = HashMap<(u32, i16), Rule>;

/// What only a look at the data or a run of SQL can tell.
pub trait Server {
    /// How many rows a table has, counted up to `at_most` (at most some thousands); 0 when it cannot be read.
    fn count(&mut self, table: u32, at_most: u64) -> u64;

    /// Whether a table has a row in which none of these columns is NULL.
    fn has_values(&mut self, table: u32, columns: &[String]) -> bool;

    /// Whether a condition on columns that all have constant rules holds for them. `columns` are the numbers of all that it
    /// reads. Nothing: it cannot be evaluated here.
    fn holds(&mut self, table: u32, columns: &[i16], condition: &str) -> Option<bool>;

    /// Whether all values of a column are from one whole number to another. Nothing: no index tells it without reading all rows, or
    /// it cannot be read.
    fn is_within(&mut self, table: u32, column: i16, bounds: (i64, i64)) -> Option<bool>;

    /// Whether a domain's condition, on VALUE, holds for the constant of a column. Nothing: it cannot be evaluated here.
    fn domain_holds(&mut self, table: u32, column: i16, condition: &str) -> Option<bool>;
}
