//! The scan without a server: meta-dictionaries, the order of decisions, verdicts and rules.

use std::collections::HashMap;

use pg_anon_core::dictionary::{Dictionary, parse};
use pg_anon_core::scan::{ColumnScan, MetaDictionary, Prepared, ScanTable, Scanner, Verdict};
use serde_json::{Value, json};

fn merge(files: &[&str]) -> Result<MetaDictionary, String> {
    let values: Vec<Value> = files.iter().map(|text| parse(text.as_bytes()).unwrap().unwrap_or(Value::Null)).collect();
    MetaDictionary::merge(values.iter().map(|value| ("meta.py", value))).map_err(|e| e.to_string())
}

fn scanner(meta: &str) -> Scanner {
    Scanner::new(merge(&[meta]).unwrap(), Dictionary::default(), "pepper")
}

fn tables(json: Value) -> Vec<ScanTable> {
    serde_json::from_value(json).unwrap()
}

/// A column of a type by the names of `pg_type` and of `format_type`.
fn column(number: i16, name: &str, base: &str, full: &str) -> Value {
    json!({"number": number, "name": name, "type_name": full, "base_type": base, "plain_type": full, "base_kind": "b"})
}

/// A column of this type, as `format_type` writes it, over the other, for a domain.
fn typed(full: &str, plain: &str) -> pg_anon_core::scan::ScanColumn {
    let mut typed = column(1, "c", "text", full);
    typed["plain_type"] = json!(plain);
    serde_json::from_value(typed).unwrap()
}

fn table(columns: Vec<Value>) -> Vec<ScanTable> {
    tables(
        json!([{"oid": 1, "schema": "public", "name": "t", "sql_name": "public.t", "kind": "r", "columns": columns}]),
    )
}

/// The verdicts on tables whose columns have these values, by table and number.
fn scan(scanner: &Scanner, tables: &[ScanTable], values: &[((u32, i16), Vec<&str>)]) -> Vec<Verdict> {
    let mut scans: HashMap<(u32, i16), ColumnScan> = HashMap::new();
    for (key, values) in values {
        let table = tables.iter().find(|table| table.oid == key.0).unwrap();
        let column = table.columns.iter().find(|column| column.number == key.1).unwrap();
        let mut scan = scanner.start(table, column);
        values.iter().for_each(|value| scanner.add(&mut scan, value));
        scans.insert(*key, scan);
    }
    scanner.verdicts(tables, &scans).unwrap()
}

fn one(scanner: &Scanner, column: Value, values: Vec<&str>) -> Verdict {
    scan(scanner, &table(vec![column]), &[((1, 1), values)]).remove(0)
}

#[test]
fn mistakes_in_a_meta_dictionary_are_named_with_their_place() {
    for (text, message) in [
        ("{'field': ['a']}", "meta.py: field: a dictionary is expected, not a list"),
        ("{'field': {'rule': []}}", "unknown key \"rule\"; known are rules, constants"),
        ("{'field': {'rules': ['(']}}", "meta.py: field, rules: \"(\" is not a regular expression"),
        ("{'skip_rules': [{'schema_msk': '*'}]}", "skip_rules, entry 1: unknown key \"schema_msk\""),
        ("{'skip_rules': [{'table': 't'}]}", "schema or schema_mask is missing"),
        ("{'data_regex': {'rules': ['']}}", "is empty: it would match everything"),
        ("{'data_func': {'text': [{'scan_func': 'f'}]}}", "data_func, text, rule 1: anon_func is missing"),
        ("{'data_func': {'text': [{'anon_func': 'f'}]}}", "either scan_func or scan_func_per_field is expected"),
        (
            "{'data_func': {'text': [{'scan_func': 'f', 'anon_func': 'x', 'n_count': 0}]}}",
            "n_count must be a whole number above 0",
        ),
        ("{'sens_pg_types': 'text'}", "a list of types is expected"),
        ("{'detectors': {'use': ['emial']}}", "there is no detector \"emial\" (did you mean \"email\"?)"),
        ("{'no_sens_dictionary': [{'schema': 's', 'table': 't'}]}", "fields is missing"),
        ("{'regex': {}}", "unknown section \"regex\""),
    ] {
        let error = merge(&[text]).unwrap_err();
        assert!(error.contains(message), "{text}: {error}");
    }
}

#[test]
fn sections_of_several_files_are_joined_as_pg_anon_1_does() {
    let meta = merge(&[
        "{'field': {'rules': ['^a'], 'constants': ['x']}, 'funcs': {'text': 'f1(%s)', 'int': 'g'}, 'data_func': {'text': [{'scan_func': 'a', 'anon_func': 'm'}]}}",
        "{'field': {'rules': ['^b']}, 'funcs': {'TEXT': 'f2(%s)'}, 'data_func': {'text': [{'scan_func': 'b', 'anon_func': 'm'}]}, 'sens_pg_types': ['varchar']}",
    ])
    .unwrap();
    assert_eq!(
        (meta.field_rule("abc"), meta.field_rule("bcd"), meta.field_rule("cab")),
        (Some("^a"), Some("^b"), None)
    );
    assert!(meta.is_field_constant("x") && !meta.is_field_constant("X"));
    assert_eq!(meta.template(&typed("text", "text")), Some("f2(%s)"), "a later file wins for a type");
    let domain = merge(&["{'funcs': {'mail_address': 'f(%s)', 'varchar': 'g(%s)'}}"]).unwrap();
    assert_eq!(domain.template(&typed("public.mail_address", "character varying")), Some("f(%s)"));
    assert_eq!(domain.template(&typed("public.other", "character varying")), Some("g(%s)"));
    assert_eq!((meta.template(&typed("integer", "integer")), meta.template(&typed("date", "date"))), (Some("g"), None));
    let functions: Vec<_> = meta.functions(&typed("text", "text")).map(|function| function.name.as_str()).collect();
    assert_eq!(functions, ["b"], "a later file replaces the functions of a type");
    let again = MetaDictionary::merge([("again", &meta.to_value())]).unwrap();
    assert_eq!(again.to_value(), meta.to_value());
    assert_eq!(again.template(&typed("text", "text")), Some("f2(%s)"));
}

#[test]
fn the_list_of_types_really_narrows() {
    let meta = merge(&["{'sens_pg_types': ['varchar', 'numeric(10,2)']}"]).unwrap();
    assert!(
        meta.looks_at_type(&typed("character varying(20)", "character varying(20)"))
            && meta.looks_at_type(&typed("character varying[]", "character varying[]"))
    );
    assert!(
        meta.looks_at_type(&typed("numeric(10,2)", "numeric(10,2)"))
            && !meta.looks_at_type(&typed("numeric(8,2)", "numeric(8,2)"))
    );
    assert!(!meta.looks_at_type(&typed("text", "text")), "pg_anon 1.x looks at text whatever the list says");
    assert!(meta.looks_at_type(&typed("public.mydomain", "character varying")), "a domain over a type of the list");
    assert!(
        merge(&["{'field': {'rules': ['x']}}"]).unwrap().looks_at_type(&typed("date", "date")),
        "without the section, all types are looked at"
    );
}

#[test]
fn decisions_come_in_the_order_of_pg_anon_1() {
    let meta = merge(&["{'field': {'constants': ['a', 'p'], 'rules': ['^r']}, 'no_sens_dictionary': [{'schema': 'public', 'table': 't', 'fields': ['a', 'n', 'd']}],
        'skip_rules': [{'schema': 'public', 'fields': ['s']}], 'sens_pg_types': ['text'], 'funcs': {'default': 'mask(%s)'}, 'data_regex': {'rules': ['secret']}}"]).unwrap();
    let prepared = json!({"dictionary": [{"schema": "public", "table": "t", "fields": {"p": "own(p)"}}]});
    let scanner = Scanner::new(meta, Dictionary::merge([("p", &prepared)]).unwrap(), "");
    let names = ["p", "a", "r1", "n", "d", "s", "i"];
    let columns: Vec<Value> = (1..)
        .zip(names)
        .map(|(number, name)| match name {
            "i" => column(number, name, "int4", "integer"),
            _ => column(number, name, "text", "text"),
        })
        .collect();
    let tables = table(columns);
    let all: Vec<((u32, i16), Vec<&str>)> = (1..=7).map(|number| ((1, number), vec!["secret"])).collect();
    let verdicts = scan(&scanner, &tables, &all);
    let told: Vec<(i16, &str, Option<&str>)> =
        verdicts.iter().map(|v| (v.column, v.found_by.as_str(), v.rule.as_deref())).collect();
    assert_eq!(
        told,
        [
            (1, "prepared", Some("own(p)")),
            (2, "field_constant", Some("mask(\"a\")")),
            (3, "field_rule", Some("mask(\"r1\")")),
            (4, "no_sens_dictionary", None),
            (5, "no_sens_dictionary", None),
            (7, "type", None),
        ],
        "the sixth is left out altogether"
    );
}

#[test]
fn skip_wins_over_include() {
    let meta = merge(&["{'include_rules': [{'schema_mask': '*', 'table': 't'}], 'skip_rules': [{'schema': 'public', 'table_mask': '^t', 'fields': ['b']}]}"]).unwrap();
    assert!(meta.includes("public", "t", "a").unwrap() && !meta.includes("public", "t", "b").unwrap());
    assert!(!meta.includes("public", "u", "a").unwrap());
}

#[test]
fn rules_over_values_go_before_detectors_which_are_off_beside_them() {
    let own = scanner("{'data_regex': {'rules': ['^ORD-']}}");
    let email = vec!["a@example.com"];
    assert!(!one(&own, column(1, "c", "text", "text"), email.clone()).sensitive);
    assert_eq!(one(&own, column(1, "c", "text", "text"), vec!["x", "ORD-1"]).found_by, "regex");
    let both = scanner("{'data_regex': {'rules': ['^ORD-']}, 'detectors': {'use': ['all'], 'skip': ['phone']}}");
    assert_eq!(one(&both, column(1, "c", "text", "text"), email.clone()).found_by, "email");
    assert!(!one(&both, column(1, "c", "text", "text"), vec!["+7 912 345 67 89"]).sensitive);
    let none = scanner("{}");
    assert_eq!(one(&none, column(1, "c", "text", "text"), email).found_by, "email");
    let ruled = scanner("{'detectors': {'rules': {'email': {'text': 'fake_mail(%s)'}, 'phone': 'fake_phone(%s)'}}}");
    assert_eq!(one(&ruled, column(1, "c", "text", "text"), vec!["a@b.de"]).rule.as_deref(), Some("fake_mail(\"c\")"));
    assert_eq!(
        one(&ruled, column(1, "c", "varchar", "character varying(9)"), vec!["+7 912 345 67 89"]).rule.as_deref(),
        Some("fake_phone(\"c\")")
    );
}

#[test]
fn no_verdict_holds_a_value() {
    let scanner = scanner("{'data_const': {'constants': ['Top Secret Name'], 'partial_constants': ['hush']}}");
    for value in ["a Top Secret Name b", "xhushx"] {
        let verdict = one(&scanner, column(1, "c", "text", "text"), vec![value]);
        assert!(verdict.sensitive);
        let told = format!("{verdict:?}").to_lowercase();
        assert!(!told.contains("secret name") && !told.contains("hush"), "{told}");
    }
}

#[test]
fn keys_and_leaves_of_documents_are_looked_at_with_their_paths() {
    let scanner = scanner("{}");
    let doc = r#"{"customer": {"contacts": [{"email": "x@example.com"}], "first_name": "Zyx"}, "total": 12.5, "ivan@example.com": 1}"#;
    let verdict = one(&scanner, column(1, "payload", "jsonb", "jsonb"), vec![doc; 3]);
    assert!(verdict.sensitive, "{verdict:?}");
    assert!(verdict.reason.contains("email at $.customer.contacts[*].email"), "{verdict:?}");
    assert!(verdict.reason.contains("first_name at $.customer.first_name"), "{verdict:?}");
    assert!(verdict.reason.contains("email at $ keys") && !verdict.reason.contains("ivan"), "{verdict:?}");
    let harmless = one(
        &scanner,
        column(1, "payload", "jsonb", "jsonb"),
        vec![r#"{"a": 1, "status": "new", "email_sent": true}"#; 30],
    );
    assert!(!harmless.sensitive, "{harmless:?}");
    let store = one(
        &scanner,
        column(1, "attributes", "hstore", "hstore"),
        vec![r#""phone"=>"+7 912 345 67 89", "size"=>"XL""#],
    );
    assert!(store.reason.contains("phone at $.phone"), "{store:?}");
    let meta = self::scanner("{'data_regex': {'rules': ['^secret$']}}");
    assert_eq!(one(&meta, column(1, "j", "json", "json"), vec![r#"{"a": ["secret"]}"#]).found_by, "regex");
}

#[test]
fn keys_that_are_data_are_not_named() {
    let scanner = scanner("{}");
    let documents: Vec<String> = (0..60)
        .map(|i| {
            format!(r#"{{"olga": "a{i}@example.com", "handle{i}": "b{i}@example.com", "email": "c{i}@example.com"}}"#)
        })
        .collect();
    let verdict =
        one(&scanner, column(1, "contacts", "jsonb", "jsonb"), documents.iter().map(String::as_str).collect());
    assert_eq!(verdict.reason, "document: email at $.*, email at $.email, email at rare keys");
}

#[test]
fn elements_of_arrays_are_looked_at() {
    let mut tags = column(1, "list", "text", "text[]");
    tags["is_array"] = json!(true);
    assert_eq!(one(&scanner("{}"), tags.clone(), vec!["{red,\"x@example.com\"}"]).found_by, "email");
    assert!(!one(&scanner("{}"), tags.clone(), vec!["{red,blue}", "{}"]).sensitive);
    assert_eq!(one(&scanner("{'data_regex': {'rules': ['^b$']}}"), tags, vec!["{a,b}"]).found_by, "regex");
}

#[test]
fn what_refers_to_a_sensitive_column_gets_its_rule() {
    let scanner = scanner("{}");
    let mut email = column(1, "email", "text", "text");
    email["referenced"] = json!(true);
    email["unique"] = json!(true);
    let mut owner = column(1, "Owner", "text", "text");
    owner["refers_to"] = json!([{"table": 1, "column": 1}]);
    owner["referenced"] = json!(true);
    let mut third = column(1, "who", "text", "text");
    third["refers_to"] = json!([{"table": 2, "column": 1}]);
    let tables = tables(json!([
        {"oid": 1, "schema": "public", "name": "users", "sql_name": "public.users", "kind": "r", "columns": [email]},
        {"oid": 2, "schema": "public", "name": "orders", "sql_name": "public.orders", "kind": "r", "columns": [owner]},
        {"oid": 3, "schema": "public", "name": "items", "sql_name": "public.items", "kind": "r", "columns": [third]},
    ]));
    let verdicts = scan(&scanner, &tables, &[((1, 1), vec!["a@example.com"])]);
    let rules: Vec<&str> = verdicts.iter().map(|verdict| verdict.rule.as_deref().unwrap()).collect();
    assert_eq!(rules[0], "left(anon_funcs.digest(\"email\", 'pepper', 'sha256'), 20) || '@example.com'");
    assert_eq!(rules[1], rules[0].replace("email\"", "Owner\""));
    assert_eq!(rules[2], rules[0].replace("email\"", "who\""));
    assert_eq!((verdicts[1].found_by.as_str(), verdicts[2].found_by.as_str()), ("foreign_key", "foreign_key"));
    assert!(verdicts[2].reason.contains("public.orders.\"Owner\""), "{}", verdicts[2].reason);
}

#[test]
fn columns_that_a_prepared_dictionary_calls_consistent_get_one_function_of_the_value() {
    let tables = tables(json!([
        {"oid": 1, "schema": "public", "name": "users", "sql_name": "public.users", "kind": "r", "columns": [column(1, "email", "text", "text")]},
        {"oid": 2, "schema": "public", "name": "letters", "sql_name": "public.letters", "kind": "r", "columns": [column(1, "who", "text", "text")]},
    ]));
    let group = json!({"consistent": [[{"schema": "public", "table": "letters", "column": "who"},
                                       {"schema": "public", "table": "users", "column": "email"}]]});
    let scanner = |sensitive: serde_json::Value| {
        let meta = MetaDictionary::merge([("meta", &json!({}))]).expect("a meta-dictionary");
        Scanner::new(meta, Dictionary::merge([("sensitive", &sensitive)]).expect("a dictionary"), "pepper")
    };
    let verdicts = scan(&scanner(group.clone()), &tables, &[((1, 1), vec!["a@example.com"])]);
    let rules: Vec<&str> = verdicts.iter().map(|verdict| verdict.rule.as_deref().unwrap_or_default()).collect();
    assert_eq!(rules[0], "left(anon_funcs.digest(\"email\", 'pepper', 'sha256'), 20) || '@example.com'");
    assert_eq!(rules[1], rules[0].replace("email\"", "who\""));
    // The user's rule for one of them is that of the other.
    let mut prepared = group;
    prepared["dictionary"] = json!([{"schema": "public", "table": "letters", "fields": {"who": "hide(who)"}}]);
    let verdicts = scan(&scanner(prepared), &tables, &[((1, 1), vec!["a@example.com"])]);
    assert_eq!(verdicts[0].rule.as_deref(), Some("hide(\"email\")"));
}

#[test]
fn partitions_are_judged_together_and_by_what_dictionaries_say_of_their_parent() {
    let columns = vec![column(1, "note", "text", "text"), column(2, "mail", "text", "text")];
    let all = tables(json!([
        {"oid": 1, "schema": "public", "name": "log", "sql_name": "public.log", "kind": "p", "columns": columns},
        {"oid": 2, "schema": "public", "name": "log_1", "sql_name": "public.log_1", "kind": "r", "ancestors": [1], "columns": columns},
        {"oid": 3, "schema": "public", "name": "log_2", "sql_name": "public.log_2", "kind": "r", "ancestors": [1], "columns": columns},
    ]));
    let prepared = json!({"dictionary": [{"schema": "public", "table": "log", "fields": {"mail": "hide(mail)"}}]});
    let scanner = Scanner::new(merge(&["{}"]).unwrap(), Dictionary::merge([("p", &prepared)]).unwrap(), "");
    let verdicts = scan(&scanner, &all, &[((2, 1), vec!["nothing here"]), ((3, 1), vec!["call +7 912 345 67 89"])]);
    let notes: Vec<_> = verdicts.iter().filter(|v| v.column == 1).map(|v| (v.found_by.as_str(), v.values)).collect();
    assert_eq!(notes, [("free_text", 2); 3]);
    assert!(verdicts.iter().filter(|v| v.column == 2).all(|v| v.rule.as_deref() == Some("hide(mail)")));
}

#[test]
fn a_part_handed_to_another_connection_counts_as_if_it_were_looked_at_here() {
    let scanner = scanner("{}");
    let tables = table(vec![column(1, "c", "text", "text"), column(2, "j", "jsonb", "jsonb")]);
    let values = ["a@example.com", "b@example.com", "nothing"];
    let mut whole = scanner.start(&tables[0], &tables[0].columns[0]);
    let mut parts = Vec::new();
    for value in values {
        scanner.add(&mut whole, value);
        let mut part = scanner.start(&tables[0], &tables[0].columns[0]);
        scanner.add(&mut part, value);
        let text = serde_json::to_string(&part).unwrap();
        assert!(!text.contains("example"), "{text}");
        parts.push(serde_json::from_str::<ColumnScan>(&text).unwrap());
    }
    let mut sum = parts.remove(0);
    parts.iter().for_each(|part| sum.merge(part));
    let verdict = |scan: ColumnScan| scanner.verdicts(&tables, &HashMap::from([((1, 1), scan)])).unwrap();
    assert_eq!(verdict(sum), verdict(whole));
}

#[test]
fn functions_of_the_database_make_a_column_sensitive_after_so_many_hits() {
    let scanner = scanner(
        "{'data_func': {'varchar': [{'scan_func': 'f', 'anon_func': 'mask(%s)', 'n_count': 2}], 'anyelement': [{'scan_func_per_field': 'g', 'anon_func': 'm2'}]}}",
    );
    let tables = table(vec![column(1, "c", "varchar", "character varying(10)")]);
    let functions: Vec<_> =
        scanner.meta().functions(&tables[0].columns[0]).map(|f| (f.name.as_str(), f.per_field, f.hits)).collect();
    assert_eq!(functions, [("f", false, 2), ("g", true, 1)]);
    let mut scan = scanner.start(&tables[0], &tables[0].columns[0]);
    scan.add_function_hit(0, 2);
    assert!(!scan.is_decided());
    scan.add_function_hit(0, 2);
    assert!(scan.is_decided());
    let verdict = scanner.verdicts(&tables, &HashMap::from([((1, 1), scan)])).unwrap().remove(0);
    assert_eq!(
        (verdict.found_by.as_str(), verdict.rule.as_deref(), verdict.matched),
        ("data_func", Some("mask(\"c\")"), 2)
    );
}

#[test]
fn hits_of_a_function_that_are_spread_over_parts_count_together() {
    let scanner = scanner("{'data_func': {'text': [{'scan_func': 'f', 'anon_func': 'mask(%s)', 'n_count': 3}]}}");
    let tables = table(vec![column(1, "c", "text", "text")]);
    let part = |hits: u64| {
        let mut scan = scanner.start(&tables[0], &tables[0].columns[0]);
        (0..hits).for_each(|_| scan.add_function_hit(0, 3));
        scan
    };
    let is_sensitive = |first: u64, second: u64| {
        let mut sum = part(first);
        sum.merge(&part(second));
        scanner.verdicts(&tables, &HashMap::from([((1, 1), sum)])).unwrap().remove(0).sensitive
    };
    assert!(is_sensitive(2, 1) && is_sensitive(0, 3));
    assert!(!is_sensitive(1, 1));
}

#[test]
fn recommended_rules_fit_type_length_and_null() {
    let scanner = scanner("{}");
    let rule = |name: &str, base: &str, full: &str, length: Option<u32>, not_null: bool| {
        let mut column = column(1, name, base, full);
        column["length"] = json!(length);
        column["not_null"] = json!(not_null);
        one(&scanner, column, vec![]).rule.unwrap()
    };
    assert_eq!(rule("phone", "text", "text", None, true), "anon_funcs.random_phone_number()");
    assert_eq!(
        rule("phone", "varchar", "character varying(8)", Some(8), true),
        "left(anon_funcs.random_phone_number(), 8)"
    );
    assert_eq!(
        rule("phone", "int8", "bigint", None, false),
        "CASE WHEN \"phone\" IS NOT NULL THEN anon_funcs.random_bigint_between(10000000000, 100000000000) END"
    );
    assert_eq!(rule("email", "varchar", "character varying(10)", Some(10), true), "anon_funcs.random_string(10)");
    assert_eq!(
        rule("birth_date", "date", "date", None, false),
        "anon_funcs.dnoise(\"birth_date\", interval '2 years')"
    );
    assert_eq!(
        rule("email", "varchar", "character varying(20)", Some(20), true),
        "lower(anon_funcs.random_string(8)) || '@example.com'"
    );
    assert!(rule("client_ip", "inet", "inet", None, true).ends_with("::inet"));
    assert_eq!(rule("latitude", "numeric", "numeric(9,6)", None, false), "round(\"latitude\"::numeric, 1)");
}

#[test]
fn sensitive_paths_of_a_document_are_masked_and_the_rest_is_redacted() {
    let scanner = scanner("{}");
    let rule = |base: &str, documents: Vec<&str>| one(&scanner, column(1, "d", base, base), documents).rule.unwrap();
    let document = r#"{"contact": {"e-mail": "x@example.com", "first_name": "Olga", "ssn": "219-09-9999"}, "size": 7, "at": {"lat": 52.5, "lng": 13.4}}"#;
    assert_eq!(
        rule("jsonb", vec![document; 3]),
        "anon_funcs.mask_jsonb(\"d\", '{\"$.at.lat\":{\"set\":0},\"$.at.lng\":{\"set\":0},\"$.contact.first_name\":\"random_first_name\",\
         \"$.contact.ssn\":[\"random_national_id\",\"ssn\"],\"$.contact[''e-mail'']\":\"random_email\",\"$\":\"redact\"}')"
    );
    assert!(rule("json", vec![document]).starts_with("anon_funcs.mask_jsonb(\"d\"::jsonb, '{"));
    let keys = rule("jsonb", vec![r#"{"ann@example.com": 1, "v": ["bob@example.com"]}"#]);
    assert_eq!(
        keys,
        "anon_funcs.mask_jsonb(\"d\", '{\"$..*~\":\"redact\",\"$.v[*]\":\"random_email\",\"$\":\"redact\"}')"
    );
    // What is there by its name alone is there in every document.
    let by_name: Vec<String> = (0..60).map(|i| format!(r#"{{"first_name": "Xq{i}"}}"#)).collect();
    assert_eq!(
        rule("jsonb", by_name.iter().map(String::as_str).collect()),
        "anon_funcs.mask_jsonb(\"d\", '{\"$.first_name\":\"random_first_name\",\"$\":\"redact\"}')"
    );
    // Keys that only some documents have may be data, and stand in no rule.
    let mut documents = vec![r#"{"email": "x@example.com"}"#; 60];
    documents.push(r#"{"zofia": "y@example.com"}"#);
    assert_eq!(rule("jsonb", documents), "CASE WHEN \"d\" IS NOT NULL THEN '{}' END");
    // What a dictionary's own patterns find has no path.
    let meta = self::scanner("{'data_regex': {'rules': ['Olga']}}");
    let verdict = one(&meta, column(1, "d", "jsonb", "jsonb"), vec![document]);
    assert_eq!(verdict.rule.as_deref(), Some("CASE WHEN \"d\" IS NOT NULL THEN '{}' END"));
}

#[test]
fn elements_of_text_arrays_are_masked_one_by_one() {
    let scanner = scanner("{}");
    let rule = |name: &str, base: &str, full: &str, length: Option<u32>| {
        let mut column = column(1, name, base, full);
        column["is_array"] = json!(true);
        column["length"] = json!(length);
        one(&scanner, column, vec!["{x@example.com}"]).rule.unwrap()
    };
    assert_eq!(rule("emails", "text", "text[]", None), "anon_funcs.mask_array(\"emails\", '\"random_email\"')");
    assert_eq!(
        rule("emails", "varchar", "character varying(9)[]", Some(9)),
        "anon_funcs.mask_array(\"emails\"::text[], '[\"random_string\",9]')"
    );
    assert_eq!(rule("phones", "int8", "bigint[]", None), "CASE WHEN \"phones\" IS NOT NULL THEN '{}' END");
}

#[test]
fn a_rule_fits_the_narrowest_of_the_columns_that_foreign_keys_join() {
    let scanner = scanner("{}");
    let with = |mut column: Value, more: Value| {
        column.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        column
    };
    let mut all = tables(json!([
        {"oid": 1, "schema": "public", "name": "a", "sql_name": "public.a", "kind": "r", "rows": 100, "columns": [
            with(column(1, "ssn", "int8", "bigint"), json!({"unique": true, "referenced": true})),
            with(column(2, "passport", "text", "text"), json!({"unique": true, "referenced": true}))]},
        {"oid": 2, "schema": "public", "name": "b", "sql_name": "public.b", "kind": "r", "rows": 100, "columns": [
            with(column(1, "who", "int4", "integer"), json!({"refers_to": [{"table": 1, "column": 1}]})),
            with(column(2, "doc", "varchar", "character varying(9)"), json!({"length": 9, "refers_to": [{"table": 1, "column": 2}]}))]},
    ]));
    let rules = |all: &mut Vec<ScanTable>| -> Vec<String> {
        pg_anon_core::scan::join_keys(all);
        scan(&scanner, all, &[]).into_iter().map(|verdict| verdict.rule.unwrap()).collect()
    };
    let few = rules(&mut all);
    let digest = |column: &str, text: &str| format!("anon_funcs.digest(\"{column}\"{text}, 'pepper', 'sha256')");
    assert_eq!(few[0], format!("('x' || left({}, 7))::bit(28)::bigint::int4", digest("ssn", "::text")));
    assert_eq!(few[1], format!("left({}, 9)", digest("passport", "")));
    assert_eq!(
        (few[2].as_str(), few[3].as_str()),
        (&*few[0].replace("ssn", "who"), &*few[1].replace("passport", "doc"))
    );
    // Too many for hashes of 28 bits, and for nine hexadecimal digits.
    all[1].rows = 1_000_000;
    let many = rules(&mut all);
    assert_eq!(many[0], "anon_funcs.permute_int(\"ssn\"::int4, (-2147483648)::int4, (2147483647)::int4)");
    assert_eq!(many[1], format!("left(encode(decode({}, 'hex'), 'base64'), 9)", digest("passport", "")));
    assert_eq!(
        (many[2].as_str(), many[3].as_str()),
        (&*many[0].replace("ssn", "who"), &*many[1].replace("passport", "doc"))
    );
}

#[test]
fn names_alone_decide_when_no_value_is_looked_at() {
    let scanner = scanner("{}");
    let tables = table(vec![
        column(1, "email", "text", "text"),
        column(2, "note", "text", "text"),
        column(3, "email_sent", "bool", "boolean"),
    ]);
    let verdicts = scanner.verdicts(&tables, &HashMap::new()).unwrap();
    assert_eq!(verdicts.iter().map(|v| v.sensitive).collect::<Vec<_>>(), [true, false, false]);
    assert_eq!(verdicts[0].reason, "E-mail address: the name of the column; no values were looked at");
    assert!(matches!(scanner.prepare(&tables[0], &[], &tables[0].columns[0]), Ok(Prepared::Undecided)));
}
