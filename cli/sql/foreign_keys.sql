-- Foreign keys outside of extensions, without those that partitions have from their parents: the two tables, their kinds,
-- and of partitioned ones the partitions that hold rows, as a JSON list of schema and name. pg_partition_tree would
-- lock them, and somebody may have one for himself that is not dumped.
SELECT fn.nspname, f.relname, c.conname, tn.nspname, t.relname, t.relkind, f.relkind,
       (WITH RECURSIVE tree (oid) AS (
            SELECT t.oid
            UNION ALL
            SELECT i.inhrelid FROM tree JOIN pg_catalog.pg_inherits AS i ON i.inhparent = tree.oid
        )
        SELECT pg_catalog.json_agg(pg_catalog.json_build_array(ln.nspname, l.relname) ORDER BY ln.nspname, l.relname)
        FROM tree
        JOIN pg_catalog.pg_class AS l ON l.oid = tree.oid AND l.relkind <> 'p'
        JOIN pg_catalog.pg_namespace AS ln ON ln.oid = l.relnamespace
        WHERE t.relkind = 'p'),
       (WITH RECURSIVE tree (oid) AS (
            SELECT f.oid
            UNION ALL
            SELECT i.inhrelid FROM tree JOIN pg_catalog.pg_inherits AS i ON i.inhparent = tree.oid
        )
        SELECT pg_catalog.json_agg(pg_catalog.json_build_array(ln.nspname, l.relname) ORDER BY ln.nspname, l.relname)
        FROM tree
        JOIN pg_catalog.pg_class AS l ON l.oid = tree.oid AND l.relkind <> 'p'
        JOIN pg_catalog.pg_namespace AS ln ON ln.oid = l.relnamespace
        WHERE f.relkind = 'p')
FROM pg_catalog.pg_constraint AS c
JOIN pg_catalog.pg_class AS f ON f.oid = c.conrelid
JOIN pg_catalog.pg_namespace AS fn ON fn.oid = f.relnamespace
JOIN pg_catalog.pg_class AS t ON t.oid = c.confrelid
JOIN pg_catalog.pg_namespace AS tn ON tn.oid = t.relnamespace
WHERE c.contype = 'f' AND c.conparentid = 0
  AND NOT EXISTS (
      SELECT FROM pg_catalog.pg_depend AS d
      WHERE d.classid = 'pg_catalog.pg_class'::pg_catalog.regclass AND d.objid = f.oid AND d.deptype = 'e'
  )
ORDER BY fn.nspname, f.relname, c.conname
