//! The patterns of psql and pg_dump (`-t`, `-n`) as regular expressions of the server.
//!
//! `*` is any text and `?` any character; letters outside of double quotes mean their lower case; a dot outside of quotes
//! parts schema and name; all else outside of quotes has the meaning that it has in a regular expression, except `$`.
//! Source: `patternToSQLRegex` in `src/fe_utils/string_utils.c` and `expand_table_name_patterns` in pg_dump.c.

/// What a pattern asks for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NamePattern {
    /// The pattern as it was written.
    pub pattern: String,
    /// The database that it names, which must be the one that is dumped.
    pub database: Option<String>,
    /// Regular expression for the schema's name. Nothing: the name must be visible without a schema.
    pub schema: Option<String>,
    /// Regular expression for the object's name.
    pub name: String,
}

/// A pattern with too many dots.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0:?} has too many dots; a dot that is part of a name stands in double quotes")]
pub struct NamePatternError(String);

impl NamePattern {
    /// Reads the pattern of a relation: `name`, `schema.name` or `database.schema.name`.
    ///
    /// # Errors
    /// There are more than two dots outside of quotes.
    pub fn relation(pattern: &str) -> Result<NamePattern, NamePatternError> {
        let mut parts = split(pattern);
        let too_many = || NamePatternError(pattern.to_owned());
        let name = parts.pop().map(|part| part.regex).unwrap_or_default();
        let schema = parts.pop().map(|part| part.regex);
        let database = parts.pop().map(|part| part.literal);
        if !parts.is_empty() {
            return Err(too_many());
        }
        Ok(NamePattern { pattern: pattern.to_owned(), database, schema, name })
    }

    /// Reads the pattern of a schema.
    ///
    /// # Errors
    /// There is a dot outside of quotes.
    pub fn schema(pattern: &str) -> Result<NamePattern, NamePatternError> {
        let mut parts = split(pattern);
        match (parts.pop(), parts.is_empty()) {
            (Some(part), true) => {
                Ok(NamePattern { pattern: pattern.to_owned(), database: None, schema: None, name: part.regex })
            }
            _ => Err(NamePatternError(pattern.to_owned())),
        }
    }
}

/// What stands between two dots.
struct Part {
    regex: String,
    /// The same as a plain name, for the database.
    literal: String,
}

fn split(pattern: &str) -> Vec<Part> {
    let mut parts = Vec::new();
    let mut part = Part { regex: "^(".to_owned(), literal: String::new() };
    let mut quoted = false;
    let mut characters = pattern.chars().peekable();
    while let Some(character) = characters.next() {
        match character {
            '"' if quoted && characters.next_if_eq(&'"').is_some() => {
                part.regex.push('"');
                part.literal.push('"');
            }
            '"' => quoted = !quoted,
            '.' if !quoted => {
                part.regex.push_str(")$");
                parts.push(std::mem::replace(&mut part, Part { regex: "^(".to_owned(), literal: String::new() }));
            }
            _ => {
                match character {
                    '*' if !quoted => part.regex.push_str(".*"),
                    '?' if !quoted => part.regex.push('.'),
                    // Part of many names, and without use in a pattern that is anchored anyway.
                    '$' => part.regex.push_str("\\$"),
                    '|' | '*' | '+' | '?' | '(' | ')' | '[' | ']' | '{' | '}' | '.' | '^' | '\\' if quoted => {
                        part.regex.push('\\');
                        part.regex.push(character);
                    }
                    // More likely an array type's name than an empty set of characters.
                    '[' if characters.peek() == Some(&']') => part.regex.push_str("\\["),
                    _ if quoted => part.regex.push(character),
                    _ => part.regex.push(character.to_ascii_lowercase()),
                }
                part.literal.push(if quoted { character } else { character.to_ascii_lowercase() });
            }
        }
    }
    part.regex.push_str(")$");
    parts.push(part);
    parts
}

/// Patterns that match exactly these relations and no others, few of them for many: each asks the server once. Names and
/// patterns are in the encoding of the database.
pub fn exact_relation_patterns<'a>(relations: impl IntoIterator<Item = (&'a [u8], &'a [u8])>) -> Vec<Vec<u8>> {
    /// So many names that a pattern stays far below the longest argument that a program can get.
    const AT_ONCE: usize = 100;
    let mut by_schema: std::collections::BTreeMap<&[u8], Vec<&[u8]>> = std::collections::BTreeMap::new();
    for (schema, name) in relations {
        by_schema.entry(schema).or_default().push(name);
    }
    let mut patterns = Vec::new();
    for (schema, names) in by_schema {
        for names in names.chunks(AT_ONCE) {
            let names: Vec<Vec<u8>> = names.iter().map(|name| exact_pattern(name)).collect();
            patterns.push([&exact_pattern(schema)[..], b".(", &names.join(&b"|"[..]), b")"].concat());
        }
    }
    patterns
}

/// The pattern that matches exactly this name.
pub fn exact_pattern(name: &[u8]) -> Vec<u8> {
    let mut pattern = vec![b'"'];
    for &byte in name {
        if byte == b'"' {
            pattern.push(byte);
        }
        pattern.push(byte);
    }
    pattern.push(b'"');
    pattern
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn assert_regex(pattern: &str, schema: Option<&str>, name: &str) {
        let read = NamePattern::relation(pattern).unwrap();
        assert_eq!((read.schema.as_deref(), read.name.as_str()), (schema, name), "{pattern}");
    }

    #[test]
    fn patterns_mean_what_they_mean_in_psql() {
        assert_regex("orders", None, "^(orders)$");
        assert_regex("Sales.Orders*", Some("^(sales)$"), "^(orders.*)$");
        assert_regex("a?b", None, "^(a.b)$");
        assert_regex("\"Sales\".\"Or.d*rs\"", Some("^(Sales)$"), "^(Or\\.d\\*rs)$");
        assert_regex("a\"B\"c", None, "^(aBc)$");
        assert_regex("\"a\"\"b\"", None, "^(a\"b)$");
        assert_regex("x$y", None, "^(x\\$y)$");
        assert_regex("(a|b)[0-9]+", None, "^((a|b)[0-9]+)$");
        assert_regex("t[]", None, "^(t\\[])$");
        assert_regex("*.*", Some("^(.*)$"), "^(.*)$");
        assert_regex("Ä\"Ä\"", None, "^(ÄÄ)$");
        // A quote that is never closed runs to the end.
        assert_regex("\"a.b", None, "^(a\\.b)$");
    }

    #[test]
    fn a_database_may_stand_before_the_schema_and_nothing_before_that() {
        let read = NamePattern::relation("Shop.public.t").unwrap();
        assert_eq!(read.database.as_deref(), Some("shop"));
        assert!(NamePattern::relation("a.b.c.d").is_err());
        assert!(NamePattern::schema("a.b").is_err());
        assert_eq!(NamePattern::schema("\"a.b\"").unwrap().name, "^(a\\.b)$");
    }

    #[test]
    fn exact_patterns_quote_everything_and_come_in_bundles() {
        let one = exact_relation_patterns([(&b"s"[..], &b"we\"ird.*|$"[..])]);
        assert_eq!(one, [b"\"s\".(\"we\"\"ird.*|$\")".to_vec()]);
        let names: Vec<String> = (0..150).map(|n| format!("t{n}")).collect();
        let many = exact_relation_patterns(names.iter().map(|name| (&b"s"[..], name.as_bytes())));
        assert_eq!(many.len(), 2);
        assert!(many[0].starts_with(b"\"s\".(\"t0\"|\"t1\"|"), "{:?}", String::from_utf8_lossy(&many[0]));
        // Read back as pg_dump reads it.
        assert_eq!(
            NamePattern::relation(&String::from_utf8(one[0].clone()).unwrap()).unwrap().name,
            "^((we\"ird\\.\\*\\|\\$))$"
        );
    }
}
