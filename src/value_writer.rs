//! One value of one type as COPY text: by core's writers, straight from the bytes of the row, where they know the type, and
//! by the type's output function otherwise.

use crate::datum::{is_toasted, varlena_bytes};
use crate::error::{error, raise};
use crate::settings;
use pg_anon_core::mask::modifier;
use pg_anon_core::{copytext, output};
use pgrx::{PgSqlErrorCode, pg_sys};
use std::cell::{Cell, RefCell};
use std::collections::HashMap;
use std::ffi::CStr;

/// How values of a type are written.
pub struct ValueWriter {
    kind: Kind,
    /// For a value whose layout core does not know, and for types that it does not write.
    output: OutputFunction,
}

enum Kind {
    Boolean,
    Int2,
    Int4,
    Int8,
    Oid,
    Float4,
    Float8,
    Numeric,
    /// text, varchar, char, json: the bytes themselves.
    Text,
    Name,
    Bytea,
    Uuid,
    Date,
    Time,
    TimeTz,
    Timestamp,
    TimestampTz(ZoneOffset),
    /// One of these, rounded to so many microseconds.
    Rounded(Box<ValueWriter>, i64),
    Interval,
    Inet,
    Cidr,
    Jsonb,
    /// The labels that have been seen, as COPY text.
    Enum(RefCell<HashMap<u32, Vec<u8>>>),
    /// Its text holds names, which are qualified unless the search path finds them.
    Names,
    Other,
}

/// Whether a type's text depends on the search path: it names functions, types or tables, or may hold a value that does.
fn names_objects(type_oid: pg_sys::Oid) -> bool {
    match type_oid {
        pg_sys::REGPROCOID
        | pg_sys::REGPROCEDUREOID
        | pg_sys::REGOPEROID
        | pg_sys::REGOPERATOROID
        | pg_sys::REGCLASSOID
        | pg_sys::REGCOLLATIONOID
        | pg_sys::REGTYPEOID
        | pg_sys::REGCONFIGOID
        | pg_sys::REGDICTIONARYOID => true,
        // SAFETY: catalog look-ups.
        _ => unsafe {
            let base = pg_sys::getBaseType(type_oid);
            let element = pg_sys::get_element_type(base);
            match pg_sys::get_typtype(base) as u8 {
                pg_sys::TYPTYPE_COMPOSITE | pg_sys::TYPTYPE_RANGE | pg_sys::TYPTYPE_MULTIRANGE => true,
                _ if base != type_oid => names_objects(base),
                _ => element != pg_sys::InvalidOid && names_objects(element),
            }
        },
    }
}

impl ValueWriter {
    /// The writer for a type; what it looks up lives in the current memory context.
    pub fn for_type(type_oid: pg_sys::Oid) -> Self {
        let kind = match type_oid {
            pg_sys::BOOLOID => Kind::Boolean,
            pg_sys::INT2OID => Kind::Int2,
            pg_sys::INT4OID => Kind::Int4,
            pg_sys::INT8OID => Kind::Int8,
            pg_sys::OIDOID => Kind::Oid,
            pg_sys::FLOAT4OID => Kind::Float4,
            pg_sys::FLOAT8OID => Kind::Float8,
            pg_sys::NUMERICOID => Kind::Numeric,
            pg_sys::TEXTOID | pg_sys::VARCHAROID | pg_sys::BPCHAROID | pg_sys::JSONOID => Kind::Text,
            pg_sys::NAMEOID => Kind::Name,
            pg_sys::BYTEAOID => Kind::Bytea,
            pg_sys::UUIDOID => Kind::Uuid,
            pg_sys::DATEOID => Kind::Date,
            pg_sys::TIMEOID => Kind::Time,
            pg_sys::TIMETZOID => Kind::TimeTz,
            pg_sys::TIMESTAMPOID => Kind::Timestamp,
            pg_sys::TIMESTAMPTZOID => Kind::TimestampTz(ZoneOffset::new()),
            pg_sys::INTERVALOID => Kind::Interval,
            pg_sys::INETOID => Kind::Inet,
            pg_sys::CIDROID => Kind::Cidr,
            pg_sys::JSONBOID => Kind::Jsonb,
            // SAFETY: a catalog look-up.
            other if unsafe { pg_sys::type_is_enum(other) } => Kind::Enum(RefCell::default()),
            other if names_objects(other) => Kind::Names,
            _ => Kind::Other,
        };
        ValueWriter { kind, output: OutputFunction::for_type(type_oid) }
    }

    /// The writer for a column, whose values it rounds where the type's modifier says how many digits of a second it keeps: masks
    /// know nothing of that. What else a modifier asks for is done before a value gets here.
    pub fn for_column(type_oid: pg_sys::Oid, type_modifier: i32) -> Self {
        let writer = Self::for_type(type_oid);
        let is_time = matches!(writer.kind, Kind::Time | Kind::TimeTz | Kind::Timestamp | Kind::TimestampTz(_));
        match modifier::time_unit(type_modifier).filter(|_| is_time) {
            Some(unit) => {
                ValueWriter { kind: Kind::Rounded(Box::new(writer), unit), output: OutputFunction::for_type(type_oid) }
            }
            None => writer,
        }
    }

    /// Appends the value to `out`.
    ///
    /// # Safety
    /// `value` is a datum of the writer's type. An output function may raise an error, which jumps over this frame:
    /// nothing here may need a destructor. What it allocates is left to the current memory context.
    #[inline(always)]
    pub unsafe fn write(&self, value: pg_sys::Datum, out: &mut Vec<u8>) {
        let word = value.value();
        // SAFETY: the caller vouches for the type, and each type is passed as it is read here: by value up to eight bytes,
        // as a varlena, or by a pointer to a struct of fixed size.
        unsafe {
            match &self.kind {
                Kind::Boolean => output::boolean(word as u8 != 0, out),
                Kind::Int2 => output::int2(word as i16, out),
                Kind::Int4 => output::int4(word as i32, out),
                Kind::Int8 => output::int8(word as i64, out),
                Kind::Oid => output::oid(word as u32, out),
                Kind::Float4 => output::float4(f32::from_bits(word as u32), out),
                Kind::Float8 => output::float8(f64::from_bits(word as u64), out),
                Kind::Date => output::date(word as i32, out),
                Kind::Time => output::time(word as i64, out),
                Kind::Timestamp => output::timestamp(word as i64, out),
                Kind::TimestampTz(zone) => output::timestamptz(word as i64, zone.at(word as i64), out),
                Kind::Text => text(varlena_bytes(value), out),
                Kind::Name => output::name(&*value.cast_mut_ptr(), out),
                Kind::Uuid => output::uuid(&*value.cast_mut_ptr(), out),
                Kind::Bytea => bytea(varlena_bytes(value), out),
                Kind::TimeTz => {
                    let time = &*value.cast_mut_ptr::<pg_sys::TimeTzADT>();
                    output::timetz(time.time, time.zone, out);
                }
                Kind::Interval => interval(&*value.cast_mut_ptr::<pg_sys::Interval>(), out),
                Kind::Numeric => {
                    if output::numeric(varlena_bytes(value), out).is_err() {
                        self.output.write(value, out);
                    }
                }
                Kind::Inet | Kind::Cidr => {
                    let is_cidr = matches!(self.kind, Kind::Cidr);
                    if output::inet(varlena_bytes(value), is_cidr, out).is_err() {
                        self.output.write(value, out);
                    }
                }
                Kind::Jsonb => {
                    if output::jsonb(varlena_bytes(value), out).is_err() {
                        self.output.write(value, out);
                    }
                }
                Kind::Enum(labels) => {
                    let seen = labels.borrow().get(&(word as u32)).map(|label| out.extend_from_slice(label));
                    if seen.is_none() {
                        let start = out.len();
                        self.output.write(value, out);
                        labels.borrow_mut().insert(word as u32, out[start..].to_vec());
                    }
                }
                Kind::Names => {
                    // pg_dump reads with an empty path, so that all names come out qualified. An error leaves the level
                    // open; it is closed with the one that it is in.
                    let level = pg_sys::NewGUCNestLevel();
                    settings::set("search_path", "");
                    self.output.write(value, out);
                    pg_sys::AtEOXact_GUC(true, level);
                }
                Kind::Rounded(writer, unit) => writer.write_rounded(value, *unit, out),
                Kind::Other => self.output.write(value, out),
            }
        }
    }

    /// Appends a time that is rounded to so many microseconds.
    ///
    /// # Safety
    /// As for `write`; the type is one of times.
    #[inline(never)]
    unsafe fn write_rounded(&self, value: pg_sys::Datum, unit: i64, out: &mut Vec<u8>) {
        // SAFETY: a time is passed by value, except where it has a zone of its own.
        unsafe {
            if matches!(self.kind, Kind::TimeTz) {
                let time = &*value.cast_mut_ptr::<pg_sys::TimeTzADT>();
                output::timetz(modifier::round_time(time.time, unit), time.zone, out);
            } else {
                let rounded = modifier::round_time(value.value() as i64, unit);
                self.write(pg_sys::Datum::from(rounded), out);
            }
        }
    }
}

/// A toasted value that is this long, in bytes, is written in pieces.
const HUGE: usize = 1 << 20;

/// How much of a huge value is written at a time, in bytes of the value. The text of a piece is at most twice as long.
const PIECE: usize = 1 << 15;

/// A long value of type text or bytea, fetched whole, because a compressed one cannot be had in parts, but written piece by
/// piece, so that its text is never in memory with it.
pub struct HugeValue {
    bytes: &'static [u8],
    write: fn(&[u8], &mut Vec<u8>),
    memory: pg_sys::MemoryContext,
}

impl ValueWriter {
    /// A toasted value that is too long to be written at once, and of a type that can be written in pieces. What is to stand before
    /// its pieces is appended to `out`.
    ///
    /// # Safety
    /// `value` is a datum of the writer's type.
    #[inline(always)]
    pub unsafe fn huge(&self, value: pg_sys::Datum, out: &mut Vec<u8>) -> Option<HugeValue> {
        if !matches!(self.kind, Kind::Text | Kind::Bytea) {
            return None;
        }
        // SAFETY: both types are varlenas, as the caller vouches.
        unsafe { if is_toasted(value) { self.fetch_huge(value, out) } else { None } }
    }

    /// # Safety
    /// As for `huge`; the value is toasted.
    #[cold]
    unsafe fn fetch_huge(&self, value: pg_sys::Datum, out: &mut Vec<u8>) -> Option<HugeValue> {
        // SAFETY: a toasted value says its length. The context lives until the HugeValue is dropped, and at the longest as
        // long as the current one; the bytes in it are used no longer than that.
        unsafe {
            if pg_sys::toast_raw_datum_size(value) < HUGE {
                return None;
            }
            let memory = pg_sys::AllocSetContextCreateInternal(
                pg_sys::CurrentMemoryContext,
                c"pg_anon huge value".as_ptr(),
                0,
                pg_sys::ALLOCSET_DEFAULT_INITSIZE as usize,
                pg_sys::ALLOCSET_DEFAULT_MAXSIZE as usize,
            );
            let before = pg_sys::MemoryContextSwitchTo(memory);
            let bytes = varlena_bytes(value);
            pg_sys::MemoryContextSwitchTo(before);
            let write: fn(&[u8], &mut Vec<u8>) = match self.kind {
                Kind::Bytea => {
                    output::bytea(&[], out);
                    output::hex_digits
                }
                _ => copytext::escape_into,
            };
            Some(HugeValue { bytes, write, memory })
        }
    }
}

impl HugeValue {
    /// Lets it live as long as a memory context.
    ///
    /// # Safety
    /// `memory` outlives this value.
    pub unsafe fn keep_in(&self, memory: pg_sys::MemoryContext) {
        // SAFETY: a context may be given to any other that is no child of it.
        unsafe { pg_sys::MemoryContextSetParent(self.memory, memory) };
    }

    /// The next piece of its text; None at its end.
    pub fn next_piece(&mut self) -> Option<Vec<u8>> {
        let (piece, rest) = self.bytes.split_at(self.bytes.len().min(PIECE));
        self.bytes = rest;
        let mut out = Vec::with_capacity(2 * piece.len());
        (self.write)(piece, &mut out);
        (!piece.is_empty()).then_some(out)
    }

    /// Gives its memory back. One that is not freed lives as long as its memory context: it has no destructor, because when a
    /// statement is given up the context may go first.
    pub fn free(self) {
        // SAFETY: made by us, and nothing in it is used any more.
        unsafe { pg_sys::MemoryContextDelete(self.memory) };
    }
}

/// From here on memory is asked for beforehand, because a failed allocation must be PostgreSQL's error and not the end of
/// the backend; smaller values grow the buffer as they come.
const LARGE: usize = 1 << 16;

/// Makes room for a long value, whose text is up to twice as long.
fn reserve(length: usize, out: &mut Vec<u8>) {
    if length > LARGE && out.try_reserve(length * 2 + 3).is_err() {
        raise(error(
            PgSqlErrorCode::ERRCODE_OUT_OF_MEMORY,
            format!("out of memory: no room for a value of {length} bytes"),
        ));
    }
}

#[inline(always)]
fn text(bytes: &[u8], out: &mut Vec<u8>) {
    reserve(bytes.len(), out);
    copytext::escape_into(bytes, out);
}

fn bytea(bytes: &[u8], out: &mut Vec<u8>) {
    reserve(bytes.len(), out);
    output::bytea(bytes, out);
}

fn interval(value: &pg_sys::Interval, out: &mut Vec<u8>) {
    let value = crate::datum::interval(value);
    // From version 17 on the ends of the range are infinite.
    if cfg!(any(feature = "pg17", feature = "pg18")) && output::infinite_interval(value, out) {
        return;
    }
    output::interval(value, out);
}

/// What the clocks of the session's time zone are ahead of UTC, remembered from one change of the clocks to the next.
struct ZoneOffset {
    /// The times, in seconds since 1970, for which `offset` holds: from the first up to, and without, the second.
    range: Cell<(i64, i64)>,
    offset: Cell<i32>,
}

/// Seconds from 1970-01-01 to 2000-01-01.
const EPOCH_2000: i64 = 946_684_800;

impl ZoneOffset {
    fn new() -> Self {
        ZoneOffset { range: Cell::new((0, 0)), offset: Cell::new(0) }
    }

    /// The offset in seconds at a time, which is in microseconds since 2000-01-01 UTC.
    #[inline(always)]
    fn at(&self, micros: i64) -> i32 {
        let time = micros.div_euclid(1_000_000) + EPOCH_2000;
        let (from, to) = self.range.get();
        if time < from || time >= to {
            self.look_up(time);
        }
        self.offset.get()
    }

    #[cold]
    fn look_up(&self, time: i64) {
        let mut before_offset = 0;
        let mut before_is_dst = 0;
        let mut boundary = 0;
        let mut after_offset = 0;
        let mut after_is_dst = 0;
        // SAFETY: all are places for results; the session's time zone is set from the start of a backend on.
        let found = unsafe {
            pg_sys::pg_next_dst_boundary(
                &time,
                &raw mut before_offset,
                &raw mut before_is_dst,
                &raw mut boundary,
                &raw mut after_offset,
                &raw mut after_is_dst,
                pg_sys::session_timezone,
            )
        };
        self.offset.set(if found < 0 { 0 } else { before_offset as i32 });
        self.range.set(match (found, self.range.get()) {
            // Out of range, where timestamps are shown in UTC: only this time is known.
            (..0, _) => (time, time.saturating_add(1)),
            (0, _) => (time, i64::MAX),
            // An earlier time before the boundary that was known: what was known stays known.
            (_, (from, to)) if to == boundary => (time.min(from), to),
            _ => (time, boundary),
        });
    }
}

/// A type's output function, looked up once.
struct OutputFunction {
    function: pg_sys::PGFunction,
    call: pg_sys::FunctionCallInfo,
}

impl OutputFunction {
    fn for_type(type_oid: pg_sys::Oid) -> Self {
        // SAFETY: catalog look-ups; the call record is made as InitFunctionCallInfoData makes it (fmgr.h), with one
        // argument, zeroed: no context, no result node, no collation, not NULL.
        unsafe {
            let mut function = pg_sys::InvalidOid;
            let mut is_varlena = false;
            pg_sys::getTypeOutputInfo(type_oid, &raw mut function, &raw mut is_varlena);
            let info = pg_sys::palloc0(size_of::<pg_sys::FmgrInfo>()).cast::<pg_sys::FmgrInfo>();
            pg_sys::fmgr_info_cxt(function, info, pg_sys::CurrentMemoryContext);
            let size = size_of::<pg_sys::FunctionCallInfoBaseData>() + size_of::<pg_sys::NullableDatum>();
            let call = pg_sys::palloc0(size).cast::<pg_sys::FunctionCallInfoBaseData>();
            (*call).flinfo = info;
            (*call).nargs = 1;
            OutputFunction { function: (*info).fn_addr, call }
        }
    }

    /// # Safety
    /// As for `ValueWriter::write`.
    unsafe fn write(&self, value: pg_sys::Datum, out: &mut Vec<u8>) {
        // SAFETY: the call record has room for one argument; the function was found when the record was made; output
        // functions give C strings.
        unsafe {
            let argument = (*self.call).args.as_mut_ptr();
            (*argument).value = value;
            (*argument).isnull = false;
            (*self.call).isnull = false;
            let result = self.function.expect("fmgr_info_cxt finds a function or raises an error")(self.call);
            text(CStr::from_ptr(result.cast_mut_ptr::<i8>()).to_bytes(), out);
        }
    }
}
