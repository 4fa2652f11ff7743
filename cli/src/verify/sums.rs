//! What `restore` checks of every dump before it loads anything: that all files are there, and that each has the length and
//! the SHA-256 that `metadata.json` says.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

use pg_anon_core::archive::Archive;
use pg_anon_core::metadata::{ArchiveFile, Metadata};

use super::file_of;
use crate::error::Error;
use crate::files;
use crate::interrupt;
use crate::progress::some_names;
use crate::queue::Queue;
use crate::staging::is_ours;
use crate::text::visible;

/// How many of the things that are wrong are shown.
const SHOWN: usize = 10;

/// Fails unless the folder holds exactly the files that `metadata.json` tells of, each with its length and sum.
pub fn check_files(folder: &Path, metadata: &Metadata, threads: usize) -> anyhow::Result<()> {
    let (expected, mut wrong) = expected_files(metadata);
    if let Some(wrong) = wrong.first() {
        return Err(Error::InputDir(wrong.clone()).into());
    }
    wrong.extend(strange_files(folder, &expected)?);
    for (name, file) in &expected {
        match length_of(folder, name) {
            None => wrong.push(format!("{name} is missing")),
            Some(length) if length != file.bytes => {
                wrong.push(format!("{name} has {length} bytes instead of {}", file.bytes));
            }
            Some(_) => {}
        }
    }
    if wrong.is_empty() {
        wrong = check_sums(folder, expected, threads)?;
    }
    if wrong.is_empty() {
        return Ok(());
    }
    Err(Error::InputDir(format!("the dump {} is damaged: {}", folder.display(), some_names(&wrong, SHOWN))).into())
}

/// The length of a file of the dump. None: there is no such file.
pub(super) fn length_of(folder: &Path, name: &str) -> Option<u64> {
    // A name that leads out of the folder, or to something else in it, is not one that we wrote.
    let metadata = is_ours(name).then(|| fs::symlink_metadata(folder.join(name)).ok()).flatten()?;
    metadata.is_file().then_some(metadata.len())
}

/// The files that `metadata.json` tells of, each with its length and sum, and what it does not tell.
pub(super) fn expected_files(metadata: &Metadata) -> (Vec<(&String, ArchiveFile)>, Vec<String>) {
    let mut expected = Vec::new();
    let mut wrong = Vec::new();
    for (name, file) in &metadata.files {
        match (file.bytes, file.sha256.clone()) {
            (Some(bytes), Some(sha256)) => expected.push((name, ArchiveFile { bytes, sha256 })),
            _ => wrong.push(format!("metadata.json has no sum of {}", file_of(name, file))),
        }
    }
    expected.extend(metadata.archive_files.iter().map(|(name, file)| (name, file.clone())));
    if !metadata.archive_files.contains_key("toc.dat") {
        wrong.push("metadata.json has no sum of toc.dat".to_owned());
    }
    (expected, wrong)
}

/// What is in the folder, of any kind, and `metadata.json` does not tell of.
pub(super) fn strange_files(folder: &Path, expected: &[(&String, ArchiveFile)]) -> anyhow::Result<Vec<String>> {
    let known: BTreeSet<&str> = expected.iter().map(|(name, _)| name.as_str()).collect();
    let names = files::list(folder)?.into_iter().map(|(name, _)| name);
    // pg_restore takes "1.dat" before the "1.dat.gz" whose sum was checked.
    let strange = names.filter(|name| name != "metadata.json" && !known.contains(name.as_str()));
    Ok(strange.map(|name| format!("{} does not belong to the dump", visible(&name))).collect())
}

/// The files whose sum is wrong.
fn check_sums(folder: &Path, expected: Vec<(&String, ArchiveFile)>, threads: usize) -> anyhow::Result<Vec<String>> {
    let queue = Queue::new(expected, |(_, file)| file.bytes);
    let threads = threads.min(queue.len());
    let check = || -> anyhow::Result<Vec<String>> {
        let mut wrong = Vec::new();
        while let Some((name, file)) = queue.next() {
            if files::measure(&folder.join(name), |_| Ok(interrupt::check()?))? != file {
                wrong.push(format!("{name} has another SHA-256 than metadata.json says"));
            }
        }
        Ok(wrong)
    };
    std::thread::scope(|scope| {
        let workers: Vec<_> = (0..threads).map(|_| scope.spawn(check)).collect();
        let mut wrong = Vec::new();
        for worker in workers {
            wrong.extend(worker.join().map_err(|_| anyhow::anyhow!("checking the sums failed"))??);
        }
        Ok(wrong)
    })
}

/// Fails unless each data entry of the archive has a file whose sum was checked.
pub fn check_contents(archive: &Archive, metadata: &Metadata) -> anyhow::Result<()> {
    for entry in &archive.entries {
        let Some(name) = entry.file_name.as_deref().filter(|name| !name.is_empty()) else { continue };
        let name = String::from_utf8_lossy(name);
        let known = ["", ".gz", ".lz4", ".zst"].iter().any(|suffix| {
            let name = format!("{name}{suffix}");
            metadata.files.contains_key(&name) || metadata.archive_files.contains_key(&name)
        });
        if !known {
            let message =
                format!("toc.dat names the data file {name} of {}, and metadata.json does not", visible(&entry.name()));
            return Err(Error::InputDir(message).into());
        }
    }
    Ok(())
}
