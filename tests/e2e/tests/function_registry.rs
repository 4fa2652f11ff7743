//! What the registry of masking functions says, against the functions that the extension makes.

use std::collections::BTreeMap;

use pg_anon_core::mask::registry::{self, Source};
use pg_anon_e2e::server;

#[test]
fn the_registry_has_a_row_for_each_masking_function_of_the_server_and_says_the_same() {
    let database = server().create_database("UTF8");
    database.sql("CREATE EXTENSION pg_anon");
    let list = database.sql(
        "SELECT json_build_object(
             'name', p.proname,
             'arguments', (SELECT coalesce(json_agg(format_type(t, NULL) ORDER BY n), '[]')
                           FROM unnest(p.proargtypes::oid[]) WITH ORDINALITY AS a (t, n)),
             'result', format_type(p.prorettype, NULL),
             'volatile', p.provolatile = 'v',
             'strict', p.proisstrict,
             'summary', obj_description(p.oid, 'pg_proc'))
         FROM pg_proc p
         WHERE p.pronamespace = 'anon_funcs'::regnamespace
           -- What reads tables is no mask, and is not run by parallel workers.
           AND p.proparallel <> 'u'",
    );
    let mut served = BTreeMap::new();
    for line in list.lines() {
        let function: serde_json::Value = serde_json::from_str(line).expect("JSON");
        let name = function["name"].as_str().expect("a name").to_owned();
        let arguments: Vec<String> = serde_json::from_value(function["arguments"].clone()).expect("types");
        let said = (
            function["result"].as_str().expect("a type").to_owned(),
            function["volatile"].as_bool().expect("a truth value"),
            function["strict"].as_bool().expect("a truth value"),
            function["summary"].as_str().unwrap_or_default().to_owned(),
        );
        served.insert((name, arguments), said);
    }
    let registered: BTreeMap<_, _> = registry::functions()
        .map(|f| {
            let arguments = f.arguments.iter().map(|a| (*a).to_owned()).collect::<Vec<_>>();
            let said = (f.result.to_owned(), f.source == Source::Chance, f.strict, f.summary.to_owned());
            ((f.name.to_owned(), arguments), said)
        })
        .collect();
    assert_eq!(served, registered);
}
