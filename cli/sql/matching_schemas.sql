-- The schemas that a pattern of pg_dump matches, but never those of the system. $1 regular expression for the name.
SELECT n.nspname
FROM pg_catalog.pg_namespace AS n
WHERE n.nspname !~ '^pg_' AND n.nspname <> 'information_schema'
  AND n.nspname ~ $1::pg_catalog.text COLLATE pg_catalog.default
