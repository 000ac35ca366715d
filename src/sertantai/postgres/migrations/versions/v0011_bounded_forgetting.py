"""Old security events and tokens are removed some at a time."""

from sertantai.postgres.migrations.scripts import run_sql

revision = "0011"
down_revision = "0010"


def upgrade() -> None:
    run_sql("0011/bounded_forgetting.sql")
