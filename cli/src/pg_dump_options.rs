//! `--pg-dump-options`: which of pg_dump's own options are handed on to it, and which are refused because they would lead
//! the output elsewhere, change what is dumped behind our back, or break the archive.
//!
//! The options are those of pg_dump 13 to 18. They are read as getopt_long reads them, abbreviations and joined short
//! options included, and handed on under their full names: what was judged is what pg_dump gets.

use crate::error::Error;

/// What becomes of an option.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Verdict {
    /// It is handed on.
    Pass,
    /// It changes nothing here, and is left out.
    Idle,
    /// An option of ours does it, and more than pg_dump's part of it.
    Ours(Ours),
    /// It is refused, for this reason.
    Refuse(&'static str),
}

/// Options that both have.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Ours {
    NoOwner,
    NoPrivileges,
    NoComments,
    Role,
    LockWaitTimeout,
}

/// An option of pg_dump's.
struct Known {
    long: &'static str,
    short: Option<char>,
    takes_value: bool,
    verdict: Verdict,
}

const fn flag(long: &'static str, verdict: Verdict) -> Known {
    Known { long, short: None, takes_value: false, verdict }
}

const fn value(long: &'static str, verdict: Verdict) -> Known {
    Known { long, short: None, takes_value: true, verdict }
}

const fn short(short: char, known: Known) -> Known {
    Known { short: Some(short), ..known }
}

const PLACE: Verdict = Verdict::Refuse(
    "it would lead the output elsewhere: --output-dir names the folder, --format=plain --file a script's file",
);
const CONNECTION: Verdict =
    Verdict::Refuse("pg_dump has to connect as all else does: use --db-host, --db-port, --db-user, --db-name");
const CONTENT: Verdict =
    Verdict::Refuse("it changes what is dumped: use dump, sync-struct-dump or sync-data-dump for all, structure, data");
const CHOICE: Verdict = Verdict::Refuse(
    "it changes what is dumped, which the data would not follow: use pg_anon's own options for a part of a database, or \
     dictionary_exclude",
);
const ROWS: Verdict = Verdict::Refuse("it is about rows, which pg_dump does not write here");
const LARGE_OBJECTS: Verdict = Verdict::Refuse("use --large-objects=keep, empty or skip");
const AT_RESTORE: Verdict = Verdict::Refuse("it has no effect on an archive: give it to pg_restore");
const STATISTICS: Verdict = Verdict::Refuse("statistics hold values of columns, unmasked");
const SNAPSHOT: Verdict = Verdict::Refuse("structure and data come from one snapshot, which pg_anon takes");
const ENDS: Verdict = Verdict::Refuse("pg_dump would dump nothing");

const KNOWN: &[Known] = &[
    // Handed on: they leave out what hangs on objects, or write the same in another way.
    flag("no-policies", Verdict::Pass),
    flag("no-publications", Verdict::Pass),
    flag("no-security-labels", Verdict::Pass),
    flag("no-subscriptions", Verdict::Pass),
    flag("no-table-access-method", Verdict::Pass),
    flag("no-tablespaces", Verdict::Pass),
    flag("no-toast-compression", Verdict::Pass),
    flag("quote-all-identifiers", Verdict::Pass),
    flag("disable-dollar-quoting", Verdict::Pass),
    value("extra-float-digits", Verdict::Pass),
    // Done anyway, or without effect.
    flag("no-statistics", Verdict::Idle),
    flag("no-sync", Verdict::Idle),
    value("sync-method", Verdict::Idle),
    flag("strict-names", Verdict::Idle),
    short('v', flag("verbose", Verdict::Idle)),
    short('w', flag("no-password", Verdict::Idle)),
    short('R', flag("no-reconnect", Verdict::Idle)),
    // Ours too.
    flag("no-comments", Verdict::Ours(Ours::NoComments)),
    short('O', flag("no-owner", Verdict::Ours(Ours::NoOwner))),
    short('x', flag("no-privileges", Verdict::Ours(Ours::NoPrivileges))),
    flag("no-acl", Verdict::Ours(Ours::NoPrivileges)),
    value("role", Verdict::Ours(Ours::Role)),
    value("lock-wait-timeout", Verdict::Ours(Ours::LockWaitTimeout)),
    // Refused.
    short('f', value("file", PLACE)),
    short('F', value("format", PLACE)),
    short('j', value("jobs", Verdict::Refuse("use --db-connections-per-process"))),
    short('Z', value("compress", Verdict::Refuse("use --compress"))),
    short('d', value("dbname", CONNECTION)),
    short('h', value("host", CONNECTION)),
    short('p', value("port", CONNECTION)),
    short('U', value("username", CONNECTION)),
    short('W', flag("password", CONNECTION)),
    short('a', flag("data-only", CONTENT)),
    short('s', flag("schema-only", CONTENT)),
    flag("no-data", CONTENT),
    flag("no-schema", CONTENT),
    value("section", CONTENT),
    flag("sequence-data", CONTENT),
    short('t', value("table", CHOICE)),
    short('T', value("exclude-table", CHOICE)),
    short('n', value("schema", CHOICE)),
    short('N', value("exclude-schema", CHOICE)),
    short('e', value("extension", CHOICE)),
    value("exclude-extension", CHOICE),
    value("table-and-children", CHOICE),
    value("exclude-table-and-children", CHOICE),
    value("exclude-table-data", CHOICE),
    value("exclude-table-data-and-children", CHOICE),
    value("filter", CHOICE),
    flag("no-unlogged-table-data", CHOICE),
    value("include-foreign-data", Verdict::Refuse("rows of foreign tables would come unmasked")),
    flag("inserts", ROWS),
    flag("column-inserts", ROWS),
    flag("attribute-inserts", ROWS),
    value("rows-per-insert", ROWS),
    flag("on-conflict-do-nothing", ROWS),
    flag("load-via-partition-root", ROWS),
    flag("enable-row-security", Verdict::Refuse("a dump never leaves out rows in silence")),
    short('b', flag("large-objects", LARGE_OBJECTS)),
    flag("blobs", LARGE_OBJECTS),
    short('B', flag("no-large-objects", LARGE_OBJECTS)),
    flag("no-blobs", LARGE_OBJECTS),
    short('E', value("encoding", Verdict::Refuse("structure and data are in the encoding of the database"))),
    short('c', flag("clean", AT_RESTORE)),
    short('C', flag("create", AT_RESTORE)),
    flag("if-exists", AT_RESTORE),
    flag("disable-triggers", AT_RESTORE),
    short('S', value("superuser", AT_RESTORE)),
    flag("use-set-session-authorization", AT_RESTORE),
    value("restrict-key", AT_RESTORE),
    flag("statistics", STATISTICS),
    flag("statistics-only", STATISTICS),
    flag("with-statistics", STATISTICS),
    value("snapshot", SNAPSHOT),
    flag("serializable-deferrable", SNAPSHOT),
    flag("no-synchronized-snapshots", SNAPSHOT),
    flag("binary-upgrade", Verdict::Refuse("it is for pg_upgrade only")),
    short('V', flag("version", ENDS)),
    short('?', flag("help", ENDS)),
];

/// What the options of pg_dump's say.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct PgDumpOptions {
    /// What is handed on to pg_dump, under full names.
    pub arguments: Vec<String>,
    /// Whether owners are left out.
    pub no_owner: bool,
    /// Whether grants are left out.
    pub no_privileges: bool,
    /// Whether comments are left out.
    pub no_comments: bool,
    /// The role that dumps.
    pub role: Option<String>,
    /// How long locks are waited for.
    pub lock_wait_timeout: Option<String>,
}

impl PgDumpOptions {
    /// Reads options as they would stand on pg_dump's command line, quoted as for a POSIX shell.
    pub fn parse(text: &str) -> Result<PgDumpOptions, Error> {
        let words = shlex::split(text)
            .ok_or_else(|| Error::Usage("--pg-dump-options: a quote is not closed, or a backslash ends it".into()))?;
        let mut options = PgDumpOptions::default();
        let mut words = words.into_iter();
        while let Some(word) = words.next() {
            if let Some(long) = word.strip_prefix("--").filter(|long| !long.is_empty()) {
                let (name, value) = match long.split_once('=') {
                    Some((name, value)) => (name, Some(value.to_owned())),
                    None => (long, None),
                };
                let known = find(name)?;
                if !known.takes_value && value.is_some() {
                    return Err(Error::Usage(format!("--pg-dump-options: --{} takes no value", known.long)));
                }
                options.take(known, &format!("--{name}"), value, &mut words)?;
            } else if let Some(letters) = word.strip_prefix('-').filter(|letters| !letters.is_empty() && word != "--") {
                for (at, letter) in letters.char_indices() {
                    let known = KNOWN
                        .iter()
                        .find(|known| known.short == Some(letter))
                        .ok_or_else(|| Error::Usage(format!("--pg-dump-options: pg_dump has no option -{letter}")))?;
                    let rest = letters.get(at + letter.len_utf8()..).filter(|rest| !rest.is_empty());
                    let value = if known.takes_value { rest.map(str::to_owned) } else { None };
                    options.take(known, &format!("-{letter}"), value, &mut words)?;
                    if known.takes_value {
                        break;
                    }
                }
            } else {
                return Err(Error::Usage(
                    "--pg-dump-options: a word that is no option would be the name of a database\n\
                     HINT: Name the database with --db-name."
                        .into(),
                ));
            }
        }
        Ok(options)
    }

    fn take(
        &mut self,
        known: &Known,
        typed: &str,
        value: Option<String>,
        words: &mut impl Iterator<Item = String>,
    ) -> Result<(), Error> {
        let full = format!("--{}", known.long);
        // Values are not shown: there are passwords in connection strings.
        if let Verdict::Refuse(reason) = known.verdict {
            let shown = if typed == full { full } else { format!("{typed} ({full})") };
            return Err(Error::Usage(format!("--pg-dump-options: {shown} is refused: {reason}")));
        }
        let value = match (known.takes_value, value) {
            (false, _) => None,
            (true, Some(value)) => Some(value),
            (true, None) => {
                let next = words.next();
                Some(next.ok_or_else(|| Error::Usage(format!("--pg-dump-options: {full} needs a value")))?)
            }
        };
        match (known.verdict, value) {
            (Verdict::Refuse(_) | Verdict::Idle, _) => {}
            (Verdict::Pass, None) => self.arguments.push(full),
            (Verdict::Pass, Some(value)) => self.arguments.push(format!("{full}={value}")),
            (Verdict::Ours(Ours::NoOwner), _) => self.no_owner = true,
            (Verdict::Ours(Ours::NoPrivileges), _) => self.no_privileges = true,
            (Verdict::Ours(Ours::NoComments), _) => self.no_comments = true,
            (Verdict::Ours(Ours::Role), value) => self.role = value,
            (Verdict::Ours(Ours::LockWaitTimeout), value) => self.lock_wait_timeout = value,
        }
        Ok(())
    }
}

/// The option of this name, or the only one that begins so.
fn find(name: &str) -> Result<&'static Known, Error> {
    if let Some(known) = KNOWN.iter().find(|known| known.long == name) {
        return Ok(known);
    }
    let candidates: Vec<&Known> =
        KNOWN.iter().filter(|known| !name.is_empty() && known.long.starts_with(name)).collect();
    match candidates.as_slice() {
        [known] => Ok(known),
        [] => Err(Error::Usage(format!("--pg-dump-options: pg_dump has no option --{name}"))),
        _ => {
            let names: Vec<_> = candidates.iter().map(|known| format!("--{}", known.long)).collect();
            Err(Error::Usage(format!("--pg-dump-options: --{name} may mean {}", names.join(", "))))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refused(text: &str) -> String {
        PgDumpOptions::parse(text).expect_err(text).to_string()
    }

    fn arguments(text: &str) -> Vec<String> {
        PgDumpOptions::parse(text).expect(text).arguments
    }

    #[test]
    fn harmless_options_are_handed_on_under_their_full_names() {
        assert_eq!(arguments(""), [""; 0]);
        assert_eq!(arguments("  --no-publications  --no-tablespaces"), ["--no-publications", "--no-tablespaces"]);
        assert_eq!(arguments("--no-sec --quote"), ["--no-security-labels", "--quote-all-identifiers"]);
        assert_eq!(
            arguments("--extra-float-digits 2 --extra-f=-1"),
            ["--extra-float-digits=2", "--extra-float-digits=-1"]
        );
        assert_eq!(arguments("-vw --no-sync"), [""; 0]);
    }

    #[test]
    fn what_is_ours_too_is_told_apart() {
        let options = PgDumpOptions::parse("-Ox --no-comments --role 'my role' --lock-wait-timeout=5s").unwrap();
        assert!(options.no_owner && options.no_privileges && options.no_comments);
        assert_eq!(options.role.as_deref(), Some("my role"));
        assert_eq!(options.lock_wait_timeout.as_deref(), Some("5s"));
        assert!(options.arguments.is_empty());
        assert!(PgDumpOptions::parse("--no-acl").unwrap().no_privileges);
    }

    #[test]
    fn no_way_of_writing_gets_a_refused_option_through() {
        for (text, named) in [
            ("--file=/tmp/x", "--file"),
            ("--file /tmp/x", "--file"),
            ("--form=c", "--form (--format)"),
            ("-f/tmp/x", "-f (--file)"),
            ("-f /tmp/x", "-f (--file)"),
            ("-xf/tmp/x", "-f (--file)"),
            ("-xFc", "-F (--format)"),
            ("-Oxa", "-a (--data-only)"),
            ("--no-tablespaces -vs", "-s (--schema-only)"),
            ("--'fi'le=x", "--file"),
            ("\"-f\" x", "-f (--file)"),
            ("--sect=data", "--sect (--section)"),
            ("--ins", "--ins (--inserts)"),
            ("-t public.t", "-t (--table)"),
            ("-hdb", "-h (--host)"),
            ("-?", "-? (--help)"),
        ] {
            assert!(refused(text).contains(&format!("{named} is refused: ")), "{text}: {}", refused(text));
        }
        assert!(refused("shop").contains("--db-name"));
        assert!(refused("-- shop").contains("--db-name"));
        assert!(refused("-x shop").contains("--db-name"));
        assert!(refused("-").contains("--db-name"));
    }

    #[test]
    fn a_reason_and_a_way_out_are_given_and_no_value_is_shown() {
        let message = refused("--dbname=postgresql://ann:hush@db/shop");
        assert!(message.contains("--db-name") && !message.contains("hush"), "{message}");
        assert!(refused("--inserts").contains("rows"));
        assert!(refused("-b").contains("--large-objects=keep"));
    }

    #[test]
    fn what_pg_dump_would_not_take_is_an_error() {
        assert!(refused("--frobnicate").contains("no option --frobnicate"));
        assert!(refused("-X").contains("no option -X"));
        // It depends on pg_dump's version which of them this is.
        assert!(refused("--fil=/tmp/x").contains("may mean --file, --filter"));
        assert!(refused("--no-").contains("may mean"));
        assert!(refused("--no-comments=yes").contains("takes no value"));
        assert!(refused("--role").contains("needs a value"));
        assert!(refused("--role 'x").contains("quote"));
    }

    #[test]
    fn every_name_and_letter_stands_for_one_option() {
        for (at, known) in KNOWN.iter().enumerate() {
            for other in KNOWN.iter().skip(at + 1) {
                assert_ne!(known.long, other.long);
                assert!(known.short.is_none() || known.short != other.short, "{}", known.long);
            }
        }
    }
}
