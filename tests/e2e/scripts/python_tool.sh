#!/bin/sh
# Command lines as the Python tool pg_anon 1.10 documents them, with its options alone. They run unchanged with ours.
#
#   python_tool.sh SECTION
#
# Environment: DB_HOST, DB_PORT, DB_USER, DB_PASSWORD, SOURCE_DB, TARGET_DB. In the current folder: sens_dict.py,
# include_tables.py, exclude_tables.py, config.yml. psql, for what a script does between two runs, connects by PG*.
set -eu

quick_start() {
    pg_anon --version

    pg_anon --mode=init \
        --db-user="$DB_USER" \
        --db-user-password="$DB_PASSWORD" \
        --db-name="$SOURCE_DB" \
        --db-host="$DB_HOST" \
        --db-port="$DB_PORT"

    pg_anon --mode=dump \
        --db-host="$DB_HOST" \
        --db-user="$DB_USER" \
        --db-user-password="$DB_PASSWORD" \
        --db-name="$SOURCE_DB" \
        --db-port="$DB_PORT" \
        --prepared-sens-dict-file=sens_dict.py \
        --output-dir="$PWD/quick_start_dump" \
        --clear-output-dir \
        --processes=2 \
        --db-connections-per-process=2

    pg_anon --mode=restore \
        --db-host="$DB_HOST" \
        --db-port="$DB_PORT" \
        --db-user="$DB_USER" \
        --db-user-password="$DB_PASSWORD" \
        --db-name="$TARGET_DB" \
        --input-dir="$PWD/quick_start_dump" \
        --drop-custom-check-constr \
        --verbose=debug
}

# The structure once, the data every night.
synchronise() {
    pg_anon sync-struct-dump \
        --db-host="$DB_HOST" \
        --db-port="$DB_PORT" \
        --db-user="$DB_USER" \
        --db-user-password="$DB_PASSWORD" \
        --db-name="$SOURCE_DB" \
        --config=config.yml \
        --output-dir=test_sync_struct_dump \
        --prepared-sens-dict-file=sens_dict.py

    pg_anon sync-struct-restore \
        --db-host="$DB_HOST" \
        --db-port="$DB_PORT" \
        --db-user="$DB_USER" \
        --db-user-password="$DB_PASSWORD" \
        --db-name="$TARGET_DB" \
        --config=config.yml \
        --input-dir=test_sync_struct_dump

    for night in 1 2; do
        pg_anon sync-data-dump \
            --db-host="$DB_HOST" \
            --db-port="$DB_PORT" \
            --db-user="$DB_USER" \
            --db-user-password="$DB_PASSWORD" \
            --db-name="$SOURCE_DB" \
            --output-dir=test_sync_data_dump \
            --clear-output-dir \
            --prepared-sens-dict-file=sens_dict.py \
            --application-name-suffix=nightly \
            --internal-operation-id="night-$night" \
            --save-dicts

        psql --no-psqlrc --quiet --dbname="$TARGET_DB" --command="
            DO \$\$ BEGIN
                EXECUTE (SELECT 'TRUNCATE ' || string_agg(format('%I.%I', schemaname, tablename), ', ')
                         FROM pg_tables WHERE schemaname = 'public');
            END \$\$"

        pg_anon sync-data-restore \
            --db-host="$DB_HOST" \
            --db-port="$DB_PORT" \
            --db-user="$DB_USER" \
            --db-user-password="$DB_PASSWORD" \
            --db-name="$TARGET_DB" \
            --input-dir=test_sync_data_dump \
            --seq-init-by-max-value \
            --verbose=error
    done
}

# A target that is there already is made anew, in two ways.
again() {
    pg_anon dump \
        --db-host="$DB_HOST" \
        --db-port="$DB_PORT" \
        --db-user="$DB_USER" \
        --db-user-password="$DB_PASSWORD" \
        --db-name="$SOURCE_DB" \
        --prepared-sens-dict-file=sens_dict.py \
        --output-dir=dump \
        --ignore-privileges \
        --pg-dump-options="--no-comments"

    for way in --clean-db --drop-db; do
        pg_anon restore \
            --db-host="$DB_HOST" \
            --db-port="$DB_PORT" \
            --db-user="$DB_USER" \
            --db-user-password="$DB_PASSWORD" \
            --db-name="$TARGET_DB" \
            --input-dir=dump \
            --ignore-privileges \
            --disable-checks \
            --pg-restore-options "--no-comments" \
            $way
    done
}

partial() {
    pg_anon dump \
        --db-host="$DB_HOST" \
        --db-port="$DB_PORT" \
        --db-user="$DB_USER" \
        --db-user-password="$DB_PASSWORD" \
        --db-name="$SOURCE_DB" \
        --output-dir=partial_dump_white_list_and_black_list \
        --prepared-sens-dict-file=sens_dict.py \
        --partial-tables-dict-file=include_tables.py \
        --partial-tables-exclude-dict-file=exclude_tables.py

    pg_anon restore \
        --db-host="$DB_HOST" \
        --db-port="$DB_PORT" \
        --db-user="$DB_USER" \
        --db-user-password="$DB_PASSWORD" \
        --db-name="$TARGET_DB" \
        --input-dir=partial_dump_white_list_and_black_list \
        --partial-tables-dict-file=include_tables.py \
        --partial-tables-exclude-dict-file=exclude_tables.py
}

validate() {
    pg_anon dump \
        --db-host="$DB_HOST" \
        --db-port="$DB_PORT" \
        --db-user="$DB_USER" \
        --db-user-password="$DB_PASSWORD" \
        --db-name="$SOURCE_DB" \
        --prepared-sens-dict-file=sens_dict.py \
        --dbg-stage-1-validate-dict \
        --verbose=debug \
        --debug

    pg_anon dump \
        --db-host="$DB_HOST" \
        --db-port="$DB_PORT" \
        --db-user="$DB_USER" \
        --db-user-password="$DB_PASSWORD" \
        --db-name="$SOURCE_DB" \
        --prepared-sens-dict-file=sens_dict.py \
        --output-dir=stage_3 \
        --clear-output-dir \
        --dbg-stage-3-validate-full

    pg_anon restore \
        --db-host="$DB_HOST" \
        --db-port="$DB_PORT" \
        --db-user="$DB_USER" \
        --db-user-password="$DB_PASSWORD" \
        --db-name="$TARGET_DB" \
        --input-dir=stage_3
}

"$1"
