//! Realistic values and pseudonyms: every kind, every locale and every country.

use pg_anon_core::mask::key::Key;
use pg_anon_core::mask::realistic::Realistic;
use pg_anon_core::mask::realistic::country::COUNTRIES;
use pg_anon_core::mask::realistic::ids::{IdKind, iban_is_valid, luhn_is_valid};
use pg_anon_core::mask::realistic::locale::LOCALES;
use pg_anon_core::mask::realistic::pattern;
use pg_anon_core::mask::registry::Argument;
use proptest::prelude::*;
use rand::{TryCryptoRng, TryRng};
use regex::Regex;
use std::collections::{HashMap, HashSet};
use std::convert::Infallible;

fn text(text: &str) -> Argument {
    Argument::Text(text.to_owned())
}

fn kind(name: &str, arguments: &[Argument]) -> Realistic {
    Realistic::new(name, arguments).expect("a known kind").expect("good arguments")
}

/// Every kind with every argument that it takes.
fn kinds() -> Vec<Realistic> {
    let mut kinds: Vec<Realistic> = Realistic::NAMES.iter().map(|name| kind(name, &[])).collect();
    for locale in &LOCALES {
        for name in ["first_name", "last_name", "full_name", "company", "job", "street", "city", "country"] {
            kinds.push(kind(name, &[text(locale.name)]));
        }
        kinds.push(kind("sentence", &[Argument::Integer(3), text(locale.name)]));
        kinds.push(kind("paragraph", &[Argument::Integer(2), text(locale.name)]));
    }
    for country in COUNTRIES {
        kinds.push(kind("postcode", &[text(country.code)]));
        kinds.push(kind("phone_number", &[text(country.code)]));
        if country.iban.is_some() {
            kinds.push(kind("iban", &[text(country.code)]));
        }
    }
    for id in IdKind::ALL {
        kinds.push(kind("national_id", &[text(id.name())]));
    }
    for network in ["visa", "mastercard", "amex", "mir", "discover", "jcb"] {
        kinds.push(kind("card", &[text(network)]));
    }
    for name in ["first_name", "last_name", "full_name"] {
        kinds.push(kind(name, &[text("ru"), text("female")]));
        kinds.push(kind(name, &[text("ru"), text("m")]));
    }
    kinds.push(kind("ip", &[Argument::Integer(6)]));
    kinds.push(kind("email", &[text("shop.test")]));
    kinds.push(kind("password", &[Argument::Integer(1)]));
    kinds
}

fn key(text: &str) -> Key {
    Key::new(text.as_bytes()).expect("a good key")
}

const ONE: &str = "one-key-of-thirty-two-characters-";
const OTHER: &str = "other-key-of-thirty-two-characters";

fn drawn(kind: &Realistic) -> String {
    let mut out = Vec::new();
    kind.write(&mut rand::rng(), &mut out);
    String::from_utf8(out).expect("UTF-8")
}

fn pseudonym(kind: &Realistic, value: &str, key: &Key) -> String {
    let mut out = Vec::new();
    kind.write_pseudonym(value.as_bytes(), key.family(kind.domain()), &mut out);
    String::from_utf8(out).expect("UTF-8")
}

#[test]
fn values_have_the_length_that_is_said_and_nothing_that_copy_escapes() {
    for kind in kinds() {
        let length = kind.length();
        for _ in 0..300 {
            let value = drawn(&kind);
            let characters = value.chars().count() as u64;
            assert!(!value.is_empty() && value.trim() == value, "{kind:?} gave {value:?}");
            assert!(!value.bytes().any(|byte| byte < 0x20 || byte == b'\\' || byte == 0x7F), "{kind:?} gave {value:?}");
            assert!(characters >= length.shortest, "{kind:?} gave {value:?}, shorter than {}", length.shortest);
            assert!(length.longest.is_none_or(|longest| characters <= longest), "{kind:?} gave {value:?}");
        }
    }
}

/// Nothing was said of the longest company, job, street, city, sentence and paragraph, and a dump stopped at the first that its
/// column did not take.
#[test]
fn the_longest_value_is_told_by_the_lists_and_values_come_near_it() {
    for kind in kinds() {
        let longest = kind.length().longest.unwrap_or_else(|| panic!("the longest of {kind:?} is not known"));
        let found = (0..1_000).map(|_| drawn(&kind).chars().count() as u64).max().unwrap_or(0);
        // The longest words of all do not come together in one sentence.
        let is_text = matches!(kind, Realistic::Sentence(..) | Realistic::Paragraph(..));
        assert!(
            is_text || 2 * found > longest,
            "{kind:?}: {longest} characters, and none of a thousand has more than {found}"
        );
    }
    let longest = |name: &str, locale: &str| kind(name, &[text(locale)]).length().longest;
    assert_eq!([longest("job", "en"), longest("city", "en")], [Some(47), Some(20)]);
}

#[test]
fn a_pseudonym_is_the_same_under_one_key_and_never_the_value_itself() {
    let (one, again, other) = (key(ONE), key(ONE), key(OTHER));
    for kind in kinds() {
        let mut differ = 0;
        let mut of_values = HashSet::new();
        for number in 0..50 {
            let value = format!("value {number}");
            let found = pseudonym(&kind, &value, &one);
            assert_eq!(found, pseudonym(&kind, &value, &again), "{kind:?}");
            differ += u32::from(found != pseudonym(&kind, &value, &other));
            // Masking a masked value: the input is a real value of the kind, and still never the output.
            assert_ne!(pseudonym(&kind, &found, &one), found, "{kind:?}");
            of_values.insert(found);
        }
        // Short lists have the same word for some values under two keys.
        assert!(differ > 25, "{kind:?} under another key");
        assert!(of_values.len() > 4, "{kind:?} gave {of_values:?}");
    }
}

/// SplitMix64: fast, uniform, and always the same.
struct Numbers(u64);

impl TryRng for Numbers {
    type Error = Infallible;

    fn try_next_u32(&mut self) -> Result<u32, Infallible> {
        Ok((self.try_next_u64()? >> 32) as u32)
    }

    fn try_next_u64(&mut self) -> Result<u64, Infallible> {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mixed = (self.0 ^ self.0 >> 30).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        let mixed = (mixed ^ mixed >> 27).wrapping_mul(0x94D0_49BB_1331_11EB);
        Ok(mixed ^ mixed >> 31)
    }

    fn try_fill_bytes(&mut self, out: &mut [u8]) -> Result<(), Infallible> {
        for chunk in out.chunks_mut(8) {
            chunk.copy_from_slice(&self.try_next_u64()?.to_le_bytes()[..chunk.len()]);
        }
        Ok(())
    }
}

impl TryCryptoRng for Numbers {}

/// How many pairs of so many values are equal.
fn equal_pairs(kind: &Realistic, values: u32, rng: &mut Numbers) -> f64 {
    let mut times: HashMap<Vec<u8>, u64> = HashMap::new();
    for _ in 0..values {
        let mut out = Vec::new();
        kind.write(rng, &mut out);
        *times.entry(out).or_default() += 1;
    }
    times.values().map(|times| (times * (times - 1) / 2) as f64).sum()
}

/// The number of equal pairs was said wrong where patterns are chosen with equal odds and where lists have a word twice: 9e8 tax
/// numbers for 24 million, 3,226 equal sentences of two words for 17,664.
#[test]
fn values_are_equal_as_often_as_the_count_says() {
    let mut kinds = kinds();
    for locale in &LOCALES {
        for (name, count) in [("sentence", 1), ("sentence", 2), ("paragraph", 1)] {
            kinds.push(kind(name, &[Argument::Integer(count), text(locale.name)]));
        }
    }
    for length in [2, 3] {
        kinds.push(kind("password", &[Argument::Integer(length)]));
    }
    let mut rng = Numbers(1);
    let mut wrong = Vec::new();
    for kind in kinds {
        let count = kind.count();
        // Some hundred pairs tell enough; where there will be none, a few values do.
        let values = if count > 1e9 { 5_000 } else { (600.0 * count).sqrt().clamp(1_000.0, 40_000.0) as u32 };
        let expected = f64::from(values) * f64::from(values - 1) / 2.0 / count;
        let found = equal_pairs(&kind, values, &mut rng);
        let slack = 4.0 * expected.sqrt() + 3.0;
        if found > 1.5 * expected + slack || found < expected / 1.5 - slack {
            wrong.push(format!("{kind:?}: {found} equal pairs of {values} values instead of {expected:.1}"));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn pseudonyms_collide_about_as_often_as_the_count_says() {
    let key = key(ONE);
    for (name, values) in [("first_name", 2_000), ("city", 20_000), ("email", 100_000), ("uuid", 10_000), ("ip", 5_000)]
    {
        let kind = kind(name, &[]);
        let distinct: HashSet<String> = (0..values).map(|n| pseudonym(&kind, &format!("value {n}"), &key)).collect();
        let n = f64::from(values);
        // Of m equally likely results, n draws meet m * (1 - (1 - 1/m)^n).
        let wanted = -kind.count() * ((-n / kind.count()).exp_m1());
        let found = distinct.len() as f64;
        assert!((found - wanted).abs() < 0.12 * wanted, "{name}: {found} instead of {wanted}");
    }
}

#[test]
fn every_kind_passes_the_checks_of_a_form() {
    let pattern = |text: &str| Regex::new(text).expect("a pattern");
    let checks = [
        ("email", pattern(r"^[a-z]+\.[a-z]+\.[0-9a-z]{6}@example\.com$")),
        ("user_name", pattern(r"^[a-z]+_[0-9a-z]{5}$")),
        ("password", pattern(r"^[!-~]{16}$")),
        ("uuid", pattern("^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$")),
        ("mac", pattern("^[0-9a-f][26ae](:[0-9a-f]{2}){5}$")),
        ("url", pattern(r"^https://www\.example\.com/[a-z]+/[0-9a-z]{8}$")),
        ("colour", pattern("^#[0-9a-f]{6}$")),
        ("sentence", pattern(r"^[A-Z][a-z]*( [a-z]+){7}\.$")),
        ("phone_number", pattern(r"^\+1[2-9][0-8][0-9]55501[0-9]{2}$")),
        ("street", pattern("^[1-9][0-9]* [A-Z]")),
    ];
    for (name, check) in &checks {
        for _ in 0..500 {
            let value = drawn(&kind(name, &[]));
            assert!(check.is_match(&value), "{name} gave {value}");
        }
    }
    for _ in 0..500 {
        assert!(luhn_is_valid(drawn(&kind("card", &[])).as_bytes()));
        assert!(iban_is_valid(drawn(&kind("iban", &[])).as_bytes()));
        let ip4: std::net::Ipv4Addr = drawn(&kind("ip", &[])).parse().expect("an address");
        let ip6: std::net::Ipv6Addr = drawn(&kind("ip", &[Argument::Integer(6)])).parse().expect("an address");
        assert!(ip4.is_private() && ip6.segments()[..2] == [0x2001, 0xdb8]);
        let password = drawn(&kind("password", &[]));
        assert!(password.bytes().any(|b| b.is_ascii_digit()) && password.bytes().any(|b| b.is_ascii_uppercase()));
    }
    for country in COUNTRIES {
        for (name, patterns) in [("phone_number", country.phones.texts), ("postcode", country.postcodes.texts)] {
            let value = drawn(&kind(name, &[text(country.code)]));
            assert!(
                patterns.iter().any(|p| pattern::fits(p, value.as_bytes())),
                "{name} of {} gave {value}",
                country.code
            );
        }
    }
}

/// What the numbering plans of the countries call a number: the lengths and first digits of mobile numbers and of the geographic ones
/// that are drawn (ITU-T E.164 national numbering plans; the same as libphonenumber 9.0 has, in short).
const NUMBERING_PLANS: [(&str, &str); 47] = [
    ("AE", r"\+9715[0-8]\d{7}"),
    ("AR", r"\+549(11[2-7]\d{7}|351[2-9]\d{6})"),
    ("AT", r"\+43(6(6\d|7\d)\d{7}|1[2-9]\d{6})"),
    ("AU", r"\+61[2378](5550|7010)\d{4}"),
    ("BE", r"\+32(4[5-9]\d{7}|2[2-8]\d{6})"),
    ("BG", r"\+3598[789]\d{7}"),
    ("BR", r"\+55(11|21)9\d{8}"),
    ("BY", r"\+375(25|29|33|44)[1-9]\d{6}"),
    ("CA", r"\+1[2-9][0-8]\d55501\d\d"),
    ("CH", r"\+41(7[6-9]\d{7}|44\d{7})"),
    ("CL", r"\+56(9[3-9]\d{7}|22\d{7})"),
    ("CN", r"\+861[3-9]\d{9}"),
    ("CZ", r"\+420(60[1-8]|7[237]\d|2\d\d)\d{6}"),
    ("DE", r"\+49((3023125|6990009|4066969|2214710|8999998)\d{3}|(17139200|176040690)\d\d)"),
    ("DK", r"\+45([23456]\d)[1-9]\d{5}"),
    ("EE", r"\+3725\d{6,7}"),
    ("ES", r"\+34(6\d{8}|91\d{7})"),
    ("FI", r"\+358(4\d|50)\d{7}"),
    ("FR", r"\+33(19900|26191|35301|46571|53649)\d{4}"),
    ("GB", r"\+44(1(1[34678]|[2-6]1)4960|1914980|2079460|2920180)\d{3}"),
    ("GR", r"\+306[89]\d{8}"),
    ("HU", r"\+36[237]0\d{7}"),
    ("IE", r"\+3538[35-9]\d{7}"),
    ("IL", r"\+9725[024][02-9]\d{6}"),
    ("IN", r"\+91[6-9]\d{9}"),
    ("IT", r"\+39(3[2-9]\d{8}|06[5-8]\d{7})"),
    ("JP", r"\+81[789]0[1-9]\d{7}"),
    ("KR", r"\+8210[2-9]\d{7}"),
    ("KZ", r"\+77[047]\d{8}"),
    ("LT", r"\+3706\d{7}"),
    ("LV", r"\+3712\d{7}"),
    ("MX", r"\+52(55|33)\d{8}"),
    ("NL", r"\+31(6[1-58]\d{7}|20[1-9]\d{6})"),
    ("NO", r"\+47(4[0-8]|9\d)\d{6}"),
    ("NZ", r"\+642[17]\d{7}"),
    ("PL", r"\+48[56]\d{8}"),
    ("PT", r"\+351(9[1236]\d{7}|21\d{7})"),
    ("RO", r"\+407[2-8]\d{7}"),
    ("RS", r"\+3816\d{8}"),
    ("RU", r"\+7(9\d{9}|495\d{7}|812\d{7})"),
    ("SE", r"\+46(3139006|4062804|8465004|9803192|7017406)\d\d"),
    ("SG", r"\+65(8[1-9]|9[0-8])\d{6}"),
    ("SK", r"\+4219(0[1-8]|1\d)\d{6}"),
    ("TR", r"\+90(5[34]\d|212)\d{7}"),
    ("UA", r"\+380(50|67)\d{7}"),
    ("US", r"\+1[2-9][0-8]\d55501\d\d"),
    ("ZA", r"\+278[23]\d{7}"),
];

/// Of the United States and Canada none was valid, of Chile half, of a dozen others a tenth to a third was not.
#[test]
fn a_telephone_number_is_one_of_the_numbering_plan_of_its_country() {
    assert_eq!(NUMBERING_PLANS.map(|(code, _)| code).to_vec(), COUNTRIES.iter().map(|c| c.code).collect::<Vec<_>>());
    for (code, plan) in NUMBERING_PLANS {
        let (kind, plan) =
            (kind("phone_number", &[text(code)]), Regex::new(&format!("^(?:{plan})$")).expect("a pattern"));
        for _ in 0..400 {
            let number = drawn(&kind);
            assert!(plan.is_match(&number), "{code} gave {number}");
        }
    }
}

/// They were in the area 555, which no form takes for one.
#[test]
fn telephone_numbers_of_north_america_are_in_many_areas_that_exist() {
    for (code, areas) in [("US", 250), ("CA", 30)] {
        let kind = kind("phone_number", &[text(code)]);
        let found: HashSet<String> = (0..2_000).map(|_| drawn(&kind)[2..5].to_owned()).collect();
        assert!(found.len() > areas && !found.contains("555"), "{code}: {}", found.len());
    }
}

#[test]
fn womens_names_have_their_own_form() {
    let woman = kind("full_name", &[text("ru"), text("female")]);
    let man = kind("full_name", &[text("ru"), text("male")]);
    for _ in 0..200 {
        let (hers, his) = (drawn(&woman), drawn(&man));
        let last = |name: &str| name.split(' ').next().expect("a last name").to_owned();
        assert!(last(&hers).ends_with('а'), "{hers}");
        assert!(!last(&his).ends_with('а'), "{his}");
    }
}

#[test]
fn arguments_that_make_no_sense_are_errors() {
    for (name, arguments) in [
        ("first_name", vec![text("xx")]),
        ("first_name", vec![text("de"), text("female")]),
        ("full_name", vec![text("ru"), text("both")]),
        ("email", vec![text("not a domain")]),
        ("email", vec![text("")]),
        ("email", vec![text("a\\b.example")]),
        ("password", vec![Argument::Integer(0)]),
        ("password", vec![Argument::Integer(100_000)]),
        ("sentence", vec![Argument::Integer(-1)]),
        ("phone_number", vec![text("XX")]),
        ("iban", vec![text("US")]),
        ("card", vec![text("none")]),
        ("national_id", vec![text("none")]),
        ("ip", vec![Argument::Integer(5)]),
    ] {
        let error = Realistic::new(name, &arguments).expect("a known kind").expect_err(name);
        assert!(error.hint.is_some(), "{name}");
    }
    assert!(Realistic::new("nothing", &[]).is_none());
    assert!(Realistic::new("first_name", &[Argument::Integer(1)]).is_none());
}

proptest! {
    #[test]
    fn any_text_has_a_pseudonym(value in any::<String>()) {
        let key = key(ONE);
        for name in Realistic::NAMES {
            let kind = kind(name, &[]);
            let found = pseudonym(&kind, &value, &key);
            prop_assert_ne!(&found, &value);
            prop_assert_eq!(found, pseudonym(&kind, &value, &key));
        }
    }
}
