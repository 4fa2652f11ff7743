//! Which columns take over the rules of others, and what keeps them from it.

use std::collections::HashSet;

use pg_anon_core::check::Spelling;
use pg_anon_core::consistent::{Consistency, Missing, Origin, Translated, Translator};
use pg_anon_core::dictionary::Dictionary;
use pg_anon_core::plan::{ColumnPlan, Options, Plan, Problem, Severity, Table, TablePlan, plan, plan_with};
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
        Ok(origin.rule.strip_suffix(&argument).map(|function| Translated {
            rule: format!("{function}({})", column.name),
            form: function.to_owned(),
            modifier: -1,
            spelling: Spelling::One,
        }))
    }
}

/// The rules of a plan as `table.column = rule <- source`, and what is wrong.
fn taken(tables: &[Table], value: Value) -> (Vec<String>, Vec<(Severity, &'static str, String)>) {
    let dictionary = dictionary(&value);
    let consistency = Consistency::new(tables, &dictionary);
    let mut problems = consistency.unmatched(&Options::default());
    let mut take_over = |plan: &mut TablePlan| {
        problems.extend(consistency.take_over(plan, &mut Parser));
        Vec::new()
    };
    let mut plans = plan_with(tables, &dictionary, None, None, &Options::default(), &mut take_over).tables;
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

/// All that planning says when rules are taken over.
fn planned(tables: &[Table], value: Value) -> Plan {
    let dictionary = dictionary(&value);
    let consistency = Consistency::new(tables, &dictionary);
    let mut take_over = |plan: &mut TablePlan| consistency.take_over(plan, &mut Parser);
    plan_with(tables, &dictionary, None, None, &Options::default(), &mut take_over)
}

fn partition(oid: u32, name: &str, of: &str, columns: &[&str], keys: &[(&str, &[&str], u32, &[&str])]) -> Table {
    let more = json!({"ancestors": [{"schema": "s", "name": of}], "root": format!("s.{of}"), "partition_key": columns});
    table(oid, name, columns, keys, more)
}

#[test]
fn rows_whose_partition_key_takes_a_rule_over_are_loaded_through_the_root() {
    let key: (&str, &[&str], u32, &[&str]) = ("k", &["id"], 1, &["id"]);
    let tables = [
        table(1, "person", &["id"], &[], json!({})),
        table(2, "orders", &["id"], &[key], json!({"kind": "p"})),
        partition(3, "orders_0", "orders", &["id"], &[key]),
        partition(4, "orders_1", "orders", &["id"], &[key]),
    ];
    let value = json!({"dictionary": [rules("person", json!({"id": "f(id)"}))]});
    let copies = |tables: &[Table], value: Value| -> Vec<String> {
        planned(tables, value).tables.iter().filter(|t| t.name != "person").map(TablePlan::copy_statement).collect()
    };
    assert_eq!(copies(&tables, value.clone()), ["COPY s.orders (id) FROM stdin;\n"; 2]);
    assert_eq!(
        copies(&tables, json!({})),
        ["COPY s.orders_0 (id) FROM stdin;\n", "COPY s.orders_1 (id) FROM stdin;\n"]
    );
    // Nor into a partition that is not dumped.
    let mut excluding = value;
    excluding["dictionary_exclude"] = json!([{"schema": "s", "table": "orders_1"}]);
    assert_eq!(copies(&tables, excluding)[0], "COPY s.orders_0 (id) FROM stdin;\n");
}

#[test]
fn rules_of_all_partitions_are_taken_over_and_those_of_some_are_an_error() {
    let tables = [
        table(1, "person", &["id"], &[], json!({"kind": "p"})),
        partition(2, "person_0", "person", &["id"], &[]),
        partition(3, "person_1", "person", &["id"], &[]),
        table(4, "account", &["owner"], &[("own", &["owner"], 1, &["id"])], json!({})),
    ];
    let on = |list: Value| taken(&tables, json!({"dictionary": list}));
    let (found, problems) = on(json!([{"schema": "s", "table_mask": "^person_", "fields": {"id": "f(id)"}}]));
    assert_eq!(problems, []);
    assert_eq!(found, ["account.owner = f(owner) <- s.person_0.id (foreign key own)"]);
    let key = "foreign key own of table s.account".to_owned();
    let (found, problems) = on(json!([rules("person_1", json!({"id": "f(id)"}))]));
    assert!(found.is_empty());
    assert_eq!(problems, [(Severity::Error, "foreign_key", key)]);
    let (found, problems) =
        on(json!([rules("person_0", json!({"id": "g(id)"})), rules("person_1", json!({"id": "f(id)"}))]));
    assert!(found.is_empty());
    assert_eq!(problems, [(Severity::Error, "consistent", "column owner of table s.account".to_owned())]);
    // A partition that has none stays with the group of its table.
    let group = json!([[{"schema": "s", "table": "person", "column": "id"}, {"schema": "s", "table": "account", "column": "owner"}]]);
    let value = json!({"dictionary": [rules("person_1", json!({"id": "f(id)"}))], "consistent": group});
    let objects: Vec<String> = taken(&tables, value).1.into_iter().map(|(_, _, object)| object).collect();
    assert!(objects.contains(&"column id of table s.person_0".to_owned()), "{objects:?}");
    // One table alone is planned with the partitions of what it refers to.
    let value = json!({"dictionary": [rules("person_1", json!({"id": "f(id)"}))]});
    let dictionary = dictionary(&value);
    let plans = plan(&tables, &dictionary, None, None, &Options::default()).tables;
    let account = plans.iter().find(|plan| plan.oid == 4).expect("a plan");
    let some = [tables[0].clone(), tables[3].clone()];
    let missing = Consistency::new(&some, &dictionary).missing(account).expect("no mask fails");
    assert_eq!(missing, HashSet::from([Missing::Partitions(1)]));
}

#[test]
fn a_child_in_clear_of_a_table_that_takes_a_rule_over_is_warned_about() {
    let inherits = json!({"inherits": [{"schema": "s", "name": "base"}]});
    let tables = [
        table(1, "person", &["id"], &[], json!({})),
        table(2, "base", &["cust", "v"], &[("k", &["cust"], 1, &["id"])], json!({})),
        table(3, "kid", &["cust", "v"], &[], inherits),
    ];
    let messages = |list: Value| -> Vec<String> {
        planned(&tables, json!({"dictionary": list})).problems.into_iter().map(|problem| problem.message).collect()
    };
    let person = || rules("person", json!({"id": "f(id)"}));
    let message =
        "table s.kid inherits from s.base, which takes over a rule for cust, but its own cust is dumped in clear";
    assert_eq!(messages(json!([person()])), [message]);
    // Also beside a rule for another column; not beside one for this.
    assert_eq!(messages(json!([person(), rules("kid", json!({"v": "f(v)"}))])), [message]);
    assert_eq!(messages(json!([person(), rules("kid", json!({"cust": "f(cust)"}))])), [""; 0]);
}

#[test]
fn a_generated_column_that_is_computed_from_a_rule_taken_over_is_no_error() {
    let mut generated = table(2, "card", &["cust", "shown"], &[("k", &["cust"], 1, &["id"])], json!({}));
    generated.columns[1].generated = true;
    generated.columns[1].generated_from = Some(vec![1]);
    let tables = [table(1, "person", &["id"], &[], json!({})), generated];
    let card = rules("card", json!({"shown": "f(shown)"}));
    let severities = |list: Value| -> Vec<(Severity, &'static str)> {
        planned(&tables, json!({"dictionary": list})).problems.into_iter().map(|p| (p.severity, p.code)).collect()
    };
    let both = json!([rules("person", json!({"id": "f(id)"})), card.clone()]);
    assert_eq!(severities(both), [(Severity::Warning, "generated_column")]);
    assert_eq!(severities(json!([card])), [(Severity::Error, "generated_column")]);
}
