"""Retention of the trail by whole months, and the retry of rejected operations."""

from sertantai.postgres.migrations.scripts import run_sql

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    run_sql("0002/audit_retention.sql")
