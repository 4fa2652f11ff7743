-- The CHECK constraints that call functions or operators of the database's own and can be dropped: those that a table
-- inherits go with the parent's. $1: array of the tables' OIDs.
SELECT pg_catalog.format('%I.%I', n.nspname, t.relname),
       pg_catalog.quote_ident(c.conname),
       pg_catalog.pg_get_constraintdef(c.oid),
       pg_catalog.obj_description(c.oid, 'pg_constraint'),
       c.convalidated
FROM pg_catalog.pg_constraint AS c
JOIN pg_catalog.pg_class AS t ON t.oid = c.conrelid
JOIN pg_catalog.pg_namespace AS n ON n.oid = t.relnamespace
WHERE c.contype = 'c' AND c.coninhcount = 0 AND t.relkind IN ('r', 'p')
  AND t.oid = ANY ($1::pg_catalog.oid[])
  AND EXISTS (
      SELECT FROM pg_catalog.pg_depend AS d
      LEFT JOIN pg_catalog.pg_proc AS p ON d.refclassid = 'pg_catalog.pg_proc'::pg_catalog.regclass AND p.oid = d.refobjid
      LEFT JOIN pg_catalog.pg_operator AS o
          ON d.refclassid = 'pg_catalog.pg_operator'::pg_catalog.regclass AND o.oid = d.refobjid
      JOIN pg_catalog.pg_namespace AS f ON f.oid = COALESCE(p.pronamespace, o.oprnamespace)
      WHERE d.classid = 'pg_catalog.pg_constraint'::pg_catalog.regclass AND d.objid = c.oid
        AND f.nspname NOT IN ('pg_catalog', 'information_schema')
  )
ORDER BY c.oid
