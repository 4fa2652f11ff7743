//! `pg_anon verify`: dumps damaged in every way that a disk, a copy or a hurried hand can damage them.

use std::ffi::OsStr;
use std::fs;
use std::io::{Read as _, Write as _};
use std::path::{Path, PathBuf};
use std::sync::OnceLock;

use flate2::Compression;
use flate2::bufread::GzDecoder;
use flate2::write::GzEncoder;
use pg_anon_e2e::{Database, Output, dictionary, pg_anon, server, temp_dir};
use serde_json::{Value, json};
use sha2::{Digest as _, Sha256};

/// Dumps a database and gives the folder, which lives as long as the server.
fn dump(source: &Database<'_>, name: &str, dictionary: &Path, options: &[&str]) -> PathBuf {
    let archive = server().shared_dir().join(name);
    let fixed: [&OsStr; 4] =
        ["--prepared-sens-dict-file".as_ref(), dictionary.as_ref(), "--output-dir".as_ref(), archive.as_ref()];
    source.pg_anon("dump", fixed.into_iter().chain(options.iter().map(OsStr::new))).expect_success();
    archive
}

/// A shop, and a table that is more than one gzip member.
fn shop() -> &'static Path {
    static DUMP: OnceLock<PathBuf> = OnceLock::new();
    DUMP.get_or_init(|| {
        let source = server().create_database("UTF8");
        source.load_shop();
        source.sql(
            r#"CREATE SCHEMA "we""ird, schema";
               CREATE TABLE "we""ird, schema"."ta (ble)" ("a, b" int, ")" text, "x" int);
               INSERT INTO "we""ird, schema"."ta (ble)" VALUES (1, E'a\tb\nc\\', 2), (NULL, '\.', NULL);
               CREATE TABLE long (id int, value text);
               INSERT INTO long SELECT n, md5(n::text) || md5((n + 1)::text) FROM generate_series(1, 40000) AS n;
               CREATE TABLE no_columns (); INSERT INTO no_columns DEFAULT VALUES;
               SELECT lo_from_bytea(4712, 'another large object')"#,
        );
        dump(&source, "verify", &dictionary("shop.py"), &["--large-objects=keep", "--split-size=0"])
    })
}

/// A dump that a test damages.
struct Copy {
    _dir: tempfile::TempDir,
    path: PathBuf,
}

impl Copy {
    fn of(dump: &Path) -> Copy {
        let dir = temp_dir();
        let path = dir.path().join("dump");
        fs::create_dir(&path).expect("a folder is made");
        for entry in fs::read_dir(dump).expect("the dump is there") {
            let entry = entry.expect("an entry");
            fs::copy(entry.path(), path.join(entry.file_name())).expect("a file is copied");
        }
        Copy { _dir: dir, path }
    }

    fn read(&self, name: &str) -> Vec<u8> {
        fs::read(self.path.join(name)).expect("the file is there")
    }

    fn write(&self, name: &str, content: &[u8]) {
        fs::write(self.path.join(name), content).expect("the file is written");
    }

    fn metadata(&self) -> Value {
        serde_json::from_slice(&self.read("metadata.json")).expect("metadata.json")
    }

    fn change_metadata(&self, change: impl FnOnce(&mut Value)) {
        let mut metadata = self.metadata();
        change(&mut metadata);
        self.write("metadata.json", metadata.to_string().as_bytes());
    }

    /// The data file of a table.
    fn file(&self, table: &str) -> String {
        let metadata = self.metadata();
        let files = metadata["files"].as_object().expect("files");
        files.iter().find(|(_, file)| file["table"] == table).expect("the table has a file").0.clone()
    }

    fn text(&self, name: &str) -> Vec<u8> {
        let mut text = Vec::new();
        flate2::read::MultiGzDecoder::new(self.read(name).as_slice()).read_to_end(&mut text).expect("gzip");
        text
    }

    /// Writes a file and puts its length and sum into metadata.json, so that only its content tells.
    fn replace(&self, name: &str, content: &[u8]) {
        self.write(name, content);
        self.change_metadata(|metadata| {
            let section = if metadata["files"].get(name).is_some() { "files" } else { "archive_files" };
            let sum: String = Sha256::digest(content).iter().map(|byte| format!("{byte:02x}")).collect();
            metadata[section][name]["bytes"] = json!(content.len());
            metadata[section][name]["sha256"] = json!(sum);
        });
    }

    /// The same with this text, compressed.
    fn replace_text(&self, name: &str, text: &[u8]) {
        self.replace(name, &gzip(text));
    }

    fn verify(&self) -> Output {
        pg_anon([OsStr::new("verify"), self.path.as_os_str()])
    }

    /// What verify says of a damaged dump, a line each.
    #[track_caller]
    fn damages(&self) -> Vec<String> {
        let output = self.verify().expect_code(1);
        assert_eq!(output.stdout, "");
        let (_, damages) = output.stderr.split_once("is damaged:\n").unwrap_or_else(|| panic!("{output}"));
        damages.lines().map(str::to_owned).collect()
    }

    #[track_caller]
    fn assert_damages(&self, expected: &[&str]) {
        assert_eq!(self.damages(), expected);
    }
}

fn gzip(text: &[u8]) -> Vec<u8> {
    let mut gzip = GzEncoder::new(Vec::new(), Compression::fast());
    gzip.write_all(text).expect("compressed");
    gzip.finish().expect("compressed")
}

#[test]
fn a_whole_dump_is_whole_however_it_was_made() {
    let output = pg_anon([OsStr::new("verify"), shop().as_os_str()]).expect_success();
    let metadata: Value = serde_json::from_slice(&fs::read(shop().join("metadata.json")).unwrap()).unwrap();
    let rows = metadata["total_rows"].as_u64().expect("a number");
    assert!(rows > 40_000);
    assert!(output.stdout.starts_with(&format!("The dump {} is whole\n", shop().display())), "{output}");
    // Thousands are separated.
    assert!(output.stdout.replace(',', "").contains(&format!(" {rows} rows")), "{output}");

    let source = server().create_database("UTF8");
    source.load_chinook();
    source.sql("CREATE EXTENSION pg_anon");
    for (name, options) in
        [("none", &["-Z0"][..]), ("parts", &["--split-size=1", "-j3", "--large-objects=empty"]), ("best", &["-Z9"])]
    {
        let dump = dump(&source, &format!("verify-{name}"), &dictionary("chinook.py"), options);
        for form in [vec![dump.clone().into_os_string()], vec!["--input-dir".into(), dump.into(), "-j1".into()]] {
            let output = pg_anon([vec!["verify".into()], form].concat()).expect_success();
            assert!(output.stdout.contains("\n  11 tables, 15,607 rows, "), "{output}");
        }
    }
}

#[test]
fn a_dump_of_a_hostile_database_is_whole() {
    let source = server().create_database("LATIN1");
    source.sql(
        "CREATE TABLE \"Größe\" (\"naïve, (\" text, \"ÿ\" int GENERATED ALWAYS AS (1) STORED); INSERT INTO \"Größe\" VALUES (E'\\t\\n\\\\.')",
    );
    source.sql("CREATE EXTENSION pg_anon");
    let empty = server().shared_dir().join("empty.py");
    fs::write(&empty, "{}").expect("a dictionary is written");
    let dump = dump(&source, "verify-latin1", &empty, &[]);
    pg_anon([OsStr::new("verify"), dump.as_os_str()]).expect_success();
}

#[test]
fn a_flipped_bit_of_a_file_of_any_kind_is_named() {
    let copy = Copy::of(shop());
    let large_object = fs::read_dir(shop()).expect("the dump is there").find_map(|entry| {
        let name = entry.expect("an entry").file_name().into_string().expect("UTF-8");
        name.starts_with("blob_").then_some(name)
    });
    let large_object = large_object.expect("there is a large object");
    let others = ["toc.dat", "blobs.toc", "dumped_tables.py"].map(str::to_owned);
    for name in others.into_iter().chain([large_object, copy.file("long"), copy.file("customer")]) {
        let good = copy.read(&name);
        let mut bad = good.clone();
        bad[good.len() / 2] ^= 0x10;
        copy.write(&name, &bad);
        let damages = copy.damages();
        assert!(damages.iter().all(|damage| damage.starts_with(&name)), "{name}: {damages:?}");
        assert!(damages.iter().any(|damage| damage.contains("another SHA-256")), "{name}: {damages:?}");
        copy.write(&name, &good);
    }
    copy.verify().expect_success();
}

#[test]
fn a_bit_flipped_in_a_file_whose_sum_is_right_is_found_by_gzip() {
    let copy = Copy::of(shop());
    let name = copy.file("long");
    let mut bad = copy.read(&name);
    let middle = bad.len() * 3 / 4;
    bad[middle] ^= 1;
    copy.replace(&name, &bad);
    copy.assert_damages(&[&format!("{name} (table public.long): gzip member 3 is damaged")]);
}

#[test]
fn a_missing_file_and_one_too_many_are_named() {
    let copy = Copy::of(shop());
    let (long, customer) = (copy.file("long"), copy.file("customer"));
    fs::remove_file(copy.path.join(&long)).unwrap();
    fs::remove_file(copy.path.join("toc.dat")).unwrap();
    copy.write("99999.dat", b"");
    // pg_restore would take it in place of the one whose sum was checked.
    copy.write(customer.strip_suffix(".gz").unwrap(), b"");
    let mut expected = vec![
        format!("{} does not belong to the dump", customer.strip_suffix(".gz").unwrap()),
        format!("{long} (table public.long) is missing"),
        "99999.dat does not belong to the dump".to_owned(),
        "toc.dat is missing".to_owned(),
        "toc.dat: it cannot be read: No such file or directory (os error 2)".to_owned(),
    ];
    expected.sort();
    assert_eq!(copy.damages(), expected);
}

#[test]
fn what_is_not_of_a_dump_at_all_is_not_passed_over() {
    let copy = Copy::of(shop());
    copy.write("extra.txt", b"");
    fs::create_dir(copy.path.join("folder")).unwrap();
    std::os::unix::fs::symlink("/etc/passwd", copy.path.join("link")).unwrap();
    let names = ["extra.txt", "folder", "link"];
    assert_eq!(copy.damages(), names.map(|name| format!("{name} does not belong to the dump")));

    let target = server().create_database("UTF8");
    let output = target.pg_anon("restore", [OsStr::new("--input-dir"), copy.path.as_os_str()]).expect_code(1);
    assert!(names.iter().all(|name| output.stderr.contains(&format!("{name} does not belong"))), "{output}");
    assert_eq!(target.sql("SELECT count(*) FROM pg_class WHERE relnamespace = 'public'::regnamespace"), "0");
}

#[test]
fn a_file_that_was_cut_off_is_named_also_at_the_end_of_a_gzip_member() {
    let copy = Copy::of(shop());
    let name = copy.file("long");
    let whole = copy.read(&name);
    let title = format!("{name} (table public.long)");
    let lengths = |length| format!("it has {length} bytes instead of {}", whole.len());
    let sum = "it has another SHA-256 than metadata.json says";

    let mut member = GzDecoder::new(whole.as_slice());
    let mut text = Vec::new();
    member.read_to_end(&mut text).unwrap();
    let boundary = whole.len() - member.into_inner().len();
    assert!(boundary < whole.len(), "the file has several members");
    let rows = text.iter().filter(|byte| **byte == b'\n').count();
    let cut = format!("the end mark \\. is missing; it has {rows} rows, and metadata.json says 40000");

    copy.write(&name, &whole[..boundary]);
    copy.assert_damages(&[&format!("{title}: {}; {sum}; {cut}", lengths(boundary))]);
    copy.replace(&name, &whole[..boundary]);
    copy.assert_damages(&[&format!("{title}: {cut}")]);

    let half = whole.len() * 3 / 4;
    copy.replace(&name, &whole[..half]);
    copy.assert_damages(&[&format!("{title}: ends inside gzip member 3")]);
    copy.replace(&name, b"");
    copy.assert_damages(&[&format!("{title}: ends inside gzip member 1")]);
}

#[test]
fn what_stands_behind_the_end_of_a_file_is_told() {
    let copy = Copy::of(shop());
    let name = copy.file("long");
    let whole = copy.read(&name);
    let title = format!("{name} (table public.long)");
    copy.replace(&name, &[&whole[..], b"garbage"].concat());
    copy.assert_damages(&[&format!("{title}: goes on behind gzip member 3 with something else")]);
    copy.replace(&name, &[&whole[..], &gzip(b"1\tone more row\n\\.\n\n\n")].concat());
    copy.assert_damages(&[&format!("{title}: it goes on behind the end mark \\.")]);
}

#[test]
fn files_that_were_swapped_are_named_by_their_sums_or_by_their_columns() {
    let copy = Copy::of(shop());
    let (long, customer) = (copy.file("long"), copy.file("customer"));
    let (of_long, of_customer) = (copy.read(&long), copy.read(&customer));
    copy.write(&long, &of_customer);
    copy.write(&customer, &of_long);
    let damages = copy.damages().join("\n");
    assert!(
        damages.contains(&format!("it holds what belongs into {customer} (table public.customer)"))
            && damages.contains(&format!("it holds what belongs into {long} (table public.long)")),
        "{damages}"
    );
    copy.replace(&long, &of_customer);
    copy.replace(&customer, &of_long);
    let damages = copy.damages();
    assert_eq!(damages.len(), 2, "{damages:?}");
    for damage in &damages {
        assert!(damage.contains("row 1 has ") && damage.contains(" columns instead of "), "{damage}");
    }
    // And the same in metadata.json.
    copy.change_metadata(|metadata| {
        let files = metadata["files"].as_object_mut().unwrap();
        let (one, other) = (files[&long].clone(), files[&customer].clone());
        files.insert(long.clone(), other);
        files.insert(customer.clone(), one);
    });
    let damages = copy.damages().join("\n");
    assert!(
        damages.contains(&format!("{long} (table public.customer): toc.dat says TABLE DATA public.long")),
        "{damages}"
    );
    assert!(
        damages.contains(&format!("{customer} (table public.long): toc.dat says TABLE DATA public.customer")),
        "{damages}"
    );
}

#[test]
fn rows_that_are_missing_or_of_another_width_are_told() {
    let copy = Copy::of(shop());
    let name = copy.file("long");
    let text = copy.text(&name);
    let first = text.iter().position(|byte| *byte == b'\n').unwrap() + 1;
    copy.replace_text(&name, &text[first..]);
    copy.assert_damages(&[&format!("{name} (table public.long): it has 39999 rows, and metadata.json says 40000")]);

    copy.replace_text(&name, &[&b"1\ttwo\tthree\n"[..], &text[first..]].concat());
    copy.assert_damages(&[&format!("{name} (table public.long): row 1 has 3 columns instead of 2")]);

    copy.replace_text(&name, &text);
    copy.verify().expect_success();
    copy.change_metadata(|metadata| metadata["total_rows"] = json!(7));
    let damages = copy.damages();
    assert!(damages[0].starts_with("metadata.json: it says 7 rows for the whole, and "), "{damages:?}");
}

#[test]
fn a_table_of_contents_that_does_not_fit_the_files_is_told() {
    let copy = Copy::of(shop());
    let toc = copy.read("toc.dat");
    copy.replace("toc.dat", &toc[..toc.len() - 3]);
    let damages = copy.damages();
    assert!(
        damages.len() == 1 && damages[0].starts_with("toc.dat: the archive's table of contents is cut short"),
        "{damages:?}"
    );

    let mut archive = pg_anon_core::archive::Archive::read(&toc).unwrap();
    let at = archive
        .entries
        .iter()
        .position(|entry| entry.is("TABLE DATA") && entry.tag.as_deref() == Some(b"long"))
        .unwrap();
    let entry = archive.entries.remove(at);
    let name = copy.file("long");
    copy.replace("toc.dat", &archive.write());
    copy.assert_damages(&[&format!("{name} (table public.long): no entry of toc.dat has this file")]);

    archive.entries.insert(at, pg_anon_core::archive::Entry { file_name: Some(b"5.dat".to_vec()), ..entry });
    copy.replace("toc.dat", &archive.write());
    copy.assert_damages(&[
        &format!("{name} (table public.long): no entry of toc.dat has this file"),
        "toc.dat: TABLE DATA public.long has the data file 5.dat, which metadata.json does not have",
    ]);
    copy.replace("toc.dat", &toc);
    copy.change_metadata(|metadata| metadata["pg_version"] = json!("14.1"));
    let damages = copy.damages();
    assert!(damages[0].starts_with("metadata.json: pg_version is 14.1, and toc.dat is of 15."), "{damages:?}");
}

#[test]
fn a_large_object_that_is_missing_or_unknown_is_named() {
    let copy = Copy::of(shop());
    let metadata = copy.metadata();
    let blob = metadata["archive_files"]
        .as_object()
        .unwrap()
        .keys()
        .find(|name| name.starts_with("blob_4712"))
        .unwrap()
        .clone();
    fs::remove_file(copy.path.join(&blob)).unwrap();
    copy.assert_damages(&[&format!("{blob} is missing")]);
    copy.change_metadata(|metadata| drop(metadata["archive_files"].as_object_mut().unwrap().remove(&blob)));
    copy.assert_damages(&["blobs.toc: it names blob_4712.dat, which metadata.json does not have"]);
}

#[test]
fn all_that_is_wrong_is_told_at_once() {
    let copy = Copy::of(shop());
    let (long, customer, orders) = (copy.file("long"), copy.file("customer"), copy.file("orders"));
    let mut bad = copy.read(&long);
    bad[1000] ^= 4;
    copy.write(&long, &bad);
    fs::remove_file(copy.path.join(&customer)).unwrap();
    copy.change_metadata(|metadata| metadata["files"][&orders]["rows"] = json!("1"));
    let damages = copy.damages();
    for expected in [&long, &customer, &orders, "metadata.json: it says "] {
        assert!(damages.iter().any(|damage| damage.starts_with(expected)), "{expected}: {damages:?}");
    }
    assert_eq!(damages.len(), 4, "{damages:?}");
}

#[test]
fn what_is_no_dump_is_refused_and_a_folder_must_be_named() {
    let dir = temp_dir();
    for (path, expected) in [
        (dir.path().join("nothing"), "there is no folder"),
        (dir.path().to_owned(), "is not a dump of pg_anon: metadata.json cannot be read"),
    ] {
        let output = pg_anon([OsStr::new("verify"), path.as_os_str()]).expect_code(1);
        assert!(output.stderr.contains(expected), "{output}");
    }
    fs::write(dir.path().join("metadata.json"), "{\"pg_version\": \"15.1\", \"format\": \"tape\"}").unwrap();
    let output = pg_anon([OsStr::new("verify"), dir.path().as_os_str()]).expect_code(1);
    assert!(output.stderr.contains("is of the format \"tape\""), "{output}");
    fs::write(dir.path().join("metadata.json"), "{\n").unwrap();
    let output = pg_anon([OsStr::new("verify"), dir.path().as_os_str()]).expect_code(1);
    // What is wrong was said twice.
    assert_eq!(output.stderr.matches("EOF while parsing").count(), 1, "{output}");
    pg_anon(["verify"]).expect_code(2);
}
