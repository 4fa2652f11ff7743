#!/usr/bin/env bash
# Makes a private copy of a PostgreSQL installation, so that `make install DESTDIR=DIR` gives it the extension and the
# machine's own installation stays as it is. Prints the folder of its programs.
#
#   stage.sh DIR PG_CONFIG
#
# PostgreSQL looks for its libraries and its share folder relative to the real path of its program. So the programs are
# copied and all the rest are symbolic links.
set -euo pipefail
umask 022

dir=$(realpath -m "${1:?usage: stage.sh DIR PG_CONFIG}")
pg_config=${2:?usage: stage.sh DIR PG_CONFIG}
bindir=$("$pg_config" --bindir)
pkglibdir=$("$pg_config" --pkglibdir)
sharedir=$("$pg_config" --sharedir)

rm -rf "$dir"
mkdir -p "$dir$bindir"
# By name: elsewhere than in Debian the folder may be /usr/bin.
for program in postgres initdb pg_ctl pg_config psql pg_dump pg_dumpall pg_restore pg_basebackup pg_isready createdb dropdb \
    createuser vacuumdb pgbench; do
    if [ -e "$bindir/$program" ]; then cp -L "$bindir/$program" "$dir$bindir"; fi
done
for source in "$pkglibdir" "$sharedir"; do
    mkdir -p "$dir$source"
    cp -Rs "$(realpath "$source")/." "$dir$source"
done
# Not the machine's own pg_anon, if it has one.
find "$dir$pkglibdir" "$dir$sharedir/extension" -name 'pg_anon*' -type l -delete
echo "$dir$bindir"
