"""Guests: until when they are kept, and who has taken over what they ticked."""

from sertantai.postgres.migrations.scripts import run_sql

revision = "0005"
down_revision = "0004"


def upgrade() -> None:
    run_sql("0005/guests.sql")
