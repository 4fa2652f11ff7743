//! Which tables a rule is about: exact names and masks.

use std::fmt;

use super::python_regex;

/// Steps that a pattern with look-around or backreferences may take on one name before it is given up as an error. Names
/// have at most 63 bytes, so that a sound pattern needs a few thousand.
const BACKTRACK_LIMIT: usize = 1_000_000;

/// Why a mask could not be compiled, or could not be matched.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("mask {mask:?}: {message}")]
pub struct MaskError {
    /// The mask as it was written.
    pub mask: String,
    /// What is wrong with it.
    pub message: String,
}

/// A mask for names: `*` is every name, anything else is a regular expression in Python's syntax that may match anywhere
/// in the name (`re.search`) and is case-sensitive.
#[derive(Clone)]
pub struct NameMask {
    text: String,
    engine: Engine,
}

#[derive(Clone)]
enum Engine {
    Everything,
    Linear(regex::Regex),
    /// Look-around, backreferences, atomic groups: only a backtracking engine can run them.
    Backtracking(Box<fancy_regex::Regex>),
}

impl NameMask {
    /// Compiles a mask. The error says what in it is not understood.
    pub fn new(text: &str) -> Result<NameMask, MaskError> {
        let error = |message: String| MaskError { mask: text.to_owned(), message };
        if text.is_empty() {
            return Err(error("is empty; write \"*\" for every name".to_owned()));
        }
        if text == "*" {
            return Ok(NameMask { text: text.to_owned(), engine: Engine::Everything });
        }
        let translated = python_regex::translate(text).map_err(error)?;
        let engine = if translated.needs_backtracking {
            let compiled = fancy_regex::RegexBuilder::new(&translated.pattern)
                .backtrack_limit(BACKTRACK_LIMIT)
                .build()
                .map_err(|e| error(format!("is not a regular expression that can be run: {}", one_line(&e))))?;
            Engine::Backtracking(Box::new(compiled))
        } else {
            let compiled = regex::Regex::new(&translated.pattern)
                .map_err(|e| error(format!("is not a regular expression that can be run: {}", one_line(&e))))?;
            Engine::Linear(compiled)
        };
        Ok(NameMask { text: text.to_owned(), engine })
    }

    /// The mask as it was written.
    pub fn as_str(&self) -> &str {
        &self.text
    }

    /// Whether the mask is `*`.
    pub fn is_everything(&self) -> bool {
        matches!(self.engine, Engine::Everything)
    }

    /// Whether the mask matches the name. A pattern that takes too many steps is an error, never "no match".
    pub fn matches(&self, name: &str) -> Result<bool, MaskError> {
        match &self.engine {
            Engine::Everything => Ok(true),
            Engine::Linear(regex) => Ok(regex.is_match(name)),
            Engine::Backtracking(regex) => regex.is_match(name).map_err(|e| MaskError {
                mask: self.text.clone(),
                message: format!("could not be matched against the name {name:?}: {}", one_line(&e)),
            }),
        }
    }
}

impl PartialEq for NameMask {
    fn eq(&self, other: &Self) -> bool {
        self.text == other.text
    }
}

impl Eq for NameMask {}

impl std::hash::Hash for NameMask {
    fn hash<H: std::hash::Hasher>(&self, state: &mut H) {
        self.text.hash(state);
    }
}

impl fmt::Debug for NameMask {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "NameMask({:?})", self.text)
    }
}

/// The last line of a message, without its `error: `: both engines draw a picture of the pattern before it.
fn one_line(error: &dyn fmt::Display) -> String {
    let text = error.to_string();
    let last = text.lines().rfind(|line| !line.trim().is_empty()).unwrap_or_default().trim();
    last.strip_prefix("error: ").unwrap_or(last).to_owned()
}

/// The four keys by which a rule says which tables it is about. At least one key for the schema and one for the table
/// are set. With both `schema` and `schema_mask`, either may match; so for tables.
///
/// Displayed as `schema "public", table_mask "^log_"`.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct TablePattern {
    /// The exact name of the schema.
    pub schema: Option<String>,
    /// A mask for the schema's name.
    pub schema_mask: Option<NameMask>,
    /// The exact name of the table.
    pub table: Option<String>,
    /// A mask for the table's name.
    pub table_mask: Option<NameMask>,
}

impl TablePattern {
    /// Whether schema and table are both named exactly and are these.
    pub fn matches_exactly(&self, schema: &str, table: &str) -> bool {
        self.schema.as_deref() == Some(schema) && self.table.as_deref() == Some(table)
    }

    /// Whether the pattern matches with a mask on at least one side.
    pub fn matches_by_mask(&self, schema: &str, table: &str) -> Result<bool, MaskError> {
        let exact_schema = self.schema.as_deref() == Some(schema);
        let exact_table = self.table.as_deref() == Some(table);
        let schema_by_mask = self.schema_mask.as_ref().map_or(Ok(false), |mask| mask.matches(schema))?;
        if !schema_by_mask && !exact_schema {
            return Ok(false);
        }
        if schema_by_mask && exact_table {
            return Ok(true);
        }
        self.table_mask.as_ref().map_or(Ok(false), |mask| mask.matches(table))
    }

    /// Whether the pattern matches the table, exactly or by mask.
    pub fn matches(&self, schema: &str, table: &str) -> Result<bool, MaskError> {
        Ok(self.matches_exactly(schema, table) || self.matches_by_mask(schema, table)?)
    }
}

impl fmt::Display for TablePattern {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let parts = [
            ("schema", self.schema.as_deref()),
            ("schema_mask", self.schema_mask.as_ref().map(NameMask::as_str)),
            ("table", self.table.as_deref()),
            ("table_mask", self.table_mask.as_ref().map(NameMask::as_str)),
        ];
        let mut separator = "";
        for (key, value) in parts {
            if let Some(value) = value {
                write!(f, "{separator}{key} {value:?}")?;
                separator = ", ";
            }
        }
        Ok(())
    }
}
