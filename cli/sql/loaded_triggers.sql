-- The triggers that loading rows would fire. $1: array of the tables' OIDs. With the statements that switch each off and on.
SELECT pg_catalog.format('ALTER TABLE ONLY %I.%I DISABLE TRIGGER %I', n.nspname, t.relname, g.tgname),
       pg_catalog.format('ALTER TABLE ONLY %I.%I ENABLE %s %I', n.nspname, t.relname,
                         CASE g.tgenabled WHEN 'R' THEN 'REPLICA TRIGGER' WHEN 'A' THEN 'ALWAYS TRIGGER' ELSE 'TRIGGER' END,
                         g.tgname)
FROM pg_catalog.pg_trigger AS g
JOIN pg_catalog.pg_class AS t ON t.oid = g.tgrelid
JOIN pg_catalog.pg_namespace AS n ON n.oid = t.relnamespace
WHERE NOT g.tgisinternal AND g.tgenabled <> 'D'
  AND t.oid IN (
      SELECT a.relid
      FROM pg_catalog.unnest($1::pg_catalog.oid[]) AS l (oid)
      CROSS JOIN LATERAL (
          SELECT p.relid FROM pg_catalog.pg_partition_ancestors(l.oid) AS p (relid)
          UNION SELECT p.relid FROM pg_catalog.pg_partition_tree(l.oid) AS p
          UNION SELECT l.oid
      ) AS a
  )
ORDER BY g.oid
