-- Each foreign key, whether PostgreSQL holds it for valid, and, counted here, the rows that refer to nothing.
CREATE FUNCTION pg_temp.orphans(key pg_constraint, OUT rows bigint, OUT orphans bigint) LANGUAGE plpgsql AS $$
DECLARE
    filled text;
    joined text;
BEGIN
    SELECT string_agg(format('child.%I IS NOT NULL', child.attname), ' AND '),
           string_agg(format('parent.%I = child.%I', parent.attname, child.attname), ' AND ')
    INTO filled, joined
    FROM unnest(key.conkey, key.confkey) AS pair (child_number, parent_number)
    JOIN pg_attribute child ON child.attrelid = key.conrelid AND child.attnum = pair.child_number
    JOIN pg_attribute parent ON parent.attrelid = key.confrelid AND parent.attnum = pair.parent_number;
    EXECUTE format('SELECT count(*), count(*) FILTER (WHERE NOT EXISTS (SELECT FROM %s AS parent WHERE %s)) FROM %s AS child WHERE %s',
                   key.confrelid::regclass, joined, key.conrelid::regclass, filled)
    INTO rows, orphans;
END
$$;
CREATE TEMP TABLE checked AS
SELECT c.conrelid::regclass AS "table", c.conname AS foreign_key, c.confrelid::regclass AS refers_to, rows, orphans,
       c.convalidated AS valid
FROM pg_constraint c, pg_temp.orphans(c) WHERE c.contype = 'f' AND c.conparentid = 0;
TABLE checked ORDER BY 1, 2;
