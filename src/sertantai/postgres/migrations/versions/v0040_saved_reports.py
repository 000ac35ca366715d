"""Reports with names, and when they are sent to whom."""

from sertantai.postgres.migrations.scripts import run_sql

revision = "0040"
down_revision = "0039"


def upgrade() -> None:
    run_sql("0040/saved_reports.sql")
