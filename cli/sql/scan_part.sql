-- What the values of a table, or of a part of it, show: counts. $1: its OID; $2, $3: mode and rows; $4, $5: blocks.
SELECT anon_funcs.scan_part(
    $1::pg_catalog.oid::pg_catalog.regclass,
    pg_catalog.current_setting('pg_anon.meta_dictionary')::pg_catalog.jsonb,
    pg_catalog.current_setting('pg_anon.dictionary')::pg_catalog.jsonb,
    $2::pg_catalog.text, $3::pg_catalog.int8, 0, $4::pg_catalog.int8, $5::pg_catalog.int8)
