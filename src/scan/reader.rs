//! One pass over a table for all of its columns and all rules: the rows of a SELECT come to a DestReceiver, which looks at the
//! values where they lie. A column that is decided is not looked at any more, and when all are, the reading ends.

use crate::datum::{self, varlena_bytes};
use crate::error::{Report, error, without_values};
use crate::query::{self, Expected, Running};
use crate::rule;
use crate::value_writer::ValueWriter;
use pg_anon_core::scan::{ColumnScan, Look, ScanColumn, ScanTable, Scanner};
use pgrx::prelude::*;
use std::panic::AssertUnwindSafe;

/// What is read of a table.
pub struct Sample {
    /// About so many rows, of blocks and rows chosen by chance; None: all.
    pub rows: Option<u64>,
    /// The same seed and the same table give the same sample.
    pub seed: i64,
    /// Only the blocks from the first up to, but without, the second.
    pub blocks: [Option<u32>; 2],
}

/// Of the rows in the blocks of a sample one in so many is looked at: neighbours are alike, so that rows of more blocks say more.
const ROWS_OF_BLOCK: u64 = 4;

/// The characters of a value that functions of a meta-dictionary see, as in pg_anon 1.x.
const FUNCTION_CHARACTERS: u32 = 8196;

/// PostgreSQL knows only its first field, a pointer to which it hands back.
#[repr(C)]
struct Receiver<'a> {
    destination: pg_sys::DestReceiver,
    scanner: &'a Scanner,
    columns: Vec<Reading>,
    /// Columns of the SELECT.
    width: i32,
    /// The memory of one row.
    memory: pg_sys::MemoryContext,
    /// A row is looked at when what is drawn for it lies below; None: every row is.
    threshold: Option<u64>,
    /// The state of the draw.
    draw: u64,
    text: Vec<u8>,
    plain: Vec<u8>,
}

/// A column that is read.
struct Reading {
    number: i16,
    scan: ColumnScan,
    source: Source,
    /// Places in the row of the functions that look at its values: the function's number, and the hits that it needs.
    functions: Vec<(usize, usize, u64)>,
}

enum Source {
    /// The bytes of the datum are the text.
    Text,
    /// The type's own output.
    Written(ValueWriter),
    /// Only whether it is NULL.
    Presence,
}

/// Reads a table, and gives what its columns have shown.
/// Errors: 42501 when the user may not read it; 55000 when it was changed meanwhile; those of the functions and the condition of
/// the meta-dictionary, without the server's words, which may hold a value.
pub fn read(
    scanner: &Scanner,
    table: &ScanTable,
    columns: &[&ScanColumn],
    sample: &Sample,
) -> Result<Vec<(i16, ColumnScan)>, Report> {
    let oid = pg_sys::Oid::from(table.oid);
    // SAFETY: takes a lock that the transaction keeps.
    unsafe { pg_sys::LockRelationOid(oid, pg_sys::AccessShareLock as i32) };
    let condition = scanner.meta().condition(&table.schema, &table.name);
    let condition = condition.map_err(|e| error(PgSqlErrorCode::ERRCODE_INVALID_PARAMETER_VALUE, e.to_string()))?;
    let mut targets: Vec<String> = columns.iter().map(|column| column.sql_name()).collect();
    let mut types: Vec<Option<pg_sys::Oid>> = columns.iter().map(|column| Some(column.type_oid.into())).collect();
    let mut readings = Vec::with_capacity(columns.len());
    for column in columns {
        let scan = scanner.start(table, column);
        let mut functions = Vec::new();
        for (number, function) in scanner.meta().functions(column).enumerate() {
            if !function.per_field {
                let value =
                    format!("pg_catalog.substring(({})::pg_catalog.text, 1, {FUNCTION_CHARACTERS})", column.sql_name());
                functions.push((targets.len(), number, function.hits));
                targets.push(call(
                    &function.name,
                    &[value, literal(&table.schema), literal(&table.name), literal(&column.name)],
                )?);
                types.push(Some(pg_sys::BOOLOID));
            }
        }
        readings.push(Reading { number: column.number, source: source(column, &scan), scan, functions });
    }
    let runs_sql = condition.is_some() || targets.len() > columns.len();
    let mut conditions = Vec::new();
    if let Some(condition) = condition {
        rule::check_expression(condition, &format!("sql_condition for table {}", table.sql_name))?;
        conditions.push(format!("(\n{condition}\n)"));
    }
    for (operator, block) in [(">=", sample.blocks[0]), ("<", sample.blocks[1])] {
        if let Some(block) = block {
            conditions.push(format!("ctid OPERATOR(pg_catalog.{operator}) '({block},0)'::pg_catalog.tid"));
        }
    }
    let conditions =
        if conditions.is_empty() { String::new() } else { format!("\nWHERE {}", conditions.join("\nAND ")) };
    let expected = Expected { relation: Some((oid, pg_sys::RELKIND_RELATION)), types };
    let what = format!("the scan of table {}", table.sql_name);
    let select = |sampled: &str| {
        let text = format!("SELECT {}\nFROM ONLY {}{sampled}{conditions}", targets.join(",\n"), table.sql_name);
        query::check(&text, &what, &expected)
    };
    // Of rows that few are, a sample of all blocks would have next to none.
    let rows = match condition {
        Some(_) if sample.rows.is_some() => select("")?.estimated_rows(),
        _ => estimated_rows(table),
    };
    let (sampled, threshold) = sampled(table, sample, rows);
    let select = select(&sampled)?;
    // SAFETY: the context is a child of the current one and is deleted below; an error deletes it with its parent.
    let memory = unsafe {
        pg_sys::AllocSetContextCreateInternal(
            pg_sys::CurrentMemoryContext,
            c"pg_anon scan".as_ptr(),
            0,
            pg_sys::ALLOCSET_DEFAULT_INITSIZE as usize,
            pg_sys::ALLOCSET_DEFAULT_MAXSIZE as usize,
        )
    };
    let mut receiver = Box::new(Receiver {
        destination: query::destination(receive),
        scanner,
        columns: readings,
        width: targets.len() as i32,
        memory,
        threshold,
        draw: sample.seed as u64 ^ u64::from(table.oid).wrapping_mul(0x9e37_79b9_7f4a_7c15),
        text: Vec::new(),
        plain: Vec::new(),
    });
    let to: *mut Receiver = &raw mut *receiver;
    let result = PgTryBuilder::new(AssertUnwindSafe(|| {
        // SAFETY: the receiver is boxed and begins with the DestReceiver that PostgreSQL knows; it outlives the run, which ends
        // here. Nothing else uses it meanwhile.
        unsafe {
            let run = Running::start(&select, to.cast(), std::ptr::null_mut(), None);
            run.fetch();
            run.end();
        }
        Ok(())
    }))
    .catch_others(Err)
    .execute();
    result.map_err(|caught| without_values(caught, &what, runs_sql))?;
    // SAFETY: made above; nothing in it is used any more.
    unsafe { pg_sys::MemoryContextDelete(memory) };
    let mut scans = Vec::with_capacity(columns.len());
    for (mut reading, column) in receiver.columns.into_iter().zip(columns) {
        ask_per_field(scanner, table, column, &mut reading.scan)?;
        scans.push((reading.number, reading.scan));
    }
    Ok(scans)
}

/// Asks the functions that look at a column as a whole; as in pg_anon 1.x, only of a column with values.
fn ask_per_field(
    scanner: &Scanner,
    table: &ScanTable,
    column: &ScanColumn,
    scan: &mut ColumnScan,
) -> Result<(), Report> {
    for (number, function) in scanner.meta().functions(column).enumerate() {
        if !function.per_field || !scan.has_values() {
            continue;
        }
        let arguments = [&table.schema, &table.name, &column.name, &column.type_name].map(|text| literal(text));
        let what = format!(
            "scan_func_per_field {} for column {} of table {}",
            function.name,
            column.sql_name(),
            table.sql_name
        );
        let expected = Expected { relation: None, types: vec![Some(pg_sys::BOOLOID)] };
        let select = query::check(&format!("SELECT {}", call(&function.name, &arguments)?), &what, &expected)?;
        let asked = PgTryBuilder::new(AssertUnwindSafe(|| Ok(query::one_row(&select)))).catch_others(Err).execute();
        let row = asked.map_err(|caught| without_values(caught, &what, true))??;
        if row.first().is_some_and(|hit| hit.value() as u8 != 0) {
            scan.add_function_hit(number, 1);
        }
    }
    Ok(())
}

/// A call of a function that the dictionary names, as true or false. Errors: 42601 for what is no name.
fn call(name: &str, arguments: &[String]) -> Result<String, Report> {
    let call = format!("{name}({}) IS TRUE", arguments.join(", "));
    let is_name = name.chars().all(|c| c.is_alphanumeric() || matches!(c, '_' | '$' | '.' | '"' | ' '));
    if !is_name {
        let message = format!("data_func names {name:?}, which is not the name of a function");
        return Err(error(PgSqlErrorCode::ERRCODE_SYNTAX_ERROR, message));
    }
    rule::check_expression(&call, &format!("function {name} of data_func"))?;
    Ok(call)
}

/// A string in SQL, under standard_conforming_strings.
fn literal(text: &str) -> String {
    format!("'{}'::pg_catalog.text", text.replace('\'', "''"))
}

/// A table that was never analysed has no estimate: its blocks say how many rows there may be, at 50 a block.
fn estimated_rows(table: &ScanTable) -> u64 {
    match (table.rows, table.blocks) {
        (0, Some(blocks)) => u64::try_from(blocks).unwrap_or(0) * 50,
        (rows, _) => u64::try_from(rows).unwrap_or(0),
    }
}

/// The clause that samples a table, and the threshold for its rows, of which there are about `rows`.
fn sampled(table: &ScanTable, sample: &Sample, rows: u64) -> (String, Option<u64>) {
    let Some(wanted) = sample.rows else { return (String::new(), None) };
    if rows <= wanted {
        return (String::new(), None);
    }
    let share = wanted as f64 / rows as f64;
    let threshold = |share: f64| Some((share.min(1.0) * u64::MAX as f64) as u64);
    if table.blocks.is_none() {
        // Of another access method than heap: every row comes, and chance chooses.
        return (String::new(), threshold(share));
    }
    let of_blocks = (share * ROWS_OF_BLOCK as f64).min(1.0);
    let clause = format!(" TABLESAMPLE pg_catalog.system ({}) REPEATABLE ({})", of_blocks * 100.0, sample.seed);
    (if of_blocks < 1.0 { clause } else { String::new() }, threshold(share / of_blocks))
}

fn source(column: &ScanColumn, scan: &ColumnScan) -> Source {
    let oid = pg_sys::Oid::from(column.type_oid);
    // SAFETY: a catalog look-up.
    let base = unsafe { pg_sys::getBaseType(oid) };
    match (scan.look(), base) {
        (Look::Presence, _) => Source::Presence,
        (_, pg_sys::TEXTOID | pg_sys::VARCHAROID | pg_sys::BPCHAROID | pg_sys::JSONOID) => Source::Text,
        _ => Source::Written(ValueWriter::for_type(base)),
    }
}

#[pg_guard]
unsafe extern "C-unwind" fn receive(slot: *mut pg_sys::TupleTableSlot, receiver: *mut pg_sys::DestReceiver) -> bool {
    // SAFETY: the receiver is the one handed to the executor, and nothing else uses it meanwhile.
    unsafe { (*receiver.cast::<Receiver>()).look(slot) }
}

impl Receiver<'_> {
    /// Looks at a row; false: no more rows are wanted.
    ///
    /// # Safety
    /// `slot` holds a row of the SELECT. Output functions may raise errors, which jump over this frame: nothing in it needs a
    /// destructor.
    unsafe fn look(&mut self, slot: *mut pg_sys::TupleTableSlot) -> bool {
        if let Some(threshold) = self.threshold
            && next(&mut self.draw) >= threshold
        {
            return true;
        }
        let mut wanted = false;
        // SAFETY: the slot has `width` columns of the types that the columns were prepared for. What output functions and detoasting
        // allocate is given back with the row.
        unsafe {
            query::deform(slot, self.width);
            let outer = pg_sys::MemoryContextSwitchTo(self.memory);
            for (place, reading) in self.columns.iter_mut().enumerate() {
                if reading.scan.is_decided() {
                    continue;
                }
                wanted = true;
                if *(*slot).tts_isnull.add(place) {
                    continue;
                }
                for (place, number, needed) in &reading.functions {
                    if !*(*slot).tts_isnull.add(*place) && (*(*slot).tts_values.add(*place)).value() as u8 != 0 {
                        reading.scan.add_function_hit(*number, *needed);
                    }
                }
                let value = *(*slot).tts_values.add(place);
                match &reading.source {
                    Source::Presence => reading.scan.add_presence(),
                    Source::Text => add(self.scanner, &mut reading.scan, varlena_bytes(value)),
                    Source::Written(writer) => {
                        self.text.clear();
                        writer.write(value, &mut self.text);
                        if memchr(b'\\', &self.text) {
                            self.plain.clear();
                            unescape(&self.text, &mut self.plain);
                            add(self.scanner, &mut reading.scan, &self.plain);
                        } else {
                            add(self.scanner, &mut reading.scan, &self.text);
                        }
                    }
                }
            }
            pg_sys::MemoryContextSwitchTo(outer);
            if !(*self.memory).isReset {
                pg_sys::MemoryContextReset(self.memory);
            }
        }
        wanted
    }
}

fn add(scanner: &Scanner, scan: &mut ColumnScan, bytes: &[u8]) {
    let bytes = datum::to_utf8(bytes);
    match std::str::from_utf8(&bytes) {
        Ok(text) => scanner.add(scan, text),
        // SQL_ASCII may hold anything.
        Err(_) => scanner.add(scan, &String::from_utf8_lossy(&bytes)),
    }
}

fn memchr(byte: u8, bytes: &[u8]) -> bool {
    bytes.contains(&byte)
}

/// The text that COPY's escapes stand for (copyto.c, CopyAttributeOutText).
fn unescape(text: &[u8], out: &mut Vec<u8>) {
    let mut bytes = text.iter();
    while let Some(&c) = bytes.next() {
        out.push(match c {
            b'\\' => match bytes.next() {
                Some(b'n') => b'\n',
                Some(b't') => b'\t',
                Some(b'r') => b'\r',
                Some(b'b') => 8,
                Some(b'f') => 12,
                Some(b'v') => 11,
                Some(&other) => other,
                None => b'\\',
            },
            c => c,
        });
    }
}

/// The next of a series of evenly spread numbers (SplitMix64, Steele, Lea, Flood: "Fast Splittable Pseudorandom Number
/// Generators", 2014).
fn next(state: &mut u64) -> u64 {
    *state = state.wrapping_add(0x9e37_79b9_7f4a_7c15);
    let mut z = *state;
    z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    z ^ (z >> 31)
}
