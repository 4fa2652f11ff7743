-- The sequences that belong to columns of these tables. $1 their OIDs, as text of an array.
SELECT d.objid
FROM pg_catalog.pg_depend AS d
JOIN pg_catalog.pg_class AS c ON c.oid = d.objid AND c.relkind = 'S'
WHERE d.classid = 'pg_catalog.pg_class'::pg_catalog.regclass
  AND d.refclassid = 'pg_catalog.pg_class'::pg_catalog.regclass
  AND d.deptype = 'a'
  AND d.refobjid = ANY ($1::pg_catalog.oid[])
