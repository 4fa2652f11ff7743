//! What the catalogs say of tables and columns: what the extension reads, and tests write by hand.

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
    /// The most characters that a value may have.
    #[serde(default)]
    pub length: Option<u32>,
    /// Whether NULL is not allowed.
    #[serde(default)]
    pub not_null: bool,
    /// Whether it is the only column of a unique index, or one of the primary key's.
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
