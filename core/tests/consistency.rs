//! Which columns take over the rules of others, and what keeps them from it.

use std::collections::HashSet;

use pg_anon_core::consistent::{Consistency, Missing, Origin, Translated, Translator};
use pg_anon_core::dictionary::Dictionary;
use pg_anon_core::plan::{ColumnPlan, Options, Problem, Severity, Table, TablePlan, plan};
use serde_json::{Value, json};

fn dictionary(value: &Value) -> Dictionary {
    Dictionary::merge([("test", value)]).unwrap_or_else(|e| panic!("{e}"))
}

/// A table with columns of text, and foreign keys `name, columns, referenced table, its columns`.
fn table(oid: u32, name: &str, columns: &[&str], keys: &[(&str, &[&str], u32, &[&str])], more: Value) -> Table {
    let columns: Vec<Value> = (1..)
        .zip(columns)
        .map(|(number, column)| {
            json!({"number": number, "name": column, "sql_name": column, "type_name": "pg_catalog.text", "generated": false})
        })
        .collect();
    let keys: Vec<Value> = keys
        .iter()
        .map(|(name, columns, referenced, theirs)| {
            json!({"name": name, "columns": columns, "referenced": referenced, "referenced_columns": theirs})
        })
        .collect();
    let mut value = json!({
        "oid": oid, "schema": "s", "name": name, "sql_name": format!("s.{name}"), "kind": "r", "columns": columns,
        "foreign_keys": keys, "rows": 0, "bytes": 0, "readable": true, "row_security": false,
    });
    for (key, item) in more.as_object().expect("an object") {
        value[key] = item.clone();
    }
    serde_json::from_value(value).unwrap_or_else(|e| panic!("{e}"))
}

/// A parser that takes `f(column)` for a function of the column, and everything else for none.
struct Parser;

impl Translator for Parser {
    fn translate(
        &mut self,
        origin: &Origin<'_>,
        _: &TablePlan,
        column: &ColumnPlan,
    ) -> Result<Option<Translated>, Problem> {
        let argument = format!("({})", origin.column.name);
        Ok(origin
            .rule
            .strip_suffix(&argument)
            .map(|function| Translated { rule: format!("{function}({})", column.name), form: function.to_owned() }))
    }
}

/// The rules of a plan as `table.column = rule <- source`, and what is wrong.
fn taken(tables: &[Table], value: Value) -> (Vec<String>, Vec<(Severity, &'static str, String)>) {
    let dictionary = dictionary(&value);
    let mut plans = plan(tables, &dictionary, None, None, &Options::default()).tables;
    let consistency = Consistency::new(tables, &dictionary);
    let mut problems = consistency.unmatched(&Options::default());
    for plan in &mut plans {
        problems.extend(consistency.take_over(plan, &mut Parser));
    }
    plans.sort_by_key(|plan| plan.oid);
    let mut rules = Vec::new();
    for plan in &plans {
        for column in &plan.columns {
            if let (Some(rule), Some(taken)) = (&column.rule, &column.taken_over) {
                rules.push(format!("{}.{} = {rule} <- {}", plan.name, column.name, taken.source));
            }
        }
    }
    (rules, problems.into_iter().map(|problem| (problem.severity, problem.code, problem.object)).collect())
}

fn rules(name: &str, fields: Value) -> Value {
    json!({"schema": "s", "table": name, "fields": fields})
}

#[test]
fn chains_composite_keys_and_self_references_take_the_rule_over() {
    let tables = [
        table(1, "person", &["id", "tenant", "boss"], &[("up", &["tenant", "boss"], 1, &["tenant", "id"])], json!({})),
        table(2, "account", &["owner", "tenant"], &[("own", &["tenant", "owner"], 1, &["tenant", "id"])], json!({})),
        table(3, "login", &["account", "at"], &[("acc", &["account"], 2, &["owner"])], json!({})),
    ];
    let (found, problems) = taken(&tables, json!({"dictionary": [rules("person", json!({"id": "f(id)"}))]}));
    assert_eq!(problems, []);
    assert_eq!(
        found,
        [
            "person.boss = f(boss) <- s.person.id (foreign key up)",
            "account.owner = f(owner) <- s.person.id (foreign key own)",
            "login.account = f(account) <- s.person.id (foreign key acc)",
        ]
    );
}

#[test]
fn a_rule_of_its_own_wins_and_ends_the_chain() {
    let tables = [
        table(1, "person", &["id"], &[], json!({})),
        table(2, "account", &["owner"], &[("own", &["owner"], 1, &["id"])], json!({})),
        table(3, "login", &["account"], &[("acc", &["account"], 2, &["owner"])], json!({})),
    ];
    let value = json!({"dictionary": [rules("person", json!({"id": "f(id)"})), rules("account", json!({"owner": "g(owner)"}))]});
    assert_eq!(taken(&tables, value).0, ["login.account = g(account) <- s.account.owner (foreign key acc)"]);
}

#[test]
fn what_is_no_function_of_the_value_is_an_error() {
    let tables = [
        table(1, "person", &["id"], &[], json!({})),
        table(2, "account", &["owner"], &[("own", &["owner"], 1, &["id"])], json!({})),
    ];
    let (found, problems) = taken(&tables, json!({"dictionary": [rules("person", json!({"id": "random()"}))]}));
    assert!(found.is_empty());
    assert_eq!(problems, [(Severity::Error, "foreign_key", "foreign key own of table s.account".to_owned())]);
}

#[test]
fn two_rules_for_one_column_are_an_error() {
    let tables = [
        table(1, "a", &["id"], &[], json!({})),
        table(2, "b", &["id"], &[], json!({})),
        table(3, "c", &["id"], &[("to_a", &["id"], 1, &["id"]), ("to_b", &["id"], 2, &["id"])], json!({})),
    ];
    let both = |one: &str, two: &str| {
        taken(&tables, json!({"dictionary": [rules("a", json!({"id": one})), rules("b", json!({"id": two}))]}))
    };
    let (found, problems) = both("f(id)", "g(id)");
    assert!(found.is_empty());
    assert_eq!(problems, [(Severity::Error, "consistent", "column id of table s.c".to_owned())]);
    assert_eq!(both("f(id)", "f(id)").0, ["c.id = f(id) <- s.a.id (foreign key to_a)"]);
}

#[test]
fn groups_share_the_rule_of_any_of_them_also_with_partitions() {
    let tables = [
        table(1, "person", &["email"], &[], json!({})),
        table(2, "visit", &["mail"], &[], json!({"kind": "p"})),
        table(3, "visit_1", &["mail"], &[], json!({"ancestors": [{"schema": "s", "name": "visit"}]})),
        table(4, "letter", &["to"], &[("letter_to", &["to"], 1, &["email"])], json!({})),
    ];
    let group = json!([[{"schema": "s", "table": "visit", "column": "mail"}, {"schema": "s", "table": "person", "column": "email"}]]);
    let value = json!({"dictionary": [rules("visit", json!({"mail": "f(mail)"}))], "consistent": group});
    let (found, problems) = taken(&tables, value);
    assert_eq!(problems, []);
    assert_eq!(
        found,
        [
            "person.email = f(email) <- s.visit.mail (consistent)",
            "letter.to = f(to) <- s.visit.mail (foreign key letter_to)"
        ]
    );
    let value = json!({"dictionary": [rules("person", json!({"email": "f(email)"}))], "consistent": group});
    assert_eq!(
        taken(&tables, value).0,
        [
            "visit_1.mail = f(mail) <- s.person.email (consistent)",
            "letter.to = f(to) <- s.person.email (foreign key letter_to)"
        ]
    );
}

#[test]
fn a_group_that_names_what_is_not_there_is_an_error() {
    let tables = [table(1, "person", &["email"], &[], json!({}))];
    let group = |table: &str, column: &str| json!({"consistent": [[{"schema": "s", "table": "person", "column": "email"}, {"schema": "s", "table": table, "column": column}]]});
    assert_eq!(taken(&tables, group("persons", "email")).1[0].1, "unmatched_table");
    assert_eq!(taken(&tables, group("person", "mail")).1[0].1, "unmatched_column");
}

#[test]
fn tables_that_stand_in_for_others_give_and_take_nothing() {
    let tables = [
        table(1, "person", &["id"], &[], json!({})),
        table(2, "account", &["owner"], &[("own", &["owner"], 1, &["id"])], json!({})),
    ];
    let raw = |name: &str| json!({"schema": "s", "table": name, "raw_sql": "SELECT 1"});
    let (found, problems) = taken(&tables, json!({"dictionary": [raw("person")]}));
    assert!(found.is_empty() && problems.is_empty());
    let (found, problems) =
        taken(&tables, json!({"dictionary": [raw("account"), rules("person", json!({"id": "f(id)"}))]}));
    assert!(found.is_empty() && problems.is_empty());
}

#[test]
fn the_tables_that_are_missing_are_told_one_after_the_other() {
    let all = [
        table(1, "person", &["id"], &[], json!({})),
        table(2, "account", &["owner"], &[("own", &["owner"], 1, &["id"])], json!({})),
        table(3, "login", &["account"], &[("acc", &["account"], 2, &["owner"])], json!({})),
    ];
    let value = json!({
        "dictionary": [rules("person", json!({"id": "f(id)"}))],
        "consistent": [[{"schema": "s", "table": "login", "column": "account"}, {"schema": "s", "table": "other", "column": "x"}]],
    });
    let dictionary = dictionary(&value);
    let plans = plan(&all, &dictionary, None, None, &Options::default()).tables;
    let login = plans.iter().find(|plan| plan.oid == 3).expect("a plan");
    let missing = |tables: &[Table]| Consistency::new(tables, &dictionary).missing(login).expect("no mask fails");
    let other = Missing::Name("s".to_owned(), "other".to_owned());
    assert_eq!(missing(&all[2..]), HashSet::from([Missing::Oid(2), other.clone()]));
    assert_eq!(missing(&all[1..]), HashSet::from([Missing::Oid(1), other.clone()]));
    assert_eq!(missing(&all), HashSet::from([other]));
}
