"""Grants that end are found by when they do."""

from sertantai.postgres.migrations.scripts import run_sql

revision = "0021"
down_revision = "0020"


def upgrade() -> None:
    run_sql("0021/ending_grants.sql")
