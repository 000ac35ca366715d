"""Brings a database to this program's schema, once, however many processes start together."""

import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from importlib import resources

import asyncpg

from sertantai.postgres.errors import MigrationFailed, SchemaNotReady, translate
from sertantai.postgres.migrations.grants import ensure_roles

CONNECT_TIMEOUT_S = 10.0
LOCK_WAIT_S = 120.0

VERSION_TABLE = "SELECT to_regclass('public.alembic_version') IS NOT NULL"
CURRENT_REVISION = "SELECT version_num FROM public.alembic_version"
# Advisory locks belong to one database, which is what a migration is about.
LOCK = "SELECT pg_advisory_lock(hashtextextended('sertantai.migrate', 0))"
UNLOCK = "SELECT pg_advisory_unlock(hashtextextended('sertantai.migrate', 0))"

_REVISION_FILE = re.compile(r"v(\d{4})_\w+\.py")


def head_revision() -> str:
    """The newest revision this program knows. Read from the file names: Alembic takes long to import."""
    files = (resources.files("sertantai.postgres.migrations") / "versions").iterdir()
    return max(match[1] for file in files if (match := _REVISION_FILE.fullmatch(file.name)))


async def require_schema(dsn: str) -> None:
    """Raises `SchemaNotReady` for a database that nobody has ever migrated, or `DatabaseUnavailable`."""
    async with _connected(dsn) as connection:
        if not await connection.fetchval(VERSION_TABLE):
            raise SchemaNotReady(
                "The database does not hold a Sertantai register. Check --database-url; `sertantai serve` "
                "fills an empty one."
            )


async def migrate(dsn: str) -> bool:
    """Brings the database to `head_revision`; says whether there was anything to do.

    Raises `MigrationFailed` (with what to do) or `DatabaseUnavailable`. A database that is up to date costs
    one connection and two small queries.
    """
    async with _connected(dsn) as connection:
        return await _migrate(connection, dsn)


@asynccontextmanager
async def _connected(dsn: str) -> AsyncIterator["asyncpg.Connection[asyncpg.Record]"]:
    try:
        connection = await asyncpg.connect(dsn, timeout=CONNECT_TIMEOUT_S)
    except (OSError, TimeoutError, asyncpg.PostgresError, asyncpg.InterfaceError) as exc:
        raise translate(exc) from exc
    try:
        yield connection
    except (asyncpg.PostgresError, asyncpg.InterfaceError, OSError) as exc:
        raise translate(exc) from exc
    finally:
        await connection.close(timeout=CONNECT_TIMEOUT_S)


async def _migrate(connection: "asyncpg.Connection[asyncpg.Record]", dsn: str) -> bool:
    if await _up_to_date(connection):
        return False
    if connection.get_server_version() < (15, 0):
        raise MigrationFailed("PostgreSQL 15 or newer is needed.")
    await _lock(connection)
    try:
        if await _up_to_date(connection):  # another process was quicker
            return False
        await ensure_roles(connection)
        from sertantai.postgres.migrations.upgrade import upgrade

        await upgrade(dsn)
        return True
    finally:
        if not connection.is_closed():
            await connection.execute(UNLOCK)


async def _up_to_date(connection: "asyncpg.Connection[asyncpg.Record]") -> bool:
    if not await connection.fetchval(VERSION_TABLE):
        return False
    current, head = await connection.fetchval(CURRENT_REVISION), head_revision()
    if current is not None and current > head:
        raise MigrationFailed(
            f"The database has schema {current}; this version knows schemas up to {head}. Start a newer "
            "Sertantai, or restore a backup made with this one."
        )
    return bool(current == head)


async def _lock(connection: "asyncpg.Connection[asyncpg.Record]") -> None:
    try:
        await connection.execute(LOCK, timeout=LOCK_WAIT_S)
    except TimeoutError:
        raise MigrationFailed(
            f"Another process has been migrating this database for {LOCK_WAIT_S:.0f} s. See pg_stat_activity."
        ) from None
