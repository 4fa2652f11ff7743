-- What a scan must know of types: one JSON document for each of the types $1 oid[] with the modifiers $2 integer[].
-- In psql: PREPARE q(oid[], integer[]) AS <this file>; EXECUTE q('{25,1043}', '{-1,24}');
WITH RECURSIVE
asked AS (
    SELECT type, modifier FROM unnest($1::oid[], $2::integer[]) AS u (type, modifier)
),
-- From each type down, through domains and arrays, to the type that values are of.
down (type, current, modifier, not_null, is_array) AS (
    SELECT DISTINCT type, type, -1, false, false FROM asked
    UNION ALL
    SELECT down.type,
           CASE t.typtype WHEN 'd' THEN t.typbasetype ELSE t.typelem END,
           CASE WHEN t.typtype = 'd' AND t.typtypmod >= 0 THEN t.typtypmod ELSE down.modifier END,
           down.not_null OR (t.typnotnull AND NOT down.is_array),
           down.is_array OR t.typtype <> 'd'
    FROM down
    JOIN pg_type t ON t.oid = down.current
    WHERE t.typtype = 'd' OR (t.typcategory = 'A' AND t.typelem <> 0 AND t.typlen = -1)
)
SELECT json_build_object(
    'type', asked.type::bigint,
    'modifier', asked.modifier,
    'type_name', lower(format_type(asked.type, asked.modifier)),
    'base_type', t.typname,
    'plain_type', format_type(t.oid, NULL) || CASE WHEN down.is_array THEN '[]' ELSE '' END,
    'base_kind', t.typtype,
    'is_array', down.is_array,
    -- the modifier of a length is that and the size of a header
    'length', CASE WHEN t.typname IN ('varchar', 'bpchar') AND greatest(asked.modifier, down.modifier) > 4
        THEN greatest(asked.modifier, down.modifier) - 4 END,
    -- that of a numeric, its precision and, in eleven bits with a sign, its scale
    'digits', CASE WHEN t.typname = 'numeric' AND greatest(asked.modifier, down.modifier) > 4
        THEN greatest((greatest(asked.modifier, down.modifier) - 4 >> 16)
                      - ((greatest(asked.modifier, down.modifier) - 4 & 2047) # 1024) + 1024, 0) END,
    'not_null', down.not_null
)::text
FROM asked
JOIN down ON down.type = asked.type
JOIN pg_type t ON t.oid = down.current
WHERE NOT (t.typtype = 'd' OR (t.typcategory = 'A' AND t.typelem <> 0 AND t.typlen = -1))
