use std::cmp::Ordering;
use std::collections::{BTreeSet, HashMap, HashSet};

use super::{Archive, ArchiveError, CatalogId, Entry, Section};

/// OID of `pg_class`, the catalog that entries of relations name.
const PG_CLASS: u32 = 1259;

/// A table or sequence that belongs to an extension: it has no entry of its own in an archive, so what its data entry
/// needs must come from elsewhere.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ExtensionMember {
    /// Schema, bare.
    pub schema: Vec<u8>,
    /// Name, bare.
    pub name: Vec<u8>,
    /// Role that owns it, bare. Used by `pg_restore --use-set-session-authorization` only.
    pub owner: Option<Vec<u8>>,
}

/// What [`Archive::add_table_data`] needs to know. Text is in the encoding of the archive.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TableData {
    /// OID of the table.
    pub oid: u32,
    /// The COPY statement as pg_dump writes it: `COPY public.t (a, b) FROM stdin;\n`. For a table without columns, or with
    /// generated ones alone, there are two spaces before `FROM`.
    pub copy_statement: Vec<u8>,
    /// The root of the partitions, qualified and quoted, when [`TableData::copy_statement`] names it in place of the table.
    pub load_root: Option<Vec<u8>>,
    /// In how many data files the rows are; 1 is pg_dump's own way. `pg_restore -j` loads several files of a table at the
    /// same time.
    pub parts: usize,
    /// For a configuration table of an extension: which table it is.
    pub extension_member: Option<ExtensionMember>,
}

/// What [`Archive::add_all_sequence_sets`] needs to know. Text is in the encoding of the archive.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SequenceSet {
    /// OID of the sequence.
    pub oid: u32,
    /// The statement as pg_dump writes it: `SELECT pg_catalog.setval('public.s', 5, true);\n`.
    pub setval_statement: Vec<u8>,
    /// For a sequence that an extension has registered as configuration: which sequence it is.
    pub extension_member: Option<ExtensionMember>,
}

/// The entry of a table or of a sequence.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RelationEntry<'a> {
    /// OID of the relation.
    pub oid: u32,
    /// Number of its entry.
    pub dump_id: i32,
    /// Schema, bare.
    pub schema: &'a [u8],
    /// Name, bare.
    pub name: &'a [u8],
    /// Role that owns it, bare.
    pub owner: Option<&'a [u8]>,
}

impl Archive {
    /// The entries of kind TABLE: ordinary and partitioned tables, but not those of extensions.
    pub fn table_entries(&self) -> impl Iterator<Item = RelationEntry<'_>> {
        self.relation_entries("TABLE")
    }

    /// The entries of kind SEQUENCE.
    pub fn sequence_entries(&self) -> impl Iterator<Item = RelationEntry<'_>> {
        self.relation_entries("SEQUENCE")
    }

    fn relation_entries(&self, kind: &'static str) -> impl Iterator<Item = RelationEntry<'_>> {
        self.entries.iter().filter(move |entry| entry.is(kind)).map(|entry| RelationEntry {
            oid: entry.catalog_id.object,
            dump_id: entry.dump_id,
            schema: entry.namespace.as_deref().unwrap_or_default(),
            name: entry.tag.as_deref().unwrap_or_default(),
            owner: entry.owner.as_deref(),
        })
    }

    /// Adds the TABLE DATA entry of a table, as pg_dump writes it and where it writes it, or one for each part. Gives their
    /// dump ids; the data file of an entry is `<dump id>.dat`, plus the suffix of its compression.
    ///
    /// # Errors
    /// The archive has no TABLE entry for the OID, and [`TableData::extension_member`] is not given; or it has data for the
    /// table already.
    pub fn add_table_data(&mut self, data: TableData) -> Result<Vec<i32>, ArchiveError> {
        Ok(self.add_all_table_data(vec![data])?.pop().unwrap_or_default())
    }

    /// [`Archive::add_table_data`] for many tables at once, going through the archive once. Gives the dump ids of each table
    /// in the order of `tables`. Changes nothing when it fails.
    ///
    /// The parts of a table depend on nothing. An entry that depends on its TABLE makes a parallel pg_restore empty the table
    /// before it loads the data (`restore_toc_entry` in `pg_backup_archiver.c`), and with several such entries the rows of one
    /// part are lost to another. What has to wait for the table's data (indexes, constraints) waits for one TABLE DATA entry:
    /// a last one without a file, which depends on the TABLE and on all parts.
    ///
    /// # Errors
    /// As [`Archive::add_table_data`].
    pub fn add_all_table_data(&mut self, tables: Vec<TableData>) -> Result<Vec<Vec<i32>>, ArchiveError> {
        let mut new = NewData::of(self, "TABLE", "TABLE DATA");
        let mut entries = Vec::with_capacity(tables.len());
        let mut ids = Vec::with_capacity(tables.len());
        for table in tables {
            let relation = new.relation(table.oid, table.extension_member)?;
            let relation = Entry {
                catalog_id: CatalogId { table: 0, object: table.oid },
                definition: table.load_root.map(|root| [b"-- load via partition root ", &root[..]].concat()),
                ..relation
            };
            let parts: Vec<i32> = (0..table.parts.max(1)).map(|_| new.take_id()).collect();
            let is_split = parts.len() > 1;
            for &dump_id in &parts {
                entries.push(Entry {
                    dump_id,
                    had_dumper: true,
                    copy_statement: Some(table.copy_statement.clone()),
                    dependencies: if is_split { Vec::new() } else { relation.dependencies.clone() },
                    file_name: Some(format!("{dump_id}.dat").into_bytes()),
                    ..relation.clone()
                });
            }
            if is_split {
                let dependencies = relation.dependencies.iter().chain(&parts).copied().collect();
                entries.push(Entry { dump_id: new.take_id(), dependencies, ..relation });
            }
            ids.push(parts);
        }
        self.insert_data(entries);
        Ok(ids)
    }

    /// Adds the SEQUENCE SET entry of a sequence, as pg_dump writes it and where it writes it.
    ///
    /// # Errors
    /// The archive has no SEQUENCE entry for the OID, or a value for the sequence already.
    pub fn add_sequence_set(&mut self, oid: u32, setval_statement: impl AsRef<[u8]>) -> Result<(), ArchiveError> {
        let setval_statement = setval_statement.as_ref().to_vec();
        self.add_all_sequence_sets(vec![SequenceSet { oid, setval_statement, extension_member: None }])
    }

    /// [`Archive::add_sequence_set`] for many sequences at once, also those of extensions. Changes nothing when it fails.
    ///
    /// # Errors
    /// As [`Archive::add_sequence_set`].
    pub fn add_all_sequence_sets(&mut self, sequences: Vec<SequenceSet>) -> Result<(), ArchiveError> {
        let mut new = NewData::of(self, "SEQUENCE", "SEQUENCE SET");
        let mut entries = Vec::with_capacity(sequences.len());
        for sequence in sequences {
            let relation = new.relation(sequence.oid, sequence.extension_member)?;
            let dump_id = new.take_id();
            entries.push(Entry { dump_id, definition: Some(sequence.setval_statement), ..relation });
        }
        self.insert_data(entries);
        Ok(())
    }

    /// Puts the data of a referenced table before the data of the tables that reference it, which are made to depend on it,
    /// and leaves the order else as it is. Takes pairs of OIDs: the referencing table, the referenced one.
    ///
    /// Needed where foreign keys exist before the data is loaded: between configuration tables of extensions. All other
    /// foreign keys are made after the data; and in a dump of the data alone. Of a circle of references, one is left unmet:
    /// gives the OIDs of the tables that come before one that they reference.
    pub fn order_table_data(&mut self, references: &[(u32, u32)]) -> Vec<u32> {
        let data = self.entries.iter().filter(|entry| entry.is("TABLE DATA"));
        let oids: Vec<u32> = data.map(|entry| entry.catalog_id.object).collect();
        let present: HashSet<u32> = oids.iter().copied().collect();
        let mut referenced_by: HashMap<u32, Vec<u32>> = HashMap::new();
        let mut waiting: HashMap<u32, usize> = HashMap::new();
        for &(referencing, referenced) in references {
            if referencing != referenced && present.contains(&referencing) && present.contains(&referenced) {
                referenced_by.entry(referencing).or_default().push(referenced);
                *waiting.entry(referenced).or_default() += 1;
            }
        }
        if waiting.is_empty() {
            return Vec::new();
        }
        // As TopoSort in pg_dump_sort.c: from the back, always the last one that nothing left must come after.
        let mut left: Vec<u32> = oids;
        let mut order = Vec::with_capacity(left.len());
        while !left.is_empty() {
            let is_free = |oid: &u32| waiting.get(oid).is_none_or(|&count| count == 0);
            let next = left.iter().rposition(is_free).unwrap_or(left.len() - 1);
            let oid = left.remove(next);
            for referenced in referenced_by.remove(&oid).unwrap_or_default() {
                if let Some(count) = waiting.get_mut(&referenced) {
                    *count = count.saturating_sub(1);
                }
            }
            order.push(oid);
        }
        let rank: HashMap<u32, usize> = order.iter().rev().enumerate().map(|(rank, &oid)| (oid, rank)).collect();
        // A parallel restore goes by dependencies and not by the order.
        let ids: HashMap<u32, Vec<i32>> =
            self.entries.iter().filter(|entry| entry.is("TABLE DATA")).fold(HashMap::new(), |mut ids, entry| {
                ids.entry(entry.catalog_id.object).or_default().push(entry.dump_id);
                ids
            });
        let mut met: HashMap<u32, Vec<u32>> = HashMap::new();
        for (from, to) in references.iter().filter(|(from, to)| rank.get(to) < rank.get(from)) {
            met.entry(*from).or_default().push(*to);
        }
        for entry in self.entries.iter_mut().filter(|entry| entry.is("TABLE DATA")) {
            for referenced in met.get(&entry.catalog_id.object).into_iter().flatten() {
                entry.dependencies.extend(ids.get(referenced).into_iter().flatten());
            }
        }
        let mut data = Vec::with_capacity(order.len());
        let mut slots = Vec::with_capacity(self.entries.len());
        for entry in std::mem::take(&mut self.entries) {
            if entry.is("TABLE DATA") {
                data.push(entry);
                slots.push(None);
            } else {
                slots.push(Some(entry));
            }
        }
        data.sort_by_key(|entry| rank.get(&entry.catalog_id.object).copied());
        let mut data = data.into_iter();
        self.entries = slots.into_iter().filter_map(|slot| slot.or_else(|| data.next())).collect();
        let is_unmet = |from: &u32, to: &u32| matches!((rank.get(from), rank.get(to)), (Some(a), Some(b)) if a < b);
        let unmet: BTreeSet<u32> =
            references.iter().filter(|(from, to)| is_unmet(from, to)).map(|(from, _)| *from).collect();
        unmet.into_iter().collect()
    }

    /// Takes out all but the data: what pg_dump -a leaves out too. What the data depends on is then not in the archive any
    /// more, as in pg_dump's.
    pub fn keep_data(&mut self) {
        self.entries.retain(|entry| {
            let is_setting = ["ENCODING", "STDSTRINGS", "SEARCHPATH", "DATABASE"].iter().any(|desc| entry.is(desc));
            is_setting || entry.section == Section::Data || entry.is("BLOB")
        });
    }

    /// Takes the data out: rows, values of sequences, large objects, and the filling of materialised views.
    pub fn keep_structure(&mut self) {
        self.remove_large_objects();
        self.entries.retain(|entry| entry.section != Section::Data && !entry.is("MATERIALIZED VIEW DATA"));
    }

    /// Puts data entries where pg_dump puts them: before the first entry of the post-data section, and among the data by
    /// kind, schema and name, as `DOTypeNameCompare` in `pg_dump_sort.c` sorts.
    pub(super) fn insert_data(&mut self, mut new: Vec<Entry>) {
        new.sort_by(compare_data);
        let mut merged = Vec::with_capacity(self.entries.len() + new.len());
        let mut new = new.into_iter().peekable();
        let mut after_data = false;
        for entry in std::mem::take(&mut self.entries) {
            after_data |= entry.section == Section::PostData;
            let is_data = entry.section == Section::Data;
            while let Some(data) =
                new.next_if(|data| after_data || is_data && compare_data(data, &entry) == Ordering::Less)
            {
                merged.push(data);
            }
            merged.push(entry);
        }
        merged.extend(new);
        self.entries = merged;
    }
}

fn compare_data(left: &Entry, right: &Entry) -> Ordering {
    (data_rank(left), &left.namespace, &left.tag, left.catalog_id.object).cmp(&(
        data_rank(right),
        &right.namespace,
        &right.tag,
        right.catalog_id.object,
    ))
}

/// The order of kinds among the data.
pub(super) fn data_rank(entry: &Entry) -> u8 {
    match entry.desc.as_deref() {
        Some(b"TABLE DATA") => 0,
        Some(b"SEQUENCE SET") => 1,
        Some(b"BLOB METADATA") => 2,
        Some(b"BLOBS") => 3,
        _ => 4,
    }
}

/// Makes data entries of one kind, all on one look at the archive.
struct NewData<'a> {
    relation_desc: &'static str,
    data_desc: &'static str,
    relations: HashMap<u32, &'a Entry>,
    /// Schemas and names that have data.
    taken: HashSet<(Vec<u8>, Vec<u8>)>,
    next_id: i32,
}

impl<'a> NewData<'a> {
    fn of(archive: &'a Archive, relation_desc: &'static str, data_desc: &'static str) -> Self {
        let entries = &archive.entries;
        let relations = entries.iter().filter(|entry| entry.is(relation_desc) && entry.catalog_id.table == PG_CLASS);
        NewData {
            relation_desc,
            data_desc,
            relations: relations.map(|entry| (entry.catalog_id.object, entry)).collect(),
            taken: entries.iter().filter(|entry| entry.is(data_desc)).map(name_of).collect(),
            next_id: archive.next_dump_id(),
        }
    }

    fn take_id(&mut self) -> i32 {
        let id = self.next_id;
        self.next_id = id.saturating_add(1);
        id
    }

    /// A data entry that has of the relation what it needs, and nothing of its own yet.
    fn relation(&mut self, oid: u32, member: Option<ExtensionMember>) -> Result<Entry, ArchiveError> {
        let (tag, namespace, owner, dump_id) = match (self.relations.get(&oid), member) {
            (Some(entry), _) => (entry.tag.clone(), entry.namespace.clone(), entry.owner.clone(), entry.dump_id),
            // pg_dump names the number of the table that it did not write. pg_restore wants it to be below the highest
            // number in the archive, so it is taken before the number of the data.
            (None, Some(member)) => (Some(member.name), Some(member.schema), member.owner, self.take_id()),
            (None, None) => return Err(ArchiveError::NoSuchEntry { kind: self.relation_desc, oid }),
        };
        let entry = Entry {
            dump_id: 0,
            had_dumper: false,
            catalog_id: CatalogId::default(),
            tag,
            desc: Some(self.data_desc.into()),
            section: Section::Data,
            definition: None,
            drop_statement: None,
            copy_statement: None,
            namespace,
            tablespace: None,
            table_access_method: None,
            relkind: 0,
            owner,
            with_oids: Some(b"false".to_vec()),
            dependencies: vec![dump_id],
            file_name: Some(Vec::new()),
        };
        if !self.taken.insert(name_of(&entry)) {
            return Err(ArchiveError::DuplicateData { entry: entry.name() });
        }
        Ok(entry)
    }
}

fn name_of(entry: &Entry) -> (Vec<u8>, Vec<u8>) {
    (entry.namespace.clone().unwrap_or_default(), entry.tag.clone().unwrap_or_default())
}
