//! The scan of a database for sensitive columns: what meta-dictionaries say, what values show, and the verdict.
//!
//! [`MetaDictionary`] is the merged meta-dictionaries; [`Scanner`] is made of it and of the dictionaries of an earlier scan.
//! [`Scanner::prepare`] decides what needs no values; a [`ColumnScan`] looks at the values of one column, and
//! [`Scanner::verdicts`] says what each column is and which rule masks it.
//!
//! No verdict holds a value. Keys of documents that look like data are written as `*`.

mod column;
mod document;
mod matcher;
mod meta;
mod recommend;
mod scanner;
mod target;
mod template;
mod type_name;

pub use column::{ColumnScan, Look};
pub use matcher::{Match, Matcher};
pub use meta::{DataFunction, FieldList, MetaDictionary};
pub use scanner::{Prepared, Scanner, Verdict};
pub use target::{ForeignKey, Key, ScanColumn, ScanTable, join_keys};
pub use type_name::normalise;
