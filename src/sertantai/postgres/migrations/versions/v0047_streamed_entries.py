"""What leaves are the hashes of, for as long as they wait to be streamed."""

from sertantai.postgres.migrations.scripts import run_sql

revision = "0047"
down_revision = "0046"


def upgrade() -> None:
    run_sql("0047/streamed_entries.sql")
