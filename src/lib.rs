//! The PostgreSQL extension pg_anon: masking functions and masked dumps, in the schema anon_funcs.
//!
//! This crate is glue. What it knows about masking, dictionaries and planning is in `pg_anon_core`, where tests need no
//! server; here PostgreSQL's parser, executor and catalogs are joined to it.

mod catalog;
mod datum;
mod dump;
mod error;
mod mask;
mod row_writer;
mod rule;
mod select;
mod settings;
mod subtransaction;
mod value_writer;

pgrx::pg_module_magic!();

pgrx::extension_sql_file!("../sql/grants.sql", name = "grants", finalize);
