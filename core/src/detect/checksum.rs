//! Check digits. Digits are values from 0 to 9, not characters.

/// Luhn's formula (ISO/IEC 7812-1, annex B).
pub(super) fn luhn(digits: &[u8]) -> bool {
    let sum: u32 = digits
        .iter()
        .rev()
        .enumerate()
        .map(|(i, &digit)| {
            let doubled = u32::from(digit) << (i & 1);
            if doubled > 9 { doubled - 9 } else { doubled }
        })
        .sum();
    sum.is_multiple_of(10)
}

/// The sum of digits by their weights, as far as there are weights.
pub(super) fn weighted(digits: &[u8], weights: &[u32]) -> u32 {
    digits.iter().zip(weights).map(|(&digit, weight)| u32::from(digit) * weight).sum()
}

/// The remainder by 97 of the number that digits and letters (A is 10, Z is 35) make, as ISO 7064 MOD 97-10 takes it.
/// None: another character.
pub(super) fn mod97(characters: impl Iterator<Item = u8>) -> Option<u32> {
    let mut remainder = 0;
    for c in characters {
        remainder = match c {
            b'0'..=b'9' => remainder * 10 + u32::from(c - b'0'),
            b'A'..=b'Z' => remainder * 100 + u32::from(c - b'A') + 10,
            b'a'..=b'z' => remainder * 100 + u32::from(c - b'a') + 10,
            _ => return None,
        } % 97;
    }
    Some(remainder)
}

/// The number that digits make; the caller sees to it that they are not more than 18.
pub(super) fn number(digits: &[u8]) -> u64 {
    digits.iter().fold(0, |number, &digit| number * 10 + u64::from(digit))
}

/// Whether all digits are the same: such numbers satisfy many checksums and are nobody's.
pub(super) fn all_same(digits: &[u8]) -> bool {
    digits.windows(2).all(|pair| pair[0] == pair[1])
}

/// The digits of a text with separators.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Digits {
    buffer: [u8; 24],
    length: usize,
}

impl Digits {
    /// Takes the digits out of a text. None: there are more than 24.
    pub(super) fn of(text: &[u8]) -> Option<Digits> {
        let mut digits = Digits::default();
        digits.append(text)?;
        Some(digits)
    }

    /// Takes the digits out of a further text. None: there are more than 24 now.
    pub(super) fn append(&mut self, text: &[u8]) -> Option<()> {
        for c in text.iter().filter(|c| c.is_ascii_digit()) {
            *self.buffer.get_mut(self.length)? = c - b'0';
            self.length += 1;
        }
        Some(())
    }

    pub(super) fn as_slice(&self) -> &[u8] {
        &self.buffer[..self.length]
    }

    /// The same as characters.
    pub(super) fn as_characters(&self) -> [u8; 24] {
        self.buffer.map(|digit| digit + b'0')
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn luhn_takes_known_numbers_and_refuses_a_changed_digit() {
        let digits = Digits::of(b"4539 1488 0343 6467").unwrap();
        assert!(luhn(digits.as_slice()));
        assert!(!luhn(Digits::of(b"4539 1488 0343 6468").unwrap().as_slice()));
    }

    #[test]
    fn more_than_24_digits_are_not_a_number_of_anybody() {
        assert!(Digits::of(&[b'1'; 25]).is_none());
        assert_eq!(Digits::of(b"1-2.3").unwrap().as_slice(), [1, 2, 3]);
    }
}
