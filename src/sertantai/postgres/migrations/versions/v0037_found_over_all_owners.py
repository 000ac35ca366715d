"""Indexes by which reports find a law, and a person, over all owners."""

from sertantai.postgres.migrations.scripts import run_sql

revision = "0037"
down_revision = "0036"


def upgrade() -> None:
    run_sql("0037/found_over_all_owners.sql")
