//! Session settings under which rules are parsed, rows are read and values are written, whatever the session has set.

use crate::datum;
use pgrx::pg_sys;
use std::cell::Cell;

/// The path in which names of rules are looked up: nobody who can create a function or an operator in some schema can
/// take a call over. The temporary schema is named last, because it comes first for types and tables when not named.
fn search_path(rule_search_path: Option<&str>) -> String {
    match rule_search_path {
        Some(more) if !more.trim().is_empty() => format!("pg_catalog, anon_funcs, {more}, pg_temp"),
        _ => "pg_catalog, anon_funcs, pg_temp".to_owned(),
    }
}

thread_local! {
    /// How many `Settings` hold. A backend has one thread.
    static LEVELS: Cell<usize> = const { Cell::new(0) };
}

/// Whether rules are being checked or run.
pub fn is_dumping() -> bool {
    LEVELS.get() > 0
}

/// Settings that hold from here until the value is dropped; an error in between gives them back as well.
pub struct Settings {
    nest_level: i32,
}

impl Settings {
    /// Sets the search path of rules, and what decides how values are written: the settings that pg_dump sets
    /// (pg_dump.c, setup_connection). Errors: 22023 when the search path is not a list of names.
    pub fn for_rules(rule_search_path: Option<&str>) -> Self {
        // SAFETY: opens a level on the stack of settings; Drop closes it, and the end of a failed transaction as well.
        let settings = Settings { nest_level: unsafe { pg_sys::NewGUCNestLevel() } };
        LEVELS.set(LEVELS.get() + 1);
        set("search_path", &search_path(rule_search_path));
        set("DateStyle", "ISO");
        set("IntervalStyle", "postgres");
        set("extra_float_digits", "3");
        set("bytea_output", "hex");
        set("row_security", "off");
        // What the parser makes of a rule must not depend on the session either.
        set("standard_conforming_strings", "on");
        set("transform_null_equals", "off");
        set("quote_all_identifiers", "off");
        settings
    }

    /// For queries of catalogs, in addition to those of `for_rules`: compiling them takes longer than running them, and the
    /// planner, which takes thousands of tables for an expensive query, would have them compiled. Their tables are joined in the
    /// order in which they stand: to look for a better one takes longer than it saves.
    pub fn for_catalogs() -> Self {
        // SAFETY: as in for_rules.
        let settings = Settings { nest_level: unsafe { pg_sys::NewGUCNestLevel() } };
        LEVELS.set(LEVELS.get() + 1);
        set("jit", "off");
        set("from_collapse_limit", "1");
        set("join_collapse_limit", "1");
        settings
    }
}

/// Sets one setting within the level that is open.
pub fn set(name: &str, value: &str) {
    let (name, value) = (datum::to_c_string(name), datum::to_c_string(value));
    // SAFETY: both strings outlive the call; GUC_ACTION_SAVE gives the old value back at the end of the level.
    unsafe {
        pg_sys::set_config_option(
            name.as_ptr(),
            value.as_ptr(),
            pg_sys::GucContext::PGC_USERSET,
            pg_sys::GucSource::PGC_S_SESSION,
            pg_sys::GucAction::GUC_ACTION_SAVE,
            true,
            0,
            false,
        );
    }
}

impl Drop for Settings {
    fn drop(&mut self) {
        // SAFETY: closes the level that for_rules opened; levels close in the order of drops, the inner first.
        unsafe { pg_sys::AtEOXact_GUC(true, self.nest_level) };
        LEVELS.set(LEVELS.get() - 1);
    }
}
