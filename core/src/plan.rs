//! Planning: catalog rows and a dictionary in; for each table its columns, rules and SELECT out.
//!
//! Nothing here talks to a server. The caller reads the catalogs and gives the names as the server quotes them.

use std::collections::{BTreeSet, HashMap, HashSet};
use std::ops::Range;

use indexmap::IndexMap;
use serde::Deserialize;

use crate::dictionary::{Dictionary, MaskError, TableList, TablePattern, TableRule, nearest, strip_where};

/// A relation as the catalogs describe it: an ordinary table (also a partition), a partitioned table, or a foreign table.
#[derive(Debug, Clone, Deserialize)]
pub struct Table {
    /// The relation's OID.
    pub oid: u32,
    /// The schema's name, unquoted.
    pub schema: String,
    /// The table's name, unquoted.
    pub name: String,
    /// Schema and table, quoted by the server where they need it.
    pub sql_name: String,
    /// `pg_class.relkind`: `r`, `p` or `f`.
    pub kind: char,
    /// The declarative partition parents, nearest first.
    #[serde(default)]
    pub ancestors: Vec<TableName>,
    /// The root of the partitions, quoted, when rows must be loaded through it.
    #[serde(default)]
    pub load_root: Option<String>,
    /// The root of the partitions, quoted.
    #[serde(default)]
    pub root: Option<String>,
    /// The names of the columns that decide which partition a row belongs to.
    #[serde(default)]
    pub partition_key: Vec<String>,
    /// The legacy INHERITS parents, of all levels.
    #[serde(default)]
    pub inherits: Vec<TableName>,
    /// The columns in the order of their numbers, without dropped ones.
    pub columns: Vec<Column>,
    /// The foreign keys of the table; a partition has those of its parents too.
    #[serde(default)]
    pub foreign_keys: Vec<TableKey>,
    /// The extension that the table is a configuration table of.
    #[serde(default)]
    pub extension: Option<String>,
    /// What `pg_extension.extcondition` says for it: `WHERE ...` or nothing.
    #[serde(default)]
    pub extension_condition: Option<String>,
    /// Estimated number of rows.
    pub rows: i64,
    /// Estimated size in bytes; of a table that is not dumped 0.
    #[serde(default)]
    pub bytes: i64,
    /// Number of blocks of the table itself, without TOAST and indexes; nothing when its rows have no block numbers, or it is
    /// not dumped.
    #[serde(default)]
    pub blocks: Option<i64>,
    /// Whether the user may read all columns.
    pub readable: bool,
    /// Whether row security would apply to the user.
    pub row_security: bool,
}

/// A table's name, unquoted.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Deserialize)]
pub struct TableName {
    /// The schema's name.
    pub schema: String,
    /// The table's name.
    pub name: String,
}

/// A foreign key of a table.
#[derive(Debug, Clone, Deserialize)]
pub struct TableKey {
    /// Its name, quoted where it needs it.
    pub name: String,
    /// The referencing columns, unquoted.
    pub columns: Vec<String>,
    /// The referenced table.
    pub referenced: u32,
    /// Its columns, in the same order.
    pub referenced_columns: Vec<String>,
}

/// A column as the catalogs describe it.
#[derive(Debug, Clone, Deserialize)]
pub struct Column {
    /// `pg_attribute.attnum`.
    pub number: i16,
    /// The name, unquoted.
    pub name: String,
    /// The name, quoted by the server where it needs it.
    pub sql_name: String,
    /// The type without its modifier, a domain's base type; schema-qualified and quoted.
    pub type_name: String,
    /// Whether it takes no NULL, by itself or by its domain.
    #[serde(default)]
    pub not_null: bool,
    /// Whether it is GENERATED ALWAYS AS (an expression).
    pub generated: bool,
    /// For a generated column: the numbers of the columns that its expression reads. Nothing when this is not known.
    #[serde(default)]
    pub generated_from: Option<Vec<i16>>,
}

/// Whether the data of a table is dumped.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Action {
    /// It is dumped, masked or not.
    Data,
    /// It is not dumped.
    Excluded,
}

/// What is done with one table.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TablePlan {
    /// The relation's OID.
    pub oid: u32,
    /// The schema's name, unquoted.
    pub schema: String,
    /// The table's name, unquoted.
    pub name: String,
    /// Schema and table, quoted by the server where they need it.
    pub sql_name: String,
    /// Whether its data is dumped.
    pub action: Action,
    /// The root of the partitions, quoted, when rows must be loaded through it: the restore finds out where they belong.
    pub load_root: Option<String>,
    /// What decided: the rule that applies, and the ancestor it comes from; or what excluded the table. Nothing for a
    /// table that no rule is about.
    pub source: Option<String>,
    /// The pattern of the rule that applies. Nothing for an excluded table.
    pub pattern: Option<String>,
    /// The ancestor that the rule names, as people read it, when it does not name the table itself.
    pub through: Option<String>,
    /// The columns that are not generated, in the order of their numbers, with their rules; also of an excluded table.
    pub columns: Vec<ColumnPlan>,
    /// The SQL condition of the rule, without WHERE.
    pub condition: Option<String>,
    /// The query that is dumped instead of the table.
    pub raw_sql: Option<String>,
    /// The extension that the table is a configuration table of.
    pub extension: Option<String>,
    /// The condition of the extension, without WHERE.
    pub extension_condition: Option<String>,
    /// Estimated number of rows.
    pub rows: i64,
    /// Estimated size in bytes.
    pub bytes: i64,
    /// Number of blocks, when the table can be read in ranges of them. The rows of a `raw_sql` have no blocks.
    pub blocks: Option<i64>,
}

/// What is done with one column.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ColumnPlan {
    /// `pg_attribute.attnum`.
    pub number: i16,
    /// The name, unquoted.
    pub name: String,
    /// The name, quoted by the server where it needs it.
    pub sql_name: String,
    /// The type without its modifier, a domain's base type; schema-qualified and quoted.
    pub type_name: String,
    /// Whether it takes no NULL, by itself or by its domain.
    pub not_null: bool,
    /// The SQL expression whose value is dumped instead of the column's.
    pub rule: Option<String>,
    /// Where the rule comes from when it is another column's.
    pub taken_over: Option<TakenOver>,
}

/// Where the rule of a column comes from that has none of its own.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TakenOver {
    /// The column that the dictionary has the rule for, and what brings it here, as people read it.
    pub source: String,
    /// The pattern of the dictionary's rule.
    pub pattern: String,
    /// What the rule has in common with that of the other column; see [`crate::check::Expression::form`].
    pub form: String,
}

/// How bad a problem is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Severity {
    /// Nothing may be dumped.
    Error,
    /// Somebody should look at it.
    Warning,
}

impl Severity {
    /// `error` or `warning`.
    pub fn as_str(self) -> &'static str {
        match self {
            Severity::Error => "error",
            Severity::Warning => "warning",
        }
    }
}

/// Something that is wrong between a dictionary and a database.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Problem {
    /// How bad it is.
    pub severity: Severity,
    /// A word that says what kind of problem it is, such as `unmatched_table`.
    pub code: &'static str,
    /// The table, column or rule.
    pub object: String,
    /// What is wrong.
    pub message: String,
    /// What to do.
    pub hint: Option<String>,
}

/// What is done with all tables, and what is wrong.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Plan {
    /// One plan for each ordinary table, the largest first.
    pub tables: Vec<TablePlan>,
    /// Errors first.
    pub problems: Vec<Problem>,
}

/// How strict planning is.
#[derive(Debug, Clone, Copy, Default)]
pub struct Options {
    /// A rule for a table or column that does not exist is a warning instead of an error.
    pub allow_unmatched_rules: bool,
}

/// Which rows of a table are read, and in which order. By default all of them, in any order.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Page {
    /// SQL expressions to order by. The rows of a `raw_sql` keep its own order.
    pub order_by: Vec<String>,
    /// How many rows are passed over first.
    pub offset: u64,
    /// How many rows are read at most.
    pub limit: Option<u64>,
}

/// An SQL query, and where in it the dictionary's own words are.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Query {
    /// The query.
    pub text: String,
    /// The bytes of `text` that come from the dictionary: the rule, the condition, or the query of `raw_sql`.
    pub from_dictionary: Option<Range<usize>>,
}
impl TablePlan {
    /// Whether what is dumped differs from what the table holds: a column has a rule, or a query stands in for the table.
    pub fn is_masked(&self) -> bool {
        self.raw_sql.is_some() || self.columns.iter().any(|column| column.rule.is_some())
    }

    /// The query that reads the rows to dump, of the blocks from `first_block` up to and without `end_block`; without
    /// them, from the first or to the last block. Columns come as they are stored, in the order of [`TablePlan::columns`]:
    /// whoever runs the query applies the rules. With `raw_sql` its columns, by position, are cast to the table's types.
    ///
    /// `extra` are further SQL expressions, put behind the columns. `page` says which of the rows are wanted.
    ///
    /// The words of the dictionary stand in parentheses and on lines of their own, so that a comment in them ends there.
    pub fn select(
        &self,
        extra: &[String],
        first_block: Option<u32>,
        end_block: Option<u32>,
        page: &Page,
    ) -> Result<Query, Problem> {
        if let Some(raw_sql) = &self.raw_sql {
            if first_block.is_some() || end_block.is_some() {
                return Err(Problem {
                    severity: Severity::Error,
                    code: "raw_sql_split",
                    object: self.sql_name.clone(),
                    message: format!("table {} has a raw_sql and cannot be read by blocks", self.sql_name),
                    hint: Some("Read it as a whole.".to_owned()),
                });
            }
            return Ok(limited(self.select_raw(raw_sql), page));
        }
        let columns = self.columns.iter().map(|column| column.sql_name.as_str());
        let names: Vec<&str> = columns.chain(extra.iter().map(String::as_str)).collect();
        let mut text = format!("SELECT {}FROM ONLY {}", list(&names), self.sql_name);
        let mut from_dictionary = None;
        let mut word = " WHERE ";
        for (condition, is_ours) in [(&self.condition, true), (&self.extension_condition, false)] {
            let Some(condition) = condition else { continue };
            text.push_str(word);
            text.push_str("(\n");
            if is_ours {
                from_dictionary = Some(text.len()..text.len() + condition.len());
            }
            text.push_str(condition);
            text.push_str("\n)");
            word = " AND ";
        }
        for (operator, block) in [(">=", first_block), ("<", end_block)] {
            if let Some(block) = block {
                text.push_str(&format!("{word}ctid OPERATOR(pg_catalog.{operator}) '({block},0)'::pg_catalog.tid"));
                word = " AND ";
            }
        }
        if !page.order_by.is_empty() {
            text.push_str(&format!(" ORDER BY {}", page.order_by.join(", ")));
        }
        Ok(limited(Query { text, from_dictionary }, page))
    }

    /// As pg_dump writes it, e.g. `COPY public.person (id, "E-Mail") FROM stdin;` and a newline. For a table without
    /// columns nothing stands between the two blanks (pg_dump.c, fmtCopyColumnList). Where rows are loaded through the root
    /// of the partitions, that is the table.
    pub fn copy_statement(&self) -> String {
        let names: Vec<&str> = self.columns.iter().map(|column| column.sql_name.as_str()).collect();
        let list = if names.is_empty() { String::new() } else { format!("({})", names.join(", ")) };
        format!("COPY {} {list} FROM stdin;\n", self.load_root.as_ref().unwrap_or(&self.sql_name))
    }

    fn select_raw(&self, raw_sql: &str) -> Query {
        let casts: Vec<String> =
            self.columns.iter().map(|column| format!("(q.{})::{}", column.sql_name, column.type_name)).collect();
        let names: Vec<&str> = self.columns.iter().map(|column| column.sql_name.as_str()).collect();
        let mut text = format!("SELECT {}FROM (\n", list(&casts));
        let start = text.len();
        text.push_str(raw_sql);
        let from_dictionary = Some(start..text.len());
        text.push_str("\n) AS q");
        if !names.is_empty() {
            text.push_str(&format!("({})", names.join(", ")));
        }
        Query { text, from_dictionary }
    }

    /// A query of the rule of one column alone, cast to the column's type; nothing when the column has no rule.
    pub fn rule_select(&self, column: &ColumnPlan) -> Option<Query> {
        Some(rule_select(column.rule.as_ref()?, &column.type_name, &self.sql_name))
    }
}

/// A query of a rule alone, cast to a type, over a table.
pub fn rule_select(rule: &str, type_name: &str, table: &str) -> Query {
    let mut text = "SELECT (\n".to_owned();
    let start = text.len();
    text.push_str(rule);
    let from_dictionary = Some(start..text.len());
    text.push_str(&format!("\n)::{type_name} FROM ONLY {table}"));
    Query { text, from_dictionary }
}

/// A rule without the prefix that pg_anon 1.x gives it.
fn own_words(rule: &str) -> &str {
    rule.strip_prefix("SQL:").unwrap_or(rule)
}

/// A query of our making that gives so many rows.
fn limited(mut query: Query, page: &Page) -> Query {
    if let Some(limit) = page.limit {
        query.text.push_str(&format!(" LIMIT {limit}"));
    }
    if page.offset > 0 {
        query.text.push_str(&format!(" OFFSET {}", page.offset));
    }
    query
}

/// A select list with the blank that separates it from FROM. A table may have no columns.
fn list(items: &[impl AsRef<str>]) -> String {
    let mut text = items.iter().map(AsRef::as_ref).collect::<Vec<&str>>().join(", ");
    if !text.is_empty() {
        text.push(' ');
    }
    text
}

/// The plan of one table alone, as [`plan`] would make it without an exclude list. Whether all rules of the dictionary
/// match something is not looked at. The error is the first that makes the table impossible to dump.
///
/// An excluded table has its rules in the plan too.
pub fn plan_table(
    table: &Table,
    dictionary: &Dictionary,
    include: Option<&TableList>,
    options: &Options,
) -> Result<TablePlan, Problem> {
    plan_table_with(table, dictionary, include, options, &mut |_| Vec::new())
}

/// The same, with the rules that the columns take over: `take_over` puts them into the plan of a table that is dumped, and says
/// what keeps a column from it.
pub fn plan_table_with(
    table: &Table,
    dictionary: &Dictionary,
    include: Option<&TableList>,
    options: &Options,
    take_over: &mut dyn FnMut(&mut TablePlan) -> Vec<Problem>,
) -> Result<TablePlan, Problem> {
    if table.kind != 'r' {
        return Err(Problem {
            severity: Severity::Error,
            code: "not_a_table",
            object: table.sql_name.clone(),
            message: format!("{} is not an ordinary table", table.sql_name),
            hint: Some("Only ordinary tables and partitions hold rows of their own.".to_owned()),
        });
    }
    let resolution = resolve(table, dictionary, include, None).map_err(mask_problem)?;
    let mut problems = Vec::new();
    let mut plan = table_plan(table, &resolution, dictionary, &mut problems);
    if !options.allow_unmatched_rules {
        problems.extend(misspelt_columns(table, &resolution, dictionary));
    }
    first_error(problems)?;
    let mut problems = Vec::new();
    if plan.action == Action::Data {
        problems.extend(take_over(&mut plan));
    }
    plan.load_root = load_root(table, &plan);
    generated_column_problems(table, &resolution, dictionary, &plan, &mut problems);
    first_error(problems)?;
    Ok(plan)
}

fn first_error(problems: Vec<Problem>) -> Result<(), Problem> {
    problems.into_iter().find(|problem| problem.severity == Severity::Error).map_or(Ok(()), Err)
}

/// What a dictionary and the lists say about one table.
struct Resolution<'a> {
    /// The position of the rule that applies, and whose name it matches: 0 is the table, 1 its parent, and so on.
    rule: Option<(usize, usize)>,
    excluded: Option<Exclusion<'a>>,
}

/// Why the data of a table is not dumped.
#[derive(Clone, Copy)]
enum Exclusion<'a> {
    /// The exclude list names the table or an ancestor.
    ExcludeList,
    /// There is an include list, and neither the table nor an ancestor is on it.
    NotIncluded,
    /// The schema is left out of every dump.
    Always,
    /// The dictionary leaves out the whole schema. `included` says that the include list names the table.
    Schema { pattern: &'a TablePattern, included: bool },
    /// A pattern of `dictionary_exclude`.
    Dictionary(&'a TablePattern),
}

impl Exclusion<'_> {
    fn source(&self) -> String {
        match self {
            Exclusion::ExcludeList => "exclude list".to_owned(),
            Exclusion::NotIncluded => "not in the include list".to_owned(),
            Exclusion::Always => "schema that is never dumped".to_owned(),
            Exclusion::Schema { pattern, .. } => format!("dictionary_exclude of the schema: {pattern}"),
            Exclusion::Dictionary(pattern) => format!("dictionary_exclude: {pattern}"),
        }
    }
}

/// What the dictionary itself says of one column.
pub(crate) enum OwnRule<'a> {
    /// Its rule, and the pattern that this stands under.
    Rule(&'a str, &'a TablePattern),
    /// Nothing.
    None,
    /// Its values are not its own: a query stands in for the table, or the restore computes them.
    Opaque,
}

/// What the dictionary says of a column, by the rule that applies to its table.
pub(crate) fn own_rule<'a>(
    table: &Table,
    column: &Column,
    dictionary: &'a Dictionary,
) -> Result<OwnRule<'a>, MaskError> {
    if column.generated {
        return Ok(OwnRule::Opaque);
    }
    for (schema, name) in levels(table) {
        let Some(rule) = dictionary.find(schema, name)? else { continue };
        return Ok(match rule.fields.get(&column.name) {
            _ if rule.raw_sql.is_some() => OwnRule::Opaque,
            Some(text) => OwnRule::Rule(own_words(text), &rule.pattern),
            None => OwnRule::None,
        });
    }
    Ok(OwnRule::None)
}

/// The names by which a table is looked up: its own, then its declarative parents', nearest first.
pub(crate) fn levels(table: &Table) -> impl Iterator<Item = (&str, &str)> {
    let own = (table.schema.as_str(), table.name.as_str());
    std::iter::once(own).chain(table.ancestors.iter().map(|parent| (parent.schema.as_str(), parent.name.as_str())))
}

/// The one place that decides which rule a table has and whether its data is dumped.
///
/// The rule is the table's own, else that of the nearest declarative ancestor that has one. The exclude list beats the
/// include list, which beats `dictionary_exclude`; lists and excludes that match an ancestor count for its partitions.
/// A rule, or a place on the include list, overrides an exclude pattern that matches the same relation or one farther up.
/// An exclude pattern that matches only something nearer stands: "not this partition" is not undone by a rule for the
/// whole table, and a pattern that was meant to cut rows out never lets more through than it says.
fn resolve<'a>(
    table: &Table,
    dictionary: &'a Dictionary,
    include: Option<&TableList>,
    exclude: Option<&TableList>,
) -> Result<Resolution<'a>, MaskError> {
    let mut rule = None;
    let mut on_exclude_list = false;
    let mut included_levels = Vec::new();
    let mut excludes: IndexMap<usize, Vec<usize>> = IndexMap::new();
    for (level, (schema, name)) in levels(table).enumerate() {
        if rule.is_none() {
            rule = dictionary.find_position(schema, name)?.map(|position| (position, level));
        }
        if let Some(list) = exclude {
            on_exclude_list |= list.matches(schema, name)?;
        }
        if let Some(list) = include
            && list.matches(schema, name)?
        {
            included_levels.push(level);
        }
        for position in dictionary.all_exclude_positions(schema, name)? {
            excludes.entry(position).or_default().push(level);
        }
    }
    let overriding = || rule.map(|(_, level)| level).into_iter().chain(included_levels.iter().copied());
    let stands = |matched: &[usize]| {
        let nearest = matched.iter().copied().min().unwrap_or_default();
        !overriding().any(|level| level < nearest || matched.contains(&level))
    };
    let excluded = if on_exclude_list {
        Some(Exclusion::ExcludeList)
    } else if Dictionary::is_always_excluded_schema(&table.schema) {
        Some(Exclusion::Always)
    } else if let Some(pattern) = dictionary.excludes_schema(&table.schema)? {
        Some(Exclusion::Schema { pattern, included: !included_levels.is_empty() })
    } else if include.is_some() && included_levels.is_empty() {
        Some(Exclusion::NotIncluded)
    } else {
        let standing = excludes.iter().find(|(_, matched)| stands(matched));
        standing.and_then(|(&position, _)| dictionary.exclude().get(position)).map(Exclusion::Dictionary)
    };
    Ok(Resolution { rule, excluded })
}

/// The plan of a table from what was resolved for it; what stands in the way of its dump goes to `problems`.
fn table_plan(
    table: &Table,
    resolution: &Resolution<'_>,
    dictionary: &Dictionary,
    problems: &mut Vec<Problem>,
) -> TablePlan {
    let rule = resolution.rule.and_then(|(position, level)| Some((dictionary.rules().get(position)?, level)));
    let action = if resolution.excluded.is_some() { Action::Excluded } else { Action::Data };
    let source = match (&resolution.excluded, rule) {
        (Some(exclusion), _) => Some(exclusion.source()),
        (None, Some((rule, level))) => Some(rule_source(table, rule, level)),
        (None, None) => None,
    };
    let applied = rule.filter(|_| action == Action::Data);
    let pattern = applied.map(|(rule, _)| rule.pattern.to_string());
    let through =
        applied.and_then(|(_, level)| ancestor(table, level)).map(|parent| shown(&parent.schema, &parent.name));
    let rule = rule.map(|(rule, _)| rule);
    let mut problem = |severity, code, object: String, message: String, hint: &str| {
        problems.push(Problem { severity, code, object, message, hint: Some(hint.to_owned()) });
    };
    let (extension_condition, understood) = match table.extension_condition.as_deref().map(str::trim) {
        None | Some("") => (None, true),
        Some(text) => {
            let condition = strip_where(text);
            (Some(condition.to_owned()), condition.len() < text.len() && !condition.is_empty())
        }
    };
    if action == Action::Data {
        let name = &table.sql_name;
        if !table.readable {
            problem(
                Severity::Error,
                "not_readable",
                name.clone(),
                format!("permission denied for table {name}"),
                "Grant SELECT on all its columns (pg_read_all_data has it), or exclude the table.",
            );
        }
        if table.row_security {
            problem(
                Severity::Error,
                "row_security",
                name.clone(),
                format!("row security would hide rows of table {name}"),
                "Dump as a role with BYPASSRLS, or exclude the table.",
            );
        }
        if !understood {
            problem(
                Severity::Error,
                "extension_condition",
                name.clone(),
                format!("the extension's condition for its configuration table {name} is not a WHERE clause"),
                "Exclude the table.",
            );
        }
    }
    let columns = table.columns.iter().filter(|column| !column.generated).map(|column| ColumnPlan {
        number: column.number,
        name: column.name.clone(),
        sql_name: column.sql_name.clone(),
        type_name: column.type_name.clone(),
        not_null: column.not_null,
        rule: rule.and_then(|rule| rule.fields.get(&column.name)).map(|text| own_words(text).to_owned()),
        taken_over: None,
    });
    TablePlan {
        oid: table.oid,
        schema: table.schema.clone(),
        name: table.name.clone(),
        sql_name: table.sql_name.clone(),
        // Depends on the rules that are taken over too.
        load_root: None,
        action,
        source,
        pattern,
        through,
        columns: columns.collect(),
        condition: rule.and_then(|rule| rule.sql_condition.as_deref()).map(|text| strip_where(text).to_owned()),
        raw_sql: rule.and_then(|rule| rule.raw_sql.clone()),
        extension: table.extension.clone(),
        extension_condition,
        rows: table.rows,
        bytes: table.bytes,
        blocks: if rule.is_some_and(|rule| rule.raw_sql.is_some()) { None } else { table.blocks },
    }
}

/// The root of the partitions, when rows must be loaded through it: with a masked key a row may belong to another partition than
/// the one that it is read from.
fn load_root(table: &Table, plan: &TablePlan) -> Option<String> {
    let is_masked = |name: &String| plan.columns.iter().any(|column| column.name == *name && column.rule.is_some());
    let moves = table.partition_key.iter().any(is_masked);
    table.load_root.clone().or_else(|| table.root.clone().filter(|_| moves))
}

/// The fields of a rule with this table's exact name that are no columns of it. What a rule with a mask names may be a
/// column of another table that it matches, which only [`plan`] can tell.
fn misspelt_columns(table: &Table, resolution: &Resolution<'_>, dictionary: &Dictionary) -> Vec<Problem> {
    let Some((rule, 0)) =
        resolution.rule.and_then(|(position, level)| Some((dictionary.rules().get(position)?, level)))
    else {
        return Vec::new();
    };
    if !rule.pattern.matches_exactly(&table.schema, &table.name) {
        return Vec::new();
    }
    let existing: BTreeSet<&str> = table.columns.iter().map(|column| column.name.as_str()).collect();
    let missing = rule.fields.keys().filter(|field| !existing.contains(field.as_str()));
    let problem = |field: &String| Problem {
        severity: Severity::Error,
        code: "unmatched_column",
        object: format!("{}.{field}", table.sql_name),
        message: format!("table {} has no column {field:?}, for which the dictionary has a rule", table.sql_name),
        hint: Some(column_hint(field, &existing)),
    };
    missing.map(problem).collect()
}

/// The ancestor at a level of [`levels`]; nothing for the table itself.
fn ancestor(table: &Table, level: usize) -> Option<&TableName> {
    level.checked_sub(1).and_then(|level| table.ancestors.get(level))
}

/// The rule's pattern, and through which ancestor it applies.
fn rule_source(table: &Table, rule: &TableRule, level: usize) -> String {
    match ancestor(table, level) {
        Some(parent) => format!("{} (through {})", rule.pattern, shown(&parent.schema, &parent.name)),
        None => rule.pattern.to_string(),
    }
}

/// A generated column is not dumped, and its rule cannot be used: the restore computes the value again from other columns.
/// That is as good as a mask only when those are masked.
fn generated_column_problems(
    table: &Table,
    resolution: &Resolution<'_>,
    dictionary: &Dictionary,
    plan: &TablePlan,
    problems: &mut Vec<Problem>,
) {
    let rule = resolution.rule.and_then(|(position, _)| dictionary.rules().get(position));
    let Some(rule) = rule.filter(|_| plan.action == Action::Data) else { return };
    let masked = |column: &&Column| plan.columns.iter().any(|c| c.number == column.number && c.rule.is_some());
    for column in table.columns.iter().filter(|column| column.generated && rule.fields.contains_key(&column.name)) {
        let clear: Option<Vec<&Column>> = column.generated_from.as_ref().map(|numbers| {
            table.columns.iter().filter(|base| numbers.contains(&base.number) && !masked(base)).collect()
        });
        let (severity, message) = match (&clear, &column.generated_from) {
            (Some(clear), _) if clear.is_empty() => {
                (Severity::Warning, "is computed from masked columns; its own rule is not used".to_owned())
            }
            (Some(clear), Some(all)) => {
                let names: Vec<&str> = clear.iter().map(|base| base.sql_name.as_str()).collect();
                let severity = if names.len() < all.len() { Severity::Warning } else { Severity::Error };
                (severity, format!("would be computed again from columns in clear: {}", names.join(", ")))
            }
            _ if table.columns.iter().any(|column| masked(&column)) => {
                (Severity::Warning, "is computed again from other columns; its own rule is not used".to_owned())
            }
            _ => (Severity::Error, "would be computed again from columns in clear".to_owned()),
        };
        problems.push(Problem {
            severity,
            code: "generated_column",
            object: format!("{}.{}", table.sql_name, column.sql_name),
            message: format!("generated column {} of table {} {message}", column.sql_name, table.sql_name),
            hint: Some(match clear.as_deref() {
                Some([]) => "Remove its rule.".to_owned(),
                _ => "Give the columns that it is computed from rules.".to_owned(),
            }),
        });
    }
}

/// What is said of a mask that fails.
pub fn mask_problem(error: MaskError) -> Problem {
    Problem {
        severity: Severity::Error,
        code: "mask_failed",
        object: format!("{:?}", error.mask),
        message: error.to_string(),
        hint: Some("Write a simpler mask.".to_owned()),
    }
}

/// A name as people read it: quoted when it is not plain.
pub(crate) fn shown(schema: &str, name: &str) -> String {
    let part = |name: &str| {
        let plain = name.starts_with(|c: char| c.is_ascii_lowercase() || c == '_')
            && name.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_');
        if plain { name.to_owned() } else { format!("\"{}\"", name.replace('"', "\"\"")) }
    };
    format!("{}.{}", part(schema), part(name))
}

/// The OIDs of the ordinary tables whose rows are dumped, as [`plan`] will plan. None where a mask fails, which [`plan`] tells.
pub fn dumped(
    tables: &[Table],
    dictionary: &Dictionary,
    include: Option<&TableList>,
    exclude: Option<&TableList>,
) -> Vec<u32> {
    let is_dumped = |table: &&Table| {
        table.kind == 'r' && resolve(table, dictionary, include, exclude).is_ok_and(|found| found.excluded.is_none())
    };
    tables.iter().filter(is_dumped).map(|table| table.oid).collect()
}

/// Plans all tables of a database, and says all that is wrong between them and the dictionary.
///
/// `tables` are all ordinary tables (partitions too), partitioned tables and foreign tables. Partitioned and foreign
/// tables are there to be matched: they get no plan.
pub fn plan(
    tables: &[Table],
    dictionary: &Dictionary,
    include: Option<&TableList>,
    exclude: Option<&TableList>,
    options: &Options,
) -> Plan {
    plan_with(tables, dictionary, include, exclude, options, &mut |_| Vec::new())
}

/// The same, with the rules that columns take over: `take_over` puts them into the plan of a table that is dumped, and says what
/// keeps a column from it. Everything that depends on which columns are masked is looked at after it.
pub fn plan_with(
    tables: &[Table],
    dictionary: &Dictionary,
    include: Option<&TableList>,
    exclude: Option<&TableList>,
    options: &Options,
    take_over: &mut dyn FnMut(&mut TablePlan) -> Vec<Problem>,
) -> Plan {
    match Planning::new(tables, dictionary, include, exclude) {
        Ok(planning) => planning.finish(include, exclude, options, take_over),
        // Nothing can be said about any table when a mask fails.
        Err(error) => Plan { tables: Vec::new(), problems: vec![mask_problem(error)] },
    }
}

/// A table with all that was found out about it.
struct Planned<'a> {
    table: &'a Table,
    resolution: Resolution<'a>,
    /// The rules that match the table's own name, whether they apply or not.
    matching: Vec<usize>,
}

struct Planning<'a> {
    dictionary: &'a Dictionary,
    tables: Vec<Planned<'a>>,
    by_name: HashMap<(&'a str, &'a str), usize>,
}

/// How many tables a message names before it only counts.
const NAMED_TABLES: usize = 3;

impl<'a> Planning<'a> {
    fn new(
        tables: &'a [Table],
        dictionary: &'a Dictionary,
        include: Option<&TableList>,
        exclude: Option<&TableList>,
    ) -> Result<Planning<'a>, MaskError> {
        let mut planned = Vec::with_capacity(tables.len());
        let mut by_name = HashMap::new();
        for (position, table) in tables.iter().enumerate() {
            by_name.insert((table.schema.as_str(), table.name.as_str()), position);
            planned.push(Planned {
                table,
                resolution: resolve(table, dictionary, include, exclude)?,
                matching: dictionary.all_positions(&table.schema, &table.name)?,
            });
        }
        Ok(Planning { dictionary, tables: planned, by_name })
    }

    /// Rows of which the key is masked are loaded through the root only when all partitions are dumped: they would get into others.
    fn keep_out_of_others(&self, plans: &mut [TablePlan]) {
        let dumped: HashSet<u32> =
            plans.iter().filter(|plan| plan.action == Action::Data).map(|plan| plan.oid).collect();
        let leaves = self.tables.iter().map(|planned| planned.table).filter(|table| table.kind != 'p');
        let partly: HashSet<&str> =
            leaves.filter(|leaf| !dumped.contains(&leaf.oid)).filter_map(|leaf| leaf.root.as_deref()).collect();
        let ordinary = self.tables.iter().map(|planned| planned.table).filter(|table| table.kind == 'r');
        for (plan, table) in plans.iter_mut().zip(ordinary) {
            if table.root.as_deref().is_some_and(|root| partly.contains(root)) {
                plan.load_root.clone_from(&table.load_root);
            }
        }
    }

    fn finish(
        self,
        include: Option<&TableList>,
        exclude: Option<&TableList>,
        options: &Options,
        take_over: &mut dyn FnMut(&mut TablePlan) -> Vec<Problem>,
    ) -> Plan {
        let (mut problems, mut not_taken_over) = (Vec::new(), Vec::new());
        let mut plans = Vec::new();
        for Planned { table, resolution, .. } in self.tables.iter().filter(|planned| planned.table.kind == 'r') {
            let mut plan = table_plan(table, resolution, self.dictionary, &mut problems);
            if plan.action == Action::Data {
                not_taken_over.extend(take_over(&mut plan));
            }
            plan.load_root = load_root(table, &plan);
            generated_column_problems(table, resolution, self.dictionary, &plan, &mut problems);
            plans.push(plan);
        }
        self.keep_out_of_others(&mut plans);
        self.rule_problems(options, &mut problems);
        self.overridden_field_problems(&mut problems);
        self.exclusion_problems(&mut problems);
        self.inheritance_problems(&plans, &mut problems);
        self.foreign_table_problems(&mut problems);
        if let Err(error) = self.list_problems(include, exclude, &mut problems) {
            problems.push(mask_problem(error));
        }
        problems.extend(not_taken_over);
        plans.sort_by(|a, b| b.bytes.cmp(&a.bytes).then_with(|| (&a.schema, &a.name).cmp(&(&b.schema, &b.name))));
        problems.sort_by_key(|problem| problem.severity);
        Plan { tables: plans, problems }
    }

    fn rule(&self, position: usize) -> Option<&'a TableRule> {
        self.dictionary.rules().get(position)
    }

    /// The rule that applies to a table.
    fn rule_of(&self, planned: &Planned<'a>) -> Option<&'a TableRule> {
        planned.resolution.rule.and_then(|(position, _)| self.rule(position))
    }

    /// The rules that match the table's name or an ancestor's.
    fn candidates(&self, planned: &Planned<'a>) -> BTreeSet<usize> {
        let ancestors = planned.table.ancestors.iter();
        let parents = ancestors.filter_map(|parent| self.by_name.get(&(parent.schema.as_str(), parent.name.as_str())));
        let inherited = parents.filter_map(|&parent| self.tables.get(parent)).flat_map(|parent| &parent.matching);
        planned.matching.iter().chain(inherited).copied().collect()
    }

    /// Rules that match no table, columns that no matched table has, and rules that never apply.
    fn rule_problems(&self, options: &Options, problems: &mut Vec<Problem>) {
        let severity = if options.allow_unmatched_rules { Severity::Warning } else { Severity::Error };
        let rules = self.dictionary.rules();
        let mut matched: Vec<Vec<&Planned<'a>>> = vec![Vec::new(); rules.len()];
        let mut applied: Vec<bool> = vec![false; rules.len()];
        let mut beaten: Vec<Option<&Planned<'a>>> = vec![None; rules.len()];
        let parents: HashSet<(&str, &str)> =
            self.tables.iter().flat_map(|planned| levels(planned.table).skip(1)).collect();
        for planned in &self.tables {
            for &position in &planned.matching {
                if let Some(matched) = matched.get_mut(position) {
                    matched.push(planned);
                }
            }
            // A partitioned table has no rows: its rule applies through its partitions, of which there may be none yet.
            let holds_rows = planned.table.kind != 'p'
                || !parents.contains(&(planned.table.schema.as_str(), planned.table.name.as_str()));
            if !holds_rows {
                continue;
            }
            let winner = planned.resolution.rule.map(|(position, _)| position);
            for position in self.candidates(planned) {
                if winner == Some(position) {
                    if let Some(applied) = applied.get_mut(position) {
                        *applied = true;
                    }
                } else if let Some(beaten) = beaten.get_mut(position) {
                    beaten.get_or_insert(planned);
                }
            }
        }
        for (((rule, matched), applied), beaten) in rules.iter().zip(&matched).zip(applied).zip(beaten) {
            if matched.is_empty() {
                problems.push(Problem {
                    severity,
                    code: "unmatched_table",
                    object: rule.pattern.to_string(),
                    message: format!("no table matches the rule {}", rule.pattern),
                    hint: Some(self.table_hint(&rule.pattern)),
                });
                continue;
            }
            let existing: HashSet<&str> = matched
                .iter()
                .flat_map(|planned| planned.table.columns.iter().map(|column| column.name.as_str()))
                .collect();
            for column in rule.fields.keys().filter(|column| !existing.contains(column.as_str())) {
                let (object, place) = match matched.as_slice() {
                    [only] => {
                        let name = &only.table.sql_name;
                        (format!("{name}.{column}"), format!("table {name} has no column {column:?}"))
                    }
                    _ => (
                        format!("{}: {column}", rule.pattern),
                        format!("none of the {} tables that it matches has a column {column:?}", matched.len()),
                    ),
                };
                // Sorted, so that the guess does not depend on the order of a hash table.
                let known: BTreeSet<&str> = existing.iter().copied().collect();
                problems.push(Problem {
                    severity,
                    code: "unmatched_column",
                    object,
                    message: format!("rule {}: {place}", rule.pattern),
                    hint: Some(column_hint(column, &known)),
                });
            }
            if let (false, Some(planned)) = (applied, beaten) {
                let winner = self.rule_of(planned).map(|rule| rule.pattern.to_string()).unwrap_or_default();
                problems.push(Problem {
                    severity: Severity::Warning,
                    code: "overridden_rule",
                    object: rule.pattern.to_string(),
                    message: format!(
                        "the rule {} applies to no table: for {} the rule {winner} wins",
                        rule.pattern, planned.table.sql_name
                    ),
                    hint: Some(ONE_RULE.to_owned()),
                });
            }
        }
    }

    /// Columns in clear that a rule would mask, were it not for another rule that wins for the table.
    fn overridden_field_problems(&self, problems: &mut Vec<Problem>) {
        let mut found: IndexMap<(usize, usize, &str), Vec<&str>> = IndexMap::new();
        for planned in self.tables.iter().filter(|planned| planned.table.kind == 'r') {
            let Some((winner, _)) = planned.resolution.rule else { continue };
            let Some(winning) = self.rule(winner) else { continue };
            if planned.resolution.excluded.is_some() || winning.raw_sql.is_some() {
                continue;
            }
            for position in self.candidates(planned) {
                let Some(rule) = self.rule(position).filter(|_| position != winner) else { continue };
                for column in planned.table.columns.iter().filter(|column| !column.generated) {
                    if rule.fields.contains_key(&column.name) && !winning.fields.contains_key(&column.name) {
                        let key = (position, winner, column.name.as_str());
                        found.entry(key).or_default().push(&planned.table.sql_name);
                    }
                }
            }
        }
        for ((position, winner, column), tables) in found {
            let (Some(rule), Some(winning)) = (self.rule(position), self.rule(winner)) else { continue };
            problems.push(Problem {
                severity: Severity::Warning,
                code: "overridden_field",
                object: format!("{}: {column}", rule.pattern),
                message: format!(
                    "column {column:?} of {} stays in clear: the rule {} masks it, but the rule {} wins",
                    some_of(&tables),
                    rule.pattern,
                    winning.pattern
                ),
                hint: Some(ONE_RULE.to_owned()),
            });
        }
    }

    /// Tables that are not dumped although a rule or the include list names them.
    fn exclusion_problems(&self, problems: &mut Vec<Problem>) {
        for planned in self.tables.iter().filter(|planned| planned.table.kind == 'r') {
            let Some(exclusion) = planned.resolution.excluded else { continue };
            let name = &planned.table.sql_name;
            let wanted = match (exclusion, self.rule_of(planned)) {
                (Exclusion::Schema { included: true, .. }, _) => "the include list names it".to_owned(),
                (Exclusion::Schema { .. } | Exclusion::Dictionary(_), Some(rule)) => {
                    format!("the rule {} is about it", rule.pattern)
                }
                _ => continue,
            };
            problems.push(Problem {
                severity: Severity::Warning,
                code: "excluded_although_named",
                object: name.clone(),
                message: format!("the data of table {name} is not dumped ({}), although {wanted}", exclusion.source()),
                hint: Some("To dump it, name it in a rule with its exact schema and table.".to_owned()),
            });
        }
    }

    /// Tables that inherit from a masked or excluded table in the old way, without partitioning, and have no rule.
    fn inheritance_problems(&self, plans: &[TablePlan], problems: &mut Vec<Problem>) {
        let plans: HashMap<u32, &TablePlan> = plans.iter().map(|plan| (plan.oid, plan)).collect();
        for planned in self.tables.iter().filter(|planned| planned.table.kind == 'r') {
            let Some(plan) = plans.get(&planned.table.oid).filter(|plan| plan.action == Action::Data) else { continue };
            for parent in &planned.table.inherits {
                let position = self.by_name.get(&(parent.schema.as_str(), parent.name.as_str()));
                let Some(found) = position.and_then(|&position| self.tables.get(position)) else { continue };
                let taken_over = plans.get(&found.table.oid).map(|parent| in_clear(plan, parent)).unwrap_or_default();
                let what = match planned.resolution.rule {
                    None if found.resolution.rule.is_some() => {
                        "has a rule, but it is dumped in clear itself".to_owned()
                    }
                    None if matches!(found.resolution.excluded, Some(Exclusion::Dictionary(_))) => {
                        "is excluded, but it is dumped in clear itself".to_owned()
                    }
                    _ if taken_over.is_empty() => continue,
                    _ => {
                        format!("takes over a rule for {0}, but its own {0} is dumped in clear", taken_over.join(", "))
                    }
                };
                let child = &planned.table.sql_name;
                problems.push(Problem {
                    severity: Severity::Warning,
                    code: "inheritance_child",
                    object: child.clone(),
                    message: format!("table {child} inherits from {}, which {what}", found.table.sql_name),
                    hint: Some(format!("Only partitions take the rules of their parents; give {child} its own rule.")),
                });
            }
        }
    }

    fn foreign_table_problems(&self, problems: &mut Vec<Problem>) {
        for planned in self.tables.iter().filter(|planned| planned.table.kind == 'f') {
            if let (Some(rule), None) = (self.rule_of(planned), planned.resolution.excluded) {
                let name = &planned.table.sql_name;
                problems.push(Problem {
                    severity: Severity::Warning,
                    code: "foreign_table",
                    object: name.clone(),
                    message: format!(
                        "the data of foreign table {name} is not dumped; the rule {} masks nothing there",
                        rule.pattern
                    ),
                    hint: None,
                });
            }
        }
    }

    /// Patterns of `dictionary_exclude` and of the lists that match nothing.
    fn list_problems(
        &self,
        include: Option<&TableList>,
        exclude: Option<&TableList>,
        problems: &mut Vec<Problem>,
    ) -> Result<(), MaskError> {
        let lists = [
            ("dictionary_exclude", "unmatched_exclude", Some(self.dictionary.exclude()), None),
            ("the include list", "unmatched_include_list", include.map(TableList::tables), include),
            ("the exclude list", "unmatched_exclude_list", exclude.map(TableList::tables), exclude),
        ];
        for (title, code, patterns, list) in lists {
            let Some(patterns) = patterns else { continue };
            let mut matched = HashSet::new();
            for planned in &self.tables {
                let (schema, name) = (&planned.table.schema, &planned.table.name);
                matched.extend(match list {
                    Some(list) => list.all_positions(schema, name)?,
                    None => self.dictionary.all_exclude_positions(schema, name)?,
                });
            }
            for (_, pattern) in patterns.iter().enumerate().filter(|(position, _)| !matched.contains(position)) {
                problems.push(Problem {
                    severity: Severity::Warning,
                    code,
                    object: pattern.to_string(),
                    message: format!("{title}: no table matches {pattern}"),
                    hint: Some(self.table_hint(pattern)),
                });
            }
            if code == "unmatched_include_list" && matched.is_empty() {
                problems.push(Problem {
                    severity: Severity::Error,
                    code: "empty_include_list",
                    object: title.to_owned(),
                    message: "the include list matches no table: nothing would be dumped".to_owned(),
                    hint: None,
                });
            }
        }
        Ok(())
    }

    /// What a pattern that matches nothing may have been meant to say.
    fn table_hint(&self, pattern: &TablePattern) -> String {
        let (Some(schema), Some(name)) = (pattern.schema.as_deref(), pattern.table.as_deref()) else {
            return "A mask is a regular expression, case-sensitive and not anchored; only tables are matched."
                .to_owned();
        };
        let tables = || self.tables.iter().map(|planned| planned.table);
        if let Some(table) = tables().find(|table| table.name == name) {
            return format!("There is {} in another schema.", table.sql_name);
        }
        let in_schema = tables().filter(|table| table.schema == schema);
        if let Some(near) = nearest(name, in_schema.map(|table| table.name.as_str())) {
            return near_hint("table", name, near);
        }
        if let Some(near) = nearest(schema, tables().map(|table| table.schema.as_str())) {
            return near_hint("schema", schema, near);
        }
        "Only tables are matched, not views; names are case-sensitive and stand without quotes.".to_owned()
    }
}

/// The columns for which a table that another one inherits from takes a rule over, and that are in clear in the other.
fn in_clear<'a>(child: &'a TablePlan, parent: &TablePlan) -> Vec<&'a str> {
    let takes_over = |name: &str| parent.columns.iter().any(|c| c.name == name && c.taken_over.is_some());
    let columns = child.columns.iter().filter(|_| child.raw_sql.is_none());
    columns.filter(|c| c.rule.is_none() && takes_over(&c.name)).map(|c| c.sql_name.as_str()).collect()
}

const ONE_RULE: &str = "Exactly one rule applies to a table: the first that names it exactly, else the last whose masks \
                        match. Rules are not merged; put all columns into the one that wins.";

pub(crate) fn column_hint(column: &str, existing: &BTreeSet<&str>) -> String {
    match nearest(column, existing.iter().copied()) {
        Some(near) => near_hint("column", column, near),
        None => "Names are case-sensitive and stand without quotes.".to_owned(),
    }
}

fn near_hint(noun: &str, wanted: &str, near: &str) -> String {
    if near.to_lowercase() == wanted.to_lowercase() {
        format!("There is a {noun} {near:?}: names are case-sensitive.")
    } else {
        format!("Did you mean the {noun} {near:?}?")
    }
}

/// `a, b, c and 4 more tables`.
fn some_of(tables: &[&str]) -> String {
    let named = tables.iter().take(NAMED_TABLES).copied().collect::<Vec<_>>().join(", ");
    match tables.len().checked_sub(NAMED_TABLES) {
        None | Some(0) => named,
        Some(more) => format!("{named} and {more} more tables"),
    }
}
