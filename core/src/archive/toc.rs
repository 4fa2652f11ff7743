use std::collections::HashSet;
use std::fmt;

use super::ArchiveError;
use super::sql::{Kind, Sql};

/// The first bytes of every archive.
const MAGIC: &[u8; 5] = b"PGDMP";
/// `archTar`: what a directory archive says of itself.
const FORMAT_DIRECTORY: u8 = 3;
/// `archCustom`: an archive that is one file.
const FORMAT_CUSTOM: u8 = 1;
/// `K_OFFSET_NO_DATA`: what a custom archive says of an entry without data.
const OFFSET_NO_DATA: u8 = 3;
/// pg_dump writes its integers in `sizeof(int)` bytes, which is 4 wherever PostgreSQL runs.
const INT_SIZE: u8 = 4;
/// Dump ids count objects, so this many never occur; it keeps room for the ids of added entries.
const MAX_DUMP_ID: i32 = 1 << 30;

/// The version of an archive; the revision is always 0.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Version {
    /// pg_dump 12 to 15.
    V1_14,
    /// pg_dump 16.
    V1_15,
    /// pg_dump 17 and 18.
    V1_16,
}

impl fmt::Display for Version {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Version::V1_14 => "1.14",
            Version::V1_15 => "1.15",
            Version::V1_16 => "1.16",
        })
    }
}

/// How the data files are compressed, as the header says it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Compression {
    /// Not at all.
    None,
    /// gzip. Up to version 1.14 the header holds the level (-1 for the default, else 1 to 9); later ones do not.
    Gzip {
        /// -1 for zlib's default.
        level: i32,
    },
    /// LZ4, from version 1.15 on.
    Lz4,
    /// Zstandard, from version 1.15 on.
    Zstd,
}

impl fmt::Display for Compression {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Compression::None => "none",
            Compression::Gzip { .. } => "gzip",
            Compression::Lz4 => "lz4",
            Compression::Zstd => "zstd",
        })
    }
}

/// When the archive was made: the fields of `struct tm`, in the local time of the machine that made it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct CreationTime {
    /// Second, 0 to 60.
    pub second: i32,
    /// Minute, 0 to 59.
    pub minute: i32,
    /// Hour, 0 to 23.
    pub hour: i32,
    /// Day of the month, 1 to 31.
    pub day: i32,
    /// Month, 0 to 11.
    pub month: i32,
    /// Years since 1900.
    pub year: i32,
    /// 1 in daylight saving time, 0 out of it, -1 unknown.
    pub daylight_saving: i32,
}

/// What stands before the entries.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Header {
    version: Version,
    offset_size: u8,
    compression: Compression,
    /// When the archive was made.
    pub created: CreationTime,
    /// Name of the database.
    pub database: Option<Vec<u8>>,
    /// Version of the server, as text.
    pub server_version: Option<Vec<u8>>,
    /// Version of pg_dump, as text.
    pub dump_version: Option<Vec<u8>>,
}

impl Header {
    /// The header of an archive that nobody made.
    pub(super) fn empty(version: Version) -> Header {
        Header {
            version,
            offset_size: 8,
            compression: Compression::None,
            created: CreationTime::default(),
            database: None,
            server_version: None,
            dump_version: None,
        }
    }

    /// The version of the archive.
    pub fn version(&self) -> Version {
        self.version
    }

    /// How the archive says that its data files are compressed.
    pub fn compression(&self) -> Compression {
        self.compression
    }

    /// Says how the data files are compressed.
    ///
    /// # Errors
    /// Version 1.14 knows gzip only.
    pub fn set_compression(&mut self, compression: Compression) -> Result<(), ArchiveError> {
        if self.version == Version::V1_14 && matches!(compression, Compression::Lz4 | Compression::Zstd) {
            return Err(ArchiveError::CompressionUnavailable { compression, version: self.version });
        }
        self.compression = match compression {
            // Level 0 is how version 1.14 says "none".
            Compression::Gzip { level: 0 } if self.version == Version::V1_14 => Compression::None,
            // Later versions have no room for the level.
            Compression::Gzip { .. } if self.version > Version::V1_14 => Compression::Gzip { level: -1 },
            other => other,
        };
        Ok(())
    }
}

/// In which part of a restore an entry is loaded.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Section {
    /// Goes where the entry goes that it belongs to: comments, grants, security labels.
    None = 1,
    /// Before the data.
    PreData = 2,
    /// The data.
    Data = 3,
    /// After the data.
    PostData = 4,
}

/// The row of a catalog that an entry describes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub struct CatalogId {
    /// OID of the catalog: 1259 is `pg_class`. 0 in data entries.
    pub table: u32,
    /// OID of the object in it.
    pub object: u32,
}

/// One item of the table of contents. Text is in the encoding of the archive (its ENCODING entry says which).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entry {
    /// Number of the entry, unique in the archive and above 0.
    pub dump_id: i32,
    /// Whether the entry has data of its own.
    pub had_dumper: bool,
    /// Which object it is.
    pub catalog_id: CatalogId,
    /// Name of the object, bare.
    pub tag: Option<Vec<u8>>,
    /// Kind of the object, such as `TABLE DATA`.
    pub desc: Option<Vec<u8>>,
    /// When it is restored.
    pub section: Section,
    /// The SQL that creates it.
    pub definition: Option<Vec<u8>>,
    /// The SQL that drops it.
    pub drop_statement: Option<Vec<u8>>,
    /// The COPY statement that loads it.
    pub copy_statement: Option<Vec<u8>>,
    /// Name of the schema, bare.
    pub namespace: Option<Vec<u8>>,
    /// Name of the tablespace, bare.
    pub tablespace: Option<Vec<u8>>,
    /// Name of the table access method, bare.
    pub table_access_method: Option<Vec<u8>>,
    /// `relkind` of a relation as its ASCII code, else 0. Written from version 1.16 on.
    pub relkind: i32,
    /// Name of the owner, bare.
    pub owner: Option<Vec<u8>>,
    /// Always `false`.
    pub with_oids: Option<Vec<u8>>,
    /// Dump ids of the entries that must be restored before.
    pub dependencies: Vec<i32>,
    /// Name of the data file, without a suffix for its compression.
    pub file_name: Option<Vec<u8>>,
}

impl Entry {
    /// Whether the entry is of this kind, such as `TABLE`.
    pub fn is(&self, desc: &str) -> bool {
        self.desc.as_deref() == Some(desc.as_bytes())
    }

    /// How many columns the entry's COPY statement names. None: it has no such statement.
    pub fn copy_columns(&self) -> Option<usize> {
        // pg_dump writes the names quoted, so that backslashes mean nothing in them.
        let sql = Sql::tokenize(self.copy_statement.as_deref()?, true).ok()?;
        if !sql.is_word(0, "COPY") {
            return None;
        }
        let symbols = sql.tokens.iter().filter_map(|token| match token.kind {
            Kind::Symbol(symbol) => Some(symbol),
            _ => None,
        });
        let mut symbols = symbols.skip_while(|&symbol| symbol != b'(');
        match symbols.next() {
            None => Some(0),
            Some(_) => Some(1 + symbols.take_while(|&symbol| symbol != b')').filter(|&symbol| symbol == b',').count()),
        }
    }

    /// Kind and name, for messages: `VIEW public.people`.
    pub fn name(&self) -> String {
        let text = |bytes: &Option<Vec<u8>>| String::from_utf8_lossy(bytes.as_deref().unwrap_or_default()).into_owned();
        let (desc, namespace, tag) = (text(&self.desc), text(&self.namespace), text(&self.tag));
        if namespace.is_empty() { format!("{desc} {tag}") } else { format!("{desc} {namespace}.{tag}") }
    }
}

/// A table of contents.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Archive {
    /// What stands before the entries.
    pub header: Header,
    /// The entries, in the order in which they are restored.
    pub entries: Vec<Entry>,
}

impl Archive {
    /// Reads the content of a `toc.dat`.
    ///
    /// Takes only what pg_dump writes, so that [`Archive::write`] gives the same bytes back. Needs memory in proportion to
    /// `bytes`, whatever they say.
    ///
    /// # Errors
    /// The bytes are no archive, are of another version or format, are cut short, or are damaged.
    pub fn read(bytes: &[u8]) -> Result<Archive, ArchiveError> {
        Archive::read_format(bytes, FORMAT_DIRECTORY)
    }

    /// Reads an archive in custom format that holds no data, as `pg_dump -Fc --schema-only` writes it. Such a file ends with
    /// its table of contents, so that one that was cut short is noticed. [`Archive::write`] gives it in directory format.
    ///
    /// # Errors
    /// As [`Archive::read`], and when an entry has data.
    pub fn read_custom_structure(bytes: &[u8]) -> Result<Archive, ArchiveError> {
        Archive::read_format(bytes, FORMAT_CUSTOM)
    }

    fn read_format(bytes: &[u8], wanted: u8) -> Result<Archive, ArchiveError> {
        let mut r = Reader { bytes, offset: 0 };
        if r.take(MAGIC.len(), "the first bytes").map_err(|_| ArchiveError::NotAnArchive)? != MAGIC {
            return Err(ArchiveError::NotAnArchive);
        }
        let (major, minor) = (r.byte("the version")?, r.byte("the version")?);
        let version = match (major, minor) {
            (1, 14) => Version::V1_14,
            (1, 15) => Version::V1_15,
            (1, 16) => Version::V1_16,
            _ => return Err(ArchiveError::UnsupportedVersion { major, minor }),
        };
        if r.byte("the version")? != 0 {
            return Err(r.damaged("the version's revision is not 0"));
        }
        if r.byte("the size of integers")? != INT_SIZE {
            return Err(r.damaged("integers do not have 4 bytes"));
        }
        let offset_size = r.byte("the size of offsets")?;
        let format = r.byte("the format")?;
        if format != wanted {
            return Err(match wanted {
                FORMAT_CUSTOM => ArchiveError::NotCustomFormat(format),
                _ => ArchiveError::UnsupportedFormat(format),
            });
        }
        // In a custom archive a place in the file stands where a directory archive has the name of one.
        let custom_offset = (format == FORMAT_CUSTOM).then_some(usize::from(offset_size));
        let compression = if version == Version::V1_14 {
            match r.int("the compression level")? {
                0 => Compression::None,
                level @ -1..=9 => Compression::Gzip { level },
                _ => return Err(r.damaged("unknown compression level")),
            }
        } else {
            match r.byte("the compression algorithm")? {
                0 => Compression::None,
                1 => Compression::Gzip { level: -1 },
                2 => Compression::Lz4,
                3 => Compression::Zstd,
                _ => return Err(r.damaged("unknown compression algorithm")),
            }
        };
        const TIME: &str = "the creation time";
        let header = Header {
            version,
            offset_size,
            compression,
            created: CreationTime {
                second: r.int(TIME)?,
                minute: r.int(TIME)?,
                hour: r.int(TIME)?,
                day: r.int(TIME)?,
                month: r.int(TIME)?,
                year: r.int(TIME)?,
                daylight_saving: r.int(TIME)?,
            },
            database: r.text("the database's name")?,
            server_version: r.text("the server's version")?,
            dump_version: r.text("pg_dump's version")?,
        };

        let count = r.int("the number of entries")?;
        if count < 0 {
            return Err(r.damaged("the number of entries is negative"));
        }
        // Not reserved in advance: a damaged count must not cost memory.
        let mut entries = Vec::new();
        let mut dump_ids = HashSet::new();
        for _ in 0..count {
            let entry = r.entry(version, custom_offset)?;
            if !dump_ids.insert(entry.dump_id) {
                return Err(r.damaged("two entries have the same number"));
            }
            entries.push(entry);
        }
        if r.offset != bytes.len() {
            return Err(r.damaged("there are bytes after the last entry"));
        }
        Ok(Archive { header, entries })
    }

    /// The content of a `toc.dat`.
    pub fn write(&self) -> Vec<u8> {
        let mut w = Writer { out: Vec::new() };
        let header = &self.header;
        w.out.extend_from_slice(MAGIC);
        let minor = match header.version {
            Version::V1_14 => 14,
            Version::V1_15 => 15,
            Version::V1_16 => 16,
        };
        w.out.extend_from_slice(&[1, minor, 0, INT_SIZE, header.offset_size, FORMAT_DIRECTORY]);
        if header.version == Version::V1_14 {
            w.int(match header.compression {
                Compression::Gzip { level } => level,
                _ => 0,
            });
        } else {
            w.out.push(match header.compression {
                Compression::None => 0,
                Compression::Gzip { .. } => 1,
                Compression::Lz4 => 2,
                Compression::Zstd => 3,
            });
        }
        let time = &header.created;
        for field in [time.second, time.minute, time.hour, time.day, time.month, time.year, time.daylight_saving] {
            w.int(field);
        }
        w.text(header.database.as_deref());
        w.text(header.server_version.as_deref());
        w.text(header.dump_version.as_deref());
        w.int(i32::try_from(self.entries.len()).unwrap_or(i32::MAX));
        for entry in &self.entries {
            w.entry(entry, header.version);
        }
        w.out
    }

    /// A number that no entry has, and that no entry depends on either: pg_dump leaves gaps, and a dependency may name
    /// an object that was not dumped.
    pub fn next_dump_id(&self) -> i32 {
        let used = self.entries.iter().flat_map(|entry| entry.dependencies.iter().copied().chain([entry.dump_id]));
        used.max().unwrap_or(0).saturating_add(1)
    }
}

struct Reader<'a> {
    bytes: &'a [u8],
    offset: usize,
}

impl<'a> Reader<'a> {
    fn take(&mut self, length: usize, what: &'static str) -> Result<&'a [u8], ArchiveError> {
        let end = self.offset.checked_add(length);
        let part = end.and_then(|end| self.bytes.get(self.offset..end));
        let part = part.ok_or(ArchiveError::Truncated { offset: self.offset, what })?;
        self.offset += length;
        Ok(part)
    }

    fn damaged(&self, what: &'static str) -> ArchiveError {
        ArchiveError::Damaged { offset: self.offset, what }
    }

    fn byte(&mut self, what: &'static str) -> Result<u8, ArchiveError> {
        Ok(self.take(1, what)?.first().copied().unwrap_or_default())
    }

    /// One byte for the sign, four for the magnitude. pg_restore also reads a negative zero and other sign bytes; no
    /// pg_dump writes them.
    fn int(&mut self, what: &'static str) -> Result<i32, ArchiveError> {
        let sign = self.byte(what)?;
        let magnitude = self.take(4, what)?.iter().rev().fold(0u32, |value, &byte| value << 8 | u32::from(byte));
        let magnitude = i32::try_from(magnitude).map_err(|_| self.damaged("a number is too large"))?;
        match (sign, magnitude) {
            (0, value) => Ok(value),
            (1, value) if value != 0 => Ok(-value),
            _ => Err(self.damaged("a number has a sign that pg_dump does not write")),
        }
    }

    fn text(&mut self, what: &'static str) -> Result<Option<Vec<u8>>, ArchiveError> {
        match self.int(what)? {
            -1 => Ok(None),
            // Checked against what is left before it is copied.
            length => match usize::try_from(length) {
                Ok(length) => Ok(Some(self.take(length, what)?.to_vec())),
                Err(_) => Err(self.damaged("a length is negative")),
            },
        }
    }

    /// A number written in decimal digits, as pg_dump writes OIDs and dependencies. `None` where the text is NULL.
    fn decimal(&mut self, what: &'static str) -> Result<Option<u32>, ArchiveError> {
        let Some(text) = self.text(what)? else { return Ok(None) };
        let number = std::str::from_utf8(&text).ok().and_then(|text| text.parse::<u32>().ok());
        // "007" and "+7" are numbers too, but would be written back differently.
        match number {
            Some(number) if number.to_string().as_bytes() == text => Ok(Some(number)),
            _ => Err(self.damaged("a number in digits was expected")),
        }
    }

    fn oid(&mut self, what: &'static str) -> Result<u32, ArchiveError> {
        self.decimal(what)?.ok_or_else(|| self.damaged("an OID is missing"))
    }

    fn entry(&mut self, version: Version, custom_offset: Option<usize>) -> Result<Entry, ArchiveError> {
        const WHAT: &str = "an entry";
        let dump_id = self.int(WHAT)?;
        if !(1..=MAX_DUMP_ID).contains(&dump_id) {
            return Err(self.damaged("the number of an entry is out of range"));
        }
        let had_dumper = match self.int(WHAT)? {
            0 => false,
            1 => true,
            _ => return Err(self.damaged("an entry neither has data nor has none")),
        };
        let catalog_id = CatalogId { table: self.oid(WHAT)?, object: self.oid(WHAT)? };
        let tag = self.text(WHAT)?;
        let desc = self.text(WHAT)?;
        let section = match self.int(WHAT)? {
            1 => Section::None,
            2 => Section::PreData,
            3 => Section::Data,
            4 => Section::PostData,
            _ => return Err(self.damaged("an entry is in no known section")),
        };
        Ok(Entry {
            dump_id,
            had_dumper,
            catalog_id,
            tag,
            desc,
            section,
            definition: self.text(WHAT)?,
            drop_statement: self.text(WHAT)?,
            copy_statement: self.text(WHAT)?,
            namespace: self.text(WHAT)?,
            tablespace: self.text(WHAT)?,
            table_access_method: self.text(WHAT)?,
            relkind: if version >= Version::V1_16 { self.int(WHAT)? } else { 0 },
            owner: self.text(WHAT)?,
            with_oids: self.text(WHAT)?,
            dependencies: self.dependencies()?,
            file_name: match custom_offset {
                None => self.text(WHAT)?,
                Some(size) => self.no_data(size)?,
            },
        })
    }

    /// The place of an entry's data in a custom archive, when it says that there is none.
    fn no_data(&mut self, size: usize) -> Result<Option<Vec<u8>>, ArchiveError> {
        const WHAT: &str = "the place of an entry's data";
        if self.byte(WHAT)? != OFFSET_NO_DATA {
            return Err(self.damaged("an entry has data where only structure belongs"));
        }
        self.take(size, WHAT)?;
        // As a directory archive says it; pg_restore wants a name, if an empty one.
        Ok(Some(Vec::new()))
    }

    fn dependencies(&mut self) -> Result<Vec<i32>, ArchiveError> {
        let mut ids = Vec::new();
        while let Some(id) = self.decimal("a dependency")? {
            match i32::try_from(id) {
                Ok(id) if id <= MAX_DUMP_ID => ids.push(id),
                _ => return Err(self.damaged("a dependency is out of range")),
            }
        }
        Ok(ids)
    }
}

struct Writer {
    out: Vec<u8>,
}

impl Writer {
    fn int(&mut self, value: i32) {
        self.out.push(u8::from(value < 0));
        self.out.extend_from_slice(&value.unsigned_abs().to_le_bytes());
    }

    fn text(&mut self, text: Option<&[u8]>) {
        match text {
            None => self.int(-1),
            Some(text) => {
                self.int(i32::try_from(text.len()).unwrap_or(i32::MAX));
                self.out.extend_from_slice(text);
            }
        }
    }

    fn decimal(&mut self, number: impl fmt::Display) {
        self.text(Some(number.to_string().as_bytes()));
    }

    fn entry(&mut self, entry: &Entry, version: Version) {
        self.int(entry.dump_id);
        self.int(i32::from(entry.had_dumper));
        self.decimal(entry.catalog_id.table);
        self.decimal(entry.catalog_id.object);
        self.text(entry.tag.as_deref());
        self.text(entry.desc.as_deref());
        self.int(entry.section as i32);
        self.text(entry.definition.as_deref());
        self.text(entry.drop_statement.as_deref());
        self.text(entry.copy_statement.as_deref());
        self.text(entry.namespace.as_deref());
        self.text(entry.tablespace.as_deref());
        self.text(entry.table_access_method.as_deref());
        if version >= Version::V1_16 {
            self.int(entry.relkind);
        }
        self.text(entry.owner.as_deref());
        self.text(entry.with_oids.as_deref());
        for id in &entry.dependencies {
            self.decimal(id);
        }
        self.text(None);
        self.text(entry.file_name.as_deref());
    }
}
