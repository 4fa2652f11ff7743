-- The tables that can be scanned for sensitive columns, and what the scan must know of each: one JSON document a table.
-- $1 oid[]: only these; NULL: all. In psql: PREPARE q(oid[]) AS <this file>; EXECUTE q(NULL);
-- Left out are those that no dump has: system schemas, temporary tables, tables of extensions that are not configuration
-- tables, foreign tables. Everything is joined in sets, because a database may have a hundred thousand columns.
WITH RECURSIVE
tables AS (
    SELECT c.oid, n.nspname, c.relname, c.relkind, c.relispartition, c.reltuples, am.amname,
           n.oid AS schema_oid
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
),
attributes AS (
    SELECT a.attrelid, a.attnum, a.attname, a.atttypid, a.atttypmod, a.attnotnull, a.attgenerated
    FROM tables
    JOIN pg_attribute a ON a.attrelid = tables.oid AND a.attnum > 0 AND NOT a.attisdropped
),
-- From each type down, through domains and arrays, to the type that values are of.
down (type, current, modifier, not_null, is_array) AS (
    SELECT DISTINCT atttypid, atttypid, -1, false, false FROM attributes
    UNION ALL
    SELECT down.type,
           CASE t.typtype WHEN 'd' THEN t.typbasetype ELSE t.typelem END,
           CASE WHEN t.typtype = 'd' AND t.typtypmod >= 0 THEN t.typtypmod ELSE down.modifier END,
           down.not_null OR (t.typnotnull AND NOT down.is_array),
           down.is_array OR t.typtype <> 'd'
    FROM down
    JOIN pg_type t ON t.oid = down.current
    WHERE t.typtype = 'd' OR (t.typcategory = 'A' AND t.typelem <> 0 AND t.typlen = -1)
),
types AS (
    SELECT down.type, down.modifier, down.not_null, down.is_array, t.typname, t.typtype, t.oid AS base
    FROM down
    JOIN pg_type t ON t.oid = down.current
    WHERE NOT (t.typtype = 'd' OR (t.typcategory = 'A' AND t.typelem <> 0 AND t.typlen = -1))
),
-- Columns whose values an index tells apart: alone, or as a part of the primary key.
uniques AS (
    SELECT DISTINCT i.indrelid, key.number
    FROM tables
    JOIN pg_index i ON i.indrelid = tables.oid
    CROSS JOIN LATERAL unnest(i.indkey::int2[]) WITH ORDINALITY AS key (number, place)
    WHERE key.place <= i.indnkeyatts AND (i.indisprimary OR (i.indisunique AND i.indnkeyatts = 1))
),
keys AS (
    SELECT con.conrelid, key.number, con.confrelid, other.number AS other_number
    FROM pg_constraint con
    CROSS JOIN LATERAL unnest(con.conkey) WITH ORDINALITY AS key (number, place)
    JOIN LATERAL unnest(con.confkey) WITH ORDINALITY AS other (number, place) ON other.place = key.place
    WHERE con.contype = 'f'
),
refers AS (
    SELECT conrelid, number, json_agg(DISTINCT jsonb_build_object('table', confrelid::bigint, 'column', other_number)) AS list
    FROM keys
    GROUP BY conrelid, number
),
referenced AS (
    SELECT DISTINCT confrelid, other_number FROM keys
),
columns AS (
    SELECT a.attrelid,
           json_agg(json_build_object(
               'number', a.attnum,
               'name', a.attname,
               'sql_name', quote_ident(a.attname),
               'type_oid', a.atttypid::bigint,
               'type_name', lower(format_type(a.atttypid, a.atttypmod)),
               'base_type', types.typname,
               'plain_type', format_type(types.base, NULL) || CASE WHEN types.is_array THEN '[]' ELSE '' END,
               'base_kind', types.typtype,
               'is_array', types.is_array,
               -- the modifier of a length is that and the size of a header
               'length', CASE WHEN types.typname IN ('varchar', 'bpchar') AND NOT types.is_array
                   AND greatest(a.atttypmod, types.modifier) > 4 THEN greatest(a.atttypmod, types.modifier) - 4 END,
               'not_null', a.attnotnull OR types.not_null,
               'unique', uniques.number IS NOT NULL,
               'referenced', referenced.other_number IS NOT NULL,
               'refers_to', coalesce(refers.list, '[]'),
               'generated', a.attgenerated <> ''
           ) ORDER BY a.attnum) AS list
    FROM attributes a
    JOIN types ON types.type = a.atttypid
    LEFT JOIN uniques ON uniques.indrelid = a.attrelid AND uniques.number = a.attnum
    LEFT JOIN referenced ON referenced.confrelid = a.attrelid AND referenced.other_number = a.attnum
    LEFT JOIN refers ON refers.conrelid = a.attrelid AND refers.number = a.attnum
    GROUP BY a.attrelid
)
SELECT json_build_object(
    'oid', tables.oid::bigint,
    'schema', tables.nspname,
    'name', tables.relname,
    'sql_name', format('%I.%I', tables.nspname, tables.relname),
    'kind', tables.relkind,
    'ancestors', CASE WHEN tables.relispartition THEN coalesce((
        SELECT json_agg(up.oid::bigint ORDER BY up.place)
        FROM unnest(ARRAY(SELECT pg_partition_ancestors(tables.oid)::oid)) WITH ORDINALITY AS up (oid, place)
        WHERE up.place > 1), '[]') ELSE '[]' END,
    -- reltuples is -1 where the table was never analysed
    'rows', greatest(tables.reltuples, 0)::bigint,
    'blocks', CASE WHEN tables.amname = 'heap'
        THEN coalesce(pg_relation_size(tables.oid), 0) / current_setting('block_size')::bigint END,
    'readable', has_schema_privilege(tables.schema_oid, 'USAGE')
        AND (has_table_privilege(tables.oid, 'SELECT')
             OR NOT EXISTS (SELECT FROM attributes a
                            WHERE a.attrelid = tables.oid AND NOT has_column_privilege(tables.oid, a.attnum, 'SELECT'))),
    'row_security', row_security_active(tables.oid),
    'columns', coalesce(columns.list, '[]')
)::text
FROM tables
LEFT JOIN columns ON columns.attrelid = tables.oid
ORDER BY tables.nspname, tables.relname
