"""What ends by itself in organizations, and of what their owners were told."""

from sertantai.postgres.migrations.scripts import run_sql

revision = "0022"
down_revision = "0021"


def upgrade() -> None:
    run_sql("0022/endings.sql")
