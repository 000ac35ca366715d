"""Second factors, one-time links, personal API tokens, and the mail that waits to be sent."""

from sertantai.postgres.migrations.scripts import run_sql

revision = "0003"
down_revision = "0002"


def upgrade() -> None:
    run_sql("0003/second_factors.sql")
    run_sql("0003/one_time_links.sql")
    run_sql("0003/api_tokens.sql")
    run_sql("0003/mail_outbox.sql")
