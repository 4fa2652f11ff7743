//! The text of dictionary files: one Python literal or one JSON document.

use pg_anon_core::dictionary::parse;
use proptest::prelude::*;
use serde_json::{Value, json};

fn value(text: &str) -> Value {
    parse(text.as_bytes()).unwrap_or_else(|e| panic!("{text}: {e}")).unwrap_or_else(|| panic!("{text}: no data"))
}

fn error(text: &str) -> String {
    match parse(text.as_bytes()) {
        Ok(value) => panic!("{text} is accepted as {value:?}"),
        Err(error) => error.to_string(),
    }
}

#[test]
fn a_python_literal_with_comments_quotes_and_trailing_commas_is_read() {
    let text = r##"
        # customers of the shop
        {
            'dictionary': [  # a list
                {
                    "schema": 'public', "table": """customer""",
                    "fields": {
                        "email": "anon_funcs.partial_email(email)",   # implicit
                        "phone": "anon_funcs."
                                 'random_phone(' "'7')",
                        "note": '''regexp_replace(note, E'\\d', 'x')''',
                        'tail': r"regexp_replace(tail, '\d+$', '')",
                    },
                },
            ],
            "dictionary_exclude": (({"schema": "audit", "table_mask": "*"}),),
        }
    "##;
    let expected = json!({
        "dictionary": [{
            "schema": "public", "table": "customer",
            "fields": {
                "email": "anon_funcs.partial_email(email)",
                "phone": "anon_funcs.random_phone('7')",
                "note": r"regexp_replace(note, E'\d', 'x')",
                "tail": r"regexp_replace(tail, '\d+$', '')",
            },
        }],
        "dictionary_exclude": [{"schema": "audit", "table_mask": "*"}],
    });
    assert_eq!(value(text), expected);
}

#[test]
fn columns_keep_their_order_in_both_syntaxes() {
    for text in [r#"{"z": 1, "a": 2, "m": 3}"#, "{'z': 1, 'a': 2, 'm': 3,}"] {
        let keys: Vec<String> = value(text).as_object().expect("an object").keys().cloned().collect();
        assert_eq!(keys, ["z", "a", "m"]);
    }
}

#[test]
fn python_escapes_are_those_of_python() {
    assert_eq!(value(r#"['\x41\101\u00e9\U0001F600\N{EM DASH}\n\t\\']"#), json!(["AAé😀—\n\t\\"]));
    assert_eq!(value("['a\\\nb']"), json!(["ab"]));
    assert_eq!(value(r"['\d\w\.']"), json!([r"\d\w\."]), "an unknown escape stays as it is");
    assert_eq!(value(r#"[r'\n' R"\x" u'ü' U"ü"]"#), json!([r"\n\xüü"]));
    assert_eq!(value(r#"['it\'s', r'it\'s']"#), json!(["it's", r"it\'s"]));
    assert_eq!(value("['''a''b'''\"\"\"\"c\"\"\"]"), json!(["a''b\"c"]));
}

#[test]
fn python_numbers_truth_values_and_containers_become_json() {
    assert_eq!(
        value("[1, -2, +3, 0x1F, 0b11, 0o17, 1_000, 1.5, -.5, 1., 1e3]"),
        json!([1, -2, 3, 31, 3, 15, 1000, 1.5, -0.5, 1.0, 1000.0])
    );
    assert_eq!(value("[-9223372036854775808, 18446744073709551615]"), json!([i64::MIN, u64::MAX]));
    assert_eq!(value("[True, False, None]"), json!([true, false, null]));
    assert_eq!(value("[(), (1,), (1), ((1, 2)), {'b', 'a', 'b'}, {}]"), json!([[], [1], 1, [1, 2], ["b", "a"], {}]));
    assert_eq!(value("{'a': 1}, {'b': 2}"), json!([{"a": 1}, {"b": 2}]), "a tuple without parentheses");
}

#[test]
fn json_is_read_with_its_own_words_and_escapes() {
    assert_eq!(
        value(r#"{"a": [true, false, null, 1.5e3, "\ud83d\ude00\/"]}"#),
        json!({"a": [true, false, null, 1500.0, "😀/"]})
    );
}

#[test]
fn what_python_takes_for_false_is_no_data() {
    let texts =
        ["", "  \n\t", "{}", "[]", "()", "''", "\"\"", "0", "0.0", "-0", "None", "False", "null", "false", "# c\n{}"];
    for text in texts {
        assert_eq!(parse(text.as_bytes()), Ok(None), "{text}");
    }
    assert_eq!(parse(b"\xef\xbb\xbf"), Ok(None));
}

#[test]
fn a_byte_order_mark_is_passed_over() {
    assert_eq!(parse(b"\xef\xbb\xbf{'a': 1}"), Ok(Some(json!({"a": 1}))));
    assert_eq!(parse(b"\xef\xbb\xbf{\"a\": true}"), Ok(Some(json!({"a": true}))));
    assert_eq!(parse(b"\xef\xbb\xbfx").map_err(|e| (e.line, e.column)), Err((1, 1)));
}

#[test]
fn line_ends_of_windows_are_read_as_python_reads_them() {
    assert_eq!(value("{'a': '''x\r\ny\rz''',\r\n 'b': 1}"), json!({"a": "x\ny\nz", "b": 1}));
    assert_eq!(error("{'a': 1,\r\n 'b': x}"), "line 2, column 7: the name x is not a value; a string needs quotes");
}

#[test]
fn text_that_is_not_utf8_is_an_error_with_its_place() {
    let text = parse(b"{'\xc3\xa9': 1,\n '\xc3\xa9\xe9': 2}").expect_err("Latin-1");
    assert_eq!((text.line, text.column), (2, 4));
    assert!(text.message.contains("not UTF-8") && text.message.contains("0xe9"), "{text}");
    let utf16 = parse(b"\xff\xfe{\0}\0").expect_err("UTF-16");
    assert!(utf16.message.contains("UTF-16"), "{utf16}");
}

#[test]
fn what_is_no_literal_is_refused_with_line_and_column() {
    let cases = [
        ("x = {}", "line 1, column 1: an assignment to x is not allowed"),
        ("dictionary = {\n 'dictionary': []}", "line 1, column 1: an assignment"),
        ("{'a': \"a\" + \"b\"}", "line 1, column 11: ',' or '}' is expected, not '+'"),
        ("{'a':\n  f'x'}", "line 2, column 3: formatted strings are not allowed"),
        ("{'a': b'x'}", "line 1, column 7: bytes are not allowed"),
        ("{'a': dict()}", "line 1, column 7: a call of dict is not allowed"),
        ("{'é': name}", "line 1, column 7: the name name is not a value"),
        ("{'a': 1j}", "line 1, column 7: complex numbers"),
        ("{'a': ...}", "line 1, column 7: a value is expected, not '.'"),
        ("{**{}}", "line 1, column 2: a value is expected, not '*'"),
        ("[x for x in 'a']", "line 1, column 2: the name x"),
        ("{1: 2}", "line 1, column 2: a key must be a string"),
        ("{'a': --1}", "line 1, column 8: a number after the sign"),
        ("{'a': -True}", "line 1, column 8: a number after the sign"),
        ("{'a': 1 - 1}", "line 1, column 9: ',' or '}'"),
        ("{'a': 012}", "line 1, column 7: "),
        ("{'a': 1e999}", "line 1, column 7: the number does not fit"),
        ("{'a': 99999999999999999999}", "line 1, column 7: the number does not fit"),
        ("{'a': [1, 2}", "line 1, column 12: ',' or ']' is expected, not '}'"),
        ("{'a': [1, 2\n", "line 1, column 7: '[' was never closed"),
        ("{'a': 'x\n}", "line 1, column 7: the string is not closed"),
        ("{'a': '''x\n}", "line 1, column 7: the string is not closed"),
        ("{'a': {[]}}", "line 1, column 8: a set can hold strings and numbers only"),
        ("{'a': '\\ud800'}", "line 1, column 7: the string has half a surrogate pair"),
        ("{'a': '\\x4'}", "line 1, column "),
        ("{'a': 1} {'b': 2}", "line 1, column 10: the end of the text"),
        ("{'a': '\0'}", "line 1, column 8: a NUL character"),
        ("{'a': 'b'}}", "line 1, column 11: the end of the text"),
        ("[*x]", "line 1, column 2: a value is expected, not '*'"),
    ];
    for (text, expected) in cases {
        let message = error(text);
        assert!(message.starts_with(expected), "{text}: {message}");
    }
}

#[test]
fn the_error_is_that_of_the_syntax_the_text_looks_like() {
    let json = error("{\n  \"a\": true,\n  \"b\": [1, 2\n");
    assert!(json.starts_with("line 4, column 1: EOF while parsing"), "{json}");
    let json = error("{\"a\": true, \"b\": 1 \"c\": 2}");
    assert!(json.starts_with("line 1, column 20: expected `,`"), "{json}");
    let python = error("{'a': 1,\n 'b': [1, 2,, 3]}");
    assert!(python.starts_with("line 2, column 13: a value is expected, not ','"), "{python}");
}

#[test]
fn a_json_word_in_python_text_is_named_with_what_is_wrong_as_json() {
    assert_eq!(
        error("{\"a\": 1,\n \"b\": [1,],\n \"c\": true}"),
        "line 3, column 7: true is JSON; in a Python literal it is True; \
         as JSON the text is wrong at line 2, column 10: trailing comma"
    );
}

#[test]
fn a_key_that_appears_twice_is_an_error_in_both_syntaxes() {
    for text in ["{\"fields\": {\"email\": \"x\",\n \"email\": \"y\"}}", "{'fields': {'email': 'x',\n 'email': 'y',}}"]
    {
        let message = error(text);
        assert!(message.starts_with("line 2, column "), "{message}");
        assert!(message.ends_with("the key \"email\" is here for the second time"), "{message}");
    }
}

#[test]
fn a_hundred_thousand_brackets_do_not_exhaust_the_stack() {
    for unit in ["[", "{\"a\":", "{'a':", "(", "[{'a':("] {
        let message = error(&unit.repeat(100_000));
        assert!(message.contains("more than 64 brackets inside each other"), "{unit}: {message}");
    }
    assert!(error(&format!("['a', {}", "-".repeat(100_000))).contains("a number after the sign"));
    let many = format!("[{}]", "'a' ".repeat(10_000));
    assert_eq!(value(&many), json!(["a".repeat(10_000)]));
}

#[test]
fn sixty_four_brackets_inside_each_other_are_read() {
    for (open, close) in [("[", "]"), ("{\"a\":", "}"), ("{'a':", "}"), ("[", ",]")] {
        let text = |depth: usize| format!("{}1{}", open.repeat(depth), close.repeat(depth));
        assert!(parse(text(64).as_bytes()).is_ok());
        assert!(parse(text(65).as_bytes()).is_err());
    }
}

/// Text out of the pieces that literals are made of.
fn pieces() -> impl Strategy<Value = String> {
    let piece = prop::sample::select(vec![
        "{",
        "}",
        "[",
        "]",
        "(",
        ")",
        ",",
        ":",
        "'a'",
        "\"b\"",
        "'''x\n'''",
        "r'\\d'",
        "\\",
        "'",
        "\"",
        "\"\"\"",
        "1",
        "-",
        "1e",
        "0x",
        ".",
        "1_",
        "True",
        "null",
        "f'",
        "b'",
        "# c\n",
        "\n",
        "\r",
        " ",
        "é",
        "\u{feff}",
        "\\N{",
        "\\u12",
        "=",
        "{'k':",
        "\0",
        "😀",
        "\u{2028}",
    ]);
    prop::collection::vec(piece, 0..24).prop_map(|pieces| pieces.concat())
}

/// What a dictionary file can say.
fn json_value() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        "\\PC{0,8}".prop_map(Value::from),
        any::<String>().prop_map(Value::from),
    ];
    leaf.prop_recursive(4, 32, 5, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..5).prop_map(Value::from),
            prop::collection::hash_map(any::<String>(), inner, 0..5)
                .prop_map(|map| Value::Object(map.into_iter().collect())),
        ]
    })
}

/// Writes the value as a Python literal.
fn python(value: &Value, out: &mut String) {
    match value {
        Value::Null => out.push_str("None"),
        Value::Bool(true) => out.push_str("True"),
        Value::Bool(false) => out.push_str("False"),
        Value::Number(number) => out.push_str(&number.to_string()),
        Value::String(text) => {
            out.push('\'');
            for c in text.chars() {
                match c {
                    '\'' | '\\' => out.extend(['\\', c]),
                    c if c.is_control() => out.push_str(&format!("\\U{:08x}", u32::from(c))),
                    c => out.push(c),
                }
            }
            out.push('\'');
        }
        Value::Array(items) => {
            out.push('[');
            for item in items {
                python(item, out);
                out.push_str(",\n");
            }
            out.push(']');
        }
        Value::Object(map) => {
            out.push('{');
            for (key, item) in map {
                python(&Value::from(key.as_str()), out);
                out.push_str(" : ");
                python(item, out);
                out.push_str(", # next\n");
            }
            out.push('}');
        }
    }
}

proptest! {
    #[test]
    fn any_bytes_are_read_or_refused_without_a_panic(bytes in prop::collection::vec(any::<u8>(), 0..200)) {
        let _ = parse(&bytes);
    }

    #[test]
    fn any_pieces_of_literals_are_read_or_refused_with_a_place_in_the_text(text in pieces()) {
        if let Err(error) = parse(text.as_bytes()) {
            let lines = text.replace("\r\n", "\n").replace('\r', "\n");
            let line = lines.split('\n').nth(error.line - 1).expect("the line exists");
            prop_assert!(error.column >= 1 && error.column <= line.chars().count() + 1, "{error}");
        }
    }

    #[test]
    fn both_syntaxes_give_what_was_written(value in json_value()) {
        let wrapped = json!([value]);
        let mut literal = String::new();
        python(&wrapped, &mut literal);
        prop_assert_eq!(parse(wrapped.to_string().as_bytes()), Ok(Some(wrapped.clone())));
        prop_assert_eq!(parse(literal.as_bytes()), Ok(Some(wrapped)), "{}", literal);
    }
}
