//! Rewrites a regular expression of Python's `re` for the crates that run it here.
//!
//! The syntaxes look alike and differ in small things that would change what a mask matches without a word: `$` also
//! matches before a line end at the end of the text, `\Z` is the end of the text, `[[]` is a bracket and not a class in a
//! class, `\<` is a `<`, `{,3}` is a repetition, `a++` is possessive. What has no counterpart is refused.
//! The syntax is that of <https://docs.python.org/3/library/re.html>.

use std::iter::Peekable;
use std::str::Chars;

/// Groups inside groups. The crates read patterns recursively, and hostile ones must not exhaust the stack.
const MAX_DEPTH: usize = 50;

/// Python's `\d`, `\w` and `\s` over Unicode, as what stands inside a character class.
const DIGIT: &str = r"\p{Nd}";
const WORD: &str = r"\p{L}\p{N}_";
const SPACE: &str = r"\s\x1c-\x1f";

/// A pattern for the crate `regex`, or for `fancy_regex` when it needs backtracking.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Translated {
    pub pattern: String,
    /// It has look-around, a backreference, an atomic group or a possessive repetition.
    pub needs_backtracking: bool,
}

/// Rewrites a pattern. The error is a message about the pattern, for `mask "..." <message>`.
pub(crate) fn translate(pattern: &str) -> Result<Translated, String> {
    let mut translator = Translator {
        rest: pattern.chars().peekable(),
        out: String::with_capacity(pattern.len() + 16),
        flags: Flags::default(),
        open: Vec::new(),
        groups: 0,
        names: Vec::new(),
        needs_backtracking: false,
    };
    translator.run().map_err(|reason| format!("is not a regular expression that is understood: {reason}"))?;
    Ok(Translated { pattern: translator.out, needs_backtracking: translator.needs_backtracking })
}

#[derive(Clone, Copy, Default)]
struct Flags {
    /// `(?m)`: `$` and `^` match at every line.
    multi_line: bool,
    /// `(?x)`: white space and comments in the pattern are not part of it.
    verbose: bool,
}

/// What was read last, for what may follow it.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Last {
    /// Nothing that can be repeated: the beginning, `|`, `(`, an anchor.
    Nothing,
    /// A piece that can be repeated.
    Piece,
    /// A repetition, which cannot be repeated again.
    Repetition,
}

struct Translator<'a> {
    rest: Peekable<Chars<'a>>,
    out: String,
    flags: Flags,
    /// The flags to go back to at the end of each open group.
    open: Vec<Flags>,
    groups: usize,
    names: Vec<String>,
    needs_backtracking: bool,
}

impl Translator<'_> {
    fn run(&mut self) -> Result<(), String> {
        let mut last = Last::Nothing;
        let mut at_start = true;
        while let Some(c) = self.rest.next() {
            if self.flags.verbose && c.is_ascii_whitespace() {
                continue;
            }
            let was_start = at_start;
            last = match c {
                '#' if self.flags.verbose => {
                    while self.rest.next().is_some_and(|c| c != '\n') {}
                    last
                }
                '\\' => self.escape()?,
                '[' => {
                    self.class()?;
                    Last::Piece
                }
                '(' => self.group(last, was_start)?,
                ')' => {
                    self.flags = self.open.pop().ok_or("a ) without its (")?;
                    self.out.push(')');
                    Last::Piece
                }
                '|' => {
                    self.out.push('|');
                    Last::Nothing
                }
                '$' if !self.flags.multi_line => {
                    // At the end of the text, or before a line end that ends it. Where nothing follows, the line end may
                    // as well be taken along, and no look-ahead is needed.
                    if self.open.is_empty() && matches!(self.rest.peek(), None | Some('|')) {
                        self.out.push_str(r"(?:\n?\z)");
                    } else {
                        self.needs_backtracking = true;
                        self.out.push_str(r"(?:\z|(?=\n\z))");
                    }
                    Last::Nothing
                }
                '^' | '$' => {
                    self.out.push(c);
                    Last::Nothing
                }
                '.' => {
                    self.out.push(c);
                    Last::Piece
                }
                '*' | '+' | '?' => self.repetition(c.to_string(), last)?,
                '{' => match self.counted()? {
                    Some(repetition) => self.repetition(repetition, last)?,
                    None => {
                        self.out.push_str(r"\{");
                        Last::Piece
                    }
                },
                c => {
                    self.literal(c);
                    Last::Piece
                }
            };
            // Flags and comments are no part of the pattern, and more flags may follow them.
            at_start = was_start && c == '(' && self.open.is_empty() && last == Last::Nothing;
        }
        if self.open.is_empty() { Ok(()) } else { Err("a ( without its )".to_owned()) }
    }

    fn literal(&mut self, c: char) {
        let mut buffer = [0; 4];
        self.out.push_str(&regex::escape(c.encode_utf8(&mut buffer)));
    }

    fn repetition(&mut self, repetition: String, last: Last) -> Result<Last, String> {
        match last {
            Last::Nothing => return Err(format!("nothing to repeat before {repetition}")),
            Last::Repetition => return Err(format!("{repetition} after a repetition")),
            Last::Piece => {}
        }
        self.out.push_str(&repetition);
        match self.rest.peek() {
            Some('?') => {
                self.rest.next();
                self.out.push('?');
            }
            Some('+') => {
                self.rest.next();
                self.out.push('+');
                self.needs_backtracking = true;
            }
            _ => {}
        }
        Ok(Last::Repetition)
    }

    /// `{m}`, `{m,}`, `{,n}` or `{m,n}` after its `{`; nothing when the `{` is a plain one.
    fn counted(&mut self) -> Result<Option<String>, String> {
        let mut ahead = self.rest.clone();
        let digits = |ahead: &mut Peekable<Chars<'_>>| {
            let mut digits = String::new();
            while let Some(digit) = ahead.next_if(char::is_ascii_digit) {
                digits.push(digit);
            }
            digits
        };
        let low = digits(&mut ahead);
        let comma = ahead.next_if_eq(&',').is_some();
        let high = if comma { digits(&mut ahead) } else { String::new() };
        if (low.is_empty() && !comma) || ahead.next() != Some('}') {
            return Ok(None);
        }
        self.rest = ahead;
        let number =
            |digits: &str| digits.parse::<u32>().map_err(|_| format!("repetition count {digits} is too large"));
        let low = if low.is_empty() { 0 } else { number(&low)? };
        if !comma {
            return Ok(Some(format!("{{{low}}}")));
        }
        if high.is_empty() {
            return Ok(Some(format!("{{{low},}}")));
        }
        let high = number(&high)?;
        if high < low {
            return Err(format!("repetition {{{low},{high}}} has its bounds the wrong way round"));
        }
        Ok(Some(format!("{{{low},{high}}}")))
    }

    /// A group after its `(`.
    fn group(&mut self, last: Last, at_start: bool) -> Result<Last, String> {
        let outer = self.flags;
        if self.rest.next_if_eq(&'?').is_none() {
            self.groups += 1;
            return self.enter("(", outer);
        }
        match self.rest.next() {
            Some(':') => self.enter("(?:", outer),
            Some('=') => self.enter_backtracking("(?=", outer),
            Some('!') => self.enter_backtracking("(?!", outer),
            Some('>') => self.enter_backtracking("(?>", outer),
            Some('<') => match self.rest.next() {
                Some('=') => self.enter_backtracking("(?<=", outer),
                Some('!') => self.enter_backtracking("(?<!", outer),
                _ => Err("(?< is followed by neither = nor !; a named group is (?P<name>...)".to_owned()),
            },
            Some('P') => match self.rest.next() {
                Some('<') => {
                    let name = self.name('>')?;
                    if self.names.contains(&name) {
                        return Err(format!("the group name {name} is there twice"));
                    }
                    self.groups += 1;
                    let opening = format!("(?P<{name}>");
                    self.names.push(name);
                    self.enter(&opening, outer)
                }
                Some('=') => {
                    let name = self.name(')')?;
                    if !self.names.contains(&name) {
                        return Err(format!("there is no group {name} before (?P={name})"));
                    }
                    self.needs_backtracking = true;
                    self.out.push_str(&format!("(?:(?P={name}))"));
                    Ok(Last::Piece)
                }
                _ => Err("(?P is followed by neither < nor =".to_owned()),
            },
            Some('#') => {
                if self.rest.any(|c| c == ')') {
                    Ok(last)
                } else {
                    Err("a comment without its )".to_owned())
                }
            }
            Some('(') => Err("conditional groups are not supported".to_owned()),
            Some(c) => self.flags_group(c, at_start, last),
            None => Err("a ( without its )".to_owned()),
        }
    }

    fn enter(&mut self, opening: &str, outer: Flags) -> Result<Last, String> {
        if self.open.len() >= MAX_DEPTH {
            return Err(format!("more than {MAX_DEPTH} groups inside each other"));
        }
        self.open.push(outer);
        self.out.push_str(opening);
        Ok(Last::Nothing)
    }

    fn enter_backtracking(&mut self, opening: &str, outer: Flags) -> Result<Last, String> {
        self.needs_backtracking = true;
        self.enter(opening, outer)
    }

    fn name(&mut self, end: char) -> Result<String, String> {
        let mut name = String::new();
        loop {
            match self.rest.next() {
                Some(c) if c == end && !name.is_empty() => return Ok(name),
                Some(c) if c == '_' || c.is_ascii_alphabetic() || (c.is_ascii_digit() && !name.is_empty()) => {
                    name.push(c);
                }
                _ => return Err("a group name consists of ASCII letters, digits and _".to_owned()),
            }
        }
    }

    /// `(?flags)` for the whole pattern, or `(?flags:...)` and `(?flags-flags:...)` for a group. `first` was read already.
    fn flags_group(&mut self, first: char, at_start: bool, last: Last) -> Result<Last, String> {
        let outer = self.flags;
        let mut flags = outer;
        let (mut on, mut off) = (String::new(), String::new());
        let mut removing = false;
        let mut next = Some(first);
        loop {
            let written = if removing { &mut off } else { &mut on };
            match next {
                Some('-') if !removing => removing = true,
                Some('m') => {
                    flags.multi_line = !removing;
                    written.push('m');
                }
                Some('x') => flags.verbose = !removing,
                Some(c @ ('i' | 's')) => written.push(c),
                // Unicode is what text patterns have anyway.
                Some('u') if !removing => {}
                Some(c @ ('a' | 'L' | 'u')) => return Err(format!("the flag {c} is not supported")),
                Some(end @ (')' | ':')) => {
                    let mut written = on;
                    if !off.is_empty() {
                        written.push('-');
                        written.push_str(&off);
                    }
                    if end == ':' {
                        return self.enter(&format!("(?{written}:"), outer).inspect(|_| self.flags = flags);
                    }
                    if !at_start || removing {
                        return Err("flags for the whole pattern stand at its beginning".to_owned());
                    }
                    self.flags = flags;
                    if !written.is_empty() {
                        self.out.push_str(&format!("(?{written})"));
                    }
                    return Ok(last);
                }
                Some(c) => return Err(format!("(?{c} is not known")),
                None => return Err("a ( without its )".to_owned()),
            }
            next = self.rest.next();
        }
    }

    /// An escape outside a class, after its `\`.
    ///
    /// A word boundary is that of the crates, whose word characters differ from Python's in a few rare ones (combining
    /// marks, superscript digits).
    fn escape(&mut self) -> Result<Last, String> {
        let Some(&c) = self.rest.peek() else { return Err("it ends with a \\".to_owned()) };
        match c {
            // In a group of their own, so that what follows cannot be read as part of them.
            'A' => self.out.push_str(r"(?:\A)"),
            'Z' | 'z' => self.out.push_str(r"(?:\z)"),
            'b' => self.out.push_str(r"(?:\b)"),
            'B' => self.out.push_str(r"(?:\B)"),
            'd' => self.out.push_str(&format!("[{DIGIT}]")),
            'D' => self.out.push_str(&format!("[^{DIGIT}]")),
            'w' => self.out.push_str(&format!("[{WORD}]")),
            'W' => self.out.push_str(&format!("[^{WORD}]")),
            's' => self.out.push_str(&format!("[{SPACE}]")),
            'S' => self.out.push_str(&format!("[^{SPACE}]")),
            '1'..='9' => return self.backreference().map(|()| Last::Piece),
            _ => {
                let character = self.escaped_character()?;
                self.literal(character);
                return Ok(Last::Piece);
            }
        }
        self.rest.next();
        Ok(if matches!(c, 'A' | 'Z' | 'z' | 'b' | 'B') { Last::Nothing } else { Last::Piece })
    }

    /// `\1` to `\99`, or an octal number of three digits.
    fn backreference(&mut self) -> Result<(), String> {
        let octal: String = self.rest.clone().take(3).take_while(|c| matches!(c, '0'..='7')).collect();
        if octal.len() == 3 {
            let character = self.escaped_character()?;
            self.literal(character);
            return Ok(());
        }
        let mut digits = String::new();
        while digits.len() < 2
            && let Some(digit) = self.rest.next_if(char::is_ascii_digit)
        {
            digits.push(digit);
        }
        let group: usize = digits.parse().map_err(|_| format!("\\{digits} is no group"))?;
        if group > self.groups {
            return Err(format!("there is no group {group} before \\{group}"));
        }
        self.needs_backtracking = true;
        self.out.push_str(&format!("(?:\\{group})"));
        Ok(())
    }

    /// The one character that an escape stands for, after its `\`.
    fn escaped_character(&mut self) -> Result<char, String> {
        let Some(c) = self.rest.next() else { return Err("it ends with a \\".to_owned()) };
        let code = match c {
            'a' => return Ok('\x07'),
            'f' => return Ok('\x0c'),
            'n' => return Ok('\n'),
            'r' => return Ok('\r'),
            't' => return Ok('\t'),
            'v' => return Ok('\x0b'),
            'x' => self.number(16, 2, 2, c)?,
            'u' => self.number(16, 4, 4, c)?,
            'U' => self.number(16, 8, 8, c)?,
            '0'..='7' => {
                let mut ahead = c.to_string();
                while ahead.len() < 3
                    && let Some(digit) = self.rest.next_if(|c| matches!(c, '0'..='7'))
                {
                    ahead.push(digit);
                }
                let code = u32::from_str_radix(&ahead, 8).unwrap_or(u32::MAX);
                if (!ahead.starts_with('0') && ahead.len() < 3) || code > 0o377 {
                    return Err(format!("bad escape \\{ahead}"));
                }
                code
            }
            c if c.is_ascii_alphanumeric() => return Err(format!("bad escape \\{c}")),
            c => return Ok(c),
        };
        char::from_u32(code).ok_or_else(|| format!("\\{c} with a number that is no character"))
    }

    fn number(&mut self, radix: u32, least: usize, most: usize, escape: char) -> Result<u32, String> {
        let mut digits = String::new();
        while digits.len() < most
            && let Some(digit) = self.rest.next_if(|c| c.is_digit(radix))
        {
            digits.push(digit);
        }
        if digits.len() < least {
            return Err(format!("\\{escape} needs {least} digits"));
        }
        u32::from_str_radix(&digits, radix).map_err(|_| format!("\\{escape}{digits} is no character"))
    }

    /// A character class after its `[`. Python knows no classes inside classes and no operations on them.
    fn class(&mut self) -> Result<(), String> {
        const UNCLOSED: &str = "a [ without its ]";
        self.out.push('[');
        if self.rest.next_if_eq(&'^').is_some() {
            self.out.push('^');
        }
        let mut first = true;
        loop {
            let c = self.rest.next().ok_or(UNCLOSED)?;
            if c == ']' && !std::mem::replace(&mut first, false) {
                self.out.push(']');
                return Ok(());
            }
            first = false;
            let Some(low) = self.class_member(c)? else { continue };
            // A range, unless the - is the last character of the class.
            let mut ahead = self.rest.clone();
            if ahead.next() == Some('-') && ahead.next().is_some_and(|c| c != ']') {
                self.rest.next();
                let c = self.rest.next().ok_or(UNCLOSED)?;
                let high = self.class_member(c)?.ok_or("a range that ends with a set of characters")?;
                if high < low {
                    return Err(format!("bad character range {low}-{high}"));
                }
                self.out.push_str(&format!(r"\x{{{:x}}}-\x{{{:x}}}", u32::from(low), u32::from(high)));
            } else {
                self.out.push_str(&format!(r"\x{{{:x}}}", u32::from(low)));
            }
        }
    }

    /// One character of a class; nothing when it was a set of characters, which has been written.
    fn class_member(&mut self, c: char) -> Result<Option<char>, String> {
        if c != '\\' {
            return Ok(Some(c));
        }
        let set = match self.rest.peek() {
            Some('b') => {
                self.rest.next();
                return Ok(Some('\x08'));
            }
            Some('d') => format!("[{DIGIT}]"),
            Some('D') => format!("[^{DIGIT}]"),
            Some('w') => format!("[{WORD}]"),
            Some('W') => format!("[^{WORD}]"),
            Some('s') => format!("[{SPACE}]"),
            Some('S') => format!("[^{SPACE}]"),
            _ => return self.escaped_character().map(Some),
        };
        self.rest.next();
        self.out.push_str(&set);
        if self.rest.peek() == Some(&'-') && self.rest.clone().nth(1).is_some_and(|c| c != ']') {
            return Err("a range that begins with a set of characters".to_owned());
        }
        Ok(None)
    }
}
