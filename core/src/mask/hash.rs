//! Hashes as text, and hexadecimal numbers.

use std::str::FromStr;

use md5::Md5;
use rand::CryptoRng;
use sha1::Sha1;
use sha2::digest::Digest;
use sha2::{Sha224, Sha256, Sha384, Sha512};

use super::random;
use super::{MaskError, MaskErrorKind};
use crate::hex;

/// A hash algorithm.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Algorithm {
    /// MD5, 32 hexadecimal digits.
    Md5,
    /// SHA-1, 40 hexadecimal digits.
    Sha1,
    /// SHA-224, 56 hexadecimal digits.
    Sha224,
    /// SHA-256, 64 hexadecimal digits.
    Sha256,
    /// SHA-384, 96 hexadecimal digits.
    Sha384,
    /// SHA-512, 128 hexadecimal digits.
    Sha512,
}

impl Algorithm {
    /// All algorithms.
    pub const ALL: [Self; 6] = [Self::Md5, Self::Sha1, Self::Sha224, Self::Sha256, Self::Sha384, Self::Sha512];

    /// The name, in lower case.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Md5 => "md5",
            Self::Sha1 => "sha1",
            Self::Sha224 => "sha224",
            Self::Sha256 => "sha256",
            Self::Sha384 => "sha384",
            Self::Sha512 => "sha512",
        }
    }

    /// How many hexadecimal digits the hash has.
    pub const fn digits(self) -> u64 {
        match self {
            Self::Md5 => 32,
            Self::Sha1 => 40,
            Self::Sha224 => 56,
            Self::Sha256 => 64,
            Self::Sha384 => 96,
            Self::Sha512 => 128,
        }
    }
}

impl FromStr for Algorithm {
    type Err = MaskError;

    /// Reads a name, in upper or lower case.
    fn from_str(name: &str) -> Result<Self, MaskError> {
        Self::ALL.into_iter().find(|algorithm| algorithm.name().eq_ignore_ascii_case(name)).ok_or_else(|| {
            MaskError::new(
                MaskErrorKind::InvalidParameter,
                "unknown hash algorithm",
                "Use one of md5, sha1, sha224, sha256, sha384, sha512.",
            )
        })
    }
}

/// Appends the hash of `value` followed by `salt`, in lower-case hexadecimal digits.
pub fn digest(value: &[u8], salt: &[u8], algorithm: Algorithm, out: &mut Vec<u8>) {
    match algorithm {
        Algorithm::Md5 => digest_with::<Md5>(value, salt, out),
        Algorithm::Sha1 => digest_with::<Sha1>(value, salt, out),
        Algorithm::Sha224 => digest_with::<Sha224>(value, salt, out),
        Algorithm::Sha256 => digest_with::<Sha256>(value, salt, out),
        Algorithm::Sha384 => digest_with::<Sha384>(value, salt, out),
        Algorithm::Sha512 => digest_with::<Sha512>(value, salt, out),
    }
}

fn digest_with<D: Digest>(value: &[u8], salt: &[u8], out: &mut Vec<u8>) {
    let mut hasher = D::new();
    hasher.update(value);
    hasher.update(salt);
    hex::push(&hasher.finalize(), out);
}

/// The length of the salt that [`random_hash`] draws.
const RANDOM_SALT: usize = 6;

/// Appends the hash of `value` followed by six random characters of `A-Z0-9`: another text at every call.
pub fn random_hash<R: CryptoRng + ?Sized>(value: &[u8], algorithm: Algorithm, rng: &mut R, out: &mut Vec<u8>) {
    let mut salt = [0; RANDOM_SALT];
    random::fill_alphanumeric(&mut salt, rng);
    digest(value, &salt, algorithm, out);
}

/// Reads up to eight hexadecimal digits as PostgreSQL reads `x'...'::integer`: the bits of a 32-bit integer in two's
/// complement. `ff` gives 255, `FFFFFFFF` gives -1, an empty text gives 0.
///
/// # Errors
/// - [`MaskErrorKind::InvalidText`] when a character is not a hexadecimal digit;
/// - [`MaskErrorKind::OutOfRange`] when there are more than eight digits, leading zeros counted.
pub fn hex_to_int(text: &[u8]) -> Result<i32, MaskError> {
    const HINT: &str = "Give up to eight digits 0-9, a-f or A-F, without a prefix.";
    if !text.iter().all(u8::is_ascii_hexdigit) {
        return Err(MaskError::new(MaskErrorKind::InvalidText, "the text is not a hexadecimal number", HINT));
    }
    if text.len() > 8 {
        return Err(MaskError::new(
            MaskErrorKind::OutOfRange,
            "the hexadecimal number is too long for type integer",
            HINT,
        ));
    }
    let bits = text.iter().fold(0_u32, |bits, digit| {
        let value = match digit {
            b'0'..=b'9' => digit - b'0',
            _ => (digit | 0x20) - b'a' + 10,
        };
        bits << 4 | u32::from(value)
    });
    Ok(bits.cast_signed())
}
