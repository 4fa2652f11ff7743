-- The tables whose rows can be dumped, and what planning must know of each: one JSON document a table, whether it is a
-- partition or inherits, of which table_parents.sql says more, and whether it has foreign keys, for table_keys.sql. Most have
-- neither, and to plan the queries for that takes longer than to run this one.
-- $1 oid[]: only these; NULL: all. In psql: PREPARE q(oid[]) AS <this file>; EXECUTE q(NULL);
-- What locks a table (its size) is asked by sizes.sql, of those alone that are dumped.
-- Left out, as pg_dump does: system schemas, temporary tables, and tables that belong to an extension but are not its
-- configuration tables (pg_extension_config_dump). Foreign and partitioned tables are listed for matching only.
SELECT json_build_object(
    'oid', c.oid::bigint,
    'schema', n.nspname,
    'name', c.relname,
    'sql_name', format('%I.%I', n.nspname, c.relname),
    'kind', c.relkind,
    'columns', coalesce(columns.list, '[]'),
    'extension', extension.name,
    'extension_condition', extension.condition,
    -- reltuples is -1 where the table was never analysed
    'rows', greatest(c.reltuples, 0)::bigint,
    'readable', has_schema_privilege(n.oid, 'USAGE')
        AND (has_table_privilege(c.oid, 'SELECT') OR coalesce(columns.all_readable, false)),
    'row_security', row_security_active(c.oid)
)::text,
EXISTS (SELECT FROM pg_inherits i WHERE i.inhrelid = c.oid)::text,
EXISTS (SELECT FROM pg_constraint k WHERE k.conrelid = c.oid AND k.contype = 'f')::text
FROM pg_class c
JOIN pg_namespace n ON n.oid = c.relnamespace
LEFT JOIN LATERAL (
    SELECT e.extname AS name, cfg.condition
    FROM pg_depend d
    JOIN pg_extension e ON e.oid = d.refobjid
    LEFT JOIN LATERAL (
        SELECT condition FROM unnest(e.extconfig, e.extcondition) AS u (relation, condition) WHERE u.relation = c.oid
    ) cfg ON true
    WHERE d.classid = 'pg_class'::regclass AND d.objid = c.oid AND d.objsubid = 0
      AND d.refclassid = 'pg_extension'::regclass AND d.deptype = 'e'
) extension ON true
LEFT JOIN LATERAL (
    SELECT json_agg(json_build_object(
               'number', a.attnum,
               'name', a.attname,
               'sql_name', quote_ident(a.attname),
               'type_name', base.type_name,
               'not_null', a.attnotnull OR base.not_null,
               'generated_from', CASE WHEN a.attgenerated <> '' THEN coalesce(generated.from_columns, '[]') END,
               'generated', a.attgenerated <> ''
           ) ORDER BY a.attnum) AS list,
           bool_and(a.attgenerated <> '' OR has_column_privilege(c.oid, a.attnum, 'SELECT')) AS all_readable
    FROM pg_attribute a
    JOIN LATERAL (
        -- a domain over a domain is followed down to the type that is not one, and so is the element of an array of domains
        WITH RECURSIVE down (oid, is_element) AS (
            SELECT a.atttypid, false
            UNION ALL
            SELECT CASE t.typtype WHEN 'd' THEN t.typbasetype ELSE t.typelem END, down.is_element OR t.typtype <> 'd'
            FROM down
            JOIN pg_type t ON t.oid = down.oid
            WHERE t.typtype = 'd'
               OR NOT down.is_element AND t.typelem <> 0
                  AND EXISTS (SELECT FROM pg_type e WHERE e.oid = t.typelem AND e.typarray = t.oid AND e.typtype = 'd')
        )
        SELECT coalesce(max(format('%I.%I', wn.nspname, whole.typname)) FILTER (WHERE wn.oid IS NOT NULL),
                        max(format('%I.%I', tn.nspname, t.typname)) FILTER (WHERE NOT down.is_element AND t.typtype <> 'd')) AS type_name,
               bool_or(t.typnotnull) FILTER (WHERE NOT down.is_element) AS not_null
        FROM down
        JOIN pg_type t ON t.oid = down.oid
        JOIN pg_namespace tn ON tn.oid = t.typnamespace
        LEFT JOIN pg_type whole ON down.is_element AND t.typtype <> 'd' AND whole.oid = t.typarray
        LEFT JOIN pg_namespace wn ON wn.oid = whole.typnamespace
    ) base ON true
    LEFT JOIN LATERAL (
        SELECT json_agg(d.refobjsubid) AS from_columns
        FROM pg_attrdef def
        JOIN pg_depend d ON d.classid = 'pg_attrdef'::regclass AND d.objid = def.oid
            AND d.refclassid = 'pg_class'::regclass AND d.refobjid = c.oid AND d.refobjsubid <> a.attnum
        WHERE def.adrelid = c.oid AND def.adnum = a.attnum AND a.attgenerated <> '' AND d.refobjsubid > 0
    ) generated ON true
    WHERE a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped
) columns ON true
WHERE c.relkind IN ('r', 'p', 'f')
  AND c.relpersistence <> 't'
  AND n.nspname <> 'information_schema'
  AND n.nspname !~ '^pg_'
  AND (extension.name IS NULL OR extension.condition IS NOT NULL)
  AND ($1 IS NULL OR c.oid = ANY ($1))
ORDER BY n.nspname, c.relname
