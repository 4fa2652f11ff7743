//! Format-preserving encryption: the characters of an alphabet become other ones of it, all others stay in place, and no two
//! texts become the same.
//!
//! It is FF1 of NIST SP 800-38G with AES-256; a text that is not long has no tweak. FF1 takes no fewer than a million texts of a length (revision
//! 1, 5.1): shorter ones are permuted by [`permute`](super::permute), where what that permits to learn (the order of a
//! few digits) cannot be hidden by any permutation.

use std::fmt;
use std::sync::Arc;

use aes::Aes256;
use fpe::ff1::{FF1, NumeralString, Operations};

use super::chars;
use super::interrupt::Watch;
use super::key::FamilyKey;
use super::permute::Small;
use super::{MaskError, MaskErrorKind};

/// The number of texts of a length from which on FF1 works.
const LEAST_TEXTS: u64 = 1_000_000;

/// A cipher for the characters of an alphabet.
#[derive(Clone)]
pub struct Cipher(Arc<Parts>);

struct Parts {
    key: FamilyKey,
    alphabet: Alphabet,
    ff1: FF1<Aes256>,
    /// The most characters of a text whose halves are numbers of [`HALF_BYTES`].
    longest_fast: usize,
    /// Permutations of the texts of one, two and more characters, up to those that FF1 takes.
    short: Vec<Small>,
}

impl fmt::Debug for Cipher {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Cipher({} characters)", self.0.alphabet.characters.len())
    }
}

impl PartialEq for Cipher {
    fn eq(&self, other: &Self) -> bool {
        self.0.alphabet.characters == other.0.alphabet.characters && self.0.key == other.0.key
    }
}

/// Different characters, each with its number.
struct Alphabet {
    characters: Vec<char>,
    /// The number of each ASCII character.
    ascii: [Option<u16>; 128],
    /// The other ones, in order.
    others: Vec<(char, u16)>,
}

impl Alphabet {
    fn new(text: &str) -> Result<Self, MaskError> {
        let characters: Vec<char> = text.chars().collect();
        let wrong = |message: &'static str| {
            Err(MaskError::new(
                MaskErrorKind::InvalidParameter,
                message,
                "Give each character once, such as 0123456789ABCDEF.",
            ))
        };
        if characters.len() < 2 || characters.len() > usize::from(u16::MAX) {
            return wrong("an alphabet has from 2 to 65535 characters");
        }
        let mut alphabet = Self { characters, ascii: [None; 128], others: Vec::new() };
        for (number, character) in alphabet.characters.iter().enumerate() {
            let number = number as u16;
            match alphabet.ascii.get_mut(*character as usize) {
                Some(place) => {
                    if place.replace(number).is_some() {
                        return wrong("an alphabet has a character twice");
                    }
                }
                None => alphabet.others.push((*character, number)),
            }
        }
        alphabet.others.sort_unstable();
        if alphabet.others.windows(2).any(|pair| matches!(pair, [a, b] if a.0 == b.0)) {
            return wrong("an alphabet has a character twice");
        }
        Ok(alphabet)
    }

    /// The number of a character, which is given as its bytes.
    fn number(&self, bytes: &[u8]) -> Option<u16> {
        match bytes {
            [byte] => *self.ascii.get(usize::from(*byte))?,
            _ => {
                let character = std::str::from_utf8(bytes).ok()?.chars().next()?;
                let at = self.others.binary_search_by_key(&character, |(other, _)| *other).ok()?;
                self.others.get(at).map(|(_, number)| *number)
            }
        }
    }
}

impl Cipher {
    /// The cipher of an alphabet under a key.
    ///
    /// # Errors
    /// [`MaskErrorKind::InvalidParameter`] for an alphabet of fewer than two characters, or one that has a character twice.
    pub fn new(alphabet: &str, key: &FamilyKey) -> Result<Self, MaskError> {
        let parsed = Alphabet::new(alphabet)?;
        let radix = parsed.characters.len() as u64;
        // An alphabet of its own has a key of its own.
        let secret = key.derived(alphabet.as_bytes());
        let ff1 = FF1::new(&secret, radix as u32).map_err(|_| {
            MaskError::new(MaskErrorKind::InvalidParameter, "an alphabet has from 2 to 65535 characters", "Give fewer.")
        })?;
        let texts = std::iter::successors(Some(radix), |texts| Some(texts * radix)).take_while(|n| *n < LEAST_TEXTS);
        let short = texts.map(|texts| Small::new(texts - 1, key)).collect();
        let longest_fast = 2 * (f64::from(8 * HALF_BYTES) / (radix as f64).log2()).floor() as usize;
        Ok(Self(Arc::new(Parts { key: key.clone(), alphabet: parsed, ff1, longest_fast, short })))
    }

    /// Appends a text with its characters of the alphabet enciphered.
    ///
    /// # Errors
    /// [`MaskErrorKind::Interrupted`] when it is to stop.
    pub fn write(&self, value: &[u8], out: &mut Vec<u8>) -> Result<(), MaskError> {
        let mut numbers = Vec::with_capacity(value.len());
        let mut rest = value;
        while !rest.is_empty() {
            let (character, after) = rest.split_at(chars::first_len(rest));
            numbers.extend(self.0.alphabet.number(character));
            rest = after;
        }
        let mut numbers = self.encipher(numbers)?.into_iter();
        rest = value;
        out.reserve(value.len());
        while !rest.is_empty() {
            let (character, after) = rest.split_at(chars::first_len(rest));
            // As many numbers are left as characters of the alphabet.
            let enciphered = match self.0.alphabet.number(character) {
                Some(_) => numbers.next().and_then(|number| self.0.alphabet.characters.get(usize::from(number))),
                None => None,
            };
            match enciphered {
                Some(new) => out.extend_from_slice(new.encode_utf8(&mut [0; 4]).as_bytes()),
                None => out.extend_from_slice(character),
            }
            rest = after;
        }
        Ok(())
    }

    fn encipher(&self, numbers: Vec<u16>) -> Result<Vec<u16>, MaskError> {
        let Some(length) = numbers.len().checked_sub(1) else { return Ok(numbers) };
        let radix = self.0.alphabet.characters.len() as u64;
        if let Some(permutation) = self.0.short.get(length) {
            let number = numbers.iter().fold(0, |number, digit| number * radix + u64::from(*digit));
            let mut result = permutation.permute(number);
            let mut digits = numbers;
            for digit in digits.iter_mut().rev() {
                *digit = (result % radix) as u16;
                result /= radix;
            }
            return Ok(digits);
        }
        let mut watch = Watch::new();
        // Parts of about the same length, so that none is too short for FF1.
        let parts = numbers.len().div_ceil(self.0.longest_fast);
        let mut tweak = Vec::new();
        let mut result = Vec::with_capacity(numbers.len());
        for part in 0..parts {
            if parts > 1 {
                // What stands before decides how a part is enciphered, and how many there are.
                let mut before = (numbers.len() as u64).to_le_bytes().to_vec();
                before.extend_from_slice(&tweak);
                before.extend(result.iter().rev().take(self.0.longest_fast).flat_map(|n: &u16| n.to_le_bytes()));
                // Half of the tag keeps FF1's blocks few.
                tweak = self.0.key.tag(&before)[..16].to_vec();
            }
            let at = |part: usize| part * numbers.len() / parts;
            let numbers = numbers.get(at(part)..at(part + 1)).unwrap_or_default();
            // It is a hundred times slower than what copies.
            watch.pass(100 * numbers.len())?;
            match self.0.ff1.encrypt(&tweak, &Halves::new(numbers, radix)) {
                Ok(enciphered) => result.extend(enciphered.digits(radix)),
                Err(_) => unreachable!("the numbers are those of the alphabet, and there are enough of them"),
            }
        }
        Ok(result)
    }
}

/// The most bytes that a half of a text takes as a number, so that FF1's pseudo-random numbers, which have four bytes more than
/// the next multiple of four, fit into 128 bits.
const HALF_BYTES: u32 = 12;

/// A text as FF1 splits it, the halves as numbers: many times as fast as the crate's own numerals, which are numbers of any
/// length.
struct Halves(Half, Half);

#[derive(Clone, Copy)]
struct Half {
    number: u128,
    count: usize,
    /// How many numbers so many digits have.
    modulus: u128,
}

/// The last `length` bytes.
struct HalfBytes {
    bytes: [u8; 16],
    length: usize,
}

impl AsRef<[u8]> for HalfBytes {
    fn as_ref(&self) -> &[u8] {
        &self.bytes[16 - self.length.min(16)..]
    }
}

impl Halves {
    fn new(numbers: &[u16], radix: u64) -> Self {
        let half = |digits: &[u16]| Half {
            number: digits.iter().fold(0, |number, digit| number * u128::from(radix) + u128::from(*digit)),
            count: digits.len(),
            modulus: u128::from(radix).pow(digits.len() as u32),
        };
        let (first, second) = numbers.split_at(numbers.len() / 2);
        Self(half(first), half(second))
    }

    fn digits(self, radix: u64) -> Vec<u16> {
        // As many digits as a word has: what is divided digit by digit are words, which is many times as fast.
        let (mut word, mut places) = (radix, 1);
        while let Some(next) = word.checked_mul(radix) {
            (word, places) = (next, places + 1);
        }
        let mut digits = vec![0; self.0.count + self.1.count];
        let (first, second) = digits.split_at_mut(self.0.count);
        for (half, digits) in [(self.0, first), (self.1, second)] {
            let mut number = half.number;
            for digits in digits.rchunks_mut(places) {
                let mut rest = match u64::try_from(number) {
                    Ok(number) if number < word => number,
                    _ => (number % u128::from(word)) as u64,
                };
                number = if number < u128::from(word) { 0 } else { number / u128::from(word) };
                for digit in digits.iter_mut().rev() {
                    *digit = (rest % radix) as u16;
                    rest /= radix;
                }
            }
        }
        digits
    }
}

impl NumeralString for Halves {
    type Ops = Half;

    fn is_valid(&self, _: u32) -> bool {
        // They are made of digits of the alphabet alone.
        true
    }

    fn numeral_count(&self) -> usize {
        self.0.count + self.1.count
    }

    fn split(&self) -> (Half, Half) {
        (self.0, self.1)
    }

    fn concat(first: Half, second: Half) -> Self {
        Self(first, second)
    }
}

impl Operations for Half {
    type Bytes = HalfBytes;

    fn numeral_count(&self) -> usize {
        self.count
    }

    fn to_be_bytes(&self, _: u32, length: usize) -> HalfBytes {
        HalfBytes { bytes: self.number.to_be_bytes(), length }
    }

    fn add_mod_exp(self, other: impl Iterator<Item = u8>, radix: u32, count: usize) -> Self {
        let (own, other, modulus) = self.reduced(other, radix, count);
        let sum = own + other;
        Self { number: if sum < modulus { sum } else { sum - modulus }, count, modulus }
    }

    fn sub_mod_exp(self, other: impl Iterator<Item = u8>, radix: u32, count: usize) -> Self {
        let (own, other, modulus) = self.reduced(other, radix, count);
        Self { number: if own < other { own + modulus - other } else { own - other }, count, modulus }
    }
}

impl Half {
    /// The own number and another one, both below what so many digits have, and that.
    fn reduced(self, other: impl Iterator<Item = u8>, radix: u32, count: usize) -> (u128, u128, u128) {
        let modulus = if count == self.count { self.modulus } else { u128::from(radix).pow(count as u32) };
        let own = if self.number < modulus { self.number } else { self.number % modulus };
        (own, other.fold(0, |number, byte| number << 8 | u128::from(byte)) % modulus, modulus)
    }
}

#[cfg(test)]
mod tests {
    use super::super::key::{Domain, Key};
    use super::*;
    use fpe::ff1::FlexibleNumeralString;
    use proptest::prelude::*;
    use std::collections::HashSet;
    use std::sync::LazyLock;

    fn cipher(alphabet: &str) -> Cipher {
        let key = Key::new(b"one-key-of-thirty-two-characters-").unwrap();
        Cipher::new(alphabet, key.family(Domain::Fpe)).unwrap()
    }

    const DIGITS: &str = "0123456789";

    fn written(cipher: &Cipher, value: &str) -> String {
        let mut out = Vec::new();
        cipher.write(value.as_bytes(), &mut out).unwrap();
        String::from_utf8(out).unwrap()
    }

    /// NIST, "FF1samples.pdf", samples 7 and 9: AES-256 with and without a radix above ten.
    #[test]
    fn the_cipher_is_ff1() {
        let key: Vec<u8> = (0..32).map(|n| b"\x2B\x7E\x15\x16\x28\xAE\xD2\xA6\xAB\xF7\x15\x88\x09\xCF\x4F\x3C\xEF\x43\x59\xD8\xD5\x80\xAA\x4F\x7F\x03\x6D\x6F\x04\xFC\x6A\x94"[n]).collect();
        let ff1 = FF1::<Aes256>::new(&key, 10).unwrap();
        let plain = FlexibleNumeralString::from(vec![0, 1, 2, 3, 4, 5, 6, 7, 8, 9]);
        let enciphered: Vec<u16> = ff1.encrypt(&[], &plain).unwrap().into();
        assert_eq!(enciphered, [6, 6, 5, 7, 6, 6, 7, 0, 0, 9]);
    }

    #[test]
    fn numbers_and_numerals_of_any_length_give_the_same() {
        for alphabet in [DIGITS, "01", "0123456789ABCDEF", "αβγδεζηθικλμνξοπρστυφχψω"] {
            let cipher = cipher(alphabet);
            let radix = alphabet.chars().count() as u64;
            for length in 20..=cipher.0.longest_fast {
                let numbers: Vec<u16> = (0..length as u64).map(|n| (n * n % 31 % radix) as u16).collect();
                let slow: Vec<u16> =
                    cipher.0.ff1.encrypt(&[], &FlexibleNumeralString::from(numbers.clone())).unwrap().into();
                assert_eq!(cipher.encipher(numbers).unwrap(), slow, "{alphabet} {length}");
            }
            assert!(cipher.0.longest_fast >= 20);
        }
    }

    #[test]
    fn a_long_text_is_enciphered_in_parts_and_none_is_like_another() {
        let cipher = cipher(DIGITS);
        let masked = written(&cipher, &"0123456789".repeat(20_000));
        assert_eq!(masked.len(), 200_000);
        let parts: HashSet<&[u8]> = masked.as_bytes().chunks(20).collect();
        assert_eq!(parts.len(), 10_000);
        for length in 30..200 {
            let [one, two] = ["7", "8"].map(|last| written(&cipher, &format!("{}{last}", "1".repeat(length))));
            assert!(one != two && one.len() == length + 1);
        }
    }

    #[test]
    fn short_texts_come_once_each() {
        let cipher = cipher(DIGITS);
        for length in 1..=4 {
            let count = 10_usize.pow(length);
            let width = length as usize;
            let seen: HashSet<String> = (0..count).map(|n| written(&cipher, &format!("{n:0width$}"))).collect();
            assert_eq!(seen.len(), count);
            assert!(seen.iter().all(|text| text.len() == width));
        }
        assert_eq!(written(&cipher, ""), "");
    }

    #[test]
    fn what_is_not_of_the_alphabet_stays_in_place() {
        let cipher = cipher(DIGITS);
        let masked = written(&cipher, "+49 (170) 123-45-67 ж");
        let skeleton = |text: &str| text.chars().map(|c| if c.is_ascii_digit() { '9' } else { c }).collect::<String>();
        assert_eq!(skeleton(&masked), "+99 (999) 999-99-99 ж");
        // The same number in another writing is the same number.
        let digits = |text: &str| text.chars().filter(char::is_ascii_digit).collect::<String>();
        assert_eq!(digits(&masked), written(&cipher, "491701234567"));
        let mut out = Vec::new();
        cipher.write(b"\xff12\xfe3456", &mut out).unwrap();
        assert_eq!((out.len(), out[0], out[3]), (8, 0xff, 0xfe));
    }

    #[test]
    fn an_alphabet_has_each_character_once() {
        let key = Key::new(b"one-key-of-thirty-two-characters-").unwrap();
        for alphabet in ["", "a", "aa", "abca", "жзж"] {
            assert!(Cipher::new(alphabet, key.family(Domain::Fpe)).is_err(), "{alphabet}");
        }
        let greek = cipher("αβγδεζηθικλμνξοπρστυφχψω");
        let masked = written(&greek, "καλημερα κοσμε");
        assert_eq!(masked.chars().count(), 14);
        assert!(masked.chars().all(|c| c == ' ' || ('α'..='ω').contains(&c)), "{masked}");
    }

    proptest! {
        #[test]
        fn no_two_texts_become_the_same(one in "[0-9A-F -]{0,24}", two in "[0-9A-F -]{0,24}") {
            static CIPHERS: LazyLock<[Cipher; 3]> = LazyLock::new(|| [DIGITS, "0123456789ABCDEF", "FE"].map(cipher));
            for cipher in CIPHERS.iter() {
                let (masked, other) = (written(cipher, &one), written(cipher, &two));
                prop_assert_eq!(masked == other, one == two);
                prop_assert_eq!(&masked, &written(cipher, &one));
                prop_assert_eq!(masked.len(), one.len());
            }
        }

        #[test]
        fn any_bytes_are_taken(value in prop::collection::vec(any::<u8>(), 0..40)) {
            static CIPHER: LazyLock<Cipher> = LazyLock::new(|| cipher("01é"));
            let mut out = Vec::new();
            CIPHER.write(&value, &mut out).unwrap();
            prop_assert_eq!(chars::count(&out), chars::count(&value));
        }
    }
}
