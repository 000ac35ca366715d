"""Brings a database to this program's schema, once, however many processes start together."""

import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from importlib import resources

import asyncpg

from sertantai.postgres.errors import MigrationFailed, SchemaNotReady, translate
from sertantai.postgres.logins import migrating
from sertantai.postgres.migrations.grants import ensure_roles

CONNECT_TIMEOUT_S = 10.0
LOCK_WAIT_S = 120.0

VERSION_TABLE = "SELECT to_regclass('public.alembic_version') IS NOT NULL"
CURRENT_REVISION = "SELECT version_num FROM public.alembic_version"
WHO_AND_WHERE = """
SELECT session_user::text AS login, pg_postmaster_start_time() AS since, oid AS database
  FROM pg_database WHERE datname = current_database()
"""
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


async def migrate(dsn: str, migration_url: str | None = None) -> bool:
    """Brings the database to `head_revision`; says whether there was anything to do.

    ``dsn`` is the server's own; who migrates, `migrating` says. Raises `MigrationFailed` (with what to do) or
    `DatabaseUnavailable`. A database that is up to date costs one connection and two small queries, and is
    never reached as who migrates.
    """
    async with _connected(dsn) as connection:
        if await _up_to_date(connection):
            return False
        if connection.get_server_version() < (15, 0):
            raise MigrationFailed("PostgreSQL 15 or newer is needed.")
        who = migrating(dsn, migration_url)
        if who == dsn:
            return await _migrate(connection, dsn, None)
        async with _connected(who) as other:
            return await _migrate(other, who, await _serving(connection, other))


async def prepare_roles(dsn: str, migration_url: str | None = None) -> None:
    """What a restore needs of a database without a schema before it fills it. Raises as `migrate`."""
    async with _connected(dsn) as connection:
        who = migrating(dsn, migration_url)
        if who == dsn:
            await ensure_roles(connection)
            return
        async with _connected(who) as other:
            await ensure_roles(other, await _serving(connection, other))


async def _serving(
    connection: "asyncpg.Connection[asyncpg.Record]", other: "asyncpg.Connection[asyncpg.Record]"
) -> str:
    """The server's own login, if both lead to the same database."""
    mine, its = await connection.fetchrow(WHO_AND_WHERE), await other.fetchrow(WHO_AND_WHERE)
    assert mine is not None
    assert its is not None
    if (mine["since"], mine["database"]) != (its["since"], its["database"]):
        raise MigrationFailed(
            "database_migration_url leads to another database than database_url. Nothing was changed."
        )
    return str(mine["login"])


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


async def _migrate(connection: "asyncpg.Connection[asyncpg.Record]", dsn: str, serving: str | None) -> bool:
    await _lock(connection)
    try:
        if await _up_to_date(connection):  # another process was quicker
            return False
        await ensure_roles(connection, serving)
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
