-- Rules with something around a mask, masks of what has parts, conditions, and columns with a length or a precision: without SQL
-- they give what PostgreSQL gives. A sub-select makes the executor run a rule.
\set VERBOSITY terse
SET client_min_messages = warning;
SET DateStyle = ISO;
SET TimeZone = 'UTC';
CREATE EXTENSION IF NOT EXISTS pg_anon;
CREATE EXTENSION hstore;
CREATE EXTENSION citext;
SET search_path = public, anon_funcs;
SELECT set_config('pg_anon.key', 'the-key-of-the-tests-of-the-library', false) AS shown;
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
CREATE FUNCTION method(relation regclass, col text, rule text) RETURNS text LANGUAGE plpgsql AS $$
BEGIN
    RETURN (SELECT masked_by[1] FROM anon_funcs.dump_plan(public.dictionary($1, col, rule)) p WHERE p.relation = $1);
EXCEPTION WHEN OTHERS THEN
    RETURN SQLSTATE;
END $$;
CREATE FUNCTION masked(relation regclass, col text, rule text) RETURNS SETOF text LANGUAGE sql AS $$
    SELECT nullif((string_to_array(line, E'\t'))[(SELECT attnum FROM pg_attribute WHERE attrelid = relation AND attname = col)], '\N') FROM string_to_table(rtrim(written(relation, col, rule), E'\n'), E'\n') AS line $$;
-- What a rule gives, compared with what the executor gives. Both may be an error: then it is the SQLSTATE that is compared.
CREATE FUNCTION compared(relation regclass, col text, rule text) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
    native text := public.written(relation, col, rule);
    other text := public.written(relation, col, '(SELECT ' || rule || ')');
BEGIN
    RETURN CASE WHEN native ~ '^[0-9A-Z]{5} ' OR other ~ '^[0-9A-Z]{5} ' THEN 'error ' || left(native, 5) || CASE WHEN left(native, 5) <> left(other, 5) THEN ', not ' || left(other, 50) ELSE '' END
        WHEN native <> other THEN 'DIFFERENT' WHEN native = public.written(relation, col, col) THEN 'unchanged' ELSE 'same' END;
END $$;

CREATE TYPE mood AS ENUM ('sad', 'ok', 'happy');
CREATE TYPE address AS (street text, no int, extra jsonb);
CREATE DOMAIN word AS varchar(12);
CREATE COLLATION blind (provider = icu, locale = 'und-u-ks-level1', deterministic = false);
CREATE COLLATION turkish (provider = icu, locale = 'tr-TR');
CREATE TABLE parts (id int, s smallint, i int, b bigint, t text, v varchar, v9 varchar(9), c char(9), c40 char(40), w word, n numeric, p numeric(8,2), z numeric(6,0), u uuid, y bytea, o boolean, m mood, d date, ts timestamp, tz timestamptz,
    j jsonb, js json, a text[], va varchar(9)[], h hstore, k address, x xml, f float8, ci text COLLATE blind, tr text COLLATE turkish, ts0 timestamp(0), tz3 timestamptz(3), t2 time(2), tt timetz(0), iv interval, ip inet, mac macaddr, cit citext);
INSERT INTO parts SELECT g, g, g * 7, g * 1000000007::bigint, t, t, left(t, 9), left(t, 9), left(t, 40), left(t, 12), g / 7.0, g / 7.0, g * 3, md5(t)::uuid, decode(md5(t), 'hex'), g % 2 = 0, (ARRAY['sad', 'ok', 'happy'])[1 + g % 3]::mood,
    '2020-01-01'::date + g, '2020-01-01'::timestamp + g * '1 hour 7 min'::interval, '2020-01-01'::timestamptz - g * '9 days'::interval,
    jsonb_build_object('email', t, 'n', g / 7.0, 'l', jsonb_build_array(t, g, NULL, true, jsonb_build_object('email', t)), t, 1), json_build_object('n', g, 'email', t, 'é"\', t), ARRAY[t, 'x', NULL, t || ' ', ''], ARRAY[left(t, 9), NULL],
    hstore(ARRAY['email', 'zz', 'b', t || 'y'], ARRAY[t, NULL, 'x"\', t]), ROW(t, g, jsonb_build_object('email', t))::address, xmlelement(name a, xmlattributes(t AS m), xmlelement(name e, t)), g / 7.0, t, t
FROM (SELECT g::int, t FROM unnest(ARRAY['', ' ', 'a', 'ab  ', 'Ann@Example.com', '\', '\N', '{}', 'NULL', 'null', E'\t', E'a\tb\nc\\h', 'é', 'ÉÜ 中国 😀', '"', ',', 'II', repeat('xé ', 700), repeat(E'\\"', 1500)]) WITH ORDINALITY AS u (t, g)) AS texts;
INSERT INTO parts (id) VALUES (20);
UPDATE parts SET ts0 = ts, tz3 = tz + id * '0.0004 s'::interval, t2 = ts::time + id * '0.004 s'::interval, tt = ('23:59:59.4'::time + id * '0.11 s'::interval) AT TIME ZONE '+05:30', iv = make_interval(months => id, days => -id, secs => id / 7.0), ip = '10.1.0.0'::inet + id, mac = ('08:00:2b:01:02:' || lpad(to_hex(id), 2, '0'))::macaddr, cit = t;
UPDATE parts SET ip = set_masklen(ip, 24 + id % 9) WHERE id % 3 = 0;
UPDATE parts SET ip = '2001:db8::7' WHERE id = 5;
INSERT INTO parts (id, s, i, b, n, p, d, ts, tz, j, js, a, va, h, k) VALUES (21, -32768, -2147483648, -9223372036854775808, 'NaN', 'NaN', 'infinity', '-infinity', 'infinity', '[]', '[]', '{}', '{}', '', ROW(NULL, NULL, NULL)),
    (22, 32767, 2147483647, 9223372036854775807, 99999999999999999999.99, 999999.99, '-infinity', '294276-12-31 23:59:59', '4714-11-24 00:00:00+00 BC', '"x"', '{"a": 1.50, "email": "x", "a": 1e2, "email": "y"}', '{{a,b},{c,NULL}}', '[3:4]={a,b}', 'email=>NULL', NULL),
    (23, 0, 0, 0, 0, 0, '4714-11-24 BC', '4714-11-24 BC', '294276-12-31 23:59:59+00', '{"email": -17.50, "a": {"email": [1, 2.0, -0.0]}, "longer": "x", "b": "\u0001\u001f\\\"/"}', 'null', '{"a b",c}', NULL, NULL, NULL);

-- 1. What create-dict writes, and what is like it.
CREATE TABLE rules (col text, rule text);
INSERT INTO rules VALUES ('t', 'CASE WHEN t IS NOT NULL THEN partial(t, 1, ''*'', 1) END'), ('t', 'CASE WHEN "t" IS NOT NULL THEN anon_funcs.pseudo_email("t") ELSE ''none\'' END'), ('v9', 'CASE WHEN v9 IS NOT NULL THEN left(digest(t, ''s'', ''sha256''), 9) END'),
    ('t', 'left(digest(t, ''salt'', ''sha256''), 20) || ''@example.com'''), ('v', '''<'' || digest(v, ''s'', ''md5'') || E''\t>'''), ('v9', 'left(partial(t, 7, ''é\'', 1), 9)'), ('t', 'left(pseudo_full_name(t), 0)'), ('t', 'left(pseudo_full_name(t), -2)'),
    ('t', 'lower(hmac_base32(t, 30)) || ''@x.test'''), ('t', 'upper(digest(t, ''s'', ''md5''))'), ('t', 'lower(partial(t, 1, ''*'', 1))'), ('t', 'lower(hmac_base32(t) COLLATE "C")'), ('t', 'lower(hmac_base32(t) COLLATE public.turkish)'), ('t', 'lower(hmac_base32(tr))'), ('t', 'upper(digest(t, ''s'', ''md5'') COLLATE public.turkish)'),
    ('t', 'digest(i::text, ''s'', ''md5'')'), ('t', 'digest(s::text, ''s'', ''md5'')'), ('t', 'digest(b::text, ''s'', ''md5'')'), ('t', 'digest(u::text, ''s'', ''md5'')'), ('t', 'digest(n::text, ''s'', ''md5'')'), ('t', 'digest(p::text, ''s'', ''md5'')'), ('t', 'digest(f::text, ''s'', ''md5'')'), ('t', 'digest(d::text, ''s'', ''md5'')'), ('t', 'digest(encode(y, ''hex''), ''s'', ''md5'')'),
    ('t', 'digest(t || v, ''s'', ''md5'')'), ('t', 'digest(t || NULL, ''s'', ''md5'')'), ('t', 'digest(c, ''s'', ''md5'')'), ('t', 'digest(c40, ''s'', ''md5'')'), ('t', 'digest(left(t, 3), ''s'', ''md5'')'), ('t', 'digest(t::varchar(3), ''s'', ''md5'')'), ('t', 'digest(digest(t, ''a'', ''md5''), ''b'', ''sha1'')'), ('t', 'pseudo_city(left(t, 1) || i::text)'), ('t', 'left(redact(t), 30)'),
    ('c', 'left(digest(t, ''s'', ''md5''), 9)'), ('c', 'left(digest(t, ''s'', ''md5''), 4)'), ('c40', 'digest(c40, ''s'', ''md5'')'), ('c', 'partial(t, 2, ''é'', 1)'), ('c40', 'CASE WHEN c40 IS NOT NULL THEN pseudo_postcode(c40) ELSE ''é'' END'), ('w', 'partial(w, 4, ''**'', 4)'),
    ('v9', 'partial(t, 1, ''        '', 0)'), ('v9', 'partial(t, 9, ''      '', 0)'), ('v9', 'CASE WHEN i >= 0 THEN ''123456789 '' ELSE ''x'' END'), ('v9', 'CASE WHEN o THEN v9 END'),
    ('u', 'digest(u::text, ''s'', ''md5'')::uuid'), ('u', 'left(digest(u::text, ''s'', ''sha256''), 32)::uuid'), ('u', 'CASE WHEN o THEN permute_uuid(u) ELSE u END'), ('u', 'CASE WHEN o THEN pseudo_uuid(t)::uuid END'),
    ('y', 'decode(digest(encode(y, ''hex''), ''s'', ''sha256''), ''hex'')'), ('y', 'decode(left(digest(t, ''s'', ''sha256''), 8), ''hex'')'),
    ('b', '(''x'' || left(digest(b::text, ''s'', ''sha256''), 15))::bit(60)::bigint'), ('i', '(''x'' || left(digest(i::text, ''s'', ''sha256''), 7))::bit(28)::bigint::integer'), ('s', '(''x'' || left(digest(s::text, ''s'', ''sha256''), 3))::bit(12)::bigint::int2'), ('b', '(''x'' || left(digest(b::text, ''s'', ''sha256''), 16))::bit(64)::bigint'), ('b', '(''x'' || left(digest(b::text, ''s'', ''sha256''), 15))::bit(56)::bigint'),
    ('n', '(''x'' || left(digest(n::text, ''s'', ''sha256''), 15))::bit(60)::bigint::numeric'), ('z', '(''x'' || left(digest(n::text, ''s'', ''sha256''), 4))::bit(16)::bigint::numeric');
-- 2. Conditions, and choices between rules.
INSERT INTO rules SELECT 't', format('CASE WHEN %s THEN digest(t, ''s'', ''md5'') ELSE t END', condition) FROM unnest(ARRAY['o', 'NOT o', 'o IS NULL', 'o AND i > 50', 'o OR i > 50', 'NOT (o AND t IS NULL)', 'i = 49', '49 = i', 'i <> 49', 'i < 49', '49 < i', 'i <= 49', 'i >= 49', 'b > 5', 's = 3::bigint', 'b = 2147483647', 'i = 9223372036854775807',
    't = ''a''', 'v <> ''\N''', 't = ''''', 'v9 = ''NULL''', 'w = ''null''', 't IN (''a'', ''é'')', 'i IN (7, 14)', 't NOT IN (''a'', ''é'')', 't IN (''a'', NULL)', 'm = ''ok''', 'm <> ''sad''', 'm IN (''sad'', ''ok'')', 'm > ''sad''', 'd < ''2020-01-05''', 'd = ''2020-01-05''', 'd >= ''infinity''', 'true', 'false', 'NULL', 'o IS TRUE',
    'o IS NOT FALSE', '(o AND i > 50) IS UNKNOWN', '(i > 50) IS NOT UNKNOWN', 'ts <= ''2020-01-01 03:21''', '''2020-01-01 03:21'' <> ts', 'tz > ''2019-11-01 00:00:00+00''', 't2 >= ''05:00''', 'n > 1.5', '1.5 > n', 'n = ''NaN''', 'p <= 1.57', 'p IN (1.57, 0.14)', 'i NOT IN (7, NULL)', 'm NOT IN (''ok'', ''sad'')', 'n BETWEEN 1 AND 2', 'f > 1', 'ci = ''A''', 't COLLATE public.blind = ''A''', 'c = ''a''', 't > ''a''', 't LIKE ''a%''', 'k IS NULL', 'k IS NOT NULL', 'j IS NULL', 'length(t) > 3', 'ts > ''2020-01-02''', 'n = 1', 'EXISTS (SELECT 1)']) AS condition;
INSERT INTO rules VALUES ('i', 'CASE WHEN o THEN permute_int(i, -2147483648, 2147483647) WHEN i > 0 THEN 5 ELSE i END'), ('t', 'CASE i WHEN 7 THEN ''x'' ELSE pseudo_city(t) END'), ('t', 'CASE m WHEN ''ok'' THEN pseudo_city(t) WHEN ''sad'' THEN ''y'' END'), ('t', 'CASE v WHEN ''a'' THEN ''é'' WHEN ''\N'' THEN pseudo_city(t) ELSE t END'), ('t', 'CASE left(t, 1) WHEN ''a'' THEN ''x'' ELSE pseudo_city(t) END'), ('t', 'CASE ci WHEN ''A'' THEN ''x'' ELSE pseudo_city(t) END'), ('t', 'CASE b WHEN i THEN ''x'' ELSE pseudo_city(t) END'), ('p', 'CASE WHEN o THEN 1.005 ELSE p END'), ('d', 'CASE WHEN o THEN ''2020-01-01''::date ELSE generalise_date(d, ''month'') END'),
    ('tz', 'CASE WHEN tz IS NOT NULL THEN generalise_date(tz, ''month'') END'), ('m', 'CASE WHEN o THEN ''sad''::public.mood ELSE m END'), ('t', 'CASE WHEN o THEN CASE WHEN i > 50 THEN ''a'' ELSE pseudo_city(t) END ELSE t END'), ('j', 'CASE WHEN j IS NOT NULL THEN ''{"a":1}''::jsonb END'), ('t', '(CASE WHEN o THEN permute_int(i, -2147483648, 2147483647) END)::text'), ('n', 'CASE WHEN o THEN permute_int(i, -2147483648, 2147483647) END'),
    ('t', 'keep_if(o, t, ''x'')'), ('t', 'keep_if(i > 50, t, pseudo_city(t))'), ('v9', 'keep_if(o, v9, ''123456789 '')'), ('i', 'keep_if(o, i, permute_int(i, -2147483648, 2147483647))'), ('t', 'keep_if(t LIKE ''a%'', t, NULL)'), ('d', 'keep_if(d IS NULL, d, generalise_date(d, ''year''))'),
    ('t', 'null_if_random(t, 0)'), ('t', 'null_if_random(digest(t, ''s'', ''md5''), 0)'), ('t', 'null_if_random(t, 1)'), ('v9', 'null_if_random(v9, 0)'), ('p', 'null_if_random(p, 0)'), ('a', 'null_if_random(a, 0)'),
    ('d', 'shift_date(d, t, ''30 days'')'), ('ts', 'shift_date(ts, i::text, ''1 year'')'), ('tz', 'shift_date(tz, u::text, ''30 days'')'), ('d', 'shift_date(d, left(t, 2) || v, ''30 days'')'), ('d', 'shift_date(d, upper(t), ''30 days'')'), ('d', 'shift_date(d, t, i * ''1 day''::interval)'), ('d', 'CASE WHEN d IS NOT NULL THEN shift_date(d, t, ''30 days'') END');
-- 3. Numbers of a precision, and of another width.
INSERT INTO rules VALUES ('p', 'pseudo_noise(p, 0.5)'), ('p', 'pseudo_number(t, 0.001, 5)'), ('z', 'pseudo_number(t, -0.9, 0.9)'), ('p', 'pseudo_noise(p, 0)'), ('z', 'pseudo_number(t, 0.50, 0.50)'),
    ('i', 'permute_int(s::int, -32768, 40000)'), ('s', 'permute_int(s::int, -32768, 32767)::smallint'), ('i', 'permute_int(i::bigint, -2147483648, 2147483647)::int'), ('b', 'permute_int(i, -2147483648, 2147483647)'), ('b', 'generalise_number(s, 10::smallint)'),
    ('t', 'permute_int(i, -2147483648, 2147483647)::text'), ('n', 'generalise_number(i, 100)'), ('i', 'pseudo_noise(s, 0.5)'),
    ('n', 'generalise_number(n, 0.3)'), ('n', 'generalise_number(n, 1e25)'), ('p', 'generalise_number(p, 0.125)'), ('z', 'generalise_number(z, 7.5)'), ('t', 'generalise_range(n, 0.3)'), ('t', 'generalise_range(p, 100)'), ('n', 'CASE WHEN o THEN generalise_number(n, 10) ELSE n END'),
    ('ts0', 'shift_date(ts0, t, ''30 days'')'), ('ts0', 'shift_date(ts, t, ''30 days'')'), ('ts0', 'pseudo_dnoise(ts0, ''1 s'')'), ('tz3', 'pseudo_dnoise(tz3, ''1 s'')'), ('tz3', 'generalise_date(tz3, ''hour'')'), ('ts0', 'CASE WHEN o THEN ts ELSE pseudo_dnoise(ts, ''1 s'') END'), ('ts0', 'pseudo_date(t, ''2020-01-01'', ''2020-01-02''::timestamp)'), ('ts0', 'pick(ARRAY[''2020-01-01 12:00:00.5''::timestamp, ''2020-01-01 12:00:01.4999''], t)'),
    ('t2', 'dnoise(t2, ''0'')'), ('tt', 'dnoise(tt, ''0'')'), ('iv', 'dnoise(iv, ''0'')'), ('t2', 'CASE WHEN o THEN dnoise(t2, ''0'') ELSE ''23:59:59.999'' END'), ('t2', 'null_if_random(ts::time, 0)'),
    ('i', 'pseudo_number(i::text, 1, 1000)'), ('b', 'pseudo_number(d::text, 1::bigint, 10)'), ('p', 'pseudo_number(p::text, 1, 10.0)'), ('d', 'pseudo_date(d::text, ''2000-01-01''::date, ''2020-01-01'')'), ('tz3', 'pseudo_date(left(t, 2), ''2000-01-01''::timestamptz, ''2020-01-01'')'), ('f', 'pseudo_latitude(u::text)'),
    ('u', 'pseudo_uuid(u::text)::uuid'), ('ip', 'pseudo_ip(ip::text)::inet'), ('ip', 'pseudo_ip(t, 6)::inet'), ('t', 'pseudo_ip(ip::text)'), ('mac', 'pseudo_mac(mac::text)::macaddr'), ('t', 'digest(ip::text || mac::text, ''s'', ''md5'')'), ('ip', '(pseudo_ip(ip::text) || ''/24'')::inet'), ('cit', 'pseudo_email(cit)'), ('cit', 'CASE WHEN o THEN left(cit, 3) ELSE cit END'), ('t', 'digest(cit, ''s'', ''md5'')'), ('cit', 'CASE WHEN cit = ''A'' THEN pseudo_city(cit) ELSE t END'),
    ('t', 'generalise_age(d)'), ('t', 'generalise_age(d, 7, current_date)'), ('t', 'pseudo_number(i::text, 1, 1000)::text'),
    ('t', 'pseudo_city('' '')'), ('t', 'pseudo_city(''x'', ''de'')'), ('i', 'permute_int(7, 1, 100)'), ('t', 'hmac(''x'')'), ('t', 'left(hmac(''x''), 3)');
-- 4. What has parts.
INSERT INTO rules SELECT 'j', format('mask_jsonb(j, %L)', rules) FROM unnest(ARRAY['{"$.email": "pseudo_email"}', '{"$..email": ["partial", 1, "\\\"", 1]}', '{"$": "scramble"}', '{"$": ["partial", 1, "e", 1]}', '{"$.n": ["pseudo_number", 1, 1000]}', '{"$.*~": ["partial", 1, "", 0]}', '{"$.*~": "hmac"}', '{"$.l[*]": {"set": null}}',
    '{"$.l": {"set": {"zz": 1e2, "b": [1.50, "é\\u0001"], "aaa": null, "b ": {}}}}', '{"$.n": {"set": 1e300}}', '{"$": {"set": {}}}', '{"$.l[4].email": "redact"}', '{}', '{"$": "redact"}']) AS rules;
INSERT INTO rules VALUES ('js', 'mask_jsonb(js::jsonb, ''{"$.email": "pseudo_email"}'')'), ('js', 'mask_jsonb(j, ''{"$.email": "pseudo_email"}'')::json'), ('t', 'mask_jsonb(j, ''{"$.email": "pseudo_email"}'')'), ('j', 'mask_jsonb(js::jsonb, ''{"$": {"set": 1}}'')'), ('js', 'CASE WHEN js IS NOT NULL THEN mask_jsonb(js::jsonb, ''{"$.email": "pseudo_email"}'')::json END'), ('j', 'mask_jsonb(j || ''{}'', ''{}'')'),
    ('a', 'mask_array(a, ''"pseudo_city"'')'), ('a', 'mask_array(a, ''["partial", 1, "", 0]'')'), ('a', 'mask_array(a, ''["partial", 4, "NULL", 0]'')'), ('a', 'mask_array(a, ''{"set": null}'')'), ('a', 'mask_array(a, ''{"set": {"a": 1}}'')'), ('a', 'mask_array(a, ''["generalise_text", "{\"x\": \"nUlL\", \"\": \"{\"}", "\\"]'')'), ('va', 'mask_array(va::text[], ''["partial", 1, "*", 1]'')'), ('va', 'mask_array(a, ''["partial", 1, "          ", 0]'')'), ('a', 'mask_array(va::text[], ''"scramble"'')'), ('a', 'mask_array(a, ''"redact"'')::varchar[]'),
    ('h', 'mask_hstore(h, ''{"$.email": "pseudo_email"}'')'), ('h', 'mask_hstore(h, ''{"$.*": ["partial", 0, "\\\"", 1], "$.*~": ["partial", 1, "k", 0]}'')'), ('h', 'mask_hstore(h, ''{"$.email": {"set": null}, "$.b": {"set": {"x": [1]}}}'')'), ('k', 'mask_composite(k, ''{"$.street": "pseudo_street", "$.extra.email": "redact"}'')'), ('k', 'mask_composite(k, ''{"$.no": {"set": 8}}'')'),
    ('x', 'mask_xml(x, ''{"/a/e": "pseudo_city", "//@m": ["partial", 1, "*", 0]}'')'), ('x', 'mask_xml(x, ''{"/a": {"set": ""}}'')');
-- All of them are run in one dump, each for a column of its own, so that this takes seconds.
ALTER TABLE rules ADD n serial;
SELECT format('CREATE TABLE wide AS SELECT *, %s FROM parts', string_agg(format('%I AS r%s', col, n), ', ')) FROM rules \gexec
CREATE FUNCTION all_rules(form text) RETURNS jsonb LANGUAGE sql AS $$
    SELECT jsonb_build_object('dictionary', jsonb_build_array(jsonb_build_object('schema', 'public', 'table', 'wide', 'fields', jsonb_object_agg('r' || n, format(form, rule))))) FROM public.rules $$;
CREATE FUNCTION all_values(dictionary jsonb) RETURNS TABLE (place bigint, name name, value text) LANGUAGE sql AS $$
    SELECT line.n, attname, (string_to_array(line.text, E'\t'))[attnum]
    FROM (SELECT convert_from(string_agg(chunk, ''), 'UTF8') AS text FROM anon_funcs.dump_rows('public.wide', dictionary) AS chunk) AS dump, string_to_table(rtrim(dump.text, E'\n'), E'\n') WITH ORDINALITY AS line (text, n), pg_attribute WHERE attrelid = 'public.wide'::regclass AND attnum > 0 $$;
CREATE TABLE native AS SELECT * FROM all_values(all_rules('%s'));
CREATE TABLE by_sql AS SELECT * FROM all_values(all_rules('(SELECT %s)'));
CREATE TABLE plain AS SELECT * FROM all_values('{}');
SELECT DISTINCT method FROM dump_plan(all_rules('(SELECT %s)')), unnest(masked_by) AS method WHERE action = 'masked';
SELECT col, rule, method, CASE WHEN bool_or(native.value <> by_sql.value) THEN 'DIFFERENT' WHEN bool_and(native.value = plain.value) THEN 'unchanged' ELSE 'same' END AS compared, count(*) AS rows
FROM rules JOIN (SELECT unnest(masked_columns) AS name, unnest(masked_by) AS method FROM dump_plan(all_rules('%s')) WHERE action = 'masked') AS methods ON name = 'r' || n JOIN native USING (name) JOIN by_sql USING (place, name) JOIN plain USING (place, name) GROUP BY n, 1, 2, 3 ORDER BY n;
DROP TABLE wide, native, by_sql, plain;
DROP FUNCTION all_rules, all_values;
-- What a column, a cast or a function does not take is an error, the same one.
SELECT col, rule, method('parts', col, rule), compared('parts', col, rule) FROM (VALUES
    ('v9', 'digest(v9, ''s'', ''md5'')'), ('c', 'digest(t, ''s'', ''md5'')'), ('w', 'partial(t, 1, ''       '', 100)'), ('v9', 'partial(t, 1, ''         '', 1)'),
    ('v9', '''1234567890'' || left(t, 0)'), ('v9', 'CASE WHEN i < 0 THEN ''1234567890'' ELSE ''x'' END'), ('v9', 'CASE WHEN o THEN t ELSE v9 END'), ('u', 'digest(u::text, ''s'', ''sha1'')::uuid'),
    ('y', 'decode(left(digest(t, ''s'', ''sha256''), 7), ''hex'')'), ('i', '(''x'' || left(digest(i::text, ''s'', ''sha256''), 8))::bit(32)::bigint::integer'), ('z', '(''x'' || left(digest(n::text, ''s'', ''sha256''), 6))::bit(24)::bigint::numeric'), ('i', 'CASE WHEN i > 0 THEN permute_int(i, 1, 1000) ELSE 0 END'),
    ('i', 'CASE WHEN i > 1000 THEN 0 ELSE permute_int(i, 1, 1000) END'), ('p', 'CASE WHEN o THEN 1234567 ELSE 0 END'), ('i', 'keep_if(i > 0, i, permute_int(i, 1, 2147483647))'), ('i', 'null_if_random(permute_int(i, 1, 1000), 1)'),
    ('i', 'null_if_random(i, 1.5)'), ('v9', 'null_if_random(t, 0)'), ('p', 'pseudo_number(t, 0, 1e7)'), ('z', 'pseudo_noise(n, 0.5)'),
    ('z', 'pseudo_number(t, 999999.0, 999999.9)'), ('s', 'permute_int(s::int, -32768, 40000)::smallint'), ('i', 'permute_int(b::int, -2147483648, 2147483647)'), ('i', 'generalise_number(i::bigint, 1000)::int'),
    ('v9', 'permute_int(i, -2147483648, 2147483647)::text'), ('p', 'generalise_number(i, 100)'), ('t', 'mask_jsonb(t::jsonb, ''{"$.email": "pseudo_email"}'')'), ('va', 'mask_array(va, ''"hmac"'')'),
    ('k', 'mask_composite(k, ''{"$.no": {"set": "x"}}'')'), ('j', 'mask_jsonb(j, ''{"$..email": ["pseudo_noise", 0.5]}'')'), ('j', 'mask_jsonb(j, ''{"$.email": {"set": "\u0000"}}'')'), ('j', 'mask_jsonb(j, ''{"$.email": ["generalise_text", "{\"a\": \"\\u0000\"}"]}'')')) AS r (col, rule);
-- A value that keep_if or null_if_random does not take need not fit the column.
SELECT col, rule, method('parts', col, rule), compared('parts', col, rule) FROM (VALUES
    ('v9', 'keep_if(true, left(t, 9), t || digest(t, ''s'', ''md5''))'), ('v9', 'keep_if(NULL, digest(t, ''s'', ''md5''), left(t, 9))'), ('c', 'keep_if(i < 0, digest(t, ''s'', ''md5''), ''x'')'), ('p', 'keep_if(i IS NOT NULL, p, 1234567.0)'), ('p', 'keep_if(true, p, pseudo_number(t, 1e7, 2e7))'),
    ('v9', 'null_if_random(digest(t, ''s'', ''md5''), 1)'), ('v9', 'null_if_random(keep_if(true, digest(t, ''s'', ''md5''), v9), 1)'), ('v9', 'keep_if(true, v9, null_if_random(digest(t, ''s'', ''md5''), 0))'), ('v9', 'keep_if(true, v9, CASE WHEN i > 0 THEN digest(t, ''s'', ''md5'') END)'),
    ('v9', 'CASE WHEN i < 50 THEN keep_if(true, v9, digest(t, ''s'', ''md5'')) ELSE digest(t, ''s'', ''md5'') END'), ('v9', 'keep_if(false, v9, digest(t, ''s'', ''md5''))')) AS r (col, rule);
-- A mask of a constant within another mask: the constant is the value, and not the name of a locale.
SELECT rule, method('parts', 't', rule), compared('parts', 't', rule) FROM unnest(ARRAY['digest(pseudo_city(''x''), ''s'', ''md5'')', 'partial(pseudo_email(''x''), 1, ''*'', 1)', 'digest(pseudo_city(t, ''xx''), ''s'', ''md5'')']) AS rule;
-- An XML with a declaration, and others that are not only an element.
CREATE TABLE papers (id int, x xml);
INSERT INTO papers VALUES (1, '<?xml version="1.0" encoding="UTF-8" standalone="yes"?><a>é</a>'), (2, E'\n<a>x</a>'), (3, '<!-- c --><a>x</a>'), (4, 'only text'), (5, '<a>x</a><a>y</a>'), (6, ''), (7, '<?pi x?><a>x</a>');
SELECT rule, method('papers', 'x', rule), compared('papers', 'x', rule) FROM unnest(ARRAY['mask_xml(x, ''{"/a": "pseudo_city"}'')', 'mask_xml(x, ''{}'')']) AS rule;
DROP TABLE papers;

-- 5. A number of a precision is rounded, and refused, as PostgreSQL does it: random numbers, and those around the edges.
CREATE TABLE numbers (id int, n numeric, r numeric(5,2));
SELECT setseed(0.5);
INSERT INTO numbers SELECT g, (random() * 1e4 - 5e3)::numeric / (10 ^ (g % 7))::numeric FROM generate_series(1, 3000) g UNION ALL SELECT 0, unnest('{NaN,0,-0.005,0.005,-0.0049999,999.994999,-999.994999,0.000000001,5e-30}'::numeric[]);
SELECT count(*) FILTER (WHERE abs(n) >= 999.995) AS too_great FROM numbers;
SELECT method('numbers', 'r', 'CASE WHEN true THEN pseudo_noise(n, 0) END'), compared('numbers', 'r', 'pseudo_noise(n, 0)') AS refused;
DELETE FROM numbers WHERE abs(n) >= 999.995 AND n <> 'NaN';
SELECT compared('numbers', 'r', 'pseudo_noise(n, 0)');
ALTER TABLE numbers ALTER r TYPE numeric(30, 20);
SELECT compared('numbers', 'r', 'pseudo_noise(n, 0)');
ALTER TABLE numbers ALTER r TYPE numeric(3, 0);
SELECT compared('numbers', 'r', 'pseudo_noise(n, 0)');
DELETE FROM numbers WHERE abs(n) >= 999.5 AND n <> 'NaN';
SELECT compared('numbers', 'r', 'pseudo_noise(n, 0)');
DROP TABLE numbers;

-- 6. What is drawn anew: without SQL, another one for each row, in the column's type, and NULL where the rule says so.
CREATE TABLE many AS SELECT g AS id, g::smallint AS s, CASE WHEN g % 10 > 0 THEN 'same' END::varchar(30) AS v, g::bigint AS b, g::numeric(12,2) AS p, gen_random_uuid() AS u, now() AS tz, '\x00'::bytea AS y, '{"a": "x", "b": ["y"]}'::jsonb AS j, '{a,b}'::text[] AS a, '10.0.0.1'::inet AS i, 'x'::char(8) AS c FROM generate_series(1, 300) g;
WITH rules AS MATERIALIZED (SELECT *, method('many', col, rule) FROM (VALUES ('v', 'CASE WHEN v IS NOT NULL THEN lower(random_string(12)) || ''@example.com'' END', '^[a-z0-9]{12}@example\.com$'), ('v', 'CASE WHEN v IS NOT NULL THEN left(random_hash(v, ''sha256''), 30) END', '^[0-9a-f]{30}$'), ('v', 'CASE WHEN "v" IS NOT NULL THEN anon_funcs.random_bigint_between(1000000000, 10000000000)::text END', '^\d{10}$'),
    ('s', 'CASE WHEN s IS NOT NULL THEN anon_funcs.random_int_between(0, 32768)::smallint END', '^\d{1,5}$'), ('b', 'CASE WHEN b > 100 THEN random_bigint_between(10000000000, 100000000000) END', '^\d{11}$'), ('p', 'CASE WHEN p IS NOT NULL THEN random_bigint_between(100, 1000000000) END', '^\d{3,9}\.00$'), ('p', 'noise(p, 0.5)', '^\d+\.\d\d$'), ('p', 'random_number(1.000, 99999)', '^\d+\.\d\d$'),
    ('u', 'CASE WHEN u IS NOT NULL THEN pg_catalog.gen_random_uuid() END', '^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$'), ('i', 'CASE WHEN i IS NOT NULL THEN anon_funcs.random_ip()::inet END', '^\d+\.'), ('tz', 'random_date()', '^(19|20)\d\d-'), ('y', 'decode(anon_funcs.random_hash(encode(y, ''hex''), ''sha256''), ''hex'')', '^\\\\x[0-9a-f]{64}$'),
    ('j', 'mask_jsonb(j, ''{"$.a": ["random_hash", "md5"], "$.b[*]": "random_city"}'')', '^{"a": "[0-9a-f]{32}", "b": \["[^"]+"\]}$'), ('a', 'mask_array(a, ''["random_hash", "md5"]'')', '^{[0-9a-f]{32},[0-9a-f]{32}}$'), ('v', 'null_if_random(random_string(8), 1)', 'x'), ('c', 'random_string(6)', '^[A-Z0-9]{6}  $')) AS r (col, rule, pattern))
SELECT col, rule, method, count(DISTINCT value) > 100 AS differ, count(*) - count(value) AS nulls, bool_and(value ~ pattern) AS fits FROM rules, masked('many', col, rule) AS value GROUP BY 1, 2, 3 ORDER BY 1, 2;
-- Half of them.
WITH rules AS MATERIALIZED (SELECT rule, method('many', 'v', rule) FROM unnest(ARRAY['null_if_random(v, 0.5)', 'null_if_random(CASE WHEN v IS NOT NULL THEN random_string(8) END, 0.5)']) AS rule)
SELECT rule, method, count(value) BETWEEN 90 AND 180 AS half FROM rules, masked('many', 'v', rule) AS value GROUP BY 1, 2 ORDER BY 1;
-- A number that its type does not take, a text that is too long: refused, and without the value.
SELECT col, rule, method('many', col, rule), written('many', col, rule), left(written('many', col, '(SELECT ' || rule || ')'), 5) AS other FROM (VALUES ('s', 'random_int_between(32768, 40000)::smallint'), ('v', 'random_string(31)'), ('v', '''secret '' || digest(v, ''s'', ''md5'')'), ('p', 'random_bigint_between(10000000000, 10000000001)'), ('c', 'random_string(9)')) AS r (col, rule);
-- NULL where the column takes none.
ALTER TABLE many ALTER b SET NOT NULL;
SELECT written('many', 'b', 'CASE WHEN b > 1 THEN random_bigint_between(1, 9) END'), written('many', 'b', '(SELECT CASE WHEN b > 1 THEN random_bigint_between(1, 9) END)');

-- 7. A long value, which is written in pieces, behind a condition or a chance.
CREATE TABLE long AS SELECT g AS id, g % 2 = 0 AS o, CASE WHEN g < 4 THEN repeat(g || 'é\', 280000) END AS t FROM generate_series(2, 5) g;
ALTER TABLE long ALTER t SET STORAGE EXTERNAL;
SELECT rule, method('long', 't', rule), compared('long', 't', rule) FROM unnest(ARRAY['CASE WHEN o THEN t ELSE ''x'' END', 'keep_if(o, CASE WHEN id > 2 THEN t END, CASE WHEN o IS NOT NULL THEN t END)', 'keep_if(o, digest(t, ''s'', ''md5''), CASE WHEN o IS NOT NULL THEN t END)', 'null_if_random(t, 0)', 'null_if_random(CASE WHEN id > 0 THEN t END, 1)', 'null_if_random(CASE WHEN id > 0 THEN t END, 0)']) AS rule;
-- Of it only the beginning is read where that is enough, and nothing where its length tells that it is another.
SELECT rule, method('long', 't', rule), compared('long', 't', rule) FROM unnest(ARRAY['left(t, 3)', 'left(t, 100001) || ''x''', 'left(t, 2000000)', 'left(t, 1) || left(t, 0)', 'CASE WHEN t = repeat(E''3é\\'', 280000) THEN ''equal'' WHEN t <> ''3é'' THEN left(t, 2) ELSE ''x'' END', 'CASE WHEN t IN (repeat(E''2é\\'', 280000), repeat(E''3ö\\'', 280000), ''a'') THEN ''equal'' ELSE ''x'' END']) AS rule;
ALTER TABLE long ALTER t SET STORAGE EXTENDED;
UPDATE long SET t = t || '';
SELECT rule, compared('long', 't', rule), right(written('long', 't', format('left((%s), 9)', rule)), 22) AS written FROM unnest(ARRAY['left(t, 4)', 'left(t, 100001)', 'CASE WHEN t = repeat(E''3é\\'', 280000) THEN ''equal'' ELSE left(t, 2) END']) AS rule;

-- 8. Rules that columns take over: of other types, natively too.
CREATE TABLE people (id int PRIMARY KEY, email varchar(60) UNIQUE, code text UNIQUE);
CREATE TABLE orders (person bigint REFERENCES people (id), email text REFERENCES people (email), code varchar(20) REFERENCES people (code), small smallint REFERENCES people (id));
INSERT INTO people SELECT g, 'p' || g || '@x.example', 'c' || g FROM generate_series(1, 50) g;
INSERT INTO orders SELECT id, email, code, id FROM people;
SELECT relation::text, masked_columns, masked_by FROM dump_plan('{"dictionary": [{"schema": "public", "table": "people", "fields": {"id": "permute_int(id, 1, 1000)", "email": "left(digest(email, ''s'', ''sha256''), 20) || ''@example.com''", "code": "pseudo_postcode(code)"}}]}') WHERE relation IN ('people'::regclass, 'orders'::regclass) ORDER BY 1;
CREATE FUNCTION rows_of(relation regclass) RETURNS SETOF text LANGUAGE sql AS $$
    SELECT string_to_table(rtrim(convert_from(string_agg(chunk, ''), 'UTF8'), E'\n'), E'\n') FROM dump_rows(relation, '{"dictionary": [{"schema": "public", "table": "people", "fields": {"id": "permute_int(id, 1, 1000)", "email": "left(digest(email, ''s'', ''sha256''), 20) || ''@example.com''", "code": "pseudo_postcode(code)"}}]}') AS chunk $$;
SELECT count(*), count(*) FILTER (WHERE split_part(o, E'\t', 1) = split_part(o, E'\t', 4)) AS same FROM rows_of('orders') AS o, rows_of('people') AS p WHERE p = concat_ws(E'\t', split_part(o, E'\t', 1), split_part(o, E'\t', 2), split_part(o, E'\t', 3));


-- 8. A database of another encoding: masks work on its texts in UTF-8, and what they give is in its encoding; in one without an encoding,
-- on its bytes.
SELECT pg_get_functiondef('dictionary'::regproc) AS dictionary, pg_get_functiondef('method'::regproc) AS method, current_database() AS own \gset
\set rows 'CREATE FUNCTION rows_of(rule text) RETURNS bytea LANGUAGE sql AS $$ SELECT string_agg(chunk, NULL) FROM anon_funcs.dump_rows(''words'', dictionary(''words'', ''t'', rule)) AS chunk $$;'
\set failed 'CREATE FUNCTION failed(rule text) RETURNS text LANGUAGE plpgsql AS $$ BEGIN PERFORM rows_of(rule); RETURN NULL; EXCEPTION WHEN OTHERS THEN RETURN SQLSTATE || chr(32) || SQLERRM; END $$;'
\set table 'CREATE TABLE words (t text, v varchar(6));'
\set rules 'SELECT rule, method(''words'', ''t'', rule), rows_of(rule) = rows_of(''(SELECT '' || rule || '')'') AS same, rows_of(rule) = rows_of(''t'') AS unchanged FROM unnest(ARRAY[''partial(t, 1, $$\é$$, 1)'', ''scramble(t)'', ''partial_email(t)'', ''hmac(t)'', ''redact(t)'', ''CASE WHEN v IS NOT NULL THEN partial(v, 1, $$é$$, 1) ELSE t END'', ''digest(t, $$é$$, $$md5$$)'', ''generalise_text(t, $${\"äöü\": \"ÿ\"}$$)'', ''left(partial(t, 1, $$é$$, 1), 2)'', ''pseudo_first_name(t, $$fr$$)'']) AS rule;'
CREATE DATABASE regress_latin1 TEMPLATE template0 ENCODING LATIN1 LC_COLLATE 'C' LC_CTYPE 'C';
CREATE DATABASE regress_ascii TEMPLATE template0 ENCODING SQL_ASCII LC_COLLATE 'C' LC_CTYPE 'C';
\c regress_latin1
SET client_encoding = UTF8;
CREATE EXTENSION pg_anon;
SET search_path = public, anon_funcs;
SELECT set_config('pg_anon.key', 'the-key-of-the-tests-of-the-library', false) AS shown;
:dictionary; :method; :table; :rows; :failed;
INSERT INTO words VALUES ('äöü', 'é'), (E'\u00a0\\\té', 'ÿÿÿÿÿÿ'), ('', ''), (NULL, NULL), ('Ann@example.com', 'x');
:rules;
-- What the encoding does not have is said, without the character.
SELECT failed('pseudo_first_name(t, ''ru'')') AS native, failed('(SELECT pseudo_first_name(t, ''ru''))') AS sql;
SELECT anon_funcs.pseudo_first_name('x', 'ru');
\c regress_ascii
CREATE EXTENSION pg_anon;
SET search_path = public, anon_funcs;
SELECT set_config('pg_anon.key', 'the-key-of-the-tests-of-the-library', false) AS shown;
:dictionary; :method; :table; :rows; :failed;
INSERT INTO words VALUES ('äöü', 'é'), (E'a\\\té', 'éé'), ('', ''), (NULL, NULL), (E'\xe4\xf6', E'\xfc');
:rules;
\c :own
DROP DATABASE regress_latin1;
DROP DATABASE regress_ascii;

SET client_min_messages = warning;
DROP TABLE orders, people, long, many, rules, parts;
DROP FUNCTION rows_of, compared, masked, method, written, dictionary;
DROP TYPE mood, address;
DROP DOMAIN word;
DROP COLLATION blind, turkish;
DROP EXTENSION hstore, citext;
DROP EXTENSION pg_anon;
DROP SCHEMA IF EXISTS anon_funcs;
