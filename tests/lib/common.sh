# shellcheck shell=bash
# What the scripts share. To be sourced.

# The server refuses to run as root: root runs its programs as the user postgres, anybody else as themselves.
server_user() {
    if [ "$(id -u)" != 0 ]; then
        id -un
    elif id postgres >/dev/null 2>&1; then
        echo postgres
    else
        echo "The server does not run as root, and there is no user postgres. Run: make setup" >&2
        return 1
    fi
}

# Runs a command as the server's user. Paths must be absolute: the current folder may be closed to that user.
as_server_user() {
    if [ "$(id -u)" != 0 ]; then
        "$@"
    else
        local user
        user=$(server_user) || return
        (cd / && exec setpriv --reuid="$user" --regid="$user" --init-groups -- "$@")
    fi
}

# Gives a folder of the given name below build/ if the server's user can read it there, else a new one in /tmp, which the
# caller removes: a checkout in root's home is closed to the server.
server_readable_dir() {
    local root=$1 name=$2
    mkdir -p "$root/build/$name"
    if as_server_user test -r "$root/build/$name" -a -x "$root/build/$name"; then
        echo "$root/build/$name"
    else
        local dir
        dir=$(mktemp -d "/tmp/pg_anon-$name-XXXXXX")
        chmod 755 "$dir"
        echo "$dir"
    fi
}
