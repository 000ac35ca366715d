"""From disk to memory: cold loads of one owner, and the recovery of everyone with unsynchronised changes."""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator, Iterable

from sertantai.core.errors import DatabaseUnavailable, NotFound
from sertantai.core.ids import OwnerId, Position
from sertantai.core.operations import Operation, decode
from sertantai.core.replay import replay
from sertantai.core.state import OwnerState
from sertantai.core.stored_state import decode_state
from sertantai.engine.backlog import Backlog
from sertantai.engine.errors import KeptElsewhere
from sertantai.engine.hot_tier import HotOwner
from sertantai.journal.protocol import Journal
from sertantai.process.logs import logger
from sertantai.sync.store import SelectionStore, Watermark
from sertantai.sync.watermarks import check_gap

log = logger(__name__)


_Positioned = tuple[Position, Operation]

READ_ENTRIES = 5_000
TRIES_MAX = 5
"""Times a load begins anew because the journal was trimmed under it."""
YIELD_OPERATIONS = 256
"""After so many operations the event loop is let go, while others are served."""
RECOVERED_TOGETHER = 5_000
"""The same at a start, when nobody is."""


class Loader:
    """Reads an owner's rows and the watermark in one snapshot, then folds what the journal holds after it.

    When the database cannot be asked, the journal file's own checkpoints serve instead.
    """

    def __init__(self, journal: Journal, store: SelectionStore) -> None:
        self._journal = journal
        self._store = store
        self.unsynced: dict[OwnerId, Position] = {}
        """The last position of each owner whose operations, left in the journal by an earlier run, PostgreSQL
        may not have. Whoever changes something now is in memory until PostgreSQL has it."""
        self.touched: dict[OwnerId, Position] = {}
        """The last position of each owner whose operations an earlier run left in the journal: a checkpoint
        that is older is not the whole story."""
        self.stale: set[OwnerId] = set()
        """Owners whose checkpoint must not be used: it holds what PostgreSQL refused."""
        self.tainted: set[OwnerId] = set()
        """Owners of whom memory shows what PostgreSQL refused, or may have lost, until they are read anew."""
        self.from_checkpoint: set[OwnerId] = set()
        """Owners read from a checkpoint, to be read anew once the database can be asked."""
        self.synced = Position(0)
        """The highest watermark seen; a database that now says less has lost its newest transactions."""

    async def load(self, owner: OwnerId) -> HotOwner:
        """The owner as of now; never an empty list instead.

        Raises `NotFound`, `KeptElsewhere` or `DatabaseUnavailable`.
        """
        for _ in range(TRIES_MAX):
            loaded, after = await self._start_of(owner)
            hot = HotOwner(loaded, after, self._journal.last)
            if self._newest(owner) > after:
                waiting, synced, sizes = 0, self.synced, dict[Position, int]()
                async for chunk in self._chunks(after, YIELD_OPERATIONS, sizes):
                    entries = [entry for entry in chunk if entry[1].owner == owner]
                    replay_into(hot, entries)
                    waiting += _bytes_beyond(synced, entries, sizes)
                hot.backlog = Backlog(waiting)
                if self._journal.first > after + 1:
                    continue  # it was trimmed meanwhile: what it no longer says is in the database now
            return hot
        raise DatabaseUnavailable(
            "These lists cannot be read completely at the moment. Try again.", retry_after_s=2
        )

    def _newest(self, owner: OwnerId) -> int:
        newest = max(self.unsynced.get(owner, 0), self.touched.get(owner, 0))
        return newest if owner in self.from_checkpoint else max(newest, self.synced)

    async def _start_of(self, owner: OwnerId) -> tuple[OwnerState, Position]:
        first = self._journal.first
        try:
            snapshot = await self._store.load([owner], self._journal.id)
        except DatabaseUnavailable:
            return await self._from_checkpoint(owner)
        check_gap(snapshot.watermark, first)
        if owner in snapshot.elsewhere:
            raise KeptElsewhere
        if owner not in snapshot.states:
            raise NotFound("This account no longer exists.")
        self.from_checkpoint.discard(owner)
        return snapshot.states[owner], snapshot.watermark.position

    async def _from_checkpoint(self, owner: OwnerId) -> tuple[OwnerState, Position]:
        checkpoint = None if owner in self.stale else await self._checkpoint(owner)
        if checkpoint is None:
            raise DatabaseUnavailable(
                "These lists are not available while the database is down. They are safe. Try again.",
                retry_after_s=2,
            )
        self.from_checkpoint.add(owner)
        state, position = checkpoint
        # Every checkpoint holds everything before the journal's first entry: see `Checkpoints._trim`.
        return state, max(position, Position(self._journal.first - 1))

    async def _checkpoint(self, owner: OwnerId) -> tuple[OwnerState, Position] | None:
        for _ in range(TRIES_MAX):
            checkpoint = await self._journal.checkpoint(owner)
            if checkpoint is None:
                return None
            parts = await self._journal.checkpoint_parts(owner) if checkpoint.parts else {}
            try:
                return decode_state(checkpoint.state, parts), checkpoint.position
            except KeyError:  # a newer one took its place between the two reads
                continue
        return None

    async def recover(self, watermark: Watermark | None) -> dict[OwnerId, HotOwner]:
        """Everyone with operations after the watermark, folded up to the journal's end.

        Without a watermark (the database is away) everyone whose operations the journal holds. Owners that
        then have no checkpoint are left out; `load` finds them once the database is back.
        """
        start = Position(self._journal.first - 1)
        self.unsynced.clear()
        waiting: Counter[int] = Counter()
        after = start if watermark is None else watermark.position
        hot: dict[OwnerId, HotOwner] = {}
        missing: set[OwnerId] = set()
        sizes: dict[Position, int] = {}
        async for chunk in self._chunks(start, RECOVERED_TOGETHER, sizes):
            by_owner = _by_owner(chunk)
            for owner, entries in by_owner.items():
                self.touched[owner] = entries[-1][0]
                if entries[-1][0] > after:
                    self.unsynced[owner] = entries[-1][0]
                    waiting[owner.int] += _bytes_beyond(after, entries, sizes)
            new = {owner for owner in by_owner if owner in self.unsynced} - hot.keys() - missing
            if await self._load_new(new, hot, missing) < after:
                # From a checkpoint, or from a standby that lacks the newest transactions: begin further back.
                return await self.recover(None)
            for owner, entries in by_owner.items():
                if owner in hot:
                    replay_into(hot[owner], entries)
        for owner, one in hot.items():
            one.backlog = Backlog(waiting[owner.int])
        return hot

    async def _load_new(
        self, owners: Iterable[OwnerId], hot: dict[OwnerId, HotOwner], missing: set[OwnerId]
    ) -> Position:
        """Put owners into ``hot``; returns from where on the journal must be folded into them."""
        wanted = list(owners)
        if not wanted:
            return self._journal.last
        try:
            snapshot = await self._store.load(wanted, self._journal.id)
        except DatabaseUnavailable:
            await self._load_checkpoints(wanted, hot, missing)
            return Position(self._journal.first - 1)
        check_gap(snapshot.watermark, self._journal.first)
        for owner in wanted:
            state = snapshot.states.get(owner)
            if state is None or owner in snapshot.elsewhere:
                missing.add(owner)
            else:
                hot[owner] = HotOwner(state, snapshot.watermark.position, self._journal.last)
        return snapshot.watermark.position

    async def _load_checkpoints(
        self, owners: list[OwnerId], hot: dict[OwnerId, HotOwner], missing: set[OwnerId]
    ) -> None:
        for owner in owners:
            try:
                state, after = await self._from_checkpoint(owner)
            except DatabaseUnavailable:
                missing.add(owner)
            else:
                hot[owner] = HotOwner(state, after, self._journal.last)

    async def outdated(self, upto: Position) -> list[OwnerId]:
        """Owners whose checkpoint may lack an operation up to ``upto``, where the journal is trimmed next."""
        touched = dict(self.touched)
        held = await self._journal.checkpoint_positions(list(touched))
        return [owner for owner, position in held.items() if position < min(touched[owner], upto)]

    async def _chunks(
        self, after: Position, operations: int, sizes: dict[Position, int]
    ) -> AsyncIterator[list[_Positioned]]:
        """The journal after a position, decoded, with pauses.

        ``sizes`` gets the bytes that each of the chunk at hand has in the journal, by its position.
        """
        while entries := await self._journal.read(after, READ_ENTRIES):
            for start in range(0, len(entries), operations):
                some = entries[start : start + operations]
                positions = [entry.position for entry in some]
                bodies = [entry.body for entry in some]
                sizes.clear()
                sizes.update(zip(positions, map(len, bodies), strict=True))
                yield list(zip(positions, map(decode, bodies), strict=True))
                await asyncio.sleep(0)
            after = entries[-1].position


def _bytes_beyond(synced: int, entries: list[_Positioned], sizes: dict[Position, int]) -> int:
    """What of one owner's entries waits for PostgreSQL; for all together in C where all of it does."""
    if entries and entries[0][0] > synced:
        return sum([sizes[position] for position, _ in entries])
    return sum(sizes[position] for position, _ in entries if position > synced)


def _by_owner(chunk: list[_Positioned]) -> dict[OwnerId, list[_Positioned]]:
    # By number: ids themselves are compared in Python, and a start reads a million operations.
    by_number: dict[int, list[_Positioned]] = {}
    for entry in chunk:
        by_number.setdefault(entry[1].owner.int, []).append(entry)
    return {entries[0][1].owner: entries for entries in by_number.values()}


def replay_into(hot: HotOwner, entries: list[_Positioned]) -> None:
    """Apply an owner's operations, those it does not hold yet, to what is in memory."""
    new = [entry for entry in entries if entry[0] > hot.last]
    if not new:
        return
    hot.state, unreadable = replay(hot.state, new)
    hot.last = new[-1][0]
    for position in unreadable:
        log.error("an operation in the journal cannot be applied", position=position)
