"""Bugs of the kind that loses or doubles what people did, to see that the simulation finds each."""

import asyncio
import contextlib
import random
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, cast
from unittest import mock

import msgspec

from sertantai.core.errors import SertantaiError
from sertantai.core.fold import Change
from sertantai.core.ids import GroupId, Position
from sertantai.core.operations import decode
from sertantai.core.told import Told
from sertantai.engine.committing import GroupCommit
from sertantai.engine.engine import Engine
from sertantai.engine.owners_life import OwnersLife
from sertantai.engine.recent import Recent
from sertantai.sync.synchroniser import Synchroniser
from tests.simulation import database
from tests.simulation.disk import Disk
from tests.simulation.effects import SimulatedEffects
from tests.simulation.planted_rights import OF_RIGHTS

Planting = Callable[[], Any]


def acknowledge_before_fsync() -> Any:
    """What is written counts as durable; the sync comes later, or never."""

    def sync(disk: Disk) -> None:
        waiting = list(disk.written)

        def later() -> None:
            if disk.written == waiting:
                original(disk)

        asyncio.get_running_loop().call_later(0.01, later)

    original = Disk.sync
    return mock.patch.object(Disk, "sync", sync)


def watermark_outside_the_transaction() -> Any:
    """Rows and audit first, the watermark in a transaction of its own."""

    async def write(store: database.SimulatedStore, batch: Any) -> None:
        stay = type(batch)(
            batch.journal, batch.after, batch.parts, batch.after, batch.operations, batch.rows,
            batch.save_group, batch.remove_group,
        )  # fmt: skip
        await store._write(lambda tables: database.write_batch(tables, stay))
        if batch.upto == batch.after:
            return
        moved = type(batch)(batch.journal, batch.after, batch.parts + 1, batch.upto, [], [])
        await store._write(lambda tables: database.write_batch(tables, moved))

    return mock.patch.object(database.SimulatedStore, "apply", write)


def trim_before_commit() -> Any:
    """The journal forgets what was read from it, before the database has committed it."""

    async def apply(sync: Synchroniser, batch: Any) -> None:
        await sync._journal.trim(batch.upto, {})
        await original(sync, batch)

    original = Synchroniser._apply
    return mock.patch.object(Synchroniser, "_apply", apply)


def evict_unsynced() -> Any:
    """Whoever has nothing in flight may leave, and nobody remembers that PostgreSQL lacks something."""

    def may_leave(life: OwnersLife, _watermark: Position) -> bool:
        if life.in_flight or life.awaited:
            return False
        life.synced(life.unsynced)
        return True

    return mock.patch.object(OwnersLife, "may_leave", may_leave)


def apply_before_durable() -> Any:
    """Memory shows a change while it is still on its way to the disk."""

    async def append(commits: Any, group: list[Any]) -> Position:
        first = commits._journal.last + 1
        for number, waiting in enumerate(group):
            with contextlib.suppress(SertantaiError):  # the real fold comes later and tells
                commits._apply(Position(first + number), waiting.operation, waiting.body, waiting.hot, None)
        return cast("Position", await original(commits, group))

    original: Any = GroupCommit._append
    return mock.patch.object(GroupCommit, "_append", append)


def undo_before_it_is_synchronised() -> Any:
    """The audit is asked about an operation that it does not have yet."""

    async def told(_engine: Engine, _position: Position, _timeout_s: float, ask: Any) -> Any:
        return await ask()

    return mock.patch.object(Engine, "told", told)


def trust_a_remembered_watermark() -> Any:
    """What a stand-by that took over lacks is taken for something that never was."""

    async def told(engine: Engine, position: Position, timeout_s: float, ask: Any) -> Any:
        await engine.reached(position, timeout_s)
        return await ask()

    return mock.patch.object(Engine, "told", told)


def undo_a_colleagues() -> Any:
    """The newest change of a list is taken for the newest of whoever asks."""
    return mock.patch("sertantai.lists.undo._counts", lambda change, group, _actor: _is_of(change, group))


def _is_of(change: Change, group: GroupId) -> bool:
    return change.group is not None and change.group.id == group and change.changed > 0


def undo_a_part() -> Any:
    """Of an operation that took several transactions, the first alone is undone."""

    async def effect_of(store: SimulatedEffects, journal: Any, owner: Any, operation: Any) -> Any:
        told = await original(store, journal, owner, operation)
        effect = told.answer
        if effect is None or len(effect.removed) < 2:
            return told
        first = dict(list(effect.removed.items())[:1])
        return Told(told.upto, msgspec.structs.replace(effect, removed=first))

    original = SimulatedEffects.effect_of
    return mock.patch.object(SimulatedEffects, "effect_of", effect_of)


def keep_checkpoints_behind_a_rotten_entry() -> Any:
    """An older state and what the journal still holds after it are taken for the whole story. The byte turns
    where that shows: behind somebody's checkpoint."""

    def rot(disk: Disk, upto: Position, rng: random.Random) -> None:
        held, parts, entries = disk.durable.checkpoints, disk.durable.parts, disk.durable.entries
        behind = [
            position
            for position, body in entries.items()
            if position <= upto and (kept := held.get(decode(body).owner)) and kept.position < position
        ]
        if behind:
            bad = rng.choice(behind)
            del entries[bad]
            disk.durable.checkpoints = {owner: kept for owner, kept in held.items() if kept.position < bad}
            disk.durable.parts = parts

    return mock.patch.object(Disk, "rot", rot)


def a_journal_that_is_never_full() -> Any:
    """While PostgreSQL is away the journal takes whatever comes."""

    def check_room(_engine: Engine) -> None:
        return

    return mock.patch.object(Engine, "_check_room", check_room)


def remember_every_change() -> Any:
    """An owner's memory for undo has no bound."""

    def add(recent: Recent, change: Change, body: bytes, _changes_max: int, _bytes_max: int) -> int:
        return original(recent, change, body, 1_000_000, 1_000_000_000)

    original = Recent.add
    return mock.patch.object(Recent, "add", add)


def pass_over_what_cannot_be_done() -> Any:
    """What was built on something that was set aside is nothing to PostgreSQL, and nobody hears of it."""
    return mock.patch("sertantai.sync.next_batch.is_whole", return_value=True)


def set_aside_whatever_cannot_be_done() -> Any:
    """Also of people of whom nothing was set aside, who were told at once that it could not be done."""
    return mock.patch("sertantai.sync.set_aside.SetAside.may_be_told_otherwise", return_value=True)


PLANTINGS: dict[str, Planting] = {
    "acknowledge before fsync": acknowledge_before_fsync,
    "watermark outside the transaction": watermark_outside_the_transaction,
    "trim before commit": trim_before_commit,
    "evict unsynced": evict_unsynced,
    "apply before durable": apply_before_durable,
    "undo before it is synchronised": undo_before_it_is_synchronised,
    "trust a remembered watermark": trust_a_remembered_watermark,
    "undo a part": undo_a_part,
    "undo a colleague's": undo_a_colleagues,
    "keep checkpoints behind a rotten entry": keep_checkpoints_behind_a_rotten_entry,
    "a journal that is never full": a_journal_that_is_never_full,
    "remember every change": remember_every_change,
    "pass over what cannot be done": pass_over_what_cannot_be_done,
    "set aside whatever cannot be done": set_aside_whatever_cannot_be_done,
    **OF_RIGHTS,
}


@contextmanager
def planted(name: str) -> Iterator[None]:
    with PLANTINGS[name]():
        yield
