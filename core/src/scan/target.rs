//! What the catalogs say of tables and columns: what the extension reads, and tests write by hand.

use std::collections::HashMap;

use serde::Deserialize;

use crate::detect::TypeFamily;

/// A table that can be scanned.
#[derive(Debug, Clone, Deserialize)]
pub struct ScanTable {
    /// Its oid.
    pub oid: u32,
    /// The name of its schema.
    pub schema: String,
    /// Its name.
    pub name: String,
    /// Its name, schema-qualified and quoted.
    pub sql_name: String,
    /// `r`: its rows are read; `p`: its partitions' are.
    pub kind: String,
    /// Partitioned tables above it, the nearest first.
    #[serde(default)]
    pub ancestors: Vec<u32>,
    /// Estimated rows.
    #[serde(default)]
    pub rows: i64,
    /// Blocks of its heap; nothing for tables of other kinds.
    #[serde(default)]
    pub blocks: Option<i64>,
    /// Whether the user may read all of its columns.
    #[serde(default)]
    pub readable: bool,
    /// Whether row security would hide rows from the user.
    #[serde(default)]
    pub row_security: bool,
    /// Its columns, in their order.
    #[serde(default)]
    pub columns: Vec<ScanColumn>,
}

/// A column.
#[derive(Debug, Clone, Default, Deserialize)]
pub struct ScanColumn {
    /// Its number.
    pub number: i16,
    /// Its name.
    pub name: String,
    /// The oid of its type.
    #[serde(default)]
    pub type_oid: u32,
    /// Its type as `format_type` writes it, with modifier.
    pub type_name: String,
    /// The type below all domains, of the elements when that is an array: its name in `pg_type`.
    pub base_type: String,
    /// The same as `format_type` writes it, without modifier: for a domain, the type that it is over.
    #[serde(default)]
    pub plain_type: String,
    /// `pg_type.typtype` of that type: `b`, `e`, `c`, `r`.
    pub base_kind: String,
    /// Whether it is an array.
    #[serde(default)]
    pub is_array: bool,
    /// The most characters that a value, or an element of an array, may have.
    #[serde(default)]
    pub length: Option<u32>,
    /// The most digits of a numeric before its decimal point.
    #[serde(default)]
    pub digits: Option<u32>,
    /// Whether NULL is not allowed.
    #[serde(default)]
    pub not_null: bool,
    /// Whether a unique index or an exclusion constraint reads it.
    #[serde(default)]
    pub unique: bool,
    /// Whether other columns refer to it.
    #[serde(default)]
    pub referenced: bool,
    /// The columns that it refers to.
    #[serde(default)]
    pub refers_to: Vec<ForeignKey>,
    /// Whether it is generated from other columns: its values are theirs, and no rule can be given.
    #[serde(default)]
    pub generated: bool,
    /// What all columns that must stay equal to it can hold; set by [`join_keys`].
    #[serde(skip)]
    pub key: Option<Box<Key>>,
}

/// What the columns that foreign keys join have in common: their rule must fit each of them.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Key {
    /// The rows of the largest of their tables.
    pub rows: u64,
    /// The most characters that fit into each.
    pub length: Option<u32>,
    /// The narrowest of their types, of whole numbers.
    pub base_type: Option<String>,
}

/// So many rows a block of a table that was never analysed may have.
const ROWS_OF_BLOCK: u64 = 100;

/// How wide the types of whole numbers are.
fn width(base_type: &str) -> Option<u8> {
    match base_type {
        "int2" => Some(2),
        "int4" => Some(4),
        "int8" => Some(8),
        _ => None,
    }
}

/// Says of each column with a unique index or a foreign key what its values have to fit besides it: the columns at the other
/// ends of the foreign keys, and theirs, and as many rows as the largest of their tables has.
pub fn join_keys(tables: &mut [ScanTable]) {
    let mut rows: HashMap<u32, u64> = HashMap::new();
    for table in &*tables {
        let estimated = u64::try_from(table.rows).unwrap_or(0);
        let by_blocks = table.blocks.and_then(|blocks| u64::try_from(blocks).ok()).unwrap_or(0) * ROWS_OF_BLOCK;
        *rows.entry(table.root()).or_default() += if estimated > 0 { estimated } else { by_blocks };
    }
    let mut places: HashMap<ForeignKey, usize> = HashMap::new();
    // Of each column another one of its group, or itself.
    let mut same: Vec<usize> = Vec::new();
    let mut keys: Vec<Key> = Vec::new();
    for table in &*tables {
        for column in table.columns.iter().filter(|column| column.must_stay_equal()) {
            places.insert(ForeignKey { table: table.oid, column: column.number }, same.len());
            same.push(same.len());
            keys.push(Key {
                rows: rows.get(&table.root()).copied().unwrap_or(0),
                length: column.length,
                base_type: width(&column.base_type).map(|_| column.base_type.clone()),
            });
        }
    }
    if places.is_empty() {
        return;
    }
    fn leader(same: &mut [usize], mut place: usize) -> usize {
        while let Some(&next) = same.get(place).filter(|next| **next != place) {
            let after = same.get(next).copied().unwrap_or(next);
            if let Some(entry) = same.get_mut(place) {
                *entry = after;
            }
            place = next;
        }
        place
    }
    for table in &*tables {
        for column in table.columns.iter().filter(|column| !column.refers_to.is_empty()) {
            let from = places.get(&ForeignKey { table: table.oid, column: column.number });
            for to in column.refers_to.iter().filter_map(|to| places.get(to)) {
                let Some(from) = from else { continue };
                let (from, to) = (leader(&mut same, *from), leader(&mut same, *to));
                if let Some(entry) = same.get_mut(from) {
                    *entry = to;
                }
            }
        }
    }
    let mut joined: HashMap<usize, Key> = HashMap::new();
    for (place, key) in keys.into_iter().enumerate() {
        let group = joined.entry(leader(&mut same, place)).or_default();
        group.rows = group.rows.max(key.rows);
        group.length = group.length.into_iter().chain(key.length).min();
        let narrower = |a: &String, b: &String| width(a).cmp(&width(b));
        group.base_type = group.base_type.take().into_iter().chain(key.base_type).min_by(narrower);
    }
    for table in tables {
        for column in table.columns.iter_mut().filter(|column| column.must_stay_equal()) {
            let place = places.get(&ForeignKey { table: table.oid, column: column.number });
            column.key = place.and_then(|place| joined.get(&leader(&mut same, *place)).cloned().map(Box::new));
        }
    }
}

/// The column that a foreign key's column refers to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Deserialize)]
pub struct ForeignKey {
    /// The table.
    pub table: u32,
    /// The column's number.
    pub column: i16,
}

impl ScanTable {
    /// The partitioned table at the top of its tree, or itself.
    pub fn root(&self) -> u32 {
        self.ancestors.last().copied().unwrap_or(self.oid)
    }
}

impl ScanColumn {
    /// The family of its type, or of its elements' type.
    pub fn family(&self) -> TypeFamily {
        if self.base_kind == "e" {
            return TypeFamily::Enumeration;
        }
        match self.base_type.as_str() {
            "text" | "varchar" | "bpchar" | "char" | "name" | "citext" | "mvarchar" | "mchar" | "xml" => {
                TypeFamily::Text
            }
            "int2" | "int4" | "int8" => TypeFamily::Integer,
            "numeric" | "float4" | "float8" | "money" => TypeFamily::Decimal,
            "date" => TypeFamily::Date,
            "timestamp" | "timestamptz" => TypeFamily::Timestamp,
            "bool" => TypeFamily::Boolean,
            "uuid" => TypeFamily::Uuid,
            "inet" | "cidr" => TypeFamily::Network,
            "macaddr" | "macaddr8" => TypeFamily::Mac,
            "bytea" => TypeFamily::Bytes,
            "json" | "jsonb" | "hstore" => TypeFamily::Document,
            "point" | "geometry" | "geography" | "earth" => TypeFamily::Position,
            _ => TypeFamily::Other,
        }
    }

    /// Whether what is equal in it must stay equal, and what differs different: an index or a foreign key counts on it.
    pub fn must_stay_equal(&self) -> bool {
        self.unique || self.referenced || !self.refers_to.is_empty()
    }

    /// Its name, quoted.
    pub fn sql_name(&self) -> String {
        super::template::identifier(&self.name)
    }

    /// The names by which dictionaries may call its type: as `format_type` writes it, without its schema, and, for a domain, the
    /// type below.
    pub(super) fn type_names(&self) -> [&str; 3] {
        let own = self.type_name.as_str();
        [own, own.rsplit_once('.').map_or(own, |(_, name)| name), &self.plain_type]
    }

    /// Whether the values of its type can show anything; of others, the presence alone counts.
    pub fn is_worth_reading(&self) -> bool {
        matches!(
            self.family(),
            TypeFamily::Text
                | TypeFamily::Integer
                | TypeFamily::Decimal
                | TypeFamily::Document
                | TypeFamily::Enumeration
                | TypeFamily::Other
        ) || self.is_array
    }
}
