"""Somebody is erased: asked for, due, done; what they were goes from every table, and never comes back."""

from sertantai.postgres.migrations.scripts import run_sql

revision = "0041"
down_revision = "0040"


def upgrade() -> None:
    run_sql("0041/erasures.sql")
    run_sql("0041/of_a_person.sql")
    run_sql("0041/erasing.sql")
