-- Texts of the structure that concern masked columns, one JSON document each. $1 oid[], $2 int2[]: tables and columns.
-- In psql: PREPARE q(oid[], int2[]) AS <this file>; EXECUTE q(ARRAY['person'::regclass], ARRAY[2]);
-- pg_get_expr locks the table that it is told: it is told that of the column, so that it runs for those alone that are asked
-- for, and not while all tables are scanned.
-- Functions are named by no column: whether one is about a table is for the reader of its text to find out.
WITH RECURSIVE masked (leaf, number) AS (SELECT * FROM unnest($1, $2)),
leaf (oid, is_partition) AS (
    SELECT c.oid, c.relispartition FROM pg_class c WHERE c.oid = ANY ($1)
),
-- What is said of a partitioned table is said of its partitions.
ancestor (leaf, oid) AS (
    SELECT leaf.oid, up.oid
    FROM leaf
    JOIN LATERAL (
        WITH RECURSIVE up (oid) AS (
            SELECT i.inhparent FROM pg_inherits i WHERE i.inhrelid = leaf.oid
            UNION ALL
            SELECT i.inhparent
            FROM up
            JOIN pg_class p ON p.oid = up.oid AND p.relispartition
            JOIN pg_inherits i ON i.inhrelid = up.oid
        )
        SELECT up.oid FROM up
    ) up ON leaf.is_partition
),
source (leaf, number, oid, attnum) AS (
    SELECT m.leaf, m.number, m.leaf, m.number FROM masked m
    UNION ALL
    SELECT m.leaf, m.number, up.oid, a.attnum
    FROM masked m
    JOIN ancestor up ON up.leaf = m.leaf
    JOIN pg_attribute own ON own.attrelid = m.leaf AND own.attnum = m.number
    JOIN pg_attribute a ON a.attrelid = up.oid AND a.attname = own.attname
),
dependent (leaf, number, class, oid) AS (
    SELECT DISTINCT s.leaf, s.number, d.classid, d.objid
    FROM source s
    JOIN pg_depend d ON d.refclassid = 'pg_class'::regclass AND d.refobjid = s.oid AND d.refobjsubid = s.attnum
        AND d.classid IN ('pg_rewrite'::regclass, 'pg_policy'::regclass, 'pg_trigger'::regclass, 'pg_statistic_ext'::regclass)
),
-- Views, also of views.
shown (leaf, number, oid) AS (
    SELECT d.leaf, d.number, r.ev_class
    FROM dependent d
    JOIN pg_rewrite r ON d.class = 'pg_rewrite'::regclass AND r.oid = d.oid AND r.rulename = '_RETURN'
    UNION
    SELECT v.leaf, v.number, r.ev_class
    FROM shown v
    JOIN pg_depend d ON d.refclassid = 'pg_class'::regclass AND d.refobjid = v.oid AND d.classid = 'pg_rewrite'::regclass
    JOIN pg_rewrite r ON r.oid = d.objid AND r.rulename = '_RETURN'
),
-- What else may have a comment.
commented (leaf, number, class, oid) AS (
    SELECT d.leaf, d.number, d.class, d.oid FROM dependent d
    UNION
    SELECT v.leaf, v.number, 'pg_class'::regclass, v.oid FROM shown v
    UNION
    SELECT s.leaf, s.number, 'pg_class'::regclass, i.indexrelid
    FROM source s
    JOIN pg_index i ON i.indrelid = s.oid
    WHERE s.attnum = ANY (i.indkey::int2[]) OR concat(i.indpred::text, i.indexprs::text) LIKE format('%%:varattno %s %%', s.attnum)
    UNION
    SELECT s.leaf, s.number, 'pg_constraint'::regclass, c.oid
    FROM source s
    JOIN pg_constraint c ON c.conrelid = s.oid AND s.attnum = ANY (c.conkey)
),
-- Chosen first, as the server has thousands whose texts would be made in vain.
function (oid, prosrc) AS MATERIALIZED (
    SELECT p.oid, p.prosrc
    FROM pg_proc p
    JOIN pg_namespace n ON n.oid = p.pronamespace
    JOIN pg_language l ON l.oid = p.prolang
    WHERE n.nspname NOT IN ('information_schema', 'anon_funcs') AND n.nspname !~ '^pg_'
      AND l.lanname NOT IN ('c', 'internal')
      AND NOT EXISTS (
          SELECT FROM pg_depend e WHERE e.classid = 'pg_proc'::regclass AND e.objid = p.oid AND e.deptype = 'e')
),
text (leaf, number, kind, object, text) AS (
    SELECT s.leaf, s.number, 'column', format('the default of column %I of table %s', a.attname, s.oid::regclass),
           pg_get_expr(d.adbin, s.oid)
    FROM source s
    JOIN pg_attrdef d ON d.adrelid = s.oid AND d.adnum = s.attnum
    JOIN pg_attribute a ON a.attrelid = s.oid AND a.attnum = s.attnum AND a.attgenerated = ''
    UNION ALL
    SELECT s.leaf, s.number, CASE WHEN cardinality(c.conkey) = 1 THEN 'column' ELSE 'sql' END,
           format('constraint %I of table %s', c.conname, s.oid::regclass), pg_get_expr(c.conbin, s.oid)
    FROM source s
    JOIN pg_constraint c ON c.conrelid = s.oid AND c.contype = 'c' AND s.attnum = ANY (c.conkey)
    UNION ALL
    SELECT s.leaf, s.number, 'column', format('domain %s', a.atttypid::regtype),
           coalesce(t.typdefault, '') || coalesce((
               SELECT string_agg(' ' || pg_get_expr(c.conbin, 0), '') FROM pg_constraint c
               WHERE c.contypid = t.oid AND c.contype = 'c'), '')
    FROM source s
    JOIN pg_attribute a ON a.attrelid = s.oid AND a.attnum = s.attnum
    JOIN pg_type t ON t.oid = a.atttypid AND t.typtype = 'd'
    UNION ALL
    SELECT s.leaf, s.number, 'sql', format('index %s', i.indexrelid::regclass),
           concat(pg_get_expr(i.indpred, s.oid), ' ', pg_get_expr(i.indexprs, s.oid))
    FROM source s
    JOIN pg_index i ON i.indrelid = s.oid
    WHERE concat(i.indpred::text, i.indexprs::text) LIKE format('%%:varattno %s %%', s.attnum)
    UNION ALL
    SELECT s.leaf, s.number, 'column', format('the bounds of partition %s', s.oid::regclass),
           pg_get_expr(c.relpartbound, s.oid)
    FROM source s
    JOIN pg_class c ON c.oid = s.oid AND c.relispartition
    JOIN pg_inherits i ON i.inhrelid = c.oid
    JOIN pg_partitioned_table part ON part.partrelid = i.inhparent AND part.partstrat <> 'h'
    JOIN pg_attribute own ON own.attrelid = s.oid AND own.attnum = s.attnum
    JOIN pg_attribute a ON a.attrelid = i.inhparent AND a.attname = own.attname
    WHERE a.attnum = ANY (part.partattrs::int2[]) OR part.partexprs::text LIKE format('%%:varattno %s %%', a.attnum)
    UNION ALL
    SELECT s.leaf, s.number, 'sql', format('the expression of generated column %I of table %s', a.attname, s.oid::regclass),
           pg_get_expr(d.adbin, s.oid)
    FROM source s
    JOIN pg_attrdef d ON d.adrelid = s.oid AND d.adbin::text LIKE format('%%:varattno %s %%', s.attnum)
    JOIN pg_attribute a ON a.attrelid = s.oid AND a.attnum = d.adnum AND a.attgenerated <> ''
    UNION ALL
    SELECT s.leaf, s.number, 'sql', format('the partition key of table %s', s.oid::regclass), pg_get_expr(part.partexprs, s.oid)
    FROM source s
    JOIN pg_partitioned_table part ON part.partrelid = s.oid AND part.partexprs::text LIKE format('%%:varattno %s %%', s.attnum)
    UNION ALL
    -- Conditions of publications came with PostgreSQL 15. The view opens all tables of the publications that it is asked for.
    SELECT s.leaf, s.number, 'sql', format('publication %I', p.pubname), to_jsonb(t) ->> 'rowfilter'
    FROM source s
    JOIN pg_publication_rel pr ON pr.prrelid = s.oid AND to_jsonb(pr) ->> 'prqual' IS NOT NULL
    JOIN pg_publication p ON p.oid = pr.prpubid
    JOIN pg_class c ON c.oid = s.oid
    JOIN pg_namespace n ON n.oid = c.relnamespace
    CROSS JOIN LATERAL (
        SELECT * FROM pg_publication_tables t
        WHERE t.pubname = p.pubname AND t.schemaname = n.nspname AND t.tablename = c.relname) AS t
    UNION ALL
    SELECT v.leaf, v.number, 'sql', format('view %s', v.oid::regclass), pg_get_viewdef(v.oid) FROM shown v
    UNION ALL
    SELECT d.leaf, d.number, 'sql', format('rule %I of %s', r.rulename, r.ev_class::regclass), pg_get_ruledef(d.oid)
    FROM dependent d
    JOIN pg_rewrite r ON d.class = 'pg_rewrite'::regclass AND r.oid = d.oid AND r.rulename <> '_RETURN'
    UNION ALL
    SELECT d.leaf, d.number, 'sql', format('policy %I of table %s', p.polname, p.polrelid::regclass),
           concat(pg_get_expr(p.polqual, p.polrelid), ' ', pg_get_expr(p.polwithcheck, p.polrelid))
    FROM dependent d
    JOIN pg_policy p ON d.class = 'pg_policy'::regclass AND p.oid = d.oid
    UNION ALL
    SELECT d.leaf, d.number, 'sql', format('trigger %I of table %s', t.tgname, t.tgrelid::regclass), pg_get_triggerdef(d.oid)
    FROM dependent d
    JOIN pg_trigger t ON d.class = 'pg_trigger'::regclass AND t.oid = d.oid AND NOT t.tgisinternal
    UNION ALL
    SELECT d.leaf, d.number, 'sql', format('statistics %I.%I', n.nspname, e.stxname), pg_get_statisticsobjdef(d.oid)
    FROM dependent d
    JOIN pg_statistic_ext e ON d.class = 'pg_statistic_ext'::regclass AND e.oid = d.oid
    JOIN pg_namespace n ON n.oid = e.stxnamespace
    UNION ALL
    SELECT c.leaf, c.number, 'comment', format('the comment on %s %s', named.type, named.identity), d.description
    FROM commented c
    JOIN pg_description d ON d.classoid = c.class AND d.objoid = c.oid
    CROSS JOIN LATERAL pg_identify_object(d.classoid, d.objoid, d.objsubid) AS named
    UNION ALL
    SELECT s.leaf, s.number, 'comment',
           CASE WHEN d.objsubid = 0 THEN format('the comment on table %s', s.oid::regclass)
                ELSE format('the comment on column %I of table %s', a.attname, s.oid::regclass) END,
           d.description
    FROM source s
    JOIN pg_attribute a ON a.attrelid = s.oid AND a.attnum = s.attnum
    JOIN pg_description d ON d.classoid = 'pg_class'::regclass AND d.objoid = s.oid AND d.objsubid IN (0, s.attnum)
    UNION ALL
    SELECT NULL, NULL, 'function', format('function %s', f.oid::regprocedure),
           concat(f.prosrc, ' ', pg_get_function_sqlbody(f.oid), ' ', pg_get_function_arguments(f.oid))
    FROM function f
)
SELECT json_build_object('table', t.leaf::bigint, 'column', t.number, 'kind', t.kind, 'object', t.object, 'text', t.text)::text
FROM text t
WHERE t.text ~ '[''0-9$]' OR t.kind = 'comment'
ORDER BY t.object, t.leaf, t.number
