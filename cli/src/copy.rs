//! The data of one table: the binary COPY stream of `dump_rows` unpacked as it comes, and COPY text packed into the
//! archive's data file. Nothing uncompressed touches the disk, and no more than a message is held in memory.

use std::fs::File;
use std::io;
use std::path::Path;
use std::sync::Arc;

use anyhow::Context as _;
use pg_anon_core::metadata::ArchiveFile;

use crate::compress::{Compression, Packer, Turns};
use crate::files;

/// What pg_dump puts behind the rows of each table: the end mark of COPY, and two empty lines.
pub const END_OF_DATA: &[u8] = b"\\.\n\n\n";

/// Signature of PostgreSQL's binary COPY format ("Binary Format" in the documentation of COPY).
const SIGNATURE: &[u8; 11] = b"PGCOPY\n\xff\r\n\0";

/// Where in the binary COPY stream the next byte belongs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Expect {
    /// Signature, flags and the length of the header's extension.
    Header,
    /// This many bytes of the header's extension.
    Extension(u32),
    /// The number of fields of a row, or the trailer.
    FieldCount,
    /// The length of the row's one field.
    Length,
    /// This many bytes of the field, of so many.
    Field(u32, u32),
    /// Nothing: the trailer has come.
    End,
}

/// Unpacks a binary COPY stream of rows with one bytea each, cut anywhere.
#[derive(Debug)]
pub struct Framing {
    expect: Expect,
    /// The first bytes of a number or of the header whose rest has not come yet.
    partial: Vec<u8>,
}

impl Framing {
    /// At the beginning of a stream.
    pub fn new() -> Framing {
        Framing { expect: Expect::Header, partial: Vec::with_capacity(19) }
    }

    /// Takes the next piece of the stream and hands over the fields' bytes that are in it, with their place in their field.
    pub fn push(
        &mut self,
        mut piece: &[u8],
        mut sink: impl FnMut(usize, &[u8]) -> io::Result<()>,
    ) -> anyhow::Result<()> {
        loop {
            match self.expect {
                Expect::Field(0, _) => self.expect = Expect::FieldCount,
                Expect::Extension(0) => self.expect = Expect::FieldCount,
                Expect::Field(left, length) => {
                    if piece.is_empty() {
                        return Ok(());
                    }
                    let (bytes, rest) = piece.split_at(piece.len().min(left as usize));
                    sink((length - left) as usize, bytes)?;
                    self.expect = Expect::Field(left - bytes.len() as u32, length);
                    piece = rest;
                }
                Expect::Extension(left) => {
                    if piece.is_empty() {
                        return Ok(());
                    }
                    let (bytes, rest) = piece.split_at(piece.len().min(left as usize));
                    self.expect = Expect::Extension(left - bytes.len() as u32);
                    piece = rest;
                }
                Expect::Header => {
                    let Some(header) = self.take::<19>(&mut piece) else { return Ok(()) };
                    let (signature, rest) = header.split_at(SIGNATURE.len());
                    anyhow::ensure!(signature == SIGNATURE, "the server's data is not in COPY's binary format");
                    let (flags, length) = rest.split_at(4);
                    anyhow::ensure!(flags == [0; 4], "the server's data has flags that are not known");
                    let length = length.try_into().map(u32::from_be_bytes).unwrap_or_default();
                    self.expect = Expect::Extension(length);
                }
                Expect::FieldCount => {
                    let Some(count) = self.take::<2>(&mut piece) else { return Ok(()) };
                    self.expect = match i16::from_be_bytes(count) {
                        1 => Expect::Length,
                        -1 => Expect::End,
                        count => anyhow::bail!("the server's data has a row of {count} fields where one belongs"),
                    };
                }
                Expect::Length => {
                    let Some(length) = self.take::<4>(&mut piece) else { return Ok(()) };
                    let length = i32::from_be_bytes(length);
                    let length =
                        u32::try_from(length).ok().context("the server's data has a NULL where rows belong")?;
                    self.expect = Expect::Field(length, length);
                }
                Expect::End => {
                    anyhow::ensure!(piece.is_empty(), "the server's data goes on behind its end");
                    return Ok(());
                }
            }
        }
    }

    /// Fails unless the stream has come to its end.
    pub fn finish(&self) -> anyhow::Result<()> {
        anyhow::ensure!(self.expect == Expect::End, "the server's data ended early");
        Ok(())
    }

    /// Takes `N` bytes together, which may come in several pieces. None: not all of them have come.
    fn take<const N: usize>(&mut self, piece: &mut &[u8]) -> Option<[u8; N]> {
        let wanted = N.saturating_sub(self.partial.len());
        let (bytes, rest) = piece.split_at(piece.len().min(wanted));
        self.partial.extend_from_slice(bytes);
        *piece = rest;
        let whole = <[u8; N]>::try_from(self.partial.as_slice()).ok()?;
        self.partial.clear();
        Some(whole)
    }
}

/// The data file of a table, or of a part of one, while it is written.
pub struct DataFile {
    packer: Packer,
    /// The server compresses: what comes are packages.
    packed: bool,
    /// The beginning of a package whose rest has not come yet.
    package: Vec<u8>,
    rows: u64,
    bytes: u64,
}

/// What the server puts before each gzip member: the number of rows that end in it and of bytes of text, both u32, big-endian.
const PACKAGE_HEADER: usize = 8;

/// What became of a data file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Written {
    /// Number of rows in it.
    pub rows: u64,
    /// Length of the COPY text, uncompressed and without its end mark.
    pub text_bytes: u64,
    /// Length and sum of the file.
    pub file: ArchiveFile,
}

impl DataFile {
    /// A new data file, compressed in turn with others where there are turns.
    pub fn create(path: &Path, compression: Compression, turns: Option<Arc<Turns>>) -> anyhow::Result<DataFile> {
        let file = files::create(path).with_context(|| format!("cannot create {}", path.display()))?;
        let packed = compression.server_level().is_some();
        let packer = Packer::new(file, compression, turns)?;
        Ok(DataFile { packer, packed, package: Vec::new(), rows: 0, bytes: 0 })
    }

    /// Adds bytes of a field that `dump_rows` gives, which begin at this place in it.
    pub fn write_field(&mut self, place: usize, bytes: &[u8]) -> io::Result<()> {
        if !self.packed {
            return self.write(bytes);
        }
        if place == 0 && !self.package.is_empty() {
            return Err(io::Error::other("a package of the server's is too short"));
        }
        let (header, member) = bytes.split_at(PACKAGE_HEADER.saturating_sub(place).min(bytes.len()));
        self.package.extend_from_slice(header);
        if let Some([rows @ .., _, _, _, _]) = self.package.first_chunk::<PACKAGE_HEADER>() {
            let text: [u8; 4] = self.package[4..].try_into().unwrap_or_default();
            self.rows += u64::from(u32::from_be_bytes(*rows));
            self.bytes += u64::from(u32::from_be_bytes(text));
            self.package.clear();
        }
        self.packer.write_packed(member)
    }

    /// Adds COPY text. A row ends with each line feed: those of the data are escaped.
    pub fn write(&mut self, text: &[u8]) -> io::Result<()> {
        self.rows += memchr::memchr_iter(b'\n', text).count() as u64;
        self.bytes += text.len() as u64;
        self.packer.write(text)
    }

    /// How many rows have been written.
    pub fn rows(&self) -> u64 {
        self.rows
    }

    /// Writes the end mark.
    pub fn finish(mut self) -> io::Result<Finished> {
        if !self.package.is_empty() {
            return Err(io::Error::other("a package of the server's is too short"));
        }
        self.packer.write(END_OF_DATA)?;
        let (file, measured) = self.packer.finish()?;
        Ok(Finished { file, written: Written { rows: self.rows, text_bytes: self.bytes, file: measured } })
    }
}

/// A whole data file, which may not be on the disk yet.
pub struct Finished {
    file: File,
    written: Written,
}

impl Finished {
    /// How many rows are in it.
    pub fn rows(&self) -> u64 {
        self.written.rows
    }

    /// Waits until it is on the disk.
    pub fn sync(self) -> io::Result<Written> {
        self.file.sync_all()?;
        Ok(self.written)
    }
}

#[cfg(test)]
mod tests {
    use std::io::Read as _;

    use super::*;

    fn stream(fields: &[&[u8]], extension: &[u8]) -> Vec<u8> {
        let mut stream = SIGNATURE.to_vec();
        stream.extend([0; 4]);
        stream.extend((extension.len() as u32).to_be_bytes());
        stream.extend(extension);
        for field in fields {
            stream.extend(1_i16.to_be_bytes());
            stream.extend((field.len() as i32).to_be_bytes());
            stream.extend(*field);
        }
        stream.extend((-1_i16).to_be_bytes());
        stream
    }

    fn unpack<'a>(pieces: impl IntoIterator<Item = &'a [u8]>) -> anyhow::Result<Vec<u8>> {
        let mut framing = Framing::new();
        let mut out = Vec::new();
        for piece in pieces {
            framing.push(piece, |_, bytes| {
                out.extend_from_slice(bytes);
                Ok(())
            })?;
        }
        framing.finish()?;
        Ok(out)
    }

    #[test]
    fn a_stream_may_be_cut_in_two_anywhere() {
        let stream = stream(&[b"1\ta\n", b"", b"2\tb\n3\tc\n"], b"extension");
        for cut in 0..=stream.len() {
            let (first, second) = stream.split_at(cut);
            assert_eq!(unpack([first, second]).unwrap(), b"1\ta\n2\tb\n3\tc\n", "cut at {cut}");
        }
    }

    #[test]
    fn a_stream_may_be_cut_into_pieces_of_any_size() {
        let field: Vec<u8> = (0..=255).cycle().take(1000).collect();
        let stream = stream(&[&field, b"x", &field], b"");
        let expected = [&field[..], b"x", &field].concat();
        for size in 1..60 {
            assert_eq!(unpack(stream.chunks(size)).unwrap(), expected, "pieces of {size}");
        }
    }

    #[test]
    fn random_cuts_change_nothing() {
        // xorshift64: the same cuts in every run.
        let mut state = 0x9E37_79B9_7F4A_7C15_u64;
        let mut random = |below: usize| {
            state ^= state << 13;
            state ^= state >> 7;
            state ^= state << 17;
            (state % below as u64) as usize
        };
        for _ in 0..300 {
            let fields: Vec<Vec<u8>> =
                (0..random(6)).map(|_| (0..random(40)).map(|_| random(256) as u8).collect()).collect();
            let stream = stream(&fields.iter().map(Vec::as_slice).collect::<Vec<_>>(), &vec![9; random(5)]);
            let mut pieces = Vec::new();
            let mut rest = stream.as_slice();
            while !rest.is_empty() {
                let (piece, after) = rest.split_at(1 + random(rest.len()));
                pieces.push(piece);
                rest = after;
            }
            assert_eq!(unpack(pieces).unwrap(), fields.concat());
        }
    }

    #[test]
    fn a_stream_that_ends_early_is_an_error_wherever_it_ends() {
        let stream = stream(&[b"1\ta\n", b"2\tb\n"], b"");
        for end in 0..stream.len() {
            assert!(unpack([&stream[..end]]).is_err(), "cut off at {end}");
        }
    }

    #[test]
    fn a_damaged_stream_is_an_error_and_no_panic() {
        let good = stream(&[b"1\ta\n"], b"");
        let mut signature = good.clone();
        signature[0] = b'X';
        assert!(unpack([signature.as_slice()]).is_err());
        let mut flags = good.clone();
        flags[14] = 1;
        assert!(unpack([flags.as_slice()]).is_err());
        let mut fields = good.clone();
        fields[20] = 2;
        assert!(unpack([fields.as_slice()]).is_err());
        let mut null = good.clone();
        null[21..25].copy_from_slice(&[0xff; 4]);
        assert!(unpack([null.as_slice()]).is_err());
        assert!(unpack([good.as_slice(), b"x"]).is_err());
    }

    #[test]
    fn a_data_file_counts_its_rows_and_ends_as_pg_dump_s_do() {
        let folder = tempfile::tempdir().unwrap();
        for method in ["none", "gzip"] {
            let path = folder.path().join(method);
            let mut file = DataFile::create(&path, method.parse().unwrap(), None).unwrap();
            for text in ["1\ta\\nb\n2", "\tc\n", "3\t\\N\n"] {
                file.write(text.as_bytes()).unwrap();
            }
            let written = file.finish().unwrap().sync().unwrap();
            assert_eq!(written.rows, 3);
            assert_eq!(written.text_bytes, 16);
            assert_eq!(files::measure(&path, |_| Ok(())).unwrap(), written.file);
            let content = std::fs::read(&path).unwrap();
            let mut text = Vec::new();
            match method {
                "none" => text = content,
                _ => drop(flate2::read::MultiGzDecoder::new(content.as_slice()).read_to_end(&mut text).unwrap()),
            }
            assert_eq!(text, b"1\ta\\nb\n2\tc\n3\t\\N\n\\.\n\n\n");
        }
    }

    fn member(text: &[u8]) -> Vec<u8> {
        let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
        io::Write::write_all(&mut encoder, text).unwrap();
        encoder.finish().unwrap()
    }

    fn package(rows: u32, text: &[u8]) -> Vec<u8> {
        [&rows.to_be_bytes()[..], &(text.len() as u32).to_be_bytes(), &member(text)].concat()
    }

    #[test]
    fn packages_of_the_server_make_a_file_in_pieces_of_any_size() {
        let texts = [&b"1\ta\n2\tb\n"[..], b"3\t", b"c\n"];
        let packages = [package(2, texts[0]), package(0, texts[1]), package(1, texts[2])];
        let folder = tempfile::tempdir().unwrap();
        for size in [1, 3, 8, 9, 1000] {
            let path = folder.path().join(size.to_string());
            let mut file = DataFile::create(&path, "server-gzip".parse().unwrap(), None).unwrap();
            for package in &packages {
                for (number, piece) in package.chunks(size).enumerate() {
                    file.write_field(number * size, piece).unwrap();
                }
            }
            let written = file.finish().unwrap().sync().unwrap();
            assert_eq!((written.rows, written.text_bytes), (3, 12));
            let mut text = Vec::new();
            let content = std::fs::read(&path).unwrap();
            flate2::read::MultiGzDecoder::new(&content[..]).read_to_end(&mut text).unwrap();
            assert_eq!(text, [&texts.concat()[..], END_OF_DATA].concat());
        }
    }

    #[test]
    fn a_package_without_its_header_is_an_error() {
        let folder = tempfile::tempdir().unwrap();
        let create =
            |name: &str| DataFile::create(&folder.path().join(name), "server-gzip".parse().unwrap(), None).unwrap();
        let mut file = create("a");
        file.write_field(0, b"1234567").unwrap();
        assert!(file.finish().is_err());
        let mut file = create("b");
        file.write_field(0, b"1234567").unwrap();
        assert!(file.write_field(0, b"8").is_err());
    }
}
