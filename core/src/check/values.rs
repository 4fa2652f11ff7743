//! Whether a column takes each value of its rule by itself: its length and range, NOT NULL, CHECK, its domain, and the
//! partition that the row is in.

use super::{Distinct, Index, Masked, MaskedTable, Null, Server};
use crate::mask::registry::Length;
use crate::plan::{Problem, Severity};

pub(super) fn check(table: &MaskedTable<'_>, server: &mut dyn Server, problems: &mut Vec<Problem>) {
    for masked in &table.masked {
        length(table, masked, problems);
        range(table, masked, problems);
        bounds(table, masked, server, problems);
        null(table, masked, problems);
    }
    checks(table, server, problems);
    domains(table, server, problems);
    partitions(table, server, problems);
}

fn length(table: &MaskedTable<'_>, masked: &Masked<'_>, problems: &mut Vec<Problem>) {
    let (Some(most), expression) = (masked.rule.fit.characters, &masked.rule.expression) else { return };
    let length = expression.length().unwrap_or(Length { shortest: 0, longest: None });
    let (severity, message) = if length.shortest > most {
        let at_least = if length.longest == Some(length.shortest) { "" } else { "at least " };
        (Severity::Error, format!("its values have {at_least}{} characters, the column takes {most}", length.shortest))
    } else if let Some(longest) = length.longest.filter(|longest| *longest > most) {
        (Severity::Warning, format!("its values may have {longest} characters, the column takes {most}"))
    } else if length.longest.is_none() && expression.joins_unlimited() {
        (Severity::Warning, format!("it joins texts of any length, the column takes {most} characters"))
    } else {
        return;
    };
    let number = masked.column.number;
    let is_of = |index: &Index| index.keys.contains(&number) || index.expression_columns.contains(&number);
    let hint = if table.constraints.indexes.iter().any(|index| index.unique && is_of(index)) {
        format!(
            "Use a mask with shorter values. In a unique column cut hashes only, such as left(anon_funcs.hmac(value), {most}) or \
             left(anon_funcs.digest(value, salt, 'sha256'), {most}): of other values the beginnings may be equal."
        )
    } else {
        format!("Cut the value, for instance with left(..., {most}), or use another mask.")
    };
    problems.push(table.problem(severity, "too_long", masked.column, message, &hint));
}

fn range(table: &MaskedTable<'_>, masked: &Masked<'_>, problems: &mut Vec<Problem>) {
    let (Some((least, greatest)), Some(range)) = (masked.rule.fit.range, masked.rule.expression.range()) else {
        return;
    };
    let (from, to) = (i128::from(range.0), i128::from(range.1));
    if from >= least && to <= greatest {
        return;
    }
    let severity = if to < least || from > greatest { Severity::Error } else { Severity::Warning };
    let message = format!("its values go from {from} to {to}, the column takes {least} to {greatest}");
    problems.push(table.problem(severity, "out_of_range", masked.column, message, "Draw from a smaller range."));
}

/// Whether the rule stops at a value of the column.
fn bounds(table: &MaskedTable<'_>, masked: &Masked<'_>, server: &mut dyn Server, problems: &mut Vec<Problem>) {
    let bounded = masked.rule.expression.bounded();
    let Some((_, (least, greatest))) =
        bounded.into_iter().find(|(column, bounds)| server.is_within(table.plan.oid, *column, *bounds) == Some(false))
    else {
        return;
    };
    // Rows that are not dumped may be those.
    let severity = if table.plan.condition.is_none() { Severity::Error } else { Severity::Warning };
    let message = format!("it takes numbers from {least} to {greatest} only, and some values are others");
    problems.push(table.problem(
        severity,
        "out_of_range",
        masked.column,
        message,
        "Give it bounds that hold all values.",
    ));
}

fn null(table: &MaskedTable<'_>, masked: &Masked<'_>, problems: &mut Vec<Problem>) {
    if !masked.column.not_null {
        return;
    }
    let (severity, message) = match masked.rule.expression.null() {
        Null::Never => return,
        Null::Possible => (Severity::Warning, "it may give NULL, which the column does not take"),
        Null::Always => (Severity::Error, "it gives NULL, which the column does not take"),
    };
    let hint = "Give a value instead, for instance with coalesce(..., '').";
    problems.push(table.problem(severity, "null_value", masked.column, message.to_owned(), hint));
}

/// Whether a condition is one that a rule satisfies by what is known of it: that the value is there, is not empty, or is not
/// longer than so many characters. `column` is how the condition names the column.
fn is_satisfied(masked: &Masked<'_>, condition: &str, column: &str) -> bool {
    !condition.contains(" OR ") && condition.split(" AND ").all(|part| is_part_satisfied(masked, part, column))
}

fn is_part_satisfied(masked: &Masked<'_>, condition: &str, column: &str) -> bool {
    let expression = &masked.rule.expression;
    let mut text: String = condition.chars().filter(|c| !c.is_whitespace()).collect();
    for cast in ["::text", "::charactervarying", "::bpchar"] {
        text = text.replace(cast, "");
    }
    let text = text.replace(['(', ')'], "");
    if let Some(literal) = text.strip_prefix(&format!("{column}<>'")).and_then(|rest| rest.strip_suffix('\''))
        && !literal.is_empty()
        && !literal.contains('\'')
    {
        let drawn = matches!(masked.rule.distinct(), Distinct::Hashed(_, many) | Distinct::Drawn(many) if many > 1e9);
        let characters = condition.split('\'').nth(1).unwrap_or_default().chars().count() as u64;
        let fits = |length: Length| {
            characters >= length.shortest && length.longest.is_none_or(|longest| characters <= longest)
        };
        return drawn || !expression.length().is_none_or(fits);
    }
    let text = text.to_lowercase();
    let column = column.to_lowercase();
    if text == format!("{column}isnotnull") {
        return expression.null() == Null::Never;
    }
    let Some(length) = expression.length() else { return false };
    if text == format!("{column}<>''") {
        return length.shortest > 0;
    }
    for name in ["length", "char_length", "character_length"] {
        let Some(rest) = text.strip_prefix(&format!("{name}{column}")) else { continue };
        let at = rest.find(|c: char| c.is_ascii_digit()).unwrap_or(rest.len());
        let (operator, number) = rest.split_at(at);
        let Ok(number) = number.parse::<u64>() else { return false };
        let longest = length.longest.unwrap_or(u64::MAX);
        return match operator {
            "<=" => longest <= number,
            "<" => longest < number,
            ">=" => length.shortest >= number,
            ">" => length.shortest > number,
            "=" => length.shortest == number && longest == number,
            _ => false,
        };
    }
    false
}

fn checks(table: &MaskedTable<'_>, server: &mut dyn Server, problems: &mut Vec<Problem>) {
    for check in &table.constraints.checks {
        let columns = check.columns.as_deref().unwrap_or_default();
        let masked: Vec<&Masked<'_>> = columns.iter().filter_map(|number| table.masked(*number)).collect();
        let Some(first) = masked.first() else { continue };
        let all_constant = masked.len() == columns.len() && masked.iter().all(|masked| masked.is_constant());
        let (severity, verb) = if all_constant {
            match server.holds(table.plan.oid, columns, &check.expression) {
                Some(true) => continue,
                Some(false) => (Severity::Error, "is refused by"),
                None => (Severity::Warning, "may be refused by"),
            }
        } else if columns.len() == 1 && is_satisfied(first, &check.expression, &first.column.sql_name) {
            continue;
        } else {
            (Severity::Warning, "may be refused by")
        };
        let what = if first.is_constant() { "its value" } else { "a value of it" };
        problems.push(table.problem(
            severity,
            "check_constraint",
            first.column,
            format!("{what} {verb} the constraint {} of the table", check.name),
            "Make the rule give values that the CHECK constraint takes.",
        ));
    }
}

fn domains(table: &MaskedTable<'_>, server: &mut dyn Server, problems: &mut Vec<Problem>) {
    for domain in &table.constraints.domains {
        let Some(masked) = table.masked(domain.column) else { continue };
        let (severity, message) = if masked.is_constant() {
            match server.domain_holds(table.plan.oid, domain.column, &domain.expression) {
                Some(true) => continue,
                Some(false) => (Severity::Error, "its value is refused by"),
                None => (Severity::Warning, "its value may be refused by"),
            }
        } else if is_satisfied(masked, &domain.expression, "value") {
            continue;
        } else {
            (Severity::Warning, "a value of it may be refused by")
        };
        problems.push(table.problem(
            severity,
            "domain_constraint",
            masked.column,
            format!("{message} the constraint {} of the domain {}", domain.name, domain.domain),
            "Make the rule give values that the domain takes.",
        ));
    }
}

/// Rows are restored into the partition that they are read from, or, through the root of all partitions, into the one that they
/// belong to.
fn partitions(table: &MaskedTable<'_>, server: &mut dyn Server, problems: &mut Vec<Problem>) {
    let constraints = table.constraints;
    for key in &constraints.partition_keys {
        let columns = table.plan.columns.iter().filter(|column| key.columns.contains(&column.name));
        let masked: Vec<&Masked<'_>> = columns.filter_map(|column| table.masked(column.number)).collect();
        let Some(first) = masked.first() else { continue };
        // Where the restore finds out for each row which partition it belongs to, any partition will do.
        let through_root = table.plan.load_root.is_some();
        if through_root && (key.strategy == 'h' || key.has_default) {
            continue;
        }
        // Within a range, drawn values may well stay; a list or a hash they leave.
        let moves = |masked: &&Masked<'_>| match masked.rule.distinct() {
            Distinct::Hashed(..) => key.strategy != 'r',
            Distinct::Drawn(many) => key.strategy != 'r' && many > 1e3,
            _ => false,
        };
        let all_constant = key.columns.len() == masked.len() && masked.iter().all(|masked| masked.is_constant());
        let verdict = match (&constraints.partition_constraint, all_constant && constraints.partition_keys.len() == 1) {
            (Some(condition), true) => {
                let numbers: Vec<i16> = masked.iter().map(|masked| masked.column.number).collect();
                server.holds(table.plan.oid, &numbers, condition)
            }
            _ => None,
        };
        // Rows that the condition leaves out go nowhere.
        let is_empty = table.plan.blocks == Some(0) || table.plan.condition.is_some();
        let (severity, verb) = match verdict {
            Some(true) => continue,
            Some(false) if !is_empty && !through_root => (Severity::Error, "do not belong"),
            None if !is_empty && !constraints.default_partition && masked.iter().any(moves) => {
                (Severity::Error, "do not belong")
            }
            _ => (Severity::Warning, "may not belong"),
        };
        problems.push(table.problem(
            severity,
            "partition_key",
            first.column,
            format!(
                "it is part of the partition key of {}, and rows with its values {verb} to {} partition",
                key.parent,
                if through_root { "any" } else { "this" }
            ),
            "Remove the rule, make it give values that stay within the partition, such as the first day of the month, or add a \
             default partition.",
        ));
    }
}
