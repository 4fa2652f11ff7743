-- The objects that cannot be without relations left out, by catalog id. $1 the OIDs of these relations, $2 those of the
-- tables that stay, both as text of an array.
WITH RECURSIVE gone (classid, objid) AS (
    SELECT 'pg_catalog.pg_class'::pg_catalog.regclass::pg_catalog.oid, t.oid
    FROM pg_catalog.unnest($1::pg_catalog.oid[]) AS t (oid)
    UNION
    SELECT further.classid, further.objid
    FROM gone AS g
    CROSS JOIN LATERAL (
        -- What refers to it, but not the sequences that its columns own: another table may use them.
        SELECT d.classid, d.objid
        FROM pg_catalog.pg_depend AS d
        WHERE d.refclassid = g.classid AND d.refobjid = g.objid AND d.deptype IN ('n', 'a', 'i')
          AND NOT (d.deptype = 'a' AND d.classid = 'pg_catalog.pg_class'::pg_catalog.regclass
                   AND EXISTS (SELECT FROM pg_catalog.pg_class AS c WHERE c.oid = d.objid AND c.relkind = 'S'))
        UNION ALL
        -- What it is a part of: the view of a rule, the constraint of an index, a foreign key for the one that it has for
        -- each partition that it refers to.
        SELECT d.refclassid, d.refobjid
        FROM pg_catalog.pg_depend AS d
        WHERE d.classid = g.classid AND d.objid = g.objid AND d.deptype = 'i'
    ) AS further (classid, objid)
    WHERE NOT (further.classid = 'pg_catalog.pg_class'::pg_catalog.regclass
               AND further.objid = ANY ($2::pg_catalog.oid[]))
)
SELECT g.classid, g.objid FROM gone AS g
