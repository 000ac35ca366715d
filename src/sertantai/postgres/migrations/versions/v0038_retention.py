"""Periods by class, organization and action; a month goes when the tables say so, and nobody else does."""

from sertantai.postgres.migrations.scripts import run_sql

revision = "0038"
down_revision = "0037"


def upgrade() -> None:
    run_sql("0038/policies.sql")
    run_sql("0038/due.sql")
    run_sql("0038/retaining.sql")
    run_sql("0038/acts.sql")
    run_sql("0038/planning.sql")
