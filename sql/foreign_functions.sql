-- Functions and operators in the schema of this extension that do not belong to it. Calls in rules are looked up in
-- that schema, so whoever owns it could put a better match there and have it run with the rights of whoever dumps.
SELECT format('function %s', p.oid::regprocedure)
FROM pg_proc p
WHERE p.pronamespace = 'anon_funcs'::regnamespace
  AND NOT EXISTS (
      SELECT FROM pg_depend d JOIN pg_extension e ON e.oid = d.refobjid
      WHERE d.classid = 'pg_proc'::regclass AND d.objid = p.oid AND d.refclassid = 'pg_extension'::regclass
        AND d.deptype = 'e' AND e.extname = 'pg_anon')
UNION ALL
SELECT format('operator %s', o.oid::regoperator)
FROM pg_operator o
WHERE o.oprnamespace = 'anon_funcs'::regnamespace
  AND NOT EXISTS (
      SELECT FROM pg_depend d JOIN pg_extension e ON e.oid = d.refobjid
      WHERE d.classid = 'pg_operator'::regclass AND d.objid = o.oid AND d.refclassid = 'pg_extension'::regclass
        AND d.deptype = 'e' AND e.extname = 'pg_anon')
ORDER BY 1
