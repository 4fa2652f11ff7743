-- Every e-mail address that stands anywhere in the shop's tables: in a column of its own, in free text, in a document. The
-- catalog says which columns there are, so none is forgotten. One row a column and address.
CREATE FUNCTION pg_temp.emails() RETURNS TABLE (place text, address text) LANGUAGE plpgsql AS $$
DECLARE
    relation regclass;
    attribute name;
BEGIN
    FOR relation, attribute IN
        SELECT c.oid, a.attname FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid
        WHERE c.relnamespace = 'shop'::regnamespace AND c.relkind IN ('r', 'm') AND a.attnum > 0 AND NOT a.attisdropped
    LOOP
        RETURN QUERY EXECUTE format(
            $query$SELECT DISTINCT %2$L, lower(found[1])
                   FROM %1$s, regexp_matches(%3$I::text, '[[:alnum:]._%%+-]+@[[:alnum:].-]*[[:alnum:]]', 'g') AS found
                   WHERE %3$I::text LIKE '%%@%%'$query$,
            relation, relation || '.' || attribute, attribute);
    END LOOP;
END
$$;
COPY (SELECT place, address FROM pg_temp.emails()) TO STDOUT;
