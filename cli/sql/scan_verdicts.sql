-- The verdict on each column, from what all parts have shown ($1). The parent is that of a partition.
SELECT v.relation::pg_catalog.oid, parent.oid, v.schema_name, v.table_name, v.column_name,
       pg_catalog.format('%I.%I.%I', v.schema_name, v.table_name, v.column_name),
       v.verdict = 'sensitive', v.rule, v.found_by, v.reason, v.confidence
FROM anon_funcs.scan_verdicts(
    $1::pg_catalog.jsonb,
    pg_catalog.current_setting('pg_anon.meta_dictionary')::pg_catalog.jsonb,
    pg_catalog.current_setting('pg_anon.dictionary')::pg_catalog.jsonb) AS v
JOIN pg_catalog.pg_class AS c ON c.oid = v.relation::pg_catalog.oid
LEFT JOIN pg_catalog.pg_inherits AS i ON i.inhrelid = c.oid AND c.relispartition
LEFT JOIN pg_catalog.pg_class AS parent ON parent.oid = i.inhparent
