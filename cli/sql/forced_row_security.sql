-- The tables whose row security holds for their owners too, who then cannot load rows. $1: array of the tables' OIDs.
SELECT pg_catalog.format('%I.%I', n.nspname, t.relname)
FROM pg_catalog.pg_class AS t
JOIN pg_catalog.pg_namespace AS n ON n.oid = t.relnamespace
WHERE t.relrowsecurity AND t.relforcerowsecurity AND t.oid = ANY ($1::pg_catalog.oid[])
  AND NOT (SELECT r.rolsuper OR r.rolbypassrls FROM pg_catalog.pg_roles AS r WHERE r.rolname = current_user)
ORDER BY t.oid
