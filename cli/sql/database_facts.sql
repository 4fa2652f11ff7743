-- What belongs to the database itself and is lost with it.
SELECT pg_catalog.pg_get_userbyid(d.datdba),
       pg_catalog.pg_encoding_to_char(d.encoding),
       d.datcollate,
       d.datctype,
       pg_catalog.to_jsonb(d) ->> 'datlocprovider',
       COALESCE(pg_catalog.to_jsonb(d) ->> 'daticulocale', pg_catalog.to_jsonb(d) ->> 'datlocale'),
       pg_catalog.to_jsonb(d) ->> 'daticurules',
       -- NULL: the one that a new database gets by itself, which takes no right on it.
       (SELECT t.spcname FROM pg_catalog.pg_tablespace AS t
        WHERE t.oid = d.dattablespace
          AND t.oid <> (SELECT z.dattablespace FROM pg_catalog.pg_database AS z WHERE z.datname = 'template0')),
       d.datconnlimit,
       d.datistemplate,
       pg_catalog.shobj_description(d.oid, 'pg_database'),
       d.datacl IS NOT NULL,
       pg_catalog.pg_has_role(d.datdba, 'USAGE'),
       (SELECT r.rolcreatedb OR r.rolsuper FROM pg_catalog.pg_roles AS r WHERE r.rolname = current_user)
FROM pg_catalog.pg_database AS d
WHERE d.datname = pg_catalog.current_database()
