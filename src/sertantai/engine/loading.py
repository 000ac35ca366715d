"""From disk to memory: cold loads of one owner, and the recovery of everyone with unsynchronised changes."""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator, Mapping, Sequence
from typing import NamedTuple

from sertantai.core.errors import DatabaseUnavailable, NotFound
from sertantai.core.ids import OwnerId, Position
from sertantai.core.operations import Operation, decode
from sertantai.core.replay import replay
from sertantai.core.state import OwnerState
from sertantai.core.stored_state import decode_state
from sertantai.engine.backlog import Backlog
from sertantai.engine.errors import KeptElsewhere
from sertantai.engine.hot_tier import HotOwner
from sertantai.engine.owners_life import Lives, OwnersLife
from sertantai.journal.protocol import Journal
from sertantai.process.asked_together import AskedTogether
from sertantai.process.logs import logger
from sertantai.sync.store import SelectionStore, Snapshot, Watermark
from sertantai.sync.watermarks import load_lists

log = logger(__name__)


_Positioned = tuple[Position, Operation]

LOADED_TOGETHER = 16
"""Owners who come at the same moment are read in one snapshot, as after a restart; not so many that one who
has very much keeps many waiting."""
LOADS_UNDER_WAY = 2
"""As many as the database has places for this."""
READ_ENTRIES = 5_000
TRIES_MAX = 5
"""Times a load begins anew because the journal was trimmed under it."""
YIELD_OPERATIONS = 256
"""After so many operations the event loop is let go, while others are served."""
RECOVERED_TOGETHER = 5_000
"""The same at a start, when nobody is."""


class Found(NamedTuple):
    """An owner as they were read, and from where."""

    hot: HotOwner
    from_checkpoint: bool


class Recovered:
    """What an earlier run left in the journal, and whom: by the last position of each."""

    def __init__(self) -> None:
        self.found: dict[OwnerId, Found] = {}
        self.left: dict[OwnerId, Position] = {}
        self.unsynced: set[OwnerId] = set()
        """Those of whom PostgreSQL may not have everything."""
        self.missing: set[OwnerId] = set()
        """Those who have no checkpoint, or no account; `load` finds them once the database is back."""


class Loader:
    """Reads an owner's rows and the watermark in one snapshot, then folds what the journal holds after it.

    When the database cannot be asked, the journal file's own checkpoints serve instead. It reads only: what
    follows from what it found is for `OwnersLife`.
    """

    def __init__(self, journal: Journal, store: SelectionStore, lives: Lives) -> None:
        self._journal = journal
        self._store = store
        self._lives = lives
        self._together = AskedTogether(
            self._snapshot, keys_max=LOADED_TOGETHER, questions_max=LOADS_UNDER_WAY
        )

    async def _snapshot(self, owners: Sequence[OwnerId]) -> Mapping[OwnerId, Snapshot]:
        return dict.fromkeys(owners, await load_lists(self._journal, self._store, owners))

    async def load(self, life: OwnersLife) -> Found:
        """The owner as of now; never an empty list instead.

        Raises `NotFound`, `KeptElsewhere` or `DatabaseUnavailable`.
        """
        owner = life.owner
        for _ in range(TRIES_MAX):
            state, after, from_checkpoint = await self._start_of(life)
            hot = HotOwner(state, after, life)
            if self._newest(life, from_checkpoint) > after:
                waiting, synced, sizes = 0, self._lives.highest, dict[Position, int]()
                async for chunk in self._chunks(after, YIELD_OPERATIONS, sizes):
                    entries = [entry for entry in chunk if entry[1].owner == owner]
                    replay_into(hot, entries)
                    waiting += _bytes_beyond(synced, entries, sizes)
                hot.backlog = Backlog(waiting)
                if self._journal.first > after + 1:
                    continue  # it was trimmed meanwhile: what it no longer says is in the database now
            return Found(hot, from_checkpoint)
        raise DatabaseUnavailable(
            "These lists cannot be read completely at the moment. Try again.", retry_after_s=2
        )

    def _newest(self, life: OwnersLife, from_checkpoint: bool) -> int:
        newest = max(life.unsynced, life.left)
        return newest if from_checkpoint else max(newest, self._lives.highest)

    async def _start_of(self, life: OwnersLife) -> tuple[OwnerState, Position, bool]:
        owner = life.owner
        try:
            snapshot = await self._together.get(owner)
        except DatabaseUnavailable:
            return *await self._from_checkpoint(life), True
        assert snapshot is not None, "each owner is told of"
        if owner in snapshot.elsewhere:
            raise KeptElsewhere
        if owner not in snapshot.states:
            raise NotFound("This account no longer exists.")
        return snapshot.states[owner], snapshot.watermark.position, False

    async def _from_checkpoint(self, life: OwnersLife) -> tuple[OwnerState, Position]:
        checkpoint = await self._checkpoint(life.owner) if life.may_use_checkpoint else None
        if checkpoint is None:
            raise DatabaseUnavailable(
                "These lists are not available while the database is down. They are safe. Try again.",
                retry_after_s=2,
            )
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

    async def recover(self, watermark: Watermark | None) -> Recovered:
        """Everyone with operations after the watermark, folded up to the journal's end.

        Without a watermark (the database is away) everyone whose operations the journal holds.
        """
        start = Position(self._journal.first - 1)
        waiting: Counter[int] = Counter()
        after = start if watermark is None else watermark.position
        recovered = Recovered()
        found, unsynced = recovered.found, recovered.unsynced
        sizes: dict[Position, int] = {}
        async for chunk in self._chunks(start, RECOVERED_TOGETHER, sizes):
            by_owner = _by_owner(chunk)
            for owner, entries in by_owner.items():
                recovered.left[owner] = entries[-1][0]
                if entries[-1][0] > after:
                    unsynced.add(owner)
                    waiting[owner.int] += _bytes_beyond(after, entries, sizes)
            new = {owner for owner in by_owner if owner in unsynced} - found.keys() - recovered.missing
            if await self._load_new(list(new), recovered) < after:
                # From a checkpoint, or from a standby that lacks the newest transactions: begin further back.
                return await self.recover(None)
            for owner, entries in by_owner.items():
                if owner in found:
                    replay_into(found[owner].hot, entries)
        for owner, one in found.items():
            one.hot.backlog = Backlog(waiting[owner.int])
        return recovered

    async def _load_new(self, wanted: list[OwnerId], recovered: Recovered) -> Position:
        """Find owners; returns from where on the journal must be folded into them."""
        if not wanted:
            return self._journal.last
        try:
            snapshot = await load_lists(self._journal, self._store, wanted)
        except DatabaseUnavailable:
            await self._load_checkpoints(wanted, recovered)
            return Position(self._journal.first - 1)
        after = snapshot.watermark.position
        for owner in wanted:
            state = snapshot.states.get(owner)
            if state is None or owner in snapshot.elsewhere:
                recovered.missing.add(owner)
            else:
                hot = HotOwner(state, after, self._lives.of(owner))
                recovered.found[owner] = Found(hot, from_checkpoint=False)
        return after

    async def _load_checkpoints(self, owners: list[OwnerId], recovered: Recovered) -> None:
        for owner in owners:
            life = self._lives.of(owner)
            try:
                state, after = await self._from_checkpoint(life)
            except DatabaseUnavailable:
                recovered.missing.add(owner)
            else:
                hot = HotOwner(state, after, life)
                recovered.found[owner] = Found(hot, from_checkpoint=True)

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
    state, unreadable = replay(hot.state, new)
    hot.read(state, new[-1][0])
    for position in unreadable:
        log.error("an operation in the journal cannot be applied", position=position)
