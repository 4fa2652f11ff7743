//! What every masking function of the extension promises of its results: one row a function.
//!
//! The check of a dictionary reads it to say what a rule does to unique columns, foreign keys, lengths and NOT NULL, and
//! the SQL comments are its summaries. A test compares it with `pg_proc` of a server that has the extension.

use super::hash::Algorithm;

/// A masking function. Fields that are functions take the arguments of a call as far as the rule tells them.
///
/// Most functions are STRICT: a NULL argument makes the result NULL, whatever `gives_null` says.
#[derive(Debug, Clone, Copy)]
pub struct Function {
    /// Its name in the schema `anon_funcs`.
    pub name: &'static str,
    /// The types of its arguments as `format_type` writes them.
    pub arguments: &'static [&'static str],
    /// The type of its result as `format_type` writes it.
    pub result: &'static str,
    /// Where its result comes from.
    pub source: Source,
    /// How many different results it has.
    pub spread: fn(&[Argument]) -> Spread,
    /// Of how many characters each place of its result is drawn, all of them equally likely and no place depending on another:
    /// what is cut out of the result is then as good as drawn. Nothing: what is cut out may be the same for many values.
    pub alphabet: Option<u32>,
    /// Whether its results depend on the key (pg_anon.key).
    pub keyed: bool,
    /// How many characters its result has, for text. Nothing: not known.
    pub length: fn(&[Argument]) -> Option<Length>,
    /// The least and the greatest result, for whole numbers. Nothing: not known.
    pub range: fn(&[Argument]) -> Option<(i64, i64)>,
    /// The least and the greatest whole number that it takes as its first argument; another one is an error. Nothing: it takes all.
    pub takes: fn(&[Argument]) -> Option<(i64, i64)>,
    /// Whether it can give NULL for arguments that are not NULL.
    pub gives_null: fn(&[Argument]) -> bool,
    /// Whether a NULL argument makes its result NULL.
    pub strict: bool,
    /// What it gives, in a sentence or two: its SQL comment.
    pub summary: &'static str,
}

/// Where the result of a function comes from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Source {
    /// It is a function of its arguments: the same arguments, the same result (in one dump, with one key).
    Arguments,
    /// It is drawn anew for every row, so that nothing that should be equal stays equal.
    Chance,
}

/// How many different results a function has.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Spread {
    /// Different values of its first argument give different results as long as the other arguments are the same.
    Unique,
    /// Results are as good as drawn from so many that are equally likely, once for all arguments together: of n different values,
    /// about n * n / 2 / this many pairs become equal. Where some results come more often than others it is the number that is
    /// right for the pairs, which is less than that of the results.
    Among(f64),
    /// Different values may well give the same result.
    Narrow,
}

/// How many characters a result has.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Length {
    /// At least so many.
    pub shortest: u64,
    /// At most so many. Nothing: there is no limit, or none that values come near.
    pub longest: Option<u64>,
}

impl Length {
    /// Exactly so many characters.
    pub const fn exactly(characters: u64) -> Self {
        Length { shortest: characters, longest: Some(characters) }
    }

    /// The length of one of two texts.
    pub fn or(self, other: Length) -> Length {
        Length {
            shortest: self.shortest.min(other.shortest),
            longest: self.longest.zip(other.longest).map(|(a, b)| a.max(b)),
        }
    }

    /// The length of two texts put together.
    pub fn plus(self, other: Length) -> Length {
        Length {
            shortest: self.shortest.saturating_add(other.shortest),
            longest: self.longest.zip(other.longest).map(|(a, b)| a.saturating_add(b)),
        }
    }
}

/// An argument of a call, as far as a rule tells it.
#[derive(Debug, Clone, PartialEq)]
pub enum Argument {
    /// A whole number.
    Integer(i64),
    /// A number with a fraction.
    Float(f64),
    /// A text.
    Text(String),
    /// A span of time.
    Interval(super::date::Interval),
    /// A point in time, in microseconds since 2000-01-01 00:00:00 (UTC, with a time zone).
    Timestamp(i64),
    /// A day, in days since 2000-01-01.
    Date(i32),
    /// A number of type numeric, as PostgreSQL writes it.
    Decimal(String),
    /// An array of so many elements.
    Array {
        /// Its elements of all dimensions.
        elements: usize,
        /// Whether one of them is NULL.
        has_null: bool,
    },
    /// Another constant.
    Constant,
    /// A column or an expression, with the length of its text where that is known.
    Expression(Option<Length>),
}

impl Argument {
    /// The length of a text. Nothing: not known, or no text.
    pub fn length(&self) -> Option<Length> {
        match self {
            Argument::Text(text) => Some(Length::exactly(text.chars().count() as u64)),
            Argument::Expression(length) => *length,
            _ => None,
        }
    }
}

/// The function with a name and types of arguments as `format_type` writes them.
pub fn find(name: &str, arguments: &[impl AsRef<str>]) -> Option<&'static Function> {
    let fits = |f: &&Function| f.arguments.iter().copied().eq(arguments.iter().map(AsRef::as_ref));
    functions().filter(|f| f.name == name).find(fits)
}

/// All masking functions.
pub fn functions() -> impl Iterator<Item = &'static Function> {
    FUNCTIONS.iter().chain(super::realistic::rows::FUNCTIONS).chain(super::rows::FUNCTIONS)
}

/// What most functions have: nothing is known of their results, and they never give NULL.
pub(super) const DEFAULT: Function = Function {
    name: "",
    arguments: &[],
    result: "text",
    source: Source::Arguments,
    spread: |_| Spread::Narrow,
    alphabet: None,
    keyed: false,
    length: |_| None,
    range: |_| None,
    takes: |_| None,
    gives_null: |_| false,
    strict: true,
    summary: "",
};

/// The functions of the tool's first versions, and what else has no family of its own.
static FUNCTIONS: &[Function] = &[
    Function {
        name: "partial",
        arguments: &["text", "integer", "text", "integer"],
        length: |a| match a {
            [_, Argument::Integer(prefix), padding, Argument::Integer(suffix)] => {
                let shown = u64::try_from(*prefix).ok()?.saturating_add(u64::try_from(*suffix).ok()?);
                let padding = padding.length()?;
                Some(Length { longest: padding.longest.map(|longest| longest.saturating_add(shown)), ..padding })
            }
            _ => None,
        },
        summary: "Keeps the first prefix and the last suffix characters of ov and puts padding between them; a value that \
                  they would show whole gives the padding alone.",
        ..DEFAULT
    },
    Function {
        name: "partial_email",
        arguments: &["text"],
        // ******@****** is the shortest. The longest follows the top-level domain.
        length: |_| Some(Length { shortest: 13, longest: None }),
        summary: "Keeps the beginnings of an e-mail address's parts and its top-level domain: example@gmail.com gives \
                  ex******@gm******.com. Takes any text.",
        ..DEFAULT
    },
    Function {
        name: "digest",
        arguments: &["text", "text", "text"],
        spread: |a| hash_spread(a.get(2)),
        alphabet: Some(16),
        length: |a| hash_length(a.get(2)),
        summary: "Hexadecimal hash of seed followed by salt; algorithm is md5, sha1, sha224, sha256, sha384 or sha512.",
        ..DEFAULT
    },
    Function {
        name: "random_hash",
        arguments: &["text", "text"],
        source: Source::Chance,
        spread: |a| hash_spread(a.get(1)),
        alphabet: Some(16),
        length: |a| hash_length(a.get(1)),
        summary: "Hexadecimal hash of seed with a salt drawn anew for every call; algorithm as for digest.",
        ..DEFAULT
    },
    Function {
        name: "random_string",
        arguments: &["integer"],
        source: Source::Chance,
        spread: |a| match a {
            [Argument::Integer(length)] if *length >= 0 => Spread::Among(36_f64.powf(*length as f64)),
            _ => Spread::Narrow,
        },
        alphabet: Some(36),
        length: |a| match a {
            [Argument::Integer(length)] => u64::try_from(*length).ok().map(Length::exactly),
            _ => None,
        },
        summary: "l random characters of A-Z and 0-9.",
        ..DEFAULT
    },
    Function {
        name: "random_zip",
        source: Source::Chance,
        spread: |_| Spread::Among(1e6),
        alphabet: Some(10),
        length: |_| Some(Length::exactly(6)),
        summary: "Six random digits.",
        ..DEFAULT
    },
    Function {
        name: "random_inn",
        source: Source::Chance,
        spread: |_| Spread::Among(1e8),
        alphabet: Some(10),
        length: |_| Some(Length::exactly(8)),
        summary: "Eight random digits.",
        ..DEFAULT
    },
    Function {
        name: "random_phone",
        arguments: &["text"],
        source: Source::Chance,
        spread: |_| Spread::Among(9e8),
        length: |a| Some(a.first()?.length()?.plus(Length::exactly(9))),
        summary: "phone_prefix (0 by default) and a random number of nine digits.",
        ..DEFAULT
    },
    Function {
        name: "random_date_between",
        arguments: &["timestamp with time zone", "timestamp with time zone"],
        result: "timestamp with time zone",
        source: Source::Chance,
        spread: |a| match a {
            [Argument::Timestamp(start), Argument::Timestamp(end)] => Spread::Among(start.abs_diff(*end).max(1) as f64),
            _ => Spread::Narrow,
        },
        summary: "A random time between the two.",
        ..DEFAULT
    },
    Function {
        name: "random_date",
        result: "timestamp with time zone",
        source: Source::Chance,
        // Microseconds of more than a century.
        spread: |_| Spread::Among(3e15),
        summary: "A random time between 1900-01-01 and now.",
        ..DEFAULT
    },
    Function {
        name: "random_int_between",
        arguments: &["integer", "integer"],
        result: "integer",
        source: Source::Chance,
        spread: between_spread,
        range: between_range,
        summary: "A random number from int_start up to, but without, int_stop.",
        ..DEFAULT
    },
    Function {
        name: "random_bigint_between",
        arguments: &["bigint", "bigint"],
        result: "bigint",
        source: Source::Chance,
        spread: between_spread,
        range: between_range,
        summary: "A random number from int_start up to, but without, int_stop.",
        ..DEFAULT
    },
    Function {
        name: "random_in",
        arguments: &["anyarray"],
        result: "anyelement",
        source: Source::Chance,
        spread: |a| match a {
            [Argument::Array { elements, .. }] => Spread::Among(*elements as f64),
            _ => Spread::Narrow,
        },
        gives_null: |a| match a {
            [Argument::Array { elements, has_null }] => *elements == 0 || *has_null,
            _ => true,
        },
        summary: "A random element of an array.",
        ..DEFAULT
    },
    Function {
        name: "random_in",
        arguments: &["anyarray", "double precision[]"],
        result: "anyelement",
        source: Source::Chance,
        gives_null: |_| true,
        summary: "A random element of an array, each as often as its weight says.",
        ..DEFAULT
    },
    Function {
        name: "hex_to_int",
        arguments: &["text"],
        result: "integer",
        summary: "The signed integer that up to eight hexadecimal digits stand for.",
        ..DEFAULT
    },
    Function {
        name: "noise",
        arguments: &["anyelement", "double precision"],
        result: "anyelement",
        source: Source::Chance,
        summary: "The number changed by a random share of at most ratio (0.1: ten per cent), within the range of its type. \
                  Any numeric type.",
        ..DEFAULT
    },
    Function {
        name: "dnoise",
        arguments: &["anyelement", "interval"],
        result: "anyelement",
        source: Source::Chance,
        summary: "The date or time moved by a random span of at most noise_range to either side, within the range of its \
                  type.",
        ..DEFAULT
    },
];

/// The algorithm that an argument names.
fn algorithm(argument: Option<&Argument>) -> Option<Algorithm> {
    match argument {
        Some(Argument::Text(name)) => name.parse().ok(),
        _ => None,
    }
}

fn hash_length(argument: Option<&Argument>) -> Option<Length> {
    algorithm(argument).map(|algorithm| Length::exactly(algorithm.digits()))
}

/// A hash whose algorithm a column names has at least MD5's digits.
fn hash_spread(argument: Option<&Argument>) -> Spread {
    let digits = algorithm(argument).unwrap_or(Algorithm::Md5).digits();
    Spread::Among(16_f64.powf(digits as f64))
}

fn between_spread(arguments: &[Argument]) -> Spread {
    match arguments {
        [Argument::Integer(start), Argument::Integer(stop)] => Spread::Among(start.abs_diff(*stop).max(1) as f64),
        _ => Spread::Narrow,
    }
}

/// The end is not drawn unless it is the start; the arguments may come in either order.
fn between_range(arguments: &[Argument]) -> Option<(i64, i64)> {
    match arguments {
        [Argument::Integer(start), Argument::Integer(stop)] => Some(match start.cmp(stop) {
            std::cmp::Ordering::Less => (*start, *stop - 1),
            std::cmp::Ordering::Equal => (*start, *start),
            std::cmp::Ordering::Greater => (*stop + 1, *start),
        }),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::super::native::TextMask;
    use super::*;

    #[test]
    fn every_function_has_a_summary_and_a_row_of_its_own() {
        for (index, function) in functions().enumerate() {
            assert!(function.summary.ends_with('.'), "{}", function.name);
            assert!(!function.summary.contains("  "), "{}", function.name);
            let same = |f: &Function| f.name == function.name && f.arguments == function.arguments;
            assert_eq!(functions().position(same), Some(index));
        }
    }

    #[test]
    fn functions_that_work_under_the_key_say_so() {
        for function in functions() {
            let says = function.summary.contains("(pg_anon.key)");
            assert_eq!(function.keyed, says, "{}({:?})", function.name, function.arguments);
        }
    }

    #[test]
    fn every_place_of_what_has_an_alphabet_is_drawn_of_all_of_it() {
        for function in functions() {
            let Some(alphabet) = function.alphabet else { continue };
            let arguments: Vec<Argument> = function
                .arguments
                .iter()
                .zip([Argument::Expression(None), Argument::Text("sha256".to_owned()), Argument::Integer(8)])
                .map(|(kind, value)| if *kind == "integer" { Argument::Integer(8) } else { value })
                .collect();
            let (Some(length), Spread::Among(many)) = ((function.length)(&arguments), (function.spread)(&arguments))
            else {
                continue;
            };
            assert_eq!(length.longest, Some(length.shortest), "{}", function.name);
            let drawn = f64::from(alphabet).powf(length.shortest as f64);
            assert!((many / drawn - 1.0).abs() < 1e-9, "{}: {many} for {drawn}", function.name);
        }
    }

    fn length(name: &str, arguments: &[Argument]) -> Option<Length> {
        let function = FUNCTIONS.iter().find(|f| f.name == name && f.arguments.len() == arguments.len());
        (function.expect("the function is in the registry").length)(arguments)
    }

    #[test]
    fn results_have_the_lengths_that_the_registry_says() {
        use Argument::{Expression, Integer, Text};
        let text = |t: &str| Text(t.to_owned());
        let mut cases = vec![
            (
                length("partial", &[Expression(None), Integer(2), text("ж**"), Integer(3)]),
                TextMask::Partial { prefix: 2, padding: "ж**".into(), suffix: 3 },
            ),
            (length("partial_email", &[Expression(None)]), TextMask::PartialEmail),
            (length("random_string", &[Integer(17)]), TextMask::RandomString(17)),
            (length("random_zip", &[]), TextMask::RandomZip),
            (length("random_inn", &[]), TextMask::RandomInn),
            (length("random_phone", &[text("+49 ")]), TextMask::RandomPhone(b"+49 ".to_vec())),
        ];
        for algorithm in Algorithm::ALL {
            let name = text(algorithm.name());
            let digest = TextMask::Digest { salt: b"s".to_vec(), algorithm };
            cases.push((length("digest", &[Expression(None), text("s"), name.clone()]), digest));
            cases.push((length("random_hash", &[Expression(None), name]), TextMask::RandomHash(algorithm)));
        }
        for (length, mask) in cases {
            let Length { shortest, longest } = length.expect("the length is known");
            for value in ["", "a", "aäöü", "somebody@example.com", "ab@c.d", "a value of some length, for all masks"]
            {
                let mut out = Vec::new();
                mask.write(value.as_bytes(), &mut rand::rng(), &mut out).expect("the mask takes any text");
                let characters = String::from_utf8(out).expect("UTF-8").chars().count() as u64;
                assert!(characters >= shortest && longest.is_none_or(|longest| characters <= longest), "{mask:?}");
            }
        }
    }

    #[test]
    fn numbers_have_the_range_that_the_registry_says() {
        for (start, stop) in [(0, 3), (3, 0), (5, 5), (-2, 1)] {
            let (least, greatest) =
                between_range(&[Argument::Integer(start), Argument::Integer(stop)]).expect("a known range");
            let drawn: Vec<i64> =
                (0..200).map(|_| super::super::random::bigint_between(start, stop, &mut rand::rng())).collect();
            assert_eq!((drawn.iter().min(), drawn.iter().max()), (Some(&least), Some(&greatest)));
        }
    }

    #[test]
    fn nothing_is_said_about_arguments_that_are_not_known() {
        let unknown = Argument::Expression(None);
        for function in functions() {
            let arguments = vec![unknown.clone(); function.arguments.len()];
            assert_eq!((function.range)(&arguments), None, "{}", function.name);
            assert_eq!((function.takes)(&arguments), None, "{}", function.name);
            let known = (function.length)(&arguments).and_then(|length| length.longest);
            // The length of a pseudonym does not depend on its value.
            let has_constants = function.arguments.len() > usize::from(function.name.starts_with("pseudo_"));
            assert!(known.is_none() || !has_constants, "{}", function.name);
            // Arguments that the function does not have must not trip it either.
            (function.spread)(&[]);
            (function.gives_null)(&[]);
            (function.takes)(&[]);
        }
    }
}
