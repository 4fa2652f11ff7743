-- What metadata.json tells of the database as a whole.
SELECT pg_catalog.pg_database_size(pg_catalog.current_database()),
       (SELECT pg_catalog.count(*) FROM pg_catalog.pg_largeobject_metadata)
