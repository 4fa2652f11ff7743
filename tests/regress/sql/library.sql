-- The library of masks: values by kind, as SQL gives them and as the row writer gives them without SQL.
\set VERBOSITY terse
SET client_min_messages = warning;
SET DateStyle = ISO;
SET TimeZone = 'UTC';
CREATE EXTENSION IF NOT EXISTS pg_anon;
SET search_path = public, anon_funcs;
SELECT set_config('pg_anon.key', 'the-key-of-the-tests-of-the-library', false) AS shown;
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
CREATE FUNCTION dictionary(relation regclass, col text, rule text) RETURNS jsonb LANGUAGE sql AS $$
    SELECT jsonb_build_object('dictionary', jsonb_build_array(jsonb_build_object('schema', nspname, 'table', relname, 'fields', jsonb_build_object(col, rule))))
    FROM pg_class c JOIN pg_namespace n ON n.oid = relnamespace WHERE c.oid = relation $$;
CREATE FUNCTION written(relation regclass, col text, rule text) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
    chunk bytea;
    rows bytea := '';
BEGIN
    FOR chunk IN SELECT anon_funcs.dump_rows(relation, public.dictionary(relation, col, rule)) LOOP
        rows := rows || chunk;
    END LOOP;
    RETURN convert_from(rows, 'UTF8');
EXCEPTION WHEN OTHERS THEN
    RETURN SQLSTATE || ' ' || SQLERRM;
END $$;
CREATE FUNCTION method(relation regclass, col text, rule text) RETURNS text LANGUAGE sql AS $$
    SELECT masked_by[1] FROM anon_funcs.dump_plan(dictionary($1, col, rule)) p WHERE p.relation = $1 $$;
CREATE FUNCTION masked(relation regclass, col text, rule text) RETURNS SETOF text LANGUAGE sql AS $$
    SELECT nullif(split_part(line, E'\t', 2), '\N') FROM string_to_table(rtrim(written(relation, col, rule), E'\n'), E'\n') AS line $$;

-- 1. Pseudonyms: for every kind what SQL gives is what the row writer gives. NULL stays NULL; any text has one.
CREATE TABLE texts (id int GENERATED ALWAYS AS IDENTITY, t text, v varchar);
INSERT INTO texts (t, v) SELECT t, t FROM unnest(ARRAY[NULL, '', ' ', 'a', 'ab', 'example@gmail.com', '\', '\N', E'\t', E'a\tb\nc\rd\\h', 'é', 'é@ñ.中国', '日本国東京都', '😀', 'NULL', '''"`$$;--/*', repeat('x', 126), repeat('é\', 5000)]) AS t;
CREATE TABLE pseudonyms AS SELECT format('pseudo_%s(v%s)', kind, arguments) AS rule FROM (VALUES
    ('first_name', ''), ('first_name', ', ''ja'''), ('first_name', ', ''ru'', ''female'''), ('last_name', ''), ('last_name', ', ''zh_TW'''), ('full_name', ''), ('full_name', ', locale => ''ar'''), ('email', ''), ('email', ', ''shop.test'''), ('user_name', ''),
    ('password', ''), ('password', ', 30'), ('company', ''), ('company', ', ''de'''), ('job', ''), ('job', ', ''tr'''), ('street', ''), ('street', ', ''it'''), ('city', ''), ('city', ', ''nl'''), ('postcode', ''), ('postcode', ', ''GB'''),
    ('country', ''), ('country', ', ''fr'''), ('phone_number', ''), ('phone_number', ', ''RU'''), ('iban', ''), ('iban', ', ''NO'''), ('card', ''), ('card', ', ''amex'''), ('national_id', ', ''ssn'''), ('national_id', ', ''cpf'''),
    ('uuid', ''), ('ip', ''), ('ip', ', 6'), ('mac', ''), ('url', ''), ('user_agent', ''), ('colour', ''), ('sentence', ''), ('sentence', ', 3, ''cy'''), ('paragraph', ''), ('paragraph', ', 2')) AS k (kind, arguments);
SELECT rule, method('texts', 't', rule), method('texts', 't', '(SELECT ' || rule || ')') AS other, written('texts', 't', rule) = written('texts', 't', '(SELECT ' || rule || ')') AS same,
    (SELECT count(masked) FROM masked('texts', 't', rule) AS masked) AS not_null FROM pseudonyms;
-- They are the same in every column and every call, and others under another key.
SELECT pseudo_email('ann@example.com'), pseudo_full_name('Ann'), pseudo_phone_number('1', 'DE'), pseudo_iban('x'), pseudo_card('x'), pseudo_national_id('x', 'nir'), pseudo_street('x', 'fr');
SELECT count(*) AS kinds, count(*) FILTER (WHERE one <> two) AS differ FROM (SELECT rule, written('texts', 't', rule) AS one, set_config('pg_anon.key', 'another-key-of-the-tests-of-the-library', false), written('texts', 't', rule) AS two,
    set_config('pg_anon.key', 'the-key-of-the-tests-of-the-library', false) FROM pseudonyms) AS both_keys;
-- Columns of the types whose values they are.
CREATE TABLE typed (id int, u uuid, i inet, m macaddr, c varchar(10), n text);
INSERT INTO typed SELECT g, gen_random_uuid(), '10.0.0.1', '08:00:2b:01:02:03', 'x', g::text FROM generate_series(1, 100) g;
SELECT col, rule, method('typed', col, rule), method('typed', col, '(SELECT ' || rule || ')') AS other, written('typed', col, rule) = written('typed', col, '(SELECT ' || rule || ')') AS same
FROM (VALUES ('u', 'pseudo_uuid(n)'), ('i', 'pseudo_ip(n)'), ('i', 'pseudo_ip(n, 6)'), ('m', 'pseudo_mac(n)'), ('c', 'pseudo_postcode(n)')) AS v (col, rule);

-- Encryption, permutations and keyed hashes, each in SQL and without.
SELECT fpe_digits('+49 170 123-45-67'), fpe_digits('7'), fpe_digits(''), fpe_digits('none'), fpe_digits('٣ ½ 1'), fpe_text('Zoë-1'), fpe_text('ëé', 'éë'), scramble('Zoë-1 Жуков'), hmac(''), hmac_base32('', 51);
SELECT permute_int(1, 1, 1), permute_int(1, 1, 2), permute_int(7::smallint, 1::smallint, 9::smallint), permute_int(-2147483648, -2147483648, 2147483647), permute_int(9223372036854775807, -9223372036854775808, 9223372036854775807),
    permute_uuid('00000000-0000-0000-0000-000000000000'), permute_uuid('ffffffff-ffff-ffff-ffff-ffffffffffff');
SELECT count(DISTINCT permute_int(n, 1, 5000)), min(permute_int(n, 1, 5000)), max(permute_int(n, 1, 5000)), count(*) FILTER (WHERE permute_int(n, 1, 5000) = n) AS stay FROM generate_series(1, 5000) AS n;
SELECT count(DISTINCT fpe_digits(lpad(n::text, 4, '0'))), min(length(fpe_digits(lpad(n::text, 4, '0')))) FROM generate_series(0, 9999) AS n;
SELECT rule, method('texts', 't', rule), method('texts', 't', '(SELECT ' || rule || ')') AS other, written('texts', 't', rule) = written('texts', 't', '(SELECT ' || rule || ')') AS same,
    (SELECT count(masked) FROM masked('texts', 't', rule) AS masked) AS not_null
FROM unnest(ARRAY['fpe_digits(v)', 'fpe_text(v)', 'fpe_text(v, ''aé\'')', 'scramble(v)', 'hmac(v)', 'hmac(v, ''sha512'')', 'hmac_base32(v)', 'hmac_base32(v, 30)']) AS rule;
CREATE TABLE keys (id int, s smallint, b bigint, u uuid);
INSERT INTO keys SELECT g, g, g * 1000000007::bigint, md5(g::text)::uuid FROM generate_series(1, 1000) g UNION ALL SELECT 1001, NULL, NULL, NULL::uuid;
SELECT col, rule, method('keys', col, rule), method('keys', col, '(SELECT ' || rule || ')') AS other, written('keys', col, rule) = written('keys', col, '(SELECT ' || rule || ')') AS same,
    (SELECT count(DISTINCT split_part(line, E'\t', place)) FROM string_to_table(rtrim(written('keys', col, rule), E'\n'), E'\n') AS line) AS differ
FROM (VALUES ('id', 1, 'permute_int(id, 1, 2000)'), ('s', 2, 'permute_int(s, 1::smallint, 1000::smallint)'), ('b', 3, 'permute_int(b, 1, 10000000000000)'), ('u', 4, 'permute_uuid(u)')) AS v (col, place, rule);
SELECT written('keys', 'id', 'permute_int(id, 1, 1000)'), written('keys', 'id', '(SELECT permute_int(id, 1, 1000))');

-- Parts, coarser values, noise and shifts.
SELECT rule, method('texts', 't', rule), method('texts', 't', '(SELECT ' || rule || ')') AS other, written('texts', 't', rule) = written('texts', 't', '(SELECT ' || rule || ')') AS same,
    (SELECT count(masked) FROM masked('texts', 't', rule) AS masked) AS not_null
FROM unnest(ARRAY['redact(t)', 'redact_keyed(t)', 'partial_card(v)', 'partial_phone(t)', 'partial_iban(v)', 'partial_name(v)', 'partial_url(v)', 'partial_ip(v)', 'partial_ip(v, 8)', 'generalise_text(v, ''{"a": "\\", "ab": "é"}'')', 'generalise_text(v, ''{}'', ''x'')']) AS rule;
CREATE TABLE scalars (s smallint, i int, b bigint, f float8, p numeric, d date, ts timestamp, tz timestamptz, r int4range, j jsonb, a text[], id int);
INSERT INTO scalars SELECT g, g * 7, g * 1000000007::bigint, g / 7.0, g / 7.0, '2020-01-01'::date + g, '2020-01-01'::timestamp + g * '1 hour 7 min'::interval, '2020-01-01'::timestamptz - g * '9 days'::interval, int4range(g, g + 1),
    jsonb_build_object('a', g::text, 'b', g / 7.0), ARRAY['a', g::text, NULL], g % 5 FROM generate_series(1, 500) g
    UNION ALL SELECT NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL
    UNION ALL SELECT -32768, -2147483648, -9223372036854775808, '-Infinity', 'NaN', '-infinity', 'infinity', '4714-11-24 00:00:00+00 BC', 'empty', 'null', '{}', 1;
SELECT col, rule, method('scalars', col, rule), written('scalars', col, rule) = written('scalars', col, '(SELECT ' || rule || ')') AS same, written('scalars', col, rule) <> written('scalars', col, col) AS masked, written('scalars', col, rule) !~ '^\d{5} ' AS runs
FROM (VALUES ('s', 'generalise_number(s, 10::smallint)'), ('i', 'generalise_number(i, 100)'), ('b', 'generalise_number(b, 1000)'), ('f', 'generalise_number(f, 0.5)'), ('p', 'generalise_number(p, 0.5)'), ('d', 'generalise_date(d, ''month'')'),
    ('ts', 'generalise_date(ts, ''hour'')'), ('tz', 'generalise_date(tz, ''decade'')'), ('r', 'generalise_range(s, 10)'), ('s', 'pseudo_noise(s, 0.5)'), ('i', 'pseudo_noise(i, 0.5)'), ('b', 'pseudo_noise(b, 0.5)'), ('f', 'pseudo_noise(f, 0.5)'),
    ('d', 'pseudo_dnoise(d, ''30 days'')'), ('ts', 'pseudo_dnoise(ts, ''30 days'')'), ('tz', 'pseudo_dnoise(tz, ''30 days'')'), ('f', 'partial_coordinate(f)'), ('d', 'shift_date(d, id::text, ''30 days'')'), ('ts', 'shift_date(ts, id::text, ''30 days'')'),
    ('tz', 'shift_date(tz, id::text, ''1 mon'')'), ('j', 'mask_jsonb(j, ''{"$.a": "pseudo_email"}'')'), ('a', 'mask_array(a, ''"pseudo_city"'')'), ('i', 'pick(ARRAY[1, 2, 3], i::text)')) AS v (col, rule);
-- The dates of one person keep their distance; another person has another one.
SELECT count(DISTINCT shift_date(d, id::text, '90 days') - d) AS shifts, bool_and(abs(shift_date(d, id::text, '90 days') - d) BETWEEN 1 AND 90) AS within,
    bool_and(shift_date(ts, id::text, '90 days') - ts = (shift_date(d, id::text, '90 days') - d) * '1 day'::interval) AS the_same FROM scalars WHERE isfinite(d) AND isfinite(ts);
-- Numbers in documents stay what they are to the last digit, and documents that no rule names.
SELECT mask_jsonb(d, '{"$.b": ["partial", 1, "*", 1]}') FROM unnest(ARRAY['{"a": 123456789012345678901234567890.1234567890, "b": "xyz"}', '[]', 'null', '"x"', '{"b": {"c": ["abc", 12345, null, true]}}', '{"é\u0001\"": "\\", "b": "ëëë"}']::jsonb[]) AS d;
SELECT null_if_random(1, 1), null_if_random(1, 0), count(null_if_random(g, 0.5)) BETWEEN 400 AND 600 AS half FROM generate_series(1, 1000) g;
SELECT array_agg(DISTINCT pick(ARRAY['a', 'b', NULL], g::text)) AS picked, pick('{}'::int[], 'x') FROM generate_series(1, 100) g;

-- 2. Values drawn anew: without SQL, another one for each row, in the column's type.
CREATE TABLE many AS SELECT g AS id, 'same'::text AS v FROM generate_series(1, 300) g;
SELECT rule, method('many', 'v', rule), (SELECT count(DISTINCT masked) > 10 FROM masked('many', 'v', rule) AS masked) AS differ, (SELECT min(length(masked)) > 0 FROM masked('many', 'v', rule) AS masked) AS not_empty
FROM (SELECT replace(replace(replace(rule, 'pseudo_', 'random_'), '(v, ', '('), '(v)', '()') AS rule FROM pseudonyms) AS r;
SELECT col, rule, method('typed', col, rule), written('typed', col, rule) ~ '^\d+\t' AS runs FROM (VALUES ('u', 'random_uuid()'), ('i', 'random_ip(6)'), ('m', 'random_mac()')) AS v (col, rule);

-- 3. Numbers, dates and places: for a text what SQL gives is what the row writer gives, and it stays within its bounds.
CREATE TABLE drawn (id text, i int, b bigint, f float8, p numeric, q numeric(10, 2), d date, ts timestamp, tz timestamptz, x text);
INSERT INTO drawn SELECT g::text, g, g, g / 7.0, round(g / 7.0, 2), round(g / 7.0, 2), '2020-01-01'::date + g, '2020-01-01'::timestamp + g * '1 hour 7 min'::interval, '2020-01-01'::timestamptz - g * '9 days'::interval, 'é' FROM generate_series(1, 300) g
    UNION ALL SELECT NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL UNION ALL SELECT '', 0, 0, 0, 0, 0, 'infinity', '-infinity', 'infinity', '' UNION ALL SELECT '😀\', -1, -1, 'NaN', 'NaN', 'NaN', '2020-01-01', '2020-01-01', '2020-01-01', 'x';
CREATE TABLE draws AS SELECT * FROM (VALUES ('i', 'pseudo_number(id, 1, 6)'), ('b', 'pseudo_number(id, 1, 1000000000000)'), ('f', 'pseudo_number(id, 0.5::float8, 2)'), ('p', 'pseudo_number(id, 0.50, 2)'), ('q', 'pseudo_number(id, 0.50, 2)'),
    ('i', 'pseudo_normal_number(id, 40, 12)'), ('b', 'pseudo_normal_number(id, 40::bigint, 12, 18, 99)'), ('f', 'pseudo_normal_number(id, 40::float8, 12)'), ('p', 'pseudo_normal_number(id, 40.00, 12, 18, 99)'),
    ('d', 'pseudo_date(id, ''1950-01-01''::date, ''2005-12-31'')'), ('ts', 'pseudo_date(id, ''1950-01-01''::timestamp, ''2005-12-31'')'), ('tz', 'pseudo_date(id, ''1950-01-01''::timestamptz, ''2005-12-31'')'),
    ('d', 'pseudo_normal_date(id, ''2000-01-01''::date, ''1 year'')'), ('ts', 'pseudo_normal_date(id, ''2000-01-01''::timestamp, ''1 day'', ''2000-01-01'', ''2000-01-02'')'), ('tz', 'pseudo_normal_date(id, ''2000-01-01''::timestamptz, ''1 hour'')'),
    ('f', 'pseudo_latitude(id)'), ('f', 'pseudo_longitude(id, 170, -170)'), ('p', 'pseudo_noise(p, 0.1)'), ('i', 'pseudo_noise(i, 0.5, 10, 100)'), ('b', 'pseudo_noise(b, 0.5, 10, 100)'), ('f', 'pseudo_noise(f, 0.5, 10, 20)'), ('p', 'pseudo_noise(p, 0.5, 10, 20)'),
    ('d', 'pseudo_dnoise(d, ''90 days'', ''2020-01-01'', ''2020-12-31'')'), ('ts', 'pseudo_dnoise(ts, ''90 days'', ''2020-01-01'', ''2020-12-31'')'), ('tz', 'pseudo_dnoise(tz, ''90 days'', ''2010-01-01'', ''2019-12-31'')'),
    ('x', 'generalise_range(i, 10)'), ('x', 'generalise_range(b, 10)'), ('x', 'generalise_range(p, 0.5)'), ('x', 'generalise_range(d, ''quarter'')'), ('x', 'generalise_range(ts, ''hour'')'), ('x', 'generalise_range(tz, ''week'')'), ('x', 'generalise_age(d, 5, ''2024-01-01'')'),
    ('x', 'generalise_ip(x)'), ('x', 'hmac(x, ''sha256'', 10)'), ('x', 'pick(ARRAY[''a'', ''b'', ''é''], x, ARRAY[1, 0, 2])'), ('x', 'keep_if(i > 100, x, NULL)')) AS v (col, rule);
SELECT col, rule, method('drawn', col, rule), written('drawn', col, rule) = written('drawn', col, '(SELECT ' || rule || ')') AS same, written('drawn', col, rule) <> written('drawn', col, col) AS masked, written('drawn', col, rule) !~ '^\d{5} ' AS runs FROM draws;
SELECT count(DISTINCT pseudo_number(id, 1, 6)) AS faces, bool_and(pseudo_number(id, 1, 6) BETWEEN 1 AND 6) AS within, bool_or(pseudo_number(id, 1, 400)::text = id) AS itself, bool_and(scale(pseudo_number(id, 0.50, 2)) = 2 AND pseudo_number(id, 0.50, 2) BETWEEN 0.50 AND 2) AS decimal,
    bool_and(pseudo_normal_number(id, 40, 12, 18, 99) BETWEEN 18 AND 99) AS normal, bool_and(pseudo_date(id, '1950-01-01'::date, '1950-01-31') BETWEEN '1950-01-01' AND '1950-01-31') AS day, bool_and(pseudo_latitude(id, 47.3, 55) BETWEEN 47.3 AND 55) AS place,
    bool_and(generalise_range(i, 10)::int4range @> i) AS range, bool_and(generalise_range(p, 0.5)::numrange @> p) FILTER (WHERE p <> 'NaN') AS numrange, bool_and(generalise_range(d, 'month')::daterange @> d) AS daterange, bool_and(generalise_range(ts, 'hour')::tsrange @> ts) AS tsrange,
    bool_and(generalise_range(tz, 'decade')::tstzrange @> tz) AS tstzrange, bool_and(scale(pseudo_noise(p, 0.5)) = scale(p) AND sign(pseudo_noise(p, 0.5)) = sign(p)) FILTER (WHERE p <> 0 AND p <> 'NaN') AS sign_and_scale FROM drawn WHERE id IS NOT NULL;
-- Half of the globe lies within 30 degrees of the equator; latitude and longitude of a value have nothing to do with each other.
SELECT count(*) FILTER (WHERE abs(pseudo_latitude(g::text)) < 30) BETWEEN 4700 AND 5300 AS spread, abs(corr(pseudo_latitude(g::text), pseudo_longitude(g::text))) < 0.05 AS independent, stddev(pseudo_normal_number(g::text, 1000, 100)) BETWEEN 97 AND 103 AS deviation FROM generate_series(1, 10000) g;
-- What is drawn anew: without SQL, another one for each row.
SELECT col, rule, method('drawn', col, rule), (SELECT count(DISTINCT line) > 100 FROM string_to_table(written('drawn', col, rule), E'\n') AS line) AS differ, written('drawn', col, rule) !~ '^\d{5} ' AS runs
FROM (SELECT col, replace(replace(rule, 'pseudo_', 'random_'), '(id, ', '(') AS rule FROM draws WHERE rule LIKE '%(id%' AND rule NOT LIKE '%(id)'
    UNION ALL VALUES ('f', 'random_latitude()'), ('f', 'random_longitude()'), ('p', 'noise(p, 0.1)'), ('i', 'noise(i, 0.5, 10, 1000)'), ('p', 'noise(p, 0.5, 10, 20)'), ('d', 'dnoise(d, ''90 days'', ''2020-01-01'', ''2020-12-31'')'),
    ('tz', 'random_date_between(''2020-01-01'', ''2021-01-01'')'), ('tz', 'random_date()'), ('x', 'random_in(ARRAY[''a'', ''b''], ARRAY[1, 2])')) AS r;
SELECT count(*) FILTER (WHERE drawn = 'a') BETWEEN 100 AND 300 AS a, count(*) FILTER (WHERE drawn = 'b') AS b, count(*) FILTER (WHERE drawn = 'c') BETWEEN 700 AND 900 AS c FROM (SELECT random_in(ARRAY['a', 'b', 'c'], ARRAY[1, 0, 4]) AS drawn FROM generate_series(1, 1000)) AS d;
SELECT keep_if(true, 1, 2.5), keep_if(false, 'a'::varchar, 'b'::text), keep_if(NULL, 'a', 'b'), keep_if(true, NULL, 'b'), keep_if(false, 'a', NULL), noise(100, 1, 90, 110) BETWEEN 90 AND 110 AS within, noise(5.00, 0.5, 7, 8) BETWEEN 7 AND 8 AS numeric, noise(5::smallint, 0.5, 7::smallint, 8::smallint) BETWEEN 7 AND 8 AS small, noise(5.00, 0.1, 7, 8) AS nearest;
-- Bijections: hashes of all texts of a length over an alphabet differ, and a number outside is refused.
SELECT count(*), count(DISTINCT fpe_text(a || b || c, 'xyzwé')) FROM unnest(string_to_array('x,y,z,w,é', ',')) a, unnest(string_to_array('x,y,z,w,é', ',')) b, unnest(string_to_array('x,y,z,w,é', ',')) c;

-- 4. hstore, composite values and XML.
CREATE EXTENSION hstore;
CREATE TYPE inner_type AS (street text, no int);
CREATE DOMAIN positive AS int CHECK (VALUE > 0);
CREATE TYPE outer_type AS (name varchar(10), born date, home inner_type, doc jsonb, n positive, gone text);
ALTER TYPE outer_type DROP ATTRIBUTE gone;
CREATE DOMAIN kept_hstore AS hstore;
CREATE TABLE structured (h hstore, c outer_type, x xml, id int);
INSERT INTO structured VALUES ('"a b"=>"x\"y", e=>é, n=>NULL', ROW('Ann', '1980-01-01', ROW('Main St.', 7), '{"a": {"b": "x"}}', 5), '<o i="1"><e m="a@b.c">Ann &amp; é</e></o>', 1), (NULL, NULL, NULL, 2), ('', ROW(NULL, NULL, NULL, NULL, NULL), '', 3);
SELECT mask_hstore(h, '{"$[''a b'']": ["partial", 1, "*", 1], "$.e": "hmac_base32"}'), mask_hstore(h, '{"$.*~": ["partial", 0, "k", 0]}'), mask_hstore(h::kept_hstore, '{"$.e": {"set": null}}') FROM structured;
SELECT mask_composite(c, '{"$.name": ["partial", 1, "*", 1], "$.home.street": "scramble", "$.doc.a": ["partial", 0, "*", 0]}'), mask_composite(c, '{"$.born": {"set": "2000-01-01"}, "$.n": ["random_number", 7, 7], "$.home.no": {"set": 8}}') FROM structured;
SELECT mask_composite(ROW('a', 1), '{"$.f1": ["partial", 0, "b", 0]}'), mask_composite(structured, '{"$.id": {"set": 9}}') FROM structured WHERE id = 1;
-- A document in a field is masked to the letter, however deep it is and whatever numbers it has.
CREATE TYPE papers AS (b jsonb, j json, n int);
SELECT (masked).b->>'email' AS b, (masked).b->'n' = p.b->'n' AS kept, left((masked).j::text, 90) AS j
FROM (VALUES ('{"email": "bob", "n": 1e999}'::jsonb, '{"email":"bob", "a":1.50, "a" : 1e999}'::json), (('{"email": "bob", "n": ' || repeat('[', 200) || repeat(']', 200) || '}')::jsonb, ('{"email":"bob","n":' || repeat('[', 200) || repeat(']', 200) || '}')::json)) AS p (b, j),
    LATERAL (SELECT mask_composite(ROW(b, j, 1)::papers, '{"$.b.email": ["partial", 0, "*", 0], "$.j.email": ["partial", 0, "*", 0]}')) AS m (masked);
SELECT length(mask_composite(ROW(NULL, (repeat('[', 2000) || repeat(']', 2000))::json, 1)::papers, '{"$.j.email": {"set": null}}')::text);
-- A path that names nothing of the type, or leads into what it does not mask, is an error.
CREATE TYPE contact AS (name text, emails text[], home inner_type, homes inner_type[], extra hstore, doc jsonb);
SELECT path, attempt.outcome, attempt.hint
FROM unnest(ARRAY['$.name', '$.*.a', '$.emails', '$.emails[*]', '$.emails[0]', '$.homes[*].street', '$..street', '$.*.street', '$.home.stret', '$.name.x', '$.name..x', '$.extra.email', '$.home[0]', '$..a~', '$.home.street~', '$.home', '$.home.street', '$.doc.a.b', '$.doc..b', '$', '$.*']) AS path,
    attempt(format($$mask_composite(ROW('Bob', '{bob@real.example}', ROW('Real St.', 7), ARRAY[ROW('Real St.', 7)::inner_type], 'email=>bob', '{"a": {"b": "Bob"}}')::contact, '{"%s": {"set": null}}')$$, path));
SELECT mask_composite(ROW(ROW('Ann', 1), NULL::record), '{"$.f1.f1": {"set": "x"}, "$.f2.f1": {"set": "x"}}');
-- In a dictionary it is said before there is a row.
CREATE TABLE contacts (c contact);
SELECT message, hint FROM unnest(ARRAY['$.home.stret', '$.emails[*]', '$.name', '$..b~']) AS path, check_dictionary(dictionary('contacts', 'c', format('mask_composite(c, ''{"%s": {"set": null}}'')', path))) WHERE severity = 'error';
DROP TABLE contacts;
-- Of the types of the extension hstore only its own is one.
CREATE TYPE my_hstore AS ENUM ('"a"=>"1"');
ALTER EXTENSION hstore ADD TYPE my_hstore;
SELECT mask_hstore('"a"=>"1"'::my_hstore, '{"$.a": {"set": null}}');
ALTER EXTENSION hstore DROP TYPE my_hstore;
DROP TYPE my_hstore, contact, papers;
SELECT mask_xml(x, '{"//@m": ["partial", 1, "*", 1], "/o/e/text()": "scramble"}') FROM structured;
SELECT col, method('structured', col, rule), written('structured', col, rule) = written('structured', col, '(SELECT ' || rule || ')') AS same, written('structured', col, rule) <> written('structured', col, col) AS masked
FROM (VALUES ('h', 'mask_hstore(h, ''{"$.e": "pseudo_email"}'')'), ('c', 'mask_composite(c, ''{"$.name": "pseudo_postcode"}'')'), ('x', 'mask_xml(x, ''{"//e": "pseudo_email"}'')')) AS v (col, rule);

-- 5. Arguments that make no sense, in SQL and in a dictionary.
SELECT attempt.* FROM unnest(ARRAY['random_first_name(''xx'')', 'random_first_name(''de'', ''female'')', 'random_full_name(''ru'', ''both'')', 'random_email(''no domain'')', 'random_password(0)', 'random_sentence(1001)', 'random_postcode(''XX'')',
    'random_iban(''US'')', 'fpe_text(''x'', ''a'')', 'fpe_text(''x'', ''aba'')', 'permute_int(0, 1, 10)', 'partial_ip(''x'', 33)', 'partial_coordinate(1, 16)', 'generalise_number(1, 0)', 'generalise_number(1.5, -1)', 'generalise_number(1.5, ''NaN'')', 'generalise_date(''2020-01-01''::date, ''fortnight'')', 'generalise_range(1, 0)', 'generalise_age(''2000-01-01'', 0)', 'generalise_text(''x'', ''[]'')', 'pseudo_noise(1, -1)', 'shift_date(''2020-01-01''::date, ''x'', ''1 hour'')', 'mask_jsonb(''{}'', ''{"a": "pseudo_email"}'')', 'mask_jsonb(''{}'', ''{"$.a": "no_mask"}'')', 'mask_array(''{a}'', ''1'')', 'mask_array(''{a}'', ''["partial", 1]'')', 'null_if_random(1, 1.5)', 'permute_int(1, 10, 1)', 'hmac(''x'', ''crc32'')', 'hmac_base32(''x'', 0)', 'hmac_base32(''x'', 52)', 'permute_int(NULL, 1, 2)', 'random_card(''none'')', 'random_national_id(''none'')', 'random_number(2, 1)', 'random_number(''NaN''::numeric, 1)', 'random_number(0, ''Infinity''::float8)', 'random_number(0, 1e40)', 'random_normal_number(1, -1)', 'random_normal_number(1, 1, 5, 4)', 'random_date(''2021-01-01''::date, ''2020-01-01'')',
    'random_date(''-infinity''::date, ''2020-01-01'')', 'random_date(''2020-01-01''::timestamp, ''infinity'')', 'random_normal_date(''infinity''::date, ''1 day'')', 'random_normal_date(''2020-01-01''::date, ''-1 day'')', 'random_latitude(-91)', 'random_latitude(1, 0)', 'random_longitude(0, 181)',
    'generalise_ip(''x'', 24, 129)', 'generalise_range(1.5, 0)', 'generalise_range(''2020-01-01''::date, ''fortnight'')', 'noise(1, 0.5, 3, 2)', 'noise(1.5, 0.5, 3, 2)', 'dnoise(''2020-01-01''::date, ''1 day'', ''2021-01-01'', ''2020-01-01'')', 'pseudo_noise(1.5, -1)', 'hmac(''x'', ''md5'', 33)',
    'random_in(ARRAY[1, 2], ARRAY[1])', 'random_in(ARRAY[1, 2], ARRAY[1, -1])', 'random_in(ARRAY[1, 2], ARRAY[0, 0])', 'pick(ARRAY[1, 2], ''x'', ARRAY[1, NULL])', 'pick(''{}''::int[], ''x'', ''{}'')', 'mask_hstore(1, ''{}'')', 'mask_hstore(''a=>1''::hstore, ''{"$": {"set": 1}}'')',
    'mask_composite(1, ''{}'')', 'mask_composite(ROW(1), ''{"$.x": {"set": 1}}'')', 'mask_composite(ROW(1), ''{"$.f1": ["partial", 0, "secret", 0]}'')', 'mask_composite(ROW(1), ''{"$.*~": "scramble"}'')', 'mask_composite((SELECT c FROM structured WHERE id = 1), ''{"$.n": {"set": -1}}'')', 'mask_xml(''<a/>'', ''{"a": "scramble"}'')',
    'mask_xml(''<!DOCTYPE a [<!ENTITY e "Ann">]><a/>'', ''{"/a": "scramble"}'')', 'pseudo_number(''x'', 1, 2)::text || pseudo_number('''', 1, 2)', 'random_ip(5)', 'pseudo_city(''x'', '''')', 'random_city(NULL)', 'pseudo_city(NULL)', 'pseudo_city(''x'', NULL)']) AS call, attempt(call);
SELECT message, hint FROM check_dictionary(dictionary('many', 'v', 'random_city(''xx'')'));
-- What the column does not take.
SELECT written('typed', 'c', 'pseudo_phone_number(n)'), written('typed', 'm', 'pseudo_city(n)');

-- 6. The mask of a long value stops when the statement does.
CREATE TABLE long AS SELECT repeat('1234567890', 3000000) AS t;
SET statement_timeout = '50ms';
SELECT length(fpe_digits(t)) FROM long;
SELECT length(scramble(t)) FROM long;
SELECT sum(length(chunk)) FROM dump_rows('long', dictionary('long', 't', 'fpe_digits(t)')) AS chunk;
RESET statement_timeout;

DROP TABLE long, texts, pseudonyms, typed, many, keys, scalars, drawn, draws, structured;
DROP TYPE outer_type, inner_type;
DROP DOMAIN positive, kept_hstore;
DROP EXTENSION hstore;
DROP FUNCTION attempt, masked, method, written, dictionary;
DROP EXTENSION pg_anon;
