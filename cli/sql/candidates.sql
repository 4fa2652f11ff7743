-- The tables among which a partial dump chooses, system and temporary ones left out: ordinary, partitioned and foreign
-- tables, each with its schema and name, the name for SQL, its kind, its partitioned parents, nearest first, schema and name
-- in the encoding of the database, and whether it comes with an extension. Of those only configuration tables are listed.
SELECT c.oid,
       n.nspname,
       c.relname,
       pg_catalog.format('%I.%I', n.nspname, c.relname),
       c.relkind,
       COALESCE(up.names, '[]'),
       pg_catalog.convert_to(n.nspname, pg_catalog.getdatabaseencoding()),
       pg_catalog.convert_to(c.relname, pg_catalog.getdatabaseencoding()),
       e.is_configuration IS NOT NULL
FROM pg_catalog.pg_class AS c
JOIN pg_catalog.pg_namespace AS n ON n.oid = c.relnamespace
LEFT JOIN LATERAL (
    WITH RECURSIVE up (oid, distance) AS (
        SELECT i.inhparent, 1 FROM pg_catalog.pg_inherits AS i WHERE i.inhrelid = c.oid AND c.relispartition
        UNION ALL
        SELECT i.inhparent, up.distance + 1
        FROM up
        JOIN pg_catalog.pg_class AS p ON p.oid = up.oid AND p.relispartition
        JOIN pg_catalog.pg_inherits AS i ON i.inhrelid = up.oid
    )
    SELECT pg_catalog.json_agg(pg_catalog.json_build_array(pn.nspname, p.relname) ORDER BY up.distance) AS names
    FROM up
    JOIN pg_catalog.pg_class AS p ON p.oid = up.oid
    JOIN pg_catalog.pg_namespace AS pn ON pn.oid = p.relnamespace
) AS up ON true
LEFT JOIN LATERAL (
    SELECT c.oid = ANY (COALESCE(x.extconfig, '{}')) AS is_configuration
    FROM pg_catalog.pg_depend AS d
    JOIN pg_catalog.pg_extension AS x ON x.oid = d.refobjid
    WHERE d.classid = 'pg_catalog.pg_class'::pg_catalog.regclass AND d.objid = c.oid AND d.objsubid = 0
      AND d.refclassid = 'pg_catalog.pg_extension'::pg_catalog.regclass AND d.deptype = 'e'
) AS e ON true
WHERE e.is_configuration IS NOT FALSE AND c.relkind IN ('r', 'p', 'f') AND c.relpersistence <> 't'
  AND n.nspname !~ '^pg_' AND n.nspname <> 'information_schema'
ORDER BY n.nspname, c.relname
