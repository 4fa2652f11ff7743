//! Something that may fail, in a subtransaction: a failure leaves neither locks nor references behind.

use crate::error::Report;
use pgrx::PgTryBuilder;
use pgrx::pg_sys;
use std::panic::AssertUnwindSafe;

/// Runs `action` in a subtransaction of its own, which is rolled back when the action fails (as plpgsql does around a block
/// with EXCEPTION, pl_exec.c). An error that the action does not catch is raised again after that.
pub fn subtransaction<R>(action: impl FnOnce() -> Result<R, Report>) -> Result<R, Report> {
    // SAFETY: begun and ended here; memory context and resource owner are given back as plpgsql gives them back.
    unsafe {
        let memory = pg_sys::CurrentMemoryContext;
        let owner = pg_sys::CurrentResourceOwner;
        pg_sys::BeginInternalSubTransaction(std::ptr::null());
        pg_sys::MemoryContextSwitchTo(memory);
        let result = PgTryBuilder::new(AssertUnwindSafe(|| Ok(action()))).catch_others(Err).execute();
        match result {
            Ok(Ok(_)) => pg_sys::ReleaseCurrentSubTransaction(),
            _ => pg_sys::RollbackAndReleaseCurrentSubTransaction(),
        }
        pg_sys::MemoryContextSwitchTo(memory);
        pg_sys::CurrentResourceOwner = owner;
        result.unwrap_or_else(|caught| caught.rethrow())
    }
}
