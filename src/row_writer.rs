//! The row writer: runs a table's SELECT in a portal and receives its rows, a batch at a time, in a DestReceiver of its
//! own, which masks them and writes COPY text straight into a buffer. The buffer is handed on in chunks, so that neither
//! this backend nor the client ever holds a table.
//!
//! Every value of a masked column goes through one place, `State::write_row`, which knows for each column whether it is
//! masked. Rules are evaluated column by column there, so that an error can name its column.

use crate::datum::{self, Bytea, ScalarKind, varlena_bytes};
use crate::error::{error, mask_error, raise};
use crate::value_writer::ValueWriter;
use pg_anon_core::copytext;
use pg_anon_core::mask::chars;
use pg_anon_core::mask::native::{ScalarMask, TextMask};
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
    /// What gives its value.
    pub source: Source,
    /// A rule gives the value, here or in the SELECT.
    pub masked: bool,
    /// NULL is not allowed.
    pub not_null: bool,
    /// The type of the value that is written.
    pub type_oid: pg_sys::Oid,
}

/// What gives the value of a column. Positions are places in the row of the SELECT, from 0.
pub enum Source {
    /// The value at this position, as it is.
    Plain(usize),
    /// An expression over the row.
    Expression(*mut pg_sys::Node),
    /// A text mask over the value at this position, or over none; at most so many characters may come of it.
    Text { mask: TextMask, position: Option<usize>, longest: Option<usize> },
    /// A mask of a number or a time over the value at this position, or over none.
    Scalar { mask: ScalarMask, position: Option<usize>, kind: ScalarKind },
    /// The same for every row; None: NULL.
    Constant(Option<pg_sys::Datum>),
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
    rng: rand::rngs::ThreadRng,
    /// The column whose rule is being evaluated, for messages.
    evaluating: Option<usize>,
    /// The longest row of the batch, in bytes.
    longest: usize,
    table: String,
}

struct Column {
    sql_name: String,
    value: Value,
    masked: bool,
    not_null: bool,
    writer: ValueWriter,
}

/// A source, prepared.
enum Value {
    Plain(usize),
    Expression(*mut pg_sys::ExprState),
    Text { mask: TextMask, position: Option<usize>, longest: Option<usize> },
    Scalar { mask: ScalarMask, position: Option<usize>, kind: ScalarKind },
    /// COPY text; None: NULL.
    Constant(Option<Vec<u8>>),
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
                let writer = ValueWriter::for_type(column.type_oid);
                let value = match column.source {
                    Source::Plain(position) => Value::Plain(position),
                    Source::Expression(node) => {
                        let prepare = || pg_sys::ExecPrepareExpr(node.cast(), estate);
                        Value::Expression(protect(table, Some(&column.sql_name), prepare)?)
                    }
                    Source::Text { mask, position, longest } => Value::Text { mask, position, longest },
                    Source::Scalar { mask, position, kind } => Value::Scalar { mask, position, kind },
                    Source::Constant(value) => Value::Constant(value.map(|v| {
                        let mut text = Vec::new();
                        writer.write(v, &mut text);
                        text
                    })),
                };
                prepared.push(Column {
                    sql_name: column.sql_name,
                    value,
                    masked: column.masked,
                    not_null: column.not_null,
                    writer,
                });
            }
            State {
                out: Vec::with_capacity(CHUNK + CHUNK / 4),
                columns: prepared,
                width: width as i32,
                econtext,
                estate,
                rng: rand::rng(),
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
                if !self.write_value(index, slot) {
                    let column = &self.columns[index];
                    if column.masked && column.not_null {
                        self.refuse_null(index);
                    }
                    self.out.extend_from_slice(b"\\N");
                }
            }
            pg_sys::MemoryContextSwitchTo(outer_memory);
        }
        self.out.push(b'\n');
        self.longest = self.longest.max(self.out.len() - before);
    }

    /// Writes the value of a column; false: it is NULL.
    ///
    /// # Safety
    /// As for `write_row`.
    #[inline(always)]
    unsafe fn write_value(&mut self, index: usize, slot: *mut pg_sys::TupleTableSlot) -> bool {
        // SAFETY: positions are within the row; datums are of the types that the columns were prepared for.
        unsafe {
            let at = |position: usize| {
                (!*(*slot).tts_isnull.add(position)).then(|| *(*slot).tts_values.add(position))
            };
            let column = &self.columns[index];
            match &column.value {
                Value::Plain(position) => {
                    let Some(value) = at(*position) else { return false };
                    column.writer.write(value, &mut self.out);
                }
                Value::Text { mask, position, longest } => {
                    let bytes = match position.map(at) {
                        None => &[][..],
                        Some(None) => return false,
                        Some(Some(value)) => varlena_bytes(value),
                    };
                    let start = self.out.len();
                    if let Err(e) = mask.write(bytes, &mut self.rng, &mut self.out) {
                        raise(mask_error(e));
                    }
                    if longest.is_some_and(|n| self.out.len() - start > n && chars::count(&self.out[start..]) > n) {
                        self.refuse_length(index);
                    }
                    if mask.may_need_escape() {
                        copytext::escape_from(start, &mut self.out);
                    }
                }
                Value::Scalar { mask, position, kind } => {
                    let value = match position.map(at) {
                        None => pg_sys::Datum::null(),
                        Some(None) => return false,
                        Some(Some(value)) => value,
                    };
                    let Some(masked) = mask.apply(kind.scalar(value), &mut self.rng) else { self.refuse_kind(index) };
                    column.writer.write(datum::scalar(masked), &mut self.out);
                }
                Value::Constant(text) => {
                    let Some(text) = text else { return false };
                    self.out.extend_from_slice(text);
                }
                Value::Expression(expression) => {
                    self.evaluating = Some(index);
                    let mut is_null = false;
                    let evaluate = (**expression).evalfunc.expect("ExecPrepareExpr sets it");
                    let value = evaluate(*expression, self.econtext, &raw mut is_null);
                    self.evaluating = None;
                    if is_null {
                        return false;
                    }
                    self.columns[index].writer.write(value, &mut self.out);
                }
            }
        }
        true
    }

    #[cold]
    fn refuse_length(&self, index: usize) -> ! {
        raise(
            error(
                PgSqlErrorCode::ERRCODE_STRING_DATA_RIGHT_TRUNCATION,
                format!("rule for column {} of table {} failed: the value is too long", self.columns[index].sql_name, self.table),
            )
            .set_hint("Make the rule give a shorter value, e.g. with left()."),
        );
    }

    #[cold]
    fn refuse_kind(&self, index: usize) -> ! {
        raise(error(
            PgSqlErrorCode::ERRCODE_DATATYPE_MISMATCH,
            format!("rule for column {} of table {} does not work on its type", self.columns[index].sql_name, self.table),
        ));
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
