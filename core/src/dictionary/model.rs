//! What dictionary files say, checked and merged.

use std::collections::HashMap;

use indexmap::IndexMap;
use serde_json::{Map, Value};

use super::{MaskError, NameMask, PatternIndex, TablePattern};

/// A schema whose structure is never dumped: pg_anon 1.x leaves it out of every dump.
const ALWAYS_EXCLUDED_SCHEMA: &str = "columnar_internal";

/// The keys that say which tables an entry is about.
const PATTERN_KEYS: [&str; 4] = ["schema", "schema_mask", "table", "table_mask"];

/// The keys of a rule beside [`PATTERN_KEYS`].
const RULE_KEYS: [&str; 3] = ["fields", "sql_condition", "raw_sql"];

/// Sections of other kinds of dictionary, which may stand in the same file.
const OTHER_SECTIONS: [&str; 16] = [
    "dictionary",
    "dictionary_exclude",
    "consistent",
    "validate_tables",
    "tables",
    "no_sens_dictionary",
    "field",
    "skip_rules",
    "include_rules",
    "data_regex",
    "data_const",
    "data_func",
    "data_sql_condition",
    "sens_pg_types",
    "funcs",
    "detectors",
];

/// What is wrong in a dictionary, and where. Displayed as `FILE: PLACE: MESSAGE`.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{file}: {}{message}", place.as_ref().map_or(String::new(), |place| format!("{place}: ")))]
pub struct DictionaryError {
    /// The name of the file as it was given to `merge`.
    pub file: String,
    /// The section and the rule in it, counted from 1, such as `dictionary, rule 3 (schema "public", table "users")`.
    pub place: Option<String>,
    /// What is wrong.
    pub message: String,
}

/// What is done with the tables that one pattern matches.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TableRule {
    /// Which tables the rule is about.
    pub pattern: TablePattern,
    /// Column name -> rule text, in the order of the file.
    pub fields: IndexMap<String, String>,
    /// Only rows that satisfy this SQL condition are dumped. As it was written: it may begin with WHERE.
    pub sql_condition: Option<String>,
    /// A query whose rows are dumped instead of the table's.
    pub raw_sql: Option<String>,
}

/// A column by its names, exact and unquoted.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct ColumnName {
    /// The schema.
    pub schema: String,
    /// The table.
    pub table: String,
    /// The column.
    pub column: String,
}

/// The sensitive dictionaries of one run, merged.
#[derive(Debug, Clone, Default)]
pub struct Dictionary {
    rules: Vec<TableRule>,
    exclude: Vec<TablePattern>,
    consistent: Vec<Vec<ColumnName>>,
    validate_tables: Vec<TablePattern>,
    rule_index: PatternIndex,
    exclude_index: PatternIndex,
}

impl Dictionary {
    /// Checks and merges files in their order. The names are for messages. A file without data is passed over.
    ///
    /// Rules with the same four pattern keys become one at the place of the first: their fields are joined, a later file
    /// wins for a column; the condition is replaced when the later rule has the key. Rules with different keys stay apart
    /// even when they match the same table. A second, different `raw_sql` for the same keys is an error, and so is
    /// `raw_sql` beside fields or a condition, which it would put out of force. Groups of consistent columns that share a
    /// column become one.
    pub fn merge<'a>(files: impl IntoIterator<Item = (&'a str, &'a Value)>) -> Result<Dictionary, DictionaryError> {
        let mut rules: IndexMap<TablePattern, TableRule> = IndexMap::new();
        let mut exclude = Vec::new();
        let mut consistent = Vec::new();
        let mut validate_tables = Vec::new();
        let mut masks = MaskCache::default();
        for (file, value) in files {
            let Some(sections) = sections(file, value, &["dictionary", "dictionary_exclude", "consistent"])? else {
                continue;
            };
            for (place, entry) in entries(file, sections, "consistent")? {
                join_group(&mut consistent, read_group(&place, entry)?);
            }
            for (place, entry) in entries(file, sections, "dictionary")? {
                let rule = Rule::read(&place, entry, &mut masks)?;
                match rules.entry(rule.pattern.clone()) {
                    indexmap::map::Entry::Vacant(vacant) => {
                        let merged = vacant.insert(TableRule {
                            pattern: rule.pattern,
                            fields: rule.fields,
                            sql_condition: rule.sql_condition.flatten(),
                            raw_sql: rule.raw_sql,
                        });
                        check_raw_sql(&place, merged)?;
                    }
                    indexmap::map::Entry::Occupied(mut occupied) => {
                        let merged = occupied.get_mut();
                        merged.fields.extend(rule.fields);
                        if let Some(condition) = rule.sql_condition {
                            merged.sql_condition = condition;
                        }
                        if let Some(raw_sql) = rule.raw_sql {
                            if merged.raw_sql.as_ref().is_some_and(|first| *first != raw_sql) {
                                return Err(
                                    place.error("there is an earlier rule with the same keys and another raw_sql")
                                );
                            }
                            merged.raw_sql = Some(raw_sql);
                        }
                        check_raw_sql(&place, merged)?;
                    }
                }
            }
            for (section, into) in [("dictionary_exclude", &mut exclude), ("validate_tables", &mut validate_tables)] {
                for (place, entry) in entries(file, sections, section)? {
                    into.push(read_pattern_only(&place, entry, &mut masks)?);
                }
            }
        }
        let rules: Vec<TableRule> = rules.into_values().collect();
        let rule_index = PatternIndex::new(rules.iter().map(|rule| &rule.pattern));
        let exclude_index = PatternIndex::new(&exclude);
        Ok(Dictionary { rules, exclude, consistent, validate_tables, rule_index, exclude_index })
    }

    /// The dictionary in the syntax of a file. Merging this value alone gives the same dictionary.
    pub fn to_value(&self) -> Value {
        let mut sections = Map::new();
        sections.insert("dictionary".to_owned(), self.rules.iter().map(rule_to_value).collect());
        sections.insert("dictionary_exclude".to_owned(), self.exclude.iter().map(pattern_to_value).collect());
        if !self.consistent.is_empty() {
            let group = |columns: &Vec<ColumnName>| columns.iter().map(column_to_value).collect::<Value>();
            sections.insert("consistent".to_owned(), self.consistent.iter().map(group).collect());
        }
        if !self.validate_tables.is_empty() {
            sections.insert("validate_tables".to_owned(), self.validate_tables.iter().map(pattern_to_value).collect());
        }
        Value::Object(sections)
    }

    /// The rules, merged, in the order of their first appearance.
    pub fn rules(&self) -> &[TableRule] {
        &self.rules
    }

    /// The patterns of `dictionary_exclude`, over all files.
    pub fn exclude(&self) -> &[TablePattern] {
        &self.exclude
    }

    /// The groups of columns that are masked alike, over all files. No column is in two of them.
    pub fn consistent(&self) -> &[Vec<ColumnName>] {
        &self.consistent
    }

    /// The rule of a table by its own name: the first rule that names schema and table exactly, else the last rule that
    /// matches by a mask. Exactly one rule applies; others that match are not merged into it.
    ///
    /// The error is a mask that took too many steps.
    pub fn find(&self, schema: &str, table: &str) -> Result<Option<&TableRule>, MaskError> {
        Ok(self.find_position(schema, table)?.and_then(|position| self.rules.get(position)))
    }

    /// Whether a pattern of `dictionary_exclude` matches the table.
    pub fn excludes(&self, schema: &str, table: &str) -> Result<bool, MaskError> {
        Ok(self.exclude_index.find(schema, table, |position| self.exclude.get(position))?.is_some())
    }

    /// Those of the given schemas whose structure is left out of the dump as well: named by `schema`, or matched by a
    /// `schema_mask` that is a regular expression, in an exclude rule whose `table_mask` is `*`. A schema that a rule of
    /// the dictionary or of `validate_tables` names exactly is never left out. `columnar_internal` always is.
    pub fn excluded_schemas(&self, schemas: &[String]) -> Result<Vec<String>, MaskError> {
        let mut excluded = Vec::new();
        for schema in schemas {
            if schema == ALWAYS_EXCLUDED_SCHEMA || self.excludes_schema(schema)?.is_some() {
                excluded.push(schema.clone());
            }
        }
        Ok(excluded)
    }

    /// The exclude rule that leaves out the structure of a schema.
    pub(crate) fn excludes_schema(&self, schema: &str) -> Result<Option<&TablePattern>, MaskError> {
        let kept = self.rules.iter().map(|rule| &rule.pattern).chain(&self.validate_tables);
        if kept.into_iter().any(|pattern| pattern.schema.as_deref() == Some(schema)) {
            return Ok(None);
        }
        for pattern in &self.exclude {
            if !pattern.table_mask.as_ref().is_some_and(NameMask::is_everything) {
                continue;
            }
            let by_mask = match &pattern.schema_mask {
                Some(mask) if !mask.is_everything() => mask.matches(schema)?,
                _ => false,
            };
            if by_mask || pattern.schema.as_deref() == Some(schema) {
                return Ok(Some(pattern));
            }
        }
        Ok(None)
    }

    /// Whether the structure of the schema is left out whatever the dictionary says.
    pub(crate) fn is_always_excluded_schema(schema: &str) -> bool {
        schema == ALWAYS_EXCLUDED_SCHEMA
    }

    pub(crate) fn find_position(&self, schema: &str, table: &str) -> Result<Option<usize>, MaskError> {
        self.rule_index.find(schema, table, |position| self.rules.get(position).map(|rule| &rule.pattern))
    }

    /// The positions of all rules that match a table by its own name.
    pub(crate) fn all_positions(&self, schema: &str, table: &str) -> Result<Vec<usize>, MaskError> {
        self.rule_index.all(schema, table, |position| self.rules.get(position).map(|rule| &rule.pattern))
    }

    /// The positions of all patterns of `dictionary_exclude` that match a table.
    pub(crate) fn all_exclude_positions(&self, schema: &str, table: &str) -> Result<Vec<usize>, MaskError> {
        self.exclude_index.all(schema, table, |position| self.exclude.get(position))
    }
}

/// Two dictionaries are equal when they say the same in the same order.
impl PartialEq for Dictionary {
    fn eq(&self, other: &Self) -> bool {
        // IndexMap compares without order, and the order of fields decides nothing.
        self.rules == other.rules
            && self.exclude == other.exclude
            && self.consistent == other.consistent
            && self.validate_tables == other.validate_tables
    }
}

impl Eq for Dictionary {}

/// The tables dictionaries of one run, merged: what a partial dump or restore includes or excludes.
#[derive(Debug, Clone, Default)]
pub struct TableList {
    tables: Vec<TablePattern>,
    index: PatternIndex,
}

impl TableList {
    /// Checks files and joins their `tables`. The names are for messages. A file without data is passed over.
    pub fn merge<'a>(files: impl IntoIterator<Item = (&'a str, &'a Value)>) -> Result<TableList, DictionaryError> {
        let mut tables = Vec::new();
        let mut masks = MaskCache::default();
        for (file, value) in files {
            let Some(sections) = sections(file, value, &["tables"])? else { continue };
            for (place, entry) in entries(file, sections, "tables")? {
                tables.push(read_pattern_only(&place, entry, &mut masks)?);
            }
        }
        let index = PatternIndex::new(&tables);
        Ok(TableList { tables, index })
    }

    /// The list in the syntax of a file. Merging this value alone gives the same list.
    pub fn to_value(&self) -> Value {
        let mut sections = Map::new();
        sections.insert("tables".to_owned(), self.tables.iter().map(pattern_to_value).collect());
        Value::Object(sections)
    }

    /// The patterns, over all files.
    pub fn tables(&self) -> &[TablePattern] {
        &self.tables
    }

    /// Whether a pattern matches the table by its own name. The error is a mask that took too many steps.
    pub fn matches(&self, schema: &str, table: &str) -> Result<bool, MaskError> {
        Ok(self.index.find(schema, table, |position| self.tables.get(position))?.is_some())
    }

    /// Whether lists choose a table: there is no include list or it names the table, and no exclude list names it. `names`
    /// are those by which a table is meant: its own, then its partitioned parents'. The error is a mask that took too many
    /// steps.
    pub fn choose<'a>(
        include: Option<&TableList>,
        exclude: Option<&TableList>,
        names: impl IntoIterator<Item = (&'a str, &'a str)>,
    ) -> Result<bool, MaskError> {
        let mut is_included = include.is_none();
        for (schema, table) in names {
            if let Some(list) = exclude
                && list.matches(schema, table)?
            {
                return Ok(false);
            }
            if let Some(list) = include {
                is_included = is_included || list.matches(schema, table)?;
            }
        }
        Ok(is_included)
    }

    /// The positions in [`TableList::tables`] of all patterns that match a table by its own name. The error is a mask that took
    /// too many steps.
    pub fn all_positions(&self, schema: &str, table: &str) -> Result<Vec<usize>, MaskError> {
        self.index.all(schema, table, |position| self.tables.get(position))
    }
}

impl PartialEq for TableList {
    fn eq(&self, other: &Self) -> bool {
        self.tables == other.tables
    }
}

impl Eq for TableList {}

/// What Python takes for false: pg_anon 1.x passes such a file over as one without data.
pub(crate) fn is_no_data(value: &Value) -> bool {
    match value {
        Value::Null | Value::Bool(false) => true,
        Value::Bool(true) => false,
        Value::Number(number) => number.as_f64() == Some(0.0),
        Value::String(text) => text.is_empty(),
        Value::Array(items) => items.is_empty(),
        Value::Object(map) => map.is_empty(),
    }
}

/// The SQL condition without a leading WHERE, in any case, and without white space around it.
pub(crate) fn strip_where(condition: &str) -> &str {
    // The end stays as it is: it may be the line end that closes a comment.
    let condition = condition.trim_start();
    match condition.split_at_checked("where".len()) {
        Some((word, rest))
            if word.eq_ignore_ascii_case("where")
                // `where_clause = 1` is a condition on a column.
                && !rest.starts_with(|c: char| c.is_ascii_alphanumeric() || matches!(c, '_' | '$') || !c.is_ascii()) =>
        {
            rest.trim_start()
        }
        _ => condition,
    }
}

/// Masks compiled once: dictionaries repeat the same schema mask in every rule.
#[derive(Default)]
pub(crate) struct MaskCache(HashMap<String, NameMask>);

impl MaskCache {
    fn get(&mut self, place: &Place<'_>, key: &str, text: &str) -> Result<NameMask, DictionaryError> {
        if let Some(mask) = self.0.get(text) {
            return Ok(mask.clone());
        }
        let mask =
            NameMask::new(text).map_err(|error| place.error(format!("{key} {:?} {}", error.mask, error.message)))?;
        self.0.insert(text.to_owned(), mask.clone());
        Ok(mask)
    }
}

/// Where in which file an entry stands.
pub(crate) struct Place<'a> {
    file: &'a str,
    section: &'static str,
    number: usize,
    /// The pattern keys as they are written, once the entry is known to be an object.
    pattern: String,
}

impl Place<'_> {
    pub(crate) fn error(&self, message: impl Into<String>) -> DictionaryError {
        let mut place = format!("{}, {} {}", self.section, self.noun(), self.number);
        if !self.pattern.is_empty() {
            place.push_str(&format!(" ({})", self.pattern));
        }
        DictionaryError { file: self.file.to_owned(), place: Some(place), message: message.into() }
    }

    fn noun(&self) -> &'static str {
        match self.section {
            "dictionary" => "rule",
            "consistent" => "group",
            _ => "entry",
        }
    }
}

/// The sections of a file, after a look at their names; nothing when the file has no data. At least one of `wanted` must
/// be there: a file of another kind, given by mistake, would leave everything in clear without a word.
pub(crate) fn sections<'a>(
    file: &str,
    value: &'a Value,
    wanted: &[&str],
) -> Result<Option<&'a Map<String, Value>>, DictionaryError> {
    let error = |message: String| DictionaryError { file: file.to_owned(), place: None, message };
    if is_no_data(value) {
        return Ok(None);
    }
    let Value::Object(sections) = value else {
        return Err(error(format!("a dictionary is expected, not {}", kind(value))));
    };
    for key in sections.keys() {
        if !is_comment(key) && !OTHER_SECTIONS.contains(&key.as_str()) {
            return Err(error(format!(
                "unknown section {key:?}; here belong {}{}",
                wanted.join(", "),
                meant(key, &OTHER_SECTIONS)
            )));
        }
    }
    if !wanted.iter().any(|section| sections.contains_key(*section)) {
        return Err(error(format!(
            "has no section {}: is it a file of another kind?",
            wanted.join(" and no section ")
        )));
    }
    Ok(Some(sections))
}

/// The entries of a section with their places.
pub(crate) fn entries<'a>(
    file: &'a str,
    sections: &'a Map<String, Value>,
    section: &'static str,
) -> Result<impl Iterator<Item = (Place<'a>, &'a Value)>, DictionaryError> {
    let items: &[Value] = match sections.get(section) {
        None => &[],
        Some(Value::Array(items)) => items,
        Some(other) => {
            return Err(DictionaryError {
                file: file.to_owned(),
                place: Some(section.to_owned()),
                message: format!("a list is expected, not {}", kind(other)),
            });
        }
    };
    Ok(items
        .iter()
        .enumerate()
        .map(move |(index, entry)| (Place { file, section, number: index + 1, pattern: as_written(entry) }, entry)))
}

/// The pattern keys of an entry as they are written, for messages about it.
fn as_written(entry: &Value) -> String {
    let value = |key: &str| entry.get(key).and_then(Value::as_str).map(|text| format!("{key} {text:?}"));
    PATTERN_KEYS.iter().filter_map(|key| value(key)).collect::<Vec<_>>().join(", ")
}

/// A rule before it is merged.
struct Rule {
    pattern: TablePattern,
    fields: IndexMap<String, String>,
    /// The outer `Option` says whether the key is there: it then replaces an earlier rule's condition.
    sql_condition: Option<Option<String>>,
    raw_sql: Option<String>,
}

impl Rule {
    fn read(place: &Place<'_>, entry: &Value, masks: &mut MaskCache) -> Result<Rule, DictionaryError> {
        let map = object(place, entry, &[&PATTERN_KEYS[..], &RULE_KEYS[..]].concat())?;
        let pattern = read_pattern(place, map, masks)?;
        let mut fields = IndexMap::new();
        match map.get("fields") {
            None => {}
            Some(Value::Object(columns)) => {
                for (column, rule) in columns {
                    let Value::String(rule) = rule else {
                        return Err(place.error(format!(
                            "the rule of column {column:?} must be a string with an SQL expression, not {}",
                            kind(rule)
                        )));
                    };
                    if column.contains('\0') || rule.contains('\0') {
                        return Err(place.error(format!("the rule of column {column:?} has a NUL character in it")));
                    }
                    if rule.strip_prefix("SQL:").unwrap_or(rule).trim().is_empty() {
                        return Err(place.error(format!("the rule of column {column:?} is empty")));
                    }
                    fields.insert(column.clone(), rule.clone());
                }
            }
            Some(other) => {
                return Err(
                    place.error(format!("fields must be a dictionary of columns and their rules, not {}", kind(other)))
                );
            }
        }
        let raw_sql = text(place, map, "raw_sql")?.filter(|raw_sql| !raw_sql.trim().is_empty()).map(str::to_owned);
        let sql_condition = match map.contains_key("sql_condition") {
            false => None,
            true => {
                let condition = text(place, map, "sql_condition")?.filter(|condition| !condition.trim().is_empty());
                if condition.is_some_and(|condition| strip_where(condition).is_empty()) {
                    return Err(place.error("sql_condition has nothing after WHERE"));
                }
                Some(condition.map(str::to_owned))
            }
        };
        if !map.contains_key("fields") && raw_sql.is_none() && !sql_condition.as_ref().is_some_and(Option::is_some) {
            return Err(place.error("the rule does nothing: it has no fields, no sql_condition and no raw_sql"));
        }
        Ok(Rule { pattern, fields, sql_condition, raw_sql })
    }
}

/// `raw_sql` replaces the whole row source, so that fields or a condition beside it would be ignored.
fn check_raw_sql(place: &Place<'_>, rule: &TableRule) -> Result<(), DictionaryError> {
    if rule.raw_sql.is_none() {
        return Ok(());
    }
    let ignored = match (rule.fields.keys().next(), &rule.sql_condition) {
        (Some(column), _) => format!("the rule of column {column:?} in fields"),
        (None, Some(_)) => "sql_condition".to_owned(),
        (None, None) => return Ok(()),
    };
    Err(place
        .error(format!("raw_sql replaces everything else, so that {ignored} would be ignored; put it into raw_sql")))
}

/// The columns of a group: at least two, each by its exact names.
fn read_group(place: &Place<'_>, entry: &Value) -> Result<Vec<ColumnName>, DictionaryError> {
    let Value::Array(items) = entry else {
        return Err(place.error(format!("a list of columns is expected, not {}", kind(entry))));
    };
    let mut columns: Vec<ColumnName> = Vec::with_capacity(items.len());
    for item in items {
        let map = object(place, item, &["schema", "table", "column"])?;
        let name = |key: &str| match text(place, map, key)? {
            None => Err(place.error(format!("{key} of a column is missing"))),
            Some("") => Err(place.error(format!("{key} of a column is empty"))),
            Some(name) => Ok(name.to_owned()),
        };
        let column = ColumnName { schema: name("schema")?, table: name("table")?, column: name("column")? };
        if columns.contains(&column) {
            let ColumnName { schema, table, column } = &column;
            return Err(place.error(format!("the column {column:?} of table {schema}.{table} is there twice")));
        }
        columns.push(column);
    }
    if columns.len() < 2 {
        return Err(place.error("a group has two columns or more"));
    }
    Ok(columns)
}

/// Adds a group; those that it shares a column with become one with it, at the place of the first.
fn join_group(groups: &mut Vec<Vec<ColumnName>>, group: Vec<ColumnName>) {
    let shares = |other: &Vec<ColumnName>| other.iter().any(|column| group.contains(column));
    let Some(first) = groups.iter().position(shares) else {
        groups.push(group);
        return;
    };
    let (joined, mut apart): (Vec<_>, Vec<_>) = std::mem::take(groups).into_iter().partition(shares);
    let mut columns: Vec<ColumnName> = Vec::new();
    for column in joined.into_iter().flatten().chain(group) {
        if !columns.contains(&column) {
            columns.push(column);
        }
    }
    apart.insert(first, columns);
    *groups = apart;
}

fn read_pattern_only(place: &Place<'_>, entry: &Value, masks: &mut MaskCache) -> Result<TablePattern, DictionaryError> {
    let map = object(place, entry, &PATTERN_KEYS)?;
    read_pattern(place, map, masks)
}

/// The entry as an object that has no keys but the known ones and comments.
pub(crate) fn object<'a>(
    place: &Place<'_>,
    entry: &'a Value,
    known: &[&'static str],
) -> Result<&'a Map<String, Value>, DictionaryError> {
    let Value::Object(map) = entry else {
        return Err(place.error(format!("a dictionary is expected, not {}", kind(entry))));
    };
    for key in map.keys() {
        if !is_comment(key) && !known.contains(&key.as_str()) {
            let meant = meant(key, known);
            return Err(place.error(format!("unknown key {key:?}; known are {}{meant}", known.join(", "))));
        }
    }
    Ok(map)
}

pub(crate) fn read_pattern(
    place: &Place<'_>,
    map: &Map<String, Value>,
    masks: &mut MaskCache,
) -> Result<TablePattern, DictionaryError> {
    let name = |key: &str| -> Result<Option<&str>, DictionaryError> {
        match text(place, map, key)? {
            Some("") => Err(place.error(format!("{key} is empty"))),
            other => Ok(other),
        }
    };
    let (schema, table) = (name("schema")?.map(str::to_owned), name("table")?.map(str::to_owned));
    let mut mask = |key: &str| name(key)?.map(|text| masks.get(place, key, text)).transpose();
    let (schema_mask, table_mask) = (mask("schema_mask")?, mask("table_mask")?);
    if schema.is_none() && schema_mask.is_none() {
        return Err(place.error("schema or schema_mask is missing"));
    }
    if table.is_none() && table_mask.is_none() {
        return Err(place.error("table or table_mask is missing"));
    }
    Ok(TablePattern { schema, schema_mask, table, table_mask })
}

/// The string under a key. Python's None is the same as a missing key.
pub(crate) fn text<'a>(
    place: &Place<'_>,
    map: &'a Map<String, Value>,
    key: &str,
) -> Result<Option<&'a str>, DictionaryError> {
    match map.get(key) {
        None | Some(Value::Null) => Ok(None),
        Some(Value::String(text)) if text.contains('\0') => {
            Err(place.error(format!("{key} has a NUL character in it")))
        }
        Some(Value::String(text)) => Ok(Some(text)),
        Some(other) => Err(place.error(format!("{key} must be a string, not {}", kind(other)))),
    }
}

/// Keys that say something to people only.
pub(crate) fn is_comment(key: &str) -> bool {
    key.starts_with('_') || key == "comment" || key == "description"
}

/// ` (did you mean "schema_mask"?)` when a known key is near.
pub(crate) fn meant(key: &str, known: &[&str]) -> String {
    let near = super::near::nearest(key, known.iter().copied());
    near.map_or(String::new(), |near| format!(" (did you mean {near:?}?)"))
}

pub(crate) fn kind(value: &Value) -> &'static str {
    match value {
        Value::Null => "None",
        Value::Bool(_) => "a truth value",
        Value::Number(_) => "a number",
        Value::String(_) => "a string",
        Value::Array(_) => "a list",
        Value::Object(_) => "a dictionary",
    }
}

fn pattern_to_map(pattern: &TablePattern) -> Map<String, Value> {
    let values = [
        pattern.schema.as_deref(),
        pattern.schema_mask.as_ref().map(NameMask::as_str),
        pattern.table.as_deref(),
        pattern.table_mask.as_ref().map(NameMask::as_str),
    ];
    let pairs = PATTERN_KEYS.iter().zip(values);
    pairs.filter_map(|(key, value)| Some(((*key).to_owned(), Value::from(value?)))).collect()
}

fn pattern_to_value(pattern: &TablePattern) -> Value {
    Value::Object(pattern_to_map(pattern))
}

fn column_to_value(column: &ColumnName) -> Value {
    let ColumnName { schema, table, column } = column;
    serde_json::json!({"schema": schema, "table": table, "column": column})
}

fn rule_to_value(rule: &TableRule) -> Value {
    let mut map = pattern_to_map(&rule.pattern);
    let fields = rule.fields.iter().map(|(column, text)| (column.clone(), Value::from(text.as_str())));
    map.insert("fields".to_owned(), Value::Object(fields.collect()));
    if let Some(condition) = &rule.sql_condition {
        map.insert("sql_condition".to_owned(), Value::from(condition.as_str()));
    }
    if let Some(raw_sql) = &rule.raw_sql {
        map.insert("raw_sql".to_owned(), Value::from(raw_sql.as_str()));
    }
    Value::Object(map)
}
