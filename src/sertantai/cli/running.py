"""From a command's coroutine to the end of the process.

What only some commands need is imported when it is needed: a refusal, and help, are there at once.
"""

import asyncio
from collections.abc import AsyncIterator, Coroutine
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Any, TypeVar

from sertantai.process.data_directory import DataDirectoryMissing
from sertantai.process.settings import Settings

if TYPE_CHECKING:
    from sertantai.postgres import Database
    from sertantai.sealing.notices import Notices
    from sertantai.security.store import SecurityEventStore

POOL_SIZE = 4
COMMAND_TIMEOUT_S = 60.0
"""A command may wait longer for a statement than a request may."""

_T = TypeVar("_T")


def run(work: Coroutine[Any, Any, _T]) -> _T:
    """Run a command that is not the server: only warnings are logged, to standard error."""
    from sertantai.process import logs

    logs.configure_logs("warning", "console")
    return asyncio.run(work)


def notices_of(settings: Settings) -> "Notices | None":
    """What tells the sealed log of what a command does; see `notices_beside`."""
    from sertantai.process.system_clock import SystemClock
    from sertantai.sealing.beside import notices_beside

    return notices_beside(settings, SystemClock())


def events_of(settings: Settings, database: "Database") -> "SecurityEventStore":
    """Where a command writes what it does as security events: the sealed log is told of them at once."""
    from sertantai.process.system_clock import SystemClock
    from sertantai.security.events_told import EventsTold
    from sertantai.security.store import SecurityEventStore

    notices = notices_of(settings)
    told = None if notices is None else EventsTold(notices, SystemClock(), every_s=0)
    return SecurityEventStore(database, told)


def require_data_directory(settings: Settings) -> None:
    """Raises `DataDirectoryMissing`: there is no journal, nothing that is kept beside one, no database."""
    require_directory(settings)
    from sertantai.journal.chosen import journal_of
    from sertantai.postgres.running import require_made

    if not journal_of(settings).all():
        require_made(settings.data_path)


def require_directory(settings: Settings) -> None:
    """Raises `DataDirectoryMissing` where there is not even a directory, before anything else is imported."""
    if not settings.data_path.is_dir():
        raise DataDirectoryMissing(settings.data_path)


def require_journal(settings: Settings) -> None:
    """Raises `DataDirectoryMissing`: beside a database of one's own, what is not in it is in the journal."""
    require_directory(settings)
    from sertantai.journal.chosen import journal_of
    from sertantai.postgres.running import require_made

    if settings.database_url is None:
        require_made(settings.data_path)
    elif not journal_of(settings).exists:
        raise DataDirectoryMissing(settings.data_path)


@asynccontextmanager
async def opened_database(
    settings: Settings, *, migrated: bool = True, may_make: bool = False
) -> AsyncIterator["Database"]:
    """The database of the running server, or one started for as long as the block lasts.

    Unless the command ``may_make`` a new one, it must be there: raises `DataDirectoryMissing` or
    `SchemaNotReady`.
    """
    if settings.database_url is None and not may_make:
        require_directory(settings)
    from sertantai.postgres import Database
    from sertantai.postgres.migrations import migrate, require_schema
    from sertantai.postgres.running import postgres_for_command

    async with postgres_for_command(settings.data_path, settings.database_url, may_make=may_make) as dsn:
        if settings.database_url is not None and not may_make:
            await require_schema(dsn)
        if migrated:
            await migrate(dsn, settings.database_migration_url)
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
