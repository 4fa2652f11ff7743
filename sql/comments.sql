-- What \df+ and \dx+ show of the functions that do not mask; those of masks are in mask_comments.sql.
COMMENT ON FUNCTION anon_funcs.check_dictionary(jsonb, jsonb, jsonb, boolean, text, boolean, jsonb) IS
    'All that is wrong with a dictionary for this database, one row a problem. include and exclude are tables dictionaries. strict: warnings are errors, and every column needs a rule or a place in non_sensitive. Nothing is dumped.';
COMMENT ON FUNCTION anon_funcs.dump_plan(jsonb, jsonb, jsonb, boolean, text, boolean, jsonb) IS
    'What a dump with this dictionary will do, one row a table, largest first: masked, plain or excluded, its columns, the masked ones, how each is masked (native: on the bytes of the row; sql: by the executor; constant) and the rule they come from.';
COMMENT ON FUNCTION anon_funcs.dump_rows(regclass, jsonb, bigint, bigint, text, boolean, bigint, integer, jsonb) IS
    'The masked rows of one table as COPY text in chunks of bytea; blocks from first_block up to, but without, end_block, and at most row_limit rows. With gzip_level each chunk is 8 bytes (rows, bytes of text) and a gzip member. Call it in the select list: COPY (SELECT anon_funcs.dump_rows(...)) TO STDOUT (FORMAT binary).';
COMMENT ON FUNCTION anon_funcs.dump_sequences(oid[]) IS
    'The state of every sequence, or of these, and the statement that restores it.';
COMMENT ON FUNCTION anon_funcs.dump(jsonb, regclass, jsonb, jsonb, boolean, text, boolean, jsonb) IS
    'The masked data of the database, or of one table and its partitions, as an SQL script for a target that has the structure. Streams: psql -XAtq -v FETCH_COUNT=100 -c "SELECT anon_funcs.dump(...)" SOURCE | psql -X TARGET. What check_dictionary calls an error stops it before the first line.';
COMMENT ON FUNCTION anon_funcs.fields(jsonb, jsonb, jsonb, boolean, text, boolean, jsonb) IS
    'What a dump with this dictionary will do with each column, one row a column: masked, plain or excluded; how it is masked (native, sql, constant), its rule, and where that comes from: the rule''s pattern and, for a partition, the parent that it names. Arguments as for dump_plan, but rules that match nothing are only warned about.';
COMMENT ON FUNCTION anon_funcs.preview(regclass, jsonb, bigint, bigint, boolean, text, boolean) IS
    'Masked rows of one table as a dump would write them, one row a row: its number, the names of the columns, which of them are masked, and the values as text. With before_after also the values that the table holds. By the primary key when there is one, else as they are stored; no table is sorted for it.';
COMMENT ON FUNCTION anon_funcs.scan(jsonb, jsonb, text, bigint, bigint, text) IS
    'What is sensitive in this database, one row a column, with the rule that masks it: by the meta-dictionary, or by the built-in detectors when it is NULL. sensitive is the dictionary of an earlier scan; scan_mode is full, partial (a sample of scan_rows rows of each table, the same for the same seed) or names; salt goes into the hashes of the rules. Never gives a value.';
COMMENT ON FUNCTION anon_funcs.scan_plan(jsonb, jsonb) IS
    'The tables that a scan must read and the columns that are not decided without their values, largest first: for clients that read over several connections with scan_part.';
COMMENT ON FUNCTION anon_funcs.scan_part(regclass, jsonb, jsonb, text, bigint, bigint, bigint, bigint) IS
    'What the values of one table, or of its blocks from first_block up to, but without, end_block, have shown: counts as JSON, for scan_verdicts.';
COMMENT ON FUNCTION anon_funcs.scan_verdicts(jsonb, jsonb, jsonb, text) IS
    'The verdicts over all parts, as scan gives them; parts is an array of what scan_part gave.';
COMMENT ON FUNCTION anon_funcs.key_pad() IS
    'Random bytes for one call of take_key in this session.';
COMMENT ON FUNCTION anon_funcs.take_key(bytea) IS
    'Sets the key of this session (pg_anon.key) without showing it to the server''s log: each byte of the key comes XORed with that of the last key_pad.';
