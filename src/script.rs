//! The SQL function that gives the masked rows as an SQL script: a dump with nothing but psql.

use crate::catalog;
use crate::datum::{JsonArg, Relation, ServerText, TextArg};
use crate::dump::{self, Request};
use crate::error::{Report, error, raise};
use crate::row_writer::RowWriter;
use crate::select;
use crate::settings::Settings;
use pg_anon_core::order::load_order;
use pg_anon_core::plan::{Action, Page, TablePlan};
use pgrx::pg_sys::panic::ErrorReport;
use pgrx::prelude::*;
use std::collections::{HashMap, HashSet, VecDeque};

/// The most bytes of a text, PostgreSQL's MaxAllocSize without the header.
const LONGEST: usize = 0x3fff_ffff - pg_sys::VARHDRSZ;

/// The masked rows of the database, or of one table and its partitions, as an SQL script for psql: data alone, for a target that
/// has the structure. Each value is whole lines without the newline of the last one, which psql writes. All is one
/// transaction, so that a script that breaks off loads nothing.
/// Errors, before the first line: those of `dump_plan`, also when `check_dictionary` finds any; 22023 when the relation has no rows
/// that are dumped; 42501 for sequences that the user may not read. Later: those of `dump_rows`; 54000 for a row of 1 GB.
#[pg_extern(volatile, parallel_unsafe)]
#[allow(clippy::too_many_arguments)]
fn dump(
    dictionary: Option<JsonArg>,
    relation: default!(Option<Relation>, "NULL"),
    include: default!(Option<JsonArg>, "NULL"),
    exclude: default!(Option<JsonArg>, "NULL"),
    allow_unmatched_rules: default!(Option<bool>, "false"),
    rule_search_path: default!(Option<TextArg>, "NULL"),
    strict: default!(Option<bool>, "false"),
    non_sensitive: default!(Option<JsonArg>, "NULL"),
    fcinfo: pg_sys::FunctionCallInfo,
) -> Result<SetOfIterator<'static, ServerText>, ErrorReport> {
    let rule_search_path = rule_search_path.map(|path| path.string());
    let settings = Settings::for_rules(rule_search_path.as_deref());
    let request = Request::new(dictionary, include, exclude, allow_unmatched_rules)?.strictly(strict, non_sensitive)?;
    let plan = request.plan(true);
    dump::stop_on_errors(&plan.problems)?;
    let chosen: Option<HashSet<u32>> = relation.as_ref().map(|relation| parts(relation.0));
    let is_chosen = |oid: u32| chosen.as_ref().is_none_or(|chosen| chosen.contains(&oid));
    let mut tables: Vec<TablePlan> = plan.tables.into_iter().map(|(table, _)| table).collect();
    tables.retain(|table| table.action == Action::Data && is_chosen(table.oid));
    if let Some(relation) = relation.as_ref().filter(|_| tables.is_empty()) {
        let message = format!("{} has no rows that are dumped", relation.name());
        let hint = "It is excluded, or no table of the database's own.";
        return Err(error(PgSqlErrorCode::ERRCODE_INVALID_PARAMETER_VALUE, message).set_hint(hint).into());
    }
    tables.sort_by(|a, b| (&a.schema, &a.name).cmp(&(&b.schema, &b.name)));
    // Before the first line, so that all tables are as they were planned until the end.
    for table in &tables {
        select::lock_table(table)?;
    }
    let mut steps = VecDeque::from([Step::Lines(preamble())]);
    steps.extend(in_load_order(tables).into_iter().map(|table| Step::Table(Box::new(table))));
    let sequences = sequences(&request, &is_chosen)?;
    if !sequences.is_empty() {
        steps.push_back(Step::Lines(sequences.concat().trim_end().to_owned()));
    }
    steps.push_back(Step::Lines("COMMIT;".to_owned()));
    drop(settings);
    // SAFETY: the memory context of the function's calls, which is the current one in the first call.
    let memory = unsafe { pg_sys::CurrentMemoryContext };
    let mut script = Script { steps, table: None, line: Vec::new(), memory, fcinfo };
    Ok(SetOfIterator::new(std::iter::from_fn(move || {
        let _settings = Settings::for_rules(rule_search_path.as_deref());
        script.next().unwrap_or_else(|report| raise(report)).map(ServerText)
    })))
}

/// What stands before the rows, as in pg_dump's scripts (pg_backup_archiver.c, _doSetFixedOutputState). An error ends psql, which would take the
/// rows behind a COPY that failed for statements.
fn preamble() -> String {
    let encoding = catalog::texts("SELECT current_setting('client_encoding')", &[]).concat();
    format!(
        "\\set ON_ERROR_STOP on\n\
         BEGIN;\n\
         SET LOCAL statement_timeout = 0;\n\
         SET LOCAL lock_timeout = 0;\n\
         SET LOCAL idle_in_transaction_session_timeout = 0;\n\
         SET LOCAL client_encoding = '{encoding}';\n\
         SET LOCAL standard_conforming_strings = on;\n\
         SELECT pg_catalog.set_config('search_path', '', true);\n\
         SET LOCAL xmloption = content;\n\
         SET LOCAL client_min_messages = warning;\n\
         SET LOCAL row_security = off;\n\
         SET CONSTRAINTS ALL DEFERRED;\n"
    )
}

/// A relation with its partitions and their sequences.
fn parts(relation: pg_sys::Oid) -> HashSet<u32> {
    let oids = catalog::texts(include_str!("../sql/parts.sql"), &[relation.into()]);
    oids.iter().filter_map(|oid| oid.parse().ok()).collect()
}

/// Tables that are referenced come before those that reference them.
fn in_load_order(tables: Vec<TablePlan>) -> Vec<TablePlan> {
    let pairs = catalog::texts(include_str!("../sql/load_order.sql"), &[]);
    let pair = |line: &String| line.split_once(' ').and_then(|(a, b)| Some((a.parse().ok()?, b.parse().ok()?)));
    let dependencies: Vec<(u32, u32)> = pairs.iter().filter_map(pair).collect();
    let oids: Vec<u32> = tables.iter().map(|table| table.oid).collect();
    let mut tables: HashMap<u32, TablePlan> = tables.into_iter().map(|table| (table.oid, table)).collect();
    load_order(&oids, &dependencies).iter().filter_map(|oid| tables.remove(oid)).collect()
}

/// The statements that restore the sequences, but for those in schemas that are left out.
fn sequences(request: &Request, is_chosen: &impl Fn(u32) -> bool) -> Result<Vec<String>, Report> {
    let mut statements = Vec::new();
    for sequence in catalog::sequences(None).into_iter().filter(|sequence| is_chosen(sequence.oid)) {
        let schema = catalog::texts(
            "SELECT n.nspname::text FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace WHERE c.oid = $1",
            &[pg_sys::Oid::from(sequence.oid).into()],
        );
        let excluded = request.dictionary.excluded_schemas(&schema).map_err(|e| {
            error(PgSqlErrorCode::ERRCODE_INVALID_PARAMETER_VALUE, e.to_string()).set_hint("Write a simpler mask.")
        })?;
        if !excluded.is_empty() {
            continue;
        }
        if !sequence.readable {
            let message = format!("permission denied for sequence {}", sequence.sql_name);
            return Err(error(PgSqlErrorCode::ERRCODE_INSUFFICIENT_PRIVILEGE, message)
                .set_hint("Grant SELECT on it, or membership of pg_read_all_data."));
        }
        let (last_value, is_called) = catalog::sequence_state(&sequence)?;
        statements.push(dump::sequence_statement(&sequence.sql_name, last_value, is_called));
    }
    Ok(statements)
}

/// A part of the script.
enum Step {
    /// In UTF-8, without the last newline.
    Lines(String),
    Table(Box<TablePlan>),
}

/// The script, from where it has been given to.
struct Script {
    steps: VecDeque<Step>,
    /// The table whose rows are given now, and the memory that its query lives in.
    table: Option<(RowWriter, pg_sys::MemoryContext)>,
    /// Rows that have been read and not given; what is behind the last newline is the beginning of a row.
    line: Vec<u8>,
    /// Lives as long as the call.
    memory: pg_sys::MemoryContext,
    fcinfo: pg_sys::FunctionCallInfo,
}

impl Script {
    /// The next lines, in the server's encoding.
    fn next(&mut self) -> Result<Option<Vec<u8>>, Report> {
        if let Some((writer, memory)) = &mut self.table {
            while let Some(chunk) = writer.next_chunk()? {
                if self.line.len() + chunk.len() > LONGEST {
                    let message = "a row is too long for a script: its text has 1 GB or more";
                    return Err(error(PgSqlErrorCode::ERRCODE_PROGRAM_LIMIT_EXCEEDED, message)
                        .set_hint("Dump with the binary pg_anon, or read the table with dump_rows."));
                }
                self.line.extend_from_slice(&chunk);
                if let Some(end) = memchr::memrchr(b'\n', &self.line) {
                    let rest = self.line.split_off(end + 1);
                    self.line.truncate(end);
                    return Ok(Some(std::mem::replace(&mut self.line, rest)));
                }
            }
            let memory = *memory;
            self.table = None;
            // SAFETY: made in `open` for this table alone; its run has ended, and the writer is gone.
            unsafe { pg_sys::MemoryContextDelete(memory) };
            return Ok(Some(b"\\.\n".to_vec()));
        }
        match self.steps.pop_front() {
            None => Ok(None),
            Some(Step::Lines(text)) => Ok(Some(crate::datum::to_server(text.as_bytes()).into_owned())),
            Some(Step::Table(table)) => {
                self.table = Some(self.open(&table)?);
                let statement = table.copy_statement();
                Ok(Some(crate::datum::to_server(statement.trim_end_matches('\n').as_bytes()).into_owned()))
            }
        }
    }

    fn open(&self, table: &TablePlan) -> Result<(RowWriter, pg_sys::MemoryContext), Report> {
        // SAFETY: the call record of a set-returning function stays the same over all its calls. The context's parent lives as
        // long as they do; after an error that ends them it goes with it.
        unsafe {
            let memory = pg_sys::AllocSetContextCreateInternal(
                self.memory,
                c"pg_anon table".as_ptr(),
                pg_sys::ALLOCSET_DEFAULT_MINSIZE as usize,
                pg_sys::ALLOCSET_DEFAULT_INITSIZE as usize,
                pg_sys::ALLOCSET_DEFAULT_MAXSIZE as usize,
            );
            let outer = pg_sys::MemoryContextSwitchTo(memory);
            let writer = select::prepare(table, [None, None], &Page::default())
                .and_then(|prepared| RowWriter::open(prepared, &table.sql_name, self.fcinfo));
            pg_sys::MemoryContextSwitchTo(outer);
            Ok((writer?, memory))
        }
    }
}
