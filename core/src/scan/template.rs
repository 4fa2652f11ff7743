//! Templates of rules: `%s` stands for the name of the column.

/// The rule that a template gives for a column. Every `%s` becomes the name: within double quotes with its quotes doubled, as
/// users write it, within single quotes as part of a string, elsewhere as an identifier. `%%` is a percent sign, and any other
/// `%` stays.
pub(super) fn rule(template: &str, column: &str) -> String {
    let mut rule = String::with_capacity(template.len() + column.len());
    let mut rest = template;
    // The quote that is open.
    let mut quote = None;
    while let Some(c) = rest.chars().next() {
        if let Some(behind) = rest.strip_prefix("%s") {
            match quote {
                Some('"') => rule.push_str(&column.replace('"', "\"\"")),
                Some(_) => rule.push_str(&column.replace('\'', "''")),
                None => rule.push_str(&identifier(column)),
            }
            rest = behind;
            continue;
        }
        if let Some(behind) = rest.strip_prefix("%%") {
            rule.push('%');
            rest = behind;
            continue;
        }
        quote = match quote {
            None if matches!(c, '"' | '\'') => Some(c),
            Some(open) if open == c => None,
            other => other,
        };
        rule.push(c);
        rest = rest.get(c.len_utf8()..).unwrap_or_default();
    }
    rule
}

/// A name as SQL takes it: always in quotes, because a list of keywords would be another one for each server.
pub(super) fn identifier(name: &str) -> String {
    format!("\"{}\"", name.replace('"', "\"\""))
}

/// A string as SQL takes it, whatever it holds.
pub(super) fn literal(text: &str) -> String {
    let text = text.replace('\'', "''");
    if text.contains('\\') { format!("E'{}'", text.replace('\\', "\\\\")) } else { format!("'{text}'") }
}

/// A rule with the name of one column in the place of another's: for the other side of a foreign key. Strings stay as they are, and
/// so do names behind a dot and names of functions.
pub(super) fn rename(rule: &str, from: &str, to: &str) -> String {
    let mut out = String::with_capacity(rule.len() + to.len());
    let mut rest = rule;
    let mut last = ' ';
    while let Some(c) = rest.chars().next() {
        let length = match c {
            '\'' | '"' => {
                // Doubled quotes are two strings side by side here, which comes to the same.
                rest.get(1..).and_then(|behind| behind.find(c)).map_or(rest.len(), |at| at + 2)
            }
            c if c.is_alphanumeric() || c == '_' => {
                rest.find(|c: char| !(c.is_alphanumeric() || matches!(c, '_' | '$'))).unwrap_or(rest.len())
            }
            c => c.len_utf8(),
        };
        let (token, behind) = rest.split_at(length);
        let quoted = token.strip_prefix('"').and_then(|name| name.strip_suffix('"'));
        let is_name = quoted.is_some_and(|name| name == from)
            || (quoted.is_none() && token.to_lowercase() == from && !behind.trim_start().starts_with('('));
        if is_name && last != '.' && !behind.starts_with('.') {
            out.push_str(&identifier(to));
        } else {
            out.push_str(token);
        }
        last = token.chars().next_back().unwrap_or(' ');
        rest = behind;
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_name_takes_the_place_of_every_mark() {
        assert_eq!(rule("digest(\"%s\", 'x', 'md5')", "e mail"), "digest(\"e mail\", 'x', 'md5')");
        assert_eq!(rule("f(%s, %s)", "a"), "f(\"a\", \"a\")");
        assert_eq!(rule("'100%% of ' || %s", "A"), "'100% of ' || \"A\"");
        assert_eq!(rule("to_char(x, '50%')", "a"), "to_char(x, '50%')");
    }

    #[test]
    fn a_rule_is_taken_over_for_a_column_of_another_name() {
        assert_eq!(rename("f(\"email\", 'email')", "email", "mail"), "f(\"mail\", 'email')");
        assert_eq!(rename("s.email(email) || Email || x.email", "email", "m"), "s.email(\"m\") || \"m\" || x.email");
        assert_eq!(rename("digest(emails, 'x')", "email", "m"), "digest(emails, 'x')");
        assert_eq!(rename("f('it''s email', email", "email", "m"), "f('it''s email', \"m\"");
    }

    #[test]
    fn a_name_with_quotes_stays_a_name() {
        let crafted = "x\", (SELECT 1)) --";
        assert_eq!(rule("f(\"%s\")", crafted), "f(\"x\"\", (SELECT 1)) --\")");
        assert_eq!(rule("f('%s')", "it's"), "f('it''s')");
        assert_eq!(rule("f(%s)", crafted), "f(\"x\"\", (SELECT 1)) --\")");
        assert_eq!(literal("a\\b'c"), "E'a\\\\b''c'");
    }
}
