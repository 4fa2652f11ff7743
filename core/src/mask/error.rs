use std::borrow::Cow;

/// What went wrong in a mask, and what to do about it. Never holds the value that was to be masked.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{message}")]
pub struct MaskError {
    /// The class of the error; the extension makes the SQLSTATE of it.
    pub kind: MaskErrorKind,
    /// What is wrong.
    pub message: Cow<'static, str>,
    /// What to do about it.
    pub hint: Option<Cow<'static, str>>,
}

/// The class of a [`MaskError`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum MaskErrorKind {
    /// An argument that makes no sense: SQLSTATE 22023.
    InvalidParameter,
    /// Text that does not have the form the mask reads: SQLSTATE 22P02.
    InvalidText,
    /// A number that its type cannot hold: SQLSTATE 22003.
    OutOfRange,
    /// A date or time that its type cannot hold: SQLSTATE 22008.
    DateTimeOutOfRange,
    /// A result that is larger than PostgreSQL stores: SQLSTATE 54000.
    ProgramLimit,
    /// There is no memory for the result: SQLSTATE 53200.
    OutOfMemory,
    /// The key that the mask needs is not set: SQLSTATE 55000.
    NoKey,
    /// Whoever runs the mask wants it to stop: SQLSTATE 57014.
    Interrupted,
}

impl MaskErrorKind {
    /// The five characters of the SQLSTATE.
    pub const fn sqlstate(self) -> &'static str {
        match self {
            Self::InvalidParameter => "22023",
            Self::InvalidText => "22P02",
            Self::OutOfRange => "22003",
            Self::DateTimeOutOfRange => "22008",
            Self::ProgramLimit => "54000",
            Self::OutOfMemory => "53200",
            Self::NoKey => "55000",
            Self::Interrupted => "57014",
        }
    }
}

impl MaskError {
    /// Makes an error with a hint.
    pub(crate) fn new(
        kind: MaskErrorKind,
        message: impl Into<Cow<'static, str>>,
        hint: impl Into<Cow<'static, str>>,
    ) -> Self {
        Self { kind, message: message.into(), hint: Some(hint.into()) }
    }
}
