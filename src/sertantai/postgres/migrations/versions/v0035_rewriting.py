"""A month of the trail is rewritten as a whole: without some rows, without where from, without words."""

from sertantai.postgres.migrations.scripts import run_sql

revision = "0035"
down_revision = "0034"


def upgrade() -> None:
    run_sql("0035/legal_holds.sql")
    run_sql("0035/rules.sql")
    run_sql("0035/rewriting.sql")
