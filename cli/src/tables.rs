//! Which tables the user has chosen: tables dictionaries and pg_dump's patterns.

use std::collections::BTreeSet;
use std::path::PathBuf;

use anyhow::Context as _;
use pg_anon_core::dictionary::{self, TableList};
use pg_anon_core::name_pattern::{NamePattern, NamePatternError};

use pg_anon_core::archive::Selection;

use crate::args::{PatternArgs, TablesArgs};
use crate::error::Error;
use crate::progress::some_names;
use crate::text::visible;

const WHITE_LIST: &str = "--partial-tables-dict-file";
const BLACK_LIST: &str = "--partial-tables-exclude-dict-file";

/// Tables dictionaries.
#[derive(Debug, Default)]
pub struct Lists {
    /// The tables that are chosen, when not all are.
    pub include: Option<TableList>,
    /// The tables that are not.
    pub exclude: Option<TableList>,
}

impl Lists {
    /// Reads the dictionaries that options name.
    pub fn read(args: &TablesArgs) -> anyhow::Result<Lists> {
        let include = read(WHITE_LIST, &args.partial_tables_dict_file)?;
        if include.as_ref().is_some_and(|list| list.tables().is_empty()) {
            // Taken for "no list", it would let everything through.
            return Err(Error::Usage(format!("{WHITE_LIST} names no table: nothing would be chosen")).into());
        }
        let exclude = read(BLACK_LIST, &args.partial_tables_exclude_dict_file)?;
        Ok(Lists { include, exclude: exclude.filter(|list| !list.tables().is_empty()) })
    }

    /// Whether there is a list at all.
    pub fn is_some(&self) -> bool {
        self.include.is_some() || self.exclude.is_some()
    }

    /// Tells for each table, by the names that it is meant by (its own, then its partitioned parents'), whether it is
    /// chosen. A list that matches none of them is an error, and so is when nothing is left. `of_what` is where the tables
    /// are, for messages.
    ///
    /// Of a dump of a part, `is_part`, a black list that matches nothing is only warned about: it may be the one that the dump
    /// was made with.
    pub fn choose<'a, N>(
        &self,
        tables: impl IntoIterator<Item = N>,
        of_what: &str,
        is_part: bool,
    ) -> anyhow::Result<Vec<bool>>
    where
        N: IntoIterator<Item = (&'a str, &'a str)> + Clone,
    {
        let (mut included, mut excluded) = (false, false);
        let mut chosen = Vec::new();
        for names in tables {
            for (schema, table) in names.clone() {
                included |= self.include.as_ref().is_some_and(|list| matches!(list.matches(schema, table), Ok(true)));
                excluded |= self.exclude.as_ref().is_some_and(|list| matches!(list.matches(schema, table), Ok(true)));
            }
            chosen.push(TableList::choose(self.include.as_ref(), self.exclude.as_ref(), names)?);
        }
        for (list, matches, option) in [(&self.include, included, WHITE_LIST), (&self.exclude, excluded, BLACK_LIST)] {
            if let Some(list) = list
                && !matches
            {
                let patterns: Vec<_> = list.tables().iter().map(ToString::to_string).collect();
                let patterns = some_names(&patterns, PATTERNS_SHOWN);
                let message = format!("{option} matches no table of {of_what}: {patterns}");
                if is_part && option == BLACK_LIST {
                    log::warn!("{message}");
                    continue;
                }
                return Err(Error::Tables(format!(
                    "{message}\n\
                     HINT: Names are case-sensitive and stand without quotes; only tables are matched, not views."
                ))
                .into());
            }
        }
        if self.is_some() && !chosen.contains(&true) {
            return Err(Error::Tables(format!("the tables dictionaries leave no table of {of_what}")).into());
        }
        Ok(chosen)
    }

    /// Says which patterns match none of these tables, as [`Lists::choose`] takes them. Of a dump of a part, `is_part`, those of
    /// the black list may be the ones that the dump was made with.
    pub fn warn_of_vain_patterns<'a, N>(
        &self,
        tables: impl IntoIterator<Item = N> + Clone,
        of_what: &str,
        is_part: bool,
    ) -> anyhow::Result<()>
    where
        N: IntoIterator<Item = (&'a str, &'a str)>,
    {
        let black = self.exclude.as_ref().filter(|_| !is_part);
        for (list, option) in [(self.include.as_ref(), WHITE_LIST), (black, BLACK_LIST)] {
            let Some(list) = list else { continue };
            let mut vain: BTreeSet<usize> = (0..list.tables().len()).collect();
            for (schema, table) in tables.clone().into_iter().flatten() {
                for position in list.all_positions(schema, table)? {
                    vain.remove(&position);
                }
            }
            let patterns: Vec<_> =
                vain.iter().filter_map(|position| list.tables().get(*position)).map(ToString::to_string).collect();
            if !patterns.is_empty() {
                log::warn!("{option}: no table of {of_what} matches {}", some_names(&patterns, PATTERNS_SHOWN));
            }
        }
        Ok(())
    }
}

/// How many patterns a message shows.
const PATTERNS_SHOWN: usize = 10;

/// How many names a summary shows in a row.
const NAMES_SHOWN: usize = 50;

/// What is left out because tables are, though it does not belong to one of them: lines of a summary.
pub fn left_out(selection: &Selection) -> String {
    let mut text = String::new();
    let names = |names: &[String], kind: &str| {
        let names: Vec<_> =
            names.iter().map(|name| visible(name.strip_prefix(kind).unwrap_or(name)).into_owned()).collect();
        some_names(&names, NAMES_SHOWN)
    };
    if !selection.foreign_keys.is_empty() {
        let keys = names(&selection.foreign_keys, "FK CONSTRAINT ");
        text.push_str(&format!("  left out, foreign keys to tables left out: {keys}\n"));
    }
    if !selection.dependents.is_empty() {
        let dependents = names(&selection.dependents, "");
        text.push_str(&format!("  left out, needs tables left out: {dependents}\n"));
    }
    text
}

/// Reads and joins the files of one option. None: it was not given.
fn read(option: &str, files: &[PathBuf]) -> anyhow::Result<Option<TableList>> {
    let files: Vec<_> = files.iter().filter(|file| !file.as_os_str().is_empty()).collect();
    if files.is_empty() {
        return Ok(None);
    }
    let mut values = Vec::new();
    for file in files {
        let name = file.display().to_string();
        let content = std::fs::read(file).with_context(|| format!("{option}: cannot read {name}"))?;
        if let Some(value) = dictionary::parse(&content).with_context(|| format!("{option}: cannot read {name}"))? {
            values.push((name, value));
        }
    }
    Ok(Some(TableList::merge(values.iter().map(|(name, value)| (name.as_str(), value)))?))
}

/// The patterns of pg_dump's options, which mean what they mean there.
#[derive(Debug, Default)]
pub struct Patterns {
    /// `-n`.
    pub schemas: Vec<NamePattern>,
    /// `-N`.
    pub exclude_schemas: Vec<NamePattern>,
    /// `-t`.
    pub tables: Vec<NamePattern>,
    /// `-T`.
    pub exclude_tables: Vec<NamePattern>,
}

impl Patterns {
    /// Reads the patterns that options give.
    pub fn new(args: &PatternArgs) -> Result<Patterns, Error> {
        fn all(
            option: &str,
            patterns: &[String],
            read: fn(&str) -> Result<NamePattern, NamePatternError>,
        ) -> Result<Vec<NamePattern>, Error> {
            let patterns = patterns.iter().map(|pattern| read(pattern));
            patterns.collect::<Result<_, _>>().map_err(|error| Error::Usage(format!("{option}: {error}")))
        }
        Ok(Patterns {
            schemas: all("--schema", &args.schema, NamePattern::schema)?,
            exclude_schemas: all("--exclude-schema", &args.exclude_schema, NamePattern::schema)?,
            tables: all("--table", &args.table, NamePattern::relation)?,
            exclude_tables: all("--exclude-table", &args.exclude_table, NamePattern::relation)?,
        })
    }

    /// Whether only what is named is dumped: pg_dump leaves out all that is in no schema then.
    pub fn name_some(&self) -> bool {
        !self.schemas.is_empty() || !self.tables.is_empty()
    }

    /// Whether there is a pattern at all.
    pub fn is_some(&self) -> bool {
        self.name_some() || !self.exclude_schemas.is_empty() || !self.exclude_tables.is_empty()
    }
}
