#!/usr/bin/env bash
# Copies every file below one folder to the same place below another one. Programs and libraries become 0755, all else 0644.
#
#   install.sh FROM TO
set -euo pipefail
umask 022

from=${1:?usage: install.sh FROM TO}
to=${2:?usage: install.sh FROM TO}

(cd "$from" && find . -type f -print0) | while IFS= read -r -d '' file; do
    file=${file#./}
    mode=644
    case $file in *.so | bin/*) mode=755 ;; esac
    install -D -m "$mode" "$from/$file" "${to%/}/$file"
    echo "${to%/}/$file"
done
