//! A SELECT that is run a few rows at a time, as lazily evaluated SQL functions are (functions.c): analysed once, so that
//! what was checked is what runs, and run by the executor itself. A portal would do too, but its name makes it visible to
//! the session, and PostgreSQL walks over the portals while it commits inside a procedure.

use crate::datum;
use crate::error::{Report, error, reported};
use crate::rule::{self, items};
use pgrx::prelude::*;
use std::panic::AssertUnwindSafe;

/// What an analysed SELECT must be, so that nobody can put something else in its place between two looks at a name.
pub struct Expected {
    /// The relation that it reads, and its kind; None: it reads what the dictionary says.
    pub relation: Option<(pg_sys::Oid, u8)>,
    /// The types of its columns; None: any.
    pub types: Vec<Option<pg_sys::Oid>>,
}

/// A SELECT that has been analysed and checked. Lives in the memory context in which that was done.
pub struct Checked {
    query: *mut pg_sys::Query,
    source: *const i8,
}

/// Analyses a SELECT of our making. `what` names it in messages.
/// Errors: what PostgreSQL says of it; 42501 for casts by functions of unknown owners; 42601 when it writes; 55000 when it
/// is not what is expected.
pub fn check(select: &str, what: &str, expected: &Expected) -> Result<Checked, Report> {
    let query = rule::analyse_select(select, what)?;
    let changed = || {
        error(
            PgSqlErrorCode::ERRCODE_OBJECT_NOT_IN_PREREQUISITE_STATE,
            format!("{what} was changed while the dump began"),
        )
        .set_hint("Run the dump again.")
    };
    // SAFETY: the query is fresh from the analysis.
    unsafe {
        if let Some((oid, kind)) = expected.relation {
            let mut read = items::<pg_sys::RangeTblEntry>((*query).rtable);
            let is_same = read.next().is_some_and(|entry| {
                (*entry).rtekind == pg_sys::RTEKind::RTE_RELATION
                    && (*entry).relid == oid
                    && (*entry).relkind as u8 == kind
            });
            if !is_same || read.next().is_some() {
                return Err(changed());
            }
        }
        let columns = items::<pg_sys::TargetEntry>((*query).targetList).filter(|entry| !(**entry).resjunk);
        let types: Vec<pg_sys::Oid> = columns.map(|entry| pg_sys::exprType((*entry).expr.cast())).collect();
        let is_expected = types.len() == expected.types.len()
            && types.iter().zip(&expected.types).all(|(found, expected)| expected.is_none_or(|e| e == *found));
        if !is_expected {
            return Err(changed());
        }
        let source = pg_sys::pstrdup(datum::to_c_string(select).as_ptr());
        Ok(Checked { query, source })
    }
}

impl Checked {
    /// Checks that the user may read all that the SELECT reads, also in its sub-selects. `plan` is what `plan` gave; `what`
    /// names it in messages. Errors: 42501 with the relation's name.
    pub fn check_rights(&self, plan: *mut pg_sys::PlannedStmt, what: &str) -> Result<(), Report> {
        let check = || {
            // SAFETY: a plan has the relations of all levels in one list. Nothing of the dictionary runs here.
            unsafe {
                #[cfg(any(feature = "pg14", feature = "pg15"))]
                pg_sys::ExecCheckRTPerms((*plan).rtable, true);
                #[cfg(not(any(feature = "pg14", feature = "pg15")))]
                pg_sys::ExecCheckPermissions((*plan).rtable, (*plan).permInfos, true);
            }
            Ok(())
        };
        PgTryBuilder::new(AssertUnwindSafe(check)).catch_others(Err).execute().map_err(|caught| {
            let report = reported(caught);
            error(report.sql_error_code(), format!("{what}: {}", report.message()))
        })
    }

    /// The plan, after rules and row security have been applied. Raises what computing the constants of the SELECT raises.
    pub fn plan(&self) -> *mut pg_sys::PlannedStmt {
        // SAFETY: the steps of exec_simple_query (postgres.c) for one SELECT.
        unsafe {
            let rewritten = pg_sys::pg_rewrite_query(self.query);
            let query = items::<pg_sys::Query>(rewritten).next().unwrap_or(self.query);
            pg_sys::pg_plan_query(query, self.source, 0, std::ptr::null_mut())
        }
    }

    /// How many rows the planner expects. Nothing else can be done with the SELECT then: the planner changes it.
    pub fn estimated_rows(self) -> u64 {
        // SAFETY: a plan has a tree.
        unsafe { (*(*self.plan()).planTree).plan_rows as u64 }
    }
}

/// A SELECT that is running. Ends when it is told to, when the executor that runs the calling function ends, or with the
/// transaction.
pub struct Running(*mut State);

#[repr(C)]
struct State {
    /// NULL: it has ended.
    query: *mut pg_sys::QueryDesc,
    /// Where the expressions over its rows live, freed with it; may be NULL.
    estate: *mut pg_sys::EState,
    /// Where `callback` is registered; NULL: nowhere.
    caller: *mut pg_sys::ExprContext,
    callback: pg_sys::ExprContextCallbackFunction,
}

impl Running {
    /// Starts the SELECT; rows go to `receiver`, which must stay where it is. What it allocates lives in the current memory
    /// context. `caller` is the call record of a set-returning function, with whose executor the run ends. Raises
    /// PostgreSQL's errors.
    ///
    /// # Safety
    /// `receiver` outlives the run; `estate` is NULL or valid; the current memory context is that of the set-returning
    /// function's calls, when there is one.
    pub unsafe fn start(
        checked: &Checked,
        receiver: *mut pg_sys::DestReceiver,
        estate: *mut pg_sys::EState,
        caller: Option<pg_sys::FunctionCallInfo>,
    ) -> Running {
        // SAFETY: the run begins on the snapshot that is active, which the descriptor keeps. The executor gives set-returning
        // functions a ReturnSetInfo. The state lives as long as the caller's executor, longer than the memory of the function's
        // calls, so that the callback can always look at it. Callbacks run last registered first: this one before the one that
        // frees that memory (funcapi.c, init_MultiFuncCall).
        unsafe {
            let descriptor = pg_sys::CreateQueryDesc(
                checked.plan(),
                checked.source,
                pg_sys::GetActiveSnapshot(),
                std::ptr::null_mut(),
                receiver,
                std::ptr::null_mut(),
                std::ptr::null_mut(),
                0,
            );
            let caller = caller
                .map_or(std::ptr::null_mut(), |call| (*(*call).resultinfo.cast::<pg_sys::ReturnSetInfo>()).econtext);
            let memory = if caller.is_null() { pg_sys::CurrentMemoryContext } else { (*caller).ecxt_per_query_memory };
            let state = pg_sys::MemoryContextAllocZero(memory, size_of::<State>()).cast::<State>();
            pg_sys::ExecutorStart(descriptor, 0);
            (*state).query = descriptor;
            (*state).estate = estate;
            if !caller.is_null() {
                (*state).caller = caller;
                (*state).callback = Some(end_run);
                pg_sys::RegisterExprContextCallback(caller, (*state).callback, pg_sys::Datum::from(state));
            }
            Running(state)
        }
    }

    /// Sends further rows to the receiver until it takes no more, or none is left; a receiver that answers false has taken the
    /// row, and the next call goes on behind it (execMain.c, ExecutePlan). Raises PostgreSQL's errors.
    pub fn fetch(&self) {
        // SAFETY: the descriptor is running; its snapshot is active meanwhile, for functions in its expressions. A count of 0
        // is no limit.
        unsafe {
            let descriptor = (*self.0).query;
            pg_sys::PushActiveSnapshot((*descriptor).snapshot);
            let direction = pg_sys::ScanDirection::ForwardScanDirection;
            #[cfg(not(feature = "pg18"))]
            pg_sys::ExecutorRun(descriptor, direction, 0, false);
            #[cfg(feature = "pg18")]
            pg_sys::ExecutorRun(descriptor, direction, 0);
            pg_sys::PopActiveSnapshot();
        }
    }

    /// Ends the run, when it has not ended. Raises PostgreSQL's errors.
    pub fn end(&self) {
        // SAFETY: the state lives as long as the caller's executor. The callback goes, because the memory of the run may go
        // long before that executor.
        unsafe {
            let state = self.0;
            if !(*state).caller.is_null() {
                let argument = pg_sys::Datum::from(state);
                pg_sys::UnregisterExprContextCallback((*state).caller, (*state).callback, argument);
            }
            end_run(pg_sys::Datum::from(state));
        }
    }
}

#[pg_guard]
unsafe extern "C-unwind" fn end_run(state: pg_sys::Datum) {
    // SAFETY: the state was made by Running::start; a run that has ended is left alone.
    unsafe {
        let state = state.cast_mut_ptr::<State>();
        let descriptor = std::mem::replace(&mut (*state).query, std::ptr::null_mut());
        if descriptor.is_null() {
            return;
        }
        pg_sys::PushActiveSnapshot((*descriptor).snapshot);
        if !(*state).estate.is_null() {
            pg_sys::FreeExecutorState((*state).estate);
        }
        pg_sys::ExecutorFinish(descriptor);
        pg_sys::ExecutorEnd(descriptor);
        pg_sys::PopActiveSnapshot();
        pg_sys::FreeQueryDesc(descriptor);
    }
}

/// PostgreSQL knows only its first field, a pointer to which it hands back.
#[repr(C)]
struct RowReceiver {
    destination: pg_sys::DestReceiver,
    row: Vec<pg_sys::Datum>,
}

/// The first row of a SELECT whose columns are passed by value and not NULL.
/// Errors: what PostgreSQL says, and an internal error when there is no row.
pub fn one_row(checked: &Checked) -> Result<Vec<pg_sys::Datum>, Report> {
    let mut receiver = RowReceiver { destination: destination(receive_row), row: Vec::new() };
    // SAFETY: the receiver lives until the end of the run, which is here.
    unsafe {
        let run = Running::start(checked, (&raw mut receiver).cast(), std::ptr::null_mut(), None);
        run.fetch();
        run.end();
    }
    if receiver.row.is_empty() {
        return Err(error(PgSqlErrorCode::ERRCODE_INTERNAL_ERROR, "a query gave no row"));
    }
    Ok(receiver.row)
}

#[pg_guard]
unsafe extern "C-unwind" fn receive_row(
    slot: *mut pg_sys::TupleTableSlot,
    receiver: *mut pg_sys::DestReceiver,
) -> bool {
    // SAFETY: the receiver is the one handed to the executor; a slot's descriptor has its number of columns.
    unsafe {
        let columns = (*(*slot).tts_tupleDescriptor).natts;
        deform(slot, columns);
        let values = std::slice::from_raw_parts((*slot).tts_values, columns as usize);
        (*receiver.cast::<RowReceiver>()).row = values.to_vec();
    }
    false
}

/// Takes the first `columns` columns of a row apart, unless that has been done (slot_getsomeattrs in tuptable.h).
///
/// # Safety
/// `slot` holds a row with at least so many columns.
#[inline(always)]
pub unsafe fn deform(slot: *mut pg_sys::TupleTableSlot, columns: i32) {
    // SAFETY: as above.
    unsafe {
        if i32::from((*slot).tts_nvalid) < columns {
            pg_sys::slot_getsomeattrs_int(slot, columns);
        }
    }
}

/// Where the executor sends rows.
pub fn destination(
    receive: unsafe extern "C-unwind" fn(*mut pg_sys::TupleTableSlot, *mut pg_sys::DestReceiver) -> bool,
) -> pg_sys::DestReceiver {
    pg_sys::DestReceiver {
        receiveSlot: Some(receive),
        rStartup: Some(start_nothing),
        rShutdown: Some(end_nothing),
        rDestroy: Some(end_nothing),
        mydest: pg_sys::CommandDest::DestNone,
    }
}

unsafe extern "C-unwind" fn start_nothing(_: *mut pg_sys::DestReceiver, _: i32, _: pg_sys::TupleDesc) {}

unsafe extern "C-unwind" fn end_nothing(_: *mut pg_sys::DestReceiver) {}
