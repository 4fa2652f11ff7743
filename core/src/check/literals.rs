//! Values that stand in the structure: in defaults, CHECK lists, bounds of partitions, views, functions, comments. The
//! structure is dumped as it is, so a literal that is a value of a masked column shows it.

use std::collections::{BTreeSet, HashMap, HashSet};

use serde::Deserialize;

use crate::plan::{Problem, Severity, TablePlan};

/// A text of the structure (`sql/texts.sql`).
#[derive(Debug, Clone, Deserialize)]
pub struct Text {
    /// The masked table that it concerns; nothing for a function.
    pub table: Option<u32>,
    /// The masked column that it concerns.
    pub column: Option<i16>,
    /// What kind of text it is.
    pub kind: Kind,
    /// What it is the text of, for messages.
    pub object: String,
    /// The text.
    pub text: String,
}

/// A kind of text.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Kind {
    /// SQL about one column alone.
    Column,
    /// SQL about several columns.
    Sql,
    /// The text of a function.
    Function,
    /// A comment: words for people.
    Comment,
}

/// What was found of some literals in a column.
#[derive(Debug, Clone, Default)]
pub struct Found {
    /// Those that are values of the column.
    pub values: HashSet<String>,
    /// Whether all values of the column were looked at.
    pub complete: bool,
}

/// Looks for literals in a column of a table; gives nothing when it cannot.
pub type Find<'a> = dyn FnMut(&TablePlan, i16, &[String]) -> Option<Found> + 'a;

/// The fewest characters of a literal that can say something about somebody. Codes of one and two letters, and small numbers,
/// stand in every text.
const FEWEST: usize = 3;

/// The literals of an SQL text that could be values: strings, also those within dollar quotes, and numbers.
pub fn of_sql(text: &str) -> BTreeSet<String> {
    let mut found = BTreeSet::new();
    collect(text, &mut found, 0);
    found.retain(|literal| is_telling(literal));
    found
}

/// How deep quotes within quotes are looked into.
const DEEPEST: usize = 4;

fn collect(text: &str, found: &mut BTreeSet<String>, depth: usize) {
    let mut rest = text;
    let mut before = ' ';
    while let Some(c) = rest.chars().next() {
        let taken = match c {
            '\'' => {
                let escapes = matches!(before, 'e' | 'E') && text_before_is_prefix(text, rest);
                let (value, length) = string(rest, escapes);
                if depth < DEEPEST && value.contains('\'') {
                    // SQL that is put together of strings.
                    collect(&value, found, depth + 1);
                }
                found.insert(value);
                length
            }
            '$' if !is_word(before) => match dollar_quoted(rest) {
                Some((body, length)) => {
                    if depth < DEEPEST {
                        collect(body, found, depth + 1);
                    }
                    found.insert(body.trim().to_owned());
                    length
                }
                None => 1,
            },
            '"' => rest[1..].find('"').map_or(rest.len(), |end| end + 2),
            c if c.is_ascii_digit() && !is_word(before) => {
                let length = rest.find(|c: char| !c.is_ascii_digit() && c != '.').unwrap_or(rest.len());
                found.insert(rest[..length].trim_end_matches('.').to_owned());
                length
            }
            c => c.len_utf8(),
        };
        before = rest[..taken].chars().next_back().unwrap_or(' ');
        rest = &rest[taken..];
    }
}

fn is_word(c: char) -> bool {
    c.is_alphanumeric() || c == '_' || c == '$'
}

/// Whether the letter before a quote is the E of E'...' and not the end of a word.
fn text_before_is_prefix(text: &str, rest: &str) -> bool {
    let mut before = text[..text.len() - rest.len()].chars().rev();
    before.next();
    !before.next().is_some_and(is_word)
}

/// The value of a string that `text` begins with, and how many bytes it takes.
fn string(text: &str, escapes: bool) -> (String, usize) {
    let mut value = String::new();
    let mut characters = text.char_indices().skip(1).peekable();
    while let Some((at, c)) = characters.next() {
        match c {
            '\'' if characters.peek().is_some_and(|(_, next)| *next == '\'') => {
                characters.next();
                value.push('\'');
            }
            '\'' => return (value, at + 1),
            '\\' if escapes => match characters.next() {
                Some((_, 'n')) => value.push('\n'),
                Some((_, 't')) => value.push('\t'),
                Some((_, other)) => value.push(other),
                None => {}
            },
            c => value.push(c),
        }
    }
    (value, text.len())
}

/// What stands between the dollar quotes that `text` begins with, and how many bytes it takes with them.
fn dollar_quoted(text: &str) -> Option<(&str, usize)> {
    let tag_length = text[1..].find('$')? + 2;
    let tag = &text[..tag_length];
    if !tag[1..tag_length - 1].chars().all(|c| c.is_alphanumeric() || c == '_')
        || tag[1..].starts_with(|c: char| c.is_ascii_digit())
    {
        return None;
    }
    let body = &text[tag_length..];
    let end = body.find(tag)?;
    Some((&body[..end], tag_length + end + tag_length))
}

/// The words of a comment that could be values: what stands in quotes, and words that are a name, a number or an address.
pub fn of_comment(text: &str) -> BTreeSet<String> {
    let mut found = of_sql(text);
    let trimmed = text.trim();
    found.insert(trimmed.to_owned());
    let is_edge = |c: char| !is_word(c) && c != '+' && c != '@';
    let words: Vec<&str> = trimmed.split_whitespace().map(|word| word.trim_matches(is_edge)).collect();
    let is_name = |word: &str| word.chars().any(|c| c.is_uppercase() || c.is_numeric() || c == '@');
    for (index, word) in words.iter().enumerate() {
        if is_name(word) {
            found.insert((*word).to_owned());
            if let Some(next) = words.get(index + 1) {
                found.insert(format!("{word} {next}"));
            }
        }
    }
    found.retain(|literal| is_telling(literal));
    found
}

/// Whether a literal can say something about somebody.
fn is_telling(literal: &str) -> bool {
    let is_word_of_sql = ["true", "false", "null", "yes", "none", "now"].contains(&literal.to_lowercase().as_str());
    literal.trim().chars().count() >= FEWEST && !is_word_of_sql
}

/// The bare name of a type of PostgreSQL's own, from its schema-qualified name; nothing for another's. Names that are SQL
/// keywords as well come quoted: pg_catalog."varchar".
pub fn own_type(type_name: &str) -> Option<&str> {
    type_name.strip_prefix("pg_catalog.").map(|name| name.trim_matches('"'))
}

/// Whether a text about a column may well hold a value of it, though none was seen: it compares the text with something, or
/// gives it, and not with a pattern or a bound.
fn is_about_values(text: &Text, type_name: &str, literals: &BTreeSet<String>) -> bool {
    let is_pattern = |literal: &String| literal.contains(['^', '$', '%', '\\', '[', '*', '{']);
    text.kind == Kind::Column
        && own_type(type_name).is_some_and(|name| ["text", "varchar", "bpchar"].contains(&name))
        && ![" ~", "~~", " > ", " < ", ">=", "<=", "length("].iter().any(|operator| text.text.contains(operator))
        && literals
            .iter()
            .any(|literal| !is_pattern(literal) && !literal.chars().all(|c| c.is_ascii_digit() || c == '.'))
}

/// The identifiers of a text.
fn identifiers(text: &str) -> HashSet<&str> {
    text.split(|c| !is_word(c)).filter(|word| !word.is_empty()).collect()
}

/// What the texts show of masked columns; `masked` are the tables with their masked columns.
pub fn check(texts: &[Text], masked: &[(&TablePlan, Vec<i16>)], find: &mut Find<'_>) -> Vec<Problem> {
    // All literals for a column at once.
    let plans: HashMap<u32, &TablePlan> = masked.iter().map(|(plan, _)| (plan.oid, *plan)).collect();
    let mut concerns: Vec<(usize, u32, i16, BTreeSet<String>)> = Vec::new();
    for (index, text) in texts.iter().enumerate() {
        match (text.table, text.column) {
            (Some(table), Some(column)) => {
                let literals = if text.kind == Kind::Comment { of_comment(&text.text) } else { of_sql(&text.text) };
                concerns.push((index, table, column, literals));
            }
            _ => {
                let literals = of_sql(&text.text);
                if literals.is_empty() {
                    continue;
                }
                let words = identifiers(&text.text);
                for (plan, columns) in masked.iter().filter(|(plan, _)| words.contains(plan.name.as_str())) {
                    let names = |number: &i16| {
                        plan.columns.iter().any(|c| c.number == *number && words.contains(c.name.as_str()))
                    };
                    for number in columns.iter().filter(|number| names(number)) {
                        concerns.push((index, plan.oid, *number, literals.clone()));
                    }
                }
            }
        }
    }
    let mut wanted: HashMap<(u32, i16), BTreeSet<String>> = HashMap::new();
    for (_, table, column, literals) in &concerns {
        if !literals.is_empty() {
            wanted.entry((*table, *column)).or_default().extend(literals.iter().cloned());
        }
    }
    let mut answers: HashMap<(u32, i16), Option<Found>> = HashMap::new();
    for ((table, column), literals) in wanted {
        let Some(plan) = plans.get(&table) else { continue };
        let literals: Vec<String> = literals.into_iter().collect();
        answers.insert((table, column), find(plan, column, &literals));
    }
    let mut problems = Vec::new();
    let mut told = HashSet::new();
    for (index, table, number, literals) in concerns {
        let (Some(text), Some(plan), Some(answer)) =
            (texts.get(index), plans.get(&table), answers.get(&(table, number)))
        else {
            continue;
        };
        let Some(column) = plan.columns.iter().find(|column| column.number == number) else { continue };
        let name = super::column_name(plan, column);
        let message = match answer {
            Some(found) if literals.iter().any(|literal| found.values.contains(literal)) => {
                format!("the structure shows data: {} holds a value that is in masked {name}", text.object)
            }
            // What is said of the column alone is about its values, whether they were seen or not.
            Some(found) if !found.complete && is_about_values(text, &column.type_name, &literals) => format!(
                "the structure may show data: {} holds literals, and masked {name} is too large to look for them",
                text.object
            ),
            None if is_about_values(text, &column.type_name, &literals) => format!(
                "the structure may show data: {} holds literals, and masked {name} cannot be searched for them",
                text.object
            ),
            _ => continue,
        };
        // The same of each partition would be no news.
        if told.insert((text.object.clone(), column.name.clone())) {
            problems.push(Problem {
                severity: Severity::Warning,
                code: "structure_shows_data",
                object: name,
                message,
                hint: Some(
                    "The structure is dumped as it is. Take the literal out of it, or leave it when it says nothing about \
                     anybody."
                        .to_owned(),
                ),
            });
        }
    }
    problems
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn types_that_are_keywords_were_not_known_because_they_come_quoted() {
        assert_eq!(own_type("pg_catalog.\"varchar\""), Some("varchar"));
        assert_eq!(own_type("pg_catalog.text"), Some("text"));
        assert_eq!(own_type("public.\"varchar\""), None);
    }
}
