//! What belongs to chosen tables, in the `toc.dat` that pg_dump 15.20 wrote of the database that `data/partial.sql` makes.

use std::collections::{BTreeSet, HashSet};

use pg_anon_core::archive::{Archive, CatalogId, Choice, Selection};

fn archive() -> Archive {
    let path = format!("{}/tests/data/partial15.toc", env!("CARGO_MANIFEST_DIR"));
    Archive::read(&std::fs::read(path).expect("fixture")).expect("archive")
}

fn oid(archive: &Archive, name: &str) -> u32 {
    let is_meant = |desc: &str| format!("{desc} {name}");
    let found = archive
        .entries
        .iter()
        .find(|entry| entry.name() == is_meant("TABLE") || entry.name() == is_meant("FOREIGN TABLE"));
    found.unwrap_or_else(|| panic!("no table {name}")).catalog_id.object
}

fn select_from(archive: &Archive, tables: HashSet<u32>, only: bool) -> Selection {
    let (broken, owned) = (HashSet::new(), HashSet::new());
    archive.select(Choice { tables: &tables, only, broken: &broken, owned_sequences: &owned })
}

/// The names of the entries that stay, without data, grants and comments.
fn objects(archive: &Archive, selection: &Selection) -> BTreeSet<String> {
    let stay = archive.entries.iter().filter(|entry| selection.kept.contains(&entry.dump_id));
    let untold = ["ENCODING ", "STDSTRINGS ", "SEARCHPATH ", "DATABASE ", "EXTENSION ", "COMMENT EXTENSION "];
    stay.map(|entry| entry.name()).filter(|name| !untold.iter().any(|start| name.starts_with(start))).collect()
}

fn only(tables: &[&str]) -> (Archive, Selection) {
    let archive = archive();
    let oids = tables.iter().map(|name| oid(&archive, name)).collect();
    let selection = select_from(&archive, oids, true);
    (archive, selection)
}

fn all_but(tables: &[&str]) -> (Archive, Selection) {
    let archive = archive();
    let out: HashSet<u32> = tables.iter().map(|name| oid(&archive, name)).collect();
    let all = archive.entries.iter().filter(|e| e.is("TABLE") || e.is("FOREIGN TABLE")).map(|e| e.catalog_id.object);
    let selection = select_from(&archive, all.filter(|oid| !out.contains(oid)).collect(), false);
    (archive, selection)
}

#[track_caller]
fn assert_objects(of: &(Archive, Selection), expected: &[&str]) {
    let expected: BTreeSet<String> = expected.iter().map(|name| (*name).to_owned()).collect();
    let actual = objects(&of.0, &of.1);
    let missing: Vec<_> = expected.difference(&actual).collect();
    let too_many: Vec<_> = actual.difference(&expected).collect();
    assert!(missing.is_empty() && too_many.is_empty(), "missing: {missing:#?}\ntoo many: {too_many:#?}");
}

#[test]
fn all_tables_chosen_is_the_whole_archive() {
    let (archive, selection) = all_but(&[]);
    assert_eq!(selection.kept.len(), archive.entries.len());
    assert_eq!((selection.foreign_keys, selection.dependents), (vec![], vec![]));
    assert!(selection.structure_only.is_empty());
}

#[test]
fn a_plain_table_comes_with_its_own_and_nothing_else() {
    let chosen = only(&["a.orders_items"]);
    assert_objects(
        &chosen,
        &[
            "SCHEMA a",
            "ACL SCHEMA a",
            "TABLE a.orders_items",
            "TABLE DATA a.orders_items",
            "CONSTRAINT a.orders_items orders_items_pkey",
        ],
    );
    assert_eq!(chosen.1.foreign_keys, ["FK CONSTRAINT a.orders_items orders_items_orders_fkey"]);
    assert_eq!(chosen.1.dependents, ["RULE a.orders_items r"]);
}

#[test]
fn a_table_comes_with_its_types_their_operators_its_sequences_views_and_publications() {
    let chosen = only(&["a.customer"]);
    assert_objects(
        &chosen,
        &[
            "ACL SCHEMA a",
            "ACL a.COLUMN customer.name",
            "ACL a.TABLE customer",
            "ACL a.TABLE gb",
            "CAST CAST (types.mood AS integer)",
            "COLLATION types.german",
            "COMMENT SCHEMA types",
            "COMMENT a.COLUMN customer.name",
            "COMMENT types.TYPE mood",
            "CONSTRAINT a.customer customer_name_key",
            "CONSTRAINT a.customer customer_pkey",
            "DEFAULT a.customer id",
            "DOMAIN types.word",
            "FUNCTION b.names()",
            "FUNCTION types.cmp(types.pair, types.pair)",
            "FUNCTION types.eq(types.pair, types.pair)",
            // Called by a function in a CHECK, which no dependency tells.
            "FUNCTION types.helper(text)",
            "FUNCTION types.lt(types.pair, types.pair)",
            "FUNCTION types.mood_int(types.mood)",
            "FUNCTION types.mood_near(types.mood, types.mood)",
            "FUNCTION types.ok(text)",
            "INDEX a.customer_pair",
            "OPERATOR CLASS types.pair_ops",
            "OPERATOR FAMILY types.pair_ops",
            "OPERATOR types.<<",
            "OPERATOR types.===",
            "OPERATOR types.~~~",
            "PUBLICATION TABLE a.pub customer",
            "PUBLICATION pub",
            "RULE a.gb _RETURN",
            "RULE b.cyc1 _RETURN",
            "SCHEMA a",
            "SCHEMA b",
            "SCHEMA types",
            "SEQUENCE OWNED BY a.customer_id_seq",
            "SEQUENCE SET a.customer_id_seq",
            "SEQUENCE SET a.free",
            "SEQUENCE a.customer_id_seq",
            "SEQUENCE a.free",
            "TABLE DATA a.customer",
            "TABLE a.customer",
            "TYPE types.mood",
            "TYPE types.pair",
            "VIEW a.gb",
            "VIEW a.v1",
            "VIEW b.cyc1",
            "VIEW b.cyc2",
        ],
    );
    assert_eq!(chosen.1.foreign_keys, Vec::<String>::new());
    assert_eq!(chosen.1.dependents, ["VIEW b.v2", "MATERIALIZED VIEW b.mv"]);
}

#[test]
fn a_partition_comes_with_its_parents_and_without_its_siblings() {
    let (archive, selection) = only(&["b.part_2_x"]);
    let objects = objects(&archive, &selection);
    for name in [
        "TABLE a.part",
        "TABLE a.part_2",
        "TABLE ATTACH a.part_2",
        "TABLE ATTACH b.part_2_x",
        "INDEX ATTACH b.part_2_x_at_idx",
        "TRIGGER a.part trp",
        "FUNCTION types.trig()",
    ] {
        assert!(objects.contains(name), "{name} in {objects:#?}");
    }
    assert!(!objects.iter().any(|name| name.contains("part_1")), "{objects:#?}");
    let parents = ["a.part", "a.part_2"].map(|name| oid(&archive, name));
    assert_eq!(selection.structure_only, HashSet::from(parents));
}

#[test]
fn a_foreign_key_to_a_table_that_lacks_a_partition_is_left_out() {
    let (_, selection) = only(&["a.to_part", "a.part", "a.part_2", "b.part_2_x"]);
    assert_eq!(selection.foreign_keys, ["FK CONSTRAINT a.to_part to_part_id_at_fkey"]);
    let (_, selection) = only(&["a.to_part", "a.part", "a.part_1", "a.part_2", "b.part_2_x"]);
    assert_eq!(selection.foreign_keys, Vec::<String>::new());
}

#[test]
fn parents_by_inheritance_and_tables_whose_row_type_is_used_stay_without_rows() {
    let (archive, selection) = only(&["a.child", "a.hier"]);
    let objects = objects(&archive, &selection);
    for name in ["TABLE a.parent", "TABLE a.customer", "CONSTRAINT a.customer customer_pkey", "TABLE DATA a.hier"] {
        assert!(objects.contains(name), "{name} in {objects:#?}");
    }
    assert!(!objects.contains("TABLE DATA a.parent") && !objects.contains("TABLE DATA a.customer"));
    let (archive, selection) = all_but(&["a.customer"]);
    assert_eq!(selection.structure_only, HashSet::from([oid(&archive, "a.customer")]));
    // The key could not be met: there are no customers.
    assert_eq!(selection.foreign_keys, ["FK CONSTRAINT a.orders orders_customer_fkey"]);
    assert_eq!(selection.dependents, Vec::<String>::new());
}

#[test]
fn what_cannot_be_without_a_table_left_out_goes_and_the_rest_stays() {
    let out = ["a.orders", "a.part_1"];
    let (archive, selection) = all_but(&out);
    assert_eq!(
        selection.foreign_keys,
        ["FK CONSTRAINT a.orders_items orders_items_orders_fkey", "FK CONSTRAINT a.to_part to_part_id_at_fkey"]
    );
    assert_eq!(
        selection.dependents,
        ["FUNCTION b.rowfn(a.orders)", "VIEW b.v2", "MATERIALIZED VIEW b.mv", "RULE a.orders_items r"]
    );
    let stay = objects(&archive, &selection);
    let all = objects(&archive, &all_but(&[]).1);
    let gone: BTreeSet<&str> = all.difference(&stay).map(String::as_str).collect();
    let expected = [
        "TABLE a.orders",
        "TABLE DATA a.orders",
        "SEQUENCE a.orders_id_seq",
        "SEQUENCE SET a.orders_id_seq",
        "CONSTRAINT a.orders orders_pkey",
        "FK CONSTRAINT a.orders orders_customer_fkey",
        "FK CONSTRAINT a.orders_items orders_items_orders_fkey",
        "RULE a.orders_items r",
        "FUNCTION b.rowfn(a.orders)",
        "VIEW b.v2",
        "COMMENT b.VIEW v2",
        "MATERIALIZED VIEW b.mv",
        "MATERIALIZED VIEW DATA b.mv",
        "INDEX b.mv_n",
        "STATISTICS a.stat",
        "TRIGGER a.orders tr",
        "COMMENT a.TRIGGER tr ON orders",
        "ROW SECURITY a.orders",
        "POLICY a.orders pol",
        "POLICY a.orders pol2",
        "PUBLICATION TABLE a.pub orders",
        "TABLE a.part_1",
        "TABLE DATA a.part_1",
        "TABLE ATTACH a.part_1",
        "CONSTRAINT a.part_1 part_1_pkey",
        "INDEX a.part_1_at_idx",
        "INDEX ATTACH a.part_1_at_idx",
        "INDEX ATTACH a.part_1_pkey",
        "FK CONSTRAINT a.to_part to_part_id_at_fkey",
    ];
    assert_eq!(gone, BTreeSet::from(expected));
}

#[test]
fn a_table_of_the_same_name_in_another_schema_and_one_whose_name_is_longer_are_not_meant() {
    let (archive, selection) = only(&["b.orders"]);
    let expected = [
        "SCHEMA b",
        "TABLE b.orders",
        "TABLE DATA b.orders",
        "CONSTRAINT b.orders orders_pkey",
        "FK CONSTRAINT b.orders orders_self_fkey",
        "FUNCTION b.set()",
    ];
    assert_objects(&(archive, selection), &expected);
}

#[test]
fn a_sequence_of_a_table_left_out_stays_where_another_table_uses_it_and_belongs_to_nobody_then() {
    let mut archive = archive();
    // Without the column whose type is the row type of customer.
    let customer = archive.entries.iter().find(|e| e.name() == "TABLE a.customer").expect("a table").dump_id;
    for entry in
        archive.entries.iter_mut().filter(|entry| entry.name() == "TABLE a.log" || entry.name() == "TABLE a.hier")
    {
        entry.dependencies.retain(|id| *id != customer);
    }
    let out = [oid(&archive, "a.customer")];
    let tables = |archive: &Archive, out: &[u32]| -> HashSet<u32> {
        let tables = archive.entries.iter().filter(|e| e.is("TABLE")).map(|e| e.catalog_id.object);
        tables.filter(|oid| !out.contains(oid)).collect()
    };
    let stay = objects(&archive, &select_from(&archive, tables(&archive, &out), false));
    assert!(stay.contains("SEQUENCE a.customer_id_seq") && stay.contains("SEQUENCE SET a.customer_id_seq"));
    assert!(!stay.contains("SEQUENCE OWNED BY a.customer_id_seq") && !stay.contains("TABLE a.customer"));
    let out = [out[0], oid(&archive, "a.log")];
    let stay = objects(&archive, &select_from(&archive, tables(&archive, &out), false));
    assert!(!stay.contains("SEQUENCE a.customer_id_seq") && !stay.contains("SEQUENCE SET a.customer_id_seq"));
}

#[test]
fn objects_that_the_caller_knows_to_be_broken_go_with_what_needs_them() {
    let archive = archive();
    let tables = archive.entries.iter().filter(|e| e.is("TABLE")).map(|e| e.catalog_id.object).collect();
    let view = archive.entries.iter().find(|entry| entry.name() == "VIEW b.v2").expect("a view").catalog_id;
    let sequence = archive.entries.iter().find(|e| e.name() == "SEQUENCE a.orders_id_seq").expect("one").catalog_id;
    let (broken, owned) = (HashSet::from([view, CatalogId { table: 1, object: 1 }]), HashSet::from([sequence.object]));
    let selection = archive.select(Choice { tables: &tables, only: false, broken: &broken, owned_sequences: &owned });
    assert_eq!(selection.dependents, ["VIEW b.v2", "MATERIALIZED VIEW b.mv"]);
    let stay = objects(&archive, &selection);
    assert!(!stay.contains("SEQUENCE SET a.orders_id_seq") && stay.contains("TABLE a.orders"));
    let mut kept = archive.clone();
    kept.keep(&selection);
    assert_eq!(kept.entries.len(), selection.kept.len());
}

#[test]
fn a_rule_that_makes_an_empty_view_a_real_one_goes_only_with_the_view() {
    let archive = archive();
    let customer = oid(&archive, "a.customer");
    let rule = archive.entries.iter().find(|entry| entry.name() == "RULE b.cyc1 _RETURN").expect("a rule").catalog_id;
    let (broken, owned) = (HashSet::from([rule]), HashSet::new());
    let tables = HashSet::from([customer]);
    let selection = archive.select(Choice { tables: &tables, only: true, broken: &broken, owned_sequences: &owned });
    let stay = objects(&archive, &selection);
    for name in ["VIEW b.cyc1", "VIEW b.cyc2", "RULE b.cyc1 _RETURN"] {
        assert!(!stay.contains(name), "{name}");
    }
    assert!(stay.contains("VIEW a.gb"));
}
