-- Objects in the schema of this extension that do not belong to it. Names in rules are looked up in that schema, so whoever
-- owns it could put something there that a rule then calls, with the rights of whoever dumps. Functions of the extension
-- must be a superuser's as well: the owner of an extension may add functions of his own to it. In psql it runs as it is.
WITH schema (oid) AS (SELECT n.oid FROM pg_namespace n WHERE n.nspname = 'anon_funcs'),
object (class, oid, name, is_trusted_owner) AS (
    SELECT 'pg_proc'::regclass, p.oid, 'function ' || p.oid::regprocedure, r.rolsuper
    FROM schema JOIN pg_proc p ON p.pronamespace = schema.oid JOIN pg_roles r ON r.oid = p.proowner
    UNION ALL
    SELECT 'pg_operator'::regclass, o.oid, 'operator ' || o.oid::regoperator, r.rolsuper
    FROM schema JOIN pg_operator o ON o.oprnamespace = schema.oid JOIN pg_roles r ON r.oid = o.oprowner
    UNION ALL
    SELECT 'pg_type'::regclass, t.oid, 'type ' || t.oid::regtype, r.rolsuper
    FROM schema JOIN pg_type t ON t.typnamespace = schema.oid JOIN pg_roles r ON r.oid = t.typowner
    UNION ALL
    SELECT 'pg_class'::regclass, c.oid, 'relation ' || c.oid::regclass, r.rolsuper
    FROM schema JOIN pg_class c ON c.relnamespace = schema.oid JOIN pg_roles r ON r.oid = c.relowner
    UNION ALL
    SELECT 'pg_collation'::regclass, k.oid, 'collation ' || k.collname, r.rolsuper
    FROM schema JOIN pg_collation k ON k.collnamespace = schema.oid JOIN pg_roles r ON r.oid = k.collowner
    UNION ALL
    SELECT 'pg_ts_config'::regclass, f.oid, 'text search configuration ' || f.cfgname, r.rolsuper
    FROM schema JOIN pg_ts_config f ON f.cfgnamespace = schema.oid JOIN pg_roles r ON r.oid = f.cfgowner
)
SELECT object.name
FROM object
WHERE NOT (is_trusted_owner AND EXISTS (
    SELECT FROM pg_depend d JOIN pg_extension e ON e.oid = d.refobjid
    WHERE d.classid = object.class AND d.objid = object.oid AND d.refclassid = 'pg_extension'::regclass
      AND d.deptype = 'e' AND e.extname = 'pg_anon'))
ORDER BY 1
