"""What a backup asks of the database; the rows themselves are pg_dump's."""

# Before there is a snapshot: a month of the trail that is rewritten meanwhile would be empty to an older one.
LOCK_TRAIL = "LOCK TABLE ONLY selection_audit_log IN ACCESS SHARE MODE"
EXPORT_SNAPSHOT = "SELECT pg_export_snapshot()"
SERVER_VERSION = "SELECT current_setting('server_version_num')::int"
SCHEMA_REVISION = "SELECT version_num FROM alembic_version"
WATERMARK = "SELECT position FROM sync_watermarks WHERE journal_id = $1"

# Row level security can hide rows from the role that dumps them; such a backup would be silently incomplete.
HIDDEN_TABLES = """
SELECT c.relname::text FROM pg_class c
 WHERE c.relnamespace = 'public'::regnamespace AND c.relkind = 'r' AND c.relrowsecurity
   AND NOT EXISTS (SELECT FROM pg_policy p
                    WHERE p.polrelid = c.oid AND p.polcmd IN ('*', 'r')
                      AND 'sertantai_migrator'::regrole = ANY (p.polroles)
                      AND pg_get_expr(p.polqual, p.polrelid) = 'true')
 ORDER BY 1
"""

IN_USE = """
SELECT to_regclass('public.alembic_version') IS NOT NULL OR to_regclass('public.users') IS NOT NULL
"""
