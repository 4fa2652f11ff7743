//! Text that comes from a database, made fit for a terminal.

use std::borrow::Cow;
use std::fmt::Write as _;

/// Whether a character moves the cursor, colours, rings, or changes the order of what stands around it.
fn is_unsafe(character: char) -> bool {
    character.is_control()
        || matches!(character, '\u{200e}' | '\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
}

/// A name or message on one line, with all that is not to reach a terminal escaped.
pub fn visible(text: &str) -> Cow<'_, str> {
    escape(text, |_| false)
}

/// A text of several lines, each [`visible`].
pub fn visible_lines(text: &str) -> Cow<'_, str> {
    escape(text, |character| character == '\n')
}

fn escape(text: &str, is_kept: impl Fn(char) -> bool) -> Cow<'_, str> {
    let escaped = |character| is_unsafe(character) && !is_kept(character);
    if !text.chars().any(escaped) {
        return Cow::Borrowed(text);
    }
    let mut result = String::with_capacity(text.len() + 16);
    for character in text.chars() {
        if !escaped(character) {
            result.push(character);
            continue;
        }
        match character {
            '\n' => result.push_str("\\n"),
            '\r' => result.push_str("\\r"),
            '\t' => result.push_str("\\t"),
            // Writing to a String does not fail.
            _ => drop(write!(result, "\\u{{{:x}}}", u32::from(character))),
        }
    }
    Cow::Owned(result)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_steers_a_terminal_is_escaped() {
        assert_eq!(visible("a\u{1b}[2Jb\rc\nd\u{7f}\u{9b}e"), "a\\u{1b}[2Jb\\rc\\nd\\u{7f}\\u{9b}e");
        assert_eq!(visible("a\u{202e}b\u{2028}c"), "a\\u{202e}b\\u{2028}c");
    }

    #[test]
    fn other_text_is_left_as_it_is() {
        for text in ["", "public.\"Größe 日本 👩\"", "a\\nb"] {
            assert!(matches!(visible(text), Cow::Borrowed(_)));
        }
    }

    #[test]
    fn lines_stay_lines() {
        assert_eq!(visible_lines("a\nHINT: b\r\n"), "a\nHINT: b\\r\n");
    }
}
