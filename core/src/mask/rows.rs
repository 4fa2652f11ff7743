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

/// How many digits of a keyed hash are written.
fn hash_digits(arguments: &[Argument]) -> Option<u64> {
    match number(arguments, 2, 0)? {
        0 => algorithm(arguments).map(Algorithm::digits),
        length => u64::try_from(length).ok(),
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
    keyed: true,
    spread: |_| Spread::Unique,
    range: bounds,
    takes: bounds,
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
    keyed: true,
    summary: "The number changed by a share of at most ratio: by the same for the same value and key (pg_anon.key).",
    ..DEFAULT
};

const DATE_NOISE: Function = Function {
    name: "pseudo_dnoise",
    keyed: true,
    summary: "The date or time moved by a span of at most noise_range to either side: by the same for the same value and key \
              (pg_anon.key).",
    ..DEFAULT
};

const SHIFT: Function = Function {
    name: "shift_date",
    keyed: true,
    summary: "The date or time shifted by whole days, at most longest to either side: all of one person by the same, under the \
              key (pg_anon.key).",
    ..DEFAULT
};

const RANDOM_NUMBER: Function = Function {
    name: "random_number",
    source: Source::Chance,
    spread: |a| numbers_spread(a),
    range: |a| numbers_range(a),
    summary: "A number from low to high, both included, drawn anew for every call; of type numeric with the digits behind the \
              point of the bound that has more.",
    ..DEFAULT
};

const PSEUDO_NUMBER: Function = Function {
    name: "pseudo_number",
    keyed: true,
    spread: |a| numbers_spread(a.get(1..).unwrap_or_default()),
    range: |a| numbers_range(a.get(1..).unwrap_or_default()),
    summary: "A number from low to high, both included: the same for the same value under the same key (pg_anon.key).",
    ..DEFAULT
};

const RANDOM_NORMAL: Function = Function {
    name: "random_normal_number",
    source: Source::Chance,
    range: |a| numbers_range(a.get(2..).unwrap_or_default()),
    summary: "A normally distributed number with a mean and a standard deviation, from low to high where these are given, \
              drawn anew for every call.",
    ..DEFAULT
};

const PSEUDO_NORMAL: Function = Function {
    name: "pseudo_normal_number",
    keyed: true,
    range: |a| numbers_range(a.get(3..).unwrap_or_default()),
    summary: "A normally distributed number with a mean and a standard deviation, from low to high where these are given: the \
              same for the same value under the same key (pg_anon.key).",
    ..DEFAULT
};

const RANDOM_DATE: Function = Function {
    name: "random_date",
    source: Source::Chance,
    spread: |a| numbers_spread(a),
    summary: "A date or time from the first to the last, both included, drawn anew for every call.",
    ..DEFAULT
};

const PSEUDO_DATE: Function = Function {
    name: "pseudo_date",
    keyed: true,
    spread: |a| numbers_spread(a.get(1..).unwrap_or_default()),
    summary: "A date or time from the first to the last, both included: the same for the same value under the same key \
              (pg_anon.key).",
    ..DEFAULT
};

const RANDOM_NORMAL_DATE: Function = Function {
    name: "random_normal_date",
    source: Source::Chance,
    summary: "A normally distributed date or time around a mean, from the first to the last where these are given, drawn anew \
              for every call.",
    ..DEFAULT
};

const PSEUDO_NORMAL_DATE: Function = Function {
    name: "pseudo_normal_date",
    keyed: true,
    summary: "A normally distributed date or time around a mean, from the first to the last where these are given: the same \
              for the same value under the same key (pg_anon.key).",
    ..DEFAULT
};

const NOISE_WITHIN: Function = Function {
    name: "noise",
    source: Source::Chance,
    range: |a| numbers_range(a.get(2..).unwrap_or_default()),
    summary: "The number changed by a random share of at most ratio, from low to high.",
    ..DEFAULT
};

const PSEUDO_NOISE_WITHIN: Function = Function {
    range: |a| numbers_range(a.get(2..).unwrap_or_default()),
    summary: "The number changed by a share of at most ratio, from low to high: by the same for the same value and key \
              (pg_anon.key).",
    ..NOISE
};

const DATE_NOISE_WITHIN: Function = Function {
    name: "dnoise",
    source: Source::Chance,
    summary: "The date or time moved by a random span of at most noise_range to either side, from the first to the last.",
    ..DEFAULT
};

const PSEUDO_DATE_NOISE_WITHIN: Function = Function {
    summary: "The date or time moved by a span of at most noise_range to either side, from the first to the last: by the same \
              for the same value and key (pg_anon.key).",
    ..DATE_NOISE
};

const RANGE: Function = Function {
    name: "generalise_range",
    summary: "The range of a step in which a number lies, as text: [30,40). It can be cast to int4range, int8range and \
              numrange.",
    ..DEFAULT
};

const DATE_RANGE: Function = Function {
    name: "generalise_range",
    summary: "The range of the hour, day, week, month, quarter, year or decade in which the value lies (in UTC, with a time \
              zone), as text. It can be cast to daterange, tsrange and tstzrange.",
    ..DEFAULT
};

/// How many numbers, days or microseconds two bounds hold.
fn numbers_spread(arguments: &[Argument]) -> Spread {
    let count = match arguments {
        [Argument::Integer(low), Argument::Integer(high)] | [Argument::Timestamp(low), Argument::Timestamp(high)] => {
            low.abs_diff(*high) as f64
        }
        [Argument::Date(low), Argument::Date(high)] => low.abs_diff(*high).into(),
        _ => return Spread::Narrow,
    };
    Spread::Among(count + 1.0)
}

/// The bounds of whole numbers, which are those of the results.
fn numbers_range(arguments: &[Argument]) -> Option<(i64, i64)> {
    match arguments {
        [Argument::Integer(low), Argument::Integer(high)] if low <= high => Some((*low, *high)),
        _ => None,
    }
}

/// How many characters a band of so many years has: nobody is born before the first year, which stands for an unknown one here and
/// there, and the year has four digits.
fn age_length(width: i64) -> Option<Length> {
    let lowest = 9_999_i64.checked_div(width).filter(|_| width > 0)?.checked_mul(width)?;
    let digits = |number: i64| number.to_string().len() as u64;
    // A day of birth that is not yet, or is infinite, gives an empty text.
    Some(Length { shortest: 0, longest: Some(digits(lowest) + 1 + digits(lowest.checked_add(width)? - 1)) })
}

/// The functions.
pub(super) static FUNCTIONS: &[Function] = &[
    Function { arguments: &["integer", "integer"], result: "integer", ..RANDOM_NUMBER },
    Function { arguments: &["bigint", "bigint"], result: "bigint", ..RANDOM_NUMBER },
    Function { arguments: &["double precision", "double precision"], result: "double precision", ..RANDOM_NUMBER },
    Function { arguments: &["numeric", "numeric"], result: "numeric", ..RANDOM_NUMBER },
    Function { arguments: &["text", "integer", "integer"], result: "integer", ..PSEUDO_NUMBER },
    Function { arguments: &["text", "bigint", "bigint"], result: "bigint", ..PSEUDO_NUMBER },
    Function {
        arguments: &["text", "double precision", "double precision"],
        result: "double precision",
        ..PSEUDO_NUMBER
    },
    Function { arguments: &["text", "numeric", "numeric"], result: "numeric", ..PSEUDO_NUMBER },
    Function { arguments: &["integer", "integer", "integer", "integer"], result: "integer", ..RANDOM_NORMAL },
    Function { arguments: &["bigint", "bigint", "bigint", "bigint"], result: "bigint", ..RANDOM_NORMAL },
    Function {
        arguments: &["double precision", "double precision", "double precision", "double precision"],
        result: "double precision",
        ..RANDOM_NORMAL
    },
    Function { arguments: &["numeric", "numeric", "numeric", "numeric"], result: "numeric", ..RANDOM_NORMAL },
    Function { arguments: &["text", "integer", "integer", "integer", "integer"], result: "integer", ..PSEUDO_NORMAL },
    Function { arguments: &["text", "bigint", "bigint", "bigint", "bigint"], result: "bigint", ..PSEUDO_NORMAL },
    Function {
        arguments: &["text", "double precision", "double precision", "double precision", "double precision"],
        result: "double precision",
        ..PSEUDO_NORMAL
    },
    Function { arguments: &["text", "numeric", "numeric", "numeric", "numeric"], result: "numeric", ..PSEUDO_NORMAL },
    Function { arguments: &["date", "date"], result: "date", ..RANDOM_DATE },
    Function {
        arguments: &["timestamp without time zone", "timestamp without time zone"],
        result: "timestamp without time zone",
        ..RANDOM_DATE
    },
    Function {
        arguments: &["timestamp with time zone", "timestamp with time zone"],
        result: "timestamp with time zone",
        ..RANDOM_DATE
    },
    Function { arguments: &["text", "date", "date"], result: "date", ..PSEUDO_DATE },
    Function {
        arguments: &["text", "timestamp without time zone", "timestamp without time zone"],
        result: "timestamp without time zone",
        ..PSEUDO_DATE
    },
    Function {
        arguments: &["text", "timestamp with time zone", "timestamp with time zone"],
        result: "timestamp with time zone",
        ..PSEUDO_DATE
    },
    Function { arguments: &["date", "interval", "date", "date"], result: "date", ..RANDOM_NORMAL_DATE },
    Function {
        arguments: &[
            "timestamp without time zone",
            "interval",
            "timestamp without time zone",
            "timestamp without time zone",
        ],
        result: "timestamp without time zone",
        ..RANDOM_NORMAL_DATE
    },
    Function {
        arguments: &["timestamp with time zone", "interval", "timestamp with time zone", "timestamp with time zone"],
        result: "timestamp with time zone",
        ..RANDOM_NORMAL_DATE
    },
    Function { arguments: &["text", "date", "interval", "date", "date"], result: "date", ..PSEUDO_NORMAL_DATE },
    Function {
        arguments: &[
            "text",
            "timestamp without time zone",
            "interval",
            "timestamp without time zone",
            "timestamp without time zone",
        ],
        result: "timestamp without time zone",
        ..PSEUDO_NORMAL_DATE
    },
    Function {
        arguments: &[
            "text",
            "timestamp with time zone",
            "interval",
            "timestamp with time zone",
            "timestamp with time zone",
        ],
        result: "timestamp with time zone",
        ..PSEUDO_NORMAL_DATE
    },
    Function {
        name: "random_latitude",
        arguments: &["double precision", "double precision"],
        result: "double precision",
        source: Source::Chance,
        summary: "A latitude in degrees from south to north, each place between them as likely as the others, drawn anew for every call.",
        ..DEFAULT
    },
    Function {
        name: "pseudo_latitude",
        keyed: true,
        arguments: &["text", "double precision", "double precision"],
        result: "double precision",
        summary: "A latitude in degrees from south to north, each place between them as likely as the others: the same for the same value under the same key (pg_anon.key).",
        ..DEFAULT
    },
    Function {
        name: "random_longitude",
        arguments: &["double precision", "double precision"],
        result: "double precision",
        source: Source::Chance,
        summary: "A longitude in degrees from west to east, drawn anew for every call.",
        ..DEFAULT
    },
    Function {
        name: "pseudo_longitude",
        keyed: true,
        arguments: &["text", "double precision", "double precision"],
        result: "double precision",
        summary: "A longitude in degrees from west to east: the same for the same value under the same key (pg_anon.key).",
        ..DEFAULT
    },
    Function {
        name: "fpe_digits",
        keyed: true,
        arguments: &["text"],
        spread: |_| Spread::Unique,
        length: |a| a.first()?.length(),
        summary: "The text with its digits enciphered by FF1 (NIST SP 800-38G) under the key (pg_anon.key); all else stays, \
                  and no two texts become the same.",
        ..DEFAULT
    },
    Function {
        name: "fpe_text",
        keyed: true,
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
        keyed: true,
        arguments: &["uuid"],
        result: "uuid",
        spread: |_| Spread::Unique,
        summary: "Another UUID of the same version: no two become the same. The same for the same UUID and key (pg_anon.key).",
        ..DEFAULT
    },
    Function {
        name: "scramble",
        keyed: true,
        arguments: &["text"],
        length: |a| a.first()?.length(),
        summary: "The text with every letter and digit replaced by another one of the same script and case; signs and spaces \
                  stay. The same for the same text and key (pg_anon.key).",
        ..DEFAULT
    },
    Function {
        name: "hmac",
        keyed: true,
        arguments: &["text", "text", "integer"],
        spread: |a| match (hash_digits(a), a.get(2)) {
            (Some(digits), _) => Spread::Among(16_f64.powf(digits as f64)),
            // A hash whose algorithm a column names has at least MD5's digits.
            (None, None | Some(Argument::Integer(0))) => Spread::Among(16_f64.powf(Algorithm::Md5.digits() as f64)),
            (None, _) => Spread::Narrow,
        },
        alphabet: Some(16),
        length: |a| hash_digits(a).map(Length::exactly),
        summary: "Hexadecimal HMAC of the value under the key (pg_anon.key); algorithm is md5, sha1, sha224, sha256 (the \
                  default), sha384 or sha512; of its digits the first ones, as many as length says, or all.",
        ..DEFAULT
    },
    Function {
        name: "hmac_base32",
        keyed: true,
        arguments: &["text", "integer"],
        spread: |a| number(a, 1, 16).map_or(Spread::Narrow, |length| Spread::Among(32_f64.powf(length as f64))),
        alphabet: Some(32),
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
        name: "generalise_ip",
        arguments: &["text", "integer", "integer"],
        // As for partial_ip, and the bits behind it.
        length: |a| match a {
            [_, Argument::Integer(_), Argument::Integer(_)] => Some(Length { shortest: 4, longest: Some(49) }),
            _ => None,
        },
        summary: "The network of an internet address with its bits (24, or 48 of version 6, by default), as text: \
                  192.168.17.0/24. It can be cast to inet and cidr.",
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
    Function { arguments: &["integer", "integer"], ..RANGE },
    Function { arguments: &["bigint", "bigint"], ..RANGE },
    Function { arguments: &["numeric", "numeric"], ..RANGE },
    Function { arguments: &["date", "text"], ..DATE_RANGE },
    Function { arguments: &["timestamp without time zone", "text"], ..DATE_RANGE },
    Function { arguments: &["timestamp with time zone", "text"], ..DATE_RANGE },
    Function {
        name: "generalise_age",
        arguments: &["date", "integer", "date"],
        length: |a| age_length(number(a, 1, 10)?),
        summary: "The band of years (10 by default) in which the age of somebody born on a day lies, such as 30-39; as of \
                  today by default.",
        ..DEFAULT
    },
    Function { arguments: &["smallint", "double precision"], result: "smallint", ..NOISE },
    Function { arguments: &["integer", "double precision"], result: "integer", ..NOISE },
    Function { arguments: &["bigint", "double precision"], result: "bigint", ..NOISE },
    Function { arguments: &["double precision", "double precision"], result: "double precision", ..NOISE },
    Function { arguments: &["numeric", "double precision"], result: "numeric", ..NOISE },
    Function {
        arguments: &["smallint", "double precision", "smallint", "smallint"],
        result: "smallint",
        ..PSEUDO_NOISE_WITHIN
    },
    Function {
        arguments: &["integer", "double precision", "integer", "integer"],
        result: "integer",
        ..PSEUDO_NOISE_WITHIN
    },
    Function {
        arguments: &["bigint", "double precision", "bigint", "bigint"],
        result: "bigint",
        ..PSEUDO_NOISE_WITHIN
    },
    Function {
        arguments: &["double precision", "double precision", "double precision", "double precision"],
        result: "double precision",
        ..PSEUDO_NOISE_WITHIN
    },
    Function {
        arguments: &["numeric", "double precision", "numeric", "numeric"],
        result: "numeric",
        ..PSEUDO_NOISE_WITHIN
    },
    Function { arguments: &["date", "interval", "date", "date"], result: "date", ..PSEUDO_DATE_NOISE_WITHIN },
    Function {
        arguments: &[
            "timestamp without time zone",
            "interval",
            "timestamp without time zone",
            "timestamp without time zone",
        ],
        result: "timestamp without time zone",
        ..PSEUDO_DATE_NOISE_WITHIN
    },
    Function {
        arguments: &["timestamp with time zone", "interval", "timestamp with time zone", "timestamp with time zone"],
        result: "timestamp with time zone",
        ..PSEUDO_DATE_NOISE_WITHIN
    },
    Function {
        arguments: &["smallint", "double precision", "smallint", "smallint"],
        result: "smallint",
        ..NOISE_WITHIN
    },
    Function { arguments: &["integer", "double precision", "integer", "integer"], result: "integer", ..NOISE_WITHIN },
    Function { arguments: &["bigint", "double precision", "bigint", "bigint"], result: "bigint", ..NOISE_WITHIN },
    Function {
        arguments: &["double precision", "double precision", "double precision", "double precision"],
        result: "double precision",
        ..NOISE_WITHIN
    },
    Function { arguments: &["numeric", "double precision", "numeric", "numeric"], result: "numeric", ..NOISE_WITHIN },
    Function { arguments: &["date", "interval", "date", "date"], result: "date", ..DATE_NOISE_WITHIN },
    Function {
        arguments: &[
            "timestamp without time zone",
            "interval",
            "timestamp without time zone",
            "timestamp without time zone",
        ],
        result: "timestamp without time zone",
        ..DATE_NOISE_WITHIN
    },
    Function {
        arguments: &["timestamp with time zone", "interval", "timestamp with time zone", "timestamp with time zone"],
        result: "timestamp with time zone",
        ..DATE_NOISE_WITHIN
    },
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
        keyed: true,
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
        name: "pick",
        keyed: true,
        arguments: &["anyarray", "text", "double precision[]"],
        result: "anyelement",
        gives_null: |_| true,
        summary: "An element of the array, each as often as its weight says: the same for the same value and key (pg_anon.key).",
        ..DEFAULT
    },
    Function {
        name: "keep_if",
        arguments: &["boolean", "anycompatible", "anycompatible"],
        result: "anycompatible",
        length: |a| match a {
            [_, first, second] => Some(first.length()?.or(second.length()?)),
            _ => None,
        },
        strict: false,
        summary: "The first value where the condition is true, otherwise the second.",
        ..DEFAULT
    },
    Function {
        name: "mask_hstore",
        arguments: &["anyelement", "jsonb"],
        result: "anyelement",
        source: Source::Chance,
        summary: "The hstore with the values masked that rules of mask_jsonb name: {\"$.email\": \"pseudo_email\", \"$.*\": \
                  [\"partial\", 1, \"***\", 1]}.",
        ..DEFAULT
    },
    Function {
        name: "mask_composite",
        arguments: &["anyelement", "jsonb"],
        result: "anyelement",
        source: Source::Chance,
        summary: "The value of a composite type with the fields masked that rules of mask_jsonb name: {\"$.street\": \
                  \"pseudo_street\"}.",
        ..DEFAULT
    },
    Function {
        name: "mask_xml",
        arguments: &["xml", "jsonb"],
        result: "xml",
        source: Source::Chance,
        summary: "The XML document with the texts and attributes masked that rules name: {\"/order/customer/@email\": \
                  \"pseudo_email\", \"//note\": [\"partial\", 1, \"***\", 1]}.",
        ..DEFAULT
    },
    Function {
        name: "null_if_random",
        arguments: &["anyelement", "double precision"],
        result: "anyelement",
        source: Source::Chance,
        // Where the share is 1, no value is left that could be too long.
        length: |a| a.first()?.length().map(|length| Length { shortest: 0, ..length }),
        gives_null: |_| true,
        summary: "NULL for a random share of the rows (0.1: ten per cent), otherwise the value as it is.",
        ..DEFAULT
    },
    Function {
        name: "redact",
        arguments: &["text"],
        summary: "Free text with e-mail addresses, telephone numbers, cards, accounts, ids, internet and hardware addresses, URLs with a \
                  password and keys replaced by their kind in brackets, wherever they stand.",
        ..DEFAULT
    },
    Function {
        name: "redact_keyed",
        keyed: true,
        arguments: &["text"],
        summary: "The same, with pseudonyms under the key (pg_anon.key) in place of what pseudo_email, pseudo_ip and fpe_digits \
                  mask in columns.",
        ..DEFAULT
    },
];

#[cfg(test)]
mod tests {
    use super::super::generalise::age_band;
    use super::*;

    #[test]
    fn the_longest_band_of_years_is_known() {
        assert_eq!(
            [age_length(0), age_length(-1), age_length(i64::MAX)].map(|length| length.is_some()),
            [false, false, true]
        );
        for (width, longest) in [(1, 9), (10, 9), (18, 10), (10_000, 6)] {
            assert_eq!(age_length(width.into()), Some(Length { shortest: 0, longest: Some(longest) }), "{width}");
            let mut out = Vec::new();
            // From the first day of the first year to now.
            age_band(-730_119, width, 9_500, &mut out).expect("a width above zero");
            assert!((1..=longest).contains(&(out.len() as u64)), "{width}");
        }
    }
}
