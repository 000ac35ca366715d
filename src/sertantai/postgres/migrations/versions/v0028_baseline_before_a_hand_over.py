"""What a list held before it was handed over, where its trail of then has been dropped."""

from sertantai.postgres.migrations.scripts import run_sql

revision = "0028"
down_revision = "0027"


def upgrade() -> None:
    run_sql("0028/baseline_before_a_hand_over.sql")
