"""Accounts of directories, what people are to them, and whose right their invitations have."""

from sertantai.postgres.migrations.scripts import run_sql

revision = "0031"
down_revision = "0030"


def upgrade() -> None:
    run_sql("0031/directory_accounts.sql")
