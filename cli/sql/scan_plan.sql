-- The tables whose values a scan must look at. The session has the dictionaries in settings of its own.
SELECT p.relation::pg_catalog.oid, pg_catalog.format('%I.%I', p.schema_name, p.table_name), p.estimated_rows,
       p.blocks, p.blocks * pg_catalog.current_setting('block_size')::pg_catalog.int8
FROM anon_funcs.scan_plan(
    pg_catalog.current_setting('pg_anon.meta_dictionary')::pg_catalog.jsonb,
    pg_catalog.current_setting('pg_anon.dictionary')::pg_catalog.jsonb) AS p
