-- How large tables are, which locks them: somebody may have a table for himself that is not dumped. $1 oid[]: these; one
-- JSON document a table. In psql: PREPARE q(oid[]) AS <this file>; EXECUTE q('{...}');
SELECT json_build_object(
    'oid', c.oid::bigint,
    'bytes', CASE WHEN c.relkind = 'r' THEN coalesce(pg_table_size(c.oid), 0) ELSE 0 END,
    -- what a range of blocks can be read of: a heap, whose rows have block numbers
    'blocks', CASE WHEN am.amname = 'heap'
        THEN coalesce(pg_relation_size(c.oid), 0) / current_setting('block_size')::bigint END
)::text
FROM pg_class c
LEFT JOIN pg_am am ON am.oid = c.relam
WHERE c.oid = ANY ($1)
