"""Domains that organizations have proven to be theirs, and who signs in with a provider."""

from sertantai.postgres.migrations.scripts import run_sql

revision = "0025"
down_revision = "0024"


def upgrade() -> None:
    run_sql("0025/domains.sql")
    run_sql("0025/providers.sql")
