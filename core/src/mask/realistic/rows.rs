//! What the functions `random_*` and `pseudo_*` promise: one row each.

use super::Realistic;
use crate::mask::registry::{Argument, DEFAULT, Function, Length, Source, Spread};

/// The kind that a call makes; `constants` are the arguments behind the value.
fn kind(name: &str, constants: &[Argument]) -> Option<Realistic> {
    Realistic::new(name, constants)?.ok()
}

fn spread(name: &str, constants: &[Argument]) -> Spread {
    kind(name, constants).map_or(Spread::Narrow, |kind| Spread::Among(kind.count()))
}

fn length(name: &str, constants: &[Argument]) -> Option<Length> {
    kind(name, constants).map(|kind| kind.length())
}

macro_rules! rows {
    ($($name:literal $random:literal($($argument:literal),*), $pseudo:literal, $summary:literal;)*) => {
        /// The functions of the two families.
        pub(crate) static FUNCTIONS: &[Function] = &[
            $(Function {
                name: $random,
                arguments: &[$($argument),*],
                source: Source::Chance,
                spread: |a| spread($name, a),
                length: |a| length($name, a),
                summary: concat!($summary, ", drawn anew for every call."),
                ..DEFAULT
            },
            Function {
                name: $pseudo,
                keyed: true,
                arguments: &["text", $($argument),*],
                spread: |a| spread($name, a.get(1..).unwrap_or_default()),
                length: |a| length($name, a.get(1..).unwrap_or_default()),
                summary: concat!($summary, ": the same for the same value under the same key (pg_anon.key)."),
                ..DEFAULT
            },)*
        ];
    };
}

rows! {
    "first_name" "random_first_name"("text", "text"), "pseudo_first_name", "A first name";
    "last_name" "random_last_name"("text", "text"), "pseudo_last_name", "A last name";
    "full_name" "random_full_name"("text", "text"), "pseudo_full_name", "A first and a last name";
    "email" "random_email"("text"), "pseudo_email", "An e-mail address in the domain, by default one that takes no mail";
    "user_name" "random_user_name"(), "pseudo_user_name", "A name to log in with";
    "password" "random_password"("integer"), "pseudo_password", "A password";
    "company" "random_company"("text"), "pseudo_company", "The name of a company";
    "job" "random_job"("text"), "pseudo_job", "The title of a job";
    "street" "random_street"("text"), "pseudo_street", "A street with the number of a house";
    "city" "random_city"("text"), "pseudo_city", "A city";
    "postcode" "random_postcode"("text"), "pseudo_postcode", "A postal code of the country";
    "country" "random_country"("text"), "pseudo_country", "The name of a country in the language";
    "phone_number" "random_phone_number"("text"), "pseudo_phone_number", "A telephone number of the country, in the form of E.164";
    "iban" "random_iban"("text"), "pseudo_iban", "The IBAN of an account of a bank that does not exist, with valid check digits";
    "card" "random_card"("text"), "pseudo_card", "The number of a test card, with a valid check digit";
    "national_id" "random_national_id"("text"), "pseudo_national_id", "A national id with valid check digits: ssn, inn, inn10, snils, nir, dni, nie, codice_fiscale, cpf, cnpj, bsn, pesel or steuer_id";
    "uuid" "random_uuid"(), "pseudo_uuid", "A UUID of version 4, as text";
    "ip" "random_ip"("integer"), "pseudo_ip", "An internet address, as text: of 10.0.0.0/8 for version 4, of 2001:db8::/32 for 6";
    "mac" "random_mac"(), "pseudo_mac", "A hardware address that is locally administered, as text";
    "url" "random_url"(), "pseudo_url", "A URL below https://www.example.com/";
    "user_agent" "random_user_agent"(), "pseudo_user_agent", "What a browser says of itself";
    "colour" "random_colour"(), "pseudo_colour", "A colour, #rrggbb";
    "sentence" "random_sentence"("integer", "text"), "pseudo_sentence", "A sentence without sense, of so many words";
    "paragraph" "random_paragraph"("integer", "text"), "pseudo_paragraph", "So many sentences without sense";
}
