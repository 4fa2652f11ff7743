-- The relations that a pattern of pg_dump matches, as its expand_table_name_patterns finds them, but never those of the
-- system. $1 regular expression for the schema, NULL for what is visible without one; $2 for the name. Needs the user's own
-- search path. Names are given in the encoding of the database.
SELECT c.oid,
       pg_catalog.convert_to(n.nspname, pg_catalog.getdatabaseencoding()),
       pg_catalog.convert_to(c.relname, pg_catalog.getdatabaseencoding())
FROM pg_catalog.pg_class AS c
JOIN pg_catalog.pg_namespace AS n ON n.oid OPERATOR(pg_catalog.=) c.relnamespace
WHERE c.relkind OPERATOR(pg_catalog.=) ANY ('{r,S,v,m,f,p}'::pg_catalog."char"[])
  AND c.relpersistence OPERATOR(pg_catalog.<>) 't'
  AND n.nspname OPERATOR(pg_catalog.!~) '^pg_' AND n.nspname OPERATOR(pg_catalog.<>) 'information_schema'
  AND c.relname OPERATOR(pg_catalog.~) $2::pg_catalog.text COLLATE pg_catalog.default
  AND CASE
          WHEN $1::pg_catalog.text IS NULL THEN pg_catalog.pg_table_is_visible(c.oid)
          ELSE n.nspname OPERATOR(pg_catalog.~) $1::pg_catalog.text COLLATE pg_catalog.default
      END
