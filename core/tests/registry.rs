//! Files that are made of the registry of masking functions. `PG_ANON_WRITE=1 cargo test -p pg_anon_core --test registry`
//! writes them anew.

use pg_anon_core::mask::registry::{self, Argument, Function, Source, Spread};
use std::path::{Path, PathBuf};

fn path(file: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..").join(file)
}

/// Compares a file of the repository with what it should hold, or writes it.
fn holds(file: &str, wanted: &str) {
    let path = path(file);
    if std::env::var_os("PG_ANON_WRITE").is_some() {
        std::fs::write(&path, wanted).expect("the file can be written");
    }
    let found = std::fs::read_to_string(&path).unwrap_or_default();
    let line = found.lines().zip(wanted.lines()).position(|(a, b)| a != b);
    assert!(
        found == wanted,
        "{file} differs from the registry in line {:?}: see the head of this test",
        line.map(|n| n + 1)
    );
}

#[test]
fn the_sql_comments_are_the_summaries_of_the_registry() {
    let mut text = String::from(
        "-- Comments of the masking functions, for \\df+ and \\dx+: made of the registry by core/tests/registry.rs.\n",
    );
    for function in registry::functions() {
        text += &format!(
            "COMMENT ON FUNCTION anon_funcs.{}({}) IS\n    '{}';\n",
            function.name,
            function.arguments.join(", "),
            function.summary.replace('\'', "''"),
        );
    }
    holds("sql/mask_comments.sql", &text);
}

/// The arguments of a call in which all that have a default are left out, and the others are not known.
fn shortest_call(function: &Function) -> Vec<Argument> {
    let is_library = function.name.starts_with("pseudo_") || function.name.starts_with("random_");
    let values = usize::from(function.name.starts_with("pseudo_"));
    let count = if is_library && function.name != "random_phone" { values } else { function.arguments.len() };
    vec![Argument::Expression(None); count.min(function.arguments.len())]
}

fn number(number: f64) -> String {
    if number < 1e6 { format!("{number:.0}") } else { format!("10^{:.0}", number.log10()) }
}

#[test]
fn the_documentation_has_every_function_and_what_it_promises() {
    const FILE: &str = "docs/functions.md";
    let found = std::fs::read_to_string(path(FILE)).expect("the documentation");
    let (head, rest) = found.split_once("<!-- made by core/tests/registry.rs -->\n").expect("the place of the table");
    let (_, tail) = rest.split_once("<!-- end -->").expect("the end of the table");
    let mut table = String::from("| function | of the value | collides | characters |\n|---|---|---|---|\n");
    for function in registry::functions() {
        let arguments = shortest_call(function);
        let source = match function.source {
            Source::Arguments => "yes",
            Source::Chance => "chance",
        };
        let collides = match (function.spread)(&arguments) {
            Spread::Unique => "never".to_owned(),
            Spread::Among(count) => format!("among {}", number(count)),
            Spread::Narrow => "often".to_owned(),
        };
        let characters = match (function.length)(&arguments) {
            Some(length) if length.longest == Some(length.shortest) => length.shortest.to_string(),
            Some(length) => {
                format!(
                    "{} to {}",
                    length.shortest,
                    length.longest.map_or("any".to_owned(), |longest| longest.to_string())
                )
            }
            None => String::new(),
        };
        table += &format!(
            "| `{}({})` | {source} | {collides} | {characters} |\n",
            function.name,
            function.arguments.join(", "),
        );
    }
    holds(FILE, &format!("{head}<!-- made by core/tests/registry.rs -->\n{table}<!-- end -->{tail}"));
    let examples: String = head.split("```sql").skip(1).filter_map(|block| block.split("```").next()).collect();
    for function in registry::functions() {
        assert!(examples.contains(&format!("{}(", function.name)), "{} has no example in {FILE}", function.name);
    }
}
