-- The settings of the database, and of roles in it (NULL: all roles): `name=value`.
SELECT CASE WHEN s.setrole <> 0 THEN pg_catalog.quote_ident(pg_catalog.pg_get_userbyid(s.setrole)) END,
       c.setting
FROM pg_catalog.pg_db_role_setting AS s
JOIN pg_catalog.pg_database AS d ON d.oid = s.setdatabase
CROSS JOIN pg_catalog.unnest(s.setconfig) WITH ORDINALITY AS c (setting, number)
WHERE d.datname = pg_catalog.current_database()
ORDER BY s.setrole, c.number
