#!/usr/bin/env bash
# Masks a sample shop from end to end on a throw-away server: fill, dump, restore, compare, prove. Leaves the archive in
# build/demo/shop-masked, and nothing running. Wants `make build` before; `make demo` does both.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
# shellcheck source-path=SCRIPTDIR source=../tests/lib/common.sh
. tests/lib/common.sh

pg_config=${PG_CONFIG:-pg_config}
archive=$PWD/build/demo/shop-masked
work=$(mktemp -d /tmp/pg_anon-demo-XXXXXX)
chmod 755 "$work"
server=$work/server
clean_up() {
    tests/lib/cluster.sh remove "$server"
    rm -rf "$work"
}
trap clean_up EXIT
trap 'exit 130' INT TERM HUP

title() { printf '\n== %s\n\n' "$*"; }
now() { date +%s.%N; }
# The time since a value of now, in seconds.
since() { awk -v a="$1" -v b="$(now)" 'BEGIN { printf "%.1f s", b - a }'; }
# Shows a command as the user would type it, and runs it.
show() {
    local word shown='$'
    for word in "$@"; do
        case $word in *' '*) word="'$word'" ;; esac
        shown+=" ${word/"$PWD/"/}"
    done
    printf '%s\n' "$shown"
    "$@"
}
sql() { psql -X --quiet --set=ON_ERROR_STOP=1 "$@"; }
value() { sql --no-align --tuples-only "$@"; }

begin=$(now)
title "A throw-away PostgreSQL server with a shop of 50,000 customers"
stage=$work/stage
bin=$(tests/lib/stage.sh "$stage" "$pg_config")
"${MAKE:-make}" --no-print-directory install DESTDIR="$stage" PREFIX=/usr/local >"$work/install" || {
    cat "$work/install" >&2
    exit 1
}
tests/lib/cluster.sh start "$server" "$bin"
unset "${!PG@}"
export PATH=$bin:$stage/usr/local/bin:$PATH
export PSQLRC=/dev/null
export PGHOST=$server/socket PGPORT=5499 PGUSER=postgres
# An owner and a user who dumps. Neither is superuser.
sql <<'SQL'
CREATE ROLE shop_owner LOGIN;
CREATE ROLE masking LOGIN;
GRANT pg_read_all_data TO masking;
CREATE DATABASE shop OWNER shop_owner TEMPLATE template0 LOCALE 'C.UTF-8' ENCODING UTF8;
CREATE DATABASE shop_masked OWNER shop_owner TEMPLATE template0 LOCALE 'C.UTF-8' ENCODING UTF8;
SQL
sql --username=shop_owner --dbname=shop --file=demo/shop.sql
sql --dbname=shop --command="
    SELECT c.oid::regclass AS \"table\", to_char(sum(p.reltuples), 'FM9,999,999') AS rows, pg_size_pretty(sum(pg_table_size(p.oid))) AS size
    FROM pg_class c, LATERAL (SELECT * FROM pg_class WHERE oid = c.oid UNION
                              SELECT pg_class.* FROM pg_class JOIN pg_inherits ON oid = inhrelid WHERE inhparent = c.oid) p
    WHERE c.relnamespace = 'shop'::regnamespace AND c.relkind IN ('r', 'p') AND NOT c.relispartition AND p.relkind = 'r'
    GROUP BY c.oid ORDER BY sum(pg_table_size(p.oid)) DESC"
source_size=$(value --dbname=shop --command="SELECT pg_size_pretty(pg_database_size('shop'))")
echo "Filled in $(since "$begin")."

title "Mask and dump"
rm -rf "$archive"
mkdir -p "${archive%/*}"
echo "(PGHOST and PGPORT say where the server is.)"
show psql -U shop_owner -d shop -c "CREATE EXTENSION pg_anon"
begin_dump=$(now)
show pg_anon dump -d shop -U masking --prepared-sens-dict-file demo/dictionary.py --output-dir "$archive" -j 2
time_dump=$(since "$begin_dump")

title "Restore with PostgreSQL's own pg_restore"
begin_restore=$(now)
show pg_restore -j 2 -d shop_masked "$archive"
time_restore=$(since "$begin_restore")
echo "Restored in $time_restore."

title "Before and after (* has changed)"
sql --dbname=shop --file=demo/before_after.sql >"$work/before"
sql --dbname=shop_masked --file=demo/before_after.sql >"$work/after"
sql --dbname=postgres --pset=footer=off <<SQL
CREATE TEMP TABLE before (place integer, item text, part integer, key text, value text);
CREATE TEMP TABLE after (LIKE before);
\copy before FROM '$work/before'
\copy after FROM '$work/after'
SELECT CASE WHEN part = 1 THEN item END AS row, key AS column, CASE WHEN b.value IS DISTINCT FROM a.value THEN '*' ELSE '' END AS " ",
       b.value AS before, a.value AS after
FROM before b FULL JOIN after a USING (place, item, part, key) ORDER BY place, item, part
SQL

title "Is the copy still useful? Three masked columns, in per cent of all rows"
sql --dbname=shop --file=demo/distributions.sql >"$work/distributions.shop"
sql --dbname=shop_masked --file=demo/distributions.sql >"$work/distributions.masked"
sql --dbname=postgres --pset=footer=off <<SQL
CREATE TEMP TABLE before (place integer, item text, class integer, label text, n integer);
CREATE TEMP TABLE after (LIKE before);
\copy before FROM '$work/distributions.shop'
\copy after FROM '$work/distributions.masked'
WITH share AS (
    SELECT place, item, class, label, 100.0 * b.n / sum(b.n) OVER (PARTITION BY place) AS before, 100.0 * a.n / sum(a.n) OVER (PARTITION BY place) AS after
    FROM before b FULL JOIN after a USING (place, item, class, label)
), scaled AS (SELECT *, greatest(max(before) OVER (PARTITION BY place), max(after) OVER (PARTITION BY place)) AS most FROM share)
SELECT CASE WHEN row_number() OVER (PARTITION BY place ORDER BY class) = 1 THEN item END AS column, label AS value,
       to_char(coalesce(before, 0), '990.0') AS "shop", rpad(repeat('#', round(20 * coalesce(before, 0) / most)::int), 20) AS " ",
       to_char(coalesce(after, 0), '990.0') AS "shop_masked", rpad(repeat('#', round(20 * coalesce(after, 0) / most)::int), 20) AS "  "
FROM scaled ORDER BY place, class;
SQL

title "Is an original e-mail address left anywhere?"
sql --dbname=shop --file=demo/emails.sql >"$work/emails.shop"
sql --dbname=shop_masked --file=demo/emails.sql >"$work/emails.masked"
sql --dbname=postgres --pset=footer=off <<SQL | tee "$work/emails.report"
CREATE TEMP TABLE original (place text, address text);
CREATE TEMP TABLE masked (LIKE original);
\copy original FROM '$work/emails.shop'
\copy masked FROM '$work/emails.masked'
SELECT place AS "column with e-mail addresses", count(o.address) AS "in shop", count(m.address) AS "in shop_masked",
       count(m.address) FILTER (WHERE m.address IN (SELECT address FROM original)) AS "of these original"
FROM original o FULL JOIN masked m USING (place, address) GROUP BY place ORDER BY place
SQL
cut -f2 "$work/emails.shop" | LC_ALL=C sort -u >"$work/originals"
cut -f2 "$work/emails.masked" | LC_ALL=C sort -u | LC_ALL=C comm -12 "$work/originals" - >"$work/left_in_database"
# The distinct original addresses in what is read from standard input.
search() { { LC_ALL=C grep --text --only-matching --ignore-case --fixed-strings --file="$work/originals" || true; } | LC_ALL=C sort -u | wc -l; }
looked_for=$(wc -l <"$work/originals")
left_in_database=$(wc -l <"$work/left_in_database")
left_in_archive=$(find "$archive" -type f -exec gzip --decompress --stdout --force {} + | search)
found_unmasked=$(pg_dump -d shop | search)
cat <<TEXT
Original addresses looked for: $looked_for
Left in any column of the database shop_masked: $left_in_database
Left in any file of the archive, decompressed: $left_in_archive
(The same search finds $found_unmasked in an ordinary pg_dump of the shop.)
TEXT

title "Do all foreign keys hold?"
sql --dbname=shop_masked --pset=footer=off --file=demo/foreign_keys.sql --command="
    SELECT count(*) AS foreign_keys, sum(orphans) AS rows_that_refer_to_nothing, count(*) FILTER (WHERE NOT valid) AS not_valid FROM checked"
bad_keys=$(value --dbname=shop_masked --file=demo/foreign_keys.sql --command="SELECT count(*) FROM checked WHERE orphans > 0 OR NOT valid" | tail -n 1)
keys=$(value --dbname=shop_masked --command="SELECT count(*) FROM pg_constraint WHERE contype = 'f' AND conparentid = 0")

clean_up
title "What was done"
cat <<TEXT
A shop of $source_size was masked and dumped in $time_dump by a user who is not superuser, and restored in $time_restore.
The archive, $(du -sh "$archive" | cut -f1) compressed, is here: $archive
    pg_restore --list $archive      shows what is in it
The rules are in demo/dictionary.py. The server is stopped, its folder removed. All took $(since "$begin").
TEXT

if [ "$left_in_database" != 0 ] || [ "$left_in_archive" != 0 ]; then
    echo "FAILED: original e-mail addresses are left." >&2
    exit 1
fi
if [ "$looked_for" -lt 50000 ] || [ "$found_unmasked" != "$looked_for" ]; then
    echo "FAILED: the search does not find the addresses where they are." >&2
    exit 1
fi
if [ "$bad_keys" != 0 ] || [ "$keys" = 0 ]; then
    echo "FAILED: a foreign key does not hold." >&2
    exit 1
fi
echo "No original e-mail address is left, and all $keys foreign keys hold."
