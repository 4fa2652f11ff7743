//! Rows in COPY's text format, put into the binary one. A server takes that in little more than half the time: it need not
//! look for the ends of rows and columns byte by byte, nor parse numbers and dates.
//!
//! Only what PostgreSQL itself writes is taken (`CopyAttributeOutText` in `src/backend/commands/copyto.c`, and the output
//! functions of the types under the settings of pg_dump). Whatever else its input would understand is [`NotEncoded`]: then
//! the text is to be loaded as it is.

use memchr::{memchr, memchr3, memrchr};

use super::{SIGNATURE, ValueType};

/// How long a row may be. In the binary format the length of a value stands before it: a longer row would have to be held in
/// memory.
const LONGEST_ROW: usize = 4 << 20;

/// Why rows cannot be put into the binary format. Rows and columns are counted from 1. Never holds a value.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum NotEncoded {
    /// A value that is not written as its type is.
    #[error("column {column} of row {row} is not written as PostgreSQL writes its type")]
    Value {
        /// Number of the row.
        row: u64,
        /// Number of the column.
        column: usize,
    },
    /// A row with more or fewer columns than there are types.
    #[error("row {row} does not have {columns} columns")]
    Columns {
        /// Number of the row.
        row: u64,
        /// How many it should have.
        columns: usize,
    },
    /// A long row.
    #[error("row {row} is longer than {} MB", LONGEST_ROW >> 20)]
    Long {
        /// Number of the row.
        row: u64,
    },
    /// The text ends inside a row.
    #[error("row {row} has no end")]
    EndsEarly {
        /// Number of the row.
        row: u64,
    },
}

/// Puts text that comes in pieces into the binary format. Holds no more than one row.
#[derive(Debug)]
pub struct Encoder {
    types: Vec<ValueType>,
    has_begun: bool,
    /// The line `\.` has come: nothing behind it counts.
    has_ended: bool,
    /// Whole rows so far.
    rows: u64,
    /// The beginning of a row whose end has not come yet.
    rest: Vec<u8>,
    /// A value with its escapes undone.
    value: Vec<u8>,
}

impl Encoder {
    /// For rows with columns of these types.
    pub fn new(types: Vec<ValueType>) -> Encoder {
        Encoder { types, has_begun: false, has_ended: false, rows: 0, rest: Vec::new(), value: Vec::new() }
    }

    /// Takes the next piece of text, and appends what it gives to `out`.
    ///
    /// # Errors
    /// A row that has to be loaded as text. Those before it are in `out`; [`Encoder::leave`] is to follow.
    pub fn push(&mut self, mut piece: &[u8], out: &mut Vec<u8>) -> Result<(), NotEncoded> {
        self.begin(out);
        if !self.rest.is_empty() {
            let Some(end) = memchr(b'\n', piece) else { return self.keep(piece) };
            let (end_of_row, others) = piece.split_at(end + 1);
            self.rest.extend_from_slice(end_of_row);
            let mut row = std::mem::take(&mut self.rest);
            let (_, encoded) = self.rows(&row, out);
            if encoded.is_err() {
                row.extend_from_slice(others);
                self.rest = row;
                return encoded;
            }
            row.clear();
            self.rest = row;
            piece = others;
        }
        let (rows, rest) = piece.split_at(memrchr(b'\n', piece).map_or(0, |end| end + 1));
        let (left, encoded) = self.rows(rows, out);
        if encoded.is_err() {
            self.rest = [left, rest].concat();
            return encoded;
        }
        self.keep(rest)
    }

    /// Ends the stream.
    ///
    /// # Errors
    /// The text does not end with a row. [`Encoder::leave`] is to follow.
    pub fn finish(&mut self, out: &mut Vec<u8>) -> Result<(), NotEncoded> {
        self.begin(out);
        if !self.rest.is_empty() {
            return Err(NotEncoded::EndsEarly { row: self.rows + 1 });
        }
        out.extend((-1_i16).to_be_bytes());
        Ok(())
    }

    /// Ends the stream before a row that has to be loaded as text, and gives the text that was pushed from that row on.
    pub fn leave(&mut self, out: &mut Vec<u8>) -> Vec<u8> {
        out.extend((-1_i16).to_be_bytes());
        std::mem::take(&mut self.rest)
    }

    fn begin(&mut self, out: &mut Vec<u8>) {
        if !self.has_begun {
            self.has_begun = true;
            out.extend(SIGNATURE);
            // Flags, and the length of an extension of the header.
            out.extend([0; 8]);
        }
    }

    /// Keeps the beginning of a row.
    fn keep(&mut self, rest: &[u8]) -> Result<(), NotEncoded> {
        if self.has_ended {
            return Ok(());
        }
        self.rest.extend_from_slice(rest);
        if self.rest.len() > LONGEST_ROW { Err(NotEncoded::Long { row: self.rows + 1 }) } else { Ok(()) }
    }

    /// Whole rows. Gives those that are left after an error, the wrong one first.
    fn rows<'a>(&mut self, mut text: &'a [u8], out: &mut Vec<u8>) -> (&'a [u8], Result<(), NotEncoded>) {
        while !text.is_empty() && !self.has_ended {
            if text.starts_with(b"\\.\n") {
                self.has_ended = true;
                break;
            }
            let start = out.len();
            match self.row(text, out) {
                Ok(others) => text = others,
                Err(reason) => {
                    out.truncate(start);
                    return (text, Err(reason));
                }
            }
            self.rows += 1;
        }
        (text, Ok(()))
    }

    /// One row. Gives what stands behind it.
    fn row<'a>(&mut self, mut text: &'a [u8], out: &mut Vec<u8>) -> Result<&'a [u8], NotEncoded> {
        let columns = self.types.len();
        let wrong_columns = NotEncoded::Columns { row: self.rows + 1, columns };
        // Tables have 1600 columns at most.
        out.extend((columns as i16).to_be_bytes());
        for (number, kind) in self.types.iter().enumerate() {
            let wrong_value = || NotEncoded::Value { row: self.rows + 1, column: number + 1 };
            let Some(at) = memchr3(b'\t', b'\n', b'\\', text) else { return Err(wrong_columns) };
            let (is_known, end) = match text[at] {
                b'\\' if text.starts_with(b"\\N") && matches!(text.get(2), Some(b'\t' | b'\n')) => {
                    out.extend((-1_i32).to_be_bytes());
                    (true, 2)
                }
                b'\\' => {
                    let end = unescape(text, at, &mut self.value).ok_or_else(wrong_value)?;
                    (kind.encode(&self.value, out), end)
                }
                _ => (kind.encode(&text[..at], out), at),
            };
            if !is_known {
                return Err(wrong_value());
            }
            if (text.get(end) == Some(&b'\n')) != (number + 1 == columns) {
                return Err(wrong_columns);
            }
            text = &text[end + 1..];
        }
        Ok(text)
    }
}

/// Undoes the escapes of the value that `text` begins with, the first of which is at `first`. Gives where it ends. None: an
/// escape that PostgreSQL does not write, or no end.
fn unescape(text: &[u8], first: usize, value: &mut Vec<u8>) -> Option<usize> {
    value.clear();
    let (mut from, mut at) = (0, first);
    loop {
        value.extend_from_slice(&text[from..at]);
        if text[at] != b'\\' {
            return Some(at);
        }
        value.push(match text.get(at + 1)? {
            b'\\' => b'\\',
            b'n' => b'\n',
            b't' => b'\t',
            b'r' => b'\r',
            b'b' => 0x08,
            b'f' => 0x0C,
            b'v' => 0x0B,
            _ => return None,
        });
        from = at + 2;
        at = from + memchr3(b'\t', b'\n', b'\\', &text[from..])?;
    }
}

#[cfg(test)]
mod tests {
    use super::super::RowCounter;
    use super::*;

    const TYPES: [ValueType; 3] = [ValueType::Int4, ValueType::Text, ValueType::Bool];

    fn encode(pieces: &[&[u8]]) -> Result<Vec<u8>, NotEncoded> {
        let mut encoder = Encoder::new(TYPES.to_vec());
        let mut out = Vec::new();
        for piece in pieces {
            encoder.push(piece, &mut out)?;
        }
        encoder.finish(&mut out)?;
        Ok(out)
    }

    fn expected(rows: &[[Option<&[u8]>; 3]]) -> Vec<u8> {
        let mut out = [&SIGNATURE[..], &[0; 8]].concat();
        for row in rows {
            out.extend([0, 3]);
            for value in row {
                out.extend(value.map_or(-1, |value| value.len() as i32).to_be_bytes());
                out.extend(value.unwrap_or_default());
            }
        }
        out.extend([0xff, 0xff]);
        out
    }

    #[test]
    fn rows_are_the_same_however_the_text_is_cut() {
        let text = b"1\tone\tt\n-2\t\\\\\\n\\t\\r\\b\\f\\v.\\\\N\tf\n\\N\t\\N\t\\N\n3\t\tt\n\\.\n\n\n";
        let rows: Vec<[Option<&[u8]>; 3]> = vec![
            [Some(&[0, 0, 0, 1]), Some(b"one"), Some(&[1])],
            [Some(&[0xff, 0xff, 0xff, 0xfe]), Some(b"\\\n\t\r\x08\x0c\x0b.\\N"), Some(&[0])],
            [None, None, None],
            [Some(&[0, 0, 0, 3]), Some(b""), Some(&[1])],
        ];
        let expected = expected(&rows);
        let mut counter = RowCounter::new();
        counter.push(&expected).expect("whole rows");
        assert_eq!(counter.finish(), Ok(4));
        for cut in 0..=text.len() {
            let (first, second) = text.split_at(cut);
            assert_eq!(encode(&[first, second]).as_ref(), Ok(&expected), "cut at {cut}");
        }
        for size in 1..=text.len() {
            let pieces: Vec<&[u8]> = text.chunks(size).collect();
            assert_eq!(encode(&pieces).as_ref(), Ok(&expected), "pieces of {size}");
        }
        assert_eq!(encode(&[]), Ok(self::expected(&[])));
        assert_eq!(encode(&[b"\\.\n"]), Ok(self::expected(&[])));
        assert_eq!(encode(&[b"\\.\n", b"what stands behind the end"]), Ok(self::expected(&[])));
    }

    #[test]
    fn what_postgresql_does_not_write_is_left_to_it() {
        let value = |row, column| Err(NotEncoded::Value { row, column });
        let columns = |row| Err(NotEncoded::Columns { row, columns: 3 });
        for (text, error) in [
            (&b"x\tone\tt\n"[..], value(1, 1)),
            (b"1\tone\tt\n2\ttwo\tyes\n", value(2, 3)),
            (b"1\ta\\x41\tt\n", value(1, 2)),
            (b"1\ta\\101\tt\n", value(1, 2)),
            (b"1\ta\\\n\tt\n", value(1, 2)),
            (b"1\t\\Nx\tt\n", value(1, 2)),
            (b"1\tone\n", columns(1)),
            (b"1\tone\tt\tmore\n", columns(1)),
            (b"\n", value(1, 1)),
            (b"1\tone\tt\r\n", value(1, 3)),
            (b"1\tone\tt", Err(NotEncoded::EndsEarly { row: 1 })),
            (b"1\tone\tt\n\\.", Err(NotEncoded::EndsEarly { row: 2 })),
        ] {
            assert_eq!(encode(&[text]), error, "{}", String::from_utf8_lossy(text));
        }
    }

    #[test]
    fn text_is_left_from_the_first_row_on_that_has_to_stay_text() {
        let text = b"1\tone\tt\n2\ttwo\tf\n3\tthree\tyes\n4\tfour\tt\n\\.\n\n\n";
        let rows: Vec<[Option<&[u8]>; 3]> =
            vec![[Some(&[0, 0, 0, 1]), Some(b"one"), Some(&[1])], [Some(&[0, 0, 0, 2]), Some(b"two"), Some(&[0])]];
        for size in 1..=text.len() {
            let mut encoder = Encoder::new(TYPES.to_vec());
            let mut out = Vec::new();
            let mut pieces = text.chunks(size);
            let reason = pieces.by_ref().find_map(|piece| encoder.push(piece, &mut out).err());
            assert_eq!(reason, Some(NotEncoded::Value { row: 3, column: 3 }));
            let mut left = encoder.leave(&mut out);
            pieces.for_each(|piece| left.extend(piece));
            assert_eq!(out, expected(&rows), "pieces of {size}");
            assert_eq!(left, &text[text.iter().position(|byte| *byte == b'3').expect("a row")..], "pieces of {size}");
        }
    }

    #[test]
    fn a_row_is_held_in_memory_up_to_a_length() {
        let piece = vec![b'x'; 1 << 20];
        let mut encoder = Encoder::new(TYPES.to_vec());
        let mut out = Vec::new();
        encoder.push(b"1\t", &mut out).expect("a beginning");
        for _ in 0..3 {
            encoder.push(&piece, &mut out).expect("not too long yet");
        }
        assert_eq!(encoder.push(&piece, &mut out), Err(NotEncoded::Long { row: 1 }));
        assert_eq!(encoder.leave(&mut out).len(), 2 + (4 << 20));
        assert_eq!(out, expected(&[]));
    }
}
