"""That somebody has looked through a history."""

from sertantai.postgres.migrations.scripts import run_sql

revision = "0046"
down_revision = "0045"


def upgrade() -> None:
    run_sql("0046/trail_reviews.sql")
