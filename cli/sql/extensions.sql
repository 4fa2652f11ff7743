-- The extensions of the database.
SELECT e.extname, n.nspname, e.extversion, e.extrelocatable,
       pg_catalog.pg_has_role(e.extowner, 'USAGE')
FROM pg_catalog.pg_extension AS e
JOIN pg_catalog.pg_namespace AS n ON n.oid = e.extnamespace
