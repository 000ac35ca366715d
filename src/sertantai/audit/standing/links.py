"""Where secrets of links to read a list lead, held against what the sealed log was told as each was made."""

from collections.abc import AsyncIterator
from typing import Any, Final
from uuid import UUID

from sertantai.audit.standing import sql
from sertantai.audit.standing.difference import SECOND, Differing
from sertantai.audit.standing.told import Known, Said, said_of
from sertantai.core.links import LINK, SECRET
from sertantai.postgres import Connection
from sertantai.sealing.notices import Kind

PREFETCH_ROWS: Final = 1_000


async def differing_links(connection: Connection, known: Known) -> AsyncIterator[Differing]:
    said = await said_of(connection, known, (Kind.LIST,))
    told: dict[str, Said] = {one.body[LINK]: one for one in said.all if LINK in one.body}
    async for row in connection.cursor(sql.LINKS, prefetch=PREFETCH_ROWS):
        one = told.get(str(row["id"]))
        if one is None:
            yield _differing(row, None, "was not told of to the sealed log")
        elif one.body[SECRET] != row["secret"]:
            yield _differing(row, one, "is opened by another secret than the sealed log was told of")
        elif (one.subject, UUID(one.body["owner"])) != (row["group_id"], row["user_id"]):
            yield _differing(row, one, "leads to another list than the sealed log was told of")


def _differing(row: Any, told: Said | None, what: str) -> Differing:
    day = "" if told is None else f"{told.at:%Y-%m-%d %H:%M}: "
    name = "a list that is gone" if row["name"] is None else f"the list {row['name']!r}"
    return Differing(
        f"{day}the link {row['id']} to {name} ({row['group_id']}) of user {row['user_id']} {what}.",
        row["user_id"],
        row["group_id"],
        None if told is None else told.at,
        [LINK, str(row["id"]), row["secret"], str(row["group_id"]), str(row["user_id"])],
        of_trail=False,
        compared=SECOND,
    )
