"""A month that is rewritten is counted before everybody waits for it."""

from sertantai.postgres.migrations.scripts import run_sql

revision = "0033"
down_revision = "0032"


def upgrade() -> None:
    run_sql("0033/counted_before.sql")
