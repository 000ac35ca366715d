"""Old rows are destroyed by a time that is remembered, never by one reading of the clock."""

from sertantai.postgres.migrations.scripts import run_sql

revision = "0010"
down_revision = "0009"


def upgrade() -> None:
    run_sql("0010/settled_time.sql")
    run_sql("0010/erased_lists.sql")
