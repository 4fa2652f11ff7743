-- The table users four and sixteen times over, in a copy of its database.
\set ON_ERROR_STOP on
CREATE TABLE users_x4 (LIKE users);
INSERT INTO users_x4 SELECT users.* FROM generate_series(1, 4), users;
CREATE TABLE users_x16 (LIKE users);
INSERT INTO users_x16 SELECT users.* FROM generate_series(1, 16), users;
VACUUM (FREEZE, ANALYZE) users_x4, users_x16;
