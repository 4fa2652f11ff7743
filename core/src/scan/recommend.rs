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
        TypeFamily::Network => when_set(column, &name, &format!("anon_funcs.random_ip()::{}", column.base_type)),
        TypeFamily::Mac => when_set(column, &name, &format!("anon_funcs.random_mac()::{}", column.base_type)),
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
    // A function of the library, and the most characters that it gives.
    let call = |call: &str, longest: u32| fitted(column, format!("anon_funcs.{call}"), longest);
    let number = |digits: u32| {
        let digits = column.length.map_or(digits, |most| most.min(digits)).clamp(1, 18);
        let (start, stop) = (10_u64.pow(digits - 1), 10_u64.pow(digits));
        format!("anon_funcs.random_bigint_between({start}, {stop})::text")
    };
    let hash = || fitted(column, format!("anon_funcs.random_hash({name}, 'sha256')"), 64);
    let Some(detector) = detector else { return hash() };
    let value = match detector {
        // An address that is cut is none.
        Email if column.length.is_none_or(|length| length >= 64) => "anon_funcs.random_email()".to_owned(),
        Email if column.length.is_some_and(|length| length >= 24) => {
            "lower(anon_funcs.random_string(12)) || '@example.com'".to_owned()
        }
        Phone => call("random_phone_number()", 24),
        FirstName => call("random_first_name()", 40),
        LastName => call("random_last_name()", 40),
        FullName => call("random_full_name()", 80),
        UserName => call("random_user_name()", 60),
        StreetAddress => call("random_street()", 80),
        City => call("random_city()", 60),
        Postcode => call("random_postcode()", 12),
        PaymentCard => call("random_card()", 19),
        Iban => call("random_iban()", 34),
        UsSsn => call("random_national_id('ssn')", 24),
        RuInn => call("random_national_id('inn')", 24),
        RuSnils => call("random_national_id('snils')", 24),
        FrNir => call("random_national_id('nir')", 24),
        EsDni => call("random_national_id('dni')", 24),
        ItCodiceFiscale => call("random_national_id('codice_fiscale')", 24),
        BrCpf => call("random_national_id('cpf')", 24),
        BrCnpj => call("random_national_id('cnpj')", 24),
        CardSecurityCode => number(3),
        BankAccount | NationalId | Passport => number(10),
        BirthDate => {
            fitted(column, "anon_funcs.random_date_between('1950-01-01', '2005-12-31')::date::text".to_owned(), 10)
        }
        IpAddress => call("random_ip()", 15),
        MacAddress => call("random_mac()", 17),
        Coordinates => fitted(column, "'0, 0'".to_owned(), 4),
        UserAgent => call("random_user_agent()", 400),
        Password => call("random_password()", 16),
        UrlCredentials => call("random_url()", 200),
        FreeText => call("random_sentence()", 400),
        PasswordHash | HexDigest | Jwt | ApiKey | PrivateKey | Token => return hash(),
        _ => {
            let length = column.length.map_or(12, |most| most.min(12)).max(1);
            format!("anon_funcs.random_string({length})")
        }
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
