//! From the name and the constant arguments of a masking function to the mask: what a call in a rule, in `mask_jsonb` and in
//! SQL has in common.

use std::sync::Arc;

use super::date::{DAY, FIRST_DATE, FIRST_TIMESTAMP, LAST_DATE, LAST_TIMESTAMP};
use super::decimal::DecimalStep;
use super::draw::{Decimals, Real, Whole};
use super::fpe::Cipher;
use super::generalise::{FloatStep, Mapping, RangeOf, Step};
use super::hash::{KeyedHash, LONGEST_BASE32};
use super::key::{Domain, FamilyKey, Key};
use super::native::{DecimalNoise, PseudoScalar, Scalar, ScalarMask, TextMask};
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
    if let Some(mask) = decimal_mask(function, arguments, key) {
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
        "partial_ip" => bits(number(0, 24)?, number(1, 48)?).map(|(bits4, bits6)| TextMask::Ip(bits4, bits6)),
        "generalise_ip" => bits(number(0, 24)?, number(1, 48)?).map(|(bits4, bits6)| TextMask::Network(bits4, bits6)),
        "generalise_range" | "generalise_range_int" => match arguments {
            [Argument::Integer(step)] => Step::new(*step).map(TextMask::Range),
            _ => return None,
        },
        "generalise_date_range" => text(0, "")?.parse().map(|unit| TextMask::DateRange(unit, RangeOf::Date)),
        "generalise_timestamp_range" => text(0, "")?.parse().map(|unit| TextMask::DateRange(unit, RangeOf::Timestamp)),
        "generalise_timestamptz_range" => {
            text(0, "")?.parse().map(|unit| TextMask::DateRange(unit, RangeOf::TimestampTz))
        }
        "generalise_age" => match arguments {
            [Argument::Integer(width), Argument::Date(as_of)] if *width > 0 => {
                Ok(TextMask::Age { width: i32::try_from(*width).ok()?, as_of: *as_of })
            }
            _ => return None,
        },
        "generalise_text" => {
            let (Argument::Text(mapping), otherwise) = (arguments.first()?, text(1, "")?) else { return None };
            Mapping::new(mapping, otherwise).map(|mapping| TextMask::Map(Arc::new(mapping)))
        }
        "scramble" => of_family(Domain::Scramble).map(TextMask::Scramble),
        "hmac" => {
            let (algorithm, length) = (text(0, "sha256")?, number(1, 0)?);
            algorithm
                .parse()
                .and_then(|algorithm| KeyedHash::new(algorithm, length, &of_family(Domain::Hmac)?))
                .map(TextMask::Hmac)
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

/// The mask of a value in a document, whose numbers and UUIDs come as text: as [`text_mask`], and some masks of numbers.
///
/// # Errors
/// As for [`text_mask`].
pub fn document_mask(function: &str, arguments: &[Argument], key: Option<&Key>) -> Option<Result<TextMask, MaskError>> {
    match function {
        "permute_int" | "permute_uuid" => Some(scalar_mask(function, arguments, key)?.map(|mask| match mask {
            ScalarMask::Permute(permutation) => TextMask::Permute(permutation),
            ScalarMask::PermuteUuid(permutation) => TextMask::PermuteUuid(permutation),
            _ => unreachable!("these two are permutations"),
        })),
        "generalise_range" => decimal_mask("generalise_range_numeric", arguments, key),
        _ => text_mask(function, arguments, key),
    }
}

/// How many bits of an address are kept, for each version.
fn bits(bits4: i64, bits6: i64) -> Result<(u8, u8), MaskError> {
    match (u8::try_from(bits4), u8::try_from(bits6)) {
        (Ok(bits4 @ 0..=32), Ok(bits6 @ 0..=128)) => Ok((bits4, bits6)),
        _ => Err(MaskError::new(
            MaskErrorKind::InvalidParameter,
            "a network has from 0 to 32 bits, and from 0 to 128 in version 6",
            "Give such as 24 and 48.",
        )),
    }
}

/// The masks that read or give the text of a decimal number: those of type numeric, and of numbers in documents.
fn decimal_mask(function: &str, arguments: &[Argument], key: Option<&Key>) -> Option<Result<TextMask, MaskError>> {
    let texts: Vec<String> = arguments.iter().map(decimal).collect::<Option<_>>()?;
    let texts: Vec<&str> = texts.iter().map(String::as_str).collect();
    match (function, &texts[..]) {
        ("generalise_number" | "generalise_number_numeric", [step]) => {
            return Some(DecimalStep::new(step).map(TextMask::DecimalStep));
        }
        ("generalise_range_numeric", [step]) => return Some(DecimalStep::new(step).map(TextMask::DecimalRange)),
        _ => (),
    }
    let function = function.strip_suffix("_numeric").unwrap_or(function);
    let numbers = |kind: &str| {
        Some(match (kind, &texts[..]) {
            ("number", [low, high]) => Decimals::uniform(low, high),
            ("normal_number", [mean, deviation]) => Decimals::normal(mean, deviation, "-Infinity", "Infinity"),
            ("normal_number", [mean, deviation, low, high]) => Decimals::normal(mean, deviation, low, high),
            _ => return None,
        })
    };
    if let Some(kind) = function.strip_prefix("random_") {
        return Some(numbers(kind)?.map(TextMask::Decimal));
    }
    if let Some(numbers) = function.strip_prefix("pseudo_").and_then(numbers) {
        return Some(
            numbers
                .and_then(|numbers| Ok(TextMask::PseudoDecimal(numbers, drawing_key(key, Domain::Number, arguments)?))),
        );
    }
    let function = function.strip_suffix("_within").unwrap_or(function);
    let is_keyed = function == "pseudo_noise";
    if !is_keyed && function != "noise" {
        return None;
    }
    let bounds = match texts[..] {
        [_] => None,
        [_, low, high] => Some((low.to_owned(), high.to_owned())),
        _ => return None,
    };
    Some(ratio(arguments.first()?)?.and_then(|ratio| {
        if let Some((low, high)) = &bounds {
            in_order(super::number::compare(low.as_bytes(), high.as_bytes()).is_le())?;
        }
        let key = if is_keyed { Some(family(key, Domain::Noise)?) } else { None };
        Ok(TextMask::DecimalNoise(Box::new(DecimalNoise { ratio, key, bounds })))
    }))
}

/// A number as PostgreSQL writes a numeric.
fn decimal(argument: &Argument) -> Option<String> {
    Some(match argument {
        Argument::Decimal(text) => text.clone(),
        Argument::Integer(number) => number.to_string(),
        Argument::Float(number) => number.to_string(),
        _ => return None,
    })
}

fn ratio(argument: &Argument) -> Option<Result<Ratio, MaskError>> {
    match argument {
        Argument::Float(ratio) => Some(Ratio::new(*ratio)),
        Argument::Integer(ratio) => Some(Ratio::new(*ratio as f64)),
        _ => None,
    }
}

pub(super) fn in_order(is_in_order: bool) -> Result<(), MaskError> {
    if is_in_order {
        return Ok(());
    }
    Err(MaskError::new(
        MaskErrorKind::InvalidParameter,
        "the least result of noise is above the greatest",
        "Give the least first, then the greatest.",
    ))
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
    use Argument::{Date, Float, Integer, Timestamp};
    Some(match (function, arguments) {
        ("random_number" | "random_number_bigint", [Integer(low), Integer(high)]) => {
            Whole::uniform(*low, *high).map(ScalarMask::Whole)
        }
        ("random_number_float", [Float(low), Float(high)]) => Real::uniform(*low, *high).map(ScalarMask::Real),
        (
            "random_normal_number" | "random_normal_number_bigint",
            [Integer(mean), Integer(deviation), Integer(low), Integer(high)],
        ) => Whole::normal(*mean, *deviation as f64, *low, *high).map(ScalarMask::Whole),
        ("random_normal_number_float", [Float(mean), Float(deviation), Float(low), Float(high)]) => {
            Real::normal(*mean, *deviation, *low, *high).map(ScalarMask::Real)
        }
        ("random_day", [Date(low), Date(high)]) => finite(&[(*low).into(), (*high).into()], true)
            .and_then(|()| Whole::uniform((*low).into(), (*high).into()))
            .map(ScalarMask::Whole),
        ("random_timestamp" | "random_timestamptz", [Timestamp(low), Timestamp(high)]) => {
            finite(&[*low, *high], false).and_then(|()| Whole::uniform(*low, *high)).map(ScalarMask::Whole)
        }
        ("random_date_between", [Timestamp(start), Timestamp(stop)]) => Ok(ScalarMask::TimesBetween(*start, *stop)),
        ("random_normal_day", [Date(mean), Argument::Interval(deviation), Date(low), Date(high)]) => {
            let days = deviation.length() as f64 / DAY as f64;
            finite(&[(*mean).into()], true)
                .and_then(|()| {
                    let (low, high) = ((*low).max(FIRST_DATE), (*high).min(LAST_DATE));
                    Whole::normal((*mean).into(), days, low.into(), high.into())
                })
                .map(ScalarMask::Whole)
        }
        (
            "random_normal_timestamp" | "random_normal_timestamptz",
            [Timestamp(mean), Argument::Interval(deviation), Timestamp(low), Timestamp(high)],
        ) => finite(&[*mean], false)
            .and_then(|()| {
                let (low, high) = ((*low).max(FIRST_TIMESTAMP), (*high).min(LAST_TIMESTAMP));
                Whole::normal(*mean, deviation.length() as f64, low, high)
            })
            .map(ScalarMask::Whole),
        ("random_latitude", [Float(south), Float(north)]) => Real::latitude(*south, *north).map(ScalarMask::Real),
        ("random_longitude", [Float(west), Float(east)]) => Real::longitude(*west, *east).map(ScalarMask::Real),
        (
            "noise_smallint"
            | "noise_int"
            | "noise_bigint"
            | "noise_float"
            | "pseudo_noise_within_smallint"
            | "pseudo_noise_within_int"
            | "pseudo_noise_within_bigint"
            | "pseudo_noise_within_float",
            [Float(ratio), low, high],
        ) => {
            let bound = |argument: &Argument| {
                Some(match argument {
                    Integer(number) if function.ends_with("_smallint") => Scalar::Int2(i16::try_from(*number).ok()?),
                    Integer(number) if function.ends_with("_int") => Scalar::Int4(i32::try_from(*number).ok()?),
                    Integer(number) => Scalar::Int8(*number),
                    Float(number) => Scalar::Float8(*number),
                    _ => return None,
                })
            };
            let (low, high) = (bound(low)?, bound(high)?);
            Ratio::new(*ratio).and_then(|ratio| {
                let noise = match function.starts_with("pseudo_") {
                    true => ScalarMask::KeyedNoise(ratio, family(key, Domain::Noise)?),
                    false => ScalarMask::Noise(ratio),
                };
                ScalarMask::within(noise, low, high)
            })
        }
        (
            "dnoise_date"
            | "dnoise_timestamp"
            | "dnoise_timestamptz"
            | "pseudo_dnoise_within_date"
            | "pseudo_dnoise_within_timestamp"
            | "pseudo_dnoise_within_timestamptz",
            [Argument::Interval(span), low, high],
        ) => {
            let bound = |argument: &Argument| match argument {
                Date(day) => Some(Scalar::Date(*day)),
                Timestamp(time) => Some(Scalar::Timestamp(*time)),
                _ => None,
            };
            let (low, high) = (bound(low)?, bound(high)?);
            let noise = match function.starts_with("pseudo_") {
                true => family(key, Domain::Date).map(|key| ScalarMask::KeyedDateNoise(*span, key)),
                false => Ok(ScalarMask::DateNoise(*span)),
            };
            noise.and_then(|noise| ScalarMask::within(noise, low, high))
        }
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

/// The mask of a function `pseudo_*` that gives a number, a date or a time for a text: it draws what `random_*` draws.
///
/// # Errors
/// As for [`text_mask`].
pub fn pseudo_scalar(
    function: &str,
    arguments: &[Argument],
    key: Option<&Key>,
) -> Option<Result<PseudoScalar, MaskError>> {
    let kind = function.strip_prefix("pseudo_")?;
    let domain = match kind {
        "latitude" => Domain::Coordinate,
        "longitude" => Domain::Longitude,
        _ if kind.contains("number") => Domain::Number,
        _ => Domain::Date,
    };
    let draw = scalar_mask(&format!("random_{kind}"), arguments, None)?;
    Some(draw.and_then(|draw| Ok(PseudoScalar { draw, key: drawing_key(key, domain, arguments)? })))
}

/// The key under which numbers or times are drawn with some constants: another one for other constants. Otherwise two of one person,
/// such as an age and a salary, would be the same part of the way from least to greatest, and one would say what the other is.
fn drawing_key(key: Option<&Key>, domain: Domain, arguments: &[Argument]) -> Result<FamilyKey, MaskError> {
    let mut purpose = String::from("draw");
    for argument in arguments {
        let text = match argument {
            Argument::Date(number) => number.to_string(),
            Argument::Timestamp(number) => number.to_string(),
            Argument::Interval(span) => format!("{} {} {}", span.months, span.days, span.micros),
            Argument::Text(text) => text.clone(),
            number => decimal(number).unwrap_or_default(),
        };
        purpose.push('\0');
        purpose.push_str(&text);
    }
    Ok(family(key, domain)?.for_purpose(purpose.as_bytes()))
}

/// Whether dates or times are finite.
fn finite(values: &[i64], are_dates: bool) -> Result<(), MaskError> {
    let is_infinite = |value: &i64| match are_dates {
        true => [i64::from(i32::MIN), i64::from(i32::MAX)].contains(value),
        false => [i64::MIN, i64::MAX].contains(value),
    };
    if !values.iter().any(is_infinite) {
        return Ok(());
    }
    Err(MaskError::new(
        MaskErrorKind::InvalidParameter,
        "a random date cannot lie between infinite dates",
        "Give a finite first and last date.",
    ))
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

#[cfg(test)]
mod tests {
    use super::*;

    fn key() -> Key {
        Key::new(b"one-key-of-thirty-two-characters-").unwrap()
    }

    /// Pearson's coefficient.
    fn correlation(pairs: &[(f64, f64)]) -> f64 {
        let count = pairs.len() as f64;
        let (mean_a, mean_b) = pairs.iter().fold((0.0, 0.0), |(a, b), pair| (a + pair.0 / count, b + pair.1 / count));
        let (mut ab, mut aa, mut bb) = (0.0, 0.0, 0.0);
        for (a, b) in pairs {
            let (a, b) = (a - mean_a, b - mean_b);
            (ab, aa, bb) = (ab + a * b, aa + a * a, bb + b * b);
        }
        ab / (aa * bb).sqrt()
    }

    #[test]
    fn two_numbers_of_one_person_do_not_tell_each_other() {
        let drawn = |low: i64, high: i64, value: &str| {
            let bounds = [Argument::Integer(low), Argument::Integer(high)];
            let mask = pseudo_scalar("pseudo_number", &bounds, Some(&key())).unwrap().unwrap();
            match mask.apply(value.as_bytes(), Scalar::Int8(0)) {
                Ok(Some(Scalar::Int8(number))) => number as f64,
                other => panic!("{other:?}"),
            }
        };
        let people = (0..2_000).map(|n| n.to_string());
        let pairs: Vec<(f64, f64)> = people.map(|p| (drawn(18, 99, &p), drawn(20_000, 90_000, &p))).collect();
        assert!(correlation(&pairs).abs() < 0.1, "{}", correlation(&pairs));
        // The same bounds give the same numbers.
        assert_eq!(drawn(18, 99, "Ann"), drawn(18, 99, "Ann"));
    }

    fn written(function: &str, arguments: &[Argument], value: &str) -> String {
        let mask = text_mask(function, arguments, Some(&key())).unwrap().unwrap();
        let mut out = Vec::new();
        mask.write(value.as_bytes(), &mut rand::rng(), &mut out).unwrap();
        String::from_utf8(out).unwrap()
    }

    #[test]
    fn an_address_has_one_pseudonym_however_a_cast_writes_it() {
        for (written_so, address) in [("192.168.1.5/32", "192.168.1.5"), ("2001:db8::7/128", "2001:db8::7")] {
            assert_eq!(written("pseudo_ip", &[], written_so), written("pseudo_ip", &[], address));
        }
        assert_ne!(written("pseudo_ip", &[], "10.0.0.0/8"), written("pseudo_ip", &[], "10.0.0.0"));
        assert_ne!(written("pseudo_ip", &[], "2001:db8::7/32"), written("pseudo_ip", &[], "2001:db8::7"));
    }

    #[test]
    fn equal_numerics_get_the_same_noise() {
        let noise = |value: &str| written("pseudo_noise_numeric", &[Argument::Float(0.5)], value);
        let (short, long) = (noise("300"), noise("300.00"));
        let rounded = long.parse::<f64>().unwrap().round();
        assert!((rounded - short.parse::<f64>().unwrap()).abs() <= 1.0, "{short} {long}");
    }
}
