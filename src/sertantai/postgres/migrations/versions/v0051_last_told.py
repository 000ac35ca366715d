"""The sealer asks how far notices are numbered."""

from sertantai.postgres.migrations.scripts import run_sql

revision = "0051"
down_revision = "0050"


def upgrade() -> None:
    run_sql("0051/last_told.sql")
