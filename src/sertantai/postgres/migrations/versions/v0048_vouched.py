"""What is kept beside the trail of what is gone from it is told to the sealed log."""

from sertantai.postgres.migrations.scripts import run_sql

revision = "0048"
down_revision = "0047"


def upgrade() -> None:
    run_sql("0048/hashes_by_act.sql")
    run_sql("0048/cuts.sql")
