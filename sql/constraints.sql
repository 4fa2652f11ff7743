-- What the rows of tables must obey, one JSON document a table. $1 oid[]: the tables, ordinary ones.
-- In psql: PREPARE q(oid[]) AS <this file>; EXECUTE q(ARRAY['person'::regclass]);
-- Columns are numbers (pg_attribute.attnum), of partition keys names, because partitions number theirs on their own.
-- What a restored table need not obey is left out: constraints that are not valid or not enforced. Trees of expressions are
-- read as text: the columns (varattno) and functions (funcid, opfuncid) in them have no place in a catalog of their own.
WITH relation (oid) AS (SELECT unnest($1)),
check_constraint AS (
    SELECT c.conrelid AS oid, json_agg(json_build_object(
               'name', quote_ident(c.conname),
               'columns', c.conkey,
               'expression', pg_get_expr(c.conbin, c.conrelid)
           ) ORDER BY c.conname) AS list
    FROM relation r
    JOIN pg_constraint c ON c.conrelid = r.oid AND c.contype = 'c'
    WHERE c.convalidated AND coalesce(to_jsonb(c) ->> 'conenforced', 'true') = 'true'
    GROUP BY c.conrelid
),
domain_constraint AS (
    SELECT a.attrelid AS oid, json_agg(json_build_object(
               'column', a.attnum,
               'domain', format('%I.%I', n.nspname, t.typname),
               'name', quote_ident(c.conname),
               'expression', pg_get_expr(c.conbin, 0)
           ) ORDER BY a.attnum, c.conname) AS list
    FROM relation r
    JOIN pg_attribute a ON a.attrelid = r.oid AND a.attnum > 0 AND NOT a.attisdropped
    JOIN pg_type declared ON declared.oid = a.atttypid AND declared.typtype = 'd'
    JOIN LATERAL (
        WITH RECURSIVE down (oid) AS (
            SELECT a.atttypid
            UNION ALL
            SELECT d.typbasetype FROM down JOIN pg_type d ON d.oid = down.oid WHERE d.typtype = 'd'
        )
        SELECT down.oid FROM down
    ) domain ON true
    JOIN pg_constraint c ON c.contypid = domain.oid AND c.contype = 'c' AND c.convalidated
    JOIN pg_type t ON t.oid = domain.oid
    JOIN pg_namespace n ON n.oid = t.typnamespace
    GROUP BY a.attrelid
),
index AS (
    SELECT i.indrelid AS oid, json_agg(json_build_object(
               'name', quote_ident(c.relname),
               'unique', i.indisunique,
               'nulls_distinct', coalesce(to_jsonb(i) ->> 'indnullsnotdistinct', 'false') <> 'true',
               'exclusion', i.indisexclusion,
               'keys', (i.indkey::int2[])[0:i.indnkeyatts - 1],
               'btree', am.amname = 'btree',
               'predicate', pg_get_expr(i.indpred, i.indrelid),
               'predicate_columns', coalesce(predicate.columns, '[]'),
               'expression_columns', coalesce(expressions.columns, '[]'),
               'total', coalesce(expressions.total, true),
               'folding', coalesce(expressions.folding, false)
           ) ORDER BY c.relname) AS list
    FROM relation r
    JOIN pg_index i ON i.indrelid = r.oid AND i.indisready
    JOIN pg_class c ON c.oid = i.indexrelid
    JOIN pg_am am ON am.oid = c.relam
    LEFT JOIN LATERAL (
        SELECT json_agg(DISTINCT m[1]::int) AS columns
        FROM regexp_matches(i.indpred::text, ':varattno (\d+)', 'g') m
    ) predicate ON i.indpred IS NOT NULL
    LEFT JOIN LATERAL (
        -- Functions that take any text give no error, whatever the masked value is.
        SELECT (SELECT json_agg(DISTINCT m[1]::int) FROM regexp_matches(i.indexprs::text, ':varattno (\d+)', 'g') m) AS columns,
               call.folding AND NOT other.form AS folding,
               (call.folding OR call.total) AND NOT other.form AS total
        FROM (
            SELECT coalesce(bool_and(p.pronamespace = 'pg_catalog'::regnamespace
                                     AND p.proname IN ('lower', 'upper', 'btrim', 'ltrim', 'rtrim', 'text', 'varchar')), true),
                   bool_and(p.pronamespace = 'pg_catalog'::regnamespace AND p.proname IN (
                       'lower', 'upper', 'btrim', 'ltrim', 'rtrim', 'text', 'varchar', 'bpchar', 'initcap', 'md5', 'length',
                       'octet_length', 'reverse', 'textcat', 'left', 'right'))
            FROM regexp_matches(i.indexprs::text, ':(?:funcid|opfuncid) (\d+)', 'g') m
            LEFT JOIN pg_proc p ON p.oid = m[1]::oid
        ) AS call (folding, total),
        -- What is more than calls, columns and constants.
        LATERAL (SELECT i.indexprs::text ~ '\{(?!FUNCEXPR|OPEXPR|VAR|CONST|RELABELTYPE|COLLATEEXPR)') AS other (form)
    ) expressions ON i.indexprs IS NOT NULL
    GROUP BY i.indrelid
),
partition_key AS (
    SELECT r.oid, json_agg(json_build_object(
               'parent', format('%I.%I', pn.nspname, p.relname),
               'strategy', part.partstrat,
               'has_default', part.partdefid <> 0,
               'columns', key.columns
           ) ORDER BY up.distance) AS list
    FROM relation r
    JOIN LATERAL (
        WITH RECURSIVE up (oid, distance) AS (
            SELECT i.inhparent, 1
            FROM pg_inherits i JOIN pg_class leaf ON leaf.oid = i.inhrelid AND leaf.relispartition
            WHERE i.inhrelid = r.oid
            UNION ALL
            SELECT i.inhparent, up.distance + 1
            FROM up
            JOIN pg_class p ON p.oid = up.oid AND p.relispartition
            JOIN pg_inherits i ON i.inhrelid = up.oid
        )
        SELECT up.oid, up.distance FROM up
    ) up ON true
    JOIN pg_partitioned_table part ON part.partrelid = up.oid
    JOIN pg_class p ON p.oid = up.oid
    JOIN pg_namespace pn ON pn.oid = p.relnamespace
    JOIN LATERAL (
        SELECT coalesce(json_agg(DISTINCT a.attname), '[]') AS columns
        FROM (
            SELECT unnest(part.partattrs::int2[])::int
            UNION ALL
            SELECT m[1]::int FROM regexp_matches(part.partexprs::text, ':varattno (\d+)', 'g') m
        ) used (number)
        JOIN pg_attribute a ON a.attrelid = up.oid AND a.attnum = used.number
    ) key ON true
    GROUP BY r.oid
)
SELECT json_build_object(
    'oid', r.oid::bigint,
    'checks', coalesce(check_constraint.list, '[]'),
    'domains', coalesce(domain_constraint.list, '[]'),
    'indexes', coalesce(index.list, '[]'),
    'partition_keys', coalesce(partition_key.list, '[]'),
    'partition_constraint', CASE WHEN partition_key.list IS NOT NULL THEN pg_get_partition_constraintdef(r.oid) END,
    'default_partition', EXISTS (
        SELECT FROM pg_inherits i JOIN pg_partitioned_table part ON part.partrelid = i.inhparent
        WHERE i.inhrelid = r.oid AND part.partdefid = r.oid
    )
)::text
FROM relation r
LEFT JOIN check_constraint ON check_constraint.oid = r.oid
LEFT JOIN domain_constraint ON domain_constraint.oid = r.oid
LEFT JOIN index ON index.oid = r.oid
LEFT JOIN partition_key ON partition_key.oid = r.oid
WHERE check_constraint.list IS NOT NULL OR domain_constraint.list IS NOT NULL OR index.list IS NOT NULL
    OR partition_key.list IS NOT NULL
