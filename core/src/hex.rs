//! Hexadecimal digits, in lower case.

/// The two digits of every byte.
pub(crate) const PAIRS: [[u8; 2]; 256] = {
    let digits = b"0123456789abcdef";
    let mut pairs = [[0; 2]; 256];
    let mut byte = 0;
    while byte < 256 {
        pairs[byte] = [digits[byte >> 4], digits[byte & 15]];
        byte += 1;
    }
    pairs
};

/// Appends the digits of all bytes. The text is twice as long: for a large one the caller should have made room.
#[inline]
pub(crate) fn push(bytes: &[u8], out: &mut Vec<u8>) {
    out.reserve(2 * bytes.len());
    let (blocks, rest) = bytes.as_chunks::<16>();
    for block in blocks {
        out.extend_from_slice(sixteen(block).as_flattened());
    }
    for byte in rest {
        out.extend_from_slice(&PAIRS[usize::from(*byte)]);
    }
}

/// The digits of sixteen bytes, found by arithmetic: of that the compiler makes vector instructions.
#[inline(always)]
pub(crate) fn sixteen(bytes: &[u8; 16]) -> [[u8; 2]; 16] {
    let digit = |half: u8| half + b'0' + u8::from(half > 9) * (b'a' - b'0' - 10);
    bytes.map(|byte| [digit(byte >> 4), digit(byte & 15)])
}

/// The byte of two digits in lower case.
#[inline]
pub(crate) fn byte(digits: [u8; 2]) -> Option<u8> {
    let digit = |digit: u8| match digit {
        b'0'..=b'9' => Some(digit - b'0'),
        b'a'..=b'f' => Some(digit - b'a' + 10),
        _ => None,
    };
    Some(digit(digits[0])? << 4 | digit(digits[1])?)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bytes_of_every_number_have_two_digits_each() {
        let bytes: Vec<u8> = (0..=255).collect();
        for length in [0, 1, 15, 16, 17, 32, 256] {
            let mut out = b"x".to_vec();
            push(&bytes[256 - length..], &mut out);
            let expected: String = bytes[256 - length..].iter().map(|byte| format!("{byte:02x}")).collect();
            assert_eq!(String::from_utf8(out).expect("ASCII"), format!("x{expected}"));
        }
    }
}
