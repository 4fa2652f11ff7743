-- Rows of a table as a dump will write them. $1 OID of the table, $2 dictionary, $3 limit, $4 offset, $5 whether the values that
-- the table holds are given as well, $6 search path of rules.
SELECT pg_catalog.to_json(p.row_values), pg_catalog.to_json(p.original_values)
FROM anon_funcs.preview($1::pg_catalog.oid::pg_catalog.regclass, $2::pg_catalog.jsonb, $3::pg_catalog.int8, $4::pg_catalog.int8,
                        $5::pg_catalog.bool, $6::pg_catalog.text) AS p
