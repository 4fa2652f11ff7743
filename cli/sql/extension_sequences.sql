-- The sequences that extensions have registered as configuration: pg_dump writes their values with the extension.
SELECT c.oid
FROM pg_catalog.pg_extension AS e
CROSS JOIN LATERAL pg_catalog.unnest(e.extconfig) AS x (oid)
JOIN pg_catalog.pg_class AS c ON c.oid = x.oid AND c.relkind = 'S'
