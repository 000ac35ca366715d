"""Holds all that stands now against what tells of it."""

from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Final

from sertantai.audit.misfits_sql import WITH_ROOM
from sertantai.audit.standing import sql
from sertantai.audit.standing.counted import differing_activity, differing_operations
from sertantai.audit.standing.difference import Differing
from sertantai.audit.standing.links import differing_links
from sertantai.audit.standing.lists import differing_lists
from sertantai.audit.standing.notes import differing_notes
from sertantai.audit.standing.people import differing_people
from sertantai.audit.standing.register import differing_laws
from sertantai.audit.standing.rules import differing_rules
from sertantai.audit.standing.told import Known
from sertantai.postgres import Connection

A_STATEMENT_ROWS: Final = 1_000
"""What a statement that reads the whole trail counts as, when it rests."""
Pause = Callable[[int], Awaitable[None]]


async def all_standing(
    connection: Connection, known: Known, pause: Pause | None, most: int
) -> AsyncIterator[Differing]:
    """What differs in the whole installation, in a transaction that sees the whole trail. ``pause``: awaited
    after so many rows; then it takes its time. ``most``: of each kind so many."""
    await connection.execute(WITH_ROOM)
    for counted in (differing_operations, differing_activity):
        async for one in counted(connection, most):
            if pause is not None:
                await pause(1)
            yield one
        if pause is not None:
            await pause(A_STATEMENT_ROWS)
    since = {row["user_id"]: row["since"] for row in await connection.fetch(sql.SINCE)}
    for folded in (differing_lists, differing_notes):
        async for one in _at_most(most, folded(connection, since, pause)):
            yield one
    for one in await differing_people(connection, known, most):
        yield one
    for one in await differing_rules(connection, known):
        yield one
    for told in (differing_links(connection, known), differing_laws(connection, known, pause)):
        async for one in _at_most(most, told):
            yield one


async def _at_most(most: int, differing: AsyncIterator[Differing]) -> AsyncIterator[Differing]:
    """All are looked at: who reads with a cursor comes to its end."""
    left = most
    async for one in differing:
        if left:
            yield one
            left -= 1
