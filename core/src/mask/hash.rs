//! Hashes as text, and hexadecimal numbers.

use std::str::FromStr;

use hmac::{Hmac, KeyInit, Mac};
use md5::Md5;
use rand::CryptoRng;
use sha1::Sha1;
use sha2::block_api::compress256;
use sha2::digest::Digest;
use sha2::{Sha224, Sha256, Sha384, Sha512};

use super::key::FamilyKey;
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
        Algorithm::Sha256 => match sha256_of_one_block(value, salt) {
            Some(hash) => hex::push(&hash, out),
            None => digest_with::<Sha256>(value, salt, out),
        },
        Algorithm::Sha384 => digest_with::<Sha384>(value, salt, out),
        Algorithm::Sha512 => digest_with::<Sha512>(value, salt, out),
    }
}

/// The bytes of a block of SHA-256, and those of the length at its end.
const BLOCK: usize = 64;
const LENGTH: usize = 8;

/// The state in which SHA-256 begins (FIPS 180-4, 5.3.3).
const SHA256: [u32; 8] =
    [0x6a09_e667, 0xbb67_ae85, 0x3c6e_f372, 0xa54f_f53a, 0x510e_527f, 0x9b05_688c, 0x1f83_d9ab, 0x5be0_cd19];

/// The SHA-256 of `value` followed by `salt`, when both have room in one block, as most values have: a hasher that takes text of
/// any length in any pieces costs half as much again as the hash of a block itself.
fn sha256_of_one_block(value: &[u8], salt: &[u8]) -> Option<[u8; 32]> {
    let length = value.len() + salt.len();
    if length >= BLOCK - LENGTH {
        return None;
    }
    // The text, a one, zeros, and the length in bits (FIPS 180-4, 5.1.1).
    let mut block = [0; BLOCK];
    block[..value.len()].copy_from_slice(value);
    block[value.len()..length].copy_from_slice(salt);
    block[length] = 0x80;
    block[BLOCK - LENGTH..].copy_from_slice(&(8 * length as u64).to_be_bytes());
    let mut state = SHA256;
    compress256(&mut state, &[block]);
    let mut hash = [0; 32];
    for (bytes, word) in hash.chunks_exact_mut(4).zip(state) {
        bytes.copy_from_slice(&word.to_be_bytes());
    }
    Some(hash)
}

fn digest_with<D: Digest>(value: &[u8], salt: &[u8], out: &mut Vec<u8>) {
    let mut hasher = D::new();
    hasher.update(value);
    hasher.update(salt);
    hex::push(&hasher.finalize(), out);
}

/// HMAC (RFC 2104) with one of the algorithms, under a key that is derived from that of the family.
#[derive(Clone)]
pub struct KeyedHash {
    algorithm: Algorithm,
    /// How many digits of it are written.
    length: usize,
    state: State,
}

#[derive(Clone)]
enum State {
    Md5(Hmac<Md5>),
    Sha1(Hmac<Sha1>),
    Sha224(Hmac<Sha224>),
    Sha256(Hmac<Sha256>),
    Sha384(Box<Hmac<Sha384>>),
    Sha512(Box<Hmac<Sha512>>),
}

impl std::fmt::Debug for KeyedHash {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "KeyedHash({})", self.algorithm.name())
    }
}

impl PartialEq for KeyedHash {
    fn eq(&self, other: &Self) -> bool {
        let of_nothing = |hash: &Self| {
            let mut out = Vec::new();
            hash.write(b"", &mut out);
            out
        };
        of_nothing(self) == of_nothing(other)
    }
}

impl KeyedHash {
    /// The keyed hash of a family, of which so many digits are written; 0: all.
    ///
    /// # Errors
    /// [`MaskErrorKind::InvalidParameter`] when the hash does not have so many.
    pub fn new(algorithm: Algorithm, length: i64, family: &FamilyKey) -> Result<Self, MaskError> {
        let length = match u64::try_from(length) {
            Ok(0) => algorithm.digits(),
            Ok(length) if length <= algorithm.digits() => length,
            _ => {
                return Err(MaskError::new(
                    MaskErrorKind::InvalidParameter,
                    format!("the length of a {} hash must be from 1 to {}", algorithm.name(), algorithm.digits()),
                    "Give how many of its digits the hash shall have, 0 for all.",
                ));
            }
        } as usize;
        fn state<M: KeyInit>(key: &[u8]) -> M {
            M::new_from_slice(key).unwrap_or_else(|_| unreachable!("HMAC takes keys of every length"))
        }
        let key = &family.derived(algorithm.name().as_bytes())[..];
        let state = match algorithm {
            Algorithm::Md5 => State::Md5(state(key)),
            Algorithm::Sha1 => State::Sha1(state(key)),
            Algorithm::Sha224 => State::Sha224(state(key)),
            Algorithm::Sha256 => State::Sha256(state(key)),
            Algorithm::Sha384 => State::Sha384(Box::new(state(key))),
            Algorithm::Sha512 => State::Sha512(Box::new(state(key))),
        };
        Ok(Self { algorithm, length, state })
    }

    /// Appends the keyed hash of `value`, or its first digits, in lower-case hexadecimal digits.
    pub fn write(&self, value: &[u8], out: &mut Vec<u8>) {
        let start = out.len();
        fn hash<M: Mac + Clone>(state: &M, value: &[u8], out: &mut Vec<u8>) {
            let mut mac = state.clone();
            mac.update(value);
            hex::push(&mac.finalize().into_bytes(), out);
        }
        match &self.state {
            State::Md5(state) => hash(state, value, out),
            State::Sha1(state) => hash(state, value, out),
            State::Sha224(state) => hash(state, value, out),
            State::Sha256(state) => hash(state, value, out),
            State::Sha384(state) => hash(state.as_ref(), value, out),
            State::Sha512(state) => hash(state.as_ref(), value, out),
        }
        out.truncate(start + self.length);
    }
}

/// The most characters that [`hmac_base32`] gives: 260 bits would be more than the hash has.
pub const LONGEST_BASE32: usize = 51;

/// Crockford's base 32 in lower case: digits and letters without i, l, o and u.
const BASE32: &[u8; 32] = b"0123456789abcdefghjkmnpqrstvwxyz";

/// Appends the first characters of a keyed SHA-256 of `value` in base 32, five bits each, `length` of them up to
/// [`LONGEST_BASE32`]. 16 characters are 80 bits: of a million values two become the same once in 2.4 million tables.
pub fn hmac_base32(value: &[u8], length: usize, family: &FamilyKey, out: &mut Vec<u8>) {
    let tag = family.tag(value);
    for place in 0..length.min(LONGEST_BASE32) {
        let (byte, bit) = (place * 5 / 8, place * 5 % 8);
        let pair = u16::from_be_bytes([tag[byte], tag.get(byte + 1).copied().unwrap_or_default()]);
        out.push(BASE32[usize::from(pair >> (11 - bit) & 31)]);
    }
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

#[cfg(test)]
mod tests {
    use super::super::key::{Domain, Key};
    use super::*;

    #[test]
    fn a_keyed_hash_has_the_length_of_its_algorithm_and_depends_on_the_key() {
        let keys =
            [b"one-key-of-thirty-two-characters", b"two-key-of-thirty-two-characters"].map(|k| Key::new(k).unwrap());
        let mut seen = std::collections::HashSet::new();
        for key in &keys {
            for algorithm in Algorithm::ALL {
                let mut out = Vec::new();
                let family = key.family(Domain::Hmac);
                KeyedHash::new(algorithm, 0, family).unwrap().write(b"value", &mut out);
                assert_eq!(out.len() as u64, algorithm.digits());
                let mut short = b"before ".to_vec();
                KeyedHash::new(algorithm, 9, family).unwrap().write(b"value", &mut short);
                assert_eq!(short.strip_prefix(b"before "), out.get(..9));
                assert!(KeyedHash::new(algorithm, -1, family).is_err());
                assert!(KeyedHash::new(algorithm, algorithm.digits() as i64 + 1, family).is_err());
                assert!(out.iter().all(u8::is_ascii_hexdigit));
                assert!(seen.insert(out));
            }
        }
    }

    #[test]
    fn a_hash_of_one_block_is_that_of_a_hasher() {
        let bytes: Vec<u8> = (0..=255).collect();
        for length in 0..=80 {
            for cut in 0..=length {
                let (value, salt) = bytes[100..100 + length].split_at(cut);
                let hash = sha256_of_one_block(value, salt);
                assert_eq!(hash.is_some(), length < 56, "{length}");
                let (mut quick, mut slow) = (Vec::new(), Vec::new());
                digest(value, salt, Algorithm::Sha256, &mut quick);
                digest_with::<Sha256>(value, salt, &mut slow);
                assert_eq!(quick, slow, "{length} {cut}");
            }
        }
    }

    #[test]
    fn base_32_is_the_bits_of_the_hash_in_groups_of_five() {
        let key = Key::new(b"one-key-of-thirty-two-characters").unwrap();
        let family = key.family(Domain::Hmac);
        let bits: String = family.tag(b"value").iter().map(|byte| format!("{byte:08b}")).collect();
        let mut out = Vec::new();
        hmac_base32(b"value", LONGEST_BASE32, family, &mut out);
        assert_eq!(out.len(), 51);
        for (place, character) in out.iter().enumerate() {
            let number = usize::from_str_radix(&bits[place * 5..place * 5 + 5], 2).unwrap();
            assert_eq!(BASE32[number], *character);
        }
        let mut short = Vec::new();
        hmac_base32(b"value", 16, family, &mut short);
        assert_eq!(short, out[..16]);
    }
}
