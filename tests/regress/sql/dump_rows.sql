-- The rows of a table are the bytes that COPY writes under pg_dump's settings, whatever the session has set.
\set VERBOSITY terse
SET client_min_messages = warning;
SELECT current_database() AS regression \gset
CREATE EXTENSION pg_anon;

-- What COPY writes, with the settings of pg_dump (setup_connection in pg_dump.c), through a file in the data directory.
CREATE FUNCTION copied(relation text) RETURNS bytea LANGUAGE plpgsql SET DateStyle = 'ISO' SET IntervalStyle = 'postgres' SET extra_float_digits = 3
SET bytea_output = 'hex' SET search_path = '' SET quote_all_identifiers = off SET standard_conforming_strings = on AS $$
BEGIN
    EXECUTE format('COPY %s TO %L (ENCODING %L)', relation, current_setting('data_directory') || '/copied', current_setting('server_encoding'));
    RETURN pg_catalog.pg_read_binary_file('copied');
END $$;
CREATE FUNCTION dumped(relation regclass, dictionary jsonb DEFAULT '{}', first_block bigint DEFAULT NULL, end_block bigint DEFAULT NULL) RETURNS bytea LANGUAGE plpgsql AS $$
DECLARE
    chunk bytea;
    chunks bytea[] := '{}';
BEGIN
    FOR chunk IN SELECT anon_funcs.dump_rows(relation, dictionary, first_block, end_block) LOOP
        chunks := chunks || chunk;
    END LOOP;
    RETURN coalesce((SELECT string_agg(c, ''::bytea ORDER BY n) FROM unnest(chunks) WITH ORDINALITY AS u (c, n)), '');
END $$;
-- The first place where the two differ, or how long both are.
CREATE FUNCTION compared(dumped bytea, copied bytea) RETURNS text LANGUAGE plpgsql AS $$
BEGIN
    IF dumped = copied THEN
        RETURN CASE length(copied) WHEN 0 THEN 'equal, empty' ELSE 'equal' END;
    END IF;
    FOR i IN 0..least(length(dumped), length(copied)) - 1 LOOP
        IF get_byte(dumped, i) <> get_byte(copied, i) THEN
            RETURN format('differ at byte %s: %s instead of %s', i, encode(substr(dumped, greatest(i - 10, 1), 40), 'escape'), encode(substr(copied, greatest(i - 10, 1), 40), 'escape'));
        END IF;
    END LOOP;
    RETURN format('%s bytes instead of %s', length(dumped), length(copied));
END $$;
CREATE FUNCTION as_copy(relation regclass) RETURNS text LANGUAGE sql AS $$ 
    SELECT public.compared(public.dumped(relation), public.copied((SELECT format('%s.%I', relnamespace::regnamespace, relname) FROM pg_catalog.pg_class WHERE oid = relation))) $$;
-- The rows as text, or the error with its hint.
CREATE FUNCTION dump(relation regclass, dictionary jsonb, first_block bigint DEFAULT NULL, end_block bigint DEFAULT NULL) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
    hint text;
BEGIN
    RETURN convert_from(public.dumped(relation, dictionary, first_block, end_block), current_setting('server_encoding'));
EXCEPTION WHEN OTHERS THEN
    GET STACKED DIAGNOSTICS hint = PG_EXCEPTION_HINT;
    RETURN SQLSTATE || ' ' || SQLERRM || coalesce(' / ' || nullif(hint, ''), '');
END $$;
-- A dictionary with one rule for a table.
CREATE FUNCTION rule(relation regclass, rule jsonb) RETURNS jsonb LANGUAGE sql AS $$
    SELECT jsonb_build_object('dictionary', jsonb_build_array(jsonb_build_object('schema', nspname, 'table', relname) || rule))
    FROM pg_class c JOIN pg_namespace n ON n.oid = relnamespace WHERE c.oid = relation $$;

-- 1. A table with a column for every type that can be stored, and their arrays; and all values of a list that each type takes.
CREATE TYPE mood AS ENUM ('sad', 'b,"\', E'new\nline', 'é');
CREATE TYPE pair AS (i int, t text, d date);
CREATE DOMAIN short AS text CHECK (length(VALUE) < 100);
CREATE DOMAIN shorter AS short CHECK (length(VALUE) < 50);
CREATE DOMAIN numbers AS int[];
CREATE DOMAIN pairs AS pair;
CREATE TYPE float_range AS RANGE (SUBTYPE = float8);
CREATE TABLE whole_row (x int, y pair);
DO $$
BEGIN
    EXECUTE (
        SELECT 'CREATE TABLE all_types (' || string_agg(format('%I %s', CASE WHEN typnamespace = 'pg_catalog'::regnamespace THEN typname ELSE 'our ' || typname END, format_type(t.oid, NULL)), ', ' ORDER BY typname) || ')'
        FROM pg_type t
        WHERE typtype <> 'p' AND typname NOT IN ('pg_ndistinct', 'pg_dependencies', 'pg_mcv_list', 'pg_brin_bloom_summary', 'pg_brin_minmax_multi_summary', 'pg_node_tree', '_cstring', 'gtsvector')
            AND (typnamespace = 'public'::regnamespace OR typnamespace = 'pg_catalog'::regnamespace
                AND NOT EXISTS (SELECT FROM pg_class c WHERE c.oid IN (t.typrelid, (SELECT e.typrelid FROM pg_type e WHERE e.oid = t.typelem)))));
END $$;
CREATE TABLE literals (n int GENERATED ALWAYS AS IDENTITY, v text);
INSERT INTO literals (v) SELECT unnest(ARRAY['1', '-1', '0', '32767', '-32768', '2147483647', '9223372036854775807', '-9223372036854775808', 'NaN', 'Infinity', '-infinity', '1e-300', '0.1', '-0', '3.4028235e38',
    '1.7976931348623157e308', '1.10', '-123456789012345678901234567890.123456789000', '1e1000', 't', 'f', '', 'a', 'a b', ' ', E'tab\tx', E'\b\f\n\r\x0B\x01\x7f', 'back\slash', '\.', '\N', '\\x00ff5c09', '\x00ff5c09', '\x',
    'NULL', 'q"uo''te,{}()', 'é€😀', '2020-02-29', '0044-03-15 BC', '4714-11-24 BC', '5874897-12-31', '294276-12-31 23:59:59.999999', '1999-12-31 23:59:60', '2020-03-29 02:30:00.000001', '2020-10-25 02:30:00+01',
    '1890-01-01 00:00:00+00', 'infinity', 'epoch', '00:00', '24:00:00', '12:00:00.123456-15:59:59', '1 year -2 mons 3 days -04:05:06.789', '-178000000 years', '0.000001 s', '-1 mon', '-$1,234.56',
    '92233720368547758.07', '00000000-0000-0000-0000-00000000000a', '::ffff:1.2.3.4/120', '10.0.0.0/8', '08:00:2b:01:02:03', '08:00:2b:01:02:03:04:05', '101', '(1,2)', '(1e300,-1e-300)', '((1,2),(3,4))', '[(1,2),(3,4)]',
    '{1,2,3}', '<(1,2),3>', '{1,-1,NULL}', '{"a b","c\"d","e\\f",NULL,"NULL","",\t}', '[2:3]={1,2}', '{{1,2},{3,4}}', '[1,5)', 'empty', '(,)', '[2020-01-01,infinity]', '[2020-01-01 00:00+00,2020-03-29 01:00+00)', '{[1,2),[5,7)}',
    '{}', '{"a": [1, "\u00e9\t", null], "b": "\\"}', '[1,  2]', '"x"', '1.50', '<a b="c">&lt;x</a>', '''fat'':1A & !''rat'':*', '''a'':1A,2B ''b c''', 'a,b', '16/B374D848', '10:20:10,14', '(0,1)', '(4294967295,65535)', 'pg_class',
    'pg_catalog', 'sum(int4)', '+(int4,int4)', 'english', 'simple', 'boolean', 'postgres=r/postgres', '(1,"x ""y\\",2020-01-01)', '(,,)', '{"(1,\"a \\\"\",)"}', '(1,"(2,a,)")', '$.a[*] ? (@ > 1)', '{2020-01-01,infinity}', '{"1 day","-1 mon"}',
    'sad', 'b,"\', E'new\nline', '{é,sad}', '1 2 3', repeat('long ', 40000), repeat('ü\', 70000)]);
INSERT INTO all_types DEFAULT VALUES;
DO $$
DECLARE
    col name;
    v text;
BEGIN
    FOR col, v IN SELECT attname, literals.v FROM pg_attribute, literals WHERE attrelid = 'all_types'::regclass AND attnum > 0 ORDER BY attnum, n LOOP
        BEGIN
            EXECUTE format('INSERT INTO all_types (%I) VALUES (%L)', col, v);
        EXCEPTION WHEN OTHERS THEN
            NULL; -- The type does not take it.
        END;
    END LOOP;
END $$;
SELECT count(*) >= 168 AS enough_types FROM pg_attribute WHERE attrelid = 'all_types'::regclass AND attnum > 0;
-- Which have no value but NULL: none.
SELECT attname FROM pg_attribute WHERE attrelid = 'all_types'::regclass AND attnum > 0
    AND (xpath('/row/n/text()', query_to_xml(format('SELECT count(%I) AS n FROM all_types', attname), false, true, '')))[1]::text::int = 0;
SELECT as_copy('all_types');
-- One row with all of them.
DO $$
BEGIN
    EXECUTE (
        SELECT format('CREATE TABLE all_types_row AS SELECT %s', string_agg(format('(SELECT %1$I FROM all_types WHERE %1$I IS NOT NULL LIMIT 1)', attname), ', ' ORDER BY attnum))
        FROM pg_attribute WHERE attrelid = 'all_types'::regclass AND attnum > 0);
END $$;
SELECT as_copy('all_types_row');
-- Under the settings of a hostile session, one at a time and all together. Those that decide how a value is written are our own;
-- others, such as the time zone, count for COPY too.
CREATE FUNCTION under(setting text, value text) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
    found text;
BEGIN
    PERFORM set_config(setting, value, true);
    found := public.as_copy('public.all_types');
    PERFORM set_config(setting, (SELECT reset_val FROM pg_catalog.pg_settings WHERE lower(name) = $1), true);
    RETURN found;
END $$;
SELECT setting, value, under(setting, value) FROM (VALUES ('datestyle', 'SQL, DMY'), ('datestyle', 'German'), ('datestyle', 'Postgres, YMD'), ('intervalstyle', 'sql_standard'), ('intervalstyle', 'iso_8601'),
    ('intervalstyle', 'postgres_verbose'), ('extra_float_digits', '-15'), ('extra_float_digits', '0'), ('bytea_output', 'escape'), ('search_path', 'public, pg_catalog'), ('search_path', ''), ('quote_all_identifiers', 'on'),
    ('standard_conforming_strings', 'off'), ('transform_null_equals', 'on'), ('array_nulls', 'off'), ('xmlbinary', 'hex'), ('xmloption', 'document'), ('lc_monetary', 'C'), ('client_encoding', 'LATIN1'), ('client_encoding', 'SQL_ASCII'),
    ('escape_string_warning', 'off'), ('backslash_quote', 'on'), ('role', 'postgres'), ('work_mem', '64kB'), ('timezone', 'UTC'), ('timezone', 'Asia/Kathmandu'), ('timezone', 'America/St_Johns'), ('timezone', 'Europe/Berlin'),
    ('timezone', 'Pacific/Apia'), ('timezone', '<+1345>-13:45'), ('timezone', 'Africa/Monrovia'), ('timezone_abbreviations', 'Australia'), ('enable_seqscan', 'off'), ('jit', 'off')) AS v (setting, value);
SET datestyle = 'SQL, DMY';
SET intervalstyle = sql_standard;
SET extra_float_digits = -15;
SET bytea_output = escape;
SET search_path = public, pg_catalog;
SET quote_all_identifiers = on;
SET standard_conforming_strings = off;
SET array_nulls = off;
SET client_encoding = LATIN1;
SET timezone = 'Asia/Kathmandu';
SELECT as_copy('all_types'), as_copy('all_types_row');
RESET ALL;
SET client_encoding = UTF8;
SET client_min_messages = warning;
-- Every column in turn as an expression and as a sub-select instead of as itself.
SELECT count(*) AS columns, count(*) FILTER (WHERE dumped('all_types', rule('all_types', jsonb_build_object('fields', fields))) = copied('public.all_types')) AS equal
FROM (SELECT jsonb_object_agg(attname, CASE WHEN attnum % 2 = 0 THEN format('(SELECT %I)', attname) ELSE quote_ident(attname) END) AS fields
    FROM pg_attribute WHERE attrelid = 'all_types'::regclass AND attnum > 0 GROUP BY attnum / 40) AS groups;
-- And through a raw_sql.
SELECT compared(dumped('all_types', rule('all_types', '{"raw_sql": "SELECT * FROM ONLY public.all_types"}')), copied('public.all_types'));
-- Compared as files, by another program.
SELECT lo_from_bytea(0, dumped('all_types')) AS large_object, current_setting('data_directory') AS directory \gset
SELECT lo_export(:large_object, :'directory' || '/dumped') AS exported, length(copied('public.all_types')) > 1000000 AS copied, lo_unlink(:large_object) AS unlinked;
\setenv DIRECTORY :directory
\! cmp "$DIRECTORY/dumped" "$DIRECTORY/copied" && echo the same
\! cmp -s "$DIRECTORY/dumped" "$DIRECTORY/PG_VERSION" || echo not the same as another file

-- 2. What stays qualified: names of objects, in whichever schema the session looks first.
CREATE SCHEMA other;
CREATE TABLE other.regs (a regclass, b regprocedure, c regproc, d regtype, e regclass[], f regnamespace);
INSERT INTO other.regs VALUES ('other.regs', 'anon_funcs.digest(text,text,text)', 'anon_funcs.partial_email', 'public.mood', ARRAY['other.regs', 'pg_class']::regclass[], 'other');
SET search_path = other, public, anon_funcs;
SELECT public.dump('regs', '{}'), public.as_copy('regs');
RESET search_path;

-- 3. Tables of all shapes.
CREATE TABLE no_columns ();
INSERT INTO no_columns DEFAULT VALUES;
INSERT INTO no_columns DEFAULT VALUES;
CREATE TABLE all_dropped (a int, b text);
INSERT INTO all_dropped VALUES (1, 'gone'), (2, 'gone');
ALTER TABLE all_dropped DROP a, DROP b;
CREATE TABLE no_rows (a int);
CREATE TABLE shapes (a int, dropped text, twice int GENERATED ALWAYS AS (a * 2) STORED, always int GENERATED ALWAYS AS IDENTITY, by_default int GENERATED BY DEFAULT AS IDENTITY (START 10), e text);
INSERT INTO shapes (a, dropped, e) VALUES (1, 'gone', 'x'), (NULL, 'gone', NULL);
ALTER TABLE shapes DROP dropped, ADD added text DEFAULT 'added later', ADD added_null int;
INSERT INTO shapes (a, e, added) VALUES (3, '', NULL);
DELETE FROM shapes WHERE a = 1;
UPDATE shapes SET e = 'updated' WHERE a = 3;
CREATE UNLOGGED TABLE unlogged AS SELECT * FROM shapes;
CREATE MATERIALIZED VIEW matview AS SELECT 1;
CREATE TABLE only_generated (g int GENERATED ALWAYS AS (1 + 1) STORED);
INSERT INTO only_generated DEFAULT VALUES;
SELECT relation, as_copy(relation) FROM unnest('{no_columns,all_dropped,no_rows,shapes,unlogged,only_generated}'::regclass[]) AS relation;
SELECT dump('shapes', '{}'), encode(dumped('no_columns'), 'escape'), encode(dumped('only_generated'), 'escape');
-- Rules reach generated, identity and system columns, and count columns right where some were dropped.
SELECT dump('shapes', rule('shapes', '{"fields": {"a": "always + by_default", "e": "twice::text || shapes.ctid", "added": "(SELECT max(s.twice)::text FROM public.shapes s)", "always": "7"}, "sql_condition": "twice > 0"}'));
SELECT dump('no_columns', rule('no_columns', '{"fields": {}, "sql_condition": "ctid = ''(0,1)''"}')), dump('no_columns', rule('no_columns', '{"raw_sql": "SELECT FROM generate_series(1, 3)"}'));
-- Widest: as many columns as a table can have.
DO $$ BEGIN EXECUTE (SELECT 'CREATE TABLE wide AS SELECT ' || string_agg(n || ' AS c' || n, ', ') FROM generate_series(1, 1600) n); END $$;
SELECT as_copy('wide');

-- Inheritance: each table has its own rows only, and its own rule.
CREATE TABLE parent (i int, t text);
CREATE TABLE child (z int) INHERITS (parent);
INSERT INTO parent VALUES (1, 'p');
INSERT INTO child VALUES (2, 'c', 3);
SELECT as_copy('parent'), as_copy('child'), dump('parent', '{}'), dump('child', rule('parent', '{"fields": {"t": "''masked''"}}')), dump('parent', rule('parent', '{"fields": {"t": "''masked''"}}'));

-- Partitions over two levels, with columns in another order: the rule is the leaf's, else that of the nearest parent that has one.
CREATE TABLE root (i int, t text) PARTITION BY RANGE (i);
CREATE TABLE mid PARTITION OF root FOR VALUES FROM (0) TO (100) PARTITION BY LIST (t);
CREATE TABLE leaf (t text, dropped int, i int);
ALTER TABLE leaf DROP dropped;
ALTER TABLE mid ATTACH PARTITION leaf FOR VALUES IN ('a', 'b');
CREATE TABLE rest PARTITION OF root DEFAULT;
INSERT INTO root VALUES (1, 'a'), (2, 'b'), (200, 'c');
SELECT rules, dump('leaf', dictionary) AS leaf, dump('rest', dictionary) AS rest
FROM (VALUES ('none', '[]'),
    ('root', '[{"schema": "public", "table": "root", "fields": {"t": "''root'' || i"}}]'),
    ('mid', '[{"schema": "public", "table": "mid", "fields": {"t": "''mid'' || i"}}]'),
    ('leaf', '[{"schema": "public", "table": "leaf", "fields": {"t": "''leaf'' || i"}}]'),
    ('root and mid', '[{"schema": "public", "table": "root", "fields": {"t": "''root''"}}, {"schema": "public", "table": "mid", "fields": {"i": "0"}}]'),
    ('all', '[{"schema": "public", "table": "root", "fields": {"t": "''root''"}}, {"schema": "public", "table": "mid", "fields": {"t": "''mid''"}}, {"schema": "public", "table": "leaf", "fields": {"t": "''leaf''"}}]'),
    ('root by mask', '[{"schema_mask": "*", "table_mask": "^ro", "fields": {"t": "''masked''"}}]'),
    ('condition', '[{"schema": "public", "table": "root", "fields": {}, "sql_condition": "i <> 2"}]'),
    ('raw_sql', '[{"schema": "public", "table": "leaf", "raw_sql": "SELECT ''raw'', 9"}]')) AS v (rules, list), LATERAL jsonb_build_object('dictionary', list::jsonb) AS dictionary;
SELECT dump('root', '{}') UNION ALL SELECT dump('mid', '{}');

-- Hostile names.
CREATE SCHEMA "s "" limit 0) to stdout; select 1; --";
CREATE TABLE "s "" limit 0) to stdout; select 1; --"."a"" limit 0) to stdout;
copy x" ("c"" from x; --" int, "é\'$$ ""\\t" text, "select" text, "New
line" text, "%s%1$I{}" text, "CamelCase" text);
INSERT INTO "s "" limit 0) to stdout; select 1; --"."a"" limit 0) to stdout;
copy x" VALUES (1, 'a', 'b', E'\t\b\f\n\r\x0B\\', '%', 'C'), (2, NULL, '', '\.', '\N', '');
SELECT oid::regclass AS hostile FROM pg_class WHERE relname LIKE 'a" limit%' \gset
SELECT as_copy(:'hostile'), dump(:'hostile', '{}');
SELECT dump(:'hostile', rule(:'hostile', jsonb_build_object('fields', jsonb_build_object(E'New\nline', E'upper("New\nline") || "select"', 'é\''$$ "\\t', '(SELECT "select")', '%s%1$I{}', 'partial("CamelCase", 0, ''"'', 0)'))));
CREATE TYPE "t""; drop" AS ENUM ('x');
CREATE DOMAIN "d""; drop" AS "t""; drop";
CREATE TABLE named_types (a "t""; drop", b "d""; drop", c "t""; drop"[]);
INSERT INTO named_types VALUES ('x', 'x', '{x}');
SELECT dump('named_types', rule('named_types', '{"fields": {"a": "''x''", "b": "(SELECT ''x'')", "c": "ARRAY[''x'']"}}')), dump('named_types', rule('named_types', '{"raw_sql": "SELECT ''x'', ''x'', ''{x}''"}'));

-- 4. Long values: stored out of line, compressed or not, longer than a chunk of 64 kB, and of 20 MB.
CREATE TABLE long (id int, extended text, external text, b bytea, j jsonb, a text[], c pair);
ALTER TABLE long ALTER external SET STORAGE EXTERNAL;
INSERT INTO long SELECT n, v, v, convert_to(v, 'UTF8'), to_jsonb(v), ARRAY[v, NULL, v], ROW(1, v, NULL)::pair
FROM (SELECT n, repeat(E'é\\\t', n) AS v FROM unnest(ARRAY[0, 1, 30, 500, 2000, 16383, 16384, 16385, 100000]) AS n) AS l;
INSERT INTO long (id, extended, external) SELECT 0, string_agg(md5(n::text), ''), string_agg(md5(n::text), E'\n') FROM generate_series(1, 10000) n;
SELECT as_copy('long');
-- Lengths around the size of a chunk.
CREATE TABLE around AS SELECT n AS id, repeat('x', 65536 + n) AS v FROM generate_series(-20, 20) n;
SELECT as_copy('around'), max(length(chunk)) <= 65536 AS chunks_fit, bool_and(length(chunk) > 0) AS none_empty FROM (SELECT anon_funcs.dump_rows('around', '{}') AS chunk) AS chunks;
CREATE TABLE huge AS SELECT 1 AS id, repeat(E'0123456\t\\é', 2000000) AS v UNION ALL SELECT 2, NULL;
SELECT as_copy('huge'), length(dumped('huge')), max(length(chunk)) <= 65536 AS chunks_fit FROM (SELECT anon_funcs.dump_rows('huge', '{}') AS chunk) AS chunks;
SELECT rule, dump('huge', rule('huge', jsonb_build_object('fields', jsonb_build_object('v', rule)))) FROM unnest(ARRAY['partial(v, 2, ''*'', 1)', 'length(v)', '(SELECT length(v))', 'digest(v, ''s'', ''md5'')']) AS rule;
-- Values of 1 MB and more are written piece by piece: several in a row, compressed, uncompressed, at the limit, with others about them.
CREATE TABLE huge_values (id integer, a text, b bytea, c varchar);
INSERT INTO huge_values VALUES (1, 'small', '\x01', 'x');
INSERT INTO huge_values SELECT 2, repeat(E'abc\tdef\\é\n', 300000), decode(repeat('00ff5c0a', 500000), 'hex'), repeat('z', 1048575);
ALTER TABLE huge_values ALTER a SET STORAGE EXTERNAL, ALTER b SET STORAGE EXTERNAL;
INSERT INTO huge_values SELECT 3, repeat(E'q\t', 1000000), decode(repeat('00ff5c0a', 500000), 'hex'), repeat('y', 1048576);
INSERT INTO huge_values VALUES (4, NULL, '', NULL), (5, 'end', '\x02', 'x');
SELECT as_copy('huge_values'), max(length(chunk)) <= 65536 AS chunks_fit FROM (SELECT anon_funcs.dump_rows('huge_values', '{}') AS chunk) AS chunks;
SELECT length(chunk) > 0 AS abandoned FROM (SELECT anon_funcs.dump_rows('huge_values', '{}') AS chunk LIMIT 3) AS chunks LIMIT 3;
SELECT left(dump('huge_values', rule('huge_values', '{"fields": {"a": "left(a, 3)", "b": "NULL"}}')), 300) LIKE E'1\tsma\t\\\\N\tx\n2\tabc\t\\\\N\tzzz%' AS masked_beside_huge;
-- Compressed: each chunk begins with the numbers of its rows and of its bytes of text.
SELECT sum(('x' || encode(substr(chunk, 1, 4), 'hex'))::bit(32)::integer) AS rows, sum(('x' || encode(substr(chunk, 5, 4), 'hex'))::bit(32)::integer) = length(dumped('huge_values')) AS text,
    count(*) > 5 AS chunks, bool_and(substr(chunk, 9, 2) = '\x1f8b') AS gzip FROM (SELECT anon_funcs.dump_rows('huge_values', '{}', gzip_level => 1) AS chunk) AS chunks;
SELECT count(*) AS no_rows FROM (SELECT anon_funcs.dump_rows('no_rows', '{}', gzip_level => 9) AS chunk) AS chunks;
SELECT anon_funcs.dump_rows('huge_values', '{}', gzip_level => 10);
-- Escapes at every place of a chunk.
CREATE TABLE shifted AS SELECT repeat('x', n) || repeat(E'\\', 70000) AS v FROM generate_series(0, 8) n;
SELECT as_copy('shifted');

-- 5. A part of the blocks of a table: the parts together are the whole.
CREATE TABLE blocks AS SELECT g AS id, repeat('x', 200) AS v FROM generate_series(1, 5000) g;
DELETE FROM blocks WHERE id % 3 = 0;
UPDATE blocks SET v = 'moved' WHERE id % 100 = 1;
SELECT pg_relation_size('blocks') / current_setting('block_size')::int AS last \gset
SELECT step, compared((SELECT string_agg(dumped('blocks', '{}', first, first + step), '' ORDER BY first) FROM generate_series(0, :last, step) AS first), copied('public.blocks')) FROM unnest(ARRAY[1, 7, 50, 100000]) AS step;
SELECT compared(dumped('blocks', '{}', NULL, 60) || dumped('blocks', '{}', 60, NULL), copied('public.blocks')) AS halves, compared(dumped('blocks', '{}', 0, 4294967294), copied('public.blocks')) AS all_blocks,
    dump('blocks', '{}', 60, 60) AS none, dump('blocks', '{}', 60, 10) AS backwards, dump('blocks', '{}', 100000) AS behind, dump('blocks', '{}', 4294967294, 4294967294) AS last;
SELECT compared(dumped('blocks', d, 0, 31) || dumped('blocks', d, 31), dumped('blocks', d)) AS masked, length(dumped('blocks', d)) > 0 AS some
FROM rule('blocks', '{"fields": {"v": "partial(v, 1, ''*'', 1)"}, "sql_condition": "id % 2 = 0 OR id < 100"}') AS d;
-- A condition does not escape from the range.
SELECT dump('shapes', rule('shapes', '{"fields": {}, "sql_condition": "a > 5 OR true"}'), 1, 2) AS no_rows;
SELECT first_block, end_block, dump('blocks', '{}', first_block, end_block) FROM (VALUES (-1, NULL), (NULL, -1), (4294967295, NULL), (0, 4294967295), (9223372036854775807, NULL), (0, -9223372036854775808)) AS v (first_block, end_block);

-- 6. raw_sql: as many columns as the table has, each cast to the table's type by its place.
CREATE TABLE raw (id int, name varchar(5), born date NOT NULL, loud text GENERATED ALWAYS AS (upper(name)) STORED, amount numeric(4,2));
INSERT INTO raw VALUES (1, 'Ann', '2020-01-01', DEFAULT, 1.5);
\pset format unaligned
-- Of errors in a value only the SQLSTATE is shown here; errors.sql looks at their words.
SELECT shown AS raw_sql, regexp_replace(replace(dump('raw', rule('raw', jsonb_build_object('raw_sql', raw_sql))), E'\n', '; '), '^(22P02|22012) .*', '\1') AS dump FROM unnest(ARRAY[
    'SELECT id, name, born, amount FROM public.raw', 'SELECT ''2'', ''Bob'', ''2020-01-02''::timestamp, 1.239', 'VALUES (3, ''a'', ''2020-01-03'', 1), (4, ''b'', ''2020-01-04'', NULL)',
    'SELECT 1, NULL, ''2020-01-01'', 2 UNION ALL SELECT 2, NULL, ''2020-01-02'', 3 ORDER BY 1 DESC LIMIT 1', 'WITH x AS (SELECT * FROM public.raw) SELECT id, digest(name, ''s'', ''md5'')::varchar(3), born, amount FROM x',
    E'SELECT 1, \'x\', \'2020-01-01\', 2 -- a comment\n', '(SELECT 1, ''y'', ''2020-01-01'', 2)', 'SELECT DISTINCT ON (id) id, loud, born, amount FROM public.raw ORDER BY id', 'SELECT id, name, born, amount FROM public.raw WHERE false',
    'TABLE public.raw', 'SELECT 1, 2, ''2020-01-01''', 'SELECT 1, 2, ''2020-01-01'', 4, 5', 'SELECT', '', 'SELECT ''x'', 2, ''2020-01-01'', 4', 'SELECT 1, 2, 3, 4', 'SELECT 1, ''too long'', ''2020-01-01'', 4', 'SELECT 1, 2, NULL, 4',
    'SELECT 1, 2, ''2020-01-01'', 123.4', 'SELECT 1.0 / 0, 2, ''2020-01-01'', 4', 'SELECT 1) q, (SELECT 2, 3', 'SELECT 1, 2, ''2020-01-01'', 4; DROP TABLE raw', 'SELECT 1, 2, ''2020-01-01'', 4 -- end',
    'SELECT 1, 2, ''2020-01-01'', 4 /* end', 'INSERT INTO public.raw VALUES (1)', 'DELETE FROM public.raw RETURNING id, name, born, amount', 'WITH x AS (DELETE FROM public.raw RETURNING *) SELECT id, name, born, amount FROM x',
    'SELECT id, name, born, amount INTO copy FROM public.raw', 'SELECT id, name, born, amount FROM public.raw FOR UPDATE', 'COPY public.raw TO STDOUT', 'EXPLAIN SELECT 1', 'SELECT id, name, born, amount FROM raw', 'nonsense', 'SHOW ALL'
]) AS raw_sql, replace(raw_sql, E'\n', '\n') AS shown;
\pset format aligned
SELECT dump('raw', rule('raw', '{"raw_sql": "SELECT 1, 2, ''2020-01-01'', 4;"}')) ~ '^42601 .* semicolon' AS semicolon_is_named;
SELECT count(*) FROM raw;
SELECT dump('raw', rule('raw', '{"raw_sql": "SELECT id, name, born, amount FROM public.raw"}'), 0, 1) AS by_blocks;
-- Excluded tables have no rows to give.
SELECT dump('raw', '{"dictionary_exclude": [{"schema": "public", "table": "raw"}]}'), dump('raw', rule('raw', '{"fields": {"nam": "NULL"}}'));

-- 7. A database in another encoding.
SELECT pg_get_functiondef('copied'::regproc) AS copied, pg_get_functiondef('dumped'::regproc) AS dumped, pg_get_functiondef('compared'::regproc) AS compared, pg_get_functiondef('as_copy'::regproc) AS as_copy,
    pg_get_functiondef('dump'::regproc) AS dump, pg_get_functiondef('rule'::regproc) AS rule \gset
CREATE DATABASE regress_latin1 TEMPLATE template0 ENCODING LATIN1 LC_COLLATE 'C' LC_CTYPE 'C';
\c regress_latin1
SET client_encoding = UTF8;
CREATE EXTENSION pg_anon;
:copied; :dumped; :compared; :as_copy; :dump; :rule;
CREATE SCHEMA "schéma";
CREATE TABLE "schéma"."tàble" ("né" text, v varchar(5), c char(3));
INSERT INTO "schéma"."tàble" VALUES ('äöü', 'é', 'ß'), (NULL, 'ÿÿÿÿÿ', ''), (E'\u00a0\\\té', 'é@é.é', NULL);
SELECT as_copy('"schéma"."tàble"'), encode(dumped('"schéma"."tàble"'), 'hex') LIKE 'e4f6fc09e909%' AS latin1, dump('"schéma"."tàble"', '{}');
SELECT dump('"schéma"."tàble"', rule('"schéma"."tàble"', '{"fields": {"né": "partial(\"né\", 1, ''ß'', 1) || ''ü''", "v": "partial_email(v)::varchar(1)", "c": "(SELECT ''é'')"}, "sql_condition": "v <> ''ä''"}'));
SELECT dump('"schéma"."tàble"', rule('"schéma"."tàble"', '{"fields": {"né": "partial(\"né\", 1, ''ß'', 1)"}}')) AS partial, dump('"schéma"."tàble"', rule('"schéma"."tàble"', '{"fields": {"né": "digest(v, ''é'', ''md5'')"}}')) AS digest;
-- A name has the same digest in every encoding, and text is cut at characters.
SELECT anon_funcs.digest('é', 'ü', 'md5') = md5(convert_to('éü', 'UTF8')) AS same_digest, anon_funcs.partial('éàü', 1, 'ß', 1), anon_funcs.partial_email('éàü@éàü.fr'), length(anon_funcs.random_phone('é'));
-- What the database cannot hold is refused, and so is what does not fit; names in messages can be read.
SELECT '{"fields": {"v": "''\u20ac''"}}'::jsonb;
\pset format unaligned
SELECT rule, regexp_replace(dump('"schéma"."tàble"', rule('"schéma"."tàble"', jsonb_build_object('fields', jsonb_build_object('v', rule)))), '^(54000) .*', '\1') AS dump
FROM unnest(ARRAY['chr(8364)', 'U&''\20AC''', 'convert_from(''\xe282ac'', ''UTF8'')', 'random_string(6)', 'random_phone(''ééééé'')', '(SELECT ''éééééé'')', '''éé'' || nix', '''éé'', 1']) AS rule;
\pset format aligned
SELECT schema_name, table_name, columns, masked_columns, masked_by, rule_source, copy_statement
FROM anon_funcs.dump_plan('{"dictionary": [{"schema": "schéma", "table_mask": "^tà", "fields": {"né": "partial(\"né\", 1, ''ß'', 1)"}}]}');
\c :regression
DROP DATABASE regress_latin1;

SET client_min_messages = warning;
DROP MATERIALIZED VIEW matview;
DROP TABLE all_types, all_types_row, literals, whole_row, no_columns, all_dropped, no_rows, shapes, unlogged, only_generated, wide, parent, child, root, named_types, long, around, huge, huge_values, shifted, blocks, raw;
DROP SCHEMA other, "s "" limit 0) to stdout; select 1; --" CASCADE;
DROP FUNCTION copied, dumped, compared, as_copy, dump, rule, under;
DROP DOMAIN shorter, short, numbers, pairs, "d""; drop";
DROP TYPE mood, pair, float_range, "t""; drop";
DROP EXTENSION pg_anon;
DROP SCHEMA IF EXISTS anon_funcs;
