"""A word of the trail for an export of an organization's list."""

from sertantai.postgres.migrations.scripts import run_sql

revision = "0034"
down_revision = "0033"


def upgrade() -> None:
    run_sql("0034/exported.sql")
