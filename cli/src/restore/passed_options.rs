//! Options that are handed on to pg_restore as they are: a list of those that are allowed. Whatever would read something
//! else, write somewhere else or restore something else than pg_anon has checked, counts and reports is refused.

use crate::error::Error;

/// Whether an option that is allowed takes a value.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Value {
    No,
    Yes,
}

/// The options that are handed on, with the letter that some have.
const ALLOWED: [(&str, Option<char>, Value); 14] = [
    ("exit-on-error", Some('e'), Value::No),
    ("single-transaction", Some('1'), Value::No),
    ("transaction-size", None, Value::Yes),
    ("verbose", Some('v'), Value::No),
    ("no-owner", Some('O'), Value::No),
    ("no-privileges", Some('x'), Value::No),
    ("no-acl", None, Value::No),
    ("no-comments", None, Value::No),
    ("no-policies", None, Value::No),
    ("no-publications", None, Value::No),
    ("no-security-labels", None, Value::No),
    ("no-subscriptions", None, Value::No),
    ("no-table-access-method", None, Value::No),
    ("no-tablespaces", None, Value::No),
];

/// Why an option is refused, by the names and letters that pg_restore knows it under.
const REFUSED: [(&str, &[&str]); 12] = [
    ("pg_anon connects it: use pg_anon's own options", &["dbname", "d", "host", "h", "port", "p", "username", "U"]),
    ("pg_anon asks for the password", &["no-password", "w", "password", "W"]),
    ("pg_anon names the dump: use --input-dir", &["format", "F"]),
    ("nothing would be restored", &["file", "f", "list", "l"]),
    ("use pg_anon's own option -j", &["jobs", "j"]),
    ("use pg_anon's own option --role", &["role"]),
    ("use --clean-db or --drop-db", &["clean", "c", "if-exists", "create", "C"]),
    (
        "use the subcommand sync-struct-restore or sync-data-restore",
        &["data-only", "a", "schema-only", "s", "section", "no-data", "no-schema", "with-data", "with-schema"],
    ),
    (
        "pg_anon chooses what is restored: use --partial-tables-dict-file",
        &[
            "use-list",
            "L",
            "schema",
            "n",
            "exclude-schema",
            "N",
            "table",
            "t",
            "index",
            "I",
            "function",
            "P",
            "trigger",
            "T",
            "filter",
            "strict-names",
        ],
    ),
    ("rows would be left out in silence", &["no-data-for-failed-tables", "enable-row-security"]),
    ("triggers are not fired, with no option", &["disable-triggers", "superuser", "S"]),
    ("pg_anon restores without owners", &["use-set-session-authorization"]),
];

/// Reads the value of `--pg-restore-options`, with which pg_restore runs over so many connections.
///
/// # Errors
/// It cannot be split as a shell does, or names an option that is not handed on.
pub fn pg_restore(text: &str, connections: usize) -> Result<Vec<String>, Error> {
    let refuse = |what: String| Err(Error::Usage(format!("--pg-restore-options: {what}")));
    let Some(words) = shlex::split(text) else { return refuse("a quote is not closed".to_owned()) };
    let mut rest = words.iter();
    while let Some(word) = rest.next() {
        let (shown, name, value) = match word.strip_prefix("--") {
            Some(long) => match long.split_once('=') {
                Some((name, _)) => (format!("--{name}"), name.to_owned(), true),
                None => (word.clone(), long.to_owned(), false),
            },
            None => match word.strip_prefix('-').and_then(|letters| letters.chars().next()) {
                // One letter in a word: of several, the first that takes a value would swallow the others.
                Some(letter) => (format!("-{letter}"), letter.to_string(), word.chars().count() > 2),
                None => return refuse(format!("\"{word}\" is not an option")),
            },
        };
        let letter = |letter: Option<char>| letter.is_some_and(|letter| name == letter.to_string());
        let is_long = word.starts_with("--");
        let known = ALLOWED.iter().find(|(long, short, _)| if is_long { name == *long } else { letter(*short) });
        match known {
            Some((_, _, Value::Yes)) if !value => {
                if rest.next().is_none() {
                    return refuse(format!("{shown} has no value"));
                }
            }
            Some((_, _, Value::No)) if value => return refuse(format!("{shown} takes no value, and stands alone")),
            Some(_) => {}
            None => {
                let reason = REFUSED
                    .iter()
                    .find(|(_, names)| names.iter().any(|refused| *refused == name && (refused.len() > 1) == is_long));
                return refuse(match reason {
                    Some((reason, _)) => format!("{shown} is not handed on: {reason}"),
                    // Also abbreviations, which pg_restore would complete.
                    None => format!("{shown} is not an option that is handed on"),
                });
            }
        }
        if (name == "single-transaction" || name == "1") && connections != 1 {
            return refuse(format!("{shown} needs -j1"));
        }
    }
    Ok(words)
}

#[cfg(test)]
mod tests {
    use super::pg_restore;

    fn error(text: &str) -> String {
        pg_restore(text, 4).unwrap_err().to_string()
    }

    #[test]
    fn harmless_options_are_handed_on_as_a_shell_splits_them() {
        let options = pg_restore("--no-comments  '--no-tablespaces' -e --transaction-size 100", 4).unwrap();
        assert_eq!(options, ["--no-comments", "--no-tablespaces", "-e", "--transaction-size", "100"]);
        assert!(pg_restore("", 4).unwrap().is_empty());
        assert_eq!(pg_restore("--transaction-size=5", 4).unwrap().len(), 1);
    }

    #[test]
    fn what_would_write_elsewhere_or_restore_something_else_is_refused_by_name() {
        for (text, words) in [
            ("--file=/tmp/x", "--file is not handed on: nothing would be restored"),
            ("-f/tmp/x", "-f is not handed on: nothing would be restored"),
            ("-f -", "-f is not handed on"),
            ("-l", "-l is not handed on"),
            ("-d other", "-d is not handed on: pg_anon connects it"),
            ("--dbname other", "--dbname is not handed on"),
            ("-L list", "-L is not handed on: pg_anon chooses"),
            ("--data-only", "sync-data-restore"),
            ("--clean", "use --clean-db"),
            ("-j8", "own option -j"),
            ("--disable-triggers", "triggers are not fired"),
        ] {
            assert!(error(text).contains(words), "{text}: {}", error(text));
        }
    }

    #[test]
    fn abbreviations_joined_letters_and_file_names_are_refused() {
        for text in ["--fil=/tmp/x", "--no-com", "-ef/tmp/x", "/other/archive", "-", "--", "'x", "--no-comments=1"] {
            assert!(pg_restore(text, 1).is_err(), "{text}");
        }
    }

    #[test]
    fn a_long_name_is_not_taken_for_a_letter() {
        assert!(pg_restore("--e", 1).is_err());
        assert!(pg_restore("-exit-on-error", 1).is_err());
    }

    #[test]
    fn one_transaction_is_one_connection() {
        assert!(error("-1").contains("needs -j1"));
        assert!(pg_restore("--single-transaction", 1).is_ok());
    }
}
