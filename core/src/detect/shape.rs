//! What kinds of characters a value is made of: one pass over its bytes, which decides what else is looked at.

/// Counts of kinds of bytes.
#[derive(Debug, Clone, Copy)]
pub(super) struct Shape {
    counts: [u32; KINDS],
}

const KINDS: usize = 16;

const DIGIT: u8 = 0;
const UPPER: u8 = 1;
const LOWER: u8 = 2;
const HIGH: u8 = 3;
const SPACE: u8 = 4;
const AT: u8 = 5;
const DOT: u8 = 6;
const COLON: u8 = 7;
const DASH: u8 = 8;
const SLASH: u8 = 9;
const PLUS: u8 = 10;
const PAREN: u8 = 11;
const UNDERSCORE: u8 = 12;
const APOSTROPHE: u8 = 13;
const COMMA: u8 = 14;
const OTHER: u8 = 15;

const CLASS: [u8; 256] = {
    let mut class = [OTHER; 256];
    let mut i = 0;
    while i < 256 {
        class[i] = match i as u8 {
            b'0'..=b'9' => DIGIT,
            b'A'..=b'Z' => UPPER,
            b'a'..=b'z' => LOWER,
            0x80.. => HIGH,
            b' ' | b'\t' | b'\n' | b'\r' => SPACE,
            b'@' => AT,
            b'.' => DOT,
            b':' => COLON,
            b'-' => DASH,
            b'/' => SLASH,
            b'+' => PLUS,
            b'(' | b')' => PAREN,
            b'_' => UNDERSCORE,
            b'\'' => APOSTROPHE,
            b',' => COMMA,
            _ => OTHER,
        };
        i += 1;
    }
    class
};

/// For each byte, a one in the eight bits of its kind: the kinds below 8 in the first number, the others in the second. So a byte
/// costs two additions, and no count waits in memory for the one before.
const LANES: [[u64; 2]; 256] = {
    let mut lanes = [[0; 2]; 256];
    let mut i = 0;
    while i < 256 {
        lanes[i][(CLASS[i] / 8) as usize] = 1 << (CLASS[i] % 8 * 8);
        i += 1;
    }
    lanes
};

/// What eight bits count up to.
const LANE: usize = 255;

macro_rules! counts {
    ($($name:ident $kind:ident;)*) => {
        $(#[inline] pub(super) fn $name(&self) -> u32 { self.counts[$kind as usize] })*
    };
}

impl Shape {
    #[inline]
    pub(super) fn of(bytes: &[u8]) -> Shape {
        let mut counts = [0u32; KINDS];
        for chunk in bytes.chunks(LANE) {
            let (mut low, mut high) = (0u64, 0u64);
            for &byte in chunk {
                let [to_low, to_high] = LANES[usize::from(byte)];
                low += to_low;
                high += to_high;
            }
            for (count, lane) in counts.iter_mut().zip(low.to_le_bytes().into_iter().chain(high.to_le_bytes())) {
                *count += u32::from(lane);
            }
        }
        Shape { counts }
    }

    counts! {
        digits DIGIT;
        upper UPPER;
        lower LOWER;
        high HIGH;
        spaces SPACE;
        at AT;
        dots DOT;
        colons COLON;
        dashes DASH;
        slashes SLASH;
        plus PLUS;
        parens PAREN;
        underscores UNDERSCORE;
        commas COMMA;
        others OTHER;
    }

    /// Letters of any alphabet; a letter outside ASCII counts once for each of its bytes.
    #[inline]
    pub(super) fn letters(&self) -> u32 {
        self.upper() + self.lower() + self.high()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn long_texts_are_counted_beyond_what_eight_bits_hold() {
        let text = "a1@".repeat(1000);
        let shape = Shape::of(text.as_bytes());
        assert_eq!((shape.lower(), shape.digits(), shape.at(), shape.upper()), (1000, 1000, 1000, 0));
        assert_eq!(Shape::of(&[b'7'; 255]).digits(), 255);
        assert_eq!(Shape::of(&[b'!'; 256]).others(), 256);
    }

    #[test]
    fn kinds_of_characters_are_counted() {
        let shape = Shape::of("Ivan.P+1@host-a.example, (№7) a_b c'd/e:f!".as_bytes());
        assert_eq!((shape.at(), shape.dots(), shape.plus(), shape.parens()), (1, 2, 1, 2));
        assert_eq!((shape.digits(), shape.high(), shape.others(), shape.upper()), (2, 3, 1, 2));
        assert_eq!((shape.spaces(), shape.commas(), shape.underscores()), (3, 1, 1));
        assert_eq!((shape.slashes(), shape.colons(), shape.dashes()), (1, 1, 1));
    }
}
