//! The log of a run: a file that gives way to a new one when it is full, so that no run fills the disk with it.

use std::fs::{self, File, OpenOptions};
use std::io::{self, Write as _};
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::{Path, PathBuf};

use log::Level;
use rustix::fs::OFlags;

use crate::text::visible_lines;

/// Bytes in a file before it gives way, as with the Python tool.
const FULL: u64 = 10 << 20;

/// How many full files are kept, as with the Python tool.
const KEPT: usize = 10;

/// The file that is written to, `logs.log`. Full ones are `logs.log.1`, the newest, to `logs.log.10`.
pub struct LogFile {
    path: PathBuf,
    file: File,
    bytes: u64,
    full: u64,
}

impl LogFile {
    /// Goes on with a file that is there.
    pub fn open(path: &Path) -> io::Result<LogFile> {
        LogFile::open_limited(path, FULL)
    }

    fn open_limited(path: &Path, full: u64) -> io::Result<LogFile> {
        let file = open(path)?;
        let bytes = file.metadata()?.len();
        Ok(LogFile { path: path.to_owned(), file, bytes, full })
    }

    /// Adds a message, in the Python tool's form.
    pub fn write(&mut self, level: Level, message: &str) -> io::Result<()> {
        let now = jiff::Zoned::now().strftime("%Y-%m-%d %H:%M:%S,%3f").to_string();
        let level = match level {
            Level::Warn => "WARNING",
            level => level.as_str(),
        };
        let line = format!("{now} - {level:>8} - {}\n", visible_lines(message));
        if self.bytes > 0 && self.bytes + line.len() as u64 > self.full {
            self.give_way()?;
        }
        self.file.write_all(line.as_bytes())?;
        self.bytes += line.len() as u64;
        Ok(())
    }

    fn give_way(&mut self) -> io::Result<()> {
        let kept = |number: usize| {
            let mut path = self.path.clone().into_os_string();
            path.push(format!(".{number}"));
            path
        };
        for number in (1..KEPT).rev() {
            match fs::rename(kept(number), kept(number + 1)) {
                Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
                _ => {}
            }
        }
        fs::rename(&self.path, kept(1))?;
        self.file = open(&self.path)?;
        self.bytes = 0;
        Ok(())
    }
}

/// Opens a file that only its owner can read, and no link to one.
fn open(path: &Path) -> io::Result<File> {
    let no_link = OFlags::NOFOLLOW.bits().cast_signed();
    OpenOptions::new().append(true).create(true).mode(0o600).custom_flags(no_link).open(path)
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt as _;

    use super::*;

    #[test]
    fn a_line_has_time_level_and_message_as_the_python_tool_writes_them() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("logs.log");
        let mut log = LogFile::open(&path).unwrap();
        log.write(Level::Info, "one").unwrap();
        log.write(Level::Warn, "two\nHINT: x\u{1b}").unwrap();
        let text = fs::read_to_string(&path).unwrap();
        let lines: Vec<&str> = text.lines().collect();
        // 2026-11-20 14:30:00,123
        let (time, rest) = lines[0].split_at(23);
        assert_eq!(rest, " -     INFO - one");
        let shape: String = time.chars().map(|c| if c.is_ascii_digit() { '9' } else { c }).collect();
        assert_eq!(shape, "9999-99-99 99:99:99,999");
        assert!(lines[1].ends_with(" -  WARNING - two"), "{text}");
        assert_eq!(lines[2], "HINT: x\\u{1b}");
        assert_eq!(fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
    }

    #[test]
    fn a_full_file_gives_way_and_only_so_many_are_kept() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("logs.log");
        let mut log = LogFile::open_limited(&path, 100).unwrap();
        for number in 0..40 {
            log.write(Level::Info, &format!("message {number}, of which two fit in a file")).unwrap();
        }
        let mut names: Vec<String> =
            fs::read_dir(folder.path()).unwrap().map(|file| file.unwrap().file_name().into_string().unwrap()).collect();
        names.sort();
        assert_eq!(names.len(), KEPT + 1, "{names:?}");
        assert!(fs::read_to_string(&path).unwrap().contains("message 39,"));
        for name in names {
            assert!(fs::metadata(folder.path().join(&name)).unwrap().len() <= 100, "{name}");
        }
        let newest = fs::read_to_string(folder.path().join("logs.log.1")).unwrap();
        assert!(newest.contains("message 38,") && !newest.contains("message 36,"), "{newest}");
    }

    #[test]
    fn a_log_is_continued_and_a_link_is_not_followed() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("logs.log");
        for text in ["one", "two"] {
            LogFile::open(&path).unwrap().write(Level::Info, text).unwrap();
        }
        assert_eq!(fs::read_to_string(&path).unwrap().lines().count(), 2);
        let link = folder.path().join("link");
        std::os::unix::fs::symlink(&path, &link).unwrap();
        assert!(LogFile::open(&link).is_err());
    }
}
