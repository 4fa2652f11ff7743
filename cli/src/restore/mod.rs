//! `pg_anon restore`: every file checked against its sum, pg_restore into an empty database, statistics.

mod list;
mod load;
mod statistics;
mod target;

use std::fs;
use std::time::Instant;

use anyhow::Context as _;
use indicatif::HumanBytes;
use pg_anon_core::archive::Archive;

use crate::config::RestoreOptions;
use crate::connection::{Session, Stop};
use crate::error::Error;
use crate::manual;
use crate::progress::count;
use crate::verify::{Layout, check_contents, check_files, read_metadata};

/// How many of pg_restore's errors, and of the objects that stand in the way, are shown.
const SHOWN: usize = 10;

/// Runs `pg_anon restore`.
pub fn run(options: &RestoreOptions) -> anyhow::Result<()> {
    let started = Instant::now();
    let folder = &options.input_dir;
    let (metadata, layout) = read_metadata(folder)?;
    if layout == Layout::Python {
        return Err(Error::InputDir(format!(
            "{} was dumped by the Python tool pg_anon 1.x, which this version cannot restore\n\
             HINT: Restore it with that tool.",
            folder.display()
        ))
        .into());
    }
    let stop = Stop::default();
    let session = Session::open_asking(&mut options.connection.clone(), stop.clone())?;
    let program = target::check_versions(&session, &metadata, options)?;
    target::check_empty(&session)?;
    log::info!("checking the files' sums");
    check_files(folder, &metadata, options.connections)?;
    let content = fs::read(folder.join("toc.dat")).context("cannot read toc.dat")?;
    let archive = Archive::read(&content).context("cannot read toc.dat")?;
    check_contents(&archive, &metadata)?;

    let list = list::entry_list(&session, &archive)?;
    log::info!(
        "{} {}, {} into database {}",
        program.path().display(),
        program.version,
        folder.display(),
        session.database()
    );
    let errors = load::run(&session, &program, &metadata, &list, options, &stop)?;
    if !errors.is_empty() {
        return Err(Error::Target(load::not_loaded(&errors, options.ignore_privileges)).into());
    }
    statistics::analyze(&session)?;
    let bytes = metadata.files.values().filter_map(|file| file.bytes).sum();
    let summary = format!(
        "Restored {} into database {}\n  {}, {}, {:.1} s\n",
        count(metadata.table_count() as u64, "table"),
        session.database(),
        count(u64::try_from(metadata.total_rows).unwrap_or_default(), "row"),
        HumanBytes(bytes),
        started.elapsed().as_secs_f64()
    );
    manual::print(summary.as_bytes())
}
