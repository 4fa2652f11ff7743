//! Permutations under a key: every value becomes another one of the same set, and no two become the same.
//!
//! A set of up to [`TABLE`] numbers is shuffled into one cycle by S. Sattolo's algorithm. A larger one is permuted by a
//! Feistel network with AES as its round function: a number is split into two digits, to bases whose product is just not
//! below the size of the set, and each digit in turn is moved by a function of the other; what falls out of the set is
//! permuted again (Black and Rogaway, "Ciphers with Arbitrary Finite Domains", 2002). A cipher leaves one number in place
//! on average. Here none stays: what is done is to go back, to the next number, and forth again, which makes one cycle of
//! the whole set.

use std::sync::Arc;

use aes::Aes256;
use aes::cipher::{BlockCipherEncrypt, KeyInit};

use super::key::FamilyKey;
use super::random::below;
use super::{MaskError, MaskErrorKind};
use crate::hex;

/// The most numbers that are kept as a table.
const TABLE: u64 = 1 << 10;

/// Rounds of the Feistel network, as many as FF1 has.
const ROUNDS: u8 = 10;

/// A permutation of the integers from a lowest to a highest one. None stays what it is, unless it is the only one.
#[derive(Clone)]
pub struct Permutation {
    low: i64,
    high: i64,
    /// The highest less the lowest.
    last: u64,
    method: Method,
}

#[derive(Clone)]
enum Method {
    Table(Arc<[u16]>),
    Feistel(Box<Feistel>),
}

impl std::fmt::Debug for Permutation {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Permutation({}..={})", self.low, self.high)
    }
}

impl PartialEq for Permutation {
    /// Whether both are of the same numbers, and under the same key as far as some of them tell.
    fn eq(&self, other: &Self) -> bool {
        (self.low, self.high) == (other.low, other.high)
            && (0..=self.last.min(16)).all(|place| self.permute(place) == other.permute(place))
    }
}

impl Permutation {
    /// The permutation of `low..=high` under a key.
    ///
    /// # Errors
    /// [`MaskErrorKind::InvalidParameter`] when `low` is above `high`.
    pub fn new(low: i64, high: i64, key: &FamilyKey) -> Result<Self, MaskError> {
        if low > high {
            return Err(MaskError::new(
                MaskErrorKind::InvalidParameter,
                "the lowest number to permute is above the highest",
                "Give the lowest number first, then the highest.",
            ));
        }
        let last = high.abs_diff(low);
        Ok(Self { low, high, last, method: Method::new(last, key) })
    }

    /// What a number becomes.
    ///
    /// # Errors
    /// [`MaskErrorKind::OutOfRange`] when it is not among the numbers that are permuted.
    pub fn apply(&self, value: i64) -> Result<i64, MaskError> {
        if !(self.low..=self.high).contains(&value) {
            return Err(MaskError::new(
                MaskErrorKind::OutOfRange,
                format!("a value is not among the numbers from {} to {}, which are permuted", self.low, self.high),
                "Give bounds that hold all values of the column.",
            ));
        }
        Ok(self.low.wrapping_add_unsigned(self.permute(value.abs_diff(self.low))))
    }

    /// Appends what the number becomes that a text says.
    ///
    /// # Errors
    /// Those of [`Self::apply`]; [`MaskErrorKind::InvalidText`] when the text is no whole number.
    pub fn write(&self, text: &[u8], out: &mut Vec<u8>) -> Result<(), MaskError> {
        let number = std::str::from_utf8(text).ok().and_then(|text| text.parse().ok()).ok_or_else(|| {
            MaskError::new(
                MaskErrorKind::InvalidText,
                "the text is not a whole number, which a permutation of numbers needs",
                "Permute UUIDs by permute_uuid, and other texts by fpe_text or hmac.",
            )
        })?;
        crate::output::int8(self.apply(number)?, out);
        Ok(())
    }

    fn permute(&self, place: u64) -> u64 {
        self.method.permute(place, self.last)
    }
}

/// A permutation of the numbers from 0 to `last` under a key, in which none stays.
#[derive(Clone)]
pub(super) struct Small {
    last: u64,
    method: Method,
}

impl Small {
    pub(super) fn new(last: u64, key: &FamilyKey) -> Self {
        Self { last, method: Method::new(last, key) }
    }

    /// What a number up to `last` becomes.
    pub(super) fn permute(&self, number: u64) -> u64 {
        self.method.permute(number, self.last)
    }
}

impl Method {
    fn new(last: u64, key: &FamilyKey) -> Self {
        if last >= TABLE {
            return Self::Feistel(Box::new(Feistel::new(last, key)));
        }
        let mut table: Vec<u16> = (0..=last as u16).collect();
        let mut stream = key.stream(&last.to_le_bytes());
        for place in (1..table.len()).rev() {
            // Never with itself, which is what makes one cycle of all.
            table.swap(place, below(place as u64, &mut stream) as usize);
        }
        Self::Table(table.into())
    }

    fn permute(&self, number: u64, last: u64) -> u64 {
        match self {
            Self::Table(table) => table.get(number as usize).copied().unwrap_or_default().into(),
            Self::Feistel(feistel) => {
                let mut place = number;
                loop {
                    place = feistel.decrypt(place);
                    if place <= last {
                        break;
                    }
                }
                place = if place == last { 0 } else { place + 1 };
                loop {
                    place = feistel.encrypt(place);
                    if place <= last {
                        return place;
                    }
                }
            }
        }
    }
}

/// A permutation of the numbers below the product of two bases, which holds all from 0 to a last one and few more.
#[derive(Clone)]
struct Feistel {
    aes: Aes256,
    last: u64,
    bases: [u64; 2],
}

impl Feistel {
    fn new(last: u64, key: &FamilyKey) -> Self {
        // With the rounded-down root as one base the other is at most two above it.
        let first = last.isqrt().max(1);
        let second = last / first + 1;
        Self { aes: Aes256::new(&key.derived(b"permutation").into()), last, bases: [first, second] }
    }

    /// A number below a base that depends on a digit and the round.
    fn round(&self, round: u8, digit: u64, base: u64) -> u64 {
        let mut block = [0; 16];
        // A digit has at most 33 bits, and the round four.
        block[..8].copy_from_slice(&(digit << 8 | u64::from(round)).to_le_bytes());
        block[8..].copy_from_slice(&self.last.to_le_bytes());
        let mut block = block.into();
        self.aes.encrypt_block(&mut block);
        let mut word = [0; 8];
        word.copy_from_slice(&block[..8]);
        ((u128::from(u64::from_le_bytes(word)) * u128::from(base)) >> 64) as u64
    }

    fn encrypt(&self, number: u64) -> u64 {
        let mut digits = [number % self.bases[0], number / self.bases[0]];
        for round in 0..ROUNDS {
            let moved = usize::from(round % 2);
            let base = self.bases[moved];
            digits[moved] = (digits[moved] + self.round(round, digits[1 - moved], base)) % base;
        }
        self.joined(digits)
    }

    fn decrypt(&self, number: u64) -> u64 {
        let mut digits = [number % self.bases[0], number / self.bases[0]];
        for round in (0..ROUNDS).rev() {
            let moved = usize::from(round % 2);
            let base = self.bases[moved];
            digits[moved] = (digits[moved] + base - self.round(round, digits[1 - moved], base)) % base;
        }
        self.joined(digits)
    }

    /// A number that is no longer one of 64 bits is outside the set, as the largest is where the set is smaller.
    fn joined(&self, digits: [u64; 2]) -> u64 {
        u64::try_from(u128::from(digits[1]) * u128::from(self.bases[0]) + u128::from(digits[0])).unwrap_or(u64::MAX)
    }
}

/// The bits of a UUID that say which kind it is (RFC 9562, 4.1 and 4.2): they stay as they are.
const UUID_KIND: u128 = 0x0000_0000_0000_F000_C000_0000_0000_0000;

/// A permutation of the UUIDs of each version and variant under a key.
#[derive(Clone)]
pub struct UuidPermutation {
    aes: Aes256,
}

impl std::fmt::Debug for UuidPermutation {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("UuidPermutation(..)")
    }
}

impl PartialEq for UuidPermutation {
    fn eq(&self, other: &Self) -> bool {
        self.apply([0; 16]) == other.apply([0; 16])
    }
}

impl UuidPermutation {
    /// The permutation under a key.
    pub fn new(key: &FamilyKey) -> Self {
        Self { aes: Aes256::new(&key.derived(b"permutation").into()) }
    }

    /// Appends what the UUID becomes that a text says: 32 hexadecimal digits in either case, with hyphens or without.
    ///
    /// # Errors
    /// [`MaskErrorKind::InvalidText`] when the text is no UUID.
    pub fn write(&self, text: &[u8], out: &mut Vec<u8>) -> Result<(), MaskError> {
        let digits: Vec<u8> = text.iter().filter(|byte| **byte != b'-').map(u8::to_ascii_lowercase).collect();
        let (pairs, rest) = digits.as_chunks::<2>();
        let bytes: Option<Vec<u8>> = pairs.iter().map(|pair| hex::byte(*pair)).collect();
        let uuid = bytes.filter(|_| rest.is_empty()).and_then(|bytes| <[u8; 16]>::try_from(bytes).ok());
        let uuid = uuid.ok_or_else(|| {
            MaskError::new(
                MaskErrorKind::InvalidText,
                "the text is not a UUID",
                "Permute numbers by permute_int, and other texts by fpe_text or hmac.",
            )
        })?;
        crate::output::uuid(&self.apply(uuid), out);
        Ok(())
    }

    /// What a UUID becomes: another one of the same version and variant.
    pub fn apply(&self, value: [u8; 16]) -> [u8; 16] {
        let bits = u128::from_be_bytes(value);
        // The 122 free bits in two halves: 48 + 12 + 1 of the first, 61 of the second.
        let free = bits & !UUID_KIND;
        let mut halves = [
            ((free >> 80) << 13 | (free >> 64 & 0xFFF) << 1 | (free >> 61 & 1)) as u64,
            (free & HALF_UUID as u128) as u64,
        ];
        for round in 0..ROUNDS {
            let moved = usize::from(round % 2);
            let mut block = [0; 16];
            block[..8].copy_from_slice(&halves[1 - moved].to_le_bytes());
            block[8] = round;
            // One permutation for each kind.
            block[9] = (bits >> 76 & 0xF) as u8;
            block[10] = (bits >> 62 & 0x3) as u8;
            let mut block = block.into();
            self.aes.encrypt_block(&mut block);
            let mut word = [0; 8];
            word.copy_from_slice(&block[..8]);
            halves[moved] ^= u64::from_le_bytes(word) & HALF_UUID;
        }
        let first = u128::from(halves[0]);
        let free = first >> 13 << 80 | (first >> 1 & 0xFFF) << 64 | (first & 1) << 61 | u128::from(halves[1]);
        (free | bits & UUID_KIND).to_be_bytes()
    }
}

/// 61 bits.
const HALF_UUID: u64 = (1 << 61) - 1;

#[cfg(test)]
mod tests {
    use super::super::key::{Domain, Key};
    use super::*;
    use proptest::prelude::*;

    fn key(text: &str) -> FamilyKey {
        Key::new(text.as_bytes()).unwrap().family(Domain::PermuteInt).clone()
    }

    const ONE: &str = "one-key-of-thirty-two-characters-";

    #[test]
    fn every_number_of_a_set_comes_once_and_none_stays() {
        for count in [1, 2, 3, 7, 10, 100, 1023, 1024, 1025, 1026, 4097, 20_003] {
            let permutation = Permutation::new(-5, count - 6, &key(ONE)).unwrap();
            let mut seen = vec![false; count as usize];
            for value in -5..count - 5 {
                let result = permutation.apply(value).unwrap();
                assert!(count == 1 || result != value, "{value} of {count} stays");
                assert!(!std::mem::replace(&mut seen[(result + 5) as usize], true), "{result} of {count} comes twice");
            }
        }
    }

    #[test]
    fn a_text_that_is_no_number_or_uuid_is_an_error_and_leaves_the_buffer() {
        let (numbers, uuids) = (Permutation::new(1, 100, &key(ONE)).unwrap(), UuidPermutation::new(&key(ONE)));
        let mut out = Vec::new();
        for text in ["", "1.0", "x", "1 ", "101", "99999999999999999999"] {
            assert!(numbers.write(text.as_bytes(), &mut out).is_err(), "{text}");
        }
        for text in ["", "018f3a2b", "018f3a2b-7c4d-7e5f-8a9b-0c1d2e3f4a5g", "018f3a2b-7c4d-7e5f-8a9b-0c1d2e3f4a5b0"] {
            assert!(uuids.write(text.as_bytes(), &mut out).is_err(), "{text}");
        }
        assert!(out.is_empty());
        uuids.write(b"018F3A2B7C4D7E5F8A9B0C1D2E3F4A5B", &mut out).unwrap();
        let expected = uuids.apply(0x018f_3a2b_7c4d_7e5f_8a9b_0c1d_2e3f_4a5b_u128.to_be_bytes());
        let mut canonical = Vec::new();
        crate::output::uuid(&expected, &mut canonical);
        assert_eq!(out, canonical);
    }

    #[test]
    fn a_number_goes_anywhere() {
        // Over many keys every place is as likely as the others, but for the number itself.
        for last in [9, 1999] {
            let mut buckets = [0_u32; 10];
            for n in 0..1_000 {
                let permutation = Permutation::new(0, last, &key(&format!("{n:040}"))).unwrap();
                buckets[(permutation.apply(3).unwrap() * 10 / (last + 1)) as usize] += 1;
            }
            let empty = if last == 9 { 1 } else { 0 };
            assert_eq!(buckets.iter().filter(|n| **n == 0).count(), empty, "{buckets:?}");
            assert!(buckets.iter().all(|n| *n == 0 || (50..160).contains(n)), "{buckets:?}");
        }
    }

    #[test]
    fn a_number_outside_is_an_error_that_does_not_show_it() {
        let permutation = Permutation::new(1, 100, &key(ONE)).unwrap();
        let error = permutation.apply(4711).unwrap_err();
        assert_eq!(error.kind, MaskErrorKind::OutOfRange);
        assert!(!format!("{error:?}").contains("4711"));
        assert!(permutation.apply(0).is_err());
        assert!(Permutation::new(2, 1, &key(ONE)).is_err());
    }

    proptest! {
        #[test]
        fn numbers_of_large_sets_stay_within_them_and_apart(
            low in any::<i64>(), high in any::<i64>(), at in any::<u64>(), other in any::<u64>()
        ) {
            prop_assume!(low < high);
            let permutation = Permutation::new(low, high, &key(ONE)).unwrap();
            let within = |at: u64| match high.abs_diff(low).checked_add(1) {
                Some(count) => low.wrapping_add_unsigned(at % count),
                None => low.wrapping_add_unsigned(at),
            };
            let (one, two) = (within(at), within(other));
            let result = permutation.apply(one).unwrap();
            prop_assert!((low..=high).contains(&result) && result != one);
            prop_assert_eq!(permutation.apply(two).unwrap() == result, one == two);
            prop_assert_eq!(permutation.apply(one).unwrap(), result);
        }

        #[test]
        fn a_uuid_keeps_its_kind_and_others_stay_apart(one in any::<u128>(), bit in 0..128_u32) {
            let permutation = UuidPermutation::new(&key(ONE));
            let result = u128::from_be_bytes(permutation.apply(one.to_be_bytes()));
            let other = u128::from_be_bytes(permutation.apply((one ^ 1 << bit).to_be_bytes()));
            prop_assert_eq!(result & UUID_KIND, one & UUID_KIND);
            prop_assert_ne!(result, one);
            prop_assert_ne!(result, other);
            let elsewhere = UuidPermutation::new(&key("another-key-of-thirty-two-letters-")).apply(one.to_be_bytes());
            prop_assert_ne!(result, u128::from_be_bytes(elsewhere));
        }
    }

    /// A permutation has an inverse: what was moved last is moved back first.
    fn inverse(permutation: &UuidPermutation, value: [u8; 16]) -> [u8; 16] {
        let bits = u128::from_be_bytes(value);
        let free = bits & !UUID_KIND;
        let mut halves =
            [((free >> 80) << 13 | (free >> 64 & 0xFFF) << 1 | (free >> 61 & 1)) as u64, free as u64 & HALF_UUID];
        for round in (0..ROUNDS).rev() {
            let moved = usize::from(round % 2);
            let mut block = [0; 16];
            block[..8].copy_from_slice(&halves[1 - moved].to_le_bytes());
            block[8..11].copy_from_slice(&[round, (bits >> 76 & 0xF) as u8, (bits >> 62 & 0x3) as u8]);
            let mut block = block.into();
            permutation.aes.encrypt_block(&mut block);
            halves[moved] ^= u64::from_le_bytes(block[..8].try_into().unwrap()) & HALF_UUID;
        }
        let first = u128::from(halves[0]);
        let free = first >> 13 << 80 | (first >> 1 & 0xFFF) << 64 | (first & 1) << 61 | u128::from(halves[1]);
        (free | bits & UUID_KIND).to_be_bytes()
    }

    proptest! {
        #[test]
        fn a_uuid_comes_back_from_what_it_became(value in any::<u128>()) {
            let permutation = UuidPermutation::new(&key(ONE));
            prop_assert_eq!(inverse(&permutation, permutation.apply(value.to_be_bytes())), value.to_be_bytes());
        }
    }

    #[test]
    fn uuids_that_differ_in_one_bit_have_nothing_in_common() {
        let permutation = UuidPermutation::new(&key(ONE));
        for bit in 0..128_u32 {
            if UUID_KIND >> bit & 1 == 1 {
                continue;
            }
            let differing: u32 = (0..64_u128)
                .map(|n| {
                    let one = n.wrapping_mul(0x9E37_79B9_7F4A_7C15_F39C_C060_5CED_C835);
                    let [a, b] = [one, one ^ 1 << bit].map(|v| u128::from_be_bytes(permutation.apply(v.to_be_bytes())));
                    (a ^ b).count_ones()
                })
                .sum();
            // 61 of 122 bits on average.
            assert!((60 * 64 - 300..62 * 64 + 300).contains(&differing), "bit {bit}: {differing}");
        }
    }
}
