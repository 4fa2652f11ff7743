-- The sequences whose values pg_dump writes: all but temporary ones and those of an extension that are not its
-- configuration tables. $1 oid[]: only these; NULL: all.
-- In psql: PREPARE q(oid[]) AS <this file>; EXECUTE q(NULL);
SELECT json_build_object(
    'oid', c.oid::bigint,
    'sql_name', format('%I.%I', n.nspname, c.relname),
    'readable', has_schema_privilege(n.oid, 'USAGE') AND has_sequence_privilege(c.oid, 'SELECT')
)::text
FROM pg_class c
JOIN pg_namespace n ON n.oid = c.relnamespace
LEFT JOIN LATERAL (
    SELECT e.extname AS name, c.oid = ANY (coalesce(e.extconfig, '{}')) AS configuration
    FROM pg_depend d
    JOIN pg_extension e ON e.oid = d.refobjid
    WHERE d.classid = 'pg_class'::regclass AND d.objid = c.oid AND d.objsubid = 0
      AND d.refclassid = 'pg_extension'::regclass AND d.deptype = 'e'
) extension ON true
WHERE c.relkind = 'S'
  AND c.relpersistence <> 't'
  AND n.nspname <> 'information_schema'
  AND n.nspname !~ '^pg_'
  AND (extension.name IS NULL OR extension.configuration)
  AND ($1 IS NULL OR c.oid = ANY ($1))
ORDER BY n.nspname, c.relname
