-- What goes wrong while rows are masked is told with table and column, and never with a value of the row.
\set VERBOSITY terse
SET client_min_messages = warning;
CREATE EXTENSION pg_anon;
CREATE DOMAIN required AS text NOT NULL;
CREATE DOMAIN required_child AS required;
CREATE TABLE person (
    id int NOT NULL, name varchar(10), code char(3) NOT NULL, flags bit(3), amount numeric(4,2), small smallint, day date NOT NULL,
    required required, child required_child, tags varchar(3)[], doc json, at timestamp(0), span interval day, mood text);
INSERT INTO person VALUES (1, 'SecretAnn', 'abc', '101', 12.34, 1, '2020-01-01', 'SecretAnn', 'SecretAnn', '{a}', '{}', '2020-01-01', '1 day', 'x');

-- Dumps the table with one rule; gives its row, or the error: SQLSTATE, message, and LEAKED where any part of it holds the secret.
CREATE FUNCTION attempt(col text, rule text, condition text DEFAULT 'true') RETURNS text LANGUAGE plpgsql AS $$
DECLARE
    chunk bytea;
    rows text := '';
    dictionary jsonb := jsonb_build_object('dictionary', jsonb_build_array(jsonb_build_object(
        'schema', 'public', 'table', 'person', 'fields', jsonb_build_object(col, rule), 'sql_condition', condition)));
    message text; detail text; hint text; context text;
BEGIN
    FOR chunk IN SELECT anon_funcs.dump_rows('public.person', dictionary) LOOP
        rows := rows || convert_from(chunk, 'UTF8');
    END LOOP;
    RETURN replace(rows, E'\n', '');
EXCEPTION WHEN OTHERS THEN
    GET STACKED DIAGNOSTICS message = MESSAGE_TEXT, detail = PG_EXCEPTION_DETAIL, hint = PG_EXCEPTION_HINT, context = PG_EXCEPTION_CONTEXT;
    RETURN SQLSTATE || CASE WHEN concat(message, detail, hint, context) ~* 'secret' THEN ' LEAKED ' ELSE ' ' END || message;
END $$;
-- The same without the words, for errors whose words are PostgreSQL's.
CREATE FUNCTION summary(col text, rule text) RETURNS text LANGUAGE sql AS $$
    SELECT CASE WHEN attempt ~ ('^[0-9A-Z]{5} ') THEN 'error' ELSE 'no error' END
        || CASE WHEN attempt ~ ('\mcolumn ' || col || ' of table public\.person\M') THEN ', names the column' ELSE '' END
        || CASE WHEN attempt ~ ' LEAKED ' THEN ', LEAKED' ELSE '' END
    FROM attempt(col, rule) $$;

-- 1. What the column does not take: the rule as a constant, as a native mask, as an expression, and as a sub-select.
SELECT col, rule, summary(col, rule) FROM (VALUES
    ('name', '''12345678901'''), ('name', 'random_string(11)'), ('name', 'name || name'), ('name', '(SELECT name || name)'),
    ('name', 'partial(name, 1, ''1234567890'', 1)'), ('name', 'digest(name, ''s'', ''md5'')'), ('name', 'public.person.name || person.name'),
    ('code', '''abcd'''), ('code', 'name'), ('flags', 'B''1011'''), ('flags', 'flags || B''1'''), ('amount', '123.4'), ('amount', 'amount * 100'),
    ('small', '40000'), ('small', 'id * 40000'), ('small', '(SELECT id * 40000)'), ('tags', 'ARRAY[''abcd'']'), ('tags', 'ARRAY[name]'),
    ('code', 'NULL'), ('code', 'NULLIF(code, ''abc'')'), ('code', '(SELECT NULL)'), ('id', 'NULL'), ('day', 'NULLIF(day, day)'),
    ('required', 'NULL'), ('required', 'NULLIF(name, name)'), ('required', '(SELECT NULL)'), ('child', 'NULL'), ('child', 'NULLIF(name, name)')
) AS v (col, rule);
-- SQLSTATEs.
SELECT rule, left(attempt('code', rule), 5) AS sqlstate
FROM unnest(ARRAY['NULL', 'NULLIF(code, ''abc'')', '''abcd''', 'name', 'random_string(4)', 'name::int', '1 / (id - 1)', 'random_string(-1)']) AS rule;
-- Errors that have nothing to do with a column's type, and those of a condition, had a hint about the column's type.
CREATE FUNCTION has_hint_of_type(dictionary jsonb) RETURNS text LANGUAGE plpgsql AS $$
DECLARE hint text;
BEGIN
    PERFORM anon_funcs.dump_rows('public.person', dictionary);
    RETURN 'no error';
EXCEPTION WHEN OTHERS THEN
    GET STACKED DIAGNOSTICS hint = PG_EXCEPTION_HINT;
    RETURN SQLSTATE || CASE WHEN hint ~ 'must fit its column' THEN ' type' ELSE ' no type' END || CASE WHEN hint ~ 'left out' THEN ', left out' ELSE '' END;
END $$;
SELECT rule, has_hint_of_type(jsonb_build_object('dictionary', jsonb_build_array(
    jsonb_build_object('schema', 'public', 'table', 'person', 'fields', jsonb_build_object('code', rule)))))
FROM unnest(ARRAY['name', '(SELECT name)', 'NULLIF(code, ''abc'')', '1 / (id - 1)', 'sqrt(-id)::text']) AS rule;
SELECT has_hint_of_type('{"dictionary": [{"schema": "public", "table": "person", "fields": {"code": "''abc''"}, "sql_condition": "name::int = 1"}]}') AS condition,
    has_hint_of_type('{"dictionary": [{"schema": "public", "table": "person", "raw_sql": "SELECT * FROM public.person WHERE name::int = 1"}]}') AS raw_sql;
-- What fits when it is cut is cut as an assignment cuts it: blanks, and digits behind the point.
SELECT attempt('name', '''SecretAnn     ''') LIKE E'1\tSecretAnn \t%' AS blanks_are_cut, attempt('amount', '1.239') LIKE E'%\t1.24\t%' AS rounded,
    attempt('code', '''a''') LIKE E'%\ta  \t%' AS padded, attempt('at', '''2020-01-01 00:00:01.7''::timestamp') LIKE '%00:00:02%' AS to_the_second;

-- 2. Errors of functions, whose words hold the value they were given.
CREATE FUNCTION raise_it(text) RETURNS text LANGUAGE plpgsql AS $$
BEGIN RAISE EXCEPTION 'message %', $1 USING DETAIL = 'detail ' || $1, HINT = 'hint ' || $1; END $$;
CREATE FUNCTION raise_own_state(text) RETURNS text LANGUAGE plpgsql AS $$
BEGIN RAISE EXCEPTION 'message %', $1 USING ERRCODE = 'U0001', DETAIL = 'detail ' || $1, HINT = 'hint ' || $1; END $$;
CREATE FUNCTION raise_internal(text) RETURNS text LANGUAGE plpgsql AS $$
BEGIN RAISE EXCEPTION 'message %', $1 USING ERRCODE = 'internal_error', HINT = 'hint ' || $1, TABLE = $1, COLUMN = $1; END $$;
CREATE FUNCTION query_it(text) RETURNS text LANGUAGE plpgsql AS $$
DECLARE r text; BEGIN EXECUTE 'SELECT ' || $1 INTO r; RETURN r; END $$;
SELECT rule, summary('mood', rule) FROM unnest(ARRAY[
    'public.raise_it(name)', 'public.raise_own_state(name)', 'public.raise_internal(name)', 'public.query_it(name)',
    '(SELECT public.raise_it(name))', '(SELECT public.query_it(name))',
    'name::int', 'name::date', 'name::numeric', 'name::json', 'name::uuid', 'name::inet', 'name::interval', 'name::bit(3)', 'name::point',
    'name::regclass::text', 'name::regtype::text', 'name::regrole::text', 'name::regproc::text', 'name::regconfig::text', 'name::regnamespace::text',
    '(name || '' '' || name)::tsquery::text', 'to_tsquery(name || '' '' || name)::text', 'name::jsonpath::text', '(''$.'' || name || ''['')::jsonpath::text',
    'current_setting(name)', 'set_config(name, name, true)', 'nextval(name)', 'has_table_privilege(name, ''select'')', 'has_schema_privilege(name, ''usage'')',
    'pg_size_bytes(name)::text', 'to_char(now(), name)::int', 'regexp_replace(name, name || ''('', '''')', 'format(''%'' || name)', 'encode(name::bytea, name)',
    'convert_from(name::bytea, name)', 'to_number(name, name)::text', 'to_date(name, ''YYYY'')::text', 'make_date(id, id, id * 99)::text', 'now() AT TIME ZONE name',
    'chr(id - 2)', 'repeat(name, 1000000000)', 'hex_to_int(name)', 'digest(name, name, name)', 'partial(name, -id, name, id)',
    'date_trunc(name, now())::text', 'date_part(name, now())', 'lo_get(length(name)::oid)::text', 'pg_get_viewdef(name)',
    'dumped_by_no_function(name)', 'ts_debug(name, name)'
]) AS rule;

-- 3. The condition.
SELECT condition, attempt('mood', 'mood', condition) FROM unnest(ARRAY['name::int = 1', '1 / (id - 1) = 1', 'public.raise_it(name) = name', 'name', 'count(*) > 0', 'nosuch = 1']) AS condition;

-- 4. Functions that PostgreSQL calls before the first row: to estimate how many rows there are, or because they are said to be constant.
CREATE FUNCTION stable_int() RETURNS int LANGUAGE plpgsql STABLE AS $$ BEGIN RETURN (SELECT name::int FROM public.person); END $$;
CREATE FUNCTION constant_int() RETURNS int LANGUAGE plpgsql IMMUTABLE AS $$ BEGIN RETURN (SELECT name::int FROM public.person); END $$;
SELECT rule, condition, left(attempt, 5) AS sqlstate, attempt ~ ' LEAKED ' AS leaked FROM (VALUES ('mood', 'id > public.stable_int()'), ('mood', 'id = public.constant_int()'),
    ('public.stable_int()', 'true'), ('public.constant_int()', 'true'), ('CASE id WHEN public.constant_int() THEN mood END', 'true'), ('(SELECT public.constant_int())', 'true'),
    ('(SELECT mood FROM public.person p WHERE p.id > public.stable_int())', 'true')) AS v (rule, condition), attempt('mood', rule, condition);
SELECT rule, message ~ 'Secret' AS leaked FROM unnest(ARRAY['public.constant_int()', 'CASE id WHEN public.constant_int() THEN mood END']) AS rule,
    anon_funcs.check_dictionary(jsonb_build_object('dictionary', jsonb_build_array(jsonb_build_object('schema', 'public', 'table', 'person', 'fields', jsonb_build_object('mood', rule)))));

DROP TABLE person;
DROP FUNCTION stable_int, constant_int, attempt, summary, raise_it, raise_own_state, raise_internal, query_it;
DROP DOMAIN required_child, required;
DROP EXTENSION pg_anon;
DROP SCHEMA IF EXISTS anon_funcs;
