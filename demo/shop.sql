-- A shop with 50,000 customers: who they are, what they bought, how they paid, and what they wrote. Everybody is invented.
-- The same data at every run.
\set ON_ERROR_STOP on
SET client_min_messages = warning;
SET synchronous_commit = off;
SELECT setseed(0.42) \g /dev/null

BEGIN;
CREATE SCHEMA shop;
SET LOCAL search_path = shop, pg_catalog;

CREATE DOMAIN email AS text CHECK (VALUE ~ '^[^@[:space:]]+@[^@[:space:]]+\.[^@[:space:]]+$');
CREATE TYPE order_status AS ENUM ('open', 'paid', 'shipped', 'returned');

CREATE TABLE staff (
    staff_id integer GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    first_name text NOT NULL,
    last_name text NOT NULL,
    email email NOT NULL UNIQUE,
    phone text NOT NULL CHECK (phone ~ '^\+[0-9]{8,15}$'),
    salary numeric(10, 2) NOT NULL CHECK (salary > 0),
    manager_id integer REFERENCES staff
);

CREATE TABLE customers (
    customer_id integer GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    first_name text NOT NULL,
    last_name text NOT NULL,
    full_name text GENERATED ALWAYS AS (first_name || ' ' || last_name) STORED,
    email email NOT NULL UNIQUE,
    phone text CHECK (phone ~ '^\+[0-9]{8,15}$'),
    birth_date date CHECK (birth_date BETWEEN '1900-01-01' AND '2010-12-31'),
    street text NOT NULL,
    postal_code varchar(8) NOT NULL,
    city text NOT NULL,
    notes text,
    profile jsonb NOT NULL CHECK (profile ? 'email'),
    registered_at timestamptz NOT NULL
);
COMMENT ON TABLE customers IS 'Everybody who has an account in the shop';

CREATE TABLE products (
    product_id integer GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    name text NOT NULL UNIQUE,
    price numeric(8, 2) NOT NULL CHECK (price > 0)
);

CREATE TABLE orders (
    order_id bigint NOT NULL,
    ordered_on date NOT NULL,
    customer_id integer NOT NULL REFERENCES customers,
    served_by integer REFERENCES staff,
    deliver_to text NOT NULL,
    status order_status NOT NULL,
    PRIMARY KEY (order_id, ordered_on)
) PARTITION BY RANGE (ordered_on);
CREATE TABLE orders_2023 PARTITION OF orders FOR VALUES FROM ('2023-01-01') TO ('2024-01-01');
CREATE TABLE orders_2024 PARTITION OF orders FOR VALUES FROM ('2024-01-01') TO ('2025-01-01');
CREATE TABLE orders_2025 PARTITION OF orders FOR VALUES FROM ('2025-01-01') TO ('2026-01-01');
CREATE SEQUENCE order_number OWNED BY orders.order_id;

CREATE TABLE order_lines (
    order_id bigint NOT NULL,
    ordered_on date NOT NULL,
    line integer NOT NULL,
    product_id integer NOT NULL REFERENCES products,
    quantity integer NOT NULL CHECK (quantity > 0),
    PRIMARY KEY (order_id, line)
);

CREATE TABLE payments (
    payment_id integer GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    order_id bigint NOT NULL,
    ordered_on date NOT NULL,
    card_holder text NOT NULL,
    card_number varchar(16) NOT NULL CHECK (char_length(card_number) = 16),
    amount numeric(10, 2) NOT NULL CHECK (amount >= 0)
);

CREATE TABLE messages (
    message_id integer GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    customer_id integer NOT NULL REFERENCES customers,
    answered_by integer REFERENCES staff,
    sent_at timestamptz NOT NULL,
    sender text NOT NULL,
    body text NOT NULL
);

CREATE TABLE sessions (
    session_id uuid PRIMARY KEY,
    customer_id integer NOT NULL REFERENCES customers,
    address inet NOT NULL,
    token text NOT NULL
);

-- The words that people and things are named with.
CREATE TEMP TABLE words ON COMMIT DROP AS SELECT
    ARRAY['Aaron', 'Ada', 'Agnes', 'Alice', 'Amir', 'Anna', 'Anton', 'Astrid', 'Ben', 'Björn', 'Carla', 'Carlos', 'Chiara',
          'Clara', 'Daniel', 'Dilara', 'Edith', 'Elena', 'Emil', 'Emma', 'Erik', 'Eva', 'Felix', 'Fiona', 'Frida', 'Georg',
          'Greta', 'Hanna', 'Hugo', 'Ida', 'Igor', 'Ines', 'Ivan', 'Jakob', 'Jana', 'João', 'Jonas', 'Julia', 'Karl', 'Katja',
          'Lars', 'Laura', 'Leila', 'Leon', 'Lina', 'Luca', 'Magda', 'Maja', 'Marek', 'Maria', 'Max', 'Mia', 'Milan', 'Nadia',
          'Nina', 'Noah', 'Olga', 'Oscar', 'Paul', 'Petra', 'René', 'Rosa', 'Samuel', 'Sara', 'Simon', 'Sofia', 'Tariq',
          'Thea', 'Tom', 'Uwe', 'Vera', 'Viktor', 'Yara', 'Zoë'] AS first_names,
    ARRAY['Andersson', 'Bauer', 'Becker', 'Bergström', 'Bianchi', 'Brandt', 'Carter', 'Costa', 'Çelik', 'Dahl', 'Dubois',
          'Eriksen', 'Fernandes', 'Fischer', 'Fontaine', 'García', 'Gruber', 'Haas', 'Hansen', 'Hoffmann', 'Horvat', 'Ivanova',
          'Jansen', 'Jensen', 'Kaya', 'Keller', 'Kowalski', 'Krämer', 'Lang', 'Larsen', 'Lefèvre', 'Lindholm', 'Marino',
          'Martin', 'Meyer', 'Moreau', 'Müller', 'Nagy', 'Novák', 'Nowak', 'Nyström', 'O''Brien', 'Olsen', 'Papadopoulos',
          'Petrov', 'Popescu', 'Richter', 'Rossi', 'Santos', 'Schmid', 'Schneider', 'Schulz', 'Silva', 'Simić', 'Smit',
          'Sørensen', 'Svensson', 'Taylor', 'Van Dijk', 'Vogel', 'Wagner', 'Walsh', 'Weber', 'Wójcik', 'Ziegler'] AS last_names,
    ARRAY['Bahnhofstraße', 'Birkenweg', 'Church Road', 'Gartenstraße', 'High Street', 'Hauptstraße', 'Kirchgasse',
          'Lange Straat', 'Lindenallee', 'Mill Lane', 'Park Avenue', 'Rue de la Gare', 'Rue Victor Hugo', 'Schulstraße',
          'Station Road', 'Via Garibaldi', 'Via Roma', 'Waldweg'] AS streets,
    ARRAY['Aarhus', 'Basel', 'Bologna', 'Bremen', 'Brno', 'Dresden', 'Gdańsk', 'Gent', 'Graz', 'Leeds', 'Lille', 'Linz',
          'Lyon', 'Malmö', 'Porto', 'Turku', 'Utrecht', 'Zagreb'] AS cities,
    ARRAY['mail.test', 'post.example', 'inbox.example', 'web.test', 'letters.example'] AS providers,
    ARRAY['Allergic to nuts.', 'Please ring at the neighbour''s.', 'Leave parcels in the garage, code 4711.',
          'Complained about late delivery.', 'Pays by invoice since the divorce.', 'Works nights, call after 4 pm.'] AS notes,
    ARRAY['Apron', 'Blanket', 'Bowl', 'Candle', 'Chair', 'Clock', 'Cup', 'Cushion', 'Kettle', 'Lamp', 'Mirror', 'Rug',
          'Shelf', 'Table', 'Teapot', 'Towel', 'Tray', 'Vase'] AS things,
    ARRAY['Blue', 'Green', 'Grey', 'Large', 'Light', 'Little', 'Oak', 'Old', 'Red', 'Round', 'Tall', 'White'] AS qualities;

CREATE FUNCTION pg_temp.one_of(words text[]) RETURNS text LANGUAGE sql VOLATILE AS
    'SELECT words[1 + floor(random() * array_length(words, 1))::integer]';
-- The part of an e-mail address before the @: no accents, no blanks.
CREATE FUNCTION pg_temp.local_part(first text, last text) RETURNS text LANGUAGE sql IMMUTABLE AS
    $$SELECT lower(regexp_replace(translate(first || '.' || last, 'çÇáãäåčćéèêëíïñńóöøšúüýžłßĆ', 'cCaaaacceeeeiinnooosuuyzlsC'),
                                  '[^A-Za-z.]', '', 'g'))$$;

INSERT INTO staff (first_name, last_name, email, phone, salary, manager_id)
SELECT first, last, pg_temp.local_part(first, last) || n || '@shop.example', '+4420' || 70000000 + n * 137,
       2000 + floor(random() * 4000), CASE WHEN n > 1 THEN 1 + n / 8 END
FROM (SELECT n, pg_temp.one_of(w.first_names) AS first, pg_temp.one_of(w.last_names) AS last FROM words w, generate_series(1, 40) n) AS person;

INSERT INTO customers (first_name, last_name, email, phone, birth_date, street, postal_code, city, notes, profile, registered_at)
SELECT first, last, address,
       CASE WHEN random() < 0.9 THEN '+4' || floor(random() * 9 + 1) * 1000000000 + n END,
       date '1940-01-01' + floor(random() * 23000)::integer,
       pg_temp.one_of(w.streets) || ' ' || 1 + floor(random() * 180)::integer,
       lpad(floor(random() * 100000)::text, 5, '0'),
       pg_temp.one_of(w.cities),
       CASE WHEN random() < 0.3 THEN pg_temp.one_of(w.notes) END,
       jsonb_build_object('email', address, 'nickname', lower(left(first, 2)) || n, 'newsletter', random() < 0.5,
                          'interests', jsonb_build_array(pg_temp.one_of(w.things), pg_temp.one_of(w.things))),
       timestamptz '2019-01-01 00:00+00' + random() * interval '4 years'
FROM words w, LATERAL (
    SELECT n, first, last, pg_temp.local_part(first, last) || n || '@' || pg_temp.one_of(w.providers) AS address
    FROM (SELECT n, pg_temp.one_of(w.first_names) AS first, pg_temp.one_of(w.last_names) AS last
          FROM generate_series(1, 50000) n OFFSET 0) AS name OFFSET 0) AS person;

INSERT INTO products (name, price)
SELECT quality || ' ' || thing, 5 + floor(random() * 20000) / 100 FROM words w, unnest(w.qualities) quality, unnest(w.things) thing;

INSERT INTO orders (order_id, ordered_on, customer_id, served_by, deliver_to, status)
SELECT nextval('order_number'), ordered_on, c.customer_id, CASE WHEN random() < 0.7 THEN 1 + floor(random() * 40)::integer END,
       c.full_name || ', ' || c.street || ', ' || c.postal_code || ' ' || c.city,
       (enum_range(NULL::order_status))[1 + floor(random() * 4)::integer]
FROM (SELECT 1 + floor(random() * 50000)::integer AS customer_id, date '2023-01-01' + (n / 73) AS ordered_on
      FROM generate_series(1, 80000 - 1) n OFFSET 0) AS o JOIN customers c USING (customer_id);

INSERT INTO order_lines (order_id, ordered_on, line, product_id, quantity)
SELECT order_id, ordered_on, line, 1 + floor(random() * 216)::integer, 1 + floor(random() * 3)::integer
FROM orders, LATERAL generate_series(1, 1 + order_id::integer % 4) line;

INSERT INTO payments (order_id, ordered_on, card_holder, card_number, amount)
SELECT o.order_id, o.ordered_on, upper(c.full_name), '4' || lpad(floor(random() * 1e15)::bigint::text, 15, '0'),
       (SELECT sum(quantity * price) FROM order_lines l JOIN products USING (product_id) WHERE l.order_id = o.order_id)
FROM orders o JOIN customers c USING (customer_id) WHERE status <> 'open';

INSERT INTO messages (customer_id, answered_by, sent_at, sender, body)
SELECT c.customer_id, s.staff_id, timestamptz '2025-06-01 00:00+00' - random() * interval '2 years', c.email,
       format(E'Hello %s,\nwhere is my %s? Please write to %s or call %s.\n%s %s', s.first_name, lower(pg_temp.one_of(w.things)),
              c.email, coalesce(c.phone, 'me'), c.first_name, c.last_name)
       || CASE WHEN random() < 0.5 THEN format(E'\n> from %s: we are looking into it', s.email) ELSE '' END
FROM words w, (SELECT 1 + floor(random() * 50000)::integer AS customer_id, 1 + floor(random() * 40)::integer AS staff_id
               FROM generate_series(1, 30000) OFFSET 0) AS m JOIN customers c USING (customer_id) JOIN staff s USING (staff_id);

INSERT INTO sessions (session_id, customer_id, address, token)
SELECT md5(n::text)::uuid, 1 + floor(random() * 50000)::integer,
       format('198.51.100.%s', floor(random() * 256)::integer)::inet, md5(random()::text)
FROM generate_series(1, 20000) n;

-- After the rows: one look over a whole table is quicker than one look a row.
ALTER TABLE order_lines ADD FOREIGN KEY (order_id, ordered_on) REFERENCES orders;
ALTER TABLE payments ADD FOREIGN KEY (order_id, ordered_on) REFERENCES orders;
CREATE INDEX ON orders (customer_id);
CREATE INDEX ON messages (customer_id);
CREATE MATERIALIZED VIEW turnover AS
SELECT c.city, count(*) AS payments, sum(p.amount) AS amount
FROM payments p JOIN orders o USING (order_id, ordered_on) JOIN customers c USING (customer_id) GROUP BY c.city;
COMMIT;

ANALYZE shop.staff, shop.customers, shop.products, shop.orders, shop.order_lines, shop.payments, shop.messages, shop.sessions;
