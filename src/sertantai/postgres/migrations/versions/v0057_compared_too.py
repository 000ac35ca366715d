"""Links' secrets are compared by the auditor; a first list is as old as its account."""

from sertantai.postgres.migrations.scripts import run_sql

revision = "0057"
down_revision = "0052"


def upgrade() -> None:
    run_sql("0057/compared_too.sql")
