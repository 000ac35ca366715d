"""Who had an account and has none any more: the trail names people who are gone, and nobody else."""

from sertantai.postgres.migrations.scripts import run_sql

revision = "0039"
down_revision = "0038"


def upgrade() -> None:
    run_sql("0039/former_accounts.sql")
