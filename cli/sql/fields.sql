-- What a dump will do with each column. $1 dictionary, $2 search path of rules.
SELECT f.relation::pg_catalog.oid, f.schema_name, f.table_name, f.column_name, f.column_type, f.action, f.rule, f.rule_pattern
FROM anon_funcs.fields($1::pg_catalog.jsonb, rule_search_path => $2::pg_catalog.text) AS f
