//! What goes wrong, as PostgreSQL reports it: the table of SQLSTATEs.

use pg_anon_core::mask::{MaskError, MaskErrorKind};
use pg_anon_core::plan::Problem;
use pgrx::pg_sys::panic::ErrorReport;
use pgrx::prelude::*;

/// An error with a SQLSTATE; the hint says what to do.
pub fn error(code: PgSqlErrorCode, message: impl Into<String>) -> ErrorReport {
    ErrorReport::new(code, message.into(), "pg_anon")
}

/// Raises an error; the transaction ends.
pub fn raise(report: ErrorReport) -> ! {
    report.report(PgLogLevel::ERROR);
    unreachable!("an ERROR does not return")
}

/// The SQLSTATE of a planning problem.
pub fn problem_code(problem: &Problem) -> PgSqlErrorCode {
    match problem.code {
        "not_readable" | "row_security" => PgSqlErrorCode::ERRCODE_INSUFFICIENT_PRIVILEGE,
        "unmatched_table" => PgSqlErrorCode::ERRCODE_UNDEFINED_TABLE,
        "unmatched_column" => PgSqlErrorCode::ERRCODE_UNDEFINED_COLUMN,
        _ => PgSqlErrorCode::ERRCODE_INVALID_PARAMETER_VALUE,
    }
}

/// One error for a problem.
pub fn problem_report(problem: &Problem) -> ErrorReport {
    let report = error(problem_code(problem), problem.message.clone());
    match &problem.hint {
        Some(hint) => report.set_hint(hint.clone()),
        None => report,
    }
}

/// A mask's error.
pub fn mask_error(e: MaskError) -> ErrorReport {
    let code = match e.kind {
        MaskErrorKind::InvalidText => PgSqlErrorCode::ERRCODE_INVALID_TEXT_REPRESENTATION,
        MaskErrorKind::OutOfRange => PgSqlErrorCode::ERRCODE_NUMERIC_VALUE_OUT_OF_RANGE,
        MaskErrorKind::DateTimeOutOfRange => PgSqlErrorCode::ERRCODE_DATETIME_FIELD_OVERFLOW,
        MaskErrorKind::ProgramLimit => PgSqlErrorCode::ERRCODE_PROGRAM_LIMIT_EXCEEDED,
        MaskErrorKind::OutOfMemory => PgSqlErrorCode::ERRCODE_OUT_OF_MEMORY,
        _ => PgSqlErrorCode::ERRCODE_INVALID_PARAMETER_VALUE,
    };
    let report = error(code, e.message.into_owned());
    match e.hint {
        Some(hint) => report.set_hint(hint.into_owned()),
        None => report,
    }
}
