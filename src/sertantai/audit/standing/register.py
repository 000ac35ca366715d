"""What laws are called and say in the register, held against what the sealed log was told as it was imported.

Of laws that were there before that was told, it is told once, as it was found.
"""

from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any, Final

from sertantai.audit.standing.difference import THIRD, Differing
from sertantai.audit.standing.told import Known, said_of
from sertantai.postgres import Connection
from sertantai.records.laws_told import LAWS, REVISION, laws_in, laws_told
from sertantai.records.sql import LAWS_HASHED
from sertantai.sealing.notices import Kind

PREFETCH_ROWS: Final = 1_000
COMPARED_MAX: Final = 2_000_000
"""A register of more, as those that are made up for tests, is not compared: its hashes fill the memory."""
Pause = Callable[[int], Awaitable[None]]


async def laws_bodies(connection: Connection) -> list[dict[str, Any]]:
    """What notices say of all laws as they are found."""
    return [body async for body in laws_told(connection)]


async def differing_laws(
    connection: Connection, known: Known, pause: Pause | None
) -> AsyncIterator[Differing]:
    """Nothing, until the log was told of laws. Of a revision that was lost with an older database, what was
    told before it counts as well."""
    said = await said_of(connection, known, (Kind.BALANCE,), _slim)
    newest: dict[int, tuple[int, str]] = {}
    older: dict[int, set[str]] = {}
    for index, one in enumerate(said.all):
        for number, hashed in laws_in(one.body):
            if said.may_be_older(index):
                older.setdefault(number, set()).add(hashed)
            elif number not in newest or newest[number][0] <= one.body[REVISION]:
                newest[number] = (one.body[REVISION], hashed)
        if len(newest) > COMPARED_MAX:
            return
    if not newest and not older:
        return
    async for row in connection.cursor(LAWS_HASHED, None, prefetch=PREFETCH_ROWS):
        if pause is not None:
            await pause(1)
        number, hashed = row["record_no"], row["hashed"]
        told = newest.get(number)
        if hashed == (told and told[1]) or (told is None and hashed in older.get(number, ())):
            continue
        is_known = told is not None or number in older
        what = "is not as the sealed log was told" if is_known else "was not told of to the sealed log"
        yield Differing(
            f"The law {row['name']} in the register {what}.",
            found=["law", number, hashed],
            of_trail=False,
            compared=THIRD,
        )


def _slim(body: dict[str, Any]) -> dict[str, Any]:
    return {name: body[name] for name in (LAWS, REVISION) if name in body}
