"""Invitations to organizations, and what the operator asks of a server that runs."""

from sertantai.postgres.migrations.scripts import run_sql

revision = "0020"
down_revision = "0019"


def upgrade() -> None:
    run_sql("0020/invitations.sql")
