//! A tokenizer for the SQL text that pg_dump writes into an archive, exact about where quoted parts begin and end.
//!
//! It takes what `psqlscan.l` and the server's `scan.l` take, as far as pg_dump and the server's deparsing write it;
//! anything else is an error, never a guess. Works on the bytes of any encoding that a server can have: in those, an ASCII
//! byte is never part of a longer character.

use std::ops::Range;

/// What a token is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    /// A keyword, or an identifier without quotes.
    Word,
    /// An identifier in double quotes.
    QuotedName,
    /// A string in single quotes; `escaped` where backslashes mean something in it.
    Literal {
        /// Whether backslashes escape.
        escaped: bool,
    },
    /// Anything else: one byte of it.
    Symbol(u8),
}

/// A token, and where it stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Token {
    pub(super) kind: Kind,
    /// The bytes of the token, with its quotes and the `E` before them.
    pub(super) range: Range<usize>,
}

/// Text that has been cut into tokens.
pub(super) struct Sql<'a> {
    pub(super) text: &'a [u8],
    pub(super) tokens: Vec<Token>,
}

impl<'a> Sql<'a> {
    /// Cuts the text into tokens, without white space and comments to the end of the line. `standard_strings` tells whether a
    /// backslash in a plain literal is just that.
    pub(super) fn tokenize(text: &'a [u8], standard_strings: bool) -> Result<Sql<'a>, &'static str> {
        let mut tokens = Vec::new();
        let mut at = 0;
        while let Some(&byte) = text.get(at) {
            let next = text.get(at + 1).copied();
            let (kind, end) = match byte {
                b' ' | b'\t' | b'\n' | b'\r' | 0x0b | 0x0c => {
                    at += 1;
                    continue;
                }
                b'-' if next == Some(b'-') => {
                    let rest = text.get(at..).unwrap_or_default();
                    at += rest.iter().position(|&byte| byte == b'\n').unwrap_or(rest.len());
                    continue;
                }
                b'/' if next == Some(b'*') => return Err("it has a block comment"),
                b'$' => return Err("it has a dollar sign"),
                b'\'' => {
                    (Kind::Literal { escaped: !standard_strings }, quoted_end(text, at, b'\'', !standard_strings)?)
                }
                b'E' | b'e' if next == Some(b'\'') => {
                    (Kind::Literal { escaped: true }, quoted_end(text, at + 1, b'\'', true)?)
                }
                b'U' | b'u' if next == Some(b'&') && matches!(text.get(at + 2), Some(b'\'' | b'"')) => {
                    return Err("it has Unicode escapes");
                }
                b'"' => (Kind::QuotedName, quoted_end(text, at, b'"', false)?),
                _ if byte.is_ascii_alphabetic() || byte == b'_' || byte >= 0x80 => {
                    let is_name = |byte: &u8| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'$' | 0x80..);
                    let rest = text.get(at..).unwrap_or_default();
                    (Kind::Word, at + rest.iter().position(|byte| !is_name(byte)).unwrap_or(rest.len()))
                }
                _ => (Kind::Symbol(byte), at + 1),
            };
            tokens.push(Token { kind, range: at..end });
            at = end;
        }
        Ok(Sql { text, tokens })
    }

    pub(super) fn is_word(&self, index: usize, word: &str) -> bool {
        self.tokens.get(index).is_some_and(|token| {
            token.kind == Kind::Word && self.text.get(token.range.clone()) == Some(word.as_bytes())
        })
    }

    pub(super) fn are_words(&self, index: usize, words: &[&str]) -> bool {
        words.iter().enumerate().all(|(i, word)| self.is_word(index + i, word))
    }

    pub(super) fn is_symbol(&self, index: usize, symbol: u8) -> bool {
        self.tokens.get(index).is_some_and(|token| token.kind == Kind::Symbol(symbol))
    }

    pub(super) fn is_literal(&self, index: usize) -> bool {
        self.tokens.get(index).is_some_and(|token| matches!(token.kind, Kind::Literal { .. }))
    }

    /// The identifier at this token, without its quotes.
    pub(super) fn name(&self, index: usize) -> Option<Vec<u8>> {
        let token = self.tokens.get(index)?;
        let text = self.text.get(token.range.clone())?;
        match token.kind {
            Kind::Word => Some(text.to_vec()),
            Kind::QuotedName => Some(undouble(text.strip_prefix(b"\"")?.strip_suffix(b"\"")?, b'"')),
            _ => None,
        }
    }

    /// The value of the literal at this token.
    pub(super) fn value(&self, index: usize) -> Result<Vec<u8>, &'static str> {
        const NO_LITERAL: &str = "a quoted string is missing";
        let token = self.tokens.get(index).ok_or(NO_LITERAL)?;
        let text = self.text.get(token.range.clone()).ok_or(NO_LITERAL)?;
        let Kind::Literal { escaped } = token.kind else { return Err(NO_LITERAL) };
        let text = text.strip_prefix(b"E").or(text.strip_prefix(b"e")).unwrap_or(text);
        let text = text.strip_prefix(b"'").and_then(|text| text.strip_suffix(b"'")).ok_or(NO_LITERAL)?;
        if !escaped {
            return Ok(undouble(text, b'\''));
        }
        let mut value = Vec::with_capacity(text.len());
        let mut bytes = text.iter();
        while let Some(&byte) = bytes.next() {
            match byte {
                b'\'' => value.extend(bytes.next()),
                // The server and pg_dump double a backslash and escape nothing else.
                b'\\' => match bytes.next() {
                    Some(&escaped @ (b'\\' | b'\'')) => value.push(escaped),
                    _ => return Err("a quoted string has an escape that pg_dump does not write"),
                },
                _ => value.push(byte),
            }
        }
        Ok(value)
    }
}

/// Where the quoted part that begins at `start` ends, behind its closing quote.
fn quoted_end(text: &[u8], start: usize, quote: u8, escaped: bool) -> Result<usize, &'static str> {
    let mut at = start + 1;
    loop {
        match text.get(at) {
            None => return Err("a quote is not closed"),
            Some(b'\\') if escaped => at += 2,
            Some(&byte) if byte == quote && text.get(at + 1) == Some(&quote) => at += 2,
            Some(&byte) if byte == quote => return Ok(at + 1),
            Some(_) => at += 1,
        }
    }
}

/// Makes two quotes one.
fn undouble(text: &[u8], quote: u8) -> Vec<u8> {
    let mut out = Vec::with_capacity(text.len());
    let mut bytes = text.iter();
    while let Some(&byte) = bytes.next() {
        out.push(byte);
        if byte == quote {
            bytes.next();
        }
    }
    out
}

/// A literal with this value that means the same whether `standard_conforming_strings` is on or off.
pub(super) fn literal(value: &[u8]) -> Vec<u8> {
    let mut out = Vec::with_capacity(value.len() + 3);
    if value.contains(&b'\\') {
        out.push(b'E');
    }
    out.push(b'\'');
    for &byte in value {
        if matches!(byte, b'\'' | b'\\') {
            out.push(byte);
        }
        out.push(byte);
    }
    out.push(b'\'');
    out
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn kinds(text: &str) -> Vec<Kind> {
        Sql::tokenize(text.as_bytes(), true).expect("understood").tokens.iter().map(|token| token.kind).collect()
    }

    #[test]
    fn a_quote_ends_where_the_server_ends_it() {
        assert_eq!(kinds("'a''b' \"c\"\"d'\""), [Kind::Literal { escaped: false }, Kind::QuotedName]);
        assert_eq!(kinds(r"E'a\'b'';' x"), [Kind::Literal { escaped: true }, Kind::Word]);
        assert_eq!(kinds(r"'a\' x"), [Kind::Literal { escaped: false }, Kind::Word]);
        let old = Sql::tokenize(br"'a\' x'", false).expect("understood");
        assert_eq!(old.tokens.len(), 1);
    }

    #[test]
    fn what_pg_dump_does_not_write_is_not_guessed_at() {
        for text in ["'a", "\"a", r"E'a\'", "/* x */", "$$x$$", "U&'x'", "u&\"x\""] {
            assert!(Sql::tokenize(text.as_bytes(), true).is_err(), "{text}");
        }
        let sql = Sql::tokenize(br"E'a\x41'", true).expect("understood");
        assert!(sql.value(0).is_err());
    }

    proptest! {
        #[test]
        fn a_literal_has_its_value_under_both_settings(value in proptest::collection::vec(any::<u8>(), 0..40)) {
            let text = literal(&value);
            for standard_strings in [true, false] {
                let sql = Sql::tokenize(&text, standard_strings).unwrap();
                prop_assert_eq!(sql.tokens.len(), 1);
                prop_assert_eq!(sql.value(0).unwrap(), value.clone());
            }
        }

        #[test]
        fn no_text_makes_the_tokenizer_panic(text in proptest::collection::vec(any::<u8>(), 0..80), standard: bool) {
            if let Ok(sql) = Sql::tokenize(&text, standard) {
                for index in 0..=sql.tokens.len() {
                    let _ = (sql.name(index), sql.value(index));
                }
            }
        }
    }
}
