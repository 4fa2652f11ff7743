//! Reading and writing `toc.dat`: exact, and safe whatever the bytes.

use pg_anon_core::archive::{Archive, ArchiveError, Compression, Version};
use proptest::prelude::*;

const FIXTURES: [&str; 9] =
    ["full15", "full16", "full18", "structure15", "structure-nolo15", "structure18", "lo15", "lo18", "oldstrings15"];

fn bytes(name: &str) -> Vec<u8> {
    std::fs::read(format!("{}/tests/data/{name}.toc", env!("CARGO_MANIFEST_DIR"))).expect("fixture")
}

#[test]
fn what_pg_dump_wrote_is_written_back_byte_for_byte() {
    for name in FIXTURES {
        let bytes = bytes(name);
        let archive = Archive::read(&bytes).expect(name);
        assert!(archive.write() == bytes, "{name}");
    }
}

#[test]
fn the_header_and_the_entries_are_read() {
    for (name, version) in [("full15", Version::V1_14), ("full16", Version::V1_15), ("full18", Version::V1_16)] {
        let archive = Archive::read(&bytes(name)).expect(name);
        assert_eq!(archive.header.version(), version);
        assert_eq!(archive.header.compression(), Compression::Gzip { level: -1 });
        assert_eq!(archive.header.database.as_deref(), Some(b"hostile".as_slice()));
        let zero = archive.table_entries().find(|table| table.name == b"zero").expect("table");
        assert_eq!((zero.schema, zero.owner), (b"public".as_slice(), Some(b"postgres".as_slice())));
        assert!(archive.sequence_entries().any(|sequence| sequence.name == b"never us'ed"));
        let highest = archive.entries.iter().map(|entry| entry.dump_id).max().expect("entries");
        assert!(archive.next_dump_id() > highest);
    }
}

#[test]
fn other_files_versions_and_formats_are_refused_with_a_clear_message() {
    let good = bytes("lo15");
    let with = |at: usize, value: u8| {
        let mut bytes = good.clone();
        bytes[at] = value;
        Archive::read(&bytes).expect_err("refused")
    };
    assert_eq!(Archive::read(b""), Err(ArchiveError::NotAnArchive));
    assert_eq!(Archive::read(b"PGDM"), Err(ArchiveError::NotAnArchive));
    assert_eq!(Archive::read(b"-- SQL script"), Err(ArchiveError::NotAnArchive));
    assert_eq!(with(6, 13), ArchiveError::UnsupportedVersion { major: 1, minor: 13 });
    assert_eq!(with(6, 17), ArchiveError::UnsupportedVersion { major: 1, minor: 17 });
    assert!(with(6, 17).to_string().contains("1.17"));
    assert_eq!(with(10, 1), ArchiveError::UnsupportedFormat(1));
    assert!(with(10, 1).to_string().contains("-Fd"));
    assert!(matches!(with(8, 8), ArchiveError::Damaged { .. }));
}

fn custom(name: &str) -> Vec<u8> {
    let path = format!("{}/tests/data/custom-{name}.backup", env!("CARGO_MANIFEST_DIR"));
    std::fs::read(&path).unwrap_or_else(|error| panic!("{path}: {error}"))
}

#[test]
fn the_structure_in_custom_format_is_read_and_one_cut_anywhere_is_refused() {
    for version in ["15", "16", "18"] {
        let pre = Archive::read_custom_structure(&custom(&format!("pre{version}"))).expect("archive");
        let tables: Vec<_> =
            pre.table_entries().map(|table| String::from_utf8_lossy(table.name).into_owned()).collect();
        assert_eq!(tables, ["child", "nothing", "t"], "{version}");
        let bytes = custom(&format!("post{version}"));
        let post = Archive::read_custom_structure(&bytes).expect("archive");
        assert!(post.entries.iter().any(|entry| entry.is("FK CONSTRAINT")), "{version}");
        for length in 0..bytes.len() {
            assert!(Archive::read_custom_structure(&bytes[..length]).is_err(), "{version} cut at {length}");
        }
        assert!(matches!(Archive::read(&bytes), Err(ArchiveError::UnsupportedFormat(1))));
    }
}

#[test]
fn sections_that_are_put_together_depend_on_the_tables_that_they_name() {
    for version in ["15", "16", "18"] {
        let read =
            |section: &str| Archive::read_custom_structure(&custom(&format!("{section}{version}"))).expect("archive");
        let whole = Archive::join_sections(read("pre"), read("post"));
        let find = |kind: &str, tag: &str| {
            let is_it =
                |entry: &&pg_anon_core::archive::Entry| entry.is(kind) && entry.tag.as_deref() == Some(tag.as_bytes());
            whole.entries.iter().find(is_it).expect("the entry")
        };
        let key = find("FK CONSTRAINT", "child child_t_fkey");
        for needed in [find("TABLE", "t"), find("TABLE", "child"), find("CONSTRAINT", "t t_pkey")] {
            assert!(
                key.dependencies.contains(&needed.dump_id),
                "{version}: {} in {:?}",
                needed.name(),
                key.dependencies
            );
        }
        assert_eq!(whole.entries.iter().filter(|entry| entry.is("ENCODING")).count(), 1);
        // And so it is an archive in directory format. pg_restore dies of an entry whose file has no name at all.
        assert!(whole.entries.iter().all(|entry| entry.file_name.as_deref() == Some(b"")));
        assert_eq!(Archive::read(&whole.write()).expect("archive"), whole);
    }
}

#[test]
fn sections_of_a_database_that_changed_in_between_do_not_mix_up_their_numbers() {
    let pre = Archive::read_custom_structure(&custom("pre15")).expect("archive");
    let mut post = Archive::read_custom_structure(&custom("post15")).expect("archive");
    let taken = pre.entries.iter().find(|entry| entry.is("VIEW")).expect("a view").dump_id;
    let key = post.entries.iter_mut().find(|entry| entry.is("CONSTRAINT")).expect("a constraint");
    let name = key.name();
    let before = std::mem::replace(&mut key.dump_id, taken);
    for entry in &mut post.entries {
        entry.dependencies.iter_mut().filter(|id| **id == before).for_each(|id| *id = taken);
    }
    let whole = Archive::join_sections(pre, post);
    let key = whole.entries.iter().find(|entry| entry.name() == name).expect("the constraint");
    assert_ne!(key.dump_id, taken);
    let foreign = whole.entries.iter().find(|entry| entry.is("FK CONSTRAINT")).expect("a foreign key");
    assert!(foreign.dependencies.contains(&key.dump_id));
    Archive::read(&whole.write()).expect("no number twice");
}

#[test]
fn a_custom_archive_with_data_and_other_formats_are_not_taken_for_structure() {
    assert!(matches!(Archive::read_custom_structure(&custom("full15")), Err(ArchiveError::Damaged { .. })));
    assert!(matches!(Archive::read_custom_structure(&bytes("lo15")), Err(ArchiveError::NotCustomFormat(3))));
}

#[test]
fn the_columns_of_a_copy_statement_are_counted() {
    let mut entry = Archive::read(&bytes("lo15")).expect("archive").entries.swap_remove(0);
    assert_eq!(entry.copy_columns(), None);
    for (statement, columns) in [
        ("COPY public.t (a) FROM stdin;\n", Some(1)),
        ("COPY public.\"a (b, c)\" (\"x,\"\"y)\", b, \"(\") FROM stdin;\n", Some(3)),
        ("COPY public.nothing  FROM stdin;\n", Some(0)),
        ("INSERT INTO t (a) VALUES (1)", None),
    ] {
        entry.copy_statement = Some(statement.into());
        assert_eq!(entry.copy_columns(), columns, "{statement}");
    }
}

#[test]
fn a_file_cut_anywhere_is_refused() {
    let good = bytes("lo18");
    for length in 0..good.len() {
        assert!(Archive::read(&good[..length]).is_err(), "{length}");
    }
}

#[test]
fn bytes_after_the_last_entry_are_refused() {
    let mut long = bytes("lo15");
    long.push(0);
    assert!(matches!(Archive::read(&long), Err(ArchiveError::Damaged { .. })));
}

#[test]
fn an_archive_with_a_huge_number_of_entries_costs_no_memory() {
    let archive = Archive::read(&bytes("lo15")).expect("archive");
    let mut header = Archive { entries: Vec::new(), ..archive }.write();
    let count = header.len() - 4;
    header[count..].copy_from_slice(&[0xff, 0xff, 0xff, 0x7f]);
    assert!(matches!(Archive::read(&header), Err(ArchiveError::Truncated { .. })));
}

#[test]
fn two_entries_with_one_number_are_refused() {
    let mut archive = Archive::read(&bytes("lo15")).expect("archive");
    archive.entries.push(archive.entries[0].clone());
    assert!(matches!(Archive::read(&archive.write()), Err(ArchiveError::Damaged { .. })));
}

fn check(bytes: &[u8]) -> Result<(), TestCaseError> {
    if let Ok(mut archive) = Archive::read(bytes) {
        prop_assert!(archive.write() == bytes);
        // No edit may panic on what could be read.
        archive.remove_extension("pg_anon", "anon_funcs");
        let _ = archive.remove_passwords();
        let other = archive.clone();
        let _ = archive.add_large_objects(&other, pg_anon_core::archive::LargeObjects::Keep);
        archive.remove_large_objects();
        archive.order_table_data(&[(1, 2)]);
    }
    Ok(())
}

proptest! {
    #[test]
    fn random_bytes_never_make_the_reader_panic(bytes in proptest::collection::vec(any::<u8>(), 0..300)) {
        check(&bytes)?;
        let mut with_magic = b"PGDMP\x01\x0e\x00\x04\x08\x03".to_vec();
        with_magic.extend_from_slice(&bytes);
        check(&with_magic)?;
    }

    #[test]
    fn a_damaged_archive_never_makes_the_reader_panic_and_is_exact_when_read(
        fixture in 0..FIXTURES.len(),
        changes in proptest::collection::vec((any::<proptest::sample::Index>(), any::<u8>()), 1..4),
    ) {
        let mut bytes = bytes(FIXTURES[fixture]);
        for (index, value) in changes {
            let length = bytes.len();
            bytes[index.index(length)] = value;
        }
        check(&bytes)?;
    }

    #[test]
    fn pieces_moved_about_never_make_the_reader_panic(
        fixture in 0..FIXTURES.len(),
        from in any::<proptest::sample::Index>(),
        to in any::<proptest::sample::Index>(),
        length in 0usize..200,
    ) {
        let mut bytes = bytes(FIXTURES[fixture]);
        let start = from.index(bytes.len());
        let piece: Vec<u8> = bytes.iter().skip(start).take(length).copied().collect();
        let at = to.index(bytes.len());
        bytes.splice(at..at, piece);
        check(&bytes)?;
    }
}
