//! Reads the text of a dictionary file: JSON, or one Python literal.

use std::borrow::Cow;

use serde_json::Value;

use super::{json, model, python};

/// Brackets inside brackets. Dictionaries need four; the limit keeps hostile text from exhausting the stack.
pub(super) const MAX_DEPTH: usize = 64;

/// The longest text that is read, in bytes. PostgreSQL takes no jsonb above 256 MB; dictionaries have kilobytes.
const MAX_BYTES: usize = 256 * 1024 * 1024;

/// Text that is neither JSON nor a Python literal. Displayed as `line 3, column 14: MESSAGE`.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("line {line}, column {column}: {message}")]
pub struct SyntaxError {
    /// Counted from 1.
    pub line: usize,
    /// In characters, counted from 1.
    pub column: usize,
    /// What is wrong there.
    pub message: String,
}

/// What one of the two syntaxes says about a text.
#[derive(Debug)]
pub(super) struct Failure {
    /// The byte the message is about.
    pub offset: usize,
    /// How far the text was understood, in bytes. More than `offset` when something was never closed.
    pub reach: usize,
    /// What is wrong.
    pub message: String,
    /// Whether the text has `true`, `false` or `null` where Python has True, False, None.
    pub json_word: bool,
}

/// Reads one JSON document or one Python literal: what `ast.literal_eval` takes, as far as JSON can hold it. Tuples and
/// sets become lists. `None` stands for "no data": an empty text and everything that Python takes for false.
///
/// The text is UTF-8, with or without a byte order mark. A key that appears twice in one dictionary is an error in both
/// syntaxes, because one of the two rules would be lost. Also refused, though Python takes them: bytes, complex numbers,
/// `...`, `set()`, keys that are no strings, numbers that do not fit 64 bits, halves of surrogate pairs.
pub fn parse(text: &[u8]) -> Result<Option<Value>, SyntaxError> {
    if text.len() > MAX_BYTES {
        return Err(SyntaxError { line: 1, column: 1, message: format!("the text is longer than {MAX_BYTES} bytes") });
    }
    let text = text.strip_prefix(b"\xef\xbb\xbf").unwrap_or(text);
    let text = std::str::from_utf8(text).map_err(|error| not_utf8(text, error.valid_up_to()))?;
    // As Python does when it opens a file as text, so that line ends inside triple-quoted strings are the same.
    let text = if text.contains('\r') {
        Cow::Owned(text.replace("\r\n", "\n").replace('\r', "\n"))
    } else {
        Cow::Borrowed(text)
    };
    if text.trim().is_empty() {
        return Ok(None);
    }
    let value = match json::parse(&text) {
        Ok(value) => value,
        Err(json) => python::parse(&text).map_err(|python| explain(&text, json, python))?,
    };
    Ok((!model::is_no_data(&value)).then_some(value))
}

/// The error of the syntax that the text looks like: the one that understood more of it.
fn explain(text: &str, json: Failure, python: Failure) -> SyntaxError {
    if json.reach > python.reach {
        return at(text, json.offset, json.message);
    }
    if python.json_word {
        let json = at(text, json.offset, json.message);
        return at(text, python.offset, format!("{}; as JSON the text is wrong at {json}", python.message));
    }
    at(text, python.offset, python.message)
}

fn at(text: &str, offset: usize, message: String) -> SyntaxError {
    let before = text.get(..offset).unwrap_or(text);
    let line_start = before.rfind('\n').map_or(0, |newline| newline + 1);
    let line = before.bytes().filter(|&byte| byte == b'\n').count() + 1;
    let column = before.get(line_start..).unwrap_or_default().chars().count() + 1;
    SyntaxError { line, column, message }
}

fn not_utf8(text: &[u8], valid: usize) -> SyntaxError {
    let before = String::from_utf8_lossy(text.get(..valid).unwrap_or_default());
    let byte = text.get(valid).copied().unwrap_or_default();
    let utf16 =
        if text.starts_with(b"\xff\xfe") || text.starts_with(b"\xfe\xff") { " (it looks like UTF-16)" } else { "" };
    at(&before, before.len(), format!("the text is not UTF-8{utf16}: byte 0x{byte:02x}; save the file as UTF-8"))
}
