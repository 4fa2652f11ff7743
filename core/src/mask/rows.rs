//! What the masks of the library promise that have no module of rows of their own: one row a function.

use super::hash::Algorithm;
use super::registry::{Argument, DEFAULT, Function, Length, Spread};

/// The number in a place, or a default where it is left out.
fn number(arguments: &[Argument], at: usize, default: i64) -> Option<i64> {
    match arguments.get(at) {
        None => Some(default),
        Some(Argument::Integer(number)) => Some(*number),
        Some(_) => None,
    }
}

fn algorithm(arguments: &[Argument]) -> Option<Algorithm> {
    match arguments.get(1) {
        None => Some(Algorithm::Sha256),
        Some(Argument::Text(name)) => name.parse().ok(),
        Some(_) => None,
    }
}

/// The bounds of a permutation, which are those of its results.
fn bounds(arguments: &[Argument]) -> Option<(i64, i64)> {
    match arguments {
        [_, Argument::Integer(low), Argument::Integer(high)] if low <= high => Some((*low, *high)),
        _ => None,
    }
}

const PERMUTE: Function = Function {
    name: "permute_int",
    spread: |_| Spread::Unique,
    range: bounds,
    summary: "Another integer from low to high: no two values get the same one, and none stays. A value outside is an error. \
              The same for the same value, bounds and key (pg_anon.key).",
    ..DEFAULT
};

/// The functions.
pub(super) static FUNCTIONS: &[Function] = &[
    Function {
        name: "fpe_digits",
        arguments: &["text"],
        spread: |_| Spread::Unique,
        length: |a| a.first()?.length(),
        summary: "The text with its digits enciphered by FF1 (NIST SP 800-38G) under the key (pg_anon.key); all else stays, \
                  and no two texts become the same.",
        ..DEFAULT
    },
    Function {
        name: "fpe_text",
        arguments: &["text", "text"],
        spread: |_| Spread::Unique,
        length: |a| a.first()?.length(),
        summary: "The text with its characters of the alphabet (letters and digits of ASCII by default) enciphered by FF1 \
                  (NIST SP 800-38G) under the key (pg_anon.key); all else stays, and no two texts become the same.",
        ..DEFAULT
    },
    Function { arguments: &["smallint", "smallint", "smallint"], result: "smallint", ..PERMUTE },
    Function { arguments: &["integer", "integer", "integer"], result: "integer", ..PERMUTE },
    Function { arguments: &["bigint", "bigint", "bigint"], result: "bigint", ..PERMUTE },
    Function {
        name: "permute_uuid",
        arguments: &["uuid"],
        result: "uuid",
        spread: |_| Spread::Unique,
        summary: "Another UUID of the same version: no two become the same. The same for the same UUID and key (pg_anon.key).",
        ..DEFAULT
    },
    Function {
        name: "scramble",
        arguments: &["text"],
        length: |a| a.first()?.length(),
        summary: "The text with every letter and digit replaced by another one of the same script and case; signs and spaces \
                  stay. The same for the same text and key (pg_anon.key).",
        ..DEFAULT
    },
    Function {
        name: "hmac",
        arguments: &["text", "text"],
        spread: |a| Spread::Among(16_f64.powf(algorithm(a).unwrap_or(Algorithm::Md5).digits() as f64)),
        length: |a| algorithm(a).map(|algorithm| Length::exactly(algorithm.digits())),
        summary: "Hexadecimal HMAC of the value under the key (pg_anon.key); algorithm is md5, sha1, sha224, sha256 (the \
                  default), sha384 or sha512.",
        ..DEFAULT
    },
    Function {
        name: "hmac_base32",
        arguments: &["text", "integer"],
        spread: |a| number(a, 1, 16).map_or(Spread::Narrow, |length| Spread::Among(32_f64.powf(length as f64))),
        length: |a| number(a, 1, 16).and_then(|length| u64::try_from(length).ok()).map(Length::exactly),
        summary: "The first characters of the HMAC-SHA256 of the value under the key (pg_anon.key), in base 32: digits and \
                  lower-case letters, five bits each; 16 characters by default.",
        ..DEFAULT
    },
];
