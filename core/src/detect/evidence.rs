//! What the values of a column have shown: counts, and no value.

use std::collections::{BTreeMap, HashSet};
use std::hash::{BuildHasherDefault, Hasher};

use super::person::Fnv;
use super::{Detector, Examiner, Hits, Set};

/// The kinds of types that detectors know.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize, serde::Deserialize)]
pub enum TypeFamily {
    /// text, varchar, char, name, citext, xml and domains over them.
    Text,
    /// smallint, integer, bigint.
    Integer,
    /// numeric, real, double precision, money.
    Decimal,
    /// date.
    Date,
    /// timestamp, with a zone or without.
    Timestamp,
    /// boolean.
    Boolean,
    /// uuid.
    Uuid,
    /// inet, cidr.
    Network,
    /// macaddr, macaddr8.
    Mac,
    /// bytea.
    Bytes,
    /// json, jsonb, hstore: walked key by key.
    Document,
    /// An enumeration.
    Enumeration,
    /// point, and other types of positions.
    Position,
    /// Any other.
    Other,
}

/// What is known of a column beside its values.
#[derive(Debug, Clone, Copy)]
pub struct Column<'a> {
    /// The name of its table.
    pub table: &'a str,
    /// Its own; within a document, the key.
    pub name: &'a str,
    /// The family of its type; that of the elements of an array.
    pub family: TypeFamily,
}

/// Distinct values are counted up to this.
const MOST_DISTINCT: usize = 256;

/// Counts over the values of a column.
#[derive(Debug, Clone)]
pub struct Evidence {
    /// Values that were looked at: those that are not NULL.
    pub values: u64,
    /// Those of them that say nothing: empty, or a word for nothing.
    pub blank: u64,
    /// Values that are of a kind as a whole, by detector.
    pub whole: [u64; Detector::COUNT],
    /// Values that may be of a kind, as many others may.
    pub weak: [u64; Detector::COUNT],
    /// Values that contain something sure.
    pub inside: [u64; Detector::COUNT],
    /// Values that contain something likely.
    pub inside_likely: [u64; Detector::COUNT],
    /// Values that are phone numbers in a strict form of digits alone.
    pub strict_phones: u64,
    /// Values of digits alone.
    pub numbers: u64,
    /// Numbers that are greater than the number before: counters ascend.
    pub ascending: u64,
    /// Different values, up to 256.
    pub distinct: u64,
    last_number: u64,
    seen: HashSet<u64, BuildHasherDefault<Fnv>>,
}

impl Default for Evidence {
    fn default() -> Evidence {
        Evidence {
            values: 0,
            blank: 0,
            whole: [0; Detector::COUNT],
            weak: [0; Detector::COUNT],
            inside: [0; Detector::COUNT],
            inside_likely: [0; Detector::COUNT],
            strict_phones: 0,
            numbers: 0,
            ascending: 0,
            distinct: 0,
            last_number: 0,
            seen: HashSet::default(),
        }
    }
}

/// Evidence as one connection hands it to another: counts alone, by the names of detectors.
#[derive(serde::Serialize, serde::Deserialize)]
struct Counts {
    values: u64,
    blank: u64,
    whole: BTreeMap<String, u64>,
    weak: BTreeMap<String, u64>,
    inside: BTreeMap<String, u64>,
    inside_likely: BTreeMap<String, u64>,
    strict_phones: u64,
    numbers: u64,
    ascending: u64,
    distinct: u64,
}

impl serde::Serialize for Evidence {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let sparse = |counts: &[u64; Detector::COUNT]| {
            let named = Detector::ALL.iter().zip(counts).filter(|(_, count)| **count > 0);
            named.map(|(detector, count)| (detector.name().to_owned(), *count)).collect()
        };
        Counts {
            values: self.values,
            blank: self.blank,
            whole: sparse(&self.whole),
            weak: sparse(&self.weak),
            inside: sparse(&self.inside),
            inside_likely: sparse(&self.inside_likely),
            strict_phones: self.strict_phones,
            numbers: self.numbers,
            ascending: self.ascending,
            distinct: self.distinct,
        }
        .serialize(serializer)
    }
}

impl<'de> serde::Deserialize<'de> for Evidence {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Evidence, D::Error> {
        let counts = Counts::deserialize(deserializer)?;
        let dense = |sparse: BTreeMap<String, u64>| {
            let mut dense = [0; Detector::COUNT];
            for (name, count) in sparse {
                let detector = Detector::by_name(&name)
                    .ok_or_else(|| serde::de::Error::custom(format!("there is no detector {name:?}")))?;
                dense[detector as usize] = count;
            }
            Ok(dense)
        };
        Ok(Evidence {
            values: counts.values,
            blank: counts.blank.min(counts.values),
            whole: dense(counts.whole)?,
            weak: dense(counts.weak)?,
            inside: dense(counts.inside)?,
            inside_likely: dense(counts.inside_likely)?,
            strict_phones: counts.strict_phones,
            numbers: counts.numbers,
            ascending: counts.ascending,
            distinct: counts.distinct,
            ..Evidence::default()
        })
    }
}

impl Evidence {
    /// Looks at one value and counts it.
    #[inline]
    pub fn add(&mut self, examiner: &Examiner, value: &str) {
        self.count(&examiner.examine(value), value);
    }

    fn count(&mut self, hits: &Hits, value: &str) {
        self.values += 1;
        if hits.blank {
            self.blank += 1;
            return;
        }
        let add = |counts: &mut [u64; Detector::COUNT], set: Set| {
            if !set.is_empty() {
                set.iter().filter_map(|detector| counts.get_mut(detector as usize).map(|count| *count += 1)).count();
            }
        };
        add(&mut self.whole, hits.whole);
        add(&mut self.weak, hits.weak);
        add(&mut self.inside, hits.inside);
        add(&mut self.inside_likely, hits.inside_likely);
        self.strict_phones += u64::from(hits.strict_phone);
        if let Some(number) = hits.number {
            self.ascending += u64::from(number > self.last_number);
            self.numbers += 1;
            self.last_number = number;
        }
        if self.distinct < MOST_DISTINCT as u64 {
            let mut hasher = Fnv::default();
            hasher.write(value.as_bytes());
            if self.seen.insert(hasher.finish()) {
                self.distinct += 1;
            }
        }
    }

    /// Counts a value that is looked at for its presence only: one whose type tells nothing but with the column's name.
    pub fn add_unexamined(&mut self) {
        self.values += 1;
    }

    /// Adds what another part of the same column has shown. Different values are counted apart, so that the sum may count
    /// one twice.
    pub fn merge(&mut self, other: &Evidence) {
        self.values += other.values;
        self.blank += other.blank;
        for (into, from) in [
            (&mut self.whole, &other.whole),
            (&mut self.weak, &other.weak),
            (&mut self.inside, &other.inside),
            (&mut self.inside_likely, &other.inside_likely),
        ] {
            for (into, from) in into.iter_mut().zip(from) {
                *into += from;
            }
        }
        self.strict_phones += other.strict_phones;
        self.numbers += other.numbers;
        self.ascending += other.ascending;
        self.distinct = (self.distinct + other.distinct).min(MOST_DISTINCT as u64);
    }

    /// The values that say something.
    pub fn checked(&self) -> u64 {
        self.values - self.blank
    }

    /// Whether the column is an ascending series of numbers: a counter.
    pub(super) fn is_counter(&self) -> bool {
        self.numbers >= 10 && self.numbers * 10 >= self.checked() * 9 && self.ascending * 20 >= self.numbers * 19
    }
}
