//! Objects that `metadata.json` names, so that a user's script can mark them as not to be restored.

use std::collections::{BTreeMap, HashMap, HashSet};

use anyhow::Context as _;
use pg_anon_core::archive::Archive;
use pg_anon_core::metadata::{ForeignKey, Index, View};

use crate::connection::{Rows, Session};

/// What of a database's structure `metadata.json` names.
#[derive(Debug, Default)]
pub(super) struct Objects {
    pub(super) views: BTreeMap<String, View>,
    pub(super) indexes: BTreeMap<String, Index>,
    pub(super) foreign_keys: BTreeMap<String, ForeignKey>,
    /// Event triggers whose function is in a schema that is left out: OID and name.
    pub(super) excluded_event_triggers: Vec<(u32, String)>,
}

impl Objects {
    /// Takes out what is not in the archive, which has not all tables. A foreign key that one of its tables has lost stays,
    /// marked. Of a dump of the data alone the keys themselves are not in the archive.
    pub(super) fn keep(&mut self, archive: &Archive, has_structure: bool) {
        let names = |kinds: &[&str]| -> HashSet<(String, String)> {
            let text =
                |bytes: &Option<Vec<u8>>| String::from_utf8_lossy(bytes.as_deref().unwrap_or_default()).into_owned();
            let entries = archive.entries.iter().filter(|entry| kinds.iter().any(|kind| entry.is(kind)));
            entries.map(|entry| (text(&entry.namespace), text(&entry.tag))).collect()
        };
        let has = |names: &HashSet<(String, String)>, schema: &str, name: &str| {
            names.contains(&(schema.to_owned(), name.to_owned()))
        };
        let (views, relations) = (names(&["VIEW", "MATERIALIZED VIEW"]), names(&["TABLE", "MATERIALIZED VIEW"]));
        let foreign_keys = names(&["FK CONSTRAINT"]);
        self.views.retain(|_, view| has(&views, &view.view_schema, &view.view_name));
        self.indexes.retain(|_, index| has(&relations, &index.schema, &index.table));
        self.foreign_keys.retain(|_, key| has(&relations, &key.table_schema_from, &key.table_name_from));
        for key in self.foreign_keys.values_mut() {
            key.is_excluded = match has_structure {
                true => {
                    let name = format!("{} {}", key.table_name_from, key.constraint_name);
                    !has(&foreign_keys, &key.table_schema_from, &name)
                }
                false => !has(&relations, &key.table_schema_to, &key.table_name_to),
            };
        }
    }
}

/// Reads the objects of all schemas but the excluded ones.
pub(super) fn objects(session: &Session, excluded_schemas: &[String]) -> anyhow::Result<Objects> {
    let is_excluded = |schema: &str| excluded_schemas.iter().any(|excluded| excluded == schema);
    let read = |statement: &str, what: &str| -> anyhow::Result<Rows> {
        session.query(statement, &[]).with_context(|| format!("cannot read the {what}"))
    };
    let text = |rows: &Rows, row, column| rows.text(row, column).into_owned();
    let some_text = |rows: &Rows, row, column| rows.get(row, column).map(|_| rows.text(row, column).into_owned());

    let rows = read(include_str!("../../sql/views.sql"), "views")?;
    let views = (0..rows.len()).filter(|row| !is_excluded(&rows.text(*row, 0))).map(|row| View {
        view_schema: text(&rows, row, 0),
        view_name: text(&rows, row, 1),
        view_type: text(&rows, row, 2),
        table_schema: some_text(&rows, row, 3),
        table_name: some_text(&rows, row, 4),
        is_excluded: false,
    });
    let views = keyed(views.collect(), |view| &view.view_name, |view| view.view_schema.clone());

    let rows = read(include_str!("../../sql/indexes.sql"), "indexes")?;
    let indexes = (0..rows.len()).filter(|row| !is_excluded(&rows.text(*row, 0))).map(|row| Index {
        schema: text(&rows, row, 0),
        table: text(&rows, row, 1),
        index_name: text(&rows, row, 2),
        is_excluded: false,
        parent_index_schema: some_text(&rows, row, 3),
        parent_index_name: some_text(&rows, row, 4),
    });
    let indexes = keyed(indexes.collect(), |index| &index.index_name, |index| index.schema.clone());

    let rows = read(include_str!("../../sql/foreign_keys.sql"), "foreign keys")?;
    let mut foreign_keys = Vec::with_capacity(rows.len());
    for row in (0..rows.len()).filter(|row| !is_excluded(&rows.text(*row, 0))) {
        let leaves = |column| -> anyhow::Result<Option<Vec<(String, String)>>> {
            let text = some_text(&rows, row, column);
            text.map(|text| serde_json::from_str(&text).context("the server gave a list that is none")).transpose()
        };
        foreign_keys.push(ForeignKey {
            table_schema_from: text(&rows, row, 0),
            table_name_from: text(&rows, row, 1),
            constraint_name: text(&rows, row, 2),
            table_schema_to: text(&rows, row, 3),
            table_name_to: text(&rows, row, 4),
            is_excluded: false,
            referenced_relkind: text(&rows, row, 5),
            referrer_relkind: text(&rows, row, 6),
            referenced_partition_leaves: leaves(7)?,
            referrer_partition_leaves: leaves(8)?,
        });
    }
    let foreign_keys = keyed(
        foreign_keys,
        |key| &key.constraint_name,
        |key| format!("{}.{}", key.table_schema_from, key.table_name_from),
    );

    let rows = read(include_str!("../../sql/event_triggers.sql"), "event triggers")?;
    let event_triggers = (0..rows.len()).filter(|row| is_excluded(&rows.text(*row, 2)));
    let excluded_event_triggers =
        event_triggers.map(|row| Ok((rows.number(row, 0)?, text(&rows, row, 1)))).collect::<anyhow::Result<_>>()?;
    Ok(Objects { views, indexes, foreign_keys, excluded_event_triggers })
}

/// Values by their bare name, as the Python tool has them; by `place.name` where several have the same name, so that none
/// takes the place of another.
fn keyed<T>(values: Vec<T>, name: impl Fn(&T) -> &String, place: impl Fn(&T) -> String) -> BTreeMap<String, T> {
    let mut uses: HashMap<String, usize> = HashMap::new();
    for value in &values {
        *uses.entry(name(value).clone()).or_default() += 1;
    }
    let (alone, shared): (Vec<T>, Vec<T>) = values.into_iter().partition(|value| uses.get(name(value)) == Some(&1));
    let mut map: BTreeMap<String, T> = alone.into_iter().map(|value| (name(&value).clone(), value)).collect();
    for value in shared {
        let mut key = format!("{}.{}", place(&value), name(&value));
        // A name may itself look like that.
        while map.contains_key(&key) {
            key = format!("{}.{key}", place(&value));
        }
        map.insert(key, value);
    }
    map
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_keys_and_those_that_several_objects_have_tell_their_schema() {
        let view = |schema: &str, name: &str| (schema.to_owned(), name.to_owned());
        let views = vec![view("a", "v"), view("b", "v"), view("a", "w"), view("c", "a.v")];
        let map = keyed(views, |view| &view.1, |view| view.0.clone());
        let keys: Vec<_> = map.iter().map(|(key, (schema, _))| (key.as_str(), schema.as_str())).collect();
        assert_eq!(keys, [("a.a.v", "a"), ("a.v", "c"), ("b.v", "b"), ("w", "a")]);
    }
}
