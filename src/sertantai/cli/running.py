"""From a command's coroutine to the end of the process."""

import asyncio
from collections.abc import AsyncIterator, Coroutine
from contextlib import asynccontextmanager
from typing import Any, TypeVar

from sertantai import telemetry
from sertantai.postgres import Database
from sertantai.settings import Settings

POOL_SIZE = 4
COMMAND_TIMEOUT_S = 60.0
"""A command may wait longer for a statement than a request may."""

_T = TypeVar("_T")


def run(work: Coroutine[Any, Any, _T]) -> _T:
    """Run a command that is not the server: only warnings are logged, to standard error."""
    telemetry.configure_logs("warning", "console")
    return asyncio.run(work)


@asynccontextmanager
async def opened_database(settings: Settings, *, migrated: bool = True) -> AsyncIterator[Database]:
    """The database of the running server, or one started for as long as the block lasts."""
    from sertantai.postgres.migrations import migrate
    from sertantai.postgres.running import postgres_for_command

    async with postgres_for_command(settings.data_path, settings.database_url) as dsn:
        if migrated:
            await migrate(dsn)
        database = Database(
            dsn,
            pool_size_max=POOL_SIZE,
            connect_timeout_s=settings.database_connect_timeout_s,
            command_timeout_s=COMMAND_TIMEOUT_S,
        )
        await database.start()
        try:
            yield database
        finally:
            await database.stop()
