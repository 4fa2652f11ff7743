//! The PostgreSQL extension pg_anon: masking functions and masked dumps, in the schema anon_funcs.
//!
//! This crate is glue. What it knows about masking, dictionaries and planning is in `pg_anon_core`, where tests need no
//! server; here PostgreSQL's parser, executor and catalogs are joined to it.

mod any;
mod catalog;
mod check;
mod consistent;
mod datum;
mod dump;
mod error;
mod expression;
mod key;
mod mask;
mod native;
mod packed;
mod query;
mod row_writer;
mod rule;
mod scan;
mod script;
mod select;
mod settings;
mod subtransaction;
mod value_writer;
mod view;

pgrx::pg_module_magic!();

/// PostgreSQL calls it when it loads the library.
#[pgrx::pg_guard]
#[allow(non_snake_case)]
pub extern "C-unwind" fn _PG_init() {
    key::define();
    pg_anon_core::mask::interrupt::ask(error::is_stop_wanted);
}

pgrx::extension_sql_file!(
    "../sql/comments.sql",
    name = "comments",
    requires = [
        dump::check_dictionary,
        dump::dump_plan,
        dump::dump_rows,
        dump::dump_sequences,
        key::key_pad,
        key::take_key,
        scan::scan,
        scan::scan_plan,
        scan::scan_part,
        scan::scan_verdicts,
        script::dump,
        view::fields,
        view::preview
    ]
);
pgrx::extension_sql_file!("../sql/grants.sql", name = "grants", requires = ["comments"]);
pgrx::extension_sql_file!("../sql/mask_comments.sql", name = "mask_comments", finalize);
