//! Making two dumps comparable.

/// A plain dump of pg_dump in a form that is equal for two databases that hold the same:
/// - without the random keys of `\restrict`,
/// - without the extension pg_anon and its schema, which a masked database does not have,
/// - with the rows of each table sorted.
pub fn normalise_dump(dump: &str) -> String {
    let mut result = String::with_capacity(dump.len());
    for (index, entry) in dump.split("\n--\n-- ").enumerate() {
        if index == 0 {
            push_lines(&mut result, entry);
        } else if !is_about_the_extension(entry) {
            result.push_str("\n--\n-- ");
            push_lines(&mut result, entry);
        }
    }
    result
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
        if line.starts_with("\\restrict ") || line.starts_with("\\unrestrict ") {
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
                    COPY public.t (a) FROM stdin;\nb\na\n\\.\n\n\\unrestrict abc\n";
        let expected = "-- dump\nSET x;\n\n--\n-- Data for Name: t; Type: TABLE DATA; Schema: public; Owner: a\n--\n\n\
                        COPY public.t (a) FROM stdin;\na\nb\n\\.\n\n";
        assert_eq!(normalise_dump(dump), expected);
    }

    #[test]
    fn the_extension_and_its_schema_are_dropped_and_nothing_else() {
        let entry = |name: &str| format!("\n--\n-- Name: {name}; Schema: -; Owner: -\n--\n\nCREATE;\n\n");
        let ours = ["pg_anon; Type: EXTENSION", "EXTENSION pg_anon; Type: COMMENT", "anon_funcs; Type: SCHEMA"];
        let others = ["pg_anon; Type: TABLE", "anon_funcs; Type: TABLE", "anon_funcs_2; Type: SCHEMA"];
        let dump = |names: &[&str]| names.iter().map(|name| entry(name)).collect::<String>();
        assert_eq!(normalise_dump(&(dump(&ours) + &dump(&others))), dump(&others));
    }
}
