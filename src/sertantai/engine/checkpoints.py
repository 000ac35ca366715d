"""Owners' states in the journal file, and the trimming of what both they and PostgreSQL hold."""

import asyncio
from collections.abc import Awaitable, Callable
from datetime import timedelta
from math import inf
from uuid import UUID

import msgspec

from sertantai.core.clock import Clock
from sertantai.core.errors import SertantaiError
from sertantai.core.ids import OwnerId, Position
from sertantai.core.operations import decode
from sertantai.core.stored_state import encode_state
from sertantai.engine.bounds import Bounds
from sertantai.engine.hot_tier import HotOwner, HotTier
from sertantai.engine.owners_life import Lives
from sertantai.engine.saved_parts import SavedParts
from sertantai.journal.protocol import Checkpoint, Journal
from sertantai.process.background import BackgroundService
from sertantai.process.logs import logger
from sertantai.process.metrics import CHECKPOINT_FAILURES

log = logger(__name__)

SAVED_TOGETHER = 100
"""Owners whose checkpoints are written in one go."""
LOOKED_AT_EVERY_S = 3_600.0
"""How often is looked for entries that are too old."""
READ_TOGETHER = 100
TOGETHER_BYTES = 4_000_000
"""Parts that are written in one go: changes wait for the disk meanwhile."""


class Checkpoints(BackgroundService):
    """A background service. ``confirmed`` asks how far both PostgreSQL and memory surely are."""

    task_name = "journal-trimmer"

    def __init__(
        self,
        journal: Journal,
        lives: Lives,
        hot: HotTier,
        bounds: Bounds,
        confirmed: Callable[[], Awaitable[Position]],
        clock: Clock,
    ) -> None:
        self._journal = journal
        self._lives = lives
        self._hot = hot
        self._bounds = bounds
        self._confirmed = confirmed
        self._clock = clock
        self._too_old = Position(0)
        self._looked_at = -inf
        self._crowded = asyncio.Event()
        self._turn = asyncio.Lock()

    async def stop(self) -> None:
        """Ends the service and saves everyone a last time."""
        await super().stop()
        try:
            await self.save_all()
        except SertantaiError as error:
            log.warning("the last checkpoint could not be written", reason=error.message)

    def make_room(self) -> None:
        """The hot tier is beyond its bound: soon let somebody be ready to leave."""
        self._crowded.set()

    async def _run(self) -> None:
        while True:
            try:
                async with asyncio.timeout(self._bounds.trim_interval_s):
                    await self._crowded.wait()
                await asyncio.sleep(self._bounds.trim_interval_s / 50)
            except TimeoutError:
                pass
            self._crowded.clear()
            try:
                await self.save_all()
            except SertantaiError as error:
                log.warning("the journal could not be trimmed", reason=error.message)
            except Exception:
                log.exception("the journal could not be trimmed")

    async def save_all(self) -> None:
        """Write checkpoints of changed owners, then forget entries that both PostgreSQL and they hold.

        An owner whose checkpoint cannot be written has none for the time being: it stops nothing else.
        """
        confirmed = await self._confirmed()
        for life in list(self._lives.unusable):
            await self._forget(life.owner)
        here = [self._hot.peek(life.owner) for life in self._lives.unsaved]
        unsaved = [hot for hot in here if hot is not None]
        left: set[OwnerId] = set()
        for start in range(0, len(unsaved), SAVED_TOGETHER):
            left |= await self._save_what_can_be(unsaved[start : start + SAVED_TOGETHER])
            await asyncio.sleep(0)
        await self._trim(confirmed, left)
        self._hot.shrink()

    async def _save_what_can_be(self, owners: list[HotOwner]) -> set[OwnerId]:
        try:
            return await self.save(owners)
        except SertantaiError as error:
            log.warning("checkpoints could not be written together", reason=error.message)
        left: set[OwnerId] = set()
        for hot in owners:
            try:
                left |= await self.save([hot])
            except SertantaiError as error:
                self._failed(hot, error.message)
                await self._forget(hot.owner)
        return left

    async def save(self, owners: list[HotOwner]) -> set[OwnerId]:
        """Write checkpoints of ``owners``; those who are to be read anew are left out, and returned.

        Raises `JournalUnavailable`.
        """
        # One at a time: an older state must not take the place of a newer one, behind which was trimmed.
        async with self._turn:
            return await self._save(owners)

    async def _save(self, owners: list[HotOwner]) -> set[OwnerId]:
        saved: list[tuple[HotOwner, Checkpoint]] = []
        for hot in owners:
            if not hot.dropped and hot.life.may_be_saved:
                self._hot.weigh(hot)
                try:
                    saved.append((hot, await self._checkpoint(hot)))
                except (TypeError, ValueError, OverflowError, msgspec.MsgspecError) as error:
                    # One owner must not keep everybody else's from the disk.
                    self._failed(hot, f"it could not be encoded: {error}")
                    await self._forget(hot.owner)
        saved = [one for one in saved if not one[0].dropped and one[0].life.may_be_saved]
        await self._journal.trim(Position(0), {hot.owner: checkpoint for hot, checkpoint in saved})
        for hot, checkpoint in saved:
            hot.life.saved(hot, checkpoint.position)
        return {hot.owner for hot in owners} - {hot.owner for hot, _ in saved}

    async def _checkpoint(self, hot: HotOwner) -> Checkpoint:
        state, position = hot.state, hot.last
        if hot.weight <= self._bounds.checkpoint_whole_bytes_max:
            hot.life.parts = None
            return Checkpoint(position, encode_state(state))
        made_of, hot.life.parts = SavedParts(hot.life.parts), None
        new: dict[bytes, bytes] = {}
        size = 0
        for part in made_of.parts_of(state):
            if part is not None:
                new[part[0]] = part[1]
                size += len(part[1])
            if size >= TOGETHER_BYTES:
                await self._journal.keep_parts({hot.owner: new})
                new, size = {}, 0
            await asyncio.sleep(0)  # a large list takes its time to be encoded
        if new:
            await self._journal.keep_parts({hot.owner: new})
        if not hot.dropped:  # else the file may have lost them meanwhile
            hot.life.parts = made_of
        return Checkpoint(position, made_of.head(state), made_of.names)

    def _failed(self, hot: HotOwner, reason: str) -> None:
        """It is not tried again before the owner changes something; and it does not keep the owner here."""
        CHECKPOINT_FAILURES.inc()
        log.error("a checkpoint could not be written", owner=str(hot.owner), reason=reason)
        self._lives.of(hot.owner).not_saved()

    async def _trim(self, confirmed: Position, left: set[OwnerId]) -> None:
        keep = self._bounds.journal_keep_operations
        if self._journal.size_bytes > self._bounds.journal_bytes_max // 10:
            keep = 0
        upto = max(Position(confirmed - keep), min(confirmed, await self._too_old_upto()))
        await self._trim_to(upto, left)

    async def forget_operations_of(self, person: UUID) -> None:
        """Trim the journal past the last operation that they did, or that is of theirs. What is not both in
        PostgreSQL and in memory stays; what goes is nowhere in its files any more. Raises
        `JournalUnavailable`, `DatabaseUnavailable`."""
        confirmed = await self._confirmed()
        after, last = Position(self._journal.first - 1), Position(0)
        while entries := await self._journal.read(after, READ_TOGETHER):
            for entry in entries:
                operation = decode(entry.body)
                if person in (operation.owner, operation.origin.actor):
                    last = entry.position
            after = entries[-1].position
            await asyncio.sleep(0)
        unsaved = [hot for life in self._lives.unsaved if (hot := self._hot.peek(life.owner)) is not None]
        left = await self._save_what_can_be(unsaved)
        await self._trim_to(min(last, confirmed), left)
        await self._journal.wipe()

    async def _trim_to(self, upto: Position, left: set[OwnerId]) -> None:
        if upto < self._journal.first:
            return
        # A checkpoint holds everything before the journal's first entry, or is not there: neither one that an
        # earlier run left behind, nor one of an owner whose newer state was not saved.
        for owner in left.union(await self._outdated(upto)):
            await self._forget(owner)
        for life in list(self._lives.left):
            life.trimmed(upto)
        await self._journal.trim(upto, {})

    async def _too_old_upto(self) -> Position:
        """Up to where entries are older than any may be: they say from where things were done. Looked at now
        and then, from where it ended before."""
        now = self._clock.monotonic()
        if self._bounds.journal_keep_s == inf or now - self._looked_at < LOOKED_AT_EVERY_S:
            return self._too_old
        self._looked_at = now
        oldest = self._clock.now() - timedelta(seconds=self._bounds.journal_keep_s)
        after = max(self._too_old, Position(self._journal.first - 1))
        while entries := await self._journal.read(after, READ_TOGETHER):
            for entry in entries:
                if decode(entry.body).at >= oldest:
                    return self._too_old
                after = self._too_old = entry.position
            await asyncio.sleep(0)
        return self._too_old

    async def _outdated(self, upto: Position) -> list[OwnerId]:
        """Owners whose checkpoint may lack an operation up to ``upto``, where the journal is trimmed next."""
        left = {life.owner: life.left for life in self._lives.left}
        held = await self._journal.checkpoint_positions(list(left))
        return [owner for owner, position in held.items() if position < min(left[owner], upto)]

    async def _forget(self, owner: OwnerId) -> None:
        self._lives.of(owner).parts = None
        await self._journal.forget(owner)
        self._lives.of(owner).taken_out()
