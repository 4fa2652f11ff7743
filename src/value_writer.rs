//! One value of one type as COPY text.

use pg_anon_core::copytext;
use pgrx::pg_sys;
use std::ffi::CStr;
use std::io::Write;

/// How values of a type are written.
pub enum ValueWriter {
    /// `t` or `f`.
    Boolean,
    /// int2.
    Int2,
    /// int4.
    Int4,
    /// int8.
    Int8,
    /// text, varchar, char: the bytes themselves, escaped.
    Text,
    /// Any other type: its output function, escaped.
    Output(OutputFunction),
}

/// A type's output function, looked up once.
pub struct OutputFunction {
    function: pg_sys::PGFunction,
    call: pg_sys::FunctionCallInfo,
}

impl ValueWriter {
    /// The writer for a type; what it looks up lives in the current memory context.
    pub fn for_type(type_oid: pg_sys::Oid) -> Self {
        match type_oid {
            pg_sys::BOOLOID => ValueWriter::Boolean,
            pg_sys::INT2OID => ValueWriter::Int2,
            pg_sys::INT4OID => ValueWriter::Int4,
            pg_sys::INT8OID => ValueWriter::Int8,
            pg_sys::TEXTOID | pg_sys::VARCHAROID | pg_sys::BPCHAROID => ValueWriter::Text,
            _ => ValueWriter::Output(OutputFunction::for_type(type_oid)),
        }
    }

    /// Appends the value to `out`.
    ///
    /// # Safety
    /// `value` is a datum of the writer's type. An output function may raise an error, which jumps over this frame:
    /// nothing here may need a destructor. What it allocates is left to the current memory context.
    #[inline(always)]
    pub unsafe fn write(&self, value: pg_sys::Datum, out: &mut Vec<u8>) {
        match self {
            ValueWriter::Boolean => out.push(if value.value() as u8 != 0 { b't' } else { b'f' }),
            ValueWriter::Int2 => integer(i64::from(value.value() as i16), out),
            ValueWriter::Int4 => integer(i64::from(value.value() as i32), out),
            ValueWriter::Int8 => integer(value.value() as i64, out),
            // SAFETY: a value of a text type is a varlena.
            ValueWriter::Text => escape(unsafe { crate::datum::varlena_bytes(value) }, out),
            // SAFETY: output functions give C strings.
            ValueWriter::Output(output) => escape(unsafe { CStr::from_ptr(output.call(value)) }.to_bytes(), out),
        }
    }
}

fn integer(value: i64, out: &mut Vec<u8>) {
    write!(out, "{value}").expect("writing to a vector does not fail");
}

/// Escaping can double the length; a failed allocation must be PostgreSQL's error and not the end of the backend.
fn escape(bytes: &[u8], out: &mut Vec<u8>) {
    if bytes.len() > LARGE && out.try_reserve(bytes.len() * 2).is_err() {
        crate::error::raise(crate::error::error(
            pgrx::PgSqlErrorCode::ERRCODE_OUT_OF_MEMORY,
            format!("out of memory: no room for a value of {} bytes", bytes.len()),
        ));
    }
    copytext::escape_into(bytes, out);
}

/// From here on memory is asked for beforehand; smaller values grow the buffer as they come.
const LARGE: usize = 1 << 16;

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
    #[inline(always)]
    unsafe fn call(&self, value: pg_sys::Datum) -> *const i8 {
        // SAFETY: the call record has room for one argument; the function was found when the record was made.
        unsafe {
            let argument = (*self.call).args.as_mut_ptr();
            (*argument).value = value;
            (*argument).isnull = false;
            (*self.call).isnull = false;
            self.function.expect("fmgr_info_cxt finds a function or raises an error")(self.call).cast_mut_ptr::<i8>()
        }
    }
}
