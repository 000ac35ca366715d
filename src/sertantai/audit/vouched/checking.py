"""Holds all that is kept of what is gone against what the sealed log tells of it."""

import asyncio
from collections.abc import Collection
from functools import partial
from uuid import UUID

import msgspec

from sertantai.audit import seals_sql as sql
from sertantai.audit.vouched import cuts, hashes
from sertantai.audit.vouched.balances import balances_told, lists_differing
from sertantai.audit.vouched.hashes import Acts, Pause, differing_hashes
from sertantai.audit.vouched.told import told_of
from sertantai.postgres import Connection
from sertantai.sealing.files import TrailFiles
from sertantai.sealing.keys import RowMacs


class Unvouched(msgspec.Struct, frozen=True):
    """``said``: a sentence. ``is_fault``: False for what was done before the log was told so much."""

    said: str
    is_fault: bool = True
    owner: UUID | None = None


async def check_kept(
    connection: Connection,
    files: TrailFiles,
    journals: Collection[UUID | None],
    macs: RowMacs | None,
    pause: Pause | None,
    has_ended_log: bool,
) -> list[Unvouched]:
    """Of the whole trail. ``macs``: see `told_of`; ``pause``: awaited after each row; ``has_ended_log``: see
    `CutsTold`."""
    kinds = {*hashes.TELLING, *cuts.TELLING}
    telling = await told_of(connection, files, journals, kinds, macs)
    differing, unshown = await differing_hashes(connection, await asyncio.to_thread(Acts, telling), pause)
    found = [Unvouched(said) for said in differing] + [Unvouched(said, False) for said in unshown]
    told = await asyncio.to_thread(partial(cuts.CutsTold, telling, has_ended_log=has_ended_log))
    stored = await cuts.all_kept(connection)
    known = [*told.cuts, *told.rights]
    there = {row["id"] for row in await connection.fetch(sql.STILL_THERE, known)}
    of_cuts = await asyncio.to_thread(cuts.differing_cuts, stored, told, files, there)
    is_wrong = any(one.is_fault and one.owner is not None for one in of_cuts)
    balances = await asyncio.to_thread(balances_told, telling.notices) if is_wrong else {}
    for one in of_cuts:
        of = balances.get(one.owner, {}) if one.owner is not None and one.is_fault else {}
        lists = "" if one.owner is None else await lists_differing(connection, one.owner, of)
        found.append(Unvouched(one.said + lists, one.is_fault, one.owner))
    return found
