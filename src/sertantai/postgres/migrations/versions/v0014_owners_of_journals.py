"""A person's lists are kept by one journal at a time."""

from sertantai.postgres.migrations.scripts import run_sql

revision = "0014"
down_revision = "0013"


def upgrade() -> None:
    run_sql("0014/owners_of_journals.sql")
