//! What goes wrong, as PostgreSQL reports it: the table of SQLSTATEs.

use pg_anon_core::mask::{MaskError, MaskErrorKind};
use pg_anon_core::plan::Problem;
use pgrx::pg_sys::panic::{CaughtError, ErrorReport, ErrorReportWithLevel};
use pgrx::prelude::*;

/// What went wrong, with a SQLSTATE; the hint says what to do about it.
#[derive(Debug)]
pub struct Report {
    code: PgSqlErrorCode,
    message: String,
    detail: Option<String>,
    hint: Option<String>,
}

/// An error with a SQLSTATE.
pub fn error(code: PgSqlErrorCode, message: impl Into<String>) -> Report {
    Report { code, message: message.into(), detail: None, hint: None }
}

impl Report {
    /// The same with a hint.
    pub fn set_hint(self, hint: impl Into<String>) -> Self {
        Report { hint: Some(hint.into()), ..self }
    }

    /// The same with a detail.
    pub fn set_detail(self, detail: impl Into<String>) -> Self {
        Report { detail: Some(detail.into()), ..self }
    }

    /// What went wrong.
    pub fn message(&self) -> &str {
        &self.message
    }

    /// What to do about it.
    pub fn hint(&self) -> Option<&str> {
        self.hint.as_deref()
    }
}

impl From<Report> for ErrorReport {
    fn from(report: Report) -> Self {
        let mut new = ErrorReport::new(report.code, sendable(report.message), "pg_anon");
        if let Some(detail) = report.detail {
            new = new.set_detail(sendable(detail));
        }
        match report.hint {
            Some(hint) => new.set_hint(sendable(hint)),
            None => new,
        }
    }
}

/// A text as PostgreSQL can send it in a message. pgrx takes UTF-8, which a database of another encoding would send on as if
/// it were in its own. There, letters outside ASCII are written as escapes of a U&'' string, so that a name in a message can
/// still be used.
fn sendable(text: String) -> String {
    if text.is_ascii() || crate::datum::is_utf8() {
        return text;
    }
    let escape = |c: char| if c.is_ascii() { c.to_string() } else { format!("\\{:04X}", u32::from(c)) };
    text.chars().map(escape).collect()
}

/// Raises an error; the transaction ends.
pub fn raise(report: Report) -> ! {
    ErrorReport::from(report).report(PgLogLevel::ERROR);
    unreachable!("an ERROR does not return")
}

/// The SQLSTATE of a planning problem.
pub fn problem_code(problem: &Problem) -> PgSqlErrorCode {
    match problem.code {
        "not_readable" | "row_security" => PgSqlErrorCode::ERRCODE_INSUFFICIENT_PRIVILEGE,
        "not_a_table" => PgSqlErrorCode::ERRCODE_WRONG_OBJECT_TYPE,
        "unmatched_table" => PgSqlErrorCode::ERRCODE_UNDEFINED_TABLE,
        "unmatched_column" => PgSqlErrorCode::ERRCODE_UNDEFINED_COLUMN,
        _ => PgSqlErrorCode::ERRCODE_INVALID_PARAMETER_VALUE,
    }
}

/// One error for a problem.
pub fn problem_report(problem: &Problem) -> Report {
    let report = error(problem_code(problem), problem.message.clone());
    match &problem.hint {
        Some(hint) => report.set_hint(hint.clone()),
        None => report,
    }
}

/// The SQLSTATE of a mask's error.
pub fn mask_error_code(kind: MaskErrorKind) -> PgSqlErrorCode {
    match kind {
        MaskErrorKind::InvalidText => PgSqlErrorCode::ERRCODE_INVALID_TEXT_REPRESENTATION,
        MaskErrorKind::OutOfRange => PgSqlErrorCode::ERRCODE_NUMERIC_VALUE_OUT_OF_RANGE,
        MaskErrorKind::DateTimeOutOfRange => PgSqlErrorCode::ERRCODE_DATETIME_FIELD_OVERFLOW,
        MaskErrorKind::ProgramLimit => PgSqlErrorCode::ERRCODE_PROGRAM_LIMIT_EXCEEDED,
        MaskErrorKind::OutOfMemory => PgSqlErrorCode::ERRCODE_OUT_OF_MEMORY,
        MaskErrorKind::NoKey => PgSqlErrorCode::ERRCODE_OBJECT_NOT_IN_PREREQUISITE_STATE,
        MaskErrorKind::Interrupted => PgSqlErrorCode::ERRCODE_QUERY_CANCELED,
        _ => PgSqlErrorCode::ERRCODE_INVALID_PARAMETER_VALUE,
    }
}

/// Whether the statement or the backend has been told to stop.
pub fn is_stop_wanted() -> bool {
    // SAFETY: flags that signal handlers set.
    unsafe {
        std::ptr::read_volatile(&raw const pg_sys::QueryCancelPending) != 0
            || std::ptr::read_volatile(&raw const pg_sys::ProcDiePending) != 0
    }
}

/// A mask's error. PostgreSQL's own is raised when the mask was interrupted.
pub fn mask_error(e: MaskError) -> Report {
    if e.kind == MaskErrorKind::Interrupted {
        pgrx::check_for_interrupts!();
    }
    let report = error(mask_error_code(e.kind), e.message.into_owned());
    match e.hint {
        Some(hint) => report.set_hint(hint.into_owned()),
        None => report,
    }
}

/// An error of PostgreSQL's while rows are read and masked, or while constants are computed that may come from rows, told
/// without the server's words, because those may hold a value: a cast quotes what it cannot read, and a function can put
/// anything into a message. They are kept where no SQL of the dictionary runs, for what is about the server and not about
/// data: lost connections, no memory, a full disk, damaged files. `what` is what the error is about.
pub fn without_values(caught: CaughtError, what: &str, runs_sql: bool) -> Report {
    let report = reported(caught);
    let code = report.sql_error_code();
    if !runs_sql && matches!(&sqlstate(code)[..2], b"40" | b"53" | b"57" | b"58" | b"XX") {
        return error(code, format!("{what}: {}", report.message()));
    }
    error(code, format!("{what} failed: {}", condition_name(code)))
        .set_hint("The server's message is left out because it may hold a value of the row.")
}

/// The same of an error of a column's rule: a value that the column cannot take has a hint of its own.
pub fn rule_failed(caught: CaughtError, what: &str, runs_sql: bool) -> Report {
    let report = without_values(caught, what, runs_sql);
    let is_unfit = matches!(
        report.code,
        PgSqlErrorCode::ERRCODE_STRING_DATA_RIGHT_TRUNCATION
            | PgSqlErrorCode::ERRCODE_STRING_DATA_LENGTH_MISMATCH
            | PgSqlErrorCode::ERRCODE_NUMERIC_VALUE_OUT_OF_RANGE
            | PgSqlErrorCode::ERRCODE_DATETIME_FIELD_OVERFLOW
            | PgSqlErrorCode::ERRCODE_INVALID_DATETIME_FORMAT
            | PgSqlErrorCode::ERRCODE_INVALID_TEXT_REPRESENTATION
            | PgSqlErrorCode::ERRCODE_NOT_NULL_VIOLATION
            | PgSqlErrorCode::ERRCODE_CHECK_VIOLATION
    );
    match report.hint() {
        Some(hint) if is_unfit => {
            let hint = format!("{hint} A masked value must fit its column's type and length.");
            report.set_hint(hint)
        }
        _ => report,
    }
}

/// The report within a caught error.
pub fn reported(caught: CaughtError) -> ErrorReportWithLevel {
    match caught {
        CaughtError::PostgresError(e) | CaughtError::ErrorReport(e) | CaughtError::RustPanic { ereport: e, .. } => e,
    }
}

/// Whether somebody wants the backend to stop, which no attempt at something may swallow.
pub fn is_interrupt(caught: &CaughtError) -> bool {
    let (CaughtError::PostgresError(e) | CaughtError::ErrorReport(e) | CaughtError::RustPanic { ereport: e, .. }) =
        caught;
    matches!(
        e.sql_error_code(),
        PgSqlErrorCode::ERRCODE_QUERY_CANCELED
            | PgSqlErrorCode::ERRCODE_ADMIN_SHUTDOWN
            | PgSqlErrorCode::ERRCODE_CRASH_SHUTDOWN
    )
}

/// The five characters of a SQLSTATE, six bits each, the first lowest (elog.h, MAKE_SQLSTATE).
fn sqlstate(code: PgSqlErrorCode) -> [u8; 5] {
    std::array::from_fn(|i| ((code as i32 >> (6 * i)) & 0x3F) as u8 + b'0')
}

/// The name of a condition as the manual's table of error codes has it, in words: "string data right truncation".
fn condition_name(code: PgSqlErrorCode) -> String {
    format!("{code:?}").trim_start_matches("ERRCODE_").to_lowercase().replace('_', " ")
}
