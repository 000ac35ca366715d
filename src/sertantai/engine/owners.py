"""Who is in memory: loads owners, reads them anew when memory may be wrong, and lets them go.

What is known of each is its `OwnersLife`; here is what follows from that.
"""

import asyncio
from collections.abc import Awaitable, Callable, Iterable

from sertantai.core.ids import OwnerId, Position
from sertantai.engine.hot_tier import HotOwner, HotTier
from sertantai.engine.loading import Loader, Recovered
from sertantai.engine.owners_life import Lives, OwnersLife, Trust
from sertantai.journal.protocol import Journal
from sertantai.sync.store import SelectionStore, Watermark

_DOUBTED = Trust.DOUBTED


class Owners:
    """``watermark`` tells what PostgreSQL has, as far as is known; ``before_reading`` is awaited before
    somebody is read, ``crowded`` is told when somebody must be made ready to leave, and ``read_anew`` of whom
    memory showed what may be wrong."""

    def __init__(
        self,
        journal: Journal,
        store: SelectionStore,
        bytes_max: int,
        lives: Lives,
        *,
        watermark: Callable[[], Position],
        before_reading: Callable[[], Awaitable[None]],
        crowded: Callable[[], None],
        read_anew: Callable[[OwnerId], None],
    ) -> None:
        self.lives = lives
        self.hot = HotTier(bytes_max, lambda hot: hot.life.may_leave(watermark()))
        self._loader = Loader(journal, store, self.lives)
        self._watermark = watermark
        self._before_reading = before_reading
        self._crowded = crowded
        self._read_anew = read_anew

    async def recover(self, watermark: Watermark | None) -> None:
        """At a start: everyone of whom PostgreSQL may lack something."""
        recovered: Recovered = await self._loader.recover(watermark)
        for owner, last in recovered.left.items():
            self.lives.of(owner).recovered(last, is_unsynced=owner in recovered.unsynced)
        for found in recovered.found.values():
            self.hot.put(found.hot)
            found.hot.life.arrived(found.hot, from_checkpoint=found.from_checkpoint)

    async def load(self, owner: OwnerId) -> HotOwner:
        """Load once, however many ask."""
        life = self.lives.of(owner)
        if life.loading is None:
            life.loading = asyncio.ensure_future(self._load(life))
            # Those who waited may have gone; its failure is then nobody's.
            life.loading.add_done_callback(lambda one: one.cancelled() or one.exception())
        loading: asyncio.Future[HotOwner] = life.loading
        life.awaited += 1
        try:
            return await asyncio.shield(loading)
        finally:
            life.awaited -= 1
            if life.trust is _DOUBTED:  # once whoever waited has done what they came for
                asyncio.get_running_loop().call_soon(self._read_anew_if_due, life)
            life.ended()

    async def _load(self, life: OwnersLife) -> HotOwner:
        try:
            await self._before_reading()
            life.reads()
            found = await self._loader.load(life)
            while life.must_be_read_again:
                life.reads()
                found = await self._loader.load(life)
            hot = found.hot
            self.hot.put(hot)
            life.arrived(hot, from_checkpoint=found.from_checkpoint)
            self.hot.shrink()
            if self.hot.crowded:
                self._crowded()
            return hot
        finally:
            life.loaded()

    def landed(self, hot: HotOwner) -> None:
        """An operation of this owner was folded or refused."""
        life = hot.life
        life.in_flight -= 1
        if life.trust is _DOUBTED:
            self._read_anew_if_due(life)
        elif hot.dropped:
            life.ended()

    def synced(self, watermark: Position, owners: Iterable[OwnerId] | None, *, moved: bool) -> None:
        """PostgreSQL has everything up to ``watermark``; of ``owners``, or, with None, of whoever that may
        concern: then it can be asked (again). ``moved``: some people may be another server's by now."""
        lives = self.lives
        if moved:
            lives.moved()
        if owners is None:
            lives.database_back()
        lives.synced(watermark, owners)
        for life in list(lives.doubted):
            self._read_anew_if_due(life)

    def refused(self, owner: OwnerId) -> None:
        """PostgreSQL set an operation of theirs aside: memory shows what will never be there."""
        life = self.lives.of(owner)
        life.refused()
        self._read_anew_if_due(life)

    def drop(self, owner: OwnerId) -> None:
        """Whatever is in memory of them is not shown any more."""
        self.hot.drop(owner)

    def _read_anew_if_due(self, life: OwnersLife) -> None:
        """Forget what memory shows of a doubted owner, once nothing of theirs is on its way any more."""
        if life.is_to_be_read_anew(self._watermark()):
            life.is_read_anew()
            self.hot.drop(life.owner)
            self._read_anew(life.owner)
