use super::sql::{self, Kind, Sql};
use super::{Archive, ArchiveError, Entry, conninfo};

/// Options of user mappings that are no secrets. All others lose their value: what a foreign-data wrapper of which nothing
/// is known keeps in a user mapping is most likely a secret.
const MAPPING_OPTIONS: [&[u8]; 11] = [
    b"user",
    b"username",
    b"user_name",
    b"password_required",
    b"use_scram_passthrough",
    b"sslmode",
    b"sslcert",
    b"sslkey",
    b"sslrootcert",
    b"sslcrl",
    b"passfile",
];

/// Encodings that a client may have and a server may not: in them, the second byte of a character may be a quote's or a
/// backslash's.
const UNSAFE_ENCODINGS: [&str; 7] = ["SJIS", "BIG5", "GBK", "UHC", "GB18030", "JOHAB", "SHIFT_JIS_2004"];

/// A piece of an entry's definition, and what takes its place.
type Change = (std::ops::Range<usize>, Vec<u8>);

impl Archive {
    /// Takes passwords and other secrets out of where PostgreSQL keeps them: options of user mappings, servers, foreign-data
    /// wrappers and foreign tables, connection strings of subscriptions, and settings of the database and of roles in it.
    /// Gives the names of the entries that were changed.
    ///
    /// The option or setting stays, with the empty string as its value, because some wrappers demand that a password option is
    /// there; what a subscription's connection string says of a password goes altogether.
    ///
    /// # Errors
    /// The text of such an entry is not what pg_dump is known to write, so that a password might stay in it; or the archive is in
    /// an encoding in which quotes cannot be told from parts of characters. Nothing is changed then.
    pub fn remove_passwords(&mut self) -> Result<Vec<String>, ArchiveError> {
        let setting = |desc: &str| {
            let entry = self.entries.iter().find(|entry| entry.is(desc))?;
            Some(String::from_utf8_lossy(entry.definition.as_deref().unwrap_or_default()).into_owned())
        };
        if let Some(encoding) = setting("ENCODING") {
            let name = encoding.split('\'').nth(1).unwrap_or_default();
            if UNSAFE_ENCODINGS.contains(&name.to_ascii_uppercase().as_str()) {
                return Err(ArchiveError::UnsafeEncoding(name.to_owned()));
            }
        }
        let standard_strings = match setting("STDSTRINGS") {
            Some(text) if text.contains("'off'") => false,
            Some(text) if !text.contains("'on'") => {
                let what = "it says neither on nor off";
                return Err(ArchiveError::NotUnderstood { entry: "STDSTRINGS".to_owned(), what });
            }
            _ => true,
        };

        let mut cleaned = Vec::new();
        for (index, entry) in self.entries.iter().enumerate() {
            let definition = clean(entry, standard_strings)
                .map_err(|what| ArchiveError::NotUnderstood { entry: entry.name(), what })?;
            if let Some(definition) = definition {
                cleaned.push((index, definition));
            }
        }
        let mut names = Vec::with_capacity(cleaned.len());
        for (index, definition) in cleaned {
            if let Some(entry) = self.entries.get_mut(index) {
                names.push(entry.name());
                entry.definition = Some(definition);
            }
        }
        Ok(names)
    }
}

/// The definition without its secrets; `None` when it has none.
fn clean(entry: &Entry, standard_strings: bool) -> Result<Option<Vec<u8>>, &'static str> {
    let find: fn(&Sql<'_>) -> Result<Vec<Change>, &'static str> = match entry.desc.as_deref() {
        Some(b"USER MAPPING") => user_mapping,
        Some(b"SERVER") => server,
        Some(b"FOREIGN DATA WRAPPER") => foreign_data_wrapper,
        Some(b"FOREIGN TABLE") => foreign_table,
        Some(b"SUBSCRIPTION") => subscription,
        Some(b"DATABASE PROPERTIES") => database_properties,
        _ => return Ok(None),
    };
    let Some(definition) = entry.definition.as_deref() else { return Ok(None) };
    let sql = Sql::tokenize(definition, standard_strings)?;
    let mut changes = find(&sql)?;
    if changes.is_empty() {
        return Ok(None);
    }
    changes.sort_by_key(|(range, _)| range.start);
    let mut out = Vec::with_capacity(definition.len());
    let mut at = 0;
    for (range, text) in changes {
        out.extend_from_slice(definition.get(at..range.start).unwrap_or_default());
        out.extend_from_slice(&text);
        at = range.end;
    }
    out.extend_from_slice(definition.get(at..).unwrap_or_default());
    Ok(Some(out))
}

fn user_mapping(sql: &Sql<'_>) -> Result<Vec<Change>, &'static str> {
    let lists = option_lists(sql)?;
    if !sql.are_words(0, &["CREATE", "USER", "MAPPING", "FOR"]) || sql.name(4).is_none() || !sql.is_word(5, "SERVER") {
        return Err("it is not CREATE USER MAPPING FOR ... SERVER ...");
    }
    no_other_literals(sql, &lists, &[])?;
    let secret = |name: &[u8], _: &[u8]| !MAPPING_OPTIONS.contains(&name.to_ascii_lowercase().as_slice());
    blanked(sql, &lists, secret)
}

fn server(sql: &Sql<'_>) -> Result<Vec<Change>, &'static str> {
    let lists = option_lists(sql)?;
    if !sql.are_words(0, &["CREATE", "SERVER"]) {
        return Err("it is not CREATE SERVER");
    }
    no_other_literals(sql, &lists, &["TYPE", "VERSION"])?;
    blanked(sql, &lists, is_secret_option)
}

fn foreign_data_wrapper(sql: &Sql<'_>) -> Result<Vec<Change>, &'static str> {
    let lists = option_lists(sql)?;
    if !sql.are_words(0, &["CREATE", "FOREIGN", "DATA", "WRAPPER"]) {
        return Err("it is not CREATE FOREIGN DATA WRAPPER");
    }
    no_other_literals(sql, &lists, &[])?;
    blanked(sql, &lists, is_secret_option)
}

fn foreign_table(sql: &Sql<'_>) -> Result<Vec<Change>, &'static str> {
    // Literals elsewhere are defaults and checks, as in any table.
    blanked(sql, &option_lists(sql)?, is_secret_option)
}

fn is_secret_option(name: &[u8], value: &[u8]) -> bool {
    conninfo::is_secret_name(name) || conninfo::holds_secret(value)
}

/// Where the name and the value of an option stand.
struct OptionAt {
    name: Vec<u8>,
    value: usize,
}

/// All options in `OPTIONS (name 'value', ...)`.
fn option_lists(sql: &Sql<'_>) -> Result<Vec<OptionAt>, &'static str> {
    let mut options = Vec::new();
    let mut at = 0;
    while at < sql.tokens.len() {
        // Names that pg_dump and the server leave unquoted are in lower case, so this is the keyword.
        if !sql.is_word(at, "OPTIONS") {
            at += 1;
            continue;
        }
        at += 1;
        if !sql.is_symbol(at, b'(') {
            return Err("OPTIONS is not followed by a list");
        }
        loop {
            let name = sql.name(at + 1).ok_or("an option has no name")?;
            let value = at + 2;
            if !sql.is_literal(value) {
                return Err("an option has no quoted value");
            }
            options.push(OptionAt { name, value });
            at += 3;
            if sql.is_symbol(at, b')') {
                break;
            }
            if !sql.is_symbol(at, b',') {
                return Err("a list of options is neither continued nor closed");
            }
        }
        if !sql.is_symbol(at + 1, b';') {
            return Err("a list of options is followed by something");
        }
    }
    Ok(options)
}

/// Makes sure that every literal is the value of an option, or follows one of these words.
fn no_other_literals(sql: &Sql<'_>, options: &[OptionAt], after: &[&str]) -> Result<(), &'static str> {
    let known = |index: usize| {
        options.iter().any(|option| option.value == index)
            || index > 0 && after.iter().any(|word| sql.is_word(index - 1, word))
    };
    let strange = sql.tokens.iter().enumerate();
    let mut strange = strange.filter(|(index, token)| matches!(token.kind, Kind::Literal { .. }) && !known(*index));
    if strange.next().is_some() { Err("it has a quoted string that is no option") } else { Ok(()) }
}

fn blanked(
    sql: &Sql<'_>,
    options: &[OptionAt],
    secret: impl Fn(&[u8], &[u8]) -> bool,
) -> Result<Vec<Change>, &'static str> {
    let mut changes = Vec::new();
    for option in options {
        let value = sql.value(option.value)?;
        if !value.is_empty() && secret(&option.name, &value) {
            changes.extend(blank(sql, option.value, &value));
        }
    }
    Ok(changes)
}

/// Puts the empty string in the place of a literal; of a PostgreSQL URI, only the password goes.
fn blank(sql: &Sql<'_>, index: usize, value: &[u8]) -> Option<Change> {
    let range = sql.tokens.get(index)?.range.clone();
    let rest = if conninfo::is_uri(value) { conninfo::without_passwords(value).ok().flatten() } else { None };
    Some((range, sql::literal(&rest.unwrap_or_default())))
}

fn subscription(sql: &Sql<'_>) -> Result<Vec<Change>, &'static str> {
    if !sql.are_words(0, &["CREATE", "SUBSCRIPTION"]) || sql.name(2).is_none() {
        return Err("it is not CREATE SUBSCRIPTION");
    }
    let statements = sql.tokens.iter().enumerate().filter(|&(index, _)| sql.is_word(index, "CONNECTION")).count();
    if !sql.is_word(3, "CONNECTION") || !sql.is_literal(4) || !sql.is_word(5, "PUBLICATION") || statements != 1 {
        return Err("its connection string is not where it should be");
    }
    let Some(conninfo) = conninfo::without_passwords(&sql.value(4)?)? else { return Ok(Vec::new()) };
    Ok(sql.tokens.get(4).map(|token| (token.range.clone(), sql::literal(&conninfo))).into_iter().collect())
}

/// `ALTER DATABASE ... SET name TO 'value', ...;` and `ALTER ROLE ... IN DATABASE ... SET ...`. No setting of PostgreSQL's own
/// that can be set there is a secret; applications keep theirs under names with a dot.
fn database_properties(sql: &Sql<'_>) -> Result<Vec<Change>, &'static str> {
    let mut changes = Vec::new();
    for index in 0..sql.tokens.len() {
        if !sql.is_word(index, "SET") {
            continue;
        }
        let Some(mut name) = sql.name(index + 1) else { continue };
        let mut at = index + 2;
        while sql.is_symbol(at, b'.') {
            name.push(b'.');
            name.extend(sql.name(at + 1).ok_or("a setting has no name")?);
            at += 2;
        }
        if !name.contains(&b'.') {
            continue;
        }
        if !sql.is_word(at, "TO") {
            return Err("a setting has no value");
        }
        loop {
            at += 1;
            let value = sql.value(at)?;
            if !value.is_empty() && is_secret_option(&name, &value) {
                changes.extend(blank(sql, at, &value));
            }
            at += 1;
            if sql.is_symbol(at, b';') {
                break;
            }
            if !sql.is_symbol(at, b',') {
                return Err("the value of a setting is followed by something");
            }
        }
    }
    Ok(changes)
}
