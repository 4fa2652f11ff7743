-- What a dump will do, shown beforehand: fields() and preview().
\set VERBOSITY terse
CREATE EXTENSION pg_anon;
CREATE SCHEMA view;
SET search_path = view;
CREATE TABLE person (id int PRIMARY KEY, name varchar(20) NOT NULL, mail text, score numeric(6,2), note text,
                     upper_name text GENERATED ALWAYS AS (upper(name)) STORED);
INSERT INTO person (id, name, mail, score, note)
SELECT n, 'Name ' || n, 'm' || n || '@example.com', n / 4.0, CASE n % 3 WHEN 0 THEN NULL WHEN 1 THEN E'a\tb\n\\N' ELSE '' END
FROM generate_series(1, 9) AS n;
-- Stored out of the order of the key.
UPDATE person SET score = score WHERE id = 1;
CREATE TABLE log (day date NOT NULL, who text) PARTITION BY RANGE (day);
CREATE TABLE log_old PARTITION OF log FOR VALUES FROM ('2000-01-01') TO ('2020-01-01');
CREATE TABLE log_new PARTITION OF log FOR VALUES FROM ('2020-01-01') TO ('2040-01-01');
INSERT INTO log VALUES ('2010-01-01', 'Ann'), ('2030-01-01', 'Bob');
CREATE TABLE scrap (x int);
CREATE TABLE report (a int, b text);
INSERT INTO report VALUES (1, 'secret');
CREATE TABLE nothing ();
INSERT INTO nothing SELECT FROM generate_series(1, 2);
CREATE FUNCTION rules() RETURNS jsonb LANGUAGE sql AS $$ SELECT '{
    "dictionary": [
        {"schema": "view", "table": "person", "fields": {
            "name": "SQL:''x'' || id", "mail": "anon_funcs.partial_email(mail)", "note": "''gone''"},
         "sql_condition": "WHERE id <> 3"},
        {"schema": "view", "table": "log", "fields": {"who": "anon_funcs.digest(who, '''', ''md5'')"}},
        {"schema": "view", "table_mask": "^report$", "raw_sql": "SELECT a + 1, ''none'' FROM view.report"}],
    "dictionary_exclude": [{"schema": "view", "table": "scrap"}, {"schema": "view", "table": "log_old"}]
}'::jsonb $$;

-- One row a column, with what is done and why.
SELECT table_name, column_name, column_type, action, masked_by, rule, rule_source, rule_pattern, through, sql_condition
FROM anon_funcs.fields(rules()) WHERE schema_name = 'view' \gx
-- It is what dump_plan says.
SELECT table_name, array_agg(column_name) FILTER (WHERE action = 'masked') AS masked,
       array_agg(masked_by) FILTER (WHERE action = 'masked') AS masked_by, min(rule_source) AS rule_source
FROM anon_funcs.fields(rules()) GROUP BY table_name
EXCEPT
SELECT table_name, nullif(masked_columns, '{}'), nullif(masked_by, '{}'), rule_source
FROM anon_funcs.dump_plan(rules());
-- A dictionary that speaks of other tables is warned about only, unless it is asked for; a rule that is wrong is an error.
SELECT DISTINCT action FROM anon_funcs.fields('{"dictionary": [{"schema": "other", "table": "t", "fields": {"a": "NULL"}}]}');
SELECT FROM anon_funcs.fields('{"dictionary": [{"schema": "other", "table": "t", "fields": {"a": "NULL"}}]}',
                              allow_unmatched_rules => false);
SELECT FROM anon_funcs.fields('{"dictionary": [{"schema": "view", "table": "person", "fields": {"name": "nonsense("}}]}');
SELECT FROM anon_funcs.fields(NULL);

-- Rows by the primary key, though they are stored otherwise; the condition holds.
SELECT row_number, row_values FROM anon_funcs.preview('person', rules(), row_limit => 4);
SELECT row_number, row_values, original_values
FROM anon_funcs.preview('person', rules(), row_limit => 2, row_offset => 1, before_after => true);
-- Column by column.
SELECT row_number, c.name, c.masked, c.value, c.original
FROM anon_funcs.preview('person', rules(), 1, before_after => true) AS p,
     unnest(p.column_names, p.masked, p.row_values, p.original_values) AS c (name, masked, value, original);
-- The same as dump_rows for all rows.
SELECT count(*) FROM anon_funcs.preview('person', rules(), row_limit => NULL);
SELECT row_values FROM anon_funcs.preview('log_new', rules());
-- A table with raw_sql has no rows that were there before; one without columns has rows all the same.
SELECT row_values, masked, original_values FROM anon_funcs.preview('report', rules(), before_after => true);
SELECT row_number, row_values FROM anon_funcs.preview('nothing', rules());
SELECT row_number FROM anon_funcs.preview('report', rules(), row_offset => 5);
-- What is not dumped is not shown.
SELECT FROM anon_funcs.preview('scrap', rules());
SELECT FROM anon_funcs.preview('log_old', rules());
SELECT FROM anon_funcs.preview('log', rules());
SELECT FROM anon_funcs.preview('pg_class', rules());
SELECT FROM anon_funcs.preview('person', rules(), row_limit => -1);
SELECT FROM anon_funcs.preview('person', rules(), row_offset => -1);
SELECT FROM anon_funcs.preview(NULL, rules());
-- Nobody sees more than he may read.
CREATE ROLE regress_looker;
GRANT USAGE ON SCHEMA view TO regress_looker;
GRANT SELECT (id, name) ON person TO regress_looker;
SET ROLE regress_looker;
SELECT FROM anon_funcs.preview('person', '{"dictionary": []}', before_after => true);
-- What is done with the columns of a table is no secret of its rows.
SELECT table_name, column_name, action, masked_by, rule FROM anon_funcs.fields('{"dictionary": [{"schema": "view", "table": "report",
    "fields": {"b": "''gone''"}}]}') WHERE table_name = 'report';
RESET ROLE;
-- A column called as a part of the SELECT may be is no other column.
CREATE TABLE named (text int, a text, PRIMARY KEY (text));
INSERT INTO named VALUES (2, 'x'), (1, 'y');
SELECT row_values FROM anon_funcs.preview('named', '{"dictionary": [{"schema": "view", "table": "named", "fields":
    {"a": "(SELECT ''z'' || text::text)"}}]}');
-- No sort of a whole table, however much is passed over: the sort would be on disk and be told.
CREATE TABLE big (id int PRIMARY KEY, pad text);
INSERT INTO big SELECT n, repeat('x', 100) FROM generate_series(20000, 1, -1) AS n;
ANALYZE big;
SET work_mem = '64kB';
SET log_temp_files = 0;
SET client_min_messages = log;
SELECT row_values[1] FROM anon_funcs.preview('big', '{"dictionary": []}', 1, 19000);
RESET client_min_messages;
RESET log_temp_files;
SET client_min_messages = warning;
DROP SCHEMA view CASCADE;
DROP ROLE regress_looker;
DROP EXTENSION pg_anon;
DROP SCHEMA IF EXISTS anon_funcs;
