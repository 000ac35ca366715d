"""The newest links of histories say whose they are."""

from sertantai.postgres.migrations.scripts import run_sql

revision = "0052"
down_revision = "0051"


def upgrade() -> None:
    run_sql("0052/links.sql")
