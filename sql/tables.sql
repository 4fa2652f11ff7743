-- The tables whose rows can be dumped, and what planning must know of each: one JSON document a table.
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
    'ancestors', coalesce(ancestors.names, '[]'),
    -- Hashes of enums are hashes of oids, which differ from one database to the next: which partition a row belongs to is
    -- for the restore to find out (pg_dump.c, forcePartitionRootLoad).
    'load_root', CASE WHEN ancestors.by_hash_of_enum THEN ancestors.root END,
    'root', ancestors.root,
    'partition_key', coalesce(partition_key.columns, '[]'),
    'inherits', coalesce(parents.names, '[]'),
    'columns', coalesce(columns.list, '[]'),
    'foreign_keys', coalesce(foreign_keys.list, '[]'),
    'extension', extension.name,
    'extension_condition', extension.condition,
    -- reltuples is -1 where the table was never analysed
    'rows', greatest(c.reltuples, 0)::bigint,
    'readable', has_schema_privilege(n.oid, 'USAGE')
        AND (has_table_privilege(c.oid, 'SELECT') OR coalesce(columns.all_readable, false)),
    'row_security', row_security_active(c.oid)
)::text
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
    WITH RECURSIVE up (oid, distance) AS (
        SELECT i.inhparent, 1 FROM pg_inherits i WHERE i.inhrelid = c.oid AND c.relispartition
        UNION ALL
        SELECT i.inhparent, up.distance + 1
        FROM up
        JOIN pg_class p ON p.oid = up.oid AND p.relispartition
        JOIN pg_inherits i ON i.inhrelid = up.oid
    )
    SELECT json_agg(json_build_object('schema', pn.nspname, 'name', p.relname) ORDER BY up.distance) AS names,
           (array_agg(format('%I.%I', pn.nspname, p.relname) ORDER BY up.distance DESC))[1] AS root,
           bool_or(part.partstrat = 'h' AND EXISTS (
               SELECT
               FROM unnest(part.partclass::oid[]) AS key (opclass)
               JOIN pg_opclass o ON o.oid = key.opclass
               WHERE o.opcname = 'enum_ops' AND o.opcnamespace = 'pg_catalog'::regnamespace
           )) AS by_hash_of_enum
    FROM up
    JOIN pg_class p ON p.oid = up.oid
    JOIN pg_namespace pn ON pn.oid = p.relnamespace
    JOIN pg_partitioned_table part ON part.partrelid = up.oid
) ancestors ON true
LEFT JOIN LATERAL (
    -- The columns that decide which partition a row belongs to, of all levels. Partitions number theirs on their own.
    SELECT json_agg(DISTINCT a.attname) AS columns
    FROM pg_partition_ancestors(c.oid) AS up (oid)
    JOIN pg_partitioned_table part ON part.partrelid = up.oid
    CROSS JOIN LATERAL (
        SELECT unnest(part.partattrs::int2[])::int
        UNION ALL
        SELECT m[1]::int FROM regexp_matches(part.partexprs::text, ':varattno (\d+)', 'g') m
    ) used (number)
    JOIN pg_attribute a ON a.attrelid = up.oid AND a.attnum = used.number
    WHERE c.relispartition
) partition_key ON true
LEFT JOIN LATERAL (
    WITH RECURSIVE up (oid) AS (
        SELECT i.inhparent FROM pg_inherits i WHERE i.inhrelid = c.oid AND NOT c.relispartition
        UNION
        SELECT i.inhparent FROM up JOIN pg_inherits i ON i.inhrelid = up.oid
    )
    SELECT json_agg(json_build_object('schema', pn.nspname, 'name', p.relname) ORDER BY pn.nspname, p.relname) AS names
    FROM up
    JOIN pg_class p ON p.oid = up.oid
    JOIN pg_namespace pn ON pn.oid = p.relnamespace
) parents ON true
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
LEFT JOIN LATERAL (
    SELECT json_agg(json_build_object(
               'name', quote_ident(k.conname),
               'columns', (SELECT json_agg(a.attname ORDER BY u.n)
                           FROM unnest(k.conkey) WITH ORDINALITY AS u (number, n)
                           JOIN pg_attribute a ON a.attrelid = k.conrelid AND a.attnum = u.number),
               'referenced', k.confrelid::bigint,
               'referenced_columns', (SELECT json_agg(a.attname ORDER BY u.n)
                                      FROM unnest(k.confkey) WITH ORDINALITY AS u (number, n)
                                      JOIN pg_attribute a ON a.attrelid = k.confrelid AND a.attnum = u.number)
           ) ORDER BY k.conname) AS list
    FROM pg_constraint k
    WHERE k.conrelid = c.oid AND k.contype = 'f'
      -- Of a key that refers to a partitioned table there are copies for its partitions.
      AND NOT EXISTS (SELECT FROM pg_constraint whole WHERE whole.oid = k.conparentid AND whole.conrelid = k.conrelid)
) foreign_keys ON true
WHERE c.relkind IN ('r', 'p', 'f')
  AND c.relpersistence <> 't'
  AND n.nspname <> 'information_schema'
  AND n.nspname !~ '^pg_'
  AND (extension.name IS NULL OR extension.condition IS NOT NULL)
  AND ($1 IS NULL OR c.oid = ANY ($1))
ORDER BY n.nspname, c.relname
