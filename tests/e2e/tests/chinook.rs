//! The Chinook music shop: masked, dumped, restored by plain pg_restore, and searched for what should be gone.

use std::path::Path;

use pg_anon_e2e::{Database, archive_text, assert_same_dump, dictionary, server, temp_dir};

/// The masked columns of `tests/e2e/dictionaries/chinook.py`, each table with its key.
const MASKED: [(&str, &str, &[&str]); 3] = [
    ("customer", "customer_id", &["first_name", "last_name", "address", "postal_code", "phone", "fax", "email"]),
    (
        "employee",
        "employee_id",
        &["first_name", "last_name", "birth_date", "address", "postal_code", "phone", "fax", "email"],
    ),
    ("invoice", "invoice_id", &["billing_address", "billing_postal_code"]),
];

/// Values that must not be found anywhere: where people live and how they are reached.
const PERSONAL: &str = "SELECT DISTINCT value FROM (
        SELECT unnest(ARRAY[email, phone, fax, address]) FROM customer
        UNION ALL SELECT unnest(ARRAY[email, phone, fax, address]) FROM employee
        UNION ALL SELECT billing_address FROM invoice) AS personal (value)
    WHERE value IS NOT NULL";

#[test]
fn a_masked_dump_restores_whole_and_valid_and_holds_no_original_value() {
    let source = server().create_database("UTF8");
    source.load_chinook();
    source.sql("CREATE EXTENSION pg_anon");
    let dir = temp_dir();
    let archive = dir.path().join("masked");

    let dump = source.pg_anon(
        "dump",
        [
            "--prepared-sens-dict-file".as_ref(),
            dictionary("chinook.py").as_os_str(),
            "--output-dir".as_ref(),
            archive.as_os_str(),
            "-j2".as_ref(),
        ],
    );
    dump.expect_success();

    let target = server().create_database("UTF8");
    let restore = target.pg_restore(&archive, ["-j2"]).expect_success();
    assert_eq!(restore.stderr, "", "pg_restore has nothing to complain of");

    every_table_has_its_rows(&source, &target);
    the_structure_is_the_same_and_valid(&source, &target);
    masked_columns_have_changed_in_every_row(&source, &target);
    all_other_columns_are_as_they_were(&source, &target);
    no_personal_value_is_left(&source, &archive);
    nothing_of_the_extension_is_in_the_target(&target);
}

fn every_table_has_its_rows(source: &Database<'_>, target: &Database<'_>) {
    let counts = "SELECT relname, (xpath('/row/n/text()', query_to_xml(format('SELECT count(*) AS n FROM %s', oid::regclass), \
                  false, true, '')))[1] FROM pg_class WHERE relkind = 'r' AND relnamespace = 'public'::regnamespace ORDER BY 1";
    let expected = source.sql(counts);
    assert!(expected.contains("customer|59\n"), "the sample is there: {expected}");
    assert_eq!(target.sql(counts), expected);
}

fn the_structure_is_the_same_and_valid(source: &Database<'_>, target: &Database<'_>) {
    assert_same_dump(&target.schema_dump(), &source.schema_dump());
    let constraints = "SELECT contype, count(*) FROM pg_constraint WHERE connamespace = 'public'::regnamespace AND convalidated \
                       GROUP BY 1 ORDER BY 1";
    assert_eq!(target.sql(constraints), "f|11\np|11");
}

fn masked_columns_have_changed_in_every_row(source: &Database<'_>, target: &Database<'_>) {
    for (table, key, columns) in MASKED {
        for column in columns {
            // One line a row: true, or false for NULL, and the value.
            let values = format!("SELECT {column} IS NOT NULL, {column} FROM {table} ORDER BY {key}");
            let (before, after) = (source.rows(&values), target.rows(&values));
            assert_eq!(before.len(), after.len());
            let mut changed = 0;
            for (before, after) in before.iter().zip(&after) {
                if before.starts_with('t') {
                    assert!(after.starts_with('t'), "{table}.{column} has become NULL");
                    assert_ne!(before, after, "{table}.{column} is as it was");
                    changed += 1;
                }
            }
            assert!(changed > 0, "{table}.{column} has values");
        }
    }
    let duplicates = "SELECT count(*) - count(DISTINCT email) FROM customer";
    assert_eq!(target.sql(duplicates), "0", "a digest keeps values distinct");
    let kept_null = "SELECT count(*) FROM customer WHERE fax IS NULL";
    assert_eq!(target.sql(kept_null), source.sql(kept_null), "the rule for fax keeps NULL");
}

fn all_other_columns_are_as_they_were(source: &Database<'_>, target: &Database<'_>) {
    let tables =
        source.rows("SELECT relname FROM pg_class WHERE relkind = 'r' AND relnamespace = 'public'::regnamespace");
    for table in tables {
        let masked: &[&str] = MASKED.iter().find(|entry| entry.0 == table).map_or(&[], |entry| entry.2);
        let columns = source.rows(&format!(
            "SELECT attname FROM pg_attribute WHERE attrelid = '{table}'::regclass AND attnum > 0 ORDER BY attnum"
        ));
        let kept: Vec<_> = columns.iter().filter(|column| !masked.contains(&column.as_str())).cloned().collect();
        let rows = format!("SELECT {} FROM {table} AS t ORDER BY 1, 2", kept.join(", "));
        assert_eq!(target.sql(&rows), source.sql(&rows), "{table}: {}", kept.join(", "));
    }
}

fn no_personal_value_is_left(source: &Database<'_>, archive: &Path) {
    let values = source.rows(PERSONAL);
    assert!(values.len() > 200, "there is something to look for: {}", values.len());
    let masked = archive_text(archive);
    let left: Vec<_> = values.iter().filter(|value| masked.contains(value.as_str())).collect();
    assert!(left.is_empty(), "the archive holds {left:?}");

    // The same search does find them all where nothing is masked.
    let dir = temp_dir();
    let plain = dir.path().join("plain");
    source.pg_dump(["-Fd".as_ref(), "-f".as_ref(), plain.as_os_str()]).expect_success();
    let plain = archive_text(&plain);
    let missed: Vec<_> = values.iter().filter(|value| !plain.contains(value.as_str())).collect();
    assert!(missed.is_empty(), "the search does not find {missed:?} in a dump that is not masked");
}

fn nothing_of_the_extension_is_in_the_target(target: &Database<'_>) {
    assert_eq!(target.sql("SELECT extname FROM pg_extension"), "plpgsql");
    assert_eq!(target.sql("SELECT to_regnamespace('anon_funcs') IS NULL"), "t");
}
