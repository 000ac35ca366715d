"""How many parts of a large operation are written, so that a standby that lacks one is noticed."""

from sertantai.postgres.migrations.scripts import run_sql

revision = "0006"
down_revision = "0005"


def upgrade() -> None:
    run_sql("0006/watermark_parts.sql")
