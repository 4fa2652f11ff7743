-- Views and materialised views outside of extensions, each with the first table that it reads, if it reads one itself.
SELECT n.nspname, c.relname, CASE c.relkind WHEN 'm' THEN 'materialized_view' ELSE 'view' END, t.nspname, t.relname
FROM pg_catalog.pg_class AS c
JOIN pg_catalog.pg_namespace AS n ON n.oid = c.relnamespace
LEFT JOIN LATERAL (
    SELECT tn.nspname, tc.relname
    FROM pg_catalog.pg_rewrite AS r
    JOIN pg_catalog.pg_depend AS d
        ON d.classid = 'pg_catalog.pg_rewrite'::pg_catalog.regclass AND d.objid = r.oid
        AND d.refclassid = 'pg_catalog.pg_class'::pg_catalog.regclass
    JOIN pg_catalog.pg_class AS tc ON tc.oid = d.refobjid AND tc.relkind IN ('r', 'p', 'f')
    JOIN pg_catalog.pg_namespace AS tn ON tn.oid = tc.relnamespace
    WHERE r.ev_class = c.oid
    ORDER BY tn.nspname, tc.relname
    LIMIT 1
) AS t ON true
WHERE c.relkind IN ('v', 'm') AND c.relpersistence <> 't'
  AND n.nspname !~ '^pg_' AND n.nspname <> 'information_schema'
  AND NOT EXISTS (
      SELECT FROM pg_catalog.pg_depend AS d
      WHERE d.classid = 'pg_catalog.pg_class'::pg_catalog.regclass AND d.objid = c.oid AND d.deptype = 'e'
  )
ORDER BY n.nspname, c.relname
