//! What a mask costs a value. Throughput in elements a second is values a second.

use criterion::measurement::WallTime;
use criterion::{BenchmarkGroup, Criterion, Throughput, criterion_group, criterion_main};
use pg_anon_core::mask::date::{self, Interval};
use pg_anon_core::mask::hash::{self, Algorithm};
use pg_anon_core::mask::number::{self, Ratio};
use pg_anon_core::mask::{email, random, text};
use rand::rngs::ThreadRng;
use std::hint::black_box;

/// Values a round.
const VALUES: usize = 1024;

fn text_mask(
    group: &mut BenchmarkGroup<'_, WallTime>,
    name: &str,
    mut mask: impl FnMut(&[u8], &mut ThreadRng, &mut Vec<u8>),
) {
    let values: Vec<Vec<u8>> = (0..VALUES).map(|i| format!("person.number{i}@example.com").into_bytes()).collect();
    let mut rng = rand::rng();
    let mut out = Vec::with_capacity(1 << 20);
    group.bench_function(name, |bencher| {
        bencher.iter(|| {
            out.clear();
            for value in &values {
                mask(black_box(value), &mut rng, &mut out);
            }
            black_box(&out);
        });
    });
}

fn scalar_mask<T: Copy>(
    group: &mut BenchmarkGroup<'_, WallTime>,
    name: &str,
    value: T,
    mask: impl Fn(T, &mut ThreadRng) -> T,
) {
    let mut rng = rand::rng();
    group.bench_function(name, |bencher| {
        bencher.iter(|| {
            for _ in 0..VALUES {
                black_box(mask(black_box(value), &mut rng));
            }
        });
    });
}

fn masks(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("mask");
    let group = &mut group;
    group.throughput(Throughput::Elements(VALUES as u64));
    text_mask(group, "partial", |value, _, out| text::partial(value, 2, b"***", 2, out).expect("good arguments"));
    text_mask(group, "partial_email", |value, _, out| email::partial_email(value, out));
    text_mask(group, "digest sha256", |value, _, out| hash::digest(value, b"salt", Algorithm::Sha256, out));
    text_mask(group, "digest md5", |value, _, out| hash::digest(value, b"salt", Algorithm::Md5, out));
    text_mask(group, "random_hash md5", |value, rng, out| hash::random_hash(value, Algorithm::Md5, rng, out));
    text_mask(group, "random_string(8)", |_, rng, out| random::string(8, rng, out).expect("a good length"));
    text_mask(group, "random_zip", |_, rng, out| random::zip(rng, out));
    text_mask(group, "random_inn", |_, rng, out| random::inn(rng, out));
    text_mask(group, "random_phone('+7')", |_, rng, out| random::phone(b"+7", rng, out));
    let share = Ratio::new(0.1).expect("a good ratio");
    let year = Interval { months: 12, days: 0, micros: 0 };
    scalar_mask(group, "noise int4", 123_456, |value, rng| number::noise_i32(value, share, rng));
    scalar_mask(group, "noise int8", 123_456, |value, rng| number::noise_i64(value, share, rng));
    scalar_mask(group, "noise float8", 123.456, |value, rng| number::noise_f64(value, share, rng));
    scalar_mask(group, "dnoise date", 9000, |value, rng| date::noise_date(value, year, rng));
    scalar_mask(group, "dnoise timestamp", 800_000_000_000_000, |value, rng| date::noise_timestamp(value, year, rng));
    scalar_mask(group, "random_int_between", 1, |value, rng| random::int_between(value, 1_000_000, rng));
}

criterion_group!(benches, masks);
criterion_main!(benches);
