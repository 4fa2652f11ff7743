//! The rows of a stream in the binary format, counted.

use super::SIGNATURE;

/// What is wrong with a stream that should be in COPY's binary format. Rows are counted from 1. Never holds a value.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum BinaryCopyError {
    /// It does not begin as the format does.
    #[error("it does not begin as COPY's binary format does")]
    Signature,
    /// Flags that PostgreSQL 12 and newer never set.
    #[error("it has flags that are not known")]
    Flags,
    /// A row is of another width than those before.
    #[error("row {row} has {fields} columns where the first one has {expected}")]
    Fields {
        /// Number of the row.
        row: u64,
        /// Its columns.
        fields: i16,
        /// Those of the first row.
        expected: i16,
    },
    /// A row has a negative number of columns, or a value a negative length.
    #[error("row {row} is damaged: a length in it is negative")]
    Length {
        /// Number of the row.
        row: u64,
    },
    /// The trailer is not there.
    #[error("it ends early, after {rows} whole rows")]
    EndsEarly {
        /// Whole rows before the end.
        rows: u64,
    },
    /// Something stands behind the trailer.
    #[error("it goes on behind its end, after {rows} rows")]
    GoesOn {
        /// Rows before the trailer.
        rows: u64,
    },
}

/// Where in the stream the next byte belongs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Expect {
    /// Signature, flags and the length of the header's extension.
    Header,
    /// This many bytes of the header's extension.
    Extension(u32),
    /// The number of a row's columns, or the trailer.
    FieldCount,
    /// The length of a value, with so many values of the row to come, this one among them.
    Length(i16),
    /// This many bytes of a value, with so many values to come behind it.
    Value(u32, i16),
    /// Nothing: the trailer has come.
    End,
}

/// Counts the rows of a stream in COPY's binary format that comes in pieces, and checks that it is whole. Holds no more
/// than a few bytes.
#[derive(Debug, Clone)]
pub struct RowCounter {
    expect: Expect,
    /// The first bytes of a number or of the header whose rest has not come yet.
    partial: [u8; 19],
    filled: usize,
    rows: u64,
    fields: Option<i16>,
}

impl Default for RowCounter {
    fn default() -> RowCounter {
        RowCounter { expect: Expect::Header, partial: [0; 19], filled: 0, rows: 0, fields: None }
    }
}

impl RowCounter {
    /// At the beginning of a stream.
    pub fn new() -> RowCounter {
        RowCounter::default()
    }

    /// Whole rows so far.
    pub fn rows(&self) -> u64 {
        self.rows
    }

    /// The number of columns of the rows. None: no row has come.
    pub fn columns(&self) -> Option<i16> {
        self.fields
    }

    /// Takes the next piece of the stream.
    ///
    /// # Errors
    /// The stream is damaged. Nothing may be pushed after an error.
    pub fn push(&mut self, mut piece: &[u8]) -> Result<(), BinaryCopyError> {
        loop {
            match self.expect {
                Expect::Extension(0) => self.expect = Expect::FieldCount,
                Expect::Value(0, 0) => self.end_row(),
                Expect::Value(0, fields) => self.expect = Expect::Length(fields),
                Expect::Extension(left) => {
                    let Some(skipped) = skip(&mut piece, left) else { return Ok(()) };
                    self.expect = Expect::Extension(left - skipped);
                }
                Expect::Value(left, fields) => {
                    let Some(skipped) = skip(&mut piece, left) else { return Ok(()) };
                    self.expect = Expect::Value(left - skipped, fields);
                }
                Expect::Header => {
                    let Some(header) = self.take::<19>(&mut piece) else { return Ok(()) };
                    let (signature, rest) = header.split_at(SIGNATURE.len());
                    let (flags, length) = rest.split_at(4);
                    if signature != SIGNATURE {
                        return Err(BinaryCopyError::Signature);
                    }
                    // The low half of the flags may be ignored by readers.
                    if flags.starts_with(&[0, 0]) {
                        let length = length.try_into().map(u32::from_be_bytes).unwrap_or_default();
                        self.expect = Expect::Extension(length);
                    } else {
                        return Err(BinaryCopyError::Flags);
                    }
                }
                Expect::FieldCount => {
                    let Some(count) = self.take::<2>(&mut piece) else { return Ok(()) };
                    self.begin_row(i16::from_be_bytes(count))?;
                }
                Expect::Length(fields) => {
                    let Some(length) = self.take::<4>(&mut piece) else { return Ok(()) };
                    self.expect = match i32::from_be_bytes(length) {
                        // NULL
                        -1 => Expect::Value(0, fields - 1),
                        length => match u32::try_from(length) {
                            Ok(length) => Expect::Value(length, fields - 1),
                            Err(_) => return Err(BinaryCopyError::Length { row: self.rows + 1 }),
                        },
                    };
                }
                Expect::End if piece.is_empty() => return Ok(()),
                Expect::End => return Err(BinaryCopyError::GoesOn { rows: self.rows }),
            }
        }
    }

    /// Ends the stream, and gives the number of its rows.
    ///
    /// # Errors
    /// The trailer has not come.
    pub fn finish(self) -> Result<u64, BinaryCopyError> {
        match self.expect {
            Expect::End => Ok(self.rows),
            _ => Err(BinaryCopyError::EndsEarly { rows: self.rows }),
        }
    }

    fn begin_row(&mut self, fields: i16) -> Result<(), BinaryCopyError> {
        let row = self.rows + 1;
        match (fields, self.fields) {
            (-1, _) => self.expect = Expect::End,
            (..-1, _) => return Err(BinaryCopyError::Length { row }),
            (_, Some(expected)) if fields != expected => {
                return Err(BinaryCopyError::Fields { row, fields, expected });
            }
            _ => {
                self.fields = Some(fields);
                self.expect = Expect::Length(fields);
                if fields == 0 {
                    self.end_row();
                }
            }
        }
        Ok(())
    }

    fn end_row(&mut self) {
        self.rows += 1;
        self.expect = Expect::FieldCount;
    }

    /// Takes `N` bytes together, which may come in several pieces. None: not all of them have come.
    fn take<const N: usize>(&mut self, piece: &mut &[u8]) -> Option<[u8; N]> {
        if self.filled == 0
            && let Some((whole, rest)) = piece.split_first_chunk::<N>()
        {
            *piece = rest;
            return Some(*whole);
        }
        let free = self.partial.get_mut(self.filled..N).unwrap_or_default();
        let taken = free.len().min(piece.len());
        let (bytes, rest) = piece.split_at(taken);
        free.iter_mut().zip(bytes).for_each(|(to, from)| *to = *from);
        self.filled += taken;
        *piece = rest;
        if self.filled < N {
            return None;
        }
        self.filled = 0;
        self.partial.first_chunk::<N>().copied()
    }
}

/// Passes over at most `left` bytes, and says over how many. None: there are none.
fn skip(piece: &mut &[u8], left: u32) -> Option<u32> {
    let length = piece.len().min(left as usize);
    *piece = piece.get(length..).unwrap_or_default();
    // Not above `left`, which is a u32.
    (length > 0).then_some(length as u32)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn stream(rows: &[&[Option<&[u8]>]], extension: &[u8]) -> Vec<u8> {
        let mut stream = SIGNATURE.to_vec();
        stream.extend([0; 4]);
        stream.extend((extension.len() as u32).to_be_bytes());
        stream.extend(extension);
        for row in rows {
            stream.extend((row.len() as i16).to_be_bytes());
            for value in *row {
                stream.extend(value.map_or(-1, |value| value.len() as i32).to_be_bytes());
                stream.extend(value.unwrap_or_default());
            }
        }
        stream.extend((-1_i16).to_be_bytes());
        stream
    }

    fn count<'a>(pieces: impl IntoIterator<Item = &'a [u8]>) -> Result<u64, BinaryCopyError> {
        let mut counter = RowCounter::new();
        for piece in pieces {
            counter.push(piece)?;
        }
        counter.finish()
    }

    fn three_rows() -> Vec<u8> {
        stream(&[&[Some(b"abc"), None], &[Some(b""), Some(&[0xff; 40])], &[None, None]], b"extension")
    }

    #[test]
    fn rows_are_counted_however_the_stream_is_cut() {
        let stream = three_rows();
        for size in 1..=stream.len() {
            assert_eq!(count(stream.chunks(size)), Ok(3), "pieces of {size}");
        }
        for cut in 0..=stream.len() {
            let (first, second) = stream.split_at(cut);
            assert_eq!(count([first, second]), Ok(3), "cut at {cut}");
        }
    }

    #[test]
    fn rows_without_columns_and_streams_without_rows_are_counted() {
        assert_eq!(count([stream(&[&[], &[], &[]], b"").as_slice()]), Ok(3));
        assert_eq!(count([stream(&[], b"").as_slice()]), Ok(0));
    }

    #[test]
    fn a_stream_that_ends_early_is_an_error_wherever_it_ends() {
        let stream = three_rows();
        for end in 0..stream.len() {
            let error = count([&stream[..end]]).unwrap_err();
            assert!(matches!(error, BinaryCopyError::EndsEarly { rows: 0..=3 }), "cut off at {end}: {error}");
        }
    }

    #[test]
    fn a_damaged_stream_is_an_error_and_no_panic() {
        let good = stream(&[&[Some(b"a")], &[Some(b"b")]], b"");
        let with = |at: usize, bytes: &[u8]| {
            let mut bad = good.clone();
            bad[at..at + bytes.len()].copy_from_slice(bytes);
            count([bad.as_slice()]).unwrap_err()
        };
        assert_eq!(with(0, b"X"), BinaryCopyError::Signature);
        assert_eq!(with(12, b"\x01"), BinaryCopyError::Flags);
        assert_eq!(with(19, &(-2_i16).to_be_bytes()), BinaryCopyError::Length { row: 1 });
        assert_eq!(with(21, &(-2_i32).to_be_bytes()), BinaryCopyError::Length { row: 1 });
        assert_eq!(with(26, &2_i16.to_be_bytes()), BinaryCopyError::Fields { row: 2, fields: 2, expected: 1 });
        assert_eq!(count([good.as_slice(), b"x"]), Err(BinaryCopyError::GoesOn { rows: 2 }));
    }

    proptest::proptest! {
        #[test]
        fn no_bytes_make_it_panic(bytes in proptest::collection::vec(proptest::prelude::any::<u8>(), 0..100), size in 1usize..20) {
            let header = stream(&[], b"");
            let mut counter = RowCounter::new();
            proptest::prop_assert!(counter.push(&header[..19]).is_ok());
            for piece in bytes.chunks(size) {
                if counter.push(piece).is_err() {
                    break;
                }
            }
        }
    }
}
