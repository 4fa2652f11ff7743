-- The masking functions, each by its documented examples, at its limits, and with arguments that it refuses.
\set VERBOSITY terse
SET client_min_messages = warning;
SET DateStyle = ISO;
SET TimeZone = 'UTC';
CREATE EXTENSION pg_anon;
SET search_path = public, anon_funcs;

-- How a query ends: with a value, or with SQLSTATE, message and hint.
CREATE FUNCTION attempt(query text) RETURNS TABLE (call text, outcome text, hint text) LANGUAGE plpgsql AS $$
BEGIN
    call := query;
    EXECUTE 'SELECT (' || query || ')::text' INTO outcome;
    outcome := coalesce(outcome, 'NULL');
    RETURN NEXT;
EXCEPTION WHEN OTHERS THEN
    GET STACKED DIAGNOSTICS hint = PG_EXCEPTION_HINT;
    outcome := SQLSTATE || ': ' || SQLERRM;
    hint := nullif(hint, '');
    RETURN NEXT;
END $$;

-- 1. All functions of the extension: what they take and give, and what PostgreSQL may assume of them. None runs with the
-- rights of its owner, and each has a comment.
SELECT p.proname AS function, CASE p.provolatile WHEN 'i' THEN 'immutable' WHEN 's' THEN 'stable' ELSE 'volatile' END AS volatility,
    CASE p.proparallel WHEN 's' THEN 'safe' WHEN 'r' THEN 'restricted' ELSE 'unsafe' END AS parallel,
    p.proisstrict AS strict, p.prosecdef AS as_owner, p.proleakproof AS leakproof, obj_description(p.oid, 'pg_proc') <> '' AS has_comment
FROM pg_proc p WHERE p.pronamespace = 'anon_funcs'::regnamespace ORDER BY 1;
\pset format unaligned
SELECT format('%s(%s) %s', p.proname, pg_get_function_arguments(p.oid), pg_get_function_result(p.oid)) AS functions
FROM pg_proc p WHERE p.pronamespace = 'anon_funcs'::regnamespace ORDER BY 1;
\pset format aligned

-- NULL stays NULL, whichever argument it is.
SELECT partial(NULL, 1, '*', 1), partial('abcdef', NULL, '*', 1), partial('abcdef', 1, NULL, 1), partial('abcdef', 1, '*', NULL), partial_email(NULL);
SELECT digest(NULL, 's', 'md5'), digest('a', NULL, 'md5'), digest('a', 's', NULL), random_hash(NULL, 'md5'), random_hash('a', NULL), hex_to_int(NULL);
SELECT random_string(NULL), random_phone(NULL), random_int_between(NULL, 1), random_int_between(1, NULL), random_bigint_between(NULL, 1),
    random_bigint_between(1, NULL), random_date_between(NULL, now()), random_date_between(now(), NULL), random_in(NULL::int[]);
SELECT noise(NULL::int, 0.1), noise(1, NULL), dnoise(NULL::date, '1 day'), dnoise('2020-01-01'::date, NULL);

-- 2. partial. A value that the prefix and the suffix would show whole gives the padding alone.
SELECT partial('abcdefgh', 2, '***', 2), partial('+49 170 1234567', 4, ' *** ', 3), partial('MATT', 0, 'xxxxxxxx', 4);
SELECT value, prefix, padding, suffix, partial(value, prefix, padding, suffix) FROM (VALUES
    ('abcdef', 3, '*', 5), ('abcdef', 3, '*', 3), ('abcdef', 3, '*', 2), ('abcdef', 6, '*', 0), ('abcdef', 5, '*', 0), ('abcdef', 0, '*', 6),
    ('abcdef', 0, '*', 5), ('abcdef', 0, '*', 0), ('abcdef', 0, '', 0), ('abcdef', 2, '', 2), ('abcdef', 2, 'cd', 2), ('', 0, '*', 0), ('', 1, '*', 1),
    ('a', 1, '*', 1), ('ab', 1, '*', 1), ('abc', 1, '*', 1), ('abcdef', 2147483647, '*', 2147483647), ('abcdef', 2147483647, '*', 0)
) AS v (value, prefix, padding, suffix);
-- Cut at characters, however many bytes they have.
SELECT partial('Änne Müßig', 1, '***', 2), partial('日本国東京都', 2, '…', 1), partial('😀😁😂', 1, '🤐', 1), partial('éa', 1, '*', 1), partial('é', 1, '*', 1);
SELECT length(partial(repeat('ü', 1000000), 300000, 'é', 200000)), partial(repeat('ü', 1000000), 3, '*', 3);
-- Never the whole value, whatever is asked for, unless the padding alone is that value.
SELECT count(*) AS tried, count(*) FILTER (WHERE partial(v, p, d, s) = v) AS shown, count(*) FILTER (WHERE length(partial(v, p, d, s)) > p + length(d) + s) AS too_long
FROM unnest(ARRAY['', 'a', 'ab', 'aé', 'abc', 'abcdé', 'ééééé']) v, generate_series(0, 6) p, unnest(ARRAY['*', '****', '']) d, generate_series(0, 6) s WHERE v <> d;
SELECT * FROM attempt($$partial('abcdef', -1, '*', 1)$$) UNION ALL SELECT * FROM attempt($$partial('abcdef', 1, '*', -1)$$)
UNION ALL SELECT * FROM attempt($$partial('abcdef', -2147483648, '*', 0)$$);

-- 3. partial_email takes any text. A part that is too short to be shortened is not shown.
SELECT email, partial_email(email) FROM unnest(ARRAY[
    'example@gmail.com', 'john.doe@sub.domain.co.uk', 'abc@example.ru', 'very.long+tag@example.museum', 'ab@example.com', 'abc@ex.com', 'a@b.c', 'abc@def.g',
    'anna@localhost', 'anna@example.', 'anna@.com', 'anna@', '@example.com', '@', 'no address', '.', '', 'a.b.c', 'two@at@example.com', '  padded@example.com  ',
    'anna@10.0.0.17', '"quoted local"@example.com', 'älfred@exämple.österreich', '李小龍@例え.テスト', '😀😁😂@😀😁😂.com']) AS email;
SELECT partial_email(repeat('a', 100000) || '@' || repeat('b', 100000) || '.com'), partial_email('a@b.' || repeat('secret', 20));

-- 4. digest: the hash of seed and salt, equal to what PostgreSQL's own functions give.
SELECT algorithm, digest('abc', '', algorithm) FROM unnest(ARRAY['md5', 'sha1', 'sha224', 'sha256', 'sha384', 'sha512', 'SHA256']) AS algorithm;
SELECT bool_and(digest(seed, salt, 'md5') = md5(seed || salt)) AS md5, bool_and(digest(seed, salt, 'sha224') = encode(sha224(convert_to(seed || salt, 'UTF8')), 'hex')) AS sha224,
    bool_and(digest(seed, salt, 'sha256') = encode(sha256(convert_to(seed || salt, 'UTF8')), 'hex')) AS sha256,
    bool_and(digest(seed, salt, 'sha384') = encode(sha384(convert_to(seed || salt, 'UTF8')), 'hex')) AS sha384,
    bool_and(digest(seed, salt, 'sha512') = encode(sha512(convert_to(seed || salt, 'UTF8')), 'hex')) AS sha512, count(*)
FROM unnest(ARRAY['', 'a', 'abc', 'Müßig', '日本', repeat('long ', 10000)]) AS seed, unnest(ARRAY['', 'salt', '𝔖', repeat('s', 127)]) AS salt;
-- The FIPS 180 example for SHA-1, which PostgreSQL has no function of its own for.
SELECT digest('abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq', '', 'sha1');
SELECT attempt.* FROM unnest(ARRAY['crc32', '', 'sha-256', 'sha256 ', 'md5; drop table x']) AS algorithm, attempt(format('digest(''a'', ''s'', %L)', algorithm));
SELECT attempt.* FROM attempt('random_hash(''a'', ''sha3'')');

-- 5. random_hash: another salt for each call, so no two are equal and none is the hash without a salt.
SELECT algorithm, count(DISTINCT random_hash('a', algorithm)) AS hashes, bool_and(random_hash('', algorithm) ~ '^[0-9a-f]+$') AS hexadecimal,
    bool_and(length(random_hash('é', algorithm)) = length(digest('é', '', algorithm))) AS as_long, bool_or(random_hash('a', algorithm) = digest('a', '', algorithm)) AS unsalted
FROM unnest(ARRAY['md5', 'sha1', 'sha224', 'sha256', 'sha384', 'sha512']) AS algorithm, generate_series(1, 200) GROUP BY 1 ORDER BY 1;

-- 6. Random text. Every row gets its own.
SELECT length(random_string(1)), length(random_string(8)), random_string(0) = '' AS empty, length(random_string(100000)), count(DISTINCT random_string(20))
FROM generate_series(1, 1000);
-- All characters come, and are as frequent as the others: of 360,000 each some 10,000, with a standard deviation below 100.
SELECT string_agg(c, '' ORDER BY c COLLATE "C") AS characters, bool_and(times BETWEEN 9000 AND 11000) AS uniform
FROM (SELECT c, count(*) AS times FROM string_to_table(random_string(360000), NULL) AS c GROUP BY 1) AS counted;
-- Of 20,000 numbers each digit in each place has some 2,000, with a standard deviation below 50.
CREATE FUNCTION digits(numbers text[], OUT place bigint, OUT digits text, OUT uniform bool) RETURNS SETOF record LANGUAGE sql AS $$
    SELECT place, string_agg(digit, '' ORDER BY digit), bool_and(times BETWEEN 1600 AND 2700)
    FROM (SELECT place, digit, count(*) AS times FROM unnest(numbers) AS number, string_to_table(number, NULL) WITH ORDINALITY AS d (digit, place) GROUP BY 1, 2) AS counted
    GROUP BY 1 ORDER BY 1 $$;
SELECT * FROM digits((SELECT array_agg(random_zip()) FROM generate_series(1, 20000)));
SELECT * FROM digits((SELECT array_agg(random_inn()) FROM generate_series(1, 20000)));
SELECT * FROM digits((SELECT array_agg(random_phone('')) FROM generate_series(1, 20000)));
SELECT bool_and(random_phone() ~ '^0[1-9]\d{8}$') AS by_default, bool_and(random_phone('+49 ') ~ '^\+49 [1-9]\d{8}$') AS prefixed,
    bool_and(random_phone('☎é') ~ '^☎é\d{9}$') AS multi_byte, bool_and(random_phone(phone_prefix => '7') ~ '^7\d{9}$') AS named, count(DISTINCT random_phone()) > 990 AS differ
FROM generate_series(1, 1000);
SELECT * FROM attempt('random_string(-1)') UNION ALL SELECT * FROM attempt('random_string(-2147483648)') UNION ALL SELECT * FROM attempt('random_string(2147483647)');

-- 7. Random numbers: the first can come, the second cannot.
SELECT n, count(*) BETWEEN 2400 AND 3600 AS uniform FROM (SELECT random_int_between(-1, 2) AS n FROM generate_series(1, 9000)) AS numbers GROUP BY 1 ORDER BY 1;
SELECT n, count(*) BETWEEN 2400 AND 3600 AS uniform FROM (SELECT random_bigint_between(9223372036854775804, 9223372036854775807) AS n FROM generate_series(1, 9000)) AS numbers
GROUP BY 1 ORDER BY 1;
SELECT array_agg(DISTINCT random_int_between(5, 1)) AS backwards, array_agg(DISTINCT random_bigint_between(5, 1)) AS backwards_bigint, array_agg(DISTINCT random_int_between(7, 7)) AS equal,
    array_agg(DISTINCT random_int_between(7, 8)) AS next, array_agg(DISTINCT random_bigint_between(-9223372036854775808, -9223372036854775807)) AS least
FROM generate_series(1, 1000);
-- The whole range of the type: each half of it, and each residue, as often as the other.
SELECT count(*) FILTER (WHERE i < 0) BETWEEN 4500 AND 5500 AS int_halves, count(*) FILTER (WHERE i % 2 = 0) BETWEEN 4500 AND 5500 AS int_even,
    count(*) FILTER (WHERE b < 0) BETWEEN 4500 AND 5500 AS bigint_halves, count(*) FILTER (WHERE b % 2 = 0) BETWEEN 4500 AND 5500 AS bigint_even, pg_typeof(min(i)), pg_typeof(min(b))
FROM (SELECT random_int_between(-2147483648, 2147483647) AS i, random_bigint_between(-9223372036854775808, 9223372036854775807) AS b FROM generate_series(1, 10000)) AS numbers;

-- 8. Random dates.
SELECT bool_and(t >= '2020-01-01' AND t < '2020-01-02') AS within, count(DISTINCT extract(hour FROM t)) AS hours, count(DISTINCT t) > 990 AS differ
FROM (SELECT random_date_between('2020-01-01', '2020-01-02') AS t FROM generate_series(1, 1000)) AS times;
SELECT bool_and(random_date_between('2020-01-02', '2020-01-01') BETWEEN '2020-01-01' AND '2020-01-02') AS backwards,
    array_agg(DISTINCT random_date_between('2020-01-01', '2020-01-01')) AS equal, array_agg(DISTINCT random_date_between('2020-01-01', '2020-01-01 00:00:00.000002')) AS next,
    bool_and(isfinite(random_date_between('4713-01-01 BC', '294276-12-31 23:59:59.999999'))) AS widest
FROM generate_series(1, 200);
SELECT bool_and(t BETWEEN '1900-01-01' AND now() + interval '1 hour') AS within, count(DISTINCT extract(decade FROM t)) >= 12 AS all_decades, count(DISTINCT t) > 990 AS differ
FROM (SELECT random_date() AS t FROM generate_series(1, 1000)) AS times;
SELECT attempt.* FROM unnest(ARRAY['''-infinity'', now()', 'now(), ''infinity''']) AS arguments, attempt('random_date_between(' || arguments || ')');

-- 9. random_in: any element of an array, of any type and number of dimensions.
SELECT element, count(*) BETWEEN 2400 AND 3600 AS uniform FROM (SELECT random_in(ARRAY['a', 'é', NULL]) AS element FROM generate_series(1, 9000)) AS elements GROUP BY 1 ORDER BY 1;
SELECT array_agg(DISTINCT random_in('[5:8]={1,2,3,4}'::int[])) AS own_bounds, array_agg(DISTINCT random_in('{{1,2},{3,4}}'::int[])) AS two_dimensions FROM generate_series(1, 1000);
SELECT random_in('{}'::int[]) AS empty, random_in(ARRAY[NULL]::text[]) AS only_null, random_in(ARRAY[true]), random_in(ARRAY['2020-01-01'::date]), random_in(ARRAY[1.50]),
    random_in(ARRAY['1 day'::interval]), random_in(ARRAY['a'::"char"]), random_in(ARRAY['name'::name]), random_in(ARRAY['{"a": 1}'::jsonb]), random_in(ARRAY[ROW(1, 'a')]),
    random_in(ARRAY['(1,2)'::point]), random_in(ARRAY['1 2'::int2vector]), length(random_in(ARRAY[repeat('long ', 100000)]));
CREATE TYPE mood AS ENUM ('sad', 'glad');
CREATE DOMAIN percent AS int CHECK (VALUE BETWEEN 0 AND 100);
SELECT pg_typeof(random_in(ARRAY['sad']::mood[])), pg_typeof(random_in(ARRAY[5]::percent[])), pg_typeof(random_in(ARRAY['a']::varchar(3)[]));
SELECT * FROM attempt('random_in(1)');

-- 10. hex_to_int.
SELECT hexadecimal, hex_to_int(hexadecimal) FROM unnest(ARRAY['0', 'ff', 'FF', 'aBcDeF', '7fffffff', '80000000', 'ffffffff', 'FFFFFFFE', '00000001', '']) AS hexadecimal;
SELECT bool_and(hex_to_int(to_hex(n)) = n) AS there_and_back FROM unnest(ARRAY[0, 1, -1, 2147483647, -2147483648, 123456789]) AS n;
SELECT attempt.* FROM unnest(ARRAY['g', '123456789', '000000001', '-1', ' 1', '1 ', '0x10', 'é', '1''); drop']) AS hexadecimal, attempt(format('hex_to_int(%L)', hexadecimal));

-- 11. noise. Each value is masked 500 times: what comes lies between the two ends, is of the same type, and both sides are met.
CREATE FUNCTION noises(value anyelement, ratio float8, lowest anyelement, highest anyelement, OUT type regtype, OUT within bool, OUT below bool, OUT above bool) LANGUAGE sql AS $$
    SELECT min(pg_typeof(n)::text)::regtype, bool_and(n >= lowest AND n <= highest), bool_or(n < value), bool_or(n > value)
    FROM (SELECT noise(value, ratio) AS n FROM generate_series(1, 500)) AS noises $$;
SELECT noise(100::smallint, 0), noise(100, 0), noise(100::bigint, 0), noise(1.5::real, 0), noise(1.5::float8, 0), noise(1.50, 0), noise('1.25'::money, 0);
SELECT 'smallint' AS what, n.* FROM noises(1000::smallint, 0.1, 900::smallint, 1100::smallint) n
UNION ALL SELECT 'integer', n.* FROM noises(1000, 0.1, 900, 1100) n
UNION ALL SELECT 'negative', n.* FROM noises(-1000, 0.1, -1100, -900) n
UNION ALL SELECT 'bigint', n.* FROM noises(1000000000000, 0.1, 900000000000, 1100000000000) n
UNION ALL SELECT 'real', n.* FROM noises(1000::real, 0.1, 899.9::real, 1100.1::real) n
UNION ALL SELECT 'double precision', n.* FROM noises(1000::float8, 0.1, 899.9::float8, 1100.1::float8) n
UNION ALL SELECT 'numeric', n.* FROM noises(1000.000, 0.1, 900.000, 1100.000) n
UNION ALL SELECT 'money', n.* FROM noises(1000::money, 0.1, 900::money, 1100::money) n
UNION ALL SELECT 'domain', n.* FROM noises(50::percent, 0.1, 45::percent, 55::percent) n
UNION ALL SELECT 'more than all', n.* FROM noises(100, 2, -100, 300) n
UNION ALL SELECT 'smallest unit', n.* FROM noises(1, 0.1, 1, 1) n;
-- At the ends of a type's range the noise goes to the other side.
SELECT 'smallint' AS what, n.* FROM noises(32767::smallint, 0.5, 16383::smallint, 32767::smallint) n
UNION ALL SELECT 'least smallint', n.* FROM noises((-32768)::smallint, 0.5, (-32768)::smallint, (-16384)::smallint) n
UNION ALL SELECT 'integer', n.* FROM noises(2147483647, 0.5, 1073741823, 2147483647) n
UNION ALL SELECT 'least integer', n.* FROM noises((-2147483648), 0.5, (-2147483648), (-1073741824)) n
UNION ALL SELECT 'bigint', n.* FROM noises(9223372036854775807, 0.5, 4611686018427387903, 9223372036854775807) n
UNION ALL SELECT 'least bigint', n.* FROM noises((-9223372036854775808)::bigint, 0.5, (-9223372036854775808)::bigint, (-4611686018427387904)::bigint) n
UNION ALL SELECT 'real', n.* FROM noises(3.4028235e38::real, 0.5, 1.7e38::real, 3.4028235e38::real) n
UNION ALL SELECT 'double precision', n.* FROM noises(1.7976931348623157e308::float8, 0.5, 8.9e307::float8, 1.7976931348623157e308::float8) n
UNION ALL SELECT 'least double precision', n.* FROM noises((-1.7976931348623157e308)::float8, 0.5, (-1.7976931348623157e308)::float8, (-8.9e307)::float8) n
UNION ALL SELECT 'money', n.* FROM noises('92233720368547758.07'::money, 0.5, '46116860184273879.03'::money, '92233720368547758.07'::money) n
UNION ALL SELECT 'numeric', n.* FROM noises(repeat('9', 131072)::numeric, 0.5, repeat('9', 131071)::numeric, repeat('9', 131072)::numeric) n
UNION ALL SELECT 'small double precision', n.* FROM noises(1e-300::float8, 0.5, 0.4e-300::float8, 1.6e-300::float8) n
UNION ALL SELECT 'long ratio', n.* FROM noises(100, 1e300, -2147483648, 2147483647) n;
-- What is no number stays; a numeric keeps its scale; zero does not stay zero, and does not become negative.
SELECT noise('NaN'::float8, 0.5), noise('Infinity'::float8, 0.5), noise('-Infinity'::real, 0.5), noise('NaN'::numeric, 0.5), noise('Infinity'::numeric, 0.5), noise('-Infinity'::numeric, 0.5);
SELECT value::text, bool_and(scale(noise(value, 0.5)) = scale(value)) AS same_scale, count(DISTINCT noise(value, 0.5)) > 1 AS differ
FROM unnest(ARRAY[10, 10.0, 10.00000, 0.0000000100, 123456789012345678901234567890.123456789]::numeric[]) AS value, generate_series(1, 100) GROUP BY 1 ORDER BY 1;
SELECT 'integer' AS what, n.* FROM noises(0, 10, 0, 10) n UNION ALL SELECT 'numeric', n.* FROM noises(0.00, 0.5, 0.00, 0.50) n
UNION ALL SELECT 'double precision', n.* FROM noises(0::float8, 0.5, 0::float8, 0.5::float8) n UNION ALL SELECT 'money', n.* FROM noises(0::money, 10, 0::money, 0.10::money) n;
-- A ratio is uniform: a quarter of the results lies in each quarter of the span.
SELECT bool_and(times BETWEEN 2200 AND 2800) AS uniform, count(*) AS quarters
FROM (SELECT width_bucket(noise(1000::float8, 0.1), 900, 1100, 4) AS quarter, count(*) AS times FROM generate_series(1, 10000) GROUP BY 1) AS counted;
-- The noise may leave a domain. PostgreSQL does not check the domain of a function's result, so the function does.
SELECT DISTINCT (attempt('noise(100::percent, 0.9) <= 100')).outcome FROM generate_series(1, 200) ORDER BY 1;
SELECT pg_typeof(noise(5::percent, 0)), noise(5::percent, 0);
SELECT attempt.* FROM unnest(ARRAY['noise(100, -0.1)', 'noise(100, ''NaN'')', 'noise(100, ''infinity'')', 'noise(''x''::text, 0.1)', 'noise(''2020-01-01''::date, 0.1)',
    'noise(true, 0.1)', 'noise(ARRAY[1], 0.1)', 'noise(''1 day''::interval, 0.1)', 'noise(''x'', 0.1)']) AS call, attempt(call);

-- 12. dnoise, in the same way.
CREATE FUNCTION dnoises(value anyelement, span interval, lowest anyelement, highest anyelement, OUT type regtype, OUT within bool, OUT below bool, OUT above bool) LANGUAGE sql AS $$
    SELECT min(pg_typeof(n)::text)::regtype, bool_and(n >= lowest AND n <= highest), bool_or(n < value), bool_or(n > value)
    FROM (SELECT dnoise(value, span) AS n FROM generate_series(1, 500)) AS noises $$;
SELECT dnoise('2020-01-01'::date, '0'), dnoise('2020-01-01 12:00:00.000001'::timestamp, '0'), dnoise('2020-01-01 12:00+02'::timestamptz, '0'), dnoise('12:00'::time, '0'),
    dnoise('12:00+05'::timetz, '0'), dnoise('1 mon -1 day 00:00:01'::interval, '0');
SELECT 'date' AS what, n.* FROM dnoises('2020-01-15'::date, '3 days', '2020-01-12'::date, '2020-01-18'::date) n
UNION ALL SELECT 'timestamp', n.* FROM dnoises('2020-01-15 12:00'::timestamp, '1 hour', '2020-01-15 11:00'::timestamp, '2020-01-15 13:00'::timestamp) n
UNION ALL SELECT 'timestamptz', n.* FROM dnoises('2020-01-15 12:00'::timestamptz, '1 mon', '2019-12-15 12:00'::timestamptz, '2020-02-15 12:00'::timestamptz) n
UNION ALL SELECT 'time', n.* FROM dnoises('12:00'::time, '1 hour', '11:00'::time, '13:00'::time) n
UNION ALL SELECT 'timetz', n.* FROM dnoises('12:00+05'::timetz, '1 hour', '11:00+05'::timetz, '13:00+05'::timetz) n
UNION ALL SELECT 'interval', n.* FROM dnoises('10 days'::interval, '1 day', '9 days'::interval, '11 days'::interval) n
UNION ALL SELECT 'negative span', n.* FROM dnoises('2020-01-15'::date, '-3 days', '2020-01-12'::date, '2020-01-18'::date) n
UNION ALL SELECT 'months end where they do', n.* FROM dnoises('2020-03-31'::date, '1 mon', '2020-02-29'::date, '2020-04-30'::date) n;
-- Every day of the span comes, and the ends as often as the days within.
SELECT day, count(*) BETWEEN 800 AND 1200 AS uniform FROM (SELECT dnoise('2020-03-01'::date, '2 days') AS day FROM generate_series(1, 5000)) AS days GROUP BY 1 ORDER BY 1;
-- Infinity stays; at the ends of a type's range the noise goes no further; a time stays within its day.
SELECT dnoise('infinity'::date, '1 year'), dnoise('-infinity'::date, '1 year'), dnoise('infinity'::timestamp, '1 year'), dnoise('-infinity'::timestamptz, '1 year');
SELECT 'last date' AS what, n.* FROM dnoises('5874897-12-31'::date, '1000 years', '5873897-12-31'::date, '5874897-12-31'::date) n
UNION ALL SELECT 'first date', n.* FROM dnoises('4714-11-24 BC'::date, '1000 years', '4714-11-24 BC'::date, '3713-01-01 BC'::date) n
UNION ALL SELECT 'last timestamp', n.* FROM dnoises('294276-12-31 23:59:59.999999'::timestamp, '1000 years', '293276-12-31'::timestamp, '294276-12-31 23:59:59.999999'::timestamp) n
UNION ALL SELECT 'first timestamptz', n.* FROM dnoises('4714-11-24 00:00:00+00 BC'::timestamptz, '1000 years', '4714-11-24 00:00:00+00 BC'::timestamptz, '3713-01-01 BC'::timestamptz) n
UNION ALL SELECT 'longest span', n.* FROM dnoises('2020-01-01'::timestamptz, '178000000 years', '4714-11-24 00:00:00+00 BC'::timestamptz, '294276-12-31 23:59:59.999999+00'::timestamptz) n
UNION ALL SELECT 'last time', n.* FROM dnoises('23:59:59.999999'::time, '1 hour', '00:00'::time, '23:59:59.999999'::time) n
UNION ALL SELECT 'longest interval', n.* FROM dnoises('178000000 years'::interval, '178000000 years', '0'::interval, '178956970 years 7 mons'::interval) n;
SELECT dnoise('24:00'::time, '0') AS last_of_the_day, dnoise('0'::interval, '2147483647 months 2147483647 days') IS NOT NULL AS any_interval;
-- The session's time zone plays no part: around a change of clocks an hour is an hour.
SET TimeZone = 'Europe/Berlin';
SELECT n.* FROM dnoises('2020-03-29 02:30+02'::timestamptz, '1 hour', '2020-03-29 01:30+02'::timestamptz, '2020-03-29 03:30+02'::timestamptz) n;
SELECT n.* FROM dnoises('2020-03-29 12:00+02'::timestamptz, '1 day', '2020-03-28 12:00+02'::timestamptz, '2020-03-30 12:00+02'::timestamptz) n;
SET TimeZone = 'UTC';
CREATE DOMAIN since_2000 AS date CHECK (VALUE >= '2000-01-01');
SELECT DISTINCT (attempt('dnoise(''2000-01-01''::since_2000, ''1 year'') >= ''2000-01-01''')).outcome FROM generate_series(1, 200) ORDER BY 1;
SELECT pg_typeof(dnoise('2020-01-01'::since_2000, '0'));
-- Nor does PostgreSQL look at the length of a domain: a result that has more digits would be stored as it is.
CREATE DOMAIN price AS numeric(4,2);
CREATE DOMAIN moment AS timestamp(0);
SELECT count(*) FILTER (WHERE price = 'false') AS prices_too_long, count(*) FILTER (WHERE moment = 'false') AS moments_too_long
FROM (SELECT (attempt('noise(99.99::price, 0.9) <= 99.99')).outcome AS price,
    (attempt('extract(microseconds FROM dnoise(''2020-01-01''::moment, ''1 day'')) % 1000000 = 0')).outcome AS moment FROM generate_series(1, 100)) AS attempts;
SELECT attempt.* FROM unnest(ARRAY['dnoise(1, ''1 day'')', 'dnoise(''x''::text, ''1 day'')', 'dnoise(''[2020-01-01,2020-02-01)''::daterange, ''1 day'')', 'dnoise(''2020-01-01'', ''1 day'')'])
AS call, attempt(call);

-- Everybody may call them.
CREATE ROLE regress_user;
GRANT USAGE, CREATE ON SCHEMA public TO regress_user;
SET ROLE regress_user;
SELECT anon_funcs.partial_email('example@gmail.com'), anon_funcs.noise(1, 0), anon_funcs.random_in(ARRAY[1]);
-- An index and a generated column can use those that are immutable, and only those.
CREATE TABLE person (email text, hash text GENERATED ALWAYS AS (anon_funcs.digest(email, 'salt', 'md5')) STORED);
CREATE INDEX ON person (anon_funcs.partial_email(email), anon_funcs.partial(email, 1, '*', 1));
CREATE INDEX ON person (anon_funcs.random_hash(email, 'md5'));
INSERT INTO person VALUES ('example@gmail.com');
SELECT hash = md5('example@gmail.comsalt') FROM person;
RESET ROLE;

DROP TABLE person;
DROP OWNED BY regress_user;
DROP ROLE regress_user;
DROP FUNCTION attempt, digits, noises, dnoises;
DROP DOMAIN percent, since_2000, price, moment;
DROP TYPE mood;
DROP EXTENSION pg_anon;
DROP SCHEMA IF EXISTS anon_funcs;
