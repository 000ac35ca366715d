"""One row an operation, so that a history is read without counting the trail."""

from sertantai.postgres.migrations.scripts import run_sql

revision = "0009"
down_revision = "0008"


def upgrade() -> None:
    run_sql("0009/operations.sql")
