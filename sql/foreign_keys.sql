-- The foreign keys of tables, one JSON document each. $1 oid[]: tables; a key is listed when one of them is an end of it, or a
-- partition of an end. In psql: PREPARE q(oid[]) AS <this file>; EXECUTE q(ARRAY['person'::regclass]);
-- The copies that partitions have of their parents' keys are left out, and keys that a restore does not check.
WITH RECURSIVE relation (oid) AS (
    SELECT unnest($1)
    UNION
    SELECT i.inhparent
    FROM relation r
    JOIN pg_class c ON c.oid = r.oid AND c.relispartition
    JOIN pg_inherits i ON i.inhrelid = r.oid
)
SELECT json_build_object(
    'name', quote_ident(c.conname),
    'table', c.conrelid::bigint,
    'columns', (SELECT json_agg(a.attname ORDER BY k.n)
                FROM unnest(c.conkey) WITH ORDINALITY AS k (number, n)
                JOIN pg_attribute a ON a.attrelid = c.conrelid AND a.attnum = k.number),
    'referenced', c.confrelid::bigint,
    'referenced_columns', (SELECT json_agg(a.attname ORDER BY k.n)
                           FROM unnest(c.confkey) WITH ORDINALITY AS k (number, n)
                           JOIN pg_attribute a ON a.attrelid = c.confrelid AND a.attnum = k.number)
)::text
FROM pg_constraint c
WHERE c.contype = 'f'
  AND c.conparentid = 0
  AND c.convalidated
  AND coalesce(to_jsonb(c) ->> 'conenforced', 'true') = 'true'
  AND (c.conrelid IN (SELECT oid FROM relation) OR c.confrelid IN (SELECT oid FROM relation))
ORDER BY c.conrelid, c.conname
