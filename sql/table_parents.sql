-- The parents of tables, one JSON document a table. $1 oid[]: the tables, partitions and those that inherit.
-- In psql: PREPARE q(oid[]) AS <this file>; EXECUTE q(ARRAY['person'::regclass]);
SELECT json_build_object(
    'oid', c.oid::bigint,
    'ancestors', coalesce(ancestors.names, '[]'),
    -- Hashes of enums are hashes of oids, which differ from one database to the next: which partition a row belongs to is
    -- for the restore to find out (pg_dump.c, forcePartitionRootLoad).
    'load_root', CASE WHEN ancestors.by_hash_of_enum THEN ancestors.root END,
    'root', ancestors.root,
    'partition_key', coalesce(partition_key.columns, '[]'),
    'inherits', coalesce(parents.names, '[]')
)::text
FROM pg_class c
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
WHERE c.oid = ANY ($1)
