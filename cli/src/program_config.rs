//! The YAML file of `--config`, which names pg_dump and pg_restore by the server's major version.

use std::collections::BTreeMap;
use std::fmt;
use std::path::{Path, PathBuf};

use serde::Deserialize;
use serde::de::{Deserializer, Visitor};

use crate::error::Error;
use crate::pgcmd::Kind;

/// The one section of the file that is read. Others are passed over, as the Python tool does.
const SECTION: &str = "pg-utils-versions";

#[derive(Deserialize)]
struct Content {
    #[serde(rename = "pg-utils-versions")]
    versions: Option<BTreeMap<Version, Option<Programs>>>,
}

/// For which servers an entry is.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
enum Version {
    /// Those of this major version.
    Major(i64),
    /// `default`: those that have no entry of their own. Or something that is no version.
    Text(String),
}

impl<'de> Deserialize<'de> for Version {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Version, D::Error> {
        struct Key;
        impl Visitor<'_> for Key {
            type Value = Version;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a major version of PostgreSQL, or default")
            }

            fn visit_i64<E>(self, number: i64) -> Result<Version, E> {
                Ok(Version::Major(number))
            }

            fn visit_u64<E>(self, number: u64) -> Result<Version, E> {
                Ok(Version::Major(i64::try_from(number).unwrap_or(i64::MAX)))
            }

            fn visit_str<E>(self, text: &str) -> Result<Version, E> {
                Ok(Version::Text(text.to_owned()))
            }
        }
        deserializer.deserialize_any(Key)
    }
}

/// The two programs of an entry.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
struct Programs {
    pg_dump: Option<PathBuf>,
    pg_restore: Option<PathBuf>,
}

/// A file that was read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ProgramConfig {
    file: PathBuf,
    versions: BTreeMap<i64, Programs>,
    default: Option<Programs>,
}

impl ProgramConfig {
    /// Reads a file.
    pub fn read(file: &Path) -> Result<ProgramConfig, Error> {
        if !file.extension().is_some_and(|suffix| suffix == "yml" || suffix == "yaml") {
            return Err(Error::Usage(format!("--config: the name of {} must end in .yml or .yaml", file.display())));
        }
        let content = std::fs::read_to_string(file)
            .map_err(|error| Error::Config(format!("cannot read {}: {error}", file.display())))?;
        ProgramConfig::parse(file, &content)
    }

    fn parse(file: &Path, content: &str) -> Result<ProgramConfig, Error> {
        let wrong = |what: String| Error::Config(format!("{}: {what}", file.display()));
        let content: Content = serde_saphyr::from_str(content).map_err(|error| {
            // The lines that follow draw the place in the file.
            let error = error.to_string();
            let error = error.lines().next().unwrap_or_default();
            wrong(error.strip_prefix("error: ").unwrap_or(error).to_owned())
        })?;
        let entries = content.versions.ok_or_else(|| {
            wrong(format!(
                "there is no section {SECTION}\n\
                 HINT: It holds for each major version pg_dump and pg_restore: 15: {{pg_dump: FILE, pg_restore: FILE}}"
            ))
        })?;
        let mut config = ProgramConfig { file: file.to_owned(), versions: BTreeMap::new(), default: None };
        for (version, programs) in entries {
            let programs = programs.unwrap_or_default();
            match version {
                Version::Major(major) => drop(config.versions.insert(major, programs)),
                Version::Text(text) if text == "default" => config.default = Some(programs),
                Version::Text(text) => {
                    return Err(wrong(format!(
                        "{SECTION}: \"{text}\" is neither a major version of PostgreSQL, a number without quotes, nor \
                         default"
                    )));
                }
            }
        }
        Ok(config)
    }

    /// The program for a server of this major version, and which entry names it. None: the file names none.
    pub fn program(&self, kind: Kind, server: i32) -> Result<Option<(PathBuf, String)>, Error> {
        let (entry, programs) = match (self.versions.get(&i64::from(server)), &self.default) {
            (Some(programs), _) => (server.to_string(), programs),
            (None, Some(programs)) => ("default".to_owned(), programs),
            (None, None) => return Ok(None),
        };
        let place = format!("{}, {SECTION}, {entry}", self.file.display());
        let named = |program: &Option<PathBuf>| program.clone().filter(|file| !file.as_os_str().is_empty());
        match (named(&programs.pg_dump), named(&programs.pg_restore), kind) {
            (Some(file), Some(_), Kind::Dump) | (Some(_), Some(file), Kind::Restore) => Ok(Some((file, place))),
            (dump, _, _) => Err(Error::Config(format!(
                "{place}: {} is missing: an entry names both pg_dump and pg_restore",
                if dump.is_none() { Kind::Dump.name() } else { Kind::Restore.name() }
            ))),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(content: &str) -> Result<ProgramConfig, Error> {
        ProgramConfig::parse(Path::new("tools.yml"), content)
    }

    fn file(config: &ProgramConfig, kind: Kind, server: i32) -> Option<String> {
        config.program(kind, server).unwrap().map(|(file, _)| file.display().to_string())
    }

    const BOTH: &str = "
pg-utils-versions:
  15: {pg_dump: /fifteen/pg_dump, pg_restore: /fifteen/pg_restore}
  default:
    pg_dump: /newest/pg_dump
    pg_restore: /newest/pg_restore
    pg_dumpall: /newest/pg_dumpall
something-else: [1, 2]
";

    #[test]
    fn the_entry_of_the_server_s_version_wins_over_the_default() {
        let config = parse(BOTH).unwrap();
        assert_eq!(file(&config, Kind::Dump, 15).as_deref(), Some("/fifteen/pg_dump"));
        assert_eq!(file(&config, Kind::Restore, 15).as_deref(), Some("/fifteen/pg_restore"));
        assert_eq!(file(&config, Kind::Restore, 17).as_deref(), Some("/newest/pg_restore"));
    }

    #[test]
    fn a_version_that_is_not_listed_has_no_program_when_there_is_no_default() {
        let config = parse("pg-utils-versions:\n  15: {pg_dump: a, pg_restore: b}\n").unwrap();
        assert_eq!(file(&config, Kind::Dump, 16), None);
    }

    #[test]
    fn an_entry_that_is_used_and_lacks_a_program_is_named() {
        let config = parse("pg-utils-versions:\n  15: {pg_dump: a}\n  16: {pg_restore: b}\n  17:\n").unwrap();
        for (server, missing) in [(15, "15: pg_restore"), (16, "16: pg_dump"), (17, "17: pg_dump")] {
            for kind in [Kind::Dump, Kind::Restore] {
                let error = config.program(kind, server).unwrap_err().to_string();
                assert!(error.contains(missing) && error.contains("tools.yml"), "{error}");
            }
        }
    }

    #[test]
    fn what_is_no_configuration_is_refused_with_the_reason() {
        for (content, expected) in [
            ("pg-utils-versions: [", "line 1"),
            ("pg-utils-versions: 3", "line 1"),
            ("", "no section pg-utils-versions"),
            ("other: 1", "no section pg-utils-versions"),
            ("pg-utils-versions:\n  '15': {pg_dump: a, pg_restore: b}", "\"15\" is neither"),
            ("pg-utils-versions:\n  latest: {pg_dump: a, pg_restore: b}", "\"latest\" is neither"),
            ("pg-utils-versions:\n  15: {pg_dump: [a]}", "line 2"),
        ] {
            let error = parse(content).unwrap_err();
            assert!(matches!(error, Error::Config(_)), "{content}");
            assert!(error.to_string().starts_with("tools.yml: ") && error.to_string().contains(expected), "{error}");
        }
    }

    #[test]
    fn a_name_without_the_suffix_of_yaml_is_a_usage_error() {
        for name in ["config.json", "yml", ".yml"] {
            assert!(matches!(ProgramConfig::read(Path::new(name)), Err(Error::Usage(_))), "{name}");
        }
        assert!(matches!(ProgramConfig::read(Path::new("/no/such/file.yml")), Err(Error::Config(_))));
    }
}
