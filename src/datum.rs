//! Values between PostgreSQL and Rust: the only place where the bytes of a datum become Rust values and back.
//!
//! Rust works in UTF-8. A database may have another encoding, so text is converted on the way in and on the way out.
//! SQL_ASCII has no encoding: its bytes pass as they are, and whatever works on them must bear bytes that are not UTF-8.

use crate::error::{Report, error, is_interrupt, raise};
use pg_anon_core::mask::native::Scalar;
use pgrx::callconv::{Arg, ArgAbi, BoxRet, FcInfo};
use pgrx::{FromDatum, IntoDatum, PgSqlErrorCode, PgTryBuilder, pg_sys};
use std::borrow::Cow;
use std::cell::Cell;
use std::ffi::{CStr, CString};
use std::panic::AssertUnwindSafe;
use std::sync::atomic::{AtomicU32, Ordering};

/// The database's encoding, a `pg_enc`. A backend is bound to one database for its life, so the server is asked once: its answer
/// costs as much as a short mask, by pgrx's guard.
#[inline(always)]
fn encoding() -> u32 {
    const UNKNOWN: u32 = u32::MAX;
    static ENCODING: AtomicU32 = AtomicU32::new(UNKNOWN);
    match ENCODING.load(Ordering::Relaxed) {
        UNKNOWN => {
            // SAFETY: reads a global of the backend, which is set before the first function is called.
            let encoding = unsafe { pg_sys::GetDatabaseEncoding() } as u32;
            ENCODING.store(encoding, Ordering::Relaxed);
            encoding
        }
        encoding => encoding,
    }
}

/// True when text in the server's encoding needs no conversion: UTF-8, or SQL_ASCII, which cannot be converted.
#[inline(always)]
fn is_native_encoding() -> bool {
    matches!(encoding(), pg_sys::pg_enc::PG_UTF8 | pg_sys::pg_enc::PG_SQL_ASCII)
}

/// Whether the database's encoding is UTF-8, so that masks can work on the bytes of a row as they are.
pub fn is_utf8() -> bool {
    encoding() == pg_sys::pg_enc::PG_UTF8
}

/// Text in the server's encoding as UTF-8 (as it is in a SQL_ASCII database).
/// Errors: 22P05 from PostgreSQL when a character has no equivalent.
pub fn to_utf8(bytes: &[u8]) -> Cow<'_, [u8]> {
    if is_native_encoding() || bytes.is_ascii() {
        return Cow::Borrowed(bytes);
    }
    convert(bytes, |p, n| {
        // SAFETY: p points to n readable bytes of valid text in the server's encoding.
        unsafe { pg_sys::pg_server_to_any(p, n, pg_sys::pg_enc::PG_UTF8 as i32) }
    })
}

/// UTF-8 text in the server's encoding. Errors: 22P05 from PostgreSQL when a character has no equivalent.
pub fn to_server(bytes: &[u8]) -> Cow<'_, [u8]> {
    if is_native_encoding() || bytes.is_ascii() {
        return Cow::Borrowed(bytes);
    }
    convert(bytes, |p, n| {
        // SAFETY: p points to n readable bytes.
        unsafe { pg_sys::pg_any_to_server(p, n, pg_sys::pg_enc::PG_UTF8 as i32) }
    })
}

/// Whether the database has an encoding, other than UTF-8, from which and to which text is converted.
pub fn is_converted() -> bool {
    !is_native_encoding()
}

/// The result of a mask, which is UTF-8, in the server's encoding. Errors: 22P05 when that has no such character.
pub fn result_to_server(bytes: &[u8]) -> Result<Cow<'_, [u8]>, Report> {
    if is_native_encoding() || bytes.is_ascii() {
        return Ok(Cow::Borrowed(bytes));
    }
    // A conversion holds nothing that an error would have to give back.
    let convert = AssertUnwindSafe(|| Ok(to_server(bytes)));
    PgTryBuilder::new(convert).catch_others(Err).execute().map_err(|caught| {
        if is_interrupt(&caught) {
            caught.rethrow()
        }
        error(
            PgSqlErrorCode::ERRCODE_UNTRANSLATABLE_CHARACTER,
            "a masked value has a character that the encoding of the database does not have",
        )
        .set_hint("Take another locale, such as en, or a mask that gives letters and digits of ASCII.")
    })
}

fn convert(bytes: &[u8], with: impl FnOnce(*const i8, i32) -> *mut i8) -> Cow<'_, [u8]> {
    let length = i32::try_from(bytes.len()).expect("a varlena is shorter than 1 GB");
    let converted = with(bytes.as_ptr().cast(), length);
    if converted.cast_const().cast() == bytes.as_ptr() {
        return Cow::Borrowed(bytes);
    }
    // SAFETY: a result other than its argument is a palloc'd C string; the copy is made before it is freed.
    unsafe {
        let copy = CStr::from_ptr(converted).to_bytes().to_vec();
        pg_sys::pfree(converted.cast());
        Cow::Owned(copy)
    }
}

/// SQL text as PostgreSQL's C functions take it: in the server's encoding, ended by a zero byte.
/// A zero byte inside ends the text there, so that nothing behind it could be run; callers refuse it before.
pub fn to_c_string(text: &str) -> CString {
    let bytes = to_server(text.as_bytes());
    let end = bytes.iter().position(|b| *b == 0).unwrap_or(bytes.len());
    CString::new(&bytes[..end]).expect("cut before the first zero byte")
}

/// The offset into a UTF-8 text for an offset into the same text in the server's encoding, which the parser gives.
pub fn to_utf8_offset(text: &str, server_offset: usize) -> Option<usize> {
    let server = to_server(text.as_bytes());
    Some(to_utf8(server.get(..server_offset)?).len())
}

/// UTF-8 text from PostgreSQL; bytes that are not UTF-8 (SQL_ASCII) are replaced. For names and messages, not for data.
pub fn to_string(bytes: &[u8]) -> String {
    String::from_utf8_lossy(&to_utf8(bytes)).into_owned()
}

/// The bytes of a varlena datum; only a value that is toasted or compressed is copied.
///
/// # Safety
/// `datum` must be a varlena that lives for `'a`, in a memory context that outlives the use of a detoasted copy.
#[inline(always)]
pub unsafe fn varlena_bytes<'a>(datum: pg_sys::Datum) -> &'a [u8] {
    let pointer = datum.cast_mut_ptr::<pg_sys::varlena>();
    // SAFETY: the caller vouches for a varlena; its first byte tells the length of its header
    // (postgres.h, "Bit layouts for varlena headers on little-endian machines").
    unsafe {
        let header = *pointer.cast::<u8>();
        if cfg!(target_endian = "little") {
            if header & 1 == 1 && header != 1 {
                return std::slice::from_raw_parts(pointer.cast::<u8>().add(1), usize::from(header >> 1) - 1);
            }
            if header & 3 == 0 {
                let size = (pointer.cast::<u32>().read_unaligned() >> 2) as usize;
                return std::slice::from_raw_parts(pointer.cast::<u8>().add(4), size - 4);
            }
        }
        pgrx::varlena_to_byte_slice(pg_sys::pg_detoast_datum_packed(pointer))
    }
}

/// Whether a varlena is compressed, or lies outside of its row.
///
/// # Safety
/// `datum` must be a varlena.
#[inline(always)]
pub unsafe fn is_toasted(datum: pg_sys::Datum) -> bool {
    // SAFETY: the first byte tells the kind (postgres.h, "Bit layouts for varlena headers on little-endian machines").
    let header = unsafe { *datum.cast_mut_ptr::<u8>() };
    if cfg!(target_endian = "little") {
        header == 1 || header & 3 == 2
    } else {
        header == 0x80 || header & 0xC0 == 0x40
    }
}

/// An argument of type text, borrowed where it lies.
pub struct TextArg<'a>(&'a [u8]);

impl<'a> TextArg<'a> {
    /// The text in the server's encoding.
    pub fn bytes(&self) -> &'a [u8] {
        self.0
    }
    /// The text in UTF-8.
    pub fn utf8(&self) -> Cow<'_, [u8]> {
        to_utf8(self.0)
    }

    /// The text as a string, for names and settings; bytes that are not UTF-8 are replaced.
    pub fn string(&self) -> String {
        to_string(self.0)
    }
}

// SAFETY: the SQL type of a TextArg is text (below), so the datum is a varlena of text.
unsafe impl<'fcx> ArgAbi<'fcx> for TextArg<'fcx> {
    unsafe fn unbox_arg_unchecked(arg: Arg<'_, 'fcx>) -> Self {
        // SAFETY: as above; the caller vouches that the argument is not NULL, and arguments outlive the call.
        unsafe { arg.unbox_arg_using_from_datum().expect("a strict argument is not NULL") }
    }
}

impl FromDatum for TextArg<'_> {
    unsafe fn from_polymorphic_datum(datum: pg_sys::Datum, is_null: bool, _: pg_sys::Oid) -> Option<Self> {
        // SAFETY: the caller vouches for the datum.
        (!is_null).then(|| TextArg(unsafe { varlena_bytes(datum) }))
    }
}

impl IntoDatum for TextArg<'_> {
    fn into_datum(self) -> Option<pg_sys::Datum> {
        self.0.into_datum()
    }

    fn type_oid() -> pg_sys::Oid {
        pg_sys::TEXTOID
    }
}

pgrx::impl_sql_translatable!(TextArg<'_>, "text");

/// A result of type text, already in the server's encoding, such as what the row writer gives.
pub struct ServerText(pub Vec<u8>);

impl IntoDatum for ServerText {
    fn into_datum(self) -> Option<pg_sys::Datum> {
        self.0.as_slice().into_datum()
    }

    fn type_oid() -> pg_sys::Oid {
        pg_sys::TEXTOID
    }
}

// SAFETY: the datum is a palloc'd varlena of text, as the SQL type (below) says.
unsafe impl BoxRet for ServerText {
    unsafe fn box_into<'fcx>(self, fcinfo: &mut FcInfo<'fcx>) -> pgrx::datum::Datum<'fcx> {
        match self.into_datum() {
            // SAFETY: see the impl.
            Some(datum) => unsafe { fcinfo.return_raw_datum(datum) },
            None => fcinfo.return_null(),
        }
    }
}

pgrx::impl_sql_translatable!(ServerText, "text");

/// A result of type text, from UTF-8.
pub struct Text(pub Vec<u8>);

impl From<String> for Text {
    fn from(text: String) -> Self {
        Text(text.into_bytes())
    }
}

impl From<&str> for Text {
    fn from(text: &str) -> Self {
        Text(text.as_bytes().to_vec())
    }
}

impl IntoDatum for Text {
    fn into_datum(self) -> Option<pg_sys::Datum> {
        to_server(&self.0).as_ref().into_datum()
    }

    fn type_oid() -> pg_sys::Oid {
        pg_sys::TEXTOID
    }
}

// SAFETY: the datum is a palloc'd varlena of text, as the SQL type (below) says.
unsafe impl BoxRet for Text {
    unsafe fn box_into<'fcx>(self, fcinfo: &mut FcInfo<'fcx>) -> pgrx::datum::Datum<'fcx> {
        match self.into_datum() {
            // SAFETY: see the impl.
            Some(datum) => unsafe { fcinfo.return_raw_datum(datum) },
            None => fcinfo.return_null(),
        }
    }
}

pgrx::impl_sql_translatable!(Text, "text");

// palloc without pgrx's guard, which costs as much as a short mask. Its only error is that there is no memory; it jumps over
// this library's frames, which is sound where none of them has something to drop.
unsafe extern "C-unwind" {
    #[link_name = "palloc"]
    fn palloc_unguarded(size: usize) -> *mut std::ffi::c_void;
}

thread_local! {
    /// What a masking function writes into before its length is known. A backend has one thread.
    static SCRATCH: Cell<Vec<u8>> = const { Cell::new(Vec::new()) };
}

/// A longer text takes the buffer with it, so that the buffer stays small.
const SCRATCH_KEPT: usize = 64 * 1024;

/// A result of type text that a function has written.
pub struct WrittenText(pg_sys::Datum);

impl WrittenText {
    /// The text that `write` appends to an empty buffer, in UTF-8. Errors: those of `write`.
    pub fn new<E>(write: impl FnOnce(&mut Vec<u8>) -> Result<(), E>) -> Result<Self, E> {
        SCRATCH.with(|scratch| {
            let mut text = scratch.take();
            text.clear();
            write(&mut text)?;
            let length = text.len();
            if length > SCRATCH_KEPT || !is_native_encoding() {
                let server = result_to_server(&text).unwrap_or_else(|report| raise(report));
                return Ok(WrittenText(server.as_ref().into_datum().expect("a slice is not NULL")));
            }
            // Back in its place, so that an error of palloc finds nothing here that is to be dropped.
            let bytes = text.as_ptr();
            scratch.set(text);
            const HEADER: usize = pg_sys::VARHDRSZ;
            // SAFETY: palloc does not touch the buffer. There is room for the header, which is written as SET_VARSIZE_4B
            // does (varatt.h), and for the bytes, which are written in full.
            unsafe {
                let varlena = palloc_unguarded(HEADER + length).cast::<u8>();
                pgrx::set_varsize_4b(varlena.cast(), (HEADER + length) as i32);
                std::ptr::copy_nonoverlapping(bytes, varlena.add(HEADER), length);
                Ok(WrittenText(pg_sys::Datum::from(varlena)))
            }
        })
    }
}

// SAFETY: the datum is a palloc'd varlena of text, as the SQL type (below) says.
unsafe impl BoxRet for WrittenText {
    unsafe fn box_into<'fcx>(self, fcinfo: &mut FcInfo<'fcx>) -> pgrx::datum::Datum<'fcx> {
        // SAFETY: see the impl.
        unsafe { fcinfo.return_raw_datum(self.0) }
    }
}

pgrx::impl_sql_translatable!(WrittenText, "text");

/// An argument of type jsonb, as JSON text in UTF-8.
pub struct JsonArg(pub String);

impl FromDatum for JsonArg {
    unsafe fn from_polymorphic_datum(datum: pg_sys::Datum, is_null: bool, _: pg_sys::Oid) -> Option<Self> {
        if is_null {
            return None;
        }
        // SAFETY: the caller vouches for a jsonb datum; jsonb_out gives a palloc'd C string.
        unsafe {
            let text = pg_sys::OidOutputFunctionCall(pg_sys::Oid::from(pg_sys::F_JSONB_OUT), datum);
            let json = to_string(CStr::from_ptr(text).to_bytes());
            pg_sys::pfree(text.cast());
            Some(JsonArg(json))
        }
    }
}

// SAFETY: the SQL type of a JsonArg is jsonb (below).
unsafe impl<'fcx> ArgAbi<'fcx> for JsonArg {
    unsafe fn unbox_arg_unchecked(arg: Arg<'_, 'fcx>) -> Self {
        // SAFETY: as above; the caller vouches that the argument is not NULL.
        unsafe { arg.unbox_arg_using_from_datum().expect("a strict argument is not NULL") }
    }
}

pgrx::impl_sql_translatable!(JsonArg, "jsonb");

/// An argument of type numeric, as text.
pub struct NumericArg(pub String);

impl FromDatum for NumericArg {
    unsafe fn from_polymorphic_datum(datum: pg_sys::Datum, is_null: bool, _: pg_sys::Oid) -> Option<Self> {
        // SAFETY: the caller vouches for a numeric.
        (!is_null).then(|| NumericArg(unsafe { numeric_text(datum) }))
    }
}

/// A numeric as PostgreSQL writes it.
///
/// # Safety
/// `datum` is a numeric.
pub unsafe fn numeric_text(datum: pg_sys::Datum) -> String {
    let mut out = Vec::new();
    // SAFETY: as the caller vouches; numeric_out gives a palloc'd C string.
    unsafe {
        if pg_anon_core::output::numeric(varlena_bytes(datum), &mut out).is_err() {
            let text = pg_sys::OidOutputFunctionCall(pg_sys::Oid::from(pg_sys::F_NUMERIC_OUT), datum);
            return to_string(CStr::from_ptr(text).to_bytes());
        }
    }
    to_string(&out)
}

// SAFETY: the SQL type of a NumericArg is numeric (below).
unsafe impl<'fcx> ArgAbi<'fcx> for NumericArg {
    unsafe fn unbox_arg_unchecked(arg: Arg<'_, 'fcx>) -> Self {
        // SAFETY: as above; the caller vouches that the argument is not NULL.
        unsafe { arg.unbox_arg_using_from_datum().expect("a strict argument is not NULL") }
    }
}

pgrx::impl_sql_translatable!(NumericArg, "numeric");

/// A result of type numeric, from its text.
pub struct WrittenNumeric(pub pg_sys::Datum);

impl WrittenNumeric {
    /// The number that a text says. Raises PostgreSQL's error when it says none.
    pub fn new(mut text: Vec<u8>) -> Self {
        text.push(0);
        // SAFETY: numeric_in takes a C string, an unused oid and no type modifier.
        unsafe {
            let function = pg_sys::Oid::from(pg_sys::F_NUMERIC_IN);
            WrittenNumeric(pg_sys::OidInputFunctionCall(function, text.as_mut_ptr().cast(), pg_sys::InvalidOid, -1))
        }
    }
}

// SAFETY: the datum is what numeric's input function makes, as the SQL type (below) says.
unsafe impl BoxRet for WrittenNumeric {
    unsafe fn box_into<'fcx>(self, fcinfo: &mut FcInfo<'fcx>) -> pgrx::datum::Datum<'fcx> {
        // SAFETY: see the impl.
        unsafe { fcinfo.return_raw_datum(self.0) }
    }
}

pgrx::impl_sql_translatable!(WrittenNumeric, "numeric");

/// A value of type xml, borrowed where it lies.
pub struct XmlArg<'a>(&'a [u8]);

impl XmlArg<'_> {
    /// The document; bytes that are not UTF-8 (SQL_ASCII) are replaced.
    pub fn string(&self) -> String {
        to_string(self.0)
    }
}

impl FromDatum for XmlArg<'_> {
    unsafe fn from_polymorphic_datum(datum: pg_sys::Datum, is_null: bool, _: pg_sys::Oid) -> Option<Self> {
        // SAFETY: the caller vouches for the datum; xml is a varlena of text (xml.h).
        (!is_null).then(|| XmlArg(unsafe { varlena_bytes(datum) }))
    }
}

// SAFETY: the SQL type of an XmlArg is xml (below), a varlena of text.
unsafe impl<'fcx> ArgAbi<'fcx> for XmlArg<'fcx> {
    unsafe fn unbox_arg_unchecked(arg: Arg<'_, 'fcx>) -> Self {
        // SAFETY: as above; the caller vouches that the argument is not NULL, and arguments outlive the call.
        unsafe { arg.unbox_arg_using_from_datum().expect("a strict argument is not NULL") }
    }
}

pgrx::impl_sql_translatable!(XmlArg<'_>, "xml");

/// A result of type xml, which is well-formed.
pub struct Xml(pub String);

// SAFETY: the datum is a palloc'd varlena of text, which is what an xml is (xml.h).
unsafe impl BoxRet for Xml {
    unsafe fn box_into<'fcx>(self, fcinfo: &mut FcInfo<'fcx>) -> pgrx::datum::Datum<'fcx> {
        let datum = to_server(self.0.as_bytes()).as_ref().into_datum().expect("a slice is not NULL");
        // SAFETY: see the impl.
        unsafe { fcinfo.return_raw_datum(datum) }
    }
}

pgrx::impl_sql_translatable!(Xml, "xml");

/// A result of type bytea, already made.
pub struct Bytea(pg_sys::Datum);

impl Bytea {
    /// Copies `bytes` into a varlena in the current memory context.
    pub fn new(bytes: &[u8]) -> Self {
        Bytea(bytes.into_datum().expect("a slice is not NULL"))
    }
}

impl IntoDatum for Bytea {
    fn into_datum(self) -> Option<pg_sys::Datum> {
        Some(self.0)
    }

    fn type_oid() -> pg_sys::Oid {
        pg_sys::BYTEAOID
    }
}

// SAFETY: the datum is a palloc'd varlena of bytes, as the SQL type (below) says.
unsafe impl BoxRet for Bytea {
    unsafe fn box_into<'fcx>(self, fcinfo: &mut FcInfo<'fcx>) -> pgrx::datum::Datum<'fcx> {
        // SAFETY: see the impl.
        unsafe { fcinfo.return_raw_datum(self.0) }
    }
}

pgrx::impl_sql_translatable!(Bytea, "bytea");

/// An argument or a result of type regclass.
#[derive(Clone, Copy)]
pub struct Relation(pub pg_sys::Oid);

impl Relation {
    /// Its name as regclass writes it; the number alone when there is no such relation.
    pub fn name(self) -> String {
        // SAFETY: regclass's output function gives a C string.
        unsafe {
            let name = pg_sys::OidOutputFunctionCall(pg_sys::Oid::from(pg_sys::F_REGCLASSOUT), self.0.into());
            to_string(CStr::from_ptr(name).to_bytes())
        }
    }
}

impl FromDatum for Relation {
    unsafe fn from_polymorphic_datum(datum: pg_sys::Datum, is_null: bool, _: pg_sys::Oid) -> Option<Self> {
        (!is_null).then(|| Relation(pg_sys::Oid::from(datum.value() as u32)))
    }
}

impl IntoDatum for Relation {
    fn into_datum(self) -> Option<pg_sys::Datum> {
        self.0.into_datum()
    }

    fn type_oid() -> pg_sys::Oid {
        pg_sys::REGCLASSOID
    }
}

// SAFETY: regclass is an oid.
unsafe impl<'fcx> ArgAbi<'fcx> for Relation {
    unsafe fn unbox_arg_unchecked(arg: Arg<'_, 'fcx>) -> Self {
        // SAFETY: as above; the caller vouches that the argument is not NULL.
        unsafe { arg.unbox_arg_using_from_datum().expect("a strict argument is not NULL") }
    }
}

// SAFETY: as above.
unsafe impl BoxRet for Relation {
    unsafe fn box_into<'fcx>(self, fcinfo: &mut FcInfo<'fcx>) -> pgrx::datum::Datum<'fcx> {
        // SAFETY: see the impl.
        unsafe { fcinfo.return_raw_datum(pg_sys::Datum::from(self.0)) }
    }
}

pgrx::impl_sql_translatable!(Relation, "regclass");

/// An argument or a result of type timestamptz: microseconds since 2000-01-01 00:00 UTC.
#[derive(Clone, Copy)]
pub struct TimestampTz(pub i64);

impl FromDatum for TimestampTz {
    unsafe fn from_polymorphic_datum(datum: pg_sys::Datum, is_null: bool, _: pg_sys::Oid) -> Option<Self> {
        (!is_null).then(|| TimestampTz(datum.value() as i64))
    }
}

// SAFETY: timestamptz is an int8, passed by value on the 64-bit machines that PostgreSQL 14 and later run on with pgrx.
unsafe impl<'fcx> ArgAbi<'fcx> for TimestampTz {
    unsafe fn unbox_arg_unchecked(arg: Arg<'_, 'fcx>) -> Self {
        // SAFETY: as above; the caller vouches that the argument is not NULL.
        unsafe { arg.unbox_arg_using_from_datum().expect("a strict argument is not NULL") }
    }
}

// SAFETY: as above.
unsafe impl BoxRet for TimestampTz {
    unsafe fn box_into<'fcx>(self, fcinfo: &mut FcInfo<'fcx>) -> pgrx::datum::Datum<'fcx> {
        // SAFETY: see the impl.
        unsafe { fcinfo.return_raw_datum(pg_sys::Datum::from(self.0)) }
    }
}

pgrx::impl_sql_translatable!(TimestampTz, "timestamp with time zone");

/// A type of dates or times that is passed by value.
macro_rules! by_value {
    ($(#[$doc:meta])* $name:ident, $number:ty, $sql:literal) => {
        $(#[$doc])*
        #[derive(Clone, Copy)]
        pub struct $name(pub $number);

        impl FromDatum for $name {
            unsafe fn from_polymorphic_datum(datum: pg_sys::Datum, is_null: bool, _: pg_sys::Oid) -> Option<Self> {
                (!is_null).then(|| $name(datum.value() as $number))
            }
        }

        // SAFETY: the SQL type is that number, passed by value on the 64-bit machines that pgrx runs on.
        unsafe impl<'fcx> ArgAbi<'fcx> for $name {
            unsafe fn unbox_arg_unchecked(arg: Arg<'_, 'fcx>) -> Self {
                // SAFETY: as above; the caller vouches that the argument is not NULL.
                unsafe { arg.unbox_arg_using_from_datum().expect("a strict argument is not NULL") }
            }
        }

        // SAFETY: as above.
        unsafe impl BoxRet for $name {
            unsafe fn box_into<'fcx>(self, fcinfo: &mut FcInfo<'fcx>) -> pgrx::datum::Datum<'fcx> {
                // SAFETY: see the impl.
                unsafe { fcinfo.return_raw_datum(pg_sys::Datum::from(self.0)) }
            }
        }

        pgrx::impl_sql_translatable!($name, $sql);
    };
}

by_value!(
    /// An argument or a result of type date: days since 2000-01-01.
    Date,
    i32,
    "date"
);
by_value!(
    /// An argument or a result of type timestamp: microseconds since 2000-01-01.
    Timestamp,
    i64,
    "timestamp without time zone"
);

/// A result of type jsonb, from JSON.
pub struct Json(pub String);

// SAFETY: the datum is what jsonb's input function makes, as the SQL type (below) says.
unsafe impl BoxRet for Json {
    unsafe fn box_into<'fcx>(self, fcinfo: &mut FcInfo<'fcx>) -> pgrx::datum::Datum<'fcx> {
        let text = to_c_string(&self.0);
        // SAFETY: jsonb_in takes a C string, an unused oid and no type modifier.
        unsafe {
            let function = pg_sys::Oid::from(pg_sys::F_JSONB_IN);
            let datum = pg_sys::OidInputFunctionCall(function, text.as_ptr().cast_mut(), pg_sys::InvalidOid, -1);
            fcinfo.return_raw_datum(datum)
        }
    }
}

pgrx::impl_sql_translatable!(Json, "jsonb");

/// An argument of type interval.
#[derive(Clone, Copy)]
pub struct IntervalArg(pub pg_anon_core::mask::date::Interval);

impl FromDatum for IntervalArg {
    unsafe fn from_polymorphic_datum(datum: pg_sys::Datum, is_null: bool, _: pg_sys::Oid) -> Option<Self> {
        // SAFETY: the caller vouches for an interval, which is passed by reference.
        (!is_null).then(|| IntervalArg(interval(unsafe { &*datum.cast_mut_ptr::<pg_sys::Interval>() })))
    }
}

/// PostgreSQL's interval as core's.
pub fn interval(value: &pg_sys::Interval) -> pg_anon_core::mask::date::Interval {
    pg_anon_core::mask::date::Interval { months: value.month, days: value.day, micros: value.time }
}

// SAFETY: the SQL type of an IntervalArg is interval (below).
unsafe impl<'fcx> ArgAbi<'fcx> for IntervalArg {
    unsafe fn unbox_arg_unchecked(arg: Arg<'_, 'fcx>) -> Self {
        // SAFETY: as above; the caller vouches that the argument is not NULL.
        unsafe { arg.unbox_arg_using_from_datum().expect("a strict argument is not NULL") }
    }
}

pgrx::impl_sql_translatable!(IntervalArg, "interval");

/// The type of a number, a date, a time or a UUID.
#[derive(Clone, Copy)]
pub enum ScalarKind {
    /// int2.
    Int2,
    /// int4.
    Int4,
    /// int8, and money, which is an int8 of the currency's smallest unit.
    Int8,
    /// float4.
    Float4,
    /// float8.
    Float8,
    /// date.
    Date,
    /// timestamp and timestamptz.
    Timestamp,
    /// time.
    Time,
    /// timetz, which is passed by reference, as the next ones are.
    TimeTz,
    /// interval.
    Interval,
    /// uuid.
    Uuid,
}

impl ScalarKind {
    /// The kind of a type; None for types of other kinds.
    pub fn of_type(type_oid: pg_sys::Oid) -> Option<Self> {
        Some(match type_oid {
            pg_sys::INT2OID => Self::Int2,
            pg_sys::INT4OID => Self::Int4,
            pg_sys::INT8OID | pg_sys::MONEYOID => Self::Int8,
            pg_sys::FLOAT4OID => Self::Float4,
            pg_sys::FLOAT8OID => Self::Float8,
            pg_sys::DATEOID => Self::Date,
            pg_sys::TIMESTAMPOID | pg_sys::TIMESTAMPTZOID => Self::Timestamp,
            pg_sys::TIMEOID => Self::Time,
            pg_sys::TIMETZOID => Self::TimeTz,
            pg_sys::INTERVALOID => Self::Interval,
            pg_sys::UUIDOID => Self::Uuid,
            _ => return None,
        })
    }

    /// The value of a datum of this kind; some value of the kind for a datum of zero.
    #[inline(always)]
    pub fn scalar(self, datum: pg_sys::Datum) -> Scalar {
        let value = datum.value();
        match self {
            Self::Int2 => Scalar::Int2(value as i16),
            Self::Int4 => Scalar::Int4(value as i32),
            Self::Int8 => Scalar::Int8(value as i64),
            Self::Float4 => Scalar::Float4(f32::from_bits(value as u32)),
            Self::Float8 => Scalar::Float8(f64::from_bits(value as u64)),
            Self::Date => Scalar::Date(value as i32),
            Self::Timestamp => Scalar::Timestamp(value as i64),
            Self::Time => Scalar::Time(value as i64),
            Self::TimeTz if datum.is_null() => Scalar::TimeTz(0, 0),
            Self::Interval if datum.is_null() => Scalar::Interval(Default::default()),
            Self::Uuid if datum.is_null() => Scalar::Uuid([0; 16]),
            Self::TimeTz => {
                // SAFETY: a timetz is a pointer to one.
                let time = unsafe { &*datum.cast_mut_ptr::<pg_sys::TimeTzADT>() };
                Scalar::TimeTz(time.time, time.zone)
            }
            // SAFETY: an interval is a pointer to one.
            Self::Interval => Scalar::Interval(interval(unsafe { &*datum.cast_mut_ptr() })),
            // SAFETY: a uuid is a pointer to 16 bytes (pg_uuid_t).
            Self::Uuid => Scalar::Uuid(unsafe { *datum.cast_mut_ptr::<[u8; 16]>() }),
        }
    }
}

/// A value as a datum of its type.
#[inline(always)]
pub fn scalar(value: Scalar) -> pg_sys::Datum {
    match value {
        Scalar::Int2(v) => pg_sys::Datum::from(v),
        Scalar::Int4(v) | Scalar::Date(v) => pg_sys::Datum::from(v),
        Scalar::Int8(v) | Scalar::Timestamp(v) | Scalar::Time(v) => pg_sys::Datum::from(v),
        Scalar::Float4(v) => pg_sys::Datum::from(v.to_bits()),
        Scalar::Float8(v) => pg_sys::Datum::from(v.to_bits()),
        // pg_uuid_t
        Scalar::Uuid(v) => by_reference(v),
        Scalar::TimeTz(time, zone) => by_reference(pg_sys::TimeTzADT { time, zone }),
        Scalar::Interval(v) => by_reference(pg_sys::Interval { time: v.micros, day: v.days, month: v.months }),
    }
}

/// A value of a type of fixed size that is passed by reference.
fn by_reference<T: Copy>(value: T) -> pg_sys::Datum {
    // SAFETY: there is room for the value, and palloc aligns it for every type.
    unsafe {
        let place = palloc_unguarded(size_of::<T>()).cast::<T>();
        place.write(value);
        pg_sys::Datum::from(place)
    }
}
