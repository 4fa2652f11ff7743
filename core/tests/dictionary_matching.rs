//! Which rule belongs to a table.

use pg_anon_core::dictionary::{Dictionary, NameMask, TableList, TablePattern};
use proptest::prelude::*;
use serde_json::{Value, json};

fn dictionary(value: Value) -> Dictionary {
    Dictionary::merge([("test", &value)]).unwrap_or_else(|e| panic!("{e}"))
}

/// A dictionary whose rules each mask one column, by whose name the winner is told.
fn rules(patterns: &[(&str, Value)]) -> Dictionary {
    let with_fields = |(column, pattern): &(&str, Value)| {
        let mut rule = pattern.clone();
        rule["fields"] = json!({*column: "NULL"});
        rule
    };
    dictionary(json!({"dictionary": patterns.iter().map(with_fields).collect::<Vec<Value>>()}))
}

fn winner<'a>(dictionary: &'a Dictionary, schema: &str, table: &str) -> Option<&'a str> {
    let rule = dictionary.find(schema, table).unwrap_or_else(|e| panic!("{e}"))?;
    rule.fields.keys().next().map(String::as_str)
}

fn matches(text: &str, name: &str) -> bool {
    let mask = NameMask::new(text).unwrap_or_else(|e| panic!("{e}"));
    mask.matches(name).unwrap_or_else(|e| panic!("{e}"))
}

#[test]
fn the_first_exact_rule_wins_at_once_wherever_it_stands() {
    let found = rules(&[
        ("mask", json!({"schema_mask": "*", "table_mask": "*"})),
        ("exact", json!({"schema": "public", "table": "users"})),
        // Other keys, so that it is not merged with the rule above.
        ("second", json!({"schema": "public", "table": "users", "table_mask": "^users$"})),
        ("later mask", json!({"schema": "public", "table_mask": "users"})),
    ]);
    assert_eq!(winner(&found, "public", "users"), Some("exact"));
}

#[test]
fn without_an_exact_rule_the_last_that_matches_by_mask_wins_whatever_its_kind() {
    let kinds = [
        ("a", json!({"schema_mask": "^pub", "table": "users"})),
        ("b", json!({"schema": "public", "table_mask": "^user"})),
        ("c", json!({"schema_mask": "*", "table_mask": "s$"})),
    ];
    for order in [[0, 1, 2], [0, 2, 1], [1, 0, 2], [1, 2, 0], [2, 0, 1], [2, 1, 0]] {
        let ordered = order.map(|i| kinds[i].clone());
        assert_eq!(winner(&rules(&ordered), "public", "users"), Some(ordered[2].0));
    }
}

#[test]
fn a_rule_matches_only_when_schema_and_table_do() {
    let found = rules(&[
        ("a", json!({"schema": "public", "table": "users"})),
        ("b", json!({"schema_mask": "^crm", "table": "users"})),
        ("c", json!({"schema": "shop", "table_mask": "^order"})),
    ]);
    assert_eq!(winner(&found, "public", "orders"), None);
    assert_eq!(winner(&found, "crm_2", "user"), None);
    assert_eq!(winner(&found, "crm_2", "users"), Some("b"));
    assert_eq!(winner(&found, "shops", "orders"), None);
    assert_eq!(winner(&found, "shop", "orders"), Some("c"));
    assert_eq!(winner(&found, "Public", "users"), None, "names are case-sensitive");
}

#[test]
fn a_rule_with_a_name_and_a_mask_matches_by_either() {
    let found = rules(&[("a", json!({"schema": "public", "table": "users", "table_mask": "^log_"}))]);
    assert_eq!(winner(&found, "public", "users"), Some("a"));
    assert_eq!(winner(&found, "public", "log_1"), Some("a"));
    assert_eq!(winner(&found, "public", "other"), None);
    let found = rules(&[("a", json!({"schema": "a", "schema_mask": "^b", "table": "t"}))]);
    assert_eq!(winner(&found, "a", "t"), Some("a"));
    assert_eq!(winner(&found, "b1", "t"), Some("a"));
    assert_eq!(winner(&found, "c", "t"), None);
}

#[test]
fn a_star_matches_every_name() {
    for name in ["users", "", "\n", "a b", "\"", "été", "*"] {
        assert!(matches("*", name));
    }
}

#[test]
fn a_mask_is_searched_anywhere_and_is_case_sensitive() {
    assert!(matches("log", "web_log_2024"));
    assert!(!matches("log", "WEB_LOG"));
    assert!(matches("(?i)log", "WEB_LOG"));
    assert!(matches("^log", "log_2024") && !matches("^log", "web_log"));
    assert!(matches(".*", "anything") && matches("a|b", "xbx"));
}

#[test]
fn a_mask_with_look_around_or_a_backreference_is_run() {
    assert!(matches("^(?!log_)", "users") && !matches("^(?!log_)", "log_users"));
    assert!(matches("(?<=tmp_)x", "tmp_x") && !matches("(?<=tmp_)x", "x"));
    assert!(matches("(?<!old_)users$", "users") && !matches("(?<!old_)users$", "old_users"));
    assert!(matches(r"^(\w+)_\1$", "a_a") && !matches(r"^(\w+)_\1$", "a_b"));
    assert!(matches(r"^(?P<n>a|b)(?P=n)$", "bb") && !matches(r"^(?P<n>a|b)(?P=n)$", "ab"));
    assert!(!matches("a++a", "aaa"), "a possessive repetition gives nothing back");
    assert!(!matches("(?>a*)a", "aaa"), "an atomic group gives nothing back");
}

#[test]
fn a_mask_means_what_it_means_in_python() {
    // `$` also matches before a line end that ends the name, `\Z` does not.
    assert!(matches("a$", "a\n") && !matches("a$", "a\nb") && !matches(r"a\Z", "a\n") && matches(r"a\Z", "a"));
    assert!(matches("(?m)a$", "a\nb") && matches("(a$)\n", "a\n"));
    // No classes in classes, and no operations on them.
    assert!(matches("^[[]$", "[") && matches("^[a&&b]$", "&") && matches("^[]a]$", "]"));
    assert!(matches(r"^[\b]$", "\x08") && matches("^[a-]$", "-"));
    assert!(matches(r"^[\w-]$", "-") && matches(r"^[^\W]$", "é"));
    // A brace that begins no repetition is a brace.
    assert!(matches("^a{$", "a{") && matches("^a{1$", "a{1") && matches("^a{,2}$", "aa") && !matches("^a{,2}$", "aaa"));
    // Escapes.
    assert!(matches(r"^\x61\u0062\143\.\<\-\0$", "abc.<-\0"));
    assert!(matches(r"^\d$", "٣") && matches(r"^\w$", "²") && !matches(r"^\w$", "\u{301}") && matches(r"^\s$", "\x1c"));
    // Verbose patterns.
    assert!(matches("(?x) ^ a b # letters\n c $", "abc") && matches(r"(?x)^a\ b[ ]$", "a b "));
    assert!(matches("^a(?#comment)b$", "ab") && matches("^(?:a|b)(?i:C)$", "ac"));
    assert!(matches("(?s)^.$", "x") && matches("(?s)^.a", "\na") && !matches("^.a", "\na"));
}

#[test]
fn a_mask_that_is_not_understood_is_an_error() {
    for text in [
        "",
        "(",
        ")",
        "a)",
        "[",
        "[a",
        "*a",
        "a**",
        "a{2}{3}",
        "+",
        "(?",
        "(?P<n",
        "(?P<n>a)(?P<n>b)",
        "(?P=n)",
        r"\1",
        "\\",
        r"\q",
        r"\p{L}",
        r"[\d-z]",
        "[z-a]",
        "a{3,2}",
        "(?a)b",
        "(?L)b",
        "a(?i)b",
        "(?z)",
        "(?<n>a)",
        "(a)?(?(1)b|c)",
        r"\x4",
        r"\ud800",
        r"\N{DASH}",
        "^*",
        "a{99999999999}",
        "((a{1000}){1000}){1000}",
    ] {
        let error = NameMask::new(text).expect_err(text);
        assert_eq!(error.mask, text);
        assert!(!error.message.contains('\n'), "{error}");
    }
    let deep = format!("{}a{}", "(".repeat(100_000), ")".repeat(100_000));
    assert!(NameMask::new(&deep).expect_err("too deep").message.contains("50 groups"));
}

#[test]
fn a_mask_that_takes_too_many_steps_is_an_error_and_not_a_mismatch() {
    let found = rules(&[("a", json!({"schema": "public", "table_mask": r"^(?:(a)|a\1?|aa)+\1b$"}))]);
    let error = found.find("public", &"a".repeat(63)).expect_err("the pattern cannot be decided");
    assert!(error.to_string().contains("could not be matched"), "{error}");
}

#[test]
fn dictionary_exclude_matches_by_name_and_by_mask() {
    let found = dictionary(json!({"dictionary_exclude": [
        {"schema": "public", "table": "secret"},
        {"schema_mask": "^tmp", "table_mask": "*"},
    ]}));
    let excludes = |schema, table| found.excludes(schema, table).unwrap_or_else(|e| panic!("{e}"));
    assert!(excludes("public", "secret") && excludes("tmp_1", "anything"));
    assert!(!excludes("public", "users") && !excludes("other", "secret"));
}

#[test]
fn a_table_list_matches_as_rules_do() {
    let value = json!({"tables": [{"schema": "public", "table": "orders"}, {"schema": "shop", "table_mask": "^item"}]});
    let list = TableList::merge([("list", &value)]).unwrap_or_else(|e| panic!("{e}"));
    let matches = |schema, table| list.matches(schema, table).unwrap_or_else(|e| panic!("{e}"));
    assert!(matches("public", "orders") && !matches("public", "order") && !matches("public", "order_items"));
    assert!(matches("shop", "items") && !matches("shop", "order_items"));
}

#[test]
fn a_pattern_displays_the_keys_it_has() {
    let found = dictionary(json!({"dictionary_exclude": [{"schema": "a\"b\n", "table_mask": "^log_"}]}));
    let shown: Vec<String> = found.exclude().iter().map(TablePattern::to_string).collect();
    assert_eq!(shown, [r#"schema "a\"b\n", table_mask "^log_""#]);
}

#[test]
fn excluding_every_table_of_a_schema_drops_the_schema() {
    let found = dictionary(json!({
        "dictionary": [
            {"schema": "kept", "table": "users", "fields": {}},
            {"schema_mask": "^audit", "table": "users", "fields": {}},
        ],
        "dictionary_exclude": [
            {"schema": "audit", "table_mask": "*"},
            {"schema": "kept", "table_mask": "*"},
            {"schema": "checked", "table_mask": "*"},
            {"schema_mask": "tmp_", "table_mask": "*"},
            {"schema": "some", "table_mask": ".*"},
            {"schema": "one", "table": "t"},
            {"schema_mask": "*", "table_mask": "*"},
        ],
        "validate_tables": [{"schema": "checked", "table": "t"}],
    }));
    let schemas = ["public", "audit", "kept", "checked", "tmp_1", "my_tmp_1", "some", "one", "columnar_internal"];
    let excluded = found.excluded_schemas(&schemas.map(str::to_owned)).unwrap_or_else(|e| panic!("{e}"));
    // Not `kept` and `checked`, which are named exactly; not `some`, whose mask is not "*"; and not all of them: as a
    // regular expression the schema_mask "*" is invalid.
    assert_eq!(excluded, ["audit", "tmp_1", "my_tmp_1", "columnar_internal"]);
}

fn name() -> impl Strategy<Value = String> {
    prop::sample::select(vec!["a", "b", "ab", "ba", "aa"]).prop_map(str::to_owned)
}

fn pattern() -> impl Strategy<Value = Value> {
    let mask = || prop::sample::select(vec!["*", "a", "^a", "b$", "^(?!a)", "^ab$"]);
    let side = |exact: &'static str, masked: &'static str| {
        let by_name = name().prop_map(move |name| (exact, name));
        prop_oneof![by_name, mask().prop_map(move |mask| (masked, mask.to_owned()))]
    };
    (side("schema", "schema_mask"), side("table", "table_mask"))
        .prop_map(|((schema_key, schema), (table_key, table))| json!({schema_key: schema, table_key: table}))
}

proptest! {
    #[test]
    fn any_mask_is_compiled_or_refused_without_a_panic(text in any::<String>(), name in any::<String>()) {
        if let Ok(mask) = NameMask::new(&text) {
            let _ = mask.matches(&name);
        }
    }

    #[test]
    fn any_pieces_of_masks_are_compiled_or_refused_without_a_panic(
        pieces in prop::collection::vec(prop::sample::select(vec![
            "a", "[", "]", "(", ")", "(?", "?", "*", "+", "{", "}", "2", ",", "\\", "^", "$", "-", "|", "(?P<n>", "(?=",
            "(?<!", "(?i", ":", "(?x)", "#", "\\1", "[^", "\\d", "&&", "é", "(?P=n)",
        ]), 0..12),
    ) {
        if let Ok(mask) = NameMask::new(&pieces.concat()) {
            let _ = mask.matches("aaaa");
        }
    }

    /// The search through an index gives what a walk through the list in order gives.
    #[test]
    fn the_winner_is_the_first_exact_rule_else_the_last_by_mask(
        patterns in prop::collection::vec(pattern(), 0..12), schema in name(), table in name(),
    ) {
        let patterns: Vec<(&str, Value)> = patterns.into_iter().map(|pattern| ("c", pattern)).collect();
        let found = rules(&patterns);
        let exact = found.rules().iter().find(|rule| rule.pattern.matches_exactly(&schema, &table));
        let by_mask = found.rules().iter().rfind(|rule| rule.pattern.matches(&schema, &table).unwrap_or(false));
        prop_assert_eq!(found.find(&schema, &table).ok().flatten(), exact.or(by_mask));
    }
}
