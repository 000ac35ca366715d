"""The next batch: what stands behind the watermark, folded into what is there, cut to one transaction."""

import asyncio
from collections.abc import Iterable, Mapping, Sequence

from sertantai.core.fold import APPLIED, Change
from sertantai.core.ids import OwnerId, Position
from sertantai.core.operations import LONELY, HandOver, Operation, TakeOver
from sertantai.core.sharing.hand_over_steps import other_half
from sertantai.core.state import OwnerState
from sertantai.journal.protocol import Journal
from sertantai.sync.batching import BatchBuilder, alone, text_written
from sertantai.sync.bounds import SyncBounds
from sertantai.sync.folding import Folded, beside, fold_beside
from sertantai.sync.moving import moving, require_given, require_taken_over
from sertantai.sync.set_aside import SetAside, is_whole
from sertantai.sync.store import Batch, Fenced, Hopeless, SelectionStore
from sertantai.sync.synced_states import SyncedStates

YIELD_OPERATIONS = 32
"""After so many operations the event loop is let go, so that ticking stays instant beside a backlog."""

Ahead = tuple[Position, Operation]
At = tuple[Position, int]
"""Where the watermark is, and how many parts of the next operation are written."""


class NextBatch:
    """Keeps owners' states as the database has them, from batch to batch."""

    def __init__(self, journal: Journal, store: SelectionStore, bounds: SyncBounds) -> None:
        self._journal = journal
        self._store = store
        self._bounds = bounds
        self._states = SyncedStates(bounds.sync_states_bytes_max)
        self._aside = SetAside(store, journal)
        self._elsewhere: frozenset[OwnerId] = frozenset()
        """Of this batch, whose lists another server keeps by now."""

    def clear(self) -> None:
        """What the database has must be read anew."""
        self._states.clear()
        self._aside.clear()

    async def rejected(self, position: Position, operation: Operation) -> None:
        """The database set it aside."""
        await self._aside.add(self._states.get(operation.owner), position, operation)

    async def load(self, owners: set[OwnerId], at: At) -> None:
        """States as the database has them at the watermark, for owners not met lately."""
        missing = self._states.missing(owners)
        loaded: Mapping[OwnerId, OwnerState] = {}
        if missing:
            snapshot = await self._store.load(missing, self._journal.id)
            if (snapshot.watermark.position, snapshot.watermark.parts) != at:
                raise Fenced("Another synchroniser moved the watermark.")
            self._elsewhere = snapshot.elsewhere  # not kept: a server may let go of them at any time
            loaded = {o: state for o, state in snapshot.states.items() if o not in self._elsewhere}
        self._states.meet(owners, loaded)

    async def gather(self, taken: Sequence[Ahead], at: At, records_max: int) -> Iterable[Batch]:
        """The batches of as many operations as fit one transaction.

        Raises `Hopeless` when the first of them can never be written.
        """
        journal, (after, parts), bytes_max = self._journal.id, at, self._bounds.sync_bytes_max
        builder = BatchBuilder(journal, after, parts)
        for position, operation in taken:
            lonely = type(operation) in LONELY
            if lonely and builder.entries:
                break
            try:
                after_state, change = await self._fold(position, operation)
            except Hopeless:
                if builder.entries:
                    break
                raise
            text = text_written(change)
            fits = builder.records + change.changed <= records_max and builder.text_bytes + text <= bytes_max
            fits = fits and change.changed <= self._bounds.part_records
            if builder.entries and not fits:
                break
            self._states.put(operation.owner, after_state)
            await self._aside.written(position, operation)
            if isinstance(operation, TakeOver) and change.outcome is APPLIED:
                return [await self._moving(change, operation, at)]
            if lonely or not fits:
                return alone(journal, after, parts, change, self._bounds.part_records, bytes_max)
            builder.add(change, text)
            if builder.entries % YIELD_OPERATIONS == 0:
                await asyncio.sleep(0)
        return [builder.build()]

    async def _moving(self, change: Change, operation: TakeOver, at: At) -> Batch:
        giver, notes = self._states.get(operation.giver), len(operation.annotations)
        assert giver is not None, "Asked for before it was folded."
        batch = await beside(notes, moving, self._journal.id, *at, change, giver)
        self._states.put(giver.owner, giver.without_group(operation.group))
        await self._aside.written(batch.upto, other_half(operation))
        return batch

    async def _fold(self, position: Position, operation: Operation) -> Folded:
        state = self._states.get(operation.owner)
        if operation.owner in self._elsewhere:
            raise Hopeless("Another server on the same database keeps this person's lists.")
        if state is None:
            raise Hopeless("The owner's account no longer exists.")
        if isinstance(operation, HandOver):
            require_taken_over(operation, state)
        elif isinstance(operation, TakeOver):
            giver, notes = self._states.get(operation.giver), len(operation.annotations)
            await beside(notes, require_given, operation, giver)
        try:
            folded = await fold_beside(state, position, operation)
        except ValueError as error:
            raise Hopeless(f"The operation cannot be read: {error}.") from error
        if not is_whole(folded[1]) and await self._aside.has_what_it_builds_on(state, folded[1]):
            raise Hopeless("What it builds on was set aside.")
        return folded


def owners_of(operations: Iterable[Operation]) -> set[OwnerId]:
    """Whose lists they are about: a list that moves is of two."""
    owners = set()
    for operation in operations:
        owners.add(operation.owner)
        if type(operation) is TakeOver:
            owners.add(operation.giver)
    return owners
