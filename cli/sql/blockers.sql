-- The tables that others have for themselves, or wait to have, and those others' processes.
SELECT l.relation::pg_catalog.regclass::text, l.pid
FROM pg_catalog.pg_locks AS l
WHERE l.locktype = 'relation' AND l.mode = 'AccessExclusiveLock'
  AND l.pid <> pg_catalog.pg_backend_pid()
  AND l.database = (SELECT d.oid FROM pg_catalog.pg_database AS d WHERE d.datname = pg_catalog.current_database())
  AND EXISTS (SELECT FROM pg_catalog.pg_class AS c WHERE c.oid = l.relation AND c.relkind IN ('r', 'p'))
ORDER BY 1, 2
