-- Comments of the masking functions, for \df+ and \dx+: made of the registry by core/tests/registry.rs.
COMMENT ON FUNCTION anon_funcs.partial(text, integer, text, integer) IS
    'Keeps the first prefix and the last suffix characters of ov and puts padding between them; a value that they would show whole gives the padding alone.';
COMMENT ON FUNCTION anon_funcs.partial_email(text) IS
    'Keeps the beginnings of an e-mail address''s parts and its top-level domain: example@gmail.com gives ex******@gm******.com. Takes any text.';
COMMENT ON FUNCTION anon_funcs.digest(text, text, text) IS
    'Hexadecimal hash of seed followed by salt; algorithm is md5, sha1, sha224, sha256, sha384 or sha512.';
COMMENT ON FUNCTION anon_funcs.random_hash(text, text) IS
    'Hexadecimal hash of seed with a salt drawn anew for every call; algorithm as for digest.';
COMMENT ON FUNCTION anon_funcs.random_string(integer) IS
    'l random characters of A-Z and 0-9.';
COMMENT ON FUNCTION anon_funcs.random_zip() IS
    'Six random digits.';
COMMENT ON FUNCTION anon_funcs.random_inn() IS
    'Eight random digits.';
COMMENT ON FUNCTION anon_funcs.random_phone(text) IS
    'phone_prefix (0 by default) and a random number of nine digits.';
COMMENT ON FUNCTION anon_funcs.random_date_between(timestamp with time zone, timestamp with time zone) IS
    'A random time between the two.';
COMMENT ON FUNCTION anon_funcs.random_date() IS
    'A random time between 1900-01-01 and now.';
COMMENT ON FUNCTION anon_funcs.random_int_between(integer, integer) IS
    'A random number from int_start up to, but without, int_stop.';
COMMENT ON FUNCTION anon_funcs.random_bigint_between(bigint, bigint) IS
    'A random number from int_start up to, but without, int_stop.';
COMMENT ON FUNCTION anon_funcs.random_in(anyarray) IS
    'A random element of an array.';
COMMENT ON FUNCTION anon_funcs.hex_to_int(text) IS
    'The signed integer that up to eight hexadecimal digits stand for.';
COMMENT ON FUNCTION anon_funcs.noise(anyelement, double precision) IS
    'The number changed by a random share of at most ratio (0.1: ten per cent), within the range of its type. Any numeric type.';
COMMENT ON FUNCTION anon_funcs.dnoise(anyelement, interval) IS
    'The date or time moved by a random span of at most noise_range to either side, within the range of its type.';
COMMENT ON FUNCTION anon_funcs.random_first_name(text, text) IS
    'A first name, drawn anew for every call.';
COMMENT ON FUNCTION anon_funcs.pseudo_first_name(text, text, text) IS
    'A first name: the same for the same value under the same key (pg_anon.key).';
COMMENT ON FUNCTION anon_funcs.random_last_name(text, text) IS
    'A last name, drawn anew for every call.';
COMMENT ON FUNCTION anon_funcs.pseudo_last_name(text, text, text) IS
    'A last name: the same for the same value under the same key (pg_anon.key).';
COMMENT ON FUNCTION anon_funcs.random_full_name(text, text) IS
    'A first and a last name, drawn anew for every call.';
COMMENT ON FUNCTION anon_funcs.pseudo_full_name(text, text, text) IS
    'A first and a last name: the same for the same value under the same key (pg_anon.key).';
COMMENT ON FUNCTION anon_funcs.random_email(text) IS
    'An e-mail address in the domain, by default one that takes no mail, drawn anew for every call.';
COMMENT ON FUNCTION anon_funcs.pseudo_email(text, text) IS
    'An e-mail address in the domain, by default one that takes no mail: the same for the same value under the same key (pg_anon.key).';
COMMENT ON FUNCTION anon_funcs.random_user_name() IS
    'A name to log in with, drawn anew for every call.';
COMMENT ON FUNCTION anon_funcs.pseudo_user_name(text) IS
    'A name to log in with: the same for the same value under the same key (pg_anon.key).';
COMMENT ON FUNCTION anon_funcs.random_password(integer) IS
    'A password, drawn anew for every call.';
COMMENT ON FUNCTION anon_funcs.pseudo_password(text, integer) IS
    'A password: the same for the same value under the same key (pg_anon.key).';
COMMENT ON FUNCTION anon_funcs.random_company(text) IS
    'The name of a company, drawn anew for every call.';
COMMENT ON FUNCTION anon_funcs.pseudo_company(text, text) IS
    'The name of a company: the same for the same value under the same key (pg_anon.key).';
COMMENT ON FUNCTION anon_funcs.random_job(text) IS
    'The title of a job, drawn anew for every call.';
COMMENT ON FUNCTION anon_funcs.pseudo_job(text, text) IS
    'The title of a job: the same for the same value under the same key (pg_anon.key).';
COMMENT ON FUNCTION anon_funcs.random_street(text) IS
    'A street with the number of a house, drawn anew for every call.';
COMMENT ON FUNCTION anon_funcs.pseudo_street(text, text) IS
    'A street with the number of a house: the same for the same value under the same key (pg_anon.key).';
COMMENT ON FUNCTION anon_funcs.random_city(text) IS
    'A city, drawn anew for every call.';
COMMENT ON FUNCTION anon_funcs.pseudo_city(text, text) IS
    'A city: the same for the same value under the same key (pg_anon.key).';
COMMENT ON FUNCTION anon_funcs.random_postcode(text) IS
    'A postal code of the country, drawn anew for every call.';
COMMENT ON FUNCTION anon_funcs.pseudo_postcode(text, text) IS
    'A postal code of the country: the same for the same value under the same key (pg_anon.key).';
COMMENT ON FUNCTION anon_funcs.random_country(text) IS
    'The name of a country in the language, drawn anew for every call.';
COMMENT ON FUNCTION anon_funcs.pseudo_country(text, text) IS
    'The name of a country in the language: the same for the same value under the same key (pg_anon.key).';
COMMENT ON FUNCTION anon_funcs.random_phone_number(text) IS
    'A telephone number of the country, in the form of E.164, drawn anew for every call.';
COMMENT ON FUNCTION anon_funcs.pseudo_phone_number(text, text) IS
    'A telephone number of the country, in the form of E.164: the same for the same value under the same key (pg_anon.key).';
COMMENT ON FUNCTION anon_funcs.random_iban(text) IS
    'The IBAN of an account of a bank that does not exist, with valid check digits, drawn anew for every call.';
COMMENT ON FUNCTION anon_funcs.pseudo_iban(text, text) IS
    'The IBAN of an account of a bank that does not exist, with valid check digits: the same for the same value under the same key (pg_anon.key).';
COMMENT ON FUNCTION anon_funcs.random_card(text) IS
    'The number of a test card, with a valid check digit, drawn anew for every call.';
COMMENT ON FUNCTION anon_funcs.pseudo_card(text, text) IS
    'The number of a test card, with a valid check digit: the same for the same value under the same key (pg_anon.key).';
COMMENT ON FUNCTION anon_funcs.random_national_id(text) IS
    'A national id with valid check digits: ssn, inn, inn10, snils, nir, dni, nie, codice_fiscale, cpf, cnpj, bsn, pesel or steuer_id, drawn anew for every call.';
COMMENT ON FUNCTION anon_funcs.pseudo_national_id(text, text) IS
    'A national id with valid check digits: ssn, inn, inn10, snils, nir, dni, nie, codice_fiscale, cpf, cnpj, bsn, pesel or steuer_id: the same for the same value under the same key (pg_anon.key).';
COMMENT ON FUNCTION anon_funcs.random_uuid() IS
    'A UUID of version 4, as text, drawn anew for every call.';
COMMENT ON FUNCTION anon_funcs.pseudo_uuid(text) IS
    'A UUID of version 4, as text: the same for the same value under the same key (pg_anon.key).';
COMMENT ON FUNCTION anon_funcs.random_ip(integer) IS
    'An internet address, as text: of 10.0.0.0/8 for version 4, of 2001:db8::/32 for 6, drawn anew for every call.';
COMMENT ON FUNCTION anon_funcs.pseudo_ip(text, integer) IS
    'An internet address, as text: of 10.0.0.0/8 for version 4, of 2001:db8::/32 for 6: the same for the same value under the same key (pg_anon.key).';
COMMENT ON FUNCTION anon_funcs.random_mac() IS
    'A hardware address that is locally administered, as text, drawn anew for every call.';
COMMENT ON FUNCTION anon_funcs.pseudo_mac(text) IS
    'A hardware address that is locally administered, as text: the same for the same value under the same key (pg_anon.key).';
COMMENT ON FUNCTION anon_funcs.random_url() IS
    'A URL below https://www.example.com/, drawn anew for every call.';
COMMENT ON FUNCTION anon_funcs.pseudo_url(text) IS
    'A URL below https://www.example.com/: the same for the same value under the same key (pg_anon.key).';
COMMENT ON FUNCTION anon_funcs.random_user_agent() IS
    'What a browser says of itself, drawn anew for every call.';
COMMENT ON FUNCTION anon_funcs.pseudo_user_agent(text) IS
    'What a browser says of itself: the same for the same value under the same key (pg_anon.key).';
COMMENT ON FUNCTION anon_funcs.random_colour() IS
    'A colour, #rrggbb, drawn anew for every call.';
COMMENT ON FUNCTION anon_funcs.pseudo_colour(text) IS
    'A colour, #rrggbb: the same for the same value under the same key (pg_anon.key).';
COMMENT ON FUNCTION anon_funcs.random_sentence(integer, text) IS
    'A sentence without sense, of so many words, drawn anew for every call.';
COMMENT ON FUNCTION anon_funcs.pseudo_sentence(text, integer, text) IS
    'A sentence without sense, of so many words: the same for the same value under the same key (pg_anon.key).';
COMMENT ON FUNCTION anon_funcs.random_paragraph(integer, text) IS
    'So many sentences without sense, drawn anew for every call.';
COMMENT ON FUNCTION anon_funcs.pseudo_paragraph(text, integer, text) IS
    'So many sentences without sense: the same for the same value under the same key (pg_anon.key).';
COMMENT ON FUNCTION anon_funcs.fpe_digits(text) IS
    'The text with its digits enciphered by FF1 (NIST SP 800-38G) under the key (pg_anon.key); all else stays, and no two texts become the same.';
COMMENT ON FUNCTION anon_funcs.fpe_text(text, text) IS
    'The text with its characters of the alphabet (letters and digits of ASCII by default) enciphered by FF1 (NIST SP 800-38G) under the key (pg_anon.key); all else stays, and no two texts become the same.';
COMMENT ON FUNCTION anon_funcs.permute_int(smallint, smallint, smallint) IS
    'Another integer from low to high: no two values get the same one, and none stays. A value outside is an error. The same for the same value, bounds and key (pg_anon.key).';
COMMENT ON FUNCTION anon_funcs.permute_int(integer, integer, integer) IS
    'Another integer from low to high: no two values get the same one, and none stays. A value outside is an error. The same for the same value, bounds and key (pg_anon.key).';
COMMENT ON FUNCTION anon_funcs.permute_int(bigint, bigint, bigint) IS
    'Another integer from low to high: no two values get the same one, and none stays. A value outside is an error. The same for the same value, bounds and key (pg_anon.key).';
COMMENT ON FUNCTION anon_funcs.permute_uuid(uuid) IS
    'Another UUID of the same version: no two become the same. The same for the same UUID and key (pg_anon.key).';
COMMENT ON FUNCTION anon_funcs.scramble(text) IS
    'The text with every letter and digit replaced by another one of the same script and case; signs and spaces stay. The same for the same text and key (pg_anon.key).';
COMMENT ON FUNCTION anon_funcs.hmac(text, text) IS
    'Hexadecimal HMAC of the value under the key (pg_anon.key); algorithm is md5, sha1, sha224, sha256 (the default), sha384 or sha512.';
COMMENT ON FUNCTION anon_funcs.hmac_base32(text, integer) IS
    'The first characters of the HMAC-SHA256 of the value under the key (pg_anon.key), in base 32: digits and lower-case letters, five bits each; 16 characters by default.';
