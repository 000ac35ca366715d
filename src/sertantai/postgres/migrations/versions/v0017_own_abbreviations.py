"""Abbreviations of laws that people add for themselves."""

from sertantai.postgres.migrations.scripts import run_sql

revision = "0017"
down_revision = "0016"


def upgrade() -> None:
    run_sql("0017/own_abbreviations.sql")
