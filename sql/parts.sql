-- A table, its partitions of all levels, and the sequences of serial and identity columns. $1 oid. In psql: PREPARE q(oid) AS
-- <this file>;
WITH RECURSIVE part (oid) AS (
    SELECT $1
    UNION ALL
    SELECT i.inhrelid
    FROM part p
    JOIN pg_class c ON c.oid = p.oid AND c.relkind = 'p'
    JOIN pg_inherits i ON i.inhparent = p.oid
)
SELECT oid::text FROM part
UNION ALL
SELECT d.objid::text
FROM part p
JOIN pg_depend d ON d.refobjid = p.oid
WHERE d.classid = 'pg_class'::regclass AND d.refclassid = 'pg_class'::regclass AND d.deptype IN ('a', 'i')
  AND EXISTS (SELECT FROM pg_class s WHERE s.oid = d.objid AND s.relkind = 'S')
