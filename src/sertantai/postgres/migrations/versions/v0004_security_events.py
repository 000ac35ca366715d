"""What may have to do with security, append-only; old rows go by a procedure of their own."""

from sertantai.postgres.migrations.scripts import run_sql

revision = "0004"
down_revision = "0003"


def upgrade() -> None:
    run_sql("0004/security_events.sql")
