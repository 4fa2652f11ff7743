-- The foreign keys that refer to tables whose rows are replaced. $1: array of their OIDs. Whether the other side is one of them
-- too, or a partitioned table above or below one. A foreign key of a partition is told by its parent's.
WITH RECURSIVE loaded (oid) AS (
    SELECT a.relid::pg_catalog.oid
    FROM pg_catalog.unnest($1::pg_catalog.oid[]) AS t (oid)
    CROSS JOIN LATERAL (
        SELECT p.relid FROM pg_catalog.pg_partition_ancestors(t.oid) AS p (relid)
        UNION SELECT t.oid
    ) AS a
)
SELECT pg_catalog.format('%I.%I', n.nspname, t.relname),
       pg_catalog.quote_ident(c.conname),
       pg_catalog.pg_get_constraintdef(c.oid),
       pg_catalog.obj_description(c.oid, 'pg_constraint'),
       c.conrelid IN (SELECT l.oid FROM loaded AS l)
FROM pg_catalog.pg_constraint AS c
JOIN pg_catalog.pg_class AS t ON t.oid = c.conrelid
JOIN pg_catalog.pg_namespace AS n ON n.oid = t.relnamespace
WHERE c.contype = 'f' AND c.conparentid = 0
  AND c.confrelid IN (SELECT l.oid FROM loaded AS l)
ORDER BY c.oid
