//! What is left of a text when it is cut.
//!
//! A hash is as good as drawn character by character, so that each of them that is kept counts. In other texts, such as pseudonyms,
//! the characters that are kept may be the same ones everywhere: `https://www.` of a URL, `@example.com` of an address.

use super::expression::{CONVERSION, Call, Distinct, Expression};
use crate::mask::registry::Argument;

/// Some characters that follow each other, each drawn independently of all others with so many bits of chance.
#[derive(Debug, Clone, Copy, PartialEq)]
struct Run {
    characters: u64,
    bits: f64,
}

/// The bits of hexadecimal digits, and those of characters of base 64.
const HEX: f64 = 4.0;
const BASE64: f64 = 6.0;

/// base64 has an end of line behind so many characters.
const BASE64_LINE: u64 = 76;

/// The characters of a UUID that is drawn: of the version nothing is, of the variant two bits.
const UUID: [(u64, f64); 10] =
    [(8, HEX), (1, 0.0), (4, HEX), (2, 0.0), (3, HEX), (1, 0.0), (1, 2.0), (3, HEX), (1, 0.0), (12, HEX)];

/// A text whose characters are known so well. They have one length all.
#[derive(Debug, Clone, PartialEq)]
struct Runs(Vec<Run>);

impl Runs {
    fn of(characters: u64, bits: f64) -> Self {
        Runs(vec![Run { characters, bits }])
    }

    fn characters(&self) -> u64 {
        self.0.iter().fold(0, |all, run| all.saturating_add(run.characters))
    }

    fn bits(&self) -> f64 {
        self.0.iter().map(|run| run.characters as f64 * run.bits).sum()
    }

    /// The characters from one place to another.
    fn within(self, from: u64, to: u64) -> Self {
        let mut start = 0_u64;
        let kept = |run: Run| {
            let end = start.saturating_add(run.characters);
            let characters = end.min(to).saturating_sub(start.max(from));
            start = end;
            Run { characters, ..run }
        };
        Runs(self.0.into_iter().map(kept).collect())
    }
}

/// What a call that cuts keeps of a text of so many characters: from where to where. Nothing: the call tells it not.
fn window(call: &Call, characters: u64) -> Option<(u64, u64)> {
    let from_start = |count: i64| match u64::try_from(count) {
        Ok(count) => count.min(characters),
        // All but so many.
        Err(_) => characters.saturating_sub(count.unsigned_abs()),
    };
    match (call.name.as_str(), call.arguments.len()) {
        ("left", 2) => Some((0, from_start(call.integer(1)?))),
        ("right", 2) => Some((characters - from_start(call.integer(1)?), characters)),
        // A cast to varchar(n), whose modifier counts four bytes of a header.
        ("varchar", 3) => Some((0, from_start(call.integer(1)?.checked_sub(4).filter(|count| *count >= 0)?))),
        ("substr" | "substring", 2 | 3) => {
            let from = call.integer(1)?.checked_sub(1)?;
            let to = match call.arguments.len() {
                3 => from.checked_add(call.integer(2)?)?,
                _ => i64::MAX,
            };
            let place = |place: i64| u64::try_from(place).unwrap_or(0).min(characters);
            Some((place(from), place(to)))
        }
        _ => None,
    }
}

/// How the results of a call that cuts a text differ.
pub(super) fn distinct(call: &Call) -> Distinct {
    let Some(text) = call.arguments.first() else { return Distinct::Unknown };
    let longest = text.length().and_then(|length| length.longest);
    // What has fewer characters is not cut either.
    if longest.is_some_and(|longest| window(call, longest) == Some((0, longest))) {
        return text.distinct();
    }
    let are_constant = call.arguments.iter().skip(1).all(|argument| argument.distinct() == Distinct::Constant);
    let many = || cut(call).map(|kept| kept.bits().exp2()).filter(|many| *many > 1.0);
    match text.distinct() {
        Distinct::Constant if are_constant => Distinct::Constant,
        Distinct::Hashed(columns, before) => {
            many().map_or(Distinct::Narrow, |many| Distinct::Hashed(columns, before.min(many)))
        }
        Distinct::Drawn(before) => many().map_or(Distinct::Narrow, |many| Distinct::Drawn(before.min(many))),
        Distinct::Unknown => Distinct::Unknown,
        _ => Distinct::Narrow,
    }
}

/// The characters that a call keeps.
fn cut(call: &Call) -> Option<Runs> {
    let runs = runs(call.arguments.first()?)?;
    let (from, to) = window(call, runs.characters())?;
    Some(runs.within(from, to))
}

/// The characters of what an expression gives. Nothing: they are not known so well.
fn runs(expression: &Expression) -> Option<Runs> {
    match expression {
        Expression::Constant { value: Some(Argument::Text(text)), .. } => {
            Some(Runs::of(text.chars().count() as u64, 0.0))
        }
        Expression::Call(call) => match call.ours {
            Some(function) => {
                let length = expression.length().filter(|length| length.longest == Some(length.shortest))?;
                Some(Runs::of(length.shortest, f64::from(function.alphabet?).log2()))
            }
            None if call.builtin => of_builtin(call),
            None => None,
        },
        _ => None,
    }
}

fn of_builtin(call: &Call) -> Option<Runs> {
    match (call.name.as_str(), call.arguments.as_slice()) {
        ("md5", [_]) => Some(Runs::of(32, HEX)),
        ("encode", [Expression::Call(bytes), Expression::Constant { value: Some(Argument::Text(format)), .. }]) => {
            encoded(hash_bytes(bytes)?, format)
        }
        ("left" | "right" | "substr" | "substring" | "varchar", _) => cut(call),
        // What has letters of one case keeps all of them.
        ("lower" | "upper", [text]) => runs(text).filter(|runs| runs.0.iter().all(|run| run.bits < BASE64)),
        // Beside something that differs it would have to be known what of it was left.
        ("textcat", [a, b]) if a.distinct() == Distinct::Constant || b.distinct() == Distinct::Constant => {
            let (Runs(mut all), Runs(rest)) = (runs(a)?, runs(b)?);
            all.extend(rest);
            Some(Runs(all))
        }
        (CONVERSION, [Expression::Call(uuid)]) if call.family == "text" && uuid.family == "uuid" => of_uuid(uuid),
        _ => None,
    }
}

/// How many bytes a hash has, of PostgreSQL's own or of digits that are read as bytes.
fn hash_bytes(call: &Call) -> Option<u64> {
    match (call.name.as_str(), call.arguments.as_slice()) {
        _ if !call.builtin => None,
        ("sha224", [_]) => Some(28),
        ("sha256", [_]) => Some(32),
        ("sha384", [_]) => Some(48),
        ("sha512", [_]) => Some(64),
        ("decode", [digits, Expression::Constant { value: Some(Argument::Text(format)), .. }]) if format == "hex" => {
            let digits = runs(digits).filter(|runs| runs.0.iter().all(|run| run.bits == HEX))?;
            Some(digits.characters() / 2)
        }
        _ => None,
    }
}

/// So many random bytes as text.
fn encoded(bytes: u64, format: &str) -> Option<Runs> {
    match format {
        "hex" => Some(Runs::of(2 * bytes, HEX)),
        "base64" => {
            let written = 4 * bytes.div_ceil(3);
            let random = (8 * bytes / 6).min(BASE64_LINE);
            // Of what follows nothing is counted: ends of lines, a character of fewer bits, and padding.
            let all = written + written.saturating_sub(1) / BASE64_LINE;
            Some(Runs(vec![Run { characters: random, bits: BASE64 }, Run { characters: all - random, bits: 0.0 }]))
        }
        _ => None,
    }
}

/// A UUID that is drawn, or made of a hash.
fn of_uuid(uuid: &Call) -> Option<Runs> {
    let is_drawn = uuid.builtin && uuid.name == "gen_random_uuid";
    let is_hash = || {
        let hash = uuid.arguments.first().filter(|_| uuid.builtin && uuid.name == CONVERSION).and_then(runs);
        hash == Some(Runs::of(32, HEX))
    };
    let parts = UUID.iter().map(|(characters, bits)| Run { characters: *characters, bits: *bits });
    (is_drawn || is_hash()).then(|| Runs(parts.collect()))
}
