-- The foreign keys of tables, one JSON document a table. $1 oid[]: the tables; of a partition those of its parents come too.
-- In psql: PREPARE q(oid[]) AS <this file>; EXECUTE q(ARRAY['person'::regclass]);
SELECT json_build_object('oid', k.conrelid::bigint, 'foreign_keys', json_agg(json_build_object(
           'name', quote_ident(k.conname),
           'columns', (SELECT json_agg(a.attname ORDER BY u.n)
                       FROM unnest(k.conkey) WITH ORDINALITY AS u (number, n)
                       JOIN pg_attribute a ON a.attrelid = k.conrelid AND a.attnum = u.number),
           'referenced', k.confrelid::bigint,
           'referenced_columns', (SELECT json_agg(a.attname ORDER BY u.n)
                                  FROM unnest(k.confkey) WITH ORDINALITY AS u (number, n)
                                  JOIN pg_attribute a ON a.attrelid = k.confrelid AND a.attnum = u.number)
       ) ORDER BY k.conname))::text
FROM pg_constraint k
WHERE k.conrelid = ANY ($1) AND k.contype = 'f'
  -- Of a key that refers to a partitioned table there are copies for its partitions.
  AND NOT EXISTS (SELECT FROM pg_constraint whole WHERE whole.oid = k.conparentid AND whole.conrelid = k.conrelid)
GROUP BY k.conrelid
