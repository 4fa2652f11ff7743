//! Whether what indexes promise holds for masked columns: above all, that unique stays unique.

use std::collections::BTreeSet;

use super::{CERTAIN, Distinct, Expression, IMPROBABLE, Index, Masked, MaskedTable, Null, Server, list};
use crate::plan::{Problem, Severity};

/// So many rows are counted.
const COUNTED: u64 = 2_000;

pub(super) fn check(table: &MaskedTable<'_>, server: &mut dyn Server, problems: &mut Vec<Problem>) {
    for index in &table.constraints.indexes {
        if index.exclusion {
            exclusion(table, index, problems);
            continue;
        }
        if index.unique {
            unique(table, index, server, problems);
        }
        predicate(table, index, problems);
        expressions(table, index, problems);
    }
}

/// The first masked column of some.
fn first_masked<'t, 'a>(table: &'t MaskedTable<'a>, columns: &[i16]) -> Option<&'t Masked<'a>> {
    columns.iter().find_map(|number| table.masked(*number))
}

fn exclusion(table: &MaskedTable<'_>, index: &Index, problems: &mut Vec<Problem>) {
    let all: Vec<i16> = [&index.keys[..], &index.expression_columns, &index.predicate_columns].concat();
    // NULL excludes nothing.
    let by_null = index.keys.iter().filter_map(|n| table.masked(*n)).any(|m| m.rule.expression.null() == Null::Always);
    if let Some(masked) = first_masked(table, &all).filter(|_| !by_null) {
        problems.push(table.problem(
            Severity::Warning,
            "exclusion_constraint",
            masked.column,
            format!("two of its values may exclude each other by the constraint {}", index.name),
            "Use a mask that keeps what the constraint compares apart, or remove the rule.",
        ));
    }
}

fn predicate(table: &MaskedTable<'_>, index: &Index, problems: &mut Vec<Problem>) {
    let Some(predicate) = &index.predicate else { return };
    let masked: Vec<&Masked<'_>> = index.predicate_columns.iter().filter_map(|n| table.masked(*n)).collect();
    let Some(first) = masked.first() else { return };
    // Whether a value is there at all is not changed by masks that keep NULL.
    let asks_for_null_only = is_null_test(predicate);
    let keeps_null = |masked: &&Masked<'_>| {
        masked.rule.expression.columns() == BTreeSet::from([masked.column.number])
            && masked.rule.expression.null() == (if masked.column.not_null { Null::Never } else { Null::Possible })
    };
    if asks_for_null_only && masked.iter().all(keeps_null) {
        return;
    }
    let effect = if index.unique { "that rows with equal keys come into" } else { "that other rows come into" };
    problems.push(table.problem(
        Severity::Warning,
        "partial_index",
        first.column,
        format!("the condition of the partial index {} reads the column, so {effect} it", index.name),
        "See whether the index is right for the masked values; leave columns out that only say which rows count.",
    ));
}

/// Whether a condition is made of IS NULL and IS NOT NULL alone.
fn is_null_test(predicate: &str) -> bool {
    let tests = predicate.matches(" IS NULL").count() + predicate.matches(" IS NOT NULL").count();
    let joints = predicate.matches(" AND ").count() + predicate.matches(" OR ").count();
    tests == joints + 1 && !predicate.contains(['=', '<', '>', '~', '\''])
}

fn expressions(table: &MaskedTable<'_>, index: &Index, problems: &mut Vec<Problem>) {
    let Some(first) = first_masked(table, &index.expression_columns) else { return };
    // What is unique is looked at on its own.
    if index.total || index.unique {
        return;
    }
    problems.push(table.problem(
        Severity::Warning,
        "expression_index",
        first.column,
        format!("the index {} computes something of it, which may fail for a masked value", index.name),
        "Make the rule give values that the expression of the index can read.",
    ));
}

/// The columns of a table by which its rows differ for certain: keys of unique indexes that take no NULL.
fn keys(table: &MaskedTable<'_>) -> Vec<BTreeSet<i16>> {
    let never_null = |number: &i16| {
        *number > 0 && table.plan.columns.iter().any(|column| column.number == *number && column.not_null)
    };
    let indexes = table.constraints.indexes.iter();
    indexes
        .filter(|index| index.unique && index.predicate.is_none() && index.keys.iter().all(never_null))
        .map(|index| index.keys.iter().copied().collect())
        .collect()
}

fn unique(table: &MaskedTable<'_>, index: &Index, server: &mut dyn Server, problems: &mut Vec<Problem>) {
    let masked: Vec<&Masked<'_>> = index.keys.iter().filter_map(|number| table.masked(*number)).collect();
    let in_expression = first_masked(table, &index.expression_columns);
    let Some(first) = masked.first().copied().or(in_expression) else { return };
    if index.nulls_distinct && masked.iter().any(|masked| masked.rule.expression.null() == Null::Always) {
        return;
    }
    let names: Vec<&str> = masked.iter().map(|masked| masked.column.sql_name.as_str()).collect();
    let verb = if names.len() == 1 { "is" } else { "are" };
    let of = if index.keys.len() > 1 { format!(" ({} {verb} masked)", list(&names)) } else { String::new() };
    let mut rows = table.rows();
    let mut verdict = of_index(table, index, &masked, in_expression, rows);
    if table.is_unknown() && matches!(verdict, Verdict::Chance(collisions) if collisions >= IMPROBABLE) {
        let counted = server.count(table.plan.oid, COUNTED);
        // At least one in each block, when there are more than were counted.
        rows =
            if counted < COUNTED { counted as f64 } else { table.plan.blocks.unwrap_or(0).max(counted as i64) as f64 };
        verdict = of_index(table, index, &masked, in_expression, rows);
    }
    // Rows that get NULL, or are not dumped, are no duplicates.
    let all_count = table.plan.condition.is_none()
        && (!index.nulls_distinct || masked.iter().all(|m| m.rule.expression.null() == Null::Never));
    let error = if all_count { Severity::Error } else { Severity::Warning };
    let (severity, message) = match verdict {
        Verdict::Chance(collisions) if collisions < IMPROBABLE => return,
        Verdict::Chance(collisions) if collisions > CERTAIN => (
            error,
            format!(
                "about {} pairs of {rows:.0} rows get equal values, which the unique index {} does not take{of}",
                rounded(collisions),
                index.name
            ),
        ),
        Verdict::Chance(collisions) => {
            let chance = 100.0 * -(-collisions).exp_m1();
            let message = format!(
                "with {rows:.0} rows two get equal values with a chance of {} %, which the unique index {} does not \
                 take{of}",
                if chance < 0.1 { "0.1".to_owned() } else { format!("{chance:.1}") },
                index.name
            );
            (Severity::Warning, message)
        }
        Verdict::AtMost(many) => {
            // Two rows more than there are values.
            let too_many = if many < COUNTED as f64 {
                server.count(table.plan.oid, many as u64 + 1) > many as u64
            } else {
                rows > many
            };
            if !too_many && table.plan.blocks == Some(0) {
                return;
            }
            let severity = if too_many { error } else { Severity::Warning };
            let values =
                if many <= 1.0 { "one value".to_owned() } else { format!("{} different values", rounded(many)) };
            (severity, format!("it gives {values} only, and the unique index {} takes each once{of}", index.name))
        }
        Verdict::Possible(class) => {
            let why = class.unwrap_or("it is not known to keep different values apart");
            (Severity::Warning, format!("{why}, and the unique index {} takes no duplicates{of}", index.name))
        }
    };
    let hint = if masked.iter().copied().chain(in_expression).any(|masked| masked.rule.expression.is_keyed()) {
        "Use a mask that keeps different values different under the key: anon_funcs.permute_int for numbers, permute_uuid, \
         fpe_digits or fpe_text for codes, or anon_funcs.hmac(value)."
    } else {
        "Use a mask that keeps different values different, such as anon_funcs.digest(value, salt, 'sha256')."
    };
    problems.push(table.problem(severity, "duplicates", first.column, message, hint));
}

/// What is known of the keys of a unique index that has `rows` of them. `in_expression` is the masked column that its
/// expressions read, when they do.
fn of_index(
    table: &MaskedTable<'_>,
    index: &Index,
    masked: &[&Masked<'_>],
    in_expression: Option<&Masked<'_>>,
    rows: f64,
) -> Verdict {
    match in_expression {
        None => judge(table, index, masked, rows),
        // lower(column) of a hash or of random letters is as different as the column; of values as they are it is not.
        Some(only) if index.folding && index.keys == [0] && index.expression_columns.len() == 1 => {
            match only.rule.distinct() {
                Distinct::Hashed(..) | Distinct::Drawn(_) | Distinct::Constant => {
                    let of_column = Index { keys: index.expression_columns.clone(), ..index.clone() };
                    judge(table, &of_column, &[only], rows)
                }
                _ => Verdict::Possible(None),
            }
        }
        Some(_) => Verdict::Possible(None),
    }
}

/// What is known of the keys of a unique index.
enum Verdict {
    /// So many pairs are expected to become equal.
    Chance(f64),
    /// There are at most so many different ones.
    AtMost(f64),
    /// Duplicates are possible, and why.
    Possible(Option<&'static str>),
}

fn judge(table: &MaskedTable<'_>, index: &Index, masked: &[&Masked<'_>], rows: f64) -> Verdict {
    // The columns by which the key of the index differs, as far as masked values tell, and the weakest hash among them.
    let mut by: BTreeSet<i16> = index.keys.iter().copied().filter(|n| *n > 0 && table.masked(*n).is_none()).collect();
    let mut weakest = f64::INFINITY;
    let mut drawn = 1.0_f64;
    // How many different keys there are at most, where all of the key is masked.
    let mut results = if masked.len() == index.keys.len() { 1.0_f64 } else { f64::INFINITY };
    for masked in masked {
        match masked.rule.distinct() {
            Distinct::By(columns) => {
                by.extend(columns);
                results = f64::INFINITY;
            }
            Distinct::Hashed(columns, many) => {
                by.extend(columns);
                weakest = weakest.min(many);
                results *= many;
            }
            // From nothing NULL is drawn.
            Distinct::Drawn(many) => {
                drawn *= many.max(1.0);
                results *= many.max(1.0);
            }
            Distinct::Partly { columns, hashed, drawn: many } => {
                by.extend(columns);
                weakest = weakest.min(hashed);
                drawn *= many;
                results = f64::INFINITY;
            }
            Distinct::Constant => {}
            Distinct::Narrow | Distinct::Unknown => results = f64::INFINITY,
        }
    }
    let own: BTreeSet<i16> = index.keys.iter().copied().collect();
    // A partial index says nothing of the rows outside it; within it, rows differ by its own key.
    if own.is_subset(&by) || keys(table).iter().any(|key| key.is_subset(&by)) {
        // What is drawn beside a hash would have to be equal as well.
        let at_most = pairs(rows) / (weakest * drawn);
        // Of several columns of a key all would have to be equal, and how many rows differ in one alone is not known.
        let at_least = pairs(rows) / results;
        return match at_most {
            _ if index.keys.len() == 1 || at_most < IMPROBABLE => Verdict::Chance(at_most),
            _ if at_least >= IMPROBABLE => Verdict::Chance(at_least),
            _ => Verdict::Possible(Some("different values may become equal")),
        };
    }
    let constant = |m: &&Masked<'_>| matches!(m.rule.distinct(), Distinct::Constant);
    let is_drawn = |m: &&Masked<'_>| matches!(m.rule.distinct(), Distinct::Drawn(_)) || constant(m);
    let all_drawn = masked.len() == index.keys.len() && masked.iter().all(is_drawn);
    if all_drawn && masked.iter().all(constant) {
        return Verdict::AtMost(1.0);
    }
    if all_drawn && (drawn < rows || drawn < COUNTED as f64) {
        return Verdict::AtMost(drawn);
    }
    if drawn > 1.0 {
        // Whatever else the key has can only help.
        let collisions = pairs(rows) / drawn;
        if all_drawn || collisions < IMPROBABLE {
            return Verdict::Chance(collisions);
        }
        let partly = masked.iter().any(|m| matches!(m.rule.distinct(), Distinct::Partly { .. }));
        return Verdict::Possible((!partly).then_some("its values are drawn from a small range"));
    }
    let narrow = masked.iter().any(|m| m.rule.distinct() == Distinct::Narrow);
    let constant = masked.iter().any(|m| matches!(m.rule.expression, Expression::Constant { .. }));
    Verdict::Possible(match (narrow, constant) {
        (true, _) => Some("different values may become equal"),
        (false, true) => Some("all values become the same"),
        _ => None,
    })
}

/// How many pairs so many rows make.
fn pairs(rows: f64) -> f64 {
    rows * (rows - 1.0).max(0.0) / 2.0
}

fn rounded(number: f64) -> String {
    if number < 1e9 { format!("{number:.0}") } else { format!("{number:.0e}") }
}
