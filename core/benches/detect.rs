//! What it costs to look at one value with all detectors.

use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use pg_anon_core::detect::{Evidence, Examiner, Set};
use std::hint::black_box;

fn examine(c: &mut Criterion) {
    let examiner = Examiner::new(Set::all());
    let mut group = c.benchmark_group("detect");
    for (name, value) in [
        ("word", "pending"),
        ("two_words", "Blue Chair"),
        ("sentence", "The parcel was damaged and the customer asked for a refund"),
        ("cyrillic", "Привезли вовремя, спасибо"),
        ("order_number", "4500012345"),
        ("email", "first.last@example.com"),
        ("phone", "+7 (912) 345-67-89"),
        ("uuid", "123e4567-e89b-12d3-a456-426614174000"),
        ("url", "https://shop.example.org/catalog/1234?page=7"),
        ("hash", "2fd4e1c67a2d28fced849ee1bb76e7391b93eb12"),
    ] {
        group.throughput(Throughput::Bytes(value.len() as u64));
        group.bench_function(name, |b| {
            let mut evidence = Evidence::default();
            b.iter(|| evidence.add(&examiner, black_box(value)));
        });
    }
    group.finish();
}

criterion_group!(benches, examine);
criterion_main!(benches);
