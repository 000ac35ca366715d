"""What members who went can be again, invitations to be it, and a word for taking somebody back."""

from sertantai.postgres.migrations.scripts import run_sql

revision = "0032"
down_revision = "0031"


def upgrade() -> None:
    run_sql("0032/taking_back.sql")
