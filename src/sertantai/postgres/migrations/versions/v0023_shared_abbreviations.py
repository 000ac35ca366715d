"""Abbreviations of organizations, which their members read."""

from sertantai.postgres.migrations.scripts import run_sql

revision = "0023"
down_revision = "0022"


def upgrade() -> None:
    run_sql("0023/shared_abbreviations.sql")
