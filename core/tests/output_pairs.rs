//! Every writer against pairs of stored bytes and COPY text that a PostgreSQL server gave.
//!
//! The pairs in `data/output` are made by `generate.sql` there. Pairs in another folder are compared when the environment
//! variable `OUTPUT_PAIRS` names it.

use pg_anon_core::mask::date::Interval;
use pg_anon_core::output;
use std::path::PathBuf;

struct Pair {
    stored: Vec<u8>,
    text: Vec<u8>,
}

fn pairs(name: &str) -> Vec<Pair> {
    let folder = std::env::var_os("OUTPUT_PAIRS")
        .map_or_else(|| PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/data/output")), PathBuf::from);
    let file = std::fs::read(folder.join(name).with_extension("tsv")).unwrap();
    let pairs: Vec<Pair> = file
        .strip_suffix(b"\n")
        .unwrap()
        .split(|byte| *byte == b'\n')
        .map(|line| {
            let tab = line.iter().position(|byte| *byte == b'\t').unwrap();
            let hex = std::str::from_utf8(&line[..tab]).unwrap();
            let stored = (0..hex.len()).step_by(2).map(|i| u8::from_str_radix(&hex[i..i + 2], 16).unwrap()).collect();
            Pair { stored, text: line[tab + 1..].to_vec() }
        })
        .collect();
    assert!(pairs.len() > 1, "there are pairs of {name}");
    pairs
}

/// Writes every value behind something that must stay.
#[track_caller]
fn compare(name: &str, write: impl Fn(&[u8], &mut Vec<u8>)) {
    for Pair { stored, text } in pairs(name) {
        let mut out = b"kept\t".to_vec();
        write(&stored, &mut out);
        let written = out.strip_prefix(b"kept\t").unwrap();
        assert!(
            written == text,
            "{name} {stored:02x?}:\nwritten  {}\nexpected {}",
            String::from_utf8_lossy(written),
            String::from_utf8_lossy(&text)
        );
    }
}

/// Numbers in the pairs are in the byte order of the machine that made them.
fn number<const N: usize>(stored: &[u8], at: usize) -> [u8; N] {
    stored[at..at + N].try_into().unwrap()
}

fn i32_at(stored: &[u8], at: usize) -> i32 {
    i32::from_le_bytes(number(stored, at))
}

fn i64_at(stored: &[u8], at: usize) -> i64 {
    i64::from_le_bytes(number(stored, at))
}

#[test]
fn integers_are_written_as_postgresql_writes_them() {
    compare("int2", |stored, out| output::int2(i16::from_le_bytes(number(stored, 0)), out));
    compare("int4", |stored, out| output::int4(i32_at(stored, 0), out));
    compare("int8", |stored, out| output::int8(i64_at(stored, 0), out));
    compare("oid", |stored, out| output::oid(u32::from_le_bytes(number(stored, 0)), out));
    compare("boolean", |stored, out| output::boolean(stored[0] != 0, out));
}

#[test]
fn floating_point_numbers_are_written_as_postgresql_writes_them() {
    compare("float4", |stored, out| output::float4(f32::from_le_bytes(number(stored, 0)), out));
    compare("float8", |stored, out| output::float8(f64::from_le_bytes(number(stored, 0)), out));
}

#[cfg(target_endian = "little")]
#[test]
fn numerics_are_written_as_postgresql_writes_them() {
    compare("numeric", |stored, out| output::numeric(stored, out).unwrap());
}

#[test]
fn dates_and_times_are_written_as_postgresql_writes_them() {
    compare("date", |stored, out| output::date(i32_at(stored, 0), out));
    compare("time", |stored, out| output::time(i64_at(stored, 0), out));
    compare("timetz", |stored, out| output::timetz(i64_at(stored, 0), i32_at(stored, 8), out));
    compare("timestamp", |stored, out| output::timestamp(i64_at(stored, 0), out));
}

#[test]
fn timestamps_with_time_zone_are_written_as_postgresql_writes_them() {
    for Pair { stored, text } in pairs("timestamptz") {
        let text = String::from_utf8(text).unwrap();
        let (offset, text) = text.split_once('\t').unwrap();
        let mut out = Vec::new();
        output::timestamptz(i64_at(&stored, 0), offset.parse().unwrap(), &mut out);
        assert_eq!(String::from_utf8(out).unwrap(), text);
    }
}

#[test]
fn intervals_are_written_as_postgresql_writes_them() {
    compare("interval", |stored, out| {
        let interval = Interval { micros: i64_at(stored, 0), days: i32_at(stored, 8), months: i32_at(stored, 12) };
        output::interval(interval, out);
    });
}

#[test]
fn bytes_and_addresses_are_written_as_postgresql_writes_them() {
    compare("uuid", |stored, out| output::uuid(stored.try_into().unwrap(), out));
    compare("bytea", output::bytea);
    compare("macaddr", |stored, out| output::macaddr(stored.try_into().unwrap(), out));
    compare("macaddr8", |stored, out| output::macaddr8(stored.try_into().unwrap(), out));
    compare("inet", |stored, out| output::inet(stored, false, out).unwrap());
    compare("cidr", |stored, out| output::inet(stored, true, out).unwrap());
}

#[test]
fn texts_are_written_as_postgresql_writes_them() {
    compare("text", output::text);
    compare("json", output::text);
    compare("name", |stored, out| output::name(stored.try_into().unwrap(), out));
}

#[cfg(target_endian = "little")]
#[test]
fn jsonb_is_written_as_postgresql_writes_it() {
    compare("jsonb", |stored, out| output::jsonb(stored, out).unwrap());
}
