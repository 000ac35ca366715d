"""Since when security events are kept."""

from sertantai.postgres.migrations.scripts import run_sql

revision = "0041"
down_revision = "0040"


def upgrade() -> None:
    run_sql("0041/events_kept_since.sql")
