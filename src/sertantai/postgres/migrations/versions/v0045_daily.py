"""How much was done on each day."""

from sertantai.postgres.migrations.scripts import run_sql

revision = "0045"
down_revision = "0042"


def upgrade() -> None:
    run_sql("0045/daily.sql")
