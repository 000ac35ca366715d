"""What became of each line of an import, kept with the list."""

from sertantai.postgres.migrations.scripts import run_sql

revision = "0016"
down_revision = "0015"


def upgrade() -> None:
    run_sql("0016/import_reports.sql")
