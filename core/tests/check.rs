//! The check of what rules give, without a server.

use std::collections::{BTreeSet, HashMap, HashSet};

use pg_anon_core::check::literals::{self, Found, Kind, Text};
use pg_anon_core::check::{
    CONVERSION, Call, CheckConstraint, Constraints, Distinct, Expression, Fit, ForeignKey, Index, Input, Null, Rule,
    Rules, Server, builtin_name, check, check_decided,
};
use pg_anon_core::dictionary::{ColumnName, Dictionary, NonSensitive};
use pg_anon_core::mask::registry::{Argument, Length, find};
use pg_anon_core::plan::{Options, Plan, Problem, Severity, Table, plan};
use serde_json::json;

fn column(number: i16) -> Expression {
    Expression::Column { number, family: "text".to_owned(), not_null: true, length: None }
}

fn nullable(number: i16) -> Expression {
    Expression::Column { number, family: "text".to_owned(), not_null: false, length: None }
}

fn text(value: &str) -> Expression {
    Expression::Constant { value: Some(Argument::Text(value.to_owned())), image: format!("{value:?}") }
}

fn integer(value: i64) -> Expression {
    Expression::Constant { value: Some(Argument::Integer(value)), image: value.to_string() }
}

fn null() -> Expression {
    Expression::Constant { value: None, image: "null".to_owned() }
}

/// A call of a function of ours.
fn ours(name: &str, types: &[&str], arguments: Vec<Expression>) -> Expression {
    let function = find(name, types).unwrap_or_else(|| panic!("{name} is in the registry"));
    let volatile = function.source == pg_anon_core::mask::registry::Source::Chance;
    let (name, family) = (name.to_owned(), "text".to_owned());
    Expression::Call(Call { name, ours: Some(function), builtin: false, volatile, strict: true, family, arguments })
}

/// A call of PostgreSQL's own.
fn builtin(name: &str, family: &str, arguments: Vec<Expression>) -> Expression {
    let (name, family) = (builtin_name(name.to_owned()), family.to_owned());
    Expression::Call(Call { name, ours: None, builtin: true, volatile: false, strict: true, family, arguments })
}

fn digest(value: Expression) -> Expression {
    ours("digest", &["text", "text", "text"], vec![value, text("salt"), text("sha256")])
}

fn random_string(length: i64) -> Expression {
    ours("random_string", &["integer"], vec![integer(length)])
}

fn random_int(from: i64, to: i64) -> Expression {
    ours("random_int_between", &["integer", "integer"], vec![integer(from), integer(to)])
}

#[test]
fn an_expression_keeps_values_apart_as_far_as_its_parts_do() {
    let by = |columns: &[i16]| Distinct::By(columns.iter().copied().collect());
    let sha256 = 16_f64.powf(64.0);
    let mail = builtin("textcat", "text", vec![digest(column(2)), text("@example.com")]);
    let left = |e, n| builtin("left", "text", vec![e, integer(n)]);
    let converted = |n| builtin(CONVERSION, "text", vec![column(n)]);
    for (expression, distinct) in [
        (column(2), by(&[2])),
        (text("x"), Distinct::Constant),
        (digest(text("x")), Distinct::Constant),
        (mail, Distinct::Hashed(BTreeSet::from([2]), sha256)),
        (left(digest(column(2)), 8), Distinct::Hashed(BTreeSet::from([2]), 16_f64.powf(8.0))),
        (left(column(2), 8), Distinct::Narrow),
        (builtin("lower", "text", vec![column(2)]), Distinct::Unknown),
        (builtin("textcat", "text", vec![text("user"), converted(1)]), by(&[1])),
        // ab and c give what a and bc give
        (builtin("textcat", "text", vec![column(1), column(2)]), Distinct::Unknown),
        (builtin("int84pl", "integer", vec![column(1), integer(7)]), by(&[1])),
        (builtin("int4mul", "integer", vec![column(1), integer(0)]), Distinct::Unknown),
        (builtin("int4mul", "integer", vec![column(1), integer(3)]), by(&[1])),
        (random_int(1, 11), Distinct::Drawn(10.0)),
        (ours("partial_email", &["text"], vec![column(2)]), Distinct::Narrow),
        (Expression::Coalesce(vec![digest(column(2)), text("")]), Distinct::Hashed(BTreeSet::from([2]), sha256)),
        (Expression::Coalesce(vec![digest(nullable(2)), text("")]), Distinct::Unknown),
    ] {
        assert_eq!(expression.distinct(), distinct, "{expression:?}");
    }
}

#[test]
fn null_comes_from_arguments_of_strict_functions_and_goes_by_coalesce() {
    for (expression, is_null) in [
        (null(), Null::Always),
        (digest(column(2)), Null::Never),
        (digest(nullable(2)), Null::Possible),
        (digest(null()), Null::Always),
        (Expression::Coalesce(vec![digest(nullable(2)), text("")]), Null::Never),
        (Expression::Coalesce(vec![nullable(1), nullable(2)]), Null::Possible),
        (ours("random_in", &["anyarray"], vec![nullable(1)]), Null::Possible),
    ] {
        assert_eq!(expression.null(), is_null, "{expression:?}");
    }
}

#[test]
fn lengths_are_added_and_cut() {
    let converted = |e| builtin(CONVERSION, "text", vec![e]);
    let short = Expression::Column {
        number: 2,
        family: "text".to_owned(),
        not_null: true,
        length: Some(Length { shortest: 0, longest: Some(5) }),
    };
    for (expression, length) in [
        (digest(column(2)), Some((64, Some(64)))),
        (builtin("left", "text", vec![digest(column(2)), integer(10)]), Some((10, Some(10)))),
        (builtin("left", "text", vec![short.clone(), integer(10)]), Some((0, Some(5)))),
        (builtin("textcat", "text", vec![short, text("@ä.de")]), Some((5, Some(10)))),
        (builtin("textcat", "text", vec![column(2), text("abc")]), Some((3, None))),
        (converted(random_int(1, 1000)), Some((1, Some(3)))),
        (converted(random_int(-5, 100)), Some((1, Some(2)))),
        (column(2), None),
    ] {
        let expected = length.map(|(shortest, longest)| Length { shortest, longest });
        assert_eq!(expression.length(), expected, "{expression:?}");
    }
}

#[test]
fn two_functions_of_a_value_have_the_same_form_when_they_give_the_same() {
    let of = |n| digest(builtin(CONVERSION, "text", vec![column(n)]));
    assert_eq!(of(1).form(1), of(7).form(7));
    assert!(of(1).form(1).is_some());
    let salted = ours("digest", &["text", "text", "text"], vec![column(1), text("other"), text("sha256")]);
    assert_ne!(digest(column(1)).form(1), salted.form(1));
    // It depends on another column, or on chance.
    assert_eq!(of(1).form(2), None);
    assert_eq!(random_string(8).form(1), None);
}

/// A server of which it is known how many rows each table has, and that holds nothing back.
struct Fake {
    rows: u64,
    holds: Option<bool>,
}

impl Server for Fake {
    fn count(&mut self, _: u32, at_most: u64) -> u64 {
        self.rows.min(at_most)
    }

    fn has_values(&mut self, _: u32, columns: &[String]) -> bool {
        assert!(!columns.is_empty());
        self.rows > 0
    }

    fn holds(&mut self, _: u32, _: &[i16], _: &str) -> Option<bool> {
        self.holds
    }

    fn domain_holds(&mut self, _: u32, _: i16, _: &str) -> Option<bool> {
        self.holds
    }
}

/// A table of columns id, mail and note; all NOT NULL.
fn table(oid: u32, name: &str, rows: i64) -> Table {
    let column = |number: i16, name: &str| {
        json!({"number": number, "name": name, "sql_name": name, "type_name": "pg_catalog.text", "not_null": true,
               "generated": false})
    };
    serde_json::from_value(json!({
        "oid": oid, "schema": "s", "name": name, "sql_name": format!("s.{name}"), "kind": "r",
        "columns": [column(1, "id"), column(2, "mail"), column(3, "note")],
        "rows": rows, "bytes": 8192 * (rows + 1), "blocks": rows / 100 + 1, "readable": true, "row_security": false
    }))
    .expect("a table")
}

fn planned(tables: &[Table], dictionary: serde_json::Value) -> Plan {
    let dictionary = Dictionary::merge([("d", &dictionary)]).expect("a dictionary");
    plan(tables, &dictionary, None, None, &Options { allow_unmatched_rules: true })
}

fn index(name: &str, keys: &[i16]) -> Index {
    Index {
        name: name.to_owned(),
        unique: true,
        nulls_distinct: true,
        exclusion: false,
        keys: keys.to_vec(),
        btree: true,
        predicate: None,
        predicate_columns: Vec::new(),
        expression_columns: Vec::new(),
        total: true,
        folding: false,
    }
}

/// What is said of rules for the columns of one table with these constraints.
fn said(
    rows: i64,
    rules: &[(i16, Expression)],
    constraints: Constraints,
    fake: &mut Fake,
) -> Vec<(Severity, &'static str)> {
    let tables = [table(1, "t", rows)];
    let plan = planned(&tables, json!({}));
    let rules: Rules = rules
        .iter()
        .map(|(number, expression)| ((1, *number), Rule { expression: expression.clone(), fit: Fit::default() }))
        .collect();
    let plans: Vec<_> = plan.tables.iter().collect();
    let constraints = [Constraints { oid: 1, ..constraints }];
    let input = Input {
        tables: &tables,
        plans: &plans,
        rules: &rules,
        constraints: &constraints,
        foreign_keys: &[],
        consistent: &[],
        known: &HashSet::new(),
    };
    check(&input, fake).into_iter().map(|problem| (problem.severity, problem.code)).collect()
}

fn unique(rows: i64, keys: &[i16], rules: &[(i16, Expression)]) -> Option<Severity> {
    let constraints = Constraints { indexes: vec![index("pk", &[1]), index("u", keys)], ..Constraints::default() };
    let found = said(rows, rules, constraints, &mut Fake { rows: rows as u64, holds: None });
    let found: Vec<_> = found.into_iter().filter(|(_, code)| *code == "duplicates").collect();
    assert!(found.len() < 2, "{found:?}");
    found.first().map(|(severity, _)| *severity)
}

#[test]
fn unique_columns_stay_unique_or_the_check_says_so() {
    use Severity::{Error, Warning};
    assert_eq!(unique(1000, &[2], &[(2, digest(column(2)))]), None);
    assert_eq!(unique(1000, &[2], &[(2, text("x"))]), Some(Error));
    assert_eq!(unique(1, &[2], &[(2, text("x"))]), Some(Warning));
    assert_eq!(unique(1000, &[2], &[(2, null())]), None);
    // Rows that get NULL are no duplicates, and nobody knows how many do.
    let some = |e| Expression::Case {
        results: vec![e, null()],
        image: String::new(),
        columns: BTreeSet::from([2]),
        volatile: false,
    };
    assert_eq!(unique(1000, &[2], &[(2, some(text("x")))]), Some(Warning));
    assert_eq!(unique(1000, &[2], &[(2, some(random_int(0, 500)))]), Some(Warning));
    assert_eq!(unique(1000, &[2], &[(2, random_string(20))]), None);
    assert_eq!(unique(1000, &[2], &[(2, random_int(0, 500))]), Some(Error));
    assert_eq!(unique(1000, &[2], &[(2, random_int(0, 20_000))]), Some(Error));
    assert_eq!(unique(1000, &[2], &[(2, random_int(0, 10_000_000))]), Some(Warning));
    assert_eq!(unique(1000, &[2], &[(2, ours("partial_email", &["text"], vec![column(2)]))]), Some(Warning));
    // What is made of the primary key is as unique as that.
    assert_eq!(unique(1000, &[2], &[(2, digest(column(1)))]), None);
    assert_eq!(unique(1000, &[2], &[(2, digest(column(3)))]), Some(Warning));
}

#[test]
fn a_key_of_several_columns_is_as_unique_as_all_of_them_together() {
    use Severity::{Error, Warning};
    assert_eq!(unique(1000, &[2, 3], &[(2, digest(column(2)))]), None);
    assert_eq!(unique(1000, &[2, 3], &[(2, digest(column(2))), (3, digest(column(3)))]), None);
    assert_eq!(unique(1000, &[2, 3], &[(2, text("x"))]), Some(Warning));
    assert_eq!(unique(1000, &[2, 3], &[(2, text("x")), (3, text("y"))]), Some(Error));
    assert_eq!(unique(1000, &[2, 3], &[(2, text("x")), (3, random_string(20))]), None);
    // The other column is the primary key.
    assert_eq!(unique(1000, &[1, 3], &[(3, text("x"))]), None);
}

#[test]
fn a_check_is_tried_with_constants_and_else_only_told() {
    let constraints = || Constraints {
        checks: vec![CheckConstraint {
            name: "c".to_owned(),
            columns: Some(vec![2]),
            expression: "(length(mail) <= 20)".to_owned(),
        }],
        ..Constraints::default()
    };
    let of = |expression: Expression, holds: Option<bool>| {
        let found = said(10, &[(2, expression)], constraints(), &mut Fake { rows: 10, holds });
        found.first().map(|(severity, code)| {
            assert_eq!(*code, "check_constraint");
            *severity
        })
    };
    assert_eq!(of(text("x"), Some(true)), None);
    assert_eq!(of(text("x"), Some(false)), Some(Severity::Error));
    assert_eq!(of(text("x"), None), Some(Severity::Warning));
    assert_eq!(of(random_string(20), Some(false)), None);
    assert_eq!(of(random_string(21), Some(true)), Some(Severity::Warning));
}

fn reference(from: Option<Expression>, to: Option<Expression>, rows: u64) -> Option<Severity> {
    let tables = [table(1, "person", 10), table(2, "orders", 10)];
    let plan = planned(&tables, json!({}));
    let mut rules: Rules = HashMap::new();
    for (oid, expression) in [(2, from), (1, to)] {
        if let Some(expression) = expression {
            rules.insert((oid, 2), Rule { expression, fit: Fit::default() });
        }
    }
    let plans: Vec<_> = plan.tables.iter().collect();
    let name = || vec!["mail".to_owned()];
    let keys =
        [ForeignKey { name: "fk".to_owned(), table: 2, columns: name(), referenced: 1, referenced_columns: name() }];
    let input = Input {
        tables: &tables,
        plans: &plans,
        rules: &rules,
        constraints: &[],
        foreign_keys: &keys,
        consistent: &[],
        known: &HashSet::new(),
    };
    let mut found = check(&input, &mut Fake { rows, holds: None });
    found.retain(|problem| problem.code == "foreign_key");
    assert!(found.len() < 2, "{found:?}");
    found.first().map(|problem| problem.severity)
}

/// What is said of a group of the columns `mail` of two tables.
fn group(one: Option<Expression>, two: Option<Expression>) -> Option<(Severity, &'static str)> {
    let tables = [table(1, "person", 10), table(2, "orders", 10)];
    let plan = planned(&tables, json!({}));
    let mut rules: Rules = HashMap::new();
    for (oid, expression) in [(1, one), (2, two)] {
        if let Some(expression) = expression {
            rules.insert((oid, 2), Rule { expression, fit: Fit::default() });
        }
    }
    let names = |table: &str| ColumnName { schema: "s".to_owned(), table: table.to_owned(), column: "mail".to_owned() };
    let input = Input {
        tables: &tables,
        plans: &plan.tables.iter().collect::<Vec<_>>(),
        rules: &rules,
        constraints: &[],
        foreign_keys: &[],
        consistent: &[vec![names("person"), names("orders")]],
        known: &HashSet::new(),
    };
    let mut found = check(&input, &mut Fake { rows: 10, holds: None });
    found.retain(|problem| problem.code.starts_with("consistent"));
    assert!(found.len() < 2, "{found:?}");
    found.first().map(|problem| (problem.severity, problem.code))
}

#[test]
fn the_columns_of_a_group_need_the_same_function_of_the_value() {
    let digest = |salt: &str| ours("digest", &["text"; 3], vec![column(2), text(salt), text("sha256")]);
    assert_eq!(group(Some(digest("s")), Some(digest("s"))), None);
    assert_eq!(group(Some(text("x")), Some(text("x"))), None);
    let wrong = Some((Severity::Error, "consistent"));
    assert_eq!(group(Some(digest("s")), Some(digest("t"))), wrong);
    assert_eq!(group(Some(digest("s")), None), wrong);
    assert_eq!(group(Some(random_string(9)), Some(random_string(9))), wrong);
    assert_eq!(group(None, None), Some((Severity::Warning, "consistent_without_rule")));
}

#[test]
fn one_and_the_same_constant_on_both_sides_of_a_foreign_key_is_right() {
    assert_eq!(reference(Some(text("x")), Some(text("x")), 10), None);
    assert_eq!(reference(Some(text("x")), Some(text("y")), 10), Some(Severity::Warning));
}

#[test]
fn both_sides_of_a_foreign_key_need_the_same_function_of_the_value() {
    use Severity::{Error, Warning};
    assert_eq!(reference(Some(digest(column(2))), Some(digest(column(2))), 10), None);
    assert_eq!(reference(Some(digest(column(2))), None, 10), Some(Error));
    assert_eq!(reference(None, Some(digest(column(2))), 10), Some(Error));
    assert_eq!(reference(None, Some(digest(column(2))), 0), Some(Warning));
    assert_eq!(reference(Some(random_string(9)), Some(random_string(9)), 10), Some(Error));
    assert_eq!(reference(Some(null()), Some(digest(column(2))), 10), None);
    assert_eq!(reference(Some(column(2)), None, 10), None);
    // It may look a key up.
    assert_eq!(reference(Some(random_int(1, 11)), None, 10), Some(Warning));
}

#[test]
fn strict_names_the_columns_that_nobody_has_decided_on() {
    let tables = [table(1, "person", 10), table(2, "orders", 10), table(3, "gone", 10)];
    let plan = planned(
        &tables,
        json!({"dictionary": [{"schema": "s", "table": "person", "fields": {"mail": "NULL"}}],
               "dictionary_exclude": [{"schema": "s", "table": "gone"}]}),
    );
    let list = json!({"no_sens_dictionary": [
        {"schema": "s", "table": "person", "fields": ["id"]}, {"schema": "s", "table": "orders", "fields": ["id", "mail", "note"]}]});
    let list = NonSensitive::merge([("n", &list)]).expect("a list");
    let plans: Vec<_> = plan.tables.iter().collect();
    let found: Vec<Problem> = check_decided(&tables, &plans, Some(&list));
    assert_eq!(found.len(), 1);
    assert!(found[0].message.starts_with("column note of table s.person is in no dictionary"), "{}", found[0].message);
    assert_eq!(check_decided(&tables, &plans, None).len(), 2);
}

fn set(items: &[&str]) -> BTreeSet<String> {
    items.iter().map(|item| (*item).to_owned()).collect()
}

#[test]
fn literals_are_found_in_all_their_forms_and_harmless_ones_are_not() {
    for (sql, literals) in [
        ("'abc'::text", set(&["abc"])),
        ("x = 'it''s' OR y = E'tab\\there' OR z = e'a\\'b'", set(&["it's", "tab\there", "a'b"])),
        ("$$ SELECT 'inner' $$ || $tag$other$tag$", set(&["SELECT 'inner'", "inner", "other"])),
        ("EXECUTE 'SELECT ''deep'' '", set(&["SELECT 'deep' ", "deep"])),
        ("amount > 12345.5 AND n < 12 AND col99999 = 1", set(&["12345.5"])),
        ("'' || 0 || 'x' || 'no' || \"a 'quoted' name\"", set(&[])),
        ("true = 'true' AND '  ' = 'null'", set(&[])),
        ("'unfinished", set(&["unfinished"])),
        ("$1 = 'abc' AND $notag", set(&["abc"])),
        ("'äöü' = 'Ж Ы'", set(&["äöü", "Ж Ы"])),
    ] {
        assert_eq!(literals::of_sql(sql), literals, "{sql}");
    }
    let words = literals::of_comment("Such as Ann Lee, ann@example.com or +49-123456; see the list");
    for word in ["Ann Lee,", "ann@example.com", "+49-123456", "Lee"] {
        let word = word.trim_end_matches(',');
        assert!(words.contains(word), "{word}: {words:?}");
    }
    assert!(!words.contains("list") && !words.contains("the"));
}

#[test]
fn the_structure_shows_data_when_a_literal_is_a_value_of_the_column_it_is_about() {
    let tables = [table(1, "person", 10)];
    let plan = planned(&tables, json!({}));
    let masked = [(&plan.tables[0], vec![2])];
    let sql = |kind, object: &str, sql: &str| Text {
        table: (kind != Kind::Function).then_some(1),
        column: (kind != Kind::Function).then_some(2),
        kind,
        object: object.to_owned(),
        text: sql.to_owned(),
    };
    let texts = [
        sql(Kind::Column, "the default", "'Secret'::text"),
        sql(Kind::Sql, "view v", "mail = 'Other'"),
        sql(Kind::Function, "function f()", "SELECT FROM person WHERE mail = 'Secret'"),
        sql(Kind::Function, "function g()", "SELECT FROM elsewhere WHERE mail = 'Secret'"),
    ];
    let told = |found: Option<Found>| {
        let mut asked = 0;
        let problems = literals::check(&texts, &masked, &mut |_, number, literals| {
            asked += 1;
            assert_eq!((number, literals.len()), (2, 2));
            found.clone()
        });
        assert_eq!(asked, 1);
        problems.into_iter().map(|problem| problem.message).collect::<Vec<_>>()
    };
    let secret = Found { values: ["Secret".to_owned()].into(), complete: true };
    let shown = told(Some(secret));
    assert_eq!(shown.len(), 2);
    assert!(shown[0].contains("the default") && shown[1].contains("function f()"));
    assert!(!shown.iter().any(|message| message.contains("Secret")));
    assert_eq!(told(Some(Found { complete: true, ..Found::default() })).len(), 0);
    // What could not be looked at is told of the column's own texts.
    assert_eq!(told(Some(Found::default())).len(), 1);
    assert_eq!(told(None).len(), 1);
    // Patterns and bounds are no values.
    for harmless in ["mail ~ '^[a-z]+$'", "mail > 'abc'", "length(mail) < 1000", "mail ~~ 'abc%'"] {
        let texts = [sql(Kind::Column, "constraint c", harmless)];
        assert_eq!(literals::check(&texts, &masked, &mut |_, _, _| None), [], "{harmless}");
    }
}
