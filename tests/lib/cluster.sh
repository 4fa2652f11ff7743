#!/usr/bin/env bash
# A throw-away PostgreSQL server with a folder and a socket of its own. Everybody who can reach the socket may connect as
# anybody; only the user who started it can reach it. It does not listen on the network unless told to.
#
#   cluster.sh start DIR BINDIR [SERVER OPTION...]   make the cluster in DIR (new, or empty) and start it
#   cluster.sh stop DIR [smart|fast|immediate]       stop it
#   cluster.sh restart DIR                           start it again, as it was started
#   cluster.sh remove DIR                            stop it, and remove DIR
#   cluster.sh guard DIR                             read standard input to its end, then remove
#
# Socket folder: DIR/socket. Port: 5499. Superuser: postgres. The server's messages: DIR/log.
set -euo pipefail
# shellcheck source-path=SCRIPTDIR source=common.sh
. "$(dirname "${BASH_SOURCE[0]}")/common.sh"
unset "${!PG@}"

# Not the default port: whoever forgets to name it must not meet the machine's own server.
port=5499
usage() {
    sed -n '5,9s/^# *//p' "${BASH_SOURCE[0]}" >&2
    exit 2
}

[ $# -ge 2 ] || usage
verb=$1 dir=$(realpath -m "$2")
shift 2

pg_ctl() {
    local verb=$1
    shift
    as_server_user "$(cat "$dir/bindir")/pg_ctl" "$verb" --pgdata="$dir/data" --silent --wait --timeout=120 "$@"
}

is_running() {
    [ -f "$dir/bindir" ] && as_server_user "$(cat "$dir/bindir")/pg_ctl" status --pgdata="$dir/data" >/dev/null 2>&1
}

start_server() {
    if ! pg_ctl start --log="$dir/log"; then
        echo "The server did not start:" >&2
        tail -n 20 "$dir/log" >&2
        return 1
    fi
}

make_cluster() {
    local bindir=$1 user
    shift
    user=$(server_user)
    mkdir -p "$dir"
    if [ -n "$(ls -A "$dir")" ]; then
        echo "$dir is not empty" >&2
        return 1
    fi
    # A socket's path has at most 107 bytes.
    local socket=$dir/socket
    if [ ${#socket} -gt 85 ]; then
        echo "The path $dir is too long for a server's socket. Set TMPDIR to a shorter one." >&2
        return 1
    fi
    mkdir "$socket"
    echo "$bindir" >"$dir/bindir"
    : >"$dir/log"
    chmod 700 "$dir" "$socket"
    if [ "$(id -u)" = 0 ]; then chown -R "$user:" "$dir"; fi
    # Locale C: databases of every encoding can be made.
    as_server_user "$bindir/initdb" --pgdata="$dir/data" --username=postgres --auth=trust --encoding=UTF8 --no-locale \
        --no-sync >"$dir/initdb.log" 2>&1 || {
        cat "$dir/initdb.log" >&2
        return 1
    }
    {
        echo "port = $port"
        echo "unix_socket_directories = '$socket'"
        echo "listen_addresses = ''"
        # What is lost when the machine stops was not meant to be kept.
        echo "fsync = off"
        echo "synchronous_commit = off"
        echo "full_page_writes = off"
        echo "max_wal_size = 4GB"
        echo "timezone = 'UTC'"
        local option
        for option in "$@"; do echo "$option"; done
    } >>"$dir/data/postgresql.conf"
}

remove() {
    if is_running; then pg_ctl stop --mode=immediate || true; fi
    rm -rf "$dir"
}

case $verb in
start)
    [ $# -ge 1 ] || usage
    make_cluster "$@"
    start_server
    ;;
stop) pg_ctl stop --mode="${1:-fast}" ;;
restart) start_server ;;
remove) remove ;;
guard)
    # Ctrl-C goes to the whole group of processes; the guard outlives it, and ends when its parent does.
    trap '' INT TERM HUP
    cat >/dev/null
    remove
    ;;
*) usage ;;
esac
