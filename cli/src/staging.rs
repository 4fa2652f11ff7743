//! The folder of a dump: filled beside its final name and renamed to it when it is whole. So a folder under the final
//! name is always a whole dump, and an older dump stays until the new one takes its place.

use std::ffi::OsStr;
use std::fs::{self, File, Permissions};
use std::os::unix::fs::{MetadataExt as _, PermissionsExt as _};
use std::path::{Path, PathBuf};

use anyhow::Context as _;
use rustix::fs::{CWD, FlockOperation, RenameFlags, flock, renameat_with};
use serde_json::Value;

use crate::error::Error;
use crate::files;

/// The file that lists the dumped tables as a tables dictionary. The Python tool's dumps have it too.
pub const DUMPED_TABLES: &str = "dumped_tables.py";

/// Where a dump goes, checked.
#[derive(Debug)]
pub struct Target {
    /// The final name: links resolved, in a folder that exists.
    path: PathBuf,
    parent: PathBuf,
    /// Whether a dump is there that is to be replaced.
    replaces: bool,
}

/// Whether a name is one of a file in a dump of ours: a pg_dump archive in directory format with its metadata.
pub fn is_ours(name: &str) -> bool {
    let data = [".gz", ".lz4", ".zst"].iter().find_map(|suffix| name.strip_suffix(suffix)).unwrap_or(name);
    let number = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    let numbered = |prefix: &str, suffix: &str| {
        data.strip_prefix(prefix).and_then(|rest| rest.strip_suffix(suffix)).is_some_and(number)
    };
    matches!(name, "toc.dat" | "metadata.json" | "blobs.toc" | DUMPED_TABLES)
        || numbered("", ".dat")
        || numbered("blob_", ".dat")
        || (numbered("blobs_", ".toc") && data == name)
}

/// Whether a name is one of a file in a dump of the Python tool's.
fn is_python(name: &str) -> bool {
    let data = name.strip_suffix(".gz").unwrap_or(name);
    let hash = |text: &str| text.len() == 32 && text.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'));
    matches!(
        name,
        "metadata.json"
            | "pre_data.backup"
            | "post_data.backup"
            | DUMPED_TABLES
            | "toc_pre_data_filtered.list"
            | "toc_post_data_filtered.list"
            | "toc_pre_data_retry.list"
            | "toc_post_data_retry.list"
    ) || data.strip_suffix(".bin").is_some_and(hash)
}

/// Fails unless a folder that is to be replaced holds a dump and nothing else.
fn check_is_dump(folder: &Path) -> anyhow::Result<()> {
    let refuse = |reason: String| {
        Error::OutputDir(format!(
            "--clear-output-dir: {} is not a dump of pg_anon's: {reason}; nothing was removed",
            folder.display()
        ))
    };
    let entries = files::list(folder)?;
    let has_metadata = entries.iter().any(|(name, _)| name == "metadata.json");
    for (name, is_file) in &entries {
        if !is_file || !(is_ours(name) || is_python(name)) {
            return Err(refuse(format!("there is {name:?}")).into());
        }
    }
    // An archive without our metadata, or a file of one, is somebody's own. The Python tool leaves halves of dumps.
    if !has_metadata && entries.iter().any(|(name, _)| !is_python(name)) {
        return Err(refuse("it has no metadata.json, as after a plain pg_dump".to_owned()).into());
    }
    if has_metadata {
        let content = fs::read(folder.join("metadata.json")).context("cannot read metadata.json")?;
        let known = serde_json::from_slice::<Value>(&content)
            .is_ok_and(|value| value.get("pg_dump_version").is_some() && value.get("created").is_some());
        if !known {
            return Err(refuse("its metadata.json is of another kind".to_owned()).into());
        }
    }
    Ok(())
}

impl Target {
    /// Checks, before any work is done, that a dump can go to `path`, and creates the folder that it goes into.
    pub fn new(path: &Path, clear: bool) -> anyhow::Result<Target> {
        // Links are followed, so that the folder that is meant is replaced and not the link.
        let path = match fs::canonicalize(path) {
            Ok(path) => path,
            Err(_) => {
                let name = path.file_name().ok_or_else(|| {
                    Error::OutputDir(format!("{} cannot be the name of a dump's folder", path.display()))
                })?;
                let parent = path.parent().unwrap_or(Path::new("/"));
                fs::create_dir_all(parent).with_context(|| format!("cannot create {}", parent.display()))?;
                let parent = fs::canonicalize(parent).with_context(|| format!("cannot use {}", parent.display()))?;
                parent.join(name)
            }
        };
        let Some(parent) = path.parent().map(Path::to_owned) else {
            return Err(Error::OutputDir("the root folder cannot be a dump's folder".into()).into());
        };
        let mut replaces = false;
        if let Ok(metadata) = fs::symlink_metadata(&path) {
            if !metadata.is_dir() {
                return Err(Error::OutputDir(format!("{} is not a folder", path.display())).into());
            }
            let above = fs::metadata(&parent).with_context(|| format!("cannot use {}", parent.display()))?;
            if above.dev() != metadata.dev() {
                return Err(Error::OutputDir(format!(
                    "{} is a mount point, which cannot be replaced by a finished dump in one step\n\
                     HINT: Name a folder in it: --output-dir {}/dump",
                    path.display(),
                    path.display()
                ))
                .into());
            }
            if !files::list(&path)?.is_empty() {
                if !clear {
                    return Err(Error::OutputDir(format!(
                        "the output folder {} is not empty\n\
                         HINT: --clear-output-dir replaces the dump in it, --output-dir names another folder.",
                        path.display()
                    ))
                    .into());
                }
                check_is_dump(&path)?;
                replaces = true;
            }
        }
        Ok(Target { path, parent, replaces })
    }

    /// What the names of staging folders begin with.
    fn prefix(&self) -> String {
        format!(".{}.pg_anon-", self.path.file_name().unwrap_or_default().to_string_lossy())
    }

    /// Removes the staging folders of runs that were killed: those that nobody holds a lock on.
    fn remove_stale(&self) -> anyhow::Result<()> {
        let prefix = self.prefix();
        for (name, _) in files::list(&self.parent)? {
            let path = self.parent.join(&name);
            let own = fs::symlink_metadata(&path)
                .is_ok_and(|metadata| metadata.is_dir() && metadata.uid() == rustix::process::getuid().as_raw());
            if !name.starts_with(&prefix) || !own {
                continue;
            }
            let Ok(folder) = File::open(&path) else { continue };
            if flock(&folder, FlockOperation::NonBlockingLockExclusive).is_ok() {
                log::info!("removing {}, left by a dump that was killed", path.display());
                // The pg_dump of that run may still be writing there. It ends soon: its snapshot is gone.
                if let Err(error) = fs::remove_dir_all(&path) {
                    log::warn!("cannot remove {}, which the next dump will try again: {error}", path.display());
                }
            }
        }
        Ok(())
    }

    /// Creates the folder in which the dump is made.
    pub fn stage(self) -> anyhow::Result<Staging> {
        self.remove_stale()?;
        for _ in 0..100 {
            let made = tempfile::Builder::new()
                .prefix(OsStr::new(&self.prefix()))
                .permissions(Permissions::from_mode(0o700))
                .tempdir_in(&self.parent)
                .with_context(|| format!("cannot create a folder in {}", self.parent.display()))?;
            let lock = File::open(made.path()).context("cannot open the staging folder")?;
            if flock(&lock, FlockOperation::NonBlockingLockExclusive).is_err() {
                // Somebody removes it just now as left over, or the file system has no locks: then nobody removes any.
                log::debug!("{} cannot be locked", made.path().display());
            }
            let same = fs::metadata(made.path()).ok().zip(lock.metadata().ok());
            if same.is_some_and(|(by_name, by_file)| by_name.ino() == by_file.ino()) {
                return Ok(Staging { target: self, folder: Some(made.keep()), _lock: lock });
            }
        }
        anyhow::bail!("cannot keep a staging folder in {}", self.parent.display())
    }
}

/// The folder in which a dump is made. It is removed unless the dump is [`Staging::publish`]ed.
#[derive(Debug)]
pub struct Staging {
    target: Target,
    /// None: published.
    folder: Option<PathBuf>,
    /// Held as long as the run lives, and told to no other program.
    _lock: File,
}

impl Staging {
    /// The folder.
    pub fn path(&self) -> &Path {
        self.folder.as_deref().unwrap_or(&self.target.path)
    }

    /// Gives the dump its final name in one step. A dump that was there before is removed afterwards.
    pub fn publish(mut self) -> anyhow::Result<PathBuf> {
        let Some(folder) = self.folder.clone() else { anyhow::bail!("the dump has its name already") };
        files::sync_folder(&folder)?;
        let target = self.target.path.clone();
        if self.target.replaces {
            // Somebody may have put a file there since.
            check_is_dump(&target)?;
            self.exchange(&folder, &target)?;
        } else {
            // Never replaces a folder that is not empty.
            fs::rename(&folder, &target).map_err(|error| {
                Error::OutputDir(format!("cannot give the dump its name {}: {error}", target.display()))
            })?;
            self.folder = None;
        }
        files::sync_folder(&self.target.parent)?;
        Ok(target)
    }

    /// Puts the new dump in the place of the old one, and removes the old one.
    fn exchange(&mut self, folder: &Path, target: &Path) -> anyhow::Result<()> {
        let old = match renameat_with(CWD, folder, CWD, target, RenameFlags::EXCHANGE) {
            Ok(()) => folder.to_owned(),
            Err(rustix::io::Errno::INVAL | rustix::io::Errno::NOSYS | rustix::io::Errno::NOTSUP) => {
                // This file system cannot exchange. For a moment there is no folder under the name; a run that is killed
                // in it leaves the old dump under a name that nothing removes.
                let name = target.file_name().unwrap_or_default().to_string_lossy();
                let old = self.target.parent.join(format!(".{name}.pg_anon_previous-{}", std::process::id()));
                fs::rename(target, &old).with_context(|| format!("cannot move {} away", target.display()))?;
                if let Err(error) = fs::rename(folder, target) {
                    let _ = fs::rename(&old, target);
                    return Err(error).with_context(|| format!("cannot give the dump its name {}", target.display()));
                }
                old
            }
            Err(error) => {
                return Err(error).with_context(|| format!("cannot give the dump its name {}", target.display()));
            }
        };
        self.folder = None;
        if let Err(error) = remove_dump(&old) {
            log::warn!("the new dump is whole, and the old one is left in {}: {error:#}", old.display());
        }
        Ok(())
    }
}

/// Removes a dump: the files that it consists of, and then the folder, which must be empty.
fn remove_dump(folder: &Path) -> anyhow::Result<()> {
    check_is_dump(folder)?;
    for (name, _) in files::list(folder)? {
        fs::remove_file(folder.join(&name)).with_context(|| format!("cannot remove {name}"))?;
    }
    fs::remove_dir(folder).with_context(|| format!("cannot remove {}", folder.display()))
}

impl Drop for Staging {
    fn drop(&mut self) {
        if let Some(folder) = self.folder.take()
            && let Err(error) = fs::remove_dir_all(&folder)
        {
            log::warn!("cannot remove {}: {error}", folder.display());
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const METADATA: &str = r#"{"created": "01/02/2026 10:00:00", "pg_dump_version": "15.20"}"#;

    fn names(folder: &Path) -> Vec<String> {
        let mut names: Vec<_> = files::list(folder).unwrap().into_iter().map(|entry| entry.0).collect();
        names.sort();
        names
    }

    fn dump(folder: &Path, files: &[&str]) -> PathBuf {
        let path = folder.join("dump");
        fs::create_dir(&path).unwrap();
        for name in files {
            fs::write(path.join(name), if *name == "metadata.json" { METADATA } else { "old" }).unwrap();
        }
        path
    }

    #[test]
    fn a_dump_appears_under_its_name_only_when_it_is_published() {
        let home = tempfile::tempdir().unwrap();
        let staging = Target::new(&home.path().join("deep/er/dump"), false).unwrap().stage().unwrap();
        let parent = home.path().join("deep/er");
        fs::write(staging.path().join("toc.dat"), "new").unwrap();
        assert!(!parent.join("dump").exists());
        assert_eq!(fs::metadata(staging.path()).unwrap().permissions().mode() & 0o777, 0o700);
        staging.publish().unwrap();
        assert_eq!(names(&parent), ["dump"]);
        assert_eq!(names(&parent.join("dump")), ["toc.dat"]);
    }

    #[test]
    fn a_dump_that_fails_leaves_nothing_behind() {
        let home = tempfile::tempdir().unwrap();
        let staging = Target::new(&home.path().join("dump"), false).unwrap().stage().unwrap();
        fs::write(staging.path().join("toc.dat"), "new").unwrap();
        drop(staging);
        assert!(names(home.path()).is_empty());
    }

    #[test]
    fn a_folder_that_is_not_empty_is_refused() {
        let home = tempfile::tempdir().unwrap();
        let path = dump(home.path(), &["toc.dat", "metadata.json"]);
        let error = Target::new(&path, false).unwrap_err();
        assert!(error.to_string().contains("not empty"), "{error}");
    }

    #[test]
    fn an_older_dump_is_replaced_in_one_step_and_stays_when_the_new_one_fails() {
        let home = tempfile::tempdir().unwrap();
        let path = dump(
            home.path(),
            &["toc.dat", "metadata.json", "12.dat.gz", "13.dat.zst", "14.dat.lz4", "blobs_3.toc", "blob_7.dat"],
        );
        drop(Target::new(&path, true).unwrap().stage().unwrap());
        assert_eq!(names(&path).len(), 7);
        let staging = Target::new(&path, true).unwrap().stage().unwrap();
        fs::write(staging.path().join("toc.dat"), "new").unwrap();
        staging.publish().unwrap();
        assert_eq!(names(home.path()), ["dump"]);
        assert_eq!(names(&path), ["toc.dat"]);
    }

    #[test]
    fn a_dump_of_the_python_tool_can_be_replaced() {
        let home = tempfile::tempdir().unwrap();
        let hash = "0123456789abcdef0123456789abcdef.bin.gz";
        let path =
            dump(home.path(), &["metadata.json", "pre_data.backup", "post_data.backup", "dumped_tables.py", hash]);
        Target::new(&path, true).unwrap();
    }

    #[test]
    fn clearing_refuses_a_folder_that_holds_anything_else() {
        for strange in ["notes.txt", "backup.sql", "1.dat.bak", "x.json", "12.dat.bz2", "a.bin.gz"] {
            let home = tempfile::tempdir().unwrap();
            let path = dump(home.path(), &["toc.dat", "metadata.json", strange]);
            let error = Target::new(&path, true).unwrap_err();
            assert!(error.to_string().contains(strange), "{error}");
            assert_eq!(names(&path).len(), 3);
        }
    }

    #[test]
    fn clearing_refuses_folders_and_links_whatever_their_names() {
        let home = tempfile::tempdir().unwrap();
        let path = dump(home.path(), &["toc.dat", "metadata.json"]);
        fs::create_dir(path.join("1.dat")).unwrap();
        assert!(Target::new(&path, true).is_err());
        fs::remove_dir(path.join("1.dat")).unwrap();
        std::os::unix::fs::symlink("/etc/passwd", path.join("1.dat")).unwrap();
        assert!(Target::new(&path, true).is_err());
    }

    #[test]
    fn clearing_refuses_a_plain_pg_dump_archive() {
        let home = tempfile::tempdir().unwrap();
        let path = dump(home.path(), &["toc.dat", "1.dat.gz"]);
        assert!(Target::new(&path, true).is_err());
        fs::write(path.join("metadata.json"), "{\"name\": \"somebody else's\"}").unwrap();
        assert!(Target::new(&path, true).is_err());
    }

    #[test]
    fn files_named_as_those_of_a_dump_were_somebody_s_own_and_were_removed() {
        for own in
            [&["1.dat"][..], &["2024.dat.gz", "2025.dat.gz"], &["blobs.toc"], &["blob_1.dat", "dumped_tables.py"]]
        {
            let home = tempfile::tempdir().unwrap();
            let path = dump(home.path(), own);
            let error = Target::new(&path, true).unwrap_err();
            assert!(error.to_string().contains("no metadata.json"), "{error}");
            assert_eq!(names(&path), own);
        }
    }

    #[test]
    fn the_half_of_a_dump_that_the_python_tool_leaves_can_be_replaced() {
        let home = tempfile::tempdir().unwrap();
        let hash = "0123456789abcdef0123456789abcdef.bin";
        Target::new(&dump(home.path(), &["pre_data.backup", hash]), true).unwrap();
    }

    #[test]
    fn a_file_put_into_the_old_dump_meanwhile_stops_the_exchange() {
        let home = tempfile::tempdir().unwrap();
        let path = dump(home.path(), &["toc.dat", "metadata.json"]);
        let staging = Target::new(&path, true).unwrap().stage().unwrap();
        fs::write(path.join("notes.txt"), "mine").unwrap();
        assert!(staging.publish().is_err());
        assert_eq!(names(home.path()), ["dump"]);
        assert!(path.join("notes.txt").exists());
    }

    #[test]
    fn what_a_killed_run_left_is_removed_and_what_runs_is_not() {
        let home = tempfile::tempdir().unwrap();
        let path = home.path().join("dump");
        let running = Target::new(&path, false).unwrap().stage().unwrap();
        let stale = home.path().join(".dump.pg_anon-abc123");
        fs::create_dir(&stale).unwrap();
        fs::write(stale.join("1.dat.gz"), "half").unwrap();
        let other = home.path().join(".other.pg_anon-abc123");
        fs::create_dir(&other).unwrap();
        let second = Target::new(&path, false).unwrap().stage().unwrap();
        assert!(!stale.exists());
        assert!(other.exists());
        assert!(running.path().exists() && second.path().exists());
    }

    #[test]
    fn a_link_to_a_folder_is_followed() {
        let home = tempfile::tempdir().unwrap();
        fs::create_dir(home.path().join("real")).unwrap();
        std::os::unix::fs::symlink(home.path().join("real"), home.path().join("link")).unwrap();
        let staging = Target::new(&home.path().join("link"), false).unwrap().stage().unwrap();
        fs::write(staging.path().join("toc.dat"), "new").unwrap();
        staging.publish().unwrap();
        assert_eq!(names(&home.path().join("real")), ["toc.dat"]);
        assert!(fs::symlink_metadata(home.path().join("link")).unwrap().is_symlink());
    }

    #[test]
    fn a_file_under_the_name_is_refused() {
        let home = tempfile::tempdir().unwrap();
        fs::write(home.path().join("dump"), "x").unwrap();
        assert!(Target::new(&home.path().join("dump"), true).is_err());
    }
}
