//! Completion scripts and manual pages, made from the definition of the command line.

use std::io;
use std::path::Path;

use anyhow::Context as _;
use clap::CommandFactory as _;

use crate::args::Arguments;

/// Prints the completion script for a shell.
pub fn completions(shell: clap_complete::Shell) -> anyhow::Result<()> {
    let mut script = Vec::new();
    clap_complete::generate(shell, &mut Arguments::command(), "pg_anon", &mut script);
    print(&script)
}

/// Prints the manual page, or writes the pages of all commands to a folder.
pub fn pages(folder: Option<&Path>) -> anyhow::Result<()> {
    match folder {
        None => {
            let mut page = Vec::new();
            clap_mangen::Man::new(Arguments::command()).render(&mut page)?;
            print(&page)
        }
        Some(folder) => {
            std::fs::create_dir_all(folder).with_context(|| format!("cannot create {}", folder.display()))?;
            clap_mangen::generate_to(Arguments::command(), folder)
                .with_context(|| format!("cannot write manual pages to {}", folder.display()))
        }
    }
}

/// Writes a result to stdout. A reader that has seen enough is no failure.
pub fn print(result: &[u8]) -> anyhow::Result<()> {
    match io::Write::write_all(&mut io::stdout().lock(), result) {
        Err(error) if error.kind() == io::ErrorKind::BrokenPipe => Ok(()),
        other => other.context("cannot write to stdout"),
    }
}
