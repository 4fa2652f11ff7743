//! The examples of the documentation do what they say. `PG_ANON_WRITE=1` writes anew what they give.

use pg_anon_core::mask::registry;
use pg_anon_e2e::server;
use std::path::Path;

/// An example: a line `expression -- result` or `expression -- e.g. result` within a block of SQL.
fn example(line: &str) -> Option<(&str, &str, &str)> {
    let (expression, result) = line.rsplit_once(" -- ")?;
    match result.strip_prefix("e.g. ") {
        Some(result) => Some((expression.trim_end(), "e.g. ", result)),
        None => Some((expression.trim_end(), "", result)),
    }
}

#[test]
fn the_examples_of_the_functions_give_what_they_say() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/functions.md");
    let text = std::fs::read_to_string(&path).expect("the documentation");
    let database = server().create_database("UTF8");
    database.sql(
        "CREATE EXTENSION pg_anon; CREATE EXTENSION hstore; CREATE TYPE public.pg_anon_example AS (name text, age int);",
    );
    let mut new = String::new();
    let mut is_sql = false;
    let mut wrong = Vec::new();
    let mut examples = String::new();
    for line in text.lines() {
        let found = if is_sql { example(line) } else { None };
        is_sql = if line.starts_with("```") { line == "```sql" } else { is_sql };
        let Some((expression, drawn, result)) = found else {
            new += &format!("{line}\n");
            continue;
        };
        examples += &format!(" {expression}");
        let given = database.sql(&format!(
            "SET search_path = pg_catalog, anon_funcs, public; SET TimeZone = 'UTC'; SET DateStyle = 'ISO';
             DO $$ BEGIN PERFORM set_config('pg_anon.key', 'the-key-of-the-documentation-only', false); END $$;
             SELECT coalesce(({expression})::text, 'NULL')"
        ));
        // What is drawn is another value of the same kind: never none, and never all the same.
        if (drawn.is_empty() && given != result) || given.is_empty() {
            wrong.push(format!("{expression} gives {given}, and not {result}"));
        }
        let shown = if drawn.is_empty() || result == "?" { given.as_str() } else { result };
        new += &format!("{expression:<42} -- {drawn}{shown}\n");
    }
    for function in registry::functions() {
        let is_called = |before: char| examples.contains(&format!("{before}{}(", function.name));
        assert!([' ', '(', '\''].into_iter().any(is_called), "{} has no example", function.name);
    }
    if std::env::var_os("PG_ANON_WRITE").is_some() {
        std::fs::write(&path, new).expect("the documentation can be written");
    } else {
        assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    }
}
