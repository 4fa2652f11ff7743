//! Files of a dump: written with their length and SHA-256 taken along, so that nothing is read twice.

use std::fs::{self, File, OpenOptions};
use std::io::{self, Read, Write};
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::Path;

use anyhow::Context as _;
use pg_anon_core::metadata::ArchiveFile;
use sha2::{Digest as _, Sha256};

/// SHA-256 of some bytes, in hex.
pub fn sha256(bytes: &[u8]) -> String {
    hex(&Sha256::digest(bytes))
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// A new file that only its owner can read.
pub fn create(path: &Path) -> io::Result<File> {
    OpenOptions::new().write(true).create_new(true).mode(0o600).open(path)
}

/// Writes a new file that only its owner can read, and waits until it is on the disk.
pub fn write(path: &Path, content: &[u8]) -> anyhow::Result<ArchiveFile> {
    let written = create(path).and_then(|mut file| {
        file.write_all(content)?;
        file.sync_all()
    });
    written.with_context(|| format!("cannot write {}", path.display()))?;
    Ok(ArchiveFile { bytes: content.len() as u64, sha256: sha256(content) })
}

/// Waits until a folder's list of files is on the disk.
pub fn sync_folder(path: &Path) -> anyhow::Result<()> {
    File::open(path).and_then(|folder| folder.sync_all()).with_context(|| format!("cannot sync {}", path.display()))
}

/// Length and SHA-256 of a file, read in pieces. `each` is called before each piece and may stop the reading.
pub fn measure(path: &Path, mut each: impl FnMut(u64) -> anyhow::Result<()>) -> anyhow::Result<ArchiveFile> {
    let mut file = File::open(path).with_context(|| format!("cannot open {}", path.display()))?;
    let mut hash = Sha256::new();
    let mut bytes = 0;
    let mut buffer = vec![0; 256 << 10];
    loop {
        let read = file.read(&mut buffer).with_context(|| format!("cannot read {}", path.display()))?;
        each(read as u64)?;
        if read == 0 {
            return Ok(ArchiveFile { bytes, sha256: hex(&hash.finalize()) });
        }
        hash.update(buffer.get(..read).unwrap_or_default());
        bytes += read as u64;
    }
}

/// A writer or reader that counts and hashes what goes through it.
pub struct Measured<W> {
    inner: W,
    hash: Sha256,
    bytes: u64,
}

impl<W> Measured<W> {
    /// Measures what is written to `inner`, or read from it, from now on.
    pub fn new(inner: W) -> Measured<W> {
        Measured { inner, hash: Sha256::new(), bytes: 0 }
    }

    /// What was measured so far.
    pub fn measured(&self) -> ArchiveFile {
        ArchiveFile { bytes: self.bytes, sha256: hex(&self.hash.clone().finalize()) }
    }

    /// The inner writer or reader, and what was measured.
    pub fn finish(self) -> (W, ArchiveFile) {
        let measured = self.measured();
        (self.inner, measured)
    }
}

impl<W: Write> Write for Measured<W> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let written = self.inner.write(bytes)?;
        self.hash.update(bytes.get(..written).unwrap_or_default());
        self.bytes += written as u64;
        Ok(written)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.inner.flush()
    }
}

/// The names of a folder's entries and whether each is a plain file (not a folder, not a link).
pub fn list(folder: &Path) -> anyhow::Result<Vec<(String, bool)>> {
    let read = || -> io::Result<Vec<(String, bool)>> {
        fs::read_dir(folder)?
            .map(|entry| {
                let entry = entry?;
                Ok((entry.file_name().to_string_lossy().into_owned(), entry.file_type()?.is_file()))
            })
            .collect()
    };
    read().with_context(|| format!("cannot read the folder {}", folder.display()))
}

impl<R: Read> Read for Measured<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let read = self.inner.read(buffer)?;
        self.hash.update(buffer.get(..read).unwrap_or_default());
        self.bytes += read as u64;
        Ok(read)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_written_measures_the_same_when_it_is_read() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("file");
        let mut file = Measured::new(create(&path).unwrap());
        for piece in [&b"abc"[..], &[7; 300_000], b""] {
            file.write_all(piece).unwrap();
        }
        let (_, written) = file.finish();
        assert_eq!(measure(&path, |_| Ok(())).unwrap(), written);
        assert_eq!(written.bytes, 300_003);
    }

    #[test]
    fn files_are_for_their_owner_only_and_never_replace_another() {
        use std::os::unix::fs::PermissionsExt as _;
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("file");
        write(&path, b"x").unwrap();
        assert_eq!(fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
        assert!(write(&path, b"y").is_err());
    }
}
