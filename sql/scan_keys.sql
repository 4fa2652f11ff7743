-- Columns that an index or a foreign key counts on: one JSON document a table. $1 oid[]: the tables.
-- `unique`: read by a unique index or an exclusion constraint, in its expressions as well; `refers`: what columns refer to.
SELECT json_build_object('table', relation::bigint, 'unique', coalesce(json_agg(number) FILTER (WHERE other IS NULL), '[]'),
                         'refers', coalesce(json_agg(json_build_array(number, other::bigint, other_number)) FILTER (WHERE other IS NOT NULL), '[]'))::text
FROM (
    SELECT i.indrelid AS relation, key.number, NULL::oid AS other, NULL::smallint AS other_number
    FROM pg_index i
    CROSS JOIN LATERAL unnest(i.indkey::int2[]) WITH ORDINALITY AS key (number, place)
    WHERE i.indrelid = ANY ($1) AND key.place <= i.indnkeyatts AND key.number > 0 AND (i.indisunique OR i.indisexclusion)
    UNION
    -- Trees of expressions are read as text, as in constraints.sql.
    SELECT i.indrelid, m[1]::smallint, NULL, NULL
    FROM pg_index i
    CROSS JOIN LATERAL regexp_matches(i.indexprs::text, ':varattno (\d+)', 'g') m
    WHERE i.indrelid = ANY ($1) AND i.indexprs IS NOT NULL AND (i.indisunique OR i.indisexclusion)
    UNION
    SELECT con.conrelid, key.number, con.confrelid, other.number
    FROM pg_constraint con
    CROSS JOIN LATERAL unnest(con.conkey) WITH ORDINALITY AS key (number, place)
    JOIN LATERAL unnest(con.confkey) WITH ORDINALITY AS other (number, place) ON other.place = key.place
    -- both sides: what is referred to from another table counts as well
    WHERE con.contype = 'f' AND (con.conrelid = ANY ($1) OR con.confrelid = ANY ($1))
) AS keys
GROUP BY relation
