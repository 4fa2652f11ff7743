-- The schemas that a dictionary may leave out, also in the encoding of the database.
SELECT n.nspname, pg_catalog.convert_to(n.nspname, pg_catalog.getdatabaseencoding())
FROM pg_catalog.pg_namespace AS n
WHERE n.nspname !~ '^pg_' AND n.nspname <> 'information_schema'
