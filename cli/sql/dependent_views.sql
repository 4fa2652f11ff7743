-- The materialised views that show rows of tables, directly or through other views, each after those it shows. $1: array of the
-- tables' OIDs. With schema and name, and whether it has been filled.
WITH RECURSIVE shown (oid, depth) AS (
    SELECT a.relid::pg_catalog.oid, 0
    FROM pg_catalog.unnest($1::pg_catalog.oid[]) AS t (oid)
    CROSS JOIN LATERAL (
        SELECT p.relid FROM pg_catalog.pg_partition_ancestors(t.oid) AS p (relid)
        UNION SELECT t.oid
    ) AS a
    UNION
    SELECT r.ev_class, s.depth + 1
    FROM shown AS s
    JOIN pg_catalog.pg_depend AS d
        ON d.refclassid = 'pg_catalog.pg_class'::pg_catalog.regclass AND d.refobjid = s.oid
        AND d.classid = 'pg_catalog.pg_rewrite'::pg_catalog.regclass
    JOIN pg_catalog.pg_rewrite AS r ON r.oid = d.objid AND r.ev_class <> s.oid
    -- Views cannot show each other in circles, but a rule of a table may name anything.
    WHERE s.depth < 100
)
SELECT pg_catalog.format('%I.%I', n.nspname, v.relname), n.nspname, v.relname, v.relispopulated
FROM shown AS s
JOIN pg_catalog.pg_class AS v ON v.oid = s.oid AND v.relkind = 'm'
JOIN pg_catalog.pg_namespace AS n ON n.oid = v.relnamespace
GROUP BY n.nspname, v.relname, v.relispopulated
ORDER BY pg_catalog.max(s.depth), 1
