-- The columns of tables as plain rows, because a database may have a hundred thousand of them: relation, number, name, type, modifier,
-- not null, generated. $1 oid[]: the tables. In psql: PREPARE q(oid[]) AS <this file>; EXECUTE q('{..}');
SELECT a.attrelid, a.attnum, a.attname::text, a.atttypid, a.atttypmod, a.attnotnull, a.attgenerated <> ''
FROM pg_attribute a
WHERE a.attrelid = ANY ($1) AND a.attnum > 0 AND NOT a.attisdropped
ORDER BY a.attrelid, a.attnum
