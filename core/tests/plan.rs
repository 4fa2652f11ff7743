//! What is done with each table, from catalog rows and a dictionary.

use pg_anon_core::dictionary::{Dictionary, TableList};
use pg_anon_core::plan::{Action, Options, Page, Plan, Problem, Severity, Table, TablePlan, plan, plan_table};
use serde_json::{Value, json};

fn dictionary(value: Value) -> Dictionary {
    Dictionary::merge([("test", &value)]).unwrap_or_else(|e| panic!("{e}"))
}

fn list(tables: Value) -> TableList {
    TableList::merge([("test", &json!({"tables": tables}))]).unwrap_or_else(|e| panic!("{e}"))
}

/// A table of `schema.name` with the given columns, all text; `more` replaces what the catalogs would say.
fn table(name: &str, columns: &[&str], more: Value) -> Table {
    let (schema, name) = name.split_once('.').unwrap_or(("public", name));
    let columns: Vec<Value> = (1..)
        .zip(columns)
        .map(|(number, column)| {
            json!({"number": number, "name": column, "sql_name": column, "type_name": "pg_catalog.text", "generated": false})
        })
        .collect();
    let mut value = json!({
        "oid": 1, "schema": schema, "name": name, "sql_name": format!("{schema}.{name}"), "kind": "r", "columns": columns,
        "rows": 0, "bytes": 0, "readable": true, "row_security": false,
    });
    for (key, item) in more.as_object().expect("an object") {
        value[key] = item.clone();
    }
    serde_json::from_value(value).unwrap_or_else(|e| panic!("{e}"))
}

fn plain(name: &str, columns: &[&str]) -> Table {
    table(name, columns, json!({}))
}

/// A partition of `parents`, nearest first.
fn partition(name: &str, columns: &[&str], parents: &[&str]) -> Table {
    let ancestors: Vec<Value> = parents.iter().map(|parent| json!({"schema": "public", "name": parent})).collect();
    table(name, columns, json!({"ancestors": ancestors}))
}

fn partitioned(name: &str, columns: &[&str]) -> Table {
    table(name, columns, json!({"kind": "p"}))
}

/// A rule about public.`name` that sets the given columns to NULL.
fn rule(name: &str, columns: &[&str]) -> Value {
    json!({"schema": "public", "table": name, "fields": fields(columns)})
}

fn mask_rule(mask: &str, columns: &[&str]) -> Value {
    json!({"schema_mask": "*", "table_mask": mask, "fields": fields(columns)})
}

fn fields(columns: &[&str]) -> Value {
    columns.iter().map(|column| ((*column).to_owned(), Value::from("NULL"))).collect()
}

fn planned(tables: &[Table], value: Value) -> Plan {
    plan(tables, &dictionary(value), None, None, &Options::default())
}

fn of<'a>(plan: &'a Plan, name: &str) -> &'a TablePlan {
    plan.tables.iter().find(|table| table.name == name).unwrap_or_else(|| panic!("no plan of {name}"))
}

/// The columns with a rule.
fn masked<'a>(plan: &'a Plan, name: &str) -> Vec<&'a str> {
    let columns = of(plan, name).columns.iter();
    columns.filter(|column| column.rule.is_some()).map(|column| column.name.as_str()).collect()
}

fn excluded(plan: &Plan) -> Vec<&str> {
    let excluded = plan.tables.iter().filter(|table| table.action == Action::Excluded);
    let mut names: Vec<&str> = excluded.map(|table| table.name.as_str()).collect();
    names.sort_unstable();
    names
}

/// Severity, code and object of each problem.
fn problems(plan: &Plan) -> Vec<(Severity, &str, &str)> {
    plan.problems.iter().map(|problem| (problem.severity, problem.code, problem.object.as_str())).collect()
}

fn only(plan: &Plan) -> &Problem {
    match plan.problems.as_slice() {
        [only] => only,
        other => panic!("{other:#?}"),
    }
}

const ERROR: Severity = Severity::Error;
const WARNING: Severity = Severity::Warning;

#[test]
fn a_table_has_its_columns_with_their_rules_in_the_order_of_their_numbers() {
    let found = planned(
        &[plain("users", &["id", "name", "email"]), plain("other", &["id"])],
        json!({"dictionary": [{
            "schema": "public", "table": "users",
            "fields": {"email": "partial_email(email)", "name": "SQL:upper(name)"},
            "sql_condition": " wHeRe id > 10 ",
        }]}),
    );
    assert_eq!(found.problems, []);
    let users = of(&found, "users");
    let rules: Vec<(&str, Option<&str>)> =
        users.columns.iter().map(|column| (column.name.as_str(), column.rule.as_deref())).collect();
    assert_eq!(rules, [("id", None), ("name", Some("upper(name)")), ("email", Some("partial_email(email)"))]);
    assert_eq!(users.condition.as_deref(), Some("id > 10 "));
    assert_eq!(users.source.as_deref(), Some("schema \"public\", table \"users\""));
    assert!(users.is_masked());
    let other = of(&found, "other");
    assert_eq!((other.action, other.source.as_deref(), other.is_masked()), (Action::Data, None, false));
}

#[test]
fn tables_come_largest_first_and_without_partitioned_and_foreign_ones() {
    let sized = |name: &str, bytes: i64| table(name, &[], json!({"bytes": bytes}));
    let foreign = table("foreign", &[], json!({"kind": "f"}));
    let found = planned(&[sized("a", 1), sized("c", 7), sized("b", 7), partitioned("p", &[]), foreign], json!({}));
    let names: Vec<&str> = found.tables.iter().map(|table| table.name.as_str()).collect();
    assert_eq!(names, ["b", "c", "a"]);
}

#[test]
fn the_leading_where_is_stripped_in_any_case_and_only_as_a_word() {
    let cases = [
        ("WHERE id > 1", "id > 1"),
        ("where\n(id) = 1", "(id) = 1"),
        ("Where(id) = 1", "(id) = 1"),
        ("where\"id\" = 1", "\"id\" = 1"),
        ("id > 1", "id > 1"),
        ("where_from = 1", "where_from = 1"),
        ("whereé = 1", "whereé = 1"),
        ("wher", "wher"),
        ("é", "é"),
    ];
    for (written, condition) in cases {
        let value = json!({"dictionary": [{"schema": "public", "table": "t", "sql_condition": written}]});
        assert_eq!(of(&planned(&[plain("t", &[])], value), "t").condition.as_deref(), Some(condition));
    }
}

#[test]
fn a_partition_takes_its_own_rule_else_that_of_the_nearest_parent_that_has_one() {
    let tables = [
        partitioned("sales", &["a", "b"]),
        partitioned("sales_eu", &["a", "b"]),
        partition("sales_de", &["a", "b"], &["sales_eu", "sales"]),
        partition("sales_fr", &["a", "b"], &["sales_eu", "sales"]),
        partition("sales_us", &["a", "b"], &["sales"]),
    ];
    let found = planned(
        &tables,
        json!({"dictionary": [rule("sales", &["a"]), rule("sales_eu", &["a", "b"]), rule("sales_fr", &["a", "b"])]}),
    );
    assert_eq!(found.problems, []);
    assert_eq!(masked(&found, "sales_us"), ["a"]);
    assert_eq!(masked(&found, "sales_de"), ["a", "b"]);
    assert_eq!(
        of(&found, "sales_us").source.as_deref(),
        Some("schema \"public\", table \"sales\" (through public.sales)")
    );
    assert_eq!(
        of(&found, "sales_de").source.as_deref(),
        Some("schema \"public\", table \"sales_eu\" (through public.sales_eu)")
    );
    assert_eq!(of(&found, "sales_fr").source.as_deref(), Some("schema \"public\", table \"sales_fr\""));
}

#[test]
fn a_mask_that_matches_a_partition_itself_beats_an_exact_rule_of_its_parent() {
    let tables = [partitioned("sales", &["a", "b"]), partition("sales_1", &["a", "b"], &["sales"])];
    let found = planned(&tables, json!({"dictionary": [rule("sales", &["a"]), mask_rule("^sales_", &["b"])]}));
    assert_eq!(masked(&found, "sales_1"), ["b"]);
    // Which leaves a column in clear that the parent's rule masks.
    assert_eq!(
        problems(&found),
        [
            (WARNING, "overridden_rule", "schema \"public\", table \"sales\""),
            (WARNING, "overridden_field", "schema \"public\", table \"sales\": a"),
        ]
    );
}

#[test]
fn plan_table_resolves_as_plan_does() {
    let leaf = partition("leaf", &["a", "b"], &["middle", "top"]);
    let tables = [partitioned("top", &["a", "b"]), partitioned("middle", &["a", "b"]), leaf.clone()];
    for value in [
        json!({"dictionary": [rule("top", &["a"])]}),
        json!({"dictionary": [rule("top", &["a"]), rule("middle", &["b"])]}),
        json!({"dictionary": [rule("leaf", &["a"])], "dictionary_exclude": [{"schema": "public", "table": "middle"}]}),
        json!({"dictionary_exclude": [{"schema": "public", "table": "top"}]}),
    ] {
        let alone = plan_table(&leaf, &dictionary(value.clone()), None, &Options::default())
            .unwrap_or_else(|e| panic!("{e:?}"));
        assert_eq!(&alone, of(&planned(&tables, value), "leaf"));
    }
}

#[test]
fn excluded_data_is_not_dumped_unless_a_rule_resolves_for_the_table() {
    let found = planned(
        &[plain("users", &["a"]), plain("logs", &[]), plain("log_users", &["a"])],
        json!({
            "dictionary": [rule("users", &["a"]), rule("log_users", &[])],
            "dictionary_exclude": [
                {"schema": "public", "table": "users"},
                {"schema_mask": "*", "table_mask": "^log"},
            ],
        }),
    );
    assert_eq!(excluded(&found), ["logs"]);
    assert_eq!(
        of(&found, "logs").source.as_deref(),
        Some("dictionary_exclude: schema_mask \"*\", table_mask \"^log\"")
    );
    assert_eq!(found.problems, []);
}

#[test]
fn excluding_everything_and_naming_a_partitioned_table_dumps_its_partitions() {
    let tables = [partitioned("sales", &["a"]), partition("sales_1", &["a"], &["sales"]), plain("users", &["a"])];
    let found = planned(
        &tables,
        json!({
            "dictionary": [rule("sales", &["a"])],
            "dictionary_exclude": [{"schema_mask": "*", "table_mask": "*"}],
        }),
    );
    assert_eq!(excluded(&found), ["users"]);
    assert_eq!(masked(&found, "sales_1"), ["a"]);
    assert_eq!(found.problems, []);
}

#[test]
fn excluding_a_partitioned_table_excludes_its_partitions() {
    let tables = [
        partitioned("sales", &["a"]),
        partition("sales_1", &["a"], &["sales"]),
        partition("sales_2", &["a"], &["sales"]),
    ];
    let exclude = json!([{"schema": "public", "table": "sales"}]);
    assert_eq!(excluded(&planned(&tables, json!({"dictionary_exclude": exclude}))), ["sales_1", "sales_2"]);
    // A rule for one partition brings that one back.
    let found = planned(&tables, json!({"dictionary": [rule("sales_1", &["a"])], "dictionary_exclude": exclude}));
    assert_eq!(excluded(&found), ["sales_2"]);
}

#[test]
fn excluding_one_partition_is_not_undone_by_a_rule_for_the_whole_table() {
    let tables = [
        partitioned("sales", &["a"]),
        partition("sales_2019", &["a"], &["sales"]),
        partition("sales_2020", &["a"], &["sales"]),
    ];
    for exclude in
        [json!({"schema": "public", "table": "sales_2019"}), json!({"schema": "public", "table_mask": "_2019$"})]
    {
        let found = planned(&tables, json!({"dictionary": [rule("sales", &["a"])], "dictionary_exclude": [exclude]}));
        assert_eq!(excluded(&found), ["sales_2019"]);
        assert_eq!(problems(&found), [(WARNING, "excluded_although_named", "public.sales_2019")]);
        assert_eq!(masked(&found, "sales_2019"), ["a"], "whoever dumps it after all has the rule");
    }
}

#[test]
fn a_schema_that_is_dropped_keeps_no_data_and_a_mask_rule_does_not_bring_it_back() {
    let found = planned(
        &[plain("audit.users", &["a"]), plain("users", &["a"]), plain("columnar_internal.x", &[])],
        json!({
            "dictionary": [mask_rule("^users$", &["a"])],
            "dictionary_exclude": [{"schema": "audit", "table_mask": "*"}],
        }),
    );
    let states: Vec<(&str, Action)> =
        found.tables.iter().map(|table| (table.sql_name.as_str(), table.action)).collect();
    assert_eq!(
        states,
        [("audit.users", Action::Excluded), ("columnar_internal.x", Action::Excluded), ("public.users", Action::Data)]
    );
    assert_eq!(problems(&found), [(WARNING, "excluded_although_named", "audit.users")]);
}

#[test]
fn the_exclude_list_beats_the_include_list_which_beats_dictionary_exclude() {
    let tables = [plain("a", &[]), plain("b", &[]), plain("c", &[]), plain("d", &[])];
    let value = dictionary(json!({"dictionary_exclude": [{"schema": "public", "table_mask": "^[abd]$"}]}));
    let include = list(json!([{"schema": "public", "table_mask": "^[abc]$"}]));
    let exclude = list(json!([{"schema": "public", "table": "b"}]));
    let found = plan(&tables, &value, Some(&include), Some(&exclude), &Options::default());
    assert_eq!(found.problems, []);
    assert_eq!(excluded(&found), ["b", "d"]);
    assert_eq!(of(&found, "b").source.as_deref(), Some("exclude list"));
    assert_eq!(of(&found, "d").source.as_deref(), Some("not in the include list"));
    let found = plan(&tables, &value, None, Some(&exclude), &Options::default());
    assert_eq!(excluded(&found), ["a", "b", "d"]);
}

#[test]
fn the_lists_beat_rules() {
    let tables = [plain("a", &["x"]), plain("b", &["x"])];
    let value = dictionary(json!({"dictionary": [rule("a", &["x"]), rule("b", &["x"])]}));
    let one = list(json!([{"schema": "public", "table": "a"}]));
    assert_eq!(excluded(&plan(&tables, &value, Some(&one), None, &Options::default())), ["b"]);
    assert_eq!(excluded(&plan(&tables, &value, None, Some(&one), &Options::default())), ["a"]);
}

#[test]
fn lists_that_name_a_partitioned_table_count_for_its_partitions() {
    let tables = [
        partitioned("sales", &[]),
        partition("sales_1", &[], &["sales"]),
        partition("sales_2", &[], &["sales"]),
        plain("t", &[]),
    ];
    let nothing = Dictionary::default();
    let parent = list(json!([{"schema": "public", "table": "sales"}]));
    let leaf = list(json!([{"schema": "public", "table": "sales_1"}]));
    let excludes = |include, exclude| {
        let found = plan(&tables, &nothing, include, exclude, &Options::default());
        excluded(&found).into_iter().map(str::to_owned).collect::<Vec<_>>()
    };
    assert_eq!(excludes(Some(&parent), None), ["t"]);
    assert_eq!(excludes(None, Some(&parent)), ["sales_1", "sales_2"]);
    assert_eq!(excludes(Some(&parent), Some(&leaf)), ["sales_1", "t"]);
    assert_eq!(excludes(Some(&leaf), Some(&parent)), ["sales_1", "sales_2", "t"]);
    // The include list overrides what excludes the whole table, not what excludes one partition of it.
    let value = dictionary(json!({"dictionary_exclude": [{"schema": "public", "table": "sales_1"}]}));
    assert_eq!(excluded(&plan(&tables, &value, Some(&parent), None, &Options::default())), ["sales_1", "t"]);
}

#[test]
fn an_include_list_that_matches_nothing_is_an_error() {
    for tables in [json!([{"schema": "public", "table": "nothing"}]), json!([])] {
        let include = list(tables);
        let found = plan(&[plain("a", &[])], &Dictionary::default(), Some(&include), None, &Options::default());
        assert_eq!((found.problems[0].severity, found.problems[0].code), (ERROR, "empty_include_list"));
    }
}

#[test]
fn patterns_of_the_lists_and_of_dictionary_exclude_that_match_nothing_are_warned_about() {
    let value = dictionary(json!({"dictionary_exclude": [{"schema": "public", "table": "userz"}]}));
    let include = list(json!([{"schema": "public", "table": "users"}, {"schema": "public", "table": "x"}]));
    let exclude = list(json!([{"schema": "public", "table_mask": "^y"}]));
    let found = plan(&[plain("users", &[])], &value, Some(&include), Some(&exclude), &Options::default());
    assert_eq!(
        problems(&found),
        [
            (WARNING, "unmatched_exclude", "schema \"public\", table \"userz\""),
            (WARNING, "unmatched_include_list", "schema \"public\", table \"x\""),
            (WARNING, "unmatched_exclude_list", "schema \"public\", table_mask \"^y\""),
        ]
    );
    assert_eq!(found.problems[0].hint.as_deref(), Some("Did you mean the table \"users\"?"));
}

#[test]
fn a_rule_that_matches_no_table_is_an_error_or_a_warning_when_that_is_allowed() {
    let tables = [plain("Users", &["a"]), plain("shop.orders", &["a"])];
    let value = json!({"dictionary": [
        rule("users", &["a"]), rule("orders", &["a"]), mask_rule("^x", &["a"]),
        {"schema": "shpo", "table": "order", "fields": {}},
    ]});
    let found = planned(&tables, value.clone());
    assert!(found.problems.iter().all(|problem| (problem.severity, problem.code) == (ERROR, "unmatched_table")));
    let hints: Vec<&str> = found.problems.iter().filter_map(|problem| problem.hint.as_deref()).collect();
    assert_eq!(
        hints,
        [
            "There is a table \"Users\": names are case-sensitive.",
            "There is shop.orders in another schema.",
            "A mask is a regular expression, case-sensitive and not anchored; only tables are matched.",
            "Did you mean the schema \"shop\"?",
        ]
    );
    let allowed = plan(&tables, &dictionary(value), None, None, &Options { allow_unmatched_rules: true });
    assert_eq!(allowed.problems.len(), 4);
    assert!(allowed.problems.iter().all(|problem| problem.severity == WARNING));
}

#[test]
fn a_column_that_no_matched_table_has_is_an_error_or_a_warning_when_that_is_allowed() {
    let tables = [plain("users", &["id", "Email", "phone"]), plain("staff", &["id", "phone"])];
    let value = json!({"dictionary": [rule("users", &["email"]), mask_rule("^(users|staff)$", &["phome", "phone"])]});
    let found = planned(&tables, value.clone());
    assert_eq!(
        problems(&found)[..2],
        [
            (ERROR, "unmatched_column", "public.users.email"),
            (ERROR, "unmatched_column", "schema_mask \"*\", table_mask \"^(users|staff)$\": phome"),
        ]
    );
    assert_eq!(found.problems[0].hint.as_deref(), Some("There is a column \"Email\": names are case-sensitive."));
    assert_eq!(found.problems[1].hint.as_deref(), Some("Did you mean the column \"phone\"?"));
    let allowed = plan(&tables, &dictionary(value), None, None, &Options { allow_unmatched_rules: true });
    assert!(allowed.problems.iter().all(|problem| problem.severity == WARNING));
}

#[test]
fn a_mask_rule_may_name_columns_that_only_some_of_its_tables_have() {
    let tables = [plain("a", &["email"]), plain("b", &["phone"]), partitioned("p", &["fax"])];
    let found = planned(&tables, json!({"dictionary": [mask_rule("*", &["email", "phone", "fax"])]}));
    assert_eq!(found.problems, []);
    assert_eq!((masked(&found, "a"), masked(&found, "b")), (vec!["email"], vec!["phone"]));
}

#[test]
fn a_rule_for_a_partitioned_table_without_partitions_is_no_problem() {
    let found = planned(&[partitioned("p", &["a"])], json!({"dictionary": [rule("p", &["a"])]}));
    assert_eq!(found.problems, []);
}

#[test]
fn a_rule_that_others_win_over_everywhere_is_warned_about() {
    let tables = [plain("users", &["a"]), plain("user_log", &["a"])];
    let found = planned(
        &tables,
        json!({"dictionary": [mask_rule("^user", &["a"]), rule("users", &["a"]), mask_rule("log$", &["a"])]}),
    );
    let problem = only(&found);
    assert_eq!((problem.severity, problem.code), (WARNING, "overridden_rule"));
    assert_eq!(
        problem.message,
        "the rule schema_mask \"*\", table_mask \"^user\" applies to no table: \
         for public.users the rule schema \"public\", table \"users\" wins"
    );
}

#[test]
fn a_column_that_stays_in_clear_because_another_rule_wins_is_warned_about_once() {
    let names = ["users_1", "users_2", "users_3", "users_4", "users_5", "other"];
    let tables = names.map(|name| plain(name, &["email", "name"]));
    let found = planned(&tables, json!({"dictionary": [mask_rule("*", &["email"]), mask_rule("^users", &["name"])]}));
    let problem = only(&found);
    assert_eq!((problem.severity, problem.code), (WARNING, "overridden_field"));
    assert_eq!(
        problem.message,
        "column \"email\" of public.users_1, public.users_2, public.users_3 and 2 more tables stays in clear: \
         the rule schema_mask \"*\", table_mask \"*\" masks it, but the rule schema_mask \"*\", table_mask \"^users\" wins"
    );
}

/// A table with a generated column `g` that is computed from `from`.
fn with_generated(columns: &[&str], from: Option<Vec<i16>>) -> Table {
    let mut columns: Vec<&str> = columns.to_vec();
    columns.push("g");
    let mut table = plain("t", &columns);
    let generated = table.columns.last_mut().expect("a column");
    generated.generated = true;
    generated.generated_from = from;
    table
}

#[test]
fn a_generated_column_is_left_out() {
    let found = planned(&[with_generated(&["a"], None)], json!({}));
    assert_eq!(of(&found, "t").columns.len(), 1);
    assert_eq!(found.problems, []);
}

#[test]
fn a_rule_for_a_generated_column_is_an_error_when_its_value_would_come_back_from_columns_in_clear() {
    let severity = |from: Option<Vec<i16>>, columns: &[&str]| {
        let found = planned(&[with_generated(&["a", "b"], from)], json!({"dictionary": [rule("t", columns)]}));
        let problem = only(&found).clone();
        assert_eq!((problem.code, problem.object.as_str()), ("generated_column", "public.t.g"));
        (problem.severity, problem.message)
    };
    // Not known what it is computed from: at least one column must be masked.
    assert_eq!(severity(None, &["g"]).0, ERROR);
    assert_eq!(severity(None, &["g", "a"]).0, WARNING);
    // Known.
    assert_eq!(severity(Some(vec![1, 2]), &["g"]).0, ERROR);
    assert_eq!(severity(Some(vec![1]), &["g", "b"]).0, ERROR);
    assert_eq!(severity(Some(vec![1]), &["g", "a"]).0, WARNING);
    assert_eq!(severity(Some(vec![]), &["g"]).0, WARNING);
    let (partly, message) = severity(Some(vec![1, 2]), &["g", "a"]);
    assert_eq!(partly, WARNING);
    assert_eq!(message, "generated column g of table public.t would be computed again from columns in clear: b");
}

#[test]
fn a_table_that_cannot_be_read_whole_is_an_error_unless_it_is_excluded() {
    let tables =
        [table("secret", &["a"], json!({"readable": false})), table("hidden", &["a"], json!({"row_security": true}))];
    let found = planned(&tables, json!({}));
    assert_eq!(problems(&found), [(ERROR, "not_readable", "public.secret"), (ERROR, "row_security", "public.hidden")]);
    assert_eq!(found.problems[0].message, "permission denied for table public.secret");
    assert!(found.problems[1].hint.as_deref().is_some_and(|hint| hint.contains("BYPASSRLS")));
    let error = plan_table(&tables[1], &Dictionary::default(), None, &Options::default()).expect_err("row security");
    assert_eq!(error.code, "row_security");
    let value = json!({"dictionary_exclude": [{"schema": "public", "table_mask": "^(secret|hidden)$"}]});
    assert_eq!(planned(&tables, value).problems, []);
}

#[test]
fn plan_table_takes_a_table_that_the_include_list_names_though_the_dictionary_excludes_it() {
    let excluding = dictionary(json!({"dictionary_exclude": [{"schema": "public", "table_mask": "^log"}]}));
    let list = |name: &str| {
        let value = json!({"tables": [{"schema": "public", "table": name}]});
        TableList::merge([("list", &value)]).expect("a list")
    };
    let action = |include: Option<&TableList>| {
        plan_table(&plain("log_1", &["id"]), &excluding, include, &Options::default()).expect("a plan").action
    };
    assert_eq!(action(None), Action::Excluded);
    assert_eq!(action(Some(&list("log_1"))), Action::Data);
    assert_eq!(action(Some(&list("log_2"))), Action::Excluded);
}

#[test]
fn plan_table_takes_ordinary_tables_only() {
    for kind in ["p", "f", "v", "m", "S"] {
        let error =
            plan_table(&table("t", &[], json!({"kind": kind})), &Dictionary::default(), None, &Options::default())
                .expect_err(kind);
        assert_eq!(error.code, "not_a_table");
    }
}

#[test]
fn a_table_that_inherits_from_a_masked_one_without_a_rule_of_its_own_is_warned_about() {
    let child = |name: &str| table(name, &["a"], json!({"inherits": [{"schema": "public", "name": "parent"}]}));
    let tables = [plain("parent", &["a"]), child("child"), child("other")];
    let found = planned(&tables, json!({"dictionary": [rule("parent", &["a"]), rule("other", &["a"])]}));
    let problem = only(&found);
    assert_eq!(
        (problem.severity, problem.code, problem.object.as_str()),
        (WARNING, "inheritance_child", "public.child")
    );
    assert!(problem.message.contains("public.child inherits from public.parent, which has a rule"), "{problem:?}");
    assert_eq!(masked(&found, "child"), Vec::<&str>::new());
    let found = planned(
        &tables,
        json!({
            "dictionary": [rule("other", &["a"])],
            "dictionary_exclude": [{"schema": "public", "table": "parent"}],
        }),
    );
    assert!(only(&found).message.contains("which is excluded"));
}

#[test]
fn a_foreign_table_with_a_rule_is_warned_about() {
    let tables = [table("f", &["a"], json!({"kind": "f"})), table("g", &["a"], json!({"kind": "f"}))];
    let found = planned(&tables, json!({"dictionary": [rule("f", &["a"])]}));
    assert_eq!(problems(&found), [(WARNING, "foreign_table", "public.f")]);
    assert_eq!(found.tables, []);
}

#[test]
fn a_mask_that_fails_stops_the_plan() {
    let name = "a".repeat(63);
    let value = json!({"dictionary": [{"schema": "public", "table_mask": r"^(?:(a)|a\1?|aa)+\1b$", "fields": {}}]});
    let found = planned(&[plain(&name, &[])], value.clone());
    assert_eq!(found.tables, []);
    assert_eq!((only(&found).severity, only(&found).code), (ERROR, "mask_failed"));
    assert_eq!(
        plan_table(&plain(&name, &[]), &dictionary(value), None, &Options::default()).expect_err("the mask").code,
        "mask_failed"
    );
}

/// The plan of one table alone.
fn alone(table: &Table, rule: Value) -> TablePlan {
    plan_table(table, &dictionary(json!({"dictionary": [rule]})), None, &Options::default())
        .unwrap_or_else(|e| panic!("{e:?}"))
}

fn select(plan: &TablePlan) -> String {
    let query = plan.select(&[], None, None, &Page::default()).unwrap_or_else(|e| panic!("{e:?}"));
    query.text
}

#[test]
fn the_select_lists_the_stored_columns_of_the_table_alone() {
    let mut quoted = plain("T", &["id", "a\"b"]);
    quoted.sql_name = "public.\"T\"".to_owned();
    quoted.columns[1].sql_name = "\"a\"\"b\"".to_owned();
    let value = json!({"schema": "public", "table": "T", "fields": {"a\"b": "NULL"}});
    assert_eq!(select(&alone(&quoted, value)), "SELECT id, \"a\"\"b\" FROM ONLY public.\"T\"");
}

#[test]
fn a_table_without_columns_has_an_empty_select_list() {
    assert_eq!(select(&alone(&plain("t", &[]), rule("t", &[]))), "SELECT FROM ONLY public.t");
    let raw = json!({"schema": "public", "table": "t", "raw_sql": "SELECT"});
    assert_eq!(select(&alone(&plain("t", &[]), raw)), "SELECT FROM (\nSELECT\n) AS q");
    assert_eq!(select(&alone(&with_generated(&[], None), rule("t", &[]))), "SELECT FROM ONLY public.t");
}

#[test]
fn the_condition_stands_in_parentheses_on_lines_of_its_own() {
    let value = json!({"schema": "public", "table": "t", "sql_condition": "WHERE id > 1 -- é all\n or true -- x"});
    let plan = alone(&plain("t", &["id"]), value);
    let query = plan.select(&[], None, None, &Page::default()).unwrap_or_else(|e| panic!("{e:?}"));
    assert_eq!(query.text, "SELECT id FROM ONLY public.t WHERE (\nid > 1 -- é all\n or true -- x\n)");
    let range = query.from_dictionary.expect("the condition's place");
    assert_eq!(&query.text[range], "id > 1 -- é all\n or true -- x");
}

#[test]
fn a_table_is_read_by_blocks() {
    let plan = alone(&plain("t", &["id"]), json!({"schema": "public", "table": "t", "sql_condition": "id > 1"}));
    let text = |first, end| plan.select(&[], first, end, &Page::default()).unwrap_or_else(|e| panic!("{e:?}")).text;
    assert_eq!(
        text(Some(8), Some(16)),
        "SELECT id FROM ONLY public.t WHERE (\nid > 1\n) AND ctid OPERATOR(pg_catalog.>=) '(8,0)'::pg_catalog.tid \
         AND ctid OPERATOR(pg_catalog.<) '(16,0)'::pg_catalog.tid"
    );
    let plan = alone(&plain("t", &["id"]), rule("t", &["id"]));
    let text = |first, end| plan.select(&[], first, end, &Page::default()).unwrap_or_else(|e| panic!("{e:?}")).text;
    assert_eq!(
        text(None, Some(u32::MAX)),
        "SELECT id FROM ONLY public.t WHERE ctid OPERATOR(pg_catalog.<) '(4294967295,0)'::pg_catalog.tid"
    );
    assert_eq!(
        text(Some(1), None),
        "SELECT id FROM ONLY public.t WHERE ctid OPERATOR(pg_catalog.>=) '(1,0)'::pg_catalog.tid"
    );
}

#[test]
fn the_rule_of_a_column_is_selected_alone_with_its_cast_and_its_place() {
    let plan = alone(
        &plain("t", &["id", "name"]),
        json!({"schema": "public", "table": "t", "fields": {"name": "SQL:name || 'é' -- x"}}),
    );
    assert_eq!(plan.rule_select(&plan.columns[0]), None);
    let query = plan.rule_select(&plan.columns[1]).expect("a rule");
    assert_eq!(query.text, "SELECT (\nname || 'é' -- x\n)::pg_catalog.text FROM ONLY public.t");
    assert_eq!(&query.text[query.from_dictionary.expect("its place")], "name || 'é' -- x");
}

#[test]
fn raw_sql_takes_the_place_of_the_table_and_cannot_be_split() {
    let value = json!({"schema": "public", "table": "t", "raw_sql": "SELECT 1, 'x' -- all"});
    let plan = alone(&with_generated(&["id", "name"], None), value);
    assert!(plan.is_masked() && plan.blocks.is_none());
    let query = plan.select(&[], None, None, &Page::default()).unwrap_or_else(|e| panic!("{e:?}"));
    assert_eq!(
        query.text,
        "SELECT (q.id)::pg_catalog.text, (q.name)::pg_catalog.text FROM (\nSELECT 1, 'x' -- all\n) AS q(id, name)"
    );
    assert_eq!(&query.text[query.from_dictionary.expect("its place")], "SELECT 1, 'x' -- all");
    assert_eq!(plan.select(&[], Some(0), None, &Page::default()).expect_err("blocks").code, "raw_sql_split");
    let limited =
        plan.select(&[], None, None, &Page { limit: Some(7), ..Page::default() }).unwrap_or_else(|e| panic!("{e:?}"));
    assert_eq!(limited.text, format!("{} LIMIT 7", query.text));
}

#[test]
fn the_condition_of_an_extension_is_joined_with_that_of_the_rule() {
    let configuration =
        |condition: Value| table("t", &["id"], json!({"extension": "postgis", "extension_condition": condition}));
    let own = json!({"schema": "public", "table": "t", "sql_condition": "id > 1"});
    let nothing = json!({"schema": "public", "table": "t", "fields": {}});
    assert_eq!(
        select(&alone(&configuration(json!("WHERE NOT (a) OR b")), own.clone())),
        "SELECT id FROM ONLY public.t WHERE (\nid > 1\n) AND (\nNOT (a) OR b\n)"
    );
    assert_eq!(
        select(&alone(&configuration(json!(" where b")), nothing.clone())),
        "SELECT id FROM ONLY public.t WHERE (\nb\n)"
    );
    for none in [json!(""), json!(null)] {
        assert_eq!(select(&alone(&configuration(none), nothing.clone())), "SELECT id FROM ONLY public.t");
    }
    let plan = alone(&configuration(json!("WHERE b")), own);
    assert_eq!(plan.extension.as_deref(), Some("postgis"));
    for wrong in ["ORDER BY id", "WHERE"] {
        let error = plan_table(&configuration(json!(wrong)), &Dictionary::default(), None, &Options::default())
            .expect_err(wrong);
        assert_eq!(error.code, "extension_condition");
    }
}

#[test]
fn the_plan_of_one_table_refuses_a_misspelt_column_instead_of_leaving_it_in_clear() {
    let dictionary = dictionary(json!({"dictionary": [rule("person", &["Email"])]}));
    let problem = plan_table(&plain("person", &["id", "email"]), &dictionary, None, &Options::default())
        .expect_err("no column Email");
    assert_eq!(problem.code, "unmatched_column");
    assert_eq!(problem.hint.as_deref(), Some("There is a column \"email\": names are case-sensitive."));
    let options = Options { allow_unmatched_rules: true };
    assert!(plan_table(&plain("person", &["id", "email"]), &dictionary, None, &options).is_ok());
}

#[test]
fn the_plan_of_one_table_does_not_know_what_a_mask_names_for_other_tables() {
    let dictionary = dictionary(json!({"dictionary": [mask_rule("*", &["email", "phone"])]}));
    assert!(plan_table(&plain("person", &["id", "email"]), &dictionary, None, &Options::default()).is_ok());
}

#[test]
fn the_copy_statement_is_as_pg_dump_writes_it() {
    let plan = planned(&[plain("person", &["id", "email"]), plain("nothing", &[])], json!({}));
    assert_eq!(of(&plan, "person").copy_statement(), "COPY public.person (id, email) FROM stdin;\n");
    assert_eq!(of(&plan, "nothing").copy_statement(), "COPY public.nothing  FROM stdin;\n");
}

#[test]
fn rows_with_a_masked_partition_key_are_loaded_through_the_root_when_all_partitions_are_dumped() {
    let leaf = |name: &str, oid: u32| {
        table(name, &["id", "at"], json!({"oid": oid, "root": "public.root", "partition_key": ["at"]}))
    };
    let loaded = |field: &str, exclude: Value| {
        let rule = json!({"schema": "public", "table": "one", "fields": {field: "'x'"}});
        let plan =
            planned(&[leaf("one", 1), leaf("two", 2)], json!({"dictionary": [rule], "dictionary_exclude": exclude}));
        of(&plan, "one").load_root.clone()
    };
    assert_eq!(loaded("at", json!([])).as_deref(), Some("public.root"));
    assert_eq!(loaded("id", json!([])), None);
    assert_eq!(loaded("at", json!([{"schema": "public", "table": "two"}])), None, "they would get into the other one");
}

#[test]
fn rows_that_must_be_loaded_through_the_root_are_copied_into_it() {
    let leaf = table("leaf", &["id"], json!({"load_root": "public.root"}));
    let plan = planned(&[leaf], json!({}));
    assert_eq!(of(&plan, "leaf").copy_statement(), "COPY public.root (id) FROM stdin;\n");
    let select = of(&plan, "leaf").select(&[], None, None, &Page::default()).unwrap_or_else(|e| panic!("{e:?}"));
    assert_eq!(select.text, "SELECT id FROM ONLY public.leaf");
}
