//! `run_options.json`: all options as one flat object, with the Python tool's keys in its order and ours behind them.

use std::ffi::OsStr;
use std::path::Path;

use clap::{ArgAction, ArgMatches};
use serde_json::{Map, Value, json};

use crate::connection::{Prompt, Settings};

/// What an option is in the file when it is not given, which also tells what it is when it is.
#[derive(Debug, Clone, Copy)]
enum Absent {
    Text(&'static str),
    Number(i64),
    Flag,
    /// Of files.
    List,
    /// Text or a number, null when it is not given.
    Null,
}

/// The options of the Python tool in the order of its file: the key, and the option's name where it is another one.
const PYTHON_OPTIONS: &[(&str, Option<&str>, Absent)] = {
    use Absent::{Flag, List, Null, Number, Text};
    &[
        ("db_host", None, Text("")),
        ("db_port", None, Number(5432)),
        ("db_name", None, Text("")),
        ("db_user", None, Text("")),
        ("db_passfile", None, Text("")),
        ("db_ssl_key_file", None, Text("")),
        ("db_ssl_cert_file", None, Text("")),
        ("db_ssl_ca_file", None, Text("")),
        ("config", None, Text("")),
        ("application_name_suffix", None, Text("")),
        ("debug", None, Flag),
        ("verbose", None, Text("info")),
        ("version", None, Flag),
        ("db_connections_per_process", None, Number(4)),
        ("processes", None, Number(4)),
        ("save_dicts", None, Flag),
        ("meta_dict_files", Some("meta_dict_file"), List),
        ("prepared_no_sens_dict_files", Some("prepared_no_sens_dict_file"), List),
        ("output_sens_dict_file", None, Text("")),
        ("output_no_sens_dict_file", None, Text("")),
        ("scan_mode", None, Text("partial")),
        ("scan_partial_rows", None, Number(10_000)),
        ("prepared_sens_dict_files", Some("prepared_sens_dict_file"), List),
        ("pg_dump", None, Text("")),
        ("pg_dump_options", None, Text("")),
        ("output_dir", None, Text("")),
        ("clear_output_dir", None, Flag),
        ("dbg_stage_1_validate_dict", None, Flag),
        ("dbg_stage_2_validate_data", None, Flag),
        ("dbg_stage_3_validate_full", None, Flag),
        ("partial_tables_dict_files", Some("partial_tables_dict_file"), List),
        ("partial_tables_exclude_dict_files", Some("partial_tables_exclude_dict_file"), List),
        ("input_dir", None, Text("")),
        ("pg_restore", None, Text("")),
        ("pg_restore_options", None, Text("")),
        ("drop_custom_check_constr", None, Flag),
        ("seq_init_by_max_value", None, Flag),
        ("disable_checks", None, Flag),
        ("clean_db", None, Flag),
        ("drop_db", None, Flag),
        ("ignore_privileges", None, Flag),
        ("view_only_sensitive_fields", None, Flag),
        ("fields_count", None, Null),
        ("schema_name", None, Text("")),
        ("schema_mask", None, Text("")),
        ("table_name", None, Text("")),
        ("table_mask", None, Text("")),
        ("orm_dict_file", None, Null),
        ("limit", None, Number(100)),
        ("offset", None, Number(0)),
        ("json", None, Flag),
    ]
};

/// Options that are never in the file: the password, what is in it under another name, and what ends the run at once.
const LEFT_OUT: &[&str] = &["db_user_password", "internal_operation_id", "help", "version"];

/// Whether the Python tool has this option.
pub fn is_option_of_python_tool(name: &str) -> bool {
    LEFT_OUT.contains(&name) || PYTHON_OPTIONS.iter().any(|(key, option, _)| option.unwrap_or(key) == name)
}

/// The options that a mode was called with. No password is in what this gives: what may hold one is left out.
pub fn options(mode: &str, command: &clap::Command, matches: &ArgMatches, id: &str, folder: &Path) -> Value {
    let mut options = Map::new();
    options.insert("pg_anon_version".into(), json!(env!("CARGO_PKG_VERSION")));
    options.insert("internal_operation_id".into(), json!(id));
    options.insert("run_dir".into(), json!(folder.display().to_string()));
    options.insert("mode".into(), json!(mode));
    for (key, option, default) in PYTHON_OPTIONS {
        options.insert((*key).to_owned(), value(matches, option.unwrap_or(key), *default));
    }
    unfold_conninfo(&mut options, matches);
    let current = std::env::current_dir().map(|folder| folder.display().to_string());
    options.insert("current_dir".into(), json!(current.unwrap_or_default()));
    for option in command.get_arguments() {
        let name = option.get_id().as_str();
        if !is_option_of_python_tool(name) {
            let default = match option.get_action() {
                ArgAction::SetTrue => Absent::Flag,
                ArgAction::Append => Absent::List,
                _ => Absent::Null,
            };
            options.insert(name.to_owned(), value(matches, name, default));
        }
    }
    Value::Object(options)
}

/// The value of an option, or what stands for it when it is not given or the mode does not have it.
fn value(matches: &ArgMatches, option: &str, default: Absent) -> Value {
    let given: Vec<String> = given(matches, option).map(|value| value.to_string_lossy().into_owned()).collect();
    // Several values of one that is a text there are one text.
    let text = (!given.is_empty()).then(|| without_password(option, &given.join(" ")));
    match (default, text) {
        (Absent::Flag, text) => json!(text.as_deref() == Some("true")),
        (Absent::List, None) => Value::Null,
        (Absent::List, Some(_)) => json!(given),
        (Absent::Text(default), text) => json!(text.as_deref().unwrap_or(default)),
        (Absent::Number(default), None) => json!(default),
        (Absent::Null, None) => Value::Null,
        (Absent::Number(_) | Absent::Null, Some(text)) => {
            text.parse::<i64>().map_or_else(|_| json!(text), |number| json!(number))
        }
    }
}

/// What was given for an option, without empty values.
pub fn given<'a>(matches: &'a ArgMatches, option: &str) -> impl Iterator<Item = &'a OsStr> {
    let values = matches.try_get_raw(option).ok().flatten();
    values.into_iter().flatten().filter(|value| !value.is_empty())
}

/// Leaves out a text that may hold a password, such as a URI.
fn without_password(option: &str, text: &str) -> String {
    let lower = text.to_ascii_lowercase();
    // pg_dump takes a connection string as well.
    let suspicious = if option.ends_with("_options") { "password" } else { "password=" };
    if lower.contains("://") || lower.replace(' ', "").contains(suspicious) {
        return "(left out: it may hold a password)".to_owned();
    }
    text.to_owned()
}

/// Puts what a connection string or URI says in the places of the single options, of which it wins. Only these are taken
/// from it: what else is in it may be a secret.
fn unfold_conninfo(options: &mut Map<String, Value>, matches: &ArgMatches) {
    let Some(name) = given(matches, "db_name").next().map(OsStr::to_string_lossy) else { return };
    if !Settings::is_conninfo(&name) {
        return;
    }
    options.insert("db_name".into(), json!(""));
    let mut settings = Settings::new([], Prompt::Never);
    // One that cannot be read fails the run, which says so.
    if settings.add_conninfo(&name).is_err() {
        return;
    }
    for (key, keyword) in [
        ("db_host", "host"),
        ("db_port", "port"),
        ("db_name", "dbname"),
        ("db_user", "user"),
        ("db_passfile", "passfile"),
        ("db_ssl_key_file", "sslkey"),
        ("db_ssl_cert_file", "sslcert"),
        ("db_ssl_ca_file", "sslrootcert"),
    ] {
        if let Some(text) = settings.get(keyword) {
            let number = text.parse::<i64>().ok().filter(|_| keyword == "port");
            options
                .insert(key.into(), number.map_or_else(|| json!(without_password(key, text)), |number| json!(number)));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::command_line;

    fn options_of(arguments: &[&str]) -> Map<String, Value> {
        use clap::CommandFactory as _;
        let matches = command_line::parse(["pg_anon"].iter().chain(arguments).map(Into::into)).unwrap();
        let (mode, matches) = matches.subcommand().unwrap();
        let mut command = crate::args::Arguments::command();
        command.build();
        let command = command.find_subcommand(mode).unwrap();
        match options(mode, command, matches, "some-id", Path::new("/runs/some-id")) {
            Value::Object(options) => options,
            other => panic!("{other}"),
        }
    }

    /// `pg_anon_1.10.md` §1.1.
    const KEYS: &str = "pg_anon_version, internal_operation_id, run_dir, mode, db_host,
        db_port, db_name, db_user, db_passfile, db_ssl_key_file, db_ssl_cert_file, db_ssl_ca_file, config,
        application_name_suffix, debug, verbose, version, db_connections_per_process, processes, save_dicts,
        meta_dict_files, prepared_no_sens_dict_files, output_sens_dict_file, output_no_sens_dict_file, scan_mode,
        scan_partial_rows, prepared_sens_dict_files, pg_dump, pg_dump_options, output_dir, clear_output_dir,
        dbg_stage_1_validate_dict, dbg_stage_2_validate_data, dbg_stage_3_validate_full, partial_tables_dict_files,
        partial_tables_exclude_dict_files, input_dir, pg_restore, pg_restore_options, drop_custom_check_constr,
        seq_init_by_max_value, disable_checks, clean_db, drop_db, ignore_privileges, view_only_sensitive_fields,
        fields_count, schema_name, schema_mask, table_name, table_mask, orm_dict_file, limit, offset, json";

    #[test]
    fn the_keys_of_the_python_tool_come_first_and_in_its_order() {
        let expected: Vec<&str> = KEYS.split(',').map(str::trim).collect();
        for arguments in [&["init"][..], &["restore", "--input-dir=x"], &["dump", "--prepared-sens-dict-file=a.py"]] {
            let options = options_of(arguments);
            let keys: Vec<&str> = options.keys().map(String::as_str).take(expected.len()).collect();
            assert_eq!(keys, expected, "{arguments:?}");
        }
    }

    #[test]
    fn values_have_the_types_of_the_python_tool() {
        let options = options_of(&[
            "dump",
            "--prepared-sens-dict-file=a.py,b.json",
            "--db-host=db1",
            "--db-port=5433",
            "--debug",
            "--db-connections-per-process=7",
            "--clear-output-dir",
            "-Z",
            "6",
        ]);
        for (key, expected) in [
            ("mode", json!("dump")),
            ("db_host", json!("db1")),
            ("db_port", json!(5433)),
            ("db_passfile", json!("")),
            ("debug", json!(true)),
            ("verbose", json!("info")),
            ("version", json!(false)),
            ("db_connections_per_process", json!(7)),
            ("processes", json!(4)),
            ("prepared_sens_dict_files", json!(["a.py", "b.json"])),
            ("meta_dict_files", Value::Null),
            ("clear_output_dir", json!(true)),
            ("clean_db", json!(false)),
            ("scan_mode", json!("partial")),
            ("fields_count", Value::Null),
            ("limit", json!(100)),
            // Ours.
            ("compress", json!(6)),
            ("large_objects", json!("skip")),
            ("no_password", json!(false)),
        ] {
            assert_eq!(options.get(key), Some(&expected), "{key}");
        }
    }

    #[test]
    fn no_password_is_among_the_options_whatever_holds_it() {
        for arguments in [
            &["init", "--db-user-password", "hush"][..],
            &["init", "-d", "host=a password=hush dbname=b"],
            &["init", "-d", "postgresql://ann:hush@db/shop"],
            &["init", "-d", "postgresql://ann@db/shop?password=hush&sslpassword=hush"],
            &["init", "-d", "dbname=x password=hu hush"],
            &["init", "-d", "postgresql://ann:hush@[db/x"],
            &["init", "-h", "postgresql://ann:hush@db/shop"],
            &["init", "-U", "ann password = hush"],
        ] {
            let text = serde_json::to_string(&options_of(arguments)).unwrap();
            assert!(!text.contains("hush"), "{text}");
        }
        assert!(!without_password("pg_dump_options", "-d 'user=ann PassWord=hush'").contains("hush"));
        assert_eq!(without_password("output_dir", "/srv/passwords"), "/srv/passwords");
    }

    #[test]
    fn what_a_uri_says_is_in_the_places_of_the_single_options() {
        let options = options_of(&["init", "-h", "other", "-U", "bob", "-d", "postgresql://ann:hush@db:5433/shop"]);
        for (key, expected) in [("db_host", json!("db")), ("db_port", json!(5433)), ("db_name", json!("shop"))] {
            assert_eq!(options.get(key), Some(&expected));
        }
        assert_eq!(options.get("db_user"), Some(&json!("ann")));
    }
}
