-- The foreign keys that are there before the data is loaded: the referencing table and the referenced one, of partitioned
-- tables their partitions. $1 whether of all tables, else of those of extensions.
SELECT DISTINCT f.relid, t.relid
FROM pg_catalog.pg_constraint AS c
CROSS JOIN LATERAL (
    WITH RECURSIVE tree (oid) AS (
        SELECT c.conrelid
        UNION ALL
        SELECT i.inhrelid
        FROM tree
        JOIN pg_catalog.pg_class AS p ON p.oid = tree.oid AND p.relkind = 'p'
        JOIN pg_catalog.pg_inherits AS i ON i.inhparent = tree.oid
    )
    SELECT tree.oid FROM tree
) AS f (relid)
CROSS JOIN LATERAL (
    WITH RECURSIVE tree (oid) AS (
        SELECT c.confrelid
        UNION ALL
        SELECT i.inhrelid
        FROM tree
        JOIN pg_catalog.pg_class AS p ON p.oid = tree.oid AND p.relkind = 'p'
        JOIN pg_catalog.pg_inherits AS i ON i.inhparent = tree.oid
    )
    SELECT tree.oid FROM tree
) AS t (relid)
WHERE c.contype = 'f'
  -- Those of partitions are made from those of their parents.
  AND c.conparentid = 0
  AND ($1::pg_catalog.bool OR EXISTS (
      SELECT FROM pg_catalog.pg_depend AS d
      WHERE d.classid = 'pg_catalog.pg_class'::pg_catalog.regclass AND d.objid = c.conrelid AND d.deptype = 'e'
  ))
