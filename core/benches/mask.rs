//! What a mask costs a value. Throughput in elements a second is values a second.

use criterion::measurement::WallTime;
use criterion::{BenchmarkGroup, Criterion, Throughput, criterion_group, criterion_main};
use pg_anon_core::mask::date::{self, Interval};
use pg_anon_core::mask::hash::{self, Algorithm};
use pg_anon_core::mask::key::{Domain, Key};
use pg_anon_core::mask::number::{self, Ratio};
use pg_anon_core::mask::permute::{Permutation, UuidPermutation};
use pg_anon_core::mask::registry::Argument;
use pg_anon_core::mask::structured::Rules;
use pg_anon_core::mask::{email, library, random, text};
use rand::rngs::ThreadRng;
use std::hint::black_box;

/// Values a round.
const VALUES: usize = 1024;

const NOTE: &str = "Customer 104711 called about the order of last week and asked to write to person.number104711@example.com, because the \
    parcel has not come yet; the number +49 170 0104711 is no longer hers.";
const HARMLESS: &str = "Customer 104711 called on 2024-01-15 at 10:30 about the order 2024-000123 of last week, because the parcel has not come yet; \
    version 1.2.3 of the letter says that it weighs 12.50 kg and costs 1 234,00.";
const NUMBERS: &str = "2024-01-15 10:30:00 17 200 3.5 12 1024 0.25 4500012345 88 2024-01-15 10:30:01 18 404 1.25 13 2048 0.5 4500012346 \
    89 2024-01-15 10:30:02 19 500 2.75 14 4096 0.75 4500012347 90";

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
    let key = Key::new(b"a-key-of-the-benchmark-of-the-masks").expect("a good key");
    for (function, constants) in [
        ("random_first_name", vec![]),
        ("random_full_name", vec![]),
        ("random_email", vec![]),
        ("random_street", vec![]),
        ("random_phone_number", vec![]),
        ("random_iban", vec![]),
        ("random_card", vec![]),
        ("random_national_id", vec![]),
        ("random_uuid", vec![]),
        ("random_sentence", vec![]),
        ("random_paragraph", vec![]),
        ("pseudo_first_name", vec![]),
        ("pseudo_full_name", vec![]),
        ("pseudo_email", vec![]),
        ("pseudo_phone_number", vec![]),
        ("pseudo_uuid", vec![]),
        ("fpe_digits", vec![]),
        ("fpe_text", vec![]),
        ("scramble", vec![]),
        ("hmac", vec![]),
        ("hmac_base32", vec![]),
        ("redact", vec![]),
        ("partial_card", vec![]),
        ("partial_phone", vec![]),
        ("partial_iban", vec![]),
        ("partial_name", vec![]),
        ("partial_url", vec![]),
        ("partial_ip", vec![]),
        ("generalise_text", vec![Argument::Text("{\"a\": \"b\"}".to_owned())]),
    ] {
        let mask = library::text_mask(function, &constants, Some(&key)).expect("a function").expect("good arguments");
        text_mask(group, function, |value, rng, out| mask.write(value, rng, out).expect("any text is taken"));
    }
    // A note of some 200 characters with an address and a telephone number, as `bench/run.py` measures it in SQL, one in which nothing is
    // to be found, and one that is nearly all digits.
    for (name, note) in [("note", NOTE), ("note without data", HARMLESS), ("note of numbers", NUMBERS)] {
        for function in ["redact", "redact_keyed"] {
            let mask = library::text_mask(function, &[], Some(&key)).expect("a function").expect("good arguments");
            text_mask(group, &format!("{function} of a {name}"), |_, rng, out| {
                mask.write(black_box(note.as_bytes()), rng, out).expect("any text is taken");
            });
        }
    }
    // Sixteen digits, as cards have them.
    let mask = library::text_mask("fpe_digits", &[], Some(&key)).expect("a function").expect("good arguments");
    text_mask(group, "fpe_digits of a card", |_, rng, out| {
        mask.write(black_box(b"4111 1111 1111 1111"), rng, out).expect("any text is taken");
    });
    let permutation = Permutation::new(1, 10_000_000, key.family(Domain::PermuteInt)).expect("good bounds");
    scalar_mask(group, "permute_int", 123_456, |value, _| permutation.apply(value).expect("within the bounds"));
    let permutation = UuidPermutation::new(key.family(Domain::PermuteUuid));
    scalar_mask(group, "permute_uuid", [7; 16], |value, _| permutation.apply(value));
    let rules = Rules::new("{\"$.email\": \"pseudo_email\"}", Some(&key)).expect("good rules");
    text_mask(group, "mask_jsonb", |_, rng, out| {
        let document = black_box("{\"id\": 7, \"email\": \"ann@shop.example\", \"tags\": [\"a\", \"b\"]}");
        out.extend_from_slice(rules.apply(document, rng).expect("a document").as_bytes());
    });
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
