"""One server at a time writes what a journal holds."""

from sertantai.postgres.migrations.scripts import run_sql

revision = "0012"
down_revision = "0011"


def upgrade() -> None:
    run_sql("0012/journal_claims.sql")
