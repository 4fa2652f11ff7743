-- The tables that a dump may read, each with its schema, its qualified name, and whether this transaction has locked it.
-- A table that is gone since the snapshot has no privileges (NULL) and is not left out.
WITH held AS MATERIALIZED (
    SELECT l.relation
    FROM pg_catalog.pg_locks AS l
    WHERE l.locktype = 'relation' AND l.granted
      AND l.pid = pg_catalog.pg_backend_pid()
      AND l.database = (SELECT d.oid FROM pg_catalog.pg_database AS d WHERE d.datname = pg_catalog.current_database())
)
SELECT c.oid, n.nspname, pg_catalog.format('%I.%I', n.nspname, c.relname), c.oid IN (SELECT h.relation FROM held AS h)
FROM pg_catalog.pg_class AS c
JOIN pg_catalog.pg_namespace AS n ON n.oid = c.relnamespace
WHERE c.relkind IN ('r', 'p') AND c.relpersistence <> 't'
  AND n.nspname !~ '^pg_' AND n.nspname <> 'information_schema'
  AND pg_catalog.has_schema_privilege(n.oid, 'USAGE') IS NOT FALSE
  AND pg_catalog.has_table_privilege(c.oid, 'SELECT') IS NOT FALSE
  -- Of an extension's tables only those of its configuration are dumped.
  AND NOT EXISTS (
      SELECT FROM pg_catalog.pg_depend AS d
      JOIN pg_catalog.pg_extension AS e ON e.oid = d.refobjid
      WHERE d.classid = 'pg_catalog.pg_class'::pg_catalog.regclass AND d.objid = c.oid AND d.objsubid = 0
        AND d.refclassid = 'pg_catalog.pg_extension'::pg_catalog.regclass AND d.deptype = 'e'
        AND c.oid <> ALL (COALESCE(e.extconfig, '{}'))
  )
ORDER BY c.oid
