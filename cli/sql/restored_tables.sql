-- The tables of a dump in the target, in the order of the list. $1: JSON array of [schema, table]. NULL: the table is not
-- there. A leaf's root is the partitioned table at the top; any other table is its own.
SELECT c.oid,
       pg_catalog.quote_ident(n.nspname) || '.' || pg_catalog.quote_ident(c.relname),
       r.oid,
       (SELECT pg_catalog.format('%I.%I', s.nspname, r.relname) FROM pg_catalog.pg_namespace AS s WHERE s.oid = r.relnamespace),
       c.relkind,
       pg_catalog.pg_has_role(r.relowner, 'USAGE'),
       -- Of an extension's table: which of its rows are not the extension's own.
       (SELECT COALESCE(e.extcondition[pg_catalog.array_position(e.extconfig, c.oid)], '')
        FROM pg_catalog.pg_depend AS d
        JOIN pg_catalog.pg_extension AS e ON e.oid = d.refobjid
        WHERE d.classid = 'pg_catalog.pg_class'::pg_catalog.regclass AND d.objid = c.oid AND d.objsubid = 0
          AND d.refclassid = 'pg_catalog.pg_extension'::pg_catalog.regclass AND d.deptype = 'e')
FROM pg_catalog.jsonb_array_elements($1::pg_catalog.jsonb) WITH ORDINALITY AS t (name, number)
LEFT JOIN pg_catalog.pg_namespace AS n ON n.nspname = t.name ->> 0
LEFT JOIN pg_catalog.pg_class AS c
    ON c.relnamespace = n.oid AND c.relname = t.name ->> 1 AND c.relkind IN ('r', 'p', 'm', 'f')
LEFT JOIN pg_catalog.pg_class AS r ON r.oid = COALESCE(pg_catalog.pg_partition_root(c.oid), c.oid)
ORDER BY t.number
