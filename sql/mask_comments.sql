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
COMMENT ON FUNCTION anon_funcs.random_in(anyarray, double precision[]) IS
    'A random element of an array, each as often as its weight says.';
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
COMMENT ON FUNCTION anon_funcs.random_number(integer, integer) IS
    'A number from low to high, both included, drawn anew for every call; of type numeric with the digits behind the point of the bound that has more.';
COMMENT ON FUNCTION anon_funcs.random_number(bigint, bigint) IS
    'A number from low to high, both included, drawn anew for every call; of type numeric with the digits behind the point of the bound that has more.';
COMMENT ON FUNCTION anon_funcs.random_number(double precision, double precision) IS
    'A number from low to high, both included, drawn anew for every call; of type numeric with the digits behind the point of the bound that has more.';
COMMENT ON FUNCTION anon_funcs.random_number(numeric, numeric) IS
    'A number from low to high, both included, drawn anew for every call; of type numeric with the digits behind the point of the bound that has more.';
COMMENT ON FUNCTION anon_funcs.pseudo_number(text, integer, integer) IS
    'A number from low to high, both included: the same for the same value under the same key (pg_anon.key).';
COMMENT ON FUNCTION anon_funcs.pseudo_number(text, bigint, bigint) IS
    'A number from low to high, both included: the same for the same value under the same key (pg_anon.key).';
COMMENT ON FUNCTION anon_funcs.pseudo_number(text, double precision, double precision) IS
    'A number from low to high, both included: the same for the same value under the same key (pg_anon.key).';
COMMENT ON FUNCTION anon_funcs.pseudo_number(text, numeric, numeric) IS
    'A number from low to high, both included: the same for the same value under the same key (pg_anon.key).';
COMMENT ON FUNCTION anon_funcs.random_normal_number(integer, integer, integer, integer) IS
    'A normally distributed number with a mean and a standard deviation, from low to high where these are given, drawn anew for every call.';
COMMENT ON FUNCTION anon_funcs.random_normal_number(bigint, bigint, bigint, bigint) IS
    'A normally distributed number with a mean and a standard deviation, from low to high where these are given, drawn anew for every call.';
COMMENT ON FUNCTION anon_funcs.random_normal_number(double precision, double precision, double precision, double precision) IS
    'A normally distributed number with a mean and a standard deviation, from low to high where these are given, drawn anew for every call.';
COMMENT ON FUNCTION anon_funcs.random_normal_number(numeric, numeric, numeric, numeric) IS
    'A normally distributed number with a mean and a standard deviation, from low to high where these are given, drawn anew for every call.';
COMMENT ON FUNCTION anon_funcs.pseudo_normal_number(text, integer, integer, integer, integer) IS
    'A normally distributed number with a mean and a standard deviation, from low to high where these are given: the same for the same value under the same key (pg_anon.key).';
COMMENT ON FUNCTION anon_funcs.pseudo_normal_number(text, bigint, bigint, bigint, bigint) IS
    'A normally distributed number with a mean and a standard deviation, from low to high where these are given: the same for the same value under the same key (pg_anon.key).';
COMMENT ON FUNCTION anon_funcs.pseudo_normal_number(text, double precision, double precision, double precision, double precision) IS
    'A normally distributed number with a mean and a standard deviation, from low to high where these are given: the same for the same value under the same key (pg_anon.key).';
COMMENT ON FUNCTION anon_funcs.pseudo_normal_number(text, numeric, numeric, numeric, numeric) IS
    'A normally distributed number with a mean and a standard deviation, from low to high where these are given: the same for the same value under the same key (pg_anon.key).';
COMMENT ON FUNCTION anon_funcs.random_date(date, date) IS
    'A date or time from the first to the last, both included, drawn anew for every call.';
COMMENT ON FUNCTION anon_funcs.random_date(timestamp without time zone, timestamp without time zone) IS
    'A date or time from the first to the last, both included, drawn anew for every call.';
COMMENT ON FUNCTION anon_funcs.random_date(timestamp with time zone, timestamp with time zone) IS
    'A date or time from the first to the last, both included, drawn anew for every call.';
COMMENT ON FUNCTION anon_funcs.pseudo_date(text, date, date) IS
    'A date or time from the first to the last, both included: the same for the same value under the same key (pg_anon.key).';
COMMENT ON FUNCTION anon_funcs.pseudo_date(text, timestamp without time zone, timestamp without time zone) IS
    'A date or time from the first to the last, both included: the same for the same value under the same key (pg_anon.key).';
COMMENT ON FUNCTION anon_funcs.pseudo_date(text, timestamp with time zone, timestamp with time zone) IS
    'A date or time from the first to the last, both included: the same for the same value under the same key (pg_anon.key).';
COMMENT ON FUNCTION anon_funcs.random_normal_date(date, interval, date, date) IS
    'A normally distributed date or time around a mean, from the first to the last where these are given, drawn anew for every call.';
COMMENT ON FUNCTION anon_funcs.random_normal_date(timestamp without time zone, interval, timestamp without time zone, timestamp without time zone) IS
    'A normally distributed date or time around a mean, from the first to the last where these are given, drawn anew for every call.';
COMMENT ON FUNCTION anon_funcs.random_normal_date(timestamp with time zone, interval, timestamp with time zone, timestamp with time zone) IS
    'A normally distributed date or time around a mean, from the first to the last where these are given, drawn anew for every call.';
COMMENT ON FUNCTION anon_funcs.pseudo_normal_date(text, date, interval, date, date) IS
    'A normally distributed date or time around a mean, from the first to the last where these are given: the same for the same value under the same key (pg_anon.key).';
COMMENT ON FUNCTION anon_funcs.pseudo_normal_date(text, timestamp without time zone, interval, timestamp without time zone, timestamp without time zone) IS
    'A normally distributed date or time around a mean, from the first to the last where these are given: the same for the same value under the same key (pg_anon.key).';
COMMENT ON FUNCTION anon_funcs.pseudo_normal_date(text, timestamp with time zone, interval, timestamp with time zone, timestamp with time zone) IS
    'A normally distributed date or time around a mean, from the first to the last where these are given: the same for the same value under the same key (pg_anon.key).';
COMMENT ON FUNCTION anon_funcs.random_latitude(double precision, double precision) IS
    'A latitude in degrees from south to north, each place between them as likely as the others, drawn anew for every call.';
COMMENT ON FUNCTION anon_funcs.pseudo_latitude(text, double precision, double precision) IS
    'A latitude in degrees from south to north, each place between them as likely as the others: the same for the same value under the same key (pg_anon.key).';
COMMENT ON FUNCTION anon_funcs.random_longitude(double precision, double precision) IS
    'A longitude in degrees from west to east, drawn anew for every call.';
COMMENT ON FUNCTION anon_funcs.pseudo_longitude(text, double precision, double precision) IS
    'A longitude in degrees from west to east: the same for the same value under the same key (pg_anon.key).';
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
COMMENT ON FUNCTION anon_funcs.hmac(text, text, integer) IS
    'Hexadecimal HMAC of the value under the key (pg_anon.key); algorithm is md5, sha1, sha224, sha256 (the default), sha384 or sha512; of its digits the first ones, as many as length says, or all.';
COMMENT ON FUNCTION anon_funcs.hmac_base32(text, integer) IS
    'The first characters of the HMAC-SHA256 of the value under the key (pg_anon.key), in base 32: digits and lower-case letters, five bits each; 16 characters by default.';
COMMENT ON FUNCTION anon_funcs.partial_card(text) IS
    'A card''s number with its last four digits; the others are stars.';
COMMENT ON FUNCTION anon_funcs.partial_phone(text) IS
    'A telephone number with its first part and its last two digits; the others are stars.';
COMMENT ON FUNCTION anon_funcs.partial_iban(text) IS
    'An IBAN with its country and its last four characters; the others are stars.';
COMMENT ON FUNCTION anon_funcs.partial_name(text) IS
    'The initials of a name, each with a dot.';
COMMENT ON FUNCTION anon_funcs.partial_url(text) IS
    'The scheme and the host of a URL, without user, password, port, path, query and fragment.';
COMMENT ON FUNCTION anon_funcs.partial_ip(text, integer, integer) IS
    'The network of an internet address: its first bits (24, or 48 of version 6, by default), the others zero.';
COMMENT ON FUNCTION anon_funcs.generalise_ip(text, integer, integer) IS
    'The network of an internet address with its bits (24, or 48 of version 6, by default), as text: 192.168.17.0/24. It can be cast to inet and cidr.';
COMMENT ON FUNCTION anon_funcs.partial_coordinate(double precision, integer) IS
    'A coordinate in degrees to so many decimals (2 by default: about a kilometre), towards zero.';
COMMENT ON FUNCTION anon_funcs.generalise_text(text, text, text) IS
    'What the value is in a mapping, a JSON object of strings; otherwise for a value that is not in it.';
COMMENT ON FUNCTION anon_funcs.generalise_number(smallint, smallint) IS
    'The greatest multiple of the step that is not above the value.';
COMMENT ON FUNCTION anon_funcs.generalise_number(integer, integer) IS
    'The greatest multiple of the step that is not above the value.';
COMMENT ON FUNCTION anon_funcs.generalise_number(bigint, bigint) IS
    'The greatest multiple of the step that is not above the value.';
COMMENT ON FUNCTION anon_funcs.generalise_number(double precision, double precision) IS
    'The greatest multiple of the step that is not above the value.';
COMMENT ON FUNCTION anon_funcs.generalise_number(numeric, numeric) IS
    'The greatest multiple of the step that is not above the value.';
COMMENT ON FUNCTION anon_funcs.generalise_date(date, text) IS
    'The beginning of the hour, day, week, month, quarter, year or decade in which the value lies (in UTC, with a time zone).';
COMMENT ON FUNCTION anon_funcs.generalise_date(timestamp without time zone, text) IS
    'The beginning of the hour, day, week, month, quarter, year or decade in which the value lies (in UTC, with a time zone).';
COMMENT ON FUNCTION anon_funcs.generalise_date(timestamp with time zone, text) IS
    'The beginning of the hour, day, week, month, quarter, year or decade in which the value lies (in UTC, with a time zone).';
COMMENT ON FUNCTION anon_funcs.generalise_range(integer, integer) IS
    'The range of a step in which a number lies, as text: [30,40). It can be cast to int4range, int8range and numrange.';
COMMENT ON FUNCTION anon_funcs.generalise_range(bigint, bigint) IS
    'The range of a step in which a number lies, as text: [30,40). It can be cast to int4range, int8range and numrange.';
COMMENT ON FUNCTION anon_funcs.generalise_range(numeric, numeric) IS
    'The range of a step in which a number lies, as text: [30,40). It can be cast to int4range, int8range and numrange.';
COMMENT ON FUNCTION anon_funcs.generalise_range(date, text) IS
    'The range of the hour, day, week, month, quarter, year or decade in which the value lies (in UTC, with a time zone), as text. It can be cast to daterange, tsrange and tstzrange.';
COMMENT ON FUNCTION anon_funcs.generalise_range(timestamp without time zone, text) IS
    'The range of the hour, day, week, month, quarter, year or decade in which the value lies (in UTC, with a time zone), as text. It can be cast to daterange, tsrange and tstzrange.';
COMMENT ON FUNCTION anon_funcs.generalise_range(timestamp with time zone, text) IS
    'The range of the hour, day, week, month, quarter, year or decade in which the value lies (in UTC, with a time zone), as text. It can be cast to daterange, tsrange and tstzrange.';
COMMENT ON FUNCTION anon_funcs.generalise_age(date, integer, date) IS
    'The band of years (10 by default) in which the age of somebody born on a day lies, such as 30-39; as of today by default.';
COMMENT ON FUNCTION anon_funcs.pseudo_noise(smallint, double precision) IS
    'The number changed by a share of at most ratio: by the same for the same value and key (pg_anon.key).';
COMMENT ON FUNCTION anon_funcs.pseudo_noise(integer, double precision) IS
    'The number changed by a share of at most ratio: by the same for the same value and key (pg_anon.key).';
COMMENT ON FUNCTION anon_funcs.pseudo_noise(bigint, double precision) IS
    'The number changed by a share of at most ratio: by the same for the same value and key (pg_anon.key).';
COMMENT ON FUNCTION anon_funcs.pseudo_noise(double precision, double precision) IS
    'The number changed by a share of at most ratio: by the same for the same value and key (pg_anon.key).';
COMMENT ON FUNCTION anon_funcs.pseudo_noise(numeric, double precision) IS
    'The number changed by a share of at most ratio: by the same for the same value and key (pg_anon.key).';
COMMENT ON FUNCTION anon_funcs.pseudo_noise(smallint, double precision, smallint, smallint) IS
    'The number changed by a share of at most ratio, from low to high: by the same for the same value and key (pg_anon.key).';
COMMENT ON FUNCTION anon_funcs.pseudo_noise(integer, double precision, integer, integer) IS
    'The number changed by a share of at most ratio, from low to high: by the same for the same value and key (pg_anon.key).';
COMMENT ON FUNCTION anon_funcs.pseudo_noise(bigint, double precision, bigint, bigint) IS
    'The number changed by a share of at most ratio, from low to high: by the same for the same value and key (pg_anon.key).';
COMMENT ON FUNCTION anon_funcs.pseudo_noise(double precision, double precision, double precision, double precision) IS
    'The number changed by a share of at most ratio, from low to high: by the same for the same value and key (pg_anon.key).';
COMMENT ON FUNCTION anon_funcs.pseudo_noise(numeric, double precision, numeric, numeric) IS
    'The number changed by a share of at most ratio, from low to high: by the same for the same value and key (pg_anon.key).';
COMMENT ON FUNCTION anon_funcs.pseudo_dnoise(date, interval, date, date) IS
    'The date or time moved by a span of at most noise_range to either side, from the first to the last: by the same for the same value and key (pg_anon.key).';
COMMENT ON FUNCTION anon_funcs.pseudo_dnoise(timestamp without time zone, interval, timestamp without time zone, timestamp without time zone) IS
    'The date or time moved by a span of at most noise_range to either side, from the first to the last: by the same for the same value and key (pg_anon.key).';
COMMENT ON FUNCTION anon_funcs.pseudo_dnoise(timestamp with time zone, interval, timestamp with time zone, timestamp with time zone) IS
    'The date or time moved by a span of at most noise_range to either side, from the first to the last: by the same for the same value and key (pg_anon.key).';
COMMENT ON FUNCTION anon_funcs.noise(smallint, double precision, smallint, smallint) IS
    'The number changed by a random share of at most ratio, from low to high.';
COMMENT ON FUNCTION anon_funcs.noise(integer, double precision, integer, integer) IS
    'The number changed by a random share of at most ratio, from low to high.';
COMMENT ON FUNCTION anon_funcs.noise(bigint, double precision, bigint, bigint) IS
    'The number changed by a random share of at most ratio, from low to high.';
COMMENT ON FUNCTION anon_funcs.noise(double precision, double precision, double precision, double precision) IS
    'The number changed by a random share of at most ratio, from low to high.';
COMMENT ON FUNCTION anon_funcs.noise(numeric, double precision, numeric, numeric) IS
    'The number changed by a random share of at most ratio, from low to high.';
COMMENT ON FUNCTION anon_funcs.dnoise(date, interval, date, date) IS
    'The date or time moved by a random span of at most noise_range to either side, from the first to the last.';
COMMENT ON FUNCTION anon_funcs.dnoise(timestamp without time zone, interval, timestamp without time zone, timestamp without time zone) IS
    'The date or time moved by a random span of at most noise_range to either side, from the first to the last.';
COMMENT ON FUNCTION anon_funcs.dnoise(timestamp with time zone, interval, timestamp with time zone, timestamp with time zone) IS
    'The date or time moved by a random span of at most noise_range to either side, from the first to the last.';
COMMENT ON FUNCTION anon_funcs.pseudo_dnoise(date, interval) IS
    'The date or time moved by a span of at most noise_range to either side: by the same for the same value and key (pg_anon.key).';
COMMENT ON FUNCTION anon_funcs.pseudo_dnoise(timestamp without time zone, interval) IS
    'The date or time moved by a span of at most noise_range to either side: by the same for the same value and key (pg_anon.key).';
COMMENT ON FUNCTION anon_funcs.pseudo_dnoise(timestamp with time zone, interval) IS
    'The date or time moved by a span of at most noise_range to either side: by the same for the same value and key (pg_anon.key).';
COMMENT ON FUNCTION anon_funcs.shift_date(date, text, interval) IS
    'The date or time shifted by whole days, at most longest to either side: all of one person by the same, under the key (pg_anon.key).';
COMMENT ON FUNCTION anon_funcs.shift_date(timestamp without time zone, text, interval) IS
    'The date or time shifted by whole days, at most longest to either side: all of one person by the same, under the key (pg_anon.key).';
COMMENT ON FUNCTION anon_funcs.shift_date(timestamp with time zone, text, interval) IS
    'The date or time shifted by whole days, at most longest to either side: all of one person by the same, under the key (pg_anon.key).';
COMMENT ON FUNCTION anon_funcs.mask_jsonb(jsonb, jsonb) IS
    'The document with values masked that rules name: an object of JSON paths and masks, such as {"$.email": "pseudo_email", "$.notes[*]": ["partial", 1, "***", 1], "$.extra": {"set": null}}.';
COMMENT ON FUNCTION anon_funcs.mask_array(text[], jsonb) IS
    'The array with every element masked by a rule of mask_jsonb, such as "pseudo_email" or ["partial", 1, "***", 1].';
COMMENT ON FUNCTION anon_funcs.pick(anyarray, text) IS
    'An element of the array: the same for the same value and key (pg_anon.key).';
COMMENT ON FUNCTION anon_funcs.pick(anyarray, text, double precision[]) IS
    'An element of the array, each as often as its weight says: the same for the same value and key (pg_anon.key).';
COMMENT ON FUNCTION anon_funcs.keep_if(boolean, anycompatible, anycompatible) IS
    'The first value where the condition is true, otherwise the second.';
COMMENT ON FUNCTION anon_funcs.mask_hstore(anyelement, jsonb) IS
    'The hstore with the values masked that rules of mask_jsonb name: {"$.email": "pseudo_email", "$.*": ["partial", 1, "***", 1]}.';
COMMENT ON FUNCTION anon_funcs.mask_composite(anyelement, jsonb) IS
    'The value of a composite type with the fields masked that rules of mask_jsonb name: {"$.street": "pseudo_street"}.';
COMMENT ON FUNCTION anon_funcs.mask_xml(xml, jsonb) IS
    'The XML document with the texts and attributes masked that rules name: {"/order/customer/@email": "pseudo_email", "//note": ["partial", 1, "***", 1]}.';
COMMENT ON FUNCTION anon_funcs.null_if_random(anyelement, double precision) IS
    'NULL for a random share of the rows (0.1: ten per cent), otherwise the value as it is.';
COMMENT ON FUNCTION anon_funcs.redact(text) IS
    'Free text with e-mail addresses, telephone numbers, cards, accounts, ids, internet and hardware addresses, URLs with a password and keys replaced by their kind in brackets, wherever they stand.';
COMMENT ON FUNCTION anon_funcs.redact_keyed(text) IS
    'The same, with pseudonyms under the key (pg_anon.key) in place of what pseudo_email, pseudo_ip and fpe_digits mask in columns.';
