//! Random values. Uniformity is tested by chi-square with seeded generators, so a run gives the same result every time.

use pg_anon_core::mask::{MaskErrorKind, random};
use proptest::prelude::*;
use rand::rngs::StdRng;
use rand::{SeedableRng, TryCryptoRng, TryRng};

fn generator(seed: u64) -> StdRng {
    StdRng::seed_from_u64(seed)
}

/// Whether the counts fit a uniform distribution: chi-square within five standard deviations of its mean.
fn assert_uniform(counts: &[u64]) {
    let total: u64 = counts.iter().sum();
    let expected = total as f64 / counts.len() as f64;
    assert!(expected >= 50.0, "too few draws");
    let chi_square: f64 = counts.iter().map(|count| (*count as f64 - expected).powi(2) / expected).sum();
    let freedom = (counts.len() - 1) as f64;
    let deviation = (chi_square - freedom) / (2.0 * freedom).sqrt();
    assert!(deviation.abs() < 5.0, "chi-square is {deviation} standard deviations off: {counts:?}");
}

/// Gives the words of a list and no more: for draws at the edge of what is thrown away.
struct Words(std::vec::IntoIter<u64>);

impl TryRng for Words {
    type Error = std::convert::Infallible;
    fn try_next_u32(&mut self) -> Result<u32, Self::Error> {
        Ok(self.try_next_u64()? as u32)
    }
    fn try_next_u64(&mut self) -> Result<u64, Self::Error> {
        Ok(self.0.next().expect("no more words than needed are drawn"))
    }
    fn try_fill_bytes(&mut self, _: &mut [u8]) -> Result<(), Self::Error> {
        panic!("words only")
    }
}

impl TryCryptoRng for Words {}

fn words<const COUNT: usize>(words: [u64; COUNT]) -> Words {
    Words(Vec::from(words).into_iter())
}

fn string(length: i32, rng: &mut StdRng) -> Vec<u8> {
    let mut out = Vec::new();
    random::string(length, rng, &mut out).unwrap();
    out
}

const ALPHANUMERIC: &[u8] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789";

#[test]
fn random_string_is_uniform_at_every_place() {
    let mut rng = generator(1);
    // Two whole batches of characters and a part of one.
    let mut counts = vec![[0_u64; 36]; 25];
    for _ in 0..20_000 {
        for (place, character) in string(25, &mut rng).iter().enumerate() {
            counts[place][ALPHANUMERIC.iter().position(|known| known == character).unwrap()] += 1;
        }
    }
    for place in &counts {
        assert_uniform(place);
    }
}

#[test]
fn neighbouring_characters_of_a_random_string_are_independent() {
    let mut rng = generator(2);
    let index = |character| ALPHANUMERIC.iter().position(|known| *known == character).unwrap();
    for (one, other) in [(0, 1), (9, 10), (10, 11), (0, 11)] {
        let mut counts = vec![0_u64; 36 * 36];
        for _ in 0..130_000 {
            let text = string(12, &mut rng);
            counts[index(text[one]) * 36 + index(text[other])] += 1;
        }
        assert_uniform(&counts);
    }
}

#[test]
fn random_string_refuses_lengths_that_cannot_be() {
    let mut out = b"kept".to_vec();
    let mut rng = generator(3);
    for (length, kind) in [
        (-1, MaskErrorKind::InvalidParameter),
        (i32::MIN, MaskErrorKind::InvalidParameter),
        (i32::MAX, MaskErrorKind::ProgramLimit),
        (random::LONGEST_TEXT as i32 + 1, MaskErrorKind::ProgramLimit),
    ] {
        let error = random::string(length, &mut rng, &mut out).unwrap_err();
        assert_eq!(error.kind, kind);
        assert!(error.hint.is_some());
    }
    random::string(0, &mut rng, &mut out).unwrap();
    assert_eq!(out, b"kept");
}

#[test]
fn a_draw_that_favours_some_strings_is_thrown_away() {
    // 2^64 mod 36 is 16. A draw of 0 leaves the fraction 0, which is below 16, and so does not count.
    let mut out = Vec::new();
    random::string(1, &mut words([0, u64::MAX]), &mut out).unwrap();
    assert_eq!(out, b"9");
}

#[test]
fn a_draw_that_favours_some_numbers_is_thrown_away() {
    // 2^64 mod 3 is 1: of the draws only the one that leaves the fraction 0 is one too many.
    assert_eq!(random::int_between(0, 3, &mut words([0, u64::MAX])), 2);
    assert_eq!(random::int_between(0, 3, &mut words([1])), 0);
    // A power of two divides the draws evenly.
    assert_eq!(random::int_between(0, 4, &mut words([0])), 0);
}

fn digits(make: impl Fn(&mut StdRng, &mut Vec<u8>), length: usize, first: u8) {
    let mut rng = generator(4);
    let mut counts = vec![[0_u64; 10]; length];
    for _ in 0..20_000 {
        let mut out = Vec::new();
        make(&mut rng, &mut out);
        assert_eq!(out.len(), length);
        for (place, digit) in out.iter().enumerate() {
            counts[place][usize::from(digit - b'0')] += 1;
        }
    }
    assert_uniform(&counts[0][usize::from(first)..]);
    assert!(counts[0][..usize::from(first)].iter().all(|count| *count == 0));
    for place in &counts[1..] {
        assert_uniform(place);
    }
}

#[test]
fn random_zip_has_six_uniform_digits() {
    digits(random::zip, 6, 0);
}

#[test]
fn random_inn_has_eight_uniform_digits() {
    digits(random::inn, 8, 0);
}

#[test]
fn random_phone_has_nine_digits_and_does_not_begin_with_zero() {
    digits(|rng, out| random::phone(b"", rng, out), 9, 1);
}

#[test]
fn random_phone_begins_with_its_prefix() {
    let mut out = b"+".to_vec();
    random::phone("т.0".as_bytes(), &mut generator(5), &mut out);
    let text = String::from_utf8(out).unwrap();
    assert_eq!(text.strip_prefix("+т.0").unwrap().len(), 9);
}

#[test]
fn random_int_between_is_uniform_and_leaves_the_stop_out() {
    let mut rng = generator(6);
    for (start, stop) in [(10, 20), (-7, 0), (20, 10), (i32::MAX - 5, i32::MAX)] {
        let mut counts = vec![0_u64; start.abs_diff(stop) as usize];
        for _ in 0..10_000 {
            counts[random::int_between(start, stop, &mut rng).abs_diff(start) as usize] += 1;
        }
        assert_uniform(&counts);
    }
}

#[test]
fn random_int_between_equal_numbers_is_that_number() {
    let mut rng = generator(7);
    assert_eq!(random::int_between(5, 5, &mut rng), 5);
    assert_eq!(random::bigint_between(i64::MIN, i64::MIN, &mut rng), i64::MIN);
}

#[test]
fn random_bigint_between_is_uniform_over_all_numbers() {
    let mut rng = generator(8);
    let mut counts = vec![0_u64; 64];
    for _ in 0..20_000 {
        let number = random::bigint_between(i64::MIN, i64::MAX, &mut rng);
        assert_ne!(number, i64::MAX);
        counts[(number.cast_unsigned() >> 58) as usize] += 1;
    }
    assert_uniform(&counts);
}

#[test]
fn random_date_lies_between_1900_and_now() {
    const YEAR_2024: i64 = 8_766 * 86_400_000_000;
    let mut rng = generator(9);
    let mut counts = vec![0_u64; 31];
    for _ in 0..20_000 {
        let date = random::timestamp(YEAR_2024, &mut rng).unwrap();
        assert!((random::YEAR_1900..YEAR_2024).contains(&date));
        counts[((date - random::YEAR_1900) as i128 * 31 / (YEAR_2024 - random::YEAR_1900) as i128) as usize] += 1;
    }
    assert_uniform(&counts);
}

#[test]
fn random_date_between_infinite_dates_is_refused() {
    let mut rng = generator(10);
    for (start, stop) in [(i64::MIN, 0), (0, i64::MAX), (i64::MIN, i64::MAX), (i64::MAX, i64::MAX)] {
        let error = random::timestamp_between(start, stop, &mut rng).unwrap_err();
        assert_eq!(error.kind, MaskErrorKind::InvalidParameter);
    }
}

#[test]
fn random_index_is_uniform_and_none_of_nothing() {
    let mut rng = generator(11);
    assert_eq!(random::index(0, &mut rng), None);
    assert_eq!(random::index(1, &mut rng), Some(0));
    let mut counts = vec![0_u64; 7];
    for _ in 0..10_000 {
        counts[random::index(7, &mut rng).unwrap()] += 1;
    }
    assert_uniform(&counts);
}

proptest! {
    #[test]
    fn random_string_has_its_length_and_characters(length in 0..300_i32, seed in any::<u64>()) {
        let text = string(length, &mut generator(seed));
        prop_assert_eq!(text.len(), length as usize);
        prop_assert!(text.iter().all(|character| ALPHANUMERIC.contains(character)));
    }

    #[test]
    fn random_numbers_stay_between(start in any::<i64>(), stop in any::<i64>(), seed in any::<u64>()) {
        let mut rng = generator(seed);
        let number = random::bigint_between(start, stop, &mut rng);
        prop_assert!((start.min(stop)..=start.max(stop)).contains(&number));
        prop_assert!(start == stop || number != stop);
        let (start, stop) = (start as i32, stop as i32);
        let number = random::int_between(start, stop, &mut rng);
        prop_assert!((start.min(stop)..=start.max(stop)).contains(&number));
        prop_assert!(start == stop || number != stop);
    }
}
