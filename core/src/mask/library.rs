//! From the name and the constant arguments of a masking function to the mask: what a call in a rule, in `mask_jsonb` and in
//! SQL has in common.

use std::sync::Arc;

use super::fpe::Cipher;
use super::generalise::{FloatStep, Mapping, Step};
use super::hash::{KeyedHash, LONGEST_BASE32};
use super::key::{Domain, FamilyKey, Key};
use super::native::{ScalarMask, TextMask};
use super::number::Ratio;
use super::permute::{Permutation, UuidPermutation};
use super::realistic::Realistic;
use super::redact::{Pseudonyms, Redaction};
use super::registry::Argument;
use super::{MaskError, MaskErrorKind};

/// The text mask of a function of the families that this module knows. `arguments` are the constants behind the value, which
/// is the first argument of every function that reads one. None: no such function, or arguments that are not constant or of
/// another type.
///
/// # Errors
/// [`MaskErrorKind::InvalidParameter`] for arguments that make no sense, [`MaskErrorKind::NoKey`] when the function needs the
/// key and there is none.
pub fn text_mask(function: &str, arguments: &[Argument], key: Option<&Key>) -> Option<Result<TextMask, MaskError>> {
    if let Some(mask) = first_functions(function, arguments) {
        return Some(mask);
    }
    if let Some(kind) = function.strip_prefix("random_") {
        return Some(Realistic::new(kind, arguments)?.map(TextMask::Realistic));
    }
    if let Some(kind) = function.strip_prefix("pseudo_") {
        return Some(Realistic::new(kind, arguments)?.and_then(|kind| {
            let key = family(key, kind.domain())?;
            Ok(TextMask::Pseudonym(kind, key))
        }));
    }
    let number = |at: usize, default: i64| match arguments.get(at) {
        None => Some(default),
        Some(Argument::Integer(number)) => Some(*number),
        Some(_) => None,
    };
    let text = |at: usize, default: &'static str| match arguments.get(at) {
        None => Some(default),
        Some(Argument::Text(text)) => Some(text.as_str()),
        Some(_) => None,
    };
    let of_family = |domain| family(key, domain);
    Some(match function {
        "fpe_digits" => of_family(Domain::Fpe).and_then(|key| Cipher::new("0123456789", &key)).map(TextMask::Fpe),
        "fpe_text" => {
            let alphabet = text(0, LETTERS_AND_DIGITS)?;
            of_family(Domain::Fpe).and_then(|key| Cipher::new(alphabet, &key)).map(TextMask::Fpe)
        }
        "redact" if arguments.is_empty() => Ok(TextMask::Redact(Redaction::Placeholder)),
        "redact_keyed" if arguments.is_empty() => {
            Pseudonyms::new(key).map(|masks| TextMask::Redact(Redaction::Pseudonym(Box::new(masks))))
        }
        "partial_card" if arguments.is_empty() => Ok(TextMask::Card),
        "partial_phone" if arguments.is_empty() => Ok(TextMask::Phone),
        "partial_iban" if arguments.is_empty() => Ok(TextMask::Iban),
        "partial_name" if arguments.is_empty() => Ok(TextMask::Name),
        "partial_url" if arguments.is_empty() => Ok(TextMask::Url),
        "partial_ip" => match (u8::try_from(number(0, 24)?), u8::try_from(number(1, 48)?)) {
            (Ok(bits4 @ 0..=32), Ok(bits6 @ 0..=128)) => Ok(TextMask::Ip(bits4, bits6)),
            _ => Err(MaskError::new(
                MaskErrorKind::InvalidParameter,
                "a network has from 0 to 32 bits, and from 0 to 128 in version 6",
                "Give such as 24 and 48.",
            )),
        },
        "generalise_text" => {
            let (Argument::Text(mapping), otherwise) = (arguments.first()?, text(1, "")?) else { return None };
            Mapping::new(mapping, otherwise).map(|mapping| TextMask::Map(Arc::new(mapping)))
        }
        "scramble" => of_family(Domain::Scramble).map(TextMask::Scramble),
        "hmac" => {
            let algorithm = text(0, "sha256")?;
            algorithm
                .parse()
                .and_then(|algorithm| Ok(TextMask::Hmac(KeyedHash::new(algorithm, &of_family(Domain::Hmac)?))))
        }
        "hmac_base32" => match usize::try_from(number(0, 16)?) {
            Ok(length @ 1..=LONGEST_BASE32) => of_family(Domain::Hmac).map(|key| TextMask::HmacBase32(key, length)),
            _ => Err(MaskError::new(
                MaskErrorKind::InvalidParameter,
                format!("the length of a hash in base 32 must be from 1 to {LONGEST_BASE32}"),
                "Give how many characters the hash shall have.",
            )),
        },
        _ => return None,
    })
}

/// The text masks that dictionaries of pg_anon 1.x call.
fn first_functions(function: &str, arguments: &[Argument]) -> Option<Result<TextMask, MaskError>> {
    use Argument::{Integer, Text};
    let small = |number: &i64| i32::try_from(*number).ok();
    Some(match (function, arguments) {
        ("partial", [Integer(prefix), Text(padding), Integer(suffix)]) => Ok(TextMask::Partial {
            prefix: small(prefix)?,
            padding: padding.as_bytes().to_vec(),
            suffix: small(suffix)?,
        }),
        ("partial_email", []) => Ok(TextMask::PartialEmail),
        ("digest", [Text(salt), Text(algorithm)]) => {
            algorithm.parse().map(|algorithm| TextMask::Digest { salt: salt.as_bytes().to_vec(), algorithm })
        }
        ("random_hash", [Text(algorithm)]) => algorithm.parse().map(TextMask::RandomHash),
        ("random_string", [Integer(length)]) => Ok(TextMask::RandomString(small(length)?)),
        ("random_zip", []) => Ok(TextMask::RandomZip),
        ("random_inn", []) => Ok(TextMask::RandomInn),
        ("random_phone", []) => Ok(TextMask::RandomPhone(b"0".to_vec())),
        ("random_phone", [Text(prefix)]) => Ok(TextMask::RandomPhone(prefix.as_bytes().to_vec())),
        _ => return None,
    })
}

/// The alphabet of [`fpe_text`](super::fpe) when none is given.
const LETTERS_AND_DIGITS: &str = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";

/// The mask of numbers, times or UUIDs of a function of the families that this module knows, as [`text_mask`] for text.
///
/// # Errors
/// As for [`text_mask`].
pub fn scalar_mask(function: &str, arguments: &[Argument], key: Option<&Key>) -> Option<Result<ScalarMask, MaskError>> {
    Some(match (function, arguments) {
        ("permute_int" | "permute_smallint" | "permute_bigint", [Argument::Integer(low), Argument::Integer(high)]) => {
            family(key, Domain::PermuteInt).and_then(|key| Permutation::new(*low, *high, &key)).map(ScalarMask::Permute)
        }
        (
            "generalise_number_smallint" | "generalise_number" | "generalise_number_bigint",
            [Argument::Integer(step)],
        ) => Step::new(*step).map(ScalarMask::Step),
        ("generalise_number_float", [Argument::Float(step)]) => FloatStep::new(*step).map(ScalarMask::FloatStep),
        ("generalise_date" | "generalise_timestamp" | "generalise_timestamptz", [Argument::Text(unit)]) => {
            unit.parse().map(ScalarMask::Truncate)
        }
        ("partial_coordinate", [Argument::Integer(decimals)]) => match u8::try_from(*decimals) {
            Ok(decimals @ 0..=15) => Ok(ScalarMask::Coordinate(decimals)),
            _ => Err(MaskError::new(
                MaskErrorKind::InvalidParameter,
                "a coordinate has from 0 to 15 decimals",
                "Give 2 for about a kilometre.",
            )),
        },
        (
            "pseudo_noise_smallint" | "pseudo_noise" | "pseudo_noise_bigint" | "pseudo_noise_float",
            [Argument::Float(ratio)],
        ) => Ratio::new(*ratio)
            .and_then(|ratio| family(key, Domain::Noise).map(|key| ScalarMask::KeyedNoise(ratio, key))),
        ("pseudo_dnoise" | "pseudo_dnoise_timestamp" | "pseudo_dnoise_timestamptz", [Argument::Interval(span)]) => {
            family(key, Domain::Date).map(|key| ScalarMask::KeyedDateNoise(*span, key))
        }
        ("permute_uuid", []) => {
            family(key, Domain::PermuteUuid).map(|key| ScalarMask::PermuteUuid(Box::new(UuidPermutation::new(&key))))
        }
        _ => return None,
    })
}

/// The key of a family.
///
/// # Errors
/// [`MaskErrorKind::NoKey`] when there is none.
pub fn family(key: Option<&Key>, domain: Domain) -> Result<FamilyKey, MaskError> {
    key.map(|key| key.family(domain).clone()).ok_or_else(no_key)
}

/// What is wrong when a mask needs the key and it is not set.
pub fn no_key() -> MaskError {
    MaskError::new(
        MaskErrorKind::NoKey,
        "the key of the masks is not set",
        "Give pg_anon the key by --key-file or PG_ANON_KEY; in psql: SELECT set_config('pg_anon.key', :'key', false). \
         pg_anon key new makes one.",
    )
}
