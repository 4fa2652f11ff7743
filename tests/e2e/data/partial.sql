-- Tables that refer to each other in every way, under names that are easy to confuse. btree_gist must be available.
CREATE SCHEMA a;
CREATE SCHEMA b;
CREATE SCHEMA types;
CREATE SCHEMA "Łódź ""x"".*";
GRANT USAGE ON SCHEMA a TO PUBLIC;
COMMENT ON SCHEMA types IS 'of all kinds';

CREATE TYPE types.mood AS ENUM ('sad', 'ok');
COMMENT ON TYPE types.mood IS 'how one is';
CREATE FUNCTION types.mood_int(types.mood) RETURNS int LANGUAGE sql IMMUTABLE AS 'SELECT 1';
CREATE CAST (types.mood AS int) WITH FUNCTION types.mood_int(types.mood);
CREATE COLLATION types.german (provider = icu, locale = 'de-u-ks-level2', deterministic = false);
CREATE FUNCTION types.helper(text) RETURNS bool LANGUAGE plpgsql IMMUTABLE AS $$ BEGIN RETURN $1 <> ''; END $$;
CREATE FUNCTION types.filled(text) RETURNS bool LANGUAGE plpgsql IMMUTABLE AS
    $$ BEGIN RETURN types.helper($1); END $$;
CREATE DOMAIN types.word AS text COLLATE types.german CONSTRAINT filled CHECK (types.filled(VALUE));
CREATE TYPE types.pair AS (x types.mood, y types.word);
CREATE TYPE types.unused AS ENUM ('u');
CREATE FUNCTION types.changed() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RETURN NEW; END $$;
CREATE EXTENSION btree_gist;

CREATE SEQUENCE a.free START 100;
CREATE TABLE a.customer (
    id serial PRIMARY KEY, name text NOT NULL UNIQUE, number int DEFAULT nextval('a.free'), mood types.mood,
    word types.word, pair types.pair
);
COMMENT ON COLUMN a.customer.name IS 'secret';
GRANT SELECT ON a.customer TO PUBLIC;
GRANT UPDATE (name) ON a.customer TO PUBLIC;
CREATE TABLE a.orders (
    id int GENERATED ALWAYS AS IDENTITY PRIMARY KEY, customer int NOT NULL REFERENCES a.customer,
    note text CHECK (types.filled(note))
);
CREATE TABLE a.orders_items (id int PRIMARY KEY, orders int REFERENCES a.orders);
CREATE TABLE b.orders (id int PRIMARY KEY, self int REFERENCES b.orders);
CREATE TABLE a.log (id int DEFAULT nextval('a.customer_id_seq'), t text);
CREATE STATISTICS a.stat ON customer, note FROM a.orders;
CREATE TABLE a.room (id int, during int4range, EXCLUDE USING gist (id WITH =, during WITH &&));
CREATE TABLE a.part (id int, at date, PRIMARY KEY (id, at)) PARTITION BY RANGE (at);
CREATE TABLE a.part_1 PARTITION OF a.part FOR VALUES FROM ('2020-01-01') TO ('2021-01-01');
CREATE TABLE a.part_2 PARTITION OF a.part FOR VALUES FROM ('2021-01-01') TO ('2022-01-01') PARTITION BY LIST (id);
CREATE TABLE b.part_2_x PARTITION OF a.part_2 DEFAULT;
CREATE INDEX part_at ON a.part (at);
CREATE TABLE a.to_part (id int, at date, FOREIGN KEY (id, at) REFERENCES a.part);
CREATE TABLE a.parent (id int, t text);
CREATE TABLE a.child (more int) INHERITS (a.parent);
CREATE TABLE "Łódź ""x"".*"."Größe.""a"" $1*" (id int PRIMARY KEY, "spa ce" text);
CREATE TABLE "Łódź ""x"".*"."Größe" (id int PRIMARY KEY);

CREATE VIEW a.names AS SELECT id, name FROM a.customer;
CREATE VIEW b.both AS SELECT n.name, o.id FROM a.names n JOIN a.orders o ON o.customer = n.id;
CREATE MATERIALIZED VIEW b.counted AS SELECT count(*) AS n FROM b.both;
CREATE INDEX counted_n ON b.counted (n);
CREATE VIEW a.grouped AS SELECT id, name FROM a.customer GROUP BY id;
CREATE FUNCTION b.how_many() RETURNS bigint LANGUAGE sql BEGIN ATOMIC SELECT count(*) FROM a.customer; END;
CREATE FUNCTION b.of_row(a.orders) RETURNS int LANGUAGE sql AS 'SELECT 1';
CREATE TRIGGER changed BEFORE INSERT ON a.orders FOR EACH ROW EXECUTE FUNCTION types.changed();
COMMENT ON TRIGGER changed ON a.orders IS 'a trigger';
CREATE TRIGGER changed AFTER INSERT ON a.part FOR EACH ROW EXECUTE FUNCTION types.changed();
CREATE POLICY by_customer ON a.orders USING (EXISTS (SELECT FROM a.customer c WHERE c.id = customer));
CREATE POLICY by_note ON a.orders USING (note <> '');
ALTER TABLE a.orders ENABLE ROW LEVEL SECURITY;
CREATE RULE cascade AS ON DELETE TO a.orders_items DO ALSO DELETE FROM a.orders WHERE id = OLD.orders;
CREATE PUBLICATION pub FOR TABLE a.orders, a.customer;
ALTER DEFAULT PRIVILEGES IN SCHEMA a GRANT SELECT ON TABLES TO PUBLIC;

INSERT INTO a.customer (name, mood, word, pair)
    SELECT 'Secret-' || n, 'ok', 'w', ROW('sad', 'y')::types.pair FROM generate_series(1, 20) AS n;
INSERT INTO a.orders (customer, note) SELECT n, 'order ' || n FROM generate_series(1, 20) AS n;
INSERT INTO a.orders_items SELECT n, n FROM generate_series(1, 20) AS n;
INSERT INTO b.orders SELECT n, n FROM generate_series(1, 5) AS n;
INSERT INTO a.log (t) VALUES ('first');
INSERT INTO a.room VALUES (1, '[1,3)'), (1, '[3,5)');
INSERT INTO a.part SELECT n, date '2020-01-01' + n * 30 FROM generate_series(1, 20) AS n;
INSERT INTO a.to_part SELECT * FROM a.part;
INSERT INTO a.parent VALUES (1, 'p');
INSERT INTO a.child VALUES (2, 'c', 3);
INSERT INTO "Łódź ""x"".*"."Größe.""a"" $1*" VALUES (1, 'one');
INSERT INTO "Łódź ""x"".*"."Größe" VALUES (1), (2);
REFRESH MATERIALIZED VIEW b.counted;
