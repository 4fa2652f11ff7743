//! One Python literal, evaluated as `ast.literal_eval` does.
//!
//! The containers are read here, so that depth is bounded and every error has its place; what is intricate in Python,
//! its string and number literals, is left to ruff's parser, one literal at a time.

use ruff_python_ast::{Expr, Number};
use serde_json::{Map, Value};

use super::parse::{Failure, MAX_DEPTH};

pub(super) fn parse(text: &str) -> Result<Value, Failure> {
    let mut parser = Parser { text, offset: 0, brackets: 0 };
    if let Some(nul) = text.find('\0') {
        return Err(parser.failure(nul, "a NUL character"));
    }
    parser.skip_blank(true);
    let first = parser.value()?;
    parser.skip_blank(false);
    let value = if parser.peek() == Some(',') { parser.bare_tuple(first)? } else { first };
    parser.skip_blank(true);
    match parser.peek() {
        None => Ok(value),
        Some(_) => Err(parser.unexpected("the end of the text, which must be one value")),
    }
}

struct Parser<'a> {
    text: &'a str,
    offset: usize,
    brackets: usize,
}

impl<'a> Parser<'a> {
    fn rest(&self) -> &'a str {
        self.text.get(self.offset..).unwrap_or_default()
    }

    fn peek(&self) -> Option<char> {
        self.rest().chars().next()
    }

    fn skip_char(&mut self) {
        self.offset += self.peek().map_or(0, char::len_utf8);
    }

    fn eat(&mut self, wanted: char) -> bool {
        let found = self.peek() == Some(wanted);
        if found {
            self.skip_char();
        }
        found
    }

    fn failure(&self, offset: usize, message: impl Into<String>) -> Failure {
        Failure { offset, reach: offset.max(self.offset), message: message.into(), json_word: false }
    }

    /// Skips white space, comments and joined lines; line ends inside brackets, and elsewhere when `newlines` says so.
    fn skip_blank(&mut self, newlines: bool) {
        while let Some(c) = self.peek() {
            match c {
                ' ' | '\t' | '\x0c' => self.offset += 1,
                '\n' if newlines || self.brackets > 0 => self.offset += 1,
                '#' => self.offset += self.rest().find('\n').unwrap_or(self.rest().len()),
                '\\' if self.rest().starts_with("\\\n") => self.offset += 2,
                // Python strips the whole text of any white space before it reads it.
                c if newlines && self.brackets == 0 && c.is_whitespace() => self.skip_char(),
                _ => return,
            }
        }
    }

    fn value(&mut self) -> Result<Value, Failure> {
        let start = self.offset;
        match self.peek() {
            None => Err(self.failure(start, "a value is missing")),
            Some('{') => self.bracketed('{', '}', Self::dict_or_set),
            Some('[') => self.bracketed('[', ']', |parser| Ok(Value::Array(parser.items(']', None)?.0))),
            Some('(') => self.bracketed('(', ')', Self::tuple_or_parentheses),
            Some('\'' | '"') => self.strings(),
            Some('-' | '+') => self.signed_number(),
            Some(c) if c.is_ascii_digit() => self.number(false),
            Some('.') if self.rest().chars().nth(1).is_some_and(|c| c.is_ascii_digit()) => self.number(false),
            Some(c) if is_word(c) => self.word(),
            Some(_) => Err(self.unexpected("a value")),
        }
    }

    /// Reads what is between two brackets, and the closing one.
    fn bracketed(
        &mut self,
        open: char,
        close: char,
        inner: impl FnOnce(&mut Self) -> Result<Value, Failure>,
    ) -> Result<Value, Failure> {
        let start = self.offset;
        if self.brackets >= MAX_DEPTH {
            return Err(self.failure(start, format!("more than {MAX_DEPTH} brackets inside each other")));
        }
        self.skip_char();
        self.brackets += 1;
        let value = inner(self);
        let ended = self.peek().is_none();
        let value = match value {
            // Said once, about the innermost bracket that is open at the end of the text.
            Err(failure) if ended && failure.offset == self.offset => {
                return Err(Failure { offset: start, ..self.failure(start, format!("'{open}' was never closed")) });
            }
            other => other?,
        };
        if !self.eat(close) {
            return Err(self.unexpected(&format!("',' or '{close}'")));
        }
        self.brackets -= 1;
        Ok(value)
    }

    /// Values between commas up to, and without, the closing bracket; and whether there was any comma.
    fn items(&mut self, close: char, first: Option<Value>) -> Result<(Vec<Value>, bool), Failure> {
        let mut items = Vec::new();
        let mut commas = false;
        if let Some(first) = first {
            items.push(first);
        } else {
            self.skip_blank(false);
            if self.peek() == Some(close) {
                return Ok((items, false));
            }
            items.push(self.value()?);
        }
        loop {
            self.skip_blank(false);
            if self.peek() == Some(close) {
                return Ok((items, commas));
            }
            if !self.eat(',') {
                return Err(self.unexpected(&format!("',' or '{close}'")));
            }
            commas = true;
            self.skip_blank(false);
            if self.peek() == Some(close) {
                return Ok((items, commas));
            }
            items.push(self.value()?);
        }
    }

    fn tuple_or_parentheses(&mut self) -> Result<Value, Failure> {
        let (mut items, commas) = self.items(')', None)?;
        match items.pop() {
            Some(only) if items.is_empty() && !commas => Ok(only),
            last => {
                items.extend(last);
                Ok(Value::Array(items))
            }
        }
    }

    /// A tuple without parentheses, of which `first` is the first item.
    fn bare_tuple(&mut self, first: Value) -> Result<Value, Failure> {
        let mut items = vec![first];
        while self.eat(',') {
            self.skip_blank(false);
            if matches!(self.peek(), None | Some('\n')) {
                break;
            }
            items.push(self.value()?);
            self.skip_blank(false);
        }
        Ok(Value::Array(items))
    }

    fn dict_or_set(&mut self) -> Result<Value, Failure> {
        let mut map = Map::new();
        loop {
            self.skip_blank(false);
            if self.peek() == Some('}') {
                return Ok(Value::Object(map));
            }
            let start = self.offset;
            let key = self.value()?;
            self.skip_blank(false);
            if map.is_empty() && matches!(self.peek(), Some(',' | '}')) {
                return self.set(start, key);
            }
            let Value::String(key) = key else {
                return Err(self.failure(start, "a key must be a string"));
            };
            if map.contains_key(&key) {
                return Err(self.failure(start, format!("the key {key:?} is here for the second time")));
            }
            if !self.eat(':') {
                return Err(self.unexpected("':'"));
            }
            self.skip_blank(false);
            let value = self.value()?;
            map.insert(key, value);
            self.skip_blank(false);
            if self.peek() != Some('}') && !self.eat(',') {
                return Err(self.unexpected("',' or '}'"));
            }
        }
    }

    /// A set: a list without repetitions.
    fn set(&mut self, start: usize, first: Value) -> Result<Value, Failure> {
        let (items, _) = self.items('}', Some(first))?;
        let mut distinct: Vec<Value> = Vec::new();
        let mut seen = std::collections::HashSet::new();
        for item in items {
            if item.is_object() || item.is_array() {
                return Err(self.failure(start, "a set can hold strings and numbers only; is a ':' missing?"));
            }
            if seen.insert(item.to_string()) {
                distinct.push(item);
            }
        }
        Ok(Value::Array(distinct))
    }

    /// Adjacent string literals, which are one string.
    fn strings(&mut self) -> Result<Value, Failure> {
        let mut whole = String::new();
        loop {
            whole.push_str(&self.string()?);
            self.skip_blank(false);
            let prefix = self.rest().len() - self.rest().trim_start_matches(is_word).len();
            if !self.rest().get(prefix..).is_some_and(|rest| rest.starts_with(['\'', '"'])) {
                return Ok(Value::String(whole));
            }
        }
    }

    /// One string literal with its prefix.
    fn string(&mut self) -> Result<String, Failure> {
        let start = self.offset;
        let rest = self.rest();
        let quoted = rest.trim_start_matches(is_word);
        let prefix = rest.get(..rest.len() - quoted.len()).unwrap_or_default();
        match prefix.to_ascii_lowercase().as_str() {
            "" | "r" | "u" => {}
            "b" | "br" | "rb" => return Err(self.failure(start, "bytes are not allowed; write a string without b")),
            "f" | "fr" | "rf" | "t" | "tr" | "rt" => {
                return Err(self.failure(start, "formatted strings are not allowed; write a string without its prefix"));
            }
            _ => return Err(self.failure(start, format!("{prefix:?} is not a prefix of a string"))),
        }
        let length = prefix.len() + self.quoted_length(start, quoted)?;
        let literal = rest.get(..length).unwrap_or_default();
        let parsed = ruff_python_parser::parse_expression(literal)
            .map_err(|error| self.failure(start + usize::from(error.location.start()), error.error.to_string()))?;
        let Expr::StringLiteral(string) = parsed.expr() else {
            return Err(self.failure(start, "a string is expected"));
        };
        let value = string.value.to_str();
        // The parser puts U+FFFD in the place of half a surrogate pair, which no text can hold.
        if value.contains('\u{fffd}') && !literal.contains('\u{fffd}') {
            return Err(self.failure(start, "the string has half a surrogate pair in it; write the character itself"));
        }
        self.offset = start + length;
        Ok(value.to_owned())
    }

    /// The length in bytes of a quoted text with its quotes.
    fn quoted_length(&self, start: usize, quoted: &str) -> Result<usize, Failure> {
        let unclosed = |reach: usize| Failure {
            offset: start,
            reach: start + reach,
            message: "the string is not closed".to_owned(),
            json_word: false,
        };
        let quote = if quoted.starts_with('"') { '"' } else { '\'' };
        let triple = if quote == '"' { "\"\"\"" } else { "'''" };
        let is_triple = quoted.starts_with(triple);
        let opening = if is_triple { 3 } else { 1 };
        let mut characters = quoted.char_indices().skip(opening);
        while let Some((index, c)) = characters.next() {
            if c == '\\' {
                characters.next();
            } else if c == '\n' && !is_triple {
                return Err(unclosed(index));
            } else if c == quote {
                if !is_triple {
                    return Ok(index + 1);
                }
                if quoted.get(index..).is_some_and(|rest| rest.starts_with(triple)) {
                    return Ok(index + 3);
                }
            }
        }
        Err(unclosed(quoted.len()))
    }

    fn signed_number(&mut self) -> Result<Value, Failure> {
        let negative = self.peek() == Some('-');
        self.skip_char();
        self.skip_blank(false);
        match self.peek() {
            Some(c) if c.is_ascii_digit() || c == '.' => self.number(negative),
            _ => Err(self.unexpected("a number after the sign")),
        }
    }

    fn number(&mut self, negative: bool) -> Result<Value, Failure> {
        let start = self.offset;
        let rest = self.rest();
        let hexadecimal = rest.get(..2).is_some_and(|prefix| prefix.eq_ignore_ascii_case("0x"));
        let mut previous = ' ';
        let length = rest
            .find(|c: char| {
                let sign_of_exponent = matches!(c, '+' | '-') && matches!(previous, 'e' | 'E') && !hexadecimal;
                previous = c;
                !(c.is_ascii_alphanumeric() || matches!(c, '.' | '_') || sign_of_exponent)
            })
            .unwrap_or(rest.len());
        let literal = rest.get(..length).unwrap_or_default();
        let parsed = ruff_python_parser::parse_expression(literal)
            .map_err(|error| self.failure(start + usize::from(error.location.start()), error.error.to_string()))?;
        let Expr::NumberLiteral(number) = parsed.expr() else {
            return Err(self.failure(start, "a number is expected"));
        };
        let value = match &number.value {
            Number::Int(int) => match (int.as_u64(), negative) {
                (Some(value), false) => Some(Value::from(value)),
                (Some(value), true) => 0_i64.checked_sub_unsigned(value).map(Value::from),
                (None, _) => None,
            },
            Number::Float(value) => {
                let value = if negative { -*value } else { *value };
                serde_json::Number::from_f64(value).map(Value::Number)
            }
            Number::Complex { .. } => return Err(self.failure(start, "complex numbers are not allowed")),
        };
        let value = value.ok_or_else(|| self.failure(start, "the number does not fit 64 bits"))?;
        self.offset = start + length;
        Ok(value)
    }

    /// True, False, None, or a string with a prefix.
    fn word(&mut self) -> Result<Value, Failure> {
        let start = self.offset;
        let rest = self.rest();
        let after = rest.trim_start_matches(is_word);
        let word = rest.get(..rest.len() - after.len()).unwrap_or_default();
        if after.starts_with(['\'', '"']) {
            return self.strings();
        }
        let value = match word {
            "True" => Value::Bool(true),
            "False" => Value::Bool(false),
            "None" => Value::Null,
            "true" | "false" | "null" => {
                let python = match word {
                    "true" => "True",
                    "false" => "False",
                    _ => "None",
                };
                let mut failure = self.failure(start, format!("{word} is JSON; in a Python literal it is {python}"));
                failure.json_word = true;
                return Err(failure);
            }
            _ => {
                let after = after.trim_start_matches([' ', '\t']);
                let message = if after.starts_with('=') && !after.starts_with("==") {
                    format!("an assignment to {word} is not allowed: the text must be one value, {{...}}")
                } else if after.starts_with('(') {
                    format!("a call of {word} is not allowed; only values are")
                } else {
                    format!("the name {word} is not a value; a string needs quotes")
                };
                return Err(self.failure(start, message));
            }
        };
        self.offset = start + word.len();
        Ok(value)
    }

    /// What stands here is not what should.
    fn unexpected(&self, wanted: &str) -> Failure {
        let message = match self.peek() {
            None => format!("{wanted} is missing"),
            Some('\n') => format!("{wanted} is expected, not the end of the line"),
            Some(c @ ('+' | '-' | '*' | '/' | '%' | '|' | '&' | '^' | '<' | '>' | '.' | '@' | '~' | '=' | '!')) => {
                format!("{wanted} is expected, not {c:?}: nothing is computed; strings side by side are joined")
            }
            Some(c) => format!("{wanted} is expected, not {c:?}"),
        };
        self.failure(self.offset, message)
    }
}

/// What a Python name, and so the prefix of a string, may consist of.
fn is_word(c: char) -> bool {
    c.is_alphanumeric() || c == '_'
}
