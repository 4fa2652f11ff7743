//! What the command line means: validated options. The only place where dictionary files and the environment are read.

mod create_dict;

use std::collections::BTreeMap;
use std::env;
use std::num::{NonZeroU64, NonZeroUsize};
use std::path::{Path, PathBuf, absolute};
use std::sync::Arc;
use std::thread::available_parallelism;

use anyhow::Context as _;
use pg_anon_core::dictionary::{self, Dictionary, NonSensitive};

use crate::args::{ConnectionArgs, DumpArgs, Format, InitArgs, LargeObjectMode, RestoreArgs, VerifyArgs};
use crate::compress::{Compression, Turns};
use crate::connection::{Prompt, Settings};
use crate::error::Error;
use crate::files::sha256;
use crate::key;
use crate::password::Secret;
use crate::pg_dump_options::PgDumpOptions;
use crate::pgcmd::Kind;
use crate::program_config::ProgramConfig;
use crate::restore::passed_options;
use crate::tables::{Lists, Patterns};

pub use create_dict::CreateDictOptions;

/// Options of `init`.
#[derive(Debug)]
pub struct InitOptions {
    /// Where to connect to.
    pub connection: Settings,
}

/// What of a database is dumped or restored.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Content {
    /// Structure and data.
    All,
    /// The structure alone.
    Structure,
    /// The data alone: rows, sequences' values, and on request large objects.
    Data,
}

impl Content {
    /// Whether the structure is part of it.
    pub fn has_structure(self) -> bool {
        self != Content::Data
    }

    /// Whether the data is part of it.
    pub fn has_data(self) -> bool {
        self != Content::Structure
    }

    /// The subcommand that dumps it, which `metadata.json` tells.
    pub fn dump_mode(self) -> &'static str {
        match self {
            Content::All => "dump",
            Content::Structure => "sync-struct-dump",
            Content::Data => "sync-data-dump",
        }
    }
}

/// A dump that is there to validate the dictionary.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Stage {
    /// The dictionary is checked and rows are read; nothing is written.
    Dictionary,
    /// Some rows of each table are dumped.
    Data,
    /// The same with the structure that they need.
    Full,
}

impl Stage {
    /// How many rows of a table are read, and the greatest value of a sequence.
    pub const LIMIT: u32 = 100;
}

/// Where a dump goes that is an SQL script.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ScriptOptions {
    /// Its file: an absolute path. None: stdout.
    pub file: Option<PathBuf>,
    /// How it is compressed.
    pub compress: Compression,
}

/// Options of `dump`, `sync-struct-dump` and `sync-data-dump`.
#[derive(Debug)]
pub struct DumpOptions {
    /// What is dumped.
    pub content: Content,
    /// Where to connect to.
    pub connection: Settings,
    /// Whether the dump is there to validate the dictionary.
    pub stage: Option<Stage>,
    /// Whether warnings about the dictionary are errors, and all columns have to be decided.
    pub strict: bool,
    /// The columns that are not sensitive, as JSON, for the server.
    pub non_sensitive_json: Option<String>,
    /// The merged dictionary.
    pub dictionary: Dictionary,
    /// The same as JSON, for the server.
    pub dictionary_json: String,
    /// Its files, joined by commas as they were given.
    pub dictionary_files: String,
    /// SHA-256 of each dictionary file, by absolute path.
    pub dictionary_hashes: BTreeMap<String, String>,
    /// Which tables are dumped.
    pub lists: Lists,
    /// Which objects are dumped, by pg_dump's patterns.
    pub patterns: Patterns,
    /// Where a script goes. None: the dump is an archive.
    pub script: Option<ScriptOptions>,
    /// The archive's folder: an absolute path.
    pub output_dir: PathBuf,
    /// Whether a dump that is in it is replaced.
    pub clear_output_dir: bool,
    /// How data files are compressed.
    pub compress: Compression,
    /// The least size of a part of a table, in bytes of the table. None: tables are not split.
    pub split_size: Option<NonZeroU64>,
    /// Connections that copy tables at the same time, at least 1.
    pub connections: usize,
    /// In whose turn data is compressed. None: all connections compress at the same time.
    pub turns: Option<Arc<Turns>>,
    /// What becomes of large objects.
    pub large_objects: LargeObjectMode,
    /// Whether rules that match nothing are warnings only.
    pub allow_unmatched_rules: bool,
    /// Schemas that rules find functions in, besides ours.
    pub rule_search_path: Option<String>,
    /// The key of masks that need one.
    pub key: Option<Secret>,
    /// Whether grants are left out.
    pub ignore_privileges: bool,
    /// Whether owners are left out.
    pub no_owner: bool,
    /// Whether comments are left out.
    pub no_comments: bool,
    /// How long a table's lock is waited for, as `lock_timeout` takes it. None: for ever.
    pub lock_wait_timeout: Option<String>,
    /// Where pg_dump is looked for.
    pub pg_dump: ProgramSearch,
    /// More arguments for pg_dump, harmless ones.
    pub pg_dump_arguments: Vec<String>,
}

/// Options of `restore`, `sync-struct-restore` and `sync-data-restore`.
#[derive(Debug)]
pub struct RestoreOptions {
    /// What is restored.
    pub content: Content,
    /// Where to connect to.
    pub connection: Settings,
    /// The dump's folder: an absolute path.
    pub input_dir: PathBuf,
    /// Which tables are restored.
    pub lists: Lists,
    /// Connections that restore at the same time, at least 1.
    pub connections: usize,
    /// What becomes of what the target has.
    pub replace: Replace,
    /// Whether versions and the space on the disk are not checked.
    pub disable_checks: bool,
    /// Whether sequences are set by the values in their columns.
    pub sequences_by_values: bool,
    /// Whether CHECK constraints that call the database's own functions are left out while data is loaded.
    pub drop_custom_checks: bool,
    /// Whether grants are left out.
    pub ignore_privileges: bool,
    /// Whether comments are left out.
    pub no_comments: bool,
    /// How long to wait for locks on tables that are replaced, as the setting `lock_timeout` takes it.
    pub lock_timeout: Option<String>,
    /// Where pg_restore is looked for.
    pub pg_restore: ProgramSearch,
    /// Further options of pg_restore.
    pub pg_restore_options: Vec<String>,
}

/// What a restore does about what its target has already.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Replace {
    /// It is an error.
    Nothing,
    /// What the dump holds is dropped, or its tables' rows are replaced.
    Objects,
    /// The database is made anew.
    Database {
        /// Whether sessions of others are ended.
        force: bool,
    },
}

/// Options of `verify`.
#[derive(Debug)]
pub struct VerifyOptions {
    /// The dump's folder: an absolute path.
    pub input_dir: PathBuf,
    /// Files that are read at the same time, at least 1.
    pub threads: usize,
}

/// Where an outer program is looked for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ProgramSearch {
    /// This file and no other.
    Explicit(PathBuf),
    /// What the file of `--config` names for the server's version. If it names nothing, as with `Path`.
    Configured(ProgramConfig, Vec<PathBuf>),
    /// The usual folders of PostgreSQL installations, then these.
    Path(Vec<PathBuf>),
}

/// The same, once the server's version is known.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ProgramPlace {
    /// This file and no other.
    File {
        /// The file.
        path: PathBuf,
        /// What names it: an option, or a place in the file of `--config`.
        by: String,
    },
    /// The usual folders of PostgreSQL installations, then these.
    Path(Vec<PathBuf>),
}

impl ProgramSearch {
    /// The configuration is read even when it is not needed, so that its errors are told.
    fn new(explicit: Option<PathBuf>, config: Option<PathBuf>) -> Result<ProgramSearch, Error> {
        let path = || env::split_paths(&env::var_os("PATH").unwrap_or_default()).collect();
        Ok(match (explicit.filter(|file| !file.as_os_str().is_empty()), program_config(config)?) {
            (Some(file), _) => ProgramSearch::Explicit(file),
            (None, Some(config)) => ProgramSearch::Configured(config, path()),
            (None, None) => ProgramSearch::Path(path()),
        })
    }

    /// Where to look for a program that is to work with a server of this major version.
    pub fn for_server(&self, kind: Kind, server: i32) -> Result<ProgramPlace, Error> {
        Ok(match self {
            ProgramSearch::Explicit(path) => ProgramPlace::File { path: path.clone(), by: kind.option().to_owned() },
            ProgramSearch::Configured(config, folders) => match config.program(kind, server)? {
                Some((path, by)) => ProgramPlace::File { path, by },
                None => ProgramPlace::Path(folders.clone()),
            },
            ProgramSearch::Path(folders) => ProgramPlace::Path(folders.clone()),
        })
    }
}

/// Reads the file of `--config`, if one is named.
pub fn program_config(file: Option<PathBuf>) -> Result<Option<ProgramConfig>, Error> {
    file.filter(|file| !file.as_os_str().is_empty()).map(|file| ProgramConfig::read(&file)).transpose()
}

impl InitOptions {
    /// Validates the options of `init`.
    pub fn new(args: InitArgs) -> anyhow::Result<InitOptions> {
        program_config(args.run.config)?;
        Ok(InitOptions { connection: connection(args.connection)? })
    }
}

impl DumpOptions {
    /// Validates the options of a dump and reads the dictionaries.
    pub fn new(args: DumpArgs, content: Content) -> anyhow::Result<DumpOptions> {
        let files: Vec<PathBuf> =
            args.prepared_sens_dict_file.into_iter().filter(|file| !file.as_os_str().is_empty()).collect();
        let first = files.first().ok_or_else(|| Error::Usage("--prepared-sens-dict-file names no file".into()))?;
        let given = |path: Option<PathBuf>| path.filter(|path| !path.as_os_str().is_empty());
        let (output_dir, file) = (given(args.output_dir), given(args.file));
        let script = match args.format {
            Format::Directory => None,
            Format::Plain => {
                if output_dir.is_some() || args.clear_output_dir {
                    return Err(Error::Usage(
                        "--output-dir and --clear-output-dir are for directories: a plain dump goes to the file of --file".into(),
                    )
                    .into());
                }
                if args.compress.is_some_and(|compress| compress.server_level().is_some()) {
                    return Err(
                        Error::Usage("--compress=server-gzip is for archives: use gzip for a script".into()).into()
                    );
                }
                let file = file.as_ref().filter(|file| file.as_os_str() != "-");
                let file = file.map(absolute).transpose().context("cannot tell the current folder")?;
                Some(ScriptOptions { file, compress: args.compress.unwrap_or(Compression::None) })
            }
        };
        let output_dir = match (output_dir, file) {
            _ if script.is_some() => PathBuf::from("/"),
            (Some(_), Some(_)) => {
                return Err(Error::Usage("--output-dir and --file both name the folder of the dump".into()).into());
            }
            (None, Some(file)) if file.as_os_str() == "-" => {
                return Err(
                    Error::Usage("an archive is a folder and cannot go to stdout: use --format=plain".into()).into()
                );
            }
            (Some(folder), None) | (None, Some(folder)) => folder,
            (None, None) => default_output_dir(first)?,
        };
        let mut dictionary_hashes = BTreeMap::new();
        let mut values = Vec::new();
        for file in &files {
            let name = file.display().to_string();
            let content = std::fs::read(file).with_context(|| format!("cannot read the dictionary {name}"))?;
            let path = absolute(file).unwrap_or_else(|_| file.clone());
            dictionary_hashes.insert(path.display().to_string(), sha256(&content));
            let value = dictionary::parse(&content).with_context(|| format!("cannot read the dictionary {name}"))?;
            if let Some(value) = value {
                values.push((name, value));
            }
        }
        let asked = PgDumpOptions::parse(&args.pg_dump_options.join(" "))?;
        let role = one_of("--role", args.role, asked.role)?;
        let lock_wait_timeout = one_of("--lock-wait-timeout", args.lock_wait_timeout, asked.lock_wait_timeout)?;
        let stage =
            match (args.dbg_stage_1_validate_dict, args.dbg_stage_2_validate_data, args.dbg_stage_3_validate_full) {
                (true, ..) => Some(Stage::Dictionary),
                (_, true, _) => Some(Stage::Data),
                (.., true) => Some(Stage::Full),
                _ => None,
            };
        let content = match (stage, content) {
            (Some(_), Content::Structure) => {
                return Err(Error::Usage("sync-struct-dump reads no rows that could be validated".into()).into());
            }
            (Some(Stage::Full), Content::Data) => {
                return Err(Error::Usage(
                    "--dbg-stage-3-validate-full dumps the structure too: use it with dump".into(),
                )
                .into());
            }
            (Some(Stage::Data), _) => Content::Data,
            (_, content) => content,
        };
        let non_sensitive_json = non_sensitive(&args.prepared_no_sens_dict_file)?;
        let dictionary = Dictionary::merge(values.iter().map(|(name, value)| (name.as_str(), value)))?;
        Ok(DumpOptions {
            content,
            lists: Lists::read(&args.tables)?,
            patterns: Patterns::new(&args.patterns)?,
            connection: connection(args.connection)?.with_role(role),
            stage,
            strict: args.strict,
            non_sensitive_json,
            dictionary_json: dictionary.to_value().to_string(),
            dictionary,
            dictionary_files: files.iter().map(|file| file.display().to_string()).collect::<Vec<_>>().join(","),
            dictionary_hashes,
            output_dir: absolute(&output_dir).context("cannot tell the current folder")?,
            clear_output_dir: args.clear_output_dir,
            // What pg_dump writes for a script is only read again.
            compress: if script.is_some() { Compression::None } else { args.compress.unwrap_or_default() },
            script,
            split_size: NonZeroU64::new(args.split_size << 20).filter(|_| stage.is_none()),
            connections: args.db_connections_per_process.into(),
            turns: turns(args.processes, args.db_connections_per_process),
            large_objects: args.large_objects,
            allow_unmatched_rules: args.allow_unmatched_rules,
            rule_search_path: args.rule_search_path.filter(|path| !path.trim().is_empty()),
            key: key::read(args.key_file)?,
            ignore_privileges: args.ignore_privileges || asked.no_privileges,
            no_owner: args.no_owner || asked.no_owner,
            no_comments: args.no_comments || asked.no_comments,
            lock_wait_timeout,
            pg_dump: ProgramSearch::new(args.pg_dump, args.run.config)?,
            pg_dump_arguments: asked.arguments,
        })
    }
}

/// Reads dictionary files. Gives the name of each, as it was given, and what is in it, without those that hold nothing.
pub fn read_dictionaries(files: &[PathBuf]) -> anyhow::Result<Vec<(String, serde_json::Value)>> {
    let mut values = Vec::new();
    for file in files.iter().filter(|file| !file.as_os_str().is_empty()) {
        let name = file.display().to_string();
        let content = std::fs::read(file).with_context(|| format!("cannot read the dictionary {name}"))?;
        let value = dictionary::parse(&content).with_context(|| format!("cannot read the dictionary {name}"))?;
        values.extend(value.map(|value| (name, value)));
    }
    Ok(values)
}

/// The merged dictionaries of columns that are not sensitive; nothing when there is none.
fn non_sensitive(files: &[PathBuf]) -> anyhow::Result<Option<String>> {
    let values = read_dictionaries(files)?;
    if values.is_empty() {
        return Ok(None);
    }
    let merged = NonSensitive::merge(values.iter().map(|(name, value)| (name.as_str(), value)))?;
    Ok(Some(merged.to_value().to_string()))
}

impl RestoreOptions {
    /// Validates the options of a restore.
    pub fn new(args: RestoreArgs, content: Content) -> anyhow::Result<RestoreOptions> {
        if !args.prepared_sens_dict_file.is_empty() {
            log::debug!("--prepared-sens-dict-file changes nothing: a restore masks no data");
        }
        let replace = match (args.clean_db, args.drop_db) {
            (_, true) => Replace::Database { force: args.force },
            (true, false) => Replace::Objects,
            (false, false) => Replace::Nothing,
        };
        if content == Content::Data && args.drop_db {
            return Err(Error::Usage(
                "--drop-db drops the structure that sync-data-restore needs\n\
                 HINT: --clean-db replaces the rows of the tables in the dump."
                    .into(),
            )
            .into());
        }
        let connections = args.db_connections_per_process.into();
        let pg_restore_options = passed_options::pg_restore(&args.pg_restore_options.unwrap_or_default(), connections)?;
        Ok(RestoreOptions {
            content,
            connection: connection(args.connection)?.with_role(args.role.filter(|role| !role.is_empty())),
            input_dir: absolute(&args.input_dir).map_err(|_| Error::Usage("--input-dir names no folder".into()))?,
            lists: Lists::read(&args.tables)?,
            connections,
            replace,
            disable_checks: args.disable_checks,
            sequences_by_values: args.seq_init_by_max_value,
            drop_custom_checks: args.drop_custom_check_constr,
            ignore_privileges: args.ignore_privileges,
            no_comments: args.no_comments,
            lock_timeout: args.lock_wait_timeout.filter(|time| !time.trim().is_empty()),
            pg_restore: ProgramSearch::new(args.pg_restore, args.run.config)?,
            pg_restore_options,
        })
    }
}

impl VerifyOptions {
    /// Validates the options of `verify`.
    pub fn new(args: VerifyArgs) -> anyhow::Result<VerifyOptions> {
        let folder = args.input_dir.or(args.dir).unwrap_or_default();
        Ok(VerifyOptions {
            input_dir: absolute(&folder).map_err(|_| Error::Usage("no folder is named".into()))?,
            threads: args.jobs.map_or_else(|| available_parallelism().map_or(1, NonZeroUsize::get), usize::from),
        })
    }
}

/// The Python tool compresses in threads of their own, `--processes` of them. Ours compress in the connections' threads.
fn turns(processes: Option<u16>, connections: u16) -> Option<Arc<Turns>> {
    let threads = processes?;
    if threads >= connections {
        log::debug!("--processes={threads} changes nothing: the {connections} connections compress what they copy");
        return None;
    }
    log::debug!("at most {threads} of {connections} connections compress at the same time");
    Some(Arc::new(Turns::new(threads.into())))
}

/// The value of an option that is given to us, or among pg_dump's options, or both times the same.
fn one_of(option: &str, ours: Option<String>, pg_dump_s: Option<String>) -> Result<Option<String>, Error> {
    match (ours.filter(|value| !value.is_empty()), pg_dump_s.filter(|value| !value.is_empty())) {
        (Some(ours), Some(other)) if ours != other => {
            Err(Error::Usage(format!("{option} and --pg-dump-options \"{option}\" say different things")))
        }
        (ours, other) => Ok(ours.or(other)),
    }
}

/// The dictionary's name without its suffix, in the current folder.
fn default_output_dir(dictionary: &Path) -> Result<PathBuf, Error> {
    let stem = dictionary.file_stem().map(PathBuf::from);
    stem.filter(|stem| Some(stem.as_os_str()) != dictionary.file_name()).ok_or_else(|| {
        Error::Usage(format!(
            "the dictionary {} has no suffix to make a folder's name from: give one with --output-dir",
            dictionary.display()
        ))
    })
}

/// Where to connect to. Errors: a file that is not there, a connection string that is none.
pub fn connection(args: ConnectionArgs) -> Result<Settings, Error> {
    let path = |option: &str, file: Option<PathBuf>| -> Result<String, Error> {
        let Some(file) = file.filter(|file| !file.as_os_str().is_empty()) else { return Ok(String::new()) };
        // libpq passes over a file that is not there in silence.
        if !file.is_file() {
            return Err(Error::Usage(format!("{option}: there is no file {}", file.display())));
        }
        let file = absolute(&file).unwrap_or(file);
        file.into_os_string().into_string().map_err(|_| Error::Usage(format!("{option}: the name is not UTF-8")))
    };
    let key = path("--db-ssl-key-file", args.db_ssl_key_file)?;
    let certificate = path("--db-ssl-cert-file", args.db_ssl_cert_file)?;
    let authority = path("--db-ssl-ca-file", args.db_ssl_ca_file)?;
    let sslmode = match (authority.is_empty(), certificate.is_empty() && key.is_empty()) {
        (false, _) => "verify-full",
        (true, false) => "require",
        (true, true) => "",
    };
    let name = args.db_name.as_ref().map_or("", |name| name.expose());
    let prompt = match (args.password, args.no_password) {
        (true, _) => Prompt::Always,
        (_, true) => Prompt::Never,
        _ => Prompt::IfNeeded,
    };
    let suffix = args.application_name_suffix.unwrap_or_default();
    let values = [
        ("host", args.db_host.unwrap_or_default()),
        ("port", args.db_port.unwrap_or_default()),
        ("user", args.db_user.unwrap_or_default()),
        ("password", args.db_user_password.map(|password| password.expose().to_owned()).unwrap_or_default()),
        ("passfile", path("--db-passfile", args.db_passfile)?),
        ("sslkey", key),
        ("sslcert", certificate),
        ("sslrootcert", authority),
        ("sslmode", sslmode.to_owned()),
        ("fallback_application_name", "pg_anon".to_owned()),
        ("application_name", if suffix.is_empty() { suffix } else { format!("pg_anon_{suffix}") }),
        ("dbname", if Settings::is_conninfo(name) { String::new() } else { name.to_owned() }),
    ];
    let mut settings = Settings::new(values.map(|(keyword, value)| (keyword.to_owned(), value)), prompt);
    if Settings::is_conninfo(name) {
        settings.add_conninfo(name)?;
    }
    Ok(settings)
}

#[cfg(test)]
mod tests {
    use clap::Parser as _;

    use super::*;
    use crate::args::{Arguments, Command};

    fn connection_of(options: &[&str]) -> Result<Settings, Error> {
        let arguments = Arguments::try_parse_from([&["pg_anon", "init"], options].concat()).unwrap();
        let Command::Init(init) = arguments.command else { panic!("not init") };
        connection(init.connection)
    }

    fn dump_of(options: &[&str]) -> anyhow::Result<DumpOptions> {
        let arguments = Arguments::try_parse_from([&["pg_anon", "dump"], options].concat()).unwrap();
        let Command::Dump(dump) = arguments.command else { panic!("not a dump") };
        DumpOptions::new(*dump, Content::All)
    }

    #[test]
    fn a_certificate_authority_makes_the_server_prove_its_name() {
        let file = tempfile::NamedTempFile::new().unwrap();
        let path = file.path().to_str().unwrap();
        let settings = connection_of(&["--db-ssl-ca-file", path]).unwrap();
        assert_eq!(settings.get("sslmode"), Some("verify-full"));
        assert_eq!(settings.get("sslrootcert"), Some(path));
        let settings = connection_of(&["--db-ssl-cert-file", path, "--db-ssl-key-file", path]).unwrap();
        assert_eq!(settings.get("sslmode"), Some("require"));
        assert_eq!(connection_of(&[]).unwrap().get("sslmode"), None);
    }

    #[test]
    fn options_that_are_given_empty_count_as_not_given() {
        let settings =
            connection_of(&["--db-host=", "--db-passfile=", "--db-user-password=", "--db-ssl-ca-file="]).unwrap();
        for keyword in ["host", "passfile", "password", "sslmode"] {
            assert_eq!(settings.get(keyword), None, "{keyword}");
        }
    }

    #[test]
    fn a_suffix_names_the_connections() {
        let settings = connection_of(&["--application-name-suffix", "nightly"]).unwrap();
        assert_eq!(settings.get("application_name"), Some("pg_anon_nightly"));
        assert_eq!(connection_of(&["--application-name-suffix="]).unwrap().get("application_name"), None);
    }

    #[test]
    fn a_program_that_an_option_names_wins_over_the_configuration() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("tools.yaml");
        std::fs::write(&file, "pg-utils-versions:\n  15: {pg_dump: /a/pg_dump, pg_restore: /a/pg_restore}\n").unwrap();
        let place = |explicit: &str, server| {
            let search = ProgramSearch::new(Some(explicit.into()), Some(file.clone())).unwrap();
            search.for_server(Kind::Dump, server).unwrap()
        };
        let found = |path: &str, by: String| ProgramPlace::File { path: path.into(), by };
        assert_eq!(place("/b/pg_dump", 15), found("/b/pg_dump", "--pg-dump".to_owned()));
        assert_eq!(place("", 15), found("/a/pg_dump", format!("{}, pg-utils-versions, 15", file.display())));
        assert!(matches!(place("", 16), ProgramPlace::Path(_)));
    }

    #[test]
    fn a_password_file_that_is_not_there_is_a_usage_error() {
        assert!(matches!(connection_of(&["--db-passfile", "/no/such/file"]), Err(Error::Usage(_))));
    }

    #[test]
    fn a_dump_goes_to_a_folder_named_after_the_first_dictionary() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("shop.py");
        std::fs::write(&file, "{}").unwrap();
        let options = dump_of(&["--prepared-sens-dict-file", file.to_str().unwrap()]).unwrap();
        assert_eq!(options.output_dir, env::current_dir().unwrap().join("shop"));
        assert!(matches!(default_output_dir(Path::new("/etc/shop")), Err(Error::Usage(_))));
    }

    #[test]
    fn a_dictionary_that_cannot_be_read_is_named() {
        let error = dump_of(&["--prepared-sens-dict-file", "/no/such/dictionary.py"]).unwrap_err();
        assert!(error.to_string().contains("/no/such/dictionary.py"), "{error}");
    }
}
