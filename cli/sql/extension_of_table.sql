-- The extensions that these tables belong to. $1: JSON array of [schema, table].
SELECT DISTINCT pg_catalog.quote_ident(e.extname)
FROM pg_catalog.jsonb_array_elements($1::pg_catalog.jsonb) AS t (name)
JOIN pg_catalog.pg_namespace AS n ON n.nspname = t.name ->> 0
JOIN pg_catalog.pg_class AS c ON c.relnamespace = n.oid AND c.relname = t.name ->> 1
JOIN pg_catalog.pg_depend AS d
    ON d.classid = 'pg_catalog.pg_class'::pg_catalog.regclass AND d.objid = c.oid AND d.deptype = 'e'
JOIN pg_catalog.pg_extension AS e ON e.oid = d.refobjid
