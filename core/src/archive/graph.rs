use std::collections::{HashMap, HashSet};

use super::Entry;

/// Kinds that are part of a relation, and whose tag is the relation's name, a blank and their own.
const PARTS_BY_TAG: [&str; 7] =
    ["CONSTRAINT", "FK CONSTRAINT", "CHECK CONSTRAINT", "TRIGGER", "RULE", "POLICY", "DEFAULT"];

/// Kinds that are part of the one relation that they depend on.
const PARTS: [&str; 3] = ["INDEX", "STATISTICS", "ROW SECURITY"];

/// Whether rows are stored under this entry's name, or seem to be.
pub(super) fn is_table(entry: &Entry) -> bool {
    entry.is("TABLE") || entry.is("FOREIGN TABLE")
}

fn is_relation(entry: &Entry) -> bool {
    is_table(entry) || entry.is("VIEW") || entry.is("MATERIALIZED VIEW")
}

/// Which entry needs which, from the archive's dependencies with these differences:
/// - A sequence that a column owns (`OWNED BY`) can be without its table, on which pg_dump makes it depend. Whether it
///   belongs to a column is for its SEQUENCE OWNED BY entry to say, which needs the table.
/// - A view that is part of a circle is written as an empty one and a rule `_RETURN`: neither can be without the other.
/// - The parts of a table's data depend on nothing; they need their table.
pub(super) struct Graph<'a> {
    entries: &'a [Entry],
    needs: Vec<Vec<usize>>,
    needed_by: Vec<Vec<usize>>,
    /// Tables by the sequences that belong to them, and the other way round.
    owners: HashMap<usize, Vec<usize>>,
    owned: HashMap<usize, Vec<usize>>,
    schemas: HashMap<&'a [u8], usize>,
    /// Partitioned tables by their partitions.
    parents: HashMap<usize, usize>,
    partitioned: HashSet<usize>,
}

impl<'a> Graph<'a> {
    pub(super) fn new(entries: &'a [Entry]) -> Graph<'a> {
        let by_id: HashMap<i32, usize> =
            entries.iter().enumerate().map(|(position, entry)| (entry.dump_id, position)).collect();
        let by_oid: HashMap<u32, usize> = entries
            .iter()
            .enumerate()
            .filter(|(_, entry)| is_table(entry))
            .map(|(position, entry)| (entry.catalog_id.object, position))
            .collect();
        let mut needs: Vec<Vec<usize>> = entries
            .iter()
            .map(|entry| entry.dependencies.iter().filter_map(|id| by_id.get(id).copied()).collect())
            .collect();
        let kind = |position: usize, desc: &str| entries.get(position).is_some_and(|entry| entry.is(desc));

        let mut owners: HashMap<usize, Vec<usize>> = HashMap::new();
        let mut owned: HashMap<usize, Vec<usize>> = HashMap::new();
        let mut parents = HashMap::new();
        for (position, entry) in entries.iter().enumerate() {
            if entry.is("SEQUENCE OWNED BY") {
                let sequences: Vec<usize> =
                    needs.get(position).into_iter().flatten().copied().filter(|&need| kind(need, "SEQUENCE")).collect();
                for sequence in sequences {
                    let Some(list) = needs.get_mut(sequence) else { continue };
                    let is_owner = |need: &usize| entries.get(*need).is_some_and(is_table);
                    let tables: Vec<usize> = list.extract_if(.., |need| is_owner(need)).collect();
                    for &table in &tables {
                        owned.entry(table).or_default().push(sequence);
                    }
                    if let Some(list) = needs.get_mut(position) {
                        list.extend(&tables);
                    }
                    owners.entry(sequence).or_default().extend(tables);
                }
            } else if entry.is("RULE") && entry.tag.as_deref().is_some_and(|tag| tag.ends_with(b" _RETURN")) {
                let view = part_of_by_tag(entries, needs.get(position).into_iter().flatten().copied(), entry);
                if let Some(list) = view.and_then(|view| needs.get_mut(view)) {
                    list.push(position);
                }
            } else if entry.is("TABLE DATA")
                && let Some(&table) = by_oid.get(&entry.catalog_id.object)
                && let Some(list) = needs.get_mut(position)
                && !list.contains(&table)
            {
                list.push(table);
            } else if entry.is("TABLE ATTACH") {
                // It has the name of the partition.
                let is_partition = |table: &usize| {
                    entries.get(*table).is_some_and(|t| (&t.namespace, &t.tag) == (&entry.namespace, &entry.tag))
                };
                let (partitions, parent): (Vec<usize>, Vec<usize>) =
                    needs.get(position).into_iter().flatten().copied().partition(is_partition);
                if let (Some(&partition), Some(&parent)) = (partitions.first(), parent.first()) {
                    parents.insert(partition, parent);
                }
            }
        }
        let mut needed_by = vec![Vec::new(); entries.len()];
        for (position, needs) in needs.iter().enumerate() {
            for &need in needs {
                if let Some(list) = needed_by.get_mut(need) {
                    list.push(position);
                }
            }
        }
        let schemas = entries.iter().enumerate().filter(|(_, entry)| entry.is("SCHEMA"));
        let schemas = schemas.filter_map(|(position, entry)| Some((entry.tag.as_deref()?, position))).collect();
        let partitioned = parents.values().copied().collect();
        Graph { entries, needs, needed_by, owners, owned, schemas, parents, partitioned }
    }

    pub(super) fn entry(&self, position: usize) -> Option<&'a Entry> {
        self.entries.get(position)
    }

    /// The positions of the entries for which `is_meant` says so.
    pub(super) fn positions(&self, is_meant: impl Fn(&Entry) -> bool) -> impl Iterator<Item = usize> {
        self.entries.iter().enumerate().filter(move |(_, entry)| is_meant(entry)).map(|(position, _)| position)
    }

    /// The schema of this name.
    pub(super) fn schema(&self, name: &[u8]) -> Option<usize> {
        self.schemas.get(name).copied()
    }

    /// Whether the table has partitions in the archive.
    pub(super) fn is_partitioned(&self, table: usize) -> bool {
        self.partitioned.contains(&table)
    }

    /// The partitioned tables that a table is a partition of, nearest first.
    pub(super) fn partitioned_parents(&self, table: usize) -> Vec<usize> {
        let mut found = Vec::new();
        let mut at = table;
        // A damaged archive may have a circle.
        while let Some(&parent) = self.parents.get(&at).filter(|parent| !found.contains(*parent)) {
            found.push(parent);
            at = parent;
        }
        found
    }

    /// What an entry cannot be without.
    pub(super) fn needs(&self, position: usize) -> impl Iterator<Item = usize> {
        self.needs.get(position).into_iter().flatten().copied()
    }

    /// What cannot be without an entry.
    pub(super) fn needed_by(&self, position: usize) -> impl Iterator<Item = usize> {
        self.needed_by.get(position).into_iter().flatten().copied()
    }

    /// The table that a sequence belongs to.
    pub(super) fn owner_of_sequence(&self, sequence: usize) -> impl Iterator<Item = usize> {
        self.owners.get(&sequence).into_iter().flatten().copied()
    }

    /// What cannot be without an entry, and the sequences that belong to it.
    pub(super) fn dependents(&self, position: usize) -> Vec<usize> {
        self.needed_by(position).chain(self.owned.get(&position).into_iter().flatten().copied()).collect()
    }

    /// What an entry needs, and a table for its defaults and checks too, also where they have entries of their own.
    pub(super) fn needs_of_table(&self, position: usize) -> Vec<usize> {
        let is_part = |&part: &usize| {
            let is_kind = |entry: &Entry| entry.is("DEFAULT") || entry.is("CHECK CONSTRAINT");
            self.entry(part).is_some_and(is_kind) && self.owner(part) == Some(position)
        };
        let parts = self.needed_by(position).filter(is_part);
        self.needs(position).chain(parts.flat_map(|part| self.needs(part))).collect()
    }

    /// The table or view that an entry is part of.
    pub(super) fn owner(&self, position: usize) -> Option<usize> {
        let entry = self.entry(position)?;
        if PARTS_BY_TAG.iter().any(|kind| entry.is(kind)) {
            part_of_by_tag(self.entries, self.needs(position), entry)
        } else if PARTS.iter().any(|kind| entry.is(kind)) {
            self.needs(position).find(|&need| self.entry(need).is_some_and(is_relation))
        } else {
            None
        }
    }

    /// All that is reached from these positions.
    pub(super) fn closure<N: IntoIterator<Item = usize>>(
        &self,
        first: impl IntoIterator<Item = usize>,
        next: impl Fn(usize) -> N,
    ) -> HashSet<usize> {
        let mut reached: HashSet<usize> = HashSet::new();
        let mut left: Vec<usize> = first.into_iter().collect();
        while let Some(position) = left.pop() {
            if reached.insert(position) {
                left.extend(next(position));
            }
        }
        reached
    }
}

/// The relation among `needs` that has the entry's schema, and whose name its tag begins with. Of several the longest: a
/// blank may be part of a name.
fn part_of_by_tag(entries: &[Entry], needs: impl Iterator<Item = usize>, entry: &Entry) -> Option<usize> {
    let tag = entry.tag.as_deref()?;
    let length = |position: &usize| {
        let relation = entries.get(*position).filter(|relation| is_relation(relation))?;
        let name = relation.tag.as_deref()?;
        let is_owner = relation.namespace == entry.namespace && tag.strip_prefix(name)?.starts_with(b" ");
        is_owner.then_some(name.len())
    };
    needs.filter_map(|position| Some((length(&position)?, position))).max().map(|(_, position)| position)
}
