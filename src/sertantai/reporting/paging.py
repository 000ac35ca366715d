"""Page after page of an answer, newest first, each read in a transaction of its own.

Nobody holds a connection while somebody reads a file slowly; whoever's right has ended gets no further page;
and no more than a page is in memory, however long the answer is.
"""

import asyncio
from collections import deque
from collections.abc import AsyncIterator, Callable, Iterable, Mapping, Sequence
from datetime import datetime, timedelta
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
FIRST_LOOK_BACK: Final = timedelta(days=1)
LOOKS_FURTHER: Final = 6
"""Times as far as the last time, where that was not enough: a day, a week, six weeks, nine months."""

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
    *,
    is_in_order: bool = False,
) -> Pages:
    """Of a statement that takes owner, since, keyset, lists, whatever it is narrowed by, and how many.
    ``before``: what stands before the keyset, else owner and since; then no lists stand behind it.
    ``is_in_order``: PostgreSQL has what is asked in the order of times, over all owners, too."""
    keyset: tuple[datetime, UUID] = (asked.until, LOWEST_ID)
    look = _Look(sight, asked, is_in_order=is_in_order or before is not None)
    first, ended = True, False
    while not ended:
        await sight.still()
        behind = (sight.groups(asked), *narrowed) if before is None else tuple(narrowed)
        rows: list[Record] = []
        while not ended and len(rows) < chunk:
            since = look.begins(keyset[0])
            lead = (sight.owner, since) if before is None else before
            arguments = (*lead, *keyset, *behind, chunk - len(rows))

            async def read(connection: Connection, arguments: tuple[Any, ...] = arguments) -> list[Record]:
                return await connection.fetch(statement, *arguments)

            rows += await sight.reading(read, first)
            first = False
            if len(rows) == chunk:
                keyset = (rows[-1]["at"], rows[-1]["id"])
                look.nearer()
            else:
                keyset, ended = (since, LOWEST_ID), since <= asked.since
                look.further()
        if rows:
            names = await named(sight, (person for row in rows for person in people(row)))
            yield [make(row, names) async for row in sliced(rows)]


class _Look:
    """How far back is looked for the newest at a time. What all owners did is in no order of times: whoever
    wants to see the newest of it should not have all years sorted."""

    def __init__(self, sight: Sight, asked: Asked, *, is_in_order: bool) -> None:
        self._since, self._now = asked.since, asked.now
        self._reach = None if is_in_order or sight.owner is not None else FIRST_LOOK_BACK

    def begins(self, before: datetime) -> datetime:
        """With what time the next look begins, which ends before that."""
        latest = min(before, self._now)
        if self._reach is None or latest - self._since <= self._reach:
            return self._since
        return latest - self._reach

    def further(self) -> None:
        if self._reach is not None:
            self._reach *= LOOKS_FURTHER

    def nearer(self) -> None:
        if self._reach is not None:
            self._reach = max(self._reach / LOOKS_FURTHER, FIRST_LOOK_BACK)


async def counted(
    sight: Sight,
    asked: Asked,
    statement: str,
    narrowed: Sequence[Any],
    edges: Sequence[datetime],
    before: Sequence[Any] | None = None,
    *,
    is_in_order: bool = False,
) -> list[int]:
    """How many rows there are in each of the buckets between ``edges``: before the first, between, and after
    the last; `COUNTED_ROWS_MAX` and one more in all at most."""
    behind = (sight.groups(asked), *narrowed) if before is None else tuple(narrowed)
    said = await asyncio.to_thread(moments_as_text, edges)
    counts = [0] * (len(edges) + 1)
    look = _Look(sight, asked, is_in_order=is_in_order or before is not None)
    until, left, ended = asked.until, COUNTED_ROWS_MAX + 1, False
    while not ended:
        since = look.begins(until)
        lead = (sight.owner, since) if before is None else before
        arguments = (*lead, until, LOWEST_ID, *behind, left, said)

        async def read(connection: Connection, arguments: tuple[Any, ...] = arguments) -> list[Record]:
            return await connection.fetch(statement, *arguments)

        for row in await sight.reading(read):
            counts[row["bucket"]] += row["n"]
            left -= row["n"]
        until, ended = since, left <= 0 or since <= asked.since
        look.further()
    return counts


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
