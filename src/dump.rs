//! The SQL functions that check a dictionary, say what a dump will do, and give the masked rows.

use crate::catalog;
use crate::check::{self, Checked};
use crate::consistent;
use crate::datum::{Bytea, JsonArg, Relation, Text, TextArg};
use crate::error::{Report, error, problem_report, raise};
use crate::packed::Packages;
use crate::row_writer::RowWriter;
use crate::select;
use crate::settings::Settings;
use crate::subtransaction::{Moment, subtransaction};
use pg_anon_core::check::{Rules, check_decided};
use pg_anon_core::consistent::Consistency;
use pg_anon_core::dictionary::{Dictionary, DictionaryError, NonSensitive, TableList};
use pg_anon_core::plan::{self, Action, ColumnPlan, Page, Plan, Problem, Severity, TablePlan};
use pgrx::PgMemoryContexts;
use pgrx::pg_sys::panic::ErrorReport;
use pgrx::prelude::*;
use std::cell::Cell;
use std::collections::HashSet;

/// What a function has found out for some arguments, for the next call in the same transaction that wants to know it.
struct Found<A, T> {
    moment: Moment,
    arguments: A,
    found: T,
}

impl<A: PartialEq, T> Found<A, T> {
    /// None when the answer may be another one by the next call.
    fn new(arguments: A, found: T) -> Option<Self> {
        Moment::now().map(|moment| Found { moment, arguments, found })
    }

    /// What was found out, when it is what would be found out now.
    fn for_call(self, arguments: &A) -> Option<T> {
        (Moment::now() == Some(self.moment) && self.arguments == *arguments).then_some(self.found)
    }
}

/// All arguments of `check_dictionary` and `dump_plan`, as they came.
#[derive(PartialEq)]
struct PlanArguments {
    documents: [Option<String>; 4],
    rule_search_path: Option<String>,
    truths: [Option<bool>; 2],
}

impl PlanArguments {
    fn new(documents: [&Option<JsonArg>; 4], rule_search_path: Option<String>, truths: [Option<bool>; 2]) -> Self {
        PlanArguments { documents: documents.map(text_of), rule_search_path, truths }
    }
}

/// All arguments of `dump_rows` by which a table is planned, as they came.
#[derive(PartialEq)]
struct RowsArguments {
    relation: pg_sys::Oid,
    documents: [Option<String>; 2],
    rule_search_path: Option<String>,
    allow_unmatched_rules: bool,
}

/// The text of a document that an argument holds.
fn text_of(json: &Option<JsonArg>) -> Option<String> {
    json.as_ref().map(|json| json.0.clone())
}

thread_local! {
    /// The plan that `check_dictionary` made, for `dump_plan`.
    static CHECKED: Cell<Option<Found<PlanArguments, CheckedPlan>>> = const { Cell::new(None) };
    /// The plan of the table that `dump_rows` was called for, for the next part of that table.
    static PLANNED: Cell<Option<Found<RowsArguments, TablePlan>>> = const { Cell::new(None) };
}

/// The arguments that say what is dumped and how rules are read.
pub struct Request {
    /// What is sensitive.
    pub dictionary: Dictionary,
    include: Option<TableList>,
    exclude: Option<TableList>,
    options: plan::Options,
    /// Every column must be decided, and warnings are errors.
    strict: bool,
    /// Columns that need no rule.
    non_sensitive: Option<NonSensitive>,
}

impl Request {
    /// Errors: 22023 and 22P02 for what is not a dictionary.
    pub fn new(
        dictionary: Option<JsonArg>,
        include: Option<JsonArg>,
        exclude: Option<JsonArg>,
        allow_unmatched_rules: Option<bool>,
    ) -> Result<Self, Report> {
        Ok(Request {
            dictionary: read_dictionary(dictionary)?,
            include: include.map(|json| read_tables("include", &json)).transpose()?,
            exclude: exclude.map(|json| read_tables("exclude", &json)).transpose()?,
            options: plan::Options { allow_unmatched_rules: allow_unmatched_rules.unwrap_or(false) },
            strict: false,
            non_sensitive: None,
        })
    }

    /// The same, with every column decided and no warnings when `strict`. Errors: 22023 and 22P02 for what is no dictionary of
    /// non-sensitive columns.
    pub fn strictly(self, strict: Option<bool>, non_sensitive: Option<JsonArg>) -> Result<Self, Report> {
        let non_sensitive = match non_sensitive {
            Some(json) => {
                let value = parse_json("non_sensitive", &json)?;
                Some(NonSensitive::merge([("non_sensitive", &value)]).map_err(dictionary_error)?)
            }
            None => None,
        };
        Ok(Request { strict: strict.unwrap_or(false), non_sensitive, ..self })
    }

    /// What a dump would do, with all that is wrong: first with the dictionary as a whole, then with each rule, then with the
    /// values that the rules give; and what the structure shows, when that is asked for.
    pub fn plan(&self, with_texts: bool) -> CheckedPlan {
        let mut tables = catalog::tables(None);
        let dumped = plan::dumped(&tables, &self.dictionary, self.include.as_ref(), self.exclude.as_ref());
        catalog::add_sizes(&mut tables, &dumped);
        // Rules are analysed, which may run functions that they call, as soon as they are taken over.
        check_schema(&self.dictionary);
        let consistency = Consistency::new(&tables, &self.dictionary);
        let (include, exclude) = (self.include.as_ref(), self.exclude.as_ref());
        let mut take_over = |table: &mut TablePlan| consistency.take_over(table, &mut consistent::Parser);
        let Plan { tables: plans, mut problems } =
            plan::plan_with(&tables, &self.dictionary, include, exclude, &self.options, &mut take_over);
        problems.extend(consistency.unmatched(&self.options));
        // What PostgreSQL would say of the rules of a table that cannot be read is that it cannot be read.
        let unreadable: HashSet<u32> = tables.iter().filter(|table| !table.readable).map(|table| table.oid).collect();
        let is_checked = |t: &TablePlan| t.action == Action::Data && runs_rules(t) && !unreadable.contains(&t.oid);
        let mut rules = Rules::new();
        let mut checked = Vec::with_capacity(plans.len());
        for table in plans {
            let methods = if is_checked(&table) { check_rules(&table, &mut rules, &mut problems) } else { Vec::new() };
            checked.push((table, methods));
        }
        let plans: Vec<&TablePlan> = checked.iter().map(|(table, _)| table).collect();
        let known = problems.iter().filter(|p| p.severity == Severity::Error).map(|p| p.object.clone()).collect();
        let checked_by = Checked { tables: &tables, plans: &plans, rules: &rules, dictionary: &self.dictionary };
        problems.extend(check::problems(&checked_by, &known, with_texts || self.strict));
        if self.strict {
            problems.extend(check_decided(&tables, &plans, self.non_sensitive.as_ref()));
            problems.iter_mut().for_each(|problem| problem.severity = Severity::Error);
        }
        problems.sort_by_key(|p| p.severity);
        // A rule that is none is found where it stands and where it would be taken over.
        let mut said = HashSet::new();
        problems.retain(|p| said.insert((p.code, p.object.clone(), p.message.clone())));
        CheckedPlan { tables: checked, problems }
    }
}

/// Raises an error when the schema of the functions holds anything that rules could call instead of the extension's.
fn check_schema(dictionary: &Dictionary) {
    if !dictionary.rules().is_empty() {
        catalog::check_schema();
    }
}

/// Whether anything of the dictionary is run for a table.
fn runs_rules(table: &TablePlan) -> bool {
    table.is_masked() || table.condition.is_some()
}

/// A plan whose rules have been looked at.
pub struct CheckedPlan {
    /// Each table with the methods of its masked columns: `native`, `sql` or `constant`.
    pub tables: Vec<(TablePlan, Vec<&'static str>)>,
    /// Errors first.
    pub problems: Vec<Problem>,
}

/// Errors: 22004, 22023 and 22P02 for what is no dictionary.
pub fn read_dictionary(json: Option<JsonArg>) -> Result<Dictionary, Report> {
    let json = json.ok_or_else(|| {
        error(PgSqlErrorCode::ERRCODE_NULL_VALUE_NOT_ALLOWED, "the dictionary is NULL")
            .set_hint("Give a dictionary, e.g. '{\"dictionary\": []}' for none of the columns.")
    })?;
    Dictionary::merge([("dictionary", &parse_json("dictionary", &json)?)]).map_err(dictionary_error)
}

fn read_tables(name: &str, json: &JsonArg) -> Result<TableList, Report> {
    TableList::merge([(name, &parse_json(name, json)?)]).map_err(dictionary_error)
}

/// A JSON object. Nothing else is one: what a file may hold for "no data" would dump everything in clear here.
fn parse_json(name: &str, json: &JsonArg) -> Result<serde_json::Value, Report> {
    let value: serde_json::Value = serde_json::from_str(&json.0).map_err(|e| {
        error(PgSqlErrorCode::ERRCODE_INVALID_TEXT_REPRESENTATION, format!("the argument {name} is not JSON: {e}"))
    })?;
    if !value.is_object() {
        let message = format!("the argument {name} is not a JSON object");
        return Err(error(PgSqlErrorCode::ERRCODE_INVALID_PARAMETER_VALUE, message)
            .set_hint("Give a dictionary, e.g. '{\"dictionary\": []}' for none of the columns."));
    }
    Ok(value)
}

fn dictionary_error(e: DictionaryError) -> Report {
    error(PgSqlErrorCode::ERRCODE_INVALID_PARAMETER_VALUE, e.to_string())
}

/// Checks the rules of one table: each column's alone, and when those are right, all together. Gives the methods of the
/// masked columns, adds to `rules` what is known of their values, and to `problems` what is wrong.
fn check_rules(table: &TablePlan, rules: &mut Rules, problems: &mut Vec<Problem>) -> Vec<&'static str> {
    let before = problems.len();
    let mut methods = Vec::new();
    for (index, column) in masked_columns(table) {
        if table.raw_sql.is_some() {
            methods.push("sql");
            continue;
        }
        match attempt(|| select::check_column(table, index), || select::column_name(table, column)) {
            Ok((method, rule)) => {
                methods.push(method);
                rules.insert((table.oid, column.number), rule);
            }
            Err(problem) => problems.push(problem),
        }
    }
    if problems.len() == before
        && let Err(problem) = attempt(|| select::check_table(table), || format!("table {}", table.sql_name))
    {
        problems.push(problem);
    }
    methods
}

/// The columns whose values a rule gives, with their places in the table's plan.
pub fn masked_columns(table: &TablePlan) -> impl Iterator<Item = (usize, &ColumnPlan)> {
    table.columns.iter().enumerate().filter(|(_, c)| c.rule.is_some() || table.raw_sql.is_some())
}

/// What a check gives, or the problem that it finds; what it allocates, locks and leaves open is given back.
pub fn attempt<R>(check: impl FnOnce() -> Result<R, Report>, object: impl FnOnce() -> String) -> Result<R, Problem> {
    // SAFETY: nothing that the check allocates in the context is used after it.
    let result = unsafe { PgMemoryContexts::new("pg_anon check").switch_to(|_| subtransaction(check)) };
    result.map_err(|report| Problem {
        severity: Severity::Error,
        code: "invalid_rule",
        object: object(),
        message: report.message().to_owned(),
        hint: report.hint().map(str::to_owned),
    })
}

/// All that is wrong with a dictionary for this database.
/// Errors: 22023 and 22P02 for what is not a dictionary.
#[pg_extern(volatile, parallel_unsafe)]
#[allow(clippy::type_complexity)]
fn check_dictionary(
    dictionary: Option<JsonArg>,
    include: default!(Option<JsonArg>, "NULL"),
    exclude: default!(Option<JsonArg>, "NULL"),
    allow_unmatched_rules: default!(Option<bool>, "false"),
    rule_search_path: default!(Option<TextArg>, "NULL"),
    strict: default!(Option<bool>, "false"),
    non_sensitive: default!(Option<JsonArg>, "NULL"),
) -> Result<
    TableIterator<
        'static,
        (
            name!(severity, Text),
            name!(code, Text),
            name!(object, Text),
            name!(message, Text),
            name!(hint, Option<Text>),
        ),
    >,
    ErrorReport,
> {
    let rule_search_path = rule_search_path.map(|path| path.string());
    let _settings = Settings::for_rules(rule_search_path.as_deref());
    let documents = [&dictionary, &include, &exclude, &non_sensitive];
    let arguments = PlanArguments::new(documents, rule_search_path, [allow_unmatched_rules, strict]);
    let request = Request::new(dictionary, include, exclude, allow_unmatched_rules)?.strictly(strict, non_sensitive)?;
    let plan = request.plan(true);
    let problems = plan.problems.clone();
    CHECKED.set(Found::new(arguments, plan));
    Ok(TableIterator::new(problems.into_iter().map(|p| {
        (p.severity.as_str().into(), p.code.into(), p.object.into(), p.message.into(), p.hint.map(Text::from))
    })))
}

/// What a dump will do, one row a table, the largest first.
/// Errors: one for all errors that `check_dictionary` finds; the detail lists them.
#[pg_extern(volatile, parallel_unsafe)]
#[allow(clippy::type_complexity)]
fn dump_plan(
    dictionary: Option<JsonArg>,
    include: default!(Option<JsonArg>, "NULL"),
    exclude: default!(Option<JsonArg>, "NULL"),
    allow_unmatched_rules: default!(Option<bool>, "false"),
    rule_search_path: default!(Option<TextArg>, "NULL"),
    strict: default!(Option<bool>, "false"),
    non_sensitive: default!(Option<JsonArg>, "NULL"),
) -> Result<
    TableIterator<
        'static,
        (
            name!(relation, Relation),
            name!(schema_name, Text),
            name!(table_name, Text),
            name!(action, Text),
            name!(columns, Vec<Text>),
            name!(masked_columns, Vec<Text>),
            name!(masked_by, Vec<Text>),
            name!(rule_source, Option<Text>),
            name!(copy_statement, Text),
            name!(estimated_rows, i64),
            name!(estimated_bytes, i64),
            name!(blocks, Option<i64>),
            name!(extension, Option<Text>),
            name!(load_root, Option<Text>),
        ),
    >,
    ErrorReport,
> {
    let rule_search_path = rule_search_path.map(|path| path.string());
    let _settings = Settings::for_rules(rule_search_path.as_deref());
    let documents = [&dictionary, &include, &exclude, &non_sensitive];
    let arguments = PlanArguments::new(documents, rule_search_path, [allow_unmatched_rules, strict]);
    let plan = match CHECKED.take().and_then(|checked| checked.for_call(&arguments)) {
        Some(plan) => plan,
        None => Request::new(dictionary, include, exclude, allow_unmatched_rules)?
            .strictly(strict, non_sensitive)?
            .plan(false),
    };
    stop_on_errors(&plan.problems)?;
    Ok(TableIterator::new(plan.tables.into_iter().map(|(t, methods)| {
        (
            Relation(t.oid.into()),
            t.schema.as_str().into(),
            t.name.as_str().into(),
            action(&t).into(),
            t.columns.iter().map(|c| c.name.as_str().into()).collect(),
            masked_columns(&t).filter(|_| t.action == Action::Data).map(|(_, c)| c.name.as_str().into()).collect(),
            methods.into_iter().map(Text::from).collect(),
            t.source.as_deref().map(Text::from),
            t.copy_statement().into(),
            t.rows,
            t.bytes,
            t.blocks,
            t.extension.as_deref().map(Text::from),
            t.load_root.as_deref().map(Text::from),
        )
    })))
}

/// What is done with a table: `masked`, `plain` or `excluded`.
pub fn action(table: &TablePlan) -> &'static str {
    match table.action {
        Action::Excluded => "excluded",
        Action::Data if table.is_masked() => "masked",
        Action::Data => "plain",
    }
}

/// One error for all that a plan has; its detail lists them.
pub fn stop_on_errors(problems: &[Problem]) -> Result<(), Report> {
    let errors: Vec<&Problem> = problems.iter().filter(|p| p.severity == Severity::Error).collect();
    let Some(first) = errors.first() else { return Ok(()) };
    let report = problem_report(first);
    if errors.len() == 1 {
        return Err(report);
    }
    let all = errors.iter().map(|p| p.message.as_str()).collect::<Vec<_>>().join("\n");
    Err(report.set_detail(format!("{} errors:\n{all}", errors.len())))
}

/// Locks one table and plans it, under the settings for rules. `include` is the list that a dump of parts has.
/// Errors: 42809 when its rows are never dumped, 22023 when the dictionary excludes it; those of planning.
pub fn plan_relation(
    relation: Relation,
    dictionary: &Dictionary,
    include: Option<&TableList>,
    allow_unmatched_rules: bool,
) -> Result<TablePlan, Report> {
    // Locked before anything is decided about it, so that what is looked at is what will be read.
    // SAFETY: takes a lock that the transaction keeps.
    unsafe { pg_sys::LockRelationOid(relation.0, pg_sys::AccessShareLock as i32) };
    let table = catalog::tables(Some(vec![relation.0])).pop().ok_or_else(|| {
        error(
            PgSqlErrorCode::ERRCODE_WRONG_OBJECT_TYPE,
            format!("{} is not a table whose rows can be dumped", relation.name()),
        )
        .set_hint("System tables, temporary tables, views and tables of extensions are not dumped.")
    })?;
    let options = plan::Options { allow_unmatched_rules };
    check_schema(dictionary);
    let mut take_over = |plan: &mut TablePlan| consistent::take_over(&table, plan, dictionary);
    let plan =
        plan::plan_table_with(&table, dictionary, include, &options, &mut take_over).map_err(|p| problem_report(&p))?;
    if plan.action == Action::Excluded {
        let message = format!("the dictionary excludes table {}", plan.sql_name);
        return Err(error(PgSqlErrorCode::ERRCODE_INVALID_PARAMETER_VALUE, message));
    }
    Ok(plan)
}

/// The masked rows of one table as COPY text, a chunk of many rows at a time. With `gzip_level`, 1 to 9, each chunk is a
/// package: eight bytes with the numbers of its rows and of its bytes of text, and the text as a gzip member.
/// Errors: 42501 when the user may not read the table or row security would hide rows; those of rules; 22001, 22003,
/// 23502 and others, naming the column, when a rule gives what the column does not take.
#[pg_extern(volatile, parallel_unsafe)]
#[allow(clippy::too_many_arguments)]
fn dump_rows(
    relation: Option<Relation>,
    dictionary: Option<JsonArg>,
    first_block: default!(Option<i64>, "NULL"),
    end_block: default!(Option<i64>, "NULL"),
    rule_search_path: default!(Option<TextArg>, "NULL"),
    allow_unmatched_rules: default!(Option<bool>, "false"),
    row_limit: default!(Option<i64>, "NULL"),
    gzip_level: default!(Option<i32>, "NULL"),
    include: default!(Option<JsonArg>, "NULL"),
    fcinfo: pg_sys::FunctionCallInfo,
) -> Result<SetOfIterator<'static, Bytea>, ErrorReport> {
    let relation =
        relation.ok_or_else(|| error(PgSqlErrorCode::ERRCODE_NULL_VALUE_NOT_ALLOWED, "the relation is NULL"))?;
    let blocks = [block_number("first_block", first_block)?, block_number("end_block", end_block)?];
    let row_limit = row_limit.map(u64::try_from).transpose().map_err(|_| {
        error(PgSqlErrorCode::ERRCODE_INVALID_PARAMETER_VALUE, "row_limit is negative")
            .set_hint("Give how many rows of the table shall come at most.")
    })?;
    let rule_search_path = rule_search_path.map(|path| path.string());
    let settings = Settings::for_rules(rule_search_path.as_deref());
    let arguments = RowsArguments {
        relation: relation.0,
        documents: [&dictionary, &include].map(text_of),
        rule_search_path: rule_search_path.clone(),
        allow_unmatched_rules: allow_unmatched_rules.unwrap_or(false),
    };
    let table = match PLANNED.take().and_then(|planned| planned.for_call(&arguments)) {
        // A part of the table that was planned for the part before: select::prepare takes the lock, and looks whether it fits.
        Some(table) => table,
        None => {
            let dictionary = read_dictionary(dictionary)?;
            let include = include.map(|json| read_tables("include", &json)).transpose()?;
            plan_relation(relation, &dictionary, include.as_ref(), arguments.allow_unmatched_rules)?
        }
    };
    let prepared = select::prepare(&table, blocks, &Page { limit: row_limit, ..Page::default() })?;
    let mut writer = RowWriter::open(prepared, &table.sql_name, fcinfo)?;
    PLANNED.set(Found::new(arguments, table));
    drop(settings);
    let mut next: Box<dyn FnMut() -> Result<Option<Bytea>, Report>> = match gzip_level {
        None => Box::new(move || Ok(writer.next_chunk()?.map(|chunk| Bytea::new(&chunk)))),
        Some(level) => {
            let mut packages = Packages::new(writer, level)?;
            Box::new(move || packages.next_package())
        }
    };
    Ok(SetOfIterator::new(std::iter::from_fn(move || {
        let _settings = Settings::for_rules(rule_search_path.as_deref());
        next().unwrap_or_else(|report| raise(report))
    })))
}

pub fn block_number(name: &str, number: Option<i64>) -> Result<Option<u32>, Report> {
    // The greatest number of all stands for no block.
    let checked = number.map(|n| u32::try_from(n).ok().filter(|n| *n != u32::MAX).ok_or(()));
    checked.transpose().map_err(|()| {
        error(PgSqlErrorCode::ERRCODE_INVALID_PARAMETER_VALUE, format!("{name} is not the number of a block"))
            .set_hint("Blocks are numbered from 0 to 4294967294.")
    })
}

/// The state of every sequence that a dump holds; of these alone when OIDs are given.
/// Errors: 42501 with the names of those that the user may not read.
#[pg_extern(volatile, parallel_unsafe)]
#[allow(clippy::type_complexity)]
fn dump_sequences(
    sequences: default!(Option<Vec<pg_sys::Oid>>, "NULL"),
) -> Result<
    TableIterator<
        'static,
        (name!(relation, Relation), name!(last_value, i64), name!(is_called, bool), name!(setval_statement, Text)),
    >,
    ErrorReport,
> {
    let _settings = Settings::for_rules(None);
    let sequences = catalog::sequences(sequences);
    let unreadable: Vec<&str> = sequences.iter().filter(|s| !s.readable).map(|s| s.sql_name.as_str()).collect();
    if !unreadable.is_empty() {
        return Err(error(
            PgSqlErrorCode::ERRCODE_INSUFFICIENT_PRIVILEGE,
            format!("permission denied for sequences: {}", unreadable.join(", ")),
        )
        .set_hint("Grant SELECT on them, or membership of pg_read_all_data.")
        .into());
    }
    let rows: Vec<_> = sequences
        .into_iter()
        .map(|s| {
            let (last_value, is_called) = catalog::sequence_state(&s)?;
            let statement = sequence_statement(&s.sql_name, last_value, is_called);
            Ok((Relation(s.oid.into()), last_value, is_called, Text::from(statement)))
        })
        .collect::<Result<_, Report>>()?;
    Ok(TableIterator::new(rows))
}

/// As pg_dump writes it (pg_dump.c, dumpSequenceData).
pub fn sequence_statement(sql_name: &str, last_value: i64, is_called: bool) -> String {
    format!("SELECT pg_catalog.setval('{}', {last_value}, {is_called});\n", sql_name.replace('\'', "''"))
}
