"""Leaves, chains and blinds of the sealed log, notices beside the trail, and what a row of the trail was
sealed as."""

from sertantai.postgres.migrations.scripts import run_sql

revision = "0036"
down_revision = "0035"


def upgrade() -> None:
    run_sql("0036/sealed.sql")
    run_sql("0036/notices.sql")
