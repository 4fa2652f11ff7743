//! From what the values have shown and what the name promises to one finding.

use super::names::{Names, Strength, of_column};
use super::{Certainty, Column, Detector, Evidence, Kind, Set, TypeFamily};

/// What a column is, and why.
#[derive(Debug, Clone, PartialEq)]
pub struct Finding {
    /// The kind of data.
    pub detector: Detector,
    /// From 0 to 1.
    pub confidence: f64,
    /// Values that matched.
    pub matched: u64,
    /// Why, for people. Holds no value.
    pub reason: String,
}

/// From so many values on, what they do not show counts as well.
const ENOUGH: u64 = 20;

/// So few different values are a list to choose from.
const FEW_DISTINCT: u64 = 8;

/// What a column is. None: nothing sensitive. The surest of all findings is taken.
pub fn decide(column: &Column, evidence: &Evidence, enabled: Set) -> Option<Finding> {
    let names = of_column(column.table, column.name);
    let mut best: Option<Finding> = None;
    let candidates = enabled.iter().filter(|detector| *detector != Detector::FreeText);
    let findings = candidates
        .filter_map(|detector| judge(detector, column, evidence, &names))
        .chain(enabled.contains(Detector::FreeText).then(|| free_text(column, evidence)).flatten());
    for finding in findings {
        if best.as_ref().is_none_or(|best| finding.confidence > best.confidence) {
            best = Some(finding);
        }
    }
    best
}

fn count(counts: &[u64; Detector::COUNT], detector: Detector) -> u64 {
    counts.get(detector as usize).copied().unwrap_or_default()
}

/// Whether a column of such a type can hold such data.
fn fits(detector: Detector, family: TypeFamily) -> bool {
    use Detector::*;
    use TypeFamily as F;
    match family {
        F::Text => true,
        F::Enumeration => false,
        F::Boolean => false,
        F::Integer => matches!(
            detector,
            Phone
                | PaymentCard
                | UsSsn
                | RuInn
                | RuSnils
                | FrNir
                | BrCpf
                | BrCnpj
                | NationalId
                | Passport
                | Postcode
                | BankAccount
                | CardSecurityCode
                | BirthDate
                | IpAddress
                | EsDni
                | Password
        ),
        F::Decimal => {
            matches!(
                detector,
                Coordinates
                    | Phone
                    | PaymentCard
                    | RuInn
                    | RuSnils
                    | BrCpf
                    | BrCnpj
                    | NationalId
                    | Passport
                    | BankAccount
                    | UsSsn
            )
        }
        F::Date | F::Timestamp => matches!(detector, BirthDate),
        F::Uuid => matches!(detector, Token | ApiKey | Jwt),
        F::Network => matches!(detector, IpAddress),
        F::Mac => matches!(detector, MacAddress),
        F::Bytes => matches!(
            detector,
            Password | PasswordHash | PrivateKey | ApiKey | Token | HexDigest | Passport | NationalId
        ),
        F::Position => matches!(detector, Coordinates),
        F::Document => false,
        F::Other => !matches!(detector, BirthDate),
    }
}

/// Whether the type alone says it.
fn by_type(detector: Detector, family: TypeFamily) -> bool {
    matches!((detector, family), (Detector::IpAddress, TypeFamily::Network) | (Detector::MacAddress, TypeFamily::Mac))
}

fn judge(detector: Detector, column: &Column, evidence: &Evidence, names: &Names) -> Option<Finding> {
    if !fits(detector, column.family) {
        return None;
    }
    let description = detector.description();
    let title = description.title;
    let (whole, weak) = (count(&evidence.whole, detector), count(&evidence.weak, detector));
    let checked = evidence.checked();
    let share = |count: u64| if checked == 0 { 0.0 } else { count as f64 / checked as f64 };
    let any = whole + weak;
    let finding = |confidence: f64, matched: u64, reason: String| {
        Some(Finding { detector, confidence: confidence.clamp(0.0, 0.99), matched, reason })
    };
    let seen = |count: u64| format!("{count} of {checked} values");
    let examined =
        matches!(column.family, TypeFamily::Text | TypeFamily::Integer | TypeFamily::Decimal | TypeFamily::Other);
    let has_validator = description.kind != Kind::Name || matches!(detector, Detector::BirthDate);

    if by_type(detector, column.family) {
        return finding(0.9, evidence.values, format!("{title}: the type of the column"));
    }
    let strength = names.strength(detector);
    if strength == Some(Strength::Sure) {
        let is_enumeration =
            has_validator && examined && checked >= ENOUGH && evidence.distinct <= FEW_DISTINCT && any == 0;
        // Counters and codes that share a word with it, such as `house` with the number of a house. Numbers that are of this kind
        // by their form may well be stored in their order.
        let is_other_number =
            column.family == TypeFamily::Integer && evidence.is_counter() && !(has_validator && share(any) >= 0.5);
        if !is_enumeration && !is_other_number {
            let confidence = match (has_validator && examined, checked) {
                (_, 0) => 0.75,
                (false, _) => 0.85,
                (true, _) => 0.62 + 0.36 * share(any),
            };
            // Values of another kind speak for that one: its own judgement then has the greater confidence.
            let reason = match (has_validator && examined, checked) {
                (_, 0) => format!("{title}: the name of the column; no values were looked at"),
                (false, _) => format!("{title}: the name of the column"),
                (true, _) => format!("{title}: the name of the column; {} match", seen(any)),
            };
            return finding(confidence, any, reason);
        }
    }
    if checked == 0 {
        return None;
    }
    // Words of lists and digests may be a list to choose from.
    let is_list = matches!(
        detector,
        Detector::FirstName | Detector::LastName | Detector::FullName | Detector::StreetAddress | Detector::HexDigest
    );
    let is_few = checked >= ENOUGH && evidence.distinct <= FEW_DISTINCT;
    let counter = evidence.is_counter();
    if strength == Some(Strength::Hint)
        && any > 0
        && share(any) >= description.named_share.max(0.01)
        && !(counter && any == weak)
        && !(is_list && is_few)
    {
        let reason = format!("{title}: {} match, and the name of the column allows it", seen(any));
        let base = if whole > 0 { 0.5 } else { 0.4 };
        return finding(base + 0.45 * share(any), any, reason);
    }
    // Digits alone, all of them valid and none in order: phones, although nothing says so.
    if detector == Detector::Phone
        && checked >= ENOUGH
        && evidence.strict_phones * 100 >= checked * 97
        && evidence.distinct > FEW_DISTINCT
        && !counter
        && !names.harmless
    {
        let strict = evidence.strict_phones;
        return finding(0.5, strict, format!("{title}: {} match in a form of digits alone", seen(strict)));
    }
    let needed = description.share?;
    if whole == 0 || share(whole) < needed {
        return None;
    }
    match description.certainty {
        Certainty::Sure => {
            // One address in a thousand comments: the column is text that contains some.
            if share(whole) < 0.3 && checked >= ENOUGH {
                return None;
            }
            finding(0.8 + 0.19 * share(whole), whole, format!("{title}: {} match", seen(whole)))
        }
        Certainty::Likely | Certainty::Weak => {
            if counter || (is_list && is_few) || (names.harmless && (is_list || share(whole) < 0.9)) {
                return None;
            }
            let base = match description.certainty {
                // Random characters are the least that can be said of a value: a name that says more wins.
                Certainty::Weak => 0.15,
                _ if is_list => 0.3,
                _ => 0.45,
            };
            finding(base + 0.45 * share(whole), whole, format!("{title}: {} match", seen(whole)))
        }
    }
}

/// Text in which some values contain something, or are something now and then.
fn free_text(column: &Column, evidence: &Evidence) -> Option<Finding> {
    if !matches!(column.family, TypeFamily::Text | TypeFamily::Other) {
        return None;
    }
    let checked = evidence.checked();
    let mut kinds: Vec<(u64, Detector)> = Vec::new();
    for &detector in Detector::ALL {
        let mut found = count(&evidence.inside, detector);
        if detector.description().certainty == Certainty::Sure {
            found += count(&evidence.whole, detector);
        }
        let likely = count(&evidence.inside_likely, detector);
        // What may be something else must be there more than now and then.
        if likely * 50 >= checked && likely >= 2 {
            found += likely;
        }
        if found > 0 {
            kinds.push((found, detector));
        }
    }
    kinds.sort_by_key(|(found, _)| std::cmp::Reverse(*found));
    let (most, _) = kinds.first()?;
    let most = (*most).min(checked);
    let list = kinds.iter().map(|(found, detector)| format!("{detector} in {found}")).collect::<Vec<_>>().join(", ");
    let share = most as f64 / checked.max(1) as f64;
    Some(Finding {
        detector: Detector::FreeText,
        confidence: 0.6 + 0.2 * share,
        matched: most,
        reason: format!("{}: {list} of {checked} values", Detector::FreeText.description().title),
    })
}

#[cfg(test)]
mod tests {
    use super::super::Examiner;
    use super::*;

    fn found(table: &str, name: &str, family: TypeFamily, values: impl IntoIterator<Item = String>) -> Option<Finding> {
        let examiner = Examiner::new(Set::all());
        let mut evidence = Evidence::default();
        for value in values {
            evidence.add(&examiner, &value);
        }
        decide(&Column { table, name, family }, &evidence, Set::all())
    }

    fn detector(name: &str, values: impl IntoIterator<Item = String>) -> Option<Detector> {
        found("t", name, TypeFamily::Text, values).map(|finding| finding.detector)
    }

    #[test]
    fn one_address_is_enough_and_is_told_as_text_when_the_rest_is_text() {
        assert_eq!(detector("a", ["x@y.de".to_owned()]), Some(Detector::Email));
        let mut comments: Vec<String> = (0..500).map(|i| format!("the parcel {i} is late")).collect();
        assert_eq!(detector("a", comments.clone()), None);
        comments.push("write to x@y.de please".to_owned());
        comments.push("x@y.de".to_owned());
        let finding = found("t", "a", TypeFamily::Text, comments).unwrap();
        assert_eq!((finding.detector, finding.matched), (Detector::FreeText, 2));
        assert!(!finding.reason.contains("x@y"), "{}", finding.reason);
    }

    #[test]
    fn ascending_numbers_are_orders_and_not_phones() {
        assert_eq!(detector("a", (0..200).map(|i| format!("{}", 79_120_000_000_u64 + i * 7))), None);
        let phones = (0..200u64).map(|i| format!("{}", 79_120_000_000 + (i * 7_654_321) % 9_999_999));
        assert_eq!(detector("a", phones.clone()), Some(Detector::Phone));
        assert_eq!(detector("order_number", phones), None, "the name says that it is none");
    }

    #[test]
    fn numbers_of_persons_that_are_stored_in_their_order_are_no_counter() {
        let detector = |name: &str, start: u64| {
            let values = (0..200).map(|i| format!("{}", start + i * 17));
            found("t", name, TypeFamily::Integer, values).map(|finding| finding.detector)
        };
        assert_eq!(detector("mobile", 79_120_000_000), Some(Detector::Phone));
        assert_eq!(detector("ssn", 123_456_789), Some(Detector::UsSsn));
        // Nothing but the name speaks for these.
        assert_eq!((detector("phone", 1), detector("passport_id", 1)), (None, None));
    }

    #[test]
    fn a_name_is_enough_unless_the_values_are_a_list_to_choose_from() {
        assert_eq!(detector("phone", []), Some(Detector::Phone));
        assert_eq!(detector("phone", (0..50).map(|i| ["home", "work", "mobile"][i % 3].to_owned())), None);
        let flag = found("t", "email", TypeFamily::Boolean, []);
        assert_eq!(flag, None);
        let mut dates = Evidence::default();
        (0..50).for_each(|_| dates.add_unexamined());
        let column = Column { table: "t", name: "birth_date", family: TypeFamily::Date };
        for evidence in [Evidence::default(), dates] {
            let born = decide(&column, &evidence, Set::all());
            assert_eq!(born.map(|finding| finding.detector), Some(Detector::BirthDate));
        }
    }

    #[test]
    fn random_numbers_are_no_cards_though_some_pass_the_checksum() {
        // 16 digits that begin with 4: every tenth passes.
        let numbers = (0..300u64).map(|i| format!("4{:015}", (i * 1_234_567_890_123) % 999_999_999_999_999));
        assert_eq!(detector("a", numbers), None);
    }
}
