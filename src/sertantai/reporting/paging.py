"""Page after page of an answer, newest first, each read in a transaction of its own.

Nobody holds a connection while somebody reads a file slowly; whoever's right has ended gets no further page;
and no more than a page is in memory, however long the answer is.
"""

import asyncio
from collections import deque
from collections.abc import AsyncIterator, Callable, Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any, Final, TypeAlias
from uuid import UUID

from sertantai.audit.trail import LOWEST_ID
from sertantai.core.ids import UserId
from sertantai.files.report_rows import Row
from sertantai.http.turns import sliced
from sertantai.postgres import Connection, Record
from sertantai.postgres.arrays import moments_as_text
from sertantai.reporting.asked import Asked
from sertantai.reporting.sight import ITSELF, NOBODY, Sight

COUNTED_ROWS_MAX: Final = 100_000
"""So many are counted at most; beyond them it is said that there are more."""

Names: TypeAlias = Mapping[UserId, str]
Make: TypeAlias = Callable[[Record, Names], Row]
People: TypeAlias = Callable[[Record], Iterable[UUID | None]]
Pages: TypeAlias = AsyncIterator[list[Row]]


def who(row: Record) -> UUID | None:
    """Who did it: the owner of the list where nobody else is named."""
    found: UUID | None = row["actor_id"] or row["user_id"]
    return found


def actor(row: Record) -> tuple[UUID | None]:
    return (who(row),)


async def named(sight: Sight, people: Iterable[UUID | None]) -> dict[UserId, str]:
    wanted = {UserId(UUID(int=one.int)) for one in people if one is not None}
    return dict(await sight.names(wanted)) if wanted else {}


def name_in(names: Names, person: UUID | None) -> str:
    return ITSELF if person is None else names.get(UserId(UUID(int=person.int)), NOBODY)


async def newest_first(
    sight: Sight,
    asked: Asked,
    statement: str,
    narrowed: Sequence[Any],
    make: Make,
    chunk: int,
    people: People = actor,
    before: Sequence[Any] | None = None,
) -> Pages:
    """Of a statement that takes owner, since, keyset, lists, whatever it is narrowed by, and how many.
    ``before``: what stands before the keyset, else owner and since; then no lists stand behind it."""
    keyset: tuple[datetime, UUID] = (asked.until, LOWEST_ID)
    first = True
    while True:
        await sight.still()
        lead = (sight.owner, asked.since) if before is None else before
        behind = (sight.groups(asked), *narrowed) if before is None else tuple(narrowed)
        arguments = (*lead, *keyset, *behind, chunk)

        async def read(connection: Connection, arguments: tuple[Any, ...] = arguments) -> list[Record]:
            return await connection.fetch(statement, *arguments)

        rows = await sight.reading(read, first)
        if not rows:
            return
        names = await named(sight, (person for row in rows for person in people(row)))
        yield [make(row, names) async for row in sliced(rows)]
        if len(rows) < chunk:
            return
        keyset, first = (rows[-1]["at"], rows[-1]["id"]), False


async def counted(
    sight: Sight,
    asked: Asked,
    statement: str,
    narrowed: Sequence[Any],
    edges: Sequence[datetime],
    before: Sequence[Any] | None = None,
) -> list[int]:
    """How many rows there are in each of the buckets between ``edges``: before the first, between, and after
    the last; `COUNTED_ROWS_MAX` and one more in all at most."""
    lead = (sight.owner, asked.since) if before is None else before
    behind = (sight.groups(asked), *narrowed) if before is None else tuple(narrowed)
    said = await asyncio.to_thread(moments_as_text, edges)
    arguments = (*lead, asked.until, LOWEST_ID, *behind, COUNTED_ROWS_MAX + 1, said)

    async def read(connection: Connection) -> list[Record]:
        return await connection.fetch(statement, *arguments)

    found = {row["bucket"]: row["n"] for row in await sight.reading(read)}
    return [found.get(number, 0) for number in range(len(edges) + 1)]


async def merged(sources: Sequence[Pages], chunk: int) -> Pages:
    """Rows of several answers as one, the newest first: each row begins with when it was."""
    waiting: list[deque[Row]] = [deque() for _ in sources]
    ended = [False] * len(sources)
    page: list[Row] = []
    while True:
        for number, source in enumerate(sources):
            while not waiting[number] and not ended[number]:
                found = await anext(source, None)
                ended[number] = found is None
                waiting[number].extend(found or ())
        ahead = [number for number, rows in enumerate(waiting) if rows]
        if not ahead:
            break
        newest = max(ahead, key=lambda number: (_when(waiting[number][0]), -number))
        page.append(waiting[newest].popleft())
        if len(page) >= chunk:
            yield page
            page = []
    if page:
        yield page


def _when(row: Row) -> datetime:
    assert isinstance(row[0], datetime)
    return row[0]
