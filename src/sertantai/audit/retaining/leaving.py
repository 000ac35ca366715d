"""What goes with a month, as the sealed log has to know of it.

Rows that go: which leaves nobody finds any more, and where each history goes on without its beginning. Where
rows stay and only from where is gone: what was sealed of that, as a hash, so that each entry can still be
worked out. All of it is written in the transaction that lets them go.
"""

import asyncio
from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from typing import Any, Final, NamedTuple
from uuid import UUID

import msgspec

from sertantai.audit import months_sql as sql
from sertantai.audit.vouched.balances import balance_of
from sertantai.audit.vouched.cuts import cuts_of, rows_told
from sertantai.audit.vouched.hashes import Left, left_by
from sertantai.core.sealing.entries import BEFORE_ALL, Link
from sertantai.postgres import Connection, Database, Role
from sertantai.sealing.blinds import Blinds, Class
from sertantai.sealing.deeds import ChainKey, origin_commitment
from sertantai.sealing.files import TrailFiles
from sertantai.sealing.notices import Kind, Notices
from sertantai.sealing.sql import BLINDS

ROWS_TOGETHER: Final = 5_000
RANGES_TOLD_MAX: Final = 15_000
"""In one notice."""
LISTS_TOLD_MAX: Final = 2_000
"""In one notice."""

CUTS_TOGETHER: Final = 1_500
"""In one notice."""

LETTERS_OF_A_MONTH: Final = 7
Range = tuple[int, int]


class Due(msgspec.Struct, frozen=True):
    """As the database says it of a month. ``leaving``: the owners of whom rows go."""

    month: str
    change: dict[str, Any]
    is_dropped: bool
    leaving: list[UUID]

    @property
    def named(self) -> str:
        """The month as people write it: 2026-01."""
        return self.month[-LETTERS_OF_A_MONTH:].replace("_", "-")


class Leaving(NamedTuple):
    """``ranges``: of leaves, the first and the last of each. ``floors``: of each history that loses its
    beginning the last entry that goes."""

    ranges: list[Range]
    floors: dict[ChainKey, Link]


class SealedTrail(NamedTuple):
    """The log that knows of the rows: its files, and the journals that were written with it."""

    files: TrailFiles
    journals: Collection[UUID]
    notices: Notices
    blinds: Blinds


async def note_leaving(
    database: Database, connection: Connection, log: SealedTrail, due: Due, act: UUID
) -> tuple[list[Range], Left]:
    """Write floors, balances, and what was sealed of origins that go; returns the leaves of what goes, and
    what was kept of origins. ``act``: which lets them go."""
    async with database.session(Role.AUDITOR) as reading, reading.transaction(readonly=True):
        until = await reading.fetchval(sql.END_OF_MONTH, due.month)
        gone = await _leaving(reading, log.files, log.journals, due.leaving, until)
        await _keep_floors(connection, gone.floors)
        await _tell_balances(connection, log.notices, due)
        await _tell_cuts(connection, log.notices, due)
        if "origins" in due.change:
            await _keep_origins(reading, connection, due.month, due.change, act)
        left = await left_by(connection, act)
    return gone.ranges, left


async def tell_gone(
    connection: Connection, notices: Notices, body: Mapping[str, Any], ranges: Sequence[Range]
) -> None:
    """One notice of what was done, and more of them where the leaves that went are many ranges."""
    said = dict(body)
    for start in range(0, max(1, len(ranges)), RANGES_TOLD_MAX):
        some = [list(one) for one in ranges[start : start + RANGES_TOLD_MAX]]
        await notices.tell(connection, Kind.RETENTION, body={**said, "gone": some})
        said = {"act": body["act"]}


async def _tell_balances(connection: Connection, notices: Notices, due: Due) -> None:
    """What each list held where its history begins from now on: number of laws, and the root over them."""
    rows = await connection.fetch(sql.HELD_BY_LISTS, due.leaving)
    lists = [[str(row["user_id"]), str(row["group_id"]), *balance_of(row["records"])] for row in rows]
    for start in range(0, len(lists), LISTS_TOLD_MAX):
        some = lists[start : start + LISTS_TOLD_MAX]
        await notices.tell(connection, Kind.BALANCE, body={"before": due.named, "lists": some})


async def _tell_cuts(connection: Connection, notices: Notices, due: Due) -> None:
    """Where the history of each begins from now on, and hashes of what stands for what is before."""
    cuts = rows_told((await cuts_of(connection, due.leaving)).items())
    for start in range(0, len(cuts), CUTS_TOGETHER):
        body = {"before": due.named, "cuts": cuts[start : start + CUTS_TOGETHER]}
        await notices.tell(connection, Kind.BALANCE, body=body)


async def _leaving(
    reading: Connection,
    files: TrailFiles,
    journals: Collection[UUID],
    owners: Sequence[UUID],
    until: datetime,
) -> Leaving:
    bounds = await reading.fetch(sql.WHAT_ENDS, owners, until)
    if not bounds:
        return Leaving([], {})
    lowest = min(row["reached"] for row in bounds) + 1
    highest = max(row["upto"] for row in bounds)
    first = files.first_from(lowest)
    places = {
        place: first + at for at, place in enumerate(files.places(first, files.first_from(highest + 1)))
    }
    floors = {
        (row["user_id"], row["group_id"]): Link(row["number"], bytes(row["head"]).hex())
        for row in await reading.fetch(sql.FLOORS_OF, owners)
    }
    indexes = []
    columns = (
        [row["user_id"] for row in bounds],
        [row["reached"] for row in bounds],
        [row["upto"] for row in bounds],
    )
    async for row in reading.cursor(sql.ENTRIES_THAT_END, *columns, list(journals), prefetch=ROWS_TOGETHER):
        at = places.get((row["position"], row["part"]))
        if at is None:
            continue
        indexes.append(at)
        head = files.leaf(at).hex()
        owner, group = row["user_id"], row["group_id"]
        for key in [(owner, owner)] if group is None else [(owner, group), (owner, owner)]:
            floors[key] = Link(floors.get(key, BEFORE_ALL).number + 1, head)
    return Leaving(ranges_of(indexes), floors)


def ranges_of(indexes: Sequence[int]) -> list[Range]:
    """Those that follow one another together."""
    ranges: list[Range] = []
    for at in sorted(indexes):
        if ranges and ranges[-1][1] == at - 1:
            ranges[-1] = (ranges[-1][0], at)
        else:
            ranges.append((at, at))
    return ranges


async def _keep_floors(connection: Connection, floors: Mapping[ChainKey, Link]) -> None:
    if floors:
        await connection.execute(
            sql.KEEP_FLOORS,
            [owner for owner, _ in floors],
            [group for _, group in floors],
            [link.number for link in floors.values()],
            [bytes.fromhex(link.previous) for link in floors.values()],
        )


async def _keep_origins(
    reading: Connection, connection: Connection, month: str, change: Mapping[str, Any], act: UUID
) -> None:
    keys: dict[UUID, bytes | None] = {}
    number = int(month[-7:].replace("_", ""))
    cursor = await reading.cursor(sql.ORIGINS_THAT_GO, month, change)
    while rows := await cursor.fetch(ROWS_TOGETHER):
        missing = sorted({row["actor_id"] for row in rows} - keys.keys())
        keys.update((actor, None) for actor in missing)
        found = await reading.fetch(
            BLINDS, missing, [number] * len(missing), [str(Class.ORIGIN)] * len(missing)
        )
        keys.update((row["subject"], bytes(row["key"])) for row in found)
        kept = [
            (
                row,
                origin_commitment(
                    key, row["actor_id"], row["session_id"], row["ip_address"], row["user_agent"]
                ),
            )
            for row in rows
            if (key := keys[row["actor_id"]]) is not None
        ]
        await connection.execute(
            sql.KEEP_ORIGINS,
            [row["journal_id"] for row, _ in kept],
            [row["position"] for row, _ in kept],
            [row["part"] for row, _ in kept],
            [bytes.fromhex(commitment) for _, commitment in kept],
            act,
        )
        await asyncio.sleep(0)
