//! Something that may fail, in a subtransaction: a failure leaves neither locks nor references behind.

use pgrx::pg_sys;
use pgrx::pg_sys::panic::ErrorReport;

/// Runs `action` in a subtransaction of its own, which is rolled back when the action fails. The action catches
/// PostgreSQL's errors itself (as plpgsql does around a block with EXCEPTION, pl_exec.c).
pub fn subtransaction<R>(action: impl FnOnce() -> Result<R, ErrorReport>) -> Result<R, ErrorReport> {
    // SAFETY: begun and ended here; memory context and resource owner are given back as plpgsql gives them back.
    unsafe {
        let memory = pg_sys::CurrentMemoryContext;
        let owner = pg_sys::CurrentResourceOwner;
        pg_sys::BeginInternalSubTransaction(std::ptr::null());
        pg_sys::MemoryContextSwitchTo(memory);
        let result = action();
        match result {
            Ok(_) => pg_sys::ReleaseCurrentSubTransaction(),
            Err(_) => pg_sys::RollbackAndReleaseCurrentSubTransaction(),
        }
        pg_sys::MemoryContextSwitchTo(memory);
        pg_sys::CurrentResourceOwner = owner;
        result
    }
}
