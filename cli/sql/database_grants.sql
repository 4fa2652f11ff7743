-- The grants of the database: to whom (NULL: everybody), what, and whether it may be passed on.
SELECT CASE WHEN a.grantee <> 0 THEN pg_catalog.quote_ident(pg_catalog.pg_get_userbyid(a.grantee)) END,
       a.privilege_type, a.is_grantable
FROM pg_catalog.pg_database AS d, pg_catalog.aclexplode(d.datacl) AS a
WHERE d.datname = pg_catalog.current_database()
ORDER BY a.grantee = d.datdba DESC, 1, 2
