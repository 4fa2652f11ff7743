//! The row writer: runs a table's SELECT in a portal and receives its rows, a batch at a time, in a DestReceiver of its
//! own, which masks them and writes COPY text straight into a buffer. The buffer is handed on in chunks, so that neither
//! this backend nor the client ever holds a table.
//!
//! Every value of a masked column goes through one place, `State::write_row`, which knows for each column whether it is
//! masked. Rules are evaluated column by column there, so that an error can name its column.

use crate::error::{error, raise};
use crate::datum::{self, Bytea};
use crate::value_writer::ValueWriter;
use pgrx::pg_sys::panic::{CaughtError, ErrorReport};
use pgrx::prelude::*;
use std::ffi::CString;
use std::panic::AssertUnwindSafe;

/// Bytes a chunk: few enough to keep memory small, many enough that the cost of a chunk (a function call, a protocol
/// message) does not show.
const CHUNK: usize = 64 * 1024;

/// A row larger than this frees its buffer when it is sent.
const KEEP: usize = 4 * CHUNK;

/// Rows a fetch, at most.
const BATCH: usize = 1000;

/// What a column of the output is made of.
pub struct OutputColumn {
    /// Its name, quoted.
    pub sql_name: String,
    /// Where its value (the raw one when there is a rule) stands in the row of the SELECT, from 0.
    pub position: usize,
    /// The rule's expression over the row of the SELECT; None: the value is taken as it is.
    pub expression: Option<*mut pg_sys::Node>,
    /// A rule gives the value, here or in the SELECT.
    pub masked: bool,
    /// NULL is not allowed.
    pub not_null: bool,
    /// The type of the value that is written.
    pub type_oid: pg_sys::Oid,
}

/// A stream of COPY text.
pub struct RowWriter {
    portal: CString,
    receiver: Box<Receiver>,
    /// How much of the buffer has been handed on.
    sent: usize,
    /// The last row has been read.
    done: bool,
    batch: usize,
}

/// PostgreSQL knows only its first field, a pointer to which it hands back.
#[repr(C)]
struct Receiver {
    destination: pg_sys::DestReceiver,
    state: State,
}

struct State {
    out: Vec<u8>,
    columns: Vec<Column>,
    /// Columns of the SELECT.
    width: i32,
    econtext: *mut pg_sys::ExprContext,
    estate: *mut pg_sys::EState,
    /// The column whose rule is being evaluated, for messages.
    evaluating: Option<usize>,
    /// The longest row of the batch, in bytes.
    longest: usize,
    table: String,
}

struct Column {
    sql_name: String,
    position: usize,
    expression: *mut pg_sys::ExprState,
    masked: bool,
    not_null: bool,
    writer: ValueWriter,
}

impl RowWriter {
    /// Opens a portal for `select` (checked by then) and prepares the columns. What it allocates belongs to the current
    /// memory context, which must outlive the stream. `table` is for messages. When the caller's executor ends before
    /// the stream does, the portal is closed with it.
    /// Errors: what PostgreSQL says of the SELECT.
    pub fn open(
        select: &str,
        table: &str,
        width: usize,
        columns: Vec<OutputColumn>,
        fcinfo: pg_sys::FunctionCallInfo,
    ) -> Result<Self, ErrorReport> {
        let sql = datum::to_c_string(select);
        // SAFETY: SPI is entered and left around the two calls, and the portal outlives SPI_finish (spi.c,
        // SPI_cursor_open_internal copies the plan into it); the name is copied at once.
        let portal = unsafe {
            let name = CString::from(std::ffi::CStr::from_ptr(protect(table, None, || {
                let mut name: *const i8 = std::ptr::null();
                pg_sys::SPI_connect();
                let plan = pg_sys::SPI_prepare(sql.as_ptr(), 0, std::ptr::null_mut());
                if !plan.is_null() {
                    let portal =
                        pg_sys::SPI_cursor_open(std::ptr::null(), plan, std::ptr::null_mut(), std::ptr::null(), true);
                    name = (*portal).name;
                }
                pg_sys::SPI_finish();
                if name.is_null() {
                    raise(error(PgSqlErrorCode::ERRCODE_INTERNAL_ERROR, format!("cannot read table {table}")));
                }
                name
            })?));
            close_with_caller(fcinfo, &name);
            name
        };
        // SAFETY: the executor state lives in the current memory context; expressions are initialised in it.
        let state = unsafe {
            let estate = pg_sys::CreateExecutorState();
            let econtext = pg_sys::MakePerTupleExprContext(estate);
            let mut prepared = Vec::with_capacity(columns.len());
            for column in columns {
                let expression = match column.expression {
                    None => std::ptr::null_mut(),
                    Some(node) => protect(table, Some(&column.sql_name), || pg_sys::ExecPrepareExpr(node.cast(), estate))?,
                };
                prepared.push(Column {
                    sql_name: column.sql_name,
                    position: column.position,
                    expression,
                    masked: column.masked,
                    not_null: column.not_null,
                    writer: ValueWriter::for_type(column.type_oid),
                });
            }
            State {
                out: Vec::with_capacity(CHUNK + CHUNK / 4),
                columns: prepared,
                width: width as i32,
                econtext,
                estate,
                evaluating: None,
                longest: 0,
                table: table.to_owned(),
            }
        };
        let destination = pg_sys::DestReceiver {
            receiveSlot: Some(receive),
            rStartup: Some(start),
            rShutdown: Some(finish),
            rDestroy: Some(finish),
            mydest: pg_sys::CommandDest::DestNone,
        };
        Ok(RowWriter { portal, receiver: Box::new(Receiver { destination, state }), sent: 0, done: false, batch: 16 })
    }

    /// The next chunk; None at the end. A chunk may end inside a row.
    pub fn next_chunk(&mut self) -> Result<Option<Bytea>, ErrorReport> {
        while self.receiver.state.out.len() - self.sent < CHUNK && !self.done {
            self.make_room();
            self.fetch()?;
        }
        let left = &self.receiver.state.out[self.sent..];
        if left.is_empty() {
            return Ok(None);
        }
        let chunk = Bytea::new(&left[..left.len().min(CHUNK)]);
        self.sent += left.len().min(CHUNK);
        Ok(Some(chunk))
    }

    /// Forgets what was sent.
    fn make_room(&mut self) {
        let out = &mut self.receiver.state.out;
        out.drain(..self.sent);
        self.sent = 0;
        if out.capacity() > KEEP && out.len() < CHUNK {
            out.shrink_to(CHUNK + CHUNK / 4);
        }
    }

    /// Reads the next batch of rows into the buffer.
    fn fetch(&mut self) -> Result<(), ErrorReport> {
        let receiver: *mut Receiver = &raw mut *self.receiver;
        let (name, batch) = (&self.portal, self.batch);
        let result = PgTryBuilder::new(AssertUnwindSafe(|| {
            // SAFETY: the portal is looked up by its name, for the transaction may have closed it; the receiver outlives
            // the call and begins with the DestReceiver that PostgreSQL knows.
            unsafe {
                let portal = pg_sys::GetPortalByName(name.as_ptr());
                if portal.is_null() {
                    return Err(None);
                }
                let rows =
                    pg_sys::PortalRunFetch(portal, pg_sys::FetchDirection::FETCH_FORWARD, batch as _, receiver.cast());
                if (rows as usize) < batch {
                    pg_sys::PortalDrop(portal, false);
                    pg_sys::FreeExecutorState((*receiver).state.estate);
                    return Ok(true);
                }
                Ok(false)
            }
        }))
        .catch_others(|e| Err(Some(e)))
        .execute();
        let state = &mut self.receiver.state;
        match result {
            Ok(done) => {
                self.done = done;
                // As many rows as fill a chunk, by the longest seen, so that a batch of wide rows stays small.
                self.batch = (CHUNK / state.longest.max(1)).clamp(1, BATCH);
                state.longest = 0;
                Ok(())
            }
            Err(None) => Err(error(
                PgSqlErrorCode::ERRCODE_INVALID_CURSOR_STATE,
                format!("the portal of table {} was closed while its rows were read", state.table),
            )),
            Err(Some(caught)) => {
                let column = state.evaluating.map(|i| state.columns[i].sql_name.as_str());
                Err(without_values(caught, &state.table, column))
            }
        }
    }
}

/// Runs something for a table or a column; an error comes back without data values in it.
fn protect<R>(table: &str, column: Option<&str>, action: impl FnOnce() -> R) -> Result<R, ErrorReport> {
    PgTryBuilder::new(AssertUnwindSafe(|| Ok(action())))
        .catch_others(Err)
        .execute()
        .map_err(|caught| without_values(caught, table, column))
}

/// An error while rows are read and masked, told without the server's words where those may hold a value of the row:
/// data exceptions (class 22), constraints (23), and what functions raise (38, 39, P0).
fn without_values(caught: CaughtError, table: &str, column: Option<&str>) -> ErrorReport {
    let report = match caught {
        CaughtError::PostgresError(e) | CaughtError::ErrorReport(e) | CaughtError::RustPanic { ereport: e, .. } => e,
    };
    let code = report.sql_error_code();
    let place = match column {
        Some(column) => format!("rule for column {column} of table {table}"),
        None => format!("table {table}"),
    };
    let name = condition_name(code);
    let class = sqlstate(code);
    if matches!(&class[..2], b"22" | b"23" | b"38" | b"39" | b"P0") {
        return error(code, format!("{place} failed: {name}")).set_hint(
            "The server's message is left out because it may hold a value of the row. A masked value must fit its \
             column's type and length.",
        );
    }
    let new = error(code, format!("{place}: {}", report.message()));
    match report.hint() {
        Some(hint) => new.set_hint(hint.to_owned()),
        None => new,
    }
}

/// The five characters of a SQLSTATE, six bits each, the first lowest (elog.h, MAKE_SQLSTATE).
fn sqlstate(code: PgSqlErrorCode) -> [u8; 5] {
    std::array::from_fn(|i| ((code as i32 >> (6 * i)) & 0x3F) as u8 + b'0')
}

/// The name of a condition as the manual's table of error codes has it, in words: "string data right truncation".
fn condition_name(code: PgSqlErrorCode) -> String {
    format!("{code:?}").trim_start_matches("ERRCODE_").to_lowercase().replace('_', " ")
}

/// Has the portal closed when the executor that runs the calling function ends. At the end of a failed transaction
/// PostgreSQL closes it itself.
///
/// # Safety
/// `fcinfo` is the call record of a set-returning function.
unsafe fn close_with_caller(fcinfo: pg_sys::FunctionCallInfo, portal: &std::ffi::CStr) {
    // SAFETY: the executor gives set-returning functions a ReturnSetInfo; the name is copied into memory that lives as
    // long as the executor.
    unsafe {
        let info = (*fcinfo).resultinfo.cast::<pg_sys::ReturnSetInfo>();
        let econtext = (*info).econtext;
        let name = pg_sys::MemoryContextStrdup((*econtext).ecxt_per_query_memory, portal.as_ptr());
        pg_sys::RegisterExprContextCallback(econtext, Some(close_portal), pg_sys::Datum::from(name));
    }
}

#[pg_guard]
unsafe extern "C-unwind" fn close_portal(name: pg_sys::Datum) {
    // SAFETY: the name was copied for this call; names of portals are not used twice in a session (portalmem.c,
    // CreateNewPortal).
    unsafe {
        let portal = pg_sys::GetPortalByName(name.cast_mut_ptr());
        if !portal.is_null() {
            pg_sys::PortalDrop(portal, false);
        }
    }
}

unsafe extern "C-unwind" fn start(_: *mut pg_sys::DestReceiver, _: i32, _: pg_sys::TupleDesc) {}

unsafe extern "C-unwind" fn finish(_: *mut pg_sys::DestReceiver) {}

#[pg_guard]
unsafe extern "C-unwind" fn receive(slot: *mut pg_sys::TupleTableSlot, receiver: *mut pg_sys::DestReceiver) -> bool {
    // SAFETY: the receiver is the one handed to PortalRunFetch, and nothing else uses it meanwhile.
    unsafe { (*receiver.cast::<Receiver>()).state.write_row(slot) };
    true
}

impl State {
    /// # Safety
    /// `slot` holds a row of the SELECT. Expressions and output functions may raise errors, which jump over this frame:
    /// nothing in it needs a destructor.
    unsafe fn write_row(&mut self, slot: *mut pg_sys::TupleTableSlot) {
        let before = self.out.len();
        // SAFETY: the slot has `width` columns; the memory of the row before is given back.
        unsafe {
            if i32::from((*slot).tts_nvalid) < self.width {
                pg_sys::slot_getsomeattrs_int(slot, self.width);
            }
            let row_memory = (*self.econtext).ecxt_per_tuple_memory;
            if !(*row_memory).isReset {
                pg_sys::MemoryContextReset(row_memory);
            }
            let outer_memory = pg_sys::MemoryContextSwitchTo(row_memory);
            (*self.econtext).ecxt_scantuple = slot;
            for index in 0..self.columns.len() {
                if index > 0 {
                    self.out.push(b'\t');
                }
                let column = &self.columns[index];
                let (value, is_null) = if column.expression.is_null() {
                    (*(*slot).tts_values.add(column.position), *(*slot).tts_isnull.add(column.position))
                } else {
                    self.evaluating = Some(index);
                    let mut is_null = false;
                    let evaluate = (*column.expression).evalfunc.expect("ExecPrepareExpr sets it");
                    let value = evaluate(column.expression, self.econtext, &raw mut is_null);
                    self.evaluating = None;
                    (value, is_null)
                };
                if !is_null {
                    self.columns[index].writer.write(value, &mut self.out);
                } else if column.masked && column.not_null {
                    self.refuse_null(index);
                } else {
                    self.out.extend_from_slice(b"\\N");
                }
            }
            pg_sys::MemoryContextSwitchTo(outer_memory);
        }
        self.out.push(b'\n');
        self.longest = self.longest.max(self.out.len() - before);
    }

    #[cold]
    fn refuse_null(&self, index: usize) -> ! {
        raise(
            error(
                PgSqlErrorCode::ERRCODE_NOT_NULL_VIOLATION,
                format!(
                    "rule for column {} of table {} gives NULL, which the column does not take",
                    self.columns[index].sql_name, self.table
                ),
            )
            .set_hint("Make the rule give a value for every row, e.g. with coalesce()."),
        );
    }
}
