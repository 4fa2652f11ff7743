//! Editing an archive gives what pg_dump itself writes. The archives in `data/` are the `toc.dat` files that pg_dump 15.20,
//! 16.14 and 18.4 wrote of the database that `data/hostile.sql` makes: `full` is all of it, `structure` is `--section=pre-data
//! --section=post-data`, `nolo` is `-B`, `lo` is `-b -N '*'`.

use std::collections::{HashMap, HashSet};

use pg_anon_core::archive::{
    Archive, ArchiveError, Compression, Entry, ExtensionMember, LargeObjects, Section, SequenceSet, TableData, Version,
};

fn archive(name: &str) -> Archive {
    let path = format!("{}/tests/data/{name}.toc", env!("CARGO_MANIFEST_DIR"));
    Archive::read(&std::fs::read(path).expect("fixture")).expect("archive")
}

/// The entries with dump ids replaced by what they stand for, so that archives can be compared.
fn entries(archive: &Archive) -> Vec<(Entry, Vec<String>)> {
    let names: HashMap<i32, String> = archive.entries.iter().map(|entry| (entry.dump_id, entry.name())).collect();
    let strip = |entry: &Entry| {
        let mut entry = entry.clone();
        let dependencies = std::mem::take(&mut entry.dependencies);
        let dependencies =
            dependencies.iter().map(|id| names.get(id).map_or("absent".to_owned(), Clone::clone)).collect();
        let file = String::from_utf8(entry.file_name.clone().expect("file name")).expect("UTF-8");
        entry.file_name = Some(file.replace(&entry.dump_id.to_string(), "ID").into_bytes());
        entry.dump_id = 0;
        (entry, dependencies)
    };
    archive.entries.iter().map(strip).collect()
}

fn assert_same_entries(ours: &Archive, theirs: &Archive) {
    let (ours, theirs) = (entries(ours), entries(theirs));
    for (ours, theirs) in ours.iter().zip(&theirs) {
        assert_eq!(ours, theirs, "{} and {}", ours.0.name(), theirs.0.name());
    }
    assert_eq!(ours.len(), theirs.len());
}

fn of_kind<'a>(archive: &'a Archive, desc: &'a str) -> impl DoubleEndedIterator<Item = &'a Entry> {
    archive.entries.iter().filter(move |entry| entry.is(desc))
}

fn find<'a>(archive: &'a Archive, desc: &str, tag: &str) -> &'a Entry {
    let found = archive.entries.iter().find(|entry| entry.is(desc) && entry.tag.as_deref() == Some(tag.as_bytes()));
    found.unwrap_or_else(|| panic!("no {desc} {tag}"))
}

fn member_unless_known(entry: &Entry, known: &HashSet<u32>, oid: u32) -> Option<ExtensionMember> {
    (!known.contains(&oid)).then(|| ExtensionMember {
        schema: entry.namespace.clone().expect("namespace"),
        name: entry.tag.clone().expect("tag"),
        owner: entry.owner.clone(),
    })
}

/// What the server would tell of the tables and sequences, taken from the full archive, in another order.
fn data_of(full: &Archive, structure: &Archive) -> (Vec<TableData>, Vec<SequenceSet>) {
    let known: HashSet<u32> = structure.table_entries().map(|table| table.oid).collect();
    let tables = of_kind(full, "TABLE DATA").rev().map(|entry| TableData {
        oid: entry.catalog_id.object,
        copy_statement: entry.copy_statement.clone().expect("COPY"),
        parts: 1,
        load_root: None,
        extension_member: member_unless_known(entry, &known, entry.catalog_id.object),
    });
    let sequences: HashMap<i32, u32> = structure.sequence_entries().map(|entry| (entry.dump_id, entry.oid)).collect();
    let sets = of_kind(full, "SEQUENCE SET").rev().map(|entry| {
        let oid = entry.dependencies.first().and_then(|id| sequences.get(id)).copied().unwrap_or(1);
        SequenceSet {
            oid,
            setval_statement: entry.definition.clone().expect("setval"),
            extension_member: member_unless_known(entry, &sequences.values().copied().collect(), oid),
        }
    });
    (tables.collect(), sets.collect())
}

fn rebuilt(structure: &str, full: &Archive, large_objects: Option<&Archive>) -> Archive {
    let mut ours = archive(structure);
    let (tables, sequences) = data_of(full, &ours);
    let oids: Vec<u32> = tables.iter().map(|table| table.oid).collect();
    ours.add_all_sequence_sets(sequences).expect("sequences");
    if let Some(from) = large_objects {
        ours.add_large_objects(from, LargeObjects::Keep).expect("large objects");
    }
    let ids = ours.add_all_table_data(tables).expect("tables");
    for (oid, ids) in oids.iter().zip(ids) {
        let entry = ours.entries.iter().find(|entry| ids == [entry.dump_id]).expect("entry");
        assert_eq!(entry.catalog_id.object, *oid);
    }
    let child = find(full, "TABLE DATA", "a_child").catalog_id.object;
    let parent = find(full, "TABLE DATA", "z_parent").catalog_id.object;
    ours.order_table_data(&[(child, parent), (child, child), (child, 1), (1, parent)]);
    // pg_dump leaves this dependency out, and its own archive can then lose the child's rows in a parallel restore.
    let parent_id = find(&ours, "TABLE DATA", "z_parent").dump_id;
    let child = ours.entries.iter_mut().find(|entry| entry.is("TABLE DATA") && entry.catalog_id.object == child);
    assert_eq!(child.expect("the child's data").dependencies.pop(), Some(parent_id));
    ours
}

#[test]
fn a_structure_with_data_added_has_the_entries_that_pg_dump_15_writes() {
    let full = archive("full15");
    assert_same_entries(&rebuilt("structure15", &full, Some(&archive("lo15"))), &full);
    assert_same_entries(&rebuilt("structure-nolo15", &full, Some(&archive("lo15"))), &full);
    assert_same_entries(&rebuilt("structure15", &full, None).with_blobs_of(&full), &full);
}

#[test]
fn a_structure_with_data_added_has_the_entries_that_pg_dump_18_writes() {
    let full = archive("full18");
    assert_same_entries(&rebuilt("structure18", &full, Some(&archive("lo18"))), &full);
}

trait WithBlobs {
    fn with_blobs_of(self, other: &Archive) -> Self;
}

impl WithBlobs for Archive {
    /// Large objects of an archive of the same pg_dump run: taking them over again must change nothing.
    fn with_blobs_of(mut self, other: &Archive) -> Self {
        self.add_large_objects(other, LargeObjects::Keep).expect("large objects");
        self
    }
}

#[test]
fn a_rebuilt_archive_has_unique_numbers_and_is_read_back() {
    for (structure, full, lo) in [("structure15", "full15", "lo15"), ("structure18", "full18", "lo18")] {
        let ours = rebuilt(structure, &archive(full), Some(&archive(lo)));
        assert_eq!(Archive::read(&ours.write()).expect("read back"), ours);
        // pg_restore refuses data whose table has a number above all entries.
        let highest = ours.entries.iter().map(|entry| entry.dump_id).max().expect("entries");
        for entry in of_kind(&ours, "TABLE DATA") {
            assert!(entry.dependencies.iter().all(|&id| id <= highest), "{}", entry.name());
        }
    }
}

#[test]
fn tables_one_by_one_come_out_as_all_at_once() {
    let full = archive("full15");
    let mut ours = archive("structure15");
    let (tables, sequences) = data_of(&full, &ours);
    let mut at_once = ours.clone();
    for table in &tables {
        let ids = ours.add_table_data(table.clone()).expect("table");
        let [id] = ids[..] else { panic!("one part, one number: {ids:?}") };
        let entry = ours.entries.iter().find(|entry| entry.dump_id == id).expect("entry");
        assert_eq!(entry.file_name.as_deref(), Some(format!("{id}.dat").as_bytes()));
    }
    for sequence in &sequences {
        if sequence.extension_member.is_none() {
            ours.add_sequence_set(sequence.oid, &sequence.setval_statement).expect("sequence");
        }
    }
    at_once.add_all_table_data(tables).expect("tables");
    let plain = sequences.into_iter().filter(|sequence| sequence.extension_member.is_none());
    at_once.add_all_sequence_sets(plain.collect()).expect("sequences");
    assert_same_entries(&ours, &at_once);
}

#[test]
fn data_of_a_relation_that_the_archive_does_not_have_is_refused() {
    let mut ours = archive("structure15");
    let before = ours.clone();
    let table = TableData { oid: 1, copy_statement: Vec::new(), parts: 1, load_root: None, extension_member: None };
    let error = ours.add_table_data(table).expect_err("no such table");
    assert_eq!(error, ArchiveError::NoSuchEntry { kind: "TABLE", oid: 1 });
    let view = find(&ours, "VIEW", "masked").catalog_id.object;
    let table = TableData { oid: view, copy_statement: Vec::new(), parts: 1, load_root: None, extension_member: None };
    assert!(ours.add_table_data(table).is_err());
    assert!(ours.add_sequence_set(view, "SELECT 1;\n").is_err());
    assert_eq!(ours, before);
}

#[test]
fn data_is_not_added_twice() {
    let full = archive("full15");
    let mut ours = full.clone();
    let (tables, sequences) = data_of(&full, &full);
    for table in tables {
        assert!(matches!(ours.add_table_data(table), Err(ArchiveError::DuplicateData { .. })));
    }
    assert!(matches!(ours.add_all_sequence_sets(sequences), Err(ArchiveError::DuplicateData { .. })));
    assert_eq!(ours, full);
}

#[test]
fn a_circle_of_references_does_not_hang_or_lose_tables() {
    let mut ours = archive("full15");
    let oids: Vec<u32> = of_kind(&ours, "TABLE DATA").map(|entry| entry.catalog_id.object).collect();
    let all: Vec<(u32, u32)> = oids.iter().flat_map(|&a| oids.iter().map(move |&b| (a, b))).collect();
    ours.order_table_data(&all);
    let mut after: Vec<u32> = of_kind(&ours, "TABLE DATA").map(|entry| entry.catalog_id.object).collect();
    after.sort_unstable();
    let mut before = oids;
    before.sort_unstable();
    assert_eq!(after, before);
}

#[test]
fn the_parts_of_a_table_depend_on_nothing_and_what_waits_for_the_table_waits_for_them_all() {
    let mut ours = archive("structure15");
    let table = find(&ours, "TABLE", "zero").clone();
    let oid = table.catalog_id.object;
    let copy_statement = b"COPY public.zero  FROM stdin;\n".to_vec();
    let ids = ours
        .add_table_data(TableData { oid, copy_statement, parts: 3, load_root: None, extension_member: None })
        .expect("table");
    assert_eq!(ids.len(), 3);
    let entries: Vec<&Entry> = ours.entries.iter().filter(|entry| entry.is("TABLE DATA")).collect();
    let [parts @ .., last] = &entries[..] else { panic!("no data") };
    for (part, id) in parts.iter().zip(&ids) {
        assert_eq!((part.dump_id, part.had_dumper, &part.dependencies[..]), (*id, true, &[][..]));
        assert_eq!(part.file_name.as_deref(), Some(format!("{id}.dat").as_bytes()));
    }
    assert!(!last.had_dumper && last.copy_statement.is_none());
    assert_eq!(last.file_name.as_deref(), Some(&b""[..]));
    assert_eq!(last.dependencies, [vec![table.dump_id], ids].concat());
    assert!(parts.iter().all(|part| part.tag == last.tag && part.namespace == last.namespace));
}

#[test]
fn an_archive_without_post_data_gets_its_data_at_the_end() {
    let mut ours = archive("structure15");
    ours.entries.retain(|entry| entry.section != Section::PostData);
    let oid = find(&ours, "TABLE", "zero").catalog_id.object;
    let copy_statement = b"COPY public.zero  FROM stdin;\n".to_vec();
    ours.add_table_data(TableData { oid, copy_statement, parts: 1, load_root: None, extension_member: None })
        .expect("table");
    assert!(ours.entries.last().is_some_and(|entry| entry.is("TABLE DATA")));
}

#[test]
fn the_extension_goes_with_its_schema_and_everything_said_about_them() {
    for name in ["full15", "full16", "full18", "structure15"] {
        let mut ours = archive(name);
        let report = ours.remove_extension("pg_anon", "anon_funcs");
        assert_eq!(
            report.removed,
            [
                "SCHEMA anon_funcs",
                "COMMENT SCHEMA anon_funcs",
                "ACL SCHEMA anon_funcs",
                "EXTENSION pg_anon",
                "COMMENT EXTENSION pg_anon",
                "ACL anon_funcs.FUNCTION partial_email(text)"
            ]
        );
        assert_eq!(report.dependents, ["VIEW public.masked"]);
        assert_eq!(report.mentions, ["FUNCTION public.uses()"]);
        assert_eq!(ours.entries.len() + 6, archive(name).entries.len());
        assert_eq!(ours.remove_extension("pg_anon", "anon_funcs"), Default::default());
    }
}

#[test]
fn a_schema_in_which_something_else_lives_stays() {
    let mut ours = archive("full15");
    for entry in &mut ours.entries {
        if entry.is("TYPE") {
            entry.namespace = Some(b"anon_funcs".to_vec());
        }
    }
    let report = ours.remove_extension("pg_anon", "anon_funcs");
    assert_eq!(
        report.removed,
        ["EXTENSION pg_anon", "COMMENT EXTENSION pg_anon", "ACL anon_funcs.FUNCTION partial_email(text)"]
    );
    find(&ours, "SCHEMA", "anon_funcs");
}

#[test]
fn other_extensions_and_their_schemas_stay() {
    let mut ours = archive("full15");
    let before = ours.clone();
    assert_eq!(ours.remove_extension("not_there", "anon_funcs"), Default::default());
    assert_eq!(ours.remove_extension("not_there", "public"), Default::default());
    assert_eq!(ours, before);
    ours.remove_extension("pg_anon", "anon_funcs");
    find(&ours, "EXTENSION", "probe_config");
    find(&ours, "SCHEMA", "pro be");
}

#[test]
fn no_password_is_left_in_the_archive() {
    for name in ["full15", "full16", "full18", "structure15", "lo15"] {
        let mut ours = archive(name);
        let changed = ours.remove_passwords().expect("understood");
        let text = String::from_utf8_lossy(&ours.write()).into_owned();
        assert!(!text.contains("SECRET") && !text.contains("SEC RET"), "{name}");
        let kinds: HashSet<&str> = changed.iter().filter_map(|name| name.split(' ').next()).collect();
        assert!(kinds.contains("SUBSCRIPTION") && kinds.contains("USER") && kinds.contains("SERVER"), "{changed:?}");
        assert!(kinds.contains("DATABASE"), "{changed:?}");
        // Nothing is left to do.
        assert_eq!(ours.remove_passwords().expect("understood"), Vec::<String>::new());
    }
}

#[test]
fn everything_but_the_password_stays_as_pg_dump_wrote_it() {
    let mut ours = archive("full15");
    let changed = ours.remove_passwords().expect("understood");
    assert_eq!(
        changed,
        [
            "DATABASE PROPERTIES hostile",
            "FOREIGN DATA WRAPPER plainfdw",
            "USER MAPPING USER MAPPING public SERVER fs",
            "SERVER plain srv",
            "FOREIGN TABLE public.ft",
            "SUBSCRIPTION sub",
            "SUBSCRIPTION sub2",
            "SUBSCRIPTION sub3"
        ]
    );
    let definition = |desc: &str, tag: &str| {
        String::from_utf8(find(&ours, desc, tag).definition.clone().expect("definition")).expect("UTF-8")
    };
    assert_eq!(
        definition("USER MAPPING", "USER MAPPING public SERVER fs"),
        "CREATE USER MAPPING FOR public SERVER fs OPTIONS (\n    password '',\n    \"user\" 'u'\n);\n"
    );
    assert_eq!(
        definition("SERVER", "plain srv"),
        "CREATE SERVER \"plain srv\" TYPE 't' VERSION 'v' FOREIGN DATA WRAPPER plainfdw OPTIONS (\n    \
         aws_secret_access_key '',\n    region 'eu',\n    uri 'postgresql://me@h/db'\n);\n"
    );
    assert_eq!(
        definition("FOREIGN DATA WRAPPER", "plainfdw"),
        "CREATE FOREIGN DATA WRAPPER plainfdw OPTIONS (\n    \"Mo'de\" 'x',\n    api_key ''\n);\n"
    );
    assert!(definition("FOREIGN TABLE", "ft").contains("DEFAULT 'OPTIONS (password ''no'')'::text"));
    assert!(definition("FOREIGN TABLE", "ft").contains("t 'x',\n    token ''\n);"));
    assert_eq!(
        definition("DATABASE PROPERTIES", "hostile"),
        "ALTER DATABASE hostile SET \"app.jwt_secret\" TO '';\nALTER DATABASE hostile SET work_mem TO '8MB';\n\
         ALTER DATABASE hostile SET search_path TO 'public', 'Od d';\n\
         ALTER ROLE reader IN DATABASE hostile SET \"app.api_token\" TO '';\n"
    );
    let connection = |tag: &str| {
        let text = definition("SUBSCRIPTION", tag);
        text.split(" PUBLICATION ").next().expect("text").split_once("CONNECTION ").expect("CONNECTION").1.to_owned()
    };
    assert_eq!(connection("sub"), "'host=nowhere.invalid user=repl dbname=x'");
    assert_eq!(connection("sub2"), "'host=nowhere.invalid dbname=x'");
    assert_eq!(connection("sub3"), "'postgresql://u@nowhere.invalid:5433/db?application_name=a%26b'");
    assert!(
        definition("SUBSCRIPTION", "sub3")
            .ends_with("PUBLICATION pub, \"p b\" WITH (connect = false, slot_name = NONE);\n")
    );
}

#[test]
fn passwords_are_found_where_backslashes_escape_in_plain_strings() {
    let mut ours = archive("oldstrings15");
    let changed = ours.remove_passwords().expect("understood");
    assert_eq!(changed, ["FOREIGN DATA WRAPPER plainfdw", "SUBSCRIPTION old_sub"]);
    assert!(!String::from_utf8_lossy(&ours.write()).contains("SECRET"));
    assert_eq!(
        find(&ours, "SUBSCRIPTION", "old_sub").definition.as_deref(),
        Some(
            b"CREATE SUBSCRIPTION old_sub CONNECTION E'host=h dbname=''a\\\\\\\\b''' PUBLICATION pub WITH (connect = false, \
              slot_name = NONE);\n"
                .as_slice()
        )
    );
}

/// What `remove_passwords` says to an archive with this one entry.
fn passwords_in(desc: &str, definition: &str) -> Result<Option<String>, ArchiveError> {
    let mut ours = archive("lo15");
    let mut entry = find(&ours, "DATABASE", "hostile").clone();
    entry.desc = Some(desc.into());
    entry.tag = Some(b"x".to_vec());
    entry.definition = Some(definition.into());
    ours.entries = vec![entry];
    let before = ours.clone();
    match ours.remove_passwords() {
        Err(error) => {
            assert_eq!(ours, before);
            Err(error)
        }
        Ok(changed) if changed.is_empty() => Ok(None),
        Ok(_) => Ok(Some(String::from_utf8(ours.entries[0].definition.clone().expect("text")).expect("UTF-8"))),
    }
}

#[test]
fn a_definition_that_is_not_understood_stops_the_dump() {
    for (desc, definition) in [
        ("USER MAPPING", "CREATE USER MAPPING FOR u SERVER s OPTIONS (password 'x'"),
        ("USER MAPPING", "CREATE USER MAPPING FOR u SERVER s OPTIONS (password x);"),
        ("USER MAPPING", "CREATE USER MAPPING FOR u SERVER s OPTIONS ();"),
        ("USER MAPPING", "CREATE USER MAPPING FOR u SERVER s OPTIONS (password 'x') AND MORE;"),
        ("USER MAPPING", "CREATE USER MAPPING FOR u SERVER s options (password 'x');"),
        ("USER MAPPING", "CREATE USER MAPPING FOR u SERVER s OPTIONS (password U&'x');"),
        ("USER MAPPING", "CREATE USER MAPPING FOR u SERVER s OPTIONS (password $$x$$);"),
        ("USER MAPPING", "CREATE USER MAPPING FOR u SERVER s OPTIONS (password E'\\x41');"),
        ("USER MAPPING", "ALTER USER MAPPING FOR u SERVER s OPTIONS (SET password 'x');"),
        ("SERVER", "CREATE SERVER s FOREIGN DATA WRAPPER f OPTIONS (password 'x;"),
        ("SERVER", "CREATE SERVER s TYPE 't' PASSWORD 'x' FOREIGN DATA WRAPPER f;"),
        ("FOREIGN TABLE", "CREATE FOREIGN TABLE t (a int) SERVER s OPTIONS (password 'x', );"),
        ("SUBSCRIPTION", "CREATE SUBSCRIPTION s CONNECTION 'host' PUBLICATION p;"),
        ("SUBSCRIPTION", "CREATE SUBSCRIPTION s PUBLICATION p CONNECTION 'password=x';"),
        (
            "SUBSCRIPTION",
            "CREATE SUBSCRIPTION s CONNECTION '' PUBLICATION p; ALTER SUBSCRIPTION s CONNECTION 'password=x';",
        ),
        ("SUBSCRIPTION", "CREATE SUBSCRIPTION s CONNECTION 'dbname=''postgres://u:x@h''' PUBLICATION p;"),
        ("DATABASE PROPERTIES", "ALTER DATABASE d SET \"a.secret\" = 'x';"),
        ("DATABASE PROPERTIES", "ALTER DATABASE d SET \"a.secret\" TO 'x' 'y';"),
        ("DATABASE PROPERTIES", "ALTER DATABASE d SET a.secret TO x;"),
    ] {
        let error = passwords_in(desc, definition).expect_err(definition);
        assert!(matches!(error, ArchiveError::NotUnderstood { .. }), "{definition}");
        assert!(error.to_string().contains(&format!("{desc} x")), "{error}");
        assert!(!error.to_string().contains("'x'"), "{error}");
    }
}

#[test]
fn options_of_a_user_mapping_that_are_not_known_to_be_harmless_lose_their_value() {
    let cleaned = passwords_in(
        "USER MAPPING",
        "CREATE USER MAPPING FOR u SERVER s OPTIONS (\n    \"user\" 'u',\n    magic 'x',\n    \"Pass Word\" 'y'\n);\n",
    );
    assert_eq!(
        cleaned.expect("understood").as_deref(),
        Some(
            "CREATE USER MAPPING FOR u SERVER s OPTIONS (\n    \"user\" 'u',\n    magic '',\n    \"Pass Word\" ''\n);\n"
        )
    );
    let text = "CREATE USER MAPPING FOR u SERVER s OPTIONS (\n    \"user\" 'u',\n    password ''\n);\n";
    assert_eq!(passwords_in("USER MAPPING", text), Ok(None));
}

#[test]
fn a_name_that_looks_like_syntax_does_not_hide_a_password() {
    let text = "CREATE SERVER \"OPTIONS (a 'b');\" FOREIGN DATA WRAPPER \"f';\" OPTIONS (\n    password 'x'';--'\n);\n";
    let cleaned = passwords_in("SERVER", text).expect("understood").expect("changed");
    assert_eq!(cleaned, text.replace("'x'';--'", "''"));
}

#[test]
fn an_archive_in_a_client_only_encoding_is_refused() {
    let mut ours = archive("lo15");
    for entry in &mut ours.entries {
        if entry.is("ENCODING") {
            entry.definition = Some(b"SET client_encoding = 'SJIS';\n".to_vec());
        }
    }
    assert_eq!(ours.remove_passwords(), Err(ArchiveError::UnsafeEncoding("SJIS".to_owned())));
}

#[test]
fn removing_large_objects_gives_what_pg_dump_writes_without_them() {
    let mut ours = archive("structure15");
    assert_eq!(ours.remove_large_objects(), 4);
    assert_same_entries(&ours, &archive("structure-nolo15"));
    assert_eq!(ours.remove_large_objects(), 0);
    for name in ["full15", "full16", "full18", "lo15", "lo18"] {
        let mut ours = archive(name);
        assert_eq!(ours.remove_large_objects(), 4, "{name}");
        assert!(!String::from_utf8_lossy(&ours.write()).contains("LARGE OBJECT"));
        assert!(!String::from_utf8_lossy(&ours.write()).contains("BLOB"));
    }
}

#[test]
fn labels_of_large_objects_go_with_them() {
    let mut ours = archive("full15");
    let mut label = find(&ours, "COMMENT", "LARGE OBJECT 424242").clone();
    label.desc = Some(b"SECURITY LABEL".to_vec());
    label.dump_id = ours.next_dump_id();
    ours.entries.push(label);
    ours.remove_large_objects();
    assert!(!String::from_utf8_lossy(&ours.write()).contains("LARGE OBJECT"));
}

#[test]
fn empty_large_objects_keep_owner_comment_and_grants_but_no_data() {
    for (structure, lo, files) in [("structure15", "lo15", 4 + 1), ("structure18", "lo18", 4 + 3)] {
        let (mut ours, from) = (archive(structure), archive(lo));
        assert_eq!(ours.add_large_objects(&from, LargeObjects::Empty), Ok(Vec::new()));
        assert_eq!(of_kind(&ours, "BLOBS").count(), 0);
        find(&ours, "COMMENT", "LARGE OBJECT 424242");
        assert_eq!(ours.remove_large_objects(), 4);
        let moved = ours.add_large_objects(&from, LargeObjects::Keep).expect("kept");
        assert_eq!(moved.len(), files);
        for file in &moved {
            let list = file.from.ends_with(".toc");
            assert!(list || file.from == file.to && file.from.starts_with("blob_"), "{file:?}");
        }
        let lists: HashSet<&[u8]> = of_kind(&ours, "BLOBS").filter_map(|entry| entry.file_name.as_deref()).collect();
        let moved: HashSet<&[u8]> =
            moved.iter().filter(|file| file.to.ends_with(".toc")).map(|file| file.to.as_bytes()).collect();
        assert_eq!(lists, moved);
    }
}

#[test]
fn large_objects_of_another_version_are_refused() {
    let mut ours = archive("structure15");
    let error = ours.add_large_objects(&archive("lo18"), LargeObjects::Keep).expect_err("versions differ");
    assert_eq!(error, ArchiveError::VersionMismatch(Version::V1_14, Version::V1_16));
}

#[test]
fn the_header_says_how_the_data_is_compressed() {
    for (name, all) in [("full15", false), ("full16", true), ("full18", true)] {
        let mut ours = archive(name);
        assert_eq!(ours.header.compression(), Compression::Gzip { level: -1 });
        for compression in [Compression::None, Compression::Gzip { level: 6 }, Compression::Lz4, Compression::Zstd] {
            let available = all || matches!(compression, Compression::None | Compression::Gzip { .. });
            assert_eq!(ours.header.set_compression(compression).is_ok(), available, "{name} {compression}");
            let again = Archive::read(&ours.write()).expect("read back");
            assert_eq!(again, ours);
            assert_eq!(again.header.compression().to_string() == compression.to_string(), available);
        }
    }
}
