//! The key of keyed masks: where it comes from, how the server gets it, and `pg_anon key new`.
//!
//! It is read from a file or from the environment, never from the command line. To the server it goes as a parameter, hidden
//! under random bytes that the server has given before: a server that logs statements logs their parameters too, but no
//! results. It is in no statement, no file of a dump, no message and no environment of another program.

use std::env;
use std::fs::{self, File};
use std::io::Write as _;
use std::os::unix::fs::{OpenOptionsExt as _, PermissionsExt as _};
use std::path::{Path, PathBuf};
use std::str::FromStr as _;

use anyhow::Context as _;
use pg_anon_core::mask::key::{self, Key};

use crate::connection::Session;
use crate::error::Error;
use crate::manual;
use crate::password::Secret;

/// The environment variable that holds a key.
pub const VARIABLE: &str = "PG_ANON_KEY";

/// The key of a run: that of the file, or of the environment. None: there is none, and masks that need one will say so.
///
/// # Errors
/// The file cannot be read, or what is there is no key. The message does not show it.
pub fn read(file: Option<PathBuf>) -> anyhow::Result<Option<Secret>> {
    if let Some(file) = file.filter(|file| !file.as_os_str().is_empty()) {
        let text = fs::read(&file).with_context(|| format!("cannot read the key from {}", file.display()))?;
        let mode = fs::metadata(&file).map_or(0, |metadata| metadata.permissions().mode());
        if mode & 0o077 != 0 {
            log::warn!("others may read the key in {} (chmod 600 keeps it from them)", file.display());
        }
        return checked(&text, &file.display().to_string()).map(Some);
    }
    match env::var_os(VARIABLE).filter(|value| !value.is_empty()) {
        Some(value) => checked(value.as_encoded_bytes(), VARIABLE).map(Some),
        None => Ok(None),
    }
}

/// A key without the white space around it, such as the line's end.
fn checked(text: &[u8], place: &str) -> anyhow::Result<Secret> {
    let text = text.trim_ascii();
    Key::new(text).map_err(|error| {
        let hint = error.hint.as_deref().unwrap_or_default();
        Error::Usage(format!("the key in {place} cannot be used: {error}\nHINT: {hint}"))
    })?;
    let text = std::str::from_utf8(text).context("a key has only characters of ASCII")?;
    Ok(Secret::from_str(text)?)
}

/// Gives the server the key for this session.
pub fn hand_over(session: &Session, key: Option<&Secret>) -> anyhow::Result<()> {
    let Some(key) = key else { return Ok(()) };
    let rows = session.query("SELECT pg_catalog.encode(anon_funcs.key_pad(), 'hex')", &[])?;
    let pad = rows.text(0, 0);
    let hidden: Option<String> = (0..key.expose().len())
        .zip(key.expose().bytes())
        .map(|(at, byte)| {
            let digits = pad.get(2 * at..2 * at + 2)?;
            Some(format!("{:02x}", byte ^ u8::from_str_radix(digits, 16).ok()?))
        })
        .collect();
    let hidden = hidden.context("the server gave nothing to hide the key under")?;
    session.query("SELECT anon_funcs.take_key(pg_catalog.decode($1, 'hex'))", &[Some(&hidden)])?;
    Ok(())
}

/// Runs `pg_anon key new`: prints a new key, or writes it to a file that only its owner can read.
pub fn new(output_file: Option<&Path>) -> anyhow::Result<()> {
    let mut line = key::generate(&mut rand::rng());
    line.push('\n');
    let Some(path) = output_file else { return manual::print(line.as_bytes()) };
    // Never over a file that is there: it may be the key of all dumps so far.
    let mut file: File = File::options()
        .write(true)
        .create_new(true)
        .mode(0o600)
        .open(path)
        .with_context(|| format!("cannot make the key file {}", path.display()))?;
    file.write_all(line.as_bytes())
        .and_then(|()| file.sync_all())
        .with_context(|| format!("cannot write the key file {}", path.display()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_file_may_end_with_a_line_end() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("key");
        new(Some(&path)).unwrap();
        assert_eq!(fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
        let key = read(Some(path.clone())).unwrap().unwrap();
        assert_eq!(format!("{}\n", key.expose()), fs::read_to_string(&path).unwrap());
        assert!(new(Some(&path)).is_err(), "a key is never overwritten");
    }

    #[test]
    fn what_is_no_key_is_refused_without_being_shown() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("key");
        fs::write(&path, "hush hush").unwrap();
        let error = format!("{:#}", read(Some(path)).unwrap_err());
        assert!(error.contains("cannot be used") && !error.contains("hush"), "{error}");
        assert!(read(Some(folder.path().join("missing"))).is_err());
    }
}
