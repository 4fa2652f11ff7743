-- A database with what makes a dump go wrong: names, kinds of objects, values. All letters are of Latin-1, so that it loads
-- into databases of several encodings. It wants the extension hostile_extension (see hostile.rs) and client_encoding UTF8.

SET client_min_messages = error;
SET check_function_bodies = off;

-- Roles and tablespaces are the server's and may be there already.
DO $do$
DECLARE
    role text;
BEGIN
    FOREACH role IN ARRAY ARRAY['hostile owner"; drop role postgres; --', 'hostile ''reader''', 'hostile_group'] LOOP
        IF to_regrole(quote_ident(role)) IS NULL THEN
            EXECUTE format('CREATE ROLE %I', role);
        END IF;
    END LOOP;
END $do$;

-- Names ---------------------------------------------------------------------------------------------------------------
CREATE SCHEMA "a"" limit 0) to stdout; drop schema public cascade; --";
CREATE SCHEMA "Sp ace";
CREATE SCHEMA "naïve ÄÖÜß";
CREATE SCHEMA "tab	line
feed";
CREATE SCHEMA "back\slash 'quote' $$dollar$$ %I %s {} $1";
CREATE SCHEMA "select";

CREATE TABLE "a"" limit 0) to stdout; drop schema public cascade; --"."a"" limit 0) to stdout; drop table x; --" (
    "id""; drop table x; --" integer PRIMARY KEY,
    "'); drop table x; --" text,
    "*/ drop table x; /*" text DEFAULT E'it''s \\ a "default"\n',
    "\." text,
    "--" text
);
INSERT INTO "a"" limit 0) to stdout; drop schema public cascade; --"."a"" limit 0) to stdout; drop table x; --" VALUES
    (1, E'\\.', E'\t\n\r\b\f\v\\', '\.', '\N'),
    (2, NULL, DEFAULT, '', E'\\.\n'),
    (3, '\N', E'\\\\N', E'a\\', 'é'),
    (4, E'\r\n', E'\n\\.\n', E'\x01\x7f', '''"$1%s{}');
COMMENT ON TABLE "a"" limit 0) to stdout; drop schema public cascade; --"."a"" limit 0) to stdout; drop table x; --"
    IS E'a comment''s \\ quote\n\\. \n--';
COMMENT ON COLUMN "a"" limit 0) to stdout; drop schema public cascade; --"."a"" limit 0) to stdout; drop table x; --"."\."
    IS '*/ drop table x; /*';
CREATE TABLE "Sp ace"."Ta ble" ("Co lumn" integer, "co lumn" integer, " " integer);
INSERT INTO "Sp ace"."Ta ble" VALUES (1, 2, 3);
CREATE TABLE "naïve ÄÖÜß"."Straße" ("Größe" integer, "été" text);
INSERT INTO "naïve ÄÖÜß"."Straße" VALUES (1, 'àéîõü ÿ ¿ × ÷ ©');
CREATE TABLE "tab	line
feed"."tab	line
feed
return" ("tab	line
feed" text, "ends in a backslash\" integer);
INSERT INTO "tab	line
feed"."tab	line
feed
return" VALUES (E'tab\tline\nfeed', 1);
CREATE SEQUENCE "tab	line
feed"."seq	line
feed";
SELECT nextval(E'"tab\tline\nfeed"."seq\tline\nfeed"');
DO $do$ BEGIN
    EXECUTE format('CREATE TABLE public.%I (%I integer)', E'carriage\rreturn', E'carriage\rreturn\r\n');
    EXECUTE format('INSERT INTO public.%I VALUES (1)', E'carriage\rreturn');
    EXECUTE format('CREATE TABLE public.%I (%I integer)', E'control\x01\x7f', E'\x1b[31m');
    EXECUTE format('INSERT INTO public.%I VALUES (1)', E'control\x01\x7f');
    EXECUTE format('CREATE TABLE public.%I (%I text)', repeat('x', 63), repeat('é', 25));
    EXECUTE format('INSERT INTO public.%I VALUES (%L)', repeat('x', 63), repeat('é', 100));
END $do$;
CREATE TABLE "back\slash 'quote' $$dollar$$ %I %s {} $1"."back\slash 'quote' $$dollar$$ %I %s {} $1" (
    "back\slash 'quote' $$dollar$$ %I %s {} $1" text UNIQUE,
    "E'\\x41'" text
);
INSERT INTO "back\slash 'quote' $$dollar$$ %I %s {} $1"."back\slash 'quote' $$dollar$$ %I %s {} $1" VALUES ('\x41', '$1');
CREATE SEQUENCE "back\slash 'quote' $$dollar$$ %I %s {} $1"."it's a ""sequence""\" START 7;
SELECT nextval('"back\slash ''quote'' $$dollar$$ %I %s {} $1"."it''s a ""sequence""\"');
CREATE TABLE "select"."from" ("where" integer, "limit" text, "user" text, "tableoid " oid, "COPY" text, "null" text);
INSERT INTO "select"."from" VALUES (1, 'limit', 'user', 1, 'COPY', 'null');
-- The same bare name in several schemas.
CREATE TABLE public.same (id integer);
CREATE TABLE "select".same (id integer, more text);
CREATE TABLE "Sp ace".same (more text, id integer);
INSERT INTO public.same VALUES (1);
INSERT INTO "select".same VALUES (2, 'select');
INSERT INTO "Sp ace".same VALUES ('space', 3);
-- Not the extension pg_anon's own, in spite of their names.
CREATE TABLE public.pg_anon (anon_funcs text);
INSERT INTO public.pg_anon VALUES ('pg_anon');
CREATE FUNCTION public.pg_anon() RETURNS integer LANGUAGE sql AS 'SELECT 1';
COMMENT ON FUNCTION public.pg_anon() IS 'pg_anon';

-- Types ---------------------------------------------------------------------------------------------------------------
CREATE TYPE "select"."en'um" AS ENUM ('', ' ', 'a', 'it''s', '"', E'\\', E'tab\tline\nfeed', 'é', 'NULL', '{', ',');
CREATE TYPE public.mood AS ENUM ('sad', 'ok', 'happy');
ALTER TYPE public.mood ADD VALUE 'so so' BEFORE 'ok';
CREATE TYPE public.pair AS ("le ft" text, "ri""ght" integer);
CREATE TYPE public.nest AS (pair public.pair, pairs public.pair[], mood public.mood);
CREATE DOMAIN public.positive AS integer CONSTRAINT "is positive" CHECK (VALUE > 0);
CREATE DOMAIN public.even AS public.positive DEFAULT 2 CHECK (VALUE % 2 = 0);
CREATE DOMAIN public.code AS varchar(8) COLLATE "C" NOT NULL;
CREATE DOMAIN public.pair_domain AS public.pair CHECK ((VALUE)."ri""ght" > 0);
CREATE DOMAIN public.list AS integer[] CHECK (cardinality(VALUE) < 10);
DO $do$ BEGIN
    -- ICU does not know this encoding.
    IF getdatabaseencoding() = 'SQL_ASCII' THEN
        CREATE COLLATION public."ger man" (provider = libc, locale = 'C');
        CREATE COLLATION public.numeric_order (provider = libc, locale = 'POSIX');
    ELSE
        CREATE COLLATION public."ger man" (provider = icu, locale = 'de-u-co-phonebk');
        CREATE COLLATION public.numeric_order (provider = icu, locale = 'en-u-kn-true', deterministic = false);
    END IF;
END $do$;
CREATE FUNCTION public.float_minus(float8, float8) RETURNS float8 LANGUAGE sql IMMUTABLE STRICT AS 'SELECT $1 - $2';
CREATE TYPE public.float_range AS RANGE (
    subtype = float8, subtype_diff = public.float_minus, multirange_type_name = public.float_ranges);
CREATE TYPE public.mood_range AS RANGE (subtype = public.mood);
CREATE TYPE public.shell;
COMMENT ON TYPE public.mood IS 'a mood';
COMMENT ON DOMAIN public.positive IS 'a domain';
COMMENT ON CONSTRAINT "is positive" ON DOMAIN public.positive IS 'a constraint';
COMMENT ON COLLATION public."ger man" IS 'a collation';

CREATE TABLE public.own_types (
    id integer GENERATED ALWAYS AS IDENTITY (START 10 INCREMENT 5) PRIMARY KEY,
    mood public.mood, moods public.mood[], strange "select"."en'um", stranges "select"."en'um"[],
    pair public.pair, pairs public.pair[], nest public.nest, positive public.positive, even public.even, evens public.even[],
    code public.code, pair_domain public.pair_domain, list public.list, lists public.list[],
    floats public.float_range, many public.float_ranges, moods_range public.mood_range,
    german text COLLATE public."ger man", ordered text COLLATE public.numeric_order, row_of public.same
);
INSERT INTO public.own_types (mood, moods, strange, stranges, pair, pairs, nest, positive, even, evens, code, pair_domain,
    list, lists, floats, many, moods_range, german, ordered, row_of)
VALUES ('so so', '{happy,NULL}', '', enum_range(NULL::"select"."en'um"), ('a"b\,(', 1), ARRAY[('x', NULL), NULL]::public.pair[],
    (('', NULL), ARRAY[(E'\t\n', 1)]::public.pair[], 'sad'), 1, 4, '{2,4,NULL}', 'a''b', ('p', 1), '{1,NULL,3}',
    ARRAY['{1}'::public.list], '[-Infinity,1e300)', '{[1,2),(3,4]}', '[sad,ok]', 'ÄÖ', '10', ROW(1)),
    (NULL, '{}', NULL, '{}', NULL, '{}', NULL, NULL, NULL, NULL, '', NULL, NULL, NULL, 'empty', '{}', NULL, NULL, '', NULL);

-- A column of every built-in type, and of every array of one: as many rows as the type with most samples has.
CREATE TABLE public.samples (type text, number integer, value text, PRIMARY KEY (type, number));
INSERT INTO public.samples SELECT type, row_number() OVER (PARTITION BY type), value
FROM (VALUES
    ('bool', ARRAY['t', 'f']),
    ('bytea', ARRAY['\x', '\x00', '\x000102ff5c0a09', E'\\\\.']),
    ('char', ARRAY['', 'a', '\', ' ', E'\n']),
    ('name', ARRAY['', 'a"b', 'é']),
    ('text', ARRAY['', E'\t\n\r\b\f\v\\', '\N', '\.', 'é', repeat('x', 5000)]),
    ('bpchar', ARRAY['', 'a  ', 'é']),
    ('varchar', ARRAY['', ' a ', 'é']),
    ('int2', ARRAY['-32768', '32767', '0']),
    ('int4', ARRAY['-2147483648', '2147483647', '0']),
    ('int8', ARRAY['-9223372036854775808', '9223372036854775807', '0', '-1', '1000000000000000000']),
    ('oid', ARRAY['0', '4294967295']),
    ('xid', ARRAY['0', '4294967295']),
    ('xid8', ARRAY['0', '18446744073709551615']),
    ('cid', ARRAY['0', '4294967295']),
    ('tid', ARRAY['(0,0)', '(4294967295,65535)']),
    ('float4', ARRAY['NaN', 'Infinity', '-Infinity', '-0', '3.4028235e38', '1e-45', '1.1754944e-38', '0.1', '16777216', '1e15']),
    ('float8', ARRAY['NaN', 'Infinity', '-Infinity', '-0', '1.7976931348623157e308', '5e-324', '0.1', '123456789012345680',
                     '1e15', '1e-5', '9007199254740993']),
    ('numeric', ARRAY['NaN', 'Infinity', '-Infinity', '0', '0.00000', '-0.1', '123456789012345678901234567890.123456789',
                      '1e1000', '1e-1000', '10000', '99990000.00010000']),
    ('money', ARRAY['-92233720368547758.08', '92233720368547758.07', '0']),
    ('date', ARRAY['infinity', '-infinity', '4713-01-01 BC', '5874897-12-31', '2000-01-01', '0001-01-01', '0001-12-31 BC']),
    ('time', ARRAY['00:00', '24:00', '23:59:59.999999', '12:00:00.1']),
    ('timetz', ARRAY['00:00+15:59:59', '24:00-15:59:59', '12:00:00.123+05:30']),
    ('timestamp', ARRAY['infinity', '-infinity', '4713-01-01 00:00 BC', '294276-12-31 23:59:59.999999', '1999-12-31 23:59:59.5']),
    ('timestamptz', ARRAY['infinity', '-infinity', '4713-01-01 00:00 BC', '294276-12-31 23:59:59.999999', '1900-01-01 00:00']),
    ('interval', ARRAY['0', '178000000 years', '-178000000 years', '1 year -2 mons 3 days -04:05:06.789', '-1 us',
                       '2147483647 days', '2562047788:00:54.775807']),
    ('uuid', ARRAY['00000000-0000-0000-0000-000000000000', 'ffffffff-ffff-ffff-ffff-ffffffffffff']),
    ('json', ARRAY['{"a": [1, 2.50, null, "\u0041\n\\"]}', ' "spaces"  ', 'null', '1e400']),
    ('jsonb', ARRAY['{"a": [1, 2.50, null, "\u0041\n\\"], "": {}}', '"é"', 'null', '1e400', '[]']),
    ('jsonpath', ARRAY['$.a[*] ? (@ > 1)', 'strict $."b c"']),
    ('xml', ARRAY['<a b="c">é&amp;</a>', 'text', '<?xml version="1.0"?><a/>']),
    ('inet', ARRAY['0.0.0.0/0', '255.255.255.255', '192.168.0.1/24', '::', '::ffff:1.2.3.4/128', 'fe80::1/64']),
    ('cidr', ARRAY['10.0.0.0/8', '::/0', '192.168.0.1/32']),
    ('macaddr', ARRAY['00:00:00:00:00:00', 'ff:ff:ff:ff:ff:ff']),
    ('macaddr8', ARRAY['00:00:00:00:00:00:00:00', 'ff:ff:ff:ff:ff:ff:ff:ff']),
    ('bit', ARRAY['0', '1']),
    ('varbit', ARRAY['', '0', '10101']),
    ('point', ARRAY['(0,-0)', '(NaN,Infinity)', '(0.1,1e300)']),
    ('line', ARRAY['{1,-1,0}', '{0.1,2,3}']),
    ('lseg', ARRAY['[(0,0),(1,1)]']),
    ('box', ARRAY['(1,1),(0,0)']),
    ('path', ARRAY['[(0,0),(1,1)]', '((0,0),(1,1))']),
    ('polygon', ARRAY['((0,0),(1,1),(2,0))']),
    ('circle', ARRAY['<(0,0),1e-300>']),
    ('tsvector', ARRAY['', E'''a b'':1A,2 ''it''''s'' ''\\\\'':3']),
    ('tsquery', ARRAY['', '''a b'' & !c <2> ''it''''s'':*A']),
    ('int4range', ARRAY['empty', '(,)', '[1,5)']),
    ('int8range', ARRAY['empty', '(,9223372036854775807)']),
    ('numrange', ARRAY['empty', '[0.10,1]', '(,NaN]']),
    ('daterange', ARRAY['[-infinity,infinity]', '[2000-01-01,)']),
    ('tsrange', ARRAY['["2000-01-01 00:00:00",infinity)']),
    ('tstzrange', ARRAY['["2000-01-01 00:00:00+00",]']),
    ('int4multirange', ARRAY['{}', '{[1,2),[5,)}']),
    ('int8multirange', ARRAY['{}', '{(,1)}']),
    ('nummultirange', ARRAY['{[0.10,1],(2,3)}']),
    ('datemultirange', ARRAY['{[2000-01-01,2000-02-01)}']),
    ('tsmultirange', ARRAY['{["2000-01-01 00:00:00",infinity)}']),
    ('tstzmultirange', ARRAY['{["2000-01-01 00:00:00+00",]}']),
    ('pg_lsn', ARRAY['0/0', 'FFFFFFFF/FFFFFFFF']),
    ('pg_snapshot', ARRAY['10:20:10,14,15']),
    ('txid_snapshot', ARRAY['10:20:10,14,15']),
    ('refcursor', ARRAY['', 'a cursor']),
    ('aclitem', ARRAY['postgres=r*w/postgres', '=X/postgres']),
    ('int2vector', ARRAY['', '1 -2 3']),
    ('oidvector', ARRAY['', '1 4294967295']),
    ('regproc', ARRAY['-', 'pg_catalog.now']),
    ('regprocedure', ARRAY['-', 'pg_catalog.lower(text)']),
    ('regoper', ARRAY['0', 'pg_catalog.||/']),
    ('regoperator', ARRAY['0', 'pg_catalog.+(integer,integer)']),
    ('regclass', ARRAY['pg_catalog.pg_class', 'public.samples']),
    ('regcollation', ARRAY['-', 'pg_catalog."C"']),
    ('regtype', ARRAY['-', 'pg_catalog.int4', 'timestamp with time zone']),
    ('regrole', ARRAY['-', 'postgres']),
    ('regnamespace', ARRAY['-', 'pg_catalog']),
    ('regconfig', ARRAY['pg_catalog.simple']),
    ('regdictionary', ARRAY['pg_catalog.simple'])
) AS sample (type, samples), unnest(samples) AS value;
DO $do$
DECLARE
    sampled text[] := ARRAY(SELECT DISTINCT type FROM public.samples);
    missing text;
    columns text;
BEGIN
    -- These cannot be read from text, so they are stored as NULL only.
    SELECT string_agg(typname, ', ') INTO missing
    FROM pg_type
    WHERE typnamespace = 'pg_catalog'::regnamespace AND typtype IN ('b', 'r', 'm', 'e') AND typcategory <> 'A'
        AND typname <> ALL (sampled)
        AND typname NOT IN ('gtsvector', 'pg_node_tree', 'pg_ndistinct', 'pg_dependencies', 'pg_mcv_list',
                            'pg_brin_bloom_summary', 'pg_brin_minmax_multi_summary');
    IF missing IS NOT NULL THEN
        RAISE 'there are no samples of %', missing;
    END IF;
    SELECT string_agg(format('%I %I.%I', 'of ' || typname, 'pg_catalog', typname), ', ' ORDER BY oid)
    INTO columns
    FROM pg_type
    WHERE typnamespace = 'pg_catalog'::regnamespace AND typtype IN ('b', 'r', 'm', 'e', 'd') AND typrelid = 0
        AND (typelem = 0 OR typcategory <> 'A' OR typname IN ('int2vector', 'oidvector'));
    EXECUTE format('CREATE TABLE public.all_types (number integer PRIMARY KEY, %s)', columns);
    SELECT string_agg(format('%I %I.%I', 'of ' || typname, 'pg_catalog', typname), ', ' ORDER BY oid)
    INTO columns
    FROM pg_type
    WHERE typnamespace = 'pg_catalog'::regnamespace AND typcategory = 'A' AND typtype = 'b'
        AND typname NOT IN ('int2vector', 'oidvector') AND (SELECT typrelid FROM pg_type e WHERE e.oid = pg_type.typelem) = 0
        AND (SELECT typtype FROM pg_type e WHERE e.oid = pg_type.typelem) <> 'p';
    EXECUTE format('CREATE TABLE public.all_arrays (number integer PRIMARY KEY, %s)', columns);
    SELECT string_agg(format('(SELECT value::%I.%I FROM public.samples s WHERE s.number = n AND s.type = %L)',
               'pg_catalog', typname, typname), ', ' ORDER BY a.attnum)
    INTO columns
    FROM pg_attribute a JOIN pg_type t ON t.oid = a.atttypid
    WHERE a.attrelid = 'public.all_types'::regclass AND a.attnum > 1;
    EXECUTE format('INSERT INTO public.all_types SELECT n, %s FROM generate_series(0, 11) AS n', columns);
    -- The first row: all samples in one array. The second: nested. The third: empty. The fourth: NULL.
    SELECT string_agg(format($$(SELECT (CASE n WHEN 0 THEN '{' || elements || '}' WHEN 1 THEN '{{' || elements || '}}' WHEN 2 THEN '{}' END)
               FROM (SELECT string_agg(format('"%%s"', replace(replace(value, '\', '\\'), '"', '\"')), %2$L ORDER BY s.number) || %3$L AS elements
                     FROM public.samples s WHERE s.type = %4$L) AS samples)::pg_catalog.%1$I$$,
               t.typname, e.typdelim, e.typdelim::text || 'NULL', e.typname), ', ' ORDER BY a.attnum)
    INTO columns
    FROM pg_attribute a JOIN pg_type t ON t.oid = a.atttypid JOIN pg_type e ON e.oid = t.typelem
    WHERE a.attrelid = 'public.all_arrays'::regclass AND a.attnum > 1;
    EXECUTE format('INSERT INTO public.all_arrays SELECT n, %s FROM generate_series(0, 3) AS n', columns);
    IF (SELECT count(*) FROM pg_attribute WHERE attrelid = 'public.all_types'::regclass AND attnum > 0) < 75 THEN
        RAISE 'types are missing';
    END IF;
END $do$;
CREATE TABLE public.lengths (
    a char(3), b varchar(3), c bit(3), d bit varying(3), e numeric(5, 2), f numeric(3, -2), g numeric(2, 4), h time(0),
    i timestamp(3), j timestamptz(0), k interval day to second(2), l interval year, m char(3)[], n numeric(5, 2)[]
);
INSERT INTO public.lengths VALUES ('a', 'é  ', '101', '1', 1.005, 1234, 0.0012, '12:00:00.5', '2000-01-01 00:00:00.12345',
    '2000-01-01 00:00:00.6', '1 day 00:00:01.239', '5 years 3 months', '{a,NULL}', '{1,2.345}');
INSERT INTO public.lengths DEFAULT VALUES;

-- Tables --------------------------------------------------------------------------------------------------------------
CREATE TABLE public.no_columns ();
INSERT INTO public.no_columns DEFAULT VALUES;
INSERT INTO public.no_columns DEFAULT VALUES;
INSERT INTO public.no_columns DEFAULT VALUES;
CREATE TABLE public.all_dropped (a integer, b text);
INSERT INTO public.all_dropped VALUES (1, 'a'), (2, 'b');
ALTER TABLE public.all_dropped DROP COLUMN a, DROP COLUMN b;
CREATE TABLE public.dropped_columns (gone1 integer, a integer, gone2 text, b text DEFAULT 'default', "gone 3" public.mood);
INSERT INTO public.dropped_columns VALUES (1, 2, '3', '4', 'ok');
ALTER TABLE public.dropped_columns DROP COLUMN gone1, DROP COLUMN gone2, DROP COLUMN "gone 3";
INSERT INTO public.dropped_columns VALUES (5, '6');
ALTER TABLE public.dropped_columns ADD COLUMN added integer DEFAULT 7, ADD COLUMN gone1 text;
INSERT INTO public.dropped_columns VALUES (8, '9', 10, '11');
CREATE TABLE public.generated (
    before text GENERATED ALWAYS AS (upper(name COLLATE "C")) STORED,
    name text,
    "Length" integer GENERATED ALWAYS AS (length(name)) STORED,
    id bigint GENERATED BY DEFAULT AS IDENTITY (SEQUENCE NAME public."generated's id" MINVALUE -100 START -100 INCREMENT 3 CYCLE MAXVALUE 5)
);
INSERT INTO public.generated (name) VALUES ('one'), (NULL), ('three');
CREATE TABLE public.only_generated (a integer GENERATED ALWAYS AS (1 + 1) STORED);
INSERT INTO public.only_generated DEFAULT VALUES;
INSERT INTO public.only_generated DEFAULT VALUES;
CREATE TABLE public.many_columns ();
DO $do$ BEGIN
    -- The most that a table can have.
    EXECUTE (SELECT 'ALTER TABLE public.many_columns ' || string_agg(format('ADD COLUMN c%s bool', n), ', ')
             FROM generate_series(1, 1600) AS n);
    EXECUTE (SELECT 'INSERT INTO public.many_columns VALUES (' || string_agg((n % 3 = 0)::text, ', ') || ')'
             FROM generate_series(1, 1600) AS n);
END $do$;
CREATE UNLOGGED TABLE public.unlogged (id serial, value text);
INSERT INTO public.unlogged (value) VALUES ('kept'), ('too');
CREATE TABLE public.wide (id integer, external text, compressed text, fixed char(2000)) WITH (fillfactor = 50, autovacuum_enabled = off);
ALTER TABLE public.wide ALTER external SET STORAGE EXTERNAL, ALTER compressed SET STORAGE MAIN, ALTER id SET STATISTICS 500,
    ALTER compressed SET COMPRESSION pglz, ALTER id SET (n_distinct = -0.5);
INSERT INTO public.wide SELECT n, repeat(md5(n::text), 1000), repeat('é', 100000), 'f' FROM generate_series(1, 20) AS n;
CREATE ACCESS METHOD heap_too TYPE TABLE HANDLER heap_tableam_handler;
CREATE TABLE public.other_access_method (id integer) USING heap_too;
INSERT INTO public.other_access_method VALUES (1);
CREATE TABLE public.of_type OF public.pair ("le ft" WITH OPTIONS PRIMARY KEY DEFAULT 'd');
INSERT INTO public.of_type VALUES ('l', 1);
CREATE TABLE public.empty (id integer, value text);

-- Keys ----------------------------------------------------------------------------------------------------------------
CREATE TABLE public.hen (id integer PRIMARY KEY, egg integer NOT NULL, code text UNIQUE, friend integer REFERENCES public.hen);
CREATE TABLE public.egg (id integer PRIMARY KEY, hen integer NOT NULL REFERENCES public.hen DEFERRABLE INITIALLY DEFERRED,
    code text REFERENCES public.hen (code) ON UPDATE CASCADE ON DELETE SET NULL);
ALTER TABLE public.hen ADD CONSTRAINT "hen's egg" FOREIGN KEY (egg) REFERENCES public.egg DEFERRABLE INITIALLY DEFERRED;
BEGIN;
INSERT INTO public.hen SELECT n, n, 'code ' || n, nullif(5 - n, 0) FROM generate_series(1, 4) AS n;
INSERT INTO public.egg SELECT n, n, CASE n WHEN 1 THEN NULL ELSE 'code ' || n END FROM generate_series(1, 4) AS n;
COMMIT;
COMMENT ON CONSTRAINT "hen's egg" ON public.hen IS 'which came first?';
CREATE TABLE public.several_keys (
    a integer, b text, c int4range, d integer CHECK (d > 0) NO INHERIT, e integer,
    PRIMARY KEY (a, b) INCLUDE (c),
    CONSTRAINT "no overlap" EXCLUDE USING gist (c WITH &&) WHERE (a > 0),
    UNIQUE NULLS NOT DISTINCT (e),
    FOREIGN KEY (a, b) REFERENCES public.several_keys MATCH FULL
);
INSERT INTO public.several_keys VALUES (1, 'x', '[1,2)', 1, NULL), (2, 'x', '[2,3)', 2, 2);
CREATE TABLE public.not_valid (id integer, hen integer);
INSERT INTO public.not_valid VALUES (-1, 99);
ALTER TABLE public.not_valid ADD CONSTRAINT positive CHECK (id > 0) NOT VALID,
    ADD CONSTRAINT hen FOREIGN KEY (hen) REFERENCES public.hen NOT VALID;
ALTER TABLE public.hen REPLICA IDENTITY FULL;
ALTER TABLE public.egg REPLICA IDENTITY USING INDEX egg_pkey;
ALTER TABLE public.hen CLUSTER ON hen_pkey;
CREATE INDEX "it's an index" ON public.hen ((lower(code) COLLATE "C") DESC NULLS LAST) WHERE id > 1;
CREATE INDEX ON public.hen USING hash (code);
CREATE INDEX ON public.wide USING brin (id) WITH (pages_per_range = 2);
ALTER INDEX public."it's an index" ALTER COLUMN 1 SET STATISTICS 700;
COMMENT ON INDEX public."it's an index" IS 'an index';
CREATE STATISTICS public."stati stics" (ndistinct, mcv) ON a, b FROM public.several_keys;
CREATE STATISTICS public.on_expression ON (lower(code)), (id % 2) FROM public.hen;
ALTER STATISTICS public."stati stics" SET STATISTICS 99;
COMMENT ON STATISTICS public."stati stics" IS 'statistics';

-- Partitions and inheritance ------------------------------------------------------------------------------------------
CREATE TABLE public.events (id bigint NOT NULL, at date, region text, "Va lue" text,
    double bigint GENERATED ALWAYS AS (id * 2) STORED, PRIMARY KEY (id, at, region)) PARTITION BY RANGE (at);
CREATE TABLE public.events_2024 PARTITION OF public.events FOR VALUES FROM ('2024-01-01') TO ('2025-01-01')
    PARTITION BY LIST (region);
CREATE TABLE public."events_2024 ""EU""" PARTITION OF public.events_2024 FOR VALUES IN ('eu', 'it''s');
CREATE TABLE "Sp ace".events_2024_us PARTITION OF public.events_2024 FOR VALUES IN ('us') PARTITION BY HASH (id);
CREATE TABLE "Sp ace".events_2024_us_0 PARTITION OF "Sp ace".events_2024_us FOR VALUES WITH (MODULUS 2, REMAINDER 0);
CREATE TABLE "Sp ace".events_2024_us_1 PARTITION OF "Sp ace".events_2024_us FOR VALUES WITH (MODULUS 2, REMAINDER 1);
CREATE TABLE public.events_2024_rest PARTITION OF public.events_2024 DEFAULT;
-- Attached, with its columns in another order and some dropped.
CREATE TABLE public.events_2025 (gone text, "Va lue" text, region text NOT NULL, at date NOT NULL, gone2 integer, id bigint NOT NULL,
    double bigint GENERATED ALWAYS AS (id * 2) STORED);
ALTER TABLE public.events_2025 DROP COLUMN gone, DROP COLUMN gone2;
ALTER TABLE public.events ATTACH PARTITION public.events_2025 FOR VALUES FROM ('2025-01-01') TO (MAXVALUE);
CREATE TABLE public.events_default PARTITION OF public.events DEFAULT;
CREATE TABLE public.events_none PARTITION OF public.events FOR VALUES FROM ('1900-01-01') TO ('1900-02-01') PARTITION BY LIST (region);
INSERT INTO public.events
SELECT n, DATE '2023-06-01' + n * 20, (ARRAY['eu', 'us', 'it''s', 'xx'])[n % 4 + 1], E'value\t' || n FROM generate_series(1, 100) AS n;
CREATE INDEX ON public.events ("Va lue");
CREATE TABLE public.event_notes (id bigint, at date, region text, note text,
    FOREIGN KEY (id, at, region) REFERENCES public.events);
INSERT INTO public.event_notes SELECT id, at, region, 'note' FROM public.events WHERE id < 20;
COMMENT ON TABLE public.events IS 'events';
CREATE TABLE public.moods (mood public.mood, n integer) PARTITION BY LIST (mood);
CREATE TABLE public.moods_sad PARTITION OF public.moods FOR VALUES IN ('sad', NULL);
CREATE TABLE public.moods_other PARTITION OF public.moods DEFAULT;
INSERT INTO public.moods VALUES ('sad', 1), (NULL, 2), ('happy', 3);

CREATE TABLE public.parent (gone integer, a integer, b text);
CREATE TABLE public.other_parent (b text, c integer);
CREATE TABLE public.child (d integer DEFAULT 4) INHERITS (public.parent, public.other_parent);
CREATE TABLE public.grandchild (e integer, CHECK (e > 0)) INHERITS (public.child);
ALTER TABLE public.parent DROP COLUMN gone;
INSERT INTO public.parent VALUES (1, 'parent');
INSERT INTO public.other_parent VALUES ('other', 2);
INSERT INTO public.child (a, b, c, d) VALUES (3, 'child', 3, 3);
INSERT INTO public.grandchild (a, b, c, d, e) VALUES (4, 'grandchild', 4, 4, 4);

-- Sequences -----------------------------------------------------------------------------------------------------------
CREATE SEQUENCE public.never_used START 42;
CREATE SEQUENCE public.used_once;
CREATE SEQUENCE public.descending INCREMENT -2 MAXVALUE -1 MINVALUE -1000 START -1;
CREATE SEQUENCE public.descending_unused INCREMENT -1;
CREATE SEQUENCE public.cycling MAXVALUE 3 CYCLE;
CREATE SEQUENCE public.exhausted AS smallint MINVALUE 32760 START 32767;
CREATE SEQUENCE public.negative MINVALUE -9223372036854775808 START -9223372036854775808 CACHE 7;
CREATE SEQUENCE public.at_the_end START 9223372036854775807;
CREATE SEQUENCE public.set_not_called;
CREATE UNLOGGED SEQUENCE public.unlogged_sequence;
SELECT nextval('public.used_once'), nextval('public.descending'), nextval('public.descending'), nextval('public.exhausted'),
    nextval('public.negative'), nextval('public.at_the_end'), setval('public.set_not_called', 17, false), nextval('public.unlogged_sequence');
SELECT nextval('public.cycling') FROM generate_series(1, 5);
CREATE TABLE public.serials (small smallserial, id serial, big bigserial);
INSERT INTO public.serials SELECT FROM generate_series(1, 3);
ALTER SEQUENCE public.serials_id_seq RENAME TO "renamed se'quence";
ALTER SEQUENCE public.used_once OWNED BY public.serials.big;
COMMENT ON SEQUENCE public.never_used IS 'a sequence';

-- Functions, operators, casts, text search ----------------------------------------------------------------------------
CREATE FUNCTION public."func'tion"("ar g" integer DEFAULT 1, OUT "re sult" text, VARIADIC rest text[] DEFAULT '{}')
LANGUAGE plpgsql STABLE PARALLEL SAFE COST 5 SET search_path = pg_catalog, public SECURITY DEFINER AS $body$
BEGIN
    "re sult" := $$it's $1 \$$ || "ar g"; -- $function$
END $body$;
CREATE FUNCTION public.standard(a integer) RETURNS integer LANGUAGE sql IMMUTABLE RETURN a + 1;
CREATE FUNCTION public.atomic(a integer) RETURNS SETOF public.hen LANGUAGE sql BEGIN ATOMIC SELECT * FROM public.hen WHERE id = a; END;
CREATE PROCEDURE public.pro(INOUT a integer) LANGUAGE plpgsql AS $$ BEGIN COMMIT; END $$;
CREATE FUNCTION public.add_up(bigint, integer) RETURNS bigint LANGUAGE sql IMMUTABLE AS 'SELECT coalesce($1, 0) + $2';
CREATE AGGREGATE public.total(integer) (SFUNC = public.add_up, STYPE = bigint, INITCOND = '0', PARALLEL = SAFE);
CREATE OPERATOR public.%% (FUNCTION = public.float_minus, LEFTARG = float8, RIGHTARG = float8);
CREATE FUNCTION public.mood_number(public.mood) RETURNS integer LANGUAGE sql IMMUTABLE AS 'SELECT 1';
CREATE CAST (public.mood AS integer) WITH FUNCTION public.mood_number(public.mood) AS ASSIGNMENT;
CREATE CAST (public.mood AS public.pair) WITH INOUT;
CREATE FUNCTION public.pair_lt(public.pair, public.pair) RETURNS boolean LANGUAGE sql IMMUTABLE AS 'SELECT true';
CREATE OPERATOR public.<<< (FUNCTION = public.pair_lt, LEFTARG = public.pair, RIGHTARG = public.pair);
CREATE OPERATOR FAMILY public.fam USING btree;
CREATE OPERATOR CLASS public.cla FOR TYPE integer USING btree FAMILY public.fam AS
    OPERATOR 1 <, OPERATOR 2 <=, OPERATOR 3 =, OPERATOR 4 >=, OPERATOR 5 >, FUNCTION 1 btint4cmp(integer, integer);
CREATE INDEX ON public.hen (id public.cla);
CREATE CONVERSION public.conv FOR 'LATIN1' TO 'UTF8' FROM iso8859_1_to_utf8;
CREATE TEXT SEARCH DICTIONARY public."dic t" (TEMPLATE = pg_catalog.simple, STOPWORDS = english, ACCEPT = false);
CREATE TEXT SEARCH TEMPLATE public.tmpl (LEXIZE = dsimple_lexize, INIT = dsimple_init);
CREATE TEXT SEARCH PARSER public.pars (START = prsd_start, GETTOKEN = prsd_nexttoken, END = prsd_end, LEXTYPES = prsd_lextype);
CREATE TEXT SEARCH CONFIGURATION public.conf (COPY = pg_catalog.english);
ALTER TEXT SEARCH CONFIGURATION public.conf ALTER MAPPING FOR word WITH public."dic t", english_stem;
CREATE TABLE public.documents (body text, words tsvector GENERATED ALWAYS AS (to_tsvector('public.conf', body)) STORED);
INSERT INTO public.documents VALUES ('the quick brown foxes'), (E'it''s \\ a "document"');
CREATE INDEX ON public.documents USING gin (words);
CREATE FUNCTION public."hand ler"() RETURNS language_handler LANGUAGE c AS '$libdir/plpgsql', 'plpgsql_call_handler';
CREATE TRUSTED LANGUAGE plpgsql_too HANDLER public."hand ler";
CREATE FUNCTION public.in_other_language() RETURNS integer LANGUAGE plpgsql_too AS 'BEGIN RETURN 1; END';
CREATE TRANSFORM FOR public.pair LANGUAGE plpgsql_too (FROM SQL WITH FUNCTION array_subscript_handler(internal));
COMMENT ON FUNCTION public."func'tion"(integer, text[]) IS 'a function';
COMMENT ON PROCEDURE public.pro(integer) IS 'a procedure';
COMMENT ON AGGREGATE public.total(integer) IS 'an aggregate';
COMMENT ON OPERATOR public.%% (float8, float8) IS 'an operator';
COMMENT ON CAST (public.mood AS integer) IS 'a cast';
COMMENT ON OPERATOR CLASS public.cla USING btree IS 'an operator class';
COMMENT ON OPERATOR FAMILY public.fam USING btree IS 'an operator family';
COMMENT ON CONVERSION public.conv IS 'a conversion';
COMMENT ON TEXT SEARCH DICTIONARY public."dic t" IS 'a dictionary';
COMMENT ON TEXT SEARCH CONFIGURATION public.conf IS 'a configuration';
COMMENT ON TEXT SEARCH PARSER public.pars IS 'a parser';
COMMENT ON TEXT SEARCH TEMPLATE public.tmpl IS 'a template';
COMMENT ON LANGUAGE plpgsql_too IS 'a language';
COMMENT ON ACCESS METHOD heap_too IS 'an access method';
COMMENT ON SCHEMA "Sp ace" IS 'a schema';
COMMENT ON SCHEMA public IS 'another comment';

-- Views, rules, triggers, row security --------------------------------------------------------------------------------
CREATE VIEW public."vi ew" AS SELECT "Co lumn" AS "co""lumn", '\.' AS "\." FROM "Sp ace"."Ta ble";
-- Depends on a primary key, so that pg_dump makes it in two steps.
CREATE VIEW public.grouped AS SELECT id, code, count(*) FROM public.hen GROUP BY id;
CREATE FUNCTION public.of_view(public.grouped) RETURNS text LANGUAGE sql AS 'SELECT $1.code';
CREATE VIEW public.with_options WITH (security_barrier, security_invoker) AS SELECT * FROM public.hen WHERE id < 3 WITH LOCAL CHECK OPTION;
CREATE RECURSIVE VIEW public.numbers (n) AS VALUES (1) UNION ALL SELECT n + 1 FROM numbers WHERE n < 5;
ALTER VIEW public."vi ew" ALTER COLUMN "co""lumn" SET DEFAULT 3;
CREATE MATERIALIZED VIEW public.summary AS SELECT region, count(*) AS n FROM public.events GROUP BY region WITH DATA;
CREATE MATERIALIZED VIEW public.on_summary AS SELECT n AS "n n" FROM public.summary WITH DATA;
CREATE MATERIALIZED VIEW public.on_group AS SELECT * FROM public.grouped WITH DATA;
CREATE MATERIALIZED VIEW public.not_filled AS SELECT * FROM public.hen WITH NO DATA;
CREATE UNIQUE INDEX ON public.summary (region);
COMMENT ON VIEW public."vi ew" IS 'a view';
COMMENT ON MATERIALIZED VIEW public.summary IS 'a materialised view';
CREATE TABLE public.audit (at timestamptz, what text);
CREATE FUNCTION public.audit() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN INSERT INTO public.audit VALUES (now(), TG_OP); RETURN NEW; END $$;
CREATE FUNCTION public.refuse() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE 'no'; END $$;
CREATE TRIGGER "tri gger" BEFORE INSERT OR UPDATE OF code ON public.hen FOR EACH ROW WHEN (NEW.id > 0) EXECUTE FUNCTION public.audit('a''b');
CREATE TRIGGER always AFTER INSERT ON public.egg REFERENCING NEW TABLE AS new_rows FOR EACH STATEMENT EXECUTE FUNCTION public.audit();
CREATE TRIGGER never BEFORE INSERT ON public.same FOR EACH ROW EXECUTE FUNCTION public.refuse();
CREATE CONSTRAINT TRIGGER later AFTER INSERT ON public.egg DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION public.audit();
CREATE TRIGGER on_partitions BEFORE INSERT ON public.events FOR EACH ROW EXECUTE FUNCTION public.refuse();
CREATE TRIGGER on_view INSTEAD OF INSERT ON public.grouped FOR EACH ROW EXECUTE FUNCTION public.refuse();
ALTER TABLE public.hen DISABLE TRIGGER "tri gger";
ALTER TABLE public.egg ENABLE ALWAYS TRIGGER always;
COMMENT ON TRIGGER "tri gger" ON public.hen IS 'a trigger';
CREATE RULE "ru le" AS ON INSERT TO public.parent WHERE NEW.a > 100 DO INSTEAD NOTHING;
CREATE RULE nothing AS ON DELETE TO public.other_parent DO INSTEAD NOTHING;
COMMENT ON RULE nothing ON public.other_parent IS 'a rule';
CREATE FUNCTION public.on_ddl() RETURNS event_trigger LANGUAGE plpgsql AS $$ BEGIN NULL; END $$;
CREATE EVENT TRIGGER "event trigger" ON ddl_command_end WHEN TAG IN ('CREATE TABLE') EXECUTE FUNCTION public.on_ddl();
ALTER EVENT TRIGGER "event trigger" DISABLE;
COMMENT ON EVENT TRIGGER "event trigger" IS 'an event trigger';
CREATE TABLE public.secured (id integer, owner name);
INSERT INTO public.secured VALUES (1, 'postgres'), (2, 'hostile_group');
ALTER TABLE public.secured ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
CREATE POLICY "po licy" ON public.secured AS RESTRICTIVE FOR SELECT TO hostile_group, "hostile 'reader'" USING (owner = current_user);
CREATE POLICY other ON public.secured USING (true) WITH CHECK (id > 0);
COMMENT ON POLICY "po licy" ON public.secured IS 'a policy';

-- Foreign data, publications, extensions ------------------------------------------------------------------------------
CREATE EXTENSION postgres_fdw SCHEMA "Sp ace";
CREATE EXTENSION file_fdw;
CREATE EXTENSION hstore SCHEMA "select";
CREATE EXTENSION hostile_extension;
CREATE FOREIGN DATA WRAPPER "wrap per" OPTIONS (debug 'it''s');
CREATE SERVER "ser ver" TYPE 'type' VERSION '1' FOREIGN DATA WRAPPER postgres_fdw OPTIONS (host 'nowhere.invalid', dbname 'it''s \ "quoted"');
CREATE SERVER files FOREIGN DATA WRAPPER file_fdw;
CREATE USER MAPPING FOR PUBLIC SERVER "ser ver" OPTIONS (user 'some''body');
CREATE USER MAPPING FOR hostile_group SERVER "ser ver";
CREATE FOREIGN TABLE public."for eign" ("co l" integer OPTIONS (column_name 'it''s')) SERVER "ser ver" OPTIONS (schema_name 'x');
CREATE FOREIGN TABLE public.file (line text) SERVER files OPTIONS (filename '/nowhere/at all', format 'text');
CREATE FOREIGN TABLE public.moods_foreign PARTITION OF public.moods FOR VALUES IN ('ok') SERVER "ser ver";
COMMENT ON FOREIGN DATA WRAPPER "wrap per" IS 'a wrapper';
COMMENT ON SERVER files IS 'a server';
COMMENT ON FOREIGN TABLE public.file IS 'a foreign table';
COMMENT ON EXTENSION hstore IS 'another comment';
CREATE TABLE public.stores (store "select".hstore);
INSERT INTO public.stores VALUES ('"a\"b"=>NULL, c=>"\\"');
INSERT INTO hostile_extension.settings VALUES ('mine', E'va\tlue', false), ('not dumped', 'x', true);
INSERT INTO hostile_extension.log (setting, entry) VALUES ('mine', 'entry 1'), ('built in', 'entry 2');
SELECT nextval('hostile_extension.counter') FROM generate_series(1, 9);
CREATE PUBLICATION "publi cation" FOR TABLE public.hen (id, egg) WHERE (id > 1), TABLE public.egg WITH (publish = 'insert');
CREATE PUBLICATION of_schema FOR TABLES IN SCHEMA "Sp ace";
CREATE PUBLICATION of_all FOR ALL TABLES;
COMMENT ON PUBLICATION of_all IS 'a publication';

-- Owners and grants ---------------------------------------------------------------------------------------------------
ALTER TABLE public.hen OWNER TO "hostile owner""; drop role postgres; --";
ALTER SCHEMA "Sp ace" OWNER TO "hostile owner""; drop role postgres; --";
ALTER FUNCTION public.standard(integer) OWNER TO hostile_group;
ALTER TYPE public.mood OWNER TO hostile_group;
ALTER SEQUENCE public.never_used OWNER TO hostile_group;
ALTER MATERIALIZED VIEW public.summary OWNER TO hostile_group;
GRANT SELECT ON public.events TO hostile_group;
ALTER SERVER files OWNER TO hostile_group;
GRANT ALL ON ALL TABLES IN SCHEMA public TO "hostile 'reader'";
GRANT SELECT ON public.hen TO PUBLIC;
GRANT SELECT, INSERT ON public.egg TO hostile_group WITH GRANT OPTION;
SET ROLE hostile_group;
GRANT SELECT ON public.egg TO "hostile 'reader'";
RESET ROLE;
GRANT SELECT ("le ft"), UPDATE ("ri""ght") ON public.of_type TO hostile_group WITH GRANT OPTION;
GRANT REFERENCES (id) ON public.hen TO hostile_group;
REVOKE ALL ON public.empty FROM postgres;
GRANT USAGE ON SCHEMA "Sp ace", "select" TO hostile_group;
REVOKE ALL ON SCHEMA public FROM PUBLIC;
GRANT USAGE, CREATE ON SCHEMA public TO hostile_group;
GRANT USAGE ON SEQUENCE public.never_used TO "hostile 'reader'";
REVOKE EXECUTE ON FUNCTION public."func'tion"(integer, text[]) FROM PUBLIC;
GRANT EXECUTE ON PROCEDURE public.pro(integer) TO hostile_group;
REVOKE USAGE ON TYPE public.pair FROM PUBLIC;
REVOKE USAGE ON LANGUAGE plpgsql_too FROM PUBLIC;
GRANT USAGE ON LANGUAGE sql TO hostile_group;
GRANT USAGE ON FOREIGN SERVER "ser ver" TO hostile_group;
GRANT USAGE ON FOREIGN DATA WRAPPER postgres_fdw TO hostile_group;
GRANT SELECT ON hostile_extension.settings TO hostile_group;
REVOKE EXECUTE ON FUNCTION pg_catalog.pg_sleep(float8) FROM PUBLIC;
GRANT SET ON PARAMETER log_statement TO hostile_group;
ALTER DEFAULT PRIVILEGES GRANT SELECT ON TABLES TO hostile_group;
ALTER DEFAULT PRIVILEGES IN SCHEMA "select" GRANT ALL ON FUNCTIONS TO "hostile 'reader'" WITH GRANT OPTION;
ALTER DEFAULT PRIVILEGES FOR ROLE "hostile owner""; drop role postgres; --" REVOKE ALL ON TYPES FROM PUBLIC;

-- Large objects -------------------------------------------------------------------------------------------------------
SELECT lo_from_bytea(424242, '\x00ff5c0a5c2e0a'), lo_from_bytea(424243, decode(repeat('abcd', 100000), 'hex')), lo_create(424244);
COMMENT ON LARGE OBJECT 424242 IS 'a large object';
GRANT SELECT ON LARGE OBJECT 424242 TO hostile_group;
ALTER LARGE OBJECT 424243 OWNER TO hostile_group;
