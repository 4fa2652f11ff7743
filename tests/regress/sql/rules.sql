-- A rule of a dictionary is exactly one SQL expression over the row. What is not is refused before anything runs, with
-- column, table and position; what is gives what plain SQL gives, whether PostgreSQL's executor runs it or the row writer.
\set VERBOSITY terse
SET client_min_messages = warning;
SET DateStyle = ISO;
SET TimeZone = 'UTC';
CREATE EXTENSION pg_anon;
CREATE TABLE person (id int, name text, tags int[], born date, loud text GENERATED ALWAYS AS (upper(name)) STORED);
INSERT INTO person VALUES (1, 'Ann', '{1,2}', '1980-01-02'), (2, NULL, NULL, NULL), (3, E'Zoë "the\\" O''Neill\t\n', '{}', 'infinity');
-- What a rule calls leaves a trace that a rollback does not take away.
CREATE SEQUENCE calls;
CREATE FUNCTION traced(v text) RETURNS text LANGUAGE sql AS $$ SELECT v FROM nextval('public.calls') $$;
CREATE TABLE secret AS SELECT 'hidden'::text AS word;

CREATE FUNCTION dictionary(relation regclass, col text, rule text) RETURNS jsonb LANGUAGE sql AS $$
    SELECT jsonb_build_object('dictionary', jsonb_build_array(jsonb_build_object('schema', nspname, 'table', relname, 'fields', jsonb_build_object(col, rule))))
    FROM pg_class c JOIN pg_namespace n ON n.oid = relnamespace WHERE c.oid = relation $$;
-- The rows of a table by one rule; or the SQLSTATE and the message of the error.
CREATE FUNCTION dump(relation regclass, col text, rule text) RETURNS text LANGUAGE plpgsql AS $$
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
-- A rule as it is shown here: control characters as escapes, and no more than fits on a line.
CREATE FUNCTION shown(rule text) RETURNS text LANGUAGE sql AS $$
    SELECT CASE WHEN length(shown) > 70 THEN left(shown, 30) || '..' || right(shown, 10) ELSE shown END
    FROM (SELECT replace(replace(replace(replace(rule, E'\n', '\n'), E'\r', '\r'), E'\t', '\t'), E'\x01', '\x01') AS shown) AS s $$;

-- 1. What is not one expression.
SELECT shown(rule), regexp_replace(dump('person', 'name', rule), '^(.{150}).*$', '\1..') AS refused FROM unnest(ARRAY[
    -- nothing
    '', ' ', E'\n', '()', 'SQL:', 'sql:name', ' SQL:name', 'SQL:SQL:name', '--', '/* nothing */',
    -- more than one expression, or statement
    '1) , (select 2', 'name, name', 'name,', ',name', 'name), (name', 'name))((name', 'xx)::text, (name', '1; drop table person', '1;', 'name;', '1;;', '; name', 'name; select 1',
    'name name', 'name 1', E'name\n\nname',
    -- another clause
    '1 from pg_authid', 'word from secret', '1 union select 2', '1 union all select word from secret', '1 except select 1', '1 intersect select 1', '1 order by 1', '1 limit 1', '1 offset 1',
    '1 fetch first row only', '1 for update', '1 group by 1', '1 having true', '1 window w as ()', '1 into x', '1 into temp x', 'name where true', 'distinct name', 'all name', '(select name) union (select word from secret)',
    'name from person, lateral (select 1) x', 'with x as (select 1) select 1',
    -- a name for the result
    '1 as x', '1 x',
    -- other statements
    'select name', 'values (1)', 'table person', 'drop table person', 'do $$begin end$$', 'explain select 1', 'copy person to stdout', 'set x = 1', 'begin',
    '(with x as (delete from public.person returning id) select 1)', '(delete from public.person returning id)', 'default', '(default)', 'current of c', '$1', ':name', '?',
    -- strings, names and comments without an end, or that hide one
    '''unclosed', '"name', '$$x', '$a$x$b$', 'name /* eats the rest', '1 /*', '/* a /* b */ name', '''a'' -- eats the rest', 'name--', E'name\n--', '1 */', E'E''a\\'', (select 2) -- ',
    E'name\n--)::text, (select 1', '''a''''', 'U&''!0041'' uescape', '\! ls', '\; 1',
    -- not one value
    '*', 'person.*', 'count(*)', 'max(name)', 'row_number() over ()', 'generate_series(1, 2)', 'unnest(tags)', 'grouping(name)', 'array_agg(name)::text',
    -- nothing that PostgreSQL knows
    'nosuch', 'person.nosuch', 'other.name', 'nosuch(name)', 'traced(name)', 'name::nosuch', 'name + 1 - nosuch', 'name operator(public.||) name', 'name collate "nosuch"', 'name || (select word from secret)',
    'digest(name)', 'partial(name, 1, ''*'')', 'regression.public.person.name.x', 'elsewhere.public.person.name',
    -- not of the column's type
    'row(1, 2)::int', '(1, 2)::date', '(select name, name)', 'born + name', 'tags::date',
    -- characters outside ASCII before the place that is wrong, and what looks like a blank
    '''é€😀'', 1', E'name\u00a0', E'\u200b name', E'name\x01'
]) AS rule;
-- A hint says what a rule is, or how to name what it did not find; and no rule is too long or too deep to be refused.
CREATE FUNCTION hint(rule text) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
    hint text;
BEGIN
    PERFORM anon_funcs.dump_rows('public.person', public.dictionary('public.person', 'name', rule));
    RETURN 'no error';
EXCEPTION WHEN OTHERS THEN
    GET STACKED DIAGNOSTICS hint = PG_EXCEPTION_HINT;
    RETURN hint;
END $$;
SELECT rule, hint(rule) FROM unnest(ARRAY['1) , (select 2', '1; drop table x', '''unclosed', 'traced(name)', 'word || (select word from secret)', 'name::nosuch', 'nam', 'count(*)']) AS rule;
SELECT shown(rule), left(dump('person', 'name', rule), 5) AS sqlstate FROM unnest(ARRAY[repeat('(', 100000) || 'name' || repeat(')', 100000), repeat('1+', 100000) || '1', repeat('(select ', 100000)]) AS rule;
-- Nothing of them has run.
SELECT is_called FROM calls;
SELECT count(*) FROM person;
-- A zero byte, which SQL text cannot hold, cannot come in.
SELECT jsonb_build_object('rule', '"\u0000"'::jsonb);
-- The same words in a condition.
CREATE FUNCTION dump_where(condition text) RETURNS text LANGUAGE plpgsql AS $$
BEGIN
    RETURN coalesce((SELECT string_agg(convert_from(chunk, 'UTF8'), '') FROM (SELECT anon_funcs.dump_rows('public.person', jsonb_build_object('dictionary', jsonb_build_array(jsonb_build_object(
        'schema', 'public', 'table', 'person', 'fields', '{"name": "''x''", "tags": "NULL", "born": "NULL"}'::jsonb, 'sql_condition', condition)))) AS chunk) AS chunks), 'no rows');
EXCEPTION WHEN OTHERS THEN
    RETURN SQLSTATE || ' ' || SQLERRM;
END $$;
SELECT condition, dump_where(condition) FROM unnest(ARRAY['true) union all (select 1', 'true; drop table person', 'true limit 1', 'id = 1 -- hidden', 'id = 1 /*', 'id', 'where where true', 'WHERE', 'count(*) > 0',
    'traced(name) = name', 'exists (delete from person returning 1)', 'true) OR (true', 'true, true', 'true for update']) AS condition;
-- An empty condition is none: with it a later file takes an earlier one's away.
SELECT condition, dump_where(condition) FROM unnest(ARRAY['', 'id = 1', 'WHERE id = 1', E' \n where\t(id = 1)', 'where_id IS NULL', 'id = 1 OR false', 'ctid = ''(0,1)''', 'id = (SELECT min(id) FROM public.person)', 'name ~ ''^A''',
    'loud = ''ANN''', 'person.id < 2', 'false', 'NULL']) AS condition;
SELECT dump_where(E'id = 1 -- the first\n') = dump_where('id = 1') AS comment_on_a_line;
-- Names of columns that look like SQL.
CREATE TABLE hostile ("a) , (select 2" int, "b"" -- /* '" text, "ü;" text);
INSERT INTO hostile VALUES (1, 'b', 'u');
SELECT dump('hostile', 'b" -- /* ''', '"b"" -- /* ''" || "a) , (select 2"'), dump('hostile', 'b" -- /* ''', '1, 2'), dump('hostile', 'ü;', 'nosuch');

-- 2. What is one expression gives what plain SQL gives.
CREATE FUNCTION copy_text(v text) RETURNS text LANGUAGE sql AS $$
    SELECT coalesce(replace(replace(replace(replace(replace(replace(replace(v, '\', '\\'), E'\t', '\t'), E'\n', '\n'), E'\r', '\r'), E'\b', '\b'), E'\f', '\f'), E'\x0B', '\v'), '\N') $$;
CREATE FUNCTION by_sql(rule text) RETURNS text LANGUAGE plpgsql SET search_path = pg_catalog, anon_funcs AS $$
DECLARE
    rows text;
BEGIN
    EXECUTE format(E'SELECT string_agg(concat_ws(E''\\t'', id, public.copy_text((\n%s\n)::text), public.copy_text(tags::text), public.copy_text(born::text)) || E''\\n'', '''' ORDER BY ctid) FROM ONLY public.person', rule)
    INTO rows;
    RETURN rows;
END $$;
SELECT shown(rule), CASE WHEN dump('person', 'name', rule) = by_sql(regexp_replace(rule, '^SQL:', '')) THEN 'as in SQL' ELSE dump('person', 'name', rule) END AS outcome FROM unnest(ARRAY[
    -- constants and columns
    'NULL', '''x''', '''''', 'E''\\t\\n\\\\''', '''\\''', '$$x$$', '$a$ ) , ( $a$', 'U&''\0041''', 'U&''!0041'' uescape ''!''', '1', '1.50', 'true', '''a''
''b''', 'name', '"name"', 'U&"\006E\0061me"', 'person.name', 'public.person.name', 'id', 'born', 'tags', 'loud', 'loud || name', 'current_date - current_date', 'current_user',
    -- the prefix of pg_anon 1.x
    'SQL: name', 'SQL:upper(name)', 'SQL:''SQL:''',
    -- the row, its parts and system columns
    'person', '(person)', '(person.*)::text', '(person).name', 'to_json(person)->>''name''', 'row(id, name)', '(id, name)', 'row(person.*)', 'ctid', 'tableoid::regclass', 'person.ctid', 'xmin = xmin', 'cmin',
    -- sub-selects
    '(select name)', '(select upper(name))', '(select word from public.secret)', '(select count(*) from public.person)', '(select max(p.name) from public.person p where p.id <= person.id)',
    'exists (select 1 where name is null)', 'id in (select 1)', '(values (1))', '(table public.secret)', 'array(select generate_series(1, id))', '(with x as (select name as y) select y from x)',
    '(select name union select null limit 1)', '(select string_agg(t::text, '','') from unnest(tags) t)', '(select (select (select name)))', '(select row_number() over () from public.secret)',
    -- operators, calls and other forms
    'name || name', 'name operator(pg_catalog.||) name', 'id + 1', '- id', 'not id = 1', 'name is null', 'name notnull', '@ id', 'id between 1 and 2', 'name like ''A%''', 'name similar to ''A%''', 'name ~ ''n''',
    'case when id = 1 then name end', 'coalesce(name, ''none'')', 'nullif(name, ''Ann'')', 'greatest(id, 2)', 'array[id, 2]', 'tags[1]', 'tags[1:1]', 'name collate "C"', 'cast(id as text)', 'name::varchar(1)',
    'name::text::text', 'extract(year from born)', 'substring(name from 1 for 2)', 'trim(both ''A'' from name)', 'position(''n'' in name)', 'overlay(name placing ''x'' from 1)', 'born + interval ''1 day''',
    'xmlelement(name a, name)', 'row(id) is distinct from row(2)', 'born at time zone ''UTC''', 'name is normalized', 'id = any (tags)', 'public.traced(name)', 'anon_funcs.digest(name, ''s'', ''md5'')',
    -- comments and blanks
    '/* a */ name', 'name /* a */', '/* a /* b */ c */ name', E'name -- a\n', E'-- a\nname', E'name -- a\r', E'\r\n\tname\r\n', E'name\f', '/**/name/**/', E'''--'' || name', '''/*''', '''*/ -- '' || name', '"name"--
', 'name || ''é''', 'upper(name) -- é
',
    -- long and deep
    repeat('(', 500) || 'name' || repeat(')', 500), repeat('name||', 2000) || 'name'
]) AS rule;
SELECT dump('person', 'name', 'public.traced(name)'), (SELECT is_called FROM calls) AS ran;
-- The value is cast as a whole, and not only its last operand.
SELECT dump('person', 'id', '''1'' || ''2'''), dump('person', 'id', '1 + 2.6'), dump('person', 'born', '''2020-01-0'' || id'), dump('person', 'tags', '''{'' || id || ''}''');
-- All rules of a table see the row as it is stored, whatever other rules make of it.
SELECT convert_from(anon_funcs.dump_rows('person', '{"dictionary": [{"schema": "public", "table": "person", "fields": {"id": "id + 10", "name": "id || loud", "born": "(SELECT ''2020-01-01''::date + id)"}, "sql_condition": "id < 3"}]}'), 'UTF8');
-- A volatile expression is evaluated for each row; a sub-select that has nothing to do with the row once, as in SQL.
CREATE TABLE many AS SELECT g AS id, 'same'::text AS v FROM generate_series(1, 1000) g;
SELECT rule, (SELECT count(DISTINCT split_part(line, E'\t', 2)) FROM string_to_table(rtrim(dump('many', 'v', rule), E'\n'), E'\n') AS line) > 990 AS differ
FROM unnest(ARRAY['random()', '(SELECT random())', 'random_string(20)', 'random_string(20)::varchar', '(SELECT random_string(20))', 'random_hash(v, ''md5'')', 'gen_random_uuid()', '''now''', 'clock_timestamp() IS NULL']) AS rule;

-- 3. How a rule is run: a call of a masking function on a column and constants is native, however it is spelled.
CREATE DOMAIN word AS varchar(20);
CREATE DOMAIN percent AS int CHECK (VALUE <= 100);
CREATE DOMAIN small_percent AS percent;
CREATE TABLE types (t text, v varchar(40), v0 varchar, c char(40), w word, n name, j jsonb, a text[], s smallint, i int, b bigint, r real, f float8, p numeric(6,2), m money, pc percent, sp small_percent,
    d date, ts timestamp, tz timestamptz, ts0 timestamp(0), ti time, iv interval, "Odd ""Name" text);
CREATE FUNCTION masked_by(col text, rule text) RETURNS text LANGUAGE plpgsql AS $$
BEGIN
    RETURN (SELECT array_to_string(masked_by, ',') FROM anon_funcs.dump_plan(public.dictionary('public.types', col, rule)) WHERE relation = 'public.types'::regclass);
EXCEPTION WHEN OTHERS THEN
    RETURN SQLSTATE || ' ' || SQLERRM;
END $$;
SELECT col, rule, masked_by(col, rule) FROM (VALUES
    ('t', 'partial(t, 1, ''*'', 1)'), ('t', 'anon_funcs.partial(t, 1, ''*'', 1)'), ('t', '"anon_funcs"."partial"(types.t, 1, E''\x2a'', 1)'), ('t', 'PARTIAL(T, 0 + 1, ''*'' || ''*'', length(''a''))'),
    ('t', 'SQL: partial(t, 1, ''*'', 1)'), ('t', '(((partial((t), (1), ''*'', 1))))'), ('t', 'partial(suffix => 1, ov => public.types.t, prefix => 1, padding => ''*'')'), ('t', 'partial(t::text, 1::int, ''*''::text, ''1'')'),
    ('t', 'partial(v, 1, ''*'', 1)'), ('t', 'partial(w, 1, ''*'', 1)'), ('v', 'partial(t, 1, ''*'', 1)'), ('v0', 'partial(v, 1, ''*'', 1)::varchar'), ('w', 'partial(w, 1, ''*'', 1)'), ('t', E'/* a */ partial(t, 1, ''*'', 1) -- b\n'),
    ('Odd "Name', 'partial("Odd ""Name", 1, ''*'', 1)'),
    ('t', 'partial_email(t)'), ('v', 'partial_email(v)'), ('t', 'digest(t, ''s'', ''md5'')'), ('t', 'digest(t, ''s'', ''SHA256'')'), ('t', 'random_hash(t, ''sha1'')'), ('t', 'random_string(8)'), ('v', 'random_string(40)'),
    ('t', 'random_zip()'), ('t', 'random_inn()'), ('t', 'random_phone()'), ('t', 'random_phone(''+49'')'), ('t', 'random_phone(phone_prefix => ''+'' || 49)'),
    ('s', 'noise(s, 0.1)'), ('i', 'noise(i, 0.1)'), ('b', 'noise(b, 1)'), ('r', 'noise(r, ''0.1'')'), ('f', 'noise(f, 0.1::numeric)'), ('m', 'noise(m, 0.1)'), ('pc', 'noise(pc, 0.1)'), ('sp', 'noise(sp, 0.1)'),
    ('i', 'random_int_between(1, 10)'), ('i', 'random_int_between(-1, int_stop => 10)'), ('b', 'random_bigint_between(1, 10)'),
    ('d', 'dnoise(d, ''1 day'')'), ('ts', 'dnoise(ts, interval ''1'' day)'), ('tz', 'dnoise(tz, ''1 mon'' + interval ''1 day'')'), ('t', 'partial_email((types).t)'),
    -- With something around it: more of these are in native.sql.
    ('c', 'partial(c, 1, ''*'', 1)'), ('t', 'partial(t, 1, ''*'', 1) || '''''), ('tz', 'random_date()'), ('p', 'noise(p, 0.1)'), ('i', 'noise(s, 0.1)'), ('b', 'noise(i, 0.1)'), ('t', 'random_int_between(1, 10)'), ('b', 'random_int_between(1, 10)'),
    -- The same for every row.
    ('t', 'NULL'), ('t', '''x'''), ('t', '1 + 1'), ('i', '''7'''), ('t', 'partial(''fixed value'', 1, ''*'', 1)'), ('t', 'hex_to_int(''ff'')'), ('a', '''{a,b}'''), ('j', '''{}'''), ('pc', '99'), ('t', 'partial(NULL, 1, ''*'', 1)'),
    ('t', 'digest(t, NULL, ''md5'')'), ('d', '''2020-01-01'''),
    -- All else is the executor's: other functions, calls within calls, other types, arguments that differ from row to row.
    ('t', 't'), ('t', 'upper(t)'), ('t', '(SELECT partial(t, 1, ''*'', 1))'), ('t', 'partial(upper(t), 1, ''*'', 1)'), ('t', 'upper(partial(t, 1, ''*'', 1))'), ('t', 'partial(t, i, ''*'', 1)'), ('t', 'partial(t, 1, v, 1)'),
    ('t', 'partial(n, 1, ''*'', 1)'), ('n', 'partial(n, 1, ''*'', 1)'), ('j', 'to_jsonb(partial(t, 1, ''*'', 1))'), ('a', 'ARRAY[partial(t, 1, ''*'', 1)]'),
    ('t', 'digest(t, v, ''md5'')'), ('t', 'hex_to_int(t)'), ('i', 'hex_to_int(t)'), ('t', 'random_in(a)'), ('t', 'random_in(ARRAY[''a'', ''b''])'), ('tz', 'random_date_between(''2020-01-01'', ''2020-01-02'')'),
    ('i', 'noise(i, f)'), ('i', 'noise(i, random())'), ('ti', 'dnoise(ti, ''1 hour'')'), ('iv', 'dnoise(iv, ''1 hour'')'), ('ts', 'dnoise(d, ''1 day'')'),
    ('d', 'dnoise(d, iv)'), ('tz', 'now()'), ('t', 'current_user'), ('i', '(SELECT 1)'), ('t', 'random_string(i)'), ('t', 'partial_email((SELECT t))'),
    -- What is wrong with an argument is found when there is a row to mask, see below.
    ('t', 'digest(t, ''s'', ''crc32'')'), ('i', 'noise(i, -1)'), ('t', 'random_string(-1)')
) AS v (col, rule);

-- 4. A native mask gives what the same function gives when the executor calls it, which a sub-select makes it do.
CREATE TABLE texts (id int GENERATED ALWAYS AS IDENTITY, t text, v varchar);
INSERT INTO texts (t, v) SELECT t, t FROM unnest(ARRAY[NULL, '', ' ', 'a', 'ab', 'abc', 'example@gmail.com', ' two@at@ex.org ', '@', '.', '\', '\\', '\N', '\.', E'\t', E'a\tb\nc\rd\be\ff\x0Bg\\h', E'\x01\x7f\x1b', 'é', 'éé', 'ééé',
    'é@ñ.中国', '日本国東京都', '😀😁😂@😀😁😂.com', E'e\u0301\u0301', E'\u00a0\u200b\ufeff', 'NULL', '''"`$$;--/*', repeat('x', 126), repeat('x', 127), repeat('é', 63) || 'x', repeat('x', 2000), repeat('é\', 5000), repeat(E'\t', 70000)]) AS t;
-- Stored out of line, with and without compression.
INSERT INTO texts (t, v) SELECT string_agg(md5(g::text), E'\\é\t'), string_agg(md5(g::text), '@') || '.com' FROM generate_series(1, 5000) g;
ALTER TABLE texts ALTER t SET STORAGE EXTERNAL;
INSERT INTO texts (t, v) SELECT t, v FROM texts WHERE length(t) > 100000;
CREATE FUNCTION method(relation regclass, col text, rule text) RETURNS text LANGUAGE sql AS $$
    SELECT masked_by[1] FROM anon_funcs.dump_plan(dictionary($1, col, rule)) p WHERE p.relation = $1 $$;
SELECT col, rule, method('texts', col, rule), method('texts', col, '(SELECT ' || rule || ')') AS other, dump('texts', col, rule) = dump('texts', col, '(SELECT ' || rule || ')') AS same,
    md5(dump('texts', col, rule)) <> md5(dump('texts', col, col)) AS masked
FROM (VALUES ('t', 'partial(t, 1, ''*'', 1)'), ('t', 'partial(v, 0, '''', 0)'), ('v', 'partial(v, 2, E''é\\\t\n\x01'', 3)'), ('t', 'partial(t, 100000, ''-'', 50000)'), ('t', 'partial(t, 2147483647, '''', 2147483647)'),
    ('t', 'partial_email(t)'), ('v', 'partial_email(v)'), ('v', 'partial_email(t)'), ('t', 'digest(t, '''', ''md5'')'), ('t', 'digest(t, E''é\n'', ''sha1'')'), ('t', 'digest(v, ''s'', ''sha224'')'),
    ('v', 'digest(t, ''s'', ''sha256'')'), ('v', 'digest(v, ''s'', ''sha384'')'), ('t', 'digest(t, repeat(''s'', 1000), ''sha512'')')) AS v (col, rule);
-- And what SQL gives without a dump.
SELECT dump('texts', 't', 'partial(t, 2, ''\'', 3)') = (SELECT string_agg(concat_ws(E'\t', id, copy_text(anon_funcs.partial(t, 2, '\', 3)), copy_text(v)) || E'\n', '' ORDER BY ctid) FROM texts) AS partial,
    dump('texts', 't', 'partial_email(v)') = (SELECT string_agg(concat_ws(E'\t', id, copy_text(anon_funcs.partial_email(v)), copy_text(v)) || E'\n', '' ORDER BY ctid) FROM texts) AS partial_email,
    dump('texts', 't', 'digest(v, ''é'', ''sha512'')') = (SELECT string_agg(concat_ws(E'\t', id, copy_text(anon_funcs.digest(v, 'é', 'sha512')), copy_text(v)) || E'\n', '' ORDER BY ctid) FROM texts) AS digest;
-- Random ones: of the right length and alphabet, another for each row, NULL where they have an argument that is NULL.
CREATE FUNCTION masked(relation regclass, col text, rule text) RETURNS SETOF text LANGUAGE sql AS $$
    SELECT nullif(split_part(line, E'\t', 2), '\N') FROM string_to_table(rtrim(dump(relation, col, rule), E'\n'), E'\n') AS line $$;
WITH rules AS MATERIALIZED (SELECT rule, pattern, method('many', 'v', rule) FROM (VALUES
    ('random_string(12)', '^[A-Z0-9]{12}$'), ('random_string(0)', '^$'), ('random_string(5000)', '^[A-Z0-9]+$'), ('random_zip()', '^\d{6}$'), ('random_inn()', '^\d{8}$'), ('random_phone()', '^0[1-9]\d{8}$'),
    ('random_phone(E''\\\té'')', '^\\\\\\té[1-9]\d{8}$'), ('random_hash(v, ''md5'')', '^[0-9a-f]{32}$'), ('random_hash(v, ''sha512'')', '^[0-9a-f]{128}$')) AS r (rule, pattern))
SELECT rule, method, bool_and(masked ~ pattern) AS fits, bool_and(length(masked) = 5000) AS long, count(DISTINCT masked) > 950 AS differ
FROM rules, masked('many', 'v', rule) AS masked GROUP BY 1, 2 ORDER BY 1;
SELECT count(*), count(masked) FROM masked('texts', 't', 'random_hash(t, ''md5'')') AS masked;
-- Numbers, dates and times.
CREATE TABLE numbers (id int, s smallint, i int, b bigint, r real, f float8, m money, pc percent, d date, ts timestamp, tz timestamptz);
INSERT INTO numbers VALUES (1, 100, 100, 100, 100, 100, 100, 50, '2020-01-15', '2020-01-15 12:00', '2020-01-15 12:00+00'),
    (2, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL),
    (3, -32768, -2147483648, -9223372036854775808, '-Infinity', 'NaN', '-92233720368547758.08', -2147483648, 'infinity', '-infinity', 'infinity'),
    (4, 32767, 2147483647, 9223372036854775807, '3.4028235e38', '1.7976931348623157e308', '92233720368547758.07', 100, '5874897-12-31', '294276-12-31 23:59:59.999999', '294276-12-31 23:59:59.999999+00'),
    (5, 0, 0, 0, 0, 1e-310, 0, 0, '4714-11-24 BC', '4714-11-24 BC', '4714-11-24 00:00:00+00 BC');
-- By nothing they stay what they are, which shows that they are read and written right.
SELECT col, rule, method('numbers', col, rule), method('numbers', col, '(SELECT ' || rule || ')') AS other, dump('numbers', col, rule) = dump('numbers', col, '(SELECT ' || rule || ')') AS same,
    dump('numbers', col, rule) = dump('numbers', col, col) AS unchanged
FROM (SELECT col, CASE WHEN col IN ('d', 'ts', 'tz') THEN 'dnoise(' || col || ', ''0'')' ELSE 'noise(' || col || ', 0)' END AS rule FROM unnest('{s,i,b,r,f,m,pc,d,ts,tz}'::text[]) AS col) AS rules;
-- By something, 200 times: within the same bounds as the function itself, which masks.sql looks at.
CREATE TABLE copies AS SELECT g AS id, s, i, b, r, f, m, pc, d, ts, tz FROM numbers, generate_series(1, 200) g WHERE numbers.id = 1;
SELECT 'noise' AS mask, method('copies', 'i', 'noise(i, 0.1)'), bool_and(v::int BETWEEN 90 AND 110) AS within, count(DISTINCT v) > 10 AS differ FROM (SELECT split_part(line, E'\t', 3) AS v FROM string_to_table(rtrim(dump('copies', 'i', 'noise(i, 0.1)'), E'\n'), E'\n') line) l
UNION ALL SELECT 'dnoise', method('copies', 'd', 'dnoise(d, ''9 days'')'), bool_and(v::date BETWEEN '2020-01-06' AND '2020-01-24'), count(DISTINCT v) > 10 FROM (SELECT split_part(line, E'\t', 9) AS v FROM string_to_table(rtrim(dump('copies', 'd', 'dnoise(d, ''9 days'')'), E'\n'), E'\n') line) l
UNION ALL SELECT 'random_int_between', method('copies', 'i', 'random_int_between(5, 8)'), array_agg(DISTINCT v ORDER BY v) = '{5,6,7}', count(DISTINCT v) = 3 FROM (SELECT split_part(line, E'\t', 3) AS v FROM string_to_table(rtrim(dump('copies', 'i', 'random_int_between(5, 8)'), E'\n'), E'\n') line) l
UNION ALL SELECT 'random_bigint_between', method('copies', 'b', 'random_bigint_between(8, 5)'), array_agg(DISTINCT v ORDER BY v) = '{6,7,8}', count(DISTINCT v) = 3 FROM (SELECT split_part(line, E'\t', 4) AS v FROM string_to_table(rtrim(dump('copies', 'b', 'random_bigint_between(8, 5)'), E'\n'), E'\n') line) l;
-- A time is fitted to the precision of its column, as an expression's value is.
CREATE TABLE times AS SELECT g AS id, '2020-01-01'::timestamp(0) AS ts, '2020-01-01'::timestamptz(3) AS tz FROM generate_series(1, 100) g;
SELECT count(*) FILTER (WHERE masked ~ '\.') AS too_precise FROM masked('times', 'ts', 'dnoise(ts, ''1 day'')') AS masked
UNION ALL SELECT count(*) FILTER (WHERE masked ~ '\.') FROM masked('times', 'ts', 'dnoise(ts, ''1 day'') + ''0''') AS masked
UNION ALL SELECT count(*) FILTER (WHERE split_part(line, E'\t', 3) ~ '\.\d{4}') FROM string_to_table(dump('times', 'tz', 'dnoise(tz, ''1 day'')'), E'\n') AS line;
-- Arguments that a function refuses are refused, however it is run, once there is a row to mask.
SELECT rule, dump('many', 'v', rule) FROM unnest(ARRAY['partial(v, -1, ''*'', 1)', '(SELECT partial(v, -1, ''*'', 1))', 'random_string(-1)', '(SELECT random_string(-1))', 'random_string(2147483647)',
    'digest(v, ''s'', ''crc32'')']) AS rule;
CREATE TABLE empty (id int, v text);
SELECT dump('empty', 'v', 'random_string(-1)') = '' AS no_rows;

DROP TABLE person, secret, hostile, many, types, texts, numbers, copies, times, empty;
DROP SEQUENCE calls CASCADE;
DROP FUNCTION dump_where, traced, dictionary, dump, shown, hint, copy_text, by_sql, masked_by, method, masked;
DROP DOMAIN small_percent, percent, word;
DROP EXTENSION pg_anon;
DROP SCHEMA IF EXISTS anon_funcs;
