#!/usr/bin/env bash
# Installs what is missing to build, lint and test pg_anon, and nothing else: Debian packages (as root or by sudo),
# Rust components, cargo-pgrx. Where it cannot, it says what to run, and fails. Uses no network when all is there.
#
#   setup.sh            install
#   setup.sh --check    install nothing; fail when something is missing that a build needs
#
# Environment: PG_CONFIG, CARGO_PGRX_VERSION and TOOLS (a folder for cargo-pgrx), as the Makefile sets them.
set -euo pipefail

check_only=false
[ "${1:-}" = --check ] && check_only=true

pg_config=$(command -v "${PG_CONFIG:-pg_config}" || true)
if [ -z "$pg_config" ] && [ "${PG_CONFIG:-pg_config}" != pg_config ]; then
    echo "PG_CONFIG: $PG_CONFIG is not a program." >&2
    exit 1
fi
pgrx_version=${CARGO_PGRX_VERSION:?run this as: make setup}
tools=${TOOLS:?run this as: make setup}
rust_version=1.95

packages=() # Debian packages that are missing
commands=() # what else is to be run
have() { command -v "$1" >/dev/null 2>&1; }

# The server's major version: of PG_CONFIG, or Debian 12's own.
pg_major=15
if [ -n "$pg_config" ]; then
    pg_major=$("$pg_config" --version | sed -n 's/^PostgreSQL \([0-9]*\).*/\1/p')
fi

need_build_packages() {
    have cc || packages+=(build-essential)
    have make || packages+=(make)
    have pkg-config || packages+=(pkg-config)
    # ISA-L, which compresses.
    if [ "$(uname -m)" = x86_64 ]; then
        have nasm || packages+=(nasm)
        have autoreconf || packages+=(autoconf)
        have automake || packages+=(automake)
        have libtoolize || packages+=(libtool)
    fi
    if ! have pkg-config || ! pkg-config --exists libpq; then packages+=(libpq-dev); fi
    if [ -z "${LIBCLANG_PATH:-}" ] && ! compgen -G '/usr/lib/llvm-*/lib/libclang*.so*' >/dev/null &&
        ! PATH=$PATH:/sbin ldconfig -p 2>/dev/null | grep -q 'libclang.*\.so'; then
        packages+=(clang libclang-dev)
    elif ! have clang; then
        packages+=(clang)
    fi
    # Debian's pg_config comes with libpq-dev too, without the server's headers.
    if [ -z "$pg_config" ] || [ ! -f "$("$pg_config" --includedir-server)/postgres.h" ]; then
        packages+=("postgresql-server-dev-$pg_major")
    fi
}

need_server_packages() {
    if [ -z "$pg_config" ] || [ ! -x "$("$pg_config" --bindir)/initdb" ]; then packages+=("postgresql-$pg_major"); fi
    if [ -z "$pg_config" ] || [ ! -x "$("$pg_config" --bindir)/psql" ] ||
        [ ! -x "$(dirname "$("$pg_config" --pgxs)")/../test/regress/pg_regress" ]; then
        packages+=("postgresql-client-$pg_major")
    fi
    have shellcheck || packages+=(shellcheck)
}

need_rust() {
    if ! have cargo || ! rustc --version >/dev/null 2>&1; then
        commands+=("install Rust $rust_version or newer by rustup: https://rustup.rs")
        return
    fi
    local version
    version=$(rustc --version | cut -d' ' -f2)
    if [ "$(printf '%s\n' "$rust_version" "$version" | sort -V | head -n1)" != "$rust_version" ]; then
        commands+=("rustup update stable    # this is Rust $version; $rust_version or newer is needed")
    fi
}

have_cargo_pgrx() {
    local program
    for program in "$tools/bin/cargo-pgrx" cargo-pgrx; do
        [ "$("$program" pgrx --version 2>/dev/null)" = "cargo-pgrx $pgrx_version" ] && return
        # The Makefile takes the one in $tools whenever there is one.
        [ -e "$program" ] && return 1
    done
    return 1
}

# Runs a command as root: directly, or by sudo where it asks for no password.
as_root() {
    if [ "$(id -u)" = 0 ]; then "$@"; else sudo -n "$@"; fi
}
may_be_root() {
    [ "$(id -u)" = 0 ] || { have sudo && sudo -n true 2>/dev/null; }
}

install_packages() {
    local drop_in=/etc/postgresql-common/createcluster.d/pg_anon-setup.conf
    echo "Installing Debian packages: $*"
    # Debian's server package makes a cluster and starts it. None is needed here.
    as_root mkdir -p "${drop_in%/*}"
    echo 'create_main_cluster = false' | as_root tee "$drop_in" >/dev/null
    local status=0
    { as_root apt-get update -q &&
        as_root env DEBIAN_FRONTEND=noninteractive apt-get install -qy --no-install-recommends "$@"; } || status=$?
    as_root rm -f "$drop_in"
    return "$status"
}

report() {
    {
        echo "Missing to build and test pg_anon. Please run:"
        if [ ${#packages[@]} -gt 0 ]; then echo "    sudo apt-get install ${packages[*]}"; fi
        if [ ${#commands[@]} -gt 0 ]; then printf '    %s\n' "${commands[@]}"; fi
    } >&2
    exit 1
}

need_build_packages
need_rust
if $check_only; then
    have_cargo_pgrx || commands+=("make setup    # cargo-pgrx $pgrx_version")
    if [ ${#packages[@]} -gt 0 ] || [ ${#commands[@]} -gt 0 ]; then report; fi
    exit 0
fi

need_server_packages
if [ ${#commands[@]} -gt 0 ]; then report; fi
if [ ${#packages[@]} -gt 0 ]; then
    if ! have apt-get || ! may_be_root; then report; fi
    install_packages "${packages[@]}" || report
    # What is still not found is not where it should be: better said now than by a compiler.
    packages=()
    pg_config=$(command -v "${PG_CONFIG:-pg_config}" || true)
    need_build_packages
    need_server_packages
    if [ ${#packages[@]} -gt 0 ]; then report; fi
fi

components=()
cargo fmt --version >/dev/null 2>&1 || components+=(rustfmt)
cargo clippy --version >/dev/null 2>&1 || components+=(clippy)
if [ ${#components[@]} -gt 0 ]; then
    packages=()
    if ! have rustup || ! rustup component add "${components[@]}"; then
        commands+=("rustup component add ${components[*]}")
        report
    fi
fi

if ! have_cargo_pgrx; then
    echo "Installing cargo-pgrx $pgrx_version into $tools"
    # Unoptimised: compiles in half the time, and the program only copies files and calls cargo.
    CARGO_PROFILE_DEV_DEBUG=0 cargo install cargo-pgrx --version "$pgrx_version" --locked --debug --root "$tools"
fi
