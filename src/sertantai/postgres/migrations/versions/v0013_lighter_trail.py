"""Less work for each row of the trail."""

from sertantai.postgres.migrations.scripts import run_sql

revision = "0013"
down_revision = "0012"


def upgrade() -> None:
    run_sql("0013/lighter_trail.sql")
