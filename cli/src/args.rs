//! The command line as it was typed. What it means is decided in [`crate::config`].

use std::path::PathBuf;

use clap::builder::{OsStringValueParser, TypedValueParser};
use clap::{ArgAction, Args, Parser, Subcommand, ValueEnum};

use crate::compress::Compression;
use crate::password::Secret;

/// Takes a file's name. An empty one is taken too: scripts write `--db-passfile=$FILE` whether they have one or not.
fn path() -> impl TypedValueParser<Value = PathBuf> {
    OsStringValueParser::new().map(PathBuf::from)
}

/// Mask personal data inside PostgreSQL and dump it as an ordinary pg_dump archive
#[derive(Debug, Parser)]
#[command(
    name = "pg_anon",
    version,
    propagate_version = true,
    infer_long_args = true,
    args_override_self = true,
    disable_help_flag = true,
    disable_help_subcommand = true,
    arg_required_else_help = true,
    max_term_width = 110,
    after_help = "Connection settings that are not given are taken from libpq's environment variables, service file and \
                  password file, as with psql.\nLong options may be abbreviated. --mode COMMAND stands for COMMAND.\nExit \
                  status: 0 done, 1 failed, 2 wrong usage."
)]
pub struct Arguments {
    /// What to do.
    #[command(subcommand)]
    pub command: Command,

    /// Show this help
    #[arg(long, action = ArgAction::Help, global = true, help_heading = "Other")]
    pub help: Option<bool>,
}

/// The subcommands.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Install the extension pg_anon in a database, or bring it up to date
    Init(Box<InitArgs>),
    /// Find the sensitive columns of a database and write dictionaries of them
    CreateDict(Box<CreateDictArgs>),
    /// Dump a database with the data of its sensitive columns masked
    Dump(Box<DumpArgs>),
    /// Dump the structure of a database alone
    SyncStructDump(Box<DumpArgs>),
    /// Dump the masked data alone, for a database that has the structure
    SyncDataDump(Box<DumpArgs>),
    /// Restore a dump into an empty database
    Restore(Box<RestoreArgs>),
    /// Restore the structure of a dump alone into an empty database
    SyncStructRestore(Box<RestoreArgs>),
    /// Restore the data of a dump alone into a database that has the structure
    SyncDataRestore(Box<RestoreArgs>),
    /// Check the files of a dump, without a server
    Verify(Box<VerifyArgs>),
    /// Show what a dump will do with each column
    ViewFields(Box<ViewFieldsArgs>),
    /// Show some rows of a table as a dump will write them
    ViewData(Box<ViewDataArgs>),
    /// Make a key for masks that need one
    Key {
        /// What to do.
        #[command(subcommand)]
        command: KeyCommand,
    },
    /// Print the completion script for a shell
    Completions {
        /// The shell.
        shell: clap_complete::Shell,
    },
    /// Print the manual page, or write the pages of all commands to a folder
    Man {
        /// Folder for the pages pg_anon.1, pg_anon-dump.1 and so on
        #[arg(long, value_name = "DIR", value_parser = path())]
        output_dir: Option<PathBuf>,
    },
}

impl Command {
    /// What is said on stderr, for the commands that say something.
    pub fn messages(&self) -> Option<&MessageArgs> {
        match self {
            Command::Init(args) => Some(&args.messages),
            Command::CreateDict(args) => Some(&args.messages),
            Command::Dump(args) | Command::SyncStructDump(args) | Command::SyncDataDump(args) => Some(&args.messages),
            Command::Restore(args) | Command::SyncStructRestore(args) | Command::SyncDataRestore(args) => {
                Some(&args.messages)
            }
            Command::Verify(args) => Some(&args.messages),
            Command::ViewFields(args) => Some(&args.view.messages),
            Command::ViewData(args) => Some(&args.view.messages),
            Command::Key { .. } | Command::Completions { .. } | Command::Man { .. } => None,
        }
    }
}

impl Command {
    /// The least level of messages that can be asked for: who looks at a result wants to see that and warnings.
    pub fn most_messages(&self) -> log::LevelFilter {
        match self {
            Command::ViewFields(_) | Command::ViewData(_) => log::LevelFilter::Warn,
            _ => log::LevelFilter::Debug,
        }
    }
}

/// What is done with keys.
#[derive(Debug, Subcommand)]
pub enum KeyCommand {
    /// Print a new key, or write it to a file that only you can read
    New {
        /// File to write the key to; one that is there is never overwritten
        #[arg(long, value_name = "FILE", value_parser = path())]
        output_file: Option<PathBuf>,
    },
}

/// Where to connect to and as whom.
#[derive(Debug, Args)]
#[command(next_help_heading = "Connection")]
pub struct ConnectionArgs {
    /// Server host, or folder of its socket
    #[arg(short = 'h', long, visible_alias = "host", value_name = "HOST")]
    pub db_host: Option<String>,
    /// Server port
    #[arg(short = 'p', long, visible_alias = "port", value_name = "PORT")]
    pub db_port: Option<String>,
    /// Database name, connection string or URI; what a string or URI says wins over the other options
    #[arg(short = 'd', long, visible_alias = "dbname", value_name = "NAME|CONNINFO|URI")]
    pub db_name: Option<Secret>,
    /// User name
    #[arg(short = 'U', long, visible_alias = "username", value_name = "USER")]
    pub db_user: Option<String>,
    /// Password; others can see it in the list of processes: PGPASSWORD or a password file is better
    #[arg(long, value_name = "PASSWORD", conflicts_with_all = ["password", "no_password"])]
    pub db_user_password: Option<Secret>,
    /// Password file in place of ~/.pgpass
    #[arg(long, value_name = "FILE", value_parser = path())]
    pub db_passfile: Option<PathBuf>,
    /// Key of the client's certificate
    #[arg(long, value_name = "FILE", value_parser = path())]
    pub db_ssl_key_file: Option<PathBuf>,
    /// The client's certificate
    #[arg(long, value_name = "FILE", value_parser = path())]
    pub db_ssl_cert_file: Option<PathBuf>,
    /// Certificate authority; the server's certificate and its host name are then verified
    #[arg(long, value_name = "FILE", value_parser = path())]
    pub db_ssl_ca_file: Option<PathBuf>,
    /// Never ask for a password
    #[arg(short = 'w', long)]
    pub no_password: bool,
    /// Ask for a password before connecting
    #[arg(short = 'W', long, conflicts_with = "no_password")]
    pub password: bool,
    /// Name all connections pg_anon_SUFFIX, those of pg_dump and pg_restore as well
    #[arg(long, value_name = "SUFFIX")]
    pub application_name_suffix: Option<String>,
}

/// Options of every run that works on a database.
#[derive(Debug, Args)]
#[command(next_help_heading = "Run")]
pub struct RunArgs {
    /// YAML file with the pg_dump and pg_restore to use by the server's major version; --pg-dump and --pg-restore win
    #[arg(long, value_name = "FILE", value_parser = path())]
    pub config: Option<PathBuf>,
    /// Name of this run's record, which is then kept in pg_anon_runs [default with PG_ANON_HOME: a random UUID]
    #[arg(long, value_name = "ID")]
    pub internal_operation_id: Option<String>,
}

/// What is said on stderr.
#[derive(Debug, Args)]
#[command(next_help_heading = "Messages")]
pub struct MessageArgs {
    /// Least level of messages
    #[arg(long, value_enum, value_name = "LEVEL", default_value_t = Verbosity::Info)]
    pub verbose: Verbosity,
    /// Say all that is done; the same as --verbose=debug
    #[arg(long)]
    pub debug: bool,
}

/// Least level of messages.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Verbosity {
    /// Each step and each outer command.
    Debug,
    /// Progress and warnings.
    Info,
    /// Errors only.
    Error,
}

/// Options of `init`.
#[derive(Debug, Args)]
pub struct InitArgs {
    #[command(flatten)]
    pub connection: ConnectionArgs,
    #[command(flatten)]
    pub run: RunArgs,
    #[command(flatten)]
    pub messages: MessageArgs,
}

/// Options of `create-dict`.
#[derive(Debug, Args)]
pub struct CreateDictArgs {
    /// Meta-dictionaries, which say what is sensitive; a comma between two files [default: the built-in detectors decide]
    #[arg(long, value_name = "FILE[,FILE...]", value_delimiter = ',', value_parser = path())]
    pub meta_dict_file: Vec<PathBuf>,
    /// Dictionaries of sensitive columns that are known; their rules are kept
    #[arg(long, value_name = "FILE[,FILE...]", value_delimiter = ',', value_parser = path())]
    pub prepared_sens_dict_file: Vec<PathBuf>,
    /// Dictionaries of columns that are known not to be sensitive
    #[arg(long, value_name = "FILE[,FILE...]", value_delimiter = ',', value_parser = path())]
    pub prepared_no_sens_dict_file: Vec<PathBuf>,
    /// File for the dictionary of sensitive columns, which dump takes
    #[arg(long, value_name = "FILE", value_parser = path())]
    pub output_sens_dict_file: PathBuf,
    /// File for the dictionary of columns that are not sensitive, which dump takes for --strict
    #[arg(long, value_name = "FILE", value_parser = path())]
    pub output_no_sens_dict_file: Option<PathBuf>,
    /// How much is read: a sample of each table, every row, or nothing but names
    #[arg(long, value_enum, value_name = "MODE", default_value_t = ScanMode::Partial)]
    pub scan_mode: ScanMode,
    /// Rows of a table's sample
    #[arg(long, value_name = "N", default_value_t = 10_000, value_parser = clap::value_parser!(i64).range(1..))]
    pub scan_partial_rows: i64,
    /// Exit with status 1 when a sensitive column is found that is in no prepared dictionary
    #[arg(long)]
    pub fail_on_new: bool,
    /// Connections that read tables at the same time
    #[arg(short = 'j', long, visible_alias = "jobs", value_name = "N", default_value_t = 4, value_parser = clap::value_parser!(u16).range(1..=1000))]
    pub db_connections_per_process: u16,
    /// Taken because the Python tool takes it; the server looks at the values
    #[arg(long, value_name = "N", hide = true, value_parser = clap::value_parser!(u16).range(1..=1000))]
    pub processes: Option<u16>,
    /// Keep copies of the dictionaries in the run's record
    #[arg(long)]
    pub save_dicts: bool,
    #[command(flatten)]
    pub connection: ConnectionArgs,
    #[command(flatten)]
    pub run: RunArgs,
    #[command(flatten)]
    pub messages: MessageArgs,
}

/// How much a scan reads of each table.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum ScanMode {
    /// A sample of its rows.
    Partial,
    /// Every row.
    Full,
    /// Nothing: names and types decide.
    Names,
}

/// Which tables are dumped or restored.
#[derive(Debug, Default, Args)]
pub struct TablesArgs {
    /// Tables dictionaries of the only tables that are wanted; a comma between two files
    #[arg(long, value_name = "FILE[,FILE...]", value_delimiter = ',', value_parser = path())]
    pub partial_tables_dict_file: Vec<PathBuf>,
    /// Tables dictionaries of the tables that are not wanted; they win
    #[arg(long, value_name = "FILE[,FILE...]", value_delimiter = ',', value_parser = path())]
    pub partial_tables_exclude_dict_file: Vec<PathBuf>,
}

/// Which objects are dumped, by pg_dump's patterns.
#[derive(Debug, Default, Args)]
pub struct PatternArgs {
    /// Only the schemas that match, as with pg_dump; can be repeated
    #[arg(short = 'n', long, value_name = "PATTERN")]
    pub schema: Vec<String>,
    /// Not the schemas that match; can be repeated
    #[arg(short = 'N', long, value_name = "PATTERN")]
    pub exclude_schema: Vec<String>,
    /// Only the tables, views and sequences that match, as with pg_dump; can be repeated
    #[arg(short = 't', long, value_name = "PATTERN")]
    pub table: Vec<String>,
    /// Not the tables, views and sequences that match; can be repeated
    #[arg(short = 'T', long, value_name = "PATTERN")]
    pub exclude_table: Vec<String>,
}

/// Options of `dump`, `sync-struct-dump` and `sync-data-dump`.
#[derive(Debug, Args)]
pub struct DumpArgs {
    /// Dictionaries of sensitive columns, merged in this order; a comma between two files
    #[arg(long, value_name = "FILE[,FILE...]", value_delimiter = ',', value_parser = path(), required = true)]
    pub prepared_sens_dict_file: Vec<PathBuf>,
    /// Dictionaries of columns that are not sensitive, for --strict; a comma between two files
    #[arg(long, value_name = "FILE[,FILE...]", value_delimiter = ',', value_parser = path())]
    pub prepared_no_sens_dict_file: Vec<PathBuf>,
    /// Take warnings about the dictionary for errors, and refuse columns that no dictionary decides
    #[arg(long)]
    pub strict: bool,
    /// Check the dictionary and read up to 100 rows of each table; nothing is written
    #[arg(long, group = "stage")]
    pub dbg_stage_1_validate_dict: bool,
    /// Dump 100 rows of each table, data alone, for a database that has the structure
    #[arg(long, group = "stage")]
    pub dbg_stage_2_validate_data: bool,
    /// Dump 100 rows of each table, with the structure up to the data: no indexes, keys and triggers
    #[arg(long, group = "stage")]
    pub dbg_stage_3_validate_full: bool,
    /// Folder of the dump [default: the name of the first dictionary without its suffix]
    #[arg(long, value_name = "DIR", value_parser = path())]
    pub output_dir: Option<PathBuf>,
    /// directory, pg_dump's archive that pg_restore loads; or plain, an SQL script for psql
    #[arg(short = 'F', long, value_name = "FORMAT", default_value = "directory", value_parser = format)]
    pub format: Format,
    /// File of a plain dump, - for stdout [default: -]; of a directory dump the same as --output-dir
    #[arg(short = 'f', long, value_name = "FILE", value_parser = path())]
    pub file: Option<PathBuf>,
    /// Replace the dump that is in the folder; the old one stays until the new one is whole
    #[arg(long)]
    pub clear_output_dir: bool,
    /// Compression of the data: none, gzip[:1-9], zstd[:LEVEL], lz4[:1-12], or a level of gzip, where 0 is none; zstd and
    /// lz4 need pg_dump and pg_restore 16 [default: gzip, each file at the level that pays]
    #[arg(short = 'Z', long, value_name = "METHOD[:LEVEL]", allow_hyphen_values = true, value_parser = str::parse::<Compression>)]
    pub compress: Option<Compression>,
    /// Connections that copy tables at the same time
    #[arg(short = 'j', long, visible_alias = "jobs", value_name = "N", default_value_t = 4, value_parser = clap::value_parser!(u16).range(1..=1000))]
    pub db_connections_per_process: u16,
    /// Most threads that compress at the same time [default: all that copy]
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u16).range(1..=1000))]
    pub processes: Option<u16>,
    /// Large objects, which cannot be masked: as they are, with no content, or not at all
    #[arg(long, value_enum, value_name = "MODE", default_value_t = LargeObjectMode::Skip)]
    pub large_objects: LargeObjectMode,
    /// Only warn about rules that match no table or column
    #[arg(long)]
    pub allow_unmatched_rules: bool,
    /// Schemas, besides pg_catalog and anon_funcs, whose functions rules may call without naming the schema
    #[arg(long, value_name = "SCHEMAS")]
    pub rule_search_path: Option<String>,
    /// File with the key of masks that need one, as `pg_anon key new` makes it [default: environment variable PG_ANON_KEY]
    #[arg(long, value_name = "FILE", value_parser = path())]
    pub key_file: Option<PathBuf>,
    /// Leave out grants
    #[arg(short = 'x', long, visible_alias = "no-privileges", visible_alias = "no-acl")]
    pub ignore_privileges: bool,
    /// Leave out owners, so that all belongs to whoever restores
    #[arg(short = 'O', long)]
    pub no_owner: bool,
    /// Leave out comments
    #[arg(long)]
    pub no_comments: bool,
    /// Role to dump as: SET ROLE on all connections
    #[arg(long, value_name = "ROLE")]
    pub role: Option<String>,
    /// Fail after waiting so long for a table that somebody has for himself: milliseconds, or with a unit as 10s; 0: wait
    #[arg(long, value_name = "TIMEOUT")]
    pub lock_wait_timeout: Option<String>,
    /// The pg_dump to use [default: the newest that fits, of the server's major version if there is one]
    #[arg(long, value_name = "FILE", value_parser = path())]
    pub pg_dump: Option<PathBuf>,
    /// More options for pg_dump, quoted as for a shell; those that would change where the dump goes or what is in it are
    /// refused
    #[arg(long, value_name = "OPTIONS", allow_hyphen_values = true)]
    pub pg_dump_options: Vec<String>,
    /// Least size of the parts that a large table is copied and restored in, in megabytes of the table; 0: no parts
    #[arg(long, value_name = "MB", default_value_t = 32, overrides_with = "split_size", value_parser = clap::value_parser!(u64).range(0..=1 << 20))]
    pub split_size: u64,
    /// Keep copies of the dictionaries in the run's record
    #[arg(long)]
    pub save_dicts: bool,
    #[command(flatten)]
    pub tables: TablesArgs,
    #[command(flatten)]
    pub patterns: PatternArgs,
    #[command(flatten)]
    pub connection: ConnectionArgs,
    #[command(flatten)]
    pub run: RunArgs,
    #[command(flatten)]
    pub messages: MessageArgs,
}

/// The form of a dump.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Format {
    /// An archive of pg_dump in directory format.
    Directory,
    /// An SQL script.
    Plain,
}

/// Reads a format as pg_dump does.
fn format(text: &str) -> Result<Format, String> {
    match text.to_ascii_lowercase().as_str() {
        "d" | "directory" => Ok(Format::Directory),
        "p" | "plain" => Ok(Format::Plain),
        "c" | "custom" | "t" | "tar" => {
            Err("the formats are directory and plain; tar and custom hold their data in one file, one after the other"
                .into())
        }
        _ => Err("the formats are directory (d) and plain (p)".into()),
    }
}

/// What becomes of large objects.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum LargeObjectMode {
    /// With their content, unmasked.
    Keep,
    /// The objects, their owners and grants, without content.
    Empty,
    /// Not dumped.
    Skip,
}

/// Options of `restore`, `sync-struct-restore` and `sync-data-restore`.
#[derive(Debug, Args)]
pub struct RestoreArgs {
    /// Folder of the dump
    #[arg(long, value_name = "DIR", value_parser = path())]
    pub input_dir: PathBuf,
    /// Connections that load tables and build indexes at the same time; sync-data-restore loads all in one transaction
    #[arg(short = 'j', long, visible_alias = "jobs", value_name = "N", default_value_t = 4, value_parser = clap::value_parser!(u16).range(1..=1000))]
    pub db_connections_per_process: u16,
    /// Replace what the dump holds: its objects are dropped first, or with sync-data-restore the rows of its tables
    #[arg(long, conflicts_with = "drop_db")]
    pub clean_db: bool,
    /// Make the database anew first, with the owner, encoding, locale, settings and grants that it has
    #[arg(long)]
    pub drop_db: bool,
    /// With --drop-db: end the sessions of others that use the database; also replace a template or the database postgres
    #[arg(long, requires = "drop_db")]
    pub force: bool,
    /// Do not compare versions of server and programs, nor the space on the server's disk
    #[arg(long)]
    pub disable_checks: bool,
    /// Set the sequences of serial and identity columns by the highest value in the column
    #[arg(long)]
    pub seq_init_by_max_value: bool,
    /// Load without the CHECK constraints that call functions of the database's own, and put them back at the end
    #[arg(long)]
    pub drop_custom_check_constr: bool,
    /// Leave out grants
    #[arg(short = 'x', long, visible_alias = "no-privileges", visible_alias = "no-acl")]
    pub ignore_privileges: bool,
    /// Leave out owners; always so: whoever restores owns what is restored
    #[arg(short = 'O', long)]
    pub no_owner: bool,
    /// Leave out comments
    #[arg(long)]
    pub no_comments: bool,
    /// Change to this role after connecting; it owns what is restored
    #[arg(long, value_name = "ROLE")]
    pub role: Option<String>,
    /// Give up when a table to be replaced cannot be locked in this time: milliseconds, or with a unit as in 5s
    #[arg(long, value_name = "TIME")]
    pub lock_wait_timeout: Option<String>,
    /// The pg_restore to use [default: one that fits the dump and the server]
    #[arg(long, value_name = "FILE", value_parser = path())]
    pub pg_restore: Option<PathBuf>,
    /// Further options for pg_restore, separated as a shell does; those that change what is restored, or where, are refused
    #[arg(long, value_name = "OPTIONS", allow_hyphen_values = true)]
    pub pg_restore_options: Option<String>,
    /// Keep copies of the dictionaries in the run's record
    #[arg(long)]
    pub save_dicts: bool,
    /// Taken because the Python tool takes it, which uses it within its service only
    #[arg(long, hide = true, value_name = "FILE[,FILE...]", value_delimiter = ',', value_parser = path())]
    pub prepared_sens_dict_file: Vec<PathBuf>,
    #[command(flatten)]
    pub tables: TablesArgs,
    #[command(flatten)]
    pub connection: ConnectionArgs,
    #[command(flatten)]
    pub run: RunArgs,
    #[command(flatten)]
    pub messages: MessageArgs,
}

/// Options of `verify`.
#[derive(Debug, Args)]
pub struct VerifyArgs {
    /// Folder of the dump
    #[arg(value_name = "DIR", value_parser = path(), required_unless_present = "input_dir")]
    pub dir: Option<PathBuf>,
    /// The same as DIR
    #[arg(long, value_name = "DIR", value_parser = path(), conflicts_with = "dir")]
    pub input_dir: Option<PathBuf>,
    /// Files that are read at the same time [default: the number of processors]
    #[arg(short = 'j', long, value_name = "N", value_parser = clap::value_parser!(u16).range(1..=1000))]
    pub jobs: Option<u16>,
    #[command(flatten)]
    pub messages: MessageArgs,
}

/// Options of both `view-fields` and `view-data`.
#[derive(Debug, Args)]
pub struct ViewArgs {
    /// Dictionaries of sensitive columns, merged in this order; a comma between two files
    #[arg(long, value_name = "FILE[,FILE...]", value_delimiter = ',', value_parser = path(), required = true)]
    pub prepared_sens_dict_file: Vec<PathBuf>,
    /// Print JSON on one line
    #[arg(long)]
    pub json: bool,
    /// Schemas, besides pg_catalog and anon_funcs, whose functions rules may call without naming the schema
    #[arg(long, value_name = "SCHEMAS")]
    pub rule_search_path: Option<String>,
    /// Role to look as: SET ROLE
    #[arg(long, value_name = "ROLE")]
    pub role: Option<String>,
    #[command(flatten)]
    pub connection: ConnectionArgs,
    #[command(flatten)]
    pub run: RunArgs,
    #[command(flatten)]
    pub messages: MessageArgs,
}

/// Options of `view-fields`.
#[derive(Debug, Args)]
pub struct ViewFieldsArgs {
    /// Only columns that are masked
    #[arg(long)]
    pub view_only_sensitive_fields: bool,
    /// Show so many columns at most
    #[arg(long, value_name = "N", allow_negative_numbers = true)]
    pub fields_count: Option<i64>,
    /// Only tables of this schema
    #[arg(long, value_name = "NAME")]
    pub schema_name: Option<String>,
    /// Only tables of schemas that this regular expression finds; * for all
    #[arg(long, value_name = "REGEX")]
    pub schema_mask: Option<String>,
    /// Only tables with this name
    #[arg(long, value_name = "NAME")]
    pub table_name: Option<String>,
    /// Only tables that this regular expression finds; * for all
    #[arg(long, value_name = "REGEX")]
    pub table_mask: Option<String>,
    /// JSON file with the names that an application has for tables and columns, to be shown in their place
    #[arg(long, value_name = "FILE", value_parser = path())]
    pub orm_dict_file: Option<PathBuf>,
    #[command(flatten)]
    pub view: ViewArgs,
}

/// Options of `view-data`.
#[derive(Debug, Args)]
pub struct ViewDataArgs {
    /// Schema of the table
    #[arg(long, value_name = "NAME")]
    pub schema_name: String,
    /// The table
    #[arg(long, value_name = "NAME")]
    pub table_name: String,
    /// Show so many rows at most
    #[arg(long, value_name = "N", default_value_t = 100, allow_negative_numbers = true)]
    pub limit: i64,
    /// Pass over so many rows first
    #[arg(long, value_name = "N", default_value_t = 0, allow_negative_numbers = true)]
    pub offset: i64,
    /// Show what the table holds as well, before what a dump will write
    #[arg(long)]
    pub before_after: bool,
    /// File with the key of masks that need one, as `pg_anon key new` makes it [default: environment variable PG_ANON_KEY]
    #[arg(long, value_name = "FILE", value_parser = path())]
    pub key_file: Option<PathBuf>,
    #[command(flatten)]
    pub view: ViewArgs,
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory as _;

    use super::*;

    fn parse(line: &str) -> Result<Arguments, clap::Error> {
        Arguments::try_parse_from(line.split_whitespace())
    }

    #[test]
    fn the_definition_is_consistent() {
        Arguments::command().debug_assert();
    }

    #[test]
    fn h_is_the_host_and_help_is_long_only() {
        let arguments = parse("pg_anon dump -h db1 -p 5433 -d shop -U ann --prepared-sens-dict-file a.py").unwrap();
        let Command::Dump(dump) = arguments.command else { panic!("not a dump") };
        assert_eq!(dump.connection.db_host.as_deref(), Some("db1"));
        assert_eq!(dump.connection.db_port.as_deref(), Some("5433"));
        let help = parse("pg_anon dump --help").unwrap_err();
        assert_eq!(help.kind(), clap::error::ErrorKind::DisplayHelp);
    }

    #[test]
    fn dictionaries_are_a_comma_separated_list() {
        let arguments = parse("pg_anon dump --prepared-sens-dict-file=a.py,b.json").unwrap();
        let Command::Dump(dump) = arguments.command else { panic!("not a dump") };
        assert_eq!(dump.prepared_sens_dict_file, [PathBuf::from("a.py"), PathBuf::from("b.json")]);
    }

    #[test]
    fn a_dump_without_a_dictionary_is_a_usage_error() {
        assert_eq!(parse("pg_anon dump -d shop").unwrap_err().exit_code(), 2);
    }

    #[test]
    fn unknown_options_and_commands_are_usage_errors() {
        assert_eq!(parse("pg_anon dump --no-such-option").unwrap_err().exit_code(), 2);
        assert_eq!(parse("pg_anon frobnicate").unwrap_err().exit_code(), 2);
        assert_eq!(parse("pg_anon").unwrap_err().exit_code(), 2);
    }

    #[test]
    fn asking_for_a_password_and_refusing_to_ask_exclude_each_other() {
        assert_eq!(parse("pg_anon init -W -w").unwrap_err().exit_code(), 2);
        assert_eq!(parse("pg_anon init -w --db-user-password x").unwrap_err().exit_code(), 2);
    }

    #[test]
    fn compression_connections_and_parts_have_bounds() {
        assert_eq!(parse("pg_anon dump --prepared-sens-dict-file a -Z 10").unwrap_err().exit_code(), 2);
        assert_eq!(parse("pg_anon dump --prepared-sens-dict-file a -Z -1").unwrap_err().exit_code(), 2);
        assert_eq!(parse("pg_anon dump --prepared-sens-dict-file a --split-size -1").unwrap_err().exit_code(), 2);
        assert_eq!(parse("pg_anon dump --prepared-sens-dict-file a -j 0").unwrap_err().exit_code(), 2);
    }

    #[test]
    fn secrets_do_not_show_when_the_arguments_are_printed() {
        let arguments = parse("pg_anon init --db-user-password hush -d postgresql://ann:hush@db/shop").unwrap();
        assert!(!format!("{arguments:?}").contains("hush"));
    }
}
