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
"$program" man --output-dir "$dir/share/man/man1"
completions() {
    mkdir -p "$dir/share/$2"
    "$program" completions "$1" >"$dir/share/$2/$3"
}
completions bash bash-completion/completions pg_anon
completions zsh zsh/site-functions _pg_anon
completions fish fish/vendor_completions.d pg_anon.fish
