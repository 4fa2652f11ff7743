//! Meta-dictionaries: how a scan decides what is sensitive, and which rules it writes.

use std::collections::{BTreeSet, HashMap, HashSet};

use indexmap::IndexMap;
use serde_json::{Map, Value};

use super::matcher::{Matcher, Pattern};
use super::target::ScanColumn;
use super::type_name::{normalise, without_modifier};
use crate::detect::{Detector, Set};
use crate::dictionary::{
    DictionaryError, MaskCache, MaskError, NameMask, PatternIndex, Place, TablePattern, entries, kind, object,
    read_pattern, sections, text,
};

/// The sections of a meta-dictionary.
const SECTIONS: [&str; 11] = [
    "field",
    "skip_rules",
    "include_rules",
    "data_regex",
    "data_const",
    "data_func",
    "data_sql_condition",
    "sens_pg_types",
    "funcs",
    "no_sens_dictionary",
    "detectors",
];

/// An entry of `skip_rules` or `include_rules`: columns of tables.
#[derive(Debug, Clone, PartialEq)]
pub struct FieldList {
    schema: Option<String>,
    schema_mask: Option<NameMask>,
    table: Option<String>,
    table_mask: Option<NameMask>,
    /// Exact names; nothing: all columns.
    fields: Option<Vec<String>>,
}

impl FieldList {
    /// Whether it is about the column. An exact name goes before a mask.
    fn matches(&self, schema: &str, table: &str, column: &str) -> Result<bool, MaskError> {
        let matches = |exact: &Option<String>, mask: &Option<NameMask>, name: &str, absent: bool| match (exact, mask) {
            (Some(exact), _) => Ok(exact == name),
            (None, Some(mask)) => mask.matches(name),
            (None, None) => Ok(absent),
        };
        Ok(matches(&self.schema, &self.schema_mask, schema, false)?
            && matches(&self.table, &self.table_mask, table, true)?
            && self.fields.as_ref().is_none_or(|fields| fields.iter().any(|field| field == column)))
    }
}

/// A function of the database that looks at values or at a column.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DataFunction {
    /// Its name, as the dictionary writes it.
    pub name: String,
    /// It looks at the column once, and not at its values.
    pub per_field: bool,
    /// The rule of a column that it finds; a template.
    pub rule: String,
    /// So many values make the column sensitive.
    pub hits: u64,
}

/// The meta-dictionaries of one scan, merged.
#[derive(Debug, Clone, Default)]
pub struct MetaDictionary {
    field_rules: Vec<Pattern>,
    field_constants: HashSet<String>,
    skip: Vec<FieldList>,
    include: Vec<FieldList>,
    /// Constants, partial constants and regular expressions over values.
    pub(super) matcher: Matcher,
    data_func: HashMap<String, Vec<DataFunction>>,
    conditions: Vec<(TablePattern, String)>,
    condition_index: PatternIndex,
    /// None: all types are looked at.
    types: Option<BTreeSet<String>>,
    funcs: IndexMap<String, String>,
    no_sens: HashMap<(String, String), HashSet<String>>,
    /// The detectors that are on.
    detectors: Set,
    /// The rules that the dictionary gives for detectors.
    detector_rules: HashMap<Detector, IndexMap<String, String>>,
    /// The sections as they were merged, in the syntax of a file.
    value: Map<String, Value>,
}

impl MetaDictionary {
    /// Checks and merges files in their order; with none, the built-in detectors decide alone. The names are for messages.
    ///
    /// Lists are joined. `data_func` and `funcs` are joined type by type, and a later file replaces the type. `sens_pg_types` are joined;
    /// without the section, all types are looked at. The built-in detectors are on when a file has the section `detectors`, or
    /// when no file has rules of its own (`field`, `data_regex`, `data_const`, `data_func`).
    pub fn merge<'a>(files: impl IntoIterator<Item = (&'a str, &'a Value)>) -> Result<MetaDictionary, DictionaryError> {
        let mut meta = MetaDictionary::default();
        let mut masks = MaskCache::default();
        let mut constants = Vec::new();
        let mut partial_constants = Vec::new();
        let mut data_patterns = Vec::new();
        let mut detectors: Option<Set> = None;
        for (file, value) in files {
            let Some(sections) = sections(file, value, &SECTIONS)? else { continue };
            let reader = Reader { file };
            meta.remember(sections);
            if let Some(field) = reader.map(sections, "field", &["rules", "constants"])? {
                for pattern in reader.strings(field, "field", "rules")? {
                    meta.field_rules.push(reader.pattern("field, rules", pattern, false)?);
                }
                meta.field_constants.extend(reader.strings(field, "field", "constants")?.map(str::to_owned));
            }
            for (section, into) in [("skip_rules", &mut meta.skip), ("include_rules", &mut meta.include)] {
                for (place, entry) in entries(file, sections, section)? {
                    into.push(read_fields(&place, entry, &mut masks)?);
                }
            }
            if let Some(regex) = reader.map(sections, "data_regex", &["rules"])? {
                for pattern in reader.strings(regex, "data_regex", "rules")? {
                    data_patterns.push(reader.pattern("data_regex, rules", pattern, true)?);
                }
            }
            if let Some(consts) = reader.map(sections, "data_const", &["constants", "partial_constants"])? {
                constants.extend(reader.strings(consts, "data_const", "constants")?.map(str::to_owned));
                partial_constants.extend(reader.strings(consts, "data_const", "partial_constants")?.map(str::to_owned));
            }
            if let Some(Value::Object(types)) =
                reader.section(sections, "data_func", "a dictionary of types", Value::is_object)?
            {
                for (type_name, rules) in types {
                    meta.data_func.insert(normalise(type_name), reader.functions(type_name, rules)?);
                }
            }
            for (place, entry) in entries(file, sections, "data_sql_condition")? {
                meta.conditions.push(read_condition(&place, entry, &mut masks)?);
            }
            if let Some(Value::Array(types)) =
                reader.section(sections, "sens_pg_types", "a list of types", Value::is_array)?
            {
                let known = meta.types.get_or_insert_default();
                for name in types {
                    let Value::String(name) = name else {
                        return Err(reader.error("sens_pg_types", format!("a type is a string, not {}", kind(name))));
                    };
                    known.insert(normalise(name));
                }
            }
            if let Some(Value::Object(funcs)) =
                reader.section(sections, "funcs", "a dictionary of types", Value::is_object)?
            {
                for (type_name, template) in funcs {
                    let template = reader.template("funcs", type_name, template)?;
                    let type_name = if type_name == "default" { type_name.clone() } else { normalise(type_name) };
                    meta.funcs.insert(type_name, template);
                }
            }
            meta.add_no_sens(file, sections)?;
            if let Some(section) = sections.get("detectors") {
                detectors = Some(meta.read_detectors(&reader, section, detectors)?);
            }
        }
        let has_rules = !meta.field_rules.is_empty()
            || !meta.field_constants.is_empty()
            || !data_patterns.is_empty()
            || !constants.is_empty()
            || !partial_constants.is_empty()
            || !meta.data_func.is_empty();
        meta.detectors = detectors.unwrap_or(if has_rules { Set::EMPTY } else { Set::all() });
        meta.matcher = Matcher::new(&constants, &partial_constants, data_patterns)
            .map_err(|message| DictionaryError { file: "meta-dictionary".to_owned(), place: None, message })?;
        meta.condition_index = PatternIndex::new(meta.conditions.iter().map(|(pattern, _)| pattern));
        Ok(meta)
    }

    /// The merged dictionaries in the syntax of a file. Merging this value alone gives the same.
    pub fn to_value(&self) -> Value {
        Value::Object(self.value.clone())
    }

    /// Joins the sections of a file to those of the files before.
    fn remember(&mut self, sections: &Map<String, Value>) {
        for (name, section) in sections.iter().filter(|(name, _)| SECTIONS.contains(&name.as_str())) {
            match (self.value.get_mut(name), section) {
                (Some(Value::Array(known)), Value::Array(more)) => known.extend(more.iter().cloned()),
                (Some(Value::Object(known)), Value::Object(more)) => {
                    for (key, value) in more {
                        match (known.get_mut(key), value) {
                            // Lists of rules are joined; a type's functions are replaced.
                            (Some(Value::Array(known)), Value::Array(more)) if name != "data_func" => {
                                known.extend(more.iter().cloned());
                            }
                            _ => {
                                known.insert(key.clone(), value.clone());
                            }
                        }
                    }
                }
                _ => {
                    self.value.insert(name.clone(), section.clone());
                }
            }
        }
    }

    fn add_no_sens(&mut self, file: &str, sections: &Map<String, Value>) -> Result<(), DictionaryError> {
        for (place, entry) in entries(file, sections, "no_sens_dictionary")? {
            let map = object(&place, entry, &["schema", "table", "fields"])?;
            let name = |key: &str| text(&place, map, key)?.ok_or_else(|| place.error(format!("{key} is missing")));
            let (schema, table) = (name("schema")?.to_owned(), name("table")?.to_owned());
            let fields = field_names(&place, map)?.ok_or_else(|| place.error("fields is missing"))?;
            self.no_sens.entry((schema, table)).or_default().extend(fields);
        }
        Ok(())
    }

    /// `true`, `false`, or a dictionary: `use` (names, all without it), `skip` (names), `rules` (detector -> template, or types and templates).
    fn read_detectors(
        &mut self,
        reader: &Reader,
        section: &Value,
        before: Option<Set>,
    ) -> Result<Set, DictionaryError> {
        let place = "detectors";
        let map = match section {
            Value::Bool(true) => return Ok(Set::all()),
            Value::Bool(false) => return Ok(Set::EMPTY),
            Value::Object(map) => map,
            other => {
                return Err(
                    reader.error(place, format!("a dictionary, True or False is expected, not {}", kind(other)))
                );
            }
        };
        reader.check_keys(place, map, &["use", "skip", "rules"])?;
        let named = |key: &str| -> Result<Set, DictionaryError> {
            let mut set = Set::EMPTY;
            for name in reader.strings(map, place, key)? {
                match name {
                    "all" | "*" => set = Set::all(),
                    name => set.insert(reader.detector(name)?),
                }
            }
            Ok(set)
        };
        let mut on = if map.contains_key("use") { named("use")? } else { Set::all() };
        if let Some(before) = before {
            on = on.or(before);
        }
        for detector in named("skip")?.iter() {
            on.remove(detector);
        }
        match map.get("rules") {
            None => {}
            Some(Value::Object(rules)) => {
                for (name, rule) in rules {
                    let detector = reader.detector(name)?;
                    let templates = self.detector_rules.entry(detector).or_default();
                    match rule {
                        Value::Object(types) => {
                            for (type_name, template) in types {
                                let template = reader.template(place, type_name, template)?;
                                let is_default = type_name == "default";
                                templates.insert(
                                    if is_default { type_name.clone() } else { normalise(type_name) },
                                    template,
                                );
                            }
                        }
                        template => {
                            templates.insert("default".to_owned(), reader.template(place, name, template)?);
                        }
                    }
                }
            }
            Some(other) => {
                return Err(
                    reader.error(place, format!("rules must be a dictionary of detectors, not {}", kind(other)))
                );
            }
        }
        Ok(on)
    }

    /// Whether `include_rules` and `skip_rules` leave the column in.
    pub fn includes(&self, schema: &str, table: &str, column: &str) -> Result<bool, MaskError> {
        let any = |lists: &[FieldList]| {
            lists.iter().try_fold(false, |found, list| Ok(found || list.matches(schema, table, column)?))
        };
        Ok((self.include.is_empty() || any(&self.include)?) && !any(&self.skip)?)
    }

    /// Whether `field.constants` names the column.
    pub fn is_field_constant(&self, column: &str) -> bool {
        self.field_constants.contains(column)
    }

    /// The first of `field.rules` that matches the name of the column.
    pub fn field_rule(&self, column: &str) -> Option<&str> {
        self.field_rules.iter().find(|pattern| pattern.is_match(column)).map(Pattern::as_str)
    }

    /// Whether `no_sens_dictionary` names the column.
    pub fn is_not_sensitive(&self, schema: &str, table: &str, column: &str) -> bool {
        if self.no_sens.is_empty() {
            return false;
        }
        // The key is owned, and so must be what is looked up.
        let key = (schema.to_owned(), table.to_owned());
        self.no_sens.get(&key).is_some_and(|fields| fields.contains(column))
    }

    /// Whether `sens_pg_types` leaves the values of a type in. A type stands also for arrays of it and domains over it.
    pub fn looks_at_type(&self, column: &ScanColumn) -> bool {
        let Some(types) = &self.types else { return true };
        column.type_names().iter().any(|name| {
            let name = normalise(name);
            let plain = without_modifier(&name);
            let element = plain.strip_suffix("[]").unwrap_or(&plain);
            types.contains(&name) || types.contains(&plain) || types.contains(element)
        })
    }

    /// The functions that look at values of a column: those of its exact type, else of the type without its modifier; and those of
    /// `anyelement`.
    pub fn functions(&self, column: &ScanColumn) -> impl Iterator<Item = &DataFunction> {
        let own = column
            .type_names()
            .into_iter()
            .map(normalise)
            .find_map(|name| self.data_func.get(&name).or_else(|| self.data_func.get(&without_modifier(&name))));
        own.into_iter().chain(self.data_func.get("anyelement")).flatten()
    }

    /// The condition for the rows of a table, by the order of rules of the other dictionaries.
    pub fn condition(&self, schema: &str, table: &str) -> Result<Option<&str>, MaskError> {
        let get = |position: usize| self.conditions.get(position).map(|(pattern, _)| pattern);
        let found = self.condition_index.find(schema, table, get)?;
        Ok(found.and_then(|position| self.conditions.get(position)).map(|(_, condition)| condition.as_str()))
    }

    /// The template of `funcs` for a column: of its exact type, of the type without its modifier, or the default.
    pub fn template(&self, column: &ScanColumn) -> Option<&str> {
        by_type(&self.funcs, column)
    }

    /// The template that the section `detectors` gives for a finding in a column.
    pub fn detector_template(&self, detector: Detector, column: &ScanColumn) -> Option<&str> {
        by_type(self.detector_rules.get(&detector)?, column)
    }

    /// Whether a scan runs SQL of the dictionary: functions or conditions.
    pub fn runs_sql(&self) -> bool {
        !self.data_func.is_empty() || !self.conditions.is_empty()
    }

    /// The detectors that are on.
    pub fn detectors(&self) -> Set {
        self.detectors
    }
}

fn by_type<'a>(templates: &'a IndexMap<String, String>, column: &ScanColumn) -> Option<&'a str> {
    let find = |name: &str| templates.get(name).map(String::as_str);
    let mut names = column.type_names().into_iter().map(normalise);
    names.find_map(|name| find(&name).or_else(|| find(&without_modifier(&name)))).or_else(|| find("default"))
}

fn field_names(place: &Place<'_>, map: &Map<String, Value>) -> Result<Option<Vec<String>>, DictionaryError> {
    match map.get("fields") {
        None | Some(Value::Null) => Ok(None),
        Some(Value::Array(names)) => names
            .iter()
            .map(|name| match name {
                Value::String(name) => Ok(name.clone()),
                other => Err(place.error(format!("fields are names of columns, not {}", kind(other)))),
            })
            .collect::<Result<_, _>>()
            .map(Some),
        Some(other) => Err(place.error(format!("fields must be a list of columns, not {}", kind(other)))),
    }
}

fn read_fields(place: &Place<'_>, entry: &Value, masks: &mut MaskCache) -> Result<FieldList, DictionaryError> {
    let map = object(place, entry, &["schema", "schema_mask", "table", "table_mask", "fields"])?;
    let fields = field_names(place, map)?;
    // A table is optional here, unlike everywhere else.
    let any_table = !map.contains_key("table") && !map.contains_key("table_mask");
    let mut map = map.clone();
    if any_table {
        map.insert("table_mask".to_owned(), Value::from("*"));
    }
    let TablePattern { schema, schema_mask, table, table_mask } = read_pattern(place, &map, masks)?;
    Ok(FieldList { schema, schema_mask, table, table_mask, fields })
}

fn read_condition(
    place: &Place<'_>,
    entry: &Value,
    masks: &mut MaskCache,
) -> Result<(TablePattern, String), DictionaryError> {
    let map = object(place, entry, &["schema", "schema_mask", "table", "table_mask", "sql_condition"])?;
    let pattern = read_pattern(place, map, masks)?;
    let condition = text(place, map, "sql_condition")?.unwrap_or_default();
    let condition = crate::dictionary::strip_where(condition);
    if condition.trim().is_empty() {
        return Err(place.error("sql_condition is missing"));
    }
    Ok((pattern, condition.to_owned()))
}

/// Reads the sections that are no lists of entries.
struct Reader<'a> {
    file: &'a str,
}

impl Reader<'_> {
    fn error(&self, place: &str, message: impl Into<String>) -> DictionaryError {
        DictionaryError { file: self.file.to_owned(), place: Some(place.to_owned()), message: message.into() }
    }

    fn section<'v>(
        &self,
        sections: &'v Map<String, Value>,
        name: &str,
        expected: &str,
        is_expected: impl Fn(&Value) -> bool,
    ) -> Result<Option<&'v Value>, DictionaryError> {
        match sections.get(name) {
            None | Some(Value::Null) => Ok(None),
            Some(value) if is_expected(value) => Ok(Some(value)),
            Some(other) => Err(self.error(name, format!("{expected} is expected, not {}", kind(other)))),
        }
    }

    fn map<'v>(
        &self,
        sections: &'v Map<String, Value>,
        name: &str,
        keys: &[&str],
    ) -> Result<Option<&'v Map<String, Value>>, DictionaryError> {
        let Some(Value::Object(map)) = self.section(sections, name, "a dictionary", Value::is_object)? else {
            return Ok(None);
        };
        self.check_keys(name, map, keys)?;
        Ok(Some(map))
    }

    fn check_keys(&self, place: &str, map: &Map<String, Value>, known: &[&str]) -> Result<(), DictionaryError> {
        match map.keys().find(|key| !known.contains(&key.as_str())) {
            None => Ok(()),
            Some(key) => Err(self.error(place, format!("unknown key {key:?}; known are {}", known.join(", ")))),
        }
    }

    fn strings<'v>(
        &self,
        map: &'v Map<String, Value>,
        place: &str,
        key: &str,
    ) -> Result<impl Iterator<Item = &'v str>, DictionaryError> {
        let items: &[Value] = match map.get(key) {
            None | Some(Value::Null) => &[],
            Some(Value::Array(items)) => items,
            Some(other) => return Err(self.error(place, format!("{key} must be a list, not {}", kind(other)))),
        };
        if let Some(other) = items.iter().find(|item| !item.is_string()) {
            return Err(self.error(place, format!("{key} has {} among its strings", kind(other))));
        }
        Ok(items.iter().filter_map(Value::as_str))
    }

    fn pattern(&self, place: &str, pattern: &str, over_values: bool) -> Result<Pattern, DictionaryError> {
        Pattern::new(pattern, over_values).map_err(|message| self.error(place, format!("{pattern:?} {message}")))
    }

    fn detector(&self, name: &str) -> Result<Detector, DictionaryError> {
        Detector::by_name(name).ok_or_else(|| {
            let near = crate::dictionary::nearest(name, Detector::ALL.iter().map(|detector| detector.name()));
            let near = near.map_or(String::new(), |near| format!(" (did you mean {near:?}?)"));
            self.error("detectors", format!("there is no detector {name:?}{near}"))
        })
    }

    fn template(&self, place: &str, key: &str, template: &Value) -> Result<String, DictionaryError> {
        match template {
            Value::String(template) if !template.trim().is_empty() && !template.contains('\0') => Ok(template.clone()),
            other => Err(self.error(place, format!("{key}: a rule is expected, not {}", kind(other)))),
        }
    }

    fn functions(&self, type_name: &str, rules: &Value) -> Result<Vec<DataFunction>, DictionaryError> {
        let place = format!("data_func, {type_name}");
        let Value::Array(rules) = rules else {
            return Err(self.error(&place, format!("a list is expected, not {}", kind(rules))));
        };
        let mut functions = Vec::with_capacity(rules.len());
        for (number, rule) in (1..).zip(rules) {
            let place = format!("{place}, rule {number}");
            let Value::Object(rule) = rule else {
                return Err(self.error(&place, format!("a dictionary is expected, not {}", kind(rule))));
            };
            self.check_keys(&place, rule, &["scan_func", "scan_func_per_field", "anon_func", "n_count"])?;
            let name = |key: &str| match rule.get(key) {
                None | Some(Value::Null) => Ok(None),
                Some(Value::String(name)) if !name.trim().is_empty() => Ok(Some(name.trim().to_owned())),
                Some(other) => Err(self.error(&place, format!("{key} must be a name, not {}", kind(other)))),
            };
            let (name, per_field) = match (name("scan_func")?, name("scan_func_per_field")?) {
                (Some(name), None) => (name, false),
                (None, Some(name)) => (name, true),
                _ => return Err(self.error(&place, "either scan_func or scan_func_per_field is expected")),
            };
            let hits = match rule.get("n_count") {
                None | Some(Value::Null) => 1,
                Some(count) => count
                    .as_u64()
                    .filter(|count| *count > 0)
                    .ok_or_else(|| self.error(&place, "n_count must be a whole number above 0"))?,
            };
            let rule = rule.get("anon_func").ok_or_else(|| self.error(&place, "anon_func is missing"))?;
            functions.push(DataFunction { name, per_field, rule: self.template(&place, "anon_func", rule)?, hits });
        }
        Ok(functions)
    }
}
