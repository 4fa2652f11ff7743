-- Columns that refer to others, or of which the dictionary says that they hold the same, are masked alike: everybody sees it.
\set VERBOSITY terse
SET client_min_messages = warning;
CREATE EXTENSION IF NOT EXISTS pg_anon;
CREATE SCHEMA con;
SET search_path = con;
SELECT set_config('pg_anon.key', 'the-key-of-the-tests-of-consistency', false) AS shown;
CREATE FUNCTION rules(tab text, fields jsonb) RETURNS jsonb LANGUAGE sql AS $$
    SELECT jsonb_build_object('dictionary', jsonb_build_array(
        jsonb_build_object('schema', 'con', 'table', tab, 'fields', fields)))
$$;
CREATE FUNCTION said(dictionary jsonb, strict boolean DEFAULT false) RETURNS TABLE (severity text, code text, message text) LANGUAGE sql AS $$
    SELECT c.severity, c.code, c.message FROM anon_funcs.check_dictionary(dictionary, strict => strict) c
$$;
-- The masked columns of this schema, each with its rule and where that comes from.
CREATE FUNCTION masked(dictionary jsonb) RETURNS TABLE (place text, rule text, source text) LANGUAGE sql AS $$
    SELECT f.table_name || '.' || f.column_name, f.rule, f.rule_source FROM anon_funcs.fields(dictionary) f
    WHERE f.schema_name = 'con' AND f.action = 'masked'
$$;
-- The masked rows of a table.
CREATE FUNCTION rows(tab regclass, dictionary jsonb) RETURNS SETOF text LANGUAGE sql AS $$
    SELECT r.row FROM (SELECT string_agg(convert_from(chunk, 'UTF8'), '') AS text FROM (SELECT anon_funcs.dump_rows(tab, dictionary) AS chunk) c) t,
        LATERAL regexp_split_to_table(rtrim(t.text, E'\n'), '\n') AS r (row)
$$;

-- Chains, composite keys, a table that refers to itself, another type, quoted names.
CREATE TABLE person (tenant int, id int, boss int, "E-Mail" text UNIQUE, PRIMARY KEY (tenant, id), CONSTRAINT person_boss FOREIGN KEY (tenant, boss) REFERENCES person);
CREATE TABLE account (tenant int, person bigint, PRIMARY KEY (tenant, person), CONSTRAINT account_person FOREIGN KEY (tenant, person) REFERENCES person);
CREATE TABLE login (id int PRIMARY KEY, tenant int, "Account" bigint, mail varchar(90) REFERENCES person ("E-Mail"), CONSTRAINT login_account FOREIGN KEY (tenant, "Account") REFERENCES account);
INSERT INTO person SELECT 1, n, nullif(n / 2, 0), 'id' || n || '@shop.example' FROM generate_series(1, 4) n;
INSERT INTO account SELECT 1, n FROM generate_series(1, 4) n;
INSERT INTO login SELECT n, 1, n, 'id' || n || '@shop.example' FROM generate_series(1, 4) n;
\set dictionary '{"dictionary": [{"schema": "con", "table": "person", "fields": {"id": "permute_int(id, 1, 9)", "E-Mail": "upper(\\"E-Mail\\") || '' of E-Mail''"}}]}'
SELECT * FROM said(:'dictionary');
SELECT * FROM masked(:'dictionary');
SELECT p.relation, p.action, p.masked_columns, p.masked_by, p.rule_source FROM (SELECT relation::text, action, masked_columns, masked_by, rule_source FROM anon_funcs.dump_plan(:'dictionary') WHERE schema_name = 'con') p ORDER BY 1;
SELECT * FROM rows('person', :'dictionary');
SELECT * FROM rows('account', :'dictionary');
SELECT * FROM rows('login', :'dictionary');
SELECT row_number, masked, row_values FROM anon_funcs.preview('login', :'dictionary', 2);
SELECT line FROM (SELECT anon_funcs.dump(:'dictionary') AS line) d WHERE line ~ E'^[0-9]\t';

-- A function of the type of the referenced column: also where the other writes its values in another way.
CREATE TABLE price (amount numeric(10,2) PRIMARY KEY, day timestamp(0) UNIQUE, code char(5) UNIQUE);
CREATE TABLE sale (amount numeric REFERENCES price, day timestamp REFERENCES price (day), code varchar(9) REFERENCES price (code));
INSERT INTO price VALUES (1.5, '2020-01-02', 'ab');
INSERT INTO sale VALUES (1.500, '2020-01-02', 'ab');
\set dictionary '{"dictionary": [{"schema": "con", "table": "price", "fields": {"amount": "length(anon_funcs.digest(amount::text, ''s'', ''md5'')) + amount / 3", "day": "day + interval ''1.4 seconds''", "code": "left(anon_funcs.digest(code::text, ''s'', ''md5''), 3)"}}]}'
SELECT severity, code FROM said(:'dictionary');
SELECT * FROM masked(:'dictionary');
SELECT * FROM rows('price', :'dictionary') UNION SELECT * FROM rows('sale', :'dictionary');

-- Partitions on both sides; a domain; a foreign key of a partition alone.
CREATE DOMAIN ident AS int CHECK (VALUE > 0);
CREATE TABLE part (id ident, at int, PRIMARY KEY (id)) PARTITION BY RANGE (id);
CREATE TABLE part_1 PARTITION OF part FOR VALUES FROM (1) TO (100);
CREATE TABLE refs (id int, part int REFERENCES part) PARTITION BY LIST (id);
CREATE TABLE refs_1 PARTITION OF refs FOR VALUES IN (1);
CREATE TABLE refs_2 PARTITION OF refs FOR VALUES IN (2);
CREATE TABLE alone (v text UNIQUE);
CREATE TABLE lists (k int, v text) PARTITION BY LIST (k);
CREATE TABLE lists_1 PARTITION OF lists FOR VALUES IN (1);
ALTER TABLE lists_1 ADD CONSTRAINT lists_1_v FOREIGN KEY (v) REFERENCES alone (v);
INSERT INTO part SELECT n FROM generate_series(1, 5) n;
INSERT INTO refs SELECT 1 + n % 2, n FROM generate_series(1, 5) n;
INSERT INTO alone VALUES ('x');
INSERT INTO lists VALUES (1, 'x');
\set dictionary '{"dictionary": [{"schema": "con", "table": "part", "fields": {"id": "permute_int(id, 1, 50)"}}, {"schema": "con", "table": "alone", "fields": {"v": "pseudo_email(v)"}}]}'
SELECT * FROM masked(:'dictionary');
SELECT severity, code, message FROM said(:'dictionary') WHERE code <> 'domain_constraint';
SELECT count(*) FROM (SELECT split_part(r, E'\t', 2) FROM rows('refs_1', :'dictionary') r UNION SELECT split_part(r, E'\t', 2) FROM rows('refs_2', :'dictionary') r
    EXCEPT SELECT split_part(r, E'\t', 1) FROM rows('part_1', :'dictionary') r) e;
SELECT (SELECT * FROM rows('alone', :'dictionary')) = split_part((SELECT * FROM rows('lists_1', :'dictionary')), E'\t', 2) AS the_same;

-- What cannot be taken over is an error: chance, another column, a sub-select. The column's own rule helps.
CREATE TABLE parent (id int PRIMARY KEY, code text UNIQUE, salt text);
CREATE TABLE child (code text CONSTRAINT child_code REFERENCES parent (code));
INSERT INTO parent VALUES (1, 'one', 's');
INSERT INTO child VALUES ('one');
SELECT * FROM said(rules('parent', '{"code": "anon_funcs.random_string(20)"}'));
SELECT * FROM said(rules('parent', '{"code": "anon_funcs.digest(code, salt, ''sha256'')"}'));
SELECT * FROM said(rules('parent', '{"code": "(SELECT code)"}'));
SELECT * FROM rows('child', rules('parent', '{"code": "anon_funcs.random_string(20)"}'));
SELECT * FROM said(rules('parent', '{"code": "no_such_function(code)"}'));
SELECT * FROM said(rules('parent', '{"code": "anon_funcs.random_string(20)"}') || jsonb_build_object('dictionary',
    rules('parent', '{"code": "anon_funcs.random_string(20)"}') -> 'dictionary' || (rules('child', '{"code": "NULL"}') -> 'dictionary')));
-- Literals that look like the column stay.
SELECT * FROM masked(rules('parent', '{"code": "lower(parent.code /* code */ || ''code'') || con.parent.code"}'));
SELECT * FROM rows('child', rules('parent', '{"code": "lower(parent.code /* code */ || ''code'') || con.parent.code"}'));
SELECT * FROM masked(rules('parent', '{"code": "SQL:CASE WHEN code IS NULL THEN NULL ELSE anon_funcs.partial(code, 1, ''*'', 0) END"}'));
-- One who refers to two that are masked in different ways; a key that is not valid.
CREATE TABLE other (code text PRIMARY KEY);
CREATE TABLE both_of (code text CONSTRAINT both_parent REFERENCES parent (code) CONSTRAINT both_other REFERENCES other);
\set dictionary '{"dictionary": [{"schema": "con", "table": "parent", "fields": {"code": "upper(code)"}}, {"schema": "con", "table": "other", "fields": {"code": "lower(code)"}}]}'
SELECT * FROM said(:'dictionary') WHERE message ~ 'both_of';
DROP TABLE both_of, other;
ALTER TABLE child DROP CONSTRAINT child_code;
ALTER TABLE child ADD CONSTRAINT child_code FOREIGN KEY (code) REFERENCES parent (code) NOT VALID;
SELECT * FROM masked(rules('parent', '{"code": "anon_funcs.digest(code, ''s'', ''sha256'')"}'));
SELECT * FROM said(rules('parent', '{"code": "anon_funcs.random_string(20)"}'));
ALTER TABLE child DROP CONSTRAINT child_code;

-- Groups of the dictionary.
CREATE TABLE contact (mail text, phone text);
INSERT INTO contact VALUES ('id1@shop.example', '1');
CREATE FUNCTION grouped(dictionary jsonb, tab text, col text) RETURNS jsonb LANGUAGE sql AS $$
    SELECT dictionary || jsonb_build_object('consistent', jsonb_build_array(jsonb_build_array(
        jsonb_build_object('schema', 'con', 'table', 'person', 'column', 'E-Mail'), jsonb_build_object('schema', 'con', 'table', tab, 'column', col))))
$$;
SELECT * FROM masked(grouped(rules('person', '{"E-Mail": "anon_funcs.pseudo_email(\"E-Mail\")"}'), 'contact', 'mail'));
SELECT * FROM masked(grouped(rules('contact', '{"mail": "anon_funcs.pseudo_email(mail)"}'), 'contact', 'mail'));
SELECT (SELECT split_part(r, E'\t', 4) FROM rows('person', d) r LIMIT 1) = (SELECT split_part(r, E'\t', 1) FROM rows('contact', d) r) AS the_same
    FROM grouped(rules('contact', '{"mail": "anon_funcs.pseudo_email(mail)"}'), 'contact', 'mail') d;
SELECT * FROM said(grouped(rules('contact', '{"mail": "anon_funcs.pseudo_email(mail)"}'), 'contact', 'mail'));
SELECT * FROM said(grouped(rules('contact', '{"mail": "anon_funcs.random_email()"}'), 'contact', 'mail'));
SELECT * FROM said(grouped(rules('contact', '{"phone": "''x''"}'), 'contact', 'mail'));
SELECT * FROM said(grouped(rules('contact', '{"mail": "anon_funcs.pseudo_email(mail)"}'), 'contacts', 'mail'));
SELECT * FROM said(grouped(rules('contact', '{"mail": "anon_funcs.pseudo_email(mail)"}'), 'contact', 'male'));
SELECT severity, code, message FROM anon_funcs.check_dictionary(grouped(rules('contact', '{"phone": "''x''"}'), 'contact', 'male'), allow_unmatched_rules => true);
SELECT * FROM said('{"dictionary": [{"schema": "con", "table": "person", "fields": {"E-Mail": "lower(\"E-Mail\")"}}, {"schema": "con", "table": "contact", "fields": {"mail": "upper(mail)"}}],
    "consistent": [[{"schema": "con", "table": "person", "column": "E-Mail"}, {"schema": "con", "table": "contact", "column": "mail"}]]}');
SELECT * FROM said('{"consistent": [[{"schema": "con", "table": "person"}]]}');
-- A column that takes a rule over is decided.
SELECT message FROM said(rules('part', '{"id": "anon_funcs.permute_int(id, 1, 50)"}'), true) WHERE code = 'undecided_column' AND message ~ 'refs_';
-- The rule of one side does for the other also where integers have other sizes.
SELECT count(*) FROM generate_series(1, 100) n
WHERE anon_funcs.permute_int(n, 1, 100) <> anon_funcs.permute_int(n::bigint, 1, 100)
   OR anon_funcs.permute_int(n::int2, 1::int2, 100::int2) <> anon_funcs.permute_int(n, 1, 100);
-- Rows whose partition key takes a rule over may belong to another partition.
CREATE TABLE cust (id int PRIMARY KEY);
CREATE TABLE ord (cust int REFERENCES cust) PARTITION BY RANGE (cust);
CREATE TABLE ord_0 PARTITION OF ord FOR VALUES FROM (0) TO (50);
CREATE TABLE ord_1 PARTITION OF ord FOR VALUES FROM (50) TO (100);
CREATE TABLE base (cust int REFERENCES cust, v text, shown text GENERATED ALWAYS AS ('c' || abs(cust)) STORED);
CREATE TABLE kid () INHERITS (base);
\set dictionary '{"dictionary": [{"schema": "con", "table": "cust", "fields": {"id": "permute_int(id, 1, 90)"}}, {"schema": "con", "table": "base", "fields": {"shown": "upper(shown)"}}]}'
SELECT copy_statement, load_root FROM anon_funcs.dump_plan(:'dictionary') WHERE table_name ~ '^ord_' ORDER BY 1;
-- A generated column is computed from what was taken over.
SELECT severity, code, message FROM said(:'dictionary') WHERE message ~ 'shown';
-- What inherits in the old way does not take it over.
SELECT message FROM said(rules('cust', '{"id": "permute_int(id, 1, 90)"}')) WHERE code = 'inheritance_child';
DROP TABLE kid, base, ord;
-- Rules of partitions alone: the same of all, or an error, also when the referenced table is not dumped.
CREATE TABLE q (id int PRIMARY KEY) PARTITION BY RANGE (id);
CREATE TABLE q_1 PARTITION OF q FOR VALUES FROM (0) TO (100);
CREATE TABLE q_2 PARTITION OF q FOR VALUES FROM (100) TO (200);
CREATE TABLE qr (qid int CONSTRAINT qr_q REFERENCES q);
INSERT INTO q VALUES (5);
INSERT INTO qr VALUES (5);
\set all_of_them '{"dictionary": [{"schema": "con", "table_mask": "^q_", "fields": {"id": "99 - id"}}]}'
\set qr '{"tables": [{"schema": "con", "table": "qr"}]}'
SELECT * FROM masked(:'all_of_them');
SELECT * FROM rows('qr', :'all_of_them');
SELECT severity, code, message FROM anon_funcs.check_dictionary(:'all_of_them', include => :'qr');
SELECT severity, code, message, hint FROM anon_funcs.check_dictionary(rules('q_1', '{"id": "99 - id"}'), include => :'qr');
SELECT * FROM rows('qr', rules('q_1', '{"id": "99 - id"}'));
SELECT severity, code, message FROM anon_funcs.check_dictionary('{"dictionary": [{"schema": "con", "table": "q_1", "fields": {"id": "99 - id"}}, {"schema": "con", "table": "q_2", "fields": {"id": "98 - id"}}]}', include => :'qr');
DROP TABLE qr, q;
-- What stands in the schema of the functions is not run for a table that only takes a rule over.
CREATE TABLE ours (id text PRIMARY KEY);
CREATE TABLE refers (id text REFERENCES ours);
CREATE FUNCTION anon_funcs.evil(text) RETURNS text LANGUAGE plpgsql IMMUTABLE AS $$ BEGIN RAISE WARNING 'this ran as the dumping user'; RETURN $1; END $$;
SELECT * FROM anon_funcs.check_dictionary(rules('ours', '{"id": "evil(''const'') || id"}'), include => '{"tables": [{"schema": "con", "table": "refers"}]}');
SELECT anon_funcs.dump_rows('refers', rules('ours', '{"id": "evil(''const'') || id"}'));
SELECT anon_funcs.dump_rows('refers', rules('parent', '{"code": "upper(code)"}'));
DROP FUNCTION anon_funcs.evil;
-- Each worker of a dump has its own time.
CREATE TABLE moment (t timestamptz PRIMARY KEY);
CREATE TABLE at (t timestamptz CONSTRAINT at_moment REFERENCES moment);
SELECT severity, code, message FROM said(rules('moment', '{"t": "t + (now() - timestamptz ''2020-01-01'')"}')) WHERE message ~ 'at_moment';
SELECT severity, code FROM said(rules('moment', '{"t": "CASE WHEN t IS NULL THEN NULL ELSE current_timestamp END"}')) WHERE message ~ 'at_moment';
SELECT severity, code FROM said(rules('moment', '{"t": "t + age(t)"}')) WHERE message ~ 'at_moment';
SELECT place FROM masked(rules('moment', '{"t": "t + interval ''1 day''"}'));
-- A function goes by the collation of the column that it was written for.
CREATE TABLE mails (mail text COLLATE "C" PRIMARY KEY);
CREATE TABLE mailed (mail text COLLATE "en-x-icu" REFERENCES mails);
INSERT INTO mails VALUES ('É');
INSERT INTO mailed VALUES ('É');
SELECT * FROM masked(rules('mails', '{"mail": "lower(mail)"}'));
SELECT (SELECT * FROM rows('mails', d)) = (SELECT * FROM rows('mailed', d)) AS the_same FROM rules('mails', '{"mail": "lower(mail)"}') d;
-- Values that are equal, and written in different ways, do not stay equal by a function of the text.
CREATE EXTENSION citext SCHEMA con;
CREATE COLLATION blind (provider = icu, locale = 'und-u-ks-level2', deterministic = false);
CREATE TABLE boxes (mail citext PRIMARY KEY, n numeric UNIQUE, s numeric(6,2) UNIQUE, word text COLLATE blind UNIQUE, span interval UNIQUE, code citext UNIQUE);
CREATE TABLE letters (mail citext REFERENCES boxes, n numeric REFERENCES boxes (n), s numeric(6,2) REFERENCES boxes (s), word text COLLATE blind REFERENCES boxes (word), span interval REFERENCES boxes (span));
INSERT INTO boxes VALUES ('Ann@x.example', 3, 4, 'Wörd', '1 day', 'Ab');
INSERT INTO letters VALUES ('ann@X.example', 3.00, 4.00, 'wörd', '24:00');
SELECT col, rule, severity, code, message, hint FROM (VALUES ('mail', 'pseudo_email(mail)'), ('mail', 'pseudo_email(lower(mail))'), ('n', 'pseudo_number(n::text, 1, 1e9)'), ('n', 'pseudo_number(trim_scale(n)::text, 1, 1e9)'), ('n', 'permute_int(n::bigint, 1, 1000)'), ('s', 'pseudo_number(s::text, 1, 1e3)'), ('word', 'hmac(word)'), ('span', 'pseudo_number(span::text, 1, 1000000) * ''1 s''::interval')) AS r (col, rule)
    LEFT JOIN LATERAL anon_funcs.check_dictionary(rules('boxes', jsonb_build_object(col, rule))) ON message ~ 'letters' ORDER BY 1, 2;
-- So of two rules, and of a unique column that takes letters of either case for equal.
SELECT severity, code, message, hint FROM anon_funcs.check_dictionary('{"dictionary": [{"schema": "con", "table": "boxes", "fields": {"mail": "pseudo_email(mail)", "code": "fpe_text(code)"}}, {"schema": "con", "table": "letters", "fields": {"mail": "pseudo_email(mail)"}}]}') WHERE message ~ 'mail|code';
SELECT severity, code, message FROM said(rules('boxes', '{"code": "fpe_text(code, ''abcdefgh'')", "n": "fpe_digits(s::text)::numeric"}')) WHERE code = 'duplicates';
SELECT rows('boxes', d) AS box, rows('letters', d) AS letter FROM rules('boxes', '{"mail": "pseudo_email(lower(mail))", "n": "pseudo_number(trim_scale(n)::text, 1, 1e9)"}') d;
DROP TABLE letters, boxes;
DROP EXTENSION citext;
-- An address of type inet is that of a text, without the bits of a network that a cast to text writes.
CREATE TABLE visits (ip text);
CREATE TABLE hosts (ip inet);
INSERT INTO visits VALUES ('192.168.1.5'), ('2001:db8::7'), ('10.0.0.0/8');
INSERT INTO hosts SELECT ip::inet FROM visits;
SELECT rule, (SELECT array_agg(r::text) FROM rows('visits', d) r) = (SELECT array_agg(r::text) FROM rows('hosts', d) r) AS the_same FROM unnest(ARRAY['pseudo_ip(ip)', 'generalise_ip(ip, 16)']) AS rule,
    jsonb_build_object('dictionary', jsonb_build_array(jsonb_build_object('schema', 'con', 'table', 'visits', 'fields', jsonb_build_object('ip', rule))), 'consistent', '[[{"schema": "con", "table": "visits", "column": "ip"}, {"schema": "con", "table": "hosts", "column": "ip"}]]'::jsonb) AS d;
-- The same words are not the same rule where they are rounded in different ways.
CREATE TABLE cents (v numeric(10,2) PRIMARY KEY);
CREATE TABLE units (v numeric(10,0) PRIMARY KEY);
CREATE TABLE sums (v numeric REFERENCES cents REFERENCES units);
SELECT severity, code, message FROM said('{"dictionary": [{"schema": "con", "table": "cents", "fields": {"v": "v * 1.15"}}, {"schema": "con", "table": "units", "fields": {"v": "v * 1.15"}}]}') WHERE message ~ 'sums';
-- Where the rule of a table cannot be read, it is said who wants it.
CREATE SCHEMA con_secret;
CREATE TABLE con_secret.p (id int PRIMARY KEY);
CREATE TABLE open (id int REFERENCES con_secret.p);
CREATE ROLE con_reader;
GRANT USAGE ON SCHEMA con, anon_funcs TO con_reader;
GRANT SELECT ON open TO con_reader;
SET ROLE con_reader;
SELECT message, hint FROM anon_funcs.check_dictionary('{"dictionary": [{"schema": "con_secret", "table": "p", "fields": {"id": "id + 1"}}]}', include => '{"tables": [{"schema": "con", "table": "open"}]}');
RESET ROLE;
DROP TABLE open;
DROP SCHEMA con_secret CASCADE;
DROP OWNED BY con_reader;
DROP ROLE con_reader;
-- Nothing is known of what a query gives for a table that others refer to.
CREATE TABLE seen (id int REFERENCES cust);
SELECT severity, code, message FROM said('{"dictionary": [{"schema": "con", "table": "cust", "raw_sql": "SELECT id + 1 FROM con.cust"}]}');
DROP SCHEMA con CASCADE;
DROP EXTENSION pg_anon;
