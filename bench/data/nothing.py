# Masks nothing: for archives that are compared with those of pg_dump.
{"dictionary": []}
