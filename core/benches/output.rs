//! What writing a value costs, by type, over values of ordinary sizes. Throughput in elements a second is values a second.

use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use pg_anon_core::copytext::escape_into;
use pg_anon_core::mask::date::Interval;
use pg_anon_core::output;
use rand::rngs::StdRng;
use rand::{RngExt, SeedableRng};
use std::hint::black_box;

/// Values a round: enough to hide the clock, few enough to stay in the cache.
const VALUES: usize = 1024;

/// Measures `write` over values that `make` draws. The buffer is large enough from the beginning, as in the row writer.
fn measure<T>(
    criterion: &mut Criterion,
    name: &str,
    mut make: impl FnMut(&mut StdRng) -> T,
    mut write: impl FnMut(&T, &mut Vec<u8>),
) {
    let mut rng = StdRng::seed_from_u64(1);
    let values: Vec<T> = (0..VALUES).map(|_| make(&mut rng)).collect();
    let mut group = criterion.benchmark_group("output");
    group.throughput(Throughput::Elements(VALUES as u64));
    let mut out = Vec::with_capacity(1 << 20);
    group.bench_function(name, |bencher| {
        bencher.iter(|| {
            out.clear();
            for value in &values {
                write(black_box(value), &mut out);
                out.push(b'\t');
            }
            black_box(&out);
        });
    });
    group.finish();
}

/// The payload of a numeric in the short format.
fn short_numeric(scale: u16, weight: u16, digits: &[u16]) -> Vec<u8> {
    [0x8000 | scale << 7 | weight].iter().chain(digits).flat_map(|word| word.to_ne_bytes()).collect()
}

fn strings(length: std::ops::Range<usize>) -> impl FnMut(&mut StdRng) -> Vec<u8> {
    move |rng| (0..rng.random_range(length.clone())).map(|_| rng.random_range(b'a'..=b'z')).collect()
}

/// `{"id": 123456, "name": "...", "tags": ["...", "..."], "ok": true}` as it is stored.
fn document(rng: &mut StdRng) -> Vec<u8> {
    const NUMERIC: u32 = 0x1000_0000;
    const TRUE: u32 = 0x3000_0000;
    const CONTAINER: u32 = 0x5000_0000;
    const OBJECT: u32 = 0x2000_0000;
    const ARRAY: u32 = 0x4000_0000;
    fn words(words: &[u32]) -> impl Iterator<Item = u8> {
        words.iter().flat_map(|word| word.to_ne_bytes())
    }
    let mut text = strings(8..24);
    let (name, first, second) = (text(rng), text(rng), text(rng));
    let mut tags: Vec<u8> = words(&[ARRAY | 2, first.len() as u32, second.len() as u32]).collect();
    tags.extend(first.iter().chain(&second));
    let id = short_numeric(0, 1, &[rng.random_range(1..99), rng.random_range(0..9999)]);
    let mut data = b"idoknametags".to_vec();
    let mut entries = vec![OBJECT | 4, 2, 2, 4, 4];
    let start = data.len();
    // Keys are sorted by length; the length word of a numeric is four times its length on little-endian machines.
    let length = 4 + id.len() as u32;
    data.extend(if cfg!(target_endian = "big") { length } else { length << 2 }.to_ne_bytes());
    data.extend(id);
    entries.push(NUMERIC | (data.len() - start) as u32);
    entries.push(TRUE);
    data.extend(&name);
    entries.push(name.len() as u32);
    let start = data.len();
    data.resize(start.next_multiple_of(4), 0);
    data.extend(tags);
    entries.push(CONTAINER | (data.len() - start) as u32);
    words(&entries).chain(data).collect()
}

fn writers(criterion: &mut Criterion) {
    measure(criterion, "int2", |rng| rng.random::<i16>(), |value, out| output::int2(*value, out));
    measure(
        criterion,
        "int4 to 1,000,000",
        |rng| rng.random_range(0..1_000_000),
        |value, out| output::int4(*value, out),
    );
    measure(
        criterion,
        "int8 of any size",
        |rng| rng.random::<i64>() >> rng.random_range(0..64),
        |value, out| {
            output::int8(*value, out);
        },
    );
    measure(
        criterion,
        "float4 of 3 places",
        |rng| rng.random_range(0..1_000_000) as f32 / 1000.0,
        |value, out| {
            output::float4(*value, out);
        },
    );
    measure(
        criterion,
        "float8 of 2 places",
        |rng| rng.random_range(0..1_000_000_000) as f64 / 100.0,
        |value, out| {
            output::float8(*value, out);
        },
    );
    measure(
        criterion,
        "float8 of 17 digits",
        |rng| rng.random::<f64>() * 1000.0,
        |value, out| output::float8(*value, out),
    );
    measure(
        criterion,
        "float8 with exponent",
        |rng| rng.random::<f64>() * 1e-20,
        |value, out| output::float8(*value, out),
    );
    measure(
        criterion,
        "numeric(10,2)",
        |rng| {
            short_numeric(2, 1, &[rng.random_range(1..9999), rng.random_range(0..9999), 100 * rng.random_range(1..100)])
        },
        |value, out| output::numeric(value, out).expect("a numeric"),
    );
    measure(
        criterion,
        "numeric of 40 digits",
        |rng| short_numeric(20, 4, &(0..10).map(|_| rng.random_range(1..9999)).collect::<Vec<u16>>()),
        |value, out| output::numeric(value, out).expect("a numeric"),
    );
    measure(criterion, "date", |rng| rng.random_range(-10_000..10_000), |value, out| output::date(*value, out));
    measure(criterion, "time", |rng| rng.random_range(0..86_400_000_000), |value, out| output::time(*value, out));
    const YEARS: std::ops::Range<i64> = 0..800_000_000_000_000;
    measure(criterion, "timestamp", |rng| rng.random_range(YEARS), |value, out| output::timestamp(*value, out));
    measure(
        criterion,
        "timestamptz",
        |rng| rng.random_range(YEARS),
        |value, out| output::timestamptz(*value, 10800, out),
    );
    measure(
        criterion,
        "interval",
        |rng| Interval {
            months: rng.random_range(0..40),
            days: rng.random_range(0..9),
            micros: rng.random_range(0..1 << 36),
        },
        |value, out| output::interval(*value, out),
    );
    measure(criterion, "uuid", |rng| rng.random::<[u8; 16]>(), output::uuid);
    measure(criterion, "bytea of 32 bytes", |rng| rng.random::<[u8; 32]>(), |value, out| output::bytea(value, out));
    measure(
        criterion,
        "inet",
        |rng| [2, 32, rng.random(), rng.random(), rng.random(), rng.random()],
        |value, out| output::inet(value, false, out).expect("an inet"),
    );
    measure(criterion, "macaddr", |rng| rng.random::<[u8; 6]>(), output::macaddr);
    measure(criterion, "jsonb of 4 keys", document, |value, out| output::jsonb(value, out).expect("a jsonb"));
    measure(criterion, "text of 8 to 24 bytes", strings(8..25), |value, out| escape_into(value, out));
    measure(criterion, "text of 200 bytes", strings(200..201), |value, out| escape_into(value, out));
    let mut plain = strings(20..21);
    let with_tab = move |rng: &mut StdRng| {
        let mut text = plain(rng);
        text[10] = b'\t';
        text
    };
    measure(criterion, "text of 20 bytes with a tab", with_tab, |value, out| escape_into(value, out));
}

criterion_group!(benches, writers);
criterion_main!(benches);
