"""The next batch: what stands behind the watermark, folded into what is there, cut to one transaction.

To gather it takes Python as long as PostgreSQL takes for a part of the one before. So it is gathered while
that one is written, from what will be in the database then: if that fails, what was gathered is thrown away.
"""

import asyncio
from collections import deque
from collections.abc import AsyncIterator, Collection, Iterable, Mapping, Sequence
from contextlib import asynccontextmanager
from itertools import islice
from typing import NamedTuple

from sertantai.core.fold import APPLIED, Change
from sertantai.core.ids import OwnerId, Position
from sertantai.core.operations import LONELY, HandOver, Operation, TakeOver
from sertantai.core.state import OwnerState
from sertantai.journal.protocol import Journal
from sertantai.process.ending import end
from sertantai.process.logs import logger
from sertantai.sync.batching import BatchBuilder, alone, is_one_part, text_written
from sertantai.sync.bounds import SyncBounds
from sertantai.sync.folding import Folded, beside, decoded, fold_beside
from sertantai.sync.moving import moving, require_given, require_taken_over
from sertantai.sync.set_aside import Doubts, SetAside, is_whole
from sertantai.sync.store import Batch, Fenced, Hopeless, SelectionStore
from sertantai.sync.synced_states import SyncedStates

log = logger(__name__)

YIELD_OPERATIONS = 32
"""After so many operations the event loop is let go, so that ticking stays instant beside a backlog."""

Ahead = tuple[Position, Operation]
At = tuple[Position, int]
"""Where the watermark is, and how many parts of the next operation are written."""


class NextBatch:
    """Keeps owners' states as the database has them, from batch to batch."""

    def __init__(self, journal: Journal, store: SelectionStore, bounds: SyncBounds, doubts: Doubts) -> None:
        self._journal = journal
        self._store = store
        self._bounds = bounds
        self._states = SyncedStates(bounds.sync_states_bytes_max)
        self.aside = SetAside(store, journal, lambda: journal.last, doubts)
        self._elsewhere: frozenset[OwnerId] = frozenset()
        """Of this batch, whose lists another server keeps by now."""

    def clear(self) -> None:
        """What the database has must be read anew."""
        self._states.clear()

    async def load(self, owners: set[OwnerId], seen_at: Collection[At]) -> None:
        """States as the database has them at the watermark, which is one of ``seen_at``, for owners not met
        lately."""
        missing = self._states.missing(owners)
        loaded: Mapping[OwnerId, OwnerState] = {}
        if missing:
            snapshot = await self._store.load(missing, self._journal.id)
            if (snapshot.watermark.position, snapshot.watermark.parts) not in seen_at:
                raise Fenced("Another synchroniser moved the watermark.")
            self._elsewhere = snapshot.elsewhere  # not kept: a server may let go of them at any time
            loaded = {o: state for o, state in snapshot.states.items() if o not in self._elsewhere}
        self._states.meet(owners, loaded)

    async def gather(self, taken: Sequence[Ahead], at: At, records_max: int) -> Iterable[Batch]:
        """The batches of as many operations as fit one transaction.

        Raises `Hopeless` when the first of them can never be written.
        """
        journal, (after, parts), bytes_max = self._journal.id, at, self._bounds.sync_bytes_max
        part_records = self._bounds.part_records
        builder = BatchBuilder(journal, after, parts)
        for position, operation in taken:
            lonely = type(operation) in LONELY
            if lonely and builder.entries:
                break
            try:
                is_begun = parts > 0 and not builder.entries
                after_state, change = await self._fold(position, operation, is_begun=is_begun)
            except Hopeless:
                if builder.entries:
                    break
                raise
            text = text_written(change)
            fits = builder.records + change.changed <= records_max and builder.text_bytes + text <= bytes_max
            fits = fits and not lonely and is_one_part(change, text, part_records, bytes_max, begun=is_begun)
            if builder.entries and not fits:
                break
            self._states.put(operation.owner, after_state)
            if isinstance(operation, TakeOver) and change.outcome is APPLIED:
                return [await self._moving(change, operation, at)]
            if not fits:
                return alone(journal, after, parts, change, part_records, bytes_max)
            builder.add(change, text)
            if builder.entries % YIELD_OPERATIONS == 0:
                await asyncio.sleep(0)
        return [builder.build()]

    async def _moving(self, change: Change, operation: TakeOver, at: At) -> Batch:
        giver, notes = self._states.get(operation.giver), len(operation.annotations)
        assert giver is not None, "Asked for before it was folded."
        batch = await beside(notes, moving, self._journal.id, *at, change, giver)
        self._states.put(giver.owner, giver.without_group(operation.group))
        return batch

    async def _fold(self, position: Position, operation: Operation, *, is_begun: bool) -> Folded:
        """``is_begun``: a part of it is written, and so the rest is."""
        state = self._states.get(operation.owner)
        if operation.owner in self._elsewhere:
            raise Hopeless("Another server on the same database keeps this person's lists.")
        if state is None:
            raise Hopeless("The owner's account no longer exists.")
        if isinstance(operation, HandOver):  # alone: else it is written with what stands before it
            if await self.aside.has(operation.receiver, Position(position - 1)):
                raise Hopeless("The list was not taken over, so it stays where it is.")
            require_taken_over(operation, state)
        elif isinstance(operation, TakeOver):
            giver, notes = self._states.get(operation.giver), len(operation.annotations)
            await beside(notes, require_given, operation, giver)
        try:
            folded = await fold_beside(state, position, operation)
        except ValueError as error:
            raise Hopeless(f"The operation cannot be read: {error}.") from error
        if is_begun or is_whole(folded[1]):
            return folded
        if await self.aside.may_be_told_otherwise(folded[1]):
            raise Hopeless("What it builds on was set aside.")
        return folded


class Gathered(NamedTuple):
    """``looked_at``: the operations of which as many are in ``batches`` as fit."""

    looked_at: int
    batches: Iterable[Batch]


class Limits(NamedTuple):
    entries: int
    records: int


class Gathering:
    """Of one journal, from the watermark on."""

    def __init__(self, journal: Journal, store: SelectionStore, bounds: SyncBounds, doubts: Doubts) -> None:
        """``doubts``: whether memory may show of an owner what was set aside."""
        self._journal = journal
        self._entries_max = bounds.sync_entries_max
        self._states = NextBatch(journal, store, bounds, doubts)
        self._ahead: deque[Ahead] = deque()
        """Read, and not written or not known to be so."""
        self._beside: asyncio.Task[Gathered | None] | None = None

    @property
    def first(self) -> Ahead | None:
        """The oldest operation that was read and not written."""
        return self._ahead[0] if self._ahead else None

    async def next(self, at: At, limits: Limits) -> Gathered | None:
        """What stands behind the watermark, which is ``at``; None: nothing.

        Raises `Hopeless` when the `first` can never be written.
        """
        beside, self._beside = self._beside, None
        if beside is not None:
            try:
                gathered = await beside
            except Hopeless:
                raise
            except Exception as error:  # noqa: BLE001  # it may have failed as it was early: it is done in its turn
                log.debug("a batch could not be gathered ahead", reason=str(error))
                self.read_anew()
            else:
                if gathered is not None:  # nothing was there when it was looked for: now something may be
                    return gathered
            finally:
                self.written(at[0])  # of a list that moves the second half may have been read since
        return await self._gather(at, (at,), limits)

    @asynccontextmanager
    async def while_writing(self, batch: Batch, limits: Limits) -> AsyncIterator[None]:
        """The batch behind this one is gathered meanwhile, if so much waits that it would be as large later:
        what comes in until then belongs to it, too. Where this one fails, nothing of it is left."""
        backlog = self._journal.last - batch.upto
        if batch.upto > batch.after and backlog >= min(limits):
            before, after = (batch.after, batch.parts), (batch.upto, batch.parts_after)
            self._beside = asyncio.create_task(self._gather(after, (before, after), limits))
        try:
            yield
        except BaseException:
            await self.stop()
            raise

    async def stop(self) -> None:
        """Nothing is gathered any more."""
        beside, self._beside = self._beside, None
        if beside is not None:
            await end(beside)
            self.read_anew()

    async def _gather(self, at: At, seen_at: tuple[At, ...], limits: Limits) -> Gathered | None:
        """``seen_at``: where the watermark may be while owners' states are read. Those of whom operations are
        on their way were read before; of all others both say the same."""
        await self._read(at[0])
        behind = (one for one in self._ahead if one[0] > at[0])
        taken = list(islice(behind, limits.entries))
        if not taken:
            return None
        await self._states.load(owners_of(operation for _, operation in taken), seen_at)
        return Gathered(len(taken), await self._states.gather(taken, at, limits.records))

    async def _read(self, after: Position) -> None:
        """Until something behind ``after`` is there. Without a gap: what is written may yet be refused, and a
        batch may end behind what was read, as that of a list that moves does."""
        while not self._ahead or self._ahead[-1][0] <= after:
            last = self._ahead[-1][0] if self._ahead else after
            entries = await self._journal.read(last, self._entries_max)
            if not entries:
                return
            for entry in entries:
                self._ahead.append((entry.position, await decoded(entry.body)))
                if entry.position % YIELD_OPERATIONS == 0:
                    await asyncio.sleep(0)

    def written(self, upto: Position) -> list[Operation]:
        """Everything up to there is in the database: which operations these were."""
        written: list[Operation] = []
        while self._ahead and self._ahead[0][0] <= upto:
            written.append(self._ahead.popleft()[1])
        return written

    def rejected(self) -> None:
        """The database set the `first` aside."""
        self._states.aside.add(self._ahead.popleft()[1].owner)

    def read_anew(self) -> None:
        """What the database has may be something else than what was seen."""
        self._states.clear()

    def begin_anew(self) -> None:
        """The watermark may be anywhere."""
        assert self._beside is None, "What is gathered ends before the watermark is moved."
        self._ahead.clear()
        self._states.clear()
        self._states.aside.begin_anew()


def owners_of(operations: Iterable[Operation]) -> set[OwnerId]:
    """Whose lists they are about: a list that moves is of two."""
    owners = set()
    for operation in operations:
        owners.add(operation.owner)
        if type(operation) is TakeOver:
            owners.add(operation.giver)
    return owners
