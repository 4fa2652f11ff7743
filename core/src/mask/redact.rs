//! Free text without the personal data and secrets that the detectors find in it.

use super::fpe::Cipher;
use super::interrupt::Watch;
use super::key::{Domain, FamilyKey, Key};
use super::realistic::Realistic;
use super::{MaskError, chars, library};
use crate::detect::Detector;
use crate::detect::find;

/// What stands in the place of what is found.
#[derive(Debug, Clone, PartialEq)]
pub enum Redaction {
    /// Its kind in brackets: `[email]`.
    Placeholder,
    /// Its pseudonym where its kind has one, and else its kind.
    Pseudonym(Box<Pseudonyms>),
}

/// The masks of what has pseudonyms: those that a column of the kind is masked by.
#[derive(Debug, Clone, PartialEq)]
pub struct Pseudonyms {
    email: (Realistic, FamilyKey),
    ip: (Realistic, FamilyKey),
    ip6: (Realistic, FamilyKey),
    digits: Cipher,
}

impl Pseudonyms {
    /// The masks under a key: [`Realistic::Email`] in example.com, [`Realistic::Ip4`] and [`Realistic::Ip6`], and encryption of digits.
    ///
    /// # Errors
    /// [`NoKey`](super::MaskErrorKind::NoKey) when there is none.
    pub fn new(key: Option<&Key>) -> Result<Self, MaskError> {
        Ok(Self {
            email: (Realistic::Email("example.com".to_owned()), library::family(key, Domain::Email)?),
            ip: (Realistic::Ip4, library::family(key, Domain::Ip)?),
            ip6: (Realistic::Ip6, library::family(key, Domain::Ip)?),
            digits: Cipher::new("0123456789", &library::family(key, Domain::Fpe)?)?,
        })
    }

    /// Appends the pseudonym of what a detector has found; false when it has none.
    fn write(&self, detector: Detector, value: &[u8], out: &mut Vec<u8>) -> Result<bool, MaskError> {
        match detector {
            Detector::Email => self.email.0.write_pseudonym(value, &self.email.1, out),
            Detector::IpAddress if value.contains(&b':') => self.ip6.0.write_pseudonym(value, &self.ip6.1, out),
            Detector::IpAddress => self.ip.0.write_pseudonym(value, &self.ip.1, out),
            Detector::Phone
            | Detector::PaymentCard
            | Detector::UsSsn
            | Detector::Passport
            | Detector::RuInn
            | Detector::RuSnils
            | Detector::FrNir
            | Detector::BrCpf
            | Detector::BrCnpj
                if !has_other_digits(value) =>
            {
                self.digits.write(value, out)?;
            }
            _ => return Ok(false),
        }
        Ok(true)
    }
}

/// Whether a number has digits that the cipher would leave as they are.
fn has_other_digits(value: &[u8]) -> bool {
    !value.is_ascii() && String::from_utf8_lossy(value).chars().any(|c| c.is_numeric() && !c.is_ascii())
}

impl Redaction {
    /// Appends the text with everything that is found replaced. Bytes that are not UTF-8 become question marks.
    ///
    /// # Errors
    /// [`Interrupted`](super::MaskErrorKind::Interrupted) when it is to stop.
    pub fn write(&self, value: &[u8], out: &mut Vec<u8>) -> Result<(), MaskError> {
        let text = match std::str::from_utf8(value) {
            Ok(text) => text,
            Err(_) => {
                let mut readable = Vec::with_capacity(value.len());
                let mut rest = value;
                while !rest.is_empty() {
                    let (character, after) = rest.split_at(chars::first_len(rest));
                    let is_text = std::str::from_utf8(character).is_ok();
                    readable.extend_from_slice(if is_text { character } else { b"?" });
                    rest = after;
                }
                return self.write(&readable, out);
            }
        };
        let mut done = 0;
        let mut watch = Watch::new();
        let mut result = Ok(());
        find(text, |found| {
            let (Some(before), Some(place)) = (text.get(done..found.start), text.get(found.start..found.end)) else {
                return;
            };
            if result.is_err() {
                return;
            }
            result = watch.pass(found.end - done);
            keep(before, out);
            done = found.end;
            let replaced = match self {
                Self::Placeholder => false,
                Self::Pseudonym(masks) => masks.write(found.detector, place.as_bytes(), out).unwrap_or_else(|e| {
                    result = Err(e);
                    false
                }),
            };
            if !replaced {
                out.push(b'[');
                out.extend_from_slice(found.detector.name().as_bytes());
                out.push(b']');
            }
        });
        keep(text.get(done..).unwrap_or_default(), out);
        result
    }
}

/// Appends a text in which nothing was found. A word with an at sign between a letter or digit and what may end a local part is taken for
/// an address all the same, as one that a sentence without a space ends, which is none to the detector.
fn keep(text: &str, out: &mut Vec<u8>) {
    if memchr::memchr(b'@', text.as_bytes()).is_none() {
        return out.extend_from_slice(text.as_bytes());
    }
    for piece in text.split_inclusive(char::is_whitespace) {
        let word = piece.trim_end();
        let is_address = word.match_indices('@').any(|(at, _)| {
            let (before, behind) = (word.get(..at).unwrap_or_default(), word.get(at + 1..).unwrap_or_default());
            let ends = |c: char| c.is_alphanumeric() || matches!(c, '_' | '-' | '+' | '"');
            before.ends_with(ends) && behind.starts_with(char::is_alphanumeric)
        });
        if is_address {
            out.extend_from_slice(b"[email]");
            out.extend_from_slice(piece.get(word.len()..).unwrap_or_default().as_bytes());
        } else {
            out.extend_from_slice(piece.as_bytes());
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn written(redaction: &Redaction, value: &str) -> String {
        let mut out = Vec::new();
        redaction.write(value.as_bytes(), &mut out).unwrap();
        String::from_utf8(out).unwrap()
    }

    fn keyed() -> Redaction {
        let key = Key::new(b"one-key-of-thirty-two-characters-").unwrap();
        Redaction::Pseudonym(Box::new(Pseudonyms::new(Some(&key)).unwrap()))
    }

    #[test]
    fn what_is_found_is_replaced_and_the_rest_stays() {
        for (text, redacted) in [
            ("Write to ann@shop.example, thanks.", "Write to [email], thanks."),
            ("Card 4111 1111 1111 1111 declined", "Card [payment_card] declined"),
            ("iban DE89370400440532013000!", "iban [iban]!"),
            ("é ann@shop.example é bob@shop.example", "é [email] é [email]"),
            ("ask ann@shop.example.É or @ann", "ask [email] or @ann"),
            ("@a.0@shop.example\u{1093f} \"ann\"@shop.example№ ann_@shop.example№", "[email] [email] [email]"),
            ("Nothing here, order 12.", "Nothing here, order 12."),
            ("", ""),
        ] {
            assert_eq!(written(&Redaction::Placeholder, text), redacted);
        }
    }

    #[test]
    fn a_pseudonym_in_a_text_is_that_of_the_column() {
        let key = Key::new(b"one-key-of-thirty-two-characters-").unwrap();
        let column = library::text_mask("pseudo_email", &[], Some(&key)).unwrap().unwrap();
        let mut email = Vec::new();
        column.write(b"ann@shop.example", &mut rand::rng(), &mut email).unwrap();
        let email = String::from_utf8(email).unwrap();
        assert_eq!(written(&keyed(), "Write to ann@shop.example."), format!("Write to {email}."));
        assert!(Pseudonyms::new(None).is_err());
    }

    #[test]
    fn an_address_with_a_port_or_of_version_6_has_the_pseudonym_of_the_column() {
        let key = Key::new(b"one-key-of-thirty-two-characters-").unwrap();
        let pseudonym = |address: &str, version| {
            let argument = [crate::mask::registry::Argument::Integer(version)];
            let mask = library::text_mask("pseudo_ip", &argument, Some(&key)).unwrap().unwrap();
            let mut out = Vec::new();
            mask.write(address.as_bytes(), &mut rand::rng(), &mut out).unwrap();
            String::from_utf8(out).unwrap()
        };
        let (four, six) = (pseudonym("10.0.0.1", 4), pseudonym("2001:db8::1", 6));
        assert_eq!(written(&keyed(), "10.0.0.1:80 [2001:db8::1]:443"), format!("{four}:80 [{six}]:443"));
    }

    #[test]
    fn digits_of_another_script_were_left_by_the_cipher() {
        assert_eq!(written(&keyed(), "tel ０３－１２３４－５６７８"), "tel [phone]");
    }

    proptest! {
        #[test]
        fn no_address_is_left_and_any_bytes_are_taken(
            before in "[a-z ,é]{0,20}", name in "[a-z]{3,10}", behind in "[ ,.!é]{1,5}", bytes in prop::collection::vec(any::<u8>(), 0..40)
        ) {
            let address = format!("{name}@shop-of-{name}.com");
            for redaction in [Redaction::Placeholder, keyed()] {
                let redacted = written(&redaction, &format!("{before} {address}{behind}"));
                prop_assert!(!redacted.contains(&address));
                redaction.write(&bytes, &mut Vec::new()).unwrap();
            }
        }
    }
}
