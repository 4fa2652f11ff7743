//! The detectors over labelled tables: precision and recall of each. `bench/detect/make.py` makes the tables.
//!
//! `cargo test -p pg_anon_core --test detect_quality -- --nocapture` prints the figures and every column that is judged wrongly.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use pg_anon_core::detect::{Column, Detector, Evidence, Examiner, Set, TypeFamily, decide};

#[derive(Default)]
struct Figures {
    right: u32,
    false_alarm: u32,
    missed: u32,
}

impl Figures {
    fn precision(&self) -> f64 {
        share(self.right, self.right + self.false_alarm)
    }

    fn recall(&self) -> f64 {
        share(self.right, self.right + self.missed)
    }
}

fn share(part: u32, whole: u32) -> f64 {
    if whole == 0 { 1.0 } else { f64::from(part) / f64::from(whole) }
}

fn family(type_name: &str) -> TypeFamily {
    match type_name {
        "text" => TypeFamily::Text,
        "integer" | "bigint" => TypeFamily::Integer,
        "numeric" | "double precision" => TypeFamily::Decimal,
        "date" => TypeFamily::Date,
        "timestamp" => TypeFamily::Timestamp,
        "boolean" => TypeFamily::Boolean,
        "uuid" => TypeFamily::Uuid,
        "inet" => TypeFamily::Network,
        "macaddr" => TypeFamily::Mac,
        other => panic!("the tables have no type {other}"),
    }
}

#[test]
fn detectors_find_what_is_sensitive_and_leave_what_is_not() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/data/detect");
    let mut files: Vec<_> = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    files.sort();
    let examiner = Examiner::new(Set::all());
    let mut by_detector: BTreeMap<&str, Figures> = BTreeMap::new();
    let mut sensitive = Figures::default();
    let mut wrong = Vec::new();
    let mut columns = 0;
    for file in files {
        let table = file.file_stem().unwrap().to_str().unwrap();
        let text = fs::read_to_string(&file).unwrap();
        let mut lines = text.lines().map(|line| line.split('\t').collect::<Vec<_>>());
        let (names, types, labels) = (lines.next().unwrap(), lines.next().unwrap(), lines.next().unwrap());
        let rows: Vec<_> = lines.collect();
        for (i, name) in names.iter().enumerate() {
            let mut evidence = Evidence::default();
            let family = family(types[i]);
            for value in rows.iter().map(|row| row[i]).filter(|value| *value != "\\N") {
                evidence.add(&examiner, value);
            }
            let finding = decide(&Column { table, name, family }, &evidence, Set::all());
            let found = finding.as_ref().map_or("-", |finding| finding.detector.name());
            let allowed: Vec<&str> = labels[i].split('|').collect();
            columns += 1;
            for label in allowed.iter().filter(|label| **label != "-") {
                assert!(Detector::by_name(label).is_some(), "{table}.{name}: there is no detector {label}");
            }
            let is_right = allowed.contains(&found);
            if !is_right {
                let reason = finding.as_ref().map_or(String::new(), |f| format!("{:.2} {}", f.confidence, f.reason));
                wrong.push(format!("{table}.{name}: {} expected, {found} found {reason}", labels[i]));
            }
            if found != "-" {
                let figures = by_detector.entry(found).or_default();
                if is_right { figures.right += 1 } else { figures.false_alarm += 1 }
            }
            if !is_right && allowed[0] != "-" {
                by_detector.entry(Detector::by_name(allowed[0]).unwrap().name()).or_default().missed += 1;
            }
            match (found != "-", !allowed.contains(&"-")) {
                (true, true) => sensitive.right += 1,
                (true, false) if !is_right => sensitive.false_alarm += 1,
                (false, true) => sensitive.missed += 1,
                _ => {}
            }
        }
    }
    println!("{columns} columns\n{:24} {:>6} {:>9} {:>6}", "detector", "found", "precision", "recall");
    for (name, figures) in by_detector.iter().map(|(name, figures)| (*name, figures)).chain([("sensitive", &sensitive)])
    {
        let found = figures.right + figures.false_alarm;
        println!("{name:24} {found:6} {:9.2} {:6.2}", figures.precision(), figures.recall());
    }
    println!("{}", wrong.join("\n"));
    assert!(columns > 250);
    assert!(sensitive.precision() >= 0.97, "precision {}", sensitive.precision());
    assert!(sensitive.recall() >= 0.98, "recall {}", sensitive.recall());
    for (name, figures) in &by_detector {
        assert!(figures.precision() >= 0.75 && figures.recall() >= 0.75, "{name}");
    }
}
