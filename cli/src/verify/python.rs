//! What can be told of a dump that the Python tool made. It keeps no sums: a gzip file's own checksums, the ends of the
//! binary data, the numbers of rows and the archives' own form must do.

use std::fs;
use std::path::{Component, Path};

use pg_anon_core::archive::{Archive, ArchiveError};
use pg_anon_core::metadata::Metadata;

use super::{Content, DataFile, Findings, file_of, look_at, unpack_and_check};
use crate::files;
use crate::text::visible;

/// The archive with the structure that is made before the data.
pub const PRE_DATA: &str = "pre_data.backup";
/// The archive with the structure that is made after the data.
pub const POST_DATA: &str = "post_data.backup";

/// Checks the files, and gives all that is wrong.
pub fn check(folder: &Path, metadata: &Metadata, threads: usize) -> anyhow::Result<Findings> {
    let mut problems = Vec::new();
    let mut findings = Findings::default();
    let is_there = |name: &str| folder.join(name).is_file();
    for name in [PRE_DATA, POST_DATA].into_iter().filter(|name| is_there(name)) {
        findings.files += 1;
        findings.bytes += fs::metadata(folder.join(name)).map_or(0, |metadata| metadata.len());
        match read_structure(folder, name) {
            // Archives of pg_dump 11 and older are for pg_restore to judge.
            Ok(_) | Err(Unreadable::TooOld) => {}
            Err(Unreadable::Because(problem)) => problems.push(format!("{name}: {problem}")),
        }
    }
    // Stage 3 of a validation makes the first one only, a dump of data neither.
    if is_there(POST_DATA) && !is_there(PRE_DATA) {
        problems.push(format!("{PRE_DATA} is missing"));
    }
    if is_there(PRE_DATA) && !is_there(POST_DATA) && !metadata.dbg_stage_3_validate_full {
        problems.push(format!("{POST_DATA} is missing"));
    }
    if metadata.files.is_empty() && !is_there(PRE_DATA) {
        problems.push(format!("{PRE_DATA} is missing, and there is no data either"));
    }
    for (name, _) in files::list(folder)? {
        if name.ends_with(".bin.gz") && !metadata.files.contains_key(&name) {
            problems.push(format!("{} does not belong to the dump", visible(&name)));
        }
    }
    let mut present = Vec::new();
    for (name, table) in &metadata.files {
        let length = is_file_name(name).then(|| fs::symlink_metadata(folder.join(name)).ok()).flatten();
        match length.filter(fs::Metadata::is_file) {
            None => problems.push(format!("{} is missing", file_of(name, table))),
            Some(file) => present.push(DataFile { name, bytes: file.len(), content: Content::BinaryRows(table) }),
        }
    }
    let found = look_at(present, threads, |file, counters| unpack_and_check(folder, file, counters))?;
    for (name, found) in found {
        findings.files += 1;
        findings.rows += found.rows;
        findings.bytes += found.file.bytes;
        if let (Some(table), false) = (metadata.files.get(name), found.problems.is_empty()) {
            problems.push(format!("{}: {}", file_of(name, table), found.problems.join("; ")));
        }
    }
    problems.sort();
    findings.problems = problems;
    Ok(findings)
}

/// Whether a name is one of a file in the folder itself.
fn is_file_name(name: &str) -> bool {
    let mut parts = Path::new(name).components();
    matches!((parts.next(), parts.next()), (Some(Component::Normal(part)), None) if part == name)
}

/// Why an archive of structure could not be read.
#[derive(Debug)]
pub enum Unreadable {
    /// It is of pg_dump 11 or older.
    TooOld,
    /// It is damaged.
    Because(String),
}

/// Reads an archive of structure.
pub fn read_structure(folder: &Path, name: &str) -> Result<Archive, Unreadable> {
    let content =
        fs::read(folder.join(name)).map_err(|error| Unreadable::Because(format!("cannot be read: {error}")))?;
    Archive::read_custom_structure(&content).map_err(|error| match error {
        ArchiveError::UnsupportedVersion { major: 1, minor: ..14 } => Unreadable::TooOld,
        error => Unreadable::Because(error.to_string()),
    })
}

/// The file that a data file's gzip header says it was made as, when that is another table's.
pub(super) fn other_file(name: &str, original: &[u8]) -> Option<String> {
    let hash = |name: &str| {
        let hash = name.strip_suffix(".bin")?;
        let is_hash = hash.len() == 32 && hash.bytes().all(|byte| byte.is_ascii_hexdigit());
        is_hash.then(|| hash.to_owned())
    };
    let own = hash(name.strip_suffix(".gz")?)?;
    let original = hash(std::str::from_utf8(original).ok()?)?;
    (own != original).then(|| format!("{original}.bin.gz"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_under_another_table_s_name_is_known_by_its_header() {
        let (one, two) = ("0123456789abcdef0123456789abcdef", "ffffffffffffffffffffffffffffffff");
        let other =
            |name: &str, original: &str| other_file(&format!("{name}.bin.gz"), format!("{original}.bin").as_bytes());
        assert_eq!(other(one, one), None);
        assert_eq!(other(one, two), Some(format!("{two}.bin.gz")));
        // Made by other hands: its name says nothing.
        assert_eq!(other(one, "customers"), None);
        assert_eq!(other("customers", two), None);
        assert_eq!(other_file("1.dat.gz", b""), None);
    }

    #[test]
    fn names_that_lead_out_of_the_folder_are_none() {
        assert!(is_file_name("ff.bin.gz"));
        for name in ["", ".", "..", "/etc/passwd", "a/b", "../x", "a/", "./a"] {
            assert!(!is_file_name(name), "{name}");
        }
    }
}
