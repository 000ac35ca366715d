"""Nothing stands in the trail, its events and notices that cannot be read back."""

from sertantai.postgres.migrations.scripts import run_sql

revision = "0049"
down_revision = "0048"


def upgrade() -> None:
    run_sql("0049/readable.sql")
