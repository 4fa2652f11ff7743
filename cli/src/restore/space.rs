//! Whether the server's disk has room for the dump, where that can be known: when the server runs on this machine.

use std::path::Path;

use indicatif::HumanBytes;
use pg_anon_core::metadata::Metadata;

use crate::connection::Session;
use crate::error::Error;

/// Fails when the file system of the database has less room than the dumped tables took with their indexes. `freed`: what
/// the database takes now goes away first.
pub fn check(session: &Session, metadata: &Metadata, freed: bool) -> anyhow::Result<()> {
    if !session.is_local() {
        return Ok(());
    }
    // NULL for a role that may not see it.
    let row = session.query(include_str!("../../sql/data_folder.sql"), &[])?;
    let folder = row.text(0, 0);
    let Some(available) = available(Path::new(&*folder)) else { return Ok(()) };
    let freed = if freed { row.number::<u64>(0, 1)? } else { 0 };
    let needed = u64::try_from(metadata.total_tables_size).unwrap_or_default();
    log::debug!("{folder} has {} free", HumanBytes(available));
    if available.saturating_add(freed) >= needed {
        return Ok(());
    }
    Err(Error::Target(format!(
        "the dumped tables took {} with their indexes, and {folder} has {} free\n\
         HINT: --disable-checks restores nevertheless.",
        HumanBytes(needed),
        HumanBytes(available.saturating_add(freed))
    ))
    .into())
}

/// The space that is free for those who are not root. None: the folder is not to be seen from here.
fn available(folder: &Path) -> Option<u64> {
    let system = (!folder.as_os_str().is_empty()).then(|| rustix::fs::statvfs(folder).ok()).flatten()?;
    Some(system.f_bavail.saturating_mul(system.f_frsize))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_space_of_a_folder_is_known_and_of_none_is_not() {
        assert!(available(Path::new("/")).is_some());
        assert_eq!(available(Path::new("/no/such/folder")), None);
        assert_eq!(available(Path::new("")), None);
    }
}
