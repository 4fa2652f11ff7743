#!/usr/bin/env bash
# Runs test suites, all output as it comes, and prints at the very end one line over all of them: N passed, N failed.
# Its status is not 0 when anything failed.
#
#   run.sh SUITE...      suites: unit, regress, e2e (the last two want `make build` before)
#
# Environment: PG_CONFIG. TESTS, names separated by spaces, runs only these: a name is a test of regress, a file of e2e, or
# a part of the names of Rust tests.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
# shellcheck source-path=SCRIPTDIR source=lib/common.sh
. tests/lib/common.sh

pg_config=${PG_CONFIG:-pg_config}
read -ra names <<<"${TESTS:-}"
temporary=()
passed=0
failed=0
work=$(mktemp -d /tmp/pg_anon-tests-XXXXXX)
temporary+=("$work")
trap 'rm -rf "${temporary[@]}"' EXIT
trap 'exit 130' INT TERM

# Runs a command, shows what it prints, and adds what it counts. $1: `cargo` or `pg_regress`, whose output it is.
count() {
    local kind=$1 status=0 good=0 bad=0
    shift
    "$@" 2>&1 | tee "$work/output" || status=$?
    case $kind in
    cargo)
        read -r good bad < <(awk '/^test result: / { good += $4; bad += $6 } END { print good + 0, bad + 0 }' "$work/output")
        ;;
    pg_regress)
        # PostgreSQL 16 and newer: "ok 1 - name"; older: "test name ... ok", and without "test" in a parallel group.
        good=$(grep -cE '^ok |^(test| {4}) .* \.\.\. +ok' "$work/output" || true)
        bad=$(grep -cE '^not ok |^(test| {4}) .* \.\.\. +FAILED' "$work/output" || true)
        ;;
    esac
    # A suite that could not be compiled or was killed counts nothing, and is a failure all the same.
    if [ "$status" != 0 ] && [ "$bad" = 0 ]; then bad=1; fi
    passed=$((passed + good))
    failed=$((failed + bad))
}

# Sets stage_bin: the programs of a private installation that has the extension. Makes it at the first call.
stage_bin=
stage() {
    [ -z "$stage_bin" ] || return 0
    local dir
    dir=$(server_readable_dir "$PWD" stage)
    case $dir in /tmp/*) temporary+=("$dir") ;; esac
    stage_bin=$(tests/lib/stage.sh "$dir" "$pg_config")
    "${MAKE:-make}" --no-print-directory install DESTDIR="$dir" PREFIX=/usr/local >"$work/install" || {
        cat "$work/install" >&2
        return 1
    }
    PG_ANON_BIN=$dir/usr/local/bin/pg_anon
    PG_ANON_STAGE_BIN=$stage_bin
    export PG_ANON_BIN PG_ANON_STAGE_BIN
}

# Always the same packages: cargo compiles crates again when others are chosen, because their features differ then.
cargo_test() {
    local packages=(--package pg_anon_core --package pg_anon_cli --package pg_anon_e2e)
    count cargo cargo test --locked --no-fail-fast "${packages[@]}" "$@"
}

# Cargo takes a name for the test programs of all packages that have it: with two, one suite would run the other's.
same=$(basename -a core/tests/*.rs cli/tests/*.rs tests/e2e/tests/*.rs | sort | uniq -d)
[ -z "$same" ] || {
    echo "Two test programs have the same name: $same" >&2
    exit 1
}

# Gives `--test NAME` for each test program in a folder, one word a line.
test_programs() {
    local file
    for file in "$@"; do
        if [ -f "$file" ]; then printf -- '--test\n%s\n' "$(basename "$file" .rs)"; fi
    done
}

run_unit() {
    local targets
    mapfile -t targets < <(test_programs core/tests/*.rs cli/tests/*.rs)
    cargo_test --lib --bins "${targets[@]}" -- "${names[@]}"
    cargo_test --doc -- "${names[@]}"
}

run_regress() {
    local pg_regress input=$work/regress tests=() name
    pg_regress=$(dirname "$("$pg_config" --pgxs)")/../test/regress/pg_regress
    # install comes first: it checks what an ordinary database owner can do.
    if [ ${#names[@]} = 0 ]; then
        tests=(install)
        for name in tests/regress/sql/*.sql; do
            name=$(basename "$name" .sql)
            [ "$name" = install ] || tests+=("$name")
        done
    else
        for name in "${names[@]}"; do
            if [ -f "tests/regress/sql/$name.sql" ]; then tests+=("$name"); fi
        done
    fi
    [ ${#tests[@]} -gt 0 ] || return 0
    stage
    # A copy, because the server's user writes beside the tests and may not read the checkout.
    cp -R tests/regress "$input"
    chmod 755 "$work"
    chown -R "$(server_user)" "$input"
    local bad_before=$failed
    count pg_regress as_server_user "$pg_regress" --bindir="$stage_bin" --inputdir="$input" --outputdir="$input" \
        --temp-instance="$input/tmp" --no-locale --encoding=UTF8 --dbname=regression "${tests[@]}"
    rm -rf build/regress
    mkdir -p build/regress
    cp -R "$input/results" build/regress/ || true
    if [ "$failed" != "$bad_before" ]; then
        cat "$input/regression.diffs" 2>/dev/null || tail -n 30 "$input"/log/*.log || true
        echo "What came out is in $PWD/build/regress/results."
    fi
}

run_e2e() {
    local targets files=() filter=() name
    for name in "${names[@]}"; do
        if [ -f "tests/e2e/tests/$name.rs" ]; then files+=("tests/e2e/tests/$name.rs"); else filter+=("$name"); fi
    done
    [ ${#files[@]} -gt 0 ] || files=(tests/e2e/tests/*.rs)
    mapfile -t targets < <(test_programs "${files[@]}")
    stage
    cargo_test "${targets[@]}" -- "${filter[@]}"
}

[ $# -gt 0 ] || set -- unit regress e2e
for suite in "$@"; do
    case $suite in
    unit | regress | e2e)
        printf '\n== %s\n' "$suite"
        "run_$suite"
        ;;
    *)
        echo "There is no suite $suite; there are unit, regress, e2e." >&2
        exit 2
        ;;
    esac
done

# A misspelt name must not look like success.
if [ $((passed + failed)) = 0 ]; then
    echo "No test matches: ${TESTS:-}" >&2
    failed=1
fi
printf '\n%d passed, %d failed\n' "$passed" "$failed"
[ "$failed" = 0 ]
