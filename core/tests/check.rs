//! The check of what rules give, without a server.

use std::collections::{BTreeSet, HashMap, HashSet};

use pg_anon_core::check::literals::{self, Found, Kind, Text};
use pg_anon_core::check::{
    CONVERSION, Call, CheckConstraint, Constraints, Distinct, Expression, Fit, ForeignKey, Index, Input, Null, Rule,
    Rules, Server, Spelling, builtin_name, check, check_decided,
};
use pg_anon_core::dictionary::{ColumnName, Dictionary, NonSensitive};
use pg_anon_core::mask::registry::{Argument, Length, find};
use pg_anon_core::plan::{Options, Plan, Problem, Severity, Table, plan};
use serde_json::json;

fn column(number: i16) -> Expression {
    Expression::Column { number, family: "text".to_owned(), not_null: true, length: None, spelling: Spelling::One }
}

fn nullable(number: i16) -> Expression {
    Expression::Column { number, family: "text".to_owned(), not_null: false, length: None, spelling: Spelling::One }
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
        spelling: Spelling::One,
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

    fn is_within(&mut self, _: u32, _: i16, (least, greatest): (i64, i64)) -> Option<bool> {
        // Values from 1 on, one a row.
        Some(least <= 1 && self.rows as i64 <= greatest)
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
    let rules = rules.iter().map(|(number, expression)| (*number, expression.clone(), Fit::default())).collect();
    problems(rows, rules, constraints, fake).into_iter().map(|problem| (problem.severity, problem.code)).collect()
}

/// The same in full, for columns that do not take everything.
fn problems(rows: i64, rules: Vec<(i16, Expression, Fit)>, constraints: Constraints, fake: &mut Fake) -> Vec<Problem> {
    let tables = [table(1, "t", rows)];
    let plan = planned(&tables, json!({}));
    let rules: Rules =
        rules.into_iter().map(|(number, expression, fit)| ((1, number), Rule { expression, fit })).collect();
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
    check(&input, fake)
}

/// What is said of a rule for a unique column with so many rows, beside a primary key.
fn of_unique(rows: i64, expression: Expression, fit: Fit) -> Vec<Problem> {
    let constraints = Constraints { indexes: vec![index("pk", &[1]), index("u", &[2])], ..Constraints::default() };
    problems(rows, vec![(2, expression, fit)], constraints, &mut Fake { rows: rows as u64, holds: None })
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

/// A pseudonym of column 2.
fn pseudo(kind: &str, types: &[&str], arguments: Vec<Expression>) -> Expression {
    let types: Vec<&str> = std::iter::once("text").chain(types.iter().copied()).collect();
    let arguments = std::iter::once(column(2)).chain(arguments).collect();
    ours(&format!("pseudo_{kind}"), &types, arguments)
}

fn email() -> Expression {
    pseudo("email", &["text"], vec![text("example.com")])
}

fn joined(parts: Vec<Expression>) -> Expression {
    parts.into_iter().reduce(|a, b| builtin("textcat", "text", vec![a, b])).expect("a part")
}

fn left(value: Expression, count: i64) -> Expression {
    builtin("left", "text", vec![value, integer(count)])
}

fn right(value: Expression, count: i64) -> Expression {
    builtin("right", "text", vec![value, integer(count)])
}

fn substr(value: Expression, from: i64, count: i64) -> Expression {
    builtin("substr", "text", vec![value, integer(from), integer(count)])
}

fn as_varchar(value: Expression, count: i64) -> Expression {
    builtin("varchar", "text", vec![value, integer(count + 4), integer(1)])
}

/// Each character that was left of a pseudonym counted as a hexadecimal digit: left(pseudo_email(v), 10) was right, and gave 4,121
/// equal pairs of 20,000 rows.
#[test]
fn a_pseudonym_that_is_cut_may_become_any_other() {
    let url = || pseudo("url", &[], vec![]);
    for cut in [
        left(email(), 10),
        right(email(), 12),
        left(url(), 30),
        left(pseudo("user_name", &[], vec![]), 10),
        left(pseudo("ip", &["integer"], vec![integer(6)]), 14),
        left(pseudo("sentence", &["integer", "text"], vec![integer(8), text("en")]), 12),
        left(pseudo("iban", &["text"], vec![text("DE")]), 12),
        as_varchar(email(), 9),
        substr(url(), 1, 30),
        left(joined(vec![text("x"), email()]), 20),
        // Bytes of a pseudonym are no better for being written as digits, and those of a hash no worse.
        left(
            builtin("encode", "text", vec![builtin("convert_to", "bytea", vec![email(), text("UTF8")]), text("hex")]),
            20,
        ),
        // Of two hashes the second is cut off.
        left(joined(vec![digest(column(3)), digest(column(2))]), 64),
        builtin("left", "text", vec![digest(column(2)), column(3)]),
    ] {
        assert_eq!(cut.distinct(), Distinct::Narrow, "{cut:?}");
        let found = of_unique(20_000, cut.clone(), Fit::default());
        assert_eq!(
            found.iter().map(|p| (p.severity, p.code)).collect::<Vec<_>>(),
            [(Severity::Warning, "duplicates")],
            "{cut:?}"
        );
    }
    // What is not shorter for it is not cut.
    for whole in [left(email(), 60), right(email(), 60), as_varchar(email(), 60), substr(email(), 1, 60)] {
        assert_eq!(whole.distinct(), email().distinct(), "{whole:?}");
    }
}

#[test]
fn of_what_is_drawn_character_by_character_each_that_is_kept_counts() {
    let two = BTreeSet::from([2]);
    let hex = |digits: f64| Distinct::Hashed(two.clone(), 16_f64.powf(digits));
    let hmac = ours("hmac", &["text", "text", "integer"], vec![column(2), text("sha256"), integer(0)]);
    let base32 = ours("hmac_base32", &["text", "integer"], vec![column(2), integer(16)]);
    let sha = |format: &str| {
        let bytes = builtin("sha256", "bytea", vec![builtin("convert_to", "bytea", vec![column(2), text("UTF8")])]);
        builtin("encode", "text", vec![bytes, text(format)])
    };
    let uuid = || builtin(CONVERSION, "text", vec![builtin("gen_random_uuid", "uuid", vec![])]);
    let md5 = builtin("md5", "text", vec![column(2)]);
    let md5_uuid = builtin(CONVERSION, "text", vec![builtin(CONVERSION, "uuid", vec![md5.clone()])]);
    for (cut, distinct) in [
        (left(digest(column(2)), 10), hex(10.0)),
        (left(digest(column(2)), -60), hex(4.0)),
        (right(digest(column(2)), 10), hex(10.0)),
        (right(digest(column(2)), -60), hex(4.0)),
        (substr(digest(column(2)), 60, 10), hex(5.0)),
        (substr(digest(column(2)), 70, 10), Distinct::Narrow),
        (left(hmac, 12), hex(12.0)),
        (left(base32, 4), Distinct::Hashed(two.clone(), 32_f64.powf(4.0))),
        (left(md5, 8), hex(8.0)),
        (left(sha("hex"), 8), hex(8.0)),
        (left(sha("base64"), 8), Distinct::Hashed(two.clone(), 64_f64.powf(8.0))),
        (
            left(
                builtin(
                    "encode",
                    "text",
                    vec![builtin("decode", "bytea", vec![digest(column(2)), text("hex")]), text("base64")],
                ),
                8,
            ),
            Distinct::Hashed(two.clone(), 64_f64.powf(8.0)),
        ),
        // Padding, and a character of fewer bits.
        (right(sha("base64"), 2), Distinct::Narrow),
        (left(sha("escape"), 8), Distinct::Narrow),
        (left(random_string(20), 3), Distinct::Drawn(36_f64.powf(3.0))),
        (left(joined(vec![text("u_"), digest(column(2))]), 10), hex(8.0)),
        (left(builtin("lower", "text", vec![random_string(20)]), 3), Distinct::Drawn(36_f64.powf(3.0))),
        (as_varchar(left(digest(column(2)), 20), 5), hex(5.0)),
        (left(uuid(), 9), Distinct::Drawn(16_f64.powf(8.0))),
        (substr(uuid(), 14, 7), Distinct::Drawn(2_f64.powf(14.0))),
        (right(md5_uuid, 13), hex(12.0)),
        (left(digest(text("x")), 10), Distinct::Constant),
        (left(column(2), 10), Distinct::Narrow),
    ] {
        match (cut.distinct(), &distinct) {
            // Powers of 32 and 36 by way of their logarithms.
            (Distinct::Drawn(found), Distinct::Drawn(wanted)) => {
                assert!((found / wanted - 1.0).abs() < 1e-9, "{found} {cut:?}");
            }
            (found, wanted) => assert_eq!(found, *wanted, "{cut:?}"),
        }
    }
}

/// What was drawn swallowed the column beside it: `'user_' || random_string(1) || '_' || id` had 36 different values only.
#[test]
fn what_is_drawn_beside_a_key_leaves_it_unique() {
    use Severity::Warning;
    let one = || BTreeSet::from([1]);
    let severity = |rows, e: &Expression| of_unique(rows, e.clone(), Fit::default()).first().map(|p| p.severity);
    let id = || builtin(CONVERSION, "text", vec![column(1)]);
    let number = || builtin(CONVERSION, "text", vec![random_int(1, 100)]);
    for unique in [
        joined(vec![text("user_"), random_string(1), text("_"), id()]),
        joined(vec![id(), text("_"), random_string(1)]),
        joined(vec![random_string(1), id(), random_string(2)]),
    ] {
        let by =
            matches!(unique.distinct(), Distinct::Partly { columns, hashed: f64::INFINITY, .. } if columns == one());
        assert!(by, "{unique:?}");
        assert_eq!(severity(20_000, &unique), None);
    }
    // 1 and 11 are 11 and 1: not certain to differ, and not certain to be equal.
    let unclear = joined(vec![number(), id()]);
    let none = BTreeSet::new();
    assert_eq!(unclear.distinct(), Distinct::Partly { columns: none, hashed: f64::INFINITY, drawn: 99.0 });
    assert_eq!(severity(20_000, &unclear), Some(Warning));
    let name = ours("random_first_name", &["text", "text"], vec![text("en"), text("")]);
    assert_eq!(severity(20_000, &joined(vec![name, id()])), Some(Warning));
    // So much is drawn that it does not matter what stands beside it.
    assert_eq!(severity(20_000, &joined(vec![random_string(20), column(2), column(3)])), None);
    let both = joined(vec![random_string(2), random_string(2)]);
    assert_eq!(both.distinct(), Distinct::Drawn(36_f64.powf(4.0)));
    let hashed = joined(vec![random_string(2), left(digest(column(1)), 4)]);
    let (columns, drawn) = (one(), 36_f64.powf(2.0));
    assert_eq!(hashed.distinct(), Distinct::Partly { columns, hashed: 16_f64.powf(4.0), drawn });
    assert_eq!(severity(200, &hashed), None);
    assert_eq!(severity(20_000, &joined(vec![random_string(20), left(digest(column(1)), 2)])), None);
    // What is only a little different does not make it less so.
    assert_eq!(joined(vec![left(column(3), 1), digest(column(1))]).distinct(), digest(column(1)).distinct());
}

/// The first argument was taken for the value, which for these is an array, a day, a condition: one value only, it was said.
#[test]
fn a_function_whose_value_is_not_its_first_argument_is_no_constant() {
    let array = || Expression::Constant {
        value: Some(Argument::Array { elements: 3, has_null: false }),
        image: "a".to_owned(),
    };
    let constant = |image: &str| Expression::Constant { value: Some(Argument::Constant), image: image.to_owned() };
    let pick = ours("pick", &["anyarray", "text"], vec![array(), column(2)]);
    assert_eq!(pick.distinct(), Distinct::Hashed(BTreeSet::from([2]), 3.0));
    let shift = |person: Expression| {
        ours("shift_date", &["date", "text", "interval"], vec![constant("date"), person, constant("interval")])
    };
    assert_eq!(shift(column(2)).distinct(), Distinct::Narrow);
    assert_eq!(shift(text("x")).distinct(), Distinct::Constant);
    let keep =
        ours("keep_if", &["boolean", "anycompatible", "anycompatible"], vec![constant("true"), email(), text("x")]);
    assert_eq!(keep.distinct(), Distinct::Narrow);
    for rule in [shift(column(2)), keep] {
        let found = of_unique(1_000, rule, Fit::default());
        let duplicates = found.iter().find(|problem| problem.code == "duplicates");
        assert_eq!(duplicates.map(|problem| problem.severity), Some(Severity::Warning));
    }
    // It gives one of two values, neither NULL nor longer than they are.
    let keep = |one: Expression, other: Expression| {
        let types = ["boolean", "anycompatible", "anycompatible"];
        let function = ours("keep_if", &types, vec![constant("true"), one, other]);
        let Expression::Call(call) = function else { unreachable!("it is a call") };
        Expression::Call(Call { strict: false, ..call })
    };
    assert_eq!([keep(column(2), text("x")).null(), keep(nullable(2), text("x")).null()], [Null::Never, Null::Possible]);
    assert_eq!(keep(random_string(7), text("abc")).length(), Some(Length { shortest: 3, longest: Some(7) }));
    assert_eq!(keep(column(2), text("abc")).length(), None);
    // A salt that differs is as good as a value.
    let salted = ours("digest", &["text", "text", "text"], vec![text("x"), column(2), text("sha256")]);
    assert_eq!(salted.distinct(), digest(column(2)).distinct());
    // Bounds that differ make one number of two.
    let types = ["integer", "integer", "integer"];
    let permuted = |high: Expression| ours("permute_int", &types, vec![column(1), integer(1), high]);
    assert_eq!(permuted(integer(9)).distinct(), Distinct::By(BTreeSet::from([1])));
    assert_eq!(permuted(column(3)).distinct(), Distinct::Unknown);
}

/// Of times the microseconds were counted, also in a column of seconds: 165 equal pairs of 100,000 rows, and nothing was said.
#[test]
fn times_are_counted_in_the_precision_of_their_column() {
    const DAY: i64 = 86_400_000_000;
    let time = |value: i64| Expression::Constant { value: Some(Argument::Timestamp(value)), image: value.to_string() };
    let types = ["timestamp with time zone", "timestamp with time zone"];
    let drawn = |days: i64| ours("random_date_between", &types, vec![time(0), time(days * DAY)]);
    let fit = |step: u32| Fit { step: Some(step), ..Fit::default() };
    let distinct = |expression: &Expression, fit| Rule { expression: expression.clone(), fit }.distinct();
    assert_eq!(distinct(&drawn(365), Fit::default()), Distinct::Drawn(365.0 * 86_400e6));
    assert_eq!(distinct(&drawn(365), fit(1_000_000)), Distinct::Drawn(365.0 * 86_400.0));
    let converted = builtin("timestamp", "timestamp without time zone", vec![drawn(1)]);
    assert_eq!(distinct(&converted, fit(1_000)), Distinct::Drawn(86_400e3));
    let rounded = builtin("timestamptz", "timestamp with time zone", vec![drawn(1), integer(0)]);
    assert_eq!(rounded.distinct(), Distinct::Drawn(86_400.0));
    assert_eq!(builtin("date", "date", vec![drawn(365)]).distinct(), Distinct::Drawn(365.0));
    let pseudo = pseudo("date", &types, vec![time(0), time(DAY)]);
    assert_eq!(distinct(&pseudo, fit(1_000_000)), Distinct::Hashed(BTreeSet::from([2]), (86_400e6 + 1.0) / 1e6));
    // Days stay as many as they are.
    let day = |value: i32| Expression::Constant { value: Some(Argument::Date(value)), image: value.to_string() };
    let days = ours("random_date", &["date", "date"], vec![day(0), day(364)]);
    let days = builtin("timestamp", "timestamp without time zone", vec![days]);
    assert_eq!(distinct(&days, fit(1_000_000)), Distinct::Drawn(365.0));
    let severity = |expression, fit| of_unique(100_000, expression, fit).first().map(|problem| problem.severity);
    assert_eq!(severity(drawn(365), fit(1_000_000)), Some(Severity::Error));
    assert_eq!(severity(drawn(365), Fit::default()), None);
    assert_eq!(severity(converted, fit(1_000)), Some(Severity::Error));
    // Two digits of a random number are a hundred numbers.
    let fraction = builtin("numeric", "numeric", vec![builtin("random", "double precision", vec![])]);
    assert_eq!(distinct(&fraction, Fit { scale: Some(2), ..Fit::default() }), Distinct::Drawn(100.0));
}

/// Nothing was known of the longest of these, so that nothing was said.
#[test]
fn a_pseudonym_that_may_be_too_long_is_told() {
    let fit = |characters: u64| Fit { characters: Some(characters), ..Fit::default() };
    let of = |expression: Expression, characters: u64| {
        let found = problems(
            9,
            vec![(2, expression, fit(characters))],
            Constraints::default(),
            &mut Fake { rows: 9, holds: None },
        );
        found.first().map(|problem| (problem.severity, problem.code))
    };
    let of_locale = |kind: &str| pseudo(kind, &["text"], vec![text("en")]);
    let counted = |kind: &str| pseudo(kind, &["integer", "text"], vec![integer(4), text("de")]);
    let warning = Some((Severity::Warning, "too_long"));
    for (expression, too_short, enough) in [
        (of_locale("job"), 30, 47),
        (of_locale("city"), 12, 20),
        (of_locale("company"), 30, 40),
        (of_locale("street"), 20, 28),
        (counted("sentence"), 40, 100),
        (counted("paragraph"), 200, 2_000),
    ] {
        assert_eq!(of(expression.clone(), too_short), warning, "{expression:?}");
        assert_eq!(of(expression.clone(), enough), None, "{expression:?}");
    }
    assert_eq!(of(of_locale("job"), 5), Some((Severity::Error, "too_long")));
    let born = || {
        vec![Expression::Column {
            number: 2,
            family: "date".to_owned(),
            not_null: true,
            length: None,
            spelling: Spelling::One,
        }]
    };
    let age = ours("generalise_age", &["date", "integer", "date"], [born(), vec![integer(10), text("today")]].concat());
    assert_eq!([of(age.clone(), 5), of(age, 9)], [warning, None]);
}

/// Unique columns were told to cut the value, which makes duplicates, and rules with the key to use a hash without one.
#[test]
fn the_hints_fit_the_rule() {
    let hint = |expression: Expression, fit| of_unique(20_000, expression, fit).into_iter().next().and_then(|p| p.hint);
    let short = Fit { characters: Some(10), ..Fit::default() };
    let cut = hint(email(), short).expect("a hint");
    assert!(cut.contains("left(anon_funcs.hmac(value), 10)") && cut.contains("unique"), "{cut}");
    let keyed = hint(left(email(), 10), Fit::default()).expect("a hint");
    assert!(keyed.contains("permute_int") && !keyed.contains("digest"), "{keyed}");
    let salted = hint(left(digest(column(2)), 2), Fit::default()).expect("a hint");
    assert!(salted.contains("digest"), "{salted}");
}

#[test]
fn a_key_of_several_columns_is_as_unique_as_all_of_them_together() {
    use Severity::{Error, Warning};
    assert_eq!(unique(1000, &[2, 3], &[(2, digest(column(2)))]), None);
    assert_eq!(unique(1000, &[2, 3], &[(2, digest(column(2))), (3, digest(column(3)))]), None);
    assert_eq!(unique(1000, &[2, 3], &[(2, text("x"))]), Some(Warning));
    assert_eq!(unique(1000, &[2, 3], &[(2, text("x")), (3, text("y"))]), Some(Error));
    assert_eq!(unique(1000, &[2, 3], &[(2, text("x")), (3, random_string(20))]), None);
    assert_eq!(unique(1000, &[2, 3], &[(2, left(digest(column(1)), 2)), (3, random_string(20))]), None);
    // Rows that get the same in one column may well differ in the other.
    let pick = |n| left(digest(column(n)), 1);
    assert_eq!(unique(1000, &[2, 3], &[(2, pick(2))]), Some(Warning));
    assert_eq!(unique(1000, &[2, 3], &[(2, pick(2)), (3, digest(column(3)))]), Some(Warning));
    assert_eq!(unique(1000, &[2, 3], &[(2, pick(2)), (3, pick(3))]), Some(Error));
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

/// Without a key, each child of a table whose rule needs it was said to be masked by another function.
#[test]
fn a_rule_that_is_none_is_no_reason_to_speak_of_its_foreign_keys() {
    let tables = [table(1, "person", 10), table(2, "orders", 10)];
    let rule = |name: &str| json!({"schema": "s", "table": name, "fields": {"mail": "pseudo_email(mail)"}});
    let plan = planned(&tables, json!({"dictionary": [rule("person"), rule("orders")]}));
    let name = || vec!["mail".to_owned()];
    let keys =
        [ForeignKey { name: "fk".to_owned(), table: 2, columns: name(), referenced: 1, referenced_columns: name() }];
    let found = |known: &[&str]| {
        let input = Input {
            tables: &tables,
            plans: &plan.tables.iter().collect::<Vec<_>>(),
            rules: &Rules::new(),
            constraints: &[],
            foreign_keys: &keys,
            consistent: &[],
            known: &known.iter().map(|name| (*name).to_owned()).collect(),
        };
        check(&input, &mut Fake { rows: 10, holds: None }).into_iter().map(|problem| problem.code).collect::<Vec<_>>()
    };
    assert_eq!(found(&[]), ["foreign_key"]);
    assert_eq!(found(&["column mail of table s.person"]), [""; 0]);
    assert_eq!(found(&["column mail of table s.orders"]), [""; 0]);
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

/// permute_int stops at a value outside its bounds, which was found out by the dump only.
#[test]
fn a_value_outside_the_bounds_of_a_rule_is_told_before_the_dump() {
    let id = || Expression::Column {
        number: 1,
        family: "integer".to_owned(),
        not_null: true,
        length: None,
        spelling: Spelling::One,
    };
    let wide = || builtin("int8", "integer", vec![id()]);
    let permuted = |value: Expression, kind: &str, high: i64| {
        ours("permute_int", &[kind, kind, kind], vec![value, integer(1), integer(high)])
    };
    let of = |expression: Expression| {
        said(50, &[(1, expression)], Constraints::default(), &mut Fake { rows: 50, holds: None })
    };
    let error = [(Severity::Error, "out_of_range")];
    assert_eq!(of(permuted(id(), "integer", 10)), error);
    assert_eq!(of(permuted(wide(), "bigint", 10)), error);
    assert_eq!(of(permuted(id(), "integer", 50)), []);
    // Whether another branch reads it nobody knows.
    let case = Expression::Case {
        results: vec![permuted(id(), "integer", 10), id()],
        image: String::new(),
        columns: BTreeSet::from([1]),
        volatile: false,
    };
    assert_eq!(of(case), []);
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

#[test]
fn a_function_of_the_text_is_told_from_one_of_the_value() {
    let column = |family: &str, spelling: Spelling| Expression::Column {
        number: 1,
        family: family.to_owned(),
        not_null: true,
        length: None,
        spelling,
    };
    let (mail, price) = (column("citext", Spelling::Cases), column("numeric", Spelling::Zeros));
    assert_eq!(digest(mail.clone()).spelling(), Spelling::Cases);
    assert_eq!(builtin("left", "text", vec![digest(mail.clone()), integer(9)]).spelling(), Spelling::Cases);
    assert_eq!(digest(builtin("lower", "text", vec![mail.clone()])).spelling(), Spelling::One);
    assert_eq!(mail.spelling(), Spelling::One);
    assert_eq!(digest(column("text", Spelling::Collated)).spelling(), Spelling::Collated);
    let as_text = |value: Expression| builtin(CONVERSION, "text", vec![value]);
    assert_eq!(digest(as_text(price.clone())).spelling(), Spelling::Zeros);
    assert_eq!(digest(as_text(builtin("trim_scale", "numeric", vec![price.clone()]))).spelling(), Spelling::One);
    assert_eq!(builtin("int8", "integer", vec![price.clone()]).spelling(), Spelling::One);
    let step = Expression::Constant { value: Some(Argument::Decimal("10".to_owned())), image: "10".to_owned() };
    assert_eq!(ours("generalise_number", &["numeric", "numeric"], vec![price, step]).spelling(), Spelling::One);
}

// fpe_digits makes 07 and 7 of two numbers, and both are 7.
#[test]
fn a_number_is_not_as_different_as_the_text_that_says_it() {
    let digits = ours("fpe_digits", &["text"], vec![column(1)]);
    assert_eq!(builtin(CONVERSION, "integer", vec![digits.clone()]).distinct(), Distinct::Unknown);
    assert_eq!(builtin(CONVERSION, "text", vec![digits]).distinct(), Distinct::By(BTreeSet::from([1])));
    assert!(matches!(builtin(CONVERSION, "uuid", vec![digest(column(1))]).distinct(), Distinct::Hashed(..)));
}

#[test]
fn what_enciphers_letters_of_both_cases_may_give_a_citext_twice() {
    let expression = ours("fpe_text", &["text", "text"], vec![column(1), text("abcXYZ")]);
    let of = |folds_case: bool| Rule { expression: expression.clone(), fit: Fit { folds_case, ..Fit::default() } };
    assert_eq!(of(false).distinct(), Distinct::By(BTreeSet::from([1])));
    assert_eq!(of(true).distinct(), Distinct::Unknown);
}
