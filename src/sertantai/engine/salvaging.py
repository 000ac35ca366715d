"""Operations that a journal lost and that could be read elsewhere are done again, each once.

They are done by the engine like any other, in their order, at the end of the journal of now: with new
versions of their lists, and with rows in the audit whose source is ``salvage``. What was done to a list since
stands: an older operation on it is left out, unless it is wanted all the same.
"""

import sys
from collections.abc import Sequence
from datetime import datetime
from typing import Final

import msgspec

from sertantai.core.effects import EffectOf
from sertantai.core.errors import Conflict, InvalidInput, NotFound, TooLarge
from sertantai.core.ids import GroupId, JournalId, OperationId, OwnerId, Position
from sertantai.core.operations import Operation, action_of, decode
from sertantai.engine import salvaging_sql as sql
from sertantai.engine.engine import Engine
from sertantai.engine.errors import SalvageRefused
from sertantai.journal.damage import Range
from sertantai.journal.protocol import Entry, JournalFiles
from sertantai.postgres import Database, Role
from sertantai.sync.presence_sql import IS_RUNNING

SOURCE: Final = "salvage"
READ_ENTRIES: Final = 2_000


class LeftOut(msgspec.Struct, frozen=True):
    """An operation that was not done again, and why."""

    position: Position
    action: str
    reason: str


class BroughtBack(msgspec.Struct):
    """``known`` had been done already, by an earlier salvage too."""

    done: list[Position] = []
    known: list[Position] = []
    left_out: list[LeftOut] = []


async def bring_back(
    engine: Engine,
    database: Database,
    effect_of: EffectOf,
    entries: Sequence[Entry],
    *,
    over_newer: bool = False,
) -> BroughtBack:
    """Do again what is in ``entries`` and nowhere else. Raises `Unavailable`; then it can be asked again."""
    came = BroughtBack()
    wanted = [(entry.position, decode(entry.body)) for entry in entries]
    people = await _people(database, {operation.owner for _, operation in wanted})
    known = await _known(engine, effect_of, wanted)
    changed: dict[tuple[OwnerId, GroupId], datetime | None] = {}
    for position, operation in wanted:
        if operation.id in known:
            came.known.append(position)
            continue
        if operation.owner not in people:
            came.left_out.append(_left_out(position, operation, "its account no longer exists"))
            continue
        since = await _changed_at(engine, operation, changed)
        if not over_newer and since is not None and since > operation.at:
            came.left_out.append(_left_out(position, operation, "its list was changed since"))
            continue
        await _do_again(engine, position, operation, came)
    await engine.flush()
    return came


async def lost_of(
    id: JournalId | None, now: JournalId, files: JournalFiles, database: Database
) -> list[Range]:
    """Which positions of the journal ``id`` were lost, as far as that is known for sure.

    Of the journal of ``now``, what it was found to lack. Of one before it, all that PostgreSQL does not have.
    ``files`` are those of the journal of now. Raises `SalvageRefused` for a journal of another place.
    """
    if id is None:
        raise SalvageRefused("This file does not say which journal it is; nothing was done.")
    if id == now:
        return files.lost()
    async with database.transaction(Role.SYNC, readonly=True) as connection:
        if await connection.fetchval(IS_RUNNING, id):
            raise SalvageRefused("A server that writes this journal runs. Stop it first; nothing was done.")
        watermark = await connection.fetchval(sql.WATERMARK, id)
    if watermark is None and id not in files.known():
        raise SalvageRefused(
            "This journal belongs to another data directory: neither PostgreSQL nor this directory "
            "knows it. Nothing was done."
        )
    return [((watermark or 0) + 1, sys.maxsize)]


async def _do_again(engine: Engine, position: Position, operation: Operation, came: BroughtBack) -> None:
    origin = msgspec.structs.replace(operation.origin, source=SOURCE)
    again = msgspec.structs.replace(operation, at=engine.clock.now(), origin=origin)
    try:
        await engine.perform(again)
    except (NotFound, Conflict, InvalidInput, TooLarge) as error:
        came.left_out.append(_left_out(position, operation, error.message))
    else:
        came.done.append(position)


def _left_out(position: Position, operation: Operation, reason: str) -> LeftOut:
    return LeftOut(position, action_of(operation), reason)


async def _people(database: Database, owners: set[OwnerId]) -> set[OwnerId]:
    async with database.transaction(Role.SYNC, readonly=True) as connection:
        rows = await connection.fetch(sql.PEOPLE, list(owners))
    return {OwnerId(row["id"]) for row in rows}


async def _known(
    engine: Engine, effect_of: EffectOf, wanted: Sequence[tuple[Position, Operation]]
) -> set[OperationId]:
    """The ids of those that were done already: what a salvage that was cut off has done is in the journal or,
    if it changed something, in the audit. At its own place, where PostgreSQL lacks it, one says nothing."""
    found: set[OperationId] = set()
    lacking = {(position, operation.id) for position, operation in wanted}
    after = Position(engine.journal.first - 1)
    while entries := await engine.journal.read(after, READ_ENTRIES):
        held = {(entry.position, decode(entry.body).id) for entry in entries}
        found.update(id for _, id in held - lacking)
        after = entries[-1].position
    await engine.flush()
    for _, operation in wanted:
        told = await effect_of(operation.owner, operation.id, engine.journal.last)
        if told.answer is not None:
            found.add(operation.id)
    return found


async def _changed_at(
    engine: Engine, operation: Operation, known: dict[tuple[OwnerId, GroupId], datetime | None]
) -> datetime | None:
    """When the list was changed last, before anything was brought back to it."""
    place = operation.owner, operation.group
    if place not in known:
        group = (await engine.state(operation.owner)).groups.get(operation.group)
        known[place] = group.updated_at if group is not None and group.version else None
    return known[place]
