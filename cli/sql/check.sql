-- What is wrong with a dictionary. $1 dictionary, $2 whether unmatched rules are warnings only, $3 search path of rules,
-- $4 whether warnings are errors and every column needs a decision, $5 columns that are not sensitive,
-- $6 and $7 the tables that are to be dumped and that are not, as tables dictionaries; NULL: no list.
SELECT severity, code, object, message, hint
FROM anon_funcs.check_dictionary($1::pg_catalog.jsonb, $6::pg_catalog.jsonb, $7::pg_catalog.jsonb, $2::pg_catalog.bool, $3::pg_catalog.text,
                                 strict => $4::pg_catalog.bool, non_sensitive => $5::pg_catalog.jsonb)
