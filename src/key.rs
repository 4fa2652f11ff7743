//! The setting `pg_anon.key`: the key of keyed masks, for this session alone.
//!
//! It is never shown, and never taken from a place where others could read it: configuration files, ALTER SYSTEM, ALTER
//! DATABASE, ALTER ROLE and connection options are refused. RESET ALL and DISCARD ALL take it away, so that a pooled
//! connection does not hand it on.

use crate::datum;
use crate::error::{Report, error};
use pg_anon_core::mask::key::{Key, LONGEST_KEY};
use pgrx::guc::{GucContext, GucFlags, GucRegistry, GucSetting};
use pgrx::pg_sys::panic::ErrorReport;
use pgrx::prelude::*;
use std::cell::{Cell, RefCell};
use std::ffi::{CStr, CString, c_char, c_void};

/// PostgreSQL's own copy of the text; parallel workers get it from there.
static SETTING: GucSetting<Option<CString>> = GucSetting::<Option<CString>>::new(None);

thread_local! {
    static KEY: RefCell<Option<Key>> = const { RefCell::new(None) };
    /// What the next key comes hidden under.
    static PAD: RefCell<Option<Vec<u8>>> = const { RefCell::new(None) };
    /// Goes up by one whenever the key changes.
    static NUMBER: Cell<u64> = const { Cell::new(0) };
}

/// Runs something with the key, None when it is not set.
pub fn with<R>(action: impl FnOnce(Option<&Key>) -> R) -> R {
    KEY.with_borrow(|key| action(key.as_ref()))
}

/// A number that is another one after every change of the key.
pub fn number() -> u64 {
    NUMBER.get()
}

/// Random bytes for one call of `take_key`, as many as the longest key has. A result is in no log of the server, and a parameter
/// may be in its log: what is there of a key that was hidden under them says nothing.
#[pg_extern(volatile, parallel_unsafe)]
fn key_pad() -> Vec<u8> {
    let mut pad = vec![0; LONGEST_KEY];
    rand::Rng::fill_bytes(&mut rand::rng(), &mut pad);
    PAD.set(Some(pad.clone()));
    pad
}

/// Sets the key of this session, given with each byte XORed with that of the last `key_pad`, which is used up.
/// Errors: 55000 when there is none; 22023 for what is no key.
#[pg_extern(volatile, parallel_unsafe)]
fn take_key(hidden: &[u8]) -> Result<(), ErrorReport> {
    let pad = PAD.take().filter(|pad| hidden.len() <= pad.len());
    let pad = pad.ok_or_else(|| -> Report {
        error(PgSqlErrorCode::ERRCODE_OBJECT_NOT_IN_PREREQUISITE_STATE, "there is nothing that the key is hidden under")
            .set_hint("Call anon_funcs.key_pad() first, and XOR the key with what it gives.")
    })?;
    let key: Vec<u8> = hidden.iter().zip(&pad).map(|(hidden, pad)| hidden ^ pad).collect();
    // What is no key is refused by the setting; a zero byte would end the text for it, and a space is refused as well.
    let key = datum::to_c_string(&String::from_utf8_lossy(&key).replace('\0', " "));
    // SAFETY: the strings outlive the call; the same as set_config(.., false) does.
    unsafe {
        pg_sys::set_config_option(
            c"pg_anon.key".as_ptr(),
            key.as_ptr(),
            pg_sys::GucContext::PGC_USERSET,
            pg_sys::GucSource::PGC_S_SESSION,
            pg_sys::GucAction::GUC_ACTION_SET,
            true,
            0,
            false,
        );
    }
    Ok(())
}

/// Defines the setting when the library is loaded. A value that the session has set before that is checked now; one that came
/// from elsewhere is refused with a warning.
pub fn define() {
    // SAFETY: the hooks are guarded, and live as long as the library, which is never unloaded.
    unsafe {
        GucRegistry::define_string_guc_with_hooks(
            c"pg_anon.key",
            c"The key of the masks that need one.",
            c"It is never shown. Set it in the session by a bound parameter: SELECT set_config('pg_anon.key', $1, false).",
            &SETTING,
            GucContext::Userset,
            GucFlags::NO_SHOW_ALL | GucFlags::DISALLOW_IN_FILE,
            Some(check),
            Some(assign),
            Some(show),
        );
    }
}

/// The text of the setting; None when it is empty.
///
/// # Safety
/// `text` is NULL or a C string.
unsafe fn text<'a>(text: *const c_char) -> Option<&'a [u8]> {
    // SAFETY: see above.
    (!text.is_null()).then(|| unsafe { CStr::from_ptr(text) }.to_bytes()).filter(|bytes| !bytes.is_empty())
}

/// Refuses a value without showing it, which PostgreSQL's own message would do.
fn refuse(message: &'static CStr, hint: &'static CStr) -> bool {
    // SAFETY: PostgreSQL reads these while it reports that the hook has refused the value, and never frees them.
    unsafe {
        pg_sys::GUC_check_errmsg_string = message.as_ptr().cast_mut();
        pg_sys::GUC_check_errhint_string = hint.as_ptr().cast_mut();
    }
    false
}

#[pg_guard]
unsafe extern "C-unwind" fn check(
    new_value: *mut *mut c_char,
    _extra: *mut *mut c_void,
    source: pg_sys::GucSource::Type,
) -> bool {
    // SAFETY: PostgreSQL hands over a pointer to the new text.
    let Some(new) = (unsafe { text(*new_value) }) else { return true };
    if source != pg_sys::GucSource::PGC_S_SESSION {
        return refuse(
            c"pg_anon.key can only be set in a session",
            c"Others could read it elsewhere. Set it with: SELECT set_config('pg_anon.key', $1, false), or give it to pg_anon by --key-file or PG_ANON_KEY.",
        );
    }
    match Key::new(new) {
        Ok(_) => true,
        Err(_) => refuse(
            c"this is no key for pg_anon.key: a key has 32 to 1024 letters, digits and signs of ASCII, and no spaces",
            c"Make one with: pg_anon key new",
        ),
    }
}

#[pg_guard]
unsafe extern "C-unwind" fn assign(new_value: *const c_char, _extra: *mut c_void) {
    // SAFETY: PostgreSQL hands over the text that the check has taken.
    let key = unsafe { text(new_value) }.and_then(|text| Key::new(text).ok());
    KEY.set(key);
    NUMBER.set(NUMBER.get() + 1);
}

#[pg_guard]
unsafe extern "C-unwind" fn show() -> *const c_char {
    with(|key| if key.is_some() { c"(set)" } else { c"" }.as_ptr())
}
