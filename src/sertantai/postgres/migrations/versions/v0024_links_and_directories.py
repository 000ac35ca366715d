"""Links to read a list, and what organizations are told by their directories (SCIM)."""

from sertantai.postgres.migrations.scripts import run_sql

revision = "0024"
down_revision = "0023"


def upgrade() -> None:
    run_sql("0024/links_and_directories.sql")
