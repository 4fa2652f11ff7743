//! Patterns of numbers and codes: what a postal code or a telephone number of a country looks like.

use rand::CryptoRng;

use crate::mask::random::below;

/// What may stand in a place of a pattern: `#` is a digit, `%` a digit from 1, `^` a digit from 2, `@` a letter of A-Z, `~` one of
/// those that cannot be taken for another or for a digit, as postal codes of Canada have them. Nothing: the character is itself.
const fn choices(byte: u8) -> Option<&'static [u8]> {
    match byte {
        b'#' => Some(b"0123456789"),
        b'%' => Some(b"123456789"),
        b'^' => Some(b"23456789"),
        b'@' => Some(b"ABCDEFGHIJKLMNOPQRSTUVWXYZ"),
        b'~' => Some(b"ABCEGHJKLMNPRSTVWXYZ"),
        _ => None,
    }
}

/// Appends a random text of a pattern; see [`choices`].
pub fn write<R: CryptoRng + ?Sized>(pattern: &str, rng: &mut R, out: &mut Vec<u8>) {
    // One draw serves several characters: the fraction that is left of it is nearly uniform, to one part in 2^30 or better.
    let mut draw = 0_u64;
    let mut left = 0;
    out.reserve(pattern.len());
    for byte in pattern.bytes() {
        let Some(choices) = choices(byte) else {
            out.push(byte);
            continue;
        };
        if left == 0 {
            draw = rng.next_u64();
            left = 6;
        }
        left -= 1;
        let product = u128::from(draw) * choices.len() as u128;
        // The whole part of a fraction times their number is an index of them.
        out.push(choices[(product >> 64) as usize]);
        draw = product as u64;
    }
}

/// How many texts a pattern has.
pub fn count(pattern: &str) -> f64 {
    pattern.bytes().map(|byte| choices(byte).map_or(1.0, |choices| choices.len() as f64)).product()
}

/// How many texts a pattern has, exactly.
const fn exact_count(pattern: &str) -> u64 {
    let bytes = pattern.as_bytes();
    let (mut count, mut place) = (1_u64, 0);
    while place < bytes.len() {
        if let Some(choices) = choices(bytes[place]) {
            count = count.saturating_mul(choices.len() as u64);
        }
        place += 1;
    }
    count
}

/// For each pattern, how many texts it and all before it have.
pub const fn running_counts<const N: usize>(patterns: &[&str; N]) -> [u64; N] {
    let mut counts = [0; N];
    let (mut sum, mut place) = (0_u64, 0);
    while place < N {
        sum = sum.saturating_add(exact_count(patterns[place]));
        counts[place] = sum;
        place += 1;
    }
    counts
}

/// Several patterns that have no text in common.
#[derive(Debug, PartialEq)]
pub struct Patterns {
    /// The patterns.
    pub texts: &'static [&'static str],
    /// Their [`running_counts`].
    pub up_to: &'static [u64],
}

impl Patterns {
    /// Appends a random text of one of the patterns. Each text is as likely as the others, whichever pattern it is of: a pattern of a
    /// hundred texts is not to give as many values as one of a million.
    pub fn write<R: CryptoRng + ?Sized>(&self, rng: &mut R, out: &mut Vec<u8>) {
        let number = below(self.up_to.last().copied().unwrap_or(0).max(1), rng);
        let place = self.up_to.partition_point(|end| *end <= number);
        let before = place.checked_sub(1).and_then(|place| self.up_to.get(place)).unwrap_or(&0);
        push_numbered(self.texts.get(place).copied().unwrap_or_default(), number - before, out);
    }
}

/// Appends the text of a pattern with a number, which is less than [`count`].
fn push_numbered(pattern: &str, mut number: u64, out: &mut Vec<u8>) {
    let start = out.len();
    out.extend_from_slice(pattern.as_bytes());
    for byte in out.iter_mut().skip(start).rev() {
        if let Some(choices) = choices(*byte) {
            let many = choices.len() as u64;
            *byte = choices[(number % many) as usize];
            number /= many;
        }
    }
}

/// Whether a text is one of a pattern.
pub fn fits(pattern: &str, text: &[u8]) -> bool {
    let fits = |(wanted, byte): (u8, &u8)| choices(wanted).map_or(wanted == *byte, |choices| choices.contains(byte));
    pattern.len() == text.len() && pattern.bytes().zip(text).all(fits)
}

/// Whether two patterns have a text in common.
#[cfg(test)]
pub(super) fn overlap(one: &str, other: &str) -> bool {
    let all: Vec<u8> = (0x20..0x7F).collect();
    let both = |(a, b): (u8, u8)| {
        all.iter().any(|byte| [a, b].map(|c| choices(c).map_or(c == *byte, |some| some.contains(byte))) == [true, true])
    };
    one.len() == other.len() && one.bytes().zip(other.bytes()).all(both)
}

/// A random one of several.
pub fn choose<'a, T: ?Sized, R: CryptoRng + ?Sized>(list: &[&'a T], rng: &mut R) -> Option<&'a T> {
    if list.is_empty() {
        return None;
    }
    // A number below the length of a list is an index of it.
    list.get(below(list.len() as u64, rng) as usize).copied()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_of_a_pattern_fits_it() {
        for pattern in ["", "+49 15# ########", "@@%# ^@@", "####-###", "@@@@@@@@@@@@@@@@@@@@", "K%~ %~%"] {
            for _ in 0..200 {
                let mut out = Vec::new();
                write(pattern, &mut rand::rng(), &mut out);
                assert!(fits(pattern, &out), "{pattern}");
            }
        }
        assert!(!fits("%", b"0") && !fits("#", b"") && !fits("@", b"a"));
    }

    const TWO: [&str; 3] = ["A%", "B#^", "C"];
    static SEVERAL: Patterns = Patterns { texts: &TWO, up_to: &running_counts(&TWO) };

    #[test]
    fn a_small_pattern_is_not_drawn_as_often_as_a_large_one() {
        assert_eq!(SEVERAL.up_to, [9, 89, 90]);
        let mut counts = std::collections::HashMap::new();
        for _ in 0..90_000 {
            let mut out = Vec::new();
            SEVERAL.write(&mut rand::rng(), &mut out);
            assert!(TWO.iter().any(|pattern| fits(pattern, &out)));
            *counts.entry(out).or_insert(0) += 1;
        }
        // Each of the ninety texts is expected 1,000 times; six standard deviations are 190.
        assert!(counts.len() == 90 && counts.values().all(|count| (810..1_190).contains(count)), "{counts:?}");
    }

    #[test]
    fn the_numbers_of_a_pattern_are_its_texts() {
        let texts: std::collections::HashSet<Vec<u8>> = (0..exact_count("x%~#y"))
            .map(|number| {
                let mut out = Vec::new();
                push_numbered("x%~#y", number, &mut out);
                assert!(fits("x%~#y", &out));
                out
            })
            .collect();
        assert_eq!(texts.len() as f64, count("x%~#y"));
    }

    #[test]
    fn every_character_of_a_pattern_comes_as_often_as_the_others() {
        let mut counts = [[0_u32; 10]; 12];
        for _ in 0..20_000 {
            let mut out = Vec::new();
            write("############", &mut rand::rng(), &mut out);
            for (place, digit) in out.iter().enumerate() {
                counts[place][usize::from(digit - b'0')] += 1;
            }
        }
        // 2,000 are expected; six standard deviations are 255.
        assert!(counts.iter().flatten().all(|count| (1_740..2_260).contains(count)), "{counts:?}");
    }
}
