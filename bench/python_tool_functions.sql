-- The masking functions of the Python tool pg_anon 1.10, for comparison: the same names, arguments, volatility, language and
-- results, written anew from their description. Where it leaves a choice, the faster way was taken. Wants the contrib
-- extension pgcrypto, as that tool does.
\set ON_ERROR_STOP on
SET client_min_messages = warning;
CREATE SCHEMA python_tool;
CREATE EXTENSION pgcrypto SCHEMA python_tool;

CREATE FUNCTION python_tool.noise(noise_value anyelement, ratio double precision) RETURNS anyelement LANGUAGE plpgsql VOLATILE AS $$
DECLARE
    result ALIAS FOR $0;
    r double precision := (2 * random() - 1) * ratio;
BEGIN
    result := noise_value * (1 - r);
    RETURN result;
EXCEPTION WHEN numeric_value_out_of_range THEN
    result := noise_value * (1 + r);
    RETURN result;
END $$;

CREATE FUNCTION python_tool.dnoise(noise_value anyelement, noise_range interval) RETURNS anyelement LANGUAGE plpgsql VOLATILE AS $$
DECLARE
    result ALIAS FOR $0;
    shift interval := (2 * random() - 1) * noise_range;
BEGIN
    result := noise_value + shift;
    RETURN result;
EXCEPTION WHEN datetime_field_overflow THEN
    result := noise_value - shift;
    RETURN result;
END $$;

CREATE FUNCTION python_tool.digest(seed text, salt text, algorithm text) RETURNS text LANGUAGE sql IMMUTABLE STRICT AS $$
    SELECT encode(python_tool.digest(seed || salt, algorithm), 'hex') $$;

CREATE FUNCTION python_tool.partial(ov text, prefix integer, padding text, suffix integer) RETURNS text LANGUAGE sql IMMUTABLE AS $$
    SELECT substring(ov FROM 1 FOR prefix) || padding || substring(ov FROM char_length(ov) - suffix + 1 FOR suffix) $$;

CREATE FUNCTION python_tool.partial_email(ov text) RETURNS text LANGUAGE plpgsql IMMUTABLE AS $$
DECLARE
    tld text := split_part(ov, '.', -1);
BEGIN
    RETURN substr(ov, 1, 2) || '******@' || substr(ov, strpos(ov, '@') + 1, char_length(tld) - 1) || '******.' || tld;
END $$;

CREATE FUNCTION python_tool.random_string(l integer) RETURNS text LANGUAGE sql VOLATILE STRICT AS $$
    SELECT string_agg(substr('ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789', (random() * 35 + 1)::integer, 1), '') FROM generate_series(1, l) $$;

CREATE FUNCTION python_tool.random_zip() RETURNS text LANGUAGE sql VOLATILE AS $$
    SELECT string_agg(substr('0123456789', (random() * 9 + 1)::integer, 1), '') FROM generate_series(1, 6) $$;

CREATE FUNCTION python_tool.random_inn() RETURNS text LANGUAGE sql VOLATILE AS $$
    SELECT string_agg(substr('0123456789', (random() * 9 + 1)::integer, 1), '') FROM generate_series(1, 8) $$;

CREATE FUNCTION python_tool.random_date_between(date_start timestamptz, date_end timestamptz) RETURNS timestamptz LANGUAGE sql VOLATILE STRICT AS $$
    SELECT date_start + random() * (date_end - date_start) $$;

CREATE FUNCTION python_tool.random_date() RETURNS timestamptz LANGUAGE sql VOLATILE AS $$
    SELECT python_tool.random_date_between('1900-01-01', now()) $$;

CREATE FUNCTION python_tool.random_int_between(int_start integer, int_stop integer) RETURNS integer LANGUAGE sql VOLATILE STRICT AS $$
    SELECT floor(random() * (int_stop - int_start))::integer + int_start $$;

CREATE FUNCTION python_tool.random_bigint_between(int_start bigint, int_stop bigint) RETURNS bigint LANGUAGE sql VOLATILE STRICT AS $$
    SELECT floor(random() * (int_stop - int_start))::bigint + int_start $$;

CREATE FUNCTION python_tool.random_phone(phone_prefix text DEFAULT '0') RETURNS text LANGUAGE sql VOLATILE STRICT AS $$
    SELECT phone_prefix || python_tool.random_int_between(100000000, 999999999)::text $$;

CREATE FUNCTION python_tool.random_hash(seed text, algorithm text) RETURNS text LANGUAGE sql VOLATILE STRICT SECURITY DEFINER AS $$
    SELECT python_tool.digest(seed, python_tool.random_string(6), algorithm) $$;

CREATE FUNCTION python_tool.random_in(a anyarray) RETURNS anyelement LANGUAGE sql VOLATILE STRICT AS $$
    SELECT a[1 + floor(random() * cardinality(a))::integer] $$;

CREATE FUNCTION python_tool.hex_to_int(hexval text) RETURNS integer LANGUAGE plpgsql VOLATILE AS $$
DECLARE
    result integer;
BEGIN
    EXECUTE 'SELECT x' || quote_literal(hexval) || '::integer' INTO result;
    RETURN result;
END $$;
