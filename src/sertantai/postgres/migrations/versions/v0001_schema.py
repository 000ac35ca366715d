"""The plan's seven tables, as mended in docs/decisions, and what the synchroniser keeps beside them."""

from sertantai.postgres.migrations.scripts import run_sql, run_sql_on_users

revision = "0001"
down_revision = None


def upgrade() -> None:
    run_sql_on_users("0001/users.sql")
    run_sql("0001/register.sql")
    run_sql("0001/selections.sql")
    run_sql("0001/audit.sql")
    run_sql("0001/organizations.sql")
    run_sql("0001/sessions.sql")
    run_sql("0001/sync.sql")
