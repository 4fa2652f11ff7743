//! What pg_anon is about, without PostgreSQL and without I/O: masks, dictionaries, planning and the archive format.
//! The extension (`src/`) and the companion binary (`cli/`) both stand on it, so that both give the same answer.

pub mod archive;
pub mod check;
pub mod consistent;
pub mod copybinary;
pub mod copytext;
pub mod detect;
pub mod dictionary;
mod hex;
pub mod mask;
pub mod metadata;
pub mod name_pattern;
pub mod order;
pub mod output;
pub mod plan;
pub mod scan;
