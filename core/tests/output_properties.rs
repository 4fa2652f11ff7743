//! The writers against simple code that does the same, and against bytes that no server has written.

use std::net::{Ipv4Addr, Ipv6Addr};

use pg_anon_core::copytext::escape_into;
use pg_anon_core::mask::date::{DAY, FIRST_DATE, FIRST_TIMESTAMP, Interval, LAST_DATE, LAST_TIMESTAMP};
use pg_anon_core::output::{self, OutputError};
use proptest::prelude::*;
use serde_json::Value;

fn written(write: impl FnOnce(&mut Vec<u8>)) -> String {
    let mut out = b"kept\t".to_vec();
    write(&mut out);
    String::from_utf8(out).unwrap().strip_prefix("kept\t").unwrap().to_owned()
}

/// What is written for bytes that may be broken; an error must leave the buffer as it was, and capacity does not count.
fn tried(write: impl FnOnce(&mut Vec<u8>) -> Result<(), OutputError>) -> Result<String, OutputError> {
    let mut out = b"kept\t".to_vec();
    let result = write(&mut out);
    if result.is_err() {
        assert_eq!(out, b"kept\t");
    }
    result.map(|()| String::from_utf8_lossy(out.strip_prefix(b"kept\t").unwrap()).into_owned())
}

/// Year, month and day, found by counting years and months from the year -10,000 on.
fn calendar(days: i32) -> (i64, usize, i64) {
    let is_leap = |year: i64| year.rem_euclid(4) == 0 && (year.rem_euclid(100) != 0 || year.rem_euclid(400) == 0);
    let cycles = i64::from(days).div_euclid(146_097);
    let mut rest = i64::from(days).rem_euclid(146_097);
    let mut year = 2000 + 400 * cycles;
    while rest >= 365 + i64::from(is_leap(year)) {
        rest -= 365 + i64::from(is_leap(year));
        year += 1;
    }
    let lengths = [31, 28 + i64::from(is_leap(year)), 31, 30, 31, 30, 31, 31, 30, 31, 30, 31];
    let month = lengths
        .iter()
        .position(|length| {
            rest -= length;
            rest < 0
        })
        .unwrap();
    (year, month + 1, rest + lengths[month] + 1)
}

fn date_and_era(days: i32) -> (String, &'static str) {
    let (year, month, day) = calendar(days);
    let (year, era) = if year > 0 { (year, "") } else { (1 - year, " BC") };
    (format!("{year:04}-{month:02}-{day:02}"), era)
}

fn time_text(micros: i64) -> String {
    let seconds = micros / 1_000_000;
    let text = format!("{:02}:{:02}:{:02}", seconds / 3600, seconds / 60 % 60, seconds % 60);
    match micros % 1_000_000 {
        0 => text,
        fraction => format!("{text}.{fraction:06}").trim_end_matches('0').to_owned(),
    }
}

fn zone_text(seconds_east: i32) -> String {
    let (sign, seconds) = (if seconds_east < 0 { '-' } else { '+' }, seconds_east.abs());
    let text = format!("{sign}{:02}:{:02}:{:02}", seconds / 3600, seconds / 60 % 60, seconds % 60);
    let text = text.strip_suffix(":00").unwrap_or(&text);
    if seconds % 60 == 0 { text.strip_suffix(":00").unwrap_or(text) } else { text }.to_owned()
}

/// A numeric as PostgreSQL stores it, of its text: an optional sign, digits, and a point with digits behind it.
fn stored_numeric(text: &str, long: bool) -> Vec<u8> {
    let (negative, text) = text.strip_prefix('-').map_or((false, text), |text| (true, text));
    let (whole, fraction) = text.split_once('.').unwrap_or((text, ""));
    let scale = fraction.len() as u16;
    let padded = "0".repeat((4 - whole.len() % 4) % 4) + whole + fraction + &"0".repeat((4 - fraction.len() % 4) % 4);
    let mut digits: Vec<u16> =
        padded.as_bytes().chunks(4).map(|group| std::str::from_utf8(group).unwrap().parse().unwrap()).collect();
    let mut weight = whole.len().div_ceil(4) as i16 - 1;
    while digits.last() == Some(&0) {
        digits.pop();
    }
    while digits.first() == Some(&0) {
        digits.remove(0);
        weight -= 1;
    }
    if digits.is_empty() {
        weight = 0;
    }
    let header = if long || scale > 63 || !(-64..64).contains(&weight) {
        vec![scale | if negative { 0x4000 } else { 0 }, weight as u16]
    } else {
        vec![0x8000 | if negative { 0x2000 } else { 0 } | scale << 7 | weight as u16 & 0x7F]
    };
    header.into_iter().chain(digits).flat_map(u16::to_ne_bytes).collect()
}

const STRING: u32 = 0x0000_0000;
const NUMERIC: u32 = 0x1000_0000;
const FALSE: u32 = 0x2000_0000;
const TRUE: u32 = 0x3000_0000;
const NULL: u32 = 0x4000_0000;
const CONTAINER: u32 = 0x5000_0000;

/// A document as PostgreSQL stores it; every 32nd entry says where its data end.
fn stored_jsonb(document: &Value) -> Vec<u8> {
    let mut data = Vec::new();
    let kind = push_child(document, &mut data);
    if kind == CONTAINER { data } else { words(&[0x5000_0001, kind | data.len() as u32]).chain(data.clone()).collect() }
}

fn words(words: &[u32]) -> impl Iterator<Item = u8> {
    words.iter().flat_map(|word| word.to_ne_bytes())
}

fn push_child(child: &Value, data: &mut Vec<u8>) -> u32 {
    let align = |data: &mut Vec<u8>| data.resize(data.len().next_multiple_of(4), 0);
    match child {
        Value::Null => NULL,
        Value::Bool(false) => FALSE,
        Value::Bool(true) => TRUE,
        Value::String(text) => {
            data.extend(text.as_bytes());
            STRING
        }
        Value::Number(number) => {
            align(data);
            let numeric = stored_numeric(&number.to_string(), false);
            let length = numeric.len() as u32 + 4;
            data.extend(if cfg!(target_endian = "big") { length } else { length << 2 }.to_ne_bytes());
            data.extend(numeric);
            NUMERIC
        }
        Value::Array(elements) => {
            align(data);
            data.extend(container(0x4000_0000 | elements.len() as u32, elements.iter().cloned()));
            CONTAINER
        }
        Value::Object(pairs) => {
            align(data);
            let keys = pairs.keys().map(|key| Value::String(key.clone()));
            data.extend(container(0x2000_0000 | pairs.len() as u32, keys.chain(pairs.values().cloned())));
            CONTAINER
        }
    }
}

fn container(header: u32, children: impl Iterator<Item = Value>) -> Vec<u8> {
    let mut entries = vec![header];
    let mut data = Vec::new();
    for (index, child) in children.enumerate() {
        let start = data.len();
        let kind = push_child(&child, &mut data);
        let is_end = index % 32 == 0;
        entries.push(kind | if is_end { 0x8000_0000 | data.len() as u32 } else { (data.len() - start) as u32 });
    }
    words(&entries).chain(data).collect()
}

/// The text of a document as PostgreSQL writes it, before COPY escapes it.
fn json_text(document: &Value) -> String {
    match document {
        Value::Array(elements) => format!("[{}]", elements.iter().map(json_text).collect::<Vec<_>>().join(", ")),
        Value::Object(pairs) => {
            let pair =
                |(key, value)| format!("{}: {}", json_text(&Value::String(String::clone(key))), json_text(value));
            format!("{{{}}}", pairs.iter().map(pair).collect::<Vec<_>>().join(", "))
        }
        scalar => scalar.to_string(),
    }
}

fn escaped(text: &str) -> String {
    written(|out| escape_into(text.as_bytes(), out))
}

fn documents() -> impl Strategy<Value = Value> {
    let scalar = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        "[\\x01-\\x1f\"\\\\a-zé]{0,30}".prop_map(Value::from),
    ];
    scalar.prop_recursive(6, 200, 70, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..70).prop_map(Value::from),
            prop::collection::btree_map("[\"\\\\\na-z]{0,6}", inner, 0..70)
                .prop_map(|pairs| Value::Object(pairs.into_iter().collect())),
        ]
    })
}

proptest! {
    #[test]
    fn a_float8_reads_back_and_is_as_short_as_it_can_be(bits: u64) {
        let value = f64::from_bits(bits);
        let text = written(|out| output::float8(value, out));
        if value.is_finite() {
            prop_assert_eq!(text.parse::<f64>().unwrap().to_bits(), bits);
            // Between these a decimal half-way between two numbers can be shorter, and is not taken.
            if !(1e16..1e41).contains(&value.abs()) {
                let digits = |text: &str| text.split('e').next().unwrap().replace('.', "").trim_matches(['-', '0']).len();
                let shortest = format!("{value:e}");
                prop_assert_eq!(digits(&text), digits(&shortest));
            }
        }
    }

    #[test]
    fn a_float4_reads_back(bits: u32) {
        let value = f32::from_bits(bits);
        let text = written(|out| output::float4(value, out));
        if value.is_finite() {
            prop_assert_eq!(text.parse::<f32>().unwrap().to_bits(), bits);
        }
    }

    #[test]
    fn a_numeric_has_the_digits_it_was_made_of(text in "-?(0|[1-9][0-9]{0,30}|[1-9]0{0,300})(\\.[0-9]{1,90}|\\.0{1,80}[1-9])?", long: bool) {
        let is_zero = !text.contains(|digit| matches!(digit, '1'..='9'));
        let expected = if is_zero { text.trim_start_matches('-') } else { &text };
        prop_assert_eq!(tried(|out| output::numeric(&stored_numeric(expected, long), out)).unwrap(), expected);
    }

    #[test]
    fn a_date_is_that_of_the_calendar(days in FIRST_DATE..=LAST_DATE, near in -800_000..3_000_000) {
        for days in [days, near] {
            let (date, era) = date_and_era(days);
            prop_assert_eq!(written(|out| output::date(days, out)), date + era);
        }
    }

    #[test]
    fn a_timestamp_is_a_date_and_a_time(
        any in FIRST_TIMESTAMP..=LAST_TIMESTAMP,
        seconds in 0..1_000_000_000_i64,
        millis in 0..1_000_000_000_000_i64,
        offset in -57_599..57_600,
    ) {
        for micros in [any, seconds * 1_000_000, millis * 1000] {
            let text = |micros: i64, zone: String| {
                let (date, era) = date_and_era(micros.div_euclid(DAY) as i32);
                format!("{date} {}{zone}{era}", time_text(micros.rem_euclid(DAY)))
            };
            prop_assert_eq!(written(|out| output::timestamp(micros, out)), text(micros, String::new()));
            let local = micros + i64::from(offset) * 1_000_000;
            prop_assert_eq!(written(|out| output::timestamptz(micros, offset, out)), text(local, zone_text(offset)));
            let time = micros.rem_euclid(DAY);
            prop_assert_eq!(written(|out| output::time(time, out)), time_text(time));
            prop_assert_eq!(written(|out| output::timetz(time, -offset, out)), time_text(time) + &zone_text(offset));
        }
    }

    #[test]
    fn dates_and_times_that_no_server_stores_do_no_harm(days: i32, micros: i64, seconds: i32) {
        let mut out = Vec::new();
        output::date(days, &mut out);
        output::time(micros, &mut out);
        output::timetz(micros, seconds, &mut out);
        output::timestamp(micros, &mut out);
        output::timestamptz(micros, seconds, &mut out);
        output::interval(Interval { months: days, days: seconds, micros }, &mut out);
    }

    #[test]
    fn an_address_reads_back(words: [u16; 8], keep: [bool; 8], bits in 0..=128_u8) {
        let words: Vec<u16> = words.iter().zip(keep).map(|(word, keep)| if keep { *word } else { 0 }).collect();
        let address = Ipv6Addr::from(<[u16; 8]>::try_from(words).unwrap());
        let stored: Vec<u8> = [3, bits].into_iter().chain(address.octets()).collect();
        let text = tried(|out| output::inet(&stored, true, out)).unwrap();
        let (read, netmask) = text.split_once('/').unwrap();
        prop_assert_eq!(read.parse::<Ipv6Addr>().unwrap(), address);
        prop_assert_eq!(netmask, bits.to_string());
        let [.., a, b, c, d] = address.octets();
        let text = tried(|out| output::inet(&[2, 32, a, b, c, d], false, out)).unwrap();
        prop_assert_eq!(text, Ipv4Addr::new(a, b, c, d).to_string());
    }

    #[test]
    fn a_document_is_written_as_it_was_made(document in documents()) {
        let text = tried(|out| output::jsonb(&stored_jsonb(&document), out)).unwrap();
        prop_assert_eq!(text, escaped(&json_text(&document)));
    }

    #[test]
    fn broken_documents_do_no_harm(document in documents(), cut: prop::sample::Index, at: prop::sample::Index, byte: u8) {
        let mut stored = stored_jsonb(&document);
        let at = at.index(stored.len());
        stored[at] = byte;
        let _ = tried(|out| output::jsonb(&stored, out));
        stored.truncate(cut.index(stored.len()));
        let _ = tried(|out| output::jsonb(&stored, out));
    }

    #[test]
    fn bytes_that_are_no_value_do_no_harm(bytes in prop::collection::vec(any::<u8>(), 0..60)) {
        let _ = tried(|out| output::numeric(&bytes, out));
        let _ = tried(|out| output::jsonb(&bytes, out));
        let _ = tried(|out| output::inet(&bytes, false, out));
    }

    #[test]
    fn a_bytea_is_its_hexadecimal_digits(bytes in prop::collection::vec(any::<u8>(), 0..100)) {
        let expected: String = bytes.iter().map(|byte| format!("{byte:02x}")).collect();
        prop_assert_eq!(written(|out| output::bytea(&bytes, out)), format!(r"\\x{expected}"));
    }
}

#[test]
fn infinite_intervals_are_known_by_all_their_fields() {
    let text = |interval| {
        let mut out = Vec::new();
        output::infinite_interval(interval, &mut out).then(|| String::from_utf8(out).unwrap())
    };
    assert_eq!(text(Interval::INFINITY).as_deref(), Some("infinity"));
    assert_eq!(text(Interval::NEG_INFINITY).as_deref(), Some("-infinity"));
    assert_eq!(text(Interval { days: 0, ..Interval::INFINITY }), None);
    assert_eq!(text(Interval { micros: i64::MAX, ..Interval::NEG_INFINITY }), None);
}

#[test]
fn a_document_that_is_nested_too_deeply_is_left_to_the_output_function() {
    let nested = |depth| (1..depth).fold(Value::Array(Vec::new()), |inner, _| Value::Array(vec![inner]));
    assert_eq!(
        tried(|out| output::jsonb(&stored_jsonb(&nested(200)), out)).unwrap(),
        "[".repeat(200) + &"]".repeat(200)
    );
    assert_eq!(tried(|out| output::jsonb(&stored_jsonb(&nested(201)), out)), Err(OutputError::TooDeep));
}

#[test]
fn layouts_that_are_not_known_are_refused() {
    let word = |word: u16| word.to_ne_bytes();
    // An odd length, no header, no weight, another special value, a digit that is too large.
    for numeric in [&[0][..], &[], &word(0x0001), &word(0xE000), &[word(0x8000), word(10_000)].concat()] {
        assert_eq!(tried(|out| output::numeric(numeric, out)), Err(OutputError::UnknownLayout), "{numeric:?}");
    }
    // A netmask that is too long, an address that is too short or too long, another family.
    for inet in [
        &[2, 33, 1, 2, 3, 4][..],
        &[2, 32, 1, 2, 3],
        &[3, 64, 1, 2, 3, 4],
        &[4, 32, 1, 2, 3, 4],
        &[2, 8, 1, 2, 3, 4, 5],
    ] {
        assert_eq!(tried(|out| output::inet(inet, false, out)), Err(OutputError::UnknownLayout), "{inet:?}");
    }
    // Neither array nor object, more children than there are, a type that does not exist, a key that is a number.
    for jsonb in
        [vec![0x0000_0000], vec![0x4000_0001], vec![0x4000_0001, 0x6000_0000], vec![0x2000_0001, NUMERIC, NULL]]
    {
        let stored: Vec<u8> = words(&jsonb).collect();
        assert_eq!(tried(|out| output::jsonb(&stored, out)), Err(OutputError::UnknownLayout), "{jsonb:x?}");
    }
}
