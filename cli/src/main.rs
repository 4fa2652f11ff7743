//! The companion binary of the extension pg_anon: it reads dictionary files, runs what the server tells it to over
//! several connections on one snapshot, and keeps files. What depends on the database is decided by the server.
//!
//! Exit status: 0 done, 1 failed, 2 wrong usage. Messages go to stderr, results to stdout.

mod args;
mod command_line;
mod compress;
mod config;
mod connection;
mod copy;
mod create_dict;
mod dump;
mod error;
mod files;
mod free_connections;
mod init;
mod interrupt;
mod key;
mod lock;
mod log_file;
mod logging;
mod manual;
mod password;
mod pg_dump_options;
mod pgcmd;
mod program_config;
mod progress;
mod queue;
mod record;
mod restore;
mod staging;
mod tables;
mod text;
mod unpack;
mod verify;
mod view;

use std::process::ExitCode;

use clap::{CommandFactory as _, FromArgMatches as _};

use args::{Arguments, Command, KeyCommand};
use config::Content;
use error::Error;

fn run() -> anyhow::Result<()> {
    let matches = command_line::parse(std::env::args_os()).unwrap_or_else(|error| error.exit());
    let arguments = Arguments::from_arg_matches(&matches).unwrap_or_else(|error| error.exit());
    if let Some(messages) = arguments.command.messages() {
        logging::start(messages, arguments.command.most_messages());
        interrupt::install()?;
        record::begin(&Arguments::command(), &matches)?;
    }
    match arguments.command {
        Command::Init(args) => init::run(&config::InitOptions::new(*args)?),
        Command::CreateDict(args) => create_dict::run(&config::CreateDictOptions::new(*args)?),
        Command::Dump(args) => dump::run(&config::DumpOptions::new(*args, Content::All)?),
        Command::SyncStructDump(args) => dump::run(&config::DumpOptions::new(*args, Content::Structure)?),
        Command::SyncDataDump(args) => dump::run(&config::DumpOptions::new(*args, Content::Data)?),
        Command::Restore(args) => restore::run(&config::RestoreOptions::new(*args, Content::All)?),
        Command::SyncStructRestore(args) => restore::run(&config::RestoreOptions::new(*args, Content::Structure)?),
        Command::SyncDataRestore(args) => restore::run(&config::RestoreOptions::new(*args, Content::Data)?),
        Command::Verify(args) => verify::run(&config::VerifyOptions::new(*args)?),
        Command::ViewFields(args) => view::fields(&view::FieldsOptions::new(*args)?),
        Command::ViewData(args) => view::data(&view::DataOptions::new(*args)?),
        Command::Key { command: KeyCommand::New { output_file } } => key::new(output_file.as_deref()),
        Command::Completions { shell } => manual::completions(shell),
        Command::Man { output_dir } => manual::pages(output_dir.as_deref()),
    }
}

fn main() -> ExitCode {
    let _end_at_panic = record::EndAtPanic;
    let result = run();
    if let Err(error) = &result {
        logging::report(error);
    }
    record::end(result.is_ok());
    match result {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => match error.downcast_ref() {
            Some(Error::Usage(_)) => ExitCode::from(2),
            _ => ExitCode::FAILURE,
        },
    }
}
