//! The Chinook music shop: masked, dumped, restored by plain pg_restore, and searched for what should be gone.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use pg_anon_e2e::{Database, archive_text, assert_same_dump, dictionary, pg_anon_command, run, server, temp_dir};

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

/// A key under which no two people get the same name: names are drawn from some thousands, and two may meet.
const KEY: &str = "a-key-of-the-chinook-music-shop-number-206";

/// The columns that two values may become equal in, under another key.
const MAY_MEET: [&str; 7] =
    ["first_name", "last_name", "company", "title", "postal_code", "billing_postal_code", "phone"];

/// The countries of Chinook as it names them: the code of two letters, telephone numbers in the form of E.164 by the numbering
/// plan, and postal codes.
const COUNTRIES: [(&str, &str, &str, &str); 24] = [
    ("Argentina", "AR", "[+]54[0-9]{10,11}", "[0-9]{4}"),
    ("Australia", "AU", "[+]61[2-478][0-9]{8}", "[0-9]{4}"),
    ("Austria", "AT", "[+]43[0-9]{7,12}", "[1-9][0-9]{3}"),
    ("Belgium", "BE", "[+]32[1-9][0-9]{7,8}", "[1-9][0-9]{3}"),
    ("Brazil", "BR", "[+]55[1-9]{2}[0-9]{8,9}", "[0-9]{5}-[0-9]{3}"),
    (
        "Canada",
        "CA",
        "[+]1[2-9][0-9]{2}[2-9][0-9]{6}",
        "[ABCEGHJ-NPRSTVXY][0-9][ABCEGHJ-NPRSTV-Z] [0-9][ABCEGHJ-NPRSTV-Z][0-9]",
    ),
    ("Chile", "CL", "[+]56[2-9][0-9]{8}", "[0-9]{7}"),
    ("Czech Republic", "CZ", "[+]420[2-9][0-9]{8}", "[1-9][0-9]{2} [0-9]{2}"),
    ("Denmark", "DK", "[+]45[2-9][0-9]{7}", "[0-9]{4}"),
    ("Finland", "FI", "[+]358[1-9][0-9]{5,10}", "[0-9]{5}"),
    ("France", "FR", "[+]33[1-9][0-9]{8}", "[0-9]{5}"),
    ("Germany", "DE", "[+]49[1-9][0-9]{6,11}", "[0-9]{5}"),
    ("Hungary", "HU", "[+]36[1-9][0-9]{7,8}", "[1-9][0-9]{3}"),
    ("India", "IN", "[+]91[6-9][0-9]{9}", "[1-9][0-9]{5}"),
    ("Ireland", "IE", "[+]353[1-9][0-9]{6,8}", "[A-Z][0-9][0-9W] [0-9A-Z]{4}"),
    ("Italy", "IT", "[+]39[03][0-9]{8,10}", "[0-9]{5}"),
    ("Netherlands", "NL", "[+]31[1-9][0-9]{8}", "[1-9][0-9]{3} [A-Z]{2}"),
    ("Norway", "NO", "[+]47[2-9][0-9]{7}", "[0-9]{4}"),
    ("Poland", "PL", "[+]48[1-9][0-9]{8}", "[0-9]{2}-[0-9]{3}"),
    ("Portugal", "PT", "[+]351[29][0-9]{8}", "[1-9][0-9]{3}-[0-9]{3}"),
    ("Spain", "ES", "[+]34[6-9][0-9]{8}", "[0-5][0-9]{4}"),
    ("Sweden", "SE", "[+]46[1-9][0-9]{6,9}", "[1-9][0-9]{2} [0-9]{2}"),
    ("USA", "US", "[+]1[2-9][0-9]{2}[2-9][0-9]{6}", "[0-9]{5}"),
    ("United Kingdom", "GB", "[+]44[1-9][0-9]{8,9}", "[A-Z]{1,2}[0-9][0-9A-Z]? [0-9][A-Z]{2}"),
];

/// The pseudonymised columns, each with its rule; `{CODE}` and `{BILLING}` stand for the code of the row's country. The keys of
/// customers, employees and invoices have a rule where they are primary keys alone.
const PSEUDONYMS: [(&str, &str, &str); 22] = [
    ("customer", "customer_id", "permute_int(customer_id, 1, 100000)"),
    ("customer", "first_name", "pseudo_first_name(first_name)"),
    ("customer", "last_name", "left(pseudo_last_name(last_name), 20)"),
    ("customer", "company", "pseudo_company(company)"),
    ("customer", "address", "pseudo_street(address)"),
    ("customer", "postal_code", "pseudo_postcode(postal_code, {CODE})"),
    ("customer", "phone", "pseudo_phone_number(phone, {CODE})"),
    ("customer", "fax", "pseudo_phone_number(fax, {CODE})"),
    ("customer", "email", "pseudo_email(email)"),
    ("employee", "employee_id", "permute_int(employee_id, 1, 100000)"),
    ("employee", "first_name", "pseudo_first_name(first_name)"),
    ("employee", "last_name", "left(pseudo_last_name(last_name), 20)"),
    ("employee", "title", "left(pseudo_job(title), 30)"),
    ("employee", "birth_date", "shift_date(birth_date, employee_id::text, interval '300 days')"),
    ("employee", "address", "pseudo_street(address)"),
    ("employee", "postal_code", "pseudo_postcode(postal_code, {CODE})"),
    ("employee", "phone", "pseudo_phone_number(phone, {CODE})"),
    ("employee", "fax", "fpe_digits(fax)"),
    ("employee", "email", "pseudo_email(email)"),
    ("invoice", "invoice_id", "permute_int(invoice_id, 1, 100000)"),
    ("invoice", "billing_address", "pseudo_street(billing_address)"),
    ("invoice", "billing_postal_code", "pseudo_postcode(billing_postal_code, {BILLING})"),
];

/// The columns that take a rule over, and from where.
const FOLLOWERS: [(&str, &str); 4] = [
    ("customer", "support_rep_id"),
    ("employee", "reports_to"),
    ("invoice", "customer_id"),
    ("invoice_line", "invoice_id"),
];

fn pseudonyms() -> serde_json::Value {
    let codes: BTreeMap<&str, &str> = COUNTRIES.iter().map(|country| (country.0, country.1)).collect();
    let codes = format!("('{}'::jsonb ->> {{}})", serde_json::to_string(&codes).expect("JSON"));
    let mut tables: BTreeMap<&str, serde_json::Map<String, serde_json::Value>> = BTreeMap::new();
    for (table, column, rule) in PSEUDONYMS {
        let rule = rule
            .replace("{CODE}", &codes.replace("{}", "country"))
            .replace("{BILLING}", &codes.replace("{}", "billing_country"));
        tables.entry(table).or_default().insert(column.to_owned(), rule.into());
    }
    let rules = tables
        .into_iter()
        .map(|(table, fields)| serde_json::json!({"schema": "public", "table": table, "fields": fields}));
    serde_json::json!({"dictionary": rules.collect::<Vec<_>>()})
}

/// The data files of an archive by name, as they are.
fn data_files(archive: &Path) -> BTreeMap<String, Vec<u8>> {
    let names = fs::read_dir(archive).expect("the archive").map(|entry| entry.expect("an entry").path());
    let data = names.filter(|path| path.to_string_lossy().ends_with(".dat.gz"));
    data.map(|path| {
        (path.file_name().expect("a name").to_string_lossy().into_owned(), fs::read(&path).expect("a file"))
    })
    .collect()
}

#[test]
fn pseudonyms_keep_the_shop_usable_and_have_nothing_in_common_under_another_key() {
    let source = server().create_database("UTF8");
    source.load_chinook();
    source.sql("CREATE EXTENSION pg_anon");
    let dir = temp_dir();
    let rules = dir.path().join("rules.json");
    fs::write(&rules, pseudonyms().to_string()).expect("the rules are written");
    let dump = |name: &str, key: &str| {
        let archive = dir.path().join(name);
        let mut command = pg_anon_command(["dump", "-j2", "--prepared-sens-dict-file"]);
        command.arg(&rules).arg("--output-dir").arg(&archive).args(source.connection_options()).env("PG_ANON_KEY", key);
        run(&mut command, b"").expect_success();
        archive
    };
    let [one, two] = ["one", "two"].map(|name| dump(name, KEY));
    let other = dump("other", "a-key-of-the-chinook-music-shop-number-1");
    assert_eq!(data_files(&one), data_files(&two), "the same key gives the same bytes");
    let [target, other] = [one, other].map(|archive| {
        let target = server().create_database("UTF8");
        let restore = target.pg_restore(&archive, ["-j2"]).expect_success();
        assert_eq!(restore.stderr, "", "every foreign key holds");
        target
    });
    let masked = PSEUDONYMS.iter().map(|(table, column, _)| (*table, *column)).chain(FOLLOWERS);
    for (table, column) in masked {
        // Nulls and distinct values are as many as before, and no value is as it was, or as it is under the other key.
        let counts = format!("SELECT count({column}), count(DISTINCT {column}) FROM {table}");
        assert_eq!(target.sql(&counts), source.sql(&counts), "{table}.{column}");
        if !MAY_MEET.contains(&column) {
            assert_eq!(other.sql(&counts), source.sql(&counts), "{table}.{column} under another key");
        }
        // Rows are where they were: a dump reads them in their order.
        let values = |database: &Database<'_>| database.rows(&format!("SELECT {column} FROM {table} ORDER BY ctid"));
        let (before, here, there) = (values(&source), values(&target), values(&other));
        assert!(here.len() == before.len() && there.len() == before.len());
        for ((before, here), there) in
            before.iter().zip(&here).zip(&there).filter(|((before, _), _)| !before.is_empty())
        {
            assert_ne!(before, here, "{table}.{column} is as it was");
            assert_ne!(here, there, "{table}.{column} is the same under another key");
        }
    }
    for question in [
        "SELECT count(*) FROM customer JOIN invoice USING (customer_id)",
        "SELECT count(*) FROM customer JOIN employee ON support_rep_id = employee_id",
        "SELECT count(*) FROM employee e JOIN employee boss ON boss.employee_id = e.reports_to",
        "SELECT count(*), sum(quantity * unit_price) FROM invoice JOIN invoice_line USING (invoice_id)",
        "SELECT count(*) FROM customer JOIN invoice ON billing_address = address AND billing_postal_code = postal_code",
        "SELECT array_agg(n ORDER BY n) FROM (SELECT count(*) AS n FROM invoice GROUP BY customer_id) AS purchases",
        "SELECT genre.name, count(*) FROM customer JOIN invoice USING (customer_id) JOIN invoice_line USING (invoice_id) JOIN track USING (track_id)
             JOIN genre USING (genre_id) GROUP BY genre.name ORDER BY 1",
        "SELECT count(*) FILTER (WHERE convalidated) FROM pg_constraint WHERE contype = 'f'",
    ] {
        assert_eq!(target.sql(question), source.sql(question), "{question}");
    }
    every_value_is_valid_for_its_kind(&target);
}

fn every_value_is_valid_for_its_kind(target: &Database<'_>) {
    // The local part has dots between its words (RFC 5322, dot-atom), the domain is reserved (RFC 2606).
    let address = "^[a-z0-9_+-]+([.][a-z0-9_+-]+)*@example[.]com$";
    let addresses = "SELECT email FROM customer UNION ALL SELECT email FROM employee";
    assert_eq!(
        target.sql(&format!("SELECT count(*) FILTER (WHERE email ~ '{address}'), count(*) FROM ({addresses}) AS a")),
        "67|67"
    );
    let patterns: Vec<String> =
        COUNTRIES.iter().map(|(name, _, phone, postcode)| format!("('{name}', '^{phone}$', '^{postcode}$')")).collect();
    let patterns = format!("(VALUES {}) AS pattern (name, phone, postcode)", patterns.join(", "));
    for (table, country, phones, postcode) in [
        ("customer", "country", &["phone", "fax"][..], "postal_code"),
        ("employee", "country", &["phone"], "postal_code"),
        ("invoice", "billing_country", &[], "billing_postal_code"),
    ] {
        let known = format!(
            "SELECT count(*) - (SELECT count(*) FROM {table}) FROM {table} JOIN {patterns} ON pattern.name = {country}"
        );
        assert_eq!(target.sql(&known), "0", "every country of {table} is known");
        for (column, kind) in phones.iter().map(|column| (*column, "phone")).chain([(postcode, "postcode")]) {
            let wrong = format!(
                "SELECT {country}, {table}.{column} FROM {table} JOIN {patterns} ON pattern.name = {country}
                 WHERE {table}.{column} !~ pattern.{kind}"
            );
            assert_eq!(target.sql(&wrong), "", "{table}.{column}");
        }
    }
    let names = "SELECT first_name FROM customer UNION ALL SELECT last_name FROM customer UNION ALL SELECT first_name FROM employee UNION ALL SELECT last_name FROM employee";
    assert_eq!(
        target.sql(&format!("SELECT count(*) FROM ({names}) AS n WHERE first_name !~ '^[[:upper:]][[:alpha:]'' -]+$'")),
        "0"
    );
    assert_eq!(target.sql("SELECT count(*) FROM employee WHERE age(hire_date, birth_date) < interval '15 years' OR birth_date > '2000-01-01'"), "0");
    // A cipher of digits keeps the look of a number.
    assert_eq!(
        target.sql("SELECT count(*) FROM employee WHERE fax !~ '^[+]?[0-9] [(][0-9]{3}[)] [0-9]{3}-[0-9]{4}$'"),
        "0"
    );
}
