"""From disk to memory: cold loads of one owner, and the recovery of everyone with unsynchronised changes."""

import asyncio
from collections.abc import AsyncIterator, Iterable

from sertantai.core.errors import DatabaseUnavailable, JournalUnavailable, NotFound
from sertantai.core.fold import Change, fold
from sertantai.core.ids import Position, UserId
from sertantai.core.operations import Operation, decode
from sertantai.core.state import OwnerState, decode_state
from sertantai.journal.protocol import Entry, Journal
from sertantai.selections.hot_tier import HotOwner
from sertantai.selections.store import SelectionStore, Watermark
from sertantai.telemetry import logger

log = logger(__name__)

READ_ENTRIES = 5_000


class JournalGap(JournalUnavailable):
    """The database lacks operations that the journal no longer holds."""

    code = "journal_gap"


def check_gap(watermark: Watermark, journal: Journal) -> None:
    """Refuse to go on from a database older than the journal reaches back (a restored backup)."""
    if watermark.position + 1 >= journal.first:
        return
    raise JournalGap(
        f"The database knows this journal up to position {watermark.position}, but the journal begins at "
        f"{journal.first}: the database was restored from a backup that is too old for the journal. "
        "Restore a newer backup, or restore the journal from the same backup (sertantai backup restore), or "
        "move the journal directory away to start from the database as it is."
    )


class Loader:
    """Reads an owner's rows and the watermark in one snapshot, then folds what the journal holds after it.

    When the database cannot be asked, the journal file's own checkpoints serve instead.
    """

    def __init__(self, journal: Journal, store: SelectionStore) -> None:
        self._journal = journal
        self._store = store
        self.unsynced: dict[UserId, Position] = {}
        """The last position of each owner with operations that PostgreSQL may not have."""
        self.known: set[UserId] = set()
        """Owners with a checkpoint."""

    async def load(self, owner: UserId) -> tuple[HotOwner, list[Change]]:
        """The owner as of now. Raises `NotFound` or `DatabaseUnavailable`; never an empty list instead."""
        loaded, after = await self._start_of(owner)
        hot = HotOwner(loaded, after, self._journal.last)
        changes: list[Change] = []
        if self.unsynced.get(owner, 0) > after:
            async for entry in self._entries(after):
                operation = decode(entry.body)
                if operation.owner == owner:
                    changes.append(_fold_into(hot, entry.position, operation))
        return hot, changes

    async def _start_of(self, owner: UserId) -> tuple[OwnerState, Position]:
        try:
            snapshot = await self._store.load([owner], self._journal.id)
        except DatabaseUnavailable:
            return await self._from_checkpoint(owner)
        check_gap(snapshot.watermark, self._journal)
        if owner not in snapshot.states:
            raise NotFound("This account no longer exists.")
        return snapshot.states[owner], snapshot.watermark.position

    async def _from_checkpoint(self, owner: UserId) -> tuple[OwnerState, Position]:
        checkpoint = await self._journal.checkpoint(owner)
        if checkpoint is None:
            raise DatabaseUnavailable(
                "The database cannot be reached and these lists are not in memory; they are safe. Try again.",
                retry_after_s=2,
            )
        return decode_state(checkpoint.state), checkpoint.position

    async def recover(self, watermark: Watermark | None) -> dict[UserId, HotOwner]:
        """Everyone with operations after the watermark, folded up to the journal's end.

        Without a watermark (the database is away) the tail begins at the journal's first entry. Owners that
        then have no checkpoint are left out; `load` finds them once the database is back.
        """
        after = Position(self._journal.first - 1) if watermark is None else watermark.position
        hot: dict[UserId, HotOwner] = {}
        missing: set[UserId] = set()
        async for chunk in self._chunks(after):
            operations = [(entry.position, decode(entry.body)) for entry in chunk]
            await self._load_new({op.owner for _, op in operations} - hot.keys() - missing, hot, missing)
            for position, operation in operations:
                self.unsynced[operation.owner] = position
                known = hot.get(operation.owner)
                if known is not None and position > known.last:
                    _fold_into(known, position, operation)
            await asyncio.sleep(0)
        return hot

    async def _load_new(
        self, owners: Iterable[UserId], hot: dict[UserId, HotOwner], missing: set[UserId]
    ) -> None:
        wanted = list(owners)
        if not wanted:
            return
        try:
            snapshot = await self._store.load(wanted, self._journal.id)
        except DatabaseUnavailable:
            await self._load_checkpoints(wanted, hot, missing)
            return
        for owner in wanted:
            state = snapshot.states.get(owner)
            if state is None:
                missing.add(owner)
            else:
                hot[owner] = HotOwner(state, snapshot.watermark.position, self._journal.last)

    async def _load_checkpoints(
        self, owners: list[UserId], hot: dict[UserId, HotOwner], missing: set[UserId]
    ) -> None:
        for owner in owners:
            checkpoint = await self._journal.checkpoint(owner)
            if checkpoint is None:
                missing.add(owner)
            else:
                state = decode_state(checkpoint.state)
                hot[owner] = HotOwner(state, checkpoint.position, self._journal.last)

    async def _chunks(self, after: Position) -> AsyncIterator[list[Entry]]:
        while True:
            chunk = await self._journal.read(after, READ_ENTRIES)
            if not chunk:
                return
            yield chunk
            after = chunk[-1].position

    async def _entries(self, after: Position) -> AsyncIterator[Entry]:
        async for chunk in self._chunks(after):
            for entry in chunk:
                yield entry


def _fold_into(hot: HotOwner, position: Position, operation: Operation) -> Change:
    hot.state, change = fold(hot.state, position, operation)
    hot.last = position
    return change
