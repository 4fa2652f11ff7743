//! What a meta-dictionary says of values: constants, partial constants, regular expressions; each in one pass over a value.

use std::borrow::Cow;

use aho_corasick::{AhoCorasick, MatchKind};

use crate::dictionary::translate;

/// Steps that a pattern with look-around or backreferences may take on one value before it is given up.
const BACKTRACK_LIMIT: usize = 1_000_000;

/// A regular expression in Python's syntax, which may match anywhere (`re.search`) and is case-sensitive.
#[derive(Debug, Clone)]
pub struct Pattern {
    text: String,
    engine: Engine,
}

#[derive(Debug, Clone)]
enum Engine {
    /// What `RegexSet` takes.
    Linear(Box<regex::Regex>, String),
    /// Look-around, backreferences, atomic groups.
    Backtracking(Box<fancy_regex::Regex>),
}

impl Pattern {
    /// Compiles a pattern; over values, a dot also matches a line end (DOTALL). The error is a message about the pattern.
    pub(super) fn new(text: &str, over_values: bool) -> Result<Pattern, String> {
        if text.is_empty() {
            return Err("is empty: it would match everything".to_owned());
        }
        let translated = translate(text)?;
        let cannot = |e: &dyn std::fmt::Display| {
            let message = e.to_string();
            let last = message.lines().rfind(|line| !line.trim().is_empty()).unwrap_or_default().trim().to_owned();
            format!("is not a regular expression that can be run: {}", last.trim_start_matches("error: "))
        };
        let engine = if translated.needs_backtracking {
            let compiled = fancy_regex::RegexBuilder::new(&translated.pattern)
                .backtrack_limit(BACKTRACK_LIMIT)
                .dot_matches_new_line(over_values)
                .build()
                .map_err(|e| cannot(&e))?;
            Engine::Backtracking(Box::new(compiled))
        } else {
            let compiled = regex::RegexBuilder::new(&translated.pattern)
                .dot_matches_new_line(over_values)
                .build()
                .map_err(|e| cannot(&e))?;
            Engine::Linear(Box::new(compiled), translated.pattern)
        };
        Ok(Pattern { text: text.to_owned(), engine })
    }

    /// The pattern as it was written.
    pub fn as_str(&self) -> &str {
        &self.text
    }

    /// Whether it matches. A pattern that takes too many steps does: what cannot be judged is sensitive.
    pub fn is_match(&self, text: &str) -> bool {
        match &self.engine {
            Engine::Linear(regex, _) => regex.is_match(text),
            Engine::Backtracking(regex) => regex.is_match(text).unwrap_or(true),
        }
    }
}

/// What matched a value. Constants are those of the dictionary, and not of the value.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub enum Match {
    /// The constant with this number.
    Constant(usize),
    /// The partial constant with this number.
    PartialConstant(usize),
    /// The regular expression with this number.
    Regex(usize),
}

/// All that a meta-dictionary says of values.
#[derive(Debug, Clone, Default)]
pub struct Matcher {
    /// Over values in lower case; the constants first, then the partial ones.
    words: Option<AhoCorasick>,
    constants: usize,
    /// Of each constant, whether it is one word, which must stand alone.
    is_word: Vec<bool>,
    /// The patterns that one automaton runs, and their numbers.
    set: Option<regex::RegexSet>,
    set_numbers: Vec<usize>,
    patterns: Vec<Pattern>,
}

impl Matcher {
    pub(super) fn new(constants: &[String], partial: &[String], patterns: Vec<Pattern>) -> Result<Matcher, String> {
        let mut is_word = Vec::new();
        let mut needles = Vec::new();
        for constant in constants {
            let needle = constant.trim().to_lowercase();
            if needle.is_empty() {
                return Err("data_const: a constant is empty".to_owned());
            }
            is_word.push(!needle.contains(' '));
            needles.push(needle);
        }
        for constant in partial {
            let needle = constant.to_lowercase();
            if needle.is_empty() {
                return Err("data_const: a partial constant is empty: it would match everything".to_owned());
            }
            needles.push(needle);
        }
        let words = (!needles.is_empty())
            .then(|| {
                AhoCorasick::builder().match_kind(MatchKind::Standard).ascii_case_insensitive(true).build(&needles)
            })
            .transpose()
            .map_err(|e| format!("data_const: too many constants: {e}"))?;
        let mut set_patterns = Vec::new();
        let mut set_numbers = Vec::new();
        for (number, pattern) in patterns.iter().enumerate() {
            if let Engine::Linear(_, translated) = &pattern.engine {
                set_patterns.push(translated.as_str());
                set_numbers.push(number);
            }
        }
        let set = (!set_patterns.is_empty())
            .then(|| regex::RegexSetBuilder::new(&set_patterns).dot_matches_new_line(true).build())
            .transpose()
            .map_err(|e| format!("data_regex: the rules together are too large: {e}"))?;
        Ok(Matcher { words, constants: constants.len(), is_word, set, set_numbers, patterns })
    }

    /// Whether nothing can match.
    pub fn is_empty(&self) -> bool {
        self.words.is_none() && self.patterns.is_empty()
    }

    /// What matches a value: a constant, else a partial constant, else a regular expression.
    pub fn find(&self, value: &str) -> Option<Match> {
        if let Some(found) = self.find_word(value) {
            return Some(found);
        }
        if let Some(set) = &self.set
            && set.is_match(value)
        {
            let number = set.matches(value).iter().next().and_then(|at| self.set_numbers.get(at).copied());
            return Some(Match::Regex(number.unwrap_or_default()));
        }
        if self.set_numbers.len() == self.patterns.len() {
            return None;
        }
        let mut others = self.patterns.iter().enumerate().filter(|(_, p)| matches!(p.engine, Engine::Backtracking(_)));
        others.find(|(_, pattern)| pattern.is_match(value)).map(|(number, _)| Match::Regex(number))
    }

    fn find_word(&self, value: &str) -> Option<Match> {
        let words = self.words.as_ref()?;
        // The automaton folds ASCII itself.
        let lower = if value.is_ascii() { Cow::Borrowed(value) } else { Cow::Owned(value.to_lowercase()) };
        let mut partial = None;
        for found in words.find_overlapping_iter(&*lower) {
            let number = found.pattern().as_usize();
            if number >= self.constants {
                partial = partial.or(Some(Match::PartialConstant(number - self.constants)));
                continue;
            }
            let before = lower.get(..found.start()).and_then(|text| text.chars().next_back());
            let behind = lower.get(found.end()..).and_then(|text| text.chars().next());
            let stands_alone = before.is_none_or(char::is_whitespace) && behind.is_none_or(char::is_whitespace);
            if stands_alone || !self.is_word.get(number).copied().unwrap_or(true) {
                return Some(Match::Constant(number));
            }
        }
        partial
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn matcher(constants: &[&str], partial: &[&str], patterns: &[&str]) -> Matcher {
        let own = |list: &[&str]| list.iter().map(|text| (*text).to_owned()).collect::<Vec<_>>();
        let patterns = patterns.iter().map(|text| Pattern::new(text, true).unwrap()).collect();
        Matcher::new(&own(constants), &own(partial), patterns).unwrap()
    }

    #[test]
    fn a_constant_of_one_word_stands_alone_and_one_of_several_may_stand_anywhere() {
        let matcher = matcher(&["Secret", "top  gun", "МОСКВА", "sec"], &[], &[]);
        assert_eq!(matcher.find("a SECRET b"), Some(Match::Constant(0)));
        assert_eq!(matcher.find("secretary"), None);
        assert_eq!(matcher.find("my-secret"), None);
        assert_eq!(matcher.find("xtop  gunx"), Some(Match::Constant(1)));
        assert_eq!(matcher.find("г. Москва"), Some(Match::Constant(2)));
        assert_eq!(matcher.find("a sec b"), Some(Match::Constant(3)), "within a longer constant that does not match");
    }

    #[test]
    fn a_partial_constant_may_stand_within_a_word() {
        let matcher = matcher(&["alone"], &["@Example"], &[]);
        assert_eq!(matcher.find("x@EXAMPLE.com"), Some(Match::PartialConstant(0)));
        assert_eq!(matcher.find("x@example.com alone"), Some(Match::Constant(0)), "constants go first");
        assert_eq!(matcher.find("nothing"), None);
    }

    #[test]
    fn patterns_search_and_mind_case_and_take_line_ends_for_dots() {
        let matcher = matcher(&[], &[], &["^a.b$", r"\d{3}", r"(?<!x)yz", r"(?i)ABC"]);
        assert_eq!(matcher.find("a\nb"), Some(Match::Regex(0)));
        assert_eq!(matcher.find("no 123"), Some(Match::Regex(1)));
        assert_eq!(matcher.find("ayz"), Some(Match::Regex(2)));
        assert_eq!(matcher.find("xyz"), None);
        assert_eq!(matcher.find("abc"), Some(Match::Regex(3)));
        assert_eq!(matcher.find("A B"), None);
    }

    #[test]
    fn what_would_match_everything_is_refused() {
        assert!(
            Pattern::new("", true).is_err() && Pattern::new("(", true).is_err() && Pattern::new("*", true).is_err()
        );
        assert!(Matcher::new(&[], &[String::new()], Vec::new()).is_err());
        assert!(Matcher::new(&[" ".to_owned()], &[], Vec::new()).is_err());
    }
}
