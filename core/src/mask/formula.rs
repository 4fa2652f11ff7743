//! Masks within a few other functions, as rules have them: `left(digest(email, 'salt', 'sha256'), 20) || '@example.com'`; and the
//! conditions of `CASE`. They are run on the values of a row, as the masks alone are, and give what PostgreSQL gives.
//!
//! A formula gives the text that the output function of its type writes. It is put together by what knows the types: nothing
//! here looks at them again.

use std::cmp::Ordering;

use rand::CryptoRng;

use super::modifier::Modifier;
use super::native::{PseudoScalar, Scalar, ScalarMask, TextMask};
use super::{MaskError, MaskErrorKind, chars, random};

/// What a formula reads of a column.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Form {
    /// text, varchar.
    Text,
    /// char: without the blanks at its end.
    Trimmed,
    /// int2.
    Int2,
    /// int4, date, oid, an enum: four bytes that are equal where the values are.
    Int4,
    /// int8.
    Int8,
    /// boolean.
    Boolean,
    /// numeric.
    Numeric,
    /// uuid.
    Uuid,
    /// bytea, in hexadecimal digits.
    Hex,
    /// inet and cidr, as a cast to text writes them: always with the bits of the network.
    Network,
    /// macaddr.
    Macaddr,
    /// date, in the style ISO.
    Date,
}

/// The row that a formula is run on. A column is known by a number, and read in the form that its formula says.
pub trait Row {
    /// Whether a column is NULL.
    fn is_null(&self, column: usize) -> bool;
    /// The bytes of a text, as they are stored; None: NULL.
    fn text(&self, column: usize) -> Option<&[u8]>;
    /// Whether a text is these bytes; None: NULL.
    fn is_text(&self, column: usize, bytes: &[u8]) -> Option<bool> {
        self.text(column).map(|text| text == bytes)
    }
    /// A text, or at least so many bytes of its beginning; None: NULL.
    fn beginning(&self, column: usize, _bytes: usize) -> Option<&[u8]> {
        self.text(column)
    }
    /// A number of two, four or eight bytes, or a boolean; None: NULL.
    fn integer(&self, column: usize, form: Form) -> Option<i64>;
    /// Appends the text of a value of another form; false: NULL.
    fn write(&self, column: usize, form: Form, out: &mut Vec<u8>) -> bool;
}

/// What gives a text for a row.
#[derive(Debug, Clone, PartialEq)]
pub enum Formula {
    /// A column.
    Column(usize, Form),
    /// The same for every row.
    Constant(Vec<u8>),
    /// A mask that reads nothing.
    Drawn(Box<TextMask>),
    /// A mask of a text.
    Masked(Box<TextMask>, Box<Formula>),
    /// A whole number.
    Integer(Box<Integer>),
    /// What is drawn for a text: a whole number or a date.
    Pseudo(Box<PseudoScalar>, Scalar, Box<Formula>),
    /// The first characters: `left`.
    First(Box<Formula>, usize),
    /// ASCII in small letters: `lower`.
    Lower(Box<Formula>),
    /// ASCII in capitals: `upper`.
    Upper(Box<Formula>),
    /// One behind the other; NULL when one is: `||`.
    Joined(Vec<Formula>),
    /// The number that at most fifteen hexadecimal digits say: `('x' || ..)::bit(..)::bigint`.
    Number(Box<Formula>),
    /// The UUID that 32 hexadecimal digits in small letters say.
    Uuid(Box<Formula>),
}

/// A mask that gives a whole number.
#[derive(Debug, Clone, PartialEq)]
pub struct Integer {
    /// The mask.
    pub mask: ScalarMask,
    /// A value of the kind that the mask is for.
    pub of: Scalar,
    /// The column that it reads, and the form of that.
    pub argument: Option<(usize, Form)>,
    /// The least and the greatest number that the types take which its result is cast to.
    pub range: (i64, i64),
}

impl Integer {
    fn write<R: CryptoRng + ?Sized, V: Row + ?Sized>(
        &self,
        row: &V,
        rng: &mut R,
        out: &mut Vec<u8>,
    ) -> Result<bool, MaskError> {
        let value = match self.argument {
            None => self.of,
            Some((column, form)) => match row.integer(column, form) {
                None => return Ok(false),
                Some(value) => self.of.with_integer(value).ok_or_else(out_of_range)?,
            },
        };
        let Some(number) = self.mask.apply(value, rng)?.and_then(Scalar::integer) else { return Err(out_of_range()) };
        let (least, greatest) = self.range;
        if !(least..=greatest).contains(&number) {
            return Err(out_of_range());
        }
        crate::output::int8(number, out);
        Ok(true)
    }
}

fn out_of_range() -> MaskError {
    MaskError::new(
        MaskErrorKind::OutOfRange,
        "a number is out of the range of the type that it is cast to",
        "A masked value must fit its column's type.",
    )
}

/// Buffers for values that masks read, so that none is allocated for a row.
pub type Buffers = Vec<Vec<u8>>;

impl Formula {
    /// Appends the text for a row; false, and nothing appended: NULL. What is wrong with a part is found also where another part
    /// is NULL, as PostgreSQL computes all arguments first.
    ///
    /// # Errors
    /// Those of the masks; [`MaskErrorKind::OutOfRange`] for a number that a cast does not take.
    pub fn write<R: CryptoRng + ?Sized, V: Row + ?Sized>(
        &self,
        row: &V,
        rng: &mut R,
        buffers: &mut Buffers,
        out: &mut Vec<u8>,
    ) -> Result<bool, MaskError> {
        let start = out.len();
        match self {
            Self::Column(column, Form::Text) => {
                let Some(text) = row.text(*column) else { return Ok(false) };
                append(text, out)?;
            }
            Self::Column(column, Form::Trimmed) => {
                let Some(text) = row.text(*column) else { return Ok(false) };
                append(trimmed(text), out)?;
            }
            Self::Column(column, form) => return Ok(row.write(*column, *form, out)),
            Self::Constant(text) => out.extend_from_slice(text),
            Self::Drawn(mask) => mask.write(&[], rng, out)?,
            Self::Masked(mask, inner) => match inner.as_ref() {
                Self::Column(column, Form::Text) => {
                    let Some(text) = row.text(*column) else { return Ok(false) };
                    mask.write(text, rng, out)?;
                }
                Self::Column(column, Form::Trimmed) => {
                    let Some(text) = row.text(*column) else { return Ok(false) };
                    mask.write(trimmed(text), rng, out)?;
                }
                inner => {
                    let mut value = buffers.pop().unwrap_or_default();
                    value.clear();
                    let written = match inner.write(row, rng, buffers, &mut value) {
                        Ok(true) => mask.write(&value, rng, out).map(|()| true),
                        other => other,
                    };
                    buffers.push(value);
                    return written;
                }
            },
            Self::Integer(integer) => return integer.write(row, rng, out),
            Self::Pseudo(drawn, of, inner) => {
                let mut value = buffers.pop().unwrap_or_default();
                value.clear();
                let written = inner.write(row, rng, buffers, &mut value).and_then(|is_value| {
                    let drawn = if is_value { drawn.apply(&value, *of)? } else { None };
                    if let Some(drawn) = drawn {
                        drawn.write(out);
                    }
                    Ok(drawn.is_some())
                });
                buffers.push(value);
                return written;
            }
            Self::First(inner, count) => {
                // Of a long text nobody needs the rest.
                if let Self::Column(column, Form::Text) = inner.as_ref() {
                    let Some(text) = row.beginning(*column, count.saturating_mul(chars::LONGEST)) else {
                        return Ok(false);
                    };
                    append(chars::split_first(text, *count).0, out)?;
                    return Ok(true);
                }
                if !inner.write(row, rng, buffers, out)? {
                    return Ok(false);
                }
                // No character is shorter than a byte.
                if out.len() - start > *count {
                    let (kept, _) = chars::split_first(out.get(start..).unwrap_or_default(), *count);
                    let end = start + kept.len();
                    out.truncate(end);
                }
            }
            Self::Lower(inner) | Self::Upper(inner) => {
                if !inner.write(row, rng, buffers, out)? {
                    return Ok(false);
                }
                let written = out.get_mut(start..).unwrap_or_default();
                match self {
                    Self::Lower(_) => written.make_ascii_lowercase(),
                    _ => written.make_ascii_uppercase(),
                }
            }
            Self::Joined(parts) => {
                let mut is_null = false;
                for part in parts {
                    is_null |= !part.write(row, rng, buffers, out)?;
                }
                if is_null {
                    out.truncate(start);
                    return Ok(false);
                }
                if out.len() - start > random::LONGEST_TEXT {
                    return Err(MaskError::new(
                        MaskErrorKind::ProgramLimit,
                        "a text is longer than PostgreSQL stores",
                        "Take left() of its parts.",
                    ));
                }
            }
            Self::Number(inner) => {
                if !inner.write(row, rng, buffers, out)? {
                    return Ok(false);
                }
                let digits = out.get(start..).unwrap_or_default();
                let number = digits.iter().fold(0, |number, digit| number << 4 | i64::from(hex_value(*digit)));
                out.truncate(start);
                crate::output::int8(number, out);
            }
            Self::Uuid(inner) => {
                if !inner.write(row, rng, buffers, out)? {
                    return Ok(false);
                }
                for at in [8, 13, 18, 23] {
                    if start + at <= out.len() {
                        out.insert(start + at, b'-');
                    }
                }
            }
        }
        Ok(true)
    }

    /// Whether the text may hold bytes that COPY escapes.
    pub fn may_need_escape(&self) -> bool {
        match self {
            Self::Column(_, form) => matches!(form, Form::Text | Form::Trimmed),
            Self::Constant(text) => {
                let mut escaped = Vec::with_capacity(text.len());
                crate::copytext::escape_into(text, &mut escaped);
                escaped != *text
            }
            Self::Drawn(mask) | Self::Masked(mask, _) => mask.may_need_escape(),
            Self::Joined(parts) => parts.iter().any(Self::may_need_escape),
            Self::First(inner, _) | Self::Lower(inner) | Self::Upper(inner) => inner.may_need_escape(),
            Self::Integer(_) | Self::Pseudo(..) | Self::Number(_) | Self::Uuid(_) => false,
        }
    }

    /// How many hexadecimal digits, in small letters, the text has whatever the row. None: it may be another text.
    pub fn hex_digits(&self) -> Option<usize> {
        match self {
            Self::Drawn(mask) | Self::Masked(mask, _) => mask.hex_digits(),
            Self::First(inner, count) => inner.hex_digits().map(|digits| digits.min(*count)),
            _ => None,
        }
    }

    /// Whether the text is made of ASCII alone, of letters and digits of that.
    pub fn is_alphanumeric(&self) -> bool {
        match self {
            Self::Drawn(mask) | Self::Masked(mask, _) => {
                mask.hex_digits().is_some() || matches!(**mask, TextMask::RandomString(_) | TextMask::HmacBase32(..))
            }
            Self::First(inner, _) | Self::Lower(inner) | Self::Upper(inner) => inner.is_alphanumeric(),
            _ => false,
        }
    }

    /// Gives every column another number.
    pub fn renumber(&mut self, number: &dyn Fn(usize) -> usize) {
        match self {
            Self::Column(column, _) => *column = number(*column),
            Self::Integer(integer) => {
                if let Some((column, _)) = &mut integer.argument {
                    *column = number(*column);
                }
            }
            Self::Masked(_, inner)
            | Self::Pseudo(_, _, inner)
            | Self::First(inner, _)
            | Self::Lower(inner)
            | Self::Upper(inner)
            | Self::Number(inner)
            | Self::Uuid(inner) => inner.renumber(number),
            Self::Joined(parts) => parts.iter_mut().for_each(|part| part.renumber(number)),
            Self::Constant(_) | Self::Drawn(_) => (),
        }
    }
}

/// Appends a text. Without memory for a long one PostgreSQL must say so: an allocation that fails ends the backend.
fn append(text: &[u8], out: &mut Vec<u8>) -> Result<(), MaskError> {
    if text.len() > LONG && out.try_reserve(text.len()).is_err() {
        return Err(MaskError::new(
            MaskErrorKind::OutOfMemory,
            "out of memory: no room for a text",
            "Take left() of long texts.",
        ));
    }
    out.extend_from_slice(text);
    Ok(())
}

/// From here on memory is asked for beforehand.
const LONG: usize = 1 << 16;

/// What a char is when it becomes a text.
fn trimmed(text: &[u8]) -> &[u8] {
    let end = text.iter().rposition(|byte| *byte != b' ').map_or(0, |last| last + 1);
    text.get(..end).unwrap_or_default()
}

fn hex_value(digit: u8) -> u8 {
    match digit {
        b'0'..=b'9' => digit - b'0',
        _ => (digit | 0x20).wrapping_sub(b'a').wrapping_add(10) & 0xF,
    }
}

/// How two numbers are compared.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Comparison {
    /// `=`
    Equal,
    /// `<>`
    NotEqual,
    /// `<`
    Less,
    /// `<=`
    LessOrEqual,
    /// `>`
    Greater,
    /// `>=`
    GreaterOrEqual,
}

impl Comparison {
    /// Whether it holds for a value that is so ordered to another one.
    fn holds(self, order: Ordering) -> bool {
        match self {
            Self::Equal => order.is_eq(),
            Self::NotEqual => order.is_ne(),
            Self::Less => order.is_lt(),
            Self::LessOrEqual => order.is_le(),
            Self::Greater => order.is_gt(),
            Self::GreaterOrEqual => order.is_ge(),
        }
    }

    /// The same with both sides in the other's place.
    pub fn turned(self) -> Self {
        match self {
            Self::Equal | Self::NotEqual => self,
            Self::Less => Self::Greater,
            Self::LessOrEqual => Self::GreaterOrEqual,
            Self::Greater => Self::Less,
            Self::GreaterOrEqual => Self::LessOrEqual,
        }
    }
}

/// A condition on a row.
#[derive(Debug, Clone, PartialEq)]
pub enum Condition {
    /// The same for every row; None: NULL.
    Constant(Option<bool>),
    /// A column of type boolean.
    Boolean(usize),
    /// `IS NULL`.
    IsNull(usize),
    /// A comparison of a number, or of what is equal as a number is.
    Compare(usize, Form, Comparison, i64),
    /// A comparison of a numeric with one that is given as PostgreSQL writes it.
    CompareNumeric(usize, Comparison, Vec<u8>),
    /// A text that is these bytes.
    IsText(usize, Vec<u8>),
    /// IS TRUE, IS FALSE, or, for None, IS UNKNOWN.
    Is(Box<Condition>, Option<bool>),
    /// NOT.
    Not(Box<Condition>),
    /// AND.
    All(Vec<Condition>),
    /// OR.
    Any(Vec<Condition>),
}

impl Condition {
    /// Whether it holds for a row; None: nobody knows, because something is NULL.
    pub fn holds<V: Row + ?Sized>(&self, row: &V) -> Option<bool> {
        match self {
            Self::Constant(value) => *value,
            Self::Boolean(column) => row.integer(*column, Form::Boolean).map(|value| value != 0),
            Self::IsNull(column) => Some(row.is_null(*column)),
            Self::Compare(column, form, comparison, number) => {
                row.integer(*column, *form).map(|value| comparison.holds(value.cmp(number)))
            }
            Self::CompareNumeric(column, comparison, number) => {
                let mut value = Vec::new();
                row.write(*column, Form::Numeric, &mut value)
                    .then(|| comparison.holds(super::number::compare(&value, number)))
            }
            Self::IsText(column, bytes) => row.is_text(*column, bytes),
            Self::Is(inner, wanted) => Some(inner.holds(row) == *wanted),
            Self::Not(inner) => inner.holds(row).map(|holds| !holds),
            Self::All(parts) => decided(parts, row, false),
            Self::Any(parts) => decided(parts, row, true),
        }
    }

    /// Gives every column another number.
    pub fn renumber(&mut self, number: &dyn Fn(usize) -> usize) {
        match self {
            Self::Boolean(column)
            | Self::IsNull(column)
            | Self::Compare(column, ..)
            | Self::CompareNumeric(column, ..)
            | Self::IsText(column, _) => *column = number(*column),
            Self::Not(inner) | Self::Is(inner, _) => inner.renumber(number),
            Self::All(parts) | Self::Any(parts) => parts.iter_mut().for_each(|part| part.renumber(number)),
            Self::Constant(_) => (),
        }
    }
}

/// AND, which one that is false decides, or OR, which one that is true decides.
fn decided<V: Row + ?Sized>(parts: &[Condition], row: &V, by: bool) -> Option<bool> {
    let mut all_known = true;
    for part in parts {
        match part.holds(row) {
            Some(holds) if holds == by => return Some(by),
            Some(_) => (),
            None => all_known = false,
        }
    }
    all_known.then_some(!by)
}

/// Whether a value stays that becomes NULL in a share of the rows.
pub fn stays<R: CryptoRng + ?Sized>(share: f64, rng: &mut R) -> bool {
    random::fraction(rng) >= share
}

/// A formula, and the modifier of the column that it is for.
#[derive(Debug, Clone, PartialEq)]
pub struct Fitted {
    /// The formula.
    pub formula: Formula,
    /// What becomes of its text.
    pub modifier: Modifier,
    /// Whether the text may hold bytes that COPY escapes.
    pub escapes: bool,
}

impl Fitted {
    /// A formula for a column.
    pub fn new(formula: Formula, modifier: Modifier) -> Self {
        Self { escapes: formula.may_need_escape(), formula, modifier }
    }
}

#[cfg(test)]
mod tests {
    use super::super::hash::Algorithm;
    use super::*;

    /// A row of texts and numbers.
    struct Values(Vec<Option<Datum>>);

    enum Datum {
        Text(&'static str),
        Number(i64),
    }

    impl Row for Values {
        fn is_null(&self, column: usize) -> bool {
            self.0[column].is_none()
        }

        fn text(&self, column: usize) -> Option<&[u8]> {
            match self.0[column] {
                Some(Datum::Text(text)) => Some(text.as_bytes()),
                _ => None,
            }
        }

        fn integer(&self, column: usize, _: Form) -> Option<i64> {
            match self.0[column] {
                Some(Datum::Number(number)) => Some(number),
                _ => None,
            }
        }

        fn write(&self, column: usize, form: Form, out: &mut Vec<u8>) -> bool {
            let Some(number) = self.integer(column, form) else { return false };
            crate::output::int8(number, out);
            true
        }
    }

    fn row() -> Values {
        Values(vec![Some(Datum::Text("Zoë  ")), None, Some(Datum::Number(-7)), Some(Datum::Number(1 << 40))])
    }

    fn written(formula: &Formula) -> Result<Option<String>, MaskError> {
        let mut out = b"before ".to_vec();
        let is_written = formula.write(&row(), &mut rand::rng(), &mut Buffers::new(), &mut out)?;
        let text = String::from_utf8(out).expect("UTF-8");
        let text = text.strip_prefix("before ").expect("what was there stays");
        assert!(is_written || text.is_empty());
        Ok(is_written.then(|| text.to_owned()))
    }

    fn column(number: usize) -> Box<Formula> {
        Box::new(Formula::Column(number, Form::Text))
    }

    fn md5(inner: Box<Formula>) -> Box<Formula> {
        let mask = TextMask::Digest { salt: b"s".to_vec(), algorithm: Algorithm::Md5 };
        Box::new(Formula::Masked(Box::new(mask), inner))
    }

    #[test]
    fn a_formula_gives_what_its_parts_give() {
        let constant = |text: &str| Formula::Constant(text.as_bytes().to_vec());
        let known = written(&md5(column(0))).unwrap().unwrap();
        assert_eq!(known.len(), 32);
        for (formula, result) in [
            (Formula::First(column(0), 3), Some("Zoë")),
            (Formula::First(column(0), 0), Some("")),
            (Formula::First(column(0), 9), Some("Zoë  ")),
            (Formula::Column(0, Form::Trimmed), Some("Zoë")),
            (Formula::Column(2, Form::Int4), Some("-7")),
            (Formula::Column(1, Form::Int4), None),
            (Formula::Joined(vec![constant("a"), *column(0), constant("é")]), Some("aZoë  é")),
            (Formula::Joined(vec![constant("a"), *column(1)]), None),
            (Formula::First(column(1), 2), None),
            (*md5(column(1)), None),
            (*md5(Box::new(Formula::First(column(1), 2))), None),
            (Formula::Number(Box::new(constant("7f"))), Some("127")),
            (Formula::Upper(Box::new(constant("ab1"))), Some("AB1")),
            (
                Formula::Uuid(Box::new(constant("00112233445566778899aabbccddeeff"))),
                Some("00112233-4455-6677-8899-aabbccddeeff"),
            ),
            (*md5(Box::new(Formula::First(column(0), 5))), Some(known.as_str())),
        ] {
            assert_eq!(written(&formula).unwrap().as_deref(), result, "{formula:?}");
        }
    }

    #[test]
    fn a_wrong_part_is_found_beside_a_null() {
        let wrong = Formula::Drawn(Box::new(TextMask::RandomString(-1)));
        assert!(written(&Formula::Joined(vec![*column(1), wrong.clone()])).is_err());
        assert!(written(&Formula::Joined(vec![wrong, *column(1)])).is_err());
    }

    #[test]
    fn a_number_that_a_cast_does_not_take_is_an_error() {
        let integer = |of: Scalar, argument: usize, range: (i64, i64)| {
            let ratio = super::super::number::Ratio::new(0.0).unwrap();
            let argument = Some((argument, Form::Int8));
            written(&Formula::Integer(Box::new(Integer { mask: ScalarMask::Noise(ratio), of, argument, range })))
        };
        let all = (i64::MIN, i64::MAX);
        assert_eq!(integer(Scalar::Int4(0), 2, all).unwrap().as_deref(), Some("-7"));
        assert_eq!(integer(Scalar::Int8(0), 3, all).unwrap().as_deref(), Some("1099511627776"));
        assert_eq!(integer(Scalar::Int4(0), 1, all).unwrap(), None);
        for wrong in [integer(Scalar::Int4(0), 3, all), integer(Scalar::Int8(0), 3, (-9, 9))] {
            assert_eq!(wrong.map_err(|e| e.kind), Err(MaskErrorKind::OutOfRange));
        }
    }

    #[test]
    fn it_is_known_which_texts_need_no_escape() {
        assert!(!md5(column(0)).may_need_escape() && column(0).may_need_escape());
        let joined = |text: &str| Formula::Joined(vec![*md5(column(0)), Formula::Constant(text.as_bytes().to_vec())]);
        assert!(!joined("@example.com").may_need_escape() && joined("\\").may_need_escape());
        assert_eq!(Formula::First(md5(column(0)), 20).hex_digits(), Some(20));
        assert_eq!(Formula::First(md5(column(0)), 40).hex_digits(), Some(32));
        assert_eq!((joined("x").hex_digits(), column(0).hex_digits()), (None, None));
    }

    #[test]
    fn conditions_have_three_values() {
        let (yes, no, unknown) = (Some(true), Some(false), None);
        let constant = Condition::Constant;
        let all = |parts: [Option<bool>; 2]| Condition::All(parts.map(constant).to_vec()).holds(&row());
        let any = |parts: [Option<bool>; 2]| Condition::Any(parts.map(constant).to_vec()).holds(&row());
        assert_eq!([all([yes, yes]), all([yes, unknown]), all([unknown, no]), all([no, yes])], [yes, unknown, no, no]);
        assert_eq!([any([no, no]), any([no, unknown]), any([unknown, yes]), any([yes, no])], [no, unknown, yes, yes]);
        assert_eq!(Condition::Not(Box::new(constant(unknown))).holds(&row()), unknown);
        let less = |column| Condition::Compare(column, Form::Int4, Comparison::Less, 0).holds(&row());
        assert_eq!([less(2), less(3), less(1)], [yes, no, unknown]);
        let text = |column, text: &str| Condition::IsText(column, text.as_bytes().to_vec()).holds(&row());
        assert_eq!([text(0, "Zoë  "), text(0, "Zoë"), text(1, "")], [yes, no, unknown]);
        assert_eq!([0, 1].map(|column| Condition::IsNull(column).holds(&row())), [no, yes]);
    }
}
