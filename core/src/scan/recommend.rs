//! The rule that is written for a column when no dictionary gives one: it fits the column's type and length, keeps NULL, and keeps
//! what is equal equal where other columns or an index count on it.

use super::target::ScanColumn;
use super::template::{identifier, literal};
use crate::detect::{Detector, TypeFamily};

/// The rule for a column that holds such data; no detector: what is sensitive for another reason. `salt` makes hashes those of one
/// scan: whoever has the dictionary can try values against them.
pub(super) fn rule(detector: Option<Detector>, column: &ScanColumn, salt: &str) -> String {
    let name = identifier(&column.name);
    if column.is_array {
        return when_set(column, &name, "'{}'");
    }
    let must_be_equal = column.unique || column.referenced || !column.refers_to.is_empty();
    let family = column.family();
    if must_be_equal {
        return equal(detector, column, &name, family, salt);
    }
    match family {
        TypeFamily::Text => text(detector, column, &name),
        TypeFamily::Integer => when_set(column, &name, &integer(column)),
        TypeFamily::Decimal => decimal(detector, &name, column),
        TypeFamily::Date | TypeFamily::Timestamp => format!("anon_funcs.dnoise({name}, interval '2 years')"),
        TypeFamily::Uuid => when_set(column, &name, "pg_catalog.gen_random_uuid()"),
        TypeFamily::Network => {
            let part = "anon_funcs.random_int_between(0, 256)";
            when_set(
                column,
                &name,
                &format!("('10.' || {part} || '.' || {part} || '.' || {part})::{}", column.base_type),
            )
        }
        TypeFamily::Mac => {
            let digits = if column.base_type == "macaddr8" { 14 } else { 10 };
            format!("('02' || left(anon_funcs.random_hash({name}::text, 'md5'), {digits}))::{}", column.base_type)
        }
        TypeFamily::Bytes => format!("decode(anon_funcs.random_hash(encode({name}, 'hex'), 'sha256'), 'hex')"),
        TypeFamily::Document => when_set(column, &name, if column.base_type == "hstore" { "''" } else { "'{}'" }),
        TypeFamily::Position if column.base_type == "point" => when_set(column, &name, "'(0,0)'"),
        TypeFamily::Boolean => when_set(column, &name, "random() < 0.5"),
        TypeFamily::Enumeration | TypeFamily::Position | TypeFamily::Other => other(column, &name),
    }
}

/// `value`, but NULL stays NULL.
fn when_set(column: &ScanColumn, name: &str, value: &str) -> String {
    if column.not_null { value.to_owned() } else { format!("CASE WHEN {name} IS NOT NULL THEN {value} END") }
}

/// Types whose values nobody here knows how to write: NULL where that is allowed. Where it is not, the check of the dictionary says
/// so.
fn other(column: &ScanColumn, name: &str) -> String {
    match column.base_type.as_str() {
        "tsvector" | "bit" | "varbit" => when_set(column, name, "''"),
        _ => "NULL".to_owned(),
    }
}

/// `left(..)` when a text of so many characters is longer than the column takes.
fn fitted(column: &ScanColumn, value: String, longest: u32) -> String {
    match column.length {
        Some(length) if length < longest => format!("left({value}, {length})"),
        _ => value,
    }
}

fn text(detector: Option<Detector>, column: &ScanColumn, name: &str) -> String {
    use Detector::*;
    let room = |least: u32| column.length.is_none_or(|length| length >= least);
    let random = |length: u32| {
        let length = column.length.map_or(length, |most| most.min(length)).max(1);
        format!("anon_funcs.random_string({length})")
    };
    let number = |digits: u32| {
        let digits = column.length.map_or(digits, |most| most.min(digits)).clamp(1, 18);
        let (start, stop) = (10_u64.pow(digits - 1), 10_u64.pow(digits));
        format!("anon_funcs.random_bigint_between({start}, {stop})::text")
    };
    let Some(detector) = detector else {
        return fitted(column, format!("anon_funcs.random_hash({name}, 'sha256')"), 64);
    };
    let value = match detector {
        Email if room(24) => "lower(anon_funcs.random_string(12)) || '@example.com'".to_owned(),
        Phone => fitted(column, "anon_funcs.random_phone('+')".to_owned(), 10),
        FirstName | LastName | City => format!("initcap({})", random(8)),
        FullName if room(15) => {
            "initcap(anon_funcs.random_string(6)) || ' ' || initcap(anon_funcs.random_string(8))".to_owned()
        }
        Postcode => fitted(column, "anon_funcs.random_zip()".to_owned(), 6),
        PaymentCard => number(16),
        CardSecurityCode => number(3),
        UsSsn => number(9),
        RuInn => number(12),
        RuSnils | BrCpf => number(11),
        FrNir => number(15),
        BrCnpj => number(14),
        BankAccount | NationalId | Passport => number(10),
        BirthDate if room(10) => "anon_funcs.random_date_between('1950-01-01', '2005-12-31')::date::text".to_owned(),
        IpAddress if room(15) => {
            let part = "anon_funcs.random_int_between(0, 256)";
            format!("'10.' || {part} || '.' || {part} || '.' || {part}")
        }
        Coordinates if room(4) => "'0, 0'".to_owned(),
        UserAgent if room(11) => "'Mozilla/5.0'".to_owned(),
        UrlCredentials if room(11) => "'removed'".to_owned(),
        FreeText if room(7) => "'removed'".to_owned(),
        PasswordHash | HexDigest | Jwt | ApiKey | PrivateKey | Token => {
            return fitted(column, format!("anon_funcs.random_hash({name}, 'sha256')"), 64);
        }
        _ => random(12),
    };
    when_set(column, name, &value)
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
        // A number with few digits takes no longer one; noise stays within its range.
        Some(_) if column.type_name == "numeric" => {
            when_set(column, name, "anon_funcs.random_bigint_between(10000000000, 100000000000)")
        }
        _ => format!("anon_funcs.noise({name}, 0.5)"),
    }
}

/// A function of the value, for columns with a unique index and on both sides of a foreign key.
fn equal(detector: Option<Detector>, column: &ScanColumn, name: &str, family: TypeFamily, salt: &str) -> String {
    let digest = |algorithm: &str, value: &str| format!("anon_funcs.digest({value}, {}, '{algorithm}')", literal(salt));
    match family {
        TypeFamily::Text => match (detector, column.length) {
            (Some(Detector::Email), None) => format!("left({}, 20) || '@example.com'", digest("sha256", name)),
            (Some(Detector::Email), Some(length)) if length >= 28 => {
                format!("left({}, {}) || '@example.com'", digest("sha256", name), (length - 12).min(20))
            }
            _ => fitted(column, digest("sha256", name), 64),
        },
        TypeFamily::Integer => {
            let (digits, bits) = match column.base_type.as_str() {
                "int2" => (3, 12),
                "int4" => (7, 28),
                _ => (15, 60),
            };
            let hex = digest("sha256", &format!("{name}::text"));
            format!("('x' || left({hex}, {digits}))::bit({bits})::bigint::{}", column.base_type)
        }
        TypeFamily::Decimal if column.type_name == "numeric" => {
            format!("('x' || left({}, 15))::bit(60)::bigint::numeric", digest("sha256", &format!("{name}::text")))
        }
        TypeFamily::Uuid => format!("{}::uuid", digest("md5", &format!("{name}::text"))),
        TypeFamily::Mac => {
            let digits = if column.base_type == "macaddr8" { 14 } else { 10 };
            format!("('02' || left({}, {digits}))::{}", digest("md5", &format!("{name}::text")), column.base_type)
        }
        TypeFamily::Network => {
            // A network of documentation (RFC 3849) with 80 bits of the hash.
            let hex = digest("sha256", &format!("{name}::text"));
            format!("('2001:db8:0' || regexp_replace(left({hex}, 20), '(....)', ':\\1', 'g'))::{}", column.base_type)
        }
        TypeFamily::Bytes => format!("decode({}, 'hex')", digest("sha256", &format!("encode({name}, 'hex')"))),
        TypeFamily::Date | TypeFamily::Timestamp => {
            let hex = digest("sha256", &format!("{name}::text"));
            format!("{name} + (('x' || left({hex}, 3))::bit(12)::integer - 2048) * interval '1 day'")
        }
        _ => other(column, name),
    }
}
