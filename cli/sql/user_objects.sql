-- What stands in a database besides what initdb and extensions put there.
WITH objects (classid, objid, kind, name) AS (
    SELECT 'pg_catalog.pg_class'::pg_catalog.regclass, c.oid, 'relation', c.oid::pg_catalog.regclass::text
    FROM pg_catalog.pg_class AS c
    JOIN pg_catalog.pg_namespace AS n ON n.oid = c.relnamespace
    WHERE c.relkind IN ('r', 'p', 'v', 'm', 'S', 'f', 'c')
      AND n.nspname !~ '^pg_' AND n.nspname <> 'information_schema'
    UNION ALL
    SELECT 'pg_catalog.pg_proc'::pg_catalog.regclass, p.oid, 'function', p.oid::pg_catalog.regprocedure::text
    FROM pg_catalog.pg_proc AS p
    JOIN pg_catalog.pg_namespace AS n ON n.oid = p.pronamespace
    WHERE n.nspname !~ '^pg_' AND n.nspname <> 'information_schema'
    UNION ALL
    SELECT 'pg_catalog.pg_type'::pg_catalog.regclass, t.oid, 'type', t.oid::pg_catalog.regtype::text
    FROM pg_catalog.pg_type AS t
    JOIN pg_catalog.pg_namespace AS n ON n.oid = t.typnamespace
    WHERE t.typtype IN ('b', 'd', 'e', 'r') AND t.typelem = 0
      AND n.nspname !~ '^pg_' AND n.nspname <> 'information_schema'
    UNION ALL
    SELECT 'pg_catalog.pg_namespace'::pg_catalog.regclass, n.oid, 'schema', pg_catalog.quote_ident(n.nspname)
    FROM pg_catalog.pg_namespace AS n
    WHERE n.nspname !~ '^pg_' AND n.nspname NOT IN ('information_schema', 'public')
    UNION ALL
    SELECT 'pg_catalog.pg_foreign_server'::pg_catalog.regclass, s.oid, 'server', pg_catalog.quote_ident(s.srvname)
    FROM pg_catalog.pg_foreign_server AS s
    UNION ALL
    SELECT 'pg_catalog.pg_event_trigger'::pg_catalog.regclass, e.oid, 'event trigger', pg_catalog.quote_ident(e.evtname)
    FROM pg_catalog.pg_event_trigger AS e
    UNION ALL
    SELECT 'pg_catalog.pg_publication'::pg_catalog.regclass, p.oid, 'publication', pg_catalog.quote_ident(p.pubname)
    FROM pg_catalog.pg_publication AS p
    UNION ALL
    SELECT 'pg_catalog.pg_largeobject_metadata'::pg_catalog.regclass, l.oid, 'large object', l.oid::text
    FROM pg_catalog.pg_largeobject_metadata AS l
)
SELECT o.kind, o.name
FROM objects AS o
WHERE NOT EXISTS (
    SELECT FROM pg_catalog.pg_depend AS d WHERE d.classid = o.classid AND d.objid = o.objid AND d.deptype IN ('e', 'i')
)
ORDER BY o.kind = 'schema', o.kind, o.name
