-- The result of \df+ and \dx+ for a DBA; one line a function.
COMMENT ON FUNCTION anon_funcs.partial(text, integer, text, integer) IS
    'Keeps the first prefix and the last suffix characters of ov and puts padding between them; a value that they would show whole gives the padding alone.';
COMMENT ON FUNCTION anon_funcs.partial_email(text) IS
    'Keeps the beginnings of an e-mail address''s parts and its top-level domain: example@gmail.com gives ex******@gm******.com. Takes any text.';
COMMENT ON FUNCTION anon_funcs.digest(text, text, text) IS
    'Hexadecimal hash of seed followed by salt; algorithm is md5, sha1, sha224, sha256, sha384 or sha512.';
COMMENT ON FUNCTION anon_funcs.random_hash(text, text) IS
    'Hexadecimal hash of seed with a salt drawn anew for every call; algorithm as for digest.';
COMMENT ON FUNCTION anon_funcs.random_string(integer) IS
    'l random characters of A-Z and 0-9.';
COMMENT ON FUNCTION anon_funcs.random_zip() IS
    'Six random digits.';
COMMENT ON FUNCTION anon_funcs.random_inn() IS
    'Eight random digits.';
COMMENT ON FUNCTION anon_funcs.random_phone(text) IS
    'phone_prefix (0 by default) and a random number of nine digits.';
COMMENT ON FUNCTION anon_funcs.random_date_between(timestamp with time zone, timestamp with time zone) IS
    'A random time between the two.';
COMMENT ON FUNCTION anon_funcs.random_date() IS
    'A random time between 1900-01-01 and now.';
COMMENT ON FUNCTION anon_funcs.random_int_between(integer, integer) IS
    'A random number from int_start up to, but without, int_stop.';
COMMENT ON FUNCTION anon_funcs.random_bigint_between(bigint, bigint) IS
    'A random number from int_start up to, but without, int_stop.';
COMMENT ON FUNCTION anon_funcs.random_in(anyarray) IS
    'A random element of an array.';
COMMENT ON FUNCTION anon_funcs.hex_to_int(text) IS
    'The signed integer that up to eight hexadecimal digits stand for.';
COMMENT ON FUNCTION anon_funcs.noise(anyelement, double precision) IS
    'The number changed by a random share of at most ratio (0.1: ten per cent), within the range of its type. Any numeric type.';
COMMENT ON FUNCTION anon_funcs.dnoise(anyelement, interval) IS
    'The date or time moved by a random span of at most noise_range to either side, within the range of its type.';
COMMENT ON FUNCTION anon_funcs.check_dictionary(jsonb, jsonb, jsonb, boolean, text) IS
    'All that is wrong with a dictionary for this database, one row a problem. include and exclude are tables dictionaries. Nothing is dumped.';
COMMENT ON FUNCTION anon_funcs.dump_plan(jsonb, jsonb, jsonb, boolean, text) IS
    'What a dump with this dictionary will do, one row a table, largest first: masked, plain or excluded, its columns, the masked ones, how each is masked (native: on the bytes of the row; sql: by the executor; constant) and the rule they come from.';
COMMENT ON FUNCTION anon_funcs.dump_rows(regclass, jsonb, bigint, bigint, text, boolean) IS
    'The masked rows of one table as COPY text in chunks of bytea; blocks from first_block up to, but without, end_block. Call it in the select list: COPY (SELECT anon_funcs.dump_rows(...)) TO STDOUT (FORMAT binary).';
COMMENT ON FUNCTION anon_funcs.dump_sequences() IS
    'The state of every sequence, and the statement that restores it.';
