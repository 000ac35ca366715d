"""What was done to a list before it came to its owner, for whoever reads it, where that was given along.

Nothing was rewritten for it: it is the trail of whoever had the list, up to the last version it had there.
From which address and with which browser something was done is nobody else's, so no statement here reads it.
"""

from collections.abc import Sequence
from typing import Any, NamedTuple

from sertantai.audit import sql
from sertantai.core.ids import GroupId, OwnerId, Position
from sertantai.postgres import Connection, Record


class Former(NamedTuple):
    """An owner of before, and the last version that the list had there."""

    owner: OwnerId
    until: Position


async def formers_of(connection: Connection, owner: OwnerId, group: GroupId) -> list[Former]:
    """The last first; none behind one who gave the list without its history."""
    found = []
    for row in await connection.fetch(sql.LINEAGE, group):
        if not row["shows_history"]:
            break
        if row["from_owner"] != owner:
            found.append(Former(row["from_owner"], Position(row["until_position"])))
    return found


async def rows_of_former(
    connection: Connection, owner: OwnerId, group: GroupId, statement: str, asked: Sequence[Any]
) -> list[Record]:
    """What a statement finds of each owner of before: who is its first parameter, until when its last. To be
    asked last in a transaction."""
    rows: list[Record] = []
    for former in await formers_of(connection, owner, group):
        await look_back(connection, former)
        rows += await connection.fetch(statement, former.owner, *asked, former.until)
    return rows


async def look_back(connection: Connection, former: Former) -> None:
    """From here on the transaction reads what was done there; row level security asks whether it may."""
    await connection.execute(sql.CLAIM_FORMER, str(former.owner), str(former.until))
