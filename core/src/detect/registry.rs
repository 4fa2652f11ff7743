//! The detectors, one row each: what it finds, what it looks at, and how much of a column must match.

use std::fmt;

/// What a detector looks at.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// Values alone; a column's name adds to its confidence.
    Value,
    /// The column's name alone: values of this kind look like any others.
    Name,
    /// Either.
    Both,
}

impl Kind {
    /// `value`, `name` or `value, name`.
    pub fn as_str(self) -> &'static str {
        match self {
            Kind::Value => "value",
            Kind::Name => "name",
            Kind::Both => "value, name",
        }
    }
}

/// How surely a value that a detector takes for one of its kind is one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Certainty {
    /// Other data never looks like it: one value in a column is enough.
    Sure,
    /// Other data may look like it now and then: a share of a column's values must match.
    Likely,
    /// Only the name of the column tells it from other data.
    Weak,
}

/// What is known of a detector.
#[derive(Debug, Clone, Copy)]
pub struct Description {
    /// Its name in dictionaries and results.
    pub name: &'static str,
    /// What it finds, for people.
    pub title: &'static str,
    /// What it looks at.
    pub kind: Kind,
    /// How sure a value alone is.
    pub certainty: Certainty,
    /// The share of a column's values that must match when its name says nothing. None: values alone are never enough.
    pub share: Option<f64>,
    /// The share when the name hints at it.
    pub named_share: f64,
}

macro_rules! detectors {
    ($($variant:ident $name:literal $title:literal $kind:ident $certainty:ident $share:expr, $named:expr;)*) => {
        /// A kind of sensitive data.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
        #[repr(u8)]
        pub enum Detector {
            $(#[doc = $title] $variant,)*
        }

        impl Detector {
            /// All of them, in the order of the documentation.
            pub const ALL: &'static [Detector] = &[$(Detector::$variant,)*];
        }

        const DESCRIPTIONS: &[Description] = &[$(Description {
            name: $name,
            title: $title,
            kind: Kind::$kind,
            certainty: Certainty::$certainty,
            share: $share,
            named_share: $named,
        },)*];
    };
}

// Shares: what is `Sure` needs one value. A checksum of one digit lets every tenth number through, one of two digits every
// hundredth, so that their shares lie far above chance and below one, because real columns hold mistakes.
detectors! {
    Email "email" "E-mail address" Both Sure Some(0.0), 0.0;
    Phone "phone" "Phone number" Both Likely Some(0.3), 0.1;
    FirstName "first_name" "First name, given name, patronymic" Both Likely Some(0.5), 0.1;
    LastName "last_name" "Last name, family name" Both Likely Some(0.5), 0.1;
    FullName "full_name" "Full name of a person" Both Likely Some(0.4), 0.1;
    UserName "user_name" "User name, login, nickname" Name Weak None, 0.0;
    StreetAddress "street_address" "Street address, house, flat" Both Likely Some(0.3), 0.05;
    City "city" "City of an address" Name Weak None, 0.0;
    Postcode "postcode" "Postal code" Name Weak None, 0.3;
    PaymentCard "payment_card" "Payment card number" Both Likely Some(0.6), 0.2;
    CardSecurityCode "card_security_code" "Security code or expiry date of a payment card" Name Weak None, 0.0;
    Iban "iban" "International bank account number" Both Sure Some(0.0), 0.0;
    BankAccount "bank_account" "Bank account number" Name Weak None, 0.0;
    IpAddress "ip_address" "IP address" Both Likely Some(0.5), 0.1;
    MacAddress "mac_address" "Hardware address" Both Likely Some(0.5), 0.1;
    UsSsn "us_ssn" "Social security number of the United States" Both Likely Some(0.5), 0.3;
    RuInn "ru_inn" "Taxpayer number of Russia (INN)" Both Likely Some(0.7), 0.3;
    RuSnils "ru_snils" "Insurance number of Russia (SNILS)" Both Likely Some(0.6), 0.2;
    FrNir "fr_nir" "Social security number of France (NIR)" Both Likely Some(0.4), 0.1;
    EsDni "es_dni" "Identity number of Spain (DNI, NIE)" Both Likely Some(0.5), 0.1;
    ItCodiceFiscale "it_codice_fiscale" "Tax code of Italy (codice fiscale)" Both Sure Some(0.0), 0.0;
    BrCpf "br_cpf" "Taxpayer number of a person in Brazil (CPF)" Both Likely Some(0.6), 0.2;
    BrCnpj "br_cnpj" "Taxpayer number of a company in Brazil (CNPJ)" Both Likely Some(0.6), 0.2;
    NationalId "national_id" "National identity, tax, insurance or driving licence number" Name Weak None, 0.0;
    Passport "passport" "Passport number" Name Weak None, 0.0;
    BirthDate "birth_date" "Date of birth" Name Weak None, 0.3;
    Coordinates "coordinates" "Geographic position" Both Likely Some(0.7), 0.3;
    Password "password" "Password in clear" Name Weak None, 0.0;
    PasswordHash "password_hash" "Password hash (bcrypt, argon2, scrypt, crypt, PBKDF2, SCRAM)" Both Sure Some(0.0), 0.0;
    HexDigest "hex_digest" "Hash in hexadecimal digits (MD5, SHA)" Both Weak None, 0.3;
    Jwt "jwt" "JSON web token" Both Sure Some(0.0), 0.0;
    ApiKey "api_key" "Access key of a cloud or web service" Both Sure Some(0.0), 0.0;
    PrivateKey "private_key" "Private key" Both Sure Some(0.0), 0.0;
    Token "token" "Token, secret or session of high entropy" Both Weak Some(0.8), 0.2;
    UrlCredentials "url_credentials" "URL with a password" Both Sure Some(0.0), 0.0;
    UserAgent "user_agent" "User agent of a browser" Both Likely Some(0.3), 0.1;
    FreeText "free_text" "Text that contains any of these" Value Sure Some(0.0), 0.0;
}

impl Detector {
    /// How many there are.
    pub const COUNT: usize = Detector::ALL.len();

    /// What is known of it.
    pub fn description(self) -> &'static Description {
        &DESCRIPTIONS[self as usize]
    }

    /// Its name in dictionaries and results.
    pub fn name(self) -> &'static str {
        self.description().name
    }

    /// The detector of a name.
    pub fn by_name(name: &str) -> Option<Detector> {
        Detector::ALL.iter().copied().find(|detector| detector.name() == name)
    }
}

impl fmt::Display for Detector {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// A set of detectors.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Set(u64);

impl Set {
    /// None.
    pub const EMPTY: Set = Set(0);

    /// All of them.
    pub const fn all() -> Set {
        Set((1 << Detector::COUNT) - 1)
    }

    /// These.
    pub const fn of(detectors: &[Detector]) -> Set {
        let (mut bits, mut i) = (0, 0);
        while i < detectors.len() {
            bits |= 1 << detectors[i] as u64;
            i += 1;
        }
        Set(bits)
    }

    /// Adds one.
    #[inline]
    pub fn insert(&mut self, detector: Detector) {
        self.0 |= 1 << detector as u64;
    }

    /// Takes one out.
    pub fn remove(&mut self, detector: Detector) {
        self.0 &= !(1 << detector as u64);
    }

    /// Whether it is in.
    #[inline]
    pub const fn contains(self, detector: Detector) -> bool {
        self.0 & (1 << detector as u64) != 0
    }

    /// Whether there is none.
    #[inline]
    pub const fn is_empty(self) -> bool {
        self.0 == 0
    }

    /// What is in both.
    #[inline]
    pub const fn and(self, other: Set) -> Set {
        Set(self.0 & other.0)
    }

    /// What is in either.
    #[inline]
    pub const fn or(self, other: Set) -> Set {
        Set(self.0 | other.0)
    }

    /// Those in it, in order.
    pub fn iter(self) -> impl Iterator<Item = Detector> {
        let mut bits = self.0;
        std::iter::from_fn(move || {
            let lowest = bits.trailing_zeros() as usize;
            let detector = *Detector::ALL.get(lowest)?;
            bits &= bits - 1;
            Some(detector)
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_detector_is_found_by_its_name() {
        for &detector in Detector::ALL {
            assert_eq!(Detector::by_name(detector.name()), Some(detector));
        }
        assert_eq!(Detector::by_name("e-mail"), None);
        const { assert!(Detector::COUNT < 64, "a set has 64 bits") };
    }

    #[test]
    fn a_set_gives_back_what_was_put_in() {
        let some = [Detector::Email, Detector::Iban, Detector::FreeText];
        let set = Set::of(&some);
        assert_eq!(set.iter().collect::<Vec<_>>(), some);
        assert_eq!(Set::all().iter().count(), Detector::COUNT);
        assert_eq!(Set::EMPTY.iter().count(), 0);
    }
}
