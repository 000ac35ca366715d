"""Views of the register with names."""

from sertantai.postgres.migrations.scripts import run_sql

revision = "0007"
down_revision = "0006"


def upgrade() -> None:
    run_sql("0007/saved_views.sql")
