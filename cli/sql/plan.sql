-- The tables of a dump. $1 dictionary, $2 whether unmatched rules are warnings only, $3 search path of rules,
-- $4 whether warnings are errors and every column needs a decision, $5 columns that are not sensitive,
-- $6 and $7 the tables that are to be dumped and that are not, as tables dictionaries; NULL: no list.
-- What goes into the archive comes in the encoding of the database, which is the archive's.
SELECT p.relation::pg_catalog.oid,
       p.relation::pg_catalog.text,
       p.schema_name,
       p.table_name,
       p.action,
       COALESCE(pg_catalog.cardinality(p.masked_columns), 0),
       p.rule_source,
       pg_catalog.convert_to(p.copy_statement, pg_catalog.getdatabaseencoding()),
       GREATEST(p.estimated_rows, 0),
       GREATEST(p.estimated_bytes, 0),
       p.extension,
       -- This locks a table, and somebody may have one for himself that is not dumped.
       CASE WHEN p.action <> 'excluded' THEN pg_catalog.pg_total_relation_size(p.relation) ELSE 0 END,
       pg_catalog.convert_to(p.schema_name, pg_catalog.getdatabaseencoding()),
       pg_catalog.convert_to(p.table_name, pg_catalog.getdatabaseencoding()),
       pg_catalog.convert_to(pg_catalog.pg_get_userbyid(c.relowner), pg_catalog.getdatabaseencoding()),
       p.blocks,
       pg_catalog.convert_to(p.load_root, pg_catalog.getdatabaseencoding())
FROM anon_funcs.dump_plan($1::pg_catalog.jsonb, $6::pg_catalog.jsonb, $7::pg_catalog.jsonb, $2::pg_catalog.bool, $3::pg_catalog.text,
                          strict => $4::pg_catalog.bool, non_sensitive => $5::pg_catalog.jsonb) AS p
JOIN pg_catalog.pg_class AS c ON c.oid = p.relation
