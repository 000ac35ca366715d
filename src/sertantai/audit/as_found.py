"""Rows of before the log was sealed, as they were found on that day: never presented as sealed when written.

Of each month how many, and a hash over them in the order of owners and positions: whoever changes one of them
later, or puts another among them, is found; what was done to them before is not.

And of a log that follows an ended one: what its first entries say that it took over, and which lists held
something else than their rows lead to.
"""

from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Mapping, Sequence
from hashlib import sha256
from typing import Any, Final
from uuid import UUID

import msgspec
from pyroaring import BitMap

from sertantai.audit import seals_sql as sql
from sertantai.audit.sealed_rows import EVEN, Uneven
from sertantai.audit.standing.as_found import tell_as_standing
from sertantai.audit.standing.told import Known
from sertantai.audit.vouched.as_kept import tell_as_kept
from sertantai.audit.whole_trail import whole_trail_now
from sertantai.core.sealing.canonical import canonical, free_text
from sertantai.core.sealing.entries import microseconds
from sertantai.postgres import Connection, Database
from sertantai.postgres.roles import Role
from sertantai.sealing.files import TrailFiles
from sertantai.sealing.notices import Kind, Notices

FOUND: Final = "found"
PREFETCH_ROWS: Final = 5_000
Months = Mapping[str, tuple[int, str]]
NUMBERS_TOLD_MAX: Final = 30_000
"""In one notice: of laws that lists held, or did not."""
Apart = Mapping[UUID, Mapping[UUID, tuple[BitMap, BitMap]]]


class FoundMonths:
    """Counts and hashes rows as they are read, in the order of `sql.ROWS_AS_FOUND`."""

    def __init__(self) -> None:
        self._months: dict[str, list[Any]] = {}

    def add(self, row: Any) -> None:
        month = self._months.setdefault(f"{row['created_at']:%Y-%m}", [0, sha256()])
        month[0] += 1
        month[1].update(_line(row))

    def result(self) -> Months:
        return {month: (count, digest.hexdigest()) for month, (count, digest) in sorted(self._months.items())}


def _line(row: Any) -> bytes:
    """Canonical, so that one row cannot be read as two."""
    return canonical(
        [
            str(row["user_id"]),
            None if row["position"] is None else row["position"],
            None if row["operation_id"] is None else str(row["operation_id"]),
            None if row["actor_id"] is None else str(row["actor_id"]),
            None if row["group_id"] is None else str(row["group_id"]),
            row["selection_group"],
            microseconds(row["created_at"]),
            row["action"],
            row["record_no"],
            row["record_name"],
            free_text(row["metadata"]),
        ]
    )


async def rows_as_found(
    connection: Connection, pause: Callable[[int], Awaitable[None]] | None = None
) -> Months:
    """``pause``: awaited after each row."""
    found = FoundMonths()
    async for row in _rows(connection):
        found.add(row)
        if pause is not None:
            await pause(1)
    return found.result()


async def _rows(connection: Connection) -> AsyncIterator[Any]:
    async for row in connection.cursor(sql.ROWS_AS_FOUND, prefetch=PREFETCH_ROWS):
        yield row


def month_differs(month: str, then: Sequence[Any] | None, now: tuple[int, str] | None) -> str:
    """``then``, ``now``: how many rows of before the log, and their hash. Empty: they are the same."""
    of = "rows from before the log was sealed"
    if now is not None and then is None:
        return f"{month}: {now[0]:,} rows claim to be {of[5:]}, and were not there then."
    if now is None or then is None:
        return f"{month}: all {of} are gone."
    if now[0] != then[0]:
        return f"{month}: of {of} there were {then[0]:,}, and are {now[0]:,}."
    return "" if now[1] == then[1] else f"{month}: {of} were changed since."


async def tell_as_found(database: Database, notices: Notices) -> bool:
    """Once, when the log begins: what is there already. False: it was told before. Raises
    `DatabaseUnavailable`."""
    async with database.transaction(Role.AUDITOR, readonly=True) as connection:
        if await connection.fetchval(sql.WAS_FOUND):
            return False
    async with whole_trail_now(database) as connection:
        months = await rows_as_found(connection)
    body = {FOUND: {month: [count, digest] for month, (count, digest) in months.items()}}
    async with database.transaction(Role.SYNC) as connection:
        await connection.execute(sql.LOCK_FINDING)
        if await connection.fetchval(sql.WAS_FOUND):
            return False
        await notices.tell(connection, Kind.BALANCE, body=body)
    return True


async def tell_of_before(database: Database, notices: Notices, known: Known) -> None:
    """Each once: rows of before the log, what was kept of what went, and what stood otherwise than the trail
    says. Raises `DatabaseUnavailable`."""
    await tell_as_found(database, notices)
    await tell_as_kept(database, notices)
    await tell_as_standing(database, notices, known)


def uneven_in(files: TrailFiles) -> Uneven:
    lines = files.notice_lines()
    first = next(lines, None)
    if first is None or '"carried"' not in first:
        return EVEN
    body = msgspec.json.decode(first)["body"]
    wanted = set(body["uneven"])
    lists: dict[UUID, dict[UUID, tuple[BitMap, BitMap]]] = {}
    for line in lines if wanted else ():
        entry = msgspec.json.decode(line)
        if entry["id"] not in wanted:
            continue
        for owner, group, missing, extra in entry["body"]["uneven"]:
            of_owner = lists.setdefault(UUID(owner), {})
            before = of_owner.get(UUID(group), (BitMap(), BitMap()))
            of_owner[UUID(group)] = (before[0] | BitMap(missing), before[1] | BitMap(extra))
    return Uneven(body["carried"]["upto"], lists)


def uneven_bodies(apart: Apart) -> Iterator[dict[str, Any]]:
    """Of as many notices as it takes."""
    some: list[Any] = []
    count = 0
    for owner, lists in apart.items():
        for group, both in lists.items():
            numbers = [(which, number) for which in (0, 1) for number in both[which]]
            for start in range(0, len(numbers), NUMBERS_TOLD_MAX):
                piece = numbers[start : start + NUMBERS_TOLD_MAX]
                if some and count + len(piece) > NUMBERS_TOLD_MAX:
                    yield {"uneven": some}
                    some, count = [], 0
                pair = [[number for at, number in piece if at == which] for which in (0, 1)]
                some.append([str(owner), str(group), *pair])
                count += len(piece)
    if some:
        yield {"uneven": some}


def told_as_found(files: TrailFiles) -> Mapping[str, Any] | None:
    """As it is sealed; the last time, if somebody accepted what was found since."""
    entries = (msgspec.json.decode(line) for line in files.notice_lines() if f'"{FOUND}"' in line)
    told = [
        entry["body"][FOUND] for entry in entries if entry["kind"] == "balance" and FOUND in entry["body"]
    ]
    return told[-1] if told else None
