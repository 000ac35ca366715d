"""Holds the notices that the database has against those that were sealed."""

import asyncio
from collections.abc import Awaitable, Callable, Collection
from datetime import datetime
from typing import Final, NamedTuple
from uuid import UUID

import msgspec

from sertantai.audit import seals_sql as sql
from sertantai.audit.comparing.differences import SealDifference, SealFault
from sertantai.audit.vouched.told import told_of
from sertantai.core.sealing.entries import time_of
from sertantai.core.sealing.tree import ZERO, leaf_hash
from sertantai.postgres import Connection
from sertantai.sealing.dropped import Covered, Going, act_told, leaf_of, stub_in
from sertantai.sealing.files import TrailFiles
from sertantai.sealing.keys import RowMacs
from sertantai.sealing.notices import Kind, notice_line

Pause = Callable[[int], Awaitable[None]]
NUMBERS_END: Final = 1 << 53
"""Of whatever is not sealed yet: behind all that is."""


class Compared(NamedTuple):
    """``read``: so many notices the database has; ``gone``: ranges of leaves of which retention told that
    their rows went."""

    read: int
    gone: list[tuple[int, int]]
    differences: list[SealDifference]


class _Sealed(NamedTuple):
    """Small, as there may be very many. ``previous``: the leaf of the notice before; ``went``: what is left
    of it is a stub."""

    number: int
    leaf: bytes
    previous: bytes
    went: bool


class _Identified(msgspec.Struct, frozen=True):
    id: UUID


_identified: Final = msgspec.json.Decoder(_Identified).decode


async def compare_notices(
    connection: Connection,
    files: TrailFiles,
    journals: Collection[UUID | None],
    macs: RowMacs | None,
    then: int,
    carried: int,
    pause: Pause | None = None,
) -> Compared:
    """``then``: so many were sealed before ``connection`` saw what there is. ``carried``: so many were taken
    over from an ended log, whose leaves they speak of. ``pause``: awaited after each."""
    sealed, found = await asyncio.to_thread(_sealed_in, files)
    count, gone = 0, list[tuple[int, int]]()
    async for row in connection.cursor(sql.NOTICES, prefetch=1_000):
        count += 1
        if pause is not None:
            await pause(1)
        one = sealed.pop(row["id"].bytes, None)
        if one is None:
            continue  # not sealed yet, or never: the sealer tells one from the other by its code
        if row["kind"] == "retention" and one.number > carried:
            gone += [(first, last) for first, last in row["body"].get("gone", ())]
        if leaf_hash(notice_line(row, one.number, one.previous.hex())) != one.leaf:
            at = row["at"]
            said = f"the notice of {row['kind']} of {at:%Y-%m-%d %H:%M} ({row['id']}) is not what was sealed."
            found.append(SealDifference(SealFault.NOTICE_DIFFERS, said, at=at))
    missing = {one.number for one in sealed.values() if not one.went and one.number <= then}
    if missing:
        covered = await _covered(connection, files, journals, macs)
        missing = {number for number in missing if covered.act_of(number) is None}
        found += await asyncio.to_thread(_gone, files, missing)
    return Compared(count, gone, found)


def _sealed_in(files: TrailFiles) -> tuple[dict[bytes, _Sealed], list[SealDifference]]:
    """By their ids, and what of those that went was not told."""
    sealed, found, previous = dict[bytes, _Sealed](), list[SealDifference](), ZERO
    going = Going(files.covered())
    lines = files.notice_lines()
    for number, (index, line) in enumerate(zip(files.notice_indexes(), lines, strict=False), 1):
        stub, leaf = stub_in(line), leaf_of(line)
        id = _identified(line).id if stub is None else stub.id
        sealed[id.bytes] = _Sealed(number, leaf, previous, stub is not None)
        wrong = going.wrong_with(number, line, leaf if stub is None else files.leaf(index))
        if wrong is not None:
            found.append(SealDifference(SealFault.NOT_TOLD, f"Notice {number:,} (entry {index:,}) {wrong}."))
        previous = leaf
    found += [SealDifference(SealFault.NOT_TOLD, said) for said in going.at_end()]
    return sealed, found


async def _covered(
    connection: Connection, files: TrailFiles, journals: Collection[UUID | None], macs: RowMacs | None
) -> Covered:
    """By acts that are sealed, and by those that will be in a moment."""
    covered = await asyncio.to_thread(files.covered)
    telling = await told_of(connection, files, journals, [Kind.RETENTION], macs)
    waiting = (act_told(NUMBERS_END, told.at, told.body) for told in telling.notices if told.number is None)
    return Covered([*covered.acts, *(act for act in waiting if act is not None)])


def _gone(files: TrailFiles, missing: Collection[int]) -> list[SealDifference]:
    """``missing``: their numbers in the log."""
    found = []
    for number, line in enumerate(files.notice_lines() if missing else (), 1):
        if number in missing:
            entry = msgspec.json.decode(line)
            at: datetime = time_of(entry["at"])
            of = f"The notice of {entry['kind']} of {at:%Y-%m-%d %H:%M} ({entry['id']})"
            found.append(SealDifference(SealFault.NOTICE_GONE, f"{of} was sealed and is gone.", at=at))
    return found
