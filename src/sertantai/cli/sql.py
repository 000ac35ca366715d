"""What `sertantai doctor` asks of the database."""

SERVER = """
SELECT current_setting('server_version_num')::int AS version, now() AS now, current_setting('fsync') AS fsync,
       current_setting('full_page_writes') AS full_page_writes,
       current_setting('synchronous_commit') AS synchronous_commit,
       (SELECT version_num FROM alembic_version) AS revision
"""
FOREIGN_EMAILS = """
SELECT email::text AS email FROM users
 WHERE email::text ~ '[^[:ascii:]]' OR email::text ILIKE '%xn--%' LIMIT $1
"""
WEAK_ROLES = """
SELECT rolname::text FROM pg_roles WHERE rolname LIKE 'sertantai\\_%' AND (rolsuper OR rolbypassrls)
"""
# Every table of rows that are kept for ever has triggers that refuse to change or delete them, always.
UNGUARDED = """
WITH kept AS (
  SELECT oid FROM pg_class WHERE relnamespace = 'public'::regnamespace
     AND relname IN ('selection_audit_log', 'security_events', 'retention_acts')
  UNION
  SELECT inhrelid FROM pg_inherits WHERE inhparent = 'public.selection_audit_log'::regclass
)
SELECT c.relname::text FROM kept JOIN pg_class c USING (oid)
 WHERE NOT c.relforcerowsecurity OR NOT c.relrowsecurity
    OR (SELECT count(*) FROM pg_trigger t
         WHERE t.tgrelid = c.oid AND t.tgenabled = 'A'
           AND t.tgname IN ('append_only', 'append_only_statement')) <> 2
 ORDER BY 1
"""
