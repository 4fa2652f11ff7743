-- Whether the extension is installed and of which version, which version is to be had, and what else is in its schema.
SELECT e.extversion,
       n.nspname,
       (SELECT a.default_version FROM pg_catalog.pg_available_extensions AS a WHERE a.name = 'pg_anon'),
       EXISTS (
           SELECT FROM pg_catalog.pg_namespace AS s
           JOIN pg_catalog.pg_proc AS p ON p.pronamespace = s.oid
           WHERE s.nspname = 'anon_funcs'
             AND NOT EXISTS (
                 SELECT FROM pg_catalog.pg_depend AS d
                 WHERE d.classid = 'pg_catalog.pg_proc'::pg_catalog.regclass
                   AND d.objid = p.oid
                   AND d.deptype = 'e'
             )
       )
FROM (SELECT) AS one
LEFT JOIN pg_catalog.pg_extension AS e ON e.extname = 'pg_anon'
LEFT JOIN pg_catalog.pg_namespace AS n ON n.oid = e.extnamespace
