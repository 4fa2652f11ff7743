-- Writes pairs of stored bytes and COPY text, one file a type, into the current folder. README.md says how it is run.
\set ON_ERROR_STOP on
\set QUIET on
\if :{?rows} \else \set rows 300 \endif
SET client_min_messages = warning;
SET datestyle = 'ISO';
SET intervalstyle = 'postgres';
SET extra_float_digits = 3;
SET bytea_output = 'hex';
SET timezone = 'UTC';
CREATE EXTENSION IF NOT EXISTS pageinspect;
CREATE SCHEMA pairs;
SET search_path = pairs, public;

-- 64 bits that depend on a number and a salt alone.
CREATE FUNCTION bits(n bigint, salt text) RETURNS bigint LANGUAGE sql IMMUTABLE
    AS $$ SELECT ('x' || md5(n || salt))::bit(64)::bigint $$;
-- 0 <= result < range.
CREATE FUNCTION pick(n bigint, salt text, range bigint) RETURNS bigint LANGUAGE sql IMMUTABLE
    AS $$ SELECT (pairs.bits(n, salt) & 9223372036854775807) % range $$;
CREATE FUNCTION digits(n bigint, salt text, length bigint) RETURNS text LANGUAGE sql IMMUTABLE AS $$
    SELECT coalesce(string_agg(lpad(pairs.pick(n, salt || part, 1000000000000000)::text, 15, '0'), ''), '0')
    FROM generate_series(1, length / 15 + 1) part WHERE length > 0 $$;

-- The bytes of the first column of each row, without the header of a varlena.
CREATE FUNCTION stored(relation regclass) RETURNS TABLE (place tid, bytes bytea) LANGUAGE sql AS $$
    SELECT format('(%s,%s)', block, lp)::tid, t_attrs[1]
    FROM generate_series(0, pg_relation_size(relation) / current_setting('block_size')::int - 1) block,
         heap_page_item_attrs(get_raw_page(relation::text, block), relation, true)
    WHERE t_attrs[1] IS NOT NULL $$;

CREATE TABLE n AS SELECT generate_series(1, :rows) AS n;

CREATE TABLE int2 AS SELECT v::int2 FROM (VALUES (0), (-1), (32767), (-32768)) s (v)
    UNION ALL SELECT (bits(n, 'i2') >> 48 + n % 16)::int2 FROM n;
CREATE TABLE int4 AS SELECT v::int4 FROM (VALUES (0), (-1), (2147483647), (-2147483648)) s (v)
    UNION ALL SELECT (bits(n, 'i4') >> 32 + n % 32)::int4 FROM n;
CREATE TABLE int8 AS SELECT v::int8 FROM (VALUES ('0'), ('-1'), ('9223372036854775807'), ('-9223372036854775808')) s (v)
    UNION ALL SELECT bits(n, 'i8') >> n % 64 FROM n;
CREATE TABLE oid AS SELECT v::oid FROM (VALUES ('0'), ('4294967295')) s (v)
    UNION ALL SELECT ((bits(n, 'o') >> 32 & 4294967295) >> n % 32)::oid FROM n;
CREATE TABLE boolean AS SELECT v FROM (VALUES (true), (false)) s (v);

CREATE TABLE float8 AS
    SELECT v::float8 FROM (VALUES ('0'), ('-0'), ('NaN'), ('Infinity'), ('-Infinity'), ('1e15'), ('999999999999999'),
        ('1e-4'), ('9.999999999999999e-5'), ('0.1'), ('123.456'), ('-1e-5'), ('1e22'), ('1e23'), ('5e-324'),
        ('1.7976931348623157e308'), ('2.2250738585072014e-308'), ('2.225073858507201e-308'), ('9007199254740993'),
        ('5.684341886080801e-14'), ('-1e100')) s (v)
    -- Any exponent; ordinary sizes; decimals with few digits; powers of 2; whole numbers.
    UNION ALL SELECT (bits(n, 'f1') >> 10)::float8 * power(2::float8, -1074 + pick(n, 'f2', 2044)) FROM n
    UNION ALL SELECT (bits(n, 'f3') >> 10)::float8 * power(2::float8, -80 + pick(n, 'f4', 80)) FROM n
    UNION ALL SELECT (bits(n, 'f5') >> pick(n, 'f6', 50)::int + 10)::float8 / power(10::float8, pick(n, 'f7', 22)) FROM n
    UNION ALL SELECT power(2::float8, e) FROM generate_series(-1074, 1023) e
    UNION ALL SELECT trunc((bits(n, 'f8') >> 10)::float8 * power(2::float8, pick(n, 'f9', 60) - 20)) FROM n
    -- Half-way points: an odd multiple m of 5^k is half-way between two numbers of 53 bits, and m * 2^k has few digits.
    UNION ALL SELECT trunc(((odd * power(5::numeric, k) + side) / 2) * power(2::numeric, k + shift + 1))::float8
    FROM generate_series(1, 23) k, generate_series(0, 12) shift, generate_series(-1, 1, 2) side, generate_series(1, :rows / 60) i,
         LATERAL (SELECT trunc(power(2::numeric, 53) / power(5::numeric, k) * (1 + pick(k * 100 + i, 'f10', 1000) / 1000.0) / 2)
             * 2 + 1 AS odd) o
    WHERE odd * power(5::numeric, k) BETWEEN power(2::numeric, 53) AND power(2::numeric, 54)
    -- Whole numbers half-way between two decimals of fewer digits.
    UNION ALL SELECT trunc(((pick(n, 'f11', 1000000000000000) * 2 + 1) * 5)
        * power(10::numeric, pick(n, 'f12', 8)) * power(2::numeric, pick(n, 'f13', 12)))::float8 FROM n;
CREATE TABLE float4 AS
    SELECT v::float4 FROM (VALUES ('0'), ('-0'), ('NaN'), ('Infinity'), ('-Infinity'), ('1e6'), ('999999.9'), ('999999'),
        ('1e-4'), ('9.999999e-5'), ('0.1'), ('123.456'), ('-1e-5'), ('1e-45'), ('3.4028235e38'), ('1.17549435e-38'),
        ('16777217'), ('8388608.5'), ('33554432')) s (v)
    UNION ALL SELECT ((bits(n, 'g1') >> 39)::float8 * power(2::float8, -149 + pick(n, 'g2', 253)))::float4 FROM n
    UNION ALL SELECT ((bits(n, 'g3') >> 39)::float8 * power(2::float8, -40 + pick(n, 'g4', 45)))::float4 FROM n
    UNION ALL SELECT ((bits(n, 'g5') >> pick(n, 'g6', 24)::int + 39)::float8 / power(10::float8, pick(n, 'g7', 10)))::float4 FROM n
    UNION ALL SELECT power(2::float8, e)::float4 FROM generate_series(-149, 127) e
    UNION ALL SELECT trunc(((odd * power(5::numeric, k) + side) / 2) * power(2::numeric, k + shift + 1))::float4
    FROM generate_series(1, 10) k, generate_series(0, 12) shift, generate_series(-1, 1, 2) side, generate_series(1, :rows / 60) i,
         LATERAL (SELECT trunc(power(2::numeric, 24) / power(5::numeric, k) * (1 + pick(k * 100 + i, 'g10', 1000) / 1000.0) / 2)
             * 2 + 1 AS odd) o
    WHERE odd * power(5::numeric, k) BETWEEN power(2::numeric, 24) AND power(2::numeric, 25)
    UNION ALL SELECT (((pick(n, 'g11', 1000000) * 2 + 1) * 5)
        * power(10::float8, pick(n, 'g12', 4)) * power(2::float8, pick(n, 'g13', 8)))::float4 FROM n;

CREATE TABLE numeric AS
    SELECT v::numeric FROM (VALUES ('0'), ('0.0'), ('0.00000'), ('-0.00'), ('NaN'), ('Infinity'), ('-Infinity'), ('1'), ('-1'),
        ('9999'), ('10000'), ('10001'), ('0.0001'), ('0.00001'), ('-0.00010'), ('99999999'), ('100000000'), ('1e40'),
        ('123400000000'), ('1.0000'), ('1e-64'), ('1e-63'), ('1e256'), ('1e252'), ('-1e-300'), ('0.1000000000000000000000001'),
        ('1e131071'), ('9e-16383'), ('0.' || repeat('0', 16383))) s (v)
    UNION ALL SELECT (repeat('9876543210', 13107) || '12.' || repeat('0123456789', 1638) || '123')::numeric
    UNION ALL SELECT (CASE n % 3 WHEN 0 THEN '-' ELSE '' END || digits(n, 'n1', pick(n, 'n2', 3) * pick(n, 'n3', 30)) || '.'
        || digits(n, 'n4', pick(n, 'n5', 25)) || repeat('0', pick(n, 'n6', 9)::int))::numeric FROM n
    UNION ALL SELECT (bits(n, 'n7') >> n % 64) / 100.00 FROM n
    UNION ALL SELECT trim_scale((bits(n, 'n8') >> n % 64) * power(10::numeric, pick(n, 'n9', 41) - 20)) FROM n;

CREATE TABLE date AS SELECT v::date FROM (VALUES ('infinity'), ('-infinity'), ('4714-11-24 BC'), ('5874897-12-31'),
        ('0001-01-01'), ('0001-12-31 BC'), ('0001-02-29 BC'), ('9999-12-31'), ('10000-01-01'), ('2000-02-29'), ('1900-02-28'),
        ('2100-03-01'), ('1970-01-01'), ('2000-01-01'), ('1999-12-31'), ('0100-02-28')) s (v)
    UNION ALL SELECT date '4714-11-24 BC' + pick(n, 'd1', 2147483494)::int FROM n
    UNION ALL SELECT date '4714-11-24 BC' + pick(n, 'd2', 6000000)::int FROM n;
CREATE TABLE time AS SELECT v::time FROM (VALUES ('00:00'), ('24:00'), ('23:59:59.999999'), ('12:34:56.1'), ('00:00:00.000001')) s (v)
    UNION ALL SELECT time '00:00' + pick(n, 't1', 86400000000) * interval '1 microsecond' FROM n
    UNION ALL SELECT date_trunc('second', time '00:00' + pick(n, 't2', 86400000000) * interval '1 microsecond')::time FROM n
    UNION ALL SELECT (time '00:00' + pick(n, 't3', 86400000000) * interval '1 microsecond')::time(3) FROM n;
CREATE TABLE timetz AS SELECT v::timetz FROM (VALUES ('00:00+00'), ('24:00-15:59:59'), ('23:59:59.999999+15:59:59'),
        ('12:34:56.1-00:01:15'), ('12:34:56.1+05:30'), ('01:02:03-00:30')) s (v)
    UNION ALL SELECT ((time '00:00' + pick(n, 't4', 86400000000) * interval '1 microsecond')
        || CASE WHEN n % 2 = 0 THEN '+' ELSE '-' END || pick(n, 't5', 57600) * interval '1 second')::timetz FROM n
    UNION ALL SELECT ((time '00:00' + pick(n, 't4', 86400000000) * interval '1 microsecond')
        || CASE WHEN n % 2 = 0 THEN '+' ELSE '-' END || pick(n, 't6', 15))::timetz FROM n;
CREATE TABLE timestamp AS SELECT v::timestamp FROM (VALUES ('infinity'), ('-infinity'), ('4714-11-24 00:00:00 BC'),
        ('294276-12-31 23:59:59.999999'), ('0001-01-01'), ('0001-12-31 23:59:59.999999 BC'), ('9999-12-31 23:59:59.9'),
        ('10000-01-01'), ('2000-01-01'), ('1999-12-31 23:59:59.999999'), ('1969-12-31 23:59:59.5')) s (v)
    UNION ALL SELECT timestamp '4714-11-24 BC' + pick(n, 's1', 9200000000000000) * interval '1000 microseconds' FROM n
    UNION ALL SELECT timestamp '2000-01-01' + (bits(n, 's2') >> n % 60 + 4) * interval '1 microsecond' FROM n
        WHERE (bits(n, 's2') >> n % 60 + 4) > -211813488000000000
    UNION ALL SELECT timestamp '1990-01-01' + pick(n, 's3', 2000000000) * interval '1 second' FROM n;
CREATE TABLE timestamptz AS SELECT v AT TIME ZONE 'UTC' AS v FROM timestamp v (v) LIMIT 100;
INSERT INTO timestamptz SELECT timestamptz '1700-01-01' + pick(n, 'z1', 12000000000) * interval '1 second' FROM n;
CREATE TABLE interval AS SELECT v::interval FROM (VALUES ('0'), ('1 day'), ('-1 day'), ('1 mon'), ('1 year'), ('-1 year'),
        ('1 year -1 mon'), ('-1 mon 1 day'), ('-1 day 00:00:01'), ('-1 day -00:00:01'), ('1 day -00:00:00.000001'),
        ('1 year 2 mons 3 days 04:05:06.789'), ('-00:00:00.5'), ('100:00:00'), ('-1000:00:00'), ('99:59:59.999999'),
        ('2562047788:00:54.775807'), ('-2562047788:00:54.775807'), ('2147483647 months 2147483647 days'),
        ('-2147483648 months -2147483648 days'), ('13 mons'), ('-13 mons')) s (v)
    UNION ALL SELECT make_interval(months => (bits(n, 'v1') >> 32 + n % 32)::int, days => (bits(n, 'v2') >> 32 + n % 31)::int)
        + (bits(n, 'v3') >> n % 64) / 1000 * interval '1 microsecond' FROM n
    UNION ALL SELECT make_interval(days => pick(n, 'v4', 3)::int - 1, secs => pick(n, 'v5', 400000) - 200000) FROM n;

CREATE TABLE uuid AS SELECT md5(n::text)::uuid AS v FROM n;
CREATE TABLE bytea AS SELECT decode(substr(repeat(md5(n::text), 8), 1, 2 * (n % 100)), 'hex') AS v FROM n;
CREATE TABLE macaddr AS SELECT substr(md5(n::text), 1, 12)::macaddr AS v FROM n;
CREATE TABLE macaddr8 AS SELECT substr(md5(n::text), 1, 16)::macaddr8 AS v FROM n;
CREATE TABLE inet AS
    SELECT v::inet FROM (VALUES ('0.0.0.0/0'), ('255.255.255.255'), ('10.0.0.1/8'), ('::'), ('::/0'), ('::1'), ('::2'), ('1::'),
        ('::ffff:1.2.3.4'), ('::ffff:0:0'), ('::1.2.3.4'), ('::1:0'), ('::0.0.255.255'), ('::ffff:1.2.3.4/96'), ('::fffe:1.2.3.4'),
        ('1:0:0:2::3'), ('1:2:3:4:5:6:7:0'), ('0:2:3:4:5:6:7:8'), ('1:0:3:4:5:6:7:8'), ('fe80::1/64'), ('1:2:3:4:5:6::'),
        ('0:0:1:0:0:1:0:0')) s (v)
    UNION ALL SELECT (pick(n, 'a', 256) || '.' || pick(n, 'b', 256) || '.' || pick(n, 'c', 3) * pick(n, 'd', 128) || '.'
        || pick(n, 'e', 256) || CASE WHEN n % 2 = 0 THEN '' ELSE '/' || pick(n, 'f', 33) END)::inet FROM n
    UNION ALL SELECT ((SELECT string_agg(CASE pick(n, 'w' || i, 5) WHEN 0 THEN 'ffff' WHEN 1
        THEN to_hex(pick(n, 'x' || i, 65536) >> pick(n, 'y' || i, 16)::int) ELSE '0' END, ':') FROM generate_series(1, 8) i)
        || CASE WHEN n % 2 = 0 THEN '' ELSE '/' || pick(n, 'm', 129) END)::inet FROM n;
CREATE TABLE cidr AS SELECT network(v) AS v FROM inet;

CREATE TABLE text AS SELECT string_agg(chr(c), '' ORDER BY c) AS v FROM generate_series(1, 383) c
    UNION ALL SELECT ''
    UNION ALL SELECT string_agg(CASE pick(n * 1000 + i, 'q', 12) WHEN 0 THEN chr(1 + pick(n * 1000 + i, 'r', 32)::int)
        WHEN 1 THEN E'\\' WHEN 2 THEN chr(200 + pick(n * 1000 + i, 'r', 50000)::int) ELSE chr(97 + i % 26) END, '')
        FROM n, generate_series(1, 1 + n % 60) i GROUP BY n;
CREATE TABLE name AS SELECT left(v, 20)::name AS v FROM text;
CREATE TABLE json AS SELECT to_json(v) AS v FROM text;

CREATE TABLE jsonb AS
    SELECT v::jsonb FROM (VALUES ('null'), ('true'), ('false'), ('0'), ('-1.50'), ('""'), ('"a"'), ('[]'), ('{}'), ('[[]]'),
        ('[{}]'), ('{"":{}}'), ('[null, true, false, 1, "a", [1], {"a": 1}]'), ('{"a": [], "b": {"c": null}}'),
        ('1e1000'), ('1e-1000'), ('{"a": 1e-10, "bb": 12345678901234567890.123, "c": "x"}'), ('[1e131071]'),
        (repeat('[', 190) || repeat(']', 190)), (repeat('{"k":', 150) || '1' || repeat('}', 150))) s (v)
    UNION ALL SELECT to_jsonb(v) FROM text
    UNION ALL SELECT jsonb_build_object('text', v, v, length(v)) FROM text
    -- More children than have entries with a length, of all types.
    UNION ALL SELECT jsonb_agg(CASE i % 6 WHEN 0 THEN to_jsonb(i / 7.0) WHEN 1 THEN to_jsonb(md5(i::text)) WHEN 2 THEN 'null'
        WHEN 3 THEN to_jsonb(i % 4 = 3) WHEN 4 THEN jsonb_build_array(i, repeat('x', i % 5)) ELSE to_jsonb(i) END)
        FROM generate_series(1, 200) i
    UNION ALL SELECT jsonb_object_agg(left(md5(i::text), i % 9 + 3), CASE i % 5 WHEN 0 THEN to_jsonb(i / 7.0)
        WHEN 1 THEN to_jsonb(md5(i::text)) WHEN 2 THEN 'null' WHEN 3 THEN jsonb_build_object('k', i) ELSE to_jsonb(i) END)
        FROM generate_series(1, 200) i
    UNION ALL SELECT jsonb_build_object('id', n, 'price', (bits(n, 'j1') >> n % 64) / 100.0, 'tags',
        (SELECT jsonb_agg(left(md5(i::text), i)) FROM generate_series(1, n % 70) i), 'ok', n % 2 = 0, 'address',
        jsonb_build_object('city', 'St. "Petersburg"', 'lines', jsonb_build_array(E'a\\b', E'c\nd', NULL, n / 3.0))) FROM n;

\copy (SELECT encode(bytes, 'hex'), v FROM int2 JOIN stored('int2') ON ctid = place) TO 'int2.tsv'
\copy (SELECT encode(bytes, 'hex'), v FROM int4 JOIN stored('int4') ON ctid = place) TO 'int4.tsv'
\copy (SELECT encode(bytes, 'hex'), v FROM int8 JOIN stored('int8') ON ctid = place) TO 'int8.tsv'
\copy (SELECT encode(bytes, 'hex'), v FROM pairs.oid JOIN stored('pairs.oid') ON pairs.oid.ctid = place) TO 'oid.tsv'
\copy (SELECT encode(bytes, 'hex'), v FROM boolean JOIN stored('boolean') ON ctid = place) TO 'boolean.tsv'
\copy (SELECT encode(bytes, 'hex'), v FROM float4 JOIN stored('float4') ON ctid = place) TO 'float4.tsv'
\copy (SELECT encode(bytes, 'hex'), v FROM float8 JOIN stored('float8') ON ctid = place) TO 'float8.tsv'
\copy (SELECT encode(bytes, 'hex'), v FROM numeric JOIN stored('numeric') ON ctid = place) TO 'numeric.tsv'
\copy (SELECT encode(bytes, 'hex'), v FROM date JOIN stored('date') ON ctid = place) TO 'date.tsv'
\copy (SELECT encode(bytes, 'hex'), v FROM time JOIN stored('time') ON ctid = place) TO 'time.tsv'
\copy (SELECT encode(bytes, 'hex'), v FROM timetz JOIN stored('timetz') ON ctid = place) TO 'timetz.tsv'
\copy (SELECT encode(bytes, 'hex'), v FROM timestamp JOIN stored('timestamp') ON ctid = place) TO 'timestamp.tsv'
\copy (SELECT encode(bytes, 'hex'), v FROM interval JOIN stored('interval') ON ctid = place) TO 'interval.tsv'
\copy (SELECT encode(bytes, 'hex'), v FROM uuid JOIN stored('uuid') ON ctid = place) TO 'uuid.tsv'
\copy (SELECT encode(bytes, 'hex'), v FROM bytea JOIN stored('bytea') ON ctid = place) TO 'bytea.tsv'
\copy (SELECT encode(bytes, 'hex'), v FROM macaddr JOIN stored('macaddr') ON ctid = place) TO 'macaddr.tsv'
\copy (SELECT encode(bytes, 'hex'), v FROM macaddr8 JOIN stored('macaddr8') ON ctid = place) TO 'macaddr8.tsv'
\copy (SELECT encode(bytes, 'hex'), v FROM inet JOIN stored('inet') ON ctid = place) TO 'inet.tsv'
\copy (SELECT encode(bytes, 'hex'), v FROM cidr JOIN stored('cidr') ON ctid = place) TO 'cidr.tsv'
\copy (SELECT encode(bytes, 'hex'), v FROM text JOIN stored('text') ON ctid = place) TO 'text.tsv'
\copy (SELECT encode(bytes, 'hex'), v FROM name JOIN stored('name') ON ctid = place) TO 'name.tsv'
\copy (SELECT encode(bytes, 'hex'), v FROM json JOIN stored('json') ON ctid = place) TO 'json.tsv'
\copy (SELECT encode(bytes, 'hex'), v FROM jsonb JOIN stored('jsonb') ON ctid = place) TO 'jsonb.tsv'

-- Here the offset of the zone from UTC in seconds stands between bytes and text.
\set timestamptz 'SELECT encode(bytes, ''hex''), coalesce(extract(timezone FROM v), 0)::int, v FROM timestamptz JOIN stored(''timestamptz'') ON ctid = place'
\o timestamptz.tsv
SET timezone = 'UTC'; COPY (:timestamptz) TO STDOUT;
SET timezone = 'Europe/Moscow'; COPY (:timestamptz) TO STDOUT;
SET timezone = 'Asia/Kolkata'; COPY (:timestamptz) TO STDOUT;
SET timezone = 'America/St_Johns'; COPY (:timestamptz) TO STDOUT;
SET timezone = 'Europe/Amsterdam'; COPY (:timestamptz) TO STDOUT;
SET timezone = 'Africa/Monrovia'; COPY (:timestamptz) TO STDOUT;
SET timezone = 'America/Juneau'; COPY (:timestamptz) TO STDOUT;
SET timezone = 'Asia/Manila'; COPY (:timestamptz) TO STDOUT;
\o
DROP SCHEMA pairs CASCADE;
