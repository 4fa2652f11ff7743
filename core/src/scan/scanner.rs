//! The verdict on each column: by dictionaries, by its name, by its values, by the columns that it refers to.

use std::borrow::Cow;
use std::collections::HashMap;

use super::column::{ColumnScan, Hit, Place};
use super::matcher::Match;
use super::meta::{DataFunction, MetaDictionary};
use super::target::{ForeignKey, ScanColumn, ScanTable};
use super::{recommend, template};
use crate::detect::{Detector, Examiner, Finding, TypeFamily, names};
use crate::dictionary::{Dictionary, MaskError};

/// What a scan says of a column.
#[derive(Debug, Clone, PartialEq)]
pub struct Verdict {
    /// The table.
    pub table: u32,
    /// The column's number.
    pub column: i16,
    /// Whether the column is sensitive.
    pub sensitive: bool,
    /// The rule that masks it; nothing for what is not sensitive.
    pub rule: Option<String>,
    /// What decided: `prepared`, `excluded`, `field_constant`, `field_rule`, `no_sens_dictionary`, `type`, `data_func`, `constant`,
    /// `partial_constant`, `regex`, `foreign_key`, `generated`, the name of a detector, or `none`.
    pub found_by: String,
    /// Why, for people.
    pub reason: String,
    /// From 0 to 1; 1 where a dictionary decides.
    pub confidence: f64,
    /// Values that were looked at.
    pub values: u64,
    /// Values that matched.
    pub matched: u64,
}

/// What the dictionaries say of a column before its values are looked at.
#[derive(Debug, Clone, PartialEq)]
pub enum Prepared {
    /// It is left out of everything.
    Skipped,
    /// It is decided.
    Decided(Box<Verdict>),
    /// Its values must be looked at.
    Undecided,
}

/// The verdict that a column is not sensitive.
fn nothing(table: &ScanTable, column: &ScanColumn, values: u64) -> Verdict {
    Verdict {
        table: table.oid,
        column: column.number,
        sensitive: false,
        rule: None,
        found_by: "none".to_owned(),
        reason: if values == 0 { "no values were looked at" } else { "nothing was found" }.to_owned(),
        confidence: 1.0,
        values,
        matched: 0,
    }
}

/// The rules of one scan.
#[derive(Debug)]
pub struct Scanner {
    meta: MetaDictionary,
    /// The sensitive dictionaries of earlier scans.
    sensitive: Dictionary,
    examiner: Examiner,
    salt: String,
}

impl Scanner {
    /// A scanner. `salt` goes into the hashes of the rules that it writes.
    pub fn new(meta: MetaDictionary, sensitive: Dictionary, salt: &str) -> Scanner {
        let examiner = Examiner::new(meta.detectors());
        Scanner { meta, sensitive, examiner, salt: salt.to_owned() }
    }

    /// The meta-dictionary.
    pub fn meta(&self) -> &MetaDictionary {
        &self.meta
    }

    /// A column of which nothing has been looked at.
    pub fn start(&self, table: &ScanTable, column: &ScanColumn) -> ColumnScan {
        ColumnScan::new(&table.name, column, self.meta.functions(column).count())
    }

    /// Looks at a value.
    pub fn add(&self, scan: &mut ColumnScan, value: &str) {
        scan.add(value, &self.meta.matcher, &self.examiner);
    }

    /// What is known of a column without its values, in the order of pg_anon 1.x: the rules left out, the prepared sensitive
    /// dictionary, its excluded tables, names, the prepared non-sensitive dictionary, types. `ancestors` are the partitioned tables above
    /// the table, the nearest first: what a dictionary says of them holds for their partitions.
    /// The error is a mask that took too many steps.
    pub fn prepare(
        &self,
        table: &ScanTable,
        ancestors: &[&ScanTable],
        column: &ScanColumn,
    ) -> Result<Prepared, MaskError> {
        if !self.meta.includes(&table.schema, &table.name, &column.name)? {
            return Ok(Prepared::Skipped);
        }
        let verdict = |sensitive: bool, rule: Option<String>, found_by: &str, reason: String| {
            Ok(Prepared::Decided(Box::new(Verdict {
                table: table.oid,
                column: column.number,
                sensitive,
                rule,
                found_by: found_by.to_owned(),
                reason,
                confidence: 1.0,
                values: 0,
                matched: 0,
            })))
        };
        if column.generated {
            return verdict(false, None, "generated", "its values come from other columns".to_owned());
        }
        for relation in std::iter::once(&table).chain(ancestors) {
            if let Some(rule) = self.sensitive.find(&relation.schema, &relation.name)? {
                if let Some(text) = rule.fields.get(&column.name) {
                    let reason = format!("the prepared dictionary has a rule: {}", rule.pattern);
                    return verdict(true, Some(text.clone()), "prepared", reason);
                }
                break;
            }
            if self.sensitive.excludes(&relation.schema, &relation.name)? {
                return verdict(false, None, "excluded", "dictionary_exclude names the table".to_owned());
            }
        }
        let by_name =
            |found_by: &str, reason: String| verdict(true, Some(self.rule(None, column, None)), found_by, reason);
        if self.meta.is_field_constant(&column.name) {
            return by_name("field_constant", "field, constants has the name of the column".to_owned());
        }
        if let Some(pattern) = self.meta.field_rule(&column.name) {
            return by_name("field_rule", format!("field, rules: {pattern:?} matches the name of the column"));
        }
        for relation in std::iter::once(&table).chain(ancestors) {
            if self.meta.is_not_sensitive(&relation.schema, &relation.name, &column.name) {
                return verdict(false, None, "no_sens_dictionary", "no_sens_dictionary names the column".to_owned());
            }
        }
        if !self.meta.looks_at_type(column) {
            return verdict(false, None, "type", format!("sens_pg_types has no {}", column.type_name));
        }
        Ok(Prepared::Undecided)
    }

    /// What the values of a column have shown.
    fn judge(&self, table: &ScanTable, column: &ScanColumn, scan: &ColumnScan) -> Verdict {
        let mut verdict = nothing(table, column, scan.values);
        let mut sensitive = |found_by: &str, reason: String, matched: u64, rule: String| {
            verdict.sensitive = true;
            verdict.rule = Some(rule);
            verdict.found_by = found_by.to_owned();
            verdict.reason = reason;
            verdict.matched = matched;
        };
        let own_rule = || self.rule(None, column, None);
        // Several parts of a table may have so many hits together as none has alone.
        let needed = |function: &DataFunction| if function.per_field { 1 } else { function.hits };
        let function = self.meta.functions(column).zip(&scan.function_hits).position(|(f, hits)| *hits >= needed(f));
        match function.map(Hit::Function).or(scan.hit) {
            Some(Hit::Function(number)) => {
                if let Some(function) = self.meta.functions(column).nth(number) {
                    let hits = scan.function_hits.get(number).copied().unwrap_or_default();
                    let rule = template::rule(&function.rule, &column.name);
                    sensitive("data_func", format!("data_func: {} says so", function.name), hits, rule);
                }
            }
            // A constant is not named: that it is in the column would tell a value.
            Some(Hit::Match(Match::Constant(number))) => {
                sensitive("constant", format!("data_const, constants: number {}", number + 1), 1, own_rule());
            }
            Some(Hit::Match(Match::PartialConstant(number))) => {
                let reason = format!("data_const, partial_constants: number {}", number + 1);
                sensitive("partial_constant", reason, 1, own_rule());
            }
            Some(Hit::Match(Match::Regex(number))) => {
                sensitive("regex", format!("data_regex, rules: number {}", number + 1), 1, own_rule());
            }
            None => {
                if let Some(finding) = scan.finding(self.examiner.enabled()) {
                    let places = scan.places(self.examiner.enabled());
                    verdict = self.of_finding(verdict, column, finding, places.as_deref());
                }
            }
        }
        verdict
    }

    /// The verdict on every column that is not left out, in the order of the tables. `scans` has what their values have shown, by table
    /// and number of the column; a column without an entry is judged by its name. What the partitions of one table have
    /// shown counts together, for all of them and for the table.
    /// The error is a mask that took too many steps.
    pub fn verdicts(
        &self,
        tables: &[ScanTable],
        scans: &HashMap<(u32, i16), ColumnScan>,
    ) -> Result<Vec<Verdict>, MaskError> {
        let tables = &*self.with_groups(tables);
        let by_oid: HashMap<u32, &ScanTable> = tables.iter().map(|table| (table.oid, table)).collect();
        let mut merged: HashMap<(u32, &str), ColumnScan> = HashMap::new();
        for table in tables {
            for column in &table.columns {
                let Some(scan) = scans.get(&(table.oid, column.number)) else { continue };
                let key = (table.root(), column.name.as_str());
                merged.entry(key).and_modify(|all| all.merge(scan)).or_insert_with(|| scan.clone());
            }
        }
        // What a name says without values, by all that it depends on: databases repeat the names of columns.
        let mut by_name: HashMap<(bool, &str, TypeFamily), Option<Finding>> = HashMap::new();
        let mut verdicts = Vec::new();
        for table in tables {
            let of_persons = names::is_of_persons(&table.name);
            let ancestors: Vec<&ScanTable> =
                table.ancestors.iter().filter_map(|oid| by_oid.get(oid).copied()).collect();
            for column in &table.columns {
                match self.prepare(table, &ancestors, column)? {
                    Prepared::Skipped => {}
                    Prepared::Decided(verdict) => verdicts.push(*verdict),
                    Prepared::Undecided => verdicts.push(match merged.get(&(table.root(), column.name.as_str())) {
                        Some(scan) => self.judge(table, column, scan),
                        None => {
                            let finding = by_name
                                .entry((of_persons, &column.name, column.family()))
                                .or_insert_with(|| self.start(table, column).finding(self.examiner.enabled()));
                            let verdict = nothing(table, column, 0);
                            match finding {
                                Some(finding) => self.of_finding(verdict, column, finding.clone(), None),
                                None => verdict,
                            }
                        }
                    }),
                }
            }
        }
        self.follow_foreign_keys(tables, &mut verdicts);
        Ok(verdicts)
    }

    /// The tables with the groups of the prepared dictionary (`consistent`) as if its columns referred to the first of each: what
    /// one of them is the others are, and their rules are functions of the value.
    fn with_groups<'t>(&self, tables: &'t [ScanTable]) -> Cow<'t, [ScanTable]> {
        if self.sensitive.consistent().is_empty() {
            return Cow::Borrowed(tables);
        }
        let mut tables = tables.to_vec();
        for group in self.sensitive.consistent() {
            let mut first = None;
            for name in group {
                let named = |table: &ScanTable| table.schema == name.schema && table.name == name.table;
                let oid = tables.iter().find(|table| named(table)).map(|table| table.oid);
                for table in tables
                    .iter_mut()
                    .filter(|table| oid.is_some_and(|oid| table.oid == oid || table.ancestors.contains(&oid)))
                {
                    let oid = table.oid;
                    let Some(column) = table.columns.iter_mut().find(|column| column.name == name.column) else {
                        continue;
                    };
                    column.referenced = true;
                    column.refers_to.push(*first.get_or_insert(ForeignKey { table: oid, column: column.number }));
                }
            }
        }
        Cow::Owned(tables)
    }

    fn of_finding(&self, verdict: Verdict, column: &ScanColumn, finding: Finding, places: Option<&[Place]>) -> Verdict {
        Verdict {
            sensitive: true,
            rule: Some(self.rule(Some(finding.detector), column, places)),
            found_by: finding.detector.name().to_owned(),
            reason: finding.reason,
            confidence: finding.confidence,
            matched: finding.matched,
            ..verdict
        }
    }

    /// The rule for a column: of the detectors' rules, of `funcs` by its type, or what fits it. `places` are the paths of a document.
    fn rule(&self, detector: Option<Detector>, column: &ScanColumn, places: Option<&[Place]>) -> String {
        let given = detector.and_then(|detector| self.meta.detector_template(detector, column));
        match given.or_else(|| self.meta.template(column)) {
            Some(given) => template::rule(given, &column.name),
            None => recommend::rule(detector, column, places, &self.salt),
        }
    }

    /// Brings columns of foreign keys together: what refers to a sensitive column is sensitive and gets its rule, and what a sensitive
    /// column refers to is sensitive too. Columns that the user's dictionaries decide stay as they are.
    fn follow_foreign_keys(&self, tables: &[ScanTable], verdicts: &mut [Verdict]) {
        let mut columns: HashMap<ForeignKey, (&ScanTable, &ScanColumn)> = HashMap::new();
        for table in tables {
            for column in table.columns.iter().filter(|column| column.must_stay_equal()) {
                columns.insert(ForeignKey { table: table.oid, column: column.number }, (table, column));
            }
        }
        if columns.is_empty() {
            return;
        }
        let places: HashMap<ForeignKey, usize> = verdicts
            .iter()
            .enumerate()
            .map(|(i, verdict)| (ForeignKey { table: verdict.table, column: verdict.column }, i))
            .collect();
        let mut edges: Vec<(usize, usize)> = columns
            .iter()
            .flat_map(|(from, (_, column))| column.refers_to.iter().map(move |to| (*from, *to)))
            .filter(|(from, to)| from != to)
            .filter_map(|(from, to)| Some((*places.get(&from)?, *places.get(&to)?)))
            .collect();
        // Where two columns would give a third one different rules, it is always the same that wins.
        edges.sort_unstable();
        let is_users = |verdict: &Verdict| {
            matches!(verdict.found_by.as_str(), "prepared" | "no_sens_dictionary" | "excluded" | "generated")
        };
        // A chain is as long as there are columns, at the most; each turn follows all edges once.
        for _ in 0..=edges.len().min(64) {
            let mut changed = false;
            for &(from, to) in &edges {
                let (Some(source), Some(target)) = (verdicts.get(from).cloned(), verdicts.get(to).cloned()) else {
                    continue;
                };
                let key = |verdict: &Verdict| ForeignKey { table: verdict.table, column: verdict.column };
                let (Some((source_table, source_column)), Some((target_table, target_column))) =
                    (columns.get(&key(&source)), columns.get(&key(&target)))
                else {
                    continue;
                };
                if target.sensitive && !is_users(&source) {
                    let rule = target
                        .rule
                        .as_deref()
                        .map(|rule| template::rename(rule, &target_column.name, &source_column.name));
                    if (!source.sensitive || source.rule != rule)
                        && let Some(verdict) = verdicts.get_mut(from)
                    {
                        let place = format!("{}.{}", target_table.sql_name, template::identifier(&target_column.name));
                        if !source.sensitive {
                            verdict.found_by = "foreign_key".to_owned();
                            verdict.reason = format!("it refers to {place}, which is sensitive");
                            verdict.confidence = target.confidence;
                        }
                        verdict.sensitive = true;
                        verdict.rule = rule;
                        changed = true;
                    }
                } else if source.sensitive
                    && !target.sensitive
                    && !is_users(&target)
                    && let Some(verdict) = verdicts.get_mut(to)
                {
                    let place = format!("{}.{}", source_table.sql_name, template::identifier(&source_column.name));
                    verdict.sensitive = true;
                    verdict.found_by = "foreign_key".to_owned();
                    verdict.reason = format!("{place} refers to it and is sensitive");
                    verdict.confidence = source.confidence;
                    verdict.rule = source
                        .rule
                        .as_deref()
                        .map(|rule| template::rename(rule, &source_column.name, &target_column.name));
                    changed = true;
                }
            }
            if !changed {
                return;
            }
        }
    }
}
