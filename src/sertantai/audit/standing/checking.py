"""Holds all that stands now against what tells of it."""

from collections.abc import AsyncIterator, Awaitable, Callable, Collection
from typing import Final, NamedTuple
from uuid import UUID

from sertantai.audit.misfits_sql import WITH_ROOM
from sertantai.audit.standing import sql
from sertantai.audit.standing.counted import differing_activity, differing_operations
from sertantai.audit.standing.difference import SAID_MAX, Differing, accepted_in
from sertantai.audit.standing.lists import differing_lists
from sertantai.audit.standing.notes import differing_notes
from sertantai.postgres import Connection
from sertantai.sealing.files import TrailFiles
from sertantai.sealing.keys import RowMacs

A_STATEMENT_ROWS: Final = 1_000
"""What a statement that reads the whole trail counts as, when it rests."""
ACCEPTED_MAX: Final = 10_000
"""Of each kind, where somebody accepts what differs."""
Pause = Callable[[int], Awaitable[None]]


class Known(NamedTuple):
    """A log, whose operations and notices count there. ``macs``: see `told_of`."""

    files: TrailFiles
    journals: Collection[UUID | None]
    macs: RowMacs | None


async def check_standing(
    connection: Connection, known: Known, pause: Pause | None = None, most: int = SAID_MAX
) -> list[Differing]:
    """Of the whole installation, in a transaction that sees the whole trail. ``pause``: awaited after so
    many rows; then it takes its time. ``most``: of each kind so many."""
    await connection.execute(WITH_ROOM)
    found = []
    for counted in (differing_operations, differing_activity):
        found += await counted(connection, most)
        if pause is not None:
            await pause(A_STATEMENT_ROWS)
    since = {row["user_id"]: row["since"] for row in await connection.fetch(sql.SINCE)}
    for folded in (differing_lists, differing_notes):
        some = [one async for one in bounded(folded(connection, since, pause), most)]
        found += some
    accepted = accepted_in(known.files)
    return [one for one in found if one.mark not in accepted]


async def bounded(found: AsyncIterator[Differing], most: int) -> AsyncIterator[Differing]:
    count = 0
    async for one in found:
        yield one
        count += 1
        if count == most:
            return
