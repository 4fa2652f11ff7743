//! Data files, decompressed while they are read and measured as they lie on the disk. Stricter than pg_restore: it passes
//! over bytes behind a gzip member that are no member, and ours says that they are there.

use std::fs::File;
use std::io::{self, BufRead as _, BufReader, Read};
use std::path::Path;

use anyhow::Context as _;
use flate2::bufread::GzDecoder;
use pg_anon_core::metadata::ArchiveFile;

use crate::files::Measured;

/// How much of a file is read at once, and so how much of it is held in memory.
const BUFFER: usize = 128 << 10;

type Input = BufReader<Measured<File>>;

/// A data file that is read.
pub struct Unpacker(Method);

enum Method {
    None(Input),
    /// A sequence of gzip members. `decoder` is None behind the last one.
    Gzip {
        decoder: Option<Box<GzDecoder<Input>>>,
        /// The number of the member that is read, from 1 on.
        member: u64,
        /// The name that the first member says it was made from.
        name: Option<Vec<u8>>,
        /// What stands behind the last member is none.
        goes_on: bool,
        /// The input, once there is no member left.
        rest: Option<Input>,
    },
    /// The same by ISA-L, which takes half the time but does not say what is wrong with a file, or where. It points into itself,
    /// and must stay in its place.
    #[cfg(target_arch = "x86_64")]
    Isal(Box<isal::read::GzipDecoder<Input>>),
    Zstd(zstd::Decoder<'static, Input>),
    /// A sequence of LZ4 frames. `decoder` is None behind the last one.
    Lz4 {
        decoder: Option<lz4::Decoder<Input>>,
        rest: Option<Input>,
    },
}

/// The compression that a data file's name tells.
const SUFFIXES: [&str; 3] = [".gz", ".zst", ".lz4"];

/// A data file's name without the suffix of its compression.
pub fn bare_name(name: &str) -> &str {
    SUFFIXES.iter().find_map(|suffix| name.strip_suffix(suffix)).unwrap_or(name)
}

impl Unpacker {
    /// Opens a file; the suffix of its name says how it is compressed.
    ///
    /// # Errors
    /// The file cannot be opened or read.
    pub fn open(path: &Path) -> anyhow::Result<Unpacker> {
        let open = || -> io::Result<Method> {
            let input = BufReader::with_capacity(BUFFER, Measured::new(File::open(path)?));
            Ok(match path.extension().and_then(|extension| extension.to_str()) {
                Some("gz") => Method::Gzip {
                    decoder: Some(Box::new(GzDecoder::new(input))),
                    member: 1,
                    name: None,
                    goes_on: false,
                    rest: None,
                },
                Some("zst") => Method::Zstd(zstd::Decoder::with_buffer(input)?),
                Some("lz4") => Method::Lz4 { decoder: Some(lz4::Decoder::new(input)?), rest: None },
                _ => Method::None(input),
            })
        };
        Ok(Unpacker(open().with_context(|| format!("cannot open {}", path.display()))?))
    }

    /// Opens a file to read it as fast as can be. What is wrong with it only [`Unpacker::open`] tells.
    ///
    /// # Errors
    /// The file cannot be opened or read.
    pub fn open_fast(path: &Path) -> anyhow::Result<Unpacker> {
        #[cfg(target_arch = "x86_64")]
        if path.extension().is_some_and(|extension| extension == "gz") {
            let file = File::open(path).with_context(|| format!("cannot open {}", path.display()))?;
            let input = BufReader::with_capacity(BUFFER, Measured::new(file));
            return Ok(Unpacker(Method::Isal(Box::new(isal::read::GzipDecoder::new(input)))));
        }
        Unpacker::open(path)
    }

    /// The name that a gzip file says it was made from, once its first bytes were read.
    pub fn original_name(&self) -> Option<&[u8]> {
        match &self.0 {
            Method::Gzip { name, .. } => name.as_deref(),
            _ => None,
        }
    }

    /// What an error of [`Unpacker::read`] says of the file, for whoever looks after it.
    pub fn explain(&self, error: &io::Error) -> String {
        if error.raw_os_error().is_some() {
            return format!("cannot be read: {error}");
        }
        let early = error.kind() == io::ErrorKind::UnexpectedEof;
        match &self.0 {
            Method::None(_) => format!("cannot be read: {error}"),
            Method::Gzip { member, .. } if early => format!("ends inside gzip member {member}"),
            Method::Gzip { member, goes_on: true, .. } => {
                format!("goes on behind gzip member {member} with something else")
            }
            Method::Gzip { member, .. } => format!("gzip member {member} is damaged"),
            #[cfg(target_arch = "x86_64")]
            Method::Isal(_) => "is damaged".to_owned(),
            Method::Zstd(_) if early => "ends inside a zstd frame".to_owned(),
            Method::Zstd(_) => format!("zstd finds damage: {error}"),
            Method::Lz4 { .. } if early => "ends inside an lz4 frame".to_owned(),
            Method::Lz4 { .. } => format!("lz4 finds damage: {error}"),
        }
    }

    /// Reads what is left of the file without unpacking it, and gives the length and the sum of the whole file.
    pub fn finish(self, mut each: impl FnMut() -> anyhow::Result<()>) -> anyhow::Result<ArchiveFile> {
        let input = match self.0 {
            #[cfg(target_arch = "x86_64")]
            Method::Isal(mut decoder) => {
                let input = decoder.get_ref_mut();
                read_rest(input, &mut each)?;
                return Ok(input.get_ref().measured());
            }
            Method::None(input) => Some(input),
            Method::Gzip { decoder, rest, .. } => decoder.map(|decoder| decoder.into_inner()).or(rest),
            Method::Zstd(decoder) => Some(decoder.finish()),
            Method::Lz4 { decoder, rest } => decoder.map(|decoder| decoder.finish().0).or(rest),
        };
        let mut input = input.context("the file is closed")?;
        read_rest(&mut input, &mut each)?;
        Ok(input.get_ref().measured())
    }
}

fn read_rest(input: &mut Input, each: &mut impl FnMut() -> anyhow::Result<()>) -> anyhow::Result<()> {
    loop {
        let length = input.fill_buf()?.len();
        if length == 0 {
            return Ok(());
        }
        each()?;
        input.consume(length);
    }
}

impl Read for Unpacker {
    /// Gives 0 bytes only at the end of a whole file.
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        if buffer.is_empty() {
            return Ok(0);
        }
        match &mut self.0 {
            Method::None(input) => input.read(buffer),
            #[cfg(target_arch = "x86_64")]
            Method::Isal(decoder) => decoder.read(buffer),
            Method::Zstd(decoder) => decoder.read(buffer),
            Method::Gzip { decoder, member, name, goes_on, rest } => {
                while let Some(reading) = decoder.as_deref_mut() {
                    let read = reading.read(buffer)?;
                    if name.is_none() {
                        *name = reading.header().map(|header| header.filename().unwrap_or_default().to_owned());
                    }
                    if read > 0 {
                        return Ok(read);
                    }
                    if let Some(mut input) = decoder.take().map(|decoder| decoder.into_inner()) {
                        let next = input.fill_buf()?;
                        let is_at_end = next.is_empty();
                        // ID1 and ID2 of a member's header.
                        *goes_on = !is_at_end && !next.iter().zip(b"\x1f\x8b").all(|(byte, id)| byte == id);
                        if is_at_end || *goes_on {
                            *rest = Some(input);
                        } else {
                            *member += 1;
                            *decoder = Some(Box::new(GzDecoder::new(input)));
                        }
                        if *goes_on {
                            return Err(io::ErrorKind::InvalidData.into());
                        }
                    }
                }
                Ok(0)
            }
            Method::Lz4 { decoder, rest } => {
                while let Some(reading) = decoder {
                    let read = reading.read(buffer)?;
                    if read > 0 {
                        return Ok(read);
                    }
                    let Some(ended) = decoder.take() else { break };
                    let (mut input, whole) = ended.finish();
                    let at_end = input.fill_buf()?.is_empty();
                    if whole.is_err() {
                        *rest = Some(input);
                        return Err(io::ErrorKind::UnexpectedEof.into());
                    }
                    if at_end {
                        *rest = Some(input);
                    } else {
                        *decoder = Some(lz4::Decoder::new(input)?);
                    }
                }
                Ok(0)
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use std::path::PathBuf;

    use super::*;
    use crate::compress::Packer;
    use crate::files;

    /// A file of this method, of several gzip members or of two frames, and its text.
    fn packed(folder: &Path, method: &str, name: &str) -> (PathBuf, Vec<u8>) {
        let text = b"1234567\tsomebody@example.com\t\\N\n".repeat(80_000);
        let path = folder.join(name);
        let mut packer = Packer::new(files::create(&path).unwrap(), method.parse().unwrap(), None).unwrap();
        packer.write(&text).unwrap();
        packer.finish().unwrap();
        (path, text)
    }

    fn unpack(path: &Path) -> Result<(Vec<u8>, ArchiveFile), String> {
        let mut unpacker = Unpacker::open(path).unwrap();
        let mut text = Vec::new();
        let read = unpacker.read_to_end(&mut text).map_err(|error| unpacker.explain(&error));
        let measured = unpacker.finish(|| Ok(())).unwrap();
        assert_eq!(measured, files::measure(path, |_| Ok(())).unwrap(), "the whole file is measured, damaged or not");
        read.map(|_| (text, measured))
    }

    fn unpack_fast(path: &Path) -> Option<(Vec<u8>, ArchiveFile)> {
        let mut unpacker = Unpacker::open_fast(path).unwrap();
        let mut text = Vec::new();
        let read = unpacker.read_to_end(&mut text);
        let measured = unpacker.finish(|| Ok(())).unwrap();
        assert_eq!(measured, files::measure(path, |_| Ok(())).unwrap(), "the whole file is measured, damaged or not");
        read.ok().map(|_| (text, measured))
    }

    const METHODS: [(&str, &str); 4] =
        [("none", "1.dat"), ("gzip", "1.dat.gz"), ("zstd", "1.dat.zst"), ("lz4", "1.dat.lz4")];

    #[test]
    fn every_method_gives_back_its_text_and_the_sum_of_its_file() {
        let folder = tempfile::tempdir().unwrap();
        for (method, name) in METHODS {
            let (path, text) = packed(folder.path(), method, name);
            assert!(unpack(&path).unwrap().0 == text, "{method}");
            // Two files behind each other are one file of two members or frames.
            let twice = std::fs::read(&path).unwrap().repeat(2);
            std::fs::write(&path, twice).unwrap();
            assert!(unpack(&path).unwrap().0 == text.repeat(2), "{method} twice");
            assert!(unpack_fast(&path) == unpack(&path).ok(), "{method} fast");
        }
    }

    #[test]
    fn a_file_that_is_cut_off_or_goes_on_is_an_error_that_says_so() {
        let folder = tempfile::tempdir().unwrap();
        for (method, name) in METHODS.into_iter().skip(1) {
            let (path, _) = packed(folder.path(), method, name);
            let whole = std::fs::read(&path).unwrap();
            for length in [1, 5, 12, whole.len() / 2, whole.len() - 1] {
                std::fs::write(&path, &whole[..length]).unwrap();
                let error = unpack(&path).unwrap_err();
                assert!(error.contains("ends inside"), "{method} cut at {length}: {error}");
                assert!(unpack_fast(&path).is_none(), "{method} cut at {length}, fast");
            }
            std::fs::write(&path, [&whole[..], b"something else"].concat()).unwrap();
            let error = unpack(&path).unwrap_err();
            let expected =
                if method == "gzip" { "goes on behind gzip member 3 with something else" } else { "finds damage" };
            assert!(error.contains(expected), "{method}: {error}");
            assert!(unpack_fast(&path).is_none(), "{method} goes on, fast");
        }
    }

    #[test]
    fn one_long_member_of_any_compressor_is_read_fast() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("1.dat.gz");
        // Text of all kinds: what is hardly compressed, what is compressed well, what is random.
        let mut number = 1_u64;
        let mut text = Vec::new();
        while text.len() < 24 << 20 {
            number = number.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            match number >> 62 {
                0 => text.extend(number.to_le_bytes()),
                1 => text.extend(format!("{number:x}\t").into_bytes()),
                2 => text.extend(b"the same again and again\n".repeat((number >> 40 & 63) as usize)),
                _ => text.extend(vec![b' '; (number >> 40 & 1023) as usize]),
            }
        }
        for level in [0, 1, 6, 9] {
            let mut encoder =
                flate2::write::GzEncoder::new(File::create(&path).unwrap(), flate2::Compression::new(level));
            std::io::Write::write_all(&mut encoder, &text).unwrap();
            encoder.finish().unwrap();
            assert!(unpack_fast(&path).is_some_and(|(unpacked, _)| unpacked == text), "level {level}");
        }
    }

    #[test]
    fn a_flipped_bit_of_a_gzip_member_s_data_is_noticed_or_changes_nothing() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("1.dat.gz");
        let mut packer = Packer::new(files::create(&path).unwrap(), "gzip".parse().unwrap(), None).unwrap();
        packer.write(b"1\tone\n2\ttwo\n\\.\n\n\n").unwrap();
        packer.finish().unwrap();
        let whole = std::fs::read(&path).unwrap();
        let mut unnoticed = 0;
        // Behind the header, whose time and system may be anything.
        for at in 10..whole.len() {
            for bit in 0..8 {
                let mut bad = whole.clone();
                bad[at] ^= 1 << bit;
                std::fs::write(&path, &bad).unwrap();
                if let Some((text, _)) = unpack_fast(&path) {
                    assert!(text == b"1\tone\n2\ttwo\n\\.\n\n\n", "bit {bit} of byte {at}, fast");
                }
                // The padding before a stored block may be anything.
                if let Ok((text, _)) = unpack(&path) {
                    assert!(text == b"1\tone\n2\ttwo\n\\.\n\n\n", "bit {bit} of byte {at}");
                    unnoticed += 1;
                }
            }
        }
        assert!(unnoticed <= 5, "{unnoticed}");
    }
}
