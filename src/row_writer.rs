//! The row writer: runs a table's SELECT and receives its rows in a DestReceiver of its own, which masks them, writes COPY
//! text straight into a buffer, and stops the run when there is enough for a chunk. So neither this backend nor the client ever
//! holds more than a chunk and a row.
//!
//! Every value of a masked column goes through one place, `State::write_row`, which knows for each column whether it is
//! masked. Rules are evaluated column by column there, so that an error can name its column.

use crate::datum::{self, ScalarKind, varlena_bytes};
use crate::error::{Report, error, mask_error_code, raise, rule_failed, without_values};
use crate::mask::structured::{Fault, Structured};
use crate::native::{Choice, Input, Shifted};
use crate::query::{self, Running};
use crate::select::Prepared;
use crate::value_writer::{HugeValue, ValueWriter};
use pg_anon_core::mask::formula::{self, Buffers, Condition, Fitted, Form, Formula, Row};
use pg_anon_core::mask::modifier::{Misfit, Modifier};
use pg_anon_core::mask::native::{PseudoScalar, Scalar, ScalarMask, TextMask};
use pg_anon_core::mask::{MaskError, MaskErrorKind};
use pg_anon_core::{copytext, output};
use pgrx::pg_sys::panic::CaughtError;
use pgrx::prelude::*;
use std::borrow::Cow;
use std::collections::VecDeque;
use std::panic::AssertUnwindSafe;

/// Bytes a chunk: few enough to keep memory small, many enough that the cost of a chunk (a function call, a protocol
/// message) does not show.
const CHUNK: usize = 64 * 1024;

/// A row larger than this frees its buffer when it is sent.
const KEEP: usize = 4 * CHUNK;

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
    /// What it is limited to, such as a precision: the type's modifier, or -1.
    pub type_modifier: i32,
}

/// What gives the value of a column. Positions are places in the row of the SELECT, from 0.
pub enum Source {
    /// The value at this position, as it is.
    Plain(usize),
    /// An expression over the row.
    Expression(*mut pg_sys::Node),
    /// A text mask over the value at this position, or over none, and what the column's modifier makes of it.
    Text { mask: TextMask, position: Option<usize>, input: Input, modifier: Modifier },
    /// A mask of a number or a time over the value at this position, or over none.
    Scalar { mask: ScalarMask, position: Option<usize>, kind: ScalarKind },
    /// What is drawn for a text, whose columns are positions.
    Pseudo { drawn: PseudoScalar, value: Formula, kind: ScalarKind },
    /// One of several values, by the text at this position or by chance; None: NULL.
    Choice { choice: Choice, position: Option<usize>, elements: Vec<Option<pg_sys::Datum>> },
    /// The same for every row; None: NULL.
    Constant(Option<pg_sys::Datum>),
    /// A formula, whose columns are positions.
    Formula(Fitted),
    /// A date or a time at this position, shifted; the columns of its person are positions.
    Shift { shifted: Box<Shifted>, position: usize },
    /// A mask of the parts of the value at this position.
    Structured { mask: Box<Structured>, position: usize },
    /// The first whose condition holds, or the last; all are computed where it is so said.
    Case { arms: Vec<(Condition, Source)>, otherwise: Box<Source>, all: bool },
    /// NULL for a share of the rows.
    NullIf(f64, Box<Source>),
}

/// A stream of COPY text.
pub struct RowWriter {
    run: Running,
    receiver: Box<Receiver>,
    /// How much of the buffer has been handed on.
    sent: usize,
    /// The last row has been read.
    done: bool,
}

/// PostgreSQL knows only its first field, a pointer to which it hands back.
#[repr(C)]
struct Receiver {
    destination: pg_sys::DestReceiver,
    state: State,
}

struct State {
    out: Vec<u8>,
    /// Values whose text belongs into `out` at these places, in their order.
    huge: VecDeque<(usize, HugeValue)>,
    columns: Vec<Column>,
    /// Columns of the SELECT.
    width: i32,
    econtext: *mut pg_sys::ExprContext,
    estate: *mut pg_sys::EState,
    rng: rand::rngs::ThreadRng,
    /// The text of a value that a mask reads.
    buffer: Vec<u8>,
    /// The same within formulas.
    buffers: Buffers,
    /// The column whose rule is being evaluated, for messages.
    evaluating: Option<usize>,
    /// The value that is written will be taken back: that it does not fit the column is no error.
    is_spare: bool,
    /// SQL of the dictionary runs over the rows: an expression, a condition, a sub-select, raw_sql.
    runs_sql: bool,
    /// Why a value was refused here, for the caller of the run; what PostgreSQL gives back of an error is reworded.
    refusal: Option<Report>,
    /// The run was stopped because there is enough for a chunk.
    stopped: bool,
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
    Text {
        mask: TextMask,
        position: Option<usize>,
        input: Input,
        modifier: Modifier,
    },
    Pseudo {
        drawn: PseudoScalar,
        value: Formula,
        kind: ScalarKind,
    },
    /// COPY text; None: NULL.
    Choice {
        choice: Choice,
        position: Option<usize>,
        texts: Vec<Option<Vec<u8>>>,
    },
    Scalar {
        mask: ScalarMask,
        position: Option<usize>,
        kind: ScalarKind,
    },
    /// COPY text; None: NULL.
    Constant(Option<Vec<u8>>),
    Formula(Fitted),
    Shift {
        shifted: Box<Shifted>,
        position: usize,
    },
    Structured {
        mask: Box<Structured>,
        position: usize,
    },
    Case {
        arms: Vec<(Condition, Value)>,
        otherwise: Box<Value>,
        all: bool,
    },
    NullIf(f64, Box<Value>),
}

impl Source {
    /// Prepares it for a column. Errors: what PostgreSQL says of an expression.
    ///
    /// # Safety
    /// Datums are of the writer's type, and the nodes of expressions valid.
    unsafe fn prepare(
        self,
        writer: &ValueWriter,
        expression: &dyn Fn(*mut pg_sys::Node) -> Result<*mut pg_sys::ExprState, Report>,
    ) -> Result<Value, Report> {
        // SAFETY: as the caller vouches.
        let text = |value: pg_sys::Datum| unsafe { text_of(writer, value) };
        // SAFETY: as above.
        let nested = |source: Source| unsafe { source.prepare(writer, expression) };
        Ok(match self {
            Source::Plain(position) => Value::Plain(position),
            Source::Expression(node) => Value::Expression(expression(node)?),
            Source::Text { mask, position, input, modifier } => Value::Text { mask, position, input, modifier },
            Source::Pseudo { drawn, value, kind } => Value::Pseudo { drawn, value, kind },
            Source::Scalar { mask, position, kind } => Value::Scalar { mask, position, kind },
            Source::Choice { choice, position, elements } => {
                let texts = elements.into_iter().map(|element| element.map(text)).collect();
                Value::Choice { choice, position, texts }
            }
            Source::Constant(value) => Value::Constant(value.map(text)),
            Source::Formula(fitted) => Value::Formula(fitted),
            Source::Shift { shifted, position } => Value::Shift { shifted, position },
            Source::Structured { mask, position } => Value::Structured { mask, position },
            Source::Case { arms, otherwise, all } => {
                let arms = arms.into_iter().map(|(condition, source)| Ok((condition, nested(source)?)));
                let arms = arms.collect::<Result<Vec<_>, Report>>()?;
                Value::Case { arms, otherwise: Box::new(nested(*otherwise)?), all }
            }
            Source::NullIf(share, source) => Value::NullIf(share, Box::new(nested(*source)?)),
        })
    }
}

/// The row that a slot holds, for formulas.
struct SlotRow {
    slot: *mut pg_sys::TupleTableSlot,
}

impl SlotRow {
    /// # Safety
    /// `slot` holds a row, and what is asked of it is what its columns hold: the positions and types of the SELECT that the
    /// formulas and conditions were recognised for.
    unsafe fn new(slot: *mut pg_sys::TupleTableSlot) -> Self {
        SlotRow { slot }
    }

    #[inline(always)]
    fn datum(&self, column: usize) -> Option<pg_sys::Datum> {
        // SAFETY: a position within the row, as `new` has been told.
        unsafe { (!*(*self.slot).tts_isnull.add(column)).then(|| *(*self.slot).tts_values.add(column)) }
    }
}

impl Row for SlotRow {
    #[inline(always)]
    fn is_null(&self, column: usize) -> bool {
        self.datum(column).is_none()
    }

    #[inline(always)]
    fn text(&self, column: usize) -> Option<&[u8]> {
        // SAFETY: a text, as `new` has been told; what is detoasted lives in the memory of the row.
        self.datum(column).map(|datum| unsafe { varlena_bytes(datum) })
    }

    // As texteq does, which looks at the length first: a value that is long is not unpacked for every text it is compared with.
    #[inline(always)]
    fn is_text(&self, column: usize, bytes: &[u8]) -> Option<bool> {
        let datum = self.datum(column)?;
        // SAFETY: a text, as `new` has been told.
        let is_other = unsafe {
            datum::is_toasted(datum) && pg_sys::toast_raw_datum_size(datum) != bytes.len() + pg_sys::VARHDRSZ
        };
        if is_other { Some(false) } else { self.text(column).map(|text| text == bytes) }
    }

    #[inline(always)]
    fn beginning(&self, column: usize, bytes: usize) -> Option<&[u8]> {
        let datum = self.datum(column)?;
        // SAFETY: a text, as `new` has been told; what is detoasted lives in the memory of the row.
        unsafe {
            match i32::try_from(bytes) {
                Ok(bytes) if datum::is_toasted(datum) => {
                    let beginning = pg_sys::pg_detoast_datum_slice(datum.cast_mut_ptr(), 0, bytes);
                    Some(varlena_bytes(pg_sys::Datum::from(beginning)))
                }
                _ => self.text(column),
            }
        }
    }

    #[inline(always)]
    fn integer(&self, column: usize, form: Form) -> Option<i64> {
        let word = self.datum(column)?.value();
        Some(match form {
            Form::Int2 => i64::from(word as i16),
            Form::Int4 => i64::from(word as i32),
            Form::Boolean => i64::from(word as u8 != 0),
            _ => word as i64,
        })
    }

    fn write(&self, column: usize, form: Form, out: &mut Vec<u8>) -> bool {
        let Some(datum) = self.datum(column) else { return false };
        // SAFETY: a value of the form, as `new` has been told: a pointer to 16 bytes for a uuid, otherwise a varlena or a number.
        unsafe {
            match form {
                Form::Uuid => output::uuid(&*datum.cast_mut_ptr(), out),
                Form::Hex => output::hex_digits(varlena_bytes(datum), out),
                Form::Macaddr => output::macaddr(&*datum.cast_mut_ptr(), out),
                Form::Date => output::date(datum.value() as i32, out),
                Form::Network => {
                    if output::inet(varlena_bytes(datum), true, out).is_err() {
                        let function = pg_sys::Oid::from(pg_sys::F_TEXT_INET);
                        let text = pg_sys::OidFunctionCall1Coll(function, pg_sys::InvalidOid, datum);
                        out.extend_from_slice(varlena_bytes(text));
                    }
                }
                Form::Text | Form::Trimmed => out.extend_from_slice(varlena_bytes(datum)),
                Form::Numeric => {
                    if output::numeric(varlena_bytes(datum), out).is_err() {
                        out.extend_from_slice(datum::numeric_text(datum).as_bytes());
                    }
                }
                Form::Int2 | Form::Int4 | Form::Int8 | Form::Boolean => {
                    output::int8(self.integer(column, form).unwrap_or_default(), out);
                }
            }
        }
        true
    }
}

impl RowWriter {
    /// Starts the SELECT and prepares the columns. What it allocates belongs to the current memory context, which must
    /// outlive the stream. `table` is for messages. When the executor that runs the calling function ends before the
    /// stream does, the stream ends with it. Errors: what PostgreSQL says of the SELECT and the rules.
    pub fn open(prepared: Prepared, table: &str, fcinfo: pg_sys::FunctionCallInfo) -> Result<Self, Report> {
        let Prepared { select, width, columns, runs_sql } = prepared;
        // SAFETY: the executor state lives in the current memory context; expressions are initialised in it.
        let state = unsafe {
            let estate = pg_sys::CreateExecutorState();
            let econtext = pg_sys::MakePerTupleExprContext(estate);
            let mut prepared = Vec::with_capacity(columns.len());
            for column in columns {
                let writer = ValueWriter::for_column(column.type_oid, column.type_modifier);
                let expression = |node: *mut pg_sys::Node| {
                    let prepare = || pg_sys::ExecPrepareExpr(node.cast(), estate);
                    protect(table, Some(&column.sql_name), true, prepare)
                };
                let value = column.source.prepare(&writer, &expression)?;
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
                huge: VecDeque::new(),
                columns: prepared,
                width: width as i32,
                econtext,
                estate,
                runs_sql,
                refusal: None,
                stopped: false,
                rng: rand::rng(),
                buffer: Vec::new(),
                buffers: Buffers::new(),
                evaluating: None,
                is_spare: false,
                table: table.to_owned(),
            }
        };
        let mut receiver = Box::new(Receiver { destination: query::destination(receive), state });
        let to: *mut Receiver = &raw mut *receiver;
        // SAFETY: the receiver is boxed and begins with the DestReceiver that PostgreSQL knows; run and receiver are given
        // up together.
        let run = protect(table, None, runs_sql, || unsafe {
            Running::start(&select, to.cast(), (*to).state.estate, Some(fcinfo))
        })?;
        Ok(RowWriter { run, receiver, sent: 0, done: false })
    }

    /// The next chunk; None at the end. A chunk may end inside a row.
    pub fn next_chunk(&mut self) -> Result<Option<Cow<'_, [u8]>>, Report> {
        loop {
            let state = &mut self.receiver.state;
            if let Some((place, huge)) = state.huge.front_mut() {
                if self.sent < *place {
                    break;
                }
                if let Some(piece) = huge.next_piece() {
                    return Ok(Some(Cow::Owned(piece)));
                }
                if let Some((_, huge)) = state.huge.pop_front() {
                    huge.free();
                }
            } else if state.out.len() - self.sent < CHUNK && !self.done {
                self.make_room();
                self.fetch()?;
            } else {
                break;
            }
        }
        let state = &self.receiver.state;
        let end = state.huge.front().map_or(state.out.len(), |(place, _)| *place).min(self.sent + CHUNK);
        let chunk = &state.out[self.sent..end];
        self.sent = end;
        Ok((!chunk.is_empty()).then_some(Cow::Borrowed(chunk)))
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

    /// Reads rows into the buffer until there is enough for a chunk, or no row is left.
    fn fetch(&mut self) -> Result<(), Report> {
        let run = &self.run;
        let state: *mut State = &raw mut self.receiver.state;
        let result = PgTryBuilder::new(AssertUnwindSafe(|| {
            // SAFETY: the state is boxed; the receiver changes it during the run and nothing else does.
            unsafe {
                (*state).stopped = false;
                run.fetch();
                let done = !(*state).stopped;
                if done {
                    run.end();
                }
                Ok(done)
            }
        }))
        .catch_others(Err)
        .execute();
        let state = &mut self.receiver.state;
        match result {
            Ok(done) => {
                self.done = done;
                Ok(())
            }
            Err(caught) => Err(state.refusal.take().unwrap_or_else(|| {
                let column = state.evaluating.map(|i| state.columns[i].sql_name.as_str());
                failed(caught, &state.table, column, state.runs_sql)
            })),
        }
    }
}

/// A value as COPY text.
///
/// # Safety
/// As for `ValueWriter::write`.
unsafe fn text_of(writer: &ValueWriter, value: pg_sys::Datum) -> Vec<u8> {
    let mut text = Vec::new();
    // SAFETY: as the caller vouches.
    unsafe { writer.write(value, &mut text) };
    text
}

/// Runs something for a table or a column before the first row is read. That may run functions of the dictionary already: the
/// planner computes what looks constant.
pub fn protect<R>(table: &str, column: Option<&str>, runs_sql: bool, action: impl FnOnce() -> R) -> Result<R, Report> {
    PgTryBuilder::new(AssertUnwindSafe(|| Ok(action())))
        .catch_others(Err)
        .execute()
        .map_err(|caught| failed(caught, table, column, runs_sql))
}

/// An error of PostgreSQL's at a table, or at the rule of a column of it, without its words.
fn failed(caught: CaughtError, table: &str, column: Option<&str>, runs_sql: bool) -> Report {
    let what = place(table, column);
    match column {
        Some(_) => rule_failed(caught, &what, runs_sql),
        None => without_values(caught, &what, runs_sql),
    }
}

fn place(table: &str, column: Option<&str>) -> String {
    match column {
        Some(column) => format!("rule for column {column} of table {table}"),
        None => format!("table {table}"),
    }
}

#[pg_guard]
unsafe extern "C-unwind" fn receive(slot: *mut pg_sys::TupleTableSlot, receiver: *mut pg_sys::DestReceiver) -> bool {
    // SAFETY: the receiver is the one handed to the executor, and nothing else uses it meanwhile.
    unsafe {
        let state = &mut (*receiver.cast::<Receiver>()).state;
        state.write_row(slot);
        state.stopped = state.out.len() >= CHUNK || !state.huge.is_empty();
        !state.stopped
    }
}

impl State {
    /// # Safety
    /// `slot` holds a row of the SELECT. Expressions and output functions may raise errors, which jump over this frame:
    /// nothing in it needs a destructor.
    unsafe fn write_row(&mut self, slot: *mut pg_sys::TupleTableSlot) {
        // SAFETY: the slot has `width` columns; the memory of the row before is given back.
        unsafe {
            query::deform(slot, self.width);
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
    }

    /// Writes the value of a column; false: it is NULL.
    ///
    /// # Safety
    /// As for `write_row`.
    #[inline(always)]
    unsafe fn write_value(&mut self, index: usize, slot: *mut pg_sys::TupleTableSlot) -> bool {
        let value: *const Value = &raw const self.columns[index].value;
        // SAFETY: as the caller vouches; columns are not changed while rows are written.
        unsafe { self.write_one(index, value, slot) }
    }

    /// Writes what is within the value of a column, as `write_value`.
    ///
    /// # Safety
    /// As for `write_row`; `value` is within the value of the column.
    #[inline(never)]
    unsafe fn write_nested(&mut self, index: usize, value: *const Value, slot: *mut pg_sys::TupleTableSlot) -> bool {
        // SAFETY: as the caller vouches.
        unsafe { self.write_one(index, value, slot) }
    }

    /// Writes a value and takes it back, to find what is wrong with computing it. Only a value that is taken is fitted to the
    /// column.
    ///
    /// # Safety
    /// As for `write_nested`.
    unsafe fn write_spare(&mut self, index: usize, value: *const Value, slot: *mut pg_sys::TupleTableSlot) {
        let before = (self.out.len(), self.huge.len());
        let was_spare = std::mem::replace(&mut self.is_spare, true);
        // SAFETY: as the caller vouches.
        unsafe { self.write_nested(index, value, slot) };
        self.is_spare = was_spare;
        self.take_back(before);
    }

    /// # Safety
    /// As for `write_nested`.
    #[inline(always)]
    unsafe fn write_one(&mut self, index: usize, value: *const Value, slot: *mut pg_sys::TupleTableSlot) -> bool {
        // SAFETY: positions are within the row; datums are of the types that the columns were prepared for.
        unsafe {
            let at = |position: usize| (!*(*slot).tts_isnull.add(position)).then(|| *(*slot).tts_values.add(position));
            let column = &self.columns[index];
            match &*value {
                Value::Plain(position) => {
                    let Some(value) = at(*position) else { return false };
                    match column.writer.huge(value, &mut self.out) {
                        None => column.writer.write(value, &mut self.out),
                        Some(huge) => self.keep_huge(huge),
                    }
                }
                Value::Text { mask, position, input, modifier } => {
                    let value = match position.map(at) {
                        None => None,
                        Some(None) => return false,
                        Some(value) => value,
                    };
                    let start = self.out.len();
                    let written = match (value, input) {
                        (None, _) => mask.write(&[], &mut self.rng, &mut self.out),
                        (Some(value), Input::Text) => mask.write(varlena_bytes(value), &mut self.rng, &mut self.out),
                        (Some(value), Input::Converted) => {
                            mask.write(&datum::to_utf8(varlena_bytes(value)), &mut self.rng, &mut self.out)
                        }
                        (Some(value), Input::Scalar(kind)) => {
                            mask.write_scalar(kind.scalar(value), &mut self.out).map(drop)
                        }
                        (Some(value), Input::Numeric) => {
                            self.buffer.clear();
                            if output::numeric(varlena_bytes(value), &mut self.buffer).is_err() {
                                self.buffer.extend_from_slice(datum::numeric_text(value).as_bytes());
                            }
                            mask.write(&self.buffer, &mut self.rng, &mut self.out)
                        }
                    };
                    if let Err(e) = written {
                        self.refuse_mask(index, e);
                    }
                    if !self.is_spare
                        && let Err(misfit) = modifier.fit(start, &mut self.out)
                    {
                        self.refuse_misfit(index, misfit);
                    }
                    if matches!(input, Input::Converted) {
                        self.convert(index, start);
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
                    let masked = match mask.apply(kind.scalar(value), &mut self.rng) {
                        Ok(masked) => masked,
                        Err(e) => self.refuse_mask(index, e),
                    };
                    let Some(masked) = masked else {
                        let code = PgSqlErrorCode::ERRCODE_DATATYPE_MISMATCH;
                        self.refuse(index, code, "does not work on the column's type", "Use a mask for the type.")
                    };
                    column.writer.write(datum::scalar(masked), &mut self.out);
                }
                Value::Pseudo { drawn, value, kind } => {
                    self.buffer.clear();
                    let row = SlotRow::new(slot);
                    match value.write(&row, &mut self.rng, &mut self.buffers, &mut self.buffer) {
                        Ok(true) => (),
                        Ok(false) => return false,
                        Err(e) => self.refuse_mask(index, e),
                    }
                    let of = kind.scalar(pg_sys::Datum::null());
                    match drawn.apply(&self.buffer, of) {
                        Ok(Some(drawn)) => column.writer.write(datum::scalar(drawn), &mut self.out),
                        // What is drawn was found to be of the column's type when the rule was read.
                        Ok(None) => return false,
                        Err(e) => self.refuse_mask(index, e),
                    }
                }
                Value::Choice { choice, position, texts } => {
                    let bytes = match position.map(at) {
                        None => &[][..],
                        Some(None) => return false,
                        Some(Some(value)) => varlena_bytes(value),
                    };
                    match choice.index(texts.len(), bytes, &mut self.rng) {
                        Ok(chosen) => match chosen.and_then(|index| texts.get(index)) {
                            Some(Some(text)) => self.out.extend_from_slice(text),
                            _ => return false,
                        },
                        Err(e) => self.refuse_mask(index, e),
                    }
                }
                Value::Constant(text) => {
                    let Some(text) = text else { return false };
                    self.out.extend_from_slice(text);
                }
                Value::Formula(fitted) => {
                    let start = self.out.len();
                    let row = SlotRow::new(slot);
                    match fitted.formula.write(&row, &mut self.rng, &mut self.buffers, &mut self.out) {
                        Ok(true) => (),
                        Ok(false) => return false,
                        Err(e) => self.refuse_mask(index, e),
                    }
                    if !self.is_spare
                        && let Err(misfit) = fitted.modifier.fit(start, &mut self.out)
                    {
                        self.refuse_misfit(index, misfit);
                    }
                    if fitted.escapes {
                        copytext::escape_from(start, &mut self.out);
                    }
                }
                Value::Shift { shifted, position } => {
                    let value = at(*position);
                    self.buffer.clear();
                    let row = SlotRow::new(slot);
                    let person = shifted.person.write(&row, &mut self.rng, &mut self.buffers, &mut self.buffer);
                    let value = match (value, person) {
                        (_, Err(e)) => self.refuse_mask(index, e),
                        (Some(value), Ok(true)) => value,
                        _ => return false,
                    };
                    let moved = match shifted.kind.scalar(value) {
                        Scalar::Date(day) => Scalar::Date(shifted.shift.date(day, &self.buffer)),
                        Scalar::Timestamp(time) => Scalar::Timestamp(shifted.shift.timestamp(time, &self.buffer)),
                        other => other,
                    };
                    column.writer.write(datum::scalar(moved), &mut self.out);
                }
                Value::Structured { mask, position } => {
                    let Some(value) = at(*position) else { return false };
                    self.evaluating = Some(index);
                    let written = mask.write(value, &column.writer, &mut self.rng, &mut self.buffer, &mut self.out);
                    match written {
                        Ok(()) => self.evaluating = None,
                        Err(Fault::Misfit(_)) if self.is_spare => self.evaluating = None,
                        Err(Fault::Mask(e)) => self.refuse_mask(index, e),
                        Err(Fault::Misfit(misfit)) => self.refuse_misfit(index, misfit),
                        Err(Fault::Other(e)) => {
                            e.report(PgLogLevel::ERROR);
                        }
                    }
                }
                Value::Case { arms, otherwise, all } => {
                    let row = SlotRow::new(slot);
                    let chosen = arms.iter().position(|(condition, _)| condition.holds(&row) == Some(true));
                    let others = arms.iter().map(|(_, value)| value).chain([otherwise.as_ref()]);
                    let chosen = chosen.unwrap_or(arms.len());
                    for (place, value) in others.enumerate() {
                        if place == chosen {
                            continue;
                        }
                        if *all && !matches!(value, Value::Plain(_) | Value::Constant(_)) {
                            self.write_spare(index, value, slot);
                        }
                    }
                    let chosen = arms.get(chosen).map_or(otherwise.as_ref(), |(_, value)| value);
                    return self.write_nested(index, chosen, slot);
                }
                Value::NullIf(share, value) => {
                    // A value as it is may be kept to be written in pieces, and is always to be had; a mask may find something
                    // wrong, which has to be said.
                    if matches!(**value, Value::Plain(_)) {
                        return formula::stays(*share, &mut self.rng)
                            && self.write_nested(index, &raw const **value, slot);
                    }
                    if !formula::stays(*share, &mut self.rng) {
                        self.write_spare(index, &raw const **value, slot);
                        return false;
                    }
                    return self.write_nested(index, &raw const **value, slot);
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

    /// Writes what was written from a place on in the server's encoding.
    #[inline(never)]
    fn convert(&mut self, index: usize, start: usize) {
        let converted = match datum::result_to_server(&self.out[start..]) {
            Ok(Cow::Borrowed(_)) => return,
            Ok(Cow::Owned(converted)) => converted,
            Err(report) => {
                let code = PgSqlErrorCode::ERRCODE_UNTRANSLATABLE_CHARACTER;
                let hint = report.hint().unwrap_or_default().to_owned();
                self.refuse(index, code, "gives a character that the encoding of the database does not have", &hint)
            }
        };
        self.out.truncate(start);
        self.out.extend_from_slice(&converted);
    }

    /// Remembers a value to be written when its row is sent. Its memory outlives the row's.
    #[cold]
    fn keep_huge(&mut self, huge: HugeValue) {
        // SAFETY: both contexts live as long as the stream.
        unsafe { huge.keep_in((*self.estate).es_query_cxt) };
        self.huge.push_back((self.out.len(), huge));
    }

    /// Forgets what was written since there were so many bytes and so many huge values.
    fn take_back(&mut self, (bytes, huge): (usize, usize)) {
        self.out.truncate(bytes);
        while self.huge.len() > huge {
            if let Some((_, huge)) = self.huge.pop_back() {
                huge.free();
            }
        }
    }

    /// Ends the run because of a value that the column does not take.
    #[cold]
    fn refuse(&mut self, index: usize, code: PgSqlErrorCode, why: &str, hint: &str) -> ! {
        let message = format!("{} {why}", place(&self.table, Some(&self.columns[index].sql_name)));
        self.refusal = Some(error(code, message.clone()).set_hint(hint));
        raise(error(code, message));
    }

    #[cold]
    fn refuse_misfit(&mut self, index: usize, misfit: Misfit) -> ! {
        if misfit == Misfit::OutOfRange {
            let code = PgSqlErrorCode::ERRCODE_NUMERIC_VALUE_OUT_OF_RANGE;
            self.refuse(
                index,
                code,
                "gives a number that is out of the range of the column's type",
                "A masked value must fit its column's type.",
            )
        }
        let code = PgSqlErrorCode::ERRCODE_STRING_DATA_RIGHT_TRUNCATION;
        self.refuse(
            index,
            code,
            "gives a value that is too long",
            "Make the rule give a shorter value, e.g. with left().",
        )
    }

    #[cold]
    fn refuse_null(&mut self, index: usize) -> ! {
        let code = PgSqlErrorCode::ERRCODE_NOT_NULL_VIOLATION;
        let hint = "Make the rule give a value for every row, e.g. with coalesce().";
        self.refuse(index, code, "gives NULL, which the column does not take", hint)
    }

    #[cold]
    fn refuse_mask(&mut self, index: usize, e: MaskError) -> ! {
        if e.kind == MaskErrorKind::Interrupted {
            pgrx::check_for_interrupts!();
        }
        let hint = e.hint.clone().unwrap_or_default();
        self.refuse(index, mask_error_code(e.kind), &format!("failed: {}", e.message), &hint)
    }
}
