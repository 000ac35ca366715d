"""When a domain is looked at next, and since when its DNS has said nothing."""

from sertantai.postgres.migrations.scripts import run_sql

revision = "0029"
down_revision = "0028"


def upgrade() -> None:
    run_sql("0029/silent_domains.sql")
