//! What the masks of the library promise that have no module of rows of their own: one row a function.

use super::generalise::Mapping;
use super::hash::Algorithm;
use super::registry::{Argument, DEFAULT, Function, Length, Source, Spread};

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

const NUMBER: Function = Function {
    name: "generalise_number",
    summary: "The greatest multiple of the step that is not above the value.",
    ..DEFAULT
};

const DATE: Function = Function {
    name: "generalise_date",
    summary: "The beginning of the hour, day, week, month, quarter, year or decade in which the value lies (in UTC, with a time \
              zone).",
    ..DEFAULT
};

const NOISE: Function = Function {
    name: "pseudo_noise",
    summary: "The number changed by a share of at most ratio: by the same for the same value and key (pg_anon.key).",
    ..DEFAULT
};

const DATE_NOISE: Function = Function {
    name: "pseudo_dnoise",
    summary: "The date or time moved by a span of at most noise_range to either side: by the same for the same value and key \
              (pg_anon.key).",
    ..DEFAULT
};

const SHIFT: Function = Function {
    name: "shift_date",
    summary: "The date or time shifted by whole days, at most longest to either side: all of one person by the same, under the \
              key (pg_anon.key).",
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
    Function {
        name: "partial_card",
        arguments: &["text"],
        length: |a| a.first()?.length(),
        summary: "A card's number with its last four digits; the others are stars.",
        ..DEFAULT
    },
    Function {
        name: "partial_phone",
        arguments: &["text"],
        length: |a| a.first()?.length(),
        summary: "A telephone number with its first part and its last two digits; the others are stars.",
        ..DEFAULT
    },
    Function {
        name: "partial_iban",
        arguments: &["text"],
        length: |a| a.first()?.length(),
        summary: "An IBAN with its country and its last four characters; the others are stars.",
        ..DEFAULT
    },
    Function {
        name: "partial_name",
        arguments: &["text"],
        summary: "The initials of a name, each with a dot.",
        ..DEFAULT
    },
    Function {
        name: "partial_url",
        arguments: &["text"],
        summary: "The scheme and the host of a URL, without user, password, port, path, query and fragment.",
        ..DEFAULT
    },
    Function {
        name: "partial_ip",
        arguments: &["text", "integer", "integer"],
        // :: is the shortest, and six groups of four digits and an IPv4 address the longest.
        length: |a| match a {
            [_, Argument::Integer(_), Argument::Integer(_)] => Some(Length { shortest: 2, longest: Some(45) }),
            _ => None,
        },
        summary: "The network of an internet address: its first bits (24, or 48 of version 6, by default), the others zero.",
        ..DEFAULT
    },
    Function {
        name: "partial_coordinate",
        arguments: &["double precision", "integer"],
        result: "double precision",
        summary: "A coordinate in degrees to so many decimals (2 by default: about a kilometre), towards zero.",
        ..DEFAULT
    },
    Function {
        name: "generalise_text",
        arguments: &["text", "text", "text"],
        length: |a| match a {
            [_, Argument::Text(mapping), Argument::Text(otherwise)] => {
                let longest = Mapping::new(mapping, otherwise).ok()?.longest() as u64;
                Some(Length { shortest: 0, longest: Some(longest) })
            }
            _ => None,
        },
        summary: "What the value is in a mapping, a JSON object of strings; otherwise for a value that is not in it.",
        ..DEFAULT
    },
    Function { arguments: &["smallint", "smallint"], result: "smallint", ..NUMBER },
    Function { arguments: &["integer", "integer"], result: "integer", ..NUMBER },
    Function { arguments: &["bigint", "bigint"], result: "bigint", ..NUMBER },
    Function { arguments: &["double precision", "double precision"], result: "double precision", ..NUMBER },
    Function { arguments: &["numeric", "numeric"], result: "numeric", ..NUMBER },
    Function { arguments: &["date", "text"], result: "date", ..DATE },
    Function { arguments: &["timestamp without time zone", "text"], result: "timestamp without time zone", ..DATE },
    Function { arguments: &["timestamp with time zone", "text"], result: "timestamp with time zone", ..DATE },
    Function {
        name: "generalise_range",
        arguments: &["bigint", "bigint"],
        summary: "The range of a step in which a number lies, as text: [30,40). It can be cast to int4range, int8range and \
                  numrange.",
        ..DEFAULT
    },
    Function {
        name: "generalise_age",
        arguments: &["date", "integer", "date"],
        summary: "The band of years (10 by default) in which the age of somebody born on a day lies, such as 30-39; as of \
                  today by default.",
        ..DEFAULT
    },
    Function { arguments: &["smallint", "double precision"], result: "smallint", ..NOISE },
    Function { arguments: &["integer", "double precision"], result: "integer", ..NOISE },
    Function { arguments: &["bigint", "double precision"], result: "bigint", ..NOISE },
    Function { arguments: &["double precision", "double precision"], result: "double precision", ..NOISE },
    Function { arguments: &["date", "interval"], result: "date", ..DATE_NOISE },
    Function {
        arguments: &["timestamp without time zone", "interval"],
        result: "timestamp without time zone",
        ..DATE_NOISE
    },
    Function { arguments: &["timestamp with time zone", "interval"], result: "timestamp with time zone", ..DATE_NOISE },
    Function { arguments: &["date", "text", "interval"], result: "date", ..SHIFT },
    Function {
        arguments: &["timestamp without time zone", "text", "interval"],
        result: "timestamp without time zone",
        ..SHIFT
    },
    Function {
        arguments: &["timestamp with time zone", "text", "interval"],
        result: "timestamp with time zone",
        ..SHIFT
    },
    Function {
        name: "mask_jsonb",
        arguments: &["jsonb", "jsonb"],
        result: "jsonb",
        // A mask within may draw: nothing is promised.
        source: Source::Chance,
        summary: "The document with values masked that rules name: an object of JSON paths and masks, such as {\"$.email\": \
                  \"pseudo_email\", \"$.notes[*]\": [\"partial\", 1, \"***\", 1], \"$.extra\": {\"set\": null}}.",
        ..DEFAULT
    },
    Function {
        name: "mask_array",
        arguments: &["text[]", "jsonb"],
        result: "text[]",
        source: Source::Chance,
        summary: "The array with every element masked by a rule of mask_jsonb, such as \"pseudo_email\" or [\"partial\", 1, \
                  \"***\", 1].",
        ..DEFAULT
    },
    Function {
        name: "pick",
        arguments: &["anyarray", "text"],
        result: "anyelement",
        spread: |a| match a {
            [Argument::Array { elements, .. }, _] => Spread::Among(*elements as f64),
            _ => Spread::Narrow,
        },
        gives_null: |a| match a {
            [Argument::Array { elements, has_null }, _] => *elements == 0 || *has_null,
            _ => true,
        },
        summary: "An element of the array: the same for the same value and key (pg_anon.key).",
        ..DEFAULT
    },
    Function {
        name: "null_if_random",
        arguments: &["anyelement", "double precision"],
        result: "anyelement",
        source: Source::Chance,
        gives_null: |_| true,
        summary: "NULL for a random share of the rows (0.1: ten per cent), otherwise the value as it is.",
        ..DEFAULT
    },
    Function {
        name: "redact",
        arguments: &["text"],
        summary: "Free text with e-mail addresses, telephone numbers, cards, accounts, ids, internet addresses, URLs with a \
                  password and keys replaced by their kind in brackets, as the scanner's detectors find them.",
        ..DEFAULT
    },
    Function {
        name: "redact_keyed",
        arguments: &["text"],
        summary: "The same, with pseudonyms under the key (pg_anon.key) in place of what pseudo_email, pseudo_ip and fpe_digits \
                  mask in columns.",
        ..DEFAULT
    },
];
