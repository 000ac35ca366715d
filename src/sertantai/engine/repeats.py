"""Requests that are sent again under the same key (`Idempotency-Key`): done once, whatever came in between.

The web's own memory of answers ends with the process, and an owner's memory of changes holds the last few. So
this keeps the ids of all operations that were done under a key, as far back as the journal reaches, and asks
the audit what became of one. A tick needs no key: it is a wish, and the same when it is made twice.
"""

import asyncio
from collections import OrderedDict
from itertools import chain, repeat
from typing import NamedTuple

import msgspec

from sertantai.core.effects import EffectOf
from sertantai.core.errors import Conflict, Unavailable
from sertantai.core.fold import Change
from sertantai.core.ids import GroupId, OperationId, OwnerId, Position, UserId
from sertantai.core.operations import SINGLE, Operation, decode, undone_by
from sertantai.engine.engine import Engine
from sertantai.engine.hot_tier import require_same_actor
from sertantai.process.background import BackgroundService
from sertantai.process.logs import logger

log = logger(__name__)

REMEMBERED_MAX = 100_000
READ_ENTRIES = 2_000
READ_WAIT_S = 3.0
RETRY_S = (0.1, 1.0, 10.0)
YIELD_OPERATIONS = 256
KEYED_VERSION = 5
"""Ids made from a key are UUIDs of version 5, all others of version 7."""


class Done(msgspec.Struct, frozen=True):
    """What an operation did when it was asked for the first time."""

    group: GroupId
    changed: int
    undoes: OperationId | None = None


class _Asked(NamedTuple):
    """Where an operation stands in the journal, and what the audit cannot tell where it changed nothing."""

    position: Position
    owner: OwnerId
    actor: UserId
    group: GroupId
    undoes: OperationId | None


class AskedBefore:
    """What was done under a key, as far as is known. The engine tells it of each change, from its start."""

    def __init__(self) -> None:
        self._asked: OrderedDict[OperationId, _Asked] = OrderedDict()

    def get(self, id: OperationId) -> _Asked | None:
        return self._asked.get(id)

    def note(self, position: Position, operation: Operation) -> None:
        if type(operation) in SINGLE or operation.id.version != KEYED_VERSION:
            return
        actor, undoes = operation.origin.actor, undone_by(operation)
        asked = _Asked(position, operation.owner, actor, operation.group, undoes)
        self._asked.setdefault(operation.id, asked)
        if len(self._asked) > REMEMBERED_MAX:
            self._asked.popitem(last=False)


class Repeats(BackgroundService):
    """Background service: reads the journal once, for what was done before the engine began to tell."""

    task_name = "repeats"

    def __init__(self, engine: Engine, asked: AskedBefore, effect_of: EffectOf) -> None:
        self._engine = engine
        self._asked = asked
        self._effect_of = effect_of
        self._is_read = asyncio.Event()

    async def done(self, owner: OwnerId, actor: UserId, id: OperationId | None) -> Done | None:
        """What the operation with this id has done already; None when it is new.

        Raises `Unavailable` when it is not new and what it did cannot be told now, `Conflict` when it was
        somebody else's, or done in somebody else's lists.
        """
        if id is None or id.version != KEYED_VERSION:
            return None
        await self._read_through()
        asked = self._asked.get(id)
        if asked is None:
            return None
        require_same_actor(asked.actor, actor)
        if asked.owner != owner:
            raise Conflict("This was done before in other lists, under the same id; nothing was changed.")
        change = (await self._engine.hot_owner(owner)).find(id, asked.group)
        if change is not None:
            return _of_change(change)
        effect = (await self._effect_of(owner, id, asked.position)).answer
        if effect is None:
            return Done(asked.group, 0, asked.undoes)
        return Done(effect.group, effect.changed, effect.undoes)

    async def _read_through(self) -> None:
        """Nobody takes what is not known yet for something that was not done."""
        try:
            async with asyncio.timeout(READ_WAIT_S):
                await self._is_read.wait()
        except TimeoutError:
            raise Unavailable(
                "We cannot tell yet whether this was already done. Nothing was changed.", retry_after_s=2
            ) from None

    async def _run(self) -> None:
        pauses_s = chain(RETRY_S, repeat(RETRY_S[-1]))
        while not self._is_read.is_set():
            try:
                await self._read()
                self._is_read.set()
            except Exception:
                log.exception("the journal could not be read for requests that may be repeated; again soon")
                await asyncio.sleep(next(pauses_s))

    async def _read(self) -> None:
        journal = self._engine.journal
        after, last = Position(journal.first - 1), journal.last
        while after < last and (entries := await journal.read(after, READ_ENTRIES)):
            for number, entry in enumerate(entries, 1):
                self._asked.note(entry.position, decode(entry.body))
                if number % YIELD_OPERATIONS == 0:
                    await asyncio.sleep(0)
            after = entries[-1].position


def _of_change(change: Change) -> Done:
    return Done(change.operation.group, change.changed, undone_by(change.operation))
