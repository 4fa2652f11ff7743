//! The setting `pg_anon.key`: the key of keyed masks, for this session alone.
//!
//! It is never shown, and never taken from a place where others could read it: configuration files, ALTER SYSTEM, ALTER
//! DATABASE, ALTER ROLE and connection options are refused. RESET ALL and DISCARD ALL take it away, so that a pooled
//! connection does not hand it on.

use pg_anon_core::mask::key::Key;
use pgrx::guc::{GucContext, GucFlags, GucRegistry, GucSetting};
use pgrx::{pg_guard, pg_sys};
use std::cell::{Cell, RefCell};
use std::ffi::{CStr, CString, c_char, c_void};

/// PostgreSQL's own copy of the text; parallel workers get it from there.
static SETTING: GucSetting<Option<CString>> = GucSetting::<Option<CString>>::new(None);

thread_local! {
    static KEY: RefCell<Option<Key>> = const { RefCell::new(None) };
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
