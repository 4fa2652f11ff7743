-- The columns of a table's primary key, quoted, in the order of its index. $1 oid. In psql: PREPARE q(oid) AS <this file>;
SELECT quote_ident(a.attname)
FROM pg_index i
CROSS JOIN unnest(i.indkey::int2[]) WITH ORDINALITY AS k (number, n)
JOIN pg_attribute a ON a.attrelid = i.indrelid AND a.attnum = k.number
WHERE i.indrelid = $1 AND i.indisprimary AND i.indisvalid AND k.n <= i.indnkeyatts
ORDER BY k.n
