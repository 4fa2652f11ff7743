//! The command line before clap: the forms that scripts for the Python tool use. A mode may stand in `--mode`, the version
//! may be asked for anywhere, and long options may be abbreviated.

use std::ffi::{OsStr, OsString};
use std::os::unix::ffi::{OsStrExt as _, OsStringExt as _};

use clap::error::{ContextKind, ContextValue, ErrorKind};
use clap::{ArgMatches, Command, CommandFactory as _};

use crate::args::Arguments;
use crate::record;

/// Reads the arguments, the program's name first. An error is clap's, which also stands for help and version.
pub fn parse(arguments: impl IntoIterator<Item = OsString>) -> Result<ArgMatches, clap::Error> {
    let mut command = Arguments::command();
    // Knows the options that all subcommands have.
    command.build();
    let mut arguments: Vec<OsString> = arguments.into_iter().collect();
    if arguments.iter().skip(1).any(|argument| argument == "--version") {
        arguments = vec!["pg_anon".into(), "--version".into()];
    }
    mode_first(&mut command, &mut arguments)?;
    loop {
        let error = match command.clone().try_get_matches_from(&arguments) {
            Ok(matches) => return Ok(matches),
            Err(error) => error,
        };
        if !write_out(&mut command, &mut arguments, &error)? {
            return Err(without_password(&mut command, &arguments, error));
        }
    }
}

/// An error that does not quote an argument that may hold a password: a URI where none is expected.
fn without_password(command: &mut Command, arguments: &[OsString], error: clap::Error) -> clap::Error {
    let text = error.to_string();
    let quoted = arguments.iter().skip(1).map(|argument| argument.to_string_lossy()).any(|argument| {
        let value = match argument.split_once('=') {
            Some((name, value)) if name.starts_with("--") => value,
            _ => &*argument,
        };
        (value.contains("://") || value.to_ascii_lowercase().contains("password=")) && text.contains(value)
    });
    if !quoted {
        return error;
    }
    command.error(error.kind(), "a connection string or URI stands where none is expected: it goes behind -d")
}

/// Puts the mode of `--mode MODE` or `--mode=MODE`, which may stand anywhere, first; and turns `help MODE` into
/// `MODE --help`.
fn mode_first(command: &mut Command, arguments: &mut Vec<OsString>) -> Result<(), clap::Error> {
    if arguments.get(1).is_some_and(|argument| argument == "help") {
        arguments.remove(1);
        arguments.push("--help".into());
    }
    let place =
        arguments.iter().position(|argument| argument == "--mode" || argument.as_bytes().starts_with(b"--mode="));
    let Some(place) = place else { return Ok(()) };
    let option = arguments.remove(place);
    let mode = match option.as_bytes().strip_prefix(b"--mode=") {
        Some(mode) => OsString::from_vec(mode.to_vec()),
        None if place < arguments.len() => arguments.remove(place),
        None => OsString::new(),
    };
    if mode.is_empty() || mode.as_bytes().starts_with(b"-") {
        return Err(command.error(ErrorKind::InvalidValue, "'--mode' names no mode"));
    }
    arguments.insert(1.min(arguments.len()), mode);
    Ok(())
}

/// Writes out an abbreviation that clap does not take because several options begin with it, when one of them is meant:
/// the only one that the Python tool has, whose scripts know no other. Gives whether there is something new to try.
fn write_out(command: &mut Command, arguments: &mut [OsString], error: &clap::Error) -> Result<bool, clap::Error> {
    let Some(ContextValue::String(unknown)) = error.get(ContextKind::InvalidArg) else { return Ok(false) };
    let Some(prefix) = unknown.strip_prefix("--").filter(|_| error.kind() == ErrorKind::UnknownArgument) else {
        return Ok(false);
    };
    let Some(mode) = arguments.get(1).and_then(|mode| mode.to_str()).map(str::to_owned) else { return Ok(false) };
    let Some(subcommand) = command.find_subcommand_mut(&mode) else { return Ok(false) };
    let mut candidates = Vec::new();
    for option in subcommand.get_arguments() {
        let names = option.get_long().into_iter().chain(option.get_all_aliases().unwrap_or_default());
        if let Some(name) = names.into_iter().find(|name| name.starts_with(prefix)) {
            candidates.push((name.to_owned(), record::is_option_of_python_tool(&name.replace('-', "_"))));
        }
    }
    if candidates.len() < 2 {
        return Ok(false);
    }
    let mut meant = candidates.iter().filter(|(_, is_of_python_tool)| *is_of_python_tool);
    let (Some((meant, _)), None) = (meant.next(), meant.next()) else {
        let names: Vec<String> = candidates.iter().map(|(name, _)| format!("'--{name}'")).collect();
        let message = format!("the option '--{prefix}' is ambiguous: it may be {}", names.join(", "));
        return Err(subcommand.error(ErrorKind::UnknownArgument, message));
    };
    let mut written_out = false;
    for argument in arguments.iter_mut().skip(2) {
        let bytes = argument.as_bytes();
        let name = bytes.split(|byte| *byte == b'=').next().unwrap_or_default();
        if OsStr::from_bytes(name) == OsStr::new(unknown) {
            let rest = bytes.get(name.len()..).unwrap_or_default();
            *argument = OsString::from_vec([b"--", meant.as_bytes(), rest].concat());
            written_out = true;
        }
    }
    Ok(written_out)
}

#[cfg(test)]
mod tests {
    use clap::FromArgMatches as _;

    use super::*;
    use crate::args;

    fn parse_line(line: &str) -> Result<Arguments, clap::Error> {
        let arguments = std::iter::once("pg_anon").chain(line.split_whitespace()).map(OsString::from);
        Arguments::from_arg_matches(&parse(arguments)?)
    }

    fn dump(line: &str) -> args::DumpArgs {
        let arguments = parse_line(line).unwrap_or_else(|error| panic!("{line}: {error}"));
        let args::Command::Dump(dump) = arguments.command else { panic!("not a dump") };
        *dump
    }

    fn message(line: &str) -> String {
        let error = parse_line(line).unwrap_err();
        assert_eq!(error.exit_code(), 2, "{line}");
        error.to_string()
    }

    #[test]
    fn a_mode_may_be_an_option_anywhere() {
        for line in [
            "--mode dump --db-host db1 --prepared-sens-dict-file a.py",
            "--mode=dump --db-host=db1 --prepared-sens-dict-file=a.py",
            "--db-host db1 --mode dump --prepared-sens-dict-file a.py",
            "--db-host=db1 --prepared-sens-dict-file=a.py --mode=dump",
            "--db-host=db1 --prepared-sens-dict-file=a.py --mode dump",
            "dump --db-host=db1 --prepared-sens-dict-file=a.py",
        ] {
            assert_eq!(dump(line).connection.db_host.as_deref(), Some("db1"), "{line}");
        }
    }

    #[test]
    fn a_mode_that_is_not_there_or_not_known_is_a_usage_error() {
        for line in ["--mode", "--mode=", "--mode --db-host x", "dump --mode"] {
            assert!(message(line).contains("names no mode"), "{line}");
        }
        assert!(message("--mode frobnicate --db-host x").contains("frobnicate"));
        assert!(message("dump --mode dump --prepared-sens-dict-file a").contains("dump"));
    }

    #[test]
    fn the_version_may_be_asked_for_anywhere() {
        for line in ["--version", "dump --version", "--mode dump --no-such-option --version", "frobnicate --version"] {
            let error = parse_line(line).unwrap_err();
            assert_eq!(error.kind(), ErrorKind::DisplayVersion, "{line}");
            assert_eq!(error.to_string(), concat!("pg_anon ", env!("CARGO_PKG_VERSION"), "\n"), "{line}");
        }
    }

    #[test]
    fn help_is_a_word_as_well() {
        for line in ["help", "help dump", "--mode dump --help", "help --mode dump"] {
            assert_eq!(parse_line(line).unwrap_err().kind(), ErrorKind::DisplayHelp, "{line}");
        }
        assert!(parse_line("help restore").unwrap_err().to_string().contains("--input-dir"));
        assert!(message("help frobnicate").contains("frobnicate"));
    }

    #[test]
    fn unique_abbreviations_of_long_options_are_taken() {
        let dump =
            dump("dump --db-h db1 --prepared-sens=a.py --out x --clear --db-conn=7 --conf tools.yml --verb debug");
        assert_eq!(dump.connection.db_host.as_deref(), Some("db1"));
        assert_eq!(dump.db_connections_per_process, 7);
        assert!(dump.clear_output_dir);
        assert!(dump.run.config.is_some() && dump.output_dir.is_some());
        // Of an alias.
        assert_eq!(self::dump("dump --job 3 --prepared-sens a").db_connections_per_process, 3);
    }

    #[test]
    fn an_ambiguous_abbreviation_is_a_usage_error_that_lists_what_it_may_be() {
        let message = message("dump --db-ssl x --prepared-sens-dict-file a");
        for name in
            ["'--db-ssl' is ambiguous", "'--db-ssl-key-file'", "'--db-ssl-cert-file'", "'--db-ssl-ca-file'", "Usage:"]
        {
            assert!(message.contains(name), "{name} in {message}");
        }
        assert!(!message.contains("--db-host"), "{message}");
        // Of options that the Python tool does not have.
        assert!(self::message("dump --no x --prepared-sens-dict-file a").contains("'--no-password'"));
    }

    #[test]
    fn an_abbreviation_that_the_python_tool_takes_is_the_option_it_has_there() {
        // Ours has --split-size as well, and --compress.
        assert!(dump("dump --s --prepared-sens-dict-file a").save_dicts);
        assert_eq!(dump("dump --co=x.yml --prepared-sens-dict-file a").run.config, Some("x.yml".into()));
    }

    #[test]
    fn the_last_one_of_an_option_that_is_given_twice_counts() {
        let dump = dump("dump --db-host a --debug --prepared-sens-dict-file x -h b --debug --db-port=1 -p 2");
        assert_eq!(dump.connection.db_host.as_deref(), Some("b"));
        assert_eq!(dump.connection.db_port.as_deref(), Some("2"));
        // Of lists all count: nothing that was to be masked is forgotten.
        let dump = self::dump("dump --prepared-sens-dict-file a,b --prepared-sens-dict-file=c");
        assert_eq!(dump.prepared_sens_dict_file, ["a", "b", "c"].map(std::path::PathBuf::from));
    }

    #[test]
    fn a_wrong_use_is_told_without_the_password_in_it() {
        for line in [
            "init postgresql://ann:hush@db/shop",
            "postgresql://ann:hush@db/shop",
            "--mode postgresql://ann:hush@db/shop",
            "init --db-user-passwrd=hush",
            "init --db-user-passwrd hush",
            "init --no-such=postgresql://ann:hush@db/shop",
            "init host=a password=hush",
            "init --verbose=postgresql://ann:hush@db/shop",
            "init --db-u=hush --no-such",
            "init --db-user-password=hush --password",
            "dump --prepared-sens-dict-file a -p postgresql://ann:hush@db/shop --jobs=postgresql://ann:hush@db",
        ] {
            assert!(!message(line).contains("hush"), "{line}: {}", message(line));
        }
    }

    #[test]
    fn an_exact_name_is_no_abbreviation() {
        // --db-user-password begins with it.
        assert_eq!(dump("dump --db-user ann --prepared-sens-dict-file a").connection.db_user.as_deref(), Some("ann"));
    }

    /// The options of the Python tool, `pg_anon_1.10.md` §1.4, line by line; those without a value have none behind the name.
    const COMMON: &str = "--db-host=x --db-port=5432 --db-name=x --db-user=x --db-user-password=x --db-passfile=x \
        --db-ssl-key-file=x --db-ssl-cert-file=x --db-ssl-ca-file=x --config=x.yml --verbose=info --verbose=debug \
        --verbose=error --debug --application-name-suffix=x --internal-operation-id=x";
    const DUMP: &str = "--db-connections-per-process=4 --processes=4 --prepared-sens-dict-file=a.py,b.py \
        --partial-tables-dict-file=a.py,b.py --partial-tables-exclude-dict-file=a.py,b.py --dbg-stage-1-validate-dict \
        --dbg-stage-2-validate-data --dbg-stage-3-validate-full --clear-output-dir --pg-dump=x --output-dir=x --save-dicts \
        --ignore-privileges --pg-dump-options=--no-comments";
    const CREATE_DICT: &str = "--db-connections-per-process=4 --processes=4 --meta-dict-file=a.py,b.py \
        --prepared-sens-dict-file=a.py,b.py --prepared-no-sens-dict-file=a.py,b.py --output-sens-dict-file=x \
        --output-no-sens-dict-file=x --scan-mode=full --scan-mode=partial --scan-partial-rows=10000 --save-dicts";
    const RESTORE: &str = "--input-dir=x --partial-tables-dict-file=a.py,b.py --partial-tables-exclude-dict-file=a.py,b.py \
        --db-connections-per-process=4 --disable-checks --seq-init-by-max-value --drop-custom-check-constr --pg-restore=x \
        --clean-db --drop-db --save-dicts --ignore-privileges --pg-restore-options=--no-comments \
        --prepared-sens-dict-file=a.py,b.py";

    const VIEW_FIELDS: &str = "--prepared-sens-dict-file=a.py,b.py --view-only-sensitive-fields --fields-count=5 --schema-name=x \
        --schema-mask=x --table-name=x --table-mask=x --json --orm-dict-file=x.json";
    const VIEW_DATA: &str = "--limit=100 --offset=0 --json --prepared-sens-dict-file=a.py,b.py";

    const MODES: [(&str, &str, &str); 10] = [
        ("init", "", ""),
        ("create-dict", CREATE_DICT, "--output-sens-dict-file=x"),
        ("dump", DUMP, "--prepared-sens-dict-file=a.py"),
        ("sync-struct-dump", DUMP, "--prepared-sens-dict-file=a.py"),
        ("sync-data-dump", DUMP, "--prepared-sens-dict-file=a.py"),
        ("restore", RESTORE, "--input-dir=x"),
        ("sync-struct-restore", RESTORE, "--input-dir=x"),
        ("sync-data-restore", RESTORE, "--input-dir=x"),
        ("view-fields", VIEW_FIELDS, "--prepared-sens-dict-file=a.py"),
        ("view-data", VIEW_DATA, "--schema-name=x --table-name=y --prepared-sens-dict-file=a.py"),
    ];

    #[test]
    fn every_option_of_the_python_tool_is_taken() {
        let mut refused = Vec::new();
        for (mode, options, required) in MODES {
            for option in COMMON.split_whitespace().chain(options.split_whitespace()) {
                let required = if option.starts_with(required.split('=').next().unwrap()) { "" } else { required };
                let mut forms =
                    vec![format!("{mode} {required} {option}"), format!("{option} {required} --mode={mode}")];
                if let Some((name, value)) = option.split_once('=') {
                    forms.push(format!("{mode} {required} {name} {value}"));
                }
                for line in forms {
                    if let Err(error) = parse_line(&line) {
                        refused.push(format!("{line}: {}", error.to_string().lines().next().unwrap_or_default()));
                    }
                }
            }
        }
        assert!(refused.is_empty(), "{}", refused.join("\n"));
    }

    /// Those whose default is the empty text: scripts give them with a variable that may be empty.
    const MAY_BE_EMPTY: &str = "--db-user-password --db-passfile --db-ssl-key-file --db-ssl-cert-file --db-ssl-ca-file --config \
        --application-name-suffix --internal-operation-id --partial-tables-dict-file --partial-tables-exclude-dict-file \
        --output-dir --pg-dump-options --pg-restore-options --meta-dict-file --prepared-no-sens-dict-file \
        --output-no-sens-dict-file";

    #[test]
    fn options_that_are_empty_when_they_are_not_given_may_be_given_empty() {
        for (mode, options, required) in MODES {
            for name in MAY_BE_EMPTY.split_whitespace() {
                if format!("{COMMON} {options}").contains(&format!("{name}=")) {
                    parse_line(&format!("{mode} {required} {name}=")).unwrap_or_else(|error| panic!("{error}"));
                }
            }
        }
    }
}
