//! What must hold for every value, however strange.

use pg_anon_core::detect::{Column, Detector, Evidence, Examiner, Set, TypeFamily, decide, find, names};
use proptest::prelude::*;

/// Texts of the characters that detectors look for.
fn hostile() -> impl Strategy<Value = String> {
    prop_oneof![
        any::<String>(),
        "[0-9+() ./@:_-]{0,60}",
        "[A-Za-z0-9@.:/$=_ é\u{1f600}-]{0,120}",
        "(eyJ|AKIA|ghp_|-----BEGIN |\\$2b\\$|DE89|://|@|\\+7 ){1,6}[a-z0-9. ]{0,40}",
    ]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2000))]

    #[test]
    fn no_value_stops_an_examination(text in hostile()) {
        let hits = Examiner::new(Set::all()).examine(&text);
        prop_assert!(!hits.blank || hits.whole.is_empty());
    }

    #[test]
    fn places_lie_in_the_text_in_order_and_apart(text in hostile()) {
        let mut end = 0;
        find(&text, |found| {
            assert!(found.start >= end && found.end > found.start);
            assert!(text.get(found.start..found.end).is_some());
            end = found.end;
        });
    }

    #[test]
    fn no_finding_holds_a_value(values in proptest::collection::vec(hostile(), 1..8), name in "[a-z_]{0,12}") {
        let examiner = Examiner::new(Set::all());
        let mut evidence = Evidence::default();
        values.iter().for_each(|value| evidence.add(&examiner, value));
        let column = Column { table: "t", name: &name, family: TypeFamily::Text };
        if let Some(finding) = decide(&column, &evidence, Set::all()) {
            prop_assert!((0.0..=1.0).contains(&finding.confidence));
            prop_assert!(finding.matched <= evidence.values);
            for value in values.iter().filter(|value| value.len() > 12) {
                prop_assert!(!finding.reason.contains(value.as_str()));
            }
        }
    }

    #[test]
    fn no_name_of_a_column_stops_anything(table in hostile(), column in hostile()) {
        names::of_column(&table, &column);
    }

    #[test]
    fn parts_of_a_column_add_up_to_the_whole(values in proptest::collection::vec("[a-z]{1,6}@[a-z]{1,6}\\.de|[0-9]{1,12}", 0..40), at in 0usize..40) {
        let examiner = Examiner::new(Set::all());
        let count = |values: &[String]| {
            let mut evidence = Evidence::default();
            values.iter().for_each(|value| evidence.add(&examiner, value));
            evidence
        };
        let (left, right) = values.split_at(at.min(values.len()));
        let (mut sum, whole) = (count(left), count(&values));
        sum.merge(&count(right));
        prop_assert_eq!(sum.values, whole.values);
        prop_assert_eq!(sum.whole, whole.whole);
        prop_assert_eq!(sum.weak, whole.weak);
    }
}

#[test]
fn every_detector_is_in_the_documentation() {
    let path = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../docs/detectors.md");
    let text = std::fs::read_to_string(path).unwrap();
    for detector in Detector::ALL {
        let description = detector.description();
        let row = format!("| `{}` | {} | {} |", description.name, description.title, description.kind.as_str());
        assert!(text.contains(&row), "docs/detectors.md lacks the row\n{row}");
    }
}
