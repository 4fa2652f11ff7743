-- The tables that can be scanned for sensitive columns: one JSON document a table. Their columns come from scan_columns.sql.
-- $1 oid[]: only these; NULL: all. $2 boolean: with their sizes, for which every table must be opened.
-- In psql: PREPARE q(oid[], boolean) AS <this file>; EXECUTE q(NULL, true);
-- Left out are those that no dump has: system schemas, temporary tables, tables of extensions that are not configuration
-- tables, foreign tables.
SELECT json_build_object(
    'oid', c.oid::bigint,
    'schema', n.nspname,
    'name', c.relname,
    'sql_name', format('%I.%I', n.nspname, c.relname),
    'kind', c.relkind,
    'ancestors', CASE WHEN c.relispartition THEN coalesce((
        SELECT json_agg(up.oid::bigint ORDER BY up.place)
        FROM unnest(ARRAY(SELECT pg_partition_ancestors(c.oid)::oid)) WITH ORDINALITY AS up (oid, place)
        WHERE up.place > 1), '[]') ELSE '[]' END,
    -- reltuples is -1 where the table was never analysed
    'rows', greatest(c.reltuples, 0)::bigint,
    'blocks', CASE WHEN $2 AND am.amname = 'heap'
        THEN coalesce(pg_relation_size(c.oid), 0) / current_setting('block_size')::bigint END,
    'readable', has_schema_privilege(n.oid, 'USAGE')
        AND (has_table_privilege(c.oid, 'SELECT')
             OR NOT EXISTS (SELECT FROM pg_attribute a
                            WHERE a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped
                              AND NOT has_column_privilege(c.oid, a.attnum, 'SELECT'))),
    'row_security', row_security_active(c.oid)
)::text
FROM pg_class c
JOIN pg_namespace n ON n.oid = c.relnamespace
LEFT JOIN pg_am am ON am.oid = c.relam
WHERE c.relkind IN ('r', 'p')
  AND c.relpersistence <> 't'
  AND n.nspname <> 'information_schema'
  AND n.nspname !~ '^pg_'
  AND ($1 IS NULL OR c.oid = ANY ($1))
  AND NOT EXISTS (
      SELECT
      FROM pg_depend d
      JOIN pg_extension e ON e.oid = d.refobjid
      WHERE d.classid = 'pg_class'::regclass AND d.objid = c.oid AND d.objsubid = 0
        AND d.refclassid = 'pg_extension'::regclass AND d.deptype = 'e'
        AND NOT c.oid = ANY (coalesce(e.extconfig, '{}')))
ORDER BY n.nspname, c.relname
