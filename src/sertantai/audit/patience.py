"""How whoever asks PostgreSQL waits until it has what they were told is done."""

from collections.abc import Awaitable, Callable
from contextlib import suppress
from typing import TypeVar

import msgspec

from sertantai.core.errors import Unavailable
from sertantai.core.ids import JournalId, OwnerId, Position
from sertantai.core.told import Told
from sertantai.engine.engine import Engine

SYNC_WAIT_S = 4.0
SETTLE_S = 2.0
"""What is left of the time for an answer is needed to read a long history."""

_T = TypeVar("_T")
Question = Callable[[JournalId], Awaitable[Told[_T]]]
"""Asks PostgreSQL; told which journal's watermark the answer is true for."""


class Patience:
    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    async def until(self, owner: OwnerId, position: Position, ask: Question[_T]) -> Told[_T]:
        """The answer once it is true for ``position`` of the owner's journal; else raises `Unavailable`."""
        journal = self._journal_of(owner)
        return await self._engine.told(position, self._most_s(SYNC_WAIT_S), lambda: ask(journal))

    async def soon(self, owner: OwnerId, ask: Question[_T]) -> Told[_T]:
        """The answer once it is true for all that was done in the owner's lists, or after a while as it then
        is: `Told.settled` says which."""
        wanted = (await self._engine.hot_owner(owner)).last
        with suppress(Unavailable):
            await self._engine.reached(wanted, self._most_s(SETTLE_S))
        return msgspec.structs.replace(await self.now(owner, ask), wanted=wanted)

    async def now(self, owner: OwnerId, ask: Question[_T]) -> Told[_T]:
        """The answer as it is."""
        return await ask(self._journal_of(owner))

    def _journal_of(self, _owner: OwnerId) -> JournalId:
        """The one that keeps an owner's lists; positions are compared inside it only."""
        return self._engine.journal.id

    def _most_s(self, seconds: float) -> float:
        """Nobody is kept waiting for a PostgreSQL that is known to be away."""
        return seconds if self._engine.status().sync.failing_since is None else 0.0
