-- The rows of a table are streamed: whoever reads them may stop early, fail, or go on in another transaction.
\set VERBOSITY terse
CREATE EXTENSION pg_anon;
CREATE TABLE many AS SELECT g AS id, repeat('x', 100) AS v FROM generate_series(1, 20000) g;
CREATE VIEW open_portals AS SELECT count(*) FROM pg_cursors WHERE name <> '';
SELECT sum(length(chunk)), count(*) FROM (SELECT anon_funcs.dump_rows('many', '{}') AS chunk) AS chunks;

-- Stopped by a LIMIT, in the select list and in FROM.
SELECT length(anon_funcs.dump_rows('many', '{}')) LIMIT 1;
SELECT length(chunk) FROM anon_funcs.dump_rows('many', '{}') AS chunk LIMIT 1;
SELECT length(chunk) FROM anon_funcs.dump_rows('many', '{}') AS chunk LIMIT 0;
TABLE open_portals;

-- A cursor that is closed before its end leaves nothing, and takes nothing of the transaction with it.
BEGIN;
DECLARE c CURSOR FOR SELECT length(anon_funcs.dump_rows('many', '{}'));
FETCH 2 FROM c;
CLOSE c;
TABLE open_portals;
COMMIT;

-- Two at the same time, one of them shorter, and one for every row of a query.
CREATE TABLE few AS SELECT * FROM many WHERE id <= 1000;
SELECT length(anon_funcs.dump_rows('few', '{}')) AS few, length(anon_funcs.dump_rows('many', '{}')) AS many LIMIT 3;
SELECT n, chunks.* FROM generate_series(1, 3) n, LATERAL (SELECT length(anon_funcs.dump_rows('many', '{}')) + 0 * n LIMIT 2) AS chunks;
TABLE open_portals;

-- Several that end one after the other in one statement. Each left the executor a note to end it later, in memory that was
-- freed with it, and this ended the server when the statement ended. In a new session that memory is given back at once.
CREATE TABLE one AS SELECT 1 AS id;
\c -
SELECT n, convert_from(anon_funcs.dump_rows('one', '{}'), 'UTF8') AS rows FROM generate_series(1, 5) n;
SELECT relation, sum(length(chunk))
FROM (SELECT relation, anon_funcs.dump_rows(relation, '{}') AS chunk FROM unnest('{one,few,one,many}'::regclass[]) relation) AS chunks
GROUP BY relation ORDER BY 2;
TABLE open_portals;

-- A rule that itself dumps a table.
CREATE FUNCTION dumped_bytes(relation regclass) RETURNS bigint LANGUAGE sql AS $$
    SELECT sum(length(chunk)) FROM (SELECT anon_funcs.dump_rows(relation, '{}') AS chunk) AS chunks $$;
SELECT convert_from(anon_funcs.dump_rows('few',
    '{"dictionary": [{"schema": "public", "table": "few", "fields": {"v": "public.dumped_bytes(''public.few'')"}, "sql_condition": "id <= 3"}]}'), 'UTF8');

-- An error in the middle.
DO $$
DECLARE
    chunk bytea;
    chunks int := 0;
BEGIN
    FOR chunk IN SELECT anon_funcs.dump_rows('many', '{"dictionary": [{"schema": "public", "table": "many", "fields": {"id": "1 / (19000 - id)"}}]}') LOOP
        chunks := chunks + 1;
    END LOOP;
EXCEPTION WHEN division_by_zero THEN
    RAISE NOTICE 'division by zero after some chunks: %', chunks > 0;
END $$;
TABLE open_portals;
SHOW search_path;

-- The rollback of a subtransaction: rows that were begun before it go on, those begun in it cannot.
BEGIN;
DECLARE c CURSOR FOR SELECT length(anon_funcs.dump_rows('many', '{}'));
FETCH 1 FROM c;
SAVEPOINT s;
FETCH 1 FROM c;
ROLLBACK TO s;
FETCH 1 FROM c;
COMMIT;
BEGIN;
SAVEPOINT s;
DECLARE c CURSOR FOR SELECT length(anon_funcs.dump_rows('many', '{}'));
FETCH 1 FROM c;
RELEASE s;
FETCH 1 FROM c;
COMMIT;
-- Whatever is said of the cursor, the session goes on.
BEGIN;
DECLARE c CURSOR FOR SELECT length(anon_funcs.dump_rows('many', '{}'));
SAVEPOINT s;
FETCH 1 FROM c;
ROLLBACK TO s;
DO $$ BEGIN EXECUTE 'MOVE 1 FROM c'; EXCEPTION WHEN OTHERS THEN NULL; END $$;
ROLLBACK;
TABLE open_portals;

-- A cursor that outlives its transaction.
BEGIN;
DECLARE c CURSOR WITH HOLD FOR SELECT length(anon_funcs.dump_rows('many', '{}'));
FETCH 1 FROM c;
COMMIT;
FETCH 1 FROM c;
CLOSE c;
BEGIN;
SELECT 'DECLARE c' || n || ' CURSOR WITH HOLD FOR SELECT length(anon_funcs.dump_rows(''many'', ''{}''))', 'MOVE 1 FROM c' || n
FROM generate_series(1, 20) n \gexec
COMMIT;
SELECT 'FETCH 1 FROM c' || n FROM generate_series(1, 20) n \gexec
CLOSE ALL;
-- A loop in which transactions end. Before its first turn plpgsql has fetched ten rows; the rest is read when the
-- transaction ends. This ended the server when the rows stood in a portal of their own, in some orders of the portals.
CREATE TABLE part AS SELECT * FROM many WHERE id <= 8000;
DO $$
DECLARE
    chunk bytea;
    bytes bigint := 0;
BEGIN
    FOR i IN 1..50 LOOP
        FOR chunk IN SELECT anon_funcs.dump_rows('part', '{}') LOOP
            bytes := bytes + length(chunk);
            IF i % 2 = 0 THEN ROLLBACK; ELSE COMMIT; END IF;
        END LOOP;
    END LOOP;
    RAISE NOTICE '% bytes', bytes / 50;
END $$;
TABLE open_portals;

-- Settings of the session are the session's between two chunks.
SET DateStyle = 'German';
BEGIN;
DECLARE c CURSOR FOR SELECT length(anon_funcs.dump_rows('many', '{}'));
FETCH 1 FROM c;
SHOW search_path;
SHOW DateStyle;
SET LOCAL search_path = pg_catalog;
FETCH 1 FROM c;
SHOW search_path;
COMMIT;
SHOW search_path;
RESET DateStyle;

-- Rows that come while the table is read are not among them; a table that is read cannot be dropped or emptied.
BEGIN;
DECLARE c CURSOR FOR SELECT length(anon_funcs.dump_rows('few', '{"dictionary": [{"schema": "public", "table": "few", "fields": {"v": "''y''"}}]}'));
FETCH 1 FROM c;
INSERT INTO few SELECT * FROM many;
FETCH 1 FROM c;
ROLLBACK;
BEGIN;
DECLARE c CURSOR FOR SELECT length(anon_funcs.dump_rows('many', '{}'));
FETCH 1 FROM c;
SAVEPOINT s;
TRUNCATE many;
ROLLBACK TO s;
DROP TABLE many;
ROLLBACK;

-- Memory does not grow with the table: the 20 MB below, masked, need no more than their first 2 MB did.
CREATE TABLE most AS SELECT m.* FROM many m, generate_series(1, 10);
CREATE FUNCTION memory() RETURNS bigint LANGUAGE sql AS $$ SELECT sum(total_bytes) FROM pg_backend_memory_contexts $$;
BEGIN;
DECLARE c CURSOR FOR SELECT anon_funcs.dump_rows('most',
    '{"dictionary": [{"schema": "public", "table": "most", "fields": {"v": "digest(v, ''salt'', ''sha256'') || upper(v)"}}]}');
MOVE 30 FROM c;
SELECT memory() AS early \gset
MOVE 270 FROM c;
SELECT memory() - :early < 100000 AS memory_is_flat;
COMMIT;

DROP VIEW open_portals;
DROP TABLE one, many, few, part, most;
DROP FUNCTION dumped_bytes, memory;
DROP EXTENSION pg_anon;
DROP SCHEMA IF EXISTS anon_funcs;
