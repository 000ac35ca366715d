"""The newest links of histories say whose they are."""

from sertantai.postgres.migrations.scripts import run_sql

revision = "0050"
down_revision = "0049"


def upgrade() -> None:
    run_sql("0050/links.sql")
