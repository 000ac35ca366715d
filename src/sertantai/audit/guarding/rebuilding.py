"""The sealed log's files made whole out of what the database has, where they end before their last head.

Leaves of the last days are in the database still, older ones are worked out from rows; notices are there,
too. Which notice came between which operations is tried, from head to head, until the root is the head's.
What does not meet the last head changes nothing: then the log is broken, and says so.
"""

import asyncio
from collections.abc import Collection, Sequence
from itertools import islice
from typing import Any, Final, NamedTuple
from uuid import UUID

import msgspec

from sertantai.audit import seals_sql as sql
from sertantai.audit.as_found import uneven_in
from sertantai.audit.guarding.leaves_found import leaves_found
from sertantai.audit.guarding.own_notices import own_notices
from sertantai.audit.sealed_rows import Uneven
from sertantai.audit.whole_trail import whole_trail_now
from sertantai.core.sealing.notes import Head, NotANote, parse_head, parse_note
from sertantai.core.sealing.tree import HASH_BYTES, ZERO, Frontier
from sertantai.postgres import Connection, Database
from sertantai.sealing.dropped import Stub, leaf_of, stub_in, stub_line
from sertantai.sealing.files import NOTICE, PLACE, TrailFiles
from sertantai.sealing.log import journals_of, origin_of
from sertantai.sealing.notices import notice_line
from sertantai.sealing.sql import DROPPED_OF

Place = tuple[int, int]
Operations = list[tuple[Place, bytes]]
Line = tuple[bytes, bytes]
"""Of a notice, with its leaf."""
NOTICES_TRIED_MAX: Final = 1_000
"""Between two heads, which are a second apart."""


class _Tail(NamedTuple):
    leaves: list[bytes]
    places: list[Place]
    lines: list[bytes]


class _Kept(NamedTuple):
    """What is whole: so many leaves, notices among them, the tree over them, and the last operation."""

    size: int
    notices: int
    frontier: Frontier
    place: Place


async def rebuild(database: Database, files: TrailFiles, last: Head) -> bool:
    """Whether the files lead to ``last`` now. Raises `DatabaseUnavailable`."""
    heads = await asyncio.to_thread(_heads, files, last)
    journals = journals_of(files.folder)
    async with whole_trail_now(database) as connection:
        dropped = {row["id"]: row for row in await connection.fetch(DROPPED_OF, origin_of(files.folder))}
        kept = await asyncio.to_thread(_kept, files, heads, dropped)
        lines = list(islice(files.notice_lines(), kept.notices))
        rows = [row for row in await own_notices(connection, files, journals) if row["id"] not in dropped]
        notices = await asyncio.to_thread(_notices, [*rows, *dropped.values()], lines)
        operations = await _waiting(connection, journals, kept.place)
        tail = await asyncio.to_thread(_tail, kept, heads, operations, notices)
        if tail is None:
            operations = await _from_rows(connection, journals, kept.place, uneven_in(files))
            tail = await asyncio.to_thread(_tail, kept, heads, operations, notices)
    if tail is None:
        return False
    await asyncio.to_thread(_write, files, kept.size, tail)
    return True


def _heads(files: TrailFiles, last: Head) -> list[Head]:
    """Each size once; those that cannot be read are passed over."""
    found = {last.size: last}
    for note in files.notes():
        try:
            head = parse_head(parse_note(note).text)
        except NotANote:
            continue
        if head.size <= last.size:
            found.setdefault(head.size, head)
    return [found[size] for size in sorted(found)]


def _kept(files: TrailFiles, heads: Sequence[Head], dropped: Collection[UUID]) -> _Kept:
    """Up to the largest head that leaves, places and notices lead to. ``dropped``: which notices went, as
    the database has it: what tells of it may be in what is lost."""
    lines, covered = files.notice_lines(), files.covered()
    frontier, notices, place, best = Frontier(), 0, (0, 0), _Kept(0, 0, Frontier(), (0, 0))
    wanted = {head.size: head.root for head in heads}
    leaves = files.leaves(0, files.size)
    for at, found in enumerate(files.places()):
        if found[1] == NOTICE:
            notices += 1
            line = next(lines, None)
            if line is None or leaf_of(line) != leaves[at * HASH_BYTES : (at + 1) * HASH_BYTES]:
                break
            stub = stub_in(line)
            if stub is not None and stub.id not in dropped and covered.act_of(notices) is None:
                break
        else:
            place = found
        frontier.append(leaves[at * HASH_BYTES : (at + 1) * HASH_BYTES])
        if at + 1 in wanted and wanted[at + 1] == frontier.root():
            best = _Kept(at + 1, notices, _copy(frontier), place)
    return best


def _copy(frontier: Frontier) -> Frontier:
    return Frontier(frontier.size, frontier.peaks)


def _notices(rows: Sequence[Any], lines: Sequence[str]) -> list[Line]:
    """The entries of those that come after ``lines``, in the order in which they were told; of those that
    went what is left of them."""
    known = {msgspec.json.decode(line)["id"] for line in lines}
    previous = leaf_of(lines[-1]).hex() if lines else ZERO.hex()
    made: list[Line] = []
    for row in sorted(rows, key=lambda row: row["told"]):
        if str(row["id"]) not in known:
            number = len(lines) + len(made) + 1
            if "leaf" in row.keys():  # noqa: SIM118  # a record is no mapping
                line = stub_line(Stub(bytes(row["leaf"]).hex(), UUID(int=row["id"].int), number))
            else:
                line = notice_line(row, number, previous)
            leaf = leaf_of(line.decode())
            previous = leaf.hex()
            made.append((line, leaf))
    return made


async def _waiting(connection: Connection, journals: Sequence[UUID], after: Place) -> Operations:
    found: Operations = []
    for row in await connection.fetch(sql.LEAVES_WAITING, list(journals)):
        leaves = bytes(row["leaves"])
        for number, place in enumerate(PLACE.iter_unpack(row["places"])):
            if place > after:
                found.append((place, leaves[number * HASH_BYTES : (number + 1) * HASH_BYTES]))
    return sorted(found)


async def _from_rows(
    connection: Connection, journals: Sequence[UUID], after: Place, uneven: Uneven
) -> Operations:
    found: Operations = []
    async for one in leaves_found(connection, journals, uneven):
        place = (one.deed.position, one.deed.part)
        if place > after:
            found.append((place, one.leaf))
    return sorted(found)


def _tail(
    kept: _Kept, heads: Sequence[Head], operations: Operations, notices: Sequence[Line]
) -> _Tail | None:
    """What comes after ``kept``, from head to head; None: no order of it leads to the last one."""
    tail, frontier, place = _Tail([], [], []), kept.frontier, kept.place
    done = told = 0
    for head in heads:
        if head.size <= kept.size:
            continue
        for number in range(min(head.size - frontier.size, len(notices) - told, NOTICES_TRIED_MAX) + 1):
            some = operations[done : done + head.size - frontier.size - number]
            lines = notices[told : told + number]
            leaves = [leaf for _, leaf in some] + [leaf for _, leaf in lines]
            grown = _copy(frontier)
            for leaf in leaves:
                grown.append(leaf)
            if (grown.size, grown.root()) == (head.size, head.root):
                break
        else:
            return None
        place = some[-1][0] if some else place
        tail.leaves.extend(leaves)
        tail.places.extend([at for at, _ in some] + [(place[0], NOTICE)] * len(lines))
        tail.lines.extend(line for line, _ in lines)
        frontier, done, told = grown, done + len(some), told + len(lines)
    return tail


def _write(files: TrailFiles, size: int, tail: _Tail) -> None:
    files.cut(size)
    files.raise_anew()
    files.append(tail.leaves, tail.places, tail.lines)
