-- The search for sensitive columns: by built-in detectors and by meta-dictionaries.
SET client_min_messages = warning;
CREATE DATABASE regression_scan;
\c regression_scan
SET client_min_messages = warning;
CREATE EXTENSION pg_anon;
CREATE EXTENSION hstore;

CREATE DOMAIN mail_address AS varchar(60);
CREATE TYPE mood AS ENUM ('ok', 'sad');
CREATE TABLE customers (
    email mail_address PRIMARY KEY,
    id integer GENERATED ALWAYS AS IDENTITY,
    first_name varchar(20) NOT NULL,
    phone bigint,
    born date,
    feeling mood,
    tags text[],
    profile jsonb,
    extra hstore,
    note text,
    upper_note text GENERATED ALWAYS AS (upper(note)) STORED,
    email_verified boolean,
    seen inet,
    "Weird ""name" text
);
INSERT INTO customers (email, first_name, phone, born, feeling, tags, profile, extra, note, email_verified, seen, "Weird ""name")
SELECT 'user' || i || '@example.com', 'Olga', 79120000000 + (i * 7654321) % 9999999, date '1980-01-01' + i, 'ok',
       ARRAY['red', '+7 912 345 67 ' || lpad((i % 100)::text, 2, '0')],
       jsonb_build_object('contact', jsonb_build_object('mail', 'u' || i || '@example.org'), 'total', i, 'list', jsonb_build_array(i)),
       hstore('card', '4111111111111111'), CASE WHEN i % 10 = 0 THEN E'call me:\t8 (495) 123-45-67\n' ELSE 'all is well' END,
       true, '10.0.0.1', 'x' || i
FROM generate_series(1, 200) AS i;
CREATE TABLE orders (
    id bigint PRIMARY KEY,
    customer mail_address REFERENCES customers,
    order_number bigint,
    version text,
    status text,
    checksum text
);
INSERT INTO orders
SELECT i, 'user' || i || '@example.com', 79120000000 + i, '10.2.' || i % 20 || '.1', 'new', md5(i::text)
FROM generate_series(1, 100) AS i;
CREATE TABLE log (id integer, message text) PARTITION BY RANGE (id);
CREATE TABLE log_1 PARTITION OF log FOR VALUES FROM (0) TO (100);
CREATE TABLE log_2 PARTITION OF log FOR VALUES FROM (100) TO (200);
INSERT INTO log SELECT i, CASE i WHEN 150 THEN 'login of admin@example.com failed' ELSE 'ok' END FROM generate_series(0, 199) AS i;
CREATE VIEW nothing_of_views AS SELECT email FROM customers;
ANALYZE;

-- Without a meta-dictionary. The salt makes the rules the same at every run.
SELECT table_name, column_name, column_type, verdict, found_by, confidence, values_seen, values_matched
FROM anon_funcs.scan(scan_mode => 'full', salt => 'pepper');
SELECT table_name, column_name, rule, reason FROM anon_funcs.scan(scan_mode => 'full', salt => 'pepper') WHERE verdict = 'sensitive';
-- Every rule that is written is one that a dump takes.
SELECT c.severity, c.code, c.object, c.message
FROM (SELECT jsonb_build_object('dictionary', jsonb_agg(jsonb_build_object('schema', schema_name, 'table', table_name, 'fields', fields))) AS dictionary
      FROM (SELECT schema_name, table_name, jsonb_object_agg(column_name, rule) AS fields
            FROM anon_funcs.scan(scan_mode => 'full', salt => 'pepper') WHERE verdict = 'sensitive' GROUP BY 1, 2) AS t) AS d,
     anon_funcs.check_dictionary(d.dictionary) AS c
WHERE c.severity = 'error';

-- By names alone.
SELECT table_name, column_name, found_by, reason FROM anon_funcs.scan(scan_mode => 'names') WHERE verdict = 'sensitive';

-- Parts, in any order, give what the whole gives.
CREATE TEMPORARY TABLE whole AS SELECT * FROM anon_funcs.scan(scan_mode => 'full', salt => 'pepper');
SELECT relation, columns, blocks > 0 AS has_blocks FROM anon_funcs.scan_plan() ORDER BY relation::text;
CREATE TEMPORARY TABLE parts AS
SELECT anon_funcs.scan_part(p.relation, scan_mode => 'full', first_block => b.first_block, end_block => b.end_block)::jsonb AS part
FROM anon_funcs.scan_plan() AS p, (VALUES (0, 1), (1, 100000)) AS b (first_block, end_block);
SELECT (SELECT count(*) FROM (TABLE whole EXCEPT SELECT * FROM anon_funcs.scan_verdicts((SELECT jsonb_agg(part) FROM parts), salt => 'pepper')) AS d) AS differences;
-- What goes from one connection to another has no value in it.
SELECT count(*) FILTER (WHERE part::text ~ 'example|Olga|4111|7912') AS with_values, count(*) > 5 AS enough FROM parts;

-- A meta-dictionary of pg_anon 1.x; detectors are off beside its rules.
CREATE FUNCTION is_new(value text, schema_name text, table_name text, column_name text) RETURNS boolean
    LANGUAGE sql IMMUTABLE AS $$ SELECT value = 'new' $$;
CREATE FUNCTION is_weird(schema_name text, table_name text, column_name text, type_name text) RETURNS boolean
    LANGUAGE sql IMMUTABLE AS $$ SELECT column_name ~ '^Weird' $$;
CREATE FUNCTION fails(value text, schema_name text, table_name text, column_name text) RETURNS boolean
    LANGUAGE plpgsql AS $$ BEGIN RAISE EXCEPTION 'the value is %', value; END $$;
SELECT table_name, column_name, verdict, rule, found_by, reason, values_matched
FROM anon_funcs.scan('{
    "field": {"rules": ["^bor"], "constants": ["phone"]},
    "skip_rules": [{"schema": "public", "table_mask": "^log"}, {"schema": "public", "table": "customers", "fields": ["seen"]}],
    "data_regex": {"rules": ["^user\\d+@", "495"]},
    "data_const": {"constants": ["OLGA"], "partial_constants": ["912"]},
    "data_func": {"text": [{"scan_func": "public.is_new", "anon_func": "upper(\"%s\")", "n_count": 50},
                           {"scan_func_per_field": "public.is_weird", "anon_func": "''hidden''"}]},
    "data_sql_condition": [{"schema": "public", "table": "orders", "sql_condition": "WHERE id <= 60"}],
    "funcs": {"mail_address": "left(\"%s\", 1)", "date": "dnoise(\"%s\", ''1 year'')", "default": "digest(\"%s\"::text, ''s'', ''md5'')"},
    "no_sens_dictionary": [{"schema": "public", "table": "customers", "fields": ["note"]}]
}', scan_mode => 'full');

-- The list of types narrows; prepared dictionaries decide before it.
SELECT table_name, column_name, verdict, found_by, rule
FROM anon_funcs.scan('{"sens_pg_types": ["varchar"], "include_rules": [{"schema": "public", "table": "customers"}], "funcs": {"default": "''x''"}}',
                     '{"dictionary": [{"schema": "public", "table": "customers", "fields": {"note": "''kept''"}}]}', 'full');

-- A sample is the same for the same seed, and about as large as it is asked for.
CREATE TABLE big AS SELECT i AS id, 'word ' || i AS t, CASE WHEN i > 99000 THEN 'x' || i || '@example.com' END AS late FROM generate_series(1, 100000) AS i;
ANALYZE big;
CREATE TEMPORARY TABLE sample AS
SELECT seed, s.* FROM (VALUES (1), (1), (2)) AS v (seed), anon_funcs.scan('{"include_rules": [{"schema": "public", "table": "big"}]}', scan_rows => 5000, seed => v.seed) AS s;
SELECT count(DISTINCT values_seen) FILTER (WHERE seed = 1) AS same, min(values_seen) BETWEEN 4000 AND 6000 AS about FROM sample WHERE column_name = 't';
SELECT DISTINCT column_name, verdict, found_by FROM sample ORDER BY 1;
-- A condition that few rows fulfil is asked of all: a sample would miss them.
SELECT column_name, found_by, values_seen FROM anon_funcs.scan('{"include_rules": [{"schema": "public", "table": "big"}], "detectors": true,
    "data_sql_condition": [{"schema": "public", "table": "big", "sql_condition": "id BETWEEN 99001 AND 99040"}]}', scan_rows => 500);

-- Rights, row security, and what is wrong.
CREATE ROLE scan_reader;
GRANT SELECT ON customers TO scan_reader;
SET ROLE scan_reader;
SELECT * FROM anon_funcs.scan();
SELECT count(*) FROM anon_funcs.scan(scan_mode => 'names');
RESET ROLE;
GRANT SELECT ON ALL TABLES IN SCHEMA public TO scan_reader;
ALTER TABLE orders ENABLE ROW LEVEL SECURITY;
SET ROLE scan_reader;
SELECT * FROM anon_funcs.scan();
SELECT count(*) > 0 AS left_out FROM anon_funcs.scan('{"skip_rules": [{"schema": "public", "table": "orders"}], "detectors": true}');
RESET ROLE;
SELECT * FROM anon_funcs.scan('{"fields": {}}');
SELECT * FROM anon_funcs.scan('[]');
SELECT * FROM anon_funcs.scan(scan_mode => 'quick');
SELECT * FROM anon_funcs.scan(scan_rows => 0);
SELECT anon_funcs.scan_part('nothing_of_views');
SELECT * FROM anon_funcs.scan_verdicts('[{"relation": 1}]');
-- An error of a function of the dictionary must not tell the value.
SELECT * FROM anon_funcs.scan('{"data_func": {"text": [{"scan_func": "public.fails", "anon_func": "x"}]}}');
SELECT * FROM anon_funcs.scan('{"data_func": {"text": [{"scan_func": "pg_sleep(1); x", "anon_func": "x"}]}}');
SELECT * FROM anon_funcs.scan('{"data_sql_condition": [{"schema": "public", "table": "orders", "sql_condition": "true) OR (true"}]}');
-- What somebody has put into the extension's schema must not take a call over.
CREATE FUNCTION anon_funcs.planted(value text, schema_name text, table_name text, column_name text) RETURNS boolean LANGUAGE sql AS 'SELECT true';
SELECT * FROM anon_funcs.scan('{"data_func": {"text": [{"scan_func": "planted", "anon_func": "x"}]}}');
DROP FUNCTION anon_funcs.planted;
-- Nobody's own function or operator runs: the path has pg_catalog and anon_funcs only.
SELECT * FROM anon_funcs.scan('{"data_func": {"text": [{"scan_func": "is_new", "anon_func": "x"}]}}');

\c regression
DROP DATABASE regression_scan;
DROP ROLE scan_reader;
