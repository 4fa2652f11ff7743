-- What the server has of these extensions. $1: JSON array of names. A row for each version of each.
SELECT t.name, v.version, a.default_version, v.version = a.default_version, pg_catalog.to_json(v.requires)::text
FROM pg_catalog.jsonb_array_elements_text($1::pg_catalog.jsonb) AS t (name)
JOIN pg_catalog.pg_available_extension_versions AS v ON v.name = t.name
JOIN pg_catalog.pg_available_extensions AS a ON a.name = t.name
