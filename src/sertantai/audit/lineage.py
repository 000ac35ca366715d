"""What was done to a list before it came to its owner, for whoever reads it, where that was given along.

Nothing was rewritten for it: it is the trail of whoever had the list, up to the last version it had there.
From which address and with which browser something was done is nobody else's, so no statement here reads it.
"""

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from datetime import datetime
from typing import Any, Final, NamedTuple

from sertantai.audit import sql
from sertantai.core.ids import GroupId, OwnerId, Position
from sertantai.postgres import Connection, Record

FORMER_OWNERS_MAX: Final = 20
"""So many of a list are looked back to, the last first; each is asked by itself."""
MOVED: Final = ["handed_over_from", "handed_over_to"]
"""What says of a record that it came, or went, with its list: nothing that is done to it by itself."""


class Former(NamedTuple):
    """An owner of before, and the last version that the list had there."""

    owner: OwnerId
    until: Position


async def formers_of(connection: Connection, owner: OwnerId, group: GroupId) -> list[Former]:
    """The last first; none behind one who gave the list without its history."""
    rows = await connection.fetch(sql.FORMERS, group, owner, FORMER_OWNERS_MAX)
    return [Former(row["from_owner"], Position(row["until_position"])) for row in rows]


async def whose_then(
    connection: Connection, owner: OwnerId, group: GroupId, at: datetime
) -> OwnerId | Former | None:
    """Who had a list at a moment: its owner, or one of before. None: its history of then was not given."""
    former = await connection.fetchval(sql.WHOSE_THEN, group, at)
    if former is None or former == owner:
        return owner
    return next((one for one in await formers_of(connection, owner, group) if one.owner == former), None)


async def came_without_history(connection: Connection, group: GroupId) -> datetime | None:
    """When a list was last handed over without its history; None: it never was."""
    at: datetime | None = await connection.fetchval(sql.CAME_WITHOUT_HISTORY, group)
    return at


async def rows_of_former(
    connection: Connection, owner: OwnerId, group: GroupId, statement: str, asked: Sequence[Any]
) -> list[Record]:
    """What a statement finds of each owner of before: who is its first parameter, until when its last."""
    rows: list[Record] = []
    for former in await formers_of(connection, owner, group):
        async with looking_back(connection, owner, former):
            rows += await connection.fetch(statement, former.owner, *asked, former.until)
    return rows


@asynccontextmanager
async def looking_back(connection: Connection, owner: OwnerId, former: Former) -> AsyncIterator[None]:
    """Meanwhile the transaction reads what was done there, and nothing of ``owner``; row level security asks
    whether it may."""
    await connection.execute(sql.CLAIM_FORMER, str(former.owner), str(former.until))
    yield
    await connection.execute(sql.CLAIM_FORMER, str(owner), "")
