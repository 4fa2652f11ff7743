-- The foreign keys between tables of extensions, which are there before the data is loaded: the referencing table and the
-- referenced one.
SELECT c.conrelid, c.confrelid
FROM pg_catalog.pg_constraint AS c
WHERE c.contype = 'f'
  AND EXISTS (
      SELECT FROM pg_catalog.pg_depend AS d
      WHERE d.classid = 'pg_catalog.pg_class'::pg_catalog.regclass AND d.objid = c.conrelid AND d.deptype = 'e'
  )
