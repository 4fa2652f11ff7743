//! Rules that columns take over from the columns that they refer to: what only PostgreSQL's parser can do with them, and the
//! tables that have to be known.

use crate::catalog;
use crate::dump::attempt;
use crate::error::Report;
use crate::expression;
use crate::rule::{self, Target};
use pg_anon_core::check::{Expression, Spelling};
use pg_anon_core::consistent::{Consistency, Missing, Origin, Translated, Translator};
use pg_anon_core::dictionary::Dictionary;
use pg_anon_core::plan::{ColumnPlan, Problem, Table, TablePlan, mask_problem, rule_select};
use pgrx::prelude::*;
use std::collections::HashSet;

/// Gives the columns of a table the rules that they take over, and says what keeps a column from it; `table` is what the
/// catalogs say of it.
pub fn take_over(table: &Table, plan: &mut TablePlan, dictionary: &Dictionary) -> Vec<Problem> {
    let mut tables = vec![table.clone()];
    let mut asked = HashSet::new();
    loop {
        let missing = match Consistency::new(&tables, dictionary).missing(plan) {
            Ok(missing) => missing,
            Err(error) => return vec![mask_problem(error)],
        };
        let (mut oids, mut names, mut partitioned) = (Vec::new(), Vec::new(), Vec::new());
        for missing in missing.into_iter().filter(|missing| asked.insert(missing.clone())) {
            match missing {
                Missing::Oid(oid) => oids.push(pg_sys::Oid::from(oid)),
                Missing::Name(schema, name) => names.push((schema, name)),
                Missing::Partitions(oid) => partitioned.push(pg_sys::Oid::from(oid)),
            }
        }
        if !names.is_empty() {
            oids.extend(catalog::oids_of(&names));
        }
        if !partitioned.is_empty() {
            oids.extend(catalog::partitions_of(partitioned));
        }
        oids.retain(|oid| tables.iter().all(|table| table.oid != oid.to_u32()));
        if oids.is_empty() {
            break;
        }
        tables.extend(catalog::tables(Some(oids)));
    }
    Consistency::new(&tables, dictionary).take_over(plan, &mut Parser)
}

/// PostgreSQL's parser, in the settings of rules.
pub struct Parser;

impl Translator for Parser {
    fn translate(
        &mut self,
        origin: &Origin<'_>,
        table: &TablePlan,
        column: &ColumnPlan,
    ) -> Result<Option<Translated>, Problem> {
        let object = || format!("column {} of table {}", origin.column.sql_name, origin.table.sql_name);
        attempt(|| translate(origin, table, column), object)
    }
}

/// A column as its relation has it.
struct Attribute {
    declared: pg_sys::Oid,
    base: pg_sys::Oid,
    modifier: i32,
    collation: pg_sys::Oid,
}

/// Locks a relation and looks a column up. Raises an error when one of them is gone.
fn attribute(relation: pg_sys::Oid, number: i16) -> Attribute {
    let (mut declared, mut modifier, mut collation) = (pg_sys::InvalidOid, -1, pg_sys::InvalidOid);
    // SAFETY: takes a lock that the transaction keeps; a catalog look-up.
    unsafe {
        pg_sys::LockRelationOid(relation, pg_sys::AccessShareLock as i32);
        pg_sys::get_atttypetypmodcoll(relation, number, &raw mut declared, &raw mut modifier, &raw mut collation);
        let (base, modifier) = rule::base_type(declared, modifier);
        Attribute { declared, base, modifier, collation }
    }
}

/// The rule of `origin` for another column. The function stays the same: where the types differ, the other column's value is
/// cast to the type that the rule was written for, and what comes out to the other column's.
fn translate(origin: &Origin<'_>, table: &TablePlan, column: &ColumnPlan) -> Result<Option<Translated>, Report> {
    let (source, target) = (pg_sys::Oid::from(origin.table.oid), pg_sys::Oid::from(table.oid));
    let name = format!("column {} of table {}", origin.column.sql_name, origin.table.sql_name);
    let what = format!("rule for {name}");
    rule::check_expression(origin.rule, &what)?;
    let (theirs, mine) = (attribute(source, origin.column.number), attribute(target, column.number));
    let query = rule_select(origin.rule, &origin.column.type_name, &origin.table.sql_name);
    let start = query.from_dictionary.map_or(0, |range| range.start);
    let type_of = Target { name: &name, relation: source, type_oid: theirs.base, type_modifier: theirs.modifier };
    let analysed = rule::analyse(&query.text, start, &type_of)?;
    // SAFETY: the expression has just been analysed.
    if analysed.needs_select || unsafe { rule::depends_on_the_transaction(analysed.unfitted) } {
        return Ok(None);
    }
    let own = origin.column.number;
    let not_null = |number: i16| origin.table.columns.iter().any(|c| c.number == number && c.not_null);
    // SAFETY: the expression has just been analysed over this table.
    let described = unsafe { expression::describe(analysed.unfitted, own, &not_null) };
    let Some(form) = described.form(own) else { return Ok(None) };
    let is_text = |oid: pg_sys::Oid| matches!(oid, pg_sys::TEXTOID | pg_sys::VARCHAROID);
    // A text that is equal has no more characters than the other column takes; a number or a time may have more digits.
    let modifier = if is_text(theirs.base) { -1 } else { theirs.modifier };
    if matches!(described, Expression::Column { .. }) {
        let rule = column.sql_name.clone();
        return Ok(Some(Translated { rule, form, modifier: -1, spelling: Spelling::One }));
    }
    let differs = theirs.base != mine.base || theirs.modifier != mine.modifier;
    // SAFETY: the nodes are over the relations that they are said to be over, and live in the current memory context.
    unsafe {
        let mut node = pg_sys::makeVar(1, column.number, mine.declared, -1, mine.collation, 0).cast::<pg_sys::Node>();
        let mut rule = analysed.unfitted;
        if differs {
            if mine.base == pg_sys::INETOID && is_text(theirs.base) {
                node = rule::address_text(node);
            }
            node = rule::cast(node, theirs.base, modifier, &what)?;
            if modifier >= 0 {
                rule = rule::cast(rule, theirs.base, modifier, &what)?;
            }
        }
        // Functions such as lower() go by the collation of what they are given.
        let given = match mine.collation {
            // What is cast to a text has the default one.
            pg_sys::InvalidOid => pg_sys::DEFAULT_COLLATION_OID,
            own => own,
        };
        if theirs.collation != pg_sys::InvalidOid && theirs.collation != given {
            node = rule::collate(node, theirs.collation);
        }
        let rule = rule::text_with_column(rule, own, node, target);
        Ok(Some(Translated { rule, form, modifier, spelling: described.spelling() }))
    }
}
