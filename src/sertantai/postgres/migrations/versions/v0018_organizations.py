"""Organizations that own lists: members, teams, grants; row security knows who asks and whose rows."""

from sertantai.postgres.migrations.scripts import run_sql

revision = "0018"
down_revision = "0017"


def upgrade() -> None:
    run_sql("0018/members.sql")
    run_sql("0018/readable_lists.sql")
    run_sql("0018/audit_words.sql")
