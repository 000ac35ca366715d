"""Runs Alembic on an asyncpg connection. Imported only when there is something to do.

Alembic keeps what it works on in module globals and blocks between statements, so it runs in a thread, one at
a time in a process.
"""

import asyncio
import threading
from pathlib import Path
from typing import Any

import asyncpg
from alembic import command
from alembic.config import Config
from sqlalchemy import Connection
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import create_async_engine
from sqlalchemy.pool import NullPool

from sertantai.postgres.errors import MigrationFailed

CONNECT_TIMEOUT_S = 10.0

_alembic = threading.Lock()


async def upgrade(dsn: str) -> None:
    """Runs every missing revision, all in one transaction, as sertantai_migrator."""
    await asyncio.to_thread(_upgrade_alone, dsn)


def _upgrade_alone(dsn: str) -> None:
    with _alembic:
        asyncio.run(_upgrade_database(dsn))


async def _upgrade_database(dsn: str) -> None:

    async def connect(**_: Any) -> "asyncpg.Connection[asyncpg.Record]":
        settings = {"application_name": "sertantai migrate", "search_path": "public", "timezone": "UTC"}
        return await asyncpg.connect(dsn, timeout=CONNECT_TIMEOUT_S, server_settings=settings)

    # async_creator: the DSN is asyncpg's own, so all it may hold (socket, service, TLS) works here too.
    engine = create_async_engine("postgresql+asyncpg://", async_creator=connect, poolclass=NullPool)
    try:
        async with engine.connect() as connection:
            await connection.run_sync(_upgrade)
    except (DBAPIError, asyncpg.PostgresError) as exc:
        cause = exc.orig if isinstance(exc, DBAPIError) else exc
        raise MigrationFailed(f"A migration was refused and nothing was changed: {cause}") from exc
    finally:
        await engine.dispose()


def _upgrade(connection: Connection) -> None:
    config = Config(attributes={"connection": connection})
    config.set_main_option("script_location", str(Path(__file__).parent))
    config.set_main_option("path_separator", "os")
    command.upgrade(config, "head")
