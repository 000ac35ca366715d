"""What somebody who may not tick would tick, until somebody who may decides."""

from sertantai.postgres.migrations.scripts import run_sql

revision = "0019"
down_revision = "0018"


def upgrade() -> None:
    run_sql("0019/suggestions.sql")
