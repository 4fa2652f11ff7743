-- The tables without which others cannot be made: partitioned and INHERITS parents, tables whose row type is a column's, and
-- what the functions in defaults and CHECK constraints refer to. $1 the OIDs of those others, as text of an array.
WITH RECURSIVE needed (classid, objid) AS (
    SELECT 'pg_catalog.pg_class'::pg_catalog.regclass::pg_catalog.oid, t.oid
    FROM pg_catalog.unnest($1::pg_catalog.oid[]) AS t (oid)
    UNION
    SELECT further.classid, further.objid
    FROM needed AS n
    CROSS JOIN LATERAL (
        -- What it refers to, but not the table whose column owns a sequence: the sequence can be without it.
        SELECT d.refclassid, d.refobjid
        FROM pg_catalog.pg_depend AS d
        WHERE d.classid = n.classid AND d.objid = n.objid AND d.deptype IN ('n', 'a', 'i')
          AND NOT (d.deptype = 'a' AND d.classid = 'pg_catalog.pg_class'::pg_catalog.regclass
                   AND EXISTS (SELECT FROM pg_catalog.pg_class AS c WHERE c.oid = d.objid AND c.relkind = 'S'))
        -- What it consists of.
        UNION ALL
        SELECT 'pg_catalog.pg_attrdef'::pg_catalog.regclass, a.oid
        FROM pg_catalog.pg_attrdef AS a
        WHERE n.classid = 'pg_catalog.pg_class'::pg_catalog.regclass AND a.adrelid = n.objid
        UNION ALL
        SELECT 'pg_catalog.pg_constraint'::pg_catalog.regclass, c.oid
        FROM pg_catalog.pg_constraint AS c
        WHERE n.classid = 'pg_catalog.pg_class'::pg_catalog.regclass AND c.conrelid = n.objid AND c.contype = 'c'
        UNION ALL
        SELECT 'pg_catalog.pg_rewrite'::pg_catalog.regclass, r.oid
        FROM pg_catalog.pg_rewrite AS r
        WHERE n.classid = 'pg_catalog.pg_class'::pg_catalog.regclass AND r.ev_class = n.objid AND r.ev_type = '1'
        UNION ALL
        SELECT 'pg_catalog.pg_class'::pg_catalog.regclass, t.typrelid
        FROM pg_catalog.pg_type AS t
        WHERE n.classid = 'pg_catalog.pg_type'::pg_catalog.regclass AND t.oid = n.objid AND t.typrelid <> 0
        UNION ALL
        SELECT 'pg_catalog.pg_constraint'::pg_catalog.regclass, c.oid
        FROM pg_catalog.pg_constraint AS c
        WHERE n.classid = 'pg_catalog.pg_type'::pg_catalog.regclass AND c.contypid = n.objid
    ) AS further (classid, objid)
)
SELECT n.objid
FROM needed AS n
JOIN pg_catalog.pg_class AS c ON c.oid = n.objid
WHERE n.classid = 'pg_catalog.pg_class'::pg_catalog.regclass AND c.relkind IN ('r', 'p', 'f')
