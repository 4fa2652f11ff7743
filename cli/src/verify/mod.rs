//! `pg_anon verify`, and what `restore` checks before it loads anything: a dump's files against `metadata.json` and against
//! each other, without a server.

mod archive;
pub mod python;
mod sums;
mod text;

use std::collections::BTreeMap;
use std::fs;
use std::io::Read as _;
use std::path::Path;
use std::sync::mpsc;
use std::time::Instant;

use anyhow::Context as _;
use indicatif::HumanBytes;
use pg_anon_core::copybinary::RowCounter;
use pg_anon_core::metadata::{ArchiveFile, Metadata, TableFile};

use crate::config::VerifyOptions;
use crate::error::Error;
use crate::interrupt;
use crate::manual;
use crate::progress::{Counters, Progress, count};
use crate::queue::Queue;
use crate::text::visible;
use crate::unpack::Unpacker;

pub use sums::{check_contents, check_files};

/// How much of a file's text is held in memory at once.
const PIECE: usize = 128 << 10;

/// How a dump lies in its folder.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Layout {
    /// An archive of pg_dump in directory format, with `metadata.json`.
    Archive,
    /// The Python tool's: two archives in custom format, and a file in COPY's binary format for each table.
    Python,
}

/// What a check of a dump's files found.
#[derive(Debug, Default)]
pub struct Findings {
    /// All that is wrong, a line each, each beginning with the file's name.
    pub problems: Vec<String>,
    /// Rows in all files.
    pub rows: u64,
    /// Files that were looked at.
    pub files: usize,
    /// Their length in bytes.
    pub bytes: u64,
}

/// Runs `pg_anon verify`.
pub fn run(options: &VerifyOptions) -> anyhow::Result<()> {
    let started = Instant::now();
    let folder = &options.input_dir;
    let (metadata, layout) = read_metadata(folder)?;
    let mut findings = match layout {
        Layout::Archive => archive::check(folder, &metadata, options.threads)?,
        Layout::Python => python::check(folder, &metadata, options.threads)?,
    };
    findings.problems.extend(total_rows(&metadata));
    findings.refuse(folder)?;
    let summary = format!(
        "The dump {} is whole{}\n  {}, {}, {} in {}, {:.1} s\n",
        folder.display(),
        match layout {
            Layout::Archive => "",
            Layout::Python => " as far as can be told: the Python tool keeps no sums",
        },
        count(metadata.table_count() as u64, "table"),
        count(findings.rows, "row"),
        HumanBytes(findings.bytes),
        count(findings.files as u64, "file"),
        started.elapsed().as_secs_f64()
    );
    manual::print(summary.as_bytes())
}

impl Findings {
    /// Fails with all that is wrong, if anything is.
    pub fn refuse(&self, folder: &Path) -> Result<(), Error> {
        if self.problems.is_empty() {
            return Ok(());
        }
        Err(Error::InputDir(format!("the dump {} is damaged:\n{}", folder.display(), self.problems.join("\n"))))
    }
}

/// What is wrong with the sum of all rows.
pub fn total_rows(metadata: &Metadata) -> Option<String> {
    let rows = metadata.files.values().map(|file| file.rows).fold(0, u64::saturating_add);
    (u64::try_from(metadata.total_rows) != Ok(rows)).then(|| {
        format!("metadata.json: it says {} rows for the whole, and {rows} for the files together", metadata.total_rows)
    })
}

/// Reads `metadata.json`, and tells how the dump lies in its folder.
pub fn read_metadata(folder: &Path) -> anyhow::Result<(Metadata, Layout)> {
    if !folder.is_dir() {
        return Err(Error::InputDir(format!("there is no folder {}", folder.display())).into());
    }
    let content = fs::read(folder.join("metadata.json")).map_err(|error| {
        Error::InputDir(format!(
            "{} is not a dump of pg_anon: metadata.json cannot be read ({error})\n\
             HINT: Archives of pg_dump itself are restored by pg_restore.",
            folder.display()
        ))
    })?;
    let metadata = Metadata::from_json(&content)?;
    if metadata.pg_version.is_empty() {
        let message = format!("{} is not a dump of pg_anon: metadata.json tells no version", folder.display());
        return Err(Error::InputDir(message).into());
    }
    let layout = match metadata.format.as_str() {
        "directory" => Layout::Archive,
        "" => Layout::Python,
        format => {
            return Err(Error::InputDir(format!(
                "{} is of the format \"{}\", which this version does not know",
                folder.display(),
                visible(format)
            ))
            .into());
        }
    };
    Ok((metadata, layout))
}

/// A file whose content is looked at.
struct DataFile<'a> {
    name: &'a str,
    /// Its length as far as it is known, for the order of the work.
    bytes: u64,
    /// What must be in it.
    content: Content<'a>,
}

/// What must be in a file.
enum Content<'a> {
    /// The rows of a table, in COPY's text format.
    Rows {
        table: &'a TableFile,
        /// How many columns each row has, if that is known.
        columns: Option<usize>,
    },
    /// The rows of a table, in COPY's binary format.
    BinaryRows(&'a TableFile),
    /// Anything, which must unpack.
    Any,
}

/// What was found in a file.
#[derive(Debug, Default)]
struct Found {
    problems: Vec<String>,
    rows: u64,
    file: ArchiveFile,
}

/// Looks at the content of files in several threads, and shows how far it is.
fn look_at<'a, T: Send>(
    files: Vec<DataFile<'a>>,
    threads: usize,
    look: impl Fn(&DataFile<'a>, &Counters) -> anyhow::Result<T> + Sync,
) -> anyhow::Result<BTreeMap<&'a str, T>> {
    let mut progress = Progress::new(files.len() as u64, files.iter().map(|file| file.bytes).sum()).of("files");
    let counters = Counters::default();
    let queue = Queue::new(files, |file| file.bytes);
    let threads = threads.min(queue.len());
    let (sender, receiver) = mpsc::channel();
    std::thread::scope(|scope| {
        for _ in 0..threads {
            let (sender, queue, counters, look) = (sender.clone(), &queue, &counters, &look);
            scope.spawn(move || {
                while let Some(file) = queue.next() {
                    let found = look(&file, counters);
                    let is_over = found.is_err();
                    if sender.send((file.name, found)).is_err() || is_over {
                        break;
                    }
                }
            });
        }
        drop(sender);
        let mut results = BTreeMap::new();
        loop {
            match receiver.recv_timeout(interrupt::INTERVAL) {
                // The other threads end with their sender, after the file that they have in hand.
                Ok((name, found)) => drop(results.insert(name, found?)),
                Err(mpsc::RecvTimeoutError::Timeout) => {}
                Err(mpsc::RecvTimeoutError::Disconnected) => return Ok(results),
            }
            interrupt::check()?;
            progress.show(&counters);
        }
    })
}

/// Reads a file to its end and checks what is in it. An error means that it could not be looked at.
fn unpack_and_check(folder: &Path, file: &DataFile<'_>, counters: &Counters) -> anyhow::Result<Found> {
    let mut progress = counters.begin(
        match &file.content {
            Content::Rows { table, .. } | Content::BinaryRows(table) => table.rows,
            Content::Any => 0,
        },
        file.bytes,
    );
    let mut unpacker = Unpacker::open(&folder.join(file.name))?;
    let mut scan = match &file.content {
        Content::Rows { columns, .. } => Scan::Text(text::CopyText::new(*columns)),
        Content::BinaryRows(_) => Scan::Binary(RowCounter::new(), None),
        Content::Any => Scan::Nothing,
    };
    let mut found = Found::default();
    let mut buffer = vec![0; PIECE];
    let mut is_whole = true;
    loop {
        interrupt::check()?;
        let read = match unpacker.read(&mut buffer) {
            Ok(0) => break,
            Ok(read) => read,
            Err(error) => {
                found.problems.push(unpacker.explain(&error));
                is_whole = false;
                break;
            }
        };
        scan.push(buffer.get(..read).unwrap_or_default());
        progress.advance(scan.rows(), read);
    }
    found.rows = scan.rows();
    // What a damaged file lacks in rows and marks follows from the damage.
    if is_whole {
        found.problems.extend(scan.problems());
        if let Content::Rows { table, .. } | Content::BinaryRows(table) = &file.content
            && table.rows != found.rows
        {
            found.problems.push(format!("it has {} rows, and metadata.json says {}", found.rows, table.rows));
        }
    }
    if let Some(name) = unpacker.original_name()
        && let Some(other) = python::other_file(file.name, name)
    {
        found.problems.push(format!("it was made as {other}"));
    }
    found.file = unpacker.finish(|| Ok(interrupt::check()?)).with_context(|| format!("cannot read {}", file.name))?;
    progress.finish(true);
    Ok(found)
}

/// What looks at a file's text.
enum Scan {
    Text(text::CopyText),
    Binary(RowCounter, Option<String>),
    Nothing,
}

impl Scan {
    fn push(&mut self, piece: &[u8]) {
        match self {
            Scan::Text(text) => text.push(piece),
            Scan::Binary(counter, problem @ None) => {
                *problem = counter.push(piece).err().map(|error| error.to_string())
            }
            Scan::Binary(_, Some(_)) | Scan::Nothing => {}
        }
    }

    fn rows(&self) -> u64 {
        match self {
            Scan::Text(text) => text.rows(),
            Scan::Binary(counter, _) => counter.rows(),
            Scan::Nothing => 0,
        }
    }

    fn problems(&self) -> Vec<String> {
        match self {
            Scan::Text(text) => text.problems(),
            Scan::Binary(counter, problem) => {
                let problem = problem.clone().or_else(|| counter.clone().finish().err().map(|error| error.to_string()));
                problem.into_iter().collect()
            }
            Scan::Nothing => Vec::new(),
        }
    }
}

/// What a message calls a table's file: its name, and the table.
fn file_of(name: &str, table: &TableFile) -> String {
    format!("{} (table {})", visible(name), visible(&format!("{}.{}", table.schema, table.table)))
}
