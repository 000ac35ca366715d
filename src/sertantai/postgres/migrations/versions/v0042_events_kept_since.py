"""Since when security events are kept."""

from sertantai.postgres.migrations.scripts import run_sql

revision = "0042"
down_revision = "0041"


def upgrade() -> None:
    run_sql("0042/events_kept_since.sql")
