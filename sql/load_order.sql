-- What must be loaded before what: one line a pair, the relation and what it needs. A row needs the rows that its foreign keys
-- reference, but for keys that are deferred; a partitioned table is loaded when its partitions are. In psql it runs as it is.
WITH RECURSIVE part (root, oid) AS (
    SELECT c.oid, c.oid
    FROM pg_class c
    WHERE c.relkind IN ('r', 'p')
      AND EXISTS (SELECT FROM pg_constraint f WHERE f.contype = 'f' AND f.conrelid = c.oid AND f.conparentid = 0)
    UNION ALL
    SELECT p.root, i.inhrelid
    FROM part p
    JOIN pg_class c ON c.oid = p.oid AND c.relkind = 'p'
    JOIN pg_inherits i ON i.inhparent = p.oid
)
SELECT p.oid::text || ' ' || f.confrelid::text
FROM pg_constraint f
JOIN part p ON p.root = f.conrelid
WHERE f.contype = 'f' AND f.conparentid = 0 AND NOT f.condeferrable
UNION ALL
SELECT i.inhparent::text || ' ' || i.inhrelid::text
FROM pg_inherits i
JOIN pg_class c ON c.oid = i.inhparent AND c.relkind = 'p'
