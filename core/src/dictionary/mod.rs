//! Dictionaries: which columns of which tables are sensitive, and by what they are replaced.
//!
//! A dictionary file is one Python literal (the files of pg_anon 1.x) or one JSON document. [`parse`] reads one file,
//! [`Dictionary::merge`] checks several files and makes one dictionary of them, [`Dictionary::find`] says which rule
//! belongs to a table. [`TableList`] is the shorter file that includes or excludes tables.
//!
//! Everything here is fail-closed: what is not understood is an error that names the file and the rule, because a rule
//! that is passed over leaves a column in clear.

mod index;
mod json;
mod model;
mod near;
mod non_sensitive;
mod parse;
mod pattern;
mod python;
mod python_regex;

pub use model::{ColumnName, Dictionary, DictionaryError, TableList, TableRule};
pub use non_sensitive::NonSensitive;
pub use parse::{SyntaxError, parse};
pub use pattern::{MaskError, NameMask, TablePattern};

pub(crate) use index::PatternIndex;
pub(crate) use model::{MaskCache, Place, entries, kind, object, read_pattern, sections, strip_where, text};
pub(crate) use near::nearest;
pub(crate) use python_regex::translate;
