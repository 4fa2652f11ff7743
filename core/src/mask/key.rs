//! The key of keyed masks, and what is derived from it.
//!
//! One key serves all families of masks. Each family works under a key of its own, derived by HKDF with SHA-256 (RFC
//! 5869) from the key and the family's name, so that what one family shows says nothing about another. A value is mapped
//! by HMAC-SHA256 (RFC 2104) under the key of its family: without the key nobody can compute what a guessed value would
//! become, which a bare hash allows.

use std::convert::Infallible;
use std::fmt;

use hmac::{Hmac, KeyInit, Mac};
use rand::{TryCryptoRng, TryRng};
use sha2::Sha256;
use sha2::digest::Digest;

use super::{MaskError, MaskErrorKind};

/// The least number of bytes of a key: 128 bits in hexadecimal digits.
pub const SHORTEST_KEY: usize = 32;

/// The most bytes of a key.
pub const LONGEST_KEY: usize = 1024;

/// The text of a new key: 256 random bits in hexadecimal digits.
pub fn generate<R: rand::CryptoRng + ?Sized>(rng: &mut R) -> String {
    let mut bytes = [0; 32];
    rng.fill_bytes(&mut bytes);
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

macro_rules! domains {
    ($($(#[$doc:meta])* $name:ident $label:literal,)*) => {
        /// A family of masks with a key of its own. All masks of one family map a value to the same random bits, so that an
        /// e-mail address in free text becomes what it becomes in a column of addresses.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
        pub enum Domain {
            $($(#[$doc])* $name,)*
        }

        impl Domain {
            /// All families.
            pub const ALL: &'static [Self] = &[$(Self::$name,)*];

            /// The name from which the family's key is derived. It must never change: all pseudonyms would.
            const fn label(self) -> &'static str {
                match self { $(Self::$name => $label,)* }
            }
        }
    };
}

domains! {
    /// First names.
    FirstName "first_name",
    /// Last names.
    LastName "last_name",
    /// Full names.
    FullName "full_name",
    /// E-mail addresses.
    Email "email",
    /// User names.
    UserName "user_name",
    /// Passwords.
    Password "password",
    /// Companies.
    Company "company",
    /// Jobs.
    Job "job",
    /// Streets with a number.
    Street "street",
    /// Cities.
    City "city",
    /// Postal codes.
    Postcode "postcode",
    /// Countries.
    Country "country",
    /// Telephone numbers.
    Phone "phone",
    /// Bank accounts.
    Iban "iban",
    /// Payment cards.
    Card "card",
    /// National ids.
    NationalId "national_id",
    /// UUIDs.
    Uuid "uuid",
    /// Internet addresses.
    Ip "ip",
    /// Hardware addresses.
    Mac "mac",
    /// URLs.
    Url "url",
    /// User agents.
    UserAgent "user_agent",
    /// Colours.
    Colour "colour",
    /// Text.
    Text "text",
    /// Numbers.
    Number "number",
    /// Latitudes.
    Coordinate "coordinate",
    /// Longitudes, which have nothing to do with the latitudes of the same value.
    Longitude "longitude",
    /// Dates and times.
    Date "date",
    /// Keyed hashes.
    Hmac "hmac",
    /// Format-preserving encryption of text.
    Fpe "fpe",
    /// Permutations of integers.
    PermuteInt "permute_int",
    /// Permutations of UUIDs.
    PermuteUuid "permute_uuid",
    /// Scrambled text.
    Scramble "scramble",
    /// Noise that depends on the value.
    Noise "noise",
    /// Shifts that depend on a person.
    Shift "shift",
    /// Choices from a list.
    Pick "pick",
}

/// The key, as the keys of all families. Its `Debug` shows nothing of it.
#[derive(Clone)]
pub struct Key {
    families: Vec<FamilyKey>,
}

impl fmt::Debug for Key {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Key(..)")
    }
}

impl Key {
    /// Derives the keys of all families from the text of a key.
    ///
    /// # Errors
    /// [`MaskErrorKind::InvalidParameter`] for a key that is too short or too long, or has spaces or letters beyond
    /// ASCII; the message does not show it.
    pub fn new(text: &[u8]) -> Result<Self, MaskError> {
        // Beyond ASCII the bytes would depend on the encoding of the database.
        if !(SHORTEST_KEY..=LONGEST_KEY).contains(&text.len()) || !text.iter().all(u8::is_ascii_graphic) {
            return Err(MaskError::new(
                MaskErrorKind::InvalidParameter,
                format!("a key has {SHORTEST_KEY} to {LONGEST_KEY} letters, digits and signs of ASCII, and no spaces"),
                "Make one with: pg_anon key new",
            ));
        }
        let secret = hmac(&state(b"pg_anon key, version 1"), text);
        let expand = state(&secret);
        let families = Domain::ALL
            .iter()
            .map(|domain| {
                let mut info = domain.label().as_bytes().to_vec();
                // The counter of RFC 5869, 2.3: one block is all that is needed.
                info.push(1);
                FamilyKey { mac: state(&hmac(&expand, &info)) }
            })
            .collect();
        Ok(Self { families })
    }

    /// The key of a family.
    pub fn family(&self, domain: Domain) -> &FamilyKey {
        // One was made for each domain, in the order of the enum.
        &self.families[domain as usize]
    }
}

/// The key of a family of masks. Its `Debug` shows nothing of it.
#[derive(Clone)]
pub struct FamilyKey {
    /// HMAC with the key already taken in.
    mac: Hmac<Sha256>,
}

impl fmt::Debug for FamilyKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("FamilyKey(..)")
    }
}

impl PartialEq for FamilyKey {
    /// Whether both map values alike.
    fn eq(&self, other: &Self) -> bool {
        self.tag(b"") == other.tag(b"")
    }
}

impl FamilyKey {
    /// HMAC-SHA256 of a value.
    pub fn tag(&self, value: &[u8]) -> [u8; 32] {
        hmac(&self.mac, value)
    }

    /// A key for another primitive (AES), for a purpose within the family.
    pub fn derived(&self, purpose: &[u8]) -> [u8; 32] {
        let mut mac = self.mac.clone();
        mac.update(b"derived key: ");
        mac.update(purpose);
        mac.finalize().into_bytes().into()
    }

    /// A key of the same family for what is drawn in another way: it maps the same values to other random numbers.
    pub fn for_purpose(&self, purpose: &[u8]) -> Self {
        Self { mac: state(&self.derived(purpose)) }
    }

    /// Random numbers that depend on the key and a value alone.
    pub fn stream(&self, value: &[u8]) -> Stream {
        Stream { first: self.tag(value), block: None, at: 0, count: 0 }
    }
}

fn state(key: &[u8]) -> Hmac<Sha256> {
    // HMAC takes keys of every length.
    <Hmac<Sha256> as KeyInit>::new_from_slice(key).unwrap_or_else(|_| unreachable!("a key of any length is taken"))
}

fn hmac(state: &Hmac<Sha256>, value: &[u8]) -> [u8; 32] {
    let mut mac = state.clone();
    mac.update(value);
    mac.finalize().into_bytes().into()
}

/// Random numbers made of a value and a key: the HMAC first, then its SHA-256 with a counter. The same code that draws from
/// the system's generator thus draws a value's pseudonym.
pub struct Stream {
    first: [u8; 32],
    /// What is read when `first` has been read.
    block: Option<[u8; 32]>,
    at: usize,
    count: u64,
}

impl TryRng for Stream {
    type Error = Infallible;

    fn try_next_u64(&mut self) -> Result<u64, Infallible> {
        if self.at == 32 {
            self.count += 1;
            let mut hasher = Sha256::new();
            hasher.update(self.first);
            hasher.update(self.count.to_le_bytes());
            self.block = Some(hasher.finalize().into());
            self.at = 0;
        }
        let block = self.block.as_ref().unwrap_or(&self.first);
        let mut word = [0; 8];
        word.copy_from_slice(&block[self.at..self.at + 8]);
        self.at += 8;
        Ok(u64::from_le_bytes(word))
    }

    fn try_next_u32(&mut self) -> Result<u32, Infallible> {
        // The high half, as the low one may be used to tell a bias.
        self.try_next_u64().map(|word| (word >> 32) as u32)
    }

    fn try_fill_bytes(&mut self, bytes: &mut [u8]) -> Result<(), Infallible> {
        for chunk in bytes.chunks_mut(8) {
            let word = self.try_next_u64()?.to_le_bytes();
            chunk.copy_from_slice(&word[..chunk.len()]);
        }
        Ok(())
    }
}

impl TryCryptoRng for Stream {}

#[cfg(test)]
mod tests {
    use super::*;
    use rand::Rng;

    const TEXT: &[u8] = b"0123456789abcdef0123456789abcdef";

    #[test]
    fn a_short_key_is_refused_without_being_shown() {
        let error = Key::new(b"too short").unwrap_err();
        assert!(!format!("{error:?}").contains("too short"));
        assert!(Key::new(&[b'x'; LONGEST_KEY + 1]).is_err());
        assert!(Key::new("ü".repeat(SHORTEST_KEY).as_bytes()).is_err());
        assert!(Key::new(&[b' '; SHORTEST_KEY]).is_err());
        assert!(Key::new(TEXT).is_ok());
    }

    #[test]
    fn a_new_key_is_a_key_and_never_the_same() {
        let keys = [0; 2].map(|_| generate(&mut rand::rng()));
        assert_ne!(keys[0], keys[1]);
        assert!(keys.iter().all(|text| text.len() == 64 && Key::new(text.as_bytes()).is_ok()));
    }

    #[test]
    fn families_and_keys_have_nothing_in_common() {
        let mut seen = std::collections::HashSet::new();
        for text in [TEXT, b"another.key.of.thirty-two.letters"] {
            let key = Key::new(text).unwrap();
            for domain in Domain::ALL {
                assert!(seen.insert(key.family(*domain).tag(b"value")), "{domain:?}");
                assert!(seen.insert(key.family(*domain).derived(b"value")), "{domain:?}");
            }
        }
    }

    #[test]
    fn a_key_means_the_same_for_ever() {
        // Computed by Python's hmac: HKDF-Extract with the salt, HKDF-Expand with the label, HMAC of the value. Should it
        // change, the pseudonyms of all dumps would.
        let tag = Key::new(TEXT).unwrap().family(Domain::Email).tag(b"a@example.com");
        let hex: String = tag.iter().map(|byte| format!("{byte:02x}")).collect();
        assert_eq!(hex, "ff9745fb09fa3c255cb427562e023ccacb812bcf519e678e503a75b2035e0d9d");
    }

    #[test]
    fn a_stream_goes_on_and_is_the_same_each_time() {
        let key = Key::new(TEXT).unwrap();
        let family = key.family(Domain::City);
        let words = |value: &[u8]| {
            let mut stream = family.stream(value);
            (0..20).map(|_| stream.next_u64()).collect::<Vec<_>>()
        };
        assert_eq!(words(b"Berlin"), words(b"Berlin"));
        assert_ne!(words(b"Berlin"), words(b"Bern"));
        let mut distinct = words(b"Berlin");
        distinct.sort_unstable();
        distinct.dedup();
        assert_eq!(distinct.len(), 20);
    }

    #[test]
    fn keys_do_not_show_when_they_are_printed() {
        let key = Key::new(TEXT).unwrap();
        assert_eq!(format!("{key:?} {:?}", key.family(Domain::Hmac)), "Key(..) FamilyKey(..)");
    }
}
