//! Masks that keep a part of a text.

use super::chars;
use super::{MaskError, MaskErrorKind};

/// Appends the first `prefix` characters of `value`, then `padding`, then the last `suffix` characters of `value`.
///
/// A text of `prefix + suffix` characters or fewer has nothing to hide between the two, so nothing of it is shown: the
/// result is the padding alone. The same holds when the characters to hide are the padding itself, because the result
/// would be the value.
///
/// # Errors
/// [`MaskErrorKind::InvalidParameter`] when `prefix` or `suffix` is negative.
pub fn partial(value: &[u8], prefix: i32, padding: &[u8], suffix: i32, out: &mut Vec<u8>) -> Result<(), MaskError> {
    let prefix = characters("prefix", prefix)?;
    let suffix = characters("suffix", suffix)?;
    let (first, rest) = chars::split_first(value, prefix);
    let (hidden, last) = chars::split_last(rest, suffix);
    if hidden.is_empty() || hidden == padding {
        out.extend_from_slice(padding);
    } else {
        out.reserve(first.len() + padding.len() + last.len());
        out.extend_from_slice(first);
        out.extend_from_slice(padding);
        out.extend_from_slice(last);
    }
    Ok(())
}

fn characters(argument: &str, count: i32) -> Result<usize, MaskError> {
    usize::try_from(count).map_err(|_| {
        MaskError::new(
            MaskErrorKind::InvalidParameter,
            format!("the {argument} length of a partial mask must not be negative"),
            "Give how many characters to show, 0 for none.",
        )
    })
}
