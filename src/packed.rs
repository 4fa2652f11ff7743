//! COPY text as gzip members: for a client whose link is slower than the server's processors.

use crate::datum::Bytea;
use crate::error::{Report, error};
use crate::row_writer::RowWriter;
use libdeflater::{CompressionLvl, Compressor};
use pgrx::PgSqlErrorCode;

/// How much text is compressed at once: the window of gzip, 32 kB, begins empty in each member.
const BLOCK: usize = 1 << 20;

/// A stream of packages: eight bytes, the number of rows that end in it and of bytes of text, both big-endian; then the text as
/// a gzip member (RFC 1952). Members behind each other are a gzip file, so that the client has nothing more to do with them.
pub struct Packages {
    rows: RowWriter,
    compressor: Compressor,
    text: Vec<u8>,
    package: Vec<u8>,
}

impl Packages {
    /// Compresses what a row writer gives, at a level of 1, fastest, to 9, smallest. Errors: 22023 for another level.
    pub fn new(rows: RowWriter, level: i32) -> Result<Self, Report> {
        let known = (1..=9).contains(&level).then(|| CompressionLvl::new(level).ok()).flatten();
        let level = known.ok_or_else(|| {
            error(PgSqlErrorCode::ERRCODE_INVALID_PARAMETER_VALUE, format!("gzip_level {level} is not a level of gzip"))
                .set_hint("The levels are 1, fastest, to 9, smallest.")
        })?;
        Ok(Packages { rows, compressor: Compressor::new(level), text: Vec::new(), package: Vec::new() })
    }

    /// The next package; None at the end. Errors: those of the row writer.
    pub fn next_package(&mut self) -> Result<Option<Bytea>, Report> {
        self.text.clear();
        while self.text.len() < BLOCK {
            match self.rows.next_chunk()? {
                Some(chunk) => self.text.extend_from_slice(&chunk),
                None => break,
            }
        }
        if self.text.is_empty() {
            return Ok(None);
        }
        // Every line feed ends a row: those of the data are escaped. A block has far fewer than u32 has numbers.
        let rows = memchr::memchr_iter(b'\n', &self.text).count() as u32;
        self.package.clear();
        self.package.extend_from_slice(&rows.to_be_bytes());
        self.package.extend_from_slice(&(self.text.len() as u32).to_be_bytes());
        let start = self.package.len();
        self.package.resize(start + self.compressor.gzip_compress_bound(self.text.len()), 0);
        let length = self
            .compressor
            .gzip_compress(&self.text, &mut self.package[start..])
            .map_err(|_| error(PgSqlErrorCode::ERRCODE_INTERNAL_ERROR, "gzip needs more room than it said"))?;
        self.package.truncate(start + length);
        Ok(Some(Bytea::new(&self.package)))
    }
}
