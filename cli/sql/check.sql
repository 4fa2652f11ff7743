-- What is wrong with a dictionary. $1 dictionary, $2 whether unmatched rules are warnings only, $3 search path of rules.
SELECT severity, code, object, message, hint
FROM anon_funcs.check_dictionary($1::pg_catalog.jsonb, NULL, NULL, $2::pg_catalog.bool, $3::pg_catalog.text)
