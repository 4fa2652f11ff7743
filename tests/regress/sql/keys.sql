-- The key of keyed masks: set in a session alone, never shown, and nothing works without it.
\set VERBOSITY terse
SET client_min_messages = warning;
CREATE EXTENSION IF NOT EXISTS pg_anon;
SET search_path = public, anon_funcs;
\set key '0123456789abcdef0123456789abcdef'
\set other 'fedcba9876543210fedcba9876543210'
-- The key of this file must not come out: it is looked for in everything that can be read.
CREATE FUNCTION shown() RETURNS SETOF text LANGUAGE sql AS $$
    SELECT 'current_setting' FROM current_setting('pg_anon.key') s WHERE s ~ '0123456789abcdef'
    UNION ALL SELECT 'pg_settings' FROM pg_settings s WHERE s::text ~ '0123456789abcdef'
    UNION ALL SELECT 'pg_db_role_setting' FROM pg_db_role_setting s WHERE s::text ~ '0123456789abcdef'
    UNION ALL SELECT 'pg_proc' FROM pg_proc p WHERE p.proconfig::text ~ '0123456789abcdef'
    UNION ALL SELECT 'pg_file_settings' FROM pg_file_settings f WHERE f::text ~ '0123456789abcdef' $$;

-- Without it: an error that says what to do, in SQL and in a dump.
\set VERBOSITY default
SELECT pseudo_email('ann@example.com');
SELECT set_config('pg_anon.key', '', false);
SELECT pseudo_email('ann@example.com');
\set VERBOSITY terse
CREATE TABLE person (email text);
SELECT severity, code, message, hint FROM check_dictionary('{"dictionary": [{"schema": "public", "table": "person", "fields": {"email": "pseudo_email(email)"}}]}');
SELECT dump_rows('person', '{"dictionary": [{"schema": "public", "table": "person", "fields": {"email": "pseudo_email(email)"}}]}');
SELECT dump_rows('person', '{"dictionary": [{"schema": "public", "table": "person", "fields": {"email": "upper(pseudo_email(email))"}}]}');
INSERT INTO person VALUES ('ann@example.com');
SELECT dump_rows('person', '{"dictionary": [{"schema": "public", "table": "person", "fields": {"email": "upper(pseudo_email(email))"}}]}');

-- What is no key is refused, and not shown in the message.
SELECT set_config('pg_anon.key', 'short', false);
SELECT set_config('pg_anon.key', 'with spaces 0123456789abcdef0123456789abcdef', false);
SELECT set_config('pg_anon.key', 'ü123456789abcdef0123456789abcdef', false);
SELECT set_config('pg_anon.key', repeat('x', 1025), false);
-- Places where others could read it are refused.
ALTER SYSTEM SET pg_anon.key = :'key';
SELECT current_database() AS database \gset
ALTER DATABASE :"database" SET pg_anon.key = :'key';
ALTER ROLE CURRENT_USER SET pg_anon.key = :'key';
CREATE FUNCTION keyed() RETURNS text LANGUAGE sql SET pg_anon.key = '0123456789abcdef0123456789abcdef' AS 'SELECT anon_funcs.pseudo_city(''x'')';
-- It works from the moment it is set, for this session, and is not shown.
SELECT set_config('pg_anon.key', :'key', false) AS shown;
SELECT pseudo_email('ann@example.com') AS one \gset
SHOW pg_anon.key;
SELECT current_setting('pg_anon.key'), (SELECT count(*) FROM shown()) AS shown_somewhere, (SELECT count(*) FROM pg_settings WHERE name = 'pg_anon.key') AS listed;
CREATE FUNCTION keyed() RETURNS text LANGUAGE sql SET pg_anon.key FROM CURRENT AS 'SELECT anon_funcs.pseudo_city(''x'')';
EXPLAIN (SETTINGS, COSTS OFF, VERBOSE) SELECT pseudo_email('ann@example.com');
-- Another key, another pseudonym; the same key, the same one; it goes back with a transaction, and with DISCARD ALL.
BEGIN;
SELECT set_config('pg_anon.key', :'other', true) AS shown;
SELECT pseudo_email('ann@example.com') <> :'one' AS differs;
ROLLBACK;
SELECT pseudo_email('ann@example.com') = :'one' AS the_same;
-- A constant pseudonym is not kept in a plan beyond the key.
PREPARE constant AS SELECT pseudo_email('ann@example.com');
EXECUTE constant \gset first_
SET plan_cache_mode = force_generic_plan;
EXECUTE constant \gset second_
SELECT set_config('pg_anon.key', :'other', false) AS shown;
EXECUTE constant \gset third_
SELECT :'first_pseudo_email' = :'second_pseudo_email' AS equal, :'second_pseudo_email' <> :'third_pseudo_email' AS differs;
SELECT set_config('pg_anon.key', :'key', false) AS shown;
-- Parallel workers have it.
CREATE TABLE many AS SELECT g::text AS v FROM generate_series(1, 20000) g;
SET parallel_setup_cost = 0;
SET parallel_tuple_cost = 0;
SET min_parallel_table_scan_size = 0;
SET max_parallel_workers_per_gather = 2;
EXPLAIN (COSTS OFF) SELECT count(*), sum(v::int) FROM many WHERE pseudo_uuid(v) < '8';
SELECT count(*), sum(v::int) FROM many WHERE pseudo_uuid(v) < '8' \gset
SET max_parallel_workers_per_gather = 0;
SELECT (count(*), sum(v::int)) = (:count, :sum) AS the_same FROM many WHERE pseudo_uuid(v) < '8';
-- Another session does not have it, nor does this one when a pooler cleans it.
\c
SET client_min_messages = warning;
SELECT anon_funcs.pseudo_email('ann@example.com');
SELECT set_config('pg_anon.key', :'key', false) AS shown;
SELECT anon_funcs.pseudo_email('ann@example.com') = :'one' AS the_same;
DISCARD ALL;
SELECT anon_funcs.pseudo_email('ann@example.com');
-- Everybody may use it, for himself.
CREATE ROLE regress_user;
SET ROLE regress_user;
SELECT set_config('pg_anon.key', :'key', false) AS shown;
SELECT anon_funcs.pseudo_email('ann@example.com') = :'one' AS the_same;
RESET ROLE;
DROP ROLE regress_user;
-- What was set elsewhere before the library was loaded is refused when it is.
\c
ALTER DATABASE :"database" SET pg_anon.key = :'key';
\c
\set VERBOSITY default
SELECT anon_funcs.pseudo_email('ann@example.com');
ALTER DATABASE :"database" RESET pg_anon.key;
\set VERBOSITY terse
\c
-- Hidden under its pad, a key of zero bytes is the pad itself: no key. The pad is used up.
SELECT anon_funcs.take_key(substr(anon_funcs.key_pad(), 1, 64));
SELECT anon_funcs.take_key('\x00');
DROP TABLE person, many;
DROP FUNCTION shown;
DROP EXTENSION pg_anon;
