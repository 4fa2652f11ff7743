//! The options of `create-dict`.

use std::path::{Path, PathBuf, absolute};

use anyhow::Context as _;
use pg_anon_core::dictionary::{self, Dictionary};
use pg_anon_core::scan::MetaDictionary;
use serde_json::Value;

use super::{connection, program_config};
use crate::args::{CreateDictArgs, ScanMode};
use crate::connection::Settings;
use crate::error::Error;

/// Options of `create-dict`.
#[derive(Debug)]
pub struct CreateDictOptions {
    /// Where to connect to.
    pub connection: Settings,
    /// Connections that read tables at the same time, at least 1.
    pub connections: usize,
    /// The merged meta-dictionaries with the columns that are known not to be sensitive, as JSON, for the server.
    pub meta_json: String,
    /// The merged sensitive dictionaries of earlier scans.
    pub prepared: Dictionary,
    /// The same as JSON, for the server.
    pub prepared_json: String,
    /// Where the sensitive columns go: an absolute path.
    pub output_sensitive: PathBuf,
    /// Where the columns go that are not sensitive: an absolute path.
    pub output_non_sensitive: Option<PathBuf>,
    /// How much is read of each table.
    pub mode: ScanMode,
    /// The rows of a sample.
    pub sample_rows: i64,
    /// Whether a sensitive column that no prepared dictionary has fails the run.
    pub fail_on_new: bool,
}

impl CreateDictOptions {
    /// Validates the options of a scan and reads the dictionaries.
    pub fn new(args: CreateDictArgs) -> anyhow::Result<CreateDictOptions> {
        program_config(args.run.config)?;
        if let Some(processes) = args.processes {
            log::debug!("--processes={processes} changes nothing: values are looked at by the server");
        }
        let meta: Vec<_> = args.meta_dict_file.into_iter().chain(args.prepared_no_sens_dict_file).collect();
        let meta = read(&meta)?;
        let meta = MetaDictionary::merge(named(&meta))?;
        let prepared = read(&args.prepared_sens_dict_file)?;
        let prepared = Dictionary::merge(named(&prepared))?;
        let output_sensitive = output("--output-sens-dict-file", &args.output_sens_dict_file)?.ok_or_else(|| {
            Error::Usage("--output-sens-dict-file names no file for the dictionary that is made".into())
        })?;
        let output_non_sensitive = match &args.output_no_sens_dict_file {
            Some(file) => output("--output-no-sens-dict-file", file)?,
            None => None,
        };
        if output_non_sensitive.as_ref() == Some(&output_sensitive) {
            return Err(Error::Usage(
                "--output-sens-dict-file and --output-no-sens-dict-file name the same file".into(),
            )
            .into());
        }
        Ok(CreateDictOptions {
            connection: connection(args.connection)?,
            connections: args.db_connections_per_process.into(),
            meta_json: meta.to_value().to_string(),
            prepared_json: prepared.to_value().to_string(),
            prepared,
            output_sensitive,
            output_non_sensitive,
            mode: args.scan_mode,
            sample_rows: args.scan_partial_rows,
            fail_on_new: args.fail_on_new,
        })
    }
}

/// The files that have data, with their names.
fn read(files: &[PathBuf]) -> anyhow::Result<Vec<(String, Value)>> {
    let mut values = Vec::new();
    for file in files.iter().filter(|file| !file.as_os_str().is_empty()) {
        let name = file.display().to_string();
        let content = std::fs::read(file).with_context(|| format!("cannot read the dictionary {name}"))?;
        let value = dictionary::parse(&content).with_context(|| format!("cannot read the dictionary {name}"))?;
        values.extend(value.map(|value| (name, value)));
    }
    Ok(values)
}

fn named(values: &[(String, Value)]) -> impl Iterator<Item = (&str, &Value)> {
    values.iter().map(|(name, value)| (name.as_str(), value))
}

/// The file that an option names, behind the links that lead to it. None: it names none.
fn output(option: &str, file: &Path) -> anyhow::Result<Option<PathBuf>> {
    if file.as_os_str().is_empty() {
        return Ok(None);
    }
    if std::fs::metadata(file).is_ok_and(|found| !found.is_file()) || file.file_name().is_none() {
        return Err(Error::Usage(format!("{option}: {} is no file that can be replaced", file.display())).into());
    }
    let file = match std::fs::canonicalize(file) {
        Ok(file) => file,
        // Not there yet.
        Err(_) => absolute(file).context("cannot tell the current folder")?,
    };
    Ok(Some(file))
}
