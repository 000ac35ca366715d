"""The whole trail as one moment of PostgreSQL has it, for who checks it or takes it away."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from sertantai.audit import sql
from sertantai.postgres import Connection, Database, Role


@asynccontextmanager
async def whole_trail_now(database: Database) -> AsyncIterator[Connection]:
    """No month is rewritten or dropped under it, for as long as it is read. Raises `DatabaseUnavailable`."""
    async with (
        database.session(Role.AUDITOR) as connection,
        connection.transaction(readonly=True, isolation="repeatable_read"),
    ):
        await connection.execute(sql.LOCK_TRAIL)
        yield connection


@asynccontextmanager
async def seen_beside(database: Database, connection: Connection) -> AsyncIterator[Connection]:
    """The same moment once more, for what is asked at the same time."""
    snapshot = await connection.fetchval(sql.EXPORT_SNAPSHOT)
    async with (
        database.session(Role.AUDITOR) as other,
        other.transaction(readonly=True, isolation="repeatable_read"),
    ):
        await other.execute(sql.SEE_SNAPSHOT.format(snapshot=snapshot))
        yield other
