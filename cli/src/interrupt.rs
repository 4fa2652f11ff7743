//! Ctrl-C, SIGTERM and SIGHUP: a flag that everything that waits looks at.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use anyhow::Context as _;

use crate::error::Error;
use crate::record;

static RAISED: AtomicUsize = AtomicUsize::new(0);

/// At this signal the program ends without cleaning up, as when a server that does not answer keeps it waiting. The
/// next dump removes what is left.
const IMPATIENT: usize = 3;

/// How often whatever waits looks at the flag.
pub const INTERVAL: Duration = Duration::from_millis(100);

/// Takes the signals over.
pub fn install() -> anyhow::Result<()> {
    ctrlc::set_handler(|| {
        if RAISED.fetch_add(1, Ordering::SeqCst) + 1 >= IMPATIENT {
            record::end(false);
            std::process::exit(1);
        }
    })
    .context("cannot take over signals")
}

/// Whether a signal has come.
pub fn raised() -> bool {
    RAISED.load(Ordering::SeqCst) > 0
}

/// An error once a signal has come.
pub fn check() -> Result<(), Error> {
    if raised() { Err(error()) } else { Ok(()) }
}

/// The error of a run that a signal stopped.
pub fn error() -> Error {
    Error::Interrupted("stopped by a signal".into())
}
