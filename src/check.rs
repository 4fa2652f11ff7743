//! What check_dictionary says of the values that rules give: the catalogs, and what only a look at the data tells.

use crate::catalog;
use crate::datum::Text as ServerText;
use crate::error::{Report, is_interrupt};
use crate::query::{self, Expected};
use crate::rule;
use crate::select;
use crate::settings::{self, Settings};
use crate::subtransaction::subtransaction;
use pg_anon_core::check::literals::{self, Found};
use pg_anon_core::check::{self, Constraints, ForeignKey, Input, Rules};
use pg_anon_core::dictionary::Dictionary;
use pg_anon_core::plan::{Action, Problem, Table, TablePlan};
use pgrx::PgMemoryContexts;
use pgrx::prelude::*;
use std::collections::{HashMap, HashSet};

/// How many rows of a table are searched for the literals of its structure.
const SAMPLE: u64 = 10_000;

/// What is checked.
pub struct Checked<'a> {
    /// The tables of the database.
    pub tables: &'a [Table],
    /// The plans of the ordinary ones.
    pub plans: &'a [&'a TablePlan],
    /// The rules that are right by themselves.
    pub rules: &'a Rules,
    /// Where they come from.
    pub dictionary: &'a Dictionary,
}

/// What is wrong with the values of the rules, and what the structure shows of masked columns when that is asked for. `known`
/// are the objects of which something wrong is known already.
pub fn problems(checked: &Checked<'_>, known: &HashSet<String>, with_texts: bool) -> Vec<Problem> {
    let Checked { tables, plans, rules, dictionary } = *checked;
    let consistent = dictionary.consistent();
    let plans: Vec<&TablePlan> = plans.iter().copied().filter(|plan| plan.action == Action::Data).collect();
    let mut masked: Vec<(&TablePlan, Vec<i16>)> = Vec::new();
    for plan in &plans {
        let columns: Vec<i16> =
            plan.columns.iter().map(|c| c.number).filter(|number| rules.contains_key(&(plan.oid, *number))).collect();
        if !columns.is_empty() {
            masked.push((plan, columns));
        }
    }
    // Of what a query gives for a table nothing is known, also of the keys that others refer to.
    let queried: Vec<u32> = plans.iter().filter(|plan| plan.raw_sql.is_some()).map(|plan| plan.oid).collect();
    if masked.is_empty() && queried.is_empty() && consistent.is_empty() {
        return Vec::new();
    }
    let oids: Vec<pg_sys::Oid> = masked.iter().map(|(plan, _)| plan.oid.into()).collect();
    let constraints: Vec<Constraints> = catalog::constraints(oids.clone());
    let ends = oids.into_iter().chain(queried.into_iter().map(pg_sys::Oid::from)).collect();
    let foreign_keys: Vec<ForeignKey> = catalog::foreign_keys(ends);
    let mut database = Database {
        plans: masked.iter().map(|(plan, _)| (plan.oid, *plan)).collect(),
        constraints: &constraints,
        all: plans.iter().map(|plan| (plan.oid, *plan)).collect(),
    };
    let input = Input {
        tables,
        plans: &plans,
        rules,
        constraints: &constraints,
        foreign_keys: &foreign_keys,
        consistent,
        known,
    };
    let mut problems = check::check(&input, &mut database);
    if with_texts {
        let (oids, numbers) = masked
            .iter()
            .flat_map(|(plan, columns)| columns.iter().map(|number| (pg_sys::Oid::from(plan.oid), *number)))
            .unzip();
        let texts = catalog::texts_of_structure(oids, numbers);
        problems
            .extend(literals::check(&texts, &masked, &mut |plan, number, wanted| database.find(plan, number, wanted)));
    }
    problems
}

/// The database that is checked.
struct Database<'a> {
    /// Tables with masked columns.
    plans: HashMap<u32, &'a TablePlan>,
    constraints: &'a [Constraints],
    /// Tables whose data is dumped.
    all: HashMap<u32, &'a TablePlan>,
}

/// What a look gives; nothing when it fails. What it allocates, locks and leaves open is given back.
fn attempt<R>(look: impl FnOnce() -> Result<R, Report>) -> Option<R> {
    // SAFETY: nothing that the look allocates in the context is used after it.
    let outcome = unsafe {
        PgMemoryContexts::new("pg_anon check").switch_to(|_| {
            PgTryBuilder::new(std::panic::AssertUnwindSafe(|| subtransaction(look).map_err(drop)))
                .catch_others(|caught| match is_interrupt(&caught) {
                    true => caught.rethrow(),
                    false => Err(()),
                })
                .execute()
        })
    };
    outcome.ok()
}

impl check::Server for Database<'_> {
    fn count(&mut self, table: u32, at_most: u64) -> u64 {
        self.all.get(&table).and_then(|plan| attempt(|| count(plan, at_most))).unwrap_or(0)
    }

    fn has_values(&mut self, table: u32, columns: &[String]) -> bool {
        let Some(plan) = self.all.get(&table) else { return false };
        let named = plan.columns.iter().filter(|column| columns.contains(&column.name));
        let conditions: Vec<String> = named.map(|column| format!("{} IS NOT NULL", column.sql_name)).collect();
        attempt(|| {
            select::lock_table(plan)?;
            let query = format!("SELECT 'x' FROM ONLY {} WHERE {} LIMIT 1", plan.sql_name, conditions.join(" AND "));
            Ok(!catalog::texts(&query, &[]).is_empty())
        })
        .unwrap_or(false)
    }

    fn holds(&mut self, table: u32, columns: &[i16], condition: &str) -> Option<bool> {
        let plan = *self.plans.get(&table)?;
        let mut values = Vec::with_capacity(columns.len());
        for number in columns {
            let column = plan.columns.iter().find(|column| column.number == *number)?;
            values.push((column.sql_name.clone(), column.rule.clone()?, column.type_name.clone()));
        }
        holds(&plan.sql_name, condition, &values)
    }

    fn is_within(&mut self, table: u32, column: i16, (least, greatest): (i64, i64)) -> Option<bool> {
        let plan = *self.plans.get(&table)?;
        if !self.is_indexed(table, column) {
            return None;
        }
        let name = &plan.columns.iter().find(|c| c.number == column)?.sql_name;
        let bound = |number: i64| format!("'{number}'::pg_catalog.int8");
        attempt(|| {
            select::lock_table(plan)?;
            let _settings = Settings::for_rules(None);
            settings::set("enable_seqscan", "off");
            let from = format!("SELECT FROM ONLY {} WHERE {name}", plan.sql_name);
            let query =
                format!("SELECT 'x' WHERE EXISTS ({from} < {}) OR EXISTS ({from} > {})", bound(least), bound(greatest));
            Ok(catalog::texts(&query, &[]).is_empty())
        })
    }

    fn domain_holds(&mut self, table: u32, column: i16, condition: &str) -> Option<bool> {
        let plan = *self.plans.get(&table)?;
        let column = plan.columns.iter().find(|c| c.number == column)?;
        holds(&plan.sql_name, condition, &[("value".to_owned(), column.rule.clone()?, column.type_name.clone())])
    }
}

/// How many rows a table has, counted up to `at_most`. Errors: those of the server, which says so also when the user may not
/// read the table.
fn count(plan: &TablePlan, at_most: u64) -> Result<u64, Report> {
    select::lock_table(plan)?;
    let query = format!(
        "SELECT pg_catalog.count(*)::pg_catalog.text FROM (SELECT FROM ONLY {} LIMIT {at_most}) AS s",
        plan.sql_name
    );
    Ok(catalog::texts(&query, &[]).first().and_then(|number| number.parse().ok()).unwrap_or(0))
}

/// Whether a condition holds for constant rules, each given with the name of its column and its type. Nothing when the condition
/// calls a function that neither PostgreSQL nor an extension has made: whoever owns it would have it run with the rights of
/// whoever checks.
fn holds(table: &str, condition: &str, values: &[(String, String, String)]) -> Option<bool> {
    let what = format!("a constraint of table {table}");
    let select = |values: &[String]| {
        format!("SELECT COALESCE((\n{condition}\n), true) FROM (SELECT {}) AS s", values.join(", "))
    };
    let nulls: Vec<String> = values.iter().map(|(name, _, type_name)| format!("NULL::{type_name} AS {name}")).collect();
    let constants: Vec<String> =
        values.iter().map(|(name, rule, type_name)| format!("(\n{rule}\n)::{type_name} AS {name}")).collect();
    attempt(|| {
        if !rule::calls_trusted_functions_only(&select(&nulls), &what)? {
            return Ok(None);
        }
        let expected = Expected { relation: None, types: vec![Some(pg_sys::BOOLOID)] };
        let checked = query::check(&select(&constants), &what, &expected)?;
        Ok(query::one_row(&checked)?.first().map(|datum| datum.value() != 0))
    })
    .flatten()
}

/// The types whose values are written as literals of the structure may be; arrays of them are searched as well.
const SEARCHED: [&str; 20] = [
    "text",
    "varchar",
    "bpchar",
    "name",
    "int2",
    "int4",
    "int8",
    "numeric",
    "float4",
    "float8",
    "date",
    "timestamp",
    "timestamptz",
    "time",
    "uuid",
    "inet",
    "cidr",
    "macaddr",
    "json",
    "jsonb",
];

impl Database<'_> {
    /// Whether an index finds any value of a column.
    fn is_indexed(&self, table: u32, column: i16) -> bool {
        let indexes = self.constraints.iter().filter(|c| c.oid == table).flat_map(|c| &c.indexes);
        let mut indexes = indexes.filter(|index| index.btree && index.predicate.is_none());
        indexes.any(|index| index.keys.first() == Some(&column))
    }

    /// Which of some literals are values of a column. All values of a small table, or of a column of text with an index, are
    /// looked at, else those of a sample. Values of types that are not PostgreSQL's own, such as enums, are names and not data.
    fn find(&self, plan: &TablePlan, number: i16, literals: &[String]) -> Option<Found> {
        let column = plan.columns.iter().find(|column| column.number == number)?;
        let kind = literals::own_type(&column.type_name).unwrap_or_default();
        let element = kind.strip_prefix('_').filter(|element| SEARCHED.contains(element));
        if element.is_none() && !SEARCHED.contains(&kind) {
            return Some(Found { complete: true, ..Found::default() });
        }
        let (name, table) = (&column.sql_name, &plan.sql_name);
        attempt(|| {
            select::lock_table(plan)?;
            let wanted = || literals.iter().map(|literal| ServerText::from(literal.as_str())).collect::<Vec<_>>();
            // Long values are no literals, and reading them back in costs much.
            let parts = match (kind, element) {
                (_, Some(_)) => " UNION ALL SELECT e::pg_catalog.text FROM pg_catalog.unnest(s.v) AS e",
                ("jsonb", _) => " UNION ALL SELECT e #>> '{}' FROM pg_catalog.jsonb_path_query(s.v, '$.**') AS e",
                _ => "",
            };
            let sample = format!(
                "SELECT DISTINCT p.v FROM (SELECT CASE WHEN pg_catalog.pg_column_size({name}) < 2000 \
                 THEN {name}::{} END AS v FROM ONLY {table} LIMIT {SAMPLE}) AS s \
                 CROSS JOIN LATERAL (SELECT s.v::pg_catalog.text{parts}) AS p (v) WHERE p.v = ANY ($1)",
                column.type_name
            );
            let mut found =
                Found { values: catalog::texts(&sample, &[wanted().into()]).into_iter().collect(), complete: false };
            found.complete = count(plan, SAMPLE + 1)? <= SAMPLE;
            if !found.complete && self.is_indexed(plan.oid, number) && matches!(kind, "text" | "varchar") {
                let _settings = Settings::for_rules(None);
                settings::set("enable_seqscan", "off");
                let all = format!(
                    "SELECT w.v FROM pg_catalog.unnest($1) AS w (v) WHERE EXISTS (SELECT FROM ONLY {table} WHERE {name} = w.v)"
                );
                found.values.extend(catalog::texts(&all, &[wanted().into()]));
                found.complete = true;
            }
            Ok(found)
        })
    }
}
