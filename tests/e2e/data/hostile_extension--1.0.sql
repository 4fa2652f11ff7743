-- An extension whose tables hold a user's rows, one of them only some of its rows.
CREATE TABLE @extschema@.settings (name text PRIMARY KEY, value text, is_built_in boolean);
INSERT INTO @extschema@.settings VALUES ('built in', 'it''s there already', true);
CREATE SEQUENCE @extschema@.counter;
CREATE TABLE @extschema@.log (id serial, setting text REFERENCES @extschema@.settings, entry text);
CREATE TABLE @extschema@.fixed (id integer);
INSERT INTO @extschema@.fixed VALUES (1), (2);
CREATE SEQUENCE @extschema@.not_dumped START 5;
SELECT pg_catalog.pg_extension_config_dump('@extschema@.settings', 'WHERE NOT is_built_in');
SELECT pg_catalog.pg_extension_config_dump('@extschema@.log', '');
SELECT pg_catalog.pg_extension_config_dump('@extschema@.log_id_seq', '');
SELECT pg_catalog.pg_extension_config_dump('@extschema@.counter', '');
