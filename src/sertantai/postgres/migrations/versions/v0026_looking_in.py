"""A word for a look into an organization from outside, and the history of one of its members."""

from sertantai.postgres.migrations.scripts import run_sql

revision = "0026"
down_revision = "0025"


def upgrade() -> None:
    run_sql("0026/looking_in.sql")
