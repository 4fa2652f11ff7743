-- Objects in the schema of this extension that do not belong to it. Names in rules are looked up in that schema, so whoever
-- owns it could put something there that a rule then calls, with the rights of whoever dumps. Functions of the extension
-- must be a superuser's as well: the owner of an extension may add functions of his own to it. In psql it runs as it is.
WITH schema (oid) AS (SELECT n.oid FROM pg_namespace n WHERE n.nspname = 'anon_funcs'),
object (class, oid, owner) AS (
    SELECT 'pg_proc'::regclass, p.oid, p.proowner FROM schema JOIN pg_proc p ON p.pronamespace = schema.oid
    UNION ALL
    SELECT 'pg_operator'::regclass, o.oid, o.oprowner FROM schema JOIN pg_operator o ON o.oprnamespace = schema.oid
    UNION ALL
    SELECT 'pg_type'::regclass, t.oid, t.typowner FROM schema JOIN pg_type t ON t.typnamespace = schema.oid
    UNION ALL
    SELECT 'pg_class'::regclass, c.oid, c.relowner FROM schema JOIN pg_class c ON c.relnamespace = schema.oid
    UNION ALL
    SELECT 'pg_collation'::regclass, k.oid, k.collowner FROM schema JOIN pg_collation k ON k.collnamespace = schema.oid
    UNION ALL
    SELECT 'pg_ts_config'::regclass, f.oid, f.cfgowner FROM schema JOIN pg_ts_config f ON f.cfgnamespace = schema.oid
),
-- Names come last: there are many functions, and most are right.
suspect (class, oid) AS MATERIALIZED (
    SELECT object.class, object.oid
    FROM object
    JOIN pg_roles r ON r.oid = object.owner
    WHERE NOT (r.rolsuper AND EXISTS (
        SELECT FROM pg_depend d JOIN pg_extension e ON e.oid = d.refobjid
        WHERE d.classid = object.class AND d.objid = object.oid AND d.refclassid = 'pg_extension'::regclass
          AND d.deptype = 'e' AND e.extname = 'pg_anon'))
)
SELECT CASE class
           WHEN 'pg_proc'::regclass THEN 'function ' || oid::regprocedure
           WHEN 'pg_operator'::regclass THEN 'operator ' || oid::regoperator
           WHEN 'pg_type'::regclass THEN 'type ' || oid::regtype
           WHEN 'pg_class'::regclass THEN 'relation ' || oid::regclass
           WHEN 'pg_collation'::regclass THEN 'collation ' || oid::regcollation
           WHEN 'pg_ts_config'::regclass THEN 'text search configuration ' || oid::regconfig
       END
FROM suspect
ORDER BY 1
