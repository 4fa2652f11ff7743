//! `--save-dicts`: copies of the dictionaries that a run reads and writes, and `saved_dicts_info.json` with their text.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use clap::ArgMatches;
use serde_json::{Map, Value, json};

use super::options::given;
use super::{create_folder, write_file, write_json};
use crate::error::Error;

/// How many files an option names, and which way they go.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    Inputs,
    Output,
}

/// The keys of `saved_dicts_info.json` in the Python tool's order, each with its option.
const KEYS: [(&str, &str, Kind); 7] = [
    ("meta_dict_files", "meta_dict_file", Kind::Inputs),
    ("output_sens_dict_file", "output_sens_dict_file", Kind::Output),
    ("output_no_sens_dict_file", "output_no_sens_dict_file", Kind::Output),
    ("prepared_sens_dict_files", "prepared_sens_dict_file", Kind::Inputs),
    ("prepared_no_sens_dict_files", "prepared_no_sens_dict_file", Kind::Inputs),
    ("partial_tables_dict_files", "partial_tables_dict_file", Kind::Inputs),
    ("partial_tables_exclude_dict_files", "partial_tables_exclude_dict_file", Kind::Inputs),
];

/// The dictionaries of a run.
pub struct Dictionaries {
    /// Those that it reads, by key.
    inputs: Map<String, Value>,
    /// Those that it writes, which are there at its end: key and file.
    outputs: Vec<(&'static str, PathBuf)>,
}

impl Dictionaries {
    /// Copies the dictionaries that the run reads to `input/`, as they are at its beginning.
    pub fn save(matches: &ArgMatches, folder: &Path) -> Result<Dictionaries, Error> {
        let mut dictionaries = Dictionaries { inputs: Map::new(), outputs: Vec::new() };
        let mut names = BTreeSet::new();
        for (key, option, kind) in KEYS {
            let files: Vec<PathBuf> = given(matches, option).map(PathBuf::from).collect();
            if kind == Kind::Output {
                dictionaries.outputs.extend(files.into_iter().map(|file| (key, file)));
                continue;
            }
            let mut saved = Vec::new();
            for file in &files {
                saved.push(save(file, &folder.join("input"), &mut names)?);
            }
            let value = if files.is_empty() { Value::Null } else { json!(saved) };
            dictionaries.inputs.insert(key.to_owned(), value);
        }
        Ok(dictionaries)
    }

    /// Copies the dictionaries that the run has written to `output/`, and writes `saved_dicts_info.json`.
    pub fn end(&self, folder: &Path) -> Result<(), Error> {
        let mut names = BTreeSet::new();
        let mut info = Map::new();
        for (key, _, kind) in KEYS {
            let value = match kind {
                Kind::Inputs => self.inputs.get(key).cloned().unwrap_or_default(),
                Kind::Output => match self.outputs.iter().find(|(output, _)| *output == key) {
                    Some((_, file)) => save(file, &folder.join("output"), &mut names)?,
                    None => Value::Null,
                },
            };
            info.insert(key.to_owned(), value);
        }
        write_json(folder, "saved_dicts_info.json", &Value::Object(info))
    }
}

/// Copies a file to a folder. Gives its name and text; null when it cannot be read, of which the run itself tells. Of two
/// files with the same name the second one's copy gets a number.
fn save(file: &Path, folder: &Path, names: &mut BTreeSet<String>) -> Result<Value, Error> {
    let Ok(content) = std::fs::read(file) else { return Ok(Value::Null) };
    let name = file.file_name().unwrap_or_default().to_string_lossy().into_owned();
    let mut copy = name.clone();
    let mut number = 1;
    while !names.insert(copy.clone()) {
        number += 1;
        copy = format!("{number}-{name}");
    }
    create_folder(folder)?;
    write_file(folder, &copy, &content)?;
    Ok(json!({"name": name, "content": String::from_utf8_lossy(&content)}))
}
