"""Finding the lists that keep a filter, among all that do not."""

from sertantai.postgres.migrations.scripts import run_sql

revision = "0008"
down_revision = "0007"


def upgrade() -> None:
    run_sql("0008/smart_lists.sql")
