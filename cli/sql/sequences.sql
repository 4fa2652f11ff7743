-- The sequences of a dump with their values. $1 the OIDs of those that are asked for, as text of an array; NULL: all. Those of an extension have no entry of their own in the archive.
SELECT s.relation::pg_catalog.oid,
       n.nspname,
       c.relname,
       (SELECT t.relname
        FROM pg_catalog.pg_depend AS d
        JOIN pg_catalog.pg_class AS t ON t.oid = d.refobjid
        WHERE d.classid = 'pg_catalog.pg_class'::pg_catalog.regclass
          AND d.objid = c.oid
          AND d.refclassid = 'pg_catalog.pg_class'::pg_catalog.regclass
          AND d.deptype = ANY ('{a,i}'::pg_catalog."char"[])
        LIMIT 1),
       s.last_value,
       s.is_called,
       pg_catalog.convert_to(s.setval_statement, pg_catalog.getdatabaseencoding()),
       EXISTS (
           SELECT FROM pg_catalog.pg_depend AS d
           WHERE d.classid = 'pg_catalog.pg_class'::pg_catalog.regclass
             AND d.objid = c.oid
             AND d.deptype = 'e'
       ),
       pg_catalog.convert_to(n.nspname, pg_catalog.getdatabaseencoding()),
       pg_catalog.convert_to(c.relname, pg_catalog.getdatabaseencoding()),
       pg_catalog.convert_to(pg_catalog.pg_get_userbyid(c.relowner), pg_catalog.getdatabaseencoding()),
       (SELECT q.seqmin FROM pg_catalog.pg_sequence AS q WHERE q.seqrelid = c.oid)
FROM anon_funcs.dump_sequences($1::pg_catalog.oid[]) AS s
JOIN pg_catalog.pg_class AS c ON c.oid = s.relation
JOIN pg_catalog.pg_namespace AS n ON n.oid = c.relnamespace
