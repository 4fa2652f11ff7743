//! The values of one column, as they come.

use std::collections::BTreeMap;

use super::document::{self, Part};
use super::matcher::{Match, Matcher};
use super::target::ScanColumn;
use crate::detect::{self, Column, Detector, Evidence, Examiner, Finding, Set, TypeFamily};

/// How the values of a column are looked at.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub enum Look {
    /// As a whole.
    Plain,
    /// Element by element.
    Array,
    /// Key by key.
    Json,
    /// Key by key.
    Hstore,
    /// Only whether there are any: what the type holds, shows nothing.
    Presence,
}

/// Paths of a document that are told apart; what is on others counts as one.
const MOST_PATHS: usize = 256;

/// From so many documents on, a path that fewer than one in `RARE` has is not named.
const MANY: u64 = 20;
const RARE: u64 = 20;

/// A finding of the detectors is looked for each time so many values have been looked at.
const CHECK_EVERY: u64 = 1024;

/// So sure a finding ends the look at a column.
const SURE: f64 = 0.9;

/// From so many values on, any finding does.
const LONG: u64 = 16 * CHECK_EVERY;

/// What counts the keys of documents that may be data.
const KEYS: &str = "$ keys";

/// What counts the paths that are too many to be told apart.
const REST: &str = "$.**";

/// A path of a document, as `mask_jsonb` takes it, and what is there.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Place {
    pub(super) path: String,
    pub(super) detector: Detector,
    /// Whether text was seen there; else numbers.
    pub(super) is_text: bool,
}

/// What was found by the meta-dictionary in a value.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub(super) enum Hit {
    Match(Match),
    /// The function of `data_func` with this number.
    Function(usize),
}

/// The values of one column. Written as JSON for another connection it has counts, names and paths, and no value.
#[derive(Debug, Clone, serde::Serialize, serde::Deserialize)]
pub struct ColumnScan {
    look: Look,
    family: TypeFamily,
    table: String,
    name: String,
    evidence: Evidence,
    paths: BTreeMap<String, PathEvidence>,
    /// Hits of each function of `data_func` so far.
    pub(super) function_hits: Vec<u64>,
    pub(super) hit: Option<Hit>,
    pub(super) values: u64,
    decided: bool,
}

#[derive(Debug, Clone, serde::Serialize, serde::Deserialize)]
struct PathEvidence {
    key: String,
    family: TypeFamily,
    evidence: Evidence,
}

impl ColumnScan {
    /// A column of which nothing has been looked at, with so many functions of `data_func`.
    pub(super) fn new(table: &str, column: &ScanColumn, functions: usize) -> ColumnScan {
        let family = column.family();
        let look = match (column.is_array, column.base_type.as_str()) {
            (true, _) => Look::Array,
            (_, "json" | "jsonb") => Look::Json,
            (_, "hstore") => Look::Hstore,
            _ if column.is_worth_reading() => Look::Plain,
            _ => Look::Presence,
        };
        ColumnScan {
            look,
            family,
            table: table.to_owned(),
            name: column.name.clone(),
            evidence: Evidence::default(),
            paths: BTreeMap::new(),
            function_hits: vec![0; functions],
            hit: None,
            values: 0,
            decided: false,
        }
    }

    /// How its values are looked at.
    pub fn look(&self) -> Look {
        self.look
    }

    /// Whether further values change nothing.
    pub fn is_decided(&self) -> bool {
        self.decided
    }

    /// Whether any value has been looked at.
    pub fn has_values(&self) -> bool {
        self.values > 0
    }

    /// Counts a value of which only the presence matters.
    pub fn add_presence(&mut self) {
        self.values += 1;
        self.evidence.add_unexamined();
    }

    /// Looks at one value, as the output function of its type writes it.
    pub fn add(&mut self, value: &str, matcher: &Matcher, examiner: &Examiner) {
        if self.decided {
            return;
        }
        self.values += 1;
        if let Some(found) = self.matching(value, matcher) {
            self.hit = Some(Hit::Match(found));
            self.decided = true;
            return;
        }
        if examiner.enabled().is_empty() {
            return;
        }
        match self.look {
            Look::Plain => self.evidence.add(examiner, value),
            Look::Array if matches!(self.family, TypeFamily::Document) => {
                self.evidence.add_unexamined();
                let mut elements = Vec::new();
                document::array(value, |element| elements.push(element.to_owned()));
                elements.iter().for_each(|element| self.walk_json(element, examiner));
            }
            Look::Array => {
                let evidence = &mut self.evidence;
                document::array(value, |element| evidence.add(examiner, element));
            }
            Look::Json => {
                self.evidence.add_unexamined();
                self.walk_json(value, examiner);
            }
            Look::Hstore => {
                self.evidence.add_unexamined();
                let paths = &mut self.paths;
                document::hstore(value, |key, value| {
                    let shown = shown_key(key);
                    if shown == "*" {
                        add_at(paths, KEYS, "", TypeFamily::Text, key, examiner);
                    }
                    if let Some(value) = value {
                        add_at(paths, &format!("$.{shown}"), key, TypeFamily::Text, value, examiner);
                    }
                });
            }
            Look::Presence => self.evidence.add_unexamined(),
        }
        // Of a document each path has its rule.
        if self.values.is_multiple_of(CHECK_EVERY)
            && !matches!(self.family, TypeFamily::Document)
            && let Some(finding) = self.finding(examiner.enabled())
            && (finding.confidence >= SURE || self.values >= LONG)
        {
            self.decided = true;
        }
    }

    fn matching(&self, value: &str, matcher: &Matcher) -> Option<Match> {
        if matcher.is_empty() {
            return None;
        }
        let mut found = matcher.find(value);
        if found.is_none() {
            let mut part = |text: &str| found = found.or_else(|| matcher.find(text));
            match self.look {
                Look::Array => document::array(value, &mut part),
                Look::Json => document::json(value, |_, leaf| match leaf {
                    Part::Key(text) | Part::Text(text) | Part::Number(text) => part(text),
                }),
                Look::Hstore => document::hstore(value, |key, value| {
                    part(key);
                    value.into_iter().for_each(&mut part);
                }),
                Look::Plain | Look::Presence => {}
            }
        }
        found
    }

    fn walk_json(&mut self, value: &str, examiner: &Examiner) {
        let paths = &mut self.paths;
        let mut text_path = String::new();
        document::json(value, |path, part| {
            text_path.clear();
            text_path.push('$');
            for key in path {
                match &**key {
                    "*" => text_path.push_str("[*]"),
                    key => {
                        let shown = shown_key(key);
                        let is_plain = shown == "*" || shown.chars().all(|c| c.is_alphanumeric() || c == '_');
                        // As JSONPath writes it; no key that is shown has a quote.
                        let (before, behind) = if is_plain { (".", "") } else { ("['", "']") };
                        [before, shown, behind].iter().for_each(|part| text_path.push_str(part));
                    }
                }
            }
            // The key of the leaf, or of the array that it is an element of.
            let key = path.iter().rev().find(|key| &***key != "*").map_or("", |key| &**key);
            match part {
                Part::Key(key) => {
                    if shown_key(key) == "*" {
                        add_at(paths, KEYS, "", TypeFamily::Text, key, examiner);
                    }
                }
                Part::Text(text) => add_at(paths, &text_path, key, TypeFamily::Text, text, examiner),
                Part::Number(number) => add_at(paths, &text_path, key, TypeFamily::Decimal, number, examiner),
            }
        });
    }

    /// Counts a hit of the function of `data_func` with this number, of which `needed` make the column sensitive.
    pub fn add_function_hit(&mut self, number: usize, needed: u64) {
        let Some(hits) = self.function_hits.get_mut(number) else { return };
        *hits += 1;
        // Functions go before constants and patterns, and the first of them before the others.
        if *hits >= needed && !matches!(self.hit, Some(Hit::Function(_))) {
            self.hit = Some(Hit::Function(number));
            self.decided = true;
        }
    }

    /// Adds what another part of the same column has shown.
    pub fn merge(&mut self, other: &ColumnScan) {
        self.values += other.values;
        self.hit = self.hit.or(other.hit);
        self.decided |= other.decided;
        self.evidence.merge(&other.evidence);
        for (into, from) in self.function_hits.iter_mut().zip(&other.function_hits) {
            *into += from;
        }
        for (path, more) in &other.paths {
            match self.paths.get_mut(path) {
                Some(known) => known.evidence.merge(&more.evidence),
                None => {
                    self.paths.insert(path.clone(), more.clone());
                }
            }
        }
    }

    /// What the detectors say of it so far. Within a document, the surest of its paths; the reason has them all.
    pub(super) fn finding(&self, enabled: Set) -> Option<Finding> {
        if !matches!(self.family, TypeFamily::Document) {
            let column = Column { table: &self.table, name: &self.name, family: self.family };
            return detect::decide(&column, &self.evidence, enabled);
        }
        let found = self.findings_within(enabled);
        let (_, _, surest) = found.iter().max_by(|a, b| a.2.confidence.total_cmp(&b.2.confidence))?;
        let mut places: Vec<String> = Vec::new();
        for (path, at, finding) in &found {
            let place = format!("{} at {}", finding.detector, if self.is_rare(at) { "rare keys" } else { path });
            if !places.contains(&place) {
                places.push(place);
            }
        }
        Some(Finding { reason: format!("document: {}", places.join(", ")), ..surest.clone() })
    }

    /// What the detectors say of the paths of a document.
    fn findings_within(&self, enabled: Set) -> Vec<(&str, &PathEvidence, Finding)> {
        let found = self.paths.iter().filter_map(|(path, at)| {
            let column = Column { table: &self.table, name: &at.key, family: at.family };
            Some((path.as_str(), at, detect::decide(&column, &at.evidence, enabled)?))
        });
        found.collect()
    }

    /// What few documents have may be a key made of data.
    fn is_rare(&self, at: &PathEvidence) -> bool {
        self.values >= MANY && at.evidence.values * RARE < self.values
    }

    /// The sensitive paths of JSON documents. None: not all of them can be named.
    pub(super) fn places(&self, enabled: Set) -> Option<Vec<Place>> {
        if !matches!(self.look, Look::Json) {
            return None;
        }
        let found = self.findings_within(enabled);
        if found.iter().any(|(path, at, _)| *path == REST || self.is_rare(at)) {
            return None;
        }
        let place = |(path, at, finding): (&str, &PathEvidence, Finding)| Place {
            path: if path == KEYS { "$..*~" } else { path }.to_owned(),
            detector: finding.detector,
            is_text: at.family == TypeFamily::Text,
        };
        Some(found.into_iter().map(place).collect())
    }
}

fn add_at(
    paths: &mut BTreeMap<String, PathEvidence>,
    path: &str,
    key: &str,
    family: TypeFamily,
    value: &str,
    examiner: &Examiner,
) {
    let path = if paths.len() < MOST_PATHS || paths.contains_key(path) { path } else { REST };
    if let Some(at) = paths.get_mut(path) {
        if family == TypeFamily::Text {
            at.family = TypeFamily::Text;
        }
        at.evidence.add(examiner, value);
        return;
    }
    let mut evidence = Evidence::default();
    evidence.add(examiner, value);
    let key = if path == REST { String::new() } else { key.to_owned() };
    paths.insert(path.to_owned(), PathEvidence { key, family, evidence });
}

/// A key as results show it: `*` when it is no word of a program but may be data itself.
fn shown_key(key: &str) -> &str {
    let is_word = (1..=63).contains(&key.len())
        && key.chars().all(|c| c.is_alphanumeric() || matches!(c, '_' | '-' | ' ' | '$' | '.'))
        && key.chars().filter(char::is_ascii_digit).count() <= 4;
    if is_word && Examiner::new(Set::all()).examine(key).whole.is_empty() { key } else { "*" }
}
