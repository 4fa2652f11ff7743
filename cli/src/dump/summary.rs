//! The closing summary: what was dumped, and what of it was not masked.

use std::time::Duration;

use indicatif::{HumanBytes, HumanCount};

use super::choice::Choice;
use super::plan::{Plan, Table};
use crate::args::LargeObjectMode;
use crate::compress::Compression;
use crate::config::DumpOptions;
use crate::progress::{count, some_names};
use crate::tables::left_out;
use crate::text::visible;

/// How many names the summary shows in a row.
const NAMES_SHOWN: usize = 20;

/// What was written.
pub(super) struct Done {
    /// The name of the folder or file.
    pub(super) place: String,
    pub(super) rows: u64,
    pub(super) bytes: u64,
    pub(super) compress: Compression,
}

/// What was dumped, and what of it was not masked.
pub(super) fn summary(plan: &Plan, choice: &Choice, done: &Done, options: &DumpOptions, elapsed: Duration) -> String {
    let excluded_schemas = &choice.excluded_schemas;
    let structure_only =
        |table: &&Table| plan.selection.as_ref().is_some_and(|selection| selection.structure_only.contains(&table.oid));
    let has_place = |table: &&Table| !excluded_schemas.contains(&table.schema) && !choice.leaves_out(table.oid);
    let masked = plan.data().filter(|table| table.masked_columns > 0).count();
    let columns: u64 = plan.data().map(|table| table.masked_columns).sum();
    let names = |tables: &mut dyn Iterator<Item = &Table>| {
        tables.map(|table| table.shown_name().into_owned()).collect::<Vec<_>>()
    };
    let plain = names(&mut plan.data().filter(|table| table.masked_columns == 0));
    let excluded = names(
        &mut plan.tables.iter().filter(|t| t.excluded && has_place(t) && !structure_only(t) && choice.chooses(t.oid)),
    );
    let place = visible(&done.place);
    let mut text = if options.content.has_data() {
        format!(
            "Dumped {}{} to {place}\n  {}, {}, {}, {:.1} s\n  masked: {} of {}\n",
            if options.content.has_structure() { "" } else { "the data of " },
            count(plan.data().count() as u64, "table"),
            count(done.rows, "row"),
            HumanBytes(done.bytes),
            done.compress,
            elapsed.as_secs_f64(),
            count(columns, "column"),
            count(masked as u64, "table"),
        )
    } else {
        let tables = plan.tables.iter().filter(has_place).count();
        format!(
            "Dumped the structure of {} to {place}\n  {}, {:.1} s\n",
            count(tables as u64, "table"),
            HumanBytes(done.bytes),
            elapsed.as_secs_f64(),
        )
    };
    if choice.is_partial {
        text.push_str(&format!(
            "  chosen: {} of {}\n",
            HumanCount(choice.chosen_candidates),
            count(choice.candidates, "table")
        ));
    }
    if options.content.has_data() {
        push_data(&mut text, &plain, &excluded, plan, options);
    }
    if !excluded_schemas.is_empty() {
        let schemas: Vec<_> = excluded_schemas.iter().map(|schema| visible(schema).into_owned()).collect();
        text.push_str(&format!("  left out, schemas: {}\n", some_names(&schemas, NAMES_SHOWN)));
    }
    let needed = names(&mut plan.tables.iter().filter(structure_only));
    if !needed.is_empty() && options.content.has_structure() {
        text.push_str(&format!("  structure only, others need it: {}\n", some_names(&needed, NAMES_SHOWN)));
    }
    if let Some(selection) = plan.selection.as_ref().filter(|_| options.content.has_structure()) {
        text.push_str(&left_out(selection));
    }
    text
}

/// What of the data was not masked, and what is not there.
fn push_data(text: &mut String, plain: &[String], excluded: &[String], plan: &Plan, options: &DumpOptions) {
    if !plain.is_empty() {
        text.push_str(&format!("  as they are, no rule: {}\n", some_names(plain, NAMES_SHOWN)));
    }
    if !excluded.is_empty() {
        let fate = if options.content.has_structure() { "structure only" } else { "left out" };
        text.push_str(&format!("  {fate}, excluded: {}\n", some_names(excluded, NAMES_SHOWN)));
    }
    if plan.large_objects > 0 {
        let fate = match options.large_objects {
            LargeObjectMode::Keep => "as they are",
            LargeObjectMode::Empty => "without content",
            LargeObjectMode::Skip => "not dumped",
        };
        text.push_str(&format!("  large objects: {} {fate}\n", HumanCount(plan.large_objects)));
    }
}
