//! Columns that hold what other columns hold: those of a foreign key, and those of which the dictionary says so
//! (`consistent`). One without a rule takes over the rule of the other, so that what was equal stays equal.
//!
//! A rule is taken over from a referenced column by those that refer to it, through chains of foreign keys, and within a
//! group of the dictionary by all. Only a rule that is a function of the value alone can be: any other would tear apart what
//! belongs together, and that is an error.

use std::collections::{HashMap, HashSet, VecDeque};

use crate::check::{Spelling, column_name};
use crate::dictionary::{Dictionary, MaskError, TablePattern, nearest};
use crate::plan::{
    Column, ColumnPlan, Options, OwnRule, Problem, Severity, Table, TableKey, TablePlan, TakenOver, column_hint,
    levels, mask_problem, own_rule, shown,
};

/// What only PostgreSQL's parser can do with a rule.
pub trait Translator {
    /// The rule of one column as a rule of another: the same function of the value, also when the types differ. Nothing when
    /// it is no function of the value alone. The error says why the rule is none at all.
    fn translate(
        &mut self,
        origin: &Origin<'_>,
        table: &TablePlan,
        column: &ColumnPlan,
    ) -> Result<Option<Translated>, Problem>;
}

/// A rule as another column has it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Translated {
    /// The SQL expression.
    pub rule: String,
    /// What both have in common.
    pub form: String,
    /// The modifier that the results are cast to, such as a number's digits behind the point; -1 for none.
    pub modifier: i32,
    /// The ways of writing a value that its results differ by.
    pub spelling: Spelling,
}

/// A column whose rule another one takes over.
#[derive(Debug, Clone, Copy)]
pub struct Origin<'a> {
    /// Its table; it may be a partitioned one.
    pub table: &'a Table,
    /// The column.
    pub column: &'a Column,
    /// Its rule.
    pub rule: &'a str,
    pattern: &'a TablePattern,
    link: Link<'a>,
}

/// What connects a column with the one that its rule comes from: the first step of the way.
#[derive(Debug, Clone, Copy)]
enum Link<'a> {
    Key(&'a TableKey),
    Group,
}

impl Origin<'_> {
    /// `column id of table public.person`
    fn name(&self) -> String {
        format!("column {} of table {}", self.column.sql_name, self.table.sql_name)
    }

    fn source(&self) -> String {
        let by = match self.link {
            Link::Key(key) => format!("foreign key {}", key.name),
            Link::Group => "consistent".to_owned(),
        };
        format!("{}.{} ({by})", self.table.sql_name, self.column.sql_name)
    }
}

/// A table that must be known before it can be said which rules a column takes over.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum Missing {
    /// A referenced table.
    Oid(u32),
    /// A table of a group, by its schema and name.
    Name(String, String),
    /// The partitions of a partitioned table.
    Partitions(u32),
}

/// What is found of the rules that a column may take over.
#[derive(Default)]
struct Found<'a> {
    /// The columns with rules of their own, the nearest first.
    origins: Vec<Origin<'a>>,
    /// Those of which only some partitions have a rule.
    partly: Vec<Partly<'a>>,
    /// The tables that would have to be known to find more.
    missing: HashSet<Missing>,
}

/// A column of a partitioned table of which only some partitions have a rule.
struct Partly<'a> {
    table: &'a Table,
    column: &'a Column,
    with: &'a Table,
    without: &'a Table,
    link: Link<'a>,
}

/// The connections between the columns of a database.
pub struct Consistency<'a> {
    dictionary: &'a Dictionary,
    tables: HashMap<u32, &'a Table>,
    by_name: HashMap<(&'a str, &'a str), &'a Table>,
    /// What holds the rows of a partitioned table: its partitions of all levels that are none themselves.
    partitions: HashMap<(&'a str, &'a str), Vec<&'a Table>>,
    /// The group of a column.
    groups: HashMap<(&'a str, &'a str, &'a str), usize>,
}

impl<'a> Consistency<'a> {
    /// Of these tables, as far as they are given.
    pub fn new(tables: &'a [Table], dictionary: &'a Dictionary) -> Self {
        let groups = dictionary.consistent().iter().enumerate().flat_map(|(position, columns)| {
            columns.iter().map(move |c| ((c.schema.as_str(), c.table.as_str(), c.column.as_str()), position))
        });
        let mut partitions: HashMap<(&str, &str), Vec<&Table>> = HashMap::new();
        for table in tables.iter().filter(|table| table.kind != 'p') {
            for (schema, name) in levels(table).skip(1) {
                partitions.entry((schema, name)).or_default().push(table);
            }
        }
        Consistency {
            dictionary,
            partitions,
            tables: tables.iter().map(|table| (table.oid, table)).collect(),
            by_name: tables.iter().map(|table| ((table.schema.as_str(), table.name.as_str()), table)).collect(),
            groups: groups.collect(),
        }
    }

    /// Gives the columns of a table that have no rule those of the columns that they are to be consistent with; and what is
    /// wrong with that.
    pub fn take_over(&self, plan: &mut TablePlan, translator: &mut dyn Translator) -> Vec<Problem> {
        let mut problems = Vec::new();
        let Some(table) = self.tables.get(&plan.oid).copied().filter(|_| plan.raw_sql.is_none()) else {
            return problems;
        };
        for index in 0..plan.columns.len() {
            let Some(column) = self.undecided(table, plan, index) else { continue };
            let Found { origins, partly, .. } = match self.search(table, column) {
                Ok(found) => found,
                Err(error) => {
                    problems.push(mask_problem(error));
                    continue;
                }
            };
            let before = problems.len();
            problems.extend(partly.iter().map(|partly| partly_masked(plan, index, partly)));
            let mut taken: Option<(&Origin<'_>, Translated)> = None;
            for origin in &origins {
                match translator.translate(origin, plan, &plan.columns[index]) {
                    Err(mut problem) => {
                        let mine = column_name(plan, &plan.columns[index]);
                        problem.hint.get_or_insert_with(|| {
                            format!(
                                "{mine} takes this rule over from {}. Put the rule right, grant what it needs, such as USAGE \
                                 on the schema of that table, or give {mine} a rule of its own.",
                                origin.source()
                            )
                        });
                        problems.push(problem);
                    }
                    Ok(None) => problems.push(not_a_function(plan, index, origin)),
                    Ok(Some(rule)) => match &taken {
                        Some((first, other)) if (&other.form, other.modifier) != (&rule.form, rule.modifier) => {
                            problems.push(conflict(plan, index, first, origin));
                        }
                        Some(_) => {}
                        None => taken = Some((origin, rule)),
                    },
                }
            }
            problems.extend(taken.as_ref().and_then(|(origin, rule)| goes_by_text(plan, index, origin, rule.spelling)));
            if let Some((origin, Translated { rule, form, .. })) = taken.filter(|_| problems.len() == before) {
                let source = origin.source();
                plan.source.get_or_insert_with(|| format!("taken over from {source}"));
                let column = &mut plan.columns[index];
                column.rule = Some(rule);
                column.taken_over = Some(TakenOver { source, pattern: origin.pattern.to_string(), form });
            }
        }
        problems
    }

    /// The tables that are not known, and that the rules of this one may depend on.
    pub fn missing(&self, plan: &TablePlan) -> Result<HashSet<Missing>, MaskError> {
        let mut missing = HashSet::new();
        if let Some(table) = self.tables.get(&plan.oid).copied().filter(|_| plan.raw_sql.is_none()) {
            for index in 0..plan.columns.len() {
                if let Some(column) = self.undecided(table, plan, index) {
                    missing.extend(self.search(table, column)?.missing);
                }
            }
        }
        Ok(missing)
    }

    /// What the groups name that is not there.
    pub fn unmatched(&self, options: &Options) -> Vec<Problem> {
        let severity = if options.allow_unmatched_rules { Severity::Warning } else { Severity::Error };
        let mut problems = Vec::new();
        for name in self.dictionary.consistent().iter().flatten() {
            let table = shown(&name.schema, &name.table);
            let Some(found) = self.by_name.get(&(name.schema.as_str(), name.table.as_str())) else {
                let in_schema = self.by_name.keys().filter(|(schema, _)| *schema == name.schema);
                let mut names: Vec<&str> = in_schema.map(|(_, table)| *table).collect();
                names.sort_unstable();
                let near = nearest(&name.table, names).map(|near| format!("Did you mean the table {near:?}?"));
                problems.push(Problem {
                    severity,
                    code: "unmatched_table",
                    object: table.clone(),
                    message: format!("consistent names the table {table}, which is not there"),
                    hint: Some(near.unwrap_or_else(|| "Names are case-sensitive and stand without quotes.".to_owned())),
                });
                continue;
            };
            if !found.columns.iter().any(|column| column.name == name.column) {
                let existing = found.columns.iter().map(|column| column.name.as_str()).collect();
                problems.push(Problem {
                    severity,
                    code: "unmatched_column",
                    object: format!("{}.{}", found.sql_name, name.column),
                    message: format!("consistent: table {} has no column {:?}", found.sql_name, name.column),
                    hint: Some(column_hint(&name.column, &existing)),
                });
            }
        }
        problems
    }

    /// The column when it has no rule, and something may give it one.
    fn undecided(&self, table: &'a Table, plan: &TablePlan, index: usize) -> Option<&'a Column> {
        let column = plan.columns.get(index).filter(|column| column.rule.is_none())?;
        let refers = table.foreign_keys.iter().any(|key| key.columns.contains(&column.name));
        if self.dictionary.rules().is_empty() || (!refers && self.groups.is_empty()) {
            return None;
        }
        table.columns.iter().find(|c| c.number == column.number)
    }

    /// The rules of the columns that a column is connected with.
    fn search(&self, table: &'a Table, column: &'a Column) -> Result<Found<'a>, MaskError> {
        let mut found = Found::default();
        let mut seen = HashSet::from([(table.oid, column.number)]);
        let mut queue = VecDeque::from([(table, column, None)]);
        while let Some((table, column, way)) = queue.pop_front() {
            for (link, table, column) in self.neighbours(table, column, &mut found.missing) {
                if !seen.insert((table.oid, column.number)) {
                    continue;
                }
                let link = way.unwrap_or(link);
                match own_rule(table, column, self.dictionary)? {
                    OwnRule::Rule(rule, pattern) => found.origins.push(Origin { table, column, rule, pattern, link }),
                    OwnRule::None
                        if table.kind == 'p' && self.search_partitions(table, column, link, &mut found)? => {}
                    OwnRule::None => queue.push_back((table, column, Some(link))),
                    OwnRule::Opaque => {}
                }
            }
        }
        Ok(found)
    }

    /// The rules that the partitions of a table have for a column, where the table itself has none: whether there are any.
    fn search_partitions(
        &self,
        table: &'a Table,
        column: &'a Column,
        link: Link<'a>,
        found: &mut Found<'a>,
    ) -> Result<bool, MaskError> {
        found.missing.insert(Missing::Partitions(table.oid));
        let mut rules = HashSet::new();
        let (mut with, mut without) = (None, None);
        let partitions = self.partitions.get(&(table.schema.as_str(), table.name.as_str()));
        for partition in partitions.into_iter().flatten().copied() {
            let Some(own) = partition.columns.iter().find(|c| c.name == column.name) else { continue };
            match own_rule(partition, own, self.dictionary)? {
                OwnRule::Rule(rule, pattern) => {
                    with.get_or_insert(partition);
                    // One of those that have the same words stands for all.
                    if rules.insert(rule) {
                        found.origins.push(Origin { table: partition, column: own, rule, pattern, link });
                    }
                }
                OwnRule::None | OwnRule::Opaque => {
                    without.get_or_insert(partition);
                }
            }
        }
        if let (Some(with), Some(without)) = (with, without) {
            found.partly.push(Partly { table, column, with, without, link });
        }
        Ok(with.is_some())
    }

    /// The columns that one refers to, and those of its group.
    fn neighbours(
        &self,
        table: &'a Table,
        column: &'a Column,
        missing: &mut HashSet<Missing>,
    ) -> Vec<(Link<'a>, &'a Table, &'a Column)> {
        let mut neighbours = Vec::new();
        let mut add = |link, table: &'a Table, name: &str| {
            neighbours.extend(table.columns.iter().find(|c| c.name == name).map(|column| (link, table, column)));
        };
        for key in &table.foreign_keys {
            for (name, other) in key.columns.iter().zip(&key.referenced_columns) {
                if *name != column.name {
                    continue;
                }
                match self.tables.get(&key.referenced) {
                    Some(referenced) => add(Link::Key(key), referenced, other),
                    None => {
                        missing.insert(Missing::Oid(key.referenced));
                    }
                }
            }
        }
        // What a group says of a partitioned table it says of its partitions.
        for (schema, name) in levels(table) {
            let Some(group) = self.groups.get(&(schema, name, column.name.as_str())) else { continue };
            for member in self.dictionary.consistent().get(*group).into_iter().flatten() {
                match self.by_name.get(&(member.schema.as_str(), member.table.as_str())) {
                    Some(other) => add(Link::Group, other, &member.column),
                    None => {
                        missing.insert(Missing::Name(member.schema.clone(), member.table.clone()));
                    }
                }
            }
        }
        neighbours
    }
}

/// The code of a problem with what connects a column with another one; its object, and how its message starts and ends.
fn about(plan: &TablePlan, index: usize, link: Link<'_>) -> (&'static str, String, String, &'static str) {
    match link {
        Link::Key(key) => {
            let key = format!("foreign key {} of table {}", key.name, plan.sql_name);
            ("foreign_key", key.clone(), format!("{key}: "), " and refer to nothing")
        }
        Link::Group => ("consistent", column_name(plan, &plan.columns[index]), String::new(), ""),
    }
}

fn partly_masked(plan: &TablePlan, index: usize, partly: &Partly<'_>) -> Problem {
    let mine = column_name(plan, &plan.columns[index]);
    let theirs = format!("column {} of table {}", partly.column.sql_name, partly.table.sql_name);
    let (code, object, prefix, refers) = about(plan, index, partly.link);
    let message = format!(
        "{prefix}{mine} cannot take over the rule of {theirs}, which only some partitions have ({}, not {}); its values would \
         be in clear{refers}",
        partly.with.sql_name, partly.without.sql_name
    );
    let hint = format!("Give {} the rule, or give {mine} a rule of its own.", partly.table.sql_name);
    Problem { severity: Severity::Error, code, object, message, hint: Some(hint) }
}

fn not_a_function(plan: &TablePlan, index: usize, origin: &Origin<'_>) -> Problem {
    let mine = column_name(plan, &plan.columns[index]);
    let theirs = origin.name();
    let (code, object, prefix, refers) = about(plan, index, origin.link);
    let message = format!(
        "{prefix}{mine} cannot take over the rule of {theirs}, which is not a function of the value alone; its values would be \
         in clear{refers}"
    );
    let hint = format!(
        "Give {theirs} a rule that depends on its value alone, such as anon_funcs.permute_int(value, low, high) or \
         anon_funcs.digest(value, salt, 'sha256'), or give {mine} a rule of its own."
    );
    Problem { severity: Severity::Error, code, object, message, hint: Some(hint) }
}

fn goes_by_text(plan: &TablePlan, index: usize, origin: &Origin<'_>, spelling: Spelling) -> Option<Problem> {
    let (how, instead) = spelling.told(&origin.column.sql_name)?;
    let mine = column_name(plan, &plan.columns[index]);
    let theirs = origin.name();
    let (code, object, prefix, _) = about(plan, index, origin.link);
    let message = format!(
        "{prefix}{mine} cannot take over the rule of {theirs}, which goes by the text of a value; equal values may be written {how}, \
         and would not stay equal"
    );
    let hint = format!("Give {theirs} a rule over {instead}, or give {mine} a rule of its own.");
    Some(Problem { severity: Severity::Error, code, object, message, hint: Some(hint) })
}

fn conflict(plan: &TablePlan, index: usize, first: &Origin<'_>, second: &Origin<'_>) -> Problem {
    let object = column_name(plan, &plan.columns[index]);
    Problem {
        severity: Severity::Error,
        code: "consistent",
        message: format!(
            "{object} would take over the rules of {} and of {}, which are not the same",
            first.name(),
            second.name()
        ),
        object,
        hint: Some("Give both the same rule.".to_owned()),
    }
}
