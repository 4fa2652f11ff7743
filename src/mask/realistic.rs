//! The functions `random_*` and `pseudo_*` as SQL sees them.

use super::library::{Cached, Value, run};
use crate::datum::{TextArg, WrittenText};
use pgrx::pg_sys::panic::ErrorReport;
use pgrx::prelude::*;
use std::cell::RefCell;

/// Both functions of a kind: `random_` draws anew, `pseudo_` is a function of the value and the key.
/// Errors: 22023 for an argument that makes no sense, 55000 when there is no key.
macro_rules! realistic {
    ($random:ident, $pseudo:ident $(, $argument:ident: $type:ident = $default:tt)*) => {
        #[pg_extern(volatile, strict, parallel_safe)]
        fn $random($($argument: default!($type, $default)),*) -> Result<WrittenText, ErrorReport> {
            thread_local!(static CACHED: RefCell<Cached> = const { RefCell::new(None) });
            run(&CACHED, stringify!($random), b"", &[$(Value::from(&$argument)),*])
        }

        #[pg_extern(stable, strict, parallel_safe)]
        fn $pseudo(value: TextArg $(, $argument: default!($type, $default))*) -> Result<WrittenText, ErrorReport> {
            thread_local!(static CACHED: RefCell<Cached> = const { RefCell::new(None) });
            run(&CACHED, stringify!($pseudo), &value.utf8(), &[$(Value::from(&$argument)),*])
        }
    };
}

realistic!(random_first_name, pseudo_first_name, locale: TextArg = "'en'", gender: TextArg = "''");
realistic!(random_last_name, pseudo_last_name, locale: TextArg = "'en'", gender: TextArg = "''");
realistic!(random_full_name, pseudo_full_name, locale: TextArg = "'en'", gender: TextArg = "''");
realistic!(random_email, pseudo_email, domain: TextArg = "'example.com'");
realistic!(random_user_name, pseudo_user_name);
realistic!(random_password, pseudo_password, length: i32 = "16");
realistic!(random_company, pseudo_company, locale: TextArg = "'en'");
realistic!(random_job, pseudo_job, locale: TextArg = "'en'");
realistic!(random_street, pseudo_street, locale: TextArg = "'en'");
realistic!(random_city, pseudo_city, locale: TextArg = "'en'");
realistic!(random_postcode, pseudo_postcode, country: TextArg = "'US'");
realistic!(random_country, pseudo_country, locale: TextArg = "'en'");
realistic!(random_phone_number, pseudo_phone_number, country: TextArg = "'US'");
realistic!(random_iban, pseudo_iban, country: TextArg = "'DE'");
realistic!(random_card, pseudo_card, network: TextArg = "'visa'");
realistic!(random_national_id, pseudo_national_id, kind: TextArg = "'ssn'");
realistic!(random_uuid, pseudo_uuid);
realistic!(random_ip, pseudo_ip, version: i32 = "4");
realistic!(random_mac, pseudo_mac);
realistic!(random_url, pseudo_url);
realistic!(random_user_agent, pseudo_user_agent);
realistic!(random_colour, pseudo_colour);
realistic!(random_sentence, pseudo_sentence, words: i32 = "8", locale: TextArg = "'en'");
realistic!(random_paragraph, pseudo_paragraph, sentences: i32 = "4", locale: TextArg = "'en'");
