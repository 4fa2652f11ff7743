-- Six columns of text with nothing sensitive in them, about as long as those of the table users. The same data at every run.
-- Wants the psql variable scale: the number of rows.
\set ON_ERROR_STOP on
SET client_min_messages = warning;
SET max_parallel_workers_per_gather = 0;
SELECT setseed(0.42) \g /dev/null
DROP TABLE IF EXISTS texts;
CREATE TABLE texts AS
SELECT (ARRAY['pending', 'shipped', 'delivered', 'returned'])[1 + id % 4] AS state,
       'TS-' || (ARRAY['RED', 'BLU', 'GRN'])[1 + id % 3] || '-' || lpad((id % 10000)::text, 4, '0') AS article,
       (ARRAY['Wireless', 'Organic', 'Leather', 'Steel'])[1 + id % 4] || ' ' || (ARRAY['mouse', 'coffee', 'bag', 'bottle'])[1 + id / 7 % 4] AS product,
       '/catalog/' || id % 500 || '/page/' || id % 40 AS path,
       md5(random()::text)::uuid::text AS request,
       'The parcel was late by ' || id % 9 || ' days and the warehouse sent another one on the same day, version 2.' || id % 50 || ' of the form.' AS remark
FROM generate_series(1, :scale) AS id;
VACUUM (FREEZE, ANALYZE) texts;
