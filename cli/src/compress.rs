//! How data files are compressed: what the option says, and the writer that does it.

use std::fmt;
use std::fs::File;
use std::io::{self, Write as _};
use std::str::FromStr;
use std::sync::{Arc, Condvar, Mutex, PoisonError};

use libdeflater::CompressionLvl;
use pg_anon_core::archive;
use pg_anon_core::metadata::ArchiveFile;

use crate::files::Measured;

/// The levels of gzip between which each file chooses where none is named: the fastest, and the one that gives files as small
/// as zlib's level 6, which is pg_dump's default (`docs/compression.md`).
const FAST_GZIP: u8 = 1;
const SMALL_GZIP: u8 = 5;

/// The fastest level is chosen while it takes no more than this part more room: what pg_dump's users would not miss.
const FAST_MAY_TAKE_MORE: f64 = 0.10;

/// The level of zlib that pg_dump takes where none is named.
const ZLIB_DEFAULT: u8 = 6;

/// How much of a file's text both levels are tried on.
const SAMPLE: usize = 1 << 18;

/// How data files are compressed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Compression {
    /// Not at all.
    None,
    /// gzip by ISA-L or libdeflate.
    Gzip {
        /// 1, fastest, to 9, smallest. None: the fastest, or the one of pg_dump's size where that pays.
        level: Option<u8>,
    },
    /// gzip by the server.
    ServerGzip {
        /// 1, fastest, to 9, smallest.
        level: u8,
    },
    /// Zstandard.
    Zstd {
        /// zstd's own levels: up to 22, and below 0 faster than 1.
        level: i32,
    },
    /// LZ4.
    Lz4 {
        /// 0, LZ4's fast way, to 12, smallest.
        level: u8,
    },
}

impl Default for Compression {
    fn default() -> Compression {
        Compression::Gzip { level: None }
    }
}

impl FromStr for Compression {
    type Err = String;

    /// Reads what pg_dump's `--compress` takes: `METHOD`, `METHOD:LEVEL`, `METHOD:level=LEVEL`, or a level of gzip, where
    /// 0 is no compression.
    fn from_str(text: &str) -> Result<Compression, String> {
        if let Ok(level) = text.parse::<i32>() {
            return if level == 0 { Ok(Compression::None) } else { gzip(Some(level)) };
        }
        let (method, detail) = match text.split_once(':') {
            Some((method, detail)) => (method, Some(detail)),
            None => (text, None),
        };
        let level = match detail {
            None => None,
            Some(detail) => {
                let number = detail.strip_prefix("level=").unwrap_or(detail);
                Some(number.parse::<i32>().map_err(|_| format!("\"{detail}\" is not a level"))?)
            }
        };
        // As pg_basebackup says where it is done.
        if let Some(method) = method.strip_prefix("server-") {
            return match (method, level) {
                ("gzip", None) => Ok(Compression::ServerGzip { level: FAST_GZIP }),
                ("gzip", Some(level @ 1..=9)) => Ok(Compression::ServerGzip { level: level as u8 }),
                ("gzip", Some(_)) => Err("the levels of gzip are 1 to 9".to_owned()),
                _ => Err("the server's method is server-gzip".to_owned()),
            };
        }
        match method.strip_prefix("client-").unwrap_or(method) {
            "none" if level.is_none() => Ok(Compression::None),
            "none" => Err("none takes no level".to_owned()),
            "gzip" => gzip(level),
            "zstd" => {
                let levels = zstd::compression_level_range();
                let level = level.unwrap_or(zstd::DEFAULT_COMPRESSION_LEVEL);
                match levels.contains(&level) {
                    true => Ok(Compression::Zstd { level }),
                    false => Err(format!("the levels of zstd are {} to {}", levels.start(), levels.end())),
                }
            }
            "lz4" => match level {
                None => Ok(Compression::Lz4 { level: 0 }),
                Some(level @ 1..=12) => Ok(Compression::Lz4 { level: level as u8 }),
                Some(_) => Err("the levels of lz4 are 1 to 12".to_owned()),
            },
            _ => Err("the methods are none, gzip, zstd and lz4, and server-gzip".to_owned()),
        }
    }
}

fn gzip(level: Option<i32>) -> Result<Compression, String> {
    match level {
        None => Ok(Compression::default()),
        Some(level @ 1..=9) => Ok(Compression::Gzip { level: Some(level as u8) }),
        Some(_) => Err("the levels of gzip are 1 to 9".to_owned()),
    }
}

impl fmt::Display for Compression {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Compression::None => f.write_str("not compressed"),
            Compression::Gzip { level: None } => f.write_str("gzip"),
            Compression::Gzip { level: Some(level) } => write!(f, "gzip level {level}"),
            Compression::ServerGzip { level } => write!(f, "gzip level {level} by the server"),
            Compression::Zstd { level } => write!(f, "zstd level {level}"),
            Compression::Lz4 { level: 0 } => f.write_str("lz4"),
            Compression::Lz4 { level } => write!(f, "lz4 level {level}"),
        }
    }
}

impl Compression {
    /// The method's name.
    pub fn method(self) -> &'static str {
        match self {
            Compression::None => "none",
            Compression::Gzip { .. } | Compression::ServerGzip { .. } => "gzip",
            Compression::Zstd { .. } => "zstd",
            Compression::Lz4 { .. } => "lz4",
        }
    }

    /// The suffix of data files, by which pg_restore knows how to read them.
    pub fn suffix(self) -> &'static str {
        match self {
            Compression::None => "",
            Compression::Gzip { .. } | Compression::ServerGzip { .. } => ".gz",
            Compression::Zstd { .. } => ".zst",
            Compression::Lz4 { .. } => ".lz4",
        }
    }

    /// The same in the header of an archive.
    pub fn in_header(self) -> archive::Compression {
        match self {
            Compression::None => archive::Compression::None,
            // What pg_dump writes for its own default.
            Compression::Gzip { level } => archive::Compression::Gzip { level: level.map_or(-1, i32::from) },
            Compression::ServerGzip { level } => archive::Compression::Gzip { level: level.into() },
            Compression::Zstd { .. } => archive::Compression::Zstd,
            Compression::Lz4 { .. } => archive::Compression::Lz4,
        }
    }

    /// The first major version of pg_dump and pg_restore whose archives can have it; 0 is all of them.
    pub fn since(self) -> i32 {
        match self {
            Compression::None | Compression::Gzip { .. } | Compression::ServerGzip { .. } => 0,
            // Archives of version 1.15.
            Compression::Zstd { .. } | Compression::Lz4 { .. } => 16,
        }
    }

    /// The level that gzip was told to have.
    fn gzip_level(self) -> Option<u8> {
        match self {
            Compression::Gzip { level } => level,
            Compression::ServerGzip { level } => Some(level),
            _ => None,
        }
    }

    /// The level at which the server compresses, when it does.
    pub fn server_level(self) -> Option<u8> {
        match self {
            Compression::ServerGzip { level } => Some(level),
            _ => None,
        }
    }

    /// What pg_dump takes for it: the old form where there is one, which all versions know.
    pub fn pg_dump_option(self) -> String {
        match self {
            Compression::None => "--compress=0".to_owned(),
            Compression::Gzip { level } => format!("--compress={}", level.unwrap_or(ZLIB_DEFAULT)),
            Compression::ServerGzip { level } => format!("--compress={level}"),
            Compression::Zstd { level } => format!("--compress=zstd:{level}"),
            Compression::Lz4 { level: 0 } => "--compress=lz4".to_owned(),
            Compression::Lz4 { level } => format!("--compress=lz4:{level}"),
        }
    }
}

/// How much text libdeflate is given at once: large enough that the window of gzip, 32 kB, begins empty seldom enough not
/// to show in the size.
const BLOCK: usize = 1 << 20;

/// How many threads may compress at the same time. Others wait for their turn, which comes after a piece of text.
#[derive(Debug)]
pub struct Turns {
    free: Mutex<usize>,
    given_back: Condvar,
}

impl Turns {
    /// For at most this many threads, at least 1.
    pub fn new(threads: usize) -> Turns {
        Turns { free: Mutex::new(threads.max(1)), given_back: Condvar::new() }
    }

    /// Does something when it is this thread's turn.
    fn take<T>(&self, work: impl FnOnce() -> T) -> T {
        /// Gives the turn back, also when the work panics.
        struct Taken<'a>(&'a Turns);
        impl Drop for Taken<'_> {
            fn drop(&mut self) {
                *self.0.free.lock().unwrap_or_else(PoisonError::into_inner) += 1;
                self.0.given_back.notify_one();
            }
        }
        let free = self.free.lock().unwrap_or_else(PoisonError::into_inner);
        let mut free = self.given_back.wait_while(free, |free| *free == 0).unwrap_or_else(PoisonError::into_inner);
        *free -= 1;
        drop(free);
        let _taken = Taken(self);
        work()
    }
}

/// Does something when it is this thread's turn, where there are turns.
fn in_turn<T>(turns: Option<&Turns>, work: impl FnOnce() -> T) -> T {
    match turns {
        Some(turns) => turns.take(work),
        None => work(),
    }
}

/// A file that is compressed while it is written. What is not written yet is bounded: a block of text, or what the
/// library holds back.
pub struct Packer {
    method: Method,
    turns: Option<Arc<Turns>>,
}

enum Method {
    None(Measured<File>),
    /// A sequence of gzip members, one a block, which every gzip reader takes for one file (RFC 1952, 2.2): libdeflate
    /// compresses whole blocks only.
    Gzip {
        file: Measured<File>,
        /// None until the first block says which level pays.
        compressor: Option<Gzip>,
        /// Text that is not written yet, less than a block.
        block: Vec<u8>,
        /// Begins with the last block, compressed.
        packed: Vec<u8>,
    },
    Zstd(zstd::Encoder<'static, Measured<File>>),
    Lz4(lz4::Encoder<Measured<File>>),
}

impl Packer {
    /// Compresses what is written to `file` from now on, in turn with other packers where there are turns.
    pub fn new(file: File, compression: Compression, turns: Option<Arc<Turns>>) -> anyhow::Result<Packer> {
        let file = Measured::new(file);
        let method = match compression {
            Compression::None => Method::None(file),
            Compression::Gzip { .. } | Compression::ServerGzip { .. } => {
                let compressor = compression.gzip_level().map(Gzip::new).transpose()?;
                Method::Gzip { file, compressor, block: Vec::new(), packed: Vec::new() }
            }
            Compression::Zstd { level } => {
                let mut encoder = zstd::Encoder::new(file, level)?;
                // As gzip has one: pg_restore then notices damage.
                encoder.include_checksum(true)?;
                Method::Zstd(encoder)
            }
            Compression::Lz4 { level } => Method::Lz4(lz4::EncoderBuilder::new().level(level.into()).build(file)?),
        };
        Ok(Packer { method, turns })
    }

    /// Adds what is compressed already as this packer would do it: whole gzip members, in any pieces.
    pub fn write_packed(&mut self, piece: &[u8]) -> io::Result<()> {
        match &mut self.method {
            Method::Gzip { file, block, .. } if block.is_empty() => file.write_all(piece),
            _ => Err(io::Error::other("gzip members do not belong here")),
        }
    }

    /// Adds text.
    pub fn write(&mut self, mut text: &[u8]) -> io::Result<()> {
        let turns = self.turns.as_deref();
        match &mut self.method {
            Method::None(file) => file.write_all(text),
            Method::Zstd(encoder) => in_turn(turns, || encoder.write_all(text)),
            Method::Lz4(encoder) => in_turn(turns, || encoder.write_all(text)),
            Method::Gzip { file, compressor, block, packed } => {
                while !text.is_empty() {
                    let (piece, rest) = text.split_at(text.len().min(BLOCK - block.len()));
                    block.extend_from_slice(piece);
                    if block.len() == BLOCK {
                        write_member(file, compressor, block, packed, turns)?;
                    }
                    text = rest;
                }
                Ok(())
            }
        }
    }

    /// Writes what is left. Gives the file, and its length and sum.
    pub fn finish(self) -> io::Result<(File, ArchiveFile)> {
        let turns = self.turns.as_deref();
        let file = match self.method {
            Method::None(file) => file,
            Method::Zstd(encoder) => in_turn(turns, || encoder.finish())?,
            Method::Lz4(encoder) => {
                let (file, result) = in_turn(turns, || encoder.finish());
                result?;
                file
            }
            Method::Gzip { mut file, mut compressor, mut block, mut packed } => {
                if !block.is_empty() {
                    write_member(&mut file, &mut compressor, &mut block, &mut packed, turns)?;
                }
                file
            }
        };
        Ok(file.finish())
    }
}

/// Compresses blocks to gzip members.
enum Gzip {
    /// ISA-L, which has no level but its own that is worth its time. Three times as fast as libdeflate's fastest.
    #[cfg(target_arch = "x86_64")]
    Isal,
    /// libdeflate.
    Libdeflate(libdeflater::Compressor),
}

impl Gzip {
    /// For a level of 1 to 9.
    fn new(level: u8) -> io::Result<Gzip> {
        #[cfg(target_arch = "x86_64")]
        if level == FAST_GZIP {
            return Ok(Gzip::Isal);
        }
        let level =
            CompressionLvl::new(level.into()).map_err(|_| io::Error::other("there is no such level of gzip"))?;
        Ok(Gzip::Libdeflate(libdeflater::Compressor::new(level)))
    }

    /// Puts a gzip member with this text into the beginning of `packed`, and gives it. What lies behind it stays there, so that
    /// the next member does not have to be cleared a place.
    fn pack<'a>(&mut self, text: &[u8], packed: &'a mut Vec<u8>) -> io::Result<&'a [u8]> {
        let mut make_room = |bound: usize| packed.resize(bound.max(packed.len()), 0);
        let length = match self {
            #[cfg(target_arch = "x86_64")]
            Gzip::Isal => {
                // What does not get smaller is stored, in blocks of 64 kB with 5 bytes more (RFC 1951, 3.2.4). Far less than
                // this, but ISA-L tells no bound.
                make_room(text.len() + text.len() / 64 + 4096);
                isal::compress_into(text, packed, isal::CompressionLevel::One, isal::Codec::Gzip)
                    .map_err(io::Error::other)?
            }
            Gzip::Libdeflate(compressor) => {
                make_room(compressor.gzip_compress_bound(text.len()));
                compressor.gzip_compress(text, packed).map_err(io::Error::other)?
            }
        };
        packed.get(..length).ok_or_else(|| io::Error::other("the compressor gave more than it had room for"))
    }
}

/// The compressor for a file, by what its first block gives. Some text is hardly smaller for four times the effort, such as
/// hashes and random values, of which masked tables have many. A table that is smaller than the sample costs little either way.
fn choose_compressor(block: &[u8], packed: &mut Vec<u8>) -> io::Result<Gzip> {
    let mut small = Gzip::new(SMALL_GZIP)?;
    let Some(sample) = block.get(..SAMPLE) else { return Ok(small) };
    let mut fast = Gzip::new(FAST_GZIP)?;
    let mut length = |by: &mut Gzip| by.pack(sample, packed).map(<[u8]>::len);
    let (fast_length, small_length) = (length(&mut fast)?, length(&mut small)?);
    let pays = fast_length as f64 > small_length as f64 * (1.0 + FAST_MAY_TAKE_MORE);
    Ok(if pays { small } else { fast })
}

/// Compresses a block to a gzip member, and empties it.
fn write_member(
    file: &mut Measured<File>,
    compressor: &mut Option<Gzip>,
    block: &mut Vec<u8>,
    packed: &mut Vec<u8>,
    turns: Option<&Turns>,
) -> io::Result<()> {
    let compressor = match compressor {
        Some(compressor) => compressor,
        None => compressor.insert(choose_compressor(block, packed)?),
    };
    let member = in_turn(turns, || compressor.pack(block, packed))?;
    file.write_all(member)?;
    block.clear();
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::files;

    fn parse(text: &str) -> Result<Compression, String> {
        text.parse()
    }

    #[test]
    fn methods_and_levels_are_written_as_for_pg_dump() {
        for (text, expected) in [
            ("0", Compression::None),
            ("none", Compression::None),
            ("6", Compression::Gzip { level: Some(6) }),
            ("gzip", Compression::Gzip { level: None }),
            ("gzip:9", Compression::Gzip { level: Some(9) }),
            ("gzip:level=6", Compression::Gzip { level: Some(6) }),
            ("client-gzip:9", Compression::Gzip { level: Some(9) }),
            ("server-gzip", Compression::ServerGzip { level: 1 }),
            ("server-gzip:level=6", Compression::ServerGzip { level: 6 }),
            ("zstd", Compression::Zstd { level: 3 }),
            ("zstd:19", Compression::Zstd { level: 19 }),
            ("zstd:level=-3", Compression::Zstd { level: -3 }),
            ("lz4", Compression::Lz4 { level: 0 }),
            ("lz4:12", Compression::Lz4 { level: 12 }),
        ] {
            assert_eq!(parse(text), Ok(expected), "{text}");
        }
    }

    #[test]
    fn what_is_no_method_or_level_is_refused_with_those_that_are() {
        for (text, expected) in [
            ("", "none, gzip, zstd and lz4"),
            ("bzip2", "none, gzip, zstd and lz4"),
            ("GZIP", "none, gzip, zstd and lz4"),
            ("server-zstd", "the server's method is server-gzip"),
            ("server-gzip:0", "1 to 9"),
            ("none:0", "none takes no level"),
            ("10", "1 to 9"),
            ("-1", "1 to 9"),
            ("gzip:0", "1 to 9"),
            ("gzip:", "\"\" is not a level"),
            ("gzip:level=", "\"level=\" is not a level"),
            ("gzip:level=3,long", "is not a level"),
            ("zstd:23", "to 22"),
            ("zstd:3:3", "is not a level"),
            ("lz4:0", "1 to 12"),
            ("lz4:13", "1 to 12"),
        ] {
            let error = parse(text).unwrap_err();
            assert!(error.contains(expected), "{text}: {error}");
        }
    }

    #[test]
    fn pg_dump_gets_a_form_that_its_version_knows() {
        let option = |text: &str| parse(text).unwrap().pg_dump_option();
        assert_eq!(option("none"), "--compress=0");
        assert_eq!(option("gzip"), "--compress=6");
        assert_eq!(option("gzip:3"), "--compress=3");
        assert_eq!(option("zstd:5"), "--compress=zstd:5");
        assert_eq!(option("lz4"), "--compress=lz4");
        assert_eq!(option("lz4:4"), "--compress=lz4:4");
    }

    /// What a reader finds that knows the method by the suffix.
    fn unpack(content: &[u8], compression: Compression) -> Vec<u8> {
        let mut text = Vec::new();
        let mut reader: Box<dyn io::Read + '_> = match compression {
            Compression::None => Box::new(content),
            Compression::Gzip { .. } | Compression::ServerGzip { .. } => {
                Box::new(flate2::read::MultiGzDecoder::new(content))
            }
            Compression::Zstd { .. } => Box::new(zstd::Decoder::new(content).unwrap()),
            Compression::Lz4 { .. } => Box::new(lz4::Decoder::new(content).unwrap()),
        };
        reader.read_to_end(&mut text).unwrap();
        text
    }

    #[test]
    fn each_method_gives_back_what_was_written_in_pieces_of_any_size() {
        let row = b"1234567\tsomebody@example.com\t\\N\n";
        let whole = row.repeat(2 * BLOCK / row.len() + 3);
        let folder = tempfile::tempdir().unwrap();
        for method in ["none", "gzip", "gzip:9", "zstd", "zstd:-1", "zstd:12", "lz4", "lz4:9"] {
            let compression = parse(method).unwrap();
            for (number, size) in [1000, 65_536, BLOCK, whole.len()].into_iter().enumerate() {
                let path = folder.path().join(format!("{method}-{number}"));
                let mut packer = Packer::new(files::create(&path).unwrap(), compression, None).unwrap();
                for piece in whole.chunks(size) {
                    packer.write(piece).unwrap();
                }
                let (_, written) = packer.finish().unwrap();
                assert_eq!(files::measure(&path, |_| Ok(())).unwrap(), written, "{method}");
                assert!(unpack(&std::fs::read(&path).unwrap(), compression) == whole, "{method} in pieces of {size}");
            }
        }
    }

    #[test]
    fn gzip_gives_back_what_cannot_be_made_smaller_and_what_can_be_made_tiny() {
        // The high bytes of Weyl's sequence, mixed by a square: no match, and all bytes alike often.
        let noise: Vec<u8> =
            (1..=BLOCK as u64).map(|n| (n.wrapping_mul(0x9E37_79B9_7F4A_7C15).wrapping_pow(2) >> 56) as u8).collect();
        let zeros = vec![0; BLOCK];
        for level in 1..=9 {
            let mut gzip = Gzip::new(level).unwrap();
            let mut packed = Vec::new();
            for text in [&noise[..], &zeros, &noise[..1], &zeros[..70_000], b""] {
                let member = gzip.pack(text, &mut packed).unwrap();
                assert!(unpack(member, Compression::default()) == text, "{} bytes at level {level}", text.len());
            }
        }
    }

    #[test]
    fn no_more_threads_compress_at_the_same_time_than_have_a_turn() {
        use std::sync::Barrier;
        use std::sync::atomic::{AtomicUsize, Ordering};

        for most in [1, 2] {
            let turns = Turns::new(most);
            let (now, seen) = (AtomicUsize::new(0), AtomicUsize::new(0));
            // Each turn lasts until all turns are taken, so that more than these would be seen.
            let full = Barrier::new(most);
            std::thread::scope(|scope| {
                for _ in 0..most * 4 {
                    scope.spawn(|| {
                        turns.take(|| {
                            seen.fetch_max(now.fetch_add(1, Ordering::SeqCst) + 1, Ordering::SeqCst);
                            full.wait();
                            now.fetch_sub(1, Ordering::SeqCst);
                        });
                    });
                }
            });
            assert_eq!(seen.into_inner(), most);
        }
    }

    #[test]
    fn files_that_are_written_in_turns_are_whole() {
        let row = b"1234567\tsomebody@example.com\t\\N\n";
        let whole = row.repeat(2 * BLOCK / row.len() + 3);
        let folder = tempfile::tempdir().unwrap();
        let turns = Arc::new(Turns::new(1));
        for method in ["none", "gzip", "zstd", "lz4"] {
            let compression = parse(method).unwrap();
            let (folder, turns, whole) = (folder.path(), &turns, &whole);
            std::thread::scope(|scope| {
                for thread in 0..3 {
                    scope.spawn(move || {
                        let path = folder.join(format!("{method}-{thread}"));
                        let file = files::create(&path).unwrap();
                        let mut packer = Packer::new(file, compression, Some(turns.clone())).unwrap();
                        for piece in whole.chunks(70_000) {
                            packer.write(piece).unwrap();
                        }
                        packer.finish().unwrap();
                        assert!(unpack(&std::fs::read(&path).unwrap(), compression) == *whole, "{method}");
                    });
                }
            });
        }
    }

    #[test]
    fn a_file_chooses_the_fast_level_where_the_other_hardly_makes_it_smaller() {
        // The mixing of SplitMix64.
        let mixed = |number: usize| {
            let mixed = (number as u64).wrapping_mul(0x9E37_79B9_7F4A_7C15);
            let mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
            (mixed ^ (mixed >> 27)) as usize
        };
        let random: Vec<u8> = (0..SAMPLE).map(|number| b'A' + (mixed(number) % 26) as u8).collect();
        let words =
            ["parcel", "came", "late", "asked", "for", "an", "invoice", "wants", "no", "newsletter", "moved", "away"];
        let phrases: String = (0..SAMPLE).map(|number| format!("{} ", words[mixed(number) % words.len()])).collect();
        let length_by = |text: &[u8], level: Option<u8>| {
            let folder = tempfile::tempdir().unwrap();
            let file = files::create(&folder.path().join("x")).unwrap();
            let mut packer = Packer::new(file, Compression::Gzip { level }, None).unwrap();
            packer.write(text).unwrap();
            packer.finish().unwrap().1.bytes
        };
        assert_eq!(length_by(&random, None), length_by(&random, Some(FAST_GZIP)));
        assert_eq!(length_by(phrases.as_bytes(), None), length_by(phrases.as_bytes(), Some(SMALL_GZIP)));
        assert!(length_by(phrases.as_bytes(), None) < length_by(phrases.as_bytes(), Some(FAST_GZIP)));
    }

    #[test]
    fn an_empty_file_is_one_that_its_method_reads() {
        let folder = tempfile::tempdir().unwrap();
        for method in ["none", "zstd", "lz4"] {
            let compression = parse(method).unwrap();
            let path = folder.path().join(method);
            Packer::new(files::create(&path).unwrap(), compression, None).unwrap().finish().unwrap();
            assert_eq!(unpack(&std::fs::read(&path).unwrap(), compression), b"", "{method}");
        }
    }
}
