//! Names of types, written as `format_type` writes them.

/// The names by which people call types, and those by which PostgreSQL does.
const ALIASES: [(&str, &str); 20] = [
    ("varbit", "bit varying"),
    ("bool", "boolean"),
    ("char", "character"),
    ("varchar", "character varying"),
    ("int", "integer"),
    ("int4", "integer"),
    ("int2", "smallint"),
    ("int8", "bigint"),
    ("float", "double precision"),
    ("float8", "double precision"),
    ("float4", "real"),
    ("decimal", "numeric"),
    ("dec", "numeric"),
    ("serial2", "smallserial"),
    ("serial4", "serial"),
    ("serial8", "bigserial"),
    ("timetz", "time with time zone"),
    ("timestamptz", "timestamp with time zone"),
    ("time", "time without time zone"),
    ("timestamp", "timestamp without time zone"),
];

/// The name of a type as `format_type` writes it: `VARCHAR (20)` gives `character varying(20)`, `int4[]` gives `integer[]`,
/// `timestamptz(3)` gives `timestamp(3) with time zone`. A name with a schema is returned as it is, trimmed and in lower case.
pub fn normalise(name: &str) -> String {
    let name = name.trim().to_lowercase();
    if name.contains('.') {
        return name;
    }
    let (name, dimensions) = match name.find('[') {
        Some(at) => (name.get(..at).unwrap_or_default(), name.matches('[').count()),
        None => (name.as_str(), 0),
    };
    let (before, modifier, behind) = match (name.find('('), name.find(')')) {
        (Some(open), Some(close)) if open < close => (
            name.get(..open).unwrap_or_default(),
            name.get(open..=close).unwrap_or_default().replace(' ', ""),
            name.get(close + 1..).unwrap_or_default(),
        ),
        _ => (name, String::new(), ""),
    };
    let words: Vec<&str> = before.split_whitespace().collect();
    let behind: Vec<&str> = behind.split_whitespace().collect();
    let (base, rest) = words.split_first().map_or(("", &[][..]), |(base, rest)| (*base, rest));
    let zone: Vec<&str> = rest.iter().chain(&behind).copied().collect();
    let alias = ALIASES.iter().find(|(alias, _)| *alias == base).map(|(_, full)| *full);
    let full = match alias {
        // The words behind say it all: `time with time zone`, `timestamp without time zone`, `char varying`.
        Some(_) if matches!(base, "time" | "timestamp") && !zone.is_empty() => format!("{base} {}", zone.join(" ")),
        Some(full) if rest.is_empty() => full.to_owned(),
        Some(full) => format!("{full} {}", rest.join(" ")),
        None => words.iter().chain(&behind).copied().collect::<Vec<_>>().join(" "),
    };
    // The modifier stands behind the first word of `timestamp with time zone`, and behind all others.
    let mut result = match full.split_once(' ') {
        Some((first @ ("time" | "timestamp"), zone)) => format!("{first}{modifier} {zone}"),
        _ => format!("{full}{modifier}"),
    };
    if dimensions > 0 {
        // PostgreSQL does not tell dimensions apart.
        result.push_str("[]");
    }
    result
}

/// The name without `(...)`.
pub(super) fn without_modifier(name: &str) -> String {
    let mut depth = 0;
    name.chars()
        .filter(|c| {
            depth += i32::from(*c == '(');
            let kept = depth == 0;
            depth -= i32::from(*c == ')');
            kept
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_become_those_of_format_type() {
        for (written, full) in [
            ("VARCHAR (20)", "character varying(20)"),
            (" text ", "text"),
            ("timestamptz(3)", "timestamp(3) with time zone"),
            ("timestamp", "timestamp without time zone"),
            ("timestamp with time zone", "timestamp with time zone"),
            ("timestamp(3) with time zone", "timestamp(3) with time zone"),
            ("int4[]", "integer[]"),
            ("int[][]", "integer[]"),
            ("varchar(5) []", "character varying(5)[]"),
            ("double  precision", "double precision"),
            ("numeric(10, 2)", "numeric(10,2)"),
            ("dec", "numeric"),
            ("character varying", "character varying"),
            ("My.Type", "my.type"),
            ("bool", "boolean"),
        ] {
            assert_eq!(normalise(written), full, "{written}");
            assert_eq!(normalise(full), full, "{full} stays");
        }
        assert_eq!(without_modifier("timestamp(3) with time zone"), "timestamp with time zone");
    }
}
