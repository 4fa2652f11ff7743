-- The folder of the database's files, of its table space or of the server, and how many bytes it has there.
SELECT COALESCE(
           NULLIF(pg_catalog.pg_tablespace_location(d.dattablespace), ''),
           (SELECT s.setting FROM pg_catalog.pg_settings AS s WHERE s.name = 'data_directory')),
       pg_catalog.pg_database_size(d.oid)
FROM pg_catalog.pg_database AS d
WHERE d.datname = pg_catalog.current_database()
