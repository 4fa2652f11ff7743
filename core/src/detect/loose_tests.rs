use super::*;
use proptest::prelude::*;

/// The text with each place replaced by its kind, as it is masked.
fn masked(text: &str) -> String {
    let (mut out, mut done) = (String::new(), 0);
    find(text, |found| {
        out += &text[done..found.start];
        out += &format!("[{}]", found.detector.name());
        done = found.end;
    });
    out + &text[done..]
}

/// Each text becomes the other.
fn check(cases: &[(&str, &str)]) {
    for (text, expected) in cases {
        assert_eq!(masked(text), *expected, "{text}");
    }
}

#[test]
fn numbers_were_missed_behind_punctuation_of_programs() {
    check(&[
        ("card=4111111111111111", "card=[payment_card]"),
        ("pan=4111 1111 1111 1111&x", "pan=[payment_card]&x"),
        ("ssn=123-45-6789", "ssn=[us_ssn]"),
        ("#123-45-6789", "#[us_ssn]"),
        ("phone=+491701234567", "phone=[phone]"),
        ("ip=85.214.132.117", "ip=[ip_address]"),
        ("http://85.214.132.117/x", "http://[ip_address]/x"),
        ("/users/4111111111111111/", "/users/[payment_card]/"),
        ("card_4111111111111111", "card_[payment_card]"),
        ("$4111111111111111", "$[payment_card]"),
        ("_DE89370400440532013000_", "_[iban]_"),
        ("ibanDE89370400440532013000", "iban[iban]"),
        ("cf_RSSMRA85T10A562S", "cf_[it_codice_fiscale]"),
    ]);
}

#[test]
fn numbers_were_missed_beside_letters_and_quotes_outside_ascii() {
    check(&[
        ("“+49 170 1234567”", "“[phone]”"),
        ("«4111 1111 1111 1111»", "«[payment_card]»"),
        ("№4111111111111111", "№[payment_card]"),
        ("卡号4111111111111111", "卡号[payment_card]"),
        ("電話：+81 90 1234 5678", "電話：[phone]"),
        ("идент.«DE89370400440532013000»", "идент.«[iban]»"),
        ("é12345678Z", "é[es_dni]"),
    ]);
}

#[test]
fn numbers_were_missed_behind_a_full_stop() {
    check(&[
        ("Tel.+49 170 1234567", "Tel.[phone]"),
        ("card no. 4111 1111 1111 1111/12/27", "card no. [payment_card]/12/27"),
        ("a.4111111111111111.b", "a.[payment_card].b"),
    ]);
}

#[test]
fn numbers_were_missed_with_separators_outside_ascii_or_of_programs() {
    for separator in [
        "\u{a0}", "\u{202f}", "\u{2011}", "\u{2013}", "\u{2009}", "\u{3000}", "\u{200b}", "  ", ".", " - ", "\t",
        "%20", "&nbsp;", "+", "\r\n", "_", ",", "\u{ad}",
    ] {
        let card = ["4111", "1111", "1111", "1111"].join(separator);
        assert_eq!(masked(&format!("a {card} b")), "a [payment_card] b", "{separator:?}");
        if !["+", "\r\n", "_", ","].contains(&separator) {
            let phone = ["+49", "170", "1234567"].join(separator);
            assert_eq!(masked(&format!("a {phone} b")), "a [phone] b", "{separator:?}");
            let ssn = ["123", "45", "6789"].join(separator);
            assert_eq!(masked(&format!("a {ssn} b")), "a [us_ssn] b", "{separator:?}");
            let iban = ["DE89", "3704", "0044", "0532", "0130", "00"].join(separator);
            if separator != "&nbsp;" && separator != "%20" {
                assert_eq!(masked(&format!("a {iban} b")), "a [iban] b", "{separator:?}");
            }
        }
    }
    check(&[
        ("4111 1111-1111.1111", "[payment_card]"),
        ("378282 246310 005", "[payment_card]"),
        ("3782 822463 10005", "[payment_card]"),
    ]);
}

#[test]
fn all_three_numbers_of_an_address_of_the_web_were_missed() {
    check(&[
        (
            "https://shop.example/pay?card=4111111111111111&ip=85.214.132.117&tel=+491701234567",
            "https://shop.example/pay?card=[payment_card]&ip=[ip_address]&tel=[phone]",
        ),
        (
            "https://x.example/?tel=%2B491701234567&pan=4111%201111%201111%201111",
            "https://x.example/?tel=[phone]&pan=[payment_card]",
        ),
    ]);
}

#[test]
fn a_part_of_a_number_was_left() {
    check(&[
        ("1 85 05 78 006 084 36", "[fr_nir]"),
        ("1 85 05 78 006 084\u{a0}36", "[fr_nir]"),
        ("+44 (0)20 7946 0958", "[phone]"),
        ("+43 660 1234567 4111 1111 1111 1111", "[phone] [payment_card]"),
        ("030 1234567 4111 1111 1111 1111", "[phone] [payment_card]"),
        ("+49 170 1234567 +49 170 1234568", "[phone] [phone]"),
    ]);
}

#[test]
fn addresses_of_version_6_were_missed_in_a_text() {
    check(&[
        ("2001:db8:85a3::8a2e:370:7334", "[ip_address]"),
        ("from 2a00:1450:4001:81b::200e today", "from [ip_address] today"),
        ("[2001:db8::1]:443", "[[ip_address]]:443"),
        ("fe80::1%eth0", "[ip_address]%eth0"),
        ("ip:2001:0db8:85a3:0000:0000:8a2e:0370:7334, x", "ip:[ip_address], x"),
        ("addr=2001:db8::1.", "addr=[ip_address]."),
        ("2001:db8:0:0::1.: ::2001:db8:0:0::1:: 2001:db8::1.::.", "[ip_address].: ::[ip_address]:: [ip_address].::."),
        ("::ffff:10.1.2.3 connected", "[ip_address] connected"),
        ("http://[fd00::12]/x", "http://[[ip_address]]/x"),
        ("2001:db8::/32", "[ip_address]/32"),
    ]);
}

#[test]
fn addresses_with_a_port_or_of_small_numbers_were_missed() {
    check(&[
        ("10.0.0.1:8080", "[ip_address]:8080"),
        ("from 10.0.0.1.", "from [ip_address]."),
        ("10.0.0.1-10.0.0.20, 8.8.8.8/32", "[ip_address]-[ip_address], [ip_address]/32"),
        ("host-85.214.132.117.example", "host-[ip_address].example"),
    ]);
}

#[test]
fn hardware_addresses_were_missed_with_dashes_and_dots() {
    check(&[
        ("device 00-1b-44-11-3a-b7 seen", "device [mac_address] seen"),
        ("mac=001b.4411.3ab7;", "mac=[mac_address];"),
        ("eui 00:1b:44:11:3a:b7:00:01", "eui [mac_address]"),
        ("(aa:bb:cc:dd:ee:01)", "([mac_address])"),
    ]);
}

#[test]
fn tokens_were_missed_when_cut_off_encrypted_or_at_the_end_of_a_sentence() {
    let token = "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxMjM0NTY3ODkwIn0.dozjgNryP4J3jVmNHl0w5N_XgL0n3I9PlFUP0THsR8U";
    for text in [token, &token[..60], &token[..25], &format!("{token}.{token}"), "eyJhbGciOiJub25lIn0.e30."] {
        let text = format!("Bearer {text}");
        assert_eq!(masked(&text).trim_end_matches('.'), "Bearer [jwt]", "{text}");
    }
    assert_eq!(masked(&format!("token={token}.")), "token=[jwt].");
    let hash = "$2b$12$EixZaYVK1fsbw1ZfbX3OXePaWxn96p36WQoeG6Lruj3vjPGga31lW";
    assert_eq!(masked(&format!("({hash}).")), "([password_hash]).");
}

#[test]
fn ids_of_digits_alone_were_missed() {
    check(&[
        ("ИНН 500100732259", "ИНН [ru_inn]"),
        ("ИНН 7707083893", "ИНН [ru_inn]"),
        ("cpf 52998224725", "cpf [br_cpf]"),
        ("NIR 185057800608436", "NIR [fr_nir]"),
        ("x 11222333000181 y", "x [br_cnpj] y"),
        ("тел. 89161234567", "тел. [phone]"),
        ("id 11223344595", "id [ru_snils]"),
        ("SSN: 123456789", "SSN: [us_ssn]"),
        ("tel 2125550123, fax: 555-0199", "tel [phone], fax: [phone]"),
        ("\"phoneNumber\":\"2125550123\"", "\"phoneNumber\":\"[phone]\""),
        ("card 1234 5678 9012 3456", "card [payment_card]"),
        ("паспорт 4509 123456", "паспорт [passport]"),
        ("1 84 06 2A 004 001 49, 184062A00400149", "[fr_nir], [fr_nir]"),
        ("DNI 12.345.678-Z, NIE X-1234567-L", "DNI [es_dni], NIE [es_dni]"),
        ("call 0049 170 1234567 or 00491701234567", "call [phone] or [phone]"),
    ]);
}

#[test]
fn numbers_in_digits_of_other_scripts_were_missed() {
    check(&[
        ("電話：０３－１２３４－５６７８ です", "電話：[phone] です"),
        ("卡号４１１１　１１１１　１１１１　１１１１。x", "卡号[payment_card]。x"),
        ("é +٤٩١٧٠١٢٣٤٥٦٧ é 4111111111111111", "é [phone] é [payment_card]"),
    ]);
}

#[test]
fn addresses_in_addresses_of_the_web_were_missed() {
    check(&[
        ("https://x.example/?mail=ann%40shop.example&b=2", "https://x.example/?mail=[email]&b=2"),
        ("100%40 and %40shop.example", "100%40 and %40shop.example"),
        ("DE 89 3704 0044 0532 0130 00", "[iban]"),
        ("A4111111111111111", "A[payment_card]"),
    ]);
}

#[test]
fn many_beginnings_take_no_longer_than_their_length() {
    for text in
        ["eyJ.", "-----BEGIN RSA PRIVATE KEY-----", "4111 ", "+49", "a%40", "::1", "00:", "DE89 ", "tel 1-", "(0)"]
    {
        // A time that grows with the square of the length would be minutes.
        find(&text.repeat(200_000), |_| {});
    }
}

#[test]
fn what_was_found_before_is_still_found() {
    check(&[
        (
            "Call Ivan at +7 (912) 345-67-89 or write to ivan.p@example.com. Card 4111 1111 1111 1111, IBAN DE89 3704 0044 0532 0130 00!",
            "Call Ivan at [phone] or write to [email]. Card [payment_card], IBAN [iban]!",
        ),
        ("Звоните 8 (495) 123-45-67, СНИЛС 112-233-445 95", "Звоните [phone], СНИЛС [ru_snils]"),
        (
            "login from 192.168.10.77 by postgres://app:pw@db/x, SSN 123-45-6789",
            "login from [ip_address] by postgres://[url_credentials]@db/x, SSN [us_ssn]",
        ),
        (
            "DNI 12345678Z, CPF 529.982.247-25; cf RSSMRA85T10A562S",
            "DNI [es_dni], CPF [br_cpf]; cf [it_codice_fiscale]",
        ),
        ("device 00:1B:44:11:3A:B7 seen", "device [mac_address] seen"),
        ("(212) 555-0123, 212-555-0123 x12", "[phone], [phone] x12"),
        ("06 12 34 56 78; 030 1234567; 612 34 56 78", "[phone]; [phone]; [phone]"),
        ("(11) 91234-5678 / 0171/1234567", "[phone] / [phone]"),
    ]);
}

#[test]
fn ordinary_numbers_of_a_text_stay() {
    for text in [
        "version 10.4.2.1 of 2024-01-15 10:20:30",
        "order 2024-000123 of 12.05.2023, total 1 234 567.89",
        "ISBN 978-3-16-148410-0",
        "icon@2x.png, @Override, a @ b",
        "uuid 123e4567-e89b-12d3-a456-426614174000",
        "uuid=41111111-1111-1111-8111-411111111111",
        "id=123456789012, ref #4111",
        "1.2.3.4.5 and 1700000000",
        "2024-01-15, 15.01.2024, 01/15/2024",
        "10:30:00, 2024-01-15T10:30:00.123456+03:00",
        "1.2.3, v1.2.3-rc1, v10.4.2.1, section 1.2.3.4",
        "1 234 567,00 and 912 345 678,00 and 1.234.567,89 and 12 345 678,90",
        "1\u{a0}234\u{a0}567,00\u{a0}€",
        "order 12345, ticket #1234567, invoice 4500012345",
        "0.4111111111111111 and 0,4111111111111111",
        "4111111111111112 is no card, nor is 41111111111111111",
        "2fd4e1c67a2d28fced849ee1bb76e7391b93eb12",
        "a4111111111111111f0",
        "std::vec, Foo::Bar, ab::cd, a::b",
        "10-20-30, 1-2-3, 12/27, 24/7",
        "Chrome/120.0.0.0 Safari/537.36",
        "2010 2011 2012 2013 2014 2015 2016 2017 2018",
        "+5, -3, +1000, +03:00, 1+1=2, +100 000 000",
        "phone 2024-01-15, tel. 12345, fax 24/7",
        "pages 1-2, 3-4, 5-6, 7-8, 9-10, 11-12, 13-14, 15-16, 17-18",
        "eyJ, eyJustAWord",
        "in 1985, 27 of 100 (27 %) at 12.5 kg; 3 x 4 x 5",
    ] {
        assert_eq!(masked(text), text);
    }
}

/// What may stand around a value: no ASCII letter or digit, which make it another value, nor what joins it to more of itself.
fn around() -> impl Strategy<Value = String> {
    let piece = prop_oneof![
        "[ =&?#$/|,;:!<>{}\\[\\]()\"'`~*^%_@.-]{0,3}",
        "[“”«»„№€£…¿，。：；！？（）【】「」\u{a0}\u{202f}\u{2003}\u{200b}–—]{0,3}",
        "[éüßжщ日本語한글עברי🙂]{0,3}",
        "[\\PC&&[^0-9A-Za-z+]]{0,4}",
    ];
    prop::collection::vec(piece, 0..3).prop_map(|pieces| pieces.concat())
}

fn card() -> impl Strategy<Value = String> {
    let separator = prop::sample::select(vec!["", " ", "-", ".", "\u{a0}", "\u{202f}", "\u{2011}", "\u{2013}", "  "]);
    (0_u64..100_000_000_000, separator).prop_map(|(number, separator)| {
        let digits = format!("4929{number:011}");
        let last = (0..10)
            .map(|digit| format!("{digits}{digit}"))
            .find(|digits| super::super::checksum::luhn(Digits::of(digits.as_bytes()).unwrap().as_slice()));
        let last = last.unwrap();
        [&last[..4], &last[4..8], &last[8..12], &last[12..]].join(separator)
    })
}

fn iban_of_germany() -> impl Strategy<Value = String> {
    let separator = prop::sample::select(vec!["", " ", "\u{a0}", "\u{202f}"]);
    (0_u64..1_000_000_000_000_000_000, separator).prop_map(|(number, separator)| {
        let account = format!("{number:018}");
        let remainder = super::super::checksum::mod97(account.bytes().chain(*b"DE00")).unwrap();
        let iban = format!("DE{:02}{account}", 98 - remainder);
        iban.as_bytes().chunks(4).map(|part| std::str::from_utf8(part).unwrap()).collect::<Vec<_>>().join(separator)
    })
}

fn value() -> impl Strategy<Value = String> {
    let separator = prop::sample::select(vec!["", " ", "-", "\u{a0}", "\u{202f}", "\u{2011}"]);
    prop_oneof![
        card(),
        iban_of_germany(),
        "[a-z]{1,8}[.][a-z0-9]{1,8}@[a-z]{2,8}[.](com|de|example)",
        (1_000_000_u64..9_999_999, separator)
            .prop_map(|(number, separator)| format!("+49{separator}170{separator}{number}")),
        (1_u8..=255, any::<u8>(), any::<u8>(), any::<u8>()).prop_map(|(a, b, c, d)| format!("{a}.{b}.{c}.{d}")),
        (any::<u16>(), any::<u16>(), 1_u16..).prop_map(|(a, b, c)| format!("2001:db8:{a:x}:{b:x}::{c:x}")),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2000))]

    #[test]
    fn no_value_survives_whatever_surrounds_it(before in around(), value in value(), behind in around()) {
        let text = format!("{before}{value}{behind}");
        let mut out = Vec::new();
        crate::mask::redact::Redaction::Placeholder.write(text.as_bytes(), &mut out).unwrap();
        let out = String::from_utf8(out).unwrap();
        prop_assert!(!out.contains(&value), "{} became {}", text, out);
    }

    #[test]
    fn any_text_is_borne(text in "([0-9]{1,5}|[+() ./:_-]|\u{a0}|[a-fx]|::|%20|é){0,60}") {
        let mut end = 0;
        find(&text, |found| {
            assert!(found.start >= end && found.end > found.start && text.get(found.start..found.end).is_some());
            end = found.end;
        });
    }
}
