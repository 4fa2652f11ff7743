-- An ordinary owner of a database installs and removes the extension. No superuser is needed, and no preloading.
\set VERBOSITY terse
CREATE ROLE regress_owner;
CREATE ROLE regress_other;
SELECT format('GRANT CREATE ON DATABASE %I TO regress_owner', current_database()) \gexec
SELECT rolsuper FROM pg_roles WHERE rolname = 'regress_owner';

-- Somebody who may not create anything in the database cannot.
SET ROLE regress_other;
CREATE EXTENSION pg_anon;
RESET ROLE;

SET ROLE regress_owner;
CREATE EXTENSION pg_anon;
SELECT extname, extowner::regrole, extnamespace::regnamespace, extrelocatable FROM pg_extension WHERE extname = 'pg_anon';

-- Everything is in the one schema, and nothing runs with the rights of somebody else.
SELECT count(*) FROM pg_depend d JOIN pg_extension e ON e.oid = d.refobjid JOIN pg_proc p ON p.oid = d.objid
WHERE e.extname = 'pg_anon' AND d.classid = 'pg_proc'::regclass AND d.deptype = 'e'
  AND (p.pronamespace <> 'anon_funcs'::regnamespace OR p.prosecdef);

DROP EXTENSION pg_anon;
RESET ROLE;
SELECT count(*) FROM pg_extension WHERE extname = 'pg_anon';
