//! Making two dumps comparable.

/// A plain dump of pg_dump in a form that is equal for two databases that hold the same:
/// - without the random keys of `\restrict`,
/// - without the extension pg_anon and its schema, which a masked database does not have,
/// - without blank lines,
/// - with the rows of each table sorted.
pub fn normalise_dump(dump: &str) -> String {
    let mut result = String::with_capacity(dump.len());
    for (index, entry) in dump.split("\n--\n-- ").enumerate() {
        if index == 0 {
            push_lines(&mut result, entry);
        } else if is_about_the_extension(entry) {
            // What pg_dump sets before the next entry stands at the end of this one.
            result.extend(entry.split_inclusive('\n').filter(|line| line.starts_with("SET default_")));
        } else {
            result.push_str("--\n-- ");
            push_lines(&mut result, entry);
        }
    }
    result
}

/// Asserts that two dumps are equal, and shows where they part when they are not: whole dumps are too long to be read.
///
/// # Panics
/// When they differ.
#[track_caller]
pub fn assert_same_dump(actual: &str, expected: &str) {
    let same = actual.lines().zip(expected.lines()).take_while(|(actual, expected)| actual == expected).count();
    let part = |dump: &str| dump.lines().skip(same.saturating_sub(5)).take(20).collect::<Vec<_>>().join("\n");
    assert!(
        actual == expected,
        "the dumps differ from line {} on\n---- actual:\n{}\n---- expected:\n{}",
        same + 1,
        part(actual),
        part(expected)
    );
}

/// Whether an entry's heading, `Name: pg_anon; Type: EXTENSION; Schema: -; Owner: -`, names the extension or its schema.
fn is_about_the_extension(entry: &str) -> bool {
    let heading = entry.lines().next().unwrap_or_default();
    [
        "Name: pg_anon; Type: EXTENSION; ",
        "Name: EXTENSION pg_anon; Type: COMMENT; ",
        "Name: anon_funcs; Type: SCHEMA; ",
        "Name: SCHEMA anon_funcs; Type: ",
    ]
    .iter()
    .any(|start| heading.starts_with(start))
}

fn push_lines(result: &mut String, entry: &str) {
    let mut lines = entry.split_inclusive('\n');
    while let Some(line) = lines.next() {
        if line == "\n" || line.starts_with("\\restrict ") || line.starts_with("\\unrestrict ") {
            continue;
        }
        result.push_str(line);
        if line.starts_with("COPY ") && line.ends_with(" FROM stdin;\n") {
            let mut rows: Vec<&str> = lines.by_ref().take_while(|row| *row != "\\.\n").collect();
            rows.sort_unstable();
            result.extend(rows);
            result.push_str("\\.\n");
        }
    }
}

#[cfg(test)]
mod tests {
    use super::normalise_dump;

    #[test]
    fn rows_are_sorted_and_keys_are_dropped() {
        let dump = "-- dump\n\\restrict abc\nSET x;\n\n--\n-- Data for Name: t; Type: TABLE DATA; Schema: public; Owner: a\n--\n\n\
                    COPY public.t (a) FROM stdin;\nb\n\na\n\\.\n\n\\unrestrict abc\n";
        let expected = "-- dump\nSET x;\n--\n-- Data for Name: t; Type: TABLE DATA; Schema: public; Owner: a\n--\n\
                        COPY public.t (a) FROM stdin;\n\na\nb\n\\.\n";
        assert_eq!(normalise_dump(dump), expected);
    }

    #[test]
    fn the_extension_and_its_schema_are_dropped_and_nothing_else() {
        let entry = |name: &str| format!("\n--\n-- Name: {name}; Schema: -; Owner: -\n--\n\nCREATE;\n\n");
        let ours = ["pg_anon; Type: EXTENSION", "EXTENSION pg_anon; Type: COMMENT", "anon_funcs; Type: SCHEMA"];
        let others = ["pg_anon; Type: TABLE", "anon_funcs; Type: TABLE", "anon_funcs_2; Type: SCHEMA"];
        let dump = |names: &[&str]| names.iter().map(|name| entry(name)).collect::<String>();
        assert_eq!(normalise_dump(&(dump(&ours) + &dump(&others))), normalise_dump(&dump(&others)));
        assert_eq!(normalise_dump(&dump(&others)).matches("CREATE;").count(), others.len());
    }

    #[test]
    fn a_setting_before_the_entry_after_the_extension_is_kept() {
        let dump = "\n--\n-- Name: pg_anon; Type: EXTENSION; Schema: -; Owner: -\n--\n\nCREATE EXTENSION pg_anon;\n\n\n\
                    SET default_tablespace = '';\n\n--\n-- Name: t; Type: TABLE;\n--\n\nCREATE TABLE t;\n";
        let expected = "SET default_tablespace = '';\n--\n-- Name: t; Type: TABLE;\n--\nCREATE TABLE t;\n";
        assert_eq!(normalise_dump(dump), expected);
    }

    #[test]
    #[should_panic(expected = "from line 2 on")]
    fn dumps_that_differ_are_shown_from_the_first_difference_on() {
        super::assert_same_dump("a\nb\n", "a\nc\n");
    }
}
