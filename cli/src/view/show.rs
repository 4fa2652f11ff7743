//! How results are shown: as a table for people, as JSON for programs.

use std::io;

use comfy_table::{CellAlignment, ContentArrangement, Table, TableStyle};
use comfy_table::{ContentLineStyle, LineStyle};
use serde::Serialize as _;
use serde_json::Value;
use serde_json::ser::{Formatter, Serializer};

use crate::text::visible;

/// Single lines around all, between columns and below the titles.
const STYLE: TableStyle = TableStyle::new()
    .top_border(LineStyle::new('┌', '─', '┬', '┐'))
    .header_lines(ContentLineStyle::new('│', '│', '│'))
    .header_separator(LineStyle::new('├', '─', '┼', '┤'))
    .content_lines(ContentLineStyle::new('│', '│', '│'))
    .bottom_border(LineStyle::new('└', '─', '┴', '┘'));

/// A table with these titles. Lines are as long as they have to be, as those of the Python tool are.
pub(super) fn table<R: IntoIterator<Item = String>>(
    titles: impl IntoIterator<Item = String>,
    rows: impl IntoIterator<Item = R>,
    alignment: CellAlignment,
) -> String {
    // What is in a database must not steer the terminal, nor break a line of the table.
    let shown = |text: String| visible(&text).into_owned();
    let mut table = Table::new();
    table.load_style(STYLE).set_content_arrangement(ContentArrangement::Disabled);
    table.set_header(titles.into_iter().map(shown).collect::<Vec<_>>());
    for row in rows {
        table.add_row(row.into_iter().map(shown).collect::<Vec<_>>());
    }
    for column in table.column_iter_mut() {
        column.set_cell_alignment(alignment);
    }
    format!("{table}\n")
}

/// One line of JSON, with the blanks that Python's json writes.
pub(super) fn json(value: &Value) -> anyhow::Result<String> {
    let mut text = Vec::new();
    value.serialize(&mut Serializer::with_formatter(&mut text, Blanks))?;
    text.push(b'\n');
    Ok(String::from_utf8(text)?)
}

struct Blanks;

impl Formatter for Blanks {
    fn begin_array_value<W: ?Sized + io::Write>(&mut self, writer: &mut W, first: bool) -> io::Result<()> {
        if first { Ok(()) } else { writer.write_all(b", ") }
    }

    fn begin_object_key<W: ?Sized + io::Write>(&mut self, writer: &mut W, first: bool) -> io::Result<()> {
        if first { Ok(()) } else { writer.write_all(b", ") }
    }

    fn begin_object_value<W: ?Sized + io::Write>(&mut self, writer: &mut W) -> io::Result<()> {
        writer.write_all(b": ")
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_table_is_drawn_with_single_lines_and_nothing_in_it_steers_the_terminal() {
        let titles = ["a", "* Größe"].map(str::to_owned);
        let rows = [["1", "x\u{1b}[2J"], ["日本", "a\nb"]].map(|row| row.map(str::to_owned));
        assert_eq!(
            table(titles, rows, CellAlignment::Left),
            "┌──────┬────────────┐\n\
             │ a    │ * Größe    │\n\
             ├──────┼────────────┤\n\
             │ 1    │ x\\u{1b}[2J │\n\
             │ 日本 │ a\\nb       │\n\
             └──────┴────────────┘\n"
        );
    }

    #[test]
    fn json_is_one_line_as_python_writes_it() {
        assert_eq!(
            json(&json!({"id": [7, null], "* p\n": ["ß"]})).unwrap(),
            "{\"id\": [7, null], \"* p\\n\": [\"ß\"]}\n"
        );
    }
}
