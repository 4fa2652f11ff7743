//! The SQL script that a plain dump is: to a file, which gets its name when it is whole, or to stdout, where a script that
//! cannot be finished gets an end at which psql fails.

use std::fs::{File, OpenOptions};
use std::io::{self, IsTerminal as _};
use std::os::fd::AsFd as _;
use std::path::PathBuf;

use anyhow::Context as _;

use crate::compress::{Compression, Packer};
use crate::config::ScriptOptions;
use crate::error::Error;
use crate::files;

/// How much is put together before it is written.
const BUFFER: usize = 256 << 10;

/// More columns than a table can have (`MaxHeapAttributeNumber` is 1600): a row of them fails in every COPY.
const TOO_MANY_COLUMNS: usize = 1601;

/// Where in the script the next byte goes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Place {
    /// Between two statements.
    BetweenStatements,
    /// Among the rows of a COPY.
    AmongRows,
}

/// A script while it is written.
pub(super) struct Script {
    packer: Packer,
    buffer: Vec<u8>,
    place: Place,
    bytes: u64,
    /// The key with which psql lets no commands of its own be run, once that is written.
    restrict_key: Option<Vec<u8>>,
    target: Target,
}

/// Where a script goes.
enum Target {
    /// Stdout, a pipe, a device: what is written cannot be taken back.
    Stream,
    /// A file, which has another name until it is whole.
    File { temporary: tempfile::TempPath, path: PathBuf },
}

impl Script {
    /// Opens stdout, or a file beside the one that is to be written.
    pub(super) fn open(options: &ScriptOptions) -> anyhow::Result<Script> {
        let (file, target) = match &options.file {
            None => {
                if io::stdout().is_terminal() && options.compress != Compression::None {
                    return Err(Error::Usage(
                        "a compressed script is not for a terminal: name a file with --file".into(),
                    )
                    .into());
                }
                let stdout = io::stdout().as_fd().try_clone_to_owned().context("cannot use stdout")?;
                (File::from(stdout), Target::Stream)
            }
            Some(path) => open_file(path.clone())?,
        };
        Ok(Script {
            packer: Packer::new(file, options.compress, None)?,
            buffer: Vec::with_capacity(BUFFER),
            place: Place::BetweenStatements,
            bytes: 0,
            restrict_key: None,
            target,
        })
    }

    /// Whether it goes to stdout, a pipe or a device.
    pub(super) fn is_stream(&self) -> bool {
        matches!(self.target, Target::Stream)
    }

    /// Adds whole statements.
    pub(super) fn statements(&mut self, text: &[u8]) -> anyhow::Result<()> {
        self.place = Place::BetweenStatements;
        if self.restrict_key.is_none() {
            let line = text.split(|&byte| byte == b'\n').find_map(|line| line.strip_prefix(b"\\restrict "));
            self.restrict_key = line.map(<[u8]>::to_vec);
        }
        self.write(text).context("cannot write the script")
    }

    /// Adds statements of which the last is a COPY whose rows follow.
    pub(super) fn statements_before_rows(&mut self, text: &[u8]) -> anyhow::Result<()> {
        self.statements(text)?;
        self.place = Place::AmongRows;
        Ok(())
    }

    /// Adds rows, or pieces of them.
    pub(super) fn rows(&mut self, text: &[u8]) -> io::Result<()> {
        self.write(text)
    }

    fn write(&mut self, text: &[u8]) -> io::Result<()> {
        self.bytes += text.len() as u64;
        self.buffer.extend_from_slice(text);
        if self.buffer.len() >= BUFFER { self.flush() } else { Ok(()) }
    }

    fn flush(&mut self) -> io::Result<()> {
        let written = self.packer.write(&self.buffer);
        self.buffer.clear();
        written
    }

    /// Writes what is left; a file gets its name. Gives the length of the script, before it was compressed.
    pub(super) fn finish(mut self) -> anyhow::Result<u64> {
        self.flush().context("cannot write the script")?;
        let (file, _) = self.packer.finish().context("cannot write the script")?;
        if let Target::File { temporary, path } = self.target {
            file.sync_all().context("cannot sync the script")?;
            let shown = path.display().to_string();
            temporary.persist(&path).map_err(|error| {
                Error::OutputDir(format!("cannot give the script its name {shown}: {}", error.error))
            })?;
            if let Some(folder) = path.parent() {
                files::sync_folder(folder)?;
            }
        }
        Ok(self.bytes)
    }

    /// Gives a script that cannot be finished an end at which psql fails, with rows that are there already undone. A file
    /// is removed.
    pub(super) fn break_off(mut self) {
        if !self.is_stream() {
            return;
        }
        let end = broken_end(self.place, self.restrict_key.as_deref());
        // Whoever reads it may be gone: then there is nobody to be warned.
        let written = self.write(&end).and_then(|()| self.flush()).and_then(|()| self.packer.finish().map(drop));
        if let Err(error) = written {
            log::debug!("the script's end cannot be written: {error}");
        }
    }
}

/// An end that makes psql fail and say why, whatever stands before it.
fn broken_end(place: Place, restrict_key: Option<&[u8]>) -> Vec<u8> {
    let mut end = b"\n".to_vec();
    if place == Place::AmongRows {
        end.extend(std::iter::repeat_n(b'\t', TOO_MANY_COLUMNS));
        end.extend_from_slice(b"\n\\.\n");
    }
    if let Some(key) = restrict_key {
        end.extend_from_slice(b"\\unrestrict ");
        end.extend_from_slice(key);
        end.push(b'\n');
    }
    // Else psql would end with status 0 after an error.
    end.extend_from_slice(
        b"\\set ON_ERROR_STOP on\nSELECT 'this dump is not whole: pg_anon failed'::pg_catalog.int4;\n",
    );
    end
}

/// Opens a file beside the one of this name, or what stands there when it cannot be replaced: a pipe, a device.
fn open_file(path: PathBuf) -> anyhow::Result<(File, Target)> {
    let path = std::fs::canonicalize(&path).unwrap_or(path);
    let shown = path.display().to_string();
    match std::fs::metadata(&path) {
        Ok(metadata) if metadata.is_dir() => {
            return Err(Error::OutputDir(format!("{shown} is a folder, and a plain dump is a file")).into());
        }
        Ok(metadata) if !metadata.is_file() => {
            let file = OpenOptions::new().write(true).open(&path).with_context(|| format!("cannot open {shown}"))?;
            return Ok((file, Target::Stream));
        }
        _ => {}
    }
    let (Some(folder), Some(name)) = (path.parent(), path.file_name()) else {
        return Err(Error::OutputDir(format!("{shown} cannot be the name of a file")).into());
    };
    // Only its owner may read it.
    let made = tempfile::Builder::new()
        .prefix(&format!(".{}.pg_anon-", name.to_string_lossy()))
        .tempfile_in(folder)
        .with_context(|| format!("cannot create a file in {}", folder.display()))?;
    let (file, temporary) = made.into_parts();
    Ok((file, Target::File { temporary, path }))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_broken_end_fails_in_rows_and_between_statements_and_under_a_key() {
        let end = String::from_utf8(broken_end(Place::AmongRows, Some(b"KEY"))).unwrap();
        let lines: Vec<&str> = end.lines().collect();
        assert_eq!(lines[1].matches('\t').count(), TOO_MANY_COLUMNS);
        assert_eq!(lines[2..5], ["\\.", "\\unrestrict KEY", "\\set ON_ERROR_STOP on"]);
        let end = String::from_utf8(broken_end(Place::BetweenStatements, None)).unwrap();
        assert!(end.starts_with("\n\\set ON_ERROR_STOP on\nSELECT "), "{end}");
    }
}
