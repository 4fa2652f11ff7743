//! Patterns of numbers and codes: what a postal code or a telephone number of a country looks like.

use rand::CryptoRng;

use crate::mask::random::below;

/// What may stand in a place of a pattern: `#` is a digit, `%` a digit from 1, `^` a digit from 2, `@` a letter of A-Z, `~` one of
/// those that cannot be taken for another or for a digit, as postal codes of Canada have them. Nothing: the character is itself.
fn choices(byte: u8) -> Option<&'static [u8]> {
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

/// Whether a text is one of a pattern.
pub fn fits(pattern: &str, text: &[u8]) -> bool {
    let fits = |(wanted, byte): (u8, &u8)| choices(wanted).map_or(wanted == *byte, |choices| choices.contains(byte));
    pattern.len() == text.len() && pattern.bytes().zip(text).all(fits)
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
