//! A mask of a long value takes long: whoever runs masks can say that it is to stop.

use std::sync::OnceLock;

use super::{MaskError, MaskErrorKind};

static IS_WANTED: OnceLock<fn() -> bool> = OnceLock::new();

/// Says how a mask finds out that it is to stop. Only the first call counts.
pub fn ask(is_wanted: fn() -> bool) {
    IS_WANTED.get_or_init(|| is_wanted);
}

/// How much of a value is masked between two questions, in bytes.
const BETWEEN: usize = 1 << 16;

/// Counts what has been masked, and asks now and then.
pub(super) struct Watch(usize);

impl Watch {
    pub(super) const fn new() -> Self {
        Self(0)
    }

    /// So many bytes more have been masked.
    ///
    /// # Errors
    /// [`MaskErrorKind::Interrupted`] when the mask is to stop.
    #[inline]
    pub(super) fn pass(&mut self, bytes: usize) -> Result<(), MaskError> {
        self.0 += bytes;
        if self.0 < BETWEEN {
            return Ok(());
        }
        self.0 = 0;
        if IS_WANTED.get().is_some_and(|is_wanted| is_wanted()) { Err(interrupted()) } else { Ok(()) }
    }
}

#[cold]
fn interrupted() -> MaskError {
    MaskError::new(MaskErrorKind::Interrupted, "the mask of a long value was interrupted", "Run it again.")
}
