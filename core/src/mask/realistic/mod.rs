//! Values that look like real ones of their kind: names, addresses, numbers with valid check digits.
//!
//! A value is made of random numbers alone. Drawn from the system's generator it is another one at each call; drawn from the
//! [stream](crate::mask::key::Stream) of an original value it is that value's pseudonym.

mod bban;
pub mod country;
pub mod ids;
pub mod locale;
mod make;
pub mod pattern;
pub(super) mod rows;
mod russian;
mod size;

use rand::CryptoRng;

use self::country::Country;
use self::ids::{IdKind, Network};
use self::locale::{Gender, Locale};
use self::size::Size;
use super::key::{Domain, FamilyKey};
use super::registry::{Argument, Length};
use super::{MaskError, MaskErrorKind};

/// A kind of realistic value, with what it depends on.
#[derive(Debug, Clone, PartialEq)]
pub enum Realistic {
    /// A first name.
    FirstName(Locale, Gender),
    /// A last name.
    LastName(Locale, Gender),
    /// A first and a last name, in the order of the language.
    FullName(Locale, Gender),
    /// An e-mail address in a domain.
    Email(String),
    /// A name to log in with.
    UserName,
    /// A password of so many characters.
    Password(usize),
    /// The name of a company.
    Company(Locale),
    /// The title of a job.
    Job(Locale),
    /// A street with the number of a house.
    Street(Locale),
    /// A city.
    City(Locale),
    /// A postal code.
    Postcode(&'static Country),
    /// The name of a country.
    Country(Locale),
    /// A telephone number in the form of E.164.
    Phone(&'static Country),
    /// The number of a bank account: the country, and the pattern of its accounts.
    Iban(&'static str, &'static str),
    /// The number of a payment card.
    Card(Network),
    /// A national id.
    NationalId(IdKind),
    /// A UUID of version 4.
    Uuid,
    /// An IPv4 address of the private network 10.0.0.0/8.
    Ip4,
    /// An IPv6 address of the network for documentation, 2001:db8::/32.
    Ip6,
    /// A hardware address that is locally administered.
    Mac,
    /// A URL below `https://www.example.com/`.
    Url,
    /// What a browser says of itself.
    UserAgent,
    /// A colour, `#rrggbb`.
    Colour,
    /// A sentence of so many words.
    Sentence(Locale, usize),
    /// So many sentences.
    Paragraph(Locale, usize),
}

/// The most characters of a password, words of a sentence and sentences of a paragraph.
const MOST: i64 = 1_000;

/// An internet address without the bits of a network of one address, which a cast from inet to text writes: so the same address has
/// one pseudonym.
fn bare_address(text: &[u8]) -> &[u8] {
    let bare = text.strip_suffix(b"/32").filter(|address| !address.contains(&b':'));
    bare.or_else(|| text.strip_suffix(b"/128").filter(|address| address.contains(&b':'))).unwrap_or(text)
}

impl Realistic {
    /// The names of all kinds, as the SQL functions have them behind `random_` and `pseudo_`.
    pub const NAMES: [&'static str; 24] = [
        "first_name",
        "last_name",
        "full_name",
        "email",
        "user_name",
        "password",
        "company",
        "job",
        "street",
        "city",
        "postcode",
        "country",
        "phone_number",
        "iban",
        "card",
        "national_id",
        "uuid",
        "ip",
        "mac",
        "url",
        "user_agent",
        "colour",
        "sentence",
        "paragraph",
    ];

    /// The kind with a name and the constant arguments of its SQL function. Arguments at the end may be left out where they
    /// have a default. None: there is no such kind, or an argument is none that is known.
    ///
    /// # Errors
    /// [`MaskErrorKind::InvalidParameter`] for an argument that makes no sense.
    pub fn new(name: &str, arguments: &[Argument]) -> Option<Result<Self, MaskError>> {
        let text = |at: usize, default: &'static str| match arguments.get(at) {
            None => Some(default),
            Some(Argument::Text(text)) => Some(text.as_str()),
            Some(_) => None,
        };
        let number = |at: usize, default: i64| match arguments.get(at) {
            None => Some(default),
            Some(Argument::Integer(number)) => Some(*number),
            Some(_) => None,
        };
        let named = |make: fn(Locale, Gender) -> Self| {
            let (name, gender) = (text(0, "en")?, text(1, "")?);
            Some(locale::locale(name).and_then(|locale| Ok(make(locale, Gender::new(gender, locale)?))))
        };
        let worded = |make: fn(Locale) -> Self| Some(locale::locale(text(0, "en")?).map(make));
        let counted = |count: i64, what: &str, make: &dyn Fn(usize) -> Self| match usize::try_from(count) {
            Ok(number) if (1..=MOST).contains(&count) => Ok(make(number)),
            _ => Err(MaskError::new(
                MaskErrorKind::InvalidParameter,
                format!("the number of {what} must be from 1 to {MOST}"),
                format!("Give how many {what} there shall be."),
            )),
        };
        match name {
            "first_name" => named(Self::FirstName),
            "last_name" => named(Self::LastName),
            "full_name" => named(Self::FullName),
            "email" => Some(domain(text(0, "example.com")?).map(Self::Email)),
            "user_name" => Some(Ok(Self::UserName)),
            "password" => Some(counted(number(0, 16)?, "characters", &Self::Password)),
            "company" => worded(Self::Company),
            "job" => worded(Self::Job),
            "street" => worded(Self::Street),
            "city" => worded(Self::City),
            "postcode" => Some(country::country(text(0, "US")?).map(Self::Postcode)),
            "country" => worded(Self::Country),
            "phone_number" => Some(country::country(text(0, "US")?).map(Self::Phone)),
            "iban" => Some(country::country_with_iban(text(0, "DE")?).map(|(code, iban)| Self::Iban(code, iban))),
            "card" => Some(Network::new(text(0, "visa")?).map(Self::Card)),
            "national_id" => Some(IdKind::new(text(0, "ssn")?).map(Self::NationalId)),
            "uuid" => Some(Ok(Self::Uuid)),
            "ip" => Some(match number(0, 4)? {
                4 => Ok(Self::Ip4),
                6 => Ok(Self::Ip6),
                _ => Err(MaskError::new(
                    MaskErrorKind::InvalidParameter,
                    "there is no such version of the internet protocol",
                    "Give 4 or 6.",
                )),
            }),
            "mac" => Some(Ok(Self::Mac)),
            "url" => Some(Ok(Self::Url)),
            "user_agent" => Some(Ok(Self::UserAgent)),
            "colour" => Some(Ok(Self::Colour)),
            "sentence" | "paragraph" => {
                let (count, locale) = (number(0, if name == "sentence" { 8 } else { 4 })?, text(1, "en")?);
                Some(locale::locale(locale).and_then(|locale| match name {
                    "sentence" => counted(count, "words", &|n| Self::Sentence(locale, n)),
                    _ => counted(count, "sentences", &|n| Self::Paragraph(locale, n)),
                }))
            }
            _ => None,
        }
    }

    /// The family of the key under which its pseudonyms are made. It is the same for all languages and countries.
    pub fn domain(&self) -> Domain {
        match self {
            Self::FirstName(..) => Domain::FirstName,
            Self::LastName(..) => Domain::LastName,
            Self::FullName(..) => Domain::FullName,
            Self::Email(_) => Domain::Email,
            Self::UserName => Domain::UserName,
            Self::Password(_) => Domain::Password,
            Self::Company(_) => Domain::Company,
            Self::Job(_) => Domain::Job,
            Self::Street(_) => Domain::Street,
            Self::City(_) => Domain::City,
            Self::Postcode(_) => Domain::Postcode,
            Self::Country(_) => Domain::Country,
            Self::Phone(_) => Domain::Phone,
            Self::Iban(..) => Domain::Iban,
            Self::Card(_) => Domain::Card,
            Self::NationalId(_) => Domain::NationalId,
            Self::Uuid => Domain::Uuid,
            Self::Ip4 | Self::Ip6 => Domain::Ip,
            Self::Mac => Domain::Mac,
            Self::Url => Domain::Url,
            Self::UserAgent => Domain::UserAgent,
            Self::Colour => Domain::Colour,
            Self::Sentence(..) | Self::Paragraph(..) => Domain::Text,
        }
    }

    /// Appends a value. It never holds a backslash or a control character.
    pub fn write<R: CryptoRng + ?Sized>(&self, rng: &mut R, out: &mut Vec<u8>) {
        match self {
            Self::FirstName(locale, gender) => make::first_name(locale, *gender, rng, out),
            Self::LastName(locale, gender) => make::last_name(locale, *gender, rng, out),
            Self::FullName(locale, gender) => make::full_name(locale, *gender, rng, out),
            Self::Email(domain) => make::email(domain, rng, out),
            Self::UserName => make::user_name(rng, out),
            Self::Password(length) => make::password(*length, rng, out),
            Self::Company(locale) => make::company(locale, rng, out),
            Self::Job(locale) => make::job(locale, rng, out),
            Self::Street(locale) => make::street(locale, rng, out),
            Self::City(locale) => make::city(locale, rng, out),
            Self::Postcode(country) => country.postcodes.write(rng, out),
            Self::Country(locale) => make::word(locale.countries, rng, out),
            Self::Phone(country) => country.phones.write(rng, out),
            Self::Iban(country, account) => ids::write_iban(country, account, rng, out),
            Self::Card(network) => network.write(rng, out),
            Self::NationalId(kind) => kind.write(rng, out),
            Self::Uuid => make::uuid(rng, out),
            Self::Ip4 => make::ip4(rng, out),
            Self::Ip6 => make::ip6(rng, out),
            Self::Mac => make::mac(rng, out),
            Self::Url => make::url(rng, out),
            Self::UserAgent => make::word(make::USER_AGENTS, rng, out),
            Self::Colour => make::colour(rng, out),
            Self::Sentence(locale, words) => make::sentence(locale, *words, rng, out),
            Self::Paragraph(locale, sentences) => make::paragraph(locale, *sentences, rng, out),
        }
    }

    /// Appends the pseudonym of a value: always the same under one key, and never the value itself.
    pub fn write_pseudonym(&self, value: &[u8], key: &FamilyKey, out: &mut Vec<u8>) {
        let start = out.len();
        let value = match self {
            Self::Ip4 | Self::Ip6 => bare_address(value),
            _ => value,
        };
        let mut stream = key.stream(value);
        // A list of one word would never give another one; so many draws give the same word of two once in 2^32 values.
        for _ in 0..32 {
            self.write(&mut stream, out);
            if out.get(start..) != Some(value) {
                return;
            }
            out.truncate(start);
        }
        self.write(&mut stream, out);
    }

    /// How many characters a value has.
    pub fn length(&self) -> Length {
        self.size().length()
    }

    /// Of how many equally likely values two would be equal as often as two of these: as many as are drawn where all of them come
    /// equally often, and fewer where some come more often than others.
    pub fn count(&self) -> f64 {
        self.size().count()
    }

    fn size(&self) -> Size {
        let of_length = |length: u64, texts: f64| Size::uniform(length, length, texts);
        match self {
            Self::FirstName(locale, gender) => size::first_name(locale, *gender),
            Self::LastName(locale, gender) => size::last_name(locale, *gender),
            Self::FullName(locale, gender) => size::full_name(locale, *gender),
            Self::Email(domain) => size::email(domain),
            Self::UserName => size::user_name(),
            Self::Password(length) => size::password(*length),
            Self::Company(locale) => size::company(locale),
            Self::Job(locale) => size::job(locale),
            Self::Street(locale) => size::street(locale),
            Self::City(locale) => size::city(locale),
            Self::Postcode(country) => size::of_patterns(&country.postcodes),
            Self::Country(locale) => size::word(locale.countries),
            Self::Phone(country) => size::of_patterns(&country.phones),
            Self::Iban(country, account) => {
                of_length(account.len() as u64 + 4, pattern::count(account) * bban::share(country))
            }
            Self::Card(network) => of_length(network.length(), network.count()),
            Self::NationalId(kind) => of_length(kind.length(), kind.count()),
            Self::Uuid => of_length(36, 2_f64.powi(122)),
            Self::Ip4 => Size::uniform(8, 15, 2_f64.powi(24)),
            Self::Ip6 => Size::uniform(11, 39, 2_f64.powi(96)),
            Self::Mac => of_length(17, 2_f64.powi(46)),
            Self::Url => size::url(),
            Self::UserAgent => size::word(make::USER_AGENTS),
            Self::Colour => of_length(7, 2_f64.powi(24)),
            Self::Sentence(locale, words) => size::sentence(locale, *words),
            Self::Paragraph(locale, sentences) => size::paragraph(locale, *sentences),
        }
    }
}

/// A domain that can stand in an e-mail address.
fn domain(name: &str) -> Result<String, MaskError> {
    let label = |label: &str| {
        (1..=63).contains(&label.len())
            && label.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-')
            && !label.starts_with('-')
            && !label.ends_with('-')
    };
    if name.len() <= 253 && name.split('.').all(label) {
        Ok(name.to_owned())
    } else {
        Err(MaskError::new(
            MaskErrorKind::InvalidParameter,
            "the domain of e-mail addresses is none",
            "Give a domain name such as example.com, which is reserved and takes no mail.",
        ))
    }
}
