"""What a revision is made of: SQL files, run as the role that owns what they change."""

from importlib import resources

import asyncpg
from alembic import op
from sqlalchemy import text

USERS_IS_FOREIGN = text(
    "SELECT EXISTS (SELECT FROM pg_class WHERE oid = to_regclass('public.users')"
    " AND relowner <> 'sertantai_migrator'::regrole)"
)
RESET_ROLE = text("RESET ROLE")
BECOME_MIGRATOR = text("SET ROLE sertantai_migrator")


def run_sql(path: str) -> None:
    """Runs the file ``sql/PATH``, which may hold many statements, in the migration's transaction."""
    script = (resources.files("sertantai.postgres.migrations") / "sql" / path).read_text("utf-8")
    bind = op.get_bind()
    adapted = bind.connection.dbapi_connection
    assert adapted is not None

    async def execute(connection: "asyncpg.Connection[asyncpg.Record]") -> None:
        # asyncpg's simple protocol; SQLAlchemy would prepare it, which takes one statement only.
        await connection.execute(script)

    adapted.run_async(execute)


def run_sql_on_users(path: str) -> None:
    """Like `run_sql`, for a file that alters the table ``users``, which another program may own.

    A foreign table is altered as the connecting user, who must then be its owner.
    """
    bind = op.get_bind()
    if not bind.execute(USERS_IS_FOREIGN).scalar():
        run_sql(path)
        return
    bind.execute(RESET_ROLE)
    run_sql(path)
    bind.execute(BECOME_MIGRATOR)
