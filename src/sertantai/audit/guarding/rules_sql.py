"""The rules that the database itself keeps, a line each: what is called so, and how it is defined.

Partitions have those of their table; they come and go, and `sertantai doctor` looks at theirs.
"""

RULES_KEPT = r"""
WITH tables AS (
  SELECT oid, relname, relkind, relrowsecurity, relforcerowsecurity, relacl FROM pg_class
   WHERE relnamespace = 'public'::regnamespace AND NOT relispartition AND relkind IN ('r', 'p', 'v', 'm')
), ours AS (
  SELECT oid, rolname, rolsuper, rolbypassrls, rolcreaterole, rolreplication FROM pg_roles
   WHERE rolname LIKE 'sertantai\_%'
)
SELECT format('policy %s on %s', policyname, tablename) AS rule,
       concat_ws('|', permissive, roles, cmd, qual, with_check) AS said
  FROM pg_policies JOIN tables ON relname = tablename WHERE schemaname = 'public'
UNION ALL
SELECT format('row security of %s', relname), concat_ws('|', relkind, relrowsecurity, relforcerowsecurity)
  FROM tables
UNION ALL
SELECT format('trigger %s on %s', tgname, relname), concat_ws('|', tgenabled, pg_get_triggerdef(t.oid))
  FROM pg_trigger t JOIN tables ON tables.oid = tgrelid WHERE NOT tgisinternal
UNION ALL
SELECT format('rule %s on %s', rulename, relname), concat_ws('|', ev_enabled, pg_get_ruledef(r.oid))
  FROM pg_rewrite r JOIN tables ON tables.oid = ev_class
UNION ALL
SELECT format('constraint %s on %s', conname, relname),
       concat_ws('|', convalidated, pg_get_constraintdef(c.oid))
  FROM pg_constraint c JOIN tables ON tables.oid = conrelid WHERE contype IN ('c', 'f', 'p', 'u', 'x')
UNION ALL
SELECT format('function %s', p.oid::regprocedure),
       concat_ws('|', prosrc, prosecdef, proconfig, provolatile, proisstrict, prolang)
  FROM pg_proc p WHERE pronamespace = 'public'::regnamespace
   AND NOT EXISTS (SELECT FROM pg_depend d
                    WHERE d.classid = 'pg_proc'::regclass AND d.objid = p.oid AND d.deptype = 'e')
UNION ALL
SELECT format('privileges of %s on %s', coalesce(o.rolname, 'everybody'), relname),
       string_agg(a.privilege_type, ',' ORDER BY a.privilege_type)
  FROM tables CROSS JOIN LATERAL aclexplode(relacl) a LEFT JOIN ours o ON o.oid = a.grantee
 WHERE o.oid IS NOT NULL OR a.grantee = 0
 GROUP BY 1
UNION ALL
SELECT format('role %s', rolname),
       concat_ws('|', rolsuper, rolbypassrls, rolcreaterole, rolreplication,
                 (SELECT string_agg(s.setconfig::text, ';' ORDER BY s.setdatabase) FROM pg_db_role_setting s
                    LEFT JOIN pg_database d ON d.oid = s.setdatabase
                   WHERE s.setrole = ours.oid AND (s.setdatabase = 0 OR d.datname = current_database())))
  FROM ours
"""
REVISION_KEPT = """
SELECT (SELECT version_num FROM public.alembic_version) AS revision,
       current_setting('server_version_num')::int / 10000 AS major
"""
