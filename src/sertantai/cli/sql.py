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
