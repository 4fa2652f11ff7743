-- A table of users as applications have them: 9 columns, about 235 bytes a row as COPY text, which gzip -6 makes a fifth of.
-- Everybody is invented. The same data at every run. Wants the psql variable scale: the number of rows.
\set ON_ERROR_STOP on
SET client_min_messages = warning;
SET max_parallel_workers_per_gather = 0;
SELECT setseed(0.42) \g /dev/null

CREATE FUNCTION pg_temp.pick(text[]) RETURNS text LANGUAGE sql VOLATILE AS 'SELECT $1[1 + floor(random() * cardinality($1))::integer]';
CREATE FUNCTION pg_temp.digits(integer) RETURNS text LANGUAGE sql VOLATILE AS 'SELECT lpad(floor(random() * 10 ^ $1)::bigint::text, $1, ''0'')';

CREATE TABLE users (
    id bigint NOT NULL,
    login text NOT NULL,
    email text NOT NULL,
    phone text,
    full_name text NOT NULL,
    birth_date date,
    created timestamp NOT NULL,
    active boolean NOT NULL,
    note text
);

INSERT INTO users
SELECT id, lower(first) || number,
       lower(first) || '.' || lower(last) || number || '@' || pg_temp.pick('{gmail.com,outlook.com,yahoo.com,web.de,mail.ru,orange.fr,example.org,proton.me,company.co.uk,icloud.com}'),
       CASE WHEN random() < 0.95 THEN '+' || pg_temp.pick('{1,7,33,34,39,44,49,61}') || pg_temp.digits(10) END,
       first || ' ' || last,
       CASE WHEN random() < 0.98 THEN date '1940-01-01' + floor(random() * 25000)::integer END,
       timestamp '2012-01-01' + id * interval '400 seconds' / greatest(:scale / 1000000.0, 0.01) + random() * interval '5 minutes',
       random() < 0.8,
       -- Free text has the odd character that COPY escapes.
       opening || '. ' || middle || ' ' || follow_up || CASE WHEN random() < 0.02 THEN E'\n' ELSE ' ' END || closing || ' ' || pg_temp.digits(6) || '.'
FROM (
    SELECT id, floor(random() * 1000)::integer AS number,
           pg_temp.pick('{Anna,Boris,Clara,David,Elena,Felix,Greta,Hugo,Irina,Jonas,Karin,Lukas,Maria,Nils,Olga,Paul,Quentin,Rosa,Stefan,Tanja,Ulrich,Vera,Walter,Xenia,Yusuf,Zoe,José,Zoë,Søren,Amélie}') AS first,
           pg_temp.pick('{Adler,Bauer,Cohen,Dubois,Evans,Fischer,Garcia,Hansen,Ivanov,Jensen,Keller,Lopez,Meyer,Novak,Olsen,Petrov,Quinn,Rossi,Schmidt,Taylor,Urban,Vogel,Weber,Xu,Young,Zimmer,Müller,Sanchez,Lindqvist,Kowalski}') AS last,
           pg_temp.pick('{Called about a late parcel,Asked for an invoice,Wants no newsletter,Moved to another town,Prefers to be called in the evening,Complained about the colour,Bought a voucher for a friend,Changed the bank account,Forgot the password twice,Recommended us to a neighbour}') AS opening,
           pg_temp.pick('{We sent a new one on the same day.,The case is with the warehouse now.,No answer was needed this time.,A colleague has phoned back and apologised.,The address was corrected by hand.,Two letters came back as not deliverable.,All was settled within a week.}') AS middle,
           pg_temp.pick('{Please phone at least an hour before you deliver.,The customer said on the phone to be content with that.,To be looked at again together in early spring.,There is a signed copy of it in the blue folder.,At the moment nothing else is open on this account.}') AS follow_up,
           pg_temp.pick('{Ticket,Order,Contract,Reference,Case}') AS closing
    FROM generate_series(1, :scale) id
    -- Keeps the planner from pulling the names up, which would pick another one for each column.
    OFFSET 0
) AS person;

ALTER TABLE users ADD PRIMARY KEY (id);
VACUUM (FREEZE, ANALYZE) users;
