-- Code that somebody other than the dictionary's author wrote must not run when a table is dumped, for it would run with
-- the rights of whoever dumps. Every attempt below is either refused or does not call the foreign function.
\set VERBOSITY terse
SET client_min_messages = warning;
CREATE EXTENSION pg_anon;
-- The dictionary's author is a superuser here; the attacker owns the tables, types and schemas.
CREATE ROLE regress_attacker;
CREATE SCHEMA shop AUTHORIZATION regress_attacker;
-- A sequence keeps what was counted when the transaction rolls back.
CREATE SEQUENCE foreign_calls;
GRANT ALL ON SEQUENCE foreign_calls TO PUBLIC;

-- Dumps a table by a rule and says what came out, or that it was refused, and whether foreign code ran.
CREATE FUNCTION attempt(relation regclass, rule jsonb, rule_search_path text DEFAULT NULL) RETURNS TABLE (outcome text, foreign_code text)
LANGUAGE plpgsql AS $$
DECLARE
    chunk bytea;
    rows text := '';
    dictionary jsonb;
BEGIN
    SELECT jsonb_build_object('dictionary', jsonb_build_array(jsonb_build_object('schema', nspname, 'table', relname) || rule))
    INTO dictionary FROM pg_class c JOIN pg_namespace n ON n.oid = relnamespace WHERE c.oid = relation;
    PERFORM setval('public.foreign_calls', 1, false);
    BEGIN
        FOR chunk IN SELECT anon_funcs.dump_rows(relation, dictionary, rule_search_path => $3) LOOP
            rows := rows || convert_from(chunk, 'UTF8');
        END LOOP;
        outcome := replace(rows, E'\n', '; ');
    EXCEPTION WHEN OTHERS THEN
        outcome := 'refused, ' || SQLSTATE;
    END;
    SELECT CASE WHEN is_called THEN 'RAN' ELSE 'did not run' END INTO foreign_code FROM public.foreign_calls;
    RETURN NEXT;
END $$;
CREATE FUNCTION rule(col text, expression text) RETURNS jsonb LANGUAGE sql AS $$
    SELECT jsonb_build_object('fields', jsonb_build_object(col, expression)) $$;

GRANT CREATE ON SCHEMA public TO regress_attacker;
SET ROLE regress_attacker;
CREATE FUNCTION shop.take_over() RETURNS void LANGUAGE sql AS $$ SELECT nextval('public.foreign_calls') $$;
CREATE TABLE shop.person (id int, name varchar(20), note text);
INSERT INTO shop.person VALUES (1, 'Ann', 'n');

-- 1. Functions and operators that match better, in public, in a schema named like the user, in the table's schema.
CREATE FUNCTION public.partial(varchar, int, text, int) RETURNS text LANGUAGE sql AS $$ SELECT 'foreign' FROM shop.take_over() $$;
CREATE FUNCTION public.upper(varchar) RETURNS text LANGUAGE sql AS $$ SELECT 'foreign' FROM shop.take_over() $$;
CREATE FUNCTION public.cat(varchar, text) RETURNS text LANGUAGE sql AS $$ SELECT 'foreign' FROM shop.take_over() $$;
CREATE OPERATOR public.|| (LEFTARG = varchar, RIGHTARG = text, FUNCTION = public.cat);
RESET ROLE;
CREATE SCHEMA AUTHORIZATION CURRENT_USER;
SELECT format('CREATE FUNCTION %I.upper(varchar) RETURNS text LANGUAGE sql AS $$ SELECT ''foreign'' FROM shop.take_over() $$', current_user) \gexec
SET search_path = "$user", public, pg_catalog;
SELECT * FROM attempt('shop.person', rule('note', 'partial(name, 1, ''*'', 1)'));
SELECT * FROM attempt('shop.person', rule('note', 'upper(name)'));
SELECT * FROM attempt('shop.person', rule('note', 'name || ''x''::text'));
SELECT * FROM attempt('shop.person', '{"fields": {}, "sql_condition": "upper(name) || ''x''::text = ''ANNx''"}');
SELECT * FROM attempt('shop.person', '{"raw_sql": "SELECT id, upper(name), name || ''x''::text FROM shop.person"}');
-- The search path may be widened by whoever dumps; PostgreSQL's own functions still come first.
SELECT * FROM attempt('shop.person', rule('note', 'lower(name)'), 'public');
RESET search_path;

-- 2. Temporary objects of the session, which PostgreSQL otherwise looks at first.
CREATE FUNCTION pg_temp.upper(varchar) RETURNS text LANGUAGE sql AS $$ SELECT 'foreign' FROM shop.take_over() $$;
CREATE DOMAIN pg_temp.text AS pg_catalog.text CHECK (VALUE IS NULL OR nextval('public.foreign_calls') = 0);
CREATE TEMPORARY TABLE person (id int, name varchar(20), note pg_catalog.text);
INSERT INTO pg_temp.person VALUES (2, 'temporary', 'temporary');
SELECT * FROM attempt('shop.person', rule('note', 'upper(name)::text'));
SELECT * FROM attempt('shop.person', rule('note', '(SELECT name FROM pg_class WHERE relname = ''pg_class'')'));
DROP TABLE pg_temp.person;
DROP DOMAIN pg_temp.text;
DROP FUNCTION pg_temp.upper(varchar);

-- 3. Functions in the extension's own schema, by an owner of the database that is not superuser.
DROP EXTENSION pg_anon;
DROP SCHEMA anon_funcs;
SELECT format('GRANT CREATE ON DATABASE %I TO regress_attacker', current_database()) \gexec
SET ROLE regress_attacker;
CREATE EXTENSION pg_anon;
CREATE FUNCTION anon_funcs.partial(varchar, int, text, int) RETURNS text LANGUAGE sql AS $$ SELECT 'foreign' FROM shop.take_over() $$;
RESET ROLE;
SELECT * FROM attempt('shop.person', rule('note', 'partial(name, 1, ''*'', 1)'));
SELECT outcome LIKE 'refused%' AS refused, foreign_code FROM attempt('shop.person', '{"fields": {}, "sql_condition": "partial(name, 1, ''*'', 1) = ''foreign''"}');
SELECT * FROM attempt('shop.person', '{"raw_sql": "SELECT id, partial(name, 1, ''*'', 1), note FROM shop.person"}');
\set VERBOSITY sqlstate
SELECT severity, code
FROM anon_funcs.check_dictionary('{"dictionary": [{"schema": "shop", "table": "person", "fields": {}, "sql_condition": "partial(name, 1, ''*'', 1) = ''x''"}]}');
\set VERBOSITY terse
-- Belonging to an extension is no proof: its owner can add what they like.
SET ROLE regress_attacker;
ALTER EXTENSION pg_anon ADD FUNCTION anon_funcs.partial(varchar, int, text, int);
RESET ROLE;
SELECT outcome LIKE 'refused%' AS refused, foreign_code FROM attempt('shop.person', rule('note', 'partial(name, 1, ''*'', 1)'));
SELECT outcome LIKE 'refused%' AS refused, foreign_code FROM attempt('shop.person', rule('note', 'lower(partial(name, 1, ''*'', 1))'));
SET ROLE regress_attacker;
ALTER EXTENSION pg_anon DROP FUNCTION anon_funcs.partial(varchar, int, text, int);
DROP FUNCTION anon_funcs.partial(varchar, int, text, int);
-- Operators, types and tables likewise.
CREATE FUNCTION shop.cat(varchar, text) RETURNS text LANGUAGE sql AS $$ SELECT 'foreign' FROM shop.take_over() $$;
CREATE OPERATOR anon_funcs.|| (LEFTARG = varchar, RIGHTARG = text, FUNCTION = shop.cat);
RESET ROLE;
SELECT * FROM attempt('shop.person', rule('note', 'name || ''x''::text'));
SET ROLE regress_attacker;
DROP OPERATOR anon_funcs.|| (varchar, text);
CREATE FUNCTION shop.allowed(text) RETURNS boolean LANGUAGE sql AS $$ SELECT true FROM shop.take_over() $$;
CREATE DOMAIN anon_funcs.citext AS text CHECK (shop.allowed(VALUE));
RESET ROLE;
SELECT outcome LIKE 'refused%' AS refused, foreign_code FROM attempt('shop.person', rule('note', 'name::citext'));
SET ROLE regress_attacker;
DROP DOMAIN anon_funcs.citext;
CREATE VIEW anon_funcs.first_names AS SELECT 'x'::text AS first_name FROM shop.take_over();
RESET ROLE;
SELECT outcome LIKE 'refused%' AS refused, foreign_code FROM attempt('shop.person', rule('note', '(SELECT first_name FROM first_names)'));
DROP VIEW anon_funcs.first_names;

-- 4. Casts of types that the table's owner made: called by types, not named by the dictionary.
SET ROLE regress_attacker;
CREATE TYPE shop.mood AS ENUM ('glad', 'sad');
CREATE TYPE shop.pair AS (a int, b int);
CREATE DOMAIN shop.short AS text CHECK (shop.allowed(VALUE));
CREATE FUNCTION shop.mood_text(shop.mood) RETURNS text LANGUAGE sql AS $$ SELECT 'foreign' FROM shop.take_over() $$;
CREATE FUNCTION shop.text_mood(text) RETURNS shop.mood LANGUAGE sql AS $$ SELECT 'sad'::shop.mood FROM shop.take_over() $$;
CREATE FUNCTION shop.mood_int(shop.mood) RETURNS int LANGUAGE sql AS $$ SELECT 7 FROM shop.take_over() $$;
CREATE FUNCTION shop.pair_text(shop.pair) RETURNS text LANGUAGE sql AS $$ SELECT 'foreign' FROM shop.take_over() $$;
CREATE FUNCTION shop.text_pair(text) RETURNS shop.pair LANGUAGE sql AS $$ SELECT ROW(1, 2)::shop.pair FROM shop.take_over() $$;
CREATE CAST (shop.mood AS text) WITH FUNCTION shop.mood_text(shop.mood) AS IMPLICIT;
CREATE CAST (text AS shop.mood) WITH FUNCTION shop.text_mood(text) AS IMPLICIT;
CREATE CAST (shop.mood AS int) WITH FUNCTION shop.mood_int(shop.mood) AS IMPLICIT;
CREATE CAST (shop.pair AS text) WITH FUNCTION shop.pair_text(shop.pair);
CREATE CAST (text AS shop.pair) WITH FUNCTION shop.text_pair(text) AS ASSIGNMENT;
CREATE TABLE shop.thing (id int, mood shop.mood, moods shop.mood[], pair shop.pair, short shop.short, t text);
INSERT INTO shop.thing VALUES (1, 'glad', '{glad}', '(1,2)', 'x', 't');
RESET ROLE;
-- A column of such a type is written as it is, and a value that needs no cast is taken.
SELECT * FROM attempt('shop.thing', '{"fields": {}}');
SELECT * FROM attempt('shop.thing', rule('mood', '''sad'''));
SELECT * FROM attempt('shop.thing', rule('short', '''masked'''));
SELECT column_name, expression, outcome, foreign_code
FROM (VALUES
    ('t', 'mood::text'), ('t', 'CAST(mood AS text)'), ('t', 'text(mood)'), ('t', 'partial(mood, 1, ''*'', 1)'),
    ('t', 'mood || ''x'''), ('t', 'coalesce(mood, ''x''::text)'), ('t', 'CASE WHEN id = 1 THEN mood ELSE ''x''::text END'),
    ('t', 'moods::text[]'), ('t', '(SELECT mood::text)'), ('t', '(SELECT string_agg(m, '','') FROM unnest(moods) m)'),
    ('t', 'pair::text'), ('t', 'lower(mood)'), ('t', 'format(''%s'', mood)'), ('t', 'to_json(mood)'), ('t', 'row_to_json(thing)'),
    ('t', 'mood = ''sad''::text'), ('t', 'mood IN (''sad''::text)'), ('t', 'mood = ANY (ARRAY[''sad''::text])'),
    ('t', 'ARRAY[mood, ''x''::text]'), ('t', '(mood, 1) = (''sad''::text, 1)'), ('t', 'greatest(mood, ''x''::text)'),
    ('t', 'NULLIF(mood, ''x''::text)'), ('t', 'mood IS DISTINCT FROM ''x''::text'), ('t', '(ARRAY[1, 2])[mood]'),
    ('t', 'XMLELEMENT(NAME m, mood)'), ('t', 'concat_ws('','', mood, pair, short)'),
    ('id', 'mood'), ('id', 'mood + 1'), ('id', 'sum'), ('id', 'CASE mood WHEN 7 THEN 1 END'),
    ('mood', 't'), ('mood', 't::shop.mood'), ('mood', 'partial(t, 0, ''glad'', 0)'), ('mood', '(SELECT t)'), ('moods', 'ARRAY[t]'),
    ('pair', 't'), ('pair', '(SELECT t)'), ('short', 't')
) AS v (column_name, expression), attempt('shop.thing', rule(column_name, expression));
-- Where a row is chosen, and where a query stands in for the table.
SELECT outcome LIKE 'refused%' AS refused, foreign_code FROM attempt('shop.thing', '{"fields": {}, "sql_condition": "mood::text = ''foreign''"}');
SELECT outcome LIKE 'refused%' AS refused, foreign_code FROM attempt('shop.thing', '{"fields": {}, "sql_condition": "mood = 7"}');
SELECT outcome LIKE 'refused%' AS refused, foreign_code FROM attempt('shop.thing', '{"fields": {}, "sql_condition": "EXISTS (SELECT FROM shop.thing WHERE mood::text = ''foreign'')"}');
SELECT outcome LIKE 'refused%' AS refused, foreign_code FROM attempt('shop.thing', '{"raw_sql": "SELECT id, mood, moods, pair, short, mood::text FROM shop.thing"}');
SELECT outcome LIKE 'refused%' AS refused, foreign_code FROM attempt('shop.thing', '{"raw_sql": "SELECT id, t, moods, pair, short, t FROM shop.thing"}');
-- A function that its owner added to a trusted extension is no more trusted than before.
SET ROLE regress_attacker;
CREATE EXTENSION citext SCHEMA shop;
ALTER EXTENSION citext ADD FUNCTION shop.mood_text(shop.mood);
RESET ROLE;
SELECT outcome LIKE 'refused%' AS refused, foreign_code FROM attempt('shop.thing', rule('t', 'mood::text'));
SET ROLE regress_attacker;
ALTER EXTENSION citext DROP FUNCTION shop.mood_text(shop.mood);
RESET ROLE;
-- The casts of an extension itself are trusted.
CREATE TABLE shop.mail (address shop.citext, t text);
INSERT INTO shop.mail VALUES ('A@b', 't');
SELECT * FROM attempt('shop.mail', rule('t', 'address::text'));
SELECT * FROM attempt('shop.mail', rule('address', 't'));

-- Domains within arrays, rows and ranges: their constraints run where a value of these is made of text or of other values.
SET ROLE regress_attacker;
CREATE DOMAIN shop.shorter AS varchar(3) CHECK (shop.allowed(VALUE));
CREATE DOMAIN shop.grid AS int[] CHECK (shop.allowed(VALUE::text));
CREATE TYPE shop.labelled AS (tag shop.short, tags shop.short[], n int);
CREATE TYPE shop.wrapped AS (one shop.labelled, many shop.labelled[], n int);
CREATE DOMAIN shop.kept AS shop.labelled;
CREATE TYPE shop.span AS RANGE (subtype = shop.short);
CREATE TABLE shop.box (id int, shorts shop.short[], three shop.shorter[], grids shop.grid[], row shop.labelled, rows shop.labelled[], wrap shop.wrapped, kept shop.kept, span shop.span);
INSERT INTO shop.box VALUES (1, '{a,b}', '{abc}', ARRAY['{1}'::shop.grid], ROW('a', '{b}', 1), ARRAY[ROW('a', '{b}', 1)::shop.labelled], ROW(ROW('a', '{b}', 1), ARRAY[ROW('a', '{b}', 1)::shop.labelled], 1), ROW('a', '{b}', 1), '[a,b]');
RESET ROLE;
SELECT * FROM attempt('shop.box', '{"fields": {}}');
SELECT column_name, expression, outcome, foreign_code
FROM (VALUES
    -- An array of domains takes what an array of their base type takes, no more.
    ('shorts', '''{x}'''), ('shorts', 'ARRAY[''x'', id::text]'), ('shorts', 'anon_funcs.mask_array(shorts, ''["partial", 0, "*", 0]'')'), ('shorts', 'shorts'), ('shorts', '(SELECT ''{x}''::text)'), ('three', '''{xyz}'''), ('three', 'ARRAY[''wxyz'']'),
    -- What has the type already needs no cast; what does not is refused.
    ('grids', 'grids'), ('grids', 'NULL'), ('grids', '''{}'''), ('grids', 'ARRAY[ARRAY[1]]'),
    ('row', 'row'), ('row', 'NULL'), ('row', 'CASE WHEN id > 1 THEN row END'), ('row', '(SELECT row)'), ('row', 'kept'), ('row', '''(x,{y},1)'''), ('row', 'ROW(''x'', NULL, 1)'), ('row', '(SELECT ''(x,{y},1)''::text)'),
    ('kept', 'kept'), ('kept', 'row'), ('kept', '''(x,{y},1)'''), ('rows', 'rows'), ('rows', 'ARRAY[row]'), ('rows', '''{"(x,{y},1)"}'''), ('span', 'span'), ('span', '''[x,y]'''),
    ('row', 'anon_funcs.mask_composite(row, ''{"$.tag": {"set": "x"}, "$.tags": {"set": "{x}"}, "$.n": {"set": 2}}'')'),
    ('kept', 'anon_funcs.mask_composite(kept, ''{"$.tag": {"set": "x"}}'')'),
    ('wrap', 'anon_funcs.mask_composite(wrap, ''{"$.one.tag": {"set": "x"}, "$.n": {"set": 2}}'')'),
    ('wrap', 'anon_funcs.mask_composite(wrap, ''{"$.one": {"set": null}, "$.many": {"set": null}}'')'),
    ('wrap', 'anon_funcs.mask_composite(wrap, ''{"$.one": {"set": "(x,{y},1)"}}'')'),
    ('wrap', 'anon_funcs.mask_composite(wrap, ''{"$.many": {"set": "{\"(x,{y},1)\"}"}}'')')
) AS v (column_name, expression), attempt('shop.box', rule(column_name, expression));
SELECT * FROM attempt('shop.box', '{"raw_sql": "SELECT id, shorts, three, grids, row, rows, wrap, kept, span FROM shop.box"}');
SELECT * FROM attempt('shop.box', '{"raw_sql": "SELECT id, ''{x}'', three, grids, NULL, rows, wrap, kept, span FROM shop.box"}');
SELECT * FROM attempt('shop.box', '{"raw_sql": "SELECT id, shorts, three, grids, ''(x,{y},1)'', rows, wrap, kept, span FROM shop.box"}');
SELECT message, hint FROM anon_funcs.check_dictionary('{"dictionary": [{"schema": "shop", "table": "box", "fields": {"row": "''(x,{y},1)''"}}]}') WHERE severity = 'error';
SELECT anon_funcs.dump_rows('shop.box', '{"dictionary": [{"schema": "shop", "table": "box", "fields": {"wrap": "mask_composite(wrap, ''{\"$.one\": {\"set\": \"(x,{y},1)\"}}'')"}}]}');

-- 5. What hangs on the table: triggers, rules, defaults, generated columns, constraints, policies, indexes, statistics.
SET ROLE regress_attacker;
CREATE FUNCTION shop.trigger_function() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN PERFORM shop.take_over(); RETURN NULL; END $$;
CREATE FUNCTION shop.same(text) RETURNS text IMMUTABLE LANGUAGE plpgsql AS $$ BEGIN PERFORM shop.take_over(); RETURN $1; END $$;
CREATE TABLE shop.trap (id int DEFAULT length(shop.same('x')), name text CHECK (shop.same(name) = name),
    twin text GENERATED ALWAYS AS (shop.same(name)) STORED);
CREATE INDEX ON shop.trap (shop.same(name));
CREATE STATISTICS shop.trap_statistics ON (shop.same(name)), id FROM shop.trap;
CREATE TRIGGER t BEFORE INSERT OR UPDATE OR DELETE ON shop.trap FOR EACH STATEMENT EXECUTE FUNCTION shop.trigger_function();
INSERT INTO shop.trap VALUES (1, 'Ann');
ANALYZE shop.trap;
RESET ROLE;
SELECT * FROM attempt('shop.trap', rule('name', 'upper(name)'));
SELECT * FROM attempt('shop.trap', '{"fields": {"name": "twin"}, "sql_condition": "name = ''Ann''"}');
-- A policy hides rows: refused, and its function is not called.
SET ROLE regress_attacker;
CREATE POLICY p ON shop.trap USING (shop.same(name) = name);
ALTER TABLE shop.trap FORCE ROW LEVEL SECURITY;
ALTER TABLE shop.trap ENABLE ROW LEVEL SECURITY;
SELECT * FROM public.attempt('shop.trap', '{"fields": {}}');
RESET ROLE;
SELECT * FROM attempt('shop.trap', '{"fields": {}}');

-- 6. Another relation under the table's name. The dump looks at the catalogs by its snapshot, and names are looked up as
-- they are now, so a schema that is renamed meanwhile must not put another relation in the table's place. Either the dump
-- is refused or it gives the table's own row.
SELECT setting AS bindir FROM pg_config WHERE name = 'BINDIR' \gset
CREATE SCHEMA stall AUTHORIZATION regress_attacker;
CREATE TABLE stall.person (id text, name text);
INSERT INTO stall.person VALUES ('1', 'Ann');
CREATE SEQUENCE stall.counter;
CREATE FUNCTION is_safe(text) RETURNS boolean LANGUAGE sql AS $$ SELECT $1 LIKE 'refused%' OR $1 = E'1\tAnn; ' $$;
-- A session of its own runs $STATEMENTS while this one waits.
\setenv BINDIR :bindir
\setenv DB :DBNAME

SELECT setval('foreign_calls', 1, false);
BEGIN ISOLATION LEVEL REPEATABLE READ;
SELECT count(*) FROM stall.person;
\setenv STATEMENTS 'ALTER SCHEMA stall RENAME TO kept; CREATE SCHEMA stall; CREATE VIEW stall.person AS SELECT 2::text AS id, 3::text AS name FROM shop.take_over(); CREATE VIEW stall.counter AS SELECT 1::bigint AS last_value, true AS is_called FROM shop.take_over()'
\! echo "$STATEMENTS" | "$BINDIR/psql" -XqAt -d "$DB" -f - 2>&1
SELECT is_safe(outcome), foreign_code FROM attempt('kept.person', '{"fields": {"name": "initcap(name)"}}');
SELECT is_safe(outcome), foreign_code FROM attempt('kept.person', '{"fields": {}}');
SELECT is_safe(outcome), foreign_code FROM attempt('kept.person', '{"fields": {"id": "(SELECT id)"}}');
DO $$ BEGIN PERFORM FROM anon_funcs.dump_sequences(); EXCEPTION WHEN OTHERS THEN NULL; END $$;
SELECT is_called AS foreign_code_ran FROM foreign_calls;
ROLLBACK;
DROP SCHEMA stall CASCADE;
ALTER SCHEMA kept RENAME TO stall;

-- Nor a table: an empty one would look like a dump without rows, and one with other types like anything.
BEGIN ISOLATION LEVEL REPEATABLE READ;
SELECT count(*) FROM stall.person;
\setenv STATEMENTS 'ALTER SCHEMA stall RENAME TO kept; CREATE SCHEMA stall; CREATE TABLE stall.person (id text, name text)'
\! echo "$STATEMENTS" | "$BINDIR/psql" -XqAt -d "$DB" -f - 2>&1
SELECT is_safe(outcome), foreign_code FROM attempt('kept.person', '{"fields": {}}');
ROLLBACK;
DROP SCHEMA stall CASCADE;
ALTER SCHEMA kept RENAME TO stall;
BEGIN ISOLATION LEVEL REPEATABLE READ;
SELECT count(*) FROM stall.person;
\setenv STATEMENTS 'ALTER SCHEMA stall RENAME TO kept; CREATE SCHEMA stall; CREATE VIEW stall.person AS SELECT 123456789 AS id, 987654321 AS name'
\! echo "$STATEMENTS" | "$BINDIR/psql" -XqAt -d "$DB" -f - 2>&1
SELECT is_safe(outcome), foreign_code FROM attempt('kept.person', '{"fields": {}}');
ROLLBACK;
DROP SCHEMA stall, kept CASCADE;

-- Nor another type under the name of a column's type.
CREATE SCHEMA stall AUTHORIZATION regress_attacker;
CREATE TYPE stall.pair AS (a text, b text);
CREATE TABLE stall.person (id stall.pair, name text);
INSERT INTO stall.person VALUES ('(a,b)', 'Ann');
BEGIN ISOLATION LEVEL REPEATABLE READ;
SELECT count(*) FROM stall.person;
\setenv STATEMENTS 'ALTER TYPE stall.pair RENAME TO kept_pair; CREATE TYPE stall.pair AS ENUM ($$(1,2)$$)'
\! echo "$STATEMENTS" | "$BINDIR/psql" -XqAt -d "$DB" -f - 2>&1
SELECT outcome LIKE 'refused%' OR outcome = E'(1,2)\tAnn; ' AS is_safe, foreign_code FROM attempt('stall.person', '{"fields": {"id": "''(1,2)''"}}');
SELECT outcome LIKE 'refused%' OR outcome = E'(1,2)\tAnn; ' AS is_safe, foreign_code FROM attempt('stall.person', '{"fields": {"id": "(SELECT ''(1,2)'')"}}');
ROLLBACK;
DROP SCHEMA stall CASCADE;
DROP FUNCTION is_safe;

DROP SCHEMA shop CASCADE;
DROP EXTENSION IF EXISTS citext;
DROP FUNCTION attempt, rule, public.upper(varchar), public.partial(varchar, int, text, int);
DROP OPERATOR public.|| (varchar, text);
DROP FUNCTION public.cat(varchar, text);
DROP SEQUENCE foreign_calls;
SELECT format('DROP SCHEMA %I CASCADE', current_user) \gexec
DROP EXTENSION pg_anon;
DROP SCHEMA IF EXISTS anon_funcs;
DROP OWNED BY regress_attacker;
DROP ROLE regress_attacker;
