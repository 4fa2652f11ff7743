-- A shop of 20 tables with foreign keys and indexes, together about as large as the table users of the same scale.
-- Everybody is invented. The same data at every run. Wants the psql variable scale.
\set ON_ERROR_STOP on
SET client_min_messages = warning;
SET max_parallel_workers_per_gather = 0;
SELECT setseed(0.42) \g /dev/null

-- n of :scale per million, but never none.
SELECT format('CREATE FUNCTION pg_temp.scaled(integer) RETURNS integer LANGUAGE sql IMMUTABLE AS
    ''SELECT greatest(1, ($1 * %s::bigint / 1000000)::integer)''', :scale) \gexec
-- A key between 1 and n.
CREATE FUNCTION pg_temp.key(integer) RETURNS integer LANGUAGE sql VOLATILE AS 'SELECT 1 + floor(random() * $1)::integer';
CREATE FUNCTION pg_temp.pick(text[]) RETURNS text LANGUAGE sql VOLATILE AS 'SELECT $1[1 + floor(random() * cardinality($1))::integer]';
CREATE FUNCTION pg_temp.digits(integer) RETURNS text LANGUAGE sql VOLATILE AS 'SELECT lpad(floor(random() * 10 ^ $1)::bigint::text, $1, ''0'')';
CREATE FUNCTION pg_temp.moment() RETURNS timestamptz LANGUAGE sql VOLATILE AS 'SELECT timestamptz ''2020-01-01 00:00:00Z'' + random() * interval ''5 years''';
CREATE FUNCTION pg_temp.amount() RETURNS numeric LANGUAGE sql VOLATILE AS 'SELECT round((5 + random() * 495)::numeric, 2)';
CREATE FUNCTION pg_temp.name() RETURNS text LANGUAGE sql VOLATILE AS $$
    SELECT pg_temp.pick('{Anna,Boris,Clara,David,Elena,Felix,Greta,Hugo,Irina,Jonas,Karin,Lukas,Maria,Nils,Olga,Paul,Rosa,Stefan,Tanja,Vera,José,Zoë,Søren}')
           || ' ' || pg_temp.pick('{Adler,Bauer,Cohen,Dubois,Evans,Fischer,Garcia,Hansen,Ivanov,Jensen,Keller,Lopez,Meyer,Novak,Olsen,Petrov,Rossi,Schmidt,Taylor,Weber,Müller,Kowalski}') $$;
CREATE FUNCTION pg_temp.sentence() RETURNS text LANGUAGE sql VOLATILE AS $$
    SELECT pg_temp.pick('{The parcel came late,It fits well,The colour is not as shown,I would buy it again,One piece was missing,The price is fair,Nobody answered the phone,It broke after a week,Very friendly people}')
           || pg_temp.pick('{. , and ,; still }') || pg_temp.pick('{we are content,I want my money back,please call me,it was a present,my neighbour has one too,thank you for your help,the box was damaged}') || '. ' $$;

BEGIN;
CREATE TABLE country AS
    SELECT n AS country_id, 'Country ' || n AS name FROM generate_series(1, 50) n;
CREATE TABLE city AS
    SELECT n AS city_id, pg_temp.key(50) AS country_id, 'City ' || n AS name FROM generate_series(1, 2000) n;
CREATE TABLE category AS
    SELECT n AS category_id, nullif(n / 10, 0) AS parent_id, 'Category ' || n AS name FROM generate_series(1, 200) n;
CREATE TABLE supplier AS
    SELECT n AS supplier_id, pg_temp.key(50) AS country_id, 'Supplier ' || n AS name FROM generate_series(1, pg_temp.scaled(1000)) n;
CREATE TABLE product AS
    SELECT n AS product_id, pg_temp.key(200) AS category_id, pg_temp.key(pg_temp.scaled(1000)) AS supplier_id,
           initcap(pg_temp.pick('{red,green,blue,black,white,small,large}') || ' ' || pg_temp.pick('{chair,table,lamp,shelf,carpet,mirror,clock}') || ' ' || n) AS name,
           pg_temp.sentence() || pg_temp.sentence() AS description
    FROM generate_series(1, pg_temp.scaled(20000)) n;
CREATE TABLE price AS
    SELECT n AS price_id, pg_temp.key(pg_temp.scaled(20000)) AS product_id, pg_temp.moment()::date AS valid_from, pg_temp.amount() AS amount
    FROM generate_series(1, pg_temp.scaled(40000)) n;
CREATE TABLE warehouse AS
    SELECT n AS warehouse_id, pg_temp.key(2000) AS city_id, 'Warehouse ' || n AS name FROM generate_series(1, 50) n;
CREATE TABLE stock AS
    SELECT n AS stock_id, pg_temp.key(pg_temp.scaled(20000)) AS product_id, pg_temp.key(50) AS warehouse_id, pg_temp.key(1000) AS pieces
    FROM generate_series(1, pg_temp.scaled(100000)) n;
CREATE TABLE staff AS
    SELECT n AS staff_id, pg_temp.key(50) AS warehouse_id, nullif(n / 10, 0) AS manager_id, pg_temp.name() AS full_name,
           'staff' || n || '@shop.example' AS email, round((20000 + random() * 60000)::numeric, 2) AS salary
    FROM generate_series(1, pg_temp.scaled(1000)) n;
CREATE TABLE customer AS
    SELECT n AS customer_id, pg_temp.key(2000) AS city_id, pg_temp.name() AS full_name,
           pg_temp.pick('{anna,boris,clara,david,elena,felix,greta}') || n || '@' || pg_temp.pick('{gmail.com,web.de,mail.ru,orange.fr,example.org}') AS email,
           '+' || pg_temp.pick('{1,7,33,44,49}') || pg_temp.digits(10) AS phone,
           date '1940-01-01' + pg_temp.key(25000) AS birth_date, pg_temp.moment() AS registered, pg_temp.sentence() AS note
    FROM generate_series(1, pg_temp.scaled(100000)) n;
CREATE TABLE address AS
    SELECT n AS address_id, pg_temp.key(pg_temp.scaled(100000)) AS customer_id, pg_temp.key(2000) AS city_id,
           pg_temp.pick('{Main Street,High Street,Station Road,Church Lane,Mill Road,Park Avenue}') || ' ' || pg_temp.key(200) AS street,
           pg_temp.digits(6) AS postal_code
    FROM generate_series(1, pg_temp.scaled(150000)) n;
CREATE TABLE coupon AS
    SELECT n AS coupon_id, pg_temp.key(pg_temp.scaled(100000)) AS customer_id, upper(substr(md5(n::text), 1, 10)) AS code, pg_temp.amount() AS amount
    FROM generate_series(1, pg_temp.scaled(10000)) n;
CREATE TABLE orders AS
    SELECT n::bigint AS order_id, pg_temp.key(pg_temp.scaled(100000)) AS customer_id, pg_temp.key(pg_temp.scaled(150000)) AS address_id,
           pg_temp.key(pg_temp.scaled(1000)) AS staff_id, pg_temp.moment() AS ordered,
           pg_temp.pick('{open,paid,shipped,returned}') AS status, pg_temp.amount() AS total
    FROM generate_series(1, pg_temp.scaled(300000)) n;
CREATE TABLE order_line AS
    SELECT n::bigint AS order_line_id, pg_temp.key(pg_temp.scaled(300000))::bigint AS order_id, pg_temp.key(pg_temp.scaled(20000)) AS product_id,
           pg_temp.key(9)::smallint AS quantity, pg_temp.amount() AS price
    FROM generate_series(1, pg_temp.scaled(900000)) n;
CREATE TABLE return_line AS
    SELECT n AS return_line_id, pg_temp.key(pg_temp.scaled(900000))::bigint AS order_line_id, pg_temp.moment()::date AS returned, pg_temp.sentence() AS reason
    FROM generate_series(1, pg_temp.scaled(50000)) n;
CREATE TABLE payment AS
    SELECT n::bigint AS payment_id, n::bigint AS order_id, pg_temp.name() AS card_holder, '4' || pg_temp.digits(15) AS card_number,
           pg_temp.moment() AS paid, pg_temp.amount() AS amount
    FROM generate_series(1, pg_temp.scaled(300000)) n;
CREATE TABLE shipment AS
    SELECT n::bigint AS shipment_id, n::bigint AS order_id, pg_temp.key(50) AS warehouse_id, pg_temp.name() AS recipient,
           md5(n::text)::uuid AS tracking, pg_temp.moment() AS sent, random() < 0.95 AS delivered
    FROM generate_series(1, pg_temp.scaled(280000)) n;
CREATE TABLE review AS
    SELECT n AS review_id, pg_temp.key(pg_temp.scaled(100000)) AS customer_id, pg_temp.key(pg_temp.scaled(20000)) AS product_id,
           pg_temp.key(5)::smallint AS stars, pg_temp.sentence() || pg_temp.sentence() || pg_temp.sentence() AS body, pg_temp.moment() AS written
    FROM generate_series(1, pg_temp.scaled(100000)) n;
CREATE TABLE message AS
    SELECT n AS message_id, pg_temp.key(pg_temp.scaled(100000)) AS customer_id, pg_temp.key(pg_temp.scaled(1000)) AS staff_id, pg_temp.moment() AS sent,
           pg_temp.sentence() || pg_temp.sentence() || pg_temp.sentence() || 'Order ' || pg_temp.digits(6) || '.' AS body
    FROM generate_series(1, pg_temp.scaled(200000)) n;
CREATE TABLE login_session AS
    SELECT n::bigint AS login_session_id, pg_temp.key(pg_temp.scaled(100000)) AS customer_id,
           inet '10.0.0.0' + pg_temp.key(16000000) AS address,
           pg_temp.pick('{Mozilla/5.0 (X11; Linux x86_64; rv:128.0) Gecko/20100101 Firefox/128.0,Mozilla/5.0 (iPhone; like Mac OS X) Safari/604.1,Mozilla/5.0 (Windows NT 10.0; Win64) Chrome/126.0}') AS agent,
           pg_temp.moment() AS begun, jsonb_build_object('theme', pg_temp.pick('{dark,light}'), 'seen', pg_temp.key(100)) AS state
    FROM generate_series(1, pg_temp.scaled(400000)) n;

-- The first column of every table is its primary key; a column that is named after another table's key refers to it.
SELECT format('ALTER TABLE %s ADD PRIMARY KEY (%I)', attrelid::regclass, attname)
FROM pg_attribute JOIN pg_class ON pg_class.oid = attrelid
WHERE relnamespace = 'public'::regnamespace AND relkind = 'r' AND attnum = 1 ORDER BY relname \gexec
SELECT format('ALTER TABLE %s ADD FOREIGN KEY (%I) REFERENCES %s', a.attrelid::regclass, a.attname, k.attrelid::regclass)
FROM pg_attribute a JOIN pg_class ON pg_class.oid = a.attrelid
     JOIN pg_attribute k ON k.attname = CASE a.attname WHEN 'manager_id' THEN 'staff_id' WHEN 'parent_id' THEN 'category_id' ELSE a.attname END
     JOIN pg_constraint ON conrelid = k.attrelid AND contype = 'p' AND conkey = ARRAY[k.attnum]
WHERE relnamespace = 'public'::regnamespace AND relkind = 'r' AND a.attnum > 1 ORDER BY 1 \gexec
CREATE INDEX ON address (customer_id);
CREATE INDEX ON orders (customer_id);
CREATE INDEX ON order_line (order_id);
CREATE INDEX ON payment (order_id);
CREATE INDEX ON shipment (order_id);
CREATE INDEX ON message (customer_id, sent);
CREATE INDEX ON review (product_id);
CREATE INDEX ON login_session (customer_id);
CREATE UNIQUE INDEX ON customer (email);
COMMIT;
VACUUM (FREEZE, ANALYZE);
