"""What makes the two logins of the embedded PostgreSQL, and what asks of a login what it could do."""

# Each start of the embedded server, as its superuser. Where there was one login, all that it could do beyond
# its roles goes to the other: what was granted on the strength of it falls with it.
TWO_LOGINS = """
DO $$
DECLARE
  granted name;
BEGIN
  IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'sertantai') THEN
    CREATE ROLE sertantai LOGIN NOBYPASSRLS;
  END IF;
  IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'sertantai_migration') THEN
    CREATE ROLE sertantai_migration LOGIN CREATEROLE NOBYPASSRLS;
  END IF;
  IF (SELECT rolcreaterole OR rolcreatedb FROM pg_roles WHERE rolname = 'sertantai') THEN
    ALTER ROLE sertantai NOCREATEROLE NOCREATEDB;
  END IF;
  FOR granted IN
    SELECT DISTINCT r.rolname FROM pg_auth_members m JOIN pg_roles r ON r.oid = m.roleid
     WHERE m.member = 'sertantai'::regrole AND (m.admin_option OR r.rolname = 'sertantai_migrator')
  LOOP
    EXECUTE format('REVOKE %I FROM sertantai CASCADE', granted);
    EXECUTE format('GRANT %I TO sertantai_migration WITH ADMIN TRUE, INHERIT FALSE, SET TRUE', granted);
    IF granted <> 'sertantai_migrator' THEN
      EXECUTE format('GRANT %I TO sertantai WITH INHERIT FALSE, SET TRUE', granted);
    END IF;
  END LOOP;
  IF EXISTS (SELECT FROM pg_database WHERE datname = 'sertantai' AND datdba = 'sertantai'::regrole) THEN
    ALTER DATABASE sertantai OWNER TO sertantai_migration;
  END IF;
END $$
"""

# Whether a login could change what is kept for ever, by any role that it is, or could become: a member that
# may only give the role away could give it to itself.
STANDING = """
WITH able AS (
  SELECT oid, rolname, rolsuper, rolcreaterole FROM pg_roles WHERE pg_has_role(session_user, oid, 'MEMBER')
), kept AS (
  SELECT to_regclass('public.' || name) AS oid
    FROM unnest(ARRAY['selection_audit_log', 'selection_operations', 'security_events',
                      'uk_lrt_record_changes', 'audit_notices', 'retention_acts']) AS name
), reasons AS (
  SELECT 1 AS number, 'superuser' AS reason
   WHERE EXISTS (SELECT FROM pg_roles WHERE rolname = session_user AND rolsuper)
  UNION ALL
  SELECT 2, 'owner' WHERE EXISTS (SELECT FROM able WHERE rolname = $1)
  UNION ALL
  SELECT 3, 'makes_roles' WHERE EXISTS (SELECT FROM able WHERE rolcreaterole)
     AND current_setting('server_version_num')::int < 160000
  UNION ALL
  SELECT 4, 'owns_database'
   WHERE EXISTS (SELECT FROM able JOIN pg_database d ON d.datdba = able.oid
                  WHERE d.datname = current_database())
      OR EXISTS (SELECT FROM able JOIN pg_namespace n ON n.nspowner = able.oid WHERE n.nspname = 'public')
  UNION ALL
  SELECT 5, 'owns_tables' WHERE EXISTS (
    SELECT FROM able JOIN pg_class c ON c.relowner = able.oid JOIN kept ON kept.oid = c.oid
     WHERE able.rolname <> $1)
  UNION ALL
  SELECT 6, 'privileges' WHERE EXISTS (
    SELECT FROM able, kept
     WHERE kept.oid IS NOT NULL
       AND NOT EXISTS (SELECT FROM pg_roles WHERE rolname = $1 AND pg_has_role(able.oid, oid, 'MEMBER'))
       AND has_table_privilege(able.oid, kept.oid, 'UPDATE, DELETE, TRUNCATE, TRIGGER'))
  UNION ALL
  SELECT 7, 'writes_everything' WHERE EXISTS (
    SELECT FROM able
     WHERE rolname IN ('pg_write_all_data', 'pg_write_server_files', 'pg_execute_server_program'))
)
SELECT session_user::text AS login, quote_ident(current_database()) AS database,
       coalesce((SELECT array_agg(reason ORDER BY number) FROM reasons
                  WHERE reason = 'superuser' OR NOT EXISTS (SELECT FROM reasons WHERE reason = 'superuser')),
                '{}') AS reasons
"""

# What an operator's superuser is told to run.
MAKE_ANOTHER = ("CREATE ROLE {role} LOGIN CREATEROLE PASSWORD '…'", "GRANT {owner} TO {role}")
MEND = {
    "owns_database": "ALTER DATABASE {database} OWNER TO {role}",
    "makes_roles": "ALTER ROLE {login} NOCREATEROLE",
    "owner": "REVOKE {owner} FROM {login} CASCADE",
    "owns_tables": "REASSIGN OWNED BY {login} TO {owner}",
    "privileges": "revoke its rights to change what is kept for ever",
    "writes_everything": "revoke PostgreSQL's own roles that may write everything",
}
