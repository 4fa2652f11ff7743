//! A mask with its constant arguments, to be run on the bytes of a row without a function call: the row writer's way.
//!
//! The SQL functions run the same code, so that both give the same values.

use std::sync::Arc;

use rand::CryptoRng;

use super::date::{Interval, noise_date, noise_interval, noise_time, noise_timestamp};
use super::decimal::DecimalStep;
use super::draw::{Decimals, Real, Whole};
use super::fpe::Cipher;
use super::generalise::{FloatStep, Mapping, RangeOf, Step, Unit, age_band};
use super::hash::{Algorithm, KeyedHash};
use super::key::{FamilyKey, Stream};
use super::number::{Ratio, noise_f32, noise_f64, noise_i16, noise_i32, noise_i64};
use super::permute::{Permutation, UuidPermutation};
use super::realistic::Realistic;
use super::redact::Redaction;
use super::{MaskError, MaskErrorKind, email, hash, keep, library, number, random, scramble, text};
use crate::output;

/// A mask that gives text.
#[derive(Debug, Clone, PartialEq)]
pub enum TextMask {
    /// [`text::partial`].
    Partial {
        /// Characters kept at the beginning.
        prefix: i32,
        /// What stands between.
        padding: Vec<u8>,
        /// Characters kept at the end.
        suffix: i32,
    },
    /// [`email::partial_email`].
    PartialEmail,
    /// [`hash::digest`].
    Digest {
        /// What is hashed behind the value.
        salt: Vec<u8>,
        /// The hash.
        algorithm: Algorithm,
    },
    /// [`hash::random_hash`].
    RandomHash(Algorithm),
    /// [`random::string`] of a length.
    RandomString(i32),
    /// [`random::zip`].
    RandomZip,
    /// [`random::inn`].
    RandomInn,
    /// [`random::phone`] with a prefix.
    RandomPhone(Vec<u8>),
    /// A realistic value, drawn anew.
    Realistic(Realistic),
    /// The pseudonym of a value, of a realistic kind.
    Pseudonym(Realistic, FamilyKey),
    /// Format-preserving encryption.
    Fpe(Cipher),
    /// [`scramble::scramble`].
    Scramble(FamilyKey),
    /// A keyed hash in hexadecimal digits.
    Hmac(KeyedHash),
    /// [`hash::hmac_base32`] of a length.
    HmacBase32(FamilyKey, usize),
    /// [`keep::card`].
    Card,
    /// [`keep::phone`].
    Phone,
    /// [`keep::iban`].
    Iban,
    /// [`keep::name`].
    Name,
    /// [`keep::url`].
    Url,
    /// [`keep::ip`] with the bits for each version.
    Ip(u8, u8),
    /// [`keep::network`] with the bits for each version.
    Network(u8, u8),
    /// A decimal number, drawn anew.
    Decimal(Decimals),
    /// A decimal number that is drawn for a value.
    PseudoDecimal(Decimals, FamilyKey),
    /// Noise on a decimal number.
    DecimalNoise(Box<DecimalNoise>),
    /// A decimal number down to a step.
    DecimalStep(DecimalStep),
    /// The range of a step in which a decimal number lies.
    DecimalRange(DecimalStep),
    /// A permutation of integers, on the text of one.
    Permute(Permutation),
    /// A permutation of UUIDs, on the text of one.
    PermuteUuid(Box<UuidPermutation>),
    /// The range of a step in which a whole number lies.
    Range(Step),
    /// The range of a unit in which a date or a time lies.
    DateRange(Unit, RangeOf),
    /// The band of so many years in which the age on a day lies.
    Age {
        /// The width of a band.
        width: i32,
        /// The day, since 2000-01-01.
        as_of: i32,
    },
    /// A text by a mapping.
    Map(Arc<Mapping>),
    /// Free text without personal data.
    Redact(Redaction),
}

impl TextMask {
    /// Whether the result depends on a value; without one it is drawn anew for every row, also where the column is NULL.
    pub fn reads_value(&self) -> bool {
        !matches!(
            self,
            Self::RandomString(_)
                | Self::RandomZip
                | Self::RandomInn
                | Self::RandomPhone(_)
                | Self::Realistic(_)
                | Self::Decimal(_)
        )
    }

    /// Appends the masked value, in UTF-8 as `value` is; a mask that reads no value ignores it.
    ///
    /// # Errors
    /// Those of the mask, for its constant arguments; [`MaskErrorKind::Interrupted`] when it is to stop.
    pub fn write<R: CryptoRng + ?Sized>(&self, value: &[u8], rng: &mut R, out: &mut Vec<u8>) -> Result<(), MaskError> {
        match self {
            Self::Partial { prefix, padding, suffix } => return text::partial(value, *prefix, padding, *suffix, out),
            Self::PartialEmail => email::partial_email(value, out),
            Self::Digest { salt, algorithm } => hash::digest(value, salt, *algorithm, out),
            Self::RandomHash(algorithm) => hash::random_hash(value, *algorithm, rng, out),
            Self::RandomString(length) => return random::string(*length, rng, out),
            Self::RandomZip => random::zip(rng, out),
            Self::RandomInn => random::inn(rng, out),
            Self::RandomPhone(prefix) => random::phone(prefix, rng, out),
            Self::Realistic(kind) => kind.write(rng, out),
            Self::Pseudonym(kind, key) => kind.write_pseudonym(value, key, out),
            Self::Fpe(cipher) => return cipher.write(value, out),
            Self::Scramble(key) => return scramble::scramble(value, key, out),
            Self::Hmac(hash) => hash.write(value, out),
            Self::HmacBase32(key, length) => hash::hmac_base32(value, *length, key, out),
            Self::Card => keep::card(value, out),
            Self::Phone => keep::phone(value, out),
            Self::Iban => keep::iban(value, out),
            Self::Name => keep::name(value, out),
            Self::Url => keep::url(value, out),
            Self::Ip(bits4, bits6) => keep::ip(value, *bits4, *bits6, out),
            Self::Network(bits4, bits6) => keep::network(value, *bits4, *bits6, out),
            Self::Decimal(numbers) => numbers.write(rng, out),
            Self::PseudoDecimal(numbers, key) => {
                redrawn(value, key, out, |stream, out| numbers.write(stream, out));
            }
            Self::DecimalNoise(noise) => return noise.write(value, rng, out),
            Self::DecimalStep(step) => return step.down(value, out),
            Self::DecimalRange(step) => return step.range(value, out),
            Self::Permute(permutation) => return permutation.write(value, out),
            Self::PermuteUuid(permutation) => return permutation.write(value, out),
            // These read a number, a date or a time: see `write_scalar`.
            Self::Range(_) | Self::DateRange(..) | Self::Age { .. } => (),
            Self::Map(mapping) => mapping.write(value, out),
            Self::Redact(redaction) => return redaction.write(value, out),
        }
        Ok(())
    }

    /// Whether it reads a number, a date or a time, and [`Self::write_scalar`] writes it.
    pub fn reads_scalar(&self) -> bool {
        matches!(self, Self::Range(_) | Self::DateRange(..) | Self::Age { .. })
    }

    /// Whether it reads the text of a decimal number.
    pub fn reads_decimal(&self) -> bool {
        matches!(self, Self::DecimalNoise(_) | Self::DecimalStep(_) | Self::DecimalRange(_))
    }

    /// Appends what becomes of a number, a date or a time; false, and nothing appended, for a kind that the mask does not read.
    ///
    /// # Errors
    /// Those of the mask.
    pub fn write_scalar(&self, value: Scalar, out: &mut Vec<u8>) -> Result<bool, MaskError> {
        match (self, value) {
            (Self::Range(step), Scalar::Int2(v)) => step.range(v.into(), i16::MIN.into(), i16::MAX.into(), out),
            (Self::Range(step), Scalar::Int4(v)) => step.range(v.into(), i32::MIN.into(), i32::MAX.into(), out),
            (Self::Range(step), Scalar::Int8(v)) => step.range(v, i64::MIN, i64::MAX, out),
            (Self::DateRange(unit, RangeOf::Date), Scalar::Date(v)) => unit.date_range(v, out),
            (Self::DateRange(unit, of), Scalar::Timestamp(v)) => unit.timestamp_range(v, *of, out),
            (Self::Age { width, as_of }, Scalar::Date(v)) => age_band(v, *width, *as_of, out)?,
            _ => return Ok(false),
        }
        Ok(true)
    }

    /// The type that writes its values just as the mask does.
    pub fn writes(&self) -> Option<Written> {
        match self {
            Self::Decimal(_) | Self::PseudoDecimal(..) | Self::DecimalNoise(_) | Self::DecimalStep(_) => {
                Some(Written::Numeric)
            }
            Self::Realistic(kind) | Self::Pseudonym(kind, _) => match kind {
                Realistic::Uuid => Some(Written::Uuid),
                Realistic::Ip4 | Realistic::Ip6 => Some(Written::Inet),
                Realistic::Mac => Some(Written::Macaddr),
                _ => None,
            },
            _ => None,
        }
    }

    /// Whether the result may hold bytes that COPY escapes: hexadecimal digits and random letters never do.
    pub fn may_need_escape(&self) -> bool {
        match self {
            Self::Digest { .. } | Self::RandomHash(_) | Self::RandomString(_) | Self::RandomZip | Self::RandomInn => {
                false
            }
            Self::Realistic(_) | Self::Pseudonym(..) | Self::Hmac(_) | Self::HmacBase32(..) => false,
            Self::Ip(..) | Self::Network(..) => false,
            Self::Decimal(_) | Self::PseudoDecimal(..) | Self::DecimalNoise(_) => false,
            Self::DecimalStep(_) | Self::DecimalRange(_) | Self::Permute(_) | Self::PermuteUuid(_) => false,
            Self::Range(_) | Self::DateRange(..) | Self::Age { .. } => false,
            Self::Fpe(_) | Self::Scramble(_) => true,
            Self::Card | Self::Phone | Self::Iban | Self::Name | Self::Url | Self::Map(_) | Self::Redact(_) => true,
            Self::Partial { .. } | Self::PartialEmail | Self::RandomPhone(_) => true,
        }
    }
}

impl TextMask {
    /// How many hexadecimal digits, in small letters, the mask writes whatever the value. None: it writes other text.
    pub fn hex_digits(&self) -> Option<usize> {
        match self {
            Self::Digest { algorithm, .. } | Self::RandomHash(algorithm) => usize::try_from(algorithm.digits()).ok(),
            _ => None,
        }
    }
}

/// A type other than text whose values a text mask writes as PostgreSQL itself does.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Written {
    /// uuid.
    Uuid,
    /// inet.
    Inet,
    /// macaddr.
    Macaddr,
    /// numeric.
    Numeric,
}

/// Draws for a value until what is drawn is not the value itself. A range of one number never gives another one; so many draws
/// give the same one of two once in 2^32 values.
fn redrawn(value: &[u8], key: &FamilyKey, out: &mut Vec<u8>, mut draw: impl FnMut(&mut Stream, &mut Vec<u8>)) {
    let start = out.len();
    let mut stream = key.stream(value);
    for _ in 0..32 {
        out.truncate(start);
        draw(&mut stream, out);
        if out.get(start..) != Some(value) {
            return;
        }
    }
}

/// Noise on the text of a decimal number.
#[derive(Debug, Clone, PartialEq)]
pub struct DecimalNoise {
    /// How much of it.
    pub ratio: Ratio,
    /// The key, where it is to depend on the value alone.
    pub key: Option<FamilyKey>,
    /// The least and the greatest result, where there are any.
    pub bounds: Option<(String, String)>,
}

impl DecimalNoise {
    fn write<R: CryptoRng + ?Sized>(&self, value: &[u8], rng: &mut R, out: &mut Vec<u8>) -> Result<(), MaskError> {
        match &self.key {
            None => self.draw(value, rng, out),
            Some(key) => self.draw(value, &mut key.stream(number::without_zeros(value)), out),
        }
    }

    fn draw<R: CryptoRng + ?Sized>(&self, value: &[u8], rng: &mut R, out: &mut Vec<u8>) -> Result<(), MaskError> {
        let start = out.len();
        let (low, high) = match &self.bounds {
            Some(_) if value == b"NaN" => return number::noise_numeric(value, 0, self.ratio, rng, out),
            None => return number::noise_numeric(value, number::NUMERIC_WHOLE_DIGITS, self.ratio, rng, out),
            Some((low, high)) => (low.as_bytes(), high.as_bytes()),
        };
        for _ in 0..DRAWS {
            out.truncate(start);
            number::noise_numeric(value, number::NUMERIC_WHOLE_DIGITS, self.ratio, rng, out)?;
            let drawn = out.get(start..).unwrap_or_default();
            if number::compare(low, drawn).is_le() && number::compare(drawn, high).is_le() {
                return Ok(());
            }
        }
        let nearest = if number::compare(out.get(start..).unwrap_or_default(), low).is_lt() { low } else { high };
        out.truncate(start);
        out.extend_from_slice(nearest);
        // With the scale of the value, where the bound has fewer digits behind the point.
        let scale = |text: &[u8]| memchr::memchr(b'.', text).map_or(0, |point| text.len() - point - 1);
        let (has, wanted) = (scale(nearest), scale(value));
        if has < wanted && nearest.last().is_some_and(u8::is_ascii_digit) {
            if has == 0 {
                out.push(b'.');
            }
            out.resize(out.len() + wanted - has, b'0');
        }
        Ok(())
    }
}

/// So often noise is drawn again that leaves its bounds; after that the nearest bound is taken.
const DRAWS: usize = 64;

/// A mask that keeps the type of a number, a date or a time.
#[derive(Debug, Clone, PartialEq)]
pub enum ScalarMask {
    /// Noise of a share of the number.
    Noise(Ratio),
    /// Noise of a span of time.
    DateNoise(Interval),
    /// [`random::int_between`] and [`random::bigint_between`].
    Between(i64, i64),
    /// A permutation of integers.
    Permute(Permutation),
    /// A permutation of UUIDs.
    PermuteUuid(Box<UuidPermutation>),
    /// A whole number down to a step.
    Step(Step),
    /// A number with a fraction down to a step.
    FloatStep(FloatStep),
    /// A date or time back to the beginning of a unit.
    Truncate(Unit),
    /// [`keep::coordinate`] to so many decimals.
    Coordinate(u8),
    /// Noise that depends on the value and the key alone.
    KeyedNoise(Ratio, FamilyKey),
    /// The same for dates and times.
    KeyedDateNoise(Interval, FamilyKey),
    /// Noise of one of the four kinds, within bounds.
    Within(Box<ScalarMask>, Scalar, Scalar),
    /// A whole number, a date or a time, drawn anew.
    Whole(Whole),
    /// A number with a fraction, drawn anew.
    Real(Real),
    /// [`random::timestamp_between`]: a time that is before the second, unless both are the same.
    TimesBetween(i64, i64),
}

/// A mask that draws a number, a date or a time for a text: always the same under one key, and never what the text says.
#[derive(Debug, Clone, PartialEq)]
pub struct PseudoScalar {
    /// What is drawn.
    pub draw: ScalarMask,
    /// The key.
    pub key: FamilyKey,
}

impl PseudoScalar {
    /// What is drawn for a text, of the kind of `of`. None: the mask does not draw values of that kind.
    ///
    /// # Errors
    /// Those of the mask.
    pub fn apply(&self, value: &[u8], of: Scalar) -> Result<Option<Scalar>, MaskError> {
        let mut drawn = Ok(None);
        let mut text = Vec::new();
        redrawn(value, &self.key, &mut text, |stream, text| {
            drawn = self.draw.apply(of, stream);
            if let Ok(Some(drawn)) = drawn {
                drawn.write(text);
            }
        });
        drawn
    }
}

/// A number, a date or a time as PostgreSQL passes it by value.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Scalar {
    /// int2.
    Int2(i16),
    /// int4.
    Int4(i32),
    /// int8.
    Int8(i64),
    /// float4.
    Float4(f32),
    /// float8.
    Float8(f64),
    /// date: days since 2000-01-01.
    Date(i32),
    /// timestamp, timestamptz: microseconds since 2000-01-01.
    Timestamp(i64),
    /// time: microseconds since midnight.
    Time(i64),
    /// timetz: the same, and the seconds that its zone is west of UTC.
    TimeTz(i64, i32),
    /// interval.
    Interval(Interval),
    /// uuid.
    Uuid([u8; 16]),
}

impl Scalar {
    /// The whole number; None for other kinds.
    pub fn integer(self) -> Option<i64> {
        match self {
            Self::Int2(v) => Some(v.into()),
            Self::Int4(v) => Some(v.into()),
            Self::Int8(v) => Some(v),
            _ => None,
        }
    }

    /// Another whole number of the same kind; None when the kind does not hold it, or is another one.
    pub fn with_integer(self, number: i64) -> Option<Self> {
        match self {
            Self::Int2(_) => i16::try_from(number).ok().map(Self::Int2),
            Self::Int4(_) => i32::try_from(number).ok().map(Self::Int4),
            Self::Int8(_) => Some(Self::Int8(number)),
            _ => None,
        }
    }

    /// Whether it is of the kind of another one.
    fn is_like(self, other: Self) -> bool {
        std::mem::discriminant(&self) == std::mem::discriminant(&other)
    }

    /// Whether it is less than another one of its kind. What is no number is never less.
    fn is_below(self, other: Self) -> bool {
        match (self, other) {
            (Self::Int2(a), Self::Int2(b)) => a < b,
            (Self::Int4(a), Self::Int4(b)) | (Self::Date(a), Self::Date(b)) => a < b,
            (Self::Int8(a), Self::Int8(b)) | (Self::Timestamp(a), Self::Timestamp(b)) => a < b,
            (Self::Float4(a), Self::Float4(b)) => a < b,
            (Self::Float8(a), Self::Float8(b)) => a < b,
            _ => false,
        }
    }

    /// What a mask that depends on the value hashes: numbers of one size are the same whatever their type.
    fn bytes(self) -> [u8; 16] {
        let pair = |low: i64, high: u64| (u128::from(high) << 64 | u128::from(low.cast_unsigned())).to_le_bytes();
        let number = |number: i64| pair(number, 0);
        match self {
            Self::Int2(v) => number(v.into()),
            Self::Int4(v) | Self::Date(v) => number(v.into()),
            Self::Int8(v) | Self::Timestamp(v) => number(v),
            Self::Float4(v) => number(f64::from(v).to_bits().cast_signed()),
            Self::Float8(v) => number(v.to_bits().cast_signed()),
            Self::Uuid(v) => v,
            Self::Time(v) => number(v),
            Self::TimeTz(v, zone) => pair(v, zone.cast_unsigned().into()),
            Self::Interval(v) => {
                pair(v.micros, u64::from(v.days.cast_unsigned()) << 32 | u64::from(v.months.cast_unsigned()))
            }
        }
    }

    /// Appends it as PostgreSQL writes it, times without a zone.
    pub(super) fn write(self, out: &mut Vec<u8>) {
        match self {
            Self::Int2(v) => output::int2(v, out),
            Self::Int4(v) => output::int4(v, out),
            Self::Int8(v) => output::int8(v, out),
            Self::Float4(v) => output::float4(v, out),
            Self::Float8(v) => output::float8(v, out),
            Self::Date(v) => output::date(v, out),
            Self::Timestamp(v) => output::timestamp(v, out),
            Self::Uuid(v) => output::uuid(&v, out),
            Self::Time(v) => output::time(v, out),
            Self::TimeTz(v, zone) => output::timetz(v, zone, out),
            Self::Interval(v) => output::interval(v, out),
        }
    }
}

impl ScalarMask {
    /// Noise within bounds.
    ///
    /// # Errors
    /// [`MaskErrorKind::InvalidParameter`] when the least result is above the greatest.
    pub fn within(noise: Self, low: Scalar, high: Scalar) -> Result<Self, MaskError> {
        library::in_order(low.is_like(high) && (low == high || low.is_below(high)))?;
        Ok(Self::Within(Box::new(noise), low, high))
    }

    /// Whether the mask works on the kind of a value.
    pub fn takes(&self, value: Scalar) -> bool {
        match self {
            Self::Noise(_) => matches!(
                value,
                Scalar::Int2(_) | Scalar::Int4(_) | Scalar::Int8(_) | Scalar::Float4(_) | Scalar::Float8(_)
            ),
            Self::DateNoise(_) => matches!(
                value,
                Scalar::Date(_) | Scalar::Timestamp(_) | Scalar::Time(_) | Scalar::TimeTz(..) | Scalar::Interval(_)
            ),
            Self::Between(..) => matches!(value, Scalar::Int4(_) | Scalar::Int8(_)),
            Self::Permute(_) => matches!(value, Scalar::Int2(_) | Scalar::Int4(_) | Scalar::Int8(_)),
            Self::PermuteUuid(_) => matches!(value, Scalar::Uuid(_)),
            Self::Step(_) => matches!(value, Scalar::Int2(_) | Scalar::Int4(_) | Scalar::Int8(_)),
            Self::FloatStep(_) => matches!(value, Scalar::Float4(_) | Scalar::Float8(_)),
            Self::Truncate(_) => matches!(value, Scalar::Date(_) | Scalar::Timestamp(_)),
            Self::Coordinate(_) => matches!(value, Scalar::Float8(_)),
            Self::Within(noise, low, high) => noise.takes(value) && low.is_like(value) && high.is_like(value),
            Self::Whole(_) => matches!(
                value,
                Scalar::Int2(_) | Scalar::Int4(_) | Scalar::Int8(_) | Scalar::Date(_) | Scalar::Timestamp(_)
            ),
            Self::Real(_) => matches!(value, Scalar::Float4(_) | Scalar::Float8(_)),
            Self::TimesBetween(..) => matches!(value, Scalar::Timestamp(_)),
            Self::KeyedNoise(ratio, _) => Self::Noise(*ratio).takes(value),
            Self::KeyedDateNoise(span, _) => Self::DateNoise(*span).takes(value),
        }
    }

    /// Whether the result depends on a value.
    pub fn reads_value(&self) -> bool {
        !matches!(self, Self::Between(..) | Self::Whole(_) | Self::Real(_) | Self::TimesBetween(..))
    }

    /// The masked value, of the same kind; a value of a kind that the mask does not [take](Self::takes) comes back as None.
    ///
    /// # Errors
    /// Those of the mask: [`MaskErrorKind::OutOfRange`](super::MaskErrorKind::OutOfRange) for a number that is not among
    /// those that are permuted.
    pub fn apply<R: CryptoRng + ?Sized>(&self, value: Scalar, rng: &mut R) -> Result<Option<Scalar>, MaskError> {
        Ok(Some(match (self, value) {
            // A permutation of numbers of the type gives one of it, which the bounds say; others are refused.
            (Self::Permute(permutation), Scalar::Int2(v)) => {
                Scalar::Int2(i16::try_from(permutation.apply(v.into())?).map_err(|_| too_wide("smallint"))?)
            }
            (Self::Permute(permutation), Scalar::Int4(v)) => {
                Scalar::Int4(i32::try_from(permutation.apply(v.into())?).map_err(|_| too_wide("integer"))?)
            }
            (Self::Permute(permutation), Scalar::Int8(v)) => Scalar::Int8(permutation.apply(v)?),
            (Self::PermuteUuid(permutation), Scalar::Uuid(v)) => Scalar::Uuid(permutation.apply(v)),
            // Not below the least number of the type, and not above the value.
            (Self::Step(step), Scalar::Int2(v)) => Scalar::Int2(step.down(v.into(), i16::MIN.into()) as i16),
            (Self::Step(step), Scalar::Int4(v)) => Scalar::Int4(step.down(v.into(), i32::MIN.into()) as i32),
            (Self::Step(step), Scalar::Int8(v)) => Scalar::Int8(step.down(v, i64::MIN)),
            (Self::FloatStep(step), Scalar::Float4(v)) => Scalar::Float4(step.down(v.into()) as f32),
            (Self::FloatStep(step), Scalar::Float8(v)) => Scalar::Float8(step.down(v)),
            (Self::Truncate(unit), Scalar::Date(v)) => Scalar::Date(unit.date(v)),
            (Self::Truncate(unit), Scalar::Timestamp(v)) => Scalar::Timestamp(unit.timestamp(v)),
            (Self::Coordinate(decimals), Scalar::Float8(v)) => Scalar::Float8(keep::coordinate(v, *decimals)),
            (Self::Whole(numbers), Scalar::Int2(_)) => {
                Scalar::Int2(i16::try_from(numbers.draw(rng)).map_err(|_| too_wide("smallint"))?)
            }
            (Self::Whole(numbers), Scalar::Int4(_)) => {
                Scalar::Int4(i32::try_from(numbers.draw(rng)).map_err(|_| too_wide("integer"))?)
            }
            (Self::Whole(numbers), Scalar::Int8(_)) => Scalar::Int8(numbers.draw(rng)),
            (Self::Whole(numbers), Scalar::Date(_)) => {
                Scalar::Date(i32::try_from(numbers.draw(rng)).map_err(|_| too_wide("date"))?)
            }
            (Self::Whole(numbers), Scalar::Timestamp(_)) => Scalar::Timestamp(numbers.draw(rng)),
            (Self::Real(numbers), Scalar::Float4(_)) => Scalar::Float4(numbers.draw(rng) as f32),
            (Self::Real(numbers), Scalar::Float8(_)) => Scalar::Float8(numbers.draw(rng)),
            (Self::TimesBetween(start, stop), Scalar::Timestamp(_)) => {
                Scalar::Timestamp(random::timestamp_between(*start, *stop, rng)?)
            }
            (Self::Within(noise, low, high), value) => {
                return match noise.as_ref() {
                    Self::KeyedNoise(ratio, key) => {
                        Self::Noise(*ratio).apply_within(value, *low, *high, &mut key.stream(&value.bytes()))
                    }
                    Self::KeyedDateNoise(span, key) => {
                        Self::DateNoise(*span).apply_within(value, *low, *high, &mut key.stream(&value.bytes()))
                    }
                    noise => noise.apply_within(value, *low, *high, rng),
                };
            }
            (Self::KeyedNoise(ratio, key), value) => {
                return Self::Noise(*ratio).apply(value, &mut key.stream(&value.bytes()));
            }
            (Self::KeyedDateNoise(span, key), value) => {
                return Self::DateNoise(*span).apply(value, &mut key.stream(&value.bytes()));
            }
            (Self::Noise(ratio), Scalar::Int2(v)) => Scalar::Int2(noise_i16(v, *ratio, rng)),
            (Self::Noise(ratio), Scalar::Int4(v)) => Scalar::Int4(noise_i32(v, *ratio, rng)),
            (Self::Noise(ratio), Scalar::Int8(v)) => Scalar::Int8(noise_i64(v, *ratio, rng)),
            (Self::Noise(ratio), Scalar::Float4(v)) => Scalar::Float4(noise_f32(v, *ratio, rng)),
            (Self::Noise(ratio), Scalar::Float8(v)) => Scalar::Float8(noise_f64(v, *ratio, rng)),
            (Self::DateNoise(span), Scalar::Date(v)) => Scalar::Date(noise_date(v, *span, rng)),
            (Self::DateNoise(span), Scalar::Timestamp(v)) => Scalar::Timestamp(noise_timestamp(v, *span, rng)),
            (Self::DateNoise(span), Scalar::Time(v)) => Scalar::Time(noise_time(v, *span, rng)),
            (Self::DateNoise(span), Scalar::TimeTz(v, zone)) => Scalar::TimeTz(noise_time(v, *span, rng), zone),
            (Self::DateNoise(span), Scalar::Interval(v)) => Scalar::Interval(noise_interval(v, *span, rng)),
            (Self::Between(start, stop), Scalar::Int4(_)) => {
                let (Ok(start), Ok(stop)) = (i32::try_from(*start), i32::try_from(*stop)) else { return Ok(None) };
                Scalar::Int4(random::int_between(start, stop, rng))
            }
            (Self::Between(start, stop), Scalar::Int8(_)) => Scalar::Int8(random::bigint_between(*start, *stop, rng)),
            _ => return Ok(None),
        }))
    }

    /// The masked value, drawn again while it leaves its bounds.
    fn apply_within<R: CryptoRng + ?Sized>(
        &self,
        value: Scalar,
        low: Scalar,
        high: Scalar,
        rng: &mut R,
    ) -> Result<Option<Scalar>, MaskError> {
        let mut drawn = self.apply(value, rng)?;
        for _ in 1..DRAWS {
            match drawn {
                Some(drawn) if !(drawn.is_below(low) || high.is_below(drawn)) => break,
                None => break,
                Some(_) => drawn = self.apply(value, rng)?,
            }
        }
        Ok(drawn.map(|drawn| match () {
            () if drawn.is_below(low) => low,
            () if high.is_below(drawn) => high,
            () => drawn,
        }))
    }
}

fn too_wide(type_name: &str) -> MaskError {
    MaskError::new(
        MaskErrorKind::OutOfRange,
        format!("the results are not all of type {type_name}"),
        "Give bounds within the range of the column's type.",
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    fn written(mask: &TextMask, value: &[u8]) -> String {
        let mut out = b"before ".to_vec();
        mask.write(value, &mut rand::rng(), &mut out).expect("good arguments");
        String::from_utf8(out).expect("UTF-8")
    }

    #[test]
    fn a_mask_appends_what_its_function_gives() {
        let partial = TextMask::Partial { prefix: 1, padding: b"***".to_vec(), suffix: 2 };
        assert_eq!(written(&partial, "зимой".as_bytes()), "before з***ой");
        assert_eq!(written(&TextMask::PartialEmail, b"example@gmail.com"), "before ex******@gm******.com");
        let digest = TextMask::Digest { salt: b"b".to_vec(), algorithm: Algorithm::Md5 };
        assert_eq!(written(&digest, b"a"), "before 187ef4436122d1cc2f40dc2b92f0eba0");
    }

    #[test]
    fn a_mask_without_a_value_ignores_it() {
        for mask in [TextMask::RandomString(8), TextMask::RandomZip, TextMask::RandomPhone(b"+7".to_vec())] {
            assert!(!mask.reads_value());
            assert!(!written(&mask, b"secret").contains("secret"));
        }
    }

    #[test]
    fn a_bad_argument_is_an_error_and_leaves_the_buffer() {
        let mut out = b"x".to_vec();
        assert!(TextMask::RandomString(-1).write(b"", &mut rand::rng(), &mut out).is_err());
        assert_eq!(out, b"x");
    }

    #[test]
    fn a_scalar_mask_takes_its_own_kinds_alone() {
        let noise = ScalarMask::Noise(Ratio::new(0.5).expect("a good ratio"));
        let date = ScalarMask::DateNoise(Interval { months: 12, days: 0, micros: 0 });
        for value in [Scalar::Int2(7), Scalar::Int4(7), Scalar::Int8(7), Scalar::Float4(7.0), Scalar::Float8(7.0)] {
            assert!(noise.takes(value) && !date.takes(value));
            assert!(noise.apply(value, &mut rand::rng()).unwrap().is_some_and(|v| noise.takes(v)));
            assert_eq!(date.apply(value, &mut rand::rng()), Ok(None));
        }
        let span = Interval { months: 0, days: 1, micros: 7 };
        let times = [Scalar::Time(7), Scalar::TimeTz(7, -3_600), Scalar::Interval(span)];
        for value in [Scalar::Date(7), Scalar::Timestamp(7)].into_iter().chain(times) {
            assert!(date.takes(value) && !noise.takes(value));
            assert!(date.apply(value, &mut rand::rng()).unwrap().is_some_and(|v| date.takes(v)));
            assert_eq!(noise.apply(value, &mut rand::rng()), Ok(None));
        }
    }

    #[test]
    fn between_stays_inside_its_bounds() {
        for _ in 0..100 {
            let result = ScalarMask::Between(3, 5).apply(Scalar::Int4(99), &mut rand::rng());
            assert!(matches!(result, Ok(Some(Scalar::Int4(3 | 4)))));
        }
        assert_eq!(ScalarMask::Between(0, i64::MAX).apply(Scalar::Int4(1), &mut rand::rng()), Ok(None));
    }
}
