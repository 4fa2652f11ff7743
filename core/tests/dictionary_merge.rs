//! What dictionary files may say, and how several become one.

use pg_anon_core::dictionary::{Dictionary, DictionaryError, TableList, parse};
use proptest::prelude::*;
use serde_json::{Value, json};

fn try_merge(files: &[Value]) -> Result<Dictionary, DictionaryError> {
    let names: Vec<String> = (1..=files.len()).map(|number| format!("file{number}.py")).collect();
    Dictionary::merge(names.iter().map(String::as_str).zip(files))
}

fn merge(files: &[Value]) -> Dictionary {
    try_merge(files).unwrap_or_else(|e| panic!("{e}"))
}

fn error(files: &[Value]) -> String {
    try_merge(files).expect_err("the files are wrong").to_string()
}

/// A rule about public.users with the given keys.
fn rule(extra: Value) -> Value {
    let mut rule = json!({"schema": "public", "table": "users"});
    for (key, value) in extra.as_object().expect("an object") {
        rule[key] = value.clone();
    }
    rule
}

/// A file with that rule alone.
fn one(extra: Value) -> Value {
    json!({"dictionary": [rule(extra)]})
}

#[test]
fn rules_with_the_same_keys_are_merged_and_the_later_file_wins_per_column() {
    let merged = merge(&[
        json!({"dictionary": [
            rule(json!({"fields": {"a": "1", "b": "2"}, "sql_condition": "id > 1"})),
            {"schema": "public", "table": "other", "fields": {}},
        ]}),
        json!({"dictionary": [rule(json!({"fields": {"b": "3", "c": "4"}}))]}),
    ]);
    assert_eq!(
        merged.to_value()["dictionary"],
        json!([
            // The place of the first, and its condition: the later rule has no such key.
            {"schema": "public", "table": "users", "fields": {"a": "1", "b": "3", "c": "4"}, "sql_condition": "id > 1"},
            {"schema": "public", "table": "other", "fields": {}},
        ])
    );
}

#[test]
fn rules_with_the_same_keys_in_one_file_are_merged_too() {
    let merged =
        merge(&[json!({"dictionary": [rule(json!({"fields": {"a": "1"}})), rule(json!({"fields": {"b": "2"}}))]})]);
    assert_eq!(merged.rules().len(), 1);
    assert_eq!(merged.rules()[0].fields.len(), 2);
}

#[test]
fn the_condition_is_replaced_only_when_the_later_rule_has_the_key() {
    let first = one(json!({"fields": {}, "sql_condition": "id > 1"}));
    let condition = |later: Value| merge(&[first.clone(), one(later)]).rules()[0].sql_condition.clone();
    assert_eq!(condition(json!({"fields": {}})).as_deref(), Some("id > 1"));
    assert_eq!(condition(json!({"fields": {}, "sql_condition": "id > 2"})).as_deref(), Some("id > 2"));
    assert_eq!(condition(json!({"fields": {}, "sql_condition": null})), None);
    assert_eq!(condition(json!({"fields": {}, "sql_condition": " "})), None);
}

#[test]
fn rules_with_different_keys_are_not_merged_even_when_they_match_the_same_table() {
    let merged = merge(&[json!({"dictionary": [
        rule(json!({"fields": {"a": "1"}})),
        {"schema": "public", "table_mask": "^users$", "fields": {"b": "2"}},
        {"schema_mask": "^public$", "table": "users", "fields": {"c": "3"}},
    ]})]);
    assert_eq!(merged.rules().len(), 3);
    let found = merged.find("public", "users").expect("masks work").expect("a rule");
    assert_eq!(found.fields.keys().collect::<Vec<_>>(), ["a"]);
}

#[test]
fn a_later_raw_sql_is_not_dropped_in_silence() {
    let message = error(&[one(json!({"raw_sql": "SELECT 1"})), one(json!({"raw_sql": "SELECT 2"}))]);
    assert_eq!(
        message,
        "file2.py: dictionary, rule 1 (schema \"public\", table \"users\"): \
         there is an earlier rule with the same keys and another raw_sql"
    );
    let same = one(json!({"raw_sql": "SELECT 1"}));
    assert_eq!(merge(&[same.clone(), same.clone()]), merge(&[same]), "the same file twice says nothing new");
}

#[test]
fn raw_sql_beside_fields_or_a_condition_is_an_error_in_one_rule_and_over_two() {
    assert!(error(&[one(json!({"raw_sql": "SELECT 1", "fields": {"a": "1"}}))]).contains("column \"a\""));
    let condition = error(&[one(json!({"raw_sql": "SELECT 1", "sql_condition": "true"}))]);
    assert!(condition.contains("sql_condition would be ignored"), "{condition}");
    let two = error(&[one(json!({"raw_sql": "SELECT 1"})), one(json!({"fields": {"a": "1"}}))]);
    assert!(two.starts_with("file2.py: ") && two.contains("raw_sql replaces"), "{two}");
    let empty = merge(&[one(json!({"raw_sql": "SELECT 1", "fields": {}}))]);
    assert_eq!(empty.rules()[0].raw_sql.as_deref(), Some("SELECT 1"));
}

#[test]
fn excludes_and_validate_tables_of_all_files_are_joined() {
    let file = |name: &str| {
        json!({
            "dictionary_exclude": [{"schema": name, "table_mask": "*"}],
            "validate_tables": [{"schema": name, "table": "t"}],
        })
    };
    let merged = merge(&[file("a"), file("b"), file("a")]);
    let schemas: Vec<Option<&str>> = merged.exclude().iter().map(|pattern| pattern.schema.as_deref()).collect();
    assert_eq!(schemas, [Some("a"), Some("b"), Some("a")]);
    assert_eq!(merged.to_value()["validate_tables"].as_array().map(Vec::len), Some(3));
}

#[test]
fn files_without_data_are_passed_over() {
    for nothing in [json!({}), json!([]), json!(""), json!(0), json!(null), json!(false)] {
        assert_eq!(merge(std::slice::from_ref(&nothing)), Dictionary::default());
        assert_eq!(TableList::merge([("f", &nothing)]), Ok(TableList::default()));
    }
}

#[test]
fn what_is_not_a_dictionary_is_an_error() {
    assert_eq!(error(&[json!([{"a": 1}])]), "file1.py: a dictionary is expected, not a list");
    assert_eq!(error(&[json!("text")]), "file1.py: a dictionary is expected, not a string");
}

#[test]
fn the_fields_may_be_missing_when_something_else_is_there() {
    assert!(merge(&[one(json!({"sql_condition": "id > 1"}))]).rules()[0].fields.is_empty());
    assert!(merge(&[one(json!({"raw_sql": "SELECT 1"}))]).rules()[0].fields.is_empty());
    assert!(merge(&[one(json!({"fields": {}}))]).rules()[0].fields.is_empty());
    for nothing in [json!({}), json!({"sql_condition": null}), json!({"raw_sql": "", "sql_condition": "  "})] {
        assert!(error(&[one(nothing)]).contains("the rule does nothing"));
    }
    // Merged with a rule that has them, a rule without fields loses nothing.
    let merged = merge(&[one(json!({"fields": {"a": "1"}})), one(json!({"sql_condition": "id > 1"}))]);
    assert_eq!(merged.rules()[0].fields.len(), 1);
}

#[test]
fn comments_and_sections_of_other_dictionaries_may_stand_in_the_file() {
    let merged = merge(&[json!({
        "_owner": "sales", "comment": "x", "description": ["y"],
        "dictionary": [rule(json!({"_why": "GDPR", "comment": 1, "description": "z", "fields": {}}))],
        "field": {"rules": []}, "skip_rules": [], "include_rules": [], "data_regex": {}, "data_const": {},
        "data_func": {}, "data_sql_condition": [], "sens_pg_types": [], "funcs": {}, "no_sens_dictionary": [],
        "tables": [], "validate_tables": [],
    })]);
    assert_eq!(merged.rules().len(), 1);
}

#[test]
fn what_is_not_understood_names_file_and_rule() {
    let place = "file1.py: dictionary, rule 1 (schema \"public\", table \"users\"): ";
    let cases = [
        (
            json!({"feilds": {"a": "1"}}),
            "unknown key \"feilds\"; known are schema, schema_mask, table, table_mask, fields, sql_condition, raw_sql \
             (did you mean \"fields\"?)",
        ),
        (json!({"fields": {"a": 1}}), "the rule of column \"a\" must be a string with an SQL expression, not a number"),
        (json!({"fields": {"a": null}}), "the rule of column \"a\" must be a string with an SQL expression, not None"),
        (json!({"fields": {"a": " "}}), "the rule of column \"a\" is empty"),
        (json!({"fields": {"a": "SQL: "}}), "the rule of column \"a\" is empty"),
        (json!({"fields": {"a": "x\u{0}"}}), "the rule of column \"a\" has a NUL character in it"),
        (json!({"fields": ["a"]}), "fields must be a dictionary of columns and their rules, not a list"),
        (json!({"fields": null}), "fields must be a dictionary of columns and their rules, not None"),
        (json!({"fields": {}, "sql_condition": 1}), "sql_condition must be a string, not a number"),
        (json!({"fields": {}, "sql_condition": " where "}), "sql_condition has nothing after WHERE"),
        (json!({"raw_sql": ["SELECT 1"]}), "raw_sql must be a string, not a list"),
        (json!({"raw_sql": "SELECT 1\u{0}"}), "raw_sql has a NUL character in it"),
        (json!({"fields": {}, "table_mask": true}), "table_mask must be a string, not a truth value"),
    ];
    for (extra, expected) in cases {
        assert_eq!(error(&[one(extra)]), format!("{place}{expected}"));
    }
}

#[test]
fn a_rule_needs_a_schema_and_a_table() {
    let message = |rule: Value| error(&[json!({"dictionary": [{"schema": "a", "table": "b", "fields": {}}, rule]})]);
    assert_eq!(
        message(json!({"table": "t", "fields": {}})),
        "file1.py: dictionary, rule 2 (table \"t\"): schema or schema_mask is missing"
    );
    assert_eq!(
        message(json!({"schema": "s", "fields": {}})),
        "file1.py: dictionary, rule 2 (schema \"s\"): table or table_mask is missing"
    );
    assert!(message(json!({"schema_msk": "s", "table": "t", "fields": {}})).contains("did you mean \"schema_mask\"?"));
    assert!(message(json!({"schema": "", "table": "t", "fields": {}})).contains("schema is empty"));
    assert!(message(json!({"schema": null, "table": "t", "fields": {}})).contains("schema or schema_mask is missing"));
    assert!(message(json!("text")).contains("a dictionary is expected, not a string"));
}

#[test]
fn a_mask_that_is_no_regular_expression_is_an_error_and_not_a_rule_that_never_matches() {
    let message = error(&[json!({"dictionary": [{"schema": "s", "table_mask": "(", "fields": {}}]})]);
    assert_eq!(
        message,
        "file1.py: dictionary, rule 1 (schema \"s\", table_mask \"(\"): \
         table_mask \"(\" is not a regular expression that is understood: a ( without its )"
    );
    let message = error(&[json!({"dictionary_exclude": [{"schema_mask": "[", "table_mask": "*"}]})]);
    assert!(message.starts_with("file1.py: dictionary_exclude, entry 1 "), "{message}");
}

#[test]
fn sections_are_checked() {
    assert!(error(&[json!({"dictionary": [], "x": 1})]).contains("unknown section \"x\""));
    assert!(error(&[json!({"dictionray": []})]).contains("did you mean \"dictionary\"?"));
    assert_eq!(error(&[json!({"dictionary": {"a": 1}})]), "file1.py: dictionary: a list is expected, not a dictionary");
    let fields = error(&[json!({"dictionary_exclude": [{"schema": "a", "table": "b", "fields": {}}]})]);
    assert!(fields.contains("unknown key \"fields\""), "{fields}");
}

#[test]
fn groups_of_consistent_columns_are_read_checked_and_joined_where_they_share_one() {
    let column = |name: &str| json!({"schema": "s", "table": name, "column": "c"});
    let groups = |files: &[Value]| try_merge(files).expect("dictionaries").to_value()["consistent"].clone();
    let python = pg_anon_core::dictionary::parse(
        br#"{"consistent": [[{"schema": "s", "table": "a", "column": "c"}, {"schema": "s", "table": "b", "column": "c"},],]}"#,
    );
    let first = python.expect("a literal of Python").expect("it has data");
    assert_eq!(groups(std::slice::from_ref(&first)), json!([[column("a"), column("b")]]));
    let apart = json!({"consistent": [[column("x"), column("y")]]});
    assert_eq!(
        groups(&[first.clone(), apart.clone()]),
        json!([[column("a"), column("b")], [column("x"), column("y")]])
    );
    let joins = json!({"consistent": [[column("y"), column("b"), column("d")]]});
    assert_eq!(
        groups(&[first.clone(), apart, joins]),
        json!([[column("a"), column("b"), column("x"), column("y"), column("d")]])
    );
    // A group that is said twice is one.
    assert_eq!(groups(&[first.clone(), first]), json!([[column("a"), column("b")]]));
    let wrong = |value: Value| error(&[json!({"consistent": value})]);
    assert!(wrong(json!([[column("a")]])).contains("consistent, group 1: a group has two columns or more"));
    assert!(wrong(json!([[column("a"), column("a")]])).contains("is there twice"));
    assert!(wrong(json!([column("a")])).contains("a list of columns is expected"));
    assert!(wrong(json!({"a": 1})).contains("a list is expected"));
    assert!(wrong(json!([[column("a"), {"schema": "s", "table": "b"}]])).contains("column of a column is missing"));
    assert!(
        wrong(json!([[column("a"), {"schema": "s", "table": "b", "columns": "c"}]]))
            .contains("unknown key \"columns\"")
    );
}

#[test]
fn a_file_of_another_kind_is_not_taken_for_an_empty_dictionary() {
    let message = error(&[json!({"no_sens_dictionary": []})]);
    assert!(
        message.contains("has no section dictionary and no section dictionary_exclude and no section consistent"),
        "{message}"
    );
    let value = json!({"dictionary": []});
    let error = TableList::merge([("list.py", &value)]).expect_err("no tables");
    assert_eq!(error.to_string(), "list.py: has no section tables: is it a file of another kind?");
}

#[test]
fn table_lists_are_joined_and_checked() {
    let file = |name: &str| json!({"tables": [{"schema": "s", "table": name}]});
    let (a, b) = (file("a"), file("b"));
    let list = TableList::merge([("a", &a), ("b", &b)]).unwrap_or_else(|e| panic!("{e}"));
    assert_eq!(list.to_value(), json!({"tables": [{"schema": "s", "table": "a"}, {"schema": "s", "table": "b"}]}));
    let wrong = json!({"tables": [{"schema": "s", "tabel": "a"}]});
    let error = TableList::merge([("list.py", &wrong)]).expect_err("a misspelt key").to_string();
    assert!(error.starts_with("list.py: tables, entry 1 (schema \"s\"): unknown key \"tabel\""), "{error}");
}

fn name() -> impl Strategy<Value = String> {
    prop_oneof!["[a-c]", "[a-zé\"' ]{1,4}"]
}

fn pattern() -> impl Strategy<Value = Value> {
    let mask = || prop::sample::select(vec!["*", "^a", "(?!b)", "x{2}"]);
    let side = |exact: &'static str, masked: &'static str| {
        (prop::option::of(name()), prop::option::of(mask())).prop_map(move |(name, mask)| {
            let mask = if name.is_none() { mask.or(Some("*")) } else { mask };
            let pairs = [(exact, name), (masked, mask.map(str::to_owned))];
            pairs.into_iter().filter_map(|(key, value)| Some((key, value?))).collect::<Vec<_>>()
        })
    };
    (side("schema", "schema_mask"), side("table", "table_mask")).prop_map(|(schema, table)| {
        schema.into_iter().chain(table).map(|(key, value)| (key.to_owned(), Value::from(value))).collect()
    })
}

fn file() -> impl Strategy<Value = Value> {
    let fields = prop::collection::hash_map(name(), "[a-z(]{1,5}", 0..4);
    let rule = (pattern(), fields, prop::option::of("[a-z=]{1,4}")).prop_map(|(mut rule, fields, condition)| {
        rule["fields"] = fields.into_iter().map(|(column, text)| (column, Value::from(text))).collect();
        if let Some(condition) = condition {
            rule["sql_condition"] = Value::from(condition);
        }
        rule
    });
    let excludes = prop::collection::vec(pattern(), 0..4);
    (prop::collection::vec(rule, 0..6), excludes, prop::collection::vec(pattern(), 0..2)).prop_map(
        |(rules, exclude, validate)| {
            json!({"dictionary": rules, "dictionary_exclude": exclude, "validate_tables": validate})
        },
    )
}

proptest! {
    #[test]
    fn merging_the_merged_dictionary_again_gives_the_same(files in prop::collection::vec(file(), 0..4)) {
        let merged = merge(&files);
        let value = merged.to_value();
        let again = merge(std::slice::from_ref(&value));
        prop_assert_eq!(&again, &merged);
        prop_assert_eq!(again.to_value(), value.clone());
        // And through the text that is handed to the server.
        let text = value.to_string();
        prop_assert_eq!(parse(text.as_bytes()), Ok(Some(value)));
    }

    #[test]
    fn merging_a_file_with_itself_changes_only_what_is_joined(file in file()) {
        let (once, twice) = (merge(std::slice::from_ref(&file)), merge(&[file.clone(), file]));
        prop_assert_eq!(once.rules(), twice.rules());
        prop_assert_eq!(once.exclude().len() * 2, twice.exclude().len());
    }

    #[test]
    fn any_value_is_merged_or_refused_without_a_panic(
        key in prop::sample::select(vec!["dictionary", "dictionary_exclude", "tables", "validate_tables"]),
        inner in prop::sample::select(vec![
            json!(1), json!([1]), json!([[]]), json!([{}]), json!([null]), json!({"a": []}), json!([{"schema": {}}]),
        ]),
    ) {
        let value = json!({key: inner});
        prop_assert!(Dictionary::merge([("f", &value)]).is_err());
        prop_assert!(TableList::merge([("f", &value)]).is_err());
    }
}
