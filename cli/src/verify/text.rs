//! COPY text, looked at while it passes: rows, columns, and the end mark.

use crate::copy::END_OF_DATA;

/// What stands behind the line of the end mark.
fn behind_the_mark() -> &'static [u8] {
    // `\.`, a line feed, and the rest.
    END_OF_DATA.get(3..).unwrap_or_default()
}

/// Counts the rows of COPY text that comes in pieces, and the columns of each. Holds no more than a few bytes.
#[derive(Debug, Default)]
pub struct CopyText {
    /// Columns that a row must have. None: they are not known.
    columns: Option<usize>,
    rows: u64,
    /// The first row that has another number of columns, and that number.
    odd_row: Option<(u64, usize)>,
    /// Tabs in the line so far, and its length.
    tabs: usize,
    length: u64,
    /// The first two bytes of the line.
    start: [u8; 2],
    /// The end mark has come, and so many bytes of what stands behind it.
    behind: Option<usize>,
    /// Something else than that stands behind it.
    goes_on: bool,
}

impl CopyText {
    /// At the beginning of a text whose rows have so many columns.
    pub fn new(columns: Option<usize>) -> CopyText {
        CopyText { columns, ..CopyText::default() }
    }

    /// Rows so far.
    pub fn rows(&self) -> u64 {
        self.rows
    }

    /// Takes the next piece.
    pub fn push(&mut self, piece: &[u8]) {
        let mut line_start = 0;
        if self.behind.is_none() {
            // Tabs and line feeds of the data are escaped.
            for at in memchr::memchr2_iter(b'\t', b'\n', piece) {
                if piece.get(at) == Some(&b'\t') {
                    self.tabs += 1;
                    continue;
                }
                self.extend_line(piece.get(line_start..at).unwrap_or_default());
                line_start = at + 1;
                if self.length == 2 && self.start == *b"\\." {
                    self.behind = Some(0);
                    break;
                }
                self.end_row();
            }
        }
        let rest = piece.get(line_start..).unwrap_or_default();
        match &mut self.behind {
            None => self.extend_line(rest),
            Some(behind) => {
                let expected = behind_the_mark().get(*behind..).unwrap_or_default();
                self.goes_on |= !expected.starts_with(rest);
                *behind += rest.len();
            }
        }
    }

    /// What is wrong with the text, which has come to its end.
    pub fn problems(&self) -> Vec<String> {
        let mut problems = Vec::new();
        if let (Some((row, columns)), Some(expected)) = (self.odd_row, self.columns) {
            problems.push(format!("row {row} has {columns} columns instead of {expected}"));
        }
        match self.behind {
            None => problems.push("the end mark \\. is missing".to_owned()),
            Some(_) if self.goes_on => problems.push("it goes on behind the end mark \\.".to_owned()),
            Some(length) if length < behind_the_mark().len() => {
                problems.push("it ends inside the end mark \\.".to_owned());
            }
            Some(_) => {}
        }
        problems
    }

    fn extend_line(&mut self, bytes: &[u8]) {
        if let Some(first) = bytes.first()
            && self.length < 2
        {
            let second = bytes.get(1).copied().unwrap_or_default();
            self.start = if self.length == 0 { [*first, second] } else { [self.start[0], *first] };
        }
        self.length += bytes.len() as u64;
    }

    fn end_row(&mut self) {
        self.rows += 1;
        let columns = match self.columns {
            // A row without columns is an empty line.
            Some(0) if self.length == 0 => 0,
            _ => self.tabs + 1,
        };
        if self.odd_row.is_none() && self.columns.is_some_and(|expected| expected != columns) {
            self.odd_row = Some((self.rows, columns));
        }
        self.tabs = 0;
        self.length = 0;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Rows and problems, which must be the same however the text is cut.
    fn scan(columns: usize, text: &[u8]) -> (u64, Vec<String>) {
        let results: Vec<_> = (1..=text.len().max(1))
            .map(|size| {
                let mut scan = CopyText::new(Some(columns));
                text.chunks(size).for_each(|piece| scan.push(piece));
                (scan.rows(), scan.problems())
            })
            .collect();
        assert!(results.windows(2).all(|pair| pair[0] == pair[1]), "{results:?}");
        results.into_iter().next().unwrap()
    }

    #[test]
    fn rows_are_counted_and_escaped_marks_are_data() {
        let text = b"1\t\\N\n\\\\.\t\\\\.\n.\t\n\\.\n\n\n";
        assert_eq!(scan(2, text), (3, vec![]));
        assert_eq!(scan(1, b"\\\\.\n\n.\n\\.\n\n\n"), (3, vec![]));
        assert_eq!(scan(0, b"\n\n\\.\n\n\n"), (2, vec![]));
        assert_eq!(scan(7, b"\\.\n\n\n"), (0, vec![]));
    }

    #[test]
    fn a_row_of_another_width_is_told_with_its_number() {
        assert_eq!(scan(2, b"1\t2\n1\t2\t3\n1\n\\.\n\n\n").1, ["row 2 has 3 columns instead of 2"]);
        assert_eq!(scan(0, b"\nx\n\\.\n\n\n").1, ["row 2 has 1 columns instead of 0"]);
        assert_eq!(scan(2, b"\n\\.\n\n\n").1, ["row 1 has 1 columns instead of 2"]);
    }

    #[test]
    fn an_end_that_is_not_pg_dump_s_is_told() {
        assert_eq!(scan(1, b"").1, ["the end mark \\. is missing"]);
        assert_eq!(scan(1, b"1\n2").1, ["the end mark \\. is missing"]);
        assert_eq!(scan(1, b"1\n\\.").1, ["the end mark \\. is missing"]);
        assert_eq!(scan(1, b"1\n\\.\n").1, ["it ends inside the end mark \\."]);
        assert_eq!(scan(1, b"1\n\\.\n\n").1, ["it ends inside the end mark \\."]);
        assert_eq!(scan(1, b"1\n\\.\n\n\n\n").1, ["it goes on behind the end mark \\."]);
        assert_eq!(scan(1, b"1\n\\.\n2\n\\.\n\n\n").1, ["it goes on behind the end mark \\."]);
    }
}
