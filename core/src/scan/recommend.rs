//! The rule that is written for a column when no dictionary gives one: it fits the column's type and length, keeps NULL, and keeps
//! what is equal equal where other columns or an index count on it.
//!
//! A dump can be made with it at once, so that it needs no key, but where a type has too few values for hashes: see [`equal`].

use serde_json::{Map, Value, json};

use super::column::Place;
use super::target::ScanColumn;
use super::template::{identifier, literal};
use crate::detect::{Detector, TypeFamily};
use crate::mask::library;
use crate::mask::native::TextMask;
use crate::mask::registry::Argument;

/// The rule for a column that holds such data; no detector: what is sensitive for another reason. `places` are the paths of its
/// documents that hold it. `salt` makes hashes those of one scan: whoever has the dictionary can try values against them.
pub(super) fn rule(detector: Option<Detector>, column: &ScanColumn, places: Option<&[Place]>, salt: &str) -> String {
    let name = identifier(&column.name);
    let family = column.family();
    if column.is_array {
        return array(detector, column, &name, family, salt);
    }
    if column.must_stay_equal() {
        return equal(detector, column, &name, family, salt);
    }
    match family {
        TypeFamily::Text => text(detector, column, &name),
        TypeFamily::Integer => when_set(column, &name, &integer(column)),
        TypeFamily::Decimal => decimal(detector, &name, column),
        TypeFamily::Date | TypeFamily::Timestamp => format!("anon_funcs.dnoise({name}, interval '2 years')"),
        TypeFamily::Uuid => when_set(column, &name, "pg_catalog.gen_random_uuid()"),
        TypeFamily::Network => when_set(column, &name, &format!("anon_funcs.random_ip()::{}", column.base_type)),
        TypeFamily::Mac => when_set(column, &name, &format!("anon_funcs.random_mac()::{}", column.base_type)),
        TypeFamily::Bytes => format!("decode(anon_funcs.random_hash(encode({name}, 'hex'), 'sha256'), 'hex')"),
        TypeFamily::Document => document(places, column, &name),
        TypeFamily::Position if column.base_type == "point" => when_set(column, &name, "'(0,0)'"),
        TypeFamily::Boolean => when_set(column, &name, "random() < 0.5"),
        TypeFamily::Enumeration => {
            let labels = format!("anon_funcs.random_in(enum_range({name}::{}))", column.plain_type);
            when_set(column, &name, &labels)
        }
        TypeFamily::Position | TypeFamily::Other => other(column, &name),
    }
}

/// `value`, but NULL stays NULL.
fn when_set(column: &ScanColumn, name: &str, value: &str) -> String {
    if column.not_null { value.to_owned() } else { format!("CASE WHEN {name} IS NOT NULL THEN {value} END") }
}

/// Types whose values nobody here knows how to write: NULL where that is allowed. Where it is not, the check of the dictionary says
/// so.
fn other(column: &ScanColumn, name: &str) -> String {
    let empty = match (column.base_kind.as_str(), column.base_type.as_str()) {
        ("r", _) => "'empty'",
        ("m", _) | (_, "json" | "jsonb") => "'{}'",
        // As many bits, none of them set.
        (_, "bit") => return format!("{name} # {name}"),
        (_, "tsvector" | "tsquery" | "varbit" | "hstore") => "''",
        (_, "interval") => "'0'",
        (_, "time" | "timetz") => "'00:00'",
        _ => return "NULL".to_owned(),
    };
    when_set(column, name, empty)
}

/// `left(..)` when a text of so many characters is longer than the column takes.
fn fitted(length: Option<u32>, value: String, longest: u32) -> String {
    match length {
        Some(length) if length < longest => format!("left({value}, {length})"),
        _ => value,
    }
}

/// The column as an argument of a function of text.
fn as_text(column: &ScanColumn, name: &str) -> String {
    match column.base_type.as_str() {
        "text" | "varchar" | "bpchar" => name.to_owned(),
        _ => format!("{name}::text"),
    }
}

/// A text mask that needs no key, its constant arguments, and the most characters that it gives.
fn realistic(detector: Detector) -> Option<(&'static str, &'static [&'static str], u32)> {
    use Detector::*;
    let (function, arguments): (&str, &[&str]) = match detector {
        Email => ("random_email", &[]),
        Phone => ("random_phone_number", &[]),
        FirstName => ("random_first_name", &[]),
        LastName => ("random_last_name", &[]),
        FullName => ("random_full_name", &[]),
        UserName => ("random_user_name", &[]),
        StreetAddress => ("random_street", &[]),
        City => ("random_city", &[]),
        Postcode => ("random_postcode", &[]),
        PaymentCard => ("random_card", &[]),
        Iban => ("random_iban", &[]),
        UsSsn => ("random_national_id", &["ssn"]),
        RuInn => ("random_national_id", &["inn"]),
        RuSnils => ("random_national_id", &["snils"]),
        FrNir => ("random_national_id", &["nir"]),
        EsDni => ("random_national_id", &["dni"]),
        ItCodiceFiscale => ("random_national_id", &["codice_fiscale"]),
        BrCpf => ("random_national_id", &["cpf"]),
        BrCnpj => ("random_national_id", &["cnpj"]),
        IpAddress => ("random_ip", &[]),
        MacAddress => ("random_mac", &[]),
        UserAgent => ("random_user_agent", &[]),
        Password => ("random_password", &[]),
        UrlCredentials => ("random_url", &[]),
        FreeText => ("random_sentence", &[]),
        _ => return None,
    };
    let constants: Vec<Argument> = arguments.iter().map(|text| Argument::Text((*text).to_owned())).collect();
    let longest = match library::text_mask(function, &constants, None) {
        Some(Ok(TextMask::Realistic(kind))) => kind.length().longest.and_then(|longest| u32::try_from(longest).ok()),
        _ => None,
    };
    Some((function, arguments, longest.unwrap_or(u32::MAX)))
}

/// Whether values of this kind are hashes and keys themselves.
fn is_hash(detector: Detector) -> bool {
    use Detector::*;
    matches!(detector, PasswordHash | HexDigest | Jwt | ApiKey | PrivateKey | Token)
}

fn text(detector: Option<Detector>, column: &ScanColumn, name: &str) -> String {
    use Detector::*;
    let number = |digits: u32| {
        let digits = column.length.map_or(digits, |most| most.min(digits)).clamp(1, 18);
        let (start, stop) = (10_u64.pow(digits - 1), 10_u64.pow(digits));
        format!("anon_funcs.random_bigint_between({start}, {stop})::text")
    };
    let detector = match detector {
        Some(detector) if !is_hash(detector) => detector,
        _ => {
            return fitted(column.length, format!("anon_funcs.random_hash({}, 'sha256')", as_text(column, name)), 64);
        }
    };
    let value = match (detector, column.length) {
        // An address that is cut is none.
        (Email, Some(length @ 13..44)) => {
            format!("lower(anon_funcs.random_string({})) || '@example.com'", (length - 12).min(12))
        }
        (CardSecurityCode, _) => number(3),
        (BankAccount | NationalId | Passport, _) => number(10),
        (BirthDate, length) => {
            let date = "anon_funcs.random_date_between('1950-01-01', '2005-12-31')::date::text";
            fitted(length, date.to_owned(), 10)
        }
        (Coordinates, length) => fitted(length, "'0, 0'".to_owned(), 4),
        (detector, length) => match realistic(detector).filter(|_| detector != Email || length.is_none_or(|l| l >= 44))
        {
            Some((function, arguments, longest)) => {
                let arguments: Vec<String> = arguments.iter().map(|argument| literal(argument)).collect();
                fitted(length, format!("anon_funcs.{function}({})", arguments.join(", ")), longest)
            }
            None => format!("anon_funcs.random_string({})", length.map_or(12, |most| most.min(12)).max(1)),
        },
    };
    when_set(column, name, &value)
}

/// A mask of a text within an array or a document, as `mask_array` and `mask_jsonb` take it; for elements of so many characters.
fn within(detector: Option<Detector>, length: Option<u32>) -> Value {
    let fits = |longest: u32| length.is_none_or(|length| length >= longest);
    match detector {
        None if fits(64) => json!(["random_hash", "sha256"]),
        Some(detector) if is_hash(detector) && fits(64) => json!(["random_hash", "sha256"]),
        Some(Detector::BirthDate) if fits(10) => json!({"set": "1970-01-01"}),
        Some(Detector::Coordinates) if fits(4) => json!({"set": "0, 0"}),
        Some(detector) => match realistic(detector).filter(|(_, _, longest)| fits(*longest)) {
            Some((function, [], _)) => json!(function),
            Some((function, arguments, _)) => {
                let call = [&[function], arguments].concat();
                json!(call)
            }
            None => random_string(length),
        },
        None => random_string(length),
    }
}

fn random_string(length: Option<u32>) -> Value {
    json!(["random_string", length.map_or(12, |most| most.min(12)).max(1)])
}

/// Text arrays keep the number of their elements; others become empty.
fn array(detector: Option<Detector>, column: &ScanColumn, name: &str, family: TypeFamily, salt: &str) -> String {
    if family != TypeFamily::Text {
        return when_set(column, name, "'{}'");
    }
    let fits_hash = column.length.is_none_or(|length| length >= 64);
    let mask = match column.must_stay_equal() {
        true if fits_hash => json!(["digest", salt, "sha256"]),
        _ => within(detector, column.length),
    };
    // A list of texts of its own type needs no cast.
    let value = if column.type_name == "text[]" { name.to_owned() } else { format!("{name}::text[]") };
    format!("anon_funcs.mask_array({value}, {})", literal(&mask.to_string()))
}

/// The most paths of a document that a rule names.
const MOST_PLACES: usize = 40;

/// Documents keep what is harmless. What was found is masked by path; in all else, what documents that nobody has looked at may hold
/// is redacted where a detector knows it. Where not all paths can be named, the document becomes empty.
fn document(places: Option<&[Place]>, column: &ScanColumn, name: &str) -> String {
    let places = places.filter(|places| (1..=MOST_PLACES).contains(&places.len()));
    let (Some(places), "json" | "jsonb") = (places, column.base_type.as_str()) else { return other(column, name) };
    let mut rules: Map<String, Value> = places
        .iter()
        .map(|place| {
            let mask = match place {
                // Names of members: what is found, alone.
                Place { path, .. } if path.ends_with('~') => json!("redact"),
                Place { is_text: false, .. } => json!({"set": 0}),
                Place { detector, .. } => within(Some(*detector), None),
            };
            (place.path.clone(), mask)
        })
        .collect();
    rules.entry("$").or_insert_with(|| json!("redact"));
    let value = if column.type_name == "jsonb" { name.to_owned() } else { format!("{name}::jsonb") };
    format!("anon_funcs.mask_jsonb({value}, {})", literal(&Value::Object(rules).to_string()))
}

fn integer(column: &ScanColumn) -> String {
    match column.base_type.as_str() {
        "int2" => "anon_funcs.random_int_between(0, 32768)::smallint".to_owned(),
        "int4" => "anon_funcs.random_int_between(1, 2147483647)".to_owned(),
        _ => "anon_funcs.random_bigint_between(10000000000, 100000000000)".to_owned(),
    }
}

fn decimal(detector: Option<Detector>, name: &str, column: &ScanColumn) -> String {
    match detector {
        // A tenth of a degree is eleven kilometres.
        Some(Detector::Coordinates) => format!("round({name}::numeric, 1)"),
        // A number of somebody: any other with as many digits as there may be, eleven at the most.
        Some(_) if column.base_type == "numeric" => match column.digits.map_or(11, |digits| digits.min(11)) {
            0 => when_set(column, name, "0"),
            digits => {
                let (start, stop) = (10_u64.pow(digits - 1), 10_u64.pow(digits));
                when_set(column, name, &format!("anon_funcs.random_bigint_between({start}, {stop})"))
            }
        },
        // Greater than it is, a number with few digits may not fit any more.
        None if column.digits.is_some() => format!("({name} * (0.5 + random() / 2))::numeric"),
        _ if column.base_type == "money" => format!("{name} * (0.5 + random())"),
        _ => format!("anon_funcs.noise({name}, 0.5)"),
    }
}

/// So few pairs of a column's values may be expected to become equal.
const RARELY: f64 = 1e-3;

/// Whether hashes of so many different values keep the values of the column apart.
fn keeps_apart(column: &ScanColumn, many: f64) -> bool {
    let rows = column.key.as_ref().map_or(0.0, |key| key.rows as f64);
    rows * rows / 2.0 / many < RARELY
}

/// A function of the value, for columns with a unique index and on both sides of a foreign key. It is a hash with the salt of the scan;
/// where the column has so many rows that hashes of its type would collide, a permutation under a key.
fn equal(detector: Option<Detector>, column: &ScanColumn, name: &str, family: TypeFamily, salt: &str) -> String {
    let digest = |algorithm: &str, value: &str| format!("anon_funcs.digest({value}, {}, '{algorithm}')", literal(salt));
    let of_text = |algorithm: &str| digest(algorithm, &format!("{name}::text"));
    // A whole number of so many bits.
    let number = |bits: u32| format!("('x' || left({}, {}))::bit({bits})::bigint", of_text("sha256"), bits / 4);
    let key = column.key.as_deref().cloned().unwrap_or_default();
    match family {
        TypeFamily::Text => {
            let digest = |algorithm: &str| digest(algorithm, &as_text(column, name));
            let length = key.length.or(column.length);
            let many = |characters: u32, alphabet: f64| alphabet.powi(characters.min(64) as i32);
            match (detector, length) {
                (Some(Detector::Email), None) => format!("left({}, 20) || '@example.com'", digest("sha256")),
                (Some(Detector::Email), Some(length @ 13..)) if keeps_apart(column, many(length - 12, 16.0)) => {
                    format!("left({}, {}) || '@example.com'", digest("sha256"), (length - 12).min(20))
                }
                (_, Some(length)) if !keeps_apart(column, many(length, 16.0)) => {
                    format!("left(encode(decode({}, 'hex'), 'base64'), {length})", digest("sha256"))
                }
                _ => fitted(length, digest("sha256"), 64),
            }
        }
        TypeFamily::Integer => {
            let base_type = key.base_type.as_deref().unwrap_or(&column.base_type);
            let (bits, low, high) = match base_type {
                "int2" => (12, i64::from(i16::MIN), i64::from(i16::MAX)),
                "int4" => (28, i64::from(i32::MIN), i64::from(i32::MAX)),
                _ => (60, i64::MIN, i64::MAX),
            };
            if keeps_apart(column, 2_f64.powi(bits as i32)) {
                format!("{}::{base_type}", number(bits))
            } else {
                let name = if base_type == column.base_type { name.to_owned() } else { format!("{name}::{base_type}") };
                format!("anon_funcs.permute_int({name}, ({low})::{base_type}, ({high})::{base_type})")
            }
        }
        TypeFamily::Decimal if column.base_type == "numeric" => match column.digits.unwrap_or(18) {
            0 => other(column, name),
            digits @ 1..18 => format!("({} % {})::numeric", number(60), 10_u64.pow(digits)),
            _ => format!("{}::numeric", number(60)),
        },
        TypeFamily::Decimal if column.base_type == "float8" => format!("{}::float8", number(52)),
        TypeFamily::Decimal if column.base_type == "float4" => format!("{}::float4", number(24)),
        TypeFamily::Uuid => format!("{}::uuid", of_text("md5")),
        TypeFamily::Mac => {
            let digits = if column.base_type == "macaddr8" { 14 } else { 10 };
            format!("('02' || left({}, {digits}))::{}", of_text("md5"), column.base_type)
        }
        // An address of the network for documentation (RFC 3849).
        TypeFamily::Network => format!("(inet '2001:db8::' + {})::{}", number(60), column.base_type),
        TypeFamily::Bytes => format!("decode({}, 'hex')", digest("sha256", &format!("encode({name}, 'hex')"))),
        TypeFamily::Date | TypeFamily::Timestamp => {
            format!("{name} + (('x' || left({}, 3))::bit(12)::integer - 2048) * interval '1 day'", of_text("sha256"))
        }
        _ => other(column, name),
    }
}
