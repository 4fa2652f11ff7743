//! The table of contents of a pg_dump archive in directory format (`toc.dat`): reading, writing, and the changes that
//! turn a structure-only archive into a whole, masked one.
//!
//! [`Archive::read`] and [`Archive::write`] are exact: what was read is written back byte for byte. Everything else
//! here edits the list of [`Entry`]s the way pg_dump itself would have written it, so that plain `pg_restore` sees
//! nothing unusual.
//!
//! The format is that of `pg_backup_archiver.c` (`WriteHead`, `WriteToc`) in PostgreSQL 14 to 18: archive versions
//! 1.14, 1.15 and 1.16.

mod conninfo;
mod data;
mod error;
mod extension;
mod graph;
mod large_objects;
mod secrets;
mod sections;
mod selection;
mod sql;
mod toc;

pub use data::{ExtensionMember, RelationEntry, SequenceSet, TableData};
pub use error::ArchiveError;
pub use extension::RemovedExtension;
pub use large_objects::{DataFile, LargeObjects};
pub use selection::{Choice, NamedTable, Selection};
pub use toc::{Archive, CatalogId, Compression, CreationTime, Entry, Header, Section, Version};
