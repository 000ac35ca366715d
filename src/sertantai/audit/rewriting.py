"""A month of the trail is rewritten as a whole, or dropped: the one way in which anything of it goes.

What begins it is a function of the database that knows a reason (a period is over, somebody is to be
forgotten) and calls ``sertantai_begin_rewrite(month, change)``: the month is copied beside itself, and nobody
waits. What ends it is here: what came since is copied, all is counted, and the copy takes the month's place,
within two seconds or not at all. Whatever happens, the month is whole: it is one transaction.
"""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Final

import msgspec

from sertantai.audit import months_sql as sql
from sertantai.postgres import Connection, Database, Role
from sertantai.postgres.errors import IN_THE_WAY
from sertantai.process.logs import logger

UNDER_LOCK_S: Final = 2.0
"""For which others may wait, all in all."""
TRIES: Final = 5
PAUSE_S: Final = 0.5

log = logger(__name__)


class Rewritten(msgspec.Struct, frozen=True):
    """``rows_changed``: those that stay without from where, or without words. ``operations_gone``: of which
    no row is left in the month."""

    month: str
    rows_gone: int
    rows_changed: int
    gone_by_action: dict[str, int]
    operations_gone: int


async def rewrite(
    database: Database,
    begin: Callable[[Connection], Awaitable[bool]],
    tell: Callable[[Connection, Rewritten], Awaitable[None]] | None = None,
) -> Rewritten | None:
    """One month, in a transaction as `Role.SYNC`. ``begin`` copies it, and returns False where nothing is
    due: then nothing is done. ``tell`` writes what was done, in the same transaction, in a moment.

    Raises `SertantaiError` where somebody is in the way for long, or wrote what the copy does not have, or
    placed a hold meanwhile: then nothing was done, and it may be done again.
    """
    # Copying a large month takes longer than any other statement may.
    async with database.session(Role.SYNC) as connection, connection.transaction():
        if not await begin(connection):
            return None
        done = await _finished(connection)
        if tell is not None:
            async with asyncio.timeout(UNDER_LOCK_S):
                await tell(connection, done)
        return done


async def _finished(connection: Connection) -> Rewritten:
    """Once those in the way are gone: while it waits for them, whoever comes behind it waits, too."""
    for left in reversed(range(TRIES)):
        try:
            async with connection.transaction():
                await connection.execute(sql.AT_MOST, str(round(UNDER_LOCK_S * 1000)))
                row = await connection.fetchrow(sql.FINISH_REWRITE)
        except IN_THE_WAY as error:
            if not left:
                raise
            log.info("audit_month_waits", reason=str(error), tries_left=left)
            await asyncio.sleep(PAUSE_S)
        else:
            assert row is not None, "it raises where there is nothing to end"
            return Rewritten(**dict(row))
    raise AssertionError("the last try raises")
