"""Lists that go from one owner to another, and what was done to them before."""

from sertantai.postgres.migrations.scripts import run_sql

revision = "0027"
down_revision = "0026"


def upgrade() -> None:
    run_sql("0027/handing_over.sql")
