//! Masks of text: `partial`, `partial_email`, `digest`, `random_hash`, `hex_to_int`.

use pg_anon_core::mask::hash::{self, Algorithm};
use pg_anon_core::mask::{MaskError, MaskErrorKind, chars, email, text};
use proptest::prelude::*;
use rand::SeedableRng;
use rand::rngs::StdRng;

fn partial(value: &str, prefix: i32, padding: &str, suffix: i32) -> String {
    let mut out = Vec::new();
    text::partial(value.as_bytes(), prefix, padding.as_bytes(), suffix, &mut out).unwrap();
    String::from_utf8(out).unwrap()
}

fn partial_email(value: &str) -> String {
    let mut out = Vec::new();
    email::partial_email(value.as_bytes(), &mut out);
    String::from_utf8(out).unwrap()
}

fn digest(value: &str, salt: &str, algorithm: &str) -> String {
    let mut out = Vec::new();
    hash::digest(value.as_bytes(), salt.as_bytes(), algorithm.parse().unwrap(), &mut out);
    String::from_utf8(out).unwrap()
}

#[test]
fn partial_shows_both_ends() {
    assert_eq!(partial("123456789", 1, "*****", 3), "1*****789");
    assert_eq!(partial("abcdefgh", 1, "xxxx", 3), "axxxxfgh");
    assert_eq!(partial("+79101234567", 2, "***", 2), "+7***67");
    assert_eq!(partial("abcdef", 0, "*", 0), "*");
    assert_eq!(partial("abcdef", 2, "", 2), "abef");
}

#[test]
fn partial_does_not_give_back_a_value_that_prefix_and_suffix_cover() {
    assert_eq!(partial("abcdef", 3, "*", 5), "*");
    assert_eq!(partial("abcdef", 3, "*", 3), "*");
    assert_eq!(partial("MATT", 0, "xxxxxxxx", 4), "xxxxxxxx");
    assert_eq!(partial("abc", i32::MAX, "*", i32::MAX), "*");
    assert_eq!(partial("", 1, "*", 1), "*");
    assert_eq!(partial("", 0, "", 0), "");
    assert_eq!(partial("abcdef", 3, "*", 2), "abc*ef");
}

#[test]
fn partial_does_not_give_back_a_value_whose_hidden_part_is_the_padding() {
    assert_eq!(partial("101", 1, "0", 1), "0");
    assert_eq!(partial("1201", 1, "0", 1), "101");
}

#[test]
fn partial_cuts_characters_not_bytes() {
    assert_eq!(partial("Привет, мир", 2, "***", 3), "Пр***мир");
    assert_eq!(partial("日本語テキスト", 1, "…", 1), "日…ト");
    assert_eq!(partial("éé", 1, "*", 1), "*");
    let mut out = Vec::new();
    text::partial(b"\xff\xfeabc\xfd", 1, b"*", 1, &mut out).unwrap();
    assert_eq!(out, b"\xff*\xfd");
}

#[test]
fn partial_refuses_negative_lengths() {
    for (prefix, suffix) in [(-1, 0), (0, -1), (i32::MIN, i32::MIN)] {
        let mut out = b"kept".to_vec();
        let error = text::partial(b"secret", prefix, b"*", suffix, &mut out).unwrap_err();
        assert_eq!(error.kind, MaskErrorKind::InvalidParameter);
        assert!(error.hint.is_some());
        assert!(!error.to_string().contains("secret"));
        assert_eq!(out, b"kept");
    }
}

#[test]
fn partial_email_keeps_the_form_of_ordinary_addresses() {
    assert_eq!(partial_email("example@gmail.com"), "ex******@gm******.com");
    assert_eq!(partial_email("ivan.petrov@mail.ru"), "iv******@m******.ru");
    assert_eq!(partial_email("bob@mail.example.info"), "bo******@mai******.info");
    assert_eq!(partial_email("a.b+tag@sub.example.co.uk"), "a.******@s******.uk");
    assert_eq!(partial_email("почта@пример.рф"), "по******@п******.рф");
    assert_eq!(partial_email("  example@gmail.com \n"), "ex******@gm******.com");
}

#[test]
fn partial_email_does_not_show_short_parts_whole() {
    assert_eq!(partial_email("a@b.c"), "******@******.c");
    assert_eq!(partial_email("ab@gmail.com"), "******@gm******.com");
    assert_eq!(partial_email("жы@gmail.com"), "******@gm******.com");
    assert_eq!(partial_email("abc@gmail.com"), "ab******@gm******.com");
    assert_eq!(partial_email("john@me.com"), "jo******@******.com");
    assert_eq!(partial_email("john@smith.photography"), "jo******@******.photography");
    // A list of addresses: the first ends at the first `@`.
    assert_eq!(partial_email("a@gmail.com, bob@yandex.ru"), "******@y******.ru");
}

#[test]
fn partial_email_takes_any_text() {
    assert_eq!(partial_email(""), "******@******");
    assert_eq!(partial_email("@"), "******@******");
    assert_eq!(partial_email("."), "******@******");
    assert_eq!(partial_email("@."), "******@******");
    assert_eq!(partial_email("no address. none"), "******@******");
    assert_eq!(partial_email("+1 555 0199"), "******@******");
    assert_eq!(partial_email("user@localhost"), "us******@******");
    assert_eq!(partial_email("user@gmail."), "us******@******");
    assert_eq!(partial_email("user@10.0.0.1"), "us******@******");
    assert_eq!(partial_email("@gmail.com"), "******@gm******.com");
    assert_eq!(partial_email("a@b@c@example.org"), "******@ex******.org");
    assert_eq!(partial_email("user@gmail.com or call 555-0199"), "us******@******");
    assert_eq!(partial_email(&format!("user@example.{}", "x".repeat(64))), "us******@******");
}

#[test]
fn digest_is_the_hash_of_value_and_salt() {
    // From md5(), sha224() .. sha512() of a PostgreSQL 15 server, and digest() of pgcrypto.
    for (algorithm, hex) in [
        ("md5", "1e21f6da01c5047e4bf45b0496bd6937"),
        ("sha1", "99198dfc48e034c66356183f854eb322f607c1dd"),
        ("sha224", "424f335536e4795505b04dcb861eab4c140c87926a34c7b4b0a33c89"),
        ("sha256", "169b3a2b0977ebee2eb1fd392c6aa470a3281d439ff32f20baea7309d7f40eec"),
        ("sha384", "076f5e773f9bd69868dcdba0a874c7c5cd973bfc33f9e9ea25dbca4d97178a0f41cdca3c59116118f610b534d1100d13"),
        (
            "sha512",
            "52ec0a549dec545743badc4847acd115fa81f4e6918d8a613b9a605f068b750a\
             aa41b6589f647548304f679aaec31018b6bcad5368932d6b6135a8e392ca0464",
        ),
    ] {
        assert_eq!(digest("abc", "salt", algorithm), hex);
        assert_eq!(digest("abcsa", "lt", &algorithm.to_uppercase()), hex);
    }
    assert_eq!(digest("", "", "md5"), "d41d8cd98f00b204e9800998ecf8427e");
}

#[test]
fn an_unknown_algorithm_is_refused_with_the_list() {
    for name in ["", "md4", "sha-256", "sha256 ", "sha3"] {
        let error: MaskError = name.parse::<Algorithm>().unwrap_err();
        assert_eq!(error.kind, MaskErrorKind::InvalidParameter);
        for algorithm in Algorithm::ALL {
            assert!(error.hint.as_ref().unwrap().contains(algorithm.name()));
        }
    }
}

#[test]
fn random_hash_differs_from_call_to_call() {
    let mut rng = StdRng::seed_from_u64(1);
    let mut seen = std::collections::HashSet::new();
    for _ in 0..1000 {
        let mut out = Vec::new();
        hash::random_hash(b"same", Algorithm::Sha256, &mut rng, &mut out);
        assert_eq!(out.len(), 64);
        assert!(seen.insert(out));
    }
}

#[test]
fn hex_to_int_reads_as_postgresql_reads_a_bit_literal() {
    for (text, number) in [
        ("", 0),
        ("0", 0),
        ("ff", 255),
        ("1F", 31),
        ("8AB", 2219),
        ("7fffffff", i32::MAX),
        ("80000000", i32::MIN),
        ("FFFFFFFF", -1),
        ("0000000a", 10),
    ] {
        assert_eq!(hash::hex_to_int(text.as_bytes()), Ok(number), "{text}");
    }
    for (text, kind) in [
        ("000000001", MaskErrorKind::OutOfRange),
        ("0xff", MaskErrorKind::InvalidText),
        (" ff", MaskErrorKind::InvalidText),
        ("-1", MaskErrorKind::InvalidText),
        ("1'::int; drop table x", MaskErrorKind::InvalidText),
        ("٣", MaskErrorKind::InvalidText),
    ] {
        let error = hash::hex_to_int(text.as_bytes()).unwrap_err();
        assert_eq!(error.kind, kind, "{text}");
        assert!(!error.to_string().contains(text));
        assert!(error.hint.is_some());
    }
}

fn any_bytes() -> impl Strategy<Value = Vec<u8>> {
    prop_oneof![
        any::<Vec<u8>>(),
        any::<String>().prop_map(String::into_bytes),
        "[ab0.@*жé -]{0,12}".prop_map(String::into_bytes),
        "[a-zé.]{0,8}@[a-zж]{0,8}\\.[a-z0-9]{0,4}".prop_map(String::into_bytes),
    ]
}

proptest! {
    #[test]
    fn partial_never_gives_back_the_value(
        value in any_bytes(), prefix in 0..8_i32, padding in "[*ab0]{0,3}", suffix in 0..8_i32
    ) {
        prop_assume!(value != padding.as_bytes());
        let mut out = Vec::new();
        text::partial(&value, prefix, padding.as_bytes(), suffix, &mut out).unwrap();
        prop_assert_ne!(&out, &value);
        let shown = chars::count(&out).saturating_sub(padding.chars().count());
        prop_assert!(shown <= (prefix + suffix) as usize);
        prop_assert!(shown == 0 || shown < chars::count(&value));
    }

    #[test]
    fn partial_of_a_long_value_is_prefix_padding_suffix(
        value in "\\PC{6,30}", prefix in 0..3_usize, padding in "[*]{1,9}", suffix in 0..3_usize
    ) {
        let characters: Vec<char> = value.chars().collect();
        let hidden: String = characters[prefix..characters.len() - suffix].iter().collect();
        prop_assume!(hidden != padding);
        let mut expected: String = characters[..prefix].iter().collect();
        expected.push_str(&padding);
        expected.extend(&characters[characters.len() - suffix..]);
        prop_assert_eq!(partial(&value, prefix as i32, &padding, suffix as i32), expected);
    }

    #[test]
    fn partial_email_shows_at_most_two_characters_of_the_local_part_and_never_all(value in any_bytes()) {
        let mut out = Vec::new();
        email::partial_email(&value, &mut out);
        let end = memchr::memmem::find(&out, b"******@").unwrap();
        let shown = &out[..end];
        let value = value.trim_ascii();
        prop_assert!(value.starts_with(shown));
        let local = memchr::memchr(b'@', value).map_or(&[][..], |at| &value[..at]);
        prop_assert!(shown.is_empty() || chars::count(shown) == 2);
        prop_assert!(shown.is_empty() || shown.len() < local.len());
    }

    #[test]
    fn partial_email_of_an_ordinary_address_follows_the_formula(
        local in "[a-z0-9._]{3,20}", host in "[a-z][a-z0-9-]{5,20}", top_level in "[a-z]{2,6}"
    ) {
        let expected =
            format!("{}******@{}******.{top_level}", &local[..2], &host[..top_level.len() - 1]);
        prop_assert_eq!(partial_email(&format!("{local}@{host}.{top_level}")), expected);
    }

    #[test]
    fn hex_to_int_reverses_printing(number in any::<i32>()) {
        prop_assert_eq!(hash::hex_to_int(format!("{number:x}").as_bytes()), Ok(number));
        prop_assert_eq!(hash::hex_to_int(format!("{number:08X}").as_bytes()), Ok(number));
    }

    #[test]
    fn hex_to_int_takes_any_bytes(text in any::<Vec<u8>>()) {
        let valid = text.len() <= 8 && text.iter().all(u8::is_ascii_hexdigit);
        prop_assert_eq!(hash::hex_to_int(&text).is_ok(), valid);
    }
}
