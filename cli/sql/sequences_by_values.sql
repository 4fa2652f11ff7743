-- The statements that set the sequences of serial and identity columns by the highest value in the column, and those that
-- count down by the lowest. $1: array of the tables' OIDs. A sequence whose column holds nothing that it can give begins anew.
SELECT pg_catalog.format(
           'SELECT pg_catalog.setval(%L::pg_catalog.regclass, COALESCE(t.value, %s), t.value IS NOT NULL) '
           'FROM (SELECT pg_catalog.%s(%I)::pg_catalog.int8 AS value FROM %I.%I WHERE %I BETWEEN %s AND %s) AS t',
           pg_catalog.format('%I.%I', sn.nspname, s.relname),
           q.seqstart,
           CASE WHEN q.seqincrement < 0 THEN 'min' ELSE 'max' END,
           a.attname, tn.nspname, t.relname, a.attname,
           -- The least value has no literal without a cast.
           pg_catalog.format('(%L)::pg_catalog.int8', q.seqmin), pg_catalog.format('(%L)::pg_catalog.int8', q.seqmax))
FROM pg_catalog.pg_depend AS d
JOIN pg_catalog.pg_class AS s ON s.oid = d.objid AND s.relkind = 'S'
JOIN pg_catalog.pg_namespace AS sn ON sn.oid = s.relnamespace
JOIN pg_catalog.pg_sequence AS q ON q.seqrelid = s.oid
JOIN pg_catalog.pg_class AS t ON t.oid = d.refobjid AND t.relkind IN ('r', 'p')
JOIN pg_catalog.pg_namespace AS tn ON tn.oid = t.relnamespace
JOIN pg_catalog.pg_attribute AS a ON a.attrelid = t.oid AND a.attnum = d.refobjsubid
WHERE d.classid = 'pg_catalog.pg_class'::pg_catalog.regclass
  AND d.refclassid = 'pg_catalog.pg_class'::pg_catalog.regclass
  AND d.deptype IN ('a', 'i')
  AND d.refobjsubid > 0
  AND a.atttypid IN (SELECT y.oid FROM pg_catalog.pg_type AS y
                     WHERE y.typnamespace = 'pg_catalog'::pg_catalog.regnamespace AND y.typname IN ('int2', 'int4', 'int8', 'numeric'))
  AND t.oid = ANY ($1::pg_catalog.oid[])
ORDER BY s.oid
