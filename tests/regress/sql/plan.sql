-- What a dump will do with each table, and what check_dictionary says is wrong with a dictionary before a row is read.
\set SHOW_CONTEXT never
\pset format unaligned
SET client_min_messages = warning;
CREATE EXTENSION pg_anon;
-- relation: action, masked columns, how, and the rule
\set plan 'SELECT relation::text COLLATE "C" AS relation, action, CASE action WHEN \'masked\' THEN array_to_string(masked_columns, \',\') END AS masked, array_to_string(masked_by, \',\') AS masked_by, rule_source FROM anon_funcs.dump_plan'
-- problems, one under the other: severity, code and object; message; hint
\set check 'SELECT concat_ws(E\'\\n    \', upper(severity) || \' \' || code || \' \' || object, message, hint) AS problem FROM anon_funcs.check_dictionary'
-- An error without the words that surround it: SQLSTATE and message, with oids taken out.
CREATE FUNCTION outcome(query text) RETURNS text LANGUAGE plpgsql AS $$
BEGIN
    EXECUTE query;
    RETURN 'no error';
EXCEPTION WHEN OTHERS THEN
    RETURN SQLSTATE || ' ' || regexp_replace(SQLERRM, '\mrelation \d+', 'relation <oid>');
END $$;

-- 1. Tables, plain and masked. Views, sequences, temporary and system tables are none.
CREATE SCHEMA shop;
CREATE SCHEMA "Mixed";
CREATE TABLE shop.customer (id int, name text, email varchar(80), phone text);
CREATE TABLE shop.orders (id int, customer int, note text);
CREATE TABLE shop.log_a (at timestamptz, line text);
CREATE TABLE shop.log_b (at timestamptz, line text);
CREATE TABLE shop.no_columns ();
CREATE UNLOGGED TABLE shop.scratch (line text);
CREATE TABLE "Mixed"."Table a" ("Column a" text, "select" text);
CREATE VIEW shop.customer_view AS SELECT * FROM shop.customer;
CREATE MATERIALIZED VIEW shop.customer_matview AS SELECT * FROM shop.customer;
CREATE SEQUENCE shop.seq;
CREATE TEMP TABLE session_only (line text);
:plan('{"dictionary": []}') ORDER BY 1;
:plan('{}') WHERE action <> 'plain';
SELECT relation::text COLLATE "C" AS relation, schema_name, table_name, columns, rtrim(copy_statement, E'\n') AS copy_statement, extension, load_root
FROM anon_funcs.dump_plan('{"dictionary": []}') ORDER BY 1;
-- native, constant, sql; raw_sql masks every column; a condition alone masks none; names are exact, without quotes.
:plan('{"dictionary": [
    {"schema": "shop", "table": "customer", "fields": {"phone": "random_phone(''+49'')", "name": "NULL", "email": "email || id", "id": "id"}},
    {"schema": "shop", "table": "orders", "raw_sql": "SELECT id, customer, ''x'' FROM shop.orders"},
    {"schema": "shop", "table": "log_a", "sql_condition": "WHERE at > now()"},
    {"schema": "Mixed", "table": "Table a", "fields": {"Column a": "SQL:partial(\"Column a\", 1, ''*'', 1)", "select": "''x''"}}]}') ORDER BY 1;
:check('{"dictionary": [{"schema": "shop", "table": "customer", "fields": {"name": "NULL"}}]}');

-- 2. Rules that match no table or column are errors, with the nearest name; a view or a sequence is no table.
\set unmatched '{"dictionary": [{"schema": "shop", "table": "custmer", "fields": {"name": "NULL"}}, {"schema": "shp", "table": "cars", "fields": {"name": "NULL"}}, {"schema": "Mixed", "table": "table a", "fields": {"x": "NULL"}}, {"schema": "public", "table": "orders", "fields": {"x": "NULL"}}, {"schema": "shop", "table": "customer_view", "fields": {"name": "NULL"}}, {"schema": "shop", "table": "seq", "fields": {"last_value": "1"}}, {"schema": "nowhere", "table": "nothing", "fields": {"name": "NULL"}}, {"schema": "shop", "table": "\\"orders\\"", "fields": {"note": "NULL"}}, {"schema": "pg_catalog", "table": "pg_authid", "fields": {"rolpassword": "NULL"}}, {"schema_mask": "*", "table_mask": "^Log_", "fields": {"line": "NULL"}}, {"schema": "shop", "table": "customer", "fields": {"emial": "NULL", "Name": "NULL", "completely_other": "NULL"}}, {"schema": "shop", "table_mask": "^log_", "fields": {"lines": "NULL", "line": "NULL"}}]}'
:check(:'unmatched');
-- The same are warnings when that is asked for, and what does match is masked.
SELECT severity, count(*) FROM anon_funcs.check_dictionary(:'unmatched', allow_unmatched_rules => true) GROUP BY 1;
:plan(:'unmatched', allow_unmatched_rules => true) WHERE action = 'masked' ORDER BY 1;
-- Only unmatched rules: no other error becomes a warning.
:check('{"dictionary": [{"schema": "shop", "table": "nosuch", "fields": {"x": "NULL"}}, {"schema": "shop", "table": "customer", "fields": {"name": "nosuch"}}]}', allow_unmatched_rules => true);
-- A single error is the message with its hint; several are the first, and all of them in the detail.
:plan('{"dictionary": [{"schema": "shop", "table": "custmer", "fields": {"name": "NULL"}}]}');
:plan('{"dictionary": [{"schema": "shop", "table": "custmer", "fields": {"name": "NULL"}}, {"schema": "shop", "table": "orders", "fields": {"note": "NULL, NULL", "id": "nosuch", "customer": "''x''::date"}},
    {"schema": "shop", "table": "log_a", "sql_condition": "nosuch"}, {"schema": "shop", "table": "log_b", "raw_sql": "SELECT 1"}]}');

-- 3. Masks: * and regular expressions of re.search. The first exact rule wins, else the last mask.
\set masks '{"dictionary": [{"schema_mask": "*", "table_mask": "*", "fields": {"line": "''any''"}}, {"schema": "shop", "table_mask": "^log_(?!a$)", "fields": {"line": "''not a''"}}, {"schema_mask": "(?<=^M)i(.)ed$", "table_mask": "(?i)TABLE", "fields": {"select": "NULL"}}, {"schema_mask": "^sh.p$", "table": "customer", "fields": {"phone": "NULL"}}, {"schema": "shop", "table_mask": "(.)\\\\1|rat", "fields": {"line": "''scr''"}}]}'
:plan(:'masks', allow_unmatched_rules => true) ORDER BY 1;
:plan('{"dictionary": [{"schema": "shop", "table": "log_a", "fields": {"line": "''first''"}}, {"schema_mask": "*", "table_mask": "log_a", "fields": {"line": "''mask''"}}, {"schema_mask": "shop", "table": "log_a", "fields": {"at": "NULL"}}]}') WHERE action = 'masked';
-- A rule that never applies, and a column that only the rule that loses would have masked.
:check('{"dictionary": [{"schema": "shop", "table": "customer", "fields": {"name": "NULL"}}, {"schema": "shop", "table_mask": "^cust", "fields": {"name": "NULL", "email": "NULL", "phone": "NULL"}}]}');
:check('{"dictionary": [{"schema_mask": "*", "table_mask": "*", "fields": {"line": "NULL", "note": "NULL"}}, {"schema_mask": "*", "table_mask": "^log_", "fields": {"at": "NULL"}}]}');
-- Nothing is said when the rule that wins replaces the whole table.
:check('{"dictionary": [{"schema": "shop", "table": "log_a", "raw_sql": "SELECT now(), NULL"}, {"schema_mask": "*", "table_mask": "^log_", "fields": {"line": "NULL"}}]}');

-- 4. dictionary_exclude, and include and exclude lists.
\set logs '{"dictionary": [{"schema": "shop", "table": "log_a", "fields": {"line": "NULL"}}], "dictionary_exclude": [{"schema": "shop", "table_mask": "^log_"}, {"schema": "Mixed", "table": "Table a"}]}'
:plan(:'logs') ORDER BY 1;
:check(:'logs');
-- All tables of a schema but those that rules speak of.
\set schema '{"dictionary": [{"schema": "shop", "table": "orders", "fields": {"note": "NULL"}}, {"schema": "shop", "table_mask": "^log_", "fields": {"line": "NULL"}}], "dictionary_exclude": [{"schema": "shop", "table_mask": "*"}]}'
:plan(:'schema') ORDER BY 1;
:check(:'schema');
-- A whole schema is left out when no rule names it exactly, by name or by mask. A rule whose mask matches in it is not enough, nor is the
-- include list; the check says so.
\set whole '{"dictionary": [{"schema_mask": "^sh", "table_mask": "^log_", "fields": {"line": "NULL"}}], "dictionary_exclude": [{"schema": "shop", "table_mask": "*"}]}'
:plan(:'whole') ORDER BY 1;
:check(:'whole');
:check(:'whole', include => '{"tables": [{"schema": "shop", "table": "customer"}]}');
:plan('{"dictionary_exclude": [{"schema_mask": "^[A-Z]", "table_mask": "*"}]}') WHERE action = 'excluded';
-- An exclude that matches nothing.
:check('{"dictionary_exclude": [{"schema": "shop", "table": "order"}, {"schema_mask": "^x", "table_mask": "*"}, {"schema": "shop", "table_mask": "^LOG"}]}');
-- Lists.
:plan('{}', include => '{"tables": [{"schema": "shop", "table_mask": "^log_"}, {"schema": "Mixed", "table": "Table a"}]}') ORDER BY 1;
:plan('{}', exclude => '{"tables": [{"schema": "shop", "table_mask": "*"}]}') ORDER BY 1;
:plan('{"dictionary": [{"schema": "shop", "table": "log_a", "fields": {"line": "NULL"}}]}', '{"tables": [{"schema": "shop", "table_mask": "^log_"}]}', '{"tables": [{"schema": "shop", "table": "log_a"}]}') ORDER BY 1;
-- The include list takes a table out of dictionary_exclude.
:plan(:'logs', include => '{"tables": [{"schema": "shop", "table": "log_b"}]}') WHERE relation = 'shop.log_b'::regclass;
:plan(:'schema', include => '{"tables": [{"schema": "shop", "table": "customer"}]}') WHERE action <> 'excluded';
:check('{}', include => '{"tables": [{"schema": "shop", "table": "log_a"}, {"schema": "shop", "table": "log_z"}]}', exclude => '{"tables": [{"schema": "shop", "table": "log_y"}]}');
:check('{}', include => '{"tables": [{"schema": "shop", "table": "log_z"}]}');
:check('{}', include => '{"tables": []}');
-- A rule for a table that is not dumped is checked for its names, and not run.
:check('{"dictionary": [{"schema": "shop", "table": "log_a", "fields": {"line": "nosuch"}}]}', exclude => '{"tables": [{"schema": "shop", "table": "log_a"}]}');
:check('{"dictionary": [{"schema": "shop", "table": "log_a", "fields": {"nosuch": "NULL"}}]}', exclude => '{"tables": [{"schema": "shop", "table": "log_a"}]}');
SELECT anon_funcs.dump_rows('shop.log_b', :'logs');

-- 5. What is not a dictionary.
SELECT argument, outcome(format('SELECT * FROM anon_funcs.check_dictionary(%L)', argument)) FROM unnest(ARRAY['1', '"dictionary"', '{"dictionary": {}}', '{"dictionary": null}', '{"dictionary": ["shop"]}',
    '{"dictionry": []}', '{"tables": []}', '{"dictionary": [{"schema": "shop", "table": "orders", "feilds": {}}]}', '{"dictionary_exclude": [{"schema": "shop", "table": "orders", "fields": {"note": "NULL"}}]}',
    '{"dictionary": [{"table": "orders"}]}', '{"dictionary": [{"schema": "shop"}]}', '{"dictionary": [{"schema": "shop", "table": ""}]}', '{"dictionary": [{"schema": "shop", "table": 1}]}',
    '{"dictionary": [{"schema": "shop", "table": "orders", "fields": []}]}',
    '{"dictionary": [{"schema": "shop", "table": "orders", "fields": {"note": null}}]}', '{"dictionary": [{"schema": "shop", "table": "orders", "fields": {"note": ""}}]}',
    '{"dictionary": [{"schema": "shop", "table": "orders", "fields": {"note": 1}}]}', '{"dictionary": [{"schema": "shop", "table": "orders", "sql_condition": true}]}',
    '{"dictionary": [{"schema": "shop", "table": "orders", "raw_sql": "SELECT 1", "fields": {"note": "NULL"}}]}',
    '{"dictionary": [{"schema_mask": "(", "table_mask": "*", "fields": {"note": "NULL"}}]}', '{"dictionary": [{"schema": "shop", "table_mask": "*log", "fields": {"note": "NULL"}}]}',
    '{"dictionary_exclude": [{"schema": "shop", "table_mask": "[a-"}]}']) AS argument;
-- json and text that are none; lists.
SELECT anon_funcs.check_dictionary('{"dictionary": [}');
SELECT anon_funcs.check_dictionary('{}', include => '{"dictionary": []}');
SELECT anon_funcs.check_dictionary('{}', exclude => '{"tables": [{"schema": "shop", "table": "orders", "fields": {"note": "NULL"}}]}');
SELECT anon_funcs.check_dictionary('{}', include => '[]');
-- NULL: no dictionary is an error, no list is none.
SELECT anon_funcs.check_dictionary(NULL);
SELECT anon_funcs.dump_plan(NULL);
SELECT anon_funcs.dump_rows('shop.orders', NULL);
SELECT anon_funcs.dump_rows(NULL, '{}');
SELECT count(*) FROM anon_funcs.dump_plan('{}', NULL, NULL, false, NULL);
-- Where functions of rules are looked up.
CREATE FUNCTION shop.my_mask(text) RETURNS text LANGUAGE sql AS $$ SELECT 'x' $$;
\set mine '{"dictionary": [{"schema": "shop", "table": "orders", "fields": {"note": "my_mask(note)"}}]}'
:check(:'mine');
:plan(:'mine', rule_search_path => 'shop') WHERE action = 'masked';

-- 6. What has no rows to dump, given to dump_rows.
SELECT relation, outcome(format('SELECT anon_funcs.dump_rows(%L, ''{}'')', relation)) FROM unnest(ARRAY['shop.customer_view', 'shop.customer_matview', 'shop.seq', 'session_only', 'pg_class', 'information_schema.sql_parts',
    'shop.nosuch', '0', 'shop.no_columns', 'shop.scratch']) AS relation;
DROP SCHEMA shop, "Mixed" CASCADE;
DROP TABLE session_only;

-- 7. Partitions have the rule of their nearest parent that has one. A rule that only a partitioned table has applies to its partitions.
CREATE SCHEMA p;
CREATE TABLE p.root (id int, region text, name text, email text) PARTITION BY LIST (region);
CREATE TABLE p.mid PARTITION OF p.root FOR VALUES IN ('eu') PARTITION BY RANGE (id);
CREATE TABLE p.leaf_1 PARTITION OF p.mid FOR VALUES FROM (0) TO (10);
CREATE TABLE p.leaf_2 PARTITION OF p.mid FOR VALUES FROM (10) TO (20);
CREATE TABLE p.other PARTITION OF p.root DEFAULT;
CREATE TABLE p.childless (id int, name text) PARTITION BY LIST (id);
:plan('{"dictionary": [{"schema": "p", "table": "root", "fields": {"name": "NULL"}}]}') ORDER BY 1;
:check('{"dictionary": [{"schema": "p", "table": "root", "fields": {"name": "NULL"}}, {"schema": "p", "table": "childless", "fields": {"name": "NULL"}}]}');
:plan('{"dictionary": [{"schema": "p", "table": "root", "fields": {"name": "NULL"}}, {"schema": "p", "table": "mid", "fields": {"name": "''mid''"}}, {"schema": "p", "table": "leaf_2", "fields": {"name": "''leaf''"}}]}') ORDER BY 1;
-- A mask that matches the partition itself comes before the exact rule of its parent. What the parent's rule masks more is told.
:plan('{"dictionary": [{"schema": "p", "table": "root", "fields": {"name": "NULL", "email": "NULL"}}, {"schema": "p", "table_mask": "^leaf", "fields": {"name": "NULL"}}]}') ORDER BY 1;
:check('{"dictionary": [{"schema": "p", "table": "root", "fields": {"name": "NULL", "email": "NULL"}}, {"schema": "p", "table_mask": "^leaf", "fields": {"name": "NULL"}}]}');
-- A column of a rule on a partitioned table must be one of its columns.
:check('{"dictionary": [{"schema": "p", "table": "root", "fields": {"nam": "NULL"}}]}');
-- A rule on the root that no partition uses.
:check('{"dictionary": [{"schema": "p", "table": "mid", "fields": {"name": "NULL"}}, {"schema": "p", "table": "leaf_1", "fields": {"name": "NULL"}}, {"schema": "p", "table": "leaf_2", "fields": {"name": "NULL"}}]}');
-- Excluded through the parent, unless a rule nearer speaks of them; included and excluded by lists through the parent.
:plan('{"dictionary_exclude": [{"schema": "p", "table": "root"}]}') ORDER BY 1;
:plan('{"dictionary": [{"schema": "p", "table": "leaf_1", "fields": {"name": "NULL"}}], "dictionary_exclude": [{"schema": "p", "table": "mid"}]}') ORDER BY 1;
:plan('{"dictionary": [{"schema": "p", "table": "root", "fields": {"name": "NULL"}}], "dictionary_exclude": [{"schema": "p", "table": "mid"}]}') ORDER BY 1;
:check('{"dictionary": [{"schema": "p", "table": "root", "fields": {"name": "NULL"}}], "dictionary_exclude": [{"schema": "p", "table": "mid"}]}');
:plan('{}', include => '{"tables": [{"schema": "p", "table": "mid"}]}') ORDER BY 1;
:plan('{}', exclude => '{"tables": [{"schema": "p", "table": "mid"}]}') ORDER BY 1;
-- The partitioned tables themselves have no rows.
SELECT relation, outcome(format('SELECT anon_funcs.dump_rows(%L, ''{}'')', relation)) FROM unnest(ARRAY['p.root', 'p.mid', 'p.leaf_1']) AS relation;
DROP SCHEMA p CASCADE;
-- Hashes of an enum differ between databases: partitions by them are loaded through the root. Those by hash of anything else are not.
CREATE SCHEMA h;
CREATE TYPE h.mood AS ENUM ('sad', 'glad');
CREATE TABLE h."By enum" (m h.mood, id int) PARTITION BY HASH (m);
CREATE TABLE h.e0 PARTITION OF h."By enum" FOR VALUES WITH (MODULUS 2, REMAINDER 0);
CREATE TABLE h.e1 PARTITION OF h."By enum" FOR VALUES WITH (MODULUS 2, REMAINDER 1);
CREATE TABLE h.top (m h.mood, id int) PARTITION BY RANGE (id);
CREATE TABLE h.top_1 PARTITION OF h.top FOR VALUES FROM (0) TO (10) PARTITION BY HASH (id, m);
CREATE TABLE h.top_1_0 PARTITION OF h.top_1 FOR VALUES WITH (MODULUS 1, REMAINDER 0);
CREATE TABLE h.top_2 PARTITION OF h.top FOR VALUES FROM (10) TO (20);
CREATE TABLE h.by_int (m h.mood, id int) PARTITION BY HASH (id);
CREATE TABLE h.i0 PARTITION OF h.by_int FOR VALUES WITH (MODULUS 1, REMAINDER 0);
CREATE TABLE h.by_list (m h.mood, id int) PARTITION BY LIST (m);
CREATE TABLE h.l0 PARTITION OF h.by_list FOR VALUES IN ('sad');
SELECT relation::text COLLATE "C" AS relation, load_root, rtrim(copy_statement, E'\n') AS copy_statement FROM anon_funcs.dump_plan('{}') ORDER BY 1;
DROP SCHEMA h CASCADE;

-- 8. Inheritance in the old way: each table has its own rule, and a child of a masked table is warned of.
CREATE SCHEMA i;
CREATE TABLE i.parent (id int, name text);
CREATE TABLE i.child (extra text) INHERITS (i.parent);
CREATE TABLE i.grandchild () INHERITS (i.child);
:plan('{"dictionary": [{"schema": "i", "table": "parent", "fields": {"name": "NULL"}}]}') ORDER BY 1;
:check('{"dictionary": [{"schema": "i", "table": "parent", "fields": {"name": "NULL"}}]}');
:check('{"dictionary_exclude": [{"schema": "i", "table": "parent"}]}');
:check('{"dictionary": [{"schema": "i", "table_mask": "parent|child", "fields": {"name": "NULL"}}]}');
DROP SCHEMA i CASCADE;

-- 9. Foreign tables hold no data that is dumped.
CREATE SCHEMA f;
CREATE FOREIGN DATA WRAPPER regress_fdw;
CREATE SERVER regress_server FOREIGN DATA WRAPPER regress_fdw;
CREATE FOREIGN TABLE f.away (id int, name text) SERVER regress_server;
CREATE TABLE f.here (id int, name text) PARTITION BY LIST (id);
CREATE FOREIGN TABLE f.here_away PARTITION OF f.here FOR VALUES IN (1) SERVER regress_server;
CREATE TABLE f.here_2 PARTITION OF f.here FOR VALUES IN (2);
:plan('{}') ORDER BY 1;
:check('{"dictionary": [{"schema": "f", "table": "away", "fields": {"name": "NULL"}}, {"schema": "f", "table": "here", "fields": {"name": "NULL"}}]}');
:check('{"dictionary": [{"schema": "f", "table": "away", "fields": {"nme": "NULL"}}]}');
SELECT outcome('SELECT anon_funcs.dump_rows(''f.away'', ''{}'')');
DROP SCHEMA f CASCADE;
DROP FOREIGN DATA WRAPPER regress_fdw CASCADE;

-- 10. Generated columns are computed again by the restore: from masked columns they are masked with them, from others they would show them.
CREATE SCHEMA g;
CREATE TABLE g.t (id int, name text, email text, loud text GENERATED ALWAYS AS (upper(name)) STORED, pair text GENERATED ALWAYS AS (name || email) STORED);
SELECT relation, columns, masked_columns, rtrim(copy_statement, E'\n') AS copy_statement FROM anon_funcs.dump_plan('{"dictionary": [{"schema": "g", "table": "t", "fields": {"name": "NULL"}}]}');
:check('{"dictionary": [{"schema": "g", "table": "t", "fields": {"name": "NULL"}}]}');
:check('{"dictionary": [{"schema": "g", "table": "t", "fields": {"loud": "NULL"}}]}');
:check('{"dictionary": [{"schema": "g", "table": "t", "fields": {"loud": "NULL", "name": "NULL"}}]}');
:check('{"dictionary": [{"schema": "g", "table": "t", "fields": {"pair": "NULL", "name": "NULL", "email": "NULL"}}]}');
SELECT anon_funcs.dump_rows('g.t', '{"dictionary": [{"schema": "g", "table": "t", "fields": {"loud": "NULL"}}]}');
DROP SCHEMA g CASCADE;

-- 11. Rights. All functions run with those of their caller.
CREATE SCHEMA r;
CREATE SCHEMA closed;
CREATE TABLE r.open (id int, name text);
CREATE TABLE r.secret (id int, name text);
CREATE TABLE r.by_column (id int, name text);
CREATE TABLE r.one_column (id int, name text);
CREATE TABLE closed.inside (id int);
CREATE ROLE regress_plan_dumper;
GRANT USAGE ON SCHEMA r TO regress_plan_dumper;
GRANT SELECT ON r.open, closed.inside TO regress_plan_dumper;
GRANT SELECT (id, name) ON r.by_column TO regress_plan_dumper;
GRANT SELECT (id) ON r.one_column TO regress_plan_dumper;
SET ROLE regress_plan_dumper;
:check('{}');
:plan('{}');
:plan('{"dictionary_exclude": [{"schema": "r", "table": "secret"}, {"schema": "r", "table": "one_column"}, {"schema": "closed", "table_mask": "*"}]}') ORDER BY 1;
SELECT relation, outcome(format('SELECT anon_funcs.dump_rows(oid, ''{}'') FROM pg_class WHERE oid = %L::regclass', relation)) FROM unnest(ARRAY['r.open', 'r.by_column', 'r.one_column', 'r.secret']) AS relation;
-- A rule does not read what its user may not.
SELECT outcome($$ SELECT anon_funcs.dump_rows('r.open', '{"dictionary": [{"schema": "r", "table": "open", "fields": {"name": "(SELECT name FROM r.secret LIMIT 1)"}}]}') $$);
RESET ROLE;
GRANT pg_read_all_data TO regress_plan_dumper;
SET ROLE regress_plan_dumper;
:plan('{}') ORDER BY 1;
RESET ROLE;
REVOKE pg_read_all_data FROM regress_plan_dumper;
DROP SCHEMA closed, r CASCADE;
-- Row security: whoever it binds cannot dump; its table's owner only when it is forced; who bypasses it can.
CREATE SCHEMA s;
CREATE ROLE regress_plan_owner;
CREATE ROLE regress_plan_bypass BYPASSRLS;
GRANT USAGE ON SCHEMA s TO regress_plan_dumper, regress_plan_owner, regress_plan_bypass;
CREATE TABLE s.enabled (id int);
CREATE TABLE s.forced (id int);
CREATE TABLE s.policy_only (id int);
ALTER TABLE s.enabled ENABLE ROW LEVEL SECURITY;
ALTER TABLE s.forced ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
CREATE POLICY all_rows ON s.enabled USING (true);
CREATE POLICY some_rows ON s.policy_only USING (id > 1);
ALTER TABLE s.enabled OWNER TO regress_plan_owner;
ALTER TABLE s.forced OWNER TO regress_plan_owner;
ALTER TABLE s.policy_only OWNER TO regress_plan_owner;
GRANT SELECT ON ALL TABLES IN SCHEMA s TO regress_plan_dumper, regress_plan_bypass;
:check('{}');
SET ROLE regress_plan_bypass;
:check('{}');
SET ROLE regress_plan_owner;
:check('{}');
SELECT outcome('SELECT anon_funcs.dump_rows(''s.enabled'', ''{}'')'), outcome('SELECT anon_funcs.dump_rows(''s.forced'', ''{}'')');
SET ROLE regress_plan_dumper;
:check('{}');
SELECT outcome('SELECT anon_funcs.dump_rows(''s.enabled'', ''{}'')'), outcome('SELECT anon_funcs.dump_rows(''s.policy_only'', ''{}'')');
:plan('{"dictionary_exclude": [{"schema": "s", "table_mask": "enabled|forced"}]}') ORDER BY 1;
RESET ROLE;
DROP SCHEMA s CASCADE;

-- 12. Sequences: descending, at the end, of a serial and of an identity column; no temporary one.
CREATE SCHEMA q;
CREATE SEQUENCE q.untouched;
CREATE SEQUENCE q.used;
CREATE SEQUENCE q.down INCREMENT -5 MAXVALUE -10 MINVALUE -9223372036854775808 START -10;
CREATE SEQUENCE q.greatest START 9223372036854775807;
CREATE SEQUENCE q.small AS smallint CYCLE;
CREATE SEQUENCE q."It's ""quoted\" CACHE 10;
CREATE TABLE q.t (a serial, b int GENERATED ALWAYS AS IDENTITY);
CREATE TEMP SEQUENCE session_seq;
SELECT nextval('q.used'), nextval('q.down'), nextval('q.greatest'), nextval('q."It''s ""quoted\"'), setval('q.small', 7, false);
SELECT nextval('q.down');
INSERT INTO q.t DEFAULT VALUES;
SELECT relation::text COLLATE "C" AS relation, last_value, is_called, rtrim(setval_statement, E'\n') AS setval_statement FROM anon_funcs.dump_sequences() ORDER BY 1;
-- The statements restore what they were made of.
CREATE TEMP TABLE before AS SELECT * FROM anon_funcs.dump_sequences();
SELECT count(nextval(relation)) FROM before WHERE relation <> 'q.greatest'::regclass;
SELECT count(*) AS differ FROM (SELECT relation, last_value, is_called FROM anon_funcs.dump_sequences() EXCEPT SELECT relation, last_value, is_called FROM before) AS d;
SELECT setval_statement FROM before \gexec
SELECT count(*) AS differ FROM (SELECT relation, last_value, is_called FROM anon_funcs.dump_sequences() EXCEPT SELECT relation, last_value, is_called FROM before) AS d;
-- Without rights on some of them all are named.
GRANT USAGE ON SCHEMA q TO regress_plan_dumper;
GRANT SELECT ON ALL SEQUENCES IN SCHEMA q TO regress_plan_dumper;
REVOKE SELECT ON q.used, q."It's ""quoted\" FROM regress_plan_dumper;
SET ROLE regress_plan_dumper;
SELECT relation FROM anon_funcs.dump_sequences();
RESET ROLE;
-- The right to use a sequence is not the right to read it; the schema must be open too.
GRANT USAGE ON q.used, q."It's ""quoted\" TO regress_plan_dumper;
SET ROLE regress_plan_dumper;
SELECT outcome('SELECT anon_funcs.dump_sequences()');
RESET ROLE;
GRANT SELECT ON q.used, q."It's ""quoted\" TO regress_plan_dumper;
SET ROLE regress_plan_dumper;
SELECT relation::text COLLATE "C" AS relation FROM anon_funcs.dump_sequences() ORDER BY 1;
RESET ROLE;
REVOKE USAGE ON SCHEMA q FROM regress_plan_dumper;
SET ROLE regress_plan_dumper;
SELECT relation FROM anon_funcs.dump_sequences();
RESET ROLE;
DROP TABLE before;
DROP SEQUENCE session_seq;
DROP SCHEMA q CASCADE;
DROP FUNCTION outcome;
DROP ROLE regress_plan_dumper, regress_plan_owner, regress_plan_bypass;
-- What a sub-select reads must be readable too, and the check says so before any row is read.
CREATE SCHEMA sub;
CREATE TABLE sub.open AS SELECT 1 AS id, 'Ann' AS name;
CREATE TABLE sub.secret AS SELECT 'hidden' AS name;
CREATE ROLE regress_sub;
GRANT USAGE ON SCHEMA sub TO regress_sub;
GRANT SELECT ON sub.open TO regress_sub;
SET ROLE regress_sub;
SELECT severity, object, message FROM anon_funcs.check_dictionary('{"dictionary": [{"schema": "sub", "table": "open", "fields": {"name": "(SELECT name FROM sub.secret LIMIT 1)"}}]}', include => '{"tables": [{"schema": "sub", "table": "open"}]}');
RESET ROLE;
DROP SCHEMA sub CASCADE;
DROP ROLE regress_sub;

-- A transaction that reads one snapshot and cannot write finds out once what is planned: for one dictionary and one user.
CREATE SCHEMA again;
CREATE TABLE again.t AS SELECT 1 AS id, 'Ann' AS name;
CREATE ROLE regress_again;
GRANT USAGE ON SCHEMA again TO regress_again;
\set one '{"dictionary": [{"schema": "again", "table": "t", "fields": {"name": "\'one\'"}}]}'
\set two '{"dictionary": [{"schema": "again", "table": "t", "fields": {"id": "2"}}]}'
\set only '{"tables": [{"schema": "again", "table": "t"}]}'
\set planned 'SELECT columns, masked_columns FROM anon_funcs.dump_plan'
\set rows 'SELECT convert_from(anon_funcs.dump_rows(\'again.t\', '
BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY;
SELECT count(*) FROM anon_funcs.check_dictionary(:'one', include => :'only');
:planned(:'one', include => :'only') WHERE action = 'masked';
:planned(:'one', include => :'only') WHERE action = 'masked';
SELECT count(*) FROM anon_funcs.check_dictionary(:'one', include => :'only');
:planned(:'two', include => :'only') WHERE action = 'masked';
:rows :'one'), 'UTF8');
:rows :'one', 0, 1), 'UTF8');
:rows :'two', 0, 1), 'UTF8');
:rows :'one', 0, 1), 'UTF8');
SET LOCAL ROLE regress_again;
:rows :'one', 0, 1), 'UTF8');
ROLLBACK;
-- What may change is found out anew.
BEGIN;
SELECT count(*) FROM anon_funcs.check_dictionary(:'one', include => :'only');
:rows :'one'), 'UTF8');
ALTER TABLE again.t ADD COLUMN more text DEFAULT 'more';
:planned(:'one', include => :'only') WHERE action = 'masked';
:rows :'one'), 'UTF8');
ROLLBACK;
-- So is what a transaction was read-only for until a savepoint, or in a function: a table that has got a masked parent meanwhile.
CREATE TABLE again.parent (id int, name text) PARTITION BY LIST (id);
CREATE FUNCTION again.rows(dictionary jsonb) RETURNS SETOF text LANGUAGE sql SET transaction_read_only = on AS $$ SELECT convert_from(anon_funcs.dump_rows('again.t', dictionary), 'UTF8') $$;
\set parent '{"dictionary": [{"schema": "again", "table": "parent", "fields": {"name": "\'masked\'"}}]}'
BEGIN ISOLATION LEVEL REPEATABLE READ;
SAVEPOINT reading;
SET TRANSACTION READ ONLY;
:rows :'parent'), 'UTF8');
ROLLBACK TO reading;
ALTER TABLE again.parent ATTACH PARTITION again.t DEFAULT;
SET TRANSACTION READ ONLY;
:rows :'parent'), 'UTF8');
ROLLBACK;
BEGIN ISOLATION LEVEL REPEATABLE READ;
SELECT again.rows(:'parent');
ALTER TABLE again.parent ATTACH PARTITION again.t DEFAULT;
SELECT again.rows(:'parent');
ROLLBACK;
DROP SCHEMA again CASCADE;
DROP ROLE regress_again;

-- What stands for "no data" in a file is no dictionary here: everything would be dumped in clear.
SELECT * FROM anon_funcs.check_dictionary('[]');
SELECT * FROM anon_funcs.check_dictionary('null');
SELECT * FROM anon_funcs.dump_plan('null');
SELECT anon_funcs.dump_rows('pg_class', '[]');
SELECT count(*) FROM anon_funcs.check_dictionary('{}', allow_unmatched_rules => NULL);

DROP EXTENSION pg_anon;
DROP SCHEMA IF EXISTS anon_funcs;
