"""Organizations keep their trail for a time of their own: months are dropped, or rewritten without some."""

from sertantai.postgres.migrations.scripts import run_sql

revision = "0030"
down_revision = "0029"


def upgrade() -> None:
    run_sql("0030/retention_policies.sql")
    run_sql("0030/baselines.sql")
    run_sql("0030/months.sql")
