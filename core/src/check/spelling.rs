//! Types whose values are equal though they are written in different ways: a function of the text does not keep them equal.

use super::expression::{CONVERSION, Call, Expression};

/// In which ways a value of a column may be written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Spelling {
    /// In one: what is equal has the same text.
    #[default]
    One,
    /// In letters of either case: citext.
    Cases,
    /// In all ways that a collation takes for equal.
    Collated,
    /// With more or fewer zeros behind the point: numeric without a scale.
    Zeros,
    /// In other units: interval.
    Units,
}

impl Spelling {
    /// How equal values may be written, and what to mask in place of such a column; for messages. Nothing where there is one way only.
    pub fn told(self, column: &str) -> Option<(&'static str, String)> {
        Some(match self {
            Self::One => return None,
            Self::Cases => ("in letters of either case", format!("lower({column})")),
            Self::Collated => {
                ("in all ways that its collation takes for equal", "a text that is the same for all of them".to_owned())
            }
            Self::Zeros => ("with more or fewer zeros behind the point (3, 3.00)", format!("trim_scale({column})")),
            Self::Units => ("in other units (24:00:00, 1 day)", format!("justify_interval({column})")),
        })
    }
}

impl Expression {
    /// The ways of writing a value that its results differ by. Conditions of CASE are not looked into.
    pub fn spelling(&self) -> Spelling {
        let of_parts = |parts: &[Expression]| {
            parts.iter().map(Expression::spelling).find(|spelling| *spelling != Spelling::One).unwrap_or_default()
        };
        match self {
            Expression::Call(call) => {
                let read = call.arguments.iter().find_map(|argument| match argument {
                    Expression::Column { spelling, .. } if call.reads(*spelling) => Some(*spelling),
                    _ => None,
                });
                read.unwrap_or_else(|| of_parts(&call.arguments))
            }
            Expression::Coalesce(parts) | Expression::Case { results: parts, .. } => of_parts(parts),
            Expression::Column { .. } | Expression::Constant { .. } | Expression::Other { .. } => Spelling::One,
        }
    }

    /// Whether it enciphers letters of both cases, so that two results may differ in that alone.
    pub(super) fn mixes_cases(&self) -> bool {
        match self {
            Expression::Call(call) => {
                call.ours.is_some_and(|function| function.name == "fpe_text")
                    || call.arguments.iter().any(Expression::mixes_cases)
            }
            Expression::Coalesce(parts) | Expression::Case { results: parts, .. } => {
                parts.iter().any(Expression::mixes_cases)
            }
            _ => false,
        }
    }
}

impl Call {
    /// Whether the function gives other results for values that are equal, and only written differently.
    fn reads(&self, spelling: Spelling) -> bool {
        let name = self.name.as_str();
        match (spelling, self.ours) {
            (Spelling::One, _) => false,
            (Spelling::Cases, _) => !(self.builtin && matches!(name, "lower" | "upper" | "length" | "char_length")),
            (Spelling::Collated, _) => true,
            // What takes the value as the number or the span that it is goes by that.
            (Spelling::Zeros | Spelling::Units, Some(function)) => function.arguments.first() == Some(&"text"),
            (Spelling::Zeros | Spelling::Units, None) if self.builtin => {
                matches!(name, CONVERSION | "anytextcat" | "textanycat" | "concat" | "concat_ws" | "format")
            }
            (Spelling::Zeros | Spelling::Units, None) => true,
        }
    }
}
