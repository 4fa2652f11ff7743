-- The subscriptions of the database: name, name of the replication slot at the publisher (NULL: none).
SELECT s.subname, s.subslotname
FROM pg_catalog.pg_subscription AS s
JOIN pg_catalog.pg_database AS d ON d.oid = s.subdbid
WHERE d.datname = pg_catalog.current_database()
ORDER BY 1
