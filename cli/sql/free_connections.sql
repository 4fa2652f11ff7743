-- How many more connections the user who logged in can open: to the server, to the database, as the role. NULL: no limit.
-- Of other users' sessions only database and user are shown to whoever has few rights: their kind is then guessed at.
WITH backends AS MATERIALIZED (
    SELECT a.datid, a.usesysid
    FROM pg_catalog.pg_stat_activity AS a
    WHERE a.backend_type = 'client backend'
       OR (a.backend_type IS NULL AND a.datid IS NOT NULL AND a.usesysid IS NOT NULL)
)
SELECT pg_catalog.current_setting('max_connections')::pg_catalog.int4
       - CASE WHEN u.rolsuper THEN 0 ELSE pg_catalog.current_setting('superuser_reserved_connections')::pg_catalog.int4 END
       - CASE WHEN u.rolsuper OR EXISTS (
             SELECT FROM pg_catalog.pg_roles AS r
             WHERE r.rolname = 'pg_use_reserved_connections' AND pg_catalog.pg_has_role(u.oid, r.oid, 'USAGE')
         ) THEN 0 ELSE COALESCE(pg_catalog.current_setting('reserved_connections', true)::pg_catalog.int4, 0) END
       - (SELECT pg_catalog.count(*) FROM backends),
       CASE WHEN NOT u.rolsuper AND d.datconnlimit >= 0
           THEN d.datconnlimit - (SELECT pg_catalog.count(*) FROM backends AS b WHERE b.datid = d.oid) END,
       CASE WHEN NOT u.rolsuper AND u.rolconnlimit >= 0
           THEN u.rolconnlimit - (SELECT pg_catalog.count(*) FROM backends AS b WHERE b.usesysid = u.oid) END,
       u.rolname
FROM pg_catalog.pg_roles AS u, pg_catalog.pg_database AS d
WHERE u.rolname = session_user AND d.datname = pg_catalog.current_database()
