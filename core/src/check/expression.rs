//! What can be said of a rule's results without running it.
//!
//! The caller translates the analysed expression of a rule into an [`Expression`]; what it cannot translate is
//! [`Expression::Other`], of which nothing is claimed.

use std::collections::BTreeSet;

use super::{Spelling, cut};
use crate::mask::registry::{Argument, Function, Length, Source, Spread};

/// An SQL expression over the columns of one table.
#[derive(Debug, Clone)]
pub enum Expression {
    /// A column.
    Column {
        /// `pg_attribute.attnum`.
        number: i16,
        /// Its type. Types that write the same values in the same way have one name here: all integers, all texts.
        family: String,
        /// Whether it takes no NULL.
        not_null: bool,
        /// How long its text can be.
        length: Option<Length>,
        /// In which ways one value of it may be written.
        spelling: Spelling,
    },
    /// A constant.
    Constant {
        /// Its value; nothing for NULL.
        value: Option<Argument>,
        /// Type and value, to be compared only.
        image: String,
    },
    /// A call of a function, also by an operator or a cast.
    Call(Call),
    /// COALESCE.
    Coalesce(Vec<Expression>),
    /// CASE, with the results of its branches; ELSE NULL where it has none and a row can get there.
    Case {
        /// The results.
        results: Vec<Expression>,
        /// The conditions and the whole form, to be compared only.
        image: String,
        /// The columns that are read anywhere in it.
        columns: BTreeSet<i16>,
        /// Whether it calls anything volatile.
        volatile: bool,
    },
    /// Anything else.
    Other {
        /// Its form, to be compared only.
        image: String,
        /// The columns that it reads.
        columns: BTreeSet<i16>,
        /// Whether two evaluations may give different results.
        volatile: bool,
        /// Whether it is of a kind that gives NULL now and then, such as a sub-select or NULLIF.
        gives_null: bool,
    },
}

/// A call of a function.
#[derive(Debug, Clone)]
pub struct Call {
    /// Its name: with the schema unless it is PostgreSQL's own or ours.
    pub name: String,
    /// What the registry says, when it is ours.
    pub ours: Option<&'static Function>,
    /// Whether it is PostgreSQL's own (pg_catalog).
    pub builtin: bool,
    /// Whether two calls with the same arguments may give different results.
    pub volatile: bool,
    /// Whether it gives NULL for a NULL argument.
    pub strict: bool,
    /// The type of the result.
    pub family: String,
    /// The arguments.
    pub arguments: Vec<Expression>,
}

/// Whether a result can be NULL.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Null {
    /// It cannot, as far as is known.
    Never,
    /// It can.
    Possible,
    /// It always is.
    Always,
}

/// How the results for the rows of a table differ from each other.
#[derive(Debug, Clone, PartialEq)]
pub enum Distinct {
    /// All are the same.
    Constant,
    /// Rows that differ in these columns have different results.
    By(BTreeSet<i16>),
    /// The same, but for collisions among so many results.
    Hashed(BTreeSet<i16>, f64),
    /// They are drawn anew for every row, from so many.
    Drawn(f64),
    /// A part of them is drawn anew for every row.
    Partly {
        /// Rows that differ in these columns have different results.
        columns: BTreeSet<i16>,
        /// The same, but for collisions among so many results.
        hashed: f64,
        /// Of how many the part is drawn: no more rows become equal than if all of the result were.
        drawn: f64,
    },
    /// Different values may well become equal.
    Narrow,
    /// Nothing is known.
    Unknown,
}

/// The name under which a conversion by way of text (CoerceViaIO) is a [`Call`].
pub const CONVERSION: &str = "conversion";

/// The name of one of PostgreSQL's own functions as [`Call`] has it: arithmetic of integers is the same for all sizes, so that
/// `int4pl`, `int84pl` and the like are `intpl`.
pub fn builtin_name(name: String) -> String {
    let rest = name.strip_prefix("int").map(|rest| rest.trim_start_matches(['2', '4', '8']));
    match rest {
        Some(operation @ ("pl" | "mi" | "mul" | "div" | "mod" | "um" | "abs")) => format!("int{operation}"),
        _ => name,
    }
}

/// The microseconds of a day.
const DAY: f64 = 86_400e6;

/// The number of different random UUIDs: 122 bits.
const UUIDS: f64 = 5.3e36;

impl Expression {
    /// The columns that it reads.
    pub fn columns(&self) -> BTreeSet<i16> {
        match self {
            Expression::Column { number, .. } => BTreeSet::from([*number]),
            Expression::Constant { .. } => BTreeSet::new(),
            Expression::Call(call) => call.arguments.iter().flat_map(Expression::columns).collect(),
            Expression::Coalesce(parts) => parts.iter().flat_map(Expression::columns).collect(),
            Expression::Case { columns, .. } | Expression::Other { columns, .. } => columns.clone(),
        }
    }

    /// Whether two evaluations for the same row may give different results.
    pub fn is_volatile(&self) -> bool {
        match self {
            Expression::Column { .. } | Expression::Constant { .. } => false,
            Expression::Call(call) => call.volatile || call.arguments.iter().any(Expression::is_volatile),
            Expression::Coalesce(parts) => parts.iter().any(Expression::is_volatile),
            Expression::Case { volatile, .. } | Expression::Other { volatile, .. } => *volatile,
        }
    }

    /// Whether it is a constant that is NULL.
    pub fn is_null_constant(&self) -> bool {
        matches!(self, Expression::Constant { value: None, .. })
    }

    /// The columns that functions of ours read in every row and take within bounds only, with the least and the greatest number.
    pub fn bounded(&self) -> Vec<(i16, (i64, i64))> {
        let Expression::Call(call) = self else { return Vec::new() };
        let mut bounded: Vec<_> = call.arguments.iter().flat_map(Expression::bounded).collect();
        let bounds = call.ours.and_then(|function| (function.takes)(&call.known_arguments()));
        let column = call.arguments.first().and_then(Expression::number_column);
        bounded.extend(column.zip(bounds));
        bounded
    }

    /// The column of whole numbers that it is, maybe in another width.
    fn number_column(&self) -> Option<i16> {
        match self {
            Expression::Column { number, family, .. } if family == "integer" => Some(*number),
            Expression::Call(Call { builtin: true, name, arguments, .. })
                if matches!(name.as_str(), "int2" | "int4" | "int8") =>
            {
                arguments.first().and_then(Expression::number_column)
            }
            _ => None,
        }
    }

    /// Whether it is nothing but known functions of ours over columns, constants and each other.
    pub fn is_ours(&self) -> bool {
        match self {
            Expression::Call(call) if call.ours.is_some() => true,
            Expression::Call(call) if call.builtin => call.arguments.iter().any(Expression::is_ours),
            Expression::Coalesce(parts) | Expression::Case { results: parts, .. } => {
                parts.iter().any(Expression::is_ours)
            }
            _ => false,
        }
    }

    /// What two equal functions of a value have in common: nothing when the result depends on anything but the column
    /// `own`. Never shown: it holds the rule's constants.
    pub fn form(&self, own: i16) -> Option<String> {
        if self.is_volatile() || self.columns().iter().any(|column| *column != own) {
            return None;
        }
        let mut form = String::new();
        self.write_form(&mut form);
        Some(form)
    }

    fn write_form(&self, out: &mut String) {
        let list = |name: &str, parts: &[Expression], out: &mut String| {
            out.push_str(name);
            out.push('(');
            for part in parts {
                part.write_form(out);
                out.push(',');
            }
            out.push(')');
        };
        match self {
            Expression::Column { family, .. } => {
                out.push('$');
                out.push_str(family);
            }
            Expression::Constant { image, .. } | Expression::Other { image, .. } => out.push_str(image),
            // Integers of all sizes are written alike.
            Expression::Call(Call { builtin: true, name, arguments, .. }) if matches!((name.as_str(), arguments.as_slice()), ("int2" | "int4" | "int8", [inner]) if inner.family() == "integer") =>
            {
                arguments.iter().for_each(|inner| inner.write_form(out));
            }
            Expression::Call(call) => {
                out.push_str(&call.family);
                out.push(' ');
                list(&call.name, &call.arguments, out);
            }
            Expression::Coalesce(parts) => list("coalesce", parts, out),
            Expression::Case { image, .. } => out.push_str(image),
        }
    }

    /// Whether its result can be NULL.
    pub fn null(&self) -> Null {
        let any = |parts: &[Expression]| parts.iter().map(Expression::null).max().unwrap_or(Null::Never);
        match self {
            Expression::Column { not_null, .. } => {
                if *not_null {
                    Null::Never
                } else {
                    Null::Possible
                }
            }
            Expression::Constant { value, .. } => {
                if value.is_some() {
                    Null::Never
                } else {
                    Null::Always
                }
            }
            Expression::Call(call) => {
                let of_arguments = match call.ours {
                    _ if call.strict => any(&call.arguments),
                    // One of the values that it is given, of the type of the result.
                    Some(function) => {
                        let given = call.arguments.iter().zip(function.arguments);
                        let values = given.filter(|(_, kind)| **kind == function.result).map(|(value, _)| value.null());
                        values.max().unwrap_or(Null::Never).min(Null::Possible)
                    }
                    None => Null::Never,
                };
                let gives_null = call.ours.is_some_and(|f| (f.gives_null)(&call.known_arguments()));
                of_arguments.max(if gives_null { Null::Possible } else { Null::Never })
            }
            Expression::Coalesce(parts) => parts.iter().map(Expression::null).min().unwrap_or(Null::Never),
            Expression::Case { results, .. } => {
                match (any(results), results.iter().all(|result| result.null() == Null::Always)) {
                    (Null::Always, false) => Null::Possible,
                    (null, _) => null,
                }
            }
            Expression::Other { gives_null, .. } => {
                if *gives_null {
                    Null::Possible
                } else {
                    Null::Never
                }
            }
        }
    }

    /// How many characters its text has. Nothing: not known.
    pub fn length(&self) -> Option<Length> {
        match self {
            Expression::Column { length, .. } => *length,
            Expression::Constant { value, .. } => value.as_ref().and_then(Argument::length),
            Expression::Call(call) => call.length(),
            Expression::Coalesce(parts) | Expression::Case { results: parts, .. } => {
                let parts = parts.iter().filter(|part| !part.is_null_constant());
                parts.map(Expression::length).reduce(|a, b| a.zip(b).map(|(a, b)| a.or(b))).flatten()
            }
            Expression::Other { .. } => None,
        }
    }

    /// Whether it joins texts of which one, a column's, has no limit, so that `length` cannot say how long the whole may be.
    pub fn joins_unlimited(&self) -> bool {
        match self {
            Expression::Call(call) if call.builtin => match call.name.as_str() {
                "textcat" | "concat" => {
                    call.arguments.iter().any(|part| part.is_unlimited_column() || part.joins_unlimited())
                }
                "lower" | "upper" => call.arguments.iter().any(Expression::joins_unlimited),
                _ => false,
            },
            Expression::Coalesce(parts) | Expression::Case { results: parts, .. } => {
                parts.iter().any(Expression::joins_unlimited)
            }
            _ => false,
        }
    }

    fn is_unlimited_column(&self) -> bool {
        match self {
            Expression::Column { family, length, .. } => family == "text" && length.is_none(),
            Expression::Call(call) if call.builtin && matches!(call.name.as_str(), "lower" | "upper") => {
                call.arguments.iter().any(Expression::is_unlimited_column)
            }
            Expression::Coalesce(parts) => parts.iter().any(Expression::is_unlimited_column),
            _ => false,
        }
    }

    /// The least and the greatest of the whole numbers that it gives. Nothing: not known.
    pub fn range(&self) -> Option<(i64, i64)> {
        match self {
            Expression::Constant { value: Some(Argument::Integer(number)), .. } => Some((*number, *number)),
            Expression::Call(call) => {
                if let Some(function) = call.ours {
                    return (function.range)(&call.known_arguments());
                }
                match (call.name.as_str(), call.arguments.as_slice()) {
                    // Casts between integers, which fail for what does not fit, and to numeric.
                    ("int2" | "int4" | "int8" | "numeric", [inner]) if call.builtin => inner.range(),
                    ("intmod", [value, divisor]) if call.builtin => match divisor.range() {
                        Some((least, most)) if least == most && least > 0 => {
                            let negative = value.range().is_none_or(|(from, _)| from < 0);
                            Some((if negative { 1 - least } else { 0 }, least - 1))
                        }
                        _ => None,
                    },
                    _ => None,
                }
            }
            Expression::Coalesce(parts) | Expression::Case { results: parts, .. } => {
                let parts = parts.iter().filter(|part| !part.is_null_constant());
                let joined = |a: (i64, i64), b: (i64, i64)| (a.0.min(b.0), a.1.max(b.1));
                parts.map(Expression::range).reduce(|a, b| a.zip(b).map(|(a, b)| joined(a, b))).flatten()
            }
            _ => None,
        }
    }

    /// How its results for different rows differ.
    pub fn distinct(&self) -> Distinct {
        match self {
            Expression::Column { number, .. } => Distinct::By(BTreeSet::from([*number])),
            Expression::Constant { .. } => Distinct::Constant,
            Expression::Call(call) => call.distinct(),
            Expression::Coalesce(parts) => match parts.first() {
                Some(first) if first.null() == Null::Never => first.distinct(),
                _ => Distinct::Unknown,
            },
            Expression::Case { results, .. } => {
                let mut given = results.iter().filter(|result| !result.is_null_constant());
                match (given.next(), given.next()) {
                    // NULL is no duplicate of NULL.
                    (Some(only), None) => only.distinct(),
                    _ if results.iter().all(|r| r.distinct() == Distinct::Constant) => Distinct::Narrow,
                    _ => Distinct::Unknown,
                }
            }
            Expression::Other { .. } => Distinct::Unknown,
        }
    }

    /// As an argument of a function of ours.
    fn argument(&self) -> Argument {
        match self {
            Expression::Constant { value: Some(value), .. } => value.clone(),
            other => Argument::Expression(other.length()),
        }
    }
}

impl Call {
    fn known_arguments(&self) -> Vec<Argument> {
        self.arguments.iter().map(Expression::argument).collect()
    }

    /// The whole number that an argument is.
    pub(super) fn integer(&self, index: usize) -> Option<i64> {
        match self.arguments.get(index) {
            Some(Expression::Constant { value: Some(Argument::Integer(number)), .. }) => Some(*number),
            _ => None,
        }
    }

    /// The most characters that `left`, `right` or `substr` with a positive count keep.
    fn kept(&self) -> Option<u64> {
        let count = match (self.name.as_str(), self.arguments.len()) {
            ("left" | "right", 2) => self.integer(1)?,
            ("substr" | "substring", 3) => self.integer(2)?,
            // A cast to varchar(n), whose modifier counts four bytes of a header.
            ("varchar", 3) => self.integer(1)? - 4,
            _ => return None,
        };
        u64::try_from(count).ok()
    }

    fn length(&self) -> Option<Length> {
        if let Some(function) = self.ours {
            return (function.length)(&self.known_arguments());
        }
        if !self.builtin {
            return None;
        }
        let first = self.arguments.first();
        let inner = || first.and_then(Expression::length);
        match (self.name.as_str(), self.arguments.as_slice()) {
            ("textcat", [a, b]) => match (a.length(), b.length()) {
                (Some(a), Some(b)) => Some(a.plus(b)),
                (Some(one), None) | (None, Some(one)) => Some(Length { shortest: one.shortest, longest: None }),
                (None, None) => None,
            },
            // NULL is nothing there.
            ("concat", parts) => parts
                .iter()
                .map(|part| {
                    let length = part.length()?;
                    Some(if part.null() == Null::Never { length } else { Length { shortest: 0, ..length } })
                })
                .try_fold(Length::exactly(0), |whole, part| Some(whole.plus(part?))),
            ("md5", [_]) => Some(Length::exactly(32)),
            ("gen_random_uuid", []) => Some(Length::exactly(36)),
            ("left" | "right" | "substr" | "substring" | "varchar", _) => {
                let most = self.kept()?;
                let inner = inner();
                let longest = inner.and_then(|inner| inner.longest).map_or(most, |longest| longest.min(most));
                let shortest = match self.name.as_str() {
                    "left" | "right" | "varchar" => inner.map_or(0, |inner| inner.shortest.min(most)),
                    _ => 0,
                };
                Some(Length { shortest, longest: Some(longest) })
            }
            ("lpad" | "rpad", [_, ..]) => u64::try_from(self.integer(1)?).ok().map(Length::exactly),
            ("repeat", [_, _]) => {
                let times = u64::try_from(self.integer(1)?).ok()?;
                let Length { shortest, longest } = inner()?;
                Some(Length {
                    shortest: shortest.saturating_mul(times),
                    longest: longest.map(|longest| longest.saturating_mul(times)),
                })
            }
            // Upper and lower case of some letters have different numbers of characters in ICU's rules only.
            ("lower" | "upper", [_]) => inner(),
            (CONVERSION, [number]) if self.family == "text" => match number {
                Expression::Call(call) if call.family == "uuid" => Some(Length::exactly(36)),
                Expression::Column { family, .. } if family == "uuid" => Some(Length::exactly(36)),
                _ => number.range().map(|(least, greatest)| {
                    let digits = |n: i64| n.to_string().len() as u64;
                    let between = (1..=greatest).contains(&least) || least == greatest;
                    Length {
                        shortest: if between { digits(least).min(digits(greatest)) } else { 1 },
                        longest: Some(digits(least).max(digits(greatest))),
                    }
                }),
            },
            _ => None,
        }
    }

    /// How the results of one of our functions differ.
    fn distinct_of_ours(&self, function: &Function) -> Distinct {
        let spread = (function.spread)(&self.known_arguments());
        let arguments = self.arguments.iter().map(Expression::distinct).enumerate();
        let mut varying = arguments.filter(|(_, distinct)| *distinct != Distinct::Constant);
        match (function.source, spread) {
            (Source::Chance, Spread::Among(many)) => Distinct::Drawn(many),
            (Source::Chance, Spread::Unique) => Distinct::Drawn(f64::INFINITY),
            (Source::Chance, Spread::Narrow) => Distinct::Narrow,
            (Source::Arguments, spread) => match (varying.next(), spread) {
                // Of one value, one result.
                (None, _) => Distinct::Constant,
                (Some(_), Spread::Narrow) => Distinct::Narrow,
                // A result depends on all arguments, the value not always the first of them.
                (Some((_, distinct)), Spread::Among(many)) => among(distinct, many),
                (Some((0, distinct)), Spread::Unique) if varying.next().is_none() => distinct,
                (Some(_), Spread::Unique) => Distinct::Unknown,
            },
        }
    }

    /// Whether its results are points in time, of which microseconds are counted.
    fn is_of_microseconds(&self) -> bool {
        match (self.ours, self.name.as_str()) {
            (Some(function), _) => function.result.starts_with("timestamp"),
            (None, "timestamp" | "timestamptz") if self.builtin => {
                self.arguments.first().is_some_and(Expression::is_of_microseconds)
            }
            _ => false,
        }
    }

    fn distinct(&self) -> Distinct {
        if let Some(function) = self.ours {
            return self.distinct_of_ours(function);
        }
        let first = || self.arguments.first().map_or(Distinct::Constant, Expression::distinct);
        if !self.builtin {
            return Distinct::Unknown;
        }
        match (self.name.as_str(), self.arguments.as_slice()) {
            ("gen_random_uuid", []) => Distinct::Drawn(UUIDS),
            // 48 random bits (float.c, drandom).
            ("random", []) => Distinct::Drawn(2_f64.powi(48)),
            ("md5", [_]) => among(first(), 2_f64.powi(128)),
            ("sha224", [_]) => among(first(), 2_f64.powi(224)),
            ("sha256", [_]) => among(first(), 2_f64.powi(256)),
            ("sha384" | "sha512", [_]) => among(first(), 2_f64.powi(384)),
            ("left" | "right" | "substr" | "substring" | "varchar", _) => cut::distinct(self),
            ("lower" | "upper", [_]) => match first() {
                Distinct::By(_) => Distinct::Unknown,
                // Letters of both cases become one: fewer results, by far enough of them.
                other => other,
            },
            // What writes, widens or encodes a value loses nothing of it.
            ("encode" | "convert_to" | "decode" | "uuid_send" | "text", [_, ..]) => first(),
            ("date", [time]) if time.is_of_microseconds() => first().in_steps(DAY),
            ("date", [_]) => match first() {
                Distinct::Constant => Distinct::Constant,
                _ => Distinct::Unknown,
            },
            // A precision: so many digits of a second.
            ("timestamp" | "timestamptz", [time, _]) if time.is_of_microseconds() => match self.integer(1) {
                Some(digits @ 0..6) => first().in_steps(10_f64.powi(6 - digits as i32)),
                _ => first(),
            },
            ("timestamp" | "timestamptz" | "numeric" | "float8", [_]) => match first() {
                Distinct::By(_) => Distinct::Unknown,
                other => other,
            },
            ("int2" | "int4" | "int8", [_]) => match self.arguments.first().map(Expression::family) {
                Some("integer" | "bit") => first(),
                _ => Distinct::Unknown,
            },
            // Bits that are cut off, or put behind.
            ("bit", [_, ..]) => match (first(), self.integer(1)) {
                (Distinct::By(_), _) => Distinct::Unknown,
                (other, Some(bits @ 1..)) => among(other, 2_f64.powf(bits as f64)),
                _ => Distinct::Unknown,
            },
            ("intmod", [_, divisor]) => match divisor.range() {
                Some((least, most)) if least == most && least > 0 => match first() {
                    Distinct::By(_) => Distinct::Narrow,
                    other => among(other, least as f64),
                },
                _ => Distinct::Unknown,
            },
            (CONVERSION, [inner]) => match inner.family() {
                // Several texts may say one value: 07 and 7.
                "text" if self.family != "text" => match first() {
                    Distinct::By(_) => Distinct::Unknown,
                    other => other,
                },
                "integer" | "text" | "uuid" | "date" | "numeric" | "boolean" => first(),
                // With all microseconds, and with the distance from UTC.
                "timestamp without time zone" | "timestamp with time zone" => first(),
                _ => match first() {
                    Distinct::By(_) => Distinct::Unknown,
                    other => other,
                },
            },
            ("textcat", [a, b]) => concatenated(a, b),
            ("intpl" | "intmi" | "numeric_add" | "numeric_sub" | "inetpl", [a, b]) => {
                match (a.distinct(), b.distinct()) {
                    (Distinct::Constant, other) | (other, Distinct::Constant) => other,
                    _ => Distinct::Unknown,
                }
            }
            ("intmul", [a, b]) => match (a.distinct(), b.distinct(), a.range(), b.range()) {
                (Distinct::Constant, other, Some((factor, _)), _)
                | (other, Distinct::Constant, _, Some((factor, _)))
                    if factor != 0 =>
                {
                    other
                }
                _ => Distinct::Unknown,
            },
            _ if self.arguments.iter().all(|a| a.distinct() == Distinct::Constant) && !self.volatile => {
                Distinct::Constant
            }
            _ => Distinct::Unknown,
        }
    }
}

impl Expression {
    /// Whether its values are points in time of which [`Distinct::Drawn`] counts the microseconds.
    pub(super) fn is_of_microseconds(&self) -> bool {
        match self {
            Expression::Call(call) => call.is_of_microseconds(),
            Expression::Coalesce(parts) => parts.first().is_some_and(Expression::is_of_microseconds),
            Expression::Case { results, .. } => {
                results.iter().any(Expression::is_of_microseconds)
                    && results.iter().all(|result| result.is_null_constant() || result.is_of_microseconds())
            }
            _ => false,
        }
    }

    /// Whether it is a random number of [0, 1).
    pub(super) fn is_fraction(&self) -> bool {
        match self {
            Expression::Call(call) if call.builtin => match (call.name.as_str(), call.arguments.as_slice()) {
                ("random", []) => true,
                ("numeric" | "float8", [number]) => number.is_fraction(),
                _ => false,
            },
            _ => false,
        }
    }

    /// Whether somewhere in it is one of our functions that works under the key.
    pub(super) fn is_keyed(&self) -> bool {
        match self {
            Expression::Call(call) => {
                call.ours.is_some_and(|function| function.keyed) || call.arguments.iter().any(Expression::is_keyed)
            }
            Expression::Coalesce(parts) | Expression::Case { results: parts, .. } => {
                parts.iter().any(Expression::is_keyed)
            }
            _ => false,
        }
    }

    fn family(&self) -> &str {
        match self {
            Expression::Column { family, .. } => family,
            Expression::Call(call) => &call.family,
            _ => "",
        }
    }
}

/// The hash of something.
fn among(of: Distinct, many: f64) -> Distinct {
    match of {
        Distinct::By(columns) => Distinct::Hashed(columns, many),
        Distinct::Hashed(columns, before) => Distinct::Hashed(columns, before.min(many)),
        Distinct::Drawn(before) => Distinct::Drawn(before.min(many)),
        Distinct::Partly { columns, hashed, drawn } => {
            Distinct::Partly { columns, hashed: hashed.min(many), drawn: drawn.min(many) }
        }
        other => other,
    }
}

/// Two texts put together. Where neither has a fixed length, `ab` and `c` give what `a` and `bc` give.
fn concatenated(a: &Expression, b: &Expression) -> Distinct {
    let is_fixed = |e: &Expression| e.length().is_some_and(|l| l.longest == Some(l.shortest));
    let can_be_parted = is_fixed(a) || is_fixed(b);
    match (a.distinct(), b.distinct()) {
        (Distinct::Constant, other) | (other, Distinct::Constant) => other,
        (Distinct::Drawn(many), Distinct::Drawn(more)) => Distinct::Drawn(many * more),
        (a, b) if can_be_parted => Parts::of(a).and(Parts::of(b)).distinct(),
        // For two rows to be equal what is drawn must make them so, whatever stands beside it.
        (a, b) => match (Parts::of(a).drawn, Parts::of(b).drawn) {
            (Some(many), Some(more)) => Parts::drawn(many.max(more)).distinct(),
            (Some(many), None) | (None, Some(many)) => Parts::drawn(many).distinct(),
            (None, None) => Distinct::Unknown,
        },
    }
}

/// What the parts of a text tell that can be told apart in it.
struct Parts {
    columns: BTreeSet<i16>,
    hashed: f64,
    drawn: Option<f64>,
}

impl Parts {
    fn drawn(many: f64) -> Self {
        Parts { columns: BTreeSet::new(), hashed: f64::INFINITY, drawn: Some(many) }
    }

    fn of(distinct: Distinct) -> Self {
        match distinct {
            Distinct::By(columns) => Parts { columns, hashed: f64::INFINITY, drawn: None },
            Distinct::Hashed(columns, hashed) => Parts { columns, hashed, drawn: None },
            Distinct::Drawn(many) => Self::drawn(many),
            Distinct::Partly { columns, hashed, drawn } => Parts { columns, hashed, drawn: Some(drawn) },
            // Whatever it is, it takes nothing away from the rest.
            Distinct::Constant | Distinct::Narrow | Distinct::Unknown => {
                Parts { columns: BTreeSet::new(), hashed: f64::INFINITY, drawn: None }
            }
        }
    }

    fn and(mut self, other: Self) -> Self {
        self.columns.extend(other.columns);
        let drawn = match (self.drawn, other.drawn) {
            (Some(many), Some(more)) => Some(many * more),
            (one, None) | (None, one) => one,
        };
        Parts { columns: self.columns, hashed: self.hashed.min(other.hashed), drawn }
    }

    fn distinct(self) -> Distinct {
        let Parts { columns, hashed, drawn } = self;
        match drawn {
            Some(drawn) => Distinct::Partly { columns, hashed, drawn },
            None if columns.is_empty() => Distinct::Unknown,
            None if hashed.is_finite() => Distinct::Hashed(columns, hashed),
            None => Distinct::By(columns),
        }
    }
}

impl Distinct {
    /// That of points in time whose microseconds are counted, when of so many only one is kept.
    pub(super) fn in_steps(self, microseconds: f64) -> Distinct {
        let steps = |many: f64| (many / microseconds).max(1.0);
        match self {
            Distinct::Constant => Distinct::Constant,
            Distinct::Drawn(many) => Distinct::Drawn(steps(many)),
            Distinct::Hashed(columns, many) => Distinct::Hashed(columns, steps(many)),
            Distinct::Narrow => Distinct::Narrow,
            Distinct::By(_) | Distinct::Partly { .. } | Distinct::Unknown => Distinct::Unknown,
        }
    }
}
