//! The PostgreSQL extension pg_anon: masking functions and masked dumps, in the schema anon_funcs.
//!
//! This crate is glue. What it knows about masking, dictionaries and planning is in `pg_anon_core`, where tests need no
//! server; here PostgreSQL's parser, executor and catalogs are joined to it.

mod catalog;
mod datum;
mod dump;
mod error;
mod mask;
mod native;
mod query;
mod row_writer;
mod rule;
mod select;
mod settings;
mod subtransaction;
mod value_writer;

pgrx::pg_module_magic!();

pgrx::extension_sql_file!(
    "../sql/comments.sql",
    name = "comments",
    requires = [
        dump::check_dictionary,
        dump::dump_plan,
        dump::dump_rows,
        dump::dump_sequences,
        mask::partial,
        mask::partial_email,
        mask::digest,
        mask::random_hash,
        mask::random_string,
        mask::random_zip,
        mask::random_inn,
        mask::random_phone,
        mask::random_date_between,
        mask::random_date,
        mask::random_int_between,
        mask::random_bigint_between,
        mask::hex_to_int,
        mask::polymorphic::noise,
        mask::polymorphic::dnoise,
        mask::polymorphic::random_in,
    ]
);
pgrx::extension_sql_file!("../sql/grants.sql", name = "grants", finalize);
