"""Holds the notices that the database has against those that were sealed."""

import asyncio
from collections.abc import Collection
from datetime import datetime
from typing import Any, Final, NamedTuple
from uuid import UUID

import msgspec

from sertantai.audit import seals_sql as sql
from sertantai.audit.comparing.differences import SealDifference, SealFault
from sertantai.audit.vouched.told import told_of
from sertantai.core.sealing.canonical import canonical
from sertantai.core.sealing.entries import microseconds, time_of
from sertantai.core.sealing.tree import ZERO, leaf_hash
from sertantai.postgres import Connection
from sertantai.sealing.dropped import Covered, Going, Stub, act_told, leaf_of, stub_in
from sertantai.sealing.files import TrailFiles
from sertantai.sealing.keys import RowMacs
from sertantai.sealing.notices import Kind, notice_line

NUMBERS_END: Final = 1 << 53
"""Of whatever is not sealed yet: behind all that is."""


class Compared(NamedTuple):
    """``read``: so many notices the database has; ``gone``: ranges of leaves of which retention told that
    their rows went."""

    read: int
    gone: list[tuple[int, int]]
    differences: list[SealDifference]


class _Sealed(NamedTuple):
    """``stub``: in place of ``entry``, which is empty, where it went; ``previous``: the leaf of the notice
    before."""

    number: int
    entry: dict[str, Any]
    stub: Stub | None
    previous: str


async def compare_notices(
    connection: Connection,
    files: TrailFiles,
    journals: Collection[UUID | None],
    macs: RowMacs | None,
    then: int,
    carried: int,
) -> Compared:
    """``then``: so many were sealed before ``connection`` saw what there is. ``carried``: so many were taken
    over from an ended log, whose leaves they speak of."""
    sealed, found = await asyncio.to_thread(_sealed_in, files)
    count, gone = 0, list[tuple[int, int]]()
    async for row in connection.cursor(sql.NOTICES, prefetch=1_000):
        count += 1
        one = sealed.pop(str(row["id"]), None)
        if one is None:
            continue  # not sealed yet, or never: the sealer tells one from the other by its code
        if row["kind"] == "retention" and one.number > carried:
            gone += [(first, last) for first, last in row["body"].get("gone", ())]
        if not _is_same(row, one):
            at = row["at"]
            said = f"the notice of {row['kind']} of {at:%Y-%m-%d %H:%M} ({row['id']}) is not what was sealed."
            found.append(SealDifference(SealFault.NOTICE_DIFFERS, said, at=at))
    if any(one.stub is None and one.number <= then for one in sealed.values()):
        covered = await _covered(connection, files, journals, macs)
        for id, one in sealed.items():
            if one.stub is None and one.number <= then and covered.act_of(one.number) is None:
                found.append(_gone(id, one.entry))
    return Compared(count, gone, found)


def _sealed_in(files: TrailFiles) -> tuple[dict[str, _Sealed], list[SealDifference]]:
    """By their ids, and what of those that went was not told."""
    sealed, found, previous = dict[str, _Sealed](), list[SealDifference](), ZERO.hex()
    going = Going(files.covered())
    lines = files.notice_lines()
    for number, (index, line) in enumerate(zip(files.notice_indexes(), lines, strict=False), 1):
        stub, leaf = stub_in(line), leaf_of(line)
        entry = msgspec.json.decode(line) if stub is None else {}
        sealed[entry["id"] if stub is None else str(stub.id)] = _Sealed(number, entry, stub, previous)
        wrong = going.wrong_with(number, line, leaf if stub is None else files.leaf(index))
        if wrong is not None:
            found.append(SealDifference(SealFault.NOT_TOLD, f"Notice {number:,} (entry {index:,}) {wrong}."))
        previous = leaf.hex()
    found += [SealDifference(SealFault.NOT_TOLD, said) for said in going.at_end()]
    return sealed, found


def _is_same(row: Any, one: _Sealed) -> bool:
    if one.stub is not None:  # of a database from before it went: what it was is known by its hash
        return leaf_hash(notice_line(row, one.number, one.previous)).hex() == one.stub.dropped
    entry = one.entry
    return bool(
        entry["at"] == microseconds(row["at"])
        and entry["kind"] == row["kind"]
        and entry["subject"] == (None if row["subject"] is None else str(row["subject"]))
        and entry["by"] == (None if row["actor"] is None else str(row["actor"]))
        and canonical(entry["body"]) == canonical(row["body"])
    )


async def _covered(
    connection: Connection, files: TrailFiles, journals: Collection[UUID | None], macs: RowMacs | None
) -> Covered:
    """By acts that are sealed, and by those that will be in a moment."""
    covered = await asyncio.to_thread(files.covered)
    telling = await told_of(connection, files, journals, [Kind.RETENTION], macs)
    waiting = (act_told(NUMBERS_END, told.at, told.body) for told in telling.notices if told.number is None)
    return Covered([*covered.acts, *(act for act in waiting if act is not None)])


def _gone(id: str, entry: dict[str, Any]) -> SealDifference:
    at: datetime = time_of(entry["at"])
    said = f"The notice of {entry['kind']} of {at:%Y-%m-%d %H:%M} ({id}) was sealed and is gone."
    return SealDifference(SealFault.NOTICE_GONE, said, at=at)
