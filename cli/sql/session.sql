-- The settings that pg_dump gives its sessions, those that this server knows. $1 is the client encoding.
-- Notices are not asked for: one of a user's function could hold a value.
-- The view pg_settings would make a row of every setting that there is, which takes longer than all the rest.
SELECT pg_catalog.set_config(v.name, v.value, false)
FROM (VALUES
    ('client_encoding', $1::text),
    ('client_min_messages', 'error'),
    ('search_path', ''),
    ('DateStyle', 'ISO'),
    ('IntervalStyle', 'postgres'),
    ('extra_float_digits', '3'),
    ('synchronize_seqscans', 'off'),
    ('row_security', 'off'),
    ('standard_conforming_strings', 'on'),
    ('statement_timeout', '0'),
    ('lock_timeout', '0'),
    ('idle_in_transaction_session_timeout', '0'),
    ('idle_session_timeout', '0'),
    ('transaction_timeout', '0'),
    ('log_parameter_max_length_on_error', '0'),
    ('restrict_nonsystem_relation_kind', 'view, foreign-table')
) AS v (name, value)
WHERE pg_catalog.current_setting(v.name, true) IS NOT NULL
