//! Values of the types that come often, from the text that PostgreSQL writes to what its receive functions take.

use super::super::hex;

/// A type whose values can be put into the binary format.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ValueType {
    /// `boolean`
    Bool,
    /// `smallint`
    Int2,
    /// `integer`
    Int4,
    /// `bigint`
    Int8,
    /// `oid`
    Oid,
    /// `real`
    Float4,
    /// `double precision`
    Float8,
    /// `numeric`
    Numeric,
    /// Types whose receive function takes their text: `text`, `varchar`, `char(n)`, `name`, `json`, enums.
    Text,
    /// `jsonb`
    Jsonb,
    /// `bytea`
    Bytea,
    /// `uuid`
    Uuid,
    /// `date`
    Date,
    /// `time`
    Time,
    /// `timestamp`
    Timestamp,
    /// `timestamp with time zone`
    TimestampTz,
}

/// How dates and timestamps write the greatest number of their width.
const LATEST: &[u8] = b"infinity";

/// The same of the least.
const EARLIEST: &[u8] = b"-infinity";

impl ValueType {
    /// The type with this OID (`src/include/catalog/pg_type.dat`). None: another one.
    pub fn of(oid: u32) -> Option<ValueType> {
        Some(match oid {
            16 => ValueType::Bool,
            17 => ValueType::Bytea,
            20 => ValueType::Int8,
            21 => ValueType::Int2,
            23 => ValueType::Int4,
            26 => ValueType::Oid,
            // name, text, json, bpchar, varchar
            19 | 25 | 114 | 1042 | 1043 => ValueType::Text,
            700 => ValueType::Float4,
            701 => ValueType::Float8,
            1082 => ValueType::Date,
            1083 => ValueType::Time,
            1114 => ValueType::Timestamp,
            1184 => ValueType::TimestampTz,
            1700 => ValueType::Numeric,
            2950 => ValueType::Uuid,
            3802 => ValueType::Jsonb,
            _ => return None,
        })
    }

    /// Appends the length and the value of this text. Gives false when the text is not what PostgreSQL writes; what was
    /// appended then is of no use.
    #[inline]
    pub(super) fn encode(self, text: &[u8], out: &mut Vec<u8>) -> bool {
        match self {
            ValueType::Text => bytes(&[], text, out),
            ValueType::Int4 => {
                fixed(integer(text).and_then(|number| i32::try_from(number).ok()).map(i32::to_be_bytes), out)
            }
            ValueType::Int8 => fixed(integer(text).map(i64::to_be_bytes), out),
            ValueType::Int2 => {
                fixed(integer(text).and_then(|number| i16::try_from(number).ok()).map(i16::to_be_bytes), out)
            }
            ValueType::Oid => {
                fixed(integer(text).and_then(|number| u32::try_from(number).ok()).map(u32::to_be_bytes), out)
            }
            ValueType::Bool => match text {
                b"t" => fixed(Some([1]), out),
                b"f" => fixed(Some([0]), out),
                _ => false,
            },
            ValueType::Float4 => fixed(real(text).map(f32::to_be_bytes), out),
            ValueType::Float8 => fixed(real(text).map(f64::to_be_bytes), out),
            ValueType::Numeric => numeric(text, out),
            // The version of the format.
            ValueType::Jsonb => bytes(&[1], text, out),
            ValueType::Bytea => text.strip_prefix(b"\\x").is_some_and(|digits| bytea(digits, out)),
            ValueType::Uuid => fixed(uuid(text), out),
            ValueType::Date => fixed(date(text).map(i32::to_be_bytes), out),
            ValueType::Time => {
                fixed(time(text).filter(|(_, rest)| rest.is_empty()).map(|(time, _)| time.to_be_bytes()), out)
            }
            ValueType::Timestamp => fixed(timestamp(text, false).map(i64::to_be_bytes), out),
            ValueType::TimestampTz => fixed(timestamp(text, true).map(i64::to_be_bytes), out),
        }
    }
}

/// A value of a length that its type tells.
#[inline(always)]
fn fixed<const N: usize>(value: Option<[u8; N]>, out: &mut Vec<u8>) -> bool {
    let Some(value) = value else { return false };
    out.extend_from_slice(&(N as i32).to_be_bytes());
    out.extend_from_slice(&value);
    true
}

/// A value of these bytes.
#[inline]
fn bytes(first: &[u8], text: &[u8], out: &mut Vec<u8>) -> bool {
    let Ok(length) = i32::try_from(first.len() + text.len()) else { return false };
    out.extend_from_slice(&length.to_be_bytes());
    out.extend_from_slice(first);
    out.extend_from_slice(text);
    true
}

/// Digits, perhaps behind a minus.
#[inline]
fn integer(text: &[u8]) -> Option<i64> {
    let (is_negative, digits) = match text.strip_prefix(b"-") {
        Some(digits) => (true, digits),
        None => (false, text),
    };
    // Nineteen digits fit into a u64.
    if digits.is_empty() || digits.len() > 19 {
        return None;
    }
    let number = digits.iter().try_fold(0_u64, |number, digit| Some(number * 10 + u64::from(decimal(*digit)?)))?;
    if is_negative { 0_i64.checked_sub_unsigned(number) } else { i64::try_from(number).ok() }
}

#[inline(always)]
fn decimal(digit: u8) -> Option<u8> {
    let value = digit.wrapping_sub(b'0');
    (value < 10).then_some(value)
}

/// Two digits.
#[inline(always)]
fn pair(text: [u8; 2]) -> Option<u32> {
    Some(u32::from(decimal(text[0])?) * 10 + u32::from(decimal(text[1])?))
}

/// A floating-point number. Its text names one number of the type, which every right parser finds. What is too large or too
/// small for the type is an error of the server's.
fn real<F: std::str::FromStr + Copy + Into<f64>>(text: &[u8]) -> Option<F> {
    let number: F = std::str::from_utf8(text).ok()?.parse().ok()?;
    if matches!(text, b"NaN" | b"Infinity" | b"-Infinity") {
        return Some(number);
    }
    let is_written_so = text.iter().all(|byte| matches!(byte, b'0'..=b'9' | b'.' | b'-' | b'+' | b'e'));
    let is_zero = !text.iter().take_while(|byte| **byte != b'e').any(|byte| matches!(byte, b'1'..=b'9'));
    let value: f64 = number.into();
    (is_written_so && value.is_finite() && (value == 0.0) == is_zero).then_some(number)
}

/// `numeric_recv` in `src/backend/utils/adt/numeric.c`: digits of base 10000, the weight of the first one, the sign, and how
/// many decimal digits are shown behind the point.
fn numeric(text: &[u8], out: &mut Vec<u8>) -> bool {
    /// What one digit of base 10000 holds.
    const GROUP: usize = 4;
    let (sign, unsigned): (u16, _) = match text.strip_prefix(b"-") {
        Some(unsigned) => (0x4000, unsigned),
        None => (0, text),
    };
    let (whole, fraction) = match memchr::memchr(b'.', unsigned) {
        Some(point) => (&unsigned[..point], &unsigned[point + 1..]),
        None => (unsigned, &unsigned[unsigned.len()..]),
    };
    // The signs of what is no number.
    let special: Option<u16> = match text {
        b"NaN" => Some(0xC000),
        b"Infinity" => Some(0xD000),
        b"-Infinity" => Some(0xF000),
        _ => None,
    };
    if let Some(sign) = special {
        out.extend_from_slice(&8_i32.to_be_bytes());
        out.extend_from_slice(&[0; 4]);
        out.extend_from_slice(&sign.to_be_bytes());
        out.extend_from_slice(&[0; 2]);
        return true;
    }
    if whole.is_empty() || !whole.iter().chain(fraction).all(u8::is_ascii_digit) {
        return false;
    }
    // The widest that the format has, as `NUMERIC_DSCALE_MAX` and the type of a weight.
    let (Ok(scale), Ok(_)) = (u16::try_from(fraction.len()), i16::try_from(whole.len())) else { return false };
    if scale > 0x3FFF {
        return false;
    }
    let start = out.len();
    out.extend_from_slice(&[0; 12]);
    let group = |digits: &[u8]| {
        let number = digits.iter().fold(0, |number, digit| number * 10 + u16::from(digit - b'0'));
        // A fraction's last digits.
        number * [1, 1000, 100, 10, 1][digits.len()]
    };
    let (first, others) = whole.split_at(whole.len() % GROUP);
    let mut weight = whole.len().div_ceil(GROUP) as i16 - 1;
    let first =
        (!first.is_empty()).then(|| first.iter().fold(0, |number, digit| number * 10 + u16::from(digit - b'0')));
    let groups = first.into_iter().chain(others.chunks(GROUP).map(group)).chain(fraction.chunks(GROUP).map(group));
    let (mut count, mut significant) = (0_i16, 0_i16);
    for group in groups {
        if count == 0 && group == 0 {
            weight -= 1;
            continue;
        }
        count += 1;
        out.extend_from_slice(&group.to_be_bytes());
        if group != 0 {
            significant = count;
        }
    }
    out.truncate(start + 12 + 2 * significant as usize);
    let (weight, sign) = if significant == 0 { (0, 0) } else { (weight, sign) };
    let length = (8 + 2 * i32::from(significant)).to_be_bytes();
    let [a, b, c, d] = [significant.to_be_bytes(), weight.to_be_bytes(), sign.to_be_bytes(), scale.to_be_bytes()];
    for (to, from) in out[start..].iter_mut().zip(length.into_iter().chain([a, b, c, d].into_iter().flatten())) {
        *to = from;
    }
    true
}

fn bytea(digits: &[u8], out: &mut Vec<u8>) -> bool {
    let (pairs, []) = digits.as_chunks::<2>() else { return false };
    let Ok(length) = i32::try_from(pairs.len()) else { return false };
    out.extend_from_slice(&length.to_be_bytes());
    out.reserve(pairs.len());
    for pair in pairs {
        let Some(byte) = hex::byte(*pair) else { return false };
        out.push(byte);
    }
    true
}

fn uuid(text: &[u8]) -> Option<[u8; 16]> {
    let mut uuid = [0; 16];
    let text: &[u8; 36] = text.try_into().ok()?;
    let mut at = 0;
    for (number, byte) in uuid.iter_mut().enumerate() {
        if matches!(number, 4 | 6 | 8 | 10) {
            if text[at] != b'-' {
                return None;
            }
            at += 1;
        }
        *byte = hex::byte([text[at], text[at + 1]])?;
        at += 2;
    }
    Some(uuid)
}

/// Days since the beginning of 2000.
fn date(text: &[u8]) -> Option<i32> {
    match text {
        LATEST => Some(i32::MAX),
        EARLIEST => Some(i32::MIN),
        text => day(text).filter(|(_, rest)| rest.is_empty()).map(|(day, _)| day),
    }
}

/// A day at the beginning of a text: its number since the beginning of 2000, and what stands behind it. Of years with more
/// digits than four, and of those before Christ, whose sign stands at the end of all, the server knows more.
#[inline]
fn day(text: &[u8]) -> Option<(i32, &[u8])> {
    let ([y1, y2, y3, y4, b'-', m1, m2, b'-', d1, d2], rest) = text.split_first_chunk::<10>()? else { return None };
    let year = pair([*y1, *y2])? * 100 + pair([*y3, *y4])?;
    let (month, day) = (pair([*m1, *m2])?, pair([*d1, *d2])?);
    let is_leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
    let days = match month {
        4 | 6 | 9 | 11 => 30,
        2 => 28 + u32::from(is_leap),
        1 | 3 | 5 | 7 | 8 | 10 | 12 => 31,
        _ => return None,
    };
    if year == 0 || day == 0 || day > days {
        return None;
    }
    // As `date2j` in `src/backend/utils/adt/datetime.c`.
    let (year, month) = if month > 2 { (year + 4800, month + 1) } else { (year + 4799, month + 13) };
    let century = year / 100;
    let julian = (year * 365 + year / 4 + century / 4 + 7834 * month / 256 + day) as i32 - century as i32 - 32167;
    // The day of 2000-01-01.
    Some((julian - 2_451_545, rest))
}

/// A time of day at the beginning of a text: microseconds since midnight, and what stands behind it.
#[inline]
fn time(text: &[u8]) -> Option<(i64, &[u8])> {
    let ([h1, h2, b':', m1, m2, b':', s1, s2], mut rest) = text.split_first_chunk::<8>()? else { return None };
    let (hour, minute, second) = (pair([*h1, *h2])?, pair([*m1, *m2])?, pair([*s1, *s2])?);
    let mut fraction = 0;
    if let Some(digits) = rest.strip_prefix(b".") {
        let length = digits.iter().take_while(|byte| byte.is_ascii_digit()).count();
        if length == 0 || length > 6 {
            return None;
        }
        fraction = (0..6).fold(0, |number, place| {
            number * 10 + digits.get(place).filter(|_| place < length).map_or(0, |digit| i64::from(digit - b'0'))
        });
        rest = &digits[length..];
    }
    let micros = i64::from(hour * 3600 + minute * 60 + second) * 1_000_000 + fraction;
    // The end of a day is a time of its own.
    (minute < 60 && second < 60 && micros <= 86_400_000_000).then_some((micros, rest))
}

/// Microseconds since the beginning of 2000, in UTC when the text tells how far its clock is from it.
#[inline]
fn timestamp(text: &[u8], has_zone: bool) -> Option<i64> {
    match text {
        LATEST => return Some(i64::MAX),
        EARLIEST => return Some(i64::MIN),
        _ => {}
    }
    let (day, rest) = day(text)?;
    let (time, rest) = time(rest.strip_prefix(b" ")?)?;
    let local = i64::from(day) * 86_400_000_000 + time;
    if !has_zone {
        return rest.is_empty().then_some(local);
    }
    let (east, mut rest) = rest.split_first()?;
    let mut seconds = 0;
    let mut unit = 3600;
    // Hours, and where they are not 0 minutes and seconds.
    loop {
        let (digits, others) = rest.split_first_chunk::<2>()?;
        seconds += i64::from(pair(*digits)?) * unit;
        unit /= 60;
        match others.split_first() {
            None => break,
            Some((b':', others)) if unit > 0 => rest = others,
            _ => return None,
        }
    }
    match east {
        b'+' => Some(local - seconds * 1_000_000),
        b'-' => Some(local + seconds * 1_000_000),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The value's bytes without their length. None: the text is not taken.
    fn encoded(kind: ValueType, text: &str) -> Option<Vec<u8>> {
        let mut out = Vec::new();
        kind.encode(text.as_bytes(), &mut out).then(|| {
            let length: [u8; 4] = out[..4].try_into().expect("a length");
            assert_eq!(i32::from_be_bytes(length) as usize, out.len() - 4, "{text}");
            out.split_off(4)
        })
    }

    #[test]
    fn whole_numbers_keep_to_their_width() {
        assert_eq!(encoded(ValueType::Int2, "-32768"), Some(i16::MIN.to_be_bytes().to_vec()));
        assert_eq!(encoded(ValueType::Int4, "2147483647"), Some(i32::MAX.to_be_bytes().to_vec()));
        assert_eq!(encoded(ValueType::Int8, "-9223372036854775808"), Some(i64::MIN.to_be_bytes().to_vec()));
        assert_eq!(encoded(ValueType::Int8, "9223372036854775807"), Some(i64::MAX.to_be_bytes().to_vec()));
        assert_eq!(encoded(ValueType::Oid, "4294967295"), Some(vec![0xff; 4]));
        for (kind, text) in [
            (ValueType::Int2, "32768"),
            (ValueType::Int4, "-2147483649"),
            (ValueType::Int8, "9223372036854775808"),
            (ValueType::Int8, "-9223372036854775809"),
            (ValueType::Int8, "99999999999999999999"),
            (ValueType::Oid, "-1"),
            (ValueType::Int4, ""),
            (ValueType::Int4, "-"),
            (ValueType::Int4, "+1"),
            (ValueType::Int4, " 1"),
            (ValueType::Int4, "0x10"),
            (ValueType::Int4, "1_000"),
        ] {
            assert_eq!(encoded(kind, text), None, "{kind:?} {text}");
        }
    }

    #[test]
    fn every_day_of_four_digit_years_has_the_number_behind_the_day_before() {
        let mut expected = date(b"0001-01-01").expect("a day");
        assert_eq!(date(b"2000-01-01"), Some(0));
        assert_eq!(date(b"1970-01-01"), Some(-10_957));
        for year in 1..=9999 {
            for month in 1..=12 {
                let mut days = 0;
                for day in 1..=31 {
                    if let Some(number) = date(format!("{year:04}-{month:02}-{day:02}").as_bytes()) {
                        assert_eq!(number, expected, "{year}-{month}-{day}");
                        expected += 1;
                        days = day;
                    }
                }
                assert!((28..=31).contains(&days));
            }
        }
        // As `SELECT date '9999-12-31' - date '2000-01-01'` says.
        assert_eq!(expected - 1, 2_921_939);
    }

    #[test]
    fn times_are_in_microseconds_and_in_utc() {
        assert_eq!(timestamp(b"2000-01-01 00:00:00", false), Some(0));
        assert_eq!(timestamp(b"2000-01-02 03:04:05.06", false), Some(97_445_060_000));
        assert_eq!(timestamp(b"1999-12-31 23:59:59.999999", false), Some(-1));
        assert_eq!(timestamp(b"2000-01-01 00:00:00+00", true), Some(0));
        assert_eq!(timestamp(b"2000-01-01 05:45:00+05:45", true), Some(0));
        assert_eq!(timestamp(b"1999-12-31 19:03:58-04:56:02", true), Some(0));
        assert_eq!(timestamp(b"infinity", true), Some(i64::MAX));
        assert_eq!(timestamp(b"-infinity", false), Some(i64::MIN));
        assert_eq!(date(b"infinity"), Some(i32::MAX));
        assert_eq!(encoded(ValueType::Time, "24:00:00"), Some(86_400_000_000_i64.to_be_bytes().to_vec()));
        for text in [
            "2000-01-01",
            "2000-01-01 00:00",
            "2000-01-01 00:00:60",
            "2000-01-01 00:00:00.",
            "2000-01-01 00:00:00.1234567",
            "2000-01-01 24:00:01",
            "2000-01-01 00:00:00 BC",
            "10000-01-01 00:00:00",
            "2000-02-30 00:00:00",
            "0000-01-01 00:00:00",
            "2000-01-01T00:00:00",
            "01/02/2000 00:00:00",
            "now",
        ] {
            assert_eq!(timestamp(text.as_bytes(), false), None, "{text}");
        }
        for text in ["2000-01-01 00:00:00", "2000-01-01 00:00:00 UTC", "2000-01-01 00:00:00+", "2000-01-01 00:00:00+1"]
        {
            assert_eq!(timestamp(text.as_bytes(), true), None, "{text}");
        }
        assert_eq!(encoded(ValueType::Time, "24:00:00.000001"), None);
        assert_eq!(encoded(ValueType::Time, "10:00:00+02"), None);
    }

    #[test]
    fn a_numeric_has_groups_of_four_digits_about_its_point() {
        let parts = |text: &str| {
            let bytes = encoded(ValueType::Numeric, text)?;
            Some(bytes.chunks(2).map(|pair| u16::from_be_bytes([pair[0], pair[1]])).collect::<Vec<_>>())
        };
        let (plus, minus, below) = (0, 0x4000, u16::MAX);
        for (text, expected) in [
            ("0", vec![0, 0, plus, 0]),
            ("0.00", vec![0, 0, plus, 2]),
            ("1", vec![1, 0, plus, 0, 1]),
            ("-1.5", vec![2, 0, minus, 1, 1, 5000]),
            ("12345.678900", vec![3, 1, plus, 6, 1, 2345, 6789]),
            ("10000", vec![1, 1, plus, 0, 1]),
            ("100000000", vec![1, 2, plus, 0, 1]),
            ("0.0001", vec![1, below, plus, 4, 1]),
            ("0.00001", vec![1, below - 1, plus, 5, 1000]),
            ("-0.5", vec![1, below, minus, 1, 5000]),
            ("10000.0001", vec![3, 1, plus, 4, 1, 0, 1]),
        ] {
            assert_eq!(parts(text), Some(expected), "{text}");
        }
        for (text, sign) in [("NaN", 0xC000), ("Infinity", 0xD000), ("-Infinity", 0xF000)] {
            assert_eq!(parts(text), Some(vec![0, 0, sign, 0]));
        }
        for text in ["", "-", ".5", "1e5", "nan", "-NaN", "1.2.3", "+1", "1,5"] {
            assert_eq!(parts(text), None, "{text}");
        }
    }

    #[test]
    fn what_is_written_otherwise_is_not_taken() {
        assert_eq!(encoded(ValueType::Bool, "t"), Some(vec![1]));
        assert_eq!(encoded(ValueType::Bytea, "\\x00ff"), Some(vec![0, 255]));
        assert_eq!(encoded(ValueType::Bytea, "\\x"), Some(vec![]));
        assert_eq!(encoded(ValueType::Jsonb, "{}"), Some(b"\x01{}".to_vec()));
        assert_eq!(
            encoded(ValueType::Uuid, "00112233-4455-6677-8899-aabbccddeeff"),
            Some((0..16).map(|byte| byte * 17).collect())
        );
        assert_eq!(encoded(ValueType::Float8, "-1.5e-07"), Some((-1.5e-7_f64).to_be_bytes().to_vec()));
        assert_eq!(encoded(ValueType::Float8, "0e0"), Some(vec![0; 8]));
        assert_eq!(encoded(ValueType::Float8, "-Infinity"), Some(f64::NEG_INFINITY.to_be_bytes().to_vec()));
        assert_eq!(encoded(ValueType::Float4, "NaN"), Some(vec![0x7f, 0xc0, 0, 0]));
        for (kind, text) in [
            (ValueType::Bool, "true"),
            (ValueType::Bytea, "\\xABCD"),
            (ValueType::Bytea, "\\xabc"),
            (ValueType::Bytea, "abc"),
            (ValueType::Uuid, "{00112233-4455-6677-8899-aabbccddeeff}"),
            (ValueType::Uuid, "001122334455-6677-8899-aabb-ccddeeff"),
            (ValueType::Float8, "inf"),
            (ValueType::Float8, "nan"),
            (ValueType::Float8, "1e"),
            (ValueType::Float8, "1e400"),
            (ValueType::Float8, "1e-400"),
            (ValueType::Float4, "1e39"),
            (ValueType::Float4, "-1e-46"),
            (ValueType::Float4, ""),
        ] {
            assert_eq!(encoded(kind, text), None, "{kind:?} {text}");
        }
    }
}
