-- The settings with which data is loaded, as the startup option takes them. $1: how many connections load.
-- A sort for an index takes up to maintenance_work_mem: all of them together a quarter of the shared buffers, where that is more
-- than the server gives, and none more than a gigabyte.
SELECT pg_catalog.format(
           '-c synchronous_commit=off -c maintenance_work_mem=%skB',
           GREATEST(m.setting::pg_catalog.int8,
                    LEAST(b.setting::pg_catalog.int8 * 8 / 4 / $1::pg_catalog.int8, 1048576)))
FROM pg_catalog.pg_settings AS m, pg_catalog.pg_settings AS b
WHERE m.name = 'maintenance_work_mem' AND b.name = 'shared_buffers'
