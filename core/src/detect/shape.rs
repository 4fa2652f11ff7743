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

macro_rules! counts {
    ($($name:ident $kind:ident;)*) => {
        $(#[inline] pub(super) fn $name(&self) -> u32 { self.counts[$kind as usize] })*
    };
}

impl Shape {
    #[inline]
    pub(super) fn of(bytes: &[u8]) -> Shape {
        // Two tables, so that runs of the same kind do not wait for the count just written.
        let (mut even, mut odd) = ([0u32; KINDS], [0u32; KINDS]);
        let mut pairs = bytes.chunks_exact(2);
        for pair in &mut pairs {
            even[CLASS[pair[0] as usize] as usize & 15] += 1;
            odd[CLASS[pair[1] as usize] as usize & 15] += 1;
        }
        for &byte in pairs.remainder() {
            even[CLASS[byte as usize] as usize & 15] += 1;
        }
        for (count, more) in even.iter_mut().zip(odd) {
            *count += more;
        }
        Shape { counts: even }
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
    fn kinds_of_characters_are_counted() {
        let shape = Shape::of("Ivan.P+1@host-a.example, (№7) a_b c'd/e:f!".as_bytes());
        assert_eq!((shape.at(), shape.dots(), shape.plus(), shape.parens()), (1, 2, 1, 2));
        assert_eq!((shape.digits(), shape.high(), shape.others(), shape.upper()), (2, 3, 1, 2));
        assert_eq!((shape.spaces(), shape.commas(), shape.underscores()), (3, 1, 1));
        assert_eq!((shape.slashes(), shape.colons(), shape.dashes()), (1, 1, 1));
    }
}
