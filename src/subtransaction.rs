//! Transactions: something that may fail in one of its own, after which neither locks nor references are left behind; and for
//! how long the catalogs say the same.

use crate::error::Report;
use crate::key;
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

/// A transaction, and who asks in it with which key. What the catalogs say at one moment they say at every other that is equal.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Moment {
    transaction: pg_sys::LocalTransactionId,
    user: pg_sys::Oid,
    key: u64,
}

impl Moment {
    /// The present one. None: the transaction has written or may still write, or may see what others have written meanwhile.
    /// Being read-only may end with a savepoint or a function that said so; what has written has a transaction ID from then on.
    pub fn now() -> Option<Self> {
        // SAFETY: reads globals of the backend, and its own entry in the array of processes, which it alone writes. The
        // number of a transaction is not given again by the backend before four billion more.
        unsafe {
            #[cfg(any(feature = "pg14", feature = "pg15", feature = "pg16"))]
            let transaction = (*pg_sys::MyProc).lxid;
            #[cfg(not(any(feature = "pg14", feature = "pg15", feature = "pg16")))]
            let transaction = (*pg_sys::MyProc).vxid.lxid;
            let is_fixed = pg_sys::XactReadOnly
                && pg_sys::XactIsoLevel >= pg_sys::XACT_REPEATABLE_READ as i32
                && pg_sys::GetTopTransactionIdIfAny() == pg_sys::InvalidTransactionId;
            is_fixed.then(|| Moment { transaction, user: pg_sys::GetUserId(), key: key::number() })
        }
    }
}
