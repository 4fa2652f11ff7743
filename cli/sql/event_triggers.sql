-- Event triggers, each with the schema of its function.
SELECT e.oid, e.evtname, n.nspname
FROM pg_catalog.pg_event_trigger AS e
JOIN pg_catalog.pg_proc AS p ON p.oid = e.evtfoid
JOIN pg_catalog.pg_namespace AS n ON n.oid = p.pronamespace
ORDER BY e.evtname
