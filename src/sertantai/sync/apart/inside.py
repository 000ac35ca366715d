"""The synchroniser inside its own process, asked and told by the server.

The server alone writes the journal, and the claim to it: both are asked for over the pipe.
"""

import asyncio
from collections.abc import Awaitable, Callable, Iterable, Sequence
from typing import Any, cast

from msgspec.structs import replace

from sertantai.core.clock import Clock
from sertantai.core.ids import JournalId, OwnerId, Position
from sertantai.journal.protocol import Entry, Journal
from sertantai.sealing.blinds import Blind
from sertantai.sync.apart.pipe import Pipe
from sertantai.sync.apart.supervised import Ends, Orders
from sertantai.sync.claims import Claim
from sertantai.sync.status import Standing
from sertantai.sync.store import Rejection, SelectionStore, Watermark
from sertantai.sync.synchroniser import Synchroniser


class JournalThere:
    """As much of a `Journal` as the synchroniser asks for. It ends where the server last said that it does,
    so nothing is read that is not acknowledged."""

    def __init__(self, pipe: Pipe, id: JournalId, ends: Ends) -> None:
        self._pipe = pipe
        self._loop = asyncio.get_running_loop()
        self.id = id
        self.first, self.last = ends

    async def read(self, after: Position, entries_max: int) -> Any:
        return (
            await self._pipe.ask("read", after, entries_max, answer=list[Entry]) if after < self.last else []
        )

    async def compare(self, watermark: Position, highest: Position) -> None:
        await self._pipe.ask("compare", watermark, highest)

    async def advance(self, past: Position) -> None:
        if past > self.last:
            self.first, self.last = await self._pipe.ask("advance", past, answer=Ends)

    def overtaken(self, after: Position, last: Position) -> None:
        """Called in a thread."""
        asyncio.run_coroutine_threadsafe(self._pipe.ask("overtaken", after, last), self._loop).result()


Made = Callable[["Inside", Orders], Awaitable[tuple[SelectionStore, Clock]]]
"""What the synchroniser writes to, as ordered. Its store asks `Inside.take` for the claim, and has
`Inside.tell` say how it is before it sets something aside."""


class Inside:
    def __init__(
        self, pipe: Pipe, made: Made, synchroniser: Callable[..., Synchroniser] = Synchroniser
    ) -> None:
        self.pipe = pipe
        self._made, self._synchroniser = made, synchroniser
        self.forget: Callable[[list[Blind]], object] = _nothing
        """Keys of what is hidden, as far as they are in memory here."""

    async def heard_begin(self, orders: Orders) -> Watermark | None:
        _, _, bounds, journal, ends, watermark, left = orders
        store, clock = await self._made(self, orders)
        self.journal = JournalThere(self.pipe, journal, ends)
        told = self._synced, self._rejected, self._is_in_doubt, self._count
        sync = self._synchroniser(cast(Journal, self.journal), store, clock, bounds, *told)
        self._sync, self.heard_reached, self.heard_confirmed = sync, sync.reached, sync.confirmed
        self.heard_find, self.heard_lost = sync.find_watermark, sync.has_lost
        try:
            return await sync.begin(watermark, left)
        finally:
            self.tell()

    async def take(self) -> tuple[Watermark, Claim]:
        """With the server's claim, which the server alone takes."""
        taken = await self.pipe.ask("take", answer=tuple[Watermark, Claim, Ends])
        watermark, claim, ends = cast(tuple[Watermark, Claim, Ends], taken)
        self.journal.first, self.journal.last = ends
        return watermark, claim

    def heard_ends(self, first: Position, last: Position) -> None:
        self.journal.first, self.journal.last = first, last
        self._sync.notify()

    async def heard_alive(self) -> None:
        """That is heard, and answered: it does not hang."""

    async def heard_forget(self, gone: list[Blind]) -> None:
        self.forget(gone)

    def tell(self) -> None:
        self.pipe.tell("standing", self._standing())

    def _standing(self) -> Standing:
        sync, status = self._sync, self._sync.status()
        known = sync.position, sync.started_at, sync.moved, sync.contacted, sync.oldest
        rejecting = None if sync.rejecting is None else without_body(sync.rejecting)
        return Standing(*known, status.failing_since, sync.last_error, sync.fatal, rejecting)

    def _rejected(self, rejection: Rejection) -> None:
        self.pipe.tell("rejected", without_body(rejection))

    def _synced(self, position: Position, owners: Iterable[OwnerId] | None) -> None:
        self.pipe.tell("synced", self._standing(), position, None if owners is None else list(owners))

    async def _is_in_doubt(self, owner: OwnerId) -> bool:
        """The server has heard by then what was set aside, and says where its journal ends since."""
        doubted, *ends = await self.pipe.ask("doubted", owner, answer=tuple[bool, Position, Position])
        self.journal.first, self.journal.last = cast(Sequence[Position], ends)
        return cast(bool, doubted)

    def _count(self, what: str, amount: float = 1, code: str = "") -> None:
        """How it stands changes with what is counted."""
        self.tell()
        self.pipe.tell("counted", what, amount, code)


def _nothing(_gone: list[Blind]) -> None:
    """There are none."""


def without_body(rejection: Rejection) -> Rejection:
    """As the server is told: the operation itself stands in the database, and may be large."""
    return replace(rejection, body=b"")
