"""Holds all that stands now against what tells of it."""

from collections.abc import Awaitable, Callable
from typing import Final

from sertantai.audit.misfits_sql import WITH_ROOM
from sertantai.audit.standing.counted import differing_activity, differing_operations
from sertantai.audit.standing.difference import Differing
from sertantai.postgres import Connection

A_STATEMENT_ROWS: Final = 1_000
"""What a statement that reads the whole trail counts as, when it rests."""
Pause = Callable[[int], Awaitable[None]]


async def check_standing(connection: Connection, pause: Pause | None) -> list[Differing]:
    """Of the whole installation, in a transaction that sees the whole trail. ``pause``: awaited after so
    many rows; then it takes its time."""
    await connection.execute(WITH_ROOM)
    found = []
    for differing in (differing_operations, differing_activity):
        found += await differing(connection)
        if pause is not None:
            await pause(A_STATEMENT_ROWS)
    return found
