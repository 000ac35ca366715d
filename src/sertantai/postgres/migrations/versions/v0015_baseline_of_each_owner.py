"""The baseline of the trail reaches to a position of each owner's own."""

from sertantai.postgres.migrations.scripts import run_sql

revision = "0015"
down_revision = "0014"


def upgrade() -> None:
    run_sql("0015/baseline_of_each_owner.sql")
