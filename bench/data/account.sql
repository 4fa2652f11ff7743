-- One big table with two indexes and a foreign key, in a copy of the database users.
\set ON_ERROR_STOP on
CREATE TABLE region (region_id integer PRIMARY KEY, name text NOT NULL);
INSERT INTO region SELECT n, 'Region ' || n FROM generate_series(0, 199) n;
CREATE TABLE account AS SELECT users.*, (id % 200)::integer AS region_id FROM users;
DROP TABLE users;
ALTER TABLE account ADD PRIMARY KEY (id), ADD FOREIGN KEY (region_id) REFERENCES region;
CREATE INDEX ON account (email);
VACUUM (FREEZE, ANALYZE) region, account;
