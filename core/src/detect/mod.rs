//! Detectors: what looks like personal data or a secret, by value and by the name of a column.
//!
//! [`Detector`] lists them. [`Examiner`] looks at one value and says which of them it satisfies; [`Evidence`] counts that over
//! the values of a column; [`names::of_column`] says what the name of a column promises; [`decide`] makes one [`Finding`] of
//! both, with its reason and its confidence. [`find`] gives the places of personal data inside free text that is to be masked.
//!
//! Counts are all that is kept of values: neither evidence nor findings hold one.
//!
//! The order of work on a value is what makes it fast: one pass counts its kinds of characters ([`shape`]), that decides which
//! few validators can succeed at all, and only those run.

mod chain;
mod checksum;
mod code;
mod contact;
mod date;
mod decide;
mod evidence;
mod examine;
mod hint;
mod loose;
pub mod names;
mod national;
mod network;
mod payment;
mod person;
mod phone;
mod registry;
mod secret;
mod shape;
mod text;

pub use decide::{Finding, decide};
pub use evidence::{Column, Evidence, TypeFamily};
pub use examine::{Examiner, Hits};
pub use loose::find;
pub use registry::{Certainty, Description, Detector, Kind, Set};
pub use text::Found;
