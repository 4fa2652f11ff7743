//! All that can be told of a dump of ours: `metadata.json`, the archive's table of contents and the files against each other.

use std::collections::{BTreeMap, BTreeSet};
use std::fs::{self, File};
use std::io::{BufRead as _, BufReader};
use std::path::Path;

use anyhow::Context as _;
use pg_anon_core::archive::{Archive, Entry};
use pg_anon_core::metadata::{ArchiveFile, Metadata};

use super::{Content, DataFile, Findings, file_of, look_at, sums, unpack_and_check};
use crate::text::visible;
use crate::unpack::bare_name;

/// What the list of an archive's large objects is called, in a message and as the kind of its entry.
const LARGE_OBJECTS: &str = "BLOBS";

/// Checks everything, and gives all that is wrong.
pub(super) fn check(folder: &Path, metadata: &Metadata, threads: usize) -> anyhow::Result<Findings> {
    let (expected, mut problems) = sums::expected_files(metadata);
    problems.extend(sums::strange_files(folder, &expected)?);
    let archive = match read_archive(folder) {
        Ok(archive) => Some(archive),
        Err(problem) => {
            problems.push(problem);
            None
        }
    };
    let contents = archive.as_ref().map(|archive| Contents::of(archive, folder, metadata));
    if let (Some(archive), Some(contents)) = (&archive, &contents) {
        problems.extend(versions(archive, metadata));
        problems.extend(contents.problems.iter().cloned());
    }

    let mut present = Vec::new();
    for (name, _) in &expected {
        match sums::length_of(folder, name) {
            None => problems.push(format!("{} is missing", title(metadata, name))),
            Some(bytes) => {
                let columns = || contents.as_ref().and_then(|contents| contents.columns.get(name.as_str()).copied());
                let content = match metadata.files.get(*name) {
                    Some(table) => Content::Rows { table, columns: columns().flatten() },
                    None => Content::Any,
                };
                present.push(DataFile { name, bytes, content });
            }
        }
    }
    let found = look_at(present, threads, |file, counters| unpack_and_check(folder, file, counters))?;
    let mut findings = Findings { files: found.len(), ..Findings::default() };
    for (name, file) in &expected {
        let Some(found) = found.get(name.as_str()) else { continue };
        findings.rows += found.rows;
        findings.bytes += found.file.bytes;
        let mut wrong = against_sum(&found.file, file, name, &expected, metadata);
        wrong.extend(found.problems.iter().cloned());
        if !wrong.is_empty() {
            problems.push(format!("{}: {}", title(metadata, name), wrong.join("; ")));
        }
    }
    problems.sort();
    findings.problems = problems;
    Ok(findings)
}

/// What a message calls a file.
fn title(metadata: &Metadata, name: &str) -> String {
    match metadata.files.get(name) {
        Some(table) => file_of(name, table),
        None => visible(name).into_owned(),
    }
}

fn read_archive(folder: &Path) -> Result<Archive, String> {
    // What is missing is told by the check of all files.
    let content = fs::read(folder.join("toc.dat")).map_err(|error| format!("toc.dat: it cannot be read: {error}"))?;
    Archive::read(&content).map_err(|error| format!("toc.dat: {error}"))
}

/// What is wrong with a file's length and sum.
fn against_sum(
    found: &ArchiveFile,
    expected: &ArchiveFile,
    name: &str,
    files: &[(&String, ArchiveFile)],
    metadata: &Metadata,
) -> Vec<String> {
    let mut wrong = Vec::new();
    if found.bytes != expected.bytes {
        wrong.push(format!("it has {} bytes instead of {}", found.bytes, expected.bytes));
    }
    if found.sha256 != expected.sha256 {
        let other = files.iter().find(|(other, file)| other.as_str() != name && file == found);
        wrong.push(match other {
            Some((other, _)) => format!("it holds what belongs into {}", title(metadata, other)),
            None => "it has another SHA-256 than metadata.json says".to_owned(),
        });
    }
    wrong
}

/// `metadata.json` and the table of contents, which pg_dump began with the versions, must be of the same dump.
fn versions(archive: &Archive, metadata: &Metadata) -> Vec<String> {
    let first_word = |text: &Option<Vec<u8>>| {
        let text = String::from_utf8_lossy(text.as_deref().unwrap_or_default()).into_owned();
        text.split_whitespace().next().unwrap_or_default().to_owned()
    };
    let header = &archive.header;
    let pairs = [
        ("pg_version", &metadata.pg_version, first_word(&header.server_version)),
        ("pg_dump_version", &metadata.pg_dump_version, first_word(&header.dump_version)),
    ];
    let different = pairs.into_iter().filter(|(_, in_metadata, in_archive)| *in_metadata != in_archive);
    different
        .map(|(key, in_metadata, in_archive)| {
            format!("metadata.json: {key} is {}, and toc.dat is of {}", visible(in_metadata), visible(&in_archive))
        })
        .collect()
}

/// What the table of contents says of the data files.
struct Contents {
    problems: Vec<String>,
    /// How many columns the rows of a file have, by the name of the file.
    columns: BTreeMap<String, Option<usize>>,
}

impl Contents {
    fn of(archive: &Archive, folder: &Path, metadata: &Metadata) -> Contents {
        let mut contents = Contents { problems: Vec::new(), columns: BTreeMap::new() };
        // An entry names its file without the suffix of its compression.
        let mut by_bare_name: BTreeMap<&str, &str> = BTreeMap::new();
        for name in metadata.files.keys().chain(metadata.archive_files.keys()) {
            if let Some(other) = by_bare_name.insert(bare_name(name), name) {
                contents
                    .problem("metadata.json", format!("{} and {} are one file twice", visible(other), visible(name)));
            }
        }
        let utf8 = archive.entries.iter().any(|entry| {
            entry.is("ENCODING") && entry.definition.as_deref().is_some_and(|text| contains(text, b"'UTF8'"))
        });
        let mut named = BTreeSet::new();
        let mut lists_are_read = true;
        for entry in &archive.entries {
            let Some(bare) = entry.file_name.as_deref().filter(|name| !name.is_empty()) else { continue };
            let bare = String::from_utf8_lossy(bare);
            let Some(&name) = by_bare_name.get(bare.as_ref()) else {
                let entry = entry.name();
                contents.problem(
                    "toc.dat",
                    format!(
                        "{} has the data file {}, which metadata.json does not have",
                        visible(&entry),
                        visible(&bare)
                    ),
                );
                continue;
            };
            if !named.insert(name) {
                contents.problem("toc.dat", format!("two entries have the data file {}", visible(name)));
            }
            if entry.is("TABLE DATA") {
                contents.table(entry, name, metadata, utf8);
            } else if entry.is(LARGE_OBJECTS) {
                match large_objects(folder, name) {
                    Err(problem) => {
                        contents.problem(name, problem);
                        lists_are_read = false;
                    }
                    Ok(objects) => {
                        for object in objects {
                            match by_bare_name.get(object.as_str()) {
                                Some(file) => drop(named.insert(file)),
                                None => contents.problem(
                                    name,
                                    format!("it names {}, which metadata.json does not have", visible(&object)),
                                ),
                            }
                        }
                    }
                }
            }
        }
        for (bare, name) in by_bare_name {
            let is_data = bare.ends_with(".dat") && bare != "toc.dat" || bare.ends_with(".toc");
            let may_be_listed = !lists_are_read && bare.starts_with("blob_");
            if is_data && !may_be_listed && !named.contains(name) {
                contents.problem(&title(metadata, name), "no entry of toc.dat has this file");
            }
        }
        contents
    }

    fn problem(&mut self, file: &str, problem: impl Into<String>) {
        self.problems.push(format!("{file}: {}", problem.into()));
    }

    /// An entry with the rows of a table, and its file.
    fn table(&mut self, entry: &Entry, name: &str, metadata: &Metadata, utf8: bool) {
        let Some(file) = metadata.files.get(name) else {
            let entry = entry.name();
            return self.problem(name, format!("toc.dat says {}, and metadata.json names no table", visible(&entry)));
        };
        let same = |in_archive: &Option<Vec<u8>>, in_metadata: &str| {
            let in_archive = in_archive.as_deref().unwrap_or_default();
            // In other encodings only names in ASCII can be compared.
            !(utf8 || in_archive.is_ascii()) || in_archive == in_metadata.as_bytes()
        };
        if !same(&entry.namespace, &file.schema) || !same(&entry.tag, &file.table) {
            let entry = entry.name();
            self.problem(&file_of(name, file), format!("toc.dat says {}", visible(&entry)));
        }
        self.columns.insert(name.to_owned(), entry.copy_columns());
    }
}

fn contains(text: &[u8], part: &[u8]) -> bool {
    memchr::memmem::find(text, part).is_some()
}

/// The data files that a list of large objects names: `4711 blob_4711.dat` in each line.
fn large_objects(folder: &Path, name: &str) -> Result<Vec<String>, String> {
    let read = || -> anyhow::Result<Vec<String>> {
        let lines = BufReader::new(File::open(folder.join(name))?).split(b'\n');
        let mut names = Vec::new();
        for line in lines {
            let line = String::from_utf8_lossy(&line?).into_owned();
            let (number, file) = line.split_once(' ').context("a line of it is not a number and a name")?;
            anyhow::ensure!(
                number.parse::<u32>().is_ok() && file == format!("blob_{number}.dat"),
                "a line of it is not the number of a large object and its file"
            );
            names.push(file.to_owned());
        }
        Ok(names)
    };
    read().map_err(|error| format!("{error:#}"))
}
